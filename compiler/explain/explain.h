/* Why a policy answers an instruction as it does.
 *
 * Purpose: for each decider the rule that decided and how its patterns and its guard came out; for
 * each earlier rule that is about the instruction the first thing that did not hold; which later
 * rules would have matched, too; how each result came about.
 *
 * This is the meaning talking about itself: every part is asked of the source interpreter
 * (compiler/interp), on the resolved model, a pattern, a condition or an expression at a time.
 * Nothing here decides anything of its own, and the whole is held against the engine's answer.
 *
 * Ownership: everything is in the arena given; model and engine are borrowed.  Threads: as the
 * engine.  Errors: none; explanations that contradict the engine abort. */
#ifndef COMPILER_EXPLAIN_EXPLAIN_H
#define COMPILER_EXPLAIN_EXPLAIN_H

#include <stdio.h>

#include <jansson.h>
#include <pol/machine.h>
#include <pol/report.h>

#include "compiler/sema/model.h"
#include "lang/support/arena.h"

/* A condition of a rule: a pattern on an operand, or the guard. */
struct explain_condition {
    const char *text;  /* as in the rule: `mem == [-Wr]`, `p != c` */
    const char *given; /* what it was about: `mem is {Rd}`, `3 != 4` */
    bool holds;
    const char *why; /* if not: `mem lacks Wr` */
};

enum explain_role {
    EXPLAIN_NO_MATCH, /* conditions[] ends with the first that does not hold */
    EXPLAIN_REPORTS,  /* matched, with a `report` response: recorded, and evaluation went on */
    EXPLAIN_DECIDES,
    EXPLAIN_TOO_LATE /* matches, but an earlier rule has decided */
};

struct explain_rule {
    uint32_t rule; /* position in the decider */
    const struct model_rule *model;
    enum explain_role role;
    VEC_OF(struct explain_condition) conditions;
};

/* One step on the way to a result: an expression and the set that it gives. */
struct explain_step {
    const char *text;
    const char *value; /* NULL: it fails, */
    const char *why;   /* because of this */
};
struct explain_result {
    enum pol_result result;
    const char *name;                  /* in the rule's group; else env, rd, csr, mem */
    const char *text;                  /* the rule's expression; NULL: left as it was */
    const char *value;                 /* of the decider's tags; NULL: it fails */
    VEC_OF(struct explain_step) steps; /* inner expressions first, the whole is the last */
};

struct explain_decider {
    const char *name;
    bool is_global;
    bool ran;                          /* else an earlier global has decided */
    enum pol_verdict verdict;          /* of a global that passes on: FAIL_IMPLICIT */
    const char *message;               /* of an explicit failure */
    uint32_t nothers;                  /* rules that are not about the instruction */
    VEC_OF(struct explain_rule) rules; /* those that are, in order */
    VEC_OF(struct explain_result) results;
};

struct explanation {
    uint32_t word;
    const char *insn;   /* disassembled */
    const char *answer; /* as `policyc eval` gives it */
    bool undecodable;
    VEC_OF(struct explain_decider) deciders;
    bool allowed;
    uint32_t blamed; /* if not: the decider that names the answer, POL_NO_RULE if none does */
};

/* engine: one of interp_engine_new(model), without names that stand in for its own. */
struct explanation *explain_tuple(struct pol_engine *engine, const struct model *model,
                                  const struct pol_debug_info *debug, const struct pol_tuple *tuple,
                                  struct arena *arena);

/* For people. */
void explain_print(const struct explanation *explanation, FILE *out);
/* One object, never NULL; docs/testing.md has its members. */
json_t *explain_json(const struct explanation *explanation);

#endif
