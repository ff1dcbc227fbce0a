/* Alone in its object file so that a program can link its own definition instead. */
#include <stdio.h>
#include <stdlib.h>

#include "lang/support/arena.h"

enum { EXIT_OUT_OF_MEMORY = 70 };

_Noreturn void pol_fatal_oom(void)
{
    fputs("out of memory\n", stderr);
    exit(EXIT_OUT_OF_MEMORY);
}
