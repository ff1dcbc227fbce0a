/* What the commands do with the hardware backends: files for --emit, engines over simulators. */
#ifndef COMPILER_CLI_HARDWARE_H
#define COMPILER_CLI_HARDWARE_H

#include <pol/engine.h>

#include "compiler/backend/rom/rom.h"
#include "compiler/backend/sv/sv.h"
#include "compiler/cli/output.h"
#include "compiler/cli/policy.h"

/* STEM_sv/...: the unit. */
void hardware_add_sv(struct output *output, const char *stem, const struct hw *hw,
                     struct sv_options options);
/* STEM_rom/...: images in these forms (bit 1 << enum rom_format), and the list of them. */
void hardware_add_roms(struct output *output, const char *stem, const struct hw *hw,
                       unsigned formats, struct rom_split split);

/* Emits the unit of the policy's table into a folder of its own, has Verilator (or Icarus Verilog)
 * compile it, and loads it.  NULL after a message, with *status set. */
struct pol_engine *hardware_open_engine(const struct cli_policy *policy, bool icarus,
                                        enum cli_status *status);

#endif
