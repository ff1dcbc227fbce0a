/* Points that follow from the code: calls, returns, branches, and where they arrive. */
#include "internal.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* ---- Names ----------------------------------------------------------------------------------- */

int derived_kind(const char *name)
{
    static const char *const names[TAG_DERIVED][2] = {
        {"derived.CallTarget", "llvm.CFI_Call-Tgt"},
        {"derived.ReturnTarget", "llvm.CFI_Return-Tgt"},
        {"derived.BranchTarget", "llvm.CFI_Branch-Tgt"},
        {"derived.CallInstr", "llvm.CFI_Call-Instr"},
        {"derived.ReturnInstr", "llvm.CFI_Return-Instr"},
        {"derived.BranchInstr", "llvm.CFI_Branch-Instr"},
        {"derived.Prologue", "llvm.Prologue"},
        {"derived.Epilogue", "llvm.Epilogue"},
    };
    for (int i = 0; i < TAG_DERIVED; i++)
        if (!strcmp(name, names[i][0]) || !strcmp(name, names[i][1]))
            return i;
    return -1;
}

/* ---- Sets of points -------------------------------------------------------------------------- */

int points_add(struct tag_points *points, uint64_t address)
{
    if (points->n == points->room) {
        size_t room = points->room * 2 + 256;
        uint64_t *at = realloc(points->at, room * sizeof *at);
        if (!at)
            return -1;
        points->at = at;
        points->room = room;
    }
    points->at[points->n++] = address;
    return 0;
}

void points_free(struct tag_points_set *set)
{
    for (int i = 0; i < TAG_DERIVED; i++)
        free(set->kind[i].at);
}

static int ascending(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

static void points_sort(struct tag_points *points)
{
    size_t kept = 0;
    if (points->n)
        qsort(points->at, points->n, sizeof *points->at, ascending);
    for (size_t i = 0; i < points->n; i++)
        if (!i || points->at[i] != points->at[kept - 1])
            points->at[kept++] = points->at[i];
    points->n = kept;
}

/* ---- Walking --------------------------------------------------------------------------------- */

/* Marks of the assembler: data ($d) and code ($x) within a section, by address. */
struct mark {
    uint64_t address;
    bool data;
};
struct marks {
    struct mark *list;
    size_t n;
};

static int by_place(const void *left, const void *right)
{
    const struct mark *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return (int)a->data - (int)b->data;
}

static bool is_mark(const char *name, char letter)
{
    return name[0] == '$' && name[1] == letter && (!name[2] || name[2] == '.' || letter == 'x');
}

static int find_marks(const struct tag_program *p, struct marks *marks)
{
    marks->n = 0;
    marks->list = calloc(p->nsymbols + 1, sizeof *marks->list);
    if (!marks->list)
        return -1;
    for (size_t i = 0; i < p->nsymbols; i++) {
        const struct tag_symbol *symbol = &p->symbols[i];
        if (is_mark(symbol->name, 'd') || is_mark(symbol->name, 'x'))
            marks->list[marks->n++] = (struct mark){symbol->address, symbol->name[1] == 'd'};
    }
    if (marks->n)
        qsort(marks->list, marks->n, sizeof *marks->list, by_place);
    return 0;
}

static uint32_t little(const unsigned char *bytes, unsigned n)
{
    uint32_t value = 0;
    for (unsigned i = n; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

/* The instruction at an offset; its length, 0: none. */
static unsigned insn_at(const struct tag_section *s, uint64_t offset, const struct pol_isa *isa,
                        struct tag_insn *out)
{
    uint64_t room = s->nbytes - offset;
    uint16_t parcel = (uint16_t)little(s->bytes + offset, 2);
    unsigned length = pol_isa_length(isa, parcel);
    if (!length || length > room)
        return 0;
    uint32_t word = length == 4 ? little(s->bytes + offset, 4) : 0;
    if (length == 2 && pol_isa_expand(isa, parcel, &word))
        return 0;
    int row = pol_isa_decode(isa, word);
    if (row < 0)
        return 0;
    *out = (struct tag_insn){s->address + offset, word, length, pol_insn_at((size_t)row)};
    return length;
}

static int walk_section(const struct tag_section *s, const struct pol_isa *isa,
                        const struct marks *marks, tag_visit *visit, void *user)
{
    unsigned step = pol_isa_parcel(isa);
    size_t mark = 0;
    bool data = false;
    for (uint64_t offset = 0; offset + 2 <= s->nbytes;) {
        struct tag_insn insn;
        uint64_t pc = s->address + offset;
        for (; mark < marks->n && marks->list[mark].address <= pc; mark++)
            data = marks->list[mark].address >= s->address ? marks->list[mark].data : false;
        unsigned length = data ? 0 : insn_at(s, offset, isa, &insn);
        if (length && visit(user, &insn))
            return -1;
        offset += length ? length : step;
    }
    return 0;
}

int walk_code(const struct tag_program *p, const struct pol_isa *isa, tag_visit *visit, void *user)
{
    struct marks marks;
    int status = find_marks(p, &marks);
    for (size_t i = 0; !status && i < p->nsections; i++)
        if ((p->sections[i].flags & SHF_EXECINSTR) && p->sections[i].bytes)
            status = walk_section(&p->sections[i], isa, &marks, visit, user);
    free(marks.list);
    return status;
}

/* ---- Calls, returns, branches ---------------------------------------------------------------- */

struct deriver {
    struct tag_points_set *points;
    const struct tag_program *program;
    uint64_t mask; /* of addresses */
    /* The last instruction, if it was auipc: a jalr through it has a known target. */
    unsigned upper_reg; /* 0: it was not */
    uint64_t upper, next_pc;
};

static bool is_link(unsigned reg)
{
    return reg == 1 || reg == 5;
}

static int add_point(struct deriver *d, enum tag_derived kind, uint64_t address)
{
    address &= d->mask;
    if (!program_is_code(d->program, address))
        return 0;
    return points_add(&d->points->kind[kind], address);
}

static int on_call(struct deriver *d, const struct tag_insn *i)
{
    return add_point(d, TAG_CALL_INSTR, i->pc) | add_point(d, TAG_RETURN_TARGET, i->pc + i->length);
}

static int on_jump(struct deriver *d, const struct tag_insn *i)
{
    uint64_t target = i->pc + (uint64_t)pol_insn_imm(i->insn, i->word);
    if (is_link(pol_word_rd(i->word)))
        return on_call(d, i) | add_point(d, TAG_CALL_TARGET, target);
    return add_point(d, TAG_BRANCH_INSTR, i->pc) | add_point(d, TAG_BRANCH_TARGET, target);
}

static int on_jump_reg(struct deriver *d, const struct tag_insn *i)
{
    unsigned rd = pol_word_rd(i->word), rs1 = pol_word_rs1(i->word);
    int64_t imm = pol_insn_imm(i->insn, i->word);
    bool known = d->upper_reg && d->upper_reg == rs1 && d->next_pc == i->pc;
    uint64_t target = d->upper + (uint64_t)imm;
    int status = 0;
    if (is_link(rd)) {
        status = on_call(d, i);
        return known ? status | add_point(d, TAG_CALL_TARGET, target) : status;
    }
    if (rd == 0 && is_link(rs1) && imm == 0)
        return add_point(d, TAG_RETURN_INSTR, i->pc);
    status = add_point(d, TAG_BRANCH_INSTR, i->pc);
    return known ? status | add_point(d, TAG_BRANCH_TARGET, target) : status;
}

static int on_branch(struct deriver *d, const struct tag_insn *i)
{
    uint64_t target = i->pc + (uint64_t)pol_insn_imm(i->insn, i->word);
    return add_point(d, TAG_BRANCH_INSTR, i->pc) | add_point(d, TAG_BRANCH_TARGET, target);
}

static int derive_one(void *user, const struct tag_insn *i)
{
    struct deriver *d = user;
    int status = 0;
    if (i->insn->flags & POL_INSN_JUMP)
        status = on_jump(d, i);
    else if (i->insn->flags & POL_INSN_JUMP_REG)
        status = on_jump_reg(d, i);
    else if (i->insn->flags & POL_INSN_BRANCH)
        status = on_branch(d, i);
    d->upper_reg = !strcmp(i->insn->name, "auipc") ? pol_word_rd(i->word) : 0;
    /* sign-extended from 32 bits, as the instruction does */
    d->upper = i->pc + (uint64_t)(int64_t)(int32_t)(i->word & 0xfffff000u);
    d->next_pc = i->pc + i->length;
    return status;
}

static int functions(struct deriver *d)
{
    for (size_t i = 0; i < d->program->nsymbols; i++)
        if (d->program->symbols[i].type == STT_FUNC &&
            add_point(d, TAG_CALL_TARGET, d->program->symbols[i].address))
            return -1;
    return 0;
}

int derive_points(struct tag_points_set *points, const struct tag_program *program,
                  const struct pol_isa *isa)
{
    struct deriver d = {.points = points, .program = program};
    d.mask = isa->xlen == 64 ? UINT64_MAX : UINT32_MAX;
    if (functions(&d) || walk_code(program, isa, derive_one, &d) ||
        unwind_points(points, program, isa))
        return -1;
    for (int i = 0; i < TAG_DERIVED; i++)
        points_sort(&points->kind[i]);
    return 0;
}
