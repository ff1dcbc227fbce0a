/* Rule tables: loading, refusing damaged files, encoding, evaluating, both layouts. */
#include <stdlib.h>
#include <string.h>
#include "compiler/compile.h"
#include "tests/unit/check.h"

struct fixture {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
    struct pol_space *space;
};

static int open_fixture(struct fixture *f, const char *path, enum tbl_layout layout)
{
    struct compile_options options;
    char err[256] = "";
    compile_options_init(&options);
    options.library_dir = "stdlib-policies";
    options.layout = layout;
    options.last = COMPILE_TABLE;
    f->map = lang_source_map_new();
    f->sink = diag_sink_new(f->map);
    if (compile_file(path, &options, f->map, f->sink, &f->compiled, err, sizeof err) !=
        COMPILE_OK) {
        printf("# %s: %s\n", path, err);
        diag_render_text(f->sink, stdout, false);
        return -1;
    }
    f->space = pol_table_space(f->compiled->table);
    return 0;
}

static void close_fixture(struct fixture *f)
{
    pol_space_free(f->space);
    compile_free(f->compiled);
    diag_sink_free(f->sink);
    lang_source_map_free(f->map);
}

/* A private copy of the bytes with a fresh checksum after `change`. */
static struct pol_table *load_changed(const struct fixture *f, size_t at, unsigned char flip,
                                      size_t size, int fix_crc)
{
    char err[256];
    unsigned char *bytes = malloc(f->compiled->prt_size);
    struct pol_prt_header h;
    memcpy(bytes, f->compiled->prt, f->compiled->prt_size);
    bytes[at] ^= flip;
    if (fix_crc && size >= sizeof h) {
        memcpy(&h, bytes, sizeof h);
        h.file_size = size;
        memcpy(bytes, &h, sizeof h);
        h.crc32 = pol_table_checksum(bytes, size);
        memcpy(bytes, &h, sizeof h);
    }
    struct pol_table *t = pol_table_load_bytes(bytes, size, err, sizeof err);
    free(bytes);
    return t;
}

static void check_damage(const struct fixture *f)
{
    size_t n = f->compiled->prt_size;
    uint32_t accepted = 0;
    CASE("every damaged byte is noticed");
    for (size_t i = 0; i < n; i += i < 256 ? 1 : 97) {
        struct pol_table *t = load_changed(f, i, 0x20, n, 0);
        accepted += t != NULL;
        pol_table_free(t);
    }
    CHECK_INT(accepted, 0);
    CASE("truncation is noticed");
    for (size_t i = 0; i < n; i += i < 256 ? 1 : 131)
        CHECK(load_changed(f, 0, 0, i, 0) == NULL);
    CASE("truncation with a correct checksum is noticed");
    for (size_t i = sizeof(struct pol_prt_header); i + 8 < n; i += 131)
        CHECK(load_changed(f, 0, 0, i, 1) == NULL);
}

/* With a correct checksum the validator is alone: what it accepts must run without touching memory
 * that is not its own (the sanitizers watch). */
static void run_everywhere(const struct pol_table *t)
{
    struct pol_eval eval;
    struct pol_answer answer = {0};
    size_t slots = (size_t)t->meta->nslots + 2;
    void *memory = malloc(pol_eval_bytes(t));
    uint32_t *words = calloc(10 * slots, sizeof *words);
    const uint32_t *in[POL_OPERANDS], *old[POL_RESULTS];
    uint32_t *out[POL_RESULTS];
    for (size_t i = 0; i < 10 * slots; i++)
        words[i] = (uint32_t)(i * 2654435761u) >> (i % 32);
    for (size_t i = 0; i < POL_OPERANDS; i++)
        in[i] = words + i * slots;
    for (size_t i = 0; i < POL_RESULTS; i++) {
        old[i] = words + i * slots;
        out[i] = words + (6 + i) * slots;
    }
    pol_eval_init(&eval, t, memory);
    for (uint32_t c = 0; c < t->n_opclasses; c++) {
        pol_eval_begin(&eval);
        pol_eval_step(&eval, c, in, old, out, &answer);
        pol_eval_commit(&eval);
    }
    free(words);
    free(memory);
}

static void check_validator(const struct fixture *f)
{
    uint32_t accepted = 0, refused = 0;
    CASE("what the validator accepts runs inside its memory");
    for (size_t i = sizeof(struct pol_prt_header); i < f->compiled->prt_size; i += 41) {
        struct pol_table *t =
            load_changed(f, i, (unsigned char)(1u << (i % 8)), f->compiled->prt_size, 1);
        accepted += t != NULL;
        refused += t == NULL;
        if (t)
            run_everywhere(t);
        pol_table_free(t);
    }
    CHECK(accepted > 0);
    CHECK(refused > 0);
}

static void check_masks(const struct fixture *f)
{
    const struct pol_table *t = f->compiled->table;
    CASE("class maps have a power of two entries");
    for (uint32_t i = 0; i < t->n_levels; i++)
        if (t->levels[i].kind == POL_LEVEL_MAP)
            CHECK((t->levels[i].mask & (t->levels[i].mask + 1)) == 0);
}

/* Every code of every field survives decode and encode. */
static void check_codec(const struct fixture *f)
{
    const struct pol_table *t = f->compiled->table;
    uint32_t *word = calloc((size_t)t->meta->nslots + 2, sizeof *word);
    uint32_t *back = calloc((size_t)t->meta->nslots + 2, sizeof *back);
    uint32_t *lit = calloc(f->space->words, sizeof *lit);
    CASE("codes and sets are one to one");
    for (uint32_t i = 0; i < t->n_fields; i++)
        for (uint32_t code = 1; code < t->fields[i].ncodes; code++) {
            memcpy(word, t->empty, t->meta->nslots * sizeof *word);
            word[t->fields[i].slot] = code;
            CHECK_INT(pol_table_decode(t, f->space, word, lit), 0);
            CHECK_INT(pol_table_encode(t, f->space, lit, back, NULL), 0);
            CHECK(memcmp(word, back, t->meta->nslots * sizeof *word) == 0);
        }
    CASE("an invalid code has no set");
    word[t->fields[0].slot] = 0;
    CHECK_INT(pol_table_decode(t, f->space, word, lit), -1);
    word[t->fields[0].slot] = t->fields[0].ncodes;
    CHECK_INT(pol_table_decode(t, f->space, word, lit), -1);
    free(word);
    free(back);
    free(lit);
}

/* A step whose operand carries an invalid code fails closed. */
static void check_invalid_operand(const struct fixture *f)
{
    struct pol_engine *e = pol_table_engine_new(f->compiled->table, f->space);
    uint32_t *lit = calloc(f->space->words, sizeof *lit);
    uint64_t *empty = calloc(1, e->value_size), *bad = calloc(1, e->value_size);
    uint64_t *out = calloc(POL_RESULTS, e->value_size);
    struct pol_answer answer = {0};
    struct pol_inputs in = {.word = 0x0005A503}; /* lw a0, 0(a1) */
    void *to[POL_RESULTS];
    CASE("an invalid operand fails closed");
    CHECK_INT(e->ops->encode(e, lit, empty), 0);
    for (int i = 0; i < POL_OPERANDS; i++)
        in.in[i] = empty;
    for (int i = 0; i < POL_RESULTS; i++) {
        in.old[i] = empty;
        to[i] = (char *)out + (size_t)i * e->value_size;
    }
    in.word = 0x0005A503 | 2u << 12;
    in.in[POL_OP_CODE] = bad;
    e->ops->begin(e);
    e->ops->evaluate(e, &in, to, &answer);
    CHECK_INT(answer.verdict, POL_FAIL_IMPLICIT);
    CHECK_INT(answer.first.cause, POL_CAUSE_INVALID);
    CASE("a word that is no instruction fails implicitly");
    in.word = 0xFFFFFFFF;
    in.in[POL_OP_CODE] = empty;
    e->ops->evaluate(e, &in, to, &answer);
    CHECK_INT(answer.verdict, POL_FAIL_IMPLICIT);
    CHECK_INT(answer.first.cause, POL_CAUSE_UNDECODABLE);
    free(lit);
    free(empty);
    free(bad);
    free(out);
    e->ops->destroy(e);
}

static void check_layouts(void)
{
    struct fixture dense, dag;
    CASE("both layouts hold the same rules, dense with fewer lookups");
    if (open_fixture(&dense, "stdlib-policies/main.pol", TBL_DENSE) ||
        open_fixture(&dag, "stdlib-policies/main.pol", TBL_DAG)) {
        CHECK(!"compiles");
        return;
    }
    uint32_t summed = 0;
    for (uint32_t i = 0; i < dense.compiled->table->n_programs; i++)
        summed += dense.compiled->table->programs[i].layout == POL_LAYOUT_DENSE;
    CHECK(summed > 0);
    for (uint32_t i = 0; i < dag.compiled->table->n_programs; i++)
        CHECK_INT(dag.compiled->table->programs[i].layout, POL_LAYOUT_DAG);
    CHECK_INT(dense.compiled->table->n_rules, dag.compiled->table->n_rules);
    close_fixture(&dense);
    close_fixture(&dag);
}

/* `init ISA.RISCV.Trap.Env {}` opts in although it names no tag. */
static void check_traps(void)
{
    struct fixture cfi, rwx;
    CASE("a component opts in to traps by initialising their entity");
    if (open_fixture(&cfi, "stdlib-policies/cfi.pol", TBL_AUTO) == 0) {
        CHECK_INT(cfi.compiled->table->domains[0].trap_env, 1);
        close_fixture(&cfi);
    }
    if (open_fixture(&rwx, "stdlib-policies/rwx.pol", TBL_AUTO) == 0) {
        CHECK_INT(rwx.compiled->table->domains[0].trap_env, 0);
        close_fixture(&rwx);
    }
}

int main(void)
{
    struct fixture f;
    if (open_fixture(&f, "stdlib-policies/main.pol", TBL_AUTO)) {
        printf("not ok 1 - main.pol compiles\n");
        return 1;
    }
    check_damage(&f);
    check_validator(&f);
    check_masks(&f);
    check_codec(&f);
    check_invalid_operand(&f);
    close_fixture(&f);
    check_layouts();
    check_traps();
    return check_done();
}
