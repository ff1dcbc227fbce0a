/* What compiler/gen makes of programs of every layout: classes, reachable actions, inputs. */
#include "compiler/gen/internal.h"
#include "tests/unit/check.h"
#include "tests/unit/table_make.h"

enum { RULES = 4, FUNCTIONS = 200, CODES = MADE_CODES - 1, BITS = 3 };

static uint64_t dice = 1;

static uint32_t draw(uint32_t n)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice >> 33) % n;
}

/* ---- Functions of the codes of op1 and op2 ----------------------------------------------------
 */

/* The action for each pair of codes, those that an operand cannot have being 0. */
struct function {
    uint32_t at[MADE_CODES][MADE_CODES];
};

/* Rows and columns repeat, so that there are classes to find. */
static struct function random_function(void)
{
    struct function f = {{{0}}};
    uint32_t row[MADE_CODES], column[MADE_CODES], kernel[3][3];
    for (uint32_t i = 0; i < 9; i++)
        kernel[i / 3][i % 3] = draw(RULES + 1);
    for (uint32_t i = 0; i < MADE_CODES; i++) {
        row[i] = draw(3);
        column[i] = draw(3);
    }
    for (uint32_t a = 1; a < MADE_CODES; a++)
        for (uint32_t b = 1; b < MADE_CODES; b++)
            f.at[a][b] = kernel[row[a]][column[b]];
    return f;
}

/* Do two codes of op1 (op2 if `second`) mean the same? */
static bool same(const struct function *f, uint32_t x, uint32_t y, bool second)
{
    for (uint32_t i = 1; i < MADE_CODES; i++)
        if (second ? f->at[i][x] != f->at[i][y] : f->at[x][i] != f->at[y][i])
            return false;
    return true;
}

/* What a map says of a code: itself, or in a dense program the smallest one that means the same.
 * Invalid codes may have any entry. */
static uint32_t class_of(const struct function *f, uint32_t code, bool second, uint32_t layout)
{
    uint32_t class = 1;
    if (code == 0 || code >= MADE_CODES)
        return draw(2) ? POL_MAP_INVALID : layout == POL_LAYOUT_FLAT ? code : 1;
    while (layout == POL_LAYOUT_DENSE && !same(f, class, code, second))
        class ++;
    return layout == POL_LAYOUT_DENSE ? class : code;
}

/* Levels over the codes of op1, shifted, and of op2. */
static void add_code_levels(struct made *m, struct pol_prt_program *p, const struct function *f,
                            uint32_t shift)
{
    struct pol_prt_level l[2] = {{.operand = POL_OP_OP1}, {.operand = POL_OP_OP2}};
    for (uint32_t k = 0; k < 2; k++) {
        l[k].mask = (1u << BITS) - 1;
        l[k].value = MADE_CODES;
        l[k].width = 1u << BITS;
        l[k].map = m->n_maps;
        for (uint32_t code = 0; code <= l[k].mask; code++) {
            uint32_t class = class_of(f, code, k, p->layout);
            MADE_NUMBER(m, maps, class == POL_MAP_INVALID ? class : class << (k ? 0 : shift));
        }
    }
    p->nlevels = 2;
    p->first_level = MADE_ADD(m, levels, l, 2);
}

static void add_summed(struct made *m, struct pol_prt_program *p, const struct function *f)
{
    add_code_levels(m, p, f, BITS);
    p->nmap = 2;
    p->dense_base = m->n_cells;
    p->dense_size = 1u << 2 * BITS;
    for (uint32_t i = 0; i < p->dense_size; i++) {
        uint32_t a = i >> BITS, b = i % (1u << BITS);
        bool there = a < MADE_CODES && b < MADE_CODES && a && b;
        MADE_NUMBER(m, cells, there ? f->at[a][b] : draw(RULES + 1));
    }
}

/* The second level's states are the codes of the first. */
static void add_dag(struct made *m, struct pol_prt_program *p, const struct function *f)
{
    add_code_levels(m, p, f, 0);
    struct pol_prt_level *l = &m->levels[p->first_level];
    l[0].nstates = 1;
    l[0].base = m->n_cells;
    for (uint32_t i = 0; i < 1u << BITS; i++)
        MADE_NUMBER(m, cells, i < MADE_CODES ? i : 0);
    l[1].nstates = MADE_CODES;
    l[1].base = m->n_cells;
    for (uint32_t a = 0; a < MADE_CODES; a++)
        for (uint32_t b = 0; b < 1u << BITS; b++)
            MADE_NUMBER(m, cells, a && b < MADE_CODES ? f->at[a][b] : draw(RULES + 1));
}

/* An entry for each pair of codes that does not give `start`; some look at more than they must. */
static void add_tcam(struct made *m, struct pol_prt_program *p, const struct function *f)
{
    add_code_levels(m, p, f, 0);
    m->levels[p->first_level + 1].base = 30; /* across words */
    p->start = draw(RULES + 1);
    p->dense_base = m->n_ternary;
    for (uint32_t a = 1; a < MADE_CODES; a++)
        for (uint32_t b = 1; b < MADE_CODES; b++) {
            uint64_t value = (uint64_t)b << 30 | a, mask = (uint64_t)7 << 30 | 7;
            const struct pol_prt_ternary e = {{(uint32_t)value, (uint32_t)(value >> 32)},
                                              {(uint32_t)mask, (uint32_t)(mask >> 32)},
                                              f->at[a][b]};
            if (f->at[a][b] != p->start)
                MADE_ADD(m, ternary, &e, 1);
        }
    p->dense_size = m->n_ternary - p->dense_base;
}

static void add_function(struct made *m, struct pol_prt_program *p, const struct function *f)
{
    if (p->layout == POL_LAYOUT_FLAT || p->layout == POL_LAYOUT_DENSE)
        add_summed(m, p, f);
    else if (p->layout == POL_LAYOUT_TCAM)
        add_tcam(m, p, f);
    else
        add_dag(m, p, f);
}

/* The last rule's action looks at op3. */
static void add_actions(struct made *m)
{
    const struct pol_prt_op copy = {.op = POL_OPC_COPY, .a = POL_RES_RD, .c = POL_OP_OP3, .d = 1};
    for (uint32_t rule = 0; rule < RULES; rule++)
        made_allow(m, rule, false);
    m->actions[RULES - 1].first_op = MADE_ADD(m, ops, &copy, 1);
    made_fail(m, POL_NONE);
}

/* One decider with that function. */
static struct pol_table *table_of(const struct function *f, uint32_t layout)
{
    char why[256];
    struct made m = made_open(1, RULES);
    struct pol_prt_program p = {.layout = layout, .nactions = RULES + 1, .first_tuple = POL_NONE};
    const uint32_t zero = 0;
    add_actions(&m);
    add_function(&m, &p, f);
    MADE_ADD(&m, programs, &p, 1);
    made_remap(&m, &zero);
    struct pol_table *t = made_load(&m, why, sizeof why);
    if (!t)
        printf("# %s\n", why);
    made_close(&m);
    return t;
}

/* Two deciders whose actions are f's and g's, in one program over the pairs of actions. */
static struct pol_table *table_of_both(const struct function *f, const struct function *g,
                                       uint32_t layout)
{
    enum { N = RULES + 1 };
    char why[256];
    struct made m = made_open(2, RULES);
    struct function pairs;
    struct pol_prt_program p = {.layout = layout, .nactions = N * N};
    const uint32_t zeros[] = {0, 0};
    for (uint32_t i = 0; i < MADE_CODES * MADE_CODES; i++)
        pairs.at[i / MADE_CODES][i % MADE_CODES] =
            f->at[i / MADE_CODES][i % MADE_CODES] * N + g->at[i / MADE_CODES][i % MADE_CODES];
    for (uint32_t i = 0; i < N * N; i++) {
        MADE_NUMBER(&m, tuples, i / N);
        MADE_NUMBER(&m, tuples, i % N);
    }
    add_actions(&m);
    add_function(&m, &p, &pairs);
    MADE_ADD(&m, programs, &p, 1);
    made_remap(&m, zeros);
    struct pol_table *t = made_load(&m, why, sizeof why);
    if (!t)
        printf("# %s\n", why);
    made_close(&m);
    return t;
}

/* ---- Classes and reachable actions ------------------------------------------------------------
 */

static void check_classes(const struct view *v, const struct function *f)
{
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t x = 1; x < MADE_CODES; x++)
            for (uint32_t y = 1; y < MADE_CODES; y++)
                CHECK_INT(view_class(v, k, x) == view_class(v, k, y), same(f, x, y, k));
}

struct found {
    const struct pol_table *t;
    uint32_t times[RULES + 1];
};

static void note(void *user, const struct pol_prt_action *action)
{
    struct found *f = user;
    f->times[action - f->t->actions]++;
}

static void check_reached(const struct pol_table *t, uint32_t decider, const struct function *f)
{
    struct found found = {t, {0}};
    bool want[RULES + 1] = {false};
    for (uint32_t a = 1; a < MADE_CODES; a++)
        for (uint32_t b = 1; b < MADE_CODES; b++)
            want[f->at[a][b]] = true;
    gen_reachable(t, decider, 1, note, &found);
    for (uint32_t i = 0; i < RULES + 1; i++)
        CHECK_INT(found.times[i] > 0, want[i]);
}

/* A chain of one decider is taken as it is: each code is a class. */
static void check_view(const struct pol_table *t, uint32_t decider, const struct function *f)
{
    struct arena arena;
    arena_init(&arena);
    struct view *v = view_new(&arena, t, decider, 1);
    if (!v->plain)
        check_classes(v, f);
    CHECK_INT(view_class(v, 0, 0), POL_NONE);
    CHECK_INT(view_class(v, 0, MADE_CODES), POL_NONE);
    CHECK_INT(view_class(v, 0, UINT32_MAX), POL_NONE);
    check_reached(t, decider, f);
    arena_free(&arena);
}

static void check_functions(const char *name, uint32_t layout)
{
    CASE(name);
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        struct function f = random_function(), g = random_function();
        struct pol_table *one = table_of(&f, layout), *both = table_of_both(&f, &g, layout);
        CHECK(one && both);
        if (one && both) {
            check_view(one, 0, &f);
            check_view(both, 0, &f);
            check_view(both, 1, &g);
        }
        pol_table_free(one);
        pol_table_free(both);
    }
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static uint64_t count_inputs(const struct pol_table *t)
{
    const struct gen_values values = {.n = 1};
    struct pol_space *space = pol_table_space(t);
    struct gen_tuples *g = gen_tuples_new(t, space, &values);
    uint64_t n = gen_tuples_count(g, 1000000);
    gen_tuples_free(g);
    pol_space_free(space);
    return n;
}

/* A program that decides without looking. */
static struct pol_table *table_of_nothing(void)
{
    char why[256];
    struct made m = made_open(1, RULES);
    const struct pol_prt_program p = {.nactions = 1, .first_tuple = POL_NONE};
    const uint32_t zero = 0;
    add_actions(&m);
    MADE_ADD(&m, programs, &p, 1);
    made_remap(&m, &zero);
    struct pol_table *t = made_load(&m, why, sizeof why);
    made_close(&m);
    return t;
}

static uint32_t count_classes(const struct function *f, bool second)
{
    uint32_t classes = 0, y;
    for (uint32_t x = 1; x < MADE_CODES; x++) {
        for (y = 1; !same(f, x, y, second); y++)
            continue;
        classes += x == y;
    }
    return classes;
}

/* The axes of op1's and op2's codes have the classes that the function has. */
static void check_axes(struct pol_table *t, const struct function *f)
{
    const struct gen_values values = {.n = 1};
    struct pol_space *space = pol_table_space(t);
    struct gen_tuples *g = gen_tuples_new(t, space, &values);
    uint32_t axes = 0;
    gen_tuples_program(g, 0, 1);
    for (size_t i = 0; i < g->outer.count; i++) {
        const struct axis *axis = &g->outer.items[i];
        if ((axis->set != POL_OP_OP1 && axis->set != POL_OP_OP2) || axis->kind != AXIS_CODES)
            continue;
        CHECK_INT(axis->nclasses, count_classes(f, axis->set == POL_OP_OP2));
        CHECK_INT(axis->ncodes, CODES);
        axes++;
    }
    CHECK_INT(axes, 2);
    gen_tuples_free(g);
    pol_space_free(space);
    pol_table_free(t);
}

static void expect_count(struct pol_table *t, uint64_t want)
{
    CHECK(t != NULL);
    if (t)
        CHECK_INT(count_inputs(t), want);
    pol_table_free(t);
}

static void check_counts(void)
{
    CASE("all layouts have the inputs of merged classes, a fused program those of its parts");
    for (uint32_t i = 0; i < 20; i++) {
        struct function f = random_function(), g = random_function();
        for (uint32_t k = 1; k <= RULES; k++) /* so that every action is reached */
            f.at[k][1] = g.at[k][1] = k;
        f.at[5][2] = g.at[5][2] = 0;
        struct pol_table *first = table_of(&f, POL_LAYOUT_DENSE);
        struct pol_table *second = table_of(&g, POL_LAYOUT_DENSE);
        uint64_t a = count_inputs(first), b = count_inputs(second);
        check_axes(table_of(&f, POL_LAYOUT_FLAT), &f);
        check_axes(table_of(&f, POL_LAYOUT_TCAM), &f);
        check_axes(table_of_both(&f, &g, POL_LAYOUT_DAG), &f);
        expect_count(table_of(&f, POL_LAYOUT_FLAT), a);
        expect_count(table_of(&f, POL_LAYOUT_TCAM), a);
        for (uint32_t layout = POL_LAYOUT_DAG; layout <= POL_LAYOUT_TCAM; layout++)
            expect_count(table_of_both(&f, &g, layout), a + b);
        pol_table_free(first);
        pol_table_free(second);
    }
    CASE("what makes no difference has no inputs of its own");
    struct function nothing = {{{0}}}, f = random_function();
    struct pol_table *t = table_of_nothing();
    uint64_t none = count_inputs(t);
    expect_count(table_of(&nothing, POL_LAYOUT_FLAT), none);
    expect_count(table_of(&nothing, POL_LAYOUT_TCAM), none);
    t = (pol_table_free(t), table_of(&f, POL_LAYOUT_FLAT));
    expect_count(table_of_both(&f, &nothing, POL_LAYOUT_DAG), count_inputs(t) + none);
    pol_table_free(t);
}

/* Bounds of op1's second argument, of classes that take turns; its first one's; and of `more` other
 * sets the second argument too. */
static struct pol_table *table_of_classes(uint32_t bounds, uint32_t more)
{
    char why[256];
    struct made m = made_open(1, RULES);
    struct pol_prt_program p = {.nactions = RULES + 1, .first_tuple = POL_NONE};
    const uint32_t map[] = {80, 0, 1}, zero = 0;
    add_actions(&m);
    MADE_ADD(&m, maps, map, 3);
    for (uint32_t i = 0; i < bounds; i++)
        MADE_NUMBER(&m, maps, 5 + 4 * i);
    for (uint32_t i = 0; i <= bounds; i++)
        MADE_NUMBER(&m, maps, i % 2);
    for (uint32_t i = 0; i <= more + 1; i++) {
        const struct pol_prt_level l = {.kind = POL_LEVEL_VALUE,
                                        .operand = POL_OP_OP1 + (i ? i - 1 : 0),
                                        .slot = i ? 2 : 1,
                                        .value = i ? bounds : 1,
                                        .map = i ? 3 : 0,
                                        .base = m.n_cells,
                                        .width = 2,
                                        .nstates = i ? 2 : 1};
        MADE_ADD(&m, levels, &l, 1);
        for (uint32_t k = 0; k < 2 * l.nstates; k++)
            MADE_NUMBER(&m, cells, k % 2);
        p.nlevels++;
    }
    MADE_ADD(&m, programs, &p, 1);
    made_remap(&m, &zero);
    struct pol_table *t = made_load(&m, why, sizeof why);
    if (!t)
        printf("# %s\n", why);
    made_close(&m);
    return t;
}

/* How often each value stands in op1's second argument, in all inputs of the program. */
static void count_values(const struct pol_table *t, const struct gen_values *values,
                         uint32_t times[MADE_LARGEST + 1])
{
    struct pol_space *space = pol_table_space(t);
    struct gen_tuples *g = gen_tuples_new(t, space, values);
    struct pol_tuple tuple;
    CHECK_INT(pol_tuple_init(&tuple, space), 0);
    memset(times, 0, (MADE_LARGEST + 1) * sizeof *times);
    gen_tuples_program(g, 0, 1);
    while (gen_tuples_next_here(g, &tuple))
        if (pol_lit_has(tuple.set[POL_OP_OP1], 0))
            times[tuple.set[POL_OP_OP1][space->tags[0].args[1].offset]]++;
    pol_tuple_free(&tuple);
    gen_tuples_free(g);
    pol_space_free(space);
}

/* Both ends of each class: all of them stand somewhere. */
static void check_edges(uint32_t bounds, uint32_t more)
{
    struct gen_values values = {.n = 10};
    uint32_t times[MADE_LARGEST + 1];
    struct pol_table *t = table_of_classes(bounds, more);
    for (uint32_t i = 0; i < values.n; i++)
        values.at[i] = 60 + i;
    count_values(t, &values, times);
    CHECK(times[0] > 0 && times[MADE_LARGEST] > 0);
    for (uint32_t i = 0; i < bounds; i++)
        CHECK(times[4 + 4 * i] > 0 && times[5 + 4 * i] > 0);
    CHECK_INT(times[6], 0);
    CHECK_INT(times[80], 0);
    CHECK_INT(times[60] > 0, bounds < 5);
    pol_table_free(t);
}

static void check_values(void)
{
    struct arena arena;
    CASE("an argument with classes takes both ends of each, and what the policy names");
    check_edges(2, 0);
    CASE("the same where several arguments are compared");
    check_edges(2, 1);
    check_edges(9, 2);
    CASE("the class of an argument changes at its bounds");
    struct pol_table *t = table_of_classes(2, 0);
    arena_init(&arena);
    struct view *v = view_new(&arena, t, 0, 1);
    CHECK(view_class(v, 1, 4) != view_class(v, 1, 5));
    CHECK(view_class(v, 1, 8) != view_class(v, 1, 9));
    CHECK(view_class(v, 1, 5) == view_class(v, 1, 8));
    CHECK(view_class(v, 1, 0) == view_class(v, 1, UINT32_MAX));
    arena_free(&arena);
    pol_table_free(t);
}

int main(void)
{
    check_functions("chains", POL_LAYOUT_DAG);
    check_functions("dense programs", POL_LAYOUT_DENSE);
    check_functions("flat programs", POL_LAYOUT_FLAT);
    check_functions("ternary programs", POL_LAYOUT_TCAM);
    check_counts();
    check_values();
    return check_done();
}
