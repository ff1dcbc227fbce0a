/* Random steps with the answers of the shipped evaluator: `vectors [-l LAYOUT] [-a] [-s] POLICY DIR
 * COUNT`. DIR/reference.sv   the behavioural reference DIR/bench.sv       a test bench that puts
 * them to it: prints `passed`, or what differs DIR/steps.hex, DIR/pairs.hex Operands are drawn from
 * all that the table's shapes allow, so pol_assume must accept each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gate/common.h"

/* ---- Bits ---------------------------------------------------------------------------------- */

/* One line of a hex file, filled from the lowest bit. */
struct bits {
    uint8_t *bit;
    uint32_t count, room;
};

static void put_bits(struct bits *b, uint64_t value, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++) {
        if (b->count == b->room) {
            b->room = b->room ? 2 * b->room : 1024;
            b->bit = realloc(b->bit, b->room);
            if (!b->bit)
                exit(2);
        }
        b->bit[b->count++] = i < 64 ? (uint8_t)(value >> i & 1u) : 0;
    }
}

static void write_line(const struct bits *b, FILE *out)
{
    for (uint32_t digit = (b->count + 3) / 4; digit-- > 0;) {
        unsigned value = 0;
        for (uint32_t i = 0; i < 4 && digit * 4 + i < b->count; i++)
            value |= (unsigned)b->bit[digit * 4 + i] << i;
        fprintf(out, "%x", value);
    }
    fputc('\n', out);
}

/* A word of slots, packed: the valid bit of a bit field comes down to its highest place. */
static void put_word(struct bits *b, const struct hw *hw, const uint32_t *word)
{
    const struct pol_table *t = hw->table;
    for (uint32_t s = 0; s < t->n_slots; s++) {
        const struct pol_prt_slot *slot = &t->slots[s];
        uint32_t value = word[s], width = hw->slots[s].width;
        bool field = slot->kind == POL_SLOT_FIELD || slot->kind == POL_SLOT_NESTED_FIELD;
        if (field && t->fields[slot->index].kind == POL_FIELD_BITS)
            value =
                (value & ~POL_VALID_BIT) | (value & POL_VALID_BIT ? (uint32_t)1 << (width - 1) : 0);
        put_bits(b, value, width);
    }
    if (t->n_slots == 0)
        put_bits(b, 0, 1);
}

/* ---- Random sets --------------------------------------------------------------------------- */

struct run {
    const struct hw *hw;
    const struct pol_table *table;
    struct pol_isa isa;
    struct dice dice;
    uint32_t *has; /* by tag, of the set at hand */
    uint32_t *flat;
};

static const uint32_t *shape_of(const struct pol_table *t, const struct pol_prt_field *f,
                                uint32_t code)
{
    return t->shapes + f->first_shape + (size_t)code * (f->shape_words + 1);
}

/* A code of the field of some of these kinds, its tags in `has`; 0: there is none. */
static uint32_t draw_code(struct run *r, const struct pol_prt_field *f, uint32_t kinds,
                          uint32_t *has)
{
    uint32_t code = 0, n = 0;
    for (uint32_t c = 1; c < f->ncodes; c++)
        if ((shape_of(r->table, f, c)[f->shape_words] & kinds) && dice_roll(&r->dice, ++n) == 0)
            code = c;
    for (uint32_t i = 0; code && i < f->ntags; i++)
        has[r->table->field_tags[f->first_tag + i]] =
            shape_of(r->table, f, code)[i / 32] >> (i % 32) & 1u;
    return code;
}

static uint32_t draw_bits(struct run *r, const struct pol_prt_field *f, bool nested, uint32_t *has)
{
    uint32_t value = POL_VALID_BIT;
    for (uint32_t i = 0; i < f->ntags; i++) {
        uint32_t tag = r->table->field_tags[f->first_tag + i];
        bool holds_set = false;
        for (uint32_t k = 0; k < r->table->tags[tag].nargs; k++)
            holds_set |= r->table->args[r->table->tags[tag].first_arg + k].is_set != 0;
        has[tag] = !(nested && holds_set) && dice_roll(&r->dice, 3) == 0;
        value |= has[tag] << i;
    }
    return value;
}

static uint32_t draw_field(struct run *r, uint32_t index, uint32_t kinds, uint32_t *has)
{
    const struct pol_prt_field *f = &r->table->fields[index];
    if (f->kind == POL_FIELD_DENSE)
        return draw_code(r, f, kinds, has);
    return draw_bits(r, f, kinds == POL_KIND_NESTED, has);
}

/* Few values, so that they meet, and the ends of the range. */
static uint32_t draw_number(struct run *r, uint32_t max)
{
    uint64_t roll = dice_roll(&r->dice, 10);
    uint32_t value = roll < 5   ? (uint32_t)dice_roll(&r->dice, 3)
                     : roll < 7 ? max - (uint32_t)dice_roll(&r->dice, 2)
                     : roll < 9 ? max / 2
                                : (uint32_t)dice_roll(&r->dice, (uint64_t)max + 1);
    return value > max ? max : value;
}

static uint32_t tag_of(const struct pol_table *t, uint32_t arg)
{
    uint32_t tag = 0;
    while (arg - t->tags[tag].first_arg >= t->tags[tag].nargs)
        tag++;
    return tag;
}

/* The number in a lane: of the tag that is there. */
static uint32_t draw_lane(struct run *r, uint32_t arg, const uint32_t *has)
{
    const struct pol_table *t = r->table;
    for (uint32_t a = 0; a < t->n_args; a++)
        if (!t->args[a].is_set && t->args[a].slot == t->args[arg].slot && has[tag_of(t, a)])
            return draw_number(r, t->args[a].max);
    return 0;
}

static void draw_nested(struct run *r, uint32_t arg, uint32_t *word)
{
    const struct pol_table *t = r->table;
    const struct pol_prt_arg *region = &t->args[arg];
    bool there = r->has[tag_of(t, arg)];
    memset(r->flat, 0, ((size_t)t->n_tags + 1) * sizeof *r->flat);
    for (uint32_t s = region->slot; s < region->slot + region->nslots; s++)
        word[s] = there && t->slots[s].kind == POL_SLOT_NESTED_FIELD
                      ? draw_field(r, t->slots[s].index, POL_KIND_NESTED, r->flat)
                      : 0;
    for (uint32_t s = region->slot; s < region->slot + region->nslots; s++)
        if (t->slots[s].kind == POL_SLOT_NESTED_LANE)
            word[s] = draw_lane(r, t->slots[s].index, r->flat);
}

/* A set of one of the kinds; false: there is none. */
static bool draw_word(struct run *r, uint32_t kinds, uint32_t *word)
{
    const struct pol_table *t = r->table;
    for (uint32_t s = 0; s < t->n_slots; s++)
        if (t->slots[s].kind == POL_SLOT_FIELD &&
            !(word[s] = draw_field(r, t->slots[s].index, kinds, r->has)))
            return false;
    for (uint32_t s = 0; s < t->n_slots; s++)
        if (t->slots[s].kind == POL_SLOT_LANE)
            word[s] = draw_lane(r, t->slots[s].index, r->has);
    for (uint32_t a = 0; a < t->n_args; a++)
        if (t->args[a].is_set)
            draw_nested(r, a, word);
    return true;
}

/* ---- Random instructions ------------------------------------------------------------------- */

static uint32_t draw_insn(struct run *r)
{
    uint32_t noise = (uint32_t)dice_roll(&r->dice, UINT64_C(1) << 32);
    if (dice_roll(&r->dice, 20) == 0 || r->table->n_decode == 0)
        return noise;
    if (dice_roll(&r->dice, 4) == 0)
        noise &= 0xfff07fff; /* rs1 = x0 */
    if (dice_roll(&r->dice, 4) == 0)
        noise &= 0x060fffff; /* rs2 = rs3 = x0 */
    const struct pol_prt_decode *d = &r->table->decode[dice_roll(&r->dice, r->table->n_decode)];
    return d->match | (noise & ~d->mask);
}

static uint32_t file_kinds(unsigned file, unsigned number)
{
    if (file == POL_FILE_INT)
        return number ? POL_KIND_INT : POL_KIND_X0;
    return file == POL_FILE_FP ? POL_KIND_FP : file == POL_FILE_CSR ? POL_KIND_CSR : 0;
}

/* The kinds of an operand, 0 where the instruction lacks it. */
static uint32_t operand_kinds(const struct pol_form *form, uint32_t insn, int op)
{
    switch (op) {
    case POL_OP_ENV:
        return POL_KIND_ENV;
    case POL_OP_CODE:
        return POL_KIND_CODE;
    case POL_OP_OP1:
        return file_kinds(form->op1, pol_word_rs1(insn));
    case POL_OP_OP2:
        return file_kinds(form->op2, pol_word_rs2(insn));
    case POL_OP_OP3:
        return file_kinds(form->op3, pol_word_rs3(insn));
    default:
        return form->mem ? POL_KIND_MEM : 0;
    }
}

/* ---- Steps --------------------------------------------------------------------------------- */

enum { RD_OLD = POL_OPERANDS, CSR_OLD, WORDS };

struct step {
    uint32_t insn;
    uint32_t *word[WORDS]; /* as the hardware gets them */
    const uint32_t *in[POL_OPERANDS], *old[POL_RESULTS];
    uint32_t *out[POL_RESULTS];
};

static uint32_t *new_word(const struct pol_table *t)
{
    uint32_t *word = calloc((size_t)t->n_slots + 2, sizeof *word);
    if (!word)
        exit(2);
    return word;
}

/* False where some operand can have no set at all. */
static bool draw_step(struct run *r, struct step *s)
{
    struct pol_form form = {0};
    s->insn = draw_insn(r);
    int row = pol_isa_decode(&r->isa, s->insn);
    if (row >= 0)
        form = pol_insn_form(pol_insn_at((size_t)row));
    for (int op = 0; op < POL_OPERANDS; op++) {
        uint32_t kinds = operand_kinds(&form, s->insn, op);
        if (!draw_word(r, kinds ? kinds : 0x7fu, s->word[op]))
            return false;
        s->in[op] = kinds ? s->word[op] : r->table->empty;
    }
    if (!draw_word(r, 0x7fu, s->word[RD_OLD]) || !draw_word(r, 0x7fu, s->word[CSR_OLD]))
        return false;
    s->old[POL_RES_ENV] = s->word[POL_OP_ENV];
    s->old[POL_RES_RD] = s->word[RD_OLD];
    s->old[POL_RES_CSR] = s->word[CSR_OLD];
    s->old[POL_RES_MEM] = s->word[POL_OP_MEM];
    return true;
}

static void draw_counters(struct run *r, struct pol_eval *eval)
{
    for (uint32_t c = 0; c < r->table->n_counters; c++) {
        uint32_t max = r->table->counters[c].max;
        eval->counters[c] = draw_number(r, max);
        if (r->table->counters[c].exhaust && dice_roll(&r->dice, 8) == 0)
            eval->counters[c] = (uint64_t)max + 1;
    }
}

static uint64_t ones_if_none(uint32_t id, uint32_t bits)
{
    return id == POL_NONE ? (UINT64_C(1) << bits) - 1 : id;
}

static void put_failures(struct bits *b, const struct hw *hw, const struct pol_answer *a)
{
    uint32_t n = hw->table->n_deciders;
    for (uint32_t d = 0; d < n || d == 0; d++) {
        const struct pol_failure *f = NULL;
        for (uint32_t i = 0; i < a->nfailures && i < POL_MAX_FAILURES; i++)
            if (n && a->failures[i].decider == d)
                f = &a->failures[i];
        put_bits(b, !f ? 0 : f->cause >= POL_CAUSE_RULE ? POL_FAIL_EXPLICIT : POL_FAIL_IMPLICIT, 2);
        put_bits(b, f ? f->cause : 0, 4);
        put_bits(b, f ? ones_if_none(f->tag, hw->tag_bits) : 0, hw->tag_bits);
    }
}

static bool is_reported(const struct pol_answer *a, uint32_t decider, uint32_t rule)
{
    for (uint32_t i = 0; i < a->nreports && i < POL_MAX_REPORTS; i++)
        if (a->reports[i].decider == decider && a->reports[i].rule == rule)
            return true;
    return false;
}

/* A bit for each rule that asks for a report. */
static void put_reports(struct bits *b, const struct hw *hw, const struct pol_answer *a)
{
    bool any = false;
    for (uint32_t d = 0; d < hw->table->n_deciders; d++)
        for (uint32_t i = 0; i < hw->table->deciders[d].nrules; i++)
            if (hw_reports(hw->table, hw->table->deciders[d].first_rule + i)) {
                put_bits(b, is_reported(a, d, i), 1);
                any = true;
            }
    if (!any)
        put_bits(b, 0, 1);
}

static void put_answer(struct bits *b, const struct hw *hw, const struct pol_answer *a)
{
    put_bits(b, a->verdict, 2);
    put_bits(b, a->verdict ? a->first.cause : 0, 4);
    put_bits(b, a->verdict ? ones_if_none(a->first.decider, hw->decider_bits) : POL_NONE,
             hw->decider_bits);
    put_bits(b, a->verdict ? ones_if_none(a->first.rule, hw->rule_bits) : POL_NONE, hw->rule_bits);
    put_bits(b, a->verdict ? ones_if_none(a->first.tag, hw->tag_bits) : POL_NONE, hw->tag_bits);
    put_bits(b, a->verdict ? hw->table->responses[a->response].action : 0, 2);
    for (uint32_t d = 0; d < hw->table->n_deciders; d++)
        put_bits(b, ones_if_none(a->deciding[d], hw->rule_bits), hw->rule_bits);
    if (hw->table->n_deciders == 0)
        put_bits(b, POL_NONE, hw->rule_bits);
    put_reports(b, hw, a);
    put_bits(b, a->verdict == POL_ALLOW ? a->written : 0, 4);
    put_failures(b, hw, a);
}

/* One vector: insn, words, counters; then the answer, the results, `used`. */
static void put_step(struct bits *b, const struct run *r, const struct step *s,
                     const struct pol_eval *eval, const struct pol_answer *a)
{
    put_bits(b, s->insn, 32);
    for (int w = 0; w < WORDS; w++)
        put_word(b, r->hw, s->word[w]);
    for (uint32_t c = 0; c < r->table->n_counters; c++)
        put_bits(b, eval->counters[c], r->hw->counter_width[c]);
    if (r->table->n_counters == 0)
        put_bits(b, 0, 1);
    put_answer(b, r->hw, a);
    for (int res = 0; res < POL_RESULTS; res++)
        put_word(b, r->hw, a->verdict == POL_ALLOW ? s->out[res] : s->old[res]);
    for (uint32_t c = 0; c < r->table->n_counters; c++)
        put_bits(b, a->verdict == POL_ALLOW ? eval->used[c] : 0, 8);
    if (r->table->n_counters == 0)
        put_bits(b, 0, 8);
}

static uint32_t write_steps(struct run *r, uint32_t count, FILE *out)
{
    const struct pol_table *t = r->table;
    struct pol_eval eval;
    void *memory = malloc(pol_eval_bytes(t));
    struct pol_answer a = {.deciding = calloc((size_t)t->n_deciders + 1, sizeof *a.deciding)};
    struct step s = {0};
    struct bits b = {0};
    if (!memory || !a.deciding)
        exit(2);
    pol_eval_init(&eval, t, memory);
    for (int w = 0; w < WORDS; w++)
        s.word[w] = new_word(t);
    for (int res = 0; res < POL_RESULTS; res++)
        s.out[res] = new_word(t);
    uint32_t written = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!draw_step(r, &s))
            continue;
        draw_counters(r, &eval);
        pol_eval_begin(&eval);
        for (int res = 0; res < POL_RESULTS; res++)
            memcpy(s.out[res], s.old[res], t->n_slots * sizeof **s.out);
        pol_eval_step(&eval, pol_eval_decode(t, s.insn), s.in, s.old, s.out, &a);
        b.count = 0;
        put_step(&b, r, &s, &eval, &a);
        write_line(&b, out);
        written++;
    }
    for (int w = 0; w < WORDS; w++)
        free(s.word[w]);
    for (int res = 0; res < POL_RESULTS; res++)
        free(s.out[res]);
    free(a.deciding);
    free(memory);
    free(b.bit);
    return written;
}

/* ---- Pairs --------------------------------------------------------------------------------- */

/* One vector: a, b; then q, conflict, tag of the merge, q of the fetch. */
static uint32_t write_pairs(struct run *r, uint32_t count, FILE *out)
{
    const struct pol_table *t = r->table;
    struct pol_eval eval;
    void *memory = malloc(pol_eval_bytes(t));
    uint32_t *a = new_word(t), *b = new_word(t), *q = new_word(t), tag, written = 0;
    struct bits bits = {0};
    if (!memory)
        exit(2);
    pol_eval_init(&eval, t, memory);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t kinds = dice_roll(&r->dice, 2) ? POL_KIND_MEM : 0x7fu;
        if (!draw_word(r, kinds, a) || !draw_word(r, kinds, b))
            continue;
        bits.count = 0;
        put_word(&bits, r->hw, a);
        put_word(&bits, r->hw, b);
        int conflict = pol_eval_merge(&eval, a, b, q, &tag);
        put_word(&bits, r->hw, conflict ? a : q);
        put_bits(&bits, conflict != 0, 1);
        put_bits(&bits, conflict ? ones_if_none(tag, r->hw->tag_bits) : POL_NONE, r->hw->tag_bits);
        (void)!pol_eval_drop_missing(&eval, a, b, q); /* an invalid word is to be seen */
        put_word(&bits, r->hw, q);
        write_line(&bits, out);
        written++;
    }
    free(a);
    free(b);
    free(q);
    free(memory);
    free(bits.bit);
    return written;
}

/* ---- The bench ----------------------------------------------------------------------------- */

static uint32_t at_least_1(uint32_t n)
{
    return n ? n : 1;
}

/* Names and widths of what stands in a vector, lowest first. */
struct part {
    const char *name;
    uint32_t width;
};

static uint32_t declare(FILE *out, const char *vector, const struct part *parts, uint32_t count)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        fprintf(out, "    wire [%u:0] %s = %s[%u +: %u];\n", parts[i].width - 1, parts[i].name,
                vector, at, parts[i].width);
        at += parts[i].width;
    }
    return at;
}

static void check_part(FILE *out, const char *index, const char *name, const char *got,
                       const char *when)
{
    fprintf(out,
            "            if (%s%s !== %s) begin\n"
            "                errors = errors + 1;\n"
            "                if (errors < 20) $display(\"%s %%0d: %s is %%h, not %%h\", %s, %s, "
            "%s);\n            end\n",
            when, got, name, index, name, index, got, name);
}

#define COUNT(list) (uint32_t)(sizeof(list) / sizeof(list)[0])

static void write_bench(const struct hw *hw, uint32_t steps, uint32_t pairs, FILE *out)
{
    uint32_t w = at_least_1(hw->word_bits), n = at_least_1(hw->table->n_deciders),
             counters = at_least_1(hw->table->n_counters),
             domains = at_least_1(hw->table->n_domains);
    const struct part step[] = {{"insn", 32},
                                {"env", w},
                                {"code", w},
                                {"op1", w},
                                {"op2", w},
                                {"op3", w},
                                {"mem", w},
                                {"rd_old", w},
                                {"csr_old", w},
                                {"counters", at_least_1(hw->counter_bits)},
                                {"verdict", 2},
                                {"cause", 4},
                                {"decider", hw->decider_bits},
                                {"rule", hw->rule_bits},
                                {"tag", hw->tag_bits},
                                {"response", 2},
                                {"rules", n * hw->rule_bits},
                                {"reports", hw->report_bits},
                                {"written", 4},
                                {"fails", n * (6 + hw->tag_bits)},
                                {"env_out", w},
                                {"rd_out", w},
                                {"csr_out", w},
                                {"mem_out", w},
                                {"used", 8 * counters}};
    const struct part pair[] = {{"pair_a", w},
                                {"pair_b", w},
                                {"pair_q", w},
                                {"pair_conflict", 1},
                                {"pair_tag", hw->tag_bits},
                                {"pair_fetched", w}};
    uint32_t step_bits = 0, pair_bits = 0;
    for (uint32_t i = 0; i < COUNT(step); i++)
        step_bits += step[i].width;
    for (uint32_t i = 0; i < COUNT(pair); i++)
        pair_bits += pair[i].width;
    fprintf(out,
            "module bench;\n    reg [%u:0] steps [0:%u];\n    reg [%u:0] pairs [0:%u];\n"
            "    reg [%u:0] one_step;\n    reg [%u:0] one_pair;\n"
            "    integer i, errors = 0;\n",
            step_bits - 1, steps - 1, pair_bits - 1, pairs - 1, step_bits - 1, pair_bits - 1);
    declare(out, "one_step", step, COUNT(step));
    declare(out, "one_pair", pair, COUNT(pair));
    fprintf(out,
            "    wire ok, ok_pair;\n    wire [%u:0] env_we, rd_we, "
            "csr_we, mem_we;\n",
            domains - 1);
    for (uint32_t i = 10; i < COUNT(step); i++)
        fprintf(out, "    wire [%u:0] got_%s;\n", step[i].width - 1, step[i].name);
    for (uint32_t i = 2; i < COUNT(pair); i++)
        fprintf(out, "    wire [%u:0] got_%s;\n", pair[i].width - 1, pair[i].name);
    fprintf(out, "    pol_reference_step step (");
    for (uint32_t i = 0; i < COUNT(step); i++)
        fprintf(out, ".%s(%s%s), ", step[i].name, i < 10 ? "" : "got_", step[i].name);
    fprintf(out, ".env_we, .rd_we, .csr_we, .mem_we);\n    pol_assume assumed (");
    for (uint32_t i = 0; i < 10; i++)
        fprintf(out, ".%s, ", step[i].name);
    fprintf(out, ".ok);\n"
                 "    pol_reference_merge merge (.a(pair_a), .b(pair_b), .q(got_pair_q), "
                 ".conflict(got_pair_conflict), .tag(got_pair_tag));\n"
                 "    pol_reference_fetch fetch (.a(pair_a), .b(pair_b), .q(got_pair_fetched));\n"
                 "    pol_assume_pair assumed_pair (.a(pair_a), .b(pair_b), .ok(ok_pair));\n"
                 "    initial begin\n        $readmemh(\"steps.hex\", steps);\n"
                 "        $readmemh(\"pairs.hex\", pairs);\n");
    fprintf(out,
            "        for (i = 0; i < %u; i = i + 1) begin\n"
            "            one_step = steps[i];\n            #1;\n",
            steps);
    fprintf(out, "            if (ok !== 1'b1) begin errors = errors + 1; $display(\"step %%0d: "
                 "not assumed\", i); end\n");
    for (uint32_t i = 10; i < COUNT(step); i++) {
        char got[40];
        snprintf(got, sizeof got, "got_%s", step[i].name);
        check_part(out, "i", step[i].name, got, "");
    }
    fprintf(out,
            "        end\n        for (i = 0; i < %u; i = i + 1) begin\n"
            "            one_pair = pairs[i];\n            #1;\n"
            "            if (ok_pair !== 1'b1) begin errors = errors + 1; $display(\"pair %%0d: "
            "not assumed\", i); end\n",
            pairs);
    check_part(out, "i", "pair_q", "got_pair_q", "!pair_conflict && ");
    check_part(out, "i", "pair_conflict", "got_pair_conflict", "");
    check_part(out, "i", "pair_tag", "got_pair_tag", "");
    check_part(out, "i", "pair_fetched", "got_pair_fetched", "");
    fprintf(out,
            "        end\n        if (errors == 0) $display(\"passed %u steps, %u pairs\");\n"
            "        else $display(\"failed: %%0d differences\", errors);\n        $finish;\n    "
            "end\nendmodule\n",
            steps, pairs);
}

int main(int argc, char **argv)
{
    struct gate_options options = gate_options(argc, argv, 3);
    struct gate_policy p;
    if (gate_open(&p, &options) || gate_write_reference(&p, options.dir))
        return 2;
    struct run r = {
        .hw = p.hw, .table = p.hw->table, .isa = p.compiled->ir->isa, .dice = {88172645463325252u}};
    r.has = calloc((size_t)r.table->n_tags + 1, sizeof *r.has);
    r.flat = calloc((size_t)r.table->n_tags + 1, sizeof *r.flat);
    uint32_t count = (uint32_t)strtoul(options.rest[0], NULL, 10);
    FILE *steps = gate_create(options.dir, "steps.hex"),
         *pairs = gate_create(options.dir, "pairs.hex");
    FILE *bench = gate_create(options.dir, "bench.sv");
    uint32_t nsteps = write_steps(&r, count, steps), npairs = write_pairs(&r, count / 4, pairs);
    write_bench(p.hw, nsteps, npairs, bench);
    free(r.has);
    free(r.flat);
    int bad = fclose(steps) | fclose(pairs) | fclose(bench);
    gate_close(&p);
    return bad || nsteps == 0 ? 2 : 0;
}
