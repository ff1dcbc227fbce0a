/* Diagnostics for machines. */
#include "lang/support/diag.h"
#include "lang/support/json.h"

static void set_place(json_t *object, const struct lang_source_map *map, struct lang_span span)
{
    if (!map || !span.file)
        return;
    struct lang_file_id file = {span.file};
    struct lang_place start = lang_place_at(map, file, span.start);
    struct lang_place end = lang_place_at(map, file, span.end);
    diag_json_set_text(object, "file", start.file);
    diag_json_set(object, "line", json_integer(start.line));
    diag_json_set(object, "column", json_integer(start.column));
    diag_json_set(object, "endLine", json_integer(end.line));
    diag_json_set(object, "endColumn", json_integer(end.column));
}

static json_t *related(const struct lang_source_map *map, const struct diag *d)
{
    json_t *list = diag_json_checked(json_array());
    for (size_t i = 0; i < d->label_count; i++) {
        json_t *item = diag_json_checked(json_object());
        diag_json_set_text(item, "message", d->labels[i].text);
        set_place(item, map, d->labels[i].span);
        diag_json_append(list, item);
    }
    return list;
}

static json_t *finding(const struct lang_source_map *map, const struct diag *d)
{
    json_t *object = diag_json_checked(json_object());
    diag_json_set_text(object, "code", diag_code_name(d->code));
    diag_json_set_text(object, "severity", diag_severity_name(d->severity));
    diag_json_set_text(object, "message", d->message);
    set_place(object, map, d->span);
    diag_json_set(object, "related", related(map, d));
    if (d->hint)
        diag_json_set_text(object, "hint", d->hint);
    if (d->witness)
        diag_json_set_text(object, "witness", d->witness);
    return object;
}

bool diag_render_json(const struct diag_sink *sink, FILE *out)
{
    json_t *list = diag_json_checked(json_array());
    for (size_t i = 0; i < diag_count(sink); i++)
        diag_json_append(list, finding(diag_sink_map(sink), diag_at(sink, i)));
    json_t *top = diag_json_checked(json_object());
    diag_json_set(top, "findings", list);
    bool ok = json_dumpf(top, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
    json_decref(top);
    return ok;
}
