/* The common refinement of two decodes: pairs of opclasses with a word in common. */
#include <stdlib.h>

#include "compiler/compare/internal.h"
#include "compiler/prove/words.h"

/* Entries of both decodes that have words in common, were it not for earlier entries. */
struct candidate {
    uint32_t opclass[2], entry[2];
};

struct candidates {
    struct arena *arena;
    VEC_OF(struct candidate) list;
};

/* By opclasses; the plain cases of an instruction, which come last in a decode, first. */
static int by_classes(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    for (int who = 0; who < 2; who++)
        if (a->opclass[who] != b->opclass[who])
            return a->opclass[who] < b->opclass[who] ? -1 : 1;
    for (int who = 0; who < 2; who++)
        if (a->entry[who] != b->entry[who])
            return a->entry[who] > b->entry[who] ? -1 : 1;
    return 0;
}

static void gather(struct candidates *all, const struct ir *a, const struct ir *b)
{
    for (uint32_t i = 0; i < a->ndecode; i++)
        for (uint32_t k = 0; k < b->ndecode; k++) {
            const struct ir_decode *x = &a->decode[i], *y = &b->decode[k];
            struct candidate candidate = {{x->opclass, y->opclass}, {i, k}};
            if (x->opclass && y->opclass &&
                cube_meets((struct cube){x->mask, x->match}, (struct cube){y->mask, y->match}))
                VEC_PUSH(all->arena, &all->list, candidate);
        }
    if (all->list.count)
        qsort(all->list.items, all->list.count, sizeof *all->list.items, by_classes);
}

static bool same_pair(const struct candidate *a, const struct candidate *b)
{
    return a->opclass[0] == b->opclass[0] && a->opclass[1] == b->opclass[1];
}

/* The pair's word is one of the first instruction. */
static void note_word(struct comparer *c, struct class_pair *pair, uint32_t word, int *first)
{
    int row = pol_isa_decode(&c->side[COMPARE_OLD].ir->isa, word);
    bool known = false;
    for (size_t i = 0; i < pair->rows.count; i++)
        known = known || pair->rows.items[i] == row;
    if (!known)
        VEC_PUSH(&c->scratch, &pair->rows, row);
    if (pair->unknown || row < *first) {
        pair->unknown = false;
        pair->word = word;
        *first = row;
    }
}

/* One pair from the candidates; none where earlier entries take all words. */
static void add_pair(struct comparer *c, const struct candidate *candidates, size_t n)
{
    struct class_pair pair = {.opclass = {candidates[0].opclass[0], candidates[0].opclass[1]},
                              .unknown = true};
    bool any = false;
    int first = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t word;
        enum cube_search found =
            word_common(c->side[COMPARE_OLD].ir, candidates[i].entry[COMPARE_OLD],
                        c->side[COMPARE_NEW].ir, candidates[i].entry[COMPARE_NEW], &word);
        any = any || found != CUBE_COVERED;
        if (found == CUBE_FOUND)
            note_word(c, &pair, word, &first);
    }
    if (any)
        VEC_PUSH(&c->scratch, &c->pairs, pair);
}

void compare_find_pairs(struct comparer *c)
{
    struct candidates all = {.arena = &c->scratch};
    gather(&all, c->side[COMPARE_OLD].ir, c->side[COMPARE_NEW].ir);
    for (size_t from = 0, end; from < all.list.count; from = end) {
        end = from + 1;
        while (end < all.list.count && same_pair(&all.list.items[from], &all.list.items[end]))
            end++;
        add_pair(c, &all.list.items[from], end - from);
    }
}
