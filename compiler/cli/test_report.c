/* Results of tests, for tools that read TAP or JUnit's XML. */
#include <inttypes.h>
#include <string.h>

#include "compiler/cli/test.h"
#include "lang/support/str.h"

void test_report_init(struct test_report *report)
{
    memset(report, 0, sizeof *report);
    arena_init(&report->arena);
}

void test_report_free(struct test_report *report)
{
    arena_free(&report->arena);
}

void test_report_add(struct test_report *report, struct test_entry entry)
{
    entry.file = arena_strdup(&report->arena, report->file);
    report->failed += !entry.passed;
    report->skipped += entry.skipped != NULL;
    VEC_PUSH(&report->arena, &report->entries, entry);
}

/* ---- TAP ------------------------------------------------------------------------------------- */

/* One line: `#` would start a directive. */
static void put_title(FILE *out, const char *title)
{
    struct str_buf clean;
    str_init(&clean);
    str_add_clean(&clean, title, strlen(title), 1);
    for (const char *at = str_text(&clean); *at; at++) {
        if (*at == '#' || *at == '\\')
            fputc('\\', out);
        fputc(*at == '\n' ? ' ' : *at, out);
    }
    str_free(&clean);
}

/* A YAML string in double quotes. */
static void put_quoted(FILE *out, const char *text)
{
    struct str_buf clean;
    str_init(&clean);
    str_add_clean(&clean, text, strlen(text), 1);
    fputc('"', out);
    for (const char *at = str_text(&clean); *at; at++) {
        if (*at == '"' || *at == '\\')
            fputc('\\', out);
        fputc(*at == '\n' ? ' ' : *at, out);
    }
    fputs("\"\n", out);
    str_free(&clean);
}

static void put_member(FILE *out, const char *name, const char *text)
{
    if (!text)
        return;
    fprintf(out, "  %s: ", name);
    put_quoted(out, text);
}

static void put_block(FILE *out, const struct test_entry *e)
{
    fputs("  ---\n", out);
    put_member(out, "message", e->why);
    fputs("  at:\n    file: ", out);
    put_quoted(out, e->file);
    if (e->line)
        fprintf(out, "    line: %" PRIu32 "\n    column: %" PRIu32 "\n", e->line, e->column);
    put_member(out, "expected", e->expected);
    put_member(out, "got", e->got);
    put_member(out, "engine", e->engine);
    put_member(out, "input", e->input);
    if (e->ncases > 1)
        fprintf(out, "  opclasses: \"%" PRIu32 " of %" PRIu32 " fail\"\n", e->nfailed, e->ncases);
    if (e->decided && *e->decided)
        fputs("  decided:\n", out);
    for (const char *const *line = e->decided; line && *line; line++) {
        fputs("    - ", out);
        put_quoted(out, *line);
    }
    fputs("  ...\n", out);
}

static void put_entry(FILE *out, const struct test_entry *e, size_t number)
{
    fprintf(out, "%s %zu - ", e->passed ? "ok" : "not ok", number);
    put_title(out, e->title);
    if (e->skipped)
        fprintf(out, " # SKIP %s", e->skipped);
    fputc('\n', out);
    if (!e->passed)
        put_block(out, e);
    else if (e->note)
        fprintf(out, "# note: %s\n", e->note);
}

void test_report_tap(const struct test_report *report, FILE *out)
{
    const char *file = NULL;
    size_t n = report->entries.count;
    fputs("TAP version 13\n", out);
    for (size_t i = 0; i < n; i++) {
        const struct test_entry *e = &report->entries.items[i];
        if (!file || strcmp(file, e->file) != 0) {
            file = e->file;
            fputs("# ", out);
            put_title(out, file);
            fputc('\n', out);
        }
        put_entry(out, e, i + 1);
    }
    fprintf(out, "1..%zu%s\n", n, n ? "" : " # SKIP no tests");
    if (n)
        fprintf(out, "# %zu passed, %zu failed, %zu skipped\n",
                n - report->failed - report->skipped, report->failed, report->skipped);
}

/* ---- JUnit ----------------------------------------------------------------------------------- */

/* U+FFFE and U+FFFF, which XML excludes. */
static bool is_excluded(const char *at)
{
    return strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0;
}

static void put_xml(FILE *out, const char *text)
{
    struct str_buf clean;
    str_init(&clean);
    str_add_clean(&clean, text, strlen(text), 1);
    for (const char *at = str_text(&clean); *at; at++)
        switch (*at) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(is_excluded(at) ? '?' : *at, out);
            at += is_excluded(at) ? 2 : 0;
        }
    str_free(&clean);
}

static void put_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    put_xml(out, text);
    fputc('"', out);
}

static void put_detail(FILE *out, const char *name, const char *text)
{
    if (!text)
        return;
    fprintf(out, "%s: ", name);
    put_xml(out, text);
    fputc('\n', out);
}

static void put_failure(FILE *out, const struct test_entry *e)
{
    fputs("      <failure", out);
    put_attribute(out, "message", e->why ? e->why : "");
    fputs(">", out);
    put_detail(out, "expected", e->expected);
    put_detail(out, "got", e->got);
    put_detail(out, "engine", e->engine);
    put_detail(out, "input", e->input);
    for (const char *const *line = e->decided; line && *line; line++)
        put_detail(out, "decided", *line);
    fputs("</failure>\n", out);
}

static void put_case(FILE *out, const struct test_entry *e)
{
    fputs("    <testcase", out);
    put_attribute(out, "name", e->title);
    put_attribute(out, "classname", e->file);
    put_attribute(out, "file", e->file);
    if (e->line)
        fprintf(out, " line=\"%" PRIu32 "\"", e->line);
    if (e->passed && !e->skipped && !e->note) {
        fputs("/>\n", out);
        return;
    }
    fputs(">\n", out);
    if (!e->passed)
        put_failure(out, e);
    if (e->skipped) {
        fputs("      <skipped", out);
        put_attribute(out, "message", e->skipped);
        fputs("/>\n", out);
    }
    if (e->passed && e->note) {
        fputs("      <system-out>", out);
        put_xml(out, e->note);
        fputs("</system-out>\n", out);
    }
    fputs("    </testcase>\n", out);
}

/* Entries of one file are neighbours: from `first` on; returns the index behind the last. */
static size_t put_suite(FILE *out, const struct test_report *report, size_t first)
{
    const struct test_entry *items = report->entries.items;
    size_t end = first, failed = 0, skipped = 0;
    for (; end < report->entries.count && strcmp(items[end].file, items[first].file) == 0; end++) {
        failed += !items[end].passed;
        skipped += items[end].skipped != NULL;
    }
    fputs("  <testsuite", out);
    put_attribute(out, "name", items[first].file);
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", end - first,
            failed, skipped);
    for (size_t i = first; i < end; i++)
        put_case(out, &items[i]);
    fputs("  </testsuite>\n", out);
    return end;
}

void test_report_junit(const struct test_report *report, FILE *out)
{
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
            report->entries.count, report->failed);
    for (size_t i = 0; i < report->entries.count;)
        i = put_suite(out, report, i);
    fputs("</testsuites>\n", out);
}
