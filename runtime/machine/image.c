/* Tag images in memory: building, uniting what entities claim, looking up. */
#include <pol/image.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "grow.h"

enum { MAX_FINE_PAGES = 1 << 24 };

struct pol_image *pol_image_new(const struct pol_space *space, const struct pol_isa *isa,
                                uint32_t granule)
{
    if (!granule)
        granule = isa->xlen / 8u;
    if (granule != 1 && granule != 2 && granule != 4 && granule != 8)
        return NULL;
    struct pol_image *image = calloc(1, sizeof *image);
    uint32_t *empty = calloc(space->words, sizeof *empty);
    if (image && empty) {
        image->space = space;
        image->isa = *isa;
        image->granule = granule;
        image->trap_env = image->default_set = POL_NO_SET;
        for (unsigned i = 0; i < POL_CSRS; i++)
            image->csr[i] = POL_NO_SET;
    }
    if (!image || !empty || pol_image_intern(image, empty) != 0) {
        pol_image_free(image);
        image = NULL;
    }
    free(empty);
    return image;
}

void pol_image_free(struct pol_image *image)
{
    if (!image)
        return;
    free(image->sets);
    free(image->slot);
    free(image->trap_domains);
    free(image->claims);
    free(image->ranges);
    free(image->pages);
    free(image);
}

/* ---- Sets ------------------------------------------------------------------------------------ */

static uint32_t hash_words(const uint32_t *lit, uint32_t words)
{
    uint64_t hash = 14695981039346656037u;
    for (uint32_t i = 0; i < words; i++)
        hash = (hash ^ lit[i]) * 1099511628211u;
    return (uint32_t)(hash >> 32) ^ (uint32_t)hash;
}

/* The slot that holds the literal, or the free one where it belongs. */
static uint32_t find_slot(const struct pol_image *image, const uint32_t *lit)
{
    uint32_t at = hash_words(lit, image->space->words) & (image->slots - 1);
    while (image->slot[at] && memcmp(pol_image_set(image, image->slot[at] - 1), lit,
                                     image->space->words * sizeof *lit))
        at = (at + 1) & (image->slots - 1);
    return at;
}

static int grow_slots(struct pol_image *image)
{
    uint32_t slots = image->slots ? image->slots * 2 : 64;
    uint32_t *slot = slots ? calloc(slots, sizeof *slot) : NULL;
    if (!slot)
        return -1;
    free(image->slot);
    image->slot = slot;
    image->slots = slots;
    for (uint32_t i = 0; i < image->nsets; i++)
        image->slot[find_slot(image, pol_image_set(image, i))] = i + 1;
    return 0;
}

uint32_t pol_image_intern(struct pol_image *image, const uint32_t *lit)
{
    size_t words = image->space->words, room = image->sets_room;
    if (image->nsets >= image->slots / 2 && grow_slots(image))
        return POL_NO_SET;
    uint32_t at = find_slot(image, lit);
    if (image->slot[at])
        return image->slot[at] - 1;
    uint32_t *sets = grow_array(image->sets, &room, image->nsets + (size_t)1, words * sizeof *sets);
    if (!sets || room > UINT32_MAX)
        return POL_NO_SET;
    image->sets = sets;
    image->sets_room = (uint32_t)room;
    memcpy(sets + image->nsets * words, lit, words * sizeof *lit);
    image->slot[at] = ++image->nsets;
    return image->nsets - 1;
}

static bool same_arguments(const struct pol_space *space, const struct pol_tag_info *tag,
                           const uint32_t *a, const uint32_t *b)
{
    for (uint32_t i = 0; i < tag->nargs; i++) {
        size_t words = tag->args[i].is_set ? space->flat_words : 1;
        uint32_t at = tag->args[i].offset;
        if (memcmp(a + at, b + at, words * sizeof *a))
            return false;
    }
    return true;
}

int pol_image_union(const struct pol_space *space, const uint32_t *a, const uint32_t *b,
                    uint32_t *out, uint32_t *tag)
{
    for (uint32_t t = 0; t < space->ntags; t++)
        if (pol_lit_has(a, t) && pol_lit_has(b, t) &&
            !same_arguments(space, space->tags + t, a, b)) {
            *tag = t;
            return -1;
        }
    /* Arguments of absent tags are 0 and equal ones are equal, so OR unites them too. */
    for (uint32_t i = 0; i < space->words; i++)
        out[i] = a[i] | b[i];
    return 0;
}

/* ---- Additions ------------------------------------------------------------------------------- */

int pol_image_add_trap_domain(struct pol_image *image, uint32_t domain)
{
    uint32_t n = image->ntrap_domains, at = 0;
    while (at < n && image->trap_domains[at] < domain)
        at++;
    if (at < n && image->trap_domains[at] == domain)
        return 0;
    uint32_t *moved = realloc(image->trap_domains, (n + (size_t)1) * sizeof *moved);
    if (!moved)
        return -1;
    memmove(moved + at + 1, moved + at, (n - at) * sizeof *moved);
    moved[at] = domain;
    image->trap_domains = moved;
    image->ntrap_domains++;
    return 0;
}

static bool range_ok(uint64_t start, uint64_t length)
{
    return length && length - 1 <= UINT64_MAX - start;
}

int pol_image_add_claim(struct pol_image *image, const struct pol_image_claim *claim)
{
    if (!range_ok(claim->start, claim->length) || claim->set >= image->nsets)
        return -1;
    struct pol_image_claim *claims =
        grow_array(image->claims, &image->claims_room, image->nclaims + 1, sizeof *claims);
    if (!claims)
        return -1;
    image->claims = claims;
    claims[image->nclaims++] = *claim;
    return 0;
}

int pol_image_add_fine(struct pol_image *image, uint64_t start, uint64_t length)
{
    if (!range_ok(start, length))
        return -1;
    uint64_t first = start >> POL_PAGE_SHIFT, last = (start + (length - 1)) >> POL_PAGE_SHIFT;
    /* Entities come in the order of addresses mostly; the common repetition is the last page. */
    if (image->npages && image->pages[image->npages - 1] == first && first++ == last)
        return 0;
    if (last - first >= MAX_FINE_PAGES - image->npages)
        return -1;
    size_t want = image->npages + (size_t)(last - first) + 1;
    uint64_t *pages = grow_array(image->pages, &image->pages_room, want, sizeof *pages);
    if (!pages)
        return -1;
    image->pages = pages;
    for (uint64_t page = first; page <= last; page++)
        pages[image->npages++] = page;
    return 0;
}

/* ---- Uniting --------------------------------------------------------------------------------- */

static int compare_pages(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sort_pages(struct pol_image *image)
{
    size_t kept = 0;
    if (image->npages)
        qsort(image->pages, image->npages, sizeof *image->pages, compare_pages);
    for (size_t i = 0; i < image->npages; i++)
        if (!kept || image->pages[i] != image->pages[kept - 1])
            image->pages[kept++] = image->pages[i];
    image->npages = kept;
}

static int compare_claims(const void *a, const void *b)
{
    const struct pol_image_claim *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return (x->set > y->set) - (x->set < y->set);
}

static uint64_t claim_last(const struct pol_image_claim *claim)
{
    return claim->start + (claim->length - 1);
}

/* Whole granules: a tag covers a granule or nothing. */
static void widen_claims(struct pol_image *image)
{
    for (size_t i = 0; i < image->nclaims; i++) {
        struct pol_image_claim *claim = image->claims + i;
        uint64_t last = claim_last(claim);
        claim->start &= ~(uint64_t)(pol_image_granule_at(image, claim->start) - 1);
        last |= pol_image_granule_at(image, last) - 1;
        claim->length = last - claim->start + 1;
    }
}

/* State of the sweep over the sorted claims. */
struct sweep {
    struct pol_image *image;
    size_t next;    /* claim to become active */
    size_t *active; /* indices of claims that cover the current address */
    size_t nactive;
    uint32_t *lit, *scratch;
    char *err;
    size_t errsize;
};

static int sweep_fail(struct sweep *sweep, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(sweep->err, sweep->errsize, format, args);
    va_end(args);
    return -1;
}

/* Moves the active claims to address `at`. */
static void sweep_to(struct sweep *sweep, uint64_t at)
{
    const struct pol_image *image = sweep->image;
    size_t kept = 0;
    for (size_t i = 0; i < sweep->nactive; i++)
        if (claim_last(image->claims + sweep->active[i]) >= at)
            sweep->active[kept++] = sweep->active[i];
    sweep->nactive = kept;
    while (sweep->next < image->nclaims && image->claims[sweep->next].start <= at)
        sweep->active[sweep->nactive++] = sweep->next++;
}

/* The last address for which the active claims are the same. */
static uint64_t sweep_last(const struct sweep *sweep)
{
    const struct pol_image *image = sweep->image;
    uint64_t last = UINT64_MAX;
    for (size_t i = 0; i < sweep->nactive; i++) {
        uint64_t end = claim_last(image->claims + sweep->active[i]);
        last = end < last ? end : last;
    }
    if (sweep->next < image->nclaims && image->claims[sweep->next].start - 1 < last)
        last = image->claims[sweep->next].start - 1;
    return last;
}

/* The level below which claims do not count here. */
static uint8_t sweep_level(const struct sweep *sweep)
{
    uint8_t level = 0;
    for (size_t i = 0; i < sweep->nactive; i++) {
        const struct pol_image_claim *claim = sweep->image->claims + sweep->active[i];
        if (claim->only && claim->level > level)
            level = claim->level;
    }
    return level;
}

static int sweep_set(struct sweep *sweep, uint64_t at, uint32_t *set)
{
    struct pol_image *image = sweep->image;
    uint8_t level = sweep_level(sweep);
    uint32_t tag;
    memset(sweep->lit, 0, image->space->words * sizeof *sweep->lit);
    for (size_t i = 0; i < sweep->nactive; i++) {
        const struct pol_image_claim *claim = image->claims + sweep->active[i];
        const uint32_t *lit = pol_image_set(image, claim->set);
        if (claim->level < level)
            continue;
        if (pol_image_union(image->space, sweep->lit, lit, sweep->lit, &tag))
            return sweep_fail(sweep, "tag %s has different arguments at 0x%" PRIx64,
                              image->space->tags[tag].name, at);
    }
    *set = pol_image_intern(image, sweep->lit);
    return *set == POL_NO_SET ? sweep_fail(sweep, "out of memory") : 0;
}

static int append_range(struct sweep *sweep, uint64_t start, uint64_t last, uint32_t set)
{
    struct pol_image *image = sweep->image;
    struct pol_image_range *ranges = image->ranges;
    if (image->nranges) {
        struct pol_image_range *before = ranges + image->nranges - 1;
        if (before->set == set && before->start + before->length == start) {
            before->length += last - start + 1;
            return 0;
        }
    }
    ranges = grow_array(ranges, &image->ranges_room, image->nranges + 1, sizeof *ranges);
    if (!ranges)
        return sweep_fail(sweep, "out of memory");
    image->ranges = ranges;
    ranges[image->nranges++] = (struct pol_image_range){start, last - start + 1, set};
    return 0;
}

static int sweep_claims(struct sweep *sweep)
{
    struct pol_image *image = sweep->image;
    uint64_t at = image->nclaims ? image->claims[0].start : 0;
    uint32_t set = 0;
    while (sweep->nactive || sweep->next < image->nclaims) {
        sweep_to(sweep, at);
        uint64_t last = sweep_last(sweep);
        if (sweep->nactive && (sweep_set(sweep, at, &set) || append_range(sweep, at, last, set)))
            return -1;
        if (last == UINT64_MAX)
            break;
        at = last + 1;
    }
    return 0;
}

int pol_image_unite(struct pol_image *image, char *err, size_t errsize)
{
    struct sweep sweep = {.image = image, .err = err, .errsize = errsize};
    int status = -1;
    sort_pages(image);
    widen_claims(image);
    if (image->nclaims)
        qsort(image->claims, image->nclaims, sizeof *image->claims, compare_claims);
    image->nranges = 0;
    sweep.active = calloc(image->nclaims + 1, sizeof *sweep.active);
    sweep.lit = calloc(image->space->words, sizeof *sweep.lit);
    if (sweep.active && sweep.lit)
        status = sweep_claims(&sweep);
    else
        sweep_fail(&sweep, "out of memory");
    free(sweep.active);
    free(sweep.lit);
    if (!status)
        image->nclaims = 0;
    return status;
}

/* ---- Looking up ------------------------------------------------------------------------------ */

uint32_t pol_image_granule_at(const struct pol_image *image, uint64_t address)
{
    uint64_t page = address >> POL_PAGE_SHIFT;
    uint32_t parcel = pol_isa_parcel(&image->isa);
    if (parcel >= image->granule || parcel > 2 || !image->npages)
        return image->granule;
    return bsearch(&page, image->pages, image->npages, sizeof page, compare_pages) ? parcel
                                                                                   : image->granule;
}

uint32_t pol_image_set_at(const struct pol_image *image, uint64_t address)
{
    size_t low = 0, high = image->nranges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct pol_image_range *range = image->ranges + middle;
        if (address < range->start)
            high = middle;
        else if (address - range->start >= range->length)
            low = middle + 1;
        else
            return range->set;
    }
    return image->default_set;
}

/* ---- Invariants ------------------------------------------------------------------------------ */

static const char *check_ranges(const struct pol_image *image)
{
    for (size_t i = 0; i < image->nranges; i++) {
        const struct pol_image_range *range = image->ranges + i;
        if (!range_ok(range->start, range->length))
            return "memory range is empty or passes the end of the address space";
        uint64_t last = range->start + (range->length - 1);
        if (range->set >= image->nsets)
            return "memory range with an unknown set";
        if (i && range->start <= range[-1].start + (range[-1].length - 1))
            return "memory ranges are not sorted or overlap";
        if (range->start % pol_image_granule_at(image, range->start) ||
            (last + 1) % pol_image_granule_at(image, last))
            return "memory range is not made of whole granules";
    }
    return NULL;
}

static const char *check_sets(const struct pol_image *image)
{
    uint32_t n = image->nsets;
    for (unsigned i = 0; i < 32; i++)
        if (image->x[i] >= n || image->f[i] >= n)
            return "register with an unknown set";
    for (unsigned i = 0; i < POL_CSRS; i++)
        if (image->csr[i] != POL_NO_SET && (image->csr[i] >= n || pol_csr_cell(i) != i))
            return "CSR with an unknown set, or a view of another";
    if (image->env >= n || image->csr_default >= n ||
        (image->trap_env != POL_NO_SET && image->trap_env >= n) ||
        (image->default_set != POL_NO_SET && image->default_set >= n))
        return "unknown set";
    return NULL;
}

const char *pol_image_check(const struct pol_image *image)
{
    uint32_t g = image->granule;
    if (g != 1 && g != 2 && g != 4 && g != 8)
        return "granule is not 1, 2, 4 or 8";
    if (!image->nsets)
        return "set 0 is missing";
    for (uint32_t i = 0; i < image->space->words; i++)
        if (image->sets[i])
            return "set 0 is not {}";
    for (uint32_t i = 1; i < image->ntrap_domains; i++)
        if (image->trap_domains[i - 1] >= image->trap_domains[i])
            return "trap domains are not ascending";
    if (image->ntrap_domains && image->trap_env == POL_NO_SET)
        return "trap domains without their set";
    for (size_t i = 1; i < image->npages; i++)
        if (image->pages[i - 1] >= image->pages[i])
            return "pages are not ascending";
    if (image->nclaims)
        return "claims have not been united";
    const char *wrong = check_sets(image);
    return wrong ? wrong : check_ranges(image);
}
