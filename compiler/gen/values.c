/* Argument values worth trying: comparisons and ranges change at them. */
#include <stdlib.h>

#include "compiler/gen/gen.h"

static void add_value(struct gen_values *v, int64_t value)
{
    uint32_t room = sizeof v->at / sizeof *v->at;
    if (value < 0 || value > UINT32_MAX || v->n == room)
        return;
    for (uint32_t i = 0; i < v->n; i++)
        if (v->at[i] == value)
            return;
    v->at[v->n++] = (uint32_t)value;
}

static bool is_relation(const struct ir_guard *g)
{
    return g->kind == IR_GUARD_RELATION;
}

/* Integers below guards: those are compared with arguments.  Pools refer to earlier entries only,
 * so one walk downwards marks all. */
static bool *compared(const struct ir *ir)
{
    bool *marks = lang_xalloc(ir->nints + (size_t)1);
    for (uint32_t i = 0; i < ir->nguards; i++) {
        const struct ir_guard *g = &ir->guards[i];
        if (g->kind >= IR_GUARD_EQ && g->kind <= IR_GUARD_LE)
            marks[g->x.v] = marks[g->y.v] = true;
        for (uint32_t k = 0; is_relation(g) && k < ir->relations[g->relation].nargs; k++)
            marks[g->args[k].v] = true;
    }
    for (uint32_t i = ir->nints; i-- > 0;)
        if (marks[i] && ir->ints[i].kind >= IR_INT_ADD)
            marks[ir->ints[i].a.v] = marks[ir->ints[i].b.v] = true;
    return marks;
}

static void add_constants(struct gen_values *v, const struct ir *ir, const bool *marks, bool marked,
                          int64_t offset)
{
    for (uint32_t i = 0; i < ir->nints; i++)
        if (ir->ints[i].kind == IR_INT_CONST && marks[i] == marked)
            add_value(v, ir->ints[i].value + offset);
}

static void add_largest(struct gen_values *v, const struct ir *ir)
{
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        for (uint32_t k = 0; k < ir->space->tags[t].nargs; k++)
            if (!ir->space->tags[t].args[k].is_set)
                add_value(v, (int64_t)ir->space->tags[t].args[k].limit - 1);
}

static bool has_constants(const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nints; i++)
        if (ir->ints[i].kind == IR_INT_CONST)
            return true;
    return false;
}

/* What meets in `a + 5 == b` and the like. */
static void add_sums(struct gen_values *v)
{
    uint32_t n = v->n;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k <= i; k++)
            add_value(v, (int64_t)v->at[i] + v->at[k]);
}

/* Where `a + 5` leaves its range. */
static void add_edges(struct gen_values *v, const struct ir *ir, uint64_t limit)
{
    for (uint32_t i = 0; i < ir->nints; i++)
        if (ir->ints[i].kind == IR_INT_CONST && ir->ints[i].value > 0) {
            add_value(v, (int64_t)limit - 1 - ir->ints[i].value);
            add_value(v, (int64_t)limit - ir->ints[i].value);
        }
}

static void add_all_edges(struct gen_values *v, const struct ir *ir)
{
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        for (uint32_t k = 0; k < ir->space->tags[t].nargs; k++)
            if (!ir->space->tags[t].args[k].is_set)
                add_edges(v, ir, ir->space->tags[t].args[k].limit);
}

void gen_values_of(const struct ir *ir, struct gen_values *v)
{
    bool *marks = compared(ir);
    v->n = 0;
    add_value(v, 0);
    add_value(v, 1);
    add_constants(v, ir, marks, true, 0);
    add_largest(v, ir);
    add_constants(v, ir, marks, true, 1);
    add_constants(v, ir, marks, true, -1);
    add_value(v, 2);
    if (has_constants(ir)) {
        add_all_edges(v, ir);
        add_sums(v);
    }
    add_constants(v, ir, marks, false, 0);
    free(marks);
}
