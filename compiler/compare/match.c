/* Which decider, tag and counter of one policy is which of the other. */
#include "compiler/compare/internal.h"

#include <stdlib.h>
#include <string.h>

#include "lang/support/str.h"

/* ---- Names --------------------------------------------------------------------------------- */

/* What follows the module's name. */
static const char *short_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* Fully, or without the module. */
static bool is_called(const char *full, const char *name)
{
    return str_eq(full, name) || str_eq(short_name(full), name);
}

const char *compare_renamed(const struct comparer *c, const char *old_name)
{
    for (size_t i = 0; i < c->options->nrenames; i++)
        if (is_called(old_name, c->options->renames[i].names[COMPARE_OLD]))
            return c->options->renames[i].names[COMPARE_NEW];
    return NULL;
}

static char *tag_name(struct comparer *c, enum compare_who who, uint32_t tag)
{
    const struct pol_tag_info *info = &c->side[who].ir->space->tags[tag];
    return arena_printf(c->arena, "%s.%s", info->module, info->name);
}

/* ---- Deciders ------------------------------------------------------------------------------ */

static bool free_pair(const struct comparer *c, uint32_t a, uint32_t b)
{
    const struct side *old = &c->side[COMPARE_OLD], *new = &c->side[COMPARE_NEW];
    return old->partner[a] == IR_NONE && new->partner[b] == IR_NONE &&
           old->ir->deciders[a].is_global == new->ir->deciders[b].is_global;
}

static void pair_deciders(struct comparer *c, uint32_t a, uint32_t b)
{
    c->side[COMPARE_OLD].partner[a] = b;
    c->side[COMPARE_NEW].partner[b] = a;
}

enum how { BY_RENAME, BY_NAME, BY_SHORT_NAME, BY_PLACE };

static bool same_decider(const struct comparer *c, uint32_t a, uint32_t b, enum how how)
{
    const char *old_name = c->side[COMPARE_OLD].ir->deciders[a].name;
    const char *new_name = c->side[COMPARE_NEW].ir->deciders[b].name;
    const char *renamed = compare_renamed(c, old_name);
    switch (how) {
    case BY_RENAME:
        return renamed && is_called(new_name, renamed);
    case BY_NAME:
        return str_eq(old_name, new_name);
    case BY_SHORT_NAME:
        return str_eq(short_name(old_name), short_name(new_name));
    default:
        return true;
    }
}

static void match_deciders(struct comparer *c)
{
    for (int who = 0; who < 2; who++) {
        uint32_t n = c->side[who].ir->ndeciders;
        c->side[who].partner = ARENA_ARRAY(&c->scratch, uint32_t, n + (size_t)1);
        for (uint32_t d = 0; d < n; d++)
            c->side[who].partner[d] = IR_NONE;
    }
    for (int how = BY_RENAME; how <= BY_PLACE; how++)
        for (uint32_t a = 0; a < c->side[COMPARE_OLD].ir->ndeciders; a++)
            for (uint32_t b = 0; b < c->side[COMPARE_NEW].ir->ndeciders; b++)
                if (free_pair(c, a, b) && same_decider(c, a, b, (enum how)how))
                    pair_deciders(c, a, b);
}

/* Every decider has a partner, and they stand in the same order. */
static bool in_order(const struct comparer *c)
{
    const struct side *old = &c->side[COMPARE_OLD];
    if (old->ir->ndeciders != c->side[COMPARE_NEW].ir->ndeciders)
        return false;
    for (uint32_t d = 0; d < old->ir->ndeciders; d++)
        if (old->partner[d] != d)
            return false;
    return true;
}

static void add_units(struct comparer *c)
{
    const struct side *old = &c->side[COMPARE_OLD], *new = &c->side[COMPARE_NEW];
    for (uint32_t d = 0; d < old->ir->ndeciders; d++) {
        uint32_t partner = old->partner[d];
        if (partner == IR_NONE)
            continue;
        struct compare_unit unit = {
            .names = {arena_strdup(c->arena, old->ir->deciders[d].name),
                      arena_strdup(c->arena, new->ir->deciders[partner].name)},
            .deciders = {d, partner}};
        VEC_PUSH(c->arena, &c->units, unit);
    }
}

static void add_whole(struct comparer *c)
{
    struct compare_unit unit = {.deciders = {IR_NONE, IR_NONE}};
    for (int who = 0; who < 2; who++)
        unit.names[who] = arena_strdup(c->arena, c->side[who].ir->name);
    VEC_PUSH(c->arena, &c->units, unit);
}

static uint32_t unit_of(const struct comparer *c, uint32_t decider_old)
{
    for (uint32_t u = 0; u < c->units.count; u++)
        if (c->units.items[u].deciders[COMPARE_OLD] == decider_old)
            return u;
    return IR_NONE;
}

/* ---- Tags ---------------------------------------------------------------------------------- */

static bool same_shape(struct comparer *c, const struct pol_tag_info *a,
                       const struct pol_tag_info *b)
{
    if (a->nargs != b->nargs)
        return false;
    for (uint32_t k = 0; k < a->nargs; k++)
        if (!compare_values_match(c, &a->args[k], &b->args[k]))
            return false;
    return true;
}

static bool same_tag(const struct comparer *c, uint32_t a, uint32_t b, enum how how)
{
    const struct pol_tag_info *x = &c->side[COMPARE_OLD].ir->space->tags[a];
    const struct pol_tag_info *y = &c->side[COMPARE_NEW].ir->space->tags[b];
    char old_name[512], new_name[512];
    switch (how) {
    case BY_RENAME:
        snprintf(old_name, sizeof old_name, "%s.%s", x->module, x->name);
        snprintf(new_name, sizeof new_name, "%s.%s", y->module, y->name);
        for (size_t i = 0; i < c->options->nrenames; i++)
            if (is_called(old_name, c->options->renames[i].names[COMPARE_OLD]) &&
                is_called(new_name, c->options->renames[i].names[COMPARE_NEW]))
                return true;
        return false;
    case BY_NAME:
        return str_eq(x->module, y->module) && str_eq(x->name, y->name);
    default:
        return !x->ambiguous && !y->ambiguous && str_eq(x->name, y->name);
    }
}

/* shared[] is the other's tag while tags are matched. */
static void pair_tags(struct comparer *c, uint32_t a, uint32_t b)
{
    c->side[COMPARE_OLD].shared[a] = b;
    c->side[COMPARE_NEW].shared[b] = a;
}

static void match_tags_by(struct comparer *c, enum how how)
{
    struct side *old = &c->side[COMPARE_OLD], *new = &c->side[COMPARE_NEW];
    for (uint32_t a = 0; a < old->ir->space->ntags; a++)
        for (uint32_t b = 0; old->shared[a] == SCENE_NO_TAG && b < new->ir->space->ntags; b++)
            if (new->shared[b] == SCENE_NO_TAG && same_tag(c, a, b, how) &&
                same_shape(c, &old->ir->space->tags[a], &new->ir->space->tags[b]))
                pair_tags(c, a, b);
}

/* Whose result the tag is, in both. */
static uint32_t owner_unit(struct comparer *c, const uint32_t tag[2])
{
    uint32_t owner[2];
    for (int who = 0; who < 2; who++) {
        const struct ir *ir = c->side[who].ir;
        owner[who] = ir->domains[ir->tags[tag[who]].domain].decider;
    }
    if (owner[0] == IR_NONE && owner[1] == IR_NONE)
        return IR_NONE; /* nobody's: only globals write it, who are compared on all tags */
    if (owner[0] != IR_NONE && c->side[COMPARE_OLD].partner[owner[0]] == owner[1])
        return unit_of(c, owner[0]);
    c->whole = true;
    return IR_NONE;
}

static void number_tags(struct comparer *c)
{
    struct side *old = &c->side[COMPARE_OLD], *new = &c->side[COMPARE_NEW];
    c->common = ARENA_ARRAY(&c->scratch, struct common_tag, old->ir->space->ntags + (size_t)1);
    for (uint32_t a = 0; a < old->ir->space->ntags; a++) {
        uint32_t b = old->shared[a];
        if (b == SCENE_NO_TAG)
            continue;
        struct common_tag *common = &c->common[c->ncommon];
        common->tag[COMPARE_OLD] = a;
        common->tag[COMPARE_NEW] = b;
        common->unit = owner_unit(c, common->tag);
        old->shared[a] = new->shared[b] = c->ncommon++;
    }
}

static void match_tags(struct comparer *c)
{
    for (int who = 0; who < 2; who++) {
        uint32_t n = c->side[who].ir->space->ntags;
        size_t nargs = n * (size_t)POL_MAX_ARGS + 1;
        c->side[who].shared = ARENA_ARRAY(&c->scratch, uint32_t, n + (size_t)1);
        c->side[who].inward = ARENA_ARRAY(&c->scratch, struct bits_table *, nargs);
        c->side[who].outward = ARENA_ARRAY(&c->scratch, struct bits_table *, nargs);
        for (uint32_t t = 0; t < n; t++)
            c->side[who].shared[t] = SCENE_NO_TAG;
    }
    match_tags_by(c, BY_RENAME);
    match_tags_by(c, BY_NAME);
    match_tags_by(c, BY_SHORT_NAME);
    number_tags(c);
}

/* ---- The universe -------------------------------------------------------------------------- */

static void make_space(struct comparer *c)
{
    c->space = pol_space_new(c->ncommon);
    if (!c->space)
        pol_fatal_oom();
    for (uint32_t t = 0; t < c->ncommon; t++) {
        const struct pol_tag_info *a =
            &c->side[COMPARE_OLD].ir->space->tags[c->common[t].tag[COMPARE_OLD]];
        struct pol_tag_info *info = &c->space->tags[t];
        info->name = lang_xstrdup(a->name);
        info->module = lang_xstrdup(a->module);
        info->nargs = a->nargs;
        info->merge_all = a->merge_all;
        for (uint32_t k = 0; k < a->nargs; k++)
            info->args[k] = compare_common_arg(c, c->common[t].tag, k);
    }
    if (pol_space_finish(c->space))
        pol_fatal_oom(); /* smaller than one that was finished */
}

static void make_universe(struct comparer *c)
{
    const struct ir *ir = c->side[COMPARE_OLD].ir;
    uint32_t *domain = ARENA_ARRAY(&c->scratch, uint32_t, c->ncommon + (size_t)1);
    bool *component = ARENA_ARRAY(&c->scratch, bool, ir->ndomains + (size_t)1);
    for (uint32_t t = 0; t < c->ncommon; t++)
        domain[t] = ir->tags[c->common[t].tag[COMPARE_OLD]].domain;
    for (uint32_t d = 0; d < ir->ndomains; d++)
        component[d] = ir->domains[d].kind == IR_DOMAIN_COMPONENT;
    make_space(c);
    c->universe = (struct universe){
        .space = c->space, .domain = domain, .ndomains = ir->ndomains, .component = component};
}

/* ---- Counters ------------------------------------------------------------------------------ */

/* The n-th counter of a decider, IR_NONE: it has fewer. */
static uint32_t counter_at(const struct ir *ir, uint32_t decider, uint32_t n)
{
    for (uint32_t i = 0; i < ir->ncounters; i++)
        if (ir->counters[i].decider == decider && n-- == 0)
            return i;
    return IR_NONE;
}

static const char *counter_text(struct comparer *c, enum compare_who who, uint32_t counter)
{
    if (counter == IR_NONE)
        return NULL;
    const struct ir_counter *it = &c->side[who].ir->counters[counter];
    return arena_printf(c->arena, "%s: %llu values%s", it->name, (unsigned long long)it->limit,
                        it->exhaust ? ", exhaust" : ", wrap");
}

/* Counters of a pair of deciders, in order: alike ones are one, so that `new` is the same value. */
static void match_counters_of(struct comparer *c, const struct compare_unit *unit)
{
    struct side *old = &c->side[COMPARE_OLD], *new = &c->side[COMPARE_NEW];
    for (uint32_t n = 0;; n++) {
        uint32_t a = counter_at(old->ir, unit->deciders[COMPARE_OLD], n);
        uint32_t b = counter_at(new->ir, unit->deciders[COMPARE_NEW], n);
        if (a == IR_NONE && b == IR_NONE)
            return;
        bool alike = a != IR_NONE && b != IR_NONE &&
                     old->ir->counters[a].limit == new->ir->counters[b].limit &&
                     old->ir->counters[a].exhaust == new->ir->counters[b].exhaust;
        if (alike)
            new->counters[b] = old->counters[a];
        else
            compare_note(c, COMPARE_COUNTER, unit->names[COMPARE_OLD],
                         counter_text(c, COMPARE_OLD, a), counter_text(c, COMPARE_NEW, b));
    }
}

static void match_counters(struct comparer *c)
{
    uint32_t id = 0;
    for (int who = 0; who < 2; who++) {
        uint32_t n = c->side[who].ir->ncounters;
        c->side[who].counters = ARENA_ARRAY(&c->scratch, uint32_t, n + (size_t)1);
        for (uint32_t i = 0; i < n; i++)
            c->side[who].counters[i] = id++;
    }
    for (uint32_t u = 0; u < c->units.count; u++)
        match_counters_of(c, &c->units.items[u]);
}

/* ---- All ----------------------------------------------------------------------------------- */

static bool names_something(struct comparer *c, enum compare_who who, const char *name)
{
    const struct ir *ir = c->side[who].ir;
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        if (is_called(tag_name(c, who, t), name))
            return true;
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        if (is_called(ir->deciders[d].name, name))
            return true;
    return false;
}

static bool check_renames(struct comparer *c)
{
    for (size_t i = 0; i < c->options->nrenames; i++)
        for (int who = 0; who < 2; who++)
            if (!names_something(c, (enum compare_who)who, c->options->renames[i].names[who])) {
                snprintf(c->err, c->errsize, "the %s policy has no tag and no policy called %s",
                         who == COMPARE_OLD ? "old" : "new", c->options->renames[i].names[who]);
                return false;
            }
    return true;
}

bool compare_match(struct comparer *c)
{
    if (!check_renames(c))
        return false;
    match_deciders(c);
    add_units(c);
    c->whole = !in_order(c);
    match_tags(c);
    match_counters(c);
    make_universe(c);
    if (c->whole)
        add_whole(c);
    return true;
}

/* ---- Literals ------------------------------------------------------------------------------ */

static void copy_flat(const struct comparer *c, enum compare_who who, const uint32_t *from,
                      uint32_t *to)
{
    const struct pol_space *space = c->side[who].ir->space;
    for (uint32_t t = 0; t < c->ncommon; t++) {
        const struct pol_tag_info *a = &c->space->tags[t];
        const struct pol_tag_info *b = &space->tags[c->common[t].tag[who]];
        if (a->has_set_arg || !pol_lit_has(from, t))
            continue;
        pol_lit_set(to, c->common[t].tag[who]);
        for (uint32_t k = 0; k < a->nargs; k++)
            to[b->args[k].flat_offset] =
                compare_own_number(&a->args[k], &b->args[k], from[a->args[k].flat_offset]);
    }
}

void compare_literal(const struct comparer *c, enum compare_who who, const uint32_t *common,
                     uint32_t *out)
{
    const struct pol_space *space = c->side[who].ir->space;
    memset(out, 0, space->words * sizeof *out);
    for (uint32_t t = 0; t < c->ncommon; t++) {
        const struct pol_tag_info *a = &c->space->tags[t];
        const struct pol_tag_info *b = &space->tags[c->common[t].tag[who]];
        if (!pol_lit_has(common, t))
            continue;
        pol_lit_set(out, c->common[t].tag[who]);
        for (uint32_t k = 0; k < a->nargs; k++)
            if (a->args[k].is_set)
                copy_flat(c, who, common + a->args[k].offset, out + b->args[k].offset);
            else
                out[b->args[k].offset] =
                    compare_own_number(&a->args[k], &b->args[k], common[a->args[k].offset]);
    }
}
