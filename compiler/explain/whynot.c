/* Distances from given operands, as circuits. */
#include "compiler/explain/whynot.h"

#include <string.h>

#include "compiler/logic/step.h"
#include "compiler/logic/witness.h"

struct search {
    struct sat *sat;
    struct scene *scene;
    struct arena *arena;
    const struct pol_space *space;
    const struct pol_tuple *tuple;
    sat_lit allowed;
    VEC_OF(sat_lit) changes; /* slot by slot, tag by tag */
};

/* ---- What counts as a change ----------------------------------------------------------------- */

static sat_lit same_number(struct search *s, const struct arg *arg, uint32_t value)
{
    return bits_eq(s->sat, arg->number, bits_const(s->sat, value));
}

/* The contents of a TagSet argument against a flat literal. */
static sat_lit same_contents(struct search *s, const struct nested *set, const uint32_t *flat)
{
    sat_lit same = SAT_TRUE;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pol_tag_info *tag = &s->space->tags[set->tags[i]];
        bool there = pol_lit_has(flat, set->tags[i]);
        same = sat_and(s->sat, same, there ? set->has[i] : -set->has[i]);
        for (uint32_t k = 0; there && k < tag->nargs; k++)
            same = sat_and(s->sat, same,
                           same_number(s, &set->args[i][k], flat[tag->args[k].flat_offset]));
    }
    return same;
}

static sat_lit same_arguments(struct search *s, uint32_t slot, uint32_t tag, const uint32_t *lit)
{
    const struct pol_tag_info *info = &s->space->tags[tag];
    const struct arg *args = info->nargs ? scene_args(s->scene, slot, tag) : NULL;
    sat_lit same = SAT_TRUE;
    for (uint32_t k = 0; k < info->nargs; k++) {
        const uint32_t *at = lit + info->args[k].offset;
        same = sat_and(s->sat, same,
                       info->args[k].is_set ? same_contents(s, args[k].set, at)
                                            : same_number(s, &args[k], *at));
    }
    return same;
}

static sat_lit changed(struct search *s, uint32_t slot, uint32_t tag)
{
    const uint32_t *lit = s->tuple->set[slot];
    sat_lit has = scene_has(s->scene, slot, tag);
    if (!pol_lit_has(lit, tag))
        return has;
    return -sat_and(s->sat, has, same_arguments(s, slot, tag, lit));
}

/* Operands that the instruction has; what the destination held is no operand. */
static void add_changes(struct search *s, const uint32_t kinds[SCENE_SLOTS])
{
    for (uint32_t slot = 0; slot < POL_OPERANDS; slot++)
        for (uint32_t t = 0; kinds[slot] && t < s->space->ntags; t++) {
            sat_lit change = changed(s, slot, t);
            VEC_PUSH(s->arena, &s->changes, change);
        }
    for (uint32_t t = 0; kinds[SCENE_OLD_RD] && t < s->space->ntags; t++)
        sat_must(s->sat, -changed(s, SCENE_OLD_RD, t));
}

/* ---- The smallest ---------------------------------------------------------------------------- */

/* The least number of changes with which it is allowed. */
static enum sat_answer least_number(struct search *s, uint32_t *n)
{
    struct bits count = bits_count(s->sat, s->changes.items, s->changes.count);
    enum sat_answer answer = sat_ask(s->sat, s->allowed);
    for (*n = 0; answer == SAT_YES && *n <= s->changes.count; ++*n) {
        sat_lit few = bits_le(s->sat, count, bits_const(s->sat, *n));
        sat_lit both[] = {s->allowed, few};
        enum sat_answer here = sat_solve(s->sat, both, 2);
        if (here == SAT_YES)
            sat_must(s->sat, few);
        if (here != SAT_NO)
            return here;
    }
    return answer;
}

/* Fixes the changes, those that come first as early as can be. */
static enum sat_answer fix_changes(struct search *s, uint32_t n)
{
    enum sat_answer answer = SAT_YES;
    size_t i = 0;
    for (; n && i < s->changes.count && answer != SAT_UNKNOWN; i++) {
        sat_lit both[] = {s->allowed, s->changes.items[i]};
        answer = sat_solve(s->sat, both, 2);
        n -= answer == SAT_YES;
        sat_must(s->sat, answer == SAT_YES ? s->changes.items[i] : -s->changes.items[i]);
    }
    for (; i < s->changes.count; i++)
        sat_must(s->sat, -s->changes.items[i]);
    return answer == SAT_UNKNOWN ? answer : SAT_YES;
}

static void keep(struct search *s, const struct witness *witness, struct whynot *out)
{
    out->late = witness->late;
    out->tuple.word = s->tuple->word;
    for (unsigned i = 0; i < POL_TUPLE_SETS; i++)
        out->tuple.set[i] = witness->set[i];
}

static void search(struct search *s, struct whynot *out)
{
    struct witness witness;
    out->answer = least_number(s, &out->nchanges);
    if (out->answer == SAT_YES)
        out->answer = fix_changes(s, out->nchanges);
    if (out->answer == SAT_YES)
        out->answer = witness_find(s->scene, s->allowed, NULL, s->arena, &witness);
    if (out->answer == SAT_YES)
        keep(s, &witness, out);
}

void whynot_allow(struct ir *ir, uint32_t opclass, const struct pol_tuple *tuple,
                  struct arena *arena, struct whynot *out)
{
    const struct ir_opclass *c = &ir->opclasses[opclass];
    struct reach *reach = reach_new(arena, ir, false);
    struct universe universe = universe_of_ir(arena, ir, reach);
    uint32_t kinds[SCENE_SLOTS];
    struct search s = {.sat = sat_new(), .arena = arena, .space = ir->space, .tuple = tuple};
    memset(out, 0, sizeof *out);
    scene_kinds(&c->form, kinds);
    s.scene = scene_new(s.sat, &universe, kinds);
    struct step *step =
        step_new(s.scene, logic_new(arena, ir), &c->form, c->groups, c->ngroups, NULL);
    s.allowed = step_says(step, POL_ALLOW);
    add_changes(&s, kinds);
    search(&s, out);
    sat_free(s.sat);
}
