/* Lowering of lattices and relations; private to compiler/lower. */
#ifndef COMPILER_LOWER_TABLE_H
#define COMPILER_LOWER_TABLE_H

#include "compiler/lower/rule.h"

/* Fills ir->lattices and ir->relations, and says of each tag of which lattices its arguments are.
 * The tags must be there. */
void lower_tables(struct lowering *l);

/* The IR's lattice of a lattice type. */
uint32_t lower_lattice_of(const struct lowering *l, uint32_t type);
/* The relation `at most` of a lattice type; made when it is first asked for. */
uint32_t lower_order_of(struct lowering *l, uint32_t type);

#endif
