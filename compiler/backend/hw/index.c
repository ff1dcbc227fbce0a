#include "compiler/backend/hw/index.h"

#include <stdlib.h>
#include <pol/table_format.h>

uint64_t hw_hash(uint64_t seed, uint64_t value)
{
    uint64_t x = (seed ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return x ^ x >> 29;
}

uint64_t hw_hash_words(const uint64_t *words, size_t n)
{
    uint64_t hash = n;
    for (size_t i = 0; i < n; i++)
        hash = hw_hash(hash, words[i]);
    return hash;
}

uint32_t hw_index_next(const struct hw_index *index, uint64_t hash, uint32_t *probe)
{
    while (index->room) {
        uint32_t id = index->slots[(hash + (*probe)++) & (index->room - 1)];
        if (!id)
            break;
        if (index->hashes[id - 1] == hash)
            return id - 1;
    }
    return POL_NONE;
}

static void place(struct hw_index *index, uint32_t id)
{
    uint64_t at = index->hashes[id] & (index->room - 1);
    while (index->slots[at])
        at = (at + 1) & (index->room - 1);
    index->slots[at] = id + 1;
}

void hw_index_add(struct arena *arena, struct hw_index *index, uint64_t hash, uint32_t id)
{
    if (id != index->count)
        abort();
    index->hashes =
        arena_grow(arena, index->hashes, index->count, &index->hash_room, sizeof *index->hashes);
    index->hashes[index->count++] = hash;
    if (index->count * 2 < index->room) {
        place(index, id);
        return;
    }
    index->room = index->room ? index->room * 2 : 64;
    index->slots = ARENA_ARRAY(arena, uint32_t, index->room);
    for (uint32_t i = 0; i < index->count; i++)
        place(index, i);
}
