/* policyc diff: two policies compared by what they mean. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "compiler/cli/policy.h"
#include "compiler/compare/compare.h"
#include "lang/support/arena.h"

struct diff {
    const struct cli_args *args;
    struct cli_source source[2];
    struct arena arena;
    struct comparison *comparison;
};

static const char *const who_names[2] = {"old", "new"};

/* ---- The policies -------------------------------------------------------------------------- */

static enum cli_status load(struct diff *diff, int who)
{
    struct compile_options options;
    struct cli_source *source = &diff->source[who];
    const char *path = diff->args->files[who];
    if (!cli_source_options(source, diff->args, &options))
        return CLI_BAD;
    options.last = COMPILE_IR;
    enum cli_status status = cli_source_compile(source, diff->args, path, &options);
    if (!status && !source->compiled->ir) {
        cli_error("%s: there is no policy to compare", path);
        return CLI_BAD;
    }
    return status == CLI_FOUND ? CLI_BAD : status; /* a policy with errors cannot be compared */
}

/* `OLD=NEW`, as often as given; false after a message. */
static bool read_renames(struct diff *diff, struct compare_options *options)
{
    struct compare_rename *renames =
        ARENA_ARRAY(&diff->arena, struct compare_rename, (size_t)diff->args->ngiven + 1);
    for (int i = 0; i < diff->args->ngiven; i++) {
        const char *text = diff->args->given[i].value;
        if (diff->args->given[i].id != OPT_RENAME)
            continue;
        const char *equals = strchr(text, '=');
        if (!equals || equals == text || !equals[1]) {
            cli_error("--rename=%s: OLD=NEW is needed", text);
            return false;
        }
        struct compare_rename *rename = &renames[options->nrenames++];
        rename->names[COMPARE_OLD] = arena_strndup(&diff->arena, text, (size_t)(equals - text));
        rename->names[COMPARE_NEW] = equals + 1;
    }
    options->renames = renames;
    return true;
}

/* ---- Text ---------------------------------------------------------------------------------- */

static const struct ir_rule *rule_of(const struct diff *diff, int who,
                                     const struct compare_answer *answer)
{
    const struct ir *ir = diff->source[who].compiled->ir;
    if (answer->rule == POL_NO_RULE)
        return NULL;
    return &ir->deciders[answer->decider].rules[answer->rule];
}

static void print_note(const struct compare_note *note)
{
    const char *a = note->values[COMPARE_OLD], *b = note->values[COMPARE_NEW];
    const char *topic = compare_topic_name(note->topic);
    if (a && b)
        printf("~ %s %s: %s -> %s\n", topic, note->what, a, b);
    else
        printf("%c %s %s: %s\n", a ? '-' : '+', topic, note->what, a ? a : b);
}

static void print_count(const char **between, uint32_t count, const char *what)
{
    if (!count)
        return;
    printf("%s%" PRIu32 " %s", *between, count, what);
    *between = ", ";
}

/* Equal names once. */
static void print_unit(const struct compare_unit *unit)
{
    const char *between = ": ";
    bool whole = unit->deciders[COMPARE_OLD] == IR_NONE;
    printf("%s%s", whole ? "whole policy " : "", unit->names[COMPARE_OLD]);
    if (strcmp(unit->names[COMPARE_OLD], unit->names[COMPARE_NEW]) != 0)
        printf(" -> %s", unit->names[COMPARE_NEW]);
    print_count(&between, unit->counts[COMPARE_EQUAL], "equal");
    print_count(&between, unit->counts[COMPARE_STRICTER], "stricter");
    print_count(&between, unit->counts[COMPARE_LOOSER], "looser");
    print_count(&between, unit->counts[COMPARE_CHANGED], "changed");
    print_count(&between, unit->undecided, "undecided");
    putchar('\n');
}

/* Words on lines of at most 100 columns. */
static void print_mnemonics(const struct compare_difference *d)
{
    int column = printf("  %s:", compare_aspect_name(d->aspect));
    if (d->all) {
        puts(" all instructions");
        return;
    }
    for (uint32_t i = 0; i < d->nmnemonics; i++) {
        if (column + (int)strlen(d->mnemonics[i]) + 1 > 100)
            column = printf("\n     ") - 1;
        column += printf(" %s", d->mnemonics[i]);
    }
    putchar('\n');
}

static void print_side(const struct diff *diff, int who, const struct compare_difference *d)
{
    const struct compare_answer *answer = &d->side[who];
    const struct ir_rule *rule = rule_of(diff, who, answer);
    printf("      %s: %s\n", who_names[who],
           d->late ? "depends on counters of `new` that are not at 0" : answer->answer);
    if (rule)
        printf("           by %s:%" PRIu32 ":%" PRIu32 " %s\n", rule->file, rule->line,
               rule->column, rule->text);
}

static void print_difference(const struct diff *diff, const struct compare_difference *d)
{
    bool same = strcmp(d->side[COMPARE_OLD].line, d->side[COMPARE_NEW].line) == 0;
    print_mnemonics(d);
    printf("    %s\n", d->side[COMPARE_OLD].line);
    print_side(diff, COMPARE_OLD, d);
    if (!same)
        printf("    %s\n", d->side[COMPARE_NEW].line);
    print_side(diff, COMPARE_NEW, d);
}

static void print_text(const struct diff *diff)
{
    const struct comparison *c = diff->comparison;
    for (uint32_t i = 0; i < c->nnotes; i++)
        print_note(&c->notes[i]);
    for (uint32_t u = 0; u < c->nunits; u++) {
        print_unit(&c->units[u]);
        for (uint32_t i = 0; i < c->ndifferences; i++)
            if (c->differences[i].unit == u)
                print_difference(diff, &c->differences[i]);
    }
    if (c->equal)
        printf("equal for all inputs: %" PRIu32 " kinds of instructions\n", c->npairs);
    else
        printf("%" PRIu32 " of %" PRIu32 " kinds of instructions are equal\n", c->nequal,
               c->npairs);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *must(json_t *json)
{
    if (!json)
        pol_fatal_oom();
    return json;
}

static json_t *json_text(const char *text)
{
    return text ? must(json_string(text)) : json_null();
}

static json_t *json_note(const struct compare_note *note)
{
    return must(json_pack("{ss so so so}", "topic", compare_topic_name(note->topic), "what",
                          json_text(note->what), "old", json_text(note->values[COMPARE_OLD]), "new",
                          json_text(note->values[COMPARE_NEW])));
}

static json_t *json_unit(const struct compare_unit *unit)
{
    return must(json_pack(
        "{so so sb sI sI sI sI sI}", "old", json_text(unit->names[COMPARE_OLD]), "new",
        json_text(unit->names[COMPARE_NEW]), "whole", unit->deciders[COMPARE_OLD] == IR_NONE,
        "equal", (json_int_t)unit->counts[COMPARE_EQUAL], "stricter",
        (json_int_t)unit->counts[COMPARE_STRICTER], "looser",
        (json_int_t)unit->counts[COMPARE_LOOSER], "changed",
        (json_int_t)unit->counts[COMPARE_CHANGED], "undecided", (json_int_t)unit->undecided));
}

static json_t *json_rule(const struct ir_rule *rule)
{
    if (!rule)
        return json_null();
    return must(json_pack("{so sI sI so}", "file", json_text(rule->file), "line",
                          (json_int_t)rule->line, "column", (json_int_t)rule->column, "text",
                          json_text(rule->text)));
}

static json_t *json_side(const struct diff *diff, int who, const struct compare_difference *d)
{
    const struct compare_answer *answer = &d->side[who];
    return must(json_pack("{so so so}", "input", json_text(answer->line), "answer",
                          json_text(d->late ? NULL : answer->answer), "rule",
                          json_rule(rule_of(diff, who, answer))));
}

static json_t *json_difference(const struct diff *diff, const struct compare_difference *d)
{
    json_t *mnemonics = must(json_array());
    for (uint32_t i = 0; i < d->nmnemonics; i++)
        json_array_append_new(mnemonics, json_text(d->mnemonics[i]));
    return must(json_pack("{sI ss sb sI so so so}", "unit", (json_int_t)d->unit, "aspect",
                          compare_aspect_name(d->aspect), "counters", d->late, "opclasses",
                          (json_int_t)d->npairs, "mnemonics", mnemonics, "old",
                          json_side(diff, COMPARE_OLD, d), "new", json_side(diff, COMPARE_NEW, d)));
}

static void print_json(const struct diff *diff)
{
    const struct comparison *c = diff->comparison;
    json_t *notes = must(json_array()), *units = must(json_array());
    json_t *differences = must(json_array());
    for (uint32_t i = 0; i < c->nnotes; i++)
        json_array_append_new(notes, json_note(&c->notes[i]));
    for (uint32_t i = 0; i < c->nunits; i++)
        json_array_append_new(units, json_unit(&c->units[i]));
    for (uint32_t i = 0; i < c->ndifferences; i++)
        json_array_append_new(differences, json_difference(diff, &c->differences[i]));
    json_t *all = must(
        json_pack("{so so sb sI sI so so so}", "old", json_text(diff->args->files[COMPARE_OLD]),
                  "new", json_text(diff->args->files[COMPARE_NEW]), "equal", c->equal, "opclasses",
                  (json_int_t)c->npairs, "equalOpclasses", (json_int_t)c->nequal, "notes", notes,
                  "units", units, "differences", differences));
    if (json_dumpf(all, stdout, JSON_INDENT(2)) == 0)
        putchar('\n');
    json_decref(all);
}

/* ---- The command --------------------------------------------------------------------------- */

static enum cli_status compare(struct diff *diff)
{
    char err[512];
    struct compare_options options = {0};
    struct compare_policy policies[2];
    if (!read_renames(diff, &options))
        return CLI_BAD;
    for (int who = 0; who < 2; who++)
        policies[who] = (struct compare_policy){diff->source[who].compiled->model,
                                                diff->source[who].compiled->ir};
    diff->comparison = compare_policies(policies, &options, err, sizeof err);
    if (!diff->comparison) {
        cli_error("--rename: %s", err);
        return CLI_BAD;
    }
    if (cli_is(cli_value(diff->args, OPT_FORMAT), "json"))
        print_json(diff);
    else
        print_text(diff);
    return diff->comparison->equal ? CLI_OK : CLI_FOUND;
}

enum cli_status cmd_diff(struct cli_args *args)
{
    struct diff diff = {.args = args};
    enum cli_status status = CLI_OK;
    arena_init(&diff.arena);
    for (int who = 0; who < 2; who++)
        cli_source_init(&diff.source[who]);
    for (int who = 0; who < 2 && !status; who++)
        status = load(&diff, who);
    if (!status)
        status = compare(&diff);
    comparison_free(diff.comparison);
    for (int who = 0; who < 2; who++)
        cli_source_free(&diff.source[who]);
    arena_free(&diff.arena);
    return status;
}
