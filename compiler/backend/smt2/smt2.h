/* The claim "the table is the policy" for an independent solver, as SMT-LIB 2
 * (docs/formats/smt2.md).
 *
 * Purpose: a second opinion from a program that shares no code with this one.  One side is read
 * from the IR, one definition per rule that can be held against the policy; the other side is read
 * from the bytes of the table.  The solver looks for an input that can occur and on which they
 * differ; `unsat` after each query means that there is none.
 *
 * Shapes: one text in the logic QF_BV; one query for the facts, one for the decoder, one for each
 * opclass, two for each domain (merging granules, fetching parcels), each announced by an `echo`.
 * Ownership: everything is borrowed. */
#ifndef COMPILER_BACKEND_SMT2_SMT2_H
#define COMPILER_BACKEND_SMT2_SMT2_H

#include <stdio.h>

#include <pol/table.h>
#include "compiler/ir/ir.h"
#include "lang/support/attr.h"

/* The file's name after the policy's stem. */
#define SMT2_SUFFIX ".smt2"

/* Writes the text.  0, or -1 with a message: the table has other tags, policies or rules than the
 * IR, so that nothing can be compared, or writing failed. */
int smt2_emit(const struct ir *ir, const struct pol_table *table, FILE *out, char *err,
              size_t errsize) LANG_MUST_CHECK;

#endif
