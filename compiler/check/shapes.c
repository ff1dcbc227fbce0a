/* Patterns against the sets that can occur, by looking at them. */
#include <string.h>
#include <pol/kinds.h>

#include "compiler/check/internal.h"

/* A pattern as far as one domain goes. */
struct view {
    const struct ir_cond *cond;
    const struct reach_domain *d;
    bool exact;
};

static bool is_exact(const struct check *c, const struct ir_cond *cond, uint32_t domain)
{
    const struct ir_decider *d = check_decider(c);
    return cond->exact && (d->is_global || d->domain == domain);
}

static bool in_domain(const struct reach_domain *d, uint32_t tag)
{
    return tag - d->first_tag < d->ntags;
}

static bool has_bit(const uint32_t *bits, uint32_t i)
{
    return bits[i / 32] >> (i % 32) & 1u;
}

static bool requires(const struct ir_cond *cond, uint32_t tag)
{
    for (uint32_t i = 0; i < cond->nrequired; i++)
        if (cond->required[i] == tag)
            return true;
    return false;
}

static bool forbids(const struct ir_cond *cond, uint32_t tag)
{
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        if (cond->forbidden[i] == tag)
            return true;
    return false;
}

static bool shape_holds(const struct view *v, const uint32_t *bits)
{
    uint32_t required = 0, present = 0;
    for (uint32_t i = 0; i < v->cond->nrequired; i++) {
        if (!in_domain(v->d, v->cond->required[i]))
            continue;
        required++;
        if (!has_bit(bits, v->cond->required[i] - v->d->first_tag))
            return false;
    }
    for (uint32_t i = 0; i < v->cond->nforbidden; i++)
        if (in_domain(v->d, v->cond->forbidden[i]) &&
            has_bit(bits, v->cond->forbidden[i] - v->d->first_tag))
            return false;
    for (uint32_t i = 0; v->exact && i < v->d->words; i++)
        for (uint32_t word = bits[i]; word; word &= word - 1)
            present++;
    return !v->exact || present == required;
}

/* ---- The least set --------------------------------------------------------------------------- */

/* Of a domain whose shapes are not listed: the tags required. */
static bool least_of_all(const struct view *v, uint32_t kinds, uint32_t *set)
{
    for (uint32_t i = 0; i < v->cond->nrequired; i++) {
        if (!in_domain(v->d, v->cond->required[i]))
            continue;
        if (kinds == 0)
            return false;
        pol_lit_set(set, v->cond->required[i]);
    }
    return true;
}

static bool least_listed(const struct view *v, uint32_t kinds, uint32_t *set)
{
    for (uint32_t s = 0; s < v->d->nshapes; s++) {
        const uint32_t *bits = v->d->bits + (size_t)s * v->d->words;
        if (!(v->d->kinds[s] & kinds) || !shape_holds(v, bits))
            continue;
        for (uint32_t i = 0; i < v->d->words; i++)
            for (uint32_t b = 0; b < 32 && bits[i] >> b; b++)
                if (bits[i] >> b & 1u)
                    pol_lit_set(set, v->d->first_tag + i * 32 + b);
        return true;
    }
    return false;
}

static bool least_set(struct check *c, uint32_t kinds, const struct ir_cond *cond, uint32_t *set)
{
    if (cond->never)
        return false;
    for (uint32_t d = 0; d < c->reach->ndomains; d++) {
        struct view v = {cond, &c->reach->domains[d], is_exact(c, cond, d)};
        if (v.d->ntags == 0)
            continue;
        bool listed = !v.d->all && kinds;
        if (!(listed ? least_listed(&v, kinds, set) : least_of_all(&v, kinds, set)))
            return false;
    }
    return true;
}

bool shape_least(struct check *c, const struct class *k, const struct ir_rule *rule,
                 uint32_t *sets[POL_OPERANDS], unsigned *op)
{
    for (*op = 0; *op < POL_OPERANDS; ++*op) {
        memset(sets[*op], 0, c->ir->space->has_words * sizeof **sets);
        if (!least_set(c, k->kinds[*op], &rule->cond[*op], sets[*op]))
            return false;
    }
    return true;
}

/* ---- Sets at hand ---------------------------------------------------------------------------- */

static bool set_fits(const struct check *c, const struct ir_cond *cond, const uint32_t *set)
{
    uint32_t present = 0, required = 0;
    if (cond->never)
        return false;
    for (uint32_t i = 0; i < cond->nrequired; i++)
        if (!pol_lit_has(set, cond->required[i]))
            return false;
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        if (pol_lit_has(set, cond->forbidden[i]))
            return false;
    if (!cond->exact)
        return true;
    for (uint32_t i = 0; i < cond->nrequired; i++)
        required += is_exact(c, cond, c->universe.domain[cond->required[i]]);
    for (uint32_t w = 0; w < c->ir->space->has_words; w++)
        for (uint32_t word = set[w], b = 0; word; word >>= 1, b++)
            present += (word & 1u) && is_exact(c, cond, c->universe.domain[w * 32 + b]);
    return present == required;
}

static bool says_nothing(const struct ir_cond *cond)
{
    return !cond->never && !cond->exact && cond->nrequired == 0 && cond->nforbidden == 0;
}

uint8_t shape_ops(const struct ir_rule *rule)
{
    uint8_t ops = 0;
    for (unsigned op = 0; op < POL_OPERANDS; op++)
        ops |= (uint8_t)(!says_nothing(&rule->cond[op]) << op);
    return ops;
}

bool shape_fits(const struct check *c, const struct ir_rule *rule, uint8_t ops,
                uint32_t *const sets[POL_OPERANDS])
{
    for (unsigned op = 0; ops >> op; op++)
        if ((ops & 1u << op) && !set_fits(c, &rule->cond[op], sets[op]))
            return false;
    return true;
}

/* ---- Two patterns ---------------------------------------------------------------------------- */

/* Of any subset of a domain's tags: `narrow` says all that `wide` says. */
static bool implies_for_all(const struct view *narrow, const struct view *wide)
{
    if (wide->exact && !narrow->exact && wide->d->ntags)
        return false;
    for (uint32_t i = 0; i < wide->cond->nrequired; i++) {
        uint32_t t = wide->cond->required[i];
        if (in_domain(wide->d, t) && !requires(narrow->cond, t))
            return false;
    }
    for (uint32_t i = 0; i < wide->cond->nforbidden; i++) {
        uint32_t t = wide->cond->forbidden[i];
        if (in_domain(wide->d, t) && !forbids(narrow->cond, t) &&
            !(narrow->exact && !requires(narrow->cond, t)))
            return false;
    }
    for (uint32_t i = 0; wide->exact && i < narrow->cond->nrequired; i++)
        if (in_domain(wide->d, narrow->cond->required[i]) &&
            !requires(wide->cond, narrow->cond->required[i]))
            return false;
    return true;
}

static bool implies_listed(const struct view *narrow, const struct view *wide, uint32_t kinds)
{
    for (uint32_t s = 0; s < narrow->d->nshapes; s++) {
        const uint32_t *bits = narrow->d->bits + (size_t)s * narrow->d->words;
        if ((narrow->d->kinds[s] & kinds) && shape_holds(narrow, bits) && !shape_holds(wide, bits))
            return false;
    }
    return true;
}

bool shape_implies(struct check *c, const struct class *k, const struct ir_rule *narrow,
                   const struct ir_rule *wide)
{
    for (unsigned op = 0; op < POL_OPERANDS; op++) {
        if (says_nothing(&wide->cond[op]))
            continue;
        if (wide->cond[op].never)
            return false;
        for (uint32_t d = 0; d < c->reach->ndomains; d++) {
            const struct reach_domain *domain = &c->reach->domains[d];
            struct view n = {&narrow->cond[op], domain, is_exact(c, &narrow->cond[op], d)};
            struct view w = {&wide->cond[op], domain, is_exact(c, &wide->cond[op], d)};
            bool listed = !domain->all && k->kinds[op];
            if (domain->ntags &&
                !(listed ? implies_listed(&n, &w, k->kinds[op]) : implies_for_all(&n, &w)))
                return false;
        }
    }
    return true;
}

/* Does a require what b excludes? */
static bool excluded(const struct check *c, const struct ir_cond *a, const struct ir_cond *b)
{
    for (uint32_t i = 0; i < a->nrequired; i++) {
        uint32_t t = a->required[i];
        if (forbids(b, t) || (is_exact(c, b, c->universe.domain[t]) && !requires(b, t)))
            return true;
    }
    return false;
}

bool shape_meet(const struct check *c, const struct ir_rule *a, const struct ir_rule *b)
{
    for (unsigned op = 0; op < POL_OPERANDS; op++) {
        const struct ir_cond *x = &a->cond[op], *y = &b->cond[op];
        if (x->never || y->never || excluded(c, x, y) || excluded(c, y, x))
            return false;
    }
    return true;
}
