/* Operations as a network of values.
 *
 * Purpose: what straight-line OPS lists, tests and value classes compute, as nodes that are shared
 * between lists, each with the range of its value.  A node is a 64-bit signed integer, as enum
 * pol_prt_opcode defines it; its net is as wide as its range needs.
 *
 * Depth: the number of memories (LUT) one after the other on the longest way to a node.  Memories
 * are ports: nodes of one depth that are never needed at the same time share one.
 * Ownership: everything lies in the arena given.  Errors: none. */
#ifndef COMPILER_BACKEND_HW_NET_H
#define COMPILER_BACKEND_HW_NET_H

#include <stdbool.h>
#include "compiler/backend/hw/hw.h"
#include "compiler/backend/hw/index.h"

/* What a slot is read from: enum pol_operand, then the old destinations. */
enum { HW_OLD_RD = POL_OPERANDS, HW_OLD_CSR, HW_SOURCES };

enum hw_node_kind {
    HW_CONST,   /* lo */
    HW_SLOT,    /* a: source, b: slot */
    HW_COUNTER, /* a: counter */
    HW_LUT,     /* a, b: nodes (b: POL_NONE if there is one index) */
    HW_AND,
    HW_OR,
    HW_ANDNOT,
    HW_BIT, /* bit b of node a */
    HW_ADD,
    HW_SUB,
    HW_MUL,
    HW_DIV,
    HW_MOD,
    HW_EQ,
    HW_LT,
    HW_SELECT,  /* node a ? node b : node c */
    HW_OUTSIDE, /* 1 unless the low 32 bits of node a are a code of a field of b codes */
    HW_CLASS    /* class of node a among b bounds: MAPS[c], pol_prt_level.value */
};

struct hw_node {
    enum hw_node_kind kind;
    uint32_t a, b, c;
    int64_t lo, hi;
    uint32_t width; /* of its net, at least 1 */
    bool is_signed; /* lo < 0: the net is in two's complement */
    uint32_t depth;
    /* LUT: entry first + (a << bbits | b), each index of so many bits: a word of LUT, or a bit of
     * its words if it is a bit matrix */
    uint64_t first;
    uint32_t abits, bbits;
    bool matrix;
    uint32_t port, region; /* set by hw_net_finish; region: address of the first word */
};

/* A memory that serves one LUT node at a time. */
struct hw_port {
    uint32_t depth, address_bits, rom; /* rom: index into the model's memories */
    uint32_t *nodes, nnodes;
};

struct hw_fail {
    uint32_t node, cause, tag; /* node != 0: the list fails */
};
struct hw_write {
    uint32_t result, slot, node;
};

/* What a list does.  `luts`: the LUT nodes that it needs. */
struct hw_list {
    struct hw_fail *fails; /* the first that holds counts */
    uint32_t nfails;
    struct hw_write *writes; /* by result and slot, each once */
    uint32_t nwrites;
    uint32_t *used; /* per counter: fresh values taken */
    uint32_t value; /* node of the last operation's value; POL_NONE */
    uint32_t *luts, nluts;
};

struct hw_net {
    const struct hw *hw;
    struct arena *arena;
    VEC_OF(struct hw_node) nodes;
    struct hw_index index;
    VEC_OF(struct hw_list) lists;
    struct hw_index list_index;
    bool exclusive; /* at most one list counts at a time */
    struct hw_port *ports;
    uint32_t nports, depth;
    /* scratch of hw_net_list: */
    uint32_t *seats, *marks;
    size_t nmarks;
    uint32_t stamp;
};

void hw_net_init(struct hw_net *net, const struct hw *hw, struct arena *arena, bool exclusive);
uint32_t hw_net_const(struct hw_net *net, int64_t value);
uint32_t hw_net_slot(struct hw_net *net, uint32_t source, uint32_t slot);
/* An operator on nodes; SELECT has three. */
uint32_t hw_net_op(struct hw_net *net, enum hw_node_kind kind, uint32_t a, uint32_t b, uint32_t c);
uint32_t hw_net_bit(struct hw_net *net, uint32_t a, uint32_t bit);
uint32_t hw_net_not(struct hw_net *net, uint32_t a); /* a == 0 */
uint32_t hw_net_outside(struct hw_net *net, uint32_t a, uint32_t ncodes);
uint32_t hw_net_class(struct hw_net *net, uint32_t a, uint32_t nbounds, uint32_t map);
uint32_t hw_net_lut(struct hw_net *net, uint32_t a, uint32_t abits, uint32_t b, uint32_t bbits,
                    uint32_t words);
/* A bit matrix of 2^abits rows and 2^bbits columns. */
uint32_t hw_net_matrix(struct hw_net *net, uint32_t a, uint32_t abits, uint32_t b, uint32_t bbits,
                       uint32_t words);
/* What a LUT node has at an index. */
uint32_t hw_lut_entry(const struct hw_net *net, const struct hw_node *node, uint64_t index);
/* NEW and SPENT. */
uint32_t hw_net_fresh(struct hw_net *net, uint32_t counter, uint32_t index);
uint32_t hw_net_spent(struct hw_net *net, uint32_t counter, uint32_t index);

/* The nodes that a node needs: how many, at most 3. */
uint32_t hw_node_sources(const struct hw_node *node, uint32_t out[3]);

/* The file's operations [first, first + n) as a list; its number, equal lists having one. */
uint32_t hw_net_list(struct hw_net *net, uint32_t first, uint32_t n);

struct hw_roms;
/* Gives LUT nodes their memories, named `PREFIX_lutN`. */
void hw_net_finish(struct hw_net *net, struct hw_roms *roms, const char *prefix, uint32_t decider);

#endif
