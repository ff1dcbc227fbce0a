/* The ELF file: loaded sections, symbols, loaded segments. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Opening --------------------------------------------------------------------------------- */

static int check_header(const struct tag_program *p, const struct pol_isa *isa,
                        const struct tag_error *err)
{
    GElf_Ehdr header;
    if (elf_kind(p->elf) != ELF_K_ELF || !gelf_getehdr(p->elf, &header))
        return tag_fail(err, "%s is no ELF file", p->path);
    if (header.e_machine != EM_RISCV)
        return tag_fail(err, "%s is no RISC-V program", p->path);
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
        return tag_fail(err, "%s is no linked program", p->path);
    if (header.e_ident[EI_DATA] != ELFDATA2LSB)
        return tag_fail(err, "%s is big-endian", p->path);
    if ((header.e_ident[EI_CLASS] == ELFCLASS64) != (isa->xlen == 64))
        return tag_fail(err, "%s has %d-bit addresses, the policy's target has %d", p->path,
                        header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32, isa->xlen);
    return 0;
}

static int open_elf(struct tag_program *p, const struct tag_error *err)
{
    p->fd = open(p->path, O_RDONLY);
    if (p->fd < 0)
        return tag_fail(err, "%s: %s", p->path, strerror(errno));
    if (elf_version(EV_CURRENT) == EV_NONE)
        return tag_fail(err, "libelf: %s", elf_errmsg(-1));
    p->elf = elf_begin(p->fd, ELF_C_READ, NULL);
    return p->elf ? 0 : tag_fail(err, "%s: %s", p->path, elf_errmsg(-1));
}

/* A cut file must not pass for one with fewer sections: libelf says so of some parts only. */
static int check_part(const struct tag_program *p, uint64_t offset, uint64_t size,
                      const struct tag_error *err)
{
    struct stat info;
    if (fstat(p->fd, &info))
        return tag_fail(err, "%s: %s", p->path, strerror(errno));
    uint64_t file = (uint64_t)info.st_size;
    if (offset <= file && size <= file - offset)
        return 0;
    return tag_fail(err, "%s is truncated or damaged: a part of it lies beyond its end", p->path);
}

/* The tables of sections and segments. */
static int check_tables(const struct tag_program *p, const struct tag_error *err)
{
    GElf_Ehdr header;
    size_t sections, segments;
    if (!gelf_getehdr(p->elf, &header) || elf_getshdrnum(p->elf, &sections) ||
        elf_getphdrnum(p->elf, &segments))
        return tag_fail(err, "%s: %s", p->path, elf_errmsg(-1));
    if ((header.e_shoff && !sections) || (header.e_phnum && !segments))
        return tag_fail(err, "%s is truncated or damaged: its tables lie beyond its end", p->path);
    return check_part(p, header.e_shoff, sections * header.e_shentsize, err) ||
                   check_part(p, header.e_phoff, segments * header.e_phentsize, err)
               ? -1
               : 0;
}

/* ---- Sections and symbols -------------------------------------------------------------------- */

static int by_address(const void *left, const void *right)
{
    const struct tag_section *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return a->size < b->size ? -1 : a->size > b->size;
}

/* A section of the running program: thread-local zeroes take no place in it. */
static bool is_loaded(const GElf_Shdr *header)
{
    bool zero_tls = (header->sh_flags & SHF_TLS) && header->sh_type == SHT_NOBITS;
    return (header->sh_flags & SHF_ALLOC) && header->sh_size && !zero_tls;
}

static int add_section(struct tag_program *p, Elf_Scn *scn, const GElf_Shdr *header,
                       const char *name, const struct tag_error *err)
{
    struct tag_section *section = &p->sections[p->nsections++];
    *section = (struct tag_section){.name = name ? name : "",
                                    .address = header->sh_addr,
                                    .size = header->sh_size,
                                    .flags = header->sh_flags};
    if (section->address + (section->size - 1) < section->address)
        return tag_fail(err, "%s: section %s passes the end of the address space", p->path,
                        section->name);
    Elf_Data *data = header->sh_type == SHT_NOBITS ? NULL : elf_rawdata(scn, NULL);
    if (data && data->d_buf) {
        section->bytes = data->d_buf;
        section->nbytes = data->d_size < section->size ? data->d_size : section->size;
    }
    return 0;
}

/* Sections of a linked program do not overlap; what looks for the one at an address relies on it.
 */
static int check_overlap(const struct tag_program *p, const struct tag_error *err)
{
    for (size_t i = 1; i < p->nsections; i++) {
        const struct tag_section *a = &p->sections[i - 1], *b = &p->sections[i];
        if (a->size > b->address - a->address)
            return tag_fail(err, "%s: the sections %s and %s overlap", p->path, a->name, b->name);
    }
    return 0;
}

static int read_sections(struct tag_program *p, const struct tag_error *err)
{
    size_t count, names;
    if (elf_getshdrnum(p->elf, &count) || elf_getshdrstrndx(p->elf, &names))
        return tag_fail(err, "%s: %s", p->path, elf_errmsg(-1));
    p->sections = calloc(count + 1, sizeof *p->sections);
    if (!p->sections)
        return tag_no_memory(err);
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(p->elf, scn)) && p->nsections < count;) {
        GElf_Shdr header;
        if (!gelf_getshdr(scn, &header))
            return tag_fail(err, "%s: %s", p->path, elf_errmsg(-1));
        if (header.sh_type != SHT_NOBITS && header.sh_type != SHT_NULL &&
            check_part(p, header.sh_offset, header.sh_size, err))
            return -1;
        if (is_loaded(&header) &&
            add_section(p, scn, &header, elf_strptr(p->elf, names, header.sh_name), err))
            return -1;
    }
    qsort(p->sections, p->nsections, sizeof *p->sections, by_address);
    return check_overlap(p, err);
}

static void add_symbol(struct tag_program *p, const GElf_Sym *sym, const char *name)
{
    unsigned char type = GELF_ST_TYPE(sym->st_info);
    if (sym->st_shndx == SHN_UNDEF || !name || !*name || type == STT_SECTION || type == STT_FILE ||
        type == STT_TLS)
        return;
    p->symbols[p->nsymbols++] =
        (struct tag_symbol){.name = name,
                            .address = sym->st_value,
                            .size = sym->st_size,
                            .type = type,
                            .local = GELF_ST_BIND(sym->st_info) == STB_LOCAL};
}

static int read_table(struct tag_program *p, Elf_Scn *scn, const GElf_Shdr *header,
                      const struct tag_error *err)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t size = gelf_fsize(p->elf, ELF_T_SYM, 1, EV_CURRENT);
    size_t count = data && size ? data->d_size / size : 0;
    struct tag_symbol *more = realloc(p->symbols, (p->nsymbols + count + 1) * sizeof *more);
    if (!more)
        return tag_no_memory(err);
    p->symbols = more;
    for (size_t i = 0; i < count && i < INT32_MAX; i++) {
        GElf_Sym sym;
        if (gelf_getsym(data, (int)i, &sym))
            add_symbol(p, &sym, elf_strptr(p->elf, header->sh_link, sym.st_name));
    }
    return 0;
}

static int read_symbols(struct tag_program *p, const struct tag_error *err)
{
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(p->elf, scn));) {
        GElf_Shdr header;
        if (gelf_getshdr(scn, &header) && header.sh_type == SHT_SYMTAB &&
            read_table(p, scn, &header, err))
            return -1;
    }
    return 0;
}

static int read_segments(struct tag_program *p, const struct tag_error *err)
{
    size_t count;
    if (elf_getphdrnum(p->elf, &count))
        return tag_fail(err, "%s: %s", p->path, elf_errmsg(-1));
    p->segments = calloc(count + 1, sizeof *p->segments);
    if (!p->segments)
        return tag_no_memory(err);
    for (size_t i = 0; i < count && i < INT32_MAX; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(p->elf, (int)i, &header))
            return tag_fail(err, "%s: %s", p->path, elf_errmsg(-1));
        if (header.p_type != PT_LOAD || !header.p_memsz)
            continue;
        if (check_part(p, header.p_offset, header.p_filesz, err))
            return -1;
        if (header.p_vaddr + (header.p_memsz - 1) < header.p_vaddr)
            return tag_fail(err, "%s: a segment passes the end of the address space", p->path);
        p->segments[p->nsegments++] = (struct tag_segment){header.p_vaddr, header.p_memsz};
    }
    return 0;
}

int program_open(struct tag_program *p, const char *path, const struct pol_isa *isa,
                 const struct tag_error *err)
{
    memset(p, 0, sizeof *p);
    p->path = path;
    p->fd = -1;
    if (open_elf(p, err) || check_header(p, isa, err) || check_tables(p, err) ||
        read_sections(p, err) || read_symbols(p, err) || read_segments(p, err))
        return -1;
    return 0;
}

void program_close(struct tag_program *p)
{
    free(p->sections);
    free(p->symbols);
    free(p->segments);
    if (p->elf)
        elf_end(p->elf);
    if (p->fd >= 0)
        close(p->fd);
}

const struct tag_section *program_section(const struct tag_program *p, uint64_t address)
{
    size_t low = 0, high = p->nsections;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->sections[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct tag_section *section = low ? &p->sections[low - 1] : NULL;
    return section && address - section->address < section->size ? section : NULL;
}

bool program_is_code(const struct tag_program *p, uint64_t address)
{
    const struct tag_section *section = program_section(p, address);
    return section && (section->flags & SHF_EXECINSTR);
}
