/* Gates over CaDiCaL: constants folded, each gate once. */
#include "compiler/logic/sat.h"

#include <assert.h>
#include <ccadical.h>
#include <stdlib.h>
#include <string.h>

enum gate_kind { GATE_AND = 1, GATE_XOR, GATE_ITE };
struct gate {
    int kind; /* 0: a free place */
    sat_lit a, b, c, out;
};

struct sat {
    CCaDiCaL *solver;
    struct arena arena;
    struct gate *gates; /* open addressing */
    size_t ngates, capacity;
    int nvars, limit;
    bool contradiction; /* what was demanded excludes itself */
    bool answered;      /* the solver can still tell about the last question */
    bool has_model;
    signed char *model; /* of the last YES, once the solver has changed */
    int model_vars;
    sat_lit *sorted; /* work space */
    size_t sorted_cap;
    struct sat_stats stats;
};

struct sat *sat_new(void)
{
    struct sat *s = lang_xalloc(sizeof *s);
    s->solver = ccadical_init();
    if (!s->solver)
        pol_fatal_oom();
    ccadical_set_option(s->solver, "quiet", 1);
    ccadical_set_option(s->solver, "phase", 0); /* few tags first */
    arena_init(&s->arena);
    s->limit = SAT_CONFLICTS;
    sat_lit one = sat_var(s);
    assert(one == SAT_TRUE);
    sat_must(s, one);
    return s;
}

void sat_free(struct sat *s)
{
    if (!s)
        return;
    ccadical_release(s->solver);
    arena_free(&s->arena);
    free(s->gates);
    free(s->model);
    free(s->sorted);
    free(s);
}

struct arena *sat_arena(struct sat *s)
{
    return &s->arena;
}

void sat_limit(struct sat *s, int conflicts)
{
    s->limit = conflicts;
}

struct sat_stats sat_statistics(const struct sat *s)
{
    return s->stats;
}

sat_lit sat_var(struct sat *s)
{
    if (s->nvars == INT32_MAX - 1)
        pol_fatal_oom();
    s->stats.variables++;
    return ++s->nvars;
}

/* ---- Models ---------------------------------------------------------------------------------- */

/* The solver forgets its model with the next clause. */
static void keep_model(struct sat *s)
{
    if (!s->answered)
        return;
    s->answered = false;
    if (!s->has_model)
        return;
    s->model = lang_xrealloc(s->model, (size_t)s->model_vars + 1);
    for (int v = 1; v <= s->model_vars; v++)
        s->model[v] = ccadical_val(s->solver, v) > 0;
}

bool sat_value(struct sat *s, sat_lit lit)
{
    int v = abs(lit);
    assert(s->has_model && v >= 1 && v <= s->model_vars);
    bool value = s->answered ? ccadical_val(s->solver, v) > 0 : s->model[v] != 0;
    return lit > 0 ? value : !value;
}

bool sat_blamed(struct sat *s, sat_lit assumption)
{
    if (assumption == SAT_FALSE)
        return true;
    return s->answered && !s->contradiction && ccadical_failed(s->solver, assumption);
}

/* ---- Clauses --------------------------------------------------------------------------------- */

static void add(struct sat *s, const sat_lit *lits, size_t n)
{
    keep_model(s);
    for (size_t i = 0; i < n; i++)
        ccadical_add(s->solver, lits[i]);
    ccadical_add(s->solver, 0);
    s->stats.clauses++;
}

static void add2(struct sat *s, sat_lit a, sat_lit b)
{
    add(s, (const sat_lit[]){a, b}, 2);
}

static void add3(struct sat *s, sat_lit a, sat_lit b, sat_lit c)
{
    add(s, (const sat_lit[]){a, b, c}, 3);
}

void sat_clause(struct sat *s, const sat_lit *lits, size_t n)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        if (lits[i] == SAT_TRUE && s->nvars > 1)
            return;
        else
            left += lits[i] != SAT_FALSE;
    s->contradiction = s->contradiction || left == 0;
    add(s, lits, n);
}

void sat_must(struct sat *s, sat_lit lit)
{
    sat_clause(s, &lit, 1);
}

/* ---- Gates ----------------------------------------------------------------------------------- */

static size_t gate_hash(const struct gate *g)
{
    uint64_t h = (uint64_t)(unsigned)g->kind;
    h = (h ^ (uint32_t)g->a) * 0x9E3779B97F4A7C15u;
    h = (h ^ (h >> 29) ^ (uint32_t)g->b) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 32) ^ (uint32_t)g->c) * 0x94D049BB133111EBu;
    return (size_t)(h ^ (h >> 31));
}

static struct gate *place_of(struct sat *s, const struct gate *g)
{
    size_t at = gate_hash(g) & (s->capacity - 1);
    while (s->gates[at].kind && (s->gates[at].kind != g->kind || s->gates[at].a != g->a ||
                                 s->gates[at].b != g->b || s->gates[at].c != g->c))
        at = (at + 1) & (s->capacity - 1);
    return &s->gates[at];
}

static void grow_gates(struct sat *s)
{
    struct gate *old = s->gates;
    size_t n = s->capacity;
    s->capacity = n ? n * 2 : 1024;
    s->gates = lang_xalloc(s->capacity * sizeof *s->gates);
    for (size_t i = 0; i < n; i++)
        if (old[i].kind)
            *place_of(s, &old[i]) = old[i];
    free(old);
}

/* The gate's output; *made when it is new and has no clauses yet. */
static sat_lit find_gate(struct sat *s, enum gate_kind kind, sat_lit a, sat_lit b, sat_lit c,
                         bool *made)
{
    if (s->ngates * 2 >= s->capacity)
        grow_gates(s);
    struct gate g = {(int)kind, a, b, c, SAT_NONE};
    struct gate *place = place_of(s, &g);
    *made = !place->kind;
    if (*made) {
        g.out = sat_var(s);
        *place = g;
        s->ngates++;
    }
    return place->out;
}

static void swap_lits(sat_lit *a, sat_lit *b)
{
    sat_lit t = *a;
    *a = *b;
    *b = t;
}

sat_lit sat_and(struct sat *s, sat_lit a, sat_lit b)
{
    bool made;
    if (a == SAT_FALSE || b == SAT_FALSE || a == -b)
        return SAT_FALSE;
    if (a == SAT_TRUE || a == b)
        return b;
    if (b == SAT_TRUE)
        return a;
    if (a > b)
        swap_lits(&a, &b);
    sat_lit out = find_gate(s, GATE_AND, a, b, 0, &made);
    if (made) {
        add2(s, -out, a);
        add2(s, -out, b);
        add3(s, out, -a, -b);
    }
    return out;
}

sat_lit sat_or(struct sat *s, sat_lit a, sat_lit b)
{
    return -sat_and(s, -a, -b);
}

sat_lit sat_xor(struct sat *s, sat_lit a, sat_lit b)
{
    bool made, negate = (a < 0) != (b < 0);
    if (abs(a) == SAT_TRUE)
        return a == SAT_TRUE ? -b : b;
    if (abs(b) == SAT_TRUE)
        return b == SAT_TRUE ? -a : a;
    a = abs(a);
    b = abs(b);
    if (a == b)
        return negate ? SAT_TRUE : SAT_FALSE;
    if (a > b)
        swap_lits(&a, &b);
    sat_lit out = find_gate(s, GATE_XOR, a, b, 0, &made);
    if (made) {
        add3(s, -out, a, b);
        add3(s, -out, -a, -b);
        add3(s, out, -a, b);
        add3(s, out, a, -b);
    }
    return negate ? -out : out;
}

/* c ? a : b with c positive and a, b, c different variables. */
static sat_lit make_ite(struct sat *s, sat_lit c, sat_lit a, sat_lit b)
{
    bool made, negate = a < 0;
    if (negate) {
        a = -a;
        b = -b;
    }
    sat_lit out = find_gate(s, GATE_ITE, c, a, b, &made);
    if (made) {
        add3(s, -c, -a, out);
        add3(s, -c, a, -out);
        add3(s, c, -b, out);
        add3(s, c, b, -out);
        add3(s, -a, -b, out);
        add3(s, a, b, -out);
    }
    return negate ? -out : out;
}

sat_lit sat_ite(struct sat *s, sat_lit c, sat_lit a, sat_lit b)
{
    if (c < 0) {
        c = -c;
        swap_lits(&a, &b);
    }
    if (c == SAT_TRUE || a == b)
        return a;
    if (a == -b)
        return -sat_xor(s, c, a);
    if (a == SAT_TRUE || a == c)
        return sat_or(s, c, b);
    if (a == SAT_FALSE || a == -c)
        return sat_and(s, -c, b);
    if (b == SAT_TRUE || b == -c)
        return sat_or(s, -c, a);
    if (b == SAT_FALSE || b == c)
        return sat_and(s, c, a);
    return make_ite(s, c, a, b);
}

/* ---- Gates of many inputs -------------------------------------------------------------------- */

static int by_variable(const void *x, const void *y)
{
    sat_lit a = *(const sat_lit *)x, b = *(const sat_lit *)y;
    return abs(a) != abs(b) ? (abs(a) < abs(b) ? -1 : 1) : (a > b) - (a < b);
}

/* The literals that matter, each once; false: one of them is false. */
static bool sort_lits(struct sat *s, const sat_lit *lits, size_t *n)
{
    size_t kept = 0, out = 0;
    if (s->sorted_cap < *n + 1) {
        s->sorted_cap = *n * 2 + 16;
        s->sorted = lang_xrealloc(s->sorted, s->sorted_cap * sizeof *s->sorted);
    }
    for (size_t i = 0; i < *n; i++) {
        if (lits[i] == SAT_FALSE)
            return false;
        if (lits[i] != SAT_TRUE)
            s->sorted[kept++] = lits[i];
    }
    qsort(s->sorted, kept, sizeof *s->sorted, by_variable);
    for (size_t i = 0; i < kept; i++) {
        if (out && s->sorted[out - 1] == -s->sorted[i])
            return false;
        if (!out || s->sorted[out - 1] != s->sorted[i])
            s->sorted[out++] = s->sorted[i];
    }
    *n = out;
    return true;
}

sat_lit sat_all(struct sat *s, const sat_lit *lits, size_t n)
{
    if (!sort_lits(s, lits, &n))
        return SAT_FALSE;
    if (n == 0)
        return SAT_TRUE;
    if (n <= 3) {
        sat_lit out = s->sorted[0],
                rest[2] = {n > 1 ? s->sorted[1] : SAT_TRUE, n > 2 ? s->sorted[2] : SAT_TRUE};
        return sat_and(s, sat_and(s, out, rest[0]), rest[1]);
    }
    sat_lit out = sat_var(s);
    for (size_t i = 0; i < n; i++) {
        add2(s, -out, s->sorted[i]);
        s->sorted[i] = -s->sorted[i];
    }
    s->sorted[n] = out;
    add(s, s->sorted, n + 1);
    return out;
}

sat_lit sat_any(struct sat *s, const sat_lit *lits, size_t n)
{
    sat_lit *negated = lang_xalloc((n + 1) * sizeof *negated);
    for (size_t i = 0; i < n; i++)
        negated[i] = -lits[i];
    sat_lit out = -sat_all(s, negated, n);
    free(negated);
    return out;
}

/* ---- Questions ------------------------------------------------------------------------------- */

enum sat_answer sat_solve(struct sat *s, const sat_lit *assumptions, size_t n)
{
    s->stats.questions++;
    s->has_model = false;
    s->answered = false;
    for (size_t i = 0; i < n; i++)
        if (assumptions[i] == SAT_FALSE)
            return SAT_NO;
    if (s->contradiction)
        return SAT_NO;
    for (size_t i = 0; i < n; i++)
        if (assumptions[i] != SAT_TRUE)
            ccadical_assume(s->solver, assumptions[i]);
    ccadical_limit(s->solver, "conflicts", s->limit);
    int result = ccadical_solve(s->solver);
    s->answered = result != 0;
    s->has_model = result == 10;
    s->model_vars = s->nvars;
    return result == 10 ? SAT_YES : result == 20 ? SAT_NO : SAT_UNKNOWN;
}

enum sat_answer sat_ask(struct sat *s, sat_lit question)
{
    return sat_solve(s, &question, 1);
}
