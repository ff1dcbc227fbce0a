/* Making the evaluator's form of a table; see plan.h. */
#include <stdlib.h>
#include <string.h>
#include "runtime/table/plan.h"

/* Where a value of the list at hand is found. */
struct place {
    uint8_t base;
    bool pending; /* not computed yet: its only use is a store, which will do it in place */
    uint32_t index;
};

struct folder {
    const struct pol_table *t;
    struct pol_plan *plan;
    const struct pol_prt_op *ops;
    uint32_t n;
    struct place *places; /* per op */
    uint8_t *uses;        /* per op: 0, 1: by one store and nothing else, 2: others */
    uint32_t values;      /* scratch used */
    bool failed;          /* memory */
};

static void *grow(void *items, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return items;
    uint32_t more = *room ? *room * 2 : 64;
    void *bigger = realloc(items, more * size);
    if (bigger)
        *room = more;
    return bigger;
}

static void push_op(struct folder *f, const struct plan_op *op)
{
    struct plan_op *ops = grow(f->plan->ops, f->plan->nops, &f->plan->ops_room, sizeof *ops);
    f->failed = f->failed || !ops;
    if (!ops)
        return;
    f->plan->ops = ops;
    ops[f->plan->nops++] = *op;
}

static uint32_t constant(struct folder *f, uint32_t value)
{
    struct pol_plan *p = f->plan;
    for (uint32_t i = p->nconsts; i > 0 && p->nconsts - i < 64; i--)
        if (p->consts[i - 1] == value)
            return i - 1;
    uint32_t *c = grow(p->consts, p->nconsts, &p->consts_room, sizeof *c);
    f->failed = f->failed || !c;
    if (!c)
        return 0;
    p->consts = c;
    c[p->nconsts] = value;
    return p->nconsts++;
}

static bool is_store(uint32_t op)
{
    return op == POL_OPC_STORE || op == POL_OPC_STOREC || op == POL_OPC_STOREB;
}

/* Do 32 bits hold every value of the operation? */
static bool fits(const struct pol_prt_op *op)
{
    switch (op->op) {
    case POL_OPC_CONST:
        return op->b == 0;
    case POL_OPC_ADD:
    case POL_OPC_SUB:
    case POL_OPC_MUL:
    case POL_OPC_DIV:
    case POL_OPC_MOD:
        return false;
    default:
        return true;
    }
}

static void count_uses(struct folder *f)
{
    for (uint32_t i = 0; i < f->n; i++) {
        const struct pol_prt_op *op = &f->ops[i];
        uint32_t names[3] = {POL_NONE, POL_NONE, POL_NONE};
        switch (op->op) {
        case POL_OPC_MAP1:
        case POL_OPC_BIT:
        case POL_OPC_FAIL:
            names[0] = op->a;
            break;
        case POL_OPC_SELECT:
            names[2] = op->c;
            names[0] = op->a;
            names[1] = op->b;
            break;
        case POL_OPC_MAP2:
        case POL_OPC_MATRIX:
        case POL_OPC_AND:
        case POL_OPC_OR:
        case POL_OPC_ANDNOT:
        case POL_OPC_EQ:
        case POL_OPC_LT:
            names[0] = op->a;
            names[1] = op->b;
            break;
        default:
            names[0] = is_store(op->op) ? op->c : POL_NONE;
            break;
        }
        for (int k = 0; k < 3; k++)
            if (names[k] != POL_NONE)
                f->uses[names[k]] = is_store(op->op) && f->uses[names[k]] == 0 ? 1 : 2;
    }
}

static void source(const struct folder *f, uint32_t value, uint8_t *base, uint32_t *index)
{
    *base = f->places[value].base;
    *index = f->places[value].index;
}

/* The operation that computes value i, without a destination. */
static struct plan_op computation(struct folder *f, uint32_t i)
{
    static const uint8_t codes[POL_OPC_COUNT] = {
        [POL_OPC_MAP1] = PLAN_MAP1,       [POL_OPC_MAP2] = PLAN_MAP2,
        [POL_OPC_MATRIX] = PLAN_MATRIX,   [POL_OPC_AND] = PLAN_AND,
        [POL_OPC_OR] = PLAN_OR,           [POL_OPC_ANDNOT] = PLAN_ANDNOT,
        [POL_OPC_BIT] = PLAN_BIT,         [POL_OPC_EQ] = PLAN_EQ,
        [POL_OPC_LT] = PLAN_LT,           [POL_OPC_SELECT] = PLAN_SELECT,
        [POL_OPC_EQSLOTS] = PLAN_EQSLOTS, [POL_OPC_NEW] = PLAN_NEW,
        [POL_OPC_SPENT] = PLAN_SPENT};
    const struct pol_prt_op *op = &f->ops[i];
    struct plan_op r = {.code = codes[op->op]};
    switch (op->op) {
    case POL_OPC_NEW:
    case POL_OPC_SPENT:
        r.a = op->a;
        r.b = op->b;
        return r;
    case POL_OPC_EQSLOTS:
        r.abase = (uint8_t)(PLAN_IN + op->a);
        r.bbase = (uint8_t)(PLAN_IN + op->c);
        r.a = op->b;
        r.b = op->d;
        r.lut = op->e;
        return r;
    case POL_OPC_BIT:
        source(f, op->a, &r.abase, &r.a);
        r.shift = (uint8_t)op->b;
        return r;
    case POL_OPC_MAP1:
        source(f, op->a, &r.abase, &r.a);
        r.lut = op->b;
        r.mask = op->c;
        return r;
    case POL_OPC_MAP2:
    case POL_OPC_MATRIX:
        r.lut = op->c;
        r.mask = op->d;
        r.shift = (uint8_t)op->e;
        break;
    case POL_OPC_SELECT:
        source(f, op->c, &r.cbase, &r.c);
        break;
    default:
        break;
    }
    source(f, op->a, &r.abase, &r.a);
    source(f, op->b, &r.bbase, &r.b);
    return r;
}

static void compute(struct folder *f, uint32_t i, uint8_t dbase, uint32_t d, uint32_t lo,
                    uint32_t range)
{
    struct plan_op op = {.code = PLAN_MOV};
    if (f->places[i].pending)
        op = computation(f, i);
    else
        source(f, i, &op.abase, &op.a);
    op.dbase = dbase;
    op.d = d;
    op.lo = lo;
    op.range = range;
    push_op(f, &op);
}

static void fold_store(struct folder *f, const struct pol_prt_op *op)
{
    uint32_t lo = 0, range = 0;
    if (op->op == POL_OPC_STOREC) {
        lo = 1;
        range = op->d - 1;
        range = op->d <= 1 ? 1 : range; /* no valid code at all: 1 would be one */
        lo = op->d <= 1 ? POL_NONE : lo;
    } else if (op->op == POL_OPC_STOREB) {
        lo = POL_VALID_BIT;
        range = POL_VALID_BIT;
    }
    compute(f, op->c, (uint8_t)(PLAN_OUT + op->a), op->b, lo, range);
}

static void fold_copy(struct folder *f, const struct pol_prt_op *op)
{
    struct plan_op r = {.code = op->d == 1 ? PLAN_MOV : PLAN_COPY,
                        .dbase = (uint8_t)(PLAN_OUT + op->a),
                        .d = op->b,
                        .abase = (uint8_t)(PLAN_IN + op->c),
                        .a = op->b,
                        .lut = op->d};
    if (op->d)
        push_op(f, &r);
}

static void fold_put(struct folder *f, const struct pol_prt_op *op)
{
    struct plan_op r = {.code = PLAN_MOV,
                        .dbase = (uint8_t)(PLAN_OUT + op->a),
                        .d = op->b,
                        .abase = PLAN_CONSTS,
                        .a = constant(f, op->c)};
    push_op(f, &r);
}

static void fold_fail(struct folder *f, const struct pol_prt_op *op)
{
    struct plan_op r = {.code = PLAN_FAIL, .b = op->b, .c = op->c};
    source(f, op->a, &r.abase, &r.a);
    push_op(f, &r);
}

static void fold_op(struct folder *f, uint32_t i)
{
    const struct pol_prt_op *op = &f->ops[i];
    struct place *p = &f->places[i];
    switch (op->op) {
    case POL_OPC_SLOT:
        *p = (struct place){(uint8_t)(PLAN_IN + op->a), false, op->b};
        return;
    case POL_OPC_CONST:
        *p = (struct place){PLAN_CONSTS, false, constant(f, op->a)};
        return;
    case POL_OPC_FAIL:
        fold_fail(f, op);
        return;
    case POL_OPC_STORE:
    case POL_OPC_STOREC:
    case POL_OPC_STOREB:
        fold_store(f, op);
        return;
    case POL_OPC_COPY:
        fold_copy(f, op);
        return;
    case POL_OPC_PUT:
        fold_put(f, op);
        return;
    default:
        break;
    }
    p->pending = true;
    if (f->uses[i] == 1 && op->op != POL_OPC_NEW)
        return;
    uint32_t at = f->values++;
    compute(f, i, PLAN_VALUES, at, 0, 0);
    *p = (struct place){PLAN_VALUES, false, at};
}

/* want_value: the last operation of the result computes the last value of the list. */
static struct plan_list fold_list(struct folder *f, uint32_t first, uint32_t n, bool want_value)
{
    struct plan_list list = {first, n, true, NULL};
    f->ops = f->t->ops + first;
    f->n = n;
    f->values = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!fits(&f->ops[i]))
            return list;
        f->uses[i] = 0;
        f->places[i] = (struct place){0, false, 0};
    }
    count_uses(f);
    list = (struct plan_list){f->plan->nops, 0, false, NULL};
    for (uint32_t i = 0; i < n; i++)
        fold_op(f, i);
    if (want_value && f->places[n - 1].base != PLAN_VALUES) /* an operand's slot or a constant */
        compute(f, n - 1, PLAN_VALUES, f->values++, 0, 0);
    list.n = f->plan->nops - list.first;
    if (f->values > f->plan->nvalues)
        f->plan->nvalues = f->values;
    return list;
}

/* Most expressions compare two lanes and no more. */
static void simplify_expression(const struct folder *f, struct plan_level *l)
{
    if (f->failed || l->expr.wide || l->expr.n != 1)
        return;
    const struct plan_op *op = &f->plan->ops[l->expr.first];
    if ((op->code != PLAN_EQ && op->code != PLAN_LT) || op->abase >= POL_OPERANDS ||
        op->bbase >= POL_OPERANDS)
        return;
    l->kind = op->code == PLAN_EQ ? PLAN_LEVEL_EQ : PLAN_LEVEL_LT;
    l->operand = op->abase;
    l->slot = op->a;
    l->other = op->bbase;
    l->value = op->b;
}

/* What a level uses of MAPS and CELLS was checked if a program uses it. */
static struct plan_level level_of(const struct pol_table *t, const struct pol_prt_level *l)
{
    struct plan_level p = {.kind = (uint8_t)l->kind,
                           .operand = (uint8_t)l->operand,
                           .shift = l->base & 63u,
                           .slot = l->slot,
                           .mask = l->mask,
                           .value = l->value,
                           .width = l->width,
                           .map = l->map < t->n_maps ? t->maps + l->map : NULL,
                           .cells = l->base < t->n_cells ? t->cells + l->base : NULL};
    if (l->kind == POL_LEVEL_MAP)
        p.value = l->value - 1 < l->mask ? l->value - 1 : l->mask;
    return p;
}

static void fill_levels(struct folder *f)
{
    for (uint32_t i = 0; i < f->t->n_levels && !f->failed; i++) {
        const struct pol_prt_level *l = &f->t->levels[i];
        struct plan_level *p = &f->plan->levels[i];
        *p = level_of(f->t, l);
        if (l->kind == POL_LEVEL_EXPR) {
            p->expr = fold_list(f, l->first_op, l->nops, true);
            simplify_expression(f, p);
        }
    }
}

static void fill_actions(struct folder *f)
{
    uint32_t last_first = POL_NONE, last_n = 0;
    struct plan_list last = {0, 0, false, NULL};
    for (uint32_t i = 0; i < f->t->n_actions && !f->failed; i++) {
        const struct pol_prt_action *a = &f->t->actions[i];
        if (a->first_op != last_first || a->nops != last_n)
            last = fold_list(f, a->first_op, a->nops, false);
        last_first = a->first_op;
        last_n = a->nops;
        f->plan->actions[i] = (struct plan_action){.verdict = (uint8_t)a->verdict,
                                                   .written = (uint8_t)a->written,
                                                   .rule = a->rule,
                                                   .first_report = a->first_report,
                                                   .nreports = a->nreports,
                                                   .ops = last};
    }
}

static void fill_domains(struct folder *f)
{
    for (uint32_t i = 0; i < f->t->n_domains && !f->failed; i++) {
        const struct pol_prt_domain *d = &f->t->domains[i];
        f->plan->merge[i] = fold_list(f, d->merge_op, d->nmerge, false);
        f->plan->drop[i] = fold_list(f, d->drop_op, d->ndrop, false);
    }
}

static struct plan_program program_of(const struct folder *f, const struct pol_prt_program *p,
                                      uint32_t decider)
{
    const struct pol_table *t = f->t;
    struct plan_program to = {.levels = f->plan->levels + p->first_level,
                              .nmap = p->nmap,
                              .nlevels = p->nlevels,
                              .start = p->start,
                              .actions = f->plan->actions + p->first_action};
    if (p->nmap)
        to.dense = t->cells + p->dense_base;
    if (p->layout == POL_LAYOUT_TCAM) {
        to.tcam = true;
        to.ternary = t->ternary + p->dense_base;
        to.nternary = p->dense_size;
    }
    if (p->first_tuple != POL_NONE) {
        to.tuples = t->tuples + p->first_tuple + decider;
        to.tuple_size = t->n_deciders;
    }
    return to;
}

static void fill_programs(struct folder *f)
{
    const struct pol_table *t = f->t;
    for (uint32_t c = 0; c < t->n_opclasses; c++)
        for (uint32_t d = 0; d < t->n_deciders; d++)
            f->plan->programs[(size_t)c * t->n_deciders + d] =
                program_of(f, &t->programs[t->remap[d * t->n_opclasses + c]], d);
}

/* Operations no longer move: lists get their addresses. */
static void link_lists(struct folder *f)
{
    struct pol_plan *p = f->plan;
    for (uint32_t i = 0; i < f->t->n_levels; i++)
        p->levels[i].expr.ops = p->ops + p->levels[i].expr.first;
    for (uint32_t i = 0; i < f->t->n_actions; i++)
        p->actions[i].ops.ops = p->ops + p->actions[i].ops.first;
    for (uint32_t i = 0; i < f->t->n_domains; i++) {
        p->merge[i].ops = p->ops + p->merge[i].first;
        p->drop[i].ops = p->ops + p->drop[i].first;
    }
}

static bool allocate(struct folder *f)
{
    const struct pol_table *t = f->t;
    struct pol_plan *p = f->plan;
    size_t longest = (size_t)t->meta->max_values + 1;
    f->places = calloc(longest, sizeof *f->places);
    f->uses = calloc(longest, sizeof *f->uses);
    p->levels = calloc((size_t)t->n_levels + 1, sizeof *p->levels);
    p->actions = calloc((size_t)t->n_actions + 1, sizeof *p->actions);
    p->programs = calloc((size_t)t->n_opclasses * t->n_deciders + 1, sizeof *p->programs);
    p->merge = calloc((size_t)t->n_domains + 1, sizeof *p->merge);
    p->drop = calloc((size_t)t->n_domains + 1, sizeof *p->drop);
    p->ops = grow(NULL, 0, &p->ops_room, sizeof *p->ops); /* so that lists never start at NULL */
    return f->places && f->uses && p->levels && p->actions && p->programs && p->merge && p->drop &&
           p->ops;
}

struct pol_plan *pol_plan_new(const struct pol_table *table)
{
    struct folder f = {.t = table, .plan = calloc(1, sizeof *f.plan)};
    if (!f.plan)
        return NULL;
    f.failed = !allocate(&f);
    if (!f.failed) {
        fill_levels(&f);
        fill_actions(&f);
        fill_domains(&f);
        fill_programs(&f);
    }
    if (!f.failed && f.plan->ops)
        link_lists(&f);
    f.failed = f.failed || !pol_plan_shorten(table, f.plan);
    free(f.places);
    free(f.uses);
    if (f.failed) {
        pol_plan_free(f.plan);
        return NULL;
    }
    return f.plan;
}

void pol_plan_free(struct pol_plan *p)
{
    if (!p)
        return;
    free(p->programs);
    free(p->merge);
    free(p->drop);
    free(p->levels);
    free(p->actions);
    free(p->ops);
    free(p->consts);
    pol_plan_free_short(p);
    free(p);
}
