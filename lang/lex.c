/* From text to tokens: what the scanner's actions do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lang/lexer.h"
#include "lang/gen/parser.h"
#include "lang/gen/lexer.h"

struct reserved {
    const char *text;
    int kind;
    int64_t value;
};

/* The reserved rows of keyword.def; the value is the number of a slot or a register. */
static const struct reserved reserved[] = {
#define RESERVED_SECTION(id, text) {text, TOK_##id, 0},
#define RESERVED_WORD(id, text) {text, TOK_##id, 0},
#define RESERVED_SLOT(id, text) {text, TOK_SLOT, AST_SLOT_##id},
#define RESERVED_REGISTER(id, text) {text, TOK_REG, 0},
#define RESERVED_POL_SECTION(id, text)
#define RESERVED_POL_WORD(id, text)
#define KEYWORD(id, text, class, description) RESERVED_##class(id, text)
#include "lang/keyword.def"
#undef KEYWORD
};

static const struct reserved *find_reserved(const char *text)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (reserved[i].text[0] == text[0] && str_eq(reserved[i].text, text))
            return &reserved[i];
    }
    return NULL;
}

struct lang_span lang_lex_span(const struct lang_lexer *lexer, uint32_t start, uint32_t end)
{
    return lang_span_make(lexer->parser->file, start, end);
}

int lang_lex_punct(struct lang_lexer *lexer, int kind)
{
    lexer->token = (struct lang_token){.kind = kind};
    lexer->token.span = lang_lex_span(lexer, lexer->start, lexer->end);
    return kind;
}

int lang_lex_word(struct lang_lexer *lexer, const char *text, size_t len)
{
    const struct reserved *word = find_reserved(text);
    lang_lex_punct(lexer, word ? word->kind : TOK_NAME);
    lexer->token.name = intern_len(lexer->parser->names, text, len);
    if (word)
        lexer->token.value = word->kind == TOK_REG ? strtol(text + 1, NULL, 10) : word->value;
    return lexer->token.kind;
}

int lang_lex_int(struct lang_lexer *lexer, const char *digits, int base)
{
    errno = 0;
    long long value = strtoll(digits, NULL, base);
    if (errno == ERANGE) {
        lang_lex_error(lexer, DIAG_INTEGER_OVERFLOW, "this integer does not fit in 64 bits");
        value = LANG_OVERFLOW;
    }
    lang_lex_punct(lexer, TOK_INT);
    lexer->token.value = value;
    return TOK_INT;
}

int lang_lex_string(struct lang_lexer *lexer, bool terminated)
{
    lang_lex_punct(lexer, TOK_STRING);
    lexer->token.span.start = lexer->open;
    lexer->token.string =
        arena_strndup(lexer->parser->arena, str_text(&lexer->string), lexer->string.len);
    lexer->token.value = terminated ? 0 : LANG_UNTERMINATED;
    return TOK_STRING;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

void lang_lex_comment(struct lang_lexer *lexer, uint32_t start)
{
    struct lang_parser *p = lexer->parser;
    uint32_t end = lexer->end, line = start;
    const char *text = p->module->text;
    while (line > 0 && is_blank(text[line - 1]))
        line--;
    if (text[start + 1] == '/' && text[end - 1] == '\r')
        end--;
    struct ast_comment comment = {lang_lex_span(lexer, start, end), NULL, false};
    comment.text = arena_strndup(p->arena, text + start, end - start);
    bool after_mark = line == 3 && text[0] == '\xef'; /* a byte order mark */
    comment.alone = line == 0 || text[line - 1] == '\n' || after_mark;
    VEC_PUSH(p->arena, &p->module->comments, comment);
}

void lang_lex_marker(struct lang_lexer *lexer, const char *text)
{
    text += strcspn(text, "0123456789");
    char *end;
    errno = 0;
    unsigned long line = strtoul(text, &end, 10);
    if (errno == ERANGE || line > UINT32_MAX / 2)
        line = 1;
    while (is_blank(*end))
        end++;
    const char *name = *end == '"' ? end + 1 : NULL;
    size_t len = name ? strcspn(name, "\"") : 0;
    struct lang_parser *p = lexer->parser;
    lang_source_marker(p->map, p->file, lexer->start, (uint32_t)line, name, len);
}

void lang_lex_error(struct lang_lexer *lexer, enum diag_code code, const char *message)
{
    diag_error(lexer->parser->sink, code, lang_lex_span(lexer, lexer->start, lexer->end), "%s",
               message);
}

void lang_lex_open_error(struct lang_lexer *lexer, enum diag_code code, const char *message)
{
    uint32_t width = code == DIAG_UNTERMINATED_COMMENT ? 2 : 1;
    diag_error(lexer->parser->sink, code, lang_lex_span(lexer, lexer->open, lexer->open + width),
               "%s", message);
}

void lang_lex_stray(struct lang_lexer *lexer, unsigned char c)
{
    struct lang_span span = lang_lex_span(lexer, lexer->start, lexer->end);
    if (c > 0x20 && c < 0x7f)
        diag_error(lexer->parser->sink, DIAG_STRAY_CHARACTER, span, "stray `%c`", c);
    else
        diag_error(lexer->parser->sink, DIAG_STRAY_CHARACTER, span, "stray byte 0x%02x", c);
}

void lang_lex(struct lang_parser *p)
{
    size_t len;
    const char *text = lang_source_text(p->map, p->file, &len);
    struct lang_lexer lexer = {.parser = p};
    yyscan_t scanner;
    if (lang_flex_lex_init_extra(&lexer, &scanner) != 0)
        pol_fatal_oom();
    if (!lang_flex__scan_bytes(text, (int)len, scanner))
        pol_fatal_oom();
    while (lang_flex_lex(scanner) != 0 && !diag_limit_reached(p->sink))
        VEC_PUSH(p->arena, &p->tokens, lexer.token);
    lexer.start = lexer.end = (uint32_t)len;
    lang_lex_punct(&lexer, 0);
    VEC_PUSH(p->arena, &p->tokens, lexer.token);
    lang_flex_lex_destroy(scanner);
    str_free(&lexer.string);
}
