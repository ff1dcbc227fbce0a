/* Numbers pairs of numbers by first occurrence; private to compiler/analysis.
 *
 * Purpose: splitting classes, where a class is a class so far and something that tells its members
 * apart.  Ownership: the caller's arena. */
#ifndef COMPILER_ANALYSIS_PAIRS_H
#define COMPILER_ANALYSIS_PAIRS_H

#include <string.h>
#include "lang/support/arena.h"

struct pairs {
    uint64_t *keys;
    uint32_t *number; /* + 1; 0: free */
    uint32_t size, count;
};

/* Room for `most` different pairs. */
static inline void pairs_init(struct pairs *p, struct arena *arena, uint32_t most)
{
    p->size = 4;
    p->count = 0;
    while (p->size / 2 < most)
        p->size *= 2;
    p->keys = ARENA_ARRAY(arena, uint64_t, p->size);
    p->number = ARENA_ARRAY(arena, uint32_t, p->size);
}

static inline void pairs_clear(struct pairs *p)
{
    memset(p->number, 0, p->size * sizeof *p->number);
    p->count = 0;
}

static inline uint32_t pairs_number(struct pairs *p, uint32_t left, uint32_t right)
{
    uint64_t key = (uint64_t)left << 32 | right;
    uint32_t at = (uint32_t)(key * 0x9E3779B97F4A7C15u >> 32) & (p->size - 1);
    while (p->number[at] && p->keys[at] != key)
        at = (at + 1) & (p->size - 1);
    if (!p->number[at]) {
        p->keys[at] = key;
        p->number[at] = ++p->count;
    }
    return p->number[at] - 1;
}

#endif
