/* Comparisons as differences: c * (x - y) + k against 0. */
#include <stdlib.h>
#include "compiler/sema/overlap_solver.h"

/* --- linear forms with at most two variables ---------------------------------------------------
 */

static const struct linear not_linear = {.ok = false};

static bool moderate(int64_t value, int bits)
{
    return value > -((int64_t)1 << bits) && value < (int64_t)1 << bits;
}

static void add_term(struct linear *r, uint32_t var, int64_t coef)
{
    int i = 0;
    while (i < r->n && r->var[i] != var)
        i++;
    if (i == r->n && r->n == 2) {
        r->ok = false;
        return;
    }
    if (i == r->n) {
        r->var[i] = var;
        r->coef[i] = 0;
        r->n++;
    }
    r->coef[i] += coef;
    if (r->coef[i] != 0)
        return;
    r->n--;
    r->var[i] = r->var[r->n];
    r->coef[i] = r->coef[r->n];
}

/* a + b * scale */
static struct linear linear_add(struct linear a, struct linear b, int64_t scale)
{
    a.ok &= b.ok && moderate(scale, 30) && moderate(a.k, 60);
    a.ok &= moderate(b.k, scale == 1 || scale == -1 ? 60 : 30);
    a.opaque |= b.opaque;
    for (int i = 0; a.ok && i < b.n; i++) {
        a.ok = moderate(b.coef[i], 30);
        if (a.ok)
            add_term(&a, b.var[i], b.coef[i] * scale);
    }
    if (a.ok)
        a.k += b.k * scale;
    a.ok &= moderate(a.k, 60);
    return a;
}

static bool same_linear(const struct linear *a, const struct linear *b)
{
    bool same = a->n == b->n && a->k == b->k;
    for (int i = 0; same && i < a->n; i++)
        same = a->var[i] == b->var[i] && a->coef[i] == b->coef[i];
    return same;
}

static void opaque_range(const struct solver *s, const struct opaque *o, struct overlap_node *n)
{
    int64_t lo = o->of.k, hi = o->of.k;
    for (int i = 0; i < o->of.n; i++) {
        const struct overlap_node *var = &s->v->nodes.items[o->of.var[i]];
        int64_t c = o->of.coef[i];
        lo += c * (c > 0 ? var->lo : var->hi);
        hi += c * (c > 0 ? var->hi : var->lo);
    }
    n->lo = lo / o->divisor;
    n->hi = hi / o->divisor;
    if (o->kind == MODEL_INT_MOD) {
        n->lo = lo < 0 ? 1 - o->divisor : 0;
        n->hi = hi > 0 ? o->divisor - 1 : 0;
    }
}

static struct linear opaque(struct solver *s, enum model_int_kind kind, struct linear of,
                            int64_t divisor)
{
    struct linear r = {.ok = true, .opaque = true, .n = 1, .coef = {1, 0}};
    struct opaque o = {.kind = kind, .of = of, .divisor = divisor};
    for (size_t i = 0; i < s->opaques.count; i++) {
        const struct opaque *p = &s->opaques.items[i];
        r.var[0] = p->node;
        if (p->kind == kind && p->divisor == divisor && same_linear(&p->of, &of))
            return r;
    }
    for (int i = 0; i < of.n; i++)
        if (!moderate(of.coef[i], 28))
            return not_linear;
    struct overlap_node node = {.parent = (uint32_t)s->v->nodes.count};
    opaque_range(s, &o, &node);
    o.node = r.var[0] = node.parent;
    VEC_PUSH(&s->v->arena, &s->v->nodes, node);
    VEC_PUSH(&s->v->arena, &s->opaques, o);
    return r;
}

static struct linear linear_of(struct solver *s, const struct model_int *e, uint32_t first_var)
{
    struct linear r = {.ok = true};
    if (e->kind == MODEL_INT_CONST) {
        r.k = e->value;
        r.ok = moderate(r.k, 60);
        return r;
    }
    if (e->kind == MODEL_INT_VAR) {
        add_term(&r, overlap_root(s->v, first_var + e->var), 1);
        return r;
    }
    if (e->kind == MODEL_INT_NEW)
        abort();
    struct linear a = linear_of(s, e->a, first_var), b = linear_of(s, e->b, first_var);
    if (!a.ok || !b.ok)
        return not_linear;
    switch (e->kind) {
    case MODEL_INT_ADD:
        return linear_add(a, b, 1);
    case MODEL_INT_SUB:
        return linear_add(a, b, -1);
    case MODEL_INT_MUL:
        return b.n == 0 ? linear_add(r, a, b.k) : linear_add(r, b, a.k);
    case MODEL_INT_DIV:
    case MODEL_INT_MOD:
        return opaque(s, e->kind, a, b.k);
    case MODEL_INT_CONST:
    case MODEL_INT_VAR:
    case MODEL_INT_NEW:
    case MODEL_INT_JOIN:
    case MODEL_INT_MEET:
        break;
    }
    return not_linear;
}

/* --- from comparisons to differences -----------------------------------------------------------
 */

void overlap_push_diff(struct solver *s, uint32_t x, uint32_t y, int64_t k)
{
    struct diff d = {x, y, k};
    VEC_PUSH(&s->v->arena, &s->diffs, d);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* c * (x - y) + k  cmp  0, c positive */
static void add_difference(struct solver *s, enum model_cmp cmp, uint32_t x, uint32_t y, int64_t c,
                           int64_t k)
{
    bool exact = k % c == 0;
    if (cmp == MODEL_NE) {
        struct unequal u = {x, y, -k / c};
        if (exact)
            VEC_PUSH(&s->v->arena, &s->unequals, u);
        return;
    }
    if (cmp == MODEL_EQ && !exact)
        overlap_push_diff(s, SEMA_NONE, SEMA_NONE, -1);
    if (cmp == MODEL_EQ || cmp == MODEL_LE || cmp == MODEL_LT)
        overlap_push_diff(s, x, y, floor_div(-k - (cmp == MODEL_LT), c));
    if (cmp == MODEL_EQ || cmp == MODEL_GE || cmp == MODEL_GT)
        overlap_push_diff(s, y, x, floor_div(k - (cmp == MODEL_GT), c));
}

void overlap_add_comparison(struct solver *s, const struct hard *h)
{
    enum model_cmp cmp = h->positive ? h->guard->cmp : overlap_negate(h->guard->cmp);
    struct linear d = linear_of(s, h->guard->x, h->first_var);
    struct linear b = linear_of(s, h->guard->y, h->first_var);
    d = d.ok && b.ok ? linear_add(d, b, -1) : not_linear;
    bool difference = d.ok && (d.n < 2 || d.coef[0] == -d.coef[1]);
    if (!difference || d.opaque)
        VEC_PUSH(&s->v->arena, &s->hards, *h);
    if (!difference)
        return;
    if (d.n == 0)
        add_difference(s, cmp, SEMA_NONE, SEMA_NONE, 1, d.k);
    else if (d.n == 1 && d.coef[0] > 0)
        add_difference(s, cmp, d.var[0], SEMA_NONE, d.coef[0], d.k);
    else if (d.n == 1)
        add_difference(s, cmp, SEMA_NONE, d.var[0], -d.coef[0], d.k);
    else if (d.coef[0] > 0)
        add_difference(s, cmp, d.var[0], d.var[1], d.coef[0], d.k);
    else
        add_difference(s, cmp, d.var[1], d.var[0], d.coef[1], d.k);
}
