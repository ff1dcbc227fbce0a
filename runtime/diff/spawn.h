/* Running tools: compilers and simulators.  Private to runtime/diff. */
#ifndef RUNTIME_DIFF_SPAWN_H
#define RUNTIME_DIFF_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

/* Runs argv[0], found in $PATH, with its output and errors into `said` (terminated, cut to size).
 * The exit status; -1 when it could not run, 127 often too. */
int spawn_tool(char *const argv[], char *said, size_t size);
/* Waits for a process: its exit status, -1 when it was killed. */
int spawn_wait(pid_t pid);
/* Starts argv[0] with pipes to its input and from its output; its errors go where ours go.  The
 * process, or -1. */
pid_t spawn_piped(char *const argv[], int *to, int *from);

#endif
