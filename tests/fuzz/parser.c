/* Text -> tree in both dialects; what parses prints, and the print parses to the same tree and has
 * the same comments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/ast.h"
#include "tests/fuzz/lib/fuzz.h"

struct parsed {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct interner *names;
    struct arena arena;
    struct ast_module *module;
};

static void parse(struct parsed *p, const char *text, size_t size, enum lang_dialect dialect)
{
    *p = (struct parsed){0};
    p->map = lang_source_map_new();
    p->sink = diag_sink_new(p->map);
    p->names = intern_new();
    struct lang_file_id file = lang_source_add(p->map, "f", text, size);
    p->module = lang_parse(p->map, file, dialect, &p->arena, p->names, p->sink);
}

static void parsed_free(struct parsed *p)
{
    arena_free(&p->arena);
    intern_free(p->names);
    diag_sink_free(p->sink);
    lang_source_map_free(p->map);
}

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "parser: %s\n", what);
    abort();
}

/* Without blanks: those at the ends and starts of lines may change. */
static void add_comments(const struct ast_module *module, struct str_buf *out)
{
    for (size_t i = 0; i < module->comments.count; i++) {
        for (const char *c = module->comments.items[i].text; *c; c++) {
            if (!strchr(" \t\r\f\v", *c))
                str_add_char(out, *c);
        }
        str_add_char(out, '\n');
    }
}

static void check_round_trip(const struct ast_module *module, enum lang_dialect dialect)
{
    struct str_buf tree, text, tree2, text2;
    str_init(&tree), str_init(&text), str_init(&tree2), str_init(&text2);
    struct parsed again;
    ast_dump(module, &tree);
    add_comments(module, &tree);
    ast_print(module, &text);
    parse(&again, str_text(&text), text.len, dialect);
    require(!again.module->broken, "the printed module does not parse");
    ast_dump(again.module, &tree2);
    add_comments(again.module, &tree2);
    require(strcmp(str_text(&tree), str_text(&tree2)) == 0, "the printed module differs");
    ast_print(again.module, &text2);
    require(strcmp(str_text(&text), str_text(&text2)) == 0, "printing twice differs");
    parsed_free(&again);
    str_free(&tree), str_free(&text), str_free(&tree2), str_free(&text2);
}

static void render(const struct diag_sink *sink)
{
    static FILE *null;
    if (!null)
        null = fopen("/dev/null", "w");
    require(null && diag_render_text(sink, null, true) && diag_render_json(sink, null) &&
                diag_render_sarif(sink, "0", null),
            "diagnostics cannot be shown");
}

static void try_dialect(const uint8_t *data, size_t size, enum lang_dialect dialect)
{
    struct parsed p;
    parse(&p, (const char *)data, size, dialect);
    require(p.module != NULL, "no module");
    require(p.module->broken == (diag_error_count(p.sink) > 0), "broken without an error");
    render(p.sink);
    if (!p.module->broken)
        check_round_trip(p.module, dialect);
    parsed_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_dialect(data, size, LANG_POL);
    try_dialect(data, size, LANG_DPL);
    return 0;
}
