/* The formatter: expressions, rules and policies.
 *
 * Layout: sections separated by an empty line, four spaces per level, one declaration per line.  A
 * choice with rules puts each item on a line of its own, with its operator in front.  Parentheses
 * around operators stay as they were written. */
#include "lang/printer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- text ---------------------------------------------------------------------------------- */

static void add_text(struct printer *pr, const char *text, bool blank)
{
    size_t before = strspn(text, " "), len = strlen(text), last = len;
    while (last > before && text[last - 1] == ' ')
        last--;
    if (before)
        layout_space(pr->out);
    if (last > before)
        layout_text(pr->out, text + before, last - before, blank);
    if (last < len)
        layout_space(pr->out);
}

void print_word(struct printer *pr, const char *text)
{
    add_text(pr, text, false);
}

void print_at(struct printer *pr, uint32_t offset, const char *text)
{
    print_comments(pr, offset);
    add_text(pr, text, print_blank_before(pr, offset));
}

void print_name(struct printer *pr, struct ast_name name)
{
    print_at(pr, name.span.start, name.text);
}

void print_closer(struct printer *pr, uint32_t end, const char *text)
{
    print_comments_inside(pr, end - 1);
    print_word(pr, text);
}

void print_string(struct printer *pr, uint32_t offset, const char *text)
{
    struct str_buf b;
    str_init(&b);
    str_add_char(&b, '"');
    for (; *text; text++) {
        if (pr->dialect == LANG_POL && *text == '\n') {
            str_add(&b, "\\n");
            continue;
        }
        if (pr->dialect == LANG_POL && (*text == '"' || *text == '\\'))
            str_add_char(&b, '\\');
        str_add_char(&b, *text);
    }
    str_add_char(&b, '"');
    print_at(pr, offset, arena_strndup(&pr->out->arena, str_text(&b), b.len));
    str_free(&b);
}

/* A sign may stand apart from its digits; then the spelling is not one text. */
static bool is_number(const char *text, size_t len)
{
    return strspn(text, "-0123456789abcdefABCDEFxX") >= len;
}

void print_int(struct printer *pr, struct lang_span span, int64_t value)
{
    const char *text = pr->text ? pr->text + span.start : NULL;
    size_t len = span.end - span.start;
    if (text && is_number(text, len))
        text = arena_strndup(&pr->out->arena, text, len);
    else
        text = arena_printf(&pr->out->arena, "%" PRId64, value);
    print_at(pr, span.start, text);
}

void print_separator(struct printer *pr, size_t i)
{
    if (!i)
        return;
    print_word(pr, ",");
    layout_break(pr->out, 1, 0);
}

/* --- tags ---------------------------------------------------------------------------------- */

/* How tightly an arithmetic operator binds. */
static int arith_level(enum ast_arith op)
{
    switch (op) {
    case AST_JOIN:
    case AST_MEET:
        return 1;
    case AST_ADD:
    case AST_SUB:
        return 2;
    default:
        return 3;
    }
}

/* `level`: operators that bind less tightly are parenthesised. */
static void print_value(struct printer *pr, const struct ast_field *f, int level)
{
    switch (f->kind) {
    case AST_FIELD_NAME:
        print_name(pr, f->name);
        return;
    case AST_FIELD_ANY:
        print_at(pr, f->span.start, "_");
        return;
    case AST_FIELD_NEW:
        print_at(pr, f->span.start, "new");
        return;
    case AST_FIELD_INT:
        print_int(pr, f->span, f->value);
        return;
    case AST_FIELD_BINARY: {
        int own = arith_level(f->op);
        bool parens = own < level || f->parens;
        if (parens)
            print_at(pr, f->span.start, "(");
        print_value(pr, f->left, own);
        layout_break(pr->out, 1, 0);
        print_word(pr, ast_arith_name(f->op));
        print_word(pr, " ");
        print_value(pr, f->right, own + 1);
        if (parens)
            print_closer(pr, f->span.end, ")");
        return;
    }
    case AST_FIELD_ERROR:
        break;
    }
    abort(); /* a broken module */
}

void print_field(struct printer *pr, const struct ast_field *field)
{
    print_value(pr, field, 0);
}

enum { TIGHTEST = 4 }; /* parenthesises every operator */

static void print_tag(struct printer *pr, const struct ast_tag *tag, bool parens)
{
    if (parens && tag->args.count)
        print_at(pr, tag->span.start, "(");
    print_name(pr, tag->name);
    for (size_t i = 0; i < tag->args.count; i++) {
        print_word(pr, " ");
        print_value(pr, tag->args.items[i], TIGHTEST);
    }
    if (parens && tag->args.count)
        print_closer(pr, tag->span.end, ")");
}

void print_tags(struct printer *pr, const struct ast_tag_list *tags, uint32_t end)
{
    print_word(pr, "{");
    layout_open(pr->out, 4, true);
    for (size_t i = 0; i < tags->count; i++) {
        print_separator(pr, i);
        print_tag(pr, tags->items[i], false);
    }
    layout_close(pr->out);
    print_closer(pr, end, "}");
}

static void print_reqs(struct printer *pr, const struct ast_req_list *reqs, uint32_t end)
{
    print_word(pr, "[");
    layout_open(pr->out, 4, true);
    for (size_t i = 0; i < reqs->count; i++) {
        print_separator(pr, i);
        if (reqs->items[i]->sign != AST_SIGN_NONE)
            print_at(pr, reqs->items[i]->span.start,
                     reqs->items[i]->sign == AST_SIGN_PLUS ? "+" : "-");
        print_tag(pr, reqs->items[i]->tag, true);
    }
    layout_close(pr->out);
    print_closer(pr, end, "]");
}

/* --- patterns and guards ------------------------------------------------------------------- */

static void print_pat(struct printer *pr, const struct ast_pat *pat)
{
    switch (pat->kind) {
    case AST_PAT_ANY:
        print_at(pr, pat->span.start, "_");
        return;
    case AST_PAT_EXACT:
        print_comments(pr, pat->span.start);
        print_tags(pr, &pat->tags, pat->span.end);
        return;
    case AST_PAT_REQS:
        print_comments(pr, pat->span.start);
        print_reqs(pr, &pat->reqs, pat->span.end);
        return;
    case AST_PAT_BIND:
        print_name(pr, pat->name);
        print_word(pr, "@");
        print_pat(pr, pat->inner);
        return;
    case AST_PAT_ERROR:
        break;
    }
    abort();
}

static void print_guard(struct printer *pr, const struct ast_guard *guard, bool nested);

static void print_guards(struct printer *pr, const struct ast_guard *guard)
{
    const char *op = guard->kind == AST_GUARD_OR ? "|| " : "&& ";
    for (size_t i = 0; i < guard->items.count; i++) {
        if (i) {
            layout_break(pr->out, 1, 0);
            print_word(pr, op);
        }
        print_guard(pr, guard->items.items[i], true);
    }
}

static void print_relation(struct printer *pr, const struct ast_guard *guard)
{
    print_name(pr, guard->name);
    print_word(pr, "(");
    layout_open(pr->out, 4, true);
    for (size_t i = 0; i < guard->args.count; i++) {
        print_separator(pr, i);
        print_field(pr, guard->args.items[i]);
    }
    layout_close(pr->out);
    print_closer(pr, guard->span.end, ")");
}

static void print_not(struct printer *pr, const struct ast_guard *guard)
{
    const struct ast_guard *inner = guard->items.items[0];
    bool parens = inner->kind == AST_GUARD_COMPARE && !inner->parens;
    print_at(pr, guard->span.start, parens ? "!(" : "!");
    print_guard(pr, inner, true);
    print_word(pr, parens ? ")" : "");
}

static void print_bare_guard(struct printer *pr, const struct ast_guard *guard)
{
    switch (guard->kind) {
    case AST_GUARD_TRUE:
        print_at(pr, guard->span.start, "True");
        return;
    case AST_GUARD_FALSE:
        print_at(pr, guard->span.start, "False");
        return;
    case AST_GUARD_NOT:
        print_not(pr, guard);
        return;
    case AST_GUARD_AND:
    case AST_GUARD_OR:
        print_guards(pr, guard);
        return;
    case AST_GUARD_COMPARE:
        print_field(pr, guard->left);
        layout_break(pr->out, 1, 0);
        print_word(pr, ast_cmp_name(guard->cmp));
        print_word(pr, " ");
        print_field(pr, guard->right);
        return;
    case AST_GUARD_RELATION:
        print_relation(pr, guard);
        return;
    case AST_GUARD_ERROR:
        break;
    }
    abort();
}

/* Nested chains have parentheses; those of other guards stay. */
static void print_guard(struct printer *pr, const struct ast_guard *guard, bool nested)
{
    bool chain = guard->kind == AST_GUARD_AND || guard->kind == AST_GUARD_OR;
    bool kept = guard->parens && (chain || guard->kind == AST_GUARD_COMPARE);
    if (!kept && !(nested && chain)) {
        print_bare_guard(pr, guard);
        return;
    }
    print_at(pr, guard->span.start, "(");
    layout_open(pr->out, 0, true);
    print_bare_guard(pr, guard);
    layout_close(pr->out);
    print_word(pr, ")");
}

/* --- tag-set expressions ------------------------------------------------------------------- */

static bool is_texp_leaf(const struct ast_texp *e)
{
    return e->kind == AST_TEXP_SET || e->kind == AST_TEXP_NAME;
}

static void print_texp(struct printer *pr, const struct ast_texp *e, bool parens);

static void print_bare_texp(struct printer *pr, const struct ast_texp *e)
{
    switch (e->kind) {
    case AST_TEXP_SET:
        print_comments(pr, e->span.start);
        print_tags(pr, &e->tags, e->span.end);
        return;
    case AST_TEXP_NAME:
        print_name(pr, e->name);
        return;
    case AST_TEXP_MODIFY:
        /* Around an operator they are not needed, but say what is meant. */
        print_texp(pr, e->left, e->left->kind != AST_TEXP_MODIFY);
        print_reqs(pr, &e->reqs, e->span.end);
        return;
    case AST_TEXP_UNION:
    case AST_TEXP_INTERSECT:
        print_texp(pr, e->left, false);
        layout_break(pr->out, 1, 0);
        print_word(pr, e->kind == AST_TEXP_UNION ? "\\/ " : "/\\ ");
        print_texp(pr, e->right, true);
        return;
    case AST_TEXP_ERROR:
        break;
    }
    abort();
}

/* One left-associative level: an operator on the right needs parentheses. */
static void print_texp(struct printer *pr, const struct ast_texp *e, bool parens)
{
    parens = (parens || e->parens) && !is_texp_leaf(e);
    if (parens) {
        print_at(pr, e->span.start, "(");
        layout_open(pr->out, 0, true);
    }
    print_bare_texp(pr, e);
    if (parens) {
        layout_close(pr->out);
        print_word(pr, ")");
    }
}

/* --- rules --------------------------------------------------------------------------------- */

void print_operands(struct printer *pr, const struct ast_operand_list *operands,
                    const struct ast_guard *guard)
{
    for (size_t i = 0; i < operands->count; i++) {
        print_separator(pr, i);
        print_name(pr, operands->items[i]->name);
        print_word(pr, " == ");
        print_pat(pr, operands->items[i]->pat);
    }
    if (!guard)
        return;
    if (operands->count)
        layout_break(pr->out, 1, 0);
    print_word(pr, "| ");
    print_guard(pr, guard, false);
}

void print_updates(struct printer *pr, const struct ast_update_list *updates)
{
    for (size_t i = 0; i < updates->count; i++) {
        print_separator(pr, i);
        print_name(pr, updates->items[i]->name);
        print_word(pr, " = ");
        layout_open(pr->out, 4, true);
        print_texp(pr, updates->items[i]->value, false);
        layout_close(pr->out);
    }
}

static void print_fail(struct printer *pr, const struct ast_result *result)
{
    print_at(pr, result->span.start, "fail ");
    print_string(pr, result->message_span.start, result->message);
    if (!*result->respond.text)
        return;
    print_word(pr, " respond ");
    print_name(pr, result->respond);
}

static void print_result(struct printer *pr, const struct ast_result *result)
{
    switch (result->kind) {
    case AST_RESULT_FAIL:
        print_fail(pr, result);
        return;
    case AST_RESULT_KEEP:
        print_at(pr, result->span.start, "allow keep");
        return;
    case AST_RESULT_UPDATES:
        if (result->allow)
            print_at(pr, result->span.start, result->updates.count ? "allow with " : "allow");
        layout_open(pr->out, 4, true);
        print_updates(pr, &result->updates);
        layout_close(pr->out);
        return;
    case AST_RESULT_ERROR:
        break;
    }
    abort();
}

static bool is_empty(const struct ast_result *result)
{
    return result->kind == AST_RESULT_UPDATES && !result->allow && !result->updates.count;
}

/* If not all on one line, then the result on a line of its own. */
void print_rule(struct printer *pr, const struct ast_rule *rule)
{
    print_comments(pr, rule->group.span.start);
    print_start(pr, rule->group.span.start);
    layout_open(pr->out, 6, false);
    print_name(pr, rule->group);
    print_word(pr, "(");
    layout_open(pr->out, 4, true);
    print_operands(pr, &rule->operands, rule->guard);
    layout_close(pr->out);
    if (rule->operands.count || rule->guard)
        layout_break(pr->out, 1, 0);
    print_word(pr, is_empty(rule->result) ? "->" : "-> ");
    print_result(pr, rule->result);
    print_word(pr, ")");
    layout_close(pr->out);
}

/* --- policies ------------------------------------------------------------------------------ */

static bool is_chain(const struct ast_pexp *e)
{
    return e->kind == AST_PEXP_CHOICE || e->kind == AST_PEXP_ALL;
}

static void print_pexp(struct printer *pr, const struct ast_pexp *e);

static void print_operator(struct printer *pr, const struct ast_pexp_item *item)
{
    print_at(pr, item->op_span.start, ast_pop_name(item->op));
    print_word(pr, " ");
}

static void print_nested(struct printer *pr, const struct ast_pexp *e)
{
    print_at(pr, e->span.start, "(");
    layout_open(pr->out, 2, false);
    for (size_t i = 0; i < e->items.count; i++) {
        if (i) {
            layout_break(pr->out, 1, 0);
            print_operator(pr, &e->items.items[i]);
        }
        print_pexp(pr, e->items.items[i].exp);
    }
    layout_close(pr->out);
    print_word(pr, ")");
}

static void print_pexp(struct printer *pr, const struct ast_pexp *e)
{
    switch (e->kind) {
    case AST_PEXP_RULE:
        print_rule(pr, e->rule);
        return;
    case AST_PEXP_NAME:
        print_name(pr, e->name);
        return;
    case AST_PEXP_NO_CHECKS:
        print_at(pr, e->span.start, "__NO_CHECKS");
        return;
    case AST_PEXP_CHOICE:
    case AST_PEXP_ALL:
        print_nested(pr, e);
        return;
    case AST_PEXP_ERROR:
        break;
    }
    abort();
}

static bool has_rule(const struct ast_pexp *chain)
{
    for (size_t i = 0; i < chain->items.count; i++) {
        if (chain->items.items[i].exp->kind == AST_PEXP_RULE)
            return true;
    }
    return false;
}

/* Between items of the outermost chain. */
static void part(struct printer *pr, size_t indent, bool lines)
{
    if (lines)
        layout_line(pr->out, indent, indent ? LAYOUT_FIRST : LAYOUT_KEEP);
    else
        layout_break(pr->out, 1, indent);
}

void print_body(struct printer *pr, const struct ast_pexp *body)
{
    bool chain = is_chain(body), lines = chain && has_rule(body);
    layout_open(pr->out, 4, false);
    part(pr, 2, lines);
    if (!chain)
        print_pexp(pr, body);
    for (size_t i = 0; i < body->items.count; i++) {
        if (i) {
            part(pr, 0, lines);
            print_operator(pr, &body->items.items[i]);
        }
        print_pexp(pr, body->items.items[i].exp);
    }
    layout_close(pr->out);
}
