/* Diagnostics: collecting, silencing, limits, rendering. */
#include <jansson.h>
#include <stdlib.h>

#include "lang/support/diag.h"
#include "lang/support/str.h"
#include "tests/unit/check.h"

struct fixture {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct lang_file_id file;
    const char *text;
};

static struct fixture make(const char *text)
{
    struct fixture f = {.map = lang_source_map_new(), .text = text};
    f.sink = diag_sink_new(f.map);
    f.file = lang_source_add(f.map, "f.pol", text, strlen(text));
    return f;
}

static void done(struct fixture *f)
{
    diag_sink_free(f->sink);
    lang_source_map_free(f->map);
}

/* The span of the first occurrence of `part`. */
static struct lang_span span_of(const struct fixture *f, const char *part)
{
    const char *at = strstr(f->text, part);
    if (!at)
        abort();
    uint32_t start = (uint32_t)(at - f->text);
    return lang_span_make(f->file, start, start + (uint32_t)strlen(part));
}

static void check_text(const struct fixture *f, bool colour, const char *want)
{
    FILE *file = tmpfile();
    if (!file)
        abort();
    CHECK(diag_render_text(f->sink, file, colour));
    rewind(file);
    static char got[65536];
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    CHECK_STR(got, want);
    fclose(file);
}

static void test_codes(void)
{
    CASE("diag: codes have distinct kebab-case names and descriptions");
    enum diag_code code = DIAG_SYNTAX;
    CHECK(!diag_code_find("no-such-code", &code));
    for (size_t i = 0; i < DIAG_CODE_COUNT; i++) {
        const char *name = diag_code_name((enum diag_code)i);
        CHECK(diag_code_find(name, &code) && (size_t)code == i);
        CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name));
        CHECK(strlen(diag_code_description((enum diag_code)i)) > 10);
    }
}

static void test_text(void)
{
    CASE("diag: text");
    struct fixture f = make("line one\n\tlet x = \xc3\xa4y\nthree\n");
    struct diag *d = diag_error(f.sink, DIAG_SYNTAX, span_of(&f, "y"), "bad %s", "thing");
    diag_label(d, span_of(&f, "one"), "declared here");
    diag_hint(d, "did you mean `%s`?", "z");
    diag_witness(d, "add op1={%s}", "A");
    diag_warning(f.sink, DIAG_MIXED_OPERATORS, LANG_NO_SPAN, "no place");
    check_text(&f, false,
               "error[syntax]: bad thing\n"
               " --> f.pol:2:12\n"
               "  |\n"
               "2 |     let x = \xc3\xa4y\n"
               "  |              ^\n"
               "note: declared here\n"
               " --> f.pol:1:6\n"
               "  |\n"
               "1 | line one\n"
               "  |      ---\n"
               "witness: add op1={A}\n"
               "hint: did you mean `z`?\n"
               "warning[mixed-operators]: no place\n");
    CHECK_INT(diag_error_count(f.sink), 1);
    CHECK_INT(diag_warning_count(f.sink), 1);
    done(&f);
}

static void test_colour(void)
{
    CASE("diag: colour only if asked, and none from the input");
    struct fixture f = make("a\x1b[31m\n");
    diag_error(f.sink, DIAG_SYNTAX, span_of(&f, "a"), "m\x1b");
    check_text(&f, true,
               "\x1b[1;31merror[syntax]\x1b[0m: \x1b[1mm?\x1b[0m\n"
               "\x1b[1;34m -->\x1b[0m f.pol:1:1\n"
               "\x1b[1;34m  |\x1b[0m\n"
               "\x1b[1;34m1 |\x1b[0m a?[31m\n"
               "\x1b[1;34m  |\x1b[0m ^\n");
    done(&f);
}

static void test_edges(void)
{
    CASE("diag: spans over line ends, at the end, in long lines");
    struct fixture f = make("ab\ncd\nef");
    diag_error(f.sink, DIAG_SYNTAX, span_of(&f, "b\ncd"), "two lines");
    diag_error(f.sink, DIAG_SYNTAX, lang_span_make(f.file, 8, 8), "the end");
    diag_error(f.sink, DIAG_SYNTAX, lang_span_make(f.file, 2, 3), "a line end");
    check_text(&f, false,
               "error[syntax]: two lines\n --> f.pol:1:2\n  |\n1 | ab\n  |  ^\n"
               "error[syntax]: the end\n --> f.pol:3:3\n  |\n3 | ef\n  |   ^\n"
               "error[syntax]: a line end\n --> f.pol:1:3\n  |\n1 | ab\n  |   ^\n");
    done(&f);
    static char text[300001];
    memset(text, 'x', 300000);
    memcpy(text + 150000, "HERE", 4);
    struct fixture g = make(text);
    diag_error(g.sink, DIAG_SYNTAX, span_of(&g, "HERE"), "far");
    char want[1024], xs[121];
    memset(xs, 'x', 120);
    xs[120] = '\0';
    snprintf(want, sizeof want,
             "error[syntax]: far\n --> f.pol:1:150001\n  |\n1 | ...%.60sHERE%.96s...\n"
             "  | %63s^^^^\n",
             xs, xs, "");
    check_text(&g, false, want);
    done(&g);
}

static void test_limit(void)
{
    CASE("diag: too many errors");
    struct fixture f = make("0123456789012345678901234567890123456789");
    for (uint32_t i = 0; i < 40; i++) {
        CHECK(diag_limit_reached(f.sink) == (i > DIAG_ERROR_LIMIT));
        struct diag *d =
            diag_error(f.sink, DIAG_SYNTAX, lang_span_make(f.file, i, i + 1), "error %u", i);
        diag_label(d, LANG_NO_SPAN, "label");
        diag_hint(d, "hint");
    }
    diag_warning(f.sink, DIAG_SYNTAX, LANG_NO_SPAN, "still shown");
    CHECK_INT(diag_error_count(f.sink), 40);
    CHECK_INT(diag_count(f.sink), DIAG_ERROR_LIMIT + 2);
    CHECK_STR(diag_at(f.sink, DIAG_ERROR_LIMIT - 1)->message, "error 19");
    CHECK(diag_at(f.sink, DIAG_ERROR_LIMIT)->code == DIAG_TOO_MANY_ERRORS);
    CHECK_STR(diag_at(f.sink, DIAG_ERROR_LIMIT)->message, "too many errors: 20 more are not shown");
    CHECK_STR(diag_at(f.sink, DIAG_ERROR_LIMIT + 1)->message, "still shown");
    done(&f);
}

static void test_repetition(void)
{
    CASE("diag: repetitions are dropped");
    struct fixture f = make("abc");
    for (int i = 0; i < 3; i++) {
        diag_warning(f.sink, DIAG_SYNTAX, span_of(&f, "b"), "same");
        diag_warning(f.sink, DIAG_SYNTAX, span_of(&f, "c"), "same");
        diag_warning(f.sink, DIAG_SYNTAX, span_of(&f, "b"), "other");
    }
    CHECK_INT(diag_count(f.sink), 3);
    CHECK_INT(diag_warning_count(f.sink), 3);
    done(&f);
}

static size_t warnings_for(const char *text, const char *place)
{
    struct fixture f = make(text);
    diag_warning(f.sink, DIAG_MIXED_OPERATORS, span_of(&f, place), "w");
    size_t count = diag_warning_count(f.sink);
    CHECK_INT(diag_count(f.sink), count);
    done(&f);
    return count;
}

static void test_silencing(void)
{
    CASE("diag: warnings are silenced by code and place");
    CHECK_INT(warnings_for("X // pol: allow mixed-operators\n", "X"), 0);
    CHECK_INT(warnings_for("// pol: allow mixed-operators\nX", "X"), 0);
    CHECK_INT(warnings_for("  // pol: allow syntax, mixed-operators  \r\nX", "X"), 0);
    CHECK_INT(warnings_for("X // pol: allow syntax mixed-operators", "X"), 0);
    CHECK_INT(warnings_for("X // pol: allow syntax", "X"), 1);
    CHECK_INT(warnings_for("X // pol: allow mixed-operators-not", "X"), 1);
    CHECK_INT(warnings_for("X // allow mixed-operators", "X"), 1);
    CHECK_INT(warnings_for("Y // pol: allow mixed-operators\nX", "X"), 1);
    CHECK_INT(warnings_for("// pol: allow mixed-operators\n\nX", "X"), 1);
    CHECK_INT(warnings_for("X\n// pol: allow mixed-operators", "X"), 1);
    struct fixture f = make("X // pol: allow syntax, mixed-operators");
    diag_error(f.sink, DIAG_SYNTAX, span_of(&f, "X"), "errors are never silenced");
    CHECK_INT(diag_error_count(f.sink), 1);
    diag_sink_allow(f.sink, DIAG_DOTTED_NAME);
    diag_warning(f.sink, DIAG_DOTTED_NAME, LANG_NO_SPAN, "silenced everywhere");
    diag_sink_warnings_are_errors(f.sink, true);
    diag_warning(f.sink, DIAG_MIXED_OPERATORS, span_of(&f, "X"), "silenced before it counts");
    CHECK_INT(diag_count(f.sink), 1);
    diag_warning(f.sink, DIAG_BAD_NAME, LANG_NO_SPAN, "now an error");
    CHECK_INT(diag_error_count(f.sink), 2);
    CHECK_INT(diag_warning_count(f.sink), 0);
    done(&f);
}

static void test_sort(void)
{
    CASE("diag: sorting by place is stable and partial");
    struct fixture f = make("abcdef");
    static const char *const order[] = {"f", "e", "b", "c"};
    for (size_t i = 0; i < 4; i++)
        diag_warning(f.sink, DIAG_SYNTAX, span_of(&f, order[i]), "%s", order[i]);
    diag_warning(f.sink, DIAG_SYNTAX, LANG_NO_SPAN, "none");
    diag_warning(f.sink, DIAG_SYNTAX, span_of(&f, "b"), "b2");
    diag_sort(f.sink, 1);
    static const char *const sorted[] = {"f", "b", "b2", "c", "e", "none"};
    for (size_t i = 0; i < 6; i++)
        CHECK_STR(diag_at(f.sink, i)->message, sorted[i]);
    done(&f);
}

static void test_json(void)
{
    CASE("diag: JSON");
    struct fixture f = make("one\ntwo \xe9\n");
    struct diag *d = diag_error(f.sink, DIAG_SYNTAX, span_of(&f, "two"), "bad \"%s\" \xe9", "q");
    diag_label(d, span_of(&f, "one"), "here");
    diag_hint(d, "fix");
    diag_witness(d, "add");
    diag_warning(f.sink, DIAG_MIXED_OPERATORS, LANG_NO_SPAN, "w");
    FILE *file = tmpfile();
    if (!file)
        abort();
    CHECK(diag_render_json(f.sink, file));
    rewind(file);
    json_t *top = json_loadf(file, 0, NULL), *list = json_object_get(top, "findings");
    fclose(file);
    CHECK_INT(json_object_size(top), 1);
    CHECK_INT(json_array_size(list), 2);
    const char *code, *severity, *message, *name, *hint, *label, *witness;
    int line, column, end_line, end_column, label_line;
    CHECK(json_unpack(json_array_get(list, 0),
                      "{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:[{s:s, s:i}], s:s, s:s}", "code",
                      &code, "severity", &severity, "message", &message, "file", &name, "line",
                      &line, "column", &column, "endLine", &end_line, "endColumn", &end_column,
                      "related", "message", &label, "line", &label_line, "hint", &hint, "witness",
                      &witness) == 0);
    CHECK_STR(code, "syntax");
    CHECK_STR(severity, "error");
    CHECK_STR(message, "bad \"q\" ?");
    CHECK_STR(name, "f.pol");
    CHECK_INT(line, 2);
    CHECK_INT(column, 1);
    CHECK_INT(end_line, 2);
    CHECK_INT(end_column, 4);
    CHECK_STR(label, "here");
    CHECK_INT(label_line, 1);
    CHECK_STR(hint, "fix");
    CHECK_STR(witness, "add");
    CHECK(json_object_get(json_array_get(list, 1), "file") == NULL);
    CHECK(json_object_get(json_array_get(list, 1), "hint") == NULL);
    CHECK(json_object_get(json_array_get(list, 1), "witness") == NULL);
    json_decref(top);
    done(&f);
}

static json_t *sarif_of(const struct fixture *f)
{
    FILE *file = tmpfile();
    if (!file)
        abort();
    CHECK(diag_render_sarif(f->sink, "1.2.3", file));
    rewind(file);
    json_t *log = json_loadf(file, 0, NULL);
    fclose(file);
    return log;
}

/* The place of a location object: its URI, and where it starts and ends. */
static void check_location(json_t *location, const char *want_uri, int line, int from, int to)
{
    const char *uri;
    int start_line, start_column, end_line, end_column;
    CHECK(json_unpack(location, "{s:{s:{s:s}, s:{s:i, s:i, s:i, s:i}}}", "physicalLocation",
                      "artifactLocation", "uri", &uri, "region", "startLine", &start_line,
                      "startColumn", &start_column, "endLine", &end_line, "endColumn",
                      &end_column) == 0);
    CHECK_STR(uri, want_uri);
    CHECK_INT(start_line, line);
    CHECK_INT(end_line, line);
    CHECK_INT(start_column, from);
    CHECK_INT(end_column, to);
}

static void check_sarif_result(json_t *result)
{
    const char *rule, *level, *text, *hint, *witness;
    int index;
    json_t *locations, *related;
    CHECK(json_unpack(result, "{s:s, s:i, s:s, s:{s:s}, s:o, s:o, s:{s:s, s:s}}", "ruleId", &rule,
                      "ruleIndex", &index, "level", &level, "message", "text", &text, "locations",
                      &locations, "relatedLocations", &related, "properties", "hint", &hint,
                      "witness", &witness) == 0);
    CHECK_STR(rule, "syntax");
    CHECK_INT(index, DIAG_SYNTAX);
    CHECK_STR(level, "error");
    CHECK_STR(text, "bad ?");
    CHECK_STR(hint, "fix");
    CHECK_STR(witness, "add op1={A}");
    CHECK_INT(json_array_size(locations), 1);
    check_location(json_array_get(locations, 0), "f.pol", 2, 7, 10);
    CHECK_INT(json_array_size(related), 1);
    check_location(json_array_get(related, 0), "f.pol", 1, 1, 4);
}

static void test_sarif(void)
{
    CASE("diag: SARIF; its columns count characters");
    struct fixture f = make("one\n\xc3\xa4 \xe9 = two\n");
    struct diag *d = diag_error(f.sink, DIAG_SYNTAX, span_of(&f, "two"), "bad \xe9");
    diag_label(d, span_of(&f, "one"), "here");
    diag_hint(d, "fix");
    diag_witness(d, "add op1={A}");
    diag_warning(f.sink, DIAG_MIXED_OPERATORS, LANG_NO_SPAN, "w");
    json_t *log = sarif_of(&f), *run = json_array_get(json_object_get(log, "runs"), 0);
    const char *schema, *version, *name, *tool_version;
    json_t *rules, *results;
    CHECK(json_unpack(log, "{s:s, s:s}", "$schema", &schema, "version", &version) == 0);
    CHECK_STR(version, "2.1.0");
    CHECK(json_unpack(run, "{s:{s:{s:s, s:s, s:o}}, s:o}", "tool", "driver", "name", &name,
                      "version", &tool_version, "rules", &rules, "results", &results) == 0);
    CHECK_STR(name, "policyc");
    CHECK_STR(tool_version, "1.2.3");
    CHECK_INT(json_array_size(rules), DIAG_CODE_COUNT);
    CHECK_STR(json_string_value(json_object_get(json_array_get(rules, DIAG_SYNTAX), "id")),
              "syntax");
    CHECK_INT(json_array_size(results), 2);
    check_sarif_result(json_array_get(results, 0));
    json_t *placeless = json_array_get(results, 1);
    CHECK_INT(json_array_size(json_object_get(placeless, "locations")), 0);
    CHECK(json_object_get(placeless, "relatedLocations") == NULL);
    CHECK(json_object_get(placeless, "properties") == NULL);
    json_decref(log);
    done(&f);
}

static void test_sarif_paths(void)
{
    CASE("diag: SARIF escapes paths");
    struct fixture f = make("x");
    struct lang_file_id file = lang_source_add(f.map, "/a b/50%\xc3\xa4.pol", "x", 1);
    diag_error(f.sink, DIAG_SYNTAX, lang_span_make(file, 0, 1), "m");
    json_t *log = sarif_of(&f), *location;
    CHECK(json_unpack(log, "{s:[{s:[{s:[o]}]}]}", "runs", "results", "locations", &location) == 0);
    check_location(location, "file:///a%20b/50%25%C3%A4.pol", 1, 1, 2);
    json_decref(log);
    done(&f);
}

static void test_write_failure(void)
{
    CASE("diag: a failing write is reported");
    struct fixture f = make("x");
    diag_error(f.sink, DIAG_SYNTAX, span_of(&f, "x"), "m");
    FILE *full = fopen("/dev/full", "w");
    if (full) {
        setvbuf(full, NULL, _IONBF, 0);
        CHECK(!diag_render_text(f.sink, full, false));
        CHECK(!diag_render_json(f.sink, full));
        CHECK(!diag_render_sarif(f.sink, "1", full));
        fclose(full);
    }
    done(&f);
}

int main(void)
{
    test_codes();
    test_text();
    test_colour();
    test_edges();
    test_limit();
    test_repetition();
    test_silencing();
    test_sort();
    test_json();
    test_sarif();
    test_sarif_paths();
    test_write_failure();
    return check_done();
}
