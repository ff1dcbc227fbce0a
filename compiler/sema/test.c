/* Tests: `test:` of the main module. */
#include <string.h>
#include "compiler/sema/subject.h"

struct tests {
    VEC_FIELDS(struct model_test);
};

struct input {
    bool given;
    struct lang_span span;
    struct model_pattern pattern;
};

/* --- operands ------------------------------------------------------------------------------ */

static void report_pattern(struct sema *s, const struct ast_pat *pat)
{
    if (pat->kind != AST_PAT_ERROR)
        diag_hint(diag_error(s->sink, DIAG_BAD_EXPECTATION, pat->span,
                             "a test gives the whole tag set of an operand as `{..}`"),
                  "operands that it does not mention are {}");
}

static void add_input(struct subject *subject, const struct ast_operand *ast,
                      struct input inputs[POL_OPERANDS])
{
    struct sema *s = subject->scope.s;
    struct sema_param param;
    if (!sema_input(&subject->scope, &ast->name, &param)) {
        sema_pattern(&subject->scope, ast); /* which says so */
        return;
    }
    struct input *input = &inputs[param.operand];
    if (param.missing)
        return;
    if (input->given) {
        struct diag *d = diag_error(s->sink, DIAG_DUPLICATE, ast->name.span,
                                    "operand `%s` is given twice", ast->name.text);
        diag_label(d, input->span, "first given here");
        return;
    }
    input->given = true;
    input->span = ast->name.span;
    if (ast->pat->kind == AST_PAT_EXACT)
        (void)subject_constants(subject, &ast->pat->tags, "a test", &input->pattern);
    else
        report_pattern(s, ast->pat);
}

static uint32_t *literal(struct sema *s, struct input *input)
{
    const struct pol_space *space = s->model->space;
    uint32_t *lit = ARENA_ARRAY(s->out, uint32_t, space->words);
    sema_renumber_patterns(s, &input->pattern, 1);
    for (uint32_t i = 0; i < input->pattern.nreqs; i++) {
        const struct model_req *req = &input->pattern.reqs[i];
        pol_lit_set(lit, req->tag);
        for (uint32_t k = 0; req->args && k < space->tags[req->tag].nargs; k++)
            lit[space->tags[req->tag].args[k].offset] = (uint32_t)req->args[k].value;
    }
    return lit;
}

/* --- tests --------------------------------------------------------------------------------- */

/* A variable would only say that the tag has an argument. */
static void check_variables(const struct subject *subject)
{
    const struct sema_scope *sc = &subject->scope;
    if (sc->vars.count)
        diag_hint(diag_error(sc->s->sink, DIAG_PATTERN_ARGUMENT, sc->bound.items[0].name.span,
                             "a test has no variables, and `%s` is no constant",
                             sc->bound.items[0].name.text),
                  "write `_` for any value");
}

static void add_test(struct sema *s, const struct ast_test *ast, struct tests *tests)
{
    struct subject subject;
    struct input inputs[POL_OPERANDS] = {{0}};
    struct model_test test = {.title = sema_text(s, ast->title),
                              .module = sema_text(s, s->modules.items[0].name),
                              .loc = sema_loc(s, ast->title_span)};
    subject_begin(&subject, s, 0, (struct sema_owner){SEMA_NONE, false});
    if (!subject_named(&subject, &ast->subject))
        return;
    for (size_t i = 0; i < ast->operands.count; i++)
        add_input(&subject, ast->operands.items[i], inputs);
    subject_expect(&subject, ast->expect, "a test", &test.expect);
    check_variables(&subject);
    if (!subject_complete(&subject) || !subject_ok(&subject) || !s->model->ndeciders)
        return;
    subject_renumber(&subject, &test.expect);
    test.subject = subject.model;
    for (int op = 0; op < POL_OPERANDS; op++)
        test.inputs[op] = literal(s, &inputs[op]);
    VEC_PUSH(s->out, tests, test);
}

void sema_tests(struct sema *s)
{
    const struct ast_test_list *list = &s->modules.items[0].ast->tests;
    struct tests tests = {0};
    for (size_t i = 0; i < list->count; i++)
        add_test(s, list->items[i], &tests);
    s->model->tests = tests.items;
    s->model->ntests = (uint32_t)tests.count;
}
