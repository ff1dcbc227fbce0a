/* How many ternary entries a program needs at least. */
#include "compiler/analysis/ternary.h"
#include "compiler/target/cost_internal.h"

struct cost_keys {
    const struct pol_table *table;
    struct arena arena;
    struct keysets sets;
};

/* Keys in which one level has inputs that it cannot have. */
static uint32_t impossible(struct cost_keys *keys, const struct pol_prt_level *level)
{
    struct keysets *sets = &keys->sets;
    uint32_t bits = hw_bits(level->width ? level->width - 1 : 0), possible = KEYSET_NONE;
    uint32_t *inputs = ARENA_ARRAY(&keys->arena, uint32_t, cost_level_room(level));
    uint32_t n = cost_level_inputs(keys->table, level, inputs);
    for (uint32_t i = 0; i < n; i++) {
        struct key_cube cube = {(uint64_t)inputs[i] << level->base, key_bits(bits) << level->base};
        possible = keyset_or(sets, possible, keyset_cube(sets, cube));
    }
    return keyset_less(sets, KEYSET_ALL, possible);
}

static uint64_t wide(const uint32_t words[2])
{
    return words[0] | (uint64_t)words[1] << 32;
}

/* Keys of each state, numbered in the order in which the entries name them. */
static uint32_t collect(struct cost_keys *keys, const struct pol_prt_program *p, uint32_t *on)
{
    uint32_t *number = ARENA_ARRAY(&keys->arena, uint32_t, p->nactions + (size_t)1), n = 0;
    for (uint32_t i = 0; i < p->dense_size; i++) {
        const struct pol_prt_ternary *e = &keys->table->ternary[p->dense_base + i];
        struct key_cube cube = {wide(e->value), wide(e->mask)};
        if (!number[e->state])
            number[e->state] = ++n;
        uint32_t *set = &on[number[e->state] - 1];
        *set = keyset_or(&keys->sets, *set, keyset_cube(&keys->sets, cube));
    }
    return n;
}

static uint32_t lower_bound(const struct cost *cost, uint32_t program)
{
    const struct pol_prt_program *p = &cost->table->programs[program];
    struct cost_keys keys = {.table = cost->table};
    uint32_t lower = 0, width = cost->programs[program].rows.key_bits;
    if (width == 0)
        return p->dense_size; /* a key of no bits: one entry or none */
    arena_init(&keys.arena);
    keysets_init(&keys.sets, &keys.arena, width, TERNARY_MAX_NODES, TERNARY_MAX_STEPS);
    uint32_t *on = ARENA_ARRAY(&keys.arena, uint32_t, p->nactions + (size_t)1);
    struct ternary_problem problem = {
        .sets = &keys.sets, .on = on, .nactions = collect(&keys, p, on), .dontcare = KEYSET_NONE};
    for (uint32_t k = 0; k < p->nlevels; k++)
        problem.dontcare = keyset_or(&keys.sets, problem.dontcare,
                                     impossible(&keys, &keys.table->levels[p->first_level + k]));
    if (!keys.sets.full) {
        const struct ternary_cover *cover = ternary_minimise(&keys.arena, &problem);
        lower = cover->status == TERNARY_OK ? cover->lower : 0;
    }
    arena_free(&keys.arena);
    return lower;
}

void cost_bounds(struct cost *cost)
{
    cost->rows.entries_lower = 0;
    for (uint32_t i = 0; i < cost->nprograms; i++) {
        struct cost_program *p = &cost->programs[i];
        if (!p->rows.entries || !p->opclasses)
            continue;
        p->rows.entries_lower = lower_bound(cost, i);
        cost->rows.entries_lower += p->rows.entries_lower;
    }
}
