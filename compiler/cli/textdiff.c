/* Myers' algorithm: the shortest way through the grid of old and new lines is found by its length;
 * what each length reached is kept, and the way is read backwards from that. */
#include "compiler/cli/textdiff.h"

#include <stdint.h>
#include <string.h>

#include "lang/support/arena.h"

enum {
    CONTEXT = 3,
    NOWHERE = -(1 << 30),
    MOST_EDITS = 2000, /* texts that differ more are shown as replaced: no one reads that diff */
};

struct text_line {
    const char *text;
    size_t len; /* with its line end, which the last line may lack */
};
struct text_lines {
    VEC_FIELDS(struct text_line);
};

struct differ {
    struct arena arena;
    struct text_lines old, new;
    bool *removed, *added; /* of each line */
};

static struct text_lines split(struct arena *arena, const char *text, size_t len)
{
    struct text_lines lines = {0};
    while (len) {
        const char *end = memchr(text, '\n', len);
        struct text_line line = {text, end ? (size_t)(end + 1 - text) : len};
        VEC_PUSH(arena, &lines, line);
        text += line.len;
        len -= line.len;
    }
    return lines;
}

static bool same(const struct differ *d, size_t old, size_t new)
{
    const struct text_line *a = &d->old.items[old], *b = &d->new.items[new];
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static long slide(const struct differ *d, long x, long y)
{
    while ((size_t)x < d->old.count && (size_t)y < d->new.count && same(d, (size_t)x, (size_t)y))
        x++, y++;
    return x;
}

/* Is the step onto diagonal k, the `edits`-th one, a line added (from k + 1)? */
static bool adds(const long *reach, long k, long edits)
{
    return k == -edits || (k != edits && reach[k - 1] < reach[k + 1]);
}

/* Marks the lines of the way whose `edits` steps reached what reaches[0 .. edits] say. */
static void mark(struct differ *d, long *const *reaches, long edits)
{
    long x = (long)d->old.count, y = (long)d->new.count;
    for (; edits > 0; edits--) {
        const long *reach = reaches[edits - 1] + edits; /* centre of the array */
        long k = x - y;
        bool add = adds(reach, k, edits);
        long before_k = add ? k + 1 : k - 1, before_x = reach[before_k];
        long before_y = before_x - before_k;
        if (add)
            d->added[before_y] = true;
        else
            d->removed[before_x] = true;
        x = before_x;
        y = before_y;
    }
}

/* One more step from what `before` reached; true at the end of both texts. */
static bool advance(const struct differ *d, const long *before, long *reach, long edits)
{
    long old = (long)d->old.count, new = (long)d->new.count;
    for (long k = -edits; k <= edits; k += 2) {
        long x = edits == 0 ? 0 : adds(before, k, edits) ? before[k + 1] : before[k - 1] + 1;
        bool inside = x >= 0 && x <= old && x - k >= 0 && x - k <= new;
        reach[k] = inside ? slide(d, x, x - k) : NOWHERE;
        if (reach[k] == old && reach[k] - k == new)
            return true;
    }
    return false;
}

static void compare(struct differ *d)
{
    long **reaches = ARENA_ARRAY(&d->arena, long *, MOST_EDITS + 1);
    for (long edits = 0; edits <= MOST_EDITS; edits++) {
        long *reach = ARENA_ARRAY(&d->arena, long, 2 * (size_t)edits + 3);
        reaches[edits] = reach;
        const long *before = edits ? reaches[edits - 1] + edits : NULL;
        if (advance(d, before, reach + edits + 1, edits)) {
            mark(d, reaches, edits);
            return;
        }
    }
    for (size_t i = 0; i < d->old.count; i++)
        d->removed[i] = true;
    for (size_t i = 0; i < d->new.count; i++)
        d->added[i] = true;
}

/* --- writing ------------------------------------------------------------------------------- */

static void add_line(struct str_buf *out, char mark, const struct text_line *line)
{
    str_add_char(out, mark);
    str_add_len(out, line->text, line->len);
    if (line->text[line->len - 1] != '\n')
        str_add(out, "\n\\ No newline at end of file\n");
}

/* Lines first + 1 .. first + count, as `diff` writes it. */
static void add_range(struct str_buf *out, char mark, size_t first, size_t count)
{
    str_printf(out, "%c%zu", mark, count ? first + 1 : first);
    if (count != 1)
        str_printf(out, ",%zu", count);
}

struct place {
    size_t old, new;
};

static bool changed(const struct differ *d, struct place at)
{
    return (at.old < d->old.count && d->removed[at.old]) ||
           (at.new < d->new.count && d->added[at.new]);
}

static bool at_end(const struct differ *d, struct place at)
{
    return at.old >= d->old.count && at.new >= d->new.count;
}

static struct place after_change(const struct differ *d, struct place at)
{
    while (at.old < d->old.count && d->removed[at.old])
        at.old++;
    while (at.new < d->new.count && d->added[at.new])
        at.new ++;
    return at;
}

/* The end of the hunk whose first change is at `at`: changes with little between them are one. */
static struct place hunk_end(const struct differ *d, struct place at)
{
    struct place end = at;
    while (!at_end(d, at)) {
        end = at = after_change(d, at);
        for (int same = 0; same < 2 * CONTEXT && !at_end(d, at) && !changed(d, at); same++)
            at.old++, at.new ++;
        if (!changed(d, at))
            break;
    }
    for (int same = 0; same < CONTEXT && !at_end(d, end); same++)
        end.old++, end.new ++;
    return end;
}

static void add_hunk(struct str_buf *out, const struct differ *d, struct place from,
                     struct place to)
{
    str_add(out, "@@ ");
    add_range(out, '-', from.old, to.old - from.old);
    str_add_char(out, ' ');
    add_range(out, '+', from.new, to.new - from.new);
    str_add(out, " @@\n");
    while (from.old < to.old || from.new < to.new) {
        for (; from.old < to.old && d->removed[from.old]; from.old++)
            add_line(out, '-', &d->old.items[from.old]);
        for (; from.new < to.new && d->added[from.new]; from.new ++)
            add_line(out, '+', &d->new.items[from.new]);
        for (; from.old < to.old && !changed(d, from); from.old++, from.new ++)
            add_line(out, ' ', &d->old.items[from.old]);
    }
}

static void add_hunks(struct str_buf *out, const struct differ *d)
{
    struct place at = {0, 0};
    size_t same = 0;
    while (!at_end(d, at)) {
        if (!changed(d, at)) {
            at.old++, at.new ++, same++;
            continue;
        }
        size_t context = same < CONTEXT ? same : CONTEXT;
        struct place end = hunk_end(d, at);
        add_hunk(out, d, (struct place){at.old - context, at.new - context}, end);
        at = end;
        same = 0;
    }
}

void textdiff(struct str_buf *out, const char *old_name, const char *old_text, size_t old_len,
              const char *new_name, const char *new_text, size_t new_len)
{
    if (old_len == new_len && memcmp(old_text, new_text, old_len) == 0)
        return;
    struct differ d = {0};
    d.old = split(&d.arena, old_text, old_len);
    d.new = split(&d.arena, new_text, new_len);
    d.removed = ARENA_ARRAY(&d.arena, bool, d.old.count + 1);
    d.added = ARENA_ARRAY(&d.arena, bool, d.new.count + 1);
    compare(&d);
    str_printf(out, "--- %s\n+++ %s\n", old_name, new_name);
    add_hunks(out, &d);
    arena_free(&d.arena);
}
