/* pol/trace.h: instruction traces, read and written as a stream of events.
 *
 * A trace tells, in execution order, which instruction words ran where, what memory they addressed,
 * which of them trapped, and what happened between them (traps, interrupts, memory changed from
 * outside, directives for tests).  Two file forms carry the same events: a text form for people and
 * a compressed binary form (docs/formats/trace.md).  The reader tells them apart by their first
 * bytes.
 *
 * Tag sets are text, by name ("{Pointer 3, Cell 4}"), never codes: what a name means is for a
 * policy's table to say.  pol/trace_text.h has the syntax of tag sets and of operand lines.
 *
 * Ownership: a reader owns all that its events point to; see pol_trace_next and pol_trace_batch for
 * how long. Units: addresses and lengths are bytes.  Errors: functions that can fail return a
 * status and describe the failure in a struct pol_trace_error; nothing prints.  Threads: one reader
 * or writer per thread. */
#ifndef POL_TRACE_H
#define POL_TRACE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Where and why reading or writing failed.  `line` counts from 1 and is 0 for binary traces;
 * `offset` is the byte offset in the file of the line or block at fault. */
struct pol_trace_error {
    uint64_t line;
    uint64_t offset;
    char message[240]; /* one sentence without the place; always terminated */
};

enum pol_event_kind {
    POL_EVENT_INSN = 1, /* one instruction: pc, word, flags, addr if POL_INSN_MEM */
    POL_EVENT_TRAP,  /* synchronous trap: cause, mode.  The next instruction is the handler's first
                      */
    POL_EVENT_IRQ,   /* interrupt taken: cause (without its top bit), mode */
    POL_EVENT_EXT,   /* memory changed from outside: start, length, text = its new tag set */
    POL_EVENT_TAG,   /* set tags now: target, and word, name or start/length; text = the tag set */
    POL_EVENT_EXPECT /* what the next instruction of this hart must do: expect, text = message or
                        NULL */
};

/* Flags of POL_EVENT_INSN. */
enum {
    POL_INSN_MEM = 1, /* addr holds the address of its data access */
    POL_INSN_TRAPPED =
        2, /* it raised a synchronous trap and did not retire; a POL_EVENT_TRAP follows */
    POL_INSN_SC_OK = 4,  /* a store-conditional that stored */
    POL_INSN_SC_FAIL = 8 /* a store-conditional that did not */
};

enum pol_trap_mode {
    POL_MODE_M = 1,
    POL_MODE_S = 2
}; /* the mode that handles the trap or interrupt */

enum pol_tag_target {
    POL_TAG_X = 1, /* integer register `word` */
    POL_TAG_F,     /* floating-point register `word` */
    POL_TAG_CSR,   /* CSR `name`, as written: a name or a number */
    POL_TAG_MEM,   /* `length` bytes from `start` */
    POL_TAG_ENV    /* the PC tag */
};

enum pol_expect_kind {
    POL_EXPECT_ALLOW = 1,
    POL_EXPECT_FAIL,     /* any failure; with `text`: explicit, with exactly this message */
    POL_EXPECT_IMPLICIT, /* no rule matched */
    POL_EXPECT_EXPLICIT  /* a rule's or a built-in failure */
};

/* A cause that the source of the trace did not know. */
#define POL_CAUSE_UNKNOWN UINT64_MAX

/* One event.  Which members count depends on `kind`; the others are 0. */
struct pol_event {
    union {
        uint64_t pc;      /* INSN */
        uint64_t start;   /* EXT, TAG of memory */
        uint64_t cause;   /* TRAP, IRQ */
        const char *name; /* TAG of a CSR */
    };
    union {
        uint64_t addr;   /* INSN with POL_INSN_MEM */
        uint64_t length; /* EXT, TAG of memory */
    };
    const char *text; /* EXT, TAG: tag set, syntax checked.  EXPECT: message or NULL */
    uint32_t word;    /* INSN: raw bits, 16 or 32 (pol_insn_length).  TAG: register number */
    uint16_t hart;
    uint8_t kind; /* enum pol_event_kind */
    union {
        uint8_t flags;  /* INSN: POL_INSN_* */
        uint8_t mode;   /* TRAP, IRQ: enum pol_trap_mode */
        uint8_t target; /* TAG: enum pol_tag_target */
        uint8_t expect; /* EXPECT: enum pol_expect_kind */
    };
};
static_assert(sizeof(struct pol_event) == 32, "replay speed depends on compact events");

/* Bytes of an instruction word: 2 for compressed ones, else 4. */
static inline uint32_t pol_insn_length(uint32_t word)
{
    return (word & 3u) == 3u ? 4u : 2u;
}

/* What a trace says about itself.  A zeroed header plus an ISA is valid. */
struct pol_trace_header {
    char isa[128];    /* "rv64imac_zicsr"; must not be empty */
    char policy[130]; /* digest of the policy in hexadecimal, or "" */
    uint32_t granule; /* bytes per memory tag: 1, 2, 4, 8; 0 if not stated */
    bool virtual_addresses;
};

enum pol_trace_form { POL_TRACE_TEXT = 1, POL_TRACE_BINARY = 2 };

struct pol_trace_reader;
struct pol_trace_writer;

/* Open a trace for reading; "-" is standard input.  NULL: *err says why.  The header has been read.
 */
struct pol_trace_reader *pol_trace_open(const char *path, struct pol_trace_error *err);

/* The same from an open stream (pipes are fine), which stays the caller's to close, after
 * pol_trace_close. */
struct pol_trace_reader *pol_trace_open_stream(FILE *stream, struct pol_trace_error *err);

const struct pol_trace_header *pol_trace_header_of(const struct pol_trace_reader *reader);
enum pol_trace_form pol_trace_form_of(const struct pol_trace_reader *reader);

/* The next event in *event.  1: an event, whose pointers live until the next call; 0: a proper end;
 * -1: damaged or malformed here (pol_trace_error_of), after everything before the damage has been
 * delivered; -1 again from then on. */
int pol_trace_next(struct pol_trace_reader *reader, struct pol_event *event);

/* The fast path: the next run of events in one array, which (with what it points to) lives until
 * the next call. Returns their number, 0 at a proper end, -1 as above.  May be mixed with
 * pol_trace_next. */
long pol_trace_batch(struct pol_trace_reader *reader, const struct pol_event **events);

/* Why the last call returned -1. */
const struct pol_trace_error *pol_trace_error_of(const struct pol_trace_reader *reader);

/* Deliver only blocks i with i % count == index of a binary trace (blocks are independent); call
 * before the first event.  A text trace is one block.  False if index >= count. */
bool pol_trace_shard(struct pol_trace_reader *reader, uint32_t index, uint32_t count);

/* Bytes consumed so far, for progress displays. */
uint64_t pol_trace_position(const struct pol_trace_reader *reader);

void pol_trace_close(struct pol_trace_reader *reader);

/* Create a trace; "-" is standard output.  NULL: *err says why. */
struct pol_trace_writer *pol_trace_create(const char *path, enum pol_trace_form form,
                                          const struct pol_trace_header *header,
                                          struct pol_trace_error *err);

/* The same to an open stream, which stays the caller's to close, after pol_trace_finish. */
struct pol_trace_writer *pol_trace_create_stream(FILE *stream, enum pol_trace_form form,
                                                 const struct pol_trace_header *header,
                                                 struct pol_trace_error *err);

/* Append an event; its texts are copied.  False: refused or not written (pol_trace_writer_error);
 * the trace is then unusable and later calls fail too.  Refused are events that cannot be told
 * apart when read back: a tag set or message with a syntax error, an instruction word wider than
 * its length says, a trapped instruction not followed by its TRAP. */
bool pol_trace_write(struct pol_trace_writer *writer, const struct pol_event *event);

const struct pol_trace_error *pol_trace_writer_error(const struct pol_trace_writer *writer);

/* Write what is pending and the end mark, then free the writer.  False if anything was not written;
 * *err (may be NULL) says why. */
bool pol_trace_finish(struct pol_trace_writer *writer, struct pol_trace_error *err);

#endif
