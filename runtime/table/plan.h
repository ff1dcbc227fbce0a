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
    PLAN_MATRIX,
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
    uint32_t lut, mask; /* MAP1, MAP2, MATRIX; COPY, EQSLOTS: lut is the count */
    uint32_t lo, range;
};

/* A list of operations: of this kind, or (wide: 64-bit arithmetic) the file's own. */
struct plan_list {
    uint32_t first, n;
    bool wide;
    const struct plan_op *ops; /* set when all lists are there: &plan->ops[first] */
};

/* Kinds of levels after those of the file: expressions that only compare two operands' slots. */
enum { PLAN_LEVEL_EQ = POL_LEVEL_VALUE + 1, PLAN_LEVEL_LT };

struct plan_level {
    uint8_t kind, operand;
    uint8_t other;              /* EQ, LT: the second operand, whose slot is `value` */
    uint8_t shift;              /* of the input in a ternary key */
    uint32_t slot, mask, value; /* MAP: value is the largest code; VALUE: the number of bounds */
    uint32_t width;
    const uint32_t *map;   /* MAP: classes; VALUE: bounds, then inputs */
    const uint32_t *cells; /* in a chain */
    struct plan_list expr;
};

struct plan_program {
    const struct plan_level *levels;
    uint32_t nmap, nlevels; /* nmap: summed first, into: */
    const uint32_t *dense;
    uint32_t start;
    bool tcam; /* all inputs are one key, compared with: */
    uint32_t nternary;
    const struct pol_prt_ternary *ternary;
    const struct plan_action *actions; /* by last state; fused: all, see plan_action_at() */
    const uint32_t *tuples;            /* fused: this decider's in the first tuple; else NULL */
    uint32_t tuple_size;
};

struct plan_action {
    uint8_t verdict, written;
    uint32_t rule;
    uint32_t first_report, nreports;
    struct plan_list ops;
};

/* The short way: the same decisions, prepared for steps that every decider allows.  Deciders that
 * together look at little look at once: the sum of what they see finds one action for all of them.
 * A single decider may also follow its chain.  Whatever else turns up is decided from the start by
 * the long way. */
enum plan_move_code {
    PLAN_MOVE_COPY, /* out[d..] = in[a..], n slots */
    PLAN_MOVE_PUT,  /* out[d..] = data[0..], n slots */
    PLAN_MOVE_MAP1, /* out[d] = data[in[a] & mask] */
    PLAN_MOVE_MAP2  /* out[d] = data[(in[a] & mask) << shift | (in2[b] & low)] */
};

struct plan_move {
    uint8_t code, out, in, in2, shift;
    uint32_t n, d, a, b;
    uint32_t mask, low;
    uint32_t lo, range; /* MAP1, MAP2: as in struct plan_op */
    const uint32_t *data;
};

struct plan_short {
    const struct plan_move *moves, *moves_end;
    /* It allows and reports nothing, moves are all that it does, and they can be done in place:
     * none reads what one before it wrote, or would have to be undone. */
    uint8_t plain;
    uint8_t written;
    const uint32_t *rules; /* by decider */
};

/* sum += map[in[slot] & mask]; an entry of an invalid code makes the sum too large. */
struct plan_map {
    const uint32_t *map;
    uint32_t operand, slot, mask;
};

/* The sum of maps and tests, looked up in `dense`, or else `start`, is the state that a chain of
 * levels starts from. */
struct plan_look {
    const struct plan_map *maps, *maps_end;
    const uint32_t *dense;
    const struct plan_short *actions; /* by last state */
    uint32_t start;
    bool more;                                  /* there is more than maps and `dense` */
    const struct plan_level *tests, *tests_end; /* each adds its input times its width */
    const struct plan_level *chain, *chain_end;
};

/* One opclass. */
struct plan_class {
    bool usable; /* the short way exists */
    uint8_t has; /* results of the instruction, as bits */
    struct plan_look look;
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
    uint32_t nvalues;           /* scratch values of the longest list */
    uint32_t npairs;            /* of slots in a word */
    struct plan_class *classes; /* by opclass */
    struct plan_block *blocks;  /* memory that they use */
};

/* Results that the instruction has, as bits. */
static inline uint32_t plan_results(const struct pol_prt_opclass *c)
{
    return 1u << POL_RES_ENV | (c->rd ? 1u << POL_RES_RD : 0) | (c->csr ? 1u << POL_RES_CSR : 0) |
           (c->mem & 2u ? 1u << POL_RES_MEM : 0);
}

/* The action of a last state. */
static inline const struct plan_action *plan_action_at(const struct plan_program *p, uint32_t state)
{
    return p->actions + (p->tuples ? p->tuples[(size_t)state * p->tuple_size] : state);
}

/* The state of the ternary entries that match.  Looks at all of them. */
static inline uint32_t plan_match(const struct plan_program *p, uint64_t key)
{
    uint32_t state = p->start;
    for (uint32_t i = 0; i < p->nternary; i++) {
        const struct pol_prt_ternary *e = &p->ternary[i];
        uint64_t low = ((uint32_t)key ^ e->value[0]) & e->mask[0];
        uint64_t high = ((uint32_t)(key >> 32) ^ e->value[1]) & e->mask[1];
        state = (low | high) == 0 ? e->state : state;
    }
    return state;
}

/* Makes the classes, when all else is there.  False when memory is short. */
bool pol_plan_shorten(const struct pol_table *table, struct pol_plan *plan);
void pol_plan_free_short(struct pol_plan *plan);

/* NULL when memory is short. */
struct pol_plan *pol_plan_new(const struct pol_table *table);
void pol_plan_free(struct pol_plan *plan);

#endif
