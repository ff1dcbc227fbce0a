#include "compiler/prove/words.h"

#include <inttypes.h>

#define ALL_WORDS ((struct cube){0, 0})
#define RD_IS_X0 ((struct cube){0x00000f80u, 0})
#define RS1_IS_X0 ((struct cube){0x000f8000u, 0})

/* Registers as people write examples: x10, x11, x12, x13; CSR mscratch. */
static uint32_t preferred(const struct pol_insn *insn)
{
    return insn->csr ? 0x340u << 20 | 11u << 15 | 10u << 7
                     : 13u << 27 | 12u << 20 | 11u << 15 | 10u << 7;
}

uint32_t word_opclass(const struct ir *ir, uint32_t word)
{
    for (uint32_t i = 0; i < ir->ndecode; i++)
        if ((word & ir->decode[i].mask) == ir->decode[i].match)
            return ir->decode[i].opclass;
    return 0;
}

/* Cubes that a word must avoid. */
struct avoided {
    struct arena *arena;
    VEC_OF(struct cube) cubes;
};

/* The entries before `entry` take words from it. */
static void avoid_earlier(struct avoided *avoided, const struct ir *ir, uint32_t entry,
                          struct cube in)
{
    for (uint32_t i = 0; i < entry; i++) {
        struct cube earlier = {ir->decode[i].mask, ir->decode[i].match};
        if (cube_meets(earlier, in))
            VEC_PUSH(avoided->arena, &avoided->cubes, earlier);
    }
}

static enum cube_search find_in(const struct avoided *avoided, struct cube in,
                                const struct pol_insn *insn, uint32_t *word)
{
    return cube_find(in, avoided->cubes.items, avoided->cubes.count, preferred(insn), word);
}

static const struct pol_insn *row_of(const struct ir *ir, uint32_t entry, int *row)
{
    *row = pol_isa_decode(&ir->isa, ir->decode[entry].match);
    return *row < 0 ? NULL : pol_insn_at((size_t)*row);
}

static enum cube_search find_in_entry(const struct ir *ir, uint32_t entry,
                                      const struct word_want *want, uint32_t *word)
{
    int row;
    const struct pol_insn *insn = row_of(ir, entry, &row);
    struct cube in = {ir->decode[entry].mask, ir->decode[entry].match};
    if (!insn || (want->insn >= 0 && row != want->insn) || !cube_meets(in, want->in))
        return CUBE_COVERED;
    struct arena arena;
    arena_init(&arena);
    struct avoided avoided = {.arena = &arena};
    in = cube_both(in, want->in);
    avoid_earlier(&avoided, ir, entry, in);
    if (want->writes_rd && insn->rd_file == POL_FILE_INT)
        VEC_PUSH(&arena, &avoided.cubes, RD_IS_X0);
    if (want->writes_csr && insn->csr == POL_CSR_MODIFY)
        VEC_PUSH(&arena, &avoided.cubes, RS1_IS_X0);
    enum cube_search found = find_in(&avoided, in, insn, word);
    arena_free(&arena);
    return found;
}

/* Of the first instruction the plain case, which comes last in the decode. */
enum cube_search word_find(const struct ir *ir, uint32_t opclass, const struct word_want *want,
                           uint32_t *word)
{
    enum cube_search result = CUBE_COVERED;
    int best = -1;
    for (uint32_t i = ir->ndecode; i-- > 0;) {
        int row;
        uint32_t found_word;
        if (ir->decode[i].opclass != opclass || !row_of(ir, i, &row) || (best >= 0 && row >= best))
            continue;
        enum cube_search found = find_in_entry(ir, i, want, &found_word);
        if (found == CUBE_FOUND) {
            best = row;
            *word = found_word;
        } else if (found == CUBE_GAVE_UP) {
            result = found;
        }
    }
    return best >= 0 ? CUBE_FOUND : result;
}

enum cube_search word_common(const struct ir *a, uint32_t entry_a, const struct ir *b,
                             uint32_t entry_b, uint32_t *word)
{
    int row;
    const struct pol_insn *insn = row_of(a, entry_a, &row);
    struct cube x = {a->decode[entry_a].mask, a->decode[entry_a].match};
    struct cube y = {b->decode[entry_b].mask, b->decode[entry_b].match};
    if (!insn || !cube_meets(x, y))
        return CUBE_COVERED;
    struct arena arena;
    arena_init(&arena);
    struct avoided avoided = {.arena = &arena};
    avoid_earlier(&avoided, a, entry_a, cube_both(x, y));
    avoid_earlier(&avoided, b, entry_b, cube_both(x, y));
    enum cube_search found = find_in(&avoided, cube_both(x, y), insn, word);
    arena_free(&arena);
    return found;
}

bool word_is_plain(const struct ir *ir, uint32_t word)
{
    int row = pol_isa_decode(&ir->isa, word);
    if (row < 0)
        return false;
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    const struct cube whole = {insn->mask, insn->match};
    if ((preferred(insn) & ~insn->mask) != (word & ~insn->mask))
        return false;
    for (uint32_t i = ir->ndecode; i-- > 0;) {
        struct cube entry = {ir->decode[i].mask, ir->decode[i].match};
        struct word_want want = {.insn = row, .in = ALL_WORDS};
        uint32_t example;
        if (cube_within(entry, whole) && ir->decode[i].opclass &&
            find_in_entry(ir, i, &want, &example) == CUBE_FOUND)
            return ir->decode[i].opclass == word_opclass(ir, word);
    }
    return false;
}

char *word_head(struct arena *arena, const struct ir *ir, uint32_t word)
{
    int row = pol_isa_decode(&ir->isa, word);
    return word_is_plain(ir, word) ? arena_strdup(arena, pol_insn_at((size_t)row)->name)
                                   : arena_printf(arena, "0x%08" PRIx32, word);
}
