/* Growing arrays of the runtime: amortised doubling with overflow checks.  Private. */
#ifndef POL_MACHINE_GROW_H
#define POL_MACHINE_GROW_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* An array with room for at least `want` items of `size` bytes, moved if need be; *room is updated.
 * NULL when memory is short: the old array stays valid. */
static inline void *grow_array(void *array, size_t *room, size_t want, size_t size)
{
    size_t more = *room ? *room : 16;
    if (want <= *room)
        return array;
    while (more < want) {
        if (more > SIZE_MAX / 2)
            return NULL;
        more *= 2;
    }
    if (more > SIZE_MAX / size)
        return NULL;
    void *moved = realloc(array, more * size);
    if (moved)
        *room = more;
    return moved;
}

#endif
