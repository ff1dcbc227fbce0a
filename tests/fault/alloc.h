/* Allocations that fail on purpose: alloc.c takes the place of malloc, calloc, realloc, strdup,
 * free, getline and open_memstream in what is linked with the options of run.sh (ld --wrap), and
 * in jansson.  While jansson reads a file nothing fails: its scanner (2.14) writes beyond its own
 * buffers when that happens.
 *
 * A program that knows nothing of it is steered by the environment:
 *     FAULT_AT=N    allocation number N fails (from 1)
 *     FAULT_MORE=1  and all after it
 *     FAULT_TELL=FILE  at exit, FILE gets the number of allocations */
#ifndef TESTS_FAULT_ALLOC_H
#define TESTS_FAULT_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

/* From now on allocation number `at` (from 1, 0: none) fails; `more`: and all after it. */
void fault_arm(uint64_t at, bool more);
/* Allocations since then, and whether one has failed. */
uint64_t fault_count(void);
bool fault_hit(void);
/* Blocks that are allocated and not freed. */
int64_t fault_live(void);
/* Makes jansson use them too. */
void fault_jansson(void);

#endif
