/* Messages. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

int tag_fail(const struct tag_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, err->size, format, args);
    va_end(args);
    return -1;
}

int tag_no_memory(const struct tag_error *err)
{
    return tag_fail(err, "out of memory");
}
