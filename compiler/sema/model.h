/* The resolved model of a composition: what the source says, names resolved, types checked, nothing
 * lowered.
 *
 * Purpose: the contract between sema (which builds it), the source interpreter (which is the
 * meaning of it) and lowering (which turns it into IR).  It keeps the source's structure: variables
 * stay variables, patterns stay patterns, `|` claims are listed.
 *
 * Shapes: everything refers to everything by index into the arrays of struct model.
 * Ownership: all memory is in model->arena, freed with the model; strings are NUL-terminated.
 * Invariants: see each field; sema reports a diagnostic and yields no model when one cannot hold.
 */
#ifndef COMPILER_SEMA_MODEL_H
#define COMPILER_SEMA_MODEL_H

#include <pol/engine.h>
#include <pol/isa.h>
#include <pol/tagset.h>
#include "lang/support/arena.h"
#include "lang/support/span.h"

/* A place in the source, resolved for artefacts and answers. */
struct model_loc {
    struct lang_span span; /* for diagnostics */
    const char *file;      /* base name, e.g. "rwx.pol" */
    uint32_t line, column;
};

/* Value types used by tag arguments and relations.  Values of an enum or a lattice are numbered
 * from 0 in the order in which their names are first written. */
struct model_type {
    const char *name;    /* "Color", or "Int"/"TagSet" for the builtins */
    const char *module;  /* NULL for builtins */
    bool is_set;         /* TagSet */
    uint64_t limit;      /* all others: 0 .. limit-1; at most 2^32 */
    bool exhaust;        /* else wrap */
    const char **values; /* enum, lattice: their names, limit entries; else NULL */
    bool is_lattice;
    /* lattice: [a * limit + b]; a <= b exactly when join is b.  At most MODEL_MAX_LATTICE values.
     */
    uint32_t *join, *meet;
};
#define MODEL_MAX_LATTICE 1024u

/* A set of tuples, as bits: that of (a, b, c) is bit (a * limit_b + b) * limit_c + c, of 32 to a
 * word, lowest first.  At most MODEL_MAX_RELATION bits. */
struct model_relation {
    const char *name, *module;
    uint32_t ntypes;
    uint32_t *types; /* model_type indices, no TagSet */
    uint32_t *bits;
    struct model_loc loc;
};
#define MODEL_MAX_RELATION (1u << 24)

/* What a failure asks for, the mildest first. */
enum model_action { MODEL_REPORT, MODEL_TERMINATE, MODEL_FAILSAFE, MODEL_HALT };
struct model_response {
    const char *name; /* qualified; "default" for the one of implicit and built-in failures */
    enum model_action action;
    const char *entity; /* FAILSAFE, TERMINATE: the entity's name; "" for none */
    struct model_loc loc;
};

/* A tag of the composition.  Index = tag id of model->space. */
struct model_tag {
    uint32_t nargs;
    uint32_t *arg_types; /* model_type indices */
    uint32_t domain;     /* engine.h: Domains */
    struct model_loc loc;
};

/* A counter behind `new`: one per (decider, type). */
struct model_counter {
    uint32_t decider;
    uint32_t type;
};

enum model_role { MODEL_RS1, MODEL_RS2, MODEL_RS3, MODEL_CSR_IN, MODEL_MEM_IN };

/* One instruction of a group: words w with (w & mask) == match, of ISA row `insn`. */
struct model_inst {
    int insn;             /* pol_insn_at index */
    uint32_t mask, match; /* the row's own, refined by the operand specs */
};

struct model_group {
    const char *name, *module;
    struct model_inst *insts;
    uint32_t ninsts;          /* 0 is possible (all absent in the target) */
    bool reads[POL_OPERANDS]; /* operands listed left of -> (ENV and CODE always true) */
    const char *operand_name[POL_OPERANDS]; /* their names in this group; "env", "code" */
    enum pol_result results[POL_RESULTS];   /* results listed right of ->, in written order */
    uint32_t nresults;                      /* (ENV never listed) */
    const char *result_name[POL_RESULTS];
    struct model_loc loc;
};

/* Integer and TagSet variables of a rule: bound by the first pattern that names them. */
struct model_var {
    const char *name;
    uint32_t type;
};

enum model_arg_kind { MODEL_ARG_ANY, MODEL_ARG_INT, MODEL_ARG_VAR };
struct model_arg {
    enum model_arg_kind kind;
    uint64_t value; /* INT */
    uint32_t var;   /* VAR */
};

/* One requirement of a pattern.  args is NULL when absent (all `_`); else tag.nargs entries. */
struct model_req {
    uint32_t tag;
    bool forbidden; /* -T; args is NULL then */
    struct model_arg *args;
};

/* A pattern on one operand.  `_` patterns are not listed.  Exact: the operand's tags owned by the
 * evaluating decider are exactly those required (a global: all tags). */
struct model_pattern {
    enum pol_operand operand;
    bool exact;
    struct model_req *reqs;
    uint32_t nreqs;
};

/* Integer expressions, exact in 64 bits (sema has bounded them). */
enum model_int_kind {
    MODEL_INT_CONST,
    MODEL_INT_VAR,
    MODEL_INT_NEW, /* the new_index-th fresh value of this step of `type`'s counter */
    MODEL_INT_ADD,
    MODEL_INT_SUB,
    MODEL_INT_MUL,
    MODEL_INT_DIV, /* floor towards zero as in C; divisor is a positive constant */
    MODEL_INT_MOD,
    MODEL_INT_JOIN, /* of the lattice `type` */
    MODEL_INT_MEET
};
struct model_int {
    enum model_int_kind kind;
    int64_t value;      /* CONST */
    uint32_t var;       /* VAR */
    uint32_t type;      /* NEW: whose counter; JOIN, MEET: the lattice */
    uint32_t new_index; /* NEW: 0-based use within the rule, per type, env first, then the group's
                           results in written order, then left to right */
    struct model_int *a, *b;
};

enum model_cmp { MODEL_EQ, MODEL_NE, MODEL_LT, MODEL_LE, MODEL_GT, MODEL_GE };
enum model_guard_kind {
    MODEL_GUARD_TRUE,
    MODEL_GUARD_FALSE,
    MODEL_GUARD_NOT,
    MODEL_GUARD_AND,
    MODEL_GUARD_OR,
    MODEL_GUARD_CMP,     /* integers; enum and lattice values: EQ and NE only */
    MODEL_GUARD_ORDER,   /* x cmp y in the partial order of a lattice, cmp neither EQ nor NE */
    MODEL_GUARD_SETCMP,  /* TagSet variables, EQ and NE only */
    MODEL_GUARD_RELATION /* relation(args) */
};
struct model_guard {
    enum model_guard_kind kind;
    enum model_cmp cmp;
    struct model_int *x, *y; /* CMP, ORDER */
    uint32_t type;           /* ORDER: the lattice */
    uint32_t relation;       /* RELATION, with one argument for each type: constants, variables,
                                joins and meets */
    struct model_int **args;
    uint32_t var_x, var_y;     /* SETCMP */
    struct model_guard *a, *b; /* NOT, AND, OR */
};

/* Tag-set expressions. */
struct model_set;
/* One addition or removal; additions give every argument, in order. */
struct model_mod {
    uint32_t tag;
    bool remove;
    struct model_value {
        struct model_int *number; /* integer argument */
        struct model_set *set;    /* TagSet argument */
    } * args;                     /* tag.nargs entries; NULL when remove */
};
enum model_set_kind {
    MODEL_SET_OPERAND, /* the operand's tags, projected on what the decider owns */
    MODEL_SET_VAR,     /* a TagSet variable */
    MODEL_SET_LITERAL, /* {mods}: additions to {} */
    MODEL_SET_MODIFY,  /* a[mods], left to right; adding a present tag replaces its arguments */
    MODEL_SET_UNION,   /* a \/ b */
    MODEL_SET_INTER    /* a /\ b */
};
struct model_set {
    enum model_set_kind kind;
    enum pol_operand operand;
    uint32_t var;
    struct model_mod *mods;
    uint32_t nmods;
    struct model_set *a, *b;
};

#define MODEL_EVERY_INSTRUCTION UINT32_MAX

/* What .dpl modules may write without effect is gone: rules that can match nothing are in no
 * decider, additions and removals of tags that the decider does not own are in no expression.  An
 * operand may have several patterns; all count.
 *
 * A rule.  The same rule may stand in several deciders (under different owners). */
struct model_rule {
    uint32_t group; /* or MODEL_EVERY_INSTRUCTION: the pseudo-rule __NO_CHECKS, which allows
                       with nothing written */
    struct model_pattern *patterns; /* in written order */
    uint32_t npatterns;
    struct model_var *vars;
    uint32_t nvars;
    struct model_guard *guard; /* NULL: none */
    bool allow;                /* else explicit failure with message */
    const char *message;
    /* Failure: index into responses.  After one whose action is REPORT the rules below go on. */
    uint32_t response;
    struct model_set *updates[POL_RESULTS]; /* NULL: left unchanged */
    struct model_loc loc;                   /* of the group name */
    const char *policy;                     /* qualified name of the policy that contains it */
    const char *text;                       /* source text of the rule, on one line */
};

/* A claim of `|`: no input matches a rule of both sides.  Indices into decider->rules, ascending.
 * Claims share arrays: do not write to them, and do not enumerate pairs (a chain of n rules has n
 * claims and n * n / 2 pairs). */
struct model_claim {
    uint32_t *left, *right;
    uint32_t nleft, nright;
    struct model_loc loc;
};

/* A policy declared `total`: its rules cover every input, it says.  Indices into decider->rules,
 * ascending. */
struct model_total {
    const char *name; /* qualified */
    uint32_t *rules, nrules;
    struct model_loc loc;
};

/* A global or a component. */
struct model_decider {
    const char *name; /* qualified name of its outermost named policy */
    bool is_global;
    bool trap_env;   /* its module initialises ISA.RISCV.Trap.Env: traps move its PC tags */
    bool dpl;        /* declared in a .dpl module (severity of some findings) */
    uint32_t domain; /* what it writes; a global writes every domain, and this one is its own */
    uint32_t *rules; /* model_rule indices in first-match order, each rule once */
    uint32_t nrules;
    struct model_claim *claims;
    uint32_t nclaims;
    struct model_total *totals;
    uint32_t ntotals;
    struct model_loc loc; /* the name of that policy */
};

/* Kinds of entity, by name; see docs/language.md.  Different names of one register or CSR (x5, t0,
 * T0) are one entity under the first name. */
enum model_entity_kind {
    MODEL_ENT_ENV, /* PC tag at start */
    MODEL_ENT_TRAP_ENV,
    MODEL_ENT_INT_REG, /* number, or -1 for Default */
    MODEL_ENT_FP_REG,
    MODEL_ENT_REG_DEFAULT, /* both files */
    MODEL_ENT_CSR,         /* number, or -1 for Default */
    MODEL_ENT_SECTION,     /* elf.Section.* */
    MODEL_ENT_RANGE,       /* SOC.* */
    MODEL_ENT_DERIVED,     /* from code */
    MODEL_ENT_OTHER        /* the entity map says what: symbol, range, .. */
};
struct model_entity {
    const char *name;
    enum model_entity_kind kind;
    int number;
    bool only;
    uint32_t *tags; /* literal of model->space (init arguments are constants) */
    struct model_loc loc;
};

/* --- tests and claims ------------------------------------------------------------------------ */

/* What they are about: a group (its instructions, its names for operands and results), or one
 * mnemonic (the names env code op1 op2 op3 mem, rd csr).  Not in model->groups for their sake. */
struct model_subject {
    const char *name; /* as written */
    struct model_inst *insts;
    uint32_t ninsts;
};

enum model_expect_kind {
    MODEL_EXPECT_FAIL,
    MODEL_EXPECT_ALLOW,  /* allowed, whatever the results */
    MODEL_EXPECT_RESULTS /* patterns on results; a test: allowed, and they hold; a claim: they hold
                            whenever the step is allowed */
};
/* A pattern on a result.  A result that the step leaves unchanged has its old tags. */
struct model_result_pattern {
    enum pol_result result;
    struct model_pattern pattern; /* its `operand` says nothing */
};
struct model_expect {
    enum model_expect_kind kind;
    enum pol_verdict failure;             /* FAIL: which one; POL_ALLOW: any */
    const char *message;                  /* FAIL: NULL for any */
    struct model_result_pattern *results; /* `name = {..}` is an exact pattern of constants */
    uint32_t nresults;
};

/* A test: operands are literals (constants only), those not mentioned are {}. */
struct model_test {
    const char *title;
    const char *module;
    struct model_subject subject;
    uint32_t *inputs[POL_OPERANDS]; /* literals of model->space */
    struct model_expect expect;
    struct model_loc loc;
};

enum model_prove_kind { MODEL_PROVE_STEP, MODEL_PROVE_NEVER, MODEL_PROVE_ONLY };
enum model_change { MODEL_DROP, MODEL_ADD, MODEL_LOWER, MODEL_RAISE };

/* A claim of `prove:`.  Patterns, variables and guard are as a rule's; `exact` is about the tags of
 * `domain`. */
struct model_prove {
    const char *title;
    const char *module;
    enum model_prove_kind kind;
    bool all;                     /* over all tag sets, not only those that can occur */
    bool own;                     /* of the main file's module; else of an imported one */
    uint32_t domain;              /* what its module's component owns; UINT32_MAX: all tags */
    struct model_subject subject; /* STEP */
    struct model_pattern *patterns;
    uint32_t npatterns;
    struct model_var *vars;
    uint32_t nvars;
    struct model_guard *guard;
    struct model_expect expect; /* STEP */
    enum model_change change;   /* ONLY */
    enum pol_flow_kind via;
    /* ONLY: the tags (ids) it is about; LOWER, RAISE: with which argument each */
    struct model_target {
        uint32_t tag, arg;
    } * targets;
    uint32_t ntargets;
    struct model_loc loc;
};

struct model {
    struct arena *arena;
    const char *name; /* of the composition, e.g. "main" or "a.b.x,a.c.y" */
    const char *stem; /* of the main file: names the artefacts */
    struct pol_isa isa;
    struct pol_space *space; /* tags by domain, then declaration order */
    struct model_tag *tags;  /* space->ntags */
    struct model_type *types;
    uint32_t ntypes;
    struct model_relation *relations; /* those that rules use, then those of claims alone */
    uint32_t nrelations;
    struct model_response *responses; /* [0] is the default one */
    uint32_t nresponses;
    struct model_test *tests; /* of the main file's module */
    uint32_t ntests;
    struct model_prove *proves; /* of the main file's module and of those it imports, as far as
                                   they are about this composition's tags */
    uint32_t nproves;
    struct model_counter *counters; /* one per (decider, type) used with `new` */
    uint32_t ncounters;
    struct model_group *groups; /* used by rules of the composition */
    uint32_t ngroups;
    struct model_rule *rules;
    uint32_t nrules;
    struct model_decider *deciders; /* globals first, then components */
    uint32_t ndeciders, nglobals;
    uint32_t ndomains;
    bool has_static;               /* the last domain holds tags that nobody owns */
    struct model_entity *entities; /* merged: one per entity name, `init`s united */
    uint32_t nentities;
    uint8_t digest[32]; /* of the sources, in load order */
};

/* Whether the rule records a failure and lets the rules below decide. */
static inline bool model_is_report(const struct model *m, const struct model_rule *rule)
{
    return !rule->allow && m->responses[rule->response].action == MODEL_REPORT;
}

void model_free(struct model *model);

#endif
