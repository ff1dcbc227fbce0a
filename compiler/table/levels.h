/* Internal to compiler/table: layouts.  From a program's diagram to its levels and cells.
 *
 * Purpose: the one description of a program that all layouts start from, and what they share:
 * the input part of a level and the numbering of states.
 *
 * A *state* is a node of the diagram or a terminal (DD_TERMINAL + index into dd->outcomes) that is
 * alive between two levels; numbers of states are given by first occurrence.  Variables are in the
 * diagram's order: class maps (MAP) first, then the others.
 *
 * Ownership: all in the program's work arena.  Errors: a budget that is exceeded is plan_fail() and
 * false. */
#ifndef COMPILER_TABLE_LEVELS_H
#define COMPILER_TABLE_LEVELS_H

#include "compiler/table/conds.h"

struct program_source {
    struct plan *p;
    struct arena *work;        /* freed once the program is emitted */
    const char *who;           /* whose rules they are, for messages: "the rules of WHO need .." */
    const struct dd *dd;       /* reduced, over possible codes only; class counts are exact */
    struct look *const *looks; /* per variable of the diagram */
};

/* The live nodes and terminals after some levels, numbered as states. */
struct states {
    uint32_t *ids;
    uint32_t n;
};

/* Does anything depend on the variable?  Only these become levels. */
static inline bool source_shows(const struct program_source *src, uint32_t var)
{
    return src->dd->nclasses[var] > 1;
}

/* The node or terminal after `id` when the variable's input (a class, or 0 and 1) is this one: `id`
 * itself when it does not look at the variable. */
static inline uint32_t source_next(const struct program_source *src, uint32_t id, uint32_t var,
                                   uint32_t input)
{
    const struct dd *dd = src->dd;
    if (id >= DD_TERMINAL || dd->nodes[id].var != var)
        return id;
    return dd->children[dd->nodes[id].first_child + input];
}

/* Fills a zeroed level's input part: kind, operand, slot, map, mask, value, ops and width (the
 * number of inputs).  The maps of MAP variables hold class * stride; 1 leaves the classes as they
 * are.  base and nstates are the layout's. */
void level_input(const struct program_source *src, uint32_t var, uint32_t stride,
                 struct pol_prt_level *level);

/* State numbers: number_of() gives each node or terminal the next one when it is first seen. */
struct numbering {
    const struct dd *dd;
    uint32_t *number; /* node, or dd->nnodes + outcome -> state + 1 */
    struct states states;
};
void numbering_init(struct numbering *n, const struct program_source *src);
uint32_t number_of(struct numbering *n, uint32_t id);

/* Are there so many cells left of TBL_MAX_CELLS?  Else fails the plan. */
bool cells_left(const struct program_source *src, uint64_t cells);

/* Chooses a layout as the options say and emits LEVELS and CELLS (TERNARY); fills all of prog but
 * its actions.  `last`: the terminals in the order of their states. */
bool layout_program(const struct program_source *src, struct pol_prt_program *prog,
                    struct states *last);

/* The TCAM layout (tcam.c): the same for a forced POL_LAYOUT_TCAM. */
bool tcam_program(const struct program_source *src, struct pol_prt_program *prog,
                  struct states *last);

#endif
