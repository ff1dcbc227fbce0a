/* See flow.h. */
#include "flow.h"

/* Bits high..low of a word, at the place `to` of the result. */
static uint64_t bits(uint32_t word, unsigned high, unsigned low, unsigned to)
{
    return (uint64_t)(word >> low & ((1u << (high - low + 1)) - 1)) << to;
}

static uint64_t sign_extend(uint64_t value, unsigned width)
{
    uint64_t sign = (uint64_t)1 << (width - 1);
    return (value ^ sign) - sign;
}

static uint64_t branch_offset(uint32_t word)
{
    return sign_extend(bits(word, 31, 31, 12) | bits(word, 7, 7, 11) | bits(word, 30, 25, 5) |
                           bits(word, 11, 8, 1),
                       13);
}

static uint64_t jump_offset(uint32_t word)
{
    return sign_extend(bits(word, 31, 31, 20) | bits(word, 19, 12, 12) | bits(word, 20, 20, 11) |
                           bits(word, 30, 21, 1),
                       21);
}

static uint64_t short_branch_offset(uint32_t word)
{
    return sign_extend(bits(word, 12, 12, 8) | bits(word, 6, 5, 6) | bits(word, 2, 2, 5) |
                           bits(word, 11, 10, 3) | bits(word, 4, 3, 1),
                       9);
}

static uint64_t short_jump_offset(uint32_t word)
{
    return sign_extend(bits(word, 12, 12, 11) | bits(word, 8, 8, 10) | bits(word, 10, 9, 8) |
                           bits(word, 6, 6, 7) | bits(word, 7, 7, 6) | bits(word, 2, 2, 5) |
                           bits(word, 11, 11, 4) | bits(word, 5, 3, 1),
                       12);
}

static struct flow trap(uint64_t cause)
{
    return (struct flow){.kind = FLOW_TRAP, .cause = cause};
}

static struct flow flow_of_system(uint32_t word)
{
    const uint32_t ecall = 0x00000073, ebreak = 0x00100073, sret = 0x10200073, mret = 0x30200073;
    uint32_t funct3 = word >> 12 & 7, operand = word >> 15 & 31;
    bool writes = funct3 == 1 || funct3 == 5 || (funct3 && operand);
    if (word == ecall)
        return trap(11);
    if (word == ebreak)
        return trap(3);
    if (word == sret || word == mret)
        return (struct flow){.kind = FLOW_ANY};
    if (writes && word >> 30 == 3) /* the CSRs from 0xc00 on are read-only; `unimp` writes one */
        return trap(2);
    return (struct flow){.kind = FLOW_NEXT};
}

static struct flow flow_of_short(uint64_t pc, uint32_t word)
{
    uint32_t quadrant = word & 3, funct3 = word >> 13 & 7, rs1 = word >> 7 & 31,
             rs2 = word >> 2 & 31;
    if (!word)
        return trap(2);
    if (quadrant == 1 && funct3 == 5)
        return (struct flow){.kind = FLOW_JUMP, .target = pc + short_jump_offset(word)};
    if (quadrant == 1 && funct3 >= 6)
        return (struct flow){.kind = FLOW_BRANCH, .target = pc + short_branch_offset(word)};
    if (quadrant == 2 && funct3 == 4 && !rs2)
        return rs1 ? (struct flow){.kind = FLOW_ANY} : trap(word >> 12 & 1 ? 3 : 2);
    return (struct flow){.kind = FLOW_NEXT};
}

struct flow flow_of(uint64_t pc, uint32_t word)
{
    if ((word & 3) != 3)
        return flow_of_short(pc, word);
    switch (word & 0x7f) {
    case 0x63:
        return (struct flow){.kind = FLOW_BRANCH, .target = pc + branch_offset(word)};
    case 0x6f:
        return (struct flow){.kind = FLOW_JUMP, .target = pc + jump_offset(word)};
    case 0x67:
        return (struct flow){.kind = FLOW_ANY};
    case 0x73:
        return flow_of_system(word);
    default:
        return (struct flow){.kind = FLOW_NEXT};
    }
}

bool flow_accesses_memory(uint32_t word)
{
    uint32_t opcode = word & 0x7f, quadrant = word & 3, funct3 = word >> 13 & 7;
    if (quadrant == 3)
        return opcode == 0x03 || opcode == 0x07 || opcode == 0x23 || opcode == 0x27 ||
               opcode == 0x2f;
    return (quadrant == 0 || quadrant == 2) && (funct3 & 3) != 0;
}

bool flow_is_store_conditional(uint32_t word)
{
    return (word & 0xf800007f) == 0x1800002f;
}
