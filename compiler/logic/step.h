/* One step of an IR as circuits over a scene: what each rule and the composition say about it.
 *
 * Purpose: the meaning of rules for the exact analyses.  A step is an IR, one of its opclasses and
 * a scene.  Every literal is made when it is asked for, so that a question holds only what it
 * depends on.
 *
 * Rules whose response is `report` are recorded and do not decide (ir.h).
 * Ownership: the solver's arena; IR and maps are borrowed and outlive the step. */
#ifndef COMPILER_LOGIC_STEP_H
#define COMPILER_LOGIC_STEP_H

#include "compiler/logic/scene.h"

struct step_options {
    const uint32_t *tag_map;     /* the IR's tags -> the scene's; SCENE_NO_TAG: it is in no operand;
                                    NULL: the same */
    const uint32_t *counter_map; /* the IR's counters -> ids in the scene; NULL: the same */
    /* With a tag_map: tag * POL_MAX_ARGS + argument -> a function from the scene's numbers to the
     * IR's, outside TagSet arguments; NULL, or an entry that is: the same. */
    struct bits_table *const *arg_map;
    uint32_t extra; /* ids inside TagSet arguments of tags that the scene lacks begin here; 0:
                       STEP_EXTRA.  Steps of two IRs take ranges that do not meet. */
    bool partial;   /* the instruction's store covers a part of its granule: the new set of MEM is
                       that of the merge of the answer with the old set */
};
#define STEP_EXTRA 0x80000000u

/* What an IR's steps share: tables of its lattices and relations, rules by group.  One for all
 * solvers; make it once.  Ownership: the arena. */
struct logic;
struct logic *logic_new(struct arena *arena, const struct ir *ir);

struct step;
/* The opclass by its form and its groups (ascending); options NULL: all the same. */
struct step *step_new(struct scene *scene, struct logic *logic, const struct pol_form *form,
                      const uint32_t *groups, uint32_t ngroups, const struct step_options *options);
const struct ir *step_ir(const struct step *step);
struct scene *step_scene(const struct step *step);

/* --- parts of rules -------------------------------------------------------------------------- */

/* A condition on an operand; `exact` is about the tags of `domain`, IR_NONE: about all. */
sat_lit step_cond(struct step *step, enum pol_operand op, const struct ir_cond *cond,
                  uint32_t domain);
/* A guard.  References with op >= POL_OPERANDS read the new tags of result op - POL_OPERANDS. */
sat_lit step_guard(struct step *step, struct ir_guard_id guard);

/* --- rules and deciders ---------------------------------------------------------------------- */

/* The rules of a decider whose group the instruction belongs to, ascending. */
const uint32_t *step_rules(struct step *step, uint32_t decider, uint32_t *n);
bool step_applies(struct step *step, uint32_t decider, uint32_t rule);
bool step_is_report(const struct step *step, uint32_t decider, uint32_t rule);
/* What follows is about the decider as if it ran alone.  A rule that does not apply: false. */
sat_lit step_matches(struct step *step, uint32_t decider, uint32_t rule);
/* It matches, and no earlier rule but reports does.  Of a report rule: it is recorded. */
sat_lit step_decides(struct step *step, uint32_t decider, uint32_t rule);
/* No rule but reports matches. */
sat_lit step_uncovered(struct step *step, uint32_t decider);

/* A built-in failure that results of a rule can meet: `when`, whoever decides.  Of several that
 * hold the first counts. */
struct step_failure {
    sat_lit when;
    enum pol_cause cause;
    uint32_t tag; /* as in struct pol_failure */
};
const struct step_failure *step_failures(struct step *step, uint32_t decider, uint32_t rule,
                                         uint32_t *n);
/* Any of them. */
sat_lit step_rule_fails(struct step *step, uint32_t decider, uint32_t rule);
/* ALLOW: a rule decides, allows and its results meet no failure; FAIL_EXPLICIT: a rule decides and
 * says fail, or has a built-in failure; FAIL_IMPLICIT: no rule. */
sat_lit step_decider_says(struct step *step, uint32_t decider, enum pol_verdict verdict);

/* --- the composition ------------------------------------------------------------------------- */

/* Does the decider run?  Globals: no earlier one decided.  Components: none did. */
sat_lit step_runs(struct step *step, uint32_t decider);
sat_lit step_says(struct step *step, enum pol_verdict verdict);
/* The answer is this decider's failure: the leftmost explicit one, else the leftmost. */
sat_lit step_names(struct step *step, uint32_t decider);
/* A report rule of a decider that runs is recorded. */
sat_lit step_reports(struct step *step, uint32_t decider, uint32_t rule);

/* Does the instruction have the result? */
bool step_has_result(const struct step *step, enum pol_result result);
/* Some decider writes it (the step being allowed). */
sat_lit step_writes(struct step *step, enum pol_result result);
/* The new set, where the step is allowed; what no decider writes is as before. */
sat_lit step_has(struct step *step, enum pol_result result, uint32_t tag);
const struct arg *step_args(struct step *step, enum pol_result result, uint32_t tag);
sat_lit step_result_cond(struct step *step, enum pol_result result, const struct ir_cond *cond,
                         uint32_t domain);
/* `partial`, and the parts cannot merge: the machine fails the step, whatever step_says. */
sat_lit step_merge_conflict(struct step *step);
/* The old set: of RD the slot SCENE_OLD_RD, of the others an operand. */
uint32_t step_old_slot(enum pol_result result);

/* --- values ---------------------------------------------------------------------------------- */

/* A tag of the IR in some set. */
struct tag_value {
    sat_lit has;
    const struct arg *args;
};
struct tag_value step_operand(struct step *step, uint32_t slot, uint32_t tag);
struct tag_value step_result(struct step *step, enum pol_result result, uint32_t tag);
/* Two parts merge as the tag was declared (language: granules); *conflict: they cannot. */
struct tag_value step_merge(struct step *step, uint32_t tag, struct tag_value a, struct tag_value b,
                            sat_lit *conflict);
/* Both absent, or both there with equal arguments. */
sat_lit step_same(struct step *step, uint32_t tag, struct tag_value a, struct tag_value b);
/* a <= b in the lattice. */
sat_lit step_lattice_le(struct step *step, uint32_t lattice, struct bits a, struct bits b);

#endif
