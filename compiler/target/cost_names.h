/* Internal to compiler/target: names of what cost reports list; JSON has them as they are. */
#ifndef COMPILER_TARGET_COST_NAMES_H
#define COMPILER_TARGET_COST_NAMES_H

#include "compiler/target/cost.h"

extern const char *const cost_operands[POL_OPERANDS];
extern const char *const cost_layouts[COST_LAYOUTS];
extern const char *const cost_domain_kinds[3];
extern const char *const cost_kinds[COST_ROM_KINDS];      /* one word */
extern const char *const cost_kind_texts[COST_ROM_KINDS]; /* for a person */

#endif
