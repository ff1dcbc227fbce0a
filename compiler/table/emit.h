/* Internal to compiler/table: straight-line operations under construction.
 *
 * An emitter collects one op list.  Values are named by their index in the list or by the two known
 * constants V_ZERO and V_ONE.  Equal pure operations are one value; what nothing uses is dropped by
 * emit_finish. */
#ifndef COMPILER_TABLE_EMIT_H
#define COMPILER_TABLE_EMIT_H

#include "compiler/table/plan.h"

#define V_ZERO 0xFFFFFFF0u
#define V_ONE 0xFFFFFFF1u
#define V_UNKNOWN 0xFFFFFFF2u /* of a shared slot: see struct sval */

struct emitter {
    struct plan *p;
    struct arena work;
    uint32_t lo, hi; /* domains in scope: [lo, hi) */
    uint32_t decider;
    const struct ir_rule *rule; /* the operands satisfy its patterns; NULL: nothing is known */
    VEC_OF(struct pol_prt_op) ops;
    bool in_merge; /* operands 0 and 1 are the parts */
};

void emit_init(struct emitter *e, struct plan *p, uint32_t lo, uint32_t hi);
/* Drops dead values, appends the list to OPS, frees the emitter.  `keep_last`: the last op is the
 * list's value. */
void emit_finish(struct emitter *e, uint32_t value, bool keep_value, uint32_t *first, uint32_t *n);

uint32_t emit_op(struct emitter *e, enum pol_prt_opcode op, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d, uint32_t f);
uint32_t emit_const(struct emitter *e, int64_t value);
uint32_t emit_slot(struct emitter *e, uint32_t operand, uint32_t slot);
/* The value as an index, constants made explicit. */
uint32_t emit_value(struct emitter *e, uint32_t v);
uint32_t emit_and(struct emitter *e, uint32_t a, uint32_t b);    /* of bools */
uint32_t emit_andnot(struct emitter *e, uint32_t a, uint32_t b); /* of bools */
uint32_t emit_eq(struct emitter *e, uint32_t a, uint32_t b);
void emit_fail(struct emitter *e, uint32_t cond, enum pol_cause cause, uint32_t tag);
/* Join or meet of two values of a lattice: relate.c. */
uint32_t emit_lattice(struct emitter *e, uint32_t lattice, bool join, uint32_t a, uint32_t b);
/* A RELATION guard, 0 or 1. */
uint32_t emit_relation(struct emitter *e, const struct ir_guard *guard);
/* Offset in LUT of these entries, stored once. */
uint32_t plan_lut(struct plan *p, enum pol_prt_kind kind, const uint32_t *data, size_t n);
static inline uint32_t pow2_above(uint32_t n)
{
    uint32_t p = 1;
    while (p < n)
        p *= 2;
    return p;
}

/* --- field values: fields.c --------------------------------------------------------------------
 */

/* A dense field's value: a shape that depends on up to two indices.  lut[i * nb + j] is a shape id
 * of the field, or SHAPE_INVALID.  na = 0: a constant, lut[0].  nb = 0: one index.  live_a, live_b:
 * which values of an index the rule's patterns leave; NULL: all, or nobody asked.
 * A bit field's value: `bits`, a value index or a constant. */
struct fval {
    uint32_t field;
    uint32_t a, b, na, nb;
    uint32_t *lut;
    const uint8_t *live_a, *live_b;
    uint32_t bits; /* BITS: value index when !bits_known */
    bool bits_known;
    uint32_t bits_const;
};

struct fval fval_empty(struct emitter *e, uint32_t field);
struct fval fval_slot(struct emitter *e, uint32_t field, uint32_t operand, uint32_t slot);
struct fval fval_change(struct emitter *e, struct fval f, uint32_t tag, bool add);
struct fval fval_union(struct emitter *e, struct fval x, struct fval y);
struct fval fval_inter(struct emitter *e, struct fval x, struct fval y);
/* x merged with y: union of `merge any` tags, intersection of `merge all` tags. */
struct fval fval_merge(struct emitter *e, struct fval x, struct fval y);
/* x less each `merge all` tag that y lacks. */
struct fval fval_missing(struct emitter *e, struct fval x, struct fval y);
/* x less `tag` when the bool `when` is 1. */
struct fval fval_drop_when(struct emitter *e, struct fval x, uint32_t tag, uint32_t when);
uint32_t fval_has(struct emitter *e, const struct fval *f, uint32_t tag);
/* Of a dense field: is one of these tags (bits of the field) there, as far as it is known?  With
 * `coded`, shapes that have no code do not count: storing them fails. */
enum presence { NEVER, SOMETIMES, ALWAYS };
enum presence fval_presence(struct emitter *e, const struct fval *f, const uint32_t *tags,
                            bool coded);
/* The same as a value.  Where something does not count, it is 0. */
uint32_t fval_has_any(struct emitter *e, const struct fval *f, const uint32_t *tags, bool coded);
/* The slot's value (code or bits); *maybe_invalid: it can be 0. */
uint32_t fval_code(struct emitter *e, const struct fval *f, bool *maybe_invalid);
void fval_store(struct emitter *e, const struct fval *f, uint32_t result);

/* --- set values: sets.c ------------------------------------------------------------------------
 */

/* A set of the tags in scope.  Arrays are indexed by field, by lane and by slot.
 *
 * A lane with a slot of its own is the argument, 0 where the tag is absent, as in the slot.  A lane
 * that shares one is the argument only where the tag is there, so that nothing need be computed to
 * read it, and anything elsewhere.  What the shared slot holds is kept apart in `joint`: the
 * argument of each tag that is there, joined by bitwise or, or V_UNKNOWN; it is made from fields
 * and lanes when it is wanted.  An expression may have tags together that no code has together, so
 * each lane is kept. */
struct sval {
    struct fval *fields;
    uint32_t *lanes;    /* integer arguments; V_ZERO where known to be absent */
    uint32_t *joint;    /* slots of shared lanes; NULL: there are none */
    uint32_t **regions; /* TagSet arguments: values of their slots */
    int copy_of;        /* the operand that this is an untouched copy of, or -1 */
};

struct sval sval_empty(struct emitter *e);
struct sval sval_operand(struct emitter *e, uint32_t operand);
struct sval sval_of(struct emitter *e, struct ir_set_id id);
struct sval sval_union(struct emitter *e, const struct sval *a, const struct sval *b);
struct sval sval_inter(struct emitter *e, const struct sval *a, const struct sval *b);
void sval_store(struct emitter *e, const struct sval *v, uint32_t result);
uint32_t sval_has(struct emitter *e, const struct sval *v, uint32_t tag);
/* 1 when all arguments of the tag, but values of lattices, are equal in both, where both have it.
 */
uint32_t sval_same_args(struct emitter *e, const struct sval *a, const struct sval *b,
                        uint32_t tag);
/* Lanes of `tag` become those of `from`, or those of the union, or where `when`, which is where
 * `to` has the tag, those of the intersection of a and b.  Shared slots are left: see sval_join. */
void sval_take_lanes(struct sval *to, const struct emitter *e, const struct sval *from,
                     uint32_t tag);
void sval_or_lanes(struct emitter *e, struct sval *to, const struct sval *a, const struct sval *b,
                   uint32_t tag);
void sval_and_lanes(struct emitter *e, struct sval *to, const struct sval *a, const struct sval *b,
                    uint32_t tag, uint32_t when);
/* Shared slots of a whose lanes are those of a and b joined, but V_UNKNOWN where the slot has a
 * lane of a `merge all` tag, which drops arguments, or one that takes values of a lattice; b NULL:
 * those of a. */
void sval_join(struct emitter *e, struct sval *to, const struct sval *a, const struct sval *b,
               bool merge);
uint32_t emit_int(struct emitter *e, struct ir_int_id id);

#endif
