/* The harness, printed. */
#include "compiler/backend/harness/harness.h"

#include <inttypes.h>

#include <pol/rtl.h>

struct shape {
    const struct hw *hw;
    uint32_t nslots, ndeciders, ndomains;
    uint32_t in, out; /* words */
};

static struct shape shape_of(const struct hw *hw)
{
    const struct pol_table *t = hw->table;
    struct shape s = {hw, t->meta->nslots, t->n_deciders, t->n_domains, 0, 0};
    s.in = pol_rtl_in_words(s.nslots);
    s.out = pol_rtl_out_words(s.nslots, s.ndeciders, hw->report_first[s.ndeciders]);
    return s;
}

static bool is_bits(const struct shape *s, uint32_t slot)
{
    const struct pol_prt_slot *d = &s->hw->table->slots[slot];
    bool field = d->kind == POL_SLOT_FIELD || d->kind == POL_SLOT_NESTED_FIELD;
    return field && s->hw->table->fields[d->index].kind == POL_FIELD_BITS;
}

/* A tag word of slots, packed: the valid bit of bit fields, the highest of a slot, goes to the top
 * of the tags. */
static void pack(const struct shape *s, struct str_buf *out, const char *name, uint32_t word)
{
    str_printf(out, "    wire [%" PRIu32 ":0] %s = {", s->hw->word_bits - 1, name);
    for (uint32_t i = s->nslots; i-- > 0;) {
        uint32_t at = 32 * (1 + word * s->nslots + i), width = s->hw->slots[i].width;
        if (is_bits(s, i))
            str_printf(out, "in[%" PRIu32 "], in[%" PRIu32 " +: %" PRIu32 "]%s", at + 31, at,
                       width - 1, i ? ", " : "");
        else
            str_printf(out, "in[%" PRIu32 " +: %" PRIu32 "]%s", at, width, i ? ", " : "");
    }
    if (s->nslots == 0)
        str_add(out, "1'b0");
    str_add(out, "};\n");
}

static void unpack(const struct shape *s, struct str_buf *out, const char *name, uint32_t word)
{
    uint32_t first = POL_RTL_OUT_WORDS + 4 * s->ndeciders + word * s->nslots;
    for (uint32_t i = 0; i < s->nslots; i++) {
        uint32_t at = s->hw->slots[i].offset, width = s->hw->slots[i].width;
        str_printf(out, "    assign out[%" PRIu32 " +: 32] = ", 32 * (first + i));
        if (is_bits(s, i))
            str_printf(out,
                       "{%s[%" PRIu32 "], {%" PRIu32 "{1'b0}}, %s[%" PRIu32 " +: %" PRIu32 "]};\n",
                       name, at + width - 1, 32 - width, name, at, width - 1);
        else if (width < 32)
            str_printf(out, "{{%" PRIu32 "{1'b0}}, %s[%" PRIu32 " +: %" PRIu32 "]};\n", 32 - width,
                       name, at, width);
        else
            str_printf(out, "%s[%" PRIu32 " +: 32];\n", name, at);
    }
}

/* A number that is all ones when there is none. */
static void number(struct str_buf *out, uint32_t word, const char *wire, uint32_t at, uint32_t bits)
{
    str_printf(out,
               "    assign out[%" PRIu32 " +: 32] = &%s[%" PRIu32 " +: %" PRIu32
               "] ? 32'hFFFFFFFF : {{%" PRIu32 "{1'b0}}, %s[%" PRIu32 " +: %" PRIu32 "]};\n",
               32 * word, wire, at, bits, 32 - bits, wire, at, bits);
}

static void plain(struct str_buf *out, uint32_t word, const char *wire, uint32_t at, uint32_t bits)
{
    str_printf(out,
               "    assign out[%" PRIu32 " +: 32] = {{%" PRIu32 "{1'b0}}, %s[%" PRIu32
               " +: %" PRIu32 "]};\n",
               32 * word, 32 - bits, wire, at, bits);
}

static void deciders(const struct shape *s, struct str_buf *out)
{
    const struct hw *hw = s->hw;
    uint32_t each = 6 + hw->tag_bits;
    for (uint32_t d = 0; d < s->ndeciders; d++) {
        uint32_t at = POL_RTL_OUT_WORDS + s->ndeciders + 3 * d;
        number(out, POL_RTL_OUT_WORDS + d, "rules", d * hw->rule_bits, hw->rule_bits);
        plain(out, at, "fails", d * each, 2);
        plain(out, at + 1, "fails", d * each + 2, 4);
        number(out, at + 2, "fails", d * each + 6, hw->tag_bits);
    }
}

/* One bit for each rule that asks for a report, behind all else. */
static void reports(const struct shape *s, struct str_buf *out)
{
    uint32_t n = s->hw->report_first[s->ndeciders];
    uint32_t first = pol_rtl_out_words(s->nslots, s->ndeciders, 0);
    for (uint32_t at = 0; at < n; at += 32) {
        if (n - at < 32)
            plain(out, first + at / 32, "reports", at, n - at);
        else
            str_printf(out, "    assign out[%" PRIu32 " +: 32] = reports[%" PRIu32 " +: 32];\n",
                       32 * (first + at / 32), at);
    }
}

static void declare(const struct shape *s, struct str_buf *out)
{
    static const char *const words[] = {"pc_out",  "rd_out", "csr_out",
                                        "mem_out", "merged", "fetched"};
    static const char *const enables[] = {"pc_we", "rd_we", "csr_we", "mem_we"};
    const struct hw *hw = s->hw;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        str_printf(out, "    wire [%" PRIu32 ":0] %s;\n", hw->word_bits - 1, words[i]);
    for (size_t i = 0; i < sizeof enables / sizeof *enables; i++)
        str_printf(out, "    wire [%" PRIu32 ":0] %s;\n", s->ndomains - 1, enables[i]);
    str_printf(out,
               "    wire in_ready, out_valid, out_last, allow, conflict;\n"
               "    wire [1:0] fail_kind, response;\n"
               "    wire [3:0] cause, written;\n"
               "    wire [%" PRIu32 ":0] decider;\n    wire [%" PRIu32 ":0] rule;\n"
               "    wire [%" PRIu32 ":0] tag, merge_tag;\n"
               "    wire [%" PRIu32 ":0] rules;\n    wire [%" PRIu32 ":0] fails;\n"
               "    wire [%" PRIu32 ":0] reports;\n",
               hw->decider_bits - 1, hw->rule_bits - 1, hw->tag_bits - 1,
               s->ndeciders * hw->rule_bits - 1, s->ndeciders * (6 + hw->tag_bits) - 1,
               hw->report_bits - 1);
}

static const char unit_text[] =
    "    pol_rule_table #(.GRANULES(1), .PIPELINE(0)) unit (\n"
    "        .clk(clk), .rst_n(rst_n), .in_valid(control[0]), .in_ready(in_ready),\n"
    "        .in_first(control[1]), .in_last(control[2]), .insn(in[31:0]), .is_c(1'b1),\n"
    "        .pc_tag(env), .ci_tag(code), .ci2_tag(code), .op1_tag(op1), .op2_tag(op2),\n"
    "        .op3_tag(op3), .rd_tag(rd), .csr_tag(csr), .mem_tag(mem), .byte_mask(BYTES),\n"
    "        .mem_fine(1'b0), .commit(control[3]), .discard(control[4]),\n"
    "        .out_valid(out_valid), .out_last(out_last), .allow(allow), .fail_kind(fail_kind),\n"
    "        .cause(cause), .decider(decider), .rule(rule), .tag(tag), .response(response),\n"
    "        .rules(rules), .reports(reports), .written(written), .fails(fails), .pc_out(pc_out), "
    ".rd_out(rd_out),\n"
    "        .csr_out(csr_out), .mem_out(mem_out), .pc_we(pc_we), .rd_we(rd_we), .csr_we(csr_we),\n"
    "        .mem_we(mem_we));\n"
    "    pol_merge #(.PIPELINE(0)) merge (.clk(clk), .a(env), .b(code), .q(merged), "
    ".conflict(conflict), .tag(merge_tag));\n"
    "    pol_fetch #(.PIPELINE(0)) fetch (.clk(clk), .a(env), .b(code), .q(fetched));\n";

void harness_sv(const struct hw *hw, struct str_buf *out)
{
    static const char *const ins[] = {"env", "code", "op1", "op2", "op3", "mem", "rd", "csr"};
    static const char *const outs[] = {"pc_out",  "rd_out", "csr_out",
                                       "mem_out", "merged", "fetched"};
    struct shape s = shape_of(hw);
    str_printf(out,
               "// The unit behind two vectors of words, as pol/rtl.h describes them.\n"
               "module pol_harness (\n    input wire clk,\n    input wire rst_n,\n"
               "    input wire [4:0] control,\n    input wire [%" PRIu32 ":0] in,\n"
               "    output wire [%" PRIu32 ":0] out\n);\n"
               "    localparam [%" PRIu32 ":0] BYTES = {%" PRIu32 "{1'b1}};\n",
               32 * s.in - 1, 32 * s.out - 1, hw->table->meta->granule - 1,
               hw->table->meta->granule);
    for (uint32_t i = 0; i < 8; i++)
        pack(&s, out, ins[i], i);
    declare(&s, out);
    str_add(out, unit_text);
    str_printf(out, "    assign out[%d +: 32] = {28'b0, in_ready, allow, out_last, out_valid};\n",
               32 * POL_RTL_OUT_STATE);
    plain(out, POL_RTL_OUT_KIND, "fail_kind", 0, 2);
    plain(out, POL_RTL_OUT_CAUSE, "cause", 0, 4);
    number(out, POL_RTL_OUT_DECIDER, "decider", 0, hw->decider_bits);
    number(out, POL_RTL_OUT_RULE, "rule", 0, hw->rule_bits);
    number(out, POL_RTL_OUT_TAG, "tag", 0, hw->tag_bits);
    plain(out, POL_RTL_OUT_RESPONSE, "response", 0, 2);
    plain(out, POL_RTL_OUT_WRITTEN, "written", 0, 4);
    str_printf(out, "    assign out[%d +: 32] = {31'b0, conflict};\n", 32 * POL_RTL_OUT_CONFLICT);
    number(out, POL_RTL_OUT_MERGE_TAG, "merge_tag", 0, hw->tag_bits);
    deciders(&s, out);
    reports(&s, out);
    for (uint32_t i = 0; i < 6; i++)
        unpack(&s, out, outs[i], i);
    str_add(out, "endmodule\n");
}

void harness_pipe(const struct hw *hw, struct str_buf *out)
{
    struct shape s = shape_of(hw);
    str_printf(out,
               "// The unit in a simulator that is driven through its standard input and output.\n"
               "module pol_harness_pipe;\n"
               "    reg clk = 1'b0;\n    reg [6:0] control = 7'b0;\n"
               "    reg [%" PRIu32 ":0] in = {%" PRIu32 "{1'b0}};\n    wire [%" PRIu32 ":0] out;\n",
               32 * s.in - 1, 32 * s.in, 32 * s.out - 1);
    str_add(out,
            "    integer got;\n"
            "    pol_harness harness (.clk(clk), .rst_n(!control[5]), .control(control[4:0]),\n"
            "        .in(in), .out(out));\n"
            "    initial begin\n"
            "        got = $fscanf(32'h8000_0000, \"%h %h\", control, in);\n"
            "        while (got == 2) begin\n"
            "            #1 $display(\"%h\", out);\n"
            "            $fflush(32'h8000_0001);\n"
            "            if (control[6]) begin\n"
            "                #1 clk = 1'b1;\n"
            "                #1 clk = 1'b0;\n"
            "            end\n"
            "            got = $fscanf(32'h8000_0000, \"%h %h\", control, in);\n"
            "        end\n"
            "        $finish;\n"
            "    end\n"
            "endmodule\n");
}

void harness_cpp(const struct hw *hw, struct str_buf *out)
{
    struct shape s = shape_of(hw);
    str_printf(out,
               "// The unit as a shared object for pol/rtl.h.\n"
               "#include <cstdint>\n#include <cstring>\n#include <new>\n"
               "#include \"Vpol_harness.h\"\n#include \"verilated.h\"\n\n"
               "static const uint32_t IN = %" PRIu32 ", OUT = %" PRIu32 ";\n\n",
               s.in, s.out);
    str_add(out,
            "struct unit {\n    VerilatedContext context;\n    Vpol_harness top{&context};\n};\n\n"
            "static void *unit_open()\n{\n    return new (std::nothrow) unit;\n}\n\n"
            "static void unit_close(void *u)\n{\n    delete static_cast<unit *>(u);\n}\n\n"
            "static void unit_drive(void *u, uint32_t control, const uint32_t *in, uint32_t *out)\n"
            "{\n"
            "    Vpol_harness &top = static_cast<unit *>(u)->top;\n"
            "    top.rst_n = !(control >> 5 & 1);\n"
            "    top.control = control & 31;\n"
            "    std::memcpy(&top.in[0], in, IN * sizeof *in);\n"
            "    top.eval();\n"
            "    std::memcpy(out, &top.out[0], OUT * sizeof *out);\n"
            "    if (control >> 6 & 1) {\n"
            "        top.clk = 1;\n        top.eval();\n        top.clk = 0;\n        top.eval();\n"
            "    }\n}\n\n"
            "struct abi {\n    uint32_t version, in_words, out_words;\n"
            "    void *(*open)();\n    void (*close)(void *);\n"
            "    void (*drive)(void *, uint32_t, const uint32_t *, uint32_t *);\n};\n"
            "extern \"C\" __attribute__((visibility(\"default\"))) const abi pol_rtl;\n");
    str_printf(out, "const abi pol_rtl = {%d, IN, OUT, unit_open, unit_close, unit_drive};\n",
               POL_RTL_ABI);
    str_add(out, "int main()\n{\n    return 0;\n}\n"
                 "double sc_time_stamp()\n{\n    return 0;\n}\n");
}
