/* The simulated tag_core, cycle by cycle, behind plain C.
 *
 * Purpose: the one place that knows the simulator (core.cc, Verilator); whoever drives the core
 * includes this.
 *
 * Use: set inputs (core_show, core_trap, ...), look at the outputs with core_look, which settles
 * the logic, then core_clock for the next cycle; core_load and core_trap take a cycle themselves.
 * Shapes: packed tag words, core_words() 32-bit words each, bit 0 lowest in the first.
 * Errors: running out of memory is NULL; files that cannot be written are false. */
#ifndef HARDWARE_CORE_H
#define HARDWARE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* LOAD_* of tag_core.sv. */
enum core_kind {
    CORE_PC,
    CORE_X,
    CORE_F,
    CORE_CSR,
    CORE_MEMORY, /* granules in the tag store */
    CORE_TRAP,
    CORE_SAVED_M,
    CORE_SAVED_S,
    CORE_SEGMENT
};

/* A range of tagged memory: its granules are in the store side by side. */
struct core_segment {
    uint64_t start, end; /* addresses of the first and the last byte */
    uint32_t first;      /* index of the first granule in the store */
    bool fine;
};

struct core_insn {
    uint64_t pc, address;
    uint32_t word; /* expanded */
    bool is_c, has_address, sc_ok, trapped;
};

struct core_outputs {
    bool done, violation, ready, untagged;
    uint32_t fail_kind, cause, decider, rule, tag, response;
};

struct core;

/* A core after reset, and its parameters. */
struct core *core_open(void);
void core_close(struct core *core);
uint32_t core_words(const struct core *core);
uint32_t core_bits(const struct core *core);
uint32_t core_granules(const struct core *core); /* looked up side by side */
uint32_t core_depth(const struct core *core);    /* granules in the store */
uint32_t core_segments(const struct core *core);
uint64_t core_cycles(const struct core *core); /* since reset */

void core_load(struct core *core, enum core_kind kind, uint32_t number, const uint32_t *tag);
void core_load_segment(struct core *core, uint32_t number, const struct core_segment *segment);
void core_trap(struct core *core, bool to_s);
/* NULL: none. */
void core_show(struct core *core, const struct core_insn *insn);
void core_resume(struct core *core, bool resume);
void core_look(struct core *core, struct core_outputs *outputs);
void core_clock(struct core *core);

/* The tags at a place, now; not CORE_TRAP or CORE_SEGMENT. */
void core_read(const struct core *core, enum core_kind kind, uint32_t number, uint32_t *tag);

/* A waveform (VCD) of the core's own signals; dumps cycles while it is on. */
bool core_vcd(struct core *core, const char *path);
void core_vcd_on(struct core *core, bool on);
/* Resets the core and writes inputs and outputs of each cycle from there on, for core_tb.sv. */
bool core_record(struct core *core, const char *path);

#ifdef __cplusplus
}
#endif
#endif
