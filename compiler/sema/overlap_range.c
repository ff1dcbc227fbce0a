/* What a rule says of single arguments: constants in patterns, and comparisons of one variable with
 * a constant that its whole guard is a conjunction of. */
#include <stdlib.h>
#include "compiler/sema/overlap.h"

struct ranges {
    const struct model *m;
    const struct model_rule *rule;
    struct arena *arena;
    VEC_OF(struct overlap_range) list;
};

static void add(struct ranges *r, enum pol_operand op, uint32_t tag, uint32_t arg, int64_t lo,
                int64_t hi)
{
    struct overlap_range range = {op, tag, arg, lo, hi};
    VEC_PUSH(r->arena, &r->list, range);
}

/* Every place that a variable stands at. */
static void add_variable(struct ranges *r, uint32_t var, int64_t lo, int64_t hi)
{
    for (uint32_t i = 0; i < r->rule->npatterns; i++) {
        const struct model_pattern *p = &r->rule->patterns[i];
        for (uint32_t k = 0; k < p->nreqs; k++) {
            const struct model_req *q = &p->reqs[k];
            for (uint32_t a = 0; q->args && a < r->m->tags[q->tag].nargs; a++)
                if (q->args[a].kind == MODEL_ARG_VAR && q->args[a].var == var)
                    add(r, p->operand, q->tag, a, lo, hi);
        }
    }
}

static enum model_cmp mirror(enum model_cmp cmp)
{
    static const enum model_cmp of[] = {
        [MODEL_EQ] = MODEL_EQ, [MODEL_NE] = MODEL_NE, [MODEL_LT] = MODEL_GT,
        [MODEL_LE] = MODEL_GE, [MODEL_GT] = MODEL_LT, [MODEL_GE] = MODEL_LE};
    return of[cmp];
}

/* var cmp k */
static void add_bound(struct ranges *r, uint32_t var, enum model_cmp cmp, int64_t k)
{
    int64_t lo = cmp == MODEL_GT ? k + 1 : k, hi = cmp == MODEL_LT ? k - 1 : k;
    if (cmp == MODEL_EQ)
        add_variable(r, var, k, k);
    else if (cmp == MODEL_GT || cmp == MODEL_GE)
        add_variable(r, var, lo, INT64_MAX);
    else if (cmp == MODEL_LT || cmp == MODEL_LE)
        add_variable(r, var, INT64_MIN, hi);
}

static bool in_the_middle(const struct model_int *e)
{
    return e->kind == MODEL_INT_CONST && e->value > INT64_MIN && e->value < INT64_MAX;
}

static void add_guard(struct ranges *r, const struct model_guard *g)
{
    if (g->kind == MODEL_GUARD_AND) {
        add_guard(r, g->a);
        add_guard(r, g->b);
    } else if (g->kind == MODEL_GUARD_CMP) {
        if (g->x->kind == MODEL_INT_VAR && in_the_middle(g->y))
            add_bound(r, g->x->var, g->cmp, g->y->value);
        else if (g->y->kind == MODEL_INT_VAR && in_the_middle(g->x))
            add_bound(r, g->y->var, mirror(g->cmp), g->x->value);
    }
}

static void add_constants(struct ranges *r)
{
    for (uint32_t i = 0; i < r->rule->npatterns; i++) {
        const struct model_pattern *p = &r->rule->patterns[i];
        for (uint32_t k = 0; k < p->nreqs; k++) {
            const struct model_req *q = &p->reqs[k];
            for (uint32_t a = 0; q->args && a < r->m->tags[q->tag].nargs; a++)
                if (q->args[a].kind == MODEL_ARG_INT)
                    add(r, p->operand, q->tag, a, (int64_t)q->args[a].value,
                        (int64_t)q->args[a].value);
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const struct overlap_range *x = a, *y = b;
    if (x->op != y->op)
        return x->op < y->op ? -1 : 1;
    if (x->tag != y->tag)
        return x->tag < y->tag ? -1 : 1;
    return (x->arg > y->arg) - (x->arg < y->arg);
}

void overlap_ranges(const struct model *m, struct overlap_rule *rule, struct arena *arena)
{
    struct ranges r = {.m = m, .rule = rule->rule, .arena = arena};
    uint32_t n = 0;
    add_constants(&r);
    if (rule->rule->guard)
        add_guard(&r, rule->rule->guard);
    if (r.list.count)
        qsort(r.list.items, r.list.count, sizeof *r.list.items, by_place);
    for (size_t i = 0; i < r.list.count; i++) {
        const struct overlap_range *next = &r.list.items[i];
        struct overlap_range *last = n ? &r.list.items[n - 1] : NULL;
        if (!last || by_place(last, next) != 0) {
            r.list.items[n++] = *next;
            continue;
        }
        last->lo = next->lo > last->lo ? next->lo : last->lo;
        last->hi = next->hi < last->hi ? next->hi : last->hi;
    }
    rule->ranges = r.list.items;
    rule->nranges = n;
}

const struct overlap_range *overlap_range(const struct overlap_rule *rule, enum pol_operand op,
                                          uint32_t tag, uint32_t arg)
{
    struct overlap_range key = {.op = op, .tag = tag, .arg = arg};
    return rule->nranges ? bsearch(&key, rule->ranges, rule->nranges, sizeof key, by_place) : NULL;
}

bool overlap_ranges_meet(const struct overlap_rule *a, const struct overlap_rule *b)
{
    for (uint32_t i = 0, k = 0; i < a->nranges && k < b->nranges;) {
        int order = by_place(&a->ranges[i], &b->ranges[k]);
        if (order == 0 && (a->ranges[i].lo > b->ranges[k].hi || b->ranges[k].lo > a->ranges[i].hi))
            return false;
        i += order <= 0;
        k += order >= 0;
    }
    return true;
}
