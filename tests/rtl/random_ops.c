/* random_ops TABLE.prt SEED OUT.prt: the same table with other operations, so that all of them are
 * met with all kinds of values: 64-bit ones, negative ones, chains of maps, failures in any order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/table.h>

struct maker {
    struct pol_table *t;
    struct pol_prt_op *ops; /* the table's, to be changed */
    uint64_t state;
    bool gives[1 << 16]; /* of the list at hand */
};

static uint32_t draw(struct maker *m, uint32_t n)
{
    m->state = m->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return n ? (uint32_t)((m->state >> 33) % n) : 0;
}

/* An earlier value, mostly a late one. */
static uint32_t value(struct maker *m, uint32_t i)
{
    for (;;) {
        uint32_t x = draw(m, 2) ? draw(m, i) : i - 1 - draw(m, i < 4 ? i : 4);
        if (m->gives[x])
            return x;
    }
}

static struct pol_prt_op constant(struct maker *m)
{
    static const uint64_t some[] = {0, 1, 2, 3, 7, 255, 1u << 31, UINT32_MAX, INT64_MAX};
    uint64_t x = draw(m, 3) ? some[draw(m, 9)]
                            : (uint64_t)draw(m, UINT32_MAX) << 33 ^ (uint64_t)draw(m, UINT32_MAX);
    x = draw(m, 3) ? x >> draw(m, 64) : 0 - x;
    return (struct pol_prt_op){POL_OPC_CONST, (uint32_t)x, (uint32_t)(x >> 32), 0, 0, 0};
}

static struct pol_prt_op slot(struct maker *m)
{
    return (struct pol_prt_op){
        POL_OPC_SLOT, draw(m, POL_OPERANDS), draw(m, m->t->n_slots), 0, 0, 0};
}

static struct pol_prt_op map(struct maker *m, uint32_t i)
{
    uint32_t a = draw(m, 5), b = draw(m, 4), size = (uint32_t)1 << (a + b);
    if (size > m->t->n_lut)
        return slot(m);
    uint32_t at = draw(m, m->t->n_lut - size + 1), mask = ((uint32_t)1 << a) - 1;
    if (draw(m, 2))
        return (struct pol_prt_op){POL_OPC_MAP2, value(m, i), value(m, i), at, mask, b};
    return (struct pol_prt_op){POL_OPC_MAP1, value(m, i), at, size - 1, 0, 0};
}

static struct pol_prt_op counter(struct maker *m)
{
    if (!m->t->n_counters)
        return constant(m);
    return (struct pol_prt_op){
        draw(m, 2) ? POL_OPC_NEW : POL_OPC_SPENT, draw(m, m->t->n_counters), draw(m, 4), 0, 0, 0};
}

static struct pol_prt_op equal(struct maker *m)
{
    uint32_t n = draw(m, m->t->n_slots < 3 ? m->t->n_slots : 3) + 1;
    return (struct pol_prt_op){
        POL_OPC_EQSLOTS,       draw(m, POL_OPERANDS),          draw(m, m->t->n_slots - n + 1),
        draw(m, POL_OPERANDS), draw(m, m->t->n_slots - n + 1), n};
}

static struct pol_prt_op value_op(struct maker *m, uint32_t i)
{
    static const uint32_t two[] = {POL_OPC_AND, POL_OPC_OR,  POL_OPC_ANDNOT, POL_OPC_ADD,
                                   POL_OPC_SUB, POL_OPC_MUL, POL_OPC_DIV,    POL_OPC_MOD,
                                   POL_OPC_EQ,  POL_OPC_LT};
    uint32_t kind = i == 0 ? draw(m, 2) : draw(m, 16);
    switch (kind) {
    case 0:
    case 1:
    case 2:
        return slot(m);
    case 3:
        return constant(m);
    case 4:
    case 5:
        return map(m, i);
    case 6:
        return (struct pol_prt_op){POL_OPC_BIT, value(m, i), draw(m, 64), 0, 0, 0};
    case 7:
        return (struct pol_prt_op){POL_OPC_SELECT, value(m, i), value(m, i), value(m, i), 0, 0};
    case 8:
        return counter(m);
    case 9:
        return equal(m);
    default:
        return (struct pol_prt_op){two[draw(m, 10)], value(m, i), value(m, i), 0, 0, 0};
    }
}

static struct pol_prt_op store(struct maker *m, uint32_t i)
{
    uint32_t result = draw(m, POL_RESULTS), at = draw(m, m->t->n_slots);
    const struct pol_prt_slot *s = &m->t->slots[at];
    bool field = s->kind == POL_SLOT_FIELD || s->kind == POL_SLOT_NESTED_FIELD;
    struct pol_prt_op op = {POL_OPC_STORE, result, at, value(m, i), 0, 0};
    if (field && m->t->fields[s->index].kind == POL_FIELD_DENSE) {
        op.op = POL_OPC_STOREC;
        op.d = m->t->fields[s->index].ncodes;
    } else if (field) {
        op.op = POL_OPC_STOREB;
    }
    return op;
}

static struct pol_prt_op effect(struct maker *m, uint32_t i)
{
    static const uint32_t causes[] = {POL_CAUSE_CONFLICT, POL_CAUSE_RANGE, POL_CAUSE_EXHAUSTED,
                                      POL_CAUSE_NESTED, POL_CAUSE_INVALID};
    switch (draw(m, 6)) {
    case 0:
        return (struct pol_prt_op){POL_OPC_FAIL,
                                   value(m, i),
                                   causes[draw(m, 5)],
                                   draw(m, 2) ? draw(m, m->t->n_tags) : POL_NO_TAG,
                                   0,
                                   0};
    case 1:
        return (struct pol_prt_op){POL_OPC_COPY,
                                   draw(m, POL_RESULTS),
                                   draw(m, m->t->n_slots),
                                   draw(m, POL_OPERANDS),
                                   1,
                                   0};
    default:
        return store(m, i);
    }
}

static void change_list(struct maker *m, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bool effects = i > n / 2 && draw(m, 2);
        m->ops[first + i] = effects ? effect(m, i) : value_op(m, i);
        m->gives[i] = m->ops[first + i].op < POL_OPC_FAIL;
    }
}

static void change_table(struct maker *m)
{
    for (uint32_t i = 0; i < m->t->n_actions; i++) {
        const struct pol_prt_action *a = &m->t->actions[i];
        bool seen = false;
        for (uint32_t k = 0; k < i; k++) { /* lists may overlap: the first one counts */
            const struct pol_prt_action *b = &m->t->actions[k];
            seen |= a->first_op < b->first_op + b->nops && b->first_op < a->first_op + a->nops;
        }
        if (!seen && a->nops < sizeof m->gives)
            change_list(m, a->first_op, a->nops);
    }
}

static unsigned char *read_all(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    unsigned char *bytes = malloc(1 << 24);
    *size = f && bytes ? fread(bytes, 1, 1 << 24, f) : 0;
    if (f)
        fclose(f);
    return bytes;
}

/* The operations of the file, to be changed in place. */
static struct pol_prt_op *find_ops(unsigned char *bytes)
{
    struct pol_prt_header h;
    memcpy(&h, bytes, sizeof h);
    for (uint32_t i = 0; i < h.nsections; i++) {
        struct pol_prt_section s;
        memcpy(&s, bytes + sizeof h + i * sizeof s, sizeof s);
        if (s.kind == POL_SEC_OPS)
            return (struct pol_prt_op *)(void *)(bytes + s.offset);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    char err[512] = "usage: random_ops TABLE.prt SEED OUT.prt";
    size_t size = 0;
    unsigned char *bytes = argc == 4 ? read_all(argv[1], &size) : NULL;
    struct pol_table *t = size ? pol_table_load_bytes(bytes, size, err, sizeof err) : NULL;
    struct maker *m = calloc(1, sizeof *m);
    if (!t || !m) {
        fprintf(stderr, "%s\n", err);
        return 2;
    }
    m->t = t;
    m->state = strtoull(argv[2], NULL, 10) * 2 + 1;
    m->ops = find_ops(bytes);
    change_table(m);
    struct pol_prt_header *h = (struct pol_prt_header *)(void *)bytes;
    h->crc32 = pol_table_checksum(bytes, size);
    struct pol_table *changed = pol_table_load_bytes(bytes, size, err, sizeof err);
    FILE *f = fopen(argv[3], "wb");
    int status = !changed || !f || fwrite(bytes, 1, size, f) != size || fclose(f);
    if (status)
        fprintf(stderr, "%s\n", err);
    pol_table_free(changed);
    pol_table_free(t);
    free(bytes);
    free(m);
    return status;
}
