/* Comparisons: those of the IR and those of the table, as the same opaque booleans. */
#include <string.h>

#include "compiler/verify/decide.h"

/* Whatever it holds: no value is ruled out. */
uint32_t vf_raw_lane(struct vf *v, struct sym *s, uint32_t op, uint32_t slot, const char **odd)
{
    if (v->t->slots[slot].kind == POL_SLOT_FIELD)
        *odd = "a comparison reads a code";
    return sym_source(s, SYM_LANE, op, slot, 0, UINT32_MAX);
}

/* --- the IR's -----------------------------------------------------------------------------------
 */

static const struct pol_prt_arg *arg_of(const struct vf *v, const struct ir_ref *ref)
{
    return &v->t->args[v->t->tags[ref->tag].first_arg + ref->arg];
}

static uint32_t int_value(struct decider_rules *d, struct ir_int_id id, const char **odd)
{
    static const enum sym_kind kinds[] = {[IR_INT_ADD] = SYM_ADD,
                                          [IR_INT_SUB] = SYM_SUB,
                                          [IR_INT_MUL] = SYM_MUL,
                                          [IR_INT_DIV] = SYM_DIV,
                                          [IR_INT_MOD] = SYM_MOD};
    const struct ir_int *x = &d->v->ir->ints[id.v];
    switch (x->kind) {
    case IR_INT_CONST:
        return sym_const(&d->sym, x->value);
    case IR_INT_ARG:
        return vf_raw_lane(d->v, &d->sym, x->ref.op, arg_of(d->v, &x->ref)->slot, odd);
    case IR_INT_NEW:
        *odd = "a fresh value in a guard";
        return SYM_FALSE;
    case IR_INT_JOIN:
    case IR_INT_MEET: {
        uint32_t a = int_value(d, x->a, odd), b = int_value(d, x->b, odd);
        return vf_lattice_value(d->v, &d->sym, x->lattice, x->kind == IR_INT_JOIN, a, b);
    }
    default: {
        uint32_t a = int_value(d, x->a, odd), b = int_value(d, x->b, odd);
        return sym_binary(&d->sym, kinds[x->kind], a, b);
    }
    }
}

/* What the range of the argument alone decides: SYM_UNDEF if nothing. */
static uint32_t settled(const struct decider_rules *d, enum sym_kind kind, const struct ir_guard *g,
                        uint32_t a, uint32_t b)
{
    int64_t constant;
    const struct ir_int *x = &d->v->ir->ints[g->x.v], *y = &d->v->ir->ints[g->y.v];
    bool left = x->kind == IR_INT_ARG;
    if (left == (y->kind == IR_INT_ARG) || !sym_is_const(&d->sym, left ? b : a, &constant))
        return SYM_UNDEF;
    int64_t max = arg_of(d->v, left ? &x->ref : &y->ref)->max, first = constant, last = constant;
    bool above = kind == SYM_LT && left == (g->kind == IR_GUARD_LE); /* constant < argument */
    if (kind == SYM_LT && above)
        first = constant < max ? constant + 1 : max + 1, last = max;
    else if (kind == SYM_LT)
        first = 0, last = constant > max ? max : constant > 0 ? constant - 1 : -1;
    if (first > last || last < 0 || first > max)
        return SYM_FALSE;
    return first <= 0 && last >= max ? SYM_TRUE : SYM_UNDEF;
}

/* Are two regions laid out alike? */
static bool same_layout(const struct vf *v, const struct pol_prt_arg *a,
                        const struct pol_prt_arg *b)
{
    if (a->nslots != b->nslots)
        return false;
    for (uint32_t i = 0; i < a->nslots; i++)
        if (v->t->slots[a->slot + i].kind != v->t->slots[b->slot + i].kind ||
            v->t->slots[a->slot + i].index != v->t->slots[b->slot + i].index)
            return false;
    return true;
}

static uint32_t sets_equal(struct decider_rules *d, const struct ir_guard *g, const char **odd)
{
    const struct pol_prt_arg *r = arg_of(d->v, &g->r), *s = arg_of(d->v, &g->s);
    if (!same_layout(d->v, r, s))
        *odd = "TagSet arguments that are laid out otherwise are compared";
    return sym_opaque(&d->sym, SYM_EQSLOTS, g->r.op, r->slot, g->s.op, s->slot, r->nslots);
}

static uint32_t related(struct decider_rules *d, const struct ir_guard *g, const char **odd)
{
    uint32_t args[POL_MAX_ARGS], n = d->v->ir->relations[g->relation].nargs;
    for (uint32_t i = 0; i < n; i++)
        args[i] = int_value(d, g->args[i], odd);
    return vf_related(d->v, &d->sym, g->relation, args);
}

/* x != y and x <= y are the negations of x == y and y < x. */
static uint32_t compared(struct decider_rules *d, const struct ir_guard *g, const char **odd)
{
    struct sym *s = &d->sym;
    uint32_t a = int_value(d, g->x, odd), b = int_value(d, g->y, odd);
    enum sym_kind kind = g->kind == IR_GUARD_EQ || g->kind == IR_GUARD_NE ? SYM_EQ : SYM_LT;
    uint32_t holds = settled(d, kind, g, a, b);
    if (holds == SYM_UNDEF)
        holds = g->kind == IR_GUARD_LE ? sym_binary(s, kind, b, a) : sym_binary(s, kind, a, b);
    return g->kind == IR_GUARD_NE || g->kind == IR_GUARD_LE ? sym_not(s, holds) : holds;
}

uint32_t vf_guard(struct decider_rules *d, struct ir_guard_id id, const char **odd)
{
    const struct ir_guard *g = &d->v->ir->guards[id.v];
    struct sym *s = &d->sym;
    uint32_t a, b;
    switch (g->kind) {
    case IR_GUARD_TRUE:
        return SYM_TRUE;
    case IR_GUARD_FALSE:
        return SYM_FALSE;
    case IR_GUARD_NOT:
        return sym_not(s, vf_guard(d, g->a, odd));
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        a = vf_guard(d, g->a, odd);
        b = vf_guard(d, g->b, odd);
        return g->kind == IR_GUARD_AND ? sym_and(s, a, b) : sym_or(s, a, b);
    case IR_GUARD_SETEQ:
        return sets_equal(d, g, odd);
    case IR_GUARD_RELATION:
        return related(d, g, odd);
    default:
        break;
    }
    return compared(d, g, odd);
}

/* --- the table's --------------------------------------------------------------------------------
 */

static uint32_t raw_op(struct vf *v, struct sym *s, const struct pol_prt_op *op, const uint32_t *x,
                       const char **odd)
{
    static const enum sym_kind kinds[POL_OPC_COUNT] = {
        [POL_OPC_AND] = SYM_AND, [POL_OPC_OR] = SYM_OR,   [POL_OPC_ANDNOT] = SYM_ANDNOT,
        [POL_OPC_ADD] = SYM_ADD, [POL_OPC_SUB] = SYM_SUB, [POL_OPC_MUL] = SYM_MUL,
        [POL_OPC_DIV] = SYM_DIV, [POL_OPC_MOD] = SYM_MOD, [POL_OPC_EQ] = SYM_EQ,
        [POL_OPC_LT] = SYM_LT};
    switch (op->op) {
    case POL_OPC_SLOT:
        return vf_raw_lane(v, s, op->a, op->b, odd);
    case POL_OPC_CONST:
        return sym_const(s, (int64_t)((uint64_t)op->a | (uint64_t)op->b << 32));
    case POL_OPC_BIT:
        return sym_bit(s, x[op->a], op->b);
    case POL_OPC_SELECT:
        return sym_ite(s, sym_truth(s, x[op->a]), x[op->b], x[op->c]);
    case POL_OPC_EQSLOTS:
        return sym_opaque(s, SYM_EQSLOTS, op->a, op->b, op->c, op->d, op->e);
    case POL_OPC_MAP2:
    case POL_OPC_MATRIX:
        return vf_table_lookup(v, s, op, x[op->a], x[op->b]);
    case POL_OPC_AND:
    case POL_OPC_OR:
    case POL_OPC_ANDNOT:
    case POL_OPC_ADD:
    case POL_OPC_SUB:
    case POL_OPC_MUL:
    case POL_OPC_DIV:
    case POL_OPC_MOD:
    case POL_OPC_EQ:
    case POL_OPC_LT:
        return sym_binary(s, kinds[op->op], x[op->a], x[op->b]);
    default:
        *odd = "a comparison that is not made of arguments";
        return SYM_FALSE;
    }
}

uint32_t vf_expression(struct vf *v, struct sym *s, uint32_t first, uint32_t n, const char **odd)
{
    struct arena arena;
    arena_init(&arena);
    uint32_t *x = ARENA_ARRAY(&arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n && !*odd; i++) {
        VF_COVER(v, ops, first + i);
        x[i] = raw_op(v, s, &v->t->ops[first + i], x, odd);
    }
    uint32_t last = x[n - 1];
    arena_free(&arena);
    return last;
}
