/* What granules and parcels need: merging two sets, and fetching. */
#include "compiler/backend/reference/emit.h"

static void unpack_both(const struct reference *r)
{
    reference_put(r,
                  "    wire [%u:0] a_set, b_set, q_set;\n"
                  "    wire [%u:0] uncoded;\n"
                  "    pol_reference_unpack unpack_a (.word(a), .set(a_set));\n"
                  "    pol_reference_unpack unpack_b (.word(b), .set(b_set));\n"
                  "    pol_reference_pack pack_q (.set(q_set), .word(q), .uncoded(uncoded));\n",
                  r->set_bits - 1, r->domains - 1);
}

/* Domain by domain: arguments that differ, then a set without a code. */
void reference_merge(const struct reference *r)
{
    reference_put(r,
                  "// Joins the tags of two granules.\n"
                  "module pol_reference_merge (\n    input logic [%u:0] a, b,\n"
                  "    output logic [%u:0] q,\n    output logic conflict,\n"
                  "    output logic [%u:0] tag\n);\n",
                  r->word_bits - 1, r->word_bits - 1, r->hw->tag_bits - 1);
    reference_constants(r);
    reference_localparams(r);
    if (r->has_lattices)
        reference_bounds(r);
    reference_clash(r, true);
    reference_merged(r);
    unpack_both(r);
    reference_put(r,
                  "    assign q_set = merged(a_set, b_set);\n"
                  "    logic [%u:0] fault;\n    always @* begin\n"
                  "        fault = {q_set[0] && 1'b0};\n",
                  r->hw->tag_bits + 3);
    for (uint32_t d = 0; d < r->table->n_domains; d++)
        reference_put(r,
                      "        if (fault == 0 && clash(a_set, b_set, OWN_%u) != TAG_NONE)\n"
                      "            fault = {clash(a_set, b_set, OWN_%u), CAUSE_CONFLICT};\n"
                      "        if (fault == 0 && uncoded[%u]) fault = {TAG_NONE, CAUSE_INVALID};\n",
                      d, d, d);
    reference_put(r,
                  "    end\n    assign conflict = fault[3:0] != CAUSE_NONE;\n"
                  "    assign tag = conflict ? fault[%u:4] : TAG_NONE;\nendmodule\n\n",
                  r->hw->tag_bits + 3);
}

void reference_fetch(const struct reference *r)
{
    reference_put(r,
                  "// Takes from the first parcel's tags the `merge all` ones that a later parcel "
                  "lacks.\n"
                  "module pol_reference_fetch (\n    input logic [%u:0] a, b,\n"
                  "    output logic [%u:0] q\n);\n",
                  r->word_bits - 1, r->word_bits - 1);
    reference_localparams(r);
    if (r->has_lattices)
        reference_bounds(r);
    reference_fetched(r);
    unpack_both(r);
    reference_put(r, "    assign q_set = fetched(a_set, b_set);\nendmodule\n\n");
}
