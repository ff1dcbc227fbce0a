/* Fuzz targets: each .c file here but main.c defines LLVMFuzzerTestOneInput, for libFuzzer
 * (fuzz.sh) or for main.c (run.sh).  A target aborts when the code under test breaks its contract.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
