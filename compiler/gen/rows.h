/* Rows of numbers, each kept once and named by its place in order of first occurrence. */
#ifndef COMPILER_GEN_ROWS_H
#define COMPILER_GEN_ROWS_H

#include <stdint.h>

#include "lang/support/arena.h"

struct rows {
    struct arena *arena;
    uint32_t width, count;
    uint32_t *table, size; /* hash table of row numbers + 1 */
    VEC_OF(uint32_t) items;
};

/* All memory is the arena's. */
void rows_init(struct rows *rows, struct arena *arena, uint32_t width);
/* The number of the row; it is copied if it is new. */
uint32_t rows_intern(struct rows *rows, const uint32_t *row);
static inline const uint32_t *rows_at(const struct rows *rows, uint32_t i)
{
    return rows->items.items + (size_t)i * rows->width;
}

#endif
