/* Reachable shapes for whoever builds no table. */
#include <stdlib.h>
#include <string.h>

#include "compiler/table/plan.h"
#include "compiler/table/reach.h"

struct ordered {
    uint32_t size, kinds, words;
    const uint32_t *bits;
};

static int by_size(const void *x, const void *y)
{
    const struct ordered *a = x, *b = y;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    for (uint32_t i = 0; i < a->words * 32; i++)
        if (plan_bit(a->bits, i) != plan_bit(b->bits, i))
            return plan_bit(a->bits, i) ? -1 : 1;
    return 0;
}

static void keep_shapes(struct arena *arena, const struct shapes *s, struct reach_domain *d)
{
    struct ordered *order = ARENA_ARRAY(arena, struct ordered, s->count);
    uint32_t *bits = ARENA_ARRAY(arena, uint32_t, (size_t)s->count * s->words);
    uint32_t *kinds = ARENA_ARRAY(arena, uint32_t, s->count);
    for (uint32_t i = 0; i < s->count; i++) {
        order[i] = (struct ordered){0, s->kinds.items[i], s->words, shapes_bits(s, i)};
        for (uint32_t t = 0; t < s->ntags; t++)
            order[i].size += plan_bit(order[i].bits, t);
    }
    qsort(order, s->count, sizeof *order, by_size);
    for (uint32_t i = 0; i < s->count; i++) {
        memcpy(bits + (size_t)i * s->words, order[i].bits, s->words * sizeof *bits);
        kinds[i] = order[i].kinds;
    }
    d->words = s->words;
    d->nshapes = s->count;
    d->bits = bits;
    d->kinds = kinds;
}

/* The tags of a domain are contiguous (pol/engine.h). */
static void find_tags(struct plan *p, struct reach *r)
{
    uint32_t t = 0;
    for (uint32_t d = 0; d < r->ndomains; d++) {
        p->domains[d].first_tag = r->domains[d].first_tag = t;
        while (t < p->ir->space->ntags && p->ir->tags[t].domain == d)
            t++;
        p->domains[d].ntags = r->domains[d].ntags = t - r->domains[d].first_tag;
    }
}

struct reach *reach_new(struct arena *arena, struct ir *ir, bool all)
{
    struct arena work;
    struct tbl_options options = {.layout = TBL_AUTO};
    struct plan p = {.ir = ir, .arena = &work, .options = &options, .retry_domain = IR_NONE};
    struct reach *r = ARENA_NEW(arena, struct reach);
    arena_init(&work);
    r->ndomains = ir->ndomains;
    r->domains = ARENA_ARRAY(arena, struct reach_domain, ir->ndomains + (size_t)1);
    p.domains = ARENA_ARRAY(&work, struct plan_domain, ir->ndomains + (size_t)1);
    find_tags(&p, r);
    for (uint32_t d = 0; d < r->ndomains; d++) {
        struct shapes s;
        if (r->domains[d].ntags == 0)
            continue;
        shapes_init(&s, &work, r->domains[d].ntags);
        r->domains[d].all = all || !plan_shapes(&p, d, &s);
        if (!r->domains[d].all)
            keep_shapes(arena, &s, &r->domains[d]);
    }
    arena_free(&work);
    return r;
}
