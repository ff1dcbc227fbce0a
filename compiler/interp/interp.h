/* The source interpreter: the meaning of the language, run directly on the resolved model.
 *
 * Purpose: answers each step with literal tag sets, clause by clause as docs/language.md, section
 * 4, reads.  Table and monitor are measured against it, so it knows nothing of the intermediate
 * representation, of shapes or of classes, and prefers plainness to speed.
 *
 * Values are literals of model->space (pol/tagset.h), padded to 8 bytes. */
#ifndef COMPILER_INTERP_INTERP_H
#define COMPILER_INTERP_INTERP_H

#include <pol/engine.h>
#include "compiler/sema/model.h"

/* An engine named "source" (pol/engine.h).  The model is borrowed and must outlive it; the caller
 * ends it with engine->ops->destroy(engine).  Never NULL: short memory ends the process, as
 * everywhere in the compiler.
 *
 * Where engine.h leaves a choice: a word that does not decode, or a step that no decider answers,
 * counts as one failure, listed with decider POL_NO_RULE; after a failure `written` is 0. */
struct pol_engine *interp_engine_new(const struct model *model);

#endif
