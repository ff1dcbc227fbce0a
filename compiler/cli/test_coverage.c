/* What tests cover, for people and for lcov, and tests that are missing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/test.h"
#include "compiler/trial/suggest.h"
#include "lang/support/arena.h"

/* ---- The lines of all files ------------------------------------------------------------------ */

void test_coverage_init(struct test_coverage *c)
{
    memset(c, 0, sizeof *c);
    arena_init(&c->arena);
}

void test_coverage_free(struct test_coverage *c)
{
    arena_free(&c->arena);
}

static void add_line(struct test_coverage *c, const char *path, uint32_t line, uint64_t hits)
{
    for (size_t i = 0; i < c->lines.count; i++) {
        struct test_line *l = &c->lines.items[i];
        if (l->line == line && strcmp(l->path, path) == 0) {
            l->hits += hits;
            return;
        }
    }
    struct test_line l = {arena_strdup(&c->arena, path), line, hits};
    VEC_PUSH(&c->arena, &c->lines, l);
}

/* The path as the rule's file was opened. */
static const char *path_of(const struct test_file *file, const struct model_rule *rule)
{
    const struct lang_source_map *map = file->policy.source.map;
    if (!rule->loc.span.file)
        return rule->loc.file;
    return lang_source_name(map, (struct lang_file_id){rule->loc.span.file});
}

static void add_lines(struct test_coverage *c, const struct test_file *file,
                      const struct reachable *reachable)
{
    const struct coverage *coverage = file->trial.coverage;
    const struct model *model = file->trial.model;
    for (uint32_t d = 0; d < model->ndeciders; d++)
        for (uint32_t r = 0; r < model->deciders[d].nrules; r++) {
            const struct model_rule *rule = &model->rules[model->deciders[d].rules[r]];
            uint64_t hits = coverage_hits(coverage, d, r);
            if (hits || reachable->rules[coverage_row(coverage, d, r)].can != SAT_NO)
                add_line(c, path_of(file, rule), rule->loc.line, hits);
        }
}

static int compare_lines(const void *a, const void *b)
{
    const struct test_line *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

void test_coverage_lcov(struct test_coverage *c, FILE *out)
{
    size_t n = c->lines.count, hit = 0, found = 0;
    if (n)
        qsort(c->lines.items, n, sizeof *c->lines.items, compare_lines);
    for (size_t i = 0; i < n; i++) {
        const struct test_line *l = &c->lines.items[i];
        if (!i || strcmp(l[-1].path, l->path) != 0)
            fprintf(out, "TN:\nSF:%s\n", l->path);
        fprintf(out, "DA:%" PRIu32 ",%" PRIu64 "\n", l->line, l->hits);
        found++;
        hit += l->hits > 0;
        if (i + 1 < n && strcmp(l[1].path, l->path) == 0)
            continue;
        fprintf(out, "LF:%zu\nLH:%zu\nend_of_record\n", found, hit);
        found = hit = 0;
    }
}

/* ---- For people ------------------------------------------------------------------------------ */

struct sums {
    size_t rules, covered, pairs, reached;
};

static void sum_rule(struct sums *s, const struct test_file *file,
                     const struct reachable *reachable, uint32_t d, uint32_t r)
{
    const struct coverage *c = file->trial.coverage;
    size_t row = coverage_row(c, d, r);
    uint64_t hits = coverage_hits(c, d, r);
    s->rules += hits || reachable->rules[row].can != SAT_NO;
    s->covered += hits != 0;
    for (uint32_t o = 1; o < c->ir->nopclasses; o++) {
        bool reached = coverage_pair(c, d, r, o);
        s->reached += reached;
        s->pairs += reached || reachable->pair[row * c->ir->nopclasses + o];
    }
}

static struct sums sum_decider(const struct test_file *file, const struct reachable *reachable,
                               uint32_t d)
{
    struct sums s = {0};
    for (uint32_t r = 0; r < file->trial.model->deciders[d].nrules; r++)
        sum_rule(&s, file, reachable, d, r);
    return s;
}

static double percent(size_t part, size_t all)
{
    return all ? 100.0 * (double)part / (double)all : 100.0;
}

/* Each rule with how often it decided; `#####`: never, `-`: it cannot. */
static void print_rules(const struct test_file *file, const struct reachable *reachable, uint32_t d,
                        FILE *out)
{
    const struct coverage *c = file->trial.coverage;
    const struct model *model = file->trial.model;
    for (uint32_t r = 0; r < model->deciders[d].nrules; r++) {
        const struct model_rule *rule = &model->rules[model->deciders[d].rules[r]];
        enum sat_answer can = reachable->rules[coverage_row(c, d, r)].can;
        uint64_t hits = coverage_hits(c, d, r);
        char count[24];
        snprintf(count, sizeof count, "%" PRIu64, hits);
        fprintf(out, "# %9s  %s:%" PRIu32 ":%" PRIu32 "  %s\n",
                hits             ? count
                : can == SAT_NO  ? "-"
                : can == SAT_YES ? "#####"
                                 : "?????",
                rule->loc.file, rule->loc.line, rule->loc.column, rule->text);
    }
}

static void print_text(const struct test_file *file, const struct reachable *reachable,
                       const char *path, FILE *out)
{
    fprintf(out, "# coverage of %s\n", path);
    for (uint32_t d = 0; d < file->trial.model->ndeciders; d++) {
        struct sums s = sum_decider(file, reachable, d);
        fprintf(out, "# %s: %zu of %zu rules (%.1f%%), %zu of %zu rules by opclass (%.1f%%)\n",
                file->trial.model->deciders[d].name, s.covered, s.rules,
                percent(s.covered, s.rules), s.reached, s.pairs, percent(s.reached, s.pairs));
        print_rules(file, reachable, d, out);
    }
}

/* ---- Suggestions ----------------------------------------------------------------------------- */

/* Rows of rules that no test makes decide. */
static bool *missing_rules(const struct coverage *c, struct arena *arena)
{
    bool *missing = ARENA_ARRAY(arena, bool, c->nrules + 1);
    for (size_t row = 0; row < c->nrules; row++)
        missing[row] = c->hits[row] == 0;
    return missing;
}

struct suggesting {
    struct test_file *file;
    const struct reachable *reachable;
    struct coverage *coverage; /* with what has been suggested so far */
    const char *path;
    struct arena *arena;
    bool opclasses; /* not only rules */
    bool any;
};

static void print_suggestion(struct suggesting *s, const struct model_rule *rule,
                             const struct suggestion *suggestion)
{
    if (!s->any)
        printf("// for %s\ntest:\n", s->path);
    s->any = true;
    if (suggestion->text)
        printf("%s\n", suggestion->text);
    else
        printf("    // no test for %s:%" PRIu32 ":%" PRIu32 ": %s\n", rule->loc.file,
               rule->loc.line, rule->loc.column, suggestion->reason);
}

/* What a suggestion covers needs no other one. */
static void suggest(struct suggesting *s, uint32_t d, uint32_t r,
                    const struct reachable_rule *inputs)
{
    struct trial *trial = &s->file->trial;
    const struct model *model = trial->model;
    struct suggestion suggestion = suggest_test(trial, d, r, inputs, s->arena);
    print_suggestion(s, &model->rules[model->deciders[d].rules[r]], &suggestion);
    if (!suggestion.text)
        return;
    struct trial_result result;
    struct coverage *kept = trial->coverage;
    trial->coverage = s->coverage;
    trial_run(trial, &suggestion.test, s->arena, &result);
    trial->coverage = kept;
}

static void suggest_for_rule(struct suggesting *s, uint32_t d, uint32_t r)
{
    size_t row = coverage_row(s->coverage, d, r);
    const struct reachable_rule *rule = &s->reachable->rules[row];
    if (!s->coverage->hits[row] && rule->can != SAT_NO)
        suggest(s, d, r, rule);
    for (uint32_t o = 1; s->opclasses && o < s->coverage->ir->nopclasses; o++) {
        if (coverage_pair(s->coverage, d, r, o) ||
            !s->reachable->pair[row * s->coverage->ir->nopclasses + o])
            continue;
        struct reachable_rule inputs = reachable_inputs(s->reachable, d, r, o, s->arena);
        suggest(s, d, r, &inputs);
    }
}

static void print_suggestions(struct test_file *file, const struct reachable *reachable,
                              const char *path, struct arena *arena)
{
    struct suggesting s = {.file = file,
                           .reachable = reachable,
                           .coverage = coverage_copy(file->trial.coverage),
                           .path = path,
                           .arena = arena,
                           .opclasses = cli_is(cli_value(file->args, OPT_SUGGEST), "opclasses")};
    for (uint32_t d = 0; d < file->trial.model->ndeciders; d++)
        for (uint32_t r = 0; r < file->trial.model->deciders[d].nrules; r++)
            suggest_for_rule(&s, d, r);
    if (!s.any)
        cli_note("%s: a test makes each rule decide that can%s", path,
                 s.opclasses ? ", for each opclass" : "");
    coverage_free(s.coverage);
}

/* ---- One file -------------------------------------------------------------------------------- */

void test_coverage_file(struct test_coverage *c, struct test_file *file, const char *path)
{
    struct arena arena;
    bool suggest = cli_has(file->args, OPT_SUGGEST);
    struct coverage *coverage = file->trial.coverage;
    arena_init(&arena);
    bool *missing = missing_rules(coverage, &arena);
    struct reachable *reachable =
        reachable_new(&arena, file->policy.source.compiled->ir, coverage, suggest ? missing : NULL);
    add_lines(c, file, reachable);
    if (c->text)
        print_text(file, reachable, path, c->text);
    if (suggest)
        print_suggestions(file, reachable, path, &arena);
    arena_free(&arena);
}
