/* Guards: comparisons of numbers, of values of enums and lattices, of TagSet arguments; relations.
 */
#include "compiler/sema/internal.h"

static struct model_guard *new_guard(struct sema_scope *sc, enum model_guard_kind kind)
{
    struct model_guard *g = ARENA_NEW(sc->arena, struct model_guard);
    g->kind = kind;
    return g;
}

static bool is_set_name(const struct sema_scope *sc, const struct ast_field *f)
{
    struct sema_param param;
    if (f->kind != AST_FIELD_NAME)
        return false;
    const struct sema_var *var = sema_bound(sc, f->name.id);
    return var ? var->binding != SEMA_BIND_NUMBER : sema_input(sc, &f->name, &param);
}

/* The index of a TagSet variable; false after a report. */
static bool set_variable(struct sema_scope *sc, const struct ast_field *f, uint32_t *index)
{
    const struct sema_var *var = sema_bound(sc, f->name.id);
    if (var && var->binding == SEMA_BIND_SET) {
        *index = var->index;
        return true;
    }
    struct diag *d = diag_error(sc->s->sink, DIAG_WRONG_TYPE, f->span,
                                "the tags of a whole operand cannot be compared in a guard");
    diag_hint(d, "name the tags in a pattern, or compare TagSet arguments");
    return false;
}

static struct model_guard *compare_sets(struct sema_scope *sc, const struct ast_guard *ast)
{
    struct model_guard *g = new_guard(sc, MODEL_GUARD_SETCMP);
    if (!is_set_name(sc, ast->left) || !is_set_name(sc, ast->right)) {
        diag_error(sc->s->sink, DIAG_WRONG_TYPE, ast->span,
                   "a tag set can only be compared with a tag set");
        return NULL;
    }
    if (ast->cmp != AST_EQ && ast->cmp != AST_NE) {
        diag_error(sc->s->sink, DIAG_WRONG_TYPE, ast->span,
                   "tag sets are compared with `==` and `!=` only");
        return NULL;
    }
    g->cmp = ast->cmp == AST_EQ ? MODEL_EQ : MODEL_NE;
    bool left = set_variable(sc, ast->left, &g->var_x);
    return set_variable(sc, ast->right, &g->var_y) && left ? g : NULL;
}

static enum model_cmp comparison(enum ast_cmp cmp)
{
    switch (cmp) {
    case AST_EQ:
        return MODEL_EQ;
    case AST_NE:
        return MODEL_NE;
    case AST_LT:
        return MODEL_LT;
    case AST_LE:
        return MODEL_LE;
    case AST_GT:
        return MODEL_GT;
    case AST_GE:
        break;
    }
    return MODEL_GE;
}

/* --- numbers and named values --------------------------------------------------------------- */

/* The enum or lattice that a variable in the expression has, SEMA_NONE: none has one. */
static uint32_t named_type(const struct sema_scope *sc, const struct ast_field *f)
{
    if (f->kind == AST_FIELD_BINARY) {
        uint32_t left = named_type(sc, f->left);
        return left != SEMA_NONE ? left : named_type(sc, f->right);
    }
    const struct sema_var *var = f->kind == AST_FIELD_NAME ? sema_bound(sc, f->name.id) : NULL;
    if (!var || var->binding != SEMA_BIND_NUMBER)
        return SEMA_NONE;
    uint32_t type = sc->vars.items[var->index].type;
    return sema_has_names(&sc->s->types.items[type]) ? type : SEMA_NONE;
}

static const char *type_name(const struct sema *s, uint32_t type)
{
    return type == SEMA_NONE ? "Int" : s->types.items[type].name;
}

/* False: they cannot be compared. */
static bool check_types(struct sema_scope *sc, const struct ast_guard *ast, uint32_t x, uint32_t y)
{
    struct sema *s = sc->s;
    const struct model_type *types = s->types.items;
    bool names = (x != SEMA_NONE && sema_has_names(&types[x])) ||
                 (y != SEMA_NONE && sema_has_names(&types[y]));
    if (x != y && (names || (x != SEMA_NONE && y != SEMA_NONE)))
        diag_report(s->sink, names ? DIAG_ERROR : sema_strict(s, sc->module), DIAG_WRONG_TYPE,
                    ast->span, "values of type %s and %s are compared", type_name(s, x),
                    type_name(s, y));
    if (x != y)
        return !names;
    if (!names || types[x].is_lattice || ast->cmp == AST_EQ || ast->cmp == AST_NE)
        return true;
    struct diag *d =
        diag_error(s->sink, DIAG_WRONG_TYPE, ast->span,
                   "values of the enum %s have no order: they are compared with `==` and `!=` only",
                   types[x].name);
    diag_hint(d, "declare it as `lattice` to give its values an order");
    return false;
}

static struct model_guard *compare(struct sema_scope *sc, const struct ast_guard *ast)
{
    if (is_set_name(sc, ast->left) || is_set_name(sc, ast->right))
        return compare_sets(sc, ast);
    uint32_t type = named_type(sc, ast->left);
    if (type == SEMA_NONE)
        type = named_type(sc, ast->right);
    struct sema_number x = sema_expression(sc, ast->left, type);
    struct sema_number y = sema_expression(sc, ast->right, type);
    if (!x.e || !y.e || !check_types(sc, ast, x.type, y.type))
        return NULL;
    bool order = type != SEMA_NONE && ast->cmp != AST_EQ && ast->cmp != AST_NE;
    struct model_guard *g = new_guard(sc, order ? MODEL_GUARD_ORDER : MODEL_GUARD_CMP);
    g->cmp = comparison(ast->cmp);
    g->type = order ? type : 0;
    g->x = x.e;
    g->y = y.e;
    return g;
}

/* --- relations ------------------------------------------------------------------------------ */

static bool plain(const struct model_int *e)
{
    return e->kind == MODEL_INT_CONST || e->kind == MODEL_INT_VAR || e->kind == MODEL_INT_JOIN ||
           e->kind == MODEL_INT_MEET;
}

/* NULL after a report. */
static struct model_int *relation_argument(struct sema_scope *sc, const struct ast_field *f,
                                           uint32_t type)
{
    struct sema *s = sc->s;
    const struct model_type *t = &s->types.items[type];
    struct sema_number n = sema_expression(sc, f, type);
    if (!n.e)
        return NULL;
    if (n.type == SEMA_NONE && sema_has_names(t))
        sema_no_integer(s, type, f->span);
    else if (n.type != SEMA_NONE && n.type != type)
        diag_error(s->sink, DIAG_WRONG_TYPE, f->span,
                   "this has type %s, but the relation is over type %s here", type_name(s, n.type),
                   t->name);
    else if (!plain(n.e))
        diag_error(s->sink, DIAG_ARITHMETIC, f->span, "an argument of a relation is not computed");
    else if (n.lo < 0 || n.hi >= (int64_t)t->limit)
        diag_error(s->sink, DIAG_VALUE_RANGE, f->span, "this is no value of type %s", t->name);
    else
        return n.e;
    return NULL;
}

static struct model_guard *relation(struct sema_scope *sc, const struct ast_guard *ast)
{
    struct sema *s = sc->s;
    uint32_t sym = sema_find(s, SEMA_RELATION, sc->module, &ast->name);
    if (!sema_found(sym))
        return NULL;
    const struct model_relation *r = &s->relations[sym].model;
    if (r->ntypes != ast->args.count) {
        struct diag *d = diag_error(s->sink, DIAG_WRONG_ARITY, ast->span,
                                    "relation `%s` has %u argument%s, not %zu", ast->name.text,
                                    r->ntypes, r->ntypes == 1 ? "" : "s", ast->args.count);
        diag_label(d, s->syms[SEMA_RELATION].items[sym].name.span, "declared here");
        return NULL;
    }
    struct model_guard *g = new_guard(sc, MODEL_GUARD_RELATION);
    bool ok = true;
    g->args = ARENA_ARRAY(sc->arena, struct model_int *, r->ntypes + 1);
    for (uint32_t i = 0; i < r->ntypes; i++)
        ok &= (g->args[i] = relation_argument(sc, ast->args.items[i], r->types[i])) != NULL;
    g->relation = sym; /* until sema_renumber_guard */
    return ok ? g : NULL;
}

/* --- formulas ------------------------------------------------------------------------------- */

/* A balanced tree, so that the model is never deeper than the source's brackets say. */
static struct model_guard *join(struct sema_scope *sc, enum model_guard_kind kind,
                                struct model_guard **items, size_t count)
{
    if (count == 1)
        return items[0];
    struct model_guard *g = new_guard(sc, kind);
    g->a = join(sc, kind, items, count / 2);
    g->b = join(sc, kind, items + count / 2, count - count / 2);
    return g;
}

static struct model_guard *chain(struct sema_scope *sc, const struct ast_guard *ast)
{
    struct model_guard **items = ARENA_ARRAY(&sc->s->tmp, struct model_guard *, ast->items.count);
    bool ok = true;
    for (size_t i = 0; i < ast->items.count; i++)
        ok &= (items[i] = sema_guard(sc, ast->items.items[i])) != NULL;
    return ok ? join(sc, ast->kind == AST_GUARD_AND ? MODEL_GUARD_AND : MODEL_GUARD_OR, items,
                     ast->items.count)
              : NULL;
}

struct model_guard *sema_guard(struct sema_scope *sc, const struct ast_guard *ast)
{
    switch (ast->kind) {
    case AST_GUARD_TRUE:
        return new_guard(sc, MODEL_GUARD_TRUE);
    case AST_GUARD_FALSE:
        return new_guard(sc, MODEL_GUARD_FALSE);
    case AST_GUARD_NOT: {
        struct model_guard *g = new_guard(sc, MODEL_GUARD_NOT);
        g->a = sema_guard(sc, ast->items.items[0]);
        return g->a ? g : NULL;
    }
    case AST_GUARD_AND:
    case AST_GUARD_OR:
        return chain(sc, ast);
    case AST_GUARD_COMPARE:
        return compare(sc, ast);
    case AST_GUARD_RELATION:
        return relation(sc, ast);
    case AST_GUARD_ERROR:
        break;
    }
    return NULL;
}
