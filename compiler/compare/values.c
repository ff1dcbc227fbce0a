/* Values with names: the same name is the same value, whatever its number in each policy. */
#include <stdlib.h>
#include <string.h>

#include "compiler/compare/internal.h"
#include "lang/support/str.h"

/* Values that both types have, in the old one's order: their numbers in each. */
struct named {
    uint32_t n;
    uint32_t *number[2];
    bool plain; /* they are the first ones of both, in the same order */
};

static bool find_value(const struct pol_tag_arg *arg, const char *name, uint32_t hint,
                       uint32_t *number)
{
    if (hint < arg->limit && str_eq(arg->values[hint], name)) {
        *number = hint;
        return true;
    }
    for (uint32_t i = 0; i < arg->limit; i++)
        if (str_eq(arg->values[i], name)) {
            *number = i;
            return true;
        }
    return false;
}

static struct named common_values(struct arena *arena, const struct pol_tag_arg *a,
                                  const struct pol_tag_arg *b)
{
    struct named out = {.plain = true};
    for (int who = 0; who < 2; who++)
        out.number[who] = ARENA_ARRAY(arena, uint32_t, (size_t)a->limit + 1);
    for (uint32_t i = 0; i < a->limit; i++) {
        uint32_t k;
        if (!find_value(b, a->values[i], i, &k))
            continue;
        out.plain = out.plain && i == out.n && k == out.n;
        out.number[COMPARE_OLD][out.n] = i;
        out.number[COMPARE_NEW][out.n++] = k;
    }
    return out;
}

static bool has_sets(const struct ir *ir)
{
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        if (ir->space->tags[t].has_set_arg)
            return true;
    return false;
}

/* Contents of TagSet arguments are compared number by number. */
static bool may_renumber(const struct comparer *c)
{
    return !has_sets(c->side[COMPARE_OLD].ir) && !has_sets(c->side[COMPARE_NEW].ir);
}

bool compare_values_match(struct comparer *c, const struct pol_tag_arg *a,
                          const struct pol_tag_arg *b)
{
    if (a->is_set || b->is_set)
        return a->is_set && b->is_set;
    if (!a->values || !b->values)
        return !a->values && !b->values;
    struct named named = common_values(&c->scratch, a, b);
    return named.n > 0 && (named.plain || may_renumber(c));
}

/* ---- Tables -------------------------------------------------------------------------------- */

static uint32_t entry_in(const void *context, const uint32_t *args)
{
    const uint32_t *numbers = context;
    return numbers[args[0]];
}

/* From a policy's numbers: common ones are numbered first, then those of the old policy alone, then
 * those of the new one alone, so that they differ from all others. */
struct outward {
    const struct named *named;
    int who;
    uint32_t own; /* the first number of those that only this policy has */
};

static uint32_t entry_out(const void *context, const uint32_t *args)
{
    const struct outward *out = context;
    for (uint32_t i = 0; i < out->named->n; i++)
        if (out->named->number[out->who][i] == args[0])
            return i;
    return out->own + args[0];
}

static uint32_t width_of(uint64_t limit)
{
    uint32_t width = 1;
    while (width < 32 && (limit - 1) >> width)
        width++;
    return width;
}

static void make_tables(struct comparer *c, const struct named *named, const uint32_t tag[2],
                        uint32_t k)
{
    uint64_t limits[2], common = named->n;
    for (int who = 0; who < 2; who++)
        limits[who] = c->side[who].ir->space->tags[tag[who]].args[k].limit;
    for (int who = 0; who < 2; who++) {
        struct side *side = &c->side[who];
        const struct outward out = {
            named, who, named->n + (who == COMPARE_NEW ? (uint32_t)limits[COMPARE_OLD] : 0)};
        size_t at = tag[who] * (size_t)POL_MAX_ARGS + k;
        side->inward[at] = bits_table_new(&c->scratch, &common, 1, width_of(limits[who]), entry_in,
                                          named->number[who]);
        side->outward[at] =
            bits_table_new(&c->scratch, &limits[who], 1, width_of(named->n + limits[0] + limits[1]),
                           entry_out, &out);
    }
}

struct pol_tag_arg compare_common_arg(struct comparer *c, const uint32_t tag[2], uint32_t k)
{
    const struct pol_tag_arg *a = &c->side[COMPARE_OLD].ir->space->tags[tag[COMPARE_OLD]].args[k];
    const struct pol_tag_arg *b = &c->side[COMPARE_NEW].ir->space->tags[tag[COMPARE_NEW]].args[k];
    struct pol_tag_arg out = {.is_set = a->is_set,
                              .limit = a->limit < b->limit ? a->limit : b->limit};
    if (!a->values)
        return out;
    struct named named = common_values(&c->scratch, a, b);
    const char **names = ARENA_ARRAY(&c->scratch, const char *, named.n + (size_t)1);
    for (uint32_t i = 0; i < named.n; i++)
        names[i] = a->values[named.number[COMPARE_OLD][i]];
    out.limit = named.n;
    out.values = pol_space_values(c->space, names, named.n);
    if (!out.values)
        pol_fatal_oom();
    if (!named.plain)
        make_tables(c, &named, tag, k);
    return out;
}

/* ---- Values of steps and literals ----------------------------------------------------------- */

struct tag_value compare_outward(struct comparer *c, enum compare_who who, struct sat *sat,
                                 uint32_t tag, struct tag_value value)
{
    const struct side *side = &c->side[who];
    uint32_t nargs = side->ir->space->tags[tag].nargs;
    struct arg *args = NULL;
    for (uint32_t k = 0; k < nargs; k++) {
        const struct bits_table *table = side->outward[tag * (size_t)POL_MAX_ARGS + k];
        if (!table)
            continue;
        if (!args) {
            args = ARENA_ARRAY(sat_arena(sat), struct arg, nargs);
            memcpy(args, value.args, nargs * sizeof *args);
        }
        args[k].number = bits_table_apply(sat, table, &args[k].number);
    }
    return args ? (struct tag_value){value.has, args} : value;
}

uint32_t compare_own_number(const struct pol_tag_arg *common, const struct pol_tag_arg *own,
                            uint32_t number)
{
    uint32_t found = number;
    if (own->values && !find_value(own, common->values[number], number, &found))
        abort(); /* a common value is both policies' */
    return found;
}
