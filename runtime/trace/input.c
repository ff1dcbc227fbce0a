/* A buffered stream with a position, for both readers: stdio's buffer cannot be peeked into on a
 * pipe. */
#include "internal.h"

#include <string.h>

size_t trace_input_fill(struct trace_input *input, size_t want)
{
    if (input->end - input->at >= want)
        return input->end - input->at;
    memmove(input->buffer, input->buffer + input->at, input->end - input->at);
    input->offset += input->at;
    input->end -= input->at;
    input->at = 0;
    while (input->end < want) {
        size_t room = sizeof input->buffer - input->end;
        size_t got = fread(input->buffer + input->end, 1, room, input->stream);
        input->end += got;
        if (!got) {
            input->failed = ferror(input->stream) != 0;
            break;
        }
    }
    return input->end;
}

size_t trace_input_read(struct trace_input *input, void *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t have = trace_input_fill(input, 1), left = size - done;
        if (!have)
            break;
        if (have > left)
            have = left;
        memcpy((unsigned char *)bytes + done, input->buffer + input->at, have);
        input->at += have;
        done += have;
    }
    return done;
}

uint64_t trace_input_offset(const struct trace_input *input)
{
    return input->offset + input->at;
}
