/* Building memories: regions that are shared where equal, and the list of all memories. */
#ifndef COMPILER_BACKEND_HW_ROM_H
#define COMPILER_BACKEND_HW_ROM_H

#include "compiler/backend/hw/hw.h"
#include "compiler/backend/hw/index.h"

/* Consecutive words of a memory. */
struct hw_region {
    const uint64_t *words;
    uint32_t n, base;
};
struct hw_regions {
    struct arena *arena;
    VEC_OF(struct hw_region) items;
    struct hw_index index;
    uint32_t depth;
};

/* Number of the region with these words (copied); a new one lies behind the others. */
uint32_t hw_region(struct hw_regions *regions, const uint64_t *words, uint32_t n);
/* Moves regions, whose sizes are powers of two, so that each lies at a multiple of its size. */
void hw_regions_align(struct hw_regions *regions);

struct hw_roms {
    struct hw *hw;
    VEC_OF(struct hw_rom) items;
};

/* A memory of these regions, `width` bits a word; its number. */
uint32_t hw_rom_of_regions(struct hw_roms *roms, const char *name, enum hw_rom_kind kind,
                           uint32_t decider, uint32_t width, const struct hw_regions *regions);
/* A memory of these words (copied). */
uint32_t hw_rom_of_words(struct hw_roms *roms, const char *name, enum hw_rom_kind kind,
                         uint32_t decider, uint32_t width, const uint64_t *words, uint32_t n);
/* Bits that hold each of the words, at least 1. */
uint32_t hw_width_of(const uint64_t *words, uint32_t n);

#endif
