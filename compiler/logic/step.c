/* Steps: conditions, integers, guards. */
#include "compiler/logic/step_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- What steps of an IR share --------------------------------------------------------------- */

static void find_domains(struct logic *l)
{
    const struct ir *ir = l->ir;
    uint32_t t = 0;
    l->domain_first = ARENA_ARRAY(l->arena, uint32_t, ir->ndomains + (size_t)1);
    l->domain_end = ARENA_ARRAY(l->arena, uint32_t, ir->ndomains + (size_t)1);
    for (uint32_t d = 0; d < ir->ndomains; d++) {
        l->domain_first[d] = t;
        while (t < ir->space->ntags && ir->tags[t].domain == d)
            t++;
        l->domain_end[d] = t;
    }
}

static void sort_rules(struct logic *l, uint32_t decider)
{
    const struct ir_decider *d = &l->ir->deciders[decider];
    struct rules_by_group *by = &l->by_group[decider];
    uint32_t n = l->ir->ngroups + 1;
    by->first = ARENA_ARRAY(l->arena, uint32_t, n + (size_t)2);
    by->rules = ARENA_ARRAY(l->arena, uint32_t, d->nrules + (size_t)1);
    for (uint32_t r = 0; r < d->nrules; r++) {
        uint32_t g = d->rules[r].group.v == IR_NONE ? n - 1 : d->rules[r].group.v;
        by->first[g + 2]++;
    }
    for (uint32_t g = 2; g < n + 2; g++)
        by->first[g] += by->first[g - 1];
    for (uint32_t r = 0; r < d->nrules; r++) {
        uint32_t g = d->rules[r].group.v == IR_NONE ? n - 1 : d->rules[r].group.v;
        by->rules[by->first[g + 1]++] = r;
    }
}

struct logic *logic_new(struct arena *arena, const struct ir *ir)
{
    struct logic *l = ARENA_NEW(arena, struct logic);
    l->arena = arena;
    l->ir = ir;
    l->join = ARENA_ARRAY(arena, struct bits_table *, ir->nlattices + (size_t)1);
    l->meet = ARENA_ARRAY(arena, struct bits_table *, ir->nlattices + (size_t)1);
    l->order = ARENA_ARRAY(arena, struct bits_table *, ir->nlattices + (size_t)1);
    l->relations = ARENA_ARRAY(arena, struct bits_table *, ir->nrelations + (size_t)1);
    l->by_group = ARENA_ARRAY(arena, struct rules_by_group, ir->ndeciders + (size_t)1);
    find_domains(l);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        sort_rules(l, d);
    return l;
}

struct step *step_new(struct scene *scene, struct logic *logic, const struct pol_form *form,
                      const uint32_t *groups, uint32_t ngroups, const struct step_options *options)
{
    struct arena *arena = sat_arena(scene_sat(scene));
    struct step *st = ARENA_NEW(arena, struct step);
    const struct ir *ir = logic->ir;
    st->scene = scene;
    st->sat = scene_sat(scene);
    st->arena = arena;
    st->logic = logic;
    st->ir = ir;
    st->form = *form;
    st->groups = groups;
    st->ngroups = ngroups;
    if (options)
        st->options = *options;
    if (!st->options.extra)
        st->options.extra = STEP_EXTRA;
    st->deciders = ARENA_ARRAY(arena, struct step_decider, ir->ndeciders + (size_t)1);
    st->guards = ARENA_ARRAY(arena, sat_lit, ir->nguards + (size_t)1);
    st->ints = ARENA_ARRAY(arena, struct bits, ir->nints + (size_t)1);
    st->sets.arena = st->results.arena = st->decided.arena = arena;
    st->scopes = ARENA_ARRAY(arena, struct scope *, ir->space->ntags + (size_t)1);
    if (st->options.tag_map)
        st->operand_args =
            ARENA_ARRAY(arena, const struct arg *, SCENE_SLOTS *(size_t)ir->space->ntags + 1);
    return st;
}

const struct ir *step_ir(const struct step *st)
{
    return st->ir;
}

struct scene *step_scene(const struct step *st)
{
    return st->scene;
}

/* ---- Operands -------------------------------------------------------------------------------- */

static uint32_t mapped(const struct step *st, uint32_t tag)
{
    return st->options.tag_map ? st->options.tag_map[tag] : tag;
}

static int by_id(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (a[1] > b[1]) - (a[1] < b[1]);
}

const struct scope *step_scope(struct step *st, uint32_t tag)
{
    const struct ir *ir = st->ir;
    uint32_t ntags = ir->space->ntags, domain = ir->tags[tag].domain;
    if (st->scopes[tag])
        return st->scopes[tag];
    struct scope *scope = st->scopes[tag] = ARENA_NEW(st->arena, struct scope);
    uint32_t(*pairs)[2] = lang_xalloc((ntags + (size_t)1) * sizeof *pairs);
    bool own = ir->domains[domain].kind == IR_DOMAIN_COMPONENT;
    for (uint32_t t = 0; t < ntags; t++) {
        if (step_info(st, t)->has_set_arg || (own && ir->tags[t].domain != domain))
            continue;
        uint32_t id = mapped(st, t);
        pairs[scope->n][0] = t;
        pairs[scope->n++][1] = id == SCENE_NO_TAG ? st->options.extra + t : id;
    }
    qsort(pairs, scope->n, sizeof *pairs, by_id);
    scope->tags = ARENA_ARRAY(st->arena, uint32_t, scope->n + (size_t)1);
    scope->ids = ARENA_ARRAY(st->arena, uint32_t, scope->n + (size_t)1);
    scope->nargs = ARENA_ARRAY(st->arena, uint32_t, scope->n + (size_t)1);
    for (uint32_t i = 0; i < scope->n; i++) {
        scope->tags[i] = pairs[i][0];
        scope->ids[i] = pairs[i][1];
        scope->nargs[i] = step_info(st, pairs[i][0])->nargs;
    }
    free(pairs);
    return scope;
}

/* What the scene's set has of the scope. */
static const struct nested *narrow(struct step *st, uint32_t tag, const struct nested *from)
{
    const struct scope *scope = step_scope(st, tag);
    struct nested *out = ARENA_NEW(st->arena, struct nested);
    sat_lit *has = ARENA_ARRAY(st->arena, sat_lit, scope->n + (size_t)1);
    const struct arg **args = ARENA_ARRAY(st->arena, const struct arg *, scope->n + (size_t)1);
    for (uint32_t i = 0; i < scope->n; i++) {
        long at = from ? nested_find(from, scope->ids[i]) : -1;
        has[i] = at < 0 ? SAT_FALSE : from->has[at];
        args[i] = at < 0 ? step_zero_args(st, scope->tags[i]) : from->args[at];
    }
    *out = (struct nested){scope->n, scope->ids, scope->nargs, has, args};
    return out;
}

const struct arg *step_zero_args(struct step *st, uint32_t tag)
{
    const struct pol_tag_info *info = step_info(st, tag);
    if (info->nargs == 0)
        return NULL;
    struct arg *args = ARENA_ARRAY(st->arena, struct arg, info->nargs);
    for (uint32_t k = 0; k < info->nargs; k++)
        args[k] = (struct arg){bits_const(st->sat, 0),
                               info->args[k].is_set ? narrow(st, tag, NULL) : NULL};
    return args;
}

/* An argument of an operand, as the IR numbers its values. */
static struct bits mapped_number(struct step *st, uint32_t tag, uint32_t k, struct bits number)
{
    const struct bits_table *table =
        st->options.arg_map ? st->options.arg_map[tag * POL_MAX_ARGS + k] : NULL;
    return table ? bits_table_apply(st->sat, table, &number) : number;
}

static const struct arg *mapped_args(struct step *st, uint32_t slot, uint32_t tag)
{
    const struct pol_tag_info *info = step_info(st, tag);
    const struct arg **kept = &st->operand_args[slot * (size_t)st->ir->space->ntags + tag];
    uint32_t id = mapped(st, tag);
    if (*kept || info->nargs == 0)
        return *kept;
    if (id == SCENE_NO_TAG)
        return *kept = step_zero_args(st, tag);
    const struct arg *from = scene_args(st->scene, slot, id);
    struct arg *args = ARENA_ARRAY(st->arena, struct arg, info->nargs);
    for (uint32_t k = 0; k < info->nargs; k++)
        args[k] = info->args[k].is_set
                      ? (struct arg){from[k].number, narrow(st, tag, from[k].set)}
                      : (struct arg){mapped_number(st, tag, k, from[k].number), NULL};
    return *kept = args;
}

static sat_lit operand_has(struct step *st, uint32_t slot, uint32_t tag)
{
    uint32_t id = mapped(st, tag);
    return id == SCENE_NO_TAG ? SAT_FALSE : scene_has(st->scene, slot, id);
}

static const struct arg *operand_args(struct step *st, uint32_t slot, uint32_t tag)
{
    return st->options.tag_map ? mapped_args(st, slot, tag) : scene_args(st->scene, slot, tag);
}

struct tag_value step_operand(struct step *st, uint32_t slot, uint32_t tag)
{
    return (struct tag_value){operand_has(st, slot, tag), operand_args(st, slot, tag)};
}

/* ---- Conditions ------------------------------------------------------------------------------ */

typedef sat_lit has_function(struct step *step, uint32_t where, uint32_t tag);

static sat_lit result_has(struct step *st, uint32_t result, uint32_t tag)
{
    return step_has(st, (enum pol_result)result, tag);
}

static bool lists(const struct ir_cond *cond, uint32_t tag)
{
    uint32_t lo = 0, hi = cond->nrequired;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (cond->required[mid] < tag)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < cond->nrequired && cond->required[lo] == tag;
}

/* None of the domain's tags but those required. */
static sat_lit no_others(struct step *st, has_function *has, uint32_t where,
                         const struct ir_cond *cond, uint32_t domain)
{
    uint32_t ntags = st->ir->space->ntags;
    uint32_t first = domain == IR_NONE ? 0 : st->logic->domain_first[domain];
    uint32_t end = domain == IR_NONE ? ntags : st->logic->domain_end[domain];
    sat_lit *none = lang_xalloc((end - first + (size_t)1) * sizeof *none);
    size_t n = 0;
    for (uint32_t t = first; t < end; t++)
        if (!lists(cond, t))
            none[n++] = -has(st, where, t);
    sat_lit all = sat_all(st->sat, none, n);
    free(none);
    return all;
}

static sat_lit cond_lit(struct step *st, has_function *has, uint32_t where,
                        const struct ir_cond *cond, sat_lit others)
{
    size_t n = 0;
    if (cond->never)
        return SAT_FALSE;
    sat_lit *lits = lang_xalloc((cond->nrequired + cond->nforbidden + (size_t)1) * sizeof *lits);
    for (uint32_t i = 0; i < cond->nrequired; i++)
        lits[n++] = has(st, where, cond->required[i]);
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        lits[n++] = -has(st, where, cond->forbidden[i]);
    lits[n++] = others;
    sat_lit all = sat_all(st->sat, lits, n);
    free(lits);
    return all;
}

sat_lit step_cond(struct step *st, enum pol_operand op, const struct ir_cond *cond, uint32_t domain)
{
    sat_lit others = SAT_TRUE;
    if (cond->exact && !cond->never)
        others = st->options.tag_map
                     ? no_others(st, operand_has, op, cond, domain)
                     : scene_exact(st->scene, op, domain, cond->required, cond->nrequired);
    return cond_lit(st, operand_has, op, cond, others);
}

sat_lit step_result_cond(struct step *st, enum pol_result result, const struct ir_cond *cond,
                         uint32_t domain)
{
    sat_lit others = cond->exact ? no_others(st, result_has, result, cond, domain) : SAT_TRUE;
    return cond_lit(st, result_has, result, cond, others);
}

/* ---- Tables of lattices and relations -------------------------------------------------------- */

struct square {
    const uint32_t *entries;
    uint32_t size;
};

static uint32_t square_entry(const void *context, const uint32_t *args)
{
    const struct square *q = context;
    return q->entries[args[0] * q->size + args[1]];
}

static uint32_t order_entry(const void *context, const uint32_t *args)
{
    const struct square *q = context;
    return q->entries[args[0] * q->size + args[1]] == args[1];
}

static uint32_t relation_entry(const void *context, const uint32_t *args)
{
    const struct ir_relation *r = context;
    uint64_t at = 0;
    for (uint32_t i = 0; i < r->nargs; i++)
        at = at * r->limit[i] + args[i];
    return r->bits[at / 32] >> (at % 32) & 1u;
}

static struct bits_table *square_table(struct logic *l, struct bits_table **made,
                                       const uint32_t *entries, uint32_t size, bool order)
{
    struct square q = {entries, size};
    uint64_t limits[2] = {size, size};
    uint32_t width = 0;
    if (*made)
        return *made;
    while (width < 32 && (size - 1) >> width)
        width++;
    return *made = bits_table_new(l->arena, limits, 2, order ? 1 : width,
                                  order ? order_entry : square_entry, &q);
}

static struct bits lattice_op(struct step *st, uint32_t lattice, enum combination how,
                              struct bits a, struct bits b)
{
    const struct ir_lattice *l = &st->ir->lattices[lattice];
    bool join = how == COMBINE_JOIN;
    struct bits_table **made = join ? &st->logic->join[lattice] : &st->logic->meet[lattice];
    const struct bits args[2] = {a, b};
    return bits_table_apply(
        st->sat, square_table(st->logic, made, join ? l->join : l->meet, l->size, false), args);
}

sat_lit step_lattice_le(struct step *st, uint32_t lattice, struct bits a, struct bits b)
{
    const struct ir_lattice *l = &st->ir->lattices[lattice];
    const struct bits args[2] = {a, b};
    return bits_table_holds(
        st->sat, square_table(st->logic, &st->logic->order[lattice], l->join, l->size, true), args);
}

static struct bits_table *relation_table(struct logic *l, uint32_t relation)
{
    const struct ir_relation *r = &l->ir->relations[relation];
    uint64_t limits[POL_MAX_ARGS];
    if (l->relations[relation])
        return l->relations[relation];
    for (uint32_t i = 0; i < r->nargs; i++)
        limits[i] = r->limit[i];
    return l->relations[relation] =
               bits_table_new(l->arena, limits, r->nargs, 1, relation_entry, r);
}

const struct arg *combine_args(struct step *st, uint32_t tag, enum combination how,
                               const struct arg *a, const struct arg *b)
{
    uint32_t n = step_info(st, tag)->nargs;
    if (n == 0 || a == b)
        return a;
    struct arg *out = ARENA_ARRAY(st->arena, struct arg, n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t lattice = st->ir->tags[tag].lattice[k];
        out[k] = a[k];
        if (lattice != IR_NONE)
            out[k].number = lattice_op(st, lattice, how, a[k].number, b[k].number);
    }
    return out;
}

sat_lit plain_equal(struct step *st, uint32_t tag, const struct arg *a, const struct arg *b)
{
    sat_lit all = SAT_TRUE;
    for (uint32_t k = 0; a != b && k < step_info(st, tag)->nargs; k++)
        if (st->ir->tags[tag].lattice[k] == IR_NONE)
            all = sat_and(st->sat, all, arg_equal(st->sat, a[k], b[k]));
    return all;
}

/* ---- Integers -------------------------------------------------------------------------------- */

/* Ids whose parts are made first.  Chains are as long as the source wrote them, so no recursion. */
struct todo {
    struct arena work;
    VEC_OF(uint32_t) ids;
};

static void push(struct todo *t, uint32_t id)
{
    VEC_PUSH(&t->work, &t->ids, id);
}

static const struct arg *ref_args(struct step *st, const struct ir_ref *ref)
{
    unsigned op = (unsigned)ref->op;
    return op < POL_OPERANDS ? operand_args(st, op, ref->tag)
                             : step_args(st, (enum pol_result)(op - POL_OPERANDS), ref->tag);
}

struct bits step_fresh(struct step *st, const struct ir_int *x)
{
    const struct ir_counter *c = &st->ir->counters[x->counter];
    uint32_t id = st->options.counter_map ? st->options.counter_map[x->counter] : x->counter;
    return bits_add(st->sat, scene_counter(st->scene, id, c->limit, c->exhaust),
                    bits_const(st->sat, x->new_index));
}

/* Past the last value it begins again; where that is a failure, the value does not matter. */
static struct bits fresh_value(struct step *st, const struct ir_int *x)
{
    const struct ir_counter *c = &st->ir->counters[x->counter];
    struct bits value = step_fresh(st, x), limit = bits_const(st->sat, (int64_t)c->limit);
    if (c->exhaust)
        return value;
    if (x->new_index >= c->limit)
        return bits_mod(st->sat, value, (int64_t)c->limit);
    return bits_ite(st->sat, bits_lt(st->sat, value, limit), value,
                    bits_sub(st->sat, value, limit));
}

static struct bits operation(struct step *st, const struct ir_int *x)
{
    struct bits a = st->ints[x->a.v], b = st->ints[x->b.v];
    switch (x->kind) {
    case IR_INT_ADD:
        return bits_add(st->sat, a, b);
    case IR_INT_SUB:
        return bits_sub(st->sat, a, b);
    case IR_INT_MUL:
        return bits_mul(st->sat, a, b);
    case IR_INT_DIV:
        return bits_div(st->sat, a, st->ir->ints[x->b.v].value);
    case IR_INT_MOD:
        return bits_mod(st->sat, a, st->ir->ints[x->b.v].value);
    case IR_INT_JOIN:
        return lattice_op(st, x->lattice, COMBINE_JOIN, a, b);
    case IR_INT_MEET:
        return lattice_op(st, x->lattice, COMBINE_MEET, a, b);
    default:
        abort();
    }
}

static void make_int(struct step *st, struct todo *todo, uint32_t id)
{
    const struct ir_int *x = &st->ir->ints[id];
    switch (x->kind) {
    case IR_INT_CONST:
        st->ints[id] = bits_const(st->sat, x->value);
        return;
    case IR_INT_ARG:
        st->ints[id] = ref_args(st, &x->ref)[x->ref.arg].number;
        return;
    case IR_INT_NEW:
        st->ints[id] = fresh_value(st, x);
        return;
    default:
        if (st->ints[x->a.v].width && st->ints[x->b.v].width) {
            st->ints[id] = operation(st, x);
            return;
        }
        push(todo, x->b.v);
        push(todo, x->a.v);
    }
}

struct bits step_int(struct step *st, struct ir_int_id id)
{
    struct todo todo = {.ids = {0}};
    if (st->ints[id.v].width)
        return st->ints[id.v];
    arena_init(&todo.work);
    push(&todo, id.v);
    while (todo.ids.count) {
        uint32_t top = todo.ids.items[todo.ids.count - 1];
        if (!st->ints[top].width)
            make_int(st, &todo, top);
        if (st->ints[top].width && todo.ids.items[todo.ids.count - 1] == top)
            todo.ids.count--;
    }
    arena_free(&todo.work);
    return st->ints[id.v];
}

bool step_int_below(const struct step *st, struct ir_int_id id, uint64_t limit)
{
    const struct ir_int *x = &st->ir->ints[id.v];
    switch (x->kind) {
    case IR_INT_CONST:
        return x->value >= 0 && (uint64_t)x->value < limit;
    case IR_INT_ARG:
        return step_info(st, x->ref.tag)->args[x->ref.arg].limit <= limit;
    case IR_INT_NEW:
        return st->ir->counters[x->counter].limit <= limit;
    case IR_INT_JOIN:
    case IR_INT_MEET:
        return st->ir->lattices[x->lattice].size <= limit;
    default:
        return false;
    }
}

/* ---- Guards ---------------------------------------------------------------------------------- */

static sat_lit relation_holds(struct step *st, const struct ir_guard *g)
{
    struct bits args[POL_MAX_ARGS];
    for (uint32_t i = 0; i < st->ir->relations[g->relation].nargs; i++)
        args[i] = step_int(st, g->args[i]);
    return bits_table_holds(st->sat, relation_table(st->logic, g->relation), args);
}

static sat_lit comparison(struct step *st, const struct ir_guard *g)
{
    switch (g->kind) {
    case IR_GUARD_TRUE:
        return SAT_TRUE;
    case IR_GUARD_FALSE:
        return SAT_FALSE;
    case IR_GUARD_SETEQ:
        return nested_equal(st->sat, ref_args(st, &g->r)[g->r.arg].set,
                            ref_args(st, &g->s)[g->s.arg].set);
    case IR_GUARD_RELATION:
        return relation_holds(st, g);
    default:
        break;
    }
    struct bits x = step_int(st, g->x), y = step_int(st, g->y);
    switch (g->kind) {
    case IR_GUARD_EQ:
        return bits_eq(st->sat, x, y);
    case IR_GUARD_NE:
        return -bits_eq(st->sat, x, y);
    case IR_GUARD_LT:
        return bits_lt(st->sat, x, y);
    case IR_GUARD_LE:
        return bits_le(st->sat, x, y);
    default:
        abort();
    }
}

static void make_guard(struct step *st, struct todo *todo, uint32_t id)
{
    const struct ir_guard *g = &st->ir->guards[id];
    bool join = g->kind == IR_GUARD_AND || g->kind == IR_GUARD_OR;
    if (!join && g->kind != IR_GUARD_NOT) {
        st->guards[id] = comparison(st, g);
        return;
    }
    sat_lit a = st->guards[g->a.v], b = join ? st->guards[g->b.v] : SAT_TRUE;
    if (a && b) {
        st->guards[id] = g->kind == IR_GUARD_NOT   ? -a
                         : g->kind == IR_GUARD_AND ? sat_and(st->sat, a, b)
                                                   : sat_or(st->sat, a, b);
        return;
    }
    if (join)
        push(todo, g->b.v);
    push(todo, g->a.v);
}

sat_lit step_guard(struct step *st, struct ir_guard_id id)
{
    struct todo todo = {.ids = {0}};
    if (st->guards[id.v])
        return st->guards[id.v];
    arena_init(&todo.work);
    push(&todo, id.v);
    while (todo.ids.count) {
        uint32_t top = todo.ids.items[todo.ids.count - 1];
        if (!st->guards[top])
            make_guard(st, &todo, top);
        if (st->guards[top] && todo.ids.items[todo.ids.count - 1] == top)
            todo.ids.count--;
    }
    arena_free(&todo.work);
    return st->guards[id.v];
}
