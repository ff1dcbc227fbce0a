/* Tuples of a relation from a file: a JSON array of arrays of names and numbers. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include "compiler/sema/relation.h"

struct reading {
    struct relation_build *build;
    const struct sema_relation_option *option;
    struct lang_file_id file;
    const char *text;
    size_t size;
    size_t tuple; /* at hand */
    json_t *json;
};

/* --- places -------------------------------------------------------------------------------- */

/* The text is known to be JSON, so that it suffices to tell strings and brackets apart. */
static size_t end_of_string(const struct reading *r, size_t at)
{
    for (at++; at < r->size && r->text[at] != '"'; at++)
        at += r->text[at] == '\\';
    return at + 1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(const struct reading *r, size_t at)
{
    while (at < r->size && is_space(r->text[at]))
        at++;
    return at;
}

/* Behind the value that begins at `at`. */
static size_t end_of_value(const struct reading *r, size_t at)
{
    size_t depth = 0;
    while (at < r->size) {
        char c = r->text[at];
        if (c == '"') {
            at = end_of_string(r, at);
        } else if (c == '[' || c == '{') {
            depth++;
            at++;
        } else if (c == ']' || c == '}') {
            if (depth == 0)
                return at;
            depth--;
            at++;
        } else if (depth == 0 && (c == ',' || is_space(c))) {
            return at;
        } else {
            at++;
            continue;
        }
        if (depth == 0)
            return at;
    }
    return at;
}

/* Where element `index` of the array at `at` begins. */
static size_t element(const struct reading *r, size_t at, size_t index)
{
    at = skip_space(r, at + 1);
    for (size_t i = 0; i < index; i++) {
        at = skip_space(r, end_of_value(r, at));
        at = skip_space(r, at + 1);
    }
    return at;
}

static struct lang_span span(const struct reading *r, size_t from, size_t to)
{
    return lang_span_make(r->file, (uint32_t)from, (uint32_t)to);
}

static struct lang_span tuple_span(const struct reading *r)
{
    size_t at = element(r, skip_space(r, 0), r->tuple);
    return span(r, at, end_of_value(r, at));
}

static struct lang_span field_span(const struct reading *r, size_t field)
{
    size_t at = element(r, element(r, skip_space(r, 0), r->tuple), field);
    return span(r, at, end_of_value(r, at));
}

/* --- values -------------------------------------------------------------------------------- */

static bool name_value(const struct reading *r, uint32_t type, size_t field, const char *text,
                       uint64_t *value)
{
    struct sema *s = r->build->s;
    const struct model_type *t = &s->types.items[type];
    struct ast_name name = {text, intern_find(s->names, text), LANG_NO_SPAN};
    uint32_t found;
    if (name.id.v && sema_value(s, type, name.id, &found)) {
        *value = found;
        return true;
    }
    name.span = field_span(r, field);
    if (sema_has_names(t))
        sema_unknown_value(s, type, &name);
    else
        diag_error(s->sink, DIAG_WRONG_TYPE, name.span, "type `%s` has integers, not names",
                   t->name);
    return false;
}

static bool number_value(const struct reading *r, uint32_t type, size_t field, json_int_t number,
                         uint64_t *value)
{
    struct sema *s = r->build->s;
    const struct model_type *t = &s->types.items[type];
    *value = (uint64_t)number;
    if (sema_has_names(t))
        sema_no_integer(s, type, field_span(r, field));
    else if (number < 0 || *value >= t->limit)
        diag_error(s->sink, DIAG_VALUE_RANGE, field_span(r, field), "%lld is no value of type %s",
                   (long long)number, t->name);
    else
        return true;
    return false;
}

static bool value_of(const struct reading *r, uint32_t type, size_t field, const json_t *json,
                     uint64_t *value)
{
    if (json_is_string(json))
        return name_value(r, type, field, json_string_value(json), value);
    if (json_is_integer(json))
        return number_value(r, type, field, json_integer_value(json), value);
    diag_error(r->build->s->sink, DIAG_BAD_RELATION, field_span(r, field),
               "a tuple holds names and integers");
    return false;
}

static void add_tuple(const struct reading *r, const json_t *json)
{
    const struct model_relation *m = &r->build->relation->model;
    struct diag_sink *sink = r->build->s->sink;
    uint64_t values[POL_MAX_ARGS];
    bool ok = true;
    if (!json_is_array(json)) {
        diag_error(sink, DIAG_BAD_RELATION, tuple_span(r),
                   "a relation's file is an array of arrays, and this is none");
        return;
    }
    if (json_array_size(json) != m->ntypes) {
        struct diag *d = diag_error(sink, DIAG_WRONG_ARITY, tuple_span(r),
                                    "relation `%s` has %u argument%s, not %zu", m->name, m->ntypes,
                                    m->ntypes == 1 ? "" : "s", json_array_size(json));
        diag_label(d, m->loc.span, "declared here");
        return;
    }
    for (uint32_t i = 0; i < m->ntypes; i++)
        ok &= value_of(r, m->types[i], i, json_array_get(json, i), &values[i]);
    if (ok)
        relation_set(r->build, values);
}

/* --- the file ------------------------------------------------------------------------------ */

static void report_syntax(const struct reading *r, const json_error_t *error)
{
    size_t at = error->position < 0 ? 0 : (size_t)error->position;
    size_t from = at ? at - 1 : 0;
    if (from > r->size)
        from = r->size;
    diag_error(r->build->s->sink, DIAG_BAD_RELATION,
               span(r, from, from < r->size ? from + 1 : from),
               "the relation's file is no JSON: %s", error->text);
}

static void read_tuples(struct reading *r)
{
    json_error_t error;
    r->json = json_loadb(r->text, r->size, JSON_REJECT_DUPLICATES, &error);
    if (!r->json) {
        report_syntax(r, &error);
        return;
    }
    if (json_is_array(r->json))
        for (r->tuple = 0; r->tuple < json_array_size(r->json); r->tuple++) {
            if (diag_limit_reached(r->build->s->sink))
                break;
            add_tuple(r, json_array_get(r->json, r->tuple));
        }
    else
        diag_error(r->build->s->sink, DIAG_BAD_RELATION, span(r, 0, r->size ? 1 : 0),
                   "a relation's file is an array of arrays, and this is none");
    json_decref(r->json);
}

void relation_read(struct relation_build *build, const struct sema_relation_option *option)
{
    struct sema *s = build->s;
    struct reading r = {.build = build, .option = option};
    int error = lang_source_load(s->map, option->path, &r.file);
    if (error) {
        diag_error(s->sink, DIAG_CANNOT_READ, build->relation->model.loc.span,
                   "the tuples of relation `%s` cannot be read from %s: %s",
                   build->relation->model.name, option->path, strerror(error));
        return;
    }
    r.text = lang_source_text(s->map, r.file, &r.size);
    VEC_PUSH(&s->tmp, &s->relation_files, r.file);
    read_tuples(&r);
}
