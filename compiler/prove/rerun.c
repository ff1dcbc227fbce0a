#include "compiler/prove/rerun.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/interp/interp.h"

_Static_assert(SCENE_SLOTS == POL_TUPLE_SETS && SCENE_OLD_RD == POL_TUPLE_RD,
               "a scene's slots are a tuple's sets");

static const struct pol_debug_rule *debug_rules(struct rerun *rerun,
                                                const struct model_decider *decider)
{
    struct pol_debug_rule *rules =
        ARENA_ARRAY(&rerun->arena, struct pol_debug_rule, decider->nrules + (size_t)1);
    for (uint32_t r = 0; r < decider->nrules; r++) {
        const struct model_rule *rule = &rerun->model->rules[decider->rules[r]];
        rules[r] = (struct pol_debug_rule){.file = rule->loc.file,
                                           .line = rule->loc.line,
                                           .column = rule->loc.column,
                                           .message = rule->message ? rule->message : "",
                                           .text = rule->text};
    }
    return rules;
}

static const struct pol_debug_response *debug_responses(struct rerun *rerun)
{
    static const enum pol_action actions[] = {[MODEL_REPORT] = POL_ACTION_REPORT,
                                              [MODEL_TERMINATE] = POL_ACTION_TERMINATE,
                                              [MODEL_FAILSAFE] = POL_ACTION_FAILSAFE,
                                              [MODEL_HALT] = POL_ACTION_HALT};
    const struct model *model = rerun->model;
    struct pol_debug_response *responses =
        ARENA_ARRAY(&rerun->arena, struct pol_debug_response, model->nresponses + (size_t)1);
    for (uint32_t i = 0; i < model->nresponses; i++)
        responses[i] = (struct pol_debug_response){model->responses[i].name,
                                                   actions[model->responses[i].action],
                                                   model->responses[i].entity};
    return responses;
}

static void fill_debug(struct rerun *rerun)
{
    const struct model *model = rerun->model;
    struct pol_debug_decider *deciders =
        ARENA_ARRAY(&rerun->arena, struct pol_debug_decider, model->ndeciders + (size_t)1);
    for (uint32_t d = 0; d < model->ndeciders; d++) {
        const struct model_decider *decider = &model->deciders[d];
        deciders[d] = (struct pol_debug_decider){decider->name, decider->is_global, decider->nrules,
                                                 debug_rules(rerun, decider)};
    }
    rerun->debug = (struct pol_debug_info){.policy = model->name,
                                           .nresponses = model->nresponses,
                                           .responses = debug_responses(rerun),
                                           .ndeciders = model->ndeciders,
                                           .deciders = deciders};
}

void rerun_open(struct rerun *rerun, const struct model *model)
{
    *rerun = (struct rerun){.model = model, .engine = interp_engine_new(model)};
    arena_init(&rerun->arena);
    fill_debug(rerun);
    if (pol_tuple_init(&rerun->tuple, model->space) ||
        pol_evaluation_init(&rerun->evaluation, rerun->engine))
        pol_fatal_oom();
}

void rerun_close(struct rerun *rerun)
{
    pol_tuple_free(&rerun->tuple);
    pol_evaluation_free(&rerun->evaluation);
    rerun->engine->ops->destroy(rerun->engine);
    arena_free(&rerun->arena);
}

void rerun_step(struct rerun *rerun, uint32_t word, uint32_t *const set[SCENE_SLOTS])
{
    rerun->tuple.word = word;
    for (int s = 0; s < POL_TUPLE_SETS; s++)
        memcpy(rerun->tuple.set[s], set[s], rerun->model->space->words * sizeof *set[s]);
    rerun->engine->ops->reset(rerun->engine);
    enum pol_eval_status status = pol_evaluate_tuple(rerun->engine, &rerun->model->isa,
                                                     &rerun->tuple, false, &rerun->evaluation);
    if (status == POL_EVAL_MEMORY)
        pol_fatal_oom();
    if (status != POL_EVAL_OK)
        abort(); /* the interpreter takes every set */
}

bool rerun_merge(struct rerun *rerun)
{
    const struct pol_engine_ops *ops = rerun->engine->ops;
    size_t size = rerun->engine->value_size;
    unsigned char *values = lang_xalloc(3 * size);
    uint32_t *answer = rerun->evaluation.result[POL_RES_MEM], tag;
    bool merged = !ops->encode(rerun->engine, answer, values) &&
                  !ops->encode(rerun->engine, rerun->tuple.set[POL_OP_MEM], values + size) &&
                  !ops->merge(rerun->engine, values, values + size, values + 2 * size, &tag) &&
                  !ops->decode(rerun->engine, values + 2 * size, answer);
    free(values);
    return merged;
}

char *rerun_answer(const struct rerun *rerun, struct arena *arena)
{
    size_t size = pol_evaluation_format(rerun->model->space, &rerun->debug, POL_EVAL_OK,
                                        &rerun->evaluation, NULL, 0) +
                  1;
    char *text = arena_alloc(arena, size);
    pol_evaluation_format(rerun->model->space, &rerun->debug, POL_EVAL_OK, &rerun->evaluation, text,
                          size);
    return text;
}

uint32_t rerun_rule(const struct rerun *rerun, uint32_t decider)
{
    return rerun->evaluation.answer.deciding[decider];
}

const struct model_rule *rerun_model_rule(const struct rerun *rerun, uint32_t decider,
                                          uint32_t rule)
{
    return &rerun->model->rules[rerun->model->deciders[decider].rules[rule]];
}
