/* Integer expressions and guards.  Every intermediate value is bounded by interval arithmetic, so
 * that evaluating them in 64 bits is exact. */
#include <string.h>
#include "compiler/sema/internal.h"

/* An expression with the interval of its values.  `type`: SEMA_NONE when any fits. */
struct number {
    struct model_int *e; /* NULL after a report */
    int64_t lo, hi;
    bool varies;
    uint32_t type;
};

struct number_context {
    struct sema_scope *sc;
    uint32_t fresh; /* type of `new` here; SEMA_NONE: not possible */
};

static const struct number no_number = {.e = NULL, .type = SEMA_NONE};

/* --- exact arithmetic ---------------------------------------------------------------------- */

static bool add_fits(int64_t a, int64_t b, int64_t *out)
{
    if ((b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b))
        return false;
    *out = a + b;
    return true;
}

static bool sub_fits(int64_t a, int64_t b, int64_t *out)
{
    if ((b < 0 && a > INT64_MAX + b) || (b > 0 && a < INT64_MIN + b))
        return false;
    *out = a - b;
    return true;
}

static bool mul_fits(int64_t a, int64_t b, int64_t *out)
{
    if (a == 0 || b == 0) {
        *out = 0;
        return true;
    }
    if (a == INT64_MIN || b == INT64_MIN)
        return false;
    int64_t x = a < 0 ? -a : a, y = b < 0 ? -b : b;
    if (x > INT64_MAX / y)
        return false;
    *out = a * b;
    return true;
}

static bool apply(enum ast_arith op, int64_t a, int64_t b, int64_t *out)
{
    switch (op) {
    case AST_ADD:
        return add_fits(a, b, out);
    case AST_SUB:
        return sub_fits(a, b, out);
    case AST_MUL:
        return mul_fits(a, b, out);
    case AST_DIV:
        *out = b > 0 ? a / b : 0;
        return b > 0;
    case AST_MOD:
        *out = b > 0 ? a % b : 0;
        return b > 0;
    case AST_JOIN:
    case AST_MEET:
        break;
    }
    return false;
}

bool sema_fold(const struct ast_field *field, int64_t *value)
{
    int64_t a, b;
    if (field->kind == AST_FIELD_INT) {
        *value = field->value;
        return true;
    }
    return field->kind == AST_FIELD_BINARY && sema_fold(field->left, &a) &&
           sema_fold(field->right, &b) && apply(field->op, a, b, value);
}

/* --- nodes --------------------------------------------------------------------------------- */

static struct number constant(struct sema_scope *sc, int64_t value)
{
    struct number n = {.lo = value, .hi = value, .type = SEMA_NONE};
    n.e = ARENA_NEW(sc->arena, struct model_int);
    n.e->kind = MODEL_INT_CONST;
    n.e->value = value;
    return n;
}

struct model_int *sema_number_zero(struct sema_scope *sc)
{
    return constant(sc, 0).e;
}

static struct number of_type(struct sema_scope *sc, uint32_t type, enum model_int_kind kind)
{
    struct number n = {.varies = true, .type = type};
    n.hi = (int64_t)sc->s->types.items[type].limit - 1;
    n.e = ARENA_NEW(sc->arena, struct model_int);
    n.e->kind = kind;
    return n;
}

static struct number variable(struct sema_scope *sc, const struct ast_name *name)
{
    const struct sema_var *var = sema_bound(sc, name->id);
    struct sema_param param;
    if (var && var->binding == SEMA_BIND_NUMBER) {
        struct number n = of_type(sc, sc->vars.items[var->index].type, MODEL_INT_VAR);
        n.e->var = var->index;
        return n;
    }
    if (var || sema_input(sc, name, &param))
        diag_error(sc->s->sink, DIAG_WRONG_TYPE, name->span,
                   "`%s` is a tag set; an integer is needed here", name->text);
    else
        sema_unknown_variable(sc, name);
    return no_number;
}

static uint32_t next_fresh(struct sema_scope *sc, uint32_t type)
{
    for (size_t i = 0; i < sc->fresh.count; i++)
        if (sc->fresh.items[i].type == type)
            return sc->fresh.items[i].count++;
    struct sema_fresh fresh = {type, 1};
    VEC_PUSH(&sc->s->tmp, &sc->fresh, fresh);
    return 0;
}

static struct number fresh(struct number_context *c, const struct ast_field *ast)
{
    if (c->fresh == SEMA_NONE) {
        diag_error(c->sc->s->sink, DIAG_PATTERN_ARGUMENT, ast->span,
                   "`new` can only stand in a result");
        return no_number;
    }
    struct number n = of_type(c->sc, c->fresh, MODEL_INT_NEW);
    n.e->type = c->fresh;
    n.e->new_index = next_fresh(c->sc, c->fresh);
    return n;
}

/* --- operations ---------------------------------------------------------------------------- */

static enum model_int_kind int_kind(enum ast_arith op)
{
    switch (op) {
    case AST_SUB:
        return MODEL_INT_SUB;
    case AST_MUL:
        return MODEL_INT_MUL;
    case AST_DIV:
        return MODEL_INT_DIV;
    case AST_MOD:
        return MODEL_INT_MOD;
    case AST_ADD:
    case AST_JOIN:
    case AST_MEET:
        break;
    }
    return MODEL_INT_ADD;
}

static int64_t least(const int64_t v[4])
{
    int64_t m = v[0];
    for (int i = 1; i < 4; i++)
        m = v[i] < m ? v[i] : m;
    return m;
}

static int64_t greatest(const int64_t v[4])
{
    int64_t m = v[0];
    for (int i = 1; i < 4; i++)
        m = v[i] > m ? v[i] : m;
    return m;
}

static void mod_interval(const struct number *a, int64_t divisor, struct number *n)
{
    n->lo = a->lo >= 0 ? 0 : -(divisor - 1);
    n->hi = a->hi <= 0 ? 0 : divisor - 1;
    if (a->lo > n->lo && a->lo < 0)
        n->lo = a->lo;
    if (a->hi < n->hi && a->hi > 0)
        n->hi = a->hi;
}

/* All operations but % reach their extremes at the corners. */
static bool interval(enum ast_arith op, const struct number *a, const struct number *b,
                     struct number *n)
{
    int64_t corner[4];
    if (op == AST_MOD) {
        mod_interval(a, b->lo, n);
        return true;
    }
    if (!apply(op, a->lo, b->lo, &corner[0]) || !apply(op, a->lo, b->hi, &corner[1]) ||
        !apply(op, a->hi, b->lo, &corner[2]) || !apply(op, a->hi, b->hi, &corner[3]))
        return false;
    n->lo = least(corner);
    n->hi = greatest(corner);
    return true;
}

/* NULL: fine. */
static const char *operation_problem(const struct ast_field *ast, const struct number *a,
                                     const struct number *b)
{
    if (ast->op == AST_JOIN || ast->op == AST_MEET)
        return "joins and meets need tag sets, not integers";
    if (ast->op == AST_MUL && a->varies && b->varies)
        return "`*` takes at most one variable: the other side must be a constant";
    if ((ast->op == AST_DIV || ast->op == AST_MOD) && (b->varies || b->lo < 1))
        return "the divisor must be a positive constant";
    return NULL;
}

static struct number combine(struct number_context *c, const struct ast_field *ast,
                             const struct number *a, const struct number *b)
{
    struct sema_scope *sc = c->sc;
    struct number n = {.varies = a->varies || b->varies};
    const char *problem = operation_problem(ast, a, b);
    if (!problem && !interval(ast->op, a, b, &n))
        problem = "this can leave the range of 64-bit integers";
    if (problem) {
        diag_error(sc->s->sink, DIAG_ARITHMETIC, ast->span, "%s", problem);
        return no_number;
    }
    if (!n.varies) {
        int64_t value = 0;
        (void)apply(ast->op, a->lo, b->lo, &value);
        return constant(sc, value);
    }
    n.type = a->type == b->type || b->type == SEMA_NONE ? a->type : b->type;
    if (a->type != b->type && a->type != SEMA_NONE && b->type != SEMA_NONE)
        n.type = SEMA_NONE;
    n.e = ARENA_NEW(sc->arena, struct model_int);
    n.e->kind = int_kind(ast->op);
    n.e->a = a->e;
    n.e->b = b->e;
    return n;
}

static struct number number(struct number_context *c, const struct ast_field *ast)
{
    switch (ast->kind) {
    case AST_FIELD_INT:
        return constant(c->sc, ast->value);
    case AST_FIELD_NAME:
        return variable(c->sc, &ast->name);
    case AST_FIELD_NEW:
        return fresh(c, ast);
    case AST_FIELD_ANY:
        diag_error(c->sc->s->sink, DIAG_MISSING_ARGUMENT, ast->span,
                   "`_` has no value: it can only stand in a pattern");
        return no_number;
    case AST_FIELD_ERROR:
        return no_number;
    case AST_FIELD_BINARY:
        break;
    }
    struct number a = number(c, ast->left), b = number(c, ast->right);
    if (!a.e || !b.e)
        return no_number;
    return combine(c, ast, &a, &b);
}

/* --- storing ------------------------------------------------------------------------------- */

static void check_stored(struct sema_scope *sc, const struct ast_field *ast, const struct number *n,
                         uint32_t type)
{
    struct sema *s = sc->s;
    const struct model_type *t = &s->types.items[type];
    enum diag_severity severity = sema_strict(s, sc->module);
    if (n->type != SEMA_NONE && n->type != type)
        diag_report(s->sink, severity, DIAG_WRONG_TYPE, ast->span,
                    "this has type %s, but the argument has type %s", s->types.items[n->type].name,
                    t->name);
    if (n->hi >= 0 && n->lo < (int64_t)t->limit)
        return;
    struct diag *d = diag_report(s->sink, severity, DIAG_VALUE_RANGE, ast->span,
                                 "this is never a value of type %s", t->name);
    diag_hint(d, "its values are 0 .. %llu", (unsigned long long)t->limit - 1);
}

struct model_int *sema_number(struct sema_scope *sc, const struct ast_field *ast, uint32_t type)
{
    struct number_context c = {sc, type};
    struct number n = number(&c, ast);
    if (n.e)
        check_stored(sc, ast, &n, type);
    return n.e;
}

static bool has_error(const struct ast_field *f)
{
    return f->kind == AST_FIELD_ERROR ||
           (f->kind == AST_FIELD_BINARY && (has_error(f->left) || has_error(f->right)));
}

bool sema_constant(struct sema *s, uint32_t module, const struct ast_field *field, uint32_t type,
                   uint64_t *value)
{
    const struct model_type *t = &s->types.items[type];
    int64_t number;
    *value = 0;
    if (has_error(field))
        return false;
    if (field->kind == AST_FIELD_ANY || field->kind == AST_FIELD_NEW) {
        diag_report(s->sink, sema_strict(s, module), DIAG_MISSING_ARGUMENT, field->span,
                    "`init` gives constants%s", s->modules.items[module].dpl ? "; 0 is used" : "");
        return s->modules.items[module].dpl;
    }
    if (!sema_fold(field, &number)) {
        diag_error(s->sink, DIAG_MISSING_ARGUMENT, field->span,
                   "`init` gives constants: an integer is needed here");
        return false;
    }
    *value = (uint64_t)number;
    if (!t->is_set && number >= 0 && *value < t->limit)
        return true;
    diag_error(s->sink, t->is_set ? DIAG_WRONG_TYPE : DIAG_VALUE_RANGE, field->span,
               "%lld is no value of type %s", (long long)number, t->name);
    return false;
}

/* --- guards -------------------------------------------------------------------------------- */

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

static struct model_guard *compare(struct sema_scope *sc, const struct ast_guard *ast)
{
    if (is_set_name(sc, ast->left) || is_set_name(sc, ast->right))
        return compare_sets(sc, ast);
    struct number_context c = {sc, SEMA_NONE};
    struct number x = number(&c, ast->left), y = number(&c, ast->right);
    if (!x.e || !y.e)
        return NULL;
    if (x.type != y.type && x.type != SEMA_NONE && y.type != SEMA_NONE)
        diag_report(sc->s->sink, sema_strict(sc->s, sc->module), DIAG_WRONG_TYPE, ast->span,
                    "values of type %s and %s are compared", sc->s->types.items[x.type].name,
                    sc->s->types.items[y.type].name);
    struct model_guard *g = new_guard(sc, MODEL_GUARD_CMP);
    g->cmp = comparison(ast->cmp);
    g->x = x.e;
    g->y = y.e;
    return g;
}

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
        if (!sema_lossy(sc->s, SEMA_TYPE, sc->module))
            diag_error(sc->s->sink, DIAG_UNKNOWN_NAME, ast->name.span, "unknown relation `%s`",
                       ast->name.text);
        return NULL;
    case AST_GUARD_ERROR:
        break;
    }
    return NULL;
}
