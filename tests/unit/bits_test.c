/* The solver's gates and integers against plain arithmetic, for all small values. */
#include <stdlib.h>

#include "check.h"
#include "compiler/logic/bits.h"

/* Does the circuit have this value for these two inputs? */
static int64_t value_at(struct sat *s, struct bits x, int64_t a, struct bits y, int64_t b,
                        struct bits out)
{
    sat_lit fixed[2] = {bits_eq(s, x, bits_const(s, a)), bits_eq(s, y, bits_const(s, b))};
    if (sat_solve(s, fixed, 2) != SAT_YES)
        return INT64_MIN;
    return bits_value(s, out);
}

static bool truth_at(struct sat *s, struct bits x, int64_t a, struct bits y, int64_t b, sat_lit lit)
{
    sat_lit fixed[2] = {bits_eq(s, x, bits_const(s, a)), bits_eq(s, y, bits_const(s, b))};
    return sat_solve(s, fixed, 2) == SAT_YES && sat_value(s, lit);
}

/* x - 4 and y - 4 have the values -4 .. 3. */
static void arithmetic(void)
{
    struct sat *s = sat_new();
    struct bits x0 = bits_below(s, 8), y0 = bits_below(s, 8), four = bits_const(s, 4);
    struct bits x = bits_sub(s, x0, four), y = bits_sub(s, y0, four);
    struct bits sum = bits_add(s, x, y), difference = bits_sub(s, x, y);
    struct bits product = bits_mul(s, x, y);
    struct bits third = bits_div(s, x, 3), rest = bits_mod(s, x, 3);
    sat_lit lt = bits_lt(s, x, y), le = bits_le(s, x, y), eq = bits_eq(s, x, y);
    CASE("sums, products, quotients and comparisons");
    for (int64_t a = -4; a < 4; a++)
        for (int64_t b = -4; b < 4; b++) {
            CHECK_INT(value_at(s, x, a, y, b, sum), a + b);
            CHECK_INT(value_at(s, x, a, y, b, difference), a - b);
            CHECK_INT(value_at(s, x, a, y, b, product), a * b);
            CHECK_INT(value_at(s, x, a, y, b, third), a / 3);
            CHECK_INT(value_at(s, x, a, y, b, rest), a % 3);
            CHECK(truth_at(s, x, a, y, b, lt) == (a < b));
            CHECK(truth_at(s, x, a, y, b, le) == (a <= b));
            CHECK(truth_at(s, x, a, y, b, eq) == (a == b));
        }
    sat_free(s);
}

static void wide(void)
{
    static const int64_t values[] = {0,         1,          -1,        INT64_MAX, INT64_MIN,
                                     INT32_MAX, 4294967296, -77777777, 1000000007};
    struct sat *s = sat_new();
    CASE("constants of 64 bits");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            int64_t a = values[i], b = values[k], got;
            struct bits x = bits_const(s, a), y = bits_const(s, b);
            CHECK(bits_lt(s, x, y) == (a < b ? SAT_TRUE : SAT_FALSE));
            CHECK(bits_eq(s, x, y) == (a == b ? SAT_TRUE : SAT_FALSE));
            CHECK(bits_is_const(bits_div(s, x, 12345), &got) && got == a / 12345);
            CHECK(bits_is_const(bits_mod(s, x, 12345), &got) && got == a % 12345);
            if (llabs(a / 2) < INT32_MAX && llabs(b / 2) < INT32_MAX)
                CHECK(bits_is_const(bits_mul(s, x, y), &got) && got == a * b);
        }
    CASE("a sum of 65 bits compares as it is");
    struct bits max = bits_const(s, INT64_MAX);
    CHECK_INT(bits_lt(s, max, bits_add(s, max, max)), SAT_TRUE);
    sat_free(s);
}

static void limits(void)
{
    static const uint64_t sizes[] = {1, 2, 3, 5, 8, 100, (uint64_t)1 << 32};
    CASE("a variable has the values below its limit and no others");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct sat *s = sat_new();
        struct bits x = bits_below(s, sizes[i]);
        int64_t last = (int64_t)sizes[i] - 1;
        CHECK(sat_ask(s, bits_eq(s, x, bits_const(s, last))) == SAT_YES);
        CHECK(sat_ask(s, bits_lt(s, bits_const(s, last), x)) == SAT_NO);
        CHECK(sat_ask(s, bits_lt(s, x, bits_const(s, 0))) == SAT_NO);
        sat_free(s);
    }
}

static void gates(void)
{
    struct sat *s = sat_new();
    sat_lit a = sat_var(s), b = sat_var(s), c = sat_var(s);
    CASE("equal gates are one literal");
    CHECK_INT(sat_and(s, a, b), sat_and(s, b, a));
    CHECK_INT(sat_or(s, -a, -b), -sat_and(s, a, b));
    CHECK_INT(sat_xor(s, a, -b), -sat_xor(s, b, a));
    CHECK_INT(sat_ite(s, -a, b, c), sat_ite(s, a, c, b));
    CHECK_INT(sat_ite(s, a, b, -b), -sat_xor(s, a, b));
    CHECK_INT(sat_and(s, a, -a), SAT_FALSE);
    CHECK_INT(sat_ite(s, a, SAT_TRUE, SAT_FALSE), a);
    CASE("gates mean what they say");
    for (int v = 0; v < 8; v++) {
        bool x = v & 1, y = v & 2, z = v & 4;
        sat_lit fixed[3] = {x ? a : -a, y ? b : -b, z ? c : -c};
        sat_lit many[5] = {a, b, c, sat_or(s, a, b), -sat_and(s, -a, -c)};
        sat_lit all = sat_all(s, many, 5), any = sat_any(s, many, 5), ite = sat_ite(s, a, b, -c);
        CHECK(sat_solve(s, fixed, 3) == SAT_YES);
        CHECK(sat_value(s, all) == (x && y && z));
        CHECK(sat_value(s, any) == (x || y || z));
        CHECK(sat_value(s, ite) == (x ? y : !z));
        sat_var(s); /* a model outlives new gates */
        sat_must(s, sat_or(s, sat_var(s), SAT_TRUE));
        CHECK(sat_value(s, all) == (x && y && z));
    }
    CASE("what excludes each other is blamed");
    sat_lit assumptions[3] = {c, a, -a};
    CHECK(sat_solve(s, assumptions, 3) == SAT_NO);
    CHECK(!sat_blamed(s, c));
    sat_must(s, sat_or(s, -b, -c));
    sat_lit more[3] = {a, b, c};
    CHECK(sat_solve(s, more, 3) == SAT_NO);
    CHECK(!sat_blamed(s, a) && sat_blamed(s, b) && sat_blamed(s, c));
    CASE("what is demanded can be too much");
    sat_must(s, b);
    sat_must(s, c);
    CHECK(sat_solve(s, NULL, 0) == SAT_NO);
    sat_free(s);
}

static uint32_t some_entry(const void *context, const uint32_t *args)
{
    const uint32_t *salt = context;
    return (args[0] * 7919u + args[1] * 104729u + args[2] * 31u + *salt) * 2654435769u >> 29;
}

static void tables(void)
{
    struct sat *s = sat_new();
    const uint64_t size[3] = {5, 1, 6};
    uint32_t salt = 3, args[3];
    struct bits x[3] = {bits_below(s, 5), bits_below(s, 1), bits_below(s, 6)};
    struct arena arena;
    arena_init(&arena);
    struct bits_table *table = bits_table_new(&arena, size, 3, 3, some_entry, &salt);
    struct bits out = bits_table_apply(s, table, x);
    CASE("a table is applied entry by entry");
    for (args[0] = 0; args[0] < 5; args[0]++)
        for (args[1] = 0; args[1] < 1; args[1]++)
            for (args[2] = 0; args[2] < 6; args[2]++)
                CHECK_INT(value_at(s, x[0], args[0], x[2], args[2], out), some_entry(&salt, args));
    CASE("a table of constants is a constant");
    int64_t got;
    const struct bits fixed[3] = {bits_const(s, 4), bits_const(s, 0), bits_const(s, 5)};
    const uint32_t at[3] = {4, 0, 5};
    CHECK(bits_is_const(bits_table_apply(s, table, fixed), &got) && got == some_entry(&salt, at));
    arena_free(&arena);
    sat_free(s);
}

static void counts(void)
{
    struct sat *s = sat_new();
    sat_lit lits[5];
    CASE("counting");
    for (int i = 0; i < 5; i++)
        lits[i] = sat_var(s);
    struct bits n = bits_count(s, lits, 5);
    for (int v = 0; v < 32; v++) {
        sat_lit fixed[5];
        int want = 0;
        for (int i = 0; i < 5; i++) {
            fixed[i] = v >> i & 1 ? lits[i] : -lits[i];
            want += v >> i & 1;
        }
        CHECK(sat_solve(s, fixed, 5) == SAT_YES);
        CHECK_INT(bits_value(s, n), want);
    }
    sat_free(s);
}

/* Pigeons: n + 1 in n holes. */
static void gives_up(void)
{
    enum { HOLES = 9 };
    struct sat *s = sat_new();
    sat_lit in[HOLES + 1][HOLES];
    for (int p = 0; p <= HOLES; p++) {
        for (int h = 0; h < HOLES; h++)
            in[p][h] = sat_var(s);
        sat_clause(s, in[p], HOLES);
    }
    for (int h = 0; h < HOLES; h++)
        for (int p = 0; p <= HOLES; p++)
            for (int q = 0; q < p; q++)
                sat_clause(s, (sat_lit[]){-in[p][h], -in[q][h]}, 2);
    CASE("a limit is kept");
    sat_limit(s, 20);
    CHECK(sat_ask(s, SAT_TRUE) == SAT_UNKNOWN);
    sat_free(s);
}

int main(void)
{
    gates();
    arithmetic();
    wide();
    limits();
    tables();
    counts();
    gives_up();
    return check_done();
}
