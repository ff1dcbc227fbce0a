/* Tag sets as literals: the set operations of the language. */
#include "compiler/interp/internal.h"

#include <string.h>

uint32_t set_next(const struct pol_space *space, const uint32_t *set, uint32_t from)
{
    uint32_t t = from;
    while (t < space->ntags) {
        uint32_t rest = set[t / 32] >> (t % 32);
        if (rest & 1u)
            return t;
        t = rest ? t + 1 : (t / 32 + 1) * 32;
    }
    return space->ntags;
}

/* Where the arguments of a tag stand in a literal, and how many words they take. */
static uint32_t args_of(const struct pol_space *space, uint32_t tag, size_t *bytes)
{
    const struct pol_tag_info *info = &space->tags[tag];
    *bytes = 0;
    if (info->nargs == 0)
        return 0;
    const struct pol_tag_arg *last = &info->args[info->nargs - 1];
    uint32_t end = last->offset + (last->is_set ? space->flat_words : 1);
    *bytes = (end - info->args[0].offset) * sizeof(uint32_t);
    return info->args[0].offset;
}

void set_clear(const struct pol_space *space, uint32_t *set)
{
    memset(set, 0, space->words * sizeof *set);
}

void set_remove(const struct pol_space *space, uint32_t *set, uint32_t tag)
{
    size_t bytes;
    uint32_t at = args_of(space, tag, &bytes);
    set[tag / 32] &= ~((uint32_t)1 << (tag % 32));
    memset(set + at, 0, bytes);
}

void set_put(const struct pol_space *space, uint32_t *set, const uint32_t *from, uint32_t tag)
{
    size_t bytes;
    uint32_t at = args_of(space, tag, &bytes);
    pol_lit_set(set, tag);
    memmove(set + at, from + at, bytes);
}

static const struct model_type *type_of(const struct model *model, uint32_t tag, uint32_t arg)
{
    return &model->types[model->tags[tag].arg_types[arg]];
}

bool set_compatible(const struct model *model, const uint32_t *a, const uint32_t *b, uint32_t tag)
{
    const struct pol_tag_info *info = &model->space->tags[tag];
    for (uint32_t k = 0; k < info->nargs; k++) {
        size_t size = (info->args[k].is_set ? model->space->flat_words : 1) * sizeof *a;
        uint32_t at = info->args[k].offset;
        if (!type_of(model, tag, k)->is_lattice && memcmp(a + at, b + at, size) != 0)
            return false;
    }
    return true;
}

static void combine(const struct model *model, uint32_t *out, const uint32_t *b, uint32_t tag,
                    bool join)
{
    const struct pol_tag_info *info = &model->space->tags[tag];
    for (uint32_t k = 0; k < info->nargs; k++) {
        const struct model_type *type = type_of(model, tag, k);
        uint32_t at = info->args[k].offset;
        if (type->is_lattice)
            out[at] = (join ? type->join : type->meet)[out[at] * type->limit + b[at]];
    }
}

void set_join(const struct model *model, uint32_t *out, const uint32_t *b, uint32_t tag)
{
    combine(model, out, b, tag, true);
}

void set_meet(const struct model *model, uint32_t *out, const uint32_t *b, uint32_t tag)
{
    combine(model, out, b, tag, false);
}

void set_project(const struct pol_space *space, uint32_t *out, const uint32_t *set,
                 const uint32_t *owned)
{
    set_clear(space, out);
    SET_EACH(t, space, set)
    if (pol_lit_has(owned, t))
        set_put(space, out, set, t);
}

void set_replace(const struct pol_space *space, uint32_t *out, const uint32_t *set,
                 const uint32_t *owned)
{
    SET_EACH(t, space, out)
    if (pol_lit_has(owned, t))
        set_remove(space, out, t);
    SET_EACH(t, space, set)
    set_put(space, out, set, t);
}

bool set_unite(const struct model *model, uint32_t *out, const uint32_t *b, uint32_t *tag)
{
    const struct pol_space *space = model->space;
    SET_EACH(t, space, b)
    if (pol_lit_has(out, t) && !set_compatible(model, out, b, t)) {
        *tag = t;
        return false;
    }
    SET_EACH(t, space, b)
    if (pol_lit_has(out, t))
        set_join(model, out, b, t);
    else
        set_put(space, out, b, t);
    return true;
}

void set_intersect(const struct model *model, uint32_t *out, const uint32_t *b)
{
    const struct pol_space *space = model->space;
    SET_EACH(t, space, out)
    if (pol_lit_has(b, t) && set_compatible(model, out, b, t))
        set_meet(model, out, b, t);
    else
        set_remove(space, out, t);
}

void set_flatten(const struct pol_space *space, uint32_t *flat, const uint32_t *set)
{
    memset(flat, 0, space->flat_words * sizeof *flat);
    SET_EACH(t, space, set)
    {
        const struct pol_tag_info *info = &space->tags[t];
        pol_lit_set(flat, t);
        for (uint32_t k = 0; k < info->nargs; k++)
            flat[info->args[k].flat_offset] = set[info->args[k].offset];
    }
}

void set_unflatten(const struct pol_space *space, uint32_t *set, const uint32_t *flat)
{
    set_clear(space, set);
    SET_EACH(t, space, flat)
    {
        const struct pol_tag_info *info = &space->tags[t];
        pol_lit_set(set, t);
        for (uint32_t k = 0; k < info->nargs; k++)
            set[info->args[k].offset] = flat[info->args[k].flat_offset];
    }
}
