/* Replaying a whole trace: expectations, counts, and the same walk without tags. */
#include <pol/machine.h>
#include <pol/report.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "icache.h"
#include "internal.h"

enum { MAX_EXPECTING = 64, PROGRESS_EVENTS = 65536 };

/* What the next instruction of a hart must do.  A trace has few at a time. */
struct expectation {
    uint16_t hart;
    enum pol_expect_kind kind;
    char *text; /* owned; NULL: any message */
};

struct replay {
    struct pol_machine *machine;
    const struct pol_replay_options *options;
    struct pol_replay_counts *counts;
    struct expectation expecting[MAX_EXPECTING];
    uint32_t nexpecting;
    struct pol_outcome outcome;
};

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static int expect(struct replay *replay, const struct pol_event *event)
{
    struct expectation *item = replay->expecting + replay->nexpecting;
    if (replay->nexpecting == MAX_EXPECTING)
        return machine_bad(replay->machine, "too many expectations at a time");
    item->text = event->text ? copy_text(event->text) : NULL;
    if (event->text && !item->text)
        return machine_bad(replay->machine, "out of memory");
    item->hart = event->hart;
    item->kind = (enum pol_expect_kind)event->expect;
    replay->nexpecting++;
    return 0;
}

static bool message_is(const struct replay *replay, const char *text)
{
    const struct pol_space *space = pol_machine_image(replay->machine)->space;
    const struct pol_debug_info *debug = replay->options->debug;
    size_t size = pol_outcome_message(space, debug, &replay->outcome, NULL, 0) + 1;
    char *message = malloc(size);
    bool same = false;
    if (message) {
        pol_outcome_message(space, debug, &replay->outcome, message, size);
        same = !strcmp(message, text);
    }
    free(message);
    return same;
}

static bool is_met(const struct replay *replay, const struct expectation *item)
{
    enum pol_verdict verdict = replay->outcome.verdict;
    switch (item->kind) {
    case POL_EXPECT_ALLOW:
        return verdict == POL_ALLOW;
    case POL_EXPECT_FAIL:
        if (!item->text)
            return verdict != POL_ALLOW;
        return verdict == POL_FAIL_EXPLICIT && message_is(replay, item->text);
    case POL_EXPECT_IMPLICIT:
        return verdict == POL_FAIL_IMPLICIT;
    case POL_EXPECT_EXPLICIT:
        return verdict == POL_FAIL_EXPLICIT && (!item->text || message_is(replay, item->text));
    default:
        return false;
    }
}

/* What was expected of the hart's instruction: how many expectations, whether all were met, and the
 * one to report: the first that was not. */
struct judgement {
    uint32_t n;
    bool met;
    struct expectation shown;
};

static void take_expectations(struct replay *replay, uint16_t hart, struct judgement *judgement)
{
    uint32_t kept = 0;
    *judgement = (struct judgement){.met = true};
    for (uint32_t i = 0; i < replay->nexpecting; i++) {
        struct expectation item = replay->expecting[i];
        if (item.hart != hart) {
            replay->expecting[kept++] = item;
            continue;
        }
        bool met = is_met(replay, &item);
        if (!judgement->n++ || (judgement->met && !met)) {
            free(judgement->shown.text);
            judgement->shown = item;
        } else {
            free(item.text);
        }
        judgement->met &= met;
    }
    replay->nexpecting = kept;
}

static void count_verdict(struct replay *replay)
{
    struct pol_replay_counts *counts = replay->counts;
    if (replay->outcome.verdict == POL_ALLOW)
        counts->allowed++;
    else if (replay->outcome.verdict == POL_FAIL_IMPLICIT)
        counts->implicit++;
    else
        counts->explicits++;
    if (replay->outcome.trapped)
        counts->trapped++;
}

/* Reports a violation or a mismatch; whether the replay goes on. */
static enum pol_replay_status report(struct replay *replay, const struct pol_event *event,
                                     const struct judgement *judgement)
{
    const struct pol_replay_options *options = replay->options;
    bool expecting = judgement->n;
    struct pol_violation violation = {
        .step = replay->counts->instructions - 1,
        .event = event,
        .outcome = &replay->outcome,
        .machine = replay->machine,
        .expected = expecting && judgement->met,
        .mismatch = expecting && !judgement->met,
        .expect = judgement->shown.kind,
        .expect_text = judgement->shown.text,
    };
    bool unexpected = !violation.expected;
    replay->counts->unexpected += unexpected;
    if (options->violation && !options->violation(options->user, &violation))
        return POL_REPLAY_STOPPED;
    return unexpected && !options->go_on ? POL_REPLAY_VIOLATION : POL_REPLAY_DONE;
}

static enum pol_replay_status judge(struct replay *replay, const struct pol_event *event)
{
    struct judgement judgement;
    enum pol_replay_status status = POL_REPLAY_DONE;
    take_expectations(replay, event->hart, &judgement);
    count_verdict(replay);
    replay->counts->expected += judgement.n && judgement.met;
    if (replay->outcome.verdict != POL_ALLOW || !judgement.met)
        status = report(replay, event, &judgement);
    free(judgement.shown.text);
    return status;
}

/* Tells of the rules that asked for it, before the step writes anything. */
static enum pol_replay_status report_rules(struct replay *replay, const struct pol_event *event)
{
    const struct pol_replay_options *options = replay->options;
    const struct pol_answer *answer = &replay->outcome.answer;
    for (uint32_t i = 0; i < answer->nreports && i < POL_MAX_REPORTS; i++) {
        struct pol_violation violation = {.step = replay->counts->instructions,
                                          .event = event,
                                          .outcome = &replay->outcome,
                                          .machine = replay->machine,
                                          .report = &answer->reports[i]};
        if (options->violation && !options->violation(options->user, &violation))
            return POL_REPLAY_STOPPED;
    }
    replay->counts->reports += answer->nreports;
    return POL_REPLAY_DONE;
}

static enum pol_replay_status replay_insn(struct replay *replay, const struct pol_event *event)
{
    if (pol_machine_evaluate(replay->machine, event, &replay->outcome))
        return POL_REPLAY_BAD;
    enum pol_replay_status status = report_rules(replay, event);
    if (status != POL_REPLAY_DONE) {
        pol_machine_discard(replay->machine);
        return status;
    }
    if (pol_machine_finish(replay->machine, event, &replay->outcome))
        return POL_REPLAY_BAD;
    replay->counts->instructions++;
    if (replay->outcome.verdict != POL_ALLOW || replay->nexpecting || replay->outcome.trapped)
        return judge(replay, event);
    replay->counts->allowed++;
    return POL_REPLAY_DONE;
}

static enum pol_replay_status replay_event(struct replay *replay, const struct pol_event *event)
{
    if (event->kind == POL_EVENT_INSN)
        return replay_insn(replay, event);
    if (event->kind == POL_EVENT_EXPECT)
        return expect(replay, event) ? POL_REPLAY_BAD : POL_REPLAY_DONE;
    if (event->kind == POL_EVENT_TRAP || event->kind == POL_EVENT_IRQ)
        replay->counts->traps++;
    return pol_machine_step(replay->machine, event, &replay->outcome) ? POL_REPLAY_BAD
                                                                      : POL_REPLAY_DONE;
}

static enum pol_replay_status replay_batch(struct replay *replay, const struct pol_event *events,
                                           size_t n)
{
    enum pol_replay_status status = POL_REPLAY_DONE;
    for (size_t i = 0; i < n && status == POL_REPLAY_DONE; i++) {
        size_t plain = replay->nexpecting
                           ? 0
                           : machine_run(replay->machine, events + i, n - i, &replay->outcome);
        replay->counts->instructions += plain;
        replay->counts->allowed += plain;
        replay->counts->events += plain;
        i += plain;
        if (i == n)
            break;
        status = replay_event(replay, events + i);
        replay->counts->events++;
    }
    return status;
}

static bool progress(struct replay *replay, const struct pol_trace_reader *reader, uint64_t *next)
{
    const struct pol_replay_options *options = replay->options;
    if (replay->counts->events < *next)
        return true;
    *next = replay->counts->events + PROGRESS_EVENTS;
    return !options->progress ||
           options->progress(options->user, reader, replay->counts->instructions);
}

static enum pol_replay_status replay_all(struct replay *replay, struct pol_trace_reader *reader)
{
    const struct pol_event *events;
    uint64_t next = PROGRESS_EVENTS;
    long n;
    while ((n = pol_trace_batch(reader, &events)) > 0) {
        enum pol_replay_status status = replay_batch(replay, events, (size_t)n);
        if (status != POL_REPLAY_DONE)
            return status;
        if (!progress(replay, reader, &next))
            return POL_REPLAY_STOPPED;
    }
    if (n < 0)
        return POL_REPLAY_DAMAGED;
    if (replay->nexpecting) {
        machine_bad(replay->machine, "an expectation without an instruction after it");
        return POL_REPLAY_BAD;
    }
    return POL_REPLAY_DONE;
}

enum pol_replay_status pol_replay(struct pol_machine *machine, struct pol_trace_reader *reader,
                                  const struct pol_replay_options *options,
                                  struct pol_replay_counts *counts)
{
    static const struct pol_replay_options none;
    struct replay *replay = calloc(1, sizeof *replay);
    memset(counts, 0, sizeof *counts);
    if (!replay) {
        machine_bad(machine, "out of memory");
        return POL_REPLAY_BAD;
    }
    replay->machine = machine;
    replay->options = options ? options : &none;
    replay->counts = counts;
    if (replay->options->debug)
        pol_machine_debug(machine, replay->options->debug);
    enum pol_replay_status status = replay_all(replay, reader);
    for (uint32_t i = 0; i < replay->nexpecting; i++)
        free(replay->expecting[i].text);
    free(replay);
    return status;
}

/* ---- Without tags ---------------------------------------------------------------------------- */

static void walk_batch(struct icache *cache, const struct pol_event *events, long n,
                       struct pol_replay_counts *counts, uint64_t *checksum)
{
    uint64_t sum = *checksum, instructions = 0;
    for (long i = 0; i < n; i++) {
        const struct pol_event *event = events + i;
        if (event->kind != POL_EVENT_INSN)
            continue;
        const struct icache_entry *insn = icache_get(cache, event->word);
        sum += event->pc ^ insn->word ^ insn->rd_to;
        if (insn->mem)
            sum += event->addr;
        instructions++;
    }
    counts->events += (uint64_t)n;
    counts->instructions += instructions;
    *checksum = sum;
}

enum pol_replay_status pol_replay_unchecked(const struct pol_isa *isa,
                                            struct pol_trace_reader *reader,
                                            struct pol_replay_counts *counts, uint64_t *checksum)
{
    struct icache *cache = malloc(sizeof *cache);
    const struct pol_event *events;
    long n = 0;
    memset(counts, 0, sizeof *counts);
    *checksum = 0;
    if (!cache)
        return POL_REPLAY_BAD;
    icache_init(cache, isa, 8);
    while ((n = pol_trace_batch(reader, &events)) > 0)
        walk_batch(cache, events, n, counts, checksum);
    free(cache);
    return n < 0 ? POL_REPLAY_DAMAGED : POL_REPLAY_DONE;
}
