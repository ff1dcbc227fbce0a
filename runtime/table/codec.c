/* Literal tag sets <-> words of a table. */
#include <stdlib.h>
#include <string.h>
#include <pol/table.h>

static char *copy_string(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = malloc(n);
    if (copy)
        memcpy(copy, s, n);
    return copy;
}

/* `values`: the names in VALUES. */
static int fill_tag(const struct pol_table *t, const struct pol_prt_tag *from, char **values,
                    struct pol_tag_info *to)
{
    to->name = copy_string(t->strings + from->name);
    to->module = copy_string(t->strings + from->module);
    to->merge_all = from->merge_all != 0;
    to->nargs = from->nargs;
    for (uint32_t k = 0; k < from->nargs; k++) {
        const struct pol_prt_arg *a = &t->args[from->first_arg + k];
        to->args[k].is_set = a->is_set != 0;
        to->args[k].limit = (uint64_t)a->max + 1;
        to->args[k].values = a->values == POL_NONE ? NULL : values + a->values;
    }
    return to->name && to->module ? 0 : -1;
}

/* The names in VALUES, as one list of the space; NULL when memory is short. */
static char **copy_values(const struct pol_table *t, struct pol_space *space)
{
    const char **names = calloc((size_t)t->n_values + 1, sizeof *names);
    if (!names)
        return NULL;
    for (uint32_t i = 0; i < t->n_values; i++)
        names[i] = t->strings + t->values[i];
    char **values = pol_space_values(space, names, t->n_values);
    free((void *)names);
    return values;
}

static int fill_space(const struct pol_table *t, struct pol_space *space)
{
    char **values = t->n_values ? copy_values(t, space) : NULL;
    if (t->n_values && !values)
        return -1;
    for (uint32_t i = 0; i < t->n_tags; i++)
        if (fill_tag(t, &t->tags[i], values, &space->tags[i]))
            return -1;
    return pol_space_finish(space);
}

struct pol_space *pol_table_space(const struct pol_table *t)
{
    struct pol_space *space = pol_space_new(t->n_tags);
    if (space && fill_space(t, space)) {
        pol_space_free(space);
        return NULL;
    }
    return space;
}

/* The tag and position that an ARGS index stands for. */
static void locate_arg(const struct pol_table *t, uint32_t index, uint32_t *tag, uint32_t *k)
{
    uint32_t low = 0, high = t->n_tags;
    while (high - low > 1) { /* the last tag whose first_arg <= index */
        uint32_t mid = low + (high - low) / 2;
        if (t->tags[mid].first_arg <= index)
            low = mid;
        else
            high = mid;
    }
    while (t->tags[low].nargs == 0 || t->tags[low].first_arg + t->tags[low].nargs <= index)
        low--; /* tags without arguments share the next one's first_arg */
    *tag = low;
    *k = index - t->tags[low].first_arg;
}

static const uint32_t *shape_of(const struct pol_table *t, const struct pol_prt_field *f,
                                uint32_t code)
{
    return t->shapes + f->first_shape + (size_t)code * (f->shape_words + 1);
}

/* Does this code's shape equal the literal's presence bits? */
static bool shape_matches(const struct pol_table *t, const struct pol_prt_field *f, uint32_t code,
                          const uint32_t *has)
{
    const uint32_t *shape = shape_of(t, f, code);
    for (uint32_t i = 0; i < f->ntags; i++)
        if ((shape[i / 32] >> (i % 32) & 1u) !=
            (uint32_t)pol_lit_has(has, t->field_tags[f->first_tag + i]))
            return false;
    return true;
}

/* The slot value of a field for these presence bits; 0 if there is none. */
static uint32_t encode_field(const struct pol_table *t, const struct pol_prt_field *f,
                             const uint32_t *has)
{
    if (f->kind == POL_FIELD_BITS) {
        uint32_t bits = POL_VALID_BIT;
        for (uint32_t i = 0; i < f->ntags; i++)
            bits |= (uint32_t)pol_lit_has(has, t->field_tags[f->first_tag + i]) << i;
        return bits;
    }
    for (uint32_t code = 1; code < f->ncodes; code++)
        if (shape_matches(t, f, code, has))
            return code;
    return 0;
}

static const uint32_t *nested_literal(const struct pol_table *t, const struct pol_space *space,
                                      const uint32_t *lit, uint32_t set_arg)
{
    uint32_t tag, k;
    locate_arg(t, set_arg, &tag, &k);
    return pol_lit_has(lit, tag) ? lit + space->tags[tag].args[k].offset : NULL;
}

/* A tag is covered when some field of the table holds it; a nested set must not hold others than
 * its region covers. */
static bool nested_covered(const struct pol_table *t, const struct pol_space *space,
                           const uint32_t *lit, uint32_t set_arg, uint8_t *seen)
{
    const uint32_t *flat = nested_literal(t, space, lit, set_arg);
    if (!flat)
        return true;
    memset(seen, 0, t->n_tags + 1);
    const struct pol_prt_arg *a = &t->args[set_arg];
    for (uint32_t s = a->slot; s < a->slot + a->nslots; s++) {
        if (t->slots[s].kind != POL_SLOT_NESTED_FIELD)
            continue;
        const struct pol_prt_field *f = &t->fields[t->slots[s].index];
        for (uint32_t i = 0; i < f->ntags; i++)
            seen[t->field_tags[f->first_tag + i]] = 1;
    }
    for (uint32_t tag = 0; tag < t->n_tags; tag++)
        if (pol_lit_has(flat, tag) && !seen[tag])
            return false;
    return true;
}

/* The slot in a TagSet argument's region that holds this integer argument; POL_NONE: none does. */
static uint32_t region_lane(const struct pol_table *t, uint32_t set_arg, uint32_t arg)
{
    const struct pol_prt_arg *region = &t->args[set_arg];
    for (uint32_t s = region->slot; s < region->slot + region->nslots; s++)
        if (t->slots[s].kind == POL_SLOT_NESTED_LANE &&
            t->args[t->slots[s].index].slot == t->args[arg].slot)
            return s;
    return POL_NONE;
}

/* The slot of an integer argument of a set, or of a set in a TagSet argument. */
static uint32_t lane_slot(const struct pol_table *t, uint32_t set_arg, uint32_t arg)
{
    if (set_arg != POL_NONE)
        return region_lane(t, set_arg, arg);
    return t->args[arg].nslots ? t->args[arg].slot : POL_NONE;
}

/* Where a literal, flat or not, has an argument; POL_NO_OFFSET: a flat one does not. */
static uint32_t argument_offset(const struct pol_space *space, uint32_t set_arg, uint32_t tag,
                                uint32_t k)
{
    const struct pol_tag_arg *arg = &space->tags[tag].args[k];
    return set_arg == POL_NONE ? arg->offset : arg->flat_offset;
}

/* Arguments of the tags of a set, or (`set_arg`) of the set in a TagSet argument, into their slots,
 * which are 0: of tags that share one, only one is there. */
static void encode_lanes(const struct pol_table *t, const struct pol_space *space,
                         const uint32_t *lit, uint32_t set_arg, uint32_t *word)
{
    for (uint32_t tag = 0; tag < t->n_tags; tag++) {
        for (uint32_t k = 0; pol_lit_has(lit, tag) && k < t->tags[tag].nargs; k++) {
            uint32_t arg = t->tags[tag].first_arg + k;
            uint32_t offset = argument_offset(space, set_arg, tag, k);
            if (offset == POL_NO_OFFSET)
                continue;
            if (t->args[arg].is_set) {
                encode_lanes(t, space, lit + offset, arg, word);
                continue;
            }
            uint32_t slot = lane_slot(t, set_arg, arg);
            if (slot != POL_NONE)
                word[slot] = lit[offset];
        }
    }
}

/* The value of a slot with a field, 0 of others. */
static int encode_field_slot(const struct pol_table *t, const struct pol_space *space,
                             const uint32_t *lit, uint32_t slot, uint32_t *value)
{
    const struct pol_prt_slot *s = &t->slots[slot];
    *value = 0;
    if (s->kind == POL_SLOT_NESTED_FIELD)
        lit = nested_literal(t, space, lit, s->set_arg);
    if (!lit || s->kind == POL_SLOT_LANE || s->kind == POL_SLOT_NESTED_LANE)
        return 0;
    *value = encode_field(t, &t->fields[s->index], lit);
    return *value ? 0 : -1;
}

int pol_table_encode(const struct pol_table *t, const struct pol_space *space, const uint32_t *lit,
                     uint32_t *word, uint32_t *field)
{
    uint8_t *seen = NULL;
    int status = 0;
    for (uint32_t s = 0; s < t->n_slots && !status; s++) {
        status = encode_field_slot(t, space, lit, s, &word[s]);
        if (status && field)
            *field = t->slots[s].index;
    }
    if (!status)
        encode_lanes(t, space, lit, POL_NONE, word);
    for (uint32_t a = 0; a < t->n_args && !status; a++) {
        if (!t->args[a].is_set)
            continue;
        if (!seen)
            seen = malloc((size_t)t->n_tags + 1);
        status = seen && nested_covered(t, space, lit, a, seen) ? 0 : -1;
    }
    free(seen);
    return status;
}

/* Presence bits of a field's slot value into `has`; -1 when the value is invalid. */
static int decode_field(const struct pol_table *t, const struct pol_prt_field *f, uint32_t value,
                        uint32_t *has)
{
    if (f->kind == POL_FIELD_BITS) {
        for (uint32_t i = 0; i < f->ntags; i++)
            if (value >> i & 1u)
                pol_lit_set(has, t->field_tags[f->first_tag + i]);
        return value & POL_VALID_BIT ? 0 : -1;
    }
    if (value == 0 || value >= f->ncodes)
        return -1;
    const uint32_t *shape = shape_of(t, f, value);
    for (uint32_t i = 0; i < f->ntags; i++)
        if (shape[i / 32] >> (i % 32) & 1u)
            pol_lit_set(has, t->field_tags[f->first_tag + i]);
    return 0;
}

/* Fields of the set, then those in its TagSet arguments: where such a tag is absent, they are 0. */
static int decode_fields(const struct pol_table *t, const struct pol_space *space,
                         const uint32_t *word, uint32_t *lit)
{
    int status = 0;
    for (uint32_t s = 0; s < t->n_slots; s++)
        if (t->slots[s].kind == POL_SLOT_FIELD)
            status |= decode_field(t, &t->fields[t->slots[s].index], word[s], lit);
    for (uint32_t s = 0; s < t->n_slots; s++) {
        uint32_t tag, k;
        if (t->slots[s].kind != POL_SLOT_NESTED_FIELD)
            continue;
        locate_arg(t, t->slots[s].set_arg, &tag, &k);
        if (pol_lit_has(lit, tag))
            status |= decode_field(t, &t->fields[t->slots[s].index], word[s],
                                   lit + space->tags[tag].args[k].offset);
        else if (word[s])
            status = -1;
    }
    return status;
}

/* The reverse of encode_lanes; *nonzero counts the slots that are not 0. */
static int decode_lanes(const struct pol_table *t, const struct pol_space *space,
                        const uint32_t *word, uint32_t set_arg, uint32_t *lit, uint32_t *nonzero)
{
    int status = 0;
    for (uint32_t tag = 0; tag < t->n_tags; tag++) {
        for (uint32_t k = 0; pol_lit_has(lit, tag) && k < t->tags[tag].nargs; k++) {
            uint32_t arg = t->tags[tag].first_arg + k;
            uint32_t offset = argument_offset(space, set_arg, tag, k);
            if (offset == POL_NO_OFFSET)
                continue;
            if (t->args[arg].is_set) {
                status |= decode_lanes(t, space, word, arg, lit + offset, nonzero);
                continue;
            }
            uint32_t slot = lane_slot(t, set_arg, arg);
            uint32_t value = slot == POL_NONE ? 0 : word[slot];
            lit[offset] = value;
            *nonzero += value != 0;
            status |= value > t->args[arg].max ? -1 : 0;
        }
    }
    return status;
}

/* A word is that of a set only if each lane that is not 0 is the argument of a tag that is there:
 * no more lanes are than those that were read. */
int pol_table_decode(const struct pol_table *t, const struct pol_space *space, const uint32_t *word,
                     uint32_t *lit)
{
    uint32_t read = 0, nonzero = 0;
    memset(lit, 0, space->words * sizeof *lit);
    int status = decode_fields(t, space, word, lit);
    status |= decode_lanes(t, space, word, POL_NONE, lit, &read);
    for (uint32_t s = 0; s < t->n_slots; s++)
        if (t->slots[s].kind == POL_SLOT_LANE || t->slots[s].kind == POL_SLOT_NESTED_LANE)
            nonzero += word[s] != 0;
    return nonzero == read ? status : -1;
}

uint32_t pol_table_kinds(const struct pol_table *t, const uint32_t *word)
{
    uint32_t kinds = UINT32_MAX;
    for (uint32_t i = 0; i < t->n_fields; i++) {
        const struct pol_prt_field *f = &t->fields[i];
        uint32_t code = word[f->slot];
        if (f->kind == POL_FIELD_DENSE)
            kinds &= code > 0 && code < f->ncodes ? shape_of(t, f, code)[f->shape_words] : 0;
    }
    return kinds;
}
