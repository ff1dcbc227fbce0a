/* Golden files of the parser: each tests/golden/parse/NAME.pol or NAME.dpl has NAME.EXT.ast (the
 * dump of its tree; no errors), NAME.EXT.err (the rendered diagnostics), or both (a tree with
 * warnings).  A file with a tree is also printed, parsed again and compared.
 *
 * The directory is the first argument, or POL_GOLDEN_PARSE, or tests/golden/parse.  With
 * POL_GOLDEN_UPDATE=1 the expected files are rewritten: look at the difference before use. */
#include <dirent.h>
#include <stdlib.h>

#include "lang/ast.h"
#include "tests/unit/check.h"

struct run {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct interner *names;
    struct arena arena;
    struct ast_module *module;
};

static void run_init(struct run *r)
{
    *r = (struct run){0};
    r->map = lang_source_map_new();
    r->sink = diag_sink_new(r->map);
    r->names = intern_new();
}

static void run_free(struct run *r)
{
    arena_free(&r->arena);
    intern_free(r->names);
    diag_sink_free(r->sink);
    lang_source_map_free(r->map);
}

/* Parses the text as a file of this name: messages must not depend on the directory. */
static void run_parse(struct run *r, const char *name, const char *text, size_t len)
{
    run_init(r);
    struct lang_file_id file = lang_source_add(r->map, name, text, len);
    r->module = lang_parse(r->map, file, lang_dialect_of(name), &r->arena, r->names, r->sink);
}

static bool read_file(const char *path, struct str_buf *out)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return false;
    char block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof block, in)) > 0)
        str_add_len(out, block, got);
    fclose(in);
    return true;
}

static void add_diagnostics(const struct diag_sink *sink, struct str_buf *out)
{
    FILE *file = tmpfile();
    if (!file)
        abort();
    CHECK(diag_render_text(sink, file, false));
    rewind(file);
    char block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        str_add_len(out, block, got);
    fclose(file);
}

static void write_file(const char *path, const struct str_buf *text)
{
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(str_text(text), 1, text->len, out) != text->len || fclose(out) != 0)
        abort();
}

/* Compares `got` with the file path.suffix, which exists exactly if there is something to expect.
 */
static void expect(const char *path, const char *suffix, const struct str_buf *got)
{
    struct str_buf want, name;
    str_init(&want);
    str_init(&name);
    str_printf(&name, "%s.%s", path, suffix);
    if (getenv("POL_GOLDEN_UPDATE")) {
        if (got->len)
            write_file(str_text(&name), got);
        else
            remove(str_text(&name));
    }
    bool exists = read_file(str_text(&name), &want);
    CHECK(exists == (got->len > 0));
    CHECK_STR(str_text(got), str_text(&want));
    str_free(&want);
    str_free(&name);
}

/* parse(print(t)) == t, and printing again changes nothing. */
static void check_round_trip(const char *name, const struct ast_module *module,
                             const struct str_buf *dump)
{
    struct str_buf printed, again, dump2;
    str_init(&printed);
    str_init(&again);
    str_init(&dump2);
    struct run r;
    ast_print(module, &printed);
    run_parse(&r, name, str_text(&printed), printed.len);
    CHECK_INT(diag_error_count(r.sink), 0);
    ast_dump(r.module, &dump2);
    CHECK_STR(str_text(&dump2), str_text(dump));
    if (!r.module->broken) {
        ast_print(r.module, &again);
        CHECK_STR(str_text(&again), str_text(&printed));
    }
    run_free(&r);
    str_free(&printed);
    str_free(&again);
    str_free(&dump2);
}

static void check_golden(const char *directory, const char *name)
{
    struct str_buf path, text, tree, errors;
    struct str_buf *all[] = {&path, &text, &tree, &errors};
    for (size_t i = 0; i < 4; i++)
        str_init(all[i]);
    str_printf(&path, "%s/%s", directory, name);
    CHECK(read_file(str_text(&path), &text));
    struct run r;
    run_parse(&r, name, str_text(&text), text.len);
    add_diagnostics(r.sink, &errors);
    CHECK(r.module->broken == (diag_error_count(r.sink) > 0));
    if (!r.module->broken) {
        ast_dump(r.module, &tree);
        check_round_trip(name, r.module, &tree);
    }
    expect(str_text(&path), "ast", &tree);
    expect(str_text(&path), "err", &errors);
    run_free(&r);
    for (size_t i = 0; i < 4; i++)
        str_free(all[i]);
}

static bool is_source(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (str_eq(dot, ".pol") || str_eq(dot, ".dpl"));
}

/* An expectation without a source is a forgotten file. */
static void check_orphan(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    char *dot = strrchr(path, '.');
    if (!dot || (!str_eq(dot, ".ast") && !str_eq(dot, ".err")))
        return;
    *dot = '\0';
    FILE *in = fopen(path, "rb");
    CHECK(in != NULL);
    if (in)
        fclose(in);
}

static int compare_names(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

static void check_directory(const char *directory)
{
    struct arena arena = {0};
    VEC_OF(const char *) names = {0};
    DIR *dir = opendir(directory);
    if (!dir) {
        check_fail(__FILE__, __LINE__, directory);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        VEC_PUSH(&arena, &names, arena_strdup(&arena, entry->d_name));
    closedir(dir);
    qsort(names.items, names.count, sizeof *names.items, compare_names);
    for (size_t i = 0; i < names.count; i++) {
        if (is_source(names.items[i])) {
            CASE(names.items[i]);
            check_golden(directory, names.items[i]);
        }
    }
    CASE("no orphans");
    for (size_t i = 0; i < names.count; i++)
        check_orphan(directory, names.items[i]);
    check_end_case();
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : getenv("POL_GOLDEN_PARSE");
    check_directory(directory ? directory : "tests/golden/parse");
    return check_done();
}
