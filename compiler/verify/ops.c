/* What the table's operations do, symbolically. */
#include <string.h>

#include "compiler/verify/internal.h"

struct run {
    struct scene *sc;
    struct sym *s;
    const struct pol_table *t;
    struct effect *e;
    struct vf_value *x; /* values so far */
};

void vf_effect_init(struct effect *e, struct vf *v, struct arena *arena)
{
    memset(e, 0, sizeof *e);
    e->out = ARENA_ARRAY(arena, struct vf_value *, (size_t)POL_RESULTS * v->t->n_slots + 1);
    e->used = ARENA_ARRAY(arena, uint32_t, v->t->n_counters + 1);
}

void vf_effect_fail(struct scene *sc, struct effect *e, uint32_t cond, uint32_t cause, uint32_t tag)
{
    struct failure f = {cond, cause, tag};
    if (!sym_never(cond))
        VEC_PUSH(sc->arena, &e->failures, f);
}

static struct vf_value odd(struct run *r, const char *why)
{
    if (!r->e->odd)
        r->e->odd = why;
    return vf_value_of(SYM_FALSE);
}

/* --- maps ---------------------------------------------------------------------------------------
 */

struct lut_context {
    struct vf *v;
    const struct pol_prt_op *op;
};

static int64_t map1(void *context, int64_t x, int64_t unused)
{
    const struct lut_context *c = context;
    uint32_t at = c->op->b + ((uint32_t)x & c->op->c);
    (void)unused;
    VF_COVER(c->v, lut, at);
    return c->v->t->lut[at];
}

static struct vf_value run_map1(struct run *r, const struct pol_prt_op *op)
{
    struct lut_context context = {r->sc->v, op};
    struct sym_fn fn = {map1, &context, false};
    if (r->x[op->a].wide)
        return odd(r, "a map of bits");
    uint32_t x = sym_apply1(r->s, &fn, r->x[op->a].x);
    if (fn.bad)
        return odd(r, "a map of what is no code");
    return vf_value_of(sym_is_boolean(r->s, x) ? sym_uncut(r->s, x) : x);
}

static int64_t map2(void *context, int64_t x, int64_t y)
{
    const struct lut_context *c = context;
    uint32_t row = (uint32_t)x & c->op->d, column = (uint32_t)y & (((uint32_t)1 << c->op->e) - 1);
    uint32_t at = c->op->c + (row << c->op->e | column);
    VF_COVER(c->v, lut, at);
    return c->v->t->lut[at];
}

/* Of codes: by their values; of values of a lattice: by its contents. */
static uint32_t run_lookup(struct run *r, const struct pol_prt_op *op, uint32_t x, uint32_t y)
{
    struct lut_context context = {r->sc->v, op};
    struct sym_fn fn = {map2, &context, false};
    if (op->op == POL_OPC_MATRIX)
        return vf_table_lookup(r->sc->v, r->s, op, x, y);
    uint32_t found = sym_apply2(r->s, &fn, x, y);
    return fn.bad ? vf_table_lookup(r->sc->v, r->s, op, x, y) : found;
}

/* A comparison that chooses a column stands for itself, so that codes which depend on several stay
 * small; presence of a tag, which depends on one, is told in full. */
static struct vf_value run_map2(struct run *r, const struct pol_prt_op *op)
{
    const struct vf_value *a = &r->x[op->a], *b = &r->x[op->b];
    if (a->wide || b->wide)
        return odd(r, "a map of bits");
    uint32_t y = b->x;
    if (sym_is_boolean(r->s, y) && sym_has_atom(r->s, y))
        y = sym_cut(r->s, sym_uncut(r->s, y));
    uint32_t x = run_lookup(r, op, a->x, y);
    return vf_value_of(sym_is_boolean(r->s, x) ? sym_uncut(r->s, x) : x);
}

/* --- values -------------------------------------------------------------------------------------
 */

static struct vf_value bitwise(struct run *r, const struct pol_prt_op *op)
{
    static const enum sym_kind kinds[POL_OPC_COUNT] = {
        [POL_OPC_AND] = SYM_AND, [POL_OPC_OR] = SYM_OR, [POL_OPC_ANDNOT] = SYM_ANDNOT};
    struct vf_value a = r->x[op->a], b = r->x[op->b];
    if (!a.wide && !b.wide) {
        a.x = sym_uncut(r->s, a.x);
        b.x = sym_uncut(r->s, b.x);
    }
    vf_value_alike(r->sc, &a, &b);
    if (!a.wide)
        return vf_value_of(sym_binary(r->s, kinds[op->op], a.x, b.x));
    for (uint32_t i = 0; i < 32; i++)
        a.bit[i] = op->op == POL_OPC_AND  ? sym_and(r->s, a.bit[i], b.bit[i])
                   : op->op == POL_OPC_OR ? sym_or(r->s, a.bit[i], b.bit[i])
                                          : sym_and(r->s, sym_not(r->s, b.bit[i]), a.bit[i]);
    return a;
}

static struct vf_value run_binary(struct run *r, const struct pol_prt_op *op)
{
    static const enum sym_kind kinds[POL_OPC_COUNT] = {
        [POL_OPC_AND] = SYM_AND, [POL_OPC_OR] = SYM_OR,   [POL_OPC_ANDNOT] = SYM_ANDNOT,
        [POL_OPC_ADD] = SYM_ADD, [POL_OPC_SUB] = SYM_SUB, [POL_OPC_MUL] = SYM_MUL,
        [POL_OPC_DIV] = SYM_DIV, [POL_OPC_MOD] = SYM_MOD, [POL_OPC_EQ] = SYM_EQ,
        [POL_OPC_LT] = SYM_LT};
    const struct vf_value *a = &r->x[op->a], *b = &r->x[op->b];
    if (op->op == POL_OPC_OR && !a->wide && !b->wide)
        return bitwise(r, op);
    if (!a->wide && !b->wide && op->op != POL_OPC_EQ)
        return vf_value_of(
            sym_binary(r->s, kinds[op->op], sym_uncut(r->s, a->x), sym_uncut(r->s, b->x)));
    if (op->op == POL_OPC_AND || op->op == POL_OPC_OR || op->op == POL_OPC_ANDNOT)
        return bitwise(r, op);
    if (op->op != POL_OPC_EQ)
        return odd(r, "arithmetic on bits");
    struct vf_value x = *a, y = *b;
    x.x = x.wide ? x.x : sym_uncut(r->s, x.x);
    y.x = y.wide ? y.x : sym_uncut(r->s, y.x);
    return vf_value_of(vf_value_equal(r->sc, &x, &y));
}

static struct vf_value run_bit(struct run *r, const struct pol_prt_op *op)
{
    const struct vf_value *a = &r->x[op->a];
    if (!a->wide)
        return vf_value_of(sym_bit(r->s, a->x, op->b));
    return vf_value_of(op->b < 32 ? a->bit[op->b] : SYM_FALSE);
}

static struct vf_value run_select(struct run *r, const struct pol_prt_op *op)
{
    if (r->x[op->a].wide)
        return odd(r, "a choice by bits");
    return vf_value_ite(r->sc, sym_truth(r->s, r->x[op->a].x), &r->x[op->b], &r->x[op->c]);
}

static struct vf_value run_fresh(struct run *r, const struct pol_prt_op *op)
{
    const struct pol_prt_counter *c = &r->t->counters[op->a];
    if (op->op == POL_OPC_SPENT)
        return vf_value_of(c->exhaust ? sym_opaque(r->s, SYM_SPENT, op->a, op->b, 0, 0, 0)
                                      : SYM_FALSE);
    uint32_t *used = &r->e->used[op->a];
    *used = op->b + 1 > *used ? op->b + 1 : *used;
    return vf_value_of(sym_source(r->s, SYM_FRESH, op->a, op->b, 0, c->max));
}

static struct vf_value run_eqslots(struct run *r, const struct pol_prt_op *op)
{
    uint32_t all = SYM_TRUE;
    for (uint32_t i = 0; i < op->e; i++)
        all = sym_and(r->s, all,
                      vf_value_equal(r->sc, vf_scene_slot(r->sc, op->a, op->b + i),
                                     vf_scene_slot(r->sc, op->c, op->d + i)));
    return vf_value_of(all);
}

/* --- stores -------------------------------------------------------------------------------------
 */

static void put(struct run *r, uint32_t result, uint32_t slot, const struct vf_value *value)
{
    struct vf_value **at = &r->e->out[(size_t)result * r->t->n_slots + slot];
    if (!*at)
        *at = ARENA_NEW(r->sc->arena, struct vf_value);
    **at = *value;
}

static int64_t no_code(void *context, int64_t code, int64_t unused)
{
    const struct pol_prt_op *op = context;
    (void)unused;
    return (uint32_t)code == 0 || (uint32_t)code >= op->d;
}

/* When does the store fail closed? */
static uint32_t invalid(struct run *r, struct pol_prt_op *op)
{
    struct vf_value wide;
    const struct vf_value *value = &r->x[op->c];
    if (op->op == POL_OPC_STOREB) {
        if (!vf_value_widen(r->s, value, &wide))
            return odd(r, "stores as bits what are none").x;
        return sym_not(r->s, wide.bit[31]);
    }
    struct sym_fn fn = {no_code, op, false};
    uint32_t bad = value->wide ? SYM_TRUE : sym_apply1(r->s, &fn, value->x);
    return fn.bad ? odd(r, "stores as code what is none").x : bad;
}

static void run_store(struct run *r, const struct pol_prt_op *from)
{
    struct pol_prt_op op = *from;
    if (op.op != POL_OPC_STORE) {
        struct failure f = {invalid(r, &op), op.a, op.b};
        if (!sym_never(f.cond))
            VEC_PUSH(r->sc->arena, &r->e->stores, f);
    }
    put(r, op.a, op.b, &r->x[op.c]);
}

static struct vf_value run_effect(struct run *r, const struct pol_prt_op *op)
{
    struct vf_value constant;
    switch (op->op) {
    case POL_OPC_FAIL:
        if (r->x[op->a].wide)
            return odd(r, "a failure by bits");
        vf_effect_fail(r->sc, r->e, sym_truth(r->s, r->x[op->a].x), op->b, op->c);
        break;
    case POL_OPC_COPY:
        for (uint32_t i = 0; i < op->d; i++)
            put(r, op->a, op->b + i, vf_scene_slot(r->sc, op->c, op->b + i));
        break;
    case POL_OPC_PUT:
        constant = vf_value_of(sym_const(r->s, op->c));
        put(r, op->a, op->b, &constant);
        break;
    default:
        run_store(r, op);
        break;
    }
    return vf_value_of(SYM_FALSE);
}

static struct vf_value run_op(struct run *r, const struct pol_prt_op *op)
{
    switch (op->op) {
    case POL_OPC_SLOT:
        return *vf_scene_slot(r->sc, op->a, op->b);
    case POL_OPC_CONST:
        return vf_value_of(sym_const(r->s, (int64_t)((uint64_t)op->a | (uint64_t)op->b << 32)));
    case POL_OPC_MAP1:
        return run_map1(r, op);
    case POL_OPC_MAP2:
    case POL_OPC_MATRIX:
        return run_map2(r, op);
    case POL_OPC_BIT:
        return run_bit(r, op);
    case POL_OPC_SELECT:
        return run_select(r, op);
    case POL_OPC_EQSLOTS:
        return run_eqslots(r, op);
    case POL_OPC_NEW:
    case POL_OPC_SPENT:
        return run_fresh(r, op);
    case POL_OPC_FAIL:
    case POL_OPC_STORE:
    case POL_OPC_STOREC:
    case POL_OPC_STOREB:
    case POL_OPC_COPY:
    case POL_OPC_PUT:
        return run_effect(r, op);
    default:
        return run_binary(r, op);
    }
}

_Static_assert(POL_OPC_FAIL + 6 == POL_OPC_COUNT, "operations without a value come last");

/* Which of a, b, c name values, a bit each. */
static uint32_t names_values(uint32_t op)
{
    switch (op) {
    case POL_OPC_SLOT:
    case POL_OPC_CONST:
    case POL_OPC_EQSLOTS:
    case POL_OPC_NEW:
    case POL_OPC_SPENT:
    case POL_OPC_COPY:
    case POL_OPC_PUT:
        return 0;
    case POL_OPC_MAP1:
    case POL_OPC_BIT:
    case POL_OPC_FAIL:
        return 1;
    case POL_OPC_SELECT:
        return 7;
    case POL_OPC_STORE:
    case POL_OPC_STOREC:
    case POL_OPC_STOREB:
        return 4;
    default:
        return 3;
    }
}

/* Does it use the value of an operation that has none? */
static bool names_nothing(const struct pol_prt_op *ops, const struct pol_prt_op *op)
{
    const uint32_t named[3] = {op->a, op->b, op->c};
    for (uint32_t k = 0; k < 3; k++)
        if ((names_values(op->op) >> k & 1u) && ops[named[k]].op >= POL_OPC_FAIL)
            return true;
    return false;
}

void vf_run_ops(struct scene *sc, uint32_t first, uint32_t n, struct effect *e)
{
    struct run r = {sc, sc->s, sc->v->t, e, ARENA_ARRAY(sc->arena, struct vf_value, n + 1)};
    for (uint32_t i = 0; i < n && !e->odd; i++) {
        VF_COVER(sc->v, ops, first + i);
        if (names_nothing(r.t->ops + first, &r.t->ops[first + i]))
            e->odd = "an operation uses a value that none gives";
        r.x[i] = run_op(&r, &r.t->ops[first + i]);
    }
}
