/* The symbolic step against the source interpreter: for the policies of the tests and the shipped
 * ones, inputs at random are fixed in the circuits, and everything they say is compared with the
 * interpreter's answer. */
#include <dirent.h>
#include <stdlib.h>

#include "check.h"
#include "compiler/compile.h"
#include "compiler/interp/internal.h"
#include "compiler/interp/interp.h"
#include "compiler/logic/step.h"

enum { OPCLASSES = 10, INPUTS = 6 };

struct subject {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *c;
    struct arena arena;
    struct logic *logic;
    struct universe u;
    struct pol_engine *engine;
    uint64_t seed;
    const char *path;
    size_t compared, differing;
};

static uint32_t draw(struct subject *t, uint32_t n)
{
    t->seed = t->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(t->seed >> 33) % n;
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static uint32_t draw_number(struct subject *t, uint64_t limit)
{
    uint32_t small = limit < 4 ? (uint32_t)limit : 4;
    return draw(t, 6) ? draw(t, small) : (uint32_t)(limit - 1 - draw(t, small));
}

static bool in_scope(const struct universe *u, uint32_t holder, uint32_t tag)
{
    return !u->space->tags[tag].has_set_arg &&
           (!u->component[u->domain[holder]] || u->domain[holder] == u->domain[tag]);
}

static void draw_flat(struct subject *t, uint32_t holder, uint32_t *flat)
{
    const struct pol_space *space = t->u.space;
    for (uint32_t i = 0; i < space->ntags; i++) {
        if (!in_scope(&t->u, holder, i) || draw(t, 2))
            continue;
        pol_lit_set(flat, i);
        for (uint32_t k = 0; k < space->tags[i].nargs; k++)
            flat[space->tags[i].args[k].flat_offset] = draw_number(t, space->tags[i].args[k].limit);
    }
}

static void draw_set(struct subject *t, uint32_t *lit)
{
    const struct pol_space *space = t->u.space;
    uint32_t rare = 1 + draw(t, 4);
    memset(lit, 0, space->words * sizeof *lit);
    for (uint32_t i = 0; i < space->ntags; i++) {
        if (draw(t, 1 + rare))
            continue;
        pol_lit_set(lit, i);
        for (uint32_t k = 0; k < space->tags[i].nargs; k++) {
            const struct pol_tag_arg *a = &space->tags[i].args[k];
            if (a->is_set)
                draw_flat(t, i, lit + a->offset);
            else
                lit[a->offset] = draw_number(t, a->limit);
        }
    }
}

struct assumptions {
    struct arena *arena;
    VEC_OF(sat_lit) lits;
};

static void assume(struct assumptions *a, sat_lit lit, bool value)
{
    VEC_PUSH(a->arena, &a->lits, value ? lit : -lit);
}

static void assume_flat(struct sat *s, struct assumptions *a, const struct nested *set,
                        const struct pol_space *space, const uint32_t *flat)
{
    for (uint32_t i = 0; i < set->n; i++) {
        bool has = pol_lit_has(flat, set->tags[i]);
        assume(a, set->has[i], has);
        for (uint32_t k = 0; has && k < set->nargs[i]; k++) {
            uint32_t v = flat[space->tags[set->tags[i]].args[k].flat_offset];
            assume(a, bits_eq(s, set->args[i][k].number, bits_const(s, v)), true);
        }
    }
}

static void assume_set(struct scene *sc, struct assumptions *a, uint32_t slot, const uint32_t *lit)
{
    const struct pol_space *space = scene_universe(sc)->space;
    struct sat *s = scene_sat(sc);
    for (uint32_t t = 0; t < space->ntags; t++) {
        sat_lit has = scene_has(sc, slot, t);
        assume(a, has, pol_lit_has(lit, t));
        const struct arg *args = scene_args(sc, slot, t);
        for (uint32_t k = 0; pol_lit_has(lit, t) && k < space->tags[t].nargs; k++)
            if (args[k].set)
                assume_flat(s, a, args[k].set, space, lit + space->tags[t].args[k].offset);
            else
                assume(
                    a,
                    bits_eq(s, args[k].number, bits_const(s, lit[space->tags[t].args[k].offset])),
                    true);
    }
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void expect(struct subject *t, bool got, bool want, const char *what, uint32_t a, uint32_t b)
{
    t->compared++;
    if (got == want)
        return;
    if (t->differing++ < 5)
        printf("# %s: %s %u %u: %d, the interpreter says %d\n", t->path, what, a, b, got, want);
}

/* The first failure that holds in the model. */
static void compare_failure(struct subject *t, struct step *st, const struct pol_failure *f)
{
    struct sat *s = scene_sat(step_scene(st));
    uint32_t n, i = 0;
    const struct step_failure *list = step_failures(st, f->decider, f->rule, &n);
    if (f->cause == POL_CAUSE_RULE)
        return;
    while (i < n && !sat_value(s, list[i].when))
        i++;
    expect(t, i < n && list[i].cause == f->cause && list[i].tag == f->tag, true, "failure",
           (uint32_t)f->cause, f->tag);
}

static void compare_answer(struct subject *t, struct step *st, const struct pol_answer *answer)
{
    struct sat *s = scene_sat(step_scene(st));
    const struct ir *ir = t->c->ir;
    for (int v = POL_ALLOW; v <= POL_FAIL_EXPLICIT; v++)
        expect(t, sat_value(s, step_says(st, (enum pol_verdict)v)),
               answer->verdict == (enum pol_verdict)v, "verdict", (uint32_t)v, 0);
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        if (answer->verdict != POL_ALLOW)
            expect(t, sat_value(s, step_names(st, d)), answer->first.decider == d, "names", d, 0);
        bool runs = sat_value(s, step_runs(st, d));
        for (uint32_t r = 0; runs && r < ir->deciders[d].nrules; r++)
            if (!step_is_report(st, d, r))
                expect(t, sat_value(s, step_decides(st, d, r)), answer->deciding[d] == r, "decides",
                       d, r);
    }
    for (uint32_t i = 0; i < answer->nfailures && i < POL_MAX_FAILURES; i++)
        if (answer->failures[i].rule != POL_NO_RULE)
            compare_failure(t, st, &answer->failures[i]);
}

static void compare_set(struct subject *t, struct step *st, enum pol_result r, const uint32_t *lit)
{
    const struct pol_space *space = t->u.space;
    struct sat *s = scene_sat(step_scene(st));
    for (uint32_t i = 0; i < space->ntags; i++) {
        struct tag_value v = step_result(st, r, i);
        expect(t, sat_value(s, v.has), pol_lit_has(lit, i), "result has", (uint32_t)r, i);
        for (uint32_t k = 0; pol_lit_has(lit, i) && k < space->tags[i].nargs; k++) {
            const uint32_t *at = lit + space->tags[i].args[k].offset;
            const struct nested *set = v.args[k].set;
            if (!set)
                expect(t, bits_value(s, v.args[k].number) == *at, true, "argument", i, k);
            for (uint32_t n = 0; set && n < set->n; n++) {
                uint32_t inner = set->tags[n];
                expect(t, sat_value(s, set->has[n]), pol_lit_has(at, inner), "holds", i, inner);
                for (uint32_t m = 0; pol_lit_has(at, inner) && m < set->nargs[n]; m++)
                    expect(t,
                           bits_value(s, set->args[n][m].number) ==
                               at[space->tags[inner].args[m].flat_offset],
                           true, "held argument", i, inner);
            }
        }
    }
}

/* ---- One step -------------------------------------------------------------------------------- */

/* Everything that is compared is made before the question. */
static void make_all(struct subject *t, struct step *st)
{
    const struct ir *ir = t->c->ir;
    uint32_t n;
    for (int v = POL_ALLOW; v <= POL_FAIL_EXPLICIT; v++)
        step_says(st, (enum pol_verdict)v);
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        step_names(st, d);
        step_runs(st, d);
        for (uint32_t r = 0; r < ir->deciders[d].nrules; r++) {
            step_decides(st, d, r);
            step_failures(st, d, r, &n);
        }
    }
    for (int r = 0; r < POL_RESULTS; r++)
        for (uint32_t i = 0; i < t->u.space->ntags; i++)
            step_result(st, (enum pol_result)r, i);
}

static void run_input(struct subject *t, struct scene *sc, struct step *st,
                      const struct ir_opclass *c)
{
    const struct ir *ir = t->c->ir;
    uint32_t *set[SCENE_SLOTS], *out[POL_RESULTS], kinds[SCENE_SLOTS];
    struct assumptions a = {.arena = &t->arena};
    struct pol_answer answer = {.deciding =
                                    ARENA_ARRAY(&t->arena, uint32_t, ir->ndeciders + (size_t)1)};
    struct pol_inputs in = {.word = c->sample};
    scene_kinds(&c->form, kinds);
    for (unsigned i = 0; i < SCENE_SLOTS; i++) {
        set[i] = ARENA_ARRAY(&t->arena, uint32_t, t->engine->value_size);
        if (kinds[i])
            draw_set(t, set[i]);
        assume_set(sc, &a, i, set[i]);
        if (i < POL_OPERANDS)
            in.in[i] = set[i];
    }
    for (int r = 0; r < POL_RESULTS; r++) {
        out[r] = ARENA_ARRAY(&t->arena, uint32_t, t->engine->value_size);
        in.old[r] = set[step_old_slot((enum pol_result)r)];
    }
    for (uint32_t i = 0; i < ir->ncounters; i++) {
        const struct ir_counter *count = &ir->counters[i];
        uint64_t at = draw_number(t, count->limit) + (count->exhaust ? draw(t, 2) : 0);
        struct bits value = scene_counter(sc, i, count->limit, count->exhaust);
        ((struct interp *)t->engine)->counters[i] = at;
        assume(&a, bits_eq(scene_sat(sc), value, bits_const(scene_sat(sc), (int64_t)at)), true);
    }
    t->engine->ops->begin(t->engine);
    t->engine->ops->evaluate(t->engine, &in, (void *const *)out, &answer);
    enum sat_answer is = sat_solve(scene_sat(sc), a.lits.items, a.lits.count);
    expect(t, is == SAT_YES, true, "the input exists", 0, 0);
    if (is != SAT_YES)
        return;
    compare_answer(t, st, &answer);
    for (int r = 0; answer.verdict == POL_ALLOW && r < POL_RESULTS; r++)
        if (step_has_result(st, (enum pol_result)r))
            compare_set(t, st, (enum pol_result)r, out[r]);
}

static void run_opclass(struct subject *t, uint32_t opclass)
{
    const struct ir_opclass *c = &t->c->ir->opclasses[opclass];
    uint32_t kinds[SCENE_SLOTS];
    struct sat *s = sat_new();
    scene_kinds(&c->form, kinds);
    struct scene *sc = scene_new(s, &t->u, kinds);
    struct step *st = step_new(sc, t->logic, &c->form, c->groups, c->ngroups, NULL);
    make_all(t, st);
    for (int i = 0; i < INPUTS; i++)
        run_input(t, sc, st, c);
    sat_free(s);
}

/* ---- Policies -------------------------------------------------------------------------------- */

static bool open_policy(struct subject *t, const char *path)
{
    char err[16384];
    struct compile_options options;
    const char *dirs[] = {"stdlib-policies"};
    *t = (struct subject){.path = path, .seed = 7};
    compile_options_init(&options);
    options.include_dirs = dirs;
    options.include_count = 1;
    options.library_dir = "stdlib-policies";
    options.last = COMPILE_IR;
    t->map = lang_source_map_new();
    t->sink = diag_sink_new(t->map);
    if (compile_file(path, &options, t->map, t->sink, &t->c, err, sizeof err) != COMPILE_OK)
        return false;
    if (!t->c->ir)
        return false;
    t->logic = logic_new(&t->arena, t->c->ir);
    t->u = universe_of_ir(&t->arena, t->c->ir, NULL);
    t->engine = interp_engine_new(t->c->model);
    return true;
}

static void close_policy(struct subject *t)
{
    if (t->engine)
        t->engine->ops->destroy(t->engine);
    compile_free(t->c);
    diag_sink_free(t->sink);
    lang_source_map_free(t->map);
    arena_free(&t->arena);
}

static size_t compared, policies;

static void run_policy(const char *path)
{
    struct subject t;
    if (open_policy(&t, path)) {
        uint32_t n = t.c->ir->nopclasses - 1;
        uint32_t steps = n < OPCLASSES ? n : OPCLASSES;
        for (uint32_t i = 0; i < steps; i++)
            run_opclass(&t, 1 + i * n / steps);
        CHECK_INT(t.differing, 0);
        compared += t.compared;
        policies++;
    }
    close_policy(&t);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void run_folder(const char *folder)
{
    struct dirent *e;
    char *names[1024], path[512];
    size_t n = 0;
    DIR *dir = opendir(folder);
    CHECK(dir != NULL);
    while (dir && n < 1024 && (e = readdir(dir))) {
        const char *dot = strrchr(e->d_name, '.');
        if (dot && (strcmp(dot, ".pol") == 0 || strcmp(dot, ".dpl") == 0))
            names[n++] = strdup(e->d_name);
    }
    if (dir)
        closedir(dir);
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        run_policy(path);
        free(names[i]);
    }
}

int main(void)
{
    CASE("the shipped policies");
    run_folder("stdlib-policies");
    CASE("the policies of tests/differential");
    run_folder("tests/differential");
    CASE("the policies of tests/spec");
    run_folder("tests/spec");
    CASE("enough was compared");
    printf("# %zu comparisons, %zu policies\n", compared, policies);
    CHECK(policies >= 60 && compared > 100000);
    return check_done();
}
