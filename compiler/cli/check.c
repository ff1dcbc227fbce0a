/* policyc trace check: a trace with expectations, replayed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <pol/machine.h>

#include "compiler/cli/engine.h"
#include "compiler/cli/replay.h"
#include "compiler/cli/symbols.h"
#include "lang/support/arena.h"

/* The instruction that a hart executed last. */
struct last_insn {
    bool known;
    uint64_t pc;
    uint32_t word;
};

struct checker {
    struct cli_policy policy;
    /* The trace once more, for reports that look back; NULL until one does.  It stops at
     * violations, so all reports together read the trace once. */
    struct pol_trace_reader *behind;
    uint64_t behind_step; /* instructions that it has delivered */
    struct last_insn *last;
    size_t nlast; /* by hart */
    const char *trace;
    bool json;
    struct symbols *symbols; /* NULL: none */
    struct pol_report_context context;
    struct cli_progress progress;
};

/* ---- Reports --------------------------------------------------------------------------------- */

static void remember(struct checker *c, const struct pol_event *event)
{
    if (event->hart >= c->nlast) {
        size_t n = event->hart + (size_t)1;
        c->last = lang_xrealloc(c->last, n * sizeof *c->last);
        memset(c->last + c->nlast, 0, (n - c->nlast) * sizeof *c->last);
        c->nlast = n;
    }
    /* What a handler does first was not reached from the interrupted instruction. */
    bool insn = event->kind == POL_EVENT_INSN;
    bool leaves = event->kind == POL_EVENT_TRAP || event->kind == POL_EVENT_IRQ;
    if (insn || leaves)
        c->last[event->hart] = (struct last_insn){insn, event->pc, event->word};
    c->behind_step += insn;
}

/* What the hart of that instruction executed before it. */
static struct last_insn look_back(struct checker *c, uint64_t step)
{
    struct last_insn found = {0};
    struct pol_trace_error error;
    struct pol_event event;
    if (!c->behind && !cli_is(c->trace, "-"))
        c->behind = pol_trace_open(c->trace, &error);
    while (c->behind && c->behind_step <= step && pol_trace_next(c->behind, &event) > 0) {
        bool here = event.kind == POL_EVENT_INSN && c->behind_step == step;
        if (here && event.hart < c->nlast)
            found = c->last[event.hart];
        remember(c, &event);
    }
    return found;
}

/* Where the program came from: for an instruction that is not of the program's source. */
static void print_origin(struct checker *c, uint64_t step)
{
    char insn[96];
    int line = 0;
    uint64_t offset = 0;
    struct last_insn last = look_back(c, step);
    if (!last.known)
        return;
    uint32_t word = last.word;
    if (pol_insn_length(word) == 2 && pol_isa_expand(&c->policy.isa, (uint16_t)word, &word))
        snprintf(insn, sizeof insn, ".2byte 0x%04" PRIx32, word);
    else
        pol_insn_format(&c->policy.isa, word, POL_REGS_ABI, insn, sizeof insn);
    const char *symbol = symbols_name(c->symbols, last.pc, &offset);
    printf("  reached from 0x%" PRIx64, last.pc);
    if (symbol)
        printf(" <%s+0x%" PRIx64 ">", symbol, offset);
    printf(": %s\n", insn);
    const char *source = symbols_source(c->symbols, last.pc, &line);
    if (source)
        printf("  program source %s:%d\n", source, line);
}

static void print_text(struct checker *c, const struct pol_violation *violation)
{
    int line = 0;
    size_t size = pol_violation_format(&c->context, violation, NULL, 0) + 1;
    char *text = lang_xalloc(size);
    pol_violation_format(&c->context, violation, text, size);
    fputs(text, stdout);
    const char *source =
        c->symbols ? symbols_source(c->symbols, violation->event->pc, &line) : NULL;
    if (source)
        printf("  program source %s:%d\n", source, line);
    else if (c->symbols)
        print_origin(c, violation->step);
    free(text);
}

static void print_json(struct checker *c, const struct pol_violation *violation)
{
    char *text = pol_violation_json(&c->context, violation);
    if (!text)
        pol_fatal_oom();
    puts(text);
    free(text);
}

static bool on_violation(void *user, const struct pol_violation *violation)
{
    struct checker *c = user;
    if (violation->expected)
        return true;
    cli_progress_end(&c->progress);
    if (c->json)
        print_json(c, violation);
    else
        print_text(c, violation);
    return !ferror(stdout);
}

static bool on_progress(void *user, const struct pol_trace_reader *reader, uint64_t step)
{
    struct checker *c = user;
    (void)reader;
    cli_progress_show(&c->progress, "%" PRIu64 " instructions, %.1f million per second", step,
                      (double)step * 1e-6 / (cli_seconds() - c->progress.start));
    return true;
}

/* ---- The run --------------------------------------------------------------------------------- */

static void print_counts(const struct checker *c, const struct pol_replay_counts *n)
{
    if (c->json)
        return;
    printf("%" PRIu64 " instructions: %" PRIu64 " allowed, %" PRIu64 " explicit and %" PRIu64
           " implicit failures, %" PRIu64 " expectations met, %" PRIu64 " unexpected",
           n->instructions, n->allowed, n->explicits, n->implicit, n->expected, n->unexpected);
    if (n->reports)
        printf(", %" PRIu64 " reports", n->reports);
    printf("\n");
}

static enum cli_status replay(struct checker *c, const struct cli_args *args,
                              struct pol_machine *machine, struct pol_trace_reader *reader)
{
    struct pol_replay_counts counts;
    const struct pol_replay_options options = {.debug = &c->policy.debug,
                                               .go_on = cli_has(args, OPT_CONTINUE),
                                               .violation = on_violation,
                                               .progress = on_progress,
                                               .user = c};
    cli_progress_start(&c->progress);
    enum pol_replay_status status = pol_replay(machine, reader, &options, &counts);
    cli_progress_end(&c->progress);
    print_counts(c, &counts);
    if (status == POL_REPLAY_DAMAGED)
        return cli_trace_failed(c->trace, pol_trace_error_of(reader));
    if (status == POL_REPLAY_BAD) {
        cli_error("%s: after %" PRIu64 " events: %s", c->trace, counts.events,
                  pol_machine_error(machine));
        return CLI_BAD;
    }
    if (status == POL_REPLAY_STOPPED)
        return CLI_BAD; /* standard output is gone */
    return counts.unexpected ? CLI_FOUND : CLI_OK;
}

static enum cli_status with_engine(struct checker *c, const struct cli_args *args,
                                   struct pol_engine *engine)
{
    char err[512];
    enum cli_status status = CLI_BAD;
    struct pol_image *image = cli_image_open(&c->policy, cli_value(args, OPT_IMAGE));
    struct pol_trace_reader *reader = image ? cli_trace_open(&c->policy, c->trace) : NULL;
    struct pol_machine *machine = NULL;
    if (reader) {
        machine = pol_machine_new(engine, image, err, sizeof err);
        if (!machine)
            cli_error("%s", err);
    }
    if (machine)
        status = replay(c, args, machine, reader);
    if (machine)
        pol_machine_free(machine);
    if (reader)
        pol_trace_close(reader);
    if (image)
        pol_image_free(image);
    return status;
}

static bool open_symbols(struct checker *c, const struct cli_args *args)
{
    const char *elf = cli_value(args, OPT_ELF);
    c->context.debug = &c->policy.debug;
    if (!elf)
        return true;
    c->symbols = symbols_open(elf);
    c->context.program = elf;
    c->context.symbol = c->symbols ? symbols_name : NULL;
    c->context.user = c->symbols;
    return c->symbols != NULL;
}

enum cli_status cmd_trace_check(struct cli_args *args)
{
    struct checker c = {.trace = args->files[1]};
    char isa[POL_ISA_TEXT], granule[2];
    enum cli_engine_kind kind = CLI_TABLE;
    const char *name = cli_value(args, OPT_ENGINE);
    if (name && !cli_engine_kind_find(name, strlen(name), &kind))
        return CLI_INTERNAL; /* the option's choices are these names */
    if (!cli_is_table(args->files[0]))
        cli_trace_adapt(args, c.trace, isa, granule);
    c.json = cli_is(cli_value(args, OPT_FORMAT), "json");
    enum cli_status status =
        cli_policy_load(&c.policy, args, args->files[0], cli_engine_stage(kind));
    struct pol_engine *engine = NULL;
    if (!status && !open_symbols(&c, args))
        status = CLI_BAD;
    if (!status)
        engine = cli_engine_open(&c.policy, kind, &status);
    if (engine) {
        status = with_engine(&c, args, engine);
        engine->ops->destroy(engine);
    }
    if (c.behind)
        pol_trace_close(c.behind);
    free(c.last);
    symbols_close(c.symbols);
    cli_policy_free(&c.policy);
    return status;
}
