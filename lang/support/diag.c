#include "lang/support/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"
#include "lang/support/str.h"

enum { BUCKETS = 1024 };

struct entry {
    struct diag diag;
    struct entry *next; /* in its bucket */
};

struct diag_sink {
    struct arena arena;
    struct diag hidden;             /* what the caller gets when nobody will see it */
    struct entry *buckets[BUCKETS]; /* all that were filed, by code and place */
    const struct lang_source_map *map;
    VEC_OF(struct diag *) items;
    size_t errors, warnings;
    char too_many[64]; /* message of the last error that is shown */
    bool warnings_are_errors;
    bool allowed[DIAG_CODE_COUNT];
};

static const struct {
    const char *name, *description;
} codes[DIAG_CODE_COUNT] = {
#define DIAG(id, name, description) [DIAG_##id] = {name, description},
#include "lang/support/diag.def"
#undef DIAG
};

const char *diag_code_name(enum diag_code code)
{
    return codes[code].name;
}

const char *diag_code_description(enum diag_code code)
{
    return codes[code].description;
}

bool diag_code_find(const char *name, enum diag_code *code)
{
    for (size_t i = 0; i < DIAG_CODE_COUNT; i++) {
        if (str_eq(codes[i].name, name)) {
            *code = (enum diag_code)i;
            return true;
        }
    }
    return false;
}

const char *diag_severity_name(enum diag_severity severity)
{
    switch (severity) {
    case DIAG_NOTE:
        return "note";
    case DIAG_WARNING:
        return "warning";
    case DIAG_ERROR:
        return "error";
    }
    abort();
}

struct diag_sink *diag_sink_new(const struct lang_source_map *map)
{
    struct diag_sink *sink = lang_xalloc(sizeof *sink);
    sink->map = map;
    return sink;
}

void diag_sink_free(struct diag_sink *sink)
{
    if (!sink)
        return;
    arena_free(&sink->arena);
    free(sink);
}

const struct lang_source_map *diag_sink_map(const struct diag_sink *sink)
{
    return sink->map;
}

void diag_sink_allow(struct diag_sink *sink, enum diag_code code)
{
    sink->allowed[code] = true;
}

void diag_sink_warnings_are_errors(struct diag_sink *sink, bool on)
{
    sink->warnings_are_errors = on;
}

/* --- silencing ----------------------------------------------------------------------------- */

/* Is `code` in the list of codes at `s`, which ends at the first byte that cannot be in one? */
static bool code_listed(const char *s, const char *end, const char *code)
{
    size_t len = strlen(code);
    while (s < end) {
        size_t word = 0;
        while (s + word < end && s[word] != ',' && s[word] != ' ' && s[word] != '\t')
            word++;
        if (word == len && memcmp(s, code, len) == 0)
            return true;
        s += word ? word : 1;
    }
    return false;
}

/* Does the line say `// pol: allow ... code ...`?  With `alone`, only if nothing precedes it. */
static bool line_allows(const char *line, size_t len, const char *code, bool alone)
{
    static const char intro[] = "// pol: allow ";
    const char *end = line + len;
    while (alone && line < end && (*line == ' ' || *line == '\t'))
        line++;
    for (const char *p = line; (size_t)(end - p) >= sizeof intro - 1; p++) {
        if (memcmp(p, intro, sizeof intro - 1) == 0)
            return code_listed(p + sizeof intro - 1, end, code);
        if (alone)
            return false;
    }
    return false;
}

static bool place_allows(const struct lang_source_map *map, struct lang_span span, const char *code)
{
    if (!map || !span.file)
        return false;
    size_t len;
    struct lang_file_id file = {span.file};
    const char *text = lang_source_text(map, file, &len);
    struct lang_place at = lang_place_at(map, file, span.start);
    if (line_allows(text + at.line_start, at.line_len, code, false))
        return true;
    if (at.line_start == 0)
        return false;
    struct lang_place before = lang_place_at(map, file, at.line_start - 1);
    return line_allows(text + before.line_start, before.line_len, code, true);
}

static bool is_silenced(const struct diag_sink *sink, const struct diag *d)
{
    return d->severity != DIAG_ERROR &&
           (sink->allowed[d->code] || place_allows(sink->map, d->span, codes[d->code].name));
}

/* --- reporting ----------------------------------------------------------------------------- */

static bool same_diag(const struct diag *a, const struct diag *b)
{
    return a->code == b->code && a->span.file == b->span.file && a->span.start == b->span.start &&
           a->span.end == b->span.end && str_eq(a->message, b->message);
}

static struct entry **bucket_of(struct diag_sink *sink, const struct diag *d)
{
    uint32_t hash = d->span.start * 31u + d->span.file * 7u + (uint32_t)d->code;
    return &sink->buckets[hash % BUCKETS];
}

static bool is_repeated(struct diag_sink *sink, const struct diag *d)
{
    for (const struct entry *e = *bucket_of(sink, d); e; e = e->next) {
        if (same_diag(&e->diag, d))
            return true;
    }
    return false;
}

/* The caller's to fill in, and nobody's to read. */
static struct diag *hide(struct diag_sink *sink)
{
    sink->hidden = (struct diag){.label_count = DIAG_MAX_LABELS, .sink = sink};
    return &sink->hidden;
}

static struct diag *add(struct diag_sink *sink, const struct diag *d)
{
    struct entry *e = ARENA_NEW(&sink->arena, struct entry), **bucket = bucket_of(sink, d);
    e->diag = *d;
    e->next = *bucket;
    *bucket = e;
    VEC_PUSH(&sink->arena, &sink->items, &e->diag);
    return &e->diag;
}

/* All errors over the limit in one, which counts them. */
static void count_hidden(struct diag_sink *sink)
{
    size_t more = sink->errors - DIAG_ERROR_LIMIT;
    snprintf(sink->too_many, sizeof sink->too_many, "too many errors: %zu more %s not shown", more,
             more == 1 ? "is" : "are");
    if (more > 1)
        return;
    struct diag d = {.severity = DIAG_ERROR, .code = DIAG_TOO_MANY_ERRORS, .sink = sink};
    d.message = sink->too_many;
    add(sink, &d);
}

static struct diag *file_error(struct diag_sink *sink, const struct diag *d)
{
    sink->errors++;
    if (sink->errors <= DIAG_ERROR_LIMIT)
        return add(sink, d);
    count_hidden(sink);
    return hide(sink);
}

static struct diag *vreport(struct diag_sink *sink, enum diag_severity severity,
                            enum diag_code code, struct lang_span span, const char *fmt,
                            va_list args)
{
    struct diag d = {.severity = severity, .code = code, .span = span, .sink = sink};
    if (is_silenced(sink, &d))
        return hide(sink);
    if (severity == DIAG_WARNING && sink->warnings_are_errors)
        d.severity = DIAG_ERROR;
    if (d.severity == DIAG_ERROR && diag_limit_reached(sink))
        return file_error(sink, &d);
    d.message = arena_vprintf(&sink->arena, fmt, args);
    if (is_repeated(sink, &d))
        return hide(sink);
    if (d.severity == DIAG_ERROR)
        return file_error(sink, &d);
    sink->warnings += d.severity == DIAG_WARNING;
    return add(sink, &d);
}

struct diag *diag_report(struct diag_sink *sink, enum diag_severity severity, enum diag_code code,
                         struct lang_span span, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct diag *d = vreport(sink, severity, code, span, fmt, args);
    va_end(args);
    return d;
}

struct diag *diag_error(struct diag_sink *sink, enum diag_code code, struct lang_span span,
                        const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct diag *d = vreport(sink, DIAG_ERROR, code, span, fmt, args);
    va_end(args);
    return d;
}

struct diag *diag_warning(struct diag_sink *sink, enum diag_code code, struct lang_span span,
                          const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct diag *d = vreport(sink, DIAG_WARNING, code, span, fmt, args);
    va_end(args);
    return d;
}

void diag_label(struct diag *d, struct lang_span span, const char *fmt, ...)
{
    if (d->label_count == DIAG_MAX_LABELS)
        return;
    va_list args;
    va_start(args, fmt);
    d->labels[d->label_count].span = span;
    d->labels[d->label_count++].text = arena_vprintf(&d->sink->arena, fmt, args);
    va_end(args);
}

void diag_hint(struct diag *d, const char *fmt, ...)
{
    if (d == &d->sink->hidden)
        return;
    va_list args;
    va_start(args, fmt);
    d->hint = arena_vprintf(&d->sink->arena, fmt, args);
    va_end(args);
}

void diag_witness(struct diag *d, const char *fmt, ...)
{
    if (d == &d->sink->hidden)
        return;
    va_list args;
    va_start(args, fmt);
    d->witness = arena_vprintf(&d->sink->arena, fmt, args);
    va_end(args);
}

size_t diag_error_count(const struct diag_sink *sink)
{
    return sink->errors;
}

size_t diag_warning_count(const struct diag_sink *sink)
{
    return sink->warnings;
}

bool diag_limit_reached(const struct diag_sink *sink)
{
    return sink->errors > DIAG_ERROR_LIMIT;
}

size_t diag_count(const struct diag_sink *sink)
{
    return sink->items.count;
}

const struct diag *diag_at(const struct diag_sink *sink, size_t index)
{
    if (index >= sink->items.count)
        abort();
    return sink->items.items[index];
}

static bool comes_before(const struct diag *a, const struct diag *b)
{
    if (a->span.file != b->span.file)
        return b->span.file == 0 || (a->span.file && a->span.file < b->span.file);
    return a->span.start < b->span.start;
}

/* Insertion: each step reports nearly in order, and there are few steps. */
void diag_sort(struct diag_sink *sink, size_t from)
{
    for (size_t i = from + 1; i < sink->items.count; i++) {
        struct diag *d = sink->items.items[i];
        size_t k = i;
        for (; k > from && comes_before(d, sink->items.items[k - 1]); k--)
            sink->items.items[k] = sink->items.items[k - 1];
        sink->items.items[k] = d;
    }
}
