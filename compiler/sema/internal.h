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
    const char *name; /* as imported, an instance's alias; the main file: as declared */
    struct intern_id id;
    const char *path, *root; /* root: where its imports are looked for */
    uint32_t importer;       /* the first one; SEMA_NONE: the main file, or nobody */
    bool instance;           /* by `import NAME as ALIAS` */
    struct lang_span from;   /* the name or alias in that import */
    bool dpl;
    uint32_t *imports; /* module indices, parallel to ast->imports; SEMA_NONE: not found */
    uint32_t *visible; /* bit set of modules: itself and all it imports */
    uint32_t first_tag, ntags;
    VEC_OF(uint32_t) owns; /* foreign tags of its `owns:`, ascending */
    struct sema_map owns_set;
    bool used; /* a name was found in it */
};

/* --- symbols ------------------------------------------------------------------------------- */

enum sema_kind {
    SEMA_TYPE,
    SEMA_TAG,
    SEMA_GROUP,
    SEMA_POLICY,
    SEMA_RELATION,
    SEMA_PARAM,
    SEMA_RESPONSE,
    SEMA_KINDS
};

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

/* A parameter's value and where it comes from; no place: the command line. */
struct sema_setting {
    int64_t value;
    struct lang_span span;
};

struct sema_relation {
    const struct ast_type *decl;
    struct model_relation model;
    uint32_t index; /* in the model, SEMA_NONE: not used there */
};

struct sema_response {
    struct model_response model;
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

/* A policy declared total, and the set of its rules; SEMA_NONE: all of the decider. */
struct sema_total {
    uint32_t policy, memo;
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
    VEC_OF(struct sema_total) totals;
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
    bool bad_types; /* some type was reported */
    bool composed;  /* nothing was wrong before tests and claims were looked at */
    bool composing; /* rules resolved now belong to the composition */

    VEC_OF(struct sema_module) modules;
    struct sema_map module_of; /* name -> module */
    struct sema_table syms[SEMA_KINDS];
    struct sema_tag *tags; /* parallel to the tables */
    struct sema_group *groups;
    struct sema_policy *policies;
    struct sema_relation *relations;
    struct sema_setting *params;
    struct sema_response *responses;
    VEC_OF(struct model_type) types;  /* [0] Int, [1] TagSet, then the symbols in order */
    struct sema_map values;           /* (type, name) -> value of an enum or a lattice */
    VEC_OF(uint32_t) model_relations; /* model order -> relation symbols */
    VEC_OF(struct lang_file_id) relation_files;

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

/* --- type.c, lattice.c, constant.c, param.c ------------------------------------------------ */

void sema_resolve_params(struct sema *s);
void sema_resolve_types(struct sema *s);
/* The type that a declaration names: Int after a report. */
uint32_t sema_find_type(struct sema *s, uint32_t module, const struct ast_name *name);
/* Whether the type is an enum or a lattice. */
static inline bool sema_has_names(const struct model_type *type)
{
    return type->values != NULL;
}
/* Fills in join and meet of the lattice that type `index` will be; it has its values.  After a
 * report they are not complete, or NULL. */
void sema_lattice(struct sema *s, const struct ast_type *ast, struct model_type *type,
                  uint32_t index);
/* The value of an enum or a lattice that has that name; false: none has. */
bool sema_value(const struct sema *s, uint32_t type, struct intern_id name, uint32_t *value);
void sema_unknown_value(struct sema *s, uint32_t type, const struct ast_name *name);
/* "An integer, where a value of that enum or lattice is needed." */
void sema_no_integer(struct sema *s, uint32_t type, struct lang_span span);
/* The symbol of a parameter where nothing else can stand, as sema_find. */
uint32_t sema_find_param(struct sema *s, uint32_t module, const struct ast_name *name);
/* The parameter that the name means: of the module itself, or qualified.  False: none. */
bool sema_param(struct sema *s, uint32_t module, const struct ast_name *name, int64_t *value);
/* A constant argument; `what` gives it, as in "`init` gives constants".  False after a report. */
bool sema_constant(struct sema *s, uint32_t module, const struct ast_field *field, uint32_t type,
                   const char *what, uint64_t *value);
/* Exact arithmetic; false: it leaves 64 bits, or the divisor is not positive. */
bool sema_apply(enum ast_arith op, int64_t a, int64_t b, int64_t *out);

/* --- decl.c, group.c, relation.c, response.c ----------------------------------------------- */

void sema_resolve_relations(struct sema *s);
/* Its index in the model, where it enters the first time. */
uint32_t sema_use_relation(struct sema *s, uint32_t sym);
void sema_resolve_responses(struct sema *s);
/* What a failure asks for: 1 + the symbol, 0: the default. */
uint32_t sema_find_response(struct sema *s, uint32_t module, const struct ast_name *name);
/* From that to the model's own numbers, in the order of declaration. */
void sema_make_responses(struct sema *s);
void sema_resolve_tags(struct sema *s);
void sema_resolve_owns(struct sema *s);
bool sema_owns(const struct sema *s, uint32_t module, uint32_t tag);
void sema_resolve_groups(struct sema *s);

/* --- rule.c, pattern.c, expr.c, guard.c, set.c --------------------------------------------- */

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

/* An expression with the interval of its values. */
struct sema_number {
    struct model_int *e; /* NULL after a report */
    int64_t lo, hi;
    bool varies;
    uint32_t type; /* SEMA_NONE: any that has integers */
};

struct sema_mention {
    uint32_t tag;
    struct lang_span span;
};
struct sema_mentions {
    VEC_FIELDS(struct sema_mention);
};

struct sema_scope {
    struct sema *s;
    uint32_t module;
    struct sema_owner owner;
    const struct sema_group *group;
    struct sema_rule *rule;
    struct arena *arena;            /* of what the rule keeps */
    uint32_t serial;                /* of its variables' stamps */
    bool unsure;                    /* an error in a pattern has cost variables */
    struct sema_mentions *mentions; /* NULL, or where the tags that are read are listed */
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
/* Notes that a rule of the composition, or a claim, reads a tag. */
void sema_mention(struct sema_scope *sc, uint32_t tag, struct lang_span span);

void sema_pattern(struct sema_scope *sc, const struct ast_operand *ast);
/* Adds the pattern for a result to sc->patterns. */
void sema_result_pattern(struct sema_scope *sc, const struct ast_pat *pat);
struct model_guard *sema_guard(struct sema_scope *sc, const struct ast_guard *ast);
/* An expression where a value of `type` is wanted (SEMA_NONE: not known).  `new` has no place in
 * it. */
struct sema_number sema_expression(struct sema_scope *sc, const struct ast_field *ast,
                                   uint32_t type);
/* The value of an argument of that type in a result; NULL after a report. */
struct model_int *sema_stored(struct sema_scope *sc, const struct ast_field *ast, uint32_t type);
struct model_int *sema_zero(struct sema_scope *sc);
/* `type`: what is wanted there, or SEMA_NONE. */
void sema_unknown_variable(struct sema_scope *sc, const struct ast_name *name, uint32_t type);
struct model_set *sema_set(struct sema_scope *sc, const struct ast_texp *ast);

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

/* --- claim.c, test.c, subject.c ------------------------------------------------------------ */

/* `prove:` of all modules and `test:` of the main one; once tags have their ids. */
void sema_claims(struct sema *s);
void sema_tests(struct sema *s);

/* --- number.c, entity.c, unused.c, overlap.c ----------------------------------------------- */

/* Ownership of tags; false after errors. */
bool sema_own_tags(struct sema *s);
void sema_finish(struct sema *s);
/* From symbols of tags and relations to the model's ids; all are there. */
void sema_renumber_patterns(struct sema *s, struct model_pattern *patterns, uint32_t count);
void sema_renumber_guard(struct sema *s, struct model_guard *guard);
void sema_entities(struct sema *s);
void sema_unused(struct sema *s);
void sema_overlaps(struct sema *s);

#endif
