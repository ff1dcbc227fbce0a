/* What the files of sema share: modules, symbols, rules in the making.
 *
 * Lifetimes: trees, symbols and work lists live in sema.tmp and die with the run; whatever the
 * model keeps is allocated in sema.out.  Tags are named by symbol index while rules are resolved;
 * number.c replaces the indices by tag ids of the space once ownership is known. */
#ifndef COMPILER_SEMA_INTERNAL_H
#define COMPILER_SEMA_INTERNAL_H

#include "compiler/sema/sema.h"
#include "lang/ast.h"

#define SEMA_NONE UINT32_MAX
#define SEMA_AMBIGUOUS (UINT32_MAX - 1) /* reported already */

/* --- a hash map from 64-bit keys to 32-bit values (util.c) --------------------------------- */

struct sema_map {
    uint64_t *keys; /* key + 1; 0: free */
    uint32_t *values;
    size_t count, cap; /* cap is 0 or a power of two */
};
/* SEMA_NONE if absent.  Keys must not be UINT64_MAX. */
uint32_t sema_map_get(const struct sema_map *map, uint64_t key);
void sema_map_put(struct arena *arena, struct sema_map *map, uint64_t key, uint32_t value);
uint64_t sema_mix(uint64_t hash, uint64_t value);

/* --- modules ------------------------------------------------------------------------------- */

struct sema_module {
    const struct ast_module *ast;
    const char *name; /* as imported; the main file: as declared */
    struct intern_id id;
    const char *path, *root; /* root: where its imports are looked for */
    bool dpl;
    uint32_t *imports; /* module indices, parallel to ast->imports; SEMA_NONE: not found */
    uint32_t *visible; /* bit set of modules: itself and all it imports */
    uint32_t first_tag, ntags;
    VEC_OF(uint32_t) owns; /* foreign tags of its `owns:`, ascending */
    struct sema_map owns_set;
    bool used; /* a name was found in it */
};

/* --- symbols ------------------------------------------------------------------------------- */

enum sema_kind { SEMA_TYPE, SEMA_TAG, SEMA_GROUP, SEMA_POLICY, SEMA_KINDS };

struct sema_sym {
    uint32_t module;
    struct ast_name name;
    uint32_t next; /* with the same name in another module */
    bool used;
};

struct sema_table {
    VEC_FIELDS(struct sema_sym);
    struct sema_map own;   /* (module, name) -> symbol */
    struct sema_map heads; /* name -> first symbol of that name */
    struct sema_map tails;
};

struct sema_tag {
    const struct ast_tagdecl *decl;
    uint32_t nargs;
    uint32_t *arg_types;
    uint32_t owner; /* decider, SEMA_NONE: nobody */
    uint32_t id;    /* in the space, SEMA_NONE: not there */
    /* The first places that read it while nobody may own it. */
    struct lang_span read_pol, read_dpl;
    bool read;
};

/* A name in a group's parameter list.  In .dpl a list may name what does not exist there (`RD` on
 * the left): the operand is {} then, the result is dropped. */
struct sema_param {
    struct intern_id name;
    bool missing;
    enum pol_operand operand;
    enum pol_result result;
};

struct sema_group {
    const struct ast_group *decl;
    struct sema_param *inputs, *outputs;
    uint32_t ninputs, noutputs;
    struct model_group model;
    uint32_t index; /* in the model, SEMA_NONE: not used there */
};

struct sema_ref {
    uint32_t policy;
    struct lang_span span;
};

struct sema_policy {
    const struct ast_policy *decl;
    struct sema_ref *refs; /* the policies its body names */
    uint32_t nrefs;
    uint32_t parent; /* while looking for cycles: who leads here */
    uint32_t next_ref;
    uint8_t colour;
    uint8_t composed;         /* times met in this composition, at most 2 */
    uint32_t composed_serial; /* which composition */
    bool reached;             /* some decider, or some check, looked at its rules */
    uint32_t seen_by;         /* serial of the last flattening that met it */
    uint32_t memo;            /* then: its rule set in that flattening */
};

/* --- rules --------------------------------------------------------------------------------- */

/* Under whose name a rule is evaluated. */
struct sema_owner {
    uint32_t module; /* SEMA_NONE: any (a rule checked on its own), or a global */
    bool global;
};

struct sema_rule {
    struct model_rule model;
    struct sema_owner owner;
    uint32_t next;  /* of the same tree under another owner */
    uint32_t group; /* symbol, SEMA_NONE: every instruction */
    uint32_t index; /* in the model, SEMA_NONE: not used there */
    bool never;     /* can match nothing: leave it out */
};

/* A set of rule positions of one decider: disjoint ranges, ascending. */
struct sema_range {
    uint32_t lo, hi;
};
struct sema_rset {
    struct sema_range *ranges;
    uint32_t count;
};

/* Where a rule stands among the `^` and `|`: one node for each item of a choice. */
struct sema_node {
    uint32_t parent, jump, depth;
    uint32_t start; /* first rule position of the item */
    bool exclusive; /* joined by `|` */
    bool under;     /* this or one above is */
    bool dpl;       /* the operator's module */
    struct lang_span op;
};

/* A `|` with the rules on both sides. */
struct sema_claim {
    struct sema_rset left, right;
    struct lang_span op;
    bool dpl;
    bool shared; /* one side meets a policy for the second time: places do not express the claim */
};

struct sema_decider {
    struct model_decider model;
    struct sema_owner owner;
    uint32_t module; /* that declares its outermost named policy */
    const struct ast_pexp *body;
    uint32_t policy; /* symbol of that policy */
    struct lang_span span;
    VEC_OF(uint32_t) rules; /* indices into sema.rules */
    VEC_OF(uint32_t) rule_node;
    VEC_OF(struct sema_node) nodes; /* [0] is the root */
    VEC_OF(struct sema_rset) sets;  /* memoised */
    VEC_OF(struct sema_claim) claims;
};

/* --- the run ------------------------------------------------------------------------------- */

/* Marks that are valid for one rule or pattern, indexed by name or symbol. */
struct sema_stamp {
    uint32_t serial, value;
};

struct sema {
    const struct sema_options *options;
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct arena tmp;
    struct arena *out;
    struct interner *names;
    struct model *model;
    bool broken;    /* some module has syntax errors */
    bool composing; /* rules resolved now belong to the composition */

    VEC_OF(struct sema_module) modules;
    struct sema_map module_of; /* name -> module */
    struct sema_table syms[SEMA_KINDS];
    struct sema_tag *tags; /* parallel to the tables */
    struct sema_group *groups;
    struct sema_policy *policies;
    VEC_OF(struct model_type) types; /* [0] Int, [1] TagSet, then the symbols in order */

    VEC_OF(struct sema_rule *) rules;
    struct sema_map rule_of;       /* tree -> rules */
    VEC_OF(uint32_t) model_rules;  /* model order -> rules */
    VEC_OF(uint32_t) model_groups; /* model order -> group symbols */
    VEC_OF(struct sema_decider) deciders;
    struct sema_map decider_of; /* body -> decider */
    uint32_t compose_serial;

    struct sema_stamp *var_stamps; /* by name id */
    uint32_t nvar_stamps;
    struct sema_stamp *tag_stamps; /* by tag symbol */
    uint32_t serial;
    uint32_t flat_serial;
};

#define SEMA_INT 0u
#define SEMA_TAGSET 1u
#define SEMA_TYPE_OF(sym) ((sym) + 2u)

/* --- util.c -------------------------------------------------------------------------------- */

/* Severity of what .pol forbids and DPL accepts. */
enum diag_severity sema_strict(const struct sema *s, uint32_t module);
struct model_loc sema_loc(const struct sema *s, struct lang_span span);
/* In sema.out. */
const char *sema_text(struct sema *s, const char *text);
const char *sema_qualified(struct sema *s, enum sema_kind kind, uint32_t sym);
bool sema_sees(const struct sema *s, uint32_t from, uint32_t module);

/* --- load.c -------------------------------------------------------------------------------- */

/* Loads the file and its imports; module 0 is the main one, the rest in breadth-first order.
 * `extra`: a library module to load besides, or NULL; its index in *extra_index (SEMA_NONE when it
 * could not be loaded).  False: nothing further can be checked. */
bool sema_load_modules(struct sema *s, const char *path, const char *extra, uint32_t *extra_index);
/* Imports that lead in a circle are an error (false); fills `visible`. */
bool sema_order_modules(struct sema *s);

/* --- names.c ------------------------------------------------------------------------------- */

void sema_declare(struct sema *s);
/* The symbol that a name means in a module.  SEMA_NONE or SEMA_AMBIGUOUS after a report. */
uint32_t sema_find(struct sema *s, enum sema_kind kind, uint32_t module,
                   const struct ast_name *name);
/* Whether a declaration of that kind that the module sees may have been lost to a syntax error, so
 * that its absence is no error of its own. */
bool sema_lossy(const struct sema *s, enum sema_kind kind, uint32_t module);
/* The same without a report about absence (SEMA_NONE). */
uint32_t sema_lookup(struct sema *s, enum sema_kind kind, uint32_t module, const char *text,
                     struct intern_id id, struct lang_span span);
static inline bool sema_found(uint32_t sym)
{
    return sym < SEMA_AMBIGUOUS;
}

/* --- decl.c, group.c ----------------------------------------------------------------------- */

void sema_resolve_types(struct sema *s);
void sema_resolve_tags(struct sema *s);
void sema_resolve_owns(struct sema *s);
bool sema_owns(const struct sema *s, uint32_t module, uint32_t tag);
void sema_resolve_groups(struct sema *s);

/* --- rule.c, pattern.c, expr.c, set.c
 * ------------------------------------------------------------------------ */

enum sema_binding { SEMA_BIND_NUMBER, SEMA_BIND_SET, SEMA_BIND_OPERAND, SEMA_BIND_EMPTY };

/* A name that a rule binds: a variable, or `x` of `x@pattern`. */
struct sema_var {
    struct ast_name name;
    enum sema_binding binding;
    uint32_t index; /* NUMBER, SET: into the rule's variables */
    enum pol_operand operand;
};

struct sema_fresh {
    uint32_t type, count;
};

struct sema_scope {
    struct sema *s;
    uint32_t module;
    struct sema_owner owner;
    const struct sema_group *group;
    struct sema_rule *rule;
    struct arena *arena; /* of what the rule keeps */
    uint32_t serial;     /* of its variables' stamps */
    bool unsure;         /* an error in a pattern has cost variables */
    VEC_OF(struct sema_var) bound;
    VEC_OF(struct model_var) vars;
    VEC_OF(struct model_pattern) patterns;
    VEC_OF(struct sema_fresh) fresh;
};

/* Rule in a policy of `module`, seen by `owner`: an index into sema.rules. */
uint32_t sema_rule(struct sema *s, uint32_t module, uint32_t policy, const struct ast_pexp *pexp,
                   struct sema_owner owner);
const struct sema_var *sema_bound(const struct sema_scope *sc, struct intern_id name);
/* An operand's name in the group, `env` or `code`.  False: none. */
bool sema_input(const struct sema_scope *sc, const struct ast_name *name, struct sema_param *param);
bool sema_foreign(const struct sema_scope *sc, uint32_t tag);
/* Notes that a rule of the composition reads a tag. */
void sema_mention(struct sema_scope *sc, uint32_t tag, struct lang_span span);

void sema_pattern(struct sema_scope *sc, const struct ast_operand *ast);
struct model_guard *sema_guard(struct sema_scope *sc, const struct ast_guard *ast);
/* The value of an argument of that type in a result; NULL after a report. */
struct model_int *sema_number(struct sema_scope *sc, const struct ast_field *ast, uint32_t type);
struct model_int *sema_number_zero(struct sema_scope *sc);
void sema_unknown_variable(struct sema_scope *sc, const struct ast_name *name);
struct model_set *sema_set(struct sema_scope *sc, const struct ast_texp *ast);
/* A constant argument, as in `init`.  False after a report. */
bool sema_constant(struct sema *s, uint32_t module, const struct ast_field *field, uint32_t type,
                   uint64_t *value);
/* The value of a constant expression without names; false: it is none, or too large. */
bool sema_fold(const struct ast_field *field, int64_t *value);

/* --- policy.c, compose.c, flatten.c -------------------------------------------------------- */

/* Resolves the names in policies; false: recursive. */
bool sema_resolve_policies(struct sema *s);
/* Chooses the policies and splits them into deciders.  `extra`: module of loadedCode or SEMA_NONE.
 */
void sema_compose(struct sema *s, uint32_t extra);
/* Splits a policy into deciders, added to s->deciders. */
void sema_split(struct sema *s, uint32_t policy, struct lang_span span);
void sema_flatten(struct sema *s, struct sema_decider *d);
/* Checks every rule that no decider reached. */
void sema_check_rest(struct sema *s);

/* --- number.c, entity.c, unused.c, overlap.c ----------------------------------------------- */

/* Ownership of tags; false after errors. */
bool sema_own_tags(struct sema *s);
void sema_finish(struct sema *s);
void sema_entities(struct sema *s);
void sema_unused(struct sema *s);
void sema_overlaps(struct sema *s);

#endif
