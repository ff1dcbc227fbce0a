/* The hardware's view of a rule table: packed tag words and memories.
 *
 * Purpose: what the SystemVerilog, the ROM images and the cost report have in common.  Everything
 * comes from the loaded bytes of foo.prt; IR and compiler passes are not consulted.
 *
 * Shapes: `docs/hardware.md` defines packed words.  A memory is a list of `depth` words of `width`
 * bits (at most 64); its address is an index into it.  Memories are named after decider and role
 * and are listed in a fixed order, so that all backends and all runs agree.  How the memories are
 * wired together is in model.h.
 * Ownership: a struct hw owns all it points to, but for the table, which is borrowed.
 * Errors: none; memory that runs out ends the process (lang/support/arena.h). */
#ifndef COMPILER_BACKEND_HW_HW_H
#define COMPILER_BACKEND_HW_HW_H

#include <pol/table.h>
#include "lang/support/arena.h"

struct hw_slot {
    uint32_t offset, width; /* bits of the packed word */
};

enum hw_rom_kind {
    HW_ROM_CLASS,   /* class maps of one level position: {invalid, class or address part} */
    HW_ROM_CELLS,   /* one lookup: addresses into the next memory */
    HW_ROM_TERNARY, /* entries of a ternary memory, in three parts: value, mask, {row, program} */
    HW_ROM_ACTION,  /* what an action says and which operations it runs */
    HW_ROM_LUT      /* maps of codes in operations, and bit matrices */
};

struct hw_rom {
    const char *name; /* identifier, unique within the table */
    enum hw_rom_kind kind;
    uint32_t decider;      /* POL_NONE: shared by all (fused tables, merges) */
    uint32_t width, depth; /* width at least 1, depth at least 2 */
    const uint64_t *data;
    /* Where it lies in the one address space of a reloadable unit: a multiple of a power of two
     * that is at least the depth. */
    uint64_t load_base;
};

struct hw_model;

struct hw {
    struct arena arena;
    const struct pol_table *table;
    uint32_t word_bits;                     /* at least 1: an empty word has one bit, which is 0 */
    struct hw_slot *slots;                  /* nslots */
    uint32_t *domain_offset, *domain_width; /* bits, per domain */
    uint32_t decider_bits, rule_bits, tag_bits; /* widths of these ports */
    /* Rules that ask for a report: those of decider d are report_first[d] .. report_first[d + 1] of
     * all, each a bit of the port `reports`, which has report_bits, at least 1. */
    uint32_t *report_first, report_bits;
    uint32_t *counter_offset, *counter_width, counter_bits;
    const struct hw_rom *roms;
    uint32_t nroms;
    uint32_t load_bits;           /* address bits of a reloadable unit */
    const struct hw_model *model; /* model.h */
};

/* Does the rule (an index of RULES) ask for a report and go on? */
bool hw_reports(const struct pol_table *table, uint32_t rule);
/* Bits that hold 0 .. value; 0 for 0. */
uint32_t hw_bits(uint64_t value);
struct hw *hw_new(const struct pol_table *table);
void hw_free(struct hw *hw);

#endif
