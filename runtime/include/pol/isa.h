/* The instruction set: one table of RISC-V instructions and what the tag machine, the compiler and
 * the tagger need to know about each.
 *
 * Facts are those of "The RISC-V Instruction Set Manual", volume I (unprivileged: chapters "RV32I",
 * "RV64I", "Zifencei", "Zicsr", "M", "A", "F", "D", "C", and the opcode listings) and volume II
 * (privileged: "Control and Status Registers", "Machine-Level ISA", "Supervisor-Level ISA").
 *
 * Shapes: an instruction is always a 32-bit word; compressed parcels are expanded to the base
 * instruction they stand for first.  A `row` is an index into the table, 0 .. pol_insn_count()-1,
 * in a fixed order.  Some mnemonics have one row per XLEN because the encodings differ (slli, srli,
 * srai); a target has at most one row of each mnemonic.
 *
 * Everything here is constant data and pure functions: no state, no allocation, thread safe.
 * Strings returned are static.  Functions never fail on a word; they answer -1, 0 or false. */
#ifndef POL_ISA_H
#define POL_ISA_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Targets ------------------------------------------------------------------------------- */

enum pol_ext {
    POL_EXT_I = 1 << 0, /* base, with the machine and supervisor instructions */
    POL_EXT_M = 1 << 1,
    POL_EXT_A = 1 << 2,
    POL_EXT_F = 1 << 3,
    POL_EXT_D = 1 << 4,
    POL_EXT_C = 1 << 5,
    POL_EXT_ZICSR = 1 << 6,
    POL_EXT_ZIFENCEI = 1 << 7
};

/* A target; a plain value, compare with pol_isa_equal. */
struct pol_isa {
    uint8_t xlen;  /* 32 or 64 */
    uint32_t exts; /* set of enum pol_ext */
};

/* Longest text of pol_isa_format, with its NUL. */
#define POL_ISA_TEXT 48

/* Reads `rv64imafdc_zicsr_zifencei`, `rv32imac_zicsr`, `rv64gc` and the like; version numbers as in
 * ELF attributes (`i2p1_m2p0`) are accepted and ignored; so are Zmmul, Zaamo, Zalrsc, Zca, Zcf,
 * Zcd, Zicntr and Zihpm beside the extension that contains them.  D implies F, F implies Zicsr.
 * Returns 0, or -1 with a message for a person in `err` (always terminated when errsize > 0; `out`
 * untouched). */
int pol_isa_parse(const char *text, struct pol_isa *out, char *err, size_t errsize);
/* Writes the canonical text; returns what snprintf would. */
int pol_isa_format(const struct pol_isa *isa, char *buf, size_t size);
bool pol_isa_equal(const struct pol_isa *a, const struct pol_isa *b);
/* The 16-bit parcel is the granule of instruction addresses when C is there: 2, else 4. */
unsigned pol_isa_parcel(const struct pol_isa *isa);

/* ---- The table ----------------------------------------------------------------------------- */

/* Where an operand or result lives. */
enum pol_file { POL_FILE_NONE, POL_FILE_INT, POL_FILE_FP, POL_FILE_CSR };

/* What stands at one position of the assembler text. */
enum pol_opnd {
    POL_OPND_NONE,
    POL_OPND_RD,
    POL_OPND_RS1,
    POL_OPND_RS2,
    POL_OPND_RS3,
    POL_OPND_IMM_I, /* 12 bits signed: ALU, loads, jalr */
    POL_OPND_IMM_S, /* 12 bits signed: stores */
    POL_OPND_IMM_B, /* 13 bits signed, even: branches */
    POL_OPND_IMM_U, /* 20 bits as written in assembler: lui, auipc */
    POL_OPND_IMM_J, /* 21 bits signed, even: jal */
    POL_OPND_SHAMT5,
    POL_OPND_SHAMT6,
    POL_OPND_UIMM, /* 5 bits unsigned: csrrwi and so on */
    POL_OPND_CSR,
    POL_OPND_PRED, /* fence: predecessor and successor sets, 4 bits each */
    POL_OPND_SUCC
};
#define POL_OPND_MAX 4

enum pol_access {
    POL_ACCESS_NONE,
    POL_ACCESS_LOAD,
    POL_ACCESS_STORE,
    POL_ACCESS_AMO, /* reads and writes */
    POL_ACCESS_LR,  /* a load that reserves */
    POL_ACCESS_SC   /* a store that may fail */
};

/* How a CSR instruction treats its CSR. */
enum pol_csr_access {
    POL_CSR_NONE,
    POL_CSR_SWAP,  /* csrrw, csrrwi: always writes; reads unless rd is x0 */
    POL_CSR_MODIFY /* csrrs, csrrc and immediate forms: always reads; writes unless the field at
                      rs1 (register number or uimm) is 0 */
};

enum pol_insn_flags {
    POL_INSN_CONDITIONAL = 1 << 0, /* sc: the memory write may not happen */
    POL_INSN_BRANCH = 1 << 1,      /* conditional, pc + imm */
    POL_INSN_JUMP = 1 << 2,        /* jal: pc + imm */
    POL_INSN_JUMP_REG = 1 << 3,    /* jalr: rs1 + imm */
    POL_INSN_TRAP = 1 << 4,        /* ecall, ebreak: always traps */
    POL_INSN_TRAP_RETURN = 1 << 5, /* mret, sret */
    POL_INSN_AQRL = 1 << 6,        /* bits 26, 25 are aq, rl */
    POL_INSN_ROUND = 1 << 7        /* bits 14..12 are a rounding mode */
};

/* Flows of an instruction, by kind: a set of pairs source -> destination.  VALUE: the destination's
 * value is computed from the source's, or contains it.  ADDRESS: the source says which place is
 * read or written, or whether the store happens.  CONTROL: the source says which instruction is
 * next; the PC itself does for all that retire.  Only control flows to ENV, and nothing else.
 * Registers that no operand names (rounding mode, flags) and what traps move are left out.
 * docs/language.md has the whole column. */
enum pol_flow_source {
    POL_FROM_PC,
    POL_FROM_RS1,
    POL_FROM_RS2,
    POL_FROM_RS3,
    POL_FROM_CSR,
    POL_FROM_MEM,   /* the value read */
    POL_FROM_OLDMEM /* what a partial store leaves of the granule */
};
enum pol_flow_dest { POL_TO_RD, POL_TO_CSR, POL_TO_MEM, POL_TO_ENV };
enum pol_flow_kind { POL_FLOW_VALUE, POL_FLOW_ADDRESS, POL_FLOW_CONTROL };
/* The bit of a pair in pol_insn.flows[kind]. */
#define POL_FLOW(from, to) ((uint32_t)1 << ((unsigned)(to)*8u + (unsigned)(from)))

struct pol_insn {
    const char *name;
    uint32_t match, mask; /* a word is this instruction iff (word & mask) == match */
    uint8_t xlens;        /* 32, 64, or 96 for both: xlens & isa.xlen */
    uint8_t opnd_count;
    uint8_t opnds[POL_OPND_MAX];                   /* enum pol_opnd in literal assembler order */
    uint8_t rd_file, rs1_file, rs2_file, rs3_file; /* enum pol_file: NONE, INT, FP */
    uint8_t access;                                /* enum pol_access */
    uint8_t size;                                  /* of the access, in bytes; 0 = no access */
    uint8_t csr;                                   /* enum pol_csr_access */
    uint8_t flags;                                 /* set of enum pol_insn_flags */
    uint32_t ext;                                  /* one enum pol_ext */
    uint32_t flows[3];                             /* by enum pol_flow_kind */
};

size_t pol_insn_count(void);
/* row < pol_insn_count(), else NULL. */
const struct pol_insn *pol_insn_at(size_t row);
/* Whether a target has the instruction. */
bool pol_isa_has(const struct pol_isa *isa, const struct pol_insn *insn);
/* The row of a mnemonic in a target, -1 if it has none; isa NULL: the first row of that name in any
 * target.  Pure renamings (fmv.x.s, fmv.s.x) find the row of today's name. */
int pol_insn_find(const struct pol_isa *isa, const char *mnemonic);

enum pol_name_status {
    POL_NAME_PRESENT,
    POL_NAME_KNOWN_ABSENT, /* matches nothing: another extension or XLEN, historical, or an
                              assembler pseudo name */
    POL_NAME_UNKNOWN
};
enum pol_name_status pol_insn_name_status(const struct pol_isa *isa, const char *mnemonic);
/* The nearest mnemonic of the table to a mistyped one; NULL if none is near. */
const char *pol_insn_suggest(const char *mnemonic);

/* ---- Decoding ------------------------------------------------------------------------------ */

/* Row of a 32-bit word, or -1 if the target has no such instruction. */
int pol_isa_decode(const struct pol_isa *isa, uint32_t word);
/* Length in bytes of the instruction that starts with this parcel: 2, 4, or 0 (a compressed parcel
 * without C, or an encoding of 48 bits and more). */
unsigned pol_isa_length(const struct pol_isa *isa, uint16_t parcel);
/* The base instruction that a compressed parcel stands for; 0, or -1 if it is illegal or reserved
 * in the target (`word` untouched).  Hints expand to base instructions with rd = x0 and the like.
 */
int pol_isa_expand(const struct pol_isa *isa, uint16_t parcel, uint32_t *word);

/* Raw fields, whatever the instruction. */
static inline unsigned pol_word_rd(uint32_t word)
{
    return (word >> 7) & 31u;
}
static inline unsigned pol_word_rs1(uint32_t word)
{
    return (word >> 15) & 31u;
}
static inline unsigned pol_word_rs2(uint32_t word)
{
    return (word >> 20) & 31u;
}
static inline unsigned pol_word_rs3(uint32_t word)
{
    return (word >> 27) & 31u;
}
static inline unsigned pol_word_csr(uint32_t word)
{
    return (word >> 20) & 0xfffu;
}

/* The integer value of the operand of that kind in a word: register number, CSR number, immediate
 * (sign-extended; IMM_U: 0 .. 0xfffff as written). */
int64_t pol_opnd_value(enum pol_opnd opnd, uint32_t word);
/* The immediate (IMM_*, SHAMT, UIMM) of an instruction; 0 if it has none. */
int64_t pol_insn_imm(const struct pol_insn *insn, uint32_t word);

/* ---- Operand specifications ("addi x10, *, -1" in a group) ----------------------------------- */

enum pol_spec_kind { POL_SPEC_ANY, POL_SPEC_REG, POL_SPEC_INT, POL_SPEC_CSR };
struct pol_opspec {
    enum pol_spec_kind kind;
    int64_t value; /* register number (either file), integer, or CSR number */
};

enum pol_constrain_status {
    POL_CONSTRAIN_OK,
    POL_CONSTRAIN_NO_POSITION, /* the instruction has fewer operands */
    POL_CONSTRAIN_KIND,        /* e.g. an integer where a register stands */
    POL_CONSTRAIN_RANGE        /* cannot be encoded: too large, odd branch offset, x32 */
};
/* Narrows a ternary matcher, which starts as the row's mask and match, by what `spec` says of one
 * position (0 = first operand).  An integer fits a CSR position too.  On error nothing changes. */
enum pol_constrain_status pol_insn_constrain(const struct pol_insn *insn, unsigned position,
                                             const struct pol_opspec *spec, uint32_t *mask,
                                             uint32_t *match);

/* ---- CSRs ------------------------------------------------------------------------------------ */

/* Number of a standard CSR name, or -1; name of a number, or NULL. */
int pol_csr_find(const char *name);
const char *pol_csr_name(unsigned number);
/* The CSR number whose storage cell holds this one: views of one register share a cell (fflags and
 * frm: fcsr; sstatus: mstatus; sie, sip: mie, mip; cycle: mcycle; instret: minstret; and the high
 * halves of RV32).  Idempotent; any 12-bit number. */
unsigned pol_csr_cell(unsigned number);

/* ---- Form and effects ------------------------------------------------------------------------ */

enum pol_mem_use { POL_MEM_NONE, POL_MEM_READ, POL_MEM_WRITE, POL_MEM_READWRITE };

/* Which operands an instruction has and which results it writes.  Equal forms compare equal with
 * memcmp.  For CSR instructions op2 is the CSR, op1 is rs1 (none for the immediate forms). */
struct pol_form {
    uint8_t op1, op2, op3; /* enum pol_file */
    uint8_t mem;           /* enum pol_mem_use */
    uint8_t rd;            /* enum pol_file: NONE, INT, FP */
    uint8_t csr;           /* 1: writes the CSR (unless pol_insn_writes_csr says no) */
    uint8_t size;          /* of the memory access, in bytes */
};
struct pol_form pol_insn_form(const struct pol_insn *insn);

/* What one word of that row does; false where the form has no such effect at all. */
bool pol_insn_writes_rd(const struct pol_insn *insn, uint32_t word); /* integer x0: false */
bool pol_insn_reads_csr(const struct pol_insn *insn, uint32_t word);
bool pol_insn_writes_csr(const struct pol_insn *insn, uint32_t word);
/* sc_ok: whether a store-conditional succeeded; ignored for others. */
bool pol_insn_writes_mem(const struct pol_insn *insn, bool sc_ok);

/* ---- Text ------------------------------------------------------------------------------------ */

enum pol_reg_style { POL_REGS_NUMERIC, POL_REGS_ABI };

/* `x10` or `a0`, `f10` or `fa0`; number is taken modulo 32; file INT or FP. */
const char *pol_reg_name(enum pol_file file, unsigned number, enum pol_reg_style style);
/* Number of a register name of either style and file (`x10`, `a0`, `fp`, `f10`, `fa0`), or -1; the
 * file in *file if not NULL. */
int pol_reg_find(const char *name, enum pol_file *file);
/* Assembler text of a word (`lw a0,4(a1)`), branch targets as offsets; an unknown word as
 * `.4byte 0x...`.  Returns what snprintf would. */
int pol_insn_format(const struct pol_isa *isa, uint32_t word, enum pol_reg_style style, char *buf,
                    size_t size);

#ifdef __cplusplus
}
#endif
#endif
