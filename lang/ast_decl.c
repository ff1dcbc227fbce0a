/* Constructors of declarations and sections. */
#include <string.h>

#include "lang/ast_build.h"

/* Names that a *.pol declares contain no dot: a dot separates module and name in references. */
static void check_declared(struct lang_parser *p, struct ast_name name)
{
    if (p->dialect == LANG_POL && strchr(name.text, '.'))
        diag_error(p->sink, DIAG_DOTTED_NAME, name.span, "the declared name `%s` contains a dot",
                   name.text);
}

void ast_module_named(struct lang_parser *p, struct lang_span header, struct ast_name name)
{
    p->module->header = header;
    p->module->name = name;
}

void ast_import_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                    struct ast_name alias, const struct ast_setting_list *settings)
{
    check_declared(p, alias);
    struct ast_import *import = ARENA_NEW(p->arena, struct ast_import);
    import->span = span;
    import->name = name;
    import->alias = alias;
    if (settings)
        import->settings = *settings;
    VEC_PUSH(p->arena, &p->module->imports, import);
}

/* A value that does not fit is reported already. */
struct ast_setting *ast_setting_new(struct lang_parser *p, struct lang_span span,
                                    struct ast_name name, int64_t value,
                                    struct lang_span value_span)
{
    struct ast_setting *setting = ARENA_NEW(p->arena, struct ast_setting);
    setting->span = span;
    setting->name = name;
    setting->value = value == LANG_OVERFLOW ? 0 : value;
    setting->value_span = value_span;
    return setting;
}

void ast_parameter_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                       int64_t value, struct lang_span value_span)
{
    check_declared(p, name);
    VEC_PUSH(p->arena, &p->module->params, ast_setting_new(p, span, name, value, value_span));
}

void ast_owns_add(struct lang_parser *p, struct ast_name name)
{
    VEC_PUSH(p->arena, &p->module->owns, name);
}

struct ast_type *ast_type_new(struct lang_parser *p, enum ast_type_kind kind)
{
    struct ast_type *type = ARENA_NEW(p->arena, struct ast_type);
    type->kind = kind;
    type->bound_name.text = "";
    return type;
}

struct ast_type *ast_type_bound(struct ast_type *type, struct lang_span span, int64_t bound)
{
    type->bounded = bound != LANG_OVERFLOW;
    type->bound = bound;
    type->bound_span = span;
    return type;
}

struct ast_type *ast_type_bound_name(struct ast_type *type, struct ast_name parameter)
{
    type->bounded = true;
    type->bound_name = parameter;
    type->bound_span = parameter.span;
    return type;
}

struct ast_type *ast_type_enum(struct lang_parser *p, const struct ast_name_list *values)
{
    for (size_t i = 0; i < values->count; i++)
        check_declared(p, values->items[i]);
    struct ast_type *type = ast_type_new(p, AST_TYPE_ENUM);
    type->values = *values;
    return type;
}

struct ast_type *ast_type_lattice(struct lang_parser *p, const struct ast_edge_list *edges)
{
    for (size_t i = 0; i < edges->count; i++) {
        check_declared(p, edges->items[i]->low);
        check_declared(p, edges->items[i]->high);
    }
    struct ast_type *type = ast_type_new(p, AST_TYPE_LATTICE);
    type->edges = *edges;
    return type;
}

struct ast_type *ast_type_relation(struct lang_parser *p, const struct ast_name_list *types,
                                   const struct ast_tuple_list *tuples)
{
    struct ast_type *type = ast_type_new(p, AST_TYPE_RELATION);
    type->types = *types;
    type->tuples = *tuples;
    return type;
}

struct ast_tuple *ast_tuple_new(struct lang_parser *p, struct lang_span span,
                                const struct ast_field_list *fields)
{
    struct ast_tuple *tuple = ARENA_NEW(p->arena, struct ast_tuple);
    tuple->span = span;
    tuple->fields = *fields;
    return tuple;
}

struct ast_type *ast_type_overflow(struct lang_parser *p, struct ast_type *type,
                                   struct ast_name word)
{
    if (str_eq(word.text, "wrap"))
        type->overflow = AST_OVERFLOW_WRAP;
    else if (str_eq(word.text, "exhaust"))
        type->overflow = AST_OVERFLOW_EXHAUST;
    else
        diag_error(p->sink, DIAG_SYNTAX, word.span,
                   "unexpected `%s`; after the type may stand `wrap` or `exhaust`", word.text);
    return type;
}

void ast_type_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                  struct ast_type *type)
{
    check_declared(p, name);
    type->span = span;
    type->name = name;
    VEC_PUSH(p->arena, &p->module->types, type);
}

enum ast_merge ast_merge_mode(struct ast_name word)
{
    return str_eq(word.text, "all") ? AST_MERGE_ALL : AST_MERGE_ANY;
}

void ast_tagdecl_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                     const struct ast_name_list *types, enum ast_merge merge)
{
    check_declared(p, name);
    struct ast_tagdecl *decl = ARENA_NEW(p->arena, struct ast_tagdecl);
    decl->span = span;
    decl->name = name;
    decl->types = *types;
    decl->merge = merge;
    VEC_PUSH(p->arena, &p->module->tags, decl);
}

struct ast_param *ast_param_new(struct lang_parser *p, struct lang_span span, enum ast_slot slot,
                                struct ast_name name)
{
    check_declared(p, name);
    struct ast_param *param = ARENA_NEW(p->arena, struct ast_param);
    param->span = span;
    param->slot = slot;
    param->name = name;
    return param;
}

struct ast_opspec *ast_opspec_new(struct lang_parser *p, struct lang_span span,
                                  enum ast_opspec_kind kind, int64_t value)
{
    struct ast_opspec *spec = ARENA_NEW(p->arena, struct ast_opspec);
    spec->span = span;
    spec->kind = kind;
    spec->value = value;
    spec->csr.text = "";
    return spec;
}

struct ast_opspec *ast_opspec_int(struct lang_parser *p, struct lang_span span, int64_t value,
                                  bool negative)
{
    if (value == LANG_OVERFLOW)
        return ast_opspec_new(p, span, AST_OPSPEC_ANY, 0);
    return ast_opspec_new(p, span, AST_OPSPEC_INT, negative ? -value : value);
}

struct ast_opspec *ast_opspec_csr(struct lang_parser *p, struct ast_name name)
{
    struct ast_opspec *spec = ast_opspec_new(p, name.span, AST_OPSPEC_CSR, 0);
    spec->csr = name;
    return spec;
}

struct ast_inst *ast_inst_new(struct lang_parser *p, struct lang_span span,
                              struct ast_name mnemonic, const struct ast_opspec_list *specs)
{
    struct ast_inst *inst = ARENA_NEW(p->arena, struct ast_inst);
    inst->span = span;
    inst->mnemonic = mnemonic;
    inst->specs = *specs;
    return inst;
}

void ast_group_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                   const struct ast_param_list *inputs, const struct ast_param_list *outputs,
                   const struct ast_inst_list *insts)
{
    check_declared(p, name);
    struct ast_group *group = ARENA_NEW(p->arena, struct ast_group);
    group->span = span;
    group->name = name;
    group->inputs = *inputs;
    group->outputs = *outputs;
    group->insts = *insts;
    VEC_PUSH(p->arena, &p->module->groups, group);
}

void ast_policy_add(struct lang_parser *p, struct lang_span span, struct ast_name name, bool global,
                    bool total, const struct ast_pexp *body)
{
    check_declared(p, name);
    struct ast_policy *policy = ARENA_NEW(p->arena, struct ast_policy);
    policy->span = span;
    policy->name = name;
    policy->global = global;
    policy->total = total;
    policy->body = body;
    p->mixed_operators = false;
    VEC_PUSH(p->arena, &p->module->policies, policy);
}

void ast_init_add(struct lang_parser *p, struct lang_span span, struct ast_name entity, bool only,
                  const struct ast_tag_list *tags)
{
    struct ast_init *init = ARENA_NEW(p->arena, struct ast_init);
    init->span = span;
    init->entity = entity;
    init->only = only;
    init->tags = *tags;
    VEC_PUSH(p->arena, &p->module->inits, init);
}

void ast_response_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                      struct ast_name action, struct ast_name entity)
{
    check_declared(p, name);
    struct ast_response *response = ARENA_NEW(p->arena, struct ast_response);
    response->span = span;
    response->name = name;
    response->action = action;
    response->entity = entity;
    VEC_PUSH(p->arena, &p->module->responses, response);
}

static size_t declared(const struct ast_module *m, enum ast_section_kind kind)
{
    switch (kind) {
    case AST_SECTION_IMPORT:
        return m->imports.count;
    case AST_SECTION_OWNS:
        return m->owns.count;
    case AST_SECTION_TYPE:
        return m->types.count;
    case AST_SECTION_METADATA:
        return m->tags.count;
    case AST_SECTION_GROUP:
        return m->groups.count;
    case AST_SECTION_POLICY:
        return m->policies.count;
    case AST_SECTION_REQUIRE:
        return m->inits.count;
    case AST_SECTION_PARAM:
        return m->params.count;
    case AST_SECTION_RESPONSE:
        return m->responses.count;
    case AST_SECTION_TEST:
        return m->tests.count;
    case AST_SECTION_PROVE:
        return m->claims.count;
    }
    return 0;
}

void ast_section_add(struct lang_parser *p, enum ast_section_kind kind, struct lang_span span)
{
    struct ast_section section = {.kind = kind, .span = span, .first = p->in_sections[kind]};
    section.count = declared(p->module, kind) - section.first;
    p->in_sections[kind] += section.count;
    VEC_PUSH(p->arena, &p->module->sections, section);
}

void ast_leading_comma(struct lang_parser *p, struct lang_span span)
{
    diag_report(p->sink, p->dialect == LANG_POL ? DIAG_ERROR : DIAG_WARNING, DIAG_SYNTAX, span,
                "nothing stands before this `,`");
}
