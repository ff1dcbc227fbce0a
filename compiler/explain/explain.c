/* Deciders one after the other, rule by rule. */
#include "compiler/explain/explain.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/explain/internal.h"

static void start_decider(struct explainer *x, struct interp *interp,
                          const struct pol_inputs *inputs, const struct insn *insn,
                          uint32_t decider)
{
    const struct model_decider *d = &interp->model->deciders[decider];
    x->eval = (struct eval){
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

static void take_rule(struct explainer *x, uint32_t position)
{
    const struct model *m = x->model;
    x->rule = &m->rules[m->deciders[x->eval.decider].rules[position]];
    x->group = x->rule->group == MODEL_EVERY_INSTRUCTION ? NULL : &m->groups[x->rule->group];
}

static bool is_report(const struct model *m, const struct model_rule *rule)
{
    return !rule->allow && m->responses[rule->response].action == MODEL_REPORT;
}

/* The rule at a position; *deciding: the one that has decided so far. */
static void explain_position(struct explainer *x, uint32_t position, uint32_t *deciding,
                             struct explain_decider *out)
{
    struct explain_rule rule = {.rule = position};
    take_rule(x, position);
    rule.model = x->rule;
    bool matches = explain_match(x, &rule);
    if (*deciding != POL_NO_RULE && !matches)
        return; /* later rules count only if they match */
    if (!matches)
        rule.role = EXPLAIN_NO_MATCH;
    else if (*deciding != POL_NO_RULE)
        rule.role = EXPLAIN_TOO_LATE;
    else if (is_report(x->model, x->rule))
        rule.role = EXPLAIN_REPORTS;
    else
        rule.role = EXPLAIN_DECIDES;
    if (rule.role == EXPLAIN_DECIDES)
        *deciding = position;
    VEC_PUSH(x->arena, &out->rules, rule);
}

/* The message and the verdict of a decider that a rule decided. */
static void explain_outcome(struct explainer *x, const struct pol_debug_info *debug,
                            uint32_t position, struct explain_decider *out)
{
    struct pol_failure failure = {x->eval.decider, position, POL_CAUSE_RULE, POL_NO_TAG};
    take_rule(x, position);
    if (!match_rule(&x->eval, x->rule))
        abort();
    out->verdict = POL_ALLOW;
    if (x->rule->allow) {
        explain_results(x, out);
        if (!out->results.count || out->results.items[out->results.count - 1].value)
            return;
        failure.cause = x->eval.cause;
        failure.tag = x->eval.tag;
    }
    out->verdict = POL_FAIL_EXPLICIT;
    size_t need = pol_failure_message(x->model->space, debug, &failure, NULL, 0) + 1;
    char *text = arena_alloc(x->arena, need);
    pol_failure_message(x->model->space, debug, &failure, text, need);
    out->message = text;
}

static uint32_t explain_decider(struct explainer *x, const struct pol_debug_info *debug,
                                struct explain_decider *out)
{
    const struct insn *insn = x->eval.insn;
    uint32_t d = x->eval.decider, deciding = POL_NO_RULE;
    uint32_t first = insn->first[d], end = insn->first[d + 1];
    out->nothers = x->model->deciders[d].nrules - (end - first);
    for (uint32_t i = first; i < end; i++)
        explain_position(x, insn->candidates[i], &deciding, out);
    out->verdict = POL_FAIL_IMPLICIT;
    if (deciding != POL_NO_RULE)
        explain_outcome(x, debug, deciding, out);
    return deciding;
}

/* Globals until one decides; if none does, the components. */
static void explain_deciders(struct explainer *x, struct interp *interp,
                             const struct pol_inputs *inputs, const struct insn *insn,
                             const struct pol_debug_info *debug, const uint32_t *expected,
                             struct explanation *out)
{
    bool decided = false;
    for (uint32_t d = 0; d < x->model->ndeciders; d++) {
        struct explain_decider decider = {.name = x->model->deciders[d].name,
                                          .is_global = x->model->deciders[d].is_global,
                                          .ran = !decided};
        if (decider.ran) {
            start_decider(x, interp, inputs, insn, d);
            uint32_t rule = explain_decider(x, debug, &decider);
            if (rule != expected[d])
                abort(); /* the explanation contradicts the answer */
            decided = decider.is_global && rule != POL_NO_RULE;
        }
        VEC_PUSH(x->arena, &out->deciders, decider);
    }
}

static const char *disassemble(const struct model *model, uint32_t word, struct arena *arena)
{
    char text[96];
    pol_insn_format(&model->isa, word, POL_REGS_ABI, text, sizeof text);
    return arena_strdup(arena, text);
}

static const char *answer_text(const struct model *model, const struct pol_debug_info *debug,
                               const struct pol_evaluation *evaluation, struct arena *arena)
{
    size_t need = pol_evaluation_format(model->space, debug, POL_EVAL_OK, evaluation, NULL, 0) + 1;
    char *text = arena_alloc(arena, need);
    pol_evaluation_format(model->space, debug, POL_EVAL_OK, evaluation, text, need);
    return text;
}

/* Values of the interpreter are literals, padded: those of operands that the instruction has. */
static void set_inputs(struct interp *interp, const struct pol_tuple *tuple,
                       const struct pol_form *form, struct arena *arena, struct pol_inputs *inputs,
                       struct pol_tuple *seen)
{
    const bool has[POL_TUPLE_SETS] = {true,
                                      true,
                                      form->op1 != POL_FILE_NONE,
                                      form->op2 != POL_FILE_NONE,
                                      form->op3 != POL_FILE_NONE,
                                      form->mem != POL_MEM_NONE,
                                      form->rd != POL_FILE_NONE};
    seen->word = inputs->word = tuple->word;
    for (unsigned i = 0; i < POL_TUPLE_SETS; i++) {
        seen->set[i] = arena_alloc(arena, interp->engine.value_size);
        if (has[i])
            memcpy(seen->set[i], tuple->set[i], interp->model->space->words * sizeof(uint32_t));
        if (i < POL_OPERANDS)
            inputs->in[i] = seen->set[i];
    }
}

struct explanation *explain_tuple(struct pol_engine *engine, const struct model *model,
                                  const struct pol_debug_info *debug, const struct pol_tuple *tuple,
                                  struct arena *arena)
{
    struct interp *interp = (struct interp *)engine;
    struct explanation *out = ARENA_NEW(arena, struct explanation);
    struct pol_inputs inputs = {0};
    struct pol_tuple seen;
    struct explainer x = {.arena = arena, .model = model, .tuple = &seen};
    struct pol_evaluation evaluation;
    if (pol_evaluation_init(&evaluation, engine) ||
        pol_evaluate_tuple(engine, &model->isa, tuple, false, &evaluation) != POL_EVAL_OK)
        pol_fatal_oom();
    const struct insn *insn = insn_look_up(interp, tuple->word);
    out->word = tuple->word;
    out->insn = disassemble(model, tuple->word, arena);
    out->answer = answer_text(model, debug, &evaluation, arena);
    out->undecodable = insn->row < 0;
    out->allowed = evaluation.answer.verdict == POL_ALLOW;
    out->blamed = out->allowed ? POL_NO_RULE : evaluation.answer.first.decider;
    if (!out->undecodable) {
        set_inputs(interp, tuple, &evaluation.form, arena, &inputs, &seen);
        explain_deciders(&x, interp, &inputs, insn, debug, evaluation.answer.deciding, out);
    }
    pol_evaluation_free(&evaluation);
    return out;
}
