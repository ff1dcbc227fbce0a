/* From IR conditions to looks; see conds.h. */
#include <string.h>
#include "compiler/table/conds.h"
#include "lang/support/str.h"

/* Byte keys -> numbers, for sharing looks and conditions. */
struct keys {
    struct arena *arena;
    struct key_entry {
        const char *key;
        size_t length;
        uint32_t value;
    } * table;
    uint32_t size, used;
};

static uint32_t key_hash(const char *s, size_t n)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 0x100000001B3u;
    return (uint32_t)(h >> 32 ^ h);
}

static struct key_entry *key_slot(const struct keys *k, const char *key, size_t n)
{
    uint32_t at = key_hash(key, n) & (k->size - 1);
    while (k->table[at].key && (k->table[at].length != n || memcmp(k->table[at].key, key, n) != 0))
        at = (at + 1) & (k->size - 1);
    return &k->table[at];
}

/* The entry for a key; new ones have value UINT32_MAX. */
static struct key_entry *key_find(struct keys *k, const char *key, size_t n)
{
    if (k->used * 2 >= k->size) {
        struct keys old = *k;
        k->size = old.size ? old.size * 2 : 64;
        k->table = ARENA_ARRAY(k->arena, struct key_entry, k->size);
        for (uint32_t i = 0; i < old.size; i++)
            if (old.table[i].key)
                *key_slot(k, old.table[i].key, old.table[i].length) = old.table[i];
    }
    struct key_entry *e = key_slot(k, key, n);
    if (!e->key) {
        char *copy = arena_alloc(k->arena, n + 1);
        memcpy(copy, key, n);
        *e = (struct key_entry){copy, n, UINT32_MAX};
        k->used++;
    }
    return e;
}

static uint32_t look_for(struct decider_conds *c, const struct look *look)
{
    uint32_t key[6] = {(uint32_t)look->kind, look->operand, look->field,
                       look->mask,           look->value,   look->atom};
    struct key_entry *e = key_find(c->keys, (const char *)key, sizeof key);
    if (e->value == UINT32_MAX) {
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
static uint32_t map_condition(struct decider_conds *c, uint32_t look, const struct plan_field *f,
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
    if (e->value != UINT32_MAX)
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
    struct decider_conds *c;
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

static void rule_conditions(struct decider_conds *c, uint32_t rule)
{
    const struct ir_rule *r = &c->p->ir->deciders[c->decider].rules[rule];
    struct rule_builder b = {.c = c};
    for (uint32_t op = 0; op < POL_OPERANDS; op++) {
        if (r->cond[op].never)
            c->rules[rule].never = true;
        else if (r->cond[op].exact || r->cond[op].nrequired || r->cond[op].nforbidden)
            operand_conditions(&b, c->decider, op, &r->cond[op]);
    }
    c->rules[rule].conds = b.conds.items;
    c->rules[rule].nconds = (uint32_t)b.conds.count;
}

/* --- comparisons --------------------------------------------------------------------------------
 */

static void sign_int(const struct ir *ir, struct str_buf *key, struct ir_int_id id)
{
    const struct ir_int *x = &ir->ints[id.v];
    str_printf(key, "(%d:%lld:%d.%u.%u:%u.%u", (int)x->kind, (long long)x->value, (int)x->ref.op,
               x->ref.tag, x->ref.arg, x->counter, x->new_index);
    if (x->kind >= IR_INT_ADD) {
        sign_int(ir, key, x->a);
        sign_int(ir, key, x->b);
    }
    str_add_char(key, ')');
}

static void find_atoms(struct decider_conds *c, uint32_t guard)
{
    const struct ir *ir = c->p->ir;
    const struct ir_guard *g = &ir->guards[guard];
    struct str_buf key;
    if (c->atom_look[guard])
        return;
    if (g->kind == IR_GUARD_NOT || g->kind == IR_GUARD_AND || g->kind == IR_GUARD_OR) {
        find_atoms(c, g->a.v);
        if (g->kind != IR_GUARD_NOT)
            find_atoms(c, g->b.v);
        return;
    }
    if (g->kind == IR_GUARD_TRUE || g->kind == IR_GUARD_FALSE)
        return;
    str_init(&key);
    /* x != y and x <= y are the negations of x == y and y < x, so they share its look. */
    bool less = g->kind == IR_GUARD_LT || g->kind == IR_GUARD_LE;
    str_printf(&key, "%s", g->kind == IR_GUARD_SETEQ ? "set" : less ? "lt" : "eq");
    if (g->kind == IR_GUARD_SETEQ)
        str_printf(&key, "%d.%u.%u=%d.%u.%u", (int)g->r.op, g->r.tag, g->r.arg, (int)g->s.op,
                   g->s.tag, g->s.arg);
    else {
        sign_int(ir, &key, g->kind == IR_GUARD_LE ? g->y : g->x);
        sign_int(ir, &key, g->kind == IR_GUARD_LE ? g->x : g->y);
    }
    struct key_entry *e = key_find(c->keys, key.data, key.len);
    str_free(&key);
    if (e->value == UINT32_MAX) {
        struct look look = {.kind = DD_ATOM, .atom = guard};
        e->value = (uint32_t)c->looks.count;
        VEC_PUSH(c->p->arena, &c->looks, look);
    }
    c->atom_look[guard] = e->value + 1;
}

uint32_t conds_atom(const struct decider_conds *c, uint32_t guard)
{
    return c->atom_look[guard] - 1;
}

void conds_of_decider(struct plan *p, uint32_t decider, struct decider_conds *out)
{
    const struct ir_decider *d = &p->ir->deciders[decider];
    memset(out, 0, sizeof *out);
    out->p = p;
    out->decider = decider;
    out->rules = ARENA_ARRAY(p->arena, struct rule_conds, d->nrules + 1);
    out->atom_look = ARENA_ARRAY(p->arena, uint32_t, p->ir->nguards + 1);
    out->keys = ARENA_NEW(p->arena, struct keys);
    out->keys->arena = p->arena;
    for (uint32_t r = 0; r < d->nrules; r++) {
        rule_conditions(out, r);
        if (d->rules[r].guard.v != IR_NONE)
            find_atoms(out, d->rules[r].guard.v);
    }
}
