/* The tables of commands and options, and the parser of command lines. */
#include "compiler/cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"
#include "lang/support/str.h"

#define ON(command) ((uint32_t)1 << CMD_##command)
#define ON_ALL (((uint32_t)1 << CMD_COUNT) - 1)
#define ON_TABLE                                                                                   \
    (ON(COMPILE) | ON(EVAL) | ON(DIFFTEST) | ON(TAG) | ON(TEST) | ON(TRACE_CHECK) | ON(GRAPH))
#define ON_SOURCE (ON_TABLE | ON(EXPLAIN) | ON(DIFF) | ON(CHECK) | ON(VERIFY))

static const struct cli_command_info commands[] = {
#define COMMAND(id, name, synopsis, min, max, function, summary, description)                      \
    {name, synopsis, summary, description, min, max, function},
#include "compiler/cli/commands.def"
#undef COMMAND
};

static const struct cli_option_info options[] = {
#define OPTION(id, letter, name, value, choices, commands, help)                                   \
    {OPT_##id, letter, name, value, choices, help, commands},
#define OPTION_AGAIN OPTION
#include "compiler/cli/options.def"
#undef OPTION
#undef OPTION_AGAIN
};

enum { OPTION_ROWS = sizeof options / sizeof options[0] };

const struct cli_command_info *cli_command_at(enum cli_command command)
{
    return &commands[command];
}

const struct cli_option_info *cli_option_at(size_t row)
{
    return row < OPTION_ROWS ? &options[row] : NULL;
}

/* ---- Looking up ------------------------------------------------------------------------------ */

static bool is_on(const struct cli_option_info *option, const struct cli_args *args)
{
    return option->commands >> args->command & 1u;
}

static const struct cli_option_info *find_long(const struct cli_args *args, const char *name,
                                               size_t len)
{
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (is_on(&options[i], args) && strlen(options[i].name) == len &&
            memcmp(options[i].name, name, len) == 0)
            return &options[i];
    return NULL;
}

static const struct cli_option_info *find_letter(const struct cli_args *args, char letter)
{
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (is_on(&options[i], args) && options[i].letter == letter)
            return &options[i];
    return NULL;
}

void cli_suggest(const char *wrong, const char *best)
{
    if (best)
        cli_note("did you mean `%s`? (you wrote `%s`)", best, wrong);
}

static void unknown_option(const struct cli_args *args, const char *word, size_t len)
{
    char name[64];
    struct str_near near;
    snprintf(name, sizeof name, "%.*s", (int)(len < 60 ? len : 60), word);
    str_near_init(&near, name);
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (is_on(&options[i], args))
            str_near_offer(&near, options[i].name);
    cli_error("%s has no option --%s", commands[args->command].name, name);
    if (near.best)
        cli_note("did you mean `--%s`?", near.best);
}

/* ---- Parsing --------------------------------------------------------------------------------- */

static bool among(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = choices; *at;) {
        size_t n = strcspn(at, "|");
        if (n == len && memcmp(at, value, len) == 0)
            return true;
        at += n + (at[n] == '|');
    }
    return false;
}

static bool give_plain(struct cli_args *args, const struct cli_option_info *option,
                       const char *value)
{
    args->given[args->ngiven++] = (struct cli_given){option->id, value};
    return true;
}

static bool give(struct cli_args *args, const struct cli_option_info *option, const char *value)
{
    if (!*option->choices || among(option->choices, value))
        return give_plain(args, option, value);
    cli_error("--%s takes %s, not `%s`", option->name, option->choices, value);
    return false;
}

/* The value in the same word, or the next word.  NULL after a message. */
static const char *value_of(const struct cli_option_info *option, const char *attached, int argc,
                            const char *const *argv, int *i)
{
    if (attached)
        return attached;
    if (*i + 1 < argc)
        return argv[++*i];
    cli_error("--%s needs a value: %s", option->name, option->value);
    return NULL;
}

static bool parse_long(struct cli_args *args, int argc, const char *const *argv, int *i)
{
    const char *word = argv[*i] + 2;
    size_t len = strcspn(word, "=");
    const struct cli_option_info *option = find_long(args, word, len);
    const char *attached = word[len] ? word + len + 1 : NULL;
    if (!option) {
        unknown_option(args, word, len);
        return false;
    }
    if (!*option->value) {
        if (attached)
            cli_error("--%s takes no value", option->name);
        return !attached && give(args, option, "");
    }
    if (*option->value == '[' && !attached)
        return give_plain(args, option, "");
    const char *value = value_of(option, attached, argc, argv, i);
    return value && give(args, option, value);
}

static bool parse_letters(struct cli_args *args, int argc, const char *const *argv, int *i)
{
    for (const char *at = argv[*i] + 1; *at; at++) {
        const struct cli_option_info *option = find_letter(args, *at);
        if (!option) {
            cli_error("%s has no option -%c", commands[args->command].name, *at);
            return false;
        }
        if (*option->value) {
            const char *value = value_of(option, at[1] ? at + 1 : NULL, argc, argv, i);
            return value && give(args, option, value);
        }
        if (!give(args, option, ""))
            return false;
    }
    return true;
}

static bool add_file(struct cli_args *args, const char *word)
{
    const struct cli_command_info *info = &commands[args->command];
    if (args->nfiles == info->max) {
        cli_error("%s: too many arguments, from `%s` on", info->name, word);
        return false;
    }
    args->files[args->nfiles++] = word;
    return true;
}

static bool enough(const struct cli_args *args)
{
    const struct cli_command_info *info = &commands[args->command];
    if (args->nfiles >= info->min || cli_has(args, OPT_HELP))
        return true;
    cli_error("usage: policyc %s [OPTION]... %s", info->name, info->synopsis);
    return false;
}

bool cli_args_parse(struct cli_args *args, enum cli_command command, int argc,
                    const char *const *argv)
{
    size_t room = 1;
    bool only_files = false;
    for (int i = 0; i < argc; i++)
        room += strlen(argv[i]) + 1; /* letters can stand together */
    *args = (struct cli_args){.command = command};
    args->given = lang_xalloc(room * sizeof *args->given);
    args->files = lang_xalloc(((size_t)argc + 1) * sizeof *args->files);
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        bool ok = true;
        if (only_files || word[0] != '-' || !word[1])
            ok = add_file(args, word);
        else if (strcmp(word, "--") == 0)
            only_files = true;
        else if (word[1] == '-')
            ok = parse_long(args, argc, argv, &i);
        else
            ok = parse_letters(args, argc, argv, &i);
        if (!ok)
            return false;
    }
    return enough(args);
}

void cli_args_free(struct cli_args *args)
{
    free(args->given);
    free(args->files);
    args->given = NULL;
    args->files = NULL;
}

/* ---- Values ---------------------------------------------------------------------------------- */

const char *cli_value(const struct cli_args *args, enum cli_option id)
{
    for (int i = args->ngiven; i-- > 0;)
        if (args->given[i].id == id)
            return args->given[i].value;
    return NULL;
}

bool cli_has(const struct cli_args *args, enum cli_option id)
{
    return cli_value(args, id) != NULL;
}

bool cli_number(const struct cli_args *args, enum cli_option id, uint64_t *out)
{
    const char *text = cli_value(args, id);
    char *end;
    if (!text)
        return true;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 0);
    if (text[0] < '0' || text[0] > '9' || *end || errno) {
        for (size_t i = 0; i < OPTION_ROWS; i++)
            if (options[i].id == id) {
                cli_error("--%s takes a number, not `%s`", options[i].name, text);
                return false;
            }
    }
    *out = value;
    return true;
}

bool cli_is(const char *value, const char *text)
{
    return value && strcmp(value, text) == 0;
}

int cli_list_next(const char **list, const char **item, size_t *len)
{
    if (!*list)
        return 0;
    *item = *list;
    *len = strcspn(*list, ",");
    *list = (*list)[*len] ? *list + *len + 1 : NULL;
    return 1;
}
