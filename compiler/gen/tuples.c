/* All inputs that a table tells apart, one program after the other.
 *
 * Two odometers: the outer one over codes and bits, in several passes, the inner one over the
 * arguments of the tags that are there. */
#include <stdlib.h>
#include <string.h>

#include "compiler/gen/internal.h"

/* Inputs of a pass over a pair of axes; beyond, the other axes vary by turns. */
enum { MAX_PAIR_PASS = 20000 };

/* ---- Choices --------------------------------------------------------------------------------- */

static uint32_t *chosen_at(const struct gen_tuples *g, unsigned set, uint32_t field)
{
    return &g->chosen[(size_t)set * g->t->n_fields + field];
}

/* A number that looks arbitrary and depends only on what was asked before. */
uint32_t gen_turn(struct gen_tuples *g, uint32_t n)
{
    uint64_t z = ++g->turn * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 31)) * 0xd6e8feb86659fd93u;
    return n ? (uint32_t)((z ^ (z >> 32)) % n) : 0;
}

/* A code or bits for each field of each set: anything possible, */
static void choose_any(struct gen_tuples *g)
{
    const struct pol_prt_opclass *opclass = &g->t->opclasses[g->opclass];
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++) {
        uint32_t kinds = gen_kinds(opclass, set);
        for (uint32_t i = 0; i < g->t->n_fields; i++) {
            const struct pol_prt_field *f = &g->t->fields[i];
            uint32_t *to = chosen_at(g, set, i);
            *to = f->kind == POL_FIELD_DENSE ? f->empty : 0;
            if (kinds && f->kind == POL_FIELD_BITS)
                *to = gen_turn(g, UINT32_MAX) & gen_turn(g, UINT32_MAX) & ~POL_VALID_BIT;
            for (uint32_t tries = 0; kinds && f->kind == POL_FIELD_DENSE && tries < 8; tries++) {
                uint32_t code = 1 + gen_turn(g, f->ncodes - 1);
                if (gen_shape_kinds(g->t, f, code) & kinds) {
                    *to = code;
                    break;
                }
            }
        }
    }
}

/* then what the axes say. */
static void choose_axes(struct gen_tuples *g)
{
    for (size_t i = 0; i < g->outer.count; i++) {
        const struct axis *a = &g->outer.items[i];
        uint32_t *to = chosen_at(g, a->set, a->field);
        if (a->kind == AXIS_BIT)
            *to = (*to & ~((uint32_t)1 << a->bit)) | a->at << a->bit;
        else if (a->mode == BY_CODE)
            *to = a->code[a->at];
        else if (a->mode == FREE)
            *to = a->code[gen_turn(g, a->ncodes)];
        else
            *to = a->code[a->first[a->at] + gen_turn(g, a->first[a->at + 1] - a->first[a->at])];
    }
}

void gen_put_presence(const struct gen_tuples *g, const struct pol_prt_field *f, uint32_t chosen,
                      uint32_t *lit)
{
    const uint32_t *bits = f->kind == POL_FIELD_DENSE ? gen_shape(g->t, f, chosen) : &chosen;
    for (uint32_t i = 0; i < f->ntags; i++)
        if (bits[i / 32] >> (i % 32) & 1u)
            pol_lit_set(lit, g->t->field_tags[f->first_tag + i]);
}

static void put_sets(const struct gen_tuples *g, struct pol_tuple *tuple)
{
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++) {
        memset(tuple->set[set], 0, g->space->words * sizeof *tuple->set[set]);
        for (uint32_t i = 0; i < g->t->n_fields; i++)
            gen_put_presence(g, &g->t->fields[i], *chosen_at(g, set, i), tuple->set[set]);
    }
}

/* Of a type whose values have names, each is as telling. */
static uint32_t any_value(struct gen_tuples *g, const struct pol_tag_arg *arg)
{
    if (arg->values)
        return gen_turn(g, (uint32_t)arg->limit);
    return (uint32_t)(g->values->at[gen_turn(g, g->values->n)] % arg->limit);
}

/* The contents of a TagSet argument of tag `holder`: choice 0 is {}, the others are sets that it
 * can hold. */
static void put_nested(struct gen_tuples *g, uint32_t holder, uint32_t *flat, uint32_t choice)
{
    memset(flat, 0, g->space->flat_words * sizeof *flat);
    for (uint32_t i = 0; choice && i < g->t->n_fields; i++) {
        const struct pol_prt_field *f = &g->t->fields[i];
        const struct codes *codes = &g->nested[i];
        uint32_t any = gen_turn(g, UINT32_MAX);
        if (f->kind == POL_FIELD_BITS)
            gen_put_presence(g, f, any & ~POL_VALID_BIT, flat);
        else
            gen_put_presence(g, f, codes->at[(choice - 1 + any / 7 * (choice > 2)) % codes->n],
                             flat);
    }
    for (uint32_t w = 0; w < g->space->has_words; w++)
        flat[w] &= g->set_tags[holder][w];
    for (uint32_t t = 0; t < g->space->ntags; t++) {
        const struct pol_tag_info *tag = &g->space->tags[t];
        if (!pol_lit_has(flat, t))
            continue;
        if (tag->has_set_arg)
            flat[t / 32] &= ~((uint32_t)1 << (t % 32));
        for (uint32_t k = 0; !tag->has_set_arg && k < tag->nargs; k++)
            flat[tag->args[k].flat_offset] = any_value(g, &tag->args[k]);
    }
}

/* Every argument of a tag that is there: any value, */
void gen_put_arguments(struct gen_tuples *g, uint32_t *lit)
{
    for (uint32_t t = 0; t < g->space->ntags; t++) {
        const struct pol_tag_info *tag = &g->space->tags[t];
        for (uint32_t k = 0; k < tag->nargs && pol_lit_has(lit, t); k++) {
            if (tag->args[k].is_set)
                put_nested(g, t, lit + tag->args[k].offset, gen_turn(g, 3));
            else
                lit[tag->args[k].offset] = any_value(g, &tag->args[k]);
        }
    }
}

static uint32_t argument_value(struct gen_tuples *g, const struct axis *a)
{
    if (a->mode != BY_CLASS || a->at >= a->nclasses)
        return a->code[a->at];
    return a->member[a->first[a->at] + gen_turn(g, a->first[a->at + 1] - a->first[a->at])];
}

/* then what the inner axes say. */
static void put_arguments(struct gen_tuples *g, struct pol_tuple *tuple)
{
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++)
        gen_put_arguments(g, tuple->set[set]);
    for (size_t i = 0; i < g->inner.count; i++) {
        const struct axis *a = &g->inner.items[i];
        const struct pol_tag_arg *arg = &g->space->tags[a->tag].args[a->arg];
        uint32_t *lit = tuple->set[a->set];
        if (!pol_lit_has(tuple->set[a->set], a->tag))
            continue;
        if (a->kind == AXIS_SET)
            put_nested(g, a->tag, lit + arg->offset, a->at);
        else
            lit[arg->offset] = argument_value(g, a);
    }
}

/* ---- Passes ---------------------------------------------------------------------------------- */

static uint64_t times(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t product(const struct axes *axes)
{
    uint64_t n = 1;
    for (size_t i = 0; i < axes->count; i++)
        n = times(n, axes->items[i].n);
    return n;
}

static void set_mode(struct axis *a, enum axis_mode mode)
{
    a->mode = mode;
    a->at = 0;
    if (a->kind == AXIS_CODES)
        a->n = mode == BY_CLASS ? a->nclasses : mode == BY_CODE ? a->ncodes : 1;
}

static void set_modes(struct gen_tuples *g, size_t i, size_t k, enum axis_mode others)
{
    for (size_t x = 0; x < g->outer.count; x++)
        set_mode(&g->outer.items[x], x == i || x == k ? BY_CODE : others);
}

/* Whether going by code differs from going by class. */
static bool has_members(const struct axis *a)
{
    return a->kind == AXIS_CODES && a->ncodes > a->nclasses;
}

/* Sets the modes of pass (i, k); false: it would add nothing. */
static bool start_pass(struct gen_tuples *g, size_t i, size_t k)
{
    const struct axis *a = &g->outer.items[i], *b = &g->outer.items[k];
    if (i == k) {
        set_modes(g, i, k, BY_CLASS);
        return has_members(a);
    }
    if (!a->valued || !b->valued || (!has_members(a) && !has_members(b)))
        return false;
    set_modes(g, i, k, BY_CLASS);
    if (product(&g->outer) > MAX_PAIR_PASS)
        set_modes(g, i, k, FREE);
    return true;
}

/* The first pass goes by classes.  Then each axis goes by code once, so that every code is seen in
 * every case; then each pair whose codes results are made from. */
static bool next_pass(struct gen_tuples *g)
{
    size_t n = g->outer.count;
    while (++g->pass <= n * n) {
        size_t i = (g->pass - 1) / n, k = (g->pass - 1) % n;
        if (i <= k && start_pass(g, i, k))
            return true;
    }
    return false;
}

/* ---- The odometers --------------------------------------------------------------------------- */

static bool advance_outer(struct gen_tuples *g)
{
    g->outer_index++;
    for (size_t i = 0; i < g->outer.count; i++) {
        struct axis *a = &g->outer.items[i];
        if (++a->at < a->n)
            return true;
        a->at = 0;
    }
    return next_pass(g);
}

/* Makes the choices of the current outer position; the same each time. */
static void start_outer(struct gen_tuples *g)
{
    g->turn = (((uint64_t)g->decider << 32 | g->opclass) * 0x9e3779b97f4a7c15u) ^
              (g->outer_index * 0xd6e8feb86659fd93u);
    choose_any(g);
    choose_axes(g);
}

/* Arguments of absent tags have one choice. */
static bool advance_inner(struct gen_tuples *g, const struct pol_tuple *tuple)
{
    for (size_t i = 0; i < g->inner.count; i++) {
        struct axis *a = &g->inner.items[i];
        if (pol_lit_has(tuple->set[a->set], a->tag) && ++a->at < a->n)
            return true;
        a->at = 0;
    }
    return false;
}

/* The tags stay until the inner odometer is through. */
static bool advance(struct gen_tuples *g, const struct pol_tuple *tuple)
{
    if (g->started && advance_inner(g, tuple))
        return true;
    if (g->started && !advance_outer(g))
        return false;
    g->started = true;
    start_outer(g);
    return true;
}

int gen_tuples_next_here(struct gen_tuples *g, struct pol_tuple *tuple)
{
    if (g->ended || !advance(g, tuple)) {
        g->ended = true;
        return 0;
    }
    put_sets(g, tuple);
    put_arguments(g, tuple);
    tuple->word = g->t->opclasses[g->opclass].sample;
    return 1;
}

void gen_tuples_program(struct gen_tuples *g, uint32_t decider, uint32_t opclass)
{
    arena_free(&g->arena);
    memset(&g->outer, 0, sizeof g->outer);
    memset(&g->inner, 0, sizeof g->inner);
    g->decider = decider;
    g->opclass = opclass;
    g->started = g->ended = false;
    g->outer_index = 0;
    g->pass = 0;
    gen_add_axes(g);
    for (size_t i = 0; i < g->outer.count; i++)
        set_mode(&g->outer.items[i], BY_CLASS);
}

/* Opclass 0 is no instruction, and nothing decides about it. */
static bool next_program(struct gen_tuples *g)
{
    uint32_t opclass = g->opclass + 1, decider = g->decider;
    if (opclass >= g->t->n_opclasses) {
        opclass = 1;
        decider++;
    }
    if (decider >= g->t->n_deciders || opclass >= g->t->n_opclasses)
        return false;
    gen_tuples_program(g, decider, opclass);
    return true;
}

int gen_tuples_next(void *user, struct pol_tuple *tuple)
{
    struct gen_tuples *g = user;
    for (;;) {
        if (g->opclass && gen_tuples_next_here(g, tuple))
            return 1;
        if (!next_program(g))
            return 0;
    }
}

/* ---- Counting -------------------------------------------------------------------------------- */

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Inner choices of the sets in hand. */
static uint64_t inner_count(const struct gen_tuples *g, const struct pol_tuple *tuple)
{
    uint64_t n = 1;
    for (size_t i = 0; i < g->inner.count; i++)
        if (pol_lit_has(tuple->set[g->inner.items[i].set], g->inner.items[i].tag))
            n = times(n, g->inner.items[i].n);
    return n;
}

/* Inputs of this program; more than `limit` may be any such number. */
static uint64_t count_here(struct gen_tuples *g, struct pol_tuple *tuple, uint64_t limit)
{
    uint64_t n = 0;
    uint32_t pass = UINT32_MAX;
    do {
        if (pass != g->pass && product(&g->outer) > limit)
            return UINT64_MAX;
        pass = g->pass;
        start_outer(g);
        put_sets(g, tuple);
        n = plus(n, inner_count(g, tuple));
    } while (n <= limit && advance_outer(g));
    return n;
}

static void rewind_all(struct gen_tuples *g)
{
    arena_free(&g->arena);
    memset(&g->outer, 0, sizeof g->outer);
    memset(&g->inner, 0, sizeof g->inner);
    g->decider = g->opclass = 0;
}

uint64_t gen_tuples_count(struct gen_tuples *g, uint64_t limit)
{
    struct pol_tuple tuple;
    uint64_t count = 0;
    if (pol_tuple_init(&tuple, g->space))
        pol_fatal_oom();
    rewind_all(g);
    while (count <= limit && next_program(g))
        count = plus(count, count_here(g, &tuple, limit));
    rewind_all(g);
    pol_tuple_free(&tuple);
    return count;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static void index_arguments(struct gen_tuples *g)
{
    g->tag_of_arg = ARENA_ARRAY(&g->own, uint32_t, g->t->n_args + (size_t)1);
    g->arg_in_tag = ARENA_ARRAY(&g->own, uint32_t, g->t->n_args + (size_t)1);
    for (uint32_t tag = 0; tag < g->t->n_tags; tag++)
        for (uint32_t k = 0; k < g->t->tags[tag].nargs; k++) {
            g->tag_of_arg[g->t->tags[tag].first_arg + k] = tag;
            g->arg_in_tag[g->t->tags[tag].first_arg + k] = k;
        }
}

static void index_nested(struct gen_tuples *g)
{
    g->nested = ARENA_ARRAY(&g->own, struct codes, g->t->n_fields + (size_t)1);
    for (uint32_t i = 0; i < g->t->n_fields; i++)
        if (g->t->fields[i].kind == POL_FIELD_DENSE)
            g->nested[i] = gen_possible_codes(g, &g->own, POL_KIND_NESTED, &g->t->fields[i]);
}

struct gen_tuples *gen_tuples_new(const struct pol_table *table, const struct pol_space *space,
                                  const struct gen_values *values)
{
    struct gen_tuples *g = lang_xalloc(sizeof *g);
    g->t = table;
    g->space = space;
    g->values = values;
    arena_init(&g->arena);
    arena_init(&g->own);
    g->chosen = ARENA_ARRAY(&g->own, uint32_t, POL_TUPLE_SETS * (table->n_fields + (size_t)1));
    index_arguments(g);
    index_nested(g);
    g->set_tags = gen_set_tags(&g->own, table, space);
    return g;
}

void gen_tuples_free(struct gen_tuples *g)
{
    if (!g)
        return;
    arena_free(&g->arena);
    arena_free(&g->own);
    free(g);
}
