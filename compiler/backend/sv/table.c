/* pol_rule_table: beats of granules, merging, partial stores, counters.
 *
 * Times: fetch_at is when the code's tags are there, step_at when the granules' answers are; then
 * each granule takes a merge of the destination register, one after the other, and out_at is when
 * the beat is answered.  They depend on GRANULES and PIPELINE, so they are localparams. */
#include "compiler/backend/sv/emit.h"

struct table {
    struct sv_module *m;
    const struct hw *hw;
    uint32_t deciders, domains, granule, fine; /* at least 1; bytes of a granule, of a fine one */
    uint32_t record_bits, used_bits, counters;
};

/* ---- Ports ----------------------------------------------------------------------------------- */

static void vector_port(struct table *t, const char *direction, const char *name, uint32_t width)
{
    str_printf(&t->m->ports, ",\n    %-6s logic [GRANULES*%u-1:0] %s", direction, width, name);
}

static void emit_inputs(struct table *t)
{
    static const char *const words[] = {"pc_tag",  "ci_tag",  "ci2_tag", "op1_tag",
                                        "op2_tag", "op3_tag", "rd_tag",  "csr_tag"};
    struct sv_module *m = t->m;
    sv_load_ports(m);
    sv_port(m, "input", 1, "rst_n");
    sv_spare(m, "rst_n");
    sv_port(m, "input", 1, "in_valid");
    sv_port(m, "output", 1, "in_ready");
    sv_port(m, "input", 1, "in_first");
    sv_port(m, "input", 1, "in_last");
    sv_port(m, "input", 32, "insn");
    sv_port(m, "input", 1, "is_c");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        sv_port(m, "input", t->hw->word_bits, "%s", words[i]);
    vector_port(t, "input", "mem_tag", t->hw->word_bits);
    vector_port(t, "input", "byte_mask", t->granule);
    sv_port(m, "input", 1, "mem_fine");
    sv_port(m, "input", 1, "commit");
    sv_port(m, "input", 1, "discard");
}

static void emit_outputs(struct table *t)
{
    struct sv_module *m = t->m;
    const struct hw *hw = t->hw;
    sv_port(m, "output", 1, "out_valid");
    sv_port(m, "output", 1, "out_last");
    sv_port(m, "output", 1, "allow");
    sv_port(m, "output", 2, "fail_kind");
    sv_port(m, "output", 4, "cause");
    sv_port(m, "output", hw->decider_bits, "decider");
    sv_port(m, "output", hw->rule_bits, "rule");
    sv_port(m, "output", hw->tag_bits, "tag");
    sv_port(m, "output", 2, "response");
    sv_port(m, "output", t->deciders * hw->rule_bits, "rules");
    sv_port(m, "output", hw->report_bits, "reports");
    sv_port(m, "output", POL_RESULTS, "written");
    sv_port(m, "output", t->deciders * (hw->tag_bits + 6), "fails");
    sv_port(m, "output", hw->word_bits, "pc_out");
    sv_port(m, "output", hw->word_bits, "rd_out");
    sv_port(m, "output", hw->word_bits, "csr_out");
    vector_port(t, "output", "mem_out", hw->word_bits);
    sv_port(m, "output", t->domains, "pc_we");
    sv_port(m, "output", t->domains, "rd_we");
    sv_port(m, "output", t->domains, "csr_we");
    vector_port(t, "output", "mem_we", t->domains);
}

/* ---- Before the step ------------------------------------------------------------------------- */

static void emit_times(struct table *t)
{
    struct sv_maker *sv = t->m->sv;
    uint32_t fetch = sv->model->merges_all ? sv->model->fetch.depth : 0;
    sv_line(t->m, "    localparam W = %u;", t->hw->word_bits);
    sv_line(t->m, "    localparam FETCH = %u, STEP = %u, MERGE = %u;", fetch, sv_step_latency(sv),
            sv->model->merge.depth);
    sv_line(t->m, "    // cycles from a beat to its answer; between the beats of an access");
    sv_line(t->m,
            "    localparam POL_LATENCY = PIPELINE != 0 ? FETCH + STEP + GRANULES * MERGE : 0;");
    sv_line(t->m, "    localparam GAP = PIPELINE != 0 ? GRANULES * MERGE : 0;");
    sv_spare(t->m, "POL_LATENCY != 0");
}

/* A delay whose length is an expression of parameters. */
static void delay(struct table *t, const char *width, const char *cycles, const char *name,
                  const char *in, const char *out)
{
    sv_line(t->m,
            "    pol_delay #(.WIDTH(%s), .CYCLES(%s), .PIPELINE(PIPELINE)) %s (.clk(clk), .in(%s), "
            ".out(%s));",
            width, cycles, name, in, out);
}

/* The code's tags, and all else as late as these. */
static void emit_fetch(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "    logic [W-1:0] code, first_parcel;\n    logic one_parcel;");
    if (m->sv->model->merges_all) {
        sv_line(m, "    logic [W-1:0] both_parcels;");
        sv_line(m,
                "    pol_fetch #(.PIPELINE(PIPELINE)) fetch (.clk(clk)%s, .a(ci_tag), .b(ci2_tag), "
                ".q(both_parcels));",
                sv_load_wires(m));
        delay(t, "W + 1", "FETCH", "delay_parcel", "{is_c || ci_tag == ci2_tag, ci_tag}",
              "{one_parcel, first_parcel}");
        sv_line(m, "    assign code = one_parcel ? first_parcel : both_parcels;");
    } else {
        sv_line(m, "    assign first_parcel = ci_tag;\n    assign one_parcel = 1'b1;");
        sv_line(m, "    assign code = first_parcel;");
        sv_spare(m, "is_c");
        sv_spare(m, "ci2_tag");
    }
    sv_spare(m, "one_parcel");
    sv_line(m,
            "    logic [31:0] f_insn;\n    logic [W-1:0] f_pc, f_op1, f_op2, f_op3, f_rd, f_csr;");
    sv_line(m, "    logic [GRANULES*W-1:0] f_mem;");
    delay(t, "32 + (6 + GRANULES) * W", "FETCH", "delay_operands",
          "{insn, pc_tag, op1_tag, op2_tag, op3_tag, rd_tag, csr_tag, mem_tag}",
          "{f_insn, f_pc, f_op1, f_op2, f_op3, f_rd, f_csr, f_mem}");
}

/* Which granules count, and of which only a part. */
static void emit_masks(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "    logic taken;\n    assign taken = in_valid && in_ready;");
    sv_line(m, "    logic [GRANULES-1:0] touched, whole, active, s_active, s_part;");
    sv_line(
        m,
        "    genvar g;\n    generate\n        for (g = 0; g < GRANULES; g = g + 1) begin : mask");
    sv_line(m, "            logic [%u:0] bytes;", t->granule - 1);
    sv_line(m, "            assign bytes = byte_mask[g*%u +: %u];", t->granule, t->granule);
    if (t->fine == t->granule) {
        sv_line(m,
                "            assign touched[g] = |bytes;\n            assign whole[g] = &bytes;");
    } else {
        sv_line(m, "            assign touched[g] = mem_fine ? |bytes[%u:0] : |bytes;",
                t->fine - 1);
        sv_line(m, "            assign whole[g] = mem_fine ? &bytes[%u:0] : &bytes;", t->fine - 1);
    }
    sv_line(m, "            assign active[g] = touched[g] || (g == 0 && touched == 0);");
    sv_line(m, "        end\n    endgenerate");
    sv_line(m, "    logic s_valid, s_first, s_last;");
    delay(t, "2 * GRANULES + 2", "FETCH + STEP", "delay_masks",
          "{active, touched & ~whole, in_first, in_last}", "{s_active, s_part, s_first, s_last}");
    sv_spare(m, "mem_fine");
}

/* Bits that must be 0 after a reset, later. */
static void emit_valid(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "    logic o_valid;");
    sv_line(m, "    generate\n        if (PIPELINE == 0) begin : at_once");
    sv_line(m, "            assign s_valid = taken;\n            assign o_valid = taken;");
    sv_line(m, "        end else begin : later");
    sv_line(m, "            logic [FETCH+STEP+GRANULES*MERGE-1:0] on_the_way;");
    sv_line(m, "            always_ff @(posedge clk)");
    sv_line(m, "                if (!rst_n) on_the_way <= 0;");
    sv_line(
        m,
        "                else on_the_way <= {on_the_way[FETCH+STEP+GRANULES*MERGE-2:0], taken};");
    sv_line(m, "            assign s_valid = on_the_way[FETCH+STEP-1];");
    sv_line(m, "            assign o_valid = on_the_way[FETCH+STEP+GRANULES*MERGE-1];");
    sv_line(m, "        end\n    endgenerate");
}

/* ---- Granules -------------------------------------------------------------------------------- */

/* A granule's answer: RECORD = {fails, rules, tag, rule, decider, cause, verdict}. */
static void emit_answers(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "    localparam RECORD = %u, DOMAINS = %u, USED = %u, TAG = %u, REPORTS = %u;",
            t->record_bits, t->domains, t->used_bits, t->hw->tag_bits, t->hw->report_bits);
    sv_line(m, "    // of all granules, the lowest address lowest");
    sv_line(m, "    logic [GRANULES*RECORD-1:0] answers;");
    sv_line(m, "    logic [GRANULES*W-1:0] g_env, g_rd, g_csr, g_mem, g_old;");
    sv_line(m, "    logic [GRANULES*4-1:0] g_written;");
    sv_line(m, "    logic [GRANULES*REPORTS-1:0] g_reports;");
    sv_line(m, "    // what failures ask for: {halt, failsafe, terminate}");
    sv_line(m, "    logic [GRANULES*3-1:0] g_asks;");
    sv_line(m, "    logic [GRANULES*DOMAINS-1:0] g_mem_we;");
    sv_line(m, "    logic [GRANULES*3*DOMAINS-1:0] g_we;");
    sv_line(m, "    logic [GRANULES*USED-1:0] g_used;");
    sv_line(m, "    logic %scounters;", sv_range(m, t->hw->counter_bits));
    sv_spare(m, "g_csr");
    sv_spare(m, "g_used");
}

static void emit_steps(struct table *t)
{
    struct sv_module *m = t->m;
    const struct hw *hw = t->hw;
    emit_answers(t);
    sv_line(m, "    generate\n        for (g = 0; g < GRANULES; g = g + 1) begin : granule");
    sv_line(m, "            logic [1:0] verdict_g, response_g;\n            logic [3:0] cause_g;");
    sv_line(m, "            logic %sdecider_g;", sv_range(m, hw->decider_bits));
    sv_line(m, "            logic %srule_g;", sv_range(m, hw->rule_bits));
    sv_line(m, "            logic %stag_g;", sv_range(m, hw->tag_bits));
    sv_line(m, "            logic %srules_g;", sv_range(m, t->deciders * hw->rule_bits));
    sv_line(m, "            logic %sfails_g;", sv_range(m, t->deciders * (hw->tag_bits + 6)));
    sv_line(m,
            "            pol_step #(.PIPELINE(PIPELINE)) step (.clk(clk)%s, .insn(f_insn),\n"
            "                .env(f_pc), .code(code), .op1(f_op1), .op2(f_op2), .op3(f_op3),\n"
            "                .mem(f_mem[g*W +: W]), .rd_old(f_rd), .csr_old(f_csr), "
            ".counters(counters),\n"
            "                .verdict(verdict_g), .cause(cause_g), .decider(decider_g), "
            ".rule(rule_g),\n                .tag(tag_g), .response(response_g), .rules(rules_g), "
            ".fails(fails_g),\n                .reports(g_reports[g*REPORTS +: REPORTS]),\n"
            "                .used(g_used[g*USED +: USED]),\n"
            "                .written(g_written[g*4 +: 4]), .env_out(g_env[g*W +: W]),\n"
            "                .rd_out(g_rd[g*W +: W]), .csr_out(g_csr[g*W +: W]), "
            ".mem_out(g_mem[g*W +: W]),\n"
            "                .env_we(g_we[3*g*DOMAINS +: DOMAINS]),\n"
            "                .rd_we(g_we[(3*g+1)*DOMAINS +: DOMAINS]),\n"
            "                .csr_we(g_we[(3*g+2)*DOMAINS +: DOMAINS]),\n"
            "                .mem_we(g_mem_we[g*DOMAINS +: DOMAINS]));",
            sv_load_wires(m));
    sv_line(m, "            assign answers[g*RECORD +: RECORD] = {fails_g, rules_g, tag_g, "
               "rule_g,\n                decider_g, cause_g, verdict_g};");
    sv_line(m, "            assign g_asks[g*3 +: 3] = {response_g == 2'd3, response_g == 2'd2, "
               "response_g == 2'd1};");
    sv_line(m, "        end\n    endgenerate");
    delay(t, "GRANULES * W", "STEP", "delay_old", "f_mem", "g_old");
}

/* ---- The answer of all granules -------------------------------------------------------------- */

/* Bit 0 stands for the earlier beats, the others for granules. */
static void emit_picks(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "    logic [GRANULES-1:0] explicit, implicit, differs;");
    sv_line(m, "    logic [GRANULES:0] present, candidates, worst_pick, first_pick;");
    sv_line(m, "    logic kept_explicit, kept_implicit;");
    sv_line(m, "    generate\n        for (g = 0; g < GRANULES; g = g + 1) begin : failure");
    sv_line(m, "            assign explicit[g] = s_active[g] && answers[g*RECORD + 1];");
    sv_line(m, "            assign implicit[g] = s_active[g] && answers[g*RECORD];");
    sv_line(m, "            assign differs[g] = s_active[g] && g_env[g*W +: W] != env;");
    sv_line(m, "        end\n    endgenerate");
    sv_line(m, "    assign kept_explicit = !s_first && kept_worst[1];");
    sv_line(m, "    assign kept_implicit = !s_first && kept_worst[0];");
    sv_line(m, "    assign present = {s_active, !s_first};");
    sv_line(m, "    assign candidates = |explicit || kept_explicit ? {explicit, kept_explicit}\n"
               "        : |implicit || kept_implicit ? {implicit, kept_implicit} : present;");
    sv_line(m, "    assign worst_pick = candidates & (~candidates + {{GRANULES{1'b0}}, 1'b1});");
    sv_line(m, "    assign first_pick = present & (~present + {{GRANULES{1'b0}}, 1'b1});");
}

/* `target` collects what the picked granules have; statements in a process. */
static void collect(struct table *t, const char *target, const char *width, const char *pick,
                    const char *from)
{
    sv_line(t->m, "            %s = %s | ({%s{%s}} & %s[i*%s +: %s]);", target, target, width, pick,
            from, width, width);
}

/* What earlier beats contribute to it. */
static void kept_part(struct table *t, const char *name, const char *width, const char *pick)
{
    sv_line(t->m, "    logic [%s-1:0] earlier_%s;", width, name);
    sv_line(t->m, "    assign earlier_%s = {%s{%s}} & kept_%s;", name, width, pick, name);
}

/* Of one counter: the most that a granule takes. */
static void emit_largest_use(struct table *t, uint32_t c)
{
    struct sv_module *m = t->m;
    uint32_t bits = m->sv->model->used_bits, low = c * bits;
    const char *most = sv_text(m, "most_%u", c), *earlier = sv_text(m, "earlier_most_%u", c);
    sv_wire(m, bits, earlier, "s_first ? %s : %s", sv_literal(m, bits, 0),
            sv_bits(m, "kept_used", t->used_bits, low, bits));
    sv_line(m, "    logic [%u:0] %s;\n    always_comb begin\n        %s = %s;", bits - 1, most,
            most, earlier);
    sv_line(m, "        for (int i = 0; i < GRANULES; i = i + 1)");
    sv_line(m, "            if (s_active[i] && g_used[i*USED + %u +: %u] > %s)", low, bits, most);
    sv_line(m, "                %s = g_used[i*USED + %u +: %u];\n    end", most, low, bits);
    sv_line(m, "    assign %s = %s;", sv_bits(m, "used", t->used_bits, low, bits), most);
}

static void emit_collection(struct table *t)
{
    static const char *const names[] = {"worst", "env", "csr", "writes", "enables", "asks", "told"};
    struct sv_module *m = t->m;
    sv_line(m, "    logic [W-1:0] csr, kept_csr;");
    sv_line(m, "    logic [3:0] writes, kept_writes;");
    sv_line(m, "    logic [2:0] asks, kept_asks;\n    logic [REPORTS-1:0] told, kept_told;");
    sv_line(m, "    logic [3*DOMAINS-1:0] enables, kept_enables;");
    sv_line(m, "    logic [USED-1:0] used, kept_used;\n    logic differ, kept_differ;");
    sv_line(m, "    assign differ = |differs || (!s_first && kept_differ);");
    kept_part(t, "worst", "RECORD", "worst_pick[0]");
    kept_part(t, "env", "W", "first_pick[0]");
    kept_part(t, "csr", "W", "first_pick[0]");
    kept_part(t, "writes", "4", "present[0]");
    kept_part(t, "enables", "3*DOMAINS", "present[0]");
    kept_part(t, "asks", "3", "present[0]");
    kept_part(t, "told", "REPORTS", "present[0]");
    sv_line(m, "    always_comb begin");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        sv_line(m, "        %s = earlier_%s;", names[i], names[i]);
    sv_line(m, "        for (int i = 0; i < GRANULES; i = i + 1) begin");
    collect(t, "worst", "RECORD", "worst_pick[i+1]", "answers");
    collect(t, "env", "W", "first_pick[i+1]", "g_env");
    collect(t, "csr", "W", "first_pick[i+1]", "g_csr");
    collect(t, "writes", "4", "s_active[i]", "g_written");
    collect(t, "enables", "3*DOMAINS", "s_active[i]", "g_we");
    collect(t, "asks", "3", "s_active[i]", "g_asks");
    collect(t, "told", "REPORTS", "s_active[i]", "g_reports");
    sv_line(m, "        end\n    end");
    for (uint32_t c = 0; c < t->counters; c++)
        emit_largest_use(t, c);
}

static void emit_join(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "    logic [RECORD-1:0] worst, kept_worst;\n    logic [W-1:0] env, kept_env;");
    emit_picks(t);
    emit_collection(t);
    sv_line(m, "    always_ff @(posedge clk)\n        if (s_valid) begin");
    sv_line(m, "            kept_worst <= worst;\n            kept_differ <= differ;");
    sv_line(m, "            kept_env <= env;\n            kept_csr <= csr;");
    sv_line(m, "            kept_writes <= writes;\n            kept_enables <= enables;");
    sv_line(m, "            kept_asks <= asks;\n            kept_told <= told;");
    sv_line(m, "            kept_used <= used;\n        end");
}

/* ---- Merging --------------------------------------------------------------------------------- */

static void emit_one_merge(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "            localparam [GRANULES-1:0] BEFORE = ~({GRANULES{1'b1}} << g);");
    sv_line(m, "            logic [W-1:0] mine, joined, only;");
    sv_line(m, "            logic some, counts, conflict, alone, skip, early;");
    sv_line(m, "            logic [TAG-1:0] conflict_tag, early_tag;");
    sv_line(m, "            pol_delay #(.WIDTH(W + 2), .CYCLES(g * MERGE), .PIPELINE(PIPELINE)) "
               "delay_rd (.clk(clk),\n                .in({!s_first || (s_active & BEFORE) != 0, "
               "s_active[g], g_rd[g*W +: W]}),\n                .out({some, counts, mine}));");
    sv_line(m,
            "            pol_merge #(.PIPELINE(PIPELINE)) merge (.clk(clk)%s, .a(rd[g*W +: W]), "
            ".b(mine),\n                .q(joined), .conflict(conflict), .tag(conflict_tag));",
            sv_load_wires(m));
    sv_line(m, "            assign alone = !some || !counts || rd[g*W +: W] == mine;");
    sv_line(m, "            pol_delay #(.WIDTH(W + TAG + 2), .CYCLES(MERGE), .PIPELINE(PIPELINE)) "
               "delay_alone (.clk(clk),\n                .in({alone, clash[g], "
               "clash_tag[g*TAG +: TAG], some ? rd[g*W +: W] : mine}),\n"
               "                .out({skip, early, early_tag, only}));");
    sv_line(m, "            assign rd[(g+1)*W +: W] = skip ? only : joined;");
    sv_line(m, "            assign clash[g+1] = early || (!skip && conflict);");
    sv_line(m, "            assign clash_tag[(g+1)*TAG +: TAG] = early || skip ? early_tag : "
               "conflict_tag;");
}

/* Of rd, clash and clash_tag, part g is what the granules before g come to, g merges after the
 * steps; part 0 is what earlier beats came to. */
static void emit_register(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "    logic [(GRANULES+1)*W-1:0] rd;\n    logic [W-1:0] kept_rd;");
    sv_line(m, "    logic [GRANULES:0] clash;\n    logic kept_clash, any_clash, o_first;");
    sv_line(m, "    logic [(GRANULES+1)*TAG-1:0] clash_tag;");
    sv_line(m, "    logic [TAG-1:0] kept_clash_tag, any_clash_tag;");
    delay(t, "1", "GRANULES * MERGE", "delay_first", "s_first", "o_first");
    sv_line(m, "    assign rd[W-1:0] = kept_rd;\n    assign clash[0] = 1'b0;");
    sv_line(m, "    assign clash_tag[TAG-1:0] = {TAG{1'b1}};");
    sv_line(m, "    generate\n        for (g = 0; g < GRANULES; g = g + 1) begin : register");
    emit_one_merge(t);
    sv_line(m, "        end\n    endgenerate");
    sv_line(m, "    assign any_clash = clash[GRANULES] || (!o_first && kept_clash);");
    sv_line(m, "    assign any_clash_tag = !o_first && kept_clash ? kept_clash_tag\n"
               "        : clash_tag[GRANULES*TAG +: TAG];");
}

static void emit_one_store(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "            logic [W-1:0] joined, plain, fresh;");
    sv_line(m,
            "            logic merges, conflict, must;\n            logic [TAG-1:0] conflict_tag;");
    sv_line(m, "            assign must = s_part[g] && g_mem[g*W +: W] != g_old[g*W +: W];");
    sv_line(
        m,
        "            pol_merge #(.PIPELINE(PIPELINE)) merge (.clk(clk)%s, .a(g_mem[g*W +: W]),\n"
        "                .b(g_old[g*W +: W]), .q(joined), .conflict(conflict), "
        ".tag(conflict_tag));",
        sv_load_wires(m));
    sv_line(m, "            pol_delay #(.WIDTH(W + 1), .CYCLES(MERGE), .PIPELINE(PIPELINE)) "
               "delay_plain (.clk(clk),\n                .in({must, g_mem[g*W +: W]}), "
               ".out({merges, plain}));");
    sv_line(m, "            assign fresh = merges ? joined : plain;");
    sv_line(m,
            "            pol_delay #(.WIDTH(W + TAG + 1), .CYCLES((GRANULES - 1) * MERGE), "
            ".PIPELINE(PIPELINE))\n                delay_out (.clk(clk), .in({merges && conflict, "
            "conflict_tag, fresh}),\n                .out({split[g], split_tag[g*TAG +: TAG], "
            "mem_out[g*W +: W]}));");
    sv_line(m,
            "            assign gated_we[g*DOMAINS +: DOMAINS] = g_mem_we[g*DOMAINS +: DOMAINS] & "
            "{DOMAINS{s_active[g]}};");
}

/* split: in a granule, a store's new tags and the old ones of the rest do not fit. */
static void emit_partial(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m, "    logic [GRANULES-1:0] split, split_pick;\n    logic any_split, kept_split;");
    sv_line(m, "    logic [GRANULES*TAG-1:0] split_tag;\n    logic [TAG-1:0] any_split_tag, "
               "kept_split_tag;");
    sv_line(m, "    logic [GRANULES*DOMAINS-1:0] gated_we, o_mem_we;");
    sv_line(m, "    generate\n        for (g = 0; g < GRANULES; g = g + 1) begin : partial");
    emit_one_store(t);
    sv_line(m, "        end\n    endgenerate");
    delay(t, "GRANULES * DOMAINS", "GRANULES * MERGE", "delay_we", "gated_we", "o_mem_we");
    sv_line(m, "    logic earlier_split;\n    assign earlier_split = !o_first && kept_split;");
    sv_line(m, "    assign any_split = |split || earlier_split;");
    sv_line(m,
            "    assign split_pick = earlier_split ? {GRANULES{1'b0}} : split & (~split + 1'b1);");
    sv_line(
        m, "    always_comb begin\n        any_split_tag = {TAG{earlier_split}} & kept_split_tag;");
    sv_line(m, "        for (int i = 0; i < GRANULES; i = i + 1)");
    collect(t, "any_split_tag", "TAG", "split_pick[i]", "split_tag");
    sv_line(m, "    end\n    always_ff @(posedge clk)\n        if (o_valid) begin");
    sv_line(m, "            kept_rd <= rd[GRANULES*W +: W];\n            kept_clash <= any_clash;");
    sv_line(m,
            "            kept_clash_tag <= any_clash_tag;\n            kept_split <= any_split;");
    sv_line(m, "            kept_split_tag <= any_split_tag;\n        end");
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void emit_answer(struct table *t)
{
    struct sv_module *m = t->m;
    const struct hw *hw = t->hw;
    const char *tags = sv_ones(m, hw->tag_bits);
    sv_line(m, "    logic [1:0] o_verdict;\n    logic [2:0] o_asks;\n"
               "    logic [3:0] o_cause, o_written;");
    sv_line(m, "    logic %so_decider;\n    logic %so_rule;\n    logic %so_tag;",
            sv_range(m, hw->decider_bits), sv_range(m, hw->rule_bits), sv_range(m, hw->tag_bits));
    sv_line(m, "    logic o_last, o_differ, good, late;");
    sv_line(m, "    logic [3*DOMAINS-1:0] o_enables;\n    logic [USED-1:0] o_used;");
    delay(t, sv_text(m, "RECORD + REPORTS + 3 + 2 * W + %u + 3 * DOMAINS + USED + 2", POL_RESULTS),
          "GRANULES * MERGE", "delay_answer",
          "{worst, told, asks, env, csr, writes, enables,\n        used, differ, s_last}",
          "{fails,\n        rules, o_tag, o_rule, o_decider, o_cause, o_verdict, reports, o_asks, "
          "pc_out, "
          "csr_out, o_written, o_enables,\n        o_used, o_differ, o_last}");
    sv_spare(m, "o_used");
    sv_line(m, "    assign rd_out = rd[GRANULES*W +: W];");
    sv_line(m, "    assign out_valid = o_valid;\n    assign out_last = o_valid && o_last;");
    sv_line(m, "    assign late = o_verdict == 2'd0 && (o_differ || any_clash || "
               "any_split);");
    sv_line(m,
            "    assign good = o_verdict == 2'd0 && !late;\n    assign allow = out_last && good;");
    sv_line(m, "    assign fail_kind = late ? 2'd%d : o_verdict;", POL_FAIL_EXPLICIT);
    sv_line(m, "    assign cause = !late ? o_cause : o_differ ? 4'd10 : 4'd11;");
    sv_line(m, "    assign decider = o_decider;\n    assign rule = o_rule;");
    sv_line(m,
            "    assign tag = !late ? o_tag : o_differ ? %s : any_clash ? any_clash_tag : "
            "any_split_tag;",
            tags);
    sv_line(m,
            "    assign response = late ? 2'd%u : o_asks[2] ? 2'd3 : o_asks[1] ? 2'd2 : "
            "{1'b0, o_asks[0]};",
            hw->table->responses[hw->table->meta->response].action);
    sv_line(m, "    assign written = good ? o_written : 4'd0;");
    sv_line(m, "    assign {csr_we, rd_we, pc_we} = good ? o_enables : {3*DOMAINS{1'b0}};");
    sv_line(m, "    assign mem_we = good ? o_mem_we : {GRANULES*DOMAINS{1'b0}};");
}

/* ---- Handshake and counters ------------------------------------------------------------------ */

static void emit_gap(struct table *t)
{
    struct sv_module *m = t->m;
    sv_line(m,
            "    // the next beat of an access waits until the register's tags have been merged");
    sv_line(m, "    logic rests;\n    generate\n        if (GAP == 0) begin : no_gap");
    sv_line(m, "            assign rests = 1'b0;\n        end else begin : gap");
    sv_line(m, "            logic [GAP-1:0] waits;\n            always_ff @(posedge clk)");
    sv_line(m, "                if (!rst_n) waits <= 0;");
    sv_line(m, "                else if (taken && !in_last) waits <= {GAP{1'b1}};");
    sv_line(m, "                else waits <= waits >> 1;");
    sv_line(m, "            assign rests = waits[0];\n        end\n    endgenerate");
}

/* The counter after `used` values were taken. */
static void emit_counter(struct table *t, uint32_t c)
{
    struct sv_module *m = t->m;
    const struct hw *hw = t->hw;
    const struct pol_prt_counter *counter = &hw->table->counters[c];
    uint32_t bits = hw->counter_width[c], taken = m->sv->model->used_bits;
    uint64_t size = (uint64_t)counter->max + 1;
    uint32_t wide = (bits > taken ? bits : taken) + 1;
    const char *sum = sv_text(m, "sum_%u", c), *next = sv_text(m, "next_%u", c);
    const char *now = sv_text(m, "counter_%u", c), *used = sv_text(m, "takes_%u", c);
    sv_line(m, "    logic %s%s;", sv_range(m, bits), now);
    sv_wire(m, taken, used, "%s", sv_bits(m, "taking", t->used_bits, c * taken, taken));
    sv_wire(m, wide, sum, "%s + %s", sv_fit(m, now, bits, false, wide),
            sv_fit(m, used, taken, false, wide));
    const char *size_text = sv_literal(m, wide, size);
    if (counter->exhaust)
        sv_wire(m, bits, next, "%s > %s ? %s : %s", sum, size_text, sv_literal(m, bits, size),
                sv_bits(m, sum, wide, 0, bits));
    else if ((size & (size - 1)) == 0 && size > 1)
        sv_wire(m, bits, next, "%s", sv_bits(m, sum, wide, 0, bits));
    else {
        const char *rest = sv_text(m, "rest_%u", c);
        sv_wire(m, wide, rest, "%s %% %s", sum, size_text);
        sv_wire(m, bits, next, "%s", sv_bits(m, rest, wide, 0, bits));
    }
    sv_line(m, "    always_ff @(posedge clk)\n        if (!rst_n) %s <= 0;", now);
    sv_line(m, "        else if (advances) %s <= %s;", now, next);
    sv_line(m, "    assign %s = %s;",
            sv_bits(m, "counters", hw->counter_bits, hw->counter_offset[c], bits), now);
}

static void emit_counters(struct table *t)
{
    struct sv_module *m = t->m;
    if (t->hw->table->n_counters == 0) {
        sv_line(m, "    assign counters = 1'b0;\n    assign in_ready = !rests;");
        sv_spare(m, "commit");
        sv_spare(m, "discard");
        return;
    }
    sv_line(m, "    // one step at a time: from its last beat until it is committed or discarded");
    sv_line(m, "    logic busy, pending, pending_good, answered, done, advances;");
    sv_line(m, "    logic [USED-1:0] pending_used, taking;");
    sv_line(m, "    assign in_ready = !rests && !busy;");
    sv_line(m, "    assign answered = out_last || pending;");
    sv_line(m, "    assign done = answered && (commit || discard);");
    sv_line(m, "    assign taking = out_last ? o_used : pending_used;");
    sv_line(m, "    assign advances = done && commit && (out_last ? good : pending_good);");
    sv_line(m,
            "    always_ff @(posedge clk)\n        if (!rst_n) begin\n            busy <= 1'b0;");
    sv_line(m, "            pending <= 1'b0;\n        end else begin");
    sv_line(m, "            busy <= !done && (busy || (taken && in_last));");
    sv_line(m, "            pending <= !done && answered;\n        end");
    sv_line(m, "    always_ff @(posedge clk)\n        if (out_last) begin");
    sv_line(m,
            "            pending_good <= good;\n            pending_used <= o_used;\n        end");
    for (uint32_t c = 0; c < t->hw->table->n_counters; c++)
        emit_counter(t, c);
}

void sv_emit_table(struct sv_maker *sv)
{
    const struct hw *hw = sv->hw;
    struct table t = {.m =
                          sv_module_with(sv, "pol_rule_table", "The unit beside a core's pipeline.",
                                         "parameter GRANULES = 1,\n    "),
                      .hw = hw,
                      .granule = hw->table->meta->granule,
                      .counters = hw->table->n_counters ? hw->table->n_counters : 1};
    t.deciders = hw->table->n_deciders ? hw->table->n_deciders : 1;
    t.domains = hw->table->n_domains ? hw->table->n_domains : 1;
    t.fine = t.granule < 2 ? t.granule : 2;
    t.used_bits = t.counters * sv->model->used_bits;
    t.record_bits = 2 + 4 + hw->decider_bits + hw->rule_bits + hw->tag_bits +
                    t.deciders * (hw->rule_bits + hw->tag_bits + 6);
    emit_inputs(&t);
    emit_outputs(&t);
    emit_times(&t);
    emit_fetch(&t);
    emit_masks(&t);
    emit_valid(&t);
    emit_steps(&t);
    emit_join(&t);
    emit_register(&t);
    emit_partial(&t);
    emit_answer(&t);
    emit_gap(&t);
    emit_counters(&t);
    sv_module_end(t.m);
}
