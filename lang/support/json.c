#include "lang/support/json.h"

#include <string.h>

#include "lang/support/arena.h"
#include "lang/support/str.h"

json_t *diag_json_checked(json_t *value)
{
    if (!value)
        pol_fatal_oom();
    return value;
}

void diag_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, diag_json_checked(value)) != 0)
        pol_fatal_oom();
}

void diag_json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, diag_json_checked(value)) != 0)
        pol_fatal_oom();
}

void diag_json_set_text(json_t *object, const char *key, const char *text)
{
    struct str_buf clean;
    str_init(&clean);
    str_add_clean(&clean, text, strlen(text), 1);
    diag_json_set(object, key, json_string(str_text(&clean)));
    str_free(&clean);
}
