/* Filling the cache of decoded instructions. */
#include "icache.h"

#include <string.h>

void icache_init(struct icache *cache, const struct pol_isa *isa, uint32_t value_size)
{
    memset(cache, 0, sizeof *cache);
    cache->isa = *isa;
    cache->value_size = value_size;
}

/* Row of the instruction, its expanded word in *word; -1 if it does not decode. */
static int decode_raw(const struct pol_isa *isa, uint32_t raw, uint32_t *word)
{
    uint32_t expanded = raw;
    if ((raw & 3u) != 3u) {
        if (raw > UINT16_MAX || pol_isa_length(isa, (uint16_t)raw) != 2 ||
            pol_isa_expand(isa, (uint16_t)raw, &expanded))
            return -1;
    } else if (pol_isa_length(isa, (uint16_t)raw) != 4) {
        return -1;
    }
    *word = expanded;
    return pol_isa_decode(isa, expanded);
}

static uint32_t register_slot(uint8_t file, unsigned number, uint32_t word)
{
    switch (file) {
    case POL_FILE_INT:
        return SLOT_X + number;
    case POL_FILE_FP:
        return SLOT_F + number;
    case POL_FILE_CSR:
        return SLOT_CSR + pol_csr_cell(pol_word_csr(word));
    default:
        return SLOT_EMPTY;
    }
}

static void fill_operands(const struct icache *cache, struct icache_entry *entry,
                          const struct pol_form *form)
{
    uint32_t word = entry->word, size = cache->value_size;
    uint32_t rd = register_slot(form->rd, pol_word_rd(word), word);
    uint32_t csr = form->op2 == POL_FILE_CSR ? register_slot(POL_FILE_CSR, 0, word) : SLOT_EMPTY;
    entry->op1 = register_slot(form->op1, pol_word_rs1(word), word) * size;
    entry->op2 = register_slot(form->op2, pol_word_rs2(word), word) * size;
    entry->op3 = register_slot(form->op3, pol_word_rs3(word), word) * size;
    entry->rd = rd * size;
    entry->csr = csr * size;
    entry->rd_to = (pol_insn_writes_rd(entry->insn, word) ? rd : SLOT_SINK) * size;
    entry->csr_to = (pol_insn_writes_csr(entry->insn, word) ? csr : SLOT_SINK) * size;
}

void icache_fill(const struct icache *cache, struct icache_entry *entry, uint32_t raw)
{
    memset(entry, 0, sizeof *entry);
    entry->raw = entry->word = raw;
    entry->length = (raw & 3u) == 3u ? 4 : 2;
    entry->status = ICACHE_UNDECODABLE;
    int row = decode_raw(&cache->isa, raw, &entry->word);
    if (row < 0)
        return;
    entry->status = ICACHE_OK;
    entry->insn = pol_insn_at((size_t)row);
    struct pol_form form = pol_insn_form(entry->insn);
    entry->size = form.size;
    entry->mem = form.mem;
    entry->has_rd = form.rd != POL_FILE_NONE;
    entry->has_csr = form.csr != 0;
    entry->may_fail = entry->insn->flags & POL_INSN_CONDITIONAL;
    entry->trap_return = entry->insn->flags & POL_INSN_TRAP_RETURN;
    entry->writes_mem = form.mem == POL_MEM_WRITE || form.mem == POL_MEM_READWRITE;
    entry->plain = !entry->may_fail && !entry->trap_return;
    entry->results = (uint8_t)(1 << POL_RES_ENV | entry->has_rd << POL_RES_RD |
                               entry->has_csr << POL_RES_CSR | entry->writes_mem << POL_RES_MEM);
    fill_operands(cache, entry, &form);
    entry->in_place = cache->in_place && (!entry->has_csr || entry->csr_to == entry->csr);
    entry->to_sink = entry->has_rd && entry->rd_to != entry->rd;
}
