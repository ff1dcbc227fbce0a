/* Tag words as the hardware has them (docs/hardware.md, "Packed tag words"), from a rule table.
 *
 * Shapes: a packed word is `words` 32-bit words, bit 0 lowest in the first.  A table word is an
 * array of nslots slots, as pol/table.h takes it.
 * Ownership: a layout borrows its table.  Errors: running out of memory is NULL. */
#ifndef HARDWARE_LAYOUT_H
#define HARDWARE_LAYOUT_H

#include <pol/table.h>

struct layout {
    const struct pol_table *table;
    uint32_t nslots, bits, words; /* of a packed word */
    uint32_t *offset;             /* nslots + 1 entries: where a slot begins */
    uint32_t decider_bits, rule_bits, tag_bits;
};

struct layout *layout_new(const struct pol_table *table);
void layout_free(struct layout *layout);
void layout_pack(const struct layout *layout, const uint32_t *slots, uint32_t *packed);
void layout_unpack(const struct layout *layout, const uint32_t *packed, uint32_t *slots);
/* The bits that a trap replaces in the PC's tags: those of the domains that opted in. */
void layout_trap_mask(const struct layout *layout, uint32_t *packed);
/* A number that is all ones when there is none: POL_NONE then. */
uint32_t layout_number(uint32_t value, uint32_t bits);

#endif
