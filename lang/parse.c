/* lang_parse(): lexer, context pass and parser in a row. */
#include <string.h>

#include "lang/ast_build.h"
#include "lang/gen/parser.h"

/* Between the parser and the tokens */

static struct ast_name token_name(const struct lang_parser *p, const struct lang_token *t)
{
    return (struct ast_name){intern_text(p->names, t->name), t->name, t->span};
}

int lang_yylex(LANG_YYSTYPE *value, struct lang_span *span, struct lang_parser *p)
{
    const struct lang_token *t = &p->tokens.items[p->next];
    if (p->next + 1 < p->tokens.count)
        p->next++;
    *span = t->span;
    switch (t->kind) {
    case TOK_NAME:
    case TOK_DEFNAME:
    case TOK_CSRNAME:
        value->name = token_name(p, t);
        break;
    case TOK_INT:
    case TOK_REG:
    case TOK_SLOT:
        value->integer = t->value;
        break;
    case TOK_STRING:
    case TOK_TITLE:
        value->string = t->string;
        break;
    default:
        break;
    }
    return t->kind;
}

/* Bison calls this only when its stack is at its limit. */
void lang_yyerror(struct lang_span *span, struct lang_parser *p, const char *message)
{
    (void)message;
    lang_too_deep(p, *span);
}

static bool ends_operand(int kind)
{
    return kind == TOK_RULE_CLOSE || kind == TOK_NAME || kind == ')' || kind == TOK_NO_CHECKS;
}

void lang_syntax_hint(struct diag *d, struct lang_parser *p, unsigned wanted)
{
    size_t at = p->next - 1; /* never the end of the input */
    const struct lang_token *found = &p->tokens.items[at];
    int before = at ? found[-1].kind : 0;
    if (found->kind == TOK_NAME && found[1].kind == TOK_RULE_OPEN && ends_operand(before))
        diag_hint(d, "rules are joined by `^`, `|` or `&`");
    else if (found->kind == '=' && (wanted & LANG_WANTS_EQ))
        diag_hint(d, "a pattern is written `operand == pattern`");
    else if (found->kind == TOK_EQ && (wanted & LANG_WANTS_ASSIGN))
        diag_hint(d, "a result is written `result = tags`");
    else if (found->name.v && found->kind != TOK_NAME && (wanted & LANG_WANTS_NAME) &&
             !lang_starts_line(p, found))
        diag_hint(d, "`%s` is a reserved word", intern_text(p->names, found->name));
}

/* What errors cost */

/* The section that a word begins; AST_SECTION_KINDS: none. */
static int section_of(int kind)
{
    switch (kind) {
    case TOK_IMPORT:
        return AST_SECTION_IMPORT;
    case TOK_OWNS:
        return AST_SECTION_OWNS;
    case TOK_TYPE:
        return AST_SECTION_TYPE;
    case TOK_METADATA:
        return AST_SECTION_METADATA;
    case TOK_GROUP:
        return AST_SECTION_GROUP;
    case TOK_POLICY:
        return AST_SECTION_POLICY;
    case TOK_REQUIRE:
        return AST_SECTION_REQUIRE;
    case TOK_PARAM:
        return AST_SECTION_PARAM;
    case TOK_RESPONSE:
        return AST_SECTION_RESPONSE;
    case TOK_TEST:
        return AST_SECTION_TEST;
    case TOK_PROVE:
        return AST_SECTION_PROVE;
    default:
        return AST_SECTION_KINDS;
    }
}

/* After these errors parsing goes on as if nothing had been wrong. */
static bool is_harmless(enum diag_code code)
{
    return code == DIAG_INTEGER_OVERFLOW || code == DIAG_BAD_NUMBER || code == DIAG_BAD_NAME ||
           code == DIAG_BAD_ESCAPE || code == DIAG_DOTTED_NAME || code == DIAG_MIXED_OPERATORS ||
           code == DIAG_HYPHEN_VARIABLE;
}

static void lose_all(struct ast_module *module)
{
    for (int i = 0; i < AST_SECTION_KINDS; i++)
        module->lossy[i] = true;
}

/* Does `NAME:` stand between the tokens?  It is probably a section whose word is misspelt. */
static bool has_unknown_section(const struct lang_tokens *t, size_t from, size_t to)
{
    for (size_t i = from + 1; i < to; i++) {
        bool word = t->items[i - 1].kind == TOK_NAME && t->items[i].kind == ':';
        if (word && (i < 2 || (t->items[i - 2].kind != TOK_MODULE && t->items[i - 2].kind != ',')))
            return true;
    }
    return false;
}

/* The error costs declarations of the section that it lies in, or of all. */
static void lose_section(struct lang_parser *p, uint32_t start)
{
    const struct lang_tokens *t = &p->tokens;
    size_t first = 0, end = 0;
    int kind = AST_SECTION_KINDS;
    for (; end < t->count; end++) {
        int here = section_of(t->items[end].kind);
        if (here == AST_SECTION_KINDS)
            continue;
        if (t->items[end].span.start > start)
            break;
        kind = here;
        first = end;
    }
    bool headless = kind == AST_SECTION_KINDS && end == t->count;
    if (headless || has_unknown_section(t, first, end))
        lose_all(p->module);
    else if (kind != AST_SECTION_KINDS)
        p->module->lossy[kind] = true;
}

/* Which sections may lack declarations because of the errors reported from index `from` on. */
static void count_losses(struct lang_parser *p, size_t from)
{
    for (size_t i = from; i < diag_count(p->sink); i++) {
        const struct diag *d = diag_at(p->sink, i);
        bool open = d->code == DIAG_UNTERMINATED_COMMENT || d->code == DIAG_TOO_DEEP ||
                    (d->code == DIAG_UNTERMINATED_STRING && p->dialect == LANG_DPL);
        if (d->severity != DIAG_ERROR || is_harmless(d->code))
            continue;
        if (open || d->code == DIAG_TOO_MANY_ERRORS)
            lose_all(p->module);
        else
            lose_section(p, d->span.start);
    }
    if (diag_limit_reached(p->sink))
        lose_all(p->module);
}

enum lang_dialect lang_dialect_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && str_eq(dot, ".dpl") ? LANG_DPL : LANG_POL;
}

struct ast_module *lang_parse(struct lang_source_map *map, struct lang_file_id file,
                              enum lang_dialect dialect, struct arena *arena,
                              struct interner *names, struct diag_sink *sink)
{
    size_t len, errors = diag_error_count(sink), reports = diag_count(sink);
    const char *text = lang_source_text(map, file, &len);
    struct ast_module *module = ARENA_NEW(arena, struct ast_module);
    module->text = text;
    module->file = file;
    module->dialect = dialect;
    module->span = lang_span_make(file, 0, (uint32_t)len);
    module->header = lang_span_make(file, 0, 0);
    module->name = (struct ast_name){"", {0}, module->header};
    struct lang_parser parser = {.map = map,
                                 .file = file,
                                 .dialect = dialect,
                                 .arena = arena,
                                 .names = names,
                                 .sink = sink,
                                 .module = module};
    lang_lex(&parser);
    if (lang_contextualise(&parser))
        (void)lang_yyparse(&parser); /* all errors are in the sink */
    count_losses(&parser, reports);
    diag_sort(sink, reports);
    module->broken = diag_error_count(sink) != errors;
    return module;
}

struct ast_module *lang_parse_file(struct lang_source_map *map, const char *path,
                                   struct lang_span from, struct arena *arena,
                                   struct interner *names, struct diag_sink *sink)
{
    struct lang_file_id file;
    int error = lang_source_load(map, path, &file);
    if (error) {
        diag_error(sink, DIAG_CANNOT_READ, from, "cannot read `%s`: %s", path, strerror(error));
        return NULL;
    }
    return lang_parse(map, file, lang_dialect_of(path), arena, names, sink);
}
