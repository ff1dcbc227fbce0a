/* Sets that memory can start with, against every combination of entities. */
#include "compiler/table/initial.h"

#include <string.h>
#include "compiler/ir/build.h"
#include "tests/unit/check.h"

enum { TAGS = 6, MOST_ENTITIES = 7, SETS = 1 << TAGS };

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static struct ir *policy(void)
{
    struct ir *ir = ir_new();
    ir->space = pol_space_new(TAGS);
    for (uint32_t t = 0; t < TAGS; t++) {
        ir->space->tags[t].name = lang_xstrdup((const char[]){(char)('A' + t), '\0'});
        ir->space->tags[t].module = lang_xstrdup("m");
    }
    CHECK_INT(0, pol_space_finish(ir->space));
    ir->entities = ARENA_ARRAY(ir->arena, struct ir_entity, MOST_ENTITIES);
    return ir;
}

static void add_entity(struct ir *ir, const char *name, enum ir_entity_kind kind, bool only,
                       uint32_t set)
{
    uint32_t *tags = ARENA_ARRAY(ir->arena, uint32_t, ir->space->words);
    memset(tags, 0, ir->space->words * sizeof *tags);
    tags[0] = set;
    ir->entities[ir->nentities++] = (struct ir_entity){name, kind, -1, only, tags};
}

static void add_random(struct ir *ir)
{
    static const enum ir_entity_kind kinds[] = {IR_ENT_RANGE, IR_ENT_SECTION, IR_ENT_OTHER,
                                                IR_ENT_DERIVED, IR_ENT_INT_REG};
    uint32_t kind = draw(sizeof kinds / sizeof *kinds);
    bool rest = draw(8) == 0;
    add_entity(ir, rest ? "default" : "e", rest ? IR_ENT_OTHER : kinds[kind], draw(3) == 0,
               draw(SETS) & draw(SETS));
}

static int level(const struct ir_entity *entity)
{
    switch (entity->kind) {
    case IR_ENT_RANGE:
        return 0;
    case IR_ENT_SECTION:
        return 1;
    case IR_ENT_OTHER:
        return 2;
    default:
        return 3;
    }
}

static bool in_memory(const struct ir_entity *entity)
{
    return entity->kind != IR_ENT_INT_REG;
}

/* What a granule that exactly these entities cover starts with. */
static uint32_t united(const struct ir *ir, uint32_t chosen)
{
    int from = 0;
    uint32_t set = 0;
    for (uint32_t i = 0; i < ir->nentities; i++)
        if ((chosen >> i & 1u) && ir->entities[i].only && level(&ir->entities[i]) > from)
            from = level(&ir->entities[i]);
    for (uint32_t i = 0; i < ir->nentities; i++)
        if ((chosen >> i & 1u) && level(&ir->entities[i]) >= from)
            set |= ir->entities[i].tags[0];
    return set;
}

static void expect(const struct ir *ir, bool *possible)
{
    uint32_t fillers = 0, places = 0;
    memset(possible, 0, SETS * sizeof *possible);
    for (uint32_t i = 0; i < ir->nentities; i++) {
        bool filler = strcmp(ir->entities[i].name, "default") == 0;
        fillers |= (uint32_t)filler << i;
        places |= (uint32_t)(!filler && in_memory(&ir->entities[i])) << i;
    }
    for (uint32_t chosen = 0; chosen < 1u << ir->nentities; chosen++)
        if (!(chosen & ~places))
            possible[united(ir, chosen)] = true;
    for (uint32_t i = 0; i < ir->nentities; i++)
        if (fillers >> i & 1u)
            possible[ir->entities[i].tags[0]] = true;
}

static uint32_t differences(const struct ir *ir)
{
    bool possible[SETS];
    struct arena arena;
    struct shapes sets;
    uint32_t wrong = 0, expected = 0;
    arena_init(&arena);
    shapes_init(&sets, &arena, TAGS);
    expect(ir, possible);
    if (!initial_memory(ir, 0, &sets, SETS))
        wrong++;
    for (uint32_t id = 0; id < sets.count; id++)
        wrong += !possible[shapes_bits(&sets, id)[0]];
    for (uint32_t set = 0; set < SETS; set++)
        expected += possible[set];
    wrong += sets.count != expected;
    arena_free(&arena);
    return wrong;
}

static void every_combination(void)
{
    CASE("every combination");
    uint32_t wrong = 0, replaced = 0;
    for (seed = 1; seed < 4000; seed += 2) {
        uint64_t start = seed;
        struct ir *ir = policy();
        uint32_t n = draw(MOST_ENTITIES + 1);
        while (ir->nentities < n)
            add_random(ir);
        wrong += differences(ir);
        for (uint32_t i = 0; i < n; i++)
            replaced += ir->entities[i].only;
        ir_free(ir);
        seed = start;
    }
    CHECK_INT(0, wrong);
    CHECK(replaced > 1000);
}

static void only_replaces_less_specific_kinds(void)
{
    CASE("only replaces less specific kinds");
    struct ir *ir = policy();
    struct arena arena;
    struct shapes sets;
    add_entity(ir, "SOC.Ram", IR_ENT_RANGE, false, 1);
    add_entity(ir, "elf.Section.SHF_EXECINSTR", IR_ENT_SECTION, true, 2);
    add_entity(ir, "symbol", IR_ENT_OTHER, false, 4);
    arena_init(&arena);
    shapes_init(&sets, &arena, TAGS);
    CHECK(initial_memory(ir, 0, &sets, SETS));
    CHECK_INT(6, sets.count); /* {} 1 2 4 1|4 2|4 */
    CHECK(!initial_memory(ir, 0, &sets, 5));
    arena_free(&arena);
    ir_free(ir);
}

int main(void)
{
    every_combination();
    only_replaces_less_specific_kinds();
    return check_done();
}
