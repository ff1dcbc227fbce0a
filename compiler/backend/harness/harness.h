/* The harness around the emitted SystemVerilog: what pol/rtl.h drives.
 *
 * Purpose: `pol_harness` gives the unit, with all its ports, the shape of two vectors; a C++ file
 * makes it a shared object with Verilator, `pol_harness_pipe` a process with Icarus Verilog.
 * Everything comes from struct hw and docs/hardware.md; no decision is made here. */
#ifndef COMPILER_BACKEND_HARNESS_HARNESS_H
#define COMPILER_BACKEND_HARNESS_HARNESS_H

#include "compiler/backend/hw/hw.h"
#include "lang/support/str.h"

void harness_sv(const struct hw *hw, struct str_buf *out);   /* pol_harness.sv */
void harness_pipe(const struct hw *hw, struct str_buf *out); /* pol_harness_pipe.sv */
void harness_cpp(const struct hw *hw, struct str_buf *out);  /* pol_harness.cpp */

#endif
