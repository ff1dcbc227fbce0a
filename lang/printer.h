/* What the parts of the formatter share.  Private to lang/.
 *
 * Printing goes through the tree in the order of the text.  What has a place in the source is
 * printed with it, so that the comments before that place come out first. */
#ifndef LANG_PRINTER_H
#define LANG_PRINTER_H

#include "lang/ast.h"
#include "lang/layout.h"

struct printer {
    struct layout *out;
    enum lang_dialect dialect;
    const char *text; /* the source, or NULL: no comments, empty lines and spellings to keep */
    const struct ast_comment_list *comments;
    bool *ends_line;     /* of each comment: nothing but comments follow it on its line */
    size_t next_comment; /* the first one not printed yet */
    uint32_t item;       /* where the current rule or declaration starts */
};

/* --- print_comments.c */

/* To be called when the other members are set. */
void print_comments_init(struct printer *pr);
/* What follows is a rule or a declaration, which starts there. */
void print_start(struct printer *pr, uint32_t offset);
/* Is there an empty line before this place? */
bool print_blank_before(const struct printer *pr, uint32_t offset);
/* Prints the comments before `offset`, where a text follows. */
void print_comments(struct printer *pr, uint32_t offset);
/* Prints them if all of them have something behind them on their line, a bracket that closes. */
void print_comments_inside(struct printer *pr, uint32_t offset);
/* At the end of a declaration, before the next one or a section at `offset`: prints the comments
 * that are still its own.  Those at the ends of lines are; of those on lines of their own as many
 * as are indented (`all`: all), at most by `deep` columns, which is 4 or 8. */
void print_comments_after(struct printer *pr, uint32_t offset, size_t deep, bool all);

/* --- print.c: text, expressions and rules */

enum { PRINT_WIDTH = 100 };

/* Text without a place; a space before or behind it may become the end of a line. */
void print_word(struct printer *pr, const char *text);
void print_at(struct printer *pr, uint32_t offset, const char *text);  /* after its comments */
void print_name(struct printer *pr, struct ast_name name);             /* likewise */
void print_closer(struct printer *pr, uint32_t end, const char *text); /* what ends there */
void print_separator(struct printer *pr, size_t i);                    /* before item i of a list */
void print_string(struct printer *pr, uint32_t offset, const char *text);
/* An integer as it was written, in decimal if that is unknown. */
void print_int(struct printer *pr, struct lang_span span, int64_t value);
void print_field(struct printer *pr, const struct ast_field *field);
/* In braces; `end`: where the closing one ends in the source. */
void print_tags(struct printer *pr, const struct ast_tag_list *tags, uint32_t end);
/* Operands and guard without brackets around them. */
void print_operands(struct printer *pr, const struct ast_operand_list *operands,
                    const struct ast_guard *guard);
void print_updates(struct printer *pr, const struct ast_update_list *updates);
void print_rule(struct printer *pr, const struct ast_rule *rule);
/* What stands right of `NAME =`. */
void print_body(struct printer *pr, const struct ast_pexp *body);

/* --- print_decl.c: declarations */

void print_element(struct printer *pr, const struct ast_module *m,
                   const struct ast_section *section, size_t i);

#endif
