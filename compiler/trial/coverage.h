/* Coverage: which rules of a policy decided, how often, for which opclasses.
 *
 * A rule is covered when it decided a case of a test or an instruction of a trace: it was the first
 * of its decider to match, or it is a rule with a `report` response that matched before that one.
 * A *pair* is a rule and an opclass for which it decided.
 *
 * Ownership: one block each, freed with coverage_free. */
#ifndef COMPILER_TRIAL_COVERAGE_H
#define COMPILER_TRIAL_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pol/engine.h>

#include "compiler/ir/ir.h"

struct coverage {
    const struct ir *ir;
    size_t *first;  /* by decider: the row of its first rule */
    size_t nrules;  /* rows */
    uint64_t *hits; /* by row */
    bool *pair;     /* [row * nopclasses + opclass] */
};

struct coverage *coverage_new(const struct ir *ir);
struct coverage *coverage_copy(const struct coverage *coverage);
void coverage_free(struct coverage *coverage); /* NULL is fine */

/* Counts an answer that has deciding[]. */
void coverage_add(struct coverage *coverage, uint32_t opclass, const struct pol_answer *answer);

/* Counts every answer of an engine, which must be asked for deciding[], while something else drives
 * it: stands in for its evaluate() until it is taken away. */
struct coverage_watch;
struct coverage_watch *coverage_watch(struct coverage *coverage, struct pol_engine *engine);
void coverage_unwatch(struct coverage_watch *watch);

/* The opclass of a word. */
uint32_t coverage_opclass(const struct ir *ir, uint32_t word);

static inline size_t coverage_row(const struct coverage *c, uint32_t decider, uint32_t rule)
{
    return c->first[decider] + rule;
}
static inline uint64_t coverage_hits(const struct coverage *c, uint32_t decider, uint32_t rule)
{
    return c->hits[coverage_row(c, decider, rule)];
}
static inline bool coverage_pair(const struct coverage *c, uint32_t decider, uint32_t rule,
                                 uint32_t opclass)
{
    return c->pair[coverage_row(c, decider, rule) * c->ir->nopclasses + opclass];
}

#endif
