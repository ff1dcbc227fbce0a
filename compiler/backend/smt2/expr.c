/* Numbers, guards and sets of the policy, from the IR. */
#include "compiler/backend/smt2/emit.h"

#include <inttypes.h>

/* ---- Numbers ------------------------------------------------------------------------------- */

static uint32_t arg_index(const struct smt2 *s, uint32_t tag, uint32_t k)
{
    return s->t->tags[tag].first_arg + k;
}

/* join/L and meet/L: by the values, side by side in `bits` each. */
static const char *lattice_function(const struct smt2 *s, uint32_t lattice, bool meet,
                                    uint32_t bits)
{
    const struct ir_lattice *l = &s->ir->lattices[lattice];
    const char *name = smt2_text(s, "%s/%u", meet ? "meet" : "join", lattice);
    if (!smt2_once(s, name))
        return name;
    size_t count = (size_t)l->size << bits;
    uint32_t *values = ARENA_ARRAY(s->arena, uint32_t, count);
    for (size_t i = 0; i < count; i++) {
        size_t a = i >> bits, b = i & (((size_t)1 << bits) - 1);
        values[i] = b < l->size ? (meet ? l->meet : l->join)[a * l->size + b] : 0;
    }
    smt2_put(s, "; %s of lattice ", meet ? "Meet" : "Join");
    smt2_comment(s, l->name);
    smt2_put(s, "\n");
    smt2_function(s, name, false, values, count);
    return name;
}

static smt2_term low(const struct smt2 *s, smt2_term number)
{
    return smt2_text(s, "((_ extract 31 0) %s)", number);
}

static smt2_term lattice_value(const struct smt2 *s, uint32_t lattice, bool meet, smt2_term a,
                               smt2_term b)
{
    uint32_t bits = smt2_bits(s->ir->lattices[lattice].size - 1);
    const char *name = lattice_function(s, lattice, meet, bits);
    return smt2_text(s, "(concat #x00000000 (%s (bvor (bvshl %s %s) %s)))", name, low(s, a),
                     smt2_slot(s, bits), low(s, b));
}

/* The value after `index` others of the step. */
static smt2_term fresh(const struct smt2 *s, uint32_t counter, uint32_t index)
{
    return smt2_text(s, "(bvurem (bvadd %s %s) %s)", s->counters[counter], smt2_number(s, index),
                     smt2_number(s, (int64_t)s->ir->counters[counter].limit));
}

static smt2_term number(const struct smt2 *s, struct ir_int_id id)
{
    static const char *const signs[] = {[IR_INT_ADD] = "bvadd",
                                        [IR_INT_SUB] = "bvsub",
                                        [IR_INT_MUL] = "bvmul",
                                        [IR_INT_DIV] = "bvsdiv",
                                        [IR_INT_MOD] = "bvsrem"};
    const struct ir_int *node = &s->ir->ints[id.v];
    switch (node->kind) {
    case IR_INT_CONST:
        return smt2_number(s, node->value);
    case IR_INT_ARG:
        return smt2_text(s, "%s/%s/%u", smt2_operands[node->ref.op], s->tags[node->ref.tag],
                         node->ref.arg);
    case IR_INT_NEW:
        return fresh(s, node->counter, node->new_index);
    case IR_INT_JOIN:
    case IR_INT_MEET:
        return lattice_value(s, node->lattice, node->kind == IR_INT_MEET, number(s, node->a),
                             number(s, node->b));
    default:
        return smt2_text(s, "(%s %s %s)", signs[node->kind], number(s, node->a),
                         number(s, node->b));
    }
}

/* ---- Guards -------------------------------------------------------------------------------- */

static bool in_relation(const struct ir_relation *r, size_t tuple)
{
    return r->bits[tuple / 32] >> (tuple % 32) & 1u;
}

/* relation/R: by the arguments, side by side, each in the bits of its limit. */
static void relation_function(const struct smt2 *s, uint32_t relation)
{
    const struct ir_relation *r = &s->ir->relations[relation];
    uint32_t bits[POL_MAX_ARGS], all = 0;
    for (uint32_t k = 0; k < r->nargs; k++)
        all += bits[k] = smt2_bits(r->limit[k] - 1);
    size_t count = (size_t)1 << all;
    uint32_t *values = ARENA_ARRAY(s->arena, uint32_t, count);
    for (size_t i = 0; i < count; i++) {
        uint32_t shift = all;
        size_t tuple = 0;
        bool in = true;
        for (uint32_t k = 0; k < r->nargs; k++) {
            shift -= bits[k];
            size_t value = i >> shift & (((size_t)1 << bits[k]) - 1);
            in = in && value < r->limit[k];
            tuple = tuple * r->limit[k] + value;
        }
        values[i] = in && in_relation(r, tuple);
    }
    smt2_put(s, "; Relation ");
    smt2_comment(s, r->name);
    smt2_put(s, "\n");
    smt2_function(s, smt2_text(s, "relation/%u", relation), true, values, count);
}

static smt2_term relation_holds(const struct smt2 *s, const struct ir_guard *node)
{
    const struct ir_relation *r = &s->ir->relations[node->relation];
    const char *name = smt2_text(s, "relation/%u", node->relation);
    if (smt2_once(s, name))
        relation_function(s, node->relation);
    smt2_term tuple = "#x00000000";
    for (uint32_t k = 0; k < r->nargs; k++)
        tuple =
            smt2_text(s, "(bvor (bvshl %s %s) %s)", tuple, smt2_slot(s, smt2_bits(r->limit[k] - 1)),
                      low(s, number(s, node->args[k])));
    return smt2_text(s, "(%s %s)", name, tuple);
}

static struct smt2_set *set_argument(const struct smt2 *s, struct ir_ref ref)
{
    return s->operands[ref.op]->args[arg_index(s, ref.tag, ref.arg)].set;
}

static smt2_term compare(const struct smt2 *s, const char *sign, const struct ir_guard *node)
{
    return smt2_text(s, "(%s %s %s)", sign, number(s, node->x), number(s, node->y));
}

smt2_term smt2_guard(const struct smt2 *s, struct ir_guard_id id)
{
    const struct ir_guard *node = &s->ir->guards[id.v];
    switch (node->kind) {
    case IR_GUARD_TRUE:
    case IR_GUARD_FALSE:
        return smt2_bool(node->kind == IR_GUARD_TRUE);
    case IR_GUARD_NOT:
        return smt2_not(s, smt2_guard(s, node->a));
    case IR_GUARD_AND:
        return smt2_and(s, smt2_guard(s, node->a), smt2_guard(s, node->b));
    case IR_GUARD_OR:
        return smt2_or(s, smt2_guard(s, node->a), smt2_guard(s, node->b));
    case IR_GUARD_EQ:
        return compare(s, "=", node);
    case IR_GUARD_NE:
        return compare(s, "distinct", node);
    case IR_GUARD_LT:
        return compare(s, "bvslt", node);
    case IR_GUARD_LE:
        return compare(s, "bvsle", node);
    case IR_GUARD_RELATION:
        return relation_holds(s, node);
    default:
        return smt2_same_flat(s, set_argument(s, node->r), set_argument(s, node->s));
    }
}

/* ---- Sets ---------------------------------------------------------------------------------- */

void smt2_fail_when(struct smt2_giving *g, smt2_term when, enum pol_cause cause, uint32_t tag)
{
    struct smt2_failure_case item = {when, smt2_fault(g->s, cause, tag)};
    if (!smt2_is(when, "false"))
        VEC_PUSH(g->s->arena, &g->failing, item);
}

smt2_term smt2_first_fault(const struct smt2_giving *g)
{
    smt2_term fault = smt2_fault(g->s, POL_CAUSE_NONE, 0);
    for (size_t i = g->failing.count; i-- > 0;)
        fault = smt2_ite(g->s, g->failing.items[i].when, g->failing.items[i].fault, fault);
    return fault;
}

static smt2_term part(struct smt2_giving *g, const char *sort, smt2_term term)
{
    return smt2_bind(g->s, smt2_text(g->s, "%s/%u", g->name, g->parts++), sort, term);
}

static bool owns(const struct smt2 *s, uint32_t decider, uint32_t tag)
{
    const struct ir_decider *d = &s->ir->deciders[decider];
    return d->is_global || s->ir->tags[tag].domain == d->domain;
}

static struct smt2_set *copy_set(const struct smt2 *s, const struct smt2_set *from)
{
    struct smt2_set *set = smt2_empty_set(s);
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++)
        set->has[tag] = from->has[tag];
    for (uint32_t a = 0; a < s->t->n_args; a++)
        set->args[a] = from->args[a];
    return set;
}

/* What the decider owns of a set. */
static struct smt2_set *own_part(const struct smt2_giving *g, const struct smt2_set *from)
{
    struct smt2_set *set = copy_set(g->s, from);
    for (uint32_t tag = 0; tag < g->s->t->n_tags; tag++)
        if (!owns(g->s, g->decider, tag))
            set->has[tag] = "false";
    return set;
}

/* Fresh values from left to right: they run out, or are used. */
static void take_fresh(struct smt2_giving *g, struct ir_int_id id)
{
    const struct smt2 *s = g->s;
    const struct ir_int *node = &s->ir->ints[id.v];
    if (node->kind >= IR_INT_ADD) {
        take_fresh(g, node->a);
        take_fresh(g, node->b);
    }
    if (node->kind != IR_INT_NEW)
        return;
    const struct ir_counter *counter = &s->ir->counters[node->counter];
    if (counter->exhaust)
        smt2_fail_when(g,
                       smt2_text(s, "(bvuge (bvadd %s %s) %s)", s->counters[node->counter],
                                 smt2_number(s, node->new_index),
                                 smt2_number(s, (int64_t)counter->limit)),
                       POL_CAUSE_EXHAUSTED, POL_NO_TAG);
    if (g->taken[node->counter] <= node->new_index)
        g->taken[node->counter] = node->new_index + 1;
}

static smt2_term add_number(struct smt2_giving *g, uint32_t tag, uint32_t k, struct ir_int_id id)
{
    const struct smt2 *s = g->s;
    take_fresh(g, id);
    smt2_term value = part(g, SMT2_NUMBER, number(s, id));
    int64_t limit = (int64_t)s->ir->space->tags[tag].args[k].limit;
    smt2_fail_when(g, smt2_text(s, "(not (bvult %s %s))", value, smt2_number(s, limit)),
                   POL_CAUSE_RANGE, tag);
    return value;
}

/* A TagSet argument of a component's tag holds what that component owns, whoever stores it. */
static struct smt2_set *add_set(struct smt2_giving *g, uint32_t tag, struct ir_set_id id)
{
    const struct smt2 *s = g->s;
    uint32_t domain = s->ir->tags[tag].domain;
    struct smt2_set *set = copy_set(s, smt2_give(g, id));
    for (uint32_t t = 0; t < s->t->n_tags; t++) {
        if (s->ir->domains[domain].kind == IR_DOMAIN_COMPONENT && s->ir->tags[t].domain != domain)
            set->has[t] = "false";
        if (!s->ir->space->tags[t].has_set_arg)
            continue;
        smt2_fail_when(g, set->has[t], POL_CAUSE_NESTED, t);
        set->has[t] = "false";
    }
    return set;
}

static void modify(struct smt2_giving *g, const struct ir_mod *mod, struct smt2_set *set)
{
    const struct pol_tag_info *info = &g->s->ir->space->tags[mod->tag];
    for (uint32_t k = 0; !mod->remove && k < info->nargs; k++) {
        struct smt2_arg *arg = &set->args[arg_index(g->s, mod->tag, k)];
        if (info->args[k].is_set)
            arg->set = add_set(g, mod->tag, mod->args[k].set);
        else
            arg->number = add_number(g, mod->tag, k, mod->args[k].number);
    }
    set->has[mod->tag] = smt2_bool(!mod->remove);
}

bool smt2_is_lattice(const struct smt2 *s, uint32_t tag, uint32_t k)
{
    return s->ir->tags[tag].lattice[k] != IR_NONE;
}

smt2_term smt2_args_agree(const struct smt2 *s, uint32_t tag, const struct smt2_set *a,
                          const struct smt2_set *b)
{
    smt2_term agree = "true";
    for (uint32_t k = 0; k < s->t->tags[tag].nargs; k++) {
        const struct smt2_arg *x = &a->args[arg_index(s, tag, k)];
        const struct smt2_arg *y = &b->args[arg_index(s, tag, k)];
        if (x->set && y->set)
            agree = smt2_and(s, agree, smt2_same_flat(s, x->set, y->set));
        else if (!x->set && !y->set && !smt2_is_lattice(s, tag, k))
            agree = smt2_and(s, agree, smt2_same(s, x->number, y->number));
    }
    return agree;
}

/* One of two sets inside an argument. */
static struct smt2_set *either(const struct smt2 *s, smt2_term when, struct smt2_set *a,
                               struct smt2_set *b)
{
    if (!a || !b)
        return a ? a : b;
    struct smt2_set *set = smt2_empty_set(s);
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++)
        set->has[tag] = smt2_ite(s, when, a->has[tag], b->has[tag]);
    for (uint32_t i = 0; i < s->t->n_args; i++)
        set->args[i].number = smt2_ite(s, when, a->args[i].number, b->args[i].number);
    return set;
}

void smt2_join_args(const struct smt2 *s, uint32_t tag, const struct smt2_set *a,
                    const struct smt2_set *b, bool meet, struct smt2_set *to)
{
    for (uint32_t k = 0; k < s->t->tags[tag].nargs; k++) {
        uint32_t i = arg_index(s, tag, k);
        smt2_term x = a->args[i].number, y = b->args[i].number;
        to->args[i].set = either(s, a->has[tag], a->args[i].set, b->args[i].set);
        smt2_term both = "#x0000000000000000";
        if (smt2_is_lattice(s, tag, k)) {
            both = lattice_value(s, s->ir->tags[tag].lattice[k], meet, x, y);
            to->args[i].number = smt2_ite(s, smt2_and(s, a->has[tag], b->has[tag]), both,
                                          smt2_ite(s, a->has[tag], x, y));
        } else {
            to->args[i].number = smt2_ite(s, a->has[tag], x, y);
        }
    }
}

/* The parts of a set that are longer than a name become definitions. */
static void name_parts(struct smt2_giving *g, struct smt2_set *set)
{
    const struct smt2 *s = g->s;
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++)
        set->has[tag] = part(g, SMT2_BOOL, set->has[tag]);
    for (uint32_t a = 0; a < s->t->n_args; a++) {
        if (smt2_is(set->has[s->tag_of[a]], "false"))
            continue;
        set->args[a].number = part(g, SMT2_NUMBER, set->args[a].number);
        if (set->args[a].set)
            name_parts(g, set->args[a].set);
    }
}

static struct smt2_set *combine(struct smt2_giving *g, const struct ir_set *node)
{
    const struct smt2 *s = g->s;
    bool meet = node->kind == IR_SET_INTER;
    const struct smt2_set *a = smt2_give(g, node->a), *b = smt2_give(g, node->b);
    struct smt2_set *set = smt2_empty_set(s);
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++) {
        if (smt2_is(a->has[tag], "false") && smt2_is(b->has[tag], "false"))
            continue;
        smt2_term both = smt2_and(s, a->has[tag], b->has[tag]);
        smt2_term agree = smt2_args_agree(s, tag, a, b);
        if (!meet)
            smt2_fail_when(g, smt2_and(s, both, smt2_not(s, agree)), POL_CAUSE_CONFLICT, tag);
        set->has[tag] = meet ? smt2_and(s, both, agree) : smt2_or(s, a->has[tag], b->has[tag]);
        smt2_join_args(s, tag, a, b, meet, set);
    }
    name_parts(g, set);
    return set;
}

struct smt2_set *smt2_give(struct smt2_giving *g, struct ir_set_id id)
{
    const struct ir_set *node = &g->s->ir->sets[id.v];
    struct smt2_set *set;
    switch (node->kind) {
    case IR_SET_EMPTY:
        return smt2_empty_set(g->s);
    case IR_SET_OPERAND:
        return own_part(g, g->s->operands[node->op]);
    case IR_SET_ARG:
        return own_part(g, set_argument(g->s, node->ref));
    case IR_SET_MODIFY:
        set = copy_set(g->s, smt2_give(g, node->a));
        for (uint32_t i = 0; i < node->nmods; i++)
            modify(g, &node->mods[i], set);
        return set;
    default:
        return combine(g, node);
    }
}
