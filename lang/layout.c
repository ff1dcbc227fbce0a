#include "lang/layout.h"

#include <string.h>

void layout_free(struct layout *l)
{
    arena_free(&l->arena);
}

size_t layout_columns(const char *text, size_t len)
{
    size_t columns = 0;
    for (size_t i = 0; i < len && text[i] != '\n'; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* --- pieces -------------------------------------------------------------------------------- */

static void push(struct layout *l, struct layout_piece piece)
{
    VEC_PUSH(&l->arena, &l->pieces, piece);
}

/* Piece 0 says nothing: index 0 can stand for what is around all groups. */
void layout_init(struct layout *l, size_t width)
{
    *l = (struct layout){.width = width};
    push(l, (struct layout_piece){.kind = LAYOUT_ROW});
    l->texts_end = l->pieces.count;
}

void layout_text(struct layout *l, const char *text, size_t len, bool blank)
{
    push(l, (struct layout_piece){.kind = LAYOUT_TEXT,
                                  .text = text,
                                  .len = len,
                                  .width = layout_columns(text, len),
                                  .blank = blank,
                                  .start = l->start});
    l->start = false;
    l->texts_end = l->pieces.count;
}

void layout_open(struct layout *l, size_t indent, bool fill)
{
    push(l, (struct layout_piece){.kind = LAYOUT_OPEN, .indent = indent, .fill = fill});
}

void layout_close(struct layout *l)
{
    push(l, (struct layout_piece){.kind = LAYOUT_CLOSE});
}

void layout_break(struct layout *l, size_t spaces, size_t indent)
{
    push(l, (struct layout_piece){.kind = LAYOUT_BREAK, .width = spaces, .indent = indent});
}

void layout_space(struct layout *l)
{
    push(l, (struct layout_piece){.kind = LAYOUT_PAD, .width = 1});
}

void layout_line(struct layout *l, size_t indent, enum layout_blank blank)
{
    push(l, (struct layout_piece){.kind = LAYOUT_BREAK,
                                  .indent = indent,
                                  .hard = true,
                                  .keep = blank != LAYOUT_NEVER,
                                  .tight = blank == LAYOUT_FIRST,
                                  .blank = blank == LAYOUT_ALWAYS});
}

void layout_row(struct layout *l)
{
    push(l, (struct layout_piece){.kind = LAYOUT_ROW});
}

void layout_cell(struct layout *l, size_t spaces)
{
    push(l, (struct layout_piece){.kind = LAYOUT_PAD, .width = spaces, .cell = true});
}

void layout_cell_break(struct layout *l, size_t spaces)
{
    push(l, (struct layout_piece){.kind = LAYOUT_BREAK, .width = spaces, .cell = true});
}

static struct layout_piece comment(enum layout_kind kind, const char *text, size_t column)
{
    return (struct layout_piece){.kind = kind, .text = text, .len = strlen(text), .column = column};
}

static void insert_behind(struct layout *l, struct layout_piece piece)
{
    size_t at = l->texts_end++;
    push(l, piece);
    struct layout_piece *pieces = l->pieces.items;
    memmove(&pieces[at + 1], &pieces[at], (l->pieces.count - 1 - at) * sizeof *pieces);
    pieces[at] = piece;
}

void layout_trailing(struct layout *l, const char *text, size_t column)
{
    insert_behind(l, comment(LAYOUT_TRAILING, text, column));
}

void layout_trailing_start(struct layout *l, const char *text, size_t column)
{
    struct layout_piece piece = comment(LAYOUT_TRAILING, text, column);
    piece.moves = true;
    insert_behind(l, piece);
}

void layout_behind(struct layout *l, const char *text, size_t column)
{
    struct layout_piece piece = comment(LAYOUT_BEHIND, text, column);
    piece.width = layout_columns(text, piece.len) + 1;
    insert_behind(l, piece);
}

void layout_own(struct layout *l, const char *text, size_t column, bool blank, bool last)
{
    struct layout_piece piece = comment(LAYOUT_OWN, text, column);
    piece.blank = blank;
    push(l, piece);
    if (!last)
        push(l, (struct layout_piece){.kind = LAYOUT_BREAK, .hard = true, .same = true});
}

void layout_inline(struct layout *l, const char *text, size_t column, bool blank)
{
    struct layout_piece piece = comment(LAYOUT_INLINE, text, column);
    piece.width = layout_columns(text, piece.len) + 1;
    piece.blank = blank;
    push(l, piece);
}

/* --- what comments demand ------------------------------------------------------------------ */

/* Does a line end anyway behind piece `i`? */
static bool ends_line(const struct layout *l, size_t i)
{
    for (i++; i < l->pieces.count; i++) {
        switch (l->pieces.items[i].kind) {
        case LAYOUT_PAD:
        case LAYOUT_OPEN:
        case LAYOUT_CLOSE:
        case LAYOUT_ROW:
            continue;
        default:
            return l->pieces.items[i].kind == LAYOUT_BREAK && l->pieces.items[i].hard;
        }
    }
    return true;
}

/* In the middle of an item a comment stays: the line end that it needs may be seen without it. */
static void find_moves(struct layout *l)
{
    for (size_t i = 0; i < l->pieces.count; i++) {
        struct layout_piece *piece = &l->pieces.items[i];
        piece->moves = piece->moves && ends_line(l, i);
    }
}

/* The line ends that comments need: a trailing one behind it, one of its own also before. */
static void find_lines(struct layout *l)
{
    bool must = false, keep = false;
    struct layout_piece *last_break = NULL;
    for (size_t i = 0; i < l->pieces.count; i++) {
        struct layout_piece *piece = &l->pieces.items[i];
        switch (piece->kind) {
        case LAYOUT_BREAK:
            piece->hard = piece->hard || must;
            piece->keep = piece->keep || (piece->same && keep);
            must = false;
            last_break = piece;
            break;
        case LAYOUT_TRAILING:
            must = true;
            last_break = NULL;
            break;
        case LAYOUT_OWN:
            if (last_break)
                last_break->hard = true;
            piece->newline = !last_break;
            keep = last_break && last_break->keep;
            must = false;
            last_break = NULL;
            break;
        case LAYOUT_TEXT:
        case LAYOUT_INLINE:
        case LAYOUT_BEHIND:
            piece->newline = must;
            must = false;
            last_break = NULL;
            break;
        case LAYOUT_PAD:
        case LAYOUT_OPEN:
        case LAYOUT_CLOSE:
        case LAYOUT_ROW:
            break;
        }
    }
}

/* An empty line before a text or comment is one at the break before it. */
static void find_blanks(struct layout *l)
{
    bool blank = false;
    for (size_t i = l->pieces.count; i-- > 0;) {
        struct layout_piece *piece = &l->pieces.items[i];
        if (piece->kind == LAYOUT_TEXT || piece->kind == LAYOUT_OWN || piece->kind == LAYOUT_INLINE)
            blank = piece->blank;
        else if (piece->kind == LAYOUT_BREAK)
            piece->blank = piece->blank || (piece->keep && !piece->tight && blank);
    }
}

/* --- measuring ----------------------------------------------------------------------------- */

struct measures {
    size_t *before; /* columns of all pieces before this one, on one line */
    size_t *tail;   /* columns from this piece to the next break */
    size_t *next;   /* of OPEN: its CLOSE; of BREAK: the next one of its group, or the CLOSE */
    size_t *lines;  /* the first piece from this one on that begins a line in any case */
    bool *forced;   /* of OPEN: a line begins inside */
};

static bool begins_line(const struct layout_piece *piece)
{
    return piece->newline || (piece->kind == LAYOUT_BREAK && piece->hard);
}

static void measure_columns(const struct layout *l, struct measures *m)
{
    size_t count = l->pieces.count;
    for (size_t i = 0; i < count; i++)
        m->before[i + 1] = m->before[i] + l->pieces.items[i].width;
    m->lines[count] = count;
    for (size_t i = count; i-- > 0;) {
        const struct layout_piece *piece = &l->pieces.items[i];
        bool stops = piece->kind == LAYOUT_BREAK || piece->newline;
        m->tail[i] = stops ? 0 : piece->width + m->tail[i + 1];
        m->lines[i] = begins_line(piece) ? i : m->lines[i + 1];
    }
}

struct open_group {
    size_t open;
    size_t last; /* OPEN or BREAK whose next is not known yet; 0 at the outermost level */
};

static void measure_groups(struct layout *l, struct measures *m)
{
    VEC_OF(struct open_group) stack = {0};
    VEC_PUSH(&l->arena, &stack, ((struct open_group){0, 0}));
    for (size_t i = 0; i < l->pieces.count; i++) {
        const struct layout_piece *piece = &l->pieces.items[i];
        struct open_group *top = &stack.items[stack.count - 1];
        if (begins_line(piece))
            m->forced[top->open] = true;
        if (piece->kind == LAYOUT_BREAK) {
            m->next[top->last] = top->last == top->open ? m->next[top->last] : i;
            top->last = i;
        } else if (piece->kind == LAYOUT_OPEN) {
            VEC_PUSH(&l->arena, &stack, ((struct open_group){i, i}));
        } else if (piece->kind == LAYOUT_CLOSE) {
            m->next[top->last] = m->next[top->open] = i;
            bool forced = m->forced[top->open];
            stack.count--;
            top = &stack.items[stack.count - 1];
            m->forced[top->open] = m->forced[top->open] || forced;
        }
    }
    m->next[stack.items[0].last] = l->pieces.count;
}

static struct measures measure(struct layout *l)
{
    size_t room = l->pieces.count + 1;
    struct measures m = {
        .before = ARENA_ARRAY(&l->arena, size_t, room),
        .tail = ARENA_ARRAY(&l->arena, size_t, room),
        .next = ARENA_ARRAY(&l->arena, size_t, room),
        .lines = ARENA_ARRAY(&l->arena, size_t, room),
        .forced = ARENA_ARRAY(&l->arena, bool, room),
    };
    measure_columns(l, &m);
    measure_groups(l, &m);
    return m;
}

/* --- writing ------------------------------------------------------------------------------- */

struct frame {
    size_t indent;
    bool broken, fill;
};

/* A comment at the end of a line, written when its column is known. */
struct trailing {
    const struct layout_piece *piece;
    size_t at;           /* where in the code it belongs */
    size_t line, column; /* where the code ends */
};

struct writer {
    struct layout *l;
    struct measures m;
    struct str_buf code; /* without trailing comments */
    size_t line, column, indent;
    size_t line_at;                         /* where in the code the line begins */
    size_t item_at, item_line, item_indent; /* the line where the current item starts */
    size_t comments_end;                    /* in the code: behind the last comment */
    size_t spaces;                          /* not written yet: they may be at the end of a line */
    VEC_OF(struct frame) frames;
    VEC_OF(struct trailing) trailing;
};

static void end_line(struct writer *w, size_t indent, bool blank)
{
    if (w->code.len) {
        str_add(&w->code, blank ? "\n\n" : "\n");
        w->line += blank ? 2 : 1;
    }
    w->column = 0;
    w->line_at = w->code.len;
    w->indent = w->spaces = indent;
}

/* Texts may contain line ends. */
static void write_text(struct writer *w, const char *text, size_t len)
{
    str_add_repeat(&w->code, ' ', w->spaces);
    w->column += w->spaces;
    w->spaces = 0;
    str_add_len(&w->code, text, len);
    for (const char *end; (end = memchr(text, '\n', len)) != NULL;) {
        w->line++;
        w->column = 0;
        len -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    w->column += layout_columns(text, len);
}

static size_t leading_spaces(const char *line)
{
    return strspn(line, " ");
}

static size_t without_blanks(const char *line, size_t len)
{
    while (len && strchr(" \t\r\f\v", line[len - 1]))
        len--;
    return len;
}

/* The text of a comment that begins at `column`: its other lines move with it. */
static void add_comment(struct str_buf *out, const struct layout_piece *piece, size_t column)
{
    const char *line = piece->text, *end = piece->text + piece->len;
    while (line <= end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((stop ? stop : end) - line), spaces = leading_spaces(line);
        size_t kept = without_blanks(line, len);
        size_t back = piece->column > column ? piece->column - column : 0;
        if (line != piece->text && kept) {
            size_t drop = back < spaces ? back : spaces;
            str_add_repeat(out, ' ', column > piece->column ? column - piece->column : 0);
            line += drop;
            kept -= drop;
        }
        str_add_len(out, line, kept);
        if (!stop)
            return;
        str_add_char(out, '\n');
        line = stop + 1;
    }
}

static void write_comment(struct writer *w, const struct layout_piece *piece)
{
    struct str_buf text;
    str_init(&text);
    add_comment(&text, piece, w->column + w->spaces);
    write_text(w, str_text(&text), text.len);
    str_free(&text);
    w->comments_end = w->code.len;
}

static void insert(struct str_buf *b, size_t at, const char *text, size_t len)
{
    str_add_len(b, text, len); /* makes room */
    memmove(b->data + at + len, b->data + at, b->len - at - len);
    memcpy(b->data + at, text, len);
}

/* A comment that must be where the item starts, though that has taken more than a line: goes above.
 * False: it need not, or another comment would be overtaken. */
static bool move_up(struct writer *w, const struct layout_piece *piece)
{
    if (!piece->moves || w->item_line == w->line || w->comments_end > w->item_at)
        return false;
    struct str_buf line;
    str_init(&line);
    str_add_repeat(&line, ' ', w->item_indent);
    str_add_len(&line, piece->text, without_blanks(piece->text, piece->len));
    str_add_char(&line, '\n');
    insert(&w->code, w->item_at, str_text(&line), line.len);
    w->line++;
    w->line_at += line.len;
    str_free(&line);
    return true;
}

static void write_trailing(struct writer *w, const struct layout_piece *piece)
{
    if (move_up(w, piece))
        return;
    struct trailing trailing = {piece, w->code.len, w->line, w->column};
    VEC_PUSH(&w->l->arena, &w->trailing, trailing);
    w->comments_end = w->code.len;
    const char *line = piece->text;
    while ((line = strchr(line, '\n')) != NULL)
        w->line++, line++;
}

static const struct frame *top(const struct writer *w)
{
    return &w->frames.items[w->frames.count - 1];
}

static bool fits(const struct writer *w, size_t columns)
{
    return w->column + w->spaces + columns <= w->l->width;
}

static void open_frame(struct writer *w, size_t i)
{
    const struct layout_piece *piece = &w->l->pieces.items[i];
    size_t close = w->m.next[i];
    size_t columns = w->m.before[close] - w->m.before[i] + w->m.tail[close];
    bool broken = w->m.forced[i] || (top(w)->broken && !fits(w, columns));
    struct frame frame = {top(w)->indent + piece->indent, broken, piece->fill};
    VEC_PUSH(&w->l->arena, &w->frames, frame);
}

/* Does what stands between this break and the next one fit on the line? */
static bool part_fits(const struct writer *w, size_t i)
{
    size_t next = w->m.next[i], line = w->m.lines[i + 1], end = next < line ? next : line;
    size_t columns = w->m.before[end] - w->m.before[i];
    return fits(w, columns + (end == next ? w->m.tail[next] : 0));
}

static void write_break(struct writer *w, size_t i)
{
    const struct layout_piece *piece = &w->l->pieces.items[i];
    const struct frame *frame = top(w);
    bool breaks = piece->hard || (frame->broken && !(frame->fill && part_fits(w, i)));
    if (breaks)
        end_line(w, piece->same ? w->indent : frame->indent + piece->indent, piece->blank);
    else
        w->spaces += piece->width;
}

static bool follows_bracket(const struct writer *w)
{
    return w->code.len && strchr("([{", w->code.data[w->code.len - 1]);
}

static void write_piece(struct writer *w, size_t i)
{
    const struct layout_piece *piece = &w->l->pieces.items[i];
    if (piece->newline)
        end_line(w, top(w)->indent, false);
    switch (piece->kind) {
    case LAYOUT_TEXT:
        if (piece->start) {
            w->item_at = w->line_at;
            w->item_line = w->line;
            w->item_indent = w->indent;
        }
        write_text(w, piece->text, piece->len);
        return;
    case LAYOUT_PAD:
        w->spaces += piece->width;
        return;
    case LAYOUT_BREAK:
        write_break(w, i);
        return;
    case LAYOUT_OPEN:
        open_frame(w, i);
        return;
    case LAYOUT_CLOSE:
        w->frames.count--;
        return;
    case LAYOUT_TRAILING:
        write_trailing(w, piece);
        return;
    case LAYOUT_OWN:
        write_comment(w, piece);
        return;
    case LAYOUT_INLINE:
        write_comment(w, piece);
        w->spaces = 1;
        return;
    case LAYOUT_BEHIND:
        w->spaces = w->spaces || follows_bracket(w) ? w->spaces : 1;
        write_comment(w, piece);
        return;
    case LAYOUT_ROW:
        return;
    }
}

/* --- comments at the ends of lines --------------------------------------------------------- */

enum { WIDE = 60 }; /* longer lines do not push the comments of others away */

static bool is_one_line(const struct trailing *t)
{
    return !memchr(t->piece->text, '\n', t->piece->len);
}

/* The index behind the comments from `first` on that stand on consecutive lines. */
static size_t run_end(const struct writer *w, size_t first, size_t *column)
{
    const struct trailing *items = w->trailing.items;
    size_t end = first, widest = 0;
    do {
        if (items[end].column <= WIDE && items[end].column > widest)
            widest = items[end].column;
        end++;
    } while (end < w->trailing.count && is_one_line(&items[end - 1]) &&
             items[end].line <= items[end - 1].line + 1);
    *column = (widest + 2 + 3) / 4 * 4;
    return end;
}

/* Where a text that begins at `column` ends. */
static size_t column_after(const char *text, size_t len, size_t column)
{
    for (const char *end; (end = memchr(text, '\n', len)) != NULL;) {
        len -= (size_t)(end + 1 - text);
        text = end + 1;
        column = 0;
    }
    return column + layout_columns(text, len);
}

static void add_trailing(const struct writer *w, struct str_buf *out)
{
    size_t written = 0, end = 0, column = 0, cursor = 0;
    for (size_t i = 0; i < w->trailing.count; i++) {
        const struct trailing *t = &w->trailing.items[i];
        if (i == end)
            end = run_end(w, i, &column);
        bool second = i > 0 && t[-1].at == t->at;
        str_add_len(out, str_text(&w->code) + written, t->at - written);
        written = t->at;
        size_t from = second ? cursor : t->column;
        size_t to = second ? from + 1 : from > WIDE ? from + 2 : column;
        str_add_repeat(out, ' ', to - from);
        size_t start = out->len;
        add_comment(out, t->piece, to);
        cursor = column_after(str_text(out) + start, out->len - start, to);
    }
    str_add_len(out, str_text(&w->code) + written, w->code.len - written);
}

void layout_print(struct layout *l, struct str_buf *out)
{
    find_moves(l);
    find_lines(l);
    find_blanks(l);
    struct writer w = {.l = l, .m = measure(l)};
    str_init(&w.code);
    struct frame outermost = {0, true, false};
    VEC_PUSH(&l->arena, &w.frames, outermost);
    for (size_t i = 0; i < l->pieces.count; i++)
        write_piece(&w, i);
    add_trailing(&w, out);
    str_free(&w.code);
}
