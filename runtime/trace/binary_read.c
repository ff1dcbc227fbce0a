/* The binary form, read.  The file is hostile until its checksums match, and even then every count
 * and number is checked: a wrong file is an error, with a bounded amount of memory. */
#include "format.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

struct run {
    uint32_t latest; /* index of its events at its latest occurrence */
    uint32_t count;
    uint32_t successor; /* the run that followed last time, or NO_RUN */
};
#define NO_RUN UINT32_MAX

struct trace_binary_reader {
    struct pol_event events[TRACE_BLOCK_EVENTS];
    struct run runs[TRACE_BLOCK_EVENTS];
    uint32_t run_count, previous;
    uint32_t count, expected; /* events of this block: decoded so far, and in all */
    uint64_t expected_pc, last_addr;
    struct trace_bytes order, fresh, mem, other;
    uint64_t offset; /* of the block */
    uint64_t block, total;
    ZSTD_DCtx *zstd;
    unsigned char raw[TRACE_RAW_MAX];
    unsigned char stored[ZSTD_COMPRESSBOUND(TRACE_RAW_MAX)];
};

static bool bad(struct pol_trace_reader *reader, uint64_t offset, const char *why)
{
    if (reader->input.failed)
        why = "read error";
    trace_fail(&reader->error, 0, offset, "%s", why);
    reader->state = -1;
    return false;
}

/* --- runs of instructions */

static bool decode_insn(struct trace_binary_reader *binary, struct pol_event *event)
{
    struct trace_bytes *fresh = &binary->fresh;
    event->flags = trace_byte(fresh);
    event->word = trace_byte(fresh);
    event->word |= (uint32_t)trace_byte(fresh) << 8;
    if (pol_insn_length(event->word) == 4) {
        event->word |= (uint32_t)trace_byte(fresh) << 16;
        event->word |= (uint32_t)trace_byte(fresh) << 24;
    }
    if (event->flags & POL_INSN_MEM) {
        binary->last_addr += trace_unzigzag(trace_varint(&binary->mem));
        event->addr = binary->last_addr;
    }
    return !trace_check_event(event);
}

/* A run seen for the first time.  Only its last instruction may have trapped. */
static bool decode_new(struct trace_binary_reader *binary, uint32_t *number)
{
    uint64_t pc = binary->expected_pc + trace_unzigzag(trace_varint(&binary->fresh));
    uint64_t hart = trace_varint(&binary->fresh), count = trace_varint(&binary->fresh);
    if (hart > UINT16_MAX || !count || count > binary->expected - binary->count)
        return false;
    *number = binary->run_count++;
    binary->runs[*number] = (struct run){binary->count, (uint32_t)count, NO_RUN};
    for (uint32_t i = 0; i < count; i++) {
        struct pol_event event = {.pc = pc, .kind = POL_EVENT_INSN, .hart = (uint16_t)hart};
        if (!decode_insn(binary, &event) || binary->fresh.bad)
            return false;
        if ((event.flags & POL_INSN_TRAPPED) && i + 1 < count)
            return false;
        pc += pol_insn_length(event.word);
        binary->events[binary->count++] = event;
    }
    return true;
}

/* A run seen before: its latest occurrence again, with the addresses moved. */
static bool decode_old(struct trace_binary_reader *binary, uint32_t number)
{
    struct run *run = &binary->runs[number];
    struct pol_event *to = &binary->events[binary->count];
    if (run->count > binary->expected - binary->count)
        return false;
    memcpy(to, &binary->events[run->latest], run->count * sizeof *to);
    for (uint32_t i = 0; i < run->count; i++)
        if (to[i].flags & POL_INSN_MEM)
            to[i].addr += trace_unzigzag(trace_varint(&binary->mem));
    run->latest = binary->count;
    binary->count += run->count;
    return true;
}

static bool after_trapped(const struct trace_binary_reader *binary)
{
    if (!binary->count)
        return false;
    const struct pol_event *last = &binary->events[binary->count - 1];
    return last->kind == POL_EVENT_INSN && (last->flags & POL_INSN_TRAPPED);
}

static bool decode_run(struct trace_binary_reader *binary, uint64_t symbol)
{
    uint32_t number = NO_RUN, previous = binary->previous;
    bool good;
    if (after_trapped(binary))
        return false;
    if (symbol == TRACE_ORDER_NEW) {
        good = decode_new(binary, &number);
    } else {
        if (symbol >= TRACE_ORDER_RUN && symbol - TRACE_ORDER_RUN < binary->run_count)
            number = (uint32_t)(symbol - TRACE_ORDER_RUN);
        else if (symbol == TRACE_ORDER_SAME && previous != NO_RUN)
            number = binary->runs[previous].successor;
        good = number != NO_RUN && decode_old(binary, number);
    }
    if (!good)
        return false;
    if (previous != NO_RUN)
        binary->runs[previous].successor = number;
    binary->previous = number;
    const struct pol_event *last = &binary->events[binary->count - 1];
    binary->expected_pc = last->pc + pol_insn_length(last->word);
    return true;
}

/* --- other events */

/* A terminated string in the block, or NULL. */
static const char *decode_string(struct trace_bytes *bytes)
{
    uint64_t size = trace_varint(bytes);
    const char *text = (const char *)bytes->at;
    if (!size || bytes->bad)
        return NULL;
    if (size > (uint64_t)(bytes->end - bytes->at) || memchr(text, 0, size) != text + size - 1) {
        bytes->bad = true;
        return NULL;
    }
    bytes->at += size;
    return text;
}

static bool decode_other(struct trace_binary_reader *binary)
{
    struct trace_bytes *other = &binary->other;
    struct pol_event event = {.kind = trace_byte(other)};
    event.flags = trace_byte(other);
    uint64_t hart = trace_varint(other), word = trace_varint(other);
    event.length = trace_varint(other);
    if (event.kind == POL_EVENT_TAG && event.target == POL_TAG_CSR)
        event.name = decode_string(other);
    else
        event.start = trace_varint(other);
    event.text = decode_string(other);
    if (other->bad || hart > UINT16_MAX || word > UINT32_MAX || event.kind == POL_EVENT_INSN)
        return false;
    event.hart = (uint16_t)hart;
    event.word = (uint32_t)word;
    if (event.text && event.kind < POL_EVENT_EXT)
        return false;
    struct trace_sequence sequence = {0};
    if (binary->count)
        sequence = trace_sequence_after(&binary->events[binary->count - 1]);
    if (trace_check_event(&event) || trace_check_sequence(&sequence, &event))
        return false;
    binary->events[binary->count++] = event;
    return true;
}

/* --- blocks */

static bool split_streams(struct trace_binary_reader *binary, size_t raw)
{
    struct trace_bytes all = {binary->raw, binary->raw + raw, false};
    struct trace_bytes *const parts[] = {&binary->order, &binary->fresh, &binary->mem,
                                         &binary->other};
    uint64_t lengths[4];
    for (size_t i = 0; i < 4; i++)
        lengths[i] = trace_varint(&all);
    for (size_t i = 0; i < 4; i++) {
        if (all.bad || lengths[i] > (uint64_t)(all.end - all.at))
            return false;
        *parts[i] = (struct trace_bytes){all.at, all.at + lengths[i], false};
        all.at += lengths[i];
    }
    return all.at == all.end;
}

static bool is_used_up(const struct trace_bytes *bytes)
{
    return !bytes->bad && bytes->at == bytes->end;
}

static bool decode_block(struct trace_binary_reader *binary, size_t raw)
{
    binary->count = binary->run_count = 0;
    binary->previous = NO_RUN;
    binary->expected_pc = binary->last_addr = 0;
    if (!split_streams(binary, raw))
        return false;
    while (binary->count < binary->expected) {
        uint64_t symbol = trace_varint(&binary->order);
        if (binary->order.bad)
            return false;
        if (symbol == TRACE_ORDER_OTHER ? !decode_other(binary) : !decode_run(binary, symbol))
            return false;
    }
    return !after_trapped(binary) && is_used_up(&binary->order) && is_used_up(&binary->fresh) &&
           is_used_up(&binary->mem) && is_used_up(&binary->other);
}

static bool end_of_trace(struct pol_trace_reader *reader)
{
    struct trace_binary_reader *binary = reader->binary;
    unsigned char end[16];
    if (trace_input_read(&reader->input, end, sizeof end) < sizeof end)
        return bad(reader, binary->offset, "truncated end mark");
    if (trace_get32(end + 12) != trace_crc32(0, end, 12))
        return bad(reader, binary->offset, "damaged end mark");
    if (trace_get64(end + 4) != binary->total)
        return bad(reader, binary->offset, "blocks are missing");
    if (trace_input_fill(&reader->input, 1))
        return bad(reader, binary->offset + sizeof end, "bytes after the end mark");
    reader->state = 0;
    return false;
}

/* Read a block's header and its compressed bytes. */
static bool load_block(struct pol_trace_reader *reader, size_t *raw, size_t *stored)
{
    struct trace_binary_reader *binary = reader->binary;
    unsigned char header[TRACE_BLOCK_HEADER];
    if (trace_input_read(&reader->input, header, sizeof header) < sizeof header)
        return bad(reader, binary->offset, "truncated block");
    binary->expected = trace_get32(header + 4);
    *raw = trace_get32(header + 8);
    *stored = trace_get32(header + 12);
    if (trace_get32(header) != TRACE_BLOCK_MARK)
        return bad(reader, binary->offset, "damaged: no block starts here");
    if (!binary->expected || binary->expected > TRACE_BLOCK_EVENTS || *raw > sizeof binary->raw ||
        *stored > sizeof binary->stored)
        return bad(reader, binary->offset, "damaged block: impossible sizes");
    if (trace_input_read(&reader->input, binary->stored, *stored) < *stored)
        return bad(reader, binary->offset, "truncated block");
    uint32_t crc = trace_crc32(trace_crc32(0, header, 16), binary->stored, *stored);
    if (trace_get32(header + 16) != crc)
        return bad(reader, binary->offset, "damaged block: wrong checksum");
    return true;
}

static bool next_block(struct pol_trace_reader *reader)
{
    struct trace_binary_reader *binary = reader->binary;
    size_t raw, stored;
    binary->offset = trace_input_offset(&reader->input);
    if (trace_input_fill(&reader->input, 4) < 4)
        return bad(reader, binary->offset, "truncated: no end mark");
    if (trace_get32(reader->input.buffer + reader->input.at) == TRACE_END_MARK)
        return end_of_trace(reader);
    if (!load_block(reader, &raw, &stored))
        return false;
    binary->total += binary->expected;
    if (binary->block++ % reader->shard_count != reader->shard_index)
        return true;
    size_t size = ZSTD_decompressDCtx(binary->zstd, binary->raw, raw, binary->stored, stored);
    if (ZSTD_isError(size) || size != raw)
        return bad(reader, binary->offset, "damaged block: cannot be decompressed");
    if (!decode_block(binary, raw))
        return bad(reader, binary->offset, "malformed block");
    reader->events = binary->events;
    reader->count = binary->count;
    return true;
}

void trace_binary_batch(struct pol_trace_reader *reader)
{
    while (!reader->count && next_block(reader))
        continue;
}

/* --- the header of the file */

static bool take_word(struct trace_bytes *bytes, char *to, size_t size)
{
    size_t length = trace_byte(bytes);
    if (length >= size || length > (size_t)(bytes->end - bytes->at))
        return false;
    memcpy(to, bytes->at, length);
    bytes->at += length;
    return !memchr(to, 0, length);
}

static bool parse_header(struct pol_trace_header *header, struct trace_bytes bytes)
{
    header->granule = trace_byte(&bytes);
    uint8_t virtual_addresses = trace_byte(&bytes);
    header->virtual_addresses = virtual_addresses == 1;
    return virtual_addresses <= 1 && take_word(&bytes, header->isa, sizeof header->isa) &&
           take_word(&bytes, header->policy, sizeof header->policy) && is_used_up(&bytes) &&
           !trace_check_header(header);
}

static bool read_header(struct pol_trace_reader *reader)
{
    enum { FIXED = TRACE_MAGIC_SIZE + 4 };
    unsigned char bytes[FIXED + 1024];
    if (trace_input_read(&reader->input, bytes, FIXED) < FIXED)
        return bad(reader, 0, "truncated header");
    if (trace_get16(bytes + TRACE_MAGIC_SIZE) != TRACE_VERSION)
        return bad(reader, TRACE_MAGIC_SIZE,
                   "a version of the trace format that this program does not know");
    size_t size = trace_get16(bytes + TRACE_MAGIC_SIZE + 2);
    if (size > 1024 - 4)
        return bad(reader, TRACE_MAGIC_SIZE, "damaged header: impossible size");
    if (trace_input_read(&reader->input, bytes + FIXED, size + 4) < size + 4)
        return bad(reader, 0, "truncated header");
    if (trace_get32(bytes + FIXED + size) != trace_crc32(0, bytes, FIXED + size))
        return bad(reader, 0, "damaged header: wrong checksum");
    struct trace_bytes fields = {bytes + FIXED, bytes + FIXED + size, false};
    return parse_header(&reader->header, fields) || bad(reader, 0, "malformed header");
}

bool trace_binary_open(struct pol_trace_reader *reader)
{
    struct trace_binary_reader *binary = malloc(sizeof *binary);
    reader->binary = binary;
    if (binary) {
        binary->block = binary->total = 0;
        binary->count = 0;
        binary->zstd = ZSTD_createDCtx();
    }
    if (!binary || !binary->zstd)
        return bad(reader, 0, "out of memory");
    return read_header(reader);
}

void trace_binary_close(struct trace_binary_reader *binary)
{
    ZSTD_freeDCtx(binary->zstd);
    free(binary);
}
