/* Names and the places of tags. */
#include "compiler/backend/smt2/emit.h"

#include <string.h>

const char *const smt2_operands[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
const char *const smt2_results[POL_RESULTS] = {"env", "rd", "csr", "mem"};

static void place_tags(struct smt2 *s)
{
    const struct pol_table *t = s->t;
    s->field_of = ARENA_ARRAY(s->arena, uint32_t, (size_t)t->n_tags + 1);
    s->bit_of = ARENA_ARRAY(s->arena, uint32_t, (size_t)t->n_tags + 1);
    for (uint32_t f = 0; f < t->n_fields; f++)
        for (uint32_t i = 0; i < t->fields[f].ntags; i++) {
            uint32_t tag = t->field_tags[t->fields[f].first_tag + i];
            s->field_of[tag] = f;
            s->bit_of[tag] = i;
        }
}

static void place_args(struct smt2 *s)
{
    const struct pol_table *t = s->t;
    s->tag_of = ARENA_ARRAY(s->arena, uint32_t, (size_t)t->n_args + 1);
    s->arg_of = ARENA_ARRAY(s->arena, uint32_t, (size_t)t->n_args + 1);
    for (uint32_t tag = 0; tag < t->n_tags; tag++)
        for (uint32_t k = 0; k < t->tags[tag].nargs; k++) {
            s->tag_of[t->tags[tag].first_arg + k] = tag;
            s->arg_of[t->tags[tag].first_arg + k] = k;
            s->has_sets |= t->args[t->tags[tag].first_arg + k].is_set != 0;
        }
}

/* One policy can be global and a component: the second gets a number. */
static const char *decider_name(const struct smt2 *s, uint32_t decider)
{
    const char *name = s->ir->deciders[decider].name;
    for (uint32_t d = 0; d < decider; d++)
        if (strcmp(s->ir->deciders[d].name, name) == 0)
            return smt2_text(s, "%s/%u", name, decider);
    return name;
}

void smt2_names(struct smt2 *s)
{
    const struct ir *ir = s->ir;
    s->tags = ARENA_ARRAY(s->arena, const char *, (size_t)ir->space->ntags + 1);
    s->deciders = ARENA_ARRAY(s->arena, const char *, (size_t)ir->ndeciders + 1);
    s->counters = ARENA_ARRAY(s->arena, const char *, (size_t)ir->ncounters + 1);
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        s->tags[t] = smt2_text(s, "%s.%s", ir->space->tags[t].module, ir->space->tags[t].name);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        s->deciders[d] = decider_name(s, d);
    for (uint32_t c = 0; c < ir->ncounters; c++)
        s->counters[c] = smt2_text(s, "counter/%s/%u", ir->counters[c].name, c);
    place_tags(s);
    place_args(s);
}
