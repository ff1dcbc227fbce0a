/* The instruction table and questions about single rows. */
#include "runtime/isa/table.h"

#define BOTH (32 | 64)
#define RV32 32
#define RV64 64

#define FROM(source, dest) POL_FLOW(POL_FROM_##source, POL_TO_##dest)
/* The control state goes on with every instruction that retires. */
#define FLOWS(value, address, control) .flows = {(value), (address), (control) | FROM(PC, ENV)}
#define OPNDS(...) .opnds = {__VA_ARGS__}, .opnd_count = sizeof((uint8_t[]){__VA_ARGS__})
#define FILES(rd, rs1, rs2)                                                                        \
    .rd_file = POL_FILE_##rd, .rs1_file = POL_FILE_##rs1, .rs2_file = POL_FILE_##rs2
#define MEM(kind, bytes) .access = POL_ACCESS_##kind, .size = (bytes)

/* The shapes that isa.def names: operands in assembler order, register files, memory access, flags,
 * flows. */
#define REG3(rd, rs1, rs2)                                                                         \
    OPNDS(POL_OPND_RD, POL_OPND_RS1, POL_OPND_RS2), FILES(rd, rs1, rs2),                           \
        FLOWS(FROM(RS1, RD) | FROM(RS2, RD), 0, 0)
#define REG2(rd, rs1)                                                                              \
    OPNDS(POL_OPND_RD, POL_OPND_RS1), FILES(rd, rs1, NONE), FLOWS(FROM(RS1, RD), 0, 0)
#define FP3_ROUND REG3(FP, FP, FP), .flags = POL_INSN_ROUND
#define REG2_ROUND(rd, rs1) REG2(rd, rs1), .flags = POL_INSN_ROUND
#define FMA                                                                                        \
    OPNDS(POL_OPND_RD, POL_OPND_RS1, POL_OPND_RS2, POL_OPND_RS3), FILES(FP, FP, FP),               \
        .rs3_file = POL_FILE_FP, .flags = POL_INSN_ROUND,                                          \
        FLOWS(FROM(RS1, RD) | FROM(RS2, RD) | FROM(RS3, RD), 0, 0)
#define REG_IMM(kind)                                                                              \
    OPNDS(POL_OPND_RD, POL_OPND_RS1, kind), FILES(INT, INT, NONE), FLOWS(FROM(RS1, RD), 0, 0)
#define ALU_IMM REG_IMM(POL_OPND_IMM_I)
#define SHIFT5 REG_IMM(POL_OPND_SHAMT5)
#define SHIFT6 REG_IMM(POL_OPND_SHAMT6)
#define UPPER(value) OPNDS(POL_OPND_RD, POL_OPND_IMM_U), FILES(INT, NONE, NONE), FLOWS(value, 0, 0)
#define LOAD(rd, bytes)                                                                            \
    OPNDS(POL_OPND_RD, POL_OPND_IMM_I, POL_OPND_RS1), FILES(rd, INT, NONE), MEM(LOAD, bytes),      \
        FLOWS(FROM(MEM, RD), FROM(RS1, RD), 0)
#define STORED (FROM(RS2, MEM) | FROM(OLDMEM, MEM))
#define STORE(rs2, bytes)                                                                          \
    OPNDS(POL_OPND_RS2, POL_OPND_IMM_S, POL_OPND_RS1), FILES(NONE, INT, rs2), MEM(STORE, bytes),   \
        FLOWS(STORED, FROM(RS1, MEM), 0)
#define ATOMIC_FLAGS(more) .flags = POL_INSN_AQRL | (more)
#define LR(bytes)                                                                                  \
    OPNDS(POL_OPND_RD, POL_OPND_RS1), FILES(INT, INT, NONE), MEM(LR, bytes), ATOMIC_FLAGS(0),      \
        FLOWS(FROM(MEM, RD), FROM(RS1, RD), 0)
#define RD_RS2_RS1 OPNDS(POL_OPND_RD, POL_OPND_RS2, POL_OPND_RS1), FILES(INT, INT, INT)
#define SC(bytes)                                                                                  \
    RD_RS2_RS1, MEM(SC, bytes), ATOMIC_FLAGS(POL_INSN_CONDITIONAL),                                \
        FLOWS(STORED, FROM(RS1, MEM) | FROM(RS1, RD), 0)
#define AMO(bytes, combine)                                                                        \
    RD_RS2_RS1, MEM(AMO, bytes), ATOMIC_FLAGS(0),                                                  \
        FLOWS(FROM(MEM, RD) | STORED | (combine), FROM(RS1, RD) | FROM(RS1, MEM), 0)
#define BRANCH                                                                                     \
    OPNDS(POL_OPND_RS1, POL_OPND_RS2, POL_OPND_IMM_B), FILES(NONE, INT, INT),                      \
        .flags = POL_INSN_BRANCH, FLOWS(0, 0, FROM(RS1, ENV) | FROM(RS2, ENV))
#define JUMP                                                                                       \
    OPNDS(POL_OPND_RD, POL_OPND_IMM_J), FILES(INT, NONE, NONE), .flags = POL_INSN_JUMP,            \
                                                                FLOWS(FROM(PC, RD), 0, 0)
#define JUMP_REG                                                                                   \
    OPNDS(POL_OPND_RD, POL_OPND_RS1, POL_OPND_IMM_I), FILES(INT, INT, NONE),                       \
        .flags = POL_INSN_JUMP_REG, FLOWS(FROM(PC, RD), 0, FROM(RS1, ENV))
#define FENCE OPNDS(POL_OPND_PRED, POL_OPND_SUCC), FLOWS(0, 0, 0)
#define SFENCE OPNDS(POL_OPND_RS1, POL_OPND_RS2), FILES(NONE, INT, INT), FLOWS(0, 0, 0)
#define PLAIN(what) .flags = (what), FLOWS(0, 0, 0)
/* Never retires. */
#define TRAP .flags = POL_INSN_TRAP
#define CSR_REG(how, combine)                                                                      \
    OPNDS(POL_OPND_RD, POL_OPND_CSR, POL_OPND_RS1), FILES(INT, INT, NONE),                         \
        .csr = POL_CSR_##how, FLOWS(FROM(CSR, RD) | FROM(RS1, CSR) | (combine), 0, 0)
#define CSR_IMM(how, combine)                                                                      \
    OPNDS(POL_OPND_RD, POL_OPND_CSR, POL_OPND_UIMM), FILES(INT, NONE, NONE),                       \
        .csr = POL_CSR_##how, FLOWS(FROM(CSR, RD) | (combine), 0, 0)

#define OPCODE(id, bits)
#define OPCODE_END(id)
#define INSN(id, insn_name, insn_match, insn_mask, insn_xlens, insn_ext, ...)                      \
    [ROW_##id] = {.name = (insn_name),                                                             \
                  .match = (insn_match),                                                           \
                  .mask = (insn_mask),                                                             \
                  .xlens = (insn_xlens),                                                           \
                  .ext = POL_EXT_##insn_ext,                                                       \
                  __VA_ARGS__},
const struct pol_insn isa_table[ISA_ROWS] = {
#include "runtime/isa/isa.def"
};

size_t pol_insn_count(void)
{
    return ISA_ROWS;
}

const struct pol_insn *pol_insn_at(size_t row)
{
    return row < ISA_ROWS ? &isa_table[row] : NULL;
}

bool pol_isa_has(const struct pol_isa *isa, const struct pol_insn *insn)
{
    return (insn->xlens & isa->xlen) != 0 && (insn->ext & isa->exts) != 0;
}

static enum pol_mem_use mem_use(enum pol_access access)
{
    switch (access) {
    case POL_ACCESS_NONE:
        return POL_MEM_NONE;
    case POL_ACCESS_LOAD:
    case POL_ACCESS_LR:
        return POL_MEM_READ;
    case POL_ACCESS_STORE:
    case POL_ACCESS_SC:
        return POL_MEM_WRITE;
    case POL_ACCESS_AMO:
        return POL_MEM_READWRITE;
    }
    return POL_MEM_NONE;
}

struct pol_form pol_insn_form(const struct pol_insn *insn)
{
    struct pol_form form = {
        .op1 = insn->rs1_file,
        .op2 = insn->csr ? (uint8_t)POL_FILE_CSR : insn->rs2_file,
        .op3 = insn->rs3_file,
        .mem = (uint8_t)mem_use((enum pol_access)insn->access),
        .rd = insn->rd_file,
        .csr = insn->csr != POL_CSR_NONE,
        .size = insn->size,
    };
    return form;
}

bool pol_insn_writes_rd(const struct pol_insn *insn, uint32_t word)
{
    return insn->rd_file == POL_FILE_FP || (insn->rd_file == POL_FILE_INT && pol_word_rd(word));
}

bool pol_insn_reads_csr(const struct pol_insn *insn, uint32_t word)
{
    return insn->csr == POL_CSR_MODIFY || (insn->csr == POL_CSR_SWAP && pol_word_rd(word));
}

bool pol_insn_writes_csr(const struct pol_insn *insn, uint32_t word)
{
    return insn->csr == POL_CSR_SWAP || (insn->csr == POL_CSR_MODIFY && pol_word_rs1(word));
}

bool pol_insn_writes_mem(const struct pol_insn *insn, bool sc_ok)
{
    switch (mem_use((enum pol_access)insn->access)) {
    case POL_MEM_NONE:
    case POL_MEM_READ:
        return false;
    case POL_MEM_WRITE:
    case POL_MEM_READWRITE:
        return sc_ok || !(insn->flags & POL_INSN_CONDITIONAL);
    }
    return false;
}
