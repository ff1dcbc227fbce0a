/* Fields, codes, slots and lanes: how a tag set becomes a word. */
#include <stdlib.h>
#include <string.h>
#include "compiler/table/keys.h"
#include "compiler/table/plan.h"

/* --- codes --------------------------------------------------------------------------------------
 */

static uint32_t popcount(const uint32_t *bits, uint32_t words)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i++)
        for (uint32_t b = bits[i]; b; b &= b - 1)
            n++;
    return n;
}

/* What qsort needs to order shapes: registers first, then few tags first, then by declaration. */
struct ranked {
    uint32_t id, in_register, size;
    const uint32_t *bits;
    uint32_t words;
};

static int compare_ranked(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    if (a->in_register != b->in_register)
        return a->in_register ? -1 : 1;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    for (uint32_t i = 0; i < a->words * 32; i++)
        if (plan_bit(a->bits, i) != plan_bit(b->bits, i))
            return plan_bit(a->bits, i) ? -1 : 1;
    return 0;
}

static void number_codes(struct plan *p, struct plan_field *f)
{
    struct shapes *s = &f->shapes;
    struct ranked *r = ARENA_ARRAY(p->arena, struct ranked, s->count);
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t regs = POL_KIND_INT | POL_KIND_X0 | POL_KIND_FP;
        r[i] = (struct ranked){i, (s->kinds.items[i] & regs) != 0,
                               popcount(shapes_bits(s, i), s->words), shapes_bits(s, i), s->words};
    }
    qsort(r, s->count, sizeof *r, compare_ranked);
    f->coded = s->count;
    f->ncodes = s->count + 1;
    f->code_of = ARENA_ARRAY(p->arena, uint32_t, s->count);
    f->shape_at = ARENA_ARRAY(p->arena, uint32_t, f->ncodes);
    f->shape_at[0] = SHAPE_INVALID;
    for (uint32_t i = 0; i < s->count; i++) {
        f->code_of[r[i].id] = i + 1;
        f->shape_at[i + 1] = r[i].id;
    }
}

/* --- fields -------------------------------------------------------------------------------------
 */

static struct plan_field *add_field(struct plan *p, uint32_t domain, uint32_t kind, uint32_t first,
                                    uint32_t n)
{
    struct plan_field *f = &p->fields[p->nfields];
    *f = (struct plan_field){.domain = domain, .kind = kind, .first_tag = first, .ntags = n};
    for (uint32_t t = first; t < first + n; t++)
        p->field_of[t] = p->nfields;
    p->nfields++;
    return f;
}

static void bit_fields(struct plan *p, uint32_t domain)
{
    const struct plan_domain *d = &p->domains[domain];
    for (uint32_t t = 0; t < d->ntags; t += POL_BITS_PER_SLOT) {
        uint32_t n = d->ntags - t < POL_BITS_PER_SLOT ? d->ntags - t : POL_BITS_PER_SLOT;
        add_field(p, domain, POL_FIELD_BITS, d->first_tag + t, n);
    }
}

static void domain_fields(struct plan *p, uint32_t domain)
{
    struct plan_domain *d = &p->domains[domain];
    d->first_field = p->nfields;
    if (!d->bits && d->ntags) {
        struct shapes s;
        shapes_init(&s, p->arena, d->ntags);
        if (plan_shapes(p, domain, &s)) {
            struct plan_field *f = add_field(p, domain, POL_FIELD_DENSE, d->first_tag, d->ntags);
            f->shapes = s;
            number_codes(p, f);
        } else {
            d->bits = true;
        }
    }
    if (d->bits)
        bit_fields(p, domain);
    d->nfields = p->nfields - d->first_field;
}

/* --- slots --------------------------------------------------------------------------------------
 */

bool plan_in_scope(const struct plan *p, uint32_t set_tag, uint32_t domain)
{
    uint32_t own = p->ir->tags[set_tag].domain;
    return own == domain || p->ir->domains[own].kind != IR_DOMAIN_COMPONENT;
}

static void add_slot(struct plan *p, uint32_t kind, uint32_t index, uint32_t set_arg)
{
    struct pol_prt_slot s = {kind, index, set_arg};
    p->nslots = section_push(p->out, POL_SEC_SLOTS, &s) + 1;
}

/* Lanes of tags with a TagSet argument are in no region.  Of those that share a slot, the first of
 * the others stands for all. */
static bool is_nested_lane(const struct plan *p, uint32_t lane)
{
    uint32_t at = p->lanes[lane].first;
    while (at != IR_NONE && p->ir->space->tags[p->lanes[at].tag].has_set_arg)
        at = p->lanes[at].next;
    return at == lane;
}

/* The region of a TagSet argument: fields and integer lanes of everything in its owner's scope. */
static void nested_slots(struct plan *p, uint32_t tag, uint32_t set_arg)
{
    const struct ir *ir = p->ir;
    for (uint32_t i = 0; i < p->nfields; i++)
        if (plan_in_scope(p, tag, p->fields[i].domain))
            add_slot(p, POL_SLOT_NESTED_FIELD, i, set_arg);
    for (uint32_t t = 0; t < ir->space->ntags; t++) {
        if (!plan_in_scope(p, tag, ir->tags[t].domain))
            continue;
        for (uint32_t k = 0; k < ir->space->tags[t].nargs; k++)
            if (is_nested_lane(p, p->first_lane[t] + k))
                add_slot(p, POL_SLOT_NESTED_LANE, p->first_lane[t] + k, set_arg);
    }
}

static void domain_slots(struct plan *p, uint32_t domain)
{
    struct plan_domain *d = &p->domains[domain];
    d->first_slot = p->nslots;
    for (uint32_t i = d->first_field; i < d->first_field + d->nfields; i++) {
        p->fields[i].slot = p->nslots;
        add_slot(p, POL_SLOT_FIELD, i, POL_NONE);
    }
    for (uint32_t t = d->first_tag; t < d->first_tag + d->ntags; t++)
        for (uint32_t k = 0; k < p->ir->space->tags[t].nargs; k++) {
            struct plan_lane *lane = &p->lanes[p->first_lane[t] + k];
            if (lane->first != p->first_lane[t] + k) { /* shares an earlier one's */
                lane->slot = p->lanes[lane->first].slot;
                lane->nslots = 1;
                continue;
            }
            lane->slot = p->nslots;
            if (p->ir->space->tags[t].args[k].is_set)
                nested_slots(p, t, p->first_lane[t] + k);
            else
                add_slot(p, POL_SLOT_LANE, p->first_lane[t] + k, POL_NONE);
            lane->nslots = p->nslots - lane->slot;
        }
    d->nslots = p->nslots - d->first_slot;
}

/* --- sections -----------------------------------------------------------------------------------
 */

static void emit_field(struct plan *p, const struct plan_field *f)
{
    struct pol_prt_field r = {.domain = f->domain,
                              .kind = f->kind,
                              .slot = f->slot,
                              .ntags = f->ntags,
                              .shape_words = (f->ntags + 31) / 32};
    r.first_tag = section_count(p->out, POL_SEC_FIELD_TAGS);
    for (uint32_t t = f->first_tag; t < f->first_tag + f->ntags; t++)
        section_push(p->out, POL_SEC_FIELD_TAGS, &t);
    r.first_shape = section_count(p->out, POL_SEC_SHAPES);
    r.empty = POL_VALID_BIT;
    r.ncodes = f->kind == POL_FIELD_DENSE ? f->ncodes : 0;
    for (uint32_t code = 0; code < r.ncodes; code++) {
        uint32_t zero = 0, id = f->shape_at[code];
        for (uint32_t w = 0; w < r.shape_words; w++)
            section_push(p->out, POL_SEC_SHAPES,
                         id == SHAPE_INVALID ? &zero : shapes_bits(&f->shapes, id) + w);
        section_push(p->out, POL_SEC_SHAPES,
                     id == SHAPE_INVALID ? &zero : &f->shapes.kinds.items[id]);
        if (id != SHAPE_INVALID && popcount(shapes_bits(&f->shapes, id), f->shapes.words) == 0)
            r.empty = code;
    }
    section_push(p->out, POL_SEC_FIELDS, &r);
}

/* The names of an argument's values in VALUES, each list once; POL_NONE: they have none. */
static uint32_t emit_values(struct plan *p, struct keys *lists, const struct pol_tag_arg *arg)
{
    if (!arg->values || arg->is_set)
        return POL_NONE;
    size_t n = (size_t)arg->limit;
    uint32_t *names = ARENA_ARRAY(p->arena, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        names[i] = plan_string(p, arg->values[i]);
    struct key_entry *e = key_find(lists, names, n * sizeof *names);
    if (e->value == KEY_NEW)
        e->value = section_extend(p->out, POL_SEC_VALUES, names, n);
    return e->value;
}

static void emit_tags(struct plan *p)
{
    const struct ir *ir = p->ir;
    struct keys *lists = keys_new(p->arena);
    for (uint32_t t = 0; t < ir->space->ntags; t++) {
        const struct pol_tag_info *info = &ir->space->tags[t];
        struct pol_prt_tag r = {plan_string(p, info->name), plan_string(p, info->module),
                                ir->tags[t].domain,         info->merge_all,
                                p->first_lane[t],           info->nargs};
        section_push(p->out, POL_SEC_TAGS, &r);
        for (uint32_t k = 0; k < info->nargs; k++) {
            const struct plan_lane *lane = &p->lanes[p->first_lane[t] + k];
            struct pol_prt_arg a = {info->args[k].is_set,
                                    info->args[k].is_set ? 0 : (uint32_t)(info->args[k].limit - 1),
                                    emit_values(p, lists, &info->args[k]), lane->slot,
                                    lane->nslots};
            section_push(p->out, POL_SEC_ARGS, &a);
        }
    }
}

static void number_lanes(struct plan *p)
{
    const struct pol_space *space = p->ir->space;
    uint32_t n = 0;
    p->first_lane = ARENA_ARRAY(p->arena, uint32_t, space->ntags + 1);
    for (uint32_t t = 0; t < space->ntags; t++) {
        p->first_lane[t] = n;
        n += space->tags[t].nargs;
    }
    p->first_lane[space->ntags] = n;
    p->lanes = ARENA_ARRAY(p->arena, struct plan_lane, n + 1);
    for (uint32_t t = 0; t < space->ntags; t++)
        for (uint32_t i = p->first_lane[t]; i < p->first_lane[t + 1]; i++)
            p->lanes[i] = (struct plan_lane){.tag = t, .first = i, .next = IR_NONE};
}

void plan_layout(struct plan *p)
{
    const struct ir *ir = p->ir;
    uint32_t ntags = ir->space->ntags;
    p->fields = ARENA_ARRAY(p->arena, struct plan_field, ntags + 1);
    p->field_of = ARENA_ARRAY(p->arena, uint32_t, ntags + 1);
    number_lanes(p);
    for (uint32_t d = 0; d < ir->ndomains && !p->error; d++)
        domain_fields(p, d);
    for (uint32_t d = 0; p->options->share_lanes && d < ir->ndomains && !p->error; d++)
        plan_share_lanes(p, d);
    for (uint32_t d = 0; d < ir->ndomains && !p->error; d++)
        domain_slots(p, d);
    for (uint32_t i = 0; i < p->nfields; i++)
        emit_field(p, &p->fields[i]);
    emit_tags(p);
    p->slots = (struct pol_prt_slot *)(void *)p->out->sections[POL_SEC_SLOTS].data;
}
