/* Traces: one machine per engine over the same events. */
#include "internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum trace_budget { SHRINK_BUDGET = 3000, MESSAGE = 240 };

struct run {
    struct pol_diff *diff;
    const struct pol_image *image;
    struct pol_machine *machines[POL_MAX_ENGINES];
    struct pol_outcome outcomes[POL_MAX_ENGINES];
    struct pol_diff_counts *counts;
    struct diff_finding finding;
    /* What to remember about the event before it changes the state; NULL while shrinking. */
    struct pol_difference *difference;
};

/* ---- Life ------------------------------------------------------------------------------------ */

static void close_run(struct run *run)
{
    for (uint32_t i = 0; i < run->diff->n; i++)
        pol_machine_free(run->machines[i]);
    free(run);
}

static struct run *open_run(struct pol_diff *diff, const struct pol_image *image,
                            struct pol_diff_counts *counts, struct pol_difference *difference)
{
    struct run *run = calloc(1, sizeof *run);
    char message[MESSAGE] = "out of memory";
    if (!run) {
        diff_bad(diff, "%s", message);
        return NULL;
    }
    run->diff = diff;
    run->image = image;
    run->counts = counts;
    run->difference = difference;
    for (uint32_t i = 0; i < diff->n; i++) {
        run->machines[i] = pol_machine_new(diff->engines[i], image, message, sizeof message);
        if (!run->machines[i]) {
            diff_bad(diff, "%s", message);
            close_run(run);
            return NULL;
        }
        pol_machine_keep_deciding(run->machines[i], true);
        pol_machine_debug(run->machines[i], diff->debug);
    }
    return run;
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static enum pol_diff_status found(struct run *run, enum pol_diff_aspect aspect, uint32_t other)
{
    run->finding.aspect = aspect;
    run->finding.other = other;
    return POL_DIFF_DIFFER;
}

typedef int machine_view(const struct pol_machine *machine, unsigned what, uint32_t g,
                         uint32_t *lit);

static int operand_view(const struct pol_machine *machine, unsigned what, uint32_t g, uint32_t *lit)
{
    return pol_machine_operand(machine, (enum pol_operand)what, g, lit);
}

static int result_view(const struct pol_machine *machine, unsigned what, uint32_t g, uint32_t *lit)
{
    return pol_machine_result(machine, (enum pol_result)what, g, lit);
}

static bool views_agree(struct run *run, uint32_t other, machine_view *view, unsigned what,
                        uint32_t g)
{
    struct pol_diff *diff = run->diff;
    int a = view(run->machines[0], what, g, diff->lit[0]);
    int b = view(run->machines[other], what, g, diff->lit[1]);
    return a == b && a >= 0 && diff_same_set(diff->space, diff->lit[0], diff->lit[1]);
}

/* All granules of operand or result `what`. */
static bool granules_agree(struct run *run, uint32_t other, machine_view *view, unsigned what,
                           bool memory)
{
    uint32_t n = memory ? run->outcomes[0].granules : 1;
    for (uint32_t g = 0; g < n; g++)
        if (!views_agree(run, other, view, what, g))
            return false;
    return true;
}

static enum pol_diff_aspect compare_outcomes(const struct run *run, uint32_t other)
{
    const struct pol_outcome *a = run->outcomes, *b = run->outcomes + other;
    enum pol_diff_aspect aspect = POL_DIFF_NONE;
    if (a->verdict != b->verdict)
        return POL_DIFF_VERDICT;
    if (a->cause != b->cause)
        return POL_DIFF_CAUSE;
    if (a->tag != b->tag)
        return POL_DIFF_TAG;
    if (a->verdict == POL_ALLOW || a->cause == POL_MACHINE_NONE || a->granule == b->granule)
        aspect = diff_answers(&a->answer, &b->answer, run->diff->ndeciders);
    return aspect;
}

static enum pol_diff_status compare_machines(struct run *run, uint32_t other)
{
    for (unsigned op = 0; op < POL_OPERANDS; op++) {
        run->finding.operand = (enum pol_operand)op;
        if (!granules_agree(run, other, operand_view, op, op == POL_OP_MEM))
            return found(run, POL_DIFF_OPERAND, other);
    }
    enum pol_diff_aspect aspect = compare_outcomes(run, other);
    if (aspect != POL_DIFF_NONE)
        return found(run, aspect, other);
    for (unsigned res = 0; res < POL_RESULTS; res++) {
        run->finding.result = (enum pol_result)res;
        if (!granules_agree(run, other, result_view, res, res == POL_RES_MEM))
            return found(run, POL_DIFF_RESULT, other);
    }
    return POL_DIFF_AGREE;
}

/* PC tags after what moves them without an answer: traps and returns from them. */
static enum pol_diff_status compare_env(struct run *run, uint16_t hart)
{
    const struct pol_place env = {.target = POL_TAG_ENV};
    struct pol_diff *diff = run->diff;
    int first = pol_machine_read(run->machines[0], hart, &env, diff->lit[0]);
    run->finding.operand = POL_OP_ENV;
    for (uint32_t i = 1; i < diff->n; i++)
        if (pol_machine_read(run->machines[i], hart, &env, diff->lit[1]) != first ||
            !diff_same_set(diff->space, diff->lit[0], diff->lit[1]))
            return found(run, POL_DIFF_OPERAND, i);
    return POL_DIFF_AGREE;
}

/* ---- Events ---------------------------------------------------------------------------------- */

static enum pol_diff_status machine_error(struct run *run, uint32_t i)
{
    return diff_bad(run->diff, "%s engine: %s", run->diff->engines[i]->ops->name,
                    pol_machine_error(run->machines[i]));
}

static int capture(struct run *run, const struct pol_event *event)
{
    struct pol_difference *difference = run->difference;
    return difference ? repro_capture(difference, run->machines[0], event) : 0;
}

static bool is_trap_return(const struct run *run, uint32_t word)
{
    int row = (word & 0x7f) == 0x73 ? pol_isa_decode(&run->image->isa, word) : -1;
    return row >= 0 && pol_insn_at((size_t)row)->flags & POL_INSN_TRAP_RETURN;
}

static void count(struct run *run)
{
    struct pol_diff_counts *counts = run->counts;
    counts->steps++;
    if (run->outcomes[0].verdict == POL_ALLOW)
        counts->allowed++;
    else if (run->outcomes[0].verdict == POL_FAIL_IMPLICIT)
        counts->implicit++;
    else
        counts->explicits++;
}

static enum pol_diff_status run_instruction(struct run *run, const struct pol_event *event)
{
    struct pol_diff *diff = run->diff;
    enum pol_diff_status status = POL_DIFF_AGREE;
    for (uint32_t i = 0; i < diff->n; i++)
        if (pol_machine_evaluate(run->machines[i], event, run->outcomes + i))
            return machine_error(run, i);
    for (uint32_t i = 1; i < diff->n && status == POL_DIFF_AGREE; i++)
        status = compare_machines(run, i);
    bool returns = is_trap_return(run, run->outcomes[0].word);
    if ((status == POL_DIFF_DIFFER || returns) && capture(run, event))
        return diff_bad(diff, "out of memory");
    if (status == POL_DIFF_DIFFER)
        return status;
    for (uint32_t i = 0; i < diff->n; i++)
        if (pol_machine_finish(run->machines[i], event, run->outcomes + i))
            return machine_error(run, i);
    count(run);
    status = returns ? compare_env(run, event->hart) : POL_DIFF_AGREE;
    return status == POL_DIFF_AGREE && run->difference ? diff_progress(diff, run->counts) : status;
}

static enum pol_diff_status run_trap(struct run *run, const struct pol_event *event)
{
    if (capture(run, event))
        return diff_bad(run->diff, "out of memory");
    for (uint32_t i = 0; i < run->diff->n; i++)
        if (pol_machine_step(run->machines[i], event, run->outcomes + i))
            return machine_error(run, i);
    return compare_env(run, event->hart);
}

/* Can all engines represent the event's set?  If so, that only some can go on is a difference. */
static bool encodable(struct run *run, const struct pol_event *event)
{
    struct pol_diff *diff = run->diff;
    char message[MESSAGE];
    if (pol_lit_parse(diff->space, event->text, strlen(event->text), diff->lit[0], message,
                      sizeof message))
        return false;
    for (uint32_t i = 0; i < diff->n; i++) {
        struct pol_engine *engine = diff->engines[i];
        void *value = calloc(1, engine->value_size);
        int refused = value ? engine->ops->encode(engine, diff->lit[0], value) : -1;
        free(value);
        if (refused)
            return false;
    }
    return true;
}

static enum pol_diff_status run_directive(struct run *run, const struct pol_event *event)
{
    int status[POL_MAX_ENGINES];
    for (uint32_t i = 0; i < run->diff->n; i++)
        status[i] = pol_machine_step(run->machines[i], event, run->outcomes + i);
    for (uint32_t i = 1; i < run->diff->n; i++)
        if (status[i] != status[0] && encodable(run, event))
            return found(run, POL_DIFF_STATUS, i);
    for (uint32_t i = 0; i < run->diff->n; i++)
        if (status[i])
            return machine_error(run, i);
    return POL_DIFF_AGREE;
}

static enum pol_diff_status run_event(struct run *run, const struct pol_event *event)
{
    switch (event->kind) {
    case POL_EVENT_INSN:
        return run_instruction(run, event);
    case POL_EVENT_TRAP:
    case POL_EVENT_IRQ:
        return run_trap(run, event);
    case POL_EVENT_EXT:
    case POL_EVENT_TAG:
        return run_directive(run, event);
    default:
        return POL_DIFF_AGREE;
    }
}

/* ---- Shrinking ------------------------------------------------------------------------------- */

/* Runs the reproduction from the image's state. */
static enum pol_diff_status rerun(struct run *run, const struct pol_difference *difference)
{
    struct repro_events repro;
    enum pol_diff_status status = POL_DIFF_AGREE;
    if (repro_build(run->diff, difference, &repro))
        return diff_bad(run->diff, "out of memory");
    for (uint32_t i = 0; i < run->diff->n; i++)
        pol_machine_reset(run->machines[i]);
    for (size_t i = 0; i < repro.n && status == POL_DIFF_AGREE; i++)
        status = run_event(run, repro.events + i);
    repro_free(&repro);
    return status;
}

struct trace_shrink {
    struct run *run;
    const struct pol_difference *difference;
};

static bool trace_differs(void *user)
{
    const struct trace_shrink *state = user;
    return rerun(state->run, state->difference) == POL_DIFF_DIFFER &&
           state->run->finding.aspect == state->difference->aspect;
}

static void keep_finding(const struct run *run, struct pol_difference *difference)
{
    const struct pol_machine *const machines[2] = {run->machines[0],
                                                   run->machines[run->finding.other]};
    const struct pol_outcome *const outcomes[2] = {run->outcomes,
                                                   run->outcomes + run->finding.other};
    difference->aspect = run->finding.aspect;
    difference->engine[0] = 0;
    difference->engine[1] = run->finding.other;
    difference->result = run->finding.result;
    difference->operand = run->finding.operand;
    describe_outcomes(run->diff, difference, machines, outcomes);
}

static void shrink_cells(struct run *run, struct pol_difference *difference)
{
    struct trace_shrink state = {run, difference};
    size_t n = difference->ncells + (difference->saved ? 1u : 0u);
    uint32_t **lits = calloc(n + 1, sizeof(uint32_t *));
    struct shrink shrink = {run->diff->space, lits, n, trace_differs, &state, SHRINK_BUDGET};
    if (!lits)
        return;
    for (uint32_t i = 0; i < difference->ncells; i++)
        lits[i] = difference->cells[i].lit;
    if (difference->saved)
        lits[difference->ncells] = difference->saved;
    shrink_sets(&shrink);
    free(lits);
}

static void record(struct run *run, const struct pol_event *event)
{
    struct pol_difference *difference = run->difference;
    struct pol_diff_counts scratch = {0}, *counts = run->counts;
    difference->event = *event;
    difference->event.text = NULL; /* lives no longer than the batch */
    difference->step = counts->steps;
    keep_finding(run, difference);
    if (event->kind == POL_EVENT_EXT || event->kind == POL_EVENT_TAG)
        return;
    run->counts = &scratch;
    run->difference = NULL;
    difference->reproduced = rerun(run, difference) == POL_DIFF_DIFFER;
    if (difference->reproduced) {
        shrink_cells(run, difference);
        if (rerun(run, difference) == POL_DIFF_DIFFER)
            keep_finding(run, difference);
    }
    run->counts = counts;
    run->difference = difference;
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static enum pol_diff_status run_batch(struct run *run, const struct pol_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum pol_diff_status status = run_event(run, events + i);
        if (status == POL_DIFF_DIFFER)
            record(run, events + i);
        if (status != POL_DIFF_AGREE)
            return status;
    }
    return POL_DIFF_AGREE;
}

static struct run *begin(struct pol_diff *diff, const struct pol_image *image,
                         struct pol_diff_counts *counts, struct pol_difference *difference)
{
    memset(counts, 0, sizeof *counts);
    memset(difference, 0, sizeof *difference);
    return open_run(diff, image, counts, difference);
}

static enum pol_diff_status end(struct run *run, enum pol_diff_status status)
{
    if (status != POL_DIFF_DIFFER)
        pol_difference_free(run->difference); /* what was captured on the way */
    close_run(run);
    return status;
}

enum pol_diff_status pol_diff_events(struct pol_diff *diff, const struct pol_image *image,
                                     const struct pol_event *events, size_t nevents,
                                     struct pol_diff_counts *counts,
                                     struct pol_difference *difference)
{
    struct run *run = begin(diff, image, counts, difference);
    return run ? end(run, run_batch(run, events, nevents)) : POL_DIFF_BAD;
}

enum pol_diff_status pol_diff_trace(struct pol_diff *diff, const struct pol_image *image,
                                    struct pol_trace_reader *reader, struct pol_diff_counts *counts,
                                    struct pol_difference *difference)
{
    struct run *run = begin(diff, image, counts, difference);
    enum pol_diff_status status = POL_DIFF_AGREE;
    const struct pol_event *events;
    long n = 0;
    if (!run)
        return POL_DIFF_BAD;
    while (status == POL_DIFF_AGREE && (n = pol_trace_batch(reader, &events)) > 0)
        status = run_batch(run, events, (size_t)n);
    if (status == POL_DIFF_AGREE && n < 0)
        status = diff_bad(diff, "%s", pol_trace_error_of(reader)->message);
    return end(run, status);
}
