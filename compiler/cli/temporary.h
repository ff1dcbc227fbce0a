/* Temporary files and folders, which an interrupt (SIGINT, SIGTERM, SIGHUP) removes.
 *
 * The list is the one piece of global state of the program: a signal handler has no other way to
 * see it.  Between cli_temporary_hold and cli_temporary_release interrupts wait: hold them from
 * before a file is made until it is on the list, and while several files change places. */
#ifndef COMPILER_CLI_TEMPORARY_H
#define COMPILER_CLI_TEMPORARY_H

#include <stdbool.h>
#include <stddef.h>

/* Installs the handlers; signals that are ignored stay so.  Once, at the start. */
void cli_temporary_init(void);

/* Calls nest. */
void cli_temporary_hold(void);
void cli_temporary_release(void);

/* Puts a path on the list, or takes it off.  A folder is to be added before what is in it. */
void cli_temporary_add(const char *path);
void cli_temporary_forget(const char *path);

/* Makes a fresh folder in $TMPDIR or /tmp, on the list with all that it will hold; false with
 * errno.  Removing it takes it off the list. */
bool cli_temporary_folder(char *path, size_t size);
void cli_temporary_remove(const char *path);

#endif
