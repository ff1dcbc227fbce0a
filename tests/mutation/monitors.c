/* Mutants of emitted monitors: `monitors COUNT STEPS FOLDER POLICY...`; prints TAP.
 *
 * COUNT places of the rules in the emitted C are changed, one at a time: a condition is deleted or
 * negated, a comparison reversed, a limit moved, a verdict or a rule number exchanged, a tag not
 * added, a result given elsewhere.  The changed monitor is compiled and compared with the table as
 * `policyc difftest` does it, by STEPS random inputs.  A difference must be found, unless all
 * inputs together show none.  FOLDER: for the compiled files. */
#include <pol/monitor_abi.h>

#include "compiler/backend/monitor/monitor.h"
#include "lang/support/str.h"
#include "tests/mutation/common.h"

#define ALL_INPUTS 2000000u

struct site {
    size_t at, length; /* replaced bytes */
    char with[48];
    const char *what;
};

struct job {
    struct policy *policy;
    struct ir *ir;
    struct pol_table *table;
    struct pol_space *space;
    struct pol_engine *engine; /* of the table */
    struct gen_space *inputs;
    const char *folder;
    uint64_t steps;
    char *text;
    size_t size, begin, end; /* the rules */
    VEC_OF(struct site) sites;
    struct arena arena;
    uint32_t random, exhaustive, equal, missed, invalid;
};

/* --- places ------------------------------------------------------------------------------------
 */

static void add_site(struct job *j, size_t at, size_t length, const char *with, const char *what)
{
    struct site s = {.at = at, .length = length, .what = what};
    snprintf(s.with, sizeof s.with, "%s", with);
    VEC_PUSH(&j->arena, &j->sites, s);
}

/* Where a term ends: at ` && `, or at the parenthesis that closes its condition. */
static size_t term_end(const struct job *j, size_t at)
{
    int depth = 0;
    for (; at < j->end && j->text[at] != '\n'; at++) {
        depth += j->text[at] == '(';
        if (j->text[at] == ')' && depth-- == 0)
            return at;
        if (depth == 0 && strncmp(j->text + at, " && ", 4) == 0)
            return at;
    }
    return 0;
}

static bool here(const struct job *j, size_t at, const char *text)
{
    return strncmp(j->text + at, text, strlen(text)) == 0;
}

static void sites_of_condition(struct job *j, size_t at)
{
    size_t end;
    if (here(j, at, " && ") && (end = term_end(j, at + 4)) > 0)
        add_site(j, at, end - at, "", "a condition deleted");
    if (here(j, at, "if (") && (end = term_end(j, at + 4)) > 0 && here(j, end, " && "))
        add_site(j, at + 4, end + 4 - (at + 4), "", "the first condition deleted");
    if (here(j, at, "!has("))
        add_site(j, at, 1, "", "a negation deleted");
    if (here(j, at, "(has(") || here(j, at, " has("))
        add_site(j, at + 1, 0, "!", "a condition negated");
    if (here(j, at, " == arg(") || here(j, at, " != arg("))
        add_site(j, at + 1, 1, here(j, at, " == ") ? "!" : "=", "a comparison reversed");
    if (here(j, at, " < "))
        add_site(j, at + 1, 1, "<=", "a comparison widened");
}

static void sites_of_decision(struct job *j, size_t at)
{
    char with[48];
    const char *line_end = strchr(j->text + at, '\n');
    unsigned rule;
    if (sscanf(j->text + at, "return refuse(d, %u,", &rule) == 1) {
        snprintf(with, sizeof with, "return (d->rule = %u, true);", rule);
        add_site(j, at, (size_t)(line_end - (j->text + at)), with, "a failure allowed");
        snprintf(with, sizeof with, "return refuse(d, %u,", rule + 1);
        add_site(j, at,
                 strcspn(j->text + at, ",") + strcspn(strchr(j->text + at, ',') + 1, ",") + 2, with,
                 "another rule to blame");
    }
    if (sscanf(j->text + at, "d->rule = %u;", &rule) == 1) {
        snprintf(with, sizeof with, "return (d->rule = %u, d->cause = %du, true);", rule,
                 POL_CAUSE_RULE);
        add_site(j, at, strcspn(j->text + at, ";") + 1, with, "an allowance refused");
        snprintf(with, sizeof with, "d->rule = %u;", rule + 1);
        add_site(j, at, strcspn(j->text + at, ";") + 1, with, "another rule to thank");
    }
}

/* No limit of a fresh value: inputs start with new counters. */
static void sites_of_result(struct job *j, size_t at)
{
    if (here(j, at, "add(new_set, TAG"))
        add_site(j, at, 0, "if (0) ", "a tag not added");
    if (here(j, at, "gives(d, RES_RD)"))
        add_site(j, at, 16, "gives(d, RES_ENV)", "a result given elsewhere");
    if (here(j, at, "UINT64_C(4294967296)") && !here(j, at + 20, ", fresh"))
        add_site(j, at, 20, "UINT64_C(4294967295)", "a limit moved");
}

static bool in_comment(const struct job *j, size_t at)
{
    while (at > j->begin && j->text[at - 1] != '\n')
        at--;
    while (j->text[at] == ' ')
        at++;
    return here(j, at, "/*") || here(j, at, "* ");
}

static void find_sites(struct job *j)
{
    const char *rules = strstr(j->text, "_rules_"),
               *end = strstr(j->text, "/* ---- The composition");
    j->begin = rules ? (size_t)(rules - j->text) : 0;
    j->end = end ? (size_t)(end - j->text) : 0;
    for (size_t at = j->begin; at < j->end; at++) {
        if (in_comment(j, at))
            continue;
        sites_of_condition(j, at);
        sites_of_decision(j, at);
        sites_of_result(j, at);
    }
}

/* --- one mutant --------------------------------------------------------------------------------
 */

static struct pol_engine *build(struct job *j, const struct site *s, unsigned number)
{
    char source[512], object[512], err[1024];
    snprintf(source, sizeof source, "%s/mutant%u_monitor.c", j->folder, number);
    snprintf(object, sizeof object, "%s/mutant%u.so", j->folder, number);
    FILE *f = fopen(source, "wb");
    if (!f) {
        perror(source);
        exit(2);
    }
    fwrite(j->text, 1, s ? s->at : j->size, f);
    if (s) {
        fputs(s->with, f);
        fwrite(j->text + s->at + s->length, 1, j->size - s->at - s->length, f);
    }
    fclose(f);
    struct pol_engine *e = NULL;
    if (pol_monitor_build(source, object, NULL, "-O0", err, sizeof err) == 0)
        e = pol_monitor_engine_open(object, j->space, err, sizeof err);
    if (!e)
        printf("# %s: %s\n", s ? s->what : "unchanged", err);
    remove(source);
    remove(object);
    return e;
}

enum outcome { FOUND_AT_RANDOM, FOUND_BY_ALL, NONE_IN_ALL, NONE_FOUND };

static bool differ_in_all(struct job *j, struct pol_diff *diff, uint64_t *total)
{
    struct gen_values values;
    struct pol_diff_counts counts;
    struct pol_difference difference;
    gen_values_of(j->ir, &values);
    struct gen_tuples *tuples = gen_tuples_new(j->table, j->space, &values);
    *total = gen_tuples_count(tuples, ALL_INPUTS);
    struct pol_diff_source source = {*total, gen_tuples_next, tuples};
    enum pol_diff_status status = POL_DIFF_AGREE;
    if (*total <= ALL_INPUTS) {
        status = pol_diff_exhaustive(diff, &source, &counts, &difference);
        pol_difference_free(&difference);
    }
    gen_tuples_free(tuples);
    return status == POL_DIFF_DIFFER;
}

static enum outcome compare(struct job *j, struct pol_engine *monitor)
{
    char err[256];
    struct pol_engine *engines[2] = {j->engine, monitor};
    struct pol_diff *diff = pol_diff_new(engines, 2, &j->ir->isa, NULL, err, sizeof err);
    struct pol_diff_random options = {.seed = 1, .steps = j->steps, .more = j->steps};
    struct pol_diff_counts counts;
    struct pol_difference difference;
    uint64_t total = 0;
    if (!diff) {
        fprintf(stderr, "%s\n", err);
        exit(2);
    }
    enum pol_diff_status status =
        pol_diff_run_random(diff, &j->inputs->space, &options, &counts, &difference);
    pol_difference_free(&difference);
    enum outcome outcome = FOUND_AT_RANDOM;
    if (status != POL_DIFF_DIFFER)
        outcome = differ_in_all(j, diff, &total) ? FOUND_BY_ALL
                  : total <= ALL_INPUTS          ? NONE_IN_ALL
                                                 : NONE_FOUND;
    pol_diff_free(diff);
    return outcome;
}

static void try_site(struct job *j, const struct site *s, unsigned number)
{
    struct pol_engine *monitor = build(j, s, number);
    if (!monitor) {
        j->invalid++;
        return;
    }
    enum outcome outcome = compare(j, monitor);
    monitor->ops->destroy(monitor);
    j->random += outcome == FOUND_AT_RANDOM;
    j->exhaustive += outcome == FOUND_BY_ALL;
    j->equal += outcome == NONE_IN_ALL;
    j->missed += outcome == NONE_FOUND;
    if (outcome == FOUND_AT_RANDOM)
        return;
    unsigned line = 1;
    for (size_t i = 0; i < s->at; i++)
        line += j->text[i] == '\n';
    printf("#   line %u: %s: %s\n", line, s->what,
           outcome == FOUND_BY_ALL  ? "found by all inputs only"
           : outcome == NONE_IN_ALL ? "no input shows it"
                                    : "missed");
}

/* --- one policy --------------------------------------------------------------------------------
 */

static void emit(struct job *j)
{
    char header[512];
    snprintf(header, sizeof header, "%s/%s_monitor.h", j->folder, j->ir->stem);
    FILE *c = open_memstream(&j->text, &j->size), *h = fopen(header, "wb");
    if (!c || !h || monitor_emit(j->ir, c, h) || fclose(c) || fclose(h)) {
        fprintf(stderr, "%s: no monitor\n", j->policy->path);
        exit(2);
    }
}

static void try_policy(struct policy *policy, uint32_t count, uint64_t steps, const char *folder)
{
    struct job j = {.policy = policy, .ir = policy->compiled->ir, .folder = folder, .steps = steps};
    char err[512];
    size_t size;
    arena_init(&j.arena);
    const struct tbl_options options = {.layout = TBL_AUTO};
    unsigned char *bytes = policy_bytes(j.ir, &options, &size);
    j.table = pol_table_load_bytes(bytes, size, err, sizeof err);
    free(bytes);
    if (!j.table) {
        tap(false, "%s loads: %s", policy->path, err);
        exit(1);
    }
    j.space = pol_table_space(j.table);
    j.engine = pol_table_engine_new(j.table, j.space);
    j.inputs = gen_space_new(j.table, j.ir, j.space, j.engine);
    emit(&j);
    find_sites(&j);
    struct pol_engine *unchanged = build(&j, NULL, 0);
    bool sound = unchanged && compare(&j, unchanged) != FOUND_AT_RANDOM;
    if (unchanged)
        unchanged->ops->destroy(unchanged);
    uint32_t n = (uint32_t)j.sites.count, tried = count < n ? count : n;
    for (uint32_t i = 0; i < tried; i++)
        try_site(&j, &j.sites.items[(uint64_t)i * n / tried], i + 1);
    tap(sound && j.missed + j.invalid == 0 && j.random > 0,
        "%s: %u of %u mutants of the monitor: found at random %u, by all inputs %u, without effect "
        "%u, missed %u",
        policy->path, tried, n, j.random, j.exhaustive, j.equal, j.missed + j.invalid);
    free(j.text);
    gen_space_free(j.inputs);
    j.engine->ops->destroy(j.engine);
    pol_space_free(j.space);
    pol_table_free(j.table);
    arena_free(&j.arena);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: monitors COUNT STEPS FOLDER POLICY...\n");
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        struct policy policy;
        policy_open(&policy, argv[i]);
        try_policy(&policy, (uint32_t)atoi(argv[1]), (uint64_t)atoll(argv[2]), argv[3]);
        policy_close(&policy);
    }
    printf("1..%d\n", tap_count);
    return tap_failed != 0;
}
