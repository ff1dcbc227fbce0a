/* What rules that decide do to results: leave what is no longer true, meet arguments that conflict,
 * take fresh values that are not fresh. */
#include <inttypes.h>
#include <stdlib.h>

#include "compiler/check/internal.h"
#include "lang/support/str.h"

#define MAX_NAMED 3u /* tags that a finding names */

static uint32_t owned(const struct check *c)
{
    return check_decider(c)->is_global ? IR_NONE : check_decider(c)->domain;
}

/* ---- stale-result ---------------------------------------------------------------------------- */

static void report_stale(struct check *c, uint32_t rule, enum pol_result result,
                         const struct best *best)
{
    static const char *const names[] = {"env", "RD", "CSR", "MEM"};
    const struct ir_group *g = &c->ir->groups[check_rule(c, rule)->group.v];
    struct diag *d = diag_warning(
        c->sink, DIAG_STALE_RESULT, check_source(c, rule)->loc.span,
        "%s keeps the tags of what it held before: group `%s` does not list it as a result",
        names[result], g->name);
    diag_hint(d, "list `%s:` on the right of the group and give its tags here", names[result]);
    check_show(c, d, best);
}

static void check_stale(struct check *c, uint32_t rule, enum pol_result result)
{
    struct best best = {0};
    for (uint32_t i = 0; i < c->nclasses; i++) {
        struct class *k = &c->classes[i];
        if (!check_belongs(c, k, check_rule(c, rule)) || !(k->writable & 1u << result))
            continue;
        struct step *step = check_step(c, k);
        const sat_lit stale[3] = {step_decides(step, c->decider, rule),
                                  -step_rule_fails(step, c->decider, rule),
                                  -scene_exact(k->scene, step_old_slot(result), owned(c), NULL, 0)};
        check_look(c, k, sat_all(k->sat, stale, 3), &best);
    }
    if (best.unknown)
        check_undecided(c, rule, "whether this rule leaves a stale result");
    else if (best.found)
        report_stale(c, rule, result, &best);
}

static void check_all_stale(struct check *c, uint32_t r)
{
    const struct ir_rule *rule = check_rule(c, r);
    if (rule->group.v == IR_NONE)
        return;
    for (unsigned result = POL_RES_RD; result < POL_RESULTS; result++)
        if (rule->result[result].v == IR_NONE &&
            !(c->ir->groups[rule->group.v].listed & 1u << result))
            check_stale(c, r, (enum pol_result)result);
}

/* ---- union-conflict -------------------------------------------------------------------------- */

/* The tags whose arguments can conflict, each with when that is the answer. */
struct conflicts {
    uint32_t n;
    sat_lit *when;
    uint32_t *tags;
};

static struct conflicts find_conflicts(struct check *c, struct class *k, uint32_t rule)
{
    struct step *step = check_step(c, k);
    uint32_t n;
    const struct step_failure *list = step_failures(step, c->decider, rule, &n);
    sat_lit open = step_decides(step, c->decider, rule);
    struct conflicts out = {0, ARENA_ARRAY(&c->work, sat_lit, n + (size_t)1),
                            ARENA_ARRAY(&c->work, uint32_t, n + (size_t)1)};
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].cause == POL_CAUSE_CONFLICT) {
            out.when[out.n] = sat_and(k->sat, open, list[i].when);
            out.tags[out.n++] = list[i].tag;
        }
        open = sat_and(k->sat, open, -list[i].when);
    }
    return out;
}

static void name_tag(struct check *c, uint32_t tag, struct str_buf *text, uint32_t *tags,
                     uint32_t *n)
{
    for (uint32_t i = 0; i < *n; i++)
        if (tags[i] == tag)
            return;
    tags[(*n)++] = tag;
    str_printf(text, "%s`%s`", text->len ? ", " : "", c->ir->space->tags[tag].name);
}

/* Some of them by name. */
static char *name_conflicts(struct check *c, struct class *k, const struct conflicts *list)
{
    uint32_t tags[MAX_NAMED], n = 0;
    sat_lit *left = ARENA_ARRAY(&c->work, sat_lit, list->n + (size_t)1);
    struct str_buf text;
    str_init(&text);
    for (uint32_t i = 0; i < list->n; i++)
        left[i] = list->when[i];
    while (n < MAX_NAMED && sat_ask(k->sat, sat_any(k->sat, left, list->n)) == SAT_YES) {
        uint32_t hit = 0;
        while (hit < list->n && (left[hit] == SAT_FALSE || !sat_value(k->sat, left[hit])))
            hit++;
        if (hit == list->n)
            abort(); /* one of them holds in the model */
        name_tag(c, list->tags[hit], &text, tags, &n);
        for (uint32_t i = 0; i < list->n; i++)
            if (list->tags[i] == list->tags[hit])
                left[i] = SAT_FALSE;
    }
    char *out = arena_strdup(&c->work, str_text(&text));
    str_free(&text);
    return out;
}

static void check_conflict(struct check *c, uint32_t rule)
{
    struct best best = {0};
    struct conflicts list = {0};
    for (uint32_t i = 0; i < c->nclasses; i++) {
        struct class *k = &c->classes[i];
        if (!check_belongs(c, k, check_rule(c, rule)))
            continue;
        struct conflicts here = find_conflicts(c, k, rule);
        check_look(c, k, sat_any(k->sat, here.when, here.n), &best);
        if (best.found && best.class == k)
            list = here;
    }
    if (best.unknown) {
        check_undecided(c, rule, "whether a union of this rule can conflict");
    } else if (best.found) {
        struct diag *d = diag_warning(
            c->sink, DIAG_UNION_CONFLICT, check_source(c, rule)->loc.span,
            "a union of this rule can meet different arguments of %s, and the step then fails",
            name_conflicts(c, best.class, &list));
        check_show(c, d, &best);
    }
}

static bool has_union(const struct ir *ir, struct ir_set_id id)
{
    const struct ir_set *s = &ir->sets[id.v];
    switch (s->kind) {
    case IR_SET_UNION:
        return true;
    case IR_SET_INTER:
        return has_union(ir, s->a) || has_union(ir, s->b);
    case IR_SET_MODIFY:
        for (uint32_t i = 0; i < s->nmods; i++) {
            const struct pol_tag_info *t = &ir->space->tags[s->mods[i].tag];
            for (uint32_t k = 0; !s->mods[i].remove && k < t->nargs; k++)
                if (t->args[k].is_set && has_union(ir, s->mods[i].args[k].set))
                    return true;
        }
        return has_union(ir, s->a);
    default:
        return false;
    }
}

static bool any_union(const struct ir *ir, const struct ir_rule *rule)
{
    for (unsigned r = 0; r < POL_RESULTS; r++)
        if (rule->result[r].v != IR_NONE && has_union(ir, rule->result[r]))
            return true;
    return false;
}

void check_results(struct check *c)
{
    for (uint32_t r = 0; r < check_decider(c)->nrules; r++) {
        if (!check_rule(c, r)->allow || c->dead[r])
            continue;
        check_all_stale(c, r);
        if (any_union(c->ir, check_rule(c, r)))
            check_conflict(c, r);
    }
}

/* ---- fresh-wrap ------------------------------------------------------------------------------ */

static void mark_int(const struct ir *ir, struct ir_int_id id, bool *used)
{
    const struct ir_int *x = &ir->ints[id.v];
    if (x->kind == IR_INT_NEW)
        used[x->counter] = true;
    if (x->kind == IR_INT_CONST || x->kind == IR_INT_ARG || x->kind == IR_INT_NEW)
        return;
    mark_int(ir, x->a, used);
    mark_int(ir, x->b, used);
}

/* Counters that an expression takes values of. */
static void mark_set(const struct ir *ir, struct ir_set_id id, bool *used)
{
    const struct ir_set *s = &ir->sets[id.v];
    if (s->kind == IR_SET_OPERAND || s->kind == IR_SET_ARG || s->kind == IR_SET_EMPTY)
        return;
    mark_set(ir, s->a, used);
    if (s->kind == IR_SET_UNION || s->kind == IR_SET_INTER)
        mark_set(ir, s->b, used);
    for (uint32_t i = 0; s->kind == IR_SET_MODIFY && i < s->nmods; i++) {
        const struct pol_tag_info *t = &ir->space->tags[s->mods[i].tag];
        for (uint32_t k = 0; !s->mods[i].remove && k < t->nargs; k++)
            if (t->args[k].is_set)
                mark_set(ir, s->mods[i].args[k].set, used);
            else
                mark_int(ir, s->mods[i].args[k].number, used);
    }
}

static void report_wrap(struct check *c, uint32_t rule, const struct ir_counter *counter)
{
    struct diag *d = diag_warning(c->sink, DIAG_FRESH_WRAP, check_source(c, rule)->loc.span,
                                  "fresh values of `%s` repeat after %" PRIu64
                                  ": no more than that many live ones can be told apart",
                                  counter->name, counter->limit);
    diag_hint(d, "a type that is declared `exhaust` fails instead of starting again");
}

void check_fresh(struct check *c)
{
    const struct ir *ir = c->ir;
    bool *told = ARENA_ARRAY(&c->work, bool, ir->ncounters + (size_t)1);
    bool *used = ARENA_ARRAY(&c->work, bool, ir->ncounters + (size_t)1);
    for (uint32_t r = 0; ir->ncounters && r < check_decider(c)->nrules; r++) {
        const struct ir_rule *rule = check_rule(c, r);
        for (unsigned k = 0; !c->dead[r] && k < POL_RESULTS; k++)
            if (rule->result[k].v != IR_NONE)
                mark_set(ir, rule->result[k], used);
        for (uint32_t i = 0; i < ir->ncounters; i++)
            if (used[i] && !told[i] && !ir->counters[i].exhaust) {
                told[i] = true;
                report_wrap(c, r, &ir->counters[i]);
            }
    }
}
