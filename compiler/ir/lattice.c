#include "compiler/ir/lattice.h"

#include <stdlib.h>
#include <string.h>

static bool has(const uint32_t *order, size_t words, uint32_t a, uint32_t b)
{
    return order[a * words + b / 32] >> (b % 32) & 1u;
}

static void put(uint32_t *order, size_t words, uint32_t a, uint32_t b)
{
    order[a * words + b / 32] |= (uint32_t)1 << (b % 32);
}

bool lattice_close(uint32_t *order, uint32_t size)
{
    size_t words = lattice_words(size);
    for (uint32_t a = 0; a < size; a++)
        put(order, words, a, a);
    for (uint32_t via = 0; via < size; via++)
        for (uint32_t a = 0; a < size; a++)
            for (size_t w = 0; has(order, words, a, via) && w < words; w++)
                order[a * words + w] |= order[via * words + w];
    for (uint32_t a = 0; a < size; a++)
        for (uint32_t b = 0; b < a; b++)
            if (has(order, words, a, b) && has(order, words, b, a))
                return false;
    return true;
}

uint32_t *lattice_dual(struct arena *arena, const uint32_t *order, uint32_t size)
{
    size_t words = lattice_words(size);
    uint32_t *dual = ARENA_ARRAY(arena, uint32_t, size * words);
    for (uint32_t a = 0; a < size; a++)
        for (uint32_t b = 0; b < size; b++)
            if (has(order, words, a, b))
                put(dual, words, b, a);
    return dual;
}

/* ---- Joins --------------------------------------------------------------------------------- */

/* A value and how many are above it: the lower it stands the more. */
struct standing {
    uint32_t value, above;
};

static int lower_first(const void *left, const void *right)
{
    const struct standing *a = left, *b = right;
    if (a->above != b->above)
        return a->above > b->above ? -1 : 1;
    return a->value < b->value ? -1 : a->value > b->value;
}

static struct standing *rank(struct arena *arena, const uint32_t *order, uint32_t size)
{
    size_t words = lattice_words(size);
    struct standing *ranks = ARENA_ARRAY(arena, struct standing, size);
    for (uint32_t a = 0; a < size; a++) {
        ranks[a] = (struct standing){a, 0};
        for (uint32_t b = 0; b < size; b++)
            ranks[a].above += has(order, words, a, b);
    }
    qsort(ranks, size, sizeof *ranks, lower_first);
    return ranks;
}

/* The same order with values numbered by rank. */
static uint32_t *renumber(struct arena *arena, const uint32_t *order, uint32_t size,
                          const struct standing *ranks)
{
    size_t words = lattice_words(size);
    uint32_t *ranked = ARENA_ARRAY(arena, uint32_t, size * words);
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t j = 0; j < size; j++)
            if (has(order, words, ranks[i].value, ranks[j].value))
                put(ranked, words, i, j);
    return ranked;
}

static uint32_t first_bit(const uint32_t *bits, size_t words)
{
    for (size_t w = 0; w < words; w++)
        for (uint32_t b = 0; bits[w] && b < 32; b++)
            if (bits[w] >> b & 1u)
                return (uint32_t)(w * 32 + b);
    return IR_NONE;
}

/* The join of ranks i and j: what is above both is exactly what is above it, so of those it has
 * the lowest rank.  IR_NONE if there is none. */
static uint32_t join(const uint32_t *ranked, size_t words, uint32_t i, uint32_t j, uint32_t *both)
{
    for (size_t w = 0; w < words; w++)
        both[w] = ranked[i * words + w] & ranked[j * words + w];
    uint32_t least = first_bit(both, words);
    if (least == IR_NONE || memcmp(both, ranked + least * words, words * sizeof *both) != 0)
        return IR_NONE;
    return least;
}

uint32_t *lattice_joins(struct arena *arena, const uint32_t *order, uint32_t size)
{
    size_t words = lattice_words(size);
    const struct standing *ranks = rank(arena, order, size);
    const uint32_t *ranked = renumber(arena, order, size, ranks);
    uint32_t *both = ARENA_ARRAY(arena, uint32_t, words + 1);
    uint32_t *joins = ARENA_ARRAY(arena, uint32_t, (size_t)size * size);
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t j = 0; j <= i; j++) {
            uint32_t found = join(ranked, words, i, j, both);
            if (found == IR_NONE)
                return NULL;
            uint32_t a = ranks[i].value, b = ranks[j].value, c = ranks[found].value;
            joins[(size_t)a * size + b] = joins[(size_t)b * size + a] = c;
        }
    return joins;
}
