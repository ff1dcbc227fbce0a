/* The parts of `policyc test`. */
#ifndef COMPILER_CLI_TEST_H
#define COMPILER_CLI_TEST_H

#include "compiler/cli/engine.h"
#include "compiler/trial/trial.h"

/* What became of one test: of a `test:` section, of a trace, or of a file as a whole. */
struct test_entry {
    const char *title;
    const char *file;      /* as given */
    uint32_t line, column; /* 0: none */
    bool passed;
    const char *skipped; /* NULL, or why it could not be run */
    const char *note;    /* NULL, or what to know although it passed */
    /* If not passed; each may be NULL. */
    const char *why, *expected, *got, *engine, *input;
    const char *const *decided; /* lines, up to NULL */
    uint32_t ncases, nfailed;
};
struct test_report {
    struct arena arena;
    VEC_OF(struct test_entry) entries;
    size_t failed, skipped;
    const char *file; /* of the entries that are added */
};

/* Everything about one FILE while it is tested. */
struct test_file {
    struct cli_args *args;
    struct cli_policy policy;
    struct trial trial;
    struct pol_engine *engines[TRIAL_MAX_ENGINES];
    struct test_report *report;
    struct test_coverage *coverage; /* NULL: not wanted */
};

void test_report_init(struct test_report *report);
void test_report_free(struct test_report *report);
/* Adds an entry of report->file. */
void test_report_add(struct test_report *report, struct test_entry entry);
/* All of them, as TAP version 13 or as JUnit's XML; false: not written. */
void test_report_tap(const struct test_report *report, FILE *out);
void test_report_junit(const struct test_report *report, FILE *out);

/* Replays each trace beside FILE that has its name (foo.pol: foo.trace, foo-*.trace) on each
 * engine: an entry each. */
enum cli_status test_traces(struct test_file *file, const char *path);

/* The lines of rules in all files, with how often tests made them decide. */
struct test_line {
    const char *path;
    uint32_t line;
    uint64_t hits;
};
struct test_coverage {
    struct arena arena;
    VEC_OF(struct test_line) lines;
    FILE *text; /* where the annotated listings go; NULL: none are wanted */
};
void test_coverage_init(struct test_coverage *coverage);
void test_coverage_free(struct test_coverage *coverage);
/* Adds what the tests of one file covered, prints its listing, and suggestions if asked to. */
void test_coverage_file(struct test_coverage *coverage, struct test_file *file, const char *path);
void test_coverage_lcov(struct test_coverage *coverage, FILE *out);

/* Lines on what a decider answered with each rule that decided, up to NULL. */
const char *const *test_decided(struct arena *arena, const struct pol_debug_info *debug,
                                const uint32_t *deciding);

#endif
