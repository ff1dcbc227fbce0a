/* The parser's API: spans, dialects, limits, recovery, the visitor, the printer.  What trees look
 * like is in tests/golden/parse. */
#include <stdlib.h>

#include "lang/ast.h"
#include "tests/unit/check.h"

struct run {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct interner *names;
    struct arena arena;
    struct ast_module *module;
    const char *text;
};

static struct run parse_len(const char *text, size_t len, enum lang_dialect dialect)
{
    struct run r = {.text = text};
    r.map = lang_source_map_new();
    r.sink = diag_sink_new(r.map);
    r.names = intern_new();
    struct lang_file_id file = lang_source_add(r.map, "f", text, len);
    r.module = lang_parse(r.map, file, dialect, &r.arena, r.names, r.sink);
    return r;
}

static struct run parse(const char *text)
{
    return parse_len(text, strlen(text), LANG_POL);
}

static void done(struct run *r)
{
    arena_free(&r->arena);
    intern_free(r->names);
    diag_sink_free(r->sink);
    lang_source_map_free(r->map);
}

static bool has_code(const struct run *r, enum diag_code code)
{
    for (size_t i = 0; i < diag_count(r->sink); i++) {
        if (diag_at(r->sink, i)->code == code)
            return true;
    }
    return false;
}

/* The text that a span covers. */
static const char *covered(struct run *r, struct lang_span span)
{
    return arena_strndup(&r->arena, r->text + span.start, span.end - span.start);
}

static void test_spans(void)
{
    CASE("parse: every node has its place");
    struct run r = parse("module a.m:\n"
                         "metadata:\n  Owner Id merge all,\n  B\n"
                         "type: data Id = Int(16) wrap\n"
                         "group: grp g(RS1:x -> RD:y) addi x1, *, -5\n"
                         "policy: p = g(x == z@[+(Owner i)] | i < 3 + 1 -> y = {B}[-B] \\/ x)\n"
                         "  ^ (q | g(-> fail \"no\"))\n"
                         "require: init e.f only {Owner 3}\n");
    const struct ast_module *m = r.module;
    CHECK_INT(diag_count(r.sink), 0);
    CHECK_STR(covered(&r, m->name.span), "a.m");
    CHECK_STR(covered(&r, m->tags.items[0]->span), "Owner Id merge all");
    CHECK_STR(covered(&r, m->tags.items[0]->types.items[0].span), "Id");
    CHECK_STR(covered(&r, m->types.items[0]->span), "data Id = Int(16) wrap");
    CHECK_STR(covered(&r, m->types.items[0]->bound_span), "16");
    const struct ast_group *g = m->groups.items[0];
    CHECK_STR(covered(&r, g->span), "grp g(RS1:x -> RD:y) addi x1, *, -5");
    CHECK_STR(covered(&r, g->inputs.items[0]->span), "RS1:x");
    CHECK_STR(covered(&r, g->insts.items[0]->specs.items[2]->span), "-5");
    CHECK_INT(g->insts.items[0]->specs.items[2]->value, -5);
    const struct ast_pexp *body = m->policies.items[0]->body;
    CHECK_INT(body->kind, AST_PEXP_CHOICE);
    CHECK_STR(covered(&r, body->items.items[1].op_span), "^");
    CHECK_STR(covered(&r, body->items.items[1].exp->span), "(q | g(-> fail \"no\"))");
    const struct ast_rule *rule = body->items.items[0].exp->rule;
    CHECK_STR(covered(&r, rule->operands.items[0]->span), "x == z@[+(Owner i)]");
    CHECK_STR(covered(&r, rule->operands.items[0]->pat->inner->reqs.items[0]->span), "+(Owner i)");
    CHECK_STR(covered(&r, rule->operands.items[0]->pat->inner->reqs.items[0]->tag->span),
              "(Owner i)");
    CHECK_STR(covered(&r, rule->guard->span), "i < 3 + 1");
    CHECK_STR(covered(&r, rule->guard->right->span), "3 + 1");
    CHECK_STR(covered(&r, rule->result->span), "y = {B}[-B] \\/ x");
    CHECK_STR(covered(&r, rule->result->updates.items[0]->value->left->span), "{B}[-B]");
    const struct ast_result *fail = body->items.items[1].exp->items.items[1].exp->rule->result;
    CHECK_STR(fail->message, "no");
    CHECK_STR(covered(&r, fail->message_span), "\"no\"");
    CHECK_STR(covered(&r, m->inits.items[0]->span), "init e.f only {Owner 3}");
    CHECK(m->inits.items[0]->only);
    CHECK_INT(m->sections.count, 5);
    done(&r);
}

static void test_dialects(void)
{
    CASE("parse: the dialect follows the file's name");
    CHECK_INT(lang_dialect_of("a/b.dpl"), LANG_DPL);
    CHECK_INT(lang_dialect_of("b.pol"), LANG_POL);
    CHECK_INT(lang_dialect_of("dpl"), LANG_POL);
    CHECK_INT(lang_dialect_of("x.dpl.pol"), LANG_POL);

    CASE("parse: strings");
    const char *text = "module m: policy: p = g(-> fail \"a\\\\b\\nc\\\"\")";
    struct run pol = parse(text);
    CHECK_STR(pol.module->policies.items[0]->body->rule->result->message, "a\\b\nc\"");
    done(&pol);
    text = "module m: policy: p = g(-> fail \"a\\\\b\\n\")";
    struct run dpl = parse_len(text, strlen(text), LANG_DPL);
    CHECK_STR(dpl.module->policies.items[0]->body->rule->result->message, "a\\\\b\\n");
    done(&dpl);

    CASE("parse: dots in declared names");
    text = "module m: metadata: a.b";
    pol = parse(text);
    CHECK(has_code(&pol, DIAG_DOTTED_NAME) && pol.module->broken);
    done(&pol);
    dpl = parse_len(text, strlen(text), LANG_DPL);
    CHECK(diag_count(dpl.sink) == 0 && !dpl.module->broken);
    done(&dpl);
}

static void test_names(void)
{
    CASE("parse: x->y is three tokens, a-b one name");
    struct run r = parse("module m: policy: p = g(a==_->x=a)\nq = g(a == {T a-b} -> )");
    CHECK_INT(diag_count(r.sink), 0);
    const struct ast_rule *rule = r.module->policies.items[0]->body->rule;
    CHECK_STR(rule->result->updates.items[0]->name.text, "x");
    CHECK(intern_same(rule->operands.items[0]->name.id,
                      rule->result->updates.items[0]->value->name.id));
    done(&r);
}

/* prefix, then `unit` count times, then suffix */
static struct run parse_repeated(const char *prefix, const char *unit, size_t count,
                                 const char *suffix)
{
    struct str_buf b;
    str_init(&b);
    str_add(&b, prefix);
    for (size_t i = 0; i < count; i++)
        str_add(&b, unit);
    str_add(&b, suffix);
    struct run r = parse_len(str_text(&b), b.len, LANG_DPL);
    str_free(&b);
    r.text = NULL;
    return r;
}

static void check_printable(const struct run *r)
{
    struct str_buf printed, one, two;
    str_init(&printed);
    str_init(&one);
    str_init(&two);
    ast_dump(r->module, &one);
    ast_print(r->module, &printed);
    struct run again = parse_len(str_text(&printed), printed.len, r->module->dialect);
    ast_dump(again.module, &two);
    CHECK(str_eq(str_text(&one), str_text(&two)));
    done(&again);
    str_free(&printed);
    str_free(&one);
    str_free(&two);
}

static void check_accepted(const char *prefix, const char *unit, size_t count, const char *suffix)
{
    struct run r = parse_repeated(prefix, unit, count, suffix);
    CHECK_INT(diag_error_count(r.sink), 0);
    check_printable(&r);
    done(&r);
}

static void check_too_deep(const char *prefix, const char *unit, size_t count, const char *suffix)
{
    struct run r = parse_repeated(prefix, unit, count, suffix);
    CHECK_INT(diag_error_count(r.sink), 1);
    CHECK(has_code(&r, DIAG_TOO_DEEP) && r.module->broken);
    done(&r);
}

static void test_long(void)
{
    CASE("parse: long chains are flat");
    check_accepted("module m: policy: p = a", " ^ g(x == _ -> ) | b", 20000, "");
    check_accepted("module m: policy: p = a", " & b", 20000, "");
    check_accepted("module m: policy: p = g(| a == b", " && a < b", 20000, " -> )");
    check_accepted("module m: policy: p = g(| a == b", " || a < b", 20000, " -> )");
    check_accepted("module m: metadata: A", ", B", 50000, "");
    struct run r = parse_repeated("module m: policy: p = a", " ^ b", 9999, "");
    CHECK_INT(r.module->policies.items[0]->body->items.count, 10000);
    CHECK_INT(r.module->policies.items[0]->body->depth, 2);
    done(&r);
    check_accepted("module m: //", "x", 2000000, "\nmetadata: A");
}

static void test_deep(void)
{
    CASE("parse: nesting is limited, not the stack");
    enum { BELOW = AST_MAX_DEPTH - 10, ABOVE = 200000 };
    check_accepted("module m: policy: p = g(|", "!", BELOW, "True -> )");
    check_too_deep("module m: policy: p = g(|", "!", ABOVE, "True -> )");
    check_accepted("module m: policy: p = g(a == ", "x@", BELOW, "_ -> )");
    check_too_deep("module m: policy: p = g(a == ", "x@", ABOVE, "_ -> )");
    check_accepted("module m: policy: p = g(-> r = a", "[+B]", BELOW, ")");
    check_too_deep("module m: policy: p = g(-> r = a", "[+B]", ABOVE, ")");
    check_accepted("module m: policy: p = g(| 1", " + a", BELOW, " == 2 -> )");
    check_too_deep("module m: policy: p = g(| 1", " + a", ABOVE, " == 2 -> )");
    check_accepted("module m: policy: p = a", " & b ^ c", BELOW / 2, "");
    check_too_deep("module m: policy: p = a", " & b ^ c", ABOVE, "");
    check_too_deep("module m: policy: p = ", "(", ABOVE, "");
    check_too_deep("module m: policy: p = g(a == ", "[", ABOVE, "");
    check_too_deep("module m: group: ", "{", ABOVE, "");
}

static void test_recovery(void)
{
    CASE("parse: independent errors in one run");
    struct run r = parse("module m:\n"
                         "metadata: A B C, ==, D\n"
                         "policy:\n"
                         "  p = g(x = _ -> )\n"
                         "    ^ g(x == _ -> y = {})\n"
                         "    ^ g(x == -> )\n"
                         "  q = g(x == _ -> y = {}\n"
                         "  r = g(x == _ -> fail)\n"
                         "require: init a {A}\n init b A\n init c {A}\n");
    CHECK_INT(diag_error_count(r.sink), 6);
    static const unsigned lines[] = {2, 4, 6, 7, 8, 10};
    for (size_t i = 0; i < 6; i++) {
        struct lang_span span = diag_at(r.sink, i)->span;
        CHECK_INT(lang_place_at(r.map, r.module->file, span.start).line, lines[i]);
    }
    CHECK_INT(r.module->policies.count, 3);
    CHECK_INT(r.module->tags.count, 2);
    CHECK_INT(r.module->inits.count, 2);
    const struct ast_pexp *body = r.module->policies.items[0]->body;
    CHECK_INT(body->items.count, 3);
    CHECK_INT(body->items.items[0].exp->kind, AST_PEXP_ERROR);
    CHECK_INT(body->items.items[1].exp->kind, AST_PEXP_RULE);
    CHECK(r.module->broken);
    done(&r);
}

static void test_bytes(void)
{
    CASE("parse: any bytes");
    struct run r = parse_len("module m\0: metadata: A", 22, LANG_POL);
    CHECK_INT(diag_error_count(r.sink), 1);
    CHECK(has_code(&r, DIAG_NUL_BYTE));
    CHECK_INT(diag_at(r.sink, 0)->span.start, 8);
    CHECK_INT(r.module->tags.count, 1);
    done(&r);
    for (int c = 1; c < 256; c++) {
        char text[] = "module m: policy: p = g(a == {? B} -> ) // ?\n";
        *strchr(text, '?') = (char)c;
        *strrchr(text, '?') = (char)(c == '\n' ? ' ' : c);
        struct run any = parse(text);
        CHECK(any.module->broken == (diag_error_count(any.sink) > 0));
        done(&any);
    }
    r = parse("");
    CHECK(r.module->broken);
    CHECK_STR(r.module->name.text, "");
    done(&r);
}

static void test_markers(void)
{
    CASE("parse: CPP line markers set the places");
    struct run r = parse("# 40 \"dir/orig.dpl\"\nmodule m:\n#line 7\nmetadata: ==\n");
    CHECK_INT(diag_error_count(r.sink), 1);
    struct lang_place place = lang_place_at(r.map, r.module->file, diag_at(r.sink, 0)->span.start);
    CHECK_STR(place.file, "dir/orig.dpl");
    CHECK_INT(place.line, 7);
    CHECK_INT(place.column, 11);
    done(&r);
}

struct counts {
    size_t entered[AST_KIND_INIT + 1], left;
};

static bool count_enter(void *context, enum ast_kind kind, const void *node)
{
    struct counts *counts = context;
    CHECK(node != NULL);
    counts->entered[kind]++;
    return kind != AST_KIND_RESULT;
}

static void count_leave(void *context, enum ast_kind kind, const void *node)
{
    (void)kind;
    (void)node;
    ((struct counts *)context)->left++;
}

static void test_visitor(void)
{
    CASE("visit: every node once, children on request");
    struct run r = parse("module m: import: a b owns: c type: data T = Int metadata: A T, B\n"
                         "group: grp g(RS1:x -> RD:y) lw *, 4 ld\n"
                         "policy: p = g(x == n@{A 1} | 1 + z == 2 && rel(z) -> y = {B})\n"
                         "  ^ g(x == [-B] -> y = x) ^ p require: init e {A 1}");
    CHECK_INT(diag_count(r.sink), 0);
    struct counts counts = {0};
    struct ast_visitor visitor = {&counts, count_enter, count_leave};
    ast_visit_module(r.module, &visitor);
    static const struct {
        enum ast_kind kind;
        size_t count;
    } want[] = {
        {AST_KIND_IMPORT, 2}, {AST_KIND_OWN, 1},    {AST_KIND_TYPE, 1},   {AST_KIND_TAGDECL, 2},
        {AST_KIND_GROUP, 1},  {AST_KIND_PARAM, 2},  {AST_KIND_INST, 2},   {AST_KIND_OPSPEC, 2},
        {AST_KIND_POLICY, 1}, {AST_KIND_PEXP, 4},   {AST_KIND_RULE, 2},   {AST_KIND_OPERAND, 2},
        {AST_KIND_PAT, 3},    {AST_KIND_REQ, 1},    {AST_KIND_TAG, 3},    {AST_KIND_FIELD, 7},
        {AST_KIND_GUARD, 3},  {AST_KIND_RESULT, 2}, {AST_KIND_UPDATE, 0}, {AST_KIND_TEXP, 0},
        {AST_KIND_INIT, 1},
    };
    size_t total = 0;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        CHECK_INT(counts.entered[want[i].kind], want[i].count);
        total += want[i].count;
    }
    CHECK_INT(counts.left, total);
    ast_visit_module(r.module, &(struct ast_visitor){0});
    done(&r);
}

static void test_print(void)
{
    CASE("print: one rule on a line");
    struct run r = parse("module m: policy: p = g ( a==[B,-(C _)] , b=={ } |x<2&&True-> "
                         "allow with c=a [+D] )");
    struct str_buf out;
    str_init(&out);
    ast_print_rule(r.module->policies.items[0]->body->rule, &out);
    CHECK_STR(str_text(&out),
              "g(a == [B, -(C _)], b == {} | x < 2 && True -> allow with c = a[+D])");
    done(&r);

    CASE("print: long rules take two lines");
    r = parse("module m: policy: p = loads(first == [+Abcdefghijklmnopqrstuvwxyz, "
              "-Abcdefghijklmnopqrstuvwxyz] -> result = {Abcdefghijkl})");
    str_clear(&out);
    ast_print(r.module, &out);
    CHECK_STR(
        str_text(&out),
        "module m:\n\npolicy:\n"
        "    p =\n"
        "          loads(first == [+Abcdefghijklmnopqrstuvwxyz, -Abcdefghijklmnopqrstuvwxyz]\n"
        "              -> result = {Abcdefghijkl})\n");
    str_free(&out);
    done(&r);
}

static void test_file(void)
{
    CASE("parse: files");
    struct run r = {.map = lang_source_map_new(), .names = intern_new()};
    r.sink = diag_sink_new(r.map);
    const char *path = "/nonexistent/x.dpl";
    CHECK(!lang_parse_file(r.map, path, LANG_NO_SPAN, &r.arena, r.names, r.sink));
    CHECK(has_code(&r, DIAG_CANNOT_READ));
    char name[] = "/tmp/lang-parse-XXXXXX";
    int fd = mkstemp(name);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!out)
        abort();
    fputs("module m: metadata: A", out);
    fclose(out);
    r.module = lang_parse_file(r.map, name, LANG_NO_SPAN, &r.arena, r.names, r.sink);
    remove(name);
    CHECK(r.module && r.module->tags.count == 1 && r.module->dialect == LANG_POL);
    CHECK(r.module && !r.module->broken); /* the earlier error is not its fault */
    done(&r);
}

int main(void)
{
    test_spans();
    test_dialects();
    test_names();
    test_long();
    test_deep();
    test_recovery();
    test_bytes();
    test_markers();
    test_visitor();
    test_print();
    test_file();
    return check_done();
}
