/* Internal to compiler/table: what the passes hand to each other while a table is built.
 *
 * Order of passes (build.c): shapes -> fields and slots -> chains and actions -> sections. */
#ifndef COMPILER_TABLE_PLAN_H
#define COMPILER_TABLE_PLAN_H

#include "compiler/ir/ir.h"
#include "compiler/table/table.h"
#include "lang/support/arena.h"

/* Shapes of one field: sets of its tags, as bits of `words` 32-bit words; ids by first occurrence.
 */
struct shapes {
    struct arena *arena;
    uint32_t ntags, words;
    VEC_OF(uint32_t) bits;  /* id * words */
    VEC_OF(uint32_t) kinds; /* POL_KIND_* in which it can occur */
    uint32_t count;
    uint32_t *table, table_size;
};
#define SHAPE_INVALID UINT32_MAX

void shapes_init(struct shapes *s, struct arena *arena, uint32_t ntags);
uint32_t shapes_intern(struct shapes *s, const uint32_t *bits);
const uint32_t *shapes_bits(const struct shapes *s, uint32_t id);

/* A field: some tags of one domain stored in one slot. */
struct plan_field {
    uint32_t domain, kind;     /* POL_FIELD_* */
    uint32_t first_tag, ntags; /* tag ids are contiguous */
    uint32_t slot;
    struct shapes shapes; /* DENSE: all shapes ever met; */
    uint32_t *code_of;    /* shape id -> code, 0: none (ids < ncoded_shapes) */
    uint32_t coded;       /* number of shape ids that code_of covers */
    uint32_t *shape_at;   /* code -> shape id */
    uint32_t ncodes;
};

struct plan_domain {
    uint32_t first_tag, ntags;
    bool bits; /* one bit per tag instead of dense codes */
    uint32_t first_field, nfields;
    uint32_t first_slot, nslots;
};

/* The lane of a tag's argument.  Lanes that share a slot are a list, in their order. */
struct plan_lane {
    uint32_t tag;
    uint32_t slot, nslots;
    uint32_t first, next; /* the list's first lane; the next one, or IR_NONE */
};

struct plan {
    struct ir *ir;
    struct arena *arena;
    const struct tbl_options *options;
    struct tbl *out;
    struct plan_domain *domains; /* ir->ndomains */
    struct plan_field *fields;
    uint32_t nfields;
    uint32_t *field_of;      /* tag -> field */
    struct plan_lane *lanes; /* index: first_lane[tag] + k */
    uint32_t *first_lane;
    bool shares; /* some lanes share a slot */
    struct pol_prt_slot *slots;
    uint32_t nslots;
    uint32_t max_values;
    struct strings *strings;
    struct luts *luts, *maps; /* contents of LUT and MAPS, each once */
    /* Offset + 1 in LUT, once they are there: of each lattice's meet and join, of each relation. */
    uint32_t *lattice_at, *matrix_at;
    const char *error;     /* set once; see plan_fail */
    uint32_t retry_domain; /* a domain that must become bits, or IR_NONE */
};

/* A budget was exceeded: keeps the first message. */
void plan_fail(struct plan *p, const char *fmt, ...);

/* Bits of --universe and the least fixpoint: fills `s` with the reachable shapes of the domain;
 * false when there are more than TBL_MAX_SHAPES. */
bool plan_shapes(struct plan *p, uint32_t domain, struct shapes *s);
/* Which lanes of the domain share a slot; fields are there, slots are not. */
void plan_share_lanes(struct plan *p, uint32_t domain);
/* Fields, codes, slots, lanes for every domain; emits FIELDS, SHAPES, SLOTS, TAGS, ARGS. */
void plan_layout(struct plan *p);
/* Is tag t (of domain d) stored in a nested region whose owner's scope is `set_tag`'s? */
bool plan_in_scope(const struct plan *p, uint32_t set_tag, uint32_t domain);

/* Sections. */
void section_init(struct tbl *t);
uint32_t section_push(struct tbl *t, enum pol_prt_kind kind, const void *record);
uint32_t section_extend(struct tbl *t, enum pol_prt_kind kind, const void *records, size_t n);
static inline uint32_t section_count(const struct tbl *t, enum pol_prt_kind kind)
{
    return (uint32_t)t->sections[kind].count;
}
/* Offset of a string in STRINGS, stored once. */
uint32_t plan_string(struct plan *p, const char *s);

/* Chains: PROGRAMS, LEVELS, MAPS, CELLS, REMAP. */
void plan_chains(struct plan *p);
/* Actions: emits OPS of a rule; `lacks`: results (as bits) that the instruction does not have. */
struct rule_ops {
    uint32_t first_op, nops, written;
    bool done;
};
void plan_rule_ops(struct plan *p, uint32_t decider, uint32_t rule, uint32_t lacks,
                   struct rule_ops *out);
/* The ops of a comparison or relation: the last one is 0 or 1.  NE and LE yield their negations'
 * ops, EQ and LT. */
void plan_atom_ops(struct plan *p, const struct ir_guard *atom, uint32_t *first, uint32_t *n);
/* Merge and drop programs of a domain. */
void plan_merge_ops(struct plan *p, uint32_t domain, bool merge, uint32_t *first, uint32_t *n);

static inline bool plan_bit(const uint32_t *bits, uint32_t i)
{
    return bits[i / 32] >> (i % 32) & 1u;
}
static inline void plan_set_bit(uint32_t *bits, uint32_t i)
{
    bits[i / 32] |= (uint32_t)1 << (i % 32);
}
static inline bool plan_shared(const struct plan *p, uint32_t lane)
{
    return p->lanes[lane].first != lane || p->lanes[lane].next != IR_NONE;
}
/* Does the rule record a violation and let the rules below decide? */
static inline bool plan_reports(const struct plan *p, const struct ir_rule *rule)
{
    return !rule->allow && p->ir->responses[rule->response].action == POL_ACTION_REPORT;
}
/* The lattice of a tag's argument, or IR_NONE. */
static inline uint32_t plan_lattice(const struct plan *p, uint32_t tag, uint32_t k)
{
    uint32_t lattice = p->ir->tags[tag].lattice[k];
    return lattice < p->ir->nlattices ? lattice : IR_NONE;
}
static inline bool plan_writes(const struct plan *p, uint32_t decider, uint32_t domain)
{
    const struct ir_decider *d = &p->ir->deciders[decider];
    return d->is_global || d->domain == domain;
}

#endif
