/* Classes of values: levels that look at an argument by intervals.
 *
 * The first level on a lane decides all comparisons of the lane with constants, on each interval;
 * where more levels follow, what they can still tell apart is remembered, so that all see the same
 * value. */
#include <stdlib.h>
#include <string.h>

#include "compiler/verify/decide.h"

/* --- comparisons with constants -----------------------------------------------------------------
 */

/* Is the atom a comparison of a lane with a constant? */
static bool test_of(const struct sym *s, uint32_t var, struct value_test *test)
{
    const struct sym_term *t = &s->terms[var & ~SYM_ATOM];
    if (t->kind != SYM_EQ && t->kind != SYM_LT)
        return false;
    const struct sym_term *a = &s->terms[t->a], *b = &s->terms[t->b];
    bool swapped = a->kind == SYM_CONST;
    const struct sym_term *lane = swapped ? b : a, *constant = swapped ? a : b;
    if (lane->kind != SYM_LANE || constant->kind != SYM_CONST)
        return false;
    uint64_t c = (uint64_t)constant->value; /* others are decided by the range of the lane */
    test->var = var;
    test->lane = SYM_LEAF | (swapped ? t->b : t->a);
    test->from = t->kind == SYM_LT && swapped ? c + 1 : c;
    test->to = t->kind == SYM_EQ ? c + 1 : 0;
    test->limit = (uint64_t)UINT32_MAX + 1;
    return true;
}

struct search {
    struct decider_rules *d;
    struct arena work;
    struct vf_keys *seen;
    VEC_OF(struct value_test) found;
};

static void search_tests(struct search *x, uint32_t ref)
{
    const struct sym *s = &x->d->sym;
    bool added;
    if (sym_is_leaf(ref))
        return;
    (void)vf_keys_add(x->seen, &ref, sizeof ref, &added);
    if (!added)
        return;
    const struct sym_node *node = &s->nodes[ref];
    uint32_t var = node->var;
    (void)vf_keys_add(x->seen, &var, sizeof var, &added); /* atoms are above all references */
    struct value_test test;
    if (added && test_of(s, var, &test))
        VEC_PUSH(&x->d->v->arena, &x->found, test);
    for (uint32_t i = 0; i < 2; i++)
        search_tests(x, s->children[node->first + i]);
}

/* One more than the lane can hold where the rule's tags are: the largest value of the argument that
 * it reads there. */
static uint64_t limit_of(const struct decider_rules *d, uint32_t rule, uint32_t leaf)
{
    const struct vf *v = d->v;
    const struct sym_term *lane = &d->sym.terms[leaf & ~SYM_LEAF];
    const struct ir_cond *cond = &v->ir->deciders[d->decider].rules[rule].cond[lane->a];
    for (uint32_t i = v->lane_first[lane->b]; i < v->lane_first[lane->b + 1]; i++)
        for (uint32_t k = 0; k < cond->nrequired; k++)
            if (cond->required[k] == v->tag_of_arg[v->lane_args[i]])
                return (uint64_t)v->t->args[v->lane_args[i]].max + 1;
    return (uint64_t)UINT32_MAX + 1;
}

void vf_value_tests(struct decider_rules *d, uint32_t index)
{
    struct rule_needs *rule = &d->rules[index];
    struct search x = {.d = d};
    if (sym_is_leaf(rule->guard))
        return;
    arena_init(&x.work);
    x.seen = vf_keys_new(&x.work);
    search_tests(&x, rule->guard);
    arena_free(&x.work);
    for (size_t i = 0; i < x.found.count; i++)
        x.found.items[i].limit = limit_of(d, index, x.found.items[i].lane);
    rule->tests = x.found.items;
    rule->ntests = (uint32_t)x.found.count;
}

/* --- conditions that no level looks at -----------------------------------------------------------
 */

enum { MOST_SETTLED = 4096 }; /* combinations of values that are tried */

struct settling {
    struct sym *s;
    const struct rule_needs *rule;
    uint32_t left; /* combinations */
    bool can_hold, can_fail, open;
};

static void settle(struct settling *x, uint32_t guard, uint32_t test);

static void settle_at(struct settling *x, uint32_t guard, uint32_t test, uint64_t value)
{
    const struct value_test *t = &x->rule->tests[test];
    if (value < t->limit)
        settle(x, sym_assign(x->s, guard, t->lane, (uint32_t)value), test + 1);
}

/* Whether a test of the same lane comes before: its values were tried there. */
static bool tried(const struct settling *x, uint32_t test)
{
    for (uint32_t k = 0; k < test; k++)
        if (x->rule->tests[k].lane == x->rule->tests[test].lane)
            return true;
    return false;
}

/* One value of each interval of the lanes of tests `test` and up. */
static void settle(struct settling *x, uint32_t guard, uint32_t test)
{
    while (test < x->rule->ntests && tried(x, test))
        test++;
    if (guard == SYM_TRUE || guard == SYM_FALSE) {
        x->can_hold |= guard == SYM_TRUE;
        x->can_fail |= guard == SYM_FALSE;
        return;
    }
    if (test == x->rule->ntests || x->left == 0) {
        x->open = true;
        return;
    }
    x->left--;
    settle_at(x, guard, test, 0);
    for (uint32_t k = test; k < x->rule->ntests && !x->open; k++)
        if (x->rule->tests[k].lane == x->rule->tests[test].lane) {
            settle_at(x, guard, test, x->rule->tests[k].from);
            if (x->rule->tests[k].to)
                settle_at(x, guard, test, x->rule->tests[k].to);
        }
}

int vf_value_settles(struct walk *w, const struct entry *e)
{
    struct settling x = {
        &w->d->sym, &w->d->rules[w->open[e->rule].rule], MOST_SETTLED, false, false, false};
    settle(&x, e->guard, 0);
    return x.open || x.can_hold == x.can_fail ? -1 : x.can_hold;
}

/* --- lanes --------------------------------------------------------------------------------------
 */

static uint32_t lane_of(const struct walk *w, uint32_t leaf)
{
    for (uint32_t i = 0; i < w->lanes.count; i++)
        if (w->lanes.items[i].leaf == leaf)
            return i;
    return POL_NONE;
}

/* Several levels on a lane must see the same value. */
static void find_shared(struct walk *w)
{
    uint32_t *seen = ARENA_ARRAY(&w->arena, uint32_t, w->lanes.count + 1);
    for (uint32_t k = 0; k < w->nlevels; k++) {
        struct level *lv = &w->levels[k];
        if (lv->kind != LV_VALUE)
            continue;
        struct value_lane *lane = &w->lanes.items[lv->lane];
        if (seen[lv->lane]++ && lane->known == POL_NONE)
            lane->known = w->nknown++;
    }
}

void vf_values_join(struct walk *w)
{
    struct value_test test;
    if (w->lanes.count == 0)
        return;
    for (uint32_t k = 0; k < w->nlevels; k++) {
        struct level *lv = &w->levels[k];
        if (lv->kind != LV_ATOM || !test_of(&w->d->sym, lv->var, &test))
            continue;
        uint32_t lane = lane_of(w, test.lane);
        if (lane == POL_NONE)
            continue;
        lv->kind = LV_VALUE;
        lv->lane = lane;
    }
    find_shared(w);
}

/* --- intervals ----------------------------------------------------------------------------------
 */

static void add_start(struct walk *w, struct value_lane *lane, uint64_t start)
{
    if (start <= UINT32_MAX)
        VEC_PUSH(&w->arena, &lane->starts, (uint32_t)start);
}

static void add_test(struct walk *w, const struct value_test *test)
{
    uint32_t lane = lane_of(w, test->lane);
    if (lane == POL_NONE)
        return;
    add_start(w, &w->lanes.items[lane], test->from);
    add_start(w, &w->lanes.items[lane], test->to);
    add_start(w, &w->lanes.items[lane], test->limit);
}

static void add_level(struct walk *w, const struct level *lv)
{
    struct value_test test;
    struct value_lane *lane = &w->lanes.items[lv->lane];
    if (lv->var) {
        if (test_of(&w->d->sym, lv->var, &test))
            add_test(w, &test);
        return;
    }
    for (uint32_t i = 0; i < lv->l->value; i++)
        add_start(w, lane, w->v->t->maps[lv->l->map + i]);
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_starts(struct value_lane *lane)
{
    size_t n = 0;
    qsort(lane->starts.items, lane->starts.count, sizeof *lane->starts.items, ascending);
    for (size_t i = 0; i < lane->starts.count; i++)
        if (n == 0 || lane->starts.items[n - 1] != lane->starts.items[i])
            lane->starts.items[n++] = lane->starts.items[i];
    lane->starts.count = n;
}

/* The interval that starts here. */
static uint32_t interval_at(const struct value_lane *lane, uint64_t start)
{
    size_t low = 0, high = lane->starts.count;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (lane->starts.items[mid] <= start)
            low = mid;
        else
            high = mid;
    }
    return (uint32_t)low;
}

/* --- inputs -------------------------------------------------------------------------------------
 */

static void inputs_by_bounds(struct walk *w, struct level *lv, const struct value_lane *lane)
{
    const uint32_t *maps = w->v->t->maps + lv->l->map;
    uint32_t n = lv->l->value, k = 0;
    for (uint32_t i = 0; i < n; i++)
        VF_COVER(w->v, maps, lv->l->map + i);
    for (uint32_t i = 0; i < lane->starts.count; i++) {
        while (k < n && maps[k] <= lane->starts.items[i])
            k++;
        VF_COVER(w->v, maps, lv->l->map + n + k);
        lv->inputs[i] = maps[n + k];
    }
}

static void inputs_by_test(struct walk *w, struct level *lv, const struct value_lane *lane)
{
    struct sym *s = &w->d->sym;
    const uint32_t both[2] = {SYM_FALSE, SYM_TRUE};
    uint32_t x = sym_node(s, lv->var, 2, both);
    for (uint32_t i = 0; i < lane->starts.count; i++) {
        bool holds = sym_assign(s, x, lane->leaf, lane->starts.items[i]) == SYM_TRUE;
        lv->inputs[i] = holds != lv->negated;
    }
}

/* Joins intervals that are alike after the level and have the same input in it. */
static uint32_t *alike_before(struct walk *w, const struct level *lv, uint32_t n)
{
    struct arena work;
    arena_init(&work);
    struct vf_keys *keys = vf_keys_new(&work);
    uint32_t *first = ARENA_ARRAY(&work, uint32_t, n + 1);
    uint32_t *before = ARENA_ARRAY(&w->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t key[2] = {lv->after ? lv->after[i] : 0, lv->inputs[i]};
        bool added;
        uint32_t number = vf_keys_add(keys, key, sizeof key, &added);
        if (added)
            first[number] = i + 1;
        before[i] = first[number];
    }
    arena_free(&work);
    return before;
}

static void link_levels(struct walk *w)
{
    struct level **later = ARENA_ARRAY(&w->arena, struct level *, w->lanes.count + 1);
    for (uint32_t k = w->nlevels; k-- > 0;) {
        struct level *lv = &w->levels[k];
        if (lv->kind != LV_VALUE || w->lanes.items[lv->lane].known == POL_NONE)
            continue;
        uint32_t n = (uint32_t)w->lanes.items[lv->lane].starts.count;
        lv->known = w->lanes.items[lv->lane].known;
        lv->after = later[lv->lane] ? later[lv->lane]->before : NULL;
        lv->before = alike_before(w, lv, n);
        later[lv->lane] = lv;
    }
    for (uint32_t i = 0; i < w->lanes.count; i++)
        if (later[i])
            later[i]->before = NULL; /* nothing comes before the first */
}

void vf_values_ready(struct walk *w)
{
    if (w->lanes.count == 0)
        return;
    for (uint32_t i = 0; i < w->lanes.count; i++)
        add_start(w, &w->lanes.items[i], 0);
    for (uint32_t i = 0; i < w->nopen; i++) {
        const struct rule_needs *r = &w->d->rules[w->open[i].rule];
        for (uint32_t k = 0; k < r->ntests; k++)
            add_test(w, &r->tests[k]);
    }
    for (uint32_t k = 0; k < w->nlevels; k++)
        if (w->levels[k].kind == LV_VALUE)
            add_level(w, &w->levels[k]);
    for (uint32_t i = 0; i < w->lanes.count; i++)
        sort_starts(&w->lanes.items[i]);
    for (uint32_t k = 0; k < w->nlevels; k++) {
        struct level *lv = &w->levels[k];
        if (lv->kind != LV_VALUE)
            continue;
        const struct value_lane *lane = &w->lanes.items[lv->lane];
        lv->inputs = ARENA_ARRAY(&w->arena, uint32_t, lane->starts.count);
        if (lv->var)
            inputs_by_test(w, lv, lane);
        else
            inputs_by_bounds(w, lv, lane);
    }
    link_levels(w);
}

/* --- lists by interval --------------------------------------------------------------------------
 */

/* Goes up through the intervals; only rules whose comparisons change are looked at again. */
struct sweep {
    struct walk *w;
    const struct value_lane *lane;
    struct list list;
    struct arena work;
    uint32_t *guards; /* per entry, on this interval */
    uint64_t *limits; /* per entry */
    uint64_t *alive;  /* entries that can still hold */
    uint32_t *first;  /* per interval: where its changes start */
    uint32_t *changes;
};

static const struct entry *sweep_entry(const struct sweep *x, uint32_t i)
{
    return &x->w->pool.items[x->list.first + i];
}

static void set_guard(struct sweep *x, uint32_t i, uint32_t interval)
{
    struct sym *s = &x->w->d->sym;
    uint64_t bit = (uint64_t)1 << i % 64;
    uint32_t value = x->lane->starts.items[interval];
    x->guards[i] = value >= x->limits[i]
                       ? SYM_UNDEF
                       : sym_assign(s, sweep_entry(x, i)->guard, x->lane->leaf, value);
    x->alive[i / 64] = x->guards[i] == SYM_FALSE ? x->alive[i / 64] & ~bit : x->alive[i / 64] | bit;
}

/* Calls for each interval at which a comparison of entry i changes. */
static void each_change(struct sweep *x, uint32_t i,
                        void (*call)(struct sweep *, uint32_t, uint32_t))
{
    const struct rule_needs *r = &x->w->d->rules[x->w->open[sweep_entry(x, i)->rule].rule];
    for (uint32_t k = 0; k < r->ntests; k++) {
        const struct value_test *test = &r->tests[k];
        if (test->lane != x->lane->leaf)
            continue;
        if (test->from <= UINT32_MAX)
            call(x, interval_at(x->lane, test->from), i);
        if (test->to && test->to <= UINT32_MAX)
            call(x, interval_at(x->lane, test->to), i);
        if (test->limit <= UINT32_MAX)
            call(x, interval_at(x->lane, test->limit), i);
        x->limits[i] = test->limit;
    }
}

static void count_change(struct sweep *x, uint32_t interval, uint32_t i)
{
    (void)i;
    x->first[interval]++;
}

static void put_change(struct sweep *x, uint32_t interval, uint32_t i)
{
    x->changes[--x->first[interval]] = i;
}

static void find_changes(struct sweep *x)
{
    uint32_t n = (uint32_t)x->lane->starts.count, total = 0;
    x->first = ARENA_ARRAY(&x->work, uint32_t, n + 1);
    x->limits = ARENA_ARRAY(&x->work, uint64_t, x->list.n + 1);
    for (uint32_t i = 0; i < x->list.n; i++)
        x->limits[i] = UINT64_MAX;
    for (uint32_t i = 0; i < x->list.n; i++)
        each_change(x, i, count_change);
    for (uint32_t k = 0; k <= n; k++)
        x->first[k] = total += x->first[k];
    x->changes = ARENA_ARRAY(&x->work, uint32_t, total + 1);
    for (uint32_t i = 0; i < x->list.n; i++)
        each_change(x, i, put_change);
}

static uint32_t list_here(struct sweep *x, uint32_t done)
{
    struct walk *w = x->w;
    uint32_t n = 0;
    for (uint32_t word = 0; word < (x->list.n + 63) / 64; word++)
        for (uint64_t left = x->alive[word]; left; left &= left - 1) {
            uint32_t i = word * 64;
            for (uint64_t b = left & (~left + 1); b > 1; b >>= 1)
                i++;
            struct entry e = {sweep_entry(x, i)->rule, x->guards[i]};
            w->scratch[n++] = e;
            if (vf_ends(w, &e, done))
                return vf_intern_list(w, w->scratch, n);
        }
    return vf_intern_list(w, w->scratch, n);
}

/* `next`: per interval the list that is left of this one. */
static void lists_by_interval(struct walk *w, uint32_t list, uint32_t level, uint32_t *next)
{
    struct sweep x = {.w = w, .lane = &w->lanes.items[w->levels[level].lane]};
    x.list = w->lists.items[list];
    arena_init(&x.work);
    x.guards = ARENA_ARRAY(&x.work, uint32_t, x.list.n + 1);
    x.alive = ARENA_ARRAY(&x.work, uint64_t, x.list.n / 64 + 1);
    find_changes(&x);
    for (uint32_t i = 0; i < x.list.n; i++)
        set_guard(&x, i, 0);
    for (uint32_t k = 0; k < x.lane->starts.count; k++) {
        for (uint32_t c = x.first[k]; c < x.first[k + 1]; c++)
            set_guard(&x, x.changes[c], k);
        next[k] = k && x.first[k] == x.first[k + 1] ? next[k - 1] : list_here(&x, level + 1);
    }
    arena_free(&x.work);
}

void vf_value_successors(struct walk *w, uint32_t list, uint32_t level, struct distinct *d)
{
    const struct level *lv = &w->levels[level];
    uint32_t n = (uint32_t)w->lanes.items[lv->lane].starts.count;
    uint32_t *next = lang_xalloc(n * sizeof *next);
    w->looks += n;
    if (lv->before) /* an earlier level has decided the comparisons */
        for (uint32_t k = 0; k < n; k++)
            next[k] = list;
    else
        lists_by_interval(w, list, level, next);
    for (uint32_t k = 0; k < n; k++)
        vf_add_successor(d, (struct successor){.value = lv->inputs[k],
                                               .list = next[k],
                                               .choice = k,
                                               .before = lv->before ? lv->before[k] : 0,
                                               .after = lv->after ? lv->after[k] : 0});
    free(next);
}
