/* Internal to compiler/table: which programs there are, and their actions.
 *
 * Purpose: what programs of one decider (chains.c) and of all deciders (fuse.c) share.
 * A *request* is what decider and opclass ask of a program; opclasses whose requests are equal
 * share one.
 * Ownership: the plan's arena, but `work`, which is one program's. */
#ifndef COMPILER_TABLE_PROGRAMS_H
#define COMPILER_TABLE_PROGRAMS_H

#include "compiler/table/diagram.h"
#include "compiler/table/levels.h"

/* A program that was emitted, to find equal ones. */
struct made_program {
    uint64_t hash;
    uint32_t program;
};

struct programs {
    struct plan *p;
    struct conds conds;
    struct keys *keys;                 /* of requests */
    VEC_OF(struct rule_list) requests; /* numbered upwards within a decider */
    uint32_t *request;                 /* [decider * nopclasses + opclass] */
    struct keys *results;              /* (decider, rule, lacks) -> rule_ops */
    struct keys *reports;              /* lists of rules -> REPORTS */
    VEC_OF(struct rule_ops) ops;
    VEC_OF(struct made_program) made;
    struct arena work;
};

/* The action of an outcome: of a rule (DD_NO_RULE: none holds) and of those that report before it,
 * for instructions that the list is about. */
struct pol_prt_action programs_action(struct programs *s, const struct rule_list *list,
                                      const struct dd *dd, uint32_t outcome);

/* Sections as they are before a program is emitted. */
struct program_mark {
    uint32_t levels, cells, ternary, tuples, actions;
};
struct program_mark programs_mark(const struct programs *s);
/* Appends the program whose levels, cells and actions were emitted since the mark, or takes them
 * back where an equal program is there; returns the program's number. */
uint32_t programs_add(struct programs *s, const struct pol_prt_program *prog,
                      const struct program_mark *since);

/* --fuse: one program for all deciders; fills REMAP. */
void fuse_programs(struct programs *s);

#endif
