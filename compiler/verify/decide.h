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

/* A comparison of a lane with a constant: its outcome changes at `from` and, unless that is 0, at
 * `to`.  `limit`: values from here on cannot be where the rule's tags are. */
struct value_test {
    uint32_t var;  /* the atom */
    uint32_t lane; /* the leaf */
    uint64_t from, to, limit;
};

/* The rules of one decider. */
struct rule_needs {
    struct need *needs;
    uint32_t nneeds;
    bool never;
    uint32_t guard; /* over atoms; SYM_TRUE if none */
    struct value_test *tests;
    uint32_t ntests; /* those of its comparisons that are of an argument with a constant */
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
    bool reports;   /* it records a violation; the rules below decide */
};

struct entry {
    uint32_t rule, guard; /* open_rule; rest of its guard, SYM_UNDEF: its tags cannot be there */
};

/* A lane that a VALUE level looks at.  Its values are cut where a bound of such a level lies, or
 * where a comparison with a constant changes: of an EXPR level or of an open rule.  All that is
 * asked of the lane is the same throughout an interval. */
struct value_lane {
    uint32_t op, slot, leaf;
    VEC_OF(uint32_t) starts; /* of the intervals, ascending; the first is 0 */
    uint32_t known;          /* where several levels look at it: what to remember, or POL_NONE */
};

enum level_kind { LV_MAP, LV_TEST, LV_ATOM, LV_VALUE, LV_FIXED };
struct level {
    enum level_kind kind;
    const struct pol_prt_level *l;
    uint32_t op, field;
    uint32_t mask, value;    /* TEST; ATOM: bit 0 stands for the comparison */
    uint32_t *codes, ncodes; /* MAP: that can occur */
    uint32_t var;            /* ATOM; VALUE: of an EXPR level, else 0 */
    bool negated;            /* ATOM, VALUE: the input is its negation */
    uint32_t input;          /* FIXED */
    uint32_t known;          /* TEST, ATOM, VALUE: what to remember, or POL_NONE */
    uint32_t denied, denial; /* TEST: what remembers tests of the field that came out false, and the
                              * number there if it is of several bits; or POL_NONE */
    uint32_t lane;           /* VALUE */
    uint32_t *inputs;        /* VALUE: per interval */
    /* VALUE: per interval the first one that no level from here on (`before`), or after this one
     * (`after`), tells from it, plus 1; NULL where no level before, or after, looks at the lane */
    uint32_t *before, *after;
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
    uint32_t before, after; /* VALUE: what must have been remembered, and what will be, or 0 */
    bool unused;            /* the outcome is not used */
    const bool *asked;      /* per remembered field: a rule of the list still asks for it */
};

/* The entries of a TCAM that may still match, ascending. */
struct entries {
    const uint32_t *ids;
    uint32_t n;
};
struct tcam {
    VEC_OF(struct entries) sets; /* by the numbers that stand for states */
    struct vf_keys *numbers, *steps;
    VEC_OF(uint32_t) next; /* by the number of a step (level, set, input) */
    uint32_t **alike;      /* per level and entry: the first that it is like from there on */
    uint32_t *scratch;
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
    bool *known_kept;       /* it is remembered whether rules ask for it or not */
    VEC_OF(uint32_t) known; /* id * 2 * nknown: ones, zeros of each */
    uint32_t known_count, *known_table, known_size, *known_scratch;
    /* lists */
    VEC_OF(struct entry) pool;
    VEC_OF(struct list) lists;
    uint32_t *list_table, list_size;
    struct entry *scratch;
    VEC_OF(struct value_lane) lanes;
    struct tcam tcam;
    uint32_t *told; /* rules that an input reports, as found */
    uint64_t looks; /* entries of the TCAM, and intervals, that were looked at for some list */
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

/* Notes the comparisons with constants of a rule's guard. */
void vf_value_tests(struct decider_rules *d, uint32_t rule);
/* Whether a rule's comparisons with constants contradict or cover each other, so that what is left
 * of its guard holds for all values (1) or for none (0); else -1. */
int vf_value_settles(struct walk *w, const struct entry *e);
/* Turns EXPR levels that compare a lane with a constant into VALUE levels, where such a level looks
 * at the lane; after all levels are prepared. */
void vf_values_join(struct walk *w);
/* The intervals, and the inputs on them; once the open rules are known. */
void vf_values_ready(struct walk *w);
/* Appends what becomes of a list on each interval, by `add`. */
struct distinct;
void vf_value_successors(struct walk *w, uint32_t list, uint32_t level, struct distinct *d);
void vf_add_successor(struct distinct *d, struct successor s);
uint32_t vf_intern_list(struct walk *w, const struct entry *e, uint32_t n);
/* Does the rule hold for sure after so many levels?  Does nothing after it matter then? */
bool vf_sure(const struct walk *w, const struct entry *e, uint32_t done);
bool vf_ends(const struct walk *w, const struct entry *e, uint32_t done);

/* A TCAM: its levels lie side by side; the set of all entries becomes number 0. */
bool vf_tcam_prepare(struct walk *w);
/* The entries of `set` that match this input of the level; false when it does not fit. */
bool vf_tcam_next(struct walk *w, uint32_t level, uint32_t set, uint32_t input, uint32_t *next);
/* The state that is left in the end; false: entries that match disagree. */
bool vf_tcam_state(const struct walk *w, uint32_t set, uint32_t *state);

/* Does the test ask what a condition on its field asks?  If no rule of a list asks it, its outcome
 * is not used there: neither does a table that looks at what matters. */
bool vf_decides(const struct walk *w, const struct level *lv, const struct vf_cut *c);

uint32_t vf_known_intern(struct walk *w, const uint32_t *bits);
/* The known bits after a level came out so, less what the rules do not ask; false: it cannot. */
bool vf_known_after(struct walk *w, uint32_t level, uint32_t known, const struct successor *s,
                    uint32_t *next);

/* A slot of an operand, as comparisons read it. */
uint32_t vf_raw_lane(struct vf *v, struct sym *s, uint32_t op, uint32_t slot, const char **odd);
/* Comparisons of the IR as atoms. */
uint32_t vf_guard(struct decider_rules *d, struct ir_guard_id id, const char **odd);
/* A table's expression over raw lanes. */
uint32_t vf_expression(struct vf *v, struct sym *s, uint32_t first, uint32_t n, const char **odd);

bool vf_walk(struct walk *w);

#endif
