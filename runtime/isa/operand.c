/* Operand fields of a word: reading them, and narrowing a matcher to given values. */
#include "pol/isa.h"

/* Bits high..low of a word, at the bottom. */
static uint32_t bits(uint32_t word, unsigned high, unsigned low)
{
    return (word >> low) & ((1u << (high - low + 1u)) - 1u);
}

static int64_t sign_extend(uint32_t value, unsigned width)
{
    int64_t sign = (int64_t)1 << (width - 1u);
    return ((int64_t)value ^ sign) - sign;
}

static uint32_t branch_offset(uint32_t word)
{
    return bits(word, 31, 31) << 12 | bits(word, 7, 7) << 11 | bits(word, 30, 25) << 5 |
           bits(word, 11, 8) << 1;
}

static uint32_t jump_offset(uint32_t word)
{
    return bits(word, 31, 31) << 20 | bits(word, 19, 12) << 12 | bits(word, 20, 20) << 11 |
           bits(word, 30, 21) << 1;
}

int64_t pol_opnd_value(enum pol_opnd opnd, uint32_t word)
{
    switch (opnd) {
    case POL_OPND_NONE:
        return 0;
    case POL_OPND_RD:
        return pol_word_rd(word);
    case POL_OPND_RS1:
    case POL_OPND_UIMM:
        return pol_word_rs1(word);
    case POL_OPND_RS2:
    case POL_OPND_SHAMT5:
        return pol_word_rs2(word);
    case POL_OPND_RS3:
        return pol_word_rs3(word);
    case POL_OPND_IMM_I:
        return sign_extend(bits(word, 31, 20), 12);
    case POL_OPND_IMM_S:
        return sign_extend(bits(word, 31, 25) << 5 | bits(word, 11, 7), 12);
    case POL_OPND_IMM_B:
        return sign_extend(branch_offset(word), 13);
    case POL_OPND_IMM_U:
        return bits(word, 31, 12);
    case POL_OPND_IMM_J:
        return sign_extend(jump_offset(word), 21);
    case POL_OPND_SHAMT6:
        return bits(word, 25, 20);
    case POL_OPND_CSR:
        return pol_word_csr(word);
    case POL_OPND_PRED:
        return bits(word, 27, 24);
    case POL_OPND_SUCC:
        return bits(word, 23, 20);
    }
    return 0;
}

static bool is_register(enum pol_opnd opnd)
{
    return opnd >= POL_OPND_RD && opnd <= POL_OPND_RS3;
}

int64_t pol_insn_imm(const struct pol_insn *insn, uint32_t word)
{
    for (unsigned i = 0; i < insn->opnd_count; i++) {
        enum pol_opnd opnd = (enum pol_opnd)insn->opnds[i];
        if (opnd >= POL_OPND_IMM_I && opnd <= POL_OPND_UIMM)
            return pol_opnd_value(opnd, word);
    }
    return 0;
}

/* The bits of a word that an operand occupies. */
static uint32_t field_mask(enum pol_opnd opnd)
{
    switch (opnd) {
    case POL_OPND_NONE:
        return 0;
    case POL_OPND_RD:
        return 0x00000f80;
    case POL_OPND_RS1:
    case POL_OPND_UIMM:
        return 0x000f8000;
    case POL_OPND_RS2:
    case POL_OPND_SHAMT5:
        return 0x01f00000;
    case POL_OPND_RS3:
        return 0xf8000000;
    case POL_OPND_IMM_I:
    case POL_OPND_CSR:
        return 0xfff00000;
    case POL_OPND_IMM_S:
    case POL_OPND_IMM_B:
        return 0xfe000f80;
    case POL_OPND_IMM_U:
    case POL_OPND_IMM_J:
        return 0xfffff000;
    case POL_OPND_SHAMT6:
        return 0x03f00000;
    case POL_OPND_PRED:
        return 0x0f000000;
    case POL_OPND_SUCC:
        return 0x00f00000;
    }
    return 0;
}

/* Scatters the low bits of a value over the fields; high bits are lost. */
static uint32_t encode(enum pol_opnd opnd, uint32_t value)
{
    switch (opnd) {
    case POL_OPND_NONE:
        return 0;
    case POL_OPND_RD:
        return value << 7;
    case POL_OPND_RS1:
    case POL_OPND_UIMM:
        return value << 15;
    case POL_OPND_RS2:
    case POL_OPND_SHAMT5:
    case POL_OPND_SHAMT6:
    case POL_OPND_IMM_I:
    case POL_OPND_CSR:
    case POL_OPND_SUCC:
        return value << 20;
    case POL_OPND_RS3:
        return value << 27;
    case POL_OPND_PRED:
        return value << 24;
    case POL_OPND_IMM_S:
        return bits(value, 11, 5) << 25 | bits(value, 4, 0) << 7;
    case POL_OPND_IMM_B:
        return bits(value, 12, 12) << 31 | bits(value, 10, 5) << 25 | bits(value, 4, 1) << 8 |
               bits(value, 11, 11) << 7;
    case POL_OPND_IMM_U:
        return value << 12;
    case POL_OPND_IMM_J:
        return bits(value, 20, 20) << 31 | bits(value, 10, 1) << 21 | bits(value, 11, 11) << 20 |
               bits(value, 19, 12) << 12;
    }
    return 0;
}

static bool kind_fits(enum pol_opnd opnd, enum pol_spec_kind kind)
{
    switch (kind) {
    case POL_SPEC_ANY:
        return true;
    case POL_SPEC_REG:
        return is_register(opnd);
    case POL_SPEC_CSR:
        return opnd == POL_OPND_CSR;
    case POL_SPEC_INT:
        return !is_register(opnd);
    }
    return false;
}

enum pol_constrain_status pol_insn_constrain(const struct pol_insn *insn, unsigned position,
                                             const struct pol_opspec *spec, uint32_t *mask,
                                             uint32_t *match)
{
    if (position >= insn->opnd_count)
        return POL_CONSTRAIN_NO_POSITION;
    enum pol_opnd opnd = (enum pol_opnd)insn->opnds[position];
    if (!kind_fits(opnd, spec->kind))
        return POL_CONSTRAIN_KIND;
    if (spec->kind == POL_SPEC_ANY)
        return POL_CONSTRAIN_OK;

    int64_t value = spec->value;
    if (opnd == POL_OPND_IMM_U && value < 0 && value >= -(1 << 19))
        value += 1 << 20; /* assemblers take either reading of the 20 bits */
    uint32_t field = field_mask(opnd);
    uint32_t word = encode(opnd, (uint32_t)value) & field;
    if (pol_opnd_value(opnd, word) != value)
        return POL_CONSTRAIN_RANGE;
    *mask |= field;
    *match = (*match & ~field) | word;
    return POL_CONSTRAIN_OK;
}
