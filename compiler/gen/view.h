/* What a program does with its inputs, whatever its layout: a graph of nodes, depth by depth, from
 * which classes of inputs and reachable actions follow.
 *
 * A dense or flat program's nodes are the choices so far, a chain's its states, a ternary one's the
 * entries that can still match.  For one decider: the actions of the others in a fused program
 * make no difference here.  Levels are taken one by one, so that an action which counts as reached
 * may need comparisons that exclude each other. */
#ifndef COMPILER_GEN_VIEW_H
#define COMPILER_GEN_VIEW_H

#include <pol/table.h>

#include "lang/support/arena.h"

struct view_level {
    const struct pol_prt_level *level;
    uint32_t n;        /* different inputs that the operand can give, */
    uint32_t *input;   /* these, ascending; */
    uint32_t *class;   /* inputs of one class are never told apart, */
    uint32_t nclasses; /* so that a level of one class makes no difference */
};

struct view {
    const struct pol_table *t;
    const struct pol_prt_program *p;
    const struct pol_prt_opclass *opclass;
    uint32_t decider;
    bool plain; /* a reduced diagram of one decider: each input is a class */
    uint32_t nlevels;
    struct view_level *levels;
    bool *reached; /* by last state: some input may come to it; NULL: not known */
};

/* All memory is the arena's.  Finds what is reached too, unless the program is plain. */
struct view *view_new(struct arena *arena, const struct pol_table *table, uint32_t decider,
                      uint32_t opclass);
/* Finds what is reached if it is not known. */
void view_reach(struct view *view, struct arena *arena);
/* The view's action in a last state, as an index of ACTIONS. */
uint32_t view_action(const struct view *view, uint32_t state);
/* The class of a slot's value at a level; POL_NONE for an invalid code or one that the operand
 * cannot have. */
uint32_t view_class(const struct view *view, uint32_t level, uint32_t value);

#endif
