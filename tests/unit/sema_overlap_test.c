/* The overlaps that sema finds between rules joined by `|` are those that an enumeration of all
 * inputs finds: random small policies, and a matcher that shares nothing with the compiler. */
#include "tests/unit/sema_run.h"

/* Operands x and y carry subsets of {A, B, N v, M v} with v < 3; a rule's guard compares variables
 * that its patterns bind. */
#define TAGS 4
#define VALUES 3

struct small_pattern {
    bool present, exact;
    int tag[TAGS]; /* 0 not named, 1 required, -1 forbidden */
    int arg[TAGS]; /* of N, M: -1 any, 0.. constant, 10.. variable */
};
struct small_guard {
    int kind; /* 0: x cmp y + k; 1: x % 2 == k; 2: not; 3: and; 4: or; 5: x * 2 + y cmp k */
    int x, y, k, cmp;
    struct small_guard *a, *b;
};
struct small_rule {
    int group; /* 0: add; 1: add and sub; 2: sub */
    struct small_pattern pattern[2];
    struct small_guard *guard;
    bool bound[3];
};
struct small_input {
    bool has[2][TAGS];
    int value[2][TAGS];
    int insn; /* 0 add, 1 sub */
};

static uint32_t seed = 12345;

static int dice(int n)
{
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 8) % (uint32_t)n);
}

static const char *const small_tags[TAGS] = {"A", "B", "N", "M"};
static const char *const small_cmps[6] = {"==", "!=", "<", "<=", ">", ">="};

static void make_pattern(struct small_rule *r, struct small_pattern *p)
{
    *p = (struct small_pattern){.present = dice(4) > 0, .exact = dice(2)};
    for (int t = 0; t < TAGS; t++) {
        int roll = dice(4);
        p->tag[t] = roll == 0 ? 1 : roll == 1 && !p->exact ? -1 : 0;
        p->arg[t] = dice(3) == 0 ? dice(VALUES) : dice(4) == 0 ? -1 : 10 + dice(3);
        if (p->present && t >= 2 && p->tag[t] == 1 && p->arg[t] >= 10)
            r->bound[p->arg[t] - 10] = true;
    }
}

static int bound_variable(const struct small_rule *r)
{
    int v = dice(3);
    while (!r->bound[v])
        v = (v + 1) % 3;
    return v;
}

static struct small_guard *make_guard(struct arena *arena, const struct small_rule *r, int depth)
{
    struct small_guard *g = ARENA_NEW(arena, struct small_guard);
    static const int kinds[] = {0, 0, 1, 5, 2, 3, 4};
    g->kind = kinds[dice(depth > 2 ? 4 : 7)];
    g->x = bound_variable(r);
    g->y = bound_variable(r);
    g->k = dice(3);
    g->cmp = dice(6);
    if (g->kind >= 2 && g->kind <= 4) {
        g->a = make_guard(arena, r, depth + 1);
        g->b = make_guard(arena, r, depth + 1);
    }
    return g;
}

static void write_guard(const struct small_guard *g, struct str_buf *out)
{
    if (g->kind == 0)
        str_printf(out, "v%d %s v%d + %d", g->x, small_cmps[g->cmp], g->y, g->k);
    else if (g->kind == 1)
        str_printf(out, "v%d %% 2 == %d", g->x, g->k % 2);
    else if (g->kind == 5)
        str_printf(out, "v%d * 2 + v%d %s %d", g->x, g->y, small_cmps[g->cmp], g->k + 2);
    if (g->kind < 2 || g->kind == 5)
        return;
    str_add(out, g->kind == 2 ? "!(" : "(");
    write_guard(g->a, out);
    if (g->kind != 2) {
        str_add(out, g->kind == 3 ? ") && (" : ") || (");
        write_guard(g->b, out);
    }
    str_add(out, ")");
}

static void write_pattern(const struct small_pattern *p, const char *name, struct str_buf *out)
{
    bool first = true;
    str_printf(out, "%s == %s", name, p->exact ? "{" : "[");
    for (int t = 0; t < TAGS; t++) {
        if (!p->tag[t])
            continue;
        str_printf(out, "%s%s%s", first ? "" : ", ", p->tag[t] < 0 ? "-" : "", small_tags[t]);
        first = false;
        if (t < 2 || p->tag[t] < 0)
            continue;
        if (p->arg[t] >= 10)
            str_printf(out, " v%d", p->arg[t] - 10);
        else if (p->arg[t] >= 0)
            str_printf(out, " %d", p->arg[t]);
        else
            str_add(out, " _");
    }
    str_add(out, p->exact ? "}" : "]");
}

static void write_rule(const struct small_rule *r, struct str_buf *out)
{
    str_printf(out, "g%d(", r->group);
    if (r->pattern[0].present)
        write_pattern(&r->pattern[0], "x", out);
    if (r->pattern[0].present && r->pattern[1].present)
        str_add(out, ", ");
    if (r->pattern[1].present)
        write_pattern(&r->pattern[1], "y", out);
    if (r->guard) {
        str_add(out, " | ");
        write_guard(r->guard, out);
    }
    str_add(out, " -> )");
}

static bool compare_values(int cmp, int x, int y)
{
    const bool of[6] = {x == y, x != y, x<y, x <= y, x> y, x >= y};
    return of[cmp];
}

static bool guard_holds(const struct small_guard *g, const int v[3])
{
    switch (g->kind) {
    case 0:
        return compare_values(g->cmp, v[g->x], v[g->y] + g->k);
    case 1:
        return v[g->x] % 2 == g->k % 2;
    case 2:
        return !guard_holds(g->a, v);
    case 3:
        return guard_holds(g->a, v) && guard_holds(g->b, v);
    case 4:
        return guard_holds(g->a, v) || guard_holds(g->b, v);
    default:
        return compare_values(g->cmp, v[g->x] * 2 + v[g->y], g->k + 2);
    }
}

static bool pattern_holds(const struct small_pattern *p, const bool has[TAGS],
                          const int value[TAGS], int v[3])
{
    for (int t = 0; p->present && t < TAGS; t++) {
        if ((p->tag[t] == 1 && !has[t]) || (p->tag[t] == -1 && has[t]) ||
            (p->exact && p->tag[t] == 0 && has[t]))
            return false;
        if (t < 2 || p->tag[t] != 1 || p->arg[t] < 0)
            continue;
        int *var = p->arg[t] >= 10 ? &v[p->arg[t] - 10] : NULL;
        if (var ? *var >= 0 && *var != value[t] : p->arg[t] != value[t])
            return false;
        if (var)
            *var = value[t];
    }
    return true;
}

static bool rule_matches(const struct small_rule *r, const struct small_input *in)
{
    int v[3] = {-1, -1, -1};
    if ((r->group == 0 && in->insn != 0) || (r->group == 2 && in->insn != 1))
        return false;
    return pattern_holds(&r->pattern[0], in->has[0], in->value[0], v) &&
           pattern_holds(&r->pattern[1], in->has[1], in->value[1], v) &&
           (!r->guard || guard_holds(r->guard, v));
}

/* The i-th of all inputs; false: no more. */
static bool nth_input(int i, struct small_input *in)
{
    in->insn = i % 2;
    i /= 2;
    for (int op = 0; op < 2; op++) {
        for (int t = 0; t < TAGS; t++) {
            int n = t < 2 ? 2 : 1 + VALUES;
            in->has[op][t] = i % n > 0;
            in->value[op][t] = i % n - 1;
            i /= n;
        }
    }
    return i == 0;
}

static bool can_overlap(const struct small_rule *a, const struct small_rule *b)
{
    struct small_input in;
    for (int i = 0; nth_input(i, &in); i++)
        if (rule_matches(a, &in) && rule_matches(b, &in))
            return true;
    return false;
}

#define SMALL_RULES 6

/* Rules lo..hi-1 as a random expression; marks which pairs are claimed. */
static void write_choice(const struct small_rule *rules, int lo, int hi,
                         bool claimed[SMALL_RULES][SMALL_RULES], struct str_buf *out)
{
    if (hi - lo == 1) {
        write_rule(&rules[lo], out);
        return;
    }
    int mid = lo + 1 + dice(hi - lo - 1);
    bool exclusive = dice(3) > 0;
    for (int i = lo; exclusive && i < mid; i++)
        for (int k = mid; k < hi; k++)
            claimed[i][k] = true;
    str_add(out, "(");
    write_choice(rules, lo, mid, claimed, out);
    str_add(out, exclusive ? ")\n | (" : ")\n ^ (");
    write_choice(rules, mid, hi, claimed, out);
    str_add(out, ")");
}

static void one_random_policy(void)
{
    struct small_rule rules[SMALL_RULES] = {0};
    bool claimed[SMALL_RULES][SMALL_RULES] = {0};
    struct arena arena = {0};
    struct run r;
    size_t want = 0;
    start_shape("type:\n data V = Int (3)\nmetadata:\n A, B, N V, M V\n"
                "group:\n grp g0(RS1:x, RS2:y ->) add\n grp g1(RS1:x, RS2:y ->) add sub\n"
                " grp g2(RS1:x, RS2:y ->) sub\npolicy:\n main = ");
    for (int i = 0; i < SMALL_RULES; i++) {
        rules[i].group = dice(3);
        make_pattern(&rules[i], &rules[i].pattern[0]);
        make_pattern(&rules[i], &rules[i].pattern[1]);
        if (rules[i].bound[0] || rules[i].bound[1] || rules[i].bound[2])
            rules[i].guard = dice(4) ? make_guard(&arena, &rules[i], 0) : NULL;
    }
    write_choice(rules, 0, SMALL_RULES, claimed, &shaped);
    for (int i = 0; i < SMALL_RULES; i++)
        for (int k = i + 1; k < SMALL_RULES; k++)
            want += claimed[i][k] && can_overlap(&rules[i], &rules[k]);
    str_add(&shaped, "\n");
    load_shape(&r, 5);
    CHECK_INT(count_code(&r, DIAG_OVERLAP), want);
    CHECK_INT(count_code(&r, DIAG_OVERLAP_UNDECIDED), 0);
    if (count_code(&r, DIAG_OVERLAP) != want)
        printf("# %s\n", str_text(&shaped));
    run_end(&r);
    arena_free(&arena);
}

static void test_random_overlaps(void)
{
    CASE("overlaps found are those that an enumeration of all inputs finds");
    for (int i = 0; i < 300; i++)
        one_random_policy();
}

int main(void)
{
    if (!mkdtemp(scratch))
        return 1;
    test_random_overlaps();
    str_free(&shaped);
    rmdir(scratch);
    return check_done();
}
