/* Tag-set expressions: what a rule gives as a result. */
#include <string.h>
#include "compiler/sema/internal.h"

static struct model_set *new_set(struct sema_scope *sc, enum model_set_kind kind)
{
    struct model_set *set = ARENA_NEW(sc->arena, struct model_set);
    set->kind = kind;
    return set;
}

static bool dpl(const struct sema_scope *sc)
{
    return sc->s->modules.items[sc->module].dpl;
}

/* --- names --------------------------------------------------------------------------------- */

static struct model_set *operand(struct sema_scope *sc, bool missing, enum pol_operand operand)
{
    struct model_set *set = new_set(sc, missing ? MODEL_SET_LITERAL : MODEL_SET_OPERAND);
    set->operand = operand;
    return set;
}

static struct model_set *named(struct sema_scope *sc, const struct ast_name *name)
{
    const struct sema_var *var = sema_bound(sc, name->id);
    struct sema_param param;
    if (!var) {
        if (sema_input(sc, name, &param))
            return operand(sc, param.missing, param.operand);
        sema_unknown_variable(sc, name, SEMA_NONE);
        return NULL;
    }
    switch (var->binding) {
    case SEMA_BIND_OPERAND:
    case SEMA_BIND_EMPTY:
        return operand(sc, var->binding == SEMA_BIND_EMPTY, var->operand);
    case SEMA_BIND_SET: {
        struct model_set *set = new_set(sc, MODEL_SET_VAR);
        set->var = var->index;
        return set;
    }
    case SEMA_BIND_NUMBER:
        break;
    }
    diag_error(sc->s->sink, DIAG_WRONG_TYPE, name->span,
               "`%s` is an integer; a tag set is needed here", name->text);
    return NULL;
}

/* --- arguments of added tags --------------------------------------------------------------- */

/* A TagSet argument: names, joined or met. */
static struct model_set *set_argument(struct sema_scope *sc, const struct ast_field *f)
{
    if (f->kind == AST_FIELD_NAME)
        return named(sc, &f->name);
    if (f->kind == AST_FIELD_BINARY && (f->op == AST_JOIN || f->op == AST_MEET)) {
        struct model_set *set = new_set(sc, f->op == AST_JOIN ? MODEL_SET_UNION : MODEL_SET_INTER);
        set->a = set_argument(sc, f->left);
        set->b = set_argument(sc, f->right);
        return set;
    }
    if (f->kind != AST_FIELD_ERROR)
        diag_error(sc->s->sink, DIAG_WRONG_TYPE, f->span, "a tag set is needed here");
    return NULL;
}

static struct model_value absent(struct sema_scope *sc, bool is_set)
{
    struct model_value v = {0};
    if (is_set)
        v.set = new_set(sc, MODEL_SET_LITERAL);
    else
        v.number = sema_zero(sc);
    return v;
}

static struct model_value value(struct sema_scope *sc, const struct ast_field *f, uint32_t type)
{
    bool is_set = sc->s->types.items[type].is_set;
    struct model_value v = {0};
    if (f->kind == AST_FIELD_ANY) {
        diag_report(sc->s->sink, sema_strict(sc->s, sc->module), DIAG_MISSING_ARGUMENT, f->span,
                    "an added tag needs a value here%s",
                    !dpl(sc) ? ""
                    : is_set ? "; {} is used"
                             : "; 0 is used");
        return absent(sc, is_set);
    }
    if (is_set)
        v.set = set_argument(sc, f);
    else
        v.number = sema_stored(sc, f, type);
    return v;
}

/* Fewer arguments than declared: an error, or 0 each in .dpl. */
static bool check_count(struct sema_scope *sc, const struct ast_tag *ast, const struct sema_tag *t)
{
    size_t n = ast->args.count;
    if (n == t->nargs)
        return true;
    bool missing = n < t->nargs;
    struct diag *d =
        diag_report(sc->s->sink, missing ? sema_strict(sc->s, sc->module) : DIAG_ERROR,
                    missing ? DIAG_MISSING_ARGUMENT : DIAG_WRONG_ARITY, ast->span,
                    "tag `%s` has %u argument%s, not %zu%s", ast->name.text, t->nargs,
                    t->nargs == 1 ? "" : "s", n, missing && dpl(sc) ? ": 0 is used" : "");
    diag_label(d, t->decl->span, "declared here");
    return missing;
}

static struct model_value *values(struct sema_scope *sc, const struct ast_tag *ast, uint32_t tag)
{
    const struct sema_tag *t = &sc->s->tags[tag];
    struct model_value *args = ARENA_ARRAY(sc->arena, struct model_value, t->nargs + 1);
    if (!check_count(sc, ast, t))
        return args;
    for (uint32_t i = 0; i < t->nargs; i++)
        args[i] = i < ast->args.count ? value(sc, ast->args.items[i], t->arg_types[i])
                                      : absent(sc, sc->s->types.items[t->arg_types[i]].is_set);
    return args;
}

/* --- additions and removals ---------------------------------------------------------------- */

struct mods {
    struct sema_scope *sc;
    struct model_set *set;
    bool literal;
    uint32_t serial;
};

static void report_foreign(struct mods *b, const struct ast_tag *ast, uint32_t tag, bool remove)
{
    struct sema_scope *sc = b->sc;
    struct sema *s = sc->s;
    const char *owner = s->modules.items[sc->owner.module].name;
    struct diag *d =
        diag_report(s->sink, remove ? DIAG_WARNING : sema_strict(s, sc->module), DIAG_FOREIGN_TAG,
                    ast->name.span, "the component of `%s` does not own `%s`, so it cannot %s it",
                    owner, ast->name.text, remove ? "remove" : "add");
    diag_label(d, s->syms[SEMA_TAG].items[tag].name.span, "declared here");
    if (remove || dpl(sc))
        diag_hint(d, "this has no effect");
    else
        diag_hint(d, "list it in `owns:` if the component shall own it");
}

static void check_again(struct mods *b, const struct ast_tag *ast, uint32_t tag, bool remove)
{
    struct sema *s = b->sc->s;
    struct sema_stamp *stamp = &s->tag_stamps[tag];
    bool again = stamp->serial == b->serial;
    if (again && stamp->value != (uint32_t)remove)
        diag_warning(s->sink, DIAG_CONTRADICTION, ast->span,
                     "`%s` is added and removed: only the last counts", ast->name.text);
    else if (again && b->literal)
        diag_report(s->sink, sema_strict(s, b->sc->module), DIAG_REPEATED_TAG, ast->span,
                    "`%s` stands twice in this set", ast->name.text);
    stamp->serial = b->serial;
    stamp->value = remove;
}

static void add_mod(struct mods *b, const struct ast_tag *ast, bool remove)
{
    struct sema *s = b->sc->s;
    uint32_t tag = sema_find(s, SEMA_TAG, b->sc->module, &ast->name);
    if (!sema_found(tag))
        return;
    check_again(b, ast, tag, remove);
    bool foreign = sema_foreign(b->sc, tag);
    if (foreign)
        report_foreign(b, ast, tag, remove);
    struct model_mod mod = {.tag = tag, .remove = remove};
    if (!remove)
        mod.args = values(b->sc, ast, tag);
    else if (ast->args.count > s->tags[tag].nargs)
        check_count(b->sc, ast, &s->tags[tag]);
    if (foreign)
        return;
    if (b->sc->owner.global)
        sema_mention(b->sc, tag, ast->name.span);
    b->set->mods[b->set->nmods++] = mod;
}

static struct model_set *literal(struct sema_scope *sc, const struct ast_texp *ast)
{
    struct mods b = {.sc = sc, .set = new_set(sc, MODEL_SET_LITERAL), .literal = true};
    b.set->mods = ARENA_ARRAY(sc->arena, struct model_mod, ast->tags.count + 1);
    b.serial = ++sc->s->serial;
    for (size_t i = 0; i < ast->tags.count; i++)
        add_mod(&b, ast->tags.items[i], false);
    return b.set;
}

static struct model_set *modify(struct sema_scope *sc, const struct ast_texp *ast)
{
    struct mods b = {.sc = sc, .set = new_set(sc, MODEL_SET_MODIFY)};
    b.set->a = sema_set(sc, ast->left);
    b.set->mods = ARENA_ARRAY(sc->arena, struct model_mod, ast->reqs.count + 1);
    b.serial = ++sc->s->serial;
    for (size_t i = 0; i < ast->reqs.count; i++)
        add_mod(&b, ast->reqs.items[i]->tag, ast->reqs.items[i]->sign == AST_SIGN_MINUS);
    return b.set;
}

struct model_set *sema_set(struct sema_scope *sc, const struct ast_texp *ast)
{
    switch (ast->kind) {
    case AST_TEXP_SET:
        return literal(sc, ast);
    case AST_TEXP_NAME:
        return named(sc, &ast->name);
    case AST_TEXP_MODIFY:
        return modify(sc, ast);
    case AST_TEXP_UNION:
    case AST_TEXP_INTERSECT: {
        struct model_set *set =
            new_set(sc, ast->kind == AST_TEXP_UNION ? MODEL_SET_UNION : MODEL_SET_INTER);
        set->a = sema_set(sc, ast->left);
        set->b = sema_set(sc, ast->right);
        return set;
    }
    case AST_TEXP_ERROR:
        break;
    }
    return NULL;
}
