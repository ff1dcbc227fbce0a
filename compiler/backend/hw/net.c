#include "compiler/backend/hw/net.h"

#include <stdlib.h>
#include <string.h>
#include "compiler/backend/hw/rom.h"

void hw_net_init(struct hw_net *net, const struct hw *hw, struct arena *arena, bool exclusive)
{
    memset(net, 0, sizeof *net);
    net->hw = hw;
    net->arena = arena;
    net->exclusive = exclusive;
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

struct range {
    int64_t lo, hi;
};

static const struct range everything = {INT64_MIN, INT64_MAX};

static struct range range_of(const struct hw_net *net, uint32_t node)
{
    return (struct range){net->nodes.items[node].lo, net->nodes.items[node].hi};
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool sum_fits(int64_t a, int64_t b)
{
    return b > 0 ? a <= INT64_MAX - b : a >= INT64_MIN - b;
}

static uint64_t magnitude(int64_t a)
{
    return a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
}

static bool product_fits(int64_t a, int64_t b)
{
    return b == 0 || magnitude(a) <= (uint64_t)INT64_MAX / magnitude(b);
}

static struct range add_ranges(struct range a, struct range b)
{
    if (!sum_fits(a.lo, b.lo) || !sum_fits(a.hi, b.hi))
        return everything;
    return (struct range){a.lo + b.lo, a.hi + b.hi};
}

static struct range sub_ranges(struct range a, struct range b)
{
    if (b.lo == INT64_MIN || !sum_fits(a.lo, -b.hi) || !sum_fits(a.hi, -b.lo))
        return everything;
    return (struct range){a.lo - b.hi, a.hi - b.lo};
}

static struct range mul_ranges(struct range a, struct range b)
{
    const int64_t x[2] = {a.lo, a.hi}, y[2] = {b.lo, b.hi};
    struct range r = {INT64_MAX, INT64_MIN};
    for (int i = 0; i < 4; i++) {
        if (!product_fits(x[i / 2], y[i % 2]))
            return everything;
        r.lo = smaller(r.lo, x[i / 2] * y[i % 2]);
        r.hi = larger(r.hi, x[i / 2] * y[i % 2]);
    }
    return r;
}

/* Dividing by at least 1. */
static struct range div_range(struct range a, struct range b)
{
    if (b.hi <= 0)
        return (struct range){0, 0};
    return (struct range){smaller(0, a.lo), larger(0, a.hi) / (b.lo > 0 && a.lo >= 0 ? b.lo : 1)};
}

static struct range mod_range(struct range a, struct range b)
{
    if (b.hi <= 0)
        return (struct range){0, 0};
    return (struct range){a.lo < 0 ? larger(a.lo, -(b.hi - 1)) : 0,
                          a.hi > 0 ? smaller(a.hi, b.hi - 1) : 0};
}

/* All values whose two's complement has as many bits as those of the range. */
static uint32_t signed_bits(struct range a)
{
    uint32_t up = a.hi > 0 ? hw_bits((uint64_t)a.hi) : 0;
    uint32_t down = a.lo < 0 ? hw_bits(~(uint64_t)a.lo) : 0;
    return (up > down ? up : down) + 1;
}

static int64_t ones(uint32_t bits)
{
    return bits >= 63 ? INT64_MAX : ((int64_t)1 << bits) - 1;
}

static struct range bitwise_range(enum hw_node_kind kind, struct range a, struct range b)
{
    uint32_t bits = signed_bits(a) > signed_bits(b) ? signed_bits(a) : signed_bits(b);
    if (kind == HW_AND && (a.lo >= 0 || b.lo >= 0))
        return (struct range){0, a.lo < 0 ? b.hi : b.lo < 0 ? a.hi : smaller(a.hi, b.hi)};
    if (kind == HW_ANDNOT && a.lo >= 0)
        return (struct range){0, a.hi};
    if (kind == HW_OR && a.lo >= 0 && b.lo >= 0)
        return (struct range){larger(a.lo, b.lo), ones(bits - 1)};
    return (struct range){~ones(bits - 1), ones(bits - 1)};
}

static struct range result_range(const struct hw_net *net, enum hw_node_kind kind, uint32_t a,
                                 uint32_t b, uint32_t c)
{
    struct range x = range_of(net, a), y = range_of(net, b), z;
    switch (kind) {
    case HW_AND:
    case HW_OR:
    case HW_ANDNOT:
        return bitwise_range(kind, x, y);
    case HW_ADD:
        return add_ranges(x, y);
    case HW_SUB:
        return sub_ranges(x, y);
    case HW_MUL:
        return mul_ranges(x, y);
    case HW_DIV:
        return div_range(x, y);
    case HW_MOD:
        return mod_range(x, y);
    case HW_SELECT:
        z = range_of(net, c);
        return (struct range){smaller(y.lo, z.lo), larger(y.hi, z.hi)};
    default:
        return (struct range){0, 1};
    }
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static bool same_node(const struct hw_node *x, const struct hw_node *y)
{
    return x->kind == y->kind && x->a == y->a && x->b == y->b && x->c == y->c && x->lo == y->lo &&
           x->hi == y->hi && x->first == y->first && x->matrix == y->matrix &&
           x->abits == y->abits && x->bbits == y->bbits;
}

static uint32_t add_node(struct hw_net *net, struct hw_node node)
{
    const uint64_t key[] = {node.kind,
                            node.a,
                            node.b,
                            node.c,
                            node.first,
                            node.matrix,
                            (uint64_t)node.lo,
                            (uint64_t)node.hi,
                            (uint64_t)node.abits << 32 | node.bbits};
    uint64_t hash = hw_hash_words(key, sizeof key / sizeof key[0]);
    uint32_t probe = 0, id;
    while ((id = hw_index_next(&net->index, hash, &probe)) != POL_NONE)
        if (same_node(&net->nodes.items[id], &node))
            return id;
    id = (uint32_t)net->nodes.count;
    node.is_signed = node.lo < 0;
    node.width = node.is_signed ? signed_bits((struct range){node.lo, node.hi})
                                : hw_bits((uint64_t)node.hi | 1);
    node.port = POL_NONE;
    hw_index_add(net->arena, &net->index, hash, id);
    VEC_PUSH(net->arena, &net->nodes, node);
    return id;
}

static struct hw_node operator_node(enum hw_node_kind kind, uint32_t a, uint32_t b, uint32_t c,
                                    struct range range)
{
    return (struct hw_node){.kind = kind, .a = a, .b = b, .c = c, .lo = range.lo, .hi = range.hi};
}

static uint32_t depth_of(const struct hw_net *net, uint32_t node)
{
    return node == POL_NONE ? 0 : net->nodes.items[node].depth;
}

static uint32_t deepest(const struct hw_net *net, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t x = depth_of(net, a), y = depth_of(net, b), z = depth_of(net, c);
    x = x > y ? x : y;
    return x > z ? x : z;
}

uint32_t hw_net_const(struct hw_net *net, int64_t value)
{
    return add_node(
        net, operator_node(HW_CONST, POL_NONE, POL_NONE, POL_NONE, (struct range){value, value}));
}

uint32_t hw_net_slot(struct hw_net *net, uint32_t source, uint32_t slot)
{
    const struct pol_prt_slot *s = &net->hw->table->slots[slot];
    bool field = s->kind == POL_SLOT_FIELD || s->kind == POL_SLOT_NESTED_FIELD;
    bool bits = field && net->hw->table->fields[s->index].kind == POL_FIELD_BITS;
    struct range range = {0, bits ? (int64_t)UINT32_MAX : ones(net->hw->slots[slot].width)};
    return add_node(net, operator_node(HW_SLOT, source, slot, POL_NONE, range));
}

static uint32_t counter_node(struct hw_net *net, uint32_t counter)
{
    const struct pol_prt_counter *c = &net->hw->table->counters[counter];
    struct range range = {0, (int64_t)c->max + (c->exhaust ? 1 : 0)};
    return add_node(net, operator_node(HW_COUNTER, counter, POL_NONE, POL_NONE, range));
}

/* ---- Operators ------------------------------------------------------------------------------- */

static int64_t wrapped(enum hw_node_kind kind, int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    return (int64_t)(kind == HW_ADD ? x + y : kind == HW_SUB ? x - y : x * y);
}

static int64_t calculate(enum hw_node_kind kind, int64_t a, int64_t b)
{
    switch (kind) {
    case HW_AND:
        return a & b;
    case HW_OR:
        return a | b;
    case HW_ANDNOT:
        return a & ~b;
    case HW_DIV:
        return b <= 0 ? 0 : a / b;
    case HW_MOD:
        return b <= 0 ? 0 : a % b;
    case HW_EQ:
        return a == b;
    case HW_LT:
        return a < b;
    default:
        return wrapped(kind, a, b);
    }
}

static bool is_const(const struct hw_net *net, uint32_t node)
{
    return net->nodes.items[node].kind == HW_CONST;
}

static int64_t value_of(const struct hw_net *net, uint32_t node)
{
    return net->nodes.items[node].lo;
}

/* A comparison that the ranges decide: 0 or 1, else -1. */
static int decided(enum hw_node_kind kind, struct range a, struct range b)
{
    if (kind == HW_EQ && (a.hi < b.lo || b.hi < a.lo))
        return 0;
    if (kind == HW_LT && a.hi < b.lo)
        return 1;
    return kind == HW_LT && a.lo >= b.hi ? 0 : -1;
}

static uint32_t select_node(struct hw_net *net, uint32_t a, uint32_t b, uint32_t c)
{
    struct range when = range_of(net, a);
    if (b == c || when.lo > 0 || when.hi < 0)
        return b;
    if (is_const(net, a))
        return c;
    struct hw_node node = operator_node(HW_SELECT, a, b, c, result_range(net, HW_SELECT, a, b, c));
    node.depth = deepest(net, a, b, c);
    return add_node(net, node);
}

uint32_t hw_net_op(struct hw_net *net, enum hw_node_kind kind, uint32_t a, uint32_t b, uint32_t c)
{
    if (kind == HW_SELECT)
        return select_node(net, a, b, c);
    if (is_const(net, a) && is_const(net, b))
        return hw_net_const(net, calculate(kind, value_of(net, a), value_of(net, b)));
    bool commutes =
        kind == HW_AND || kind == HW_OR || kind == HW_ADD || kind == HW_MUL || kind == HW_EQ;
    if (commutes && a > b) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    int known = kind == HW_EQ && a == b ? 1 : decided(kind, range_of(net, a), range_of(net, b));
    if (known >= 0)
        return hw_net_const(net, known);
    struct range range = result_range(net, kind, a, b, POL_NONE);
    if (range.lo == range.hi)
        return hw_net_const(net, range.lo);
    struct hw_node node = operator_node(kind, a, b, POL_NONE, range);
    node.depth = deepest(net, a, b, POL_NONE);
    return add_node(net, node);
}

uint32_t hw_net_bit(struct hw_net *net, uint32_t a, uint32_t bit)
{
    const struct hw_node *x = &net->nodes.items[a];
    if (x->kind == HW_CONST)
        return hw_net_const(net, (int64_t)((uint64_t)x->lo >> bit & 1));
    if (bit >= x->width && !x->is_signed)
        return hw_net_const(net, 0);
    bit = bit < x->width ? bit : x->width - 1;
    struct hw_node node = operator_node(HW_BIT, a, bit, POL_NONE, (struct range){0, 1});
    node.depth = x->depth;
    return add_node(net, node);
}

uint32_t hw_net_not(struct hw_net *net, uint32_t a)
{
    return hw_net_op(net, HW_EQ, a, hw_net_const(net, 0), POL_NONE);
}

uint32_t hw_net_outside(struct hw_net *net, uint32_t a, uint32_t ncodes)
{
    const struct hw_node *x = &net->nodes.items[a];
    if (x->lo > 0 && x->hi < (int64_t)ncodes)
        return hw_net_const(net, 0);
    if (x->kind == HW_CONST)
        return hw_net_const(net, (uint32_t)x->lo - 1u >= ncodes - 1u);
    struct hw_node node = operator_node(HW_OUTSIDE, a, ncodes, POL_NONE, (struct range){0, 1});
    node.depth = x->depth;
    return add_node(net, node);
}

static struct range words_range(const uint32_t *words, size_t n)
{
    struct range r = {words[0], words[0]};
    for (size_t i = 1; i < n; i++) {
        r.lo = smaller(r.lo, words[i]);
        r.hi = larger(r.hi, words[i]);
    }
    return r;
}

uint32_t hw_net_class(struct hw_net *net, uint32_t a, uint32_t nbounds, uint32_t map)
{
    struct range range = words_range(net->hw->table->maps + map + nbounds, (size_t)nbounds + 1);
    struct hw_node node = operator_node(HW_CLASS, a, nbounds, map, range);
    node.depth = depth_of(net, a);
    return range.lo == range.hi ? hw_net_const(net, range.lo) : add_node(net, node);
}

uint32_t hw_lut_entry(const struct hw_net *net, const struct hw_node *node, uint64_t index)
{
    const uint32_t *lut = net->hw->table->lut;
    uint64_t at = node->first + index;
    return node->matrix ? lut[at / 32] >> (at % 32) & 1u : lut[at];
}

static struct range entries_range(const struct hw_net *net, const struct hw_node *node)
{
    int64_t first = hw_lut_entry(net, node, 0);
    struct range r = {first, first};
    for (uint64_t i = 1; i < (uint64_t)1 << (node->abits + node->bbits); i++) {
        r.lo = smaller(r.lo, hw_lut_entry(net, node, i));
        r.hi = larger(r.hi, hw_lut_entry(net, node, i));
    }
    return r;
}

/* A constant row is a map of one index; so is a column that has no bits. */
static void narrow_lut(const struct hw_net *net, struct hw_node *node)
{
    const struct hw_node *x = &net->nodes.items[node->a];
    if (node->b != POL_NONE && node->bbits == 0)
        node->b = POL_NONE;
    if (x->kind == HW_CONST || node->abits == 0) {
        uint64_t index = node->abits ? (uint64_t)x->lo & (uint64_t)ones(node->abits) : 0;
        node->first += index << node->bbits;
        node->a = node->b;
        node->abits = node->bbits;
        node->b = POL_NONE;
        node->bbits = 0;
    } else if (!x->is_signed && x->width < node->abits) {
        node->abits = x->width;
    }
}

static uint32_t lut_node(struct hw_net *net, struct hw_node node)
{
    narrow_lut(net, &node);
    struct range range = entries_range(net, &node);
    if (node.a == POL_NONE || range.lo == range.hi)
        return hw_net_const(net, range.lo);
    if (node.b == POL_NONE && is_const(net, node.a)) {
        uint64_t index = (uint64_t)value_of(net, node.a) & (uint64_t)ones(node.abits);
        return hw_net_const(net, hw_lut_entry(net, &node, index));
    }
    node.kind = HW_LUT;
    node.c = POL_NONE;
    node.lo = range.lo;
    node.hi = range.hi;
    node.depth = deepest(net, node.a, node.b, POL_NONE) + 1;
    return add_node(net, node);
}

uint32_t hw_net_lut(struct hw_net *net, uint32_t a, uint32_t abits, uint32_t b, uint32_t bbits,
                    uint32_t words)
{
    struct hw_node node = {.a = a, .b = b, .first = words, .abits = abits, .bbits = bbits};
    return lut_node(net, node);
}

uint32_t hw_net_matrix(struct hw_net *net, uint32_t a, uint32_t abits, uint32_t b, uint32_t bbits,
                       uint32_t words)
{
    struct hw_node node = {.a = a,
                           .b = b,
                           .first = (uint64_t)words * 32,
                           .abits = abits,
                           .bbits = bbits,
                           .matrix = true};
    return lut_node(net, node);
}

/* (counter + index) mod the number of values. */
uint32_t hw_net_fresh(struct hw_net *net, uint32_t counter, uint32_t index)
{
    int64_t size = (int64_t)net->hw->table->counters[counter].max + 1;
    uint32_t sum = hw_net_op(net, HW_ADD, counter_node(net, counter),
                             hw_net_const(net, (int64_t)index % size), POL_NONE);
    if (range_of(net, sum).hi < size)
        return sum;
    if ((size & (size - 1)) == 0)
        return hw_net_op(net, HW_AND, sum, hw_net_const(net, size - 1), POL_NONE);
    uint32_t limit = hw_net_const(net, size);
    uint32_t small = hw_net_op(net, HW_LT, sum, limit, POL_NONE);
    struct hw_node node =
        operator_node(HW_SELECT, small, sum, hw_net_op(net, HW_SUB, sum, limit, POL_NONE),
                      (struct range){0, size - 1});
    return add_node(net, node);
}

uint32_t hw_net_spent(struct hw_net *net, uint32_t counter, uint32_t index)
{
    const struct pol_prt_counter *c = &net->hw->table->counters[counter];
    if (!c->exhaust)
        return hw_net_const(net, 0);
    uint32_t last = hw_net_const(net, (int64_t)c->max - (int64_t)index);
    return hw_net_op(net, HW_LT, last, counter_node(net, counter), POL_NONE);
}
