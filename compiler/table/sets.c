/* Set values: fields plus lanes, and what the language does with them. */
#include <string.h>
#include "compiler/table/emit.h"

static const struct pol_tag_info *info(const struct emitter *e, uint32_t tag)
{
    return &e->p->ir->space->tags[tag];
}

static uint32_t lane_at(const struct emitter *e, uint32_t tag, uint32_t k)
{
    return e->p->first_lane[tag] + k;
}

static bool in_scope(const struct emitter *e, uint32_t domain)
{
    return domain >= e->lo && domain < e->hi;
}

static uint32_t first_tag(const struct emitter *e)
{
    return e->p->domains[e->lo].first_tag;
}

static uint32_t end_tag(const struct emitter *e)
{
    const struct plan_domain *d = &e->p->domains[e->hi - 1];
    return d->first_tag + d->ntags;
}

static uint32_t first_field(const struct emitter *e)
{
    return e->p->domains[e->lo].first_field;
}

static uint32_t end_field(const struct emitter *e)
{
    const struct plan_domain *d = &e->p->domains[e->hi - 1];
    return d->first_field + d->nfields;
}

static uint32_t nlanes(const struct emitter *e)
{
    return e->p->first_lane[e->p->ir->space->ntags];
}

/* --- shared slots ------------------------------------------------------------------------------
 */

static bool is_shared(const struct emitter *e, uint32_t lane)
{
    return plan_shared(e->p, lane);
}

/* Tags as bits of their field. */
static uint32_t *no_tags(struct emitter *e, uint32_t field)
{
    return ARENA_ARRAY(&e->work, uint32_t, e->p->fields[field].shapes.words);
}

static void add_to(const struct emitter *e, uint32_t *tags, uint32_t tag)
{
    plan_set_bit(tags, tag - e->p->fields[e->p->field_of[tag]].first_tag);
}

static bool is_never(struct emitter *e, const struct fval *f, uint32_t tag, bool coded)
{
    uint32_t *tags = no_tags(e, f->field);
    add_to(e, tags, tag);
    return fval_presence(e, f, tags, coded) == NEVER;
}

/* Is no other tag there whose lane shares this one's slot? */
static bool is_alone(struct emitter *e, const struct fval *f, uint32_t lane)
{
    const struct plan_lane *lanes = e->p->lanes;
    uint32_t *tags = no_tags(e, f->field);
    for (uint32_t at = lanes[lane].first; at != IR_NONE; at = lanes[at].next)
        if (at != lane)
            add_to(e, tags, lanes[at].tag);
    return fval_presence(e, f, tags, false) == NEVER;
}

/* x where the bool `when` is 1, else y. */
static uint32_t choose(struct emitter *e, uint32_t when, uint32_t x, uint32_t y)
{
    if (when == V_ZERO || x == y)
        return y;
    return when == V_ONE ? x : emit_op(e, POL_OPC_SELECT, when, x, y, 0, 0);
}

/* Tags whose shared lanes have one value. */
struct part {
    uint32_t value;
    uint32_t *tags;
};
struct parts {
    struct part *items;
    uint32_t n;
    uint32_t *all; /* tags of all parts */
};

static void add_part(struct emitter *e, struct parts *parts, uint32_t value, uint32_t tag)
{
    uint32_t i = 0;
    while (i < parts->n && parts->items[i].value != value)
        i++;
    if (i == parts->n)
        parts->items[parts->n++] = (struct part){value, no_tags(e, e->p->field_of[tag])};
    add_to(e, parts->items[i].tags, tag);
    add_to(e, parts->all, tag);
}

/* The lanes of this one's slot whose tags the set can have, by value. */
static struct parts find_parts(struct emitter *e, const struct sval *v, const struct fval *f,
                               uint32_t lane)
{
    const struct plan_lane *lanes = e->p->lanes;
    struct parts parts = {.all = no_tags(e, f->field)};
    uint32_t count = 0;
    for (uint32_t at = lanes[lane].first; at != IR_NONE; at = lanes[at].next)
        count++;
    parts.items = ARENA_ARRAY(&e->work, struct part, count);
    for (uint32_t at = lanes[lane].first; at != IR_NONE; at = lanes[at].next)
        if (v->lanes[at] != V_ZERO && !is_never(e, f, lanes[at].tag, true))
            add_part(e, &parts, v->lanes[at], lanes[at].tag);
    return parts;
}

/* What a lane's shared slot holds in a set that has a code; where it has none, anything. */
static uint32_t joint_value(struct emitter *e, const struct sval *v, uint32_t lane)
{
    const struct plan_lane *l = &e->p->lanes[lane];
    const struct fval *f = &v->fields[e->p->field_of[l->tag]];
    if (v->joint[l->slot] != V_UNKNOWN)
        return v->joint[l->slot];
    struct parts parts = find_parts(e, v, f, lane);
    uint32_t n = parts.n, value = V_ZERO;
    if (n && fval_presence(e, f, parts.all, true) == ALWAYS)
        value = parts.items[--n].value;
    while (n-- > 0) {
        uint32_t here = fval_has_any(e, f, parts.items[n].tags, true);
        value = choose(e, here, parts.items[n].value, emit_value(e, value));
    }
    return value;
}

/* The tag's lanes change, before its presence does: what its shared slots hold then.  `lanes`: new
 * values, by argument; NULL: it is removed. */
static void change_joint(struct emitter *e, struct sval *v, uint32_t tag, const uint32_t *lanes)
{
    const struct fval *f = &v->fields[e->p->field_of[tag]];
    for (uint32_t k = 0; k < info(e, tag)->nargs; k++) {
        uint32_t lane = lane_at(e, tag, k);
        if (!is_shared(e, lane) || (!lanes && is_never(e, f, tag, false)))
            continue;
        v->joint[e->p->lanes[lane].slot] = !is_alone(e, f, lane) ? V_UNKNOWN
                                           : lanes               ? lanes[k]
                                                                 : V_ZERO;
    }
}

static uint32_t or_lane(struct emitter *e, uint32_t a, uint32_t b)
{
    if (a == V_ZERO || a == b)
        return b;
    return b == V_ZERO ? a : emit_op(e, POL_OPC_OR, emit_value(e, a), emit_value(e, b), 0, 0, 0);
}

/* Is there a lane of a `merge all` tag in this one's slot? */
static bool drops_arguments(const struct emitter *e, uint32_t lane)
{
    bool drops = false;
    for (uint32_t at = e->p->lanes[lane].first; at != IR_NONE; at = e->p->lanes[at].next)
        drops = drops || info(e, e->p->lanes[at].tag)->merge_all;
    return drops;
}

/* ... or one that takes values of a lattice, which are not joined bit by bit? */
static bool has_lattice(const struct emitter *e, uint32_t lane)
{
    bool has = false;
    for (uint32_t at = e->p->lanes[lane].first; at != IR_NONE; at = e->p->lanes[at].next)
        for (uint32_t k = 0; k < info(e, e->p->lanes[at].tag)->nargs; k++)
            has = has || plan_lattice(e->p, e->p->lanes[at].tag, k) != IR_NONE;
    return has;
}

void sval_join(struct emitter *e, struct sval *to, const struct sval *a, const struct sval *b,
               bool merge)
{
    uint32_t end = e->p->first_lane[end_tag(e)];
    for (uint32_t lane = e->p->first_lane[first_tag(e)]; to->joint && lane < end; lane++) {
        uint32_t slot = e->p->lanes[lane].slot;
        if (!is_shared(e, lane) || e->p->lanes[lane].first != lane)
            continue;
        uint32_t x = a->joint[slot], y = b ? b->joint[slot] : V_ZERO;
        bool unknown = x == V_UNKNOWN || y == V_UNKNOWN || (merge && drops_arguments(e, lane)) ||
                       (b && has_lattice(e, lane));
        to->joint[slot] = unknown ? V_UNKNOWN : or_lane(e, x, y);
    }
}

/* --- sets ---------------------------------------------------------------------------------------
 */

struct sval sval_empty(struct emitter *e)
{
    struct sval v = {.copy_of = -1};
    uint32_t n = nlanes(e);
    v.fields = ARENA_ARRAY(&e->work, struct fval, e->p->nfields + 1);
    v.lanes = ARENA_ARRAY(&e->work, uint32_t, n + 1);
    v.regions = ARENA_ARRAY(&e->work, uint32_t *, n + 1);
    v.joint = e->p->shares ? ARENA_ARRAY(&e->work, uint32_t, e->p->nslots) : NULL;
    for (uint32_t s = 0; v.joint && s < e->p->nslots; s++)
        v.joint[s] = V_ZERO;
    for (uint32_t i = first_field(e); i < end_field(e); i++)
        v.fields[i] = fval_empty(e, i);
    for (uint32_t t = first_tag(e); t < end_tag(e); t++)
        for (uint32_t k = 0; k < info(e, t)->nargs; k++) {
            uint32_t lane = lane_at(e, t, k), size = e->p->lanes[lane].nslots;
            v.lanes[lane] = V_ZERO;
            if (!info(e, t)->args[k].is_set)
                continue;
            v.regions[lane] = ARENA_ARRAY(&e->work, uint32_t, size + 1);
            for (uint32_t s = 0; s < size; s++)
                v.regions[lane][s] = V_ZERO;
        }
    return v;
}

static struct sval copy_sval(struct emitter *e, const struct sval *v)
{
    struct sval r = sval_empty(e);
    memcpy(r.fields, v->fields, e->p->nfields * sizeof *r.fields);
    memcpy(r.lanes, v->lanes, nlanes(e) * sizeof *r.lanes);
    if (r.joint)
        memcpy(r.joint, v->joint, e->p->nslots * sizeof *r.joint);
    for (uint32_t i = 0; i < nlanes(e); i++)
        if (r.regions[i])
            memcpy(r.regions[i], v->regions[i], e->p->lanes[i].nslots * sizeof **r.regions);
    return r;
}

struct sval sval_operand(struct emitter *e, uint32_t operand)
{
    struct sval v = sval_empty(e);
    for (uint32_t i = first_field(e); i < end_field(e); i++)
        v.fields[i] = fval_slot(e, i, operand, e->p->fields[i].slot);
    for (uint32_t t = first_tag(e); t < end_tag(e); t++)
        for (uint32_t k = 0; k < info(e, t)->nargs; k++) {
            const struct plan_lane *lane = &e->p->lanes[lane_at(e, t, k)];
            if (!info(e, t)->args[k].is_set)
                v.lanes[lane_at(e, t, k)] = emit_slot(e, operand, lane->slot);
            if (is_shared(e, lane_at(e, t, k)))
                v.joint[lane->slot] = v.lanes[lane_at(e, t, k)];
            for (uint32_t s = 0; info(e, t)->args[k].is_set && s < lane->nslots; s++)
                v.regions[lane_at(e, t, k)][s] = emit_slot(e, operand, lane->slot + s);
        }
    v.copy_of = (int)operand;
    return v;
}

static bool lane_in_scope(const struct emitter *e, uint32_t lane)
{
    return lane >= lane_at(e, first_tag(e), 0) && lane < lane_at(e, end_tag(e), 0);
}

/* A lane of a TagSet argument's contents; in a shared slot, all that are in there. */
static void nested_lane(struct emitter *e, struct sval *v, uint32_t lane, uint32_t value)
{
    const struct plan_lane *lanes = e->p->lanes;
    v->lanes[lane] = value;
    if (!is_shared(e, lane))
        return;
    v->joint[lanes[lane].slot] = value;
    for (uint32_t at = lanes[lane].next; at != IR_NONE; at = lanes[at].next)
        if (!info(e, lanes[at].tag)->has_set_arg)
            v->lanes[at] = value;
}

/* The contents of a TagSet argument, what is in scope of it. */
static struct sval sval_nested(struct emitter *e, const struct ir_ref *ref)
{
    struct sval v = sval_empty(e);
    const struct plan_lane *lane = &e->p->lanes[lane_at(e, ref->tag, ref->arg)];
    for (uint32_t s = lane->slot; s < lane->slot + lane->nslots; s++) {
        const struct pol_prt_slot *d = &e->p->slots[s];
        if (d->kind == POL_SLOT_NESTED_FIELD) {
            if (in_scope(e, e->p->fields[d->index].domain))
                v.fields[d->index] = fval_slot(e, d->index, ref->op, s);
        } else if (lane_in_scope(e, d->index)) {
            nested_lane(e, &v, d->index, emit_slot(e, ref->op, s));
        }
    }
    return v;
}

uint32_t sval_has(struct emitter *e, const struct sval *v, uint32_t tag)
{
    return fval_has(e, &v->fields[e->p->field_of[tag]], tag);
}

uint32_t sval_same_args(struct emitter *e, const struct sval *a, const struct sval *b, uint32_t tag)
{
    uint32_t same = V_ONE;
    for (uint32_t k = 0; k < info(e, tag)->nargs; k++) {
        uint32_t lane = lane_at(e, tag, k);
        if (plan_lattice(e->p, tag, k) != IR_NONE)
            continue;
        if (!info(e, tag)->args[k].is_set)
            same = emit_and(e, same, emit_eq(e, a->lanes[lane], b->lanes[lane]));
        for (uint32_t s = 0; info(e, tag)->args[k].is_set && s < e->p->lanes[lane].nslots; s++)
            same = emit_and(e, same, emit_eq(e, a->regions[lane][s], b->regions[lane][s]));
    }
    return same;
}

void sval_take_lanes(struct sval *to, const struct emitter *e, const struct sval *from,
                     uint32_t tag)
{
    for (uint32_t k = 0; k < info(e, tag)->nargs; k++) {
        uint32_t lane = lane_at(e, tag, k);
        to->lanes[lane] = from->lanes[lane];
        for (uint32_t s = 0; to->regions[lane] && s < e->p->lanes[lane].nslots; s++)
            to->regions[lane][s] = from->regions[lane][s];
    }
}

/* The lane of a union of sets: that of the set that has the tag; where both have it, they agree. */
static uint32_t union_lane(struct emitter *e, const struct sval *a, const struct sval *b,
                           uint32_t tag, uint32_t lane)
{
    uint32_t x = a->lanes[lane], y = b->lanes[lane];
    if (is_shared(e, lane) && x != V_ZERO && y != V_ZERO)
        return choose(e, sval_has(e, a, tag), emit_value(e, x), emit_value(e, y));
    return or_lane(e, x, y); /* absent arguments are 0 */
}

/* Where both have the tag, values of a lattice are joined. */
static uint32_t joined_lane(struct emitter *e, const struct sval *a, const struct sval *b,
                            uint32_t tag, uint32_t lattice, uint32_t lane)
{
    uint32_t both = emit_and(e, sval_has(e, a, tag), sval_has(e, b, tag));
    if (both == V_ZERO)
        return union_lane(e, a, b, tag, lane);
    uint32_t join = emit_lattice(e, lattice, true, a->lanes[lane], b->lanes[lane]);
    return both == V_ONE ? join
                         : choose(e, both, join, emit_value(e, union_lane(e, a, b, tag, lane)));
}

void sval_or_lanes(struct emitter *e, struct sval *to, const struct sval *a, const struct sval *b,
                   uint32_t tag)
{
    for (uint32_t k = 0; k < info(e, tag)->nargs; k++) {
        uint32_t lane = lane_at(e, tag, k), lattice = plan_lattice(e->p, tag, k);
        to->lanes[lane] = lattice == IR_NONE ? union_lane(e, a, b, tag, lane)
                                             : joined_lane(e, a, b, tag, lattice, lane);
        for (uint32_t s = 0; to->regions[lane] && s < e->p->lanes[lane].nslots; s++)
            to->regions[lane][s] = or_lane(e, a->regions[lane][s], b->regions[lane][s]);
    }
}

static uint32_t lane_when(struct emitter *e, uint32_t v, uint32_t when)
{
    if (v == V_ZERO || when == V_ZERO)
        return V_ZERO;
    return when == V_ONE ? v : emit_op(e, POL_OPC_SELECT, when, v, emit_const(e, 0), 0, 0);
}

void sval_and_lanes(struct emitter *e, struct sval *to, const struct sval *a, const struct sval *b,
                    uint32_t tag, uint32_t when)
{
    for (uint32_t k = 0; k < info(e, tag)->nargs; k++) {
        uint32_t lane = lane_at(e, tag, k), lattice = plan_lattice(e->p, tag, k);
        uint32_t value = a->lanes[lane];
        if (lattice != IR_NONE && when != V_ZERO)
            value = emit_lattice(e, lattice, false, value, b->lanes[lane]);
        if (is_shared(e, lane)) {
            to->lanes[lane] = value;
            to->joint[e->p->lanes[lane].slot] = V_UNKNOWN;
            continue;
        }
        to->lanes[lane] = lane_when(e, value, when);
        for (uint32_t s = 0; to->regions[lane] && s < e->p->lanes[lane].nslots; s++)
            to->regions[lane][s] = lane_when(e, a->regions[lane][s], when);
    }
}

/* --- union and intersection ------------------------------------------------------------------- */

struct sval sval_union(struct emitter *e, const struct sval *a, const struct sval *b)
{
    struct sval r = sval_empty(e);
    for (uint32_t i = first_field(e); i < end_field(e); i++)
        r.fields[i] = fval_union(e, a->fields[i], b->fields[i]);
    for (uint32_t t = first_tag(e); t < end_tag(e); t++) {
        if (info(e, t)->nargs == 0)
            continue;
        uint32_t both = emit_and(e, sval_has(e, a, t), sval_has(e, b, t));
        emit_fail(e, emit_andnot(e, both, both == V_ZERO ? V_ZERO : sval_same_args(e, a, b, t)),
                  POL_CAUSE_CONFLICT, t);
        sval_or_lanes(e, &r, a, b, t);
    }
    sval_join(e, &r, a, b, false);
    return r;
}

struct sval sval_inter(struct emitter *e, const struct sval *a, const struct sval *b)
{
    struct sval r = sval_empty(e);
    for (uint32_t i = first_field(e); i < end_field(e); i++)
        r.fields[i] = fval_inter(e, a->fields[i], b->fields[i]);
    for (uint32_t t = first_tag(e); t < end_tag(e); t++) {
        if (info(e, t)->nargs == 0)
            continue;
        uint32_t both = emit_and(e, sval_has(e, a, t), sval_has(e, b, t));
        if (both == V_ZERO)
            continue;
        uint32_t same = sval_same_args(e, a, b, t);
        struct fval *f = &r.fields[e->p->field_of[t]];
        *f = fval_drop_when(e, *f, t, emit_andnot(e, both, same));
        sval_and_lanes(e, &r, a, b, t, emit_and(e, both, same));
    }
    return r;
}

/* --- integers -----------------------------------------------------------------------------------
 */

static uint32_t emit_fresh(struct emitter *e, const struct ir_int *x)
{
    if (e->p->ir->counters[x->counter].exhaust)
        emit_fail(e, emit_op(e, POL_OPC_SPENT, x->counter, x->new_index, 0, 0, 0),
                  POL_CAUSE_EXHAUSTED, POL_NO_TAG);
    return emit_op(e, POL_OPC_NEW, x->counter, x->new_index, 0, 0, 0);
}

uint32_t emit_int(struct emitter *e, struct ir_int_id id)
{
    static const enum pol_prt_opcode ops[] = {[IR_INT_ADD] = POL_OPC_ADD,
                                              [IR_INT_SUB] = POL_OPC_SUB,
                                              [IR_INT_MUL] = POL_OPC_MUL,
                                              [IR_INT_DIV] = POL_OPC_DIV,
                                              [IR_INT_MOD] = POL_OPC_MOD};
    const struct ir_int *x = &e->p->ir->ints[id.v];
    uint32_t a, b;
    switch (x->kind) {
    case IR_INT_CONST:
        return emit_const(e, x->value);
    case IR_INT_ARG:
        return emit_slot(e, x->ref.op, e->p->lanes[lane_at(e, x->ref.tag, x->ref.arg)].slot);
    case IR_INT_NEW:
        return emit_fresh(e, x);
    case IR_INT_JOIN:
    case IR_INT_MEET:
        a = emit_int(e, x->a);
        b = emit_int(e, x->b);
        return emit_lattice(e, x->lattice, x->kind == IR_INT_JOIN, a, b);
    default:
        a = emit_int(e, x->a);
        b = emit_int(e, x->b);
        return emit_op(e, ops[x->kind], a, b, 0, 0, 0);
    }
}

/* Can the value lie outside 0 .. limit-1?  Plain copies, counters and lattices of a smaller type
 * cannot. */
static bool may_exceed(const struct emitter *e, struct ir_int_id id, uint64_t limit)
{
    const struct ir *ir = e->p->ir;
    const struct ir_int *x = &ir->ints[id.v];
    if (x->kind == IR_INT_CONST)
        return x->value < 0 || (uint64_t)x->value >= limit;
    if (x->kind == IR_INT_ARG)
        return ir->space->tags[x->ref.tag].args[x->ref.arg].limit > limit;
    if (x->kind == IR_INT_NEW)
        return ir->counters[x->counter].limit > limit;
    if (x->kind == IR_INT_JOIN || x->kind == IR_INT_MEET)
        return ir->lattices[x->lattice].size > limit;
    return true;
}

static uint32_t number_argument(struct emitter *e, uint32_t tag, uint32_t k, struct ir_int_id id)
{
    uint64_t limit = info(e, tag)->args[k].limit;
    uint32_t v = emit_int(e, id);
    if (may_exceed(e, id, limit)) {
        emit_fail(e, emit_op(e, POL_OPC_LT, v, emit_const(e, 0), 0, 0, 0), POL_CAUSE_RANGE, tag);
        emit_fail(e, emit_op(e, POL_OPC_LT, emit_const(e, (int64_t)limit - 1), v, 0, 0, 0),
                  POL_CAUSE_RANGE, tag);
    }
    return v;
}

/* --- TagSet arguments ---------------------------------------------------------------------------
 */

static void region_argument(struct emitter *e, uint32_t tag, uint32_t k, struct ir_set_id id,
                            uint32_t *region)
{
    struct sval v = sval_of(e, id);
    const struct plan_lane *lane = &e->p->lanes[lane_at(e, tag, k)];
    for (uint32_t t = first_tag(e); t < end_tag(e); t++)
        if (info(e, t)->has_set_arg && plan_in_scope(e->p, tag, e->p->ir->tags[t].domain))
            emit_fail(e, sval_has(e, &v, t), POL_CAUSE_NESTED, t);
    for (uint32_t s = 0; s < lane->nslots; s++) {
        const struct pol_prt_slot *d = &e->p->slots[lane->slot + s];
        bool maybe_invalid = false;
        if (d->kind == POL_SLOT_NESTED_LANE) {
            region[s] = !lane_in_scope(e, d->index) ? V_ZERO
                        : is_shared(e, d->index)    ? joint_value(e, &v, d->index)
                                                    : v.lanes[d->index];
            continue;
        }
        struct fval f = in_scope(e, e->p->fields[d->index].domain) ? v.fields[d->index]
                                                                   : fval_empty(e, d->index);
        region[s] = fval_code(e, &f, &maybe_invalid);
        if (maybe_invalid)
            emit_fail(e, emit_eq(e, region[s], V_ZERO), POL_CAUSE_INVALID, POL_NO_TAG);
    }
}

/* --- expressions --------------------------------------------------------------------------------
 */

static void add_tag(struct emitter *e, struct sval *v, const struct ir_mod *m)
{
    uint32_t lanes[POL_MAX_ARGS] = {0};
    for (uint32_t k = 0; k < info(e, m->tag)->nargs; k++) {
        uint32_t lane = lane_at(e, m->tag, k);
        if (!info(e, m->tag)->args[k].is_set)
            lanes[k] = number_argument(e, m->tag, k, m->args[k].number);
        else
            region_argument(e, m->tag, k, m->args[k].set, v->regions[lane]);
    }
    change_joint(e, v, m->tag, lanes);
    for (uint32_t k = 0; k < info(e, m->tag)->nargs; k++)
        if (!info(e, m->tag)->args[k].is_set)
            v->lanes[lane_at(e, m->tag, k)] = lanes[k];
}

static struct sval modify(struct emitter *e, const struct ir_set *s)
{
    struct sval base = sval_of(e, s->a), v = copy_sval(e, &base);
    struct sval none = sval_empty(e);
    for (uint32_t i = 0; i < s->nmods; i++) {
        const struct ir_mod *m = &s->mods[i];
        struct fval *f = &v.fields[e->p->field_of[m->tag]];
        if (!in_scope(e, e->p->ir->tags[m->tag].domain))
            continue; /* foreign tags are projected away */
        if (m->remove) {
            change_joint(e, &v, m->tag, NULL);
            sval_take_lanes(&v, e, &none, m->tag);
        } else {
            add_tag(e, &v, m);
        }
        *f = fval_change(e, *f, m->tag, !m->remove);
    }
    return v;
}

struct sval sval_of(struct emitter *e, struct ir_set_id id)
{
    const struct ir_set *s = &e->p->ir->sets[id.v];
    struct sval a, b;
    switch (s->kind) {
    case IR_SET_OPERAND:
        return sval_operand(e, s->op);
    case IR_SET_ARG:
        return sval_nested(e, &s->ref);
    case IR_SET_EMPTY:
        return sval_empty(e);
    case IR_SET_MODIFY:
        return modify(e, s);
    case IR_SET_UNION:
        a = sval_of(e, s->a);
        b = sval_of(e, s->b);
        return sval_union(e, &a, &b);
    default:
        a = sval_of(e, s->a);
        b = sval_of(e, s->b);
        return sval_inter(e, &a, &b);
    }
}

/* --- storing ------------------------------------------------------------------------------------
 */

static void store_lane(struct emitter *e, uint32_t result, uint32_t slot, uint32_t v)
{
    if (v == V_ZERO)
        emit_op(e, POL_OPC_PUT, result, slot, 0, 0, 0);
    else
        emit_op(e, POL_OPC_STORE, result, slot, emit_value(e, v), 0, 0);
}

static void store_tag(struct emitter *e, const struct sval *v, uint32_t result, uint32_t tag)
{
    for (uint32_t k = 0; k < info(e, tag)->nargs; k++) {
        uint32_t lane = lane_at(e, tag, k);
        const struct plan_lane *l = &e->p->lanes[lane];
        if (is_shared(e, lane) && l->first == lane)
            store_lane(e, result, l->slot, joint_value(e, v, lane));
        else if (!v->regions[lane] && !is_shared(e, lane))
            store_lane(e, result, l->slot, v->lanes[lane]);
        for (uint32_t s = 0; v->regions[lane] && s < l->nslots; s++)
            store_lane(e, result, l->slot + s, v->regions[lane][s]);
    }
}

void sval_store(struct emitter *e, const struct sval *v, uint32_t result)
{
    for (uint32_t d = e->lo; v->copy_of >= 0 && d < e->hi; d++)
        if (e->p->domains[d].nslots)
            emit_op(e, POL_OPC_COPY, result, e->p->domains[d].first_slot, (uint32_t)v->copy_of,
                    e->p->domains[d].nslots, 0);
    if (v->copy_of >= 0)
        return;
    for (uint32_t i = first_field(e); i < end_field(e); i++)
        fval_store(e, &v->fields[i], result);
    for (uint32_t t = first_tag(e); t < end_tag(e); t++)
        store_tag(e, v, result, t);
}
