/* Covers of one action: a first one from the diagram, primes, irredundant ones, improvement. */
#include "compiler/analysis/ternary_internal.h"

#include <stdlib.h>
#include <string.h>

/* How many entries before and after it an entry tries to swallow: what belongs together is near,
 * since the first cover is in the order of keys. */
#define EXPAND_WINDOW 32u
#define ABSORB_WINDOW 512u /* and how far it looks for what it has taken in */
#define IMPROVE_ROUNDS 8u
#define IMPROVE_COLUMNS 1536u
#define IMPROVE_ROWS 4096u
#define IMPROVE_SELECT (1ull << 22) /* steps */

/* --- first cover --------------------------------------------------------------------------------
 *
 * Between a lower and an upper set: keys of the lower half that the upper set's other half excludes
 * need an entry with that literal; what these leave over needs none. */

struct first_search {
    struct ternary_task *task;
    struct cube_list *out;
    size_t most;
};

static uint32_t half(const struct keysets *sets, uint32_t set, uint32_t var, bool high)
{
    const struct keyset_node *node = &sets->nodes[set];
    return node->var != var ? set : high ? node->hi : node->lo;
}

/* Appends entries between the sets; returns what they match. */
static uint32_t between(struct first_search *s, uint32_t lower, uint32_t upper,
                        struct key_cube path)
{
    struct keysets *sets = &s->task->sets;
    if (lower == KEYSET_NONE || sets->full || s->out->count > s->most)
        return KEYSET_NONE;
    if (upper == KEYSET_ALL) {
        VEC_PUSH(s->task->work, s->out, path);
        return KEYSET_ALL;
    }
    uint32_t var = sets->nodes[lower].var < sets->nodes[upper].var ? sets->nodes[lower].var
                                                                   : sets->nodes[upper].var;
    uint64_t bit = (uint64_t)1 << var;
    uint32_t lower0 = half(sets, lower, var, false), upper0 = half(sets, upper, var, false);
    uint32_t lower1 = half(sets, lower, var, true), upper1 = half(sets, upper, var, true);
    uint32_t lo = between(s, keyset_less(sets, lower0, upper1), upper0,
                          (struct key_cube){path.value, path.mask | bit});
    uint32_t hi = between(s, keyset_less(sets, lower1, upper0), upper1,
                          (struct key_cube){path.value | bit, path.mask | bit});
    uint32_t rest = keyset_or(sets, keyset_less(sets, lower0, lo), keyset_less(sets, lower1, hi));
    uint32_t both = between(s, rest, keyset_and(sets, upper0, upper1), path);
    return keyset_node(sets, var, keyset_or(sets, lo, both), keyset_or(sets, hi, both));
}

bool ternary_first_cover(struct ternary_task *task, size_t most, struct cube_list *cover)
{
    struct first_search search = {task, cover, most};
    between(&search, task->must, task->may, (struct key_cube){0, 0});
    return cover->count <= most && !task->sets.full;
}

/* --- primes -------------------------------------------------------------------------------------
 */

/* How many entries have each literal: one that many have is worth keeping. */
struct literal_counts {
    uint32_t of[64][2];
};

static void count_literals(const struct cube_list *cover, uint32_t width,
                           struct literal_counts *counts)
{
    memset(counts, 0, sizeof *counts);
    for (size_t i = 0; i < cover->count; i++)
        for (uint32_t bit = 0; bit < width; bit++)
            if (cover->items[i].mask >> bit & 1)
                counts->of[bit][cover->items[i].value >> bit & 1]++;
}

static bool is_legal(struct ternary_task *task, struct key_cube cube)
{
    return !keyset_meets(&task->sets, task->off, cube);
}

static struct key_cube without(struct key_cube cube, uint32_t bit)
{
    uint64_t mask = cube.mask & ~((uint64_t)1 << bit);
    return (struct key_cube){cube.value & mask, mask};
}

/* Widens an entry to take in neighbours, the one first that takes in most of them. */
static struct key_cube swallow(struct ternary_task *task, const struct cube_list *cover,
                               const uint8_t *gone, size_t at, struct key_cube cube)
{
    size_t from = at > EXPAND_WINDOW ? at - EXPAND_WINDOW : 0;
    size_t to = at + EXPAND_WINDOW < cover->count ? at + EXPAND_WINDOW : cover->count;
    while (task->sets.steps < task->swallow_steps) {
        struct key_cube best = cube;
        size_t most = 0;
        for (size_t i = from; i < to; i++) {
            if (gone[i] || cube_inside(cover->items[i], cube))
                continue;
            struct key_cube wide = cube_join(cube, cover->items[i]);
            if (cube_inside(wide, best) || !is_legal(task, wide))
                continue;
            size_t count = 0;
            for (size_t k = from; k < to; k++)
                count += !gone[k] && cube_inside(cover->items[k], wide);
            if (count > most) {
                most = count;
                best = wide;
            }
        }
        if (most == 0)
            break;
        cube = best;
    }
    return cube;
}

/* Drops literals until none can be; rare ones first, `round` turns the order.  All primes need it,
 * so a budget that ends it ends the cover: the sets become full. */
static struct key_cube drop_literals(struct ternary_task *task, const struct literal_counts *counts,
                                     uint32_t round, struct key_cube cube)
{
    uint64_t tried = 0;
    uint32_t width = task->sets.width;
    for (;;) {
        uint32_t next = width, least = UINT32_MAX;
        for (uint32_t i = 0; i < width; i++) {
            uint32_t bit = (i + round * 7) % width;
            uint32_t count = counts->of[bit][cube.value >> bit & 1];
            if (!((cube.mask & ~tried) >> bit & 1))
                continue;
            if (round % 3 == 2 ? next == width : count < least) {
                least = count;
                next = bit;
            }
        }
        task->sets.full |= task->sets.steps > task->sets.max_steps;
        if (next == width || task->sets.full)
            return cube;
        tried |= (uint64_t)1 << next;
        if (is_legal(task, without(cube, next)))
            cube = without(cube, next);
    }
}

static void drop_gone(struct cube_list *cover, const uint8_t *gone)
{
    size_t kept = 0;
    for (size_t i = 0; i < cover->count; i++)
        if (!gone[i])
            cover->items[kept++] = cover->items[i];
    cover->count = kept;
}

/* Marks the entries near `at` that lie in `cube`. */
static void absorb(const struct cube_list *cover, uint8_t *gone, size_t at, struct key_cube cube)
{
    size_t from = at > ABSORB_WINDOW ? at - ABSORB_WINDOW : 0;
    for (size_t i = from; i < cover->count && i < at + ABSORB_WINDOW; i++)
        gone[i] |= i != at && cube_inside(cover->items[i], cube);
}

bool ternary_expand(struct ternary_task *task, uint32_t round, struct cube_list *cover)
{
    struct literal_counts counts;
    uint8_t *gone = lang_xalloc(cover->count + 1);
    count_literals(cover, task->sets.width, &counts);
    for (size_t n = 0; n < cover->count && !task->sets.full; n++) {
        size_t at = round % 2 ? cover->count - 1 - n : n;
        if (gone[at])
            continue;
        struct key_cube cube = swallow(task, cover, gone, at, cover->items[at]);
        cube = drop_literals(task, &counts, round, cube);
        absorb(cover, gone, at, cube);
        cover->items[at] = cube;
    }
    drop_gone(cover, gone);
    free(gone);
    return !task->sets.full;
}

/* --- irredundant --------------------------------------------------------------------------------
 */

/* after[i]: what the entries from i on match. */
static uint32_t *unions_after(struct ternary_task *task, const struct cube_list *cover)
{
    uint32_t *after = lang_xalloc((cover->count + 1) * sizeof *after);
    for (size_t i = cover->count; i-- > 0;)
        after[i] = keyset_or(&task->sets, after[i + 1], keyset_cube(&task->sets, cover->items[i]));
    return after;
}

static uint32_t fixed_bits(uint64_t mask)
{
    uint32_t count = 0;
    for (; mask; mask &= mask - 1)
        count++;
    return count;
}

/* Narrow entries first, so that wide ones stay; else by value. */
static int by_width(const void *left, const void *right)
{
    const struct key_cube *a = left, *b = right;
    uint32_t bits_a = fixed_bits(a->mask), bits_b = fixed_bits(b->mask);
    if (bits_a != bits_b)
        return bits_a > bits_b ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->mask < b->mask ? -1 : a->mask > b->mask;
}

bool ternary_irredundant(struct ternary_task *task, struct cube_list *cover)
{
    struct keysets *sets = &task->sets;
    uint8_t *gone = lang_xalloc(cover->count + 1);
    if (cover->count)
        qsort(cover->items, cover->count, sizeof *cover->items, by_width);
    uint32_t *after = unions_after(task, cover), kept = KEYSET_NONE;
    for (size_t i = 0; i < cover->count; i++) {
        uint32_t cube = keyset_cube(sets, cover->items[i]);
        uint32_t own = keyset_less(sets, keyset_and(sets, task->must, cube), kept);
        gone[i] = keyset_less(sets, own, after[i + 1]) == KEYSET_NONE;
        if (!gone[i])
            kept = keyset_or(sets, kept, cube);
    }
    if (!sets->full)
        drop_gone(cover, gone);
    free(after);
    free(gone);
    return !sets->full;
}

/* --- improvement --------------------------------------------------------------------------------
 */

bool ternary_reduce(struct ternary_task *task, struct cube_list *cover)
{
    struct keysets *sets = &task->sets;
    uint32_t *after = unions_after(task, cover), before = KEYSET_NONE;
    size_t kept = 0;
    for (size_t i = 0; i < cover->count && !sets->full; i++) {
        uint32_t own = keyset_and(sets, task->must, keyset_cube(sets, cover->items[i]));
        own = keyset_less(sets, keyset_less(sets, own, before), after[i + 1]);
        if (own == KEYSET_NONE || sets->full)
            continue;
        cover->items[kept] = keyset_around(sets, own);
        before = keyset_or(sets, before, keyset_cube(sets, cover->items[kept++]));
    }
    cover->count = kept;
    free(after);
    return !sets->full;
}

static int by_key(const void *left, const void *right)
{
    const struct key_cube *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->mask < b->mask ? -1 : a->mask > b->mask;
}

static void copy_list(struct arena *arena, struct cube_list *to, const struct cube_list *from)
{
    for (size_t i = 0; i < from->count; i++)
        VEC_PUSH(arena, to, from->items[i]);
}

static void drop_twins(struct cube_list *list)
{
    size_t kept = 0;
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_key);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || by_key(&list->items[kept - 1], &list->items[i]) != 0)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

/* The best choice from a pool of primes, which includes `cover`; it becomes the cover if it is
 * smaller. */
static void choose(struct ternary_task *task, const struct cube_list *pool, struct cube_list *cover)
{
    struct cover_matrix matrix = {0};
    uint64_t steps = IMPROVE_SELECT;
    if (pool->count > IMPROVE_COLUMNS || !ternary_rows(task, pool, IMPROVE_ROWS, &matrix))
        return;
    uint32_t *chosen = ARENA_ARRAY(task->work, uint32_t, pool->count + 1), nchosen = 0;
    ternary_select(&matrix, UINT32_MAX, chosen, &nchosen, &steps);
    if (nchosen >= cover->count)
        return;
    cover->count = 0;
    for (uint32_t i = 0; i < nchosen; i++)
        VEC_PUSH(task->work, cover, pool->items[chosen[i]]);
}

void ternary_improve(struct ternary_task *task, struct cube_list *cover)
{
    struct cube_list now = {0}, pool = {0};
    uint32_t idle = 0;
    copy_list(task->work, &now, cover);
    copy_list(task->work, &pool, cover);
    for (uint32_t round = 1; round <= IMPROVE_ROUNDS && idle < 3; round++) {
        size_t before = cover->count;
        if (!ternary_reduce(task, &now))
            return;
        if (!ternary_expand(task, round, &now))
            return;
        copy_list(task->work, &pool, &now);
        drop_twins(&pool);
        if (!ternary_irredundant(task, &now))
            return;
        if (now.count < cover->count) {
            cover->count = 0;
            copy_list(task->work, cover, &now);
        }
        choose(task, &pool, cover);
        idle = cover->count < before ? 0 : idle + 1;
    }
}
