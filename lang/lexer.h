/* The state behind the generated scanner.  Private to lang/. */
#ifndef LANG_LEXER_H
#define LANG_LEXER_H

#include "lang/support/str.h"
#include "lang/token.h"

struct lang_lexer {
    struct lang_parser *parser;
    uint32_t start, end;     /* of the current match */
    uint32_t open;           /* where the current comment or string began */
    unsigned comment_depth;  /* block comments nest */
    struct str_buf string;   /* the current string, decoded */
    struct lang_token token; /* the result of the last scan */
};

/* What the scanner's actions call.  Each fills lexer->token and returns its kind. */
int lang_lex_word(struct lang_lexer *lexer, const char *text, size_t len);
int lang_lex_int(struct lang_lexer *lexer, const char *text, int base);
int lang_lex_string(struct lang_lexer *lexer, bool terminated);
int lang_lex_punct(struct lang_lexer *lexer, int kind);

/* A comment from `start` to the end of the current match. */
void lang_lex_comment(struct lang_lexer *lexer, uint32_t start);

/* A CPP line marker, from its number on. */
void lang_lex_marker(struct lang_lexer *lexer, const char *text);
struct lang_span lang_lex_span(const struct lang_lexer *lexer, uint32_t start, uint32_t end);
void lang_lex_error(struct lang_lexer *lexer, enum diag_code code, const char *message);
void lang_lex_open_error(struct lang_lexer *lexer, enum diag_code code, const char *message);
void lang_lex_stray(struct lang_lexer *lexer, unsigned char c);

#endif
