/* Small things that all of sema uses. */
#include <string.h>
#include "compiler/sema/internal.h"

uint64_t sema_mix(uint64_t hash, uint64_t value)
{
    hash ^= value;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static size_t slot_of(const struct sema_map *map, uint64_t stored)
{
    size_t i = (size_t)sema_mix(UINT64_C(0x51ed270b), stored) & (map->cap - 1);
    while (map->keys[i] != 0 && map->keys[i] != stored)
        i = (i + 1) & (map->cap - 1);
    return i;
}

uint32_t sema_map_get(const struct sema_map *map, uint64_t key)
{
    if (map->cap == 0)
        return SEMA_NONE;
    size_t i = slot_of(map, key + 1);
    return map->keys[i] ? map->values[i] : SEMA_NONE;
}

static void grow(struct arena *arena, struct sema_map *map)
{
    struct sema_map old = *map;
    map->cap = old.cap ? old.cap * 2 : 16;
    map->keys = ARENA_ARRAY(arena, uint64_t, map->cap);
    map->values = ARENA_ARRAY(arena, uint32_t, map->cap);
    for (size_t i = 0; i < old.cap; i++) {
        if (!old.keys[i])
            continue;
        size_t to = slot_of(map, old.keys[i]);
        map->keys[to] = old.keys[i];
        map->values[to] = old.values[i];
    }
}

void sema_map_put(struct arena *arena, struct sema_map *map, uint64_t key, uint32_t value)
{
    if (map->count * 2 >= map->cap)
        grow(arena, map);
    size_t i = slot_of(map, key + 1);
    map->count += map->keys[i] == 0;
    map->keys[i] = key + 1;
    map->values[i] = value;
}

enum diag_severity sema_strict(const struct sema *s, uint32_t module)
{
    return s->modules.items[module].dpl ? DIAG_WARNING : DIAG_ERROR;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

struct model_loc sema_loc(const struct sema *s, struct lang_span span)
{
    struct model_loc loc = {.span = span, .file = ""};
    if (!span.file)
        return loc;
    struct lang_place place = lang_place_at(s->map, (struct lang_file_id){span.file}, span.start);
    loc.file = arena_strdup(s->out, base_name(place.file));
    loc.line = place.line;
    loc.column = place.column;
    return loc;
}

const char *sema_text(struct sema *s, const char *text)
{
    return arena_strdup(s->out, text);
}

const char *sema_qualified(struct sema *s, enum sema_kind kind, uint32_t sym)
{
    const struct sema_sym *it = &s->syms[kind].items[sym];
    return arena_printf(s->out, "%s.%s", s->modules.items[it->module].name, it->name.text);
}

bool sema_sees(const struct sema *s, uint32_t from, uint32_t module)
{
    return (s->modules.items[from].visible[module / 32] >> (module % 32)) & 1u;
}
