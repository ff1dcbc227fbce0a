/* Subjects of tests, and engines that disagree.  Usage: trial_test (from the root of the tree). */
#include <stdlib.h>

#include "check.h"
#include "compiler/compile.h"
#include "compiler/interp/interp.h"
#include "compiler/trial/trial.h"

struct fixture {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
    struct arena arena;
};

static bool open_fixture(struct fixture *f, const char *path)
{
    char err[256];
    struct compile_options options;
    compile_options_init(&options);
    options.library_dir = "stdlib-policies";
    options.last = COMPILE_IR;
    f->map = lang_source_map_new();
    f->sink = diag_sink_new(f->map);
    arena_init(&f->arena);
    return compile_file(path, &options, f->map, f->sink, &f->compiled, err, sizeof err) ==
           COMPILE_OK;
}

static void close_fixture(struct fixture *f)
{
    arena_free(&f->arena);
    compile_free(f->compiled);
    diag_sink_free(f->sink);
    lang_source_map_free(f->map);
}

static uint32_t seed = 1;
static uint32_t chance(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed ^ seed >> 15;
}

/* ---- Subjects -------------------------------------------------------------------------------- */

static bool among(const struct trial_cases *cases, uint32_t opclass)
{
    for (size_t i = 0; i < cases->count; i++)
        if (cases->items[i].opclass == opclass)
            return true;
    return false;
}

static bool belongs(const struct model_group *group, uint32_t word)
{
    for (uint32_t i = 0; i < group->ninsts; i++)
        if ((word & group->insts[i].mask) == group->insts[i].match)
            return true;
    return false;
}

/* Random words of the group are in no other opclasses than its cases', and each case is right. */
static bool group_is_right(struct fixture *f, const struct model_group *group)
{
    struct trial_cases cases;
    const struct model_subject subject = {group->name, group->insts, group->ninsts};
    const struct ir *ir = f->compiled->ir;
    bool right = trial_cases_of(ir, &subject, &f->arena, &cases) && cases.count > 0;
    for (size_t i = 0; right && i < cases.count; i++)
        right = coverage_opclass(ir, cases.items[i].word) == cases.items[i].opclass &&
                belongs(group, cases.items[i].word) &&
                (i == 0 || cases.items[i].opclass > cases.items[i - 1].opclass);
    for (int i = 0; right && i < 3000; i++) {
        const struct model_inst *inst = &group->insts[chance() % group->ninsts];
        uint32_t word = inst->match | (chance() & ~inst->mask);
        uint32_t opclass = coverage_opclass(ir, word);
        right = opclass == 0 || among(&cases, opclass);
    }
    return right;
}

static void test_subjects(const char *path)
{
    struct fixture f;
    if (!open_fixture(&f, path)) {
        CHECK(f.compiled != NULL);
        return;
    }
    for (uint32_t g = 0; g < f.compiled->model->ngroups; g++)
        CHECK(group_is_right(&f, &f.compiled->model->groups[g]));
    close_fixture(&f);
}

/* ---- Engines that disagree ------------------------------------------------------------------- */

static const struct pol_engine_ops *honest;

/* Says that rd is written, though nothing is. */
static void lying_evaluate(struct pol_engine *engine, const struct pol_inputs *in,
                           void *const out[POL_RESULTS], struct pol_answer *answer)
{
    honest->evaluate(engine, in, out, answer);
    answer->written |= 1u << POL_RES_RD;
}

static void failing_evaluate(struct pol_engine *engine, const struct pol_inputs *in,
                             void *const out[POL_RESULTS], struct pol_answer *answer)
{
    honest->evaluate(engine, in, out, answer);
    answer->verdict = POL_FAIL_IMPLICIT;
}

/* A test that holds, run on the interpreter and on one whose evaluate() is another. */
static struct trial_result
run_beside(struct fixture *f, void (*evaluate)(struct pol_engine *, const struct pol_inputs *,
                                               void *const *, struct pol_answer *))
{
    static const struct pol_debug_info none;
    const struct model *model = f->compiled->model;
    struct pol_engine *engines[2] = {interp_engine_new(model), interp_engine_new(model)};
    struct trial trial;
    struct trial_result result;
    const struct model_test *test = NULL;
    for (uint32_t i = 0; i < model->ntests; i++)
        if (strcmp(model->tests[i].title, "some instructions do nothing") == 0)
            test = &model->tests[i];
    honest = engines[1]->ops;
    struct pol_engine_ops ops = *honest;
    ops.evaluate = evaluate ? evaluate : honest->evaluate;
    ops.name = "other";
    engines[1]->ops = &ops;
    trial_init(&trial, model, f->compiled->ir, NULL, &none, engines, 2);
    trial_run(&trial, test, &f->arena, &result);
    trial_free(&trial);
    engines[1]->ops = honest;
    engines[0]->ops->destroy(engines[0]);
    engines[1]->ops->destroy(engines[1]);
    return result;
}

static void test_disagreement(void)
{
    struct fixture f;
    if (!open_fixture(&f, "tests/trial/gate.pol")) {
        CHECK(f.compiled != NULL);
        return;
    }
    CASE("engines that agree pass");
    struct trial_result result = run_beside(&f, NULL);
    CHECK(result.passed);
    CHECK_INT(result.ncases, 1);
    CASE("an answer that the test allows, but not the first engine's, fails");
    result = run_beside(&f, lying_evaluate);
    CHECK(!result.passed);
    CHECK_STR(result.first.engine, "other");
    CHECK_STR(result.first.got, "allow env={} rd={} csr=- mem=-");
    CHECK_STR(result.first.why, "source answers otherwise: allow env={} rd=- csr=- mem=-");
    CASE("an answer that the test does not allow fails");
    result = run_beside(&f, failing_evaluate);
    CHECK(!result.passed);
    CHECK_INT(result.nfailed, 1);
    CHECK_STR(result.first.why, "it fails");
    close_fixture(&f);
}

int main(void)
{
    CASE("a group's cases are its opclasses: main");
    test_subjects("stdlib-policies/main.pol");
    CASE("a group's cases are its opclasses: cfi, with operand specs");
    test_subjects("stdlib-policies/cfi.pol");
    test_disagreement();
    return check_done();
}
