/* Which groups an instruction word belongs to, and so which rules may match it.  What was found out
 * about a word is remembered in a slot until another word needs the slot. */
#include "compiler/interp/internal.h"

#include <stdlib.h>
#include <string.h>

/* Sorts the instructions of all groups by ISA row.  Sizes are counted two rows ahead: summed up,
 * the entry after a row's own says where the row begins, and once the row is filled, where it ends.
 */
static void sort_matchers(struct interp *interp)
{
    const struct model *model = interp->model;
    struct insn_memory *insns = &interp->insns;
    size_t rows = pol_insn_count(), total = 0;
    insns->row_first = ARENA_ARRAY(&interp->arena, uint32_t, rows + 2);
    for (uint32_t g = 0; g < model->ngroups; g++)
        for (uint32_t i = 0; i < model->groups[g].ninsts; i++, total++)
            insns->row_first[model->groups[g].insts[i].insn + 2]++;
    for (size_t row = 2; row < rows + 2; row++)
        insns->row_first[row] += insns->row_first[row - 1];
    insns->matchers = ARENA_ARRAY(&interp->arena, struct matcher, total + 1);
    for (uint32_t g = 0; g < model->ngroups; g++)
        for (uint32_t i = 0; i < model->groups[g].ninsts; i++) {
            const struct model_inst *inst = &model->groups[g].insts[i];
            uint32_t at = insns->row_first[inst->insn + 1]++;
            insns->matchers[at] = (struct matcher){g, inst->mask, inst->match};
        }
}

void insn_memory_init(struct interp *interp)
{
    struct insn_memory *insns = &interp->insns;
    sort_matchers(interp);
    insns->in_group = ARENA_ARRAY(&interp->arena, bool, interp->model->ngroups + 1);
    insns->slots = ARENA_ARRAY(&interp->arena, struct insn, INSN_SLOTS);
}

void insn_memory_free(struct interp *interp)
{
    for (size_t i = 0; i < INSN_SLOTS; i++)
        free(interp->insns.slots[i].candidates);
}

static void find_groups(struct interp *interp, const struct insn *insn)
{
    struct insn_memory *insns = &interp->insns;
    memset(insns->in_group, 0, interp->model->ngroups * sizeof *insns->in_group);
    for (uint32_t i = insns->row_first[insn->row]; i < insns->row_first[insn->row + 1]; i++) {
        const struct matcher *matcher = &insns->matchers[i];
        if ((insn->word & matcher->mask) == matcher->match)
            insns->in_group[matcher->group] = true;
    }
}

static void add_candidate(struct insn *insn, uint32_t count, uint32_t rule)
{
    if (count == insn->cap) {
        insn->cap = insn->cap ? 2 * insn->cap : 16;
        insn->candidates = lang_xrealloc(insn->candidates, insn->cap * sizeof *insn->candidates);
    }
    insn->candidates[count] = rule;
}

static void find_candidates(struct interp *interp, struct insn *insn)
{
    const struct model *model = interp->model;
    uint32_t count = 0;
    for (uint32_t d = 0; d < model->ndeciders; d++) {
        const struct model_decider *decider = &model->deciders[d];
        insn->first[d] = count;
        for (uint32_t i = 0; i < decider->nrules; i++) {
            uint32_t group = model->rules[decider->rules[i]].group;
            if (group == MODEL_EVERY_INSTRUCTION || interp->insns.in_group[group])
                add_candidate(insn, count++, i);
        }
    }
    insn->first[model->ndeciders] = count;
}

static void learn(struct interp *interp, struct insn *insn, uint32_t word)
{
    insn->known = true;
    insn->word = word;
    insn->row = pol_isa_decode(&interp->model->isa, word);
    if (insn->row < 0)
        return;
    insn->form = pol_insn_form(pol_insn_at((size_t)insn->row));
    if (!insn->first)
        insn->first = ARENA_ARRAY(&interp->arena, uint32_t, interp->model->ndeciders + 1);
    find_groups(interp, insn);
    find_candidates(interp, insn);
}

const struct insn *insn_look_up(struct interp *interp, uint32_t word)
{
    uint32_t hash = word * UINT32_C(2654435769);
    struct insn *insn = &interp->insns.slots[(hash >> 16) % INSN_SLOTS];
    if (!insn->known || insn->word != word)
        learn(interp, insn, word);
    return insn;
}

bool insn_writes(const struct insn *insn, enum pol_result result)
{
    switch (result) {
    case POL_RES_RD:
        return insn->form.rd != POL_FILE_NONE;
    case POL_RES_CSR:
        return insn->form.csr != 0;
    case POL_RES_MEM:
        return insn->form.mem == POL_MEM_WRITE || insn->form.mem == POL_MEM_READWRITE;
    default:
        return true; /* every instruction has a next `env` */
    }
}
