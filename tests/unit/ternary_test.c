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
    bool apart;
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
    struct ternary_problem problem = {sets,        on,        t->nactions, dontcare,
                                      max_entries, max_steps, t->apart};
    return ternary_minimise(arena, &problem);
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

/* Where `apart` is set: another action's entry matches the key. */
static bool is_others(const struct table *t, const struct ternary_cover *c, uint32_t action,
                      uint64_t key)
{
    for (uint32_t other = 1; t->apart && other <= t->nactions; other++)
        if (other != action && matches(c, other, key))
            return true;
    return false;
}

/* May an entry of the action match all of these keys? */
static bool is_legal(const struct table *t, struct key_cube cube, uint32_t action)
{
    for (uint32_t key = 0; key < keys_of(t); key++)
        if (cube_has_key(cube, key) && t->of[key] != action && t->of[key] != DONT_CARE)
            return false;
    return true;
}

/* The same, beside the entries of the other actions. */
static bool may_match(const struct table *t, const struct ternary_cover *c, struct key_cube cube,
                      uint32_t action)
{
    for (uint32_t key = 0; key < keys_of(t); key++)
        if (cube_has_key(cube, key) && is_others(t, c, action, key))
            return false;
    return is_legal(t, cube, action);
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
                prime =
                    prime && !may_match(t, c, (struct key_cube){cube.value & mask, mask}, action);
        }
        CHECK(may_match(t, c, cube, action));
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
#define DEEPENING_NODES 30000u
struct deepening {
    struct keys patterns[MOST_PATTERNS];
    uint32_t npatterns, widest;
    uint32_t patterns_of[256]; /* per key: how many have it */
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
    memset(d, 0, sizeof *d);
    for (uint64_t mask = 0; mask < keys_of(t); mask++)
        for (uint64_t value = 0; value < keys_of(t); value++) {
            struct key_cube cube = {value, mask};
            if ((value & ~mask) == 0 && is_legal(t, cube, action))
                add_pattern(d, keys_matched(t, cube, action));
        }
    for (uint32_t i = 0; i < d->npatterns; i++) {
        if (size_of(&d->patterns[i]) > d->widest)
            d->widest = size_of(&d->patterns[i]);
        for (uint32_t key = 0; key < 256; key++)
            d->patterns_of[key] += has_key(&d->patterns[i], key);
    }
}

static uint32_t hardest_key(const struct deepening *d, const struct keys *left)
{
    uint32_t best = 0, least = UINT32_MAX;
    for (uint32_t key = 0; key < 256; key++)
        if (has_key(left, key) && d->patterns_of[key] < least) {
            least = d->patterns_of[key];
            best = key;
        }
    return best;
}

static bool coverable(struct deepening *d, const struct keys *left, uint32_t k)
{
    uint32_t size = size_of(left);
    d->nodes++;
    if (size == 0)
        return true;
    if (size > k * d->widest || d->nodes > DEEPENING_NODES)
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
    while (!coverable(d, &all, k) && d->nodes <= DEEPENING_NODES)
        k++;
    if (d->nodes > DEEPENING_NODES)
        k = UINT32_MAX;
    free(d);
    return k;
}

static uint32_t compared, too_hard, beyond_clique, above_least;

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
        above_least += a->nentries > least;
        if (c->nentries <= TERNARY_EXACT_ENTRIES && !t->apart) {
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
    t->apart = draw(3) == 0;
    for (uint32_t key = 0; key < keys_of(t); key++)
        t->of[key] = draw(100) < dontcares ? DONT_CARE : (uint8_t)draw(nactions + 1);
}

/* Patterns over each other, the last one counts. */
static void paint(struct table *t, uint32_t width, uint32_t nactions, uint32_t npatterns,
                  uint32_t dontcares)
{
    t->width = width;
    t->nactions = nactions;
    t->apart = draw(3) == 0;
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
    for (uint32_t i = 0; i < 600; i++) {
        scatter(t, draw(6), 1 + draw(3), draw(101));
        check_table(t, true);
    }
    CASE("few keys of many bits");
    for (uint32_t i = 0; i < 60; i++) {
        scatter(t, 6 + draw(3), 1, 60 + draw(40));
        check_table(t, true);
    }
    CASE("small functions, painted");
    for (uint32_t i = 0; i < 300; i++) {
        paint(t, 5 + draw(4), 1 + draw(3), 2 + draw(9), draw(6));
        check_table(t, true);
    }
    CASE("the comparison is worth something");
    printf("# %u compared, %u too hard, %u where pairs alone do not prove it, %u not least\n",
           compared, too_hard, beyond_clique, above_least);
    CHECK(compared > 1500);
    CHECK(too_hard * 20 < compared);
    CHECK(beyond_clique > 5);
    CHECK_INT(above_least, 0); /* though `apart` does not promise it */
}

static void test_large(struct table *t)
{
    CASE("larger functions: correct, prime, irredundant, bound valid");
    for (uint32_t i = 0; i < 24; i++) {
        paint(t, 9 + draw(4), 1 + draw(MOST_ACTIONS), 10 + draw(60), draw(20));
        check_table(t, false);
    }
    for (uint32_t i = 0; i < 8; i++) {
        scatter(t, 8 + i % 3, 1 + draw(3), 10 + draw(60));
        check_table(t, false);
    }
}

/* --- functions with known answers ---------------------------------------------------------------
 */

typedef uint8_t (*rule)(uint32_t key);

static void check_known(struct table *t, uint32_t width, rule of, uint32_t entries, uint32_t clique)
{
    struct arena arena;
    t->width = width;
    t->nactions = 2;
    t->apart = false;
    for (uint32_t key = 0; key < keys_of(t); key++)
        t->of[key] = of(key);
    arena_init(&arena);
    struct ternary_cover *c = minimise(&arena, t, 0, 0);
    check_cover(t, c);
    CHECK_INT(c->nentries, entries);
    CHECK_INT(c->actions[0].clique + c->actions[1].clique, clique);
    CHECK(c->actions[0].optimal && c->actions[1].optimal);
    arena_free(&arena);
}

static uint32_t ones(uint32_t key)
{
    uint32_t count = 0;
    for (; key; key &= key - 1)
        count++;
    return count;
}

static uint8_t parity(uint32_t key)
{
    return ones(key) % 2 ? 1 : NO_RULE;
}

static uint8_t majority(uint32_t key)
{
    return ones(key) > 2 ? 1 : 2;
}

static uint8_t everything(uint32_t key)
{
    return key % 7 ? 1 : DONT_CARE;
}

static uint8_t nothing(uint32_t key)
{
    return key % 7 ? NO_RULE : DONT_CARE;
}

/* Codes 1, 2 and 4 of 3 bits; 0 is invalid, 3 and above 4 are not used. */
static uint8_t codes(uint32_t key)
{
    return key == 1 ? 1 : key == 4 ? 2 : key == 2 ? NO_RULE : DONT_CARE;
}

/* One after the other around a ring: keys of which each fits with the next one only.  Five of them
 * need three entries, and no more than two exclude each other. */
static uint8_t ring(uint32_t key)
{
    static const uint8_t members[] = {0, 1, 3, 7, 6, 4, 12, 8};
    for (uint32_t i = 0; i < sizeof members; i++)
        if (members[i] == key)
            return 1;
    return NO_RULE;
}

/* What is alike in all bits is hard to prove.  By how many bits are 1: */
static uint8_t eleven(uint32_t key)
{
    static const uint8_t by_ones[9] = {1, DONT_CARE, 1, DONT_CARE};
    return by_ones[ones(key)];
}

/* Each entry covers three of the 28 pairs of bits at most. */
static uint8_t stars(uint32_t key)
{
    static const uint8_t by_ones[9] = {NO_RULE, DONT_CARE, 1, DONT_CARE, DONT_CARE};
    return by_ones[ones(key)];
}

static uint8_t many(uint32_t key)
{
    static const uint8_t by_ones[9] = {NO_RULE, 1, DONT_CARE, 1, DONT_CARE};
    return by_ones[ones(key)];
}

static void test_insists(struct table *t)
{
    struct arena arena;
    CASE("hard to prove: optimal up to twelve entries, else that they are more");
    check_known(t, 8, eleven, 11, 4);
    check_known(t, 8, stars, 10, 4);
    for (uint32_t key = 0; key < keys_of(t); key++)
        t->of[key] = many(key);
    arena_init(&arena);
    struct ternary_cover *c = minimise(&arena, t, 0, 0);
    check_cover(t, c);
    CHECK(c->nentries > TERNARY_EXACT_ENTRIES && c->actions[0].clique <= TERNARY_EXACT_ENTRIES);
    CHECK_INT(c->lower, TERNARY_EXACT_ENTRIES + 1);
    arena_free(&arena);
}

static void test_known(struct table *t)
{
    CASE("parity, majority, all, none, codes");
    check_known(t, 0, everything, 0, 0);
    check_known(t, 4, parity, 8, 8);
    check_known(t, 5, majority, 20, 20);
    check_known(t, 6, everything, 1, 1);
    check_known(t, 6, nothing, 0, 0);
    check_known(t, 3, codes, 2, 2);
    check_known(t, 4, ring, 3, 3);
}

/* --- keys of many bits --------------------------------------------------------------------------
 */

struct wide {
    struct arena arena;
    struct keysets sets;
    uint32_t on[5], dontcare;
    uint32_t nactions;
};

static void open_wide(struct wide *w, uint32_t width, uint32_t nactions)
{
    memset(w, 0, sizeof *w);
    w->nactions = nactions;
    keysets_init(&w->sets, &w->arena, width, TERNARY_MAX_NODES, TERNARY_MAX_STEPS);
}

static struct ternary_cover *minimise_wide(struct wide *w, uint64_t max_steps, uint32_t max_entries)
{
    struct ternary_problem problem = {&w->sets,    w->on,     w->nactions, w->dontcare,
                                      max_entries, max_steps, true};
    return ternary_minimise(&w->arena, &problem);
}

/* What the entries of an action match, and whether each is prime and needed. */
static uint32_t check_action(struct wide *w, const struct ternary_cover *c, uint32_t a,
                             uint32_t must, uint32_t forbidden)
{
    const struct ternary_action *action = &c->actions[a];
    const struct key_cube *entries = c->entries + action->first_entry;
    uint32_t n = action->nentries, before = KEYSET_NONE;
    uint32_t *after = ARENA_ARRAY(&w->arena, uint32_t, n + 1);
    bool prime = true, needed = true;
    for (uint32_t e = n; e-- > 0;)
        after[e] = keyset_or(&w->sets, after[e + 1], keyset_cube(&w->sets, entries[e]));
    for (uint32_t e = 0; e < n; e++) {
        uint32_t set = keyset_cube(&w->sets, entries[e]);
        uint32_t own = keyset_less(&w->sets, keyset_and(&w->sets, must, set), before);
        needed = needed && keyset_less(&w->sets, own, after[e + 1]) != KEYSET_NONE;
        before = keyset_or(&w->sets, before, set);
        for (uint32_t bit = 0; bit < w->sets.width; bit++) {
            uint64_t mask = entries[e].mask & ~((uint64_t)1 << bit);
            struct key_cube wider = {entries[e].value & mask, mask};
            prime = prime && (mask == entries[e].mask || keyset_meets(&w->sets, forbidden, wider));
        }
    }
    CHECK(prime);
    CHECK(needed);
    return before;
}

/* Entries match what they must and nothing that they must not; as sets. */
static void check_wide(struct wide *w, const struct ternary_cover *c)
{
    struct keysets *sets = &w->sets;
    uint32_t matched[5];
    CHECK_INT(c->status, TERNARY_OK);
    for (uint32_t a = 0; a < w->nactions; a++) {
        matched[a] = KEYSET_NONE;
        for (uint32_t e = 0; e < c->actions[a].nentries; e++)
            matched[a] = keyset_or(sets, matched[a],
                                   keyset_cube(sets, c->entries[c->actions[a].first_entry + e]));
    }
    for (uint32_t a = 0; a < w->nactions; a++) {
        uint32_t must = keyset_less(sets, w->on[a], w->dontcare);
        uint32_t forbidden = keyset_less(sets, KEYSET_ALL, keyset_or(sets, w->on[a], w->dontcare));
        for (uint32_t other = 0; other < w->nactions; other++)
            if (other != a)
                forbidden = keyset_or(sets, forbidden, matched[other]);
        CHECK_INT(keyset_less(sets, must, matched[a]), KEYSET_NONE);
        CHECK_INT(keyset_and(sets, matched[a], forbidden), KEYSET_NONE);
        CHECK_INT(check_action(w, c, a, must, forbidden), matched[a]);
    }
}

/* A tree with n leaves, each of some action or none, that tests bits in ascending order as a
 * diagram does, here and there leaving out one. */
static void grow_tree(struct wide *w, uint32_t bit, struct key_cube path, uint32_t n)
{
    uint32_t low = n / 2 - draw(n / 4 + 1);
    bit += draw(3) == 0;
    if (n > 1 && bit < w->sets.width) {
        path.mask |= (uint64_t)1 << bit;
        grow_tree(w, bit + 1, path, low);
        path.value |= (uint64_t)1 << bit;
        grow_tree(w, bit + 1, path, n - low);
        return;
    }
    uint32_t action = draw(w->nactions + 2), set = keyset_cube(&w->sets, path);
    if (action < w->nactions)
        w->on[action] = keyset_or(&w->sets, w->on[action], set);
    else if (action == w->nactions)
        w->dontcare = keyset_or(&w->sets, w->dontcare, set);
}

static uint64_t steps_for_tree(uint32_t leaves)
{
    struct wide w;
    open_wide(&w, 40, 4);
    grow_tree(&w, 0, (struct key_cube){0, 0}, leaves);
    struct ternary_cover *c = minimise_wide(&w, 0, 0);
    check_wide(&w, c);
    CHECK(c->lower * 10 >= c->nentries * 9);
    uint64_t steps = c->steps;
    struct ternary_cover *again = minimise_wide(&w, 0, 0);
    CHECK_INT(again->steps, steps);
    CHECK_INT(again->nentries, c->nentries);
    CHECK(again->nentries == c->nentries &&
          memcmp(again->entries, c->entries, c->nentries * sizeof *c->entries) == 0);
    printf("# %u leaves: %u entries, at least %u, %llu steps\n", leaves, c->nentries, c->lower,
           (unsigned long long)steps);
    arena_free(&w.arena);
    return steps;
}

static void test_wide(void)
{
    struct wide w;
    CASE("64 bits, highest and lowest");
    open_wide(&w, 64, 2);
    w.on[0] = keyset_cube(&w.sets, (struct key_cube){(uint64_t)1 << 63, (uint64_t)1 << 63});
    w.on[1] = keyset_cube(&w.sets, (struct key_cube){1, (uint64_t)1 << 63 | 1});
    struct ternary_cover *c = minimise_wide(&w, 0, 0);
    check_wide(&w, c);
    CHECK_INT(c->nentries, 2);
    CHECK(c->entries[0].mask == (uint64_t)1 << 63 && c->entries[0].value == (uint64_t)1 << 63);
    CHECK(c->entries[1].mask == ((uint64_t)1 << 63 | 1) && c->entries[1].value == 1);
    arena_free(&w.arena);
    CASE("hundreds of paths: within bounds, the same every time");
    uint64_t few = steps_for_tree(500), more = steps_for_tree(1000), many = steps_for_tree(2000);
    CHECK(few < 1u << 22);
    CHECK(more < 1u << 24);
    CHECK(many < 1u << 26);
}

/* --- budgets ------------------------------------------------------------------------------------
 */

static void test_budgets(struct table *t)
{
    struct arena arena;
    arena_init(&arena);
    CASE("what cannot be done is said");
    t->width = 10;
    t->nactions = 1;
    for (uint32_t key = 0; key < keys_of(t); key++)
        t->of[key] = parity(key);
    CHECK_INT(minimise(&arena, t, 0, 512)->status, TERNARY_OK);
    CHECK_INT(minimise(&arena, t, 0, 511)->status, TERNARY_ENTRIES);
    CHECK_INT(minimise(&arena, t, 0, 20)->status, TERNARY_ENTRIES);
    CHECK_INT(minimise(&arena, t, 100, 0)->status, TERNARY_WORK);
    arena_free(&arena);
    struct wide w;
    open_wide(&w, 40, 2);
    w.on[0] = keyset_cube(&w.sets, (struct key_cube){1, 1});
    w.on[1] = keyset_cube(&w.sets, (struct key_cube){2, 2});
    CHECK_INT(minimise_wide(&w, 0, 0)->status, TERNARY_OVERLAP);
    w.dontcare = keyset_cube(&w.sets, (struct key_cube){3, 3});
    CHECK_INT(minimise_wide(&w, 0, 0)->status, TERNARY_OK);
    arena_free(&w.arena);
}

int main(void)
{
    static struct table t;
    test_small(&t);
    test_large(&t);
    test_known(&t);
    test_insists(&t);
    test_wide();
    test_budgets(&t);
    return check_done();
}
