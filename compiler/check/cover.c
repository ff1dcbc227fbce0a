/* What no rule covers: whole instructions, and inputs of policies that promise to be total. */
#include <inttypes.h>
#include <stdlib.h>

#include "compiler/check/internal.h"

#define MAX_NAMES 24u /* mnemonics that a finding lists */

/* ---- no-rule --------------------------------------------------------------------------------- */

static bool has_rule(struct check *c, struct class *k)
{
    uint32_t n;
    step_rules(check_step(c, k), c->decider, &n);
    return n > 0;
}

void check_no_rule(struct check *c)
{
    uint32_t *bare = ARENA_ARRAY(&c->work, uint32_t, c->ir->nopclasses + (size_t)1), n = 0;
    if (check_decider(c)->is_global)
        return; /* what it does not match is the next one's */
    for (uint32_t i = 0; i < c->nclasses; i++)
        if (!has_rule(c, &c->classes[i]))
            for (uint32_t m = 0; m < c->classes[i].n; m++)
                bare[n++] = c->classes[i].opclasses[m];
    if (n == 0)
        return;
    diag_warning(c->sink, DIAG_NO_RULE, c->model->deciders[c->decider].loc.span,
                 "`%s` has no rule for some instructions, which always fail: %s",
                 check_decider(c)->name, check_names(c, bare, n, MAX_NAMES));
}

/* ---- gap: total policies --------------------------------------------------------------------- */

/* No rule of the list matches. */
static sat_lit uncovered(struct check *c, struct class *k, const struct model_total *t)
{
    struct step *step = check_step(c, k);
    sat_lit *none = ARENA_ARRAY(&c->work, sat_lit, t->nrules + (size_t)1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->nrules; i++)
        if (!step_is_report(step, c->decider, t->rules[i]))
            none[n++] = -step_matches(step, c->decider, t->rules[i]);
    return sat_all(k->sat, none, n);
}

static void check_one(struct check *c, const struct model_total *t)
{
    struct best best = {0};
    for (uint32_t i = 0; i < c->nclasses; i++)
        check_look(c, &c->classes[i], uncovered(c, &c->classes[i], t), &best);
    if (best.unknown)
        diag_warning(c->sink, DIAG_UNDECIDED, t->loc.span,
                     "whether `%s` is total was not found out within the limits of the analysis",
                     t->name);
    else if (best.found)
        check_show(c,
                   diag_warning(c->sink, DIAG_GAP, t->loc.span,
                                "`%s` is declared total and no rule of it covers this input",
                                t->name),
                   &best);
}

void check_total(struct check *c)
{
    const struct model_decider *d = &c->model->deciders[c->decider];
    for (uint32_t i = 0; i < d->ntotals; i++)
        check_one(c, &d->totals[i]);
}
