#include "compiler/lower/match.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/lower/table.h"

static struct arena *arena(const struct match *m)
{
    return m->l->ir->arena;
}

static bool is_set(const struct match *m, struct ir_ref ref)
{
    return m->l->ir->space->tags[ref.tag].args[ref.arg].is_set;
}

void match_init(struct match *m, struct lowering *l, uint32_t decider, uint32_t domain,
                uint32_t nvars)
{
    *m = (struct match){.l = l, .decider = decider, .domain = domain, .nvars = nvars};
    m->vars = ARENA_ARRAY(l->ir->arena, struct match_binding, nvars ? nvars : 1);
    m->guard = IR_NO_GUARD;
}

bool match_owns(const struct match *m, uint32_t tag)
{
    return m->domain == IR_NONE || m->l->model->tags[tag].domain == m->domain;
}

/* ---- Arguments ----------------------------------------------------------------------------- */

void match_also(struct match *m, struct ir_guard_id guard)
{
    m->guard = ir_guard_also(&m->l->pools, m->guard, guard);
}

static void also_equal(struct match *m, struct ir_int_id x, struct ir_int_id y)
{
    match_also(m, ir_guard_compare(&m->l->pools, IR_GUARD_EQ, x, y));
}

static void bind(struct match *m, struct ir_ref ref, uint32_t var)
{
    struct match_binding *binding = &m->vars[var];
    if (!binding->bound)
        *binding = (struct match_binding){true, ref};
    else if (is_set(m, ref))
        match_also(m, ir_guard_seteq(&m->l->pools, ref, binding->ref));
    else
        also_equal(m, ir_int_arg(&m->l->pools, ref), ir_int_arg(&m->l->pools, binding->ref));
}

/* False if the argument cannot have the value. */
static bool want_constant(struct match *m, struct ir_ref ref, uint64_t value)
{
    if (value >= m->l->ir->space->tags[ref.tag].args[ref.arg].limit)
        return false;
    also_equal(m, ir_int_arg(&m->l->pools, ref), ir_int_const(&m->l->pools, (int64_t)value));
    return true;
}

static void match_args(struct match *m, uint32_t place, const struct model_req *req,
                       struct ir_cond *cond)
{
    for (uint32_t a = 0; req->args && a < m->l->ir->space->tags[req->tag].nargs; a++) {
        struct ir_ref ref = {(enum pol_operand)place, req->tag, a};
        const struct model_arg *arg = &req->args[a];
        if (arg->kind == MODEL_ARG_VAR)
            bind(m, ref, arg->var);
        else if (arg->kind == MODEL_ARG_INT && !want_constant(m, ref, arg->value))
            cond->never = true;
    }
}

/* ---- Tags ---------------------------------------------------------------------------------- */

struct patterns {
    const struct model_pattern *items;
    uint32_t count;
};

static int ascending(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

static uint32_t sort_unique(uint32_t *tags, uint32_t count)
{
    if (count == 0)
        return 0;
    qsort(tags, count, sizeof *tags, ascending);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < count; i++)
        if (tags[i] != tags[kept - 1])
            tags[kept++] = tags[i];
    return kept;
}

static bool sorted_has(const uint32_t *tags, uint32_t count, uint32_t tag)
{
    return count > 0 && bsearch(&tag, tags, count, sizeof *tags, ascending) != NULL;
}

/* All required, or all forbidden, tags of one place's patterns. */
static uint32_t *gather(struct match *m, const struct patterns *all, uint32_t place, bool forbidden,
                        uint32_t *count)
{
    size_t total = 0;
    for (uint32_t i = 0; i < all->count; i++)
        total += (uint32_t)all->items[i].operand == place ? all->items[i].nreqs : 0;
    uint32_t *tags = ARENA_ARRAY(arena(m), uint32_t, total ? total : 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        const struct model_pattern *pattern = &all->items[i];
        for (uint32_t r = 0; (uint32_t)pattern->operand == place && r < pattern->nreqs; r++)
            if (pattern->reqs[r].forbidden == forbidden)
                tags[n++] = pattern->reqs[r].tag;
    }
    *count = sort_unique(tags, n);
    return tags;
}

/* A tag both required and forbidden: the condition cannot hold. */
static void drop_contradictions(struct ir_cond *cond)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        if (sorted_has(cond->required, cond->nrequired, cond->forbidden[i]))
            cond->never = true;
        else
            cond->forbidden[kept++] = cond->forbidden[i];
    cond->nforbidden = kept;
}

/* `{..}` must name every own tag that is required by any pattern of the place, and can name no tag
 * of another owner. */
static void check_exact(struct match *m, const struct model_pattern *pattern, struct ir_cond *cond)
{
    uint32_t own = 0, n = 0;
    uint32_t *named = ARENA_ARRAY(arena(m), uint32_t, pattern->nreqs ? pattern->nreqs : 1);
    for (uint32_t r = 0; r < pattern->nreqs; r++) {
        if (pattern->reqs[r].forbidden)
            continue;
        named[n++] = pattern->reqs[r].tag;
        if (!match_owns(m, pattern->reqs[r].tag))
            cond->never = true;
    }
    uint32_t count = sort_unique(named, n);
    for (uint32_t i = 0; i < cond->nrequired; i++)
        own += match_owns(m, cond->required[i]);
    if (own > count)
        cond->never = true;
    cond->exact = true;
}

void match_patterns(struct match *m, const struct model_pattern *patterns, uint32_t npatterns,
                    uint32_t first, uint32_t count, struct ir_cond *conds)
{
    struct patterns all = {patterns, npatterns};
    for (uint32_t i = 0; i < count; i++) {
        conds[i].required = gather(m, &all, first + i, false, &conds[i].nrequired);
        conds[i].forbidden = gather(m, &all, first + i, true, &conds[i].nforbidden);
        drop_contradictions(&conds[i]);
    }
    for (uint32_t i = 0; i < npatterns; i++) {
        const struct model_pattern *pattern = &patterns[i];
        uint32_t at = (uint32_t)pattern->operand - first;
        if (at >= count)
            continue;
        if (pattern->exact)
            check_exact(m, pattern, &conds[at]);
        for (uint32_t r = 0; r < pattern->nreqs; r++)
            match_args(m, first + at, &pattern->reqs[r], &conds[at]);
    }
}

/* ---- Expressions --------------------------------------------------------------------------- */

/* Where a variable is read; sema has seen to it that a pattern binds it. */
struct ir_ref match_var(const struct match *m, uint32_t var)
{
    if (var >= m->nvars || !m->vars[var].bound)
        abort();
    return m->vars[var].ref;
}

static uint32_t counter_of(const struct match *m, uint32_t type)
{
    const struct model *model = m->l->model;
    for (uint32_t c = 0; c < model->ncounters; c++)
        if (model->counters[c].decider == m->decider && model->counters[c].type == type)
            return c;
    abort();
}

struct ir_int_id match_int(struct match *m, const struct model_int *node)
{
    struct ir_pools *pools = &m->l->pools;
    switch (node->kind) {
    case MODEL_INT_CONST:
        return ir_int_const(pools, node->value);
    case MODEL_INT_VAR:
        return ir_int_arg(pools, match_var(m, node->var));
    case MODEL_INT_NEW:
        return ir_int_new(pools, counter_of(m, node->type), node->new_index);
    default:
        break;
    }
    static const enum ir_int_kind kinds[] = {
        [MODEL_INT_ADD] = IR_INT_ADD,  [MODEL_INT_SUB] = IR_INT_SUB, [MODEL_INT_MUL] = IR_INT_MUL,
        [MODEL_INT_DIV] = IR_INT_DIV,  [MODEL_INT_MOD] = IR_INT_MOD, [MODEL_INT_JOIN] = IR_INT_JOIN,
        [MODEL_INT_MEET] = IR_INT_MEET};
    struct ir_int_id a = match_int(m, node->a);
    struct ir_int_id b = match_int(m, node->b);
    if (node->kind == MODEL_INT_JOIN || node->kind == MODEL_INT_MEET)
        return ir_int_bound(pools, kinds[node->kind], lower_lattice_of(m->l, node->type), a, b);
    return ir_int_op(pools, kinds[node->kind], a, b);
}

static struct ir_guard_id compare(struct match *m, const struct model_guard *node)
{
    struct ir_int_id x = match_int(m, node->x);
    struct ir_int_id y = match_int(m, node->y);
    struct ir_pools *pools = &m->l->pools;
    switch (node->cmp) {
    case MODEL_EQ:
        return ir_guard_compare(pools, IR_GUARD_EQ, x, y);
    case MODEL_NE:
        return ir_guard_compare(pools, IR_GUARD_NE, x, y);
    case MODEL_LT:
        return ir_guard_compare(pools, IR_GUARD_LT, x, y);
    case MODEL_LE:
        return ir_guard_compare(pools, IR_GUARD_LE, x, y);
    case MODEL_GT:
        return ir_guard_compare(pools, IR_GUARD_LT, y, x);
    case MODEL_GE:
        return ir_guard_compare(pools, IR_GUARD_LE, y, x);
    }
    abort();
}

/* In the order of a lattice, where `less` is `at most` and not equal. */
static struct ir_guard_id compare_order(struct match *m, const struct model_guard *node)
{
    struct ir_pools *pools = &m->l->pools;
    bool swapped = node->cmp == MODEL_GT || node->cmp == MODEL_GE;
    struct ir_int_id *args = ARENA_ARRAY(m->l->ir->arena, struct ir_int_id, 2);
    args[swapped ? 1 : 0] = match_int(m, node->x);
    args[swapped ? 0 : 1] = match_int(m, node->y);
    struct ir_guard_id at_most = ir_guard_relation(pools, lower_order_of(m->l, node->type), args);
    if (node->cmp == MODEL_LE || node->cmp == MODEL_GE)
        return at_most;
    return ir_guard_join(pools, IR_GUARD_AND, at_most,
                         ir_guard_compare(pools, IR_GUARD_NE, args[0], args[1]));
}

static struct ir_guard_id related(struct match *m, const struct model_guard *node)
{
    const struct ir_relation *relation = &m->l->ir->relations[node->relation];
    struct ir_int_id *args = ARENA_ARRAY(m->l->ir->arena, struct ir_int_id, relation->nargs);
    for (uint32_t i = 0; i < relation->nargs; i++)
        args[i] = match_int(m, node->args[i]);
    return ir_guard_relation(&m->l->pools, node->relation, args);
}

struct ir_guard_id match_guard(struct match *m, const struct model_guard *node)
{
    struct ir_pools *pools = &m->l->pools;
    struct ir_guard_id a, b;
    switch (node->kind) {
    case MODEL_GUARD_TRUE:
    case MODEL_GUARD_FALSE:
        return ir_guard_const(pools, node->kind == MODEL_GUARD_TRUE);
    case MODEL_GUARD_NOT:
        return ir_guard_not(pools, match_guard(m, node->a));
    case MODEL_GUARD_AND:
    case MODEL_GUARD_OR:
        a = match_guard(m, node->a);
        b = match_guard(m, node->b);
        return ir_guard_join(pools, node->kind == MODEL_GUARD_AND ? IR_GUARD_AND : IR_GUARD_OR, a,
                             b);
    case MODEL_GUARD_CMP:
        return compare(m, node);
    case MODEL_GUARD_ORDER:
        return compare_order(m, node);
    case MODEL_GUARD_RELATION:
        return related(m, node);
    case MODEL_GUARD_SETCMP:
        a = ir_guard_seteq(pools, match_var(m, node->var_x), match_var(m, node->var_y));
        return node->cmp == MODEL_NE ? ir_guard_not(pools, a) : a;
    }
    abort();
}
