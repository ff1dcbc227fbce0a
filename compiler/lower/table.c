#include "compiler/lower/table.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t *copy_words(struct arena *arena, const uint32_t *words, size_t count)
{
    uint32_t *copy = ARENA_ARRAY(arena, uint32_t, count);
    memcpy(copy, words, count * sizeof *copy);
    return copy;
}

/* ---- Lattices ------------------------------------------------------------------------------ */

static struct ir_lattice lower_lattice(struct lowering *l, const struct model_type *type)
{
    struct arena *arena = l->ir->arena;
    size_t pairs = (size_t)(type->limit * type->limit);
    struct ir_lattice out = {.size = (uint32_t)type->limit};
    out.name = arena_printf(arena, "%s.%s", type->module, type->name);
    out.join = copy_words(arena, type->join, pairs);
    out.meet = copy_words(arena, type->meet, pairs);
    return out;
}

static void lower_lattices(struct lowering *l)
{
    const struct model *model = l->model;
    struct ir *ir = l->ir;
    l->lattices = ARENA_ARRAY(ir->arena, uint32_t, (size_t)model->ntypes + 1);
    l->orders = ARENA_ARRAY(ir->arena, uint32_t, (size_t)model->ntypes + 1);
    ir->lattices = ARENA_ARRAY(ir->arena, struct ir_lattice, (size_t)model->ntypes + 1);
    for (uint32_t t = 0; t < model->ntypes; t++) {
        l->lattices[t] = l->orders[t] = IR_NONE;
        if (!model->types[t].is_lattice)
            continue;
        l->lattices[t] = ir->nlattices;
        ir->lattices[ir->nlattices++] = lower_lattice(l, &model->types[t]);
    }
}

static void mark_tags(struct lowering *l)
{
    for (uint32_t t = 0; t < l->ir->space->ntags; t++) {
        const struct model_tag *tag = &l->model->tags[t];
        for (uint32_t a = 0; a < POL_MAX_ARGS; a++)
            l->ir->tags[t].lattice[a] = a < tag->nargs ? l->lattices[tag->arg_types[a]] : IR_NONE;
    }
}

uint32_t lower_lattice_of(const struct lowering *l, uint32_t type)
{
    if (type >= l->model->ntypes || l->lattices[type] == IR_NONE)
        abort();
    return l->lattices[type];
}

/* ---- Relations ----------------------------------------------------------------------------- */

static struct ir_relation lower_relation(struct lowering *l, const struct model_relation *relation)
{
    struct arena *arena = l->ir->arena;
    struct ir_relation out = {.nargs = relation->ntypes};
    uint32_t *limits = ARENA_ARRAY(arena, uint32_t, relation->ntypes);
    size_t bits = 1;
    for (uint32_t i = 0; i < relation->ntypes; i++) {
        limits[i] = (uint32_t)l->model->types[relation->types[i]].limit;
        bits *= limits[i];
    }
    out.name = arena_printf(arena, "%s.%s", relation->module, relation->name);
    out.limit = limits;
    out.bits = copy_words(arena, relation->bits, (bits + 31) / 32);
    return out;
}

void lower_tables(struct lowering *l)
{
    struct ir *ir = l->ir;
    lower_lattices(l);
    mark_tags(l);
    /* each lattice may add its order */
    size_t room = (size_t)l->model->nrelations + ir->nlattices + 1;
    ir->relations = ARENA_ARRAY(ir->arena, struct ir_relation, room);
    for (uint32_t i = 0; i < l->model->nrelations; i++)
        ir->relations[ir->nrelations++] = lower_relation(l, &l->model->relations[i]);
}

static const uint32_t *order_bits(struct arena *arena, const struct ir_lattice *lattice)
{
    size_t pairs = (size_t)lattice->size * lattice->size;
    uint32_t *bits = ARENA_ARRAY(arena, uint32_t, (pairs + 31) / 32);
    for (size_t i = 0; i < pairs; i++)
        if (lattice->join[i] == i % lattice->size)
            bits[i / 32] |= (uint32_t)1 << (i % 32);
    return bits;
}

uint32_t lower_order_of(struct lowering *l, uint32_t type)
{
    struct ir *ir = l->ir;
    const struct ir_lattice *lattice = &ir->lattices[lower_lattice_of(l, type)];
    if (l->orders[type] != IR_NONE)
        return l->orders[type];
    uint32_t *limits = ARENA_ARRAY(ir->arena, uint32_t, 2);
    limits[0] = limits[1] = lattice->size;
    const char *name = arena_printf(ir->arena, "%s.at_most-%s", l->model->types[type].module,
                                    l->model->types[type].name);
    ir->relations[ir->nrelations] =
        (struct ir_relation){name, 2, limits, order_bits(ir->arena, lattice)};
    return l->orders[type] = ir->nrelations++;
}
