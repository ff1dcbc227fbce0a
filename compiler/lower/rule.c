#include "compiler/lower/rule.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/lower/match.h"

/* One rule in progress. */
struct work {
    struct lowering *l;
    const struct model_rule *rule;
    struct match match;
    struct ir_rule out;
};

static struct arena *arena(const struct work *w)
{
    return w->l->ir->arena;
}

/* ---- Results ------------------------------------------------------------------------------- */

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
            out.args[a].number = match_int(&w->match, mod->args[a].number);
    }
    return out;
}

static struct ir_set_id lower_modify(struct work *w, struct ir_set_id base,
                                     const struct model_set *node)
{
    struct ir_mod *mods = ARENA_ARRAY(arena(w), struct ir_mod, node->nmods ? node->nmods : 1);
    uint32_t kept = 0;
    for (uint32_t m = 0; m < node->nmods; m++)
        if (match_owns(&w->match,
                       node->mods[m].tag)) /* a DPL module may name others', which are dropped */
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
        return ir_set_arg(pools, match_var(&w->match, node->var));
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
    w->out.response = rule->allow ? 0 : rule->response;
    w->out.message = rule->allow || !rule->message ? "" : arena_strdup(arena(w), rule->message);
    w->out.file = arena_strdup(arena(w), rule->loc.file ? rule->loc.file : "");
    w->out.line = rule->loc.line;
    w->out.column = rule->loc.column;
    w->out.policy = arena_strdup(arena(w), rule->policy ? rule->policy : "");
    w->out.text = arena_strdup(arena(w), rule->text ? rule->text : "");
}

struct ir_rule lower_rule(struct lowering *l, uint32_t decider, const struct model_rule *rule)
{
    struct work w = {.l = l, .rule = rule};
    const struct model_decider *d = &l->model->deciders[decider];
    match_init(&w.match, l, decider, d->is_global ? IR_NONE : d->domain, rule->nvars);
    w.out.group.v = rule->group == MODEL_EVERY_INSTRUCTION ? IR_NONE : rule->group;
    lower_texts(&w);
    match_patterns(&w.match, rule->patterns, rule->npatterns, 0, POL_OPERANDS, w.out.cond);
    if (rule->guard)
        match_also(&w.match, match_guard(&w.match, rule->guard));
    w.out.guard = w.match.guard;
    for (int r = 0; r < POL_RESULTS; r++)
        w.out.result[r] =
            rule->allow && rule->updates[r] ? lower_set(&w, rule->updates[r]) : IR_NO_SET;
    return w.out;
}
