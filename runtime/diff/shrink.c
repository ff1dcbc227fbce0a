/* Shrinking: the smallest sets, one change at a time, that still show a difference.
 *
 * Changes, tried until none helps: a set becomes {}; a tag goes; an integer argument becomes 0,
 * half, one less; the same inside TagSet arguments. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Still a difference?  Otherwise the caller takes its change back. */
static bool try_change(struct shrink *shrink)
{
    if (!shrink->budget)
        return false;
    shrink->budget--;
    return shrink->differs(shrink->user);
}

/* Replaces `n` words by 0 if the difference stays. */
static bool try_clear(struct shrink *shrink, uint32_t *words, uint32_t n)
{
    uint32_t *before = malloc(n * sizeof *before);
    uint32_t any = 0;
    bool smaller = false;
    for (uint32_t i = 0; i < n; i++)
        any |= words[i];
    if (before && any) {
        memcpy(before, words, n * sizeof *before);
        memset(words, 0, n * sizeof *words);
        smaller = try_change(shrink);
        if (!smaller)
            memcpy(words, before, n * sizeof *before);
    }
    free(before);
    return smaller;
}

static bool try_number(struct shrink *shrink, uint32_t *number, uint32_t value)
{
    uint32_t before = *number;
    if (value >= before)
        return false;
    *number = value;
    if (try_change(shrink))
        return true;
    *number = before;
    return false;
}

static bool reduce_number(struct shrink *shrink, uint32_t *number)
{
    bool smaller = try_number(shrink, number, 0);
    while (*number > 1 && try_number(shrink, number, *number / 2))
        smaller = true;
    if (*number && try_number(shrink, number, *number - 1))
        smaller = true;
    return smaller;
}

/* Where argument `i` of a tag is, in a literal or a flat literal; POL_NO_OFFSET: not there. */
static uint32_t offset_of(const struct pol_tag_info *tag, uint32_t i, bool flat)
{
    return flat ? tag->args[i].flat_offset : tag->args[i].offset;
}

static uint32_t words_of(const struct pol_space *space, const struct pol_tag_info *tag, uint32_t i)
{
    return tag->args[i].is_set ? space->flat_words : 1;
}

/* Takes a tag and its arguments out of a literal. */
static bool try_drop(struct shrink *shrink, uint32_t *lit, uint32_t t, bool flat)
{
    const struct pol_space *space = shrink->space;
    const struct pol_tag_info *tag = space->tags + t;
    size_t words = flat ? space->flat_words : space->words;
    uint32_t *before = malloc(words * sizeof *before);
    if (!before)
        return false;
    memcpy(before, lit, words * sizeof *lit);
    lit[t / 32] &= ~((uint32_t)1 << (t % 32));
    for (uint32_t i = 0; i < tag->nargs; i++)
        if (offset_of(tag, i, flat) != POL_NO_OFFSET)
            memset(lit + offset_of(tag, i, flat), 0, words_of(space, tag, i) * sizeof *lit);
    bool smaller = try_change(shrink);
    if (!smaller)
        memcpy(lit, before, words * sizeof *lit);
    free(before);
    return smaller;
}

static bool shrink_literal(struct shrink *shrink, uint32_t *lit, bool flat);

static bool shrink_arguments(struct shrink *shrink, uint32_t *lit, uint32_t t, bool flat)
{
    const struct pol_tag_info *tag = shrink->space->tags + t;
    bool smaller = false;
    for (uint32_t i = 0; i < tag->nargs; i++) {
        uint32_t at = offset_of(tag, i, flat);
        if (at == POL_NO_OFFSET)
            continue;
        if (!tag->args[i].is_set)
            smaller |= reduce_number(shrink, lit + at);
        else if (!flat) /* one level: flat literals hold no sets */
            smaller |= shrink_literal(shrink, lit + at, true);
    }
    return smaller;
}

static bool shrink_literal(struct shrink *shrink, uint32_t *lit, bool flat)
{
    const struct pol_space *space = shrink->space;
    bool smaller = try_clear(shrink, lit, flat ? space->flat_words : space->words);
    for (uint32_t t = 0; t < space->ntags; t++) {
        if (!pol_lit_has(lit, t))
            continue;
        if (try_drop(shrink, lit, t, flat))
            smaller = true;
        else
            smaller |= shrink_arguments(shrink, lit, t, flat);
    }
    return smaller;
}

void shrink_sets(struct shrink *shrink)
{
    bool smaller = true;
    while (smaller && shrink->budget) {
        smaller = false;
        for (size_t i = 0; i < shrink->n; i++)
            smaller |= shrink_literal(shrink, shrink->lits[i], false);
    }
}
