/* The smallest change of an instruction's operands that would be allowed.
 *
 * A change adds a tag to an operand, removes one, or gives one other arguments.  Of all tag sets
 * that can occur (and all argument values) those are looked for which the composition allows with
 * fewest changes over all operands; of equally few, the first change comes as early as possible,
 * operand by operand (env code op1 op2 op3 mem), tag by tag in order of declaration, then the
 * second, and so on; then arguments are as small as possible.  Exact, by compiler/logic. Ownership:
 * the arena. */
#ifndef COMPILER_EXPLAIN_WHYNOT_H
#define COMPILER_EXPLAIN_WHYNOT_H

#include <pol/machine.h>

#include "compiler/ir/ir.h"
#include "compiler/logic/sat.h"
#include "lang/support/arena.h"

struct whynot {
    enum sat_answer
        answer; /* NO: nothing that can occur is allowed; UNKNOWN: a limit was reached */
    uint32_t nchanges;
    bool late;              /* a counter of `new` must have moved for it */
    struct pol_tuple tuple; /* the changed operands */
};

/* tuple->word is of the opclass. */
void whynot_allow(struct ir *ir, uint32_t opclass, const struct pol_tuple *tuple,
                  struct arena *arena, struct whynot *out);

#endif
