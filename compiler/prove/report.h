/* What people are told about claims.
 *
 * Purpose: decides all claims of a composition and reports those that are false (`false-claim`),
 * undecided (`undecided`) or empty (`vacuous-claim`), each at its place, with the least
 * counterexample as an operand line, what the policy answers to it and the rules that decide it.
 * Ownership: everything is borrowed.  Errors: in the sink; a counterexample that the source
 * interpreter contradicts is an inconsistency of the compiler, and ends the process. */
#ifndef COMPILER_PROVE_REPORT_H
#define COMPILER_PROVE_REPORT_H

#include "compiler/prove/prove.h"
#include "compiler/sema/model.h"
#include "lang/support/diag.h"

/* The IR was lowered from the model. */
void prove_check(const struct model *model, struct ir *ir, const struct prove_options *options,
                 struct diag_sink *sink);

#endif
