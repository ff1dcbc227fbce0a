/* The program policyc: what its commands share.
 *
 * Exit statuses are the same for all commands; enum cli_status has them.  Results go to standard
 * output, everything else to standard error.  Only this folder prints, and only main() exits. */
#ifndef COMPILER_CLI_CLI_H
#define COMPILER_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lang/support/attr.h"

#ifndef POLICYC_VERSION
#define POLICYC_VERSION "unknown"
#endif

enum cli_status {
    CLI_OK = 0,
    CLI_FOUND = 1,    /* the policy has errors, a violation, a difference */
    CLI_BAD = 2,      /* usage, bad input, a file that cannot be read or written */
    CLI_INTERNAL = 70 /* the program's own fault, or no memory */
};

enum cli_command {
#define COMMAND(id, name, synopsis, min, max, function, summary, description) CMD_##id,
#include "compiler/cli/commands.def"
#undef COMMAND
    CMD_COUNT
};

enum cli_option {
#define OPTION(id, letter, name, value, choices, commands, help) OPT_##id,
#define OPTION_AGAIN(id, letter, name, value, choices, commands, help)
#include "compiler/cli/options.def"
#undef OPTION
#undef OPTION_AGAIN
    OPT_COUNT
};

/* A parsed command line.  Texts belong to argv. */
struct cli_given {
    enum cli_option id;
    const char *value; /* "" for a flag, or for a value that was left out */
};
struct cli_args {
    enum cli_command command;
    const char **files; /* arguments that are no options */
    int nfiles;
    struct cli_given *given; /* in order */
    int ngiven;
};

typedef enum cli_status cli_function(struct cli_args *args);
#define COMMAND(id, name, synopsis, min, max, function, summary, description) cli_function function;
#include "compiler/cli/commands.def"
#undef COMMAND

struct cli_command_info {
    const char *name, *synopsis, *summary, *description;
    int min, max;
    cli_function *function;
};
struct cli_option_info {
    enum cli_option id;
    char letter;                               /* 0: none */
    const char *name, *value, *choices, *help; /* value in brackets: may be left out, then "" */
    uint32_t commands;                         /* bit (1 << command) */
};
const struct cli_command_info *cli_command_at(enum cli_command command);
/* Rows of options.def; NULL behind the last. */
const struct cli_option_info *cli_option_at(size_t row);

/* Fills `args` from the words behind the command's name; false after a message.  cli_args_free in
 * either case. */
bool cli_args_parse(struct cli_args *args, enum cli_command command, int argc,
                    const char *const *argv) LANG_MUST_CHECK;
void cli_args_free(struct cli_args *args);

/* The last value of an option, NULL if it was not given. */
const char *cli_value(const struct cli_args *args, enum cli_option id);
bool cli_has(const struct cli_args *args, enum cli_option id);
/* A value as a number; false after a message, *out unchanged if the option was not given. */
bool cli_number(const struct cli_args *args, enum cli_option id, uint64_t *out) LANG_MUST_CHECK;
bool cli_is(const char *value, const char *text); /* value may be NULL */
/* One of a comma-separated list at a time: 1 and *len, with *list moved on; 0 at the end. */
int cli_list_next(const char **list, const char **item, size_t *len);

/* The word that a mistyped one may stand for, as a hint; prints nothing if none is near. */
void cli_suggest(const char *wrong, const char *best);

/* Messages: `policyc: error: ...` with a newline.  Colour on terminals only, never with NO_COLOR.
 */
void cli_error(const char *fmt, ...) LANG_PRINTF(1, 2);
void cli_note(const char *fmt, ...) LANG_PRINTF(1, 2);
bool cli_colour(FILE *stream);
/* Whether standard output took everything; CLI_BAD after a message if not, else `status`. */
enum cli_status cli_close_stdout(enum cli_status status);

/* A line on standard error that overwrites itself; only on a terminal. */
struct cli_progress {
    bool on;
    int width;
    double start;
};
void cli_progress_start(struct cli_progress *progress);
void cli_progress_show(struct cli_progress *progress, const char *fmt, ...) LANG_PRINTF(2, 3);
void cli_progress_end(struct cli_progress *progress);
double cli_seconds(void); /* since some fixed moment */

/* Help texts and what is generated from the same tables. */
void cli_print_usage(FILE *out);
void cli_print_help(enum cli_command command, FILE *out);
/* `man`, `bash`, `zsh`; false: none of these. */
bool cli_generate(const char *what, FILE *out);

#endif
