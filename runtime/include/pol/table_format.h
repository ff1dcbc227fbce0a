/* foo.prt: the rule table's file format.  docs/formats/prt.md tells the same as prose.
 *
 * Purpose: the one header that compiler and runtime share.  Everything that runs or builds a policy
 * (evaluator, ROM images, RTL) comes from these bytes alone.
 *
 * Shape: a header, a section directory, sections.  All integers are little-endian.  Every section
 * but STRINGS is an array of records of 32-bit words, so a big-endian reader swaps whole words.
 * String fields are offsets into STRINGS (NUL-terminated; offset 0 is "").
 *
 * Compatibility: a reader refuses another major version.  A minor version only adds sections; a
 * reader skips kinds that it does not know.
 *
 * How a step runs (the evaluator is runtime/table/eval.c):
 *   word --DECODE--> opclass; per decider REMAP[decider][opclass] --> program;
 *   state = program.start; for each level: input = class of an operand's slot, or a test's bit;
 *           state = CELLS[level.base + state * level.width + input];
 *   (a dense or flat program sums its MAP levels' premultiplied classes and looks up once; a tcam
 *   program puts all inputs side by side and compares them with its ternary entries;)
 *   the last state is an action: verdict, rule, and straight-line OPS that compute the results.
 *
 * Words: a tag word is an array of `nslots` 32-bit slots; docs/formats/prt.md lists what each kind
 * of slot holds.  Code 0 of a dense field is invalid, and so is a bit field without POL_VALID_BIT:
 * they fail closed; so does a code where the composition cannot bring it (POL_MAP_INVALID).
 * Arguments of tags that are never together may share a slot: it holds the argument of the one
 * that is there, and 0 if none is.  Equal sets have equal words.
 */
#ifndef POL_TABLE_FORMAT_H
#define POL_TABLE_FORMAT_H

#include <stdint.h>

#define POL_PRT_MAGIC "POLPRT\r\n" /* 8 bytes */
#define POL_PRT_MAJOR 2
#define POL_PRT_MINOR 0
#define POL_VALID_BIT 0x80000000u
#define POL_MAP_INVALID 0x80000000u /* in MAPS: the code cannot stand in this operand */
#define POL_BITS_PER_SLOT 31u
#define POL_NONE UINT32_MAX
/* Lists of OPS may overlap; a reader refuses a table whose lists have more operations in all. */
#define POL_PRT_MAX_OPS (1u << 24)
#define POL_PRT_MAX_MATRIX (1u << 16) /* rows, and columns, of a bit matrix of MATRIX */

struct pol_prt_header { /* 80 bytes */
    char magic[8];
    uint16_t major, minor;
    uint32_t header_size; /* 80 */
    uint64_t file_size;
    uint32_t crc32;     /* zlib's crc32 of the whole file with this field 0: pol_table_checksum */
    uint32_t nsections; /* directory entries, directly after the header */
    uint8_t digest[32]; /* of policy sources and target */
    uint8_t reserved[16];
};

struct pol_prt_section {  /* 24 bytes */
    uint32_t kind;        /* enum pol_prt_kind */
    uint32_t record_size; /* bytes */
    uint64_t offset;      /* from the start of the file, 8-aligned */
    uint64_t count;       /* records */
};

/* X(KIND, member, struct) : sections, their member in struct pol_table, their record. */
#define POL_PRT_SECTIONS(X)                                                                        \
    X(META, meta, struct pol_prt_meta)                                                             \
    X(STRINGS, strings, char)                                                                      \
    X(TAGS, tags, struct pol_prt_tag)                                                              \
    X(ARGS, args, struct pol_prt_arg)                                                              \
    X(DOMAINS, domains, struct pol_prt_domain)                                                     \
    X(FIELDS, fields, struct pol_prt_field)                                                        \
    X(FIELD_TAGS, field_tags, uint32_t)                                                            \
    X(SHAPES, shapes, uint32_t)                                                                    \
    X(SLOTS, slots, struct pol_prt_slot)                                                           \
    X(DECODE, decode, struct pol_prt_decode)                                                       \
    X(OPCLASSES, opclasses, struct pol_prt_opclass)                                                \
    X(GROUPS, groups, struct pol_prt_group)                                                        \
    X(CLASS_GROUPS, class_groups, uint32_t)                                                        \
    X(DECIDERS, deciders, struct pol_prt_decider)                                                  \
    X(REMAP, remap, uint32_t)                                                                      \
    X(PROGRAMS, programs, struct pol_prt_program)                                                  \
    X(LEVELS, levels, struct pol_prt_level)                                                        \
    X(MAPS, maps, uint32_t)                                                                        \
    X(CELLS, cells, uint32_t)                                                                      \
    X(TERNARY, ternary, struct pol_prt_ternary)                                                    \
    X(TUPLES, tuples, uint32_t)                                                                    \
    X(REPORTS, reports, uint32_t)                                                                  \
    X(ACTIONS, actions, struct pol_prt_action)                                                     \
    X(OPS, ops, struct pol_prt_op)                                                                 \
    X(LUT, lut, uint32_t)                                                                          \
    X(COUNTERS, counters, struct pol_prt_counter)                                                  \
    X(RULES, rules, struct pol_prt_rule)                                                           \
    X(RESPONSES, responses, struct pol_prt_response)                                               \
    X(VALUES, values, uint32_t)                                                                    \
    X(ENTITIES, entities, struct pol_prt_entity)                                                   \
    X(LITERALS, literals, uint32_t)

enum pol_prt_kind {
    POL_SEC_NONE,
#define X(kind, member, type) POL_SEC_##kind,
    POL_PRT_SECTIONS(X)
#undef X
        POL_SEC_COUNT
};

struct pol_prt_meta {    /* exactly one */
    uint32_t name, stem; /* strings: composition, file stem */
    uint32_t isa;        /* string, as pol_isa_parse takes */
    uint32_t granule;    /* bytes */
    uint32_t nslots;
    uint32_t nglobals;    /* the first deciders */
    uint32_t max_values;  /* scratch values that any op list needs */
    uint32_t loaded_code; /* 1: the composition contains the library's loaded-code policy */
    uint32_t target;      /* string: name of the target description; "" for none */
    uint32_t response;    /* RESPONSES: of implicit and built-in failures */
};

struct pol_prt_tag {
    uint32_t name, module;
    uint32_t domain;
    uint32_t merge_all;
    uint32_t first_arg, nargs; /* in ARGS */
};

struct pol_prt_arg {
    uint32_t is_set;
    uint32_t max;    /* integers: largest value */
    uint32_t values; /* POL_NONE, or VALUES: max + 1 strings, the values' names */
    uint32_t slot;   /* first slot of the lane */
    uint32_t nslots; /* 1, or the size of the nested region (see SLOTS) */
};

enum { POL_DOMAIN_COMPONENT, POL_DOMAIN_GLOBAL, POL_DOMAIN_STATIC };
struct pol_prt_domain {
    uint32_t kind, name, decider;
    uint32_t first_field, nfields;
    uint32_t first_slot, nslots;
    uint32_t trap_env;         /* 1: opted in to trap transfers */
    uint32_t merge_op, nmerge; /* OPS: out = merge(operand 0, operand 1), stores to result 0 */
    uint32_t drop_op, ndrop;   /* OPS: drop_missing */
};

enum { POL_FIELD_DENSE, POL_FIELD_BITS };
struct pol_prt_field {
    uint32_t domain, kind, slot;
    uint32_t first_tag, ntags; /* FIELD_TAGS: bit i of a shape, or bit i of the slot */
    uint32_t first_shape;      /* DENSE: SHAPES: per code shape_words words, then kinds word */
    uint32_t ncodes;           /* DENSE: codes 0 (invalid) .. ncodes-1; BITS: 0 */
    uint32_t shape_words;      /* (ntags + 31) / 32 */
    uint32_t empty;            /* slot value of {} */
};
/* Bits of a shape's kinds word: the operand kinds in which the code can occur. */
enum {
    POL_KIND_ENV = 1,
    POL_KIND_INT = 2,
    POL_KIND_X0 = 4,
    POL_KIND_FP = 8,
    POL_KIND_CSR = 16,
    POL_KIND_MEM = 32,
    POL_KIND_CODE = 64,
    POL_KIND_NESTED = 128
};

enum { POL_SLOT_FIELD, POL_SLOT_LANE, POL_SLOT_NESTED_FIELD, POL_SLOT_NESTED_LANE };
struct pol_prt_slot {
    uint32_t kind;
    uint32_t index;   /* FIELD kinds: FIELDS index; LANE kinds: ARGS index, the first if shared */
    uint32_t set_arg; /* NESTED kinds: the TagSet argument (ARGS index) it lies in */
};

struct pol_prt_decode {
    uint32_t mask, match, opclass; /* first match wins; 0 and no match: undecodable */
};

struct pol_prt_opclass {
    uint32_t name, insn_name, sample;
    uint32_t op1, op2, op3, mem, rd, csr, size; /* as struct pol_form */
    uint32_t first_group, ngroups;              /* CLASS_GROUPS */
};
struct pol_prt_group {
    uint32_t name;
    uint32_t operand_name[6], result_name[4]; /* strings, 0 where not listed */
};

struct pol_prt_decider {
    uint32_t name, is_global, domain;
    uint32_t first_rule, nrules; /* RULES */
};
/* REMAP: [decider * nopclasses + opclass] -> PROGRAMS index */

/* How a program finds its last state from its levels' inputs. */
enum {
    POL_LAYOUT_DAG,   /* a chain: state' = CELLS[base + state * width + input], level by level */
    POL_LAYOUT_DENSE, /* the first nmap levels are MAPs, premultiplied: CELLS[dense_base + sum of
                         their inputs], of dense_size cells, is the state before the others */
    POL_LAYOUT_FLAT,  /* the same, and each of these maps is code << shift: the codes side by side,
                         each with the bits of mask, the last level lowest, are the address */
    POL_LAYOUT_TCAM /* no chain: the inputs side by side, input << base, `width` values each, are a
                       key of at most 64 bits; the dense_size entries of TERNARY from dense_base
                       on, of which all that match agree, give the state; `start` if none does */
};
struct pol_prt_program {
    uint32_t layout;
    uint32_t first_level, nlevels;
    uint32_t nmap;                   /* DENSE, FLAT: see above; else 0 */
    uint32_t dense_base, dense_size; /* CELLS; TCAM: TERNARY */
    uint32_t start;                  /* first state */
    uint32_t first_action, nactions; /* last states are first_action + state */
    /* POL_NONE; or the program is one for all deciders: the action of decider d in last state s is
     * TUPLES[first_tuple + s * n_deciders + d], first_action is 0 and nactions counts last states
     */
    uint32_t first_tuple;
};

/* VALUE is the class of an argument among a program's constants: with n = value and bounds B =
 * MAPS[map .. map+n), ascending, the input is MAPS[map + n + k], k the number of bounds <= the
 * slot. The slot's tag may be absent: then nothing depends on the input. */
enum { POL_LEVEL_MAP, POL_LEVEL_TEST, POL_LEVEL_EXPR, POL_LEVEL_VALUE };
struct pol_prt_level {
    uint32_t kind;
    uint32_t operand, slot;
    uint32_t map, mask;      /* MAP: MAPS[map + (code & mask)] is the class, or POL_MAP_INVALID; a
                                code beyond mask is invalid too; TEST: slot & mask */
    uint32_t value;          /* TEST: input 1 when (slot & mask) == value; MAP: ncodes; VALUE: n */
    uint32_t first_op, nops; /* EXPR: the last op's value, 0 or 1, is the input */
    uint32_t base, width, nstates; /* CELLS[base + state * width + input]; TCAM: the shift, the
                                      number of inputs */
};

/* Matches keys with (key & mask) == value, lowest word first. */
struct pol_prt_ternary {
    uint32_t value[2], mask[2];
    uint32_t state;
};

struct pol_prt_action {
    uint32_t verdict; /* enum pol_verdict */
    uint32_t rule;    /* position in the decider, POL_NONE */
    uint32_t written; /* bit (1 << enum pol_result) */
    uint32_t first_op, nops;
    uint32_t first_report, nreports; /* REPORTS: positions, ascending, of rules that matched, asked
                                        for a report and let the rules below decide */
};

/* Straight-line operations.  Op i of a list defines value i (64-bit signed); a, b, c name earlier
 * values unless said otherwise.  Bools are 0 and 1. */
#define POL_PRT_OPS(X)                                                                             \
    X(SLOT)   /* operand a's slot b */                                                             \
    X(CONST)  /* a | b << 32 */                                                                    \
    X(MAP1)   /* LUT[b + (a & c)]                           c: 2^n - 1 */                          \
    X(MAP2)   /* LUT[c + ((a & d) << e | (b & (2^e - 1)))]  d: 2^n - 1 */                          \
    X(MATRIX) /* bit (a & d) << e | (b & (2^e - 1)) of LUT[c..], 32 to a word, d: 2^n - 1 */       \
    X(AND)                                                                                         \
    X(OR)                                                                                          \
    X(ANDNOT) /* a & ~b */                                                                         \
    X(BIT)    /* a >> b & 1, b a number */                                                         \
    X(ADD)                                                                                         \
    X(SUB)                                                                                         \
    X(MUL)                                                                                         \
    X(DIV) /* 0 when b <= 0 */                                                                     \
    X(MOD) /* 0 when b <= 0 */                                                                     \
    X(EQ)                                                                                          \
    X(LT)                                                                                          \
    X(SELECT)  /* a ? b : c */                                                                     \
    X(EQSLOTS) /* operand a slots b.. equal operand c slots d.., e of them */                      \
    X(NEW)     /* fresh value: counter a plus b, wrapped */                                        \
    X(SPENT)   /* 1 when counter a has no b-th value left (exhaust) */                             \
    X(FAIL)    /* a != 0: the step fails with cause b, tag c; the first one counts */              \
    X(STORE)   /* result a's slot b = value c, a lane */                                           \
    X(STOREC)  /* the same for a dense field of d codes: the step fails closed unless 0 < c < d */ \
    X(STOREB)  /* the same for a bit field: fails closed without POL_VALID_BIT */                  \
    X(COPY)    /* result a's slots b.. = operand c's slots b.., d of them */                       \
    X(PUT)     /* result a's slot b = constant c */

enum pol_prt_opcode {
#define X(name) POL_OPC_##name,
    POL_PRT_OPS(X)
#undef X
        POL_OPC_COUNT
};
struct pol_prt_op {
    uint32_t op, a, b, c, d, e;
};

struct pol_prt_counter {
    uint32_t name, decider, max, exhaust; /* values 0 .. max */
};

struct pol_prt_rule {
    uint32_t file, line, column;
    uint32_t policy, message, text;
    uint32_t allow;
    uint32_t response; /* RESPONSES: what a failure asks for */
};
struct pol_prt_response {
    uint32_t name, action, entity; /* action: enum pol_action; entity: string */
};

struct pol_prt_entity {
    uint32_t name, kind, number, only; /* kind: enum ir_entity_kind's order, docs/formats/prt.md */
    uint32_t literal;                  /* LITERALS offset of a whole literal (pol/tagset.h) */
};

#endif
