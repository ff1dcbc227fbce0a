/* Lowering of one rule; private to compiler/lower. */
#ifndef COMPILER_LOWER_RULE_H
#define COMPILER_LOWER_RULE_H

#include "compiler/ir/build.h"
#include "compiler/sema/model.h"

struct lowering {
    const struct model *model;
    struct ir *ir;
    struct ir_pools pools;
    /* by model type: its lattice in the IR, and the relation that is its order; or IR_NONE */
    uint32_t *lattices, *orders;
};

/* The rule as decider number `decider` evaluates it. */
struct ir_rule lower_rule(struct lowering *l, uint32_t decider, const struct model_rule *rule);

#endif
