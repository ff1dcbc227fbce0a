/* Arena: memory that lives as long as one phase of the compiler and is freed at once.
 *
 * Policy for running out of memory in the compiler: allocation never returns NULL.  When the
 * system has no memory left, pol_fatal_oom() reports it and ends the process; artefacts are
 * written all-or-nothing, so nothing half-done can remain.  A program that needs another reaction
 * links its own definition of pol_fatal_oom().
 *
 * An arena belongs to one thread at a time.  Memory from arena_alloc() is zeroed and aligned for
 * every type.  A zeroed struct arena is a valid empty arena. */
#ifndef LANG_SUPPORT_ARENA_H
#define LANG_SUPPORT_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "lang/support/attr.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    size_t total;               /* bytes handed out */
};

void arena_init(struct arena *a);
/* Frees everything allocated from `a`, which is empty (and usable) afterwards. */
void arena_free(struct arena *a);

void *arena_alloc(struct arena *a, size_t size);
/* `count` elements of `size` bytes; a product that does not fit counts as out of memory. */
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) LANG_PRINTF(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list args) LANG_VPRINTF(2);

/* Room for one more element: returns `items`, or a larger copy when count == *cap. */
void *arena_grow(struct arena *a, void *items, size_t count, size_t *cap, size_t size);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))

/* A growable vector in an arena: a struct with these members.  Old copies stay in the arena, so
 * the waste is at most the size of the final vector. */
#define VEC_OF(type)                                                                               \
    struct {                                                                                       \
        VEC_FIELDS(type);                                                                          \
    }
#define VEC_FIELDS(type)                                                                           \
    type *items;                                                                                   \
    size_t count, cap
#define VEC_PUSH(a, v, item)                                                                       \
    ((v)->items = arena_grow((a), (v)->items, (v)->count, &(v)->cap, sizeof *(v)->items),          \
     (v)->items[(v)->count++] = (item))

/* malloc family with the same policy; the caller frees with free(). */
void *lang_xalloc(size_t size); /* zeroed */
void *lang_xrealloc(void *old, size_t size);
char *lang_xstrdup(const char *s);

/* "out of memory" on stderr, exit status 70. */
_Noreturn void pol_fatal_oom(void);

#endif
