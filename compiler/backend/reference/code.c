/* Words and sets: the modules that unpack and pack. */
#include "compiler/backend/reference/emit.h"

/* ---- Where things are ---------------------------------------------------------------------- */

uint32_t reference_tag_of(const struct reference *r, uint32_t arg)
{
    for (uint32_t tag = 0; tag < r->table->n_tags; tag++)
        if (arg - r->table->tags[tag].first_arg < r->table->tags[tag].nargs)
            return tag;
    return POL_NONE;
}

uint32_t reference_nested_slot(const struct reference *r, uint32_t set_arg, uint32_t arg)
{
    const struct pol_table *t = r->table;
    const struct pol_prt_arg *region = &t->args[set_arg];
    uint32_t shared = POL_NONE;
    for (uint32_t s = region->slot; s < region->slot + region->nslots; s++) {
        if (t->slots[s].kind != POL_SLOT_NESTED_LANE)
            continue;
        if (t->slots[s].index == arg)
            return s;
        if (t->args[t->slots[s].index].slot == t->args[arg].slot)
            shared = s;
    }
    return shared;
}

static uint32_t shape_bit(const struct reference *r, const struct pol_prt_field *field,
                          uint32_t code, uint32_t bit)
{
    const uint32_t *shape =
        r->table->shapes + field->first_shape + (size_t)code * (field->shape_words + 1);
    return shape[bit / 32] >> (bit % 32) & 1u;
}

void reference_shape(const struct reference *r, const struct pol_prt_field *field, uint32_t code)
{
    reference_put(r, "%u'b", field->ntags);
    for (uint32_t bit = field->ntags; bit-- > 0;)
        reference_put(r, "%u", shape_bit(r, field, code, bit));
}

void reference_field_bits(const struct reference *r, const struct pol_prt_field *field,
                          const char *set, uint32_t at)
{
    reference_put(r, "{");
    for (uint32_t bit = field->ntags; bit-- > 0;)
        reference_put(r, "%s[%u]%s", set, at + r->table->field_tags[field->first_tag + bit],
                      bit ? ", " : "}");
}

/* ---- {} ------------------------------------------------------------------------------------ */

/* The bits of {} in slots first .. end-1, highest first. */
static void empty_bits(const struct reference *r, uint32_t first, uint32_t end)
{
    const struct pol_table *t = r->table;
    for (uint32_t s = end; s-- > first;) {
        uint32_t width = r->hw->slots[s].width, value = 0;
        if (t->slots[s].kind == POL_SLOT_FIELD &&
            t->fields[t->slots[s].index].kind == POL_FIELD_DENSE)
            value = t->fields[t->slots[s].index].empty;
        else if (t->slots[s].kind == POL_SLOT_FIELD)
            value = (uint32_t)1 << (width - 1); /* the valid bit */
        for (uint32_t bit = width; bit-- > 0;)
            reference_put(r, "%u", bit < 32 ? value >> bit & 1u : 0);
    }
}

void reference_empty_word(const struct reference *r)
{
    reference_put(r, "%u'b", r->word_bits);
    empty_bits(r, 0, r->table->n_slots);
    reference_put(r, r->table->n_slots ? "" : "0");
}

void reference_empty_slice(const struct reference *r, uint32_t domain)
{
    const struct pol_prt_domain *d = &r->table->domains[domain];
    reference_put(r, "%u'b", r->hw->domain_width[domain]);
    empty_bits(r, d->first_slot, d->first_slot + d->nslots);
}

/* ---- Word to set --------------------------------------------------------------------------- */

/* `bits` of a slot. */
static void slot(const struct reference *r, uint32_t s)
{
    reference_put(r, "word[%u +: %u]", r->hw->slots[s].offset, r->hw->slots[s].width);
}

/* shape_S = the tags of the field in slot s. */
static void decode_field(const struct reference *r, uint32_t s)
{
    const struct pol_prt_field *field = &r->table->fields[r->table->slots[s].index];
    reference_put(r, "    logic [%u:0] shape_%u;\n", field->ntags - 1, s);
    if (field->kind == POL_FIELD_BITS) {
        reference_put(r, "    assign shape_%u = word[%u +: %u];\n", s, r->hw->slots[s].offset,
                      field->ntags);
        return;
    }
    reference_put(r, "    always @*\n        case (");
    slot(r, s);
    reference_put(r, ")\n");
    for (uint32_t code = 1; code < field->ncodes; code++) {
        reference_put(r, "            %u'd%u: shape_%u = ", r->hw->slots[s].width, code, s);
        reference_shape(r, field, code);
        reference_put(r, ";\n");
    }
    reference_put(r, "            default: shape_%u = %u'd0;\n        endcase\n", s, field->ntags);
}

/* The tags of a field's slot, in `set` from bit `at` on, there if `when` is. */
static void assign_tags(const struct reference *r, uint32_t s, uint32_t at, const char *when)
{
    const struct pol_prt_field *field = &r->table->fields[r->table->slots[s].index];
    for (uint32_t bit = 0; bit < field->ntags; bit++)
        reference_put(r, "    assign set[%u] = %sshape_%u[%u];\n",
                      at + r->table->field_tags[field->first_tag + bit], when, s, bit);
}

/* A number from its slot if tag bit `has` is set. */
static void assign_number(const struct reference *r, uint32_t to, uint32_t width, uint32_t s,
                          uint32_t has)
{
    reference_put(r, "    assign set[%u +: %u] = set[%u] ? word[%u +: %u] : %u'd0;\n", to, width,
                  has, r->hw->slots[s].offset, width, width);
}

/* Tags that a nested region has no field for are absent. */
static void assign_nested_tags(const struct reference *r, uint32_t arg, uint32_t tag)
{
    const struct pol_table *t = r->table;
    const struct pol_prt_arg *region = &t->args[arg];
    bool *seen = ARENA_ARRAY(r->arena, bool, (size_t)t->n_tags + 1);
    const char *when = arena_printf(r->arena, "set[%u] && ", tag);
    for (uint32_t s = region->slot; s < region->slot + region->nslots; s++) {
        if (t->slots[s].kind != POL_SLOT_NESTED_FIELD)
            continue;
        const struct pol_prt_field *field = &t->fields[t->slots[s].index];
        decode_field(r, s);
        assign_tags(r, s, r->lanes[arg].at, when);
        for (uint32_t i = 0; i < field->ntags; i++)
            seen[t->field_tags[field->first_tag + i]] = true;
    }
    for (uint32_t i = 0; i < t->n_tags; i++)
        if (!seen[i])
            reference_put(r, "    assign set[%u] = 1'b0;\n", r->lanes[arg].at + i);
}

static void assign_nested(const struct reference *r, uint32_t arg, uint32_t tag)
{
    uint32_t at = r->lanes[arg].at;
    assign_nested_tags(r, arg, tag);
    for (uint32_t a = 0; a < r->table->n_args; a++) {
        const struct lane *lane = &r->lanes[a];
        uint32_t s = reference_nested_slot(r, arg, a);
        if (lane->flat_at == POL_NONE)
            continue;
        if (s == POL_NONE)
            reference_put(r, "    assign set[%u +: %u] = %u'd0;\n", at + lane->flat_at, lane->width,
                          lane->width);
        else
            assign_number(r, at + lane->flat_at, lane->width, s, at + reference_tag_of(r, a));
    }
}

static void unpack_module(const struct reference *r)
{
    const struct pol_table *t = r->table;
    reference_put(r,
                  "// The tag set of a word: bit t says whether tag t is there; the arguments "
                  "follow, 0 for absent tags.\n"
                  "module pol_reference_unpack (input logic [%u:0] word, output logic [%u:0] "
                  "set);\n",
                  r->word_bits - 1, r->set_bits - 1);
    for (uint32_t s = 0; s < t->n_slots; s++)
        if (t->slots[s].kind == POL_SLOT_FIELD) {
            decode_field(r, s);
            assign_tags(r, s, 0, "");
        }
    for (uint32_t a = 0; a < t->n_args; a++)
        if (t->args[a].is_set)
            assign_nested(r, a, reference_tag_of(r, a));
        else
            assign_number(r, r->lanes[a].at, r->lanes[a].width, t->args[a].slot,
                          reference_tag_of(r, a));
    reference_put(r, t->n_tags ? "endmodule\n\n" : "    assign set = 1'b0;\nendmodule\n\n");
}

/* ---- Set to word --------------------------------------------------------------------------- */

/* code_S = the code of a field's tags, 0 if there is none. */
static void encode_field(const struct reference *r, uint32_t s, uint32_t at)
{
    const struct pol_prt_field *field = &r->table->fields[r->table->slots[s].index];
    uint32_t width = r->hw->slots[s].width;
    reference_put(r, "    logic [%u:0] code_%u;\n", width - 1, s);
    if (field->kind == POL_FIELD_BITS) {
        reference_put(r, "    assign code_%u = {1'b1, ", s);
        reference_field_bits(r, field, "set", at);
        reference_put(r, "};\n");
        return;
    }
    reference_put(r, "    always @*\n        case (");
    reference_field_bits(r, field, "set", at);
    reference_put(r, ")\n");
    for (uint32_t code = 1; code < field->ncodes; code++) {
        reference_put(r, "            ");
        reference_shape(r, field, code);
        reference_put(r, ": code_%u = %u'd%u;\n", s, width, code);
    }
    reference_put(r, "            default: code_%u = %u'd0;\n        endcase\n", s, width);
}

/* Of tags that share a lane one is there at most, and the others' arguments are 0. */
static void pack_lane(const struct reference *r, uint32_t s)
{
    const struct pol_table *t = r->table;
    const char *sign = "";
    reference_put(r, "    assign ");
    slot(r, s);
    reference_put(r, " = ");
    for (uint32_t a = 0; a < t->n_args; a++)
        if (!t->args[a].is_set && t->args[a].slot == s) {
            reference_put(r, "%sset[%u +: %u]", sign, r->lanes[a].at, r->lanes[a].width);
            sign = " | ";
        }
    reference_put(r, ";\n");
}

static void pack_nested_lane(const struct reference *r, uint32_t s)
{
    uint32_t region = r->table->slots[s].set_arg;
    const char *sign = "";
    reference_put(r, "    assign ");
    slot(r, s);
    reference_put(r, " = ");
    for (uint32_t a = 0; a < r->table->n_args; a++)
        if (r->lanes[a].flat_at != POL_NONE && reference_nested_slot(r, region, a) == s) {
            reference_put(r, "%sset[%u +: %u]", sign, r->lanes[region].at + r->lanes[a].flat_at,
                          r->lanes[a].width);
            sign = " | ";
        }
    reference_put(r, "%s;\n", *sign ? "" : "0");
}

static void pack_slot(const struct reference *r, uint32_t s)
{
    const struct pol_prt_slot *d = &r->table->slots[s];
    switch (d->kind) {
    case POL_SLOT_FIELD:
        encode_field(r, s, 0);
        reference_put(r, "    assign ");
        slot(r, s);
        reference_put(r, " = code_%u;\n", s);
        return;
    case POL_SLOT_NESTED_FIELD:
        encode_field(r, s, r->lanes[d->set_arg].at);
        reference_put(r, "    assign ");
        slot(r, s);
        reference_put(r, " = set[%u] ? code_%u : %u'd0;\n", reference_tag_of(r, d->set_arg), s,
                      r->hw->slots[s].width);
        return;
    case POL_SLOT_LANE:
        pack_lane(r, s);
        return;
    default:
        pack_nested_lane(r, s);
    }
}

static void uncoded(const struct reference *r, uint32_t domain)
{
    const struct pol_prt_domain *d = &r->table->domains[domain];
    reference_put(r, "    assign uncoded[%u] = 1'b0", domain);
    for (uint32_t f = d->first_field; f < d->first_field + d->nfields; f++)
        if (r->table->fields[f].kind == POL_FIELD_DENSE)
            reference_put(r, " || code_%u == 0", r->table->fields[f].slot);
    reference_put(r, ";\n");
}

static void pack_module(const struct reference *r)
{
    const struct pol_table *t = r->table;
    reference_put(r,
                  "// The word of a tag set; `uncoded`: domains whose tags have no code.\n"
                  "module pol_reference_pack (input logic [%u:0] set, output logic [%u:0] word, "
                  "output logic [%u:0] uncoded);\n",
                  r->set_bits - 1, r->word_bits - 1, r->domains - 1);
    for (uint32_t s = 0; s < t->n_slots; s++)
        pack_slot(r, s);
    for (uint32_t d = 0; d < t->n_domains; d++)
        uncoded(r, d);
    if (t->n_slots == 0)
        reference_put(r, "    assign word = 1'b0;\n");
    if (t->n_domains == 0)
        reference_put(r, "    assign uncoded = 1'b0;\n");
    reference_put(r, "endmodule\n\n");
}

void reference_code_modules(const struct reference *r)
{
    unpack_module(r);
    pack_module(r);
}
