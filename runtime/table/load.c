/* Reading a rule table: file or bytes -> sections -> validated struct pol_table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "runtime/table/plan.h"

/* The table and the memory that it points into. */
struct owned_table {
    struct pol_table table;
    uint8_t *bytes;
    uint32_t *empty;
    struct pol_plan *plan;
};

static const uint32_t record_sizes[POL_SEC_COUNT] = {0,
#define X(kind, member, type) (uint32_t)sizeof(type),
                                                     POL_PRT_SECTIONS(X)
#undef X
};
static const char *const section_names[POL_SEC_COUNT] = {"",
#define X(kind, member, type) #kind,
                                                         POL_PRT_SECTIONS(X)
#undef X
};

static int fail(char *err, size_t size, const char *message)
{
    snprintf(err, size, "%s", message);
    return -1;
}

static bool big_endian(void)
{
    const uint16_t probe = 1;
    uint8_t low;
    memcpy(&low, &probe, 1);
    return low == 0;
}

uint32_t pol_table_checksum(const void *bytes, size_t size)
{
    struct pol_prt_header h;
    memcpy(&h, bytes, sizeof h);
    h.crc32 = 0;
    uLong crc = crc32_z(0, (const Bytef *)&h, sizeof h);
    return (uint32_t)crc32_z(crc, (const Bytef *)bytes + sizeof h, size - sizeof h);
}

static int check_header(const struct pol_prt_header *h, size_t size, const uint8_t *bytes,
                        char *err, size_t errsize)
{
    if (memcmp(h->magic, POL_PRT_MAGIC, sizeof h->magic) != 0)
        return fail(err, errsize, "not a rule table (wrong magic)");
    if (big_endian())
        return fail(err, errsize, "this build reads rule tables on little-endian machines only");
    if (h->major != POL_PRT_MAJOR) {
        snprintf(err, errsize,
                 "rule table version %u.%u, this tool reads %u.x: compile the policy again",
                 h->major, h->minor, POL_PRT_MAJOR);
        return -1;
    }
    if (h->header_size != sizeof *h || h->file_size != size) {
        snprintf(err, errsize, "rule table is %zu bytes but says %llu: truncated or damaged", size,
                 (unsigned long long)h->file_size);
        return -1;
    }
    if (pol_table_checksum(bytes, size) != h->crc32)
        return fail(err, errsize, "rule table is damaged (checksum differs)");
    return 0;
}

static int check_section(const struct pol_prt_section *s, size_t size, uint32_t seen, char *err,
                         size_t errsize)
{
    const char *name = section_names[s->kind];
    const char *what = NULL;
    if (seen >> s->kind & 1u)
        what = "occurs twice";
    else if (s->record_size != record_sizes[s->kind])
        what = "has records of another size";
    else if (s->offset % 8 != 0 || s->offset > size || s->count > UINT32_MAX ||
             s->count > (size - s->offset) / s->record_size)
        what = "lies outside the file";
    if (!what)
        return 0;
    snprintf(err, errsize, "rule table: section %s %s", name, what);
    return -1;
}

static void bind_section(struct pol_table *t, const uint8_t *bytes, const struct pol_prt_section *s)
{
    switch (s->kind) {
#define X(kind_, member, type)                                                                     \
    case POL_SEC_##kind_:                                                                          \
        t->member = (const type *)(const void *)(bytes + s->offset);                               \
        t->n_##member = (uint32_t)s->count;                                                        \
        break;
        POL_PRT_SECTIONS(X)
#undef X
    default:
        break;
    }
}

static int bind_sections(struct pol_table *t, const uint8_t *bytes, size_t size, uint32_t n,
                         char *err, size_t errsize)
{
    uint32_t seen = 0;
    if (n > (size - sizeof(struct pol_prt_header)) / sizeof(struct pol_prt_section))
        return fail(err, errsize, "rule table: section directory lies outside the file");
    for (uint32_t i = 0; i < n; i++) {
        struct pol_prt_section s;
        memcpy(&s, bytes + sizeof(struct pol_prt_header) + i * sizeof s, sizeof s);
        if (s.kind == POL_SEC_NONE || s.kind >= POL_SEC_COUNT)
            continue; /* a later minor version's */
        if (check_section(&s, size, seen, err, errsize))
            return -1;
        seen |= 1u << s.kind;
        bind_section(t, bytes, &s);
    }
    for (uint32_t k = 1; k < POL_SEC_COUNT; k++)
        if (!(seen >> k & 1u)) {
            snprintf(err, errsize, "rule table: section %s is missing", section_names[k]);
            return -1;
        }
    return 0;
}

/* Every entity's literal lies in LITERALS; how long one is, the tag space says. */
static int check_literals(const struct pol_table *t, char *err, size_t errsize)
{
    struct pol_space *space = pol_table_space(t);
    if (!space)
        return fail(err, errsize, "out of memory");
    uint32_t words = space->words;
    pol_space_free(space);
    for (uint32_t i = 0; i < t->n_entities; i++)
        if (t->n_literals < words || t->entities[i].literal > t->n_literals - words)
            return fail(err, errsize, "rule table is not valid: ENTITIES: literal out of range");
    return 0;
}

static uint32_t *make_empty(const struct pol_table *t)
{
    uint32_t *w = calloc((size_t)t->meta->nslots + 1, sizeof *w);
    for (uint32_t i = 0; w && i < t->n_fields; i++)
        w[t->fields[i].slot] = t->fields[i].empty;
    return w;
}

static int fill(struct owned_table *o, const uint8_t *bytes, size_t size, char *err, size_t errsize)
{
    struct pol_prt_header h;
    if (size < sizeof h)
        return fail(err, errsize, "not a rule table (too short)");
    memcpy(&h, bytes, sizeof h);
    if (check_header(&h, size, bytes, err, errsize))
        return -1;
    o->bytes = malloc(size);
    if (!o->bytes)
        return fail(err, errsize, "out of memory");
    memcpy(o->bytes, bytes, size);
    o->table.major = h.major;
    o->table.minor = h.minor;
    memcpy(o->table.digest, h.digest, sizeof h.digest);
    if (bind_sections(&o->table, o->bytes, size, h.nsections, err, errsize))
        return -1;
    const char *wrong = pol_table_validate(&o->table);
    if (wrong) {
        snprintf(err, errsize, "rule table is not valid: %s", wrong);
        return -1;
    }
    if (check_literals(&o->table, err, errsize))
        return -1;
    o->table.empty = o->empty = make_empty(&o->table);
    o->table.plan = o->plan = pol_plan_new(&o->table);
    return o->empty && o->plan ? 0 : fail(err, errsize, "out of memory");
}

struct pol_table *pol_table_load_bytes(const void *bytes, size_t size, char *err, size_t errsize)
{
    struct owned_table *o = calloc(1, sizeof *o);
    if (!o) {
        fail(err, errsize, "out of memory");
        return NULL;
    }
    if (fill(o, bytes, size, err, errsize)) {
        pol_table_free(&o->table);
        return NULL;
    }
    return &o->table;
}

/* The whole file; NULL with errno set. */
static uint8_t *read_file(FILE *f, size_t *size)
{
    size_t room = 1 << 16, n = 0;
    uint8_t *buf = malloc(room);
    while (buf) {
        n += fread(buf + n, 1, room - n, f);
        if (ferror(f)) {
            free(buf);
            return NULL;
        }
        if (n < room)
            break;
        uint8_t *more = realloc(buf, room * 2);
        if (!more)
            free(buf);
        buf = more;
        room *= 2;
    }
    *size = n;
    return buf;
}

struct pol_table *pol_table_load(const char *path, char *err, size_t errsize)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        snprintf(err, errsize, "%s: %s", path, strerror(errno));
        return NULL;
    }
    size_t size = 0;
    errno = 0;
    uint8_t *bytes = read_file(f, &size);
    int saved = errno ? errno : ENOMEM;
    fclose(f);
    if (!bytes) {
        snprintf(err, errsize, "%s: %s", path, strerror(saved));
        return NULL;
    }
    char why[256];
    struct pol_table *t = pol_table_load_bytes(bytes, size, why, sizeof why);
    if (!t)
        snprintf(err, errsize, "%s: %s", path, why);
    free(bytes);
    return t;
}

void pol_table_free(struct pol_table *table)
{
    struct owned_table *o = (struct owned_table *)table; /* table is its first member */
    if (!o)
        return;
    free(o->bytes);
    free(o->empty);
    pol_plan_free(o->plan);
    free(o);
}
