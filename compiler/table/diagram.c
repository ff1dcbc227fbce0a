/* Variables, conditions and guards of programs; see diagram.h. */
#include <stdlib.h>
#include <string.h>
#include "compiler/table/diagram.h"

struct maker {
    struct conds *c;
    struct arena *work;
    const struct rule_list *const *lists;
    uint32_t nlists;
    /* looks that the rules use, by first use */
    uint32_t *used, nused;
    bool *is_used;         /* per look */
    uint32_t *comparisons; /* per argument: looks used */
    /* variables */
    struct diagrams *out;
    struct dd_var *vars;
    uint32_t *var;  /* look -> variable */
    uint32_t *atom; /* look -> variable of the BDD */
    struct dd_atom *atoms;
    uint32_t natoms;
    uint32_t guard_atoms; /* of the guard that is being made */
};

static struct look *look_at(const struct maker *m, uint32_t look)
{
    return &m->c->looks.items[look];
}

static const struct ir_rule *rule_at(const struct maker *m, const struct rule_list *list,
                                     uint32_t i)
{
    return &m->c->p->ir->deciders[list->decider].rules[list->rules[i]];
}

/* --- looks in use -------------------------------------------------------------------------------
 */

/* A comparison with a constant that no value of the argument, or each, fulfils. */
static bool is_settled(const struct maker *m, const struct look *look)
{
    return look->argument &&
           (look->first == look->end ||
            look->end - look->first == m->c->arguments.items[look->argument - 1].limit);
}

static void use_look(struct maker *m, uint32_t look)
{
    const struct look *l = look_at(m, look);
    if (m->is_used[look] || is_settled(m, l))
        return;
    m->is_used[look] = true;
    m->used[m->nused++] = look;
    if (l->argument)
        m->comparisons[l->argument - 1]++;
}

static void use_atoms(struct maker *m, uint32_t guard)
{
    const struct ir_guard *g = &m->c->p->ir->guards[guard];
    if (g->kind == IR_GUARD_NOT || g->kind == IR_GUARD_AND || g->kind == IR_GUARD_OR) {
        use_atoms(m, g->a.v);
        if (g->kind != IR_GUARD_NOT)
            use_atoms(m, g->b.v);
    } else if (g->kind != IR_GUARD_TRUE && g->kind != IR_GUARD_FALSE) {
        use_look(m, conds_atom(m->c, guard));
    }
}

static void use_list(struct maker *m, const struct rule_list *list)
{
    for (uint32_t i = 0; i < list->n; i++) {
        const struct rule_conds *rc = &m->c->rules[list->decider][list->rules[i]];
        for (uint32_t k = 0; k < rc->nconds; k++)
            if (conds_chance(m->c, &rc->conds[k], list->kinds) == CHANCE_OPEN)
                use_look(m, rc->conds[k].var);
        if (rule_at(m, list, i)->guard.v != IR_NONE)
            use_atoms(m, rule_at(m, list, i)->guard.v);
    }
}

/* --- order --------------------------------------------------------------------------------------
 */

/* CODE and MEM decide most, so they come first. */
static uint32_t operand_rank(uint32_t op)
{
    static const uint32_t rank[POL_OPERANDS] = {
        [POL_OP_CODE] = 0, [POL_OP_MEM] = 1, [POL_OP_ENV] = 2,
        [POL_OP_OP1] = 3,  [POL_OP_OP2] = 4, [POL_OP_OP3] = 5};
    return rank[op];
}

/* What qsort needs: MAPs by operand, then TESTs, then ATOMs; else by first use. */
struct ranked_look {
    uint32_t rank, use, look;
};

static int compare_looks(const void *x, const void *y)
{
    const struct ranked_look *a = x, *b = y;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->use < b->use ? -1 : a->use > b->use;
}

/* The product of several deciders stays small when those that look at the same component come
 * together. */
static uint32_t look_rank(const struct maker *m, const struct look *l)
{
    if (l->kind != DD_MAP)
        return UINT32_MAX - (l->kind == DD_TEST);
    uint32_t domain = m->nlists > 1 ? m->c->p->fields[l->field].domain : 0;
    return domain * POL_OPERANDS + operand_rank(l->operand);
}

static void order_looks(struct maker *m)
{
    struct ranked_look *r = ARENA_ARRAY(m->work, struct ranked_look, m->nused + 1);
    for (uint32_t i = 0; i < m->nused; i++)
        r[i] = (struct ranked_look){look_rank(m, look_at(m, m->used[i])), i, m->used[i]};
    qsort(r, m->nused, sizeof *r, compare_looks);
    for (uint32_t i = 0; i < m->nused; i++)
        m->used[i] = r[i].look;
}

/* --- variables ----------------------------------------------------------------------------------
 */

static void map_or_test(struct maker *m, uint32_t look)
{
    struct look *l = look_at(m, look);
    struct dd_var *v = &m->vars[m->out->nvars];
    v->kind = l->kind;
    v->ncodes = 2;
    if (l->kind == DD_MAP) {
        v->ncodes = m->c->p->fields[l->field].ncodes;
        v->possible = conds_possible(m->c, l->field, m->lists[0]->kinds[l->operand]);
    }
    v->nconds = (uint32_t)l->accept.count;
    v->accept = l->accept.items;
    v->group = l->operand * m->c->p->nfields + l->field;
    v->mask = l->mask;
    v->value = l->value;
    m->var[look] = m->out->nvars;
    m->out->looks[m->out->nvars++] = l;
}

static void single_atom(struct maker *m, uint32_t look)
{
    m->atom[look] = m->natoms;
    m->atoms[m->natoms++] = (struct dd_atom){m->out->nvars, 1, 2};
    m->vars[m->out->nvars] = (struct dd_var){.kind = DD_ATOM, .ncodes = 2};
    m->out->looks[m->out->nvars++] = look_at(m, look);
}

/* What qsort needs to order the comparisons of an argument, and their bounds. */
struct comparison {
    uint64_t first, end;
    uint32_t look;
};

static int compare_comparisons(const void *x, const void *y)
{
    const struct comparison *a = x, *b = y;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return a->look < b->look ? -1 : a->look > b->look;
}

static int compare_bounds(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return *a < *b ? -1 : *a > *b;
}

static void find_bounds(struct maker *m, const struct comparison *list, uint32_t n, uint64_t limit,
                        struct look *value)
{
    uint32_t *bounds = ARENA_ARRAY(m->work, uint32_t, 2 * (size_t)n + 1), count = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].first > 0)
            bounds[count++] = (uint32_t)list[i].first;
        if (list[i].end < limit)
            bounds[count++] = (uint32_t)list[i].end;
    }
    qsort(bounds, count, sizeof *bounds, compare_bounds);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || bounds[kept - 1] != bounds[i])
            bounds[kept++] = bounds[i];
    value->bounds = bounds;
    value->nbounds = kept;
}

/* The interval that begins at this value; one past the last for the limit. */
static uint32_t point_at(const struct look *value, uint64_t at, uint64_t limit)
{
    uint32_t low = 0, high = value->nbounds;
    if (at == limit)
        return value->nbounds + 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (value->bounds[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All comparisons of the argument in use: one variable. */
static void value_variable(struct maker *m, uint32_t argument, uint32_t from)
{
    const struct look_argument *a = &m->c->arguments.items[argument];
    struct comparison *list = ARENA_ARRAY(m->work, struct comparison, m->comparisons[argument]);
    struct look *value = ARENA_NEW(m->work, struct look);
    uint32_t n = 0;
    for (uint32_t i = from; n < m->comparisons[argument]; i++) {
        const struct look *l = look_at(m, m->used[i]);
        if (l->argument == argument + 1)
            list[n++] = (struct comparison){l->first, l->end, m->used[i]};
    }
    qsort(list, n, sizeof *list, compare_comparisons);
    *value = (struct look){.kind = DD_VALUE, .operand = a->operand, .slot = a->slot};
    find_bounds(m, list, n, a->limit, value);
    for (uint32_t i = 0; i < n; i++) {
        m->atom[list[i].look] = m->natoms;
        m->atoms[m->natoms++] =
            (struct dd_atom){m->out->nvars, point_at(value, list[i].first, a->limit),
                             point_at(value, list[i].end, a->limit)};
    }
    m->vars[m->out->nvars] = (struct dd_var){.kind = DD_VALUE, .ncodes = value->nbounds + 1};
    m->out->looks[m->out->nvars++] = value;
    m->comparisons[argument] = 0; /* done */
}

static void make_variables(struct maker *m)
{
    m->vars = ARENA_ARRAY(m->work, struct dd_var, m->nused + 1);
    m->atoms = ARENA_ARRAY(m->work, struct dd_atom, m->nused + 1);
    m->out->looks = ARENA_ARRAY(m->work, struct look *, m->nused + 1);
    m->out->nvars = 0;
    for (uint32_t i = 0; i < m->nused; i++) {
        const struct look *l = look_at(m, m->used[i]);
        uint32_t compared = l->argument ? m->comparisons[l->argument - 1] : 1;
        if (l->kind != DD_ATOM)
            map_or_test(m, m->used[i]);
        else if (compared == 1)
            single_atom(m, m->used[i]);
        else if (compared > 1)
            value_variable(m, l->argument - 1, i);
    }
}

static void find_variables(struct maker *m)
{
    size_t nlooks = m->c->looks.count + 1;
    m->used = ARENA_ARRAY(m->work, uint32_t, nlooks);
    m->is_used = ARENA_ARRAY(m->work, bool, nlooks);
    m->var = ARENA_ARRAY(m->work, uint32_t, nlooks);
    m->atom = ARENA_ARRAY(m->work, uint32_t, nlooks);
    m->comparisons = ARENA_ARRAY(m->work, uint32_t, m->c->arguments.count + 1);
    for (uint32_t i = 0; i < m->nlists; i++)
        use_list(m, m->lists[i]);
    order_looks(m);
    make_variables(m);
}

/* --- rules --------------------------------------------------------------------------------------
 */

static uint32_t atom_bdd(struct maker *m, struct dd_bdd *bdd, const struct ir_guard *g,
                         uint32_t look)
{
    const struct look *l = look_at(m, look);
    bool negated = g->kind == IR_GUARD_NE || g->kind == IR_GUARD_LE;
    bdd->full |= ++m->guard_atoms > DD_BDD_MAX_DEPTH;
    if (is_settled(m, l))
        return (l->first != l->end) != negated ? DD_TRUE : DD_FALSE;
    uint32_t a = dd_bdd_var(bdd, m->atom[look]);
    return negated ? dd_bdd_not(bdd, a) : a;
}

static uint32_t guard_bdd(struct maker *m, struct dd_bdd *bdd, uint32_t guard)
{
    const struct ir_guard *g = &m->c->p->ir->guards[guard];
    uint32_t a, b;
    switch (g->kind) {
    case IR_GUARD_TRUE:
        return DD_TRUE;
    case IR_GUARD_FALSE:
        return DD_FALSE;
    case IR_GUARD_NOT:
        return dd_bdd_not(bdd, guard_bdd(m, bdd, g->a.v));
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        a = guard_bdd(m, bdd, g->a.v);
        b = guard_bdd(m, bdd, g->b.v);
        return g->kind == IR_GUARD_AND ? dd_bdd_and(bdd, a, b) : dd_bdd_or(bdd, a, b);
    default:
        return atom_bdd(m, bdd, g, conds_atom(m->c, guard));
    }
}

static void sort_conds(struct dd_cond *conds, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k > 0 && conds[k - 1].var > conds[k].var; k--) {
            struct dd_cond t = conds[k];
            conds[k] = conds[k - 1];
            conds[k - 1] = t;
        }
}

static void make_rule(struct maker *m, const struct rule_list *list, uint32_t i, struct dd_bdd *bdd,
                      struct dd_rule *out)
{
    const struct rule_conds *rc = &m->c->rules[list->decider][list->rules[i]];
    struct dd_cond *conds = ARENA_ARRAY(m->work, struct dd_cond, rc->nconds + 1);
    uint32_t n = 0, guard = rule_at(m, list, i)->guard.v;
    for (uint32_t k = 0; k < rc->nconds; k++)
        if (conds_chance(m->c, &rc->conds[k], list->kinds) == CHANCE_OPEN)
            conds[n++] = (struct dd_cond){m->var[rc->conds[k].var], rc->conds[k].cond};
    sort_conds(conds, n);
    m->guard_atoms = 0;
    *out = (struct dd_rule){conds, n, guard == IR_NONE ? DD_TRUE : guard_bdd(m, bdd, guard),
                            list->rules[i], plan_reports(m->c->p, rule_at(m, list, i))};
}

static struct dd *make_diagram(struct maker *m, const struct rule_list *list)
{
    struct dd_rule *rules = ARENA_ARRAY(m->work, struct dd_rule, list->n + 1);
    struct dd_bdd bdd;
    dd_bdd_init(&bdd, m->work);
    for (uint32_t i = 0; i < list->n; i++)
        make_rule(m, list, i, &bdd, &rules[i]);
    if (bdd.full)
        return NULL;
    return dd_build(m->work, m->vars, m->out->nvars, m->atoms, &bdd, rules, list->n, TBL_MAX_NODES);
}

bool diagrams_build(struct conds *c, struct arena *work, const struct rule_list *const *lists,
                    uint32_t n, struct diagrams *out, uint32_t *failed)
{
    struct maker m = {.c = c, .work = work, .lists = lists, .nlists = n, .out = out};
    find_variables(&m);
    out->dds = ARENA_ARRAY(work, struct dd *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        out->dds[i] = make_diagram(&m, lists[i]);
        *failed = i;
        if (!out->dds[i])
            return false;
    }
    return true;
}
