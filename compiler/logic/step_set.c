/* Steps: the values of tag-set expressions, tag by tag, and the built-in failures they meet. */
#include "compiler/logic/step_internal.h"

#include <stdlib.h>

/* ---- Values ---------------------------------------------------------------------------------- */

static const struct arg *set_args(struct step *st, struct ir_set_id id, uint32_t tag);

/* The last modification of the tag; NULL: none. */
static const struct ir_mod *last_mod(const struct ir_set *s, uint32_t tag)
{
    for (uint32_t i = s->nmods; i-- > 0;)
        if (s->mods[i].tag == tag)
            return &s->mods[i];
    return NULL;
}

/* The contents of a TagSet argument that the IR names. */
static const struct nested *ref_set(struct step *st, const struct ir_ref *ref)
{
    return step_operand(st, (uint32_t)ref->op, ref->tag).args[ref->arg].set;
}

/* A tag's place in a TagSet argument of `holder`; -1: it cannot be there. */
static long place_in(struct step *st, uint32_t holder, uint32_t tag)
{
    const struct scope *scope = step_scope(st, holder);
    for (uint32_t i = 0; i < scope->n; i++)
        if (scope->tags[i] == tag)
            return (long)i;
    return -1;
}

static sat_lit both_have(struct step *st, const struct ir_set *s, uint32_t tag)
{
    return sat_and(st->sat, set_has(st, s->a, tag), set_has(st, s->b, tag));
}

static sat_lit make_has(struct step *st, const struct ir_set *s, uint32_t tag)
{
    const struct ir_mod *mod;
    long at;
    switch (s->kind) {
    case IR_SET_OPERAND:
        return step_operand(st, (uint32_t)s->op, tag).has;
    case IR_SET_ARG:
        at = place_in(st, s->ref.tag, tag);
        return at < 0 ? SAT_FALSE : ref_set(st, &s->ref)->has[at];
    case IR_SET_EMPTY:
        return SAT_FALSE;
    case IR_SET_MODIFY:
        mod = last_mod(s, tag);
        return !mod ? set_has(st, s->a, tag) : mod->remove ? SAT_FALSE : SAT_TRUE;
    case IR_SET_UNION:
        return sat_or(st->sat, set_has(st, s->a, tag), set_has(st, s->b, tag));
    case IR_SET_INTER:
        return sat_and(st->sat, both_have(st, s, tag),
                       plain_equal(st, tag, set_args(st, s->a, tag), set_args(st, s->b, tag)));
    }
    abort();
}

sat_lit set_has(struct step *st, struct ir_set_id id, uint32_t tag)
{
    struct memo_entry *e = memo_at(&st->sets, id.v, tag);
    if (e->lit)
        return e->lit;
    sat_lit lit = make_has(st, &st->ir->sets[id.v], tag);
    return memo_at(&st->sets, id.v, tag)->lit = lit;
}

static const struct nested *stored_set(struct step *st, uint32_t holder, struct ir_set_id id)
{
    const struct scope *scope = step_scope(st, holder);
    struct nested *out = ARENA_NEW(st->arena, struct nested);
    sat_lit *has = ARENA_ARRAY(st->arena, sat_lit, scope->n + (size_t)1);
    const struct arg **args = ARENA_ARRAY(st->arena, const struct arg *, scope->n + (size_t)1);
    for (uint32_t i = 0; i < scope->n; i++) {
        has[i] = set_has(st, id, scope->tags[i]);
        args[i] = set_args(st, id, scope->tags[i]);
    }
    *out = (struct nested){scope->n, scope->ids, scope->nargs, has, args};
    return out;
}

static const struct arg *added_args(struct step *st, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = step_info(st, mod->tag);
    struct arg *args = ARENA_ARRAY(st->arena, struct arg, info->nargs);
    for (uint32_t k = 0; k < info->nargs; k++)
        args[k] = info->args[k].is_set ? (struct arg){bits_const(st->sat, 0),
                                                      stored_set(st, mod->tag, mod->args[k].set)}
                                       : (struct arg){step_int(st, mod->args[k].number), NULL};
    return args;
}

static const struct arg *united_args(struct step *st, uint32_t tag, struct tag_value a,
                                     struct tag_value b)
{
    sat_lit both = sat_and(st->sat, a.has, b.has);
    uint32_t nargs = step_info(st, tag)->nargs;
    if (b.has == SAT_FALSE)
        return a.args;
    if (a.has == SAT_FALSE)
        return b.args;
    const struct arg *one = args_ite(st->sat, nargs, a.has, a.args, b.args);
    return args_ite(st->sat, nargs, both, combine_args(st, tag, COMBINE_JOIN, a.args, b.args), one);
}

static const struct arg *make_args(struct step *st, const struct ir_set *s, uint32_t tag)
{
    const struct ir_mod *mod;
    long at;
    switch (s->kind) {
    case IR_SET_OPERAND:
        return step_operand(st, (uint32_t)s->op, tag).args;
    case IR_SET_ARG:
        at = place_in(st, s->ref.tag, tag);
        return at < 0 ? step_zero_args(st, tag) : ref_set(st, &s->ref)->args[at];
    case IR_SET_EMPTY:
        return step_zero_args(st, tag);
    case IR_SET_MODIFY:
        mod = last_mod(s, tag);
        return !mod          ? set_args(st, s->a, tag)
               : mod->remove ? step_zero_args(st, tag)
                             : added_args(st, mod);
    case IR_SET_UNION:
        return united_args(st, tag, set_value(st, s->a, tag), set_value(st, s->b, tag));
    case IR_SET_INTER:
        return combine_args(st, tag, COMBINE_MEET, set_args(st, s->a, tag),
                            set_args(st, s->b, tag));
    }
    abort();
}

static const struct arg *set_args(struct step *st, struct ir_set_id id, uint32_t tag)
{
    if (step_info(st, tag)->nargs == 0)
        return NULL;
    struct memo_entry *e = memo_at(&st->sets, id.v, tag);
    if (e->args)
        return e->args;
    const struct arg *args = make_args(st, &st->ir->sets[id.v], tag);
    return memo_at(&st->sets, id.v, tag)->args = args;
}

struct tag_value set_value(struct step *st, struct ir_set_id id, uint32_t tag)
{
    return (struct tag_value){set_has(st, id, tag), set_args(st, id, tag)};
}

struct tag_value step_merge(struct step *st, uint32_t tag, struct tag_value a, struct tag_value b,
                            sat_lit *conflict)
{
    sat_lit both = sat_and(st->sat, a.has, b.has);
    sat_lit equal = plain_equal(st, tag, a.args, b.args);
    *conflict = SAT_FALSE;
    if (step_info(st, tag)->merge_all)
        return (struct tag_value){sat_and(st->sat, both, equal),
                                  combine_args(st, tag, COMBINE_MEET, a.args, b.args)};
    *conflict = sat_and(st->sat, both, -equal);
    return (struct tag_value){sat_or(st->sat, a.has, b.has), united_args(st, tag, a, b)};
}

sat_lit step_same(struct step *st, uint32_t tag, struct tag_value a, struct tag_value b)
{
    sat_lit equal = args_equal(st->sat, step_info(st, tag)->nargs, a.args, b.args);
    return sat_and(st->sat, sat_iff(st->sat, a.has, b.has), sat_or(st->sat, -a.has, equal));
}

/* ---- Built-in failures ----------------------------------------------------------------------- */

struct failing {
    struct step *st;
    uint32_t first, end; /* tags that the decider owns */
    struct arena work;
    VEC_OF(struct step_failure) list;
};

static void add_failure(struct failing *f, sat_lit when, enum pol_cause cause, uint32_t tag)
{
    struct step_failure failure = {when, cause, tag};
    if (when != SAT_FALSE)
        VEC_PUSH(&f->work, &f->list, failure);
}

/* Fresh values from left to right. */
static void int_failures(struct failing *f, struct ir_int_id id)
{
    const struct ir_int *x = &f->st->ir->ints[id.v];
    if (x->kind == IR_INT_CONST || x->kind == IR_INT_ARG)
        return;
    if (x->kind == IR_INT_NEW) {
        const struct ir_counter *c = &f->st->ir->counters[x->counter];
        struct bits last = bits_const(f->st->sat, (int64_t)c->limit - 1);
        if (c->exhaust)
            add_failure(f, bits_lt(f->st->sat, last, step_fresh(f->st, x)), POL_CAUSE_EXHAUSTED,
                        POL_NO_TAG);
        return;
    }
    int_failures(f, x->a);
    int_failures(f, x->b);
}

static void set_failures(struct failing *f, struct ir_set_id id);

static void number_failures(struct failing *f, uint32_t tag, uint32_t k, struct ir_int_id id)
{
    struct sat *s = f->st->sat;
    uint64_t limit = step_info(f->st, tag)->args[k].limit;
    int_failures(f, id);
    if (step_int_below(f->st, id, limit))
        return;
    struct bits x = step_int(f->st, id);
    sat_lit low = bits_lt(s, x, bits_const(s, 0));
    sat_lit high = bits_lt(s, bits_const(s, (int64_t)limit - 1), x);
    add_failure(f, sat_or(s, low, high), POL_CAUSE_RANGE, tag);
}

/* What is stored must not hold tags with TagSet arguments, of those it can keep. */
static void stored_failures(struct failing *f, uint32_t holder, struct ir_set_id id)
{
    const struct ir *ir = f->st->ir;
    uint32_t domain = ir->tags[holder].domain;
    bool own = ir->domains[domain].kind == IR_DOMAIN_COMPONENT;
    set_failures(f, id);
    for (uint32_t t = f->first; t < f->end; t++)
        if (step_info(f->st, t)->has_set_arg && (!own || ir->tags[t].domain == domain))
            add_failure(f, set_has(f->st, id, t), POL_CAUSE_NESTED, t);
}

static void mod_failures(struct failing *f, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = step_info(f->st, mod->tag);
    if (mod->remove || mod->tag < f->first || mod->tag >= f->end)
        return;
    for (uint32_t k = 0; k < info->nargs; k++)
        if (info->args[k].is_set)
            stored_failures(f, mod->tag, mod->args[k].set);
        else
            number_failures(f, mod->tag, k, mod->args[k].number);
}

static void union_failures(struct failing *f, const struct ir_set *s)
{
    for (uint32_t t = f->first; t < f->end; t++) {
        if (step_info(f->st, t)->nargs == 0)
            continue;
        sat_lit both = both_have(f->st, s, t);
        if (both == SAT_FALSE)
            continue;
        sat_lit equal = plain_equal(f->st, t, set_args(f->st, s->a, t), set_args(f->st, s->b, t));
        add_failure(f, sat_and(f->st->sat, both, -equal), POL_CAUSE_CONFLICT, t);
    }
}

static void set_failures(struct failing *f, struct ir_set_id id)
{
    const struct ir_set *s = &f->st->ir->sets[id.v];
    switch (s->kind) {
    case IR_SET_OPERAND:
    case IR_SET_ARG:
    case IR_SET_EMPTY:
        return;
    case IR_SET_MODIFY:
        set_failures(f, s->a);
        for (uint32_t i = 0; i < s->nmods; i++)
            mod_failures(f, &s->mods[i]);
        return;
    case IR_SET_UNION:
    case IR_SET_INTER:
        set_failures(f, s->a);
        set_failures(f, s->b);
        if (s->kind == IR_SET_UNION)
            union_failures(f, s);
    }
}

static void find_failures(struct step *st, uint32_t decider, const struct ir_rule *rule,
                          struct step_failures *out)
{
    const struct ir_decider *d = &st->ir->deciders[decider];
    struct failing f = {.st = st, .end = st->ir->space->ntags};
    if (!d->is_global) {
        f.first = st->logic->domain_first[d->domain];
        f.end = st->logic->domain_end[d->domain];
    }
    arena_init(&f.work);
    for (unsigned r = 0; r < POL_RESULTS; r++)
        if (rule->result[r].v != IR_NONE && step_has_result(st, (enum pol_result)r))
            set_failures(&f, rule->result[r]);
    sat_lit *when = ARENA_ARRAY(&f.work, sat_lit, f.list.count + 1);
    out->items = ARENA_ARRAY(st->arena, struct step_failure, f.list.count + 1);
    out->n = (uint32_t)f.list.count;
    for (uint32_t i = 0; i < out->n; i++) {
        out->items[i] = f.list.items[i];
        when[i] = out->items[i].when;
    }
    out->any = sat_any(st->sat, when, out->n);
    out->ready = true;
    arena_free(&f.work);
}

static struct step_failures *failures_of(struct step *st, uint32_t decider, uint32_t rule)
{
    static const struct step_failures none = {.ready = true, .any = SAT_FALSE};
    struct step_decider *d = step_decider(st, decider);
    long at = step_place(st, decider, rule);
    if (at < 0)
        return (struct step_failures *)&none;
    if (!d->failures[at].ready)
        find_failures(st, decider, &st->ir->deciders[decider].rules[rule], &d->failures[at]);
    return &d->failures[at];
}

const struct step_failure *step_failures(struct step *st, uint32_t decider, uint32_t rule,
                                         uint32_t *n)
{
    const struct step_failures *f = failures_of(st, decider, rule);
    *n = f->n;
    return f->items;
}

sat_lit step_rule_fails(struct step *st, uint32_t decider, uint32_t rule)
{
    return failures_of(st, decider, rule)->any;
}
