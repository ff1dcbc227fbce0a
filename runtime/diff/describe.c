/* Differences in words. */
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/report/text.h"

enum { LINE = 700 };

/* `text` to the end of the difference's own buffer. */
static void begin_text(struct pol_difference *difference, struct text *text)
{
    text_init(text, difference->text, sizeof difference->text);
}

static const char *engine_name(const struct pol_diff *diff, const struct pol_difference *difference,
                               uint32_t i)
{
    return diff->engines[difference->engine[i]]->ops->name;
}

static void add_rule(struct text *text, const struct pol_diff *diff, uint32_t decider,
                     uint32_t rule)
{
    const struct pol_debug_rule *info = pol_debug_rule_at(diff->debug, decider, rule);
    if (rule == POL_NO_RULE)
        text_add(text, "no rule");
    else if (info && info->file)
        text_add(text, "%s:%" PRIu32 ":%" PRIu32, info->file, info->line, info->column);
    else
        text_add(text, "rule %" PRIu32, rule);
}

static void add_decider(struct text *text, const struct pol_diff *diff, uint32_t decider)
{
    const char *name = pol_debug_decider_name(diff->debug, decider);
    if (decider == POL_NO_RULE)
        text_add(text, "no decider");
    else if (name)
        text_add(text, "%s", name);
    else
        text_add(text, "decider %" PRIu32, decider);
}

/* A failure in words; implicit ones have no message of their own. */
static void add_failure(struct text *text, const struct pol_diff *diff,
                        const struct pol_failure *failure)
{
    static const char *const implicit[] = {
        [POL_CAUSE_NO_RULE] = "no rule matches",
        [POL_CAUSE_UNDECODABLE] = "no instruction of the target",
        [POL_CAUSE_NO_COMPONENT] = "no component decides",
        [POL_CAUSE_INVALID] = "an operand has an invalid code",
    };
    char message[LINE];
    add_decider(text, diff, failure->decider);
    if (failure->rule != POL_NO_RULE) {
        text_add(text, " at ");
        add_rule(text, diff, failure->decider, failure->rule);
    }
    pol_failure_message(diff->space, diff->debug, failure, message, sizeof message);
    if (!message[0] && (size_t)failure->cause < sizeof implicit / sizeof *implicit &&
        implicit[failure->cause])
        snprintf(message, sizeof message, "%s", implicit[failure->cause]);
    text_add(text, ": %s", message);
}

/* Which rule decided, in each decider. */
static void add_deciding(struct text *text, const struct pol_diff *diff,
                         const struct pol_answer *answer)
{
    if (!answer->deciding)
        return;
    text_add(text, "    decided by");
    for (uint32_t i = 0; i < diff->ndeciders; i++) {
        const char *name = pol_debug_decider_name(diff->debug, i);
        text_add(text, i ? ", " : " ");
        if (name)
            text_add(text, "%s: ", name);
        add_rule(text, diff, i, answer->deciding[i]);
    }
    text_add(text, "\n");
}

static void add_failures(struct text *text, const struct pol_diff *diff,
                         const struct pol_answer *answer)
{
    uint32_t n = answer->nfailures < POL_MAX_FAILURES ? answer->nfailures : POL_MAX_FAILURES;
    if (answer->verdict == POL_ALLOW)
        return;
    text_add(text, "    %" PRIu32 " failed:", answer->nfailures);
    for (uint32_t i = 0; i < n; i++) {
        text_add(text, i ? "; " : " ");
        add_failure(text, diff, answer->failures + i);
    }
    text_add(text, "\n");
}

static void add_reports(struct text *text, const struct pol_diff *diff,
                        const struct pol_answer *answer)
{
    uint32_t n = answer->nreports < POL_MAX_REPORTS ? answer->nreports : POL_MAX_REPORTS;
    for (uint32_t i = 0; i < n; i++) {
        text_add(text, "%s", i ? ", " : "    reports ");
        add_rule(text, diff, answer->reports[i].decider, answer->reports[i].rule);
    }
    text_add(text, "%s", n ? "\n" : "");
}

/* What the comparison looks at besides verdict and results. */
static void add_answer(struct text *text, const struct pol_diff *diff,
                       const struct pol_answer *answer)
{
    add_deciding(text, diff, answer);
    add_failures(text, diff, answer);
    add_reports(text, diff, answer);
}

void describe_evaluations(const struct pol_diff *diff, struct pol_difference *difference)
{
    char line[LINE];
    struct text text;
    begin_text(difference, &text);
    for (uint32_t i = 0; i < 2; i++) {
        const struct pol_evaluation *evaluation = difference->evaluation + i;
        pol_evaluation_format(diff->space, diff->debug, difference->status[i], evaluation, line,
                              sizeof line);
        text_add(&text, "  %s: %s\n", engine_name(diff, difference, i), line);
        add_answer(&text, diff, &evaluation->answer);
    }
}

static void add_results(struct text *text, const struct pol_diff *diff,
                        const struct pol_machine *machine, const struct pol_outcome *outcome)
{
    static const char *const names[POL_RESULTS] = {"env", "rd", "csr", "mem"};
    char line[LINE];
    for (unsigned res = 0; res < POL_RESULTS; res++)
        for (uint32_t g = 0; g == 0 || (res == POL_RES_MEM && g < outcome->granules); g++) {
            int found = pol_machine_result(machine, (enum pol_result)res, g, diff->lit[0]);
            pol_lit_format(diff->space, diff->lit[0], line, sizeof line);
            if (found)
                text_add(text, " %s=%s", names[res], found > 0 ? line : "invalid");
        }
}

void describe_outcomes(const struct pol_diff *diff, struct pol_difference *difference,
                       const struct pol_machine *const machines[2],
                       const struct pol_outcome *const outcomes[2])
{
    static const char *const operands[] = {"env", "code", "op1", "op2", "op3", "mem"};
    const struct pol_place env = {.target = POL_TAG_ENV};
    char line[LINE];
    struct text text;
    begin_text(difference, &text);
    for (uint32_t i = 0; i < 2; i++) {
        text_add(&text, "  %s:", engine_name(diff, difference, i));
        if (difference->aspect == POL_DIFF_OPERAND) {
            enum pol_operand op = difference->operand;
            int found = op == POL_OP_ENV ? pol_machine_read(machines[i], difference->event.hart,
                                                            &env, diff->lit[0])
                                         : pol_machine_operand(machines[i], op, 0, diff->lit[0]);
            pol_lit_format(diff->space, diff->lit[0], line, sizeof line);
            text_add(&text, " %s=%s\n", operands[op], found < 0 ? "invalid" : line);
        } else if (outcomes[i]->evaluated) {
            pol_outcome_format(diff->space, diff->debug, outcomes[i], line, sizeof line);
            text_add(&text, " %s", line);
            add_results(&text, diff, machines[i], outcomes[i]);
            text_add(&text, "\n");
            add_answer(&text, diff, &outcomes[i]->answer);
        } else {
            text_add(&text, " %s\n", pol_machine_error(machines[i]));
        }
    }
}

/* ---- The whole difference -------------------------------------------------------------------- */

static void add_tuple(struct text *text, const struct pol_diff *diff, const struct pol_tuple *tuple)
{
    char insn[96];
    size_t room = text->length < text->size ? text->size - text->length : 0;
    text_add(text, "  ");
    room = room > 2 ? room - 2 : 0;
    text->length += pol_tuple_format(diff->space, &diff->isa, tuple,
                                     room ? text->buf + text->length : NULL, room);
    pol_insn_format(&diff->isa, tuple->word, POL_REGS_ABI, insn, sizeof insn);
    text_add(text, "  # %s\n", insn);
}

static void add_cell(struct text *text, const struct pol_diff *diff,
                     const struct pol_diff_cell *cell)
{
    static const char *const names[] = {
        [POL_TAG_X] = "x", [POL_TAG_F] = "f", [POL_TAG_CSR] = "csr "};
    const struct pol_place *place = &cell->place;
    text_add(text, "  tag ");
    if (place->target == POL_TAG_ENV)
        text_add(text, "env");
    else if (place->target == POL_TAG_MEM)
        text_add(text, "mem 0x%" PRIx64 "+%" PRIu64, place->address, place->length);
    else if (place->target == POL_TAG_CSR && pol_csr_name(place->number))
        text_add(text, "csr %s", pol_csr_name(place->number));
    else
        text_add(text, "%s%" PRIu32, names[place->target], place->number);
    text_add(text, " ");
    text_set(text, diff->space, cell->lit);
    text_add(text, "\n");
}

static void add_event(struct text *text, const struct pol_diff *diff,
                      const struct pol_difference *difference)
{
    const struct pol_event *event = &difference->event;
    char insn[96];
    for (uint32_t i = 0; i < difference->ncells; i++)
        add_cell(text, diff, difference->cells + i);
    switch (event->kind) {
    case POL_EVENT_INSN:
        pol_insn_format(&diff->isa, event->word, POL_REGS_ABI, insn, sizeof insn);
        text_add(text, "  0x%" PRIx64 " 0x%08" PRIx32, event->pc, event->word);
        if (event->flags & POL_INSN_MEM)
            text_add(text, " mem 0x%" PRIx64, event->addr);
        text_add(text, "  # %s\n", insn);
        break;
    case POL_EVENT_TRAP:
    case POL_EVENT_IRQ:
        text_add(text, "  a trap into %s mode\n", event->mode == POL_MODE_S ? "S" : "M");
        break;
    default:
        text_add(text, "  a directive that sets tags\n");
        break;
    }
}

size_t pol_difference_format(const struct pol_diff *diff, const struct pol_difference *difference,
                             char *buf, size_t size)
{
    static const char *const results[POL_RESULTS] = {"env", "rd", "csr", "mem"};
    struct text text;
    text_init(&text, buf, size);
    if (difference->aspect == POL_DIFF_NONE) {
        text_add(&text, "no difference\n");
        return text.length;
    }
    text_add(&text, "step %" PRIu64 ": %s and %s differ in %s", difference->step,
             engine_name(diff, difference, 0), engine_name(diff, difference, 1),
             pol_diff_aspect_name(difference->aspect));
    if (difference->aspect == POL_DIFF_RESULT)
        text_add(&text, " %s", results[difference->result]);
    text_add(&text, "%s\n", difference->reproduced ? "" : " (not from these inputs alone)");
    if (difference->is_tuple)
        add_tuple(&text, diff, &difference->tuple);
    else
        add_event(&text, diff, difference);
    text_add(&text, "%s", difference->text);
    return text.length;
}
