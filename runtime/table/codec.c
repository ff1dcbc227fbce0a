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

static int fill_tag(const struct pol_table *t, const struct pol_prt_tag *from,
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
    }
    return to->name && to->module ? 0 : -1;
}

struct pol_space *pol_table_space(const struct pol_table *t)
{
    struct pol_space *space = pol_space_new(t->n_tags);
    if (!space)
        return NULL;
    for (uint32_t i = 0; i < t->n_tags; i++)
        if (fill_tag(t, &t->tags[i], &space->tags[i])) {
            pol_space_free(space);
            return NULL;
        }
    if (pol_space_finish(space)) {
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

static int encode_slot(const struct pol_table *t, const struct pol_space *space,
                       const uint32_t *lit, uint32_t slot, uint32_t *value)
{
    const struct pol_prt_slot *s = &t->slots[slot];
    uint32_t tag, k;
    const uint32_t *flat = NULL;
    *value = 0;
    if (s->kind == POL_SLOT_NESTED_FIELD || s->kind == POL_SLOT_NESTED_LANE) {
        flat = nested_literal(t, space, lit, s->set_arg);
        if (!flat)
            return 0;
    }
    switch (s->kind) {
    case POL_SLOT_FIELD:
    case POL_SLOT_NESTED_FIELD:
        *value = encode_field(t, &t->fields[s->index], flat ? flat : lit);
        return *value ? 0 : -1;
    case POL_SLOT_LANE:
        locate_arg(t, s->index, &tag, &k);
        *value = lit[space->tags[tag].args[k].offset];
        return 0;
    default:
        locate_arg(t, s->index, &tag, &k);
        if (space->tags[tag].args[k].flat_offset != POL_NO_OFFSET)
            *value = flat[space->tags[tag].args[k].flat_offset];
        return 0;
    }
}

int pol_table_encode(const struct pol_table *t, const struct pol_space *space, const uint32_t *lit,
                     uint32_t *word, uint32_t *field)
{
    uint8_t *seen = NULL;
    int status = 0;
    for (uint32_t s = 0; s < t->n_slots && !status; s++) {
        status = encode_slot(t, space, lit, s, &word[s]);
        if (status && field)
            *field = t->slots[s].index;
    }
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

int pol_table_decode(const struct pol_table *t, const struct pol_space *space, const uint32_t *word,
                     uint32_t *lit)
{
    uint32_t tag, k, tag2, k2;
    int status = 0;
    memset(lit, 0, space->words * sizeof *lit);
    for (uint32_t s = 0; s < t->n_slots; s++) {
        const struct pol_prt_slot *d = &t->slots[s];
        if (d->kind == POL_SLOT_FIELD) {
            status |= decode_field(t, &t->fields[d->index], word[s], lit);
        } else if (d->kind == POL_SLOT_LANE) {
            locate_arg(t, d->index, &tag, &k);
            lit[space->tags[tag].args[k].offset] = word[s];
        } else {
            locate_arg(t, d->set_arg, &tag, &k);
            uint32_t *flat = lit + space->tags[tag].args[k].offset;
            if (d->kind == POL_SLOT_NESTED_FIELD) {
                if (word[s])
                    status |= decode_field(t, &t->fields[d->index], word[s], flat);
                continue;
            }
            locate_arg(t, d->index, &tag2, &k2);
            if (space->tags[tag2].args[k2].flat_offset != POL_NO_OFFSET)
                flat[space->tags[tag2].args[k2].flat_offset] = word[s];
        }
    }
    return status;
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
