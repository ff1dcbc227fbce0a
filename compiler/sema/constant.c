/* Constants: exact arithmetic, and the arguments of `init`, of tests and of relations. */
#include "compiler/sema/internal.h"

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

bool sema_apply(enum ast_arith op, int64_t a, int64_t b, int64_t *out)
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

/* --- constant arguments -------------------------------------------------------------------- */

struct constant {
    struct sema *s;
    uint32_t module, type;
    const char *what; /* `init` */
};

/* The value of an expression of integers and parameters; false: it is none, or too large. */
static bool fold(const struct constant *c, const struct ast_field *field, int64_t *value)
{
    int64_t a, b;
    switch (field->kind) {
    case AST_FIELD_INT:
        *value = field->value;
        return true;
    case AST_FIELD_NAME:
        return sema_param(c->s, c->module, &field->name, value);
    case AST_FIELD_BINARY:
        return fold(c, field->left, &a) && fold(c, field->right, &b) &&
               sema_apply(field->op, a, b, value);
    case AST_FIELD_ANY:
    case AST_FIELD_NEW:
    case AST_FIELD_ERROR:
        break;
    }
    return false;
}

static bool has_error(const struct ast_field *f)
{
    return f->kind == AST_FIELD_ERROR ||
           (f->kind == AST_FIELD_BINARY && (has_error(f->left) || has_error(f->right)));
}

static bool named_value(const struct constant *c, const struct ast_field *field, uint64_t *value)
{
    uint32_t found;
    if (field->kind != AST_FIELD_NAME) {
        sema_no_integer(c->s, c->type, field->span);
        return false;
    }
    if (sema_value(c->s, c->type, field->name.id, &found)) {
        *value = found;
        return true;
    }
    sema_unknown_value(c->s, c->type, &field->name);
    return false;
}

static bool integer(const struct constant *c, const struct ast_field *field, uint64_t *value)
{
    const struct model_type *t = &c->s->types.items[c->type];
    int64_t number;
    if (!fold(c, field, &number)) {
        diag_error(c->s->sink, DIAG_MISSING_ARGUMENT, field->span,
                   "%s gives constants: an integer is needed here", c->what);
        return false;
    }
    *value = (uint64_t)number;
    if (!t->is_set && number >= 0 && *value < t->limit)
        return true;
    diag_error(c->s->sink, t->is_set ? DIAG_WRONG_TYPE : DIAG_VALUE_RANGE, field->span,
               "%lld is no value of type %s", (long long)number, t->name);
    return false;
}

bool sema_constant(struct sema *s, uint32_t module, const struct ast_field *field, uint32_t type,
                   const char *what, uint64_t *value)
{
    struct constant c = {s, module, type, what};
    bool dpl = s->modules.items[module].dpl;
    *value = 0;
    if (has_error(field))
        return false;
    if (field->kind == AST_FIELD_ANY || field->kind == AST_FIELD_NEW) {
        diag_report(s->sink, sema_strict(s, module), DIAG_MISSING_ARGUMENT, field->span,
                    "%s gives constants%s", what, dpl ? "; 0 is used" : "");
        return dpl;
    }
    if (sema_has_names(&s->types.items[type]))
        return named_value(&c, field, value);
    return integer(&c, field, value);
}
