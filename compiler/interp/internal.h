/* Inside the source interpreter; interp.h is its public face. */
#ifndef COMPILER_INTERP_INTERNAL_H
#define COMPILER_INTERP_INTERNAL_H

#include "compiler/interp/interp.h"

/* ---- Tag sets as literals (set.c) ------------------------------------------------------------ */

/* The first tag of `set` that is not less than `from`; space->ntags when there is none. */
uint32_t set_next(const struct pol_space *space, const uint32_t *set, uint32_t from);
/* Runs through the tags of `set` in order; the body may remove the current one. */
#define SET_EACH(t, space, set)                                                                    \
    for (uint32_t t = set_next((space), (set), 0); t < (space)->ntags;                             \
         t = set_next((space), (set), t + 1))

void set_clear(const struct pol_space *space, uint32_t *set);
void set_remove(const struct pol_space *space, uint32_t *set, uint32_t tag);
/* Puts `tag` with the arguments it has in `from`, replacing what was there. */
void set_put(const struct pol_space *space, uint32_t *set, const uint32_t *from, uint32_t tag);
/* Both have the tag: are its arguments equal but for those of lattices? */
bool set_compatible(const struct model *model, const uint32_t *a, const uint32_t *b, uint32_t tag);
/* Both have the tag and are compatible: the lattice arguments of `out` become the joins, or the
 * meets. */
void set_join(const struct model *model, uint32_t *out, const uint32_t *b, uint32_t tag);
void set_meet(const struct model *model, uint32_t *out, const uint32_t *b, uint32_t tag);
/* out = the tags of `set` that are among `owned` (presence words). */
void set_project(const struct pol_space *space, uint32_t *out, const uint32_t *set,
                 const uint32_t *owned);
/* In `out`, the tags among `owned` become those of `set`, which has no others. */
void set_replace(const struct pol_space *space, uint32_t *out, const uint32_t *set,
                 const uint32_t *owned);
/* out = out \/ b.  False, with the least conflicting tag, if the arguments of one differ and are
 * not of a lattice; `out` is then unchanged. */
bool set_unite(const struct model *model, uint32_t *out, const uint32_t *b, uint32_t *tag);
/* out = out /\ b: a tag with different arguments that are not of a lattice is in neither. */
void set_intersect(const struct model *model, uint32_t *out, const uint32_t *b);
/* A set as a TagSet argument and back.  No tag of `set` has a TagSet argument itself. */
void set_flatten(const struct pol_space *space, uint32_t *flat, const uint32_t *set);
void set_unflatten(const struct pol_space *space, uint32_t *set, const uint32_t *flat);

/* ---- Instructions (insn.c) ------------------------------------------------------------------- */

/* What the composition needs to know about one instruction word. */
struct insn {
    bool known; /* the slot is in use */
    uint32_t word;
    int row; /* of the ISA table; -1: the word does not decode */
    struct pol_form form;
    /* Rules whose group holds the word, as positions in their decider: those of decider d are
     * candidates[first[d] .. first[d + 1] - 1]. */
    uint32_t *candidates;
    size_t cap;
    uint32_t *first; /* ndeciders + 1 */
};

/* "This group lists that instruction." */
struct matcher {
    uint32_t group, mask, match;
};

#define INSN_SLOTS 1024

struct insn_memory {
    struct matcher *matchers; /* by ISA row: */
    uint32_t *row_first;      /* those of row i are row_first[i] .. row_first[i + 1] - 1 */
    bool *in_group;           /* scratch: the groups that the word belongs to */
    struct insn *slots;       /* INSN_SLOTS */
};

/* ---- The engine ------------------------------------------------------------------------------ */

struct interp {
    struct pol_engine engine; /* first: the public face */
    struct arena arena;       /* of all below */
    const struct model *model;
    uint32_t **domains;    /* by domain: presence words of its tags */
    uint32_t *all_tags;    /* presence words of every tag */
    uint32_t *global_tags; /* of the tags that globals own */
    struct insn_memory insns;
    uint64_t *counters;             /* by model->counters: the next fresh value */
    uint64_t *used;                 /* by model->counters: how many this step takes */
    struct binding *vars;           /* room for the variables of any rule */
    uint32_t *exact;                /* scratch: presence words */
    uint32_t *results[POL_RESULTS]; /* scratch: the new sets */
    uint32_t **temps;               /* scratch: literals for nested expressions */
    size_t ntemps, temp_cap, temps_in_use;
};

/* A new zeroed literal, padded like a value. */
uint32_t *interp_literal_new(struct interp *interp);
/* Literals for intermediate results, used like a stack. */
uint32_t *interp_temp_take(struct interp *interp);
void interp_temp_drop(struct interp *interp);

void insn_memory_init(struct interp *interp);
void insn_memory_free(struct interp *interp);
/* Valid until the next call. */
const struct insn *insn_look_up(struct interp *interp, uint32_t word);
/* Whether the instruction writes that result. */
bool insn_writes(const struct insn *insn, enum pol_result result);

/* ---- One decider's evaluation ---------------------------------------------------------------- */

/* A variable of the rule being tried. */
struct binding {
    bool bound;
    uint32_t number;     /* of an integer variable */
    const uint32_t *set; /* of a TagSet variable: a flat literal inside an operand */
};

struct eval {
    struct interp *interp;
    const struct model *model;
    const struct pol_space *space;
    const struct pol_inputs *inputs;
    const struct insn *insn;
    uint32_t decider;
    const uint32_t *owned; /* presence words: what the decider owns; a global: everything */
    struct binding *vars;
    enum pol_cause cause; /* of the built-in failure, */
    uint32_t tag;         /* and its tag */
};

static inline const uint32_t *eval_operand(const struct eval *ev, enum pol_operand operand)
{
    return ev->inputs->in[operand];
}

/* Records a built-in failure; always false. */
bool eval_fail(struct eval *ev, enum pol_cause cause, uint32_t tag);

/* Whether the rule's patterns and guard accept the inputs; binds its variables (match.c). */
bool match_rule(struct eval *ev, const struct model_rule *rule);
/* An integer, or a tag set of what the decider owns.  False: a built-in failure (expr.c). */
bool expr_int(struct eval *ev, const struct model_int *x, int64_t *value);
bool expr_set(struct eval *ev, const struct model_set *expr, uint32_t *out);
/* Integers cannot fail where there is no `new`: guards. */
int64_t expr_int_in_guard(struct eval *ev, const struct model_int *x);

/* The whole composition's answer; pol_engine_ops.evaluate (composition.c). */
void composition_evaluate(struct pol_engine *engine, const struct pol_inputs *inputs,
                          void *const out[POL_RESULTS], struct pol_answer *answer);

#endif
