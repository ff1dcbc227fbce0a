/* Tag spaces and literals: names, layout, reading, printing, hostile text. */
#include <pol/tagset.h>

#include <stdlib.h>
#include <string.h>
#include "tests/unit/check.h"

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *result = malloc(size);
    if (!result)
        abort();
    return memcpy(result, text, size);
}

/* One tag: `args` has a letter for each argument: i of Int(8), w of a full word, s a TagSet. */
static void declare(struct pol_space *space, uint32_t t, const char *module, const char *name,
                    const char *args)
{
    struct pol_tag_info *tag = &space->tags[t];
    tag->name = copy(name);
    tag->module = copy(module);
    tag->nargs = (uint32_t)strlen(args);
    for (uint32_t k = 0; k < tag->nargs && k < POL_MAX_ARGS; k++) {
        tag->args[k].is_set = args[k] == 's';
        tag->args[k].limit = args[k] == 'i' ? 8 : (uint64_t)1 << 32;
    }
}

enum { A, B, SAVED, PAIR, WIDE, MIX, DUP1, DUP2, NTAGS };

static struct pol_space *sample(void)
{
    struct pol_space *space = pol_space_new(NTAGS);
    declare(space, A, "m", "A", "");
    declare(space, B, "m", "B", "i");
    declare(space, SAVED, "m", "Saved", "s");
    declare(space, PAIR, "os.heap", "Pair", "ii");
    declare(space, WIDE, "os.heap", "Wide", "w");
    declare(space, MIX, "os.heap", "Mix", "isi");
    declare(space, DUP1, "m", "Dup", "i");
    declare(space, DUP2, "os.heap", "Dup", "");
    CHECK_INT(pol_space_finish(space), 0);
    return space;
}

static long find(const struct pol_space *space, const char *name)
{
    return pol_space_find(space, name, strlen(name));
}

static void test_names(void)
{
    CASE("short and qualified names");
    struct pol_space *space = sample();
    CHECK_INT(find(space, "A"), A);
    CHECK_INT(find(space, "m.A"), A);
    CHECK_INT(find(space, "os.heap.Pair"), PAIR);
    CHECK_INT(find(space, "heap.Pair"), -1);
    CHECK_INT(find(space, "os.heap.A"), -1);
    CHECK_INT(find(space, "Nope"), -1);
    CHECK_INT(find(space, ""), -1);
    CHECK_INT(pol_space_find(space, "AB", 1), A);
    CHECK_INT(find(space, "Dup"), -2);
    CHECK_INT(find(space, "m.Dup"), DUP1);
    CHECK_INT(find(space, "os.heap.Dup"), DUP2);
    CHECK(space->tags[DUP1].ambiguous && space->tags[DUP2].ambiguous);
    CHECK(!space->tags[A].ambiguous);
    pol_space_free(space);

    CASE("a short name with a dot does not hide a qualified one");
    space = pol_space_new(2);
    declare(space, 0, "z", "m.A", "");
    declare(space, 1, "m", "A", "");
    CHECK_INT(pol_space_finish(space), 0);
    CHECK_INT(find(space, "m.A"), 1);
    CHECK_INT(find(space, "z.m.A"), 0);
    CHECK(space->tags[0].ambiguous && !space->tags[1].ambiguous);
    pol_space_free(space);
}

static void test_layout(void)
{
    CASE("offsets of literals and flat literals");
    struct pol_space *space = sample();
    CHECK_INT(space->has_words, 1);
    /* flat: presence, B 1, Pair 2, Wide 1, m.Dup 1 */
    CHECK_INT(space->flat_words, 6);
    CHECK_INT(space->tags[B].args[0].flat_offset, 1);
    CHECK_INT(space->tags[PAIR].args[1].flat_offset, 3);
    CHECK_INT(space->tags[WIDE].args[0].flat_offset, 4);
    CHECK_INT(space->tags[MIX].args[0].flat_offset, POL_NO_OFFSET);
    /* full: presence, B 1, Saved 6, Pair 2, Wide 1, Mix 1 + 6 + 1, Dup 1 */
    CHECK_INT(space->words, 20);
    CHECK_INT(space->tags[SAVED].args[0].offset, 2);
    CHECK_INT(space->tags[PAIR].args[0].offset, 8);
    CHECK_INT(space->tags[MIX].args[2].offset, 18);
    CHECK(space->tags[SAVED].has_set_arg && space->tags[MIX].has_set_arg);
    CHECK(!space->tags[PAIR].has_set_arg);
    CHECK_INT(pol_space_finish(space), 0); /* again: the same */
    CHECK_INT(space->words, 20);
    pol_space_free(space);

    CASE("an empty space has one presence word");
    space = pol_space_new(0);
    CHECK_INT(pol_space_finish(space), 0);
    CHECK_INT(space->has_words, 1);
    CHECK_INT(space->words, 1);
    CHECK_INT(find(space, "A"), -1);
    uint32_t lit[1] = {7};
    char text[8];
    CHECK_INT(pol_lit_parse(space, "{}", 2, lit, NULL, 0), 0);
    CHECK_INT(lit[0], 0);
    CHECK_INT(pol_lit_format(space, lit, text, sizeof text), 2);
    CHECK_STR(text, "{}");
    pol_space_free(space);
    pol_space_free(NULL);
}

static void test_bad_spaces(void)
{
    CASE("spaces that cannot be");
    struct pol_space *space = pol_space_new(1);
    declare(space, 0, "m", "T", "i");
    space->tags[0].nargs = POL_MAX_ARGS + 1;
    CHECK_INT(pol_space_finish(space), -1);
    space->tags[0].nargs = 1;
    space->tags[0].args[0].limit = ((uint64_t)1 << 32) + 1;
    CHECK_INT(pol_space_finish(space), -1);
    pol_space_free(space);

    /* most tags hold 16 sets, each of which may hold 65,536 arguments */
    space = pol_space_new(65535);
    for (uint32_t t = 0; t < 65535; t++)
        declare(space, t, "m", t % 16 ? "S" : "T",
                t % 16 ? "ssssssssssssssss" : "wwwwwwwwwwwwwwww");
    CHECK_INT(pol_space_finish(space), -1);
    pol_space_free(space);
}

/* Reads `text` and prints it again; on an error, the message. */
static const char *again(const struct pol_space *space, const char *text)
{
    static char buf[400];
    uint32_t lit[64];
    memset(lit, 0xff, sizeof lit);
    if (pol_lit_parse(space, text, strlen(text), lit, buf, sizeof buf) == 0)
        pol_lit_format(space, lit, buf, sizeof buf);
    return buf;
}

static void test_reading(void)
{
    CASE("reading and printing");
    struct pol_space *space = sample();
    CHECK_STR(again(space, "{}"), "{}");
    CHECK_STR(again(space, " { } \n"), "{}");
    CHECK_STR(again(space, "{B 3,A}"), "{A, B 3}");
    CHECK_STR(again(space, "{(B 0x7), ( A ), (m.Dup 1)}"), "{A, B 7, m.Dup 1}");
    CHECK_STR(again(space, "{Pair 1 2, os.heap.Dup}"), "{Pair 1 2, os.heap.Dup}");
    CHECK_STR(again(space, "{Wide 4294967295}"), "{Wide 4294967295}");
    CHECK_STR(again(space, "{Wide 0XfFfFfFfF}"), "{Wide 4294967295}");
    CHECK_STR(again(space, "{Saved {A, (B 1)}}"), "{Saved {A, B 1}}");
    CHECK_STR(again(space, "{Saved{}}"), "{Saved {}}");
    CHECK_STR(again(space, "{Mix 1 {Pair 3 4, m.Dup 5} 2,A}"), "{A, Mix 1 {Pair 3 4, m.Dup 5} 2}");

    CASE("equal sets have equal words");
    uint32_t x[20], y[20];
    const char *one = "{A, Saved {A, B 1}}", *two = "{ (Saved { B 0x01,A }),m.A }";
    CHECK_INT(pol_lit_parse(space, one, strlen(one), x, NULL, 0), 0);
    CHECK_INT(pol_lit_parse(space, two, strlen(two), y, NULL, 0), 0);
    CHECK(memcmp(x, y, sizeof x) == 0);
    CHECK(pol_lit_has(x, SAVED) && !pol_lit_has(x, B));
    CHECK_INT(x[space->tags[SAVED].args[0].offset], 3);
    pol_space_free(space);
}

static void test_errors(void)
{
    CASE("messages with a column");
    struct pol_space *space = sample();
    CHECK_STR(again(space, ""), "column 1: expected `{`, but the text ends");
    CHECK_STR(again(space, "A"), "column 1: expected `{`, found `A`");
    CHECK_STR(again(space, "{A"), "column 3: expected `,` or `}`, but the text ends");
    CHECK_STR(again(space, "{A,}"), "column 4: expected a tag, found `}`");
    CHECK_STR(again(space, "{,A}"), "column 2: expected a tag, found `,`");
    CHECK_STR(again(space, "{A B}"), "column 4: expected `,` or `}`, found `B`");
    CHECK_STR(again(space, "{A} x"), "column 5: expected nothing more, found `x`");
    CHECK_STR(again(space, "{A\x01}"), "column 3: expected `,` or `}`, found byte 0x01");
    CHECK_STR(again(space, "{Nope}"), "column 2: unknown tag `Nope`");
    CHECK_STR(again(space, "{Dup}"), "column 2: tag `Dup` is ambiguous: write it as MODULE.TAG");
    CHECK_STR(again(space, "{A-}"), "column 3: a name cannot end in `-`");
    CHECK_STR(again(space, "{A, m.A}"), "column 5: tag `A` stands twice in one set");
    CHECK_STR(again(space, "{(A}"), "column 4: expected `)`, found `}`");
    CHECK_STR(again(space, "{A)}"), "column 3: expected `,` or `}`, found `)`");

    CASE("messages about arguments");
    CHECK_STR(again(space, "{B}"), "column 3: `B` takes 1 argument, 0 given");
    CHECK_STR(again(space, "{(Pair 1)}"), "column 9: `Pair` takes 2 arguments, 1 given");
    CHECK_STR(again(space, "{A 1}"), "column 4: `A` takes 0 arguments, more given");
    CHECK_STR(again(space, "{B 1 {}}"), "column 6: `B` takes 1 argument, more given");
    CHECK_STR(again(space, "{B 8}"), "column 4: argument 1 of `B` is out of range (0 to 7)");
    CHECK_STR(again(space, "{Pair 1 0x10000000000000003}"),
              "column 9: argument 2 of `Pair` is out of range (0 to 7)");
    CHECK_STR(again(space, "{B -1}"), "column 4: expected an integer, found `-`");
    CHECK_STR(again(space, "{B {}}"), "column 4: expected an integer, found `{`");
    CHECK_STR(again(space, "{B 3x}"), "column 4: malformed number");
    CHECK_STR(again(space, "{B 0x}"), "column 4: malformed number");
    CHECK_STR(again(space, "{Saved A}"), "column 8: expected `{`, found `A`");
    CHECK_STR(again(space, "{Saved {Saved {}}}"),
              "column 9: `Saved` has a TagSet argument and cannot stand inside `Saved`");
    CHECK_STR(again(space, "{Saved {A, A}}"), "column 12: tag `A` stands twice in one set");
    pol_space_free(space);
}

static void test_buffers(void)
{
    CASE("small buffers are never overrun");
    struct pol_space *space = sample();
    uint32_t lit[20];
    char buf[16];
    const char *text = "{A, B 3}";
    for (size_t size = 0; size <= 9; size++) {
        CHECK_INT(pol_lit_parse(space, text, 8, lit, NULL, 0), 0);
        memset(buf, '#', sizeof buf);
        CHECK_INT(pol_lit_format(space, lit, buf, size), 8);
        CHECK_INT(size ? (long)strlen(buf) : -1, size ? (long)size - 1 : -1);
        CHECK(buf[size] == '#');
        CHECK(size == 0 || strncmp(buf, text, size - 1) == 0);
    }
    for (size_t size = 0; size < sizeof buf; size++) {
        memset(buf, '#', sizeof buf);
        CHECK_INT(pol_lit_parse(space, "{Nope}", 6, lit, buf, size), -1);
        CHECK(buf[size] == '#');
        CHECK(size == 0 || strlen(buf) == size - 1);
    }

    CASE("text need not be terminated, and may hold NUL");
    CHECK_INT(pol_lit_parse(space, "{A}garbage", 3, lit, NULL, 0), 0);
    CHECK_INT(pol_lit_parse(space, "{A\0}", 4, lit, NULL, 0), -1);
    CHECK_INT(pol_lit_parse(space, "{A}", 2, lit, NULL, 0), -1);
    pol_space_free(space);
}

/* Every short text over an alphabet that reaches all parts of the grammar: no crash, and what is
 * accepted prints and reads back as the same words. */
static void test_all_short_texts(void)
{
    CASE("all texts of up to 6 pieces");
    static const char *const pieces[] = {"{", "}", "A", "B", " ", "1", ",", "(", ")", "Saved"};
    enum { COUNT = sizeof pieces / sizeof pieces[0], LEN = 6 };
    struct pol_space *space = sample();
    unsigned long total = 1, accepted = 0, bad = 0;
    for (int i = 0; i < LEN; i++)
        total *= COUNT;
    for (unsigned long n = 0; n < total; n++) {
        char text[64] = "{", out[64];
        uint32_t x[20], y[20];
        unsigned long rest = n;
        for (int i = 0; i < LEN; i++, rest /= COUNT)
            strcat(text, pieces[rest % COUNT]);
        if (pol_lit_parse(space, text, strlen(text), x, out, sizeof out) != 0) {
            bad += strncmp(out, "column ", 7) != 0;
            continue;
        }
        accepted++;
        size_t len = pol_lit_format(space, x, out, sizeof out);
        bad += pol_lit_parse(space, out, len, y, NULL, 0) != 0 || memcmp(x, y, sizeof x) != 0;
    }
    CHECK(accepted > 20);
    CHECK_INT(bad, 0);
    pol_space_free(space);
}

static const char *parsed(const struct pol_space *space, const char *text)
{
    static char out[200];
    uint32_t lit[16];
    if (pol_lit_parse(space, text, strlen(text), lit, out, sizeof out) == 0)
        pol_lit_format(space, lit, out, sizeof out);
    return out;
}

static void test_values(void)
{
    static const char *const labels[] = {"low", "mid-dle", "High"};
    struct pol_space *space = pol_space_new(3);
    uint32_t lit[16];
    char text[200];
    declare(space, 0, "m", "Label", "i");
    declare(space, 1, "m", "Both", "ii");
    declare(space, 2, "m", "Saved", "s");
    char **values = pol_space_values(space, labels, 3);
    space->tags[0].args[0].limit = space->tags[1].args[1].limit = 3;
    space->tags[0].args[0].values = space->tags[1].args[1].values = values;
    CHECK_INT(pol_space_finish(space), 0);
    CASE("names of values are read and printed");
    CHECK_STR(parsed(space, "{Label low}"), "{Label low}");
    CHECK_STR(parsed(space, "{Both 7 High, (Label mid-dle)}"), "{Label mid-dle, Both 7 High}");
    CHECK_STR(parsed(space, "{Saved {Label High, Both 0 low}}"),
              "{Saved {Label High, Both 0 low}}");
    CASE("numbers are as good");
    CHECK_STR(parsed(space, "{Label 2, Both 1 0x1}"), "{Label High, Both 1 mid-dle}");
    CASE("other names are errors");
    CHECK_STR(parsed(space, "{Label lo}"), "column 8: argument 1 of `Label` has no value `lo`");
    CHECK_STR(parsed(space, "{Label lower}"),
              "column 8: argument 1 of `Label` has no value `lower`");
    CHECK_STR(parsed(space, "{Both low low}"), "column 7: expected an integer, found `l`");
    CHECK_STR(parsed(space, "{Label 3}"),
              "column 8: argument 1 of `Label` is out of range (0 to 2)");
    CHECK_STR(parsed(space, "{Label {}}"), "column 8: expected a value, found `{`");
    CHECK_STR(parsed(space, "{Label}"), "column 7: `Label` takes 1 argument, 0 given");
    CASE("a value beyond the names is printed as a number");
    memset(lit, 0, sizeof lit);
    pol_lit_set(lit, 0);
    lit[space->tags[0].args[0].offset] = 3;
    pol_lit_format(space, lit, text, sizeof text);
    CHECK_STR(text, "{Label 3}");
    pol_space_free(space);
}

static void test_large(void)
{
    CASE("65,535 tags in one set");
    enum { MANY = 65535 };
    struct pol_space *space = pol_space_new(MANY);
    char name[32];
    size_t len = 0;
    char *text = malloc(MANY * 16), *out = malloc(MANY * 16);
    if (!text || !out)
        abort();
    for (uint32_t t = 0; t < MANY; t++) {
        snprintf(name, sizeof name, "Tag%u", t);
        declare(space, t, "m", name, "w");
        len += (size_t)snprintf(text + len, MANY * 16 - len, "%s%s %u", t ? ", " : "{", name, t);
    }
    text[len++] = '}';
    CHECK_INT(pol_space_finish(space), 0);
    uint32_t *lit = malloc(space->words * sizeof *lit);
    if (!lit)
        abort();
    CHECK_INT(pol_lit_parse(space, text, len, lit, name, sizeof name), 0);
    CHECK_INT(pol_lit_format(space, lit, out, MANY * 16), len);
    CHECK(memcmp(text, out, len) == 0);
    free(lit);
    free(text);
    free(out);
    pol_space_free(space);
}

int main(void)
{
    test_names();
    test_layout();
    test_bad_spaces();
    test_reading();
    test_errors();
    test_buffers();
    test_all_short_texts();
    test_values();
    test_large();
    return check_done();
}
