/* Interning: one id and one copy per distinct string.
 *
 * Ids are dense, start at 1 and follow the order of first use; 0 means "no name".  Texts are owned
 * by the interner and stay where they are until intern_free(). */
#ifndef LANG_SUPPORT_INTERN_H
#define LANG_SUPPORT_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intern_id {
    uint32_t v;
};

struct interner;

struct interner *intern_new(void);
void intern_free(struct interner *in); /* NULL is fine */
struct intern_id intern_str(struct interner *in, const char *s);
struct intern_id intern_len(struct interner *in, const char *s, size_t len);
/* The id of `s` if it was interned before, else 0. */
struct intern_id intern_find(const struct interner *in, const char *s);
const char *intern_text(const struct interner *in, struct intern_id id); /* "" for id 0 */
uint32_t intern_count(const struct interner *in);

static inline bool intern_same(struct intern_id a, struct intern_id b)
{
    return a.v == b.v;
}

#endif
