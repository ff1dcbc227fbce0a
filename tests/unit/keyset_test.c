/* Sets of keys against tables of bits: every operation on random sets of few bits. */
#include "compiler/analysis/keyset.h"
#include "tests/unit/check.h"

#define WIDTH 6u
#define KEYS (1u << WIDTH)

static uint64_t seed = 0x2545F4914F6CDD1Du;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x9E3779B97F4A7C15u;
}

/* The set with these keys: bit k for key k. */
static uint32_t make(struct keysets *sets, uint64_t keys)
{
    uint32_t set = KEYSET_NONE;
    for (uint32_t key = 0; key < KEYS; key++)
        if (keys >> key & 1)
            set = keyset_or(sets, set, keyset_cube(sets, (struct key_cube){key, KEYS - 1}));
    return set;
}

static uint64_t members(const struct keysets *sets, uint32_t set)
{
    uint64_t keys = 0;
    for (uint32_t key = 0; key < KEYS; key++)
        keys |= (uint64_t)keyset_has(sets, set, key) << key;
    return keys;
}

static struct key_cube random_cube(void)
{
    uint64_t mask = draw() >> 40 & draw() >> 50 & (KEYS - 1);
    return (struct key_cube){draw() >> 40 & mask, mask};
}

static uint64_t cube_members(struct key_cube cube)
{
    uint64_t keys = 0;
    for (uint32_t key = 0; key < KEYS; key++)
        keys |= (uint64_t)cube_has_key(cube, key) << key;
    return keys;
}

/* Few keys, or many, or half of them. */
static uint64_t random_keys(void)
{
    uint64_t keys = draw();
    switch (draw() >> 60) {
    case 0:
        return 0;
    case 1:
    case 2:
    case 3:
        return keys & draw() & draw() & draw();
    case 4:
        return UINT64_MAX;
    case 5:
        return keys | draw() | draw();
    default:
        return keys;
    }
}

static void check_pair(struct keysets *sets, uint64_t x, uint64_t y)
{
    uint32_t a = make(sets, x), b = make(sets, y);
    CHECK(members(sets, a) == x);
    CHECK((a == b) == (x == y));
    CHECK_INT(keyset_and(sets, a, b), make(sets, x & y));
    CHECK_INT(keyset_or(sets, a, b), make(sets, x | y));
    CHECK_INT(keyset_less(sets, a, b), make(sets, x & ~y));
}

static void check_cube(struct keysets *sets, uint64_t x)
{
    uint32_t a = make(sets, x);
    struct key_cube cube = random_cube();
    uint64_t in = cube_members(cube), cofactor = 0;
    CHECK_INT(keyset_cube(sets, cube), make(sets, in));
    CHECK(keyset_meets(sets, a, cube) == ((x & in) != 0));
    CHECK(keyset_covers(sets, a, cube) == ((in & ~x) == 0));
    for (uint32_t key = 0; key < KEYS; key++)
        cofactor |= (x >> ((key & ~cube.mask) | cube.value) & 1) << key;
    CHECK_INT(keyset_cofactor(sets, a, cube), make(sets, cofactor));
}

static void check_around(struct keysets *sets, uint64_t x)
{
    uint32_t a = make(sets, x);
    if (!x)
        return;
    struct key_cube around = keyset_around(sets, a);
    CHECK(x >> keyset_pick(sets, a) & 1);
    CHECK((x & ~cube_members(around)) == 0);
    for (uint32_t bit = 0; bit < WIDTH; bit++) /* no literal more */
        for (uint64_t value = 0; value < 2 && !(around.mask >> bit & 1); value++) {
            struct key_cube half = {value << bit, (uint64_t)1 << bit};
            CHECK(x & cube_members(half));
        }
}

static void test_sets(void)
{
    struct arena arena;
    struct keysets sets, other;
    arena_init(&arena);
    keysets_init(&sets, &arena, WIDTH, 1u << 20, 1u << 30);
    keysets_init(&other, &arena, WIDTH, 1u << 20, 1u << 30);
    for (uint32_t i = 0; i < 300; i++) {
        uint64_t x = random_keys(), y = random_keys();
        check_pair(&sets, x, y);
        check_cube(&sets, x);
        check_around(&sets, y);
        CHECK(members(&other, keyset_import(&other, &sets, make(&sets, x))) == x);
    }
    CHECK(!sets.full && !other.full);
    arena_free(&arena);
}

static void test_cubes(void)
{
    for (uint32_t i = 0; i < 300; i++) {
        struct key_cube x = random_cube(), y = random_cube();
        uint64_t a = cube_members(x), b = cube_members(y), join = cube_members(cube_join(x, y));
        CHECK(cube_inside(x, y) == ((a & ~b) == 0));
        CHECK(((a | b) & ~join) == 0);
    }
    CHECK(key_bits(64) == UINT64_MAX && key_bits(0) == 0 && key_bits(5) == 31);
}

static void test_limits(void)
{
    struct arena arena;
    struct keysets sets;
    arena_init(&arena);
    keysets_init(&sets, &arena, WIDTH, 20, 1u << 30);
    make(&sets, UINT64_C(0x0123456789ABCDEF));
    CHECK(sets.full);
    keysets_init(&sets, &arena, WIDTH, 1u << 20, 5);
    make(&sets, UINT64_C(0x0123456789ABCDEF));
    CHECK(sets.full);
    keysets_init(&sets, &arena, 64, 1u << 20, 1u << 20);
    struct key_cube top = {(uint64_t)1 << 63, (uint64_t)1 << 63};
    uint32_t set = keyset_cube(&sets, top);
    CHECK(keyset_has(&sets, set, UINT64_MAX) && !keyset_has(&sets, set, UINT64_MAX >> 1));
    CHECK(keyset_pick(&sets, set) == top.value);
    CHECK(keyset_around(&sets, set).mask == top.mask);
    arena_free(&arena);
}

int main(void)
{
    CASE("operations and questions agree with tables of bits");
    test_sets();
    CASE("cubes: inside, join");
    test_cubes();
    CASE("budgets, and the highest bit");
    test_limits();
    return check_done();
}
