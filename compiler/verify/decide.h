/* The walk of one program; private to decide.c, walk.c and level.c.
 *
 * Frontier: pairs (table state, list of the rules that are still possible, what is known of bit
 * fields whose tests overlap).  Each level of the program narrows both. */
#ifndef COMPILER_VERIFY_DECIDE_H
#define COMPILER_VERIFY_DECIDE_H

#include "compiler/verify/internal.h"

/* A condition on one field of one operand. */
struct need {
    uint32_t op, cut;
    uint32_t ready; /* levels after which it is settled; POL_NONE: never */
};

struct cut_info {
    struct vf_cut c;
    uint64_t *accept; /* dense: codes */
};

/* The rules of one decider. */
struct rule_needs {
    struct need *needs;
    uint32_t nneeds;
    bool never;
    uint32_t guard; /* over atoms; SYM_TRUE if none */
};
struct decider_rules {
    struct vf *v;
    uint32_t decider;
    VEC_OF(struct cut_info) cuts;
    struct vf_keys *cut_ids;
    struct rule_needs *rules;
    struct sym sym; /* comparisons, opaque, on raw lanes */
};

/* A rule that applies to the opclass, less what every possible operand fulfils. */
struct open_rule {
    uint32_t rule;
    struct need *needs;
    uint32_t nneeds;
    uint32_t ready; /* levels after which all needs are settled */
};

struct entry {
    uint32_t rule, guard; /* open_rule, rest of its guard */
};

enum level_kind { LV_MAP, LV_TEST, LV_ATOM, LV_FIXED };
struct level {
    enum level_kind kind;
    const struct pol_prt_level *l;
    uint32_t op, field;
    uint32_t mask, value;    /* TEST; ATOM: bit 0 stands for the comparison */
    uint32_t *codes, ncodes; /* MAP: that can occur */
    uint32_t var;            /* ATOM */
    bool negated;            /* ATOM: the input is its negation */
    uint32_t input;          /* FIXED */
    uint32_t known;          /* TEST, ATOM: index of the bits to remember, or POL_NONE */
};

struct pair {
    uint32_t state, list, known;
    uint32_t parent, choice;
};

struct list {
    size_t first;
    uint32_t n;
};

struct successor {
    uint32_t value, list, choice;
    bool unused;       /* the outcome is not used */
    const bool *asked; /* per remembered field: a rule of the list still asks for it */
};

struct walk {
    struct decider_rules *d;
    struct vf *v;
    const struct pol_prt_program *p;
    struct form_key form;
    uint32_t opclass; /* one of them, for messages */
    struct arena arena;
    struct open_rule *open;
    uint32_t nopen;
    struct level *levels;
    uint32_t nlevels;
    /* known bits of overlapping fields */
    uint32_t *known_at; /* operand * nfields + field -> index + 1 */
    uint32_t nknown;
    bool *known_asked;      /* per remembered field: some rule needs it in the end */
    bool *known_atom;       /* it is a comparison that several levels make */
    VEC_OF(uint32_t) known; /* id * 2 * nknown: ones, zeros of each */
    uint32_t known_count, *known_table, known_size, *known_scratch;
    /* lists */
    VEC_OF(struct entry) pool;
    VEC_OF(struct list) lists;
    uint32_t *list_table, list_size;
    struct entry *scratch;
    /* pairs */
    VEC_OF(struct pair) pairs;
    size_t begin; /* of the newest frontier */
    struct sym_slot *pair_table;
    uint32_t pair_size, pair_gen;
    /* per level: what becomes of a list */
    VEC_OF(struct successor) successors;
    struct list *memo; /* per list: its successors */
    uint32_t *memo_gen, memo_cap;
};

bool vf_levels_prepare(struct walk *w);
void vf_levels_ready(struct walk *w, struct open_rule *rule);

/* Does the test ask what a condition on its field asks?  If no rule of a list asks it, its outcome
 * is not used there: neither does a table that looks at what matters. */
bool vf_decides(const struct walk *w, const struct level *lv, const struct vf_cut *c);

uint32_t vf_known_intern(struct walk *w, const uint32_t *bits);
/* The known bits after a level came out so, less what the rules do not ask; false: it cannot. */
bool vf_known_after(struct walk *w, uint32_t level, uint32_t known, const struct successor *s,
                    uint32_t *next);

/* Comparisons of the IR as atoms. */
uint32_t vf_guard(struct decider_rules *d, struct ir_guard_id id, const char **odd);
/* A table's expression over raw lanes. */
uint32_t vf_expression(struct vf *v, struct sym *s, uint32_t first, uint32_t n, const char **odd);

bool vf_walk(struct walk *w);

#endif
