/* The lower bound: keys of which no two fit in one entry.
 *
 * Each entry of an irredundant cover has keys of its own.  Such a key is *alone* when turning any
 * of its entry's literals leads to a forbidden key: then that entry is the only prime that matches
 * it, and no key outside the entry fits with it.  Keys that are alone are all taken; among others,
 * a large set is searched. */
#include <stdlib.h>
#include <string.h>
#include "compiler/analysis/ternary_internal.h"

#define POINTS_PER_ENTRY 3u
#define POINTS_MOST 1024u     /* candidates of which pairs are compared */
#define POINTS_SEARCH 200000u /* steps of the search */

struct point_search {
    struct ternary_task *task;
    const struct cube_list *cover;
    struct point_list *out; /* keys that are alone, at first */
    uint8_t *has_alone;     /* per entry */
    struct point_list candidates;
    uint32_t per_entry; /* at most so many candidates of each */
};

/* Keys of `own` such that turning any of the cube's literals leads to a forbidden key, for as many
 * literals as possible, starting at literal `first`; *alone: for all. */
static uint64_t lonely_key(struct ternary_task *task, struct key_cube cube, uint32_t own,
                           uint32_t first, bool *alone)
{
    struct keysets *sets = &task->sets;
    *alone = true;
    for (uint32_t i = 0; i < sets->width && !sets->full; i++) {
        uint32_t bit = (first + i) % sets->width;
        uint64_t literal = (uint64_t)1 << bit;
        if (!(cube.mask & literal))
            continue;
        struct key_cube turned = {cube.value ^ literal, cube.mask};
        uint32_t some = keyset_and(sets, own, keyset_cofactor(sets, task->off, turned));
        *alone = *alone && some != KEYSET_NONE;
        own = some != KEYSET_NONE ? some : own;
    }
    return keyset_pick(sets, own);
}

static void entry_keys(struct point_search *s, size_t entry, uint32_t own)
{
    struct key_cube cube = s->cover->items[entry];
    bool alone;
    uint64_t key = lonely_key(s->task, cube, own, 0, &alone);
    if (s->task->sets.full)
        return;
    if (alone) {
        s->has_alone[entry] = 1;
        VEC_PUSH(s->task->work, s->out, key);
        return;
    }
    for (uint32_t turn = 1; s->candidates.count < POINTS_MOST; turn++) {
        VEC_PUSH(s->task->work, &s->candidates, key);
        if (turn >= s->per_entry)
            break;
        key = lonely_key(s->task, cube, own, turn * s->task->sets.width / s->per_entry, &alone);
        if (s->task->sets.full)
            return;
    }
}

static void all_entry_keys(struct point_search *s)
{
    struct keysets *sets = &s->task->sets;
    size_t count = s->cover->count;
    uint32_t *after = lang_xalloc((count + 1) * sizeof *after), before = KEYSET_NONE;
    for (size_t i = count; i-- > 0;)
        after[i] = keyset_or(sets, after[i + 1], keyset_cube(sets, s->cover->items[i]));
    for (size_t i = 0; i < count && !sets->full; i++) {
        uint32_t cube = keyset_cube(sets, s->cover->items[i]);
        uint32_t own = keyset_less(sets, keyset_and(sets, s->task->must, cube), before);
        own = keyset_less(sets, own, after[i + 1]);
        if (own != KEYSET_NONE && !sets->full)
            entry_keys(s, i, own);
        before = keyset_or(sets, before, cube);
    }
    free(after);
}

/* Is the key in an entry that has a key which is alone? */
static bool is_taken(const struct point_search *s, uint64_t key)
{
    for (size_t i = 0; i < s->cover->count; i++)
        if (s->has_alone[i] && cube_has_key(s->cover->items[i], key))
            return true;
    return false;
}

static int by_key(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

static void clean_candidates(struct point_search *s)
{
    struct point_list *list = &s->candidates;
    size_t kept = 0;
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_key);
    for (size_t i = 0; i < list->count; i++) {
        bool twin = kept && list->items[kept - 1] == list->items[i];
        if (!twin && !is_taken(s, list->items[i]))
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

/* --- a large set of candidates that exclude each other ------------------------------------------
 */

struct clique {
    const struct point_list *keys;
    uint32_t words;
    uint64_t *apart; /* bit j of row i: no entry matches both */
    uint32_t *best, nbest, *now, nnow;
    uint32_t steps;
};

/* Pairs that no steps are left for count as fitting together. */
static void compare_pairs(struct ternary_task *task, struct clique *c)
{
    uint64_t all = key_bits(task->sets.width);
    for (size_t i = 0; i < c->keys->count; i++)
        for (size_t k = i + 1; k < c->keys->count && task->sets.steps <= task->sets.max_steps;
             k++) {
            struct key_cube left = {c->keys->items[i], all}, right = {c->keys->items[k], all};
            if (!keyset_meets(&task->sets, task->off, cube_join(left, right)))
                continue;
            c->apart[i * c->words + k / 64] |= (uint64_t)1 << (k % 64);
            c->apart[k * c->words + i / 64] |= (uint64_t)1 << (i % 64);
        }
}

static uint32_t count_common(const struct clique *c, uint32_t key, const uint64_t *among)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < c->words; w++)
        for (uint64_t bits = c->apart[key * c->words + w] & among[w]; bits; bits &= bits - 1)
            count++;
    return count;
}

static bool among_has(const uint64_t *among, uint32_t key)
{
    return among[key / 64] >> (key % 64) & 1;
}

/* The candidate that leaves most others; count: none. */
static uint32_t best_candidate(const struct clique *c, const uint64_t *among, uint32_t *left)
{
    uint32_t best = (uint32_t)c->keys->count, most = 0;
    *left = 0;
    for (uint32_t key = 0; key < c->keys->count; key++) {
        if (!among_has(among, key))
            continue;
        uint32_t count = count_common(c, key, among) + 1;
        (*left)++;
        if (count > most) {
            most = count;
            best = key;
        }
    }
    return best;
}

/* Depth first, the most promising candidate first; ends with its steps. */
static void grow_clique(struct clique *c, const uint64_t *from)
{
    uint64_t *among = lang_xalloc(2 * c->words * sizeof *among), *below = among + c->words;
    uint32_t left, key;
    memcpy(among, from, c->words * sizeof *among);
    if (c->nnow > c->nbest) {
        c->nbest = c->nnow;
        memcpy(c->best, c->now, c->nnow * sizeof *c->now);
    }
    while ((key = best_candidate(c, among, &left)) < c->keys->count && c->nnow + left > c->nbest &&
           c->steps > 0) {
        c->steps -= c->steps < left ? c->steps : left;
        for (uint32_t w = 0; w < c->words; w++)
            below[w] = among[w] & c->apart[key * c->words + w];
        c->now[c->nnow++] = key;
        grow_clique(c, below);
        c->nnow--;
        among[key / 64] &= ~((uint64_t)1 << (key % 64));
    }
    free(among);
}

static void take_clique(struct point_search *s)
{
    size_t count = s->candidates.count;
    struct arena *work = s->task->work;
    struct clique c = {
        .keys = &s->candidates, .words = (uint32_t)(count / 64 + 1), .steps = POINTS_SEARCH};
    c.apart = ARENA_ARRAY(work, uint64_t, count * c.words + 1);
    c.best = ARENA_ARRAY(work, uint32_t, count + 1);
    c.now = ARENA_ARRAY(work, uint32_t, count + 1);
    uint64_t *all = ARENA_ARRAY(work, uint64_t, c.words);
    for (size_t i = 0; i < count; i++)
        all[i / 64] |= (uint64_t)1 << (i % 64);
    compare_pairs(s->task, &c);
    grow_clique(&c, all);
    for (uint32_t i = 0; i < c.nbest; i++)
        VEC_PUSH(work, s->out, s->candidates.items[c.best[i]]);
}

void ternary_points(struct ternary_task *task, const struct cube_list *cover,
                    const struct cover_matrix *matrix, struct point_list *out)
{
    struct point_search search = {.task = task, .cover = cover, .out = out};
    search.has_alone = ARENA_ARRAY(task->work, uint8_t, cover->count + 1);
    search.per_entry = cover->count * POINTS_PER_ENTRY > POINTS_MOST ? 1 : POINTS_PER_ENTRY;
    out->count = 0;
    all_entry_keys(&search);
    for (uint32_t r = 0; matrix && r < matrix->nrows && r < POINTS_MOST; r++)
        VEC_PUSH(task->work, &search.candidates, matrix->points[r]);
    clean_candidates(&search);
    if (search.candidates.count)
        take_clique(&search);
}
