/* Comments: where they go.
 *
 * A comment is one of three things.  Nothing but comments follows it on its line: then it stands on
 * a line of its own or at the end of one, and stays so.  Otherwise something follows, and the
 * comment stays in front of that.  Comments never overtake each other. */
#include <string.h>

#include "lang/printer.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static const struct ast_comment *comment_at(const struct printer *pr, size_t i)
{
    return &pr->comments->items[i];
}

/* Does nothing but comments follow on its line? */
static bool ends_line(const struct printer *pr, size_t i)
{
    return pr->ends_line[i];
}

void print_comments_init(struct printer *pr)
{
    size_t count = pr->comments->count;
    pr->ends_line = ARENA_ARRAY(&pr->out->arena, bool, count + 1);
    for (size_t i = count; i-- > 0;) {
        const char *at = pr->text + comment_at(pr, i)->span.end;
        while (is_space(*at))
            at++;
        bool another = i + 1 < count && at == pr->text + comment_at(pr, i + 1)->span.start;
        pr->ends_line[i] = *at == '\n' || *at == '\0' || (another && pr->ends_line[i + 1]);
    }
}

static bool has_own_line(const struct printer *pr, size_t i)
{
    return comment_at(pr, i)->alone && ends_line(pr, i);
}

static uint32_t line_start(const struct printer *pr, size_t i)
{
    uint32_t start = comment_at(pr, i)->span.start;
    while (start > 0 && pr->text[start - 1] != '\n')
        start--;
    return start;
}

static size_t column_of(const struct printer *pr, size_t i)
{
    uint32_t start = line_start(pr, i);
    return layout_columns(pr->text + start, comment_at(pr, i)->span.start - start);
}

/* With tabs as wide as a level. */
static size_t indentation_of(const struct printer *pr, size_t i)
{
    enum { TAB = 4 };
    size_t column = 0;
    for (const char *at = pr->text + line_start(pr, i); is_space(*at); at++)
        column = *at == '\t' ? (column / TAB + 1) * TAB : column + 1;
    return column;
}

bool print_blank_before(const struct printer *pr, uint32_t offset)
{
    int lines = 0;
    while (pr->text && offset > 0 &&
           (is_space(pr->text[offset - 1]) || pr->text[offset - 1] == '\n'))
        lines += pr->text[--offset] == '\n';
    return lines > 1;
}

/* The index behind the last comment before `offset`. */
static size_t batch_end(const struct printer *pr, uint32_t offset)
{
    size_t end = pr->next_comment;
    while (pr->text && end < pr->comments->count && comment_at(pr, end)->span.start < offset)
        end++;
    return end;
}

void print_start(struct printer *pr, uint32_t offset)
{
    pr->item = offset;
    pr->out->start = true;
}

/* A comment that silences warnings does so at the start of an item; another line would not do. */
static void add_trailing(struct printer *pr)
{
    size_t i = pr->next_comment++;
    const char *text = comment_at(pr, i)->text;
    if (str_starts(text, "// pol: allow") && line_start(pr, i) <= pr->item)
        layout_trailing_start(pr->out, text, column_of(pr, i));
    else
        layout_trailing(pr->out, text, column_of(pr, i));
}

static void add_own(struct printer *pr, bool last)
{
    size_t i = pr->next_comment++;
    layout_own(pr->out, comment_at(pr, i)->text, column_of(pr, i),
               print_blank_before(pr, comment_at(pr, i)->span.start), last);
}

static void add_inline(struct printer *pr)
{
    size_t i = pr->next_comment++;
    layout_inline(pr->out, comment_at(pr, i)->text, column_of(pr, i),
                  print_blank_before(pr, comment_at(pr, i)->span.start));
}

/* Can a comment still come behind the last text?  Not behind a `//`, and not before a comment that
 * is printed already. */
static bool has_room(const struct printer *pr)
{
    const struct layout *l = pr->out;
    const struct layout_piece *last = &l->pieces.items[l->texts_end - 1];
    for (size_t i = l->texts_end; i < l->pieces.count; i++) {
        if (l->pieces.items[i].kind == LAYOUT_OWN || l->pieces.items[i].kind == LAYOUT_INLINE)
            return false;
    }
    return l->texts_end > 1 && !(last->kind == LAYOUT_TRAILING && str_starts(last->text, "//"));
}

/* Of the comments up to `end` those that belong to the line before: all up to the last one that
 * ends its line, but only up to the first one that has a line of its own. */
static void print_trailing(struct printer *pr, size_t end)
{
    size_t own = pr->next_comment, last = pr->next_comment;
    while (own < end && !has_own_line(pr, own))
        own++;
    for (size_t i = pr->next_comment; i < own; i++)
        last = ends_line(pr, i) ? i + 1 : last;
    if (own < end)
        last = own;
    while (pr->next_comment < last && has_room(pr))
        add_trailing(pr);
}

void print_comments(struct printer *pr, uint32_t offset)
{
    size_t end = batch_end(pr, offset), last = pr->next_comment;
    print_trailing(pr, end);
    for (size_t i = pr->next_comment; i < end; i++)
        last = ends_line(pr, i) ? i + 1 : last;
    while (pr->next_comment < last)
        add_own(pr, false);
    while (pr->next_comment < end)
        add_inline(pr);
}

void print_comments_inside(struct printer *pr, uint32_t offset)
{
    size_t end = batch_end(pr, offset);
    for (size_t i = pr->next_comment; i < end; i++) {
        if (ends_line(pr, i))
            return;
    }
    while (pr->next_comment < end && has_room(pr)) {
        size_t i = pr->next_comment++;
        layout_behind(pr->out, comment_at(pr, i)->text, column_of(pr, i));
    }
}

void print_comments_after(struct printer *pr, uint32_t offset, size_t deep, bool all)
{
    size_t end = batch_end(pr, offset), last = pr->next_comment;
    for (size_t i = pr->next_comment; all && i < end; i++)
        pr->ends_line[i] = true; /* nothing follows that it could stand before */
    print_trailing(pr, end);
    for (size_t i = pr->next_comment; i < end; i++)
        last = ends_line(pr, i) ? i + 1 : last;
    for (; pr->next_comment < last; add_own(pr, true)) {
        size_t indentation = indentation_of(pr, pr->next_comment);
        if (indentation == 0 && !all)
            return;
        deep = indentation == 0 ? 0 : indentation < deep && deep ? 4 : deep;
        layout_line(pr->out, deep, LAYOUT_KEEP);
    }
}
