/* Traces of both forms.  Checksums are made right first, so that mutations reach the decoder; what
 * reads to its end is written in both forms and must read back equal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/trace.h>

#include "runtime/trace/format.h"
#include "tests/fuzz/lib/fuzz.h"

enum { EVENT_LIMIT = 1 << 20 }; /* a small file can hold many repeated runs */

static void require(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "trace-read: %s\n", what);
    abort();
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Walks header and blocks by the sizes they state and stores the checksums that the rest asks for.
 */
static void mend(uint8_t *data, size_t size)
{
    enum { FIXED = TRACE_MAGIC_SIZE + 4 };
    if (size < FIXED || memcmp(data, TRACE_MAGIC, TRACE_MAGIC_SIZE) != 0)
        return;
    size_t at = FIXED + trace_get16(data + TRACE_MAGIC_SIZE + 2);
    if (at + 4 > size)
        return;
    put32(data + at, trace_crc32(0, data, at));
    at += 4;
    while (size - at >= TRACE_BLOCK_HEADER && trace_get32(data + at) == TRACE_BLOCK_MARK) {
        size_t stored = trace_get32(data + at + 12);
        if (stored > size - at - TRACE_BLOCK_HEADER)
            return;
        uint32_t crc = trace_crc32(0, data + at, 16);
        crc = trace_crc32(crc, data + at + TRACE_BLOCK_HEADER, stored);
        put32(data + at + 16, crc);
        at += TRACE_BLOCK_HEADER + stored;
    }
    if (size - at >= 16)
        put32(data + at + 12, trace_crc32(0, data + at, 12));
}

static struct pol_trace_reader *open_bytes(const uint8_t *data, size_t size, FILE **file)
{
    struct pol_trace_error error;
    *file = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : fopen("/dev/null", "rb");
    require(*file != NULL, "no stream");
    struct pol_trace_reader *reader = pol_trace_open_stream(*file, &error);
    require(reader || memchr(error.message, 0, sizeof error.message), "unterminated message");
    return reader;
}

static int same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static int same_event(const struct pol_event *a, const struct pol_event *b)
{
    int named = a->kind == POL_EVENT_TAG && a->target == POL_TAG_CSR;
    return a->kind == b->kind && a->flags == b->flags && a->hart == b->hart && a->word == b->word &&
           a->length == b->length && same_text(a->text, b->text) &&
           (named ? same_text(a->name, b->name) : a->pc == b->pc);
}

/* Copies all events into a trace in memory; NULL when the input is damaged or long. */
static char *copy(const uint8_t *data, size_t size, enum pol_trace_form form, size_t *length)
{
    FILE *in, *out;
    struct pol_trace_reader *reader = open_bytes(data, size, &in);
    char *bytes = NULL;
    int more = 0;
    if (reader && (out = open_memstream(&bytes, length)) != NULL) {
        struct pol_trace_error error;
        struct pol_trace_writer *writer =
            pol_trace_create_stream(out, form, pol_trace_header_of(reader), &error);
        require(writer != NULL, "a header that was read cannot be written");
        struct pol_event event;
        for (long n = 0; (more = pol_trace_next(reader, &event)) > 0 && n < EVENT_LIMIT; n++)
            require(pol_trace_write(writer, &event), "an event that was read cannot be written");
        int finished = pol_trace_finish(writer, &error);
        require(finished || more != 0, "a whole trace cannot be finished");
        fclose(out);
    }
    int whole = reader && more == 0;
    pol_trace_close(reader);
    fclose(in);
    if (whole)
        return bytes;
    free(bytes);
    return NULL;
}

static void compare(const uint8_t *data, size_t size, const char *other, size_t other_size)
{
    FILE *in[2];
    struct pol_trace_reader *reader[2] = {open_bytes(data, size, &in[0]),
                                          open_bytes((const uint8_t *)other, other_size, &in[1])};
    require(reader[0] && reader[1], "a copy does not open");
    struct pol_event event[2];
    int more[2];
    do {
        more[0] = pol_trace_next(reader[0], &event[0]);
        more[1] = pol_trace_next(reader[1], &event[1]);
        require(more[0] == more[1], "a copy has another length");
        require(more[0] <= 0 || same_event(&event[0], &event[1]), "a copy has another event");
    } while (more[0] > 0);
    for (int i = 0; i < 2; i++) {
        pol_trace_close(reader[i]);
        fclose(in[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *mended = malloc(size + 1);
    if (!mended)
        return 0;
    memcpy(mended, data, size);
    mend(mended, size);
    static const enum pol_trace_form forms[] = {POL_TRACE_TEXT, POL_TRACE_BINARY};
    for (int i = 0; i < 2; i++) {
        size_t length = 0;
        char *other = copy(mended, size, forms[i], &length);
        if (other)
            compare(mended, size, other, length);
        free(other);
    }
    free(mended);
    return 0;
}
