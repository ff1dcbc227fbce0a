/* Patterns: what a rule demands of one operand, and the variables that it binds there. */
#include <string.h>
#include "compiler/sema/internal.h"

struct pattern {
    struct sema_scope *sc;
    struct sema_param param;
    bool exact;
    uint32_t serial; /* of the stamps on tags */
    VEC_OF(struct model_req) reqs;
    VEC_OF(struct model_req) again; /* the same tag once more (.dpl) */
};

static enum diag_severity strict(const struct sema_scope *sc)
{
    return sema_strict(sc->s, sc->module);
}

/* --- variables ----------------------------------------------------------------------------- */

/* Names of values may have a hyphen; in a variable it is probably meant as a minus sign. */
static void check_hyphen(struct sema_scope *sc, const struct ast_name *name)
{
    const char *hyphen = strchr(name->text, '-');
    if (!hyphen)
        return;
    struct diag *d = diag_warning(sc->s->sink, DIAG_HYPHEN_VARIABLE, name->span,
                                  "`%s` is one name, not a subtraction", name->text);
    diag_hint(d, "did you mean `%.*s - %s`?", (int)(hyphen - name->text), name->text, hyphen + 1);
}

static void bind(struct sema_scope *sc, const struct ast_name *name, enum sema_binding binding,
                 uint32_t index, enum pol_operand operand)
{
    struct sema_param param;
    struct sema_var var = {.name = *name, .binding = binding, .index = index, .operand = operand};
    if (sema_input(sc, name, &param))
        diag_warning(sc->s->sink, DIAG_SHADOWED_OPERAND, name->span,
                     "the variable `%s` hides the operand of that name", name->text);
    check_hyphen(sc, name);
    struct sema_stamp *stamp = &sc->s->var_stamps[name->id.v];
    stamp->serial = sc->serial;
    stamp->value = (uint32_t)sc->bound.count;
    VEC_PUSH(&sc->s->tmp, &sc->bound, var);
}

static void report_rebound(struct sema_scope *sc, const struct ast_name *name,
                           const struct sema_var *first)
{
    struct diag *d =
        diag_error(sc->s->sink, DIAG_REBOUND, name->span, "`%s` is bound already", name->text);
    diag_label(d, first->name.span, "first bound here");
}

/* x@pattern */
static void bind_operand(struct sema_scope *sc, const struct ast_name *name,
                         const struct sema_param *param)
{
    const struct sema_var *first = sema_bound(sc, name->id);
    if (first) {
        report_rebound(sc, name, first);
        return;
    }
    bind(sc, name, param->missing ? SEMA_BIND_EMPTY : SEMA_BIND_OPERAND, 0, param->operand);
}

static void report_types(struct sema_scope *sc, const struct ast_name *name,
                         const struct sema_var *first, uint32_t type)
{
    struct sema *s = sc->s;
    uint32_t other = sc->vars.items[first->index].type;
    bool mixed = s->types.items[other].is_set != s->types.items[type].is_set ||
                 sema_has_names(&s->types.items[other]) || sema_has_names(&s->types.items[type]);
    struct diag *d = diag_report(s->sink, mixed ? DIAG_ERROR : strict(sc), DIAG_WRONG_TYPE,
                                 name->span, "`%s` has type %s there and %s here", name->text,
                                 s->types.items[other].name, s->types.items[type].name);
    diag_label(d, first->name.span, "bound here");
}

static struct model_arg variable(struct sema_scope *sc, const struct ast_name *name, uint32_t type)
{
    struct sema *s = sc->s;
    const struct sema_var *first = sema_bound(sc, name->id);
    struct model_arg arg = {.kind = MODEL_ARG_VAR};
    if (!first) {
        struct model_var var = {arena_strdup(sc->arena, name->text), type};
        arg.var = (uint32_t)sc->vars.count;
        VEC_PUSH(sc->arena, &sc->vars, var);
        bind(sc, name, s->types.items[type].is_set ? SEMA_BIND_SET : SEMA_BIND_NUMBER, arg.var,
             POL_OP_ENV);
        return arg;
    }
    if (first->binding == SEMA_BIND_OPERAND || first->binding == SEMA_BIND_EMPTY) {
        report_rebound(sc, name, first);
        return (struct model_arg){.kind = MODEL_ARG_ANY};
    }
    arg.var = first->index;
    if (sc->vars.items[arg.var].type != type)
        report_types(sc, name, first, type);
    return arg;
}

/* --- arguments ----------------------------------------------------------------------------- */

static struct model_arg constant(struct sema_scope *sc, const struct ast_field *f, uint32_t type,
                                 int64_t value)
{
    const struct model_type *t = &sc->s->types.items[type];
    struct model_arg arg = {.kind = MODEL_ARG_INT, .value = (uint64_t)value};
    if (t->is_set) {
        diag_error(sc->s->sink, DIAG_WRONG_TYPE, f->span, "a tag set stands here, not an integer");
        arg.kind = MODEL_ARG_ANY;
    } else if (sema_has_names(t)) {
        sema_no_integer(sc->s, type, f->span);
        arg.kind = MODEL_ARG_ANY;
    } else if (arg.value >= t->limit) {
        struct diag *d = diag_report(sc->s->sink, strict(sc), DIAG_VALUE_RANGE, f->span,
                                     "%lld is no value of type %s", (long long)value, t->name);
        diag_hint(d, "its values are 0 .. %llu", (unsigned long long)t->limit - 1);
        sc->rule->never = true;
    }
    return arg;
}

/* A value of the type or a parameter; else a variable, which of an enum or a lattice begins small.
 */
static struct model_arg named(struct sema_scope *sc, const struct ast_field *f, uint32_t type)
{
    struct sema *s = sc->s;
    const struct model_type *t = &s->types.items[type];
    uint32_t value;
    int64_t number;
    if (sema_value(s, type, f->name.id, &value))
        return (struct model_arg){.kind = MODEL_ARG_INT, .value = value};
    if (sema_has_names(t) && *f->name.text >= 'A' && *f->name.text <= 'Z') {
        sema_unknown_value(s, type, &f->name);
        sc->unsure = true;
        return (struct model_arg){.kind = MODEL_ARG_ANY};
    }
    if (!t->is_set && sema_param(s, sc->module, &f->name, &number))
        return constant(sc, f, type, number);
    return variable(sc, &f->name, type);
}

static struct model_arg argument(struct sema_scope *sc, const struct ast_field *f, uint32_t type)
{
    struct model_arg any = {.kind = MODEL_ARG_ANY};
    switch (f->kind) {
    case AST_FIELD_ANY:
    case AST_FIELD_ERROR:
        return any;
    case AST_FIELD_NAME:
        return named(sc, f, type);
    case AST_FIELD_INT:
        return constant(sc, f, type, f->value);
    case AST_FIELD_NEW:
    case AST_FIELD_BINARY:
        break;
    }
    struct diag *d = diag_report(sc->s->sink, strict(sc), DIAG_PATTERN_ARGUMENT, f->span,
                                 f->kind == AST_FIELD_NEW ? "`new` cannot stand in a pattern"
                                                          : "a pattern cannot compute");
    if (f->kind == AST_FIELD_BINARY)
        diag_hint(d, "bind a variable and compare it in a guard");
    return any;
}

static void check_forbidden(struct sema_scope *sc, const struct ast_tag *ast)
{
    for (size_t i = 0; i < ast->args.count; i++)
        if (ast->args.items[i]->kind != AST_FIELD_ANY)
            diag_report(sc->s->sink, strict(sc), DIAG_FORBIDDEN_ARGUMENT, ast->args.items[i]->span,
                        "under `-` arguments are `_` or left out: the tag is forbidden whatever "
                        "its arguments");
}

static struct model_arg *arguments(struct sema_scope *sc, const struct ast_tag *ast, uint32_t tag)
{
    const struct sema_tag *t = &sc->s->tags[tag];
    bool any = true;
    if (ast->args.count == 0)
        return NULL;
    if (ast->args.count != t->nargs) {
        struct diag *d = diag_error(sc->s->sink, DIAG_WRONG_ARITY, ast->span,
                                    "tag `%s` has %u argument%s, not %zu", ast->name.text, t->nargs,
                                    t->nargs == 1 ? "" : "s", ast->args.count);
        diag_label(d, t->decl->span, "declared here");
        sc->unsure = true;
        return NULL;
    }
    struct model_arg *args = ARENA_ARRAY(sc->arena, struct model_arg, t->nargs);
    for (uint32_t i = 0; i < t->nargs; i++) {
        args[i] = argument(sc, ast->args.items[i], t->arg_types[i]);
        any &= args[i].kind == MODEL_ARG_ANY;
    }
    return any ? NULL : args;
}

/* --- requirements -------------------------------------------------------------------------- */

static void report_repeated(struct pattern *p, const struct ast_tag *ast, bool contradiction)
{
    struct sema *s = p->sc->s;
    if (contradiction) {
        diag_warning(s->sink, DIAG_CONTRADICTION, ast->span,
                     "`%s` is required and forbidden: the rule never matches", ast->name.text);
        p->sc->rule->never = true;
    } else {
        diag_report(s->sink, strict(p->sc), DIAG_REPEATED_TAG, ast->span,
                    "`%s` stands twice in this pattern", ast->name.text);
    }
}

static void report_foreign(struct pattern *p, const struct ast_tag *ast, uint32_t tag)
{
    struct sema *s = p->sc->s;
    const char *owner = s->modules.items[p->sc->owner.module].name;
    struct diag *d = diag_report(
        s->sink, strict(p->sc), DIAG_FOREIGN_TAG, ast->name.span,
        "`{..}` lists exactly the tags of the component of `%s`, and `%s` is not one of them",
        owner, ast->name.text);
    diag_label(d, s->syms[SEMA_TAG].items[tag].name.span, "declared here");
    diag_hint(d, s->modules.items[p->sc->module].dpl
                     ? "the rule never matches"
                     : "use `[..]` to read tags of others, or list it in `owns:`");
    p->sc->rule->never = true;
}

/* An operand that stands where it cannot (.dpl) is {}. */
static void report_empty(struct pattern *p, const struct ast_tag *ast)
{
    diag_warning(p->sc->s->sink, DIAG_NEVER_MATCHES, ast->span,
                 "`%s` never has tags, so the rule never matches",
                 intern_text(p->sc->s->names, p->param.name));
    p->sc->rule->never = true;
}

static void add_req(struct pattern *p, const struct ast_tag *ast, bool forbidden)
{
    struct sema *s = p->sc->s;
    uint32_t tag = sema_find(s, SEMA_TAG, p->sc->module, &ast->name);
    if (!sema_found(tag)) {
        p->sc->unsure |= ast->args.count != 0;
        return;
    }
    struct sema_stamp *stamp = &s->tag_stamps[tag];
    bool again = stamp->serial == p->serial;
    if (again)
        report_repeated(p, ast, stamp->value != (uint32_t)forbidden);
    stamp->serial = p->serial;
    stamp->value = forbidden;
    if (p->exact && sema_foreign(p->sc, tag))
        report_foreign(p, ast, tag);
    else
        sema_mention(p->sc, tag, ast->name.span);
    if (p->param.missing && !forbidden)
        report_empty(p, ast);
    struct model_req req = {.tag = tag, .forbidden = forbidden};
    if (forbidden)
        check_forbidden(p->sc, ast);
    else
        req.args = arguments(p->sc, ast, tag);
    if (again && !forbidden)
        VEC_PUSH(p->sc->arena, &p->again, req);
    else if (!again)
        VEC_PUSH(p->sc->arena, &p->reqs, req);
}

static void push(struct pattern *p, bool exact, struct model_req *reqs, size_t count)
{
    struct model_pattern m = {
        .operand = p->param.operand, .exact = exact, .reqs = reqs, .nreqs = (uint32_t)count};
    if (p->param.missing || (!exact && count == 0))
        return;
    VEC_PUSH(p->sc->arena, &p->sc->patterns, m);
}

static void resolve_pattern(struct pattern *p, const struct ast_pat *pat)
{
    p->exact = pat->kind == AST_PAT_EXACT;
    p->serial = ++p->sc->s->serial;
    for (size_t i = 0; i < pat->tags.count; i++)
        add_req(p, pat->tags.items[i], false);
    for (size_t i = 0; i < pat->reqs.count; i++)
        add_req(p, pat->reqs.items[i]->tag, pat->reqs.items[i]->sign == AST_SIGN_MINUS);
    push(p, p->exact, p->reqs.items, p->reqs.count);
    push(p, false, p->again.items, p->again.count);
}

static void unknown_operand(struct sema_scope *sc, const struct ast_name *name)
{
    const struct ast_group *decl = sc->group->decl; /* NULL: a mnemonic, or any instruction */
    struct diag *d =
        diag_error(sc->s->sink, DIAG_UNKNOWN_NAME, name->span,
                   decl ? "group `%s` lists no operand `%s`" : "%s has no operand `%s`",
                   sc->group->model.name, name->text);
    struct str_near near;
    str_near_init(&near, name->text);
    for (uint32_t i = 0; i < sc->group->ninputs; i++)
        str_near_offer(&near, intern_text(sc->s->names, sc->group->inputs[i].name));
    str_near_offer(&near, "env");
    str_near_offer(&near, "code");
    if (decl)
        diag_label(d, decl->name.span, "declared here");
    if (near.best)
        diag_hint(d, "did you mean `%s`?", near.best);
}

void sema_result_pattern(struct sema_scope *sc, const struct ast_pat *pat)
{
    struct pattern p = {.sc = sc};
    if (pat->kind == AST_PAT_BIND)
        diag_error(sc->s->sink, DIAG_PATTERN_ARGUMENT, pat->name.span,
                   "the tags of a result have no name");
    else if (pat->kind == AST_PAT_EXACT || pat->kind == AST_PAT_REQS)
        resolve_pattern(&p, pat);
}

void sema_pattern(struct sema_scope *sc, const struct ast_operand *ast)
{
    struct pattern p = {.sc = sc};
    const struct ast_pat *pat = ast->pat;
    if (!sema_input(sc, &ast->name, &p.param)) {
        unknown_operand(sc, &ast->name);
        sc->unsure = true;
        return;
    }
    for (; pat->kind == AST_PAT_BIND; pat = pat->inner)
        bind_operand(sc, &pat->name, &p.param);
    if (pat->kind == AST_PAT_EXACT || pat->kind == AST_PAT_REQS)
        resolve_pattern(&p, pat);
}
