/* Texts in callers' buffers. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

#include <pol/tagset.h>

void text_init(struct text *text, char *buf, size_t size)
{
    text->buf = buf;
    text->size = size;
    text->length = 0;
    if (size)
        buf[0] = 0;
}

/* What is left of the buffer, for snprintf. */
static char *rest(const struct text *text, size_t *room)
{
    *room = text->length < text->size ? text->size - text->length : 0;
    return *room ? text->buf + text->length : NULL;
}

void text_add(struct text *text, const char *format, ...)
{
    size_t room;
    char *at = rest(text, &room);
    va_list args;
    va_start(args, format);
    int length = vsnprintf(at, room, format, args);
    va_end(args);
    text->length += length > 0 ? (size_t)length : 0;
}

void text_quote(struct text *text, const char *string)
{
    text_add(text, "\"");
    for (const char *at = string; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\')
            text_add(text, "\\%c", c);
        else if (c == '\n')
            text_add(text, "\\n");
        else if (c < ' ' || c == 127)
            text_add(text, "\\x%02x", c);
        else
            text_add(text, "%c", c);
    }
    text_add(text, "\"");
}

void text_set(struct text *text, const struct pol_space *space, const uint32_t *lit)
{
    size_t room;
    char *at = rest(text, &room);
    text->length += pol_lit_format(space, lit, at, room);
}
