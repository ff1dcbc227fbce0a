/* Byte keys -> numbers: open addressing; see keys.h. */
#include <string.h>
#include "compiler/table/keys.h"

struct keys *keys_new(struct arena *arena)
{
    struct keys *k = ARENA_NEW(arena, struct keys);
    k->arena = arena;
    return k;
}

static uint32_t key_hash(const char *s, size_t n)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 0x100000001B3u;
    return (uint32_t)(h >> 32 ^ h);
}

static struct key_entry *key_slot(const struct keys *k, const char *key, size_t n)
{
    uint32_t at = key_hash(key, n) & (k->size - 1);
    while (k->table[at].key && (k->table[at].length != n || memcmp(k->table[at].key, key, n) != 0))
        at = (at + 1) & (k->size - 1);
    return &k->table[at];
}

static void keys_grow(struct keys *k)
{
    struct keys old = *k;
    k->size = old.size ? old.size * 2 : 64;
    k->table = ARENA_ARRAY(k->arena, struct key_entry, k->size);
    for (uint32_t i = 0; i < old.size; i++)
        if (old.table[i].key)
            *key_slot(k, old.table[i].key, old.table[i].length) = old.table[i];
}

struct key_entry *key_find(struct keys *k, const void *key, size_t n)
{
    if (k->used * 2 >= k->size)
        keys_grow(k);
    struct key_entry *e = key_slot(k, key, n);
    if (!e->key) {
        char *copy = arena_alloc(k->arena, n + 1);
        memcpy(copy, key, n);
        *e = (struct key_entry){copy, n, KEY_NEW};
        k->used++;
    }
    return e;
}
