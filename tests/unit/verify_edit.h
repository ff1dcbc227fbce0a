/* Loaded tables that tests rewrite by hand, for the tests of the proof.
 *
 * A fixture is a policy compiled to its IR, the table made from it, and the sections that tests
 * change, as growing arrays; is_proven and is_refused put them back into the table first.
 * Ownership: all is the fixture's; close_fixture frees it. */
#ifndef TESTS_UNIT_VERIFY_EDIT_H
#define TESTS_UNIT_VERIFY_EDIT_H

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/backend/prt/prt.h"
#include "compiler/compile.h"
#include "compiler/verify/verify.h"
#include "tests/unit/check.h"

/* A table whose programs were rewritten.  Sections that grow are the arena's. */
struct fixture {
    char path[64];
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
    struct pol_table *loaded;
    struct pol_table t; /* the loaded one, with other sections */
    struct arena arena;
    VEC_OF(struct pol_prt_program) programs;
    VEC_OF(struct pol_prt_level) levels;
    VEC_OF(uint32_t) maps;
    VEC_OF(uint32_t) cells;
    VEC_OF(struct pol_prt_ternary) ternary;
    VEC_OF(uint32_t) tuples;
    VEC_OF(struct pol_prt_op) ops;
};

/* Tags with few sets, and arguments that are compared with constants and with each other. */
static const char policy_text[] =
    "module tested:\n"
    "type:\n    data Level = Int (20)\n"
    "metadata:\n    L Level, K Level, P, Q\n"
    "group:\n"
    "    grp add(RS1:a, RS2:b -> RD:r)\n        add\n"
    "    grp sub(RS1:a, RS2:b -> RD:r)\n        sub\n"
    "    grp store(RS1:a, RS2:v, MEM:m -> MEM:m)\n        sw\n"
    "policy:\n    main =\n"
    "          add(a == [+(L x), +P], b == [-Q] | x == 3 -> r = {L 3})\n"
    "        ^ add(a == [+(L x)] | x < 2 || x == 7 -> r = {L 7})\n"
    "        ^ add(a == [+(L x)], b == [+(L y)] | 10 <= x && x == y -> r = {L x})\n"
    "        ^ add(a == [+(L x)] | x != 12 -> fail \"not twelve\")\n"
    "        ^ add(a == [-L], b == [+Q] -> r = {K 4})\n"
    "        ^ sub(a == [+(L x)], b == [+(K y)] | x <= 5 && y > 6 -> r = {K y})\n"
    "        ^ sub(a == [+(L x)], b == [+P] | x < 20 && 19 < x + 1 -> r = {L x})\n"
    "        ^ sub(a == [+(L x)], b == [+Q] | x < 20 || x == 20 -> r = {L 2})\n"
    "        ^ sub(a == [+P] -> r = {L 1, P})\n"
    "        ^ store(m == [+(K k)] | k == 0 -> m = v)\n"
    "require:\n"
    "    init ISA.RISCV.Env {P}\n    init ISA.RISCV.Reg.x5 {L 1, P}\n    init ISA.RISCV.Reg.x6 {K "
    "2, P}\n"
    "    init ISA.RISCV.Reg.x7 {Q}\n    init SOC.D {L 2}\n";

/* A module that others may import. */
static const char other_text[] = "module other:\n"
                                 "metadata:\n    C, D\n"
                                 "group:\n"
                                 "    grp add(RS1:a, RS2:b -> RD:r)\n        add\n"
                                 "    grp store(RS1:a, RS2:v, MEM:m -> MEM:m)\n        sw\n"
                                 "policy:\n"
                                 "    two = add(b == [+C] -> r = {D})\n"
                                 "        ^ add(a == [+C, -D] -> r = b)\n"
                                 "        ^ store(v == [-D] -> m = v)\n";

static inline bool write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return false;
    fputs(text, out);
    return fclose(out) == 0;
}

static inline bool open_text(struct fixture *f, const char *text)
{
    struct compile_options options;
    char err[1024] = "";
    memset(f, 0, sizeof *f);
    arena_init(&f->arena);
    snprintf(f->path, sizeof f->path, "/tmp/verify-layouts-XXXXXX");
    if (!mkdtemp(f->path))
        return false;
    char file[96], other[96];
    snprintf(file, sizeof file, "%s/tested.pol", f->path);
    snprintf(other, sizeof other, "%s/other.pol", f->path);
    if (!write_text(file, text) || !write_text(other, other_text))
        return false;
    compile_options_init(&options);
    options.library_dir = "stdlib-policies";
    options.last = COMPILE_IR;
    f->map = lang_source_map_new();
    f->sink = diag_sink_new(f->map);
    bool ok = compile_file(file, &options, f->map, f->sink, &f->compiled, err, sizeof err) ==
                  COMPILE_OK &&
              f->compiled->ir;
    if (!ok)
        diag_render_text(f->sink, stdout, false);
    remove(file);
    remove(other);
    rmdir(f->path);
    return ok;
}

static inline bool build(struct fixture *f, const struct tbl_options *options)
{
    const char *why = "";
    char err[512] = "";
    size_t size;
    struct tbl *tbl = tbl_build(f->compiled->ir, options, &why);
    if (!tbl) {
        printf("# %s\n", why);
        return false;
    }
    unsigned char *bytes = prt_bytes(tbl, &size);
    tbl_free(tbl);
    f->loaded = pol_table_load_bytes(bytes, size, err, sizeof err);
    free(bytes);
    if (!f->loaded)
        printf("# %s\n", err);
    return f->loaded != NULL;
}

/* The sections that are edited start as what was loaded. */
static inline void start_edit(struct fixture *f)
{
    f->t = *f->loaded;
#define COPY(member)                                                                               \
    for (uint32_t i = 0; i < f->t.n_##member; i++)                                                 \
    VEC_PUSH(&f->arena, &f->member, f->t.member[i])
    COPY(programs);
    COPY(levels);
    COPY(maps);
    COPY(cells);
    COPY(ternary);
    COPY(tuples);
    COPY(ops);
#undef COPY
}

static inline void end_edit(struct fixture *f)
{
#define PUT(member) (f->t.member = f->member.items, f->t.n_##member = (uint32_t)f->member.count)
    PUT(programs);
    PUT(levels);
    PUT(maps);
    PUT(cells);
    PUT(ternary);
    PUT(tuples);
    PUT(ops);
#undef PUT
}

/* Ends the program when there is no table: nothing could be tested. */
static inline void open_dag(struct fixture *f, const char *text)
{
    struct tbl_options options = {.layout = TBL_DAG};
    if (open_text(f, text) && build(f, &options)) {
        start_edit(f);
        return;
    }
    CHECK(false);
    exit(check_done());
}

static inline void close_fixture(struct fixture *f)
{
    pol_table_free(f->loaded);
    compile_free(f->compiled);
    diag_sink_free(f->sink);
    lang_source_map_free(f->map);
    arena_free(&f->arena);
}

static inline bool proven(struct fixture *f, char *err, size_t size)
{
    end_edit(f);
    return verify_table(f->compiled->ir, &f->t, NULL, err, size);
}

static inline void is_proven(struct fixture *f)
{
    char err[2048] = "";
    bool ok = proven(f, err, sizeof err);
    if (!ok)
        printf("# %s\n", err);
    CHECK(ok);
}

/* The proof fails and says each of the texts. */
static inline void is_refused(struct fixture *f, const char *a, const char *b)
{
    char err[2048] = "";
    CHECK(!proven(f, err, sizeof err));
    bool said = strstr(err, a) && strstr(err, b);
    if (!said)
        printf("# \"%s\" lacks \"%s\" or \"%s\"\n", err, a, b);
    CHECK(said);
}

#define CHANGED(f, place, changed, a, b)                                                           \
    do {                                                                                           \
        uint32_t old_ = (place);                                                                   \
        (place) = (changed);                                                                       \
        is_refused((f), (a), (b));                                                                 \
        (place) = old_;                                                                            \
    } while (0)

static inline struct pol_prt_level *level_of(struct fixture *f, const struct pol_prt_program *p,
                                             uint32_t k)
{
    return &f->levels.items[p->first_level + k];
}

#endif
