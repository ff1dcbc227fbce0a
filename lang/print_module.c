/* The formatter: modules, and its entry points. */
#include "lang/printer.h"

enum { LEVEL = 4 };

/* How far the lines of an element's parts are indented at most. */
static size_t depth_of(enum ast_section_kind kind)
{
    return kind == AST_SECTION_POLICY || kind == AST_SECTION_GROUP ? 2 * LEVEL : LEVEL;
}

/* Where the text of an element begins. */
static uint32_t start_of(const struct ast_module *m, enum ast_section_kind kind, size_t i)
{
    switch (kind) {
    case AST_SECTION_IMPORT:
        return m->imports.items[i]->span.start;
    case AST_SECTION_OWNS:
        return m->owns.items[i].span.start;
    case AST_SECTION_TYPE:
        return m->types.items[i]->span.start;
    case AST_SECTION_METADATA:
        return m->tags.items[i]->span.start;
    case AST_SECTION_GROUP:
        return m->groups.items[i]->span.start;
    case AST_SECTION_POLICY:
        return m->policies.items[i]->span.start;
    case AST_SECTION_REQUIRE:
        return m->inits.items[i]->span.start;
    case AST_SECTION_PARAM:
        return m->params.items[i]->span.start;
    case AST_SECTION_RESPONSE:
        return m->responses.items[i]->span.start;
    case AST_SECTION_TEST:
        return m->tests.items[i]->span.start;
    case AST_SECTION_PROVE:
        return m->claims.items[i]->span.start;
    }
    return 0;
}

static bool has_rows(enum ast_section_kind kind)
{
    return kind == AST_SECTION_REQUIRE || kind == AST_SECTION_PARAM ||
           kind == AST_SECTION_RESPONSE || kind == AST_SECTION_TEST || kind == AST_SECTION_PROVE;
}

static void print_elements(struct printer *pr, const struct ast_module *m,
                           const struct ast_section *section)
{
    size_t from = pr->out->pieces.count;
    for (size_t i = section->first; i < section->first + section->count; i++) {
        bool first = i == section->first;
        uint32_t start = start_of(m, section->kind, i);
        if (!first && depth_of(section->kind) > LEVEL)
            print_comments_after(pr, start, depth_of(section->kind), false);
        layout_line(pr->out, LEVEL, first ? LAYOUT_FIRST : LAYOUT_KEEP);
        print_comments(pr, start);
        print_start(pr, start);
        if (has_rows(section->kind))
            layout_row(pr->out);
        layout_open(pr->out, LEVEL, false);
        print_element(pr, m, section, i);
        layout_close(pr->out);
    }
    if (section->kind == AST_SECTION_REQUIRE)
        layout_align_all(pr->out, from, LEVEL);
    else if (has_rows(section->kind))
        layout_align(pr->out, from, LEVEL);
}

static void print_section(struct printer *pr, const struct ast_module *m,
                          const struct ast_section *section)
{
    bool all = section->kind == AST_SECTION_PROVE && section->count &&
               m->claims.items[section->first]->all;
    layout_line(pr->out, 0, LAYOUT_ALWAYS);
    print_at(pr, section->span.start, ast_section_name(section->kind));
    print_word(pr, all ? " all:" : ":");
    print_elements(pr, m, section);
}

static void print_module(struct printer *pr, const struct ast_module *m)
{
    const struct ast_section *last = NULL;
    layout_line(pr->out, 0, LAYOUT_FIRST);
    print_at(pr, m->header.start, "module ");
    print_name(pr, m->name);
    print_word(pr, ":");
    for (size_t i = 0; i < m->sections.count; i++) {
        const struct ast_section *section = &m->sections.items[i];
        if (last)
            print_comments_after(pr, section->span.start, depth_of(last->kind), false);
        print_section(pr, m, section);
        last = section;
    }
    print_comments_after(pr, m->span.end, last ? depth_of(last->kind) : LEVEL, true);
}

void ast_print(const struct ast_module *module, struct str_buf *out)
{
    struct layout layout;
    layout_init(&layout, PRINT_WIDTH);
    struct printer pr = {.out = &layout,
                         .dialect = module->dialect,
                         .text = module->text,
                         .comments = &module->comments};
    print_comments_init(&pr);
    print_module(&pr, module);
    layout_print(&layout, out);
    str_add_char(out, '\n');
    layout_free(&layout);
}

void ast_print_rule(const struct ast_rule *rule, struct str_buf *out)
{
    static const struct ast_comment_list none = {0};
    struct layout layout;
    layout_init(&layout, LAYOUT_NO_LIMIT);
    struct printer pr = {.out = &layout, .dialect = LANG_POL, .comments = &none};
    print_rule(&pr, rule);
    layout_print(&layout, out);
    layout_free(&layout);
}
