/* The intermediate representation: a composition as flat lists, nothing hidden, nothing optimised.
 *
 * Purpose: what table and monitor are made from.  Names are resolved, variables are gone (every use
 * names the operand, tag and argument it reads), patterns are lists of required and forbidden tags,
 * repeated variables and constants in patterns have become comparisons in the rule's guard.
 *
 * Shapes: dense ids in one-field structs index the arrays of struct ir.  Expressions live in three
 * pools (integers, guards, sets) and refer to earlier entries only.
 * Ownership: everything is in ir->arena; strings are NUL-terminated.
 * ir_verify() states the invariants and is run after every pass in debug builds.
 */
#ifndef COMPILER_IR_IR_H
#define COMPILER_IR_IR_H

#include <stdio.h>
#include <pol/engine.h>
#include <pol/isa.h>
#include <pol/tagset.h>
#include "lang/support/arena.h"

struct ir_group_id {
    uint32_t v;
};
struct ir_int_id {
    uint32_t v;
};
struct ir_guard_id {
    uint32_t v;
};
struct ir_set_id {
    uint32_t v;
};
#define IR_NONE UINT32_MAX

struct ir_tag {
    uint32_t domain;
    /* Per argument: the lattice of its values, or IR_NONE. */
    uint32_t lattice[POL_MAX_ARGS];
    /* name, arguments (with the names of their values) and merge kind: ir->space->tags[same index]
     */
};

/* Values 0 .. size-1; join and meet: [a * size + b].  a <= b exactly when join is b. */
struct ir_lattice {
    const char *name; /* "flow.Label" */
    uint32_t size;
    const uint32_t *join, *meet;
};

/* A set of tuples of numbers below limit[0], limit[1], ..: that of (a, b, c) is bit
 * (a * limit[1] + b) * limit[2] + c of `bits`, 32 to a word, lowest first. */
struct ir_relation {
    const char *name; /* "comp.may_call" */
    uint32_t nargs;   /* 1 .. POL_MAX_ARGS */
    const uint32_t *limit;
    const uint32_t *bits;
};

/* What a failure asks for.  Of a step's failures the most severe acts, of equals the first. */
struct ir_response {
    const char *name;
    enum pol_action action;
    const char *entity; /* "" for none */
};

enum ir_domain_kind { IR_DOMAIN_COMPONENT, IR_DOMAIN_GLOBAL, IR_DOMAIN_STATIC };
struct ir_domain {
    enum ir_domain_kind kind;
    const char *name;
    uint32_t decider; /* COMPONENT, GLOBAL: who owns it; STATIC: IR_NONE */
    bool trap_env;    /* opted in to trap transfers */
};

/* A counter behind `new`. */
struct ir_counter {
    const char *name; /* "heap.Color" */
    uint32_t decider;
    uint64_t limit; /* values 0 .. limit-1 */
    bool exhaust;
};

/* One matcher of a group: words w with (w & mask) == match, which decode as ISA row `insn`. */
struct ir_matcher {
    int insn;
    uint32_t mask, match;
};
struct ir_group {
    const char *name; /* qualified */
    struct ir_matcher *matchers;
    uint32_t nmatchers;
    uint8_t listed; /* bit (1 << enum pol_result): results the group lists */
    const char *operand_name[POL_OPERANDS]; /* names in this group, NULL if not listed */
    const char *result_name[POL_RESULTS];
};

/* Where an argument is read: operand `op`, tag `tag`, argument `arg`. */
struct ir_ref {
    enum pol_operand op;
    uint32_t tag;
    uint32_t arg;
};

enum ir_int_kind {
    IR_INT_CONST,
    IR_INT_ARG,
    IR_INT_NEW,
    IR_INT_ADD,
    IR_INT_SUB,
    IR_INT_MUL,
    IR_INT_DIV,
    IR_INT_MOD,
    IR_INT_JOIN, /* a, b: values of `lattice` */
    IR_INT_MEET
};
struct ir_int {
    enum ir_int_kind kind;
    int64_t value;      /* CONST */
    struct ir_ref ref;  /* ARG */
    uint32_t counter;   /* NEW: index into counters */
    uint32_t new_index; /* NEW: the value is counter + new_index, wrapped or exhausted */
    uint32_t lattice;   /* JOIN, MEET */
    struct ir_int_id a, b;
};

enum ir_guard_kind {
    IR_GUARD_TRUE,
    IR_GUARD_FALSE,
    IR_GUARD_NOT,
    IR_GUARD_AND,
    IR_GUARD_OR,
    IR_GUARD_EQ,
    IR_GUARD_NE,
    IR_GUARD_LT,
    IR_GUARD_LE,    /* integers x, y */
    IR_GUARD_SETEQ, /* TagSet args r, s */
    /* relation(args): each argument is a constant below its limit, an ARG whose values all are, or
     * a JOIN or MEET of such.  The order of a lattice is a relation, too. */
    IR_GUARD_RELATION
};
struct ir_guard {
    enum ir_guard_kind kind;
    struct ir_guard_id a, b;
    struct ir_int_id x, y;
    struct ir_ref r, s;
    uint32_t relation;
    const struct ir_int_id *args; /* RELATION: as many as the relation has */
};

/* One addition to, or removal from, a set. */
struct ir_mod {
    uint32_t tag;
    bool remove;
    /* additions: nargs entries, `number` for integer arguments, `set` for TagSet arguments */
    struct ir_value {
        struct ir_int_id number;
        struct ir_set_id set;
    } * args;
};
/* A UNION has the tags of either set.  Of a tag that both have, arguments of lattices become their
 * joins; any other argument that differs is a built-in failure CONFLICT.  An INTER has the tags of
 * both: arguments of lattices become their meets; a tag of which any other argument differs is left
 * out.  Merging granules is the same, `merge any` like UNION and `merge all` like INTER; so is what
 * later parcels leave of `merge all` tags.  What a TagSet argument holds is compared as a whole. */
enum ir_set_kind {
    IR_SET_OPERAND,
    IR_SET_ARG,
    IR_SET_EMPTY,
    IR_SET_MODIFY,
    IR_SET_UNION,
    IR_SET_INTER
};
struct ir_set {
    enum ir_set_kind kind;
    enum pol_operand op; /* OPERAND: projected on the decider's domain (a global: all) */
    struct ir_ref ref;   /* ARG: a TagSet argument's contents */
    struct ir_mod *mods; /* MODIFY: a[mods], left to right */
    uint32_t nmods;
    struct ir_set_id a, b;
};

/* A condition on the presence of tags in one operand. */
struct ir_cond {
    uint32_t *required, *forbidden; /* tag ids, ascending, disjoint */
    uint32_t nrequired, nforbidden;
    bool exact; /* besides, no other tag owned by the decider (a global: no other tag) */
    bool never; /* contradictory pattern: cannot hold */
};

struct ir_rule {
    struct ir_group_id group; /* IR_NONE: every instruction (__NO_CHECKS) */
    struct ir_cond cond[POL_OPERANDS];
    struct ir_guard_id guard; /* IR_NONE: none */
    bool allow;
    const char *message; /* explicit failure; "" if allow */
    /* Failure: index into responses; 0 if allow.  When its action is POL_ACTION_REPORT, the failure
     * is recorded and the rules below decide. */
    uint32_t response;
    struct ir_set_id result[POL_RESULTS]; /* IR_NONE: not written */
    const char *file;                     /* base name */
    uint32_t line, column;
    const char *policy; /* qualified name of the policy that contains it */
    const char *text;   /* source text on one line */
};

/* A global or a component; ids as in engine.h. */
struct ir_decider {
    const char *name;
    bool is_global;
    uint32_t domain;
    struct ir_rule *rules; /* first-match order; position = rule id in answers */
    uint32_t nrules;
};

/* Entities, kinds as in the model; see docs/language.md. */
enum ir_entity_kind {
    IR_ENT_ENV,
    IR_ENT_TRAP_ENV,
    IR_ENT_INT_REG,
    IR_ENT_FP_REG,
    IR_ENT_REG_DEFAULT,
    IR_ENT_CSR,
    IR_ENT_SECTION,
    IR_ENT_RANGE,
    IR_ENT_DERIVED,
    IR_ENT_OTHER
};
struct ir_entity {
    const char *name;
    enum ir_entity_kind kind;
    int number; /* register or CSR number, -1 Default */
    bool only;
    uint32_t *tags; /* literal of ir->space */
};

/* Opclasses: every word that decodes belongs to exactly one (0: does not decode). */
struct ir_opclass {
    const char *name;     /* e.g. "lw", "jalr#2": mnemonic, numbered where a row has several */
    int insn;             /* ISA row of a representative */
    uint32_t sample;      /* a representative word (registers not x0 where it may choose) */
    struct pol_form form; /* operand form, same for all members */
    uint32_t *groups;     /* ascending group ids it belongs to */
    uint32_t ngroups;
};
/* Ternary decode: the first entry with (word & mask) == match gives the opclass. */
struct ir_decode {
    uint32_t mask, match;
    uint32_t opclass; /* 0: undecodable hole */
};

/* A claim, decided by compiler/prove; tables and monitors know nothing of it. */
enum ir_claim_kind { IR_CLAIM_STEP, IR_CLAIM_NEVER, IR_CLAIM_ONLY };
enum ir_expect_kind { IR_EXPECT_FAIL, IR_EXPECT_ALLOW, IR_EXPECT_RESULTS };
enum ir_change { IR_DROP, IR_ADD, IR_LOWER, IR_RAISE };
struct ir_claim {
    const char *title;
    const char *module;
    enum ir_claim_kind kind;
    bool all;                    /* over all tag sets, not only the reachable ones */
    bool own;                    /* of the main file's module */
    uint32_t domain;             /* whose tags `exact` is about; IR_NONE: all */
    struct ir_matcher *matchers; /* STEP: the instructions it is about */
    uint32_t nmatchers;
    struct ir_cond cond[POL_OPERANDS];
    struct ir_guard_id guard; /* IR_NONE: none */
    enum ir_expect_kind expect;
    enum pol_verdict failure; /* FAIL: which; POL_ALLOW: any */
    const char *message;      /* FAIL: NULL for any */
    /* RESULTS: conditions on the new tags, and on arguments: a ref there has op >= POL_OPERANDS
     * for result op - POL_OPERANDS. */
    struct ir_cond result[POL_RESULTS];
    uint8_t results;                 /* bit (1 << enum pol_result): there is such a condition */
    struct ir_guard_id result_guard; /* IR_NONE: none */
    enum ir_change change;           /* ONLY */
    enum pol_flow_kind via;
    const struct ir_target {
        uint32_t tag, arg;
    } * targets;
    uint32_t ntargets;
    const char *file; /* base name */
    uint32_t line, column;
};

struct ir {
    struct arena *arena;
    const char *name, *stem;
    struct pol_isa isa;
    uint32_t granule; /* bytes: 1, 2, 4 or 8 */
    uint8_t digest[32];
    struct pol_space *space;
    struct ir_tag *tags; /* space->ntags */
    struct ir_domain *domains;
    uint32_t ndomains;
    struct ir_lattice *lattices;
    uint32_t nlattices;
    struct ir_relation *relations;
    uint32_t nrelations;
    struct ir_response *responses; /* [0]: of implicit and built-in failures, never REPORT */
    uint32_t nresponses;
    struct ir_claim *claims;
    uint32_t nclaims;
    struct ir_counter *counters;
    uint32_t ncounters;
    struct ir_group *groups;
    uint32_t ngroups;
    struct ir_int *ints;
    uint32_t nints;
    struct ir_guard *guards;
    uint32_t nguards;
    struct ir_set *sets;
    uint32_t nsets;
    struct ir_decider *deciders;
    uint32_t ndeciders, nglobals;
    struct ir_entity *entities;
    uint32_t nentities;
    struct ir_opclass *opclasses;
    uint32_t nopclasses; /* [0] is the undecodable class */
    struct ir_decode *decode;
    uint32_t ndecode;
};

/* Built-in failures of a deciding rule come in this order: results ENV, RD, CSR, MEM; within a
 * result its expression left to right, innermost first; within a union by tag id. */

/* Frees the IR, its arena and its tag space; NULL is fine.  Made by ir_new() (build.h). */
void ir_free(struct ir *ir);

/* Checks every invariant above.  NULL if it holds, else what is wrong (in the arena). */
const char *ir_verify(const struct ir *ir);

/* The text form, deterministic; documented in docs/formats/ir.md. */
void ir_print(const struct ir *ir, FILE *out);
/* Reads what ir_print writes (and ir_print of the result is the same text).  NULL with a message
 * that begins with `LINE: ` in err.  The result satisfies ir_verify(). */
struct ir *ir_parse(const char *text, size_t size, char *err, size_t errsize);

#endif
