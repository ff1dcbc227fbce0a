/* Symbols and source lines, by libdw. */
#include "compiler/cli/symbols.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>

#include "compiler/cli/cli.h"
#include "lang/support/arena.h"

struct symbols {
    Dwfl *dwfl;
    Dwfl_Module *module;
};

/* Debug information is taken from the file itself only. */
static int no_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
                        const char *file, const char *link, GElf_Word crc, char **path)
{
    (void)module, (void)user, (void)name, (void)base;
    (void)file, (void)link, (void)crc, (void)path;
    return -1;
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = NULL,
    .find_debuginfo = no_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = NULL,
};

struct symbols *symbols_open(const char *path)
{
    struct symbols *symbols = lang_xalloc(sizeof *symbols);
    symbols->dwfl = dwfl_begin(&callbacks);
    if (symbols->dwfl) {
        dwfl_report_begin(symbols->dwfl);
        symbols->module = dwfl_report_offline(symbols->dwfl, "program", path, -1);
        dwfl_report_end(symbols->dwfl, NULL, NULL);
    }
    if (symbols->module)
        return symbols;
    cli_error("%s: %s", path, dwfl_errmsg(-1));
    symbols_close(symbols);
    return NULL;
}

void symbols_close(struct symbols *symbols)
{
    if (!symbols)
        return;
    if (symbols->dwfl)
        dwfl_end(symbols->dwfl);
    free(symbols);
}

const char *symbols_name(void *user, uint64_t pc, uint64_t *offset)
{
    struct symbols *symbols = user;
    GElf_Sym sym;
    GElf_Off off = 0;
    const char *name = dwfl_module_addrinfo(symbols->module, pc, &off, &sym, NULL, NULL, NULL);
    *offset = off;
    return name;
}

/* Looks into each compilation unit: the table of address ranges (.debug_aranges), by which libdwfl
 * would find the unit, is damaged by linkers that drop unused sections. */
const char *symbols_source(struct symbols *symbols, uint64_t pc, int *line)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = NULL;
    while ((unit = dwfl_module_nextcu(symbols->module, unit, &bias))) {
        Dwarf_Line *at =
            dwarf_haspc(unit, pc - bias) > 0 ? dwarf_getsrc_die(unit, pc - bias) : NULL;
        const char *file = at ? dwarf_linesrc(at, NULL, NULL) : NULL;
        if (file && dwarf_lineno(at, line) == 0)
            return file;
    }
    return NULL;
}
