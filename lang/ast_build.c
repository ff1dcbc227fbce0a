#include "lang/ast_build.h"

#include <stdlib.h>
#include <string.h>

static uint32_t deeper(uint32_t a, uint32_t b)
{
    return (a > b ? a : b) + 1;
}

/* Is a node of this depth too deep?  Reports it then. */
static bool check_depth(struct lang_parser *p, uint32_t depth, struct lang_span span)
{
    if (depth <= AST_MAX_DEPTH)
        return true;
    lang_too_deep(p, span);
    return false;
}

/* --- lists --------------------------------------------------------------------------------- */

struct ast_name_list *ast_names_add(struct lang_parser *p, struct ast_name_list *list,
                                    const struct ast_name *name)
{
    if (!list)
        list = ARENA_NEW(p->arena, struct ast_name_list);
    if (name)
        VEC_PUSH(p->arena, list, *name);
    return list;
}

struct ast_edge_list *ast_edges_add(struct lang_parser *p, struct ast_edge_list *list,
                                    struct lang_span span, struct ast_name low,
                                    struct ast_name high)
{
    if (!list)
        list = ARENA_NEW(p->arena, struct ast_edge_list);
    struct ast_edge *edge = ARENA_NEW(p->arena, struct ast_edge);
    *edge = (struct ast_edge){span, low, high};
    VEC_PUSH(p->arena, list, edge);
    return list;
}

struct ast_name ast_no_name(struct lang_span span)
{
    return (struct ast_name){"", {0}, span};
}

/* --- tag arguments and tags ---------------------------------------------------------------- */

struct ast_field *ast_field_new(struct lang_parser *p, enum ast_field_kind kind,
                                struct lang_span span)
{
    struct ast_field *f = ARENA_NEW(p->arena, struct ast_field);
    f->kind = kind;
    f->depth = 1;
    f->span = span;
    f->name.text = "";
    return f;
}

struct ast_field *ast_field_name(struct lang_parser *p, struct ast_name name)
{
    struct ast_field *f = ast_field_new(p, AST_FIELD_NAME, name.span);
    f->name = name;
    return f;
}

struct ast_field *ast_field_int(struct lang_parser *p, struct lang_span span, int64_t value)
{
    bool fits = value != LANG_OVERFLOW;
    struct ast_field *f = ast_field_new(p, fits ? AST_FIELD_INT : AST_FIELD_ERROR, span);
    f->value = fits ? value : 0;
    return f;
}

struct ast_field *ast_field_binary(struct lang_parser *p, enum ast_arith op,
                                   const struct ast_field *left, const struct ast_field *right)
{
    struct lang_span span = lang_span_join(left->span, right->span);
    struct ast_field *f = ast_field_new(p, AST_FIELD_BINARY, span);
    uint32_t depth = deeper(left->depth, right->depth);
    if (!check_depth(p, depth, span)) {
        f->kind = AST_FIELD_ERROR;
        return f;
    }
    f->depth = depth;
    f->op = op;
    f->left = left;
    f->right = right;
    return f;
}

/* The text of a single value is its span's. */
struct ast_field *ast_field_parens(struct ast_field *field, struct lang_span span)
{
    if (field->kind != AST_FIELD_BINARY)
        return field;
    field->parens = true;
    field->span = span;
    return field;
}

struct ast_tag *ast_tag_new(struct lang_parser *p, struct lang_span span, struct ast_name name,
                            const struct ast_field_list *args)
{
    struct ast_tag *tag = ARENA_NEW(p->arena, struct ast_tag);
    tag->span = span;
    tag->name = name;
    tag->args = *args;
    return tag;
}

struct ast_req *ast_req_new(struct lang_parser *p, struct lang_span span, enum ast_sign sign,
                            const struct ast_tag *tag)
{
    struct ast_req *req = ARENA_NEW(p->arena, struct ast_req);
    req->span = span;
    req->sign = sign;
    req->tag = tag;
    return req;
}

/* --- patterns ------------------------------------------------------------------------------ */

struct ast_pat *ast_pat_any(struct lang_parser *p, struct lang_span span)
{
    struct ast_pat *pat = ARENA_NEW(p->arena, struct ast_pat);
    pat->kind = AST_PAT_ANY;
    pat->depth = 1;
    pat->span = span;
    pat->name.text = "";
    return pat;
}

struct ast_pat *ast_pat_exact(struct lang_parser *p, struct lang_span span,
                              const struct ast_tag_list *tags)
{
    struct ast_pat *pat = ast_pat_any(p, span);
    pat->kind = AST_PAT_EXACT;
    pat->tags = *tags;
    return pat;
}

struct ast_pat *ast_pat_reqs(struct lang_parser *p, struct lang_span span,
                             const struct ast_req_list *reqs)
{
    struct ast_pat *pat = ast_pat_any(p, span);
    pat->kind = AST_PAT_REQS;
    pat->reqs = *reqs;
    return pat;
}

struct ast_pat *ast_pat_bind(struct lang_parser *p, struct lang_span span, struct ast_name name,
                             const struct ast_pat *inner)
{
    struct ast_pat *pat = ast_pat_any(p, span);
    if (!check_depth(p, inner->depth + 1, span)) {
        pat->kind = AST_PAT_ERROR;
        return pat;
    }
    pat->kind = AST_PAT_BIND;
    pat->depth = inner->depth + 1;
    pat->name = name;
    pat->inner = inner;
    return pat;
}

struct ast_operand *ast_operand_new(struct lang_parser *p, struct lang_span span,
                                    struct ast_name name, const struct ast_pat *pat)
{
    struct ast_operand *operand = ARENA_NEW(p->arena, struct ast_operand);
    operand->span = span;
    operand->name = name;
    operand->pat = pat;
    return operand;
}

/* --- guards -------------------------------------------------------------------------------- */

struct ast_guard *ast_guard_new(struct lang_parser *p, enum ast_guard_kind kind,
                                struct lang_span span)
{
    struct ast_guard *g = ARENA_NEW(p->arena, struct ast_guard);
    g->kind = kind;
    g->depth = 1;
    g->span = span;
    g->name.text = "";
    return g;
}

static void add_guard(struct lang_parser *p, struct ast_guard *g, const struct ast_guard *item)
{
    uint32_t depth = deeper(g->depth - 1, item->depth);
    g->span = lang_span_join(g->span, item->span);
    if (!check_depth(p, depth, g->span)) {
        *g = (struct ast_guard){.kind = AST_GUARD_ERROR, .depth = 1, .span = g->span};
        g->name.text = "";
        return;
    }
    g->depth = depth;
    VEC_PUSH(p->arena, &g->items, item);
}

struct ast_guard *ast_guard_not(struct lang_parser *p, struct lang_span span,
                                const struct ast_guard *inner)
{
    struct ast_guard *g = ast_guard_new(p, AST_GUARD_NOT, span);
    add_guard(p, g, inner);
    return g;
}

struct ast_guard *ast_guard_join(struct lang_parser *p, enum ast_guard_kind kind,
                                 struct ast_guard *left, struct ast_guard *right)
{
    if (left->kind == kind && !left->parens) {
        add_guard(p, left, right);
        return left;
    }
    struct ast_guard *g = ast_guard_new(p, kind, left->span);
    add_guard(p, g, left);
    if (g->kind == kind)
        add_guard(p, g, right);
    return g;
}

struct ast_guard *ast_guard_compare(struct lang_parser *p, enum ast_cmp cmp,
                                    const struct ast_field *left, const struct ast_field *right)
{
    struct ast_guard *g =
        ast_guard_new(p, AST_GUARD_COMPARE, lang_span_join(left->span, right->span));
    g->cmp = cmp;
    g->left = left;
    g->right = right;
    return g;
}

struct ast_guard *ast_guard_relation(struct lang_parser *p, struct lang_span span,
                                     struct ast_name name, const struct ast_field_list *args)
{
    struct ast_guard *g = ast_guard_new(p, AST_GUARD_RELATION, span);
    g->name = name;
    g->args = *args;
    return g;
}

struct ast_guard *ast_guard_parens(struct ast_guard *guard, struct lang_span span)
{
    guard->parens = true;
    guard->span = span;
    return guard;
}

/* --- tag-set expressions ------------------------------------------------------------------- */

static struct ast_texp *texp_new(struct lang_parser *p, enum ast_texp_kind kind,
                                 struct lang_span span)
{
    struct ast_texp *e = ARENA_NEW(p->arena, struct ast_texp);
    e->kind = kind;
    e->depth = 1;
    e->span = span;
    e->name.text = "";
    return e;
}

struct ast_texp *ast_texp_set(struct lang_parser *p, struct lang_span span,
                              const struct ast_tag_list *tags)
{
    struct ast_texp *e = texp_new(p, AST_TEXP_SET, span);
    e->tags = *tags;
    return e;
}

struct ast_texp *ast_texp_name(struct lang_parser *p, struct ast_name name)
{
    struct ast_texp *e = texp_new(p, AST_TEXP_NAME, name.span);
    e->name = name;
    return e;
}

struct ast_texp *ast_texp_modify(struct lang_parser *p, struct lang_span span,
                                 const struct ast_texp *left, const struct ast_req_list *reqs)
{
    struct ast_texp *e = texp_new(p, AST_TEXP_MODIFY, span);
    if (!check_depth(p, left->depth + 1, span)) {
        e->kind = AST_TEXP_ERROR;
        return e;
    }
    e->depth = left->depth + 1;
    e->left = left;
    e->reqs = *reqs;
    return e;
}

struct ast_texp *ast_texp_binary(struct lang_parser *p, enum ast_texp_kind kind,
                                 const struct ast_texp *left, const struct ast_texp *right)
{
    struct ast_texp *e = texp_new(p, kind, lang_span_join(left->span, right->span));
    uint32_t depth = deeper(left->depth, right->depth);
    if (!check_depth(p, depth, e->span)) {
        e->kind = AST_TEXP_ERROR;
        return e;
    }
    e->depth = depth;
    e->left = left;
    e->right = right;
    return e;
}

struct ast_texp *ast_texp_parens(struct ast_texp *texp, struct lang_span span)
{
    texp->parens = true;
    texp->span = span;
    return texp;
}

/* --- rules --------------------------------------------------------------------------------- */

struct ast_update *ast_update_new(struct lang_parser *p, struct lang_span span,
                                  struct ast_name name, const struct ast_texp *value)
{
    struct ast_update *update = ARENA_NEW(p->arena, struct ast_update);
    update->span = span;
    update->name = name;
    update->value = value;
    return update;
}

static struct ast_result *result_new(struct lang_parser *p, enum ast_result_kind kind,
                                     struct lang_span span)
{
    struct ast_result *result = ARENA_NEW(p->arena, struct ast_result);
    result->kind = kind;
    result->span = span;
    result->message = "";
    result->respond.text = "";
    return result;
}

struct ast_result *ast_result_fail(struct lang_parser *p, struct lang_span span,
                                   const char *message, struct lang_span message_span)
{
    struct ast_result *result = result_new(p, AST_RESULT_FAIL, span);
    result->message = message;
    result->message_span = message_span;
    return result;
}

struct ast_result *ast_result_respond(struct ast_result *result, struct ast_name response)
{
    result->respond = response;
    return result;
}

struct ast_result *ast_result_updates(struct lang_parser *p, struct lang_span span, bool allow,
                                      const struct ast_update_list *updates)
{
    struct ast_result *result = result_new(p, AST_RESULT_UPDATES, span);
    result->allow = allow;
    if (updates)
        result->updates = *updates;
    return result;
}

struct ast_result *ast_result_keep(struct lang_parser *p, struct lang_span span)
{
    struct ast_result *result = result_new(p, AST_RESULT_KEEP, span);
    result->allow = true;
    return result;
}

/* --- policy expressions -------------------------------------------------------------------- */

struct ast_pexp *ast_pexp_new(struct lang_parser *p, enum ast_pexp_kind kind, struct lang_span span)
{
    struct ast_pexp *e = ARENA_NEW(p->arena, struct ast_pexp);
    e->kind = kind;
    e->depth = 1;
    e->span = span;
    e->name.text = "";
    return e;
}

struct ast_pexp *ast_pexp_rule(struct lang_parser *p, struct lang_span span, struct ast_name group,
                               const struct ast_operand_list *operands,
                               const struct ast_guard *guard, const struct ast_result *result)
{
    struct ast_rule *rule = ARENA_NEW(p->arena, struct ast_rule);
    rule->span = span;
    rule->group = group;
    rule->operands = *operands;
    rule->guard = guard;
    rule->result = result;
    struct ast_pexp *e = ast_pexp_new(p, AST_PEXP_RULE, span);
    e->rule = rule;
    return e;
}

struct ast_pexp *ast_pexp_name(struct lang_parser *p, struct ast_name name)
{
    struct ast_pexp *e = ast_pexp_new(p, AST_PEXP_NAME, name.span);
    e->name = name;
    return e;
}

static void add_item(struct lang_parser *p, struct ast_pexp *e, enum ast_pop op,
                     struct lang_span op_span, const struct ast_pexp *item)
{
    uint32_t depth = deeper(e->depth - 1, item->depth);
    struct ast_pexp_item entry = {op, op_span, item};
    e->span = lang_span_join(e->span, item->span);
    if (!check_depth(p, depth, op_span)) {
        *e = (struct ast_pexp){.kind = AST_PEXP_ERROR, .depth = 1, .span = e->span};
        e->name.text = "";
        return;
    }
    e->depth = depth;
    VEC_PUSH(p->arena, &e->items, entry);
}

/* DPL has one level for all three operators, which hides what belongs together. */
static void check_mixed(struct lang_parser *p, const struct ast_pexp *left, enum ast_pexp_kind kind,
                        enum ast_pop op, struct lang_span op_span)
{
    bool chain = left->kind == AST_PEXP_CHOICE || left->kind == AST_PEXP_ALL;
    if (!chain || left->kind == kind || left->parens || p->mixed_operators)
        return;
    p->mixed_operators = true;
    const struct ast_pexp_item *before = &left->items.items[left->items.count - 1];
    struct diag *d = diag_report(
        p->sink, p->dialect == LANG_POL ? DIAG_ERROR : DIAG_WARNING, DIAG_MIXED_OPERATORS, op_span,
        "`%s` is mixed with `%s` without parentheses", ast_pop_name(op), ast_pop_name(before->op));
    diag_label(d, before->op_span, "`%s` here takes everything to its left",
               ast_pop_name(before->op));
    /* `&` cannot stand below the others, so only one way of writing it has a meaning. */
    diag_hint(d, op == AST_POP_ALL ? "write `(a %s b) %s c`" : "write `a %s (b %s c)`",
              ast_pop_name(before->op), ast_pop_name(op));
}

struct ast_pexp *ast_pexp_join(struct lang_parser *p, struct ast_pexp *left, enum ast_pop op,
                               struct lang_span op_span, struct ast_pexp *right)
{
    enum ast_pexp_kind kind = op == AST_POP_ALL ? AST_PEXP_ALL : AST_PEXP_CHOICE;
    check_mixed(p, left, kind, op, op_span);
    if (left->kind == kind && !left->parens) {
        add_item(p, left, op, op_span, right);
        return left;
    }
    struct ast_pexp *e = ast_pexp_new(p, kind, left->span);
    add_item(p, e, AST_POP_NONE, op_span, left);
    if (e->kind == kind)
        add_item(p, e, op, op_span, right);
    return e;
}

struct ast_pexp *ast_pexp_parens(struct ast_pexp *pexp, struct lang_span span)
{
    pexp->parens = true;
    pexp->span = span;
    return pexp;
}
