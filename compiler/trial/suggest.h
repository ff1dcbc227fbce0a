/* Tests that a policy lacks: for a rule that no test makes decide, the least inputs that do, as an
 * entry of a `test:` section with today's answer.
 *
 * Every suggestion has been run and holds on all engines of the trial.  What a test cannot say (a
 * TagSet argument, an instruction that no group or mnemonic singles out) is left out, with the
 * reason.  Ownership: the arena. */
#ifndef COMPILER_TRIAL_SUGGEST_H
#define COMPILER_TRIAL_SUGGEST_H

#include "compiler/trial/reachable.h"
#include "compiler/trial/trial.h"

struct suggestion {
    const char *text;   /* `"title": GROUP(..) -> ..`, indented, on one to three lines without the
                           last newline; NULL: */
    const char *reason; /* why there is none */
    struct model_test test;
};
struct suggestion suggest_test(struct trial *trial, uint32_t decider, uint32_t rule,
                               const struct reachable_rule *inputs, struct arena *arena);

#endif
