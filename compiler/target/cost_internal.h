/* Internal to compiler/target: parts of a struct cost, in the order in which they are computed. */
#ifndef COMPILER_TARGET_COST_INTERNAL_H
#define COMPILER_TARGET_COST_INTERNAL_H

#include "compiler/target/cost.h"

/* Fills programs[at]: the table's program `at`. */
void cost_program(struct cost *cost, uint32_t at);

/* Inputs of a level: the distinct ones that the codes of the composition give, ascending.
 * Returns how many; `inputs` has room for the level's map, or its width. */
uint32_t cost_level_inputs(const struct pol_table *table, const struct pol_prt_level *level,
                           uint32_t *inputs);
/* Room that cost_level_inputs wants. */
uint32_t cost_level_room(const struct pol_prt_level *level);

/* Lookups one after the other in a list of operations, and operands that it reads. */
struct cost_ops {
    uint32_t depth;
    uint32_t *reads; /* `depth` counts: maps at each of them */
    uint32_t operands;
};
struct cost_ops cost_ops(struct cost *cost, uint32_t first_op, uint32_t nops);

/* Index in ACTIONS of decider `decider` in a program's last state. */
static inline uint32_t cost_action(const struct pol_table *t, const struct pol_prt_program *p,
                                   uint32_t decider, uint32_t state)
{
    if (p->first_tuple == POL_NONE)
        return p->first_action + state;
    return t->tuples[p->first_tuple + (size_t)state * t->n_deciders + decider];
}

#endif
