/* How the emitted code lays a tag set out as a vector. */
#include <string.h>

#include "compiler/backend/reference/emit.h"

static uint32_t at_least_1(uint32_t n)
{
    return n ? n : 1;
}

/* Flat sets first: their size is that of a TagSet argument. */
static void place_flat(struct reference *r)
{
    const struct pol_table *t = r->table;
    r->flat_bits = at_least_1(t->n_tags);
    for (uint32_t tag = 0; tag < t->n_tags; tag++)
        for (uint32_t k = 0; k < t->tags[tag].nargs; k++) {
            struct lane *lane = &r->lanes[t->tags[tag].first_arg + k];
            const struct pol_prt_arg *arg = &t->args[t->tags[tag].first_arg + k];
            r->has_args = true;
            r->has_sets |= arg->is_set != 0;
            r->has_lattices |= r->ir->tags[tag].lattice[k] != IR_NONE;
            lane->width = at_least_1(hw_bits(arg->max));
            lane->flat_at = r->ir->space->tags[tag].has_set_arg ? POL_NONE : r->flat_bits;
            r->flat_bits += lane->flat_at == POL_NONE ? 0 : lane->width;
        }
}

void reference_layout(struct reference *r)
{
    const struct pol_table *t = r->table;
    r->lanes = ARENA_ARRAY(r->arena, struct lane, (size_t)t->n_args + 1);
    place_flat(r);
    r->set_bits = at_least_1(t->n_tags);
    for (uint32_t a = 0; a < t->n_args; a++) {
        if (t->args[a].is_set)
            r->lanes[a].width = r->flat_bits;
        r->lanes[a].at = r->set_bits;
        r->set_bits += r->lanes[a].width;
    }
    r->word_bits = at_least_1(r->hw->word_bits);
    r->domains = at_least_1(t->n_domains);
    r->counter_bits = at_least_1(r->hw->counter_bits);
}

const struct lane *reference_lane(const struct reference *r, uint32_t tag, uint32_t arg)
{
    return &r->lanes[r->table->tags[tag].first_arg + arg];
}

uint32_t reference_args_at(const struct reference *r, uint32_t tag)
{
    return reference_lane(r, tag, 0)->at;
}

uint32_t reference_args_bits(const struct reference *r, uint32_t tag)
{
    uint32_t bits = 0;
    for (uint32_t k = 0; k < r->table->tags[tag].nargs; k++)
        bits += reference_lane(r, tag, k)->width;
    return bits;
}

void reference_localparams(const struct reference *r)
{
    const struct pol_table *t = r->table;
    for (uint32_t tag = 0; tag < t->n_tags; tag++) {
        reference_put(r, "    localparam TAG_%s = %u;\n", r->tags[tag], tag);
        for (uint32_t k = 0; k < t->tags[tag].nargs; k++)
            reference_put(r, "    localparam ARG_%s_%u = %u;\n", r->tags[tag], k,
                          reference_lane(r, tag, k)->at);
    }
}

/* Bits of a set, written from the highest to the lowest. */
static char *blank(const struct reference *r)
{
    char *bits = arena_alloc(r->arena, (size_t)r->set_bits + 1);
    memset(bits, '0', r->set_bits);
    return bits;
}

void reference_own_mask(const struct reference *r, uint32_t domain)
{
    char *bits = blank(r);
    for (uint32_t tag = 0; tag < r->table->n_tags; tag++) {
        if (r->table->tags[tag].domain != domain)
            continue;
        bits[r->set_bits - 1 - tag] = '1';
        for (uint32_t i = 0; i < reference_args_bits(r, tag); i++)
            bits[r->set_bits - 1 - reference_args_at(r, tag) - i] = '1';
    }
    reference_put(r, "%u'b%s", r->set_bits, bits);
}
