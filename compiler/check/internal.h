/* Internal to compiler/check: a run, and the classes of instructions that a decider tells apart. */
#ifndef COMPILER_CHECK_INTERNAL_H
#define COMPILER_CHECK_INTERNAL_H

#include "compiler/check/check.h"
#include "compiler/logic/step.h"
#include "compiler/logic/witness.h"

/* Opclasses that are alike for a decider: the same rules apply, operands come from the same kinds
 * of places, the same results can be written.  The first stands for all. */
struct class
{
    uint32_t *opclasses;
    uint32_t n;
    uint32_t kinds[SCENE_SLOTS];
    uint8_t writable; /* bit (1 << enum pol_result): some word writes it */
    /* on demand: */
    struct sat *sat;
    struct scene *scene;
    struct step *step;
};

struct check {
    const struct model *model;
    struct ir *ir;
    const struct check_options *options;
    struct diag_sink *sink;
    struct arena arena;
    const struct reach *reach;
    struct universe universe;
    struct logic *logic;
    /* of the decider at hand: */
    uint32_t decider;
    struct arena work;
    struct class *classes;
    uint32_t nclasses;
    bool *dead; /* per rule: it never decides */
};

static inline const struct ir_decider *check_decider(const struct check *c)
{
    return &c->ir->deciders[c->decider];
}
static inline const struct ir_rule *check_rule(const struct check *c, uint32_t rule)
{
    return &c->ir->deciders[c->decider].rules[rule];
}
/* The rule in the source. */
const struct model_rule *check_source(const struct check *c, uint32_t rule);

/* Classes of the decider, in the order of their first opclasses. */
void check_find_classes(struct check *c);
void check_free_classes(struct check *c);
struct step *check_step(struct check *c, struct class *class);
/* Does the rule's group hold the class's instructions? */
bool check_belongs(const struct check *c, const struct class *class, const struct ir_rule *rule);

/* --- questions over all classes -------------------------------------------------------------- */

/* The least witness so far. */
struct best {
    bool found, unknown;
    struct class *class;
    struct witness witness;
};
/* The question holds in some class: keeps the least witness. */
void check_look(struct check *c, struct class *class, sat_lit question, struct best *best);
/* Adds the witness to a finding, as a line for `policyc eval`. */
void check_show(struct check *c, struct diag *d, const struct best *best);
void check_undecided(struct check *c, uint32_t rule, const char *what);

/* --- presence of tags, without the solver ---------------------------------------------------- */

/* The least reachable sets that fulfil a rule's patterns: literals' presence words, by operand.
 * False: *op can hold no such set.  Exact: operands and domains are independent. */
bool shape_least(struct check *c, const struct class *class, const struct ir_rule *rule,
                 uint32_t *sets[POL_OPERANDS], unsigned *op);
/* The operands that a rule says something of, as bits (1 << enum pol_operand). */
uint8_t shape_ops(const struct ir_rule *rule);
/* Do the sets fulfil the rule's patterns on these operands? */
bool shape_fits(const struct check *c, const struct ir_rule *rule, uint8_t ops,
                uint32_t *const sets[POL_OPERANDS]);
/* Does every reachable input that fulfils `narrow`'s patterns fulfil `wide`'s? */
bool shape_implies(struct check *c, const struct class *class, const struct ir_rule *narrow,
                   const struct ir_rule *wide);
/* Can one reachable input fulfil both?  May say so wrongly. */
bool shape_meet(const struct check *c, const struct ir_rule *a, const struct ir_rule *b);

/* --- the findings ---------------------------------------------------------------------------- */

void check_rules(struct check *c);   /* never-matches, shadowed-rule */
void check_results(struct check *c); /* stale-result, union-conflict */
void check_fresh(struct check *c);   /* fresh-wrap */
void check_no_rule(struct check *c); /* no-rule */
void check_total(struct check *c);   /* gap */
void check_gaps(struct check *c);    /* --gaps */

/* Mnemonics of opclasses: "lw, sw (in part)"; at most `limit` of them. */
char *check_names(struct check *c, const uint32_t *opclasses, uint32_t n, uint32_t limit);

#endif
