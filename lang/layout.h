/* From a sequence of pieces to lines of text: where to break, how far to indent, what to align.
 * Private to lang/.
 *
 * A caller adds pieces in the order of the text.  Groups nest; a group whose text fits into its
 * line is written on that line, otherwise its breaks become new lines: all of them, or in a filling
 * group those whose next part does not fit.  Hard breaks are new lines always, and so make the
 * groups around them break.  Indentation counts from the group around, in columns.
 *
 * Comments are pieces that nothing can follow on their line (layout_trailing, layout_own) or that
 * stand in front of a text (layout_inline) or behind one (layout_behind).  Comments at the ends of
 * consecutive lines are aligned.
 *
 * Texts are not copied: they must live as long as the layout. */
#ifndef LANG_LAYOUT_H
#define LANG_LAYOUT_H

#include "lang/support/arena.h"
#include "lang/support/str.h"

enum { LAYOUT_NO_LIMIT = 1 << 30 };

enum layout_kind {
    LAYOUT_TEXT,
    LAYOUT_PAD,   /* `width` spaces */
    LAYOUT_BREAK, /* `width` spaces or a new line */
    LAYOUT_OPEN,
    LAYOUT_CLOSE,
    LAYOUT_ROW,      /* what follows is a row of a table */
    LAYOUT_TRAILING, /* comments */
    LAYOUT_OWN,
    LAYOUT_INLINE,
    LAYOUT_BEHIND,
};

struct layout_piece {
    enum layout_kind kind;
    const char *text;
    size_t len;
    size_t width;  /* in columns, on one line */
    size_t indent; /* OPEN: of its lines; BREAK: more for this line */
    size_t column; /* comments: where it stood, from 0 */
    bool fill;     /* OPEN */
    bool cell;     /* PAD, BREAK: ends a cell of a row */
    bool hard;     /* BREAK: a new line in any case */
    bool keep;     /* BREAK: an empty line may stand here, and after comments that come here */
    bool tight;    /* BREAK: but not here itself */
    bool same;     /* BREAK: indents as the line before */
    bool blank;    /* TEXT, comments: an empty line stood before it */
    bool newline;  /* not BREAK: starts a line though no break stands before it */
    bool start;    /* TEXT: of an item */
    bool moves;    /* TRAILING: is about the line where its item starts */
};

struct layout {
    struct arena arena;
    VEC_OF(struct layout_piece) pieces;
    size_t texts_end; /* index behind the last TEXT */
    bool start;       /* the next text is the start of an item */
    size_t width;     /* of a line */
};

void layout_init(struct layout *l, size_t width);
void layout_free(struct layout *l);

/* `blank`: an empty line stood before it in the source. */
void layout_text(struct layout *l, const char *text, size_t len, bool blank);
void layout_open(struct layout *l, size_t indent, bool fill);
void layout_close(struct layout *l);
void layout_break(struct layout *l, size_t spaces, size_t indent);
void layout_space(struct layout *l);
/* A new line, `indent` more than the group's. */
enum layout_blank {
    LAYOUT_NEVER, /* no empty lines here */
    LAYOUT_FIRST, /* none either, but between comments before the next text */
    LAYOUT_KEEP,  /* as in the source */
    LAYOUT_ALWAYS,
};
void layout_line(struct layout *l, size_t indent, enum layout_blank blank);

/* Rows: the parts of a row up to the ends of its cells become columns.  The functions that align
 * do so for all rows from piece `from` on; lines there begin at column `indent`. */
enum { LAYOUT_MOST_CELLS = 2 };
void layout_row(struct layout *l);
void layout_cell(struct layout *l, size_t spaces);       /* the end of a cell; never breaks */
void layout_cell_break(struct layout *l, size_t spaces); /* one that may */
/* Rows with nothing between them, of one line each, are aligned with each other, as many cells as
 * then still fit. */
void layout_align(struct layout *l, size_t from, size_t indent);
/* All first cells are, at a multiple of four columns; a wide one stands out. */
void layout_align_all(struct layout *l, size_t from, size_t indent);

/* Comments: at the end of the last text's line, on a line of its own, before the next text, behind
 * the last one.  `last`: the caller adds the break that follows a line of its own. */
void layout_trailing(struct layout *l, const char *text, size_t column);
/* One that must be at the line where the item before it starts, or alone on the line above. */
void layout_trailing_start(struct layout *l, const char *text, size_t column);
void layout_own(struct layout *l, const char *text, size_t column, bool blank, bool last);
void layout_inline(struct layout *l, const char *text, size_t column, bool blank);

void layout_behind(struct layout *l, const char *text, size_t column);

/* Appends the text, without a new line at its end. */
void layout_print(struct layout *l, struct str_buf *out);

/* Columns that a text takes up to its end or its first line end. */
size_t layout_columns(const char *text, size_t len);

#endif
