/* Symbolic values: terms stored once, nodes stored once, functions applied with a memo. */
#include "compiler/verify/sym.h"

#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"

#define WIDE ((int64_t)1 << 62) /* ranges beyond are not tracked */

static void add_constants(struct sym *s)
{
    (void)sym_const(s, 0); /* terms 0 and 1: SYM_FALSE and SYM_TRUE */
    (void)sym_const(s, 1);
}

void sym_init(struct sym *s, size_t budget)
{
    memset(s, 0, sizeof *s);
    s->gen = 1;
    s->budget = budget;
    add_constants(s);
}

void sym_reset(struct sym *s)
{
    s->nterms = s->nnodes = 0;
    s->nchildren = 0;
    s->memo_used = 0;
    s->next_fn = 0;
    s->over = false;
    s->gen++;
    add_constants(s);
}

void sym_free(struct sym *s)
{
    free(s->terms);
    free(s->nodes);
    free(s->children);
    free(s->term_table);
    free(s->node_table);
    free(s->memo);
    memset(s, 0, sizeof *s);
}

static uint32_t mix(uint64_t h)
{
    h *= 0x9E3779B97F4A7C15u;
    return (uint32_t)(h ^ h >> 32);
}

/* --- terms --------------------------------------------------------------------------------------
 */

static uint32_t term_hash(const struct sym_term *t)
{
    uint64_t h = t->kind + (uint64_t)t->a * 0x100000001B3u;
    h = mix(h) ^ ((uint64_t)t->b << 32 | t->c);
    h = mix(h) ^ ((uint64_t)t->d << 32 | t->e);
    return mix(mix(h) ^ (uint64_t)t->value);
}

static bool same_term(const struct sym_term *x, const struct sym_term *y)
{
    return x->kind == y->kind && x->a == y->a && x->b == y->b && x->c == y->c && x->d == y->d &&
           x->e == y->e && x->value == y->value;
}

static void grow_term_table(struct sym *s)
{
    s->term_size = s->term_size ? s->term_size * 2 : 256;
    free(s->term_table);
    s->term_table = lang_xalloc(s->term_size * sizeof *s->term_table);
    for (uint32_t i = 0; i < s->nterms; i++) {
        uint32_t at = term_hash(&s->terms[i]) & (s->term_size - 1);
        while (s->term_table[at].gen == s->gen)
            at = (at + 1) & (s->term_size - 1);
        s->term_table[at] = (struct sym_slot){s->gen, i};
    }
}

static uint32_t term(struct sym *s, const struct sym_term *t)
{
    if (s->nterms * 2 >= s->term_size)
        grow_term_table(s);
    uint32_t at = term_hash(t) & (s->term_size - 1);
    for (; s->term_table[at].gen == s->gen; at = (at + 1) & (s->term_size - 1))
        if (same_term(&s->terms[s->term_table[at].index], t))
            return SYM_LEAF | s->term_table[at].index;
    if (s->nterms == s->terms_cap) {
        s->terms_cap = s->terms_cap ? s->terms_cap * 2 : 256;
        s->terms = lang_xrealloc(s->terms, s->terms_cap * sizeof *s->terms);
    }
    s->term_table[at] = (struct sym_slot){s->gen, s->nterms};
    s->terms[s->nterms] = *t;
    return SYM_LEAF | s->nterms++;
}

static const struct sym_term *term_of(const struct sym *s, uint32_t leaf)
{
    return &s->terms[leaf & ~SYM_LEAF];
}

uint32_t sym_const(struct sym *s, int64_t value)
{
    struct sym_term t = {.kind = SYM_CONST, .value = value, .lo = value, .hi = value};
    return term(s, &t);
}

bool sym_is_const(const struct sym *s, uint32_t ref, int64_t *value)
{
    if (ref == SYM_UNDEF || !sym_is_leaf(ref) || term_of(s, ref)->kind != SYM_CONST)
        return false;
    *value = term_of(s, ref)->value;
    return true;
}

uint32_t sym_source(struct sym *s, enum sym_kind kind, uint32_t a, uint32_t b, int64_t lo,
                    int64_t hi)
{
    struct sym_term t = {.kind = (uint32_t)kind, .a = a, .b = b, .lo = lo, .hi = hi};
    return term(s, &t);
}

uint32_t sym_shared_lane(struct sym *s, uint32_t op, uint32_t slot, uint32_t arg, int64_t max)
{
    struct sym_term t = {.kind = SYM_LANE, .a = op, .b = slot, .c = arg + 1, .hi = max};
    return term(s, &t);
}

/* The node of an atom. */
static uint32_t atom(struct sym *s, const struct sym_term *t)
{
    uint32_t leaf = term(s, t);
    const uint32_t children[2] = {SYM_FALSE, SYM_TRUE};
    return sym_node(s, SYM_ATOM | (leaf & ~SYM_LEAF), 2, children);
}

uint32_t sym_opaque(struct sym *s, enum sym_kind kind, uint32_t a, uint32_t b, uint32_t c,
                    uint32_t d, uint32_t e)
{
    struct sym_term t = {.kind = (uint32_t)kind, .a = a, .b = b, .c = c, .d = d, .e = e, .hi = 1};
    if (kind == SYM_EQSLOTS && a == c && b == d)
        return SYM_TRUE;
    if (kind == SYM_EQSLOTS && (a > c || (a == c && b > d))) {
        t.a = c, t.b = d;
        t.c = a, t.d = b;
    }
    return atom(s, &t);
}

static int64_t fold(enum sym_kind kind, int64_t x, int64_t y)
{
    uint64_t a = (uint64_t)x, b = (uint64_t)y;
    switch (kind) {
    case SYM_ADD:
        return (int64_t)(a + b);
    case SYM_SUB:
        return (int64_t)(a - b);
    case SYM_MUL:
        return (int64_t)(a * b);
    case SYM_DIV:
        return y <= 0 ? 0 : x / y;
    case SYM_MOD:
        return y <= 0 ? 0 : x % y;
    case SYM_AND:
        return x & y;
    case SYM_OR:
        return x | y;
    case SYM_ANDNOT:
        return x & ~y;
    case SYM_EQ:
        return x == y;
    default:
        return x < y;
    }
}

static bool small(int64_t x, int64_t bound)
{
    return x > -bound && x < bound;
}

/* The range of an arithmetic term; everything where it might leave 64 bits. */
static void set_range(struct sym_term *t, const struct sym_term *x, const struct sym_term *y)
{
    int64_t bound = t->kind == SYM_MUL ? (int64_t)1 << 31 : WIDE / 2;
    t->lo = INT64_MIN;
    t->hi = INT64_MAX;
    if (t->kind == SYM_DIV || t->kind == SYM_MOD) {
        if (x->lo >= 0 && y->lo == y->hi && y->lo > 0) {
            t->lo = 0;
            t->hi = t->kind == SYM_DIV ? x->hi / y->lo : y->lo - 1 < x->hi ? y->lo - 1 : x->hi;
        }
        return;
    }
    if (t->kind > SYM_MUL) {
        if (t->kind == SYM_AND && x->lo >= 0 && y->lo >= 0)
            t->lo = 0, t->hi = x->hi < y->hi ? x->hi : y->hi;
        return;
    }
    if (!small(x->lo, bound) || !small(x->hi, bound) || !small(y->lo, bound) ||
        !small(y->hi, bound))
        return;
    int64_t ends[4] = {
        fold((enum sym_kind)t->kind, x->lo, y->lo), fold((enum sym_kind)t->kind, x->lo, y->hi),
        fold((enum sym_kind)t->kind, x->hi, y->lo), fold((enum sym_kind)t->kind, x->hi, y->hi)};
    t->lo = t->hi = ends[0];
    for (int i = 1; i < 4; i++) {
        t->lo = ends[i] < t->lo ? ends[i] : t->lo;
        t->hi = ends[i] > t->hi ? ends[i] : t->hi;
    }
}

static uint32_t compare_leaves(struct sym *s, enum sym_kind kind, uint32_t x, uint32_t y)
{
    const struct sym_term *a = term_of(s, x), *b = term_of(s, y);
    if (x == y)
        return kind == SYM_EQ ? SYM_TRUE : SYM_FALSE;
    if (a->hi < b->lo)
        return kind == SYM_EQ ? SYM_FALSE : SYM_TRUE;
    if (b->hi < a->lo || (kind == SYM_LT && a->lo == b->hi))
        return SYM_FALSE;
    if (kind == SYM_EQ && x > y) {
        uint32_t other = x;
        x = y;
        y = other;
    }
    struct sym_term t = {.kind = (uint32_t)kind, .a = x & ~SYM_LEAF, .b = y & ~SYM_LEAF, .hi = 1};
    return atom(s, &t);
}

/* The bitwise or of what is equal, or of something and 0, is that. */
static uint32_t or_leaves(struct sym *s, uint32_t x, uint32_t y)
{
    if (x == SYM_FALSE || x == y)
        return y;
    if (y == SYM_FALSE)
        return x;
    struct sym_term t = {.kind = SYM_OR,
                         .a = (x < y ? x : y) & ~SYM_LEAF,
                         .b = (x < y ? y : x) & ~SYM_LEAF,
                         .lo = INT64_MIN,
                         .hi = INT64_MAX};
    uint32_t mixed = term(s, &t);
    return sym_ite(s, compare_leaves(s, SYM_EQ, x, y), x, mixed);
}

static uint32_t binary_leaves(struct sym *s, enum sym_kind kind, uint32_t x, uint32_t y)
{
    int64_t a, b;
    if (sym_is_const(s, x, &a) && sym_is_const(s, y, &b))
        return sym_const(s, fold(kind, a, b));
    if (kind == SYM_EQ || kind == SYM_LT)
        return compare_leaves(s, kind, x, y);
    if (kind == SYM_OR)
        return or_leaves(s, x, y);
    if (kind == SYM_AND && (x == SYM_FALSE || y == SYM_FALSE))
        return SYM_FALSE;
    if (kind == SYM_AND && x == y)
        return x;
    if (kind == SYM_ANDNOT && (x == SYM_FALSE || y == SYM_FALSE))
        return x;
    bool swap = (kind == SYM_ADD || kind == SYM_MUL || kind == SYM_AND) && x > y;
    struct sym_term t = {
        .kind = (uint32_t)kind, .a = (swap ? y : x) & ~SYM_LEAF, .b = (swap ? x : y) & ~SYM_LEAF};
    set_range(&t, term_of(s, SYM_LEAF | t.a), term_of(s, SYM_LEAF | t.b));
    return term(s, &t);
}

static uint32_t bit_leaf(struct sym *s, uint32_t x, uint32_t bit)
{
    int64_t value;
    if (sym_is_const(s, x, &value))
        return sym_const(s, (int64_t)((uint64_t)value >> bit & 1));
    struct sym_term t = {.kind = SYM_BIT, .a = x & ~SYM_LEAF, .b = bit, .hi = 1};
    return term(s, &t);
}

/* --- nodes --------------------------------------------------------------------------------------
 */

static uint32_t node_hash(uint32_t var, uint32_t n, const uint32_t *children)
{
    uint64_t h = (uint64_t)var << 20 ^ n;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ children[i]) * 0xC2B2AE3D27D4EB4Fu, h ^= h >> 29;
    return (uint32_t)(h ^ h >> 32);
}

static void grow_node_table(struct sym *s)
{
    s->node_size = s->node_size ? s->node_size * 2 : 256;
    free(s->node_table);
    s->node_table = lang_xalloc(s->node_size * sizeof *s->node_table);
    for (uint32_t i = 0; i < s->nnodes; i++) {
        const struct sym_node *o = &s->nodes[i];
        uint32_t at = node_hash(o->var, o->n, s->children + o->first) & (s->node_size - 1);
        while (s->node_table[at].gen == s->gen)
            at = (at + 1) & (s->node_size - 1);
        s->node_table[at] = (struct sym_slot){s->gen, i};
    }
}

static uint32_t new_node(struct sym *s, uint32_t var, uint32_t n, const uint32_t *children)
{
    if (s->nnodes == s->nodes_cap) {
        s->nodes_cap = s->nodes_cap ? s->nodes_cap * 2 : 256;
        s->nodes = lang_xrealloc(s->nodes, s->nodes_cap * sizeof *s->nodes);
    }
    if (s->nchildren + n > s->children_cap) {
        s->children_cap = (s->nchildren + n) * 2;
        s->children = lang_xrealloc(s->children, s->children_cap * sizeof *s->children);
    }
    memcpy(s->children + s->nchildren, children, n * sizeof *children);
    s->nodes[s->nnodes] = (struct sym_node){var, (uint32_t)s->nchildren, n};
    s->nchildren += n;
    return s->nnodes++;
}

/* What all children are, UNDEF apart; false when they differ. */
static bool uniform(uint32_t n, const uint32_t *children, uint32_t *child)
{
    *child = SYM_UNDEF;
    for (uint32_t i = 0; i < n; i++) {
        if (children[i] == SYM_UNDEF || children[i] == *child)
            continue;
        if (*child != SYM_UNDEF)
            return false;
        *child = children[i];
    }
    return true;
}

uint32_t sym_node(struct sym *s, uint32_t var, uint32_t n, const uint32_t *children)
{
    uint32_t only;
    if (uniform(n, children, &only))
        return only;
    if (s->nnodes * 2 >= s->node_size)
        grow_node_table(s);
    uint32_t at = node_hash(var, n, children) & (s->node_size - 1);
    for (; s->node_table[at].gen == s->gen; at = (at + 1) & (s->node_size - 1)) {
        const struct sym_node *o = &s->nodes[s->node_table[at].index];
        if (o->var == var && o->n == n &&
            memcmp(s->children + o->first, children, n * sizeof *children) == 0)
            return s->node_table[at].index;
    }
    if (s->nchildren + n > s->budget) {
        s->over = true;
        return SYM_UNDEF;
    }
    uint32_t id = new_node(s, var, n, children);
    s->node_table[at] = (struct sym_slot){s->gen, id};
    return id;
}

static uint32_t var_of(const struct sym *s, uint32_t ref)
{
    return sym_is_leaf(ref) ? UINT32_MAX : s->nodes[ref].var;
}

uint32_t sym_child(const struct sym *s, uint32_t ref, uint32_t var, uint32_t i)
{
    return var_of(s, ref) == var ? s->children[s->nodes[ref].first + i] : ref;
}

/* --- memo ---------------------------------------------------------------------------------------
 */

static struct sym_memo *memo_slot(struct sym *s, uint32_t fn, uint32_t x, uint32_t y, uint32_t z)
{
    uint64_t h = mix((uint64_t)x << 32 | y);
    uint32_t at = mix((h << 32 | z) ^ fn * 0x85EBCA6Bu) & (s->memo_size - 1);
    for (;; at = (at + 1) & (s->memo_size - 1)) {
        struct sym_memo *m = &s->memo[at];
        if (m->gen != s->gen || (m->fn == fn && m->x == x && m->y == y && m->z == z))
            return m;
    }
}

static void grow_memo(struct sym *s)
{
    struct sym_memo *old = s->memo;
    uint32_t n = s->memo_size;
    s->memo_size = n ? n * 2 : 1024;
    s->memo = lang_xalloc(s->memo_size * sizeof *s->memo);
    for (uint32_t i = 0; i < n; i++)
        if (old[i].gen == s->gen)
            *memo_slot(s, old[i].fn, old[i].x, old[i].y, old[i].z) = old[i];
    free(old);
}

static bool recall(struct sym *s, uint32_t fn, uint32_t x, uint32_t y, uint32_t z, uint32_t *r)
{
    if (s->memo_used * 2 >= s->memo_size)
        grow_memo(s);
    const struct sym_memo *m = memo_slot(s, fn, x, y, z);
    *r = m->result;
    return m->gen == s->gen;
}

static uint32_t remember(struct sym *s, uint32_t fn, uint32_t x, uint32_t y, uint32_t z,
                         uint32_t result)
{
    if (s->memo_used * 2 >= s->memo_size)
        grow_memo(s);
    struct sym_memo *m = memo_slot(s, fn, x, y, z);
    s->memo_used += m->gen != s->gen;
    *m = (struct sym_memo){s->gen, fn, x, y, z, result};
    return result;
}

/* --- functions ----------------------------------------------------------------------------------
 */

/* Numbers of functions in the memo: kinds of terms, then ITE and BIT, then one per application. */
enum {
    FN_ITE = 64,
    FN_RESTRICT,
    FN_ATOM,
    FN_OTHER,
    FN_CUT,
    FN_WORD,
    FN_BIT = 128,
    FN_FIRST = 1024
};

static uint32_t min3(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t m = a < b ? a : b;
    return m < c ? m : c;
}

static uint32_t arity(const struct sym *s, uint32_t var, uint32_t x, uint32_t y, uint32_t z)
{
    uint32_t ref = var_of(s, x) == var ? x : var_of(s, y) == var ? y : z;
    return s->nodes[ref].n;
}

/* Room for the children of a node under construction. */
static uint32_t *scratch(uint32_t *small_room, uint32_t n)
{
    return n <= 16 ? small_room : lang_xalloc(n * sizeof *small_room);
}

static void drop(const uint32_t *small_room, uint32_t *room)
{
    if (room != small_room)
        free(room);
}

uint32_t sym_ite(struct sym *s, uint32_t cond, uint32_t x, uint32_t y)
{
    uint32_t result, room[16];
    if (cond == SYM_UNDEF || s->over)
        return SYM_UNDEF;
    if (sym_is_leaf(cond))
        return cond == SYM_FALSE ? y : x;
    if (x == y)
        return x;
    if (recall(s, FN_ITE, cond, x, y, &result))
        return result;
    uint32_t var = min3(var_of(s, cond), var_of(s, x), var_of(s, y));
    uint32_t n = arity(s, var, cond, x, y), *children = scratch(room, n);
    for (uint32_t i = 0; i < n; i++)
        children[i] = sym_ite(s, sym_child(s, cond, var, i), sym_child(s, x, var, i),
                              sym_child(s, y, var, i));
    result = sym_node(s, var, n, children);
    drop(room, children);
    return remember(s, FN_ITE, cond, x, y, result);
}

uint32_t sym_and(struct sym *s, uint32_t x, uint32_t y)
{
    return sym_ite(s, x, y, SYM_FALSE);
}

uint32_t sym_or(struct sym *s, uint32_t x, uint32_t y)
{
    return sym_ite(s, x, SYM_TRUE, y);
}

uint32_t sym_not(struct sym *s, uint32_t x)
{
    return sym_ite(s, x, SYM_FALSE, SYM_TRUE);
}

/* Values at leaves, for the general walk. */
struct leaf_fn {
    uint32_t number;
    enum sym_kind kind; /* when user is NULL */
    uint32_t bit;
    bool unary;
    struct sym_fn *user;
    const struct sym_map *map;
};

static uint32_t lookup_leaves(struct sym *s, const struct sym_map *map, uint32_t x, uint32_t y)
{
    int64_t a, b;
    if (sym_is_const(s, x, &a) && sym_is_const(s, y, &b))
        return sym_const(s, map->at(map->context, a, b));
    struct sym_term t = {.kind = map->boolean ? SYM_RELATED : SYM_MAP,
                         .a = x & ~SYM_LEAF,
                         .b = y & ~SYM_LEAF,
                         .c = map->contents,
                         .hi = map->max};
    return map->boolean ? atom(s, &t) : term(s, &t);
}

static uint32_t at_leaves(struct sym *s, const struct leaf_fn *fn, uint32_t x, uint32_t y)
{
    int64_t a, b = 0;
    if (fn->map)
        return lookup_leaves(s, fn->map, x, y);
    if (!fn->user)
        return fn->unary ? bit_leaf(s, x, fn->bit) : binary_leaves(s, fn->kind, x, y);
    if (!sym_is_const(s, x, &a) || (!fn->unary && !sym_is_const(s, y, &b))) {
        fn->user->bad = true;
        return SYM_UNDEF;
    }
    return sym_const(s, fn->user->call(fn->user->context, a, b));
}

static uint32_t walk(struct sym *s, const struct leaf_fn *fn, uint32_t x, uint32_t y)
{
    uint32_t result, room[16];
    if (x == SYM_UNDEF || y == SYM_UNDEF || s->over)
        return SYM_UNDEF;
    if (sym_is_leaf(x) && sym_is_leaf(y))
        return at_leaves(s, fn, x, y);
    if (recall(s, fn->number, x, y, 0, &result))
        return result;
    uint32_t var = min3(var_of(s, x), var_of(s, y), UINT32_MAX);
    uint32_t n = arity(s, var, x, y, y), *children = scratch(room, n);
    for (uint32_t i = 0; i < n; i++)
        children[i] = walk(s, fn, sym_child(s, x, var, i), sym_child(s, y, var, i));
    if (var & SYM_ATOM) { /* comparisons at the leaves may come before this one */
        const uint32_t both[2] = {SYM_FALSE, SYM_TRUE};
        result = sym_ite(s, sym_node(s, var, 2, both), children[1], children[0]);
    } else {
        result = sym_node(s, var, n, children);
    }
    drop(room, children);
    return remember(s, fn->number, x, y, 0, result);
}

uint32_t sym_binary(struct sym *s, enum sym_kind kind, uint32_t x, uint32_t y)
{
    struct leaf_fn fn = {.number = (uint32_t)kind, .kind = kind};
    return walk(s, &fn, x, y);
}

uint32_t sym_bit(struct sym *s, uint32_t x, uint32_t bit)
{
    struct leaf_fn fn = {.number = FN_BIT + bit, .bit = bit, .unary = true};
    return walk(s, &fn, x, SYM_FALSE);
}

uint32_t sym_lookup(struct sym *s, const struct sym_map *map, uint32_t x, uint32_t y)
{
    struct leaf_fn fn = {.number = FN_FIRST + s->next_fn++, .map = map};
    return walk(s, &fn, x, y);
}

uint32_t sym_apply1(struct sym *s, struct sym_fn *user, uint32_t x)
{
    struct leaf_fn fn = {.number = FN_FIRST + s->next_fn++, .unary = true, .user = user};
    return walk(s, &fn, x, SYM_FALSE);
}

uint32_t sym_apply2(struct sym *s, struct sym_fn *user, uint32_t x, uint32_t y)
{
    struct leaf_fn fn = {.number = FN_FIRST + s->next_fn++, .user = user};
    return walk(s, &fn, x, y);
}

uint32_t sym_truth(struct sym *s, uint32_t x)
{
    return sym_not(s, sym_binary(s, SYM_EQ, x, SYM_FALSE));
}

uint32_t sym_restrict(struct sym *s, uint32_t x, uint32_t var, uint32_t value)
{
    uint32_t result, room[16] = {0};
    if (var_of(s, x) == var)
        return sym_child(s, x, var, value);
    if (sym_is_leaf(x) || var_of(s, x) > var)
        return x;
    if (recall(s, FN_RESTRICT, x, var, value, &result))
        return result;
    const struct sym_node node = s->nodes[x];
    uint32_t *children = scratch(room, node.n);
    for (uint32_t i = 0; i < node.n; i++)
        children[i] = sym_restrict(s, s->children[node.first + i], var, value);
    result = sym_node(s, node.var, node.n, children);
    drop(room, children);
    return remember(s, FN_RESTRICT, x, var, value, result);
}

/* A leaf and the value that it is given. */
struct assignment {
    uint32_t leaf, fn;
    int64_t value;
};

/* Is the atom decided by the assignment? */
static bool decided(const struct sym *s, uint32_t var, const struct assignment *a,
                    uint32_t *outcome)
{
    const struct sym_term *t = &s->terms[var & ~SYM_ATOM];
    if (t->kind != SYM_EQ && t->kind != SYM_LT)
        return false;
    const struct sym_term *x = &s->terms[t->a], *y = &s->terms[t->b];
    if (t->a == (a->leaf & ~SYM_LEAF) && y->kind == SYM_CONST)
        *outcome = fold((enum sym_kind)t->kind, a->value, y->value) != 0;
    else if (t->b == (a->leaf & ~SYM_LEAF) && x->kind == SYM_CONST)
        *outcome = fold((enum sym_kind)t->kind, x->value, a->value) != 0;
    else
        return false;
    return true;
}

static uint32_t assign(struct sym *s, uint32_t x, const struct assignment *a)
{
    uint32_t result, outcome;
    if (sym_is_leaf(x))
        return x;
    const struct sym_node node = s->nodes[x];
    if ((node.var & SYM_ATOM) && decided(s, node.var, a, &outcome))
        return assign(s, s->children[node.first + outcome], a);
    if (recall(s, a->fn, x, 0, 0, &result))
        return result;
    uint32_t room[16], *children = scratch(room, node.n);
    for (uint32_t i = 0; i < node.n; i++)
        children[i] = assign(s, s->children[node.first + i], a);
    result = sym_node(s, node.var, node.n, children);
    drop(room, children);
    return remember(s, a->fn, x, 0, 0, result);
}

uint32_t sym_assign(struct sym *s, uint32_t x, uint32_t leaf, int64_t value)
{
    struct assignment a = {leaf, FN_FIRST + s->next_fn++, value};
    return assign(s, x, &a);
}

/* --- questions ----------------------------------------------------------------------------------
 */

/* Does some node or leaf below x fulfil the question?  Each is asked once. */
static bool any_below(struct sym *s, uint32_t fn, uint32_t x,
                      bool (*ask)(const struct sym *, uint32_t))
{
    uint32_t found;
    if (x == SYM_UNDEF)
        return false;
    if (ask(s, x))
        return true;
    if (sym_is_leaf(x))
        return false;
    if (recall(s, fn, x, 0, 0, &found))
        return found != 0;
    found = 0;
    for (uint32_t i = 0; !found && i < s->nodes[x].n; i++)
        found = any_below(s, fn, s->children[s->nodes[x].first + i], ask);
    return remember(s, fn, x, 0, 0, found) != 0;
}

static bool is_atom(const struct sym *s, uint32_t x)
{
    return !sym_is_leaf(x) && (s->nodes[x].var & SYM_ATOM);
}

static bool is_other(const struct sym *s, uint32_t x)
{
    (void)s;
    return sym_is_leaf(x) && x != SYM_FALSE && x != SYM_TRUE;
}

static bool is_cut(const struct sym *s, uint32_t x)
{
    return is_atom(s, x) && s->terms[s->nodes[x].var & ~SYM_ATOM].kind == SYM_CUT;
}

bool sym_has_atom(struct sym *s, uint32_t x)
{
    return any_below(s, FN_ATOM, x, is_atom);
}

static bool is_word(const struct sym *s, uint32_t x)
{
    return sym_is_leaf(x) && (term_of(s, x)->kind == SYM_WORD || term_of(s, x)->kind == SYM_PACK);
}

bool sym_has_word(struct sym *s, uint32_t x)
{
    return any_below(s, FN_WORD, x, is_word);
}

bool sym_is_boolean(struct sym *s, uint32_t x)
{
    return !any_below(s, FN_OTHER, x, is_other);
}

/* --- cuts ---------------------------------------------------------------------------------------
 */

uint32_t sym_cut(struct sym *s, uint32_t boolean)
{
    struct sym_term t = {.kind = SYM_CUT, .a = boolean, .hi = 1};
    return atom(s, &t);
}

/* The first cut below x, or UNDEF. */
static uint32_t find_cut(struct sym *s, uint32_t x)
{
    while (!sym_is_leaf(x) && !is_cut(s, x)) {
        uint32_t i = 0;
        while (!any_below(s, FN_CUT, s->children[s->nodes[x].first + i], is_cut))
            i++;
        x = s->children[s->nodes[x].first + i];
    }
    return sym_is_leaf(x) ? SYM_UNDEF : s->nodes[x].var;
}

uint32_t sym_uncut(struct sym *s, uint32_t x)
{
    while (!s->over && any_below(s, FN_CUT, x, is_cut)) {
        uint32_t var = find_cut(s, x), boolean = s->terms[var & ~SYM_ATOM].a;
        x = sym_ite(s, boolean, sym_restrict(s, x, var, 1), sym_restrict(s, x, var, 0));
    }
    return x;
}
