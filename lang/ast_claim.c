/* Constructors of tests and claims. */
#include "lang/ast_build.h"

struct ast_expect *ast_expect_new(struct lang_parser *p, enum ast_expect_kind kind,
                                  struct lang_span span)
{
    struct ast_expect *expect = ARENA_NEW(p->arena, struct ast_expect);
    expect->kind = kind;
    expect->span = span;
    expect->which.text = "";
    return expect;
}

struct ast_expect *ast_expect_kind_of_fail(struct lang_parser *p, struct lang_span span,
                                           struct ast_name which)
{
    struct ast_expect *expect = ast_expect_new(p, AST_EXPECT_FAIL, span);
    if (str_eq(which.text, "explicit") || str_eq(which.text, "implicit")) {
        expect->which = which;
        return expect;
    }
    diag_error(p->sink, DIAG_SYNTAX, which.span,
               "unexpected `%s`; after `fail` may stand `explicit`, `implicit` or a message",
               which.text);
    expect->kind = AST_EXPECT_ERROR;
    return expect;
}

struct ast_expect *ast_expect_message(struct lang_parser *p, struct lang_span span,
                                      const char *message, struct lang_span message_span)
{
    struct ast_expect *expect = ast_expect_new(p, AST_EXPECT_FAIL, span);
    expect->message = message;
    expect->message_span = message_span;
    return expect;
}

struct ast_expect *ast_expect_updates(struct lang_parser *p, struct lang_span span,
                                      const struct ast_update_list *updates)
{
    struct ast_expect *expect = ast_expect_new(p, AST_EXPECT_UPDATES, span);
    expect->updates = *updates;
    return expect;
}

struct ast_expect *ast_expect_results(struct lang_parser *p, struct lang_span span,
                                      const struct ast_operand_list *results)
{
    struct ast_expect *expect = ast_expect_new(p, AST_EXPECT_RESULTS, span);
    expect->results = *results;
    return expect;
}

void ast_test_add(struct lang_parser *p, struct lang_span span, const char *title,
                  struct lang_span title_span, struct ast_name subject,
                  const struct ast_operand_list *operands, const struct ast_expect *expect)
{
    struct ast_test *test = ARENA_NEW(p->arena, struct ast_test);
    test->span = span;
    test->title = title;
    test->title_span = title_span;
    test->subject = subject;
    test->operands = *operands;
    test->expect = expect;
    VEC_PUSH(p->arena, &p->module->tests, test);
}

static struct ast_claim *claim_new(struct lang_parser *p, enum ast_claim_kind kind,
                                   const struct ast_operand_list *operands,
                                   const struct ast_guard *guard)
{
    struct ast_claim *claim = ARENA_NEW(p->arena, struct ast_claim);
    claim->kind = kind;
    claim->operands = *operands;
    claim->guard = guard;
    claim->subject.text = "";
    claim->target.text = "";
    claim->via.text = "";
    return claim;
}

struct ast_claim *ast_claim_step(struct lang_parser *p, struct ast_name subject,
                                 const struct ast_operand_list *operands,
                                 const struct ast_guard *guard, const struct ast_expect *expect)
{
    struct ast_claim *claim = claim_new(p, AST_CLAIM_STEP, operands, guard);
    claim->subject = subject;
    claim->expect = expect;
    return claim;
}

struct ast_claim *ast_claim_never(struct lang_parser *p, const struct ast_operand_list *operands,
                                  const struct ast_guard *guard)
{
    return claim_new(p, AST_CLAIM_NEVER, operands, guard);
}

static bool change_named(const char *verb, enum ast_change *change)
{
    for (int i = 0; i < AST_CHANGES; i++) {
        *change = (enum ast_change)i;
        if (str_eq(ast_change_name(*change), verb))
            return true;
    }
    return false;
}

static bool is_flow(const char *word)
{
    return str_eq(word, "value") || str_eq(word, "address") || str_eq(word, "control");
}

struct ast_claim *ast_claim_only(struct lang_parser *p, const struct ast_operand_list *operands,
                                 const struct ast_guard *guard, struct ast_name verb,
                                 struct ast_name target, struct ast_name via)
{
    struct ast_claim *claim = claim_new(p, AST_CLAIM_ONLY, operands, guard);
    claim->target = target;
    claim->via = via;
    if (!change_named(verb.text, &claim->change)) {
        diag_error(p->sink, DIAG_SYNTAX, verb.span,
                   "unexpected `%s`; after `may` stands `drop`, `add`, `lower` or `raise`",
                   verb.text);
        claim->kind = AST_CLAIM_ERROR;
    }
    if (*via.text && !is_flow(via.text)) {
        diag_error(p->sink, DIAG_SYNTAX, via.span,
                   "unexpected `%s`; after `via` stands `value`, `address` or `control`", via.text);
        claim->kind = AST_CLAIM_ERROR;
    }
    return claim;
}

void ast_claim_add(struct lang_parser *p, struct lang_span span, const char *title,
                   struct lang_span title_span, struct ast_claim *claim)
{
    claim->span = span;
    claim->title = title;
    claim->title_span = title_span;
    claim->all = p->all_claims;
    VEC_PUSH(p->arena, &p->module->claims, claim);
}
