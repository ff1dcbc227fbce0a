/* policyc eval: one line of operands, one line of answer. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <pol/kinds.h>

#include "compiler/cli/engine.h"
#include "compiler/cli/operands.h"
#include "lang/support/arena.h"
#include "lang/support/str.h"

struct evaluator {
    struct cli_policy policy;
    struct pol_engine *engine;
    enum cli_engine_kind kind;
    bool keep_state;
    struct operand_tuples tuples;
    struct pol_evaluation evaluation;
    uint32_t *word;     /* of the table, to look at kinds */
    char *text, *other; /* answers, grown as needed */
    size_t text_room, other_room;
    bool invalid; /* a result of the current line does not decode */
    uint64_t line, bad_lines;
};

/* ---- Answers --------------------------------------------------------------------------------- */

/* Whether the set can occur where the instruction has it: the table has codes for no others.  {}
 * has a code everywhere. */
static bool can_occur(struct evaluator *e, const uint32_t *lit, uint32_t kinds)
{
    if (operands_empty(lit, e->policy.space))
        return true;
    if (pol_table_encode(e->policy.table, e->policy.space, lit, e->word, NULL))
        return false;
    return (pol_table_kinds(e->policy.table, e->word) & kinds) != 0;
}

/* The first operand that the table cannot represent, -1: none. */
static int unencodable(struct evaluator *e, const struct pol_form *form)
{
    for (unsigned set = 0; set < POL_TUPLE_SETS; set++) {
        uint32_t kinds = pol_operand_kinds(form, set);
        if (kinds && !can_occur(e, e->tuples.tuple.set[set], kinds))
            return (int)set;
    }
    return -1;
}

static void set_text(char **text, size_t *room, const char *fmt, ...) LANG_PRINTF(3, 4);
static void set_text(char **text, size_t *room, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(*text, *room, fmt, args);
    va_end(args);
    if (n >= 0 && (size_t)n >= *room) {
        *room = (size_t)n + 1;
        *text = lang_xrealloc(*text, *room);
        vsnprintf(*text, *room, fmt, again);
    }
    va_end(again);
}

static void format_answer(struct evaluator *e, enum pol_eval_status status, char **text,
                          size_t *room)
{
    for (;;) {
        size_t n = pol_evaluation_format(e->policy.space, &e->policy.debug, status, &e->evaluation,
                                         *text, *room);
        if (n < *room)
            return;
        *room = n + 1;
        *text = lang_xrealloc(*text, *room);
    }
}

/* The answer for one case. */
static void answer_case(struct evaluator *e, uint32_t word, bool commit, char **text, size_t *room)
{
    int row = pol_isa_decode(&e->policy.isa, word);
    struct pol_form form = {0};
    if (row >= 0)
        form = pol_insn_form(pol_insn_at((size_t)row));
    int bad = cli_engine_stage(e->kind) == COMPILE_TABLE && row >= 0 ? unencodable(e, &form) : -1;
    if (bad >= 0) {
        set_text(text, room, "error unencodable %s", operands_name((unsigned)bad));
        return;
    }
    e->tuples.tuple.word = word;
    enum pol_eval_status status =
        pol_evaluate_tuple(e->engine, &e->policy.isa, &e->tuples.tuple, commit, &e->evaluation);
    if (status == POL_EVAL_MEMORY)
        pol_fatal_oom();
    e->invalid |= status == POL_EVAL_INVALID;
    format_answer(e, status, text, room);
}

/* ---- Cases that differ ----------------------------------------------------------------------- */

static void list_cases(struct evaluator *e, size_t from, struct str_buf *message)
{
    const struct operand_case *cases = e->tuples.cases;
    for (size_t i = from; i < e->tuples.count; i++) {
        answer_case(e, cases[i].word, false, &e->other, &e->other_room);
        if (strcmp(e->text, e->other) == 0)
            str_printf(message, "%s %s", i == from ? "" : ",",
                       e->policy.opclasses[cases[i].opclass].name);
    }
}

/* Whether an earlier case has the answer in e->text. */
static bool answered_before(struct evaluator *e, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        answer_case(e, e->tuples.cases[i].word, false, &e->other, &e->other_room);
        if (strcmp(e->text, e->other) == 0)
            return true;
    }
    return false;
}

/* Each distinct answer with the opclasses that give it. */
static void differ(struct evaluator *e, struct str_buf *message)
{
    str_add(message, "the opclasses of the group have different answers:");
    for (size_t i = 0, n = 0; i < e->tuples.count; i++) {
        answer_case(e, e->tuples.cases[i].word, false, &e->text, &e->text_room);
        if (answered_before(e, i))
            continue;
        str_printf(message, "%s", n++ ? ";" : "");
        list_cases(e, i, message);
        str_printf(message, ": %s", e->text);
    }
}

/* All cases must agree; the first one's answer is left in e->text.  Else -1 and a message. */
static int answer_all(struct evaluator *e, struct str_buf *message)
{
    const struct operand_case *cases = e->tuples.cases;
    bool single = e->tuples.count == 1;
    answer_case(e, cases[0].word, single, &e->text, &e->text_room);
    for (size_t i = 1; i < e->tuples.count; i++) {
        answer_case(e, cases[i].word, false, &e->other, &e->other_room);
        if (strcmp(e->text, e->other) != 0) {
            differ(e, message);
            return -1;
        }
    }
    if (!single)
        answer_case(e, cases[0].word, true, &e->text, &e->text_room);
    return 0;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void bad_line(struct evaluator *e, const char *why)
{
    e->bad_lines++;
    cli_error("line %llu: %s", (unsigned long long)e->line, why);
    printf("error %s\n", why);
}

static void answer_line(struct evaluator *e, const char *line, size_t length)
{
    char err[512];
    struct str_buf message;
    int status = operands_read(&e->tuples, &e->policy, line, length, err, sizeof err);
    if (status < 0)
        bad_line(e, err);
    if (status <= 0)
        return;
    if (!e->keep_state)
        e->engine->ops->reset(e->engine);
    str_init(&message);
    e->invalid = false;
    if (answer_all(e, &message))
        bad_line(e, str_text(&message));
    else if (e->invalid)
        bad_line(e, "invalid: the engine yields a set that it cannot name");
    else
        puts(e->text);
    str_free(&message);
}

static size_t without_end(const char *line, size_t length)
{
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    return length;
}

static enum cli_status answer_lines(struct evaluator *e, FILE *in, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    errno = 0;
    while (!ferror(stdout) && (length = getline(&line, &room, in)) >= 0) {
        e->line++;
        answer_line(e, line, without_end(line, (size_t)length));
    }
    int error = errno;
    free(line);
    if (ferror(in) || !(feof(in) || ferror(stdout))) { /* getline may lack memory */
        cli_error("%s: %s", name, strerror(error));
        return error == ENOMEM ? CLI_INTERNAL : CLI_BAD;
    }
    return e->bad_lines ? CLI_BAD : CLI_OK;
}

static enum cli_status answer_input(struct evaluator *e, const char *path)
{
    if (!path || cli_is(path, "-"))
        return answer_lines(e, stdin, "standard input");
    FILE *in = fopen(path, "r");
    if (!in) {
        cli_error("%s: %s", path, strerror(errno));
        return CLI_BAD;
    }
    enum cli_status status = answer_lines(e, in, path);
    fclose(in);
    return status;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static enum cli_status start(struct evaluator *e, const struct cli_args *args)
{
    enum cli_status status = CLI_OK;
    e->engine = cli_engine_open(&e->policy, e->kind, &status);
    if (!e->engine)
        return status;
    if (pol_evaluation_init(&e->evaluation, e->engine))
        pol_fatal_oom();
    operands_init(&e->tuples, &e->policy);
    if (e->policy.table)
        e->word = lang_xalloc((e->policy.table->meta->nslots + (size_t)1) * sizeof *e->word);
    set_text(&e->text, &e->text_room, "%256s", "");
    set_text(&e->other, &e->other_room, "%256s", "");
    status = answer_input(e, cli_value(args, OPT_OPERANDS));
    operands_free(&e->tuples);
    pol_evaluation_free(&e->evaluation);
    e->engine->ops->destroy(e->engine);
    free(e->word);
    free(e->text);
    free(e->other);
    return status;
}

enum cli_status cmd_eval(struct cli_args *args)
{
    struct evaluator e = {0};
    const char *name = cli_value(args, OPT_ENGINE);
    e.keep_state = cli_has(args, OPT_STATE);
    if (!name)
        name = cli_is_table(args->files[0]) ? "table" : "source";
    if (!cli_engine_kind_find(name, strlen(name), &e.kind))
        return CLI_INTERNAL; /* the option's choices are these names */
    enum cli_status status =
        cli_policy_load(&e.policy, args, args->files[0], cli_engine_stage(e.kind));
    if (!status)
        status = start(&e, args);
    cli_policy_free(&e.policy);
    return status;
}
