/* Invariants of claims. */
#include <inttypes.h>

#include "compiler/ir/verify.h"

static const char *check_subject(const struct ir *ir, const struct ir_claim *claim)
{
    if (claim->kind != IR_CLAIM_STEP)
        return claim->nmatchers ? "instructions without a step" : NULL;
    for (uint32_t m = 0; m < claim->nmatchers; m++)
        TRY(ir_verify_matcher(ir, claim->title, &claim->matchers[m]));
    return NULL;
}

static const char *check_conditions(const struct ir *ir, const struct ir_claim *claim)
{
    for (int op = 0; op < POL_OPERANDS; op++)
        TRY(ir_verify_cond(ir, &claim->cond[op]));
    for (int r = 0; r < POL_RESULTS; r++) {
        const struct ir_cond *cond = &claim->result[r];
        TRY(ir_verify_cond(ir, cond));
        if (!(claim->results & (1u << r)) &&
            (cond->nrequired || cond->nforbidden || cond->exact || cond->never))
            return "a condition on a result that is not asked about";
    }
    TRY(ir_verify_reads(ir, claim->cond, NULL, claim->guard));
    return ir_verify_reads(ir, claim->cond, claim->result, claim->result_guard);
}

static const char *check_expectation(const struct ir_claim *claim)
{
    bool results = claim->kind == IR_CLAIM_STEP && claim->expect == IR_EXPECT_RESULTS;
    if (claim->expect > IR_EXPECT_RESULTS || claim->failure > POL_FAIL_EXPLICIT)
        return "expects nothing known";
    if (!results && (claim->results || claim->result_guard.v != IR_NONE))
        return "results without a step that gives them";
    return claim->results >> POL_RESULTS ? "no such result" : NULL;
}

static const char *check_targets(const struct ir *ir, const struct ir_claim *claim)
{
    if (claim->kind != IR_CLAIM_ONLY)
        return claim->ntargets ? "tags that may change in no `only`" : NULL;
    if (claim->change > IR_RAISE || claim->via > POL_FLOW_CONTROL)
        return "no such change or flow";
    for (uint32_t i = 0; i < claim->ntargets; i++) {
        const struct ir_target *target = &claim->targets[i];
        if (target->tag >= ir->space->ntags)
            return "no such tag";
        if (claim->change < IR_LOWER)
            continue;
        if (target->arg >= ir->space->tags[target->tag].nargs ||
            ir->tags[target->tag].lattice[target->arg] == IR_NONE)
            return "lowers or raises what is not of a lattice";
    }
    return NULL;
}

static const char *check_claim(const struct ir *ir, const struct ir_claim *claim)
{
    if (!claim->title || !claim->module || !claim->file || claim->kind > IR_CLAIM_ONLY)
        return "a text is missing, or no such kind";
    if (claim->domain != IR_NONE && claim->domain >= ir->ndomains)
        return "no such domain";
    TRY(check_subject(ir, claim));
    TRY(check_expectation(claim));
    TRY(check_conditions(ir, claim));
    return check_targets(ir, claim);
}

const char *ir_verify_claims(const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nclaims; i++) {
        const char *broken = check_claim(ir, &ir->claims[i]);
        if (broken)
            return ir_broken(ir, "claim %" PRIu32 ": %s", i, broken);
    }
    return NULL;
}
