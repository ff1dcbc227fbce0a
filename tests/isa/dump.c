/* Compares the decoder with a disassembler.  Used by objdump.sh:
 *
 *   dump words ISA SEED COUNT    writes instruction words, four bytes each, to standard output:
 * every row with random operands, near misses of every row, random words dump parcels ISA writes
 * all compressed parcels, each followed by c.nop dump check ISA FILE          reads `objdump -d -z
 * -M no-aliases` of FILE from standard input and compares each line with our text of the same word
 * or parcel
 *
 * `check` prints what differs and a summary, and exits with 1 on any difference.  Differences that
 * are explained are those of text (rewritten here to one shape) and, in `explained`, of meaning. */
#include "pol/isa.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 160, FILLS = 200, SHOWN = 20 };

/* ---- Words to compare ---------------------------------------------------------------------------
 */

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

/* Words of 32 bits end in 11, and not in 11111, which begins a longer one. */
static void write_word(uint32_t word)
{
    word |= 3u;
    if ((word & 0x1fu) == 0x1fu)
        word ^= 4u;
    for (unsigned i = 0; i < 4; i++)
        putchar((int)(word >> (8u * i) & 0xffu));
}

static uint32_t random_row(uint64_t *state, size_t row, bool near_miss)
{
    const struct pol_insn *insn = pol_insn_at(row);
    uint32_t word = (next_random(state) & ~insn->mask) | insn->match;
    if (near_miss)
        word ^= 1u << (next_random(state) & 31u);
    return word;
}

static int write_words(uint64_t seed, unsigned long count)
{
    uint64_t state = seed;
    size_t rows = pol_insn_count();
    for (size_t row = 0; row < rows; row++)
        for (unsigned i = 0; i < FILLS; i++)
            write_word(random_row(&state, row, false));
    for (unsigned long i = 0; i < count; i++) {
        bool any = (i & 1u) != 0;
        write_word(any ? next_random(&state) : random_row(&state, (i >> 1) % rows, true));
    }
    return 0;
}

static int write_parcels(void)
{
    for (unsigned parcel = 0; parcel < 0x10000; parcel++) {
        if ((parcel & 3u) == 3u)
            continue;
        putchar((int)(parcel & 0xffu));
        putchar((int)(parcel >> 8));
        putchar(1);
        putchar(0);
    }
    return 0;
}

/* ---- Their text in our shape ---------------------------------------------------------------- */

/* Compressed mnemonics and the base text they stand for; $1..$3 are their operands. */
static const struct {
    const char *name, *base;
} compressed[] = {
    {"c.addi4spn", "addi $1,$2,$3"},
    {"c.fld", "fld $1,$2"},
    {"c.lw", "lw $1,$2"},
    {"c.flw", "flw $1,$2"},
    {"c.ld", "ld $1,$2"},
    {"c.fsd", "fsd $1,$2"},
    {"c.sw", "sw $1,$2"},
    {"c.fsw", "fsw $1,$2"},
    {"c.sd", "sd $1,$2"},
    {"c.addi", "addi $1,$1,$2"},
    {"c.jal", "jal ra,$1"},
    {"c.addiw", "addiw $1,$1,$2"},
    {"c.li", "addi $1,zero,$2"},
    {"c.addi16sp", "addi sp,sp,$2"},
    {"c.lui", "lui $1,$2"},
    {"c.srli", "srli $1,$1,$2"},
    {"c.srai", "srai $1,$1,$2"},
    {"c.andi", "andi $1,$1,$2"},
    {"c.sub", "sub $1,$1,$2"},
    {"c.xor", "xor $1,$1,$2"},
    {"c.or", "or $1,$1,$2"},
    {"c.and", "and $1,$1,$2"},
    {"c.subw", "subw $1,$1,$2"},
    {"c.addw", "addw $1,$1,$2"},
    {"c.j", "jal zero,$1"},
    {"c.beqz", "beq $1,zero,$2"},
    {"c.bnez", "bne $1,zero,$2"},
    {"c.slli", "slli $1,$1,$2"},
    {"c.fldsp", "fld $1,$2"},
    {"c.lwsp", "lw $1,$2"},
    {"c.flwsp", "flw $1,$2"},
    {"c.ldsp", "ld $1,$2"},
    {"c.jr", "jalr zero,$1,0"},
    {"c.mv", "add $1,zero,$2"},
    {"c.ebreak", "ebreak"},
    {"c.jalr", "jalr ra,$1,0"},
    {"c.add", "add $1,$1,$2"},
    {"c.fsdsp", "fsd $1,$2"},
    {"c.swsp", "sw $1,$2"},
    {"c.fswsp", "fsw $1,$2"},
    {"c.sdsp", "sd $1,$2"},
    {"c.slli64", "slli $1,$1,0x0"},
    {"c.srli64", "srli $1,$1,0x0"},
    {"c.srai64", "srai $1,$1,0x0"},
};

/* Copies the operand with that number, from 1, of `a,b,c`; returns its length. */
static size_t copy_operand(char *to, const char *operands, unsigned number)
{
    for (; number > 1 && *operands; operands++)
        number -= *operands == ',';
    size_t length = strcspn(operands, ",");
    memcpy(to, operands, length);
    return length;
}

static void fill_template(char *out, const char *form, const char *operands)
{
    size_t length = 0;
    for (; *form; form++) {
        if (*form == '$')
            length += copy_operand(out + length, operands, (unsigned)(*++form - '0'));
        else
            out[length++] = *form;
    }
    out[length] = '\0';
}

static void expand_text(char *text)
{
    char name[TEXT], operands[TEXT] = "";
    if (strncmp(text, "c.", 2) != 0 || sscanf(text, "%s %s", name, operands) < 1)
        return;
    for (size_t i = 0; i < sizeof compressed / sizeof compressed[0]; i++)
        if (!strcmp(compressed[i].name, name))
            fill_template(text, compressed[i].base, operands);
    if (!strcmp(name, "c.nop")) /* the hint has an operand */
        fill_template(text, *operands ? "addi zero,zero,$1" : "addi zero,zero,0", operands);
}

/* `jalr ra,4(a0)` to `jalr ra,a0,4`, the order of our operand specifications. */
static void reorder_jalr(char *text)
{
    char rd[TEXT], rs1[TEXT], imm[TEXT];
    if (sscanf(text, "jalr %[^,],%[^(](%[^)])", rd, imm, rs1) == 3)
        snprintf(text, TEXT, "jalr %.40s,%.40s,%.40s", rd, rs1, imm);
}

/* A word that is no instruction, to them or to us, becomes "-": data directives, and instructions
 * of which we know only the name.  One that our table has for another XLEN stays, and so is
 * reported, like a name that we do not know at all. */
static void drop_foreign(const struct pol_isa *isa, char *text)
{
    char name[TEXT] = "";
    sscanf(text, "%s", name);
    if (!strcmp(name, "fence.tso") || pol_insn_find(NULL, name) >= 0)
        return;
    if (name[0] == '.' || pol_insn_name_status(isa, name) == POL_NAME_KNOWN_ABSENT)
        strcpy(text, "-");
}

/* Cuts the instruction out of `  4:<tab>00000013<tab>addi<tab>zero,zero,0 # comment`. */
static bool their_text(const struct pol_isa *isa, const char *line, uint64_t *address, char *text)
{
    char *end;
    *address = strtoull(line, &end, 16);
    const char *instruction = strrchr(line, ':') ? strchr(line, '\t') : NULL;
    instruction = instruction && *end == ':' ? strchr(instruction + 1, '\t') : NULL;
    if (!instruction)
        return false;
    snprintf(text, TEXT, "%.100s", instruction + 1);
    text[strcspn(text, "#\n")] = '\0';
    for (char *c = text; *c; c++)
        if (*c == '\t')
            *c = ' ';
    for (size_t n = strlen(text); n && text[n - 1] == ' '; n--)
        text[n - 1] = '\0';
    expand_text(text);
    reorder_jalr(text);
    drop_foreign(isa, text);
    return true;
}

/* ---- Our text in their shape ---------------------------------------------------------------- */

/* Where a branch or jump goes, in place of its offset. */
static void absolute_target(const struct pol_isa *isa, const struct pol_insn *insn, uint32_t word,
                            uint64_t address, char *text)
{
    if (!(insn->flags & (POL_INSN_BRANCH | POL_INSN_JUMP)))
        return;
    uint64_t target = address + (uint64_t)pol_insn_imm(insn, word);
    if (isa->xlen == 32)
        target &= 0xffffffffu;
    char *last = strrchr(text, ',') + 1;
    snprintf(last, 24, "0x%" PRIx64, target);
}

/* An empty set of a fence has no text of theirs. */
static void fence_text(uint32_t word, char *text)
{
    static const char *const sets[16] = {"unknown", "w",  "r",  "rw",  "o",  "ow",  "or",  "orw",
                                         "i",       "iw", "ir", "irw", "io", "iow", "ior", "iorw"};
    snprintf(text, TEXT, "fence %s,%s", sets[(word >> 24) & 15u], sets[(word >> 20) & 15u]);
}

static void our_text(const struct pol_isa *isa, uint32_t word, uint64_t address, char *text)
{
    int row = pol_isa_decode(isa, word);
    if (row < 0) {
        strcpy(text, "-");
        return;
    }
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    pol_insn_format(isa, word, POL_REGS_ABI, text, TEXT);
    if (!strcmp(insn->name, "fence"))
        fence_text(word, text);
    absolute_target(isa, insn, word, address, text);
}

/* ---- Comparison -------------------------------------------------------------------------------
 */

static bool starts_with(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static bool is_long_shift(const char *text)
{
    const char *amount = strrchr(text, ',');
    return (starts_with(text, "slli ") || starts_with(text, "srli ") ||
            starts_with(text, "srai ")) &&
           amount && strtoul(amount + 1, NULL, 16) >= 32;
}

/* Differences that the manual, not a mistake, explains. */
static const char *explained(const struct pol_isa *isa, uint32_t word, const char *ours,
                             const char *theirs)
{
    /* Shifts by 32 and more are reserved on RV32; binutils prints them there too. */
    if (isa->xlen == 32 && !strcmp(ours, "-") && is_long_shift(theirs))
        return "shift by 32 or more";
    /* c.addi16sp by nothing is reserved too. */
    if (!strcmp(ours, "-") && !strcmp(theirs, "addi sp,sp,0"))
        return "c.addi16sp 0";
    /* Reserved fields of fence and fence.i "shall be ignored" by implementations. */
    if (starts_with(ours, "fence") && (!strcmp(theirs, "-") || !strcmp(theirs, "fence.tso"))) {
        uint32_t reserved = starts_with(ours, "fence.i") ? 0xffff8f80u : 0xf00f8f80u;
        return (word & reserved) ? "reserved fence fields" : NULL;
    }
    /* These conversions are exact, and so take any rounding mode; binutils 2.40 wants 0 there, and
     * prints none. */
    if (starts_with(ours, "fcvt.d.s ") || starts_with(ours, "fcvt.d.w")) {
        if (word & 0x7000u)
            return !strcmp(theirs, "-") ? "rounding mode of an exact conversion" : NULL;
        size_t length = strlen(theirs);
        return starts_with(ours, theirs) && !strcmp(ours + length, ",rne")
                   ? "rounding mode not printed"
                   : NULL;
    }
    /* CSRs of extensions beyond our table have a name there and a number here. */
    const char *number = strstr(ours, ",0x");
    if (starts_with(ours, "csr") && number) {
        size_t before = (size_t)(number - ours) + 1;
        const char *rest = strchr(number + 1, ','), *their_rest = strrchr(theirs, ',');
        bool same = rest && their_rest && !strcmp(rest, their_rest);
        return same && !strncmp(ours, theirs, before) ? "CSR of another extension" : NULL;
    }
    return NULL;
}

struct tally {
    unsigned long compared, known, explained, different;
};

static void compare(struct tally *tally, const struct pol_isa *isa, uint32_t word, const char *ours,
                    const char *theirs)
{
    tally->compared++;
    tally->known += strcmp(ours, "-") != 0;
    if (!strcmp(ours, theirs))
        return;
    if (explained(isa, word, ours, theirs)) {
        tally->explained++;
        return;
    }
    if (tally->different++ < SHOWN)
        printf("# %08" PRIx32 ": ours \"%s\", theirs \"%s\"\n", word, ours, theirs);
}

/* The word at an address, expanded if it is a parcel; 0, which is no instruction, if it is illegal.
 */
static uint32_t word_at(const struct pol_isa *isa, FILE *file, uint64_t address)
{
    unsigned char bytes[4] = {0};
    uint32_t word = 0;
    if (fseek(file, (long)address, SEEK_SET) || fread(bytes, 1, 4, file) != 4)
        return 0;
    for (unsigned i = 0; i < 4; i++)
        word |= (uint32_t)bytes[i] << (8u * i);
    if ((word & 3u) == 3u)
        return word;
    uint32_t expanded = 0;
    return pol_isa_expand(isa, (uint16_t)word, &expanded) ? 0 : expanded;
}

static int check(const struct pol_isa *isa, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 2;
    }
    struct tally tally = {0, 0, 0, 0};
    char line[512], ours[TEXT], theirs[TEXT];
    uint64_t address;
    while (fgets(line, sizeof line, stdin)) {
        if (!their_text(isa, line, &address, theirs) || address % 4)
            continue;
        uint32_t word = word_at(isa, file, address);
        our_text(isa, word, address, ours);
        compare(&tally, isa, word, ours, theirs);
    }
    fseek(file, 0, SEEK_END);
    bool complete = tally.compared == (unsigned long)ftell(file) / 4;
    fclose(file);
    printf("# %lu compared, %lu instructions, %lu explained, %lu different%s\n", tally.compared,
           tally.known, tally.explained, tally.different, complete ? "" : ", INCOMPLETE");
    return tally.different || !complete || !tally.known;
}

int main(int argc, char **argv)
{
    struct pol_isa isa;
    char err[100];
    if (argc < 3 || pol_isa_parse(argv[2], &isa, err, sizeof err))
        return 2;
    if (argc == 5 && !strcmp(argv[1], "words"))
        return write_words(strtoull(argv[3], NULL, 0), strtoul(argv[4], NULL, 0));
    if (argc == 3 && !strcmp(argv[1], "parcels"))
        return write_parcels();
    if (argc == 4 && !strcmp(argv[1], "check"))
        return check(&isa, argv[3]);
    return 2;
}
