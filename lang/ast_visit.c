/* The generic visitor. */
#include "lang/ast.h"

static bool enter(const struct ast_visitor *v, enum ast_kind kind, const void *node)
{
    return !v->enter || v->enter(v->context, kind, node);
}

static void leave(const struct ast_visitor *v, enum ast_kind kind, const void *node)
{
    if (v->leave)
        v->leave(v->context, kind, node);
}

static void visit_field(const struct ast_visitor *v, const struct ast_field *f)
{
    if (enter(v, AST_KIND_FIELD, f) && f->kind == AST_FIELD_BINARY) {
        visit_field(v, f->left);
        visit_field(v, f->right);
    }
    leave(v, AST_KIND_FIELD, f);
}

static void visit_fields(const struct ast_visitor *v, const struct ast_field_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        visit_field(v, list->items[i]);
}

static void visit_tag(const struct ast_visitor *v, const struct ast_tag *tag)
{
    if (enter(v, AST_KIND_TAG, tag))
        visit_fields(v, &tag->args);
    leave(v, AST_KIND_TAG, tag);
}

static void visit_tags(const struct ast_visitor *v, const struct ast_tag_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        visit_tag(v, list->items[i]);
}

static void visit_reqs(const struct ast_visitor *v, const struct ast_req_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct ast_req *req = list->items[i];
        if (enter(v, AST_KIND_REQ, req))
            visit_tag(v, req->tag);
        leave(v, AST_KIND_REQ, req);
    }
}

static void visit_pat(const struct ast_visitor *v, const struct ast_pat *pat)
{
    if (enter(v, AST_KIND_PAT, pat)) {
        visit_tags(v, &pat->tags);
        visit_reqs(v, &pat->reqs);
        if (pat->inner)
            visit_pat(v, pat->inner);
    }
    leave(v, AST_KIND_PAT, pat);
}

static void visit_operands(const struct ast_visitor *v, const struct ast_operand_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct ast_operand *operand = list->items[i];
        if (enter(v, AST_KIND_OPERAND, operand))
            visit_pat(v, operand->pat);
        leave(v, AST_KIND_OPERAND, operand);
    }
}

static void visit_guard(const struct ast_visitor *v, const struct ast_guard *guard)
{
    if (enter(v, AST_KIND_GUARD, guard)) {
        for (size_t i = 0; i < guard->items.count; i++)
            visit_guard(v, guard->items.items[i]);
        if (guard->left)
            visit_field(v, guard->left);
        if (guard->right)
            visit_field(v, guard->right);
        visit_fields(v, &guard->args);
    }
    leave(v, AST_KIND_GUARD, guard);
}

static void visit_texp(const struct ast_visitor *v, const struct ast_texp *e)
{
    if (enter(v, AST_KIND_TEXP, e)) {
        visit_tags(v, &e->tags);
        if (e->left)
            visit_texp(v, e->left);
        if (e->right)
            visit_texp(v, e->right);
        visit_reqs(v, &e->reqs);
    }
    leave(v, AST_KIND_TEXP, e);
}

static void visit_updates(const struct ast_visitor *v, const struct ast_update_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct ast_update *update = list->items[i];
        if (enter(v, AST_KIND_UPDATE, update))
            visit_texp(v, update->value);
        leave(v, AST_KIND_UPDATE, update);
    }
}

static void visit_result(const struct ast_visitor *v, const struct ast_result *result)
{
    if (enter(v, AST_KIND_RESULT, result))
        visit_updates(v, &result->updates);
    leave(v, AST_KIND_RESULT, result);
}

void ast_visit_rule(const struct ast_rule *rule, const struct ast_visitor *v)
{
    if (enter(v, AST_KIND_RULE, rule)) {
        visit_operands(v, &rule->operands);
        if (rule->guard)
            visit_guard(v, rule->guard);
        visit_result(v, rule->result);
    }
    leave(v, AST_KIND_RULE, rule);
}

void ast_visit_pexp(const struct ast_pexp *pexp, const struct ast_visitor *v)
{
    if (enter(v, AST_KIND_PEXP, pexp)) {
        if (pexp->rule)
            ast_visit_rule(pexp->rule, v);
        for (size_t i = 0; i < pexp->items.count; i++)
            ast_visit_pexp(pexp->items.items[i].exp, v);
    }
    leave(v, AST_KIND_PEXP, pexp);
}

void ast_visit_policy(const struct ast_policy *policy, const struct ast_visitor *v)
{
    if (enter(v, AST_KIND_POLICY, policy))
        ast_visit_pexp(policy->body, v);
    leave(v, AST_KIND_POLICY, policy);
}

static void visit_leaf(const struct ast_visitor *v, enum ast_kind kind, const void *node)
{
    (void)enter(v, kind, node);
    leave(v, kind, node);
}

static void visit_inst(const struct ast_visitor *v, const struct ast_inst *inst)
{
    if (enter(v, AST_KIND_INST, inst)) {
        for (size_t i = 0; i < inst->specs.count; i++)
            visit_leaf(v, AST_KIND_OPSPEC, inst->specs.items[i]);
    }
    leave(v, AST_KIND_INST, inst);
}

static void visit_params(const struct ast_visitor *v, const struct ast_param_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        visit_leaf(v, AST_KIND_PARAM, list->items[i]);
}

static void visit_group(const struct ast_visitor *v, const struct ast_group *group)
{
    if (enter(v, AST_KIND_GROUP, group)) {
        visit_params(v, &group->inputs);
        visit_params(v, &group->outputs);
        for (size_t i = 0; i < group->insts.count; i++)
            visit_inst(v, group->insts.items[i]);
    }
    leave(v, AST_KIND_GROUP, group);
}

static void visit_init(const struct ast_visitor *v, const struct ast_init *init)
{
    if (enter(v, AST_KIND_INIT, init))
        visit_tags(v, &init->tags);
    leave(v, AST_KIND_INIT, init);
}

static void visit_settings(const struct ast_visitor *v, const struct ast_setting_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        visit_leaf(v, AST_KIND_SETTING, list->items[i]);
}

static void visit_import(const struct ast_visitor *v, const struct ast_import *import)
{
    if (enter(v, AST_KIND_IMPORT, import))
        visit_settings(v, &import->settings);
    leave(v, AST_KIND_IMPORT, import);
}

/* The values of a relation's tuples are fields. */
static void visit_type(const struct ast_visitor *v, const struct ast_type *type)
{
    if (enter(v, AST_KIND_TYPE, type)) {
        for (size_t i = 0; i < type->tuples.count; i++)
            visit_fields(v, &type->tuples.items[i]->fields);
    }
    leave(v, AST_KIND_TYPE, type);
}

static void visit_expect(const struct ast_visitor *v, const struct ast_expect *expect)
{
    if (enter(v, AST_KIND_EXPECT, expect)) {
        visit_updates(v, &expect->updates);
        visit_operands(v, &expect->results);
    }
    leave(v, AST_KIND_EXPECT, expect);
}

static void visit_test(const struct ast_visitor *v, const struct ast_test *test)
{
    if (enter(v, AST_KIND_TEST, test)) {
        visit_operands(v, &test->operands);
        visit_expect(v, test->expect);
    }
    leave(v, AST_KIND_TEST, test);
}

static void visit_claim(const struct ast_visitor *v, const struct ast_claim *claim)
{
    if (enter(v, AST_KIND_CLAIM, claim)) {
        visit_operands(v, &claim->operands);
        if (claim->guard)
            visit_guard(v, claim->guard);
        if (claim->expect)
            visit_expect(v, claim->expect);
    }
    leave(v, AST_KIND_CLAIM, claim);
}

void ast_visit_module(const struct ast_module *m, const struct ast_visitor *v)
{
    for (size_t i = 0; i < m->imports.count; i++)
        visit_import(v, m->imports.items[i]);
    for (size_t i = 0; i < m->owns.count; i++)
        visit_leaf(v, AST_KIND_OWN, &m->owns.items[i]);
    for (size_t i = 0; i < m->types.count; i++)
        visit_type(v, m->types.items[i]);
    for (size_t i = 0; i < m->tags.count; i++)
        visit_leaf(v, AST_KIND_TAGDECL, m->tags.items[i]);
    for (size_t i = 0; i < m->groups.count; i++)
        visit_group(v, m->groups.items[i]);
    for (size_t i = 0; i < m->policies.count; i++)
        ast_visit_policy(m->policies.items[i], v);
    for (size_t i = 0; i < m->inits.count; i++)
        visit_init(v, m->inits.items[i]);
    visit_settings(v, &m->params);
    for (size_t i = 0; i < m->responses.count; i++)
        visit_leaf(v, AST_KIND_RESPONSE, m->responses.items[i]);
    for (size_t i = 0; i < m->tests.count; i++)
        visit_test(v, m->tests.items[i]);
    for (size_t i = 0; i < m->claims.count; i++)
        visit_claim(v, m->claims.items[i]);
}
