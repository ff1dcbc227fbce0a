/* Rows of numbers, each kept once. */
#include <string.h>

#include "compiler/gen/rows.h"

void rows_init(struct rows *r, struct arena *arena, uint32_t width)
{
    memset(r, 0, sizeof *r);
    r->arena = arena;
    r->width = width;
}

static uint32_t row_hash(const uint32_t *row, uint32_t width)
{
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (uint32_t i = 0; i < width; i++) {
        hash = (hash ^ row[i]) * 0xd6e8feb86659fd93u;
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 16);
}

/* Where the row is in the hash table, or where it belongs. */
static uint32_t find(const struct rows *r, const uint32_t *row)
{
    uint32_t at = row_hash(row, r->width) & (r->size - 1);
    while (r->table[at] && memcmp(rows_at(r, r->table[at] - 1), row, r->width * sizeof *row) != 0)
        at = (at + 1) & (r->size - 1);
    return at;
}

static void rehash(struct rows *r)
{
    r->size = r->size ? r->size * 2 : 64;
    r->table = ARENA_ARRAY(r->arena, uint32_t, r->size);
    for (uint32_t i = 0; i < r->count; i++)
        r->table[find(r, rows_at(r, i))] = i + 1;
}

uint32_t rows_intern(struct rows *r, const uint32_t *row)
{
    if (r->count >= r->size / 2)
        rehash(r);
    uint32_t at = find(r, row);
    if (r->table[at])
        return r->table[at] - 1;
    for (uint32_t i = 0; i < r->width; i++)
        VEC_PUSH(r->arena, &r->items, row[i]);
    if (!r->width && !r->items.items)
        r->items.items = ARENA_ARRAY(r->arena, uint32_t, 1);
    r->table[at] = ++r->count;
    return r->count - 1;
}
