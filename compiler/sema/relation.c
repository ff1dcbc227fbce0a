/* Relations: their types, and their tuples from the source or from a file. */
#include <string.h>
#include "compiler/sema/internal.h"
#include "compiler/sema/relation.h"

/* --- shape --------------------------------------------------------------------------------- */

/* SEMA_INT, which has no name that could stand there, if there is none. */
static uint32_t argument_type(struct sema *s, uint32_t module, const struct ast_name *name)
{
    uint32_t type = sema_find_type(s, module, name);
    if (!s->types.items[type].is_set)
        return type;
    diag_error(s->sink, DIAG_WRONG_TYPE, name->span, "a relation is between values, not tag sets");
    return SEMA_INT;
}

/* False: too large, reported. */
static bool count_bits(struct sema *s, const struct ast_type *ast, const struct model_relation *r,
                       uint64_t *bits)
{
    *bits = 1;
    for (uint32_t i = 0; i < r->ntypes; i++) {
        const struct model_type *t = &s->types.items[r->types[i]];
        if (t->limit <= MODEL_MAX_RELATION / *bits) {
            *bits *= t->limit;
            continue;
        }
        if (s->bad_types)
            return false;
        struct diag *d = diag_error(s->sink, DIAG_BAD_TYPE, ast->name.span,
                                    "relation `%s` is too large", ast->name.text);
        diag_hint(d, "the sizes of its types multiply to at most %u; type %s has %llu values",
                  MODEL_MAX_RELATION, t->name, (unsigned long long)t->limit);
        return false;
    }
    return true;
}

static uint32_t number_of_types(struct sema *s, const struct ast_type *ast)
{
    size_t n = ast->types.count;
    if (n <= POL_MAX_ARGS)
        return (uint32_t)n;
    diag_error(s->sink, DIAG_TOO_MANY_ARGUMENTS, ast->span,
               "relation `%s` has %zu arguments; %d are possible", ast->name.text, n, POL_MAX_ARGS);
    return POL_MAX_ARGS;
}

/* --- tuples -------------------------------------------------------------------------------- */

void relation_set(struct relation_build *b, const uint64_t *values)
{
    const struct model_relation *r = &b->relation->model;
    uint64_t bit = 0;
    for (uint32_t i = 0; i < r->ntypes; i++)
        bit = bit * b->s->types.items[r->types[i]].limit + values[i];
    r->bits[bit / 32] |= (uint32_t)1 << (bit % 32);
}

static void add_tuple(struct relation_build *b, const struct ast_tuple *tuple)
{
    const struct model_relation *r = &b->relation->model;
    uint64_t values[POL_MAX_ARGS];
    bool ok = true;
    if (tuple->fields.count != r->ntypes) {
        struct diag *d = diag_error(b->s->sink, DIAG_WRONG_ARITY, tuple->span,
                                    "relation `%s` has %u argument%s, not %zu", r->name, r->ntypes,
                                    r->ntypes == 1 ? "" : "s", tuple->fields.count);
        diag_label(d, r->loc.span, "declared here");
        return;
    }
    for (uint32_t i = 0; i < r->ntypes; i++)
        ok &= sema_constant(b->s, b->module, tuple->fields.items[i], r->types[i], "a relation",
                            &values[i]);
    if (ok)
        relation_set(b, values);
}

/* The last option that names the relation, NULL: none. */
static const struct sema_relation_option *option_for(const struct sema *s, uint32_t sym,
                                                     const uint32_t *named)
{
    for (size_t i = s->options->relation_count; i-- > 0;)
        if (named[i] == sym)
            return &s->options->relations[i];
    return NULL;
}

static void fill(struct relation_build *b, const struct ast_type *ast,
                 const struct sema_relation_option *option)
{
    if (option) {
        relation_read(b, option);
        return;
    }
    for (size_t i = 0; i < ast->tuples.count; i++)
        add_tuple(b, ast->tuples.items[i]);
}

/* --- declarations -------------------------------------------------------------------------- */

static void add_relation(struct sema *s, uint32_t module, uint32_t sym, const struct ast_type *ast,
                         const uint32_t *named)
{
    struct sema_relation *relation = &s->relations[sym];
    struct model_relation *r = &relation->model;
    struct relation_build b = {.s = s, .module = module, .relation = relation};
    bool ok = true;
    uint64_t bits;
    relation->decl = ast;
    relation->index = SEMA_NONE;
    r->name = sema_text(s, ast->name.text);
    r->module = sema_text(s, s->modules.items[module].name);
    r->loc = sema_loc(s, ast->name.span);
    r->ntypes = number_of_types(s, ast);
    r->types = ARENA_ARRAY(s->out, uint32_t, r->ntypes + 1);
    for (uint32_t i = 0; i < r->ntypes; i++) {
        r->types[i] = argument_type(s, module, &ast->types.items[i]);
        ok &= r->types[i] != SEMA_INT;
    }
    if (!ok || !count_bits(s, ast, r, &bits))
        return;
    r->bits = ARENA_ARRAY(s->out, uint32_t, bits / 32 + 1);
    fill(&b, ast, option_for(s, sym, named));
}

/* The relations that the options name. */
static uint32_t *find_named(struct sema *s)
{
    uint32_t *named = ARENA_ARRAY(&s->tmp, uint32_t, s->options->relation_count + 1);
    for (size_t i = 0; i < s->options->relation_count; i++) {
        const char *text = s->options->relations[i].name;
        struct ast_name name = {text, intern_find(s->names, text), LANG_NO_SPAN};
        named[i] = sema_find(s, SEMA_RELATION, 0, &name);
    }
    return named;
}

void sema_resolve_relations(struct sema *s)
{
    const uint32_t *named = find_named(s);
    uint32_t sym = 0;
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_type_list *types = &s->modules.items[m].ast->types;
        for (size_t i = 0; i < types->count; i++)
            if (types->items[i]->kind == AST_TYPE_RELATION)
                add_relation(s, m, sym++, types->items[i], named);
    }
}

uint32_t sema_use_relation(struct sema *s, uint32_t sym)
{
    struct sema_relation *r = &s->relations[sym];
    if (r->index == SEMA_NONE) {
        r->index = (uint32_t)s->model_relations.count;
        VEC_PUSH(&s->tmp, &s->model_relations, sym);
    }
    return r->index;
}
