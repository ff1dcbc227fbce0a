/* Words of the IR's text form (docs/formats/ir.md), shared by printer and parser; private to
 * compiler/ir.
 *
 * Every list is indexed by its enum; those that the parser searches have a known size. */
#ifndef COMPILER_IR_TEXT_H
#define COMPILER_IR_TEXT_H

#include "compiler/ir/ir.h"

#define IR_TEXT_VERSION 2

/* Where a tag can be read: the operands, then, in claims only, the new tags of the results. */
#define IR_PLACES (POL_OPERANDS + POL_RESULTS)
extern const char *const ir_text_places[IR_PLACES];
extern const char *const ir_text_results[POL_RESULTS];
extern const char *const ir_text_domains[3];
extern const char *const ir_text_actions[4];
extern const char *const ir_text_entities[10];
extern const char *const ir_text_files[4];
extern const char *const ir_text_uses[4];
/* From IR_INT_ADD on; from IR_GUARD_TRUE on. */
#define IR_TEXT_INT_OPS 7
extern const char *const ir_text_int_ops[IR_TEXT_INT_OPS];
#define IR_TEXT_GUARDS 11
extern const char *const ir_text_guards[IR_TEXT_GUARDS];
extern const char *const ir_text_claims[3];
extern const char *const ir_text_verdicts[3];
extern const char *const ir_text_changes[4];
extern const char *const ir_text_flows[3];

#endif
