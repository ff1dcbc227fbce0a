/* Which lanes share a slot.
 *
 * Two integer arguments may share a slot when their tags are never together in any code of their
 * dense field: the slot then holds the argument of the tag that is there.  This is a colouring of
 * the graph of lanes whose tags meet.  It is greedy, widest lanes first, each into the first slot
 * that takes it: a lane never widens the slot that it joins, and a slot is opened only where every
 * open one is taken by a tag that the lane's tag meets.  That need not be the fewest bits that any
 * colouring has, but it is never more than separate lanes.  Tags of bit fields can all meet, and a
 * TagSet argument's region keeps its slots to itself; inside it, lanes share as outside. */
#include <stdlib.h>
#include "compiler/table/plan.h"

struct lane_order {
    uint32_t lane;
    uint64_t limit; /* values: how wide */
};

static int compare_order(const void *x, const void *y)
{
    const struct lane_order *a = x, *b = y;
    if (a->limit != b->limit)
        return a->limit > b->limit ? -1 : 1;
    return a->lane < b->lane ? -1 : 1;
}

/* A domain's lanes under colouring.  Tags are counted from the domain's first one. */
struct colouring {
    struct plan *p;
    const struct plan_domain *d;
    const struct plan_field *f;
    struct arena work;
    uint32_t **meets; /* per tag: the tags, itself too, that some code has beside it */
    uint32_t *colour; /* per lane of the domain, counted from its first: colour + 1 */
    uint32_t *taken;  /* per colour: number of the lane that last found it taken, plus 1 */
    uint32_t ncolours;
};

static uint32_t first_lane(const struct colouring *c)
{
    return c->p->first_lane[c->d->first_tag];
}

static const uint32_t *tags_met(struct colouring *c, uint32_t tag)
{
    uint32_t words = c->f->shapes.words;
    if (c->meets[tag])
        return c->meets[tag];
    uint32_t *met = c->meets[tag] = ARENA_ARRAY(&c->work, uint32_t, words);
    plan_set_bit(met, tag);
    for (uint32_t code = 1; code < c->f->ncodes; code++) {
        const uint32_t *shape = shapes_bits(&c->f->shapes, c->f->shape_at[code]);
        for (uint32_t w = 0; plan_bit(shape, tag) && w < words; w++)
            met[w] |= shape[w];
    }
    return met;
}

/* Marks the colours of a tag's lanes as taken for `lane`. */
static void take_colours(struct colouring *c, uint32_t tag, uint32_t lane)
{
    const uint32_t *first = c->p->first_lane + c->d->first_tag + tag;
    for (uint32_t i = first[0]; i < first[1]; i++) {
        uint32_t colour = c->colour[i - first_lane(c)];
        if (colour)
            c->taken[colour - 1] = lane + 1;
    }
}

static void colour_lane(struct colouring *c, uint32_t lane)
{
    const uint32_t *met = tags_met(c, c->p->lanes[lane].tag - c->d->first_tag);
    uint32_t colour = 0;
    for (uint32_t w = 0; w < c->f->shapes.words; w++)
        for (uint32_t i = 0; i < 32 && met[w] >> i; i++)
            if (met[w] >> i & 1u)
                take_colours(c, w * 32 + i, lane);
    while (colour < c->ncolours && c->taken[colour] == lane + 1)
        colour++;
    c->ncolours += colour == c->ncolours;
    c->colour[lane - first_lane(c)] = colour + 1;
}

/* Widest first. */
static void colour_domain(struct colouring *c, uint32_t nlanes)
{
    const struct pol_space *space = c->p->ir->space;
    struct lane_order *order = ARENA_ARRAY(&c->work, struct lane_order, nlanes + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < nlanes; i++) {
        uint32_t lane = first_lane(c) + i, tag = c->p->lanes[lane].tag;
        const struct pol_tag_arg *arg = &space->tags[tag].args[lane - c->p->first_lane[tag]];
        if (!arg->is_set)
            order[n++] = (struct lane_order){lane, arg->limit};
    }
    qsort(order, n, sizeof *order, compare_order);
    for (uint32_t i = 0; i < n; i++)
        colour_lane(c, order[i].lane);
}

/* Lanes of one colour become one list, in their order. */
static void link_lanes(struct colouring *c, uint32_t nlanes)
{
    uint32_t *last = ARENA_ARRAY(&c->work, uint32_t, nlanes + 1); /* by colour: lane + 1 */
    for (uint32_t i = 0; i < nlanes; i++) {
        uint32_t lane = first_lane(c) + i, colour = c->colour[i];
        if (colour && last[colour]) {
            c->p->lanes[lane].first = c->p->lanes[last[colour] - 1].first;
            c->p->lanes[last[colour] - 1].next = lane;
            c->p->shares = true;
        }
        last[colour] = lane + 1;
    }
}

void plan_share_lanes(struct plan *p, uint32_t domain)
{
    const struct plan_domain *d = &p->domains[domain];
    struct colouring c = {.p = p, .d = d};
    if (d->bits || d->nfields == 0)
        return;
    uint32_t nlanes = p->first_lane[d->first_tag + d->ntags] - first_lane(&c);
    c.f = &p->fields[d->first_field];
    arena_init(&c.work);
    c.meets = ARENA_ARRAY(&c.work, uint32_t *, d->ntags + 1);
    c.colour = ARENA_ARRAY(&c.work, uint32_t, nlanes + 1);
    c.taken = ARENA_ARRAY(&c.work, uint32_t, nlanes + 1);
    colour_domain(&c, nlanes);
    link_lanes(&c, nlanes);
    arena_free(&c.work);
}
