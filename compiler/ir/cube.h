/* Cubes: sets of instruction words given by a mask and a match, as in ternary decoders.
 *
 * Pure functions on values.  A cube is canonical: match has no bits outside mask.
 */
#ifndef COMPILER_IR_CUBE_H
#define COMPILER_IR_CUBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cube {
    uint32_t mask, match;
};

static inline bool cube_has(struct cube c, uint32_t word)
{
    return (word & c.mask) == c.match;
}

/* Some word is in both. */
static inline bool cube_meets(struct cube a, struct cube b)
{
    return ((a.match ^ b.match) & a.mask & b.mask) == 0;
}

/* Every word of a is in b. */
static inline bool cube_within(struct cube a, struct cube b)
{
    return (a.mask & b.mask) == b.mask && (a.match & b.mask) == b.match;
}

static inline struct cube cube_both(struct cube a, struct cube b)
{
    return (struct cube){a.mask | b.mask, a.match | b.match};
}

enum cube_search { CUBE_FOUND, CUBE_COVERED, CUBE_GAVE_UP };

/* Looks for a word of `in` that no cube of `out` has; among several, one near `prefer`.  COVERED is
 * a proof that there is none; GAVE_UP when the search grew beyond a fixed bound. */
enum cube_search cube_find(struct cube in, const struct cube *out, size_t count, uint32_t prefer,
                           uint32_t *word);

#endif
