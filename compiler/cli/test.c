/* policyc test: what a policy says of itself, tried. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/output.h"
#include "compiler/cli/test.h"
#include "lang/support/arena.h"

/* ---- Engines --------------------------------------------------------------------------------- */

/* The kinds of --engines, the source interpreter always first: it represents every set. */
static bool chosen_engines(const struct cli_args *args, enum cli_engine_kind *kinds, unsigned *n)
{
    const char *list = cli_value(args, OPT_ENGINES), *item;
    size_t len;
    list = list ? list : "source,table";
    kinds[0] = CLI_SOURCE;
    *n = 1;
    while (cli_list_next(&list, &item, &len)) {
        enum cli_engine_kind kind;
        if (!cli_engine_kind_find(item, len, &kind) || kind > CLI_MONITOR) {
            cli_error("--engines takes source, table and monitor, not `%.*s`", (int)len, item);
            return false;
        }
        bool known = false;
        for (unsigned i = 0; i < *n; i++)
            known |= kinds[i] == kind;
        if (!known)
            kinds[(*n)++] = kind;
    }
    return true;
}

static enum compile_stage stage_of(const enum cli_engine_kind *kinds, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (kinds[i] == CLI_TABLE)
            return COMPILE_TABLE;
    return COMPILE_IR;
}

/* ---- Tests of a section ---------------------------------------------------------------------- */

const char *const *test_decided(struct arena *arena, const struct pol_debug_info *debug,
                                const uint32_t *deciding)
{
    const char **lines = ARENA_ARRAY(arena, const char *, debug->ndeciders + (size_t)1);
    for (uint32_t d = 0, n = 0; d < debug->ndeciders; d++) {
        const struct pol_debug_rule *rule = pol_debug_rule_at(debug, d, deciding[d]);
        if (rule)
            lines[n++] = arena_printf(arena, "%s:%u:%u %s", rule->file, (unsigned)rule->line,
                                      (unsigned)rule->column, rule->text);
        else if (!debug->deciders[d].is_global)
            lines[n++] = arena_printf(arena, "%s: no rule", debug->deciders[d].name);
    }
    return lines;
}

static void add_test(struct test_file *file, const struct model_test *test)
{
    struct trial_result result;
    struct arena *arena = &file->report->arena;
    trial_run(&file->trial, test, arena, &result);
    struct test_entry entry = {.title = arena_strdup(arena, test->title),
                               .line = test->loc.line,
                               .column = test->loc.column,
                               .passed = result.passed,
                               .ncases = result.ncases,
                               .nfailed = result.nfailed};
    if (result.skipped)
        entry.skipped = "no instruction of the target is meant";
    if (result.absent)
        entry.note = arena_printf(
            arena, "the table was not asked: %s can never hold that set of tags", result.absent);
    if (!result.passed) {
        entry.why = result.first.why;
        entry.expected = result.expected;
        entry.got = result.first.got;
        entry.engine = result.first.engine;
        entry.input = result.first.line;
        if (result.first.deciding)
            entry.decided = test_decided(arena, &file->policy.debug, result.first.deciding);
    }
    test_report_add(file->report, entry);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static enum cli_status run_file(struct test_file *file, const char *path)
{
    const struct model *model = file->policy.compiled->model;
    for (uint32_t i = 0; i < model->ntests; i++)
        add_test(file, &model->tests[i]);
    enum cli_status status = test_traces(file, path);
    if (!status && file->coverage)
        test_coverage_file(file->coverage, file, path);
    return status;
}

static enum cli_status with_policy(struct test_file *file, const char *path,
                                   const enum cli_engine_kind *kinds, unsigned n)
{
    enum cli_status status = CLI_OK;
    const struct compiled *compiled = file->policy.compiled;
    unsigned opened = 0;
    while (opened < n &&
           (file->engines[opened] = cli_engine_open(&file->policy, kinds[opened], &status)) != NULL)
        opened++;
    if (opened == n) {
        trial_init(&file->trial, compiled->model, compiled->ir, compiled->table,
                   &file->policy.debug, file->engines, n);
        file->trial.loaded_code = compiled->loaded_code;
        if (file->coverage)
            file->trial.coverage = coverage_new(compiled->ir);
        status = run_file(file, path);
        coverage_free(file->trial.coverage);
        trial_free(&file->trial);
    }
    for (unsigned i = 0; i < opened; i++)
        file->engines[i]->ops->destroy(file->engines[i]);
    return status;
}

/* A file with errors is a test that fails: the others still run. */
static enum cli_status test_file(struct test_report *report, struct test_coverage *coverage,
                                 struct cli_args *args, const char *path)
{
    enum cli_engine_kind kinds[CLI_ENGINE_KINDS];
    unsigned n;
    if (!chosen_engines(args, kinds, &n))
        return CLI_BAD;
    if (cli_is_table(path)) {
        cli_error("%s is a rule table; tests are in policies", path);
        return CLI_BAD;
    }
    struct test_file *file = lang_xalloc(sizeof *file);
    file->args = args;
    file->report = report;
    file->coverage = coverage;
    report->file = path;
    enum cli_status status = cli_policy_load(&file->policy, args, path, stage_of(kinds, n));
    if (status == CLI_FOUND) {
        test_report_add(
            report, (struct test_entry){.title = "the policy compiles", .why = "it has errors"});
        status = CLI_OK;
    } else if (!status && file->policy.compiled->ir) {
        status = with_policy(file, path, kinds, n);
    } else if (!status && file->policy.compiled->model->ntests) {
        cli_error("%s: a module without a policy has nothing that its tests could ask", path);
        status = CLI_BAD;
    }
    cli_policy_free(&file->policy);
    free(file);
    return status;
}

/* ---- The command ----------------------------------------------------------------------------- */

struct testing {
    struct cli_args *args;
    struct test_report report;
    struct test_coverage coverage;
    char *listing; /* the coverage as text, until the results are out */
    size_t listing_size;
};

static enum cli_status run_files(struct testing *t)
{
    enum cli_status status = CLI_OK;
    bool wanted = cli_has(t->args, OPT_COVERAGE) || cli_has(t->args, OPT_SUGGEST);
    for (int i = 0; i < t->args->nfiles; i++) {
        enum cli_status one =
            test_file(&t->report, wanted ? &t->coverage : NULL, t->args, t->args->files[i]);
        status = one > status ? one : status;
    }
    return status;
}

static void print_results(const struct testing *t, FILE *out)
{
    if (cli_is(cli_value(t->args, OPT_FORMAT), "junit"))
        test_report_junit(&t->report, out);
    else
        test_report_tap(&t->report, out);
}

static bool is_lcov(const struct cli_args *args)
{
    return cli_is(cli_value(args, OPT_COVERAGE), "lcov");
}

static void print_coverage(struct testing *t, FILE *out)
{
    if (is_lcov(t->args))
        test_coverage_lcov(&t->coverage, out);
    else
        fwrite(t->listing, 1, t->listing_size, out);
}

/* To --coverage-file, whole or not at all. */
static bool write_coverage(struct testing *t, const char *path)
{
    char temporary[OUTPUT_PATH];
    if (!output_beside(path, temporary))
        return false;
    FILE *out = fopen(temporary, "w");
    if (!out)
        cli_error("%s: %s", temporary, strerror(errno));
    else
        print_coverage(t, out);
    bool good = out && !ferror(out);
    if (out)
        good = fclose(out) == 0 && good;
    return output_settle(path, temporary, good);
}

/* Where results and coverage go: they share standard output only as comments of TAP; XML has it to
 * itself. */
static bool print_all(struct testing *t)
{
    const char *file = cli_value(t->args, OPT_COVERAGE_FILE);
    bool coverage = cli_has(t->args, OPT_COVERAGE), suggest = cli_has(t->args, OPT_SUGGEST);
    bool junit = cli_is(cli_value(t->args, OPT_FORMAT), "junit");
    bool aside = suggest || (coverage && !file && is_lcov(t->args) && !junit);
    if (!suggest || t->report.failed)
        print_results(t, aside ? stderr : stdout);
    if (coverage && file)
        return write_coverage(t, file);
    if (coverage)
        print_coverage(t, suggest || junit ? stderr : stdout);
    return true;
}

static enum cli_status finish(struct testing *t, enum cli_status status)
{
    if (!t->report.entries.count && status == CLI_OK && !cli_has(t->args, OPT_SUGGEST))
        cli_note("there are no tests");
    if (!print_all(t))
        return CLI_BAD;
    return status == CLI_OK && t->report.failed ? CLI_FOUND : status;
}

enum cli_status cmd_test(struct cli_args *args)
{
    struct testing t = {.args = args};
    if (cli_has(args, OPT_COVERAGE_FILE) && !cli_has(args, OPT_COVERAGE)) {
        cli_error("--coverage-file says where the output of --coverage goes; give that, too");
        return CLI_BAD;
    }
    test_report_init(&t.report);
    test_coverage_init(&t.coverage);
    if (cli_has(args, OPT_COVERAGE) && !is_lcov(args)) {
        t.coverage.text = open_memstream(&t.listing, &t.listing_size);
        if (!t.coverage.text)
            pol_fatal_oom();
    }
    enum cli_status status = run_files(&t);
    if (t.coverage.text && fclose(t.coverage.text))
        pol_fatal_oom();
    status = finish(&t, status);
    free(t.listing);
    test_coverage_free(&t.coverage);
    test_report_free(&t.report);
    return status;
}
