/* policyc explain: why an instruction is allowed or not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/engine.h"
#include "compiler/cli/operands.h"
#include "compiler/explain/explain.h"
#include "compiler/explain/whynot.h"
#include "lang/support/arena.h"
#include "lang/support/str.h"

struct explaining {
    struct cli_policy policy;
    struct pol_engine *engine;
    struct operand_tuples tuples;
    json_t *answers; /* NULL: text */
    bool why_not;
    size_t printed;
};

static bool same_rules(const struct explain_decider *a, const struct explain_decider *b)
{
    if (a->rules.count != b->rules.count)
        return false;
    for (size_t i = 0; i < a->rules.count; i++)
        if (a->rules.items[i].rule != b->rules.items[i].rule ||
            a->rules.items[i].role != b->rules.items[i].role)
            return false;
    return true;
}

/* Whether nothing but the instruction differs. */
static bool same(const struct explanation *a, const struct explanation *b)
{
    if (strcmp(a->answer, b->answer) != 0 || a->deciders.count != b->deciders.count)
        return false;
    for (size_t i = 0; i < a->deciders.count; i++)
        if (!same_rules(&a->deciders.items[i], &b->deciders.items[i]))
            return false;
    return true;
}

/* ---- What would be allowed ------------------------------------------------------------------- */

static const char *answer_to(struct explaining *e, const struct pol_tuple *tuple,
                             struct arena *arena)
{
    e->engine->ops->reset(e->engine);
    return explain_tuple(e->engine, e->policy.compiled->model, &e->policy.debug, tuple, arena)
        ->answer;
}

static char *set_text(const struct explaining *e, const uint32_t *lit, struct arena *arena)
{
    size_t need = pol_lit_format(e->policy.space, lit, NULL, 0) + 1;
    char *text = arena_alloc(arena, need);
    pol_lit_format(e->policy.space, lit, text, need);
    return text;
}

static bool same_set(const struct explaining *e, const uint32_t *a, const uint32_t *b)
{
    return memcmp(a, b, e->policy.space->words * sizeof *a) == 0;
}

/* Why there is no change to tell; NULL: there is one. */
static const char *no_change(const struct whynot *w)
{
    if (w->answer == SAT_UNKNOWN)
        return "not decided within the solver's limit";
    return w->answer == SAT_NO ? "no operands that can occur are allowed" : NULL;
}

/* Short memory ends the process. */
static void set_member(json_t *object, const char *name, json_t *value)
{
    if (!value || json_object_set_new(object, name, value))
        pol_fatal_oom();
}

static json_t *change_json(struct explaining *e, const struct whynot *w, const char *answer,
                           struct arena *arena)
{
    json_t *changes = json_object();
    if (!changes)
        pol_fatal_oom();
    for (unsigned i = 0; answer && i < POL_OPERANDS; i++)
        if (!same_set(e, w->tuple.set[i], e->tuples.tuple.set[i]))
            set_member(changes, operands_name(i), json_string(set_text(e, w->tuple.set[i], arena)));
    return json_pack("{s:s?, s:I, s:o, s:s?, s:b}", "none", no_change(w), "tags",
                     (json_int_t)w->nchanges, "operands", changes, "answer", answer, "late",
                     (int)w->late);
}

static void print_change(struct explaining *e, const struct whynot *w, const char *answer,
                         struct arena *arena)
{
    if (!answer) {
        printf("\nwhat would be allowed: %s\n", no_change(w));
        return;
    }
    printf("\nthe smallest change that would be allowed (%u %s)\n", (unsigned)w->nchanges,
           w->nchanges == 1 ? "tag" : "tags");
    for (unsigned i = 0; i < POL_OPERANDS; i++)
        if (!same_set(e, w->tuple.set[i], e->tuples.tuple.set[i]))
            printf("    %s from %s to %s\n", operands_name(i),
                   set_text(e, e->tuples.tuple.set[i], arena), set_text(e, w->tuple.set[i], arena));
    printf("  with it: %s%s\n", answer, w->late ? ", if counters of `new` have moved" : "");
}

/* Only what the source interpreter confirms is told. */
static void find_change(struct explaining *e, const struct explanation *explanation, json_t *object)
{
    struct arena arena;
    struct whynot w;
    uint32_t opclass = cli_decode_word(&e->policy, explanation->word);
    arena_init(&arena);
    e->tuples.tuple.word = explanation->word;
    whynot_allow(e->policy.source.compiled->ir, opclass, &e->tuples.tuple, &arena, &w);
    const char *answer = w.answer == SAT_YES ? answer_to(e, &w.tuple, &arena) : NULL;
    if (answer && !w.late && strncmp(answer, "allow", 5) != 0)
        abort(); /* solver and interpreter contradict each other */
    if (object)
        set_member(object, "whyNot", change_json(e, &w, answer, &arena));
    else
        print_change(e, &w, answer, &arena);
    arena_free(&arena);
}

static void show(struct explaining *e, const struct explanation *explanation, const char *opclasses)
{
    json_t *object = NULL;
    if (e->answers) {
        object = explain_json(explanation);
        set_member(object, "opclasses", json_string(opclasses));
        if (json_array_append_new(e->answers, object))
            pol_fatal_oom();
    } else {
        if (e->printed++)
            putchar('\n');
        if (e->tuples.count > 1)
            printf("%s: ", opclasses);
        explain_print(explanation, stdout);
    }
    if (e->why_not && !explanation->allowed && !explanation->undecodable)
        find_change(e, explanation, object);
}

/* ---- Cases ----------------------------------------------------------------------------------- */

/* The opclasses of a line whose explanations are alike are told together. */
static void explain_cases(struct explaining *e)
{
    struct arena arena;
    size_t n = e->tuples.count;
    arena_init(&arena);
    struct explanation **all = ARENA_ARRAY(&arena, struct explanation *, n);
    for (size_t i = 0; i < n; i++) {
        e->tuples.tuple.word = e->tuples.cases[i].word;
        e->engine->ops->reset(e->engine);
        all[i] = explain_tuple(e->engine, e->policy.compiled->model, &e->policy.debug,
                               &e->tuples.tuple, &arena);
    }
    for (size_t i = 0; i < n; i++) {
        struct str_buf names;
        if (!all[i])
            continue;
        str_init(&names);
        for (size_t k = i; k < n; k++) {
            if (!all[k] || !same(all[i], all[k]))
                continue;
            const char *name = e->policy.opclasses[e->tuples.cases[k].opclass].name;
            str_printf(&names, "%s%s", k == i ? "" : ", ", name);
            all[k] = k == i ? all[k] : NULL;
        }
        show(e, all[i], str_text(&names));
        str_free(&names);
    }
    arena_free(&arena);
}

static bool explain_line(struct explaining *e, const char *line, size_t length)
{
    char err[512];
    int status = operands_read(&e->tuples, &e->policy, line, length, err, sizeof err);
    if (status < 0)
        cli_error("%s", err);
    if (status > 0)
        explain_cases(e);
    return status >= 0;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* The words behind FILE are one line, so that it need not be quoted. */
static enum cli_status explain_words(struct explaining *e, const struct cli_args *args)
{
    struct str_buf line;
    str_init(&line);
    for (int i = 1; i < args->nfiles; i++)
        str_printf(&line, "%s%s", i > 1 ? " " : "", args->files[i]);
    bool ok = explain_line(e, str_text(&line), line.len);
    str_free(&line);
    return ok ? CLI_OK : CLI_BAD;
}

static enum cli_status explain_stream(struct explaining *e, FILE *in, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    bool good = true;
    errno = 0;
    while (!ferror(stdout) && (length = getline(&line, &room, in)) >= 0) {
        while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            length--;
        good = explain_line(e, line, (size_t)length) && good;
    }
    free(line);
    if (ferror(in)) {
        cli_error("%s: %s", name, strerror(errno));
        return CLI_BAD;
    }
    return good ? CLI_OK : CLI_BAD;
}

static enum cli_status explain_input(struct explaining *e, const struct cli_args *args)
{
    const char *path = cli_value(args, OPT_OPERANDS);
    if (args->nfiles > 1 && path) {
        cli_error("lines come from the command line or from --operands, not from both");
        return CLI_BAD;
    }
    if (args->nfiles > 1)
        return explain_words(e, args);
    if (!path || cli_is(path, "-"))
        return explain_stream(e, stdin, "standard input");
    FILE *in = fopen(path, "r");
    if (!in) {
        cli_error("%s: %s", path, strerror(errno));
        return CLI_BAD;
    }
    enum cli_status status = explain_stream(e, in, path);
    fclose(in);
    return status;
}

static enum cli_status start(struct explaining *e, const struct cli_args *args)
{
    enum cli_status status = CLI_OK;
    e->engine = cli_engine_open(&e->policy, CLI_SOURCE, &status);
    if (!e->engine)
        return status;
    if (cli_is(cli_value(args, OPT_FORMAT), "json") && !(e->answers = json_array()))
        pol_fatal_oom();
    e->why_not = cli_has(args, OPT_WHY_NOT);
    operands_init(&e->tuples, &e->policy);
    status = explain_input(e, args);
    if (e->answers) {
        char *text = json_dumps(e->answers, JSON_INDENT(2));
        if (!text)
            pol_fatal_oom();
        puts(text);
        free(text);
    }
    json_decref(e->answers);
    operands_free(&e->tuples);
    e->engine->ops->destroy(e->engine);
    return status;
}

enum cli_status cmd_explain(struct cli_args *args)
{
    struct explaining e = {0};
    if (cli_is_table(args->files[0])) {
        cli_error("%s is a rule table; reasons are in the policy", args->files[0]);
        return CLI_BAD;
    }
    enum cli_status status = cli_policy_load(&e.policy, args, args->files[0], COMPILE_IR);
    if (!status)
        status = start(&e, args);
    cli_policy_free(&e.policy);
    return status;
}
