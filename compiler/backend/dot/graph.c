/* Graphs, and how they are printed. */
#include "compiler/backend/dot/graph.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/backend/dot/emit.h"

struct graph *graph_new(const char *title)
{
    struct graph *g = lang_xalloc(sizeof *g);
    arena_init(&g->arena);
    g->title = arena_strdup(&g->arena, title);
    return g;
}

void graph_free(struct graph *graph)
{
    if (!graph)
        return;
    arena_free(&graph->arena);
    free(graph);
}

uint32_t graph_node(struct graph *g, enum graph_shape shape, const char *label)
{
    struct graph_node node = {shape, arena_strdup(&g->arena, label)};
    VEC_PUSH(&g->arena, &g->nodes, node);
    return (uint32_t)g->nodes.count - 1;
}

static void add_label(struct graph *g, struct graph_edge *edge, const char *label)
{
    if (!*label)
        return;
    for (size_t i = 0; i < edge->labels.count; i++)
        if (strcmp(edge->labels.items[i], label) == 0)
            return;
    VEC_PUSH(&g->arena, &edge->labels, arena_strdup(&g->arena, label));
}

void graph_edge(struct graph *g, uint32_t from, uint32_t to, const char *label)
{
    for (size_t i = g->edges.count; i-- > 0;)
        if (g->edges.items[i].from == from && g->edges.items[i].to == to) {
            add_label(g, &g->edges.items[i], label);
            return;
        }
    struct graph_edge edge = {.from = from, .to = to};
    VEC_PUSH(&g->arena, &g->edges, edge);
    add_label(g, &g->edges.items[g->edges.count - 1], label);
}

bool graph_is_name(const char *name, const char *wanted)
{
    const char *dot = strrchr(name, '.');
    return strcmp(name, wanted) == 0 || (dot && strcmp(dot + 1, wanted) == 0);
}

/* ---- Printing ------------------------------------------------------------------------------ */

/* Inside quotes; a newline ends a line that starts at the left. */
static void put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '\n')
            fputs("\\n", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else
            fputc(c < 0x20 || c > 0x7e ? '?' : c, out);
    }
}

static const char *const looks[] = {
    [GRAPH_LOOKUP] = "shape=ellipse",
    [GRAPH_START] = "shape=plain",
    [GRAPH_ALLOW] = "shape=box style=filled fillcolor=\"#e3f2e1\"",
    [GRAPH_FAIL] = "shape=box style=filled fillcolor=\"#f8e0e0\"",
    [GRAPH_TAG] = "shape=ellipse",
    [GRAPH_SOURCE] = "shape=box style=rounded",
};

enum { EDGE_LABELS = 6 };

static void put_edge(FILE *out, const struct graph_edge *edge)
{
    size_t shown = edge->labels.count > EDGE_LABELS ? EDGE_LABELS - 1 : edge->labels.count;
    fprintf(out, "    n%u -> n%u", edge->from, edge->to);
    for (size_t i = 0; i < shown; i++) {
        fputs(i ? "\\n" : " [label=\"", out);
        put_text(out, edge->labels.items[i]);
    }
    if (shown < edge->labels.count)
        fprintf(out, "\\nand %zu more", edge->labels.count - shown);
    fputs(shown ? "\"];\n" : ";\n", out);
}

void graph_print(const struct graph *graph, FILE *out)
{
    fputs("digraph \"", out);
    put_text(out, graph->title);
    fputs("\" {\n    rankdir=LR;\n    node [fontname=\"sans-serif\" fontsize=11];\n"
          "    edge [fontname=\"sans-serif\" fontsize=10];\n",
          out);
    for (size_t i = 0; i < graph->nodes.count; i++) {
        fprintf(out, "    n%zu [%s label=\"", i, looks[graph->nodes.items[i].shape]);
        put_text(out, graph->nodes.items[i].label);
        fputs("\"];\n", out);
    }
    for (size_t i = 0; i < graph->edges.count; i++)
        put_edge(out, &graph->edges.items[i]);
    fputs("}\n", out);
}
