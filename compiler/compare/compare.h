/* Comparison of two policies by what they mean.
 *
 * Purpose: for every instruction and every input that can occur in the old policy or in the new
 * one, do both answer alike?  What differs is listed with the least input that shows it.  Names of
 * groups and variables, the order of rules that exclude each other, comments and layout are no
 * difference.
 *
 * What is compared: tags that both policies have (by qualified name, else by short name where that
 * is clear, or as `renames` says), deciders by name, else by position, opclass by opclass over the
 * common refinement of both decodes.  Inputs are sets of common tags; a tag that only one policy
 * has is in no operand, and is listed.  Numbers that only one policy's type has are left out, too.
 * Besides: initial tags, responses, counters, merge kinds, traps, target and granule.
 *
 * Ownership: models and IRs are borrowed and outlive the result; the result is in its own arena.
 * Errors: a question that meets a limit is counted as undecided, never as equal. */
#ifndef COMPILER_COMPARE_COMPARE_H
#define COMPILER_COMPARE_COMPARE_H

#include "compiler/ir/ir.h"
#include "compiler/sema/model.h"

enum compare_who { COMPARE_OLD, COMPARE_NEW };

struct compare_policy {
    const struct model *model;
    struct ir *ir; /* lowered from it */
};

/* `old` of the old policy is `new` of the new one: tags, or deciders. */
struct compare_rename {
    const char *names[2];
};

/* In what the answers differ. */
enum compare_aspect {
    COMPARE_DENIED,    /* the old one allows, the new one fails: stricter */
    COMPARE_PERMITTED, /* the old one fails, the new one allows: looser */
    COMPARE_RESULTS,   /* both allow, with different new tags */
    COMPARE_FAILURE,   /* both fail, otherwise: explicit or not, message, response */
    COMPARE_REPORTS,   /* other rules are recorded */
    COMPARE_ASPECTS
};

enum compare_change { COMPARE_EQUAL, COMPARE_STRICTER, COMPARE_LOOSER, COMPARE_CHANGED };

/* What is compared with what: a decider of each, or both compositions. */
struct compare_unit {
    const char *names[2];
    uint32_t deciders[2]; /* IR_NONE: the whole compositions */
    /* Pairs of opclasses, by outcome; undecided ones are counted besides. */
    uint32_t counts[4]; /* by enum compare_change */
    uint32_t undecided;
};

/* One side of a difference. */
struct compare_answer {
    const char *line;       /* the input, for `policyc eval` */
    const char *answer;     /* what that says */
    uint32_t decider, rule; /* the rule that decides in the unit; POL_NO_RULE: none */
};

/* Pairs of opclasses that differ in the same way: the same unit, aspect and rules. */
struct compare_difference {
    uint32_t unit;
    enum compare_aspect aspect;
    bool late;                     /* needs counters that are not at 0: answers say nothing */
    struct compare_answer side[2]; /* of the least input */
    uint32_t nmnemonics;
    const char **mnemonics; /* instructions it is about, in the order of the ISA table */
    bool all;               /* all that both targets have */
    uint32_t npairs;
};

/* What differs besides answers. */
enum compare_topic {
    COMPARE_TAG,
    COMPARE_DECIDER,
    COMPARE_INIT,
    COMPARE_RESPONSE,
    COMPARE_COUNTER,
    COMPARE_TRAPS,
    COMPARE_TARGET,
    COMPARE_TOPICS
};
struct compare_note {
    enum compare_topic topic;
    const char *what;      /* "rwx.Wr", "elf.Section.SHF_ALLOC" */
    const char *values[2]; /* NULL: that policy has no such thing */
};

struct comparison {
    struct arena arena;
    bool equal;      /* nothing differs and nothing is undecided */
    uint32_t npairs; /* pairs of opclasses that have a word in common */
    uint32_t nequal; /* of them: equal in all units */
    struct compare_unit *units;
    uint32_t nunits;
    struct compare_difference *differences;
    uint32_t ndifferences;
    struct compare_note *notes;
    uint32_t nnotes;
};

struct compare_options {
    const struct compare_rename *renames;
    size_t nrenames;
    int conflicts; /* limit of each question; 0: the solver's default */
};

/* Compares; NULL after a message in `err`: a rename that names nothing. */
struct comparison *compare_policies(const struct compare_policy policies[2],
                                    const struct compare_options *options, char *err,
                                    size_t errsize);
void comparison_free(struct comparison *comparison); /* NULL is fine */

const char *
compare_aspect_name(enum compare_aspect aspect); /* "stricter", "looser", "results", .. */
const char *compare_topic_name(enum compare_topic topic);

#endif
