/* Help texts, the man page and shell completions: all from the tables of commands and options. */
#include "compiler/cli/cli.h"

#include <string.h>

enum { WRAP = 78 };

static const char *const statuses[] = {
    "0",  "success; for comparisons: agreement",
    "1",  "the policy has errors, a violation was found, or engines differ",
    "2",  "wrong usage, bad input, or a file that cannot be read or written",
    "70", "an internal error, or out of memory",
};

static bool row_on(const struct cli_option_info *option, enum cli_command command)
{
    return option->commands >> command & 1u;
}

/* Words wrapped behind an indentation; the cursor stands at `column`.  Lines of the text stay
 * lines. */
static void wrap(FILE *out, const char *text, int indent, int column)
{
    bool first = true; /* no blank before the first word of a line */
    for (; *text; text++) {
        int len = (int)strcspn(text, " \n");
        if (!first && column + 1 + len > WRAP) {
            column = fprintf(out, "\n%*s", indent, "") - 1;
            first = true;
        }
        column += fprintf(out, "%s%.*s", first ? "" : " ", len, text);
        first = false;
        text += len;
        if (*text == '\n') {
            column = fprintf(out, "\n%*s", indent, "") - 1;
            first = true;
        }
        if (!*text)
            break;
    }
    fputc('\n', out);
}

/* `[FORM]` stands for a value that may be left out. */
static bool may_lack_value(const struct cli_option_info *o)
{
    return *o->value == '[';
}

static int option_column(const struct cli_option_info *o, FILE *out)
{
    int n = o->letter ? fprintf(out, "  -%c, ", o->letter) : fprintf(out, "      ");
    n += fprintf(out, "--%s", o->name);
    if (may_lack_value(o))
        n += fprintf(out, "[=%s", o->value + 1);
    else if (*o->value)
        n += fprintf(out, "=%s", o->value);
    return n;
}

static void print_statuses(FILE *out)
{
    fprintf(out, "\nExit status:\n");
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i += 2)
        fprintf(out, "  %-4s%s\n", statuses[i], statuses[i + 1]);
}

void cli_print_usage(FILE *out)
{
    fprintf(out, "Usage: policyc COMMAND [OPTION]... [ARGUMENT]...\n\n"
                 "Compiles micropolicies: security rules over metadata tags that a CPU checks on\n"
                 "every instruction.\n\nCommands:\n");
    for (int c = 0; c < CMD_COUNT; c++) {
        const struct cli_command_info *info = cli_command_at((enum cli_command)c);
        fprintf(out, "  %-15s%s\n", info->name, info->summary);
    }
    fprintf(out,
            "\n`policyc COMMAND --help` explains a command.\n"
            "`policyc --generate=man|bash|zsh` prints the man page or a shell's completions.\n");
    print_statuses(out);
}

void cli_print_help(enum cli_command command, FILE *out)
{
    const struct cli_command_info *info = cli_command_at(command);
    const struct cli_option_info *o;
    fprintf(out, "Usage: policyc %s [OPTION]... %s\n\n", info->name, info->synopsis);
    wrap(out, info->description, 0, 0);
    fprintf(out, "\nOptions:\n");
    for (size_t row = 0; (o = cli_option_at(row)); row++) {
        if (!row_on(o, command))
            continue;
        int column = option_column(o, out);
        column = column > 28 ? fprintf(out, "\n%*s", 30, "") - 1
                             : column + fprintf(out, "%*s", 30 - column, "");
        wrap(out, o->help, 30, column);
    }
    print_statuses(out);
}

/* ---- Man page -------------------------------------------------------------------------------- */

/* Text for roff: backslashes and leading dots would be commands, and hyphens would be typographic.
 */
static void roff(FILE *out, const char *text)
{
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        start = *text == '\n';
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\n')
            fputs(text[1] == ' ' ? "\n.br\n" : "\n.br\n", out);
        else
            fputc(*text, out);
    }
    fputc('\n', out);
}

static void man_option(const struct cli_option_info *o, FILE *out)
{
    fputs(".TP\n", out);
    if (o->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", o->letter);
    fputs("\\fB\\-\\-", out);
    for (const char *c = o->name; *c; c++)
        fputs(*c == '-' ? "\\-" : (char[]){*c, 0}, out);
    fputs("\\fR", out);
    if (may_lack_value(o))
        fprintf(out, "[=\\fI%.*s\\fR]", (int)strcspn(o->value + 1, "]"), o->value + 1);
    else if (*o->value)
        fprintf(out, "=\\fI%s\\fR", o->value);
    fputc('\n', out);
    roff(out, o->help);
}

static void man_command(enum cli_command command, FILE *out)
{
    const struct cli_command_info *info = cli_command_at(command);
    const struct cli_option_info *o;
    fprintf(out, ".SS \"policyc %s [OPTION]... %s\"\n", info->name, info->synopsis);
    roff(out, info->description);
    for (size_t row = 0; (o = cli_option_at(row)); row++)
        if (row_on(o, command) && o->id != OPT_HELP)
            man_option(o, out);
}

static void generate_man(FILE *out)
{
    fprintf(out,
            ".\\\" Generated by policyc --generate=man.\n"
            ".TH POLICYC 1 \"\" \"policyc %s\" \"User Commands\"\n"
            ".SH NAME\npolicyc \\- compiler for micropolicies\n"
            ".SH SYNOPSIS\n.B policyc\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
            ".SH DESCRIPTION\n"
            "Compiles security rules over metadata tags, which a CPU checks on every\n"
            "instruction, to rule tables and reference monitors, and tests them.\n"
            ".SH COMMANDS\n",
            POLICYC_VERSION);
    for (int c = 0; c < CMD_COUNT; c++)
        man_command((enum cli_command)c, out);
    fputs(".SH \"EXIT STATUS\"\n", out);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i += 2) {
        fprintf(out, ".TP\n.B %s\n", statuses[i]);
        roff(out, statuses[i + 1]);
    }
    fputs(".SH ENVIRONMENT\n.TP\n.B POLICYC_LIBRARY\nFolder of the installed policies.\n"
          ".TP\n.B CC\nC compiler for reference monitors (default: cc).\n"
          ".TP\n.B NO_COLOR\nIf set and not empty, no colours.\n"
          ".SH FILES\n.TP\n.I ../share/policyc/policies\nThe installed policies, seen from the "
          "folder of the command.\n",
          out);
}

/* ---- Completions ----------------------------------------------------------------------------- */

static void shell_options(enum cli_command command, FILE *out)
{
    const struct cli_option_info *o;
    for (size_t row = 0; (o = cli_option_at(row)); row++)
        if (row_on(o, command))
            fprintf(out, "%s--%s%s", row ? " " : "", o->name,
                    *o->value && !may_lack_value(o) ? "=" : "");
}

/* The first words of commands (once each), or the second words behind `first`. */
static void shell_words(const char *first, FILE *out)
{
    const char *last = "";
    size_t last_len = 0;
    for (int c = 0; c < CMD_COUNT; c++) {
        const char *name = cli_command_at((enum cli_command)c)->name;
        size_t len = strcspn(name, " ");
        if (first) {
            if (name[len] && strlen(first) == len && memcmp(name, first, len) == 0)
                fprintf(out, " %s", name + len + 1);
        } else if (len != last_len || memcmp(name, last, len) != 0) {
            fprintf(out, " %.*s", (int)len, name);
        }
        last = name;
        last_len = len;
    }
}

static void bash_choices(FILE *out)
{
    const struct cli_option_info *o;
    for (size_t row = 0; (o = cli_option_at(row)); row++) {
        if (!*o->choices || may_lack_value(o))
            continue;
        fprintf(out, "        --%s) COMPREPLY=($(compgen -W \"", o->name);
        for (const char *c = o->choices; *c; c++)
            fputc(*c == '|' ? ' ' : *c, out);
        fputs("\" -- \"$cur\")); return ;;\n", out);
    }
}

static void generate_bash(FILE *out)
{
    fputs(
        "# Completion of policyc for bash; generated by policyc --generate=bash.\n"
        "_policyc() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command options\n"
        "    COMPREPLY=()\n"
        "    [ \"$cur\" = = ] && cur=\n"
        "    [ \"$prev\" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
        "    case $prev in\n",
        out);
    bash_choices(out);
    fputs("    esac\n    if [ $COMP_CWORD -eq 1 ]; then\n        COMPREPLY=($(compgen -W \"", out);
    shell_words(NULL, out);
    fputs("\" -- \"$cur\")); return\n    fi\n    command=${COMP_WORDS[1]}\n"
          "    if [ $COMP_CWORD -eq 2 ] && [ \"$command\" = trace ]; then\n"
          "        COMPREPLY=($(compgen -W \"",
          out);
    shell_words("trace", out);
    fputs("\" -- \"$cur\")); return\n    fi\n"
          "    [ \"$command\" = trace ] && command=\"trace ${COMP_WORDS[2]}\"\n"
          "    case $command in\n",
          out);
    for (int c = 0; c < CMD_COUNT; c++) {
        fprintf(out, "        \"%s\") options=\"", cli_command_at((enum cli_command)c)->name);
        shell_options((enum cli_command)c, out);
        fputs("\" ;;\n", out);
    }
    fputs("    esac\n    case $cur in\n"
          "        -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
          "            [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace ;;\n"
          "        *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
          "    esac\n}\ncomplete -o filenames -F _policyc policyc\n",
          out);
}

static void zsh_quote(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void zsh_option(const struct cli_option_info *o, FILE *out)
{
    fprintf(out, " \\\n            '--%s%s[", o->name,
            may_lack_value(o) ? "=-"
            : *o->value       ? "="
                              : "");
    zsh_quote(out, o->help);
    fputc(']', out);
    if (*o->value) {
        fputs(may_lack_value(o) ? "::" : ":", out);
        zsh_quote(out, o->value);
        if (*o->choices) {
            fputs(":(", out);
            for (const char *c = o->choices; *c; c++)
                fputc(*c == '|' ? ' ' : *c, out);
            fputc(')', out);
        } else {
            fputs(":_files", out);
        }
    }
    fputc('\'', out);
}

static void generate_zsh(FILE *out)
{
    const struct cli_option_info *o;
    fputs(
        "#compdef policyc\n# Completion of policyc for zsh; generated by policyc --generate=zsh.\n"
        "_policyc() {\n    local command=$words[2]\n"
        "    if (( CURRENT == 2 )); then\n        compadd --",
        out);
    shell_words(NULL, out);
    fputs("\n        return\n    fi\n    if [[ $command == trace ]]; then\n"
          "        if (( CURRENT == 3 )); then\n            compadd --",
          out);
    shell_words("trace", out);
    fputs("\n            return\n        fi\n        command=\"trace $words[3]\"\n    fi\n"
          "    case $command in\n",
          out);
    for (int c = 0; c < CMD_COUNT; c++) {
        fprintf(out, "        (\"%s\")\n            _arguments",
                cli_command_at((enum cli_command)c)->name);
        for (size_t row = 0; (o = cli_option_at(row)); row++)
            if (row_on(o, (enum cli_command)c))
                zsh_option(o, out);
        fputs(" \\\n            '*:file:_files' ;;\n", out);
    }
    fputs("    esac\n}\n_policyc \"$@\"\n", out);
}

bool cli_generate(const char *what, FILE *out)
{
    if (cli_is(what, "man"))
        generate_man(out);
    else if (cli_is(what, "bash"))
        generate_bash(out);
    else if (cli_is(what, "zsh"))
        generate_zsh(out);
    else
        return false;
    return true;
}
