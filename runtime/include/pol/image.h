/* Tag images: the initial tags of a run.
 *
 * Purpose: what a tagger hands to the machine (machine.h): the PC tag, the tags of registers and
 * CSRs, the tags of memory, and which pages have fine granules.  Sets are literals of one tag
 * space.
 *
 * Shapes: sets are interned; everything else holds a `set`, an index into `sets`.  Set 0 is {}.
 * `ranges` are what pol_image_unite makes of `claims`: sorted, disjoint, non-empty, and aligned to
 * the granules of the pages they touch.  An empty literal is a tag set too: memory in no range is
 * *untagged*, unless `default_set` is given.
 *
 * File: JSON, docs/formats/image.md; sets as text by name; the same image gives the same bytes.
 * Ownership: the image owns its arrays; the space is borrowed and must outlive it.
 * Units: addresses and lengths are bytes.  Errors: status -1 and a message for a person in `err`.
 * Threads: read-only use may be shared.
 */
#ifndef POL_IMAGE_H
#define POL_IMAGE_H

#include <pol/isa.h>
#include <pol/tagset.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POL_NO_SET UINT32_MAX
#define POL_PAGE_SHIFT 12
#define POL_PAGE_SIZE 4096u
#define POL_CSRS 4096
#define POL_DIGEST_TEXT 65 /* 32 bytes in hexadecimal, and NUL */

/* `length` bytes from `start` have this set.  start + length may be 2^64 (and then wraps to 0). */
struct pol_image_range {
    uint64_t start, length;
    uint32_t set;
};

/* What one entity says about a range.  Claims that overlap unite; where one says `only`, those of a
 * lower level do not count. */
struct pol_image_claim {
    uint64_t start, length;
    uint32_t set;
    uint8_t level; /* SoC range < section < symbol < derived: the tagger's numbers */
    bool only;
};

struct pol_image {
    const struct pol_space *space;
    struct pol_isa isa;
    uint32_t granule;             /* of pages not listed: 1, 2, 4 or 8 */
    char digest[POL_DIGEST_TEXT]; /* of the policy, or "" */

    uint32_t nsets, sets_room;
    uint32_t *sets; /* nsets literals of space->words words */
    uint32_t slots; /* of the hash of sets, a power of two */
    uint32_t *slot; /* set + 1, 0: free */

    uint32_t env;
    uint32_t trap_env;      /* POL_NO_SET: no trap transfers */
    uint32_t ntrap_domains; /* the domains whose PC tags a trap replaces, ascending */
    uint32_t *trap_domains;
    uint32_t x[32], f[32];
    uint32_t csr_default;   /* of every CSR cell that csr[] does not list */
    uint32_t csr[POL_CSRS]; /* by pol_csr_cell number; POL_NO_SET: csr_default */
    uint32_t default_set;   /* `init default`; POL_NO_SET: uncovered memory is untagged */

    size_t nclaims, claims_room;
    struct pol_image_claim *claims;
    size_t nranges, ranges_room;
    struct pol_image_range *ranges;
    size_t npages, pages_room;
    uint64_t
        *pages; /* numbers (address >> POL_PAGE_SHIFT) of the pages with fine granules, ascending */
};

/* An image in which everything is {} and no memory is tagged; granule 0 means XLEN/8.  NULL when
 * memory is short or the granule is not 1, 2, 4 or 8. */
struct pol_image *pol_image_new(const struct pol_space *space, const struct pol_isa *isa,
                                uint32_t granule);
void pol_image_free(struct pol_image *image);

/* The index of a literal, which is copied when it is new.  POL_NO_SET when memory is short. */
uint32_t pol_image_intern(struct pol_image *image, const uint32_t *lit);
static inline const uint32_t *pol_image_set(const struct pol_image *image, uint32_t set)
{
    return image->sets + (size_t)set * image->space->words;
}

/* The union of two literals into `out` (may alias).  -1 when a tag has unequal arguments: *tag. */
int pol_image_union(const struct pol_space *space, const uint32_t *a, const uint32_t *b,
                    uint32_t *out, uint32_t *tag);

/* Adds trap domain / a claim / a fine page for each page that the range touches.  0, or -1: memory
 * is short, or the range is empty, passes the end of the address space, or (fine pages) is over 64
 * GiB. */
int pol_image_add_trap_domain(struct pol_image *image, uint32_t domain);
int pol_image_add_claim(struct pol_image *image, const struct pol_image_claim *claim);
int pol_image_add_fine(struct pol_image *image, uint64_t start, uint64_t length);

/* Sorts the pages and makes the ranges from the claims (which it then drops), each claim widened to
 * whole granules; call it once, after the last addition.  -1: two claims give one tag different
 * arguments (`err` names tag and address), or memory is short. */
int pol_image_unite(struct pol_image *image, char *err, size_t errsize);

/* Bytes of a granule on the page of this address: min(granule, parcel) on fine pages. */
uint32_t pol_image_granule_at(const struct pol_image *image, uint64_t address);
/* The set of an address: its range's, else default_set (POL_NO_SET: untagged). */
uint32_t pol_image_set_at(const struct pol_image *image, uint64_t address);

/* NULL if all invariants above hold, else what is wrong (static text). */
const char *pol_image_check(const struct pol_image *image);

/* `path` "-" is standard output.  0, or -1 with err; the file is then removed or incomplete. */
int pol_image_save(const struct pol_image *image, const char *path, char *err, size_t errsize);
/* NULL with err: not readable, no tag image, another version, a tag the space lacks, a broken
 * invariant.  The file is hostile: nothing in it is trusted. */
struct pol_image *pol_image_load(const char *path, const struct pol_space *space, char *err,
                                 size_t errsize);

#ifdef __cplusplus
}
#endif
#endif
