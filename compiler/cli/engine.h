/* Opening the engines (pol/engine.h) of a policy by name. */
#ifndef COMPILER_CLI_ENGINE_H
#define COMPILER_CLI_ENGINE_H

#include "compiler/cli/policy.h"

enum cli_engine_kind {
    CLI_SOURCE,
    CLI_TABLE,
    CLI_MONITOR,
    CLI_VERILATOR,
    CLI_ICARUS,
    CLI_ENGINE_KINDS
};
#define CLI_ENGINE_NAMES "source, table, monitor, verilator, icarus"

/* The kind of that name; false: none. */
bool cli_engine_kind_find(const char *name, size_t len, enum cli_engine_kind *kind);
/* How far a source must be compiled for it. */
enum compile_stage cli_engine_stage(enum cli_engine_kind kind);

/* An engine over policy->space, ended with its ops->destroy.  NULL after a message, with *status
 * set.  `monitor` emits the reference monitor to a folder of its own, compiles, loads and removes
 * it; `verilator` and `icarus` do the same with the SystemVerilog. */
struct pol_engine *cli_engine_open(const struct cli_policy *policy, enum cli_engine_kind kind,
                                   enum cli_status *status);

#endif
