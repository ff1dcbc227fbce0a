/* Claims of the text form. */
#include <inttypes.h>

#include "compiler/ir/parse.h"
#include "compiler/ir/text.h"

static bool parse_head(struct parser *p, struct ir_claim *claim)
{
    uint32_t kind;
    if (!parse_choice(p, ir_text_claims, 3, "a kind of claim", &kind) ||
        !parse_place(p, &claim->file, &claim->line, &claim->column) ||
        !parse_name(p, &claim->module) || !parse_string(p, &claim->title))
        return false;
    claim->kind = (enum ir_claim_kind)kind;
    claim->all = parse_accept(p, "all");
    claim->own = parse_accept(p, "own");
    return (!parse_accept(p, "domain") || parse_u32(p, &claim->domain)) && parse_end(p);
}

static bool parse_failure(struct parser *p, struct ir_claim *claim)
{
    uint32_t verdict;
    if (!parse_choice(p, ir_text_verdicts, 3, "any, implicit or explicit", &verdict))
        return false;
    claim->expect = IR_EXPECT_FAIL;
    claim->failure = (enum pol_verdict)verdict;
    return (parse_at_end(p) || parse_string(p, &claim->message)) && parse_end(p);
}

static bool parse_expectation(struct parser *p, struct ir_claim *claim)
{
    if (parse_accept(p, "fail"))
        return parse_failure(p, claim);
    claim->expect = parse_accept(p, "allow") ? IR_EXPECT_ALLOW : IR_EXPECT_RESULTS;
    return (claim->expect == IR_EXPECT_ALLOW || parse_expect(p, "results")) && parse_end(p);
}

static bool parse_claim_result(struct parser *p, struct ir_claim *claim)
{
    uint32_t result;
    if (!parse_choice(p, ir_text_results, POL_RESULTS, "a result", &result))
        return false;
    claim->results |= (uint8_t)(1u << result);
    return parse_cond(p, &claim->result[result]);
}

static bool parse_target(struct parser *p, bool of_argument, struct ir_target *target)
{
    target->arg = 0;
    if (!parse_expect_char(p, '(') || !parse_tag(p, &target->tag) || !parse_expect_char(p, ')'))
        return false;
    return !of_argument || (parse_expect_char(p, '.') && parse_u32(p, &target->arg));
}

static bool parse_change(struct parser *p, struct ir_claim *claim)
{
    uint32_t change, via;
    struct ir_target *targets = NULL;
    if (!parse_choice(p, ir_text_changes, 4, "a change", &change) || !parse_expect(p, "via") ||
        !parse_choice(p, ir_text_flows, 3, "a kind of flow", &via))
        return false;
    claim->change = (enum ir_change)change;
    claim->via = (enum pol_flow_kind)via;
    while (!parse_at_end(p)) {
        PARSE_ROOM(p, targets, claim->ntargets);
        if (!parse_target(p, change >= IR_LOWER, &targets[claim->ntargets++]))
            return false;
    }
    claim->targets = targets;
    return parse_end(p);
}

static bool parse_condition(struct parser *p, struct ir_guard_id *id)
{
    p->depth = 0;
    return parse_guard(p, id) && parse_end(p);
}

static bool parse_claim_line(struct parser *p, struct ir_claim *claim)
{
    uint32_t op;
    if (parse_accept(p, "match")) {
        PARSE_ROOM(p, claim->matchers, claim->nmatchers);
        return parse_matcher(p, &claim->matchers[claim->nmatchers++]);
    }
    if (parse_accept(p, "when"))
        return parse_choice(p, ir_text_places, POL_OPERANDS, "an operand", &op) &&
               parse_cond(p, &claim->cond[op]);
    if (parse_accept(p, "guard"))
        return parse_condition(p, &claim->guard);
    if (parse_accept(p, "expect"))
        return parse_expectation(p, claim);
    if (parse_accept(p, "result"))
        return parse_claim_result(p, claim);
    if (parse_accept(p, "result-guard"))
        return parse_condition(p, &claim->result_guard);
    return parse_expect(p, "may") && parse_change(p, claim);
}

bool parse_claim(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_claim claim = {.domain = IR_NONE, .guard = IR_NO_GUARD, .result_guard = IR_NO_GUARD};
    if (!parse_index(p, ir->nclaims) || !parse_head(p, &claim))
        return false;
    while (parse_line(p, 2))
        if (!parse_claim_line(p, &claim))
            return false;
    PARSE_ROOM(p, ir->claims, ir->nclaims);
    ir->claims[ir->nclaims++] = claim;
    return true;
}
