/* Claims of `prove:`: patterns become conditions, variables places, as in rules. */
#include "compiler/lower/claim.h"

#include <stdlib.h>

#include "compiler/lower/match.h"

static struct ir_matcher *copy_matchers(struct arena *arena, const struct model_subject *subject)
{
    struct ir_matcher *out =
        ARENA_ARRAY(arena, struct ir_matcher, subject->ninsts ? subject->ninsts : 1);
    for (uint32_t i = 0; i < subject->ninsts; i++)
        out[i] = (struct ir_matcher){subject->insts[i].insn, subject->insts[i].mask,
                                     subject->insts[i].match};
    return out;
}

static void lower_inputs(struct match *m, const struct model_prove *prove, struct ir_claim *out)
{
    match_patterns(m, prove->patterns, prove->npatterns, 0, POL_OPERANDS, out->cond);
    if (prove->guard)
        match_also(m, match_guard(m, prove->guard));
    out->guard = m->guard;
}

/* What a pattern on a result says of arguments goes to a guard of its own; variables that the
 * inputs bind compare with them. */
static void lower_results(struct match *m, const struct model_expect *expect, struct ir_claim *out)
{
    struct arena *arena = m->l->ir->arena;
    uint32_t n = expect->nresults;
    struct model_pattern *patterns = ARENA_ARRAY(arena, struct model_pattern, n ? n : 1);
    for (uint32_t i = 0; i < n; i++) {
        patterns[i] = expect->results[i].pattern;
        patterns[i].operand = (enum pol_operand)(POL_OPERANDS + (int)expect->results[i].result);
        out->results |= (uint8_t)(1u << expect->results[i].result);
    }
    m->guard = IR_NO_GUARD;
    match_patterns(m, patterns, n, POL_OPERANDS, POL_RESULTS, out->result);
    out->result_guard = m->guard;
}

static void lower_expect(struct match *m, const struct model_expect *expect, struct ir_claim *out)
{
    static const enum ir_expect_kind kinds[] = {[MODEL_EXPECT_FAIL] = IR_EXPECT_FAIL,
                                                [MODEL_EXPECT_ALLOW] = IR_EXPECT_ALLOW,
                                                [MODEL_EXPECT_RESULTS] = IR_EXPECT_RESULTS};
    out->expect = kinds[expect->kind];
    out->failure = expect->failure;
    if (expect->message)
        out->message = arena_strdup(m->l->ir->arena, expect->message);
    if (expect->kind == MODEL_EXPECT_RESULTS)
        lower_results(m, expect, out);
}

static void lower_change(struct arena *arena, const struct model_prove *prove, struct ir_claim *out)
{
    static const enum ir_change changes[] = {[MODEL_DROP] = IR_DROP,
                                             [MODEL_ADD] = IR_ADD,
                                             [MODEL_LOWER] = IR_LOWER,
                                             [MODEL_RAISE] = IR_RAISE};
    struct ir_target *targets =
        ARENA_ARRAY(arena, struct ir_target, prove->ntargets ? prove->ntargets : 1);
    for (uint32_t i = 0; i < prove->ntargets; i++)
        targets[i] = (struct ir_target){prove->targets[i].tag, prove->targets[i].arg};
    out->change = changes[prove->change];
    out->via = prove->via;
    out->targets = targets;
    out->ntargets = prove->ntargets;
}

static struct ir_claim lower_claim(struct lowering *l, const struct model_prove *prove)
{
    static const enum ir_claim_kind kinds[] = {[MODEL_PROVE_STEP] = IR_CLAIM_STEP,
                                               [MODEL_PROVE_NEVER] = IR_CLAIM_NEVER,
                                               [MODEL_PROVE_ONLY] = IR_CLAIM_ONLY};
    struct arena *arena = l->ir->arena;
    struct ir_claim out = {.title = arena_strdup(arena, prove->title),
                           .module = arena_strdup(arena, prove->module ? prove->module : ""),
                           .kind = kinds[prove->kind],
                           .all = prove->all,
                           .own = prove->own,
                           .domain = prove->domain,
                           .result_guard = IR_NO_GUARD,
                           .file = arena_strdup(arena, prove->loc.file ? prove->loc.file : ""),
                           .line = prove->loc.line,
                           .column = prove->loc.column};
    struct match m;
    match_init(&m, l, IR_NONE, prove->domain, prove->nvars);
    lower_inputs(&m, prove, &out);
    if (prove->kind == MODEL_PROVE_STEP) {
        out.matchers = copy_matchers(arena, &prove->subject);
        out.nmatchers = prove->subject.ninsts;
        lower_expect(&m, &prove->expect, &out);
    }
    if (prove->kind == MODEL_PROVE_ONLY)
        lower_change(arena, prove, &out);
    return out;
}

void lower_claims(struct lowering *l)
{
    struct ir *ir = l->ir;
    ir->nclaims = l->model->nproves;
    ir->claims = ARENA_ARRAY(ir->arena, struct ir_claim, ir->nclaims ? ir->nclaims : 1);
    for (uint32_t i = 0; i < ir->nclaims; i++)
        ir->claims[i] = lower_claim(l, &l->model->proves[i]);
}
