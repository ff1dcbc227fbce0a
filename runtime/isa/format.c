/* Assembler text of an instruction word, for messages. */
#include "runtime/isa/table.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const names[2][2][32] = {
    {{"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
      "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
      "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "x31"},
     {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
      "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
      "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"}},
    {{"f0",  "f1",  "f2",  "f3",  "f4",  "f5",  "f6",  "f7",  "f8",  "f9",  "f10",
      "f11", "f12", "f13", "f14", "f15", "f16", "f17", "f18", "f19", "f20", "f21",
      "f22", "f23", "f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31"},
     {"ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
      "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
      "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"}},
};

const char *pol_reg_name(enum pol_file file, unsigned number, enum pol_reg_style style)
{
    return names[file == POL_FILE_FP][style == POL_REGS_ABI][number & 31u];
}

int pol_reg_find(const char *name, enum pol_file *file)
{
    bool frame_pointer = !strcmp(name, "fp"); /* another name of s0 */
    for (unsigned i = 0; i < 2u * 2u * 32u; i++) {
        unsigned fp = i >> 6, style = (i >> 5) & 1u, number = i & 31u;
        if (strcmp(names[fp][style][number], frame_pointer ? "s0" : name) != 0)
            continue;
        if (file)
            *file = fp ? POL_FILE_FP : POL_FILE_INT;
        return (int)number;
    }
    return -1;
}

/* Text in a caller's buffer; `length` counts what did not fit, as snprintf does. */
struct text {
    char *buf;
    size_t size;
    size_t length;
};

static void put(struct text *text, const char *string)
{
    for (; *string; string++, text->length++)
        if (text->length + 1 < text->size)
            text->buf[text->length] = *string;
}

static int finish(const struct text *text)
{
    if (text->size)
        text->buf[text->length < text->size ? text->length : text->size - 1] = '\0';
    return (int)text->length;
}

static void put_number(struct text *text, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    put(text, digits);
}

static void put_hex(struct text *text, const char *before, uint32_t value)
{
    char digits[16];
    snprintf(digits, sizeof digits, "0x%" PRIx32, value);
    put(text, before);
    put(text, digits);
}

static void put_csr(struct text *text, uint32_t number)
{
    const char *name = pol_csr_name(number);
    if (name)
        put(text, name);
    else
        put_hex(text, "", number);
}

static void put_fence_set(struct text *text, int64_t set)
{
    if (!set)
        put(text, "0");
    if (set & 8)
        put(text, "i");
    if (set & 4)
        put(text, "o");
    if (set & 2)
        put(text, "r");
    if (set & 1)
        put(text, "w");
}

static enum pol_file file_of(const struct pol_insn *insn, enum pol_opnd opnd)
{
    return (enum pol_file)(opnd == POL_OPND_RD    ? insn->rd_file
                           : opnd == POL_OPND_RS1 ? insn->rs1_file
                           : opnd == POL_OPND_RS2 ? insn->rs2_file
                                                  : insn->rs3_file);
}

static void put_operand(struct text *text, const struct pol_insn *insn, enum pol_opnd opnd,
                        uint32_t word, enum pol_reg_style style)
{
    int64_t value = pol_opnd_value(opnd, word);
    switch (opnd) {
    case POL_OPND_RD:
    case POL_OPND_RS1:
    case POL_OPND_RS2:
    case POL_OPND_RS3:
        put(text, pol_reg_name(file_of(insn, opnd), (unsigned)value, style));
        break;
    case POL_OPND_CSR:
        put_csr(text, (uint32_t)value);
        break;
    case POL_OPND_IMM_U:
    case POL_OPND_SHAMT5:
    case POL_OPND_SHAMT6:
        put_hex(text, "", (uint32_t)value);
        break;
    case POL_OPND_PRED:
    case POL_OPND_SUCC:
        put_fence_set(text, value);
        break;
    default:
        put_number(text, value);
        break;
    }
}

/* Loads and stores write `imm(rs1)`, atomics `(rs1)`. */
static void put_operands(struct text *text, const struct pol_insn *insn, uint32_t word,
                         enum pol_reg_style style)
{
    for (unsigned i = 0; i < insn->opnd_count; i++) {
        enum pol_opnd opnd = (enum pol_opnd)insn->opnds[i];
        bool base = opnd == POL_OPND_RS1 && insn->access != POL_ACCESS_NONE;
        bool after_offset = base && !(insn->flags & POL_INSN_AQRL);
        put(text, i == 0 ? " " : after_offset ? "" : ",");
        put(text, base ? "(" : "");
        put_operand(text, insn, opnd, word, style);
        put(text, base ? ")" : "");
    }
}

static void put_rounding(struct text *text, uint32_t word)
{
    static const char *const modes[8] = {",rne", ",rtz",     ",rdn",     ",rup",
                                         ",rmm", ",unknown", ",unknown", ""};
    put(text, modes[(word >> 12) & 7u]);
}

int pol_insn_format(const struct pol_isa *isa, uint32_t word, enum pol_reg_style style, char *buf,
                    size_t size)
{
    static const char *const orderings[4] = {"", ".rl", ".aq", ".aqrl"};
    struct text text = {buf, size, 0};
    int row = pol_isa_decode(isa, word);
    if (row < 0) {
        put_hex(&text, ".4byte ", word);
        return finish(&text);
    }
    const struct pol_insn *insn = &isa_table[row];
    put(&text, insn->name);
    if (insn->flags & POL_INSN_AQRL)
        put(&text, orderings[(word >> 25) & 3u]);
    put_operands(&text, insn, word, style);
    if (insn->flags & POL_INSN_ROUND)
        put_rounding(&text, word);
    return finish(&text);
}
