/* A step once more, through the source interpreter: what a counterexample or a difference means.
 *
 * Purpose: witnesses come from the IR; what people are told about them, and whether they are
 * believed, comes from the meaning of the source.
 * Ownership: rerun_open and rerun_close; the model is borrowed. */
#ifndef COMPILER_PROVE_RERUN_H
#define COMPILER_PROVE_RERUN_H

#include <pol/report.h>

#include "compiler/logic/witness.h"
#include "compiler/sema/model.h"

struct rerun {
    const struct model *model;
    struct pol_engine *engine;
    struct pol_debug_info debug;
    struct pol_tuple tuple;
    struct pol_evaluation evaluation; /* of the last step; results are literals */
    struct arena arena;
};
void rerun_open(struct rerun *rerun, const struct model *model);
void rerun_close(struct rerun *rerun);

/* Evaluates the word with these sets (literals of the model's space), counters at 0. */
void rerun_step(struct rerun *rerun, uint32_t word, uint32_t *const set[SCENE_SLOTS]);
/* What a store that covers a part of its granule leaves, in place of the answer's set for memory.
 * False: the parts cannot merge. */
bool rerun_merge(struct rerun *rerun) LANG_MUST_CHECK;
/* The answer as `policyc eval` prints it. */
char *rerun_answer(const struct rerun *rerun, struct arena *arena);
/* The rule that decided for a decider, POL_NO_RULE if none. */
uint32_t rerun_rule(const struct rerun *rerun, uint32_t decider);
/* Its place and source. */
const struct model_rule *rerun_model_rule(const struct rerun *rerun, uint32_t decider,
                                          uint32_t rule);

#endif
