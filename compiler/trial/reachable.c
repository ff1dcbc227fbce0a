/* Questions about each rule in each opclass. */
#include "compiler/trial/reachable.h"

#include "compiler/logic/step.h"

struct asker {
    struct ir *ir;
    struct arena *arena;
    const struct coverage *coverage;
    const bool *wanted;
    struct reachable *out;
    /* The opclass in hand. */
    uint32_t opclass;
    struct sat *sat;
    struct scene *scene;
    struct step *step;
};

/* The rule decides, in the composition. */
static sat_lit decides(struct asker *a, uint32_t decider, uint32_t rule)
{
    if (step_is_report(a->step, decider, rule))
        return step_reports(a->step, decider, rule);
    return sat_and(a->sat, step_runs(a->step, decider), step_decides(a->step, decider, rule));
}

/* The answer is the rule's: its failure, or that all is allowed. */
static sat_lit answers(struct asker *a, uint32_t decider, uint32_t rule)
{
    const struct ir_rule *r = &a->ir->deciders[decider].rules[rule];
    bool fails = !r->allow && !step_is_report(a->step, decider, rule);
    sat_lit own =
        fails ? sat_and(a->sat, step_names(a->step, decider), step_says(a->step, POL_FAIL_EXPLICIT))
              : step_says(a->step, POL_ALLOW);
    return sat_and(a->sat, decides(a, decider, rule), own);
}

/* Keeps the inputs if they are better than those known. */
static void offer(struct asker *a, struct reachable_rule *r, sat_lit question, bool own)
{
    struct witness found;
    bool none = !r->inputs.set[0] || (own && !r->answers);
    if (!none && own != r->answers)
        return;
    if (witness_find(a->scene, question, none ? NULL : &r->inputs, a->arena, &found) != SAT_YES)
        return;
    r->answers = own;
    r->opclass = a->opclass;
    r->inputs = found;
}

static void find_inputs(struct asker *a, struct reachable_rule *r, uint32_t decider, uint32_t rule)
{
    sat_lit own = answers(a, decider, rule);
    if (sat_ask(a->sat, own) == SAT_YES)
        offer(a, r, own, true);
    else if (!r->answers)
        offer(a, r, decides(a, decider, rule), false);
}

static void ask_rule(struct asker *a, uint32_t decider, uint32_t rule)
{
    size_t row = coverage_row(a->coverage, decider, rule);
    struct reachable_rule *r = &a->out->rules[row];
    enum sat_answer can = sat_ask(a->sat, decides(a, decider, rule));
    a->out->pair[row * a->ir->nopclasses + a->opclass] = can != SAT_NO;
    if (can == SAT_YES && a->wanted && a->wanted[row])
        find_inputs(a, r, decider, rule);
    if (can == SAT_YES || (can == SAT_UNKNOWN && r->can == SAT_NO))
        r->can = can;
}

static void take_opclass(struct asker *a, uint32_t opclass)
{
    const struct ir_opclass *c = &a->ir->opclasses[opclass];
    uint32_t kinds[SCENE_SLOTS];
    a->opclass = opclass;
    a->sat = sat_new();
    scene_kinds(&c->form, kinds);
    a->scene = scene_new(a->sat, &a->out->universe, kinds);
    a->step = step_new(a->scene, a->out->logic, &c->form, c->groups, c->ngroups, NULL);
}

static void ask_opclass(struct asker *a, uint32_t opclass)
{
    take_opclass(a, opclass);
    for (uint32_t d = 0; d < a->ir->ndeciders; d++) {
        uint32_t n;
        const uint32_t *rules = step_rules(a->step, d, &n);
        for (uint32_t i = 0; i < n; i++)
            ask_rule(a, d, rules[i]);
    }
    sat_free(a->sat);
}

struct reachable *reachable_new(struct arena *arena, struct ir *ir, const struct coverage *coverage,
                                const bool *wanted)
{
    struct reachable *out = ARENA_NEW(arena, struct reachable);
    struct asker a = {.ir = ir, .arena = arena, .coverage = coverage, .wanted = wanted, .out = out};
    out->ir = ir;
    out->coverage = coverage;
    out->logic = logic_new(arena, ir);
    out->universe = universe_of_ir(arena, ir, reach_new(arena, ir, false));
    out->rules = ARENA_ARRAY(arena, struct reachable_rule, coverage->nrules + 1);
    out->pair = ARENA_ARRAY(arena, bool, coverage->nrules * ir->nopclasses + 1);
    for (uint32_t opclass = 1; opclass < ir->nopclasses; opclass++)
        ask_opclass(&a, opclass);
    return out;
}

struct reachable_rule reachable_inputs(const struct reachable *reachable, uint32_t decider,
                                       uint32_t rule, uint32_t opclass, struct arena *arena)
{
    struct reachable here = *reachable;
    struct reachable_rule found = {0};
    struct asker a = {.ir = here.ir, .arena = arena, .coverage = here.coverage, .out = &here};
    take_opclass(&a, opclass);
    found.can = sat_ask(a.sat, decides(&a, decider, rule));
    if (found.can == SAT_YES)
        find_inputs(&a, &found, decider, rule);
    sat_free(a.sat);
    return found;
}
