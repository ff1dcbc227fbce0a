/* Diagnostics for machines. */
#include <jansson.h>
#include <string.h>

#include "lang/support/arena.h"
#include "lang/support/diag.h"
#include "lang/support/str.h"

static json_t *checked(json_t *value)
{
    if (!value)
        pol_fatal_oom();
    return value;
}

/* Takes over `value`. */
static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, checked(value)) != 0)
        pol_fatal_oom();
}

static void set_text(json_t *object, const char *key, const char *text)
{
    struct str_buf clean;
    str_init(&clean);
    str_add_clean(&clean, text, strlen(text), 1);
    set(object, key, json_string(str_text(&clean)));
    str_free(&clean);
}

static void set_place(json_t *object, const struct lang_source_map *map, struct lang_span span)
{
    if (!map || !span.file)
        return;
    struct lang_file_id file = {span.file};
    struct lang_place start = lang_place_at(map, file, span.start);
    struct lang_place end = lang_place_at(map, file, span.end);
    set_text(object, "file", start.file);
    set(object, "line", json_integer(start.line));
    set(object, "column", json_integer(start.column));
    set(object, "endLine", json_integer(end.line));
    set(object, "endColumn", json_integer(end.column));
}

static json_t *related(const struct lang_source_map *map, const struct diag *d)
{
    json_t *list = checked(json_array());
    for (size_t i = 0; i < d->label_count; i++) {
        json_t *item = checked(json_object());
        set_text(item, "message", d->labels[i].text);
        set_place(item, map, d->labels[i].span);
        if (json_array_append_new(list, item) != 0)
            pol_fatal_oom();
    }
    return list;
}

static json_t *diag_object(const struct lang_source_map *map, const struct diag *d)
{
    json_t *object = checked(json_object());
    set_text(object, "code", diag_code_name(d->code));
    set_text(object, "severity", diag_severity_name(d->severity));
    set_text(object, "message", d->message);
    set_place(object, map, d->span);
    set(object, "related", related(map, d));
    if (d->hint)
        set_text(object, "hint", d->hint);
    return object;
}

bool diag_render_json(const struct diag_sink *sink, FILE *out)
{
    json_t *list = checked(json_array());
    for (size_t i = 0; i < diag_count(sink); i++) {
        if (json_array_append_new(list, diag_object(diag_sink_map(sink), diag_at(sink, i))) != 0)
            pol_fatal_oom();
    }
    bool ok = json_dumpf(list, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
    json_decref(list);
    return ok;
}
