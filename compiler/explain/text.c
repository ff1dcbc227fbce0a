/* Parts of the model as text, in the words of the rule that they stand in. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/explain/internal.h"

const char *explain_keep(const struct explainer *x, struct str_buf *text)
{
    const char *kept = arena_strdup(x->arena, str_text(text));
    str_free(text);
    return kept;
}

/* ---- Names and values ------------------------------------------------------------------------ */

const char *explain_operand(const struct explainer *x, enum pol_operand op)
{
    static const char *const names[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
    const char *name = x->group ? x->group->operand_name[op] : NULL;
    return name ? name : names[op];
}

const char *explain_result_name(const struct explainer *x, enum pol_result result)
{
    static const char *const names[POL_RESULTS] = {"env", "rd", "csr", "mem"};
    for (uint32_t i = 0; x->group && i < x->group->nresults; i++)
        if (x->group->results[i] == result && x->group->result_name[result])
            return x->group->result_name[result];
    return names[result];
}

const char *explain_literal(const struct explainer *x, const uint32_t *lit)
{
    const struct pol_space *space = x->model->space;
    size_t need = pol_lit_format(space, lit, NULL, 0) + 1;
    char *text = arena_alloc(x->arena, need);
    pol_lit_format(space, lit, text, need);
    return text;
}

void explain_value(struct str_buf *out, const struct model_type *type, int64_t value)
{
    if (type && type->values && value >= 0 && (uint64_t)value < type->limit)
        str_add(out, type->values[value]);
    else
        str_printf(out, "%" PRId64, value);
}

void explain_tag_name(struct str_buf *out, const struct explainer *x, uint32_t tag)
{
    const struct pol_tag_info *info = &x->model->space->tags[tag];
    str_printf(out, "%s%s%s", info->ambiguous ? info->module : "", info->ambiguous ? "." : "",
               info->name);
}

/* ---- Patterns -------------------------------------------------------------------------------- */

static void argument_text(struct str_buf *out, const struct explainer *x,
                          const struct model_arg *arg, uint32_t type)
{
    switch (arg->kind) {
    case MODEL_ARG_ANY:
        str_add(out, " _");
        return;
    case MODEL_ARG_INT:
        str_add(out, " ");
        explain_value(out, &x->model->types[type], (int64_t)arg->value);
        return;
    case MODEL_ARG_VAR:
        str_printf(out, " %s", x->rule->vars[arg->var].name);
        return;
    }
    abort();
}

void explain_requirement_text(struct str_buf *out, const struct explainer *x,
                              const struct model_req *req, bool exact)
{
    const struct model_tag *tag = &x->model->tags[req->tag];
    bool with = req->args && tag->nargs;
    str_printf(out, "%s%s", exact ? "" : req->forbidden ? "-" : "+", with && !exact ? "(" : "");
    explain_tag_name(out, x, req->tag);
    for (uint32_t k = 0; with && k < tag->nargs; k++)
        argument_text(out, x, &req->args[k], tag->arg_types[k]);
    str_add(out, with && !exact ? ")" : "");
}

const char *explain_pattern_text(const struct explainer *x, const struct model_pattern *pattern)
{
    struct str_buf out;
    str_init(&out);
    str_printf(&out, "%s == %s", explain_operand(x, pattern->operand), pattern->exact ? "{" : "[");
    for (uint32_t i = 0; i < pattern->nreqs; i++) {
        str_add(&out, i ? ", " : "");
        explain_requirement_text(&out, x, &pattern->reqs[i], pattern->exact);
    }
    str_add(&out, pattern->exact ? "}" : "]");
    return explain_keep(x, &out);
}

/* ---- Integers -------------------------------------------------------------------------------- */

static const char *arith_name(enum model_int_kind kind)
{
    switch (kind) {
    case MODEL_INT_ADD:
        return "+";
    case MODEL_INT_SUB:
        return "-";
    case MODEL_INT_MUL:
        return "*";
    case MODEL_INT_DIV:
        return "/";
    case MODEL_INT_MOD:
        return "%";
    case MODEL_INT_JOIN:
        return "\\/";
    case MODEL_INT_MEET:
        return "/\\";
    default:
        abort();
    }
}

static void variable_text(struct str_buf *out, const struct explainer *x, uint32_t var, bool values)
{
    const struct model_var *v = &x->rule->vars[var];
    const struct model_type *type = &x->model->types[v->type];
    if (!values || !x->eval.vars[var].bound || type->is_set)
        str_add(out, v->name);
    else
        explain_value(out, type, x->eval.vars[var].number);
}

/* The type whose names the constants beside this expression may have; NULL: numbers. */
static const struct model_type *named_type(const struct explainer *x, const struct model_int *i)
{
    const struct model_type *type = NULL;
    if (i->kind == MODEL_INT_VAR)
        type = &x->model->types[x->rule->vars[i->var].type];
    else if (i->kind == MODEL_INT_JOIN || i->kind == MODEL_INT_MEET)
        type = &x->model->types[i->type];
    return type && type->values ? type : NULL;
}

static void int_text(struct str_buf *out, const struct explainer *x, const struct model_int *i,
                     const struct model_type *type, bool values, bool inner)
{
    switch (i->kind) {
    case MODEL_INT_CONST:
        explain_value(out, type, i->value);
        return;
    case MODEL_INT_VAR:
        variable_text(out, x, i->var, values);
        return;
    case MODEL_INT_NEW:
        str_add(out, "new");
        return;
    default:
        type = type ? type : named_type(x, i);
        str_add(out, inner ? "(" : "");
        int_text(out, x, i->a, type, values, true);
        str_printf(out, " %s ", arith_name(i->kind));
        int_text(out, x, i->b, type, values, true);
        str_add(out, inner ? ")" : "");
    }
}

void explain_int(struct str_buf *out, const struct explainer *x, const struct model_int *i,
                 bool values)
{
    int_text(out, x, i, named_type(x, i), values, false);
}

/* ---- Guards ---------------------------------------------------------------------------------- */

static void compare_text(struct str_buf *out, const struct explainer *x,
                         const struct model_guard *g, bool values)
{
    static const char *const names[] = {"==", "!=", "<", "<=", ">", ">="};
    const struct model_type *type = g->kind == MODEL_GUARD_ORDER ? &x->model->types[g->type] : NULL;
    type = type ? type : named_type(x, g->x);
    type = type ? type : named_type(x, g->y);
    int_text(out, x, g->x, type, values, false);
    str_printf(out, " %s ", names[g->cmp]);
    int_text(out, x, g->y, type, values, false);
}

static void set_variable_text(struct str_buf *out, const struct explainer *x, uint32_t var,
                              bool values)
{
    if (!values || !x->eval.vars[var].bound) {
        str_add(out, x->rule->vars[var].name);
        return;
    }
    uint32_t *set = interp_temp_take(x->eval.interp);
    set_unflatten(x->model->space, set, x->eval.vars[var].set);
    str_add(out, explain_literal(x, set));
    interp_temp_drop(x->eval.interp);
}

static void set_compare_text(struct str_buf *out, const struct explainer *x,
                             const struct model_guard *g, bool values)
{
    set_variable_text(out, x, g->var_x, values);
    str_add(out, g->cmp == MODEL_EQ ? " == " : " != ");
    set_variable_text(out, x, g->var_y, values);
}

static void relation_text(struct str_buf *out, const struct explainer *x,
                          const struct model_guard *g, bool values)
{
    const struct model_relation *relation = &x->model->relations[g->relation];
    str_printf(out, "%s(", relation->name);
    for (uint32_t i = 0; i < relation->ntypes; i++) {
        str_add(out, i ? ", " : "");
        int_text(out, x, g->args[i], &x->model->types[relation->types[i]], values, false);
    }
    str_add(out, ")");
}

static void guard_text(struct str_buf *out, const struct explainer *x, const struct model_guard *g,
                       bool values, bool inner)
{
    switch (g->kind) {
    case MODEL_GUARD_TRUE:
        str_add(out, "True");
        return;
    case MODEL_GUARD_FALSE:
        str_add(out, "False");
        return;
    case MODEL_GUARD_NOT:
        str_add(out, "!(");
        guard_text(out, x, g->a, values, false);
        str_add(out, ")");
        return;
    case MODEL_GUARD_AND:
    case MODEL_GUARD_OR:
        str_add(out, inner ? "(" : "");
        guard_text(out, x, g->a, values, true);
        str_add(out, g->kind == MODEL_GUARD_AND ? " && " : " || ");
        guard_text(out, x, g->b, values, true);
        str_add(out, inner ? ")" : "");
        return;
    case MODEL_GUARD_CMP:
    case MODEL_GUARD_ORDER:
        compare_text(out, x, g, values);
        return;
    case MODEL_GUARD_SETCMP:
        set_compare_text(out, x, g, values);
        return;
    case MODEL_GUARD_RELATION:
        relation_text(out, x, g, values);
        return;
    }
    abort();
}

const char *explain_guard_text(const struct explainer *x, const struct model_guard *guard,
                               bool values)
{
    struct str_buf out;
    str_init(&out);
    guard_text(&out, x, guard, values, false);
    return explain_keep(x, &out);
}

/* ---- Tag-set expressions --------------------------------------------------------------------- */

static void set_text(struct str_buf *out, const struct explainer *x, const struct model_set *set,
                     bool inner);

static void mod_text(struct str_buf *out, const struct explainer *x, const struct model_mod *mod,
                     bool literal)
{
    const struct model_tag *tag = &x->model->tags[mod->tag];
    bool with = !mod->remove && tag->nargs;
    str_printf(out, "%s%s", literal ? "" : mod->remove ? "-" : "+", with && !literal ? "(" : "");
    explain_tag_name(out, x, mod->tag);
    for (uint32_t k = 0; with && k < tag->nargs; k++) {
        const struct model_type *type = &x->model->types[tag->arg_types[k]];
        str_add(out, " ");
        if (type->is_set)
            set_text(out, x, mod->args[k].set, true);
        else
            int_text(out, x, mod->args[k].number, type, false, true);
    }
    str_add(out, with && !literal ? ")" : "");
}

static void mods_text(struct str_buf *out, const struct explainer *x, const struct model_set *set)
{
    bool literal = set->kind == MODEL_SET_LITERAL;
    str_add(out, literal ? "{" : "[");
    for (uint32_t i = 0; i < set->nmods; i++) {
        str_add(out, i ? ", " : "");
        mod_text(out, x, &set->mods[i], literal);
    }
    str_add(out, literal ? "}" : "]");
}

static void set_text(struct str_buf *out, const struct explainer *x, const struct model_set *set,
                     bool inner)
{
    switch (set->kind) {
    case MODEL_SET_OPERAND:
        str_add(out, explain_operand(x, set->operand));
        return;
    case MODEL_SET_VAR:
        str_add(out, x->rule->vars[set->var].name);
        return;
    case MODEL_SET_LITERAL:
        mods_text(out, x, set);
        return;
    case MODEL_SET_MODIFY:
        set_text(out, x, set->a, true);
        mods_text(out, x, set);
        return;
    case MODEL_SET_UNION:
    case MODEL_SET_INTER:
        str_add(out, inner ? "(" : "");
        set_text(out, x, set->a, true);
        str_add(out, set->kind == MODEL_SET_UNION ? " \\/ " : " /\\ ");
        set_text(out, x, set->b, true);
        str_add(out, inner ? ")" : "");
        return;
    }
    abort();
}

const char *explain_set_text(const struct explainer *x, const struct model_set *set)
{
    struct str_buf out;
    str_init(&out);
    set_text(&out, x, set, false);
    return explain_keep(x, &out);
}
