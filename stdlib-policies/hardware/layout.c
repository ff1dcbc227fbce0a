#include "layout.h"

#include <stdlib.h>
#include <string.h>

/* Bits that hold 0 .. value, at least 1. */
static uint32_t bits_for(uint64_t value)
{
    uint32_t n = 1;
    while (n < 64 && value >> n)
        n++;
    return n;
}

static bool is_field(const struct pol_prt_slot *slot)
{
    return slot->kind == POL_SLOT_FIELD || slot->kind == POL_SLOT_NESTED_FIELD;
}

static bool is_bit_field(const struct pol_table *table, uint32_t slot)
{
    const struct pol_prt_slot *s = &table->slots[slot];
    return is_field(s) && table->fields[s->index].kind == POL_FIELD_BITS;
}

static uint32_t slot_bits(const struct pol_table *table, const struct pol_prt_slot *slot)
{
    if (is_field(slot)) {
        const struct pol_prt_field *field = &table->fields[slot->index];
        return field->kind == POL_FIELD_BITS ? field->ntags + 1 : bits_for(field->ncodes - 1);
    }
    const struct pol_prt_arg *first = &table->args[slot->index];
    uint32_t max = first->max;
    for (uint32_t i = 0; i < table->n_args; i++) /* arguments that share the slot */
        if (!table->args[i].is_set && table->args[i].slot == first->slot &&
            table->args[i].max > max)
            max = table->args[i].max;
    return bits_for(max);
}

struct layout *layout_new(const struct pol_table *table)
{
    struct layout *layout = calloc(1, sizeof *layout);
    uint32_t *offset = calloc((size_t)table->n_slots + 1, sizeof *offset);
    uint32_t rules = 0;
    if (!layout || !offset) {
        free(layout);
        free(offset);
        return NULL;
    }
    for (uint32_t i = 0; i < table->n_slots; i++)
        offset[i + 1] = offset[i] + slot_bits(table, &table->slots[i]);
    for (uint32_t d = 0; d < table->n_deciders; d++)
        if (table->deciders[d].nrules > rules)
            rules = table->deciders[d].nrules;
    layout->table = table;
    layout->nslots = table->n_slots;
    layout->offset = offset;
    layout->bits = offset[table->n_slots] ? offset[table->n_slots] : 1;
    layout->words = (layout->bits + 31) / 32;
    layout->decider_bits = bits_for(table->n_deciders);
    layout->rule_bits = bits_for(rules);
    layout->tag_bits = bits_for(table->n_tags);
    return layout;
}

void layout_free(struct layout *layout)
{
    if (!layout)
        return;
    free(layout->offset);
    free(layout);
}

static void put(uint32_t *packed, uint32_t at, uint32_t value, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++)
        if (value >> i & 1)
            packed[(at + i) / 32] |= (uint32_t)1 << ((at + i) % 32);
}

static uint32_t take(const uint32_t *packed, uint32_t at, uint32_t width)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < width; i++)
        value |= (packed[(at + i) / 32] >> ((at + i) % 32) & 1) << i;
    return value;
}

void layout_pack(const struct layout *layout, const uint32_t *slots, uint32_t *packed)
{
    memset(packed, 0, layout->words * sizeof *packed);
    for (uint32_t i = 0; i < layout->nslots; i++) {
        uint32_t at = layout->offset[i], width = layout->offset[i + 1] - at, value = slots[i];
        if (is_bit_field(layout->table, i)) /* the valid bit is the highest */
            value = (value & ~POL_VALID_BIT) | (value & POL_VALID_BIT) >> (32 - width);
        put(packed, at, value, width);
    }
}

void layout_unpack(const struct layout *layout, const uint32_t *packed, uint32_t *slots)
{
    for (uint32_t i = 0; i < layout->nslots; i++) {
        uint32_t at = layout->offset[i], width = layout->offset[i + 1] - at;
        uint32_t value = take(packed, at, width);
        if (is_bit_field(layout->table, i)) {
            uint32_t valid = (uint32_t)1 << (width - 1);
            value = value & valid ? (value & ~valid) | POL_VALID_BIT : value;
        }
        slots[i] = value;
    }
}

void layout_trap_mask(const struct layout *layout, uint32_t *packed)
{
    const struct pol_table *table = layout->table;
    memset(packed, 0, layout->words * sizeof *packed);
    for (uint32_t d = 0; d < table->n_domains; d++) {
        const struct pol_prt_domain *domain = &table->domains[d];
        uint32_t end = layout->offset[domain->first_slot + domain->nslots];
        for (uint32_t at = layout->offset[domain->first_slot]; domain->trap_env && at < end; at++)
            put(packed, at, 1, 1);
    }
}

uint32_t layout_number(uint32_t value, uint32_t bits)
{
    return value == (bits < 32 ? ((uint32_t)1 << bits) - 1 : UINT32_MAX) ? POL_NONE : value;
}
