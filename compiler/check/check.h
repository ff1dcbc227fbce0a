/* Findings about a policy that hold for its rules as they are: what can never happen, what is
 * always decided elsewhere, what is left open.
 *
 * Purpose: `policyc check`.  Each finding is exact: over all tag sets that can occur in the
 * operands (compiler/table/reach.h) and all values of arguments, each comes with the least input
 * that shows it (compiler/logic/witness.h), and what is not found does not exist.  A question that
 * takes too long is reported as undecided, never passed over.  docs/analysis.md says what is asked.
 *
 * Works from the model (places in the source) and the IR; needs no table.  Findings go to the sink,
 * which knows what is silenced, in an order that depends on the policy alone. */
#ifndef COMPILER_CHECK_CHECK_H
#define COMPILER_CHECK_CHECK_H

#include "compiler/ir/ir.h"
#include "compiler/sema/model.h"
#include "lang/support/diag.h"

struct check_options {
    bool all_shapes;   /* every tag set, not only those that can occur */
    bool gaps;         /* list what fails implicitly, as notes */
    uint32_t max_gaps; /* notes for each component, at most; 0: CHECK_GAPS */
    int conflicts;     /* limit of one question; 0: the solver's */
};
#define CHECK_GAPS 40u

void check_policy(const struct model *model, struct ir *ir, const struct check_options *options,
                  struct diag_sink *sink);

#endif
