/* How a rule table becomes memories and wires.
 *
 * Purpose: what the emitters of hardware print.  A *unit* finds the action of an instruction: per
 * opclass a program; per level a position; inputs of all positions side by side (class maps, tests,
 * expressions, value classes), then one lookup after the other.  A decider has a unit of its own,
 * or, where all programs are fused, they share one.  A *decider* has a memory of actions, addressed
 * by the unit's last row, and a network of operations.
 *
 * Positions: a program of n levels uses the last n of the unit's positions.  With `row` what comes
 * from the position before (at the program's first: start), a position gives
 *     look:  cells[row + input]       else:  row + input      (the sum of a dense program)
 * and after the last one `row` is the address of the action.  A ternary program's inputs, each
 * shifted, are a key instead.
 * Ownership: in the arena of struct hw. */
#ifndef COMPILER_BACKEND_HW_MODEL_H
#define COMPILER_BACKEND_HW_MODEL_H

#include "compiler/backend/hw/net.h"
#include "compiler/backend/hw/rom.h"

enum hw_input_kind {
    HW_IN_NONE,  /* 0 */
    HW_IN_MAP,   /* a word of the position's class memory: classes[base | code] */
    HW_IN_SHIFT, /* code << shift; the class memory only says whether it is valid */
    HW_IN_NODE   /* a node of the unit's network */
};

/* One program at one position. */
struct hw_input {
    enum hw_input_kind kind;
    uint32_t source, slot; /* MAP, SHIFT */
    uint32_t base,
        code_bits;  /* MAP, SHIFT: region of 2^code_bits words; larger codes are invalid */
    uint32_t shift; /* SHIFT */
    uint32_t node;  /* NODE */
    uint32_t bad;   /* node: 1 if the operand is invalid; POL_NONE: never */
    uint32_t max;   /* largest value */
    bool look;
};

struct hw_program {
    uint32_t id;             /* index in PROGRAMS */
    uint32_t first;          /* first position; npositions: none */
    uint32_t start;          /* row at the first position */
    struct hw_input *inputs; /* per position */
    bool ternary;
    uint32_t *shifts; /* ternary: of each position's input in the key */
};

struct hw_position {
    uint32_t classes, cells; /* memories; POL_NONE */
    uint32_t class_bits;     /* of the class in a word of `classes`; the bit above is `invalid` */
    uint32_t input_bits;     /* at least 1 */
    uint32_t row_bits;       /* of `row`, at least 1 */
    uint32_t address_bits;   /* of row + input, at least 1 */
    bool starts, looks, passes; /* some program starts, looks, adds here */
};

struct hw_ternary {
    uint32_t key_bits, nentries;
    uint32_t value, mask, row; /* memories; row: {row, program} */
    uint32_t row_bits;
};

struct hw_unit {
    const char *name; /* identifier */
    uint32_t decider; /* POL_NONE: of all */
    struct hw_program *programs;
    uint32_t nprograms;
    uint32_t *program_of; /* per opclass */
    struct hw_position *positions;
    uint32_t npositions;
    bool starts; /* some program has no level */
    struct hw_net net;
    struct hw_ternary *ternary; /* NULL: none */
    uint32_t row_bits;          /* of the action's address */
};

struct hw_decider {
    const char *name;
    uint32_t unit;
    /* memory: {list, told, response, written, rule, verdict}, verdict lowest; response: enum
     * pol_action of a failure; told: which of the sets below */
    uint32_t action;
    uint32_t rule_bits, response_bits, told_bits, list_bits; /* response, told, list: may be 0 */
    struct hw_net net;                                       /* list 0 does nothing */
    uint32_t *lists;                                         /* per action of the table: its list */
    /* Sets of rules that ask for a report, as bits by their number in the decider, `told_words`
     * words each; set 0 is empty. */
    const uint64_t *told_sets;
    uint32_t ntold, told_words;
    uint32_t *told; /* per action of the table: its set */
};

struct hw_model {
    struct hw_unit *units;
    uint32_t nunits;
    struct hw_decider *deciders;
    struct hw_net merge, fetch;          /* a list per domain; operands 0 and 1, result 0 */
    uint32_t *merge_lists, *fetch_lists; /* per domain */
    uint32_t used_bits;                  /* per counter in `used`, at least 8 */
    bool merges_all;                     /* some tag is `merge all` */
};

/* Parts of hw_new. */
void hw_make_deciders(struct hw *hw, struct hw_model *model, struct hw_roms *roms);
void hw_make_units(struct hw *hw, struct hw_model *model, struct hw_roms *roms);
/* The action of a decider in a program's last state. */
uint32_t hw_action_of(const struct hw *hw, uint32_t decider, const struct pol_prt_program *program,
                      uint32_t state);
uint64_t hw_action_word(const struct hw_model *model, const struct hw *hw, uint32_t decider,
                        uint32_t action);
uint32_t hw_action_bits(const struct hw_decider *d);

#endif
