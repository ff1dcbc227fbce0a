/* Lists of operations of the table. */
#include "compiler/backend/smt2/emit.h"

struct list {
    const struct smt2 *s;
    const char *name;
    const char *const *operands;
    smt2_term *value; /* by position */
    struct smt2_effect effect;
    struct smt2_failing failing;
};

static smt2_term truth(const struct smt2 *s, smt2_term term)
{
    return smt2_text(s, "(ite %s #x0000000000000001 #x0000000000000000)", term);
}

static smt2_term slot_of(const struct smt2 *s, smt2_term value)
{
    return smt2_text(s, "((_ extract 31 0) %s)", value);
}

static smt2_term number_of(const struct smt2 *s, smt2_term slot)
{
    return smt2_text(s, "(concat #x00000000 %s)", slot);
}

static smt2_term slot_at(const struct list *l, uint32_t operand, uint32_t slot)
{
    return smt2_text(l->s, "%s/w%u", l->operands[operand], slot);
}

/* lut/B/N: LUT[b + i] for i below 2^n. */
static const char *lut_function(const struct smt2 *s, uint32_t base, uint32_t bits)
{
    const char *name = smt2_text(s, "lut/%u/%u", base, bits);
    if (smt2_once(s, name))
        smt2_function(s, name, false, s->t->lut + base, (size_t)1 << bits);
    return name;
}

/* bit/B/N: the bits from LUT[b] on, 32 to a word. */
static const char *matrix_function(const struct smt2 *s, uint32_t base, uint32_t bits)
{
    const char *name = smt2_text(s, "bit/%u/%u", base, bits);
    if (!smt2_once(s, name))
        return name;
    size_t count = (size_t)1 << bits;
    uint32_t *values = ARENA_ARRAY(s->arena, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        values[i] = s->t->lut[base + i / 32] >> (i % 32) & 1u;
    smt2_function(s, name, false, values, count);
    return name;
}

/* (a & d) << e | (b & (2^e - 1)) */
static smt2_term pair_index(const struct list *l, const struct pol_prt_op *op)
{
    const struct smt2 *s = l->s;
    return smt2_text(s, "(bvor (bvshl (bvand %s %s) %s) (bvand %s %s))",
                     slot_of(s, l->value[op->a]), smt2_slot(s, op->d), smt2_slot(s, op->e),
                     slot_of(s, l->value[op->b]), smt2_slot(s, ((uint32_t)1 << op->e) - 1));
}

static smt2_term look_up(const struct list *l, const struct pol_prt_op *op)
{
    const struct smt2 *s = l->s;
    uint32_t bits = smt2_bits(op->d) + op->e;
    if (op->op == POL_OPC_MAP1)
        return number_of(s, smt2_text(s, "(%s (bvand %s %s))",
                                      lut_function(s, op->b, smt2_bits(op->c)),
                                      slot_of(s, l->value[op->a]), smt2_slot(s, op->c)));
    return number_of(s, smt2_text(s, "(%s %s)",
                                  op->op == POL_OPC_MAP2 ? lut_function(s, op->c, bits)
                                                         : matrix_function(s, op->c, bits),
                                  pair_index(l, op)));
}

static smt2_term equal_slots(const struct list *l, const struct pol_prt_op *op)
{
    struct smt2_all all = {0};
    for (uint32_t i = 0; i < op->e; i++)
        smt2_all_add(l->s, &all,
                     smt2_same(l->s, slot_at(l, op->a, op->b + i), slot_at(l, op->c, op->d + i)));
    return truth(l->s, smt2_all_term(l->s, &all));
}

static smt2_term counter_value(struct list *l, const struct pol_prt_op *op)
{
    const struct smt2 *s = l->s;
    const struct pol_prt_counter *c = &s->t->counters[op->a];
    smt2_term sum = smt2_text(s, "(bvadd %s %s)", s->counters[op->a], smt2_number(s, op->b));
    if (op->op == POL_OPC_SPENT)
        return c->exhaust ? truth(s, smt2_text(s, "(bvugt %s %s)", sum, smt2_number(s, c->max)))
                          : smt2_number(s, 0);
    if (l->effect.used[op->a] <= op->b)
        l->effect.used[op->a] = op->b + 1;
    return smt2_text(s, "(bvurem %s %s)", sum, smt2_number(s, (int64_t)c->max + 1));
}

static smt2_term divide(const struct list *l, const struct pol_prt_op *op)
{
    const struct smt2 *s = l->s;
    smt2_term a = l->value[op->a], b = l->value[op->b];
    return smt2_text(s, "(ite (bvsle %s #x0000000000000000) #x0000000000000000 (%s %s %s))", b,
                     op->op == POL_OPC_DIV ? "bvsdiv" : "bvsrem", a, b);
}

static smt2_term bit_of(const struct list *l, const struct pol_prt_op *op)
{
    if (op->b > 63)
        return smt2_number(l->s, 0);
    return smt2_text(l->s, "((_ zero_extend 63) ((_ extract %u %u) %s))", op->b, op->b,
                     l->value[op->a]);
}

static smt2_term binary(const struct list *l, const char *sign, const struct pol_prt_op *op)
{
    return smt2_text(l->s, "(%s %s %s)", sign, l->value[op->a], l->value[op->b]);
}

/* An operation that gives a value; NULL: one that acts. */
static smt2_term value_of(struct list *l, const struct pol_prt_op *op)
{
    const struct smt2 *s = l->s;
    switch (op->op) {
    case POL_OPC_SLOT:
        return number_of(s, slot_at(l, op->a, op->b));
    case POL_OPC_CONST:
        return smt2_number(s, (int64_t)((uint64_t)op->a | (uint64_t)op->b << 32));
    case POL_OPC_MAP1:
    case POL_OPC_MAP2:
    case POL_OPC_MATRIX:
        return look_up(l, op);
    case POL_OPC_AND:
        return binary(l, "bvand", op);
    case POL_OPC_OR:
        return binary(l, "bvor", op);
    case POL_OPC_ANDNOT:
        return smt2_text(s, "(bvand %s (bvnot %s))", l->value[op->a], l->value[op->b]);
    case POL_OPC_BIT:
        return bit_of(l, op);
    case POL_OPC_ADD:
        return binary(l, "bvadd", op);
    case POL_OPC_SUB:
        return binary(l, "bvsub", op);
    case POL_OPC_MUL:
        return binary(l, "bvmul", op);
    case POL_OPC_DIV:
    case POL_OPC_MOD:
        return divide(l, op);
    case POL_OPC_EQ:
        return truth(s, binary(l, "=", op));
    case POL_OPC_LT:
        return truth(s, binary(l, "bvslt", op));
    case POL_OPC_SELECT:
        return smt2_text(s, "(ite (distinct %s #x0000000000000000) %s %s)", l->value[op->a],
                         l->value[op->b], l->value[op->c]);
    case POL_OPC_EQSLOTS:
        return equal_slots(l, op);
    case POL_OPC_NEW:
    case POL_OPC_SPENT:
        return counter_value(l, op);
    default:
        return NULL;
    }
}

static void fail_when(struct list *l, smt2_term when, uint32_t cause, uint32_t tag)
{
    struct smt2_failure_case item = {when, smt2_fault(l->s, (enum pol_cause)cause, tag)};
    VEC_PUSH(l->s->arena, &l->failing, item);
}

static void store(struct list *l, uint32_t result, uint32_t slot, smt2_term value)
{
    l->effect.store[result][slot] = value;
}

static void act(struct list *l, const struct pol_prt_op *op)
{
    const struct smt2 *s = l->s;
    smt2_term value = op->op == POL_OPC_COPY || op->op == POL_OPC_PUT || op->op == POL_OPC_FAIL
                          ? NULL
                          : slot_of(s, l->value[op->c]);
    switch (op->op) {
    case POL_OPC_FAIL:
        fail_when(l, smt2_text(s, "(distinct %s #x0000000000000000)", l->value[op->a]), op->b,
                  op->c);
        return;
    case POL_OPC_STOREC:
        fail_when(l,
                  smt2_text(s, "(bvuge (bvsub %s #x00000001) %s)", value, smt2_slot(s, op->d - 1)),
                  POL_CAUSE_INVALID, POL_NO_TAG);
        store(l, op->a, op->b, value);
        return;
    case POL_OPC_STOREB:
        fail_when(l, smt2_text(s, "(= ((_ extract 31 31) %s) #b0)", value), POL_CAUSE_INVALID,
                  POL_NO_TAG);
        store(l, op->a, op->b, value);
        return;
    case POL_OPC_STORE:
        store(l, op->a, op->b, value);
        return;
    case POL_OPC_COPY:
        for (uint32_t i = 0; i < op->d; i++)
            store(l, op->a, op->b + i, slot_at(l, op->c, op->b + i));
        return;
    default:
        store(l, op->a, op->b, smt2_slot(s, op->c));
    }
}

static smt2_term first_fault(const struct list *l)
{
    smt2_term fault = smt2_fault(l->s, POL_CAUSE_NONE, 0);
    for (size_t i = l->failing.count; i-- > 0;)
        fault = smt2_ite(l->s, l->failing.items[i].when, l->failing.items[i].fault, fault);
    return fault;
}

static bool acts(uint32_t op)
{
    return op == POL_OPC_FAIL || op >= POL_OPC_STORE;
}

struct smt2_effect smt2_run(const struct smt2 *s, const char *name, uint32_t first, uint32_t n,
                            const char *const *operands)
{
    struct list l = {.s = s, .name = name, .operands = operands};
    l.value = ARENA_ARRAY(s->arena, smt2_term, (size_t)n + 1);
    l.effect.used = ARENA_ARRAY(s->arena, uint32_t, (size_t)s->t->n_counters + 1);
    for (unsigned r = 0; r < POL_RESULTS; r++)
        l.effect.store[r] = ARENA_ARRAY(s->arena, smt2_term, (size_t)s->t->n_slots + 1);
    l.value[0] = "#x0000000000000000";
    for (uint32_t i = 0; i < n; i++) {
        const struct pol_prt_op *op = &s->t->ops[first + i];
        l.value[i] = "#x0000000000000000";
        if (acts(op->op))
            act(&l, op);
        else
            l.value[i] =
                smt2_bind(s, smt2_text(s, "%s/%u", name, i), SMT2_NUMBER, value_of(&l, op));
    }
    l.effect.last = n ? l.value[n - 1] : l.value[0];
    l.effect.fault = smt2_bind(s, smt2_text(s, "%s/fault", name), SMT2_FAULT, first_fault(&l));
    return l.effect;
}
