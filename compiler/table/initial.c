/* Initial sets, from the least specific kind of entity to the most specific one. */
#include "compiler/table/initial.h"

#include <string.h>

enum { LEVELS = 4 }; /* SoC range, section, what the map names, derived: as the tagger's */

uint32_t initial_kinds(const struct ir_entity *entity)
{
    switch (entity->kind) {
    case IR_ENT_ENV:
    case IR_ENT_TRAP_ENV:
        return POL_KIND_ENV;
    case IR_ENT_INT_REG:
        return entity->number == 0 ? POL_KIND_X0 : POL_KIND_INT;
    case IR_ENT_FP_REG:
        return POL_KIND_FP;
    case IR_ENT_REG_DEFAULT:
        return POL_KIND_INT | POL_KIND_X0 | POL_KIND_FP;
    case IR_ENT_CSR:
        return POL_KIND_CSR;
    default:
        return POL_KIND_MEM;
    }
}

void initial_bits(const struct ir_entity *entity, uint32_t first_tag, uint32_t ntags,
                  uint32_t *bits)
{
    memset(bits, 0, (ntags + 31) / 32 * sizeof *bits);
    for (uint32_t i = 0; i < ntags; i++)
        if (pol_lit_has(entity->tags, first_tag + i))
            plan_set_bit(bits, i);
}

static bool is_default(const struct ir_entity *entity)
{
    return strcmp(entity->name, "default") == 0;
}

static uint32_t level_of(const struct ir_entity *entity)
{
    switch (entity->kind) {
    case IR_ENT_RANGE:
        return 0;
    case IR_ENT_SECTION:
        return 1;
    case IR_ENT_DERIVED:
        return 3;
    default:
        return 2;
    }
}

/* Sets in the making.  `kinds` of a shape says how it came about. */
struct initial {
    const struct ir *ir;
    uint32_t first_tag, limit;
    uint32_t *bits, *joined; /* scratch */
    bool overflow;
};
enum {
    LOWER = 1, /* of less specific levels */
    PLAIN = 2, /* with entities of this level that leave the lower ones be */
    ONLY = 4   /* of this level, with one that replaces the lower ones */
};

static void add(struct initial *in, struct shapes *sets, const uint32_t *bits, uint32_t how)
{
    uint32_t id = shapes_intern(sets, bits);
    sets->kinds.items[id] |= how;
    in->overflow |= sets->count > in->limit;
}

/* The unions of all sets that came about like `from` with the scratch set: they come about like
 * `how`. */
static void add_unions(struct initial *in, struct shapes *sets, uint32_t from, uint32_t how)
{
    uint32_t n = sets->count;
    for (uint32_t id = 0; id < n && !in->overflow; id++) {
        if (!(sets->kinds.items[id] & from))
            continue;
        for (uint32_t i = 0; i < sets->words; i++)
            in->joined[i] = shapes_bits(sets, id)[i] | in->bits[i];
        add(in, sets, in->joined, how);
    }
}

/* An entity of the level: PLAIN sets are unions over the lower levels too, ONLY sets over this
 * level's entities alone, of which `alone` holds all unions. */
static void add_entity(struct initial *in, struct shapes *sets, struct shapes *alone,
                       const struct ir_entity *entity)
{
    initial_bits(entity, in->first_tag, sets->ntags, in->bits);
    if (entity->only) {
        add_unions(in, alone, LOWER, LOWER);
        for (uint32_t id = 0; id < alone->count && !in->overflow; id++) {
            for (uint32_t i = 0; i < sets->words; i++)
                in->joined[i] = shapes_bits(alone, id)[i] | in->bits[i];
            add(in, sets, in->joined, ONLY);
        }
        return;
    }
    add_unions(in, sets, LOWER | PLAIN, PLAIN);
    add_unions(in, sets, ONLY, ONLY);
    add_unions(in, alone, LOWER, LOWER);
}

static void add_level(struct initial *in, struct shapes *sets, struct arena *arena, uint32_t level)
{
    struct shapes alone;
    shapes_init(&alone, arena, sets->ntags);
    memset(in->bits, 0, (sets->words + 1) * sizeof *in->bits);
    add(in, &alone, in->bits, LOWER);
    for (uint32_t i = 0; i < in->ir->nentities && !in->overflow; i++) {
        const struct ir_entity *entity = &in->ir->entities[i];
        if (initial_kinds(entity) == POL_KIND_MEM && level_of(entity) == level &&
            !is_default(entity))
            add_entity(in, sets, &alone, entity);
    }
    for (uint32_t id = 0; id < sets->count; id++)
        sets->kinds.items[id] = LOWER;
}

bool initial_memory(const struct ir *ir, uint32_t first_tag, struct shapes *out, uint32_t limit)
{
    struct arena work;
    arena_init(&work);
    struct initial in = {.ir = ir, .first_tag = first_tag, .limit = limit};
    in.bits = ARENA_ARRAY(&work, uint32_t, out->words + 1);
    in.joined = ARENA_ARRAY(&work, uint32_t, out->words + 1);
    memset(in.bits, 0, (out->words + 1) * sizeof *in.bits);
    add(&in, out, in.bits, LOWER); /* untagged; every place can hold {} anyway */
    for (uint32_t level = 0; level < LEVELS; level++)
        add_level(&in, out, &work, level);
    for (uint32_t i = 0; i < ir->nentities && !in.overflow; i++)
        if (is_default(&ir->entities[i])) {
            initial_bits(&ir->entities[i], first_tag, out->ntags, in.bits);
            add(&in, out, in.bits, LOWER);
        }
    arena_free(&work);
    return !in.overflow;
}
