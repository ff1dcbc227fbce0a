/* Tests of a policy (`test:` sections): running them and saying what went wrong.
 *
 * Purpose: a test names inputs by literal tag sets and says what must come out.  It stands for
 * every opclass that has a word among the instructions it is about, and must hold in each, on every
 * engine given; engines must also agree with the first one to the letter.
 *
 * An engine that cannot represent an input (a table has no code for sets that cannot occur) is not
 * asked; the first engine must represent everything.
 *
 * Ownership: struct trial borrows all that it is given; results live in the arena given.  Nothing
 * prints here.  Threads: a trial is used by one thread at a time. */
#ifndef COMPILER_TRIAL_TRIAL_H
#define COMPILER_TRIAL_TRIAL_H

#include <pol/machine.h>
#include <pol/report.h>
#include <pol/table.h>

#include "compiler/ir/ir.h"
#include "compiler/sema/model.h"
#include "compiler/trial/coverage.h"
#include "lang/support/str.h"

/* ---- Instructions ---------------------------------------------------------------------------- */

/* An opclass that a subject meets, and a word in both. */
struct trial_case {
    uint32_t word, opclass;
};
struct trial_cases {
    VEC_FIELDS(struct trial_case);
};
/* The opclasses of a subject's instructions, ascending, each once.  False: a word could not be
 * found nor shown not to exist within the bounds of cube_find(). */
bool trial_cases_of(const struct ir *ir, const struct model_subject *subject, struct arena *arena,
                    struct trial_cases *out) LANG_MUST_CHECK;

/* A tuple as a line for `policyc eval`, without the sets that are {}: `lw code={Ex} mem={Rd}`; the
 * instruction by its mnemonic where that means the same opclass, else as a word. */
void trial_line(const struct ir *ir, const struct pol_tuple *tuple, uint32_t opclass,
                struct str_buf *out);

/* ---- Expectations ---------------------------------------------------------------------------- */

/* Whether an answer is what was expected; if not, *why says where it is not (appended). */
bool trial_expect_holds(const struct model_expect *expect, const struct pol_space *space,
                        const struct pol_debug_info *debug, const struct pol_evaluation *evaluation,
                        struct str_buf *why) LANG_MUST_CHECK;
/* `fail "message"`, `allow`, `rd == {..}, mem == [..]`. */
void trial_expect_text(const struct model_expect *expect, const struct pol_space *space,
                       struct str_buf *out);

/* ---- Running --------------------------------------------------------------------------------- */

#define TRIAL_MAX_ENGINES 4

struct trial {
    const struct model *model;
    const struct ir *ir;
    const struct pol_table *table; /* of the engine `table`, else NULL */
    const struct pol_debug_info *debug;
    bool loaded_code; /* instructions bear loaded-code's tags */
    struct pol_engine *engines[TRIAL_MAX_ENGINES];
    struct pol_evaluation evaluations[TRIAL_MAX_ENGINES];
    unsigned nengines;
    struct coverage *coverage; /* NULL: none is kept; of the first engine */
    struct pol_tuple tuple;
    uint32_t *word; /* scratch, for the table's encoding */
};

/* engines: 1 .. TRIAL_MAX_ENGINES, the first represents every set. */
void trial_init(struct trial *trial, const struct model *model, const struct ir *ir,
                const struct pol_table *table, const struct pol_debug_info *debug,
                struct pol_engine *const engines[], unsigned nengines);
void trial_free(struct trial *trial);

/* A case in which a test does not hold. */
struct trial_failure {
    uint32_t opclass;
    const char *engine;       /* the name of the one that answered so */
    const char *line;         /* the inputs, for `policyc eval` */
    const char *got;          /* the answer, as `policyc eval` gives it */
    const char *why;          /* one line */
    const uint32_t *deciding; /* by decider: the rule that decided, or POL_NO_RULE */
};
struct trial_result {
    bool passed;
    bool skipped;       /* no instruction of the target is meant */
    uint32_t ncases;    /* opclasses */
    uint32_t nfailed;   /* of these */
    uint32_t unasked;   /* of these, those that some engine was not asked about, */
    const char *absent; /* because the operand of this name cannot hold its set; NULL: none */
    const char *expected;
    struct trial_failure first; /* if not passed; line NULL: no case could be found */
};
void trial_run(struct trial *trial, const struct model_test *test, struct arena *arena,
               struct trial_result *result);

/* What the first engine says of trial->tuple for a word; the answer is as of `policyc eval`. */
const struct pol_evaluation *trial_ask(struct trial *trial, uint32_t word);
void trial_answer_text(const struct trial *trial, const struct pol_evaluation *evaluation,
                       struct str_buf *out);

#endif
