/* Messages, colours and the progress line. */
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "compiler/cli/cli.h"

bool cli_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return !(no_color && *no_color) && !cli_is(term, "dumb") && isatty(fileno(stream));
}

static void message(const char *kind, const char *colour, const char *fmt, va_list args)
{
    if (cli_colour(stderr))
        fprintf(stderr, "policyc: \033[%sm%s:\033[0m ", colour, kind);
    else
        fprintf(stderr, "policyc: %s: ", kind);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
}

void cli_error(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    message("error", "1;31", fmt, args);
    va_end(args);
}

void cli_note(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    message("note", "1;36", fmt, args);
    va_end(args);
}

enum cli_status cli_close_stdout(enum cli_status status)
{
    if (!ferror(stdout) && fflush(stdout) == 0)
        return status;
    cli_error("standard output cannot be written");
    return status == CLI_INTERNAL ? status : CLI_BAD;
}

double cli_seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now))
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void cli_progress_start(struct cli_progress *progress)
{
    progress->on = isatty(STDERR_FILENO);
    progress->width = 0;
    progress->start = cli_seconds();
}

void cli_progress_show(struct cli_progress *progress, const char *fmt, ...)
{
    va_list args;
    if (!progress->on || cli_seconds() - progress->start < 0.5)
        return;
    fputc('\r', stderr);
    va_start(args, fmt);
    int width = vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "%*s", progress->width > width ? progress->width - width : 0, "");
    progress->width = width;
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->on && progress->width)
        fprintf(stderr, "\r%*s\r", progress->width, "");
    progress->width = 0;
}
