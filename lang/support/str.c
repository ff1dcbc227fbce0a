#include "lang/support/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"

void str_init(struct str_buf *b)
{
    *b = (struct str_buf){0};
}

void str_free(struct str_buf *b)
{
    free(b->data);
    str_init(b);
}

void str_clear(struct str_buf *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

void str_cut(struct str_buf *b, size_t len)
{
    if (len > b->len)
        abort();
    b->len = len;
    if (b->data)
        b->data[len] = '\0';
}

/* Room for `extra` more bytes and the NUL. */
static void reserve(struct str_buf *b, size_t extra)
{
    if (extra >= SIZE_MAX / 2 - b->len)
        pol_fatal_oom();
    size_t need = b->len + extra + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    b->data = lang_xrealloc(b->data, cap);
    b->cap = cap;
}

void str_add_len(struct str_buf *b, const char *s, size_t len)
{
    reserve(b, len);
    if (len)
        memcpy(b->data + b->len, s, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void str_add(struct str_buf *b, const char *s)
{
    str_add_len(b, s, strlen(s));
}

void str_add_char(struct str_buf *b, char c)
{
    str_add_len(b, &c, 1);
}

void str_add_repeat(struct str_buf *b, char c, size_t count)
{
    reserve(b, count);
    memset(b->data + b->len, c, count);
    b->len += count;
    b->data[b->len] = '\0';
}

void str_vprintf(struct str_buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    if (len < 0)
        abort();
    reserve(b, (size_t)len);
    vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
    b->len += (size_t)len;
    va_end(again);
}

void str_printf(struct str_buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    str_vprintf(b, fmt, args);
    va_end(args);
}

const char *str_text(const struct str_buf *b)
{
    return b->data ? b->data : "";
}

bool str_eq(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}
