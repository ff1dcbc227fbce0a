/* The compiler as a library: from a policy's source to a verified rule table.
 *
 * Passes, in order.  Each runs only if the one before succeeded; compile_file() can stop after any
 * stage.
 *
 *   pass       from        to            requires              gives                       breaks
 *   sema_load  files       struct model  nothing               a model without errors      -
 *   lower      model       struct ir     a model with deciders what ir_verify() states     -
 *   ir_verify  ir          ir            -                     checked; wrong: internal    -
 *   prove_check model, ir  -             an IR lowered from    every claim is true;        -
 *   (if asked for)                       the model             else errors
 *   tbl_build  ir          struct tbl    a verified IR         complete sections           may add
 *                                                              to the IR's arena and pools
 *   prt_bytes  tbl         bytes         complete sections     the same table always gives -
 *                                                              the same bytes
 *   load       bytes       pol_table     -                     a table the runtime accepts -
 *   verify_table ir, table -             the IR as lowered     every rule holds in the     -
 *                                                              bytes that were emitted
 *
 * For a target, choose_table (ir -> tbl, bytes, pol_table) stands for tbl_build, prt_bytes and
 * load: it builds several tables and keeps the cheapest one that fits.
 *
 * Ownership: struct compiled owns all that it points to; the source map and the sink are the
 * caller's and outlive it.  Errors: diagnostics go to the sink; what is not the policy's fault goes
 * to `err`.  Nothing prints here.  Threads: no shared state. */
#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H

#include <pol/table.h>

#include "compiler/ir/ir.h"
#include "compiler/sema/model.h"
#include "compiler/sema/sema.h"
#include "compiler/table/table.h"
#include "compiler/target/target.h"
#include "lang/support/diag.h"

#define COMPILE_DEFAULT_ISA "rv64imafdc_zicsr_zifencei"

enum compile_stage { COMPILE_MODEL, COMPILE_IR, COMPILE_TABLE };

struct compile_options {
    const char *policy;              /* as struct sema_options */
    const char *const *include_dirs; /* as struct sema_options */
    size_t include_count;
    const char *library_dir;                /* NULL: none but $POLICYC_LIBRARY */
    const struct sema_param_option *params; /* as struct sema_options */
    size_t param_count;
    const struct sema_relation_option *relations; /* as struct sema_options */
    size_t relation_count;
    struct pol_isa isa;
    uint32_t granule; /* bytes; 0: XLEN/8 */
    enum tbl_layout layout;
    struct target target; /* valid if has_target: the table must fit, and its layout is chosen */
    bool has_target;
    bool universe_all;
    bool fuse;
    bool share_lanes;
    int loaded_code; /* 1 on, 0 off, -1 when the main file is .dpl */
    bool library; /* a module without a policy is fine; the passes after sema are then left out */
    bool claims;  /* decide the claims of `prove:`: false and undecided ones are errors */
    enum compile_stage last;
};
/* The default ISA, everything else automatic, all passes. */
void compile_options_init(struct compile_options *options);
/* Compiles for a target: its ISA, granule and sharing of lanes become the options, where options
 * that were given for themselves are to be set afterwards. */
void compile_options_target(struct compile_options *options, const struct target *target);

struct compiled {
    struct model *model;
    struct ir *ir; /* NULL before its stage, and so on */
    struct tbl *tbl;
    unsigned char *prt; /* the bytes of foo.prt */
    size_t prt_size;
    struct pol_table *table; /* loaded back from those bytes */
    bool loaded_code; /* loaded-code was composed because it was asked for or the file is DPL */
};

enum compile_status {
    COMPILE_OK,
    COMPILE_ERRORS,  /* in the sink */
    COMPILE_LIMIT,   /* the policy is right, but over a budget of the table or a limit of the
                        target: err, which can have several lines */
    COMPILE_INTERNAL /* the compiler contradicts itself: err */
};
/* *out is NULL unless the result is COMPILE_OK. */
enum compile_status compile_file(const char *path, const struct compile_options *options,
                                 struct lang_source_map *map, struct diag_sink *sink,
                                 struct compiled **out, char *err, size_t errsize) LANG_MUST_CHECK;
void compile_free(struct compiled *compiled); /* NULL is fine */

/* Whether the path names a module in DPL. */
bool compile_is_dpl(const char *path);

#endif
