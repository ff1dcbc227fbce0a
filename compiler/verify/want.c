/* What the IR wants: set expressions and merges, tag by tag, on symbolic words.
 *
 * A set is the values of the slots of its scope (the domains that the decider writes), absent
 * arguments being 0.  Arguments that share a slot have places of their own until the end: on the
 * way to a result tags may be together that are not in it. */
#include <stdlib.h>
#include <string.h>

#include "compiler/verify/internal.h"

struct scope {
    struct scene *sc;
    struct sym *s;
    struct vf *v;
    struct effect *e;
    uint32_t lo, hi; /* domains */
    uint32_t first_slot, end_slot, first_tag, end_tag;
    uint32_t first_field, end_field;
};

/* Values by slot - first_slot; behind them those of arguments that have another place. */
struct set {
    struct vf_value *at;
};

static struct scope make_scope(struct scene *sc, struct effect *e, uint32_t lo, uint32_t hi)
{
    struct vf *v = sc->v;
    const struct pol_prt_domain *first = &v->t->domains[lo], *last = &v->t->domains[hi - 1];
    return (struct scope){sc,
                          sc->s,
                          v,
                          e,
                          lo,
                          hi,
                          first->first_slot,
                          last->first_slot + last->nslots,
                          v->domain_tag[lo],
                          v->domain_tag_end[hi - 1],
                          first->first_field,
                          last->first_field + last->nfields};
}

static const struct pol_tag_info *info(const struct scope *p, uint32_t tag)
{
    return &p->v->ir->space->tags[tag];
}

static const struct pol_prt_arg *arg_at(const struct scope *p, uint32_t tag, uint32_t k)
{
    return &p->v->t->args[p->v->t->tags[tag].first_arg + k];
}

/* A slot or a place. */
static struct vf_value *slot_of(const struct scope *p, struct set set, uint32_t slot)
{
    uint32_t nslots = p->v->t->n_slots;
    return slot < nslots ? &set.at[slot - p->first_slot]
                         : &set.at[p->end_slot - p->first_slot + (slot - nslots)];
}

/* Where a set has argument k of the tag: as many places as it has slots. */
static uint32_t place_of(const struct scope *p, uint32_t tag, uint32_t k)
{
    return p->v->place_of_arg[p->v->t->tags[tag].first_arg + k];
}

static uint32_t set_size(const struct scope *p)
{
    return p->end_slot - p->first_slot + (p->v->nplaces - p->v->t->n_slots);
}

static struct vf_value *field_of(const struct scope *p, struct set set, uint32_t field)
{
    return slot_of(p, set, p->v->t->fields[field].slot);
}

static struct set new_set(struct scope *p)
{
    struct set set = {ARENA_ARRAY(p->sc->arena, struct vf_value, set_size(p) + 1)};
    for (uint32_t i = 0; i < set_size(p); i++)
        set.at[i] = vf_value_of(SYM_FALSE);
    return set;
}

static struct vf_value empty_field(struct scope *p, uint32_t field)
{
    struct vf_value value = vf_value_of(sym_const(p->s, p->v->t->fields[field].empty)), wide;
    if (vf_dense(p->v, field) || !vf_value_widen(p->s, &value, &wide))
        return value;
    return wide;
}

static struct set empty_set(struct scope *p)
{
    struct set set = new_set(p);
    for (uint32_t f = p->first_field; f < p->end_field; f++)
        *field_of(p, set, f) = empty_field(p, f);
    return set;
}

static struct set copy_set(struct scope *p, struct set from)
{
    struct set set = new_set(p);
    memcpy(set.at, from.at, set_size(p) * sizeof *set.at);
    return set;
}

static struct set operand_set(struct scope *p, uint32_t op)
{
    struct set set = new_set(p);
    for (uint32_t s = p->first_slot; s < p->end_slot; s++)
        *slot_of(p, set, s) = *vf_scene_slot(p->sc, op, s);
    for (uint32_t t = p->first_tag; t < p->end_tag; t++)
        for (uint32_t k = 0; k < info(p, t)->nargs; k++) {
            uint32_t arg = p->v->t->tags[t].first_arg + k;
            if (p->v->sharing[arg])
                *slot_of(p, set, place_of(p, t, k)) = vf_scene_arg(p->sc, op, POL_NONE, arg);
        }
    return set;
}

/* Is the slot of the set's scope? */
static bool covers(const struct scope *p, uint32_t slot)
{
    return slot >= p->first_slot && slot < p->end_slot;
}

/* A TagSet argument's contents, what is in scope of them. */
static struct set argument_set(struct scope *p, const struct ir_ref *ref)
{
    struct set set = empty_set(p);
    const struct pol_prt_arg *a = arg_at(p, ref->tag, ref->arg);
    for (uint32_t s = a->slot; s < a->slot + a->nslots; s++) {
        const struct pol_prt_slot *d = &p->v->t->slots[s];
        bool field = d->kind == POL_SLOT_NESTED_FIELD;
        if (!covers(p, field ? p->v->t->fields[d->index].slot : p->v->t->args[d->index].slot))
            continue;
        if (field)
            *field_of(p, set, d->index) = *vf_scene_slot(p->sc, ref->op, s);
        for (uint32_t i = p->v->lane_first[s]; i < p->v->lane_first[s + 1]; i++)
            *slot_of(p, set, p->v->place_of_arg[p->v->lane_args[i]]) =
                vf_scene_arg(p->sc, ref->op, d->set_arg, p->v->lane_args[i]);
    }
    return set;
}

static uint32_t has(struct scope *p, struct set set, uint32_t tag)
{
    return vf_value_has(p->sc, field_of(p, set, p->v->field_of[tag]), tag);
}

/* --- shapes -------------------------------------------------------------------------------------
 */

enum combine { UNION, INTER, MERGE, MISSING, WITH, WITHOUT };
struct shape_context {
    struct scope *p;
    struct enc_field *e;
    enum combine how;
    uint32_t bit;
};

static bool combine_bit(enum combine how, bool x, bool y, bool all)
{
    switch (how) {
    case UNION:
        return x || y;
    case INTER:
        return x && y;
    case MERGE:
        return all ? x && y : x || y;
    default:
        return x && (y || !all);
    }
}

static int64_t combine_shapes(void *context, int64_t x, int64_t y)
{
    struct shape_context *c = context;
    struct enc_field *e = c->e;
    uint32_t small[8] = {0};
    uint32_t *bits = e->words <= 8 ? small : ARENA_ARRAY(c->p->sc->arena, uint32_t, e->words);
    for (uint32_t i = 0; i < e->f->ntags; i++) {
        bool a = vf_bit(vf_shape_bits(e, (uint32_t)x), i);
        bool b = vf_bit(vf_shape_bits(e, (uint32_t)y), i);
        if (combine_bit(c->how, a, b, info(c->p, e->tags[i])->merge_all))
            bits[i / 32] |= (uint32_t)1 << i % 32;
    }
    return vf_shape(c->p->v, e, bits);
}

static int64_t change_shape(void *context, int64_t x, int64_t unused)
{
    struct shape_context *c = context;
    struct enc_field *e = c->e;
    uint32_t small[8] = {0};
    uint32_t *bits = e->words <= 8 ? small : ARENA_ARRAY(c->p->sc->arena, uint32_t, e->words);
    (void)unused;
    memcpy(bits, vf_shape_bits(e, (uint32_t)x), e->words * sizeof *bits);
    if (c->how == WITH)
        bits[c->bit / 32] |= (uint32_t)1 << c->bit % 32;
    else
        bits[c->bit / 32] &= ~((uint32_t)1 << c->bit % 32);
    return vf_shape(c->p->v, e, bits);
}

static struct vf_value shapes(const struct sym_fn *fn, uint32_t x)
{
    if (fn->bad)
        abort(); /* sets are made of codes */
    return vf_value_of(x);
}

/* Notes a tag's presence apart from the shape. */
static void set_apart(struct scope *p, struct vf_value *x, uint32_t tag, uint32_t has)
{
    struct vf_apart *apart = ARENA_ARRAY(p->sc->arena, struct vf_apart, x->napart + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->napart; i++)
        if (x->apart[i].tag != tag)
            apart[n++] = x->apart[i];
    if (has != SYM_UNDEF)
        apart[n++] = (struct vf_apart){tag, has};
    x->apart = apart;
    x->napart = n;
}

static uint32_t combine_has(struct scope *p, enum combine how, uint32_t tag, uint32_t x, uint32_t y)
{
    bool all = info(p, tag)->merge_all;
    if (how == UNION || (how == MERGE && !all))
        return sym_or(p->s, x, y);
    return how == MISSING && !all ? x : sym_and(p->s, x, y);
}

static void combine_apart(struct scope *p, struct vf_value *r, enum combine how,
                          const struct vf_value *x, const struct vf_value *y)
{
    for (uint32_t i = 0; i < x->napart + y->napart; i++) {
        uint32_t tag = i < x->napart ? x->apart[i].tag : y->apart[i - x->napart].tag;
        set_apart(
            p, r, tag,
            combine_has(p, how, tag, vf_value_has(p->sc, x, tag), vf_value_has(p->sc, y, tag)));
    }
}

static struct vf_value combine_field(struct scope *p, uint32_t field, enum combine how,
                                     const struct vf_value *x, const struct vf_value *y)
{
    struct shape_context context = {p, &p->v->fields[field], how, 0};
    struct sym_fn fn = {combine_shapes, &context, false};
    if (vf_dense(p->v, field)) {
        struct vf_value shape = shapes(&fn, sym_apply2(p->s, &fn, x->x, y->x));
        combine_apart(p, &shape, how, x, y);
        return shape;
    }
    struct vf_value r = *x;
    for (uint32_t i = 0; i < context.e->f->ntags; i++)
        r.bit[i] = combine_has(p, how, context.e->tags[i], x->bit[i], y->bit[i]);
    return r;
}

static struct vf_value change_field(struct scope *p, const struct vf_value *x, uint32_t tag,
                                    bool add)
{
    uint32_t field = p->v->field_of[tag], bit = p->v->bit_of[tag];
    struct shape_context context = {p, &p->v->fields[field], add ? WITH : WITHOUT, bit};
    struct sym_fn fn = {change_shape, &context, false};
    struct vf_value r = *x;
    if (vf_dense(p->v, field)) {
        r.x = shapes(&fn, sym_apply1(p->s, &fn, x->x)).x;
        if (r.napart)
            set_apart(p, &r, tag, SYM_UNDEF);
    } else {
        r.bit[bit] = add ? SYM_TRUE : SYM_FALSE;
    }
    return r;
}

/* The same set with nothing apart. */
static struct vf_value joined(struct scope *p, const struct vf_value *x)
{
    struct vf_value r = *x;
    r.napart = 0;
    for (uint32_t i = 0; i < x->napart; i++) {
        struct vf_value with = change_field(p, &r, x->apart[i].tag, true);
        struct vf_value without = change_field(p, &r, x->apart[i].tag, false);
        r.x = sym_ite(p->s, x->apart[i].has, with.x, without.x);
    }
    return r;
}

/* The set without the tag where `when` holds; its arguments are the caller's. */
static void drop_when(struct scope *p, struct set set, uint32_t tag, uint32_t when)
{
    uint32_t field = p->v->field_of[tag];
    struct vf_value *f = field_of(p, set, field);
    if (sym_never(when))
        return;
    uint32_t has = sym_and(p->s, vf_value_has(p->sc, f, tag), sym_not(p->s, when));
    if (vf_dense(p->v, field))
        set_apart(p, f, tag, has);
    else
        f->bit[p->v->bit_of[tag]] = has;
}

/* --- arguments ----------------------------------------------------------------------------------
 */

/* Those that must be: values of lattices need not. */
static uint32_t same_arguments(struct scope *p, struct set a, struct set b, uint32_t tag)
{
    uint32_t all = SYM_TRUE;
    for (uint32_t k = 0; k < info(p, tag)->nargs; k++)
        for (uint32_t i = 0; i < arg_at(p, tag, k)->nslots; i++) {
            uint32_t s = place_of(p, tag, k) + i;
            if (vf_lattice(p->v, tag, k) != IR_NONE)
                continue;
            struct vf_value x = joined(p, slot_of(p, a, s)), y = joined(p, slot_of(p, b, s));
            all = sym_and(p->s, vf_value_equal(p->sc, &x, &y), all);
        }
    return all;
}

/* The tag's arguments become x's where `cond` holds, else y's. */
static void choose_arguments(struct scope *p, struct set to, uint32_t tag, uint32_t cond,
                             struct set x, struct set y)
{
    for (uint32_t k = 0; k < info(p, tag)->nargs; k++)
        for (uint32_t i = 0; i < arg_at(p, tag, k)->nslots; i++) {
            uint32_t s = place_of(p, tag, k) + i;
            struct vf_value u = joined(p, slot_of(p, x, s)), w = joined(p, slot_of(p, y, s));
            *slot_of(p, to, s) = vf_value_ite(p->sc, cond, &u, &w);
        }
}

/* Where both sets have the tag, its values of lattices become their join, or meet. */
static void join_values(struct scope *p, struct set to, uint32_t tag, uint32_t both, bool join,
                        struct set a, struct set b)
{
    for (uint32_t k = 0; k < info(p, tag)->nargs; k++) {
        uint32_t lattice = vf_lattice(p->v, tag, k), s = place_of(p, tag, k);
        if (lattice == IR_NONE || sym_never(both))
            continue;
        struct vf_value value = vf_value_of(
            vf_lattice_value(p->v, p->s, lattice, join, slot_of(p, a, s)->x, slot_of(p, b, s)->x));
        *slot_of(p, to, s) = vf_value_ite(p->sc, both, &value, slot_of(p, to, s));
    }
}

/* What stands in a slot: the argument of the tag that is there. */
static struct vf_value lane_value(struct scope *p, struct set set, uint32_t slot)
{
    const struct vf *v = p->v;
    uint32_t first = v->lane_first[slot];
    struct vf_value value = *slot_of(p, set, v->place_of_arg[v->lane_args[first]]);
    for (uint32_t i = first + 1; i < v->lane_first[slot + 1]; i++) {
        uint32_t there = has(p, set, v->tag_of_arg[v->lane_args[i]]);
        value =
            vf_value_ite(p->sc, there, slot_of(p, set, v->place_of_arg[v->lane_args[i]]), &value);
    }
    return value;
}

/* --- integers -----------------------------------------------------------------------------------
 */

static uint32_t fresh_value(struct scope *p, const struct ir_int *x)
{
    const struct ir_counter *c = &p->v->ir->counters[x->counter];
    uint32_t *used = &p->e->used[x->counter];
    *used = x->new_index + 1 > *used ? x->new_index + 1 : *used;
    if (c->exhaust)
        vf_effect_fail(p->sc, p->e, sym_opaque(p->s, SYM_SPENT, x->counter, x->new_index, 0, 0, 0),
                       POL_CAUSE_EXHAUSTED, POL_NO_TAG);
    return sym_source(p->s, SYM_FRESH, x->counter, x->new_index, 0, (int64_t)c->limit - 1);
}

static uint32_t want_int(struct scope *p, struct ir_int_id id)
{
    static const enum sym_kind kinds[] = {[IR_INT_ADD] = SYM_ADD,
                                          [IR_INT_SUB] = SYM_SUB,
                                          [IR_INT_MUL] = SYM_MUL,
                                          [IR_INT_DIV] = SYM_DIV,
                                          [IR_INT_MOD] = SYM_MOD};
    const struct ir_int *x = &p->v->ir->ints[id.v];
    switch (x->kind) {
    case IR_INT_CONST:
        return sym_const(p->s, x->value);
    case IR_INT_ARG:
        return vf_scene_arg(p->sc, x->ref.op, POL_NONE,
                            p->v->t->tags[x->ref.tag].first_arg + x->ref.arg)
            .x;
    case IR_INT_NEW:
        return fresh_value(p, x);
    case IR_INT_JOIN:
    case IR_INT_MEET: {
        uint32_t a = want_int(p, x->a), b = want_int(p, x->b);
        return vf_lattice_value(p->v, p->s, x->lattice, x->kind == IR_INT_JOIN, a, b);
    }
    default: {
        uint32_t a = want_int(p, x->a), b = want_int(p, x->b);
        return sym_binary(p->s, kinds[x->kind], a, b);
    }
    }
}

static struct vf_value number_argument(struct scope *p, uint32_t tag, uint32_t k,
                                       struct ir_int_id id)
{
    uint32_t x = want_int(p, id);
    uint32_t last = sym_const(p->s, (int64_t)info(p, tag)->args[k].limit - 1);
    uint32_t below = sym_binary(p->s, SYM_LT, x, SYM_FALSE);
    uint32_t above = sym_binary(p->s, SYM_LT, last, x);
    vf_effect_fail(p->sc, p->e, sym_or(p->s, below, above), POL_CAUSE_RANGE, tag);
    return vf_value_of(x);
}

/* --- expressions --------------------------------------------------------------------------------
 */

static struct set want_set(struct scope *p, struct ir_set_id id);

/* Does a TagSet argument hold tags of this domain? */
static bool holds_domain(const struct scope *p, const struct pol_prt_arg *a, uint32_t domain)
{
    for (uint32_t i = 0; i < a->nslots; i++) {
        const struct pol_prt_slot *d = &p->v->t->slots[a->slot + i];
        if (d->kind == POL_SLOT_NESTED_FIELD && p->v->t->fields[d->index].domain == domain)
            return true;
    }
    return false;
}

static void set_argument(struct scope *p, const struct pol_prt_arg *a, struct ir_set_id id,
                         struct vf_value *region)
{
    struct set set = want_set(p, id);
    for (uint32_t t = p->first_tag; t < p->end_tag; t++)
        if (info(p, t)->has_set_arg && holds_domain(p, a, p->v->ir->tags[t].domain))
            vf_effect_fail(p->sc, p->e, has(p, set, t), POL_CAUSE_NESTED, t);
    for (uint32_t i = 0; i < a->nslots; i++) {
        const struct pol_prt_slot *d = &p->v->t->slots[a->slot + i];
        bool field = d->kind == POL_SLOT_NESTED_FIELD;
        uint32_t slot = field ? p->v->t->fields[d->index].slot : p->v->t->args[d->index].slot;
        if (covers(p, slot)) {
            region[i] = field ? *slot_of(p, set, slot) : lane_value(p, set, a->slot + i);
            struct failure f = {joined(p, &region[i]).x, 0, a->slot + i};
            if (field && !region[i].wide)
                VEC_PUSH(p->sc->arena, &p->e->regions, f);
        } else
            region[i] = field ? empty_field(p, d->index) : vf_value_of(SYM_FALSE);
    }
}

static void add_tag(struct scope *p, struct set to, const struct ir_mod *m)
{
    for (uint32_t k = 0; k < info(p, m->tag)->nargs; k++) {
        const struct pol_prt_arg *a = arg_at(p, m->tag, k);
        struct vf_value *at = slot_of(p, to, place_of(p, m->tag, k));
        if (a->is_set)
            set_argument(p, a, m->args[k].set, at);
        else
            *at = number_argument(p, m->tag, k, m->args[k].number);
    }
    struct vf_value *f = field_of(p, to, p->v->field_of[m->tag]);
    *f = change_field(p, f, m->tag, true);
}

static void remove_tag(struct scope *p, struct set to, uint32_t tag)
{
    struct vf_value *f = field_of(p, to, p->v->field_of[tag]);
    *f = change_field(p, f, tag, false);
    for (uint32_t k = 0; k < info(p, tag)->nargs; k++)
        for (uint32_t i = 0; i < arg_at(p, tag, k)->nslots; i++)
            *slot_of(p, to, place_of(p, tag, k) + i) = vf_value_of(SYM_FALSE);
}

static struct set want_modified(struct scope *p, const struct ir_set *x)
{
    struct set set = copy_set(p, want_set(p, x->a));
    for (uint32_t i = 0; i < x->nmods; i++) {
        uint32_t domain = p->v->ir->tags[x->mods[i].tag].domain;
        if (domain < p->lo || domain >= p->hi)
            continue; /* a component writes only what it owns */
        if (x->mods[i].remove)
            remove_tag(p, set, x->mods[i].tag);
        else
            add_tag(p, set, &x->mods[i]);
    }
    return set;
}

static struct set want_union(struct scope *p, struct set a, struct set b)
{
    struct set set = new_set(p);
    for (uint32_t f = p->first_field; f < p->end_field; f++)
        *field_of(p, set, f) = combine_field(p, f, UNION, field_of(p, a, f), field_of(p, b, f));
    for (uint32_t t = p->first_tag; t < p->end_tag; t++) {
        if (info(p, t)->nargs == 0)
            continue;
        uint32_t both = sym_and(p->s, has(p, a, t), has(p, b, t));
        uint32_t same = sym_never(both) ? SYM_TRUE : same_arguments(p, a, b, t);
        vf_effect_fail(p->sc, p->e, sym_and(p->s, both, sym_not(p->s, same)), POL_CAUSE_CONFLICT,
                       t);
        choose_arguments(p, set, t, has(p, a, t), a, b);
        join_values(p, set, t, both, true, a, b);
    }
    return set;
}

static struct set want_inter(struct scope *p, struct set a, struct set b)
{
    struct set set = new_set(p), none = empty_set(p);
    for (uint32_t f = p->first_field; f < p->end_field; f++)
        *field_of(p, set, f) = combine_field(p, f, INTER, field_of(p, a, f), field_of(p, b, f));
    for (uint32_t t = p->first_tag; t < p->end_tag; t++) {
        if (info(p, t)->nargs == 0)
            continue;
        uint32_t both = sym_and(p->s, has(p, a, t), has(p, b, t));
        uint32_t same = sym_never(both) ? SYM_TRUE : same_arguments(p, a, b, t);
        drop_when(p, set, t, sym_and(p->s, both, sym_not(p->s, same)));
        choose_arguments(p, set, t, sym_and(p->s, both, same), a, none);
        join_values(p, set, t, sym_and(p->s, both, same), false, a, b);
    }
    return set;
}

static struct set want_set(struct scope *p, struct ir_set_id id)
{
    const struct ir_set *x = &p->v->ir->sets[id.v];
    struct set a, b;
    switch (x->kind) {
    case IR_SET_OPERAND:
        return operand_set(p, x->op);
    case IR_SET_ARG:
        return argument_set(p, &x->ref);
    case IR_SET_EMPTY:
        return empty_set(p);
    case IR_SET_MODIFY:
        return want_modified(p, x);
    default:
        a = want_set(p, x->a);
        b = want_set(p, x->b);
        return x->kind == IR_SET_UNION ? want_union(p, a, b) : want_inter(p, a, b);
    }
}

/* --- results ------------------------------------------------------------------------------------
 */

static void give(struct scope *p, struct set set, uint32_t result)
{
    struct vf_value **out = p->e->out + (size_t)result * p->v->t->n_slots;
    for (uint32_t s = p->first_slot; s < p->end_slot; s++) {
        out[s] = slot_of(p, set, s);
        if (vf_sharing(p->v, s) > 1 && p->v->t->slots[s].kind == POL_SLOT_LANE) {
            out[s] = ARENA_NEW(p->sc->arena, struct vf_value);
            *out[s] = lane_value(p, set, s);
        }
    }
}

void vf_want_result(struct scene *sc, struct effect *e, struct ir_set_id id, uint32_t result)
{
    const struct ir_decider *d = &sc->v->ir->deciders[sc->decider];
    uint32_t lo = d->is_global ? 0 : d->domain;
    uint32_t hi = d->is_global ? sc->v->ir->ndomains : d->domain + 1;
    struct scope p = make_scope(sc, e, lo, hi);
    give(&p, want_set(&p, id), result);
}

/* `merge any`: one of two parts has it, with equal arguments if both do.  `merge all`: both have
 * it, with equal arguments.  Of values of lattices the join, or meet. */
static void merge_arguments(struct scope *p, struct set set, struct set a, struct set b, uint32_t t,
                            bool merge)
{
    struct set none = empty_set(p);
    uint32_t both = sym_and(p->s, has(p, a, t), has(p, b, t));
    uint32_t same = sym_never(both) ? SYM_TRUE : same_arguments(p, a, b, t);
    uint32_t differ = sym_and(p->s, both, sym_not(p->s, same));
    if (info(p, t)->merge_all) {
        drop_when(p, set, t, differ);
        choose_arguments(p, set, t, sym_and(p->s, both, same), a, none);
        join_values(p, set, t, sym_and(p->s, both, same), false, a, b);
    } else if (merge) {
        vf_effect_fail(p->sc, p->e, differ, POL_CAUSE_CONFLICT, t);
        choose_arguments(p, set, t, has(p, a, t), a, b);
        join_values(p, set, t, both, true, a, b);
    } else {
        choose_arguments(p, set, t, SYM_TRUE, a, a);
    }
}

void vf_want_merge(struct scene *sc, struct effect *e, uint32_t domain, bool merge)
{
    struct scope p = make_scope(sc, e, domain, domain + 1);
    struct set a = operand_set(&p, 0), b = operand_set(&p, 1), set = new_set(&p);
    for (uint32_t f = p.first_field; f < p.end_field; f++)
        *field_of(&p, set, f) =
            combine_field(&p, f, merge ? MERGE : MISSING, field_of(&p, a, f), field_of(&p, b, f));
    for (uint32_t t = p.first_tag; t < p.end_tag; t++)
        if (info(&p, t)->nargs)
            merge_arguments(&p, set, a, b, t, merge);
    give(&p, set, 0);
}
