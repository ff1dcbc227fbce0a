/* Which tag sets can occur where: the reachable shapes, for analyses that build no table.
 *
 * Purpose: the same fixpoint that the table is built from (shapes.c), domain by domain, whatever
 * layout a table then takes.  A domain with more than TBL_MAX_SHAPES shapes is one bit per tag:
 * every subset of its tags counts as reachable.
 * Ownership: the arena given; the IR is borrowed. */
#ifndef COMPILER_TABLE_REACH_H
#define COMPILER_TABLE_REACH_H

#include <pol/table_format.h>
#include "compiler/ir/ir.h"

struct reach_domain {
    uint32_t first_tag, ntags;
    bool all; /* every subset, in every kind of place (inside TagSet arguments: without tags that
                 have one themselves) */
    uint32_t nshapes;
    uint32_t words;        /* of a shape: bit i is tag first_tag + i */
    const uint32_t *bits;  /* nshapes * words; fewer tags first, then in order of declaration */
    const uint32_t *kinds; /* POL_KIND_* in which each occurs */
};
struct reach {
    uint32_t ndomains;
    struct reach_domain *domains;
};

/* all: every set of tags. */
struct reach *reach_new(struct arena *arena, struct ir *ir, bool all);

#endif
