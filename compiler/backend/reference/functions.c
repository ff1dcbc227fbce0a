/* The functions that emitted rules and merges call. */
#include "compiler/backend/reference/emit.h"

#include <inttypes.h>

void reference_constants(const struct reference *r)
{
    reference_put(r,
                  "    localparam [3:0] CAUSE_NONE = 0, CAUSE_NO_RULE = 1, CAUSE_UNDECODABLE = 2, "
                  "CAUSE_NO_COMPONENT = 3,\n"
                  "        CAUSE_INVALID = 4, CAUSE_RULE = 5, CAUSE_CONFLICT = 6, CAUSE_RANGE = 7, "
                  "CAUSE_EXHAUSTED = 8,\n"
                  "        CAUSE_NESTED = 9;\n"
                  "    localparam [%u:0] TAG_NONE = {%u{1'b1}};\n"
                  "    localparam [%u:0] EMPTY = 0;\n",
                  r->hw->tag_bits - 1, r->hw->tag_bits, r->set_bits - 1);
    for (uint32_t d = 0; d < r->table->n_domains; d++) {
        reference_put(r, "    localparam [%u:0] OWN_%u = ", r->set_bits - 1, d);
        reference_own_mask(r, d);
        reference_put(r, "; // ");
        reference_comment(r, r->ir->domains[d].name);
        reference_put(r, "\n");
    }
}

static bool is_bound(const struct reference *r, uint32_t tag, uint32_t arg)
{
    return r->ir->tags[tag].lattice[arg] != IR_NONE;
}

/* Whether a tag has arguments that must be equal where two sets become one. */
static bool must_agree(const struct reference *r, uint32_t tag)
{
    for (uint32_t k = 0; k < r->table->tags[tag].nargs; k++)
        if (!is_bound(r, tag, k))
            return true;
    return false;
}

/* `a[..] SIGN b[..]`, JOINed, over the arguments of a tag that are of no lattice. */
static void compare_args(const struct reference *r, uint32_t tag, const char *sign,
                         const char *join)
{
    const char *t = r->tags[tag];
    bool some = false;
    if (!reference_has_bound(r, tag)) {
        reference_put(r, "a[ARG_%s_0 +: %u] %s b[ARG_%s_0 +: %u]", t, reference_args_bits(r, tag),
                      sign, t, reference_args_bits(r, tag));
        return;
    }
    reference_put(r, "(");
    for (uint32_t k = 0; k < r->table->tags[tag].nargs; k++) {
        uint32_t width = reference_lane(r, tag, k)->width;
        if (is_bound(r, tag, k))
            continue;
        reference_put(r, "%sa[ARG_%s_%u +: %u] %s b[ARG_%s_%u +: %u]", some ? join : "", t, k,
                      width, sign, t, k, width);
        some = true;
    }
    reference_put(r, ")");
}

/* In NAME, the lattice arguments of a tag become the `bound` of those of a and b. */
static void bound_args(const struct reference *r, const char *name, uint32_t tag, const char *bound)
{
    const char *t = r->tags[tag];
    for (uint32_t k = 0; k < r->table->tags[tag].nargs; k++) {
        uint32_t width = reference_lane(r, tag, k)->width;
        if (is_bound(r, tag, k))
            reference_put(r,
                          "            %s[ARG_%s_%u +: %u] = %s_%s(a[ARG_%s_%u +: %u], b[ARG_%s_%u "
                          "+: %u]);\n",
                          name, t, k, width, bound, r->lattices[r->ir->tags[tag].lattice[k]], t, k,
                          width, t, k, width);
    }
}

/* In NAME, what both have of a tag with lattice arguments joins. */
static void join_bound(const struct reference *r, const char *name, uint32_t tag)
{
    if (!reference_has_bound(r, tag))
        return;
    reference_put(r, "        if (a[TAG_%s] && b[TAG_%s]) begin\n", r->tags[tag], r->tags[tag]);
    bound_args(r, name, tag, "join");
    reference_put(r, "        end\n");
}

void reference_clash(const struct reference *r, bool merging)
{
    reference_put(
        r,
        "    // The first tag that both sets have with different arguments.\n"
        "    function automatic [%u:0] clash(input [%u:0] a, input [%u:0] b, input [%u:0] own);\n"
        "        clash = TAG_NONE;\n",
        r->hw->tag_bits - 1, r->set_bits - 1, r->set_bits - 1, r->set_bits - 1);
    for (uint32_t tag = r->table->n_tags; tag-- > 0;) {
        if (!must_agree(r, tag) || (merging && r->table->tags[tag].merge_all))
            continue;
        reference_put(r, "        if (own[TAG_%s] && a[TAG_%s] && b[TAG_%s] && ", r->tags[tag],
                      r->tags[tag], r->tags[tag]);
        compare_args(r, tag, "!=", " || ");
        reference_put(r, ") clash = %u'd%u;\n", r->hw->tag_bits, tag);
    }
    reference_put(r, "    endfunction\n");
}

/* In NAME, the tag is there if both have it with equal arguments; those of lattices meet. */
static void keep_equal(const struct reference *r, const char *name, uint32_t tag)
{
    const char *t = r->tags[tag];
    reference_put(r, "        %s[TAG_%s] = a[TAG_%s] && b[TAG_%s]", name, t, t, t);
    if (must_agree(r, tag)) {
        reference_put(r, " && ");
        compare_args(r, tag, "==", " && ");
    }
    reference_put(r, ";\n");
    if (r->table->tags[tag].nargs == 0)
        return;
    reference_put(r, "        %s[ARG_%s_0 +: %u] = %s[TAG_%s] ? a[ARG_%s_0 +: %u] : 0;\n", name, t,
                  reference_args_bits(r, tag), name, t, t, reference_args_bits(r, tag));
    if (!reference_has_bound(r, tag))
        return;
    reference_put(r, "        if (%s[TAG_%s]) begin\n", name, t);
    bound_args(r, name, tag, "meet");
    reference_put(r, "        end\n");
}

static void open_pair(const struct reference *r, const char *name, const char *comment)
{
    reference_put(r,
                  "    // %s\n    function automatic [%u:0] %s(input [%u:0] a, input [%u:0] b);\n",
                  comment, r->set_bits - 1, name, r->set_bits - 1, r->set_bits - 1);
}

static void emit_common(const struct reference *r)
{
    open_pair(r, "common",
              "The tags that both have, with equal arguments; those of lattices meet.");
    reference_put(r, "        common = a & b;\n");
    for (uint32_t tag = 0; tag < r->table->n_tags; tag++)
        keep_equal(r, "common", tag);
    reference_put(r, "    endfunction\n");
}

/* Where arguments can join, a union is more than both sets' bits. */
static void emit_united(const struct reference *r)
{
    open_pair(r, "united", "The tags of either; arguments of lattices join.");
    reference_put(r, "        united = a | b;\n");
    for (uint32_t tag = 0; tag < r->table->n_tags; tag++)
        join_bound(r, "united", tag);
    reference_put(r, "    endfunction\n");
}

void reference_merged(const struct reference *r)
{
    open_pair(r, "merged",
              "`merge any`: tags of either; `merge all`: tags of both, with equal arguments.");
    reference_put(r, "        merged = a | b;\n");
    for (uint32_t tag = 0; tag < r->table->n_tags; tag++)
        if (r->table->tags[tag].merge_all)
            keep_equal(r, "merged", tag);
        else
            join_bound(r, "merged", tag);
    reference_put(r, "    endfunction\n");
}

void reference_fetched(const struct reference *r)
{
    open_pair(r, "fetched", "a without the `merge all` tags that b lacks or has otherwise.");
    reference_put(r, "        fetched = a;\n");
    for (uint32_t tag = 0; tag < r->table->n_tags; tag++)
        if (r->table->tags[tag].merge_all)
            keep_equal(r, "fetched", tag);
    reference_put(r, "    endfunction\n");
}

/* ---- TagSet arguments ---------------------------------------------------------------------- */

/* The arguments that flat sets have, from one kind of set to the other. */
static void copy_flat(const struct reference *r, const char *to, bool flat)
{
    uint32_t ntags = r->table->n_tags;
    reference_put(r, "        %s = 0;\n        %s[%u:0] = set[%u:0];\n", to, to, ntags - 1,
                  ntags - 1);
    for (uint32_t a = 0; a < r->table->n_args; a++) {
        const struct lane *lane = &r->lanes[a];
        if (lane->flat_at != POL_NONE)
            reference_put(r, "        %s[%u +: %u] = set[%u +: %u];\n", to,
                          flat ? lane->flat_at : lane->at, lane->width,
                          flat ? lane->at : lane->flat_at, lane->width);
    }
    reference_put(r, "    endfunction\n");
}

static void emit_nested(const struct reference *r)
{
    reference_put(r,
                  "    // The first tag of a set that has a TagSet argument.\n"
                  "    function automatic [%u:0] nested(input [%u:0] set);\n"
                  "        nested = TAG_NONE;\n",
                  r->hw->tag_bits - 1, r->set_bits - 1);
    for (uint32_t tag = r->table->n_tags; tag-- > 0;)
        if (r->ir->space->tags[tag].has_set_arg)
            reference_put(r, "        if (set[TAG_%s]) nested = %u'd%u;\n", r->tags[tag],
                          r->hw->tag_bits, tag);
    reference_put(r, "    endfunction\n");
}

/* Whether the flat set has a code in the region of a TagSet argument. */
static void emit_uncoded(const struct reference *r, uint32_t tag, uint32_t k)
{
    const struct pol_table *t = r->table;
    const struct pol_prt_arg *region = &t->args[t->tags[tag].first_arg + k];
    reference_put(r,
                  "    function automatic uncoded_%s_%u(input [%u:0] set);\n"
                  "        uncoded_%s_%u = 1'b0;\n",
                  r->tags[tag], k, r->flat_bits - 1, r->tags[tag], k);
    for (uint32_t s = region->slot; s < region->slot + region->nslots; s++) {
        if (t->slots[s].kind != POL_SLOT_NESTED_FIELD)
            continue;
        const struct pol_prt_field *field = &t->fields[t->slots[s].index];
        if (field->kind != POL_FIELD_DENSE)
            continue;
        reference_put(r, "        case (");
        reference_field_bits(r, field, "set", 0);
        reference_put(r, ")\n            ");
        for (uint32_t code = 1; code < field->ncodes; code++) {
            reference_put(r, code > 1 ? ", " : "");
            reference_shape(r, field, code);
        }
        reference_put(r, ": ;\n            default: uncoded_%s_%u = 1'b1;\n        endcase\n",
                      r->tags[tag], k);
    }
    reference_put(r, "    endfunction\n");
}

static void set_argument_functions(const struct reference *r)
{
    const struct pol_table *t = r->table;
    emit_nested(r);
    reference_put(r,
                  "    // A set as a TagSet argument holds it, and back.\n"
                  "    function automatic [%u:0] flatten(input [%u:0] set);\n",
                  r->flat_bits - 1, r->set_bits - 1);
    copy_flat(r, "flatten", true);
    reference_put(r, "    function automatic [%u:0] expand(input [%u:0] set);\n", r->set_bits - 1,
                  r->flat_bits - 1);
    copy_flat(r, "expand", false);
    for (uint32_t tag = 0; tag < t->n_tags; tag++)
        for (uint32_t k = 0; k < t->tags[tag].nargs; k++)
            if (t->args[t->tags[tag].first_arg + k].is_set)
                emit_uncoded(r, tag, k);
}

/* ---- Numbers ------------------------------------------------------------------------------- */

/* How many fresh values of a counter a step can take. */
static uint32_t uses(const struct ir *ir, uint32_t counter)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < ir->nints; i++)
        if (ir->ints[i].kind == IR_INT_NEW && ir->ints[i].counter == counter &&
            ir->ints[i].new_index >= most)
            most = ir->ints[i].new_index + 1;
    return most;
}

/* The value after `index` others: a sum that starts again at the limit.  Few sums go round more
 * than once. */
static void fresh_wire(const struct reference *r, uint32_t c, uint32_t index, uint32_t width)
{
    const char *name = r->counters[c];
    uint64_t limit = r->ir->counters[c].limit;
    const char *sum = arena_printf(r->arena, "(counter_%s + %u'd%u)", name, width, index);
    reference_put(r, "    wire signed [%u:0] fresh_%s_%u = ", r->number_bits - 1, name, index);
    if ((limit & (limit - 1)) == 0)
        reference_put(r, "%s & %u'd%" PRIu64 ";\n", sum, width, limit - 1);
    else if (index <= limit)
        reference_put(r, "%s >= %u'd%" PRIu64 " ? %s - %u'd%" PRIu64 " : %s;\n", sum, width, limit,
                      sum, width, limit, sum);
    else
        reference_put(r, "%s %% %u'd%" PRIu64 ";\n", sum, width, limit);
}

/* fresh_C_I: the value after I others of the step; spent_C_I: there is none left. */
static void counter_wires(const struct reference *r, uint32_t c)
{
    const struct ir_counter *counter = &r->ir->counters[c];
    const char *name = r->counters[c];
    uint32_t width = r->hw->counter_width[c] ? r->hw->counter_width[c] : 1;
    uint32_t sum = (width > 8 ? width : 8) + 1;
    sum = hw_bits(counter->limit) > sum ? hw_bits(counter->limit) : sum;
    reference_put(r, "    wire [%u:0] counter_%s = counters[%u +: %u];\n", width - 1, name,
                  r->hw->counter_offset[c], width);
    for (uint32_t i = 0; i < uses(r->ir, c); i++) {
        fresh_wire(r, c, i, sum);
        if (counter->exhaust)
            reference_put(r, "    wire spent_%s_%u = counter_%s + %u'd%u >= %u'd%" PRIu64 ";\n",
                          name, i, name, sum, i, sum, counter->limit);
    }
}

static uint32_t widest_lane(const struct reference *r)
{
    uint32_t width = 1;
    for (uint32_t a = 0; a < r->table->n_args; a++)
        if (!r->table->args[a].is_set && r->lanes[a].width > width)
            width = r->lanes[a].width;
    return width;
}

void reference_set_functions(const struct reference *r)
{
    if (r->has_args)
        reference_put(r,
                      "    // An argument as a signed number.\n"
                      "    function automatic signed [%u:0] number(input [%u:0] lane);\n"
                      "        number = lane;\n"
                      "    endfunction\n",
                      r->number_bits - 1, widest_lane(r) - 1);
    if (r->has_args)
        reference_clash(r, false);
    if (r->ir->nlattices)
        reference_bounds(r);
    reference_relations(r);
    emit_common(r);
    if (r->has_lattices)
        emit_united(r);
    if (r->has_sets)
        set_argument_functions(r);
    for (uint32_t c = 0; c < r->ir->ncounters; c++)
        counter_wires(r, c);
}
