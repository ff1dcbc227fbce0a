/* The least witness: what is free is fixed step by step, from what counts most.  A model is kept of
 * everything fixed so far, so that most steps need no question. */
#include "compiler/logic/witness.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <pol/kinds.h>

#include "compiler/logic/scene_internal.h"
#include "lang/support/str.h"

/* Tags of one set: a slot's, or those of a TagSet argument (holder, arg). */
struct place {
    uint32_t tag;
    sat_lit has;
};
struct bag {
    struct place *places; /* by tag */
    uint32_t n;
    struct bits size;
    uint32_t slot, holder, arg; /* holder IR_NONE: the slot itself */
    sat_lit there;              /* a nested set counts where its holder is */
};

struct finder {
    struct scene *sc;
    struct sat *sat;
    struct arena work;
    VEC_OF(struct bag) bags; /* the slots, then the nested ones in their order */
    VEC_OF(sat_lit) fixed;
    signed char *model;
    uint64_t nmodel;
    bool unknown;
};

/* ---- Questions ------------------------------------------------------------------------------- */

static void save_model(struct finder *f)
{
    for (uint64_t v = 1; v <= f->nmodel; v++)
        f->model[v] = sat_value(f->sat, (sat_lit)v);
}

static bool in_model(const struct finder *f, sat_lit lit)
{
    assert((uint64_t)abs(lit) <= f->nmodel);
    return (f->model[abs(lit)] != 0) == (lit > 0);
}

static void fix(struct finder *f, sat_lit lit)
{
    VEC_PUSH(&f->work, &f->fixed, lit);
}

/* Can `lit` hold, too?  Then it is fixed if `keep`, and the model says how. */
static bool can(struct finder *f, sat_lit lit, bool keep)
{
    if (f->unknown)
        return false;
    fix(f, lit);
    enum sat_answer answer = sat_solve(f->sat, f->fixed.items, f->fixed.count);
    f->unknown = answer == SAT_UNKNOWN;
    if (answer == SAT_YES)
        save_model(f);
    if (answer != SAT_YES || !keep)
        f->fixed.count--;
    return answer == SAT_YES;
}

static int64_t number_in_model(const struct finder *f, struct bits x)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < 64; i++)
        v |= (uint64_t)in_model(f, x.bit[i < x.width ? i : x.width - 1]) << i;
    return (int64_t)v;
}

static sat_lit at_most(struct finder *f, struct bits x, int64_t limit)
{
    return bits_le(f->sat, x, bits_const(f->sat, limit));
}

/* The least value of a number that is not negative becomes fixed; at most what the model says. */
static int64_t minimise_small(struct finder *f, struct bits x)
{
    int64_t lo = 0, hi = number_in_model(f, x);
    while (lo < hi && !f->unknown) {
        int64_t mid = lo + (hi - lo) / 2;
        if (can(f, at_most(f, x, mid), false))
            hi = number_in_model(f, x);
        else
            lo = mid + 1;
    }
    fix(f, at_most(f, x, hi));
    return hi;
}

/* The same for wide numbers: bit by bit. */
static void minimise(struct finder *f, struct bits x)
{
    if (number_in_model(f, x) != 0)
        can(f, at_most(f, x, 0), false);
    for (uint32_t i = x.width; i-- > 0 && !f->unknown;) {
        if (in_model(f, x.bit[i]) && !can(f, -x.bit[i], true))
            fix(f, x.bit[i]);
        else
            fix(f, -x.bit[i]);
    }
}

/* ---- What is free ---------------------------------------------------------------------------- */

/* Can the tag be in one of the shapes? */
static bool occurs(const struct reach_domain *d, const struct code *c, uint32_t tag)
{
    uint32_t at = tag - d->first_tag;
    for (uint32_t i = 0; i < c->n; i++)
        if (d->bits[(size_t)c->shapes[i] * d->words + at / 32] >> (at % 32) & 1u)
            return true;
    return false;
}

static bool is_free(struct finder *f, uint32_t slot, uint32_t tag)
{
    const struct presence *p = &f->sc->slots[slot].presence;
    const struct universe *u = f->sc->u;
    const struct code *c = p->codes[u->domain[tag]];
    if (p->has[tag])
        return p->has[tag] != SAT_FALSE;
    return c && occurs(&u->reach->domains[u->domain[tag]], c, tag);
}

static void finish_bag(struct finder *f, struct bag *b)
{
    sat_lit *lits = ARENA_ARRAY(&f->work, sat_lit, b->n + (size_t)1);
    for (uint32_t i = 0; i < b->n; i++)
        lits[i] = sat_and(f->sat, b->there, b->places[i].has);
    b->size = bits_count(f->sat, lits, b->n);
    VEC_PUSH(&f->work, &f->bags, *b);
}

static void slot_bag(struct finder *f, uint32_t slot)
{
    uint32_t ntags = f->sc->u->space->ntags;
    struct bag b = {.slot = slot, .holder = IR_NONE, .there = SAT_TRUE};
    b.places = ARENA_ARRAY(&f->work, struct place, ntags + (size_t)1);
    for (uint32_t t = 0; t < ntags; t++)
        if (is_free(f, slot, t))
            b.places[b.n++] = (struct place){t, scene_has(f->sc, slot, t)};
    finish_bag(f, &b);
}

static void nested_bag(struct finder *f, uint32_t slot, uint32_t tag, uint32_t arg)
{
    const struct nested *set = scene_nested_of(f->sc, slot, tag, arg);
    struct bag b = {
        .slot = slot, .holder = tag, .arg = arg, .there = f->sc->slots[slot].presence.has[tag]};
    if (!set)
        return;
    b.places = ARENA_ARRAY(&f->work, struct place, set->n + (size_t)1);
    for (uint32_t i = 0; i < set->n; i++)
        if (set->has[i] != SAT_FALSE)
            b.places[b.n++] = (struct place){set->tags[i], set->has[i]};
    finish_bag(f, &b);
}

static void find_bags(struct finder *f)
{
    const struct pol_space *space = f->sc->u->space;
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++)
        slot_bag(f, slot);
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++)
        for (uint32_t t = 0; t < space->ntags; t++)
            for (uint32_t k = 0; space->tags[t].has_set_arg && k < space->tags[t].nargs; k++)
                if (f->sc->slots[slot].presence.has[t] != SAT_FALSE)
                    nested_bag(f, slot, t, k);
}

/* ---- Fixing ---------------------------------------------------------------------------------- */

static uint32_t first_in_model(const struct finder *f, const struct bag *b, uint32_t from)
{
    while (from < b->n && !in_model(f, b->places[from].has))
        from++;
    return from;
}

static sat_lit any_of(struct finder *f, const struct bag *b, uint32_t lo, uint32_t hi)
{
    sat_lit *lits = ARENA_ARRAY(&f->work, sat_lit, hi - lo + (size_t)1);
    for (uint32_t i = lo; i < hi; i++)
        lits[i - lo] = b->places[i].has;
    return sat_any(f->sat, lits, hi - lo);
}

/* The set with the first possible tag, of those of the size that is fixed. */
static void fix_tags(struct finder *f, const struct bag *b, int64_t size)
{
    uint32_t at = 0;
    for (; size > 0 && !f->unknown; size--) {
        uint32_t lo = at, hi = first_in_model(f, b, at);
        while (lo < hi && !f->unknown) {
            uint32_t mid = lo + (hi - lo) / 2;
            if (can(f, any_of(f, b, lo, mid + 1), false))
                hi = first_in_model(f, b, lo);
            else
                lo = mid + 1;
        }
        for (uint32_t i = at; i < hi; i++)
            fix(f, -b->places[i].has);
        if (hi < b->n)
            fix(f, b->places[hi].has);
        at = hi + 1;
    }
    for (uint32_t i = at; i < b->n; i++)
        fix(f, -b->places[i].has);
}

static void fix_bags(struct finder *f)
{
    for (size_t i = 0; i < f->bags.count && !f->unknown; i++) {
        const struct bag *b = &f->bags.items[i];
        if (in_model(f, b->there))
            fix_tags(f, b, minimise_small(f, b->size));
    }
}

static void fix_nested_numbers(struct finder *f, const struct nested *set)
{
    for (uint32_t i = 0; i < set->n; i++)
        for (uint32_t k = 0; k < set->nargs[i] && in_model(f, set->has[i]); k++)
            minimise(f, set->args[i][k].number);
}

static void fix_numbers(struct finder *f)
{
    const struct pol_space *space = f->sc->u->space;
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++)
        for (uint32_t t = 0; t < space->ntags; t++) {
            const struct arg *args = f->sc->slots[slot].args[t];
            if (!args || !in_model(f, scene_has(f->sc, slot, t)))
                continue;
            for (uint32_t k = 0; k < space->tags[t].nargs && !f->unknown; k++)
                if (args[k].set)
                    fix_nested_numbers(f, args[k].set);
                else
                    minimise(f, args[k].number);
        }
}

/* All literals whose values the model must tell. */
static struct bits total_size(struct finder *f)
{
    struct bits total = bits_const(f->sat, 0);
    for (size_t i = 0; i < f->bags.count; i++)
        total = bits_add(f->sat, total, f->bags.items[i].size);
    return total;
}

static sat_lit counters_at_zero(struct finder *f)
{
    sat_lit all = SAT_TRUE;
    for (size_t i = 0; i < f->sc->counters.count; i++)
        all = sat_and(f->sat, all,
                      bits_eq(f->sat, f->sc->counters.items[i].value, bits_const(f->sat, 0)));
    return all;
}

/* Points 1 and 2 of the order; false: there is none that comes before the best. */
static bool fix_count(struct finder *f, sat_lit zero, struct bits total, const struct witness *best,
                      struct witness *out)
{
    int64_t room = best ? (int64_t)best->ntags - 1 : INT64_MAX;
    sat_lit fewer = best ? at_most(f, total, room) : SAT_TRUE;
    f->nmodel = sat_statistics(f->sat).variables;
    f->model = ARENA_ARRAY(&f->work, signed char, f->nmodel + 1);
    if (best && !best->late) {
        if (!can(f, sat_and(f->sat, zero, fewer), true))
            return false;
    } else if (!can(f, zero, true)) {
        out->late = true;
        if (zero == SAT_TRUE || !can(f, fewer, true))
            return false;
    }
    out->ntags = (uint32_t)minimise_small(f, total);
    return !f->unknown;
}

/* ---- The answer ------------------------------------------------------------------------------ */

static void put_nested(const struct finder *f, const struct nested *set,
                       const struct pol_space *space, uint32_t *flat)
{
    for (uint32_t i = 0; i < set->n; i++) {
        if (!in_model(f, set->has[i]))
            continue;
        pol_lit_set(flat, set->tags[i]);
        for (uint32_t k = 0; k < set->nargs[i]; k++)
            flat[space->tags[set->tags[i]].args[k].flat_offset] =
                (uint32_t)number_in_model(f, set->args[i][k].number);
    }
}

static void put_args(const struct finder *f, uint32_t slot, uint32_t tag, uint32_t *lit)
{
    const struct pol_space *space = f->sc->u->space;
    const struct arg *args = f->sc->slots[slot].args[tag];
    for (uint32_t k = 0; args && k < space->tags[tag].nargs; k++) {
        uint32_t *at = lit + space->tags[tag].args[k].offset;
        if (args[k].set)
            put_nested(f, args[k].set, space, at);
        else
            *at = (uint32_t)number_in_model(f, args[k].number);
    }
}

static void fill(struct finder *f, struct arena *arena, struct witness *out)
{
    const struct pol_space *space = f->sc->u->space;
    size_t n = f->sc->counters.count;
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++) {
        const struct bag *b = &f->bags.items[slot];
        out->set[slot] = ARENA_ARRAY(arena, uint32_t, space->words);
        for (uint32_t i = 0; i < b->n; i++)
            if (in_model(f, b->places[i].has)) {
                pol_lit_set(out->set[slot], b->places[i].tag);
                put_args(f, slot, b->places[i].tag, out->set[slot]);
            }
    }
    out->counters = ARENA_ARRAY(arena, uint64_t, n + 1);
    out->counter_ids = ARENA_ARRAY(arena, uint32_t, n + 1);
    out->ncounters = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        out->counters[i] = (uint64_t)number_in_model(f, f->sc->counters.items[i].value);
        out->counter_ids[i] = f->sc->counters.items[i].id;
    }
}

enum sat_answer witness_find(struct scene *sc, sat_lit question, const struct witness *best,
                             struct arena *arena, struct witness *out)
{
    struct finder f = {.sc = sc, .sat = sc->sat};
    memset(out, 0, sizeof *out);
    arena_init(&f.work);
    find_bags(&f);
    struct bits total = total_size(&f);
    sat_lit zero = counters_at_zero(&f);
    fix(&f, question);
    bool found = fix_count(&f, zero, total, best, out);
    if (found) {
        fix_bags(&f);
        fix_numbers(&f);
        for (size_t i = 0; i < sc->counters.count; i++)
            minimise(&f, sc->counters.items[i].value);
        fill(&f, arena, out);
    }
    bool unknown = f.unknown;
    arena_free(&f.work);
    return unknown ? SAT_UNKNOWN : found ? SAT_YES : SAT_NO;
}

/* ---- Text ------------------------------------------------------------------------------------ */

static uint32_t decode(const struct ir *ir, uint32_t word)
{
    for (uint32_t i = 0; i < ir->ndecode; i++)
        if ((word & ir->decode[i].mask) == ir->decode[i].match)
            return ir->decode[i].opclass;
    return 0;
}

/* A mnemonic stands for the last entry of its instruction, which is its plain case; registers are
 * x10, x11, x12, x13. */
static bool mnemonic_means(const struct ir *ir, const struct pol_insn *insn, uint32_t opclass)
{
    const uint32_t plain = 10u << 7 | 11u << 15 | 12u << 20 | 13u << 27;
    for (uint32_t i = ir->ndecode; i-- > 0;) {
        const struct ir_decode *d = &ir->decode[i];
        if ((d->mask & insn->mask) == insn->mask && (d->match & insn->mask) == insn->match &&
            d->opclass)
            return d->opclass == opclass && decode(ir, d->match | (plain & ~d->mask)) == opclass;
    }
    return false;
}

char *witness_head(struct arena *arena, const struct ir *ir, uint32_t opclass)
{
    const struct ir_opclass *c = &ir->opclasses[opclass];
    const struct pol_insn *insn = pol_insn_at((size_t)c->insn);
    if (mnemonic_means(ir, insn, opclass))
        return arena_strdup(arena, insn->name);
    return arena_printf(arena, "0x%08" PRIx32, c->sample);
}

static bool is_empty(const struct pol_space *space, const uint32_t *lit)
{
    for (uint32_t w = 0; w < space->has_words; w++)
        if (lit[w])
            return false;
    return true;
}

char *witness_line(struct arena *arena, const struct pol_space *space, const char *head,
                   const struct pol_form *form, const struct witness *w)
{
    static const char *const names[SCENE_SLOTS] = {"env", "code", "op1", "op2", "op3", "mem", "rd"};
    struct str_buf text;
    str_init(&text);
    str_add(&text, head);
    for (unsigned slot = 0; slot < SCENE_SLOTS; slot++) {
        if (is_empty(space, w->set[slot]) && !(slot == POL_OP_MEM && pol_operand_kinds(form, slot)))
            continue;
        size_t size = pol_lit_format(space, w->set[slot], NULL, 0) + 1;
        char *set = lang_xalloc(size);
        pol_lit_format(space, w->set[slot], set, size);
        str_printf(&text, " %s=%s", names[slot], set);
        free(set);
    }
    char *line = arena_strdup(arena, str_text(&text));
    str_free(&text);
    return line;
}
