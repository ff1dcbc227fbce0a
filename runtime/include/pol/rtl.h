/* The emitted SystemVerilog as an engine: a simulator runs the tag unit, one step at a time.
 *
 * Purpose: lock-step comparison of the hardware with the other engines (pol/diff.h).  The module
 * `pol_harness` (docs/hardware.md) wraps pol_rule_table with GRANULES 1, pol_merge and pol_fetch
 * behind two vectors of 32-bit words, so that this code knows no port:
 *
 *   in   word 0: the instruction; then 8 tag words of nslots slots each: env, code, op1, op2, op3,
 *        mem, old RD, old CSR.  pol_merge and pol_fetch get env and code as their a and b.
 *   out  enum pol_rtl_word; then the deciding rules (one word a decider), then verdict, cause and
 * tag of each decider, then tag words: env, RD, CSR, MEM, merged, fetched.  All ones in hardware
 * are POL_NONE here.
 *
 * A unit is driven with a control word (POL_RTL_*); with POL_RTL_CLOCK a clock edge follows after
 * the outputs were taken.  Values are the table's own tag words: the encoding is shared with the
 * table, decisions and results are the simulator's.
 *
 * Steps over several granules: each granule is asked alone; when the step retires they are shown to
 * the unit again, as the beats of one instruction, so that fresh values advance as in a core.
 *
 * Threads: as engines.  Errors: a simulator that cannot be built, loaded or talked to is a message;
 * one that dies answers every further step with an implicit failure: ask pol_rtl_ended. */
#ifndef POL_RTL_H
#define POL_RTL_H

#include <pol/table.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POL_RTL_ABI 2

enum pol_rtl_control {
    POL_RTL_VALID = 1,
    POL_RTL_FIRST = 2,
    POL_RTL_LAST = 4,
    POL_RTL_COMMIT = 8,
    POL_RTL_DISCARD = 16,
    POL_RTL_RESET = 32,
    POL_RTL_CLOCK = 64
};

enum pol_rtl_word {
    POL_RTL_OUT_STATE, /* bit 0 out_valid, 1 out_last, 2 allow, 3 in_ready */
    POL_RTL_OUT_KIND,
    POL_RTL_OUT_CAUSE,
    POL_RTL_OUT_DECIDER,
    POL_RTL_OUT_RULE,
    POL_RTL_OUT_TAG,
    POL_RTL_OUT_RESPONSE,
    POL_RTL_OUT_WRITTEN,
    POL_RTL_OUT_CONFLICT, /* of pol_merge */
    POL_RTL_OUT_MERGE_TAG,
    POL_RTL_OUT_WORDS
};
static inline uint32_t pol_rtl_in_words(uint32_t nslots)
{
    return 1 + 8 * nslots;
}
static inline uint32_t pol_rtl_out_words(uint32_t nslots, uint32_t ndeciders, uint32_t nreports)
{
    return POL_RTL_OUT_WORDS + 4 * ndeciders + 6 * nslots + (nreports + 31) / 32;
}

/* What a unit compiled by Verilator exports under the name `pol_rtl`. */
struct pol_rtl_abi {
    uint32_t version, in_words, out_words;
    void *(*open)(void);
    void (*close)(void *unit);
    void (*drive)(void *unit, uint32_t control, const uint32_t *in, uint32_t *out);
};

/* Builds the harness in `dir`, which holds what --emit=sv and the harness consist of, with
 * Verilator, or with Icarus Verilog.  0, or -1 with a message that ends with what the tool said. */
int pol_rtl_build_verilator(const char *dir, char *err, size_t errsize);
int pol_rtl_build_icarus(const char *dir, char *err, size_t errsize);

/* Whether the engine's simulator is gone: what it answered since means nothing, and a comparison
 * with it has failed.  False for engines of other kinds. */
bool pol_rtl_ended(struct pol_engine *engine);

/* Engines over what was built, named "verilator" and "icarus"; table and space are borrowed.
 * NULL with a message. */
struct pol_engine *pol_rtl_open_verilator(const char *dir, const struct pol_table *table,
                                          const struct pol_space *space, char *err, size_t errsize);
struct pol_engine *pol_rtl_open_icarus(const char *dir, const struct pol_table *table,
                                       const struct pol_space *space, char *err, size_t errsize);

#ifdef __cplusplus
}
#endif
#endif
