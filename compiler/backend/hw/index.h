/* An index by hash: finds equal things that are numbered and kept elsewhere.
 *
 * Usage:  uint32_t probe = 0, id;
 *         while ((id = hw_index_next(&index, hash, &probe)) != POL_NONE)
 *             if (is it equal) return id;
 *         hw_index_add(arena, &index, hash, new_id);
 * Ids are added in the order 0, 1, 2, ...  A zeroed struct is an empty index. */
#ifndef COMPILER_BACKEND_HW_INDEX_H
#define COMPILER_BACKEND_HW_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include "lang/support/arena.h"

struct hw_index {
    uint32_t *slots;  /* id + 1 */
    uint64_t *hashes; /* by id */
    size_t room, count, hash_room;
};

uint64_t hw_hash(uint64_t seed, uint64_t value);
uint64_t hw_hash_words(const uint64_t *words, size_t n);
uint32_t hw_index_next(const struct hw_index *index, uint64_t hash, uint32_t *probe);
void hw_index_add(struct arena *arena, struct hw_index *index, uint64_t hash, uint32_t id);

#endif
