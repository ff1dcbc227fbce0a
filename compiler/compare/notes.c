/* What differs besides answers: tags, deciders, initial tags, responses, traps, the target. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compare/internal.h"
#include "lang/support/str.h"

void compare_note(struct comparer *c, enum compare_topic topic, const char *what,
                  const char *old_value, const char *new_value)
{
    struct compare_note note = {.topic = topic, .what = arena_strdup(c->arena, what)};
    note.values[COMPARE_OLD] = old_value ? arena_strdup(c->arena, old_value) : NULL;
    note.values[COMPARE_NEW] = new_value ? arena_strdup(c->arena, new_value) : NULL;
    VEC_PUSH(c->arena, &c->notes, note);
}

/* A note unless both say the same. */
static void note_unless_same(struct comparer *c, enum compare_topic topic, const char *what,
                             const char *old_value, const char *new_value)
{
    if (!old_value || !new_value || !str_eq(old_value, new_value))
        compare_note(c, topic, what, old_value, new_value);
}

/* ---- Tags ---------------------------------------------------------------------------------- */

/* Numbers of values in the order of their names: declaring them in another order changes nothing.
 */
static uint32_t *by_name(struct arena *arena, const struct pol_tag_arg *arg)
{
    uint32_t *order = ARENA_ARRAY(arena, uint32_t, (size_t)arg->limit + 1);
    for (uint32_t i = 0; i < arg->limit; i++) {
        uint32_t at = i;
        for (; at > 0 && strcmp(arg->values[order[at - 1]], arg->values[i]) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return order;
}

static bool below(const struct ir_lattice *lattice, uint32_t a, uint32_t b)
{
    return a != b && lattice->join[a * lattice->size + b] == b;
}

static bool right_below(const struct ir_lattice *lattice, uint32_t a, uint32_t b)
{
    for (uint32_t c = 0; c < lattice->size; c++)
        if (below(lattice, a, c) && below(lattice, c, b))
            return false;
    return true;
}

/* Each value with those right above it. */
static void lattice_text(struct str_buf *out, const struct ir_lattice *lattice,
                         const struct pol_tag_arg *arg, const uint32_t *order)
{
    const char *between = "lattice {";
    for (uint32_t i = 0; i < lattice->size; i++)
        for (uint32_t k = 0; k < lattice->size; k++)
            if (below(lattice, order[i], order[k]) && right_below(lattice, order[i], order[k])) {
                str_printf(out, "%s %s < %s", between, arg->values[order[i]],
                           arg->values[order[k]]);
                between = ",";
            }
    str_add(out, lattice->size > 1 ? " }" : "lattice {}");
}

static void values_text(struct str_buf *out, const struct pol_tag_arg *arg, const uint32_t *order)
{
    for (uint64_t i = 0; i < arg->limit; i++)
        str_printf(out, "%s %s", i ? "," : "enum {", arg->values[order[i]]);
    str_add(out, " }");
}

static void argument_text(struct comparer *c, struct str_buf *out, const struct ir *ir,
                          uint32_t tag, uint32_t k)
{
    const struct pol_tag_arg *arg = &ir->space->tags[tag].args[k];
    uint32_t lattice = ir->tags[tag].lattice[k];
    const uint32_t *order = arg->values ? by_name(&c->scratch, arg) : NULL;
    if (arg->is_set)
        str_add(out, "TagSet");
    else if (!order)
        str_printf(out, "Int (%" PRIu64 ")", arg->limit);
    else if (lattice != IR_NONE)
        lattice_text(out, &ir->lattices[lattice], arg, order);
    else
        values_text(out, arg, order);
}

/* The declaration, as far as it means something: arguments and merge kind. */
static char *tag_text(struct comparer *c, enum compare_who who, uint32_t tag)
{
    const struct ir *ir = c->side[who].ir;
    const struct pol_tag_info *info = &ir->space->tags[tag];
    struct str_buf text;
    str_init(&text);
    for (uint32_t k = 0; k < info->nargs; k++) {
        argument_text(c, &text, ir, tag, k);
        str_add_char(&text, ' ');
    }
    str_printf(&text, "merge %s", info->merge_all ? "all" : "any");
    char *out = arena_strdup(c->arena, str_text(&text));
    str_free(&text);
    return out;
}

static char *qualified(struct comparer *c, enum compare_who who, uint32_t tag)
{
    const struct pol_tag_info *info = &c->side[who].ir->space->tags[tag];
    return arena_printf(c->arena, "%s.%s", info->module, info->name);
}

static const char *owner_name(const struct comparer *c, enum compare_who who, uint32_t tag)
{
    const struct ir *ir = c->side[who].ir;
    uint32_t decider = ir->domains[ir->tags[tag].domain].decider;
    return decider == IR_NONE ? "nobody" : ir->deciders[decider].name;
}

static void note_owner(struct comparer *c, const struct common_tag *common, const char *name)
{
    const struct ir *old = c->side[COMPARE_OLD].ir, *new = c->side[COMPARE_NEW].ir;
    uint32_t a = old->domains[old->tags[common->tag[COMPARE_OLD]].domain].decider;
    uint32_t b = new->domains[new->tags[common->tag[COMPARE_NEW]].domain].decider;
    uint32_t partner = a == IR_NONE ? IR_NONE : c->side[COMPARE_OLD].partner[a];
    if (partner == b)
        return;
    compare_note(
        c, COMPARE_TAG, name,
        arena_printf(c->arena, "of %s", owner_name(c, COMPARE_OLD, common->tag[COMPARE_OLD])),
        arena_printf(c->arena, "of %s", owner_name(c, COMPARE_NEW, common->tag[COMPARE_NEW])));
}

static void note_tags(struct comparer *c)
{
    const struct side *old = &c->side[COMPARE_OLD], *new = &c->side[COMPARE_NEW];
    for (uint32_t t = 0; t < old->ir->space->ntags; t++) {
        char *name = qualified(c, COMPARE_OLD, t);
        uint32_t common = old->shared[t];
        if (common == SCENE_NO_TAG) {
            compare_note(c, COMPARE_TAG, name, tag_text(c, COMPARE_OLD, t), NULL);
            continue;
        }
        note_unless_same(c, COMPARE_TAG, name, tag_text(c, COMPARE_OLD, t),
                         tag_text(c, COMPARE_NEW, c->common[common].tag[COMPARE_NEW]));
        note_owner(c, &c->common[common], name);
    }
    for (uint32_t t = 0; t < new->ir->space->ntags; t++)
        if (new->shared[t] == SCENE_NO_TAG)
            compare_note(c, COMPARE_TAG, qualified(c, COMPARE_NEW, t), NULL,
                         tag_text(c, COMPARE_NEW, t));
}

/* ---- Deciders ------------------------------------------------------------------------------ */

static void note_lone(struct comparer *c, enum compare_who who)
{
    const struct ir *ir = c->side[who].ir;
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        const char *kind = ir->deciders[d].is_global ? "global policy" : "policy";
        if (c->side[who].partner[d] == IR_NONE)
            compare_note(c, COMPARE_DECIDER, ir->deciders[d].name, who == COMPARE_OLD ? kind : NULL,
                         who == COMPARE_NEW ? kind : NULL);
    }
}

/* Names of the deciders that have a partner, in this policy's order. */
static char *order_text(struct comparer *c, enum compare_who who)
{
    const struct side *side = &c->side[who];
    struct str_buf text;
    str_init(&text);
    for (uint32_t d = 0; d < side->ir->ndeciders; d++)
        if (side->partner[d] != IR_NONE)
            str_printf(&text, "%s%s", text.len ? " & " : "", side->ir->deciders[d].name);
    char *out = arena_strdup(c->arena, str_text(&text));
    str_free(&text);
    return out;
}

static void note_order(struct comparer *c)
{
    const struct side *old = &c->side[COMPARE_OLD];
    uint32_t last = 0;
    bool same = true;
    for (uint32_t d = 0; d < old->ir->ndeciders; d++) {
        if (old->partner[d] == IR_NONE)
            continue;
        same = same && old->partner[d] >= last;
        last = old->partner[d];
    }
    if (!same)
        compare_note(c, COMPARE_DECIDER, "order", order_text(c, COMPARE_OLD),
                     order_text(c, COMPARE_NEW));
}

static bool traps_move(const struct ir *ir, uint32_t decider)
{
    return ir->domains[ir->deciders[decider].domain].trap_env;
}

static void note_traps(struct comparer *c)
{
    static const char *const texts[] = {"traps leave its PC tags", "traps move its PC tags"};
    const struct side *old = &c->side[COMPARE_OLD], *new = &c->side[COMPARE_NEW];
    for (uint32_t d = 0; d < old->ir->ndeciders; d++)
        if (old->partner[d] != IR_NONE)
            note_unless_same(c, COMPARE_TRAPS, old->ir->deciders[d].name,
                             texts[traps_move(old->ir, d)],
                             texts[traps_move(new->ir, old->partner[d])]);
}

/* ---- Initial tags -------------------------------------------------------------------------- */

static char *init_text(struct comparer *c, enum compare_who who, const struct ir_entity *entity)
{
    const struct pol_space *space = c->side[who].ir->space;
    size_t size = pol_lit_format(space, entity->tags, NULL, 0) + 1;
    char *text = arena_alloc(c->arena, size);
    pol_lit_format(space, entity->tags, text, size);
    return entity->only ? arena_printf(c->arena, "only %s", text) : text;
}

static bool same_argument(const struct pol_space *old, const struct pol_space *new,
                          const struct ir_entity *a, const struct ir_entity *b,
                          const uint32_t tag[2], uint32_t k)
{
    const struct pol_tag_arg *x = &old->tags[tag[COMPARE_OLD]].args[k];
    const struct pol_tag_arg *y = &new->tags[tag[COMPARE_NEW]].args[k];
    if (x->is_set) /* `init` gives integers only (language: 4.14.2) */
        return true;
    uint32_t i = a->tags[x->offset], j = b->tags[y->offset];
    return x->values ? str_eq(x->values[i], y->values[j]) : i == j;
}

/* Tag by tag: names may be others'. */
static bool same_init(const struct comparer *c, const struct ir_entity *a,
                      const struct ir_entity *b)
{
    const struct pol_space *space[2] = {c->side[0].ir->space, c->side[1].ir->space};
    const struct ir_entity *entity[2] = {a, b};
    for (int who = 0; who < 2; who++)
        for (uint32_t t = 0; t < space[who]->ntags; t++)
            if (c->side[who].shared[t] == SCENE_NO_TAG && pol_lit_has(entity[who]->tags, t))
                return false;
    for (uint32_t t = 0; t < c->ncommon; t++) {
        const uint32_t *tag = c->common[t].tag;
        if (pol_lit_has(a->tags, tag[COMPARE_OLD]) != pol_lit_has(b->tags, tag[COMPARE_NEW]))
            return false;
        for (uint32_t k = 0; pol_lit_has(a->tags, tag[COMPARE_OLD]) && k < c->space->tags[t].nargs;
             k++)
            if (!same_argument(space[COMPARE_OLD], space[COMPARE_NEW], a, b, tag, k))
                return false;
    }
    return a->only == b->only;
}

/* Registers and CSRs have several names. */
static bool same_entity(const struct ir_entity *a, const struct ir_entity *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case IR_ENT_SECTION:
    case IR_ENT_RANGE:
    case IR_ENT_DERIVED:
    case IR_ENT_OTHER:
        return str_eq(a->name, b->name);
    default:
        return a->number == b->number;
    }
}

static const struct ir_entity *find_entity(const struct ir *ir, const struct ir_entity *like)
{
    for (uint32_t e = 0; e < ir->nentities; e++)
        if (same_entity(&ir->entities[e], like))
            return &ir->entities[e];
    return NULL;
}

static void note_inits(struct comparer *c)
{
    const struct ir *old = c->side[COMPARE_OLD].ir, *new = c->side[COMPARE_NEW].ir;
    for (uint32_t e = 0; e < old->nentities; e++) {
        const struct ir_entity *a = &old->entities[e], *b = find_entity(new, a);
        if (!b || !same_init(c, a, b))
            compare_note(c, COMPARE_INIT, a->name, init_text(c, COMPARE_OLD, a),
                         b ? init_text(c, COMPARE_NEW, b) : NULL);
    }
    for (uint32_t e = 0; e < new->nentities; e++)
        if (!find_entity(old, &new->entities[e]))
            compare_note(c, COMPARE_INIT, new->entities[e].name, NULL,
                         init_text(c, COMPARE_NEW, &new->entities[e]));
}

/* ---- Responses ----------------------------------------------------------------------------- */

static char *response_text(struct comparer *c, const struct ir_response *response)
{
    static const char *const actions[] = {[POL_ACTION_REPORT] = "report",
                                          [POL_ACTION_TERMINATE] = "terminate",
                                          [POL_ACTION_FAILSAFE] = "failsafe",
                                          [POL_ACTION_HALT] = "halt"};
    return arena_printf(c->arena, "%s%s%s", actions[response->action], *response->entity ? " " : "",
                        response->entity);
}

static const struct ir_response *find_response(const struct ir *ir, const char *name)
{
    for (uint32_t i = 0; i < ir->nresponses; i++)
        if (str_eq(ir->responses[i].name, name))
            return &ir->responses[i];
    return NULL;
}

static void note_responses(struct comparer *c)
{
    const struct ir *old = c->side[COMPARE_OLD].ir, *new = c->side[COMPARE_NEW].ir;
    for (uint32_t i = 0; i < old->nresponses; i++) {
        const struct ir_response *b =
            i ? find_response(new, old->responses[i].name) : &new->responses[0];
        note_unless_same(c, COMPARE_RESPONSE, old->responses[i].name,
                         response_text(c, &old->responses[i]), b ? response_text(c, b) : NULL);
    }
    for (uint32_t i = 1; i < new->nresponses; i++)
        if (!find_response(old, new->responses[i].name))
            compare_note(c, COMPARE_RESPONSE, new->responses[i].name, NULL,
                         response_text(c, &new->responses[i]));
}

/* ---- The target ---------------------------------------------------------------------------- */

static void note_target(struct comparer *c)
{
    char isa[2][POL_ISA_TEXT], granule[2][16];
    for (int who = 0; who < 2; who++) {
        pol_isa_format(&c->side[who].ir->isa, isa[who], sizeof isa[who]);
        snprintf(granule[who], sizeof granule[who], "%" PRIu32, c->side[who].ir->granule);
    }
    note_unless_same(c, COMPARE_TARGET, "isa", isa[COMPARE_OLD], isa[COMPARE_NEW]);
    note_unless_same(c, COMPARE_TARGET, "granule", granule[COMPARE_OLD], granule[COMPARE_NEW]);
}

void compare_notes(struct comparer *c)
{
    note_target(c);
    note_tags(c);
    note_lone(c, COMPARE_OLD);
    note_lone(c, COMPARE_NEW);
    note_order(c);
    note_traps(c);
    note_inits(c);
    note_responses(c);
}
