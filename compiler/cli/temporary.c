/* What an interrupt removes. */
#include "compiler/cli/temporary.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lang/support/arena.h"

struct temporary {
    char *path;
    bool tree;
};

static struct {
    struct temporary *items; /* in the order of the calls */
    size_t count, room;
    sigset_t before;
    int holds;
} temporaries;

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};

enum { INTERRUPTS = sizeof interrupts / sizeof *interrupts };

/* Only calls that a handler may make, here and below. */
static void remove_tree(const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", path, (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static void remove_one(const struct temporary *t)
{
    if (t->tree)
        remove_tree(t->path);
    else if (unlink(t->path) != 0)
        rmdir(t->path);
}

/* Last comes first, so that folders are empty. */
static void on_interrupt(int number)
{
    for (size_t i = temporaries.count; i-- > 0;)
        remove_one(&temporaries.items[i]);
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

/* What cannot be remembered is not left behind either. */
static void add(const char *path, bool tree)
{
    struct temporary added = {strdup(path), tree};
    cli_temporary_hold();
    if (added.path && temporaries.count == temporaries.room) {
        size_t room = temporaries.room ? temporaries.room * 2 : 16;
        struct temporary *items = realloc(temporaries.items, room * sizeof *items);
        if (items) {
            temporaries.items = items;
            temporaries.room = room;
        }
    }
    if (!added.path || temporaries.count == temporaries.room) {
        free(added.path);
        added.path = (char *)path;
        remove_one(&added);
        pol_fatal_oom();
    }
    temporaries.items[temporaries.count++] = added;
    cli_temporary_release();
}

void cli_temporary_add(const char *path)
{
    add(path, false);
}

void cli_temporary_forget(const char *path)
{
    cli_temporary_hold();
    size_t kept = 0;
    for (size_t i = 0; i < temporaries.count; i++) {
        if (strcmp(temporaries.items[i].path, path) == 0)
            free(temporaries.items[i].path);
        else
            temporaries.items[kept++] = temporaries.items[i];
    }
    temporaries.count = kept;
    if (!kept) {
        free(temporaries.items);
        temporaries.items = NULL;
        temporaries.room = 0;
    }
    cli_temporary_release();
}

bool cli_temporary_folder(char *path, size_t size)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(path, size, "%s/policyc-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= size) {
        errno = ENAMETOOLONG;
        return false;
    }
    cli_temporary_hold();
    bool made = mkdtemp(path) != NULL;
    int error = errno;
    if (made)
        add(path, true);
    cli_temporary_release();
    errno = error;
    return made;
}

void cli_temporary_remove(const char *path)
{
    remove_tree(path);
    cli_temporary_forget(path);
}
