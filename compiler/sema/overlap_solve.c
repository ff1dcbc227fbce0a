/* Are there argument values that satisfy both guards?
 *
 * Guards are searched as and-or trees; what is left in one branch is a conjunction of comparisons.
 * Those of the form x - y <= k are solved by finding the least solution; `!=` splits when that
 * solution violates it; anything else is checked on it, and where it fails, small domains are
 * enumerated. */
#include <stdlib.h>
#include "compiler/sema/overlap_solver.h"

#define BRANCH_LIMIT 4096
#define ENUM_LIMIT 20000
#define NEAR 64 /* samples at either end of a large domain */
#define DEPTH_LIMIT 2000

uint32_t overlap_root(struct overlap_values *v, uint32_t node)
{
    while (v->nodes.items[node].parent != node) {
        v->nodes.items[node].parent = v->nodes.items[v->nodes.items[node].parent].parent;
        node = v->nodes.items[node].parent;
    }
    return node;
}

bool overlap_flat_tag(const struct model *m, uint32_t domain, uint32_t n, uint32_t *tag)
{
    for (*tag = 0; *tag < m->space->ntags; ++*tag)
        if (m->tags[*tag].domain == domain && !m->space->tags[*tag].has_set_arg && n-- == 0)
            return true;
    return false;
}

/* --- least and greatest solutions ------------------------------------------------------------ */

static int64_t at(const int64_t *x, uint32_t node)
{
    return node == SEMA_NONE ? 0 : x[node];
}

/* One round of raising `x` to what the differences demand: y >= x - k.  -1: impossible. */
static int raise_once(struct solver *s)
{
    int changed = 0;
    for (size_t i = 0; i < s->diffs.count; i++) {
        const struct diff *d = &s->diffs.items[i];
        int64_t need = at(s->x, d->x) - d->k;
        if (at(s->x, d->y) >= need)
            continue;
        if (d->y == SEMA_NONE || need > s->v->nodes.items[d->y].hi)
            return -1;
        s->x[d->y] = need;
        changed = 1;
    }
    return changed;
}

static int lower_once(struct solver *s)
{
    int changed = 0;
    for (size_t i = 0; i < s->diffs.count; i++) {
        const struct diff *d = &s->diffs.items[i];
        int64_t most = at(s->up, d->y) + d->k;
        if (at(s->up, d->x) <= most)
            continue;
        if (d->x == SEMA_NONE || most < s->v->nodes.items[d->x].lo)
            return -1;
        s->up[d->x] = most;
        changed = 1;
    }
    return changed;
}

/* False: a circle of demands, or one beyond a bound. */
static bool fixpoint(struct solver *s, int (*once)(struct solver *))
{
    size_t rounds = s->v->nodes.count + 2;
    s->steps++;
    for (size_t i = 0; i < rounds; i++) {
        int changed = once(s);
        if (changed <= 0)
            return changed == 0;
    }
    return false;
}

static bool least_solution(struct solver *s)
{
    for (size_t i = 0; i < s->v->nodes.count; i++)
        s->x[i] = s->v->nodes.items[i].lo;
    return fixpoint(s, raise_once);
}

static bool greatest_solution(struct solver *s)
{
    for (size_t i = 0; i < s->v->nodes.count; i++)
        s->up[i] = s->v->nodes.items[i].hi;
    return fixpoint(s, lower_once);
}

/* --- what is no difference ------------------------------------------------------------------- */

static bool hards_hold(struct solver *s)
{
    for (size_t i = 0; i < s->hards.count; i++) {
        const struct hard *h = &s->hards.items[i];
        if (overlap_holds(s, h->guard, h->first_var) != h->positive)
            return false;
    }
    return true;
}

static bool hards_possible(struct solver *s)
{
    for (size_t i = 0; i < s->hards.count; i++) {
        if (!overlap_possible(s, &s->hards.items[i]))
            return false;
        for (size_t k = 0; k < i; k++)
            if (overlap_opposite(s, &s->hards.items[i], &s->hards.items[k]))
                return false;
    }
    return true;
}

static enum overlap solve_leaf(struct solver *s);

/* The i-th value to try; false: no more. */
static bool candidate(int64_t lo, int64_t hi, bool every, int64_t i, int64_t *value)
{
    if (every || hi - lo < 2 * NEAR) {
        *value = lo + i;
        return *value <= hi;
    }
    *value = i < NEAR       ? lo + i
             : i < 2 * NEAR ? hi - (i - NEAR)
                            : lo + (hi - lo) / 8 * (i - 2 * NEAR + 1);
    return i < 2 * NEAR + 7;
}

/* Fixes one variable after the other, at every value or at a few samples. */
static enum overlap enumerate(struct solver *s, uint32_t index, bool every)
{
    if (index == s->nhard_vars) {
        if (!least_solution(s) || !hards_hold(s))
            return OVERLAP_EXCLUDED;
        size_t hards = s->hards.count;
        s->hards.count = 0;
        enum overlap answer = solve_leaf(s);
        s->hards.count = hards;
        return answer;
    }
    struct overlap_node *n = &s->v->nodes.items[s->hard_vars[index]];
    int64_t lo = n->lo, hi = n->hi, value;
    enum overlap answer = OVERLAP_EXCLUDED;
    for (int64_t i = 0; answer != OVERLAP_FOUND && candidate(lo, hi, every, i, &value); i++) {
        if (s->steps > 2 * ENUM_LIMIT) {
            answer = OVERLAP_UNDECIDED;
            break;
        }
        n->lo = n->hi = value;
        enum overlap one = enumerate(s, index + 1, every);
        answer = one == OVERLAP_EXCLUDED ? answer : one;
    }
    n->lo = lo;
    n->hi = hi;
    return answer;
}

/* The bounds that the differences imply become the nodes' own, to keep the enumeration small. */
static enum overlap enumerate_hards(struct solver *s)
{
    size_t n = s->v->nodes.count;
    int64_t product = 1;
    s->nhard_vars = 0;
    for (size_t i = 0; i < s->hards.count; i++)
        overlap_note_variables(s, &s->hards.items[i]);
    if (!greatest_solution(s) || !hards_possible(s))
        return OVERLAP_EXCLUDED;
    struct overlap_node *saved = ARENA_ARRAY(&s->v->arena, struct overlap_node, n);
    for (size_t i = 0; i < n; i++) {
        saved[i] = s->v->nodes.items[i];
        s->v->nodes.items[i].lo = s->x[i];
        s->v->nodes.items[i].hi = s->up[i];
    }
    for (uint32_t i = 0; i < s->nhard_vars && product <= ENUM_LIMIT; i++)
        product *= s->up[s->hard_vars[i]] - s->x[s->hard_vars[i]] + 1;
    bool every = product <= ENUM_LIMIT;
    enum overlap answer = enumerate(s, 0, every);
    for (size_t i = 0; i < n; i++) {
        s->v->nodes.items[i].lo = saved[i].lo;
        s->v->nodes.items[i].hi = saved[i].hi;
    }
    return answer == OVERLAP_EXCLUDED && !every ? OVERLAP_UNDECIDED : answer;
}

/* --- one conjunction ------------------------------------------------------------------------- */

static enum overlap either(enum overlap a, enum overlap b)
{
    if (a == OVERLAP_FOUND || b == OVERLAP_FOUND)
        return OVERLAP_FOUND;
    return a == OVERLAP_UNDECIDED ? a : b;
}

/* x != y + k: below or above. */
static enum overlap split(struct solver *s, const struct unequal *u)
{
    size_t count = s->diffs.count;
    if (++s->branches > BRANCH_LIMIT)
        return OVERLAP_UNDECIDED;
    struct unequal copy = *u;
    overlap_push_diff(s, copy.y, copy.x, -copy.k - 1);
    enum overlap above = solve_leaf(s);
    s->diffs.count = count;
    if (above == OVERLAP_FOUND)
        return above;
    overlap_push_diff(s, copy.x, copy.y, copy.k - 1);
    enum overlap below = solve_leaf(s);
    s->diffs.count = count;
    return either(above, below);
}

static enum overlap solve_leaf(struct solver *s)
{
    if (!least_solution(s))
        return OVERLAP_EXCLUDED;
    for (size_t i = 0; i < s->unequals.count; i++) {
        const struct unequal *u = &s->unequals.items[i];
        if (at(s->x, u->x) == at(s->x, u->y) + u->k)
            return split(s, u);
    }
    if (!hards_hold(s))
        return enumerate_hards(s);
    for (size_t i = 0; i < s->v->nodes.count; i++)
        s->v->nodes.items[i].value = s->x[i];
    return OVERLAP_FOUND;
}

/* --- sets ------------------------------------------------------------------------------------ */

static uint32_t class_of(uint32_t *class, uint32_t node)
{
    while (class[node] != node)
        node = class[node];
    return node;
}

/* Gives different numbers to the classes that must differ. */
static enum overlap number_classes(struct solver *s, uint32_t *class)
{
    uint32_t next = 0, domain = SEMA_NONE, flat = 0, tag;
    size_t n = s->v->nodes.count;
    bool *numbered = ARENA_ARRAY(&s->v->arena, bool, n);
    for (size_t i = 0; i < s->sets.count; i++) {
        const struct set_pair *p = &s->sets.items[i];
        uint32_t sides[2] = {class_of(class, p->a), class_of(class, p->b)};
        if (p->equal)
            continue;
        if (sides[0] == sides[1])
            return OVERLAP_EXCLUDED;
        for (int k = 0; k < 2; k++) {
            if (!numbered[sides[k]])
                s->v->nodes.items[sides[k]].number = next++;
            numbered[sides[k]] = true;
            if (domain == SEMA_NONE)
                domain = s->v->nodes.items[sides[k]].domain;
            else if (domain != s->v->nodes.items[sides[k]].domain)
                domain = SEMA_AMBIGUOUS;
        }
    }
    while (next && flat < 31 && overlap_flat_tag(s->v->m, domain, flat, &tag))
        flat++;
    if (next && flat == 0)
        return domain == SEMA_AMBIGUOUS ? OVERLAP_UNDECIDED : OVERLAP_EXCLUDED;
    return next && next > (uint32_t)1 << flat ? OVERLAP_UNDECIDED : OVERLAP_FOUND;
}

static enum overlap solve_sets(struct solver *s)
{
    size_t n = s->v->nodes.count;
    uint32_t *class = ARENA_ARRAY(&s->v->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        class[i] = i;
        s->v->nodes.items[i].number = 0;
    }
    for (size_t i = 0; i < s->sets.count; i++) {
        const struct set_pair *p = &s->sets.items[i];
        uint32_t a = class_of(class, p->a), b = class_of(class, p->b);
        if (!p->equal || a == b)
            continue;
        class[a] = b;
        if (s->v->nodes.items[a].domain != s->v->nodes.items[b].domain)
            s->v->nodes.items[b].domain = SEMA_AMBIGUOUS;
    }
    enum overlap answer = number_classes(s, class);
    for (uint32_t i = 0; i < n; i++)
        s->v->nodes.items[i].number = s->v->nodes.items[class_of(class, i)].number;
    return answer;
}

static enum overlap solve_conjunction(struct solver *s)
{
    if (++s->branches > BRANCH_LIMIT)
        return OVERLAP_UNDECIDED;
    enum overlap numbers = solve_leaf(s);
    if (numbers == OVERLAP_EXCLUDED || s->sets.count == 0)
        return numbers;
    enum overlap sets = solve_sets(s);
    return sets == OVERLAP_FOUND ? numbers : sets;
}

/* --- and-or search --------------------------------------------------------------------------- */

static const struct pending *push(struct solver *s, const struct pending *rest,
                                  const struct model_guard *guard, const struct pending *from,
                                  bool positive)
{
    struct pending *p = ARENA_NEW(&s->v->arena, struct pending);
    *p = (struct pending){guard, from->first_var, positive, rest};
    return p;
}

static void add_atom(struct solver *s, const struct pending *p)
{
    const struct model_guard *g = p->guard;
    struct hard h = {g, p->first_var, p->positive};
    if (g->kind == MODEL_GUARD_CMP) {
        overlap_add_comparison(s, &h);
    } else if (g->kind == MODEL_GUARD_SETCMP) {
        struct set_pair pair = {overlap_root(s->v, p->first_var + g->var_x),
                                overlap_root(s->v, p->first_var + g->var_y),
                                (g->cmp == MODEL_EQ) == p->positive};
        VEC_PUSH(&s->v->arena, &s->sets, pair);
    } else {
        VEC_PUSH(&s->v->arena, &s->hards, h);
    }
}

static bool is_atom(const struct model_guard *g)
{
    return g->kind == MODEL_GUARD_CMP || g->kind == MODEL_GUARD_SETCMP ||
           g->kind == MODEL_GUARD_ORDER || g->kind == MODEL_GUARD_RELATION;
}

/* Takes formulas apart until only comparisons, which are added, and disjunctions are left.  False:
 * one of them is false. */
static bool take_apart(struct solver *s, const struct pending *list, const struct pending **ors)
{
    while (list) {
        const struct pending *p = list;
        const struct model_guard *g = p->guard;
        list = p->next;
        if (g->kind == MODEL_GUARD_NOT) {
            list = push(s, list, g->a, p, !p->positive);
        } else if (g->kind == MODEL_GUARD_AND || g->kind == MODEL_GUARD_OR) {
            if ((g->kind == MODEL_GUARD_AND) == p->positive)
                list = push(s, push(s, list, g->b, p, p->positive), g->a, p, p->positive);
            else
                *ors = push(s, *ors, g, p, p->positive);
        } else if (is_atom(g)) {
            add_atom(s, p);
        } else if ((g->kind == MODEL_GUARD_TRUE) != p->positive) {
            return false;
        }
    }
    return true;
}

static enum overlap search(struct solver *s, const struct pending *list, const struct pending *ors);

static enum overlap branch(struct solver *s, const struct pending *ors)
{
    if (++s->branches > BRANCH_LIMIT || s->depth > DEPTH_LIMIT)
        return OVERLAP_UNDECIDED;
    if (!least_solution(s))
        return OVERLAP_EXCLUDED;
    s->depth++;
    enum overlap a = search(s, push(s, NULL, ors->guard->a, ors, ors->positive), ors->next);
    if (a != OVERLAP_FOUND)
        a = either(a, search(s, push(s, NULL, ors->guard->b, ors, ors->positive), ors->next));
    s->depth--;
    return a;
}

static enum overlap search(struct solver *s, const struct pending *list, const struct pending *ors)
{
    size_t diffs = s->diffs.count, unequals = s->unequals.count, hards = s->hards.count,
           sets = s->sets.count;
    enum overlap answer = OVERLAP_EXCLUDED;
    if (take_apart(s, list, &ors))
        answer = ors ? branch(s, ors) : solve_conjunction(s);
    s->diffs.count = diffs;
    s->unequals.count = unequals;
    s->hards.count = hards;
    s->sets.count = sets;
    return answer;
}

/* --- the answer, checked --------------------------------------------------------------------- */

static void check_answer(struct solver *s)
{
    for (size_t i = 0; i < s->v->nodes.count; i++)
        s->x[i] = s->v->nodes.items[i].value;
    for (uint32_t i = 0; i < s->v->nformulas; i++)
        if (!overlap_holds(s, s->v->formulas[i].guard, s->v->formulas[i].first_var))
            abort();
}

static size_t count_in(const struct model_int *e)
{
    if (!e)
        return 0;
    return (e->kind == MODEL_INT_DIV || e->kind == MODEL_INT_MOD) + count_in(e->a) + count_in(e->b);
}

/* At most so many opaque nodes can be added. */
static size_t count_divisions(const struct model_guard *g)
{
    size_t n = count_in(g->x) + count_in(g->y);
    n += g->a ? count_divisions(g->a) : 0;
    return n + (g->b ? count_divisions(g->b) : 0);
}

enum overlap overlap_solve(struct overlap_values *v)
{
    struct solver s = {.v = v};
    const struct pending *list = NULL;
    size_t cap = v->nodes.count + 1;
    for (uint32_t i = 0; i < v->nformulas; i++)
        cap += count_divisions(v->formulas[i].guard);
    s.x = ARENA_ARRAY(&v->arena, int64_t, cap);
    s.up = ARENA_ARRAY(&v->arena, int64_t, cap);
    s.hard_vars = ARENA_ARRAY(&v->arena, uint32_t, cap);
    for (uint32_t i = 0; i < v->nformulas; i++) {
        struct pending p = {.first_var = v->formulas[i].first_var};
        list = push(&s, list, v->formulas[i].guard, &p, true);
    }
    enum overlap answer = search(&s, list, NULL);
    if (answer == OVERLAP_FOUND)
        check_answer(&s);
    return answer;
}
