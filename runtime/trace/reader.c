/* The reader that callers see: opens, tells the forms apart, hands out events of the current batch.
 */
#include "format.h"
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool open_form(struct pol_trace_reader *reader)
{
    size_t have = trace_input_fill(&reader->input, TRACE_MAGIC_SIZE);
    const unsigned char *start = reader->input.buffer + reader->input.at;
    if (have >= TRACE_MAGIC_SIZE && memcmp(start, TRACE_MAGIC, TRACE_MAGIC_SIZE) == 0) {
        reader->form = POL_TRACE_BINARY;
        return trace_binary_open(reader);
    }
    reader->form = POL_TRACE_TEXT;
    return trace_text_open(reader);
}

static struct pol_trace_reader *open_reader(FILE *stream, bool owned, struct pol_trace_error *err)
{
    struct pol_trace_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        trace_fail(err, 0, 0, "out of memory");
        if (owned)
            fclose(stream);
        return NULL;
    }
    reader->input.stream = stream;
    reader->input.owned = owned;
    reader->shard_count = 1;
    reader->state = 1;
    if (open_form(reader))
        return reader;
    *err = reader->error;
    pol_trace_close(reader);
    return NULL;
}

struct pol_trace_reader *pol_trace_open_stream(FILE *stream, struct pol_trace_error *err)
{
    return open_reader(stream, false, err);
}

struct pol_trace_reader *pol_trace_open(const char *path, struct pol_trace_error *err)
{
    if (strcmp(path, "-") == 0)
        return open_reader(stdin, false, err);
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        trace_fail(err, 0, 0, "cannot open: %s", strerror(errno));
        return NULL;
    }
    return open_reader(stream, true, err);
}

const struct pol_trace_header *pol_trace_header_of(const struct pol_trace_reader *reader)
{
    return &reader->header;
}

enum pol_trace_form pol_trace_form_of(const struct pol_trace_reader *reader)
{
    return reader->form;
}

const struct pol_trace_error *pol_trace_error_of(const struct pol_trace_reader *reader)
{
    return &reader->error;
}

bool pol_trace_shard(struct pol_trace_reader *reader, uint32_t index, uint32_t count)
{
    if (index >= count)
        return false;
    reader->shard_index = index;
    reader->shard_count = count;
    return true;
}

uint64_t pol_trace_position(const struct pol_trace_reader *reader)
{
    return trace_input_offset(&reader->input);
}

/* Make the current batch non-empty; false at the end or the damage. */
static bool refill(struct pol_trace_reader *reader)
{
    while (reader->at == reader->count) {
        if (reader->state != 1)
            return false;
        reader->at = reader->count = 0;
        if (reader->form == POL_TRACE_TEXT)
            trace_text_batch(reader);
        else
            trace_binary_batch(reader);
    }
    return true;
}

int pol_trace_next(struct pol_trace_reader *reader, struct pol_event *event)
{
    if (reader->at == reader->count && !refill(reader))
        return reader->state;
    *event = reader->events[reader->at++];
    return 1;
}

long pol_trace_batch(struct pol_trace_reader *reader, const struct pol_event **events)
{
    if (!refill(reader))
        return reader->state;
    long count = (long)(reader->count - reader->at);
    *events = reader->events + reader->at;
    reader->at = reader->count;
    return count;
}

void pol_trace_close(struct pol_trace_reader *reader)
{
    if (!reader)
        return;
    if (reader->text)
        trace_text_close(reader->text);
    if (reader->binary)
        trace_binary_close(reader->binary);
    if (reader->input.owned)
        fclose(reader->input.stream);
    free(reader);
}
