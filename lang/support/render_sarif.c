/* Diagnostics as a SARIF 2.1.0 log, for code scanning services and editors. */
#include <string.h>

#include "lang/support/diag.h"
#include "lang/support/json.h"
#include "lang/support/str.h"

static json_t *object_new(void)
{
    return diag_json_checked(json_object());
}

static json_t *array_new(void)
{
    return diag_json_checked(json_array());
}

/* {"text": ..}: the form of every message. */
static json_t *message(const char *text)
{
    json_t *object = object_new();
    diag_json_set_text(object, "text", text);
    return object;
}

static json_t *rules(void)
{
    json_t *list = array_new();
    for (size_t i = 0; i < DIAG_CODE_COUNT; i++) {
        json_t *rule = object_new();
        diag_json_set_text(rule, "id", diag_code_name((enum diag_code)i));
        diag_json_set(rule, "shortDescription", message(diag_code_description((enum diag_code)i)));
        diag_json_append(list, rule);
    }
    return list;
}

static json_t *tool(const char *version)
{
    json_t *driver = object_new(), *object = object_new();
    diag_json_set_text(driver, "name", "policyc");
    diag_json_set_text(driver, "version", version);
    diag_json_set(driver, "rules", rules());
    diag_json_set(object, "driver", driver);
    return object;
}

/* A path as a URI reference: what has a meaning there, and all that is not ASCII, is escaped. */
static json_t *artifact(const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~/";
    struct str_buf uri;
    str_init(&uri);
    if (path[0] == '/')
        str_add(&uri, "file://");
    for (; *path; path++) {
        if (strchr(plain, *path))
            str_add_char(&uri, *path);
        else
            str_printf(&uri, "%%%02X", (unsigned)(unsigned char)*path);
    }
    json_t *object = object_new();
    diag_json_set_text(object, "uri", str_text(&uri));
    str_free(&uri);
    return object;
}

/* Columns count characters; bytes that are no UTF-8 count one each. */
static void set_position(json_t *region, const char *line_key, const char *column_key,
                         const char *text, struct lang_place at)
{
    struct str_buf shown;
    str_init(&shown);
    size_t before = str_add_clean(&shown, text + at.line_start, at.column - 1, 1);
    str_free(&shown);
    diag_json_set(region, line_key, json_integer(at.line));
    diag_json_set(region, column_key, json_integer((json_int_t)before + 1));
}

/* NULL for a span without a place. */
static json_t *location(const struct lang_source_map *map, struct lang_span span)
{
    if (!map || !span.file)
        return NULL;
    size_t len;
    struct lang_file_id file = {span.file};
    const char *text = lang_source_text(map, file, &len);
    struct lang_place start = lang_place_at(map, file, span.start);
    json_t *region = object_new(), *physical = object_new(), *object = object_new();
    set_position(region, "startLine", "startColumn", text, start);
    set_position(region, "endLine", "endColumn", text, lang_place_at(map, file, span.end));
    diag_json_set(physical, "artifactLocation", artifact(start.file));
    diag_json_set(physical, "region", region);
    diag_json_set(object, "physicalLocation", physical);
    return object;
}

/* Labels without a place are left to the message. */
static json_t *related(const struct lang_source_map *map, const struct diag *d)
{
    json_t *list = array_new();
    for (size_t i = 0; i < d->label_count; i++) {
        json_t *object = location(map, d->labels[i].span);
        if (!object)
            continue;
        diag_json_set(object, "id", json_integer((json_int_t)i + 1));
        diag_json_set(object, "message", message(d->labels[i].text));
        diag_json_append(list, object);
    }
    return list;
}

static json_t *properties(const struct diag *d)
{
    json_t *object = object_new();
    if (d->hint)
        diag_json_set_text(object, "hint", d->hint);
    if (d->witness)
        diag_json_set_text(object, "witness", d->witness);
    return object;
}

static json_t *result(const struct lang_source_map *map, const struct diag *d)
{
    json_t *object = object_new(), *list = array_new(), *place = location(map, d->span);
    diag_json_set_text(object, "ruleId", diag_code_name(d->code));
    diag_json_set(object, "ruleIndex", json_integer((json_int_t)d->code));
    diag_json_set_text(object, "level", diag_severity_name(d->severity));
    diag_json_set(object, "message", message(d->message));
    if (place)
        diag_json_append(list, place);
    diag_json_set(object, "locations", list);
    if (d->label_count)
        diag_json_set(object, "relatedLocations", related(map, d));
    if (d->hint || d->witness)
        diag_json_set(object, "properties", properties(d));
    return object;
}

static json_t *run(const struct diag_sink *sink, const char *version)
{
    json_t *object = object_new(), *results = array_new();
    for (size_t i = 0; i < diag_count(sink); i++)
        diag_json_append(results, result(diag_sink_map(sink), diag_at(sink, i)));
    diag_json_set(object, "tool", tool(version));
    diag_json_set_text(object, "columnKind", "unicodeCodePoints");
    diag_json_set(object, "results", results);
    return object;
}

bool diag_render_sarif(const struct diag_sink *sink, const char *version, FILE *out)
{
    json_t *log = object_new(), *runs = array_new();
    diag_json_append(runs, run(sink, version));
    diag_json_set_text(log, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    diag_json_set_text(log, "version", "2.1.0");
    diag_json_set(log, "runs", runs);
    bool ok = json_dumpf(log, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
    json_decref(log);
    return ok;
}
