/* Which part of a rule does not hold.  The parts are asked one by one: each is put into a copy of
 * the rule that has only what comes before it, and the interpreter says whether that matches. */
#include <stdlib.h>
#include <string.h>

#include "compiler/explain/internal.h"

/* Whether the rule with its first n patterns, and a guard or none, matches. */
static bool matches_up_to(struct explainer *x, uint32_t npatterns, struct model_guard *guard)
{
    struct model_rule part = *x->rule;
    part.npatterns = npatterns;
    part.guard = guard;
    return match_rule(&x->eval, &part);
}

/* The same, of the last pattern only the first `nreqs` requirements. */
static bool matches_part(struct explainer *x, uint32_t last, uint32_t nreqs)
{
    struct model_rule part = *x->rule;
    struct model_pattern *patterns = ARENA_ARRAY(x->arena, struct model_pattern, last + (size_t)1);
    memcpy(patterns, x->rule->patterns, (last + (size_t)1) * sizeof *patterns);
    patterns[last].nreqs = nreqs;
    patterns[last].exact = false;
    part.patterns = patterns;
    part.npatterns = last + 1;
    part.guard = NULL;
    return match_rule(&x->eval, &part);
}

/* ---- Patterns -------------------------------------------------------------------------------- */

static const char *given_operand(const struct explainer *x, enum pol_operand op)
{
    return arena_printf(x->arena, "%s is %s", explain_operand(x, op),
                        explain_literal(x, x->tuple->set[op]));
}

/* The tag is there, but an argument is another.  Variables are as they were when it failed. */
static const char *wrong_argument(struct explainer *x, const struct model_pattern *p,
                                  const struct model_req *req)
{
    const struct pol_tag_info *tag = &x->model->space->tags[req->tag];
    const uint32_t *lit = x->tuple->set[p->operand];
    struct str_buf out;
    str_init(&out);
    str_printf(&out, "%s has ", explain_operand(x, p->operand));
    explain_tag_name(&out, x, req->tag);
    for (uint32_t k = 0; k < tag->nargs; k++) {
        const struct model_arg *arg = &req->args[k];
        const struct model_type *type = &x->model->types[x->model->tags[req->tag].arg_types[k]];
        if (type->is_set) {
            if (arg->kind == MODEL_ARG_VAR)
                str_printf(&out, " with another set than %s", x->rule->vars[arg->var].name);
            continue;
        }
        str_add(&out, " ");
        explain_value(&out, type, lit[tag->args[k].offset]);
        if (arg->kind == MODEL_ARG_INT && arg->value != lit[tag->args[k].offset]) {
            str_add(&out, ", not ");
            explain_value(&out, type, (int64_t)arg->value);
        } else if (arg->kind == MODEL_ARG_VAR && x->eval.vars[arg->var].bound &&
                   x->eval.vars[arg->var].number != lit[tag->args[k].offset]) {
            str_printf(&out, " where %s is ", x->rule->vars[arg->var].name);
            explain_value(&out, type, x->eval.vars[arg->var].number);
        }
    }
    return explain_keep(x, &out);
}

static const char *wrong_requirement(struct explainer *x, const struct model_pattern *p,
                                     const struct model_req *req)
{
    struct str_buf out;
    bool present = pol_lit_has(x->tuple->set[p->operand], req->tag);
    if (present && !req->forbidden)
        return wrong_argument(x, p, req);
    str_init(&out);
    str_printf(&out, "%s %s ", explain_operand(x, p->operand), present ? "has" : "lacks");
    explain_tag_name(&out, x, req->tag);
    return explain_keep(x, &out);
}

static bool names_tag(const struct model_pattern *p, uint32_t tag)
{
    for (uint32_t i = 0; i < p->nreqs; i++)
        if (p->reqs[i].tag == tag && !p->reqs[i].forbidden)
            return true;
    return false;
}

/* `{..}`: what the decider owns besides. */
static const char *too_many_tags(struct explainer *x, const struct model_pattern *p)
{
    struct str_buf out;
    const uint32_t *lit = x->tuple->set[p->operand];
    uint32_t n = 0;
    str_init(&out);
    str_printf(&out, "%s also has ", explain_operand(x, p->operand));
    SET_EACH(t, x->model->space, lit)
    {
        if (!pol_lit_has(x->eval.owned, t) || names_tag(p, t))
            continue;
        str_add(&out, n++ ? ", " : "");
        explain_tag_name(&out, x, t);
    }
    return explain_keep(x, &out);
}

/* The pattern does not hold, those before it do. */
static const char *wrong_pattern(struct explainer *x, uint32_t pattern)
{
    const struct model_pattern *p = &x->rule->patterns[pattern];
    for (uint32_t n = 1; n <= p->nreqs; n++)
        if (!matches_part(x, pattern, n))
            return wrong_requirement(x, p, &p->reqs[n - 1]);
    return too_many_tags(x, p);
}

/* ---- Guards ---------------------------------------------------------------------------------- */

/* The part of a guard that decides that it does not hold. */
static struct model_guard *wrong_guard(struct explainer *x, struct model_guard *guard)
{
    if (guard->kind != MODEL_GUARD_AND)
        return guard;
    bool left = matches_up_to(x, x->rule->npatterns, guard->a);
    return wrong_guard(x, left ? guard->b : guard->a);
}

static struct explain_condition explain_guard(struct explainer *x, bool holds)
{
    struct model_guard *guard = x->rule->guard;
    struct model_guard *part = holds ? guard : wrong_guard(x, guard);
    struct explain_condition c = {.text = explain_guard_text(x, guard, false),
                                  .given = explain_guard_text(x, guard, true),
                                  .holds = holds};
    if (!holds)
        c.why = arena_printf(x->arena, "%s does not hold", explain_guard_text(x, part, true));
    return c;
}

/* ---- Rules ----------------------------------------------------------------------------------- */

bool explain_match(struct explainer *x, struct explain_rule *out)
{
    const struct model_rule *rule = x->rule;
    for (uint32_t i = 0; i < rule->npatterns; i++) {
        const struct model_pattern *p = &rule->patterns[i];
        struct explain_condition c = {.text = explain_pattern_text(x, p),
                                      .given = given_operand(x, p->operand),
                                      .holds = matches_up_to(x, i + 1, NULL)};
        c.why = c.holds ? NULL : wrong_pattern(x, i);
        VEC_PUSH(x->arena, &out->conditions, c);
        if (!c.holds)
            return false;
    }
    bool holds = match_rule(&x->eval, rule);
    if (rule->guard) {
        struct explain_condition c = explain_guard(x, holds);
        VEC_PUSH(x->arena, &out->conditions, c);
    }
    return match_rule(&x->eval, rule); /* binds all variables again */
}
