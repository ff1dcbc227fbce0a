/* Internal to compiler/table: what rules look at, as diagram variables.
 *
 * A *look* is one thing that rules test: a dense field of an operand (MAP), bits of a bit field
 * (TEST), a comparison (ATOM).  Looks are numbered for the whole plan, so that deciders share them;
 * each program uses some.  Comparisons of one argument with constants become one look of a program
 * (VALUE, diagram.h).
 * Ownership: the plan's arena. */
#ifndef COMPILER_TABLE_CONDS_H
#define COMPILER_TABLE_CONDS_H

#include "compiler/analysis/dd.h"
#include "compiler/table/keys.h"
#include "compiler/table/plan.h"

/* Can operands of some kinds fulfil a condition? */
enum chance { CHANCE_UNKNOWN, CHANCE_NEVER, CHANCE_OPEN, CHANCE_ALWAYS };
struct look_chances {
    uint32_t kinds;
    uint8_t *of_cond; /* enum chance */
};

struct look {
    enum dd_kind kind;
    uint32_t operand;
    uint32_t field;                 /* MAP, TEST */
    uint32_t mask, value;           /* TEST */
    uint32_t atom;                  /* ATOM: a guard of the IR with this comparison */
    uint32_t argument;              /* ATOM: that of one argument with a constant: argument + 1 */
    uint64_t first, end;            /* and then: true for first <= value < end */
    VEC_OF(const uint8_t *) accept; /* MAP: per condition, which codes it accepts */
    VEC_OF(struct look_chances) chances;
    uint32_t first_op, nops; /* ATOM: its operations, once they are needed (nops > 0) */
    const uint32_t *bounds;  /* VALUE: where its intervals but the first begin, ascending */
    uint32_t nbounds, slot;
};

/* An argument that is compared with constants. */
struct look_argument {
    uint32_t operand, slot;
    uint64_t limit; /* values are below */
};

/* One rule as conditions on looks. */
struct rule_conds {
    struct dd_cond *conds; /* var: a look; each once */
    uint32_t nconds;
    bool never;
};

struct conds {
    struct plan *p;
    VEC_OF(struct look) looks;
    VEC_OF(struct look_argument) arguments;
    struct rule_conds **rules; /* per decider and rule */
    uint32_t *atom_look;       /* per guard of the IR: look + 1 for comparisons met, or 0 */
    struct keys *keys;
    VEC_OF(const uint8_t *) possible;
};

void conds_of_plan(struct plan *p, struct conds *out);
/* The look of a comparison guard. */
static inline uint32_t conds_atom(const struct conds *c, uint32_t guard)
{
    return c->atom_look[guard] - 1;
}
/* Per code of a dense field: can it stand in operands of these kinds (POL_KIND_*; 0: the operand is
 * absent, it holds {})? */
const uint8_t *conds_possible(struct conds *c, uint32_t field, uint32_t kinds);
/* Can a condition (var: a look) be met, given the kinds of all operands? */
enum chance conds_chance(struct conds *c, const struct dd_cond *cond,
                         const uint8_t kinds[POL_OPERANDS]);

#endif
