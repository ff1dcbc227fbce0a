/* The values of a result: integers, fresh values, tag sets; and the built-in failures that they can
 * meet, in the order in which the language says they count: left to right, innermost first. */
#include "compiler/interp/internal.h"

#include <assert.h>
#include <stdlib.h>

bool eval_fail(struct eval *ev, enum pol_cause cause, uint32_t tag)
{
    ev->cause = cause;
    ev->tag = tag;
    return false;
}

/* ---- Integers -------------------------------------------------------------------------------- */

static size_t find_counter(const struct eval *ev, uint32_t type)
{
    size_t c = 0;
    while (c < ev->model->ncounters &&
           (ev->model->counters[c].decider != ev->decider || ev->model->counters[c].type != type))
        c++;
    assert(c < ev->model->ncounters);
    return c;
}

/* `new`: the counter itself moves at commit only, past all that the step used. */
static bool fresh_value(struct eval *ev, const struct model_int *x, int64_t *value)
{
    const struct model_type *type = &ev->model->types[x->type];
    size_t c = find_counter(ev, x->type);
    uint64_t *used = &ev->interp->used[c];
    uint64_t fresh = ev->interp->counters[c] + x->new_index;
    if (type->exhaust && fresh >= type->limit)
        return eval_fail(ev, POL_CAUSE_EXHAUSTED, POL_NO_TAG);
    if (*used <= x->new_index)
        *used = (uint64_t)x->new_index + 1;
    *value = (int64_t)(fresh % type->limit);
    return true;
}

static int64_t variable(const struct eval *ev, uint32_t var)
{
    assert(ev->vars[var].bound);
    return ev->vars[var].number;
}

/* Exact: sema has bounded every intermediate value to 64 bits, and divisors are positive. */
static int64_t calculate(enum model_int_kind kind, int64_t a, int64_t b)
{
    switch (kind) {
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
    default:
        abort();
    }
}

static uint32_t lattice_value(const struct eval *ev, const struct model_int *x, int64_t a,
                              int64_t b)
{
    const struct model_type *type = &ev->model->types[x->type];
    const uint32_t *table = x->kind == MODEL_INT_JOIN ? type->join : type->meet;
    return table[(uint64_t)a * type->limit + (uint64_t)b];
}

bool expr_int(struct eval *ev, const struct model_int *x, int64_t *value)
{
    int64_t a = 0, b = 0;
    switch (x->kind) {
    case MODEL_INT_CONST:
        *value = x->value;
        return true;
    case MODEL_INT_VAR:
        *value = variable(ev, x->var);
        return true;
    case MODEL_INT_NEW:
        return fresh_value(ev, x, value);
    default:
        if (!expr_int(ev, x->a, &a) || !expr_int(ev, x->b, &b))
            return false;
        if (x->kind == MODEL_INT_JOIN || x->kind == MODEL_INT_MEET)
            *value = lattice_value(ev, x, a, b);
        else
            *value = calculate(x->kind, a, b);
        return true;
    }
}

int64_t expr_int_in_guard(struct eval *ev, const struct model_int *x)
{
    int64_t value = 0;
    bool ok = expr_int(ev, x, &value);
    assert(ok);
    (void)ok;
    return value;
}

/* ---- Tag sets -------------------------------------------------------------------------------- */

static bool store_number(struct eval *ev, const struct model_int *x, uint32_t tag,
                         const struct pol_tag_arg *arg, uint32_t *out)
{
    int64_t value = 0;
    if (!expr_int(ev, x, &value))
        return false;
    if (value < 0 || (uint64_t)value >= arg->limit)
        return eval_fail(ev, POL_CAUSE_RANGE, tag);
    out[arg->offset] = (uint32_t)value;
    return true;
}

/* A TagSet argument holds no tag that has a TagSet argument itself. */
static bool check_flat(struct eval *ev, const uint32_t *set)
{
    SET_EACH(t, ev->space, set)
    if (ev->space->tags[t].has_set_arg)
        return eval_fail(ev, POL_CAUSE_NESTED, t);
    return true;
}

/* A TagSet argument of a component's tag holds what that component owns, whoever stores it. */
static void keep_owner(const struct eval *ev, uint32_t tag, uint32_t *set)
{
    const struct model *model = ev->interp->model;
    uint32_t domain = model->tags[tag].domain;
    if (domain >= model->ndeciders - model->nglobals)
        return;
    SET_EACH(t, ev->space, set)
    if (!pol_lit_has(ev->interp->domains[domain], t))
        set_remove(ev->space, set, t);
}

static bool store_set(struct eval *ev, const struct model_set *expr, uint32_t tag,
                      const struct pol_tag_arg *arg, uint32_t *out)
{
    uint32_t *set = interp_temp_take(ev->interp);
    bool ok = expr_set(ev, expr, set);
    if (ok)
        keep_owner(ev, tag, set);
    ok = ok && check_flat(ev, set);
    if (ok)
        set_flatten(ev->space, out + arg->offset, set);
    interp_temp_drop(ev->interp);
    return ok;
}

/* Adds a tag with the arguments given, whatever arguments it had before. */
static bool add_tag(struct eval *ev, const struct model_mod *mod, uint32_t *out)
{
    const struct pol_tag_info *tag = &ev->space->tags[mod->tag];
    set_remove(ev->space, out, mod->tag);
    pol_lit_set(out, mod->tag);
    for (uint32_t k = 0; k < tag->nargs; k++) {
        const struct pol_tag_arg *arg = &tag->args[k];
        bool ok = arg->is_set ? store_set(ev, mod->args[k].set, mod->tag, arg, out)
                              : store_number(ev, mod->args[k].number, mod->tag, arg, out);
        if (!ok)
            return false;
    }
    return true;
}

/* A component writes only what it owns: other tags are dropped. */
static bool modify(struct eval *ev, const struct model_set *expr, uint32_t *out)
{
    for (uint32_t i = 0; i < expr->nmods; i++) {
        const struct model_mod *mod = &expr->mods[i];
        if (!pol_lit_has(ev->owned, mod->tag))
            continue;
        if (mod->remove)
            set_remove(ev->space, out, mod->tag);
        else if (!add_tag(ev, mod, out))
            return false;
    }
    return true;
}

static bool combine(struct eval *ev, const struct model_set *expr, uint32_t *out)
{
    uint32_t tag = POL_NO_TAG;
    uint32_t *right = interp_temp_take(ev->interp);
    bool ok = expr_set(ev, expr->a, out) && expr_set(ev, expr->b, right);
    if (ok && expr->kind == MODEL_SET_INTER)
        set_intersect(ev->model, out, right);
    else if (ok && !set_unite(ev->model, out, right, &tag))
        ok = eval_fail(ev, POL_CAUSE_CONFLICT, tag);
    interp_temp_drop(ev->interp);
    return ok;
}

static void read_variable(struct eval *ev, uint32_t var, uint32_t *out)
{
    assert(ev->vars[var].bound);
    uint32_t *whole = interp_temp_take(ev->interp);
    set_unflatten(ev->space, whole, ev->vars[var].set);
    set_project(ev->space, out, whole, ev->owned);
    interp_temp_drop(ev->interp);
}

bool expr_set(struct eval *ev, const struct model_set *expr, uint32_t *out)
{
    switch (expr->kind) {
    case MODEL_SET_OPERAND:
        set_project(ev->space, out, eval_operand(ev, expr->operand), ev->owned);
        return true;
    case MODEL_SET_VAR:
        read_variable(ev, expr->var, out);
        return true;
    case MODEL_SET_LITERAL:
        set_clear(ev->space, out);
        return modify(ev, expr, out);
    case MODEL_SET_MODIFY:
        return expr_set(ev, expr->a, out) && modify(ev, expr, out);
    case MODEL_SET_UNION:
    case MODEL_SET_INTER:
        return combine(ev, expr, out);
    }
    abort();
}
