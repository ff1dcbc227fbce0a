#include "lang/support/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CHUNK = 4096,
    LARGEST_CHUNK = 1 << 20, /* growth stops here; larger requests get a chunk of their own */
};

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

void arena_free(struct arena *a)
{
    struct arena_chunk *chunk = a->chunks;
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    arena_init(a);
}

static struct arena_chunk *new_chunk(const struct arena *a, size_t size)
{
    size_t want = a->chunks ? a->chunks->size * 2 : FIRST_CHUNK;
    if (want > LARGEST_CHUNK)
        want = LARGEST_CHUNK;
    if (want < size)
        want = size;
    if (want > SIZE_MAX - sizeof(struct arena_chunk))
        pol_fatal_oom();
    struct arena_chunk *chunk = calloc(1, sizeof *chunk + want);
    if (!chunk)
        pol_fatal_oom();
    chunk->size = want;
    return chunk;
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX - align)
        pol_fatal_oom();
    size = (size + align - 1) / align * align;
    struct arena_chunk *chunk = a->chunks;
    if (!chunk || chunk->size - chunk->used < size) {
        chunk = new_chunk(a, size);
        chunk->next = a->chunks;
        a->chunks = chunk;
    }
    void *p = chunk->data + chunk->used;
    chunk->used += size;
    a->total += size;
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        pol_fatal_oom();
    return arena_alloc(a, count * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    if (len == SIZE_MAX)
        pol_fatal_oom();
    char *copy = arena_alloc(a, len + 1);
    memcpy(copy, s, len);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    if (len < 0)
        abort();
    char *text = arena_alloc(a, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(a, fmt, args);
    va_end(args);
    return text;
}

void *arena_grow(struct arena *a, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    if (*cap > SIZE_MAX / 2)
        pol_fatal_oom();
    size_t new_cap = *cap ? *cap * 2 : 4;
    void *larger = arena_array(a, new_cap, size);
    if (count)
        memcpy(larger, items, count * size);
    *cap = new_cap;
    return larger;
}

void *lang_xalloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        pol_fatal_oom();
    return p;
}

void *lang_xrealloc(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (!p)
        pol_fatal_oom();
    return p;
}

char *lang_xstrdup(const char *s)
{
    size_t size = strlen(s) + 1;
    return memcpy(lang_xalloc(size), s, size);
}
