/* Ternary covers: the entries of a ternary memory (TCAM) in which no order is needed.
 *
 * Purpose: for each action, few entries (value, mask) that together match every key of the action
 * (its ON-set) and no key of another one.  So all entries that match a key agree, whatever their
 * order.  Keys of no action match no entry; keys in the don't-care set cannot occur and may match
 * anything.
 *
 * What is guaranteed of a result of status TERNARY_OK:
 *   - every entry is prime: with one literal (bit of its mask) less it would match a key that it
 *     must not match;
 *   - no entry can be dropped;
 *   - `lower` is a lower bound on the entries of an action.  `clique` comes from keys of which no
 * two can be matched by one entry (the smallest ternary pattern around both matches a forbidden
 *     key); the keys themselves are in `points`.  A complete search may prove more: then `optimal`
 *     is set and lower == nentries.  Actions do not share entries, so the bounds add up.
 *   - keys of up to TERNARY_EXACT_WIDTH bits with at most TERNARY_EXACT_ENTRIES entries are
 *     optimal, unless `apart` is set or the search gives up after 2^30 steps (a second or two),
 *     which only functions are known to need that are alike in all bits; `optimal` tells.
 * `apart` asks for more: that entries of different actions match no key in common, not even one
 * that cannot occur, so that match lines never disagree.  Then a key that another action's entry
 * matches is one that an entry must not match; the bounds are those without `apart`.
 *
 * How: sets of keys are diagrams (keyset.h).  A first cover comes from the diagram, is expanded to
 * primes and made irredundant.  Where the primes are few, a branch-and-bound search over all of
 * them follows, else rounds of reduce, expand and select while they help.
 *
 * Budgets: all are counts of steps, so that results do not depend on the machine.  Those for
 * improving a cover only end the improvement; when the first cover exceeds its own, the status says
 * so.  The first cover's steps grow a little faster than the number of entries; all improvement
 * together has a fixed budget.
 * Ownership: results live in the caller's arena. */
#ifndef COMPILER_ANALYSIS_TERNARY_H
#define COMPILER_ANALYSIS_TERNARY_H

#include "compiler/analysis/keyset.h"

#define TERNARY_EXACT_WIDTH 8u
#define TERNARY_EXACT_ENTRIES 12u
#define TERNARY_MAX_ENTRIES (1u << 16) /* of all actions together */
#define TERNARY_MAX_NODES (1u << 21)   /* diagram nodes of one action */
#define TERNARY_MAX_STEPS (1ull << 28) /* for the first covers of all actions */

struct ternary_problem {
    struct keysets *sets; /* of the keys; not changed but for its walks */
    const uint32_t *on;   /* per action its keys; what is in `dontcare` too does not count */
    uint32_t nactions;
    uint32_t dontcare;
    uint32_t max_entries; /* 0: TERNARY_MAX_ENTRIES */
    uint64_t max_steps;   /* 0: TERNARY_MAX_STEPS */
    bool apart;           /* see above */
};

enum ternary_status {
    TERNARY_OK,
    TERNARY_OVERLAP, /* two actions have a key in common that is no don't-care */
    TERNARY_ENTRIES, /* more than max_entries entries would be needed, or were at first */
    TERNARY_WORK     /* the diagrams or the steps exceed their budget */
};

/* What became of one action. */
struct ternary_action {
    uint32_t first_entry, nentries; /* in entries */
    uint32_t first_point, clique;   /* in points: pairwise not in one entry */
    uint32_t lower;                 /* at least clique */
    bool optimal;                   /* lower == nentries */
};

struct ternary_cover {
    enum ternary_status status;
    uint32_t action;          /* where the status is not OK: at which action it ended */
    struct key_cube *entries; /* by action */
    struct ternary_action *actions;
    uint64_t *points;
    uint32_t nentries, npoints;
    uint32_t lower; /* sum over the actions */
    uint64_t steps; /* spent in all */
};

/* Minimises; see above.  Where the status is not OK, nentries counts the entries so far and the
 * rest means nothing. */
struct ternary_cover *ternary_minimise(struct arena *arena, const struct ternary_problem *problem);

#endif
