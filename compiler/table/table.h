/* From IR to a rule table in memory.
 *
 * Purpose: shapes, codes, fields, lanes, decision chains, actions: everything that foo.prt holds.
 * The result is the sections themselves (pol/table_format.h), ready to be written.
 * Requires a verified IR; maintains nothing of it.  Ownership: tbl_free frees everything; the IR is
 * borrowed only during tbl_build. */
#ifndef COMPILER_TABLE_TABLE_H
#define COMPILER_TABLE_TABLE_H

#include <stdio.h>
#include <pol/table_format.h>
#include "compiler/ir/ir.h"

/* Stated budgets. */
#define TBL_MAX_SHAPES 1024u       /* dense codes of one component; beyond: one bit per tag */
#define TBL_MAX_MAP2 (1u << 20)    /* entries of one two-operand map */
#define TBL_MAX_DENSE (1u << 12)   /* cells up to which `auto` takes the dense layout */
#define TBL_FORCE_DENSE (1u << 22) /* cells up to which a forced dense layout is built */
#define TBL_MAX_NODES (1u << 20)   /* decision nodes of one program */
#define TBL_MAX_CELLS (1u << 26)   /* cells of a whole table */
#define TBL_UNIVERSE_TAGS 12u      /* --universe=all: tags of a component */

/* AUTO: dense where its product is small, else dag. */
enum tbl_layout { TBL_AUTO, TBL_DENSE, TBL_DAG, TBL_FLAT, TBL_TCAM };

struct tbl_options {
    enum tbl_layout layout;
    bool universe_all;  /* every subset of a component's tags is reachable everywhere */
    bool loaded_code;   /* recorded in META */
    bool fuse;          /* one program for all deciders: the product, to compare its cost */
    bool share_lanes;   /* arguments of tags that are never together share a lane */
    const char *target; /* recorded in META; NULL: none */
};

/* One section as it grows: `count` records of `record_size` bytes. */
struct tbl_section {
    unsigned char *data;
    size_t count, cap;
    uint32_t record_size;
};

struct tbl {
    struct tbl_section sections[POL_SEC_COUNT];
    uint8_t digest[32];
};

/* NULL with a message in err (an arena string of the IR) when a budget is exceeded. */
struct tbl *tbl_build(struct ir *ir, const struct tbl_options *options, const char **err);
void tbl_free(struct tbl *tbl);

#endif
