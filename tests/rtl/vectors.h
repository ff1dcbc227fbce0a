/* Random operands of a table, what the evaluator says about them, and packed words: shared by the
 * programs that make vectors. */
#ifndef TESTS_RTL_VECTORS_H
#define TESTS_RTL_VECTORS_H

#include "bits.h"
#include "compiler/backend/hw/model.h"

enum { WORD_ROOM = 4 }; /* slots beyond the last one */

struct source {
    const struct pol_table *t;
    const struct hw *hw;
    uint64_t state;
    uint32_t invalid; /* one slot in so many is damaged; 0: none */
};

/* 0 .. n-1 */
uint32_t draw(struct source *s, uint32_t n);
uint32_t *new_word(const struct pol_table *t);
void copy_word(const struct pol_table *t, uint32_t *to, const uint32_t *from);
bool same_word(const struct pol_table *t, const uint32_t *a, const uint32_t *b);
/* Kinds (POL_KIND_*) of what a source holds, for instructions of that class. */
uint32_t operand_kinds(const struct pol_prt_opclass *c, int source);
/* A word of codes that can occur there, mostly, and any arguments; the lanes of absent tags count
 * too. */
void draw_word(struct source *s, uint32_t *word, uint32_t kinds);
/* Some slots as in another word, so that comparisons hold. */
void copy_some(struct source *s, uint32_t *word, const uint32_t *from);
/* A word of the instruction set: mostly one that some rule may apply to. */
uint32_t draw_insn(struct source *s);

void add_word(struct bits *b, const struct hw *hw, const uint32_t *word);
/* POL_NONE as all ones. */
void add_none(struct bits *b, uint32_t value, uint32_t width);

/* One granule's step. */
struct step {
    struct source *s;
    struct pol_eval ev;
    uint32_t *word[HW_SOURCES]; /* env .. mem, rd_old, csr_old */
    uint32_t *out[POL_RESULTS], *empty;
    uint32_t *deciding;
    struct pol_answer ans;
    uint32_t allowed; /* so far, for the reader of the vectors */
};

void step_new(struct step *st, struct source *s);
void step_free(struct step *st);
/* Leaves the pending uses of counters alone: pol_eval_begin is the caller's. */
void step_evaluate(struct step *st, uint32_t opclass);
/* Is the domain's part of a result written, if the step is allowed? */
bool step_writes(const struct step *st, uint32_t opclass, uint32_t result, uint32_t domain);
/* Whether the instruction has the result. */
bool has_result(const struct pol_prt_opclass *c, uint32_t result);
/* enum pol_action, 0 if allowed. */
uint32_t step_response(const struct step *st);
/* Marks the rules that reported; hw->report_bits of them.  Then their bits. */
void step_reports(const struct step *st, unsigned char *reports);
void add_reports(struct bits *b, const struct hw *hw, const unsigned char *reports);
void add_fails(struct bits *b, const struct step *st);
void add_rules(struct bits *b, const struct step *st);
/* Counters get values, often near their ends. */
void draw_counters(struct step *st);

static inline uint32_t at_least_one(uint32_t n)
{
    return n ? n : 1;
}

#endif
