/* Partial orders and the joins and meets that make them lattices; private to compiler/ir.
 *
 * An order on 0 .. size-1 is a square bit matrix of `size` rows of lattice_words(size) words, bit b
 * of row a set when a <= b. */
#ifndef COMPILER_IR_LATTICE_H
#define COMPILER_IR_LATTICE_H

#include "compiler/ir/ir.h"

/* Values of one lattice, and bits of one relation, at most. */
#define IR_MAX_LATTICE 1024u
#define IR_MAX_RELATION ((uint64_t)1 << 24)

static inline size_t lattice_words(uint32_t size)
{
    return ((size_t)size + 31) / 32;
}

/* Makes a relation reflexive and transitive.  False if it then puts two values both below and above
 * each other. */
bool lattice_close(uint32_t *order, uint32_t size);
/* For each pair the least value above both, [a * size + b], in `arena`; NULL if some pair has none.
 */
uint32_t *lattice_joins(struct arena *arena, const uint32_t *order, uint32_t size);
/* The order upside down, in `arena`: its joins are the meets. */
uint32_t *lattice_dual(struct arena *arena, const uint32_t *order, uint32_t size);

#endif
