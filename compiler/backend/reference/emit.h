/* Shared by the files of the reference backend; private to this folder. */
#ifndef COMPILER_BACKEND_REFERENCE_EMIT_H
#define COMPILER_BACKEND_REFERENCE_EMIT_H

#include "compiler/backend/reference/reference.h"

/* A set in the emitted code is a vector: bit t says whether tag t is there, then come the arguments
 * of all tags, 0 where the tag is absent.  A TagSet argument is such a vector again, without the
 * arguments of tags that have TagSet arguments themselves: a flat set. */
struct lane {
    uint32_t at, width;
    uint32_t flat_at; /* in a flat set; POL_NONE: not there */
};

struct reference {
    const struct ir *ir;
    const struct hw *hw;
    const struct pol_table *table;
    FILE *out;
    struct arena *arena;
    const char **tags;                  /* identifiers: "heap_Pointer" */
    const char **groups;                /* "loadGrp" */
    const char **deciders;              /* "heap_heapPol" */
    const char **counters;              /* "heap_Color" */
    const char **lattices, **relations; /* "flow_Label", "comp_may_call" */
    const char **rows;                  /* by ISA row: "fadd_d" */
    struct lane *lanes;                 /* by index in the table's ARGS */
    uint32_t set_bits, flat_bits;
    uint32_t word_bits; /* at least 1, as the next ones */
    uint32_t domains, counter_bits;
    uint32_t number_bits; /* signed numbers of this width hold every value of the policy */
    bool has_args, has_sets, has_lattices; /* of tags */
};

/* The four results as the ports spell them, and the operands. */
extern const char *const reference_results[POL_RESULTS];
extern const char *const reference_operands[POL_OPERANDS];

void reference_put(const struct reference *r, const char *format, ...) LANG_PRINTF(2, 3);
/* Text inside a comment of one line. */
void reference_comment(const struct reference *r, const char *text);

/* ---- names.c ------------------------------------------------------------------------------- */

void reference_names(struct reference *r);

/* ---- layout.c ------------------------------------------------------------------------------ */

void reference_layout(struct reference *r);
/* First bit and bits of all arguments of a tag in a set. */
uint32_t reference_args_at(const struct reference *r, uint32_t tag);
uint32_t reference_args_bits(const struct reference *r, uint32_t tag);
const struct lane *reference_lane(const struct reference *r, uint32_t tag, uint32_t arg);
/* The localparams TAG_x and ARG_x_k. */
void reference_localparams(const struct reference *r);
/* A vector of set_bits ones for the tags of a domain, with their arguments, as a literal. */
void reference_own_mask(const struct reference *r, uint32_t domain);

/* ---- code.c -------------------------------------------------------------------------------- */

/* The modules pol_reference_unpack and pol_reference_pack: word to set and back. */
void reference_code_modules(const struct reference *r);
/* `field` of a nested set whose bits are in `set` from bit `at` on: its tags, highest first. */
void reference_field_bits(const struct reference *r, const struct pol_prt_field *field,
                          const char *set, uint32_t at);
/* The shape of a code, as a literal. */
void reference_shape(const struct reference *r, const struct pol_prt_field *field, uint32_t code);
/* The slot in the region of TagSet argument `set_arg` that holds argument `arg`, or POL_NONE. */
uint32_t reference_nested_slot(const struct reference *r, uint32_t set_arg, uint32_t arg);
/* The tag whose argument `arg` (an index in ARGS) is. */
uint32_t reference_tag_of(const struct reference *r, uint32_t arg);
/* The word of {}, as a literal; the slice of one domain. */
void reference_empty_word(const struct reference *r);
void reference_empty_slice(const struct reference *r, uint32_t domain);

/* ---- decode.c ------------------------------------------------------------------------------ */

/* Wires from `insn`: insn_ROW; decodes, has_op1.., kinds_op1.. or writes_rd..; is_GROUP. */
void reference_decode_rows(const struct reference *r);
void reference_decode_operands(const struct reference *r);
void reference_decode_kinds(const struct reference *r);
void reference_decode_groups(const struct reference *r);
/* Whether the instructions of a rule's group write a result. */
enum reference_writes { WRITES_NONE, WRITES_SOME, WRITES_ALL };
enum reference_writes reference_writes(const struct reference *r, const struct ir_rule *rule,
                                       unsigned result);

/* ---- expr.c -------------------------------------------------------------------------------- */

/* What the emission of one result needs at hand. */
struct set_context {
    const struct reference *r;
    uint32_t decider;
    unsigned result;
};

/* The width of numbers. */
uint32_t reference_number_bits(const struct ir *ir);
void reference_guard(const struct reference *r, struct ir_guard_id id);
/* Temporary sets that an expression needs at once. */
uint32_t reference_set_depth(const struct ir *ir, struct ir_set_id id);
/* Statements that leave the set in variable `dest` and the first failure in fault_RESULT_DECIDER.
 */
void reference_set(const struct set_context *c, struct ir_set_id id, const char *dest,
                   uint32_t depth);

/* ---- bounds.c ------------------------------------------------------------------------------ */

/* join_LATTICE and meet_LATTICE; holds_RELATION of those that rules ask. */
void reference_bounds(const struct reference *r);
void reference_relations(const struct reference *r);
/* Whether a tag has an argument of a lattice. */
bool reference_has_bound(const struct reference *r, uint32_t tag);

/* ---- functions.c --------------------------------------------------------------------------- */

/* Localparams of causes, {} and the domains' tags. */
void reference_constants(const struct reference *r);
/* The functions that the expressions of rules call; clash(), of merges without the `merge all`
 * tags; merged(); fetched(). */
void reference_set_functions(const struct reference *r);
void reference_clash(const struct reference *r, bool merging);
void reference_merged(const struct reference *r);
void reference_fetched(const struct reference *r);

/* ---- rules.c ------------------------------------------------------------------------------- */

/* Variables and the block that tries the rules of one decider. */
void reference_decider(const struct reference *r, uint32_t decider);
/* Rules of a decider whose failure is reported and passed over. */
uint32_t reference_reports(const struct reference *r, uint32_t decider);
/* Whether some rule of the decider gives the result. */
bool reference_gives(const struct reference *r, uint32_t decider, unsigned result);

/* ---- step.c -------------------------------------------------------------------------------- */

void reference_step(const struct reference *r);
/* The input ports of a step. */
void reference_step_inputs(const struct reference *r);

/* ---- pair.c -------------------------------------------------------------------------------- */

void reference_merge(const struct reference *r);
void reference_fetch(const struct reference *r);

/* ---- assume.c ------------------------------------------------------------------------------ */

void reference_assume(const struct reference *r);

#endif
