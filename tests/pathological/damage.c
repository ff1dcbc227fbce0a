/* A rule table with one thing wrong must not load: `damage TABLE`; prints TAP.
 *
 * Cut anywhere, any bit flipped: the checksum sees it.  With the checksum made right again, each
 * section cut by a record, emptied, moved, or stated with other record sizes must be seen by the
 * checks of the format, and so must records that make a small file ask for very much work. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/table.h>
#include <pol/tagger.h>

struct file {
    uint8_t *bytes;
    size_t size;
};

static int cases, bad_cases;

static void report(bool good, const char *format, ...)
{
    va_list args;
    cases++;
    bad_cases += !good;
    printf("%s %d - ", good ? "ok" : "not ok", cases);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* Whether a loaded table is refused by the tagger, which checks the literals of entities. */
static bool untaggable(const struct pol_table *table)
{
    struct pol_tagger tagger;
    struct pol_space *space = pol_table_space(table);
    bool bad = space && pol_tagger_of_table(&tagger, table, space) != 0;
    if (space && !bad)
        pol_tagger_release(&tagger);
    pol_space_free(space);
    return bad;
}

/* Whether the bytes are refused, with a message. */
static bool refused(const uint8_t *bytes, size_t size)
{
    char err[200] = "";
    uint8_t *exact = malloc(size + !size); /* no byte more, so that reading beyond is seen */
    if (!exact)
        exit(2);
    memcpy(exact, bytes, size);
    struct pol_table *table = pol_table_load_bytes(exact, size, err, sizeof err);
    free(exact);
    bool good = table ? untaggable(table) : *err != 0;
    pol_table_free(table);
    return good;
}

static void mend(uint8_t *bytes, size_t size)
{
    struct pol_prt_header h;
    memcpy(&h, bytes, sizeof h);
    h.file_size = size;
    memcpy(bytes, &h, sizeof h);
    h.crc32 = pol_table_checksum(bytes, size);
    memcpy(bytes, &h, sizeof h);
}

static void test_cuts(const struct file *f)
{
    size_t missed = 0, mended = 0;
    uint8_t *copy = malloc(f->size);
    if (!copy)
        exit(2);
    for (size_t n = 0; n < f->size; n++)
        missed += !refused(f->bytes, n);
    report(missed == 0, "cut at each of %zu places", f->size);
    for (size_t n = sizeof(struct pol_prt_header); n < f->size; n += 8) {
        memcpy(copy, f->bytes, n);
        mend(copy, n);
        mended += !refused(copy, n);
    }
    report(mended == 0, "cut, with a right checksum");
    free(copy);
}

static void test_flips(const struct file *f)
{
    size_t missed = 0;
    uint8_t *copy = malloc(f->size + 1);
    if (!copy)
        exit(2);
    memcpy(copy, f->bytes, f->size);
    for (size_t i = 0; i < f->size; i++) {
        copy[i] ^= (uint8_t)(1u << i % 8);
        missed += !refused(copy, f->size);
        copy[i] = f->bytes[i];
    }
    report(missed == 0, "a bit flipped in each byte");
    copy[f->size] = 0;
    report(refused(copy, f->size + 1), "a byte too many");
    free(copy);
}

static void set_count(struct pol_prt_section *s, uint64_t value)
{
    s->count = value;
}
static void set_offset(struct pol_prt_section *s, uint64_t value)
{
    s->offset = value;
}
static void set_size(struct pol_prt_section *s, uint64_t value)
{
    s->record_size = (uint32_t)value;
}
static void set_kind(struct pol_prt_section *s, uint64_t value)
{
    s->kind = (uint32_t)value;
}

/* The file with section `index` changed. */
static bool change(const struct file *f, uint32_t index,
                   void (*set)(struct pol_prt_section *, uint64_t), uint64_t value)
{
    uint8_t *copy = malloc(f->size);
    if (!copy)
        exit(2);
    memcpy(copy, f->bytes, f->size);
    uint8_t *at = copy + sizeof(struct pol_prt_header) + index * sizeof(struct pol_prt_section);
    struct pol_prt_section s;
    memcpy(&s, at, sizeof s);
    set(&s, value);
    memcpy(at, &s, sizeof s);
    mend(copy, f->size);
    bool good = refused(copy, f->size);
    free(copy);
    return good;
}

static void test_section(const struct file *f, uint32_t index, const struct pol_prt_section *s)
{
    bool good = change(f, index, set_size, s->record_size + 4) && change(f, index, set_size, 0) &&
                change(f, index, set_kind, s->kind % 3 + 1) && change(f, index, set_kind, 0) &&
                change(f, index, set_kind, 0xffffffff) && change(f, index, set_count, UINT64_MAX) &&
                change(f, index, set_count, UINT64_MAX / s->record_size) &&
                change(f, index, set_count, (uint64_t)1 << 32) &&
                change(f, index, set_offset, s->offset + 4) &&
                change(f, index, set_offset, f->size + 8) &&
                change(f, index, set_offset, UINT64_MAX - 7);
    report(good, "section %u, stated wrongly", s->kind);
    /* Fewer decode entries or entities are a table too: of a smaller ISA, without those tags. */
    if (s->count && s->kind != POL_SEC_DECODE && s->kind != POL_SEC_ENTITIES) {
        report(change(f, index, set_count, 0), "section %u, emptied", s->kind);
        report(change(f, index, set_count, s->count - 1), "section %u, a record too few", s->kind);
    }
}

static void test_sections(const struct file *f)
{
    struct pol_prt_header h;
    memcpy(&h, f->bytes, sizeof h);
    for (uint32_t i = 0; i < h.nsections; i++) {
        struct pol_prt_section s;
        memcpy(&s, f->bytes + sizeof h + i * sizeof s, sizeof s);
        report(!change(f, i, set_kind, s.kind), "section %u, stored again", s.kind);
        test_section(f, i, &s);
    }
}

/* --- small files that ask for much: records that all share one long list */

/* The file with section `kind` replaced by `count` copies of `record`. */
static struct file multiply(const struct file *f, enum pol_prt_kind kind, const void *record,
                            uint32_t record_size, uint32_t count)
{
    struct file out = {NULL, (f->size + 7) / 8 * 8};
    size_t at = out.size;
    out.size += (size_t)record_size * count;
    out.bytes = calloc(out.size, 1);
    if (!out.bytes)
        exit(2);
    memcpy(out.bytes, f->bytes, f->size);
    for (uint32_t i = 0; i < count; i++)
        memcpy(out.bytes + at + (size_t)i * record_size, record, record_size);
    struct pol_prt_header h;
    memcpy(&h, f->bytes, sizeof h);
    for (uint32_t i = 0; i < h.nsections; i++) {
        struct pol_prt_section s;
        uint8_t *entry = out.bytes + sizeof h + i * sizeof s;
        memcpy(&s, entry, sizeof s);
        if (s.kind == (uint32_t)kind) {
            s.offset = at;
            s.count = count;
        }
        memcpy(entry, &s, sizeof s);
    }
    mend(out.bytes, out.size);
    return out;
}

/* Refused or not: in seconds, not hours, and within memory (run.sh bounds both). */
static void test_greed(const struct file *f)
{
    enum { MANY = 100000 };
    struct pol_prt_op op = {.op = POL_OPC_SLOT};
    struct pol_prt_op put = {.op = POL_OPC_PUT};
    struct pol_prt_action action = {.verdict = POL_FAIL_IMPLICIT, .rule = POL_NONE, .nops = MANY};
    struct pol_prt_program program = {.nactions = MANY, .first_tuple = POL_NONE};
    const struct pol_prt_op *lists[] = {&op, &put};
    for (int i = 0; i < 2; i++) {
        struct file ops = multiply(f, POL_SEC_OPS, lists[i], sizeof op, MANY);
        struct file actions = multiply(&ops, POL_SEC_ACTIONS, &action, sizeof action, MANY);
        report(refused(actions.bytes, actions.size), "actions that share a long list");
        action.nops = 0;
        struct file empty = multiply(&ops, POL_SEC_ACTIONS, &action, sizeof action, MANY);
        struct file programs = multiply(&empty, POL_SEC_PROGRAMS, &program, sizeof program, MANY);
        report(refused(programs.bytes, programs.size), "programs that share many actions");
        action.nops = MANY;
        free(ops.bytes), free(actions.bytes), free(empty.bytes), free(programs.bytes);
    }
    struct pol_prt_level level = {.kind = POL_LEVEL_TEST, .mask = 1, .width = 2, .nstates = 1};
    program = (struct pol_prt_program){.nlevels = MANY, .nactions = 1, .first_tuple = POL_NONE};
    struct file levels = multiply(f, POL_SEC_LEVELS, &level, sizeof level, MANY);
    struct file programs = multiply(&levels, POL_SEC_PROGRAMS, &program, sizeof program, MANY);
    report(refused(programs.bytes, programs.size), "programs that share many levels");
    free(levels.bytes), free(programs.bytes);
}

int main(int argc, char **argv)
{
    struct file f = {NULL, 0};
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    enum { ROOM = 1 << 20 };
    f.bytes = malloc(ROOM);
    if (!in || !f.bytes)
        return 2;
    f.size = fread(f.bytes, 1, ROOM, in);
    fclose(in);
    report(!refused(f.bytes, f.size), "the whole table loads");
    test_cuts(&f);
    test_flips(&f);
    test_sections(&f);
    test_greed(&f);
    free(f.bytes);
    printf("1..%d\n", cases);
    return bad_cases != 0;
}
