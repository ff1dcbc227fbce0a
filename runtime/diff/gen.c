/* Seeded random tuples that aim at every reachable (rule, opclass) pair. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum gen_limits {
    EPOCH = 1024,   /* tuples between resets of the fresh-value counters */
    POOL = 32,      /* argument values of a tuple that may be used again */
    AIM_TRIES = 16, /* draws for a pair that is still missing */
    FLATS = 8,      /* TagSet arguments of a tuple that may be used again */
    ALIKE_EVERY = 8 /* one tuple in so many has a single argument value */
};

/* A pair in the order of the search. */
struct pair_key {
    uint32_t decider, rule, opclass, index;
};

struct gen {
    struct pol_diff *diff;
    const struct pol_gen_space *space;
    struct pol_diff_counts *counts;
    struct pol_difference *difference;
    uint64_t state; /* of the random numbers */
    struct pair_key *keys;
    bool *reached; /* by pair */
    struct pol_tuple tuple;
    uint32_t pool[POOL], npool;
    const uint32_t *like[POL_GEN_KINDS]; /* the last set of the tuple of that kind, or NULL */
    const uint32_t *flats[FLATS];        /* TagSet arguments of the tuple, and whose they are */
    uint32_t holders[FLATS], nflats;
    bool alike; /* all arguments of the tuple are one value, as far as their types allow */
};

/* ---- Random numbers: a Weyl sequence through a finaliser, 64 bits
 * --------------------------------- */

static uint64_t draw(struct gen *gen)
{
    uint64_t z = gen->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 .. n-1; n > 0.  The bias of the remainder does not matter here. */
static uint64_t below(struct gen *gen, uint64_t n)
{
    return draw(gen) % n;
}

/* ---- Sets ------------------------------------------------------------------------------------ */

static uint32_t draw_value(struct gen *gen, uint64_t limit)
{
    uint64_t value = 0;
    if (gen->alike && gen->npool)
        return (uint32_t)(gen->pool[0] % limit);
    switch (below(gen, 8)) {
    case 0:
    case 1:
    case 2:
    case 3: /* equal arguments are what guards and merges are about */
        if (gen->npool) {
            value = gen->pool[below(gen, gen->npool)];
            break;
        }
        /* fall through */
    case 4:
    case 5:
        if (gen->space->nvalues) {
            value = gen->space->values[below(gen, gen->space->nvalues)];
            break;
        }
        /* fall through */
    case 6:
        value = below(gen, 2) ? below(gen, 4) : limit - 1;
        break;
    default:
        value = below(gen, limit);
        break;
    }
    value %= limit;
    if (gen->npool < POOL)
        gen->pool[gen->npool++] = (uint32_t)value;
    return (uint32_t)value;
}

/* Before the arguments of another tuple. */
static void new_values(struct gen *gen)
{
    gen->npool = gen->nflats = 0;
    memset(gen->like, 0, sizeof gen->like);
    gen->alike = below(gen, ALIKE_EVERY) == 0;
}

/* Presence words of a random reachable set. */
static void draw_presence(struct gen *gen, enum pol_gen_kind kind, uint32_t *lit)
{
    uint32_t words = gen->diff->space->has_words;
    for (uint32_t p = 0; p < gen->space->nparts; p++) {
        const struct pol_gen_shapes *shapes = &gen->space->parts[p].shapes[kind];
        if (!shapes->n)
            continue;
        const uint32_t *shape = shapes->presence + below(gen, shapes->n) * words;
        for (uint32_t w = 0; w < words; w++)
            lit[w] |= shape[w];
    }
}

/* A TagSet argument like an earlier one of the same tag, now and then. */
static bool repeat_flat(struct gen *gen, uint32_t holder, uint32_t *flat)
{
    if (!gen->nflats || below(gen, 2))
        return false;
    uint64_t at = below(gen, gen->nflats);
    if (gen->holders[at] != holder || gen->flats[at] == flat)
        return false;
    memcpy(flat, gen->flats[at], gen->diff->space->flat_words * sizeof *flat);
    return true;
}

/* The contents of a TagSet argument of tag `holder`. */
static void draw_flat(struct gen *gen, uint32_t holder, uint32_t *flat)
{
    const struct pol_space *space = gen->diff->space;
    const uint32_t *held = gen->space->set_tags ? gen->space->set_tags[holder] : NULL;
    if (repeat_flat(gen, holder, flat))
        return;
    if (gen->nflats < FLATS) {
        gen->holders[gen->nflats] = holder;
        gen->flats[gen->nflats++] = flat;
    }
    draw_presence(gen, POL_GEN_SET, flat);
    for (uint32_t w = 0; held && w < space->has_words; w++)
        flat[w] &= held[w];
    for (uint32_t t = 0; t < space->ntags; t++) {
        const struct pol_tag_info *tag = space->tags + t;
        if (!pol_lit_has(flat, t))
            continue;
        if (tag->has_set_arg) /* cannot stand there */
            flat[t / 32] &= ~((uint32_t)1 << (t % 32));
        for (uint32_t i = 0; i < tag->nargs && !tag->has_set_arg; i++)
            flat[tag->args[i].flat_offset] = draw_value(gen, tag->args[i].limit);
    }
}

static void draw_set(struct gen *gen, enum pol_gen_kind kind, uint32_t *lit)
{
    const struct pol_space *space = gen->diff->space;
    const uint32_t *like = gen->like[kind];
    memset(lit, 0, space->words * sizeof *lit);
    if (like && like != lit && below(gen, 4) == 0)
        memcpy(lit, like, space->has_words * sizeof *lit);
    else
        draw_presence(gen, kind, lit);
    gen->like[kind] = lit;
    for (uint32_t t = 0; t < space->ntags; t++) {
        const struct pol_tag_info *tag = space->tags + t;
        for (uint32_t i = 0; i < tag->nargs && pol_lit_has(lit, t); i++) {
            if (tag->args[i].is_set)
                draw_flat(gen, t, lit + tag->args[i].offset);
            else
                lit[tag->args[i].offset] = draw_value(gen, tag->args[i].limit);
        }
    }
}

/* ---- Tuples ---------------------------------------------------------------------------------- */

static enum pol_gen_kind kind_of(uint8_t file, unsigned number)
{
    switch (file) {
    case POL_FILE_FP:
        return POL_GEN_FP;
    case POL_FILE_CSR:
        return POL_GEN_CSR;
    default:
        return number ? POL_GEN_INT : POL_GEN_X0;
    }
}

static void draw_operand(struct gen *gen, const struct pol_form *form, unsigned index)
{
    uint32_t word = gen->tuple.word;
    enum pol_gen_kind kind = POL_GEN_KINDS;
    switch (index) {
    case POL_OP_ENV:
        kind = POL_GEN_ENV;
        break;
    case POL_OP_CODE:
        kind = POL_GEN_CODE;
        break;
    case POL_OP_OP1:
        kind = form->op1 ? kind_of(form->op1, pol_word_rs1(word)) : kind;
        break;
    case POL_OP_OP2:
        kind = form->op2 ? kind_of(form->op2, pol_word_rs2(word)) : kind;
        break;
    case POL_OP_OP3:
        kind = form->op3 ? kind_of(form->op3, pol_word_rs3(word)) : kind;
        break;
    case POL_OP_MEM:
        kind = form->mem ? POL_GEN_MEM : kind;
        break;
    default:
        kind = form->rd ? kind_of(form->rd, pol_word_rd(word)) : kind;
        break;
    }
    if (kind != POL_GEN_KINDS)
        draw_set(gen, kind, gen->tuple.set[index]);
    else
        memset(gen->tuple.set[index], 0, gen->diff->space->words * sizeof(uint32_t));
}

static struct pol_form form_of(const struct gen *gen)
{
    int row = pol_isa_decode(&gen->diff->isa, gen->tuple.word);
    struct pol_form none = {0};
    return row < 0 ? none : pol_insn_form(pol_insn_at((size_t)row));
}

static void draw_tuple(struct gen *gen, uint32_t opclass)
{
    const struct pol_gen_opclass *info = gen->space->opclasses + opclass;
    new_values(gen);
    gen->tuple.word = (info->sample & ~info->free) | ((uint32_t)draw(gen) & info->free);
    struct pol_form form = form_of(gen);
    for (unsigned i = 0; i < POL_TUPLE_SETS; i++)
        draw_operand(gen, &form, i);
}

/* A witness with a few operands drawn anew. */
static void draw_near(struct gen *gen, const struct pol_tuple *witness)
{
    pol_tuple_copy(&gen->tuple, witness, gen->diff->space);
    struct pol_form form = form_of(gen);
    new_values(gen);
    for (uint64_t changes = 1 + below(gen, 2); changes; changes--)
        draw_operand(gen, &form, (unsigned)below(gen, POL_TUPLE_SETS));
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
    const struct pair_key *x = a, *y = b;
    if (x->decider != y->decider)
        return x->decider < y->decider ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->opclass > y->opclass) - (x->opclass < y->opclass);
}

static void mark_rule(struct gen *gen, uint32_t decider, uint32_t rule, uint32_t opclass)
{
    struct pair_key want = {decider, rule, opclass, 0};
    const struct pair_key *key =
        bsearch(&want, gen->keys, gen->space->npairs, sizeof *gen->keys, compare_keys);
    if (!key || gen->reached[key->index])
        return;
    gen->reached[key->index] = true;
    gen->counts->reached++;
}

static void mark_reached(struct gen *gen, uint32_t opclass)
{
    const struct pol_answer *answer = &gen->diff->evaluation[0].answer;
    for (uint32_t d = 0; d < gen->diff->ndeciders; d++)
        mark_rule(gen, d, answer->deciding[d], opclass);
    for (uint32_t i = 0; i < answer->nreports && i < POL_MAX_REPORTS; i++)
        mark_rule(gen, answer->reports[i].decider, answer->reports[i].rule, opclass);
}

/* A pair to aim at, one that is missing if a few draws find one; NULL: there are no pairs. */
static const struct pol_gen_pair *draw_pair(struct gen *gen)
{
    uint64_t at = 0;
    if (!gen->space->npairs)
        return NULL;
    for (unsigned i = 0; i < AIM_TRIES; i++) {
        at = below(gen, gen->space->npairs);
        if (!gen->reached[at])
            break;
    }
    return gen->space->pairs + at;
}

/* ---- The run --------------------------------------------------------------------------------- */

static enum pol_diff_status run_tuple(struct gen *gen, uint32_t opclass)
{
    uint64_t done = gen->counts->steps;
    if ((done + gen->counts->skipped) % EPOCH == 0)
        diff_reset(gen->diff);
    enum pol_diff_status status =
        diff_counted(gen->diff, &gen->tuple, true, gen->counts, gen->difference);
    if (status == POL_DIFF_AGREE && gen->counts->steps > done)
        mark_reached(gen, opclass);
    return status;
}

static enum pol_diff_status run_witnesses(struct gen *gen)
{
    enum pol_diff_status status = POL_DIFF_AGREE;
    for (uint32_t i = 0; i < gen->space->npairs && status == POL_DIFF_AGREE; i++) {
        const struct pol_gen_pair *pair = gen->space->pairs + i;
        if (!pair->witness)
            continue;
        pol_tuple_copy(&gen->tuple, pair->witness, gen->diff->space);
        status = run_tuple(gen, pair->opclass);
    }
    return status;
}

static enum pol_diff_status run_one(struct gen *gen)
{
    const struct pol_gen_pair *pair = draw_pair(gen);
    uint32_t opclass = (uint32_t)below(gen, gen->space->nopclasses);
    if (pair && below(gen, 2)) {
        opclass = pair->opclass;
        if (pair->witness && below(gen, 2)) {
            draw_near(gen, pair->witness);
            return run_tuple(gen, opclass);
        }
    }
    draw_tuple(gen, opclass);
    return run_tuple(gen, opclass);
}

static enum pol_diff_status run_all(struct gen *gen, const struct pol_diff_random *options)
{
    enum pol_diff_status status = run_witnesses(gen);
    struct pol_diff_counts *counts = gen->counts;
    uint64_t tried = counts->steps + counts->skipped;
    for (; tried < options->steps && status == POL_DIFF_AGREE; tried++)
        status = run_one(gen);
    for (uint64_t i = 0;
         i < options->more && counts->reached < counts->pairs && status == POL_DIFF_AGREE; i++)
        status = run_one(gen);
    return status;
}

static const char *check_space(const struct gen *gen)
{
    const struct pol_gen_space *space = gen->space;
    if (!space->nopclasses)
        return "no opclass to draw from";
    for (uint32_t i = 0; i < space->npairs; i++)
        if (space->pairs[i].opclass >= space->nopclasses ||
            space->pairs[i].decider >= gen->diff->ndeciders)
            return "a pair names an unknown opclass or decider";
    for (uint32_t i = 1; i < space->npairs; i++)
        if (!compare_keys(gen->keys + i - 1, gen->keys + i))
            return "a pair is listed twice";
    return NULL;
}

static int sort_pairs(struct gen *gen)
{
    uint32_t n = gen->space->npairs;
    gen->keys = calloc(n + (size_t)1, sizeof *gen->keys);
    gen->reached = calloc(n + (size_t)1, sizeof *gen->reached);
    if (!gen->keys || !gen->reached)
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        const struct pol_gen_pair *pair = gen->space->pairs + i;
        gen->keys[i] = (struct pair_key){pair->decider, pair->rule, pair->opclass, i};
    }
    qsort(gen->keys, n, sizeof *gen->keys, compare_keys);
    return 0;
}

enum pol_diff_status pol_diff_run_random(struct pol_diff *diff, const struct pol_gen_space *space,
                                         const struct pol_diff_random *options,
                                         struct pol_diff_counts *counts,
                                         struct pol_difference *difference)
{
    struct gen gen = {.diff = diff,
                      .space = space,
                      .counts = counts,
                      .difference = difference,
                      .state = options->seed};
    enum pol_diff_status status = POL_DIFF_BAD;
    memset(counts, 0, sizeof *counts);
    memset(difference, 0, sizeof *difference);
    counts->pairs = space->npairs;
    bool memory = !sort_pairs(&gen) && !pol_tuple_init(&gen.tuple, diff->space);
    const char *wrong = memory ? check_space(&gen) : "out of memory";
    if (wrong)
        diff_bad(diff, "%s", wrong);
    else
        status = run_all(&gen, options);
    for (uint32_t i = 0; i < space->npairs && status == POL_DIFF_AGREE && options->missed; i++)
        if (!gen.reached[i])
            options->missed(options->user, space->pairs + i);
    pol_tuple_free(&gen.tuple);
    free(gen.keys);
    free(gen.reached);
    return status;
}
