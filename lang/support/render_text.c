/* Diagnostics for people: message, source line, caret. */
#include <string.h>

#include "lang/support/diag.h"
#include "lang/support/str.h"

enum {
    TAB = 4,
    WINDOW = 160, /* longer source lines are shown in part */
    LEAD = 60,    /* bytes shown before the caret then */
};

struct style {
    const char *error, *warning, *note, *place, *bold, *end;
};

static const struct style plain = {"", "", "", "", "", ""};
static const struct style coloured = {
    "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m",
};

static const char *severity_style(const struct style *style, enum diag_severity severity)
{
    return severity == DIAG_ERROR     ? style->error
           : severity == DIAG_WARNING ? style->warning
                                      : style->note;
}

static void add_text(struct str_buf *out, const char *text)
{
    str_add_clean(out, text, strlen(text), 1);
}

static size_t digits(uint32_t n)
{
    size_t count = 1;
    while (n >= 10)
        n /= 10, count++;
    return count;
}

/* Moves *at back to the start of a UTF-8 sequence, which is no further than 3 bytes away: in other
 * bytes any place is as good. */
static void align_back(const char *line, uint32_t *at)
{
    uint32_t back = 0;
    while (back < 4 && back < *at && (line[*at - back] & 0xc0) == 0x80)
        back++;
    *at -= back < 4 ? back : 0;
}

/* The source line and below it the marks, `mark` under each column of the span. */
static void add_snippet(struct str_buf *out, const struct style *style, const char *line,
                        uint32_t line_len, uint32_t from, uint32_t to, const char *gutter,
                        uint32_t number, char mark)
{
    uint32_t first = 0, last = line_len;
    if (line_len > WINDOW) {
        first = from > LEAD ? from - LEAD : 0;
        align_back(line, &first);
        last = line_len - first > WINDOW ? first + WINDOW : line_len;
        align_back(line, &last);
    }
    to = to > last ? last : to;
    str_printf(out, "%s%s |%s\n%s%*u |%s ", style->place, gutter, style->end, style->place,
               (int)strlen(gutter), number, style->end);
    str_add(out, first ? "..." : "");
    size_t before = (first ? 3 : 0) + str_add_clean(out, line + first, from - first, TAB);
    size_t width = to > from ? str_add_clean(out, line + from, to - from, TAB) : 0;
    uint32_t rest = to > from ? to : from;
    str_add_clean(out, line + rest, last - rest, TAB);
    str_add(out, last < line_len ? "..." : "");
    str_printf(out, "\n%s%s |%s ", style->place, gutter, style->end);
    str_add_repeat(out, ' ', before);
    str_add_repeat(out, mark, width ? width : 1);
    str_add_char(out, '\n');
}

static void add_place(struct str_buf *out, const struct style *style,
                      const struct lang_source_map *map, struct lang_span span, char mark)
{
    if (!map || !span.file)
        return;
    size_t len;
    struct lang_file_id file = {span.file};
    const char *text = lang_source_text(map, file, &len);
    struct lang_place at = lang_place_at(map, file, span.start);
    size_t width = digits(at.line);
    char gutter[16];
    memset(gutter, ' ', width);
    gutter[width] = '\0';
    str_printf(out, "%s%s-->%s ", style->place, gutter, style->end);
    add_text(out, at.file);
    str_printf(out, ":%u:%u\n", at.line, at.column);
    /* An end of line as the place: the mark stands behind the line. */
    uint32_t from = span.start - at.line_start, to = span.end - at.line_start;
    add_snippet(out, style, text + at.line_start, at.line_len,
                from > at.line_len ? at.line_len : from, to, gutter, at.line, mark);
}

static void add_line(struct str_buf *out, const struct style *style, const char *what,
                     const char *text)
{
    if (!text)
        return;
    str_printf(out, "%s%s%s: ", style->note, what, style->end);
    add_text(out, text);
    str_add_char(out, '\n');
}

static void add_diag(struct str_buf *out, const struct style *style,
                     const struct lang_source_map *map, const struct diag *d)
{
    str_printf(out, "%s%s[%s]%s: %s", severity_style(style, d->severity),
               diag_severity_name(d->severity), diag_code_name(d->code), style->end, style->bold);
    add_text(out, d->message);
    str_printf(out, "%s\n", style->end);
    add_place(out, style, map, d->span, '^');
    for (size_t i = 0; i < d->label_count; i++) {
        str_printf(out, "%snote%s: ", style->note, style->end);
        add_text(out, d->labels[i].text);
        str_add_char(out, '\n');
        add_place(out, style, map, d->labels[i].span, '-');
    }
    add_line(out, style, "witness", d->witness);
    add_line(out, style, "hint", d->hint);
}

bool diag_render_text(const struct diag_sink *sink, FILE *out, bool colour)
{
    struct str_buf text;
    str_init(&text);
    for (size_t i = 0; i < diag_count(sink); i++)
        add_diag(&text, colour ? &coloured : &plain, diag_sink_map(sink), diag_at(sink, i));
    bool ok = fwrite(str_text(&text), 1, text.len, out) == text.len;
    str_free(&text);
    return ok;
}
