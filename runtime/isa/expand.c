/* Compressed parcels to the base instructions they stand for ("C" chapter of the manual, volume I).
 * Each function takes one row of the opcode map, or a part of it, and answers the word, or 0 (which
 * is no instruction) for an encoding that is illegal, reserved, or left to custom extensions. */
#include "pol/isa.h"

enum { OP_LOAD = 0x03, OP_LOAD_FP = 0x07, OP_STORE = 0x23, OP_STORE_FP = 0x27 };
enum { OP_IMM = 0x13, OP_IMM_32 = 0x1b, OP_LUI = 0x37, OP_REG = 0x33, OP_REG_32 = 0x3b };
enum { OP_BRANCH = 0x63, OP_JALR = 0x67, OP_JAL = 0x6f };
enum { ZERO = 0, RA = 1, SP = 2 };
enum { EBREAK = 0x00100073 };

/* Bits high..low of a parcel, moved to position `to`. */
static uint32_t part(uint32_t parcel, unsigned high, unsigned low, unsigned to)
{
    return ((parcel >> low) & ((1u << (high - low + 1u)) - 1u)) << to;
}

/* Extends the low `width` bits of a value by their sign. */
static uint32_t extend(uint32_t value, unsigned width)
{
    uint32_t sign = 1u << (width - 1u);
    return (value ^ sign) - sign;
}

static uint32_t type_r(uint32_t opcode, uint32_t f3, uint32_t f7, uint32_t rd, uint32_t rs1,
                       uint32_t rs2)
{
    return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}

static uint32_t type_i(uint32_t opcode, uint32_t f3, uint32_t rd, uint32_t rs1, uint32_t imm)
{
    return imm << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}

static uint32_t type_s(uint32_t opcode, uint32_t f3, uint32_t rs2, uint32_t rs1, uint32_t imm)
{
    return part(imm, 11, 5, 25) | rs2 << 20 | rs1 << 15 | f3 << 12 | part(imm, 4, 0, 7) | opcode;
}

static uint32_t type_b(uint32_t f3, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
    return part(imm, 12, 12, 31) | part(imm, 10, 5, 25) | rs2 << 20 | rs1 << 15 | f3 << 12 |
           part(imm, 4, 1, 8) | part(imm, 11, 11, 7) | OP_BRANCH;
}

static uint32_t type_j(uint32_t rd, uint32_t imm)
{
    return part(imm, 20, 20, 31) | part(imm, 10, 1, 21) | part(imm, 11, 11, 20) |
           part(imm, 19, 12, 12) | rd << 7 | OP_JAL;
}

/* The register fields: full ones, and those of three bits for x8..x15. */
static uint32_t full_rd(uint32_t parcel)
{
    return part(parcel, 11, 7, 0);
}

static uint32_t full_rs2(uint32_t parcel)
{
    return part(parcel, 6, 2, 0);
}

static uint32_t high_three(uint32_t parcel)
{
    return 8u + part(parcel, 9, 7, 0);
}

static uint32_t low_three(uint32_t parcel)
{
    return 8u + part(parcel, 4, 2, 0);
}

/* The six-bit immediate of the CI format. */
static uint32_t imm6(uint32_t parcel)
{
    return part(parcel, 12, 12, 5) | part(parcel, 6, 2, 0);
}

static uint32_t simm6(uint32_t parcel)
{
    return extend(imm6(parcel), 6);
}

/* What rows 1, 2, 3 (and 5, 6, 7 for stores) of quadrants 0 and 2 access. */
struct access {
    bool exists, fp, eight; /* eight bytes, else four */
};

static struct access access_of(const struct pol_isa *isa, uint32_t row)
{
    bool d = (isa->exts & POL_EXT_D) != 0, f = (isa->exts & POL_EXT_F) != 0;
    switch (row & 3u) {
    case 1:
        return (struct access){d, true, true};
    case 2:
        return (struct access){true, false, false};
    default:
        return isa->xlen == 64 ? (struct access){true, false, true}
                               : (struct access){f, true, false};
    }
}

static uint32_t load(struct access access, uint32_t rd, uint32_t base, uint32_t offset)
{
    return type_i(access.fp ? OP_LOAD_FP : OP_LOAD, access.eight ? 3 : 2, rd, base, offset);
}

static uint32_t store(struct access access, uint32_t rs2, uint32_t base, uint32_t offset)
{
    return type_s(access.fp ? OP_STORE_FP : OP_STORE, access.eight ? 3 : 2, rs2, base, offset);
}

static uint32_t addi4spn(uint32_t parcel)
{
    uint32_t imm = part(parcel, 10, 7, 6) | part(parcel, 12, 11, 4) | part(parcel, 5, 5, 3) |
                   part(parcel, 6, 6, 2);
    return imm ? type_i(OP_IMM, 0, low_three(parcel), SP, imm) : 0;
}

static uint32_t quadrant0(const struct pol_isa *isa, uint32_t parcel)
{
    uint32_t row = parcel >> 13;
    struct access access = access_of(isa, row);
    uint32_t offset = part(parcel, 12, 10, 3);
    offset |= access.eight ? part(parcel, 6, 5, 6) : part(parcel, 6, 6, 2) | part(parcel, 5, 5, 6);
    if (row == 0)
        return addi4spn(parcel);
    if (row == 4 || !access.exists)
        return 0;
    return (row < 4 ? load : store)(access, low_three(parcel), high_three(parcel), offset);
}

static uint32_t addi16sp(uint32_t parcel)
{
    uint32_t imm = part(parcel, 12, 12, 9) | part(parcel, 4, 3, 7) | part(parcel, 5, 5, 6) |
                   part(parcel, 2, 2, 5) | part(parcel, 6, 6, 4);
    return imm ? type_i(OP_IMM, 0, SP, SP, extend(imm, 10)) : 0;
}

static uint32_t lui_or_addi16sp(uint32_t parcel)
{
    uint32_t rd = full_rd(parcel), imm = simm6(parcel);
    if (rd == SP)
        return addi16sp(parcel);
    return imm ? imm << 12 | rd << 7 | OP_LUI : 0;
}

static bool shift_fits(const struct pol_isa *isa, uint32_t parcel)
{
    return isa->xlen == 64 || imm6(parcel) < 32;
}

/* sub xor or and, subw addw: bit 12 selects the second pair. */
static uint32_t register_pair(const struct pol_isa *isa, uint32_t parcel)
{
    uint32_t rd = high_three(parcel), rs2 = low_three(parcel);
    bool word = part(parcel, 12, 12, 0) && isa->xlen == 64;
    if (part(parcel, 12, 12, 0) && !word)
        return 0;
    switch (part(parcel, 6, 5, 0)) {
    case 0:
        return type_r(word ? OP_REG_32 : OP_REG, 0, 0x20, rd, rd, rs2);
    case 1:
        return word ? type_r(OP_REG_32, 0, 0, rd, rd, rs2) : type_r(OP_REG, 4, 0, rd, rd, rs2);
    case 2:
        return word ? 0 : type_r(OP_REG, 6, 0, rd, rd, rs2);
    default:
        return word ? 0 : type_r(OP_REG, 7, 0, rd, rd, rs2);
    }
}

static uint32_t arithmetic(const struct pol_isa *isa, uint32_t parcel)
{
    uint32_t rd = high_three(parcel);
    switch (part(parcel, 11, 10, 0)) {
    case 0:
        return shift_fits(isa, parcel) ? type_i(OP_IMM, 5, rd, rd, imm6(parcel)) : 0;
    case 1:
        return shift_fits(isa, parcel) ? type_i(OP_IMM, 5, rd, rd, 0x400u | imm6(parcel)) : 0;
    case 2:
        return type_i(OP_IMM, 7, rd, rd, simm6(parcel));
    default:
        return register_pair(isa, parcel);
    }
}

static uint32_t jump_offset(uint32_t parcel)
{
    uint32_t imm = part(parcel, 12, 12, 11) | part(parcel, 8, 8, 10) | part(parcel, 10, 9, 8) |
                   part(parcel, 6, 6, 7) | part(parcel, 7, 7, 6) | part(parcel, 2, 2, 5) |
                   part(parcel, 11, 11, 4) | part(parcel, 5, 3, 1);
    return extend(imm, 12);
}

static uint32_t branch_offset(uint32_t parcel)
{
    uint32_t imm = part(parcel, 12, 12, 8) | part(parcel, 6, 5, 6) | part(parcel, 2, 2, 5) |
                   part(parcel, 11, 10, 3) | part(parcel, 4, 3, 1);
    return extend(imm, 9);
}

/* Row 1 of quadrant 1: jal on RV32, addiw on RV64. */
static uint32_t jal_or_addiw(const struct pol_isa *isa, uint32_t parcel)
{
    uint32_t rd = full_rd(parcel);
    if (isa->xlen == 32)
        return type_j(RA, jump_offset(parcel));
    return rd ? type_i(OP_IMM_32, 0, rd, rd, simm6(parcel)) : 0;
}

static uint32_t quadrant1(const struct pol_isa *isa, uint32_t parcel)
{
    uint32_t rd = full_rd(parcel);
    switch (parcel >> 13) {
    case 0:
        return type_i(OP_IMM, 0, rd, rd, simm6(parcel));
    case 1:
        return jal_or_addiw(isa, parcel);
    case 2:
        return type_i(OP_IMM, 0, rd, ZERO, simm6(parcel));
    case 3:
        return lui_or_addi16sp(parcel);
    case 4:
        return arithmetic(isa, parcel);
    case 5:
        return type_j(ZERO, jump_offset(parcel));
    case 6:
        return type_b(0, high_three(parcel), ZERO, branch_offset(parcel));
    default:
        return type_b(1, high_three(parcel), ZERO, branch_offset(parcel));
    }
}

/* jr, mv, ebreak, jalr, add. */
static uint32_t jump_or_add(uint32_t parcel)
{
    uint32_t rd = full_rd(parcel), rs2 = full_rs2(parcel);
    bool second = part(parcel, 12, 12, 0) != 0;
    if (rs2)
        return type_r(OP_REG, 0, 0, rd, second ? rd : ZERO, rs2);
    if (rd)
        return type_i(OP_JALR, 0, second ? RA : ZERO, rd, 0);
    return second ? EBREAK : 0;
}

static uint32_t load_sp(struct access access, uint32_t parcel)
{
    uint32_t rd = full_rd(parcel), offset = part(parcel, 12, 12, 5);
    offset |= access.eight ? part(parcel, 6, 5, 3) | part(parcel, 4, 2, 6)
                           : part(parcel, 6, 4, 2) | part(parcel, 3, 2, 6);
    if (!access.fp && !rd)
        return 0;
    return load(access, rd, SP, offset);
}

static uint32_t store_sp(struct access access, uint32_t parcel)
{
    uint32_t offset = access.eight ? part(parcel, 12, 10, 3) | part(parcel, 9, 7, 6)
                                   : part(parcel, 12, 9, 2) | part(parcel, 8, 7, 6);
    return store(access, full_rs2(parcel), SP, offset);
}

static uint32_t quadrant2(const struct pol_isa *isa, uint32_t parcel)
{
    uint32_t row = parcel >> 13, rd = full_rd(parcel);
    struct access access = access_of(isa, row);
    if (row == 0)
        return shift_fits(isa, parcel) ? type_i(OP_IMM, 1, rd, rd, imm6(parcel)) : 0;
    if (row == 4)
        return jump_or_add(parcel);
    if (!access.exists)
        return 0;
    return row < 4 ? load_sp(access, parcel) : store_sp(access, parcel);
}

int pol_isa_expand(const struct pol_isa *isa, uint16_t parcel, uint32_t *word)
{
    uint32_t expanded = 0;
    if (!(isa->exts & POL_EXT_C))
        return -1;
    switch (parcel & 3u) {
    case 0:
        expanded = quadrant0(isa, parcel);
        break;
    case 1:
        expanded = quadrant1(isa, parcel);
        break;
    case 2:
        expanded = quadrant2(isa, parcel);
        break;
    default:
        break;
    }
    if (!expanded)
        return -1;
    *word = expanded;
    return 0;
}
