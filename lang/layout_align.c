/* Columns of a layout's rows. */
#include "lang/layout.h"

struct row {
    size_t first, end;                /* pieces */
    size_t ends[LAYOUT_MOST_CELLS];   /* of its cells */
    size_t widths[LAYOUT_MOST_CELLS]; /* of its cells, in columns */
    size_t cells, rest;               /* and what stands behind the last one */
    bool plain;                       /* without comments and line ends inside */
    bool joined;                      /* to the row above */
};
struct rows {
    VEC_FIELDS(struct row);
};

static bool is_comment(enum layout_kind kind)
{
    return kind == LAYOUT_TRAILING || kind == LAYOUT_OWN || kind == LAYOUT_INLINE ||
           kind == LAYOUT_BEHIND;
}

/* Where the last text of pieces first .. end - 1 ends; sets whether the first one stood behind an
 * empty line. */
static size_t texts_end(const struct layout *l, size_t first, size_t end, bool *blank)
{
    size_t last = first;
    for (size_t i = first; i < end; i++) {
        if (l->pieces.items[i].kind != LAYOUT_TEXT)
            continue;
        *blank = last == first ? l->pieces.items[i].blank : *blank;
        last = i + 1;
    }
    return last;
}

static struct row row_at(const struct layout *l, size_t first, size_t end)
{
    bool blank = false;
    struct row row = {.first = first, .plain = true};
    row.end = texts_end(l, first, end, &blank);
    row.joined = !blank;
    size_t width = 0;
    for (size_t i = first; i < row.end; i++) {
        const struct layout_piece *piece = &l->pieces.items[i];
        row.plain = row.plain && !is_comment(piece->kind) && !piece->hard;
        if (piece->cell && row.cells < LAYOUT_MOST_CELLS) {
            row.ends[row.cells] = i;
            row.widths[row.cells++] = width;
            width = 0;
        } else {
            width += piece->width;
        }
    }
    row.rest = width;
    return row;
}

/* Comments between two rows part them. */
static bool parted(const struct layout *l, const struct row *above, size_t first)
{
    for (size_t i = above->end; i < first; i++) {
        if (l->pieces.items[i].kind == LAYOUT_OWN || l->pieces.items[i].kind == LAYOUT_INLINE)
            return true;
    }
    return false;
}

static struct rows find_rows(struct layout *l, size_t from)
{
    struct rows rows = {0};
    size_t count = l->pieces.count;
    for (size_t i = from; i < count;) {
        size_t next = i + 1;
        while (next < count && l->pieces.items[next].kind != LAYOUT_ROW)
            next++;
        if (l->pieces.items[i].kind == LAYOUT_ROW) {
            struct row row = row_at(l, i, next);
            const struct row *above = rows.count ? &rows.items[rows.count - 1] : NULL;
            row.joined = row.joined && above && !parted(l, above, i);
            VEC_PUSH(&l->arena, &rows, row);
        }
        i = next;
    }
    return rows;
}

/* The widest cell of each column. */
static void widest(const struct row *rows, size_t count, size_t *columns)
{
    for (size_t k = 0; k < LAYOUT_MOST_CELLS; k++) {
        columns[k] = 0;
        for (size_t i = 0; i < count; i++) {
            if (k < rows[i].cells && rows[i].widths[k] > columns[k])
                columns[k] = rows[i].widths[k];
        }
    }
}

/* How wide a row is with its first `aligned` cells as wide as the columns. */
static size_t row_width(const struct row *row, const size_t *columns, size_t aligned)
{
    size_t width = row->rest;
    for (size_t k = 0; k < row->cells; k++)
        width += (k < aligned ? columns[k] : row->widths[k]) + 1;
    return width;
}

/* Others stand between runs. */
static bool on_one_line(const struct row *row, size_t room)
{
    return row->plain && row_width(row, NULL, 0) <= room;
}

static bool all_fit(const struct row *rows, size_t count, const size_t *columns, size_t aligned,
                    size_t room)
{
    for (size_t i = 0; i < count; i++) {
        if (row_width(&rows[i], columns, aligned) > room)
            return false;
    }
    return true;
}

static void align_run(struct layout *l, const struct row *rows, size_t count, size_t room)
{
    size_t columns[LAYOUT_MOST_CELLS], aligned = LAYOUT_MOST_CELLS;
    widest(rows, count, columns);
    while (aligned && !all_fit(rows, count, columns, aligned, room))
        aligned--;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < rows[i].cells && k < aligned; k++)
            l->pieces.items[rows[i].ends[k]].width = columns[k] - rows[i].widths[k] + 1;
    }
}

void layout_align(struct layout *l, size_t from, size_t indent)
{
    struct rows rows = find_rows(l, from);
    size_t room = l->width - indent;
    for (size_t i = 0, end; i < rows.count; i = end) {
        end = i + 1;
        if (!on_one_line(&rows.items[i], room))
            continue;
        while (end < rows.count && rows.items[end].joined && on_one_line(&rows.items[end], room))
            end++;
        align_run(l, &rows.items[i], end - i, room);
    }
}

void layout_align_all(struct layout *l, size_t from, size_t indent)
{
    enum { WIDE = 40, GAP = 2, STEP = 4 };
    struct rows rows = find_rows(l, from);
    size_t column = 0;
    for (size_t i = 0; i < rows.count; i++) {
        size_t width = rows.items[i].widths[0];
        column = width > column && width <= WIDE ? width : column;
    }
    column = (indent + column + GAP + STEP - 1) / STEP * STEP - indent;
    for (size_t i = 0; i < rows.count; i++) {
        size_t width = rows.items[i].widths[0];
        bool stands_out = width + GAP > column;
        if (rows.items[i].cells)
            l->pieces.items[rows.items[i].ends[0]].width = stands_out ? GAP : column - width;
    }
}
