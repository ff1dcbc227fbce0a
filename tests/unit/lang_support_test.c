/* lang/support: arenas, strings, interning, places. */
#include <stdint.h>
#include <stdlib.h>

#include "lang/support/arena.h"
#include "lang/support/intern.h"
#include "lang/support/span.h"
#include "lang/support/str.h"
#include "tests/unit/check.h"

static void test_arena(void)
{
    CASE("arena: memory is zeroed, aligned and distinct");
    struct arena a;
    arena_init(&a);
    unsigned char *before = NULL;
    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *p = arena_alloc(&a, size);
        CHECK((uintptr_t)p % 16 == 0);
        size_t sum = 0;
        for (size_t i = 0; i < size; i++)
            sum += p[i];
        CHECK_INT(sum, 0);
        memset(p, 0xff, size);
        CHECK(p != before);
        before = p;
    }
    unsigned char *large = arena_alloc(&a, 10u << 20);
    CHECK_INT(large[(10u << 20) - 1], 0);
    arena_free(&a);
    CHECK_INT(a.total, 0);
    CHECK_STR(arena_strdup(&a, "usable again"), "usable again");
    CHECK_STR(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    CHECK_STR(arena_strndup(&a, "abcdef", 3), "abc");
    arena_free(&a);
}

static void test_vec(void)
{
    CASE("arena: vectors keep their elements while growing");
    struct arena a = {0};
    VEC_OF(int) v = {0};
    for (int i = 0; i < 1000; i++)
        VEC_PUSH(&a, &v, i * 3);
    CHECK_INT(v.count, 1000);
    int wrong = 0;
    for (int i = 0; i < 1000; i++)
        wrong += v.items[i] != i * 3;
    CHECK_INT(wrong, 0);
    arena_free(&a);
}

static void test_builder(void)
{
    CASE("str: builder");
    struct str_buf b;
    str_init(&b);
    CHECK_STR(str_text(&b), "");
    str_add(&b, "one");
    str_add_char(&b, ' ');
    str_printf(&b, "%03d", 7);
    str_add_repeat(&b, '-', 3);
    str_add_len(&b, "xyz", 2);
    CHECK_STR(str_text(&b), "one 007---xy");
    CHECK_INT(b.len, 12);
    str_cut(&b, 3);
    CHECK_STR(str_text(&b), "one");
    str_clear(&b);
    CHECK_STR(str_text(&b), "");
    for (int i = 0; i < 1000; i++)
        str_add(&b, "0123456789");
    CHECK_INT(strlen(str_text(&b)), 10000);
    str_free(&b);
    CHECK(str_starts("policy", "pol") && !str_starts("po", "pol"));
}

static void check_clean(const char *bytes, size_t len, const char *want, size_t columns)
{
    struct str_buf b;
    str_init(&b);
    CHECK_INT(str_add_clean(&b, bytes, len, 2), columns);
    CHECK_STR(str_text(&b), want);
    str_free(&b);
}

static void test_clean(void)
{
    CASE("str: only valid UTF-8 and printable characters are shown");
    check_clean("a\tb", 3, "a  b", 4);
    check_clean("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                3);
    check_clean("\xe4x", 2, "?x", 2);              /* Latin-1 */
    check_clean("\xc0\xaf", 2, "??", 2);           /* overlong */
    check_clean("\xed\xa0\x80", 3, "???", 3);      /* surrogate */
    check_clean("\xf5\x80\x80\x80", 4, "????", 4); /* too large */
    check_clean("\xc2\x9b", 2, "??", 2);           /* a C1 control */
    check_clean("\xe2\x82", 2, "??", 2);           /* cut off */
    check_clean("\x1b[31m\0\x7f", 7, "?[31m??", 7);
}

static void test_distance(void)
{
    CASE("str: edit distance");
    CHECK_INT(str_distance("", "", 3), 0);
    CHECK_INT(str_distance("abc", "abc", 3), 0);
    CHECK_INT(str_distance("abc", "abd", 3), 1);
    CHECK_INT(str_distance("abc", "acb", 3), 1);
    CHECK_INT(str_distance("abc", "ab", 3), 1);
    CHECK_INT(str_distance("ab", "abcd", 3), 2);
    CHECK_INT(str_distance("kitten", "sitting", 3), 3);
    CHECK_INT(str_distance("kitten", "sitting", 2), 3);
    CHECK_INT(str_distance("abcdef", "uvwxyz", 3), 4);
    char longer[100];
    memset(longer, 'a', 99);
    longer[99] = '\0';
    CHECK_INT(str_distance(longer, longer, 1), 0);
    CHECK_INT(str_distance(longer, longer + 1, 1), 2);
}

static void test_nearest(void)
{
    CASE("str: did you mean");
    static const char *const names[] = {"Call-Tgt", "Return-Tgt", "Wr",
                                        "Rd",       "heapPol",    "stackPol"};
    CHECK_STR(str_nearest("Cal-Tgt", names, 6), "Call-Tgt");
    CHECK_STR(str_nearest("call-tgt", names, 6), "Call-Tgt");
    CHECK_STR(str_nearest("heapPl", names, 6), "heapPol");
    CHECK_STR(str_nearest("WR", names, 6), "Wr");
    CHECK(str_nearest("Quux", names, 6) == NULL);
    CHECK(str_nearest("X", names, 6) == NULL);
    CHECK(str_nearest("", names, 6) == NULL);
    static const char *const equal[] = {"aab", "aac"};
    CHECK_STR(str_nearest("aad", equal, 2), "aab");
}

static void test_intern(void)
{
    CASE("intern: one id per string, dense, stable");
    struct interner *in = intern_new();
    CHECK_INT(intern_find(in, "a").v, 0);
    struct intern_id a = intern_str(in, "a"), b = intern_len(in, "bcd", 1);
    const char *text = intern_text(in, a);
    CHECK_INT(a.v, 1);
    CHECK_INT(b.v, 2);
    CHECK(intern_same(a, intern_str(in, "a")) && !intern_same(a, b));
    for (int i = 0; i < 5000; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        CHECK_INT(intern_str(in, name).v, i + 3);
    }
    CHECK_INT(intern_count(in), 5002);
    CHECK_INT(intern_find(in, "n4999").v, 5002);
    CHECK(intern_text(in, a) == text);
    CHECK_STR(intern_text(in, b), "b");
    CHECK_STR(intern_text(in, (struct intern_id){0}), "");
    intern_free(in);
}

static struct lang_file_id add_source(struct lang_source_map *map, const char *name,
                                      const char *text)
{
    return lang_source_add(map, name, text, strlen(text));
}

static void check_place(const struct lang_source_map *map, struct lang_file_id file,
                        uint32_t offset, uint32_t line, uint32_t column)
{
    struct lang_place place = lang_place_at(map, file, offset);
    CHECK_INT(place.line, line);
    CHECK_INT(place.column, column);
}

static void test_places(void)
{
    CASE("span: lines and columns");
    struct lang_source_map *map = lang_source_map_new();
    struct lang_file_id one = add_source(map, "one", "ab\n\ncd\r\nlast");
    struct lang_file_id empty = add_source(map, "empty", "");
    CHECK_INT(one.v, 1);
    CHECK_INT(lang_source_count(map), 2);
    check_place(map, one, 0, 1, 1);
    check_place(map, one, 2, 1, 3);
    check_place(map, one, 3, 2, 1);
    check_place(map, one, 5, 3, 2);
    check_place(map, one, 12, 4, 5);
    check_place(map, empty, 0, 1, 1);
    CHECK_INT(lang_place_at(map, one, 4).line_len, 2); /* without \r\n */
    CHECK_STR(lang_place_at(map, one, 4).file, "one");
    lang_source_map_free(map);
}

static void test_markers(void)
{
    CASE("span: CPP line markers");
    struct lang_source_map *map = lang_source_map_new();
    struct lang_file_id file = add_source(map, "f.i", "# 7 \"a\"\nx\ny\n# 3 \"b\"\nz\n# 9\nw");
    lang_source_marker(map, file, 0, 7, "a", 1);
    lang_source_marker(map, file, 12, 3, "b", 1);
    lang_source_marker(map, file, 12, 99, "again", 5);
    lang_source_marker(map, file, 22, 9, NULL, 0);
    check_place(map, file, 0, 1, 1);
    check_place(map, file, 8, 7, 1);
    check_place(map, file, 10, 8, 1);
    check_place(map, file, 20, 3, 1);
    CHECK_STR(lang_place_at(map, file, 20).file, "b");
    check_place(map, file, 26, 9, 1);
    CHECK_STR(lang_place_at(map, file, 26).file, "b");
    lang_source_map_free(map);
}

static void test_join(void)
{
    CASE("span: join");
    struct lang_span a = {1, 3, 5}, b = {1, 1, 4}, other = {2, 0, 9};
    struct lang_span joined = lang_span_join(a, b);
    CHECK_INT(joined.start, 1);
    CHECK_INT(joined.end, 5);
    CHECK_INT(lang_span_join(a, other).end, 5);
    CHECK_INT(lang_span_join(LANG_NO_SPAN, other).file, 2);
    CHECK_INT(lang_span_join(other, LANG_NO_SPAN).end, 9);
}

static void test_load(void)
{
    CASE("span: files");
    struct lang_source_map *map = lang_source_map_new();
    struct lang_file_id id = {0};
    CHECK(lang_source_load(map, "/nonexistent/file.pol", &id) != 0);
    CHECK(lang_source_load(map, "/", &id) != 0);
    CHECK_INT(id.v, 0);
    char path[] = "/tmp/lang-support-XXXXXX";
    int fd = mkstemp(path);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!out)
        abort();
    for (int i = 0; i < 40000; i++)
        fputs("line\n", out);
    fclose(out);
    CHECK_INT(lang_source_load(map, path, &id), 0);
    size_t len = 0;
    const char *text = lang_source_text(map, id, &len);
    CHECK_INT(len, 200000);
    CHECK_INT(text[len], 0);
    CHECK_STR(lang_source_name(map, id), path);
    check_place(map, id, 199999, 40000, 5);
    remove(path);
    lang_source_map_free(map);
}

int main(void)
{
    test_arena();
    test_vec();
    test_builder();
    test_clean();
    test_distance();
    test_nearest();
    test_intern();
    test_places();
    test_markers();
    test_join();
    test_load();
    return check_done();
}
