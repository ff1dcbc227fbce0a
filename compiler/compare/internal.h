/* Internal to compiler/compare. */
#ifndef COMPILER_COMPARE_INTERNAL_H
#define COMPILER_COMPARE_INTERNAL_H

#include "compiler/compare/compare.h"
#include "compiler/logic/step.h"
#include "compiler/prove/rerun.h"
#include "lang/support/attr.h"

/* A policy with its place in the common universe. */
struct side {
    const struct model *model;
    struct ir *ir;
    struct logic *logic;
    struct reach *reach;
    uint32_t *shared;   /* tag -> common tag, or SCENE_NO_TAG */
    uint32_t *counters; /* counter -> id in the scene */
    /* Per tag * POL_MAX_ARGS + argument: from common numbers to this policy's, and from those to
     * numbers that mean the same in both; NULL: the same number. */
    struct bits_table **inward, **outward;
    uint32_t *partner; /* decider -> the other policy's, or IR_NONE */
    struct rerun rerun;
};

/* A tag of both policies. */
struct common_tag {
    uint32_t tag[2];
    uint32_t unit; /* whose result it is: both policies' owners; IR_NONE: they are no pair */
};

/* A pair of opclasses with a word in common, and the instructions of such words. */
struct class_pair {
    uint32_t opclass[2];
    bool unknown; /* no word was found within the limits */
    uint32_t word;
    VEC_OF(int) rows; /* ISA rows */
};

/* What is gathered for a difference until all pairs are asked. */
struct folded {
    uint32_t ntags; /* of the least witness */
    VEC_OF(int) rows;
};

struct comparer {
    struct comparison *out;
    struct arena *arena; /* the result's */
    struct arena scratch;
    const struct compare_options *options;
    struct side side[2];
    struct pol_space *space; /* of the common tags, in the old policy's order */
    struct common_tag *common;
    uint32_t ncommon;
    struct universe universe;
    bool whole; /* deciders do not pair off in order, or tags changed owners: compositions are
                   compared, too */
    VEC_OF(struct class_pair) pairs;
    VEC_OF(struct compare_unit) units;
    VEC_OF(struct compare_difference) differences;
    VEC_OF(struct folded) folded; /* one for each difference */
    VEC_OF(struct compare_note) notes;
    char *err;
    size_t errsize;
};

/* Pairs of deciders, then common tags, counters, the universe.  False after a message. */
bool compare_match(struct comparer *c) LANG_MUST_CHECK;
void compare_find_pairs(struct comparer *c);
/* Everything but answers. */
void compare_notes(struct comparer *c);
/* One pair of opclasses in all units. */
void compare_pair(struct comparer *c, const struct class_pair *pair);
/* After all pairs: mnemonics of the differences. */
void compare_fold_mnemonics(struct comparer *c);

void compare_note(struct comparer *c, enum compare_topic topic, const char *what,
                  const char *old_value, const char *new_value);
/* A literal of the common space as one of a policy's. */
void compare_literal(const struct comparer *c, enum compare_who who, const uint32_t *common,
                     uint32_t *out);
/* The name that the other policy may know something by, or NULL. */
const char *compare_renamed(const struct comparer *c, const char *old_name);

/* Whether arguments are of types with common values; their type among the common tags. */
bool compare_values_match(struct comparer *c, const struct pol_tag_arg *a,
                          const struct pol_tag_arg *b);
struct pol_tag_arg compare_common_arg(struct comparer *c, const uint32_t tag[2], uint32_t k);
/* A result's tag with numbers that can be compared with the other policy's. */
struct tag_value compare_outward(struct comparer *c, enum compare_who who, struct sat *sat,
                                 uint32_t tag, struct tag_value value);
/* A common number as one of a policy's. */
uint32_t compare_own_number(const struct pol_tag_arg *common, const struct pol_tag_arg *own,
                            uint32_t number);

/* --- what a unit says about an input ---------------------------------------------------------- */

struct view {
    struct comparer *c;
    struct scene *scene;
    struct step *step[2];
    const struct compare_unit *unit;
    uint32_t index; /* of the unit */
};
sat_lit view_runs(struct view *v, enum compare_who who);
sat_lit view_says(struct view *v, enum compare_who who, enum pol_verdict verdict);
/* Both allow: their new tags differ. */
sat_lit view_results_differ(struct view *v);
/* Both fail: they do so differently. */
sat_lit view_failures_differ(struct view *v);
sat_lit view_reports_differ(struct view *v);

#endif
