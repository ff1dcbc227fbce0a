/* Inside sema: filling a relation with tuples. */
#ifndef COMPILER_SEMA_RELATION_H
#define COMPILER_SEMA_RELATION_H

#include "compiler/sema/internal.h"

struct relation_build {
    struct sema *s;
    uint32_t module; /* that declares it */
    struct sema_relation *relation;
};

/* One value for each type, within its limit. */
void relation_set(struct relation_build *build, const uint64_t *values);
/* The tuples of a file: a JSON array of arrays of names and numbers.  Reports errors. */
void relation_read(struct relation_build *build, const struct sema_relation_option *option);

#endif
