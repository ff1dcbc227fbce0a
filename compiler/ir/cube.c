#include "compiler/ir/cube.h"

#include <string.h>

#include "lang/support/arena.h"

/* Nodes after which a search gives up; ten thousand immediates of one instruction stay far below.
 */
#define CUBE_SEARCH_LIMIT 400000u

struct search {
    uint32_t prefer;
    uint32_t nodes;
    uint32_t word;
    struct arena arena;
};

/* The cubes of `out` that meet `in`, in the arena. */
static struct cube *meeting(struct search *s, struct cube in, const struct cube *out, size_t count,
                            size_t *kept)
{
    struct cube *list = ARENA_ARRAY(&s->arena, struct cube, count ? count : 1);
    *kept = 0;
    for (size_t i = 0; i < count; i++)
        if (cube_meets(in, out[i]))
            list[(*kept)++] = out[i];
    return list;
}

/* The cube to leave: one that has the preferred word of `in`, or NULL when that word is free. */
static const struct cube *blocker(struct cube in, const struct cube *list, size_t count,
                                  uint32_t prefer)
{
    uint32_t word = (prefer & ~in.mask) | in.match;
    for (size_t i = 0; i < count; i++)
        if (cube_has(list[i], word))
            return &list[i];
    return NULL;
}

static enum cube_search find(struct search *s, struct cube in, const struct cube *out,
                             size_t count);

/* Splits `in` along the bits that `block` fixes: each part differs from it in one more bit. */
static enum cube_search split(struct search *s, struct cube in, struct cube block,
                              const struct cube *list, size_t count)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t one = (uint32_t)1 << bit;
        if (!(block.mask & one) || (in.mask & one))
            continue;
        struct cube part = {in.mask | one, in.match | (~block.match & one)};
        enum cube_search result = find(s, part, list, count);
        if (result != CUBE_COVERED)
            return result;
        in.mask |= one;
        in.match |= block.match & one;
    }
    return CUBE_COVERED;
}

static enum cube_search find(struct search *s, struct cube in, const struct cube *out, size_t count)
{
    if (++s->nodes > CUBE_SEARCH_LIMIT)
        return CUBE_GAVE_UP;
    size_t kept;
    struct cube *list = meeting(s, in, out, count, &kept);
    const struct cube *block = blocker(in, list, kept, s->prefer);
    if (!block) {
        s->word = (s->prefer & ~in.mask) | in.match;
        return CUBE_FOUND;
    }
    return split(s, in, *block, list, kept);
}

enum cube_search cube_find(struct cube in, const struct cube *out, size_t count, uint32_t prefer,
                           uint32_t *word)
{
    struct search s = {.prefer = prefer};
    arena_init(&s.arena);
    enum cube_search result = find(&s, in, out, count);
    arena_free(&s.arena);
    if (result == CUBE_FOUND)
        *word = s.word;
    return result;
}
