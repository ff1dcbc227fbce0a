/* What an interrupt removes. */
#include "compiler/cli/temporary.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 24, PATH = 4300 };

static struct {
    char paths[SLOTS][PATH]; /* "": free */
    sigset_t before;
    int holds;
} temporaries;

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};

enum { INTERRUPTS = sizeof interrupts / sizeof *interrupts };

/* Only calls that a handler may make.  Last comes first, so that folders are empty. */
static void on_interrupt(int number)
{
    for (int i = SLOTS; i-- > 0;)
        if (temporaries.paths[i][0] && unlink(temporaries.paths[i]) != 0)
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

/* Behind all that is on the list, so that the order stays that of the calls. */
static char *free_slot(void)
{
    int i = SLOTS;
    while (i > 0 && !temporaries.paths[i - 1][0])
        i--;
    return i < SLOTS ? temporaries.paths[i] : NULL;
}

void cli_temporary_add(const char *path)
{
    size_t size = strlen(path) + 1;
    cli_temporary_hold();
    char *slot = free_slot();
    if (slot && size <= PATH)
        memcpy(slot, path, size);
    cli_temporary_release();
}

void cli_temporary_forget(const char *path)
{
    cli_temporary_hold();
    for (int i = 0; i < SLOTS; i++)
        if (strcmp(temporaries.paths[i], path) == 0)
            temporaries.paths[i][0] = 0;
    cli_temporary_release();
}
