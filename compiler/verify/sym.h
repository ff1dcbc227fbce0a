/* Symbolic values for the proof: decision diagrams over operand codes and opaque comparisons.
 *
 * A value is a *reference*: a leaf (a term), or a node that branches on a variable.  Variables are
 * the code of a dense field of an operand (many values), one bit of a bit field, and *atoms*:
 * comparisons of terms, which are opaque booleans.  Variables of codes and bits come before atoms.
 * Terms and nodes are stored once, so equal references are equal functions; SYM_UNDEF stands for
 * inputs that cannot occur and may be read as any value.
 *
 * Terms are normalised: constants folded, commutative operands ordered, comparisons decided where
 * the ranges of their sides decide them.
 *
 * Ownership: everything belongs to the manager; sym_reset drops all references at once.  When the
 * budget is used up, `over` is set and results mean nothing. */
#ifndef COMPILER_VERIFY_SYM_H
#define COMPILER_VERIFY_SYM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYM_LEAF 0x80000000u /* flag of leaves; the rest is the term */
#define SYM_UNDEF UINT32_MAX
#define SYM_FALSE SYM_LEAF
#define SYM_TRUE (SYM_LEAF | 1u)
#define SYM_ATOM 0x80000000u /* flag of variables that are atoms; the rest is the term */

enum sym_kind {
    SYM_CONST,
    SYM_LANE,  /* operand a's slot b, an argument; if it is shared, c - 1 says which */
    SYM_WORD,  /* operand a's slot b, a whole field */
    SYM_PACK,  /* 32 bits as a word, a: their number */
    SYM_FRESH, /* counter a plus b, wrapped */
    SYM_ADD,
    SYM_SUB,
    SYM_MUL,
    SYM_DIV,
    SYM_MOD,
    SYM_AND,
    SYM_OR,
    SYM_ANDNOT,
    SYM_BIT, /* bit b of term a */
    SYM_MAP, /* what the map with contents c has for a, b */
    /* booleans: */
    SYM_EQ,
    SYM_LT,
    SYM_SPENT,   /* counter a has no b-th value */
    SYM_EQSLOTS, /* operand a slots b.. equal operand c slots d.., e of them */
    SYM_RELATED, /* the bit that the matrix with contents c has for a, b */
    SYM_CUT      /* stands for the boolean a, see sym_cut */
};

struct sym_term {
    uint32_t kind, a, b, c, d, e;
    int64_t value;  /* CONST */
    int64_t lo, hi; /* range */
};
struct sym_node {
    uint32_t var, first, n;
};
struct sym_slot {
    uint32_t gen, index;
};
struct sym_memo {
    uint32_t gen, fn, x, y, z, result;
};

struct sym {
    struct sym_term *terms;
    uint32_t nterms, terms_cap;
    struct sym_node *nodes;
    uint32_t nnodes, nodes_cap;
    uint32_t *children;
    size_t nchildren, children_cap;
    struct sym_slot *term_table, *node_table;
    uint32_t term_size, node_size;
    struct sym_memo *memo;
    uint32_t memo_size, memo_used;
    uint32_t gen, next_fn;
    size_t budget; /* children */
    bool over;
};

void sym_init(struct sym *s, size_t budget);
void sym_reset(struct sym *s);
void sym_free(struct sym *s);

/* --- terms -------------------------------------------------------------------------------------
 */

uint32_t sym_const(struct sym *s, int64_t value);
bool sym_is_const(const struct sym *s, uint32_t ref, int64_t *value);
/* LANE, WORD, PACK, FRESH: a leaf with values lo..hi. */
uint32_t sym_source(struct sym *s, enum sym_kind kind, uint32_t a, uint32_t b, int64_t lo,
                    int64_t hi);
/* The argument `arg` in operand `op`'s slot that several share. */
uint32_t sym_shared_lane(struct sym *s, uint32_t op, uint32_t slot, uint32_t arg, int64_t max);
/* SPENT, EQSLOTS. */
uint32_t sym_opaque(struct sym *s, enum sym_kind kind, uint32_t a, uint32_t b, uint32_t c,
                    uint32_t d, uint32_t e);
/* ADD .. ANDNOT, EQ, LT of two values, leaf by leaf.  Division by what is not positive gives 0. */
uint32_t sym_binary(struct sym *s, enum sym_kind kind, uint32_t x, uint32_t y);
uint32_t sym_bit(struct sym *s, uint32_t x, uint32_t bit);

/* A map of two values, or a bit matrix, whose values at constants are known.  Equal `contents`: the
 * same map. */
struct sym_map {
    int64_t (*at)(void *context, int64_t x, int64_t y);
    void *context;
    uint32_t contents;
    int64_t max; /* values are 0 .. max */
    bool boolean;
};
uint32_t sym_lookup(struct sym *s, const struct sym_map *map, uint32_t x, uint32_t y);

/* --- nodes -------------------------------------------------------------------------------------
 */

static inline bool sym_is_leaf(uint32_t ref)
{
    return (ref & SYM_LEAF) != 0;
}
/* The variable of a bit, or (bit 0) of a code. */
static inline uint32_t sym_var(uint32_t operand, uint32_t slot, uint32_t bit)
{
    return (slot * 32 + bit) * 8 + operand;
}
/* A node; its children branch on later variables. */
uint32_t sym_node(struct sym *s, uint32_t var, uint32_t n, const uint32_t *children);
uint32_t sym_child(const struct sym *s, uint32_t ref, uint32_t var, uint32_t i);

uint32_t sym_ite(struct sym *s, uint32_t cond, uint32_t x, uint32_t y);
uint32_t sym_and(struct sym *s, uint32_t x, uint32_t y);
uint32_t sym_or(struct sym *s, uint32_t x, uint32_t y);
uint32_t sym_not(struct sym *s, uint32_t x);
/* 1 where the value is not 0. */
uint32_t sym_truth(struct sym *s, uint32_t x);
/* An atom that stands for a boolean, so that values which depend on several of them stay small;
 * sym_uncut puts the booleans back. */
uint32_t sym_cut(struct sym *s, uint32_t boolean);
uint32_t sym_uncut(struct sym *s, uint32_t x);
/* Is it a comparison, or does it depend on one? */
bool sym_has_atom(struct sym *s, uint32_t x);
/* Is one of its values an opaque word (WORD, PACK)? */
bool sym_has_word(struct sym *s, uint32_t x);
/* Are all its values 0 or 1? */
bool sym_is_boolean(struct sym *s, uint32_t x);
/* The value where atom or bit `var` is `value`. */
uint32_t sym_restrict(struct sym *s, uint32_t x, uint32_t var, uint32_t value);
/* The boolean where the leaf has this value: comparisons of it with constants are decided. */
uint32_t sym_assign(struct sym *s, uint32_t x, uint32_t leaf, int64_t value);

/* Functions of constants that are found at the leaves; a leaf that is no constant makes *bad true.
 */
struct sym_fn {
    int64_t (*call)(void *context, int64_t x, int64_t y);
    void *context;
    bool bad;
};
uint32_t sym_apply1(struct sym *s, struct sym_fn *fn, uint32_t x);
uint32_t sym_apply2(struct sym *s, struct sym_fn *fn, uint32_t x, uint32_t y);

/* Is the boolean false for all inputs that can occur? */
static inline bool sym_never(uint32_t x)
{
    return x == SYM_FALSE || x == SYM_UNDEF;
}

#endif
