/* The tagger: entities of a policy on small programs made here, entity maps, hostile input. */
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pol/tagger.h>

#include "tests/unit/check.h"

/* ---- A program ------------------------------------------------------------------------------- */

#define TEXT UINT64_C(0x80000000)
#define DATA UINT64_C(0x80001000)
#define BSS UINT64_C(0x80001010)

/* main: calls f, branches, jumps through a register; f: returns.  Halfwords, little-endian. */
static const unsigned short code[] = {
    0x00ef, 0x0140, /* 00 jal ra, f */
    0x0001,         /* 04 nop, where the call returns */
    0x0863, 0x00b5, /* 06 beq a0, a1, 16 */
    0x0317, 0x0000, /* 0a auipc t1, 0 */
    0x0067, 0x00a3, /* 0e jalr zero, 10(t1): f */
    0x8302,         /* 12 jr t1 */
    0x0001,         /* 14 f: nop */
    0x8082,         /* 16 ret */
    0x4108,         /* 18 g: lw a0, 0(a0) */
};

struct image_of {
    char path[32];
    int machine, type, class;
    bool no_symbols, no_sections;
};

static char strings[] = "\0main\0f\0g\0table\0twice\0nosize\0.text\0.data\0.bss\0.symtab\0.strtab";

static Elf64_Word string_at(const char *text)
{
    for (size_t i = 0; i + 1 < sizeof strings; i += strlen(strings + i) + 1)
        if (!strcmp(strings + i, text))
            return (Elf64_Word)i;
    return 0;
}

static Elf_Scn *add_section(Elf *elf, const char *name, void *bytes, size_t size, Elf64_Word type,
                            Elf64_Xword flags, Elf64_Addr address)
{
    Elf_Scn *scn = elf_newscn(elf);
    Elf_Data *data = elf_newdata(scn);
    GElf_Shdr header;
    data->d_buf = bytes;
    data->d_size = size;
    data->d_type = type == SHT_SYMTAB ? ELF_T_SYM : ELF_T_BYTE;
    data->d_align = 2;
    gelf_getshdr(scn, &header);
    header.sh_name = string_at(name);
    header.sh_type = type;
    header.sh_flags = flags;
    header.sh_addr = address;
    header.sh_entsize = type == SHT_SYMTAB ? sizeof(Elf64_Sym) : 0;
    gelf_update_shdr(scn, &header);
    return scn;
}

static Elf64_Sym symbol(const char *name, Elf64_Addr at, Elf64_Xword size, int type, int bind)
{
    Elf64_Sym sym = {.st_name = string_at(name), .st_value = at, .st_size = size, .st_shndx = 1};
    sym.st_info = (unsigned char)ELF64_ST_INFO(bind, type);
    return sym;
}

static void add_symbols(Elf *elf)
{
    static Elf64_Sym symbols[8];
    symbols[1] = symbol("twice", DATA, 4, STT_OBJECT, STB_LOCAL);
    symbols[2] = symbol("twice", DATA + 8, 4, STT_OBJECT, STB_LOCAL);
    symbols[3] = symbol("main", TEXT, 0x14, STT_FUNC, STB_GLOBAL);
    symbols[4] = symbol("f", TEXT + 0x14, 4, STT_FUNC, STB_GLOBAL);
    symbols[5] = symbol("g", TEXT + 0x18, 2, STT_FUNC, STB_GLOBAL);
    symbols[6] = symbol("table", DATA + 8, 8, STT_OBJECT, STB_GLOBAL);
    symbols[7] = symbol("nosize", DATA, 0, STT_OBJECT, STB_GLOBAL);
    Elf_Scn *scn = add_section(elf, ".symtab", symbols, sizeof symbols, SHT_SYMTAB, 0, 0);
    GElf_Shdr header;
    gelf_getshdr(scn, &header);
    header.sh_link = (Elf64_Word)elf_ndxscn(scn) + 1;
    header.sh_info = 3;
    gelf_update_shdr(scn, &header);
}

static bool write_elf(struct image_of *of, int fd)
{
    static unsigned char data[16];
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_WRITE, NULL);
    GElf_Ehdr header = {.e_ident = {[EI_DATA] = ELFDATA2LSB}};
    GElf_Phdr segment = {.p_type = PT_LOAD, .p_vaddr = TEXT, .p_memsz = 0x1010, .p_filesz = 0};
    if (!elf || !gelf_newehdr(elf, of->class) || !gelf_newphdr(elf, 1))
        return false;
    gelf_getehdr(elf, &header);
    header.e_machine = (GElf_Half)of->machine;
    header.e_type = (GElf_Half)of->type;
    header.e_version = EV_CURRENT;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    if (!of->no_sections) {
        add_section(elf, ".text", (void *)(uintptr_t)code, sizeof code, SHT_PROGBITS,
                    SHF_ALLOC | SHF_EXECINSTR, TEXT);
        add_section(elf, ".data", data, sizeof data, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, DATA);
        add_section(elf, ".bss", NULL, 32, SHT_NOBITS, SHF_ALLOC | SHF_WRITE, BSS);
        if (!of->no_symbols)
            add_symbols(elf);
        Elf_Scn *names = add_section(elf, ".strtab", strings, sizeof strings, SHT_STRTAB, 0, 0);
        header.e_shstrndx = (GElf_Half)elf_ndxscn(names);
    }
    bool ok = gelf_update_ehdr(elf, &header) && gelf_update_phdr(elf, 0, &segment) &&
              elf_update(elf, ELF_C_WRITE) >= 0;
    elf_end(elf);
    return ok;
}

static void make_elf(struct image_of *of)
{
    strcpy(of->path, "/tmp/tagger-XXXXXX");
    of->machine = of->machine ? of->machine : EM_RISCV;
    of->type = of->type ? of->type : ET_EXEC;
    of->class = of->class ? of->class : ELFCLASS64;
    int fd = mkstemp(of->path);
    CHECK(fd >= 0 && write_elf(of, fd));
    close(fd);
}

static void make_file(char path[32], const void *bytes, size_t size)
{
    strcpy(path, "/tmp/tagger-XXXXXX");
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

/* ---- A policy -------------------------------------------------------------------------------- */

enum { MAX_ENTITIES = 12 };

struct policy {
    struct pol_space *space;
    struct pol_tagger tagger;
    struct pol_entity entities[MAX_ENTITIES];
    uint32_t *literals[MAX_ENTITIES];
    char err[512];
};

static char *copy(const char *text)
{
    return strcpy(malloc(strlen(text) + 1), text);
}

static void policy_init(struct policy *p, const char *isa)
{
    static const char *const names[] = {"A", "B", "C", "D", "P"};
    static const uint32_t domains[] = {0};
    memset(p, 0, sizeof *p);
    p->space = pol_space_new(5);
    for (int i = 0; i < 5; i++) {
        p->space->tags[i].name = copy(names[i]);
        p->space->tags[i].module = copy("m");
    }
    p->space->tags[4].nargs = 1;
    p->space->tags[4].args[0].limit = 100;
    CHECK_INT(pol_space_finish(p->space), 0);
    CHECK_INT(pol_isa_parse(isa, &p->tagger.isa, p->err, sizeof p->err), 0);
    p->tagger.space = p->space;
    p->tagger.granule = p->tagger.isa.xlen / 8;
    p->tagger.digest = "12ab";
    p->tagger.entities = p->entities;
    p->tagger.trap_domains = domains;
    p->tagger.ntrap_domains = 1;
}

static void policy_free(struct policy *p)
{
    for (size_t i = 0; i < p->tagger.nentities; i++)
        free(p->literals[i]);
    pol_space_free(p->space);
}

static struct pol_entity *init(struct policy *p, enum pol_entity_kind kind, const char *name,
                               int number, const char *tags)
{
    size_t i = p->tagger.nentities++;
    p->literals[i] = calloc(p->space->words, sizeof(uint32_t));
    CHECK_INT(pol_lit_parse(p->space, tags, strlen(tags), p->literals[i], p->err, sizeof p->err),
              0);
    p->entities[i] = (struct pol_entity){name, kind, number, false, p->literals[i]};
    return &p->entities[i];
}

static const char *set_text(const struct pol_image *image, uint32_t set)
{
    static char text[128];
    if (set == POL_NO_SET)
        return "untagged";
    pol_lit_format(image->space, pol_image_set(image, set), text, sizeof text);
    return text;
}

#define CHECK_AT(image, address, wanted)                                                           \
    CHECK_STR(set_text(image, pol_image_set_at(image, address)), wanted)

/* Tags the standard program with a map's entries (NULL: no map); NULL: p->err says why. */
static struct pol_image *tag_elf(struct policy *p, const char *elf, const char *entries)
{
    char map[32], json[2048];
    p->err[0] = 0;
    if (!entries)
        return pol_tag_program(&p->tagger, elf, NULL, p->err, sizeof p->err);
    int n = snprintf(json, sizeof json,
                     "{\"format\": \"pol-entities\", \"version\": 1, \"entities\": [%s]}", entries);
    make_file(map, json, (size_t)n);
    struct pol_image *image = pol_tag_program(&p->tagger, elf, map, p->err, sizeof p->err);
    remove(map);
    return image;
}

static struct pol_image *tag(struct policy *p, const char *entries)
{
    struct image_of of = {.machine = 0};
    make_elf(&of);
    struct pol_image *image = tag_elf(p, of.path, entries);
    remove(of.path);
    return image;
}

static void check_refused(struct policy *p, const char *entries, const char *message)
{
    struct pol_image *image = tag(p, entries);
    CHECK(!image);
    if (!strstr(p->err, message)) {
        printf("# said: %s\n# want: %s\n", p->err, message);
        CHECK(false);
    }
    pol_image_free(image);
}

#define ISA64 "rv64imac_zicsr"
#define COVER                                                                                      \
    "{\"entity\": \"SOC.Ram\", \"kind\": \"range\", \"start\": 2147483648, \"size\": \"0x2000\"}"

/* ---- The machine ----------------------------------------------------------------------------- */

static void test_machine(void)
{
    struct policy p;
    CASE("registers, CSRs and PC");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_ENV, "ISA.RISCV.Env", -1, "{A}");
    init(&p, POL_ENTITY_TRAP_ENV, "ISA.RISCV.Trap.Env", -1, "{B}");
    init(&p, POL_ENTITY_REG_DEFAULT, "ISA.RISCV.Reg.Default", -1, "{C}");
    init(&p, POL_ENTITY_INT_REG, "ISA.RISCV.Reg.a0", 10, "{D}");
    init(&p, POL_ENTITY_FP_REG, "ISA.RISCV.Reg.f1", 1, "{}");
    init(&p, POL_ENTITY_CSR, "ISA.RISCV.CSR.Default", -1, "{P 3}");
    init(&p, POL_ENTITY_CSR, "ISA.RISCV.CSR.fflags", 1, "{A}");
    init(&p, POL_ENTITY_CSR, "ISA.RISCV.CSR.frm", 2, "{B}");
    struct pol_image *image = pol_tag_machine(&p.tagger, p.err, sizeof p.err);
    CHECK(image);
    if (image) {
        CHECK_STR(set_text(image, image->env), "{A}");
        CHECK_STR(set_text(image, image->trap_env), "{B}");
        CHECK_INT(image->ntrap_domains, 1);
        CHECK_STR(set_text(image, image->x[0]), "{C}");
        CHECK_STR(set_text(image, image->x[10]), "{D}");
        CHECK_STR(set_text(image, image->f[0]), "{C}");
        CHECK_STR(set_text(image, image->f[1]), "{}");
        CHECK_STR(set_text(image, image->csr_default), "{P 3}");
        CHECK_STR(set_text(image, image->csr[3]), "{A, B}"); /* fcsr's cell */
        CHECK_STR(image->digest, "12ab");
        CHECK_AT(image, TEXT, "untagged");
        CHECK(!pol_image_check(image));
    }
    pol_image_free(image);
    policy_free(&p);
}

static void test_machine_conflict(void)
{
    struct policy p;
    CASE("two names of one CSR with different arguments");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_CSR, "ISA.RISCV.CSR.fflags", 1, "{P 1}");
    init(&p, POL_ENTITY_CSR, "ISA.RISCV.CSR.frm", 2, "{P 2}");
    CHECK(!pol_tag_machine(&p.tagger, p.err, sizeof p.err));
    CHECK(strstr(p.err, "fflags") && strstr(p.err, "frm") && strstr(p.err, "P"));
    policy_free(&p);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void test_sections(void)
{
    struct policy p;
    CASE("sections, ranges, only");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_RANGE, "SOC.Ram", -1, "{A}");
    init(&p, POL_ENTITY_SECTION, "elf.Section.SHF_ALLOC", -1, "{B}");
    init(&p, POL_ENTITY_SECTION, "elf.Section.SHF_EXECINSTR", -1, "{C}")->only = true;
    struct pol_image *image = tag(&p, COVER);
    CHECK(image);
    if (image) {
        CHECK_AT(image, TEXT, "{B, C}");
        CHECK_AT(image, TEXT + 0x18, "{B, C}");
        CHECK_AT(image, TEXT + 0x1a, "{A}"); /* fine granules: not even one byte more */
        CHECK_AT(image, DATA, "{A, B}");
        CHECK_AT(image, BSS + 31, "{A, B}");
        CHECK_AT(image, BSS + 32, "{A}");
        CHECK_AT(image, TEXT - 1, "untagged");
        CHECK_INT(image->npages, 1);
        CHECK_INT(pol_image_granule_at(image, TEXT), 2);
        CHECK_INT(pol_image_granule_at(image, DATA), 8);
    } else {
        printf("# %s\n", p.err);
    }
    pol_image_free(image);
    policy_free(&p);
}

static void test_symbols(void)
{
    struct policy p;
    CASE("symbols");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_RANGE, "SOC.Ram", -1, "{}");
    init(&p, POL_ENTITY_OTHER, "my.Code", -1, "{A}");
    init(&p, POL_ENTITY_OTHER, "my.Entry", -1, "{B}");
    init(&p, POL_ENTITY_OTHER, "my.Table", -1, "{C}");
    init(&p, POL_ENTITY_OTHER, "my.First", -1, "{D}");
    init(&p, POL_ENTITY_OTHER, "my.None", -1, "{P 1}");
    struct pol_image *image =
        tag(&p, COVER ", {\"entity\": \"my.Code\", \"kind\": \"symbol\", \"symbol\": \"f\"}"
                      ", {\"entity\": \"my.Code\", \"kind\": \"symbol\", \"symbol\": \"g\"}"
                      ", {\"entity\": \"my.Entry\", \"kind\": \"symbol\", \"symbol\": \"main\","
                      "   \"part\": \"first-word\"}"
                      ", {\"entity\": \"my.Table\", \"kind\": \"symbol\", \"symbol\": \"table\"}"
                      ", {\"entity\": \"my.First\", \"kind\": \"symbol\", \"symbol\": \"table\","
                      "   \"part\": \"first-word\"}"
                      ", {\"entity\": \"my.None\", \"kind\": \"symbol\", \"symbol\": \"missing\","
                      "   \"optional\": true}"
                      ", {\"entity\": \"unused\", \"kind\": \"none\"}");
    CHECK(image);
    if (image) {
        CHECK_AT(image, TEXT, "{B}");
        CHECK_AT(image, TEXT + 2, "{}"); /* a point: the first parcel of a 4-byte instruction */
        CHECK_AT(image, TEXT + 0x12, "{}");
        CHECK_AT(image, TEXT + 0x14, "{A}");
        CHECK_AT(image, TEXT + 0x18, "{A}");
        CHECK_AT(image, DATA + 7, "{}");
        CHECK_AT(image, DATA + 8, "{C, D}");
        CHECK_AT(image, DATA + 16, "{}");
    } else {
        printf("# %s\n", p.err);
    }
    pol_image_free(image);
    policy_free(&p);
}

/* A range gives P 1 everywhere, a symbol in it P 2: they fit only if the symbol's says `only`. */
static void test_only(void)
{
    static const char map[] =
        COVER ", {\"entity\": \"my.Code\", \"kind\": \"symbol\", \"symbol\": \"f\"}"
              ", {\"entity\": \"my.Table\", \"kind\": \"symbol\", \"symbol\": \"table\"}";
    struct policy p;
    CASE("only: a more specific kind replaces other arguments");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_RANGE, "SOC.Ram", -1, "{A, P 1}");
    struct pol_entity *symbol = init(&p, POL_ENTITY_OTHER, "my.Code", -1, "{P 2}");
    init(&p, POL_ENTITY_OTHER, "my.Table", -1, "{B}");
    symbol->only = true;
    struct pol_image *image = tag(&p, map);
    CHECK(image);
    if (image) {
        CHECK_AT(image, TEXT, "{A, P 1}");
        CHECK_AT(image, TEXT + 0x14, "{P 2}");
        CHECK_AT(image, DATA + 8, "{A, B, P 1}");
    } else {
        printf("# %s\n", p.err);
    }
    pol_image_free(image);
    CASE("without only, or with it at the less specific kind, that is a conflict of the two");
    symbol->only = false;
    check_refused(&p, map, "the entities `SOC.Ram` and `my.Code` give the tag P");
    p.entities[0].only = true;
    check_refused(&p, map, "the entities `SOC.Ram` and `my.Code` give the tag P");
    CASE("the two that conflict are named, not a pair of which one replaces the other");
    p.entities[0].only = false;
    symbol->only = true;
    p.literals[2][p.space->tags[4].args[0].offset] = 3;
    pol_lit_set(p.literals[2], 4); /* my.Table: {B, P 3} */
    check_refused(&p, map, "the entities `SOC.Ram` and `my.Table` give the tag P");
    policy_free(&p);
}

static void test_derived(void)
{
    struct policy p;
    CASE("derived entities");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_RANGE, "SOC.Ram", -1, "{}");
    init(&p, POL_ENTITY_DERIVED, "derived.CallTarget", -1, "{A}");
    init(&p, POL_ENTITY_DERIVED, "llvm.CFI_Return-Tgt", -1, "{B}");
    init(&p, POL_ENTITY_DERIVED, "derived.BranchTarget", -1, "{C}");
    init(&p, POL_ENTITY_DERIVED, "derived.CallInstr", -1, "{D}");
    struct pol_image *image = tag(&p, COVER);
    CHECK(image);
    if (image) {
        CHECK_AT(image, TEXT, "{A, D}"); /* main is a function, and starts with a call */
        CHECK_AT(image, TEXT + 2, "{}");
        CHECK_AT(image, TEXT + 4, "{B}");       /* behind the call */
        CHECK_AT(image, TEXT + 0x14, "{A, C}"); /* f: called, and reached by auipc and jalr */
        CHECK_AT(image, TEXT + 0x16, "{C}");    /* beq */
        CHECK_AT(image, TEXT + 0x18, "{A}");
    } else {
        printf("# %s\n", p.err);
    }
    pol_image_free(image);
    policy_free(&p);
}

static void test_derived_instructions(void)
{
    struct policy p;
    CASE("derived instructions, and what a map adds");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_RANGE, "SOC.Ram", -1, "{}");
    init(&p, POL_ENTITY_DERIVED, "derived.ReturnInstr", -1, "{A}");
    init(&p, POL_ENTITY_DERIVED, "derived.BranchInstr", -1, "{B}");
    init(&p, POL_ENTITY_DERIVED, "derived.BranchTarget", -1, "{C}");
    init(&p, POL_ENTITY_DERIVED, "derived.CallTarget", -1, "{D}");
    struct pol_image *image = tag(
        &p, COVER
        ", {\"entity\": \"derived.BranchTarget\", \"kind\": \"symbol\", \"symbol\": \"g\","
        "   \"part\": \"first-word\"}, {\"entity\": \"derived.CallTarget\", \"kind\": \"none\"}");
    CHECK(image);
    if (image) {
        CHECK_AT(image, TEXT, "{}");
        CHECK_AT(image, TEXT + 6, "{B}");
        CHECK_AT(image, TEXT + 0x0e, "{B}");
        CHECK_AT(image, TEXT + 0x12, "{B}");
        CHECK_AT(image, TEXT + 0x16, "{A, C}");
        CHECK_AT(image, TEXT + 0x18, "{C}");
    } else {
        printf("# %s\n", p.err);
    }
    pol_image_free(image);
    policy_free(&p);
}

static void test_default(void)
{
    struct policy p;
    CASE("what no entity covers");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_SECTION, "elf.Section.SHF_WRITE", -1, "{A}");
    check_refused(&p, NULL, "no entity of the policy covers section .text");
    init(&p, POL_ENTITY_OTHER, "default", -1, "{B}");
    struct pol_image *image = tag(&p, NULL);
    CHECK(image);
    if (image) {
        CHECK_AT(image, DATA, "{A}");
        CHECK_AT(image, TEXT, "{B}");
        CHECK_AT(image, 0, "{B}");
    }
    pol_image_free(image);
    policy_free(&p);
}

static void test_refusals(void)
{
    struct policy p;
    CASE("entities that cannot be placed");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_RANGE, "SOC.Ram", -1, "{}");
    check_refused(&p, NULL, "requires the entity `SOC.Ram`; an entity map must place it");
    check_refused(&p, "", "requires the entity `SOC.Ram`, which the entity map /tmp/tagger-");
    init(&p, POL_ENTITY_OTHER, "my.Code", -1, "{A}");
    check_refused(&p, COVER, "requires the entity `my.Code`");
#define CODE(symbol)                                                                               \
    COVER ", {\"entity\": \"my.Code\", \"kind\": \"symbol\", \"symbol\": \"" symbol "\"}"
    check_refused(&p, CODE("nothing"), "the symbol nothing, which /tmp/tagger-");
    check_refused(&p, CODE("twice"), "several symbols twice");
    check_refused(&p, CODE("nosize"), "the symbol nosize of /tmp/tagger-");
    init(&p, POL_ENTITY_DERIVED, "derived.Prologue", -1, "{B}");
    check_refused(&p, CODE("f"), "unwind tables");
    policy_free(&p);

    CASE("different arguments");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_RANGE, "SOC.Ram", -1, "{P 1}");
    init(&p, POL_ENTITY_OTHER, "my.Code", -1, "{P 2}");
    check_refused(&p, CODE("f"), "the entities `SOC.Ram` and `my.Code` give the tag P");
    p.entities[1].only = true;
    struct pol_image *image = tag(&p, CODE("f"));
    CHECK(image);
    if (image) {
        CHECK_AT(image, TEXT + 0x14, "{P 2}");
        CHECK_AT(image, TEXT, "{P 1}");
    }
    pol_image_free(image);
    policy_free(&p);
}

/* ---- Hostile input --------------------------------------------------------------------------- */

static void test_maps(void)
{
    static const char *const maps[][2] = {
        {"{\"entity\": \"a\"}", "`kind`"},
        {"{\"kind\": \"none\"}", "`entity`"},
        {"7", "`entity`"},
        {"{\"entity\": \"a\", \"kind\": \"cloud\"}", "`kind`"},
        {"{\"entity\": \"a\", \"kind\": \"none\", \"size\": 1}", "unknown member `size`"},
        {"{\"entity\": \"a\", \"kind\": \"none\", \"optional\": 1}", "`optional`"},
        {"{\"entity\": \"a\", \"kind\": \"range\", \"start\": 1}", "`size`"},
        {"{\"entity\": \"a\", \"kind\": \"range\", \"start\": -1, \"size\": 1}", "`start`"},
        {"{\"entity\": \"a\", \"kind\": \"range\", \"start\": \"0x\", \"size\": 1}", "`start`"},
        {"{\"entity\": \"a\", \"kind\": \"range\", \"start\": \"12z\", \"size\": 1}", "`start`"},
        {"{\"entity\": \"a\", \"kind\": \"range\", \"start\": 1, \"size\": 0}", "empty"},
        {"{\"entity\": \"a\", \"kind\": \"range\", \"start\": 2, \"size\": \"0xffffffffffffffff\"}",
         "passes the end"},
        {"{\"entity\": \"a\", \"kind\": \"range\", \"start\": 0, \"size\": "
         "\"18446744073709551616\"}",
         "`size`"},
        {"{\"entity\": \"a\", \"kind\": \"symbol\"}", "`symbol`"},
        {"{\"entity\": \"a\", \"kind\": \"symbol\", \"symbol\": \"f\", \"part\": 3}", "`part`"},
        {"{\"entity\": \"a\", \"entity\": \"b\", \"kind\": \"none\"}", "duplicate"},
        {"{", "tagger-"},
    };
    static const char *const files[] = {
        "",
        "[]",
        "{}",
        "{\"format\": \"pol-entities\", \"version\": 2, \"entities\": []}",
        "\xff",
        "{\"format\": \"pol-entities\", \"version\": 1, \"entities\": 3}",
        "{\"format\": \"pol-entities\", \"version\": 1, \"entities\": [], \"more\": 1}"};
    struct policy p;
    CASE("malformed entity maps");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_OTHER, "default", -1, "{}");
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        check_refused(&p, maps[i][0], maps[i][1]);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[32];
        struct image_of of = {.machine = 0};
        make_file(path, files[i], strlen(files[i]));
        make_elf(&of);
        p.err[0] = 0;
        CHECK(!pol_tag_program(&p.tagger, of.path, path, p.err, sizeof p.err) && p.err[0]);
        remove(path);
        remove(of.path);
    }
    policy_free(&p);
}

static void check_elf(struct policy *p, struct image_of *of, const char *message)
{
    make_elf(of);
    struct pol_image *image = tag_elf(p, of->path, NULL);
    CHECK(!image);
    if (!strstr(p->err, message))
        CHECK_STR(p->err, message);
    pol_image_free(image);
    remove(of->path);
}

static void test_programs(void)
{
    struct policy p;
    CASE("programs that are none");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_OTHER, "default", -1, "{}");
    check_elf(&p, &(struct image_of){.machine = EM_X86_64}, "no RISC-V program");
    check_elf(&p, &(struct image_of){.type = ET_REL}, "no linked program");
    CHECK(!tag_elf(&p, "/nonexistent", NULL) && strstr(p.err, "/nonexistent"));
    CHECK(!tag_elf(&p, "/tmp", NULL));
    char path[32];
    make_file(path, "hello", 5);
    CHECK(!tag_elf(&p, path, NULL) && strstr(p.err, "no ELF file"));
    remove(path);
    policy_free(&p);

    policy_init(&p, "rv32imac");
    init(&p, POL_ENTITY_OTHER, "default", -1, "{}");
    check_elf(&p, &(struct image_of){.class = ELFCLASS64}, "64-bit addresses");
    policy_free(&p);

    CASE("a program without sections: its segment must be covered");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_RANGE, "SOC.Ram", -1, "{A}");
    struct image_of of = {.no_sections = true};
    make_elf(&of);
    struct pol_image *image = tag_elf(&p, of.path, COVER);
    CHECK(image);
    pol_image_free(image);
    CHECK(!tag_elf(
        &p, of.path,
        "{\"entity\": \"SOC.Ram\", \"kind\": \"range\", \"start\": 2147483648, \"size\": 16}"));
    CHECK(strstr(p.err, "loaded segment"));
    remove(of.path);
    policy_free(&p);
}

/* Each byte of the program replaced, and each length cut off: an answer or a message, no crash. */
static void test_damaged_programs(void)
{
    struct policy p;
    struct image_of of = {.machine = 0};
    static unsigned char bytes[16384], damaged[16384];
    CASE("damaged programs");
    policy_init(&p, ISA64);
    init(&p, POL_ENTITY_OTHER, "default", -1, "{}");
    init(&p, POL_ENTITY_SECTION, "elf.Section.SHF_EXECINSTR", -1, "{A}");
    init(&p, POL_ENTITY_DERIVED, "derived.BranchTarget", -1, "{B}");
    make_elf(&of);
    FILE *f = fopen(of.path, "rb");
    size_t size = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    CHECK(f && size > 500 && size < sizeof bytes);
    if (f)
        fclose(f);
    remove(of.path);
    int refused = 0;
    for (size_t i = 0; i < 2 * size; i++) {
        char path[32];
        memcpy(damaged, bytes, size);
        damaged[i % size] ^= i < size ? 0xff : 0x01;
        make_file(path, damaged, i % 7 ? size : i % size);
        struct pol_image *image = tag_elf(&p, path, NULL);
        CHECK(image || p.err[0]);
        refused += !image;
        pol_image_free(image);
        remove(path);
    }
    CHECK(refused > 50);
    policy_free(&p);
}

int main(void)
{
    test_machine();
    test_machine_conflict();
    test_sections();
    test_symbols();
    test_only();
    test_derived();
    test_derived_instructions();
    test_default();
    test_refusals();
    test_maps();
    test_programs();
    test_damaged_programs();
    return check_done();
}
