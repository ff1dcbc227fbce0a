/* The instruction table: decoding, operands, forms, names, CSRs, text.  tests/isa compares the
 * encodings with a disassembler; here is what no disassembler knows. */
#include "tests/unit/check.h"
#include "pol/isa.h"

static struct pol_isa isa_of(const char *text)
{
    struct pol_isa isa = {0, 0};
    char err[100];
    if (pol_isa_parse(text, &isa, err, sizeof err))
        printf("# %s: %s\n", text, err);
    return isa;
}

static const struct pol_insn *insn_of(const char *name)
{
    static const struct pol_insn nothing = {.name = ""};
    int row = pol_insn_find(NULL, name);
    CHECK(row >= 0);
    return row < 0 ? &nothing : pol_insn_at((size_t)row);
}

/* ---- Targets */

static void check_target(const char *text, const char *canonical)
{
    struct pol_isa isa = isa_of(text);
    char buf[POL_ISA_TEXT];
    CHECK_INT(pol_isa_format(&isa, buf, sizeof buf), strlen(canonical));
    CHECK_STR(buf, canonical);
    struct pol_isa again = isa_of(buf);
    CHECK(pol_isa_equal(&isa, &again));
}

static void test_targets(void)
{
    CASE("targets are read and written");
    check_target("rv64imafdc_zicsr_zifencei", "rv64imafdc_zicsr_zifencei");
    check_target("rv64gc", "rv64imafdc_zicsr_zifencei");
    check_target("rv32imac_zicsr", "rv32imac_zicsr");
    check_target("rv32i", "rv32i");
    check_target("rv32ic", "rv32ic");
    check_target("rv64id", "rv64ifd_zicsr");
    check_target("rv32imf", "rv32imf_zicsr");
    check_target("rv32i_zicntr_zicsr_zihpm", "rv32i_zicsr");
    check_target("rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zmmul1p0_zca1p0_zcd1p0",
                 "rv64imafdc_zicsr_zifencei");
    struct pol_isa c = isa_of("rv32ic"), i = isa_of("rv32i");
    CHECK_INT(pol_isa_parcel(&c), 2);
    CHECK_INT(pol_isa_parcel(&i), 4);
    CHECK(!pol_isa_equal(&c, &i));
}

static void test_bad_targets(void)
{
    static const char *const bad[] = {
        "",      "rv",        "rv64",      "rv128i",        "rv32e",      "RV64I",
        "rv64m", "rv64iq",    "rv64i_zba", "rv64i_",        "rv64i__m",   "rv64i m",
        "x86",   "rv64iv1p0", "rv64izca",  "rv64i_zicsrx1", "rv64i_xfoo", "rv64i\xff",
    };
    CASE("unsupported targets are refused with a message");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pol_isa isa = {1, 2};
        char err[80] = "";
        CHECK_INT(pol_isa_parse(bad[i], &isa, err, sizeof err), -1);
        CHECK(err[0] != '\0');
        CHECK_INT(isa.xlen, 1);
        CHECK_INT(isa.exts, 2);
        char tiny[4] = "zzz";
        CHECK_INT(pol_isa_parse(bad[i], &isa, tiny, sizeof tiny), -1);
        CHECK_INT(strlen(tiny), 3);
        CHECK_INT(pol_isa_parse(bad[i], &isa, NULL, 0), -1);
    }
}

/* ---- The table */

static void check_row(const struct pol_isa *isa, size_t row)
{
    const struct pol_insn *insn = pol_insn_at(row);
    bool has = pol_isa_has(isa, insn);
    CHECK_INT(pol_isa_decode(isa, insn->match) == (int)row, has);
    CHECK_INT(pol_isa_decode(isa, insn->match | ~insn->mask) == (int)row, has);
    CHECK_INT(insn->match & ~insn->mask, 0);
    if (has)
        CHECK_INT(pol_insn_find(isa, insn->name), row);
}

static void test_rows(void)
{
    struct pol_isa rv32 = isa_of("rv32gc"), rv64 = isa_of("rv64gc");
    CASE("each row decodes to itself where the target has it");
    CHECK_INT(pol_insn_count(), 163);
    CHECK(pol_insn_at(pol_insn_count()) == NULL);
    for (size_t row = 0; row < pol_insn_count(); row++) {
        check_row(&rv32, row);
        check_row(&rv64, row);
        CHECK(pol_isa_has(&rv32, pol_insn_at(row)) || pol_isa_has(&rv64, pol_insn_at(row)));
    }
}

static void test_disjoint(void)
{
    CASE("no two rows of one XLEN match the same word");
    for (size_t i = 0; i < pol_insn_count(); i++)
        for (size_t j = 0; j < i; j++) {
            const struct pol_insn *a = pol_insn_at(i), *b = pol_insn_at(j);
            if (!(a->xlens & b->xlens))
                continue;
            CHECK((a->match ^ b->match) & a->mask & b->mask);
            CHECK(strcmp(a->name, b->name) != 0);
        }
}

/* The bits that mask and operands leave: rounding mode, aq and rl, ignored fields of fences. */
static uint32_t spare_bits(const struct pol_insn *insn)
{
    uint32_t used = insn->mask;
    for (unsigned i = 0; i < insn->opnd_count; i++) {
        struct pol_opspec zero = {POL_SPEC_INT, 0};
        uint32_t mask = 0, match = 0;
        if (insn->opnds[i] <= POL_OPND_RS3)
            zero.kind = POL_SPEC_REG;
        CHECK_INT(pol_insn_constrain(insn, i, &zero, &mask, &match), POL_CONSTRAIN_OK);
        CHECK_INT(used & mask, 0);
        used |= mask;
    }
    return ~used;
}

static void test_fields_cover(void)
{
    CASE("mask and operands cover each word without overlap");
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        uint32_t spare = insn->flags & POL_INSN_AQRL     ? 0x06000000u
                         : insn->flags & POL_INSN_ROUND  ? 0x00007000u
                         : !strcmp(insn->name, "fence")  ? 0xf00f8f80u
                         : insn->ext == POL_EXT_ZIFENCEI ? 0xffff8f80u
                                                         : 0;
        CHECK_INT(spare_bits(insn), spare);
    }
}

static bool has_operand(const struct pol_insn *insn, enum pol_opnd opnd)
{
    for (unsigned i = 0; i < insn->opnd_count; i++)
        if (insn->opnds[i] == opnd)
            return true;
    return false;
}

static void test_operands_and_files(void)
{
    CASE("a register operand has a file, and the reverse");
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        CHECK_INT(has_operand(insn, POL_OPND_RD), insn->rd_file != POL_FILE_NONE);
        CHECK_INT(has_operand(insn, POL_OPND_RS1), insn->rs1_file != POL_FILE_NONE);
        CHECK_INT(has_operand(insn, POL_OPND_RS2), insn->rs2_file != POL_FILE_NONE);
        CHECK_INT(has_operand(insn, POL_OPND_RS3), insn->rs3_file != POL_FILE_NONE);
        CHECK_INT(has_operand(insn, POL_OPND_CSR), insn->csr != POL_CSR_NONE);
        CHECK_INT(insn->access != POL_ACCESS_NONE, insn->size != 0);
    }
}

/* The width that a mnemonic of a memory access names: lbu, fsd, amoadd.w. */
static int size_by_name(const char *name)
{
    const char *width = strrchr(name, '.') ? strrchr(name, '.') + 1 : name + (*name == 'f') + 1;
    return *width == 'b' ? 1 : *width == 'h' ? 2 : *width == 'w' ? 4 : *width == 'd' ? 8 : 0;
}

static void test_sizes(void)
{
    CASE("access sizes are those that the mnemonics name");
    for (size_t row = 0; row < pol_insn_count(); row++)
        if (pol_insn_at(row)->access != POL_ACCESS_NONE)
            CHECK_INT(pol_insn_at(row)->size, size_by_name(pol_insn_at(row)->name));
}

static bool among(const char *names, const char *name)
{
    const char *found = strstr(names, name);
    size_t length = strlen(name);
    for (; found; found = strstr(found + 1, name))
        if ((found == names || found[-1] == ' ') && (!found[length] || found[length] == ' '))
            return true;
    return false;
}

static void test_flags(void)
{
    CASE("control transfers and conditional stores are marked, others not");
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        unsigned flags = insn->flags & ~((unsigned)POL_INSN_AQRL | POL_INSN_ROUND);
        unsigned want = among("beq bne blt bge bltu bgeu", insn->name) ? POL_INSN_BRANCH
                        : among("jal", insn->name)                     ? POL_INSN_JUMP
                        : among("jalr", insn->name)                    ? POL_INSN_JUMP_REG
                        : among("ecall ebreak", insn->name)            ? POL_INSN_TRAP
                        : among("mret sret", insn->name)               ? POL_INSN_TRAP_RETURN
                        : among("sc.w sc.d", insn->name)               ? POL_INSN_CONDITIONAL
                                                                       : 0;
        CHECK_INT(flags, want);
    }
}

/* A flow's source and destination must be among what the form reads and writes. */
static bool flow_exists(const struct pol_form *form, unsigned from, unsigned to)
{
    bool reads[] = {true,
                    form->op1 != POL_FILE_NONE,
                    form->op2 == POL_FILE_INT || form->op2 == POL_FILE_FP,
                    form->op3 != POL_FILE_NONE,
                    form->op2 == POL_FILE_CSR,
                    (form->mem & POL_MEM_READ) != 0,
                    (form->mem & POL_MEM_WRITE) != 0};
    bool writes[] = {form->rd != POL_FILE_NONE, form->csr != 0, (form->mem & POL_MEM_WRITE) != 0,
                     true};
    return reads[from] && writes[to];
}

static void test_flows(void)
{
    CASE("flows join operands that the form has");
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        struct pol_form form = pol_insn_form(insn);
        for (unsigned bit = 0; bit < 3u * 32u; bit++)
            if (insn->flows[bit / 32u] >> (bit % 32u) & 1u) {
                unsigned from = bit % 8u, to = bit % 32u / 8u;
                CHECK(from <= POL_FROM_OLDMEM && flow_exists(&form, from, to));
                CHECK_INT(to == POL_TO_ENV, bit / 32u == POL_FLOW_CONTROL);
            }
        CHECK_INT(insn->flows[POL_FLOW_CONTROL] & POL_FLOW(POL_FROM_PC, POL_TO_ENV),
                  insn->flags & POL_INSN_TRAP ? 0 : POL_FLOW(POL_FROM_PC, POL_TO_ENV));
    }
    CHECK_INT(insn_of("add")->flows[POL_FLOW_VALUE],
              POL_FLOW(POL_FROM_RS1, POL_TO_RD) | POL_FLOW(POL_FROM_RS2, POL_TO_RD));
    CHECK_INT(insn_of("lw")->flows[POL_FLOW_VALUE], POL_FLOW(POL_FROM_MEM, POL_TO_RD));
    CHECK_INT(insn_of("lw")->flows[POL_FLOW_ADDRESS], POL_FLOW(POL_FROM_RS1, POL_TO_RD));
    CHECK_INT(insn_of("sb")->flows[POL_FLOW_VALUE],
              POL_FLOW(POL_FROM_RS2, POL_TO_MEM) | POL_FLOW(POL_FROM_OLDMEM, POL_TO_MEM));
    CHECK_INT(insn_of("sb")->flows[POL_FLOW_ADDRESS], POL_FLOW(POL_FROM_RS1, POL_TO_MEM));
    CHECK_INT(insn_of("beq")->flows[POL_FLOW_CONTROL], POL_FLOW(POL_FROM_PC, POL_TO_ENV) |
                                                           POL_FLOW(POL_FROM_RS1, POL_TO_ENV) |
                                                           POL_FLOW(POL_FROM_RS2, POL_TO_ENV));
    CHECK_INT(insn_of("ecall")->flows[POL_FLOW_CONTROL], 0);
    CHECK_INT(insn_of("jal")->flows[POL_FLOW_VALUE], POL_FLOW(POL_FROM_PC, POL_TO_RD));
    CHECK_INT(insn_of("csrrc")->flows[POL_FLOW_VALUE], POL_FLOW(POL_FROM_CSR, POL_TO_RD) |
                                                           POL_FLOW(POL_FROM_CSR, POL_TO_CSR) |
                                                           POL_FLOW(POL_FROM_RS1, POL_TO_CSR));
    CHECK_INT(insn_of("lui")->flows[POL_FLOW_VALUE], 0);
    CHECK(insn_of("amoadd.w")->flows[POL_FLOW_VALUE] & POL_FLOW(POL_FROM_MEM, POL_TO_MEM));
    CHECK(!(insn_of("amoswap.w")->flows[POL_FLOW_VALUE] & POL_FLOW(POL_FROM_MEM, POL_TO_MEM)));
}

/* ---- Decoding */

static const char *decoded(const char *target, uint32_t word)
{
    struct pol_isa isa = isa_of(target);
    int row = pol_isa_decode(&isa, word);
    return row < 0 ? "-" : pol_insn_at((size_t)row)->name;
}

static void test_decode(void)
{
    CASE("decoding knows the target");
    CHECK_STR(decoded("rv32i", 0x00000013), "addi");
    CHECK_STR(decoded("rv32i", 0x02000033), "-"); /* mul */
    CHECK_STR(decoded("rv32im", 0x02000033), "mul");
    CHECK_STR(decoded("rv64i", 0x00003003), "ld");
    CHECK_STR(decoded("rv32i", 0x00003003), "-");
    CHECK_STR(decoded("rv64i", 0x02001013), "slli");
    CHECK_STR(decoded("rv32i", 0x02001013), "-");  /* shift by 32 */
    CHECK_STR(decoded("rv32if", 0x00003007), "-"); /* fld */
    CHECK_STR(decoded("rv32id", 0x00003007), "fld");
    CHECK_STR(decoded("rv32i", 0x30002073), "-"); /* csrrs */
    CHECK_STR(decoded("rv32i_zicsr", 0x30002073), "csrrs");
    CHECK_STR(decoded("rv32i", 0x0000100f), "-");     /* fence.i */
    CHECK_STR(decoded("rv32i", 0x8330000f), "fence"); /* fence.tso */
    CHECK_STR(decoded("rv32i", 0x0100000f), "fence"); /* pause */
    CHECK_STR(decoded("rv32i", 0x30200073), "mret");
    CHECK_STR(decoded("rv64gc", 0x00200073), "-"); /* uret */
    CHECK_STR(decoded("rv64gc", 0x00000000), "-");
    CHECK_STR(decoded("rv64gc", 0xffffffff), "-");
    CHECK_STR(decoded("rv64gc", 0x00000001), "-"); /* a parcel must be expanded first */
}

static void test_length(void)
{
    struct pol_isa c = isa_of("rv32ic"), i = isa_of("rv32i");
    CASE("instruction lengths");
    CHECK_INT(pol_isa_length(&c, 0x0001), 2);
    CHECK_INT(pol_isa_length(&i, 0x0001), 0);
    CHECK_INT(pol_isa_length(&c, 0x0013), 4);
    CHECK_INT(pol_isa_length(&i, 0x0013), 4);
    CHECK_INT(pol_isa_length(&c, 0x001f), 0); /* 48 bits */
    CHECK_INT(pol_isa_length(&c, 0xffff), 0);
}

static const char *expanded(const char *target, uint16_t parcel)
{
    static char buf[64];
    struct pol_isa isa = isa_of(target);
    uint32_t word = 0xdeadbeef;
    if (pol_isa_expand(&isa, parcel, &word)) {
        CHECK_INT(word, 0xdeadbeef);
        return "-";
    }
    pol_insn_format(&isa, word, POL_REGS_NUMERIC, buf, sizeof buf);
    return buf;
}

static void test_expand(void)
{
    CASE("compressed parcels expand");
    CHECK_STR(expanded("rv64ic", 0x0001), "addi x0,x0,0");
    CHECK_STR(expanded("rv64ic", 0x8082), "jalr x0,x1,0");
    CHECK_STR(expanded("rv64ic", 0x9002), "ebreak");
    CHECK_STR(expanded("rv64ic", 0x852e), "add x10,x0,x11");
    CHECK_STR(expanded("rv64ic", 0x1141), "addi x2,x2,-16");
    CHECK_STR(expanded("rv64ic", 0x7139), "addi x2,x2,-64");
    CHECK_STR(expanded("rv64ic", 0x77fd), "lui x15,0xfffff");
    CHECK_STR(expanded("rv64ic", 0xe406), "sd x1,8(x2)");
    CHECK_STR(expanded("rv64ic", 0x60a2), "ld x1,8(x2)");
    CHECK_STR(expanded("rv64ic", 0x2505), "addiw x10,x10,1");
    CHECK_STR(expanded("rv32ic", 0x2505), "jal x1,1568");
    CHECK_STR(expanded("rv32ifc", 0x6108), "flw f10,0(x10)");
    CHECK_STR(expanded("rv64gc", 0x2108), "fld f10,0(x10)");
    CASE("reserved parcels and those of other targets do not expand");
    CHECK_STR(expanded("rv64gc", 0x0000), "-");
    CHECK_STR(expanded("rv64gc", 0x8000), "-");  /* row 4 of quadrant 0 */
    CHECK_STR(expanded("rv64gc", 0x6101), "-");  /* addi16sp by 0 */
    CHECK_STR(expanded("rv64gc", 0x6081), "-");  /* lui of 0 */
    CHECK_STR(expanded("rv64gc", 0x2001), "-");  /* addiw to x0 */
    CHECK_STR(expanded("rv64gc", 0x4002), "-");  /* lwsp to x0 */
    CHECK_STR(expanded("rv64gc", 0x8002), "-");  /* jr x0 */
    CHECK_STR(expanded("rv64gc", 0x9c41), "-");  /* reserved beside subw */
    CHECK_STR(expanded("rv32gc", 0x9c01), "-");  /* subw */
    CHECK_STR(expanded("rv32gc", 0x1502), "-");  /* slli by 32 */
    CHECK_STR(expanded("rv32ic", 0x6108), "-");  /* flw without F */
    CHECK_STR(expanded("rv64ifc", 0x2108), "-"); /* fld without D */
    CHECK_STR(expanded("rv64g", 0x0001), "-");
    CHECK_STR(expanded("rv64gc", 0x0003), "-");
}

static void check_all_expand(const char *target)
{
    struct pol_isa isa = isa_of(target);
    unsigned legal = 0;
    for (unsigned parcel = 0; parcel < 0x10000; parcel++) {
        uint32_t word = 0;
        if (pol_isa_expand(&isa, (uint16_t)parcel, &word))
            continue;
        legal++;
        CHECK(pol_isa_decode(&isa, word) >= 0);
    }
    CHECK(legal > 25000 && legal < 0xc000);
}

static void test_all_expand(void)
{
    CASE("whatever expands, decodes in its target");
    check_all_expand("rv32ic");
    check_all_expand("rv32ifc");
    check_all_expand("rv32gc");
    check_all_expand("rv64ic");
    check_all_expand("rv64ifc");
    check_all_expand("rv64gc");
}

/* ---- Operands */

static enum pol_constrain_status constrain(const char *name, unsigned position,
                                           enum pol_spec_kind kind, int64_t value)
{
    const struct pol_insn *insn = insn_of(name);
    struct pol_opspec spec = {kind, value};
    uint32_t mask = insn->mask, match = insn->match;
    enum pol_constrain_status status = pol_insn_constrain(insn, position, &spec, &mask, &match);
    if (status != POL_CONSTRAIN_OK || kind == POL_SPEC_ANY) {
        CHECK_INT(mask, insn->mask);
        CHECK_INT(match, insn->match);
        return status;
    }
    CHECK_INT(mask & insn->mask, insn->mask);
    CHECK_INT(match & insn->mask, insn->match);
    CHECK_INT(match & ~mask, 0);
    CHECK(mask != insn->mask);
    return status;
}

static void check_integer_range(const char *name, unsigned position, int64_t low, int64_t high,
                                int64_t step)
{
    const struct pol_insn *insn = insn_of(name);
    CHECK_INT(constrain(name, position, POL_SPEC_INT, low - step), POL_CONSTRAIN_RANGE);
    CHECK_INT(constrain(name, position, POL_SPEC_INT, high + step), POL_CONSTRAIN_RANGE);
    CHECK_INT(constrain(name, position, POL_SPEC_INT, INT64_MIN), POL_CONSTRAIN_RANGE);
    CHECK_INT(constrain(name, position, POL_SPEC_INT, low + ((int64_t)1 << 32)),
              POL_CONSTRAIN_RANGE);
    for (int64_t value = low; value <= high; value += step) {
        struct pol_opspec spec = {POL_SPEC_INT, value};
        uint32_t mask = 0, match = 0;
        if (pol_insn_constrain(insn, position, &spec, &mask, &match) != POL_CONSTRAIN_OK ||
            pol_opnd_value((enum pol_opnd)insn->opnds[position], match) != value ||
            pol_opnd_value((enum pol_opnd)insn->opnds[position], match | ~mask) != value)
            CHECK_INT(value, low - step);
    }
}

static void test_immediates(void)
{
    CASE("every immediate is encoded and read back, and no other accepted");
    check_integer_range("addi", 2, -2048, 2047, 1);
    check_integer_range("lw", 1, -2048, 2047, 1);
    check_integer_range("jalr", 2, -2048, 2047, 1);
    check_integer_range("sd", 1, -2048, 2047, 1);
    check_integer_range("beq", 2, -4096, 4094, 2);
    check_integer_range("jal", 1, -1048576, 1048574, 2);
    check_integer_range("slliw", 2, 0, 31, 1);
    check_integer_range("csrrwi", 2, 0, 31, 1);
    check_integer_range("csrrw", 1, 0, 4095, 1);
    check_integer_range("fence", 0, 0, 15, 1);
    check_integer_range("fence", 1, 0, 15, 1);
    struct pol_isa rv64 = isa_of("rv64i"), rv32 = isa_of("rv32i");
    CHECK_INT(pol_insn_at((size_t)pol_insn_find(&rv32, "slli"))->opnds[2], POL_OPND_SHAMT5);
    CHECK_INT(pol_insn_at((size_t)pol_insn_find(&rv64, "slli"))->opnds[2], POL_OPND_SHAMT6);
    CHECK_INT(constrain("beq", 2, POL_SPEC_INT, 3), POL_CONSTRAIN_RANGE);
    CHECK_INT(constrain("jal", 1, POL_SPEC_INT, -1), POL_CONSTRAIN_RANGE);
}

static void test_upper_immediate(void)
{
    CASE("the immediate of lui is as written, by either sign");
    struct pol_opspec spec = {POL_SPEC_INT, 0xfffff};
    uint32_t mask = 0, match = 0, mask2 = 0, match2 = 0;
    CHECK_INT(pol_insn_constrain(insn_of("lui"), 1, &spec, &mask, &match), POL_CONSTRAIN_OK);
    CHECK_INT(match, 0xfffff000);
    CHECK_INT(pol_insn_imm(insn_of("lui"), match), 0xfffff);
    spec.value = -1;
    CHECK_INT(pol_insn_constrain(insn_of("lui"), 1, &spec, &mask2, &match2), POL_CONSTRAIN_OK);
    CHECK_INT(match2, match);
    CHECK_INT(constrain("lui", 1, POL_SPEC_INT, -524288), POL_CONSTRAIN_OK);
    CHECK_INT(constrain("lui", 1, POL_SPEC_INT, -524289), POL_CONSTRAIN_RANGE);
    CHECK_INT(constrain("lui", 1, POL_SPEC_INT, 0x100000), POL_CONSTRAIN_RANGE);
}

static void test_constrain(void)
{
    CASE("operand specifications fit by kind");
    CHECK_INT(constrain("add", 0, POL_SPEC_REG, 31), POL_CONSTRAIN_OK);
    CHECK_INT(constrain("add", 0, POL_SPEC_REG, 32), POL_CONSTRAIN_RANGE);
    CHECK_INT(constrain("add", 0, POL_SPEC_REG, -1), POL_CONSTRAIN_RANGE);
    CHECK_INT(constrain("add", 0, POL_SPEC_INT, 1), POL_CONSTRAIN_KIND);
    CHECK_INT(constrain("add", 2, POL_SPEC_ANY, 0), POL_CONSTRAIN_OK);
    CHECK_INT(constrain("add", 3, POL_SPEC_ANY, 0), POL_CONSTRAIN_NO_POSITION);
    CHECK_INT(constrain("ecall", 0, POL_SPEC_ANY, 0), POL_CONSTRAIN_NO_POSITION);
    CHECK_INT(constrain("addi", 2, POL_SPEC_REG, 1), POL_CONSTRAIN_KIND);
    CHECK_INT(constrain("addi", 2, POL_SPEC_CSR, 1), POL_CONSTRAIN_KIND);
    CHECK_INT(constrain("fmadd.d", 3, POL_SPEC_REG, 9), POL_CONSTRAIN_OK);
    CHECK_INT(constrain("csrrs", 1, POL_SPEC_CSR, 0x300), POL_CONSTRAIN_OK);
    CHECK_INT(constrain("csrrs", 1, POL_SPEC_CSR, 0x1000), POL_CONSTRAIN_RANGE);
    CHECK_INT(constrain("csrrs", 1, POL_SPEC_REG, 3), POL_CONSTRAIN_KIND);
    CHECK_INT(constrain("csrrs", 2, POL_SPEC_CSR, 3), POL_CONSTRAIN_KIND);
    CASE("jalr x0, x1, 0 is ret and nothing else");
    const struct pol_insn *jalr = insn_of("jalr");
    const struct pol_opspec specs[] = {{POL_SPEC_REG, 0}, {POL_SPEC_REG, 1}, {POL_SPEC_INT, 0}};
    uint32_t mask = jalr->mask, match = jalr->match;
    for (unsigned i = 0; i < 3; i++)
        CHECK_INT(pol_insn_constrain(jalr, i, &specs[i], &mask, &match), POL_CONSTRAIN_OK);
    CHECK_INT(mask, 0xffffffff);
    CHECK_INT(match, 0x00008067);
}

static void check_order(const char *name, enum pol_opnd a, enum pol_opnd b, enum pol_opnd c)
{
    const struct pol_insn *insn = insn_of(name);
    CHECK_INT(insn->opnds[0], a);
    CHECK_INT(insn->opnds[1], b);
    CHECK_INT(insn->opnds[2], c);
    CHECK_INT(insn->opnd_count, c ? 3 : b ? 2 : a ? 1 : 0);
}

static void test_order(void)
{
    CASE("operands stand in assembler order");
    check_order("add", POL_OPND_RD, POL_OPND_RS1, POL_OPND_RS2);
    check_order("addi", POL_OPND_RD, POL_OPND_RS1, POL_OPND_IMM_I);
    check_order("lw", POL_OPND_RD, POL_OPND_IMM_I, POL_OPND_RS1);
    check_order("fsd", POL_OPND_RS2, POL_OPND_IMM_S, POL_OPND_RS1);
    check_order("bne", POL_OPND_RS1, POL_OPND_RS2, POL_OPND_IMM_B);
    check_order("csrrw", POL_OPND_RD, POL_OPND_CSR, POL_OPND_RS1);
    check_order("csrrwi", POL_OPND_RD, POL_OPND_CSR, POL_OPND_UIMM);
    check_order("amoadd.d", POL_OPND_RD, POL_OPND_RS2, POL_OPND_RS1);
    check_order("sc.w", POL_OPND_RD, POL_OPND_RS2, POL_OPND_RS1);
    check_order("lr.w", POL_OPND_RD, POL_OPND_RS1, POL_OPND_NONE);
    check_order("jal", POL_OPND_RD, POL_OPND_IMM_J, POL_OPND_NONE);
    check_order("lui", POL_OPND_RD, POL_OPND_IMM_U, POL_OPND_NONE);
    check_order("fence", POL_OPND_PRED, POL_OPND_SUCC, POL_OPND_NONE);
    check_order("mret", POL_OPND_NONE, POL_OPND_NONE, POL_OPND_NONE);
}

/* ---- Names */

static void test_names(void)
{
    static const char *const absent[] = {"fadd.q", "uret",      "sbreak",  "scall",   "sfence.vm",
                                         "dret",   "hret",      "rdcycle", "frflags", "nop",
                                         "c.addi", "fence.tso", "clz",     "fmv.q.x"};
    struct pol_isa rv64 = isa_of("rv64gc"), rv32 = isa_of("rv32i");
    CASE("mnemonics are present, known or unknown");
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        CHECK_INT(pol_insn_name_status(&rv64, absent[i]), POL_NAME_KNOWN_ABSENT);
        CHECK_INT(pol_insn_find(NULL, absent[i]), -1);
    }
    CHECK_INT(pol_insn_name_status(&rv64, "ld"), POL_NAME_PRESENT);
    CHECK_INT(pol_insn_name_status(&rv32, "ld"), POL_NAME_KNOWN_ABSENT);
    CHECK_INT(pol_insn_find(&rv32, "ld"), -1);
    CHECK_INT(pol_insn_name_status(&rv64, "fmv.x.s"), POL_NAME_PRESENT);
    CHECK_INT(pol_insn_find(&rv64, "fmv.x.s"), pol_insn_find(&rv64, "fmv.x.w"));
    CHECK_INT(pol_insn_find(&rv64, "fmv.s.x"), pol_insn_find(&rv64, "fmv.w.x"));
    CHECK_INT(pol_insn_name_status(&rv64, "ad"), POL_NAME_UNKNOWN);
    CHECK_INT(pol_insn_name_status(&rv64, ""), POL_NAME_UNKNOWN);
    CHECK_INT(pol_insn_name_status(&rv64, "ADD"), POL_NAME_UNKNOWN);
}

static const char *const known_names[] = {
#define KNOWN(name) name,
#include "runtime/isa/known.def"
};

static void test_known_names(void)
{
    struct pol_isa rv64 = isa_of("rv64gc");
    CASE("merely known names are no rows, and each stands once");
    for (size_t i = 0; i < sizeof known_names / sizeof known_names[0]; i++) {
        CHECK_INT(pol_insn_name_status(&rv64, known_names[i]), POL_NAME_KNOWN_ABSENT);
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(known_names[i], known_names[j]) != 0);
    }
}

static void test_suggestions(void)
{
    CASE("a mistyped mnemonic gets the nearest one");
    CHECK_STR(pol_insn_suggest("addii"), "addi");
    CHECK_STR(pol_insn_suggest("fadds.d"), "fadd.d");
    CHECK_STR(pol_insn_suggest("ebreka"), "ebreak");
    CHECK_STR(pol_insn_suggest("cssrrw"), "csrrw");
    CHECK_STR(pol_insn_suggest("xlui"), "lui");
    CHECK_STR(pol_insn_suggest("luix"), "lui");
    CHECK_STR(pol_insn_suggest("uipc"), "auipc");
    CHECK_STR(pol_insn_suggest("amoswpa.w"), "amoswap.w");
    CHECK_STR(pol_insn_suggest("branch.eq") ? "some" : "none", "none");
    CHECK(pol_insn_suggest("") == NULL);
    CHECK(pol_insn_suggest("a-mnemonic-that-is-much-too-long") == NULL);
}

/* ---- CSRs */

static void test_csrs(void)
{
    CASE("CSR names and numbers");
    CHECK_INT(pol_csr_find("mstatus"), 0x300);
    CHECK_INT(pol_csr_find("pmpaddr63"), 0x3ef);
    CHECK_INT(pol_csr_find("pmpcfg15"), 0x3af);
    CHECK_INT(pol_csr_find("mhpmcounter31"), 0xb1f);
    CHECK_INT(pol_csr_find("hpmcounter3"), 0xc03);
    CHECK_INT(pol_csr_find("mhpmevent3"), 0x323);
    CHECK_INT(pol_csr_find("mbadaddr"), 0x343);
    CHECK_INT(pol_csr_find("sbadaddr"), 0x143);
    CHECK_INT(pol_csr_find("sptbr"), 0x180);
    CHECK_INT(pol_csr_find("mucounteren"), 0x320);
    CHECK_INT(pol_csr_find("dscratch"), 0x7b2);
    CHECK_INT(pol_csr_find("pmpaddr64"), -1);
    CHECK_INT(pol_csr_find(""), -1);
    CHECK_STR(pol_csr_name(0xf14), "mhartid");
    CHECK_STR(pol_csr_name(0x343), "mtval");
    CHECK(pol_csr_name(0xfff) == NULL);
    CHECK(pol_csr_name(5000) == NULL);
    unsigned named = 0;
    for (unsigned number = 0; number < 0x1000; number++) {
        const char *name = pol_csr_name(number);
        named += name != NULL;
        if (name)
            CHECK_INT(pol_csr_find(name), number);
    }
    CHECK_INT(named, 317);
}

static void check_cell(const char *view, const char *cell)
{
    CHECK_INT(pol_csr_cell((unsigned)pol_csr_find(view)), pol_csr_find(cell));
}

static void test_cells(void)
{
    CASE("views of one register share its cell");
    check_cell("fflags", "fcsr");
    check_cell("frm", "fcsr");
    check_cell("fcsr", "fcsr");
    check_cell("sstatus", "mstatus");
    check_cell("mstatush", "mstatus");
    check_cell("sie", "mie");
    check_cell("sip", "mip");
    check_cell("cycle", "mcycle");
    check_cell("cycleh", "mcycle");
    check_cell("mcycleh", "mcycle");
    check_cell("instret", "minstret");
    check_cell("instreth", "minstret");
    check_cell("time", "time");
    check_cell("timeh", "time");
    check_cell("hpmcounter31h", "mhpmcounter31");
    check_cell("mhpmevent3h", "mhpmevent3");
    check_cell("stimecmph", "stimecmp");
    check_cell("menvcfgh", "menvcfg");
    check_cell("mseccfgh", "mseccfg");
    check_cell("sepc", "sepc");
    check_cell("mepc", "mepc");
    check_cell("mcountinhibit", "mcountinhibit");
    CHECK_INT(pol_csr_cell(0xba0), 0xba0);
    CHECK_INT(pol_csr_cell(0xc20), 0xc20);
    CHECK_INT(pol_csr_cell(0x722), 0x722);
    CHECK_INT(pol_csr_cell(0x740), 0x740);
    for (unsigned number = 0; number < 0x1000; number++)
        CHECK_INT(pol_csr_cell(pol_csr_cell(number)), pol_csr_cell(number));
}

/* ---- Forms and effects */

static void check_form(const char *name, struct pol_form want)
{
    struct pol_form form = pol_insn_form(insn_of(name));
    if (memcmp(&form, &want, sizeof form) != 0)
        check_fail(__FILE__, __LINE__, name);
}

static void test_forms(void)
{
    enum { NONE = POL_FILE_NONE, INT = POL_FILE_INT, FP = POL_FILE_FP, CSR = POL_FILE_CSR };
    CASE("operand forms");
    check_form("add", (struct pol_form){INT, INT, NONE, POL_MEM_NONE, INT, 0, 0});
    check_form("addi", (struct pol_form){INT, NONE, NONE, POL_MEM_NONE, INT, 0, 0});
    check_form("lhu", (struct pol_form){INT, NONE, NONE, POL_MEM_READ, INT, 0, 2});
    check_form("fld", (struct pol_form){INT, NONE, NONE, POL_MEM_READ, FP, 0, 8});
    check_form("sb", (struct pol_form){INT, INT, NONE, POL_MEM_WRITE, NONE, 0, 1});
    check_form("fsw", (struct pol_form){INT, FP, NONE, POL_MEM_WRITE, NONE, 0, 4});
    check_form("beq", (struct pol_form){INT, INT, NONE, POL_MEM_NONE, NONE, 0, 0});
    check_form("fmadd.s", (struct pol_form){FP, FP, FP, POL_MEM_NONE, FP, 0, 0});
    check_form("feq.d", (struct pol_form){FP, FP, NONE, POL_MEM_NONE, INT, 0, 0});
    check_form("fcvt.d.w", (struct pol_form){INT, NONE, NONE, POL_MEM_NONE, FP, 0, 0});
    check_form("fcvt.w.d", (struct pol_form){FP, NONE, NONE, POL_MEM_NONE, INT, 0, 0});
    check_form("csrrw", (struct pol_form){INT, CSR, NONE, POL_MEM_NONE, INT, 1, 0});
    check_form("csrrsi", (struct pol_form){NONE, CSR, NONE, POL_MEM_NONE, INT, 1, 0});
    check_form("lr.d", (struct pol_form){INT, NONE, NONE, POL_MEM_READ, INT, 0, 8});
    check_form("sc.w", (struct pol_form){INT, INT, NONE, POL_MEM_WRITE, INT, 0, 4});
    check_form("amoor.w", (struct pol_form){INT, INT, NONE, POL_MEM_READWRITE, INT, 0, 4});
    check_form("jal", (struct pol_form){NONE, NONE, NONE, POL_MEM_NONE, INT, 0, 0});
    check_form("jalr", (struct pol_form){INT, NONE, NONE, POL_MEM_NONE, INT, 0, 0});
    check_form("sfence.vma", (struct pol_form){INT, INT, NONE, POL_MEM_NONE, NONE, 0, 0});
    check_form("fence", (struct pol_form){NONE, NONE, NONE, POL_MEM_NONE, NONE, 0, 0});
}

static void test_effects(void)
{
    const uint32_t rd1 = 1u << 7, rs1 = 1u << 15;
    const struct pol_insn *csrrs = insn_of("csrrs"), *csrrw = insn_of("csrrw");
    const struct pol_insn *csrrci = insn_of("csrrci"), *csrrwi = insn_of("csrrwi");
    CASE("effects that depend on the word");
    CHECK(!pol_insn_writes_csr(csrrs, csrrs->match));
    CHECK(pol_insn_writes_csr(csrrs, csrrs->match | rs1));
    CHECK(pol_insn_reads_csr(csrrs, csrrs->match));
    CHECK(!pol_insn_writes_csr(csrrci, csrrci->match));
    CHECK(pol_insn_writes_csr(csrrci, csrrci->match | rs1));
    CHECK(pol_insn_writes_csr(csrrw, csrrw->match));
    CHECK(!pol_insn_reads_csr(csrrw, csrrw->match));
    CHECK(pol_insn_reads_csr(csrrw, csrrw->match | rd1));
    CHECK(pol_insn_writes_csr(csrrwi, csrrwi->match));
    CHECK(!pol_insn_writes_csr(insn_of("add"), rs1) && !pol_insn_reads_csr(insn_of("add"), rs1));
    CHECK(!pol_insn_writes_rd(insn_of("add"), 0x33) && pol_insn_writes_rd(insn_of("add"), rd1));
    CHECK(pol_insn_writes_rd(insn_of("fadd.s"), 0) && !pol_insn_writes_rd(insn_of("sw"), rd1));
    CHECK(!pol_insn_writes_mem(insn_of("sc.w"), false) &&
          pol_insn_writes_mem(insn_of("sc.w"), true));
    CHECK(pol_insn_writes_mem(insn_of("sw"), false) &&
          pol_insn_writes_mem(insn_of("amoadd.w"), false));
    CHECK(!pol_insn_writes_mem(insn_of("lw"), true) && !pol_insn_writes_mem(insn_of("add"), true));
}

/* ---- Text */

static void check_text(uint32_t word, enum pol_reg_style style, const char *want)
{
    struct pol_isa isa = isa_of("rv64gc");
    char buf[80], small[6];
    CHECK_INT(pol_insn_format(&isa, word, style, buf, sizeof buf), strlen(want));
    CHECK_STR(buf, want);
    CHECK_INT(pol_insn_format(&isa, word, style, small, sizeof small), strlen(want));
    CHECK_INT(strlen(small), 5);
    CHECK(!strncmp(small, want, 5));
    CHECK_INT(pol_insn_format(&isa, word, style, NULL, 0), strlen(want));
}

static void test_text(void)
{
    CASE("assembler text");
    check_text(0xff010113, POL_REGS_ABI, "addi sp,sp,-16");
    check_text(0xff010113, POL_REGS_NUMERIC, "addi x2,x2,-16");
    check_text(0x0045a503, POL_REGS_ABI, "lw a0,4(a1)");
    check_text(0x00c5b027, POL_REGS_ABI, "fsd fa2,0(a1)");
    check_text(0x062120af, POL_REGS_ABI, "amoadd.w.aqrl ra,sp,(sp)");
    check_text(0x30001073, POL_REGS_NUMERIC, "csrrw x0,mstatus,x0");
    check_text(0x7c002573, POL_REGS_ABI, "csrrs a0,0x7c0,zero");
    check_text(0x0ff0000f, POL_REGS_ABI, "fence iorw,iorw");
    check_text(0x00000000, POL_REGS_ABI, ".4byte 0x0");
    check_text(0x02c5f553, POL_REGS_ABI, "fadd.d fa0,fa1,fa2");
    check_text(0x02c58553, POL_REGS_NUMERIC, "fadd.d f10,f11,f12,rne");
}

static void test_registers(void)
{
    enum pol_file file = POL_FILE_NONE;
    CASE("register names");
    CHECK_INT(pol_reg_find("x31", &file), 31);
    CHECK_INT(file, POL_FILE_INT);
    CHECK_INT(pol_reg_find("fp", &file), 8);
    CHECK_INT(pol_reg_find("ft11", &file), 31);
    CHECK_INT(file, POL_FILE_FP);
    CHECK_INT(pol_reg_find("f9", NULL), 9);
    CHECK_INT(pol_reg_find("x32", NULL), -1);
    CHECK_INT(pol_reg_find("", NULL), -1);
    CHECK_STR(pol_reg_name(POL_FILE_INT, 10, POL_REGS_ABI), "a0");
    CHECK_STR(pol_reg_name(POL_FILE_FP, 33, POL_REGS_NUMERIC), "f1");
    for (unsigned i = 0; i < 64; i++) {
        enum pol_file want = i & 32u ? POL_FILE_FP : POL_FILE_INT;
        CHECK_INT(pol_reg_find(pol_reg_name(want, i, POL_REGS_ABI), &file), i & 31u);
        CHECK_INT(file, want);
    }
}

int main(void)
{
    test_targets();
    test_bad_targets();
    test_rows();
    test_disjoint();
    test_fields_cover();
    test_operands_and_files();
    test_sizes();
    test_flags();
    test_flows();
    test_decode();
    test_length();
    test_expand();
    test_all_expand();
    test_immediates();
    test_upper_immediate();
    test_constrain();
    test_order();
    test_names();
    test_known_names();
    test_suggestions();
    test_csrs();
    test_cells();
    test_forms();
    test_effects();
    test_text();
    test_registers();
    return check_done();
}
