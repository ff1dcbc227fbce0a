/* Prologues and epilogues, by the unwind tables: a store of a register to where the tables say that
 * the caller's value of it is saved, and a load of it from there. */
#include "internal.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

enum {
    DWARF_REGS = 64,    /* x0..x31, f0..f31 */
    MAX_ROWS = 1 << 20, /* looked at in all; only hostile tables have more */
};

/* Where a function saves registers, as offsets from its frame's address. */
struct saves {
    bool saved[DWARF_REGS];
    int64_t offset[DWARF_REGS];
};

struct function {
    uint64_t address, size;
    const char *name;
};

struct unwinder {
    struct tag_points_set *points;
    Dwarf_CFI *tables[2]; /* .eh_frame, .debug_frame; NULL: not there */
    size_t nfunctions;
    struct function *functions;
    const struct function *current; /* whose saves these are */
    struct saves saves;
    uint32_t rows; /* looked at */
};

static Dwarf_Frame *frame_at(const struct unwinder *u, uint64_t pc)
{
    Dwarf_Frame *frame = NULL;
    for (int i = 0; i < 2; i++)
        if (u->tables[i] && dwarf_cfi_addrframe(u->tables[i], pc, &frame) == 0)
            return frame;
    return NULL;
}

/* The frame's address as register + offset; false: it is computed otherwise. */
static bool frame_address(Dwarf_Frame *frame, unsigned *reg, int64_t *offset)
{
    Dwarf_Op *ops;
    size_t n;
    if (dwarf_frame_cfa(frame, &ops, &n) || n != 1)
        return false;
    if (ops[0].atom == DW_OP_bregx) {
        *reg = (unsigned)ops[0].number;
        *offset = (int64_t)ops[0].number2;
    } else if (ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31) {
        *reg = (unsigned)(ops[0].atom - DW_OP_breg0);
        *offset = (int64_t)ops[0].number;
    } else {
        return false;
    }
    return *reg < 32;
}

static void note_saves(struct unwinder *u, Dwarf_Frame *frame)
{
    for (int reg = 1; reg < DWARF_REGS; reg++) {
        Dwarf_Op memory[3], *ops;
        size_t n;
        if (u->saves.saved[reg] || dwarf_frame_register(frame, reg, memory, &ops, &n))
            continue;
        if (n == 0 || n > 2 || ops[0].atom != DW_OP_call_frame_cfa ||
            (n == 2 && ops[1].atom != DW_OP_plus_uconst))
            continue;
        u->saves.saved[reg] = true;
        u->saves.offset[reg] = n == 2 ? (int64_t)ops[1].number : 0;
    }
}

/* What all rows of the tables within a function say. */
static void read_function(struct unwinder *u, const struct function *f)
{
    memset(&u->saves, 0, sizeof u->saves);
    for (uint64_t pc = f->address; pc - f->address < f->size && u->rows < MAX_ROWS; u->rows++) {
        Dwarf_Addr start, end;
        bool signal;
        Dwarf_Frame *frame = frame_at(u, pc);
        if (!frame)
            return;
        bool known = dwarf_frame_info(frame, &start, &end, &signal) >= 0;
        note_saves(u, frame);
        free(frame);
        if (!known || end <= pc)
            return;
        pc = end;
    }
}

/* ---- Functions ------------------------------------------------------------------------------- */

static int by_address(const void *left, const void *right)
{
    const struct function *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return a->size < b->size ? -1 : a->size > b->size;
}

static int find_functions(struct unwinder *u, const struct tag_program *p)
{
    u->functions = calloc(p->nsymbols + 1, sizeof *u->functions);
    if (!u->functions)
        return -1;
    for (size_t i = 0; i < p->nsymbols; i++)
        if (p->symbols[i].type == STT_FUNC && p->symbols[i].size)
            u->functions[u->nfunctions++] =
                (struct function){p->symbols[i].address, p->symbols[i].size, p->symbols[i].name};
    if (u->nfunctions)
        qsort(u->functions, u->nfunctions, sizeof *u->functions, by_address);
    return 0;
}

/* Instructions come in ascending order, section by section. */
static const struct function *function_at(struct unwinder *u, uint64_t pc)
{
    size_t low = 0, high = u->nfunctions;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (u->functions[middle].address <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    const struct function *f = low ? &u->functions[low - 1] : NULL;
    return f && pc - f->address < f->size ? f : NULL;
}

/* ---- Instructions ---------------------------------------------------------------------------- */

/* The register of the tables that an access moves, -1: none. */
static int moved_register(const struct tag_insn *i)
{
    bool store = i->insn->access == POL_ACCESS_STORE;
    uint8_t file = store ? i->insn->rs2_file : i->insn->rd_file;
    unsigned reg = store ? pol_word_rs2(i->word) : pol_word_rd(i->word);
    if (!store && i->insn->access != POL_ACCESS_LOAD)
        return -1;
    if (file == POL_FILE_FP)
        return (int)reg + 32;
    return file == POL_FILE_INT && reg ? (int)reg : -1;
}

/* The compiler's own routines (gcc's -msave-restore) come without tables. */
static bool is_routine(const struct function *f, const struct tag_insn *i)
{
    const char *prefix = i->insn->access == POL_ACCESS_STORE ? "__riscv_save_" : "__riscv_restore_";
    return strncmp(f->name, prefix, strlen(prefix)) == 0 && pol_word_rs1(i->word) == 2;
}

/* Whether the access goes to where the tables say that the register is saved. */
static bool is_save(struct unwinder *u, const struct function *f, const struct tag_insn *i, int reg)
{
    unsigned base;
    int64_t offset;
    if (f != u->current) {
        u->current = f;
        read_function(u, f);
    }
    Dwarf_Frame *frame = u->saves.saved[reg] ? frame_at(u, i->pc) : NULL;
    bool known = frame && frame_address(frame, &base, &offset);
    free(frame);
    return known && base == pol_word_rs1(i->word) &&
           pol_insn_imm(i->insn, i->word) - offset == u->saves.offset[reg];
}

static int visit(void *user, const struct tag_insn *i)
{
    struct unwinder *u = user;
    int reg = moved_register(i);
    const struct function *f = reg >= 0 ? function_at(u, i->pc) : NULL;
    if (!f || !(is_routine(f, i) || is_save(u, f, i, reg)))
        return 0;
    bool store = i->insn->access == POL_ACCESS_STORE;
    return points_add(&u->points->kind[store ? TAG_PROLOGUE : TAG_EPILOGUE], i->pc);
}

int unwind_points(struct tag_points_set *points, const struct tag_program *program,
                  const struct pol_isa *isa)
{
    struct unwinder u = {.points = points};
    Dwarf *dwarf = dwarf_begin_elf(program->elf, DWARF_C_READ, NULL);
    Dwarf_CFI *own = dwarf_getcfi_elf(program->elf);
    u.tables[0] = own;
    u.tables[1] = dwarf ? dwarf_getcfi(dwarf) : NULL;
    points->unwind = u.tables[0] || u.tables[1];
    int status = find_functions(&u, program);
    if (!status && points->unwind)
        status = walk_code(program, isa, visit, &u);
    free(u.functions);
    if (own)
        dwarf_cfi_end(own);
    if (dwarf)
        dwarf_end(dwarf); /* and its table with it */
    return status;
}
