/* Programs: per decider and set of applicable rules, a diagram laid out as levels. */
#include <string.h>
#include <pol/kinds.h>
#include "compiler/table/programs.h"

/* --- actions ------------------------------------------------------------------------------------
 */

static uint32_t results_of(const struct ir_rule *r)
{
    uint32_t given = 0;
    for (uint32_t res = 0; res < POL_RESULTS; res++)
        given |= r->result[res].v != IR_NONE ? 1u << res : 0;
    return given;
}

static const struct rule_ops *ops_of(struct programs *s, uint32_t decider, uint32_t rule,
                                     uint32_t lacks)
{
    uint32_t key[3] = {decider, rule, lacks};
    struct key_entry *e = key_find(s->results, key, sizeof key);
    if (e->value == KEY_NEW) {
        struct rule_ops ops = {0};
        e->value = (uint32_t)s->ops.count;
        plan_rule_ops(s->p, decider, rule, lacks, &ops);
        VEC_PUSH(s->p->arena, &s->ops, ops);
        return &s->ops.items[s->ops.count - 1];
    }
    return &s->ops.items[e->value];
}

/* Equal lists are one. */
static uint32_t reports_at(struct programs *s, const struct dd_told *told)
{
    if (told->n == 0)
        return 0;
    struct key_entry *e = key_find(s->reports, told->outcomes, told->n * sizeof *told->outcomes);
    if (e->value == KEY_NEW)
        e->value = section_extend(s->p->out, POL_SEC_REPORTS, told->outcomes, told->n);
    return e->value;
}

struct pol_prt_action programs_action(struct programs *s, const struct rule_list *list,
                                      const struct dd *dd, uint32_t outcome)
{
    const struct dd_told *told = &dd->told[outcome];
    uint32_t rule = dd->outcomes[outcome];
    struct pol_prt_action action = {.verdict = POL_FAIL_IMPLICIT, .rule = POL_NONE};
    if (rule != DD_NO_RULE) {
        const struct ir_rule *r = &s->p->ir->deciders[list->decider].rules[rule];
        const struct rule_ops *ops = ops_of(s, list->decider, rule, list->lacks & results_of(r));
        action = (struct pol_prt_action){.verdict = r->allow ? POL_ALLOW : POL_FAIL_EXPLICIT,
                                         .rule = rule,
                                         .written = ops->written,
                                         .first_op = ops->first_op,
                                         .nops = ops->nops};
    }
    action.first_report = reports_at(s, told);
    action.nreports = told->n;
    return action;
}

/* --- equal programs -----------------------------------------------------------------------------
 */

struct program_mark programs_mark(const struct programs *s)
{
    const struct tbl *t = s->p->out;
    return (struct program_mark){section_count(t, POL_SEC_LEVELS), section_count(t, POL_SEC_CELLS),
                                 section_count(t, POL_SEC_TERNARY),
                                 section_count(t, POL_SEC_TUPLES),
                                 section_count(t, POL_SEC_ACTIONS)};
}

static const struct pol_prt_program *program_at(const struct programs *s, uint32_t program)
{
    return (const struct pol_prt_program *)(void *)s->p->out->sections[POL_SEC_PROGRAMS].data +
           program;
}

static const struct pol_prt_level *level_at(const struct programs *s, uint32_t level)
{
    return (const struct pol_prt_level *)(void *)s->p->out->sections[POL_SEC_LEVELS].data + level;
}

/* The records of a program: sections and where they begin; see compare_ranges. */
struct range {
    enum pol_prt_kind kind;
    uint32_t first, count;
};

static uint32_t cells_of_level(const struct pol_prt_program *p, uint32_t k,
                               const struct pol_prt_level *l)
{
    return p->layout == POL_LAYOUT_TCAM || k < p->nmap ? 0 : l->width * l->nstates;
}

enum { PROGRAM_RANGES = 3 };
/* Lookup, tuples and actions; the levels' own cells are compared level by level. */
static void ranges_of(const struct pol_prt_program *p, uint32_t ndeciders,
                      struct range out[PROGRAM_RANGES])
{
    bool fused = p->first_tuple != POL_NONE;
    enum pol_prt_kind lookup = p->layout == POL_LAYOUT_TCAM ? POL_SEC_TERNARY : POL_SEC_CELLS;
    out[0] = (struct range){lookup, p->dense_base, p->dense_size};
    out[1] = (struct range){POL_SEC_TUPLES, fused ? p->first_tuple : 0,
                            fused ? p->nactions * ndeciders : 0};
    out[2] = (struct range){POL_SEC_ACTIONS, fused ? 0 : p->first_action, fused ? 0 : p->nactions};
}

static const unsigned char *range_data(const struct programs *s, const struct range *r)
{
    const struct tbl_section *section = &s->p->out->sections[r->kind];
    return section->data + (size_t)r->first * section->record_size;
}

static size_t range_bytes(const struct programs *s, const struct range *r)
{
    return (size_t)r->count * s->p->out->sections[r->kind].record_size;
}

static bool same_range(const struct programs *s, const struct range *a, const struct range *b)
{
    return a->kind == b->kind && a->count == b->count &&
           (a->count == 0 || memcmp(range_data(s, a), range_data(s, b), range_bytes(s, a)) == 0);
}

static bool same_levels(const struct programs *s, const struct pol_prt_program *a,
                        const struct pol_prt_program *b)
{
    for (uint32_t k = 0; k < a->nlevels; k++) {
        struct pol_prt_level x = *level_at(s, a->first_level + k);
        struct pol_prt_level y = *level_at(s, b->first_level + k);
        struct range cells = {POL_SEC_CELLS, x.base, cells_of_level(a, k, &x)};
        struct range other = {POL_SEC_CELLS, y.base, cells_of_level(b, k, &y)};
        x.base = cells.count ? 0 : x.base;
        y.base = other.count ? 0 : y.base;
        if (memcmp(&x, &y, sizeof x) != 0 || !same_range(s, &cells, &other))
            return false;
    }
    return true;
}

static bool same_program(const struct programs *s, const struct pol_prt_program *a,
                         const struct pol_prt_program *b)
{
    struct range x[PROGRAM_RANGES], y[PROGRAM_RANGES];
    if (a->layout != b->layout || a->nlevels != b->nlevels || a->nmap != b->nmap ||
        a->start != b->start || a->nactions != b->nactions ||
        (a->first_tuple == POL_NONE) != (b->first_tuple == POL_NONE))
        return false;
    ranges_of(a, s->p->ir->ndeciders, x);
    ranges_of(b, s->p->ir->ndeciders, y);
    for (uint32_t i = 0; i < PROGRAM_RANGES; i++)
        if (!same_range(s, &x[i], &y[i]))
            return false;
    return same_levels(s, a, b);
}

static uint64_t hash_bytes(uint64_t h, const void *data, size_t n)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 0x100000001B3u;
    return h;
}

/* Of what is cheap to look at: numbers and actions. */
static uint64_t hash_program(const struct programs *s, const struct pol_prt_program *p)
{
    struct range r[PROGRAM_RANGES];
    uint32_t numbers[6] = {p->layout, p->nlevels, p->nmap, p->dense_size, p->start, p->nactions};
    uint64_t h = hash_bytes(0xCBF29CE484222325u, numbers, sizeof numbers);
    ranges_of(p, s->p->ir->ndeciders, r);
    for (uint32_t i = 1; i < PROGRAM_RANGES; i++)
        if (r[i].count)
            h = hash_bytes(h, range_data(s, &r[i]), range_bytes(s, &r[i]));
    for (uint32_t k = 0; k < p->nlevels; k++)
        h = hash_bytes(h, &level_at(s, p->first_level + k)->map, sizeof(uint32_t));
    return h;
}

static void take_back(struct programs *s, const struct program_mark *since)
{
    struct tbl_section *sections = s->p->out->sections;
    sections[POL_SEC_LEVELS].count = since->levels;
    sections[POL_SEC_CELLS].count = since->cells;
    sections[POL_SEC_TERNARY].count = since->ternary;
    sections[POL_SEC_TUPLES].count = since->tuples;
    sections[POL_SEC_ACTIONS].count = since->actions;
}

uint32_t programs_add(struct programs *s, const struct pol_prt_program *prog,
                      const struct program_mark *since)
{
    struct made_program made = {hash_program(s, prog), section_count(s->p->out, POL_SEC_PROGRAMS)};
    for (size_t i = 0; i < s->made.count; i++)
        if (s->made.items[i].hash == made.hash &&
            same_program(s, program_at(s, s->made.items[i].program), prog)) {
            take_back(s, since);
            return s->made.items[i].program;
        }
    VEC_PUSH(s->p->arena, &s->made, made);
    return section_push(s->p->out, POL_SEC_PROGRAMS, prog);
}

/* --- requests -----------------------------------------------------------------------------------
 */

/* Which rules apply to an opclass, as far as its operands can fulfil their conditions. */
struct applicable {
    uint8_t *member; /* per group */
    uint32_t *rules;
};

/* Can the rule hold?  Notes the operands that it looks at. */
static bool can_hold(struct programs *s, uint32_t decider, uint32_t rule, const uint8_t *kinds,
                     uint32_t *looked_at)
{
    const struct rule_conds *rc = &s->conds.rules[decider][rule];
    uint32_t operands = 0;
    if (rc->never)
        return false;
    for (uint32_t k = 0; k < rc->nconds; k++) {
        enum chance chance = conds_chance(&s->conds, &rc->conds[k], kinds);
        if (chance == CHANCE_NEVER)
            return false;
        if (chance == CHANCE_OPEN)
            operands |= 1u << s->conds.looks.items[rc->conds[k].var].operand;
    }
    *looked_at |= operands;
    return true;
}

/* The rules of the opclass, and the kinds of the operands that they look at. */
static void find_rules(struct programs *s, uint32_t opclass, struct applicable *a,
                       struct rule_list *list)
{
    const struct ir *ir = s->p->ir;
    const struct ir_decider *d = &ir->deciders[list->decider];
    const struct ir_opclass *oc = &ir->opclasses[opclass];
    uint32_t looked_at = 0;
    memset(a->member, 0, ir->ngroups + 1);
    for (uint32_t i = 0; i < oc->ngroups; i++)
        a->member[oc->groups[i]] = 1;
    for (uint32_t op = 0; op < POL_OPERANDS; op++)
        list->kinds[op] = (uint8_t)pol_operand_kinds(&oc->form, op);
    list->rules = a->rules;
    for (uint32_t r = 0; opclass && r < d->nrules; r++)
        if ((d->rules[r].group.v == IR_NONE || a->member[d->rules[r].group.v]) &&
            can_hold(s, list->decider, r, list->kinds, &looked_at))
            a->rules[list->n++] = r;
    for (uint32_t op = 0; op < POL_OPERANDS; op++)
        list->kinds[op] = looked_at >> op & 1u ? list->kinds[op] : 0;
}

static uint32_t lacking(const struct programs *s, uint32_t opclass, const struct rule_list *list)
{
    const struct pol_form *f = &s->p->ir->opclasses[opclass].form;
    uint32_t given = 0;
    uint32_t has = 1u << POL_RES_ENV | (f->rd ? 1u << POL_RES_RD : 0) |
                   (f->csr ? 1u << POL_RES_CSR : 0) |
                   (f->mem & POL_MEM_WRITE ? 1u << POL_RES_MEM : 0);
    for (uint32_t i = 0; i < list->n; i++)
        given |= results_of(&s->p->ir->deciders[list->decider].rules[list->rules[i]]);
    return given & ~has;
}

static uint32_t request_for(struct programs *s, uint32_t decider, uint32_t opclass,
                            struct applicable *a)
{
    struct rule_list list = {.decider = decider};
    find_rules(s, opclass, a, &list);
    list.lacks = lacking(s, opclass, &list);
    uint32_t *key = a->rules + list.n; /* behind the rules */
    key[0] = decider;
    key[1] = list.lacks;
    key[2] = key[3] = 0;
    memcpy(&key[2], list.kinds, sizeof list.kinds);
    struct key_entry *e = key_find(s->keys, a->rules, (list.n + 4) * sizeof *key);
    if (e->value == KEY_NEW) {
        uint32_t *copy = ARENA_ARRAY(s->p->arena, uint32_t, list.n + 1);
        memcpy(copy, a->rules, list.n * sizeof *copy);
        list.rules = copy;
        e->value = (uint32_t)s->requests.count;
        VEC_PUSH(s->p->arena, &s->requests, list);
    }
    return e->value;
}

static void find_requests(struct programs *s)
{
    const struct ir *ir = s->p->ir;
    struct applicable a;
    uint32_t most = 0;
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        most = ir->deciders[d].nrules > most ? ir->deciders[d].nrules : most;
    a.member = ARENA_ARRAY(s->p->arena, uint8_t, ir->ngroups + 1);
    a.rules = ARENA_ARRAY(s->p->arena, uint32_t, (size_t)most + 4);
    s->request = ARENA_ARRAY(s->p->arena, uint32_t, (size_t)ir->ndeciders * ir->nopclasses + 1);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        for (uint32_t oc = 0; oc < ir->nopclasses; oc++)
            s->request[d * ir->nopclasses + oc] = request_for(s, d, oc, &a);
}

/* --- programs of one decider --------------------------------------------------------------------
 */

static bool emit_program(struct programs *s, const struct rule_list *list,
                         struct pol_prt_program *prog)
{
    const char *who = s->p->ir->deciders[list->decider].name;
    struct diagrams d;
    struct states last;
    uint32_t failed;
    if (!diagrams_build(&s->conds, &s->work, &list, 1, &d, &failed)) {
        plan_fail(s->p, "the rules of %s need more than %u decision nodes", who, TBL_MAX_NODES);
        return false;
    }
    struct program_source src = {s->p, &s->work, who, d.dds[0], d.looks};
    if (!layout_program(&src, prog, &last))
        return false;
    prog->first_action = section_count(s->p->out, POL_SEC_ACTIONS);
    prog->nactions = last.n;
    for (uint32_t i = 0; i < last.n; i++) {
        struct pol_prt_action a = programs_action(s, list, d.dds[0], last.ids[i] - DD_TERMINAL);
        section_push(s->p->out, POL_SEC_ACTIONS, &a);
    }
    return !s->p->error;
}

static uint32_t program_for(struct programs *s, const struct rule_list *list)
{
    struct pol_prt_program prog = {.first_tuple = POL_NONE};
    struct program_mark mark = programs_mark(s);
    arena_init(&s->work);
    bool ok = emit_program(s, list, &prog);
    arena_free(&s->work);
    return ok ? programs_add(s, &prog, &mark) : 0;
}

static void decider_programs(struct programs *s, uint32_t decider, uint32_t *program)
{
    uint32_t n = s->p->ir->nopclasses;
    s->made.count = 0; /* programs are not shared between deciders */
    for (uint32_t oc = 0; oc < n && !s->p->error; oc++) {
        uint32_t request = s->request[decider * n + oc];
        if (program[request] == POL_NONE)
            program[request] = program_for(s, &s->requests.items[request]);
        section_push(s->p->out, POL_SEC_REMAP, &program[request]);
    }
}

void plan_chains(struct plan *p)
{
    struct programs s = {.p = p};
    conds_of_plan(p, &s.conds);
    s.keys = keys_new(p->arena);
    s.results = keys_new(p->arena);
    s.reports = keys_new(p->arena);
    find_requests(&s);
    if (p->options->fuse) {
        fuse_programs(&s);
        return;
    }
    uint32_t *program = ARENA_ARRAY(p->arena, uint32_t, s.requests.count + 1);
    for (size_t i = 0; i < s.requests.count; i++)
        program[i] = POL_NONE;
    for (uint32_t d = 0; d < p->ir->ndeciders; d++)
        decider_programs(&s, d, program);
}
