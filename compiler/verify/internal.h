/* What the parts of the proof share; private to compiler/verify.
 *
 * The reading of the encoding (struct enc_field and friends) comes from the table's own sections,
 * checked once; rules come from the IR.  Shape ids of a dense field are its codes; ids from ncodes
 * on are shapes without a code. */
#ifndef COMPILER_VERIFY_INTERNAL_H
#define COMPILER_VERIFY_INTERNAL_H

#include "compiler/verify/sym.h"
#include "compiler/verify/verify.h"
#include "lang/support/arena.h"
#include "lang/support/str.h"

#define VF_ALL_KINDS 0x7Fu /* every kind of operand; POL_KIND_NESTED apart */

/* Sets of codes: bit c of word c / 64. */
struct enc_field {
    const struct pol_prt_field *f;
    uint32_t index;
    const uint32_t *tags; /* f->ntags tag ids */
    /* dense: */
    uint32_t words;        /* of a shape */
    VEC_OF(uint32_t) bits; /* shape id * words */
    uint32_t nshapes;
    uint32_t *table, table_size; /* shape ids by bits, 0 free */
    uint32_t set_words;          /* 64-bit words of a set of codes */
    uint64_t *having;            /* per tag of the field, the codes that have it */
    uint64_t *of_kind;           /* per bit of the kinds word */
};

/* What one form of instructions reads and writes, as the kinds that codes must have. */
struct form_key {
    uint8_t kinds[POL_OPERANDS]; /* POL_KIND_*; 0: the operand is {} */
    uint8_t dest[POL_RESULTS];   /* the kind written; 0: no such result */
    uint8_t merges;              /* RD of an access to memory: POL_KIND_INT or POL_KIND_FP */
};

/* An action that some input of a form reaches. */
struct reached {
    uint32_t decider, rule, action;
    struct form_key form;
};

/* A map, or bit matrix, of two values: words[(x & mask) << shift | (y & (2^shift - 1))], values at
 * most `max`.  Those with equal `contents` are the same function. */
struct vf_lookup {
    const uint32_t *words;
    uint32_t mask, shift, contents, max;
    bool matrix;
};

struct vf {
    const struct ir *ir;
    const struct pol_table *t;
    struct arena arena;
    struct verify_stats *stats;
    char *err;
    size_t errsize;
    bool failed;
    /* the encoding */
    struct enc_field *fields;
    uint32_t *field_of, *bit_of; /* per tag */
    uint32_t *tag_of_arg;        /* per ARGS index */
    /* Integer arguments that stand in a slot, one unless tags that are never together share it:
     * lane_args[lane_first[slot] .. lane_first[slot + 1]). */
    uint32_t *lane_first, *lane_args;
    /* Where sets hold an argument, per ARGS index: in its slot; where several share one, all but
     * the first have a place of their own, from n_slots to nplaces. */
    uint32_t *place_of_arg, nplaces;
    uint8_t *sharing;                      /* per ARGS index: it shares its slot */
    uint32_t *domain_tag, *domain_tag_end; /* per domain: its tags, ascending and contiguous */
    VEC_OF(struct reached) reached;
    struct vf_keys *reached_set;
    /* codes that loads can yield, per field: what merges over granules starts from */
    uint64_t **loaded_int, **loaded_fp;
    struct sym sym; /* values of one action */
    /* relate.c: contents of all; lookups of the table by operation, of the IR by lattice (meet,
     * join) and relation, once they are asked for */
    struct vf_keys *contents, *op_lookups;
    VEC_OF(struct vf_lookup *) lookups;
    struct vf_lookup **lattice_lookups, **relation_lookups;
};

/* Notes the first failure; always false. */
bool vf_fail(struct vf *v, const char *fmt, ...) LANG_PRINTF(2, 3);

static inline bool vf_bit(const uint32_t *bits, uint32_t i)
{
    return bits[i / 32] >> (i % 32) & 1u;
}
static inline bool vf_in(const uint64_t *set, uint32_t code)
{
    return set[code / 64] >> (code % 64) & 1u;
}
static inline void vf_put(uint64_t *set, uint32_t code)
{
    set[code / 64] |= (uint64_t)1 << (code % 64);
}
static inline bool vf_dense(const struct vf *v, uint32_t field)
{
    return v->t->fields[field].kind == POL_FIELD_DENSE;
}
static inline uint32_t vf_sharing(const struct vf *v, uint32_t slot)
{
    return v->lane_first[slot + 1] - v->lane_first[slot];
}
/* May the decider write this domain? */
static inline bool vf_owns(const struct vf *v, uint32_t decider, uint32_t domain)
{
    const struct ir_decider *d = &v->ir->deciders[decider];
    return d->is_global || d->domain == domain;
}
/* Does the rule record a violation and let the rules below decide? */
static inline bool vf_reports(const struct vf *v, const struct ir_rule *rule)
{
    return !rule->allow && v->ir->responses[rule->response].action == POL_ACTION_REPORT;
}
static inline void vf_cover(uint8_t *notes, size_t at)
{
    if (notes)
        notes[at] = 1;
}
#define VF_COVER(v, what, at)                                                                      \
    do {                                                                                           \
        if ((v)->stats->coverage)                                                                  \
            vf_cover((v)->stats->coverage->what, (at));                                            \
    } while (0)

/* --- the passes, in order ----------------------------------------------------------------------
 */

bool vf_facts(struct vf *v);    /* records that are copies of the IR */
bool vf_encoding(struct vf *v); /* fields, slots; fills the encoding of struct vf */
bool vf_initial(struct vf *v);  /* initial sets have codes of the right kinds */
bool vf_decode(struct vf *v);
bool vf_decide(struct vf *v);  /* all deciders; fills v->reached */
bool vf_actions(struct vf *v); /* all of v->reached; fills loaded_* */
bool vf_merges(struct vf *v);

/* --- encoding ----------------------------------------------------------------------------------
 */

uint32_t vf_shape(struct vf *v, struct enc_field *e, const uint32_t *bits);
static inline const uint32_t *vf_shape_bits(const struct enc_field *e, uint32_t id)
{
    return e->bits.items + (size_t)id * e->words;
}
/* Codes that can stand in an operand of these kinds (0: only {}); a new set. */
uint64_t *vf_codes(struct vf *v, struct arena *arena, uint32_t field, uint32_t kinds);
/* The part of a rule's condition that concerns one field, and the codes that fulfil it. */
struct vf_cut {
    uint32_t field;
    bool exact;
    uint32_t *required, *forbidden; /* bits of the field's tags */
};
void vf_cut(struct vf *v, struct arena *arena, uint32_t decider, const struct ir_cond *cond,
            uint32_t field, struct vf_cut *cut);
/* Leaves in `set` those codes that fulfil the cut. */
void vf_narrow(struct vf *v, const struct vf_cut *cut, uint64_t *set);
uint32_t vf_operand_kinds(const struct pol_form *form, enum pol_operand op);
struct form_key vf_form(const struct pol_form *form);
/* `{A, B}`, from a shape. */
void vf_print_shape(const struct vf *v, struct str_buf *out, uint32_t field, uint32_t shape);
/* `A`, or `A or B` where they share the slot. */
const char *vf_lane_tags(const struct vf *v, struct arena *arena, uint32_t slot);
const char *vf_operand_name(uint32_t op);
const char *vf_result_name(uint32_t result);

/* A set of 64-bit keys. */
struct vf_keys;
struct vf_keys *vf_keys_new(struct arena *arena);
/* The number given to the key when it was first seen, 0 up; *added: it is new. */
uint32_t vf_keys_add(struct vf_keys *set, const void *key, size_t size, bool *added);

/* --- lattices and relations ---------------------------------------------------------------------
 */

bool vf_relate_init(struct vf *v);
/* What MAP2 or MATRIX gives. */
uint32_t vf_table_lookup(struct vf *v, struct sym *s, const struct pol_prt_op *op, uint32_t x,
                         uint32_t y);
/* What the IR says: join or meet of two values; is the tuple in the relation? */
uint32_t vf_lattice_value(struct vf *v, struct sym *s, uint32_t lattice, bool join, uint32_t x,
                          uint32_t y);
uint32_t vf_related(struct vf *v, struct sym *s, uint32_t relation, const uint32_t *args);
/* The lattice of an argument, or IR_NONE. */
static inline uint32_t vf_lattice(const struct vf *v, uint32_t tag, uint32_t k)
{
    uint32_t lattice = v->ir->tags[tag].lattice[k];
    return lattice < v->ir->nlattices ? lattice : IR_NONE;
}

/* --- symbolic tag words ------------------------------------------------------------------------
 */

/* A slot's value or a value of an operation: one symbolic value, or 32 symbolic bits.  A set that
 * the rules want in a dense field is a shape and, besides, tags whose presence is given apart,
 * because it depends on comparisons. */
struct vf_apart {
    uint32_t tag, has;
};
struct vf_value {
    bool wide;
    uint32_t x;
    uint32_t bit[32];
    struct vf_apart *apart;
    uint32_t napart;
};

/* The operands of one evaluation.  `cond` may be NULL; `allow` (or NULL) narrows dense fields. */
struct scene {
    struct vf *v;
    struct sym *s;
    struct arena *arena;
    uint32_t decider; /* for `exact` */
    const struct ir_cond *cond[POL_OPERANDS];
    uint8_t kinds[POL_OPERANDS];
    uint64_t *const *allow[POL_OPERANDS];
    uint8_t *opened[POL_OPERANDS]; /* per ARGS index: the TagSet argument is read as a set; else its
                                    * slots are opaque words */
    struct vf_keys *packs;
    struct vf_value **slots; /* operand * nslots + slot, read once */
};

void vf_scene_init(struct scene *sc, struct vf *v, struct arena *arena, uint32_t decider);
const struct vf_value *vf_scene_slot(struct scene *sc, uint32_t op, uint32_t slot);
/* Presence of a tag in a value of its field. */
uint32_t vf_value_has(struct scene *sc, const struct vf_value *value, uint32_t tag);
uint32_t vf_scene_has(struct scene *sc, uint32_t op, uint32_t tag);
/* Presence of a tag in the TagSet argument `set_arg` of the operand, which is there. */
uint32_t vf_scene_nested_has(struct scene *sc, uint32_t op, uint32_t set_arg, uint32_t tag);
/* The argument's value in the operand, 0 where the tag is absent; `set_arg`: in this TagSet
 * argument, which is read as a set, or POL_NONE. */
struct vf_value vf_scene_arg(struct scene *sc, uint32_t op, uint32_t set_arg, uint32_t arg);
/* The slot of a region that holds a field (or, lane: an argument); POL_NONE if none. */
uint32_t vf_region_slot(const struct vf *v, uint32_t set_arg, bool lane, uint32_t index);

struct vf_value vf_value_of(uint32_t x);
/* All 32 bits of a value; false when it is neither bits nor a constant. */
bool vf_value_widen(struct sym *s, const struct vf_value *x, struct vf_value *wide);
/* Both as bits, or both as one value. */
void vf_value_alike(struct scene *sc, struct vf_value *x, struct vf_value *y);
/* Equality as a boolean. */
uint32_t vf_value_equal(struct scene *sc, const struct vf_value *x, const struct vf_value *y);
struct vf_value vf_value_ite(struct scene *sc, uint32_t cond, const struct vf_value *x,
                             const struct vf_value *y);

struct failure {
    uint32_t cond, cause, tag;
};

/* What a list of operations, or a rule, does. */
struct effect {
    VEC_OF(struct failure) failures;
    struct vf_value **out;          /* result * nslots + slot; NULL: untouched */
    VEC_OF(struct failure) stores;  /* cond: a code is invalid; cause: result; tag: slot */
    VEC_OF(struct failure) regions; /* sets stored in TagSet arguments: cond: value, tag: slot */
    uint32_t *used;                 /* per counter: fresh values taken */
    const char *odd;                /* what cannot be interpreted, or NULL */
};
void vf_effect_init(struct effect *e, struct vf *v, struct arena *arena);
void vf_effect_fail(struct scene *sc, struct effect *e, uint32_t cond, uint32_t cause,
                    uint32_t tag);

/* Runs operations. */
void vf_run_ops(struct scene *sc, uint32_t first, uint32_t n, struct effect *e);

/* What the IR wants of result `result` of a rule: its failures, and its slots in e->out. */
void vf_want_result(struct scene *sc, struct effect *e, struct ir_set_id id, uint32_t result);
/* What merging (or dropping) operands 0 and 1 wants, in result 0. */
void vf_want_merge(struct scene *sc, struct effect *e, uint32_t domain, bool merge);

/* --- comparing ---------------------------------------------------------------------------------
 */

struct compare {
    struct scene *sc;
    const struct effect *want, *have;
    const char *where;              /* for messages */
    uint8_t dest[POL_RESULTS];      /* kinds that codes of a result must have; 0: not compared */
    uint64_t **yields[POL_RESULTS]; /* per field: receives the codes of a result; or NULL */
    bool lenient;                   /* the table may fail closed for want of a code */
    uint32_t first_slot, end_slot;  /* what the decider writes */
    uint32_t given;                 /* bit per result: the rule gives it */
    uint32_t excused;               /* boolean: inputs on which results do not matter */
};
/* The same failures in the same order, and where there are none the same results. */
bool vf_compare(struct compare *c);

#endif
