/* Shared by the files of the monitor backend; private to this folder. */
#ifndef COMPILER_BACKEND_MONITOR_EMIT_H
#define COMPILER_BACKEND_MONITOR_EMIT_H

#include "compiler/backend/monitor/monitor.h"

/* Support functions of an emitted monitor; only those in use are emitted (the compilers warn about
 * others).  support.c has their texts. */
enum helper {
    HELP_BITS,
    HELP_LOWEST,
    HELP_HAS,
    HELP_ARG,
    HELP_SAME_SET,
    HELP_COUNT_OWN,
    HELP_ARGS_TABLE,
    HELP_COPY_ARGS,
    HELP_ZERO_ARGS,
    HELP_SAME_ARGS,
    HELP_JOIN_ARGS,
    HELP_MEET_ARGS,
    HELP_FLAT_TABLE,
    HELP_CLEAR,
    HELP_PROJECT,
    HELP_REPLACE,
    HELP_FORGET,
    HELP_STOP,
    HELP_REFUSE,
    HELP_REPORT,
    HELP_GIVES,
    HELP_ADD,
    HELP_DROP,
    HELP_NUMBER,
    HELP_FRESH,
    HELP_UNITE,
    HELP_INTERSECT,
    HELP_STORE_SET,
    HELP_LOAD_SET,
    HELPERS
};

/* Functions of a lattice that are called. */
#define LATTICE_JOIN 1u
#define LATTICE_MEET 2u

/* An expression node that is emitted as a variable of its own because it would nest too deeply. */
struct spill {
    unsigned char *ints, *guards; /* by id: 1 = spilled */
    /* by id: the scope that has declared the node's variable last (nodes may be shared) */
    uint32_t *int_scope, *guard_scope;
    uint32_t scope; /* the current one, from 1 */
};

struct monitor {
    const struct ir *ir;
    FILE *out;
    struct arena arena;
    const char *id;                    /* the stem as a C identifier */
    const char **tags;                 /* identifiers: "heap_Pointer" */
    const char **groups;               /* "loadGrp" */
    const char **deciders;             /* "heap_main" */
    const char **counters;             /* "heap_Color" */
    const char **lattices;             /* "flow_Label" */
    const char **relations;            /* "comp_may_call" */
    const char **responses;            /* "main_lockdown" */
    bool has_args, has_sets, has_flat; /* the space has arguments; TagSet ones; storable ones */
    bool has_lattices;                 /* arguments of lattices */
    unsigned char *lattice_used;       /* bits LATTICE_* */
    bool *relation_used;
    bool helper[HELPERS]; /* in use */
    bool *group_used;
    struct spill spill;
};

/* ---- names.c ------------------------------------------------------------------------------- */

void monitor_names(struct monitor *m);
/* The names by which a rule of a group calls its operands: C identifiers, distinct. */
void monitor_operand_names(struct monitor *m, const struct ir_rule *rule,
                           const char *names[POL_OPERANDS]);
/* Text inside a comment; text as a string literal. */
void monitor_comment(FILE *out, const char *text);
void monitor_string(FILE *out, const char *text);

/* ---- decode.c ------------------------------------------------------------------------------ */

/* is_GROUP() for the groups in use, and effects(). */
void monitor_decode(struct monitor *m);
/* Whether the instructions of a rule's group write a result. */
enum monitor_writes { WRITES_NONE, WRITES_SOME, WRITES_ALL };
enum monitor_writes monitor_writes(const struct monitor *m, const struct ir_rule *rule,
                                   unsigned result);

/* ---- expr.c -------------------------------------------------------------------------------- */

/* What the emission of one rule needs at hand. */
struct rule_context {
    struct monitor *m;
    const struct ir_rule *rule;
    const char *names[POL_OPERANDS];
    const char *indent;
};

void monitor_find_spills(struct monitor *m);
/* A bit for each operand that the expressions read. */
unsigned monitor_guard_reads(const struct ir *ir, struct ir_guard_id id);
unsigned monitor_set_reads(const struct ir *ir, struct ir_set_id id);
/* Declarations of what the guard spills. */
void monitor_guard_spills(const struct rule_context *c, struct ir_guard_id id);
void monitor_guard(const struct rule_context *c, struct ir_guard_id id);
/* Temporary sets that an expression needs at once. */
uint32_t monitor_set_depth(const struct ir *ir, struct ir_set_id id);
/* Statements that leave the set in the variable `dest` (a pointer). */
void monitor_set(const struct rule_context *c, struct ir_set_id id, const char *dest,
                 uint32_t depth);

/* ---- rules.c ------------------------------------------------------------------------------- */

void monitor_decider(struct monitor *m, uint32_t decider);

/* ---- tables.c ------------------------------------------------------------------------------ */

/* Finds the lattices of tags: merging needs all their functions. */
void monitor_tag_lattices(struct monitor *m);
/* join_LATTICE(), meet_LATTICE() and RELATION() as far as they are called. */
void monitor_functions(const struct monitor *m);
/* join_args() or meet_args(): name is "join" or "meet". */
void monitor_bound_args(const struct monitor *m, const char *name);
/* For the header; for the code. */
void monitor_response_macros(const struct monitor *m);
void monitor_response_table(const struct monitor *m);

/* ---- support.c ----------------------------------------------------------------------------- */

/* Emits the helpers in use.  Template text: `@` stands for the stem; a line that starts with `%a `,
 * `%f `, `%d `, `%l `, `%n ` is there only if the space has arguments, integers that TagSet
 * arguments can hold, if there are deciders, if tags have arguments of lattices, if they have only
 * others; one with `%A ` only if the space has no arguments. */
void monitor_support(struct monitor *m);
void monitor_template(const struct monitor *m, const char *text);

/* ---- text.c -------------------------------------------------------------------------------- */

/* Templates, in the order of use. */
extern const char monitor_abi_text[], monitor_functions_text[], monitor_types_text[],
    monitor_composition_text[], monitor_run_text[], monitor_globals_text[],
    monitor_components_text[], monitor_evaluate_text[], monitor_finish_text[], monitor_merge_text[],
    monitor_abi_functions_text[];

#endif
