/* A rule table for other tools: how long its sections are and what its codes mean. */
#include "compiler/cli/table_json.h"

#include <stdlib.h>

#include "lang/support/arena.h"

/* Running out of memory ends the compiler. */
static json_t *sure(json_t *json)
{
    if (!json)
        pol_fatal_oom();
    return json;
}

static void append(json_t *array, json_t *json)
{
    if (json_array_append_new(array, sure(json)))
        pol_fatal_oom();
}

static void set(json_t *object, const char *key, json_t *json)
{
    if (json_object_set_new(object, key, sure(json)))
        pol_fatal_oom();
}

/* Presence bits as a set of names; tags with arguments without them. */
static json_t *shape_json(const struct pol_table *t, const struct pol_prt_field *f,
                          const uint32_t *bits)
{
    json_t *list = sure(json_array());
    for (uint32_t i = 0; i < f->ntags; i++)
        if (bits[i / 32] >> (i % 32) & 1u) {
            const struct pol_prt_tag *tag = &t->tags[t->field_tags[f->first_tag + i]];
            append(list, json_sprintf("%s.%s", t->strings + tag->module, t->strings + tag->name));
        }
    return list;
}

static json_t *codes_json(const struct pol_table *t, const struct pol_prt_field *f)
{
    json_t *codes = sure(json_array());
    for (uint32_t code = 0; code < f->ncodes; code++) {
        const uint32_t *shape =
            t->shapes + f->first_shape + (size_t)code * (f->shape_words + (size_t)1);
        append(codes, code ? shape_json(t, f, shape) : json_null());
    }
    return codes;
}

static json_t *field_json(const struct pol_table *t, const struct pol_prt_field *f)
{
    uint32_t *all = lang_xalloc((f->shape_words + (size_t)1) * sizeof *all);
    for (uint32_t i = 0; i < f->shape_words; i++)
        all[i] = UINT32_MAX;
    json_t *json = sure(json_pack(
        "{s:s, s:s, s:I, s:I, s:o}", "domain", t->strings + t->domains[f->domain].name, "kind",
        f->kind == POL_FIELD_DENSE ? "dense" : "bits", "slot", (json_int_t)f->slot, "empty",
        (json_int_t)f->empty, "tags", shape_json(t, f, all)));
    free(all);
    if (f->kind == POL_FIELD_DENSE)
        set(json, "codes", codes_json(t, f));
    return json;
}

static json_t *sections_json(const struct pol_table *t)
{
    json_t *json = sure(json_object());
#define X(kind, member, type) set(json, #member, json_integer(t->n_##member));
    POL_PRT_SECTIONS(X)
#undef X
    return json;
}

json_t *table_json(const struct pol_table *t, size_t bytes)
{
    json_t *fields = sure(json_array());
    for (uint32_t i = 0; i < t->n_fields; i++)
        append(fields, field_json(t, &t->fields[i]));
    return sure(json_pack("{s:s, s:I, s:I, s:o, s:o}", "format", "1.0", "bytes", (json_int_t)bytes,
                          "slots", (json_int_t)t->n_slots, "sections", sections_json(t), "fields",
                          fields));
}
