/* Shared by the files of the SMT-LIB backend; private to this folder.
 *
 * Terms are texts in the arena.  Boolean terms are simplified as they are made, so that `true` and
 * `false` can be recognised by smt2_is.  Numbers of the policy are 64-bit signed bit-vectors, slots
 * and all else of the table 32-bit ones.  Names have `/` between their parts, which no name of a
 * policy contains. */
#ifndef COMPILER_BACKEND_SMT2_EMIT_H
#define COMPILER_BACKEND_SMT2_EMIT_H

#include "compiler/backend/smt2/smt2.h"
#include "lang/support/intern.h"

struct smt2 {
    const struct ir *ir;
    const struct pol_table *t;
    FILE *out;
    struct arena *arena;
    struct interner *done; /* names that are defined */
    const char **tags;     /* "heap.Pointer" */
    const char **deciders;
    const char **counters;
    uint32_t *field_of, *bit_of; /* by tag: FIELDS, and the bit of its shapes */
    uint32_t *tag_of, *arg_of;   /* by ARGS: the tag, and which of its arguments */
    struct smt2_set *operands[POL_OPERANDS];
    struct smt2_effect *effects; /* by ACTIONS */
    bool *stores;                /* [(decider * POL_RESULTS + result) * n_slots + slot] */
    bool has_sets;
};

/* A term and what it is about. */
typedef const char *smt2_term;

/* ---- text.c -------------------------------------------------------------------------------- */

void smt2_put(const struct smt2 *s, const char *format, ...) LANG_PRINTF(2, 3);
smt2_term smt2_text(const struct smt2 *s, const char *format, ...) LANG_PRINTF(2, 3);
/* Text inside a comment of one line. */
void smt2_comment(const struct smt2 *s, const char *text);
/* Whether the name is asked for the first time. */
bool smt2_once(const struct smt2 *s, const char *name);
/* The term under a name, which is defined; an atom stays itself. */
smt2_term smt2_bind(const struct smt2 *s, const char *name, const char *sort, smt2_term term);
#define SMT2_BOOL "Bool"
#define SMT2_SLOT "(_ BitVec 32)"
#define SMT2_NUMBER "(_ BitVec 64)"
/* A failure: 8 bits of cause (enum pol_cause), 32 of the tag; all 0: none. */
#define SMT2_FAULT "(_ BitVec 40)"

bool smt2_is(smt2_term term, const char *text);
smt2_term smt2_bool(bool value);
smt2_term smt2_slot(const struct smt2 *s, uint32_t value);
smt2_term smt2_number(const struct smt2 *s, int64_t value);
smt2_term smt2_fault(const struct smt2 *s, enum pol_cause cause, uint32_t tag);
smt2_term smt2_not(const struct smt2 *s, smt2_term a);
smt2_term smt2_and(const struct smt2 *s, smt2_term a, smt2_term b);
smt2_term smt2_or(const struct smt2 *s, smt2_term a, smt2_term b);
smt2_term smt2_implies(const struct smt2 *s, smt2_term a, smt2_term b);
smt2_term smt2_same(const struct smt2 *s, smt2_term a, smt2_term b); /* true of equal texts */
smt2_term smt2_ite(const struct smt2 *s, smt2_term when, smt2_term a, smt2_term b);

/* A conjunction of many terms, one to a line. */
struct smt2_all {
    VEC_FIELDS(smt2_term);
};
void smt2_all_add(const struct smt2 *s, struct smt2_all *all, smt2_term term);
/* (and ..), `true` if there is none. */
smt2_term smt2_all_term(const struct smt2 *s, const struct smt2_all *all);

/* Terms by index, at least one: a tree over the bits of `index`, a prefix to which the number of a
 * bit is appended.  An index beyond them does not occur.  `numbers` is used where `terms` is NULL.
 */
struct smt2_choice {
    const uint32_t *numbers;
    const smt2_term *terms;
    size_t count;
};
void smt2_choose(const struct smt2 *s, const struct smt2_choice *choice, const char *index);
/* Defines NAME, a function of a slot into slots, or into Bool, from its values by index. */
void smt2_function(const struct smt2 *s, const char *name, bool truth, const uint32_t *values,
                   size_t count);
/* Bits that hold 0 .. value. */
uint32_t smt2_bits(uint64_t value);

/* ---- names.c ------------------------------------------------------------------------------- */

void smt2_names(struct smt2 *s);
extern const char *const smt2_operands[POL_OPERANDS];
extern const char *const smt2_results[POL_RESULTS];

/* ---- word.c: what a tag word stands for ------------------------------------------------------ */

/* A set of tags: `has` by tag, arguments by ARGS (only those of tags that may be there count; their
 * values mean nothing where the tag is not). */
struct smt2_set {
    smt2_term *has;
    struct smt2_arg {
        smt2_term number;
        struct smt2_set *set;
    } * args;
};
struct smt2_set *smt2_empty_set(const struct smt2 *s);
/* Functions tag/T, field/F, kinds/F. */
void smt2_word_functions(const struct smt2 *s);
/* Declares slots first .. end-1 of word NAME: NAME/wS. */
void smt2_declare_word(const struct smt2 *s, const char *name, uint32_t first, uint32_t end);
/* The set of the tags of domains lo .. hi-1 in word NAME, whose parts become definitions. */
struct smt2_set *smt2_word_set(const struct smt2 *s, const char *name, uint32_t lo, uint32_t hi);
/* Whether the domain's slots of the word stand for a set, of the one kind in the term `kind`; NULL:
 * of any.  May print definitions. */
smt2_term smt2_word_ok(const struct smt2 *s, const char *name, uint32_t domain, smt2_term kind);
/* The word's slots of domains lo .. hi-1 stand for exactly the set. */
smt2_term smt2_word_is(const struct smt2 *s, const char *name, uint32_t lo, uint32_t hi,
                       const struct smt2_set *set);
/* No code of a field of the domain has the set's tags. */
smt2_term smt2_uncoded(const struct smt2 *s, uint32_t domain, const struct smt2_set *set);
/* All tags that `flat` sets have, with equal arguments. */
smt2_term smt2_same_flat(const struct smt2 *s, const struct smt2_set *a, const struct smt2_set *b);
/* Whether argument `arg` stands in sets inside TagSet arguments. */
bool smt2_is_flat(const struct smt2 *s, uint32_t arg);

/* ---- expr.c: numbers, guards, sets of the policy ------------------------------------------- */

smt2_term smt2_guard(const struct smt2 *s, struct ir_guard_id id);

/* One result in the making. */
struct smt2_giving {
    const struct smt2 *s;
    uint32_t decider;
    const char *name; /* prefix of definitions */
    unsigned parts;   /* definitions so far */
    struct smt2_failing {
        VEC_FIELDS(struct smt2_failure_case);
    } failing;       /* in their order */
    uint32_t *taken; /* by counter: fresh values used */
};
struct smt2_failure_case {
    smt2_term when, fault;
};
struct smt2_set *smt2_give(struct smt2_giving *g, struct ir_set_id id);
/* The first of the failures, 0 if none. */
smt2_term smt2_first_fault(const struct smt2_giving *g);
void smt2_fail_when(struct smt2_giving *g, smt2_term when, enum pol_cause cause, uint32_t tag);

/* Whether two arguments, not of a lattice, are equal; of a lattice: true. */
smt2_term smt2_args_agree(const struct smt2 *s, uint32_t tag, const struct smt2_set *a,
                          const struct smt2_set *b);
bool smt2_is_lattice(const struct smt2 *s, uint32_t tag, uint32_t k);
/* The union's arguments of a tag, by the presence in a and b; the join of lattices where in both.
 */
void smt2_join_args(const struct smt2 *s, uint32_t tag, const struct smt2_set *a,
                    const struct smt2_set *b, bool meet, struct smt2_set *to);

/* ---- rules.c ------------------------------------------------------------------------------- */

/* Defines rule/D/I and rule/D/I/agrees for each rule, and none/D/agrees. */
void smt2_decider(const struct smt2 *s, uint32_t decider);
/* What the table says of the decider in the opclass at hand, as constants: fault/D and so on. */
void smt2_declare_answer(const struct smt2 *s, uint32_t decider);
/* "the table's answers are those of the first rule that matches", of an opclass. */
smt2_term smt2_agreement(const struct smt2 *s, uint32_t opclass);
bool smt2_is_report(const struct smt2 *s, uint32_t decider, uint32_t rule);

/* ---- ops.c, program.c: the table's side ---------------------------------------------------- */

/* What a list of operations does. */
struct smt2_effect {
    smt2_term last;                /* value */
    smt2_term fault;               /* the first failure */
    smt2_term *store[POL_RESULTS]; /* by slot; NULL: left alone */
    uint32_t *used;                /* by counter */
};
/* Operations first .. first+n-1, whose values become definitions NAME/I.  Operand i is the word
 * operands[i]. */
struct smt2_effect smt2_run(const struct smt2 *s, const char *name, uint32_t first, uint32_t n,
                            const char *const *operands);

/* What the table says for an opclass and a decider, in definitions that start with cN/D/. */
struct smt2_said {
    const char *name;        /* "cN/D" */
    smt2_term bad;           /* an invalid code */
    smt2_term agree;         /* entries of a ternary memory that match give one state */
    const uint32_t *actions; /* by last state, told apart by cN/D/state0, cN/D/state1, .. */
    uint32_t nactions;
};
/* Actions and which slots they write; once, before the next ones. */
void smt2_actions(struct smt2 *s);
struct smt2_said smt2_program(const struct smt2 *s, uint32_t opclass, uint32_t decider);
/* Asserts that the constants of the decider are what the table says. */
void smt2_assert_answer(const struct smt2 *s, uint32_t decider, const struct smt2_said *said);
/* Whether an action of the decider writes the slot. */
bool smt2_writes_slot(const struct smt2 *s, uint32_t decider, unsigned result, uint32_t slot);

/* ---- step.c, decode.c, merge.c, facts.c ---------------------------------------------------- */

/* Words and sets of the operands, before the next ones. */
void smt2_step_words(struct smt2 *s);
void smt2_steps(const struct smt2 *s);
void smt2_decode(const struct smt2 *s);
void smt2_merges(const struct smt2 *s);
void smt2_facts(const struct smt2 *s);
/* Announces a query; asserts that the claim is false, asks, and forgets what came since. */
void smt2_open(const struct smt2 *s, const char *title);
void smt2_close(const struct smt2 *s, smt2_term claim);
/* Domains that a decider writes: lo .. hi-1. */
void smt2_scope(const struct smt2 *s, uint32_t decider, uint32_t *lo, uint32_t *hi);

#endif
