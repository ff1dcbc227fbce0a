/* Internal to compiler/table: from the rules of some opclasses to decision diagrams.
 *
 * Purpose: one set of variables for the rules of one decider, or of all (a fused program), and each
 * decider's diagram over them.
 *
 * Where rules compare one argument with several constants, these comparisons are one variable
 * (VALUE): its points are the intervals between the constants, so what no value can do is not there
 * at all and n rules that differ in a constant need n lookups side by side, not 2^n.  A single
 * comparison stays an expression (ATOM): `==` is one comparator then, where intervals need two, and
 * software has it as one operation.
 *
 * Ownership: the work arena. */
#ifndef COMPILER_TABLE_DIAGRAM_H
#define COMPILER_TABLE_DIAGRAM_H

#include "compiler/table/conds.h"

/* The rules of a decider that can hold for an opclass, in order.  `lacks`: results that some of
 * them give and the instruction does not have; they are not evaluated. */
struct rule_list {
    uint32_t decider;
    const uint32_t *rules;
    uint32_t n, lacks;
    uint8_t kinds[POL_OPERANDS]; /* POL_KIND_* of what operands can be; 0: absent */
};

struct diagrams {
    uint32_t nvars;
    struct look **looks; /* per variable */
    struct dd **dds;     /* per list */
};

/* Diagrams of n lists with the same kinds, all over the same variables.  False when one needs more
 * than TBL_MAX_NODES nodes; *failed says which list. */
bool diagrams_build(struct conds *c, struct arena *work, const struct rule_list *const *lists,
                    uint32_t n, struct diagrams *out, uint32_t *failed);

#endif
