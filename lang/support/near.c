/* Edit distance and "did you mean". */
#include <ctype.h>
#include <string.h>

#include "lang/support/str.h"

enum { LONGEST = 64 };

static unsigned min2(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* One row of the table: row[j] is the distance of the first i bytes of a and the first j of b;
 * prev and prev2 are the rows i - 1 and i - 2.  Returns the least value of the row. */
static unsigned distance_row(const char *a, const char *b, size_t blen, size_t i, unsigned *row,
                             const unsigned *prev, const unsigned *prev2)
{
    unsigned least = row[0] = (unsigned)i;
    for (size_t j = 1; j <= blen; j++) {
        unsigned change = prev[j - 1] + (a[i - 1] != b[j - 1]);
        row[j] = min2(change, min2(prev[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = min2(row[j], prev2[j - 2] + 1);
        least = min2(least, row[j]);
    }
    return least;
}

unsigned str_distance(const char *a, const char *b, unsigned limit)
{
    if (strcmp(a, b) == 0)
        return 0;
    size_t alen = strlen(a), blen = strlen(b);
    size_t gap = alen > blen ? alen - blen : blen - alen;
    if (alen > LONGEST || blen > LONGEST || gap > limit)
        return limit + 1;
    unsigned rows[3][LONGEST + 1];
    for (size_t j = 0; j <= blen; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= alen; i++) {
        unsigned least =
            distance_row(a, b, blen, i, rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3]);
        if (least > limit)
            return limit + 1;
    }
    return min2(rows[alen % 3][blen], limit + 1);
}

void str_near_init(struct str_near *n, const char *name)
{
    size_t len = strlen(name);
    n->name = name;
    n->best = NULL;
    /* A distance only counts when it is less than this. */
    n->distance = len <= 2 ? 2 : len <= 5 ? 3 : 4;
}

static bool same_but_case(const char *a, const char *b)
{
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b))
        a++, b++;
    return *a == *b;
}

void str_near_offer(struct str_near *n, const char *candidate)
{
    if (n->distance == 0)
        return;
    unsigned distance =
        same_but_case(n->name, candidate) ? 1 : str_distance(n->name, candidate, n->distance - 1);
    /* A name that shares nothing is no suggestion: "ab" for "x". */
    if (distance >= n->distance || distance >= strlen(n->name))
        return;
    n->best = candidate;
    n->distance = distance;
}

const char *str_nearest(const char *name, const char *const *candidates, size_t count)
{
    struct str_near near;
    str_near_init(&near, name);
    for (size_t i = 0; i < count; i++)
        str_near_offer(&near, candidates[i]);
    return near.best;
}
