/* Entries of different actions that match no key in common.
 *
 * Covers are made action by action, so that two may reach for the same keys that cannot occur.
 * Those that do shrink to what they need; then one after the other takes what no other one matches.
 * Where entries meet even so, the action is covered anew around the others. */
#include "compiler/analysis/ternary_internal.h"

#include <stdlib.h>

struct parting {
    struct minimiser *m;
    uint8_t *touched; /* per action: its entries meet another's */
};

static bool cubes_meet(struct key_cube left, struct key_cube right)
{
    return ((left.value ^ right.value) & left.mask & right.mask) == 0;
}

static bool covers_meet(const struct cube_list *left, const struct cube_list *right)
{
    for (size_t i = 0; i < left->count; i++)
        for (size_t k = 0; k < right->count; k++)
            if (cubes_meet(left->items[i], right->items[k]))
                return true;
    return false;
}

/* Does a cover meet that of any other action? */
static bool meets_others(const struct parting *p, uint32_t action)
{
    for (uint32_t a = 0; a < p->m->problem->nactions; a++)
        if (a != action && covers_meet(&p->m->covers[action], &p->m->covers[a]))
            return true;
    return false;
}

static bool find_touched(struct parting *p)
{
    bool some = false;
    for (uint32_t a = 0; a < p->m->problem->nactions; a++) {
        p->touched[a] = meets_others(p, a);
        some |= p->touched[a];
    }
    return some;
}

static void store(struct minimiser *m, uint32_t action, const struct cube_list *cover)
{
    m->nentries += (uint32_t)cover->count - (uint32_t)m->covers[action].count;
    m->covers[action].count = 0;
    for (size_t i = 0; i < cover->count; i++)
        VEC_PUSH(m->arena, &m->covers[action], cover->items[i]);
}

static void copy(struct arena *arena, struct cube_list *to, const struct cube_list *from)
{
    for (size_t i = 0; i < from->count; i++)
        VEC_PUSH(arena, to, from->items[i]);
}

static bool shrink(struct parting *p, uint32_t action, struct ternary_task *task)
{
    struct cube_list cover = {0};
    copy(task->work, &cover, &p->m->covers[action]);
    if (!ternary_reduce(task, &cover))
        return false;
    store(p->m, action, &cover);
    return true;
}

/* What the others match is forbidden. */
static bool forbid_others(struct parting *p, uint32_t action, struct ternary_task *task)
{
    struct keysets *sets = &task->sets;
    uint32_t others = KEYSET_NONE;
    for (uint32_t a = 0; a < p->m->problem->nactions; a++)
        for (size_t i = 0; a != action && i < p->m->covers[a].count; i++) {
            struct key_cube cube = p->m->covers[a].items[i];
            if (keyset_meets(sets, task->may, cube))
                others = keyset_or(sets, others, keyset_cube(sets, cube));
        }
    task->off = keyset_or(sets, task->off, others);
    task->may = keyset_less(sets, task->may, others);
    return !sets->full;
}

static bool grow(struct parting *p, uint32_t action, struct ternary_task *task)
{
    struct ternary_attempt attempt = {0};
    bool meets = meets_others(p, action);
    if (!forbid_others(p, action, task))
        return false;
    if (meets) {
        if (ternary_solve(p->m, task, &attempt) != TERNARY_OK)
            return false;
    } else {
        copy(task->work, &attempt.cover, &p->m->covers[action]);
        if (!ternary_expand(task, 0, &attempt.cover) || !ternary_irredundant(task, &attempt.cover))
            return false;
    }
    store(p->m, action, &attempt.cover);
    return true;
}

static void for_touched(struct parting *p,
                        bool (*step)(struct parting *, uint32_t, struct ternary_task *))
{
    struct minimiser *m = p->m;
    for (uint32_t a = 0; a < m->problem->nactions && m->out->status == TERNARY_OK; a++) {
        struct arena work;
        struct ternary_task task = {.work = &work};
        if (!p->touched[a])
            continue;
        arena_init(&work);
        m->out->action = a;
        if (!ternary_start(m, a, &task) || !step(p, a, &task))
            m->out->status = TERNARY_WORK;
        m->out->steps += task.sets.steps;
        arena_free(&work);
    }
}

void ternary_part(struct minimiser *m)
{
    struct parting parting = {m, lang_xalloc(m->problem->nactions + (size_t)1)};
    if (m->problem->dontcare != KEYSET_NONE && find_touched(&parting)) {
        uint32_t before;
        for_touched(&parting, shrink);
        for_touched(&parting, grow);
        do { /* where an entry went away, another one may have room to grow */
            before = m->nentries;
            for_touched(&parting, grow);
        } while (m->nentries < before && m->out->status == TERNARY_OK);
    }
    free(parting.touched);
}
