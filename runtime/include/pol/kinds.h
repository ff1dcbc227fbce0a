/* Which kinds of places (POL_KIND_* of pol/table_format.h) an instruction's operands and results
 * have: where a set that it meets can come from, and where one that it writes can go.
 *
 * Everything here is inline and depends on the instruction's form alone. */
#ifndef POL_KINDS_H
#define POL_KINDS_H

#include <pol/engine.h>
#include <pol/isa.h>
#include <pol/table_format.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Registers of a file; integer ones may be x0.  0: none. */
static inline uint32_t pol_file_kinds(uint32_t file)
{
    switch (file) {
    case POL_FILE_INT:
        return POL_KIND_INT | POL_KIND_X0;
    case POL_FILE_FP:
        return POL_KIND_FP;
    case POL_FILE_CSR:
        return POL_KIND_CSR;
    default:
        return 0;
    }
}

/* Of a set of a tuple (pol/machine.h): enum pol_operand, or POL_TUPLE_RD for the old set of the
 * destination register.  0: the instruction has none. */
static inline uint32_t pol_operand_kinds(const struct pol_form *form, unsigned set)
{
    switch (set) {
    case POL_OP_ENV:
        return POL_KIND_ENV;
    case POL_OP_CODE:
        return POL_KIND_CODE;
    case POL_OP_OP1:
        return pol_file_kinds(form->op1);
    case POL_OP_OP2:
        return pol_file_kinds(form->op2);
    case POL_OP_OP3:
        return pol_file_kinds(form->op3);
    case POL_OP_MEM:
        return form->mem == POL_MEM_NONE ? 0 : POL_KIND_MEM;
    default:
        return pol_file_kinds(form->rd);
    }
}

/* Of the place that a result goes to; never x0.  0: the instruction has no such result. */
static inline uint32_t pol_result_kinds(const struct pol_form *form, enum pol_result result)
{
    switch (result) {
    case POL_RES_ENV:
        return POL_KIND_ENV;
    case POL_RES_RD:
        return pol_file_kinds(form->rd) & ~(uint32_t)POL_KIND_X0;
    case POL_RES_CSR:
        return form->csr ? POL_KIND_CSR : 0;
    default:
        return form->mem & POL_MEM_WRITE ? POL_KIND_MEM : 0;
    }
}

/* The form of the instructions of an opclass. */
static inline struct pol_form pol_opclass_form(const struct pol_prt_opclass *c)
{
    struct pol_form form = {(uint8_t)c->op1, (uint8_t)c->op2, (uint8_t)c->op3, (uint8_t)c->mem,
                            (uint8_t)c->rd,  (uint8_t)c->csr, (uint8_t)c->size};
    return form;
}

#ifdef __cplusplus
}
#endif
#endif
