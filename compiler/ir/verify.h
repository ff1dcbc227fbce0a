/* The parts of ir_verify(); private to compiler/ir. */
#ifndef COMPILER_IR_VERIFY_H
#define COMPILER_IR_VERIFY_H

#include "compiler/ir/ir.h"
#include "lang/support/attr.h"

/* Runs a check and returns early when it found something. */
#define TRY(check)                                                                                 \
    do {                                                                                           \
        const char *broken_ = (check);                                                             \
        if (broken_)                                                                               \
            return broken_;                                                                        \
    } while (0)

/* A message in the IR's arena. */
const char *ir_broken(const struct ir *ir, const char *fmt, ...) LANG_PRINTF(2, 3);

/* Pools: ids in range, earlier entries only, operands of the right type, positive divisors. */
const char *ir_verify_pools(const struct ir *ir);
/* Lattices, what tags say of them, relations and responses. */
const char *ir_verify_tables(const struct ir *ir);
/* A rule of a decider: conditions, results, and that what it reads is required to be there. */
const char *ir_verify_rule(const struct ir *ir, const struct ir_decider *decider,
                           const struct ir_rule *rule);
/* What a guard reads of tags that `cond`, or for new tags `result` (NULL: none), requires. */
const char *ir_verify_reads(const struct ir *ir, const struct ir_cond *cond,
                            const struct ir_cond *result, struct ir_guard_id guard);
/* Tags ascending, known, and none both required and forbidden. */
const char *ir_verify_cond(const struct ir *ir, const struct ir_cond *cond);
/* One matcher, whose owner is called `name`. */
const char *ir_verify_matcher(const struct ir *ir, const char *name, const struct ir_matcher *m);
const char *ir_verify_claims(const struct ir *ir);
/* Opclasses and the decode list. */
const char *ir_verify_opclasses(const struct ir *ir);

#endif
