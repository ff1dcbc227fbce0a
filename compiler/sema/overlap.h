/* Can one input match two rules?  Shared by the files that decide the claims of `|`.
 *
 * Exact: an answer OVERLAP comes with an input that was checked against both rules, EXCLUDED is a
 * proof; UNDECIDED is said when neither was found within fixed limits, so that answers do not
 * depend on the machine. */
#ifndef COMPILER_SEMA_OVERLAP_H
#define COMPILER_SEMA_OVERLAP_H

#include "compiler/sema/internal.h"

enum overlap { OVERLAP_EXCLUDED, OVERLAP_FOUND, OVERLAP_UNDECIDED };

/* --- tag presence -------------------------------------------------------------------------- */

/* What a rule demands of one operand's tags: required and forbidden, each ascending.  Exact: the
 * decider's own tags are just the required ones. */
struct overlap_cond {
    uint32_t *required, *forbidden;
    uint32_t nrequired, nforbidden;
    bool exact;
};
/* What a rule plainly says of one argument: lo <= value <= hi. */
struct overlap_range {
    enum pol_operand op;
    uint32_t tag, arg;
    int64_t lo, hi;
};
struct overlap_rule {
    const struct model_rule *rule;
    uint32_t group; /* ngroups stands for every instruction */
    bool never;     /* matches nothing, or takes no part: it reports and lets others decide */
    struct overlap_cond cond[POL_OPERANDS];
    struct overlap_range *ranges; /* by operand, tag, argument; each once */
    uint32_t nranges;
};

/* An instruction word that belongs to both rules' groups, and the operands that it has. */
struct overlap_word {
    int insn;
    unsigned exists; /* bit (1 << enum pol_operand) */
};

#define OVERLAP_WORDS (1u << POL_OPERANDS)

/* A group's instructions by ISA row. */
struct overlap_group {
    struct model_inst *insts;
    uint32_t count;
};
/* The model's groups, and at the end all instructions. */
struct overlap_group *overlap_groups(const struct model *m, struct arena *arena);
/* One word for each set of operands that common words have. */
uint32_t overlap_common(const struct overlap_group *a, const struct overlap_group *b,
                        struct overlap_word words[OVERLAP_WORDS]);

struct overlap_pair {
    const struct model *m;
    const struct model_decider *decider;
    const struct overlap_rule *a, *b;
    const struct overlap_word *words; /* one for each set of operands */
    uint32_t nwords;
    struct arena *arena; /* for the answer's text */
    const char *witness; /* FOUND: `lw code={Ex} mem={Rd}` */
};

bool overlap_owns(const struct model *m, const struct model_decider *d, uint32_t tag);
void overlap_describe(const struct model *m, const struct model_decider *d,
                      const struct model_rule *rule, struct arena *arena, struct overlap_rule *out);
void overlap_ranges(const struct model *m, struct overlap_rule *rule, struct arena *arena);
bool overlap_ranges_meet(const struct overlap_rule *a, const struct overlap_rule *b);
/* The rule's range for an argument; NULL: it says nothing plain. */
const struct overlap_range *overlap_range(const struct overlap_rule *rule, enum pol_operand op,
                                          uint32_t tag, uint32_t arg);
/* Whether the presence of tags allows both. */
bool overlap_tags(const struct model *m, const struct model_decider *d,
                  const struct overlap_rule *a, const struct overlap_rule *b, unsigned exists);
enum overlap overlap_decide(struct overlap_pair *pair);

/* --- argument values ----------------------------------------------------------------------- */

/* Values are nodes 0 .. count-1 of a union-find structure; equal ones share a root. */
struct overlap_node {
    uint32_t parent;
    bool is_set;
    int64_t lo, hi;  /* integers */
    int64_t value;   /* the answer */
    uint32_t domain; /* sets: whose tags it holds */
    uint32_t number; /* sets: the answer, as a number of a subset */
};
struct overlap_formula {
    const struct model_guard *guard;
    uint32_t first_var; /* node of the rule's variable 0 */
};
struct overlap_values {
    const struct model *m;
    struct arena arena;
    VEC_OF(struct overlap_node) nodes;
    struct overlap_formula formulas[2];
    uint32_t nformulas;
};

uint32_t overlap_root(struct overlap_values *v, uint32_t node);
/* FOUND fills in the roots' answers. */
enum overlap overlap_solve(struct overlap_values *v);
/* The n-th tag of a domain that has no TagSet arguments; false: fewer. */
bool overlap_flat_tag(const struct model *m, uint32_t domain, uint32_t n, uint32_t *tag);

#endif
