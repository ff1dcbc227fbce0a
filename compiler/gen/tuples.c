/* All inputs that a table tells apart, one program after the other.
 *
 * Two odometers: the outer one over classes of codes and bits, the inner one over the arguments
 * that the outer one's tags have. */
#include <stdlib.h>
#include <string.h>

#include "compiler/gen/gen.h"

/* What a program looks at: by tuple set and field a partition of codes, by tuple set and argument
 * whether it is compared. */
enum axis_kind { AXIS_CLASS, AXIS_BIT, AXIS_NUMBER, AXIS_SET };
struct axis {
    enum axis_kind kind;
    unsigned set;      /* of the tuple */
    uint32_t field;    /* CLASS, BIT */
    uint32_t bit;      /* BIT: of the field */
    uint32_t tag, arg; /* NUMBER, SET */
    uint32_t n, at;    /* choices, the current one */
    uint32_t *first;   /* CLASS: members of class i are code[first[i]] .. code[first[i + 1] - 1] */
    uint32_t *code;    /* NUMBER: the values */
};
struct axes {
    struct axis *items;
    size_t count, cap;
};

struct codes {
    uint32_t n;
    uint32_t *at;
};

struct gen_tuples {
    const struct pol_table *t;
    const struct pol_space *space;
    const struct gen_values *values;
    uint32_t decider, opclass; /* where we are */
    bool started, ended;       /* this program's first input was given, its last */
    uint64_t outer_index;
    uint64_t turn;      /* varies what does not matter; restarts with each outer choice */
    struct arena arena; /* of the current program */
    struct axes outer, inner;
    uint32_t *tag_of_arg, *arg_in_tag; /* by ARGS index */
    struct codes *nested;              /* by field: codes that TagSet arguments can hold */
    uint32_t *chosen;                  /* by tuple set and field: code or bits */
    struct arena own;
};

/* ---- Looking at a program -------------------------------------------------------------------- */

struct looks {
    uint8_t *
        fields; /* by tuple operand and field: 1 by a level, 2 by an operation (each code counts) */
    uint32_t *masks; /* by operand and field: bits tested */
    uint8_t *args;   /* by operand and ARGS index */
};

static void look_at_slot(const struct gen_tuples *g, struct looks *l, uint32_t operand,
                         uint32_t slot)
{
    const struct pol_prt_slot *s = &g->t->slots[slot];
    if (s->kind == POL_SLOT_FIELD) {
        l->fields[operand * g->t->n_fields + s->index] |= 2;
        l->masks[operand * g->t->n_fields + s->index] |= ~POL_VALID_BIT;
    } else {
        uint32_t arg = s->kind == POL_SLOT_LANE ? s->index : s->set_arg;
        l->args[operand * g->t->n_args + arg] = 1;
    }
}

static void look_at_ops(const struct gen_tuples *g, struct looks *l, uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < first + n; i++) {
        const struct pol_prt_op *op = &g->t->ops[i];
        if (op->op == POL_OPC_SLOT)
            look_at_slot(g, l, op->a, op->b);
        for (uint32_t k = 0; op->op == POL_OPC_EQSLOTS && k < op->e; k++) {
            look_at_slot(g, l, op->a, op->b + k);
            look_at_slot(g, l, op->c, op->d + k);
        }
    }
}

static void look_at_level(const struct gen_tuples *g, struct looks *l,
                          const struct pol_prt_level *level)
{
    const struct pol_prt_slot *s = &g->t->slots[level->slot];
    if (level->kind == POL_LEVEL_EXPR) {
        look_at_ops(g, l, level->first_op, level->nops);
        return;
    }
    if (s->kind != POL_SLOT_FIELD) {
        look_at_slot(g, l, level->operand, level->slot);
        return;
    }
    l->fields[level->operand * g->t->n_fields + s->index] |= 1;
    l->masks[level->operand * g->t->n_fields + s->index] |= level->mask & ~POL_VALID_BIT;
}

/* Arguments matter to an action that can fail on them. */
static void look_at_action(const struct gen_tuples *g, struct looks *only_args,
                           const struct pol_prt_action *a)
{
    for (uint32_t i = 0; i < a->nops; i++)
        if (g->t->ops[a->first_op + i].op == POL_OPC_FAIL) {
            look_at_ops(g, only_args, a->first_op, a->nops);
            return;
        }
}

static struct looks look_at_program(struct gen_tuples *g, const struct pol_prt_program *p)
{
    size_t nf = g->t->n_fields + (size_t)1, na = g->t->n_args + (size_t)1;
    struct looks l = {ARENA_ARRAY(&g->arena, uint8_t, POL_OPERANDS * nf),
                      ARENA_ARRAY(&g->arena, uint32_t, POL_OPERANDS * nf),
                      ARENA_ARRAY(&g->arena, uint8_t, POL_OPERANDS * na)};
    for (uint32_t i = 0; i < p->nlevels; i++)
        look_at_level(g, &l, &g->t->levels[p->first_level + i]);
    struct looks only_args = {ARENA_ARRAY(&g->arena, uint8_t, POL_OPERANDS * nf),
                              ARENA_ARRAY(&g->arena, uint32_t, POL_OPERANDS * nf), l.args};
    for (uint32_t i = 0; i < p->nactions; i++)
        look_at_action(g, &only_args, &g->t->actions[p->first_action + i]);
    return l;
}

/* ---- Axes ------------------------------------------------------------------------------------ */

/* Whether two codes of a field look alike to all levels of a program. */
static bool alike(const struct gen_tuples *g, const struct pol_prt_program *p, uint32_t operand,
                  uint32_t slot, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < p->nlevels; i++) {
        const struct pol_prt_level *l = &g->t->levels[p->first_level + i];
        if (l->kind == POL_LEVEL_EXPR || l->operand != operand || l->slot != slot)
            continue;
        if (l->kind == POL_LEVEL_MAP
                ? g->t->maps[l->map + (a & l->mask)] != g->t->maps[l->map + (b & l->mask)]
                : ((a & l->mask) == l->value) != ((b & l->mask) == l->value))
            return false;
    }
    return true;
}

/* Codes of a dense field that can stand in a set of the opclass, ascending. */
static struct codes possible_codes(const struct gen_tuples *g, struct arena *arena, uint32_t kinds,
                                   const struct pol_prt_field *f)
{
    struct codes codes = {0, ARENA_ARRAY(arena, uint32_t, f->ncodes + (size_t)1)};
    for (uint32_t code = 1; code < f->ncodes; code++)
        if (gen_shape_kinds(g->t, f, code) & kinds)
            codes.at[codes.n++] = code;
    if (!codes.n)
        codes.at[codes.n++] = f->empty;
    return codes;
}

/* Splits codes into classes; each code is one if an operation reads it. */
static void add_class_axis(struct gen_tuples *g, const struct pol_prt_program *p, unsigned set,
                           uint32_t field, bool each)
{
    const struct pol_prt_field *f = &g->t->fields[field];
    uint32_t kinds = gen_kinds(&g->t->opclasses[g->opclass], set);
    struct codes codes = possible_codes(g, &g->arena, kinds, f);
    uint32_t n = codes.n;
    struct axis axis = {.kind = AXIS_CLASS, .set = set, .field = field};
    bool *taken = ARENA_ARRAY(&g->arena, bool, n);
    axis.first = ARENA_ARRAY(&g->arena, uint32_t, n + (size_t)1);
    axis.code = ARENA_ARRAY(&g->arena, uint32_t, n);
    uint32_t placed = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (taken[i])
            continue;
        axis.first[axis.n++] = placed;
        for (uint32_t k = i; k < n; k++)
            if (!taken[k] &&
                (k == i || (!each && alike(g, p, set, f->slot, codes.at[i], codes.at[k])))) {
                taken[k] = true;
                axis.code[placed++] = codes.at[k];
            }
    }
    axis.first[axis.n] = placed;
    VEC_PUSH(&g->arena, &g->outer, axis);
}

static void add_field_axes(struct gen_tuples *g, const struct pol_prt_program *p,
                           const struct looks *l, unsigned set, uint32_t field)
{
    const struct pol_prt_field *f = &g->t->fields[field];
    size_t at = (size_t)set * g->t->n_fields + field;
    if (f->kind == POL_FIELD_DENSE) {
        add_class_axis(g, p, set, field, l->fields[at] & 2);
        return;
    }
    for (uint32_t bit = 0; bit < f->ntags; bit++) {
        struct axis axis = {.kind = AXIS_BIT, .set = set, .field = field, .bit = bit, .n = 2};
        if (l->masks[at] >> bit & 1u)
            VEC_PUSH(&g->arena, &g->outer, axis);
    }
}

static void add_argument_axis(struct gen_tuples *g, unsigned set, uint32_t arg)
{
    uint32_t tag = g->tag_of_arg[arg], k = g->arg_in_tag[arg];
    const struct pol_tag_arg *info = &g->space->tags[tag].args[k];
    struct axis axis = {.set = set, .tag = tag, .arg = k};
    axis.kind = info->is_set ? AXIS_SET : AXIS_NUMBER;
    axis.code = ARENA_ARRAY(&g->arena, uint32_t, GEN_MAX_VALUES);
    for (uint32_t i = 0; i < g->values->n && axis.n < GEN_MAX_VALUES && !info->is_set; i++)
        if (g->values->at[i] < info->limit)
            axis.code[axis.n++] = g->values->at[i];
    if (info->is_set)
        axis.n = 4;
    VEC_PUSH(&g->arena, &g->inner, axis);
}

static void add_axes(struct gen_tuples *g, const struct pol_prt_program *p)
{
    struct looks l = look_at_program(g, p);
    for (unsigned set = 0; set < POL_OPERANDS; set++) {
        if (!gen_kinds(&g->t->opclasses[g->opclass], set))
            continue;
        for (uint32_t f = 0; f < g->t->n_fields; f++)
            if (l.fields[(size_t)set * g->t->n_fields + f])
                add_field_axes(g, p, &l, set, f);
        for (uint32_t a = 0; a < g->t->n_args; a++)
            if (l.args[(size_t)set * g->t->n_args + a])
                add_argument_axis(g, set, a);
    }
}

void gen_tuples_program(struct gen_tuples *g, uint32_t decider, uint32_t opclass)
{
    arena_free(&g->arena);
    memset(&g->outer, 0, sizeof g->outer);
    memset(&g->inner, 0, sizeof g->inner);
    g->decider = decider;
    g->opclass = opclass;
    g->started = g->ended = false;
    g->outer_index = 0;
    add_axes(g, gen_program(g->t, decider, opclass));
}

/* ---- The odometers --------------------------------------------------------------------------- */

static uint32_t *chosen_at(const struct gen_tuples *g, unsigned set, uint32_t field)
{
    return &g->chosen[(size_t)set * g->t->n_fields + field];
}

/* A number that looks arbitrary and depends only on what was asked before. */
static uint32_t turn(struct gen_tuples *g, uint32_t n)
{
    uint64_t z = ++g->turn * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 31)) * 0xd6e8feb86659fd93u;
    return n ? (uint32_t)((z ^ (z >> 32)) % n) : 0;
}

/* A code or bits for each field of each set: anything possible, */
static void choose_any(struct gen_tuples *g)
{
    const struct pol_prt_opclass *opclass = &g->t->opclasses[g->opclass];
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++) {
        uint32_t kinds = gen_kinds(opclass, set);
        for (uint32_t i = 0; i < g->t->n_fields; i++) {
            const struct pol_prt_field *f = &g->t->fields[i];
            uint32_t *to = chosen_at(g, set, i);
            *to = f->kind == POL_FIELD_DENSE ? f->empty : 0;
            if (kinds && f->kind == POL_FIELD_BITS)
                *to = turn(g, UINT32_MAX) & turn(g, UINT32_MAX) & ~POL_VALID_BIT;
            for (uint32_t tries = 0; kinds && f->kind == POL_FIELD_DENSE && tries < 8; tries++) {
                uint32_t code = 1 + turn(g, f->ncodes - 1);
                if (gen_shape_kinds(g->t, f, code) & kinds) {
                    *to = code;
                    break;
                }
            }
        }
    }
}

/* then what the axes say. */
static void choose_axes(struct gen_tuples *g)
{
    for (size_t i = 0; i < g->outer.count; i++) {
        const struct axis *a = &g->outer.items[i];
        uint32_t *to = chosen_at(g, a->set, a->field);
        if (a->kind == AXIS_BIT) {
            *to = (*to & ~((uint32_t)1 << a->bit)) | a->at << a->bit;
        } else {
            uint32_t first = a->first[a->at], n = a->first[a->at + 1] - first;
            *to = a->code[first + turn(g, n)];
        }
    }
}

static void put_presence(const struct gen_tuples *g, const struct pol_prt_field *f, uint32_t chosen,
                         uint32_t *lit)
{
    const uint32_t *bits = f->kind == POL_FIELD_DENSE ? gen_shape(g->t, f, chosen) : &chosen;
    for (uint32_t i = 0; i < f->ntags; i++)
        if (bits[i / 32] >> (i % 32) & 1u)
            pol_lit_set(lit, g->t->field_tags[f->first_tag + i]);
}

static void put_sets(const struct gen_tuples *g, struct pol_tuple *tuple)
{
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++) {
        memset(tuple->set[set], 0, g->space->words * sizeof *tuple->set[set]);
        for (uint32_t i = 0; i < g->t->n_fields; i++)
            put_presence(g, &g->t->fields[i], *chosen_at(g, set, i), tuple->set[set]);
    }
}

static uint32_t any_value(struct gen_tuples *g, uint64_t limit)
{
    return (uint32_t)(g->values->at[turn(g, g->values->n)] % limit);
}

/* The contents of a TagSet argument: choice 0 is {}, the others are sets that can be nested. */
static void put_nested(struct gen_tuples *g, uint32_t *flat, uint32_t choice)
{
    memset(flat, 0, g->space->flat_words * sizeof *flat);
    for (uint32_t i = 0; choice && i < g->t->n_fields; i++) {
        const struct pol_prt_field *f = &g->t->fields[i];
        const struct codes *codes = &g->nested[i];
        uint32_t any = turn(g, UINT32_MAX);
        if (f->kind == POL_FIELD_BITS)
            put_presence(g, f, any & ~POL_VALID_BIT, flat);
        else
            put_presence(g, f, codes->at[(choice - 1 + any / 7 * (choice > 2)) % codes->n], flat);
    }
    for (uint32_t t = 0; t < g->space->ntags; t++) {
        const struct pol_tag_info *tag = &g->space->tags[t];
        if (!pol_lit_has(flat, t))
            continue;
        if (tag->has_set_arg)
            flat[t / 32] &= ~((uint32_t)1 << (t % 32));
        for (uint32_t k = 0; !tag->has_set_arg && k < tag->nargs; k++)
            flat[tag->args[k].flat_offset] = any_value(g, tag->args[k].limit);
    }
}

/* Every argument of a tag that is there: any value, */
static void put_any_arguments(struct gen_tuples *g, uint32_t *lit)
{
    for (uint32_t t = 0; t < g->space->ntags; t++) {
        const struct pol_tag_info *tag = &g->space->tags[t];
        for (uint32_t k = 0; k < tag->nargs && pol_lit_has(lit, t); k++) {
            if (tag->args[k].is_set)
                put_nested(g, lit + tag->args[k].offset, turn(g, 3));
            else
                lit[tag->args[k].offset] = any_value(g, tag->args[k].limit);
        }
    }
}

/* then what the inner axes say. */
static void put_arguments(struct gen_tuples *g, struct pol_tuple *tuple)
{
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++)
        put_any_arguments(g, tuple->set[set]);
    for (size_t i = 0; i < g->inner.count; i++) {
        const struct axis *a = &g->inner.items[i];
        const struct pol_tag_arg *arg = &g->space->tags[a->tag].args[a->arg];
        uint32_t *lit = tuple->set[a->set];
        if (!pol_lit_has(tuple->set[a->set], a->tag))
            continue;
        if (a->kind == AXIS_SET)
            put_nested(g, lit + arg->offset, a->at);
        else
            lit[arg->offset] = a->code[a->at];
    }
}

static bool advance_outer(struct gen_tuples *g)
{
    g->outer_index++;
    for (size_t i = 0; i < g->outer.count; i++) {
        struct axis *a = &g->outer.items[i];
        if (++a->at < a->n)
            return true;
        a->at = 0;
    }
    return false;
}

/* Makes the choices of the current outer position; the same each time. */
static void start_outer(struct gen_tuples *g)
{
    g->turn = (((uint64_t)g->decider << 32 | g->opclass) * 0x9e3779b97f4a7c15u) ^
              (g->outer_index * 0xd6e8feb86659fd93u);
    choose_any(g);
    choose_axes(g);
}

/* Arguments of absent tags have one choice. */
static bool advance_inner(struct gen_tuples *g, const struct pol_tuple *tuple)
{
    for (size_t i = 0; i < g->inner.count; i++) {
        struct axis *a = &g->inner.items[i];
        if (pol_lit_has(tuple->set[a->set], a->tag) && ++a->at < a->n)
            return true;
        a->at = 0;
    }
    return false;
}

/* The tags stay until the inner odometer is through. */
static bool advance(struct gen_tuples *g, const struct pol_tuple *tuple)
{
    if (g->started && advance_inner(g, tuple))
        return true;
    if (g->started && !advance_outer(g))
        return false;
    g->started = true;
    start_outer(g);
    return true;
}

int gen_tuples_next_here(struct gen_tuples *g, struct pol_tuple *tuple)
{
    if (g->ended || !advance(g, tuple)) {
        g->ended = true;
        return 0;
    }
    put_sets(g, tuple);
    put_arguments(g, tuple);
    tuple->word = g->t->opclasses[g->opclass].sample;
    return 1;
}

/* Opclass 0 is no instruction, and nothing decides about it. */
static bool next_program(struct gen_tuples *g)
{
    uint32_t opclass = g->opclass + 1, decider = g->decider;
    if (opclass >= g->t->n_opclasses) {
        opclass = 1;
        decider++;
    }
    if (decider >= g->t->n_deciders || opclass >= g->t->n_opclasses)
        return false;
    gen_tuples_program(g, decider, opclass);
    return true;
}

int gen_tuples_next(void *user, struct pol_tuple *tuple)
{
    struct gen_tuples *g = user;
    for (;;) {
        if (g->opclass && gen_tuples_next_here(g, tuple))
            return 1;
        if (!next_program(g))
            return 0;
    }
}

/* ---- Counting -------------------------------------------------------------------------------- */

static uint64_t times(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t product(const struct axes *axes)
{
    uint64_t n = 1;
    for (size_t i = 0; i < axes->count; i++)
        n = times(n, axes->items[i].n);
    return n;
}

/* Inner choices of the sets in hand. */
static uint64_t inner_count(const struct gen_tuples *g, const struct pol_tuple *tuple)
{
    uint64_t n = 1;
    for (size_t i = 0; i < g->inner.count; i++)
        if (pol_lit_has(tuple->set[g->inner.items[i].set], g->inner.items[i].tag))
            n = times(n, g->inner.items[i].n);
    return n;
}

static uint64_t count_here(struct gen_tuples *g, struct pol_tuple *tuple)
{
    uint64_t n = 0;
    if (product(&g->outer) > POL_DIFF_MAX_TUPLES)
        return UINT64_MAX;
    do {
        start_outer(g);
        put_sets(g, tuple);
        n = plus(n, inner_count(g, tuple));
    } while (n <= POL_DIFF_MAX_TUPLES && advance_outer(g));
    return n;
}

static void rewind_all(struct gen_tuples *g)
{
    arena_free(&g->arena);
    memset(&g->outer, 0, sizeof g->outer);
    memset(&g->inner, 0, sizeof g->inner);
    g->decider = g->opclass = 0;
}

uint64_t gen_tuples_count(struct gen_tuples *g)
{
    struct pol_tuple tuple;
    uint64_t count = 0;
    if (pol_tuple_init(&tuple, g->space))
        pol_fatal_oom();
    rewind_all(g);
    while (count <= POL_DIFF_MAX_TUPLES && next_program(g))
        count = plus(count, count_here(g, &tuple));
    rewind_all(g);
    pol_tuple_free(&tuple);
    return count;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static void index_arguments(struct gen_tuples *g)
{
    g->tag_of_arg = ARENA_ARRAY(&g->own, uint32_t, g->t->n_args + (size_t)1);
    g->arg_in_tag = ARENA_ARRAY(&g->own, uint32_t, g->t->n_args + (size_t)1);
    for (uint32_t tag = 0; tag < g->t->n_tags; tag++)
        for (uint32_t k = 0; k < g->t->tags[tag].nargs; k++) {
            g->tag_of_arg[g->t->tags[tag].first_arg + k] = tag;
            g->arg_in_tag[g->t->tags[tag].first_arg + k] = k;
        }
}

static void index_nested(struct gen_tuples *g)
{
    g->nested = ARENA_ARRAY(&g->own, struct codes, g->t->n_fields + (size_t)1);
    for (uint32_t i = 0; i < g->t->n_fields; i++)
        if (g->t->fields[i].kind == POL_FIELD_DENSE)
            g->nested[i] = possible_codes(g, &g->own, POL_KIND_NESTED, &g->t->fields[i]);
}

struct gen_tuples *gen_tuples_new(const struct pol_table *table, const struct pol_space *space,
                                  const struct gen_values *values)
{
    struct gen_tuples *g = lang_xalloc(sizeof *g);
    g->t = table;
    g->space = space;
    g->values = values;
    arena_init(&g->arena);
    arena_init(&g->own);
    g->chosen = ARENA_ARRAY(&g->own, uint32_t, POL_TUPLE_SETS * (table->n_fields + (size_t)1));
    index_arguments(g);
    index_nested(g);
    return g;
}

void gen_tuples_free(struct gen_tuples *g)
{
    if (!g)
        return;
    arena_free(&g->arena);
    arena_free(&g->own);
    free(g);
}
