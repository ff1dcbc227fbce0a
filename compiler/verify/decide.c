/* Does every program choose the action of the first rule that holds? */
#include <inttypes.h>
#include <string.h>

#include "compiler/verify/decide.h"

/* --- the rules of a decider ---------------------------------------------------------------------
 */

static uint32_t intern_cut(struct decider_rules *d, const struct vf_cut *c)
{
    struct vf *v = d->v;
    uint32_t words = v->fields[c->field].words;
    struct str_buf key;
    bool added;
    str_init(&key);
    str_add_len(&key, (const char *)&c->field, sizeof c->field);
    str_add_char(&key, c->exact ? 'x' : 'r');
    str_add_len(&key, (const char *)c->required, words * sizeof(uint32_t));
    str_add_len(&key, (const char *)c->forbidden, words * sizeof(uint32_t));
    uint32_t id = vf_keys_add(d->cut_ids, key.data, key.len, &added);
    str_free(&key);
    if (!added)
        return id;
    struct cut_info info = {.c = *c};
    if (vf_dense(v, c->field)) {
        info.accept = ARENA_ARRAY(&v->arena, uint64_t, v->fields[c->field].set_words);
        for (uint32_t code = 1; code < v->t->fields[c->field].ncodes; code++)
            vf_put(info.accept, code);
        vf_narrow(v, c, info.accept);
    }
    VEC_PUSH(&v->arena, &d->cuts, info);
    return id;
}

/* Fields that a condition concerns, each once. */
static uint32_t concerned(const struct decider_rules *d, const struct ir_cond *cond,
                          uint32_t *fields)
{
    const struct vf *v = d->v;
    uint32_t n = 0;
    for (uint32_t f = 0; cond->exact && f < v->t->n_fields; f++)
        if (vf_owns(v, d->decider, v->t->fields[f].domain))
            fields[n++] = f;
    for (uint32_t i = 0; i < cond->nrequired + cond->nforbidden; i++) {
        uint32_t tag =
            i < cond->nrequired ? cond->required[i] : cond->forbidden[i - cond->nrequired];
        uint32_t k = 0;
        while (k < n && fields[k] != v->field_of[tag])
            k++;
        if (k == n)
            fields[n++] = v->field_of[tag];
    }
    return n;
}

static void rule_needs(struct decider_rules *d, uint32_t rule, struct arena *work)
{
    const struct ir_rule *r = &d->v->ir->deciders[d->decider].rules[rule];
    VEC_OF(struct need) needs = {0};
    for (uint32_t op = 0; op < POL_OPERANDS; op++) {
        const struct ir_cond *cond = &r->cond[op];
        uint32_t *fields =
            ARENA_ARRAY(work, uint32_t, d->v->t->n_fields + cond->nrequired + cond->nforbidden + 1);
        uint32_t n = concerned(d, cond, fields);
        d->rules[rule].never |= cond->never;
        for (uint32_t i = 0; i < n; i++) {
            struct vf_cut c;
            vf_cut(d->v, &d->v->arena, d->decider, cond, fields[i], &c);
            struct need need = {op, intern_cut(d, &c), POL_NONE};
            VEC_PUSH(&d->v->arena, &needs, need);
        }
    }
    d->rules[rule].needs = needs.items;
    d->rules[rule].nneeds = (uint32_t)needs.count;
}

static bool read_rules(struct decider_rules *d)
{
    const struct ir_decider *from = &d->v->ir->deciders[d->decider];
    d->rules = ARENA_ARRAY(&d->v->arena, struct rule_needs, from->nrules + 1);
    d->cut_ids = vf_keys_new(&d->v->arena);
    for (uint32_t r = 0; r < from->nrules; r++) {
        struct arena work;
        const char *odd = NULL;
        arena_init(&work);
        rule_needs(d, r, &work);
        arena_free(&work);
        d->rules[r].guard = SYM_TRUE;
        if (!d->rules[r].never && from->rules[r].guard.v != IR_NONE)
            d->rules[r].guard = vf_guard(d, from->rules[r].guard, &odd);
        if (odd)
            return vf_fail(d->v, "%s, rule %" PRIu32 ": %s", from->name, r, odd);
        vf_value_tests(d, r);
    }
    return !d->sym.over || vf_fail(d->v, "%s: guards are too large to prove", from->name);
}

/* --- one program --------------------------------------------------------------------------------
 */

enum chance { NEVER, OPEN, ALWAYS };

/* Can operands of these kinds fulfil the condition? */
static enum chance chance(struct vf *v, const struct cut_info *c, uint32_t kinds,
                          struct arena *work)
{
    if (!vf_dense(v, c->c.field)) {
        uint32_t asked = c->c.required[0] | c->c.forbidden[0];
        if (kinds == 0)
            return c->c.required[0] ? NEVER : ALWAYS;
        return c->c.exact || asked ? OPEN : ALWAYS;
    }
    const uint64_t *codes = vf_codes(v, work, c->c.field, kinds);
    bool some = false, all = true;
    for (uint32_t w = 0; w < v->fields[c->c.field].set_words; w++) {
        some = some || (codes[w] & c->accept[w]);
        all = all && !(codes[w] & ~c->accept[w]);
    }
    return all ? ALWAYS : some ? OPEN : NEVER;
}

/* The needs of a rule that matter for this form; false when it cannot hold. */
static bool open_needs(struct walk *w, const struct rule_needs *from, struct open_rule *to)
{
    to->needs = ARENA_ARRAY(&w->arena, struct need, from->nneeds + 1);
    to->nneeds = 0;
    for (uint32_t i = 0; i < from->nneeds; i++) {
        const struct need *n = &from->needs[i];
        enum chance ch = chance(w->v, &w->d->cuts.items[n->cut], w->form.kinds[n->op], &w->arena);
        if (ch == NEVER)
            return false;
        if (ch == OPEN)
            to->needs[to->nneeds++] = *n;
    }
    return true;
}

static bool check_program(struct decider_rules *d, uint32_t opclass, uint32_t program,
                          const struct form_key *form, const uint32_t *rules, uint32_t n)
{
    struct walk w = {.d = d, .v = d->v, .p = &d->v->t->programs[program], .form = *form};
    w.opclass = opclass;
    arena_init(&w.arena);
    w.open = ARENA_ARRAY(&w.arena, struct open_rule, n + 1);
    w.told = ARENA_ARRAY(&w.arena, uint32_t, n + 1);
    bool ok = vf_levels_prepare(&w);
    for (uint32_t i = 0; ok && i < n; i++) {
        struct open_rule *r = &w.open[w.nopen];
        r->rule = rules[i];
        r->reports = vf_reports(d->v, &d->v->ir->deciders[d->decider].rules[rules[i]]);
        if (d->rules[rules[i]].never || !open_needs(&w, &d->rules[rules[i]], r))
            continue;
        vf_levels_ready(&w, r);
        w.nopen++;
    }
    if (ok)
        vf_values_ready(&w);
    ok = ok && vf_walk(&w);
    d->v->stats->programs++;
    arena_free(&w.arena);
    return ok;
}

/* --- all programs -------------------------------------------------------------------------------
 */

struct applicable {
    uint32_t *rules, n;
    uint8_t *member; /* per group */
};

static void find_applicable(const struct vf *v, uint32_t decider, uint32_t opclass,
                            struct applicable *a)
{
    const struct ir_decider *d = &v->ir->deciders[decider];
    const struct ir_opclass *c = &v->ir->opclasses[opclass];
    memset(a->member, 0, v->ir->ngroups + 1);
    for (uint32_t i = 0; i < c->ngroups; i++)
        a->member[c->groups[i]] = 1;
    a->n = 0;
    for (uint32_t r = 0; r < d->nrules; r++)
        if (d->rules[r].group.v == IR_NONE || a->member[d->rules[r].group.v])
            a->rules[a->n++] = r;
}

static bool check_decider(struct vf *v, uint32_t decider)
{
    struct decider_rules d = {.v = v, .decider = decider};
    struct applicable a;
    sym_init(&d.sym, VERIFY_MAX_SYMBOLS);
    bool ok = read_rules(&d);
    struct vf_keys *lists = vf_keys_new(&v->arena), *done = vf_keys_new(&v->arena),
                   *forms = vf_keys_new(&v->arena);
    a.rules = ARENA_ARRAY(&v->arena, uint32_t, v->ir->deciders[decider].nrules + 1);
    a.member = ARENA_ARRAY(&v->arena, uint8_t, v->ir->ngroups + 1);
    for (uint32_t c = 1; ok && c < v->ir->nopclasses; c++) {
        bool added;
        struct form_key form = vf_form(&v->ir->opclasses[c].form);
        find_applicable(v, decider, c, &a);
        uint32_t key[3] = {v->t->remap[decider * v->t->n_opclasses + c],
                           vf_keys_add(lists, a.rules, a.n * sizeof *a.rules, &added),
                           vf_keys_add(forms, &form, sizeof form, &added)};
        (void)vf_keys_add(done, key, sizeof key, &added);
        if (added)
            ok = check_program(&d, c, key[0], &form, a.rules, a.n);
    }
    v->stats->symbols += d.sym.nchildren;
    sym_free(&d.sym);
    return ok;
}

/* A fused program is one for all deciders. */
static bool check_fused(struct vf *v, uint32_t opclass)
{
    bool fused = false, same = true;
    uint32_t n = v->t->n_opclasses, program = v->t->remap[opclass];
    for (uint32_t d = 0; d < v->t->n_deciders; d++) {
        fused = fused || v->t->programs[v->t->remap[d * n + opclass]].first_tuple != POL_NONE;
        same = same && v->t->remap[d * n + opclass] == program;
    }
    return !fused || same ||
           vf_fail(v, "REMAP: opclass %s has a fused program and others",
                   v->ir->opclasses[opclass].name);
}

bool vf_decide(struct vf *v)
{
    for (uint32_t c = 0; v->ir->ndeciders && c < v->ir->nopclasses; c++)
        if (!check_fused(v, c))
            return false;
    v->reached_set = vf_keys_new(&v->arena);
    for (uint32_t d = 0; d < v->ir->ndeciders; d++)
        if (!check_decider(v, d))
            return false;
    return true;
}
