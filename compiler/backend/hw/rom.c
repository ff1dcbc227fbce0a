#include "compiler/backend/hw/rom.h"

#include <stdlib.h>
#include <string.h>

uint32_t hw_region(struct hw_regions *regions, const uint64_t *words, uint32_t n)
{
    uint64_t hash = hw_hash_words(words, n);
    uint32_t probe = 0, id;
    while ((id = hw_index_next(&regions->index, hash, &probe)) != POL_NONE)
        if (regions->items.items[id].n == n &&
            memcmp(regions->items.items[id].words, words, n * sizeof *words) == 0)
            return id;
    uint64_t *copy = ARENA_ARRAY(regions->arena, uint64_t, (size_t)n + 1);
    memcpy(copy, words, n * sizeof *words);
    struct hw_region region = {copy, n, regions->depth};
    id = (uint32_t)regions->items.count;
    regions->depth += n;
    hw_index_add(regions->arena, &regions->index, hash, id);
    VEC_PUSH(regions->arena, &regions->items, region);
    return id;
}

void hw_regions_align(struct hw_regions *regions)
{
    uint32_t base = 0;
    for (uint32_t bit = 32; bit-- > 0;)
        for (size_t i = 0; i < regions->items.count; i++) {
            struct hw_region *region = &regions->items.items[i];
            if (region->n != (uint32_t)1 << bit)
                continue;
            region->base = base;
            base += region->n;
        }
    if (base != regions->depth)
        abort(); /* a size that is no power of two */
}

uint32_t hw_width_of(const uint64_t *words, uint32_t n)
{
    uint64_t all = 1;
    for (uint32_t i = 0; i < n; i++)
        all |= words[i];
    return hw_bits(all);
}

static uint32_t add_rom(struct hw_roms *roms, struct hw_rom rom)
{
    if (rom.width > 64 || rom.width == 0)
        abort();
    VEC_PUSH(&roms->hw->arena, &roms->items, rom);
    return (uint32_t)roms->items.count - 1;
}

uint32_t hw_rom_of_words(struct hw_roms *roms, const char *name, enum hw_rom_kind kind,
                         uint32_t decider, uint32_t width, const uint64_t *words, uint32_t n)
{
    uint32_t depth = n < 2 ? 2 : n;
    uint64_t *data = ARENA_ARRAY(&roms->hw->arena, uint64_t, depth);
    if (n)
        memcpy(data, words, n * sizeof *data);
    struct hw_rom rom = {name, kind, decider, width, depth, data, 0};
    return add_rom(roms, rom);
}

uint32_t hw_rom_of_regions(struct hw_roms *roms, const char *name, enum hw_rom_kind kind,
                           uint32_t decider, uint32_t width, const struct hw_regions *regions)
{
    uint64_t *data = ARENA_ARRAY(&roms->hw->arena, uint64_t, (size_t)regions->depth + 2);
    for (size_t i = 0; i < regions->items.count; i++) {
        const struct hw_region *region = &regions->items.items[i];
        memcpy(data + region->base, region->words, region->n * sizeof *data);
    }
    struct hw_rom rom = {name, kind, decider, width, regions->depth < 2 ? 2 : regions->depth,
                         data, 0};
    return add_rom(roms, rom);
}
