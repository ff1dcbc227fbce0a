/* Inputs for comparing engines (pol/diff.h): what a table can tell apart, and what it can meet.
 *
 * Purpose: the exhaustive inputs of a table, program by program, and the space that random inputs
 * are drawn from, with the (rule, opclass) pairs that they must reach.
 *
 * Inputs are made from the table's own sections; that is fair, because every engine gets the same
 * literals and the table is compared, not trusted.  For one program (decider and opclass):
 * every combination of the classes of codes that it tells apart, members of a class taking turns;
 * each single code with every combination of the others' classes; the pairs of codes that results
 * are made from; and for each of these every combination of a few values for the arguments that it
 * compares or that can make it fail.  Whatever else an operand can hold varies from input to input.
 *
 * Ownership: everything returned belongs to the object and is freed with it; table, IR and space
 * are borrowed.  Determinism: the same table gives the same inputs.  Short memory ends the process.
 */
#ifndef COMPILER_GEN_GEN_H
#define COMPILER_GEN_GEN_H

#include <pol/diff.h>
#include <pol/table.h>

#include "compiler/ir/ir.h"
#include "lang/support/arena.h"

#define GEN_MAX_VALUES 128u /* argument values that may be tried */

/* ---- Argument values --------------------------------------------------------------------------
 */

struct gen_values {
    uint32_t n;
    uint32_t at[GEN_MAX_VALUES]; /* the most telling first */
};
/* 0, 1, the constants that guards compare with, the largest values, neighbours and sums of these,
 * and the policy's other constants. */
void gen_values_of(const struct ir *ir, struct gen_values *values);

/* ---- All inputs -------------------------------------------------------------------------------
 */

struct gen_tuples;

struct gen_tuples *gen_tuples_new(const struct pol_table *table, const struct pol_space *space,
                                  const struct gen_values *values);
void gen_tuples_free(struct gen_tuples *tuples);
/* How many inputs there are, exactly if there are no more than `limit`; starts over. */
uint64_t gen_tuples_count(struct gen_tuples *tuples, uint64_t limit);
/* The next input of all programs: 1, or 0 at the end.  Fits pol_diff_source. */
int gen_tuples_next(void *tuples, struct pol_tuple *tuple);

/* Goes to the first input of one program. */
void gen_tuples_program(struct gen_tuples *tuples, uint32_t decider, uint32_t opclass);
/* The next input of this program only: 1, or 0 at its end. */
int gen_tuples_next_here(struct gen_tuples *tuples, struct pol_tuple *tuple);

/* ---- Sets to merge ----------------------------------------------------------------------------
 */

/* Pairs of memory's tag sets: for each field every pair of its codes (of large fields and of bits,
 * some), with equal arguments and with any.  `state` counts upwards from 0: 1 and the pair, or 0 at
 * the end. */
int gen_pairs_next(struct gen_tuples *tuples, uint64_t *state, uint32_t *a, uint32_t *b);

/* ---- Random inputs ----------------------------------------------------------------------------
 */

struct gen_space {
    struct arena arena;
    struct pol_gen_space space;
};

/* `engine` answers for the table; it is used to find inputs that reach each pair. */
struct gen_space *gen_space_new(const struct pol_table *table, const struct ir *ir,
                                const struct pol_space *space, struct pol_engine *engine);
void gen_space_free(struct gen_space *space); /* NULL is fine */

/* ---- Shared by the parts of compiler/gen -------------------------------------------------------
 */

/* By tag: the tags that its TagSet arguments can hold, as presence words: those that its component
 * owns, all where a global may have stored them.  NULL for tags without TagSet arguments. */
const uint32_t **gen_set_tags(struct arena *arena, const struct pol_table *table,
                              const struct pol_space *space);

/* POL_KIND_* of an operand of an opclass (all of them for INT: the sample may be any register); 0:
 * it has none.  `set`: enum pol_operand or POL_TUPLE_RD. */
uint32_t gen_kinds(const struct pol_prt_opclass *opclass, unsigned set);
/* The words of a dense field's shape, and its kinds. */
static inline const uint32_t *gen_shape(const struct pol_table *t, const struct pol_prt_field *f,
                                        uint32_t code)
{
    return t->shapes + f->first_shape + (size_t)code * (f->shape_words + (size_t)1);
}
static inline uint32_t gen_shape_kinds(const struct pol_table *t, const struct pol_prt_field *f,
                                       uint32_t code)
{
    return gen_shape(t, f, code)[f->shape_words];
}
static inline const struct pol_prt_program *gen_program(const struct pol_table *t, uint32_t decider,
                                                        uint32_t opclass)
{
    return &t->programs[t->remap[decider * t->n_opclasses + opclass]];
}

/* Calls `found` for each action of the decider that some input of the opclass may reach, as far as
 * single levels tell. */
void gen_reachable(const struct pol_table *table, uint32_t decider, uint32_t opclass,
                   void (*found)(void *user, const struct pol_prt_action *action), void *user);

#endif
