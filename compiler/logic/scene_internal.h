/* Internal to compiler/logic: what a scene holds, for scene.c and witness.c. */
#ifndef COMPILER_LOGIC_SCENE_INTERNAL_H
#define COMPILER_LOGIC_SCENE_INTERNAL_H

#include "compiler/logic/scene.h"

/* Which of the listed shapes of a domain a set has: a number below n. */
struct code {
    struct bits value;
    uint32_t n;
    const uint32_t *shapes; /* of the reach's domain */
};

/* Presence of tags: a slot, or the contents of a TagSet argument.  Entries of tags that nothing
 * looked at are SAT_NONE or NULL. */
struct presence {
    uint32_t kinds;
    sat_lit *has;        /* per tag */
    struct code **codes; /* per domain */
    sat_lit **none;      /* per domain without listed shapes: trees of "none of these tags" */
};

struct slot {
    struct presence presence;
    const struct arg **args; /* per tag */
};

struct scene_count {
    uint32_t id;
    struct bits value;
};

struct scene {
    struct sat *sat;
    struct arena *arena; /* the solver's */
    const struct universe *u;
    struct slot slots[SCENE_SLOTS];
    uint32_t *domain_first, *domain_end; /* tags of a domain are contiguous */
    VEC_OF(struct scene_count) counters;
};

const struct nested *scene_nested_of(const struct scene *scene, uint32_t slot, uint32_t tag,
                                     uint32_t arg);

#endif
