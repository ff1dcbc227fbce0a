/* Building a text in a caller's buffer, like snprintf: what does not fit is only counted.  Private
 * to the runtime's reports. */
#ifndef POL_REPORT_TEXT_H
#define POL_REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct pol_space;

struct text {
    char *buf;
    size_t size, length; /* length: needed so far, without NUL */
};

void text_init(struct text *text, char *buf, size_t size);
void text_add(struct text *text, const char *format, ...);
/* A string in double quotes, with `"`, `\` and control characters escaped. */
void text_quote(struct text *text, const char *string);
void text_set(struct text *text, const struct pol_space *space, const uint32_t *lit);

#endif
