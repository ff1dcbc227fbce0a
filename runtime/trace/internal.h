/* What the readers and writers of both forms share.  Private to runtime/trace and the recording
 * plugin.
 *
 * Limits (docs/formats/trace.md states them): they bound the memory of a reader whatever the file
 * claims. */
#ifndef POL_TRACE_INTERNAL_H
#define POL_TRACE_INTERNAL_H

#include "pol/trace.h"

#include <stddef.h>

enum {
    TRACE_LINE_MAX = 65536,     /* bytes of a text line, without its end */
    TRACE_TEXT_MAX = 60000,     /* bytes of one tag set or message */
    TRACE_NAME_MAX = 100,       /* bytes of a CSR's name */
    TRACE_BLOCK_EVENTS = 65536, /* events of a binary block */
    TRACE_RAW_MAX = 1 << 22,    /* bytes of a block before compression */
    TRACE_RUN_MAX = 64          /* instructions of a run */
};

/* --- input.c: a buffered stream with a position */

struct trace_input {
    FILE *stream;
    bool owned, failed;
    size_t at, end;
    uint64_t offset; /* of buffer[0] in the stream */
    unsigned char buffer[65536];
};

/* The number of bytes available at input->buffer + input->at, at least `want` unless the stream
 * ends. */
size_t trace_input_fill(struct trace_input *input, size_t want);
/* Copy up to `size` bytes; fewer only at the end of the stream. */
size_t trace_input_read(struct trace_input *input, void *bytes, size_t size);
uint64_t trace_input_offset(const struct trace_input *input);

/* --- check.c: which events and sequences of events are a trace.  Both readers and the writer apply
 * it. */

struct trace_sequence {
    bool trapped;  /* the last event was a trapped instruction: its TRAP must follow */
    bool retired;  /* the last event was an instruction that a trap line would belong to */
    uint16_t hart; /* of the last event */
};

/* NULL if the event by itself is well-formed, else what is wrong. */
const char *trace_check_event(const struct pol_event *event);
struct trace_sequence trace_sequence_after(const struct pol_event *event);
/* The same for its place in the sequence, which moves on. */
const char *trace_check_sequence(struct trace_sequence *sequence, const struct pol_event *event);
/* Is the cause one of an instruction fetch, so that the instruction before it is not the one that
 * trapped? */
bool trace_cause_is_fetch(uint64_t cause);
const char *trace_check_header(const struct pol_trace_header *header);

/* --- the two forms behind the reader */

struct trace_text_reader;
struct trace_binary_reader;

struct pol_trace_reader {
    struct trace_input input;
    struct pol_trace_header header;
    enum pol_trace_form form;
    struct pol_trace_error error;
    int state; /* 1 reading, 0 at the end, -1 failed */
    uint32_t shard_index, shard_count;
    const struct pol_event *events; /* the current batch */
    size_t count, at;
    struct trace_text_reader *text; /* one of the two */
    struct trace_binary_reader *binary;
};

/* Record an error with its place; returns -1. */
int trace_fail(struct pol_trace_error *error, uint64_t line, uint64_t offset, const char *format,
               ...);

/* open: allocate and read the header; batch: fill reader->events and count with state 1, or change
 * the state, possibly both (events before the damage). */
bool trace_text_open(struct pol_trace_reader *reader);
void trace_text_batch(struct pol_trace_reader *reader);
void trace_text_close(struct trace_text_reader *text);
bool trace_binary_open(struct pol_trace_reader *reader);
void trace_binary_batch(struct pol_trace_reader *reader);
void trace_binary_close(struct trace_binary_reader *binary);

/* --- the two forms behind the writer */

struct trace_binary_writer;

struct pol_trace_writer {
    FILE *stream;
    bool owned, failed;
    enum pol_trace_form form;
    struct pol_trace_error error;
    struct trace_sequence sequence;
    uint16_t hart; /* text: what the last hart line said */
    struct trace_binary_writer *binary;
};

/* Write bytes, or note the failure. */
bool trace_put(struct pol_trace_writer *writer, const void *bytes, size_t size);
bool trace_text_begin(struct pol_trace_writer *writer, const struct pol_trace_header *header);
bool trace_text_write(struct pol_trace_writer *writer, const struct pol_event *event);
bool trace_binary_begin(struct pol_trace_writer *writer, const struct pol_trace_header *header);
bool trace_binary_write(struct pol_trace_writer *writer, const struct pol_event *event);
bool trace_binary_end(struct pol_trace_writer *writer);
void trace_binary_free(struct trace_binary_writer *binary);

#endif
