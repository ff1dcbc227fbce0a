/* Lattices and relations as maps and bit matrices of two values, padded to powers of two. */
#include <inttypes.h>
#include "compiler/table/emit.h"

#define MAX_MATRIX (1u << 26) /* bits of one matrix */

static uint32_t bits_for(uint64_t values)
{
    uint32_t bits = 0;
    while ((uint64_t)1 << bits < values)
        bits++;
    return bits;
}

/* --- lattices -----------------------------------------------------------------------------------
 */

static uint32_t emit_lattice_map(struct emitter *e, const struct ir_lattice *l, bool join,
                                 uint32_t n)
{
    const uint32_t *values = join ? l->join : l->meet;
    uint32_t *data = ARENA_ARRAY(&e->work, uint32_t, (size_t)n * n);
    for (uint32_t i = 0; i < l->size; i++)
        for (uint32_t k = 0; k < l->size; k++)
            data[(size_t)i * n + k] = values[(size_t)i * l->size + k];
    return plan_lut(e->p, POL_SEC_LUT, data, (size_t)n * n);
}

uint32_t emit_lattice(struct emitter *e, uint32_t lattice, bool join, uint32_t a, uint32_t b)
{
    struct plan *p = e->p;
    const struct ir_lattice *l = &p->ir->lattices[lattice];
    uint32_t shift = bits_for(l->size), n = (uint32_t)1 << shift;
    if (!p->lattice_at)
        p->lattice_at = ARENA_ARRAY(p->arena, uint32_t, 2 * (size_t)p->ir->nlattices);
    uint32_t *at = &p->lattice_at[2 * lattice + join]; /* offset + 1 */
    if (!*at)
        *at = emit_lattice_map(e, l, join, n) + 1;
    return emit_op(e, POL_OPC_MAP2, emit_value(e, a), emit_value(e, b), *at - 1, n - 1, shift);
}

/* --- relations ----------------------------------------------------------------------------------
 */

/* How a relation lies in its matrix: the last argument is the column, those before it, side by
 * side, the row. */
struct matrix {
    const struct ir_relation *r;
    uint32_t bits[POL_MAX_ARGS];
    uint32_t row_bits, column_bits;
};

static bool matrix_of(struct plan *p, const struct ir_relation *r, struct matrix *m)
{
    uint32_t all = 0;
    *m = (struct matrix){.r = r};
    for (uint32_t i = 0; i < r->nargs; i++)
        all += m->bits[i] = bits_for(r->limit[i]);
    m->column_bits = m->bits[r->nargs - 1];
    m->row_bits = all - m->column_bits;
    if (m->column_bits <= 16 && m->row_bits <= 16 && (uint64_t)1 << all <= MAX_MATRIX)
        return true;
    plan_fail(p,
              "the relation %s needs a matrix of 2^%" PRIu32 " rows and 2^%" PRIu32
              " columns, at most 2^16 of each and %u bits are possible",
              r->name, m->row_bits, m->column_bits, MAX_MATRIX);
    return false;
}

/* The place of tuple number `from` in the matrix. */
static uint64_t place_of(const struct matrix *m, uint64_t from)
{
    uint64_t place = 0, low = 0;
    for (uint32_t i = m->r->nargs; i-- > 0; from /= m->r->limit[i]) {
        place |= from % m->r->limit[i] << low;
        low += m->bits[i];
    }
    return place;
}

static uint32_t emit_matrix(struct emitter *e, const struct matrix *m)
{
    uint64_t tuples = 1, size = (((uint64_t)1 << (m->row_bits + m->column_bits)) + 31) / 32;
    uint32_t *words = ARENA_ARRAY(&e->work, uint32_t, (size_t)size);
    for (uint32_t i = 0; i < m->r->nargs; i++)
        tuples *= m->r->limit[i];
    for (uint64_t w = 0; w < (tuples + 31) / 32; w++)
        for (uint32_t bit = 0; bit < 32 && m->r->bits[w] >> bit; bit++)
            if ((m->r->bits[w] >> bit & 1u) && w * 32 + bit < tuples) {
                uint64_t place = place_of(m, w * 32 + bit);
                words[place / 32] |= (uint32_t)1 << place % 32;
            }
    return plan_lut(e->p, POL_SEC_LUT, words, (size_t)size);
}

/* Made once. */
static uint32_t matrix_at(struct emitter *e, const struct matrix *m, uint32_t relation)
{
    struct plan *p = e->p;
    if (!p->matrix_at)
        p->matrix_at = ARENA_ARRAY(p->arena, uint32_t, p->ir->nrelations);
    if (!p->matrix_at[relation])
        p->matrix_at[relation] = emit_matrix(e, m) + 1;
    return p->matrix_at[relation] - 1;
}

/* All arguments but the last. */
static uint32_t emit_row(struct emitter *e, const struct matrix *m, const struct ir_int_id *args)
{
    if (m->r->nargs == 1)
        return emit_const(e, 0);
    uint32_t row = emit_int(e, args[0]);
    for (uint32_t i = 1; i + 1 < m->r->nargs; i++) {
        uint32_t scale = emit_const(e, (int64_t)1 << m->bits[i]);
        row = emit_op(e, POL_OPC_MUL, row, scale, 0, 0, 0);
        row = emit_op(e, POL_OPC_ADD, row, emit_int(e, args[i]), 0, 0, 0);
    }
    return row;
}

uint32_t emit_relation(struct emitter *e, const struct ir_guard *guard)
{
    struct matrix m;
    const struct ir_relation *r = &e->p->ir->relations[guard->relation];
    if (!matrix_of(e->p, r, &m))
        return emit_const(e, 0);
    uint32_t row = emit_row(e, &m, guard->args);
    uint32_t column = emit_int(e, guard->args[r->nargs - 1]);
    uint32_t rows = ((uint32_t)1 << m.row_bits) - 1;
    return emit_op(e, POL_OPC_MATRIX, row, column, matrix_at(e, &m, guard->relation), rows,
                   m.column_bits);
}
