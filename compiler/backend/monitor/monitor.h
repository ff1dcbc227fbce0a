/* The reference monitor: the policy as a C program that a person can audit against it.
 *
 * Emitted rule by rule from the IR, in order, each block under the rule's own text; shares neither
 * opclasses nor any optimisation with the table.  docs/formats/monitor.md describes the result.
 */
#ifndef COMPILER_BACKEND_MONITOR_MONITOR_H
#define COMPILER_BACKEND_MONITOR_MONITOR_H

#include <stdio.h>

#include "compiler/ir/ir.h"
#include "lang/support/attr.h"

/* Writes STEM_monitor.c to `c` and STEM_monitor.h to `h`.  0, or -1 when writing failed. */
int monitor_emit(const struct ir *ir, FILE *c, FILE *h) LANG_MUST_CHECK;

#endif
