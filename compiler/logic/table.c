/* Functions given by tables, as decision diagrams over the bits of their arguments. */
#include <stdlib.h>
#include <string.h>

#include "compiler/logic/bits.h"

/* Nodes 0 and 1 are the constants; ANY is a place that no argument in range meets. */
#define ANY UINT32_MAX
struct node {
    uint32_t bit, lo, hi;
};
struct bits_table {
    struct node *nodes; /* children first */
    uint32_t nnodes;
    uint32_t ndims, nbits; /* bits of all arguments together, those of the first one the highest */
    uint32_t width[BITS_DIMS];
    uint32_t *roots;
    uint32_t value_bits;
};

struct maker {
    struct arena *arena;
    struct bits_table *t;
    size_t cap;
    uint32_t *buckets, nbuckets;
    uint64_t limit[BITS_DIMS];
    uint32_t arg[BITS_DIMS];
    bits_entry *entry;
    const void *context;
    uint32_t value_bit;
};

static size_t hash_node(const struct node *n, size_t buckets)
{
    uint64_t h = n->bit * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ n->lo) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 31) ^ n->hi) * 0x94D049BB133111EBu;
    return (size_t)(h >> 20) & (buckets - 1);
}

static void rehash(struct maker *m)
{
    m->nbuckets = m->nbuckets ? m->nbuckets * 2 : 64;
    free(m->buckets);
    m->buckets = lang_xalloc(m->nbuckets * sizeof *m->buckets);
    for (uint32_t i = 2; i < m->t->nnodes; i++) {
        size_t at = hash_node(&m->t->nodes[i], m->nbuckets);
        while (m->buckets[at])
            at = (at + 1) & (m->nbuckets - 1);
        m->buckets[at] = i;
    }
}

static uint32_t make_node(struct maker *m, uint32_t bit, uint32_t lo, uint32_t hi)
{
    struct bits_table *t = m->t;
    struct node n = {bit, lo, hi};
    if (lo == hi || hi == ANY)
        return lo;
    if (lo == ANY)
        return hi;
    if (t->nnodes * 2 >= m->nbuckets)
        rehash(m);
    size_t at = hash_node(&n, m->nbuckets);
    for (; m->buckets[at]; at = (at + 1) & (m->nbuckets - 1))
        if (memcmp(&t->nodes[m->buckets[at]], &n, sizeof n) == 0)
            return m->buckets[at];
    t->nodes = arena_grow(m->arena, t->nodes, t->nnodes, &m->cap, sizeof n);
    t->nodes[t->nnodes] = n;
    m->buckets[at] = t->nnodes;
    return t->nnodes++;
}

/* The diagram for the arguments before `dim`, and the bits of `dim` above `left`, as chosen;
 * `below` bits are left of them all. */
static uint32_t build(struct maker *m, uint32_t dim, uint32_t left, uint32_t below)
{
    if (dim < m->t->ndims && (uint64_t)m->arg[dim] << left >= m->limit[dim])
        return ANY;
    while (dim < m->t->ndims && left == 0) {
        dim++;
        if (dim < m->t->ndims) {
            m->arg[dim] = 0;
            left = m->t->width[dim];
        }
    }
    if (dim == m->t->ndims)
        return m->entry(m->context, m->arg) >> m->value_bit & 1u;
    uint32_t chosen = m->arg[dim];
    m->arg[dim] = chosen << 1;
    uint32_t lo = build(m, dim, left - 1, below - 1);
    m->arg[dim] = chosen << 1 | 1u;
    uint32_t hi = build(m, dim, left - 1, below - 1);
    m->arg[dim] = chosen;
    return make_node(m, below - 1, lo, hi);
}

static uint32_t width_below(uint64_t limit)
{
    uint32_t width = 0;
    while (width < 32 && (limit - 1) >> width)
        width++;
    return width;
}

struct bits_table *bits_table_new(struct arena *arena, const uint64_t *limits, uint32_t ndims,
                                  uint32_t value_bits, bits_entry *entry, const void *context)
{
    struct bits_table *t = ARENA_NEW(arena, struct bits_table);
    struct maker m = {.arena = arena, .t = t, .entry = entry, .context = context};
    t->ndims = ndims;
    t->value_bits = value_bits;
    t->roots = ARENA_ARRAY(arena, uint32_t, value_bits + 1);
    t->nodes = arena_grow(arena, NULL, 0, &m.cap, sizeof *t->nodes);
    t->nnodes = 2;
    for (uint32_t d = 0; d < ndims; d++) {
        m.limit[d] = limits[d];
        t->width[d] = width_below(limits[d]);
        t->nbits += t->width[d];
    }
    for (m.value_bit = 0; m.value_bit < value_bits; m.value_bit++) {
        m.arg[0] = 0;
        t->roots[m.value_bit] = build(&m, 0, t->width[0], t->nbits);
    }
    free(m.buckets);
    return t;
}

/* The literals of all arguments' bits, the lowest of the last one first. */
static void index_bits(const struct bits_table *t, const struct bits *args, sat_lit *out)
{
    uint32_t n = 0;
    for (uint32_t d = t->ndims; d-- > 0;)
        for (uint32_t i = 0; i < t->width[d]; i++)
            out[n++] = args[d].bit[i < args[d].width ? i : args[d].width - 1];
}

static sat_lit node_lit(struct sat *s, const struct bits_table *t, const sat_lit *index,
                        sat_lit *made, uint32_t id)
{
    if (id < 2)
        return id ? SAT_TRUE : SAT_FALSE;
    if (made[id])
        return made[id];
    const struct node *n = &t->nodes[id];
    sat_lit lo = node_lit(s, t, index, made, n->lo), hi = node_lit(s, t, index, made, n->hi);
    return made[id] = sat_ite(s, index[n->bit], hi, lo);
}

struct bits bits_table_apply(struct sat *s, const struct bits_table *t, const struct bits *args)
{
    sat_lit *index = lang_xalloc((t->nbits + 1) * sizeof *index);
    sat_lit *made = lang_xalloc(t->nnodes * sizeof *made);
    sat_lit *bit = ARENA_ARRAY(sat_arena(s), sat_lit, t->value_bits + 1);
    index_bits(t, args, index);
    for (uint32_t i = 0; i < t->value_bits; i++)
        bit[i] = node_lit(s, t, index, made, t->roots[i]);
    bit[t->value_bits] = SAT_FALSE;
    free(index);
    free(made);
    return (struct bits){t->value_bits + 1, bit};
}

sat_lit bits_table_holds(struct sat *s, const struct bits_table *t, const struct bits *args)
{
    return bits_table_apply(s, t, args).bit[0];
}
