/* Which values of an argument a relation tells apart. */
#include <string.h>

#include "compiler/gen/internal.h"

/* One bit matrix of a program's expressions. */
struct matrix {
    const uint32_t *words;
    uint32_t rows, columns, shift;
};

static bool bit_at(const struct matrix *m, uint32_t row, uint32_t column)
{
    uint32_t at = row << m->shift | column;
    return m->words[at / 32] >> (at % 32) & 1u;
}

static void add_told(struct gen_told *told, uint32_t value)
{
    for (uint32_t i = 0; i < told->n; i++)
        if (told->at[i] == value)
            return;
    if (told->n < GEN_MAX_TOLD)
        told->at[told->n++] = value;
}

/* The first pair in the matrix, or (wanted: false) not in it; false: there is none. */
static bool first_pair(const struct matrix *m, bool wanted, uint32_t pair[2])
{
    for (pair[0] = 0; pair[0] < m->rows; pair[0]++)
        for (pair[1] = 0; pair[1] < m->columns; pair[1]++)
            if (bit_at(m, pair[0], pair[1]) == wanted)
                return true;
    return false;
}

static bool same_line(const struct matrix *m, uint32_t a, uint32_t b, bool column)
{
    for (uint32_t i = 0; i < (column ? m->rows : m->columns); i++)
        if (column ? bit_at(m, i, a) != bit_at(m, i, b) : bit_at(m, a, i) != bit_at(m, b, i))
            return false;
    return true;
}

/* Adds a value for each different row, or column, as long as there is room. */
static void add_lines(const struct matrix *m, bool column, struct gen_told *told)
{
    uint32_t first[GEN_MAX_TOLD], n = 0;
    for (uint32_t i = 0; i < (column ? m->columns : m->rows) && n < GEN_MAX_TOLD; i++) {
        uint32_t k = 0;
        while (k < n && !same_line(m, first[k], i, column))
            k++;
        if (k < n)
            continue;
        first[n++] = i;
        add_told(told, i);
    }
}

static bool reads(const struct pol_prt_op *op, unsigned set, uint32_t slot)
{
    return op->op == POL_OPC_SLOT && op->a == set && op->b == slot;
}

/* `ops`: the list that the matrix operation stands in. */
static void look_at_matrix(const struct view *v, const struct pol_prt_op *ops,
                           const struct pol_prt_op *op, unsigned set, uint32_t slot,
                           struct gen_told *told)
{
    const struct matrix m = {v->t->lut + op->c, op->d + 1, (uint32_t)1 << op->e, op->e};
    for (uint32_t side = 0; side < 2; side++) {
        uint32_t pair[2];
        if (!reads(&ops[side ? op->b : op->a], set, slot))
            continue;
        for (uint32_t wanted = 0; wanted < 2; wanted++)
            if (first_pair(&m, wanted, pair))
                add_told(told, pair[side]);
        add_lines(&m, side == 1, told);
    }
}

void gen_told_apart(const struct view *v, unsigned set, uint32_t slot, struct gen_told *told)
{
    for (uint32_t k = 0; k < v->nlevels; k++) {
        const struct pol_prt_level *l = v->levels[k].level;
        for (uint32_t i = 0; l->kind == POL_LEVEL_EXPR && i < l->nops; i++) {
            const struct pol_prt_op *ops = v->t->ops + l->first_op;
            if (ops[i].op == POL_OPC_MATRIX)
                look_at_matrix(v, ops, &ops[i], set, slot, told);
        }
    }
}
