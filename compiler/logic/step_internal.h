/* Internal to compiler/logic: a step while it is made. */
#ifndef COMPILER_LOGIC_STEP_INTERNAL_H
#define COMPILER_LOGIC_STEP_INTERNAL_H

#include "compiler/logic/memo.h"
#include "compiler/logic/step.h"

/* The tags that a TagSet argument can hold: the IR's, ascending by their ids in the scene. */
struct scope {
    uint32_t n;
    uint32_t *tags, *ids, *nargs;
};

/* Rules of a decider by group: rules[first[g]] .. are those of group g; the last list is that of
 * __NO_CHECKS. */
struct rules_by_group {
    uint32_t *first, *rules;
};

struct logic {
    struct arena *arena;
    const struct ir *ir;
    struct bits_table **join, **meet, **order; /* per lattice, on demand */
    struct bits_table **relations;
    struct rules_by_group *by_group;     /* per decider */
    uint32_t *domain_first, *domain_end; /* tags are contiguous by domain */
};

/* A decider's rules for this instruction; arrays by place in `rules`. */
struct step_decider {
    bool ready;
    uint32_t n;
    uint32_t *rules;
    sat_lit *matches; /* SAT_NONE: not made */
    sat_lit *open;    /* no rule before decides; n + 1 entries, the first `nopen` are made */
    uint32_t nopen;
    struct step_failures {
        bool ready;
        uint32_t n;
        struct step_failure *items;
        sat_lit any;
    } * failures;
    sat_lit says[3];
};

struct step {
    struct scene *scene;
    struct sat *sat;
    struct arena *arena; /* the solver's */
    struct logic *logic;
    const struct ir *ir;
    struct pol_form form;
    const uint32_t *groups;
    uint32_t ngroups;
    struct step_options options;
    struct step_decider *deciders;
    sat_lit *guards;                 /* SAT_NONE: not made */
    struct bits *ints;               /* width 0: not made */
    struct memo sets;                /* (set, tag) */
    struct memo results, decided;    /* (result, tag); (decider * POL_RESULTS + result, tag) */
    struct scope **scopes;           /* per tag */
    const struct arg **operand_args; /* slot * ntags + tag: where the scene's ids are others */
};

static inline const struct pol_tag_info *step_info(const struct step *st, uint32_t tag)
{
    return &st->ir->space->tags[tag];
}

struct bits step_int(struct step *step, struct ir_int_id id);
/* Values below the limit whatever the inputs, as far as one sees at once. */
bool step_int_below(const struct step *step, struct ir_int_id id, uint64_t limit);
/* The counter's state plus the value's index. */
struct bits step_fresh(struct step *step, const struct ir_int *x);

const struct scope *step_scope(struct step *step, uint32_t tag);
/* Arguments of an absent tag. */
const struct arg *step_zero_args(struct step *step, uint32_t tag);
/* A tag in the value of an expression, for a decider that owns the tag. */
struct tag_value set_value(struct step *step, struct ir_set_id id, uint32_t tag);
sat_lit set_has(struct step *step, struct ir_set_id id, uint32_t tag);

/* Lattice arguments join or meet; the others are a's. */
enum combination { COMBINE_JOIN, COMBINE_MEET };
const struct arg *combine_args(struct step *step, uint32_t tag, enum combination how,
                               const struct arg *a, const struct arg *b);
/* Equality of all arguments that are no lattice's. */
sat_lit plain_equal(struct step *step, uint32_t tag, const struct arg *a, const struct arg *b);

struct step_decider *step_decider(struct step *step, uint32_t decider);
/* Place of a rule in the decider's list, -1: it does not apply. */
long step_place(struct step *step, uint32_t decider, uint32_t rule);

#endif
