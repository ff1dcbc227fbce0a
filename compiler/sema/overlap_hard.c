/* Comparisons that are no differences, lattice orders and relations. */
#include <stdlib.h>
#include "compiler/sema/overlap_solver.h"

enum model_cmp overlap_negate(enum model_cmp cmp)
{
    static const enum model_cmp of[] = {
        [MODEL_EQ] = MODEL_NE, [MODEL_NE] = MODEL_EQ, [MODEL_LT] = MODEL_GE,
        [MODEL_LE] = MODEL_GT, [MODEL_GT] = MODEL_LE, [MODEL_GE] = MODEL_LT};
    return of[cmp];
}

static uint32_t root(const struct solver *s, const struct model_int *e, uint32_t first_var)
{
    return overlap_root(s->v, first_var + e->var);
}

/* --- values -------------------------------------------------------------------------------- */

static int64_t from_table(const struct solver *s, const struct model_int *e, int64_t a, int64_t b)
{
    const struct model_type *t = &s->v->m->types[e->type];
    const uint32_t *table = e->kind == MODEL_INT_JOIN ? t->join : t->meet;
    return table[(uint64_t)a * t->limit + (uint64_t)b];
}

static int64_t evaluate(const struct solver *s, const struct model_int *e, uint32_t first_var)
{
    if (e->kind == MODEL_INT_CONST)
        return e->value;
    if (e->kind == MODEL_INT_VAR)
        return s->x[root(s, e, first_var)];
    if (!e->a || !e->b)
        abort();
    int64_t a = evaluate(s, e->a, first_var), b = evaluate(s, e->b, first_var);
    switch (e->kind) {
    case MODEL_INT_ADD:
        return a + b;
    case MODEL_INT_SUB:
        return a - b;
    case MODEL_INT_MUL:
        return a * b;
    case MODEL_INT_DIV:
        return a / b;
    case MODEL_INT_MOD:
        return a % b;
    case MODEL_INT_JOIN:
    case MODEL_INT_MEET:
        return from_table(s, e, a, b);
    case MODEL_INT_CONST:
    case MODEL_INT_VAR:
    case MODEL_INT_NEW:
        break;
    }
    abort();
}

static bool compare(enum model_cmp cmp, int64_t x, int64_t y)
{
    switch (cmp) {
    case MODEL_EQ:
        return x == y;
    case MODEL_NE:
        return x != y;
    case MODEL_LT:
        return x < y;
    case MODEL_LE:
        return x <= y;
    case MODEL_GT:
        return x > y;
    case MODEL_GE:
        break;
    }
    return x >= y;
}

static bool ordered(const struct solver *s, const struct model_guard *g, int64_t x, int64_t y)
{
    const struct model_type *t = &s->v->m->types[g->type];
    bool up = g->cmp == MODEL_LT || g->cmp == MODEL_LE;
    bool strict = g->cmp == MODEL_LT || g->cmp == MODEL_GT;
    int64_t low = up ? x : y, high = up ? y : x;
    return t->join[(uint64_t)low * t->limit + (uint64_t)high] == (uint64_t)high &&
           (!strict || x != y);
}

static bool related(const struct solver *s, const struct model_guard *g, uint32_t first_var)
{
    const struct model_relation *r = &s->v->m->relations[g->relation];
    uint64_t bit = 0;
    for (uint32_t i = 0; i < r->ntypes; i++)
        bit =
            bit * s->v->m->types[r->types[i]].limit + (uint64_t)evaluate(s, g->args[i], first_var);
    return (r->bits[bit / 32] >> (bit % 32)) & 1u;
}

static bool same_sets(const struct solver *s, const struct model_guard *g, uint32_t first_var)
{
    uint32_t a = overlap_root(s->v, first_var + g->var_x);
    uint32_t b = overlap_root(s->v, first_var + g->var_y);
    return s->v->nodes.items[a].number == s->v->nodes.items[b].number;
}

bool overlap_holds(const struct solver *s, const struct model_guard *g, uint32_t first_var)
{
    switch (g->kind) {
    case MODEL_GUARD_TRUE:
    case MODEL_GUARD_FALSE:
        return g->kind == MODEL_GUARD_TRUE;
    case MODEL_GUARD_NOT:
        return !overlap_holds(s, g->a, first_var);
    case MODEL_GUARD_AND:
        return overlap_holds(s, g->a, first_var) && overlap_holds(s, g->b, first_var);
    case MODEL_GUARD_OR:
        return overlap_holds(s, g->a, first_var) || overlap_holds(s, g->b, first_var);
    case MODEL_GUARD_CMP:
        return compare(g->cmp, evaluate(s, g->x, first_var), evaluate(s, g->y, first_var));
    case MODEL_GUARD_ORDER:
        return ordered(s, g, evaluate(s, g->x, first_var), evaluate(s, g->y, first_var));
    case MODEL_GUARD_RELATION:
        return related(s, g, first_var);
    case MODEL_GUARD_SETCMP:
        break;
    }
    return same_sets(s, g, first_var) == (g->cmp == MODEL_EQ);
}

/* --- intervals ----------------------------------------------------------------------------- */

struct interval {
    int64_t lo, hi;
};

static int64_t apply(enum model_int_kind kind, int64_t a, int64_t b)
{
    return kind == MODEL_INT_ADD   ? a + b
           : kind == MODEL_INT_SUB ? a - b
           : kind == MODEL_INT_MUL ? a * b
                                   : a / b;
}

static struct interval corners(enum model_int_kind kind, struct interval a, struct interval b)
{
    struct interval r = {INT64_MAX, INT64_MIN};
    for (int i = 0; i < 4; i++) {
        int64_t v = apply(kind, i & 1 ? a.hi : a.lo, i & 2 ? b.hi : b.lo);
        r.lo = v < r.lo ? v : r.lo;
        r.hi = v > r.hi ? v : r.hi;
    }
    return r;
}

/* Values between the least and the greatest solution. */
static struct interval interval_of(const struct solver *s, const struct model_int *e,
                                   uint32_t first_var)
{
    if (e->kind == MODEL_INT_CONST)
        return (struct interval){e->value, e->value};
    if (e->kind == MODEL_INT_VAR)
        return (struct interval){s->x[root(s, e, first_var)], s->up[root(s, e, first_var)]};
    if (e->kind == MODEL_INT_JOIN || e->kind == MODEL_INT_MEET)
        return (struct interval){0, (int64_t)s->v->m->types[e->type].limit - 1};
    struct interval a = interval_of(s, e->a, first_var), b = interval_of(s, e->b, first_var);
    if (e->kind == MODEL_INT_MOD)
        return (struct interval){a.lo < 0 ? 1 - b.lo : 0, a.hi < 0 ? 0 : b.lo - 1};
    return corners(e->kind, a, b);
}

bool overlap_possible(const struct solver *s, const struct hard *h)
{
    const struct model_guard *g = h->guard;
    if (g->kind != MODEL_GUARD_CMP)
        return true;
    struct interval x = interval_of(s, g->x, h->first_var);
    struct interval y = interval_of(s, g->y, h->first_var);
    bool less = x.lo<y.hi, more = x.hi> y.lo, meet = x.lo <= y.hi && y.lo <= x.hi;
    bool differ = x.lo != x.hi || y.lo != y.hi || x.lo != y.lo;
    const bool possible[] = {
        [MODEL_EQ] = meet,         [MODEL_NE] = differ, [MODEL_LT] = less,
        [MODEL_LE] = x.lo <= y.hi, [MODEL_GT] = more,   [MODEL_GE] = x.hi >= y.lo};
    return possible[h->positive ? g->cmp : overlap_negate(g->cmp)];
}

/* --- one against another ------------------------------------------------------------------- */

static bool same_number(const struct solver *s, const struct model_int *a, uint32_t first_a,
                        const struct model_int *b, uint32_t first_b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == MODEL_INT_CONST)
        return a->value == b->value;
    if (a->kind == MODEL_INT_VAR)
        return root(s, a, first_a) == root(s, b, first_b);
    return same_number(s, a->a, first_a, b->a, first_b) &&
           same_number(s, a->b, first_a, b->b, first_b);
}

bool overlap_opposite(const struct solver *s, const struct hard *a, const struct hard *b)
{
    const struct model_guard *g = a->guard, *h = b->guard;
    if (a->positive == b->positive || g->kind != h->kind || g->kind == MODEL_GUARD_CMP)
        return false;
    if (g->kind == MODEL_GUARD_ORDER)
        return g->cmp == h->cmp && g->type == h->type &&
               same_number(s, g->x, a->first_var, h->x, b->first_var) &&
               same_number(s, g->y, a->first_var, h->y, b->first_var);
    bool same = g->relation == h->relation;
    for (uint32_t i = 0; same && i < s->v->m->relations[g->relation].ntypes; i++)
        same = same_number(s, g->args[i], a->first_var, h->args[i], b->first_var);
    return same;
}

/* --- variables ----------------------------------------------------------------------------- */

static void note(struct solver *s, const struct model_int *e, uint32_t first_var)
{
    if (e->kind == MODEL_INT_VAR) {
        uint32_t at = root(s, e, first_var);
        for (uint32_t i = 0; i < s->nhard_vars; i++)
            if (s->hard_vars[i] == at)
                return;
        s->hard_vars[s->nhard_vars++] = at;
    }
    if (e->a)
        note(s, e->a, first_var);
    if (e->b)
        note(s, e->b, first_var);
}

void overlap_note_variables(struct solver *s, const struct hard *h)
{
    const struct model_guard *g = h->guard;
    if (g->kind == MODEL_GUARD_RELATION) {
        for (uint32_t i = 0; i < s->v->m->relations[g->relation].ntypes; i++)
            note(s, g->args[i], h->first_var);
        return;
    }
    note(s, g->x, h->first_var);
    note(s, g->y, h->first_var);
}
