/* Pairs of sets that granules can hold, to compare merges. */
#include <string.h>

#include "compiler/gen/internal.h"

/* Codes of a field that are paired with each other; choices of arguments for each pair, the first
 * one with equal ones. */
enum { MAX_SIDE = 128, VARIANTS = 4 };

/* How many values of a field take part, and the i-th. */
static uint32_t side(const struct pol_prt_field *f)
{

    if (f->kind == POL_FIELD_BITS)
        return 16;
    return f->ncodes - 1 < MAX_SIDE ? f->ncodes - 1 : MAX_SIDE;
}

static uint32_t nth_value(struct gen_tuples *g, const struct pol_prt_field *f, uint32_t i)
{
    if (f->kind == POL_FIELD_BITS)
        return gen_turn(g, UINT32_MAX) & ~POL_VALID_BIT;
    uint32_t code = f->ncodes - 1 <= MAX_SIDE ? 1 + i : 1 + gen_turn(g, f->ncodes - 1);
    bool stands = gen_shape_kinds(g->t, f, code) & (POL_KIND_MEM | POL_KIND_CODE);
    return stands ? code : f->empty;
}

static uint32_t any_field(struct gen_tuples *g, const struct pol_prt_field *f)
{
    return nth_value(g, f, gen_turn(g, side(f)));
}

static void make(struct gen_tuples *g, uint32_t field, uint32_t i, uint32_t *lit)
{
    memset(lit, 0, g->space->words * sizeof *lit);
    for (uint32_t k = 0; k < g->t->n_fields; k++) {
        const struct pol_prt_field *f = &g->t->fields[k];
        gen_put_presence(g, f, k == field ? nth_value(g, f, i) : any_field(g, f), lit);
    }
    gen_put_arguments(g, lit);
}

/* Gives b the arguments of a where both have a tag. */
static void share_arguments(const struct gen_tuples *g, const uint32_t *a, uint32_t *b)
{
    for (uint32_t t = 0; t < g->space->ntags; t++)
        for (uint32_t k = 0; k < g->space->tags[t].nargs; k++) {
            const struct pol_tag_arg *arg = &g->space->tags[t].args[k];
            size_t words = arg->is_set ? g->space->flat_words : 1;
            if (pol_lit_has(a, t) && pol_lit_has(b, t))
                memcpy(b + arg->offset, a + arg->offset, words * sizeof *b);
        }
}

int gen_pairs_next(struct gen_tuples *g, uint64_t *state, uint32_t *a, uint32_t *b)
{
    uint64_t rest = *state;
    for (uint32_t field = 0; field < g->t->n_fields; field++) {
        uint64_t n = side(&g->t->fields[field]);
        if (rest >= VARIANTS * n * n) {
            rest -= VARIANTS * n * n;
            continue;
        }
        g->turn = *state * 0xd6e8feb86659fd93u;
        make(g, field, (uint32_t)(rest / VARIANTS / n), a);
        make(g, field, (uint32_t)(rest / VARIANTS % n), b);
        if (rest % VARIANTS == 0)
            share_arguments(g, a, b);
        ++*state;
        return 1;
    }
    return 0;
}
