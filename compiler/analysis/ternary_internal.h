/* Internal to the minimiser of ternary covers (ternary.h): one action's problem, and its parts.
 *
 * Parts: ternary.c action by action; ternary_apart.c entries of different actions; ternary_expand.c
 * first cover, primes, irredundant covers, rounds of improvement;
 * ternary_exact.c all primes and the rows of the covering problem; ternary_select.c the covering
 * problem; ternary_points.c the lower bound.
 * Ownership: all in the action's work arena. */
#ifndef COMPILER_ANALYSIS_TERNARY_INTERNAL_H
#define COMPILER_ANALYSIS_TERNARY_INTERNAL_H

#include "compiler/analysis/ternary.h"

struct cube_list {
    VEC_FIELDS(struct key_cube);
};

/* One action: entries must cover `must` and not meet `off`; `may` is all but `off`. */
struct ternary_task {
    struct arena *work;
    struct keysets sets;
    uint32_t must, may, off;
    uint64_t part_began;    /* sets.steps then */
    uint64_t swallow_steps; /* of sets.steps, at which entries no longer look at their neighbours */
};

/* --- ternary.c ----------------------------------------------------------------------------------
 */

struct minimiser {
    struct arena *arena;
    const struct ternary_problem *problem;
    struct ternary_cover *out;
    struct cube_list *covers; /* per action */
    uint32_t nentries;
    VEC_OF(uint64_t) points;
    uint64_t base_steps, max_steps; /* for what a result cannot do without */
    uint64_t spare_steps;           /* what is left for parts that may fail */
};

/* Sets up an action's task, whose work arena is set already; false when a budget is exceeded. */
bool ternary_start(struct minimiser *m, uint32_t action, struct ternary_task *task);
/* Covers it; a status other than TERNARY_OK says why not. */
struct ternary_attempt;
enum ternary_status ternary_solve(struct minimiser *m, struct ternary_task *task,
                                  struct ternary_attempt *attempt);

/* --- ternary_apart.c ----------------------------------------------------------------------------
 */

/* Changes covers so that entries of different actions match no key in common; sets the status when
 * a budget is exceeded. */
void ternary_part(struct minimiser *m);

/* --- ternary_expand.c ---------------------------------------------------------------------------
 */

/* An irredundant cover made from the diagram; false when it has more than `most` entries or a
 * budget is exceeded. */
bool ternary_first_cover(struct ternary_task *task, size_t most, struct cube_list *cover);
/* Expands every entry to a prime and drops entries that lie in another; `round` varies the order.
 * False when a budget is exceeded: then not all are primes. */
bool ternary_expand(struct ternary_task *task, uint32_t round, struct cube_list *cover);
/* Drops entries that the others cover for; false (and nothing dropped) when a budget is exceeded.
 */
bool ternary_irredundant(struct ternary_task *task, struct cube_list *cover);
/* Shrinks each entry, one after the other, to what only it covers; false as above. */
bool ternary_reduce(struct ternary_task *task, struct cube_list *cover);
/* Rounds of reduce, expand, select, while they help and steps remain. */
void ternary_improve(struct ternary_task *task, struct cube_list *cover);

/* --- the covering problem -----------------------------------------------------------------------
 */

/* Rows (keys to cover) by columns (entries to choose from). */
struct cover_matrix {
    uint32_t nrows, ncols;
    uint32_t row_words; /* 64-bit words of one row */
    uint64_t *rows;     /* bit c of row r: column c covers row r */
    uint64_t *points;   /* a key of each row */
};

/* Rows such that columns that cover them all cover `must`; false when there are more than max_rows
 * or a budget is exceeded.  The columns together must cover `must`. */
bool ternary_rows(struct ternary_task *task, const struct cube_list *columns, uint32_t max_rows,
                  struct cover_matrix *out);
/* All primes that cover a key of `must`; false beyond `most` or a budget. */
bool ternary_primes(struct ternary_task *task, size_t most, struct cube_list *primes);

/* Chooses few columns, fewer than `below`.  `chosen` holds a solution of *nchosen columns or none
 * (0), and receives the best one if it is better.  True when the search was complete: there is no
 * better one.  *steps counts down. */
bool ternary_select(const struct cover_matrix *matrix, uint32_t below, uint32_t *chosen,
                    uint32_t *nchosen, uint64_t *steps);

/* --- ternary_points.c ---------------------------------------------------------------------------
 */

/* Keys of which no two fit in one entry, as many as found.  `cover` is prime and irredundant;
 * `matrix` may be NULL: more keys to choose from. */
struct point_list {
    VEC_FIELDS(uint64_t);
};
void ternary_points(struct ternary_task *task, const struct cube_list *cover,
                    const struct cover_matrix *matrix, struct point_list *out);

/* What an action's parts find out. */
struct ternary_attempt {
    struct cube_list cover;
    struct point_list points;
    struct cover_matrix matrix; /* over all primes */
    bool has_matrix, proven;
    uint32_t at_least; /* entries, as a search has shown */
};

#endif
