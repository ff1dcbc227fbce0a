/* policyc: finds the command, parses its options, runs it. */
#include <signal.h>
#include <string.h>

#include "compiler/cli/cli.h"
#include "compiler/cli/temporary.h"
#include "lang/support/str.h"

/* The command that the words at argv name, and how many of them; -1: none. */
static int find_command(int argc, const char *const *argv, int *used)
{
    for (int c = 0; c < CMD_COUNT; c++) {
        const char *name = cli_command_at((enum cli_command)c)->name;
        const char *space = strchr(name, ' ');
        size_t len = space ? (size_t)(space - name) : strlen(name);
        if (strlen(argv[0]) != len || memcmp(argv[0], name, len) != 0)
            continue;
        *used = space ? 2 : 1;
        if (!space || (argc > 1 && strcmp(argv[1], space + 1) == 0))
            return c;
    }
    return -1;
}

/* `trace` without one of its second words: lists them. */
static enum cli_status second_word(int argc, const char *const *argv)
{
    bool asked = argc > 1 && (cli_is(argv[1], "--help") || cli_is(argv[1], "-h"));
    FILE *out = asked ? stdout : stderr;
    size_t len = strlen(argv[0]);
    if (!asked && argc > 1)
        cli_error("%s has no command `%s`", argv[0], argv[1]);
    else if (!asked)
        cli_error("%s needs a second word", argv[0]);
    for (int c = 0; c < CMD_COUNT; c++) {
        const struct cli_command_info *info = cli_command_at((enum cli_command)c);
        if (strncmp(info->name, argv[0], len) == 0 && info->name[len] == ' ')
            fprintf(out, "  %-15s%s\n", info->name, info->summary);
    }
    return asked ? CLI_OK : CLI_BAD;
}

static enum cli_status no_command(int argc, const char *const *argv)
{
    struct str_near near;
    size_t len = strlen(argv[0]);
    str_near_init(&near, argv[0]);
    for (int c = 0; c < CMD_COUNT; c++) {
        const char *name = cli_command_at((enum cli_command)c)->name;
        if (strncmp(name, argv[0], len) == 0 && name[len] == ' ')
            return second_word(argc, argv);
        str_near_offer(&near, name);
    }
    cli_error("there is no command `%s`", argv[0]);
    if (near.best)
        cli_note("did you mean `%s`?", near.best);
    else
        cli_note("`policyc help` lists the commands");
    return CLI_BAD;
}

static enum cli_status run_command(int argc, const char *const *argv)
{
    struct cli_args args;
    int used = 0;
    int command = find_command(argc, argv, &used);
    if (command < 0)
        return no_command(argc, argv);
    enum cli_status status = CLI_BAD;
    if (cli_args_parse(&args, (enum cli_command)command, argc - used, argv + used)) {
        if (cli_has(&args, OPT_HELP)) {
            cli_print_help((enum cli_command)command, stdout);
            status = CLI_OK;
        } else {
            status = cli_command_at((enum cli_command)command)->function(&args);
        }
    }
    cli_args_free(&args);
    return status;
}

static enum cli_status run_plain(const char *word)
{
    if (cli_is(word, "--help") || cli_is(word, "-h")) {
        cli_print_usage(stdout);
        return CLI_OK;
    }
    if (cli_is(word, "--version"))
        return cmd_version(NULL);
    if (str_starts(word, "--generate=")) {
        if (cli_generate(word + strlen("--generate="), stdout))
            return CLI_OK;
        cli_error("--generate takes man, bash or zsh");
        return CLI_BAD;
    }
    cli_error("the command comes first; there is no option `%s` before it", word);
    return CLI_BAD;
}

enum cli_status cmd_version(struct cli_args *args)
{
    (void)args;
    printf("policyc %s\n", POLICYC_VERSION);
    return CLI_OK;
}

enum cli_status cmd_help(struct cli_args *args)
{
    int used;
    if (args->nfiles == 0) {
        cli_print_usage(stdout);
        return CLI_OK;
    }
    int command = find_command(args->nfiles, args->files, &used);
    if (command < 0)
        return no_command(args->nfiles, args->files);
    cli_print_help((enum cli_command)command, stdout);
    return CLI_OK;
}

int main(int argc, char **argv)
{
    enum cli_status status = CLI_BAD;
    signal(SIGXFSZ, SIG_IGN); /* a full quota is an error of write(), with a message */
    cli_temporary_init();
    if (argc < 2)
        cli_print_usage(stderr);
    else if (argv[1][0] == '-')
        status = run_plain(argv[1]);
    else
        status = run_command(argc - 1, (const char *const *)argv + 1);
    return (int)cli_close_stdout(status);
}
