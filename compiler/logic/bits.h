/* Integers as circuits, and functions of integers that are given by tables.
 *
 * Purpose: arguments of tags and what rules compute with them.  Numbers are exact: two's complement
 * of as many bits as the value needs.  What leaves BITS_MAX bits is taken modulo 2^BITS_MAX, which
 * is exact for everything that sema admits (intermediate values fit in 64 bits).
 * Ownership: all memory is in the solver's arena; values are immutable and shared. */
#ifndef COMPILER_LOGIC_BITS_H
#define COMPILER_LOGIC_BITS_H

#include "compiler/logic/sat.h"

#define BITS_MAX 66u

/* bit[0] is the lowest, bit[width - 1] the sign; width is at least 1. */
struct bits {
    uint32_t width;
    const sat_lit *bit;
};

struct bits bits_const(struct sat *sat, int64_t value);
/* A new variable with the values 0 .. limit-1, 1 <= limit <= 2^33. */
struct bits bits_below(struct sat *sat, uint64_t limit);
struct bits bits_add(struct sat *sat, struct bits a, struct bits b);
struct bits bits_sub(struct sat *sat, struct bits a, struct bits b);
struct bits bits_mul(struct sat *sat, struct bits a, struct bits b);
/* By a positive constant; the quotient is truncated towards zero, the remainder goes with it. */
struct bits bits_div(struct sat *sat, struct bits a, int64_t divisor);
struct bits bits_mod(struct sat *sat, struct bits a, int64_t divisor);
struct bits bits_ite(struct sat *sat, sat_lit cond, struct bits a, struct bits b);
sat_lit bits_eq(struct sat *sat, struct bits a, struct bits b);
sat_lit bits_lt(struct sat *sat, struct bits a, struct bits b);
sat_lit bits_le(struct sat *sat, struct bits a, struct bits b);
/* How many of the literals hold. */
struct bits bits_count(struct sat *sat, const sat_lit *lits, size_t n);
/* A value that is a constant. */
bool bits_is_const(struct bits a, int64_t *value);
/* After YES: the value in the model. */
int64_t bits_value(struct sat *sat, struct bits a);

/* A function of one to three numbers below limits, made once and applied to any arguments.  It is
 * kept as a decision diagram of each bit of its values.  Arguments out of range give any value, so
 * that what is asked must exclude them. */
#define BITS_DIMS 16u
struct bits_table;
/* The value for one tuple of arguments. */
typedef uint32_t bits_entry(const void *context, const uint32_t *args);
struct bits_table *bits_table_new(struct arena *arena, const uint64_t *limits, uint32_t ndims,
                                  uint32_t value_bits, bits_entry *entry, const void *context);
struct bits bits_table_apply(struct sat *sat, const struct bits_table *table,
                             const struct bits *args);
/* Of a table with one value bit. */
sat_lit bits_table_holds(struct sat *sat, const struct bits_table *table, const struct bits *args);

#endif
