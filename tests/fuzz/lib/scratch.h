/* Files for targets whose subject reads a path: a folder per process, removed at exit. */
#ifndef TESTS_FUZZ_SCRATCH_H
#define TESTS_FUZZ_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#define SCRATCH_PATH 256

/* The path of a file in this process's folder. */
void scratch_path(char path[SCRATCH_PATH], const char *name);
void scratch_write(const char *path, const void *bytes, size_t size);
bool scratch_same(const char *a, const char *b);

#endif
