/* Where random inputs come from, and which (rule, opclass) pairs they must reach. */
#include <stdlib.h>
#include <string.h>

#include "compiler/gen/gen.h"

/* Inputs that are tried for witnesses: of one program, of all. */
enum { TRIES = 200000, ALL_TRIES = 2000000 };

struct maker {
    const struct pol_table *t;
    const struct pol_space *space;
    struct pol_engine *engine;
    struct pol_isa isa;
    struct gen_space *out;
    struct arena *arena;
    VEC_OF(struct pol_gen_part) parts;
    VEC_OF(struct pol_gen_pair) pairs;
    uint32_t *pair_of; /* of the decider and opclass in hand: rule -> pair + 1 */
    uint32_t decider, opclass;
    uint32_t tries; /* so far */
};

/* ---- Parts ----------------------------------------------------------------------------------- */

static const uint32_t kind_bits[POL_GEN_KINDS] = {
    [POL_GEN_ENV] = POL_KIND_ENV, [POL_GEN_CODE] = POL_KIND_CODE,  [POL_GEN_INT] = POL_KIND_INT,
    [POL_GEN_X0] = POL_KIND_X0,   [POL_GEN_FP] = POL_KIND_FP,      [POL_GEN_CSR] = POL_KIND_CSR,
    [POL_GEN_MEM] = POL_KIND_MEM, [POL_GEN_SET] = POL_KIND_NESTED,
};

static void put_shape(const struct maker *m, const struct pol_prt_field *f, const uint32_t *bits,
                      uint32_t *presence)
{
    for (uint32_t i = 0; i < f->ntags; i++)
        if (bits[i / 32] >> (i % 32) & 1u)
            pol_lit_set(presence, m->t->field_tags[f->first_tag + i]);
}

static struct pol_gen_shapes dense_shapes(struct maker *m, const struct pol_prt_field *f,
                                          uint32_t kind)
{
    uint32_t words = m->space->has_words, n = 0;
    uint32_t *presence = ARENA_ARRAY(m->arena, uint32_t, (size_t)words * (f->ncodes + (size_t)1));
    for (uint32_t code = 1; code < f->ncodes; code++)
        if (gen_shape_kinds(m->t, f, code) & kind)
            put_shape(m, f, gen_shape(m->t, f, code), presence + (size_t)words * n++);
    return (struct pol_gen_shapes){n, presence};
}

static void add_dense_part(struct maker *m, const struct pol_prt_field *f)
{
    struct pol_gen_part part;
    for (int kind = 0; kind < POL_GEN_KINDS; kind++)
        part.shapes[kind] = dense_shapes(m, f, kind_bits[kind]);
    VEC_PUSH(m->arena, &m->parts, part);
}

/* Bits are independent: a part for each, with and without it. */
static void add_bit_parts(struct maker *m, const struct pol_prt_field *f)
{
    uint32_t words = m->space->has_words;
    for (uint32_t i = 0; i < f->ntags; i++) {
        struct pol_gen_part part;
        uint32_t *presence = ARENA_ARRAY(m->arena, uint32_t, 2 * (size_t)words);
        pol_lit_set(presence + words, m->t->field_tags[f->first_tag + i]);
        for (int kind = 0; kind < POL_GEN_KINDS; kind++)
            part.shapes[kind] = (struct pol_gen_shapes){2, presence};
        VEC_PUSH(m->arena, &m->parts, part);
    }
}

static void add_parts(struct maker *m)
{
    for (uint32_t i = 0; i < m->t->n_fields; i++) {
        const struct pol_prt_field *f = &m->t->fields[i];
        if (f->kind == POL_FIELD_DENSE)
            add_dense_part(m, f);
        else
            add_bit_parts(m, f);
    }
    m->out->space.nparts = (uint32_t)m->parts.count;
    m->out->space.parts = m->parts.items;
}

/* ---- TagSet arguments ------------------------------------------------------------------------ */

/* Fields whose codes the argument's slots hold. */
static void put_held(const struct pol_table *t, const struct pol_prt_arg *arg, uint32_t *held)
{
    for (uint32_t s = arg->slot; s < arg->slot + arg->nslots; s++) {
        if (t->slots[s].kind != POL_SLOT_NESTED_FIELD)
            continue;
        const struct pol_prt_field *f = &t->fields[t->slots[s].index];
        for (uint32_t i = 0; i < f->ntags; i++)
            pol_lit_set(held, t->field_tags[f->first_tag + i]);
    }
}

const uint32_t **gen_set_tags(struct arena *arena, const struct pol_table *table,
                              const struct pol_space *space)
{
    const uint32_t **list = ARENA_ARRAY(arena, const uint32_t *, space->ntags + (size_t)1);
    for (uint32_t t = 0; t < space->ntags; t++) {
        if (!space->tags[t].has_set_arg)
            continue;
        uint32_t *held = ARENA_ARRAY(arena, uint32_t, space->has_words);
        for (uint32_t k = 0; k < table->tags[t].nargs; k++) {
            const struct pol_prt_arg *arg = &table->args[table->tags[t].first_arg + k];
            if (arg->is_set)
                put_held(table, arg, held);
        }
        list[t] = held;
    }
    return list;
}

/* ---- Opclasses ------------------------------------------------------------------------------- */

static uint32_t low_bit(uint32_t word)
{
    return word & (0u - word);
}

/* Bits of the sample that may change without leaving the opclass: those that its decode entry does
 * not look at, but for one bit to keep it out of each earlier entry. */
static uint32_t free_bits(const struct pol_table *t, uint32_t sample)
{
    uint32_t hit = 0;
    while (hit < t->n_decode && (sample & t->decode[hit].mask) != t->decode[hit].match)
        hit++;
    if (hit == t->n_decode)
        return 0;
    uint32_t free = ~t->decode[hit].mask;
    for (uint32_t i = 0; i < hit; i++) {
        uint32_t differ = (sample ^ t->decode[i].match) & t->decode[i].mask;
        if (!(differ & ~free))
            free &= ~low_bit(differ & free);
    }
    return free;
}

static void add_opclasses(struct maker *m)
{
    struct pol_gen_opclass *list =
        ARENA_ARRAY(m->arena, struct pol_gen_opclass, m->t->n_opclasses + (size_t)1);
    for (uint32_t i = 0; i < m->t->n_opclasses; i++) {
        uint32_t sample = m->t->opclasses[i].sample;
        list[i] = (struct pol_gen_opclass){m->t->strings + m->t->opclasses[i].name, sample,
                                           i ? free_bits(m->t, sample) : 0};
    }
    m->out->space.nopclasses = m->t->n_opclasses;
    m->out->space.opclasses = list;
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

static void note_rule(struct maker *m, uint32_t rule)
{
    if (rule == POL_NONE || m->pair_of[rule])
        return;
    struct pol_gen_pair pair = {m->decider, rule, m->opclass, NULL};
    VEC_PUSH(m->arena, &m->pairs, pair);
    m->pair_of[rule] = (uint32_t)m->pairs.count;
}

static void note_action(void *user, const struct pol_prt_action *action)
{
    struct maker *m = user;
    note_rule(m, action->rule);
    for (uint32_t i = 0; i < action->nreports; i++)
        note_rule(m, m->t->reports[action->first_report + i]);
}

static const struct pol_tuple *keep(struct maker *m, const struct pol_tuple *tuple)
{
    struct pol_tuple *copy = ARENA_NEW(m->arena, struct pol_tuple);
    for (int i = 0; i < POL_TUPLE_SETS; i++)
        copy->set[i] = ARENA_ARRAY(m->arena, uint32_t, m->space->words);
    pol_tuple_copy(copy, tuple, m->space);
    return copy;
}

/* The tuple reaches the rule; true: it is the first one that does. */
static bool note_witness(struct maker *m, uint32_t rule, const struct pol_tuple *tuple)
{
    uint32_t pair = rule == POL_NO_RULE ? 0 : m->pair_of[rule];
    if (!pair || m->pairs.items[pair - 1].witness)
        return false;
    m->pairs.items[pair - 1].witness = keep(m, tuple);
    return true;
}

/* Runs inputs of the program until each of its pairs has one that reaches it, or enough. */
static void find_witnesses(struct maker *m, struct gen_tuples *tuples, struct pol_tuple *tuple,
                           struct pol_evaluation *evaluation, size_t wanted)
{
    gen_tuples_program(tuples, m->decider, m->opclass);
    uint32_t limit = m->tries + TRIES < ALL_TRIES ? m->tries + TRIES : ALL_TRIES;
    for (; wanted && m->tries < limit && gen_tuples_next_here(tuples, tuple); m->tries++) {
        m->engine->ops->reset(m->engine);
        enum pol_eval_status status =
            pol_evaluate_tuple(m->engine, &m->isa, tuple, false, evaluation);
        if (status == POL_EVAL_MEMORY)
            pol_fatal_oom();
        if (status != POL_EVAL_OK)
            continue;
        const struct pol_answer *answer = &evaluation->answer;
        wanted -= note_witness(m, answer->deciding[m->decider], tuple);
        for (uint32_t i = 0; i < answer->nreports && i < POL_MAX_REPORTS; i++)
            if (answer->reports[i].decider == m->decider)
                wanted -= note_witness(m, answer->reports[i].rule, tuple);
    }
}

static void add_pairs(struct maker *m, struct gen_tuples *tuples)
{
    struct pol_tuple tuple;
    struct pol_evaluation evaluation;
    if (pol_tuple_init(&tuple, m->space) || pol_evaluation_init(&evaluation, m->engine))
        pol_fatal_oom();
    for (m->decider = 0; m->decider < m->t->n_deciders; m->decider++)
        for (m->opclass = 1; m->opclass < m->t->n_opclasses; m->opclass++) {
            size_t before = m->pairs.count;
            uint32_t nrules = m->t->deciders[m->decider].nrules;
            m->pair_of = lang_xalloc((nrules + (size_t)1) * sizeof *m->pair_of);
            gen_reachable(m->t, m->decider, m->opclass, note_action, m);
            find_witnesses(m, tuples, &tuple, &evaluation, m->pairs.count - before);
            free(m->pair_of);
        }
    pol_evaluation_free(&evaluation);
    pol_tuple_free(&tuple);
    m->out->space.npairs = (uint32_t)m->pairs.count;
    m->out->space.pairs = m->pairs.items;
}

struct gen_space *gen_space_new(const struct pol_table *table, const struct ir *ir,
                                const struct pol_space *space, struct pol_engine *engine)
{
    struct gen_space *out = lang_xalloc(sizeof *out);
    struct maker m = {.t = table, .space = space, .engine = engine, .isa = ir->isa, .out = out};
    arena_init(&out->arena);
    m.arena = &out->arena;
    struct gen_values *values = ARENA_NEW(m.arena, struct gen_values);
    gen_values_of(ir, values);
    out->space.nvalues = values->n;
    out->space.values = values->at;
    struct gen_tuples *tuples = gen_tuples_new(table, space, values);
    add_parts(&m);
    out->space.set_tags = gen_set_tags(m.arena, table, space);
    add_opclasses(&m);
    add_pairs(&m, tuples);
    gen_tuples_free(tuples);
    return out;
}

void gen_space_free(struct gen_space *space)
{
    if (!space)
        return;
    arena_free(&space->arena);
    free(space);
}
