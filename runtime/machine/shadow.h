/* Shadow memory: one tag value per granule, made page by page from the tag image as it is touched.
 * Private to runtime/machine. */
#ifndef POL_MACHINE_SHADOW_H
#define POL_MACHINE_SHADOW_H

#include <pol/image.h>

struct shadow_page {
    uint64_t number;  /* address >> POL_PAGE_SHIFT */
    uint32_t missing; /* granules that are untagged */
    uint8_t shift;    /* log2 of the granule */
    uint64_t *tagged; /* a bit per granule */
    /* The page is wholly tagged and has not been written to: the granules (a bit each) whose set is
     * not that of the next one. */
    bool settled;
    uint64_t *differs;
    unsigned char *values;
};

enum { SHADOW_RECENT_BITS = 8 };

struct shadow {
    const struct pol_image *image;
    const unsigned char *encoded; /* by set: the engine's value; borrowed */
    size_t value_size;
    uint32_t limit, npages, nslots; /* nslots: a power of two */
    struct shadow_page **slots;     /* open addressing by page number */
    struct shadow_page *recent[1 << SHADOW_RECENT_BITS];
    bool exhausted; /* the last failure was for lack of memory or the limit */
};

/* 0, or -1 when memory is short. */
int shadow_init(struct shadow *shadow, const struct pol_image *image, const unsigned char *encoded,
                size_t value_size);
/* Forgets all pages. */
void shadow_clear(struct shadow *shadow);
void shadow_free(struct shadow *shadow);

/* The page, made from the image if it has tags there or `create`; NULL: wholly untagged, or
 * shadow->exhausted. */
struct shadow_page *shadow_find(struct shadow *shadow, uint64_t number, bool create);

/* Where a page stands in `recent`: hashed, as code and data often differ by a round number. */
static inline uint32_t shadow_recent_index(uint64_t number)
{
    return (uint32_t)((number * 0x9e3779b97f4a7c15u) >> (64 - SHADOW_RECENT_BITS));
}

/* The page if it was touched lately, else NULL. */
static inline struct shadow_page *shadow_recent(const struct shadow *shadow, uint64_t address)
{
    uint64_t number = address >> POL_PAGE_SHIFT;
    struct shadow_page *page = shadow->recent[shadow_recent_index(number)];
    return page && page->number == number ? page : NULL;
}

static inline struct shadow_page *shadow_page(struct shadow *shadow, uint64_t address)
{
    struct shadow_page *page = shadow_recent(shadow, address);
    return page ? page : shadow_find(shadow, address >> POL_PAGE_SHIFT, false);
}

static inline uint32_t shadow_index(const struct shadow_page *page, uint64_t address)
{
    return (uint32_t)(address & (POL_PAGE_SIZE - 1)) >> page->shift;
}

static inline bool shadow_tagged(const struct shadow_page *page, uint32_t index)
{
    return !page->missing || (page->tagged[index / 64] >> (index % 64)) & 1u;
}

static inline unsigned char *shadow_value(const struct shadow *shadow,
                                          const struct shadow_page *page, uint32_t index)
{
    return page->values + index * shadow->value_size;
}

/* Marks a granule as tagged; the caller writes its value. */
void shadow_mark(struct shadow_page *page, uint32_t index);

#endif
