/* The short way through a step; see plan.h. */
#include <stddef.h>
#include <stdlib.h>
#include "runtime/table/plan.h"

enum {
    MAX_TOGETHER = 8,   /* deciders of one look */
    MAX_VARIABLES = 16, /* levels of one look */
    MAX_VALUES = 64,    /* different inputs of a level */
    MAX_CELLS = 1024,
    MAX_IN_PLACE = 8,     /* moves */
    MAX_MOVES = 1024,     /* operations of an action: sorting them is quadratic */
    BLOCK_SIZE = 1 << 14, /* bytes */
    MAX_SHORTS = 64,      /* different actions of one look */
    MAX_BACK = 64,        /* opclasses searched for one with the same programs */
    MAX_WORK = 1 << 21    /* entries of maps and cells that a table's looks are made from */
};

/* A level as the coordinate of a cell. */
struct variable {
    const struct plan_level *level;
    uint32_t n, stride;
    uint32_t values[MAX_VALUES]; /* the inputs that it can give */
};

/* Deciders that will look together. */
struct group {
    uint32_t n, nprograms;               /* one program if it is one for all deciders */
    const struct plan_program *programs; /* by decider */
    struct variable variables[MAX_VARIABLES];
    uint32_t nvariables, ncells;
    struct plan_short shorts[MAX_SHORTS];
    const struct plan_action *keys[MAX_SHORTS][MAX_TOGETHER]; /* what they are made of */
    uint32_t nshorts;
};

struct shortener {
    const struct pol_table *t;
    struct pol_plan *plan;
    /* By program. */
    uint8_t *stores; /* results that its actions may store to */
    bool *usable;    /* the short way can do it, mostly */
    const struct plan_short **shorts;
    /* The action at hand.  What a PUT puts is at data[a]. */
    struct plan_move *moves;
    uint32_t *data;
    uint32_t nmoves, moves_room, ndata, data_room;
    const struct plan_action **actions; /* room for one of each decider */
    struct group group;
    uint32_t work; /* left */
    bool failed;   /* memory */
};

/* ---- Memory ---------------------------------------------------------------------------------- */

/* What is used together lies together: items are cut from large blocks. */
struct plan_block {
    struct plan_block *next;
    size_t used, size; /* of items, in bytes */
    max_align_t items[];
};

static struct plan_block *add_block(struct shortener *s, size_t need)
{
    size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
    struct plan_block *block = calloc(1, sizeof *block + size);
    s->failed = s->failed || !block;
    if (!block)
        return NULL;
    block->size = size;
    block->next = s->plan->blocks;
    return s->plan->blocks = block;
}

/* Zeroed, for as long as the plan; NULL when memory is short. */
static void *take(struct shortener *s, size_t n, size_t size)
{
    size_t need = (n * size + 7) / 8 * 8;
    struct plan_block *block = s->plan->blocks;
    if (!block || block->size - block->used < need)
        block = add_block(s, need);
    if (!block || s->failed)
        return NULL;
    void *item = (unsigned char *)block->items + block->used;
    block->used += need;
    return item;
}

void pol_plan_free_short(struct pol_plan *plan)
{
    while (plan->blocks) {
        struct plan_block *next = plan->blocks->next;
        free(plan->blocks);
        plan->blocks = next;
    }
    free(plan->classes);
}

static void *grow(struct shortener *s, void *items, uint32_t n, uint32_t *room, size_t size)
{
    uint32_t more = *room ? *room * 2 : 64;
    if (n < *room)
        return items;
    void *bigger = realloc(items, more * size);
    s->failed = s->failed || !bigger;
    if (bigger)
        *room = more;
    return bigger;
}

static void push_move(struct shortener *s, const struct plan_move *move)
{
    struct plan_move *moves = grow(s, s->moves, s->nmoves, &s->moves_room, sizeof *moves);
    if (!moves)
        return;
    s->moves = moves;
    moves[s->nmoves++] = *move;
}

static uint32_t push_datum(struct shortener *s, uint32_t value)
{
    uint32_t *data = grow(s, s->data, s->ndata, &s->data_room, sizeof *data);
    if (!data)
        return 0;
    s->data = data;
    data[s->ndata] = value;
    return s->ndata++;
}

/* ---- Operations to moves --------------------------------------------------------------------- */

static bool is_operand(uint8_t base)
{
    return base < POL_OPERANDS;
}

/* Can a move do it? */
static bool is_move(const struct plan_op *op)
{
    if (op->code == PLAN_FAIL || op->dbase < PLAN_OUT)
        return false;
    switch (op->code) {
    case PLAN_MOV:
        return !op->range && (op->abase == PLAN_CONSTS || is_operand(op->abase));
    case PLAN_COPY:
    case PLAN_MAP1:
        return is_operand(op->abase);
    case PLAN_MAP2:
        return is_operand(op->abase) && is_operand(op->bbase);
    default:
        return false;
    }
}

static struct plan_move move_of(struct shortener *s, const struct plan_op *op)
{
    struct plan_move m = {.out = (uint8_t)(op->dbase - PLAN_OUT), .d = op->d, .n = 1};
    if (op->abase == PLAN_CONSTS) {
        m.code = PLAN_MOVE_PUT;
        m.a = push_datum(s, s->plan->consts[op->a]);
        return m;
    }
    m.code = PLAN_MOVE_COPY;
    m.in = op->abase;
    m.a = op->a;
    if (op->code == PLAN_COPY)
        m.n = op->lut;
    if (op->code != PLAN_MAP1 && op->code != PLAN_MAP2)
        return m;
    m.code = op->code == PLAN_MAP1 ? PLAN_MOVE_MAP1 : PLAN_MOVE_MAP2;
    m.in2 = op->bbase;
    m.b = op->b;
    m.mask = op->mask;
    m.shift = op->shift;
    m.low = (1u << op->shift) - 1;
    m.lo = op->lo;
    m.range = op->range;
    m.data = s->t->lut + op->lut;
    return m;
}

/* Continues the move before it where both do the same to neighbouring slots. */
static bool fuse(struct plan_move *last, const struct plan_move *m)
{
    if (last->code != m->code || last->out != m->out || last->d + last->n != m->d ||
        last->a + last->n != m->a || m->code > PLAN_MOVE_PUT || last->in != m->in)
        return false;
    last->n += m->n;
    return true;
}

static bool only_moves(const struct plan_list *list)
{
    if (list->n > MAX_MOVES)
        return false;
    for (uint32_t i = 0; i < list->n && !list->wide; i++)
        if (!is_move(&list->ops[i]))
            return false;
    return !list->wide;
}

static void add_list(struct shortener *s, const struct plan_list *list)
{
    for (uint32_t i = 0; i < list->n && !s->failed; i++) {
        struct plan_move m = move_of(s, &list->ops[i]);
        if (!s->nmoves || !fuse(&s->moves[s->nmoves - 1], &m))
            push_move(s, &m);
    }
}

/* ---- What lists store to -----------------------------------------------------------------------
 */

static uint8_t wide_stores(const struct pol_table *t, const struct plan_list *list)
{
    uint32_t stores = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        const struct pol_prt_op *op = &t->ops[list->first + i];
        if (op->op >= POL_OPC_STORE)
            stores |= 1u << op->a;
    }
    return (uint8_t)stores;
}

static uint8_t list_stores(const struct pol_table *t, const struct plan_list *list)
{
    uint32_t stores = 0;
    if (list->wide)
        return wide_stores(t, list);
    for (uint32_t i = 0; i < list->n; i++)
        if (list->ops[i].code != PLAN_FAIL && list->ops[i].dbase >= PLAN_OUT)
            stores |= 1u << (list->ops[i].dbase - PLAN_OUT);
    return (uint8_t)stores;
}

/* ---- Actions --------------------------------------------------------------------------- */

static bool overlap(uint32_t a, uint32_t an, uint32_t b, uint32_t bn)
{
    return a < b + bn && b < a + an;
}

static bool same_slots(const struct plan_move *a, const struct plan_move *b)
{
    return a->out == b->out && overlap(a->d, a->n, b->d, b->n);
}

/* Moves that may find an invalid code come first, so that there is nothing to undo. */
static void sort_moves(struct shortener *s)
{
    for (uint32_t i = 1; i < s->nmoves; i++) {
        struct plan_move m = s->moves[i];
        uint32_t k = i;
        for (; m.range && k > 0 && !s->moves[k - 1].range && !same_slots(&m, &s->moves[k - 1]); k--)
            s->moves[k] = s->moves[k - 1];
        s->moves[k] = m;
    }
}

/* May a result stand where this operand does? */
static bool may_alias(uint8_t result, uint8_t operand)
{
    switch (result) {
    case POL_RES_ENV:
        return operand == POL_OP_ENV;
    case POL_RES_MEM:
        return operand == POL_OP_MEM || operand == POL_OP_CODE;
    default:
        return operand == POL_OP_OP1 || operand == POL_OP_OP2 || operand == POL_OP_OP3;
    }
}

/* May `m` read what the move `before` has written? */
static bool depends(const struct plan_move *m, const struct plan_move *before)
{
    if (m->code == PLAN_MOVE_PUT)
        return false;
    return (may_alias(before->out, m->in) && overlap(before->d, before->n, m->a, m->n)) ||
           (m->code == PLAN_MOVE_MAP2 && may_alias(before->out, m->in2) &&
            overlap(before->d, before->n, m->b, 1));
}

/* Can the moves be done where the old sets are? */
static bool is_in_place(const struct plan_move *m, uint32_t n)
{
    if (n > MAX_IN_PLACE)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if ((i > 0 && m[i].range) || (m[i].n > 1 && m[i].a != m[i].d && depends(&m[i], &m[i])))
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (depends(&m[i], &m[k]))
                return false;
    }
    return true;
}

/* The moves at hand to the plan's memory. */
static void keep_moves(struct shortener *s, struct plan_short *to)
{
    struct plan_move *moves = take(s, s->nmoves, sizeof *moves);
    uint32_t *data = take(s, s->ndata, sizeof *data);
    if (s->failed)
        return;
    for (uint32_t i = 0; i < s->ndata; i++)
        data[i] = s->data[i];
    for (uint32_t i = 0; i < s->nmoves; i++) {
        moves[i] = s->moves[i];
        if (moves[i].code == PLAN_MOVE_PUT)
            moves[i].data = data + moves[i].a;
    }
    to->moves = moves;
    to->moves_end = moves + s->nmoves;
    to->plain = is_in_place(moves, s->nmoves);
}

/* Takes from the work that is left; false when there is too little. */
static bool pay(struct shortener *s, uint32_t work)
{
    if (s->work < work)
        return false;
    s->work -= work;
    return true;
}

/* What one action, or one of each of some deciders, does. */
static void fill_short(struct shortener *s, struct plan_short *to,
                       const struct plan_action *const *actions, uint32_t n)
{
    uint32_t *rules = take(s, n, sizeof *rules);
    s->nmoves = s->ndata = 0;
    *to = (struct plan_short){.plain = true, .rules = rules};
    for (uint32_t i = 0; i < n && rules; i++) {
        rules[i] = actions[i]->rule;
        to->plain &= actions[i]->verdict == POL_ALLOW && actions[i]->nreports == 0 &&
                     only_moves(&actions[i]->ops) && s->nmoves <= MAX_MOVES &&
                     pay(s, actions[i]->ops.n);
        to->written |= actions[i]->written;
        if (to->plain)
            add_list(s, &actions[i]->ops);
    }
    if (to->plain) {
        sort_moves(s);
        keep_moves(s, to);
    }
}

/* The programs of an opclass, by decider. */
static const struct plan_program *programs_of(const struct shortener *s, uint32_t opclass)
{
    return &s->plan->programs[(size_t)opclass * s->t->n_deciders];
}

/* How many programs decide about an opclass. */
static uint32_t count_programs(const struct shortener *s, uint32_t opclass)
{
    return programs_of(s, opclass)->tuples ? 1 : s->t->n_deciders;
}

/* What the only program of an opclass does in each of its last states, made once. */
static const struct plan_short *shorts_of(struct shortener *s, uint32_t opclass)
{
    uint32_t program = s->t->remap[opclass], n = s->t->n_deciders;
    uint32_t nactions = s->t->programs[program].nactions;
    const struct plan_program *p = programs_of(s, opclass);
    if (s->shorts[program])
        return s->shorts[program];
    struct plan_short *shorts = take(s, nactions, sizeof *shorts);
    for (uint32_t i = 0; i < nactions && !s->failed; i++) {
        for (uint32_t d = 0; d < n; d++)
            s->actions[d] = plan_action_at(&p[d], i);
        fill_short(s, &shorts[i], s->actions, n);
    }
    return s->shorts[program] = shorts;
}

/* Is the code invalid, for the level itself or by its entry? */
static bool is_invalid(const struct plan_level *l, uint32_t code)
{
    return code == 0 || code > l->value || l->map[code] == POL_MAP_INVALID;
}

static void fill_map(struct plan_map *to, const struct plan_level *l, const uint32_t *map)
{
    *to = (struct plan_map){.map = map, .operand = l->operand, .slot = l->slot, .mask = l->mask};
}

/* The level's map with all invalid codes marked: mostly as the file has it.  NULL: too much work,
 * or no memory. */
static const uint32_t *marked_map(struct shortener *s, const struct plan_level *l)
{
    uint32_t code = 1;
    if (l->map[0] == POL_MAP_INVALID)
        for (code = l->value + 1; code <= l->mask && l->map[code] == POL_MAP_INVALID; code++)
            continue;
    if (code > l->mask)
        return l->map;
    uint32_t *map = pay(s, l->mask) ? take(s, (size_t)l->mask + 1, sizeof *map) : NULL;
    for (code = 0; map && code <= l->mask; code++)
        map[code] = is_invalid(l, code) ? POL_MAP_INVALID : l->map[code];
    return map;
}

/* One program by itself; false when there is no short way. */
static bool look_alone(struct shortener *s, struct plan_look *k, uint32_t opclass)
{
    const struct plan_program *p = programs_of(s, opclass);
    struct plan_map *maps = take(s, p->nmap, sizeof *maps);
    if (!maps || p->tcam)
        return false;
    for (uint32_t l = 0; l < p->nmap; l++) {
        fill_map(&maps[l], &p->levels[l], marked_map(s, &p->levels[l]));
        if (!maps[l].map)
            return false;
    }
    *k = (struct plan_look){.maps = maps,
                            .maps_end = maps + p->nmap,
                            .dense = p->nmap ? p->dense : NULL,
                            .start = p->nmap ? 0 : p->start,
                            .more = !p->nmap || p->nmap < p->nlevels,
                            .chain = p->levels + p->nmap,
                            .chain_end = p->levels + p->nlevels,
                            .actions = shorts_of(s, opclass)};
    return true;
}

/* ---- Deciders together ----------------------------------------------------------------------- */

/* Adds an input that a level can give; false when there are too many. */
static bool add_value(struct variable *v, uint32_t value)
{
    uint32_t i = 0;
    while (i < v->n && v->values[i] != value)
        i++;
    if (i == MAX_VALUES)
        return false;
    v->values[i] = value;
    v->n += i == v->n;
    return true;
}

/* The different inputs that a level can give for valid codes; false: too many, or too much work. */
static bool find_values(struct shortener *s, struct variable *v, const struct plan_level *l)
{
    bool few = true;
    *v = (struct variable){.level = l};
    switch (l->kind) {
    case POL_LEVEL_EXPR:
        return false;
    case POL_LEVEL_MAP:
        few = pay(s, l->mask);
        for (uint32_t code = 1; code <= l->value && few; code++)
            few = is_invalid(l, code) || add_value(v, l->map[code]);
        v->n += v->n == 0; /* whatever it is, it is invalid */
        return few;
    case POL_LEVEL_VALUE:
        few = pay(s, l->value);
        for (uint32_t i = 0; i <= l->value && few; i++)
            few = add_value(v, l->map[l->value + i]);
        return few;
    default:
        return add_value(v, 0) && add_value(v, 1);
    }
}

static bool add_variable(struct shortener *s, struct group *g, const struct plan_level *l)
{
    if (g->nvariables == MAX_VARIABLES)
        return false;
    struct variable *v = &g->variables[g->nvariables];
    if (!find_values(s, v, l))
        return false;
    v->stride = g->ncells;
    g->ncells *= v->n;
    g->nvariables++;
    return g->ncells <= MAX_CELLS;
}

/* Takes all deciders into the group; false when they look at too much. */
static bool gather_deciders(struct shortener *s, struct group *g, uint32_t opclass)
{
    bool fits = s->t->n_deciders <= MAX_TOGETHER;
    g->n = s->t->n_deciders;
    g->programs = programs_of(s, opclass);
    g->nprograms = count_programs(s, opclass);
    g->nvariables = 0;
    g->ncells = 1;
    for (uint32_t i = 0; i < g->nprograms && fits; i++)
        for (uint32_t k = 0; k < g->programs[i].nlevels && fits; k++)
            fits = add_variable(s, g, &g->programs[i].levels[k]);
    return fits;
}

/* The last state of a program with the inputs of a cell; *v: its first variable, then the next
 * one's. */
static uint32_t walk(const struct plan_program *p, uint32_t cell, const struct variable **v)
{
    uint32_t state = p->start, sum = 0;
    uint64_t key = 0;
    for (uint32_t i = 0; i < p->nlevels; i++, ++*v) {
        uint32_t input = (*v)->values[cell / (*v)->stride % (*v)->n];
        if (p->tcam)
            key |= (uint64_t)input << p->levels[i].shift;
        else if (i < p->nmap)
            sum += input;
        else
            state = p->levels[i].cells[state * p->levels[i].width + input];
        if (i + 1 == p->nmap)
            state = p->dense[sum];
    }
    return p->tcam ? plan_match(p, key) : state;
}

/* The group's action of these actions; group->nshorts when there are too many. */
static uint32_t short_of(struct shortener *s, struct group *g,
                         const struct plan_action *const *actions)
{
    uint32_t i = 0, d;
    for (; i < g->nshorts; i++) {
        for (d = 0; d < g->n && g->keys[i][d] == actions[d]; d++)
            continue;
        if (d == g->n)
            return i;
    }
    if (i == MAX_SHORTS)
        return i;
    for (d = 0; d < g->n; d++)
        g->keys[i][d] = actions[d];
    fill_short(s, &g->shorts[i], actions, g->n);
    g->nshorts++;
    return i;
}

/* What each decider does with the inputs of a cell. */
static void actions_of(const struct group *g, uint32_t cell, const struct plan_action **actions)
{
    const struct variable *v = g->variables;
    uint32_t state = 0;
    for (uint32_t d = 0; d < g->n; d++) {
        if (d < g->nprograms)
            state = walk(&g->programs[d], cell, &v);
        actions[d] = plan_action_at(&g->programs[d], state);
    }
}

static bool fill_cells(struct shortener *s, struct group *g, uint32_t *cells)
{
    for (uint32_t cell = 0; cell < g->ncells && !s->failed; cell++) {
        const struct plan_action *actions[MAX_TOGETHER];
        actions_of(g, cell, actions);
        cells[cell] = short_of(s, g, actions);
        if (cells[cell] == MAX_SHORTS)
            return false;
    }
    return !s->failed;
}

/* What an input of the variable adds to the number of a cell. */
static uint32_t part_of_cell(const struct variable *v, uint32_t input)
{
    uint32_t i = 0;
    while (i + 1 < v->n && v->values[i] != input)
        i++;
    return i * v->stride;
}

/* A map level again, with inputs that add up to a cell. */
static void fill_summed(struct shortener *s, const struct variable *v, struct plan_map *to)
{
    const struct plan_level *l = v->level;
    uint32_t *map = take(s, (size_t)l->mask + 1, sizeof *map);
    for (uint32_t code = 0; map && code <= l->mask; code++)
        map[code] = is_invalid(l, code) ? POL_MAP_INVALID : part_of_cell(v, l->map[code]);
    fill_map(to, l, map);
}

/* The same for another level. */
static void fill_test(struct shortener *s, const struct variable *v, struct plan_level *to)
{
    *to = *v->level;
    to->width = v->stride;
    if (to->kind != POL_LEVEL_VALUE)
        return;
    uint32_t n = to->value, *map = take(s, 2 * (size_t)n + 1, sizeof *map);
    for (uint32_t i = 0; map && i <= 2 * n; i++)
        map[i] = i < n ? to->map[i] : part_of_cell(v, to->map[i]);
    to->map = map;
    to->width = 1;
}

static void fill_variables(struct shortener *s, const struct group *g, struct plan_look *k)
{
    struct plan_map *maps = take(s, g->nvariables, sizeof *maps);
    struct plan_level *tests = take(s, g->nvariables, sizeof *tests);
    k->maps = maps;
    k->tests = tests;
    for (uint32_t i = 0; i < g->nvariables && !s->failed; i++) {
        const struct variable *v = &g->variables[i];
        if (v->level->kind == POL_LEVEL_MAP) {
            fill_summed(s, v, maps++);
            continue;
        }
        fill_test(s, v, tests++);
    }
    k->maps_end = maps;
    k->tests_end = tests;
    k->more = k->tests_end != k->tests;
}

/* Takes the work of making the group's cells; false when too little is left. */
static bool pay_cells(struct shortener *s, const struct group *g)
{
    bool paid = pay(s, g->ncells);
    for (uint32_t i = 0; i < g->nprograms && paid; i++)
        paid = g->programs[i].nternary <= MAX_WORK / MAX_CELLS &&
               pay(s, g->ncells * g->programs[i].nternary);
    return paid;
}

/* False, with nothing done, when the group has too many actions. */
static bool look_together(struct shortener *s, struct plan_look *k, struct group *g)
{
    uint32_t *cells = take(s, g->ncells, sizeof *cells);
    g->nshorts = 0;
    if (s->failed || !pay_cells(s, g) || !fill_cells(s, g, cells))
        return false;
    struct plan_short *shorts = take(s, g->nshorts, sizeof *shorts);
    for (uint32_t i = 0; i < g->nshorts && shorts; i++)
        shorts[i] = g->shorts[i];
    *k = (struct plan_look){.dense = cells, .actions = shorts};
    fill_variables(s, g, k);
    return true;
}

/* ---- Opclasses ------------------------------------------------------------------------------- */

/* What is known of the actions of a program. */
struct summary {
    uint32_t allow, moves; /* actions that allow, that are moves besides */
    uint8_t stores;        /* results, as bits */
};

static void summarize(const struct shortener *s, uint32_t action, struct summary *sum)
{
    const struct plan_action *a = &s->plan->actions[action];
    sum->stores |= list_stores(s->t, &a->ops);
    sum->allow += a->verdict == POL_ALLOW;
    sum->moves += a->verdict == POL_ALLOW && only_moves(&a->ops);
}

static struct summary summary_of(const struct shortener *s, const struct pol_prt_program *p)
{
    struct summary sum = {0, 0, 0};
    bool fused = p->first_tuple != POL_NONE;
    size_t n = fused ? (size_t)p->nactions * s->t->n_deciders : p->nactions;
    for (size_t k = 0; k < n; k++)
        summarize(s, fused ? s->t->tuples[p->first_tuple + k] : p->first_action + (uint32_t)k,
                  &sum);
    return sum;
}

/* What the programs may store to, and whether the short way can mostly do them: they look at
 * nothing that takes a list, and most actions that allow are moves. */
static void note_programs(struct shortener *s)
{
    for (uint32_t i = 0; i < s->t->n_programs; i++) {
        const struct pol_prt_program *p = &s->t->programs[i];
        struct summary sum = summary_of(s, p);
        bool lists = false;
        for (uint32_t k = 0; k < p->nlevels; k++)
            lists |= s->plan->levels[p->first_level + k].kind == POL_LEVEL_EXPR;
        s->stores[i] = sum.stores;
        s->usable[i] = !lists && sum.moves * 2 >= sum.allow;
    }
}

/* False when there is no short way. */
static bool fill_look(struct shortener *s, uint32_t opclass, struct plan_look *k)
{
    if (gather_deciders(s, &s->group, opclass) && look_together(s, k, &s->group))
        return true;
    return count_programs(s, opclass) == 1 && look_alone(s, k, opclass);
}

/* Has an opclass shortly before this one the same programs?  The number of the nearest; else its
 * own. */
static uint32_t find_same(const struct pol_table *t, uint32_t opclass)
{
    for (uint32_t c = opclass; c > 0 && opclass - c < MAX_BACK; c--) {
        uint32_t d = 0;
        while (d < t->n_deciders &&
               t->remap[d * t->n_opclasses + opclass] == t->remap[d * t->n_opclasses + c - 1])
            d++;
        if (d == t->n_deciders)
            return c - 1;
    }
    return opclass;
}

static void shorten_class(struct shortener *s, uint32_t opclass)
{
    const struct pol_table *t = s->t;
    struct plan_class *c = &s->plan->classes[opclass];
    uint32_t has = plan_results(&t->opclasses[opclass]), stores = 0;
    uint32_t same = find_same(t, opclass);
    c->usable = t->n_deciders && !t->meta->nglobals;
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        uint32_t program = t->remap[d * t->n_opclasses + opclass];
        stores |= s->stores[program];
        c->usable &= s->usable[program];
    }
    c->usable &= !(stores & ~has);
    c->has = (uint8_t)has;
    if (c->usable && same != opclass && s->plan->classes[same].usable)
        c->look = s->plan->classes[same].look;
    else if (c->usable)
        c->usable = fill_look(s, opclass, &c->look);
}

static bool shorten_all(struct shortener *s)
{
    const struct pol_table *t = s->t;
    s->stores = calloc((size_t)t->n_programs + 1, sizeof *s->stores);
    s->usable = calloc((size_t)t->n_programs + 1, sizeof *s->usable);
    s->shorts = calloc((size_t)t->n_programs + 1, sizeof(struct plan_short *));
    s->actions = calloc((size_t)t->n_deciders + 1, sizeof(struct plan_action *));
    s->plan->classes = calloc((size_t)t->n_opclasses + 1, sizeof *s->plan->classes);
    if (!s->stores || !s->usable || !s->shorts || !s->actions || !s->plan->classes)
        return false;
    note_programs(s);
    for (uint32_t c = 0; c < t->n_opclasses && !s->failed; c++)
        shorten_class(s, c);
    s->plan->classes[0].usable = false; /* undecodable */
    return !s->failed;
}

bool pol_plan_shorten(const struct pol_table *t, struct pol_plan *plan)
{
    struct shortener *s = calloc(1, sizeof *s);
    if (!s)
        return false;
    s->t = t;
    s->plan = plan;
    s->work = MAX_WORK;
    plan->npairs = (t->meta->nslots + 1) / 2;
    bool done = shorten_all(s);
    free(s->stores);
    free(s->usable);
    free(s->shorts);
    free(s->actions);
    free(s->moves);
    free(s->data);
    free(s);
    return done;
}
