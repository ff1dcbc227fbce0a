/* Traces and tag images for a policy: opening them, and what must fit together. */
#ifndef COMPILER_CLI_REPLAY_H
#define COMPILER_CLI_REPLAY_H

#include <pol/image.h>
#include <pol/trace.h>

#include "compiler/cli/policy.h"

/* Takes the granule of the trace, and the target if its width differs, for a source and unless the
 * command line says something else; the texts in `isa` and `granule` must live as long as args. */
void cli_trace_adapt(struct cli_args *args, const char *trace, char isa[POL_ISA_TEXT],
                     char granule[2]);

/* NULL after a message: not readable, or for another target or granule than the policy's. */
struct pol_trace_reader *cli_trace_open(const struct cli_policy *policy, const char *path);
/* Says where a trace is damaged; CLI_BAD. */
enum cli_status cli_trace_failed(const char *path, const struct pol_trace_error *error);

/* The image at `path`, or for NULL one with the policy's initial tags of registers, CSRs and PC, in
 * which no memory is tagged.  NULL after a message. */
struct pol_image *cli_image_open(const struct cli_policy *policy, const char *path);

#endif
