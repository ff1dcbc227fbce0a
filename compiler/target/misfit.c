/* Why a table does not fit a target, for the person who has to change one of them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/target/choose.h"

enum { SHOWN = 5 }; /* of what costs most */

struct report {
    const struct cost *cost;
    struct str_buf *out;
    uint32_t missed;
};

static const char *name(const struct report *r, uint32_t offset)
{
    return r->cost->table->strings + offset;
}

static bool over(struct report *r, const char *limit, const char *what, uint64_t have,
                 uint64_t most)
{
    if (have <= most)
        return false;
    r->missed++;
    str_printf(r->out, "%s: %s %" PRIu64 ", the target has %" PRIu64 ": %" PRIu64 " too many\n",
               limit, what, have, most, have - most);
    return true;
}

/* ---- Sorting ----------------------------------------------------------------------------------
 */

/* Something with a cost; of equals the first in order comes first. */
struct item {
    uint64_t cost;
    uint32_t at;
};

static int by_cost(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

static struct item *sorted(struct item *items, uint32_t n)
{
    qsort(items, n, sizeof *items, by_cost);
    return items;
}

/* ---- Tags -------------------------------------------------------------------------------------
 */

/* The tags whose argument a lane holds: several if they share it. */
static void print_lane_tags(struct report *r, uint32_t slot)
{
    const struct pol_table *t = r->cost->table;
    const char *comma = "";
    uint32_t shown = 0;
    for (uint32_t i = 0; i < t->n_tags; i++)
        for (uint32_t k = 0; k < t->tags[i].nargs; k++) {
            const struct pol_prt_arg *a = &t->args[t->tags[i].first_arg + k];
            if (slot < a->slot || slot >= a->slot + a->nslots)
                continue;
            if (shown++ < SHOWN)
                str_printf(r->out, "%s%s.%s", comma, name(r, t->tags[i].module),
                           name(r, t->tags[i].name));
            comma = ", ";
        }
    if (shown > SHOWN)
        str_printf(r->out, " and %" PRIu32 " more", shown - SHOWN);
}

static void print_field_tags(struct report *r, const struct pol_prt_field *f)
{
    const struct pol_table *t = r->cost->table;
    for (uint32_t i = 0; i < f->ntags && i < SHOWN; i++) {
        const struct pol_prt_tag *tag = &t->tags[t->field_tags[f->first_tag + i]];
        str_printf(r->out, "%s%s.%s", i ? ", " : "", name(r, tag->module), name(r, tag->name));
    }
    if (f->ntags > SHOWN)
        str_printf(r->out, " and %" PRIu32 " more", f->ntags - SHOWN);
}

static void print_slot(struct report *r, uint32_t at)
{
    const struct pol_prt_slot *s = &r->cost->table->slots[at];
    bool field = s->kind == POL_SLOT_FIELD || s->kind == POL_SLOT_NESTED_FIELD;
    const struct pol_prt_field *f = field ? &r->cost->table->fields[s->index] : NULL;
    str_printf(r->out, "  %" PRIu32 " bits: ", r->cost->hw->slots[at].width);
    if (!field)
        str_add(r->out, "argument of ");
    else if (f->kind == POL_FIELD_DENSE)
        str_printf(r->out, "%" PRIu32 " sets of ", f->ncodes ? f->ncodes - 1 : 0);
    else
        str_add(r->out, "one bit each of ");
    if (field)
        print_field_tags(r, f);
    else
        print_lane_tags(r, at);
    if (s->kind == POL_SLOT_NESTED_FIELD || s->kind == POL_SLOT_NESTED_LANE)
        str_add(r->out, ", nested in another tag");
    str_add_char(r->out, '\n');
}

static void print_slots(struct report *r, bool lanes_only)
{
    const struct pol_table *t = r->cost->table;
    struct item *items = lang_xalloc((t->n_slots + (size_t)1) * sizeof *items);
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n_slots; i++)
        if (!lanes_only || t->slots[i].kind == POL_SLOT_LANE ||
            t->slots[i].kind == POL_SLOT_NESTED_LANE)
            items[n++] = (struct item){r->cost->hw->slots[i].width, i};
    sorted(items, n);
    for (uint32_t i = 0; i < n && i < SHOWN; i++)
        print_slot(r, items[i].at);
    free(items);
}

/* ---- Memories ---------------------------------------------------------------------------------
 */

static void print_parts(struct report *r)
{
    const struct cost *c = r->cost;
    struct item *items = lang_xalloc((c->nparts + (size_t)1) * sizeof *items);
    for (uint32_t i = 0; i < c->nparts; i++)
        items[i] = (struct item){c->parts[i].bits, i};
    sorted(items, c->nparts);
    for (uint32_t i = 0; i < c->nparts && i < SHOWN && items[i].cost; i++)
        str_printf(r->out, "  %" PRIu64 " bits: %s %s\n", items[i].cost,
                   c->parts[items[i].at].decider == POL_NONE ? "memories that are" : "the rules of",
                   c->parts[items[i].at].name);
    free(items);
}

static void print_memories(struct report *r)
{
    const struct hw *hw = r->cost->hw;
    struct item *items = lang_xalloc((hw->nroms + (size_t)1) * sizeof *items);
    uint32_t n = 0;
    for (uint32_t i = 0; i < hw->nroms; i++)
        if (hw->roms[i].kind != HW_ROM_TERNARY)
            items[n++] = (struct item){(uint64_t)hw->roms[i].width * hw->roms[i].depth, i};
    sorted(items, n);
    for (uint32_t i = 0; i < n && i < SHOWN; i++) {
        const struct hw_rom *rom = &hw->roms[items[i].at];
        str_printf(r->out, "  %" PRIu64 " bits: memory %s, %" PRIu32 " words of %" PRIu32 "\n",
                   items[i].cost, rom->name, rom->depth, rom->width);
    }
    free(items);
}

static void print_rules(struct report *r, const char *rows)
{
    const struct pol_table *t = r->cost->table;
    struct cost_rule rules[SHOWN];
    uint32_t n = cost_rules(r->cost, rules, SHOWN);
    for (uint32_t i = 0; i < n; i++) {
        const struct pol_prt_decider *d = &t->deciders[rules[i].decider];
        str_printf(r->out, "  %" PRIu64 " %s: ", rules[i].rows, rows);
        if (rules[i].rule == POL_NONE) {
            str_printf(r->out, "no rule of %s decides\n", name(r, d->name));
            continue;
        }
        const struct pol_prt_rule *rule = &t->rules[d->first_rule + rules[i].rule];
        str_printf(r->out, "%s:%" PRIu32 ":%" PRIu32 ": %.100s\n", name(r, rule->file), rule->line,
                   rule->column, name(r, rule->text));
    }
}

/* ---- Latency ----------------------------------------------------------------------------------
 */

static void print_lookups(struct report *r)
{
    const struct cost *c = r->cost;
    const struct pol_table *t = c->table;
    const struct cost_opclass *o = &c->opclasses[c->lookups_opclass];
    uint32_t program = t->remap[(size_t)o->worst * t->n_opclasses + c->lookups_opclass];
    const struct cost_program *p = &c->programs[program];
    str_printf(r->out,
               "  %s: %" PRIu32 " of the fetch, %" PRIu32 " of the step, %" PRIu32 " of a merge\n",
               name(r, t->opclasses[c->lookups_opclass].name), o->fetch, o->step, o->merge);
    str_printf(r->out,
               "  %" PRIu32 " of the step: the rules of %s, with %" PRIu32
               " between class maps and action\n",
               o->step, name(r, t->deciders[o->worst].name), p->chain);
}

static void print_reads(struct report *r)
{
    const struct cost *c = r->cost;
    const struct pol_table *t = c->table;
    const char *opclass = name(r, t->opclasses[c->reads_opclass].name);
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        uint32_t program = t->remap[(size_t)d * t->n_opclasses + c->reads_opclass], most = 0;
        for (uint32_t i = 0; i < c->programs[program].lookups; i++)
            most = c->programs[program].reads[i] > most ? c->programs[program].reads[i] : most;
        str_printf(r->out, "  %s: up to %" PRIu32 " for the rules of %s\n", opclass, most,
                   name(r, t->deciders[d].name));
    }
}

/* ---- All limits -------------------------------------------------------------------------------
 */

static void check_words(struct report *r, const struct target *t)
{
    const struct cost *c = r->cost;
    if (t->tag_bits && over(r, "tag_bits", "bits of a tag word:", c->tag_bits, t->tag_bits))
        print_slots(r, false);
    if (t->lanes && over(r, "lanes", "lanes of a tag word:", c->lanes, t->lanes))
        print_slots(r, true);
}

static void check_memories(struct report *r, const struct target *t)
{
    const struct cost *c = r->cost;
    if (t->ram_bits && over(r, "ram_bits", "bits of memories:", c->ram_bits, t->ram_bits)) {
        print_parts(r);
        print_memories(r);
        print_rules(r, "rows");
    }
    if (c->rows.entries &&
        over(r, "tcam_entries", "ternary entries:", c->rows.entries, t->tcam_entries))
        print_rules(r, "entries");
    if (t->tcam_bits)
        over(r, "tcam_bits", "bits of a ternary key:", c->rows.key_bits, t->tcam_bits);
}

uint32_t target_misfit(const struct target *target, const struct cost *cost, struct str_buf *out)
{
    struct report r = {cost, out, 0};
    check_words(&r, target);
    check_memories(&r, target);
    if (target->lookups &&
        over(&r, "lookups", "lookups one after the other:", cost->lookups, target->lookups))
        print_lookups(&r);
    if (target->ram_ports && over(&r, "ram_ports", "memories read at the same time:",
                                  cost->reads_at_once, target->ram_ports))
        print_reads(&r);
    return r.missed;
}
