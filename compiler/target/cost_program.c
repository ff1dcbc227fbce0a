/* What one program costs: rows, lookups, operands. */
#include <stdlib.h>
#include <string.h>

#include "compiler/target/cost_internal.h"

/* ---- Operations -------------------------------------------------------------------------------
 */

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t bit(uint32_t operand)
{
    return (uint32_t)1 << operand;
}

static uint32_t operands_of(const struct pol_prt_op *o)
{
    switch (o->op) {
    case POL_OPC_SLOT:
        return bit(o->a);
    case POL_OPC_EQSLOTS:
        return bit(o->a) | bit(o->c);
    case POL_OPC_COPY:
        return bit(o->c);
    default:
        return 0;
    }
}

/* Lookups before value i is there. */
static uint32_t depth_of(const struct pol_prt_op *o, const uint32_t *depth)
{
    switch (o->op) {
    case POL_OPC_MAP1:
        return depth[o->a] + 1;
    case POL_OPC_MAP2:
    case POL_OPC_MATRIX:
        return larger(depth[o->a], depth[o->b]) + 1;
    case POL_OPC_AND:
    case POL_OPC_OR:
    case POL_OPC_ANDNOT:
    case POL_OPC_ADD:
    case POL_OPC_SUB:
    case POL_OPC_MUL:
    case POL_OPC_DIV:
    case POL_OPC_MOD:
    case POL_OPC_EQ:
    case POL_OPC_LT:
        return larger(depth[o->a], depth[o->b]);
    case POL_OPC_BIT:
        return depth[o->a];
    case POL_OPC_SELECT:
        return larger(depth[o->a], larger(depth[o->b], depth[o->c]));
    default:
        return 0;
    }
}

struct cost_ops cost_ops(struct cost *cost, uint32_t first_op, uint32_t nops)
{
    struct cost_ops out = {0};
    const struct pol_prt_op *ops = cost->table->ops + first_op;
    uint32_t *depth = lang_xalloc((nops + (size_t)1) * sizeof *depth);
    for (uint32_t i = 0; i < nops; i++) {
        depth[i] = depth_of(&ops[i], depth);
        out.depth = larger(out.depth, depth[i]);
        out.operands |= operands_of(&ops[i]);
    }
    out.reads = ARENA_ARRAY(&cost->arena, uint32_t, out.depth + (size_t)1);
    for (uint32_t i = 0; i < nops; i++)
        if (ops[i].op == POL_OPC_MAP1 || ops[i].op == POL_OPC_MAP2 || ops[i].op == POL_OPC_MATRIX)
            out.reads[depth[i] - 1]++;
    free(depth);
    return out;
}

/* ---- Inputs of levels -------------------------------------------------------------------------
 */

uint32_t cost_level_room(const struct pol_prt_level *level)
{
    return level->kind == POL_LEVEL_MAP ? level->value + 1 : larger(level->width, 2);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

uint32_t cost_level_inputs(const struct pol_table *table, const struct pol_prt_level *level,
                           uint32_t *inputs)
{
    uint32_t n = 0, distinct = 0;
    if (level->kind != POL_LEVEL_MAP) {
        for (n = 0; n < level->width; n++)
            inputs[n] = n;
        return n;
    }
    for (uint32_t code = 1; code < level->value; code++) { /* 0 is invalid everywhere */
        uint32_t input = table->maps[level->map + code];
        if (!(input & POL_MAP_INVALID))
            inputs[n++] = input;
    }
    qsort(inputs, n, sizeof *inputs, by_number);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || inputs[i] != inputs[i - 1])
            inputs[distinct++] = inputs[i];
    return distinct;
}

/* ---- Rows -------------------------------------------------------------------------------------
 */

/* The states that can be reached before a level, one byte each. */
struct reached {
    unsigned char *states;
    uint32_t n;
};

static uint32_t most_states(const struct pol_table *t, const struct pol_prt_program *p)
{
    uint32_t n = larger(p->nactions, p->start + 1);
    for (uint32_t k = 0; k < p->nlevels; k++)
        n = larger(n, t->levels[p->first_level + k].nstates);
    return n;
}

struct walk {
    struct cost *cost;
    const struct pol_prt_program *p;
    struct cost_rows *rows;
    struct reached now, next; /* the same room */
    uint32_t **inputs, *ninputs;
    unsigned char *seen; /* cells of one lookup */
};

static void select_cell(struct walk *w, uint32_t base, uint64_t cell)
{
    if (w->seen[cell])
        return;
    w->seen[cell] = 1;
    w->rows->cells_unselected--;
    uint32_t state = w->cost->table->cells[base + cell];
    if (state < w->next.n)
        w->next.states[state] = 1;
}

static void begin_lookup(struct walk *w, uint64_t cells)
{
    w->rows->cells += cells;
    w->rows->cells_unselected += cells;
    w->seen = lang_xalloc(cells + 1);
    memset(w->next.states, 0, w->next.n);
}

static void end_lookup(struct walk *w)
{
    struct reached t = w->now;
    free(w->seen);
    w->now = w->next;
    w->next = t;
}

static void chain_level(struct walk *w, uint32_t k)
{
    const struct pol_prt_level *l = &w->cost->table->levels[w->p->first_level + k];
    begin_lookup(w, (uint64_t)l->width * l->nstates);
    for (uint32_t s = 0; s < l->nstates; s++)
        for (uint32_t i = 0; w->now.states[s] && i < w->ninputs[k]; i++)
            select_cell(w, l->base, (uint64_t)s * l->width + w->inputs[k][i]);
    end_lookup(w);
}

/* All combinations of inputs of the first nmap levels, which the lookup sums. */
static void product_table(struct walk *w)
{
    const struct pol_prt_program *p = w->p;
    uint32_t *turn = lang_xalloc((p->nmap + (size_t)1) * sizeof *turn);
    bool more = true;
    for (uint32_t k = 0; k < p->nmap; k++)
        more = more && w->ninputs[k];
    begin_lookup(w, p->dense_size);
    while (more) {
        uint64_t cell = 0;
        uint32_t k = 0;
        for (uint32_t i = 0; i < p->nmap; i++)
            cell += w->inputs[i][turn[i]];
        if (cell < p->dense_size)
            select_cell(w, p->dense_base, cell);
        while (k < p->nmap && ++turn[k] == w->ninputs[k])
            turn[k++] = 0;
        more = k < p->nmap;
    }
    end_lookup(w);
    free(turn);
}

static double power(uint32_t bits)
{
    double value = 1;
    for (uint32_t i = 0; i < bits && i < 1024; i++)
        value *= 2;
    return value;
}

static void ternary_rows(struct walk *w)
{
    double selected = 1;
    for (uint32_t k = 0; k < w->p->nlevels; k++) {
        const struct pol_prt_level *l = &w->cost->table->levels[w->p->first_level + k];
        uint32_t end = l->base + hw_bits(l->width ? l->width - 1 : 0);
        w->rows->key_bits = larger(w->rows->key_bits, end);
        selected *= w->ninputs[k];
    }
    w->rows->entries = w->p->dense_size;
    w->rows->keys = power(w->rows->key_bits);
    w->rows->keys_unselected = w->rows->keys - selected;
}

static void count_rows(struct walk *w)
{
    const struct pol_prt_program *p = w->p;
    if (p->layout == POL_LAYOUT_TCAM) {
        ternary_rows(w);
        return;
    }
    w->now.n = w->next.n = most_states(w->cost->table, p);
    w->now.states = lang_xalloc(w->now.n);
    w->next.states = lang_xalloc(w->next.n);
    w->now.states[p->start] = 1;
    if (p->layout != POL_LAYOUT_DAG)
        product_table(w);
    for (uint32_t k = p->nmap; k < p->nlevels; k++)
        chain_level(w, k);
    free(w->now.states);
    free(w->next.states);
}

static void find_rows(struct cost *cost, struct cost_program *out, const struct pol_prt_program *p)
{
    struct walk w = {.cost = cost, .p = p, .rows = &out->rows};
    w.inputs = lang_xalloc((p->nlevels + (size_t)1) * sizeof *w.inputs);
    w.ninputs = lang_xalloc((p->nlevels + (size_t)1) * sizeof *w.ninputs);
    for (uint32_t k = 0; k < p->nlevels; k++) {
        const struct pol_prt_level *l = &cost->table->levels[p->first_level + k];
        w.inputs[k] = lang_xalloc(cost_level_room(l) * sizeof **w.inputs);
        w.ninputs[k] = cost_level_inputs(cost->table, l, w.inputs[k]);
        if (l->kind != POL_LEVEL_MAP)
            continue;
        uint64_t product = (uint64_t)larger(out->classes[l->operand], 1) * w.ninputs[k];
        out->classes[l->operand] = product > UINT32_MAX ? UINT32_MAX : (uint32_t)product;
    }
    count_rows(&w);
    for (uint32_t k = 0; k < p->nlevels; k++)
        free(w.inputs[k]);
    free(w.inputs);
    free(w.ninputs);
}

/* ---- Lookups ----------------------------------------------------------------------------------
 */

/* Memories read at the same time, lookup by lookup. */
struct profile {
    uint32_t *reads, n, room;
};

static void add_reads(struct profile *f, uint32_t at, uint32_t reads)
{
    while (at >= f->room) {
        uint32_t room = f->room ? 2 * f->room : 16;
        f->reads = lang_xrealloc(f->reads, room * sizeof *f->reads);
        memset(f->reads + f->room, 0, (room - f->room) * sizeof *f->reads);
        f->room = room;
    }
    f->reads[at] += reads;
    f->n = larger(f->n, at + 1);
}

/* Class maps and comparisons.  A flat table has the codes themselves as its address; their maps are
 * read beside it and only say which codes are invalid. */
static void read_inputs(struct cost *cost, struct cost_program *out,
                        const struct pol_prt_program *p, struct profile *f)
{
    for (uint32_t k = 0; k < p->nlevels; k++) {
        const struct pol_prt_level *l = &cost->table->levels[p->first_level + k];
        if (l->kind == POL_LEVEL_EXPR) {
            struct cost_ops ops = cost_ops(cost, l->first_op, l->nops);
            out->looked |= ops.operands;
            for (uint32_t i = 0; i < ops.depth; i++)
                add_reads(f, i, ops.reads[i]);
            continue;
        }
        out->looked |= bit(l->operand);
        if (l->kind == POL_LEVEL_MAP)
            add_reads(f, 0, 1);
    }
}

/* The worst action at each depth: deciders of a fused program run side by side. */
static void read_actions(struct cost *cost, struct cost_program *out,
                         const struct pol_prt_program *p, struct profile *f)
{
    bool fused = p->first_tuple != POL_NONE;
    uint32_t deciders = fused ? cost->table->n_deciders : 1, start = f->n;
    struct profile most = {0};
    for (uint32_t s = 0; s < p->nactions; s++) {
        struct profile state = {0};
        for (uint32_t d = 0; d < deciders; d++) {
            const struct pol_prt_action *a =
                &cost->table->actions[cost_action(cost->table, p, d, s)];
            struct cost_ops ops = cost_ops(cost, a->first_op, a->nops);
            out->carried |= ops.operands;
            for (uint32_t i = 0; i < ops.depth; i++)
                add_reads(&state, i, ops.reads[i]);
        }
        for (uint32_t i = 0; i < state.n; i++) {
            add_reads(&most, i, 0);
            most.reads[i] = larger(most.reads[i], state.reads[i]);
        }
        free(state.reads);
    }
    for (uint32_t i = 0; i < most.n; i++)
        add_reads(f, start + i, most.reads[i]);
    free(most.reads);
}

static void find_lookups(struct cost *cost, struct cost_program *out,
                         const struct pol_prt_program *p)
{
    struct profile f = {0};
    read_inputs(cost, out, p, &f);
    out->chain = p->nlevels - p->nmap + (p->layout != POL_LAYOUT_DAG);
    if (p->layout == POL_LAYOUT_TCAM)
        out->chain = 1;
    /* What a flat program's codes address needs no class first. */
    bool early = p->layout == POL_LAYOUT_FLAT && f.n == 1;
    for (uint32_t i = 0, start = early ? 0 : f.n; i < out->chain; i++)
        add_reads(&f, start + i, 1);
    add_reads(&f, f.n, p->first_tuple == POL_NONE ? 1 : cost->table->n_deciders);
    read_actions(cost, out, p, &f);
    out->lookups = f.n;
    out->reads = ARENA_ARRAY(&cost->arena, uint32_t, f.n + (size_t)1);
    memcpy(out->reads, f.reads, f.n * sizeof *out->reads);
    free(f.reads);
}

void cost_program(struct cost *cost, uint32_t at)
{
    struct cost_program *out = &cost->programs[at];
    const struct pol_prt_program *p = &cost->table->programs[at];
    out->program = at;
    out->decider = POL_NONE;
    find_rows(cost, out, p);
    find_lookups(cost, out, p);
}
