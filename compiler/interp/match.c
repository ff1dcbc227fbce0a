/* Does a rule match?  Patterns, variables and guards. */
#include "compiler/interp/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A variable is bound where it stands first; everywhere else it demands the same value. */
static bool match_number(struct binding *var, uint32_t number)
{
    if (var->bound)
        return var->number == number;
    var->bound = true;
    var->number = number;
    return true;
}

static bool same_sets(const struct pol_space *space, const uint32_t *a, const uint32_t *b)
{
    return memcmp(a, b, space->flat_words * sizeof *a) == 0;
}

static bool match_set(const struct pol_space *space, struct binding *var, const uint32_t *set)
{
    if (var->bound)
        return same_sets(space, var->set, set);
    var->bound = true;
    var->set = set;
    return true;
}

static bool match_arg(struct eval *ev, const struct model_arg *arg,
                      const struct pol_tag_arg *declared, const uint32_t *set)
{
    const uint32_t *word = set + declared->offset;
    switch (arg->kind) {
    case MODEL_ARG_ANY:
        return true;
    case MODEL_ARG_INT:
        return *word == arg->value;
    case MODEL_ARG_VAR:
        return declared->is_set ? match_set(ev->space, &ev->vars[arg->var], word)
                                : match_number(&ev->vars[arg->var], *word);
    }
    abort();
}

static bool match_req(struct eval *ev, const struct model_req *req, const uint32_t *set)
{
    const struct pol_tag_info *tag = &ev->space->tags[req->tag];
    bool present = pol_lit_has(set, req->tag);
    if (req->forbidden || !present)
        return req->forbidden && !present;
    for (uint32_t k = 0; req->args && k < tag->nargs; k++)
        if (!match_arg(ev, &req->args[k], &tag->args[k], set))
            return false;
    return true;
}

/* `{..}`: what the decider owns of the set are exactly the tags named. */
static bool nothing_else(struct eval *ev, const struct model_pattern *pattern, const uint32_t *set)
{
    uint32_t *named = ev->interp->exact, words = ev->space->has_words;
    memset(named, 0, words * sizeof *named);
    for (uint32_t i = 0; i < pattern->nreqs; i++)
        if (!pattern->reqs[i].forbidden)
            pol_lit_set(named, pattern->reqs[i].tag);
    for (uint32_t w = 0; w < words; w++)
        if ((set[w] & ev->owned[w]) != named[w])
            return false;
    return true;
}

static bool match_pattern(struct eval *ev, const struct model_pattern *pattern)
{
    const uint32_t *set = eval_operand(ev, pattern->operand);
    for (uint32_t i = 0; i < pattern->nreqs; i++)
        if (!match_req(ev, &pattern->reqs[i], set))
            return false;
    return !pattern->exact || nothing_else(ev, pattern, set);
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
        return x >= y;
    }
    abort();
}

static bool compare_sets(struct eval *ev, const struct model_guard *guard)
{
    const struct binding *x = &ev->vars[guard->var_x], *y = &ev->vars[guard->var_y];
    assert(x->bound && y->bound && (guard->cmp == MODEL_EQ || guard->cmp == MODEL_NE));
    return same_sets(ev->space, x->set, y->set) == (guard->cmp == MODEL_EQ);
}

/* x below y, or equal. */
static bool below(const struct model_type *type, int64_t x, int64_t y)
{
    return type->join[(uint64_t)x * type->limit + (uint64_t)y] == (uint64_t)y;
}

static bool compare_order(const struct model_type *type, enum model_cmp cmp, int64_t x, int64_t y)
{
    switch (cmp) {
    case MODEL_LT:
        return below(type, x, y) && x != y;
    case MODEL_LE:
        return below(type, x, y);
    case MODEL_GT:
        return below(type, y, x) && x != y;
    case MODEL_GE:
        return below(type, y, x);
    default:
        abort();
    }
}

static bool related(struct eval *ev, const struct model_guard *guard)
{
    const struct model_relation *relation = &ev->model->relations[guard->relation];
    uint64_t bit = 0;
    for (uint32_t i = 0; i < relation->ntypes; i++)
        bit = bit * ev->model->types[relation->types[i]].limit +
              (uint64_t)expr_int_in_guard(ev, guard->args[i]);
    return (relation->bits[bit / 32] >> (bit % 32)) & 1u;
}

static bool guard_holds(struct eval *ev, const struct model_guard *guard)
{
    switch (guard->kind) {
    case MODEL_GUARD_TRUE:
        return true;
    case MODEL_GUARD_FALSE:
        return false;
    case MODEL_GUARD_NOT:
        return !guard_holds(ev, guard->a);
    case MODEL_GUARD_AND:
        return guard_holds(ev, guard->a) && guard_holds(ev, guard->b);
    case MODEL_GUARD_OR:
        return guard_holds(ev, guard->a) || guard_holds(ev, guard->b);
    case MODEL_GUARD_CMP:
        return compare(guard->cmp, expr_int_in_guard(ev, guard->x),
                       expr_int_in_guard(ev, guard->y));
    case MODEL_GUARD_ORDER:
        return compare_order(&ev->model->types[guard->type], guard->cmp,
                             expr_int_in_guard(ev, guard->x), expr_int_in_guard(ev, guard->y));
    case MODEL_GUARD_SETCMP:
        return compare_sets(ev, guard);
    case MODEL_GUARD_RELATION:
        return related(ev, guard);
    }
    abort();
}

bool match_rule(struct eval *ev, const struct model_rule *rule)
{
    for (uint32_t v = 0; v < rule->nvars; v++)
        ev->vars[v].bound = false;
    for (uint32_t i = 0; i < rule->npatterns; i++)
        if (!match_pattern(ev, &rule->patterns[i]))
            return false;
    return !rule->guard || guard_holds(ev, rule->guard);
}
