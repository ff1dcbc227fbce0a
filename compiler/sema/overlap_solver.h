/* Inside the solver of overlap.h: one conjunction of comparisons over value nodes.
 *
 * overlap_linear.c turns comparisons into differences, overlap_hard.c looks at what is none;
 * overlap_solve.c solves and searches. */
#ifndef COMPILER_SEMA_OVERLAP_SOLVER_H
#define COMPILER_SEMA_OVERLAP_SOLVER_H

#include "compiler/sema/overlap.h"

/* x <= y + k; an index of SEMA_NONE stands for the constant 0. */
struct diff {
    uint32_t x, y;
    int64_t k;
};
/* x != y + k */
struct unequal {
    uint32_t x, y;
    int64_t k;
};
/* A comparison that is not of those forms, or an order or relation: a guard that must hold, or
 * not. */
struct hard {
    const struct model_guard *guard;
    uint32_t first_var;
    bool positive;
};
struct set_pair {
    uint32_t a, b;
    bool equal;
};
/* A formula that must hold (or not), in a list that branches share. */
struct pending {
    const struct model_guard *guard;
    uint32_t first_var;
    bool positive;
    const struct pending *next;
};

/* A linear form with at most two variables. */
struct linear {
    bool ok, opaque; /* opaque: a quotient or remainder is taken for a variable */
    int n;
    uint32_t var[2];
    int64_t coef[2], k;
};

/* A quotient or remainder: a node that merely has its range. */
struct opaque {
    enum model_int_kind kind;
    struct linear of;
    int64_t divisor;
    uint32_t node;
};

struct solver {
    struct overlap_values *v;
    VEC_OF(struct diff) diffs;
    VEC_OF(struct unequal) unequals;
    VEC_OF(struct hard) hards;
    VEC_OF(struct opaque) opaques;
    VEC_OF(struct set_pair) sets;
    int64_t *x, *up; /* least and greatest solution, by root */
    uint32_t *hard_vars;
    uint32_t nhard_vars;
    unsigned branches, depth, steps;
};

/* With the values s->x of roots and the numbers of sets. */
bool overlap_holds(const struct solver *s, const struct model_guard *guard, uint32_t first_var);
/* Whether some values between the least and the greatest solution satisfy it; may err on the side
 * of true. */
bool overlap_possible(const struct solver *s, const struct hard *hard);
/* Whether one says what the other denies. */
bool overlap_opposite(const struct solver *s, const struct hard *a, const struct hard *b);
/* Adds the roots of its variables to s->hard_vars, each once. */
void overlap_note_variables(struct solver *s, const struct hard *hard);
enum model_cmp overlap_negate(enum model_cmp cmp);
/* Adds a comparison (CMP) to the conjunction. */
void overlap_add_comparison(struct solver *s, const struct hard *comparison);
/* x <= y + k */
void overlap_push_diff(struct solver *s, uint32_t x, uint32_t y, int64_t k);

#endif
