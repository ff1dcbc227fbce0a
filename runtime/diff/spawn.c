/* Processes with pipes. */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Reads what a tool says: as much as fits is kept, the rest is read all the same. */
static void drain(int fd, char *text, size_t size)
{
    char rest[512];
    size_t len = 0;
    for (;;) {
        bool room = len + 1 < size;
        ssize_t n = room ? read(fd, text + len, size - 1 - len) : read(fd, rest, sizeof rest);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (room)
            len += (size_t)n;
    }
    if (size > 0)
        text[len] = '\0';
}

int spawn_wait(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int spawn_tool(char *const argv[], char *said, size_t size)
{
    int pipes[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (pipe(pipes) != 0)
        return -1;
    int status = posix_spawn_file_actions_init(&actions);
    if (status == 0) {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 2);
        posix_spawn_file_actions_addclose(&actions, pipes[0]);
        posix_spawn_file_actions_addclose(&actions, pipes[1]);
        status = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(pipes[1]);
    if (status == 0)
        drain(pipes[0], said, size);
    close(pipes[0]);
    return status == 0 ? spawn_wait(pid) : -1;
}

/* Our ends are not inherited by tools that are started later. */
static int open_pipes(int in[2], int out[2])
{
    if (pipe(in) != 0)
        return -1;
    if (pipe(out) != 0) {
        close(in[0]);
        close(in[1]);
        return -1;
    }
    fcntl(in[1], F_SETFD, FD_CLOEXEC);
    fcntl(out[0], F_SETFD, FD_CLOEXEC);
    return 0;
}

pid_t spawn_piped(char *const argv[], int *to, int *from)
{
    int in[2], out[2];
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    if (open_pipes(in, out) != 0)
        return -1;
    int status = posix_spawn_file_actions_init(&actions);
    if (status == 0) {
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        posix_spawn_file_actions_addclose(&actions, in[0]);
        posix_spawn_file_actions_addclose(&actions, out[1]);
        status = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(in[0]);
    close(out[1]);
    if (status == 0) {
        *to = in[1];
        *from = out[0];
        return pid;
    }
    close(in[1]);
    close(out[0]);
    return -1;
}
