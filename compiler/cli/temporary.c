/* What an interrupt removes. */
#include "compiler/cli/temporary.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lang/support/arena.h"

static struct {
    char **paths; /* in the order of the calls */
    size_t count, room;
    sigset_t before;
    int holds;
} temporaries;

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};

enum { INTERRUPTS = sizeof interrupts / sizeof *interrupts };

/* Only calls that a handler may make.  Last comes first, so that folders are empty. */
static void on_interrupt(int number)
{
    for (size_t i = temporaries.count; i-- > 0;)
        if (unlink(temporaries.paths[i]) != 0)
            rmdir(temporaries.paths[i]);
    signal(number, SIG_DFL);
    raise(number); /* comes when the handler returns */
}

static void interrupt_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < INTERRUPTS; i++)
        sigaddset(set, interrupts[i]);
}

void cli_temporary_init(void)
{
    for (size_t i = 0; i < INTERRUPTS; i++) {
        struct sigaction action = {.sa_handler = on_interrupt};
        struct sigaction old;
        interrupt_set(&action.sa_mask);
        if (sigaction(interrupts[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(interrupts[i], &action, NULL);
    }
}

void cli_temporary_hold(void)
{
    sigset_t set;
    if (temporaries.holds++)
        return;
    interrupt_set(&set);
    sigprocmask(SIG_BLOCK, &set, &temporaries.before);
}

void cli_temporary_release(void)
{
    if (--temporaries.holds == 0)
        sigprocmask(SIG_SETMASK, &temporaries.before, NULL);
}

void cli_temporary_add(const char *path)
{
    cli_temporary_hold();
    if (temporaries.count == temporaries.room) {
        temporaries.room = temporaries.room ? temporaries.room * 2 : 16;
        temporaries.paths =
            lang_xrealloc(temporaries.paths, temporaries.room * sizeof *temporaries.paths);
    }
    temporaries.paths[temporaries.count++] = lang_xstrdup(path);
    cli_temporary_release();
}

void cli_temporary_forget(const char *path)
{
    cli_temporary_hold();
    size_t kept = 0;
    for (size_t i = 0; i < temporaries.count; i++) {
        if (strcmp(temporaries.paths[i], path) == 0)
            free(temporaries.paths[i]);
        else
            temporaries.paths[kept++] = temporaries.paths[i];
    }
    temporaries.count = kept;
    if (!kept) {
        free(temporaries.paths);
        temporaries.paths = NULL;
        temporaries.room = 0;
    }
    cli_temporary_release();
}
