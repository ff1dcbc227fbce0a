/* Sets that can occur, as a literal over a scene whose sets are free. */
#include "compiler/logic/scene_internal.h"

#include <stdlib.h>
#include <string.h>

struct listing {
    struct scene *sc;
    const struct reach_domain *d;
    const sat_lit *has; /* per tag of the domain */
};

/* Is what tags from `at` on say one of the shapes?  Reorders the list. */
static sat_lit one_of(struct listing *l, uint32_t at, uint32_t *shapes, uint32_t n)
{
    uint32_t with = 0;
    if (n == 0)
        return SAT_FALSE;
    if (at == l->d->ntags)
        return SAT_TRUE;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *bits = l->d->bits + (size_t)shapes[i] * l->d->words;
        if (!(bits[at / 32] >> (at % 32) & 1u))
            continue;
        uint32_t t = shapes[with];
        shapes[with++] = shapes[i];
        shapes[i] = t;
    }
    sat_lit a = one_of(l, at + 1, shapes, with);
    sat_lit b = one_of(l, at + 1, shapes + with, n - with);
    return sat_ite(l->sc->sat, l->has[at], a, b);
}

static sat_lit domain_reachable(struct scene *sc, const struct reach_domain *d, uint32_t kinds,
                                const sat_lit *has)
{
    struct listing l = {sc, d, has};
    uint32_t *shapes = lang_xalloc((d->nshapes + (size_t)1) * sizeof *shapes), n = 0;
    for (uint32_t i = 0; i < d->nshapes; i++)
        if (d->kinds[i] & kinds)
            shapes[n++] = i;
    sat_lit lit = one_of(&l, 0, shapes, n);
    free(shapes);
    return lit;
}

static uint32_t mapped(const uint32_t *map, uint32_t tag)
{
    return map ? map[tag] : tag;
}

static sat_lit nested_has(const struct nested *set, uint32_t tag)
{
    long at = nested_find(set, tag);
    return at < 0 ? SAT_FALSE : set->has[at];
}

/* set NULL: the slot itself. */
static sat_lit set_reachable(struct scene *sc, uint32_t slot, const struct nested *set,
                             uint32_t kinds, const struct reach *reach, const uint32_t *map)
{
    sat_lit all = SAT_TRUE;
    for (uint32_t i = 0; i < reach->ndomains; i++) {
        const struct reach_domain *d = &reach->domains[i];
        if (d->all || d->ntags == 0)
            continue;
        sat_lit *has = lang_xalloc(d->ntags * sizeof *has);
        for (uint32_t k = 0; k < d->ntags; k++) {
            uint32_t tag = mapped(map, d->first_tag + k);
            has[k] = tag == SCENE_NO_TAG ? SAT_FALSE
                     : set               ? nested_has(set, tag)
                                         : scene_has(sc, slot, tag);
        }
        all = sat_and(sc->sat, all, domain_reachable(sc, d, kinds, has));
        free(has);
    }
    return all;
}

sat_lit scene_reachable(struct scene *sc, uint32_t slot, uint32_t kinds, const struct reach *reach,
                        const uint32_t *map)
{
    sat_lit all = set_reachable(sc, slot, NULL, kinds, reach, map);
    for (uint32_t i = 0; i < reach->ndomains; i++)
        for (uint32_t k = 0; k < reach->domains[i].ntags; k++) {
            uint32_t tag = mapped(map, reach->domains[i].first_tag + k);
            if (tag == SCENE_NO_TAG || !sc->u->space->tags[tag].has_set_arg)
                continue;
            const struct arg *args = scene_args(sc, slot, tag);
            for (uint32_t n = 0; n < sc->u->space->tags[tag].nargs; n++) {
                if (!args[n].set)
                    continue;
                sat_lit inside = set_reachable(sc, slot, args[n].set, POL_KIND_NESTED, reach, map);
                all = sat_and(sc->sat, all, sat_or(sc->sat, -scene_has(sc, slot, tag), inside));
            }
        }
    return all;
}
