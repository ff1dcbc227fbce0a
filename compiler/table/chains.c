/* Programs: per decider and set of applicable rules, a diagram laid out as levels. */
#include <string.h>
#include "compiler/table/levels.h"

/* The rules that apply to an opclass, and the program made for them.  `lacks`: results that some of
 * these rules give and the instruction does not have; they are not evaluated. */
struct rule_list {
    const uint32_t *rules;
    uint32_t n, lacks, program;
};

struct chains {
    struct plan *p;
    struct decider_conds conds;
    struct rule_ops *ops; /* per rule of the decider */
    VEC_OF(struct rule_list) lists;
    struct arena work; /* one program's */
};

/* --- diagram ------------------------------------------------------------------------------------
 */

/* The looks that some rules use, in diagram order. */
struct looks_in_use {
    uint32_t *look; /* variable -> look */
    uint32_t *var;  /* look -> variable + 1 */
    uint32_t n;
};

static void use_look(struct looks_in_use *u, uint32_t look)
{
    if (!u->var[look]) {
        u->look[u->n++] = look;
        u->var[look] = u->n;
    }
}

static void use_atoms(struct chains *c, struct looks_in_use *u, uint32_t guard)
{
    const struct ir_guard *g = &c->p->ir->guards[guard];
    if (g->kind == IR_GUARD_NOT || g->kind == IR_GUARD_AND || g->kind == IR_GUARD_OR) {
        use_atoms(c, u, g->a.v);
        if (g->kind != IR_GUARD_NOT)
            use_atoms(c, u, g->b.v);
    } else if (g->kind != IR_GUARD_TRUE && g->kind != IR_GUARD_FALSE) {
        use_look(u, conds_atom(&c->conds, guard));
    }
}

/* CODE and MEM decide most, so they come first. */
static uint32_t operand_rank(uint32_t op)
{
    static const uint32_t rank[POL_OPERANDS] = {
        [POL_OP_CODE] = 0, [POL_OP_MEM] = 1, [POL_OP_ENV] = 2,
        [POL_OP_OP1] = 3,  [POL_OP_OP2] = 4, [POL_OP_OP3] = 5};
    return rank[op];
}

/* MAPs by operand, then TESTs and ATOMs in the order in which the rules need them. */
static void order_looks(struct chains *c, struct looks_in_use *u)
{
    uint32_t *old = ARENA_ARRAY(&c->work, uint32_t, u->n + 1), n = 0;
    memcpy(old, u->look, u->n * sizeof *old);
    for (uint32_t rank = 0; rank < POL_OPERANDS; rank++)
        for (uint32_t i = 0; i < u->n; i++) {
            const struct look *l = &c->conds.looks.items[old[i]];
            if (l->kind == DD_MAP && operand_rank(l->operand) == rank)
                u->look[n++] = old[i];
        }
    for (int kind = DD_TEST; kind <= DD_ATOM; kind++)
        for (uint32_t i = 0; i < u->n; i++)
            if ((int)c->conds.looks.items[old[i]].kind == kind)
                u->look[n++] = old[i];
    for (uint32_t i = 0; i < u->n; i++)
        u->var[u->look[i]] = i + 1;
}

static void find_looks(struct chains *c, const struct rule_list *list, struct looks_in_use *u)
{
    const struct ir_decider *d = &c->p->ir->deciders[c->conds.decider];
    u->look = ARENA_ARRAY(&c->work, uint32_t, c->conds.looks.count + 1);
    u->var = ARENA_ARRAY(&c->work, uint32_t, c->conds.looks.count + 1);
    u->n = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        const struct rule_conds *rc = &c->conds.rules[list->rules[i]];
        for (uint32_t k = 0; k < rc->nconds; k++)
            use_look(u, rc->conds[k].var);
        if (d->rules[list->rules[i]].guard.v != IR_NONE)
            use_atoms(c, u, d->rules[list->rules[i]].guard.v);
    }
    order_looks(c, u);
}

static uint32_t guard_bdd(struct chains *c, struct dd_bdd *bdd, const struct looks_in_use *u,
                          uint32_t guard)
{
    const struct ir_guard *g = &c->p->ir->guards[guard];
    uint32_t a, b;
    switch (g->kind) {
    case IR_GUARD_TRUE:
        return DD_TRUE;
    case IR_GUARD_FALSE:
        return DD_FALSE;
    case IR_GUARD_NOT:
        return dd_bdd_not(bdd, guard_bdd(c, bdd, u, g->a.v));
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        a = guard_bdd(c, bdd, u, g->a.v);
        b = guard_bdd(c, bdd, u, g->b.v);
        return g->kind == IR_GUARD_AND ? dd_bdd_and(bdd, a, b) : dd_bdd_or(bdd, a, b);
    default:
        a = dd_bdd_var(bdd, u->var[conds_atom(&c->conds, guard)] - 1);
        return g->kind == IR_GUARD_NE || g->kind == IR_GUARD_LE ? dd_bdd_not(bdd, a) : a;
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

static struct dd_var *make_vars(struct chains *c, const struct looks_in_use *u)
{
    struct dd_var *vars = ARENA_ARRAY(&c->work, struct dd_var, u->n + 1);
    for (uint32_t i = 0; i < u->n; i++) {
        const struct look *l = &c->conds.looks.items[u->look[i]];
        vars[i].kind = l->kind;
        vars[i].ncodes = l->kind == DD_MAP ? c->p->fields[l->field].ncodes : 2;
        vars[i].nconds = (uint32_t)l->accept.count;
        vars[i].accept = l->accept.items;
        vars[i].group = l->operand * c->p->nfields + l->field;
        vars[i].mask = l->mask;
        vars[i].value = l->value;
    }
    return vars;
}

static struct dd *make_diagram(struct chains *c, const struct rule_list *list,
                               struct looks_in_use *u)
{
    const struct ir_decider *d = &c->p->ir->deciders[c->conds.decider];
    struct dd_rule *rules = ARENA_ARRAY(&c->work, struct dd_rule, list->n + 1);
    struct dd_bdd bdd;
    uint32_t n = 0;
    find_looks(c, list, u);
    dd_bdd_init(&bdd, &c->work);
    for (uint32_t i = 0; i < list->n; i++) {
        uint32_t r = list->rules[i];
        const struct rule_conds *rc = &c->conds.rules[r];
        if (rc->never)
            continue;
        struct dd_cond *conds = ARENA_ARRAY(&c->work, struct dd_cond, rc->nconds + 1);
        for (uint32_t k = 0; k < rc->nconds; k++)
            conds[k] = (struct dd_cond){u->var[rc->conds[k].var] - 1, rc->conds[k].cond};
        sort_conds(conds, rc->nconds);
        uint32_t guard =
            d->rules[r].guard.v == IR_NONE ? DD_TRUE : guard_bdd(c, &bdd, u, d->rules[r].guard.v);
        rules[n++] = (struct dd_rule){conds, rc->nconds, guard, r};
    }
    if (bdd.full)
        return NULL;
    return dd_build(&c->work, make_vars(c, u), u->n, &bdd, rules, n, TBL_MAX_NODES);
}

/* --- actions ------------------------------------------------------------------------------------
 */

static void emit_action(struct chains *c, uint32_t rule, uint32_t lacks)
{
    struct pol_prt_action a = {.verdict = POL_FAIL_IMPLICIT, .rule = POL_NONE};
    if (rule != DD_NO_RULE) {
        const struct ir_rule *r = &c->p->ir->deciders[c->conds.decider].rules[rule];
        struct rule_ops cut = {0}, *ops = lacks ? &cut : &c->ops[rule];
        if (!ops->done)
            plan_rule_ops(c->p, c->conds.decider, rule, lacks, ops);
        a = (struct pol_prt_action){r->allow ? POL_ALLOW : POL_FAIL_EXPLICIT, rule, ops->written,
                                    ops->first_op, ops->nops};
    }
    section_push(c->p->out, POL_SEC_ACTIONS, &a);
}

static uint32_t emit_program(struct chains *c, const struct rule_list *list)
{
    struct looks_in_use u;
    struct pol_prt_program prog = {.first_tuple = POL_NONE};
    arena_init(&c->work);
    struct dd *dd = make_diagram(c, list, &u);
    if (!dd) {
        plan_fail(c->p, "the rules of %s need more than %u decision nodes",
                  c->p->ir->deciders[c->conds.decider].name, TBL_MAX_NODES);
        arena_free(&c->work);
        return 0;
    }
    struct look **looks = ARENA_ARRAY(&c->work, struct look *, u.n + 1);
    for (uint32_t v = 0; v < u.n; v++)
        looks[v] = &c->conds.looks.items[u.look[v]];
    struct program_source src = {c->p, &c->work, c->p->ir->deciders[c->conds.decider].name, dd,
                                 looks};
    struct states states;
    bool ok = layout_program(&src, &prog, &states);
    prog.first_action = section_count(c->p->out, POL_SEC_ACTIONS);
    prog.nactions = ok ? states.n : 0;
    for (uint32_t i = 0; i < prog.nactions && !c->p->error; i++)
        emit_action(c, dd->outcomes[states.ids[i] - DD_TERMINAL], list->lacks);
    arena_free(&c->work);
    return section_push(c->p->out, POL_SEC_PROGRAMS, &prog);
}

/* --- per decider --------------------------------------------------------------------------------
 */

static uint32_t applicable(struct chains *c, uint32_t opclass, uint32_t *rules, uint8_t *member)
{
    const struct ir *ir = c->p->ir;
    const struct ir_decider *d = &ir->deciders[c->conds.decider];
    const struct ir_opclass *oc = &ir->opclasses[opclass];
    uint32_t n = 0;
    memset(member, 0, ir->ngroups + 1);
    for (uint32_t i = 0; i < oc->ngroups; i++)
        member[oc->groups[i]] = 1;
    for (uint32_t r = 0; opclass && r < d->nrules; r++)
        if (d->rules[r].group.v == IR_NONE || member[d->rules[r].group.v])
            rules[n++] = r;
    return n;
}

static uint32_t lacking(const struct chains *c, uint32_t opclass, const uint32_t *rules, uint32_t n)
{
    const struct ir_decider *d = &c->p->ir->deciders[c->conds.decider];
    const struct pol_form *f = &c->p->ir->opclasses[opclass].form;
    uint32_t given = 0;
    uint32_t has = 1u << POL_RES_ENV | (f->rd ? 1u << POL_RES_RD : 0) |
                   (f->csr ? 1u << POL_RES_CSR : 0) |
                   (f->mem & POL_MEM_WRITE ? 1u << POL_RES_MEM : 0);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t res = 0; res < POL_RESULTS; res++)
            given |= d->rules[rules[i]].result[res].v != IR_NONE ? 1u << res : 0;
    return given & ~has;
}

static uint32_t program_for(struct chains *c, const uint32_t *rules, uint32_t n, uint32_t lacks)
{
    for (size_t i = 0; i < c->lists.count; i++) {
        const struct rule_list *l = &c->lists.items[i];
        if (l->n == n && l->lacks == lacks && memcmp(l->rules, rules, n * sizeof *rules) == 0)
            return l->program;
    }
    uint32_t *copy = ARENA_ARRAY(c->p->arena, uint32_t, n + 1);
    memcpy(copy, rules, n * sizeof *rules);
    struct rule_list list = {copy, n, lacks, 0};
    list.program = emit_program(c, &list);
    VEC_PUSH(c->p->arena, &c->lists, list);
    return list.program;
}

static void decider_chains(struct plan *p, uint32_t decider)
{
    struct chains c = {.p = p};
    uint32_t nrules = p->ir->deciders[decider].nrules;
    uint32_t *rules = ARENA_ARRAY(p->arena, uint32_t, nrules + 1);
    uint8_t *member = ARENA_ARRAY(p->arena, uint8_t, p->ir->ngroups + 1);
    conds_of_decider(p, decider, &c.conds);
    c.ops = ARENA_ARRAY(p->arena, struct rule_ops, nrules + 1);
    for (uint32_t oc = 0; oc < p->ir->nopclasses && !p->error; oc++) {
        uint32_t n = applicable(&c, oc, rules, member);
        uint32_t program = program_for(&c, rules, n, lacking(&c, oc, rules, n));
        section_push(p->out, POL_SEC_REMAP, &program);
    }
}

void plan_chains(struct plan *p)
{
    for (uint32_t d = 0; d < p->ir->ndeciders && !p->error; d++)
        decider_chains(p, d);
}
