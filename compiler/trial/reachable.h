/* Which rules can decide at all, and with which inputs: exactly, over the tag sets that can occur.
 *
 * Asked of compiler/logic.  The inputs found are the least ones (compiler/logic/witness.h) with
 * which the rule decides and the composition's answer is the rule's own, where there are such; else
 * the least with which it decides. Ownership: the arena given; the IR is borrowed. */
#ifndef COMPILER_TRIAL_REACHABLE_H
#define COMPILER_TRIAL_REACHABLE_H

#include "compiler/logic/sat.h"
#include "compiler/logic/witness.h"
#include "compiler/trial/coverage.h"

struct reachable_rule {
    enum sat_answer can;   /* decide: YES, NO; UNKNOWN: a limit was reached */
    bool answers;          /* the composition's answer is its own */
    uint32_t opclass;      /* of the inputs */
    struct witness inputs; /* set[0] NULL: none were asked for, or a limit was reached */
};
struct reachable {
    struct reachable_rule *rules; /* by row of the coverage */
    bool *pair;                   /* [row * nopclasses + opclass]: can decide, or not known */
    /* For more questions. */
    struct ir *ir;
    const struct coverage *coverage;
    struct logic *logic;
    struct universe universe;
};

/* wanted: by row, the rules whose inputs are to be found; NULL: none.  The IR gets no visible
 * changes. */
struct reachable *reachable_new(struct arena *arena, struct ir *ir, const struct coverage *coverage,
                                const bool *wanted);

/* The least inputs with which the rule decides in this opclass. */
struct reachable_rule reachable_inputs(const struct reachable *reachable, uint32_t decider,
                                       uint32_t rule, uint32_t opclass, struct arena *arena);

#endif
