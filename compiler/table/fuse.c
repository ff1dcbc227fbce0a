/* --fuse: one program for all deciders, the product of their diagrams.
 *
 * Purpose: to compare its cost with the sum of the deciders' own programs.  Opclasses that ask the
 * same of every decider share a program; so do those whose programs come out equal. */
#include <string.h>
#include "compiler/table/programs.h"

struct fuse {
    struct programs *s;
    struct keys *keys;              /* of the deciders' requests */
    struct keys *actions;           /* (decider, rule, lacks) -> ACTIONS */
    VEC_OF(uint32_t) program;       /* per key */
    const struct rule_list **lists; /* per decider */
};

static uint32_t action_for(struct fuse *f, const struct rule_list *list, const struct dd *dd,
                           uint32_t outcome)
{
    struct pol_prt_action a = programs_action(f->s, list, dd, outcome);
    struct {
        uint32_t decider;
        struct pol_prt_action action;
    } key = {list->decider, a};
    struct key_entry *e = key_find(f->actions, &key, sizeof key);
    if (e->value == KEY_NEW)
        e->value = section_push(f->s->p->out, POL_SEC_ACTIONS, &a);
    return e->value;
}

static void emit_tuples(struct fuse *f, struct dd *const *dds, const struct states *last,
                        const uint32_t *tuples, struct pol_prt_program *prog)
{
    uint32_t n = f->s->p->ir->ndeciders;
    prog->first_tuple = section_count(f->s->p->out, POL_SEC_TUPLES);
    prog->nactions = last->n;
    for (uint32_t i = 0; i < last->n; i++)
        for (uint32_t d = 0; d < n; d++) {
            uint32_t outcome = tuples[(size_t)(last->ids[i] - DD_TERMINAL) * n + d];
            uint32_t action = action_for(f, f->lists[d], dds[d], outcome);
            section_push(f->s->p->out, POL_SEC_TUPLES, &action);
        }
}

static bool emit_fused(struct fuse *f, uint32_t opclass, struct pol_prt_program *prog)
{
    struct plan *p = f->s->p;
    uint32_t n = p->ir->ndeciders, failed, *tuples;
    struct diagrams d;
    struct states last;
    if (!diagrams_build(&f->s->conds, &f->s->work, f->lists, n, &d, &failed)) {
        plan_fail(p, "the rules of %s need more than %u decision nodes",
                  p->ir->deciders[failed].name, TBL_MAX_NODES);
        return false;
    }
    const struct dd *dd =
        dd_product(&f->s->work, (const struct dd *const *)d.dds, n, TBL_MAX_NODES, &tuples);
    if (!dd) {
        plan_fail(p, "one program for all %u deciders needs more than %u decision nodes for %s", n,
                  TBL_MAX_NODES, p->ir->opclasses[opclass].name);
        return false;
    }
    struct program_source src = {p, &f->s->work, "all deciders", dd, d.looks};
    if (!layout_program(&src, prog, &last))
        return false;
    emit_tuples(f, d.dds, &last, tuples, prog);
    return !p->error;
}

static uint32_t fused_program(struct fuse *f, uint32_t opclass)
{
    struct pol_prt_program prog = {0};
    struct program_mark mark = programs_mark(f->s);
    arena_init(&f->s->work);
    bool ok = emit_fused(f, opclass, &prog);
    arena_free(&f->s->work);
    mark.actions = section_count(f->s->p->out, POL_SEC_ACTIONS); /* they are shared */
    return ok ? programs_add(f->s, &prog, &mark) : 0;
}

/* Operands that only some deciders look at count for all of them. */
static void join_kinds(struct rule_list *lists, uint32_t n)
{
    for (uint32_t op = 0; op < POL_OPERANDS; op++) {
        uint8_t kinds = 0;
        for (uint32_t d = 0; d < n; d++)
            kinds = (uint8_t)(kinds | lists[d].kinds[op]);
        for (uint32_t d = 0; d < n; d++)
            lists[d].kinds[op] = kinds;
    }
}

static uint32_t program_of(struct fuse *f, uint32_t opclass)
{
    struct programs *s = f->s;
    uint32_t n = s->p->ir->ndeciders;
    uint32_t *key = ARENA_ARRAY(s->p->arena, uint32_t, n);
    for (uint32_t d = 0; d < n; d++)
        key[d] = s->request[d * s->p->ir->nopclasses + opclass];
    struct key_entry *e = key_find(f->keys, key, n * sizeof *key);
    if (e->value != KEY_NEW)
        return f->program.items[e->value];
    e->value = (uint32_t)f->program.count;
    struct rule_list *lists = ARENA_ARRAY(s->p->arena, struct rule_list, n);
    for (uint32_t d = 0; d < n; d++) {
        lists[d] = s->requests.items[key[d]];
        f->lists[d] = &lists[d];
    }
    join_kinds(lists, n);
    uint32_t program = fused_program(f, opclass);
    VEC_PUSH(s->p->arena, &f->program, program);
    return program;
}

void fuse_programs(struct programs *s)
{
    struct plan *p = s->p;
    struct fuse f = {.s = s, .keys = keys_new(p->arena), .actions = keys_new(p->arena)};
    uint32_t nopclasses = p->ir->nopclasses;
    uint32_t *program = ARENA_ARRAY(p->arena, uint32_t, nopclasses + 1);
    f.lists = ARENA_ARRAY(p->arena, const struct rule_list *, p->ir->ndeciders + 1);
    for (uint32_t oc = 0; oc < nopclasses && !p->error && p->ir->ndeciders; oc++)
        program[oc] = program_of(&f, oc);
    for (uint32_t d = 0; d < p->ir->ndeciders && !p->error; d++)
        section_extend(p->out, POL_SEC_REMAP, program, nopclasses);
}
