/* Which (rule, opclass) pairs an engine's answers reach, while something else drives the engine.
 *
 * The counter stands between the engine and its caller: it replaces the engine's evaluate(), counts
 * what deciding[] says, and must be taken away (pair_counter_end) before the engine is destroyed.
 * Answers without deciding[] are not counted. */
#ifndef COMPILER_CLI_PAIRS_H
#define COMPILER_CLI_PAIRS_H

#include <pol/diff.h>

#include "compiler/cli/policy.h"

struct pair_counter;

/* Counts the engine's answers over the pairs of `space`; policy and space are borrowed.  Short
 * memory ends the process. */
struct pair_counter *pair_counter_new(struct pol_engine *engine, const struct cli_policy *policy,
                                      const struct pol_gen_space *space);
/* Takes it away, frees it, and answers how many different pairs were reached. */
uint64_t pair_counter_end(struct pair_counter *counter);

#endif
