/* The source interpreter as an engine: values, merges, counters, life and death. */
#include "compiler/interp/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct interp *of(struct pol_engine *engine)
{
    return (struct interp *)engine;
}

/* ---- Scratch --------------------------------------------------------------------------------- */

uint32_t *interp_literal_new(struct interp *interp)
{
    return arena_alloc(&interp->arena, interp->engine.value_size);
}

uint32_t *interp_temp_take(struct interp *interp)
{
    if (interp->temps_in_use == interp->ntemps) {
        interp->temps = arena_grow(&interp->arena, interp->temps, interp->ntemps, &interp->temp_cap,
                                   sizeof(uint32_t *));
        interp->temps[interp->ntemps++] = interp_literal_new(interp);
    }
    return interp->temps[interp->temps_in_use++];
}

void interp_temp_drop(struct interp *interp)
{
    interp->temps_in_use--;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static int encode(struct pol_engine *engine, const uint32_t *lit, void *value)
{
    size_t size = engine->space->words * sizeof *lit;
    memcpy(value, lit, size);
    memset((char *)value + size, 0, engine->value_size - size);
    return 0;
}

static int decode(struct pol_engine *engine, const void *value, uint32_t *lit)
{
    memcpy(lit, value, engine->space->words * sizeof *lit);
    return 0;
}

/* `merge all` keeps what both parts have alike. */
static void meet_part(const struct model *model, uint32_t *out, const uint32_t *part, uint32_t tag)
{
    if (pol_lit_has(part, tag) && set_compatible(model, out, part, tag))
        set_meet(model, out, part, tag);
    else
        set_remove(model->space, out, tag);
}

/* `merge any` keeps what either part has, as a union does. */
static bool merge_sets(const struct model *model, uint32_t *out, const uint32_t *part,
                       uint32_t *tag)
{
    const struct pol_space *space = model->space;
    SET_EACH(t, space, out)
    if (space->tags[t].merge_all)
        meet_part(model, out, part, t);
    SET_EACH(t, space, part)
    {
        if (space->tags[t].merge_all)
            continue;
        if (!pol_lit_has(out, t)) {
            set_put(space, out, part, t);
        } else if (set_compatible(model, out, part, t)) {
            set_join(model, out, part, t);
        } else {
            *tag = t;
            return false;
        }
    }
    return true;
}

/* The result is built aside, because `out` may be `a` or `b`. */
static int merge(struct pol_engine *engine, const void *a, const void *b, void *out, uint32_t *tag)
{
    uint32_t *set = interp_temp_take(of(engine));
    memcpy(set, a, engine->value_size);
    bool ok = merge_sets(of(engine)->model, set, b, tag);
    if (ok)
        memcpy(out, set, engine->value_size);
    interp_temp_drop(of(engine));
    return ok ? 0 : -1;
}

static void drop_missing(struct pol_engine *engine, const void *a, const void *b, void *out)
{
    const struct pol_space *space = engine->space;
    uint32_t *set = interp_temp_take(of(engine));
    memcpy(set, a, engine->value_size);
    SET_EACH(t, space, set)
    if (space->tags[t].merge_all)
        meet_part(of(engine)->model, set, b, t);
    memcpy(out, set, engine->value_size);
    interp_temp_drop(of(engine));
}

static void replace_domain(struct pol_engine *engine, uint32_t domain, const void *a, const void *b,
                           void *out)
{
    const uint32_t *owned = of(engine)->domains[domain];
    uint32_t *set = interp_temp_take(of(engine)), *part = interp_temp_take(of(engine));
    memcpy(set, a, engine->value_size);
    set_project(engine->space, part, b, owned);
    set_replace(engine->space, set, part, owned);
    memcpy(out, set, engine->value_size);
    interp_temp_drop(of(engine));
    interp_temp_drop(of(engine));
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static void begin(struct pol_engine *engine)
{
    struct interp *interp = of(engine);
    memset(interp->used, 0, interp->model->ncounters * sizeof *interp->used);
}

static void commit(struct pol_engine *engine)
{
    struct interp *interp = of(engine);
    for (uint32_t c = 0; c < interp->model->ncounters; c++) {
        const struct model_type *type = &interp->model->types[interp->model->counters[c].type];
        interp->counters[c] += interp->used[c];
        if (!type->exhaust)
            interp->counters[c] %= type->limit;
    }
    begin(engine);
}

static void reset(struct pol_engine *engine)
{
    struct interp *interp = of(engine);
    memset(interp->counters, 0, interp->model->ncounters * sizeof *interp->counters);
    begin(engine);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static void destroy(struct pol_engine *engine)
{
    if (!engine)
        return;
    struct interp *interp = of(engine);
    insn_memory_free(interp);
    arena_free(&interp->arena);
    free(interp);
}

static const struct pol_engine_ops source_ops = {
    .name = "source",
    .encode = encode,
    .decode = decode,
    .begin = begin,
    .evaluate = composition_evaluate,
    .commit = commit,
    .merge = merge,
    .drop_missing = drop_missing,
    .replace_domain = replace_domain,
    .reset = reset,
    .destroy = destroy,
};

/* Who may write what: see "Domains" in pol/engine.h. */
static void sort_tags(struct interp *interp)
{
    const struct model *model = interp->model;
    uint32_t words = model->space->has_words, ncomponents = model->ndeciders - model->nglobals;
    interp->all_tags = ARENA_ARRAY(&interp->arena, uint32_t, words);
    interp->global_tags = ARENA_ARRAY(&interp->arena, uint32_t, words);
    interp->domains = ARENA_ARRAY(&interp->arena, uint32_t *, model->ndomains + 1);
    for (uint32_t d = 0; d < model->ndomains; d++)
        interp->domains[d] = ARENA_ARRAY(&interp->arena, uint32_t, words);
    for (uint32_t t = 0; t < model->space->ntags; t++) {
        uint32_t domain = model->tags[t].domain;
        assert(domain < model->ndomains);
        pol_lit_set(interp->all_tags, t);
        pol_lit_set(interp->domains[domain], t);
        if (domain >= ncomponents && domain < model->ndeciders)
            pol_lit_set(interp->global_tags, t);
    }
}

static void make_scratch(struct interp *interp)
{
    const struct model *model = interp->model;
    uint32_t nvars = 0;
    for (uint32_t i = 0; i < model->nrules; i++)
        if (model->rules[i].nvars > nvars)
            nvars = model->rules[i].nvars;
    interp->vars = ARENA_ARRAY(&interp->arena, struct binding, nvars + 1);
    interp->exact = ARENA_ARRAY(&interp->arena, uint32_t, model->space->has_words);
    for (unsigned r = 0; r < POL_RESULTS; r++)
        interp->results[r] = interp_literal_new(interp);
}

static void make_counters(struct interp *interp)
{
    const struct model *model = interp->model;
    interp->counters = ARENA_ARRAY(&interp->arena, uint64_t, model->ncounters + 1);
    interp->used = ARENA_ARRAY(&interp->arena, uint64_t, model->ncounters + 1);
    for (uint32_t c = 0; c < model->ncounters; c++)
        assert(model->types[model->counters[c].type].limit > 0);
}

struct pol_engine *interp_engine_new(const struct model *model)
{
    struct interp *interp = lang_xalloc(sizeof *interp);
    interp->model = model;
    arena_init(&interp->arena);
    interp->engine = (struct pol_engine){
        .ops = &source_ops,
        .value_size = (model->space->words * sizeof(uint32_t) + 7) / 8 * 8,
        .space = model->space,
        .ndeciders = model->ndeciders,
        .ndomains = model->ndomains,
    };
    sort_tags(interp);
    make_scratch(interp);
    make_counters(interp);
    insn_memory_init(interp);
    return &interp->engine;
}
