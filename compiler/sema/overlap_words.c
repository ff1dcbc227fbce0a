/* Which instruction words two groups have in common. */
#include <stdlib.h>
#include "compiler/sema/overlap.h"

static int by_insn(const void *a, const void *b)
{
    const struct model_inst *x = a, *y = b;
    return (x->insn > y->insn) - (x->insn < y->insn);
}

static void all_instructions(const struct model *m, struct arena *arena, struct overlap_group *out)
{
    out->insts = ARENA_ARRAY(arena, struct model_inst, pol_insn_count());
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        if (pol_isa_has(&m->isa, insn))
            out->insts[out->count++] = (struct model_inst){(int)row, insn->mask, insn->match};
    }
}

struct overlap_group *overlap_groups(const struct model *m, struct arena *arena)
{
    struct overlap_group *groups = ARENA_ARRAY(arena, struct overlap_group, m->ngroups + 1);
    for (uint32_t i = 0; i < m->ngroups; i++) {
        struct overlap_group *g = &groups[i];
        g->count = m->groups[i].ninsts;
        g->insts = ARENA_ARRAY(arena, struct model_inst, g->count + 1);
        for (uint32_t k = 0; k < g->count; k++)
            g->insts[k] = m->groups[i].insts[k];
        qsort(g->insts, g->count, sizeof *g->insts, by_insn);
    }
    all_instructions(m, arena, &groups[m->ngroups]);
    return groups;
}

static unsigned operands_of(int insn)
{
    struct pol_form form = pol_insn_form(pol_insn_at((size_t)insn));
    unsigned set = 1u << POL_OP_ENV | 1u << POL_OP_CODE;
    set |= form.op1 != POL_FILE_NONE ? 1u << POL_OP_OP1 : 0;
    set |= form.op2 != POL_FILE_NONE ? 1u << POL_OP_OP2 : 0;
    set |= form.op3 != POL_FILE_NONE ? 1u << POL_OP_OP3 : 0;
    set |= form.mem != POL_MEM_NONE ? 1u << POL_OP_MEM : 0;
    return set;
}

static bool meet(const struct model_inst *a, const struct model_inst *b)
{
    return ((a->match ^ b->match) & a->mask & b->mask) == 0;
}

static void add_word(int insn, struct overlap_word *words, uint32_t *count)
{
    struct overlap_word word = {insn, operands_of(insn)};
    for (uint32_t i = 0; i < *count; i++)
        if (words[i].exists == word.exists)
            return;
    words[(*count)++] = word;
}

uint32_t overlap_common(const struct overlap_group *a, const struct overlap_group *b,
                        struct overlap_word words[OVERLAP_WORDS])
{
    uint32_t count = 0;
    for (uint32_t i = 0, k = 0; i < a->count && k < b->count;) {
        int x = a->insts[i].insn, y = b->insts[k].insn;
        if (x == y)
            for (uint32_t q = k; q < b->count && b->insts[q].insn == x; q++)
                if (meet(&a->insts[i], &b->insts[q]))
                    add_word(x, words, &count);
        if (x <= y)
            i++;
        else
            k++;
    }
    return count;
}
