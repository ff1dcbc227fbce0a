#include "compiler/ir/build.h"

#include <stdlib.h>
#include <string.h>

struct ir *ir_new(void)
{
    struct arena *arena = lang_xalloc(sizeof *arena);
    arena_init(arena);
    struct ir *ir = ARENA_NEW(arena, struct ir);
    ir->arena = arena;
    ir->name = "";
    ir->stem = "";
    ir->granule = 8;
    ir->responses = ARENA_NEW(arena, struct ir_response);
    ir->responses[0] = (struct ir_response){"default", POL_ACTION_TERMINATE, ""};
    ir->nresponses = 1;
    return ir;
}

void ir_free(struct ir *ir)
{
    if (!ir)
        return;
    if (ir->space)
        pol_space_free(ir->space);
    struct arena *arena = ir->arena;
    arena_free(arena);
    free(arena);
}

/* Lists of values' names that tags share, and their copies. */
struct shared {
    struct pair {
        char **from, **to;
    } * items;
    size_t count;
};

static char **copy_values(struct shared *shared, struct pol_space *copy,
                          const struct pol_tag_arg *arg)
{
    for (size_t i = 0; i < shared->count; i++)
        if (shared->items[i].from == arg->values)
            return shared->items[i].to;
    char **to = pol_space_values(copy, (const char *const *)arg->values, (size_t)arg->limit);
    if (!to)
        pol_fatal_oom();
    shared->items = lang_xrealloc(shared->items, (shared->count + 1) * sizeof *shared->items);
    shared->items[shared->count++] = (struct pair){arg->values, to};
    return to;
}

struct pol_space *ir_copy_space(const struct pol_space *space)
{
    struct pol_space *copy = pol_space_new(space->ntags);
    struct shared shared = {NULL, 0};
    if (!copy)
        pol_fatal_oom();
    for (uint32_t t = 0; t < space->ntags; t++) {
        copy->tags[t] = space->tags[t];
        copy->tags[t].name = lang_xstrdup(space->tags[t].name);
        copy->tags[t].module = lang_xstrdup(space->tags[t].module);
        for (uint32_t a = 0; a < copy->tags[t].nargs; a++)
            if (space->tags[t].args[a].values)
                copy->tags[t].args[a].values = copy_values(&shared, copy, &space->tags[t].args[a]);
    }
    free(shared.items);
    if (pol_space_finish(copy) != 0)
        pol_fatal_oom(); /* the original was finished: it can only be memory */
    return copy;
}

void ir_pools_init(struct ir_pools *p, struct ir *ir)
{
    memset(p, 0, sizeof *p);
    p->arena = ir->arena;
}

void ir_pools_finish(struct ir_pools *p, struct ir *ir)
{
    ir->ints = p->ints.items;
    ir->nints = (uint32_t)p->ints.count;
    ir->guards = p->guards.items;
    ir->nguards = (uint32_t)p->guards.count;
    ir->sets = p->sets.items;
    ir->nsets = (uint32_t)p->sets.count;
}

static struct ir_int_id add_int(struct ir_pools *p, struct ir_int node)
{
    VEC_PUSH(p->arena, &p->ints, node);
    return (struct ir_int_id){(uint32_t)p->ints.count - 1};
}

static struct ir_guard_id add_guard(struct ir_pools *p, struct ir_guard node)
{
    VEC_PUSH(p->arena, &p->guards, node);
    return (struct ir_guard_id){(uint32_t)p->guards.count - 1};
}

static struct ir_set_id add_set(struct ir_pools *p, struct ir_set node)
{
    VEC_PUSH(p->arena, &p->sets, node);
    return (struct ir_set_id){(uint32_t)p->sets.count - 1};
}

struct ir_int_id ir_int_const(struct ir_pools *p, int64_t value)
{
    return add_int(
        p, (struct ir_int){.kind = IR_INT_CONST, .value = value, .a = IR_NO_INT, .b = IR_NO_INT});
}

struct ir_int_id ir_int_arg(struct ir_pools *p, struct ir_ref ref)
{
    return add_int(p,
                   (struct ir_int){.kind = IR_INT_ARG, .ref = ref, .a = IR_NO_INT, .b = IR_NO_INT});
}

struct ir_int_id ir_int_new(struct ir_pools *p, uint32_t counter, uint32_t new_index)
{
    return add_int(p, (struct ir_int){.kind = IR_INT_NEW,
                                      .counter = counter,
                                      .new_index = new_index,
                                      .a = IR_NO_INT,
                                      .b = IR_NO_INT});
}

struct ir_int_id ir_int_op(struct ir_pools *p, enum ir_int_kind kind, struct ir_int_id a,
                           struct ir_int_id b)
{
    return add_int(p, (struct ir_int){.kind = kind, .a = a, .b = b});
}

struct ir_int_id ir_int_bound(struct ir_pools *p, enum ir_int_kind kind, uint32_t lattice,
                              struct ir_int_id a, struct ir_int_id b)
{
    return add_int(p, (struct ir_int){.kind = kind, .lattice = lattice, .a = a, .b = b});
}

/* A guard node with every unused field saying so. */
static struct ir_guard guard_node(enum ir_guard_kind kind)
{
    return (struct ir_guard){
        .kind = kind, .a = IR_NO_GUARD, .b = IR_NO_GUARD, .x = IR_NO_INT, .y = IR_NO_INT};
}

struct ir_guard_id ir_guard_const(struct ir_pools *p, bool value)
{
    return add_guard(p, guard_node(value ? IR_GUARD_TRUE : IR_GUARD_FALSE));
}

struct ir_guard_id ir_guard_not(struct ir_pools *p, struct ir_guard_id a)
{
    struct ir_guard node = guard_node(IR_GUARD_NOT);
    node.a = a;
    return add_guard(p, node);
}

struct ir_guard_id ir_guard_join(struct ir_pools *p, enum ir_guard_kind kind, struct ir_guard_id a,
                                 struct ir_guard_id b)
{
    struct ir_guard node = guard_node(kind);
    node.a = a;
    node.b = b;
    return add_guard(p, node);
}

struct ir_guard_id ir_guard_compare(struct ir_pools *p, enum ir_guard_kind kind, struct ir_int_id x,
                                    struct ir_int_id y)
{
    struct ir_guard node = guard_node(kind);
    node.x = x;
    node.y = y;
    return add_guard(p, node);
}

struct ir_guard_id ir_guard_seteq(struct ir_pools *p, struct ir_ref r, struct ir_ref s)
{
    struct ir_guard node = guard_node(IR_GUARD_SETEQ);
    node.r = r;
    node.s = s;
    return add_guard(p, node);
}

struct ir_guard_id ir_guard_relation(struct ir_pools *p, uint32_t relation,
                                     const struct ir_int_id *args)
{
    struct ir_guard node = guard_node(IR_GUARD_RELATION);
    node.relation = relation;
    node.args = args;
    return add_guard(p, node);
}

struct ir_guard_id ir_guard_also(struct ir_pools *p, struct ir_guard_id a, struct ir_guard_id b)
{
    if (a.v == IR_NONE)
        return b;
    if (b.v == IR_NONE)
        return a;
    return ir_guard_join(p, IR_GUARD_AND, a, b);
}

static struct ir_set set_node(enum ir_set_kind kind)
{
    return (struct ir_set){.kind = kind, .a = IR_NO_SET, .b = IR_NO_SET};
}

struct ir_set_id ir_set_empty(struct ir_pools *p)
{
    return add_set(p, set_node(IR_SET_EMPTY));
}

struct ir_set_id ir_set_operand(struct ir_pools *p, enum pol_operand op)
{
    struct ir_set node = set_node(IR_SET_OPERAND);
    node.op = op;
    return add_set(p, node);
}

struct ir_set_id ir_set_arg(struct ir_pools *p, struct ir_ref ref)
{
    struct ir_set node = set_node(IR_SET_ARG);
    node.ref = ref;
    return add_set(p, node);
}

struct ir_set_id ir_set_modify(struct ir_pools *p, struct ir_set_id a, struct ir_mod *mods,
                               uint32_t nmods)
{
    struct ir_set node = set_node(IR_SET_MODIFY);
    node.a = a;
    node.mods = mods;
    node.nmods = nmods;
    return add_set(p, node);
}

struct ir_set_id ir_set_join(struct ir_pools *p, enum ir_set_kind kind, struct ir_set_id a,
                             struct ir_set_id b)
{
    struct ir_set node = set_node(kind);
    node.a = a;
    node.b = b;
    return add_set(p, node);
}
