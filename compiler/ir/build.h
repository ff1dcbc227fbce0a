/* Making an IR: an owner for everything, and constructors for the expression pools.
 *
 * Purpose: lowering and tests build IRs with these; nothing here simplifies.
 * Ownership: ir_new() makes the IR with its own arena; ir_free() frees all of it, the tag space
 * too. Pools grow in the IR's arena; ir_pools_finish() hands them to the IR.
 */
#ifndef COMPILER_IR_BUILD_H
#define COMPILER_IR_BUILD_H

#include "compiler/ir/ir.h"

/* An empty IR: name and stem "", granule 8, no space, and one response: terminate. */
struct ir *ir_new(void);

/* A deep copy of a tag space, owned by the caller (pol_space_free). */
struct pol_space *ir_copy_space(const struct pol_space *space);

struct ir_pools {
    struct arena *arena;
    VEC_OF(struct ir_int) ints;
    VEC_OF(struct ir_guard) guards;
    VEC_OF(struct ir_set) sets;
};

void ir_pools_init(struct ir_pools *p, struct ir *ir);
void ir_pools_finish(struct ir_pools *p, struct ir *ir);

#define IR_NO_INT ((struct ir_int_id){IR_NONE})
#define IR_NO_GUARD ((struct ir_guard_id){IR_NONE})
#define IR_NO_SET ((struct ir_set_id){IR_NONE})

struct ir_int_id ir_int_const(struct ir_pools *p, int64_t value);
struct ir_int_id ir_int_arg(struct ir_pools *p, struct ir_ref ref);
struct ir_int_id ir_int_new(struct ir_pools *p, uint32_t counter, uint32_t new_index);
struct ir_int_id ir_int_op(struct ir_pools *p, enum ir_int_kind kind, struct ir_int_id a,
                           struct ir_int_id b);
/* JOIN or MEET. */
struct ir_int_id ir_int_bound(struct ir_pools *p, enum ir_int_kind kind, uint32_t lattice,
                              struct ir_int_id a, struct ir_int_id b);

struct ir_guard_id ir_guard_const(struct ir_pools *p, bool value);
struct ir_guard_id ir_guard_not(struct ir_pools *p, struct ir_guard_id a);
/* AND or OR. */
struct ir_guard_id ir_guard_join(struct ir_pools *p, enum ir_guard_kind kind, struct ir_guard_id a,
                                 struct ir_guard_id b);
/* EQ, NE, LT, LE. */
struct ir_guard_id ir_guard_compare(struct ir_pools *p, enum ir_guard_kind kind, struct ir_int_id x,
                                    struct ir_int_id y);
struct ir_guard_id ir_guard_seteq(struct ir_pools *p, struct ir_ref r, struct ir_ref s);
/* `args`: as many as the relation has; must live in the IR's arena. */
struct ir_guard_id ir_guard_relation(struct ir_pools *p, uint32_t relation,
                                     const struct ir_int_id *args);
/* a AND b, where IR_NO_GUARD means "no condition". */
struct ir_guard_id ir_guard_also(struct ir_pools *p, struct ir_guard_id a, struct ir_guard_id b);

struct ir_set_id ir_set_empty(struct ir_pools *p);
struct ir_set_id ir_set_operand(struct ir_pools *p, enum pol_operand op);
struct ir_set_id ir_set_arg(struct ir_pools *p, struct ir_ref ref);
/* `mods` must live in the IR's arena. */
struct ir_set_id ir_set_modify(struct ir_pools *p, struct ir_set_id a, struct ir_mod *mods,
                               uint32_t nmods);
/* UNION or INTER. */
struct ir_set_id ir_set_join(struct ir_pools *p, enum ir_set_kind kind, struct ir_set_id a,
                             struct ir_set_id b);

#endif
