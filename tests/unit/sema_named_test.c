/* Lattices, relations and parameters in sema: against definitions worked out the slow way, and at
 * unusual sizes. */
#include "compiler/interp/interp.h"
#include "tests/unit/sema_run.h"

#include <string.h>

static uint32_t seed = 2024;

static uint32_t dice(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* ---- Lattices -------------------------------------------------------------------------------- */

#define MOST 7

struct order {
    uint32_t n;
    bool below[MOST][MOST]; /* or equal */
    bool circle;
};

static void close_order(struct order *o)
{
    for (uint32_t k = 0; k < o->n; k++)
        for (uint32_t a = 0; a < o->n; a++)
            for (uint32_t b = 0; b < o->n; b++)
                o->below[a][b] |= o->below[a][k] && o->below[k][b];
    for (uint32_t a = 0; a < o->n; a++)
        for (uint32_t b = 0; b < o->n; b++)
            o->circle |= a != b && o->below[a][b] && o->below[b][a];
}

/* The least value above both, or the greatest below both; MOST: none. */
static uint32_t bound(const struct order *o, uint32_t a, uint32_t b, bool up)
{
    for (uint32_t c = 0; c < o->n; c++) {
        bool best = up ? o->below[a][c] && o->below[b][c] : o->below[c][a] && o->below[c][b];
        for (uint32_t d = 0; best && d < o->n; d++) {
            bool also = up ? o->below[a][d] && o->below[b][d] : o->below[d][a] && o->below[d][b];
            best = !also || (up ? o->below[c][d] : o->below[d][c]);
        }
        if (best)
            return c;
    }
    return MOST;
}

static bool is_lattice(const struct order *o)
{
    bool good = !o->circle;
    for (uint32_t a = 0; a < o->n; a++)
        for (uint32_t b = 0; b < o->n; b++)
            good &= bound(o, a, b, true) < MOST && bound(o, a, b, false) < MOST;
    return good;
}

/* Values are named in the order v0, v1, .. by a chain of harmless edges: each is mentioned first in
 * an edge with the bottom v0. */
static void write_order(struct str_buf *text, struct order *o, uint32_t edges)
{
    *o = (struct order){.n = 2 + dice(MOST - 1)};
    str_add(text, "module m:\nimport: mini\ntype:\n data L = lattice { ");
    for (uint32_t v = 0; v < o->n; v++) {
        o->below[v][v] = true;
        o->below[0][v] = true;
        if (v)
            str_printf(text, "%sv0 < v%u", v > 1 ? ", " : "", v);
    }
    for (uint32_t i = 0; i < edges; i++) {
        uint32_t a = dice(o->n), b = dice(o->n);
        if (a > b && dice(8) > 0) {
            uint32_t swap = a;
            a = b;
            b = swap;
        }
        if (a == b)
            continue;
        str_printf(text, ", v%u < v%u", a, b);
        o->below[a][b] = true;
    }
    str_add(text, " }\nmetadata:\n T L\npolicy:\n main = loadGrp(mem == {T x} -> res = {})\n");
    close_order(o);
}

static void check_tables(const struct order *o, const struct model_type *t)
{
    CHECK_INT(t->limit, o->n);
    for (uint32_t a = 0; a < o->n; a++)
        for (uint32_t b = 0; b < o->n; b++) {
            CHECK_INT(t->join[a * o->n + b], bound(o, a, b, true));
            CHECK_INT(t->meet[a * o->n + b], bound(o, a, b, false));
        }
}

static void test_lattices(void)
{
    size_t good = 0, bad = 0;
    CASE("what is a lattice, and its joins and meets");
    for (int i = 0; i < 600; i++) {
        struct run r = run_start();
        struct str_buf text;
        struct order o;
        str_init(&text);
        write_order(&text, &o, dice(14));
        load_source(&r, "m.pol", str_text(&text));
        bool lattice = is_lattice(&o);
        CHECK_INT(count_code(&r, DIAG_NOT_A_LATTICE) > 0, !lattice);
        CHECK((r.model != NULL) == lattice);
        good += lattice;
        bad += !lattice;
        if (r.model)
            check_tables(&o, &r.model->types[2]);
        run_end(&r);
        str_free(&text);
    }
    CHECK(good > 50);
    CHECK(bad > 50);
}

/* ---- Sizes ----------------------------------------------------------------------------------- */

static void test_large_lattices(void)
{
    struct run r;
    CASE("a chain of 1024 values, one of 1025");
    for (int n = 1024; n <= 1025; n++) {
        start_shape("type:\n data L = lattice { ");
        for (int i = 1; i < n; i++)
            str_printf(&shaped, "%sv%d < v%d", i > 1 ? ", " : "", i - 1, i);
        str_add(&shaped,
                " }\nmetadata:\n T L\npolicy:\n main = loadGrp(mem == {T v7} -> res = {})\n");
        load_shape(&r, 5);
        CHECK((r.model != NULL) == (n == 1024));
        if (r.model)
            CHECK_INT(r.model->types[2].join[700 * 1024 + 3], 700);
        run_end(&r);
    }
    CASE("a circle through a thousand values");
    start_shape("type:\n data L = lattice { ");
    for (int i = 0; i < 1000; i++)
        str_printf(&shaped, "%sv%d < v%d", i ? ", " : "", i, (i + 1) % 1000);
    str_add(&shaped, " }\nmetadata:\n T L\npolicy:\n main = loadGrp(mem == {T v7} -> res = {})\n");
    load_shape(&r, 5);
    CHECK_INT(count_code(&r, DIAG_NOT_A_LATTICE), 1);
    run_end(&r);
}

/* Parts p0 .. p499; (i, k) is in the relation when (i * 7 + k) % 3 == 0. */
static void start_matrix(void)
{
    start_shape("type:\n data Part = enum { ");
    for (int i = 0; i < 500; i++)
        str_printf(&shaped, "%sp%d", i ? ", " : "", i);
    str_add(&shaped, " }\n relation may(Part, Part) = { ");
}

static void end_matrix(void)
{
    str_add(&shaped, " }\nmetadata:\n T Part\npolicy:\n main = loadGrp(mem == {T x}, "
                     "addr == {T y} | may(x, y) -> res = {})\n");
}

static void check_matrix(const struct model *m)
{
    CHECK(m != NULL);
    for (uint32_t i = 0; m && i < 500; i++)
        for (uint32_t k = 0; k < 500; k++) {
            uint32_t bit = i * 500 + k;
            bool is = (m->relations[0].bits[bit / 32] >> (bit % 32)) & 1u;
            if (is != ((i * 7 + k) % 3 == 0))
                CHECK_INT(bit, -1);
        }
}

static void test_large_relations(void)
{
    struct run r;
    CASE("a relation of 500 x 500 in the source");
    start_matrix();
    for (int i = 0, n = 0; i < 500; i++)
        for (int k = 0; k < 500; k++)
            if ((i * 7 + k) % 3 == 0)
                str_printf(&shaped, "%s(p%d, p%d)", n++ ? ", " : "", i, k);
    end_matrix();
    load_shape(&r, 8);
    check_matrix(r.model);
    run_end(&r);
}

static void write_matrix(const char *path)
{
    struct str_buf json;
    str_init(&json);
    str_add(&json, "[");
    for (int i = 0, n = 0; i < 500; i++)
        for (int k = 0; k < 500; k++)
            if ((i * 7 + k) % 3 == 0)
                str_printf(&json, "%s[\"p%d\", \"p%d\"]", n++ ? ",\n" : "", i, k);
    str_add(&json, "]");
    write_all(path, str_text(&json));
    str_free(&json);
}

/* Loads what was built, with the file as the tuples of `may`; the digest is in `digest`. */
static void load_with_file(const char *path, uint8_t digest[32])
{
    struct sema_relation_option option = {"may", path};
    struct run r = run_start();
    r.options.relations = &option;
    r.options.relation_count = 1;
    load_source(&r, "m.pol", str_text(&shaped));
    check_matrix(r.model);
    if (r.model)
        memcpy(digest, r.model->digest, 32);
    run_end(&r);
}

static void test_relation_files(void)
{
    char path[600];
    uint8_t first[32], second[32];
    CASE("a relation of 500 x 500 in a file, which the digest covers");
    snprintf(path, sizeof path, "%s", scratch_file("may.json"));
    start_matrix();
    end_matrix();
    write_matrix(path);
    clock_t start = clock();
    load_with_file(path, first);
    CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    FILE *f = fopen(path, "ab");
    CHECK(f && fputs("\n", f) >= 0);
    CHECK(f && fclose(f) == 0);
    load_with_file(path, second);
    CHECK(memcmp(first, second, 32) != 0);
    CHECK_INT(remove(path), 0);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

static void digest_with(const char *name, int64_t value, uint8_t digest[32])
{
    struct sema_param_option option = {name, value};
    struct run r = run_start();
    r.options.params = &option;
    r.options.param_count = name != NULL;
    load_source(&r, "m.pol",
                "module m:\nimport: mini\nparam:\n size = 4\ntype:\n data Small = Int (size)\n"
                "metadata:\n T Small\npolicy:\n main = loadGrp(mem == {T x} -> res = {})\n");
    CHECK(r.model != NULL);
    if (r.model) {
        CHECK_INT(r.model->types[2].limit, name ? value : 4);
        memcpy(digest, r.model->digest, 32);
    }
    run_end(&r);
}

static void test_params(void)
{
    uint8_t none[32], five[32], six[32];
    CASE("the digest covers parameters of the command line");
    digest_with(NULL, 0, none);
    digest_with("size", 5, five);
    digest_with("size", 6, six);
    CHECK(memcmp(none, five, 32) != 0);
    CHECK(memcmp(five, six, 32) != 0);
}

/* ---- Overlaps -------------------------------------------------------------------------------- */

#define TYPES                                                                                      \
    "module m:\nimport: mini\ntype:\n"                                                             \
    " data L = lattice { b < x, b < y, x < t, y < t }\n data C = enum { p, q, r }\n"               \
    " relation R(C, L) = { (p, b), (p, x), (q, y), (r, t), (r, b) }\n"                             \
    " relation S(L) = { (x), (t) }\n"                                                              \
    "metadata:\n T L, U C, Z\n"
#define PATTERN "mem == [+(T v), +(U c)], addr == [+(T w)]"

static const char *const levels[] = {"b", "x", "y", "t"};
static const char *const colours[] = {"p", "q", "r"};

static void add_level(struct str_buf *s, int depth)
{
    if (depth == 0 || dice(3) > 0) {
        str_add(s, dice(3) == 0 ? levels[dice(4)] : dice(2) ? "v" : "w");
        return;
    }
    str_add(s, "(");
    add_level(s, depth - 1);
    str_add(s, dice(2) ? " \\/ " : " /\\ ");
    add_level(s, depth - 1);
    str_add(s, ")");
}

static void add_guard(struct str_buf *s, int depth)
{
    static const char *const cmps[] = {"==", "!=", "<", "<=", ">", ">="};
    uint32_t kind = depth ? dice(8) : dice(4);
    if (kind == 0) {
        str_printf(s, "c %s %s", cmps[dice(2)], colours[dice(3)]);
    } else if (kind == 1) {
        str_printf(s, "R(%s, ", dice(2) ? "c" : colours[dice(3)]);
        add_level(s, 1);
        str_add(s, ")");
    } else if (kind == 2) {
        str_add(s, "S(");
        add_level(s, 1);
        str_add(s, ")");
    } else if (kind < 6) {
        str_add(s, dice(2) ? "v" : "w");
        str_printf(s, " %s ", cmps[dice(6)]);
        add_level(s, 2);
    } else if (kind == 6) {
        str_add(s, "!(");
        add_guard(s, depth - 1);
        str_add(s, ")");
    } else {
        str_add(s, "(");
        add_guard(s, depth - 1);
        str_add(s, dice(2) ? " && " : " || ");
        add_guard(s, depth - 1);
        str_add(s, ")");
    }
}

struct matcher {
    struct run run;
    struct pol_engine *engine;
};

static struct matcher start_matcher(const char *guard)
{
    struct matcher m = {.run = run_start()};
    struct str_buf text;
    str_init(&text);
    str_printf(&text, TYPES "policy:\n main = loadGrp(" PATTERN " | %s -> res = {Z})\n", guard);
    load_source(&m.run, "m.pol", str_text(&text));
    CHECK(m.run.model != NULL);
    if (!m.run.model)
        exit(1);
    m.engine = interp_engine_new(m.run.model);
    str_free(&text);
    return m;
}

static void end_matcher(struct matcher *m)
{
    m->engine->ops->destroy(m->engine);
    run_end(&m->run);
}

/* Literals are written as they lie: T has id 0, U 1, arguments in this order. */
static bool does_match(struct matcher *m, uint32_t v, uint32_t c, uint32_t w)
{
    const struct pol_space *space = m->engine->space;
    struct pol_answer answer = {0};
    uint32_t none[64] = {0}, mem[64] = {0}, addr[64] = {0};
    int row = pol_insn_find(&m->run.options.isa, "lw");
    struct pol_inputs in = {.word = pol_insn_at((size_t)row)->match | 5u << 7};
    void *out[POL_RESULTS] = {NULL};
    CHECK(space->words <= 64);
    pol_lit_set(mem, 0);
    pol_lit_set(mem, 1);
    pol_lit_set(addr, 0);
    mem[space->tags[0].args[0].offset] = v;
    mem[space->tags[1].args[0].offset] = c;
    addr[space->tags[0].args[0].offset] = w;
    for (int op = 0; op < POL_OPERANDS; op++)
        in.in[op] = none;
    for (int r = 0; r < POL_RESULTS; r++)
        in.old[r] = none;
    in.in[POL_OP_OP1] = addr;
    in.in[POL_OP_MEM] = in.old[POL_RES_MEM] = mem;
    m->engine->ops->begin(m->engine);
    m->engine->ops->evaluate(m->engine, &in, out, &answer);
    return answer.verdict == POL_ALLOW;
}

static bool do_overlap(const char *one, const char *two)
{
    struct matcher a = start_matcher(one), b = start_matcher(two);
    bool found = false;
    for (uint32_t v = 0; v < 4; v++)
        for (uint32_t c = 0; c < 3; c++)
            for (uint32_t w = 0; w < 4; w++)
                found |= does_match(&a, v, c, w) && does_match(&b, v, c, w);
    end_matcher(&a);
    end_matcher(&b);
    return found;
}

static void check_overlap(const char *one, const char *two, size_t counts[2])
{
    struct run r = run_start();
    struct str_buf text;
    str_init(&text);
    str_printf(&text,
               TYPES "policy:\n main = loadGrp(" PATTERN " | %s -> res = {Z}) | loadGrp(" PATTERN
                     " | %s -> res = {Z})\n",
               one, two);
    load_source(&r, "m.pol", str_text(&text));
    bool overlap = do_overlap(one, two);
    counts[overlap]++;
    CHECK_INT(count_code(&r, DIAG_OVERLAP_UNDECIDED), 0);
    CHECK_INT(count_code(&r, DIAG_OVERLAP), overlap);
    if (count_code(&r, DIAG_OVERLAP) != (size_t)overlap)
        printf("# %s | %s\n", one, two);
    run_end(&r);
    str_free(&text);
}

static void test_overlaps(void)
{
    size_t counts[2] = {0, 0};
    CASE("overlaps of guards over enums, lattices and relations");
    check_overlap("S(v)", "S(v)", counts);
    check_overlap("S(v)", "!S(v)", counts);
    check_overlap("R(c, v) && S(v)", "R(c, v) && S(v)", counts);
    check_overlap("v > w", "v > w", counts);
    check_overlap("v > w", "!(v > w)", counts);
    check_overlap("v > w", "v < w", counts);
    for (int i = 0; i < 400; i++) {
        struct str_buf one, two;
        str_init(&one);
        str_init(&two);
        add_guard(&one, 2);
        add_guard(&two, 2);
        check_overlap(str_text(&one), str_text(&two), counts);
        str_free(&one);
        str_free(&two);
    }
    CHECK(counts[0] > 30);
    CHECK(counts[1] > 100);
}

/* Too many values to try, but plainly opposite. */
static void test_opposites(void)
{
    struct run r;
    CASE("a large relation and its negation exclude each other");
    start_matrix();
    str_add(&shaped, "(p1, p2)");
    str_add(&shaped, " }\nmetadata:\n T Part\npolicy:\n main = loadGrp(mem == {T x}, "
                     "addr == {T y} | may(x, y) -> res = {})\n | loadGrp(mem == {T x}, "
                     "addr == {T y} | !may(x, y) -> res = {})\n");
    load_shape(&r, 5);
    CHECK(r.model != NULL);
    CHECK_INT(diag_count(r.sink), 0);
    run_end(&r);
    CASE("a rule that reports takes no part in `|`");
    start_shape("metadata:\n A\npolicy:\n main = loadGrp(mem == [+A] -> fail \"a\" respond log)"
                " | loadGrp(-> res = {})\nresponse:\n log = report\n");
    load_shape(&r, 5);
    CHECK(r.model != NULL);
    CHECK_INT(diag_count(r.sink), 0);
    run_end(&r);
}

int main(void)
{
    if (!mkdtemp(scratch))
        return 1;
    test_lattices();
    test_large_lattices();
    test_large_relations();
    test_relation_files();
    test_params();
    test_overlaps();
    test_opposites();
    str_free(&shaped);
    CHECK_INT(rmdir(scratch), 0);
    return check_done();
}
