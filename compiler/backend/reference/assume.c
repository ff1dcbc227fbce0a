/* What the proof assumes of its inputs: words that stand for tag sets, of the right kinds. */
#include "compiler/backend/reference/emit.h"

#include <inttypes.h>

/* A field's code is valid and can stand in one of the kinds. */
static void field_ok(const struct reference *r, uint32_t s, const char *when, const char *kinds)
{
    const struct pol_prt_field *field = &r->table->fields[r->table->slots[s].index];
    const struct hw_slot *slot = &r->hw->slots[s];
    if (field->kind == POL_FIELD_BITS) {
        reference_put(r, "        if (%s!word[%u]) canonical = 1'b0;\n", when,
                      slot->offset + slot->width - 1);
        return;
    }
    reference_put(r, "        kinds = 8'd0;\n        case (word[%u +: %u])\n", slot->offset,
                  slot->width);
    for (uint32_t code = 1; code < field->ncodes; code++) {
        const uint32_t *shape =
            r->table->shapes + field->first_shape + (size_t)code * (field->shape_words + 1);
        reference_put(r, "            %u'd%u: kinds = 8'd%u;\n", slot->width, code,
                      shape[field->shape_words]);
    }
    reference_put(r,
                  "            default: kinds = 8'd0;\n        endcase\n"
                  "        if (%s(kinds & %s) == 0) canonical = 1'b0;\n",
                  when, kinds);
}

/* An argument is in range where its tag is there, and 0 where no tag of the lane is. */
static void lane_ok(const struct reference *r, uint32_t s)
{
    const struct hw_slot *slot = &r->hw->slots[s];
    const char *word = arena_printf(r->arena, "word[%u +: %u]", slot->offset, slot->width);
    reference_put(r, "        if (");
    for (uint32_t a = 0; a < r->table->n_args; a++)
        if (!r->table->args[a].is_set && r->table->args[a].slot == s)
            reference_put(r, "set[%u] ? %s > %u'd%u : ", reference_tag_of(r, a), word, slot->width,
                          r->table->args[a].max);
    reference_put(r, "%s != 0) canonical = 1'b0;\n", word);
}

static void nested_lane_ok(const struct reference *r, uint32_t s)
{
    const struct pol_table *t = r->table;
    const struct hw_slot *slot = &r->hw->slots[s];
    uint32_t region = t->slots[s].set_arg, at = r->lanes[region].at;
    const char *word = arena_printf(r->arena, "word[%u +: %u]", slot->offset, slot->width);
    reference_put(r, "        if (");
    for (uint32_t a = 0; a < t->n_args; a++)
        if (r->lanes[a].flat_at != POL_NONE && reference_nested_slot(r, region, a) == s)
            reference_put(r, "set[%u] ? %s > %u'd%u : ", at + reference_tag_of(r, a), word,
                          slot->width, t->args[a].max);
    reference_put(r, "%s != 0) canonical = 1'b0;\n", word);
}

/* A nested field is 0 where there is no TagSet argument, and has no tags with such arguments. */
static void nested_field_ok(const struct reference *r, uint32_t s)
{
    const struct pol_table *t = r->table;
    const struct hw_slot *slot = &r->hw->slots[s];
    const struct pol_prt_field *field = &t->fields[t->slots[s].index];
    uint32_t region = t->slots[s].set_arg, tag = reference_tag_of(r, region);
    reference_put(r, "        if (!set[%u] && word[%u +: %u] != 0) canonical = 1'b0;\n", tag,
                  slot->offset, slot->width);
    field_ok(r, s, arena_printf(r->arena, "set[%u] && ", tag),
             arena_printf(r->arena, "8'd%u", POL_KIND_NESTED));
    for (uint32_t i = 0; field->kind == POL_FIELD_BITS && i < field->ntags; i++)
        if (r->ir->space->tags[t->field_tags[field->first_tag + i]].has_set_arg)
            reference_put(r, "        if (word[%u]) canonical = 1'b0;\n", slot->offset + i);
}

static void slot_ok(const struct reference *r, uint32_t s)
{
    switch (r->table->slots[s].kind) {
    case POL_SLOT_FIELD:
        field_ok(r, s, "", "allowed");
        return;
    case POL_SLOT_LANE:
        lane_ok(r, s);
        return;
    case POL_SLOT_NESTED_FIELD:
        nested_field_ok(r, s);
        return;
    default:
        nested_lane_ok(r, s);
    }
}

static void canonical_module(const struct reference *r)
{
    reference_put(r,
                  "// Whether a word is the one that stands for some tag set, of a kind in "
                  "`allowed`.\n"
                  "module pol_assume_word (input logic [%u:0] word, input logic [7:0] allowed, "
                  "output logic canonical);\n"
                  "    wire [%u:0] set;\n"
                  "    pol_reference_unpack unpack (.word(word), .set(set));\n"
                  "    logic [7:0] kinds;\n"
                  "    always @* begin\n"
                  "        canonical = 1'b1;\n        kinds = allowed;\n"
                  "        if (kinds == 0) canonical = 1'b0;\n",
                  r->word_bits - 1, r->set_bits - 1);
    for (uint32_t s = 0; s < r->table->n_slots; s++)
        slot_ok(r, s);
    reference_put(r, "    end\nendmodule\n\n");
}

static void operand_ok(const struct reference *r, const char *op, const char *kinds)
{
    reference_put(r,
                  "    wire ok_%s;\n"
                  "    pol_assume_word word_%s (.word(%s), .allowed(%s), .canonical(ok_%s));\n",
                  op, op, op, kinds, op);
}

/* Counters that run out stop one beyond their largest value. */
static void counters_ok(const struct reference *r)
{
    for (uint32_t c = 0; c < r->ir->ncounters; c++) {
        const struct ir_counter *counter = &r->ir->counters[c];
        uint32_t width = r->hw->counter_width[c] ? r->hw->counter_width[c] : 1;
        uint64_t largest = counter->limit - 1 + counter->exhaust;
        if (width < 64 && largest >> width == 0)
            reference_put(r, " &&\n        counters[%u +: %u] <= %u'd%" PRIu64,
                          r->hw->counter_offset[c], width, width, largest);
    }
}

static void assume_step(const struct reference *r)
{
    reference_put(r, "// Whether all operands that the instruction has can stand where they do.\n"
                     "module pol_assume (\n");
    reference_step_inputs(r);
    reference_put(r, "    output logic ok\n);\n");
    reference_decode_rows(r);
    reference_decode_kinds(r);
    operand_ok(r, "env", arena_printf(r->arena, "8'd%u", POL_KIND_ENV));
    operand_ok(r, "code", arena_printf(r->arena, "8'd%u", POL_KIND_CODE));
    operand_ok(r, "op1", "kinds_op1");
    operand_ok(r, "op2", "kinds_op2");
    operand_ok(r, "op3", "kinds_op3");
    operand_ok(r, "mem", arena_printf(r->arena, "8'd%u", POL_KIND_MEM));
    reference_put(r, "    assign ok = ok_env && ok_code && (ok_op1 || !has_op1) && (ok_op2 || "
                     "!has_op2) &&\n        (ok_op3 || !has_op3) && (ok_mem || !has_mem)");
    counters_ok(r);
    reference_put(r, ";\nendmodule\n\n");
}

static void assume_pair(const struct reference *r)
{
    reference_put(r,
                  "module pol_assume_pair (input logic [%u:0] a, b, output logic ok);\n"
                  "    wire ok_a, ok_b;\n"
                  "    pol_assume_word word_a (.word(a), .allowed(8'hff), .canonical(ok_a));\n"
                  "    pol_assume_word word_b (.word(b), .allowed(8'hff), .canonical(ok_b));\n"
                  "    assign ok = ok_a && ok_b;\nendmodule\n",
                  r->word_bits - 1);
}

void reference_assume(const struct reference *r)
{
    canonical_module(r);
    assume_step(r);
    assume_pair(r);
}
