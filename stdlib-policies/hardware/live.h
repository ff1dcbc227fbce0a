/* The simulated core and the tag machine side by side.
 *
 * Purpose: what the parts of `replay` share: a rule table with the machine that runs it, the core
 * that was made from it, and where the core keeps the tags of memory.
 * Ownership: a struct live owns all it points to.
 * Errors: false after a message on standard error. */
#ifndef HARDWARE_LIVE_H
#define HARDWARE_LIVE_H

#include <pol/machine.h>
#include <pol/report.h>
#include <pol/table.h>

#include "core.h"
#include "layout.h"

#define LIVE_SEGMENTS 32 /* at most */

struct live {
    struct pol_table *table;
    struct pol_space *space;
    struct pol_isa isa;
    struct pol_engine *engine;
    struct pol_image *image;
    struct pol_machine *machine;
    struct layout *layout;
    struct pol_debug_decider *deciders;
    struct pol_debug_info debug;
    struct core *core;
    struct core_segment segments[LIVE_SEGMENTS];
    uint32_t nsegments, ngranules; /* of tagged memory */
    uint32_t *lit, *other;         /* literals */
    uint32_t *slots, *packed;      /* a table word, a packed word */
    struct names *names;           /* of what the waveform shows, or NULL */
};

/* record: a file for core_record, or NULL. */
bool live_open(struct live *live, const char *table, const char *image, const char *record);
void live_close(struct live *live);
bool live_bad(const char *format, ...);

/* The packed word of a literal, in live->packed. */
bool live_encode(struct live *live, const uint32_t *lit);
/* The literal of a packed word; false: the word is no tag set. */
bool live_decode(struct live *live, const uint32_t *packed, uint32_t *lit);

/* segments.c: where memory is in the tag store. */
bool segments_make(struct live *live);
uint32_t segment_bytes(const struct live *live, const struct core_segment *segment);
/* NULL: memory without tags. */
const struct core_segment *segment_of(const struct live *live, uint64_t address);
uint32_t segment_index(const struct live *live, const struct core_segment *segment,
                       uint64_t address);

/* load.c: the image's tags into the core; what an event that is no instruction has changed. */
bool load_image(struct live *live);
bool load_event(struct live *live, const struct pol_event *event);

/* compare.c: the core's tags and the machine's.  False: they differ, which has been said. */
bool compare_registers(struct live *live); /* PC, x, f */
bool compare_step(struct live *live);      /* what the last instruction touched besides */
bool compare_all(struct live *live);

/* names.c: words and instructions as the waveform's picture names them. */
struct names *names_new(struct live *live);
void names_free(struct names *names);
void names_tag(struct names *names, const uint32_t *packed);
void names_insn(struct names *names, uint32_t word);
bool names_write(const struct names *names, const char *path);

#endif
