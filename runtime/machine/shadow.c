/* Shadow memory: a hash of pages, filled from the image on first touch. */
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256, DEFAULT_LIMIT = 1 << 18 };

int shadow_init(struct shadow *shadow, const struct pol_image *image, const unsigned char *encoded,
                size_t value_size)
{
    memset(shadow, 0, sizeof *shadow);
    shadow->image = image;
    shadow->encoded = encoded;
    shadow->value_size = value_size;
    shadow->limit = DEFAULT_LIMIT;
    shadow->nslots = FIRST_SLOTS;
    shadow->slots = calloc(FIRST_SLOTS, sizeof *shadow->slots);
    return shadow->slots ? 0 : -1;
}

static void free_page(struct shadow_page *page)
{
    if (!page)
        return;
    free(page->tagged); /* and differs */
    free(page->values);
    free(page);
}

void shadow_clear(struct shadow *shadow)
{
    for (uint32_t i = 0; i < shadow->nslots && shadow->slots; i++) {
        free_page(shadow->slots[i]);
        shadow->slots[i] = NULL;
    }
    memset(shadow->recent, 0, sizeof shadow->recent);
    shadow->npages = 0;
}

void shadow_free(struct shadow *shadow)
{
    shadow_clear(shadow);
    free(shadow->slots);
}

static uint32_t find_slot(struct shadow_page *const *slots, uint32_t nslots, uint64_t number)
{
    uint32_t at = (uint32_t)((number * 0x9e3779b97f4a7c15u) >> 32) & (nslots - 1);
    while (slots[at] && slots[at]->number != number)
        at = (at + 1) & (nslots - 1);
    return at;
}

static int grow_slots(struct shadow *shadow)
{
    uint32_t nslots = shadow->nslots * 2;
    struct shadow_page **slots = calloc(nslots, sizeof(struct shadow_page *));
    if (!slots)
        return -1;
    for (uint32_t i = 0; i < shadow->nslots; i++)
        if (shadow->slots[i])
            slots[find_slot(slots, nslots, shadow->slots[i]->number)] = shadow->slots[i];
    free(shadow->slots);
    shadow->slots = slots;
    shadow->nslots = nslots;
    return 0;
}

void shadow_mark(struct shadow_page *page, uint32_t index)
{
    uint64_t bit = (uint64_t)1 << (index % 64);
    if (page->tagged[index / 64] & bit)
        return;
    page->tagged[index / 64] |= bit;
    page->missing--;
}

/* The first of the image's ranges that does not end before `start`; nranges if all do. */
static size_t first_range(const struct pol_image *image, uint64_t start)
{
    size_t low = 0, high = image->nranges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct pol_image_range *range = image->ranges + middle;
        if (range->start + (range->length - 1) < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Does the image tag anything on the page? */
static bool image_touches(const struct pol_image *image, uint64_t number)
{
    uint64_t start = number << POL_PAGE_SHIFT;
    size_t first = first_range(image, start);
    return image->default_set != POL_NO_SET ||
           (first < image->nranges && image->ranges[first].start <= start + (POL_PAGE_SIZE - 1));
}

static void fill_page(const struct shadow *shadow, struct shadow_page *page, uint32_t granules)
{
    const struct pol_image *image = shadow->image;
    uint64_t start = page->number << POL_PAGE_SHIFT;
    size_t at = first_range(image, start);
    for (uint32_t i = 0; i < granules; i++) {
        uint64_t address = start + ((uint64_t)i << page->shift);
        uint32_t set = image->default_set;
        while (at < image->nranges &&
               image->ranges[at].start + (image->ranges[at].length - 1) < address)
            at++;
        if (at < image->nranges && image->ranges[at].start <= address)
            set = image->ranges[at].set;
        if (set == POL_NO_SET)
            continue;
        memcpy(shadow_value(shadow, page, i), shadow->encoded + set * shadow->value_size,
               shadow->value_size);
        shadow_mark(page, i);
    }
}

static void compare_granules(const struct shadow *shadow, struct shadow_page *page,
                             uint32_t granules)
{
    page->settled = !page->missing;
    for (uint32_t i = 0; i + 1 < granules; i++)
        if (memcmp(shadow_value(shadow, page, i), shadow_value(shadow, page, i + 1),
                   shadow->value_size))
            page->differs[i / 64] |= (uint64_t)1 << (i % 64);
}

static struct shadow_page *make_page(const struct shadow *shadow, uint64_t number)
{
    uint32_t granule = pol_image_granule_at(shadow->image, number << POL_PAGE_SHIFT);
    uint32_t granules = POL_PAGE_SIZE / granule;
    struct shadow_page *page = calloc(1, sizeof *page);
    if (!page)
        return NULL;
    page->number = number;
    page->missing = granules;
    while ((1u << page->shift) < granule)
        page->shift++;
    page->tagged = calloc((granules + 63) / 64, 2 * sizeof *page->tagged);
    page->values = calloc(granules, shadow->value_size);
    if (!page->tagged || !page->values) {
        free_page(page);
        return NULL;
    }
    page->differs = page->tagged + (granules + 63) / 64;
    fill_page(shadow, page, granules);
    compare_granules(shadow, page, granules);
    return page;
}

struct shadow_page *shadow_find(struct shadow *shadow, uint64_t number, bool create)
{
    uint32_t at = find_slot(shadow->slots, shadow->nslots, number);
    struct shadow_page *page = shadow->slots[at];
    shadow->exhausted = false;
    if (!page) {
        if (!create && !image_touches(shadow->image, number))
            return NULL;
        shadow->exhausted = true;
        if (shadow->npages >= shadow->limit)
            return NULL;
        if (shadow->npages >= shadow->nslots / 2 && grow_slots(shadow))
            return NULL;
        page = make_page(shadow, number);
        if (!page)
            return NULL;
        shadow->slots[find_slot(shadow->slots, shadow->nslots, number)] = page;
        shadow->npages++;
        shadow->exhausted = false;
    }
    shadow->recent[shadow_recent_index(number)] = page;
    return page;
}
