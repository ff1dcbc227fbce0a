/* From programs of all layouts to graphs; see view.h. */
#include "compiler/gen/view.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/gen/internal.h"
#include "compiler/gen/rows.h"

/* Of one depth of a ternary program: successors, words of sets of entries.  What needs more is not
 * looked through: all its states count as reached, and classes are those of single entries. */
enum { MAX_NEXT = 1 << 22, MAX_SET_WORDS = 1 << 22 };

/* What one level makes of the nodes before it. */
struct depth {
    uint32_t nodes;
    uint32_t *next; /* [node * inputs + input]: the node behind it */
};

struct viewer {
    struct view *v;
    struct arena *keep, work;
    struct depth *depths; /* by level */
    uint32_t root;
    uint32_t *last; /* states of the nodes behind the last level; NULL: the nodes are states */
    uint32_t nlast;
    bool given_up;
};

/* ---- Inputs ---------------------------------------------------------------------------------- */

/* The input that a slot's value gives; POL_MAP_INVALID. */
static uint32_t input_of(const struct pol_table *t, const struct pol_prt_level *l, uint32_t value)
{
    const uint32_t *map = t->maps + l->map;
    uint32_t k = 0;
    switch (l->kind) {
    case POL_LEVEL_MAP:
        if (value == 0 || value >= l->value || value > l->mask)
            return POL_MAP_INVALID;
        return map[value];
    case POL_LEVEL_VALUE:
        while (k < l->value && map[k] <= value)
            k++;
        return map[l->value + k];
    default:
        return (value & l->mask) == l->value;
    }
}

static int compare_inputs(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorts, drops what is twice or invalid. */
static void settle_inputs(struct view_level *l)
{
    uint32_t n = 0;
    qsort(l->input, l->n, sizeof *l->input, compare_inputs);
    for (uint32_t i = 0; i < l->n; i++)
        if (l->input[i] != POL_MAP_INVALID && (n == 0 || l->input[n - 1] != l->input[i]))
            l->input[n++] = l->input[i];
    l->n = n;
}

/* Can the operand have this code of the field? */
static bool can_hold(const struct view *v, const struct pol_prt_level *l,
                     const struct pol_prt_field *f, uint32_t code)
{
    uint32_t kinds = gen_kinds(v->opclass, l->operand);
    return kinds ? (gen_shape_kinds(v->t, f, code) & kinds) != 0 : code == f->empty;
}

static void find_map_inputs(struct viewer *w, struct view_level *to)
{
    const struct pol_table *t = w->v->t;
    const struct pol_prt_level *l = to->level;
    const struct pol_prt_slot *s = &t->slots[l->slot];
    const struct pol_prt_field *f = s->kind == POL_SLOT_FIELD ? &t->fields[s->index] : NULL;
    bool dense = f && f->kind == POL_FIELD_DENSE;
    uint32_t codes = dense ? f->ncodes : l->mask + 1;
    to->input = ARENA_ARRAY(w->keep, uint32_t, codes + (size_t)1);
    for (uint32_t code = 1; code < codes; code++)
        if (!dense || can_hold(w->v, l, f, code))
            to->input[to->n++] = input_of(t, l, code);
}

static void find_inputs(struct viewer *w, struct view_level *to)
{
    const struct pol_prt_level *l = to->level;
    if (l->kind == POL_LEVEL_MAP) {
        find_map_inputs(w, to);
    } else if (l->kind == POL_LEVEL_VALUE) {
        to->n = l->value + 1;
        to->input = ARENA_ARRAY(w->keep, uint32_t, to->n);
        memcpy(to->input, w->v->t->maps + l->map + l->value, to->n * sizeof *to->input);
    } else {
        to->n = 2;
        to->input = ARENA_ARRAY(w->keep, uint32_t, 2);
        to->input[1] = 1;
    }
    settle_inputs(to);
    to->class = ARENA_ARRAY(w->keep, uint32_t, to->n + (size_t)1);
}

/* ---- Graphs ---------------------------------------------------------------------------------- */

/* A depth with room for its nodes' successors; NULL, with the graph given up, when there are more
 * than `most`. */
static struct depth *open_depth(struct viewer *w, uint32_t level, uint64_t nodes, uint64_t most)
{
    struct depth *d = &w->depths[level];
    uint64_t next = nodes * w->v->levels[level].n;
    w->given_up = nodes > most || next > most;
    if (w->given_up)
        return NULL;
    d->nodes = (uint32_t)nodes;
    d->next = ARENA_ARRAY(&w->work, uint32_t, next + 1);
    return d;
}

/* Nodes are the states of a chain. */
static void add_chain_level(struct viewer *w, uint32_t k)
{
    const struct view_level *l = &w->v->levels[k];
    struct depth *d = open_depth(w, k, l->level->nstates, UINT32_MAX);
    for (uint32_t s = 0; d && s < d->nodes; s++)
        for (uint32_t i = 0; i < l->n; i++)
            d->next[(size_t)s * l->n + i] =
                w->v->t->cells[l->level->base + s * l->level->width + l->input[i]];
}

/* The sum of a node's choices: node is a number with the inputs' numbers as digits. */
static uint32_t sum_of(const struct view *v, uint32_t node)
{
    uint32_t sum = 0;
    for (uint32_t k = v->p->nmap; k-- > 0; node /= v->levels[k].n)
        sum += v->levels[k].input[node % v->levels[k].n];
    return sum;
}

/* Nodes are the choices so far; each has a sum of its own, or else the maps are no diagram's. */
static void add_summed_levels(struct viewer *w)
{
    const struct view *v = w->v;
    uint64_t nodes = 1;
    for (uint32_t k = 0; k < v->p->nmap && !w->given_up; k++) {
        struct depth *d = open_depth(w, k, nodes, v->p->dense_size);
        nodes *= v->levels[k].n;
        for (uint32_t i = 0; d && i < nodes; i++)
            d->next[i] = k + 1 < v->p->nmap ? i : v->t->cells[v->p->dense_base + sum_of(v, i)];
    }
}

/* ---- Graphs of ternary programs ---------------------------------------------------------------
 *
 * A node is a row: the entries that can still match, as bits, then 0; or no bit, then the state
 * that is sure already, plus 1. */

struct keys {
    uint32_t words;       /* of bits */
    uint32_t **matching;  /* by level: per input, entries that match it */
    uint32_t **satisfied; /* by level, and behind the last: those that look at nothing from it on */
    uint32_t *row;
};

static uint64_t entry_value(const struct pol_prt_ternary *e)
{
    return (uint64_t)e->value[1] << 32 | e->value[0];
}

static uint64_t entry_mask(const struct pol_prt_ternary *e)
{
    return (uint64_t)e->mask[1] << 32 | e->mask[0];
}

/* The key's bits of a level. */
static uint64_t bits_of(const struct pol_prt_level *l)
{
    uint64_t bits = 0;
    while (bits < l->width - 1)
        bits = bits << 1 | 1;
    return bits << l->base;
}

static const struct pol_prt_ternary *entries_of(const struct view *v)
{
    return v->t->ternary + v->p->dense_base;
}

static void set_bit(uint32_t *bits, uint32_t i)
{
    bits[i / 32] |= (uint32_t)1 << (i % 32);
}

/* Entries that match each input of a level, as far as it goes. */
static uint32_t *matching_entries(struct viewer *w, const struct keys *k,
                                  const struct view_level *l)
{
    uint32_t *bits = ARENA_ARRAY(&w->work, uint32_t, (size_t)k->words * l->n + 1);
    const struct pol_prt_ternary *e = entries_of(w->v);
    uint64_t key_bits = bits_of(l->level);
    for (uint32_t i = 0; i < l->n; i++)
        for (uint32_t n = 0; n < w->v->p->dense_size; n++) {
            uint64_t key = (uint64_t)l->input[i] << l->level->base;
            if (!((key ^ entry_value(&e[n])) & entry_mask(&e[n]) & key_bits))
                set_bit(bits + (size_t)i * k->words, n);
        }
    return bits;
}

static void open_keys(struct viewer *w, struct keys *k)
{
    const struct view *v = w->v;
    const struct pol_prt_ternary *e = entries_of(v);
    uint64_t rest = 0;
    k->words = (v->p->dense_size + 31) / 32;
    k->matching = ARENA_ARRAY(&w->work, uint32_t *, v->nlevels + (size_t)1);
    k->satisfied = ARENA_ARRAY(&w->work, uint32_t *, v->nlevels + (size_t)1);
    k->row = ARENA_ARRAY(&w->work, uint32_t, k->words + (size_t)1);
    for (uint32_t level = v->nlevels + 1; level-- > 0;) {
        if (level < v->nlevels) {
            k->matching[level] = matching_entries(w, k, &v->levels[level]);
            rest |= bits_of(v->levels[level].level);
        }
        k->satisfied[level] = ARENA_ARRAY(&w->work, uint32_t, k->words + (size_t)1);
        for (uint32_t n = 0; n < v->p->dense_size; n++)
            if (!(entry_mask(&e[n]) & rest))
                set_bit(k->satisfied[level], n);
    }
}

/* Once one entry matches for sure, or none can, the state is known. */
static void simplify_row(const struct viewer *w, const struct keys *k, uint32_t level)
{
    uint32_t any = 0, state = POL_NONE, *row = k->row;
    for (uint32_t i = 0; i < k->words; i++) {
        uint32_t sure = row[i] & k->satisfied[level][i];
        any |= row[i];
        for (uint32_t bit = 0; sure && state == POL_NONE; bit++, sure >>= 1)
            if (sure & 1u)
                state = entries_of(w->v)[i * 32 + bit].state;
    }
    state = any ? state : w->v->p->start;
    if (state == POL_NONE)
        return;
    memset(row, 0, k->words * sizeof *row);
    row[k->words] = state + 1;
}

/* k->row becomes what a node is behind input i of a level. */
static void follow_row(const struct viewer *w, const struct keys *k, const uint32_t *node,
                       uint32_t level, uint32_t i)
{
    const uint32_t *matching = k->matching[level] + (size_t)i * k->words;
    memcpy(k->row, node, (k->words + (size_t)1) * sizeof *node);
    if (node[k->words])
        return;
    for (uint32_t word = 0; word < k->words; word++)
        k->row[word] &= matching[word];
    simplify_row(w, k, level + 1);
}

static void first_row(const struct viewer *w, const struct keys *k)
{
    uint64_t key = 0; /* bits that no level has are 0 */
    const struct pol_prt_ternary *e = entries_of(w->v);
    for (uint32_t level = 0; level < w->v->nlevels; level++)
        key |= bits_of(w->v->levels[level].level);
    for (uint32_t n = 0; n < w->v->p->dense_size; n++)
        if (!(entry_value(&e[n]) & ~key))
            set_bit(k->row, n);
    simplify_row(w, k, 0);
}

static void add_ternary_level(struct viewer *w, const struct keys *k, uint32_t level,
                              const struct rows *from, struct rows *to)
{
    const struct view_level *l = &w->v->levels[level];
    struct depth *d = open_depth(w, level, from->count, MAX_NEXT);
    rows_init(to, &w->work, k->words + 1);
    for (uint32_t node = 0; d && node < from->count && !w->given_up; node++) {
        for (uint32_t i = 0; i < l->n; i++) {
            follow_row(w, k, rows_at(from, node), level, i);
            d->next[(size_t)node * l->n + i] = rows_intern(to, k->row);
        }
        w->given_up = (uint64_t)to->count * to->width > MAX_SET_WORDS;
    }
}

static void add_ternary_levels(struct viewer *w)
{
    struct keys k;
    struct rows rows, next;
    open_keys(w, &k);
    rows_init(&rows, &w->work, k.words + 1);
    first_row(w, &k);
    rows_intern(&rows, k.row);
    for (uint32_t level = 0; level < w->v->nlevels && !w->given_up; level++) {
        add_ternary_level(w, &k, level, &rows, &next);
        rows = next;
    }
    w->nlast = rows.count;
    w->last = ARENA_ARRAY(&w->work, uint32_t, rows.count + (size_t)1);
    for (uint32_t i = 0; i < rows.count && !w->given_up; i++)
        w->last[i] = rows_at(&rows, i)[k.words] - 1;
}

/* ---- Reaching -------------------------------------------------------------------------------- */

/* By node of a level: whether some inputs lead there. */
static bool **reach_nodes(struct viewer *w)
{
    const struct view *v = w->v;
    bool **reached = ARENA_ARRAY(&w->work, bool *, v->nlevels + (size_t)1);
    for (uint32_t k = 0; k <= v->nlevels; k++) {
        uint32_t n = k < v->nlevels ? w->depths[k].nodes : w->nlast;
        reached[k] = ARENA_ARRAY(&w->work, bool, n + (size_t)1);
    }
    reached[0][w->root] = true;
    for (uint32_t k = 0; k < v->nlevels; k++)
        for (uint32_t node = 0; node < w->depths[k].nodes; node++)
            for (uint32_t i = 0; reached[k][node] && i < v->levels[k].n; i++)
                reached[k + 1][w->depths[k].next[(size_t)node * v->levels[k].n + i]] = true;
    return reached;
}

static void note_reached(struct viewer *w, const bool *last)
{
    for (uint32_t i = 0; i < w->nlast; i++)
        if (last[i])
            w->v->reached[w->last ? w->last[i] : i] = true;
}

/* ---- Classes --------------------------------------------------------------------------------- */

/* The classes of a level's inputs: equal columns of its rows are one class. */
static void classify(struct viewer *w, struct view_level *l, const struct rows *rows)
{
    struct rows columns;
    uint32_t *column = ARENA_ARRAY(&w->work, uint32_t, rows->count + (size_t)1);
    rows_init(&columns, &w->work, rows->count);
    for (uint32_t i = 0; i < l->n; i++) {
        for (uint32_t r = 0; r < rows->count; r++)
            column[r] = rows_at(rows, r)[i];
        l->class[i] = rows_intern(&columns, column);
    }
    l->nclasses = columns.count;
}

/* labels: what the nodes behind level k come to; becomes the same of its own nodes. */
static uint32_t *classify_level(struct viewer *w, uint32_t k, const uint32_t *labels,
                                const bool *reached)
{
    struct view_level *l = &w->v->levels[k];
    const struct depth *d = &w->depths[k];
    struct rows rows;
    uint32_t *own = ARENA_ARRAY(&w->work, uint32_t, d->nodes + (size_t)1);
    uint32_t *row = ARENA_ARRAY(&w->work, uint32_t, l->n + (size_t)1);
    rows_init(&rows, &w->work, l->n);
    for (uint32_t node = 0; node < d->nodes; node++) {
        if (!reached[node])
            continue;
        for (uint32_t i = 0; i < l->n; i++)
            row[i] = labels[d->next[(size_t)node * l->n + i]];
        own[node] = rows_intern(&rows, row);
    }
    classify(w, l, &rows);
    return own;
}

static void classify_all(struct viewer *w, bool *const *reached)
{
    uint32_t *labels = ARENA_ARRAY(&w->work, uint32_t, w->nlast + (size_t)1);
    for (uint32_t i = 0; i < w->nlast; i++)
        labels[i] = view_action(w->v, w->last ? w->last[i] : i);
    for (uint32_t k = w->v->nlevels; k-- > 0;)
        labels = classify_level(w, k, labels, reached[k]);
}

/* A class for each input. */
static void classify_plainly(struct viewer *w)
{
    for (uint32_t k = 0; k < w->v->nlevels; k++) {
        struct view_level *l = &w->v->levels[k];
        for (uint32_t i = 0; i < l->n; i++)
            l->class[i] = i;
        l->nclasses = l->n;
    }
}

/* A class for those inputs that no ternary entry tells apart. */
static void classify_by_entry(struct viewer *w)
{
    struct keys k = {.words = (w->v->p->dense_size + 31) / 32};
    for (uint32_t level = 0; level < w->v->nlevels; level++) {
        struct view_level *l = &w->v->levels[level];
        struct rows rows;
        const uint32_t *bits = matching_entries(w, &k, l);
        rows_init(&rows, &w->work, k.words);
        for (uint32_t i = 0; i < l->n; i++)
            l->class[i] = rows_intern(&rows, bits + (size_t)i * k.words);
        l->nclasses = rows.count;
    }
}

/* ---- All together ---------------------------------------------------------------------------- */

uint32_t view_action(const struct view *v, uint32_t state)
{
    if (v->p->first_tuple == POL_NONE)
        return v->p->first_action + state;
    return v->t->tuples[v->p->first_tuple + (size_t)state * v->t->n_deciders + v->decider];
}

uint32_t view_class(const struct view *v, uint32_t level, uint32_t value)
{
    const struct view_level *l = &v->levels[level];
    uint32_t input = input_of(v->t, l->level, value), low = 0, high = l->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (l->input[mid] < input)
            low = mid + 1;
        else
            high = mid;
    }
    return low < l->n && l->input[low] == input ? l->class[low] : POL_NONE;
}

static void make_graph(struct viewer *w)
{
    const struct view *v = w->v;
    w->depths = ARENA_ARRAY(&w->work, struct depth, v->nlevels + (size_t)1);
    w->nlast = v->p->nactions;
    if (v->p->layout == POL_LAYOUT_TCAM) {
        add_ternary_levels(w);
        return;
    }
    w->root = v->p->layout == POL_LAYOUT_DAG ? v->p->start : 0;
    add_summed_levels(w);
    for (uint32_t k = v->p->nmap; k < v->nlevels && !w->given_up; k++)
        add_chain_level(w, k);
}

/* Makes the graph; all states count as reached if that is too much. */
static bool **find_reached(struct viewer *w, struct arena *arena)
{
    struct view *v = w->v;
    v->reached = ARENA_ARRAY(arena, bool, v->p->nactions);
    make_graph(w);
    if (w->given_up) {
        memset(v->reached, true, v->p->nactions * sizeof *v->reached);
        return NULL;
    }
    bool **reached = reach_nodes(w);
    note_reached(w, reached[v->nlevels]);
    return reached;
}

void view_reach(struct view *v, struct arena *arena)
{
    struct viewer w = {.v = v};
    if (v->reached)
        return;
    arena_init(&w.work);
    find_reached(&w, arena);
    arena_free(&w.work);
}

static void find_classes(struct viewer *w)
{
    if (w->v->plain) {
        classify_plainly(w);
        return;
    }
    bool **reached = find_reached(w, w->keep);
    if (reached)
        classify_all(w, reached);
    else if (w->v->p->layout == POL_LAYOUT_TCAM)
        classify_by_entry(w);
    else
        classify_plainly(w);
}

struct view *view_new(struct arena *arena, const struct pol_table *t, uint32_t decider,
                      uint32_t opclass)
{
    struct view *v = ARENA_NEW(arena, struct view);
    struct viewer w = {.v = v, .keep = arena};
    arena_init(&w.work);
    v->t = t;
    v->p = gen_program(t, decider, opclass);
    v->opclass = &t->opclasses[opclass];
    v->decider = decider;
    v->plain = v->p->first_tuple == POL_NONE &&
               (v->p->layout == POL_LAYOUT_DAG || v->p->layout == POL_LAYOUT_DENSE);
    v->nlevels = v->p->nlevels;
    v->levels = ARENA_ARRAY(arena, struct view_level, v->nlevels + (size_t)1);
    for (uint32_t k = 0; k < v->nlevels; k++) {
        v->levels[k].level = &t->levels[v->p->first_level + k];
        find_inputs(&w, &v->levels[k]);
    }
    find_classes(&w);
    arena_free(&w.work);
    return v;
}
