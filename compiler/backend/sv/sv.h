/* SystemVerilog of a rule table: the unit that docs/hardware.md describes.
 *
 * Purpose: `policyc compile --emit=sv` writes these files into foo_sv/: one module a file, and
 * files.f, the list of them in an order in which every tool reads them.  Everything comes from
 * struct hw, that is from the bytes of the rule table.  Same table, same text.
 *
 * Ownership: sv_free frees the result; the hw is borrowed during sv_emit only.
 * Errors: none; memory that runs out ends the process. */
#ifndef COMPILER_BACKEND_SV_SV_H
#define COMPILER_BACKEND_SV_SV_H

#include <stdbool.h>
#include "compiler/backend/hw/hw.h"

struct sv_options {
    /* Memories are RAM that can be written through a port of pol_rule_table: contents can be
     * replaced by those of a table with the same structure (docs/hardware.md). */
    bool reloadable;
    bool pipeline; /* the default of pol_rule_table's parameter PIPELINE is 1 */
};

struct sv_file {
    const char *name; /* "pol_step.sv" */
    const char *text;
    size_t size;
};

struct sv {
    struct sv_file *files;
    uint32_t nfiles;
};

/* options NULL: all defaults. */
struct sv *sv_emit(const struct hw *hw, const struct sv_options *options);
void sv_free(struct sv *sv);

#endif
