/* Pairs reached by answers. */
#include "compiler/cli/pairs.h"

#include <stdlib.h>

#include "lang/support/arena.h"

enum { CACHE = 1024 };

/* `ops` comes first: evaluate() gets the engine only, and finds the counter by its ops. */
struct pair_counter {
    struct pol_engine_ops ops;
    const struct pol_engine_ops *original;
    struct pol_engine *engine;
    const struct cli_policy *policy;
    size_t *first; /* by decider: its first rule's row */
    bool *missing; /* by row and opclass: a pair that is not reached yet */
    uint64_t reached;
    /* Opclasses of words seen, by hash. */
    uint32_t words[CACHE], classes[CACHE];
};

static uint32_t opclass_of(struct pair_counter *c, uint32_t word)
{
    uint32_t at = word * 2654435761u >> 22;
    if (c->words[at] != word) {
        c->words[at] = word;
        c->classes[at] = cli_decode_word(c->policy, word);
    }
    return c->classes[at];
}

static size_t cell(const struct pair_counter *c, uint32_t decider, uint32_t rule, uint32_t opclass)
{
    return (c->first[decider] + rule) * c->policy->nopclasses + opclass;
}

static void mark(struct pair_counter *c, uint32_t word, const uint32_t *deciding)
{
    uint32_t opclass = opclass_of(c, word);
    for (uint32_t d = 0; d < c->engine->ndeciders; d++) {
        if (deciding[d] == POL_NO_RULE)
            continue;
        bool *missing = &c->missing[cell(c, d, deciding[d], opclass)];
        c->reached += *missing;
        *missing = false;
    }
}

static void counting_evaluate(struct pol_engine *e, const struct pol_inputs *in,
                              void *const out[POL_RESULTS], struct pol_answer *answer)
{
    struct pair_counter *c = (struct pair_counter *)(uintptr_t)e->ops;
    c->original->evaluate(e, in, out, answer);
    if (answer->deciding)
        mark(c, in->word, answer->deciding);
}

struct pair_counter *pair_counter_new(struct pol_engine *engine, const struct cli_policy *policy,
                                      const struct pol_gen_space *space)
{
    struct pair_counter *c = lang_xalloc(sizeof *c);
    size_t rules = 0;
    c->original = engine->ops;
    c->ops = *engine->ops;
    c->ops.evaluate = counting_evaluate;
    c->engine = engine;
    c->policy = policy;
    c->first = lang_xalloc((engine->ndeciders + (size_t)1) * sizeof *c->first);
    for (uint32_t d = 0; d < engine->ndeciders; d++) {
        c->first[d] = rules;
        rules += policy->debug.deciders[d].nrules;
    }
    c->missing = lang_xalloc((rules * policy->nopclasses + 1) * sizeof *c->missing);
    for (uint32_t i = 0; i < space->npairs; i++)
        c->missing[cell(c, space->pairs[i].decider, space->pairs[i].rule,
                        space->pairs[i].opclass)] = true;
    c->classes[0] = cli_decode_word(policy, 0); /* the word that an empty cache seems to hold */
    engine->ops = &c->ops;
    return c;
}

uint64_t pair_counter_end(struct pair_counter *c)
{
    uint64_t reached = c->reached;
    c->engine->ops = c->original;
    free(c->first);
    free(c->missing);
    free(c);
    return reached;
}
