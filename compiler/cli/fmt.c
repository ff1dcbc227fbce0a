/* policyc fmt: the one layout of a policy's text. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/cli/output.h"
#include "compiler/cli/textdiff.h"
#include "lang/ast.h"

struct text {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct interner *names;
    struct arena arena;
    struct ast_module *module;
};

static void text_free(struct text *text)
{
    arena_free(&text->arena);
    intern_free(text->names);
    diag_sink_free(text->sink);
    lang_source_map_free(text->map);
}

static struct text text_new(void)
{
    struct text text = {.map = lang_source_map_new(), .names = intern_new()};
    text.sink = diag_sink_new(text.map);
    return text;
}

static void text_parse(struct text *text, struct lang_file_id file, enum lang_dialect dialect)
{
    text->module = lang_parse(text->map, file, dialect, &text->arena, text->names, text->sink);
}

/* What the formatted text must have in common with the old one. */
static void add_meaning(const struct ast_module *module, struct str_buf *out)
{
    ast_dump(module, out);
    str_printf(out, "%zu comments\n", module->comments.count);
}

/* The text that is about to replace a file says the same. */
static bool says_the_same(const struct ast_module *module, const struct str_buf *formatted)
{
    struct text again = text_new();
    struct str_buf old, new;
    str_init(&old);
    str_init(&new);
    text_parse(&again, lang_source_add(again.map, "", str_text(formatted), formatted->len),
               module->dialect);
    add_meaning(module, &old);
    add_meaning(again.module, &new);
    bool same = str_eq(str_text(&old), str_text(&new));
    str_free(&old);
    str_free(&new);
    text_free(&again);
    return same;
}

static bool read_stdin(struct text *text, struct lang_file_id *file)
{
    struct str_buf b;
    char block[65536];
    size_t got;
    str_init(&b);
    while ((got = fread(block, 1, sizeof block, stdin)) > 0)
        str_add_len(&b, block, got);
    bool ok = !ferror(stdin);
    if (!ok)
        cli_error("standard input: %s", strerror(errno));
    else
        *file = lang_source_add(text->map, "<stdin>", str_text(&b), b.len);
    str_free(&b);
    if (ok && !file->v)
        cli_error("standard input: %s", strerror(EFBIG));
    return ok && file->v;
}

static bool read_text(struct text *text, const char *path, struct lang_file_id *file)
{
    if (cli_is(path, "-"))
        return read_stdin(text, file);
    int error = lang_source_load(text->map, path, file);
    if (error)
        cli_error("%s: %s", path, strerror(error));
    return error == 0;
}

static enum lang_dialect dialect_of(const struct cli_args *args, const char *path)
{
    const char *dialect = cli_value(args, OPT_DIALECT);
    if (dialect)
        return cli_is(dialect, "dpl") ? LANG_DPL : LANG_POL;
    return lang_dialect_of(path);
}

static enum cli_status format(struct text *text, const struct cli_args *args, const char *path,
                              struct lang_file_id *file, struct str_buf *formatted)
{
    if (!read_text(text, path, file))
        return CLI_BAD;
    text_parse(text, *file, dialect_of(args, path));
    if (text->module->broken) {
        diag_render_text(text->sink, stderr, cli_colour(stderr));
        return CLI_BAD;
    }
    if (lang_source_has_markers(text->map, *file)) {
        cli_error("%s: has line markers: format what it was made from", path);
        return CLI_BAD;
    }
    ast_print(text->module, formatted);
    if (says_the_same(text->module, formatted))
        return CLI_OK;
    cli_error("%s: internal error: the formatted text says something else", path);
    return CLI_INTERNAL;
}

/* --- what becomes of it -------------------------------------------------------------------- */

/* A link stays one; the file keeps its permissions. */
static enum cli_status replace(const char *path, const struct str_buf *formatted)
{
    char temporary[OUTPUT_PATH];
    struct stat info;
    char *target = realpath(path, NULL);
    bool there = target && stat(target, &info) == 0;
    if (!there)
        cli_error("%s: cannot be written: %s", path, strerror(errno));
    if (!there || !output_beside(target, temporary)) { /* which says why */
        free(target);
        return CLI_BAD;
    }
    FILE *out = fopen(temporary, "wb");
    bool ok = out && fwrite(str_text(formatted), 1, formatted->len, out) == formatted->len;
    if (out && fclose(out) != 0)
        ok = false;
    ok = ok && chmod(temporary, info.st_mode & 07777) == 0;
    if (!ok)
        cli_error("%s: cannot be written: %s", path, strerror(errno));
    ok = output_settle(target, temporary, ok);
    free(target);
    return ok ? CLI_OK : CLI_BAD;
}

static void show_diff(const char *path, const char *old, size_t len,
                      const struct str_buf *formatted)
{
    struct str_buf diff;
    str_init(&diff);
    textdiff(&diff, path, old, len, path, str_text(formatted), formatted->len);
    fwrite(str_text(&diff), 1, diff.len, stdout);
    str_free(&diff);
}

static enum cli_status deliver(const struct cli_args *args, const char *path, const char *old,
                               size_t len, const struct str_buf *formatted)
{
    bool check = cli_has(args, OPT_CHECK), diff = cli_has(args, OPT_DIFF);
    bool changes = len != formatted->len || memcmp(old, str_text(formatted), len) != 0;
    if (cli_has(args, OPT_WRITE))
        return changes ? replace(path, formatted) : CLI_OK;
    if (!check && !diff) {
        fwrite(str_text(formatted), 1, formatted->len, stdout);
        return CLI_OK;
    }
    if (diff)
        show_diff(path, old, len, formatted);
    else if (changes)
        printf("%s\n", path);
    return changes ? CLI_FOUND : CLI_OK;
}

static enum cli_status format_file(const struct cli_args *args, const char *path)
{
    struct text text = text_new();
    struct str_buf formatted;
    struct lang_file_id file = {0};
    str_init(&formatted);
    enum cli_status status = format(&text, args, path, &file, &formatted);
    if (status == CLI_OK) {
        size_t len;
        const char *old = lang_source_text(text.map, file, &len);
        status = deliver(args, path, old, len, &formatted);
    }
    str_free(&formatted);
    text_free(&text);
    return status;
}

static bool usable(const struct cli_args *args)
{
    int inputs = 0;
    for (int i = 0; i < args->nfiles; i++)
        inputs += cli_is(args->files[i], "-");
    bool write = cli_has(args, OPT_WRITE);
    if (write && (cli_has(args, OPT_CHECK) || cli_has(args, OPT_DIFF)))
        cli_error("--write changes files; --check and --diff only look at them");
    else if (write && inputs)
        cli_error("--write: standard input cannot be rewritten");
    else if (inputs > 1)
        cli_error("standard input can be read only once");
    else
        return true;
    return false;
}

enum cli_status cmd_fmt(struct cli_args *args)
{
    enum cli_status status = CLI_OK;
    if (!usable(args))
        return CLI_BAD;
    for (int i = 0; i < args->nfiles; i++) {
        enum cli_status one = format_file(args, args->files[i]);
        status = one > status ? one : status;
    }
    return cli_close_stdout(status);
}
