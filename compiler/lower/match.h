/* Lowering of what is matched: patterns and guards, of rules and of claims; private to
 * compiler/lower.
 *
 * A place is an operand, or in claims a result: POL_OPERANDS + enum pol_result.  Patterns are
 * lowered in written order; a variable is read where the first pattern that names it found it, and
 * every further mention is a comparison.  Comparisons gather in `guard`.
 */
#ifndef COMPILER_LOWER_MATCH_H
#define COMPILER_LOWER_MATCH_H

#include "compiler/lower/rule.h"

struct match {
    struct lowering *l;
    uint32_t decider; /* whose counters `new` means; IR_NONE: there is no `new` */
    uint32_t domain;  /* whose tags `{..}` is about; IR_NONE: all */
    struct match_binding {
        bool bound;
        struct ir_ref ref;
    } * vars;
    uint32_t nvars;
    struct ir_guard_id guard; /* IR_NONE: no comparison yet */
};

void match_init(struct match *m, struct lowering *l, uint32_t decider, uint32_t domain,
                uint32_t nvars);

/* Adds a condition to the guard. */
void match_also(struct match *m, struct ir_guard_id guard);

/* The patterns on places first .. first + count - 1: conds[i] becomes the condition on place
 * first + i, arguments go to the guard.  Patterns on other places are left out. */
void match_patterns(struct match *m, const struct model_pattern *patterns, uint32_t npatterns,
                    uint32_t first, uint32_t count, struct ir_cond *conds);

/* Where a variable is read; a pattern has bound it. */
struct ir_ref match_var(const struct match *m, uint32_t var);
struct ir_int_id match_int(struct match *m, const struct model_int *node);
struct ir_guard_id match_guard(struct match *m, const struct model_guard *node);

/* Whether the tag is one that `{..}` is about. */
bool match_owns(const struct match *m, uint32_t tag);

#endif
