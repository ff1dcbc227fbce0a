/* Lattices: from `low < high` to joins and meets, or the reason why it is none.
 *
 * Values are put in an order in which lower ones come first.  For each one the values above it are
 * a bit set over that order; the least of those above two values can then only be the first one,
 * and it is their join if it has all others above it.  Meets are the same upside down. */
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/internal.h"

struct lattice {
    struct sema *s;
    const struct ast_type *ast;
    struct model_type *type;
    uint32_t n, words;
    uint32_t *low, *high; /* the edges, by value */
    uint32_t nedges;
    uint32_t *order;         /* values, lower ones first */
    uint32_t *place;         /* of a value in it */
    uint64_t *above, *below; /* rows of bits by place, each value included */
};

static uint64_t *row(const struct lattice *l, uint64_t *rows, uint32_t place)
{
    return rows + (size_t)place * l->words;
}

static void unite(const struct lattice *l, uint64_t *rows, uint32_t to, uint32_t from)
{
    uint64_t *a = row(l, rows, to);
    const uint64_t *b = row(l, rows, from);
    for (uint32_t i = 0; i < l->words; i++)
        a[i] |= b[i];
}

static const char *name_at(const struct lattice *l, uint32_t place)
{
    return l->type->values[l->order[place]];
}

/* --- the order ----------------------------------------------------------------------------- */

static void collect_edges(struct lattice *l, uint32_t index)
{
    l->low = ARENA_ARRAY(&l->s->tmp, uint32_t, l->ast->edges.count + 1);
    l->high = ARENA_ARRAY(&l->s->tmp, uint32_t, l->ast->edges.count + 1);
    for (size_t i = 0; i < l->ast->edges.count; i++) {
        const struct ast_edge *e = l->ast->edges.items[i];
        if (sema_value(l->s, index, e->low.id, &l->low[l->nedges]) &&
            sema_value(l->s, index, e->high.id, &l->high[l->nedges]))
            l->nedges++;
    }
}

/* Edges by their low end: those of value v are edges[first[v]] .. edges[first[v + 1] - 1]. */
struct by_low {
    uint32_t *first, *edges;
};

static struct by_low sort_edges(const struct lattice *l)
{
    struct by_low out = {ARENA_ARRAY(&l->s->tmp, uint32_t, l->n + 2),
                         ARENA_ARRAY(&l->s->tmp, uint32_t, l->nedges + 1)};
    for (uint32_t i = 0; i < l->nedges; i++)
        out.first[l->low[i] + 2]++;
    for (uint32_t v = 0; v < l->n; v++)
        out.first[v + 1] += out.first[v];
    for (uint32_t i = 0; i < l->nedges; i++)
        out.edges[out.first[l->low[i] + 1]++] = i;
    return out;
}

/* How many values found their place; fewer than all: the rest has a circle. */
static uint32_t sort_values(struct lattice *l)
{
    struct by_low by = sort_edges(l);
    uint32_t *lower = ARENA_ARRAY(&l->s->tmp, uint32_t, l->n + 1), count = 0;
    l->order = ARENA_ARRAY(&l->s->tmp, uint32_t, l->n + 1);
    l->place = ARENA_ARRAY(&l->s->tmp, uint32_t, l->n + 1);
    for (uint32_t i = 0; i < l->nedges; i++)
        lower[l->high[i]]++;
    for (uint32_t v = 0; v < l->n; v++) {
        l->place[v] = SEMA_NONE;
        if (!lower[v])
            l->order[count++] = v;
    }
    for (uint32_t p = 0; p < count; p++) {
        uint32_t v = l->order[p];
        l->place[v] = p;
        for (uint32_t k = by.first[v]; k < by.first[v + 1]; k++)
            if (--lower[l->high[by.edges[k]]] == 0)
                l->order[count++] = l->high[by.edges[k]];
    }
    return count;
}

/* A value without a place has one such below it; going down, one comes around. */
static uint32_t value_below(const struct lattice *l, uint32_t v)
{
    for (uint32_t i = 0; i < l->nedges; i++)
        if (l->high[i] == v && l->place[l->low[i]] == SEMA_NONE)
            return l->low[i];
    abort();
}

static void report_circle(const struct lattice *l)
{
    struct sema *s = l->s;
    bool *seen = ARENA_ARRAY(&s->tmp, bool, l->n);
    uint32_t v = 0;
    while (l->place[v] != SEMA_NONE)
        v++;
    for (; !seen[v]; v = value_below(l, v))
        seen[v] = true;
    VEC_OF(uint32_t) path = {0};
    for (uint32_t at = value_below(l, v); at != v; at = value_below(l, at))
        VEC_PUSH(&s->tmp, &path, at);
    struct str_buf text;
    str_init(&text);
    str_printf(&text, "`%s`", l->type->values[v]);
    for (size_t i = path.count; i-- > 0;)
        str_printf(&text, " < `%s`", l->type->values[path.items[i]]);
    diag_error(s->sink, DIAG_NOT_A_LATTICE, l->ast->name.span,
               "`%s` is no lattice: its order goes in a circle, %s < `%s`", l->ast->name.text,
               str_text(&text), l->type->values[v]);
    str_free(&text);
}

static void close_order(struct lattice *l)
{
    size_t size = (size_t)l->n * l->words;
    struct by_low by = sort_edges(l);
    l->above = ARENA_ARRAY(&l->s->tmp, uint64_t, size);
    l->below = ARENA_ARRAY(&l->s->tmp, uint64_t, size);
    for (uint32_t p = 0; p < l->n; p++) {
        row(l, l->above, p)[p / 64] |= UINT64_C(1) << (p % 64);
        row(l, l->below, p)[p / 64] |= UINT64_C(1) << (p % 64);
    }
    for (uint32_t p = l->n; p-- > 0;)
        for (uint32_t k = by.first[l->order[p]]; k < by.first[l->order[p] + 1]; k++)
            unite(l, l->above, p, l->place[l->high[by.edges[k]]]);
    for (uint32_t p = 0; p < l->n; p++)
        for (uint32_t k = by.first[l->order[p]]; k < by.first[l->order[p] + 1]; k++)
            unite(l, l->below, l->place[l->high[by.edges[k]]], p);
}

/* --- joins and meets ------------------------------------------------------------------------ */

/* The first common bit of two rows, not in `but`; the last one if `last`.  SEMA_NONE: none. */
static uint32_t common(const struct lattice *l, const uint64_t *a, const uint64_t *b,
                       const uint64_t *but, bool last)
{
    for (uint32_t i = 0; i < l->words; i++) {
        uint32_t w = last ? l->words - 1 - i : i;
        uint64_t bits = a[w] & b[w] & ~(but ? but[w] : 0);
        for (uint32_t k = 0; bits && k < 64; k++) {
            uint32_t bit = last ? 63 - k : k;
            if ((bits >> bit) & 1u)
                return w * 64 + bit;
        }
    }
    return SEMA_NONE;
}

/* Whether all common bits of a and b are in c. */
static bool covers(const struct lattice *l, const uint64_t *a, const uint64_t *b, const uint64_t *c)
{
    for (uint32_t i = 0; i < l->words; i++)
        if (a[i] & b[i] & ~c[i])
            return false;
    return true;
}

static void report_pair(const struct lattice *l, uint64_t *rows, uint32_t a, uint32_t b,
                        uint32_t found)
{
    bool up = rows == l->above;
    struct diag *d =
        diag_error(l->s->sink, DIAG_NOT_A_LATTICE, l->ast->name.span,
                   "`%s` is no lattice: `%s` and `%s` have no %s", l->ast->name.text,
                   name_at(l, l->place[a]), name_at(l, l->place[b]), up ? "join" : "meet");
    if (found == SEMA_NONE) {
        diag_hint(d, up ? "no value is above both; add a greatest one"
                        : "no value is below both; add a least one");
        return;
    }
    uint32_t other =
        common(l, row(l, rows, l->place[a]), row(l, rows, l->place[b]), row(l, rows, found), !up);
    diag_hint(d, "`%s` and `%s` are both %s them, and neither is %s the other", name_at(l, found),
              name_at(l, other), up ? "above" : "below", up ? "below" : "above");
}

/* One of the two tables; false after a report. */
static bool combine(struct lattice *l, uint64_t *rows, uint32_t *table)
{
    for (uint32_t a = 0; a < l->n; a++)
        for (uint32_t b = a; b < l->n; b++) {
            const uint64_t *x = row(l, rows, l->place[a]), *y = row(l, rows, l->place[b]);
            uint32_t found = common(l, x, y, NULL, rows == l->below);
            if (found == SEMA_NONE || !covers(l, x, y, row(l, rows, found))) {
                report_pair(l, rows, a, b, found);
                return false;
            }
            table[a * l->n + b] = table[b * l->n + a] = l->order[found];
        }
    return true;
}

void sema_lattice(struct sema *s, const struct ast_type *ast, struct model_type *type,
                  uint32_t index)
{
    struct lattice l = {.s = s, .ast = ast, .type = type};
    if (type->limit > MODEL_MAX_LATTICE) {
        struct diag *d = diag_error(s->sink, DIAG_BAD_TYPE, ast->name.span,
                                    "lattice `%s` has too many values", ast->name.text);
        diag_hint(d, "%u are possible", MODEL_MAX_LATTICE);
        return;
    }
    l.n = (uint32_t)type->limit;
    l.words = (l.n + 63) / 64;
    collect_edges(&l, index);
    if (sort_values(&l) < l.n) {
        report_circle(&l);
        return;
    }
    close_order(&l);
    type->join = ARENA_ARRAY(s->out, uint32_t, (size_t)l.n * l.n);
    type->meet = ARENA_ARRAY(s->out, uint32_t, (size_t)l.n * l.n);
    if (combine(&l, l.above, type->join))
        (void)combine(&l, l.below, type->meet);
}
