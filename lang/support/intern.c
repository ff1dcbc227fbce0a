#include "lang/support/intern.h"

#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"

struct entry {
    const char *text;
    size_t len;
    uint32_t hash;
};

/* Open addressing: slots[] holds ids, 0 for free; at most half of them are used. */
struct interner {
    struct arena texts;
    struct entry *entries; /* entries[id - 1] */
    uint32_t count, cap;
    uint32_t *slots;
    uint32_t slot_count; /* a power of two */
};

struct interner *intern_new(void)
{
    struct interner *in = lang_xalloc(sizeof *in);
    in->cap = 64;
    in->entries = lang_xalloc(in->cap * sizeof *in->entries);
    in->slot_count = 256;
    in->slots = lang_xalloc(in->slot_count * sizeof *in->slots);
    return in;
}

void intern_free(struct interner *in)
{
    if (!in)
        return;
    arena_free(&in->texts);
    free(in->entries);
    free(in->slots);
    free(in);
}

static uint32_t hash_bytes(const char *s, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h;
}

/* The slot that holds the string, or the free slot where it belongs. */
static uint32_t *find_slot(const struct interner *in, const char *s, size_t len, uint32_t hash)
{
    uint32_t mask = in->slot_count - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        uint32_t id = in->slots[i];
        if (!id)
            return &in->slots[i];
        const struct entry *e = &in->entries[id - 1];
        if (e->hash == hash && e->len == len && memcmp(e->text, s, len) == 0)
            return &in->slots[i];
    }
}

static void grow(struct interner *in)
{
    in->cap *= 2;
    in->entries = lang_xrealloc(in->entries, in->cap * sizeof *in->entries);
    free(in->slots);
    in->slot_count = in->cap * 4;
    in->slots = lang_xalloc(in->slot_count * sizeof *in->slots);
    for (uint32_t id = 1; id <= in->count; id++) {
        const struct entry *e = &in->entries[id - 1];
        *find_slot(in, e->text, e->len, e->hash) = id;
    }
}

struct intern_id intern_len(struct interner *in, const char *s, size_t len)
{
    uint32_t hash = hash_bytes(s, len);
    uint32_t *slot = find_slot(in, s, len, hash);
    if (*slot)
        return (struct intern_id){*slot};
    if (in->count == UINT32_MAX / 16)
        pol_fatal_oom();
    if (in->count == in->cap) {
        grow(in);
        slot = find_slot(in, s, len, hash);
    }
    in->entries[in->count++] = (struct entry){arena_strndup(&in->texts, s, len), len, hash};
    *slot = in->count;
    return (struct intern_id){in->count};
}

struct intern_id intern_str(struct interner *in, const char *s)
{
    return intern_len(in, s, strlen(s));
}

struct intern_id intern_find(const struct interner *in, const char *s)
{
    size_t len = strlen(s);
    return (struct intern_id){*find_slot(in, s, len, hash_bytes(s, len))};
}

const char *intern_text(const struct interner *in, struct intern_id id)
{
    if (id.v > in->count)
        abort();
    return id.v ? in->entries[id.v - 1].text : "";
}

uint32_t intern_count(const struct interner *in)
{
    return in->count;
}
