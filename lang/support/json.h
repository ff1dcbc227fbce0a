/* What the renderers for machines share: JSON values that are never missing, and clean text.
 * Private to lang/support.  Running out of memory ends the process. */
#ifndef LANG_SUPPORT_JSON_H
#define LANG_SUPPORT_JSON_H

#include <jansson.h>

/* `value`, which is not NULL. */
json_t *diag_json_checked(json_t *value);

/* Both take over `value`. */
void diag_json_set(json_t *object, const char *key, json_t *value);
void diag_json_append(json_t *array, json_t *value);

/* Text as str_add_clean() lets it through: what a message quotes may be any bytes. */
void diag_json_set_text(json_t *object, const char *key, const char *text);

#endif
