/* Lattices and relations: constant vectors, and functions that look into them. */
#include "compiler/backend/reference/emit.h"

#include <inttypes.h>

static uint32_t lattice_width(const struct ir_lattice *lattice)
{
    uint32_t width = hw_bits(lattice->size - 1);
    return width ? width : 1;
}

/* ---- Vectors ------------------------------------------------------------------------------- */

/* A vector in the making, lowest bit first; printed in hexadecimal, highest digit first. */
struct vector {
    unsigned char *bits;
    uint64_t size;
};

static struct vector vector_of(const struct reference *r, uint64_t size)
{
    return (struct vector){ARENA_ARRAY(r->arena, unsigned char, (size_t)size), size};
}

static void set_bits(struct vector *v, uint64_t at, uint32_t width, uint32_t value)
{
    for (uint32_t i = 0; i < width; i++)
        v->bits[at + i] = value >> i & 1u;
}

static void put_vector(const struct reference *r, const struct vector *v)
{
    reference_put(r, "%" PRIu64 "'h", v->size);
    for (uint64_t digit = (v->size + 3) / 4; digit-- > 0;) {
        unsigned value = 0;
        for (unsigned i = 0; i < 4 && digit * 4 + i < v->size; i++)
            value |= (unsigned)v->bits[digit * 4 + i] << i;
        reference_put(r, "%x", value);
    }
}

/* ---- Lattices ------------------------------------------------------------------------------ */

/* The value of (a, b) is entry {a, b} of the vector. */
static void emit_bound(const struct reference *r, uint32_t index, const char *name,
                       const char *comment, const uint32_t *table)
{
    const struct ir_lattice *lattice = &r->ir->lattices[index];
    uint32_t width = lattice_width(lattice), size = lattice->size;
    struct vector v = vector_of(r, ((uint64_t)1 << (2 * width)) * width);
    for (uint32_t a = 0; a < size; a++)
        for (uint32_t b = 0; b < size; b++)
            set_bits(&v, (((uint64_t)a << width) + b) * width, width, table[a * size + b]);
    reference_put(r, "    // %s in lattice ", comment);
    reference_comment(r, lattice->name);
    reference_put(r, ".\n    localparam [%" PRIu64 ":0] TABLE_%s_%s = ", v.size - 1, name,
                  r->lattices[index]);
    put_vector(r, &v);
    reference_put(r,
                  ";\n    function automatic signed [%u:0] %s_%s(input [%u:0] a, input [%u:0] b);\n"
                  "        %s_%s = TABLE_%s_%s[{a, b} * 32'd%u +: %u];\n    endfunction\n",
                  r->number_bits - 1, name, r->lattices[index], width - 1, width - 1, name,
                  r->lattices[index], name, r->lattices[index], width, width);
}

void reference_bounds(const struct reference *r)
{
    for (uint32_t i = 0; i < r->ir->nlattices; i++) {
        emit_bound(r, i, "join", "The least value that is at least both", r->ir->lattices[i].join);
        emit_bound(r, i, "meet", "The greatest value that is at most both",
                   r->ir->lattices[i].meet);
    }
}

bool reference_has_bound(const struct reference *r, uint32_t tag)
{
    for (uint32_t k = 0; k < r->table->tags[tag].nargs; k++)
        if (r->ir->tags[tag].lattice[k] != IR_NONE)
            return true;
    return false;
}

/* ---- Relations ----------------------------------------------------------------------------- */

static uint32_t place_width(uint32_t limit)
{
    uint32_t width = hw_bits(limit - 1);
    return width ? width : 1;
}

/* Where the next tuple is: like a number whose last digit counts fastest. */
static void count_up(const struct ir_relation *relation, uint32_t tuple[POL_MAX_ARGS])
{
    for (uint32_t i = relation->nargs; i-- > 0;) {
        if (++tuple[i] < relation->limit[i])
            return;
        tuple[i] = 0;
    }
}

/* Bit {a, b, ..} says whether (a, b, ..) is in the relation. */
static struct vector relation_vector(const struct reference *r, const struct ir_relation *relation)
{
    uint32_t tuple[POL_MAX_ARGS] = {0}, width = 0;
    uint64_t count = 1;
    for (uint32_t i = 0; i < relation->nargs; i++) {
        width += place_width(relation->limit[i]);
        count *= relation->limit[i];
    }
    struct vector v = vector_of(r, (uint64_t)1 << width);
    for (uint64_t n = 0; n < count; n++) {
        uint64_t at = 0;
        for (uint32_t i = 0; i < relation->nargs; i++)
            at = at << place_width(relation->limit[i]) | tuple[i];
        v.bits[at] = relation->bits[n / 32] >> (n % 32) & 1u;
        count_up(relation, tuple);
    }
    return v;
}

static void emit_relation(const struct reference *r, uint32_t index)
{
    const struct ir_relation *relation = &r->ir->relations[index];
    const char *name = r->relations[index];
    struct vector v = relation_vector(r, relation);
    reference_put(r, "    // Relation ");
    reference_comment(r, relation->name);
    reference_put(r, ".\n    localparam [%" PRIu64 ":0] TABLE_%s = ", v.size - 1, name);
    put_vector(r, &v);
    reference_put(r, ";\n    function automatic holds_%s(", name);
    for (uint32_t i = 0; i < relation->nargs; i++)
        reference_put(r, "%sinput [%u:0] v%u", i ? ", " : "", place_width(relation->limit[i]) - 1,
                      i);
    reference_put(r, ");\n        holds_%s = TABLE_%s[{", name, name);
    for (uint32_t i = 0; i < relation->nargs; i++)
        reference_put(r, "%sv%u", i ? ", " : "", i);
    reference_put(r, "}];\n    endfunction\n");
}

static void mark_relations(const struct ir *ir, struct ir_guard_id id, bool *used)
{
    const struct ir_guard *node = &ir->guards[id.v];
    switch (node->kind) {
    case IR_GUARD_NOT:
        mark_relations(ir, node->a, used);
        return;
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        mark_relations(ir, node->a, used);
        mark_relations(ir, node->b, used);
        return;
    case IR_GUARD_RELATION:
        used[node->relation] = true;
        return;
    default:
        return;
    }
}

void reference_relations(const struct reference *r)
{
    const struct ir *ir = r->ir;
    bool *used = ARENA_ARRAY(r->arena, bool, (size_t)ir->nrelations + 1);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        for (uint32_t i = 0; i < ir->deciders[d].nrules; i++)
            if (ir->deciders[d].rules[i].guard.v != IR_NONE)
                mark_relations(ir, ir->deciders[d].rules[i].guard, used);
    for (uint32_t i = 0; i < ir->nrelations; i++)
        if (used[i])
            emit_relation(r, i);
}
