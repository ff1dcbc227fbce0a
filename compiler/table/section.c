/* Growable sections, strings, errors. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/table/plan.h"

static const uint32_t record_sizes[POL_SEC_COUNT] = {0,
#define X(kind, member, type) (uint32_t)sizeof(type),
                                                     POL_PRT_SECTIONS(X)
#undef X
};

void section_init(struct tbl *t)
{
    for (int k = 1; k < POL_SEC_COUNT; k++)
        t->sections[k].record_size = record_sizes[k];
}

uint32_t section_extend(struct tbl *t, enum pol_prt_kind kind, const void *records, size_t n)
{
    struct tbl_section *s = &t->sections[kind];
    size_t at = s->count;
    if (n > s->cap - s->count) {
        s->cap = (s->count + n) * 2 + 16;
        s->data = lang_xrealloc(s->data, s->cap * s->record_size);
    }
    if (n)
        memcpy(s->data + s->count * s->record_size, records, n * s->record_size);
    s->count += n;
    return (uint32_t)at;
}

uint32_t section_push(struct tbl *t, enum pol_prt_kind kind, const void *record)
{
    return section_extend(t, kind, record, 1);
}

void tbl_free(struct tbl *t)
{
    for (int k = 0; t && k < POL_SEC_COUNT; k++)
        free(t->sections[k].data);
    free(t);
}

void plan_fail(struct plan *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (!p->error)
        p->error = arena_vprintf(p->ir->arena, fmt, args);
    va_end(args);
}

/* Offsets of strings already stored, by open addressing. */
struct strings {
    uint32_t *table; /* offset + 1 */
    uint32_t size, used;
};

static uint32_t string_hash(const char *s)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 0x100000001B3u;
    return (uint32_t)(h >> 32 ^ h);
}

static const char *string_at(const struct plan *p, uint32_t offset)
{
    return (const char *)p->out->sections[POL_SEC_STRINGS].data + offset;
}

static uint32_t string_slot(const struct plan *p, const char *s)
{
    const struct strings *t = p->strings;
    uint32_t at = string_hash(s) & (t->size - 1);
    while (t->table[at] && strcmp(string_at(p, t->table[at] - 1), s) != 0)
        at = (at + 1) & (t->size - 1);
    return at;
}

static void strings_grow(struct plan *p)
{
    struct strings *t = p->strings;
    uint32_t *old = t->table, n = t->size;
    t->size = n ? n * 2 : 256;
    t->table = ARENA_ARRAY(p->arena, uint32_t, t->size);
    for (uint32_t i = 0; i < n; i++)
        if (old[i])
            t->table[string_slot(p, string_at(p, old[i] - 1))] = old[i];
}

uint32_t plan_string(struct plan *p, const char *s)
{
    if (!p->strings) {
        p->strings = ARENA_NEW(p->arena, struct strings);
        section_extend(p->out, POL_SEC_STRINGS, "", 1);
    }
    if (!s || !*s)
        return 0;
    if (p->strings->used * 2 >= p->strings->size)
        strings_grow(p);
    uint32_t at = string_slot(p, s);
    if (!p->strings->table[at]) {
        p->strings->table[at] = section_extend(p->out, POL_SEC_STRINGS, s, strlen(s) + 1) + 1;
        p->strings->used++;
    }
    return p->strings->table[at] - 1;
}
