/* Invariants of lattices, of what tags say of them, of relations and responses. */
#include <inttypes.h>
#include <string.h>

#include "compiler/ir/lattice.h"
#include "compiler/ir/verify.h"

/* ---- Lattices ------------------------------------------------------------------------------ */

static const char *check_entries(const struct ir *ir, const struct ir_lattice *lattice)
{
    uint32_t n = lattice->size * lattice->size;
    for (uint32_t i = 0; i < n; i++)
        if (lattice->join[i] >= lattice->size || lattice->meet[i] >= lattice->size)
            return ir_broken(ir, "lattice %s: a join or meet that is no value", lattice->name);
    return NULL;
}

/* What the order that the joins say would have for joins and meets is what must be there. */
static const char *check_bounds(const struct ir *ir, const struct ir_lattice *lattice)
{
    uint32_t size = lattice->size;
    size_t words = lattice_words(size);
    uint32_t *order = ARENA_ARRAY(ir->arena, uint32_t, size * words);
    for (uint32_t a = 0; a < size; a++)
        for (uint32_t b = 0; b < size; b++)
            if (lattice->join[a * size + b] == b)
                order[a * words + b / 32] |= (uint32_t)1 << (b % 32);
    if (!lattice_close(order, size))
        return ir_broken(ir, "lattice %s: no order", lattice->name);
    const uint32_t *join = lattice_joins(ir->arena, order, size);
    const uint32_t *meet = lattice_joins(ir->arena, lattice_dual(ir->arena, order, size), size);
    size_t bytes = (size_t)size * size * sizeof *join;
    if (!join || !meet || memcmp(join, lattice->join, bytes) != 0 ||
        memcmp(meet, lattice->meet, bytes) != 0)
        return ir_broken(ir, "lattice %s: wrong joins or meets", lattice->name);
    return NULL;
}

static const char *check_lattice(const struct ir *ir, uint32_t index)
{
    const struct ir_lattice *lattice = &ir->lattices[index];
    if (!lattice->name || !lattice->join || !lattice->meet)
        return ir_broken(ir, "lattice %" PRIu32 ": no name, joins or meets", index);
    if (lattice->size == 0 || lattice->size > IR_MAX_LATTICE)
        return ir_broken(ir, "lattice %s: no size", lattice->name);
    TRY(check_entries(ir, lattice));
    return check_bounds(ir, lattice);
}

static const char *check_tag_lattices(const struct ir *ir, uint32_t tag)
{
    const struct pol_tag_info *info = &ir->space->tags[tag];
    for (uint32_t a = 0; a < POL_MAX_ARGS; a++) {
        uint32_t lattice = ir->tags[tag].lattice[a];
        if (lattice == IR_NONE)
            continue;
        if (lattice >= ir->nlattices || a >= info->nargs || info->args[a].is_set ||
            info->args[a].limit != ir->lattices[lattice].size)
            return ir_broken(ir, "%s: argument %" PRIu32 " is of no such lattice", info->name, a);
    }
    return NULL;
}

/* ---- Relations and responses --------------------------------------------------------------- */

static const char *check_relation(const struct ir *ir, uint32_t index)
{
    const struct ir_relation *relation = &ir->relations[index];
    uint64_t bits = 1;
    if (!relation->name || !relation->limit || !relation->bits)
        return ir_broken(ir, "relation %" PRIu32 ": no name, limits or bits", index);
    if (relation->nargs == 0 || relation->nargs > POL_MAX_ARGS)
        return ir_broken(ir, "relation %s: no arguments, or too many", relation->name);
    for (uint32_t i = 0; i < relation->nargs; i++) {
        bits *= relation->limit[i];
        if (bits == 0 || bits > IR_MAX_RELATION)
            return ir_broken(ir, "relation %s: empty or too large", relation->name);
    }
    uint32_t rest = (uint32_t)(bits % 32);
    if (rest && relation->bits[bits / 32] >> rest)
        return ir_broken(ir, "relation %s: bits beyond its tuples", relation->name);
    return NULL;
}

static const char *check_responses(const struct ir *ir)
{
    if (ir->nresponses == 0)
        return "no response of built-in failures";
    for (uint32_t i = 0; i < ir->nresponses; i++) {
        const struct ir_response *response = &ir->responses[i];
        if (!response->name || !response->entity || response->action > POL_ACTION_HALT)
            return ir_broken(ir, "response %" PRIu32 ": no name, action or entity", i);
    }
    if (ir->responses[0].action == POL_ACTION_REPORT)
        return "built-in failures cannot be reported and passed over";
    return NULL;
}

const char *ir_verify_tables(const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nlattices; i++)
        TRY(check_lattice(ir, i));
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        TRY(check_tag_lattices(ir, t));
    for (uint32_t i = 0; i < ir->nrelations; i++)
        TRY(check_relation(ir, i));
    return check_responses(ir);
}
