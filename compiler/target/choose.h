/* The cheapest table that fits a target.
 *
 * Purpose: builds a table for each layout that the target allows, costs it, and keeps the one with
 * the fewest bits that fits (of equals, the one with fewer lookups, then the first).  Where a
 * target allows dense and dag, their mixture, which --layout=auto stands for, is tried too. A
 * layout that the options force is the only candidate, and must fit as well.
 *
 * Requires a verified IR.  Errors: CHOSEN_MISFIT and CHOSEN_INTERNAL with a message of one or more
 * lines in `why`.  Ownership: chosen_free, unless the caller takes the members over. */
#ifndef COMPILER_TARGET_CHOOSE_H
#define COMPILER_TARGET_CHOOSE_H

#include "compiler/target/cost.h"
#include "compiler/target/target.h"
#include "lang/support/str.h"

struct chosen {
    enum tbl_layout layout;
    struct tbl *tbl;
    unsigned char *prt; /* its bytes */
    size_t prt_size;
    struct pol_table *table; /* loaded from them */
};

enum choice { CHOSEN, CHOSEN_MISFIT, CHOSEN_INTERNAL };

/* `options` as for tbl_build; its layout is forced unless TBL_AUTO. */
enum choice choose_table(struct ir *ir, const struct target *target,
                         const struct tbl_options *options, struct chosen *out,
                         struct str_buf *why) LANG_MUST_CHECK;
void chosen_free(struct chosen *chosen);

/* Which limits of the target the table misses, by how much, and what costs most: a line for each,
 * with lines of details below it, appended to `out`.  Returns how many limits; 0: it fits. */
uint32_t target_misfit(const struct target *target, const struct cost *cost, struct str_buf *out);

#endif
