/* The difference of two texts, line by line, in the unified form that `patch` reads. */
#ifndef COMPILER_CLI_TEXTDIFF_H
#define COMPILER_CLI_TEXTDIFF_H

#include "lang/support/str.h"

/* Appends nothing if the texts are equal.  The names stand in the heading. */
void textdiff(struct str_buf *out, const char *old_name, const char *old_text, size_t old_len,
              const char *new_name, const char *new_text, size_t new_len);

#endif
