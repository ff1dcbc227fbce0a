/* The product of decision diagrams over the same variables; see dd.h.
 *
 * A node of the product is a tuple of one node or terminal per factor.  Different nodes of a
 * reduced diagram are different functions, so different tuples are, too: what comes out is reduced.
 */
#include <string.h>
#include "compiler/analysis/dd.h"
#include "compiler/analysis/pairs.h"

struct product {
    struct arena *arena, work;
    const struct dd *const *factors;
    uint32_t n;
    VEC_OF(uint32_t) tuples; /* id * n: nodes and terminals of the factors */
    uint32_t count, *table, table_size;
    uint32_t *var; /* per id; UINT32_MAX: a terminal of all factors */
    size_t var_cap;
    uint32_t *first_child; /* per id */
    size_t child_cap;
    VEC_OF(uint32_t) children; /* ids */
    VEC_OF(uint32_t) * by_var; /* ids, last those of terminals */
    uint32_t **member;         /* per variable: class -> a value of it */
    struct dd *out;
    uint32_t *scratch;
};

static bool has_classes(const struct dd *dd, uint32_t var)
{
    return dd->vars[var].kind == DD_MAP || dd->vars[var].kind == DD_VALUE;
}

/* --- classes ------------------------------------------------------------------------------------
 */

/* Splits the joint classes of a variable by those of one factor. */
static uint32_t split_classes(struct product *p, const struct dd *f, uint32_t var, uint32_t *of)
{
    struct pairs pairs;
    pairs_init(&pairs, &p->work, f->vars[var].ncodes);
    for (uint32_t value = 0; value < f->vars[var].ncodes; value++)
        if (of[value] != DD_NO_CLASS)
            of[value] = pairs_number(&pairs, of[value], f->class_of[var][value]);
    return pairs.count ? pairs.count : 1;
}

static void join_classes(struct product *p, uint32_t var)
{
    const struct dd *f = p->factors[0];
    uint32_t ncodes = f->vars[var].ncodes, n = 1;
    if (!has_classes(f, var)) {
        for (uint32_t i = 0; i < p->n; i++)
            n = p->factors[i]->nclasses[var] > n ? p->factors[i]->nclasses[var] : n;
        p->out->nclasses[var] = n;
        return;
    }
    uint32_t *of = ARENA_ARRAY(p->arena, uint32_t, ncodes + 1);
    for (uint32_t value = 0; value < ncodes; value++)
        of[value] = f->class_of[var][value] == DD_NO_CLASS ? DD_NO_CLASS : 0;
    for (uint32_t i = 0; i < p->n; i++)
        if (p->factors[i]->nclasses[var] > 1)
            n = split_classes(p, p->factors[i], var, of);
    p->out->class_of[var] = of;
    p->out->nclasses[var] = n;
    p->member[var] = ARENA_ARRAY(&p->work, uint32_t, n);
    for (uint32_t value = ncodes; value-- > 0;)
        if (of[value] != DD_NO_CLASS)
            p->member[var][of[value]] = value;
}

/* --- tuples -------------------------------------------------------------------------------------
 */

static uint32_t tuple_hash(const uint32_t *tuple, uint32_t n)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ tuple[i]) * 0xC2B2AE3D27D4EB4Fu, h ^= h >> 31;
    return (uint32_t)(h >> 16);
}

static void grow_table(struct product *p)
{
    p->table_size = p->table_size ? p->table_size * 2 : 1024;
    p->table = ARENA_ARRAY(&p->work, uint32_t, p->table_size);
    for (uint32_t id = 0; id < p->count; id++) {
        uint32_t at = tuple_hash(p->tuples.items + (size_t)id * p->n, p->n) & (p->table_size - 1);
        while (p->table[at])
            at = (at + 1) & (p->table_size - 1);
        p->table[at] = id + 1;
    }
}

static uint32_t first_var(const struct product *p, const uint32_t *tuple)
{
    uint32_t var = UINT32_MAX;
    for (uint32_t i = 0; i < p->n; i++)
        if (tuple[i] < DD_TERMINAL && p->factors[i]->nodes[tuple[i]].var < var)
            var = p->factors[i]->nodes[tuple[i]].var;
    return var;
}

static uint32_t intern_tuple(struct product *p, const uint32_t *tuple)
{
    size_t bytes = p->n * sizeof *tuple;
    if (p->count * 2 >= p->table_size)
        grow_table(p);
    uint32_t at = tuple_hash(tuple, p->n) & (p->table_size - 1);
    for (; p->table[at]; at = (at + 1) & (p->table_size - 1))
        if (memcmp(p->tuples.items + (size_t)(p->table[at] - 1) * p->n, tuple, bytes) == 0)
            return p->table[at] - 1;
    for (uint32_t i = 0; i < p->n; i++)
        VEC_PUSH(&p->work, &p->tuples, tuple[i]);
    p->var = arena_grow(&p->work, p->var, p->count, &p->var_cap, sizeof *p->var);
    p->first_child =
        arena_grow(&p->work, p->first_child, p->count, &p->child_cap, sizeof *p->first_child);
    uint32_t var = first_var(p, tuple), nvars = p->factors[0]->nvars;
    p->var[p->count] = var;
    p->first_child[p->count] = 0;
    VEC_PUSH(&p->work, &p->by_var[var == UINT32_MAX ? nvars : var], p->count);
    p->table[at] = p->count + 1;
    return p->count++;
}

static uint32_t factor_child(const struct product *p, uint32_t factor, uint32_t id, uint32_t var,
                             uint32_t input)
{
    const struct dd *f = p->factors[factor];
    if (id >= DD_TERMINAL || f->nodes[id].var != var)
        return id;
    if (has_classes(f, var))
        input = f->class_of[var][p->member[var][input]];
    return f->children[f->nodes[id].first_child + input];
}

static void expand_tuple(struct product *p, uint32_t id)
{
    uint32_t var = p->var[id];
    p->first_child[id] = (uint32_t)p->children.count;
    for (uint32_t input = 0; input < p->out->nclasses[var]; input++) {
        for (uint32_t i = 0; i < p->n; i++)
            p->scratch[i] = factor_child(p, i, p->tuples.items[(size_t)id * p->n + i], var, input);
        uint32_t child = intern_tuple(p, p->scratch);
        VEC_PUSH(&p->work, &p->children, child);
    }
}

static bool expand_tuples(struct product *p, uint32_t max_nodes)
{
    for (uint32_t v = 0; v < p->out->nvars; v++)
        for (size_t i = 0; i < p->by_var[v].count; i++) {
            if (p->count > max_nodes || p->children.count > 64u * (size_t)max_nodes)
                return false;
            expand_tuple(p, p->by_var[v].items[i]);
        }
    return p->count <= max_nodes;
}

/* --- result -------------------------------------------------------------------------------------
 */

/* Terminals become outcomes in the order in which they were met. */
static void emit_outcomes(struct product *p, uint32_t *new_id, uint32_t **tuples)
{
    struct dd *out = p->out;
    const uint32_t *ids = p->by_var[out->nvars].items;
    out->noutcomes = (uint32_t)p->by_var[out->nvars].count;
    out->outcomes = ARENA_ARRAY(p->arena, uint32_t, out->noutcomes + 1);
    out->told = ARENA_ARRAY(p->arena, struct dd_told, out->noutcomes + 1);
    *tuples = ARENA_ARRAY(p->arena, uint32_t, (size_t)out->noutcomes * p->n + 1);
    for (uint32_t k = 0; k < out->noutcomes; k++) {
        new_id[ids[k]] = DD_TERMINAL + k;
        out->outcomes[k] = k;
        for (uint32_t i = 0; i < p->n; i++)
            (*tuples)[(size_t)k * p->n + i] =
                p->tuples.items[(size_t)ids[k] * p->n + i] - DD_TERMINAL;
    }
}

static void emit_product(struct product *p, uint32_t **tuples)
{
    struct dd *out = p->out;
    uint32_t *new_id = ARENA_ARRAY(&p->work, uint32_t, p->count + 1);
    emit_outcomes(p, new_id, tuples);
    out->nodes = ARENA_ARRAY(p->arena, struct dd_node, p->count - out->noutcomes + 1);
    out->children = ARENA_ARRAY(p->arena, uint32_t, p->children.count + 1);
    for (uint32_t v = 0; v < out->nvars; v++)
        for (size_t i = 0; i < p->by_var[v].count; i++) {
            uint32_t id = p->by_var[v].items[i];
            new_id[id] = out->nnodes;
            out->nodes[out->nnodes++] = (struct dd_node){v, p->first_child[id]};
        }
    for (size_t i = 0; i < p->children.count; i++)
        out->children[i] = new_id[p->children.items[i]];
    out->root = new_id[0];
}

struct dd *dd_product(struct arena *arena, const struct dd *const *factors, uint32_t n,
                      uint32_t max_nodes, uint32_t **tuples)
{
    struct product p = {.arena = arena, .factors = factors, .n = n};
    uint32_t nvars = factors[0]->nvars;
    p.out = ARENA_NEW(arena, struct dd);
    p.out->vars = factors[0]->vars;
    p.out->nvars = nvars;
    p.out->class_of = ARENA_ARRAY(arena, uint32_t *, nvars + 1);
    p.out->nclasses = ARENA_ARRAY(arena, uint32_t, nvars + 1);
    p.member = ARENA_ARRAY(&p.work, uint32_t *, nvars + 1);
    p.by_var = arena_array(&p.work, (size_t)nvars + 1, sizeof *p.by_var);
    p.scratch = ARENA_ARRAY(&p.work, uint32_t, n + 1);
    for (uint32_t v = 0; v < nvars; v++)
        join_classes(&p, v);
    for (uint32_t i = 0; i < n; i++)
        p.scratch[i] = factors[i]->root;
    (void)intern_tuple(&p, p.scratch);
    bool ok = expand_tuples(&p, max_nodes);
    if (ok)
        emit_product(&p, tuples);
    arena_free(&p.work);
    return ok ? p.out : NULL;
}
