/* Straight-line operations: building, sharing, dropping dead ones. */
#include <string.h>
#include "compiler/table/emit.h"

#define SHARE_WINDOW 256 /* how far back an equal operation is looked for */

void emit_init(struct emitter *e, struct plan *p, uint32_t lo, uint32_t hi)
{
    memset(e, 0, sizeof *e);
    e->p = p;
    e->lo = lo;
    e->hi = hi;
    arena_init(&e->work);
}

static bool is_pure(uint32_t op)
{
    return op != POL_OPC_FAIL && op != POL_OPC_STORE && op != POL_OPC_STOREC &&
           op != POL_OPC_STOREB && op != POL_OPC_COPY && op != POL_OPC_PUT;
}

uint32_t emit_op(struct emitter *e, enum pol_prt_opcode op, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d, uint32_t f)
{
    struct pol_prt_op r = {op, a, b, c, d, f};
    size_t from = e->ops.count > SHARE_WINDOW ? e->ops.count - SHARE_WINDOW : 0;
    for (size_t i = e->ops.count; is_pure(op) && i-- > from;)
        if (memcmp(&e->ops.items[i], &r, sizeof r) == 0)
            return (uint32_t)i;
    VEC_PUSH(&e->work, &e->ops, r);
    return (uint32_t)e->ops.count - 1;
}

uint32_t emit_const(struct emitter *e, int64_t value)
{
    uint64_t v = (uint64_t)value;
    return emit_op(e, POL_OPC_CONST, (uint32_t)v, (uint32_t)(v >> 32), 0, 0, 0);
}

uint32_t emit_slot(struct emitter *e, uint32_t operand, uint32_t slot)
{
    return emit_op(e, POL_OPC_SLOT, operand, slot, 0, 0, 0);
}

uint32_t emit_value(struct emitter *e, uint32_t v)
{
    return v == V_ZERO ? emit_const(e, 0) : v == V_ONE ? emit_const(e, 1) : v;
}

uint32_t emit_and(struct emitter *e, uint32_t a, uint32_t b)
{
    if (a == V_ZERO || b == V_ZERO)
        return V_ZERO;
    if (a == V_ONE || a == b)
        return b;
    return b == V_ONE ? a : emit_op(e, POL_OPC_AND, a, b, 0, 0, 0);
}

uint32_t emit_andnot(struct emitter *e, uint32_t a, uint32_t b)
{
    if (a == V_ZERO || b == V_ONE || a == b)
        return V_ZERO;
    return b == V_ZERO ? a : emit_op(e, POL_OPC_ANDNOT, emit_value(e, a), b, 0, 0, 0);
}

uint32_t emit_eq(struct emitter *e, uint32_t a, uint32_t b)
{
    if (a == b)
        return V_ONE;
    return emit_op(e, POL_OPC_EQ, emit_value(e, a), emit_value(e, b), 0, 0, 0);
}

void emit_fail(struct emitter *e, uint32_t cond, enum pol_cause cause, uint32_t tag)
{
    if (cond != V_ZERO)
        emit_op(e, POL_OPC_FAIL, emit_value(e, cond), cause, tag, 0, 0);
}

/* Which of a, b, c name values. */
static uint32_t value_operands(uint32_t op)
{
    switch (op) {
    case POL_OPC_MAP1:
    case POL_OPC_BIT:
    case POL_OPC_FAIL:
        return 1;
    case POL_OPC_MAP2:
    case POL_OPC_MATRIX:
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
        return 3;
    case POL_OPC_SELECT:
        return 7;
    case POL_OPC_STORE:
    case POL_OPC_STOREC:
    case POL_OPC_STOREB:
        return 4;
    default:
        return 0;
    }
}

static void mark_live(const struct emitter *e, uint8_t *live)
{
    for (size_t i = e->ops.count; i-- > 0;) {
        const struct pol_prt_op *op = &e->ops.items[i];
        if (!is_pure(op->op) || op->op == POL_OPC_NEW)
            live[i] = 1;
        uint32_t names = live[i] ? value_operands(op->op) : 0;
        if (names & 1)
            live[op->a] = 1;
        if (names & 2)
            live[op->b] = 1;
        if (names & 4)
            live[op->c] = 1;
    }
}

void emit_finish(struct emitter *e, uint32_t value, bool keep_value, uint32_t *first, uint32_t *n)
{
    uint8_t *live = ARENA_ARRAY(&e->work, uint8_t, e->ops.count + 1);
    uint32_t *at = ARENA_ARRAY(&e->work, uint32_t, e->ops.count + 1);
    uint32_t count = 0;
    if (keep_value)
        live[value] = 1;
    mark_live(e, live);
    *first = section_count(e->p->out, POL_SEC_OPS);
    for (size_t i = 0; i < e->ops.count; i++) {
        if (!live[i])
            continue;
        struct pol_prt_op op = e->ops.items[i];
        uint32_t names = value_operands(op.op);
        op.a = names & 1 ? at[op.a] : op.a;
        op.b = names & 2 ? at[op.b] : op.b;
        op.c = names & 4 ? at[op.c] : op.c;
        at[i] = count++;
        section_push(e->p->out, POL_SEC_OPS, &op);
    }
    *n = count;
    if (count > e->p->max_values)
        e->p->max_values = count;
    arena_free(&e->work);
}

/* --- LUT and MAPS entries, each content stored once --------------------------------------------
 */

struct luts {
    uint64_t *keys; /* hash of content | 1 */
    uint32_t *at;
    size_t *length;
    uint32_t size, used;
};

static uint64_t lut_hash(const uint32_t *data, size_t n)
{
    uint64_t h = n * 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ data[i]) * 0xBF58476D1CE4E5B9u, h ^= h >> 30;
    return h | 1;
}

static void luts_grow(struct plan *p, struct luts *l)
{
    struct luts old = *l;
    l->size = old.size ? old.size * 2 : 256;
    l->keys = ARENA_ARRAY(p->arena, uint64_t, l->size);
    l->at = ARENA_ARRAY(p->arena, uint32_t, l->size);
    l->length = ARENA_ARRAY(p->arena, size_t, l->size);
    for (uint32_t i = 0; i < old.size; i++) {
        if (!old.keys[i])
            continue;
        uint32_t s = (uint32_t)(old.keys[i] >> 20) & (l->size - 1);
        while (l->keys[s])
            s = (s + 1) & (l->size - 1);
        l->keys[s] = old.keys[i];
        l->at[s] = old.at[i];
        l->length[s] = old.length[i];
    }
}

uint32_t plan_lut(struct plan *p, enum pol_prt_kind kind, const uint32_t *data, size_t n)
{
    struct luts **slot = kind == POL_SEC_LUT ? &p->luts : &p->maps;
    if (!*slot)
        *slot = ARENA_NEW(p->arena, struct luts);
    struct luts *l = *slot;
    if (l->used * 2 >= l->size)
        luts_grow(p, l);
    uint64_t key = lut_hash(data, n);
    uint32_t s = (uint32_t)(key >> 20) & (l->size - 1);
    for (; l->keys[s]; s = (s + 1) & (l->size - 1)) {
        const uint32_t *have = (const uint32_t *)(void *)p->out->sections[kind].data + l->at[s];
        if (l->keys[s] == key && l->length[s] == n && memcmp(have, data, n * sizeof *data) == 0)
            return l->at[s];
    }
    l->keys[s] = key;
    l->length[s] = n;
    l->used++;
    return l->at[s] = section_extend(p->out, kind, data, n);
}
