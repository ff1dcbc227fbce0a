/* Internal to runtime/isa: the rows of isa.def as data, and their order as constants. */
#ifndef RUNTIME_ISA_TABLE_H
#define RUNTIME_ISA_TABLE_H
#include "pol/isa.h"

/* ROW_x is the row of INSN(x, ...).  BEGIN_x and END_x bound the rows of an opcode; the REWIND
 * constants only make the next row take the number that the bound has. */
enum isa_row {
#define OPCODE(id, bits) BEGIN_##id, REWIND_BEGIN_##id = BEGIN_##id - 1,
#define OPCODE_END(id) END_##id, REWIND_END_##id = END_##id - 1,
#define INSN(id, name, match, mask, xlens, ext, shape) ROW_##id,
#include "isa.def"
#undef OPCODE
#undef OPCODE_END
#undef INSN
    ISA_ROWS
};

extern const struct pol_insn isa_table[ISA_ROWS];

#endif
