/* Operand lines and tag sets: the syntax alone (trace_text.h) and over a space of tags (tagset.h).
 * What both accept they must read alike; a literal's text must read back equal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/tagset.h>
#include <pol/trace_text.h>

#include "tests/fuzz/lib/fuzz.h"

enum { ITEMS = 64, TEXT = 4096 };

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "trace-operand: %s\n", what);
    abort();
}

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    if (!copy)
        exit(2);
    return strcpy(copy, text);
}

static void name_tag(struct pol_space *space, uint32_t tag, const char *module, const char *name)
{
    space->tags[tag].name = copy_text(name);
    space->tags[tag].module = copy_text(module);
    space->tags[tag].merge_all = tag % 2;
}

/* Tags A, B n, Pointer n m, Saved set n, and A once more in another module. */
static struct pol_space *make_space(void)
{
    struct pol_space *space = pol_space_new(6);
    if (!space)
        exit(2);
    name_tag(space, 0, "m", "A");
    name_tag(space, 1, "m", "B");
    name_tag(space, 2, "heap", "Pointer");
    name_tag(space, 3, "m", "Saved");
    name_tag(space, 4, "heap", "A");
    name_tag(space, 5, "m", "C-x.y");
    space->tags[1].nargs = 1;
    space->tags[1].args[0].limit = (uint64_t)1 << 32;
    space->tags[2].nargs = 2;
    space->tags[2].args[0].limit = 5;
    space->tags[2].args[1].limit = 1;
    space->tags[3].nargs = 2;
    space->tags[3].args[0].is_set = true;
    space->tags[3].args[1].limit = 100;
    require(pol_space_finish(space) == 0, "the space is refused");
    return space;
}

static void check_literal(const struct pol_space *space, const char *text, size_t size)
{
    char err[80], printed[TEXT];
    uint32_t *lit = calloc(space->words, sizeof *lit), *again = calloc(space->words, sizeof *lit);
    struct pol_text_error error;
    if (lit && again && pol_lit_parse(space, text, size, lit, err, sizeof err) == 0) {
        size_t n = pol_lit_format(space, lit, printed, sizeof printed);
        require(n < sizeof printed, "a set of six tags has a long text");
        require(pol_lit_parse(space, printed, n, again, err, sizeof err) == 0,
                "the text of a set is refused");
        require(memcmp(lit, again, space->words * sizeof *lit) == 0, "the text is another set");
        require(pol_tagset_parse(printed, n, NULL, 0, &error) > 0, "the two syntaxes differ");
    }
    free(lit);
    free(again);
}

static void check_items(const char *text, size_t size)
{
    struct pol_tag_item items[ITEMS];
    struct pol_text_error error = {.offset = 0};
    long n = pol_tagset_parse(text, size, items, ITEMS, &error);
    require(n == pol_tagset_parse(text, size, NULL, 0, &error), "capacity changes the answer");
    require(n >= 0 || error.offset <= size, "an error beyond the text");
    for (long i = 0; i < n && i < ITEMS && n <= ITEMS; i++)
        require(items[i].next > (uint32_t)i && items[i].next <= (uint32_t)n, "bad sibling");
}

static void check_operands(const struct pol_space *space, const char *text, size_t size)
{
    struct pol_operand_line line;
    struct pol_text_error error;
    int status = pol_operand_parse(text, size, &line, &error);
    require(status >= 0 || error.offset <= size, "an error beyond the text");
    for (size_t i = 0; status > 0 && i < line.count; i++) {
        check_items(line.operands[i].tags.at, line.operands[i].tags.length);
        check_literal(space, line.operands[i].tags.at, line.operands[i].tags.length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct pol_space *space = make_space();
    check_items(text, size);
    check_literal(space, text, size);
    check_operands(space, text, size);
    pol_space_free(space);
    return 0;
}
