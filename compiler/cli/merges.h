/* Comparing what engines do between steps: merges of granules and of parcels, trap transfers. */
#ifndef COMPILER_CLI_MERGES_H
#define COMPILER_CLI_MERGES_H

#include <pol/engine.h>

#include "compiler/gen/gen.h"

struct merge_counts {
    uint64_t pairs, skipped, conflicts; /* skipped: some engine cannot represent one of the sets */
};

/* Runs all pairs through all engines.  True if they agree; else `text` says what differs. */
bool merges_agree(struct pol_engine *const engines[], uint32_t n, struct gen_tuples *tuples,
                  struct merge_counts *counts, char *text, size_t size);

#endif
