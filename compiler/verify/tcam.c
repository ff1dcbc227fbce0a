/* Ternary entries: which of them an input leaves, level by level.
 *
 * A set of entries plays the part of a state.  Entries that are alike from a level on stand for
 * each other, so that there are about as many sets as states of a chain. */
#include <stdlib.h>
#include <string.h>

#include "compiler/verify/decide.h"

static uint64_t both_words(const uint32_t *words)
{
    return (uint64_t)words[1] << 32 | words[0];
}

static const struct pol_prt_ternary *entry_at(const struct walk *w, uint32_t id)
{
    return &w->v->t->ternary[w->p->dense_base + id];
}

/* The largest input that fits the bits of a level. */
static uint64_t largest_input(const struct pol_prt_level *l)
{
    uint64_t inputs = 1;
    while (inputs < l->width)
        inputs *= 2;
    return inputs - 1;
}

/* The bits of the key that hold a level's input. */
static uint64_t level_bits(const struct pol_prt_level *l)
{
    return largest_input(l) << l->base;
}

static bool refuse(struct walk *w, const char *why)
{
    return vf_fail(w->v, "%s, opclass %s: %s", w->v->ir->deciders[w->d->decider].name,
                   w->v->ir->opclasses[w->opclass].name, why);
}

static bool check_key(struct walk *w, uint64_t *key)
{
    *key = 0;
    for (uint32_t k = 0; k < w->nlevels; k++) {
        const struct pol_prt_level *l = w->levels[k].l;
        if (l->base >= 64 || largest_input(l) > UINT64_MAX >> l->base || (level_bits(l) & *key))
            return refuse(w, "inputs of the key overlap, or lie beyond 64 bits");
        *key |= level_bits(l);
    }
    return (uint64_t)w->p->dense_base + w->p->dense_size <= w->v->t->n_ternary ||
           refuse(w, "no such entries");
}

/* --- likeness -----------------------------------------------------------------------------------
 */

struct rest {
    uint64_t mask, value;
    uint32_t state;
};

/* For each entry the first one that looks at the rest of the key alike and gives the same. */
static uint32_t *find_alike(struct walk *w, uint64_t rest)
{
    struct arena work;
    arena_init(&work);
    struct vf_keys *keys = vf_keys_new(&work);
    uint32_t *first = ARENA_ARRAY(&work, uint32_t, w->p->dense_size + 1);
    uint32_t *alike = ARENA_ARRAY(&w->arena, uint32_t, w->p->dense_size + 1);
    for (uint32_t i = 0; i < w->p->dense_size; i++) {
        const struct pol_prt_ternary *e = entry_at(w, i);
        struct rest key;
        bool added;
        memset(&key, 0, sizeof key); /* padding is hashed too */
        key.mask = both_words(e->mask) & rest;
        key.value = both_words(e->value) & rest;
        key.state = e->state;
        uint32_t number = vf_keys_add(keys, &key, sizeof key, &added);
        if (added)
            first[number] = i;
        alike[i] = first[number];
    }
    arena_free(&work);
    return alike;
}

/* --- sets ---------------------------------------------------------------------------------------
 */

static uint32_t intern_set(struct walk *w, const uint32_t *ids, uint32_t n)
{
    bool added;
    uint32_t number = vf_keys_add(w->tcam.numbers, ids, n * sizeof *ids, &added);
    if (added) {
        uint32_t *copy = ARENA_ARRAY(&w->arena, uint32_t, n + 1);
        if (n)
            memcpy(copy, ids, n * sizeof *ids);
        struct entries set = {copy, n};
        VEC_PUSH(&w->arena, &w->tcam.sets, set);
    }
    return number;
}

/* What is decided: an entry that looks at no more of the key, and no other says otherwise. */
static uint32_t decided(const struct walk *w, const uint32_t *ids, uint32_t n, uint64_t rest)
{
    uint32_t sure = POL_NONE;
    for (uint32_t i = 0; i < n; i++) {
        const struct pol_prt_ternary *e = entry_at(w, ids[i]);
        if (e->state != entry_at(w, ids[0])->state)
            return POL_NONE;
        if ((both_words(e->mask) & rest) == 0 && sure == POL_NONE)
            sure = ids[i];
    }
    return sure;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Keeps, of the ids in the scratch space, one of those that are alike after the level. */
static uint32_t finish_set(struct walk *w, uint32_t level, uint32_t n, uint64_t rest)
{
    uint32_t *ids = w->tcam.scratch, *seen = ids + w->p->dense_size, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = w->tcam.alike[level][ids[i]];
        if (!seen[id])
            ids[kept++] = id;
        seen[id] = 1;
    }
    for (uint32_t i = 0; i < kept; i++)
        seen[ids[i]] = 0;
    qsort(ids, kept, sizeof *ids, ascending);
    uint32_t sure = decided(w, ids, kept, rest);
    return sure == POL_NONE ? intern_set(w, ids, kept) : intern_set(w, &sure, 1);
}

static uint64_t rest_after(const struct walk *w, uint32_t level)
{
    uint64_t rest = 0;
    for (uint32_t k = level + 1; k < w->nlevels; k++)
        rest |= level_bits(w->levels[k].l);
    return rest;
}

bool vf_tcam_prepare(struct walk *w)
{
    uint64_t key;
    uint32_t n = 0;
    if (!check_key(w, &key))
        return false;
    w->tcam.numbers = vf_keys_new(&w->arena);
    w->tcam.steps = vf_keys_new(&w->arena);
    w->tcam.scratch = ARENA_ARRAY(&w->arena, uint32_t, 2 * (size_t)w->p->dense_size + 1);
    w->tcam.alike = ARENA_ARRAY(&w->arena, uint32_t *, w->nlevels + 1);
    for (uint32_t k = 0; k < w->nlevels; k++)
        w->tcam.alike[k] = find_alike(w, rest_after(w, k));
    for (uint32_t i = 0; i < w->p->dense_size; i++) {
        const struct pol_prt_ternary *e = entry_at(w, i);
        uint64_t value = both_words(e->value);
        VF_COVER(w->v, ternary, w->p->dense_base + i);
        if ((value & ~both_words(e->mask)) == 0 && (value & ~key) == 0) /* else it never matches */
            w->tcam.scratch[n++] = i;
    }
    return intern_set(w, w->tcam.scratch, n) == 0;
}

static uint32_t match_set(struct walk *w, uint32_t level, uint32_t set, uint32_t input)
{
    const struct pol_prt_level *l = w->levels[level].l;
    const struct entries from = w->tcam.sets.items[set];
    uint64_t bits = level_bits(l), key = (uint64_t)input << l->base;
    uint32_t n = 0;
    w->looks += from.n;
    for (uint32_t i = 0; i < from.n; i++) {
        const struct pol_prt_ternary *e = entry_at(w, from.ids[i]);
        if (((key ^ both_words(e->value)) & both_words(e->mask) & bits) == 0)
            w->tcam.scratch[n++] = from.ids[i];
    }
    return finish_set(w, level, n, rest_after(w, level));
}

bool vf_tcam_next(struct walk *w, uint32_t level, uint32_t set, uint32_t input, uint32_t *next)
{
    uint32_t step[3] = {level, set, input};
    bool added;
    if (input >= w->levels[level].l->width)
        return false;
    uint32_t number = vf_keys_add(w->tcam.steps, step, sizeof step, &added);
    if (added) {
        uint32_t found = match_set(w, level, set, input);
        VEC_PUSH(&w->arena, &w->tcam.next, found);
    }
    *next = w->tcam.next.items[number];
    return true;
}

bool vf_tcam_state(const struct walk *w, uint32_t set, uint32_t *state)
{
    const struct entries e = w->tcam.sets.items[set];
    *state = e.n ? entry_at(w, e.ids[0])->state : w->p->start;
    for (uint32_t i = 1; i < e.n; i++)
        if (entry_at(w, e.ids[i])->state != *state)
            return false;
    return true;
}
