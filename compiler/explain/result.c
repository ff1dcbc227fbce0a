/* How results come about: every part of an expression, asked of the interpreter. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/explain/internal.h"

/* The set of an expression, or false: a built-in failure. */
static bool value_of(struct explainer *x, const struct model_set *set, uint32_t *out)
{
    x->eval.cause = POL_CAUSE_NONE;
    x->eval.tag = POL_NO_TAG;
    return expr_set(&x->eval, set, out);
}

/* ---- Failures -------------------------------------------------------------------------------- */

static void add_tag_of(struct str_buf *out, const struct explainer *x, const uint32_t *set,
                       uint32_t tag)
{
    uint32_t *only = interp_temp_take(x->eval.interp);
    set_clear(x->model->space, only);
    set_put(x->model->space, only, set, tag);
    str_add(out, explain_literal(x, only));
    interp_temp_drop(x->eval.interp);
}

static const char *conflict(struct explainer *x, const struct model_set *set)
{
    uint32_t tag = x->eval.tag;
    uint32_t *a = interp_temp_take(x->eval.interp), *b = interp_temp_take(x->eval.interp);
    struct str_buf out;
    str_init(&out);
    if (value_of(x, set->a, a) && value_of(x, set->b, b)) {
        str_printf(&out, "%s has ", explain_set_text(x, set->a));
        add_tag_of(&out, x, a, tag);
        str_printf(&out, ", %s has ", explain_set_text(x, set->b));
        add_tag_of(&out, x, b, tag);
    }
    interp_temp_drop(x->eval.interp);
    interp_temp_drop(x->eval.interp);
    return explain_keep(x, &out);
}

/* The argument of an addition that is out of its type's range. */
static const char *out_of_range(struct explainer *x, const struct model_set *set)
{
    struct str_buf out;
    str_init(&out);
    for (uint32_t i = 0; i < set->nmods; i++)
        for (uint32_t k = 0; !set->mods[i].remove && k < x->model->tags[set->mods[i].tag].nargs;
             k++) {
            const struct pol_tag_arg *arg = &x->model->space->tags[set->mods[i].tag].args[k];
            int64_t value = 0;
            if (out.len || arg->is_set || !expr_int(&x->eval, set->mods[i].args[k].number, &value))
                continue;
            if (value >= 0 && (uint64_t)value < arg->limit)
                continue;
            explain_int(&out, x, set->mods[i].args[k].number, false);
            str_printf(&out, " is %" PRId64 ", and ", value);
            explain_tag_name(&out, x, set->mods[i].tag);
            str_printf(&out, " takes 0 to %" PRIu64, arg->limit - 1);
        }
    return explain_keep(x, &out);
}

/* Why this expression fails although the ones inside it do not. */
static const char *reason(struct explainer *x, const struct model_set *set)
{
    struct str_buf out;
    switch (x->eval.cause) {
    case POL_CAUSE_CONFLICT:
        return conflict(x, set);
    case POL_CAUSE_RANGE:
        return out_of_range(x, set);
    case POL_CAUSE_EXHAUSTED:
        return "there is no fresh value left";
    default:
        str_init(&out);
        str_add(&out, "a TagSet argument cannot hold ");
        explain_tag_name(&out, x, x->eval.tag);
        return explain_keep(x, &out);
    }
}

/* Looking for the reason asks for values again; the failure stays as it was. */
static const char *failure(struct explainer *x, const struct model_set *set)
{
    enum pol_cause cause = x->eval.cause;
    uint32_t tag = x->eval.tag;
    const char *why = reason(x, set);
    x->eval.cause = cause;
    x->eval.tag = tag;
    return why;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* Parts worth a line of their own: what is combined or changed. */
static bool explain_steps(struct explainer *x, const struct model_set *set,
                          struct explain_result *out);

static bool explain_parts(struct explainer *x, const struct model_set *set,
                          struct explain_result *out)
{
    bool combines = set->kind == MODEL_SET_UNION || set->kind == MODEL_SET_INTER;
    if (set->kind != MODEL_SET_MODIFY && !combines)
        return true;
    return explain_steps(x, set->a, out) && (!combines || explain_steps(x, set->b, out));
}

static bool explain_steps(struct explainer *x, const struct model_set *set,
                          struct explain_result *out)
{
    if (!explain_parts(x, set, out))
        return false;
    uint32_t *value = interp_temp_take(x->eval.interp);
    struct explain_step step = {.text = explain_set_text(x, set)};
    if (value_of(x, set, value))
        step.value = explain_literal(x, value);
    else
        step.why = failure(x, set);
    interp_temp_drop(x->eval.interp);
    VEC_PUSH(x->arena, &out->steps, step);
    return step.value != NULL;
}

/* What the decider owns of a result's old set. */
static const char *old_value(struct explainer *x, enum pol_result result)
{
    static const unsigned from[POL_RESULTS] = {POL_OP_ENV, POL_TUPLE_RD, POL_OP_OP2, POL_OP_MEM};
    uint32_t *own = interp_temp_take(x->eval.interp);
    set_project(x->model->space, own, x->tuple->set[from[result]], x->eval.owned);
    const char *text = explain_literal(x, own);
    interp_temp_drop(x->eval.interp);
    return text;
}

void explain_results(struct explainer *x, struct explain_decider *out)
{
    for (unsigned r = 0; r < POL_RESULTS; r++) {
        struct explain_result result = {.result = (enum pol_result)r,
                                        .name = explain_result_name(x, (enum pol_result)r)};
        if (!insn_writes(x->eval.insn, (enum pol_result)r))
            continue;
        if (x->rule->updates[r]) {
            result.text = explain_set_text(x, x->rule->updates[r]);
            if (explain_steps(x, x->rule->updates[r], &result))
                result.value = result.steps.items[result.steps.count - 1].value;
        } else {
            result.value = old_value(x, (enum pol_result)r);
        }
        VEC_PUSH(x->arena, &out->results, result);
        if (!result.value)
            return;
    }
}
