/* Claims of entities on memory. */
#include "internal.h"

#include <inttypes.h>
#include <stdlib.h>

/* From the least specific kind. */
static uint8_t level_of(enum pol_entity_kind kind)
{
    switch (kind) {
    case POL_ENTITY_RANGE:
        return 0;
    case POL_ENTITY_SECTION:
        return 1;
    case POL_ENTITY_DERIVED:
        return 3;
    default:
        return 2;
    }
}

int claims_add(struct tag_claims *claims, const struct pol_entity *entity, uint64_t start,
               uint64_t length)
{
    if (claims->n == claims->room) {
        size_t room = claims->room * 2 + 64;
        struct tag_claim *list = realloc(claims->list, room * sizeof *list);
        if (!list)
            return tag_no_memory(claims->err);
        claims->list = list;
        claims->room = room;
    }
    uint32_t set = pol_image_intern(claims->image, entity->tags);
    if (set == POL_NO_SET)
        return tag_no_memory(claims->err);
    claims->list[claims->n++] = (struct tag_claim){
        {start, length, set, level_of(entity->kind), entity->only}, entity->name};
    return 0;
}

/* The last byte of a claim, widened to whole granules as the image does. */
static uint64_t last_byte(const struct pol_image *image, const struct pol_image_claim *c)
{
    uint64_t last = c->start + (c->length - 1);
    return last | (uint64_t)(pol_image_granule_at(image, last) - 1);
}

static uint64_t first_byte(const struct pol_image *image, const struct pol_image_claim *c)
{
    return c->start & ~(uint64_t)(pol_image_granule_at(image, c->start) - 1);
}

static int by_start(const void *left, const void *right)
{
    const struct tag_claim *a = left, *b = right;
    return a->claim.start < b->claim.start ? -1 : a->claim.start > b->claim.start;
}

static bool conflict(const struct tag_claims *claims, const struct pol_image_claim *a,
                     const struct pol_image_claim *b, uint32_t *out, uint32_t *tag)
{
    const struct pol_image *image = claims->image;
    bool replaced = (a->only && a->level > b->level) || (b->only && b->level > a->level);
    return !replaced && pol_image_union(image->space, pol_image_set(image, a->set),
                                        pol_image_set(image, b->set), out, tag) != 0;
}

enum { MAX_PAIRS = 10000000 }; /* that are looked at to name a conflict */

/* The first later claim that overlaps claim i and does not fit; NULL: none. */
static const struct tag_claim *opponent(const struct tag_claims *claims, size_t i, uint32_t *out,
                                        uint32_t *tag, uint32_t *pairs)
{
    const struct tag_claim *a = &claims->list[i];
    uint64_t last = last_byte(claims->image, &a->claim);
    for (size_t k = i + 1; k < claims->n && *pairs < MAX_PAIRS; k++, ++*pairs) {
        const struct tag_claim *b = &claims->list[k];
        if (first_byte(claims->image, &b->claim) > last)
            return NULL;
        if (conflict(claims, &a->claim, &b->claim, out, tag))
            return b;
    }
    return NULL;
}

/* Names the two entities that cannot be united, if they are found in time; else the image's own
 * message stays. */
static int name_conflict(struct tag_claims *claims)
{
    const struct pol_space *space = claims->image->space;
    const struct tag_claim *b = NULL;
    uint32_t *out = calloc(space->words, sizeof *out);
    uint32_t tag, pairs = 0;
    if (claims->n)
        qsort(claims->list, claims->n, sizeof *claims->list, by_start);
    for (size_t i = 0; out && !b && i < claims->n; i++) {
        b = opponent(claims, i, out, &tag, &pairs);
        if (b)
            tag_fail(claims->err,
                     "the entities `%s` and `%s` give the tag %s different arguments at 0x%" PRIx64,
                     claims->list[i].entity, b->entity, space->tags[tag].name, b->claim.start);
    }
    free(out);
    return -1;
}

int claims_unite(struct tag_claims *claims)
{
    for (size_t i = 0; i < claims->n; i++)
        if (pol_image_add_claim(claims->image, &claims->list[i].claim))
            return tag_fail(claims->err,
                            "the entity `%s` cannot be placed: a range that is empty or too large, "
                            "or no memory",
                            claims->list[i].entity);
    if (pol_image_unite(claims->image, claims->err->text, claims->err->size) == 0)
        return 0;
    return name_conflict(claims);
}

void claims_free(struct tag_claims *claims)
{
    free(claims->list);
}
