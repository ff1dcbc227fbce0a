/* Pictures of a policy, as graphs in the language of Graphviz (docs/graph.md).
 *
 * Purpose: what a table decides, and where tags can go, for people.  A diagram is made from a
 * table's bytes alone; the flow of tags from the IR.
 *
 * Shapes: nodes and edges by index, in the order in which they were made, which depends on the
 * policy alone.  Edges between the same nodes are one edge with several labels. Ownership: a struct
 * graph owns all its texts; graph_free frees it. */
#ifndef COMPILER_BACKEND_DOT_GRAPH_H
#define COMPILER_BACKEND_DOT_GRAPH_H

#include <stdio.h>

#include <pol/table.h>
#include "compiler/ir/ir.h"

enum graph_shape {
    GRAPH_LOOKUP, /* something is looked at */
    GRAPH_START,  /* where instructions begin */
    GRAPH_ALLOW,  /* a rule that allows */
    GRAPH_FAIL,   /* one that fails, or none */
    GRAPH_TAG,    /* a tag in a place */
    GRAPH_SOURCE  /* an entity, or a rule that adds a tag */
};

struct graph_node {
    enum graph_shape shape;
    const char *label; /* lines */
};
struct graph_edge {
    uint32_t from, to;
    VEC_OF(const char *) labels;
};
struct graph {
    struct arena arena;
    const char *title;
    VEC_OF(struct graph_node) nodes;
    VEC_OF(struct graph_edge) edges;
};

/* When to draw all paths to one rule as one edge: with more nodes than this. */
enum graph_fold { GRAPH_FOLD_AUTO, GRAPH_FOLD_NEVER, GRAPH_FOLD_ALWAYS };
#define GRAPH_FOLD_NODES 60u

struct graph_options {
    enum graph_fold fold;
    const char *component; /* name of a policy, NULL: all */
    const char *of;        /* opclass, mnemonic or group, NULL: all */
};

/* The decision diagrams of a table.  NULL with a message when nothing is selected. */
struct graph *graph_diagram(const struct pol_table *table, const struct graph_options *options,
                            char *err, size_t errsize);
/* Where tags come from, and which rules move them from where to where. */
struct graph *graph_flow(const struct ir *ir, const struct graph_options *options, char *err,
                         size_t errsize);
void graph_print(const struct graph *graph, FILE *out);
void graph_free(struct graph *graph); /* NULL is fine */

#endif
