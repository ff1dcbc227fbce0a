/* Names of control and status registers, and which of them are one register. */
#include "pol/isa.h"
#include <string.h>

struct csr {
    uint16_t number;
    const char *name;
};

/* Ascending by number. */
static const struct csr csrs[] = {
#define CSR(number, name) {number, name},
#define CSR_ALIAS(number, name)
#include "runtime/isa/csr.def"
#undef CSR
#undef CSR_ALIAS
};
#define CSR_COUNT (sizeof csrs / sizeof csrs[0])

static const struct csr aliases[] = {
#define CSR(number, name)
#define CSR_ALIAS(number, name) {number, name},
#include "runtime/isa/csr.def"
};

int pol_csr_find(const char *name)
{
    for (size_t i = 0; i < CSR_COUNT; i++)
        if (!strcmp(csrs[i].name, name))
            return csrs[i].number;
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (!strcmp(aliases[i].name, name))
            return aliases[i].number;
    return -1;
}

const char *pol_csr_name(unsigned number)
{
    size_t low = 0, high = CSR_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (csrs[middle].number == number)
            return csrs[middle].name;
        if (csrs[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* CSRs that are a restricted view, or the high half, of another. */
static const struct {
    uint16_t number, cell;
} views[] = {
    {0x001, 0x003}, /* fflags: fcsr */
    {0x002, 0x003}, /* frm: fcsr */
    {0x100, 0x300}, /* sstatus: mstatus */
    {0x104, 0x304}, /* sie: mie */
    {0x144, 0x344}, /* sip: mip */
    {0x15d, 0x14d}, /* stimecmph: stimecmp */
    {0x310, 0x300}, /* mstatush: mstatus */
    {0x31a, 0x30a}, /* menvcfgh: menvcfg */
    {0x757, 0x747}, /* mseccfgh: mseccfg */
    {0xc01, 0xc01}, /* time has no machine-level register: its cell is its own */
    {0xc81, 0xc01}, /* timeh: time */
};

unsigned pol_csr_cell(unsigned number)
{
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (views[i].number == number)
            return views[i].cell;
    /* mcycle..mhpmcounter31, their high halves, and the user's views of both */
    unsigned block = number & ~0x1fu;
    if (block == 0xb00 || block == 0xb80 || block == 0xc00 || block == 0xc80)
        return 0xb00u | (number & 0x1fu);
    /* mhpmevent3h..31h */
    if (number >= 0x723 && number <= 0x73f)
        return number - 0x400u;
    return number;
}
