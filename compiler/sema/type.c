/* Types: integers, tag sets, enums and lattices, with the names of their values. */
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/internal.h"

#define TYPE_LIMIT (UINT64_C(1) << 32)

/* --- integers ------------------------------------------------------------------------------ */

/* The bound as written; `from` is where the number itself stands.  False: none. */
static bool bound_of(struct sema *s, uint32_t module, const struct ast_type *ast,
                     struct sema_setting *bound)
{
    *bound = (struct sema_setting){ast->bound, ast->bound_span};
    if (!*ast->bound_name.text)
        return true;
    uint32_t sym = sema_find_param(s, module, &ast->bound_name);
    if (!sema_found(sym))
        return false;
    *bound = s->params[sym];
    return true;
}

static uint64_t type_limit(struct sema *s, uint32_t module, const struct ast_type *ast)
{
    struct sema_setting bound;
    if (!ast->bounded || !bound_of(s, module, ast, &bound))
        return TYPE_LIMIT;
    if (bound.value >= 1 && (uint64_t)bound.value <= TYPE_LIMIT)
        return (uint64_t)bound.value;
    bool dpl = s->modules.items[module].dpl;
    struct diag *d =
        diag_report(s->sink, sema_strict(s, module), DIAG_BAD_TYPE, ast->bound_span,
                    bound.value < 1 ? "type `%s` has no values" : "type `%s` has too many values",
                    ast->name.text);
    if (*ast->bound_name.text && bound.span.file)
        diag_label(d, bound.span, "the value comes from here");
    else if (*ast->bound_name.text)
        diag_hint(d, "--param gives `%s` the value %lld", ast->bound_name.text,
                  (long long)bound.value);
    if (!*ast->bound_name.text || bound.span.file)
        diag_hint(d, dpl ? "it is read as Int, with the values 0 .. 4294967295"
                         : "Int (N) has the values 0 .. N - 1, for N from 1 to 4294967296");
    return TYPE_LIMIT; /* which no value then seems to leave */
}

/* --- names of values ----------------------------------------------------------------------- */

static uint64_t value_key(uint32_t type, struct intern_id name)
{
    return (uint64_t)type << 32 | name.v;
}

bool sema_value(const struct sema *s, uint32_t type, struct intern_id name, uint32_t *value)
{
    *value = type == SEMA_NONE ? SEMA_NONE : sema_map_get(&s->values, value_key(type, name));
    return *value != SEMA_NONE;
}

#define VALUES_SHOWN 8

static void hint_values(struct diag *d, const struct model_type *t)
{
    struct str_buf list;
    str_init(&list);
    for (uint64_t i = 0; i < t->limit && i < VALUES_SHOWN; i++)
        str_printf(&list, "%s`%s`", i ? ", " : "", t->values[i]);
    diag_hint(d, "its values are %s%s", str_text(&list), t->limit > VALUES_SHOWN ? ", .." : "");
    str_free(&list);
}

void sema_unknown_value(struct sema *s, uint32_t type, const struct ast_name *name)
{
    const struct model_type *t = &s->types.items[type];
    struct diag *d = diag_error(s->sink, DIAG_UNKNOWN_NAME, name->span,
                                "type `%s` has no value `%s`", t->name, name->text);
    struct str_near near;
    str_near_init(&near, name->text);
    for (uint64_t i = 0; i < t->limit; i++)
        str_near_offer(&near, t->values[i]);
    if (near.best)
        diag_hint(d, "did you mean `%s`?", near.best);
    else
        hint_values(d, t);
}

void sema_no_integer(struct sema *s, uint32_t type, struct lang_span span)
{
    const struct model_type *t = &s->types.items[type];
    struct diag *d = diag_error(s->sink, DIAG_WRONG_TYPE, span,
                                "this is an integer; a value of type %s is needed here", t->name);
    hint_values(d, t);
}

/* Of an enum a value stands once. */
static void add_value(struct sema *s, const struct ast_type *ast, const struct ast_name *name,
                      struct model_type *type, uint32_t index)
{
    uint64_t key = value_key(index, name->id);
    if (!*name->text)
        return;
    if (sema_map_get(&s->values, key) == SEMA_NONE) {
        sema_map_put(&s->tmp, &s->values, key, (uint32_t)type->limit);
        type->values[type->limit++] = sema_text(s, name->text);
    } else if (ast->kind == AST_TYPE_ENUM) {
        struct diag *d =
            diag_error(s->sink, DIAG_DUPLICATE, name->span, "type `%s` has the value `%s` already",
                       ast->name.text, name->text);
        diag_hint(d, "remove one of the two");
    }
}

static int by_place(const void *a, const void *b)
{
    const struct ast_name *x = *(const struct ast_name *const *)a;
    const struct ast_name *y = *(const struct ast_name *const *)b;
    return (x->span.start > y->span.start) - (x->span.start < y->span.start);
}

/* In the order of the text: a lattice may mention some values alone, and others in its edges. */
static void add_values(struct sema *s, const struct ast_type *ast, struct model_type *type,
                       uint32_t index)
{
    size_t most = ast->values.count + 2 * ast->edges.count, n = 0;
    const struct ast_name **names = ARENA_ARRAY(&s->tmp, const struct ast_name *, most + 1);
    for (size_t i = 0; i < ast->values.count; i++)
        names[n++] = &ast->values.items[i];
    for (size_t i = 0; i < ast->edges.count; i++) {
        names[n++] = &ast->edges.items[i]->low;
        names[n++] = &ast->edges.items[i]->high;
    }
    if (n)
        qsort(names, n, sizeof *names, by_place);
    type->values = ARENA_ARRAY(s->out, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        add_value(s, ast, names[i], type, index);
    if (type->limit)
        return;
    if (!ast->values.count && !ast->edges.count && !s->broken)
        diag_error(s->sink, DIAG_BAD_TYPE, ast->span, "type `%s` has no values", ast->name.text);
    type->limit = 1; /* so that every type has a value */
    type->values[0] = "";
}

/* --- declarations -------------------------------------------------------------------------- */

static void add_type(struct sema *s, uint32_t module, const struct ast_type *ast)
{
    uint32_t index = (uint32_t)s->types.count;
    struct model_type type = {.name = sema_text(s, ast->name.text),
                              .module = sema_text(s, s->modules.items[module].name)};
    if (ast->kind == AST_TYPE_RELATION)
        return; /* no type: see relation.c */
    switch (ast->kind) {
    case AST_TYPE_TAGSET:
        type.is_set = true;
        break;
    case AST_TYPE_INT:
        type.exhaust = ast->overflow == AST_OVERFLOW_EXHAUST;
        type.limit = type_limit(s, module, ast);
        break;
    case AST_TYPE_ENUM:
        add_values(s, ast, &type, index);
        break;
    case AST_TYPE_LATTICE:
        add_values(s, ast, &type, index);
        type.is_lattice = true;
        sema_lattice(s, ast, &type, index);
        break;
    case AST_TYPE_RELATION:
    case AST_TYPE_ERROR:
        type.limit = TYPE_LIMIT;
        break;
    }
    VEC_PUSH(s->out, &s->types, type);
}

void sema_resolve_types(struct sema *s)
{
    struct model_type number = {.name = "Int", .limit = TYPE_LIMIT};
    struct model_type set = {.name = "TagSet", .is_set = true};
    VEC_PUSH(s->out, &s->types, number);
    VEC_PUSH(s->out, &s->types, set);
    size_t errors = diag_error_count(s->sink);
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_module *ast = s->modules.items[m].ast;
        for (size_t i = 0; i < ast->types.count; i++)
            add_type(s, m, ast->types.items[i]);
    }
    s->bad_types = errors != diag_error_count(s->sink);
}

uint32_t sema_find_type(struct sema *s, uint32_t module, const struct ast_name *name)
{
    if (str_eq(name->text, "Int"))
        return SEMA_INT;
    if (str_eq(name->text, "TagSet"))
        return SEMA_TAGSET;
    uint32_t sym = sema_find(s, SEMA_TYPE, module, name);
    return sema_found(sym) ? SEMA_TYPE_OF(sym) : SEMA_INT;
}
