/* What the tests of machine, replay and reports share: a machine over the toy policy (toy.h). */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <pol/machine.h>

#include "check.h"
#include "toy.h"

enum { CODE = 0x1000, DATA = 0x8000 };

/* Words of RV64IMAC_Zicsr. */
enum {
    ADD_A2_A0_A1 = 0x00b50633,
    ADDI_A1_A0 = 0x00050593,
    ADDI_X0_A0 = 0x00050013,
    ADDI_A1_X0 = 0x00000593,
    C_MV_A1_A0 = 0x85aa, /* add a1, x0, a0 */
    LUI_A0 = 0x00001537,
    LD_A1_A0 = 0x00053583,
    LW_A1_A0 = 0x00052583,
    LB_A1_A0 = 0x00050583,
    SD_A1_A0 = 0x00b53023,
    SW_A1_A0 = 0x00b52023,
    SC_D_A2_A1_A0 = 0x18b5362f,
    AMOSWAP_D_A2_A1_A0 = 0x08b5362f,
    CSRRW_A1_MSCRATCH_A0 = 0x340515f3,
    CSRRS_A1_MSCRATCH_X0 = 0x340025f3,
    CSRRW_A1_FFLAGS_A0 = 0x001515f3,
    CSRRS_A2_FCSR_X0 = 0x00302673,
    JAL_RA = 0x008000ef,
    NOP = 0x00000013,
    ECALL = 0x00000073,
    MRET = 0x30200073,
    SRET = 0x10200073
};

struct bench {
    struct pol_space *space;
    struct toy toy;
    struct pol_image *image;
    struct pol_machine *machine;
    struct pol_outcome outcome;
    char err[240];
    uint32_t lit[64];
    char text[400];
};

static inline uint32_t set_of(struct bench *b, const char *text)
{
    char err[100];
    if (pol_lit_parse(b->space, text, strlen(text), b->lit, err, sizeof err)) {
        printf("# %s: %s\n", text, err);
        return POL_NO_SET;
    }
    return pol_image_intern(b->image, b->lit);
}

static inline void claim(struct bench *b, uint64_t start, uint64_t length, const char *set)
{
    struct pol_image_claim c = {start, length, set_of(b, set), 0, false};
    CHECK_INT(pol_image_add_claim(b->image, &c), 0);
}

/* Code is fine-grained and executable; data of 256 bytes has Rd and Wr. */
static inline void start_with(struct bench *b, const char *isa, uint32_t granule, unsigned wrong)
{
    memset(b, 0, sizeof *b);
    b->space = toy_space();
    toy_init(&b->toy, b->space, isa, wrong);
    b->image = pol_image_new(b->space, &b->toy.isa, granule);
    claim(b, CODE, 0x100, "{Ex}");
    claim(b, DATA, 0x100, "{Rd, Wr}");
    CHECK_INT(pol_image_add_fine(b->image, CODE, 0x100), 0);
}

static inline void start(struct bench *b)
{
    start_with(b, "rv64imac_zicsr", 8, 0);
}

static inline void build(struct bench *b)
{
    CHECK_INT(pol_image_unite(b->image, b->err, sizeof b->err), 0);
    b->machine = pol_machine_new(&b->toy.engine, b->image, b->err, sizeof b->err);
    if (!b->machine)
        printf("# %s\n", b->err);
    CHECK(b->machine != NULL);
}

static inline void stop(struct bench *b)
{
    pol_machine_free(b->machine);
    pol_image_free(b->image);
    pol_space_free(b->space);
}

#endif
