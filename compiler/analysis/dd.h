/* Decision diagrams: from first-match rules to a reduced, ordered, multi-valued diagram.
 *
 * Purpose: the table's programs and the exact analyses come from here.  A *variable* is one thing a
 * step can look at: a coded operand (MAP, many values), a test (two values), a comparison of
 * arguments (ATOM, two values), an argument that is compared with constants (VALUE, many values).
 * Variables are ordered by index: MAPs, then TESTs, then ATOMs and VALUEs.
 *
 * A rule holds when each of its conditions holds and its guard (a BDD over atoms) is true; the
 * first rule that holds decides, but for rules that go on: those that hold before it are told
 * besides.  Nodes are built top-down by narrowing the list of rules that can
 * still decide, then reduced bottom-up, so equal subdiagrams are one node and no node is
 * redundant.  ATOMs are opaque: paths that no argument values can take are kept.
 *
 * Classes: values of a MAP or VALUE variable that lead to the same child in every node are one
 * class.  As only possible codes are looked at and every variable is looked at on its own, two
 * values are one class exactly when nothing tells them apart (TESTs of several bits of one word
 * aside: what they exclude is pruned rule by rule).
 *
 * Ownership: everything lives in the caller's arena. */
#ifndef COMPILER_ANALYSIS_DD_H
#define COMPILER_ANALYSIS_DD_H

#include <stdbool.h>
#include <stdint.h>
#include "lang/support/arena.h"

enum dd_kind { DD_MAP, DD_TEST, DD_ATOM, DD_VALUE };

/* MAP: condition c accepts code v when accept[c][v]; codes with possible[v] 0 never come (NULL: all
 * do).  TEST: condition 1 wants the test true, condition 0 false; it is true when (word & mask) ==
 * value for the word `group`, so that the tests of one word are not independent: {A} and {B}
 * cannot both hold.  ATOM and VALUE: no conditions, they stand in guards; the values are 0 and 1,
 * or points 0 .. ncodes-1 in ascending order (intervals of the argument). */
struct dd_var {
    enum dd_kind kind;
    uint32_t ncodes; /* values */
    uint32_t nconds;
    const uint8_t *const *accept;
    const uint8_t *possible;
    uint32_t group, mask, value; /* TEST */
};
#define DD_NO_CLASS UINT32_MAX /* class of an impossible code */

/* Variable a of a guard's BDD: is the value of variable `var` in [first, end)?  Of an ATOM: [1, 2).
 * Atoms are ascending by variable, so that those of one VALUE are side by side. */
struct dd_atom {
    uint32_t var, first, end;
};

struct dd_cond {
    uint32_t var, cond;
};

/* Guards as BDDs: nodes 0 (false) and 1 (true), then (var, lo, hi) with lo, hi < own index and
 * their variables larger.  The limits bound time and memory; beyond them the BDD is `full` and its
 * answers mean nothing.  Recursion is as deep as a guard has variables: who makes guards keeps each
 * below DD_BDD_MAX_DEPTH. */
#define DD_BDD_MAX_NODES (1u << 21)
#define DD_BDD_MAX_VARS (1u << 20)
#define DD_BDD_MAX_DEPTH 16384u
struct dd_bdd_node {
    uint32_t var, lo, hi;
};
struct dd_bdd {
    struct arena *arena;
    struct dd_bdd_node *nodes;
    size_t count, cap;
    uint32_t *table; /* open addressing over nodes */
    uint32_t table_size;
    bool full;
};
#define DD_FALSE 0u
#define DD_TRUE 1u
void dd_bdd_init(struct dd_bdd *bdd, struct arena *arena);
uint32_t dd_bdd_var(struct dd_bdd *bdd, uint32_t var);
uint32_t dd_bdd_not(struct dd_bdd *bdd, uint32_t f);
uint32_t dd_bdd_and(struct dd_bdd *bdd, uint32_t f, uint32_t g);
uint32_t dd_bdd_or(struct dd_bdd *bdd, uint32_t f, uint32_t g);

struct dd_rule {
    const struct dd_cond *conds; /* ascending by variable, each variable once */
    uint32_t nconds;
    uint32_t guard;   /* BDD node */
    uint32_t outcome; /* what it decides, any number below DD_NO_RULE */
    bool goes_on;     /* it decides nothing: the rules after it do */
};
#define DD_NO_RULE UINT32_MAX

/* Terminals are numbers >= DD_TERMINAL: DD_TERMINAL + index into outcomes. */
#define DD_TERMINAL 0x80000000u
struct dd_node {
    uint32_t var;
    uint32_t
        first_child; /* into children; MAP, VALUE: one per class of the variable, else lo, hi */
};

/* Outcomes of the rules that went on, in their order. */
struct dd_told {
    const uint32_t *outcomes;
    uint32_t n;
};

struct dd {
    struct dd_var *vars;
    uint32_t nvars;
    uint32_t **class_of;   /* per MAP and VALUE variable: value -> class, by first occurrence */
    uint32_t *nclasses;    /* per variable; 2 for TEST and ATOM; 1 when nothing looks at it */
    struct dd_node *nodes; /* ascending by variable, root first when it is a node */
    uint32_t nnodes;
    uint32_t *children;
    uint32_t root;
    /* What some path reaches, each once: the outcome of the rule that decides, DD_NO_RULE if none
     * does, and of those that went on before it. */
    uint32_t *outcomes;
    struct dd_told *told;
    uint32_t noutcomes;
};

/* A program's limits: nodes before reduction, and what they hold (32 rules and 32 children each on
 * the average).  NULL when they are exceeded. */
struct dd *dd_build(struct arena *arena, struct dd_var *vars, uint32_t nvars,
                    const struct dd_atom *atoms, const struct dd_bdd *bdd,
                    const struct dd_rule *rules, uint32_t nrules, uint32_t max_nodes);

/* Diagrams over the same variables side by side: the product, reduced like its factors.  Outcome i
 * stands for (*tuples)[i * n ..]: for each factor the index of its outcome.  NULL beyond max_nodes.
 */
struct dd *dd_product(struct arena *arena, const struct dd *const *factors, uint32_t n,
                      uint32_t max_nodes, uint32_t **tuples);

#endif
