/* Does the table's encoding give every tag set one word and every word one tag set? */
#include <inttypes.h>
#include <string.h>

#include "compiler/verify/internal.h"

/* --- shapes -------------------------------------------------------------------------------------
 */

static uint32_t hash_bits(const uint32_t *bits, uint32_t n)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ bits[i]) * 0xC2B2AE3D27D4EB4Fu, h ^= h >> 31;
    return (uint32_t)(h >> 16);
}

static uint32_t shape_at(const struct enc_field *e, const uint32_t *bits)
{
    uint32_t at = hash_bits(bits, e->words) & (e->table_size - 1);
    while (e->table[at] && memcmp(vf_shape_bits(e, e->table[at]), bits, e->words * sizeof *bits))
        at = (at + 1) & (e->table_size - 1);
    return at;
}

static void grow_shapes(struct vf *v, struct enc_field *e)
{
    e->table_size = e->table_size ? e->table_size * 2 : 64;
    e->table = ARENA_ARRAY(&v->arena, uint32_t, e->table_size);
    for (uint32_t id = 1; id < e->nshapes; id++)
        e->table[shape_at(e, vf_shape_bits(e, id))] = id;
}

uint32_t vf_shape(struct vf *v, struct enc_field *e, const uint32_t *bits)
{
    if (e->nshapes * 2 >= e->table_size)
        grow_shapes(v, e);
    uint32_t at = shape_at(e, bits);
    if (e->table[at])
        return e->table[at];
    for (uint32_t w = 0; w < e->words; w++)
        VEC_PUSH(&v->arena, &e->bits, bits[w]);
    e->table[at] = e->nshapes;
    return e->nshapes++;
}

/* --- fields -------------------------------------------------------------------------------------
 */

static bool empty_bits(const uint32_t *bits, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (bits[i])
            return false;
    return true;
}

static bool check_code(struct vf *v, struct enc_field *e, uint32_t code)
{
    const uint32_t *shape = v->t->shapes + e->f->first_shape + (size_t)code * (e->words + 1);
    uint32_t kinds = shape[e->words], rest = e->f->ntags % 32;
    if (rest && shape[e->words - 1] >> rest)
        return vf_fail(v, "field %" PRIu32 ": code %" PRIu32 " has a tag beyond the field",
                       e->index, code);
    uint32_t id = vf_shape(v, e, shape);
    if (id != code)
        return vf_fail(v, "field %" PRIu32 ": codes %" PRIu32 " and %" PRIu32 " are the same set",
                       e->index, id, code);
    if (kinds > 0xFF)
        return vf_fail(v, "field %" PRIu32 ": code %" PRIu32 " has unknown kinds", e->index, code);
    for (uint32_t i = 0; i < e->f->ntags; i++) {
        if (!vf_bit(shape, i))
            continue;
        vf_put(e->having + (size_t)i * e->set_words, code);
        if ((kinds & POL_KIND_NESTED) && v->ir->space->tags[e->tags[i]].has_set_arg)
            return vf_fail(v, "field %" PRIu32 ": code %" PRIu32 " nests a TagSet", e->index, code);
    }
    for (uint32_t k = 0; k < 8; k++)
        if (kinds >> k & 1u)
            vf_put(e->of_kind + (size_t)k * e->set_words, code);
    if (!empty_bits(shape, e->words))
        return true;
    if (e->f->empty != code || (kinds & VF_ALL_KINDS) != VF_ALL_KINDS)
        return vf_fail(v, "field %" PRIu32 ": {} is not the empty code of every operand", e->index);
    return true;
}

static bool check_dense(struct vf *v, struct enc_field *e)
{
    e->set_words = (e->f->ncodes + 63) / 64;
    e->having = ARENA_ARRAY(&v->arena, uint64_t, (size_t)e->f->ntags * e->set_words + 1);
    e->of_kind = ARENA_ARRAY(&v->arena, uint64_t, (size_t)8 * e->set_words);
    for (uint32_t w = 0; w < e->words; w++)
        VEC_PUSH(&v->arena, &e->bits, 0); /* id 0: invalid */
    e->nshapes = 1;
    for (uint32_t code = 1; code < e->f->ncodes; code++)
        if (!check_code(v, e, code))
            return false;
    uint32_t *none = ARENA_ARRAY(&v->arena, uint32_t, e->words + 1);
    if (vf_shape(v, e, none) != e->f->empty)
        return vf_fail(v, "field %" PRIu32 ": no code for {}", e->index);
    return true;
}

static bool check_field(struct vf *v, uint32_t index)
{
    struct enc_field *e = &v->fields[index];
    e->f = &v->t->fields[index];
    e->index = index;
    e->tags = v->t->field_tags + e->f->first_tag;
    e->words = e->f->shape_words;
    for (uint32_t i = 0; i < e->f->ntags; i++) {
        uint32_t tag = e->tags[i];
        if (v->field_of[tag] != POL_NONE || v->ir->tags[tag].domain != e->f->domain)
            return vf_fail(v, "field %" PRIu32 ": %s is in two fields, or of another domain", index,
                           v->ir->space->tags[tag].name);
        v->field_of[tag] = index;
        v->bit_of[tag] = i;
    }
    const struct pol_prt_domain *d = &v->t->domains[e->f->domain];
    if (index - d->first_field >= d->nfields)
        return vf_fail(v, "field %" PRIu32 " is not among its domain's", index);
    const struct pol_prt_slot *s = &v->t->slots[e->f->slot];
    if (s->kind != POL_SLOT_FIELD || s->index != index || e->f->slot - d->first_slot >= d->nslots)
        return vf_fail(v, "field %" PRIu32 ": slot %" PRIu32 " is another's", index, e->f->slot);
    return e->f->kind == POL_FIELD_BITS || check_dense(v, e);
}

static bool check_fields(struct vf *v)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < v->t->n_fields; i++)
        if (!check_field(v, i))
            return false;
    for (uint32_t tag = 0; tag < v->ir->space->ntags; tag++)
        if (v->field_of[tag] == POL_NONE)
            return vf_fail(v, "%s is in no field", v->ir->space->tags[tag].name);
    for (uint32_t d = 0; d < v->t->n_domains; d++) {
        if (v->t->domains[d].first_field != total)
            return vf_fail(v, "fields of domain %" PRIu32 " are not in order", d);
        total += v->t->domains[d].nfields;
    }
    return total == v->t->n_fields || vf_fail(v, "a field belongs to no domain");
}

/* --- slots --------------------------------------------------------------------------------------
 */

/* Is what domain `domain` holds in the scope of a TagSet argument of `tag`? */
static bool in_scope(const struct vf *v, uint32_t tag, uint32_t domain)
{
    uint32_t own = v->ir->tags[tag].domain;
    return own == domain || v->ir->domains[own].kind != IR_DOMAIN_COMPONENT;
}

uint32_t vf_region_slot(const struct vf *v, uint32_t set_arg, bool lane, uint32_t index)
{
    const struct pol_prt_arg *a = &v->t->args[set_arg];
    const struct pol_prt_slot *slots = v->t->slots;
    for (uint32_t s = a->slot; s < a->slot + a->nslots; s++)
        if (slots[s].index == index && (slots[s].kind == POL_SLOT_NESTED_LANE) == lane)
            return s;
    for (uint32_t s = a->slot; lane && s < a->slot + a->nslots; s++)
        if (slots[s].kind == POL_SLOT_NESTED_LANE && v->sharing[index] &&
            v->t->args[slots[s].index].slot == v->t->args[index].slot)
            return s;
    return POL_NONE;
}

static bool inside_region(const struct vf *v, uint32_t tag, uint32_t arg)
{
    uint32_t other = v->tag_of_arg[arg];
    return in_scope(v, tag, v->ir->tags[other].domain) && !v->ir->space->tags[other].has_set_arg;
}

static bool wrong_region(struct vf *v, uint32_t tag, const char *what, uint32_t index)
{
    return vf_fail(v, "argument of %s: %s %" PRIu32 " is wrongly there or missing",
                   v->ir->space->tags[tag].name, what, index);
}

/* The arguments that stand in the region; those that share a slot are named by the first. */
static bool check_region_lanes(struct vf *v, uint32_t tag, uint32_t set_arg, uint8_t *seen)
{
    const struct pol_prt_arg *a = &v->t->args[set_arg];
    for (uint32_t i = 0; i < v->t->n_args; i++) {
        uint32_t slot = vf_region_slot(v, set_arg, true, i);
        bool named = slot != POL_NONE && v->t->slots[slot].index == i;
        if (!inside_region(v, tag, i)) {
            if (named)
                return wrong_region(v, tag, "argument", i);
            continue;
        }
        if (slot == POL_NONE || (!named && !seen[slot - a->slot]))
            return wrong_region(v, tag, "argument", i);
        seen[slot - a->slot] = 1;
    }
    return true;
}

static bool check_region(struct vf *v, uint32_t tag, uint32_t set_arg)
{
    const struct pol_prt_arg *a = &v->t->args[set_arg];
    uint8_t *seen = ARENA_ARRAY(&v->arena, uint8_t, a->nslots + 1);
    for (uint32_t i = 0; i < v->t->n_fields; i++) {
        bool inside = in_scope(v, tag, v->t->fields[i].domain);
        uint32_t slot = vf_region_slot(v, set_arg, false, i);
        if (inside != (slot != POL_NONE))
            return wrong_region(v, tag, "field", i);
        if (inside)
            seen[slot - a->slot] = 1;
    }
    if (!check_region_lanes(v, tag, set_arg, seen))
        return false;
    for (uint32_t s = a->slot; s < a->slot + a->nslots; s++) {
        if (v->t->slots[s].kind < POL_SLOT_NESTED_FIELD || v->t->slots[s].set_arg != set_arg)
            return vf_fail(v, "slot %" PRIu32 " is not of the argument it lies in", s);
        if (!seen[s - a->slot])
            return vf_fail(v, "argument of %s: a slot too many or too few",
                           v->ir->space->tags[tag].name);
    }
    return true;
}

/* Two arguments with one slot: of tags of one dense field. */
static bool check_shared(struct vf *v, uint32_t arg, uint32_t first)
{
    uint32_t tag = v->tag_of_arg[arg], other = v->tag_of_arg[first];
    uint32_t field = v->field_of[tag];
    if (tag == other || field != v->field_of[other] || !vf_dense(v, field))
        return vf_fail(v, "slot %" PRIu32 " is shared by %s and %s, which are not of one code",
                       v->t->args[arg].slot, v->ir->space->tags[other].name,
                       v->ir->space->tags[tag].name);
    v->sharing[arg] = v->sharing[first] = 1;
    return true;
}

/* An argument's lane.  `users`: per slot 0 nobody, 1 a field or a region, else the first argument
 * plus 2. */
static bool check_lane(struct vf *v, uint32_t arg, uint32_t *users)
{
    uint32_t tag = v->tag_of_arg[arg];
    const struct pol_prt_arg *a = &v->t->args[arg];
    const struct pol_prt_domain *d = &v->t->domains[v->ir->tags[tag].domain];
    if (a->slot < d->first_slot || a->slot + a->nslots > d->first_slot + d->nslots)
        return vf_fail(v, "%s: argument outside its domain's slots", v->ir->space->tags[tag].name);
    for (uint32_t s = a->slot; s < a->slot + a->nslots; s++) {
        if (users[s] && (a->is_set || users[s] < 2))
            return vf_fail(v, "slot %" PRIu32 " is used twice", s);
        if (users[s] && !check_shared(v, arg, users[s] - 2))
            return false;
        if (!users[s])
            users[s] = a->is_set ? 1 : arg + 2;
    }
    if (a->is_set)
        return true;
    const struct pol_prt_slot *s = &v->t->slots[a->slot];
    return (a->nslots == 1 && s->kind == POL_SLOT_LANE && s->index == users[a->slot] - 2) ||
           vf_fail(v, "%s: slot %" PRIu32 " is not its lane", v->ir->space->tags[tag].name,
                   a->slot);
}

/* Tags whose arguments share a slot are never together. */
static bool check_apart(struct vf *v, uint32_t slot)
{
    uint32_t first = v->tag_of_arg[v->lane_args[v->lane_first[slot]]];
    const struct enc_field *e = &v->fields[v->field_of[first]];
    uint64_t *met = ARENA_ARRAY(&v->arena, uint64_t, e->set_words + 1);
    for (uint32_t i = v->lane_first[slot]; i < v->lane_first[slot + 1]; i++) {
        uint32_t tag = v->tag_of_arg[v->lane_args[i]];
        const uint64_t *having = e->having + (size_t)v->bit_of[tag] * e->set_words;
        for (uint32_t w = 0; w < e->set_words; w++) {
            if (met[w] & having[w])
                return vf_fail(v, "slot %" PRIu32 " is shared by %s, which can be together", slot,
                               vf_lane_tags(v, &v->arena, slot));
            met[w] |= having[w];
        }
    }
    return true;
}

/* The slots of an integer argument: its own, and one in each region. */
static void each_lane(struct vf *v, uint32_t arg, void (*call)(struct vf *, uint32_t, uint32_t))
{
    call(v, v->t->args[arg].slot, arg);
    for (uint32_t r = 0; r < v->t->n_args; r++)
        if (v->t->args[r].is_set && inside_region(v, v->tag_of_arg[r], arg))
            call(v, vf_region_slot(v, r, true, arg), arg);
}

static void count_lane(struct vf *v, uint32_t slot, uint32_t arg)
{
    (void)arg;
    v->lane_first[slot]++;
}

static void put_lane(struct vf *v, uint32_t slot, uint32_t arg)
{
    v->lane_args[--v->lane_first[slot]] = arg;
}

/* Which arguments stand in a slot, ascending; and the places of arguments. */
static void list_lanes(struct vf *v)
{
    uint32_t total = 0;
    v->lane_first = ARENA_ARRAY(&v->arena, uint32_t, v->t->n_slots + 1);
    for (uint32_t a = 0; a < v->t->n_args; a++)
        if (!v->t->args[a].is_set)
            each_lane(v, a, count_lane);
    for (uint32_t s = 0; s <= v->t->n_slots; s++)
        v->lane_first[s] = total += v->lane_first[s];
    v->lane_args = ARENA_ARRAY(&v->arena, uint32_t, total + 1);
    for (uint32_t a = v->t->n_args; a-- > 0;)
        if (!v->t->args[a].is_set)
            each_lane(v, a, put_lane);
    v->place_of_arg = ARENA_ARRAY(&v->arena, uint32_t, v->t->n_args + 1);
    v->nplaces = v->t->n_slots;
    for (uint32_t a = 0; a < v->t->n_args; a++) {
        uint32_t slot = v->t->args[a].slot;
        bool first = v->t->args[a].is_set || v->lane_args[v->lane_first[slot]] == a;
        v->place_of_arg[a] = first ? slot : v->nplaces++;
    }
}

static bool check_lanes(struct vf *v, uint32_t *users)
{
    v->sharing = ARENA_ARRAY(&v->arena, uint8_t, v->t->n_args + 1);
    for (uint32_t a = 0; a < v->t->n_args; a++)
        if (!check_lane(v, a, users))
            return false;
    for (uint32_t a = 0; a < v->t->n_args; a++)
        if (v->t->args[a].is_set && !check_region(v, v->tag_of_arg[a], a))
            return false;
    list_lanes(v);
    for (uint32_t s = 0; s < v->t->n_slots; s++)
        if (vf_sharing(v, s) > 1 && !check_apart(v, s))
            return false;
    return true;
}

static bool check_slots(struct vf *v)
{
    uint32_t *users = ARENA_ARRAY(&v->arena, uint32_t, v->t->n_slots + 1);
    uint32_t next = 0;
    for (uint32_t d = 0; d < v->t->n_domains; d++) {
        if (v->t->domains[d].first_slot != next)
            return vf_fail(v, "slots of domain %" PRIu32 " are not in order", d);
        next += v->t->domains[d].nslots;
    }
    if (next != v->t->n_slots)
        return vf_fail(v, "a slot belongs to no domain");
    for (uint32_t i = 0; i < v->t->n_fields; i++)
        users[v->t->fields[i].slot] = 1;
    if (!check_lanes(v, users))
        return false;
    for (uint32_t s = 0; s < v->t->n_slots; s++)
        if (!users[s])
            return vf_fail(v, "slot %" PRIu32 " holds nothing", s);
    return true;
}

static void number_tags(struct vf *v)
{
    uint32_t ntags = v->ir->space->ntags, tag = 0;
    v->field_of = ARENA_ARRAY(&v->arena, uint32_t, ntags + 1);
    v->bit_of = ARENA_ARRAY(&v->arena, uint32_t, ntags + 1);
    v->tag_of_arg = ARENA_ARRAY(&v->arena, uint32_t, v->t->n_args + 1);
    v->domain_tag = ARENA_ARRAY(&v->arena, uint32_t, v->ir->ndomains + 1);
    v->domain_tag_end = ARENA_ARRAY(&v->arena, uint32_t, v->ir->ndomains + 1);
    for (uint32_t d = 0; d < v->ir->ndomains; d++) {
        v->domain_tag[d] = tag;
        while (tag < ntags && v->ir->tags[tag].domain == d)
            tag++;
        v->domain_tag_end[d] = tag;
    }
    for (uint32_t t = 0; t < ntags; t++) {
        v->field_of[t] = POL_NONE;
        for (uint32_t k = 0; k < v->t->tags[t].nargs; k++)
            v->tag_of_arg[v->t->tags[t].first_arg + k] = t;
    }
}

bool vf_encoding(struct vf *v)
{
    v->fields = ARENA_ARRAY(&v->arena, struct enc_field, v->t->n_fields + 1);
    number_tags(v);
    return check_fields(v) && check_slots(v);
}

/* --- codes and conditions -----------------------------------------------------------------------
 */

uint64_t *vf_codes(struct vf *v, struct arena *arena, uint32_t field, uint32_t kinds)
{
    const struct enc_field *e = &v->fields[field];
    uint64_t *set = ARENA_ARRAY(arena, uint64_t, e->set_words + 1);
    for (uint32_t k = 0; k < 8; k++)
        for (uint32_t w = 0; (kinds >> k & 1u) && w < e->set_words; w++)
            set[w] |= e->of_kind[(size_t)k * e->set_words + w];
    if (kinds == 0)
        vf_put(set, e->f->empty);
    return set;
}

void vf_cut(struct vf *v, struct arena *arena, uint32_t decider, const struct ir_cond *cond,
            uint32_t field, struct vf_cut *cut)
{
    const struct enc_field *e = &v->fields[field];
    cut->field = field;
    cut->exact = cond->exact && vf_owns(v, decider, e->f->domain);
    cut->required = ARENA_ARRAY(arena, uint32_t, e->words + 1);
    cut->forbidden = ARENA_ARRAY(arena, uint32_t, e->words + 1);
    for (uint32_t i = 0; i < cond->nrequired; i++)
        if (v->field_of[cond->required[i]] == field)
            cut->required[v->bit_of[cond->required[i]] / 32] |=
                (uint32_t)1 << v->bit_of[cond->required[i]] % 32;
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        if (v->field_of[cond->forbidden[i]] == field)
            cut->forbidden[v->bit_of[cond->forbidden[i]] / 32] |=
                (uint32_t)1 << v->bit_of[cond->forbidden[i]] % 32;
}

void vf_narrow(struct vf *v, const struct vf_cut *cut, uint64_t *set)
{
    struct enc_field *e = &v->fields[cut->field];
    for (uint32_t i = 0; i < e->f->ntags; i++) {
        const uint64_t *having = e->having + (size_t)i * e->set_words;
        bool required = vf_bit(cut->required, i);
        if (!required && !cut->exact && !vf_bit(cut->forbidden, i))
            continue;
        for (uint32_t w = 0; w < e->set_words; w++)
            set[w] &= required ? having[w] : ~having[w];
    }
}

uint32_t vf_operand_kinds(const struct pol_form *form, enum pol_operand op)
{
    static const uint8_t of_file[] = {[POL_FILE_NONE] = 0,
                                      [POL_FILE_INT] = POL_KIND_INT | POL_KIND_X0,
                                      [POL_FILE_FP] = POL_KIND_FP,
                                      [POL_FILE_CSR] = POL_KIND_CSR};
    switch (op) {
    case POL_OP_ENV:
        return POL_KIND_ENV;
    case POL_OP_CODE:
        return POL_KIND_CODE;
    case POL_OP_OP1:
        return of_file[form->op1];
    case POL_OP_OP2:
        return of_file[form->op2];
    case POL_OP_OP3:
        return of_file[form->op3];
    default:
        return form->mem ? POL_KIND_MEM : 0;
    }
}

struct form_key vf_form(const struct pol_form *form)
{
    struct form_key key = {{0}, {0}, 0};
    for (uint32_t op = 0; op < POL_OPERANDS; op++)
        key.kinds[op] = (uint8_t)vf_operand_kinds(form, (enum pol_operand)op);
    key.dest[POL_RES_ENV] = POL_KIND_ENV;
    key.dest[POL_RES_RD] = form->rd == POL_FILE_INT  ? POL_KIND_INT
                           : form->rd == POL_FILE_FP ? POL_KIND_FP
                                                     : 0;
    key.dest[POL_RES_CSR] = form->csr ? POL_KIND_CSR : 0;
    key.dest[POL_RES_MEM] = form->mem & POL_MEM_WRITE ? POL_KIND_MEM : 0;
    key.merges = form->mem ? key.dest[POL_RES_RD] : 0;
    return key;
}

/* --- initial sets -------------------------------------------------------------------------------
 */

static uint32_t entity_kinds(const struct ir_entity *e)
{
    switch (e->kind) {
    case IR_ENT_ENV:
    case IR_ENT_TRAP_ENV:
        return POL_KIND_ENV;
    case IR_ENT_INT_REG:
        return e->number == 0 ? POL_KIND_X0 : POL_KIND_INT;
    case IR_ENT_FP_REG:
        return POL_KIND_FP;
    case IR_ENT_REG_DEFAULT:
        return POL_KIND_INT | POL_KIND_X0 | POL_KIND_FP;
    case IR_ENT_CSR:
        return POL_KIND_CSR;
    default:
        return POL_KIND_MEM;
    }
}

/* Memory: the unions met so far, as a set of codes and in order. */
struct initial {
    struct vf *v;
    struct enc_field *e;
    uint64_t *met;
    VEC_OF(uint32_t) list;
};

static bool initial_code(struct initial *in, const uint32_t *bits, uint32_t kinds,
                         const char *entity, uint32_t *code)
{
    struct vf *v = in->v;
    *code = vf_shape(v, in->e, bits);
    if (*code < in->e->f->ncodes &&
        (v->t->shapes[in->e->f->first_shape + (size_t)*code * (in->e->words + 1) + in->e->words] &
         kinds) == kinds)
        return true;
    struct str_buf set;
    str_init(&set);
    vf_print_shape(v, &set, in->e->index, *code);
    vf_fail(v, "the initial set %s (entity %s) has no code where it can stand", str_text(&set),
            entity);
    str_free(&set);
    return false;
}

static bool add_memory(struct initial *in, const uint32_t *bits, const char *entity)
{
    uint32_t *both = ARENA_ARRAY(&in->v->arena, uint32_t, in->e->words);
    size_t n = in->list.count;
    for (size_t i = 0; i < n; i++) {
        uint32_t code;
        for (uint32_t w = 0; w < in->e->words; w++)
            both[w] = bits[w] | vf_shape_bits(in->e, in->list.items[i])[w];
        if (!initial_code(in, both, POL_KIND_MEM, entity, &code))
            return false;
        if (vf_in(in->met, code))
            continue;
        vf_put(in->met, code);
        VEC_PUSH(&in->v->arena, &in->list, code);
    }
    return true;
}

static bool check_initial(struct vf *v, struct enc_field *e)
{
    struct initial in = {.v = v, .e = e};
    in.met = ARENA_ARRAY(&v->arena, uint64_t, e->set_words);
    VEC_PUSH(&v->arena, &in.list, e->f->empty);
    vf_put(in.met, e->f->empty);
    uint32_t *bits = ARENA_ARRAY(&v->arena, uint32_t, e->words), code;
    for (uint32_t i = 0; i < v->ir->nentities; i++) {
        const struct ir_entity *entity = &v->ir->entities[i];
        uint32_t kinds = entity_kinds(entity);
        memset(bits, 0, e->words * sizeof *bits);
        for (uint32_t k = 0; k < e->f->ntags; k++)
            if (pol_lit_has(entity->tags, e->tags[k]))
                bits[k / 32] |= (uint32_t)1 << k % 32;
        if (kinds == POL_KIND_MEM ? !add_memory(&in, bits, entity->name)
                                  : !initial_code(&in, bits, kinds, entity->name, &code))
            return false;
    }
    return true;
}

bool vf_initial(struct vf *v)
{
    for (uint32_t i = 0; i < v->t->n_fields; i++)
        if (vf_dense(v, i) && !check_initial(v, &v->fields[i]))
            return false;
    return true;
}
