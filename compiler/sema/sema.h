/* Semantic analysis: from a file to the resolved model of the composition it stands for.
 *
 * Purpose: loads the module and all it imports, resolves names, checks types, ownership and the
 * claims of `|`, and numbers tags, domains and deciders as pol/engine.h says.
 * Ownership: the model owns all it points to; the source map and the sink are the caller's and must
 * live as long as spans in the model are used.
 * Errors: reported to the sink; the model is NULL exactly when this call reported an error.
 * Threads: no shared state. */
#ifndef COMPILER_SEMA_SEMA_H
#define COMPILER_SEMA_SEMA_H

#include <stdio.h>
#include "compiler/sema/model.h"
#include "lang/support/diag.h"

/* --param NAME=VALUE: the main module's, or MODULE.NAME. */
struct sema_param_option {
    const char *name;
    int64_t value;
};
/* --relation NAME=FILE.json: tuples that replace those of a relation that the main module sees. */
struct sema_relation_option {
    const char *name, *path;
};

struct sema_options {
    /* Where imports are looked for, in order; after these come the directory that the importing
     * module's name is relative to, and the library. */
    const char *const *include_dirs;
    size_t include_count;
    /* The installed policies; NULL: the environment variable POLICYC_LIBRARY, if set. */
    const char *library_dir;
    /* NULL: `main`, or the only policy that no other one names.  Else a policy's name as the main
     * file would write it, or several separated by commas, which are composed with `&`. */
    const char *policy;
    struct pol_isa isa;
    /* Compose loaded-code.loadedCode: 1 on, 0 off, -1 when the main file is .dpl. */
    int loaded_code;
    /* A module without a policy, or with several and no main one, gives a model without deciders
     * instead of an error: everything in it is checked. */
    bool library;
    const struct sema_param_option *params; /* of one name the last counts */
    size_t param_count;
    const struct sema_relation_option *relations; /* of one relation the last counts */
    size_t relation_count;
};

struct model *sema_load(const char *path, const struct sema_options *options,
                        struct lang_source_map *map, struct diag_sink *sink);

/* A readable text form of everything in the model, stable, for tests. */
void model_dump(const struct model *model, FILE *out);

#endif
