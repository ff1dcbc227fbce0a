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

/* A value as one opaque word; equal values give the same. */
static uint32_t pack(struct scene *sc, const void *key, size_t size, int64_t lo)
{
    bool added;
    uint32_t number = vf_keys_add(sc->packs, key, size, &added);
    return sym_source(sc->s, SYM_PACK, number, 0, lo, UINT32_MAX);
}

/* Bits beside a value that is none, and codes beside an opaque word, become opaque words too. */
void vf_value_alike(struct scene *sc, struct vf_value *x, struct vf_value *y)
{
    struct vf_value *narrow = x->wide ? y : x, *wide = x->wide ? x : y;
    if (x->wide != y->wide) {
        if (!vf_value_widen(sc->s, narrow, narrow))
            *wide = vf_value_of(pack(sc, wide->bit, sizeof wide->bit, 0));
        return;
    }
    if (x->wide || x->x == y->x || (sym_is_leaf(x->x) && sym_is_leaf(y->x)))
        return;
    bool opaque = sym_has_word(sc->s, x->x);
    if (opaque == sym_has_word(sc->s, y->x))
        return;
    struct vf_value *code = opaque ? y : x;
    if (!sym_is_leaf(code->x))
        code->x = pack(sc, &code->x, sizeof code->x, 0);
}

uint32_t vf_value_equal(struct scene *sc, const struct vf_value *x, const struct vf_value *y)
{
    struct sym *s = sc->s;
    struct vf_value a = *x, b = *y;
    uint32_t equal = SYM_TRUE;
    vf_value_alike(sc, &a, &b);
    if (!a.wide)
        return a.x == b.x ? SYM_TRUE : sym_binary(s, SYM_EQ, a.x, b.x);
    for (uint32_t i = 32; i-- > 0;)
        if (a.bit[i] != b.bit[i])
            equal = sym_and(s, sym_ite(s, a.bit[i], b.bit[i], sym_not(s, b.bit[i])), equal);
    return equal;
}

struct vf_value vf_value_ite(struct scene *sc, uint32_t cond, const struct vf_value *x,
                             const struct vf_value *y)
{
    struct vf_value a = *x, b = *y;
    vf_value_alike(sc, &a, &b);
    if (!a.wide)
        return vf_value_of(sym_ite(sc->s, cond, a.x, b.x));
    for (uint32_t i = 0; i < 32; i++)
        a.bit[i] = sym_ite(sc->s, cond, a.bit[i], b.bit[i]);
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
    sc->packs = vf_keys_new(arena);
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

static bool is_open(const struct scene *sc, uint32_t op, uint32_t set_arg)
{
    return sc->opened[op] && sc->opened[op][set_arg];
}

/* A field inside a TagSet argument that is read as a set. */
static struct vf_value open_field(struct scene *sc, uint32_t op, uint32_t slot, uint32_t field)
{
    const struct pol_prt_field *f = &sc->v->t->fields[field];
    const struct enc_field *e = &sc->v->fields[field];
    struct vf_value r = {.wide = true};
    const uint32_t both[2] = {SYM_FALSE, SYM_TRUE};
    if (f->kind == POL_FIELD_DENSE) {
        const uint64_t *nested = e->of_kind + (size_t)7 * e->set_words; /* POL_KIND_NESTED */
        return code_slot(sc, op, slot, field, nested);
    }
    for (uint32_t b = 0; b < 32; b++) {
        bool absent = b >= f->ntags || sc->v->ir->space->tags[e->tags[b]].has_set_arg;
        r.bit[b] = absent ? SYM_FALSE : sym_node(sc->s, sym_var(op, slot, b), 2, both);
    }
    r.bit[31] = SYM_TRUE;
    return r;
}

/* 0 where the tag with the argument is absent. */
static struct vf_value nested_field_slot(struct scene *sc, uint32_t op, uint32_t slot)
{
    const struct pol_prt_slot *d = &sc->v->t->slots[slot];
    uint32_t there = vf_scene_has(sc, op, sc->v->tag_of_arg[d->set_arg]);
    const struct vf_value zero = vf_value_of(SYM_FALSE);
    struct vf_value word = is_open(sc, op, d->set_arg)
                               ? open_field(sc, op, slot, d->index)
                               : vf_value_of(sym_source(sc->s, SYM_WORD, op, slot, 1, UINT32_MAX));
    return vf_value_ite(sc, there, &word, &zero);
}

/* Presence of the tag of an argument that stands in a slot. */
static uint32_t lane_there(struct scene *sc, uint32_t op, uint32_t slot, uint32_t arg)
{
    const struct pol_prt_slot *d = &sc->v->t->slots[slot];
    return d->kind == POL_SLOT_LANE
               ? vf_scene_has(sc, op, sc->v->tag_of_arg[arg])
               : vf_scene_nested_has(sc, op, d->set_arg, sc->v->tag_of_arg[arg]);
}

/* A lane in a TagSet argument that is not read as a set. */
static uint32_t closed_lane(struct scene *sc, uint32_t op, uint32_t slot)
{
    const struct vf *v = sc->v;
    uint32_t max = 0;
    for (uint32_t i = v->lane_first[slot]; i < v->lane_first[slot + 1]; i++)
        max = v->t->args[v->lane_args[i]].max > max ? v->t->args[v->lane_args[i]].max : max;
    uint32_t there = vf_scene_has(sc, op, v->tag_of_arg[v->t->slots[slot].set_arg]);
    return sym_ite(sc->s, there, sym_source(sc->s, SYM_LANE, op, slot, 0, max), SYM_FALSE);
}

/* An argument: of the tag that is there, 0 where none is. */
static struct vf_value lane_slot(struct scene *sc, uint32_t op, uint32_t slot)
{
    const struct vf *v = sc->v;
    const struct pol_prt_slot *d = &v->t->slots[slot];
    uint32_t x = SYM_FALSE;
    if (d->kind == POL_SLOT_NESTED_LANE && !is_open(sc, op, d->set_arg))
        return vf_value_of(closed_lane(sc, op, slot));
    for (uint32_t i = v->lane_first[slot]; i < v->lane_first[slot + 1]; i++) {
        uint32_t arg = v->lane_args[i], max = v->t->args[arg].max;
        uint32_t value = vf_sharing(v, slot) > 1 ? sym_shared_lane(sc->s, op, slot, arg, max)
                                                 : sym_source(sc->s, SYM_LANE, op, slot, 0, max);
        x = sym_ite(sc->s, lane_there(sc, op, slot, arg), value, x);
    }
    return vf_value_of(x);
}

struct vf_value vf_scene_arg(struct scene *sc, uint32_t op, uint32_t set_arg, uint32_t arg)
{
    uint32_t slot =
        set_arg == POL_NONE ? sc->v->t->args[arg].slot : vf_region_slot(sc->v, set_arg, true, arg);
    struct vf_value value = *vf_scene_slot(sc, op, slot);
    if (vf_sharing(sc->v, slot) > 1)
        value.x = sym_ite(sc->s, lane_there(sc, op, slot, arg), value.x, SYM_FALSE);
    return value;
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
    return shape > 0 && shape < c->e->nshapes &&
           vf_bit(vf_shape_bits(c->e, (uint32_t)shape), c->bit);
}

uint32_t vf_value_has(struct scene *sc, const struct vf_value *value, uint32_t tag)
{
    uint32_t field = sc->v->field_of[tag];
    if (value->wide)
        return value->bit[sc->v->bit_of[tag]];
    for (uint32_t i = 0; i < value->napart; i++)
        if (value->apart[i].tag == tag)
            return value->apart[i].has;
    struct has_context context = {&sc->v->fields[field], sc->v->bit_of[tag]};
    struct sym_fn fn = {has_bit, &context, false};
    uint32_t there = sym_apply1(sc->s, &fn, value->x);
    if (fn.bad)
        abort(); /* sets are made of codes */
    return there;
}

uint32_t vf_scene_has(struct scene *sc, uint32_t op, uint32_t tag)
{
    return vf_value_has(sc, vf_scene_slot(sc, op, sc->v->t->fields[sc->v->field_of[tag]].slot),
                        tag);
}

uint32_t vf_scene_nested_has(struct scene *sc, uint32_t op, uint32_t set_arg, uint32_t tag)
{
    uint32_t slot = vf_region_slot(sc->v, set_arg, false, sc->v->field_of[tag]);
    return vf_value_has(sc, vf_scene_slot(sc, op, slot), tag);
}
