/* Shared by the files of this folder; private to it. */
#ifndef COMPILER_BACKEND_DOT_EMIT_H
#define COMPILER_BACKEND_DOT_EMIT_H

#include "compiler/backend/dot/graph.h"

struct graph *graph_new(const char *title);
uint32_t graph_node(struct graph *g, enum graph_shape shape, const char *label);
/* The edge from one node to the other, with one more label ("": none); a label once. */
void graph_edge(struct graph *g, uint32_t from, uint32_t to, const char *label);
/* Whether NAME is `name`, or what follows its last dot. */
bool graph_is_name(const char *name, const char *wanted);

/* ---- label.c: what a table's lookups ask ---------------------------------------------------- */

/* "op1: mem.Cell 0" and the like. */
const char *label_level(struct arena *arena, const struct pol_table *t,
                        const struct pol_prt_level *level);
/* What it means that the input is one of those that `inputs` lists, n of them; `all`: how many
 * there are.  Of a MAP, the tags. */
const char *label_inputs(struct arena *arena, const struct pol_table *t,
                         const struct pol_prt_level *level, const uint32_t *inputs, uint32_t n);
/* Inputs that can occur, ascending. */
uint32_t label_possible(const struct pol_table *t, const struct pol_prt_level *level,
                        struct arena *arena, uint32_t **inputs);

#endif
