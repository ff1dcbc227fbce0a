/* Which values an argument takes that a program compares. */
#include <stdlib.h>

#include "compiler/gen/internal.h"
#include "compiler/gen/rows.h"

/* Levels that sort an argument into classes, and the values at the edges of these. */
struct edges {
    uint32_t nlevels, *levels;
    uint32_t n, *at;          /* ascending */
    uint32_t ngroups, *group; /* by edge: edges that all levels put into one class */
};

/* ---- Edges ----------------------------------------------------------------------------------- */

static bool sorts(const struct view *v, uint32_t level, unsigned set, uint32_t slot)
{
    const struct pol_prt_level *l = v->levels[level].level;
    return l->kind == POL_LEVEL_VALUE && l->operand == set && l->slot == slot &&
           (v->plain || v->levels[level].nclasses > 1);
}

static uint32_t count_bounds(const struct view *v, const struct edges *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->nlevels; i++)
        n += v->levels[e->levels[i]].level->value;
    return n;
}

static void add_edge(struct edges *e, uint64_t value, uint64_t limit)
{
    if (value < limit)
        e->at[e->n++] = (uint32_t)value;
}

static int compare_edges(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_edges(struct edges *e)
{
    uint32_t n = 0;
    qsort(e->at, e->n, sizeof *e->at, compare_edges);
    for (uint32_t i = 0; i < e->n; i++)
        if (n == 0 || e->at[n - 1] != e->at[i])
            e->at[n++] = e->at[i];
    e->n = n;
}

/* Both ends of every class: each bound and what is before it, the smallest and the largest value.
 */
static void find_edges(struct arena *arena, const struct view *v, struct edges *e, uint64_t limit)
{
    e->at = ARENA_ARRAY(arena, uint32_t, 2 * ((size_t)count_bounds(v, e) + 1));
    add_edge(e, 0, limit);
    add_edge(e, limit - 1, limit);
    for (uint32_t i = 0; i < e->nlevels; i++) {
        const struct pol_prt_level *l = v->levels[e->levels[i]].level;
        for (uint32_t k = 0; k < l->value; k++) {
            uint64_t bound = v->t->maps[l->map + k];
            add_edge(e, bound, limit);
            add_edge(e, bound - 1, limit); /* wraps for 0, beyond every limit */
        }
    }
    sort_edges(e);
}

static void group_edges(struct arena *arena, const struct view *v, struct edges *e)
{
    struct rows rows;
    uint32_t *classes = ARENA_ARRAY(arena, uint32_t, e->nlevels + (size_t)1);
    rows_init(&rows, arena, e->nlevels);
    e->group = ARENA_ARRAY(arena, uint32_t, e->n + (size_t)1);
    for (uint32_t i = 0; i < e->n; i++) {
        for (uint32_t k = 0; k < e->nlevels; k++)
            classes[k] = view_class(v, e->levels[k], e->at[i]);
        e->group[i] = rows_intern(&rows, classes);
    }
    e->ngroups = rows.count;
}

/* No edge where no level sorts the argument. */
static struct edges edges_of(struct arena *arena, const struct view *v, unsigned set, uint32_t slot,
                             uint64_t limit)
{
    struct edges e = {.levels = ARENA_ARRAY(arena, uint32_t, v->nlevels + (size_t)1)};
    for (uint32_t k = 0; k < v->nlevels; k++)
        if (sorts(v, k, set, slot))
            e.levels[e.nlevels++] = k;
    if (e.nlevels) {
        find_edges(arena, v, &e, limit);
        group_edges(arena, v, &e);
    }
    return e;
}

/* ---- Axes ------------------------------------------------------------------------------------ */

/* Members of each class, one class after the other. */
static void add_classes(struct arena *arena, struct axis *axis, const struct edges *e)
{
    uint32_t n = 0;
    axis->first = ARENA_ARRAY(arena, uint32_t, e->ngroups + (size_t)1);
    axis->member = ARENA_ARRAY(arena, uint32_t, e->n + (size_t)1);
    axis->nclasses = e->ngroups;
    for (uint32_t group = 0; group < e->ngroups; group++) {
        for (uint32_t i = 0; i < e->n; i++)
            if (e->group[i] == group)
                axis->member[n++] = e->at[i];
        axis->first[group + 1] = n;
    }
}

static void add_value(struct axis *axis, uint32_t value)
{
    for (uint32_t i = 0; i < axis->n; i++)
        if (axis->code[i] == value)
            return;
    axis->code[axis->n++] = value;
}

/* A value of each class, then the other edges, then what relations tell apart, all of a small type
 * whose values have names, and what the policy names. */
static void add_values(struct gen_tuples *g, struct axis *axis, const struct edges *e,
                       const struct gen_told *told, const struct pol_tag_arg *arg)
{
    enum { SMALL_TYPE = 24 };
    uint64_t limit = arg->limit, all = arg->values && limit <= SMALL_TYPE ? limit : 0;
    axis->code =
        ARENA_ARRAY(&g->arena, uint32_t, e->n + (size_t)told->n + SMALL_TYPE + GEN_MAX_VALUES + 1);
    for (uint32_t i = 0; i < e->ngroups; i++)
        add_value(axis, axis->member[axis->first[i]]);
    for (uint32_t i = 0; i < e->n; i++)
        add_value(axis, e->at[i]);
    for (uint32_t i = 0; i < told->n; i++)
        if (told->at[i] < limit)
            add_value(axis, told->at[i]);
    for (uint64_t value = 0; value < all; value++)
        add_value(axis, (uint32_t)value);
    axis->ncodes = axis->n;
    for (uint32_t i = 0; i < g->values->n; i++)
        if (g->values->at[i] < limit)
            add_value(axis, g->values->at[i]);
    axis->n = axis->n ? axis->n : 1; /* code[0] is 0, which every type has */
}

void gen_add_argument_axis(struct gen_tuples *g, const struct view *v, unsigned set, uint32_t arg)
{
    uint32_t tag = g->tag_of_arg[arg], k = g->arg_in_tag[arg];
    const struct pol_tag_arg *info = &g->space->tags[tag].args[k];
    struct axis axis = {.mode = BY_CODE, .set = set, .tag = tag, .arg = k};
    axis.kind = info->is_set ? AXIS_SET : AXIS_NUMBER;
    axis.n = info->is_set ? 4 : 0;
    if (!info->is_set) {
        uint32_t slot = g->t->args[arg].slot;
        struct edges e = edges_of(&g->arena, v, set, slot, info->limit);
        struct gen_told told = {0};
        gen_told_apart(v, set, slot, &told);
        add_classes(&g->arena, &axis, &e);
        add_values(g, &axis, &e, &told, info);
    }
    VEC_PUSH(&g->arena, &g->inner, axis);
}

/* ---- Limits ---------------------------------------------------------------------------------- */

/* Values that each of `n` arguments takes: their combinations must stay few. */
static uint32_t values_of(size_t n)
{
    return n <= 1 ? 64 : n == 2 ? 24 : 8;
}

/* No class is left out; the edges of a class take turns where there are too many. */
static void limit_axis(struct axis *axis, uint32_t limit)
{
    if (axis->kind != AXIS_NUMBER || axis->n <= limit)
        return;
    axis->n = axis->nclasses > limit ? axis->nclasses : limit;
    axis->mode = axis->n < axis->ncodes ? BY_CLASS : BY_CODE;
}

void gen_limit_values(struct gen_tuples *g)
{
    for (size_t i = 0; i < g->inner.count; i++)
        limit_axis(&g->inner.items[i], values_of(g->inner.count));
}
