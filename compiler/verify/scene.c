/* Operands as symbolic words: what can stand in each slot, under a rule's conditions. */
#include <stdlib.h>
#include <string.h>

#include "compiler/verify/internal.h"

/* --- values of slots ----------------------------------------------------------------------------
 */

struct vf_value vf_value_of(uint32_t x)
{
    struct vf_value v = {.wide = false, .x = x};
    return v;
}

bool vf_value_widen(struct sym *s, const struct vf_value *x, struct vf_value *wide)
{
    int64_t value;
    *wide = *x;
    if (x->wide)
        return true;
    if (!sym_is_const(s, x->x, &value) || value < 0 || value > UINT32_MAX)
        return false;
    wide->wide = true;
    for (uint32_t b = 0; b < 32; b++)
        wide->bit[b] = (uint64_t)value >> b & 1 ? SYM_TRUE : SYM_FALSE;
    return true;
}

bool vf_value_equal(struct sym *s, const struct vf_value *x, const struct vf_value *y, uint32_t *equal)
{
    struct vf_value a, b;
    *equal = SYM_TRUE;
    if (!x->wide && !y->wide) {
        if (x->x != y->x)
            *equal = sym_binary(s, SYM_EQ, x->x, y->x);
        return true;
    }
    if (!vf_value_widen(s, x, &a) || !vf_value_widen(s, y, &b))
        return false;
    for (uint32_t i = 32; i-- > 0;)
        if (a.bit[i] != b.bit[i])
            *equal = sym_and(s, sym_ite(s, a.bit[i], b.bit[i], sym_not(s, b.bit[i])), *equal);
    return true;
}

struct vf_value vf_value_ite(struct sym *s, uint32_t cond, const struct vf_value *x, const struct vf_value *y,
                     bool *ok)
{
    struct vf_value a, b;
    *ok = true;
    if (!x->wide && !y->wide)
        return vf_value_of(sym_ite(s, cond, x->x, y->x));
    *ok = vf_value_widen(s, x, &a) && vf_value_widen(s, y, &b);
    for (uint32_t i = 0; *ok && i < 32; i++)
        a.bit[i] = sym_ite(s, cond, a.bit[i], b.bit[i]);
    return a;
}

/* --- operands -----------------------------------------------------------------------------------
 */

void vf_scene_init(struct scene *sc, struct vf *v, struct arena *arena, uint32_t decider)
{
    memset(sc, 0, sizeof *sc);
    sc->v = v;
    sc->s = &v->sym;
    sc->arena = arena;
    sc->decider = decider;
    sc->slots = ARENA_ARRAY(arena, struct vf_value *, (size_t)POL_OPERANDS * v->t->n_slots + 1);
}

/* Codes that the operand can have, each itself. */
static struct vf_value code_slot(struct scene *sc, uint32_t op, uint32_t slot, uint32_t field,
                             const uint64_t *codes)
{
    uint32_t n = sc->v->t->fields[field].ncodes;
    uint32_t *children = ARENA_ARRAY(sc->arena, uint32_t, n);
    for (uint32_t c = 0; c < n; c++)
        children[c] = vf_in(codes, c) ? sym_const(sc->s, c) : SYM_UNDEF;
    return vf_value_of(sym_node(sc->s, sym_var(op, slot, 0), n, children));
}

static struct vf_value field_slot(struct scene *sc, uint32_t op, uint32_t slot, uint32_t field)
{
    struct vf *v = sc->v;
    struct vf_cut cut = {.field = field};
    static const struct ir_cond anything = {.required = NULL};
    vf_cut(v, sc->arena, sc->decider, sc->cond[op] ? sc->cond[op] : &anything, field, &cut);
    if (vf_dense(v, field)) {
        uint64_t *codes = vf_codes(v, sc->arena, field, sc->kinds[op]);
        vf_narrow(v, &cut, codes);
        for (uint32_t w = 0; sc->allow[op] && w < v->fields[field].set_words; w++)
            codes[w] &= sc->allow[op][field][w];
        return code_slot(sc, op, slot, field, codes);
    }
    struct vf_value r = {.wide = true};
    const uint32_t both[2] = {SYM_FALSE, SYM_TRUE};
    for (uint32_t b = 0; b < 32; b++) {
        bool absent = b >= v->t->fields[field].ntags || sc->kinds[op] == 0;
        if (b == 31)
            r.bit[b] = SYM_TRUE;
        else if (!absent && (cut.required[0] >> b & 1u))
            r.bit[b] = SYM_TRUE;
        else if (absent || cut.exact || (cut.forbidden[0] >> b & 1u))
            r.bit[b] = SYM_FALSE;
        else
            r.bit[b] = sym_node(sc->s, sym_var(op, slot, b), 2, both);
    }
    return r;
}

/* A field inside a TagSet argument: 0 where the tag with the argument is absent. */
static struct vf_value nested_field_slot(struct scene *sc, uint32_t op, uint32_t slot)
{
    struct vf *v = sc->v;
    const struct pol_prt_slot *d = &v->t->slots[slot];
    uint32_t there = vf_scene_has(sc, op, v->tag_of_arg[d->set_arg]);
    const struct vf_value zero = vf_value_of(SYM_FALSE);
    bool ok;
    if (vf_dense(v, d->index)) {
        const struct enc_field *e = &v->fields[d->index];
        uint32_t bit = 7; /* POL_KIND_NESTED */
        struct vf_value code = code_slot(sc, op, slot, d->index,
                                     e->of_kind + (size_t)bit * e->set_words);
        return vf_value_ite(sc->s, there, &code, &zero, &ok);
    }
    struct vf_value r = {.wide = true};
    const uint32_t both[2] = {SYM_FALSE, SYM_TRUE};
    for (uint32_t b = 0; b < 32; b++) {
        const struct pol_prt_field *f = &v->t->fields[d->index];
        bool absent = b >= f->ntags ||
                      v->ir->space->tags[v->t->field_tags[f->first_tag + b]].has_set_arg;
        r.bit[b] = absent ? SYM_FALSE : sym_node(sc->s, sym_var(op, slot, b), 2, both);
    }
    r.bit[31] = SYM_TRUE;
    return vf_value_ite(sc->s, there, &r, &zero, &ok);
}

/* An argument: 0 where its tag is absent. */
static struct vf_value lane_slot(struct scene *sc, uint32_t op, uint32_t slot)
{
    struct vf *v = sc->v;
    const struct pol_prt_slot *d = &v->t->slots[slot];
    uint32_t tag = v->tag_of_arg[d->index];
    uint32_t there = d->kind == POL_SLOT_LANE ? vf_scene_has(sc, op, tag)
                                              : vf_scene_nested_has(sc, op, d->set_arg, tag);
    uint32_t x = sym_source(sc->s, SYM_LANE, op, slot, 0, v->t->args[d->index].max);
    return vf_value_of(sym_ite(sc->s, there, x, SYM_FALSE));
}

const struct vf_value *vf_scene_slot(struct scene *sc, uint32_t op, uint32_t slot)
{
    struct vf_value **at = &sc->slots[(size_t)op * sc->v->t->n_slots + slot];
    if (*at)
        return *at;
    const struct pol_prt_slot *d = &sc->v->t->slots[slot];
    struct vf_value value;
    if (d->kind == POL_SLOT_FIELD)
        value = field_slot(sc, op, slot, d->index);
    else if (d->kind == POL_SLOT_NESTED_FIELD)
        value = nested_field_slot(sc, op, slot);
    else
        value = lane_slot(sc, op, slot);
    *at = ARENA_NEW(sc->arena, struct vf_value);
    **at = value;
    return *at;
}

/* --- presence -----------------------------------------------------------------------------------
 */

struct has_context {
    const struct enc_field *e;
    uint32_t bit;
};

static int64_t has_bit(void *context, int64_t shape, int64_t unused)
{
    const struct has_context *c = context;
    (void)unused;
    return shape != 0 && vf_bit(vf_shape_bits(c->e, (uint32_t)shape), c->bit);
}

uint32_t vf_value_has(struct scene *sc, const struct vf_value *value, uint32_t tag)
{
    uint32_t field = sc->v->field_of[tag];
    if (value->wide)
        return value->bit[sc->v->bit_of[tag]];
    struct has_context context = {&sc->v->fields[field], sc->v->bit_of[tag]};
    struct sym_fn fn = {has_bit, &context, false};
    uint32_t there = sym_apply1(sc->s, &fn, value->x);
    if (fn.bad)
        abort(); /* sets are made of codes */
    return there;
}

uint32_t vf_scene_has(struct scene *sc, uint32_t op, uint32_t tag)
{
    return vf_value_has(sc, vf_scene_slot(sc, op, sc->v->t->fields[sc->v->field_of[tag]].slot), tag);
}

uint32_t vf_scene_nested_has(struct scene *sc, uint32_t op, uint32_t set_arg, uint32_t tag)
{
    uint32_t slot = vf_region_slot(sc->v, set_arg, false, sc->v->field_of[tag]);
    return vf_value_has(sc, vf_scene_slot(sc, op, slot), tag);
}
