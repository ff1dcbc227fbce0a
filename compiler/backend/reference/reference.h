/* The behavioural reference: the policy as SystemVerilog that a person can read against it.
 *
 * Purpose: the other side of the gate-level proof (docs/proof.md).  Written rule by rule from the
 * IR, in order, each under its own text.  It shares with the rule table how a packed word stands
 * for a tag set (fields, shapes, slots, counters), and none of its decisions: it decodes with the
 * groups' own masks, tries the rules one after the other and works on sets of tags.
 *
 * Modules: pol_reference_step, pol_reference_merge, pol_reference_fetch with the ports of pol_step,
 * pol_merge, pol_fetch (docs/hardware.md; no clk), and the assumptions of the proof: pol_assume,
 * with the inputs of a step, and pol_assume_pair, with those of a merge; `ok` says that all words
 * are canonical and, for a step, of the kinds that can stand in the instruction's operands.
 *
 * Ownership: everything is borrowed.  The table in `hw` was made from `ir`.
 */
#ifndef COMPILER_BACKEND_REFERENCE_REFERENCE_H
#define COMPILER_BACKEND_REFERENCE_REFERENCE_H

#include <stdio.h>

#include "compiler/backend/hw/hw.h"
#include "compiler/ir/ir.h"
#include "lang/support/attr.h"

/* The file's name after the policy's stem. */
#define REFERENCE_SUFFIX "_reference.sv"

/* Writes the file.  0, or -1 when writing failed. */
int reference_emit(const struct ir *ir, const struct hw *hw, FILE *out) LANG_MUST_CHECK;

#endif
