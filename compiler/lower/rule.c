#include "compiler/lower/rule.h"

#include <stdlib.h>
#include <string.h>

/* One rule in progress. */
struct work {
    struct lowering *l;
    const struct model_rule *rule;
    uint32_t decider;
    struct binding {
        bool bound;
        struct ir_ref ref;
    } * vars;
    struct ir_guard_id guard; /* comparisons from patterns, in written order */
    struct ir_rule out;
};

static struct arena *arena(const struct work *w)
{
    return w->l->ir->arena;
}

static bool is_set(const struct work *w, struct ir_ref ref)
{
    return w->l->ir->space->tags[ref.tag].args[ref.arg].is_set;
}

/* Whether the deciding component owns the tag; a global policy owns all. */
static bool owns(const struct work *w, uint32_t tag)
{
    const struct model_decider *d = &w->l->model->deciders[w->decider];
    return d->is_global || w->l->model->tags[tag].domain == d->domain;
}

/* ---- Patterns ------------------------------------------------------------------------------ */

static void also(struct work *w, struct ir_guard_id guard)
{
    w->guard = ir_guard_also(&w->l->pools, w->guard, guard);
}

static void also_equal(struct work *w, struct ir_int_id x, struct ir_int_id y)
{
    also(w, ir_guard_compare(&w->l->pools, IR_GUARD_EQ, x, y));
}

static void lower_var(struct work *w, struct ir_ref ref, uint32_t var)
{
    struct binding *binding = &w->vars[var];
    if (!binding->bound)
        *binding = (struct binding){true, ref};
    else if (is_set(w, ref))
        also(w, ir_guard_seteq(&w->l->pools, ref, binding->ref));
    else
        also_equal(w, ir_int_arg(&w->l->pools, ref), ir_int_arg(&w->l->pools, binding->ref));
}

static void lower_constant(struct work *w, struct ir_ref ref, uint64_t value)
{
    if (value >= w->l->ir->space->tags[ref.tag].args[ref.arg].limit) {
        w->out.cond[ref.op].never = true;
        return;
    }
    also_equal(w, ir_int_arg(&w->l->pools, ref), ir_int_const(&w->l->pools, (int64_t)value));
}

static void lower_args(struct work *w, enum pol_operand op, const struct model_req *req)
{
    for (uint32_t a = 0; req->args && a < w->l->ir->space->tags[req->tag].nargs; a++) {
        struct ir_ref ref = {op, req->tag, a};
        const struct model_arg *arg = &req->args[a];
        if (arg->kind == MODEL_ARG_VAR)
            lower_var(w, ref, arg->var);
        else if (arg->kind == MODEL_ARG_INT)
            lower_constant(w, ref, arg->value);
    }
}

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

/* All required, or all forbidden, tags of one operand's patterns. */
static uint32_t *gather(struct work *w, enum pol_operand op, bool forbidden, uint32_t *count)
{
    size_t total = 0;
    for (uint32_t i = 0; i < w->rule->npatterns; i++)
        total += w->rule->patterns[i].nreqs;
    uint32_t *tags = ARENA_ARRAY(arena(w), uint32_t, total ? total : 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->rule->npatterns; i++) {
        const struct model_pattern *pattern = &w->rule->patterns[i];
        for (uint32_t r = 0; pattern->operand == op && r < pattern->nreqs; r++)
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

/* `{..}` must name every own tag that is required by any pattern of the operand, and can name no
 * tag of another owner. */
static void check_exact(struct work *w, const struct model_pattern *pattern, struct ir_cond *cond)
{
    uint32_t own = 0, n = 0;
    uint32_t *named = ARENA_ARRAY(arena(w), uint32_t, pattern->nreqs ? pattern->nreqs : 1);
    for (uint32_t r = 0; r < pattern->nreqs; r++) {
        if (pattern->reqs[r].forbidden)
            continue;
        named[n++] = pattern->reqs[r].tag;
        if (!owns(w, pattern->reqs[r].tag))
            cond->never = true;
    }
    uint32_t count = sort_unique(named, n);
    for (uint32_t i = 0; i < cond->nrequired; i++)
        own += owns(w, cond->required[i]);
    if (own > count)
        cond->never = true;
    cond->exact = true;
}

static void lower_patterns(struct work *w)
{
    for (int op = 0; op < POL_OPERANDS; op++) {
        struct ir_cond *cond = &w->out.cond[op];
        cond->required = gather(w, (enum pol_operand)op, false, &cond->nrequired);
        cond->forbidden = gather(w, (enum pol_operand)op, true, &cond->nforbidden);
        drop_contradictions(cond);
    }
    for (uint32_t i = 0; i < w->rule->npatterns; i++) {
        const struct model_pattern *pattern = &w->rule->patterns[i];
        if (pattern->exact)
            check_exact(w, pattern, &w->out.cond[pattern->operand]);
        for (uint32_t r = 0; r < pattern->nreqs; r++)
            lower_args(w, pattern->operand, &pattern->reqs[r]);
    }
}

/* ---- Expressions --------------------------------------------------------------------------- */

/* Where a variable is read; sema has seen to it that a pattern binds it. */
static struct ir_ref var_ref(const struct work *w, uint32_t var)
{
    if (var >= w->rule->nvars || !w->vars[var].bound)
        abort();
    return w->vars[var].ref;
}

static uint32_t counter_of(const struct work *w, uint32_t type)
{
    const struct model *model = w->l->model;
    for (uint32_t c = 0; c < model->ncounters; c++)
        if (model->counters[c].decider == w->decider && model->counters[c].type == type)
            return c;
    abort();
}

static struct ir_int_id lower_int(struct work *w, const struct model_int *node)
{
    struct ir_pools *pools = &w->l->pools;
    switch (node->kind) {
    case MODEL_INT_CONST:
        return ir_int_const(pools, node->value);
    case MODEL_INT_VAR:
        return ir_int_arg(pools, var_ref(w, node->var));
    case MODEL_INT_NEW:
        return ir_int_new(pools, counter_of(w, node->type), node->new_index);
    default:
        break;
    }
    static const enum ir_int_kind kinds[] = {[MODEL_INT_ADD] = IR_INT_ADD,
                                             [MODEL_INT_SUB] = IR_INT_SUB,
                                             [MODEL_INT_MUL] = IR_INT_MUL,
                                             [MODEL_INT_DIV] = IR_INT_DIV,
                                             [MODEL_INT_MOD] = IR_INT_MOD};
    struct ir_int_id a = lower_int(w, node->a);
    struct ir_int_id b = lower_int(w, node->b);
    return ir_int_op(pools, kinds[node->kind], a, b);
}

static struct ir_guard_id lower_compare(struct work *w, const struct model_guard *node)
{
    struct ir_int_id x = lower_int(w, node->x);
    struct ir_int_id y = lower_int(w, node->y);
    struct ir_pools *pools = &w->l->pools;
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

static struct ir_guard_id lower_guard(struct work *w, const struct model_guard *node)
{
    struct ir_pools *pools = &w->l->pools;
    struct ir_guard_id a, b;
    switch (node->kind) {
    case MODEL_GUARD_TRUE:
    case MODEL_GUARD_FALSE:
        return ir_guard_const(pools, node->kind == MODEL_GUARD_TRUE);
    case MODEL_GUARD_NOT:
        return ir_guard_not(pools, lower_guard(w, node->a));
    case MODEL_GUARD_AND:
    case MODEL_GUARD_OR:
        a = lower_guard(w, node->a);
        b = lower_guard(w, node->b);
        return ir_guard_join(pools, node->kind == MODEL_GUARD_AND ? IR_GUARD_AND : IR_GUARD_OR, a,
                             b);
    case MODEL_GUARD_CMP:
        return lower_compare(w, node);
    case MODEL_GUARD_SETCMP:
        a = ir_guard_seteq(pools, var_ref(w, node->var_x), var_ref(w, node->var_y));
        return node->cmp == MODEL_NE ? ir_guard_not(pools, a) : a;
    }
    abort();
}

static struct ir_set_id lower_set(struct work *w, const struct model_set *node);

static struct ir_mod lower_mod(struct work *w, const struct model_mod *mod)
{
    struct ir_mod out = {.tag = mod->tag, .remove = mod->remove};
    const struct pol_tag_info *info = &w->l->ir->space->tags[mod->tag];
    if (mod->remove || info->nargs == 0)
        return out;
    out.args = ARENA_ARRAY(arena(w), struct ir_value, info->nargs);
    for (uint32_t a = 0; a < info->nargs; a++) {
        out.args[a] = (struct ir_value){IR_NO_INT, IR_NO_SET};
        if (info->args[a].is_set)
            out.args[a].set = lower_set(w, mod->args[a].set);
        else
            out.args[a].number = lower_int(w, mod->args[a].number);
    }
    return out;
}

static struct ir_set_id lower_modify(struct work *w, struct ir_set_id base,
                                     const struct model_set *node)
{
    struct ir_mod *mods = ARENA_ARRAY(arena(w), struct ir_mod, node->nmods ? node->nmods : 1);
    uint32_t kept = 0;
    for (uint32_t m = 0; m < node->nmods; m++)
        if (owns(w, node->mods[m].tag)) /* a DPL module may name others', which are dropped */
            mods[kept++] = lower_mod(w, &node->mods[m]);
    return kept ? ir_set_modify(&w->l->pools, base, mods, kept) : base;
}

static struct ir_set_id lower_set(struct work *w, const struct model_set *node)
{
    struct ir_pools *pools = &w->l->pools;
    struct ir_set_id a, b;
    switch (node->kind) {
    case MODEL_SET_OPERAND:
        return ir_set_operand(pools, node->operand);
    case MODEL_SET_VAR:
        return ir_set_arg(pools, var_ref(w, node->var));
    case MODEL_SET_LITERAL:
        return lower_modify(w, ir_set_empty(pools), node);
    case MODEL_SET_MODIFY:
        return lower_modify(w, lower_set(w, node->a), node);
    case MODEL_SET_UNION:
    case MODEL_SET_INTER:
        a = lower_set(w, node->a);
        b = lower_set(w, node->b);
        return ir_set_join(pools, node->kind == MODEL_SET_UNION ? IR_SET_UNION : IR_SET_INTER, a,
                           b);
    }
    abort();
}

/* ---- The rule ------------------------------------------------------------------------------ */

static void lower_texts(struct work *w)
{
    const struct model_rule *rule = w->rule;
    w->out.allow = rule->allow;
    w->out.message = rule->allow || !rule->message ? "" : arena_strdup(arena(w), rule->message);
    w->out.file = arena_strdup(arena(w), rule->loc.file ? rule->loc.file : "");
    w->out.line = rule->loc.line;
    w->out.column = rule->loc.column;
    w->out.policy = arena_strdup(arena(w), rule->policy ? rule->policy : "");
    w->out.text = arena_strdup(arena(w), rule->text ? rule->text : "");
}

struct ir_rule lower_rule(struct lowering *l, uint32_t decider, const struct model_rule *rule)
{
    struct work w = {.l = l, .rule = rule, .decider = decider, .guard = IR_NO_GUARD};
    w.vars = ARENA_ARRAY(l->ir->arena, struct binding, rule->nvars ? rule->nvars : 1);
    w.out.group.v = rule->group == MODEL_EVERY_INSTRUCTION ? IR_NONE : rule->group;
    lower_texts(&w);
    lower_patterns(&w);
    if (rule->guard)
        also(&w, lower_guard(&w, rule->guard));
    w.out.guard = w.guard;
    for (int r = 0; r < POL_RESULTS; r++)
        w.out.result[r] =
            rule->allow && rule->updates[r] ? lower_set(&w, rule->updates[r]) : IR_NO_SET;
    return w.out;
}
