/* Lattices and relations of the text form. */
#include <inttypes.h>
#include <string.h>

#include "compiler/ir/lattice.h"
#include "compiler/ir/parse.h"

/* ---- Lattices ------------------------------------------------------------------------------ */

static bool parse_value(struct parser *p, uint32_t size, uint32_t *value)
{
    if (!parse_u32(p, value))
        return false;
    return *value < size || parse_fail(p, "no value %" PRIu32, *value);
}

/* Lines `A below B C ..`. */
static bool parse_order(struct parser *p, uint32_t size, uint32_t *order)
{
    size_t words = lattice_words(size);
    while (parse_line(p, 2)) {
        uint32_t low, high;
        if (!parse_value(p, size, &low) || !parse_expect(p, "below"))
            return false;
        do {
            if (!parse_value(p, size, &high))
                return false;
            order[low * words + high / 32] |= (uint32_t)1 << (high % 32);
        } while (!parse_at_end(p));
        if (!parse_end(p))
            return false;
    }
    return true;
}

bool parse_lattice(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_lattice lattice = {0};
    uint64_t size;
    if (!parse_index(p, ir->nlattices) || !parse_name(p, &lattice.name) ||
        !parse_expect(p, "size") || !parse_u64(p, IR_MAX_LATTICE, &size))
        return false;
    if (size == 0)
        return parse_fail(p, "a lattice without values");
    if (!parse_end(p))
        return false;
    lattice.size = (uint32_t)size;
    uint32_t *order = ARENA_ARRAY(ir->arena, uint32_t, lattice.size * lattice_words(lattice.size));
    if (!parse_order(p, lattice.size, order))
        return false;
    if (!lattice_close(order, lattice.size))
        return parse_fail(p, "the order of lattice %s goes in a circle", lattice.name);
    lattice.join = lattice_joins(ir->arena, order, lattice.size);
    lattice.meet =
        lattice_joins(ir->arena, lattice_dual(ir->arena, order, lattice.size), lattice.size);
    if (!lattice.join || !lattice.meet)
        return parse_fail(p, "%s is no lattice: two values lack a join or a meet", lattice.name);
    PARSE_ROOM(p, ir->lattices, ir->nlattices);
    ir->lattices[ir->nlattices++] = lattice;
    return true;
}

/* ---- Relations ----------------------------------------------------------------------------- */

static bool parse_limits(struct parser *p, struct ir_relation *relation, uint64_t *bits)
{
    uint32_t limits[POL_MAX_ARGS];
    *bits = 1;
    do {
        uint64_t limit;
        if (relation->nargs == POL_MAX_ARGS)
            return parse_fail(p, "a relation of too many arguments");
        if (!parse_u64(p, IR_MAX_RELATION, &limit))
            return false;
        if (limit == 0 || *bits * limit > IR_MAX_RELATION)
            return parse_fail(p, "a relation that is empty or too large");
        *bits *= limit;
        limits[relation->nargs++] = (uint32_t)limit;
    } while (!parse_at_end(p));
    uint32_t *copy = ARENA_ARRAY(p->ir->arena, uint32_t, relation->nargs);
    memcpy(copy, limits, relation->nargs * sizeof *copy);
    relation->limit = copy;
    return parse_end(p);
}

/* Lines of up to eight words. */
static bool parse_bits(struct parser *p, uint32_t *bits, uint64_t words)
{
    for (uint64_t w = 0; w < words; w++) {
        if (w % 8 == 0 && (!parse_line(p, 2) || !parse_accept(p, "bits")))
            return parse_fail(p, "expected `bits`");
        if (!parse_hex(p, &bits[w]))
            return false;
        if ((w % 8 == 7 || w + 1 == words) && !parse_end(p))
            return false;
    }
    return true;
}

bool parse_relation(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_relation relation = {0};
    uint64_t bits;
    if (!parse_index(p, ir->nrelations) || !parse_name(p, &relation.name) ||
        !parse_expect(p, "limits") || !parse_limits(p, &relation, &bits))
        return false;
    uint32_t *words = ARENA_ARRAY(ir->arena, uint32_t, (size_t)((bits + 31) / 32));
    relation.bits = words;
    if (!parse_bits(p, words, (bits + 31) / 32))
        return false;
    PARSE_ROOM(p, ir->relations, ir->nrelations);
    ir->relations[ir->nrelations++] = relation;
    return true;
}
