#include "compiler/compare/compare.h"

#include <stdlib.h>

#include "compiler/compare/internal.h"

static void open_side(struct comparer *c, enum compare_who who, const struct compare_policy *policy)
{
    struct side *side = &c->side[who];
    side->model = policy->model;
    side->ir = policy->ir;
    side->logic = logic_new(&c->scratch, policy->ir);
    side->reach = reach_new(&c->scratch, policy->ir, false);
    rerun_open(&side->rerun, policy->model);
}

static void run(struct comparer *c)
{
    compare_notes(c);
    compare_find_pairs(c);
    for (size_t i = 0; i < c->pairs.count; i++)
        compare_pair(c, &c->pairs.items[i]);
    compare_fold_mnemonics(c);
}

/* Topic by topic, each in its order. */
static void sort_notes(struct comparer *c)
{
    struct compare_note *sorted =
        ARENA_ARRAY(c->arena, struct compare_note, c->notes.count + (size_t)1);
    size_t n = 0;
    for (int topic = 0; topic < COMPARE_TOPICS; topic++)
        for (size_t i = 0; i < c->notes.count; i++)
            if (c->notes.items[i].topic == (enum compare_topic)topic)
                sorted[n++] = c->notes.items[i];
    c->notes.items = sorted;
}

static void finish(struct comparer *c)
{
    struct comparison *out = c->out;
    sort_notes(c);
    out->npairs = (uint32_t)c->pairs.count;
    out->units = c->units.items;
    out->nunits = (uint32_t)c->units.count;
    out->differences = c->differences.items;
    out->ndifferences = (uint32_t)c->differences.count;
    out->notes = c->notes.items;
    out->nnotes = (uint32_t)c->notes.count;
    out->equal = !out->nnotes && out->nequal == out->npairs;
}

struct comparison *compare_policies(const struct compare_policy policies[2],
                                    const struct compare_options *options, char *err,
                                    size_t errsize)
{
    struct comparison *out = lang_xalloc(sizeof *out);
    struct comparer c = {
        .out = out, .arena = &out->arena, .options = options, .err = err, .errsize = errsize};
    arena_init(&out->arena);
    arena_init(&c.scratch);
    for (int who = 0; who < 2; who++)
        open_side(&c, (enum compare_who)who, &policies[who]);
    bool ok = compare_match(&c);
    if (ok)
        run(&c);
    finish(&c);
    for (int who = 0; who < 2; who++)
        rerun_close(&c.side[who].rerun);
    if (c.space)
        pol_space_free(c.space);
    arena_free(&c.scratch);
    if (ok)
        return out;
    comparison_free(out);
    return NULL;
}

void comparison_free(struct comparison *comparison)
{
    if (!comparison)
        return;
    arena_free(&comparison->arena);
    free(comparison);
}

const char *compare_aspect_name(enum compare_aspect aspect)
{
    static const char *const names[] = {[COMPARE_DENIED] = "stricter",
                                        [COMPARE_PERMITTED] = "looser",
                                        [COMPARE_RESULTS] = "results",
                                        [COMPARE_FAILURE] = "failure",
                                        [COMPARE_REPORTS] = "reports"};
    return names[aspect];
}

const char *compare_topic_name(enum compare_topic topic)
{
    static const char *const names[] = {
        [COMPARE_TAG] = "tag",           [COMPARE_DECIDER] = "policy",  [COMPARE_INIT] = "init",
        [COMPARE_RESPONSE] = "response", [COMPARE_COUNTER] = "counter", [COMPARE_TRAPS] = "traps",
        [COMPARE_TARGET] = "target"};
    return names[topic];
}
