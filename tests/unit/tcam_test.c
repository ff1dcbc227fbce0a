/* The TCAM layout, from policies: compiled to the end, so that each table is loaded and proven to
 * do what its rules say; then what its entries look like. */
#include <stdlib.h>
#include <unistd.h>
#include "compiler/analysis/keyset.h"
#include "compiler/compile.h"
#include "lang/support/str.h"
#include "tests/unit/check.h"

struct fixture {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
    enum compile_status status;
    char err[512];
};

static bool write_policy(const char *path, const struct str_buf *text)
{
    FILE *file = fopen(path, "w");
    return file && fputs(str_text(text), file) >= 0 && fclose(file) == 0;
}

static void open_policy(struct fixture *f, struct str_buf *text, bool fuse)
{
    struct compile_options options;
    char folder[] = "/tmp/tcam_test_XXXXXX", path[64];
    compile_options_init(&options);
    options.loaded_code = 0;
    options.layout = TBL_TCAM;
    options.fuse = fuse;
    f->map = lang_source_map_new();
    f->sink = diag_sink_new(f->map);
    f->compiled = NULL;
    f->err[0] = 0;
    bool ok = mkdtemp(folder) != NULL;
    snprintf(path, sizeof path, "%s/q.pol", folder);
    CHECK(ok && write_policy(path, text));
    f->status = compile_file(path, &options, f->map, f->sink, &f->compiled, f->err, sizeof f->err);
    if (f->status != COMPILE_OK) {
        printf("# %s\n", f->err);
        diag_render_text(f->sink, stdout, false);
    }
    unlink(path);
    rmdir(folder);
    str_free(text);
}

static void close_policy(struct fixture *f)
{
    compile_free(f->compiled);
    diag_sink_free(f->sink);
    lang_source_map_free(f->map);
}

static void start_module(struct str_buf *text, const char *metadata)
{
    str_init(text);
    str_printf(text,
               "module q:\ntype: data I = Int\nmetadata: %s\ngroup:\n"
               "    grp s(RS1:a, RS2:v, MEM:m -> MEM:o) sw\npolicy:\n    q = ",
               metadata);
}

/* The program of the first decider for an opclass; NULL: none has this name. */
static const struct pol_prt_program *program_of(const struct fixture *f, const char *opclass)
{
    const struct pol_table *t = f->compiled ? f->compiled->table : NULL;
    for (uint32_t i = 0; t && i < t->n_opclasses; i++)
        if (strcmp((const char *)t->strings + t->opclasses[i].name, opclass) == 0)
            return &t->programs[t->remap[i]];
    CHECK(f->compiled == NULL); /* no such opclass */
    return NULL;
}

static struct key_cube entry_cube(const struct pol_prt_ternary *e)
{
    return (struct key_cube){(uint64_t)e->value[1] << 32 | e->value[0],
                             (uint64_t)e->mask[1] << 32 | e->mask[0]};
}

/* Can the key occur, level by level? */
static bool is_possible(const struct pol_table *t, const struct pol_prt_program *p, uint64_t key)
{
    for (uint32_t k = 0; k < p->nlevels; k++) {
        const struct pol_prt_level *l = &t->levels[p->first_level + k];
        uint64_t input = key >> l->base, most = 1;
        while (most < l->width)
            most *= 2;
        input &= most - 1;
        if (input >= l->width ||
            (l->kind == POL_LEVEL_MAP && t->maps[l->map + input] == POL_MAP_INVALID))
            return false;
    }
    return true;
}

/* The state of a key; POL_NONE: it cannot occur, and no entry matches. */
static uint32_t state_of(const struct pol_table *t, const struct pol_prt_program *p, uint64_t key)
{
    for (uint32_t e = 0; e < p->dense_size; e++)
        if (cube_has_key(entry_cube(&t->ternary[p->dense_base + e]), key))
            return t->ternary[p->dense_base + e].state;
    return is_possible(t, p, key) ? p->start : POL_NONE;
}

/* Entries are as wide as they can be: with a bit of the mask less they would match a key of another
 * state. */
static void check_width(const struct pol_table *t, const struct pol_prt_program *p, uint32_t bits)
{
    uint32_t narrow = 0;
    for (uint32_t i = 0; i < p->dense_size * bits; i++) {
        const struct pol_prt_ternary *entry = &t->ternary[p->dense_base + i / bits];
        struct key_cube cube = entry_cube(entry);
        uint64_t bit = (uint64_t)1 << i % bits;
        bool other = !(cube.mask & bit);
        cube = (struct key_cube){cube.value ^ bit, cube.mask};
        for (uint64_t key = 0; key <= key_bits(bits) && !other; key++) {
            uint32_t state = cube_has_key(cube, key) ? state_of(t, p, key) : POL_NONE;
            other = state != POL_NONE && state != entry->state;
        }
        narrow += !other;
    }
    CHECK_INT(narrow, 0);
}

/* What all programs must be: tcam, levels side by side without a gap, entries not for `start` but
 * where there is no "no rule". */
static void check_programs(const struct fixture *f)
{
    const struct pol_table *t = f->compiled ? f->compiled->table : NULL;
    CHECK(t != NULL);
    for (uint32_t i = 0; t && i < t->n_programs; i++) {
        const struct pol_prt_program *p = &t->programs[i];
        uint32_t base = 0;
        CHECK_INT(p->layout, POL_LAYOUT_TCAM);
        for (uint32_t k = 0; k < p->nlevels; k++) {
            const struct pol_prt_level *l = &t->levels[p->first_level + k];
            CHECK_INT(l->base, base);
            while (l->width > (uint64_t)1 << (base - l->base))
                base++;
        }
        bool no_rule =
            p->first_tuple == POL_NONE && t->actions[p->first_action + p->start].rule == POL_NONE;
        for (uint32_t e = 0; e < p->dense_size; e++) {
            const struct pol_prt_ternary *entry = &t->ternary[p->dense_base + e];
            CHECK((entry_cube(entry).mask & ~key_bits(base)) == 0);
            CHECK(!no_rule || entry->state != p->start);
        }
        if (base <= 12)
            check_width(t, p, base);
    }
}

/* --- what is in the key -------------------------------------------------------------------------
 */

static void test_codes(void)
{
    struct str_buf text;
    struct fixture f;
    CASE("maps: the codes themselves, in as many bits as they need");
    start_module(&text, "A, B, C");
    str_add(&text, "s(a == {A}, m == {B} -> o = {B, C})\n        ^ s(a == {B, C} -> o = {A})\n"
                   "require:\n    init ISA.RISCV.Reg.x5 {A}\n    init ISA.RISCV.Reg.x6 {B, C}\n"
                   "    init soc.first.memory {B}\n");
    open_policy(&f, &text, false);
    check_programs(&f);
    const struct pol_prt_program *p = program_of(&f, "sw");
    for (uint32_t k = 0; p && k < p->nlevels; k++) {
        const struct pol_table *t = f.compiled->table;
        const struct pol_prt_level *l = &t->levels[p->first_level + k];
        uint32_t valid = 0;
        CHECK_INT(l->kind, POL_LEVEL_MAP);
        CHECK_INT(l->width, l->value);
        CHECK(t->maps[l->map] == POL_MAP_INVALID);
        for (uint32_t code = 0; code <= l->mask; code++) {
            CHECK(t->maps[l->map + code] == code || t->maps[l->map + code] == POL_MAP_INVALID);
            valid += t->maps[l->map + code] == code;
        }
        CHECK(valid > 1);
    }
    CHECK_INT(p ? p->nlevels : 0, 2);
    CHECK_INT(p ? p->dense_size : 0, 2);
    close_policy(&f);
}

/* 9 codes of registers, 5 of memory: most keys cannot occur. */
static void test_sets(void)
{
    struct str_buf text;
    struct fixture f;
    CASE("codes that cannot stand in an operand are don't-cares");
    start_module(&text, "A, B, C, D");
    str_add(&text,
            "s(a == [+A], m == [+B] -> o = {B})\n        ^ s(a == [-C], m == [-D] -> o = {D})\n"
            "        ^ s(a == [+D], v == [-B] -> o = {A, C})\n        ^ s(v == {} -> o = {})\n"
            "require:\n");
    for (uint32_t i = 1; i < 16; i += 2)
        str_printf(&text, "    init ISA.RISCV.Reg.x%u {%s%s%sA}\n", i, i & 2 ? "B, " : "",
                   i & 4 ? "C, " : "", i & 8 ? "D, " : "");
    open_policy(&f, &text, false);
    check_programs(&f);
    close_policy(&f);
}

/* n rules that differ in a constant: the classes of a value are bits of the key. */
static void test_constants(void)
{
    struct str_buf text;
    struct fixture f;
    uint32_t n = 100;
    CASE("values: one entry for each constant, in a key of few bits");
    start_module(&text, "A, B I");
    for (uint32_t i = 0; i < n; i++)
        str_printf(&text, "s(a == [B %u] -> o = {B %u})\n        ^ ", i, i);
    str_add(&text, "s(-> o = {A})\nrequire: init ISA.RISCV.Reg.x5 {B 1}\n");
    open_policy(&f, &text, false);
    check_programs(&f);
    const struct pol_prt_program *p = program_of(&f, "sw");
    CHECK_INT(p ? p->nlevels : 0, 2);
    CHECK(p && p->dense_size >= n + 2 && p->dense_size <= n + 4);
    close_policy(&f);
}

/* Tags T0 .. Tn-1 in any combination: too many for codes, so that each is one bit. */
static void start_bits(struct str_buf *text, uint32_t n)
{
    str_init(text);
    str_add(text, "module q:\nmetadata: T0");
    for (uint32_t i = 1; i < n; i++)
        str_printf(text, ", T%u", i);
    str_add(text, "\ngroup:\n    grp u(RS1:a, RS2:v -> RD:r) add\n"
                  "    grp s(RS1:a, RS2:v, MEM:m -> MEM:o) sw\npolicy:\n"
                  "    q = u(-> r = a \\/ v)\n        ^ ");
}

static void end_bits(struct str_buf *text, uint32_t n)
{
    str_add(text, "s(-> o = {})\nrequire:\n");
    for (uint32_t i = 0; i < n && i < 31; i++)
        str_printf(text, "    init ISA.RISCV.Reg.x%u {T%u, T%u}\n", i + 1, i, (i + 31) % n);
}

static void test_tests(void)
{
    struct str_buf text;
    struct fixture f;
    CASE("tests of bits: a bit of the key each");
    start_bits(&text, 16);
    str_add(&text, "s(a == {T0, T1} -> o = a)\n        ^ s(a == {T0} -> o = v)\n"
                   "        ^ s(a == [+T0] -> o = m)\n        ^ ");
    end_bits(&text, 16);
    open_policy(&f, &text, false);
    check_programs(&f);
    const struct pol_prt_program *p = program_of(&f, "sw");
    CHECK_INT(p ? p->nlevels : 0, 3);
    CHECK_INT(p ? p->dense_size : 0, 4);
    close_policy(&f);
}

/* --- limits -------------------------------------------------------------------------------------
 */

/* a and v have the same of n tags: 2^n entries. */
static void same_tags(struct str_buf *text, uint32_t n)
{
    start_bits(text, n);
    for (uint32_t i = 0; i < n; i++)
        str_printf(text,
                   "s(a == [+T%u], v == [-T%u] -> fail \"more\")\n        ^ "
                   "s(a == [-T%u], v == [+T%u] -> fail \"less\")\n        ^ ",
                   i, i, i, i);
    end_bits(text, n);
}

static void check_limit(uint32_t n, const char *message)
{
    struct str_buf text;
    struct fixture f;
    same_tags(&text, n);
    open_policy(&f, &text, false);
    CHECK_INT(f.status, COMPILE_LIMIT);
    CHECK(strstr(f.err, message) != NULL);
    close_policy(&f);
}

static void test_limits(void)
{
    struct str_buf text;
    struct fixture f;
    CASE("as many entries as there are sets");
    same_tags(&text, 4);
    open_policy(&f, &text, false);
    check_programs(&f);
    close_policy(&f);
    CASE("too long a key, too many entries: what is needed and what to do");
    check_limit(33, "tcam layout: the rules of q.q need keys of 66 bits, at most 64 are possible; "
                    "use another layout");
    check_limit(16, "tcam layout: with the rules of q.q, whose keys have 32 bits, the table needs "
                    "more than 32768 entries; use another layout");
}

static void test_fused(void)
{
    struct str_buf text;
    struct fixture f;
    CASE("fused programs");
    same_tags(&text, 3);
    open_policy(&f, &text, true);
    check_programs(&f);
    const struct pol_prt_program *p = program_of(&f, "sw");
    CHECK(p && p->first_tuple != POL_NONE);
    close_policy(&f);
}

int main(void)
{
    test_codes();
    test_sets();
    test_constants();
    test_tests();
    test_limits();
    test_fused();
    return check_done();
}
