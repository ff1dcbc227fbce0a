/* What a unit says about an input, old and new. */
#include "compiler/compare/internal.h"

#include <stdlib.h>
#include <string.h>

#include "lang/support/str.h"

static struct sat *solver(struct view *v)
{
    return scene_sat(v->scene);
}

static bool is_whole(const struct view *v)
{
    return v->unit->deciders[COMPARE_OLD] == IR_NONE;
}

/* The deciders of the unit: one, or all. */
static uint32_t first_decider(const struct view *v, enum compare_who who)
{
    return is_whole(v) ? 0 : v->unit->deciders[who];
}

static uint32_t end_decider(const struct view *v, enum compare_who who)
{
    return is_whole(v) ? v->c->side[who].ir->ndeciders : v->unit->deciders[who] + 1;
}

sat_lit view_runs(struct view *v, enum compare_who who)
{
    return is_whole(v) ? SAT_TRUE : step_runs(v->step[who], v->unit->deciders[who]);
}

sat_lit view_says(struct view *v, enum compare_who who, enum pol_verdict verdict)
{
    return is_whole(v) ? step_says(v->step[who], verdict)
                       : step_decider_says(v->step[who], v->unit->deciders[who], verdict);
}

/* ---- Results ------------------------------------------------------------------------------- */

/* Whether results of the tag are this unit's to give: a component's tags, of a global all. */
static bool gives_common(const struct view *v, uint32_t common)
{
    return is_whole(v) || v->c->side[COMPARE_OLD].ir->deciders[first_decider(v, 0)].is_global ||
           v->c->common[common].unit == v->index;
}

static bool gives_own(const struct view *v, enum compare_who who, uint32_t tag)
{
    const struct ir *ir = v->c->side[who].ir;
    const struct ir_decider *d = &ir->deciders[first_decider(v, who)];
    return is_whole(v) || d->is_global || ir->tags[tag].domain == d->domain;
}

/* A policy's new value of a common tag, in numbers that mean the same in both. */
static struct tag_value new_value(struct view *v, enum compare_who who, enum pol_result result,
                                  uint32_t common)
{
    uint32_t tag = v->c->common[common].tag[who];
    return compare_outward(v->c, who, solver(v), tag, step_result(v->step[who], result, tag));
}

static sat_lit result_differs(struct view *v, enum pol_result result)
{
    const struct comparer *c = v->c;
    struct sat *sat = solver(v);
    sat_lit differs = SAT_FALSE;
    for (uint32_t t = 0; t < c->ncommon; t++) {
        if (!gives_common(v, t))
            continue;
        sat_lit same =
            step_same(v->step[COMPARE_OLD], c->common[t].tag[COMPARE_OLD],
                      new_value(v, COMPARE_OLD, result, t), new_value(v, COMPARE_NEW, result, t));
        differs = sat_or(sat, differs, -same);
    }
    for (int who = 0; who < 2; who++)
        for (uint32_t t = 0; t < c->side[who].ir->space->ntags; t++)
            if (c->side[who].shared[t] == SCENE_NO_TAG && gives_own(v, (enum compare_who)who, t))
                differs = sat_or(sat, differs, step_has(v->step[who], result, t));
    return differs;
}

sat_lit view_results_differ(struct view *v)
{
    sat_lit differs = SAT_FALSE;
    for (int r = 0; r < POL_RESULTS; r++)
        if (step_has_result(v->step[COMPARE_OLD], (enum pol_result)r))
            differs = sat_or(solver(v), differs, result_differs(v, (enum pol_result)r));
    return differs;
}

/* ---- Failures and reports ------------------------------------------------------------------ */

/* What a failure is to its observer, and when each policy has it. */
struct outcome {
    enum pol_cause cause;
    const char *message; /* RULE */
    enum pol_action action;
    const char *entity;
    bool by_default; /* its response is the policy's default, whatever that is */
    uint32_t tag;    /* a built-in failure's: a common one, or one that only `who` has */
    int who;
    sat_lit when[2];
};
struct outcomes {
    struct arena arena;
    VEC_OF(struct outcome) list;
};

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
    if (a->cause != b->cause || a->by_default != b->by_default || a->tag != b->tag ||
        a->who != b->who || !str_eq(a->message, b->message))
        return false;
    return a->by_default || (a->action == b->action && str_eq(a->entity, b->entity));
}

static void add_outcome(struct view *v, struct outcomes *all, enum compare_who who,
                        const struct outcome *outcome, sat_lit when)
{
    struct outcome *there = NULL;
    if (when == SAT_FALSE)
        return;
    for (size_t i = 0; !there && i < all->list.count; i++)
        if (same_outcome(&all->list.items[i], outcome))
            there = &all->list.items[i];
    if (!there) {
        VEC_PUSH(&all->arena, &all->list, *outcome);
        there = &all->list.items[all->list.count - 1];
        there->when[0] = there->when[1] = SAT_FALSE;
    }
    there->when[who] = sat_or(solver(v), there->when[who], when);
}

static sat_lit outcomes_differ(struct view *v, const struct outcomes *all)
{
    sat_lit differs = SAT_FALSE;
    for (size_t i = 0; i < all->list.count; i++)
        differs =
            sat_or(solver(v), differs,
                   sat_xor(solver(v), all->list.items[i].when[0], all->list.items[i].when[1]));
    return differs;
}

static struct outcome of_rule(const struct ir *ir, const struct ir_rule *rule)
{
    const struct ir_response *response = &ir->responses[rule->response];
    return (struct outcome){.cause = POL_CAUSE_RULE,
                            .message = rule->message,
                            .action = response->action,
                            .entity = response->entity,
                            .by_default = rule->response == 0};
}

static struct outcome of_failure(const struct view *v, enum compare_who who,
                                 const struct step_failure *failure)
{
    struct outcome outcome = {
        .cause = failure->cause, .message = "", .entity = "", .by_default = true, .tag = IR_NONE};
    if (failure->tag == POL_NO_TAG)
        return outcome;
    uint32_t common = v->c->side[who].shared[failure->tag];
    outcome.tag = common == SCENE_NO_TAG ? failure->tag : common;
    outcome.who = common == SCENE_NO_TAG ? 1 + (int)who : 0;
    return outcome;
}

/* Of several built-in failures the first counts. */
static void add_built_in(struct view *v, struct outcomes *all, enum compare_who who,
                         uint32_t decider, uint32_t rule, sat_lit decides)
{
    uint32_t n;
    const struct step_failure *failures = step_failures(v->step[who], decider, rule, &n);
    sat_lit left = decides;
    for (uint32_t i = 0; i < n; i++) {
        struct outcome outcome = of_failure(v, who, &failures[i]);
        add_outcome(v, all, who, &outcome, sat_and(solver(v), left, failures[i].when));
        left = sat_and(solver(v), left, -failures[i].when);
    }
}

static void add_decider(struct view *v, struct outcomes *all, enum compare_who who,
                        uint32_t decider)
{
    struct step *step = v->step[who];
    const struct ir *ir = step_ir(step);
    sat_lit named = is_whole(v) ? step_names(step, decider) : SAT_TRUE;
    struct outcome implicit = {
        .cause = POL_CAUSE_NO_RULE, .message = "", .entity = "", .by_default = true};
    uint32_t n;
    const uint32_t *rules = step_rules(step, decider, &n);
    for (uint32_t i = 0; i < n; i++) {
        const struct ir_rule *rule = &ir->deciders[decider].rules[rules[i]];
        if (step_is_report(step, decider, rules[i]))
            continue;
        sat_lit decides = sat_and(solver(v), named, step_decides(step, decider, rules[i]));
        struct outcome outcome = of_rule(ir, rule);
        if (rule->allow)
            add_built_in(v, all, who, decider, rules[i], decides);
        else
            add_outcome(v, all, who, &outcome, decides);
    }
    add_outcome(v, all, who, &implicit, sat_and(solver(v), named, step_uncovered(step, decider)));
}

typedef void decider_function(struct view *v, struct outcomes *all, enum compare_who who,
                              uint32_t decider);

static void for_all_deciders(struct view *v, struct outcomes *all, decider_function *add)
{
    static const enum compare_who both[] = {COMPARE_OLD, COMPARE_NEW};
    for (int i = 0; i < 2; i++)
        for (uint32_t d = first_decider(v, both[i]); d < end_decider(v, both[i]); d++)
            add(v, all, both[i], d);
}

sat_lit view_failures_differ(struct view *v)
{
    struct outcomes all = {0};
    for_all_deciders(v, &all, add_decider);
    sat_lit differs = outcomes_differ(v, &all);
    arena_free(&all.arena);
    return differs;
}

static void add_reports(struct view *v, struct outcomes *all, enum compare_who who,
                        uint32_t decider)
{
    struct step *step = v->step[who];
    uint32_t n;
    const uint32_t *rules = step_rules(step, decider, &n);
    for (uint32_t i = 0; i < n; i++) {
        struct outcome outcome =
            of_rule(step_ir(step), &step_ir(step)->deciders[decider].rules[rules[i]]);
        if (step_is_report(step, decider, rules[i]))
            add_outcome(v, all, who, &outcome, step_reports(step, decider, rules[i]));
    }
}

sat_lit view_reports_differ(struct view *v)
{
    struct outcomes all = {0};
    for_all_deciders(v, &all, add_reports);
    sat_lit differs = outcomes_differ(v, &all);
    arena_free(&all.arena);
    return differs;
}
