/* The flow column of the ISA table against the table of docs/language.md, instruction by
 * instruction. */
#include <pol/isa.h>

#include "tests/unit/check.h"

/* What the table of docs/language.md, 5.3.11, says, from the operands that an instruction has. */
static uint32_t value_flows(const struct pol_insn *insn, const struct pol_form *form)
{
    bool link = (insn->flags & (POL_INSN_JUMP | POL_INSN_JUMP_REG)) != 0;
    bool pc = link || strcmp(insn->name, "auipc") == 0;
    bool combines = insn->access == POL_ACCESS_AMO && strncmp(insn->name, "amoswap", 7) != 0;
    uint32_t flows = 0;
    if (form->mem & POL_MEM_WRITE)
        flows |= POL_FLOW(POL_FROM_RS2, POL_TO_MEM) | POL_FLOW(POL_FROM_OLDMEM, POL_TO_MEM);
    if (combines)
        flows |= POL_FLOW(POL_FROM_MEM, POL_TO_MEM);
    if (form->csr && form->op1)
        flows |= POL_FLOW(POL_FROM_RS1, POL_TO_CSR);
    if (insn->csr == POL_CSR_MODIFY)
        flows |= POL_FLOW(POL_FROM_CSR, POL_TO_CSR);
    if (!form->rd)
        return flows;
    if (form->mem & POL_MEM_READ)
        return flows | POL_FLOW(POL_FROM_MEM, POL_TO_RD);
    if (form->csr)
        return flows | POL_FLOW(POL_FROM_CSR, POL_TO_RD);
    if (pc || form->mem)
        return flows | (pc ? POL_FLOW(POL_FROM_PC, POL_TO_RD) : 0);
    return flows | (form->op1 ? POL_FLOW(POL_FROM_RS1, POL_TO_RD) : 0) |
           (form->op2 ? POL_FLOW(POL_FROM_RS2, POL_TO_RD) : 0) |
           (form->op3 ? POL_FLOW(POL_FROM_RS3, POL_TO_RD) : 0);
}

static uint32_t address_flows(const struct pol_form *form)
{
    return (form->mem && form->rd ? POL_FLOW(POL_FROM_RS1, POL_TO_RD) : 0) |
           (form->mem & POL_MEM_WRITE ? POL_FLOW(POL_FROM_RS1, POL_TO_MEM) : 0);
}

static uint32_t control_flows(const struct pol_insn *insn)
{
    if (insn->flags & POL_INSN_TRAP)
        return 0;
    uint32_t flows = POL_FLOW(POL_FROM_PC, POL_TO_ENV);
    if (insn->flags & (POL_INSN_BRANCH | POL_INSN_JUMP_REG))
        flows |= POL_FLOW(POL_FROM_RS1, POL_TO_ENV);
    return insn->flags & POL_INSN_BRANCH ? flows | POL_FLOW(POL_FROM_RS2, POL_TO_ENV) : flows;
}

static void test_all_flows(void)
{
    CASE("every instruction has the flows that the language page lists");
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        struct pol_form form = pol_insn_form(insn);
        CHECK_INT(insn->flows[POL_FLOW_VALUE], value_flows(insn, &form));
        CHECK_INT(insn->flows[POL_FLOW_ADDRESS], address_flows(&form));
        CHECK_INT(insn->flows[POL_FLOW_CONTROL], control_flows(insn));
    }
}

int main(void)
{
    test_all_flows();
    return check_done();
}
