/* String builder, and the search for the nearest of several names.
 *
 * A struct str_buf owns heap memory until str_free().  `data` is always NUL-terminated once
 * anything was appended; str_text() is "" for an empty builder. */
#ifndef LANG_SUPPORT_STR_H
#define LANG_SUPPORT_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "lang/support/attr.h"

struct str_buf {
    char *data;
    size_t len, cap;
};

void str_init(struct str_buf *b);
void str_free(struct str_buf *b);
void str_clear(struct str_buf *b);
/* Shortens to `len` bytes, which is at most what there is. */
void str_cut(struct str_buf *b, size_t len);
void str_add(struct str_buf *b, const char *s);
void str_add_len(struct str_buf *b, const char *s, size_t len);
void str_add_char(struct str_buf *b, char c);
void str_add_repeat(struct str_buf *b, char c, size_t count);
void str_printf(struct str_buf *b, const char *fmt, ...) LANG_PRINTF(2, 3);
void str_vprintf(struct str_buf *b, const char *fmt, va_list args) LANG_VPRINTF(2);
const char *str_text(const struct str_buf *b);

/* Appends text that a terminal or a JSON writer may get: valid UTF-8 stays, everything else that is
 * not printable becomes '?', a tab becomes `tab` spaces.  Returns the number of columns added. */
size_t str_add_clean(struct str_buf *b, const char *s, size_t len, size_t tab);

bool str_eq(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);

/* Edit distance (insert, delete, replace, swap of neighbours), or limit + 1 when it is more than
 * `limit`.  Names longer than 64 bytes count as too far from everything but themselves. */
unsigned str_distance(const char *a, const char *b, unsigned limit);

/* "Did you mean": offer candidates one by one, then read `best` (NULL: nothing near enough).  The
 * first of equally near candidates wins, so the order of offers must be deterministic.  The
 * candidates are not copied. */
struct str_near {
    const char *name;
    const char *best;
    unsigned distance;
};
void str_near_init(struct str_near *n, const char *name);
void str_near_offer(struct str_near *n, const char *candidate);
/* The same over an array. */
const char *str_nearest(const char *name, const char *const *candidates, size_t count);

#endif
