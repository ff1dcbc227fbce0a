/* The minimiser of ternary covers: against the definition point by point, and against an exact
 * method of another kind (iterative deepening over all legal patterns). */
#include <stdlib.h>
#include "compiler/analysis/ternary.h"
#include "tests/unit/check.h"

#define MOST_BITS 12u
#define MOST_KEYS (1u << MOST_BITS)
#define MOST_ACTIONS 4u
#define NO_RULE 0
#define DONT_CARE 255

static uint64_t seed = 0x9E3779B97F4A7C15u;

static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}

/* A function by its values: 0 no rule, 1.. an action, DONT_CARE. */
struct table {
    uint32_t width, nactions;
    uint8_t of[MOST_KEYS];
};

static uint32_t keys_of(const struct table *t)
{
    return 1u << t->width;
}

static struct ternary_cover *minimise(struct arena *arena, const struct table *t,
                                      uint64_t max_steps, uint32_t max_entries)
{
    struct keysets *sets = ARENA_NEW(arena, struct keysets);
    uint32_t *on = ARENA_ARRAY(arena, uint32_t, MOST_ACTIONS + 1), dontcare = KEYSET_NONE;
    keysets_init(sets, arena, t->width, TERNARY_MAX_NODES, TERNARY_MAX_STEPS);
    for (uint32_t key = 0; key < keys_of(t); key++) {
        uint32_t one = keyset_cube(sets, (struct key_cube){key, key_bits(t->width)});
        if (t->of[key] == DONT_CARE)
            dontcare = keyset_or(sets, dontcare, one);
        else if (t->of[key] != NO_RULE)
            on[t->of[key] - 1] = keyset_or(sets, on[t->of[key] - 1], one);
    }
    struct ternary_problem problem = {sets, on, t->nactions, dontcare, max_entries, max_steps};
    return ternary_minimise(arena, &problem);
}

/* May an entry of the action match all of these keys? */
static bool is_legal(const struct table *t, struct key_cube cube, uint32_t action)
{
    for (uint32_t key = 0; key < keys_of(t); key++)
        if (cube_has_key(cube, key) && t->of[key] != action && t->of[key] != DONT_CARE)
            return false;
    return true;
}

/* How many entries of the action match the key. */
static uint32_t matches(const struct ternary_cover *c, uint32_t action, uint64_t key)
{
    const struct ternary_action *a = &c->actions[action - 1];
    uint32_t count = 0;
    for (uint32_t e = 0; e < a->nentries; e++)
        count += cube_has_key(c->entries[a->first_entry + e], key);
    return count;
}

static void check_keys(const struct table *t, const struct ternary_cover *c)
{
    bool right = true;
    for (uint32_t key = 0; key < keys_of(t); key++)
        for (uint32_t action = 1; action <= t->nactions && t->of[key] != DONT_CARE; action++)
            right = right && (matches(c, action, key) > 0) == (t->of[key] == action);
    CHECK(right);
}

static void check_entries(const struct table *t, const struct ternary_cover *c, uint32_t action)
{
    const struct ternary_action *a = &c->actions[action - 1];
    bool prime = true, needed = true;
    for (uint32_t e = 0; e < a->nentries; e++) {
        struct key_cube cube = c->entries[a->first_entry + e];
        bool alone = false;
        CHECK((cube.value & ~cube.mask) == 0 && (cube.mask & ~key_bits(t->width)) == 0);
        for (uint32_t bit = 0; bit < t->width; bit++) {
            uint64_t mask = cube.mask & ~((uint64_t)1 << bit);
            if (mask != cube.mask)
                prime = prime && !is_legal(t, (struct key_cube){cube.value & mask, mask}, action);
        }
        for (uint32_t key = 0; key < keys_of(t); key++)
            alone = alone || (t->of[key] == action && cube_has_key(cube, key) &&
                              matches(c, action, key) == 1);
        needed = needed && alone;
    }
    CHECK(prime);
    CHECK(needed);
}

static void check_bound(const struct table *t, const struct ternary_cover *c, uint32_t action)
{
    const struct ternary_action *a = &c->actions[action - 1];
    uint64_t all = key_bits(t->width);
    bool apart = true;
    for (uint32_t i = 0; i < a->clique; i++) {
        struct key_cube left = {c->points[a->first_point + i], all};
        CHECK(t->of[left.value] == action);
        for (uint32_t k = i + 1; k < a->clique; k++) {
            struct key_cube right = {c->points[a->first_point + k], all};
            apart = apart && !is_legal(t, cube_join(left, right), action);
        }
    }
    CHECK(apart);
    CHECK(a->clique <= a->lower && a->lower <= a->nentries);
    CHECK(a->optimal == (a->lower == a->nentries));
}

static void check_cover(const struct table *t, const struct ternary_cover *c)
{
    uint32_t entries = 0, lower = 0;
    CHECK_INT(c->status, TERNARY_OK);
    check_keys(t, c);
    for (uint32_t action = 1; action <= t->nactions; action++) {
        check_entries(t, c, action);
        check_bound(t, c, action);
        entries += c->actions[action - 1].nentries;
        lower += c->actions[action - 1].lower;
    }
    CHECK_INT(c->nentries, entries);
    CHECK_INT(c->lower, lower);
}

/* --- the exact method of the test ---------------------------------------------------------------
 *
 * Is there a cover of k patterns?  Take the key that the fewest patterns can cover, try each of
 * these patterns, and go on with k - 1.  Patterns are all legal ones that no other legal one
 * includes, as sets of keys. */

#define WORDS (256 / 64)
struct keys {
    uint64_t bits[WORDS];
};
#define MOST_PATTERNS 6561u
struct deepening {
    struct keys patterns[MOST_PATTERNS];
    uint32_t npatterns, widest;
    uint64_t nodes;
};

static uint32_t size_of(const struct keys *k)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < WORDS; w++)
        for (uint64_t bits = k->bits[w]; bits; bits &= bits - 1)
            count++;
    return count;
}

static bool has_key(const struct keys *k, uint32_t key)
{
    return k->bits[key / 64] >> (key % 64) & 1;
}

static struct keys keys_matched(const struct table *t, struct key_cube cube, uint32_t action)
{
    struct keys keys = {{0}};
    for (uint32_t key = 0; key < keys_of(t); key++)
        if (t->of[key] == action && cube_has_key(cube, key))
            keys.bits[key / 64] |= (uint64_t)1 << (key % 64);
    return keys;
}

static bool is_part(const struct keys *a, const struct keys *b)
{
    for (uint32_t w = 0; w < WORDS; w++)
        if (a->bits[w] & ~b->bits[w])
            return false;
    return true;
}

/* Keeps only patterns whose keys are not part of another's. */
static void add_pattern(struct deepening *d, struct keys keys)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < d->npatterns; i++)
        if (is_part(&keys, &d->patterns[i]))
            return;
    for (uint32_t i = 0; i < d->npatterns; i++)
        if (!is_part(&d->patterns[i], &keys))
            d->patterns[kept++] = d->patterns[i];
    d->patterns[kept++] = keys;
    d->npatterns = kept;
}

static void find_patterns(struct deepening *d, const struct table *t, uint32_t action)
{
    d->npatterns = d->widest = 0;
    for (uint64_t mask = 0; mask < keys_of(t); mask++)
        for (uint64_t value = 0; value < keys_of(t); value++) {
            struct key_cube cube = {value, mask};
            if ((value & ~mask) == 0 && is_legal(t, cube, action))
                add_pattern(d, keys_matched(t, cube, action));
        }
    for (uint32_t i = 0; i < d->npatterns; i++)
        if (size_of(&d->patterns[i]) > d->widest)
            d->widest = size_of(&d->patterns[i]);
}

static uint32_t hardest_key(const struct deepening *d, const struct keys *left)
{
    uint32_t best = 0, least = UINT32_MAX;
    for (uint32_t key = 0; key < 256; key++) {
        uint32_t count = 0;
        if (!has_key(left, key))
            continue;
        for (uint32_t i = 0; i < d->npatterns; i++)
            count += has_key(&d->patterns[i], key);
        if (count < least) {
            least = count;
            best = key;
        }
    }
    return best;
}

static bool coverable(struct deepening *d, const struct keys *left, uint32_t k)
{
    uint32_t size = size_of(left);
    d->nodes++;
    if (size == 0)
        return true;
    if (size > k * d->widest || d->nodes > 300000)
        return false;
    uint32_t key = hardest_key(d, left);
    for (uint32_t i = 0; i < d->npatterns; i++) {
        struct keys below = *left;
        if (!has_key(&d->patterns[i], key))
            continue;
        for (uint32_t w = 0; w < WORDS; w++)
            below.bits[w] &= ~d->patterns[i].bits[w];
        if (coverable(d, &below, k - 1))
            return true;
    }
    return false;
}

/* The smallest number of entries of an action; UINT32_MAX: too hard for this method. */
static uint32_t least_entries(const struct table *t, uint32_t action)
{
    struct deepening *d = calloc(1, sizeof *d);
    struct keys all = keys_matched(t, (struct key_cube){0, 0}, action);
    uint32_t k = 0;
    find_patterns(d, t, action);
    while (!coverable(d, &all, k))
        k++;
    if (d->nodes > 300000)
        k = UINT32_MAX;
    free(d);
    return k;
}

static uint32_t compared, too_hard, beyond_clique;

static void check_optimal(const struct table *t, const struct ternary_cover *c)
{
    for (uint32_t action = 1; action <= t->nactions; action++) {
        const struct ternary_action *a = &c->actions[action - 1];
        uint32_t least = least_entries(t, action);
        if (least == UINT32_MAX) {
            too_hard++;
            continue;
        }
        compared++;
        beyond_clique += a->clique < least;
        CHECK(a->clique <= least);
        CHECK(a->lower <= least);
        if (c->nentries <= TERNARY_EXACT_ENTRIES) {
            CHECK(a->optimal);
            CHECK_INT(a->nentries, least);
        }
    }
}

/* --- random functions ---------------------------------------------------------------------------
 */

/* Each key by itself. */
static void scatter(struct table *t, uint32_t width, uint32_t nactions, uint32_t dontcares)
{
    t->width = width;
    t->nactions = nactions;
    for (uint32_t key = 0; key < keys_of(t); key++)
        t->of[key] = draw(100) < dontcares ? DONT_CARE : (uint8_t)draw(nactions + 1);
}

/* Patterns over each other, the last one counts. */
static void paint(struct table *t, uint32_t width, uint32_t nactions, uint32_t npatterns,
                  uint32_t dontcares)
{
    t->width = width;
    t->nactions = nactions;
    memset(t->of, NO_RULE, sizeof t->of);
    for (uint32_t i = 0; i < npatterns; i++) {
        uint32_t mask = draw(keys_of(t)) & (draw(2) ? draw(keys_of(t)) : UINT32_MAX);
        uint32_t value = draw(keys_of(t)) & mask;
        uint8_t what = i < dontcares ? DONT_CARE : (uint8_t)(1 + draw(nactions));
        for (uint32_t key = 0; key < keys_of(t); key++)
            if ((key & mask) == value)
                t->of[key] = what;
    }
}

static void check_table(const struct table *t, bool exact)
{
    struct arena arena;
    arena_init(&arena);
    struct ternary_cover *c = minimise(&arena, t, 0, 0);
    check_cover(t, c);
    if (exact)
        check_optimal(t, c);
    arena_free(&arena);
}

static void test_small(struct table *t)
{
    CASE("small functions, scattered: correct, prime, irredundant, optimal");
    for (uint32_t i = 0; i < 400; i++) {
        scatter(t, draw(6), 1 + draw(3), draw(101));
        check_table(t, true);
    }
    CASE("small functions, painted");
    for (uint32_t i = 0; i < 150; i++) {
        paint(t, 5 + draw(4), 1 + draw(3), 2 + draw(9), draw(6));
        check_table(t, true);
    }
    CASE("the comparison is worth something");
    printf("# %u compared, %u too hard, %u where pairs alone do not prove it\n", compared, too_hard,
           beyond_clique);
    CHECK(compared > 800);
    CHECK(too_hard * 20 < compared);
    CHECK(beyond_clique > 10);
}

static void test_large(struct table *t)
{
    CASE("larger functions: correct, prime, irredundant, bound valid");
    for (uint32_t i = 0; i < 12; i++) {
        paint(t, 9 + draw(4), 1 + draw(MOST_ACTIONS), 10 + draw(60), draw(10));
        check_table(t, false);
    }
    for (uint32_t i = 0; i < 4; i++) {
        scatter(t, 8 + i % 3, 1 + draw(3), 10 + draw(60));
        check_table(t, false);
    }
}
int main(void)
{
    static struct table t;
    test_small(&t);
    test_large(&t);
    return check_done();
}
