/* The formatter: what it prints means the same, formatting again changes nothing, and no comment is
 * lost or overtaken.  Over all policies of the tree and over random texts with comments at random
 * places. */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lang/ast.h"
#include "tests/unit/check.h"
#include "tests/unit/lang_random.h"

struct run {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct interner *names;
    struct arena arena;
    struct ast_module *module;
};

static struct run parse(const char *text, size_t len, enum lang_dialect dialect)
{
    struct run r = {.map = lang_source_map_new(), .names = intern_new()};
    r.sink = diag_sink_new(r.map);
    struct lang_file_id file = lang_source_add(r.map, "f", text, len);
    r.module = lang_parse(r.map, file, dialect, &r.arena, r.names, r.sink);
    return r;
}

static void done(struct run *r)
{
    arena_free(&r->arena);
    intern_free(r->names);
    diag_sink_free(r->sink);
    lang_source_map_free(r->map);
}

/* All comments, without the blanks around their lines. */
static void add_comments(const struct ast_module *module, struct str_buf *out)
{
    for (size_t i = 0; i < module->comments.count; i++) {
        for (const char *line = module->comments.items[i].text; *line;) {
            line += strspn(line, " \t\r");
            size_t len = strcspn(line, "\n"), kept = len;
            while (kept && strchr(" \t\r\f\v", line[kept - 1]))
                kept--;
            str_add_len(out, line, kept);
            str_add_char(out, '\n');
            line += len + (line[len] == '\n');
        }
    }
}

static void check_lines(const char *text)
{
    CHECK(!strstr(text, " \n") && !strstr(text, "\n\n\n") && text[0] != '\n');
    size_t len = strlen(text);
    CHECK(len > 1 && text[len - 1] == '\n' && text[len - 2] != '\n');
}

/* `strict`: no text in it has blanks at the ends of lines or empty lines of its own. */
static bool check_format(const char *text, size_t len, enum lang_dialect dialect, bool strict)
{
    struct str_buf bufs[6];
    struct str_buf *one = &bufs[0], *two = &bufs[1], *tree = &bufs[2], *tree2 = &bufs[3];
    struct str_buf *comments = &bufs[4], *comments2 = &bufs[5];
    for (size_t i = 0; i < 6; i++)
        str_init(&bufs[i]);
    struct run r = parse(text, len, dialect);
    bool fine = !r.module->broken;
    if (fine) {
        ast_print(r.module, one);
        ast_dump(r.module, tree);
        add_comments(r.module, comments);
        struct run again = parse(str_text(one), one->len, dialect);
        CHECK(!again.module->broken);
        ast_dump(again.module, tree2);
        CHECK_STR(str_text(tree2), str_text(tree));
        add_comments(again.module, comments2);
        CHECK_STR(str_text(comments2), str_text(comments));
        if (!again.module->broken)
            ast_print(again.module, two);
        CHECK_STR(str_text(two), str_text(one));
        if (strict)
            check_lines(str_text(one));
        done(&again);
    }
    done(&r);
    for (size_t i = 0; i < 6; i++)
        str_free(&bufs[i]);
    return fine;
}

/* --- files --------------------------------------------------------------------------------- */

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

static size_t check_file(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (!dot || (!str_eq(dot, ".pol") && !str_eq(dot, ".dpl")))
        return 0;
    struct str_buf text;
    str_init(&text);
    CHECK(read_file(path, &text));
    bool fine = check_format(str_text(&text), text.len, lang_dialect_of(path), false);
    str_free(&text);
    return fine;
}

/* The number of files that could be formatted. */
static size_t check_folder(const char *path)
{
    size_t count = 0;
    DIR *dir = opendir(path);
    if (!dir)
        return 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[4096];
        struct stat status;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (stat(name, &status) != 0)
            continue;
        count += S_ISDIR(status.st_mode) ? check_folder(name) : check_file(name);
    }
    closedir(dir);
    return count;
}

static void test_files(void)
{
    CASE("format: the library");
    CHECK(check_folder("stdlib-policies") >= 8);
    CASE("format: the policies of the tests");
    CHECK(check_folder("tests") >= 200);
}

static void check_text(const char *text, const char *want)
{
    struct run r = parse(text, strlen(text), LANG_POL);
    struct str_buf got;
    str_init(&got);
    CHECK(!r.module->broken);
    ast_print(r.module, &got);
    CHECK_STR(str_text(&got), want);
    str_free(&got);
    done(&r);
}

static void test_comments(void)
{
    CASE("format: comments stay where they belong");
    check_text("// a\n\n/* b */ module m: // c\nmetadata: A /* d */, // e\n// f\nB // g\n"
               "  // h\n// i\npolicy: p = g(a == [+A /* j */] -> allow // k\n)\n    // l\n"
               "   q = r // m\n        // n\n",
               "// a\n\n/* b */ module m:   // c\n\nmetadata:\n    A,  /* d */ // e\n    // f\n"
               "    B   // g\n    // h\n\n// i\npolicy:\n"
               "    p = g(a == [+A /* j */] -> allow)   // k\n    // l\n    q = r   // m\n"
               "        // n\n");
    CASE("format: what silences a warning goes above what takes two lines");
    check_text(
        "module m: policy: p = a\n"
        "  ^ aRuleOfAGroup(operand == [+ATagWithALongName, -AnotherTagWithALongName] -> fail "
        "\"a message\") // pol: allow overlap\n"
        "  ^ g(-> allow) // pol: allow overlap\n",
        "module m:\n\npolicy:\n    p =\n          a\n        // pol: allow overlap\n"
        "        ^ aRuleOfAGroup(operand == [+ATagWithALongName, -AnotherTagWithALongName]\n"
        "              -> fail \"a message\")\n"
        "        ^ g(-> allow)   // pol: allow overlap\n");
}

static void test_random(void)
{
    CASE("format: random texts");
    enum { TEXTS = 3000 };
    const char *count = getenv("POL_FORMAT_TEXTS");
    size_t fine = 0, texts = count ? strtoul(count, NULL, 10) : TEXTS;
    for (uint64_t seed = 1; seed <= texts; seed++) {
        struct str_buf text;
        str_init(&text);
        enum lang_dialect dialect = seed % 4 ? LANG_POL : LANG_DPL;
        lang_random_module(&text, seed, dialect);
        int failures = check_failures;
        bool ok = check_format(str_text(&text), text.len, dialect, dialect == LANG_POL);
        if (!ok || check_failures != failures)
            printf("# this was seed %llu\n", (unsigned long long)seed);
        fine += ok;
        str_free(&text);
    }
    CHECK_INT(fine, texts);
}

int main(void)
{
    test_files();
    test_comments();
    test_random();
    return check_done();
}
