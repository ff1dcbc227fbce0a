/* The step: operands, deciders, and what the composition makes of their answers. */
#include "compiler/backend/reference/emit.h"

/* ---- Ports --------------------------------------------------------------------------------- */

void reference_step_inputs(const struct reference *r)
{
    reference_put(r,
                  "    input logic [31:0] insn,\n"
                  "    input logic [%u:0] env, code, op1, op2, op3, mem, rd_old, csr_old,\n"
                  "    input logic [%u:0] counters,\n",
                  r->word_bits - 1, r->counter_bits - 1);
}

static uint32_t at_least_1(uint32_t n)
{
    return n ? n : 1;
}

static void ports(const struct reference *r)
{
    const struct hw *hw = r->hw;
    uint32_t deciders = at_least_1(r->ir->ndeciders), reports = 0;
    for (uint32_t d = 0; d < r->ir->ndeciders; d++)
        reports += reference_reports(r, d);
    reference_put(r, "module pol_reference_step (\n");
    reference_step_inputs(r);
    reference_put(r,
                  "    output logic [1:0] verdict,\n"
                  "    output logic [3:0] cause,\n"
                  "    output logic [%u:0] decider,\n"
                  "    output logic [%u:0] rule,\n"
                  "    output logic [%u:0] tag,\n"
                  "    output logic [1:0] response,\n"
                  "    output logic [%u:0] rules,\n"
                  "    output logic [%u:0] reports,\n"
                  "    output logic [3:0] written,\n",
                  hw->decider_bits - 1, hw->rule_bits - 1, hw->tag_bits - 1,
                  deciders * hw->rule_bits - 1, at_least_1(reports) - 1);
    reference_put(r,
                  "    output logic [%u:0] env_out, rd_out, csr_out, mem_out,\n"
                  "    output logic [%u:0] env_we, rd_we, csr_we, mem_we,\n"
                  "    output logic [%u:0] used,\n"
                  "    output logic [%u:0] fails\n);\n",
                  r->word_bits - 1, r->domains - 1, 8 * at_least_1(r->ir->ncounters) - 1,
                  deciders * (6 + hw->tag_bits) - 1);
}

/* ---- Operands ------------------------------------------------------------------------------ */

static void operands(const struct reference *r)
{
    static const char *const lacks[POL_OPERANDS] = {NULL,      NULL,      "has_op1",
                                                    "has_op2", "has_op3", "has_mem"};
    reference_put(r, "\n    // Operands that the instruction lacks are {}.\n");
    for (int op = 0; op < POL_OPERANDS; op++) {
        const char *name = reference_operands[op];
        reference_put(r, "    wire [%u:0] %s_word = ", r->word_bits - 1, name);
        if (lacks[op]) {
            reference_put(r, "%s ? %s : ", lacks[op], name);
            reference_empty_word(r);
            reference_put(r, ";\n");
        } else {
            reference_put(r, "%s;\n", name);
        }
        reference_put(r,
                      "    wire [%u:0] %s_set;\n"
                      "    pol_reference_unpack unpack_%s (.word(%s_word), .set(%s_set));\n",
                      r->set_bits - 1, name, name, name, name);
    }
}

/* ---- What a decider says ------------------------------------------------------------------- */

/* The results of a decider as words, and the domains for which it may lack a code. */
static void pack_results(const struct reference *r, uint32_t d)
{
    for (unsigned result = 0; result < POL_RESULTS; result++) {
        if (!reference_gives(r, d, result))
            continue;
        const char *which = reference_results[result], *name = r->deciders[d];
        reference_put(r,
                      "    wire [%u:0] word_%s_%s;\n    wire [%u:0] uncoded_%s_%s;\n"
                      "    pol_reference_pack pack_%s_%s (.set(give_%s_%s), .word(word_%s_%s), "
                      ".uncoded(uncoded_%s_%s));\n",
                      r->word_bits - 1, which, name, r->domains - 1, which, name, which, name,
                      which, name, which, name, which, name);
    }
}

/* Failures in their order: the results, within one its expression and then its codes. */
static void fault_of(const struct reference *r, uint32_t d)
{
    const char *name = r->deciders[d];
    const struct ir_decider *decider = &r->ir->deciders[d];
    reference_put(r,
                  "    logic [%u:0] fault_%s;\n    always @* begin\n"
                  "        fault_%s = refused_%s ? {TAG_NONE, CAUSE_RULE} : 0;\n",
                  r->hw->tag_bits + 3, name, name, name);
    for (unsigned result = 0; result < POL_RESULTS; result++) {
        if (!reference_gives(r, d, result))
            continue;
        const char *which = reference_results[result];
        reference_put(r, "        if (fault_%s == 0) fault_%s = fault_%s_%s;\n", name, name, which,
                      name);
        reference_put(r, "        if (fault_%s == 0 && gives_%s[%u] && ", name, name, result);
        if (decider->is_global)
            reference_put(r, "uncoded_%s_%s != 0", which, name);
        else
            reference_put(r, "uncoded_%s_%s[%u]", which, name, decider->domain);
        reference_put(r, ") fault_%s = {TAG_NONE, CAUSE_INVALID};\n", name);
    }
    reference_put(r, "    end\n");
}

static void verdict_of(const struct reference *r, uint32_t d)
{
    const char *name = r->deciders[d];
    reference_put(r,
                  "    wire [3:0] cause_%s = decided_%s ? fault_%s[3:0] : CAUSE_NO_RULE;\n"
                  "    wire [%u:0] tag_%s = fault_%s[3:0] == CAUSE_NONE ? TAG_NONE : "
                  "fault_%s[%u:4];\n"
                  "    wire [1:0] verdict_%s = cause_%s == CAUSE_NONE ? ALLOW :\n"
                  "        cause_%s == CAUSE_NO_RULE || cause_%s == CAUSE_INVALID ? FAIL_IMPLICIT "
                  ": FAIL_EXPLICIT;\n",
                  name, name, name, r->hw->tag_bits - 1, name, name, name, r->hw->tag_bits + 3,
                  name, name, name, name);
    /* Failing without a code names no rule. */
    reference_put(
        r, "    wire [%u:0] deciding_%s = cause_%s == CAUSE_INVALID ? RULE_NONE : rule_%s;\n",
        r->hw->rule_bits - 1, name, name, name);
}

/* Globals run until one has decided, components when none has. */
static void order(const struct reference *r)
{
    const struct ir *ir = r->ir;
    reference_put(r, "\n    // ---- The composition ----\n\n");
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        reference_put(r, "    wire runs_%s = decodes", r->deciders[d]);
        for (uint32_t g = 0; g < ir->nglobals && g < d; g++)
            reference_put(r, " && !decided_%s", r->deciders[g]);
        reference_put(r, ";\n    wire fails_%s = runs_%s && verdict_%s != ALLOW", r->deciders[d],
                      r->deciders[d], r->deciders[d]);
        if (ir->deciders[d].is_global)
            reference_put(r, " && decided_%s", r->deciders[d]);
        reference_put(r, ";\n");
    }
    reference_put(r, "    wire settled = 1'b0");
    for (uint32_t g = 0; g < ir->nglobals; g++)
        reference_put(r, " || decided_%s", r->deciders[g]);
    reference_put(r, ";\n");
}

/* ---- The answer ---------------------------------------------------------------------------- */

static void answer(const struct reference *r)
{
    const struct ir *ir = r->ir;
    unsigned builtin = ir->responses[0].action;
    reference_put(r, "    // Explicit failures beat implicit ones, then the leftmost names the "
                     "answer; the most\n    // severe response acts.\n"
                     "    always @* begin\n"
                     "        verdict = ALLOW;\n        cause = CAUSE_NONE;\n"
                     "        decider = DECIDER_NONE;\n        rule = RULE_NONE;\n"
                     "        tag = TAG_NONE;\n        response = 2'd0;\n"
                     "        if (!decodes) begin\n            verdict = FAIL_IMPLICIT;\n"
                     "            cause = CAUSE_UNDECODABLE;\n");
    reference_put(r, "            response = 2'd%u;\n        end\n", builtin);
    if (ir->nglobals == ir->ndeciders)
        reference_put(r,
                      "        if (decodes && !settled) begin\n"
                      "            verdict = FAIL_IMPLICIT;\n"
                      "            cause = CAUSE_NO_COMPONENT;\n"
                      "            response = 2'd%u;\n        end\n",
                      builtin);
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        const char *name = r->deciders[d];
        reference_put(r,
                      "        if (fails_%s && verdict_%s > verdict) begin\n"
                      "            verdict = verdict_%s;\n            cause = cause_%s;\n"
                      "            decider = %u'd%u;\n            rule = deciding_%s;\n"
                      "            tag = tag_%s;\n        end\n",
                      name, name, name, name, r->hw->decider_bits, d, name, name);
        reference_put(r,
                      "        if (fails_%s && response_%s > response) response = response_%s;\n",
                      name, name, name);
    }
    reference_put(r, "    end\n    wire allow = verdict == ALLOW;\n");
}

/* A bit for each rule that asks for a report: it matched before the one that decided. */
static void report_list(const struct reference *r)
{
    uint32_t at = 0;
    for (uint32_t d = 0; d < r->ir->ndeciders; d++) {
        uint32_t count = reference_reports(r, d);
        if (count == 0)
            continue;
        reference_put(r,
                      "    assign reports[%u +: %u] = runs_%s && cause_%s != CAUSE_INVALID ? "
                      "reports_%s : %u'd0;\n",
                      at, count, r->deciders[d], r->deciders[d], r->deciders[d], count);
        at += count;
    }
    if (at == 0)
        reference_put(r, "    assign reports = 1'b0;\n");
}

static void lists(const struct reference *r)
{
    const struct ir *ir = r->ir;
    uint32_t rule = r->hw->rule_bits, fail = 6 + r->hw->tag_bits;
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        const char *name = r->deciders[d];
        reference_put(r,
                      "    assign rules[%u +: %u] = runs_%s ? deciding_%s : RULE_NONE;\n"
                      "    assign fails[%u +: %u] = fails_%s ? {tag_%s, cause_%s, verdict_%s} : "
                      "%u'd0;\n",
                      d * rule, rule, name, name, d * fail, fail, name, name, name, name, fail);
    }
    if (ir->ndeciders == 0)
        reference_put(r, "    assign rules = RULE_NONE;\n    assign fails = %u'd0;\n", fail);
    report_list(r);
    reference_put(r, "    assign written = allow ? 4'd0");
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        reference_put(r, " | (runs_%s ? gives_%s : 4'd0)", r->deciders[d], r->deciders[d]);
    reference_put(r, " : 4'd0;\n");
    for (uint32_t c = 0; c < ir->ncounters; c++)
        reference_put(r, "    assign used[%u +: 8] = allow && runs_%s ? taken_%s : 8'd0;\n", 8 * c,
                      r->deciders[ir->counters[c].decider], r->counters[c]);
    if (ir->ncounters == 0)
        reference_put(r, "    assign used = 8'd0;\n");
}

/* ---- Results ------------------------------------------------------------------------------- */

/* Whether a decider writes a domain: components their own, globals all. */
static bool may_write(const struct reference *r, uint32_t d, uint32_t domain, unsigned result)
{
    const struct ir_decider *decider = &r->ir->deciders[d];
    return (decider->is_global || decider->domain == domain) && reference_gives(r, d, result);
}

static void result_slice(const struct reference *r, unsigned result, uint32_t domain)
{
    static const char *const olds[POL_RESULTS] = {"env", "rd_old", "csr_old", "mem"};
    const char *which = reference_results[result];
    uint32_t offset = r->hw->domain_offset[domain], width = r->hw->domain_width[domain];
    reference_put(r, "        %s_we[%u] = 1'b0;\n", which, domain);
    if (r->ir->nglobals && result != POL_RES_ENV &&
        r->ir->domains[domain].kind == IR_DOMAIN_GLOBAL) {
        reference_put(r, "        if (allow && !settled && writes_%s) begin\n", which);
        reference_put(r, "            %s_we[%u] = 1'b1;\n", which, domain);
        if (width) {
            reference_put(r, "            %s_out[%u +: %u] = ", which, offset, width);
            reference_empty_slice(r, domain);
            reference_put(r, ";\n");
        }
        reference_put(r, "        end\n");
    }
    for (uint32_t d = 0; d < r->ir->ndeciders; d++) {
        const char *name = r->deciders[d];
        if (!may_write(r, d, domain, result))
            continue;
        reference_put(r, "        if (allow && runs_%s && gives_%s[%u]) begin\n", name, name,
                      result);
        reference_put(r, "            %s_we[%u] = 1'b1;\n", which, domain);
        if (width)
            reference_put(r, "            %s_out[%u +: %u] = word_%s_%s[%u +: %u];\n", which,
                          offset, width, which, name, offset, width);
        reference_put(r, "        end\n");
    }
    (void)olds;
}

static void results(const struct reference *r)
{
    static const char *const olds[POL_RESULTS] = {"env", "rd_old", "csr_old", "mem"};
    reference_put(r, "    // A decider replaces the tags that it owns; a failed step writes "
                     "nothing.  Tags of global policies\n"
                     "    // leave what an instruction writes that none of them decides.\n");
    for (unsigned result = 0; result < POL_RESULTS; result++) {
        reference_put(r, "    always @* begin\n        %s_out = %s;\n", reference_results[result],
                      olds[result]);
        if (r->table->n_domains == 0)
            reference_put(r, "        %s_we = 1'b0;\n", reference_results[result]);
        for (uint32_t d = 0; d < r->table->n_domains; d++)
            result_slice(r, result, d);
        reference_put(r, "    end\n");
    }
}

void reference_step(const struct reference *r)
{
    const struct ir *ir = r->ir;
    ports(r);
    reference_put(r,
                  "    localparam [1:0] ALLOW = 0, FAIL_IMPLICIT = 1, FAIL_EXPLICIT = 2;\n"
                  "    localparam [%u:0] DECIDER_NONE = {%u{1'b1}};\n"
                  "    localparam [%u:0] RULE_NONE = {%u{1'b1}};\n",
                  r->hw->decider_bits - 1, r->hw->decider_bits, r->hw->rule_bits - 1,
                  r->hw->rule_bits);
    reference_constants(r);
    reference_localparams(r);
    reference_set_functions(r);
    reference_put(r, "\n    // ---- Instructions ----\n\n");
    reference_decode_rows(r);
    reference_decode_operands(r);
    reference_decode_groups(r);
    operands(r);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        reference_decider(r, d);
    order(r);
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        reference_put(r, "\n");
        pack_results(r, d);
        fault_of(r, d);
        verdict_of(r, d);
    }
    reference_put(r, "\n");
    answer(r);
    lists(r);
    results(r);
    reference_put(r, "endmodule\n\n");
}
