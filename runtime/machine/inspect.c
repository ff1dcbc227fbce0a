/* Looking at the machine: operands and results of the last instruction, and state anywhere. */
#include "internal.h"

static int decode_value(const struct pol_machine *machine, const void *value, uint32_t *lit)
{
    if (!machine->engine->ops->decode(machine->engine, value, lit))
        return 1;
    memset(lit, 0, machine->image->space->words * sizeof *lit);
    return -1;
}

static int no_value(const struct pol_machine *machine, uint32_t *lit)
{
    memset(lit, 0, machine->image->space->words * sizeof *lit);
    return 0;
}

static bool has_operand(const struct pol_machine *machine, enum pol_operand op, uint32_t g)
{
    const struct pending *pending = &machine->pending;
    uint32_t empty = (uint32_t)(SLOT_EMPTY * machine->value_size);
    switch (op) {
    case POL_OP_ENV:
    case POL_OP_CODE:
        return pending->fetched;
    case POL_OP_OP1:
        return pending->fetched && pending->insn->op1 != empty;
    case POL_OP_OP2:
        return pending->fetched && pending->insn->op2 != empty;
    case POL_OP_OP3:
        return pending->fetched && pending->insn->op3 != empty;
    case POL_OP_MEM:
        return pending->fetched && g < pending->n;
    default:
        return false;
    }
}

int pol_machine_operand(const struct pol_machine *machine, enum pol_operand op, uint32_t g,
                        uint32_t *lit)
{
    const struct pending *pending = &machine->pending;
    if (!has_operand(machine, op, g))
        return no_value(machine, lit);
    return decode_value(machine, op == POL_OP_MEM ? pending->old[g] : pending->inputs.in[op], lit);
}

static bool has_result(const struct pol_machine *machine, enum pol_result res, uint32_t g)
{
    const struct pending *pending = &machine->pending;
    if (!pending->fetched)
        return false;
    switch (res) {
    case POL_RES_ENV:
        return true;
    case POL_RES_RD:
        return pending->insn->has_rd;
    case POL_RES_CSR:
        return pending->insn->has_csr;
    case POL_RES_MEM:
        return g < pending->n && pending->insn->mem != POL_MEM_READ;
    default:
        return false;
    }
}

int pol_machine_old(const struct pol_machine *machine, enum pol_result res, uint32_t g,
                    uint32_t *lit)
{
    const struct pending *pending = &machine->pending;
    if (!has_result(machine, res, g))
        return no_value(machine, lit);
    return decode_value(machine, res == POL_RES_MEM ? pending->old[g] : pending->inputs.old[res],
                        lit);
}

int pol_machine_result(const struct pol_machine *machine, enum pol_result res, uint32_t g,
                       uint32_t *lit)
{
    const struct pending *pending = &machine->pending;
    const unsigned char *const values[POL_RESULTS] = {
        [POL_RES_ENV] = pending->env,
        [POL_RES_RD] = pending->rd,
        [POL_RES_CSR] = pending->csr,
        [POL_RES_MEM] = g < POL_MAX_GRANULES ? pending->mem[g] : NULL,
    };
    if (!pending->allow || !has_result(machine, res, g))
        return no_value(machine, lit);
    if (pending->in_place)
        return decode_value(machine, pending->out[res], lit);
    return decode_value(machine, values[res], lit);
}

/* ---- Places ---------------------------------------------------------------------------------- */

static void slot_place(const struct pol_machine *machine, uint32_t offset, struct pol_place *place)
{
    uint32_t slot = (uint32_t)(offset / machine->value_size);
    if (slot >= SLOT_CSR)
        *place = (struct pol_place){.target = POL_TAG_CSR, .number = slot - SLOT_CSR};
    else if (slot >= SLOT_X && slot < SLOT_F)
        *place = (struct pol_place){.target = POL_TAG_X, .number = slot - SLOT_X};
    else if (slot >= SLOT_F && slot < SLOT_SAVED_M)
        *place = (struct pol_place){.target = POL_TAG_F, .number = slot - SLOT_F};
    else if (slot == SLOT_ENV)
        *place = (struct pol_place){.target = POL_TAG_ENV};
    else
        *place = (struct pol_place){0};
}

static void granule_place(const struct pending *pending, uint32_t g, struct pol_place *place)
{
    *place = (struct pol_place){0};
    if (g < pending->n)
        *place = (struct pol_place){
            .target = POL_TAG_MEM, .address = pending->address[g], .length = pending->bytes[g]};
}

void pol_machine_operand_place(const struct pol_machine *machine, enum pol_operand op, uint32_t g,
                               struct pol_place *place)
{
    const struct icache_entry *insn = machine->pending.insn;
    *place = (struct pol_place){0};
    if (!has_operand(machine, op, g))
        return;
    if (op == POL_OP_CODE)
        pol_machine_code_place(machine, 0, place);
    else if (op == POL_OP_MEM)
        granule_place(&machine->pending, g, place);
    else
        slot_place(machine,
                   op == POL_OP_OP1   ? insn->op1
                   : op == POL_OP_OP2 ? insn->op2
                   : op == POL_OP_OP3 ? insn->op3
                                      : SLOT_ENV,
                   place);
}

void pol_machine_result_place(const struct pol_machine *machine, enum pol_result res, uint32_t g,
                              struct pol_place *place)
{
    const struct icache_entry *insn = machine->pending.insn;
    *place = (struct pol_place){0};
    if (!has_result(machine, res, g))
        return;
    if (res == POL_RES_MEM)
        granule_place(&machine->pending, g, place);
    else
        slot_place(machine,
                   res == POL_RES_RD    ? insn->rd
                   : res == POL_RES_CSR ? insn->csr
                                        : SLOT_ENV,
                   place);
}

/* The i-th granule of the instruction's own word; false: it has no so many. */
static bool code_granule(const struct pol_machine *machine, uint32_t i, struct pol_place *place)
{
    const struct pending *pending = &machine->pending;
    uint64_t at = pending->pc;
    uint32_t left = pending->fetched ? pending->insn->length : 0;
    while (left) {
        uint32_t bytes = pol_image_granule_at(machine->image, at);
        uint64_t first = at & ~(uint64_t)(bytes - 1);
        uint32_t covered = bytes - (uint32_t)(at - first);
        *place = (struct pol_place){.target = POL_TAG_MEM, .address = first, .length = bytes};
        if (!i--)
            return true;
        left -= covered < left ? covered : left;
        at = (at + covered) & machine->address_mask;
    }
    *place = (struct pol_place){0};
    return false;
}

uint32_t pol_machine_code_granules(const struct pol_machine *machine)
{
    struct pol_place place;
    uint32_t n = 0;
    while (code_granule(machine, n, &place))
        n++;
    return n;
}

void pol_machine_code_place(const struct pol_machine *machine, uint32_t i, struct pol_place *place)
{
    code_granule(machine, i, place);
}

/* ---- State anywhere -------------------------------------------------------------------------- */

static int read_memory(const struct pol_machine *machine, uint64_t address, uint32_t *lit)
{
    /* Looking may make a page from the image, which changes no tag. */
    struct shadow *shadow = &((struct pol_machine *)(uintptr_t)machine)->shadow;
    const struct shadow_page *page = shadow_page(shadow, address);
    if (!page || !shadow_tagged(page, shadow_index(page, address)))
        return no_value(machine, lit);
    return decode_value(machine, shadow_value(shadow, page, shadow_index(page, address)), lit);
}

/* Values of a hart; where it has done nothing yet, the initial ones. */
static unsigned char *values_of(const struct pol_machine *machine, uint16_t id, bool *is_new)
{
    unsigned char *hart = id < machine->nharts ? machine->harts[id] : NULL;
    *is_new = !hart;
    return hart ? hart : machine->initial;
}

static int read_slot(const struct pol_machine *machine, uint16_t id, uint32_t slot, uint32_t *lit)
{
    bool is_new;
    unsigned char *hart = values_of(machine, id, &is_new);
    int status = decode_value(machine, hart_slot(machine, hart, slot), lit);
    return status > 0 && is_new ? 0 : status;
}

int pol_machine_read(const struct pol_machine *machine, uint16_t hart,
                     const struct pol_place *place, uint32_t *lit)
{
    switch (place->target) {
    case POL_TAG_X:
        return read_slot(machine, hart, SLOT_X + (place->number & 31u), lit);
    case POL_TAG_F:
        return read_slot(machine, hart, SLOT_F + (place->number & 31u), lit);
    case POL_TAG_CSR:
        return read_slot(machine, hart, SLOT_CSR + pol_csr_cell(place->number & (POL_CSRS - 1)),
                         lit);
    case POL_TAG_ENV:
        return read_slot(machine, hart, SLOT_ENV, lit);
    case POL_TAG_MEM:
        return read_memory(machine, place->address, lit);
    default:
        return no_value(machine, lit);
    }
}

int pol_machine_saved_env(const struct pol_machine *machine, uint16_t hart, enum pol_trap_mode mode,
                          uint32_t *lit)
{
    return read_slot(machine, hart, mode == POL_MODE_S ? SLOT_SAVED_S : SLOT_SAVED_M, lit);
}

int pol_machine_set_env(struct pol_machine *machine, uint16_t hart, const uint32_t *lit)
{
    struct pol_engine *engine = machine->engine;
    unsigned char *values = machine_hart(machine, hart);
    if (!values)
        return -1;
    if (engine->ops->encode(engine, lit, machine->scratch))
        return machine_bad(machine, "the %s engine cannot represent the set", engine->ops->name);
    value_copy(machine, values, machine->scratch);
    return 0;
}
