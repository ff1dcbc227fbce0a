/* Tokens, between the lexer, the context pass and the parser.  Private to lang/.
 *
 * A file is turned into tokens at once: lang_lex() knows only reserved words, lang_contextualise()
 * then finds the places where Pol's contextual words are special, and the ends of rules, which
 * makes recovery exact.  Kinds are those of the grammar (enum lang_yytokentype). */
#ifndef LANG_TOKEN_H
#define LANG_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/ast.h"

struct lang_token {
    int kind;
    struct lang_span span;
    struct intern_id name; /* every word, reserved or not */
    int64_t value;         /* integers (LANG_OVERFLOW: reported), slots, registers; strings:
                              LANG_UNTERMINATED or 0 */
    const char *string;    /* strings: decoded, in the arena */
};
enum { LANG_UNTERMINATED = 1, LANG_OVERFLOW = -1 };
AST_LIST(lang_tokens, struct lang_token);

/* What the steps of parsing one file share. */
struct lang_parser {
    struct lang_source_map *map;
    struct lang_file_id file;
    enum lang_dialect dialect;
    struct arena *arena;
    struct interner *names;
    struct diag_sink *sink;
    struct ast_module *module;
    struct lang_tokens tokens;
    size_t next;                           /* the token that the parser gets next */
    bool too_deep;                         /* reported already */
    bool mixed_operators;                  /* reported already for this policy */
    bool all_claims;                       /* the current claims are in `prove all:` */
    size_t in_sections[AST_SECTION_KINDS]; /* declarations that belong to a finished section */
};

/* Appends the file's tokens, the last of kind 0 (end of input), to p->tokens. */
void lang_lex(struct lang_parser *p);

/* Replaces p->tokens by what the grammar expects.  False: brackets are nested too deeply, and
 * parsing is pointless (reported). */
bool lang_contextualise(struct lang_parser *p) LANG_MUST_CHECK;

bool lang_is_word(const struct lang_parser *p, const struct lang_token *t, const char *word);

/* Is this token the first on its line?  Then it rather starts something new. */
bool lang_starts_line(const struct lang_parser *p, const struct lang_token *t);

/* Reports an expression that is nested too deeply, once per file. */
void lang_too_deep(struct lang_parser *p, struct lang_span span);

#endif
