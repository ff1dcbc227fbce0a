#include "compiler/prove/report.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/prove/rerun.h"

struct reporter {
    const struct model *model;
    struct ir *ir;
    struct diag_sink *sink;
    struct rerun rerun;
    struct arena arena;
};

/* ---- The counterexample, by the interpreter ------------------------------------------------- */

static bool has(const uint32_t *lit, uint32_t tag)
{
    return pol_lit_has(lit, tag);
}

static bool right_failure(const struct reporter *r, const struct ir_claim *claim)
{
    const struct pol_answer *answer = &r->rerun.evaluation.answer;
    char text[1024];
    if (!claim->own) /* as in expected_failure() of step.c */
        return claim->message || claim->failure == POL_FAIL_EXPLICIT
                   ? answer->verdict == POL_FAIL_EXPLICIT
                   : answer->verdict != POL_ALLOW;
    if (!claim->message)
        return claim->failure == POL_ALLOW ? answer->verdict != POL_ALLOW
                                           : answer->verdict == claim->failure;
    size_t n =
        pol_failure_message(r->model->space, &r->rerun.debug, &answer->first, text, sizeof text);
    return answer->verdict == POL_FAIL_EXPLICIT && n < sizeof text &&
           strcmp(text, claim->message) == 0;
}

/* Whether the change is one that an `only` claim is about, as far as presence of tags tells. */
static bool changes(const struct reporter *r, const struct ir_claim *claim,
                    const struct prove_case *at)
{
    bool there = has(r->rerun.evaluation.result[at->dest], at->tag);
    return claim->change == IR_DROP ? !there : there;
}

/* What the interpreter says refutes the claim, too.  It starts with counters at 0, so it cannot
 * say of others. */
static bool confirmed(const struct reporter *r, const struct ir_claim *claim,
                      const struct prove_case *at)
{
    bool allowed = r->rerun.evaluation.answer.verdict == POL_ALLOW;
    if (at->witness.late || claim->kind == IR_CLAIM_NEVER)
        return true;
    if (claim->kind == IR_CLAIM_ONLY)
        return allowed && changes(r, claim, at);
    if (claim->expect == IR_EXPECT_FAIL)
        return !right_failure(r, claim);
    return claim->expect == IR_EXPECT_ALLOW ? !allowed : allowed;
}

static void run_case(struct reporter *r, const struct ir_claim *claim, const struct prove_case *at)
{
    rerun_step(&r->rerun, at->word, at->witness.set);
    bool merges = at->partial && r->rerun.evaluation.answer.verdict == POL_ALLOW;
    if ((merges && !rerun_merge(&r->rerun)) || !confirmed(r, claim, at))
        abort(); /* IR and source mean different things */
}

/* ---- Words ---------------------------------------------------------------------------------- */

static const char *source_name(uint32_t source)
{
    static const char *const names[] = {
        [POL_FROM_PC] = "env",    [POL_FROM_RS1] = "op1", [POL_FROM_RS2] = "op2",
        [POL_FROM_RS3] = "op3",   [POL_FROM_CSR] = "op2", [POL_FROM_MEM] = "mem",
        [POL_FROM_OLDMEM] = "mem"};
    return names[source];
}

static const char *dest_name(uint32_t dest)
{
    static const char *const names[] = {
        [POL_RES_ENV] = "env", [POL_RES_RD] = "rd", [POL_RES_CSR] = "csr", [POL_RES_MEM] = "mem"};
    return names[dest];
}

/* What happens to the tag: "`Private` of mem is not in rd". */
static char *change_text(struct reporter *r, const struct ir_claim *claim,
                         const struct prove_case *at)
{
    const struct pol_tag_info *info = &r->model->space->tags[at->tag];
    char *tag = info->ambiguous ? arena_printf(&r->arena, "%s.%s", info->module, info->name)
                                : arena_strdup(&r->arena, info->name);
    const char *dest = dest_name(at->dest);
    switch (claim->change) {
    case IR_DROP:
        return arena_printf(&r->arena, "`%s` of %s is not in the new %s", tag,
                            source_name(at->source), dest);
    case IR_ADD:
        return arena_printf(&r->arena, "`%s` is in the new %s, and nothing that flows there has it",
                            tag, dest);
    default:
        return arena_printf(&r->arena, "`%s` of %s is not at or %s that of the new %s", tag,
                            source_name(at->source), claim->change == IR_LOWER ? "below" : "above",
                            dest);
    }
}

static void explain(struct reporter *r, struct diag *d, const struct ir_claim *claim,
                    const struct prove_case *at)
{
    char *answer = rerun_answer(&r->rerun, &r->arena);
    const char *partial = at->partial ? ", where the store covers a part of its granule" : "";
    if (claim->kind == IR_CLAIM_NEVER)
        diag_hint(d, "this can occur");
    else if (at->witness.late)
        diag_hint(d, "with counters of `new` that are not at 0%s", partial);
    else if (claim->kind == IR_CLAIM_ONLY)
        diag_hint(d, "%s: `%s`%s", change_text(r, claim, at), answer, partial);
    else
        diag_hint(d, "the answer is `%s`%s", answer, partial);
}

/* ---- Rules ---------------------------------------------------------------------------------- */

static void label_rule(struct reporter *r, struct diag *d, uint32_t decider)
{
    uint32_t rule = rerun_rule(&r->rerun, decider);
    if (rule == POL_NO_RULE)
        return;
    diag_label(d, rerun_model_rule(&r->rerun, decider, rule)->loc.span, "this rule decides");
}

/* The decider whose results a tag's are: a global that decided, else the tag's owner. */
static bool decides_tag(const struct reporter *r, uint32_t decider, uint32_t tag)
{
    const struct ir_decider *d = &r->ir->deciders[decider];
    return d->is_global || tag == IR_NONE || r->ir->tags[tag].domain == d->domain;
}

static void label_rules(struct reporter *r, struct diag *d, const struct ir_claim *claim,
                        const struct prove_case *at)
{
    const struct pol_answer *answer = &r->rerun.evaluation.answer;
    if (claim->kind == IR_CLAIM_NEVER || at->witness.late)
        return;
    if (answer->verdict != POL_ALLOW) {
        if (answer->first.decider != POL_NO_RULE)
            label_rule(r, d, answer->first.decider);
        return;
    }
    for (uint32_t i = 0; i < r->ir->ndeciders; i++)
        if (decides_tag(r, i, at->tag))
            label_rule(r, d, i);
}

/* ---- Claims --------------------------------------------------------------------------------- */

/* A composition may mean to break what a part of it claims for itself. */
static enum diag_severity severity(const struct ir_claim *claim)
{
    return claim->own ? DIAG_ERROR : DIAG_WARNING;
}

static void report_false(struct reporter *r, uint32_t index, const struct prove_case *at)
{
    const struct ir_claim *claim = &r->ir->claims[index];
    struct diag *d = diag_report(
        r->sink, severity(claim), DIAG_FALSE_CLAIM, r->model->proves[index].loc.span,
        claim->own ? "the claim \"%s\" is false" : "the claim \"%s\" is false in this composition",
        claim->title);
    run_case(r, claim, at);
    diag_witness(d, "%s", prove_line(&r->arena, r->ir, at));
    label_rules(r, d, claim, at);
    explain(r, d, claim, at);
}

static void report_vacuous(struct reporter *r, uint32_t index, enum prove_vacuous why)
{
    static const char *const texts[] = {
        [PROVE_NO_INSTRUCTION] = "the target has no instruction that it is about",
        [PROVE_NO_INPUT] = "no input that can occur matches it",
        [PROVE_NEVER_ALLOWED] = "no input that matches it is allowed",
        [PROVE_NO_FLOW] = "no flow of the kind carries what it is about"};
    diag_warning(r->sink, DIAG_VACUOUS_CLAIM, r->model->proves[index].loc.span,
                 "the claim \"%s\" says nothing: %s", r->ir->claims[index].title, texts[why]);
}

static void report(struct reporter *r, uint32_t index, const struct prove_answer *answer)
{
    if (answer->verdict == PROVE_FALSE)
        report_false(r, index, &answer->refuted);
    else if (answer->verdict == PROVE_VACUOUS && r->ir->claims[index].own)
        report_vacuous(r, index, answer->vacuous);
    else if (answer->verdict == PROVE_UNDECIDED)
        diag_report(r->sink, severity(&r->ir->claims[index]), DIAG_UNDECIDED,
                    r->model->proves[index].loc.span,
                    "whether the claim \"%s\" is true was not found out within the limits",
                    r->ir->claims[index].title);
}

void prove_check(const struct model *model, struct ir *ir, const struct prove_options *options,
                 struct diag_sink *sink)
{
    struct reporter r = {.model = model, .ir = ir, .sink = sink};
    if (!ir->nclaims)
        return;
    arena_init(&r.arena);
    rerun_open(&r.rerun, model);
    struct prove_answer *answers = ARENA_ARRAY(&r.arena, struct prove_answer, ir->nclaims);
    prove_claims(ir, options, &r.arena, answers);
    for (uint32_t i = 0; i < ir->nclaims; i++)
        report(&r, i, &answers[i]);
    rerun_close(&r.rerun);
    arena_free(&r.arena);
}
