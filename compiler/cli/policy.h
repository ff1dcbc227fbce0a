/* A policy as commands see it: from a source, or from a rule table alone.
 *
 * Ownership: everything is in the struct; cli_policy_free frees it.  Diagnostics of a source are
 * printed by cli_policy_load. */
#ifndef COMPILER_CLI_POLICY_H
#define COMPILER_CLI_POLICY_H

#include <pol/report.h>
#include <pol/table.h>
#include <pol/tagger.h>

#include "compiler/backend/sv/sv.h"
#include "compiler/cli/cli.h"
#include "compiler/compile.h"

/* A source with its diagnostics; cli_source_free frees it. */
struct cli_source {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled; /* NULL: errors */
    const char **dirs;         /* -I */
    struct arena arena;        /* --param, --relation */
    char library[4096];
    struct sv_options unit; /* what the target says of it */
};
void cli_source_init(struct cli_source *source);
void cli_source_free(struct cli_source *source);
/* Options from the command line, which live as long as source and args; false after a message. */
bool cli_source_options(struct cli_source *source, const struct cli_args *args,
                        struct compile_options *options) LANG_MUST_CHECK;
/* Compiles, obeying --allow and --werror; diagnostics wait in the sink. */
enum cli_status cli_source_read(struct cli_source *source, const struct cli_args *args,
                                const char *path,
                                const struct compile_options *options) LANG_MUST_CHECK;
/* Writes them in the form that --format names; false when that failed. */
bool cli_source_show(const struct cli_source *source, const struct cli_args *args, FILE *out);
/* Both, on standard error. */
enum cli_status cli_source_compile(struct cli_source *source, const struct cli_args *args,
                                   const char *path,
                                   const struct compile_options *options) LANG_MUST_CHECK;

/* An opclass and a group, from the IR or from a table. */
struct cli_opclass {
    const char *name;
    uint32_t sample;
    const uint32_t *groups; /* ascending */
    uint32_t ngroups;
};
struct cli_group {
    const char *name;                  /* qualified */
    const char *operand[POL_OPERANDS]; /* NULL: not listed */
};
struct cli_decode {
    uint32_t mask, match, opclass;
};

struct cli_policy {
    struct cli_source source;
    const struct compiled *compiled; /* NULL: from a table alone */
    struct pol_table *own_table;     /* from a file */
    struct pol_space *own_space;
    const struct pol_table *table; /* NULL: not compiled that far */
    const struct pol_space *space;
    struct pol_isa isa;
    uint32_t granule;
    bool loaded_code;
    char digest[65];
    struct arena arena; /* of what follows */
    struct pol_debug_info debug;
    struct pol_tagger tagger;
    struct cli_opclass *opclasses;
    uint32_t nopclasses;
    struct cli_group *groups;
    uint32_t ngroups;
    struct cli_decode *decode;
    uint32_t ndecode;
};

/* Loads FILE: a rule table if it starts like one, else a source, compiled up to `last` (IR or
 * TABLE) with the options of the command line.  Anything but CLI_OK comes after messages. */
enum cli_status cli_policy_load(struct cli_policy *policy, const struct cli_args *args,
                                const char *path, enum compile_stage last) LANG_MUST_CHECK;
void cli_policy_free(struct cli_policy *policy);

/* Whether the options of the command line say what the table says; false after a message. */
bool cli_table_obeys(const struct cli_args *args, const struct pol_table *table,
                     const char *path) LANG_MUST_CHECK;

/* Whether the file starts like a rule table. */
bool cli_is_table(const char *path);

/* Opclass of a word, by the policy's own decode list. */
uint32_t cli_decode_word(const struct cli_policy *policy, uint32_t word);

#endif
