/* Steps: which rule decides, what the composition says, what it writes. */
#include "compiler/logic/step_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- Rules that apply ------------------------------------------------------------------------ */

static int by_number(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static void collect(struct step *st, uint32_t decider, struct step_decider *d)
{
    const struct rules_by_group *by = &st->logic->by_group[decider];
    uint32_t every = st->ir->ngroups, total = by->first[every + 1] - by->first[every], n = 0;
    for (uint32_t i = 0; i < st->ngroups; i++)
        total += by->first[st->groups[i] + 1] - by->first[st->groups[i]];
    d->rules = ARENA_ARRAY(st->arena, uint32_t, total + (size_t)1);
    for (uint32_t i = 0; i <= st->ngroups; i++) {
        uint32_t g = i < st->ngroups ? st->groups[i] : every;
        for (uint32_t k = by->first[g]; k < by->first[g + 1]; k++)
            d->rules[n++] = by->rules[k];
    }
    qsort(d->rules, n, sizeof *d->rules, by_number);
    d->n = n;
}

struct step_decider *step_decider(struct step *st, uint32_t decider)
{
    struct step_decider *d = &st->deciders[decider];
    if (d->ready)
        return d;
    collect(st, decider, d);
    d->matches = ARENA_ARRAY(st->arena, sat_lit, d->n + (size_t)1);
    d->open = ARENA_ARRAY(st->arena, sat_lit, d->n + (size_t)1);
    d->failures = ARENA_ARRAY(st->arena, struct step_failures, d->n + (size_t)1);
    d->open[0] = SAT_TRUE;
    d->nopen = 1;
    d->ready = true;
    return d;
}

const uint32_t *step_rules(struct step *st, uint32_t decider, uint32_t *n)
{
    const struct step_decider *d = step_decider(st, decider);
    *n = d->n;
    return d->rules;
}

long step_place(struct step *st, uint32_t decider, uint32_t rule)
{
    const struct step_decider *d = step_decider(st, decider);
    uint32_t lo = 0, hi = d->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (d->rules[mid] < rule)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < d->n && d->rules[lo] == rule ? (long)lo : -1;
}

bool step_applies(struct step *st, uint32_t decider, uint32_t rule)
{
    return step_place(st, decider, rule) >= 0;
}

bool step_is_report(const struct step *st, uint32_t decider, uint32_t rule)
{
    const struct ir_rule *r = &st->ir->deciders[decider].rules[rule];
    return !r->allow && st->ir->responses[r->response].action == POL_ACTION_REPORT;
}

/* ---- Matching -------------------------------------------------------------------------------- */

static bool says_nothing(const struct ir_cond *c)
{
    return c->nrequired == 0 && c->nforbidden == 0 && !c->exact && !c->never;
}

static sat_lit match_rule(struct step *st, const struct ir_decider *d, const struct ir_rule *rule)
{
    uint32_t domain = d->is_global ? IR_NONE : d->domain;
    sat_lit parts[POL_OPERANDS + 1];
    size_t n = 0;
    for (unsigned op = 0; op < POL_OPERANDS; op++) {
        if (says_nothing(&rule->cond[op]))
            continue;
        parts[n] = step_cond(st, (enum pol_operand)op, &rule->cond[op], domain);
        if (parts[n++] == SAT_FALSE)
            return SAT_FALSE;
    }
    if (rule->guard.v != IR_NONE)
        parts[n++] = step_guard(st, rule->guard);
    return sat_all(st->sat, parts, n);
}

static sat_lit match_at(struct step *st, uint32_t decider, uint32_t at)
{
    struct step_decider *d = step_decider(st, decider);
    const struct ir_decider *from = &st->ir->deciders[decider];
    if (!d->matches[at])
        d->matches[at] = match_rule(st, from, &from->rules[d->rules[at]]);
    return d->matches[at];
}

sat_lit step_matches(struct step *st, uint32_t decider, uint32_t rule)
{
    long at = step_place(st, decider, rule);
    return at < 0 ? SAT_FALSE : match_at(st, decider, (uint32_t)at);
}

/* No deciding rule before place `at` matches. */
static sat_lit open_at(struct step *st, uint32_t decider, uint32_t at)
{
    struct step_decider *d = step_decider(st, decider);
    for (; d->nopen <= at; d->nopen++) {
        uint32_t i = d->nopen - 1;
        sat_lit passes =
            step_is_report(st, decider, d->rules[i]) ? SAT_TRUE : -match_at(st, decider, i);
        d->open[i + 1] = sat_and(st->sat, d->open[i], passes);
    }
    return d->open[at];
}

sat_lit step_decides(struct step *st, uint32_t decider, uint32_t rule)
{
    long at = step_place(st, decider, rule);
    if (at < 0)
        return SAT_FALSE;
    return sat_and(st->sat, open_at(st, decider, (uint32_t)at),
                   match_at(st, decider, (uint32_t)at));
}

sat_lit step_uncovered(struct step *st, uint32_t decider)
{
    return open_at(st, decider, step_decider(st, decider)->n);
}

static sat_lit decider_explicit(struct step *st, uint32_t decider)
{
    struct step_decider *d = step_decider(st, decider);
    sat_lit *lits = lang_xalloc((d->n + (size_t)1) * sizeof *lits);
    size_t n = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        uint32_t rule = d->rules[i];
        if (step_is_report(st, decider, rule))
            continue;
        sat_lit fails = st->ir->deciders[decider].rules[rule].allow
                            ? step_rule_fails(st, decider, rule)
                            : SAT_TRUE;
        if (fails != SAT_FALSE)
            lits[n++] = sat_and(st->sat, step_decides(st, decider, rule), fails);
    }
    sat_lit any = sat_any(st->sat, lits, n);
    free(lits);
    return any;
}

sat_lit step_decider_says(struct step *st, uint32_t decider, enum pol_verdict verdict)
{
    struct step_decider *d = step_decider(st, decider);
    if (!d->says[POL_FAIL_IMPLICIT]) {
        d->says[POL_FAIL_IMPLICIT] = step_uncovered(st, decider);
        d->says[POL_FAIL_EXPLICIT] = decider_explicit(st, decider);
        d->says[POL_ALLOW] =
            sat_and(st->sat, -d->says[POL_FAIL_IMPLICIT], -d->says[POL_FAIL_EXPLICIT]);
    }
    return d->says[verdict];
}

/* ---- The composition ------------------------------------------------------------------------- */

sat_lit step_runs(struct step *st, uint32_t decider)
{
    uint32_t nglobals = st->ir->nglobals;
    sat_lit runs = SAT_TRUE;
    for (uint32_t g = 0; g < nglobals && g < decider; g++)
        runs = sat_and(st->sat, runs, step_uncovered(st, g));
    return runs;
}

static sat_lit runs_and(struct step *st, uint32_t decider, sat_lit lit)
{
    return sat_and(st->sat, step_runs(st, decider), lit);
}

/* Does a component run, or is there none: no global decided. */
static sat_lit no_global(struct step *st)
{
    return step_runs(st, st->ir->nglobals);
}

static sat_lit composition_explicit(struct step *st)
{
    sat_lit any = SAT_FALSE;
    for (uint32_t d = 0; d < st->ir->ndeciders; d++)
        any = sat_or(st->sat, any, runs_and(st, d, step_decider_says(st, d, POL_FAIL_EXPLICIT)));
    return any;
}

static sat_lit composition_allows(struct step *st)
{
    const struct ir *ir = st->ir;
    sat_lit all = ir->ndeciders > ir->nglobals ? no_global(st) : SAT_FALSE, any = SAT_FALSE;
    for (uint32_t d = ir->nglobals; d < ir->ndeciders; d++)
        all = sat_and(st->sat, all, step_decider_says(st, d, POL_ALLOW));
    for (uint32_t g = 0; g < ir->nglobals; g++)
        any = sat_or(st->sat, any, runs_and(st, g, step_decider_says(st, g, POL_ALLOW)));
    return sat_or(st->sat, any, all);
}

sat_lit step_says(struct step *st, enum pol_verdict verdict)
{
    if (verdict == POL_ALLOW)
        return composition_allows(st);
    if (verdict == POL_FAIL_EXPLICIT)
        return composition_explicit(st);
    return sat_and(st->sat, -composition_allows(st), -composition_explicit(st));
}

sat_lit step_names(struct step *st, uint32_t decider)
{
    const struct ir *ir = st->ir;
    sat_lit first = runs_and(st, decider, step_decider_says(st, decider, POL_FAIL_EXPLICIT));
    sat_lit silent = -composition_explicit(st);
    if (decider < ir->nglobals)
        return first;
    for (uint32_t d = ir->nglobals; d < decider; d++) {
        first = sat_and(st->sat, first, -step_decider_says(st, d, POL_FAIL_EXPLICIT));
        silent = sat_and(st->sat, silent, -step_decider_says(st, d, POL_FAIL_IMPLICIT));
    }
    silent = sat_and(st->sat, silent,
                     runs_and(st, decider, step_decider_says(st, decider, POL_FAIL_IMPLICIT)));
    return sat_or(st->sat, first, silent);
}

sat_lit step_reports(struct step *st, uint32_t decider, uint32_t rule)
{
    return runs_and(st, decider, step_decides(st, decider, rule));
}

/* ---- Results --------------------------------------------------------------------------------- */

bool step_has_result(const struct step *st, enum pol_result result)
{
    switch (result) {
    case POL_RES_ENV:
        return true;
    case POL_RES_RD:
        return st->form.rd != POL_FILE_NONE;
    case POL_RES_CSR:
        return st->form.csr != 0;
    default:
        return st->form.mem == POL_MEM_WRITE || st->form.mem == POL_MEM_READWRITE;
    }
}

uint32_t step_old_slot(enum pol_result result)
{
    static const uint32_t slots[] = {[POL_RES_ENV] = POL_OP_ENV,
                                     [POL_RES_RD] = SCENE_OLD_RD,
                                     [POL_RES_CSR] = POL_OP_OP2,
                                     [POL_RES_MEM] = POL_OP_MEM};
    return slots[result];
}

static bool gives(const struct step *st, const struct ir_rule *rule, enum pol_result result)
{
    return rule->allow && rule->result[result].v != IR_NONE && step_has_result(st, result);
}

sat_lit step_writes(struct step *st, enum pol_result result)
{
    sat_lit any = SAT_FALSE;
    for (uint32_t d = 0; d < st->ir->ndeciders; d++) {
        const struct step_decider *sd = step_decider(st, d);
        for (uint32_t i = 0; i < sd->n; i++)
            if (gives(st, &st->ir->deciders[d].rules[sd->rules[i]], result))
                any = sat_or(st->sat, any, runs_and(st, d, step_decides(st, d, sd->rules[i])));
    }
    return any;
}

static struct tag_value choose(struct step *st, uint32_t tag, sat_lit cond, struct tag_value a,
                               struct tag_value b)
{
    return (struct tag_value){sat_ite(st->sat, cond, a.has, b.has),
                              args_ite(st->sat, step_info(st, tag)->nargs, cond, a.args, b.args)};
}

/* What the decider leaves of the tag where it allows; elsewhere anything. */
static struct tag_value decided(struct step *st, uint32_t decider, enum pol_result result,
                                uint32_t tag, struct tag_value old)
{
    uint32_t key = decider * POL_RESULTS + (uint32_t)result;
    const struct step_decider *d = step_decider(st, decider);
    struct memo_entry *kept = memo_at(&st->decided, key, tag);
    if (kept->lit)
        return (struct tag_value){kept->lit, kept->args};
    struct tag_value value = old;
    for (uint32_t i = d->n; i-- > 0;) {
        const struct ir_rule *rule = &st->ir->deciders[decider].rules[d->rules[i]];
        if (!rule->allow)
            continue;
        struct tag_value given =
            gives(st, rule, result) ? set_value(st, rule->result[result], tag) : old;
        value = choose(st, tag, match_at(st, decider, i), given, value);
    }
    kept = memo_at(&st->decided, key, tag);
    kept->lit = value.has;
    kept->args = value.args;
    return value;
}

static struct tag_value components_leave(struct step *st, enum pol_result result, uint32_t tag,
                                         struct tag_value old)
{
    const struct ir_domain *domain = &st->ir->domains[st->ir->tags[tag].domain];
    if (domain->kind == IR_DOMAIN_COMPONENT)
        return decided(st, domain->decider, result, tag, old);
    if (domain->kind == IR_DOMAIN_GLOBAL && result != POL_RES_ENV && step_has_result(st, result))
        return (struct tag_value){SAT_FALSE, old.args};
    return old;
}

static struct tag_value answered(struct step *st, enum pol_result result, uint32_t tag)
{
    struct tag_value old = step_operand(st, step_old_slot(result), tag);
    struct tag_value value = components_leave(st, result, tag, old);
    for (uint32_t g = st->ir->nglobals; g-- > 0;)
        value = choose(st, tag, -step_uncovered(st, g), decided(st, g, result, tag, old), value);
    return value;
}

static sat_lit merged(struct step *st, uint32_t tag, struct tag_value *value)
{
    sat_lit conflict;
    *value = step_merge(st, tag, *value, step_operand(st, POL_OP_MEM, tag), &conflict);
    return conflict;
}

struct tag_value step_result(struct step *st, enum pol_result result, uint32_t tag)
{
    struct memo_entry *kept = memo_at(&st->results, (uint32_t)result, tag);
    if (kept->lit)
        return (struct tag_value){kept->lit, kept->args};
    struct tag_value value = answered(st, result, tag);
    if (st->options.partial && result == POL_RES_MEM && step_has_result(st, result))
        merged(st, tag, &value);
    kept = memo_at(&st->results, (uint32_t)result, tag);
    kept->lit = value.has;
    kept->args = value.args;
    return value;
}

sat_lit step_has(struct step *st, enum pol_result result, uint32_t tag)
{
    return step_result(st, result, tag).has;
}

const struct arg *step_args(struct step *st, enum pol_result result, uint32_t tag)
{
    return step_result(st, result, tag).args;
}

sat_lit step_merge_conflict(struct step *st)
{
    sat_lit any = SAT_FALSE;
    if (!st->options.partial || !step_has_result(st, POL_RES_MEM))
        return any;
    for (uint32_t t = 0; t < st->ir->space->ntags; t++) {
        struct tag_value value = answered(st, POL_RES_MEM, t);
        any = sat_or(st->sat, any, merged(st, t, &value));
    }
    return any;
}
