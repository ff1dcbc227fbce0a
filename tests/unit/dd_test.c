/* Decision diagrams against brute force: random rules over few variables, every input. */
#include <stdlib.h>
#include "compiler/analysis/dd.h"
#include "tests/unit/check.h"

#define NMAP 3u
#define NTEST 2u
#define NATOM 2u
#define NVALUE 2u
#define NVARS (NMAP + NTEST + NATOM + NVALUE)
#define NCODES 5u
#define NPOINTS 4u
#define NTHRESHOLDS 3u /* atoms of one VALUE */
#define NATOMS (NATOM + NVALUE * NTHRESHOLDS)
#define NCONDS 4u
#define NRULES 7u

static uint64_t state = 88172645463325252u;

static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % below;
}

struct world {
    struct arena arena;
    struct dd_var vars[NVARS];
    uint8_t accept[NMAP][NCONDS][NCODES];
    const uint8_t *rows[NMAP][NCONDS];
    uint8_t possible[NMAP][NCODES];
    struct dd_atom atoms[NATOMS];
    struct dd_bdd bdd;
    struct dd_cond conds[NRULES][NVARS];
    struct dd_rule rules[NRULES];
};

static uint32_t random_guard(struct world *w, int depth)
{
    uint32_t a, b;
    switch (depth == 0 ? 0 : draw(4)) {
    case 1:
        return dd_bdd_not(&w->bdd, random_guard(w, depth - 1));
    case 2:
        a = random_guard(w, depth - 1);
        b = random_guard(w, depth - 1);
        return dd_bdd_and(&w->bdd, a, b);
    case 3:
        a = random_guard(w, depth - 1);
        b = random_guard(w, depth - 1);
        return dd_bdd_or(&w->bdd, a, b);
    default:
        return dd_bdd_var(&w->bdd, draw(NATOMS));
    }
}

static enum dd_kind kind_of(uint32_t var)
{
    if (var < NMAP)
        return DD_MAP;
    if (var < NMAP + NTEST)
        return DD_TEST;
    return var < NMAP + NTEST + NATOM ? DD_ATOM : DD_VALUE;
}

static uint32_t values_of(uint32_t var)
{
    return kind_of(var) == DD_MAP ? NCODES : kind_of(var) == DD_VALUE ? NPOINTS : 2;
}

static void make_map(struct world *w, uint32_t v)
{
    for (uint32_t c = 0; c < NCONDS; c++) {
        for (uint32_t k = 0; k < NCODES; k++)
            w->accept[v][c][k] = (uint8_t)draw(2);
        w->rows[v][c] = w->accept[v][c];
    }
    for (uint32_t k = 0; k < NCODES; k++)
        w->possible[v][k] = draw(4) > 0;
    w->possible[v][draw(NCODES)] = 1;
    w->vars[v].nconds = NCONDS;
    w->vars[v].accept = w->rows[v];
    w->vars[v].possible = draw(4) ? w->possible[v] : NULL;
}

static void make_atoms(struct world *w)
{
    for (uint32_t a = 0; a < NATOMS; a++) {
        uint32_t value = a < NATOM ? 0 : (a - NATOM) / NTHRESHOLDS, first = draw(NPOINTS);
        w->atoms[a] = a < NATOM ? (struct dd_atom){NMAP + NTEST + a, 1, 2}
                                : (struct dd_atom){NMAP + NTEST + NATOM + value, first,
                                                   first + draw(NPOINTS - first + 1)};
    }
}

static void make_vars(struct world *w)
{
    for (uint32_t v = 0; v < NVARS; v++) {
        w->vars[v] = (struct dd_var){.kind = kind_of(v), .ncodes = values_of(v)};
        if (v < NMAP)
            make_map(w, v);
        w->vars[v].group = v; /* independent tests */
        w->vars[v].mask = w->vars[v].value = 1;
    }
    make_atoms(w);
}

static void make_rules(struct world *w)
{
    for (uint32_t r = 0; r < NRULES; r++) {
        uint32_t n = 0;
        for (uint32_t v = 0; v < NMAP + NTEST; v++)
            if (draw(3) == 0)
                w->conds[r][n++] = (struct dd_cond){v, v < NMAP ? draw(NCONDS) : draw(2)};
        uint32_t guard = draw(2) ? random_guard(w, 3) : DD_TRUE;
        w->rules[r] = (struct dd_rule){w->conds[r], n, guard, draw(4), draw(3) == 0};
    }
}

static int guard_holds(const struct world *w, uint32_t f, const uint32_t *in)
{
    while (f > DD_TRUE) {
        const struct dd_atom *a = &w->atoms[w->bdd.nodes[f].var];
        f = in[a->var] >= a->first && in[a->var] < a->end ? w->bdd.nodes[f].hi : w->bdd.nodes[f].lo;
    }
    return f == DD_TRUE;
}

/* An outcome below 4, or none, after those that were told, as one number. */
static uint32_t answer(uint32_t told, uint32_t outcome)
{
    return told * 6 + (outcome == DD_NO_RULE ? 5 : outcome + 1);
}

static uint32_t first_match(const struct world *w, const uint32_t *in)
{
    uint32_t told = 0;
    for (uint32_t r = 0; r < NRULES; r++) {
        int ok = guard_holds(w, w->rules[r].guard, in);
        for (uint32_t k = 0; k < w->rules[r].nconds; k++) {
            const struct dd_cond *c = &w->rules[r].conds[k];
            ok = ok && (c->var < NMAP ? w->accept[c->var][c->cond][in[c->var]] != 0
                                      : in[c->var] == c->cond);
        }
        if (ok && !w->rules[r].goes_on)
            return answer(told, w->rules[r].outcome);
        if (ok)
            told = told * 6 + w->rules[r].outcome + 1;
    }
    return answer(told, DD_NO_RULE);
}

/* The index of the outcome. */
static uint32_t walk(const struct dd *dd, const uint32_t *in)
{
    uint32_t id = dd->root, before = 0;
    while (id < DD_TERMINAL) {
        uint32_t v = dd->nodes[id].var;
        bool many = dd->vars[v].kind == DD_MAP || dd->vars[v].kind == DD_VALUE;
        uint32_t input = many ? dd->class_of[v][in[v]] : in[v];
        CHECK(v >= before); /* each variable at most once */
        before = v + 1;
        id = dd->children[dd->nodes[id].first_child + input];
    }
    return id - DD_TERMINAL;
}

static uint32_t answer_at(const struct dd *dd, uint32_t index)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < dd->told[index].n; i++)
        told = told * 6 + dd->told[index].outcomes[i] + 1;
    return answer(told, dd->outcomes[index]);
}

static int possible(const struct world *w, uint32_t v, uint32_t value)
{
    return !w->vars[v].possible || w->vars[v].possible[value];
}

/* The next input of possible values; `fixed` stays as it is. */
static int next_input(const struct world *w, uint32_t *in, uint32_t fixed)
{
    for (uint32_t v = 0; v < NVARS; v++) {
        if (v == fixed)
            continue;
        do
            in[v]++;
        while (in[v] < values_of(v) && !possible(w, v, in[v]));
        if (in[v] < values_of(v))
            return 1;
        for (in[v] = 0; !possible(w, v, in[v]);)
            in[v]++;
    }
    return 0;
}

static void first_input(const struct world *w, uint32_t *in)
{
    for (uint32_t v = 0; v < NVARS; v++)
        for (in[v] = 0; !possible(w, v, in[v]);)
            in[v]++;
}

static void check_all_inputs(const struct world *w, const struct dd *dd)
{
    uint32_t in[NVARS], wrong = 0;
    first_input(w, in);
    do
        wrong += answer_at(dd, walk(dd, in)) != first_match(w, in);
    while (next_input(w, in, NVARS));
    CHECK_INT(wrong, 0);
}

/* Does some input tell these values of a variable apart? */
static int told_apart(const struct world *w, uint32_t var, uint32_t left, uint32_t right)
{
    uint32_t in[NVARS];
    first_input(w, in);
    do {
        in[var] = left;
        uint32_t outcome = first_match(w, in);
        in[var] = right;
        if (first_match(w, in) != outcome)
            return 1;
    } while (next_input(w, in, var));
    return 0;
}

/* Two possible values are one class exactly when nothing tells them apart. */
static void check_classes(const struct world *w, const struct dd *dd)
{
    uint32_t wrong = 0;
    for (uint32_t v = 0; v < NVARS; v++) {
        bool many = kind_of(v) == DD_MAP || kind_of(v) == DD_VALUE;
        uint32_t most = 0;
        for (uint32_t x = 0; x < values_of(v); x++) {
            uint32_t class = !many ? x * (dd->nclasses[v] > 1) : dd->class_of[v][x];
            wrong += (class == DD_NO_CLASS) != !possible(w, v, x);
            if (class == DD_NO_CLASS)
                continue;
            most = class > most ? class : most;
            for (uint32_t y = 0; y < x; y++)
                if (possible(w, v, y)) {
                    uint32_t other = !many ? y * (dd->nclasses[v] > 1) : dd->class_of[v][y];
                    wrong += (class != other) != told_apart(w, v, x, y);
                }
        }
        wrong += dd->nclasses[v] != most + 1;
    }
    CHECK_INT(wrong, 0);
}

/* Reduced: no node with equal children, no two equal nodes; classes: no two equal columns. */
static void check_reduced(const struct dd *dd)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < dd->nnodes; i++) {
        const struct dd_node *n = &dd->nodes[i];
        uint32_t width = dd->nclasses[n->var], same = 1;
        for (uint32_t k = 1; k < width; k++)
            same += dd->children[n->first_child + k] == dd->children[n->first_child];
        wrong += same == width;
        for (uint32_t j = 0; j < i; j++)
            wrong += dd->nodes[j].var == n->var &&
                     memcmp(dd->children + n->first_child, dd->children + dd->nodes[j].first_child,
                            width * sizeof(uint32_t)) == 0;
    }
    for (uint32_t v = 0; v < dd->nvars; v++)
        for (uint32_t a = 0; dd->class_of[v] && a < dd->nclasses[v]; a++)
            for (uint32_t b = 0; b < a; b++) {
                uint32_t differ = 0;
                for (uint32_t i = 0; i < dd->nnodes; i++)
                    differ +=
                        dd->nodes[i].var == v && dd->children[dd->nodes[i].first_child + a] !=
                                                     dd->children[dd->nodes[i].first_child + b];
                wrong += differ == 0;
            }
    CHECK_INT(wrong, 0);
}

/* Rules that decide for both of two rule sets: the pair of their outcomes. */
static void check_product(void)
{
    static struct world w, other;
    memset(&w, 0, sizeof w);
    dd_bdd_init(&w.bdd, &w.arena);
    make_vars(&w);
    make_rules(&w);
    other = w;
    memset(&other.arena, 0, sizeof other.arena);
    make_rules(&other); /* guards of both are in other.bdd, whose arena is w's */
    w.bdd = other.bdd;
    const struct dd *both[2] = {
        dd_build(&other.arena, w.vars, NVARS, w.atoms, &w.bdd, w.rules, NRULES, 100000),
        dd_build(&other.arena, w.vars, NVARS, w.atoms, &w.bdd, other.rules, NRULES, 100000)};
    uint32_t *tuples, in[NVARS], wrong = 0;
    struct dd *dd = dd_product(&other.arena, both, 2, 100000, &tuples);
    CHECK(dd != NULL);
    first_input(&w, in);
    do {
        const uint32_t *pair = tuples + 2 * (size_t)walk(dd, in);
        wrong += answer_at(both[0], pair[0]) != first_match(&w, in) ||
                 answer_at(both[1], pair[1]) != first_match(&other, in);
    } while (next_input(&w, in, NVARS));
    CHECK_INT(wrong, 0);
    check_reduced(dd);
    for (uint32_t v = 0; v < NVARS; v++)
        for (uint32_t x = 0; dd->class_of[v] && x < values_of(v); x++)
            for (uint32_t y = 0; y < x; y++)
                if (possible(&w, v, x) && possible(&w, v, y))
                    CHECK_INT(dd->class_of[v][x] != dd->class_of[v][y],
                              told_apart(&w, v, x, y) || told_apart(&other, v, x, y));
    CHECK(dd_product(&other.arena, both, 2, 1, &tuples) == NULL || dd->nnodes == 0);
    arena_free(&other.arena);
    arena_free(&w.arena);
}

/* Rule i wants the value to be i. */
static void check_values(uint32_t n)
{
    struct arena arena = {0};
    struct dd_var var = {.kind = DD_VALUE, .ncodes = n + 1};
    struct dd_atom *atoms = ARENA_ARRAY(&arena, struct dd_atom, n);
    struct dd_rule *rules = ARENA_ARRAY(&arena, struct dd_rule, n);
    struct dd_bdd bdd;
    dd_bdd_init(&bdd, &arena);
    for (uint32_t i = 0; i < n; i++) {
        atoms[i] = (struct dd_atom){0, i, i + 1};
        rules[i] = (struct dd_rule){NULL, 0, dd_bdd_var(&bdd, i), i % 100, false};
    }
    struct dd *dd = dd_build(&arena, &var, 1, atoms, &bdd, rules, n, 1000);
    CHECK(dd && dd->nnodes == 1 && dd->nclasses[0] == 101);
    for (uint32_t i = 0; dd && i <= n; i++)
        CHECK_INT(dd->outcomes[walk(dd, &i)], i < n ? i % 100 : DD_NO_RULE);
    arena_free(&arena);
}

int main(void)
{
    CASE("random diagrams agree with first match and are reduced");
    for (int round = 0; round < 60; round++) {
        static struct world w;
        memset(&w, 0, sizeof w);
        dd_bdd_init(&w.bdd, &w.arena);
        make_vars(&w);
        make_rules(&w);
        struct dd *dd = dd_build(&w.arena, w.vars, NVARS, w.atoms, &w.bdd, w.rules, NRULES, 100000);
        CHECK(dd != NULL);
        if (dd) {
            check_all_inputs(&w, dd);
            check_reduced(dd);
            check_classes(&w, dd);
        }
        arena_free(&w.arena);
    }
    CASE("products agree with their factors and have the fewest classes");
    for (int round = 0; round < 20; round++)
        check_product();
    CASE("n comparisons of one value with constants need one node");
    check_values(3000);
    CASE("tests of one word exclude each other");
    {
        /* Many rules, each wanting the word to be one of many values: linear, not exponential. */
        struct arena arena = {0};
        static struct dd_var vars[64];
        static struct dd_cond conds[64];
        static struct dd_rule rules[64];
        struct dd_bdd bdd;
        dd_bdd_init(&bdd, &arena);
        for (uint32_t i = 0; i < 64; i++) {
            vars[i] = (struct dd_var){.kind = DD_TEST, .ncodes = 2, .mask = 0xFFFF, .value = i};
            conds[i] = (struct dd_cond){i, 1};
            rules[i] = (struct dd_rule){&conds[63 - i], 1, DD_TRUE, 63 - i, false};
        }
        struct dd *dd = dd_build(&arena, vars, 64, NULL, &bdd, rules, 64, 1000);
        CHECK(dd && dd->nnodes == 64);
        uint32_t in[64] = {0};
        in[17] = 1;
        CHECK(dd && walk(dd, in) == 17);
        arena_free(&arena);
    }
    CASE("the node budget is kept");
    {
        static struct world w;
        dd_bdd_init(&w.bdd, &w.arena);
        make_vars(&w);
        make_rules(&w);
        w.rules[0].nconds = 1; /* at least one node is needed */
        w.conds[0][0] = (struct dd_cond){NMAP, 1};
        CHECK(dd_build(&w.arena, w.vars, NVARS, w.atoms, &w.bdd, w.rules, NRULES, 0) == NULL);
        arena_free(&w.arena);
    }
    CASE("no rule at all is one terminal");
    {
        struct arena arena = {0};
        struct dd_bdd bdd;
        dd_bdd_init(&bdd, &arena);
        struct dd *dd = dd_build(&arena, NULL, 0, NULL, &bdd, NULL, 0, 10);
        CHECK(dd && dd->root >= DD_TERMINAL && dd->outcomes[dd->root - DD_TERMINAL] == DD_NO_RULE);
        arena_free(&arena);
    }
    return check_done();
}
