/* What a rule table costs in hardware.
 *
 * Purpose: the figures by which layouts are compared, targets checked and people convinced.
 * Everything comes from the loaded bytes of foo.prt and from its memories (backend/hw/hw.h).
 *
 * Terms.  A program answers for one decider and some opclasses; a fused one for all deciders.
 * A lookup is a read of a memory whose address depends on the read before it, so lookups come one
 * after the other: class maps (all at once), then each step of the chain of cells or the one search
 * of a TCAM, then the action, then maps of codes in its operations.  Deciders run side by side.
 * Sizes are bits; words are those of the memories.  An operand is `looked` at if levels read it,
 * `carried` if operations do: both are bits (1 << enum pol_operand).
 *
 * Ownership: a struct cost owns what it points to but for table and hw, which are borrowed and must
 * outlive it.  Errors: none. */
#ifndef COMPILER_TARGET_COST_H
#define COMPILER_TARGET_COST_H

#include <jansson.h>
#include <stdio.h>
#include "compiler/backend/hw/hw.h"
#include "compiler/table/table.h"

enum { COST_ROM_KINDS = HW_ROM_LUT + 1, COST_LAYOUTS = POL_LAYOUT_TCAM + 1 };

/* A row of a program's table that an input of the composition can select, or cannot: codes are
 * taken operand by operand, so that what is counted as unselected certainly is. */
struct cost_rows {
    uint64_t cells, cells_unselected;
    uint32_t entries, key_bits;   /* TCAM: ternary entries, bits of their keys */
    uint32_t entries_lower;       /* no cover has less; 0 before cost_bounds, or not known */
    double keys, keys_unselected; /* TCAM: 2^key_bits, and those that cannot occur */
};

struct cost_program {
    uint32_t program;               /* index in the table */
    uint32_t decider;               /* POL_NONE: fused */
    uint32_t opclasses;             /* that use it, of one decider */
    uint32_t classes[POL_OPERANDS]; /* combinations of classes of the operand's codes */
    struct cost_rows rows;
    uint32_t chain;   /* lookups between class maps and action */
    uint32_t lookups; /* all of them */
    uint32_t *reads;  /* `lookups` counts: memories read at the same time */
    uint32_t looked, carried;
};

/* A decider; the last one stands for what all share (fused programs, merges), if anything is. */
struct cost_part {
    const char *name;
    uint32_t decider; /* POL_NONE: shared */
    uint32_t rules, programs, layouts[COST_LAYOUTS];
    uint32_t lookups;               /* of its longest program */
    uint32_t classes[POL_OPERANDS]; /* most of any program; 0: no program maps the operand's code */
    struct cost_rows rows;
    uint64_t bits; /* of its memories */
};

struct cost_opclass {
    uint32_t looked, carried;
    uint32_t fetch, step, merge; /* lookups, one after the other */
    uint32_t worst;              /* decider whose program decides `step` */
    uint32_t reads, reads_at_once;
};

struct cost_domain {
    uint32_t tags, shapes, code_bits, lanes, lane_bits;
    bool bit_fields;
};

struct cost {
    struct arena arena;
    const struct pol_table *table;
    const struct hw *hw;
    /* Memories: hw->roms. */
    uint64_t words, bits, kind_bits[COST_ROM_KINDS];
    uint64_t ram_bits, tcam_bits; /* TERNARY memories are TCAM, all others RAM */
    /* Parts of the table. */
    struct cost_program *programs;
    uint32_t nprograms;
    struct cost_part *parts;
    uint32_t nparts;
    struct cost_opclass *opclasses; /* the table's; [0] is empty */
    struct cost_domain *domains;    /* the table's */
    struct cost_rows rows;          /* of all programs; key_bits: the widest key */
    uint64_t file_bytes;            /* of the sections that a step reads */
    /* Worst cases over the opclasses. */
    uint32_t lookups, lookups_opclass; /* fetch + step + merge */
    uint32_t reads, reads_at_once, reads_opclass;
    /* Tags. */
    uint32_t tag_bits, lanes;
    double tag_bytes_per_kib;
    /* One row for every opclass and combination of codes of its operands, lanes left aside, and the
     * width of such a row; as logarithms to base 2, since they hardly fit anything. */
    double naive_rows_log2, naive_bits_log2;
    uint32_t naive_row_bits;
};

struct cost *cost_new(const struct pol_table *table, const struct hw *hw);
void cost_free(struct cost *cost);

/* Rules by the rows whose final answer they are, most first; POL_NONE: no rule decides.  Writes at
 * most `room` of them and returns how many. */
struct cost_rule {
    uint32_t decider, rule;
    uint64_t rows;
};
uint32_t cost_rules(const struct cost *cost, struct cost_rule *out, uint32_t room);

/* Adds the lower bounds on TCAM entries, which takes a while: minimises them once more, with its
 * own view of which keys can occur.  What is beyond the minimiser's budgets stays 0. */
void cost_bounds(struct cost *cost);

/* For a person; and for tools, as docs/targets.md describes. */
void cost_print(const struct cost *cost, FILE *out);
json_t *cost_json(const struct cost *cost);

/* `12345 bits (1.5 KiB)`. */
void cost_size_text(uint64_t bits, char text[48]);

#endif
