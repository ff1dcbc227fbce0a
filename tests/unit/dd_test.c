/* Decision diagrams against brute force: random rules over few variables, every input. */
#include <stdlib.h>
#include "compiler/analysis/dd.h"
#include "tests/unit/check.h"

#define NMAP 3u
#define NTEST 2u
#define NATOM 3u
#define NVARS (NMAP + NTEST + NATOM)
#define NCODES 5u
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
        return dd_bdd_var(&w->bdd, NMAP + NTEST + draw(NATOM));
    }
}

static void make_vars(struct world *w)
{
    for (uint32_t v = 0; v < NVARS; v++) {
        w->vars[v].kind = v < NMAP ? DD_MAP : v < NMAP + NTEST ? DD_TEST : DD_ATOM;
        w->vars[v].ncodes = v < NMAP ? NCODES : 2;
        w->vars[v].nconds = v < NMAP ? NCONDS : 0;
        for (uint32_t c = 0; v < NMAP && c < NCONDS; c++) {
            for (uint32_t k = 0; k < NCODES; k++)
                w->accept[v][c][k] = (uint8_t)draw(2);
            w->rows[v][c] = w->accept[v][c];
        }
        w->vars[v].accept = v < NMAP ? w->rows[v] : NULL;
        w->vars[v].group = v; /* independent tests */
        w->vars[v].mask = w->vars[v].value = 1;
    }
}

static void make_rules(struct world *w)
{
    for (uint32_t r = 0; r < NRULES; r++) {
        uint32_t n = 0;
        for (uint32_t v = 0; v < NMAP + NTEST; v++)
            if (draw(3) == 0)
                w->conds[r][n++] = (struct dd_cond){v, v < NMAP ? draw(NCONDS) : draw(2)};
        uint32_t guard = draw(2) ? random_guard(w, 3) : DD_TRUE;
        w->rules[r] = (struct dd_rule){w->conds[r], n, guard, draw(4)};
    }
}

static int guard_holds(const struct world *w, uint32_t f, const uint32_t *in)
{
    while (f > DD_TRUE)
        f = in[w->bdd.nodes[f].var] ? w->bdd.nodes[f].hi : w->bdd.nodes[f].lo;
    return f == DD_TRUE;
}

static uint32_t first_match(const struct world *w, const uint32_t *in)
{
    for (uint32_t r = 0; r < NRULES; r++) {
        int ok = guard_holds(w, w->rules[r].guard, in);
        for (uint32_t k = 0; k < w->rules[r].nconds; k++) {
            const struct dd_cond *c = &w->rules[r].conds[k];
            ok = ok && (c->var < NMAP ? w->accept[c->var][c->cond][in[c->var]] != 0
                                      : in[c->var] == c->cond);
        }
        if (ok)
            return w->rules[r].outcome;
    }
    return DD_NO_RULE;
}

static uint32_t walk(const struct dd *dd, const uint32_t *in)
{
    uint32_t id = dd->root;
    while (id < DD_TERMINAL) {
        uint32_t v = dd->nodes[id].var;
        uint32_t input = dd->vars[v].kind == DD_MAP ? dd->class_of[v][in[v]] : in[v];
        id = dd->children[dd->nodes[id].first_child + input];
    }
    return dd->outcomes[id - DD_TERMINAL];
}

static int next_input(uint32_t *in)
{
    for (uint32_t v = 0; v < NVARS; v++) {
        if (++in[v] < (v < NMAP ? NCODES : 2u))
            return 1;
        in[v] = 0;
    }
    return 0;
}

static void check_all_inputs(const struct world *w, const struct dd *dd)
{
    uint32_t in[NVARS] = {0}, wrong = 0;
    do
        wrong += walk(dd, in) != first_match(w, in);
    while (next_input(in));
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
        for (uint32_t a = 0; dd->vars[v].kind == DD_MAP && a < dd->nclasses[v]; a++)
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

int main(void)
{
    CASE("random diagrams agree with first match and are reduced");
    for (int round = 0; round < 60; round++) {
        static struct world w;
        memset(&w, 0, sizeof w);
        dd_bdd_init(&w.bdd, &w.arena);
        make_vars(&w);
        make_rules(&w);
        struct dd *dd = dd_build(&w.arena, w.vars, NVARS, &w.bdd, w.rules, NRULES, 100000);
        CHECK(dd != NULL);
        if (dd) {
            check_all_inputs(&w, dd);
            check_reduced(dd);
        }
        arena_free(&w.arena);
    }
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
            rules[i] = (struct dd_rule){&conds[63 - i], 1, DD_TRUE, 63 - i};
        }
        struct dd *dd = dd_build(&arena, vars, 64, &bdd, rules, 64, 1000);
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
        CHECK(dd_build(&w.arena, w.vars, NVARS, &w.bdd, w.rules, NRULES, 0) == NULL);
        arena_free(&w.arena);
    }
    CASE("no rule at all is one terminal");
    {
        struct arena arena = {0};
        struct dd_bdd bdd;
        dd_bdd_init(&bdd, &arena);
        struct dd *dd = dd_build(&arena, NULL, 0, &bdd, NULL, 0, 10);
        CHECK(dd && dd->root >= DD_TERMINAL && dd->outcomes[dd->root - DD_TERMINAL] == DD_NO_RULE);
        arena_free(&arena);
    }
    return check_done();
}
