#include "compiler/backend/hw/hw.h"

#include <stdlib.h>
#include <string.h>
#include "compiler/backend/hw/model.h"

uint32_t hw_bits(uint64_t value)
{
    uint32_t bits = 0;
    for (; value; value >>= 1)
        bits++;
    return bits;
}

static uint32_t at_least_1(uint32_t n)
{
    return n ? n : 1;
}

/* ---- Packed words ---------------------------------------------------------------------------- */

/* Largest argument of those that lie in the same slot as this one; nested arguments share as their
 * tags do outside. */
static uint32_t largest_argument(const struct pol_table *t, uint32_t arg)
{
    uint32_t max = t->args[arg].max;
    for (uint32_t i = 0; i < t->n_args; i++)
        if (!t->args[i].is_set && t->args[i].slot == t->args[arg].slot && t->args[i].max > max)
            max = t->args[i].max;
    return max;
}

static uint32_t slot_width(const struct pol_table *t, const struct pol_prt_slot *s)
{
    if (s->kind == POL_SLOT_LANE || s->kind == POL_SLOT_NESTED_LANE)
        return at_least_1(hw_bits(largest_argument(t, s->index)));
    const struct pol_prt_field *f = &t->fields[s->index];
    return f->kind == POL_FIELD_BITS ? f->ntags + 1 : at_least_1(hw_bits(f->ncodes - 1));
}

static void pack_slots(struct hw *hw)
{
    const struct pol_table *t = hw->table;
    uint32_t at = 0;
    hw->slots = ARENA_ARRAY(&hw->arena, struct hw_slot, (size_t)t->n_slots + 1);
    for (uint32_t i = 0; i < t->n_slots; i++) {
        hw->slots[i] = (struct hw_slot){at, slot_width(t, &t->slots[i])};
        at += hw->slots[i].width;
    }
    hw->slots[t->n_slots].offset = at;
    hw->word_bits = at_least_1(at);
    hw->domain_offset = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)t->n_domains + 1);
    hw->domain_width = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)t->n_domains + 1);
    for (uint32_t d = 0; d < t->n_domains; d++) {
        const struct pol_prt_domain *dom = &t->domains[d];
        hw->domain_offset[d] = hw->slots[dom->first_slot].offset;
        hw->domain_width[d] =
            hw->slots[dom->first_slot + dom->nslots].offset - hw->domain_offset[d];
    }
}

static void pack_counters(struct hw *hw)
{
    const struct pol_table *t = hw->table;
    hw->counter_offset = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)t->n_counters + 1);
    hw->counter_width = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)t->n_counters + 1);
    for (uint32_t i = 0; i < t->n_counters; i++) {
        uint64_t max = (uint64_t)t->counters[i].max + (t->counters[i].exhaust ? 1 : 0);
        hw->counter_offset[i] = hw->counter_bits;
        hw->counter_width[i] = at_least_1(hw_bits(max));
        hw->counter_bits += hw->counter_width[i];
    }
    hw->counter_bits = at_least_1(hw->counter_bits);
}

bool hw_reports(const struct pol_table *t, uint32_t rule)
{
    const struct pol_prt_rule *r = &t->rules[rule];
    return !r->allow && t->responses[r->response].action == POL_ACTION_REPORT;
}

static void number_reports(struct hw *hw)
{
    const struct pol_table *t = hw->table;
    uint32_t n = 0;
    hw->report_first = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)t->n_deciders + 1);
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        hw->report_first[d] = n;
        for (uint32_t r = 0; r < t->deciders[d].nrules; r++)
            n += hw_reports(t, t->deciders[d].first_rule + r);
    }
    hw->report_first[t->n_deciders] = n;
    hw->report_bits = at_least_1(n);
}

static void set_port_widths(struct hw *hw)
{
    const struct pol_table *t = hw->table;
    uint32_t rules = 0;
    for (uint32_t d = 0; d < t->n_deciders; d++)
        rules = t->deciders[d].nrules > rules ? t->deciders[d].nrules : rules;
    hw->decider_bits = at_least_1(hw_bits(t->n_deciders));
    hw->rule_bits = at_least_1(hw_bits(rules));
    hw->tag_bits = at_least_1(hw_bits(t->n_tags));
}

/* ---- Merging --------------------------------------------------------------------------------- */

static uint32_t *domain_lists(struct hw *hw, struct hw_net *net, bool merge)
{
    const struct pol_table *t = hw->table;
    uint32_t *lists = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)t->n_domains + 1);
    hw_net_init(net, hw, &hw->arena, false);
    for (uint32_t d = 0; d < t->n_domains; d++) {
        const struct pol_prt_domain *dom = &t->domains[d];
        lists[d] = merge ? hw_net_list(net, dom->merge_op, dom->nmerge)
                         : hw_net_list(net, dom->drop_op, dom->ndrop);
    }
    return lists;
}

static void make_merges(struct hw *hw, struct hw_model *model, struct hw_roms *roms)
{
    model->merge_lists = domain_lists(hw, &model->merge, true);
    model->fetch_lists = domain_lists(hw, &model->fetch, false);
    hw_net_finish(&model->merge, roms, "merge", POL_NONE);
    hw_net_finish(&model->fetch, roms, "fetch", POL_NONE);
    for (uint32_t i = 0; i < hw->table->n_tags; i++)
        model->merges_all |= hw->table->tags[i].merge_all != 0;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void map_memories(struct hw *hw, struct hw_roms *roms)
{
    uint64_t at = 0;
    for (size_t i = 0; i < roms->items.count; i++) {
        struct hw_rom *rom = &roms->items.items[i];
        uint64_t size = (uint64_t)1 << hw_bits(rom->depth - 1);
        at = (at + size - 1) / size * size;
        rom->load_base = at;
        at += size;
    }
    hw->roms = roms->items.items;
    hw->nroms = (uint32_t)roms->items.count;
    hw->load_bits = at_least_1(hw_bits(at ? at - 1 : 0));
}

struct hw *hw_new(const struct pol_table *table)
{
    struct hw *hw = lang_xalloc(sizeof *hw);
    struct hw_roms roms = {.hw = hw};
    arena_init(&hw->arena);
    hw->table = table;
    pack_slots(hw);
    pack_counters(hw);
    set_port_widths(hw);
    number_reports(hw);
    struct hw_model *model = ARENA_NEW(&hw->arena, struct hw_model);
    hw_make_deciders(hw, model, &roms);
    hw_make_units(hw, model, &roms);
    make_merges(hw, model, &roms);
    map_memories(hw, &roms);
    hw->model = model;
    return hw;
}

void hw_free(struct hw *hw)
{
    if (!hw)
        return;
    arena_free(&hw->arena);
    free(hw);
}
