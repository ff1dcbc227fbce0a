/* replay [OPTION]... TABLE.prt IMAGE.json TRACE: runs a recorded program past the simulated
 * tag_core.
 *
 * Every instruction is shown to the core and to the tag machine of libpolrt.  Both must give the
 * same answer and then have the same tags, in all registers after every step, in all that the step
 * touched, and in all memory before and after the run.  The number of cycles of an instruction may
 * depend on what it is and which granules it touches, never on tags. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"

enum { HELD_CYCLES = 20, MAX_CYCLES = 1000, STEPS_BEFORE = 5, CYCLES_AFTER = 6 };
enum { LONGEST = POL_MAX_GRANULES + 1 };

struct options {
    const char *vcd, *names, *record;
    uint64_t steps; /* at most */
    bool go_on;     /* after violations */
};

struct run {
    struct live live;
    const struct options *options;
    uint64_t step, cycles, violations, traps;
    uint64_t window;                 /* the step that the waveform is about */
    uint32_t latency[2][2][LONGEST]; /* cycles until an instruction is done, by shape */
};

/* ---- One instruction ------------------------------------------------------------------------- */

static void describe(const struct run *run, const struct pol_event *event, struct core_insn *insn)
{
    *insn = (struct core_insn){
        .pc = event->pc,
        .word = event->word,
        .is_c = pol_insn_length(event->word) == 2,
        .has_address = event->flags & POL_INSN_MEM,
        .address = event->flags & POL_INSN_MEM ? event->addr : 0,
        .sc_ok = event->flags & POL_INSN_SC_OK,
        .trapped = event->flags & POL_INSN_TRAPPED,
    };
    if (insn->is_c)
        pol_isa_expand(&run->live.isa, (uint16_t)event->word, &insn->word);
}

/* Clocks until the core answers. */
static bool wait_for_answer(struct run *run, struct core_outputs *outputs, uint32_t *cycles)
{
    struct core *core = run->live.core;
    *cycles = 1;
    for (core_look(core, outputs); !outputs->done && !outputs->violation; (*cycles)++) {
        if (*cycles == MAX_CYCLES)
            return live_bad("step %" PRIu64 ": no answer in %d cycles", run->step, MAX_CYCLES);
        core_clock(core);
        core_look(core, outputs);
    }
    return true;
}

/* Until stores have been written. */
static bool wait_until_ready(struct run *run)
{
    struct core_outputs outputs;
    for (int i = 0; i < MAX_CYCLES; i++) {
        core_look(run->live.core, &outputs);
        if (outputs.ready)
            return true;
        core_clock(run->live.core);
    }
    return live_bad("step %" PRIu64 ": not ready after %d cycles", run->step, MAX_CYCLES);
}

/* ---- Answers --------------------------------------------------------------------------------- */

/* What the core said, as the machine would put it. */
static void outcome_of(const struct run *run, const struct core_outputs *from,
                       struct pol_outcome *outcome)
{
    const struct layout *layout = run->live.layout;
    uint32_t tag = layout_number(from->tag, layout->tag_bits);
    *outcome = (struct pol_outcome){.verdict = POL_ALLOW, .tag = POL_NO_TAG};
    outcome->answer.first =
        (struct pol_failure){POL_NO_RULE, POL_NO_RULE, POL_CAUSE_NONE, POL_NO_TAG};
    if (!from->violation)
        return;
    outcome->verdict = (enum pol_verdict)from->fail_kind;
    outcome->answer.verdict = outcome->verdict;
    if (from->untagged) {
        outcome->cause = POL_MACHINE_UNTAGGED;
    } else if (from->cause > POL_CAUSE_NESTED) { /* 10, 11: docs/hardware.md */
        outcome->cause = from->cause == 10 ? POL_MACHINE_DISAGREE : POL_MACHINE_CONFLICT;
        outcome->tag = tag;
    } else {
        outcome->answer.first = (struct pol_failure){
            layout_number(from->decider, layout->decider_bits),
            layout_number(from->rule, layout->rule_bits), (enum pol_cause)from->cause, tag};
    }
}

static bool same_failure(const struct pol_failure *a, const struct pol_failure *b)
{
    return a->decider == b->decider && a->rule == b->rule && a->cause == b->cause &&
           a->tag == b->tag;
}

static bool same_outcome(const struct pol_outcome *core, const struct pol_outcome *machine)
{
    if (core->verdict != machine->verdict || core->cause != machine->cause)
        return false;
    if (core->verdict == POL_ALLOW)
        return true;
    return core->cause == POL_MACHINE_NONE
               ? same_failure(&core->answer.first, &machine->answer.first)
               : core->tag == machine->tag;
}

static bool compare_answers(struct run *run, const struct core_outputs *outputs,
                            const struct pol_outcome *machine)
{
    struct pol_outcome core;
    char ours[300], theirs[300];
    const struct live *live = &run->live;
    outcome_of(run, outputs, &core);
    if (same_outcome(&core, machine))
        return true;
    pol_outcome_format(live->space, &live->debug, &core, ours, sizeof ours);
    pol_outcome_format(live->space, &live->debug, machine, theirs, sizeof theirs);
    return live_bad("step %" PRIu64 ": the core says: %s; the machine: %s", run->step, ours,
                    theirs);
}

/* ---- Latency --------------------------------------------------------------------------------- */

/* Whether the second parcel of the word lies in another granule than the first. */
static bool is_wide(const struct run *run, const struct core_insn *insn)
{
    const struct core_segment *segment = segment_of(&run->live, insn->pc);
    uint64_t bytes = segment ? segment_bytes(&run->live, segment) : 1;
    return !insn->is_c && insn->pc / bytes != (insn->pc + 2) / bytes;
}

/* Whether the granules of the access lie in two segments. */
static bool is_split(const struct run *run, uint32_t granules)
{
    struct pol_place first, last;
    if (granules < 2)
        return false;
    pol_machine_operand_place(run->live.machine, POL_OP_MEM, 0, &first);
    pol_machine_operand_place(run->live.machine, POL_OP_MEM, granules - 1, &last);
    return segment_of(&run->live, first.address) != segment_of(&run->live, last.address);
}

/* The same for all instructions of a shape, whatever they are told. */
static bool check_latency(struct run *run, const struct core_insn *insn,
                          const struct core_outputs *outputs, uint32_t granules, uint32_t cycles)
{
    if (outputs->untagged || (insn->trapped && !granules))
        return true; /* the unit was not asked, or need not have been */
    uint32_t *known = &run->latency[is_wide(run, insn)][is_split(run, granules)][granules];
    if (!is_split(run, granules) && !*known)
        *known = cycles;
    return is_split(run, granules) || *known == cycles ||
           live_bad("step %" PRIu64 ": %" PRIu32 " cycles, others of its shape %" PRIu32, run->step,
                    cycles, *known);
}

/* ---- Violations ------------------------------------------------------------------------------ */

static void report(const struct run *run, const struct core_outputs *outputs,
                   const struct core_insn *insn, uint32_t cycles)
{
    const struct live *live = &run->live;
    struct pol_outcome outcome;
    char text[400], assembler[100];
    outcome_of(run, outputs, &outcome);
    pol_outcome_format(live->space, &live->debug, &outcome, text, sizeof text);
    pol_insn_format(&live->isa, insn->word, POL_REGS_ABI, assembler, sizeof assembler);
    printf("step %" PRIu64 ": %s\n", run->step, text);
    printf("  at 0x%" PRIx64 ": %s\n", insn->pc, assembler);
    printf("  in cycle %" PRIu64 ", number %" PRIu32
           " of this instruction, in which it would retire\n",
           core_cycles(live->core) - run->cycles, cycles);
}

/* Nothing is written and `violation` stays, however long the core goes on showing it. */
static bool check_held(struct run *run, const struct core_outputs *first)
{
    struct core_outputs outputs;
    for (int i = 0; i < HELD_CYCLES; i++) {
        core_clock(run->live.core);
        if (i == CYCLES_AFTER)
            core_vcd_on(run->live.core, false);
        core_look(run->live.core, &outputs);
        if (!outputs.violation || outputs.done || outputs.ready || outputs.rule != first->rule ||
            outputs.decider != first->decider || outputs.cause != first->cause)
            return live_bad("step %" PRIu64 ": the violation is not held", run->step);
    }
    return compare_all(&run->live);
}

static bool violated(struct run *run, const struct core_outputs *outputs,
                     const struct core_insn *insn, uint32_t cycles)
{
    struct core *core = run->live.core;
    run->violations++;
    if (!run->options->go_on) {
        report(run, outputs, insn, cycles);
        return check_held(run, outputs);
    }
    core_resume(core, true);
    core_clock(core);
    core_resume(core, false);
    return true;
}

/* ---- Events ---------------------------------------------------------------------------------- */

static bool run_instruction(struct run *run, const struct pol_event *event,
                            const struct pol_outcome *machine)
{
    struct live *live = &run->live;
    struct core_insn insn;
    struct core_outputs outputs;
    uint32_t cycles;
    describe(run, event, &insn);
    core_show(live->core, &insn);
    if (!wait_for_answer(run, &outputs, &cycles) || !compare_answers(run, &outputs, machine) ||
        !check_latency(run, &insn, &outputs, machine->granules, cycles))
        return false;
    if (outputs.violation != (machine->verdict != POL_ALLOW))
        return live_bad("step %" PRIu64 ": `violation` and `done` contradict", run->step);
    if (live->names)
        names_insn(live->names, insn.word);
    if (outputs.violation) {
        if (!violated(run, &outputs, &insn, cycles))
            return false;
    } else {
        core_clock(live->core);
    }
    core_show(live->core, NULL);
    if (outputs.violation && !run->options->go_on)
        return true;
    return wait_until_ready(run) && compare_registers(live) && compare_step(live);
}

static bool bad_event(const struct run *run)
{
    return live_bad("step %" PRIu64 ": %s", run->step, pol_machine_error(run->live.machine));
}

/* The tags of the word itself, for the waveform. */
static void name_code(struct live *live)
{
    struct pol_place place;
    for (uint32_t i = 0; i < pol_machine_code_granules(live->machine); i++) {
        pol_machine_code_place(live->machine, i, &place);
        if (pol_machine_read(live->machine, 0, &place, live->lit) == 1 &&
            live_encode(live, live->lit))
            names_tag(live->names, live->packed);
    }
}

/* Turns the waveform on some steps before the one that it is about. */
static void watch(struct run *run)
{
    struct live *live = &run->live;
    if (!run->options->vcd || run->step + STEPS_BEFORE < run->window)
        return;
    core_vcd_on(live->core, run->step <= run->window);
    if (!live->names)
        live->names = names_new(live);
}

static bool run_event(struct run *run, const struct pol_event *event)
{
    struct live *live = &run->live;
    struct pol_outcome outcome;
    watch(run);
    if (event->hart)
        return live_bad("a trace of several harts: the core is one");
    if (pol_machine_step(live->machine, event, &outcome))
        return bad_event(run);
    if (event->kind != POL_EVENT_INSN) {
        run->traps += event->kind == POL_EVENT_TRAP || event->kind == POL_EVENT_IRQ;
        return load_event(live, event) && compare_registers(live);
    }
    if (live->names)
        name_code(live);
    if (!run_instruction(run, event, &outcome))
        return false;
    run->step++;
    return true;
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static bool more(const struct run *run)
{
    return run->step < run->options->steps && (run->options->go_on || !run->violations);
}

static bool damaged(struct pol_trace_reader *reader)
{
    return live_bad("%s", pol_trace_error_of(reader)->message);
}

/* The step of the first violation; UINT64_MAX: none. */
static bool find_violation(struct run *run, struct pol_trace_reader *reader)
{
    struct pol_machine *machine = run->live.machine;
    struct pol_event event;
    struct pol_outcome outcome;
    int status;
    uint64_t step = 0;
    run->window = UINT64_MAX;
    while ((status = pol_trace_next(reader, &event)) > 0) {
        if (pol_machine_step(machine, &event, &outcome))
            return bad_event(run);
        if (event.kind != POL_EVENT_INSN)
            continue;
        if (outcome.verdict != POL_ALLOW) {
            run->window = step;
            break;
        }
        step++;
    }
    pol_machine_reset(machine);
    return status >= 0 || damaged(reader);
}

static bool replay(struct run *run, struct pol_trace_reader *reader)
{
    struct pol_event event;
    int status = 0;
    run->cycles = core_cycles(run->live.core); /* loading */
    if (!compare_all(&run->live))
        return false;
    while (more(run) && (status = pol_trace_next(reader, &event)) > 0)
        if (!run_event(run, &event))
            return false;
    if (status < 0)
        return damaged(reader);
    if (!compare_all(&run->live))
        return false;
    uint64_t cycles = core_cycles(run->live.core) - run->cycles;
    printf("%" PRIu64 " instructions, %" PRIu64 " traps, %" PRIu64 " cycles, %" PRIu64
           " violations: answers and tags as in the machine\n",
           run->step, run->traps, cycles, run->violations);
    return true;
}

static bool with_reader(struct run *run, const char *path,
                        bool (*what)(struct run *run, struct pol_trace_reader *reader))
{
    struct pol_trace_error error;
    struct pol_trace_reader *reader = pol_trace_open(path, &error);
    if (!reader)
        return live_bad("%s: %s", path, error.message);
    bool ok = what(run, reader);
    pol_trace_close(reader);
    return ok;
}

static bool open_waveform(struct run *run)
{
    return core_vcd(run->live.core, run->options->vcd) ||
           live_bad("%s cannot be written", run->options->vcd);
}

static bool all(struct run *run, char **arguments)
{
    const struct options *options = run->options;
    return live_open(&run->live, arguments[0], arguments[1], options->record) &&
           (!options->vcd ||
            (open_waveform(run) && with_reader(run, arguments[2], find_violation))) &&
           with_reader(run, arguments[2], replay) &&
           (!options->names || !run->live.names || names_write(run->live.names, options->names));
}

static bool parse(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"vcd", required_argument, NULL, 'v'},    {"names", required_argument, NULL, 'n'},
        {"record", required_argument, NULL, 'r'}, {"steps", required_argument, NULL, 's'},
        {"continue", no_argument, NULL, 'c'},     {NULL, 0, NULL, 0}};
    *options = (struct options){.steps = UINT64_MAX};
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;)
        switch (c) {
        case 'v':
            options->vcd = optarg;
            break;
        case 'n':
            options->names = optarg;
            break;
        case 'r':
            options->record = optarg;
            break;
        case 's':
            options->steps = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            options->go_on = true;
            break;
        default:
            return false;
        }
    return argc - optind == 3;
}

int main(int argc, char **argv)
{
    struct options options;
    struct run *run = calloc(1, sizeof *run);
    if (!run || !parse(argc, argv, &options)) {
        fputs("usage: replay [--vcd FILE] [--names FILE] [--record FILE] [--steps N] [--continue] "
              "TABLE.prt IMAGE.json TRACE\n",
              stderr);
        free(run);
        return 2;
    }
    run->options = &options;
    bool ok = all(run, argv + optind);
    int status = !ok ? 2 : run->violations != 0;
    live_close(&run->live);
    free(run);
    return status;
}
