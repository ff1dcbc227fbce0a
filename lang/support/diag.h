/* Diagnostics as values: a sink collects them, renderers print them.
 *
 * Every diagnostic has a stable code, listed with a description in diag.def; all layers add theirs
 * there.  The sink copies all strings.  Warnings can be silenced by code, or at a place by the
 * comment `// pol: allow CODE[, CODE]...` on the same or the preceding line.  After
 * DIAG_ERROR_LIMIT errors one "too many errors" is added, which says how many there are more.  A
 * diagnostic equal to an earlier one in code, place and message is dropped.
 *
 *     struct diag *d = diag_error(sink, DIAG_UNKNOWN_NAME, name.span, "unknown tag `%s`", text);
 *     diag_label(d, other.span, "declared here");
 *     diag_hint(d, "did you mean `%s`?", best);
 */
#ifndef LANG_SUPPORT_DIAG_H
#define LANG_SUPPORT_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lang/support/attr.h"
#include "lang/support/span.h"

#define DIAG_ERROR_LIMIT 20
#define DIAG_MAX_LABELS 3

enum diag_severity {
    DIAG_NOTE,
    DIAG_WARNING,
    DIAG_ERROR,
};

enum diag_code {
#define DIAG(id, name, description) DIAG_##id,
#include "lang/support/diag.def"
#undef DIAG
    DIAG_CODE_COUNT
};

struct diag_sink;

struct diag_label {
    struct lang_span span;
    const char *text;
};

struct diag {
    enum diag_severity severity;
    enum diag_code code;
    struct lang_span span;
    const char *message;
    struct diag_label labels[DIAG_MAX_LABELS];
    size_t label_count;
    const char *hint;    /* NULL: none */
    const char *witness; /* an input that shows it, as an operand line; NULL: none */
    struct diag_sink *sink;
};

/* The map is borrowed and must outlive the sink; NULL: no sources (places are left out). */
struct diag_sink *diag_sink_new(const struct lang_source_map *map);
void diag_sink_free(struct diag_sink *sink); /* NULL is fine */

const struct lang_source_map *diag_sink_map(const struct diag_sink *sink);

/* Silence all warnings (and notes) of one code. */
void diag_sink_allow(struct diag_sink *sink, enum diag_code code);
/* Count and show warnings as errors. */
void diag_sink_warnings_are_errors(struct diag_sink *sink, bool on);

/* Report.  The result is never NULL and stays valid as long as the sink; for a diagnostic that is
 * silenced or over the limit it is a value nobody shows. */
struct diag *diag_report(struct diag_sink *sink, enum diag_severity severity, enum diag_code code,
                         struct lang_span span, const char *fmt, ...) LANG_PRINTF(5, 6);
struct diag *diag_error(struct diag_sink *sink, enum diag_code code, struct lang_span span,
                        const char *fmt, ...) LANG_PRINTF(4, 5);
struct diag *diag_warning(struct diag_sink *sink, enum diag_code code, struct lang_span span,
                          const char *fmt, ...) LANG_PRINTF(4, 5);
/* Labels beyond DIAG_MAX_LABELS are dropped; a later hint or witness replaces an earlier one. */
void diag_label(struct diag *d, struct lang_span span, const char *fmt, ...) LANG_PRINTF(3, 4);
void diag_hint(struct diag *d, const char *fmt, ...) LANG_PRINTF(2, 3);
/* An input that shows what the message says: `lw code={Ex} mem={}`. */
void diag_witness(struct diag *d, const char *fmt, ...) LANG_PRINTF(2, 3);

size_t diag_error_count(const struct diag_sink *sink); /* includes those over the limit */
size_t diag_warning_count(const struct diag_sink *sink);
bool diag_limit_reached(const struct diag_sink *sink);
/* The collected diagnostics, in the order of report. */
size_t diag_count(const struct diag_sink *sink);
const struct diag *diag_at(const struct diag_sink *sink, size_t index);

/* Puts the diagnostics from index `from` on into the order of their places (stable; those without
 * a place last). */
void diag_sort(struct diag_sink *sink, size_t from);

const char *diag_code_name(enum diag_code code);
const char *diag_code_description(enum diag_code code);
bool diag_code_find(const char *name, enum diag_code *code) LANG_MUST_CHECK;
const char *diag_severity_name(enum diag_severity severity);

/* Renderers.  The result is false when writing failed.  JSON is an object whose `findings` is an
 * array of objects with code, severity, message, file, line, column, endLine, endColumn, related
 * (array of message and the same place members) and, if there is one, hint and witness; without a
 * place the place members are left out.  SARIF is a log of version 2.1.0 with one run of the tool
 * `policyc` of the given version, all codes as its rules; hint and witness are properties. */
bool diag_render_text(const struct diag_sink *sink, FILE *out, bool colour);
bool diag_render_json(const struct diag_sink *sink, FILE *out);
bool diag_render_sarif(const struct diag_sink *sink, const char *version, FILE *out);

#endif
