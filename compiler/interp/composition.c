/* A composition's answer to one step: globals first, then all components on the same inputs. */
#include "compiler/interp/internal.h"

#include <string.h>

enum outcome { NO_RULE_MATCHED, ALLOWED, FAILED };

/* ---- Answers --------------------------------------------------------------------------------- */

static void start_answer(const struct interp *interp, struct pol_answer *answer)
{
    answer->verdict = POL_ALLOW;
    answer->first = (struct pol_failure){POL_NO_RULE, POL_NO_RULE, POL_CAUSE_NONE, POL_NO_TAG};
    answer->nfailures = 0;
    answer->response = POL_NO_RESPONSE;
    answer->nreports = 0;
    answer->written = 0;
    for (uint32_t d = 0; answer->deciding && d < interp->model->ndeciders; d++)
        answer->deciding[d] = POL_NO_RULE;
}

static bool is_implicit(enum pol_cause cause)
{
    return cause == POL_CAUSE_NO_RULE || cause == POL_CAUSE_UNDECODABLE ||
           cause == POL_CAUSE_NO_COMPONENT || cause == POL_CAUSE_INVALID;
}

/* A rule that fails says what shall happen; everything else is left to the default. */
static uint32_t response_of(const struct model *model, struct pol_failure failure)
{
    if (failure.cause != POL_CAUSE_RULE)
        return 0;
    return model->rules[model->deciders[failure.decider].rules[failure.rule]].response;
}

/* The most severe response acts, of equals the first. */
static void add_response(const struct model *model, struct pol_answer *answer, uint32_t response)
{
    if (answer->response == POL_NO_RESPONSE ||
        model->responses[response].action > model->responses[answer->response].action)
        answer->response = response;
}

/* Explicit failures beat implicit ones; within a kind, the leftmost names the answer. */
static void add_failure(const struct model *model, struct pol_answer *answer,
                        struct pol_failure failure)
{
    enum pol_verdict verdict = is_implicit(failure.cause) ? POL_FAIL_IMPLICIT : POL_FAIL_EXPLICIT;
    if (verdict > answer->verdict) {
        answer->verdict = verdict;
        answer->first = failure;
    }
    if (answer->nfailures < POL_MAX_FAILURES)
        answer->failures[answer->nfailures] = failure;
    answer->nfailures++;
    add_response(model, answer, response_of(model, failure));
}

static void add_implicit(const struct model *model, struct pol_answer *answer, uint32_t decider,
                         enum pol_cause cause)
{
    add_failure(model, answer, (struct pol_failure){decider, POL_NO_RULE, cause, POL_NO_TAG});
}

static void add_report(struct pol_answer *answer, uint32_t decider, uint32_t rule)
{
    if (answer->nreports < POL_MAX_REPORTS)
        answer->reports[answer->nreports] = (struct pol_report_rule){decider, rule};
    answer->nreports++;
}

/* ---- One decider ----------------------------------------------------------------------------- */

static struct eval start_eval(struct interp *interp, const struct pol_inputs *inputs,
                              const struct insn *insn, uint32_t decider)
{
    const struct model_decider *d = &interp->model->deciders[decider];
    return (struct eval){
        .interp = interp,
        .model = interp->model,
        .space = interp->model->space,
        .inputs = inputs,
        .insn = insn,
        .decider = decider,
        .owned = d->is_global ? interp->all_tags : interp->domains[d->domain],
        .vars = interp->vars,
        .cause = POL_CAUSE_NONE,
        .tag = POL_NO_TAG,
    };
}

/* The position of the first rule that matches, or POL_NO_RULE.  One that only reports is recorded,
 * and the rules below it go on. */
static uint32_t first_match(struct eval *ev, struct pol_answer *answer)
{
    const struct insn *insn = ev->insn;
    const uint32_t *rules = ev->model->deciders[ev->decider].rules;
    for (uint32_t i = insn->first[ev->decider]; i < insn->first[ev->decider + 1]; i++) {
        const struct model_rule *rule = &ev->model->rules[rules[insn->candidates[i]]];
        if (!match_rule(ev, rule))
            continue;
        if (!model_is_report(ev->model, rule))
            return insn->candidates[i];
        add_report(answer, ev->decider, insn->candidates[i]);
    }
    return POL_NO_RULE;
}

/* The results that the rule gives and the instruction writes, put in place of what the decider owns
 * there.  False: a built-in failure, the first in the order of the results. */
static bool give_results(struct eval *ev, const struct model_rule *rule, struct pol_answer *answer)
{
    struct interp *interp = ev->interp;
    for (unsigned r = 0; r < POL_RESULTS; r++) {
        if (!rule->updates[r] || !insn_writes(ev->insn, (enum pol_result)r))
            continue;
        uint32_t *set = interp_temp_take(interp);
        bool ok = expr_set(ev, rule->updates[r], set);
        if (ok)
            set_replace(ev->space, interp->results[r], set, ev->owned);
        interp_temp_drop(interp);
        if (!ok)
            return false;
        answer->written |= (uint8_t)(1u << r);
    }
    return true;
}

static enum outcome decide(struct eval *ev, struct pol_answer *answer)
{
    uint32_t position = first_match(ev, answer);
    if (position == POL_NO_RULE)
        return NO_RULE_MATCHED;
    const struct model_rule *rule =
        &ev->model->rules[ev->model->deciders[ev->decider].rules[position]];
    if (answer->deciding)
        answer->deciding[ev->decider] = position;
    if (!rule->allow)
        (void)eval_fail(ev, POL_CAUSE_RULE, POL_NO_TAG);
    else if (give_results(ev, rule, answer))
        return ALLOWED;
    add_failure(ev->model, answer, (struct pol_failure){ev->decider, position, ev->cause, ev->tag});
    return FAILED;
}

/* ---- The composition ------------------------------------------------------------------------- */

/* What every result is before any decider changes it. */
static void start_results(struct interp *interp, const struct pol_inputs *inputs)
{
    for (unsigned r = 0; r < POL_RESULTS; r++) {
        if (inputs->old[r])
            memcpy(interp->results[r], inputs->old[r], interp->engine.value_size);
        else
            memset(interp->results[r], 0, interp->engine.value_size);
    }
}

/* The first global that matches has the last word. */
static bool run_globals(struct interp *interp, const struct pol_inputs *inputs,
                        const struct insn *insn, struct pol_answer *answer)
{
    for (uint32_t d = 0; d < interp->model->nglobals; d++) {
        struct eval ev = start_eval(interp, inputs, insn, d);
        if (decide(&ev, answer) != NO_RULE_MATCHED)
            return true;
    }
    return false;
}

/* No global matched: the globals' own tags vanish from each destination and stay on `env`. */
static void clear_global_tags(struct interp *interp, const struct insn *insn)
{
    const struct pol_space *space = interp->model->space;
    for (unsigned r = POL_RES_RD; r < POL_RESULTS; r++) {
        if (!insn_writes(insn, (enum pol_result)r))
            continue;
        SET_EACH(t, space, interp->results[r])
        if (pol_lit_has(interp->global_tags, t))
            set_remove(space, interp->results[r], t);
    }
}

static void run_components(struct interp *interp, const struct pol_inputs *inputs,
                           const struct insn *insn, struct pol_answer *answer)
{
    const struct model *model = interp->model;
    if (model->ndeciders == model->nglobals)
        add_implicit(model, answer, POL_NO_RULE, POL_CAUSE_NO_COMPONENT);
    for (uint32_t d = model->nglobals; d < model->ndeciders; d++) {
        struct eval ev = start_eval(interp, inputs, insn, d);
        if (decide(&ev, answer) == NO_RULE_MATCHED)
            add_implicit(model, answer, d, POL_CAUSE_NO_RULE);
    }
}

static void run_policies(struct interp *interp, const struct pol_inputs *inputs,
                         const struct insn *insn, struct pol_answer *answer)
{
    start_results(interp, inputs);
    if (run_globals(interp, inputs, insn, answer))
        return;
    clear_global_tags(interp, insn);
    run_components(interp, inputs, insn, answer);
}

void composition_evaluate(struct pol_engine *engine, const struct pol_inputs *inputs,
                          void *const out[POL_RESULTS], struct pol_answer *answer)
{
    struct interp *interp = (struct interp *)engine;
    const struct insn *insn = insn_look_up(interp, inputs->word);
    start_answer(interp, answer);
    if (insn->row < 0)
        add_implicit(interp->model, answer, POL_NO_RULE, POL_CAUSE_UNDECODABLE);
    else
        run_policies(interp, inputs, insn, answer);
    if (answer->verdict != POL_ALLOW) {
        answer->written = 0;
        return;
    }
    for (unsigned r = 0; r < POL_RESULTS; r++)
        if (out[r])
            memcpy(out[r], interp->results[r], engine->value_size);
}
