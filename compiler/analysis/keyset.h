/* Sets of keys of up to 64 bits, as reduced ordered binary diagrams.
 *
 * Purpose: what the minimiser of ternary covers (ternary.h) computes with.  Unlike the BDDs of
 * dd.h, results of operations are remembered from call to call, and walks that only ask a question
 * build nothing.
 *
 * Shapes: variable v is key bit v.  A set is a number that is valid in its struct keysets only:
 * KEYSET_NONE, KEYSET_ALL, or a node; equal sets are equal numbers.  A cube is the keys with
 * (key & mask) == value; value has no bit outside mask.
 * Units: `steps` counts visited nodes; it never depends on time or addresses.
 * Errors: beyond max_nodes or max_steps the struct is `full` and the operations that return a set
 * return KEYSET_NONE, which then means nothing.  Questions are always answered rightly.
 * Ownership: everything lives in the caller's arena. */
#ifndef COMPILER_ANALYSIS_KEYSET_H
#define COMPILER_ANALYSIS_KEYSET_H

#include <stdbool.h>
#include <stdint.h>
#include "lang/support/arena.h"

struct key_cube {
    uint64_t value, mask;
};

#define KEYSET_NONE 0u
#define KEYSET_ALL 1u

struct keyset_node {
    uint32_t var, lo, hi;
};
struct keyset_memo {
    uint32_t op, left, right, result;
};
struct keysets {
    struct arena *arena;
    uint32_t width; /* key bits */
    struct keyset_node *nodes;
    size_t count, cap;
    uint32_t *table; /* open addressing over nodes */
    uint32_t table_size;
    struct keyset_memo *memo; /* direct-mapped, lossy */
    uint32_t memo_size;
    uint32_t *stamp; /* per node: the last walk that met it */
    uint32_t *image; /* per node: its result in that walk */
    size_t nstamps;
    uint32_t walk;
    uint64_t steps, max_steps;
    uint32_t max_nodes;
    bool full;
};

void keysets_init(struct keysets *sets, struct arena *arena, uint32_t width, uint32_t max_nodes,
                  uint64_t max_steps);
/* The set whose members have, by bit `var`, a rest in lo or hi; both lie above `var`. */
uint32_t keyset_node(struct keysets *sets, uint32_t var, uint32_t lo, uint32_t hi);
uint32_t keyset_cube(struct keysets *sets, struct key_cube cube);
uint32_t keyset_and(struct keysets *sets, uint32_t left, uint32_t right);
uint32_t keyset_or(struct keysets *sets, uint32_t left, uint32_t right);
/* left without right. */
uint32_t keyset_less(struct keysets *sets, uint32_t left, uint32_t right);
/* The set of another struct, copied. */
uint32_t keyset_import(struct keysets *to, struct keysets *from, uint32_t set);
/* Keys k such that k with the cube's bits put in place of its own is in the set. */
uint32_t keyset_cofactor(struct keysets *sets, uint32_t set, struct key_cube cube);

bool keyset_has(const struct keysets *sets, uint32_t set, uint64_t key);
/* Some key of the cube is in the set. */
bool keyset_meets(struct keysets *sets, uint32_t set, struct key_cube cube);
/* Every key of the cube is in the set. */
bool keyset_covers(struct keysets *sets, uint32_t set, struct key_cube cube);
/* The smallest cube around a set that is not KEYSET_NONE. */
struct key_cube keyset_around(struct keysets *sets, uint32_t set);
/* A key of a set that is not KEYSET_NONE, always the same one. */
uint64_t keyset_pick(const struct keysets *sets, uint32_t set);

static inline uint64_t key_bits(uint32_t width)
{
    return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

static inline bool cube_has_key(struct key_cube cube, uint64_t key)
{
    return (key & cube.mask) == cube.value;
}

/* Every key of `inner` is in `outer`. */
static inline bool cube_inside(struct key_cube inner, struct key_cube outer)
{
    return (inner.mask & outer.mask) == outer.mask && (inner.value & outer.mask) == outer.value;
}

/* The smallest cube around both. */
static inline struct key_cube cube_join(struct key_cube left, struct key_cube right)
{
    uint64_t mask = left.mask & right.mask & ~(left.value ^ right.value);
    return (struct key_cube){left.value & mask, mask};
}

#endif
