/* Running tests: every opclass, every engine. */
#include <stdlib.h>
#include <string.h>

#include <pol/kinds.h>

#include "compiler/trial/trial.h"

void trial_init(struct trial *t, const struct model *model, const struct ir *ir,
                const struct pol_table *table, const struct pol_debug_info *debug,
                struct pol_engine *const engines[], unsigned nengines)
{
    *t = (struct trial){
        .model = model, .ir = ir, .table = table, .debug = debug, .nengines = nengines};
    for (unsigned i = 0; i < nengines; i++) {
        t->engines[i] = engines[i];
        if (pol_evaluation_init(&t->evaluations[i], engines[i]))
            pol_fatal_oom();
    }
    if (pol_tuple_init(&t->tuple, ir->space))
        pol_fatal_oom();
    if (table)
        t->word = lang_xalloc((table->meta->nslots + (size_t)1) * sizeof *t->word);
}

void trial_free(struct trial *t)
{
    for (unsigned i = 0; i < t->nengines; i++)
        pol_evaluation_free(&t->evaluations[i]);
    pol_tuple_free(&t->tuple);
    free(t->word);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static bool is_empty(const struct trial *t, const uint32_t *lit)
{
    for (uint32_t i = 0; i < t->ir->space->words; i++)
        if (lit[i])
            return false;
    return true;
}

static struct pol_form form_of(const struct trial *t, uint32_t word)
{
    int row = pol_isa_decode(&t->ir->isa, word);
    struct pol_form none = {0};
    return row < 0 ? none : pol_insn_form(pol_insn_at((size_t)row));
}

/* Whether the table has a code for the set where the instruction meets it; {} has one everywhere.
 */
static bool can_occur(struct trial *t, const uint32_t *lit, uint32_t kinds)
{
    if (!kinds || is_empty(t, lit))
        return true;
    return pol_table_encode(t->table, t->ir->space, lit, t->word, NULL) == 0 &&
           (pol_table_kinds(t->table, t->word) & kinds) != 0;
}

/* The first set that the table cannot hold; -1: none. */
static int refused(struct trial *t, unsigned engine, uint32_t word)
{
    struct pol_form form = form_of(t, word);
    if (!t->table || strcmp(t->engines[engine]->ops->name, "table") != 0)
        return -1;
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++)
        if (!can_occur(t, t->tuple.set[set], pol_operand_kinds(&form, set)))
            return (int)set;
    return -1;
}

static enum pol_eval_status ask(struct trial *t, unsigned engine, uint32_t word)
{
    t->tuple.word = word;
    t->engines[engine]->ops->reset(t->engines[engine]);
    enum pol_eval_status status = pol_evaluate_tuple(t->engines[engine], &t->ir->isa, &t->tuple,
                                                     false, &t->evaluations[engine]);
    if (status == POL_EVAL_MEMORY)
        pol_fatal_oom();
    return status;
}

const struct pol_evaluation *trial_ask(struct trial *t, uint32_t word)
{
    if (ask(t, 0, word) != POL_EVAL_OK)
        abort(); /* the first engine represents every set */
    return &t->evaluations[0];
}

void trial_answer_text(const struct trial *t, const struct pol_evaluation *evaluation,
                       struct str_buf *out)
{
    size_t need =
        pol_evaluation_format(t->ir->space, t->debug, POL_EVAL_OK, evaluation, NULL, 0) + 1;
    char *text = lang_xalloc(need);
    pol_evaluation_format(t->ir->space, t->debug, POL_EVAL_OK, evaluation, text, need);
    str_add(out, text);
    free(text);
}

/* ---- One case -------------------------------------------------------------------------------- */

struct run {
    struct trial *t;
    const struct model_test *test;
    struct arena *arena;
    struct trial_result *result;
    struct str_buf why, answer, first_answer;
};

static const char *keep(struct run *r, const struct str_buf *text)
{
    return arena_strdup(r->arena, str_text(text));
}

static void note_failure(struct run *r, const struct trial_case *c, unsigned engine)
{
    struct trial_failure *f = &r->result->first;
    struct str_buf line;
    if (!r->result->passed)
        return; /* the first one is told */
    r->result->passed = false;
    str_init(&line);
    trial_line(r->t->ir, &r->t->tuple, c->opclass, &line);
    uint32_t n = r->t->ir->ndeciders;
    uint32_t *deciding = ARENA_ARRAY(r->arena, uint32_t, n + (size_t)1);
    memcpy(deciding, r->t->evaluations[engine].answer.deciding, n * sizeof *deciding);
    *f = (struct trial_failure){.opclass = c->opclass,
                                .engine = r->t->engines[engine]->ops->name,
                                .line = keep(r, &line),
                                .got = keep(r, &r->answer),
                                .why = keep(r, &r->why),
                                .deciding = deciding};
    str_free(&line);
}

/* Whether the engine's answer is as the test says and as the first engine's. */
static bool engine_passes(struct run *r, const struct trial_case *c, unsigned engine)
{
    static const char *const names[POL_TUPLE_SETS] = {"env", "code", "op1", "op2",
                                                      "op3", "mem",  "rd"};
    struct trial *t = r->t;
    int set = refused(t, engine, c->word);
    if (set >= 0) {
        r->result->absent = names[set];
        return true;
    }
    str_clear(&r->why);
    str_clear(&r->answer);
    if (ask(t, engine, c->word) != POL_EVAL_OK) {
        str_add(&r->answer, "error invalid");
        str_add(&r->why, "the engine yields a set that it cannot name");
        return false;
    }
    if (engine == 0 && t->coverage)
        coverage_add(t->coverage, c->opclass, &t->evaluations[0].answer);
    trial_answer_text(t, &t->evaluations[engine], &r->answer);
    if (engine == 0)
        str_printf(&r->first_answer, "%s", str_text(&r->answer));
    if (!trial_expect_holds(&r->test->expect, t->ir->space, t->debug, &t->evaluations[engine],
                            &r->why))
        return false;
    if (strcmp(str_text(&r->answer), str_text(&r->first_answer)) == 0)
        return true;
    str_printf(&r->why, "%s answers otherwise: %s", t->engines[0]->ops->name,
               str_text(&r->first_answer));
    return false;
}

static void run_case(struct run *r, const struct trial_case *c)
{
    bool passed = true;
    const char *before = r->result->absent;
    r->result->absent = NULL;
    str_clear(&r->first_answer);
    for (unsigned e = 0; e < r->t->nengines; e++)
        if (!engine_passes(r, c, e)) {
            note_failure(r, c, e);
            passed = false;
        }
    r->result->nfailed += !passed;
    r->result->unasked += r->result->absent != NULL;
    r->result->absent = before ? before : r->result->absent;
}

/* ---- A whole test ---------------------------------------------------------------------------- */

static void set_inputs(struct trial *t, const struct model_test *test)
{
    size_t bytes = t->ir->space->words * sizeof(uint32_t);
    memset(t->tuple.set[POL_TUPLE_RD], 0, bytes);
    for (unsigned op = 0; op < POL_OPERANDS; op++) {
        if (test->inputs[op])
            memcpy(t->tuple.set[op], test->inputs[op], bytes);
        else
            memset(t->tuple.set[op], 0, bytes);
    }
    for (uint32_t i = 0; t->loaded_code && i < t->ir->space->ntags; i++)
        if (strcmp(t->ir->space->tags[i].module, "loaded-code") == 0 &&
            t->ir->space->tags[i].nargs == 0)
            pol_lit_set(t->tuple.set[POL_OP_CODE], i);
}

static const char *expected_text(const struct run *r)
{
    struct str_buf text;
    str_init(&text);
    trial_expect_text(&r->test->expect, r->t->ir->space, &text);
    const char *kept = arena_strdup(r->arena, str_text(&text));
    str_free(&text);
    return kept;
}

void trial_run(struct trial *t, const struct model_test *test, struct arena *arena,
               struct trial_result *result)
{
    struct run r = {.t = t, .test = test, .arena = arena, .result = result};
    struct trial_cases cases;
    *result = (struct trial_result){.passed = true};
    result->expected = expected_text(&r);
    str_init(&r.why);
    str_init(&r.answer);
    str_init(&r.first_answer);
    set_inputs(t, test);
    bool known = trial_cases_of(t->ir, &test->subject, arena, &cases);
    for (size_t i = 0; known && i < cases.count; i++)
        run_case(&r, &cases.items[i]);
    result->ncases = known ? (uint32_t)cases.count : 0;
    result->skipped = known && cases.count == 0;
    if (!known) {
        result->passed = false;
        result->first.why = "the instructions that are meant cannot be told apart";
    }
    str_free(&r.why);
    str_free(&r.answer);
    str_free(&r.first_answer);
}
