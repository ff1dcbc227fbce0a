/* Arguments: equality and choice. */
#include "compiler/logic/scene.h"

#include <assert.h>

long nested_find(const struct nested *set, uint32_t tag)
{
    uint32_t lo = 0, hi = set->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (set->tags[mid] < tag)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < set->n && set->tags[lo] == tag ? (long)lo : -1;
}

sat_lit nested_equal(struct sat *s, const struct nested *a, const struct nested *b)
{
    sat_lit all = SAT_TRUE;
    uint32_t i = 0, k = 0;
    while (i < a->n || k < b->n) {
        if (k == b->n || (i < a->n && a->tags[i] < b->tags[k])) {
            all = sat_and(s, all, -a->has[i++]);
        } else if (i == a->n || b->tags[k] < a->tags[i]) {
            all = sat_and(s, all, -b->has[k++]);
        } else {
            sat_lit same = args_equal(s, a->nargs[i], a->args[i], b->args[k]);
            all = sat_and(s, all, sat_iff(s, a->has[i], b->has[k]));
            all = sat_and(s, all, sat_or(s, -a->has[i], same));
            i++, k++;
        }
    }
    return all;
}

sat_lit arg_equal(struct sat *s, struct arg a, struct arg b)
{
    if (!a.set)
        return bits_eq(s, a.number, b.number);
    return a.set == b.set ? SAT_TRUE : nested_equal(s, a.set, b.set);
}

sat_lit args_equal(struct sat *s, uint32_t nargs, const struct arg *a, const struct arg *b)
{
    sat_lit all = SAT_TRUE;
    for (uint32_t k = 0; a != b && k < nargs; k++)
        all = sat_and(s, all, arg_equal(s, a[k], b[k]));
    return all;
}

static const struct nested *nested_ite(struct sat *s, sat_lit cond, const struct nested *a,
                                       const struct nested *b)
{
    struct nested *out = ARENA_NEW(sat_arena(s), struct nested);
    sat_lit *has = ARENA_ARRAY(sat_arena(s), sat_lit, a->n + (size_t)1);
    const struct arg **args = ARENA_ARRAY(sat_arena(s), const struct arg *, a->n + (size_t)1);
    assert(a->n == b->n);
    for (uint32_t i = 0; i < a->n; i++) {
        assert(a->tags[i] == b->tags[i]);
        has[i] = sat_ite(s, cond, a->has[i], b->has[i]);
        args[i] = args_ite(s, a->nargs[i], cond, a->args[i], b->args[i]);
    }
    *out = (struct nested){a->n, a->tags, a->nargs, has, args};
    return out;
}

struct arg arg_ite(struct sat *s, sat_lit cond, struct arg a, struct arg b)
{
    if (cond == SAT_TRUE || cond == SAT_FALSE)
        return cond == SAT_TRUE ? a : b;
    if (!a.set)
        return (struct arg){bits_ite(s, cond, a.number, b.number), NULL};
    return (struct arg){a.number, a.set == b.set ? a.set : nested_ite(s, cond, a.set, b.set)};
}

const struct arg *args_ite(struct sat *s, uint32_t nargs, sat_lit cond, const struct arg *a,
                           const struct arg *b)
{
    if (nargs == 0 || a == b || cond == SAT_TRUE)
        return a;
    if (cond == SAT_FALSE)
        return b;
    struct arg *out = ARENA_ARRAY(sat_arena(s), struct arg, nargs);
    for (uint32_t k = 0; k < nargs; k++)
        out[k] = arg_ite(s, cond, a[k], b[k]);
    return out;
}
