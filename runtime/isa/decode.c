/* From words to rows: the rows of one major opcode are tried in turn. */
#include "runtime/isa/table.h"

struct bucket {
    uint16_t begin, end; /* rows */
};

/* By bits 6..2; an opcode without rows has begin == end == 0. */
static const struct bucket buckets[32] = {
#define OPCODE(id, bits) [(bits) >> 2] = {BEGIN_##id, END_##id},
#define OPCODE_END(id)
#define INSN(id, name, match, mask, xlens, ext, shape)
#include "runtime/isa/isa.def"
};

int pol_isa_decode(const struct pol_isa *isa, uint32_t word)
{
    if ((word & 3u) != 3u)
        return -1;
    const struct bucket *bucket = &buckets[(word >> 2) & 31u];
    for (int row = bucket->begin; row < bucket->end; row++) {
        const struct pol_insn *insn = &isa_table[row];
        if ((word & insn->mask) == insn->match && pol_isa_has(isa, insn))
            return row;
    }
    return -1;
}

unsigned pol_isa_length(const struct pol_isa *isa, uint16_t parcel)
{
    if ((parcel & 3u) != 3u)
        return isa->exts & POL_EXT_C ? 2 : 0;
    return (parcel & 0x1cu) != 0x1cu ? 4 : 0;
}
