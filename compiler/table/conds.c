/* From IR conditions to looks; see conds.h. */
#include <string.h>
#include "compiler/table/conds.h"
#include "lang/support/str.h"

static uint32_t look_for(struct conds *c, const struct look *look)
{
    uint32_t key[6] = {(uint32_t)look->kind, look->operand, look->field,
                       look->mask,           look->value,   look->atom};
    struct key_entry *e = key_find(c->keys, key, sizeof key);
    if (e->value == KEY_NEW) {
        e->value = (uint32_t)c->looks.count;
        VEC_PUSH(c->p->arena, &c->looks, *look);
    }
    return e->value;
}

/* --- presence conditions ------------------------------------------------------------------------
 */

/* A condition cut down to one field. */
struct cut {
    uint32_t *required, *forbidden; /* bits of the field's tags */
    bool exact;
};

static void cut_condition(struct plan *p, const struct ir_cond *cond, const struct plan_field *f,
                          bool exact, struct cut *out)
{
    uint32_t words = (f->ntags + 31) / 32 + 1;
    out->required = ARENA_ARRAY(p->arena, uint32_t, words);
    out->forbidden = ARENA_ARRAY(p->arena, uint32_t, words);
    out->exact = exact;
    for (uint32_t i = 0; i < cond->nrequired; i++)
        if (cond->required[i] - f->first_tag < f->ntags)
            plan_set_bit(out->required, cond->required[i] - f->first_tag);
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        if (cond->forbidden[i] - f->first_tag < f->ntags)
            plan_set_bit(out->forbidden, cond->forbidden[i] - f->first_tag);
}

static bool accepts(const struct cut *cut, const uint32_t *shape, uint32_t words)
{
    bool ok = true;
    for (uint32_t w = 0; w < words; w++) {
        ok = ok && (shape[w] & cut->required[w]) == cut->required[w];
        ok = ok && (shape[w] & cut->forbidden[w]) == 0;
        ok = ok && (!cut->exact || shape[w] == cut->required[w]);
    }
    return ok;
}

/* The number of this condition on a MAP look; UINT32_MAX - 1 when it accepts every code. */
#define COND_TRIVIAL (UINT32_MAX - 1)
static uint32_t map_condition(struct conds *c, uint32_t look, const struct plan_field *f,
                              const struct cut *cut)
{
    struct plan *p = c->p;
    uint32_t words = (f->ntags + 31) / 32;
    struct str_buf key;
    str_init(&key);
    str_add_len(&key, (const char *)&look, sizeof look);
    str_add_char(&key, cut->exact ? 'x' : 'r');
    str_add_len(&key, (const char *)cut->required, words * sizeof(uint32_t));
    str_add_len(&key, (const char *)cut->forbidden, words * sizeof(uint32_t));
    struct key_entry *e = key_find(c->keys, key.data, key.len);
    str_free(&key);
    if (e->value != KEY_NEW)
        return e->value;
    uint8_t *accept = ARENA_ARRAY(p->arena, uint8_t, f->ncodes);
    bool all = true;
    for (uint32_t code = 1; code < f->ncodes; code++) {
        accept[code] = accepts(cut, shapes_bits(&f->shapes, f->shape_at[code]), words);
        all = all && accept[code];
    }
    if (all)
        return e->value = COND_TRIVIAL;
    struct look *l = &c->looks.items[look];
    VEC_PUSH(p->arena, &l->accept, accept);
    return e->value = (uint32_t)l->accept.count - 1;
}

/* --- rules --------------------------------------------------------------------------------------
 */

struct rule_builder {
    struct conds *c;
    VEC_OF(struct dd_cond) conds;
};

static void dense_condition(struct rule_builder *b, uint32_t op, uint32_t field,
                            const struct cut *cut)
{
    const struct plan_field *f = &b->c->p->fields[field];
    struct look look = {.kind = DD_MAP, .operand = op, .field = field};
    uint32_t l = look_for(b->c, &look);
    struct dd_cond cond = {l, map_condition(b->c, l, f, cut)};
    if (cond.cond != COND_TRIVIAL)
        VEC_PUSH(b->c->p->arena, &b->conds, cond);
}

static void test_condition(struct rule_builder *b, uint32_t op, uint32_t field, uint32_t mask,
                           uint32_t value, uint32_t wanted)
{
    struct look look = {
        .kind = DD_TEST, .operand = op, .field = field, .mask = mask, .value = value};
    struct dd_cond cond = {look_for(b->c, &look), wanted};
    VEC_PUSH(b->c->p->arena, &b->conds, cond);
}

/* Exact: one test of the whole slot.  Else one test per bit, so that rules share them. */
static void bits_condition(struct rule_builder *b, uint32_t op, uint32_t field,
                           const struct cut *cut)
{
    const struct plan_field *f = &b->c->p->fields[field];
    uint32_t all = (uint32_t)(((uint64_t)1 << f->ntags) - 1);
    if (cut->exact) {
        test_condition(b, op, field, all, cut->required[0], 1);
        return;
    }
    for (uint32_t i = 0; i < f->ntags; i++) {
        uint32_t bit = (uint32_t)1 << i;
        if (cut->required[0] & bit)
            test_condition(b, op, field, bit, bit, 1);
        if (cut->forbidden[0] & bit)
            test_condition(b, op, field, bit, bit, 0);
    }
}

static bool is_listed(const uint32_t *fields, uint32_t n, uint32_t field)
{
    for (uint32_t i = 0; i < n; i++)
        if (fields[i] == field)
            return true;
    return false;
}

/* The fields that a condition says something about. */
static uint32_t touched_fields(struct plan *p, uint32_t decider, const struct ir_cond *cond,
                               uint32_t *fields)
{
    uint32_t n = 0;
    for (uint32_t d = 0; cond->exact && d < p->ir->ndomains; d++)
        for (uint32_t i = 0; plan_writes(p, decider, d) && i < p->domains[d].nfields; i++)
            fields[n++] = p->domains[d].first_field + i;
    for (uint32_t i = 0; i < cond->nrequired + cond->nforbidden; i++) {
        uint32_t tag =
            i < cond->nrequired ? cond->required[i] : cond->forbidden[i - cond->nrequired];
        if (!is_listed(fields, n, p->field_of[tag]))
            fields[n++] = p->field_of[tag];
    }
    return n;
}

static void operand_conditions(struct rule_builder *b, uint32_t decider, uint32_t op,
                               const struct ir_cond *cond)
{
    struct plan *p = b->c->p;
    uint32_t *fields =
        ARENA_ARRAY(p->arena, uint32_t, p->nfields + cond->nrequired + cond->nforbidden + 1);
    uint32_t n = touched_fields(p, decider, cond, fields);
    for (uint32_t i = 0; i < n; i++) {
        struct cut cut;
        const struct plan_field *f = &p->fields[fields[i]];
        cut_condition(p, cond, f, cond->exact && plan_writes(p, decider, f->domain), &cut);
        if (f->kind == POL_FIELD_DENSE)
            dense_condition(b, op, fields[i], &cut);
        else
            bits_condition(b, op, fields[i], &cut);
    }
}

static void rule_conditions(struct conds *c, uint32_t decider, uint32_t rule)
{
    const struct ir_rule *r = &c->p->ir->deciders[decider].rules[rule];
    struct rule_conds *out = &c->rules[decider][rule];
    struct rule_builder b = {.c = c};
    for (uint32_t op = 0; op < POL_OPERANDS; op++) {
        if (r->cond[op].never)
            out->never = true;
        else if (r->cond[op].exact || r->cond[op].nrequired || r->cond[op].nforbidden)
            operand_conditions(&b, decider, op, &r->cond[op]);
    }
    out->conds = b.conds.items;
    out->nconds = (uint32_t)b.conds.count;
}

/* --- what operands can hold ---------------------------------------------------------------------
 */

static bool can_stand(const struct plan_field *f, uint32_t code, uint32_t kinds)
{
    const uint32_t *shape = shapes_bits(&f->shapes, f->shape_at[code]);
    bool empty = true;
    for (uint32_t w = 0; w < f->shapes.words; w++)
        empty = empty && shape[w] == 0;
    return kinds ? (f->shapes.kinds.items[f->shape_at[code]] & kinds) != 0 : empty;
}

const uint8_t *conds_possible(struct conds *c, uint32_t field, uint32_t kinds)
{
    const struct plan_field *f = &c->p->fields[field];
    uint32_t key[3] = {UINT32_MAX, field, kinds}; /* no look begins so */
    struct key_entry *e = key_find(c->keys, key, sizeof key);
    if (e->value == KEY_NEW) {
        uint8_t *possible = ARENA_ARRAY(c->p->arena, uint8_t, f->ncodes + 1);
        for (uint32_t code = 1; code < f->ncodes; code++)
            possible[code] = can_stand(f, code, kinds);
        e->value = (uint32_t)c->possible.count;
        VEC_PUSH(c->p->arena, &c->possible, possible);
    }
    return c->possible.items[e->value];
}

static uint8_t *chances_for(struct conds *c, struct look *look, uint32_t kinds)
{
    for (size_t i = 0; i < look->chances.count; i++)
        if (look->chances.items[i].kinds == kinds)
            return look->chances.items[i].of_cond;
    struct look_chances fresh = {kinds, ARENA_ARRAY(c->p->arena, uint8_t, look->accept.count + 1)};
    VEC_PUSH(c->p->arena, &look->chances, fresh);
    return fresh.of_cond;
}

static enum chance map_chance(struct conds *c, const struct look *look, uint32_t cond,
                              uint32_t kinds)
{
    const uint8_t *possible = conds_possible(c, look->field, kinds);
    const uint8_t *accept = look->accept.items[cond];
    bool some = false, all = true;
    for (uint32_t code = 1; code < c->p->fields[look->field].ncodes; code++) {
        some = some || (possible[code] && accept[code]);
        all = all && (!possible[code] || accept[code]);
    }
    return !some ? CHANCE_NEVER : all ? CHANCE_ALWAYS : CHANCE_OPEN;
}

enum chance conds_chance(struct conds *c, const struct dd_cond *cond,
                         const uint8_t kinds[POL_OPERANDS])
{
    struct look *look = &c->looks.items[cond->var];
    if (look->kind == DD_TEST) {
        if (kinds[look->operand])
            return CHANCE_OPEN;
        bool holds = look->value == 0; /* {} has no bit */
        return holds == (cond->cond != 0) ? CHANCE_ALWAYS : CHANCE_NEVER;
    }
    uint8_t *chance = &chances_for(c, look, kinds[look->operand])[cond->cond];
    if (*chance == CHANCE_UNKNOWN)
        *chance = (uint8_t)map_chance(c, look, cond->cond, kinds[look->operand]);
    return (enum chance) * chance;
}

/* --- comparisons --------------------------------------------------------------------------------
 */

static void sign_int(const struct ir *ir, struct str_buf *key, struct ir_int_id id)
{
    const struct ir_int *x = &ir->ints[id.v];
    str_printf(key, "(%d:%lld:%d.%u.%u:%u.%u.%u", (int)x->kind, (long long)x->value, (int)x->ref.op,
               x->ref.tag, x->ref.arg, x->counter, x->new_index, x->lattice);
    if (x->kind >= IR_INT_ADD) {
        sign_int(ir, key, x->a);
        sign_int(ir, key, x->b);
    }
    str_add_char(key, ')');
}

static void sign_ref(struct str_buf *key, const struct ir_ref *r)
{
    str_printf(key, "%d.%u.%u", (int)r->op, r->tag, r->arg);
}

static void sign_relation(const struct ir *ir, const struct ir_guard *g, struct str_buf *key)
{
    str_printf(key, "in %u", g->relation);
    for (uint32_t i = 0; i < ir->relations[g->relation].nargs; i++)
        sign_int(ir, key, g->args[i]);
}

/* The same for a comparison and its negation: x != y and x <= y are those of x == y and y < x; and
 * for x == y and y == x. */
static void sign_atom(const struct ir *ir, const struct ir_guard *g, struct str_buf *key)
{
    struct str_buf left, right;
    bool less = g->kind == IR_GUARD_LT || g->kind == IR_GUARD_LE;
    bool set = g->kind == IR_GUARD_SETEQ;
    if (g->kind == IR_GUARD_RELATION) {
        sign_relation(ir, g, key);
        return;
    }
    str_init(&left);
    str_init(&right);
    if (set) {
        sign_ref(&left, &g->r);
        sign_ref(&right, &g->s);
    } else {
        sign_int(ir, &left, g->kind == IR_GUARD_LE ? g->y : g->x);
        sign_int(ir, &right, g->kind == IR_GUARD_LE ? g->x : g->y);
    }
    bool swap = !less && strcmp(left.data, right.data) > 0;
    str_printf(key, "%s %s %s",
               set    ? "set"
               : less ? "lt"
                      : "eq",
               swap ? right.data : left.data, swap ? left.data : right.data);
    str_free(&left);
    str_free(&right);
}

static uint32_t argument_for(struct conds *c, const struct ir_ref *ref)
{
    const struct plan *p = c->p;
    uint32_t slot = p->lanes[p->first_lane[ref->tag] + ref->arg].slot;
    uint32_t key[5] = {UINT32_MAX, (uint32_t)ref->op, ref->tag, ref->arg, 0};
    struct key_entry *e = key_find(c->keys, key, sizeof key);
    if (e->value == KEY_NEW) {
        struct look_argument a = {(uint32_t)ref->op, slot,
                                  p->ir->space->tags[ref->tag].args[ref->arg].limit};
        e->value = (uint32_t)c->arguments.count;
        VEC_PUSH(p->arena, &c->arguments, a);
    }
    return e->value;
}

static uint64_t clamp(int64_t value, uint64_t limit)
{
    return value < 0 ? 0 : (uint64_t)value < limit ? (uint64_t)value : limit;
}

/* For which values the look of this comparison is true, where it is one with a constant. */
static void find_range(struct conds *c, const struct ir_guard *g, struct look *look)
{
    bool less = g->kind == IR_GUARD_LT || g->kind == IR_GUARD_LE;
    if (g->kind == IR_GUARD_SETEQ || g->kind == IR_GUARD_RELATION)
        return;
    const struct ir_int *x = &c->p->ir->ints[g->kind == IR_GUARD_LE ? g->y.v : g->x.v];
    const struct ir_int *y = &c->p->ir->ints[g->kind == IR_GUARD_LE ? g->x.v : g->y.v];
    const struct ir_int *arg = x->kind == IR_INT_ARG ? x : y, *number = arg == x ? y : x;
    if (arg->kind != IR_INT_ARG || number->kind != IR_INT_CONST)
        return;
    uint32_t argument = argument_for(c, &arg->ref);
    uint64_t limit = c->arguments.items[argument].limit;
    uint64_t at = clamp(number->value, limit);
    uint64_t after = number->value < 0 || at == limit ? at : at + 1;
    look->argument = argument + 1;
    look->first = !less ? at : arg == x ? 0 : after;
    look->end = !less ? after : arg == x ? at : limit;
}

static void find_atom(struct conds *c, uint32_t guard)
{
    const struct ir_guard *g = &c->p->ir->guards[guard];
    struct str_buf key;
    str_init(&key);
    sign_atom(c->p->ir, g, &key);
    struct key_entry *e = key_find(c->keys, key.data, key.len);
    str_free(&key);
    if (e->value == KEY_NEW) {
        struct look look = {.kind = DD_ATOM, .atom = guard};
        e->value = (uint32_t)c->looks.count;
        VEC_PUSH(c->p->arena, &c->looks, look);
    }
    uint32_t at = e->value;
    if (c->looks.items[at].atom == guard)
        find_range(c, g, &c->looks.items[at]);
    c->atom_look[guard] = at + 1;
}

static void find_atoms(struct conds *c, uint32_t guard)
{
    const struct ir_guard *g = &c->p->ir->guards[guard];
    if (c->atom_look[guard])
        return;
    if (g->kind == IR_GUARD_NOT || g->kind == IR_GUARD_AND || g->kind == IR_GUARD_OR) {
        find_atoms(c, g->a.v);
        if (g->kind != IR_GUARD_NOT)
            find_atoms(c, g->b.v);
    } else if (g->kind != IR_GUARD_TRUE && g->kind != IR_GUARD_FALSE) {
        find_atom(c, guard);
    }
}

static void decider_conds(struct conds *c, uint32_t decider)
{
    const struct ir_decider *d = &c->p->ir->deciders[decider];
    c->rules[decider] = ARENA_ARRAY(c->p->arena, struct rule_conds, d->nrules + 1);
    for (uint32_t r = 0; r < d->nrules; r++) {
        rule_conditions(c, decider, r);
        if (d->rules[r].guard.v != IR_NONE)
            find_atoms(c, d->rules[r].guard.v);
    }
}

void conds_of_plan(struct plan *p, struct conds *out)
{
    memset(out, 0, sizeof *out);
    out->p = p;
    out->rules = ARENA_ARRAY(p->arena, struct rule_conds *, p->ir->ndeciders + 1);
    out->atom_look = ARENA_ARRAY(p->arena, uint32_t, p->ir->nguards + 1);
    out->keys = keys_new(p->arena);
    for (uint32_t d = 0; d < p->ir->ndeciders; d++)
        decider_conds(out, d);
}
