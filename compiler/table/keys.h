/* Internal to compiler/table: byte keys -> numbers, for sharing what is equal.
 * Ownership: the arena that the map was made with. */
#ifndef COMPILER_TABLE_KEYS_H
#define COMPILER_TABLE_KEYS_H

#include <stdint.h>
#include "lang/support/arena.h"

struct keys {
    struct arena *arena;
    struct key_entry {
        const char *key;
        size_t length;
        uint32_t value;
    } * table;
    uint32_t size, used;
};

#define KEY_NEW UINT32_MAX
struct keys *keys_new(struct arena *arena);
/* The entry for a key, valid until the next call; a new one has the value KEY_NEW. */
struct key_entry *key_find(struct keys *k, const void *key, size_t n);

#endif
