/* A hash table. */
#include "compiler/logic/memo.h"

static struct memo_entry *find(struct memo *m, uint32_t a, uint32_t b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(h ^ h >> 29) & (m->size - 1);
    while (m->table[at].used && (m->table[at].a != a || m->table[at].b != b))
        at = (at + 1) & (m->size - 1);
    return &m->table[at];
}

static void grow(struct memo *m)
{
    struct memo_entry *old = m->table;
    size_t n = m->size;
    m->size = n ? n * 2 : 64;
    m->table = ARENA_ARRAY(m->arena, struct memo_entry, m->size);
    for (size_t i = 0; i < n; i++)
        if (old[i].used)
            *find(m, old[i].a, old[i].b) = old[i];
}

struct memo_entry *memo_at(struct memo *m, uint32_t a, uint32_t b)
{
    if (m->count * 2 >= m->size)
        grow(m);
    struct memo_entry *e = find(m, a, b);
    if (!e->used) {
        e->used = true;
        e->a = a;
        e->b = b;
        m->count++;
    }
    return e;
}
