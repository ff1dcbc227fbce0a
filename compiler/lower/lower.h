/* Lowering: the resolved model becomes IR.  The only place that sees both.
 *
 * Variables disappear: the first pattern that names one becomes the place it is read from, every
 * further pattern a comparison in the guard.  Constants in patterns become comparisons.  The
 * patterns of one operand become one condition.  The words of the target are split into opclasses.
 */
#ifndef COMPILER_LOWER_LOWER_H
#define COMPILER_LOWER_LOWER_H

#include "compiler/ir/ir.h"
#include "compiler/sema/model.h"
#include "lang/support/diag.h"

/* The IR of a model, for memory granules of `granule` bytes (1, 2, 4 or 8).  It owns copies of all
 * it needs: the model may be freed first.  Free with ir_free().  NULL after an error in `sink`. */
struct ir *lower_model(const struct model *model, uint32_t granule, struct diag_sink *sink);

/* Fills ir->opclasses and ir->decode from ir->isa and ir->groups.  False after an error in `sink`:
 * operand specifications of groups that split one instruction into too many opclasses. */
bool lower_opclasses(struct ir *ir, struct diag_sink *sink) LANG_MUST_CHECK;

/* Refinements of one instruction at most. */
#define LOWER_MAX_REFINEMENTS 4096

#endif
