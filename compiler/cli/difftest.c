/* policyc difftest: the same inputs through all engines. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <pol/diff.h>
#include <pol/rtl.h>

#include "compiler/cli/engine.h"
#include "compiler/cli/merges.h"
#include "compiler/cli/pairs.h"
#include "compiler/cli/replay.h"
#include "compiler/gen/gen.h"
#include "lang/support/arena.h"

enum { AUTO_EXHAUSTIVE = 1000000, AUTO_RANDOM = 100000, MAX_MISSED = 10 };

struct difftest {
    struct cli_policy policy;
    struct pol_engine *engines[POL_MAX_ENGINES];
    uint32_t nengines;
    struct pol_diff *diff;
    struct pol_image *image; /* traces only */
    const char *reproduce;   /* NULL: not wanted */
    struct pol_diff_counts counts;
    struct pol_difference difference;
    uint32_t nmissed; /* pairs not reached; the first few: */
    struct pol_gen_pair missed[MAX_MISSED];
    double start;
    struct cli_progress progress;
};

/* ---- Engines --------------------------------------------------------------------------------- */

static enum cli_status open_engine(struct difftest *d, const char *name, size_t len)
{
    enum cli_engine_kind kind;
    enum cli_status status = CLI_OK;
    if (!cli_engine_kind_find(name, len, &kind)) {
        cli_error("--engines: `%.*s` is none of " CLI_ENGINE_NAMES, (int)len, name);
        return CLI_BAD;
    }
    for (uint32_t i = 0; i < d->nengines; i++)
        if (strncmp(d->engines[i]->ops->name, name, len) == 0) {
            cli_error("--engines: `%.*s` is there already; it would agree with itself", (int)len,
                      name);
            return CLI_BAD;
        }
    struct pol_engine *engine = cli_engine_open(&d->policy, kind, &status);
    if (engine)
        d->engines[d->nengines++] = engine;
    return status;
}

static enum cli_status open_engines(struct difftest *d, const struct cli_args *args)
{
    const char *list = cli_value(args, OPT_ENGINES);
    const char *item;
    size_t len;
    char err[256];
    list = list ? list : "source,table,monitor";
    while (cli_list_next(&list, &item, &len)) {
        enum cli_status status = open_engine(d, item, len);
        if (status)
            return status;
    }
    if (cli_has(args, OPT_RTL)) {
        enum cli_status status = open_engine(d, "verilator", strlen("verilator"));
        if (status)
            return status;
    }
    d->diff =
        pol_diff_new(d->engines, d->nengines, &d->policy.isa, &d->policy.debug, err, sizeof err);
    if (d->diff)
        return CLI_OK;
    cli_error("%s", err);
    return CLI_BAD;
}

static void close_all(struct difftest *d)
{
    pol_difference_free(&d->difference);
    if (d->diff)
        pol_diff_free(d->diff);
    for (uint32_t i = 0; i < d->nengines; i++)
        d->engines[i]->ops->destroy(d->engines[i]);
    if (d->image)
        pol_image_free(d->image);
    cli_policy_free(&d->policy);
}

/* ---- Results --------------------------------------------------------------------------------- */

/* Pairs that seemed reachable and were not reached; some need comparisons that exclude each other,
 * or inputs that a global policy settles before. */
static void print_missed(const struct difftest *d)
{
    for (uint32_t i = 0; i < d->nmissed && i < MAX_MISSED; i++) {
        const struct pol_gen_pair *pair = &d->missed[i];
        const struct pol_debug_rule *rule =
            pol_debug_rule_at(&d->policy.debug, pair->decider, pair->rule);
        if (rule)
            printf("    not reached: %s:%" PRIu32 " for %s\n", rule->file, rule->line,
                   d->policy.opclasses[pair->opclass].name);
    }
    if (d->nmissed > MAX_MISSED)
        printf("    and %" PRIu32 " more\n", d->nmissed - MAX_MISSED);
}

static void print_counts(struct difftest *d, const char *mode)
{
    const struct pol_diff_counts *c = &d->counts;
    cli_progress_end(&d->progress);
    double seconds = cli_seconds() - d->start;
    printf("%s: %" PRIu64 " steps through", mode, c->steps);
    for (uint32_t i = 0; i < d->nengines; i++)
        printf("%s %s", i ? "," : "", d->engines[i]->ops->name);
    printf(", %.0f steps/s\n", seconds > 0 ? (double)c->steps / seconds : 0.0);
    printf("  verdicts: %" PRIu64 " allow, %" PRIu64 " explicit, %" PRIu64 " implicit\n",
           c->allowed, c->explicits, c->implicit);
    if (c->skipped)
        printf("  skipped: %" PRIu64 " inputs that some engine cannot represent\n", c->skipped);
    if (c->pairs)
        printf("  (rule, opclass) pairs: %" PRIu64 " reached of %" PRIu64 "\n", c->reached,
               c->pairs);
    print_missed(d);
}

static enum cli_status write_operands(const struct difftest *d)
{
    const struct pol_space *space = d->policy.space;
    const struct pol_tuple *tuple = &d->difference.tuple;
    size_t size = pol_tuple_format(space, &d->policy.isa, tuple, NULL, 0) + 1;
    char *text = lang_xalloc(size);
    pol_tuple_format(space, &d->policy.isa, tuple, text, size);
    FILE *out = fopen(d->reproduce, "w");
    bool ok = out && fprintf(out, "%s\n", text) > 0;
    if (out)
        ok = fclose(out) == 0 && ok;
    free(text);
    if (!ok)
        cli_error("%s cannot be written", d->reproduce);
    return ok ? CLI_OK : CLI_BAD;
}

static enum cli_status reproduce(const struct difftest *d)
{
    char err[512];
    if (!d->reproduce)
        return CLI_OK;
    if (d->difference.is_tuple)
        return write_operands(d);
    if (pol_difference_write_trace(d->diff, d->image, &d->difference, d->reproduce, err,
                                   sizeof err) == 0)
        return CLI_OK;
    cli_error("%s", err);
    return CLI_BAD;
}

/* A simulator that went away has compared nothing, whatever the counts say. */
static bool simulators_live(const struct difftest *d)
{
    for (uint32_t i = 0; i < d->nengines; i++)
        if (pol_rtl_ended(d->engines[i])) {
            cli_error("the simulator of the engine %s ended before the comparison did",
                      d->engines[i]->ops->name);
            return false;
        }
    return true;
}

static enum cli_status finish(struct difftest *d, enum pol_diff_status status, const char *mode)
{
    if (!simulators_live(d))
        return CLI_BAD;
    if (d->counts.steps == 0 && d->counts.skipped) {
        cli_error("nothing was compared: some engine cannot represent any of %" PRIu64 " inputs",
                  d->counts.skipped);
        return CLI_BAD;
    }
    if (status == POL_DIFF_BAD) {
        cli_error("%s", pol_diff_error(d->diff));
        return CLI_BAD;
    }
    print_counts(d, mode);
    if (status == POL_DIFF_AGREE) {
        puts("all engines agree");
        return CLI_OK;
    }
    size_t size = pol_difference_format(d->diff, &d->difference, NULL, 0) + 1;
    char *text = lang_xalloc(size);
    pol_difference_format(d->diff, &d->difference, text, size);
    fputs(text, stdout);
    free(text);
    return reproduce(d) ? CLI_BAD : CLI_FOUND;
}

/* ---- Progress -------------------------------------------------------------------------------- */

static bool on_progress(void *user, uint64_t steps)
{
    struct difftest *d = user;
    cli_progress_show(&d->progress, "%" PRIu64 " steps, %.0f per second", steps,
                      (double)steps / (cli_seconds() - d->start));
    return true;
}

static void start_clock(struct difftest *d)
{
    d->start = cli_seconds();
    cli_progress_start(&d->progress);
    pol_diff_on_progress(d->diff, on_progress, d);
}

/* ---- Modes ----------------------------------------------------------------------------------- */

static void missed(void *user, const struct pol_gen_pair *pair)
{
    struct difftest *d = user;
    if (d->nmissed < MAX_MISSED)
        d->missed[d->nmissed] = *pair;
    d->nmissed++;
}

static struct gen_space *make_space(struct difftest *d, enum cli_status *status)
{
    struct pol_engine *engine = cli_engine_open(&d->policy, CLI_TABLE, status);
    if (!engine)
        return NULL;
    struct gen_space *space =
        gen_space_new(d->policy.table, d->policy.compiled->ir, d->policy.space, engine);
    engine->ops->destroy(engine);
    return space;
}

/* Runs the trace and counts the pairs that the first engine's answers reach. */
static enum pol_diff_status diff_trace(struct difftest *d, const struct gen_space *space,
                                       struct pol_trace_reader *reader)
{
    struct pair_counter *pairs = pair_counter_new(d->engines[0], &d->policy, &space->space);
    enum pol_diff_status result =
        pol_diff_trace(d->diff, d->image, reader, &d->counts, &d->difference);
    d->counts.reached = pair_counter_end(pairs);
    d->counts.pairs = space->space.npairs;
    return result;
}

static enum cli_status trace_failed(struct difftest *d, const char *path,
                                    struct pol_trace_reader *reader)
{
    const struct pol_trace_error *error = pol_trace_error_of(reader);
    cli_progress_end(&d->progress);
    if (error->message[0])
        return cli_trace_failed(path, error);
    cli_error("%s: after %" PRIu64 " instructions: %s", path, d->counts.steps,
              pol_diff_error(d->diff));
    return CLI_BAD;
}

static enum cli_status read_trace(struct difftest *d, const char *path,
                                  struct pol_trace_reader *reader)
{
    enum cli_status status = CLI_OK;
    struct gen_space *space = make_space(d, &status);
    if (!space)
        return status;
    start_clock(d);
    enum pol_diff_status result = diff_trace(d, space, reader);
    gen_space_free(space);
    return result == POL_DIFF_BAD ? trace_failed(d, path, reader) : finish(d, result, "trace");
}

static enum cli_status run_trace(struct difftest *d, const struct cli_args *args)
{
    const char *path = cli_value(args, OPT_TRACE);
    d->image = cli_image_open(&d->policy, cli_value(args, OPT_IMAGE));
    struct pol_trace_reader *reader = d->image ? cli_trace_open(&d->policy, path) : NULL;
    if (!reader)
        return CLI_BAD;
    enum cli_status status = read_trace(d, path, reader);
    pol_trace_close(reader);
    return status;
}

static enum cli_status run_random(struct difftest *d, const struct cli_args *args, uint64_t steps)
{
    struct pol_diff_random options = {.seed = 1, .missed = missed, .user = d};
    enum cli_status status = CLI_OK;
    if (!cli_number(args, OPT_SEED, &options.seed))
        return CLI_BAD;
    struct gen_space *space = make_space(d, &status);
    if (!space)
        return status;
    options.steps = steps;
    options.more = steps / 4 + 10000;
    start_clock(d);
    enum pol_diff_status result =
        pol_diff_run_random(d->diff, &space->space, &options, &d->counts, &d->difference);
    status = finish(d, result, "random");
    gen_space_free(space);
    return status;
}

/* All inputs reach what any of them reaches: the pairs with a witness. */
static void count_pairs(struct difftest *d, const struct gen_space *space)
{
    d->counts.pairs = space->space.npairs;
    for (uint32_t i = 0; i < space->space.npairs; i++)
        if (space->space.pairs[i].witness)
            d->counts.reached++;
        else
            missed(d, &space->space.pairs[i]);
}

/* Merges are no steps, so no tuple shows them. */
static enum cli_status compare_merges(struct difftest *d, struct gen_tuples *tuples)
{
    struct merge_counts counts;
    char text[1024];
    bool agree = merges_agree(d->engines, d->nengines, tuples, &counts, text, sizeof text);
    printf("merges: %" PRIu64 " pairs of sets, %" PRIu64 " conflicts\n", counts.pairs,
           counts.conflicts);
    if (!agree)
        fputs(text, stdout);
    return agree ? CLI_OK : CLI_FOUND;
}

static enum cli_status run_exhaustive(struct difftest *d, struct gen_tuples *tuples, uint64_t count)
{
    struct pol_diff_source source = {count, gen_tuples_next, tuples};
    enum cli_status status = CLI_OK;
    struct gen_space *space = make_space(d, &status);
    if (!space)
        return status;
    start_clock(d);
    enum pol_diff_status result = pol_diff_exhaustive(d->diff, &source, &d->counts, &d->difference);
    count_pairs(d, space);
    gen_space_free(space);
    return finish(d, result, "exhaustive");
}

static enum cli_status run_all(struct difftest *d, const struct cli_args *args)
{
    struct gen_values values;
    enum cli_status status;
    gen_values_of(d->policy.compiled->ir, &values);
    struct gen_tuples *tuples = gen_tuples_new(d->policy.table, d->policy.space, &values);
    status = compare_merges(d, tuples);
    if (status) {
        gen_tuples_free(tuples);
        return status;
    }
    bool asked = cli_has(args, OPT_EXHAUSTIVE);
    uint64_t limit = asked ? POL_DIFF_MAX_TUPLES : AUTO_EXHAUSTIVE;
    uint64_t count = gen_tuples_count(tuples, limit);
    if (asked || count < limit)
        status = run_exhaustive(d, tuples, count);
    else
        status = run_random(d, args, AUTO_RANDOM);
    gen_tuples_free(tuples);
    return status;
}

static enum cli_status run_mode(struct difftest *d, const struct cli_args *args)
{
    uint64_t steps = 0;
    if (!cli_number(args, OPT_RANDOM, &steps))
        return CLI_BAD;
    if (cli_has(args, OPT_TRACE))
        return run_trace(d, args);
    if (cli_has(args, OPT_RANDOM))
        return run_random(d, args, steps);
    return run_all(d, args);
}

enum cli_status cmd_difftest(struct cli_args *args)
{
    struct difftest d = {.reproduce = cli_value(args, OPT_REPRO)};
    char isa[POL_ISA_TEXT], granule[2];
    int modes =
        cli_has(args, OPT_TRACE) + cli_has(args, OPT_RANDOM) + cli_has(args, OPT_EXHAUSTIVE);
    if (modes > 1) {
        cli_error("difftest takes one of --trace, --exhaustive, --random");
        return CLI_BAD;
    }
    if (cli_is_table(args->files[0])) {
        cli_error("difftest compares a policy's engines; %s is a rule table", args->files[0]);
        return CLI_BAD;
    }
    if (cli_has(args, OPT_TRACE))
        cli_trace_adapt(args, cli_value(args, OPT_TRACE), isa, granule);
    enum cli_status status = cli_policy_load(&d.policy, args, args->files[0], COMPILE_TABLE);
    if (!status)
        status = open_engines(&d, args);
    if (!status)
        status = run_mode(&d, args);
    close_all(&d);
    return status;
}
