/* The cost of a table for tools; docs/targets.md lists the members. */
#include <stdlib.h>
#include <string.h>

#include "compiler/target/cost_internal.h"
#include "compiler/target/cost_names.h"

/* ---- JSON without failures: running out of memory ends the compiler ---------------------------
 */

static json_t *sure(json_t *json)
{
    if (!json)
        pol_fatal_oom();
    return json;
}

static void set(json_t *object, const char *key, json_t *json)
{
    if (json_object_set_new(object, key, sure(json)))
        pol_fatal_oom();
}

static void append(json_t *array, json_t *json)
{
    if (json_array_append_new(array, sure(json)))
        pol_fatal_oom();
}

static void set_number(json_t *object, const char *key, uint64_t value)
{
    set(object, key, json_integer((json_int_t)value));
}

static json_t *text(const struct cost *c, uint32_t offset)
{
    return sure(json_string(c->table->strings + offset));
}

static json_t *decider(const struct cost *c, uint32_t at)
{
    return at == POL_NONE ? sure(json_null()) : text(c, c->table->deciders[at].name);
}

static json_t *opclass(const struct cost *c, uint32_t at)
{
    return at ? text(c, c->table->opclasses[at].name) : sure(json_null());
}

/* Names of the operands of a mask. */
static json_t *operands(uint32_t mask)
{
    json_t *list = sure(json_array());
    for (int op = 0; op < POL_OPERANDS; op++)
        if (mask >> op & 1)
            append(list, json_string(cost_operands[op]));
    return list;
}

static json_t *classes(const uint32_t counts[POL_OPERANDS])
{
    json_t *object = sure(json_object());
    for (int op = 0; op < POL_OPERANDS; op++)
        if (counts[op])
            set_number(object, cost_operands[op], counts[op]);
    return object;
}

static void set_rows(json_t *object, const struct cost_rows *r)
{
    set_number(object, "cells", r->cells);
    set_number(object, "cells_unselected", r->cells_unselected);
    set_number(object, "entries", r->entries);
    set_number(object, "key_bits", r->key_bits);
    set(object, "keys", json_real(r->keys));
    set(object, "keys_unselected", json_real(r->keys_unselected));
}

/* ---- Parts ------------------------------------------------------------------------------------
 */

static json_t *domains(const struct cost *c)
{
    json_t *list = sure(json_array());
    for (uint32_t i = 0; i < c->table->n_domains; i++) {
        const struct cost_domain *d = &c->domains[i];
        json_t *item = sure(json_object());
        set(item, "name", text(c, c->table->domains[i].name));
        set(item, "kind", json_string(cost_domain_kinds[c->table->domains[i].kind]));
        set_number(item, "tags", d->tags);
        set_number(item, "shapes", d->shapes);
        set(item, "bit_per_tag", json_boolean(d->bit_fields));
        set_number(item, "code_bits", d->code_bits);
        set_number(item, "lanes", d->lanes);
        set_number(item, "lane_bits", d->lane_bits);
        append(list, item);
    }
    return list;
}

static json_t *tags(const struct cost *c)
{
    json_t *object = sure(json_object());
    set_number(object, "bits", c->tag_bits);
    set_number(object, "lanes", c->lanes);
    set_number(object, "granule", c->table->meta->granule);
    set(object, "bytes_per_kib", json_real(c->tag_bytes_per_kib));
    set(object, "domains", domains(c));
    return object;
}

static json_t *deciders(const struct cost *c)
{
    json_t *list = sure(json_array());
    for (uint32_t i = 0; i < c->nparts; i++) {
        const struct cost_part *p = &c->parts[i];
        json_t *item = sure(json_object()), *layouts = sure(json_object());
        for (int l = 0; l < COST_LAYOUTS; l++)
            set_number(layouts, cost_layouts[l], p->layouts[l]);
        set(item, "name", decider(c, p->decider));
        set_number(item, "rules", p->rules);
        set_number(item, "programs", p->programs);
        set(item, "layouts", layouts);
        set_number(item, "lookups", p->lookups);
        set(item, "classes", classes(p->classes));
        set_rows(item, &p->rows);
        set_number(item, "bits", p->bits);
        set(item, "share", json_real(c->bits ? (double)p->bits / (double)c->bits : 0));
        append(list, item);
    }
    return list;
}

static json_t *programs(const struct cost *c)
{
    json_t *list = sure(json_array());
    for (uint32_t i = 0; i < c->nprograms; i++) {
        const struct cost_program *p = &c->programs[i];
        json_t *item = sure(json_object());
        if (!p->opclasses) {
            json_decref(item);
            continue;
        }
        set_number(item, "id", i);
        set(item, "decider", decider(c, p->decider));
        set(item, "layout", json_string(cost_layouts[c->table->programs[i].layout]));
        set_number(item, "opclasses", p->opclasses);
        set(item, "classes", classes(p->classes));
        set_rows(item, &p->rows);
        set_number(item, "entries_lower", p->rows.entries_lower);
        set_number(item, "chain", p->chain);
        set_number(item, "lookups", p->lookups);
        set(item, "looked", operands(p->looked));
        set(item, "carried", operands(p->carried));
        append(list, item);
    }
    return list;
}

static json_t *opclasses(const struct cost *c)
{
    json_t *list = sure(json_array());
    for (uint32_t o = 1; o < c->table->n_opclasses; o++) {
        const struct cost_opclass *oc = &c->opclasses[o];
        json_t *item = sure(json_object());
        set(item, "name", opclass(c, o));
        set(item, "looked", operands(oc->looked));
        set(item, "carried", operands(oc->carried));
        set_number(item, "fetch_lookups", oc->fetch);
        set_number(item, "step_lookups", oc->step);
        set_number(item, "merge_lookups", oc->merge);
        set_number(item, "reads", oc->reads);
        set_number(item, "reads_at_once", oc->reads_at_once);
        append(list, item);
    }
    return list;
}

static json_t *memories(const struct cost *c)
{
    json_t *list = sure(json_array());
    for (uint32_t i = 0; i < c->hw->nroms; i++) {
        const struct hw_rom *rom = &c->hw->roms[i];
        json_t *item = sure(json_object());
        set(item, "name", json_string(rom->name));
        set(item, "kind", json_string(cost_kinds[rom->kind]));
        set(item, "decider", decider(c, rom->decider));
        set_number(item, "width", rom->width);
        set_number(item, "words", rom->depth);
        set_number(item, "bits", (uint64_t)rom->width * rom->depth);
        append(list, item);
    }
    return list;
}

/* ---- Totals -----------------------------------------------------------------------------------
 */

static json_t *totals(const struct cost *c)
{
    json_t *object = sure(json_object());
    set_number(object, "bits", c->bits);
    set_number(object, "ram_bits", c->ram_bits);
    set_number(object, "tcam_bits", c->tcam_bits);
    set_number(object, "words", c->words);
    for (int kind = 0; kind < COST_ROM_KINDS; kind++) {
        char key[32];
        snprintf(key, sizeof key, "%s_bits", cost_kinds[kind]);
        set_number(object, key, c->kind_bits[kind]);
    }
    set_rows(object, &c->rows);
    set_number(object, "file_bytes", c->file_bytes);
    return object;
}

static json_t *latency(const struct cost *c)
{
    json_t *object = sure(json_object());
    set_number(object, "lookups", c->lookups);
    set(object, "lookups_opclass", opclass(c, c->lookups_opclass));
    set_number(object, "reads", c->reads);
    set_number(object, "reads_at_once", c->reads_at_once);
    set(object, "reads_opclass", opclass(c, c->reads_opclass));
    return object;
}

/* null: no TCAM is used. */
static json_t *tcam(const struct cost *c)
{
    uint64_t lower = c->rows.entries_lower;
    if (!c->rows.entries)
        return sure(json_null());
    json_t *object = sure(json_object());
    set_number(object, "entries", c->rows.entries);
    set_number(object, "entries_lower", lower);
    set_number(object, "gap", c->rows.entries - lower);
    set_number(object, "key_bits", c->rows.key_bits);
    return object;
}

static json_t *naive(const struct cost *c)
{
    json_t *object = sure(json_object());
    set(object, "rows_log2", json_real(c->naive_rows_log2));
    set_number(object, "row_bits", c->naive_row_bits);
    set(object, "bits_log2", json_real(c->naive_bits_log2));
    return object;
}

json_t *cost_json(const struct cost *cost)
{
    const struct pol_prt_meta *meta = cost->table->meta;
    json_t *root = sure(json_object());
    set(root, "format", json_string("pol-stats"));
    set_number(root, "version", 1);
    set(root, "name", text(cost, meta->name));
    set(root, "isa", text(cost, meta->isa));
    set(root, "target", meta->target ? text(cost, meta->target) : json_null());
    set(root, "tags", tags(cost));
    set(root, "totals", totals(cost));
    set(root, "latency", latency(cost));
    set(root, "tcam", tcam(cost));
    set(root, "naive", naive(cost));
    set(root, "deciders", deciders(cost));
    set(root, "programs", programs(cost));
    set(root, "opclasses", opclasses(cost));
    set(root, "memories", memories(cost));
    return root;
}
