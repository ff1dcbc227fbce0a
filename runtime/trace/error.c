/* Filling in a struct pol_trace_error. */
#include "internal.h"

#include <stdarg.h>

int trace_fail(struct pol_trace_error *error, uint64_t line, uint64_t offset, const char *format,
               ...)
{
    va_list list;
    va_start(list, format);
    error->line = line;
    error->offset = offset;
    vsnprintf(error->message, sizeof error->message, format, list);
    va_end(list);
    return -1;
}
