/* Tag spaces and literal tag sets.
 *
 * Purpose: the one neutral notation in which interpreter, monitor, table, traces and reports
 * exchange tag sets.  It is a format only: union, merge and matching are each engine's own.
 *
 * A *tag space* lists the tags of a composition in declaration order; the index is the tag's id.
 * A *literal* is an array of `space->words` 32-bit words:
 *
 *     word[0 .. has_words)      presence, bit (t % 32) of word t / 32 set when tag t is present
 *     then the arguments        in tag order; argument k of tag t starts at args[k].offset:
 *                               an integer takes 1 word, a TagSet argument takes flat_words words
 *
 * A TagSet argument holds a *flat* literal: presence words, then only the integer arguments of tags
 * that have no TagSet argument themselves (at args[k].flat_offset).  Arguments of absent tags are
 * 0, so two literals are the same set exactly when their words are equal.
 *
 * Ownership: a space is built once, then read-only and shareable between threads.
 */
#ifndef POL_TAGSET_H
#define POL_TAGSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POL_MAX_ARGS 16
#define POL_NO_OFFSET UINT32_MAX

struct pol_tag_arg {
    bool is_set;          /* TagSet argument; else an integer */
    uint64_t limit;       /* integers: values are 0 .. limit-1, limit <= 2^32 */
    char **values;        /* NULL, or `limit` names that stand for the values in text; tags may
                             share a list: owned by the space, see pol_space_values */
    uint32_t offset;      /* filled by pol_space_finish: word offset in a literal */
    uint32_t flat_offset; /* filled: offset in a flat literal, POL_NO_OFFSET if not there */
};

struct pol_tag_info {
    char *name;   /* short name, e.g. "Pointer" */
    char *module; /* full module name, e.g. "osv.heap" */
    uint32_t nargs;
    struct pol_tag_arg args[POL_MAX_ARGS];
    bool merge_all;   /* merge all; else merge any */
    bool has_set_arg; /* filled */
    bool ambiguous;   /* filled: short name occurs twice; print it qualified */
};

struct pol_space {
    uint32_t ntags;
    struct pol_tag_info *tags;
    uint32_t has_words;  /* filled: (ntags + 31) / 32, at least 1 */
    uint32_t words;      /* filled: size of a literal */
    uint32_t flat_words; /* filled: size of a flat literal */
    void *index;         /* private: names to ids */
    void *lists;         /* private: the lists of values' names */
};

/* A space with room for `ntags` zeroed tags, whose names the caller fills with strdup'ed strings,
 * then finishes.  NULL when memory is short. */
struct pol_space *pol_space_new(uint32_t ntags);
/* A copy of n names that belongs to the space; NULL when memory is short. */
char **pol_space_values(struct pol_space *space, const char *const *names, size_t n);
/* Computes the filled fields.  0, or -1 when sizes overflow or nargs is too large. */
int pol_space_finish(struct pol_space *space);
void pol_space_free(struct pol_space *space);

static inline bool pol_lit_has(const uint32_t *lit, uint32_t tag)
{
    return (lit[tag / 32] >> (tag % 32)) & 1u;
}

static inline void pol_lit_set(uint32_t *lit, uint32_t tag)
{
    lit[tag / 32] |= (uint32_t)1 << (tag % 32);
}

/* Tag id by short or qualified name; -1 unknown, -2 ambiguous. */
long pol_space_find(const struct pol_space *space, const char *name, size_t len);

/* Parses `{A, B 3, heap.C 4, (D 5), Saved {A, B 1}, Label secret}` into `lit` (space->words words).
 * Returns 0, or -1 with a message in `err`: syntax, unknown or ambiguous tag, a tag twice, wrong
 * number of arguments, value out of range, nesting. */
int pol_lit_parse(const struct pol_space *space, const char *text, size_t len, uint32_t *lit,
                  char *err, size_t errsize);

/* Prints a literal as `{A, B 3}` in declaration order.  Like snprintf: returns the length needed.
 */
size_t pol_lit_format(const struct pol_space *space, const uint32_t *lit, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
