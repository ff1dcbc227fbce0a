/* The syntax tree of a module, as written: names are unresolved, nothing is checked beyond syntax.
 *
 * Ownership: every node, list and list element lives in the arena given to lang_parse(); name
 * texts live in the interner.  Trees are immutable after parsing.
 *
 * Spans: every node and every name has one.  Names in references stay as written, qualified or
 * not ("osv.rwx.Rd").
 *
 * Depth: nodes of one kind nest at most AST_MAX_DEPTH deep (else error `too-deep`), so recursive
 * functions over trees are safe.  Chains of `^`, `|`, `&`, `&&`, `||` are one node with many items
 * whatever their length.
 *
 * Broken input: after errors the tree holds what could be understood; kinds ending in _ERROR stand
 * for the rest (module->broken is set, and the sink has errors).  They never occur otherwise. */
#ifndef LANG_AST_H
#define LANG_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/support/arena.h"
#include "lang/support/diag.h"
#include "lang/support/intern.h"
#include "lang/support/span.h"
#include "lang/support/str.h"

#define AST_MAX_DEPTH 1000

enum lang_dialect {
    LANG_DPL, /* *.dpl: what DPL accepts is at most a warning */
    LANG_POL, /* *.pol */
};

struct ast_name {
    const char *text; /* interned, never NULL; "" for an absent name */
    struct intern_id id;
    struct lang_span span;
};

/* A list: items[0 .. count - 1]; items may be NULL when count is 0. */
#define AST_LIST(tag, type)                                                                        \
    struct tag {                                                                                   \
        VEC_FIELDS(type);                                                                          \
    }

AST_LIST(ast_name_list, struct ast_name);

/* --- tags and their arguments -------------------------------------------------------------- */

/* A tag argument, or an operand of a comparison. */
enum ast_field_kind {
    AST_FIELD_NAME,   /* name: a variable or a constant */
    AST_FIELD_ANY,    /* _ */
    AST_FIELD_NEW,    /* new */
    AST_FIELD_INT,    /* value */
    AST_FIELD_BINARY, /* left op right */
    AST_FIELD_ERROR,
};

enum ast_arith {
    AST_ADD,
    AST_SUB,
    AST_MUL,
    AST_DIV,
    AST_MOD,
    AST_JOIN, /* \/ */
    AST_MEET, /* /\ */
};

struct ast_field {
    enum ast_field_kind kind;
    uint32_t depth;
    struct lang_span span;
    bool parens; /* BINARY: written in parentheses: says nothing about the meaning */
    struct ast_name name;
    int64_t value; /* never negative */
    enum ast_arith op;
    const struct ast_field *left, *right;
};
AST_LIST(ast_field_list, const struct ast_field *);

/* TAG field*, parenthesised or not. */
struct ast_tag {
    struct lang_span span;
    struct ast_name name;
    struct ast_field_list args; /* as many as written: may be fewer than declared */
};
AST_LIST(ast_tag_list, const struct ast_tag *);

/* What stands in [...]: in a pattern a requirement, in an expression a modification. */
enum ast_sign {
    AST_SIGN_NONE, /* as AST_SIGN_PLUS */
    AST_SIGN_PLUS,
    AST_SIGN_MINUS,
};

struct ast_req {
    struct lang_span span;
    enum ast_sign sign;
    const struct ast_tag *tag;
};
AST_LIST(ast_req_list, const struct ast_req *);

/* --- patterns ------------------------------------------------------------------------------ */

enum ast_pat_kind {
    AST_PAT_ANY,   /* _ */
    AST_PAT_EXACT, /* {tags} */
    AST_PAT_REQS,  /* [reqs] */
    AST_PAT_BIND,  /* name @ inner */
    AST_PAT_ERROR,
};

struct ast_pat {
    enum ast_pat_kind kind;
    uint32_t depth;
    struct lang_span span;
    struct ast_tag_list tags;
    struct ast_req_list reqs;
    struct ast_name name;
    const struct ast_pat *inner;
};

/* operand == pat */
struct ast_operand {
    struct lang_span span;
    struct ast_name name;
    const struct ast_pat *pat;
};
AST_LIST(ast_operand_list, const struct ast_operand *);

/* --- guards -------------------------------------------------------------------------------- */

enum ast_guard_kind {
    AST_GUARD_TRUE,
    AST_GUARD_FALSE,
    AST_GUARD_NOT,      /* items[0] */
    AST_GUARD_AND,      /* two or more items */
    AST_GUARD_OR,       /* two or more items */
    AST_GUARD_COMPARE,  /* left cmp right */
    AST_GUARD_RELATION, /* name(args) */
    AST_GUARD_ERROR,
};

enum ast_cmp {
    AST_EQ,
    AST_NE,
    AST_LT,
    AST_LE,
    AST_GT,
    AST_GE,
};

struct ast_guard;
AST_LIST(ast_guard_list, const struct ast_guard *);

struct ast_guard {
    enum ast_guard_kind kind;
    uint32_t depth;
    struct lang_span span;
    bool parens; /* written in parentheses: says nothing about the meaning */
    struct ast_guard_list items;
    enum ast_cmp cmp;
    const struct ast_field *left, *right;
    struct ast_name name;
    struct ast_field_list args;
};

/* --- tag-set expressions ------------------------------------------------------------------- */

enum ast_texp_kind {
    AST_TEXP_SET,       /* {tags} */
    AST_TEXP_NAME,      /* name: an operand or a variable */
    AST_TEXP_MODIFY,    /* left[reqs] */
    AST_TEXP_UNION,     /* left \/ right */
    AST_TEXP_INTERSECT, /* left /\ right */
    AST_TEXP_ERROR,
};

struct ast_texp {
    enum ast_texp_kind kind;
    uint32_t depth;
    struct lang_span span;
    bool parens; /* written in parentheses: says nothing about the meaning */
    struct ast_tag_list tags;
    struct ast_name name;
    const struct ast_texp *left, *right;
    struct ast_req_list reqs;
};

/* --- rules --------------------------------------------------------------------------------- */

/* result = expression */
struct ast_update {
    struct lang_span span;
    struct ast_name name;
    const struct ast_texp *value;
};
AST_LIST(ast_update_list, const struct ast_update *);

enum ast_result_kind {
    AST_RESULT_FAIL,    /* fail "message" */
    AST_RESULT_UPDATES, /* updates, `allow`, `allow with updates`, or nothing at all */
    AST_RESULT_KEEP,    /* allow keep */
    AST_RESULT_ERROR,
};

struct ast_result {
    enum ast_result_kind kind;
    struct lang_span span; /* of an empty result: the place where it would stand */
    bool allow;            /* UPDATES: the word `allow` was written */
    struct ast_update_list updates;
    const char *message; /* FAIL: decoded, NUL-terminated */
    struct lang_span message_span;
    struct ast_name respond; /* FAIL: the response named after `respond`; "" for none */
};

struct ast_rule {
    struct lang_span span;
    struct ast_name group;
    struct ast_operand_list operands;
    const struct ast_guard *guard; /* NULL: none */
    const struct ast_result *result;
};

/* --- policy expressions -------------------------------------------------------------------- */

enum ast_pexp_kind {
    AST_PEXP_RULE,      /* rule */
    AST_PEXP_NAME,      /* name: another policy */
    AST_PEXP_NO_CHECKS, /* __NO_CHECKS */
    AST_PEXP_CHOICE,    /* two or more items joined by ^ and |, left-associative */
    AST_PEXP_ALL,       /* two or more items joined by & */
    AST_PEXP_ERROR,
};

enum ast_pop {
    AST_POP_NONE,      /* first item of a chain */
    AST_POP_FIRST,     /* ^ */
    AST_POP_EXCLUSIVE, /* | : no input matches both this item and those before it */
    AST_POP_ALL,       /* & */
};

struct ast_pexp;

struct ast_pexp_item {
    enum ast_pop op; /* what joins it to all items before it */
    struct lang_span op_span;
    const struct ast_pexp *exp;
};
AST_LIST(ast_pexp_item_list, struct ast_pexp_item);

struct ast_pexp {
    enum ast_pexp_kind kind;
    uint32_t depth;
    struct lang_span span;
    bool parens; /* written in parentheses: says nothing about the meaning */
    const struct ast_rule *rule;
    struct ast_name name;
    struct ast_pexp_item_list items;
};

/* --- declarations -------------------------------------------------------------------------- */

/* NAME = INT: a parameter's default in `param:`, or its value in an import. */
struct ast_setting {
    struct lang_span span;
    struct ast_name name;
    int64_t value; /* never negative */
    struct lang_span value_span;
};
AST_LIST(ast_setting_list, const struct ast_setting *);

/* NAME, or NAME as ALIAS (SETTINGS): an instance of its own. */
struct ast_import {
    struct lang_span span;
    struct ast_name name;
    struct ast_name alias; /* "" for none */
    struct ast_setting_list settings;
};
AST_LIST(ast_import_list, const struct ast_import *);

enum ast_type_kind {
    AST_TYPE_INT,
    AST_TYPE_TAGSET,
    AST_TYPE_ENUM,     /* enum { values } */
    AST_TYPE_LATTICE,  /* lattice { edges } */
    AST_TYPE_RELATION, /* not `data` but: relation NAME(types) = { tuples } */
    AST_TYPE_ERROR,    /* broken; the name counts as declared */
};

/* low < high */
struct ast_edge {
    struct lang_span span;
    struct ast_name low, high;
};
AST_LIST(ast_edge_list, const struct ast_edge *);

/* (a, 3): of a relation; each field is AST_FIELD_NAME or AST_FIELD_INT. */
struct ast_tuple {
    struct lang_span span;
    struct ast_field_list fields;
};
AST_LIST(ast_tuple_list, const struct ast_tuple *);

enum ast_overflow {
    AST_OVERFLOW_DEFAULT, /* nothing written: wrap */
    AST_OVERFLOW_WRAP,
    AST_OVERFLOW_EXHAUST,
};

/* data NAME = ..., relation NAME(..) = { .. } */
struct ast_type {
    struct lang_span span;
    struct ast_name name;
    enum ast_type_kind kind;
    bool bounded; /* INT: a bound was written */
    int64_t bound;
    struct ast_name bound_name; /* INT: the bound is this parameter; "" for a literal */
    struct lang_span bound_span;
    enum ast_overflow overflow;
    struct ast_name_list values; /* ENUM */
    struct ast_edge_list edges;  /* LATTICE */
    struct ast_name_list types;  /* RELATION */
    struct ast_tuple_list tuples;
};
AST_LIST(ast_type_list, const struct ast_type *);

enum ast_merge {
    AST_MERGE_DEFAULT, /* nothing written: any */
    AST_MERGE_ANY,
    AST_MERGE_ALL,
};

struct ast_tagdecl {
    struct lang_span span;
    struct ast_name name;
    struct ast_name_list types;
    enum ast_merge merge;
};
AST_LIST(ast_tagdecl_list, const struct ast_tagdecl *);

enum ast_slot {
    AST_SLOT_RD,
    AST_SLOT_RS1,
    AST_SLOT_RS2,
    AST_SLOT_RS3,
    AST_SLOT_CSR,
    AST_SLOT_MEM,
};

/* SLOT : name */
struct ast_param {
    struct lang_span span;
    enum ast_slot slot;
    struct ast_name name;
};
AST_LIST(ast_param_list, const struct ast_param *);

enum ast_opspec_kind {
    AST_OPSPEC_ANY, /* * */
    AST_OPSPEC_INT, /* value */
    AST_OPSPEC_REG, /* value: 0..31 */
    AST_OPSPEC_CSR, /* csr */
};

struct ast_opspec {
    struct lang_span span;
    enum ast_opspec_kind kind;
    int64_t value;
    struct ast_name csr;
};
AST_LIST(ast_opspec_list, const struct ast_opspec *);

struct ast_inst {
    struct lang_span span;
    struct ast_name mnemonic;
    struct ast_opspec_list specs;
};
AST_LIST(ast_inst_list, const struct ast_inst *);

struct ast_group {
    struct lang_span span;
    struct ast_name name;
    struct ast_param_list inputs, outputs;
    struct ast_inst_list insts;
};
AST_LIST(ast_group_list, const struct ast_group *);

struct ast_policy {
    struct lang_span span;
    struct ast_name name;
    bool global, total;
    const struct ast_pexp *body;
};
AST_LIST(ast_policy_list, const struct ast_policy *);

struct ast_init {
    struct lang_span span;
    struct ast_name entity;
    bool only;
    struct ast_tag_list tags;
};
AST_LIST(ast_init_list, const struct ast_init *);

/* NAME = ACTION [ENTITY] of `response:`; the action is a word that sema knows. */
struct ast_response {
    struct lang_span span;
    struct ast_name name, action;
    struct ast_name entity; /* "" for none */
};
AST_LIST(ast_response_list, const struct ast_response *);

/* What a test or claim says about the answer. */
enum ast_expect_kind {
    AST_EXPECT_FAIL,    /* fail, fail explicit, fail implicit, fail "message" */
    AST_EXPECT_ALLOW,   /* allow */
    AST_EXPECT_UPDATES, /* [allow with] name = texp, ..: allowed, with these results */
    AST_EXPECT_RESULTS, /* name == pat, ..: a test: allowed, and; a claim: if allowed, then */
    AST_EXPECT_ERROR,
};

struct ast_expect {
    enum ast_expect_kind kind;
    struct lang_span span;
    struct ast_name which; /* FAIL: `explicit` or `implicit`; "" for any */
    const char *message;   /* FAIL: NULL for any; decoded */
    struct lang_span message_span;
    struct ast_update_list updates;
    struct ast_operand_list results;
};

/* "NAME": SUBJECT(OPERANDS [| GUARD]) -> EXPECT, in `test:`. */
struct ast_test {
    struct lang_span span;
    const char *title; /* decoded */
    struct lang_span title_span;
    struct ast_name subject; /* a group or a mnemonic */
    struct ast_operand_list operands;
    const struct ast_expect *expect;
};
AST_LIST(ast_test_list, const struct ast_test *);

enum ast_claim_kind {
    AST_CLAIM_STEP,  /* SUBJECT(OPERANDS [| GUARD]) -> EXPECT */
    AST_CLAIM_NEVER, /* never OPERANDS [| GUARD] */
    AST_CLAIM_ONLY,  /* only OPERANDS [| GUARD] may CHANGE TARGET [via FLOW] */
    AST_CLAIM_ERROR,
};
enum ast_change { AST_MAY_DROP, AST_MAY_ADD, AST_MAY_LOWER, AST_MAY_RAISE, AST_CHANGES };

/* "NAME": ... in `prove:` or `prove all:`. */
struct ast_claim {
    struct lang_span span;
    const char *title; /* decoded */
    struct lang_span title_span;
    enum ast_claim_kind kind;
    bool all;                /* in `prove all:` */
    struct ast_name subject; /* STEP */
    struct ast_operand_list operands;
    const struct ast_guard *guard;   /* NULL: none */
    const struct ast_expect *expect; /* STEP */
    enum ast_change change;          /* ONLY */
    struct ast_name target;          /* ONLY: a tag; LOWER, RAISE: a tag with lattice arguments, or
                                        a lattice type */
    struct ast_name via;             /* ONLY: value, address or control; "" for value */
};
AST_LIST(ast_claim_list, const struct ast_claim *);

/* --- modules ------------------------------------------------------------------------------- */

enum ast_section_kind {
    AST_SECTION_IMPORT,
    AST_SECTION_OWNS,
    AST_SECTION_TYPE,
    AST_SECTION_METADATA,
    AST_SECTION_GROUP,
    AST_SECTION_POLICY,
    AST_SECTION_REQUIRE,
    AST_SECTION_PARAM,
    AST_SECTION_RESPONSE,
    AST_SECTION_TEST,
    AST_SECTION_PROVE, /* all its claims are `all`, or none is */
};
enum { AST_SECTION_KINDS = AST_SECTION_PROVE + 1 };

/* A comment as written, with its marks.  Line markers are none. */
struct ast_comment {
    struct lang_span span;
    const char *text; /* NUL-terminated, without the end of the line */
    bool alone;       /* nothing but space precedes it on its line */
};
AST_LIST(ast_comment_list, struct ast_comment);

/* One section of the text: elements first .. first + count - 1 of the module's list of its kind.
 * A module may have several sections of one kind. */
struct ast_section {
    enum ast_section_kind kind;
    struct lang_span span;
    size_t first, count;
};
AST_LIST(ast_section_list, struct ast_section);

struct ast_module {
    struct lang_span span;
    struct lang_span header; /* module NAME */
    struct ast_name name;
    enum lang_dialect dialect;
    struct lang_file_id file;
    const char *text; /* the source, of the map: the formatter keeps some of its layout */
    bool broken;      /* this module's text had errors */
    /* Declarations of sections of these kinds may have been lost to errors. */
    bool lossy[AST_SECTION_KINDS];
    struct ast_import_list imports;
    struct ast_name_list owns;
    struct ast_type_list types;
    struct ast_tagdecl_list tags;
    struct ast_group_list groups;
    struct ast_policy_list policies;
    struct ast_init_list inits;
    struct ast_setting_list params;
    struct ast_response_list responses;
    struct ast_test_list tests;
    struct ast_claim_list claims;
    struct ast_section_list sections; /* in the order of the text */
    struct ast_comment_list comments; /* in the order of the text */
};

/* --- parsing ------------------------------------------------------------------------------- */

/* The dialect by file name: LANG_DPL for *.dpl, else LANG_POL. */
enum lang_dialect lang_dialect_of(const char *path);

/* Parses a file of the map.  Never NULL; problems go to the sink (and set ->broken). */
struct ast_module *lang_parse(struct lang_source_map *map, struct lang_file_id file,
                              enum lang_dialect dialect, struct arena *arena,
                              struct interner *names, struct diag_sink *sink);

/* Reads and parses, the dialect by the file's name.  NULL when the file cannot be read (reported
 * at `from`, the place of the import or LANG_NO_SPAN). */
struct ast_module *lang_parse_file(struct lang_source_map *map, const char *path,
                                   struct lang_span from, struct arena *arena,
                                   struct interner *names, struct diag_sink *sink);

/* --- visiting ------------------------------------------------------------------------------ */

enum ast_kind {
    AST_KIND_IMPORT,
    AST_KIND_OWN, /* const struct ast_name * */
    AST_KIND_TYPE,
    AST_KIND_TAGDECL,
    AST_KIND_GROUP,
    AST_KIND_PARAM,
    AST_KIND_INST,
    AST_KIND_OPSPEC,
    AST_KIND_POLICY,
    AST_KIND_PEXP,
    AST_KIND_RULE,
    AST_KIND_OPERAND,
    AST_KIND_PAT,
    AST_KIND_REQ,
    AST_KIND_TAG,
    AST_KIND_FIELD,
    AST_KIND_GUARD,
    AST_KIND_RESULT,
    AST_KIND_UPDATE,
    AST_KIND_TEXP,
    AST_KIND_INIT,
    AST_KIND_SETTING,
    AST_KIND_RESPONSE,
    AST_KIND_TEST,
    AST_KIND_CLAIM,
    AST_KIND_EXPECT,
};

/* Called in the order of the text (lists of a module: by kind, in the order of struct
 * ast_module).  `enter` returns whether to visit the children; either function may be NULL.  The
 * node is a pointer to the struct named by the kind. */
struct ast_visitor {
    void *context;
    bool (*enter)(void *context, enum ast_kind kind, const void *node);
    void (*leave)(void *context, enum ast_kind kind, const void *node);
};

void ast_visit_module(const struct ast_module *module, const struct ast_visitor *visitor);
void ast_visit_policy(const struct ast_policy *policy, const struct ast_visitor *visitor);
void ast_visit_pexp(const struct ast_pexp *pexp, const struct ast_visitor *visitor);
void ast_visit_rule(const struct ast_rule *rule, const struct ast_visitor *visitor);

/* --- text forms ---------------------------------------------------------------------------- */

/* Stable, indented, one node per line, for tests; without spans. */
void ast_dump(const struct ast_module *module, struct str_buf *out);

/* The formatter: source text whose tree equals the module's (same ast_dump).  The module must not
 * be broken. */
void ast_print(const struct ast_module *module, struct str_buf *out);
void ast_print_rule(const struct ast_rule *rule, struct str_buf *out);

const char *ast_slot_name(enum ast_slot slot);               /* "RS1" */
const char *ast_cmp_name(enum ast_cmp cmp);                  /* "<=" */
const char *ast_arith_name(enum ast_arith op);               /* "+" */
const char *ast_pop_name(enum ast_pop op);                   /* "^"; "" for none */
const char *ast_change_name(enum ast_change change);         /* "drop" */
const char *ast_section_name(enum ast_section_kind section); /* "policy" */

#endif
