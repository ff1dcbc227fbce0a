/* What the programs of this folder share: a policy with its table, its reference and its hardware.
 *
 * Options: -l LAYOUT (auto, dense, dag, flat, tcam), -a every subset of the tags is reachable, -s
 * arguments share lanes, -f one fused program; then POLICY DIR and what the program wants. */
#ifndef TESTS_GATE_COMMON_H
#define TESTS_GATE_COMMON_H

#include <stdio.h>

#include "compiler/backend/reference/reference.h"
#include "compiler/compile.h"

struct gate_options {
    struct compile_options compile;
    const char *policy, *dir;
    char **rest; /* arguments after them */
};
/* Ends the program unless there are `count` arguments at least. */
struct gate_options gate_options(int argc, char **argv, int count);

struct gate_policy {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
    struct hw *hw;
};
/* 0, or -1 after a message; ends the program with status 3 when the table cannot have that form. */
int gate_open(struct gate_policy *p, const struct gate_options *options);
void gate_close(struct gate_policy *p);

/* A file in the folder; ends the program when it cannot be made. */
FILE *gate_create(const char *dir, const char *name);
/* DIR/reference.sv; 0 or -1. */
int gate_write_reference(const struct gate_policy *p, const char *dir);

/* Deterministic random numbers below `below`; 0 for 0. */
struct dice {
    uint64_t state;
};
uint64_t dice_roll(struct dice *dice, uint64_t below);

#endif
