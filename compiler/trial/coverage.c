/* Counting what decided. */
#include "compiler/trial/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"

struct coverage *coverage_new(const struct ir *ir)
{
    struct coverage *c = lang_xalloc(sizeof *c);
    c->ir = ir;
    c->first = lang_xalloc((ir->ndeciders + (size_t)1) * sizeof *c->first);
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        c->first[d] = c->nrules;
        c->nrules += ir->deciders[d].nrules;
    }
    c->hits = lang_xalloc((c->nrules + 1) * sizeof *c->hits);
    c->pair = lang_xalloc((c->nrules * ir->nopclasses + 1) * sizeof *c->pair);
    return c;
}

struct coverage *coverage_copy(const struct coverage *from)
{
    struct coverage *c = coverage_new(from->ir);
    memcpy(c->hits, from->hits, c->nrules * sizeof *c->hits);
    memcpy(c->pair, from->pair, c->nrules * c->ir->nopclasses * sizeof *c->pair);
    return c;
}

void coverage_free(struct coverage *c)
{
    if (!c)
        return;
    free(c->first);
    free(c->hits);
    free(c->pair);
    free(c);
}

static void add(struct coverage *c, uint32_t decider, uint32_t rule, uint32_t opclass)
{
    size_t row = coverage_row(c, decider, rule);
    c->hits[row]++;
    c->pair[row * c->ir->nopclasses + opclass] = true;
}

void coverage_add(struct coverage *c, uint32_t opclass, const struct pol_answer *answer)
{
    for (uint32_t d = 0; d < c->ir->ndeciders; d++)
        if (answer->deciding[d] != POL_NO_RULE)
            add(c, d, answer->deciding[d], opclass);
    for (uint32_t i = 0; i < answer->nreports && i < POL_MAX_REPORTS; i++)
        add(c, answer->reports[i].decider, answer->reports[i].rule, opclass);
}

uint32_t coverage_opclass(const struct ir *ir, uint32_t word)
{
    for (uint32_t i = 0; i < ir->ndecode; i++)
        if ((word & ir->decode[i].mask) == ir->decode[i].match)
            return ir->decode[i].opclass;
    return 0;
}

/* `ops` comes first: evaluate() gets the engine only, and finds the watch by its ops. */
struct coverage_watch {
    struct pol_engine_ops ops;
    const struct pol_engine_ops *original;
    struct pol_engine *engine;
    struct coverage *coverage;
};

static void watched_evaluate(struct pol_engine *engine, const struct pol_inputs *in,
                             void *const out[POL_RESULTS], struct pol_answer *answer)
{
    struct coverage_watch *w = (struct coverage_watch *)(uintptr_t)engine->ops;
    w->original->evaluate(engine, in, out, answer);
    if (answer->deciding)
        coverage_add(w->coverage, coverage_opclass(w->coverage->ir, in->word), answer);
}

struct coverage_watch *coverage_watch(struct coverage *coverage, struct pol_engine *engine)
{
    struct coverage_watch *w = lang_xalloc(sizeof *w);
    w->original = engine->ops;
    w->ops = *engine->ops;
    w->ops.evaluate = watched_evaluate;
    w->engine = engine;
    w->coverage = coverage;
    engine->ops = &w->ops;
    return w;
}

void coverage_unwatch(struct coverage_watch *w)
{
    w->engine->ops = w->original;
    free(w);
}
