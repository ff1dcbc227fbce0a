/* Minimising, action by action; see ternary.h. */
#include <stdlib.h>
#include <string.h>
#include "compiler/analysis/ternary_internal.h"

/* Beyond TERNARY_EXACT_WIDTH bits, what is tried for one action before rounds of improvement. */
#define EXACT_PRIMES 400u
#define EXACT_ROWS 1024u
#define EXACT_STEPS (1ull << 22)
/* Up to it: no limit that a function of so few bits can reach, but for the search's. */
#define SMALL_PRIMES 6561u /* 3^8 */
#define SMALL_ROWS 256u
#define SMALL_STEPS (1ull << 30)
/* Of each part that may fail, in steps of the sets, and of all these parts together. */
#define PART_STEPS (1ull << 22)
#define SMALL_PART_STEPS (1ull << 28)
#define SPARE_STEPS (1ull << 26)
#define SWALLOW_STEPS (1ull << 22)

/* Sets what the next part may use; what was exceeded before is forgotten. */
static void allow_steps(struct ternary_task *task, uint64_t steps)
{
    task->sets.full = false;
    task->sets.max_steps = task->sets.steps + steps;
    task->sets.max_nodes = (uint32_t)task->sets.count + TERNARY_MAX_NODES / 4;
    task->swallow_steps = task->sets.steps + SWALLOW_STEPS;
}

/* The same for a part that may fail. */
static void allow_part(const struct minimiser *m, struct ternary_task *task)
{
    uint64_t steps = m->spare_steps < PART_STEPS ? m->spare_steps : PART_STEPS;
    bool small = task->sets.width <= TERNARY_EXACT_WIDTH;
    allow_steps(task, small ? SMALL_PART_STEPS : steps);
    task->part_began = task->sets.steps;
}

static void end_part(struct minimiser *m, const struct ternary_task *task)
{
    uint64_t steps = task->sets.steps - task->part_began;
    m->spare_steps -= steps < m->spare_steps ? steps : m->spare_steps;
}

bool ternary_start(struct minimiser *m, uint32_t action, struct ternary_task *task)
{
    struct keysets *sets = &task->sets, *from = m->problem->sets;
    keysets_init(sets, task->work, from->width, TERNARY_MAX_NODES,
                 m->base_steps < m->max_steps ? m->max_steps - m->base_steps : 0);
    task->swallow_steps = SWALLOW_STEPS;
    uint32_t on = keyset_import(sets, from, m->problem->on[action]);
    uint32_t dontcare = keyset_import(sets, from, m->problem->dontcare);
    task->must = keyset_less(sets, on, dontcare);
    task->may = keyset_or(sets, on, dontcare);
    task->off = keyset_less(sets, KEYSET_ALL, task->may);
    return !sets->full;
}

static uint32_t max_entries(const struct minimiser *m)
{
    return m->problem->max_entries ? m->problem->max_entries : TERNARY_MAX_ENTRIES;
}

static uint32_t entries_left(const struct minimiser *m)
{
    uint32_t most = max_entries(m);
    return m->nentries < most ? most - m->nentries : 0;
}

/* A prime and irredundant cover, or the status that says why not. */
static enum ternary_status base_cover(struct minimiser *m, struct ternary_task *task,
                                      struct ternary_attempt *a)
{
    /* Covers shrink: what is too much at first need not be so at the end. */
    size_t most = 4 * (size_t)entries_left(m) + 64;
    if (!ternary_first_cover(task, most, &a->cover))
        return task->sets.full ? TERNARY_WORK : TERNARY_ENTRIES;
    if (!ternary_expand(task, 0, &a->cover) || !ternary_irredundant(task, &a->cover))
        return TERNARY_WORK;
    return TERNARY_OK;
}

/* Places of the cover's entries among the primes; 0 when one is missing. */
static uint32_t find_columns(const struct cube_list *primes, const struct cube_list *cover,
                             uint32_t *columns)
{
    uint32_t found = 0;
    for (size_t i = 0; i < cover->count; i++)
        for (size_t c = 0; c < primes->count; c++)
            if (primes->items[c].value == cover->items[i].value &&
                primes->items[c].mask == cover->items[i].mask) {
                columns[found++] = (uint32_t)c;
                break;
            }
    return found == cover->count ? found : 0;
}

/* Keys of few bits whose cover could have few entries: searches on until that is known. */
static void insist(struct ternary_attempt *a, uint32_t *chosen, uint32_t *nchosen)
{
    uint64_t steps = SMALL_STEPS;
    uint32_t below = *nchosen > TERNARY_EXACT_ENTRIES ? TERNARY_EXACT_ENTRIES + 1 : UINT32_MAX;
    bool complete = ternary_select(&a->matrix, below, chosen, nchosen, &steps);
    a->proven = complete && *nchosen < below;
    if (complete && !a->proven)
        a->at_least = below;
}

/* Searches all primes, where they are few. */
static void try_exact(struct minimiser *m, struct ternary_task *task, struct ternary_attempt *a)
{
    bool small = task->sets.width <= TERNARY_EXACT_WIDTH;
    uint64_t steps = EXACT_STEPS;
    struct cube_list primes = {0};
    allow_part(m, task);
    bool known = ternary_primes(task, small ? SMALL_PRIMES : EXACT_PRIMES, &primes) &&
                 ternary_rows(task, &primes, small ? SMALL_ROWS : EXACT_ROWS, &a->matrix);
    end_part(m, task);
    if (!known)
        return;
    a->has_matrix = true;
    uint32_t *chosen = ARENA_ARRAY(task->work, uint32_t, primes.count + 1);
    uint32_t nchosen = find_columns(&primes, &a->cover, chosen);
    a->proven = ternary_select(&a->matrix, UINT32_MAX, chosen, &nchosen, &steps);
    if (!a->proven && small && a->points.count <= TERNARY_EXACT_ENTRIES)
        insist(a, chosen, &nchosen);
    if (nchosen < a->cover.count) {
        a->cover.count = 0;
        for (uint32_t i = 0; i < nchosen; i++)
            VEC_PUSH(task->work, &a->cover, primes.items[chosen[i]]);
    }
}

static void find_points(struct minimiser *m, struct ternary_task *task, struct ternary_attempt *a)
{
    allow_part(m, task);
    ternary_points(task, &a->cover, a->has_matrix ? &a->matrix : NULL, &a->points);
    end_part(m, task);
    a->proven = a->proven || a->points.count == a->cover.count;
}

enum ternary_status ternary_solve(struct minimiser *m, struct ternary_task *task,
                                  struct ternary_attempt *a)
{
    enum ternary_status status = base_cover(m, task, a);
    m->base_steps += task->sets.steps;
    if (status != TERNARY_OK)
        return status;
    find_points(m, task, a);
    if (a->proven)
        return TERNARY_OK;
    try_exact(m, task, a);
    if (!a->proven) {
        allow_part(m, task);
        ternary_improve(task, &a->cover);
        end_part(m, task);
    }
    /* A search that ran out of steps can end with an entry too much. */
    allow_steps(task, TERNARY_MAX_STEPS);
    if (!ternary_irredundant(task, &a->cover))
        return TERNARY_WORK;
    find_points(m, task, a);
    return TERNARY_OK;
}

static int by_key(const void *left, const void *right)
{
    const struct key_cube *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->mask < b->mask ? -1 : a->mask > b->mask;
}

static void keep(struct minimiser *m, uint32_t action, struct ternary_attempt *a)
{
    struct ternary_action *result = &m->out->actions[action];
    result->nentries = (uint32_t)a->cover.count;
    result->first_point = (uint32_t)m->points.count;
    result->clique = (uint32_t)a->points.count;
    result->lower = a->at_least > result->clique ? a->at_least : result->clique;
    if (a->proven)
        result->lower = result->nentries;
    for (size_t i = 0; i < a->cover.count; i++)
        VEC_PUSH(m->arena, &m->covers[action], a->cover.items[i]);
    for (size_t i = 0; i < a->points.count; i++)
        VEC_PUSH(m->arena, &m->points, a->points.items[i]);
    m->nentries += result->nentries;
    m->out->lower += result->lower;
}

static enum ternary_status minimise_action(struct minimiser *m, uint32_t action)
{
    struct arena work;
    struct ternary_attempt attempt = {0};
    struct ternary_task task = {.work = &work};
    arena_init(&work);
    enum ternary_status status =
        ternary_start(m, action, &task) ? ternary_solve(m, &task, &attempt) : TERNARY_WORK;
    if (status == TERNARY_OK && attempt.cover.count > entries_left(m))
        status = TERNARY_ENTRIES;
    m->out->steps += task.sets.steps;
    if (status == TERNARY_OK)
        keep(m, action, &attempt);
    arena_free(&work);
    return status;
}

/* What the actions from `first` on can meet; two of them that share a key are an overlap. */
static uint32_t join_actions(struct minimiser *m, struct keysets *sets, uint32_t dontcare,
                             uint32_t first, uint32_t count)
{
    const struct ternary_problem *p = m->problem;
    if (count == 0)
        return KEYSET_NONE;
    if (count == 1)
        return keyset_less(sets, keyset_import(sets, p->sets, p->on[first]), dontcare);
    uint32_t low = join_actions(m, sets, dontcare, first, count / 2);
    uint32_t high = join_actions(m, sets, dontcare, first + count / 2, count - count / 2);
    if (m->out->status != TERNARY_OK)
        return KEYSET_NONE;
    m->out->action = first + count / 2;
    if (keyset_and(sets, low, high) != KEYSET_NONE)
        m->out->status = TERNARY_OVERLAP;
    return keyset_or(sets, low, high);
}

static void check_overlap(struct minimiser *m)
{
    const struct ternary_problem *p = m->problem;
    struct arena work;
    struct keysets sets;
    arena_init(&work);
    keysets_init(&sets, &work, p->sets->width, TERNARY_MAX_NODES, m->max_steps);
    join_actions(m, &sets, keyset_import(&sets, p->sets, p->dontcare), 0, p->nactions);
    if (sets.full)
        m->out->status = TERNARY_WORK;
    m->base_steps = m->out->steps = sets.steps;
    arena_free(&work);
}

/* The entries of all actions side by side, each action's by value. */
static void emit(struct minimiser *m)
{
    struct ternary_cover *out = m->out;
    VEC_OF(struct key_cube) entries = {0};
    for (uint32_t a = 0; a < m->problem->nactions; a++) {
        struct cube_list *cover = &m->covers[a];
        struct ternary_action *result = &out->actions[a];
        result->first_entry = (uint32_t)entries.count;
        result->nentries = (uint32_t)cover->count;
        result->optimal = result->lower == result->nentries;
        if (cover->count)
            qsort(cover->items, cover->count, sizeof *cover->items, by_key);
        for (size_t i = 0; i < cover->count; i++)
            VEC_PUSH(m->arena, &entries, cover->items[i]);
    }
    out->entries = entries.items;
    out->nentries = (uint32_t)entries.count;
    out->points = m->points.items;
    out->npoints = (uint32_t)m->points.count;
}

struct ternary_cover *ternary_minimise(struct arena *arena, const struct ternary_problem *problem)
{
    struct minimiser m = {.arena = arena, .problem = problem};
    m.out = ARENA_NEW(arena, struct ternary_cover);
    m.out->actions = ARENA_ARRAY(arena, struct ternary_action, problem->nactions + 1);
    m.covers = ARENA_ARRAY(arena, struct cube_list, problem->nactions + 1);
    m.spare_steps = SPARE_STEPS;
    m.max_steps = problem->max_steps ? problem->max_steps : TERNARY_MAX_STEPS;
    check_overlap(&m);
    for (uint32_t a = 0; a < problem->nactions && m.out->status == TERNARY_OK; a++) {
        m.out->action = a;
        m.out->status = minimise_action(&m, a);
    }
    if (m.out->status == TERNARY_OK && problem->apart)
        ternary_part(&m);
    if (m.out->status == TERNARY_OK && m.nentries > max_entries(&m))
        m.out->status = TERNARY_ENTRIES;
    emit(&m);
    return m.out;
}
