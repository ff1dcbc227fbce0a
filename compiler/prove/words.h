/* Instruction words that a claim or a comparison is about.
 *
 * Purpose: an opclass and a matcher meet where some word belongs to both, and that word is the
 * example that people see.  Pure functions; nothing is kept. */
#ifndef COMPILER_PROVE_WORDS_H
#define COMPILER_PROVE_WORDS_H

#include "compiler/ir/cube.h"
#include "compiler/ir/ir.h"
#include "lang/support/attr.h"

/* What the word shall be like; zero but for insn: any word. */
struct word_want {
    int insn;       /* ISA row, -1: any */
    struct cube in; /* {0, 0}: all words */
    bool writes_rd; /* if it has an RD at all: one whose destination is written, so not x0 */
    bool writes_csr;
};

/* A word of the opclass; the search is exact unless it gives up (ir/cube.h). */
enum cube_search word_find(const struct ir *ir, uint32_t opclass, const struct word_want *want,
                           uint32_t *word) LANG_MUST_CHECK;

/* A word of both decode entries, each of its own IR, that earlier entries leave to them. */
enum cube_search word_common(const struct ir *a, uint32_t entry_a, const struct ir *b,
                             uint32_t entry_b, uint32_t *word) LANG_MUST_CHECK;

/* The opclass of a word, 0: it does not decode. */
uint32_t word_opclass(const struct ir *ir, uint32_t word);

/* Whether the plain mnemonic means the word: `policyc eval` takes it for the opclass of the
 * instruction's least specific case, for any registers but x0. */
bool word_is_plain(const struct ir *ir, uint32_t word);

/* The mnemonic where that means the word, else the word: what a line for `policyc eval` begins
 * with. */
char *word_head(struct arena *arena, const struct ir *ir, uint32_t word);

#endif
