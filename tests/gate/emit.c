/* Writes both sides of the proof, and what holds them together: `emit [options of common.h] POLICY
 * DIR`. DIR/reference.sv   the behavioural reference DIR/sv/            the files of the hardware,
 * and files.f DIR/miter.sv       both side by side; of `bad` each bit is 1 where an output differs
 * that the assumptions admit, of `reached` where something that must be possible is DIR/outputs the
 * names of the bits of `bad`, lowest first DIR/latency.sv     two tag units that differ in the tags
 * they get only */
#include <stdlib.h>
#include <sys/stat.h>

#include "compiler/backend/sv/sv.h"
#include "tests/gate/common.h"

struct port {
    const char *name;
    uint32_t width;
};

static uint32_t at_least_1(uint32_t n)
{
    return n ? n : 1;
}

/* `.x(PREFIXx), ` for each port. */
static void connect(FILE *out, const struct port *ports, uint32_t count, const char *prefix)
{
    for (uint32_t i = 0; i < count; i++)
        fprintf(out, ".%s(%s%s)%s", ports[i].name, prefix, ports[i].name,
                i + 1 < count ? ", " : "");
}

#define COUNT(list) (uint32_t)(sizeof(list) / sizeof(list)[0])

/* Both sides of one unit, and where their outputs differ. */
static void write_both(FILE *out, FILE *names, const char *unit, const struct port *in,
                       uint32_t nin, const struct port *outs, uint32_t nouts, uint32_t *bad)
{
    for (uint32_t i = 0; i < nouts; i++)
        fprintf(out, "    wire [%u:0] %s_a_%s, %s_b_%s;\n", outs[i].width - 1, unit, outs[i].name,
                unit, outs[i].name);
    for (int side = 0; side < 2; side++) {
        char prefix[40];
        snprintf(prefix, sizeof prefix, "%s_%c_", unit, "ab"[side]);
        fprintf(out, "    `SIDE_%c(%s) %s_%c (`CLOCK_%c ", "AB"[side], unit, unit, "ab"[side],
                "AB"[side]);
        connect(out, in, nin, "");
        fprintf(out, ", ");
        connect(out, outs, nouts, prefix);
        fprintf(out, ");\n");
    }
    for (uint32_t i = 0; i < nouts; i++) {
        const char *name = outs[i].name;
        bool moot = unit[0] == 'm' && name[0] == 'q'; /* a merge that failed has no result */
        fprintf(out, "    assign bad[%u] = ok_%s%s && %s_a_%s != %s_b_%s;\n", (*bad)++,
                unit[0] == 's' ? "step" : "pair", moot ? " && !merge_b_conflict" : "", unit, name,
                unit, name);
        fprintf(names, "%s.%s\n", unit, name);
    }
}

/* By default the hardware is side A, the reference side B; GOLD_HARDWARE and GOLD_REFERENCE put
 * another version of one of them in the other's place. */
static const char sides_text[] = "`ifdef GOLD_REFERENCE\n"
                                 "`define SIDE_A(x) gold_reference_``x\n"
                                 "`define CLOCK_A\n"
                                 "`else\n"
                                 "`define SIDE_A(x) pol_``x\n"
                                 "`define CLOCK_A .clk(1'b0),\n"
                                 "`endif\n"
                                 "`ifdef GOLD_HARDWARE\n"
                                 "`define SIDE_B(x) gold_``x\n"
                                 "`define CLOCK_B .clk(1'b0),\n"
                                 "`else\n"
                                 "`define SIDE_B(x) pol_reference_``x\n"
                                 "`define CLOCK_B\n"
                                 "`endif\n";

static void write_miter(const struct hw *hw, FILE *out, FILE *names)
{
    uint32_t w = at_least_1(hw->word_bits), deciders = at_least_1(hw->table->n_deciders),
             domains = at_least_1(hw->table->n_domains), bad = 0;
    const struct port in[] = {{"insn", 32},   {"env", w},
                              {"code", w},    {"op1", w},
                              {"op2", w},     {"op3", w},
                              {"mem", w},     {"rd_old", w},
                              {"csr_old", w}, {"counters", at_least_1(hw->counter_bits)}};
    const struct port step[] = {{"verdict", 2},
                                {"cause", 4},
                                {"decider", hw->decider_bits},
                                {"rule", hw->rule_bits},
                                {"tag", hw->tag_bits},
                                {"response", 2},
                                {"rules", deciders * hw->rule_bits},
                                {"reports", hw->report_bits},
                                {"written", 4},
                                {"env_out", w},
                                {"rd_out", w},
                                {"csr_out", w},
                                {"mem_out", w},
                                {"env_we", domains},
                                {"rd_we", domains},
                                {"csr_we", domains},
                                {"mem_we", domains},
                                {"used", 8 * at_least_1(hw->table->n_counters)},
                                {"fails", deciders * (6 + hw->tag_bits)}};
    const struct port pair[] = {{"a", w}, {"b", w}};
    const struct port merge[] = {{"conflict", 1}, {"tag", hw->tag_bits}, {"q", w}};
    const struct port fetch[] = {{"q", w}};
    fprintf(out, "%smodule miter (\n", sides_text);
    for (uint32_t i = 0; i < COUNT(in); i++)
        fprintf(out, "    input wire [%u:0] %s,\n", in[i].width - 1, in[i].name);
    fprintf(
        out,
        "    input wire [%u:0] a, b,\n    output wire any, output wire [%u:0] bad,\n"
        "    output wire [3:0] reached\n);\n    wire ok_step, ok_pair;\n    pol_assume assumed (",
        w - 1, COUNT(step) + COUNT(merge) + COUNT(fetch) - 1);
    connect(out, in, COUNT(in), "");
    fprintf(out, ", .ok(ok_step));\n    assign any = |bad;\n"
                 "    pol_assume_pair assumed_pair (.a(a), .b(b), .ok(ok_pair));\n");
    fprintf(out,
            "`ifdef SKIP_STEP\n    assign bad[%u:0] = 0;\n    assign reached[2:0] = 0;\n`else\n",
            COUNT(step) - 1);
    write_both(out, names, "step", in, COUNT(in), step, COUNT(step), &bad);
    fprintf(
        out,
        "    assign reached[2:0] = {ok_step && step_b_verdict == 1 && step_b_cause != 2,\n"
        "        ok_step && step_b_verdict == 2, ok_step && step_b_verdict == 0};\n"
        "`endif\n`ifdef SKIP_PAIR\n    assign bad[%u:%u] = 0;\n    assign reached[3] = 0;\n`else\n",
        COUNT(step) + COUNT(merge) + COUNT(fetch) - 1, COUNT(step));
    write_both(out, names, "merge", pair, COUNT(pair), merge, COUNT(merge), &bad);
    write_both(out, names, "fetch", pair, COUNT(pair), fetch, COUNT(fetch), &bad);
    fprintf(out, "    assign reached[3] = ok_pair && !merge_b_conflict;\n`endif\nendmodule\n");
}

/* ---- Latency ------------------------------------------------------------------------------- */

/* Reset is active in the first cycle; before it the registers hold anything. */
static void write_latency(const struct hw *hw, uint32_t granule, FILE *out)
{
    static const struct port shared[] = {{"in_valid", 1}, {"in_first", 1}, {"in_last", 1},
                                         {"insn", 32},    {"is_c", 1},     {"mem_fine", 1},
                                         {"commit", 1},   {"discard", 1}};
    static const char *const tags[] = {"pc_tag",  "ci_tag",  "ci2_tag", "op1_tag",
                                       "op2_tag", "op3_tag", "rd_tag",  "csr_tag"};
    uint32_t w = at_least_1(hw->word_bits);
    fprintf(out, "module latency #(parameter PIPELINE = 0, parameter GRANULES = 2) (\n"
                 "    input wire clk, reset,\n");
    for (uint32_t i = 0; i < COUNT(shared); i++)
        fprintf(out, "    input wire [%u:0] %s,\n", shared[i].width - 1, shared[i].name);
    fprintf(out, "    input wire [GRANULES*%u-1:0] byte_mask,\n", granule);
    for (uint32_t i = 0; i < COUNT(tags); i++)
        fprintf(out, "    input wire [%u:0] a_%s, b_%s,\n", w - 1, tags[i], tags[i]);
    fprintf(out,
            "    input wire [GRANULES*%u-1:0] a_mem_tag, b_mem_tag,\n"
            "    output wire bad\n);\n"
            "    reg started = 1'b0;\n    always @(posedge clk) started <= 1'b1;\n"
            "    wire rst_n = started && !reset;\n"
            "    wire a_ready, b_ready, a_valid, b_valid, a_last, b_last;\n",
            w);
    for (int side = 0; side < 2; side++) {
        char prefix[3] = {"ab"[side], '_', '\0'};
        fprintf(out,
                "    pol_rule_table #(.PIPELINE(PIPELINE), .GRANULES(GRANULES)) %c (.clk(clk), "
                ".rst_n(rst_n),\n        .in_ready(%sready), .out_valid(%svalid), "
                ".out_last(%slast),\n        .byte_mask(byte_mask), "
                ".mem_tag(%smem_tag), ",
                "ab"[side], prefix, prefix, prefix, prefix);
        connect(out, shared, COUNT(shared), "");
        for (uint32_t i = 0; i < COUNT(tags); i++)
            fprintf(out, ", .%s(%s%s)", tags[i], prefix, tags[i]);
        fprintf(out, ");\n");
    }
    fprintf(out, "    assign bad = started && (a_ready != b_ready || a_valid != b_valid || a_last "
                 "!= b_last);\n"
                 "endmodule\n");
}

/* ---- Files --------------------------------------------------------------------------------- */

static int write_hardware(const struct hw *hw, const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/sv", dir);
    mkdir(path, 0777); /* it may be there */
    struct sv *sv = sv_emit(hw, NULL);
    int bad = 0;
    for (uint32_t i = 0; i < sv->nfiles; i++) {
        FILE *out = gate_create(path, sv->files[i].name);
        bad |= fwrite(sv->files[i].text, 1, sv->files[i].size, out) != sv->files[i].size;
        bad |= fclose(out) != 0;
    }
    sv_free(sv);
    return bad;
}

int main(int argc, char **argv)
{
    struct gate_options options = gate_options(argc, argv, 2);
    struct gate_policy p;
    if (gate_open(&p, &options) || gate_write_reference(&p, options.dir) ||
        write_hardware(p.hw, options.dir))
        return 2;
    FILE *miter = gate_create(options.dir, "miter.sv"),
         *names = gate_create(options.dir, "outputs"),
         *latency = gate_create(options.dir, "latency.sv");
    write_miter(p.hw, miter, names);
    write_latency(p.hw, p.hw->table->meta->granule, latency);
    int bad = fclose(miter) | fclose(names) | fclose(latency);
    gate_close(&p);
    return bad ? 2 : 0;
}
