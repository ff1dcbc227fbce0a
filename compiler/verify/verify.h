/* The proof that an emitted table equals its policy.
 *
 * Purpose: walks the rules of the IR directly against the bytes of a loaded table, for all inputs
 * that can occur, without sampling.  It shares the table's format and the IR with the compiler and
 * nothing else: no diagram, no layout code, and the evaluator is not asked for decisions.
 *
 * What is proven: the debug records and limits are the IR's; every word decodes to an opclass with
 * exactly its groups; every encodable set has one code; each decider's action is that of the first
 * IR rule that holds, and reports those before it that hold and ask for it, whatever the layout,
 * for every combination of operand codes and every outcome of the comparisons: taken as opaque, but
 * where a table has classes of an argument's values: there comparisons of it with constants are
 * decided for every value that it can have; codes that cannot stand in an operand are invalid
 * wherever a level looks at them; tags that share a lane are never together; each action's
 * operations compute exactly the rule's results and fail exactly where and in the order in which
 * the rule fails; merges do the same; and what steps, merges and fetches yield is again encodable
 * in the place it goes to, so that the restriction to codes that can occur loses nothing.
 *
 * Cost: near linear in the table.  Work beyond a stated budget is a failure, never a silent pass.
 * Threads: no shared state. */
#ifndef COMPILER_VERIFY_VERIFY_H
#define COMPILER_VERIFY_VERIFY_H

#include <stdbool.h>
#include <pol/table.h>
#include "compiler/ir/ir.h"
#include "lang/support/attr.h"

/* Budgets. */
#define VERIFY_MAX_PAIRS (1u << 23)   /* (table state, open rules) of one program */
#define VERIFY_MAX_SYMBOLS (1u << 26) /* words of symbolic values of one operation list */
#define VERIFY_MAX_CUBES (1u << 22)   /* cells of instruction words */
#define VERIFY_MAX_LOOKS (1u << 28)   /* TCAM entries and intervals of one program */

/* Records of a table that the proof looked at: 1 where the outcome may depend on the entry.  For
 * tests that change tables.  Arrays of n_* bytes each, zeroed, the caller's; NULL where not wanted.
 */
struct verify_coverage {
    uint8_t *cells, *maps, *lut, *actions, *ops, *ternary, *tuples, *reports;
};

struct verify_stats {
    uint32_t programs; /* distinct (program, rules, operand form) */
    uint64_t pairs;    /* (table state, open rules) visited */
    uint32_t actions;  /* distinct (action, rule, operand form) */
    uint64_t symbols;  /* words of symbolic values */
    uint64_t cubes;
    struct verify_coverage *coverage; /* in: where to note it, or NULL */
};

/* True when the table is the IR's.  Else false, and err says what differs: where, for which inputs,
 * what the rules want and what the table does.  `stats` may be NULL; only its counters are written.
 */
bool verify_table(const struct ir *ir, const struct pol_table *table, struct verify_stats *stats,
                  char *err, size_t errsize) LANG_MUST_CHECK;

#endif
