/* Lowering of claims; private to compiler/lower. */
#ifndef COMPILER_LOWER_CLAIM_H
#define COMPILER_LOWER_CLAIM_H

#include "compiler/lower/rule.h"

/* Fills ir->claims, in the order of model->proves. */
void lower_claims(struct lowering *l);

#endif
