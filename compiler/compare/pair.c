/* One pair of opclasses: every unit is asked in what it differs, and like differences are folded.
 */
#include <stdlib.h>
#include <string.h>

#include <pol/kinds.h>

#include "compiler/compare/internal.h"
#include "compiler/prove/words.h"

struct asking {
    struct comparer *c;
    const struct class_pair *pair;
    const struct pol_form *form;
    struct scene *scene;
    struct step *step[2];
    sat_lit can_occur;
    struct arena scratch; /* of witnesses */
};

/* ---- The step ------------------------------------------------------------------------------ */

/* Ids of what only one policy's TagSet arguments can hold must not meet. */
static const uint32_t extra_ids[2] = {0x80000000u, 0xC0000000u};

static struct step *new_step(struct asking *a, enum compare_who who)
{
    const struct side *side = &a->c->side[who];
    const struct ir_opclass *class = &side->ir->opclasses[a->pair->opclass[who]];
    struct step_options options = {.tag_map = side->shared,
                                   .counter_map = side->counters,
                                   .arg_map = side->inward,
                                   .extra = extra_ids[who]};
    return step_new(a->scene, side->logic, &class->form, class->groups, class->ngroups, &options);
}

/* Every operand holds a set that can be there in this policy. */
static sat_lit occurs(struct asking *a, enum compare_who who, const uint32_t kinds[SCENE_SLOTS])
{
    sat_lit all = SAT_TRUE;
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++)
        if (kinds[slot])
            all = sat_and(scene_sat(a->scene), all,
                          scene_reachable(a->scene, slot, kinds[slot], a->c->side[who].reach,
                                          a->c->side[who].shared));
    return all;
}

static void open_pair(struct asking *a)
{
    uint32_t kinds[SCENE_SLOTS];
    const struct ir_opclass *classes[2];
    struct sat *sat = sat_new();
    for (int who = 0; who < 2; who++)
        classes[who] = &a->c->side[who].ir->opclasses[a->pair->opclass[who]];
    if (memcmp(&classes[0]->form, &classes[1]->form, sizeof classes[0]->form) != 0)
        abort(); /* a word is one instruction, whatever the policy */
    if (a->c->options->conflicts)
        sat_limit(sat, a->c->options->conflicts);
    arena_init(&a->scratch);
    a->form = &classes[0]->form;
    scene_kinds(a->form, kinds);
    a->scene = scene_new(sat, &a->c->universe, kinds);
    for (int who = 0; who < 2; who++)
        a->step[who] = new_step(a, (enum compare_who)who);
    a->can_occur = sat_or(sat, occurs(a, COMPARE_OLD, kinds), occurs(a, COMPARE_NEW, kinds));
}

static void close_pair(struct asking *a)
{
    sat_free(scene_sat(a->scene));
    arena_free(&a->scratch);
}

/* ---- Questions ----------------------------------------------------------------------------- */

static struct view view_of(struct asking *a, uint32_t unit)
{
    struct view v = {.c = a->c,
                     .scene = a->scene,
                     .step = {a->step[COMPARE_OLD], a->step[COMPARE_NEW]},
                     .unit = &a->c->units.items[unit],
                     .index = unit};
    return v;
}

/* The unit runs in both policies, and differs in this. */
static sat_lit question(struct asking *a, struct view *v, enum compare_aspect aspect)
{
    struct sat *sat = scene_sat(a->scene);
    sat_lit old_allows = view_says(v, COMPARE_OLD, POL_ALLOW);
    sat_lit new_allows = view_says(v, COMPARE_NEW, POL_ALLOW);
    sat_lit runs = sat_and(sat, view_runs(v, COMPARE_OLD), view_runs(v, COMPARE_NEW));
    sat_lit differs = SAT_FALSE;
    if (aspect == COMPARE_DENIED)
        differs = sat_and(sat, old_allows, -new_allows);
    else if (aspect == COMPARE_PERMITTED)
        differs = sat_and(sat, -old_allows, new_allows);
    else if (aspect == COMPARE_RESULTS)
        differs = sat_and(sat, sat_and(sat, old_allows, new_allows), view_results_differ(v));
    else if (aspect == COMPARE_FAILURE)
        differs = sat_and(sat, sat_and(sat, -old_allows, -new_allows), view_failures_differ(v));
    else
        differs = view_reports_differ(v);
    return sat_and(sat, differs, sat_and(sat, runs, a->can_occur));
}

/* ---- Answers ------------------------------------------------------------------------------- */

/* The rule that decides for the unit; of whole compositions the one that the answer names. */
static void find_rule(const struct rerun *rerun, uint32_t decider, struct compare_answer *out)
{
    const struct pol_answer *answer = &rerun->evaluation.answer;
    out->decider = decider;
    out->rule = POL_NO_RULE;
    if (decider != IR_NONE) {
        out->rule = rerun_rule(rerun, decider);
    } else if (answer->verdict != POL_ALLOW) {
        out->decider = answer->first.decider;
        out->rule = answer->first.rule;
    }
}

static void answer_side(struct asking *a, enum compare_who who, const struct witness *witness,
                        uint32_t decider, struct compare_answer *out)
{
    struct comparer *c = a->c;
    struct side *side = &c->side[who];
    struct witness own = *witness;
    for (int s = 0; s < SCENE_SLOTS; s++) {
        own.set[s] = ARENA_ARRAY(&a->scratch, uint32_t, side->ir->space->words);
        compare_literal(c, who, witness->set[s], own.set[s]);
    }
    rerun_step(&side->rerun, a->pair->word, own.set);
    find_rule(&side->rerun, decider, out);
    out->line = witness_line(c->arena, side->ir->space,
                             word_head(c->arena, side->ir, a->pair->word), a->form, &own);
    out->answer = rerun_answer(&side->rerun, c->arena);
}

/* Whether the decider, or the composition, failed. */
static bool failed(const struct rerun *rerun, uint32_t decider)
{
    const struct pol_answer *answer = &rerun->evaluation.answer;
    if (decider == IR_NONE)
        return answer->verdict != POL_ALLOW;
    for (uint32_t i = 0; i < answer->nfailures && i < POL_MAX_FAILURES; i++)
        if (answer->failures[i].decider == decider)
            return true;
    return false;
}

/* The source interpreter must see the same difference. */
static void confirm(const struct asking *a, const struct compare_unit *unit,
                    enum compare_aspect aspect)
{
    bool old_fails = failed(&a->c->side[COMPARE_OLD].rerun, unit->deciders[COMPARE_OLD]);
    bool new_fails = failed(&a->c->side[COMPARE_NEW].rerun, unit->deciders[COMPARE_NEW]);
    bool global = unit->deciders[COMPARE_OLD] != IR_NONE &&
                  a->c->side[COMPARE_OLD].ir->deciders[unit->deciders[COMPARE_OLD]].is_global;
    if (global || aspect == COMPARE_REPORTS)
        return; /* a global that does not match is no failure of the step */
    if (old_fails != (aspect == COMPARE_PERMITTED || aspect == COMPARE_FAILURE) ||
        new_fails != (aspect == COMPARE_DENIED || aspect == COMPARE_FAILURE))
        abort(); /* IR and source mean different things */
}

/* ---- Folding ------------------------------------------------------------------------------- */

static bool like(const struct compare_difference *a, const struct compare_difference *b)
{
    if (a->unit != b->unit || a->aspect != b->aspect || a->late != b->late)
        return false;
    for (int who = 0; who < 2; who++)
        if (a->side[who].decider != b->side[who].decider || a->side[who].rule != b->side[who].rule)
            return false;
    return true;
}

static int by_row(const void *left, const void *right)
{
    const int *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Mnemonics of one difference: the rows of its pairs. */
static void add_rows(struct comparer *c, struct folded *folded, const struct class_pair *pair)
{
    for (size_t i = 0; i < pair->rows.count; i++)
        VEC_PUSH(&c->scratch, &folded->rows, pair->rows.items[i]);
}

static void fold(struct asking *a, const struct compare_difference *difference, uint32_t ntags)
{
    struct comparer *c = a->c;
    size_t at = 0;
    while (at < c->differences.count && !like(&c->differences.items[at], difference))
        at++;
    if (at == c->differences.count) {
        struct folded folded = {.ntags = UINT32_MAX};
        VEC_PUSH(c->arena, &c->differences, *difference);
        VEC_PUSH(&c->scratch, &c->folded, folded);
        c->differences.items[at].npairs = 0;
    }
    struct compare_difference *kept = &c->differences.items[at];
    struct folded *folded = &c->folded.items[at];
    if (ntags < folded->ntags) {
        folded->ntags = ntags;
        memcpy(kept->side, difference->side, sizeof kept->side);
    }
    kept->npairs++;
    add_rows(c, folded, a->pair);
}

/* How many instructions both targets have. */
static uint32_t count_common(const struct comparer *c)
{
    uint32_t n = 0;
    for (size_t row = 0; row < pol_insn_count(); row++)
        n += pol_isa_has(&c->side[COMPARE_OLD].ir->isa, pol_insn_at(row)) &&
             pol_isa_has(&c->side[COMPARE_NEW].ir->isa, pol_insn_at(row));
    return n;
}

void compare_fold_mnemonics(struct comparer *c)
{
    uint32_t all = count_common(c);
    for (size_t i = 0; i < c->differences.count; i++) {
        struct compare_difference *d = &c->differences.items[i];
        struct folded *folded = &c->folded.items[i];
        qsort(folded->rows.items, folded->rows.count, sizeof *folded->rows.items, by_row);
        d->mnemonics = ARENA_ARRAY(c->arena, const char *, folded->rows.count + (size_t)1);
        for (size_t k = 0; k < folded->rows.count; k++)
            if (k == 0 || folded->rows.items[k] != folded->rows.items[k - 1])
                d->mnemonics[d->nmnemonics++] = pol_insn_at((size_t)folded->rows.items[k])->name;
        d->all = d->nmnemonics == all;
    }
}

/* ---- Units --------------------------------------------------------------------------------- */

/* YES: it differs, and is noted. */
static enum sat_answer ask(struct asking *a, uint32_t unit, enum compare_aspect aspect)
{
    struct view v = view_of(a, unit);
    struct witness witness;
    sat_lit lit = question(a, &v, aspect);
    if (lit == SAT_FALSE)
        return SAT_NO;
    enum sat_answer answer = witness_find(a->scene, lit, NULL, &a->scratch, &witness);
    if (answer != SAT_YES)
        return answer;
    struct compare_difference difference = {.unit = unit, .aspect = aspect, .late = witness.late};
    for (int who = 0; who < 2; who++)
        answer_side(a, (enum compare_who)who, &witness, v.unit->deciders[who],
                    &difference.side[who]);
    if (witness.late)
        difference.side[0].rule = difference.side[1].rule = POL_NO_RULE;
    else
        confirm(a, v.unit, aspect);
    fold(a, &difference, witness.ntags);
    return SAT_YES;
}

static enum compare_change change_of(unsigned aspects)
{
    if (!aspects)
        return COMPARE_EQUAL;
    if (aspects == 1u << COMPARE_DENIED)
        return COMPARE_STRICTER;
    return aspects == 1u << COMPARE_PERMITTED ? COMPARE_LOOSER : COMPARE_CHANGED;
}

/* Whether the unit is the same for this pair. */
static bool ask_unit(struct asking *a, uint32_t unit)
{
    unsigned aspects = 0;
    bool undecided = false;
    for (int aspect = 0; aspect < COMPARE_ASPECTS; aspect++) {
        enum sat_answer answer = ask(a, unit, (enum compare_aspect)aspect);
        aspects |= answer == SAT_YES ? 1u << aspect : 0;
        undecided = undecided || answer == SAT_UNKNOWN;
    }
    if (undecided)
        a->c->units.items[unit].undecided++;
    if (aspects || !undecided)
        a->c->units.items[unit].counts[change_of(aspects)]++;
    return !aspects && !undecided;
}

void compare_pair(struct comparer *c, const struct class_pair *pair)
{
    struct asking a = {.c = c, .pair = pair};
    bool equal = true;
    if (pair->unknown) {
        for (size_t u = 0; u < c->units.count; u++)
            c->units.items[u].undecided++;
        return;
    }
    open_pair(&a);
    for (uint32_t u = 0; u < c->units.count; u++)
        equal = ask_unit(&a, u) && equal;
    c->out->nequal += equal;
    close_pair(&a);
}
