/* What the mutation programs share: a policy with its IR, tables made from it, and the inputs that
 * tell tables apart, with the answers of the table that was not changed. */
#ifndef TESTS_MUTATION_COMMON_H
#define TESTS_MUTATION_COMMON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/prt/prt.h"
#include "compiler/compile.h"
#include "compiler/gen/gen.h"
#include "compiler/verify/verify.h"

struct policy {
    const char *path;
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled; /* to the IR */
};

/* Ends the program when the policy does not compile: the tests cannot do without. */
void policy_open(struct policy *p, const char *path);
void policy_close(struct policy *p);

/* Kinds of tables: every layout, fused, and with shared lanes. */
struct variant {
    const char *name;
    struct tbl_options options;
};
enum { VARIANTS = 6 };
extern const struct variant variants[VARIANTS];

/* A table as bytes; NULL when the layout is refused. */
unsigned char *policy_bytes(struct ir *ir, const struct tbl_options *options, size_t *size);

/* Deterministic random numbers. */
struct dice {
    uint64_t state;
};
uint64_t dice_roll(struct dice *dice, uint64_t below);

/* --- inputs ------------------------------------------------------------------------------------
 */

struct inputs {
    const struct pol_table *table;
    struct pol_space *space;
    size_t n, room;
    uint32_t *words; /* per input: the instruction word */
    uint32_t *sets;  /* per input: 7 encoded sets of nslots: operands, old RD */
    size_t npairs;
    uint32_t *pairs; /* per pair: 2 encoded sets */
    uint64_t total;  /* inputs that there are; n of them are here, evenly chosen */
};

/* At most `limit` inputs of the table. */
void inputs_make(struct inputs *in, const struct ir *ir, const struct pol_table *table,
                 size_t limit);
void inputs_free(struct inputs *in);

/* NULL when both tables give the same answers to all inputs, pairs to merge and words to decode;
 * else what differs.  Sets are compared as sets, so the tables may encode differently; `lenient`: a
 * set that the other table has no code for is no difference. */
const char *inputs_differ(const struct inputs *in, const struct pol_table *other, bool lenient);

/* TAP */
extern int tap_count, tap_failed;
void tap(bool ok, const char *fmt, ...);

#endif
