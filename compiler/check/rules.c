/* Rules that never decide: nothing fits them, or earlier ones always come first.
 *
 * Most rules are settled by looking at one input, the least one that fits the rule's patterns: no
 * earlier rule takes it, or the one that does takes everything that the rule matches.  The solver
 * answers for the rest. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/check/internal.h"
#include "lang/support/str.h"

#define CORE_LIMIT 64u /* earlier rules of which the needless ones are found out one by one */

/* What is known of a rule so far. */
struct fate {
    uint32_t rule;
    bool applies, matches, unknown, guarded; /* guarded: patterns fit, the guard never does */
    unsigned op;                             /* else: the operand that never fits */
    uint8_t *by;                             /* per earlier rule: it shadows this one */
    struct best best;                        /* an input that it matches */
};

struct scan {
    struct check *c;
    uint32_t *sets[SCENE_SLOTS]; /* the least input for the rule's patterns */
    uint8_t *ops;                /* per rule: operands that it says something of */
    uint8_t *by;
};

/* ---- Without the solver ---------------------------------------------------------------------- */

/* The first earlier rule whose patterns the least input fits, whatever its guard says. */
static uint32_t taker(const struct scan *s, struct class *k, uint32_t rule)
{
    struct step *step = check_step(s->c, k);
    uint32_t n;
    const uint32_t *rules = step_rules(step, s->c->decider, &n);
    for (uint32_t i = 0; i < n && rules[i] < rule; i++)
        if (shape_fits(s->c, check_rule(s->c, rules[i]), s->ops[rules[i]], s->sets) &&
            !step_is_report(step, s->c->decider, rules[i]))
            return rules[i];
    return POL_NO_RULE;
}

static uint32_t count_tags(const struct check *c, const uint32_t *set)
{
    uint32_t n = 0;
    for (uint32_t w = 0; w < c->ir->space->has_words; w++)
        for (uint32_t word = set[w]; word; word &= word - 1)
            n++;
    return n;
}

/* The least input is the least witness of a rule without a guard: arguments can be 0. */
static void keep_least(const struct scan *s, struct class *k, struct best *best)
{
    struct witness w = {.ntags = 0};
    for (unsigned i = 0; i < SCENE_SLOTS; i++)
        w.ntags += count_tags(s->c, s->sets[i]);
    if (best->found && best->witness.ntags <= w.ntags)
        return;
    for (unsigned i = 0; i < SCENE_SLOTS; i++) {
        w.set[i] = ARENA_ARRAY(&s->c->work, uint32_t, s->c->ir->space->words);
        memcpy(w.set[i], s->sets[i], s->c->ir->space->words * sizeof(uint32_t));
    }
    *best = (struct best){true, best->unknown, k, w};
}

/* ---- With the solver ------------------------------------------------------------------------- */

struct earlier {
    struct arena work;
    VEC_OF(uint32_t) rules;
    VEC_OF(sat_lit) lits; /* [0]: the rule matches; then: they do not */
};

static void collect_earlier(struct check *c, struct class *k, uint32_t rule, struct earlier *e)
{
    struct step *step = check_step(c, k);
    uint32_t n;
    const uint32_t *rules = step_rules(step, c->decider, &n);
    sat_lit lit = step_matches(step, c->decider, rule);
    VEC_PUSH(&e->work, &e->lits, lit);
    for (uint32_t i = 0; i < n && rules[i] < rule; i++) {
        if (step_is_report(step, c->decider, rules[i]) ||
            !shape_meet(c, check_rule(c, rule), check_rule(c, rules[i])))
            continue;
        lit = -step_matches(step, c->decider, rules[i]);
        if (lit == SAT_TRUE)
            continue;
        VEC_PUSH(&e->work, &e->rules, rules[i]);
        VEC_PUSH(&e->work, &e->lits, lit);
    }
}

/* Keeps those that are to blame. */
static void keep_blamed(struct sat *sat, struct earlier *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->rules.count; i++) {
        if (!sat_blamed(sat, e->lits.items[i + 1]))
            continue;
        e->rules.items[n] = e->rules.items[i];
        e->lits.items[++n] = e->lits.items[i + 1];
    }
    e->rules.count = n;
    e->lits.count = n + 1;
}

/* Leaves out those that are not needed, the last ones first. */
static void drop_needless(struct sat *sat, struct earlier *e)
{
    if (e->rules.count > CORE_LIMIT)
        return;
    for (size_t i = e->rules.count; i-- > 0 && e->rules.count > 1;) {
        sat_lit lit = e->lits.items[i + 1];
        e->lits.items[i + 1] = SAT_TRUE;
        if (sat_solve(sat, e->lits.items, e->lits.count) != SAT_NO) {
            e->lits.items[i + 1] = lit;
            continue;
        }
        size_t rest = e->rules.count - i - 1;
        memmove(&e->rules.items[i], &e->rules.items[i + 1], rest * sizeof *e->rules.items);
        memmove(&e->lits.items[i + 1], &e->lits.items[i + 2], rest * sizeof *e->lits.items);
        e->rules.count--;
        e->lits.count--;
    }
}

/* Can it decide in this class?  NO: notes who is in its way. */
static enum sat_answer can_decide(struct check *c, struct class *k, struct fate *f)
{
    struct earlier e = {.rules = {0}};
    arena_init(&e.work);
    collect_earlier(c, k, f->rule, &e);
    enum sat_answer answer = sat_solve(k->sat, e.lits.items, e.lits.count);
    if (answer == SAT_NO) {
        keep_blamed(k->sat, &e);
        drop_needless(k->sat, &e);
        for (size_t i = 0; i < e.rules.count; i++)
            f->by[e.rules.items[i]] = 1;
    }
    arena_free(&e.work);
    return answer;
}

/* ---- One rule -------------------------------------------------------------------------------- */

/* Whether the rule matches something in the class. */
static enum sat_answer can_match(struct scan *s, struct class *k, struct fate *f)
{
    struct check *c = s->c;
    const struct ir_rule *rule = check_rule(c, f->rule);
    unsigned op;
    if (!shape_least(c, k, rule, s->sets, &op)) {
        f->op = op;
        return SAT_NO;
    }
    if (rule->guard.v == IR_NONE)
        return SAT_YES;
    struct step *step = check_step(c, k); /* which makes k->sat */
    enum sat_answer answer = sat_ask(k->sat, step_matches(step, c->decider, f->rule));
    f->guarded = f->guarded || answer == SAT_NO;
    return answer;
}

/* True: it decides there. */
static bool decides_in(struct scan *s, struct class *k, struct fate *f)
{
    struct check *c = s->c;
    const struct ir_rule *rule = check_rule(c, f->rule);
    enum sat_answer answer = can_match(s, k, f);
    f->applies = true;
    f->unknown = f->unknown || answer == SAT_UNKNOWN;
    if (answer != SAT_YES)
        return false;
    f->matches = true;
    uint32_t first = taker(s, k, f->rule);
    if (first == POL_NO_RULE)
        return true;
    if (rule->guard.v == IR_NONE)
        keep_least(s, k, &f->best);
    if (check_rule(c, first)->guard.v == IR_NONE &&
        shape_implies(c, k, rule, check_rule(c, first))) {
        f->by[first] = 1;
        return false;
    }
    answer = can_decide(c, k, f);
    f->unknown = f->unknown || answer == SAT_UNKNOWN;
    return answer == SAT_YES;
}

/* ---- Findings -------------------------------------------------------------------------------- */

static const char *operand_name(const struct check *c, const struct ir_rule *rule, unsigned op)
{
    static const char *const names[] = {"env", "code", "op1", "op2", "op3", "mem"};
    const char *own =
        rule->group.v == IR_NONE ? NULL : c->ir->groups[rule->group.v].operand_name[op];
    return own ? own : names[op];
}

static void report_never(struct check *c, const struct fate *f)
{
    struct lang_span span = check_source(c, f->rule)->loc.span;
    if (f->guarded)
        diag_warning(c->sink, DIAG_NEVER_MATCHES, span,
                     "this rule never matches: its guard holds for no values");
    else
        diag_warning(c->sink, DIAG_NEVER_MATCHES, span,
                     "this rule never matches: `%s` holds no tag set that fits its pattern",
                     operand_name(c, check_rule(c, f->rule), f->op));
}

static void report_shadowed(struct check *c, struct fate *f)
{
    const struct model_rule *source = check_source(c, f->rule);
    uint32_t n = 0, only = 0;
    for (uint32_t r = 0; r < f->rule; r++)
        if (f->by[r] && n++ == 0)
            only = r;
    struct diag *d = n == 1 ? diag_warning(c->sink, DIAG_SHADOWED_RULE, source->loc.span,
                                           "this rule never decides: the one in line %" PRIu32
                                           " comes first and matches whatever it matches",
                                           check_source(c, only)->loc.line)
                            : diag_warning(c->sink, DIAG_SHADOWED_RULE, source->loc.span,
                                           "this rule never decides: %" PRIu32
                                           " earlier ones match whatever it matches",
                                           n);
    for (uint32_t r = 0; r < f->rule; r++)
        if (f->by[r])
            diag_label(d, check_source(c, r)->loc.span, "this rule comes first");
    if (f->best.found)
        check_show(c, d, &f->best);
}

/* With a guard, the least input that the rule matches is for the solver to find. */
static void find_witness(struct check *c, struct fate *f)
{
    for (uint32_t i = 0; check_rule(c, f->rule)->guard.v != IR_NONE && i < c->nclasses; i++)
        if (check_belongs(c, &c->classes[i], check_rule(c, f->rule))) {
            struct step *step = check_step(c, &c->classes[i]);
            check_look(c, &c->classes[i], step_matches(step, c->decider, f->rule), &f->best);
        }
}

static void judge(struct scan *s, uint32_t rule)
{
    struct check *c = s->c;
    struct fate f = {.rule = rule, .by = s->by};
    memset(s->by, 0, rule);
    for (uint32_t i = 0; i < c->nclasses; i++)
        if (check_belongs(c, &c->classes[i], check_rule(c, rule)) &&
            decides_in(s, &c->classes[i], &f))
            return;
    if (f.unknown) {
        check_undecided(c, rule, "whether this rule can decide");
        return;
    }
    c->dead[rule] = true;
    if (!f.applies)
        return; /* the target has none of its instructions */
    if (!f.matches) {
        report_never(c, &f);
        return;
    }
    find_witness(c, &f);
    report_shadowed(c, &f);
}

void check_rules(struct check *c)
{
    const struct ir_decider *d = check_decider(c);
    struct scan s = {.c = c};
    for (unsigned i = 0; i < SCENE_SLOTS; i++)
        s.sets[i] = ARENA_ARRAY(&c->work, uint32_t, c->ir->space->words);
    s.by = ARENA_ARRAY(&c->work, uint8_t, d->nrules + (size_t)1);
    s.ops = ARENA_ARRAY(&c->work, uint8_t, d->nrules + (size_t)1);
    for (uint32_t r = 0; r < d->nrules; r++)
        s.ops[r] = shape_ops(&d->rules[r]);
    for (uint32_t r = 0; r < d->nrules; r++)
        judge(&s, r);
}
