/* Inside compiler/explain. */
#ifndef COMPILER_EXPLAIN_INTERNAL_H
#define COMPILER_EXPLAIN_INTERNAL_H

#include "compiler/explain/explain.h"
#include "compiler/interp/internal.h"
#include "lang/support/str.h"

/* One decider at work on one instruction. */
struct explainer {
    struct eval eval;
    struct arena *arena;
    const struct model *model;
    const struct pol_tuple *tuple;
    const struct model_rule *rule;   /* the one in hand, */
    const struct model_group *group; /* its group; NULL: every instruction */
};

/* ---- Text (text.c) --------------------------------------------------------------------------- */

/* The operand's name in the rule in hand. */
const char *explain_operand(const struct explainer *x, enum pol_operand op);
const char *explain_result_name(const struct explainer *x, enum pol_result result);
const char *explain_literal(const struct explainer *x, const uint32_t *lit);
/* A value of a type, by name where it has one. */
void explain_value(struct str_buf *out, const struct model_type *type, int64_t value);
void explain_tag_name(struct str_buf *out, const struct explainer *x, uint32_t tag);
const char *explain_pattern_text(const struct explainer *x, const struct model_pattern *pattern);
void explain_requirement_text(struct str_buf *out, const struct explainer *x,
                              const struct model_req *req, bool exact);
/* values: variables as what they are bound to. */
void explain_int(struct str_buf *out, const struct explainer *x, const struct model_int *i,
                 bool values);
const char *explain_guard_text(const struct explainer *x, const struct model_guard *guard,
                               bool values);
const char *explain_set_text(const struct explainer *x, const struct model_set *set);
const char *explain_keep(const struct explainer *x, struct str_buf *text);

/* ---- Parts ----------------------------------------------------------------------------------- */

/* Conditions of the rule in hand, up to the first that does not hold; whether all hold, and then
 * the rule's variables are bound (match.c). */
bool explain_match(struct explainer *x, struct explain_rule *out);
/* Results of the rule in hand, which matches and allows (result.c). */
void explain_results(struct explainer *x, struct explain_decider *out);

#endif
