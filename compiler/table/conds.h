/* Internal to compiler/table: what the rules of one decider look at, as diagram variables.
 *
 * A *look* is one thing that rules test: a dense field of an operand (MAP), bits of a bit field
 * (TEST), a comparison (ATOM).  Looks are numbered per decider; each program uses some of them. */
#ifndef COMPILER_TABLE_CONDS_H
#define COMPILER_TABLE_CONDS_H

#include "compiler/analysis/dd.h"
#include "compiler/table/plan.h"

struct look {
    enum dd_kind kind;
    uint32_t operand, field;        /* MAP, TEST */
    uint32_t mask, value;           /* TEST */
    uint32_t atom;                  /* ATOM: a guard of the IR with this comparison */
    VEC_OF(const uint8_t *) accept; /* MAP: per condition, which codes it accepts */
};

/* One rule as conditions on looks. */
struct rule_conds {
    struct dd_cond *conds; /* var: a look; each once */
    uint32_t nconds;
    bool never;
};

struct decider_conds {
    struct plan *p;
    uint32_t decider;
    VEC_OF(struct look) looks;
    struct rule_conds *rules; /* per rule of the decider */
    uint32_t *atom_look;      /* per guard of the IR: look + 1 for comparisons met, or 0 */
    struct keys *keys;
};

void conds_of_decider(struct plan *p, uint32_t decider, struct decider_conds *out);
/* The look of a comparison guard. */
uint32_t conds_atom(const struct decider_conds *c, uint32_t guard);

#endif
