/* Expressions: integers, and values of enums and lattices.  Every intermediate integer is bounded
 * by interval arithmetic, so that evaluating them in 64 bits is exact. */
#include "compiler/sema/internal.h"

struct context {
    struct sema_scope *sc;
    uint32_t type; /* of the value that is wanted, SEMA_NONE: not known */
    bool stored;   /* in a result, where `new` can stand */
};

static const struct sema_number no_number = {.e = NULL, .type = SEMA_NONE};

static bool named(const struct sema_scope *sc, uint32_t type)
{
    return type != SEMA_NONE && sema_has_names(&sc->s->types.items[type]);
}

/* --- nodes --------------------------------------------------------------------------------- */

static struct sema_number constant(struct sema_scope *sc, int64_t value)
{
    struct sema_number n = {.lo = value, .hi = value, .type = SEMA_NONE};
    n.e = ARENA_NEW(sc->arena, struct model_int);
    n.e->kind = MODEL_INT_CONST;
    n.e->value = value;
    return n;
}

struct model_int *sema_zero(struct sema_scope *sc)
{
    return constant(sc, 0).e;
}

static struct sema_number of_type(struct sema_scope *sc, uint32_t type, enum model_int_kind kind)
{
    struct sema_number n = {.varies = true, .type = type};
    n.hi = (int64_t)sc->s->types.items[type].limit - 1;
    n.e = ARENA_NEW(sc->arena, struct model_int);
    n.e->kind = kind;
    return n;
}

/* --- names --------------------------------------------------------------------------------- */

static bool is_upper(const char *text)
{
    return *text >= 'A' && *text <= 'Z';
}

static void report_no_number(struct context *c, const struct ast_name *name)
{
    const struct sema_var *var = sema_bound(c->sc, name->id);
    struct sema_param param;
    if (var || sema_input(c->sc, name, &param))
        diag_error(c->sc->s->sink, DIAG_WRONG_TYPE, name->span,
                   "`%s` is a tag set; %s is needed here", name->text,
                   named(c->sc, c->type) ? "a value" : "an integer");
    else if (named(c->sc, c->type) && is_upper(name->text))
        sema_unknown_value(c->sc->s, c->type, name);
    else
        sema_unknown_variable(c->sc, name, c->type);
}

/* Where a value of an enum or a lattice is wanted, one of its names comes first; then what the rule
 * binds; then a parameter. */
static struct sema_number name(struct context *c, const struct ast_name *name)
{
    struct sema_scope *sc = c->sc;
    const struct sema_var *var = sema_bound(sc, name->id);
    uint32_t value;
    int64_t number;
    if (sema_value(sc->s, c->type, name->id, &value)) {
        struct sema_number n = constant(sc, value);
        n.type = c->type;
        return n;
    }
    if (var && var->binding == SEMA_BIND_NUMBER) {
        struct sema_number n = of_type(sc, sc->vars.items[var->index].type, MODEL_INT_VAR);
        n.e->var = var->index;
        return n;
    }
    if (!var && sema_param(sc->s, sc->module, name, &number))
        return constant(sc, number);
    report_no_number(c, name);
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

static struct sema_number fresh(struct context *c, const struct ast_field *ast)
{
    struct diag_sink *sink = c->sc->s->sink;
    if (!c->stored) {
        diag_error(sink, DIAG_PATTERN_ARGUMENT, ast->span, "`new` can only stand in a result");
        return no_number;
    }
    if (named(c->sc, c->type)) {
        diag_error(sink, DIAG_WRONG_TYPE, ast->span,
                   "`new` counts integers: there is no next value of type %s",
                   c->sc->s->types.items[c->type].name);
        return no_number;
    }
    struct sema_number n = of_type(c->sc, c->type, MODEL_INT_NEW);
    n.e->type = c->type;
    n.e->new_index = next_fresh(c->sc, c->type);
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
    case AST_JOIN:
        return MODEL_INT_JOIN;
    case AST_MEET:
        return MODEL_INT_MEET;
    case AST_ADD:
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

static void mod_interval(const struct sema_number *a, int64_t divisor, struct sema_number *n)
{
    n->lo = a->lo >= 0 ? 0 : -(divisor - 1);
    n->hi = a->hi <= 0 ? 0 : divisor - 1;
    if (a->lo > n->lo && a->lo < 0)
        n->lo = a->lo;
    if (a->hi < n->hi && a->hi > 0)
        n->hi = a->hi;
}

/* All operations but % reach their extremes at the corners. */
static bool interval(enum ast_arith op, const struct sema_number *a, const struct sema_number *b,
                     struct sema_number *n)
{
    int64_t corner[4];
    if (op == AST_MOD) {
        mod_interval(a, b->lo, n);
        return true;
    }
    if (!sema_apply(op, a->lo, b->lo, &corner[0]) || !sema_apply(op, a->lo, b->hi, &corner[1]) ||
        !sema_apply(op, a->hi, b->lo, &corner[2]) || !sema_apply(op, a->hi, b->hi, &corner[3]))
        return false;
    n->lo = least(corner);
    n->hi = greatest(corner);
    return true;
}

static bool of_lattice(enum ast_arith op)
{
    return op == AST_JOIN || op == AST_MEET;
}

/* NULL: fine. */
static const char *operation_problem(const struct ast_field *ast, const struct sema_number *a,
                                     const struct sema_number *b)
{
    if (of_lattice(ast->op))
        return "joins and meets need tag sets or values of a lattice, not integers";
    if (ast->op == AST_MUL && a->varies && b->varies)
        return "`*` takes at most one variable: the other side must be a constant";
    if ((ast->op == AST_DIV || ast->op == AST_MOD) && (b->varies || b->lo < 1))
        return "the divisor must be a positive constant";
    return NULL;
}

static struct sema_number node(struct sema_scope *sc, enum ast_arith op,
                               const struct sema_number *a, const struct sema_number *b)
{
    struct sema_number n = {.varies = true, .type = SEMA_NONE};
    n.e = ARENA_NEW(sc->arena, struct model_int);
    n.e->kind = int_kind(op);
    n.e->a = a->e;
    n.e->b = b->e;
    return n;
}

static struct sema_number combine_numbers(struct sema_scope *sc, const struct ast_field *ast,
                                          const struct sema_number *a, const struct sema_number *b)
{
    struct sema_number n = {.e = NULL};
    const char *problem = operation_problem(ast, a, b);
    if (!problem && !interval(ast->op, a, b, &n))
        problem = "this can leave the range of 64-bit integers";
    if (problem) {
        diag_error(sc->s->sink, DIAG_ARITHMETIC, ast->span, "%s", problem);
        return no_number;
    }
    if (!a->varies && !b->varies) {
        int64_t value = 0;
        (void)sema_apply(ast->op, a->lo, b->lo, &value);
        return constant(sc, value);
    }
    struct sema_number out = node(sc, ast->op, a, b);
    out.lo = n.lo;
    out.hi = n.hi;
    if (a->type == b->type || b->type == SEMA_NONE)
        out.type = a->type;
    else if (a->type == SEMA_NONE)
        out.type = b->type;
    return out;
}

static void report_operation(struct sema_scope *sc, const struct ast_field *ast,
                             const struct sema_number *a, const struct sema_number *b)
{
    struct sema *s = sc->s;
    bool left = named(sc, a->type), same = a->type == b->type;
    const char *name = s->types.items[left ? a->type : b->type].name;
    if (!of_lattice(ast->op))
        diag_error(s->sink, DIAG_ARITHMETIC, ast->span,
                   "`%s` needs integers, not values of type %s", ast_arith_name(ast->op), name);
    else if (same)
        diag_error(s->sink, DIAG_WRONG_TYPE, ast->span,
                   "`%s` needs values of a lattice, and type %s is none", ast_arith_name(ast->op),
                   name);
    else
        diag_error(s->sink, DIAG_WRONG_TYPE, ast->span,
                   "`%s` needs two values of one type; one of type %s meets %s here",
                   ast_arith_name(ast->op), name,
                   left && named(sc, b->type) ? s->types.items[b->type].name : "an integer");
}

static struct sema_number combine_values(struct sema_scope *sc, const struct ast_field *ast,
                                         const struct sema_number *a, const struct sema_number *b)
{
    const struct model_type *t = &sc->s->types.items[named(sc, a->type) ? a->type : b->type];
    if (!of_lattice(ast->op) || a->type != b->type || !t->is_lattice) {
        report_operation(sc, ast, a, b);
        return no_number;
    }
    const uint32_t *table = ast->op == AST_JOIN ? t->join : t->meet;
    struct sema_number out;
    if (!a->varies && !b->varies && table) {
        out = constant(sc, table[(uint64_t)a->lo * t->limit + (uint64_t)b->lo]);
    } else {
        out = node(sc, ast->op, a, b);
        out.e->type = a->type;
        out.hi = (int64_t)t->limit - 1;
    }
    out.type = a->type;
    return out;
}

static struct sema_number number(struct context *c, const struct ast_field *ast)
{
    switch (ast->kind) {
    case AST_FIELD_INT:
        return constant(c->sc, ast->value);
    case AST_FIELD_NAME:
        return name(c, &ast->name);
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
    struct sema_number a = number(c, ast->left), b = number(c, ast->right);
    if (!a.e || !b.e)
        return no_number;
    return named(c->sc, a.type) || named(c->sc, b.type) ? combine_values(c->sc, ast, &a, &b)
                                                        : combine_numbers(c->sc, ast, &a, &b);
}

struct sema_number sema_expression(struct sema_scope *sc, const struct ast_field *ast,
                                   uint32_t type)
{
    struct context c = {sc, type, false};
    return number(&c, ast);
}

/* --- storing ------------------------------------------------------------------------------- */

/* Whether the type is right; types of integers are converted in .dpl. */
static bool check_type(struct sema_scope *sc, const struct ast_field *ast,
                       const struct sema_number *n, uint32_t type)
{
    struct sema *s = sc->s;
    bool names = named(sc, type) || named(sc, n->type);
    if (n->type == type || (n->type == SEMA_NONE && !names))
        return true;
    if (n->type == SEMA_NONE)
        sema_no_integer(s, type, ast->span);
    else
        diag_report(s->sink, names ? DIAG_ERROR : sema_strict(s, sc->module), DIAG_WRONG_TYPE,
                    ast->span, "this has type %s, but the argument has type %s",
                    s->types.items[n->type].name, s->types.items[type].name);
    return !names;
}

static void check_range(struct sema_scope *sc, const struct ast_field *ast,
                        const struct sema_number *n, uint32_t type)
{
    const struct model_type *t = &sc->s->types.items[type];
    if (n->hi >= 0 && n->lo < (int64_t)t->limit)
        return;
    struct diag *d = diag_report(sc->s->sink, sema_strict(sc->s, sc->module), DIAG_VALUE_RANGE,
                                 ast->span, "this is never a value of type %s", t->name);
    diag_hint(d, "its values are 0 .. %llu", (unsigned long long)t->limit - 1);
}

struct model_int *sema_stored(struct sema_scope *sc, const struct ast_field *ast, uint32_t type)
{
    struct context c = {sc, type, true};
    struct sema_number n = number(&c, ast);
    if (n.e && check_type(sc, ast, &n, type))
        check_range(sc, ast, &n, type);
    return n.e;
}
