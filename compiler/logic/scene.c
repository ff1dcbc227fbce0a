/* Tag sets as variables. */
#include "compiler/logic/scene_internal.h"

#include <stdlib.h>
#include <string.h>
#include <pol/kinds.h>

struct universe universe_of_ir(struct arena *arena, const struct ir *ir, const struct reach *reach)
{
    uint32_t *domain = ARENA_ARRAY(arena, uint32_t, ir->space->ntags + (size_t)1);
    bool *component = ARENA_ARRAY(arena, bool, ir->ndomains + (size_t)1);
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        domain[t] = ir->tags[t].domain;
    for (uint32_t d = 0; d < ir->ndomains; d++)
        component[d] = ir->domains[d].kind == IR_DOMAIN_COMPONENT;
    return (struct universe){ir->space, domain, ir->ndomains, component, reach};
}

void scene_kinds(const struct pol_form *form, uint32_t kinds[SCENE_SLOTS])
{
    for (unsigned slot = 0; slot < SCENE_SLOTS; slot++)
        kinds[slot] = pol_operand_kinds(form, slot);
}

static void init_presence(struct scene *sc, struct presence *p, uint32_t kinds)
{
    *p = (struct presence){.kinds = kinds,
                           .has = ARENA_ARRAY(sc->arena, sat_lit, sc->u->space->ntags + (size_t)1),
                           .codes =
                               ARENA_ARRAY(sc->arena, struct code *, sc->u->ndomains + (size_t)1),
                           .none = ARENA_ARRAY(sc->arena, sat_lit *, sc->u->ndomains + (size_t)1)};
}

static void find_domains(struct scene *sc)
{
    uint32_t t = 0, n = sc->u->ndomains;
    sc->domain_first = ARENA_ARRAY(sc->arena, uint32_t, n + (size_t)1);
    sc->domain_end = ARENA_ARRAY(sc->arena, uint32_t, n + (size_t)1);
    for (uint32_t d = 0; d < n; d++) {
        sc->domain_first[d] = t;
        while (t < sc->u->space->ntags && sc->u->domain[t] == d)
            t++;
        sc->domain_end[d] = t;
    }
    if (t != sc->u->space->ntags)
        abort(); /* tags are not in the order of their domains */
}

struct scene *scene_new(struct sat *sat, const struct universe *universe,
                        const uint32_t kinds[SCENE_SLOTS])
{
    struct arena *arena = sat_arena(sat);
    struct scene *sc = ARENA_NEW(arena, struct scene);
    sc->sat = sat;
    sc->arena = arena;
    sc->u = universe;
    find_domains(sc);
    for (uint32_t i = 0; i < SCENE_SLOTS; i++) {
        init_presence(sc, &sc->slots[i].presence, kinds[i]);
        sc->slots[i].args =
            ARENA_ARRAY(arena, const struct arg *, universe->space->ntags + (size_t)1);
    }
    return sc;
}

struct sat *scene_sat(struct scene *sc)
{
    return sc->sat;
}

const struct universe *scene_universe(const struct scene *sc)
{
    return sc->u;
}

/* ---- Presence -------------------------------------------------------------------------------- */

/* NULL: every set of the domain's tags. */
static const struct reach_domain *listed(const struct scene *sc, uint32_t domain)
{
    const struct reach *r = sc->u->reach;
    return r && !r->domains[domain].all ? &r->domains[domain] : NULL;
}

static bool shape_bit(const struct reach_domain *d, uint32_t shape, uint32_t tag)
{
    uint32_t i = tag - d->first_tag;
    return d->bits[(size_t)shape * d->words + i / 32] >> (i % 32) & 1u;
}

static struct code *code_of(struct scene *sc, struct presence *p, uint32_t domain)
{
    const struct reach_domain *d = listed(sc, domain);
    if (p->codes[domain])
        return p->codes[domain];
    struct code *c = p->codes[domain] = ARENA_NEW(sc->arena, struct code);
    uint32_t *shapes = ARENA_ARRAY(sc->arena, uint32_t, d->nshapes + (size_t)1);
    for (uint32_t i = 0; i < d->nshapes; i++)
        if (d->kinds[i] & p->kinds)
            shapes[c->n++] = i;
    if (c->n == 0)
        abort(); /* {} occurs everywhere */
    c->shapes = shapes;
    c->value = bits_below(sc->sat, c->n);
    return c;
}

/* What is asked of the shape: it has `tag`, or it is just `tags`. */
struct shape_question {
    const struct reach_domain *d;
    const struct code *code;
    uint32_t tag;
    const uint32_t *bits;
};

static uint32_t shape_has(const void *context, const uint32_t *args)
{
    const struct shape_question *q = context;
    return shape_bit(q->d, q->code->shapes[args[0]], q->tag);
}

static uint32_t shape_is(const void *context, const uint32_t *args)
{
    const struct shape_question *q = context;
    const uint32_t *bits = q->d->bits + (size_t)q->code->shapes[args[0]] * q->d->words;
    return memcmp(bits, q->bits, q->d->words * sizeof *bits) == 0;
}

static sat_lit ask_shape(struct scene *sc, const struct shape_question *q, bits_entry *entry)
{
    struct arena work;
    arena_init(&work);
    uint64_t limit = q->code->n;
    struct bits_table *table = bits_table_new(&work, &limit, 1, 1, entry, q);
    sat_lit lit = bits_table_holds(sc->sat, table, &q->code->value);
    arena_free(&work);
    return lit;
}

static sat_lit presence_has(struct scene *sc, struct presence *p, uint32_t tag)
{
    uint32_t domain = sc->u->domain[tag];
    const struct reach_domain *d = listed(sc, domain);
    if (p->has[tag])
        return p->has[tag];
    if (p->kinds == 0)
        return p->has[tag] = SAT_FALSE;
    if (!d)
        return p->has[tag] = p->kinds == POL_KIND_NESTED && sc->u->space->tags[tag].has_set_arg
                                 ? SAT_FALSE
                                 : sat_var(sc->sat);
    struct shape_question q = {.d = d, .code = code_of(sc, p, domain), .tag = tag};
    return p->has[tag] = ask_shape(sc, &q, shape_has);
}

sat_lit scene_has(struct scene *sc, uint32_t slot, uint32_t tag)
{
    return presence_has(sc, &sc->slots[slot].presence, tag);
}

/* ---- Exact sets ------------------------------------------------------------------------------ */

/* Literals that say together: none of the tags from lo to hi of the domain. */
struct absent {
    struct scene *sc;
    struct presence *p;
    uint32_t domain, lo, hi;
    VEC_OF(sat_lit) lits;
    struct arena work;
};

/* None of the tags first .. first + n - 1; node 1 is the whole tree, its halves 2i and 2i + 1. */
static sat_lit tree_none(struct absent *a, uint32_t node, uint32_t first, uint32_t n)
{
    sat_lit *none = &a->p->none[a->domain][node];
    if (first >= a->sc->domain_end[a->domain])
        return SAT_TRUE;
    if (*none)
        return *none;
    if (n == 1)
        return *none = -presence_has(a->sc, a->p, first);
    sat_lit left = tree_none(a, 2 * node, first, n / 2);
    return *none = sat_and(a->sc->sat, left, tree_none(a, 2 * node + 1, first + n / 2, n / 2));
}

static void tree_cover(struct absent *a, uint32_t node, uint32_t first, uint32_t n)
{
    if (first >= a->hi || first + n <= a->lo)
        return;
    if (first >= a->lo && first + n <= a->hi) {
        sat_lit lit = tree_none(a, node, first, n);
        VEC_PUSH(&a->work, &a->lits, lit);
        return;
    }
    tree_cover(a, 2 * node, first, n / 2);
    tree_cover(a, 2 * node + 1, first + n / 2, n / 2);
}

static void cover_absent(struct absent *a, uint32_t lo, uint32_t hi)
{
    uint32_t first = a->sc->domain_first[a->domain], size = 1;
    while (size < a->sc->domain_end[a->domain] - first)
        size *= 2;
    if (!a->p->none[a->domain])
        a->p->none[a->domain] = ARENA_ARRAY(a->sc->arena, sat_lit, 2 * (size_t)size);
    a->lo = lo;
    a->hi = hi;
    if (lo < hi)
        tree_cover(a, 1, first, size);
}

static sat_lit exact_any(struct scene *sc, struct presence *p, uint32_t domain,
                         const uint32_t *tags, uint32_t ntags)
{
    struct absent a = {.sc = sc, .p = p, .domain = domain};
    uint32_t next = sc->domain_first[domain];
    arena_init(&a.work);
    for (uint32_t i = 0; i < ntags; i++) {
        if (sc->u->domain[tags[i]] != domain)
            continue;
        sat_lit lit = presence_has(sc, p, tags[i]);
        VEC_PUSH(&a.work, &a.lits, lit);
        cover_absent(&a, next, tags[i]);
        next = tags[i] + 1;
    }
    cover_absent(&a, next, sc->domain_end[domain]);
    sat_lit all = sat_all(sc->sat, a.lits.items, a.lits.count);
    arena_free(&a.work);
    return all;
}

static sat_lit exact_in(struct scene *sc, struct presence *p, uint32_t domain, const uint32_t *tags,
                        uint32_t ntags)
{
    const struct reach_domain *d = listed(sc, domain);
    if (sc->domain_first[domain] == sc->domain_end[domain])
        return SAT_TRUE;
    if (!d || p->kinds == 0)
        return exact_any(sc, p, domain, tags, ntags);
    uint32_t *bits = lang_xalloc(d->words * sizeof *bits);
    for (uint32_t i = 0; i < ntags; i++) {
        uint32_t at = tags[i] - d->first_tag;
        if (sc->u->domain[tags[i]] == domain)
            bits[at / 32] |= (uint32_t)1 << (at % 32);
    }
    struct shape_question q = {.d = d, .code = code_of(sc, p, domain), .bits = bits};
    sat_lit lit = ask_shape(sc, &q, shape_is);
    free(bits);
    return lit;
}

sat_lit scene_exact(struct scene *sc, uint32_t slot, uint32_t domain, const uint32_t *tags,
                    uint32_t ntags)
{
    struct presence *p = &sc->slots[slot].presence;
    sat_lit all = SAT_TRUE;
    if (domain != IR_NONE)
        return exact_in(sc, p, domain, tags, ntags);
    for (uint32_t d = 0; d < sc->u->ndomains; d++)
        all = sat_and(sc->sat, all, exact_in(sc, p, d, tags, ntags));
    return all;
}

/* ---- Arguments ------------------------------------------------------------------------------- */

static const struct pol_tag_info *info(const struct scene *sc, uint32_t tag)
{
    return &sc->u->space->tags[tag];
}

static struct bits number_of(struct scene *sc, const struct pol_tag_arg *arg, bool free)
{
    return free ? bits_below(sc->sat, arg->limit) : bits_const(sc->sat, 0);
}

/* The tags that a TagSet argument of `tag` can hold. */
static uint32_t *scope_of(struct scene *sc, uint32_t tag, uint32_t *n)
{
    uint32_t domain = sc->u->domain[tag], ntags = sc->u->space->ntags;
    uint32_t *tags = ARENA_ARRAY(sc->arena, uint32_t, ntags + (size_t)1);
    *n = 0;
    for (uint32_t t = 0; t < ntags; t++)
        if (!info(sc, t)->has_set_arg && (!sc->u->component[domain] || sc->u->domain[t] == domain))
            tags[(*n)++] = t;
    return tags;
}

static const struct arg *flat_args(struct scene *sc, uint32_t tag, bool free)
{
    const struct pol_tag_info *t = info(sc, tag);
    struct arg *args = ARENA_ARRAY(sc->arena, struct arg, t->nargs + (size_t)1);
    for (uint32_t k = 0; k < t->nargs; k++)
        args[k] = (struct arg){number_of(sc, &t->args[k], free), NULL};
    return args;
}

static const struct nested *new_nested(struct scene *sc, uint32_t tag, bool free)
{
    struct nested *set = ARENA_NEW(sc->arena, struct nested);
    struct presence p;
    uint32_t *tags = scope_of(sc, tag, &set->n);
    uint32_t *nargs = ARENA_ARRAY(sc->arena, uint32_t, set->n + (size_t)1);
    sat_lit *has = ARENA_ARRAY(sc->arena, sat_lit, set->n + (size_t)1);
    const struct arg **args = ARENA_ARRAY(sc->arena, const struct arg *, set->n + (size_t)1);
    init_presence(sc, &p, free ? POL_KIND_NESTED : 0);
    for (uint32_t i = 0; i < set->n; i++) {
        nargs[i] = info(sc, tags[i])->nargs;
        has[i] = presence_has(sc, &p, tags[i]);
        args[i] = nargs[i] ? flat_args(sc, tags[i], has[i] != SAT_FALSE) : NULL;
    }
    set->tags = tags;
    set->nargs = nargs;
    set->has = has;
    set->args = args;
    return set;
}

const struct arg *scene_args(struct scene *sc, uint32_t slot, uint32_t tag)
{
    struct slot *s = &sc->slots[slot];
    const struct pol_tag_info *t = info(sc, tag);
    if (s->args[tag] || t->nargs == 0)
        return s->args[tag];
    bool free = presence_has(sc, &s->presence, tag) != SAT_FALSE;
    struct arg *args = ARENA_ARRAY(sc->arena, struct arg, t->nargs);
    for (uint32_t k = 0; k < t->nargs; k++)
        args[k] = t->args[k].is_set
                      ? (struct arg){bits_const(sc->sat, 0), new_nested(sc, tag, free)}
                      : (struct arg){number_of(sc, &t->args[k], free), NULL};
    return s->args[tag] = args;
}

const struct nested *scene_nested_of(const struct scene *sc, uint32_t slot, uint32_t tag,
                                     uint32_t arg)
{
    const struct arg *args = sc->slots[slot].args[tag];
    return args ? args[arg].set : NULL;
}

/* ---- Counters -------------------------------------------------------------------------------- */

struct bits scene_counter(struct scene *sc, uint32_t id, uint64_t limit, bool exhaust)
{
    for (size_t i = 0; i < sc->counters.count; i++)
        if (sc->counters.items[i].id == id)
            return sc->counters.items[i].value;
    struct scene_count c = {id, bits_below(sc->sat, limit + (exhaust ? 1 : 0))};
    VEC_PUSH(sc->arena, &sc->counters, c);
    return c.value;
}
