/* From inputs to a test: the subject, the operands, the answer. */
#include "compiler/trial/suggest.h"

#include <stdlib.h>
#include <string.h>

static const char *const operand_names[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
static const char *const result_names[POL_RESULTS] = {"env", "rd", "csr", "mem"};

enum { LINE = 100 };

/* What a test is about: a group, or (group NULL) a mnemonic. */
struct subject {
    struct model_subject model;
    const struct model_group *group;
};

struct maker {
    struct trial *trial;
    const struct model *model;
    const struct model_rule *rule;
    const struct reachable_rule *inputs;
    struct arena *arena;
    struct model_test test;
    struct subject subject;
    struct pol_form form;
};

/* ---- Subjects -------------------------------------------------------------------------------- */

/* Whether the rule names its group with the module's name. */
static bool is_qualified(const struct maker *m, const char *qualified)
{
    size_t len = strlen(qualified);
    return strncmp(m->rule->text, qualified, len) == 0 && m->rule->text[len] == '(';
}

/* The group's name, with its module's where the rule needs it or others have it as well. */
static const char *group_name(const struct maker *m, const struct model_group *group)
{
    const char *qualified = arena_printf(m->arena, "%s.%s", group->module, group->name);
    if (is_qualified(m, qualified))
        return qualified;
    for (uint32_t i = 0; i < m->model->ngroups; i++)
        if (&m->model->groups[i] != group && strcmp(m->model->groups[i].name, group->name) == 0)
            return qualified;
    return group->name;
}

static struct subject of_group(const struct maker *m, uint32_t index)
{
    const struct model_group *g = &m->model->groups[index];
    return (struct subject){{group_name(m, g), g->insts, g->ninsts}, g};
}

static void take_mnemonic(struct maker *m, uint32_t word)
{
    int row = pol_isa_decode(&m->model->isa, word);
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    struct model_inst *inst = ARENA_NEW(m->arena, struct model_inst);
    *inst = (struct model_inst){row, insn->mask, insn->match};
    m->subject = (struct subject){{insn->name, inst, 1}, NULL};
}

static const char *operand_name(const struct maker *m, unsigned op)
{
    return m->subject.group ? m->subject.group->operand_name[op] : operand_names[op];
}

static const char *result_name(const struct maker *m, unsigned result)
{
    if (!m->subject.group || result == POL_RES_ENV)
        return result_names[result];
    for (uint32_t i = 0; i < m->subject.group->nresults; i++)
        if (m->subject.group->results[i] == result)
            return m->subject.group->result_name[result];
    return NULL;
}

/* ---- Sets ------------------------------------------------------------------------------------ */

static bool is_empty(const struct pol_space *space, const uint32_t *lit)
{
    for (uint32_t i = 0; i < space->words; i++)
        if (lit[i])
            return false;
    return true;
}

/* Tests have no words for TagSet arguments. */
static bool can_be_said(const struct pol_space *space, const uint32_t *lit)
{
    for (uint32_t t = 0; t < space->ntags; t++)
        if (pol_lit_has(lit, t) && space->tags[t].has_set_arg)
            return false;
    return true;
}

static void add_set(struct str_buf *out, const struct pol_space *space, const uint32_t *lit)
{
    size_t need = pol_lit_format(space, lit, NULL, 0) + 1;
    char *text = lang_xalloc(need);
    pol_lit_format(space, lit, text, need);
    str_add(out, text);
    free(text);
}

/* `{..}` as a pattern of constants. */
static struct model_pattern exact_pattern(struct maker *m, const uint32_t *lit)
{
    const struct pol_space *space = m->model->space;
    struct model_pattern p = {.exact = true};
    p.reqs = ARENA_ARRAY(m->arena, struct model_req, space->ntags + (size_t)1);
    for (uint32_t t = 0; t < space->ntags; t++) {
        const struct pol_tag_info *tag = &space->tags[t];
        if (!pol_lit_has(lit, t))
            continue;
        struct model_arg *args = ARENA_ARRAY(m->arena, struct model_arg, tag->nargs + (size_t)1);
        for (uint32_t k = 0; k < tag->nargs; k++)
            args[k] = (struct model_arg){MODEL_ARG_INT, lit[tag->args[k].offset], 0};
        p.reqs[p.nreqs++] = (struct model_req){t, false, args};
    }
    return p;
}

/* ---- Expectations ---------------------------------------------------------------------------- */

static void expect_failure(struct maker *m, const struct pol_answer *answer)
{
    struct model_expect *e = &m->test.expect;
    const struct pol_space *space = m->model->space;
    *e = (struct model_expect){.kind = MODEL_EXPECT_FAIL, .failure = answer->verdict};
    if (answer->verdict == POL_FAIL_IMPLICIT)
        return;
    size_t need = pol_failure_message(space, m->trial->debug, &answer->first, NULL, 0) + 1;
    char *text = arena_alloc(m->arena, need);
    pol_failure_message(space, m->trial->debug, &answer->first, text, need);
    e->message = text;
}

/* What some component writes, as far as the subject has a name for it. */
static void expect_results(struct maker *m, const struct pol_evaluation *evaluation)
{
    struct model_expect *e = &m->test.expect;
    *e = (struct model_expect){.kind = MODEL_EXPECT_ALLOW};
    e->results = ARENA_ARRAY(m->arena, struct model_result_pattern, POL_RESULTS);
    for (unsigned r = 0; r < POL_RESULTS; r++) {
        const uint32_t *lit = evaluation->result[r];
        bool written = evaluation->answer.written >> r & 1u;
        if (!written || !result_name(m, r) || !can_be_said(m->model->space, lit))
            continue;
        e->kind = MODEL_EXPECT_RESULTS;
        e->results[e->nresults++] =
            (struct model_result_pattern){(enum pol_result)r, exact_pattern(m, lit)};
    }
}

/* Fills the test with what the source interpreter answers to a word of the subject. */
static void expect_today(struct maker *m, uint32_t word)
{
    struct trial *t = m->trial;
    for (unsigned op = 0; op < POL_OPERANDS; op++)
        memcpy(t->tuple.set[op], m->inputs->inputs.set[op],
               m->model->space->words * sizeof(uint32_t));
    memset(t->tuple.set[POL_TUPLE_RD], 0, m->model->space->words * sizeof(uint32_t));
    const struct pol_evaluation *evaluation = trial_ask(t, word);
    if (evaluation->answer.verdict == POL_ALLOW)
        expect_results(m, evaluation);
    else
        expect_failure(m, &evaluation->answer);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void add_string(struct str_buf *out, const char *text, size_t len)
{
    str_add_char(out, '"');
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n') {
            str_add(out, "\\n");
        } else {
            if (text[i] == '"' || text[i] == '\\')
                str_add_char(out, '\\');
            str_add_char(out, text[i]);
        }
    str_add_char(out, '"');
}

/* The rule without what it answers. */
static void add_title(struct maker *m, struct str_buf *out)
{
    const char *text = m->rule->text, *arrow = strstr(text, "->");
    size_t len = arrow ? (size_t)(arrow - text) : strlen(text);
    while (len && text[len - 1] == ' ')
        len--;
    bool several = m->model->ndeciders > 1;
    char *title = arena_printf(m->arena, "%s%s%.*s%s", several ? m->rule->policy : "",
                               several ? ": " : "", (int)len, text, arrow ? ")" : "");
    add_string(out, title, strlen(title));
}

static void add_operands(const struct maker *m, struct str_buf *out)
{
    const struct pol_space *space = m->model->space;
    const char *between = "";
    for (unsigned op = 0; op < POL_OPERANDS; op++) {
        if (is_empty(space, m->inputs->inputs.set[op]))
            continue;
        str_printf(out, "%s%s == ", between, operand_name(m, op));
        add_set(out, space, m->inputs->inputs.set[op]);
        between = ", ";
    }
}

static void add_expectation(struct maker *m, struct str_buf *out)
{
    const struct model_expect *e = &m->test.expect;
    if (e->kind == MODEL_EXPECT_ALLOW) {
        str_add(out, "allow");
    } else if (e->kind == MODEL_EXPECT_FAIL) {
        str_add(out, e->message ? "fail " : "fail implicit");
        if (e->message)
            add_string(out, e->message, strlen(e->message));
    }
    const char *between = "";
    for (uint32_t i = 0; i < e->nresults; i++) {
        unsigned r = e->results[i].result;
        str_printf(out, "%s%s = ", between, result_name(m, r));
        add_set(out, m->model->space, m->trial->evaluations[0].result[r]);
        between = ", ";
    }
}

/* On as few lines as are not too long. */
static const char *test_text(struct maker *m)
{
    struct str_buf title, call, answer;
    str_init(&title);
    str_init(&call);
    str_init(&answer);
    add_title(m, &title);
    str_printf(&call, "%s(", m->subject.model.name);
    add_operands(m, &call);
    str_add(&call, ")");
    add_expectation(m, &answer);
    bool one = title.len + call.len + answer.len + 10 <= LINE;
    bool two = one || call.len + answer.len + 12 <= LINE;
    const char *text =
        arena_printf(m->arena, "    %s:%s%s%s-> %s", str_text(&title), one ? " " : "\n        ",
                     str_text(&call), two ? " " : "\n            ", str_text(&answer));
    str_free(&title);
    str_free(&call);
    str_free(&answer);
    return text;
}

/* ---- Trying ---------------------------------------------------------------------------------- */

static bool names_all_operands(const struct maker *m)
{
    for (unsigned op = 0; op < POL_OPERANDS; op++)
        if (!operand_name(m, op) && !is_empty(m->model->space, m->inputs->inputs.set[op]))
            return false;
    return true;
}

static bool has_opclass(const struct trial_cases *cases, uint32_t opclass)
{
    for (size_t i = 0; i < cases->count; i++)
        if (cases->items[i].opclass == opclass)
            return true;
    return false;
}

/* The test about the subject, if it holds in all its opclasses; else NULL. */
static const char *try_subject(struct maker *m)
{
    struct trial_cases cases;
    struct trial_result result;
    uint32_t word = m->trial->ir->opclasses[m->inputs->opclass].sample;
    if (!names_all_operands(m) ||
        !trial_cases_of(m->trial->ir, &m->subject.model, m->arena, &cases) ||
        !has_opclass(&cases, m->inputs->opclass))
        return NULL;
    expect_today(m, word);
    const char *text = test_text(m);
    m->test.title = "";
    m->test.subject = m->subject.model;
    for (unsigned op = 0; op < POL_OPERANDS; op++)
        m->test.inputs[op] = m->inputs->inputs.set[op];
    struct coverage *coverage = m->trial->coverage;
    m->trial->coverage = NULL; /* what is only suggested covers nothing */
    trial_run(m->trial, &m->test, m->arena, &result);
    m->trial->coverage = coverage;
    return result.passed && !result.skipped ? text : NULL;
}

/* The rule's own group, the mnemonic, any group that holds the opclass. */
static const char *try_all(struct maker *m)
{
    const struct ir_opclass *c = &m->trial->ir->opclasses[m->inputs->opclass];
    const char *text = NULL;
    if (m->rule->group != MODEL_EVERY_INSTRUCTION) {
        m->subject = of_group(m, m->rule->group);
        text = try_subject(m);
    }
    if (!text) {
        take_mnemonic(m, c->sample);
        text = try_subject(m);
    }
    for (uint32_t i = 0; !text && i < c->ngroups; i++) {
        m->subject = of_group(m, c->groups[i]);
        text = try_subject(m);
    }
    return text;
}

static const char *unsayable(const struct maker *m)
{
    const struct witness *w = &m->inputs->inputs;
    for (unsigned op = 0; op < POL_OPERANDS; op++)
        if (!can_be_said(m->model->space, w->set[op]))
            return "it needs a tag with a TagSet argument, which a test cannot write";
    if (!is_empty(m->model->space, w->set[SCENE_OLD_RD]))
        return "it needs tags in the old destination register, which a test cannot write";
    return w->late ? "it needs a counter of `new` that has moved" : NULL;
}

struct suggestion suggest_test(struct trial *trial, uint32_t decider, uint32_t rule,
                               const struct reachable_rule *inputs, struct arena *arena)
{
    const struct model *model = trial->model;
    struct maker m = {.trial = trial,
                      .model = model,
                      .rule = &model->rules[model->deciders[decider].rules[rule]],
                      .inputs = inputs,
                      .arena = arena};
    struct suggestion s = {0};
    if (!inputs->inputs.set[0])
        return (struct suggestion){.reason = "a limit was reached before its inputs were found"};
    s.reason = unsayable(&m);
    if (!s.reason)
        s.text = try_all(&m);
    s.test = m.test;
    if (!s.reason && !s.text)
        s.reason = arena_printf(arena,
                                "other instructions of its groups have other answers; a group of "
                                "%s alone would do",
                                trial->ir->opclasses[inputs->opclass].name);
    return s;
}
