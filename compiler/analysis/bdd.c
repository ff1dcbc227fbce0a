/* Guards as reduced ordered BDDs. */
#include <string.h>
#include "compiler/analysis/dd.h"

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t h = a * 0x9E3779B97F4A7C15u ^ b * 0xC2B2AE3D27D4EB4Fu ^ c * 0x165667B19E3779F9u;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9u;
    return (uint32_t)(h >> 32);
}

static void push_node(struct dd_bdd *b, uint32_t var, uint32_t lo, uint32_t hi)
{
    b->nodes = arena_grow(b->arena, b->nodes, b->count, &b->cap, sizeof *b->nodes);
    b->nodes[b->count++] = (struct dd_bdd_node){var, lo, hi};
}

void dd_bdd_init(struct dd_bdd *b, struct arena *arena)
{
    memset(b, 0, sizeof *b);
    b->arena = arena;
    push_node(b, UINT32_MAX, 0, 0);
    push_node(b, UINT32_MAX, 1, 1);
    b->table_size = 1024;
    b->table = ARENA_ARRAY(arena, uint32_t, b->table_size); /* 0: free, node 0 is never looked up */
}

static void rehash(struct dd_bdd *b)
{
    b->table_size *= 2;
    b->table = ARENA_ARRAY(b->arena, uint32_t, b->table_size);
    for (uint32_t i = 2; i < b->count; i++) {
        const struct dd_bdd_node *n = &b->nodes[i];
        uint32_t at = mix(n->var, n->lo, n->hi) & (b->table_size - 1);
        while (b->table[at])
            at = (at + 1) & (b->table_size - 1);
        b->table[at] = i;
    }
}

static uint32_t make(struct dd_bdd *b, uint32_t var, uint32_t lo, uint32_t hi)
{
    if (lo == hi)
        return lo;
    if (b->count * 2 > b->table_size)
        rehash(b);
    uint32_t at = mix(var, lo, hi) & (b->table_size - 1);
    for (; b->table[at]; at = (at + 1) & (b->table_size - 1)) {
        const struct dd_bdd_node *n = &b->nodes[b->table[at]];
        if (n->var == var && n->lo == lo && n->hi == hi)
            return b->table[at];
    }
    push_node(b, var, lo, hi);
    return b->table[at] = (uint32_t)b->count - 1;
}

uint32_t dd_bdd_var(struct dd_bdd *b, uint32_t var)
{
    b->full |= var >= DD_BDD_MAX_VARS;
    if (b->full)
        return DD_FALSE;
    return make(b, var, DD_FALSE, DD_TRUE);
}

/* One AND with a memo for the call: guards are small, so nothing is kept between calls. */
struct memo {
    uint64_t *keys;
    uint32_t *values;
    uint32_t size, used;
};

static uint32_t memo_slot(const struct memo *m, uint64_t key)
{
    uint32_t at = mix((uint32_t)key, (uint32_t)(key >> 32), 7) & (m->size - 1);
    while (m->keys[at] && m->keys[at] != key)
        at = (at + 1) & (m->size - 1);
    return at;
}

static void memo_grow(struct memo *m, struct arena *arena)
{
    struct memo old = *m;
    m->size = old.size ? old.size * 2 : 64;
    m->keys = ARENA_ARRAY(arena, uint64_t, m->size);
    m->values = ARENA_ARRAY(arena, uint32_t, m->size);
    for (uint32_t i = 0; i < old.size; i++)
        if (old.keys[i]) {
            uint32_t at = memo_slot(m, old.keys[i]);
            m->keys[at] = old.keys[i];
            m->values[at] = old.values[i];
        }
}

static uint32_t and_step(struct dd_bdd *b, struct memo *m, uint32_t f, uint32_t g)
{
    if (f == DD_FALSE || g == DD_FALSE)
        return DD_FALSE;
    if (f == DD_TRUE || f == g)
        return g;
    if (g == DD_TRUE)
        return f;
    uint64_t key = f < g ? (uint64_t)f << 32 | g : (uint64_t)g << 32 | f;
    uint32_t at = m->size ? memo_slot(m, key) : 0;
    if (m->size && m->keys[at])
        return m->values[at];
    b->full |= b->count > DD_BDD_MAX_NODES || m->used > 4 * DD_BDD_MAX_NODES;
    if (b->full)
        return DD_FALSE;
    const struct dd_bdd_node x = b->nodes[f], y = b->nodes[g];
    uint32_t var = x.var < y.var ? x.var : y.var;
    uint32_t lo = and_step(b, m, x.var == var ? x.lo : f, y.var == var ? y.lo : g);
    uint32_t hi = and_step(b, m, x.var == var ? x.hi : f, y.var == var ? y.hi : g);
    uint32_t r = make(b, var, lo, hi);
    if (m->used * 2 >= m->size)
        memo_grow(m, b->arena);
    at = memo_slot(m, key);
    m->keys[at] = key;
    m->values[at] = r;
    m->used++;
    return r;
}

uint32_t dd_bdd_and(struct dd_bdd *b, uint32_t f, uint32_t g)
{
    struct memo m = {0};
    return and_step(b, &m, f, g);
}

static uint32_t not_step(struct dd_bdd *b, struct memo *m, uint32_t f)
{
    if (f <= DD_TRUE)
        return !f;
    uint32_t at = m->size ? memo_slot(m, f) : 0;
    if (m->size && m->keys[at])
        return m->values[at];
    const struct dd_bdd_node x = b->nodes[f];
    uint32_t lo = not_step(b, m, x.lo), hi = not_step(b, m, x.hi);
    uint32_t r = make(b, x.var, lo, hi);
    if (m->used * 2 >= m->size)
        memo_grow(m, b->arena);
    at = memo_slot(m, f);
    m->keys[at] = f;
    m->values[at] = r;
    m->used++;
    return r;
}

uint32_t dd_bdd_not(struct dd_bdd *b, uint32_t f)
{
    struct memo m = {0};
    return not_step(b, &m, f);
}

uint32_t dd_bdd_or(struct dd_bdd *b, uint32_t f, uint32_t g)
{
    return dd_bdd_not(b, dd_bdd_and(b, dd_bdd_not(b, f), dd_bdd_not(b, g)));
}
