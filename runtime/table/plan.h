/* Internal to runtime/table: the table as the evaluator runs it.
 *
 * The loader turns validated sections into this once: records of only what a step needs, programs
 * of one opclass side by side, operation lists whose loads and stores are folded into the
 * operations. It holds the same decisions and results in the same order; nothing is left out or
 * added. */
#ifndef RUNTIME_TABLE_PLAN_H
#define RUNTIME_TABLE_PLAN_H

#include <pol/table.h>

/* Where an operation finds or leaves a value: base[index]. */
enum plan_base {
    PLAN_IN,                              /* + enum pol_operand */
    PLAN_VALUES = PLAN_IN + POL_OPERANDS, /* scratch */
    PLAN_CONSTS,
    PLAN_OUT, /* + enum pol_result */
    PLAN_BASES = PLAN_OUT + POL_RESULTS
};

enum plan_code {
    PLAN_MOV,
    PLAN_COPY,
    PLAN_MAP1,
    PLAN_MAP2,
    PLAN_AND,
    PLAN_OR,
    PLAN_ANDNOT,
    PLAN_BIT,
    PLAN_EQ,
    PLAN_LT,
    PLAN_SELECT,
    PLAN_EQSLOTS,
    PLAN_NEW,
    PLAN_SPENT,
    PLAN_FAIL
};

/* dbase[d] = op(abase[a], bbase[b], cbase[c]); 32-bit values.  range != 0: the step fails closed
 * unless value - lo < range. */
struct plan_op {
    uint8_t code, dbase, abase, bbase, cbase, shift;
    uint32_t d, a, b, c;
    uint32_t lut, mask; /* MAP1, MAP2; COPY, EQSLOTS: lut is the count */
    uint32_t lo, range;
};

/* A list of operations: of this kind, or (wide: 64-bit arithmetic) the file's own. */
struct plan_list {
    uint32_t first, n;
    bool wide;
    const struct plan_op *ops; /* set when all lists are there: &plan->ops[first] */
};

struct plan_level {
    uint8_t kind, operand;
    uint32_t slot, mask, value;
    uint32_t width;
    const uint32_t *map;   /* MAP: classes */
    const uint32_t *cells; /* not in the summed part of a dense program */
    struct plan_list expr;
};

struct plan_program {
    const struct plan_level *levels;
    uint32_t nmap, nlevels; /* nmap: summed first, into: */
    const uint32_t *dense;
    uint32_t start;
    const struct plan_action *actions; /* by last state */
};

struct plan_action {
    uint8_t verdict, written;
    uint32_t rule;
    struct plan_list ops;
};

struct pol_plan {
    struct plan_program *programs;  /* [opclass * ndeciders + decider] */
    struct plan_level *levels;      /* as LEVELS */
    struct plan_action *actions;    /* as ACTIONS */
    struct plan_list *merge, *drop; /* per domain */
    struct plan_op *ops;
    uint32_t nops, ops_room;
    uint32_t *consts;
    uint32_t nconsts, consts_room;
    uint32_t nvalues; /* scratch values of the longest list */
};

/* NULL when memory is short. */
struct pol_plan *pol_plan_new(const struct pol_table *table);
void pol_plan_free(struct pol_plan *plan);

#endif
