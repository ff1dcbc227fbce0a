/* Small tools of the proof. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compiler/verify/internal.h"

bool vf_fail(struct vf *v, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (!v->failed && v->errsize)
        vsnprintf(v->err, v->errsize, fmt, args);
    v->failed = true;
    va_end(args);
    return false;
}

/* --- keys ---------------------------------------------------------------------------------------
 */

struct hash_key {
    const void *key;
    size_t size;
    uint32_t number;
};
struct vf_keys {
    struct arena *arena;
    struct hash_key *table;
    uint32_t size, used;
};

struct vf_keys *vf_keys_new(struct arena *arena)
{
    struct vf_keys *set = ARENA_NEW(arena, struct vf_keys);
    set->arena = arena;
    return set;
}

static uint32_t hash_bytes(const void *key, size_t size)
{
    const unsigned char *p = key;
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < size; i++)
        h = (h ^ p[i]) * 0x100000001B3u;
    return (uint32_t)(h ^ h >> 32);
}

static struct hash_key *key_slot(const struct vf_keys *set, const void *key, size_t size)
{
    uint32_t at = hash_bytes(key, size) & (set->size - 1);
    while (set->table[at].key &&
           (set->table[at].size != size || memcmp(set->table[at].key, key, size) != 0))
        at = (at + 1) & (set->size - 1);
    return &set->table[at];
}

static void grow_keys(struct vf_keys *set)
{
    struct vf_keys old = *set;
    set->size = old.size ? old.size * 2 : 32;
    set->table = ARENA_ARRAY(set->arena, struct hash_key, set->size);
    for (uint32_t i = 0; i < old.size; i++)
        if (old.table[i].key)
            *key_slot(set, old.table[i].key, old.table[i].size) = old.table[i];
}

uint32_t vf_keys_add(struct vf_keys *set, const void *key, size_t size, bool *added)
{
    if (set->used * 2 >= set->size)
        grow_keys(set);
    struct hash_key *k = key_slot(set, key, size);
    *added = k->key == NULL;
    if (*added) {
        char *copy = arena_alloc(set->arena, size + 1);
        if (size)
            memcpy(copy, key, size);
        *k = (struct hash_key){copy, size, set->used++};
    }
    return k->number;
}

/* --- names --------------------------------------------------------------------------------------
 */

const char *vf_operand_name(uint32_t op)
{
    static const char *const names[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
    return names[op];
}

const char *vf_result_name(uint32_t result)
{
    static const char *const names[POL_RESULTS] = {"ENV", "RD", "CSR", "MEM"};
    return names[result];
}

void vf_print_shape(const struct vf *v, struct str_buf *out, uint32_t field, uint32_t shape)
{
    const struct enc_field *e = &v->fields[field];
    const char *separator = "";
    if (shape == 0 || shape >= e->nshapes) {
        str_printf(out, "(code %" PRIu32 ")", shape);
        return;
    }
    str_add(out, "{");
    for (uint32_t i = 0; i < e->f->ntags; i++)
        if (vf_bit(vf_shape_bits(e, shape), i)) {
            str_printf(out, "%s%s", separator, v->ir->space->tags[e->tags[i]].name);
            separator = ", ";
        }
    str_add(out, "}");
}

const char *vf_lane_tags(const struct vf *v, struct arena *arena, uint32_t slot)
{
    const char *names = "";
    for (uint32_t i = v->lane_first[slot]; i < v->lane_first[slot + 1]; i++)
        names = arena_printf(arena, "%s%s%s", names, *names ? " or " : "",
                             v->ir->space->tags[v->tag_of_arg[v->lane_args[i]]].name);
    return names;
}
