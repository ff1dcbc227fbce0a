/* Lattices and relations: maps and bit matrices of two values, known by their contents.
 *
 * The IR's are laid out here as docs/formats/prt.md says, padded to powers of two, and are the
 * table's exactly when their contents are the same, padding too; then both stand for the same
 * function, whose values at constants are read from the contents and which is opaque elsewhere. */
#include <string.h>

#include "compiler/verify/internal.h"

/* What makes contents the same: rows - 1, bits of a column, kind; then the words. */
struct contents {
    uint32_t mask, shift, matrix;
};

static uint64_t words_of(const struct contents *c)
{
    uint64_t entries = ((uint64_t)c->mask + 1) << c->shift;
    return c->matrix ? (entries + 31) / 32 : entries;
}

static struct vf_lookup *make_lookup(struct vf *v, const struct contents *c, const uint32_t *words)
{
    struct vf_lookup *l = ARENA_NEW(&v->arena, struct vf_lookup);
    uint64_t n = words_of(c);
    struct str_buf key;
    bool added;
    str_init(&key);
    str_add_len(&key, (const char *)c, sizeof *c);
    str_add_len(&key, (const char *)words, n * sizeof *words);
    *l = (struct vf_lookup){.words = words, .mask = c->mask, .shift = c->shift};
    l->matrix = c->matrix != 0;
    l->contents = vf_keys_add(v->contents, key.data, key.len, &added);
    l->max = l->matrix;
    for (uint64_t i = 0; !l->matrix && i < n; i++)
        l->max = words[i] > l->max ? words[i] : l->max;
    str_free(&key);
    return l;
}

static int64_t value_at(void *context, int64_t x, int64_t y)
{
    const struct vf_lookup *l = context;
    uint32_t column = (uint32_t)y & (((uint32_t)1 << l->shift) - 1);
    uint32_t at = ((uint32_t)x & l->mask) << l->shift | column;
    return l->matrix ? l->words[at / 32] >> (at % 32) & 1u : l->words[at];
}

static uint32_t look_up(struct sym *s, struct vf_lookup *l, uint32_t x, uint32_t y)
{
    struct sym_map map = {value_at, l, l->contents, l->max, l->matrix};
    return sym_lookup(s, &map, x, y);
}

/* --- the table's --------------------------------------------------------------------------------
 */

static void cover_words(struct vf *v, uint32_t first, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        VF_COVER(v, lut, first + i);
}

uint32_t vf_table_lookup(struct vf *v, struct sym *s, const struct pol_prt_op *op, uint32_t x,
                         uint32_t y)
{
    const uint32_t key[4] = {op->op, op->c, op->d, op->e};
    const struct contents c = {op->d, op->e, op->op == POL_OPC_MATRIX};
    bool added;
    uint32_t number = vf_keys_add(v->op_lookups, key, sizeof key, &added);
    if (added) {
        struct vf_lookup *l = make_lookup(v, &c, v->t->lut + op->c);
        VEC_PUSH(&v->arena, &v->lookups, l);
        cover_words(v, op->c, words_of(&c));
    }
    return look_up(s, v->lookups.items[number], x, y);
}

/* --- the IR's -----------------------------------------------------------------------------------
 */

static uint32_t bits_for(uint64_t values)
{
    uint32_t bits = 0;
    while ((uint64_t)1 << bits < values)
        bits++;
    return bits;
}

uint32_t vf_lattice_value(struct vf *v, struct sym *s, uint32_t lattice, bool join, uint32_t x,
                          uint32_t y)
{
    const struct ir_lattice *l = &v->ir->lattices[lattice];
    struct vf_lookup **at = &v->lattice_lookups[2 * lattice + join];
    if (!*at) {
        uint32_t shift = bits_for(l->size), n = (uint32_t)1 << shift;
        uint32_t *words = ARENA_ARRAY(&v->arena, uint32_t, (size_t)n * n);
        const struct contents c = {n - 1, shift, 0};
        for (uint32_t a = 0; a < l->size; a++)
            memcpy(words + (size_t)a * n, (join ? l->join : l->meet) + (size_t)a * l->size,
                   l->size * sizeof *words);
        *at = make_lookup(v, &c, words);
    }
    return look_up(s, *at, x, y);
}

static bool has_tuple(const struct ir_relation *r, const uint32_t *tuple)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < r->nargs; i++)
        at = at * r->limit[i] + tuple[i];
    return r->bits[at / 32] >> (at % 32) & 1u;
}

/* The next tuple, the last argument first; false after the last one. */
static bool next_tuple(const struct ir_relation *r, uint32_t *tuple)
{
    for (uint32_t i = r->nargs; i-- > 0;) {
        if (++tuple[i] < r->limit[i])
            return true;
        tuple[i] = 0;
    }
    return false;
}

static struct vf_lookup *relation_lookup(struct vf *v, const struct ir_relation *r)
{
    uint32_t tuple[POL_MAX_ARGS] = {0}, columns = bits_for(r->limit[r->nargs - 1]), rows = 0;
    for (uint32_t i = 0; i + 1 < r->nargs; i++)
        rows += bits_for(r->limit[i]);
    const struct contents c = {((uint32_t)1 << rows) - 1, columns, 1};
    uint32_t *words = ARENA_ARRAY(&v->arena, uint32_t, (size_t)words_of(&c));
    do {
        uint64_t at = 0;
        for (uint32_t i = 0; i < r->nargs; i++)
            at = at << bits_for(r->limit[i]) | tuple[i];
        if (has_tuple(r, tuple))
            words[at / 32] |= (uint32_t)1 << at % 32;
    } while (next_tuple(r, tuple));
    return make_lookup(v, &c, words);
}

uint32_t vf_related(struct vf *v, struct sym *s, uint32_t relation, const uint32_t *args)
{
    const struct ir_relation *r = &v->ir->relations[relation];
    uint32_t row = SYM_FALSE;
    if (!v->relation_lookups[relation])
        v->relation_lookups[relation] = relation_lookup(v, r);
    for (uint32_t i = 0; i + 1 < r->nargs; i++) {
        uint32_t scale = sym_const(s, (int64_t)1 << bits_for(r->limit[i]));
        row =
            i == 0 ? args[0] : sym_binary(s, SYM_ADD, sym_binary(s, SYM_MUL, row, scale), args[i]);
    }
    return look_up(s, v->relation_lookups[relation], row, args[r->nargs - 1]);
}

/* No table has a matrix of more rows or columns. */
static bool fits(const struct ir_relation *r)
{
    uint32_t columns = bits_for(r->limit[r->nargs - 1]), rows = 0;
    for (uint32_t i = 0; i + 1 < r->nargs; i++)
        rows += bits_for(r->limit[i]);
    return rows <= 16 && columns <= 16;
}

bool vf_relate_init(struct vf *v)
{
    for (uint32_t i = 0; i < v->ir->nrelations; i++)
        if (!fits(&v->ir->relations[i]))
            return vf_fail(v, "the relation %s is too large", v->ir->relations[i].name);
    v->contents = vf_keys_new(&v->arena);
    v->op_lookups = vf_keys_new(&v->arena);
    v->lattice_lookups =
        ARENA_ARRAY(&v->arena, struct vf_lookup *, 2 * (size_t)v->ir->nlattices + 1);
    v->relation_lookups = ARENA_ARRAY(&v->arena, struct vf_lookup *, v->ir->nrelations + 1);
    return true;
}
