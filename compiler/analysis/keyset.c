/* Sets of keys; see keyset.h. */
#include <assert.h>
#include <string.h>
#include "compiler/analysis/keyset.h"

enum { OP_AND = 1, OP_OR, OP_LESS };

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t hash = a * 0x9E3779B97F4A7C15u ^ b * 0xC2B2AE3D27D4EB4Fu ^ c * 0x165667B19E3779F9u;
    hash ^= hash >> 29;
    hash *= 0xBF58476D1CE4E5B9u;
    return (uint32_t)(hash >> 32);
}

static void push_node(struct keysets *sets, uint32_t var, uint32_t lo, uint32_t hi)
{
    sets->nodes =
        arena_grow(sets->arena, sets->nodes, sets->count, &sets->cap, sizeof *sets->nodes);
    sets->nodes[sets->count++] = (struct keyset_node){var, lo, hi};
}

void keysets_init(struct keysets *sets, struct arena *arena, uint32_t width, uint32_t max_nodes,
                  uint64_t max_steps)
{
    assert(width <= 64);
    memset(sets, 0, sizeof *sets);
    sets->arena = arena;
    sets->width = width;
    sets->max_nodes = max_nodes;
    sets->max_steps = max_steps;
    push_node(sets, width, KEYSET_NONE, KEYSET_NONE);
    push_node(sets, width, KEYSET_ALL, KEYSET_ALL);
    sets->table_size = 256;
    sets->table = ARENA_ARRAY(arena, uint32_t, sets->table_size); /* 0: free */
    sets->memo_size = 256;
    sets->memo = ARENA_ARRAY(arena, struct keyset_memo, sets->memo_size);
}

static uint32_t table_slot(const struct keysets *sets, uint32_t var, uint32_t lo, uint32_t hi)
{
    uint32_t at = mix(var, lo, hi) & (sets->table_size - 1);
    for (; sets->table[at]; at = (at + 1) & (sets->table_size - 1)) {
        const struct keyset_node *node = &sets->nodes[sets->table[at]];
        if (node->var == var && node->lo == lo && node->hi == hi)
            break;
    }
    return at;
}

/* The memo grows with the table and forgets what it held. */
static void grow_tables(struct keysets *sets)
{
    sets->table_size *= 2;
    sets->table = ARENA_ARRAY(sets->arena, uint32_t, sets->table_size);
    for (uint32_t i = 2; i < sets->count; i++) {
        const struct keyset_node *node = &sets->nodes[i];
        sets->table[table_slot(sets, node->var, node->lo, node->hi)] = i;
    }
    sets->memo_size *= 2;
    sets->memo = ARENA_ARRAY(sets->arena, struct keyset_memo, sets->memo_size);
}

uint32_t keyset_node(struct keysets *sets, uint32_t var, uint32_t lo, uint32_t hi)
{
    if (lo == hi)
        return lo;
    assert(var < sets->nodes[lo].var && var < sets->nodes[hi].var);
    if (sets->count * 2 > sets->table_size)
        grow_tables(sets);
    uint32_t at = table_slot(sets, var, lo, hi);
    if (sets->table[at])
        return sets->table[at];
    sets->full |= sets->count >= sets->max_nodes;
    if (sets->full)
        return KEYSET_NONE;
    push_node(sets, var, lo, hi);
    return sets->table[at] = (uint32_t)sets->count - 1;
}

uint32_t keyset_cube(struct keysets *sets, struct key_cube cube)
{
    uint32_t set = KEYSET_ALL;
    for (uint32_t bit = sets->width; bit-- > 0;)
        if (cube.mask >> bit & 1)
            set = cube.value >> bit & 1 ? keyset_node(sets, bit, KEYSET_NONE, set)
                                        : keyset_node(sets, bit, set, KEYSET_NONE);
    return set;
}

/* True when the answer needs no look at the nodes. */
static bool trivial(uint32_t op, uint32_t left, uint32_t right, uint32_t *result)
{
    if (op == OP_LESS) {
        *result = right == KEYSET_NONE ? left : KEYSET_NONE;
        return left == KEYSET_NONE || right <= KEYSET_ALL || left == right;
    }
    uint32_t absorbing = op == OP_AND ? KEYSET_NONE : KEYSET_ALL;
    uint32_t neutral = !absorbing;
    if (left == absorbing || right == absorbing) {
        *result = absorbing;
        return true;
    }
    *result = left == neutral ? right : left;
    return left == neutral || right == neutral || left == right;
}

static uint32_t apply(struct keysets *sets, uint32_t op, uint32_t left, uint32_t right)
{
    uint32_t result;
    if (trivial(op, left, right, &result))
        return result;
    if (op != OP_LESS && left > right) {
        uint32_t other = left;
        left = right;
        right = other;
    }
    uint32_t at = mix(op, left, right) & (sets->memo_size - 1);
    const struct keyset_memo *memo = &sets->memo[at];
    if (memo->op == op && memo->left == left && memo->right == right)
        return memo->result;
    sets->full |= ++sets->steps > sets->max_steps;
    if (sets->full)
        return KEYSET_NONE;
    const struct keyset_node x = sets->nodes[left], y = sets->nodes[right];
    uint32_t var = x.var < y.var ? x.var : y.var;
    uint32_t lo = apply(sets, op, x.var == var ? x.lo : left, y.var == var ? y.lo : right);
    uint32_t hi = apply(sets, op, x.var == var ? x.hi : left, y.var == var ? y.hi : right);
    result = keyset_node(sets, var, lo, hi);
    if (sets->full)
        return KEYSET_NONE;
    at = mix(op, left, right) & (sets->memo_size - 1); /* it may have grown */
    sets->memo[at] = (struct keyset_memo){op, left, right, result};
    return result;
}

uint32_t keyset_and(struct keysets *sets, uint32_t left, uint32_t right)
{
    return apply(sets, OP_AND, left, right);
}

uint32_t keyset_or(struct keysets *sets, uint32_t left, uint32_t right)
{
    return apply(sets, OP_OR, left, right);
}

uint32_t keyset_less(struct keysets *sets, uint32_t left, uint32_t right)
{
    return apply(sets, OP_LESS, left, right);
}

/* --- walks: each node is looked at once ------------------------------------------------------- */

static void begin_walk(struct keysets *sets)
{
    if (sets->nstamps < sets->count) {
        uint32_t *old = sets->stamp;
        size_t n = sets->nstamps;
        sets->nstamps = sets->count * 2;
        sets->stamp = ARENA_ARRAY(sets->arena, uint32_t, sets->nstamps);
        sets->image = ARENA_ARRAY(sets->arena, uint32_t, sets->nstamps);
        if (n)
            memcpy(sets->stamp, old, n * sizeof *old);
    }
    if (++sets->walk == 0) {
        memset(sets->stamp, 0, sets->nstamps * sizeof *sets->stamp);
        sets->walk = 1;
    }
}

/* Does some key of the cube lead from the node to `target`, KEYSET_NONE or KEYSET_ALL?  A node has
 * both below it, so that where no bit is fixed any more the answer is yes. */
static bool leads_to(struct keysets *sets, uint32_t set, struct key_cube cube, uint32_t target)
{
    while (set > KEYSET_ALL) {
        const struct keyset_node *node = &sets->nodes[set];
        sets->steps++;
        if (cube.mask >> node->var == 0)
            return true;
        if (sets->stamp[set] == sets->walk)
            return false;
        sets->stamp[set] = sets->walk;
        if (cube.mask >> node->var & 1)
            set = cube.value >> node->var & 1 ? node->hi : node->lo;
        else if (leads_to(sets, node->lo, cube, target))
            return true;
        else
            set = node->hi;
    }
    return set == target;
}

bool keyset_meets(struct keysets *sets, uint32_t set, struct key_cube cube)
{
    begin_walk(sets);
    return leads_to(sets, set, cube, KEYSET_ALL);
}

bool keyset_covers(struct keysets *sets, uint32_t set, struct key_cube cube)
{
    begin_walk(sets);
    return !leads_to(sets, set, cube, KEYSET_NONE);
}

bool keyset_has(const struct keysets *sets, uint32_t set, uint64_t key)
{
    while (set > KEYSET_ALL) {
        const struct keyset_node *node = &sets->nodes[set];
        set = key >> node->var & 1 ? node->hi : node->lo;
    }
    return set == KEYSET_ALL;
}

uint64_t keyset_pick(const struct keysets *sets, uint32_t set)
{
    uint64_t key = 0;
    assert(set != KEYSET_NONE);
    while (set > KEYSET_ALL) {
        const struct keyset_node *node = &sets->nodes[set];
        if (node->lo == KEYSET_NONE)
            key |= (uint64_t)1 << node->var;
        set = node->lo == KEYSET_NONE ? node->hi : node->lo;
    }
    return key;
}

struct key_cube keyset_around(struct keysets *sets, uint32_t set)
{
    uint64_t key = keyset_pick(sets, set);
    struct key_cube around = {key, key_bits(sets->width)};
    for (uint32_t bit = 0; bit < sets->width; bit++) {
        uint64_t one = (uint64_t)1 << bit;
        if (keyset_meets(sets, set, (struct key_cube){~key & one, one}))
            around.mask &= ~one;
    }
    around.value &= around.mask;
    return around;
}

/* A walk that builds: images are made in `to`, which may be the struct walked. */
static uint32_t rebuild(struct keysets *to, struct keysets *from, uint32_t set,
                        struct key_cube cube)
{
    if (set <= KEYSET_ALL)
        return set;
    if (from->stamp[set] == from->walk)
        return from->image[set];
    to->full |= ++to->steps > to->max_steps;
    if (to->full)
        return KEYSET_NONE;
    const struct keyset_node node = from->nodes[set];
    uint32_t result;
    if (cube.mask >> node.var & 1) {
        result = rebuild(to, from, cube.value >> node.var & 1 ? node.hi : node.lo, cube);
    } else {
        uint32_t lo = rebuild(to, from, node.lo, cube), hi = rebuild(to, from, node.hi, cube);
        result = keyset_node(to, node.var, lo, hi);
    }
    from->stamp[set] = from->walk;
    from->image[set] = result;
    return result;
}

uint32_t keyset_cofactor(struct keysets *sets, uint32_t set, struct key_cube cube)
{
    begin_walk(sets); /* nodes made on the way are not walked */
    return rebuild(sets, sets, set, cube);
}

uint32_t keyset_import(struct keysets *to, struct keysets *from, uint32_t set)
{
    assert(to->width == from->width);
    begin_walk(from);
    return rebuild(to, from, set, (struct key_cube){0, 0});
}
