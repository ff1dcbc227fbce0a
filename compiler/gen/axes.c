/* What a program looks at, and so what its inputs must vary. */
#include "compiler/gen/internal.h"
#include "compiler/gen/rows.h"

/* ---- Looking at a program -------------------------------------------------------------------- */

/* By a level's map or test, by a level's expression (each code counts), by an action's operations.
 */
enum { LOOK_LEVEL = 1, LOOK_EXPR = 2, LOOK_VALUE = 4 };

struct looks {
    uint8_t *fields; /* by operand and field: LOOK_* */
    uint32_t *masks; /* by operand and field: bits tested */
    uint8_t *args;   /* by operand and ARGS index */
};

static void look_at_slot(const struct gen_tuples *g, struct looks *l, uint32_t operand,
                         uint32_t slot, uint8_t how)
{
    const struct pol_prt_slot *s = &g->t->slots[slot];
    if (s->kind == POL_SLOT_FIELD) {
        l->fields[operand * g->t->n_fields + s->index] |= how;
        if (how == LOOK_EXPR)
            l->masks[operand * g->t->n_fields + s->index] |= ~POL_VALID_BIT;
        return;
    }
    for (uint32_t arg = 0; l->args && arg < g->t->n_args; arg++) {
        const struct pol_prt_arg *a = &g->t->args[arg];
        if (slot >= a->slot && slot - a->slot < a->nslots) /* one of those that share the slot */
            l->args[operand * g->t->n_args + arg] = 1;
    }
}

static void look_at_ops(const struct gen_tuples *g, struct looks *l, uint32_t first, uint32_t n,
                        uint8_t how)
{
    for (uint32_t i = first; i < first + n; i++) {
        const struct pol_prt_op *op = &g->t->ops[i];
        if (op->op == POL_OPC_SLOT)
            look_at_slot(g, l, op->a, op->b, how);
        for (uint32_t k = 0; op->op == POL_OPC_COPY && k < op->d; k++)
            look_at_slot(g, l, op->c, op->b + k, how);
        for (uint32_t k = 0; op->op == POL_OPC_EQSLOTS && k < op->e; k++) {
            look_at_slot(g, l, op->a, op->b + k, how);
            look_at_slot(g, l, op->c, op->d + k, how);
        }
    }
}

static void look_at_level(const struct gen_tuples *g, struct looks *l,
                          const struct pol_prt_level *level)
{
    const struct pol_prt_slot *s = &g->t->slots[level->slot];
    if (level->kind == POL_LEVEL_EXPR) {
        look_at_ops(g, l, level->first_op, level->nops, LOOK_EXPR);
        return;
    }
    look_at_slot(g, l, level->operand, level->slot, LOOK_LEVEL);
    if (s->kind == POL_SLOT_FIELD)
        l->masks[level->operand * g->t->n_fields + s->index] |= level->mask & ~POL_VALID_BIT;
}

/* Is it a slot with an argument? */
static bool is_argument(const struct gen_tuples *g, const struct pol_prt_op *op)
{
    return op->op == POL_OPC_SLOT && g->t->slots[op->b].kind != POL_SLOT_FIELD &&
           g->t->slots[op->b].kind != POL_SLOT_NESTED_FIELD;
}

/* Arguments matter to an action that can fail on them, or maps them: values of lattices. */
static void look_at_action(const struct gen_tuples *g, const struct looks *l,
                           const struct pol_prt_action *a)
{
    struct looks here = {l->fields, l->masks, NULL};
    const struct pol_prt_op *ops = g->t->ops + a->first_op;
    for (uint32_t i = 0; i < a->nops; i++)
        if (ops[i].op == POL_OPC_FAIL ||
            (ops[i].op == POL_OPC_MAP2 &&
             (is_argument(g, &ops[ops[i].a]) || is_argument(g, &ops[ops[i].b]))))
            here.args = l->args;
    look_at_ops(g, &here, a->first_op, a->nops, LOOK_VALUE);
}

/* The decider's actions, each once. */
static void look_at_actions(struct gen_tuples *g, const struct view *v, const struct looks *l)
{
    uint8_t *done = ARENA_ARRAY(&g->arena, uint8_t, g->t->n_actions);
    for (uint32_t s = 0; s < v->p->nactions; s++) {
        uint32_t action = view_action(v, s);
        if (!done[action] && (v->plain || v->reached[s]))
            look_at_action(g, l, &g->t->actions[action]);
        done[action] = v->plain || v->reached[s] || done[action];
    }
}

static struct looks look_at_program(struct gen_tuples *g, const struct view *v)
{
    size_t nf = g->t->n_fields + (size_t)1, na = g->t->n_args + (size_t)1;
    struct looks l = {ARENA_ARRAY(&g->arena, uint8_t, POL_OPERANDS * nf),
                      ARENA_ARRAY(&g->arena, uint32_t, POL_OPERANDS * nf),
                      ARENA_ARRAY(&g->arena, uint8_t, POL_OPERANDS * na)};
    for (uint32_t i = 0; i < v->nlevels; i++)
        if (v->plain || v->levels[i].nclasses > 1)
            look_at_level(g, &l, v->levels[i].level);
    look_at_actions(g, v, &l);
    return l;
}

/* ---- Axes ------------------------------------------------------------------------------------ */

/* Codes of a dense field that can stand in a set of the opclass, ascending. */
struct codes gen_possible_codes(const struct gen_tuples *g, struct arena *arena, uint32_t kinds,
                                const struct pol_prt_field *f)
{
    struct codes codes = {0, ARENA_ARRAY(arena, uint32_t, f->ncodes + (size_t)1)};
    for (uint32_t code = 1; code < f->ncodes; code++)
        if (gen_shape_kinds(g->t, f, code) & kinds)
            codes.at[codes.n++] = code;
    if (!codes.n)
        codes.at[codes.n++] = f->empty;
    return codes;
}

/* By code of the axis: what all levels make of it. */
static uint32_t *look_of_codes(struct gen_tuples *g, const struct view *v, const struct axis *axis,
                               const struct codes *codes)
{
    struct rows rows;
    uint32_t slot = g->t->fields[axis->field].slot, n = 0;
    uint32_t *levels = ARENA_ARRAY(&g->arena, uint32_t, v->nlevels + (size_t)1);
    uint32_t *row = ARENA_ARRAY(&g->arena, uint32_t, v->nlevels + (size_t)1);
    uint32_t *looks = ARENA_ARRAY(&g->arena, uint32_t, codes->n);
    for (uint32_t k = 0; k < v->nlevels; k++) {
        const struct pol_prt_level *l = v->levels[k].level;
        if (l->kind != POL_LEVEL_EXPR && l->operand == axis->set && l->slot == slot)
            levels[n++] = k;
    }
    rows_init(&rows, &g->arena, n);
    for (uint32_t i = 0; i < codes->n; i++) {
        for (uint32_t k = 0; k < n; k++)
            row[k] = view_class(v, levels[k], codes->at[i]);
        looks[i] = rows_intern(&rows, row);
    }
    return looks;
}

/* Splits codes into classes of those that look alike; each code is one if an expression reads it.
 */
static void split(struct gen_tuples *g, const struct view *v, struct axis *axis,
                  const struct codes *codes, bool each)
{
    const uint32_t *looks = look_of_codes(g, v, axis, codes);
    bool *taken = ARENA_ARRAY(&g->arena, bool, codes->n);
    for (uint32_t i = 0; i < codes->n; i++) {
        if (taken[i])
            continue;
        axis->first[axis->nclasses++] = axis->ncodes;
        for (uint32_t k = i; k < codes->n; k++)
            if (!taken[k] && (k == i || (!each && looks[k] == looks[i]))) {
                taken[k] = true;
                axis->code[axis->ncodes++] = codes->at[k];
            }
    }
    axis->first[axis->nclasses] = axis->ncodes;
}

static void add_codes_axis(struct gen_tuples *g, const struct view *v, unsigned set, uint32_t field,
                           uint8_t looks)
{
    uint32_t kinds = gen_kinds(&g->t->opclasses[g->opclass], set);
    struct codes codes = gen_possible_codes(g, &g->arena, kinds, &g->t->fields[field]);
    struct axis axis = {
        .kind = AXIS_CODES, .set = set, .field = field, .valued = looks & LOOK_VALUE};
    axis.first = ARENA_ARRAY(&g->arena, uint32_t, codes.n + (size_t)1);
    axis.code = ARENA_ARRAY(&g->arena, uint32_t, codes.n);
    split(g, v, &axis, &codes, looks & LOOK_EXPR);
    VEC_PUSH(&g->arena, &g->outer, axis);
}

static void add_field_axes(struct gen_tuples *g, const struct view *v, const struct looks *l,
                           unsigned set, uint32_t field)
{
    const struct pol_prt_field *f = &g->t->fields[field];
    size_t at = (size_t)set * g->t->n_fields + field;
    if (f->kind == POL_FIELD_DENSE) {
        add_codes_axis(g, v, set, field, l->fields[at]);
        return;
    }
    for (uint32_t bit = 0; bit < f->ntags; bit++) {
        struct axis axis = {.kind = AXIS_BIT, .set = set, .field = field, .bit = bit, .n = 2};
        if (l->masks[at] >> bit & 1u)
            VEC_PUSH(&g->arena, &g->outer, axis);
    }
}

/* The old set of what the step may overwrite: whether a result is written shows only if it was
 * another set before. */
static bool is_old(const struct pol_prt_opclass *c, unsigned set)
{
    switch (set) {
    case POL_OP_ENV:
        return true;
    case POL_OP_OP2:
        return c->csr != 0;
    case POL_OP_MEM:
        return (c->mem & POL_MEM_WRITE) != 0;
    default:
        return set == POL_TUPLE_RD;
    }
}

/* Whether the decider may write the field's tags. */
static bool is_own(const struct gen_tuples *g, uint32_t field)
{
    const struct pol_prt_decider *d = &g->t->deciders[g->decider];
    return d->is_global || g->t->fields[field].domain == d->domain;
}

static void add_old_axes(struct gen_tuples *g, const struct view *v, const struct looks *l)
{
    const struct pol_prt_opclass *c = &g->t->opclasses[g->opclass];
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++)
        for (uint32_t f = 0; f < g->t->n_fields; f++) {
            bool there = set < POL_OPERANDS && l->fields[(size_t)set * g->t->n_fields + f];
            if (gen_kinds(c, set) && is_old(c, set) && is_own(g, f) && !there &&
                g->t->fields[f].kind == POL_FIELD_DENSE)
                add_codes_axis(g, v, set, f, 0);
        }
}

void gen_add_axes(struct gen_tuples *g)
{
    const struct view *v = view_new(&g->arena, g->t, g->decider, g->opclass);
    struct looks l = look_at_program(g, v);
    for (unsigned set = 0; set < POL_OPERANDS; set++) {
        if (!gen_kinds(&g->t->opclasses[g->opclass], set))
            continue;
        for (uint32_t f = 0; f < g->t->n_fields; f++)
            if (l.fields[(size_t)set * g->t->n_fields + f])
                add_field_axes(g, v, &l, set, f);
        for (uint32_t a = 0; a < g->t->n_args; a++)
            if (l.args[(size_t)set * g->t->n_args + a])
                gen_add_argument_axis(g, v, set, a);
    }
    add_old_axes(g, v, &l);
    gen_limit_values(g);
}
