/* Which tag sets memory can start with.
 *
 * Entities of memory may overlap, in any combination, and their sets unite; one that is declared
 * `only` replaces what less specific kinds give to the same granule.  `default` fills what no other
 * entity covers.  docs/language.md, 4.14.
 * Ownership: `out` is the caller's (plan.h); nothing else is kept. */
#ifndef COMPILER_TABLE_INITIAL_H
#define COMPILER_TABLE_INITIAL_H

#include "compiler/table/plan.h"

/* The kinds of places (POL_KIND_*) that an entity names. */
uint32_t initial_kinds(const struct ir_entity *entity);
/* The entity's tags among tags first_tag .. first_tag + ntags - 1, as a shape's bits. */
void initial_bits(const struct ir_entity *entity, uint32_t first_tag, uint32_t ntags,
                  uint32_t *bits);
/* Adds every set that memory can start with, as far as it is of the tags first_tag and the
 * following out->ntags, once; {} for untagged memory is not among them unless some entity gives it.
 * False when there are more than `limit`. */
bool initial_memory(const struct ir *ir, uint32_t first_tag, struct shapes *out, uint32_t limit);

#endif
