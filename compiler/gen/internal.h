/* The parts of compiler/gen that make all inputs of a program; private to this folder. */
#ifndef COMPILER_GEN_INTERNAL_H
#define COMPILER_GEN_INTERNAL_H

#include "compiler/gen/gen.h"
#include "compiler/gen/view.h"

/* One thing about an operand that varies from input to input.
 *
 * CODES: a dense field.  By class: one code of each class that the program tells apart, its members
 * taking turns; by code: each; free: any.  BIT: one bit of a bit field.  NUMBER, SET: an argument;
 * numbers by class: the first nclasses values stand for members that take turns. */
enum axis_kind { AXIS_CODES, AXIS_BIT, AXIS_NUMBER, AXIS_SET };
enum axis_mode { BY_CLASS, BY_CODE, FREE };
struct axis {
    enum axis_kind kind;
    enum axis_mode mode;
    unsigned set;              /* of the tuple */
    uint32_t field;            /* CODES, BIT */
    uint32_t bit;              /* BIT: of the field */
    uint32_t tag, arg;         /* NUMBER, SET */
    uint32_t n, at;            /* choices in this mode, the current one */
    bool valued;               /* CODES: results depend on the code */
    uint32_t nclasses, *first; /* class i is code[first[i]] .. code[first[i + 1] - 1]; */
    uint32_t ncodes, *code;    /* NUMBER: the values, first those at the edges of classes; */
    uint32_t *member;          /* NUMBER: class i is member[first[i]] .. */
};
struct axes {
    struct axis *items;
    size_t count, cap;
};

struct codes {
    uint32_t n;
    uint32_t *at;
};

struct gen_tuples {
    const struct pol_table *t;
    const struct pol_space *space;
    const struct gen_values *values;
    uint32_t decider, opclass; /* where we are */
    bool started, ended;       /* this program's first input was given, its last */
    uint32_t pass;             /* which axes go by code, see start_pass() */
    uint64_t outer_index;
    uint64_t turn;      /* varies what does not matter; restarts with each outer choice */
    struct arena arena; /* of the current program */
    struct axes outer, inner;
    uint32_t *tag_of_arg, *arg_in_tag; /* by ARGS index */
    struct codes *nested;              /* by field: codes that TagSet arguments can hold */
    const uint32_t **set_tags;         /* as gen_set_tags() gives them */
    uint32_t *chosen;                  /* by tuple set and field: code or bits */
    struct arena own;
};

/* Codes of a dense field that can stand in operands of these kinds, ascending; never none. */
struct codes gen_possible_codes(const struct gen_tuples *g, struct arena *arena, uint32_t kinds,
                                const struct pol_prt_field *f);
/* Fills g->outer and g->inner for the program of g->decider and g->opclass. */
void gen_add_axes(struct gen_tuples *g);

/* Values of an argument that the bit matrices of a program tell apart: relate.c. */
enum { GEN_MAX_TOLD = 32 };
struct gen_told {
    uint32_t n, at[GEN_MAX_TOLD];
};
/* First, for each matrix, one of a pair that is in it and of one that is not; then one for each
 * different row, or column. */
void gen_told_apart(const struct view *v, unsigned set, uint32_t slot, struct gen_told *told);

/* Adds the axis of an argument (an index of ARGS) of a set to g->inner. */
void gen_add_argument_axis(struct gen_tuples *g, const struct view *v, unsigned set, uint32_t arg);
/* When all are there: keeps the combinations of their values few. */
void gen_limit_values(struct gen_tuples *g);

/* A number below n that looks arbitrary and depends only on what was asked before. */
uint32_t gen_turn(struct gen_tuples *g, uint32_t n);
/* Adds the tags of a field's code, or of the bits of a bit field. */
void gen_put_presence(const struct gen_tuples *g, const struct pol_prt_field *f, uint32_t chosen,
                      uint32_t *lit);
/* Gives every argument of the literal's tags any value. */
void gen_put_arguments(struct gen_tuples *g, uint32_t *lit);

#endif
