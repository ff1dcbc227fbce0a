/* The binary form, written.  A block's events are kept as they come and encoded when the block is
 * full: runs of consecutive instructions are described once per block and then named by number,
 * which is what makes a loop's iteration cost a byte or none. */
#include "format.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    FIRST_BLOCK =
        1024, /* blocks double from here on, so that a damaged small trace keeps its beginning */
    TEXTS_MAX = 1 << 20,
    SLOTS = 1 << 17, /* of the hash table of runs: twice the runs */
    LEVEL = 12,      /* of zstd: higher ones gain nothing on what the runs leave */
    INSN_BYTES = 19, /* worst case of a run of one instruction in the stream of new runs */
    OTHER_BYTES = 36 /* worst case of another event, without its texts */
};

struct stream {
    unsigned char *bytes;
    size_t length, capacity;
};

struct run {
    uint32_t first, latest; /* indices of its events at its first and latest occurrence */
    uint32_t count;
    uint32_t successor; /* the run that followed last time, or NO_RUN */
};
#define NO_RUN UINT32_MAX

struct trace_binary_writer {
    struct pol_event events[TRACE_BLOCK_EVENTS];
    struct run runs[TRACE_BLOCK_EVENTS];
    uint32_t slots[SLOTS]; /* run + 1, or 0 */
    size_t count, limit;
    uint32_t run_count, previous; /* the run encoded last, or NO_RUN */
    uint64_t expected_pc, last_addr, total;
    struct stream order, fresh, mem, other, raw, stored;
    size_t used;
    char texts[TEXTS_MAX];
    ZSTD_CCtx *zstd;
};

/* Capacities are worst cases of a full block, so that overflow is an error in this file. */
static void put_byte(struct stream *stream, unsigned value)
{
    if (stream->length == stream->capacity)
        abort();
    stream->bytes[stream->length++] = (unsigned char)value;
}

static void put_varint(struct stream *stream, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_byte(stream, (unsigned)(value & 0x7f) | 0x80);
    put_byte(stream, (unsigned)value);
}

static void put_bytes(struct stream *stream, const void *bytes, size_t size)
{
    if (stream->capacity - stream->length < size)
        abort();
    if (size)
        memcpy(stream->bytes + stream->length, bytes, size);
    stream->length += size;
}

/* --- runs */

/* Does control usually go elsewhere after this RISC-V word?  Only a hint where to end a run, so
 * that the same code gives the same runs; a wrong answer costs space. */
static bool may_jump(uint32_t word)
{
    uint32_t opcode = word & 0x7f, quadrant = word & 3, funct3 = word >> 13 & 7;
    if (quadrant == 3)
        return opcode == 0x63 || opcode == 0x67 || opcode == 0x6f || opcode == 0x73;
    if (quadrant == 1)
        return funct3 >= 5;
    return quadrant == 2 && funct3 == 4 && !(word >> 2 & 31);
}

/* The number of events from `first` that form a run. */
static uint32_t run_length(const struct trace_binary_writer *binary, size_t first)
{
    const struct pol_event *start = &binary->events[first], *event = start;
    uint32_t count = 1;
    while (first + count < binary->count && count < TRACE_RUN_MAX) {
        const struct pol_event *next = event + 1;
        if ((event->flags & POL_INSN_TRAPPED) || may_jump(event->word))
            break;
        if (next->kind != POL_EVENT_INSN || next->hart != start->hart ||
            next->pc != event->pc + pol_insn_length(event->word))
            break;
        event = next;
        count++;
    }
    return count;
}

static uint32_t run_hash(const struct pol_event *events, uint32_t count)
{
    uint64_t hash = events->pc ^ (uint64_t)events->hart << 48 ^ count;
    for (uint32_t i = 0; i < count; i++)
        hash = (hash ^ events[i].word ^ (uint64_t)events[i].flags << 32) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(hash >> 40);
}

static bool same_run(const struct pol_event *a, const struct pol_event *b, uint32_t count)
{
    if (a->pc != b->pc || a->hart != b->hart)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (a[i].word != b[i].word || a[i].flags != b[i].flags)
            return false;
    return true;
}

/* The run equal to the events from `first`, or NO_RUN after entering them as a new one. */
static uint32_t find_run(struct trace_binary_writer *binary, uint32_t first, uint32_t count)
{
    const struct pol_event *events = &binary->events[first];
    uint32_t at = run_hash(events, count) % SLOTS;
    for (; binary->slots[at]; at = (at + 1) % SLOTS) {
        const struct run *run = &binary->runs[binary->slots[at] - 1];
        if (run->count == count && same_run(&binary->events[run->first], events, count))
            return binary->slots[at] - 1;
    }
    binary->runs[binary->run_count] = (struct run){first, first, count, NO_RUN};
    binary->slots[at] = ++binary->run_count;
    return NO_RUN;
}

static void put_new_run(struct trace_binary_writer *binary, const struct pol_event *events,
                        uint32_t count)
{
    struct stream *fresh = &binary->fresh;
    put_varint(&binary->order, TRACE_ORDER_NEW);
    put_varint(fresh, trace_zigzag(events->pc - binary->expected_pc));
    put_varint(fresh, events->hart);
    put_varint(fresh, count);
    for (uint32_t i = 0; i < count; i++) {
        put_byte(fresh, events[i].flags);
        for (unsigned byte = 0; byte < pol_insn_length(events[i].word); byte++)
            put_byte(fresh, events[i].word >> 8 * byte & 0xff);
        if (!(events[i].flags & POL_INSN_MEM))
            continue;
        put_varint(&binary->mem, trace_zigzag(events[i].addr - binary->last_addr));
        binary->last_addr = events[i].addr;
    }
}

static void put_old_run(struct trace_binary_writer *binary, uint32_t number, uint32_t first)
{
    struct run *run = &binary->runs[number];
    bool same = binary->previous != NO_RUN && binary->runs[binary->previous].successor == number;
    put_varint(&binary->order, same ? TRACE_ORDER_SAME : TRACE_ORDER_RUN + (uint64_t)number);
    const struct pol_event *old = &binary->events[run->latest], *now = &binary->events[first];
    for (uint32_t i = 0; i < run->count; i++)
        if (now[i].flags & POL_INSN_MEM)
            put_varint(&binary->mem, trace_zigzag(now[i].addr - old[i].addr));
    run->latest = first;
}

static void put_run(struct trace_binary_writer *binary, uint32_t first, uint32_t count)
{
    const struct pol_event *last = &binary->events[first + count - 1];
    uint32_t number = find_run(binary, first, count);
    if (number == NO_RUN) {
        number = binary->run_count - 1;
        put_new_run(binary, &binary->events[first], count);
    } else {
        put_old_run(binary, number, first);
    }
    if (binary->previous != NO_RUN)
        binary->runs[binary->previous].successor = number;
    binary->previous = number;
    binary->expected_pc = last->pc + pol_insn_length(last->word);
}

/* --- other events */

static void put_string(struct stream *stream, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    put_varint(stream, size);
    put_bytes(stream, text, size);
}

static bool has_name(const struct pol_event *event)
{
    return event->kind == POL_EVENT_TAG && event->target == POL_TAG_CSR;
}

static void put_other(struct trace_binary_writer *binary, const struct pol_event *event)
{
    struct stream *other = &binary->other;
    put_varint(&binary->order, TRACE_ORDER_OTHER);
    put_byte(other, event->kind);
    put_byte(other, event->flags);
    put_varint(other, event->hart);
    put_varint(other, event->word);
    put_varint(other, event->length);
    if (has_name(event))
        put_string(other, event->name);
    else
        put_varint(other, event->start);
    put_string(other, event->text);
}

/* --- blocks */

static void encode_events(struct trace_binary_writer *binary)
{
    for (size_t i = 0; i < binary->count;) {
        uint32_t count = 1;
        if (binary->events[i].kind == POL_EVENT_INSN) {
            count = run_length(binary, i);
            put_run(binary, (uint32_t)i, count);
        } else {
            put_other(binary, &binary->events[i]);
        }
        i += count;
    }
}

static void join_streams(struct trace_binary_writer *binary)
{
    struct stream *const parts[] = {&binary->order, &binary->fresh, &binary->mem, &binary->other};
    binary->raw.length = 0;
    for (size_t i = 0; i < 4; i++)
        put_varint(&binary->raw, parts[i]->length);
    for (size_t i = 0; i < 4; i++)
        put_bytes(&binary->raw, parts[i]->bytes, parts[i]->length);
}

/* Start the next block; nothing of one block helps to read another. */
static void clear_block(struct trace_binary_writer *binary)
{
    memset(binary->slots, 0, sizeof binary->slots);
    binary->count = binary->used = 0;
    binary->run_count = 0;
    binary->previous = NO_RUN;
    binary->expected_pc = binary->last_addr = 0;
    binary->order.length = binary->fresh.length = binary->mem.length = binary->other.length = 0;
    if (binary->limit < TRACE_BLOCK_EVENTS)
        binary->limit *= 2;
}

static bool flush_block(struct pol_trace_writer *writer)
{
    struct trace_binary_writer *binary = writer->binary;
    struct stream *stored = &binary->stored;
    unsigned char header[TRACE_BLOCK_HEADER];
    encode_events(binary);
    join_streams(binary);
    size_t size = ZSTD_compressCCtx(binary->zstd, stored->bytes, stored->capacity,
                                    binary->raw.bytes, binary->raw.length, LEVEL);
    if (ZSTD_isError(size))
        abort(); /* the buffer is ZSTD_compressBound long */
    trace_set32(header, TRACE_BLOCK_MARK);
    trace_set32(header + 4, (uint32_t)binary->count);
    trace_set32(header + 8, (uint32_t)binary->raw.length);
    trace_set32(header + 12, (uint32_t)size);
    trace_set32(header + 16, trace_crc32(trace_crc32(0, header, 16), stored->bytes, size));
    binary->total += binary->count;
    clear_block(binary);
    return trace_put(writer, header, sizeof header) && trace_put(writer, stored->bytes, size);
}

static const char *keep(struct trace_binary_writer *binary, const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = binary->texts + binary->used;
    memcpy(copy, text, size);
    binary->used += size;
    return copy;
}

/* A block may not end between a trapped instruction and its trap. */
static bool block_is_full(const struct trace_binary_writer *binary)
{
    if (!binary->count)
        return false;
    const struct pol_event *last = &binary->events[binary->count - 1];
    if (last->kind == POL_EVENT_INSN && (last->flags & POL_INSN_TRAPPED))
        return false;
    return binary->count >= binary->limit - 1 ||
           binary->used > TEXTS_MAX - TRACE_TEXT_MAX - TRACE_NAME_MAX - 2;
}

/* The members that count for its kind; the others 0, so that what is read back is what was written.
 */
static struct pol_event canonical(const struct pol_event *event)
{
    struct pol_event copy = {.kind = event->kind, .flags = event->flags, .hart = event->hart};
    bool insn = event->kind == POL_EVENT_INSN, tag = event->kind == POL_EVENT_TAG;
    bool trap = event->kind == POL_EVENT_TRAP || event->kind == POL_EVENT_IRQ;
    bool range = event->kind == POL_EVENT_EXT || (tag && event->target == POL_TAG_MEM);
    if (insn || trap || range)
        copy.pc = event->pc;
    if (range || (insn && (event->flags & POL_INSN_MEM)))
        copy.length = event->length;
    if (insn || (tag && (event->target == POL_TAG_X || event->target == POL_TAG_F)))
        copy.word = event->word;
    return copy;
}

bool trace_binary_write(struct pol_trace_writer *writer, const struct pol_event *event)
{
    struct trace_binary_writer *binary = writer->binary;
    if (block_is_full(binary) && !flush_block(writer))
        return false;
    struct pol_event copy = canonical(event);
    if (has_name(event))
        copy.name = keep(binary, event->name);
    if (event->kind >= POL_EVENT_EXT)
        copy.text = keep(binary, event->text);
    binary->events[binary->count++] = copy;
    return true;
}

/* --- begin and end */

static bool put_file_header(struct pol_trace_writer *writer, const struct pol_trace_header *header)
{
    unsigned char bytes[TRACE_MAGIC_SIZE + 16 + sizeof header->isa + sizeof header->policy];
    struct stream out = {bytes, 0, sizeof bytes};
    unsigned isa = (unsigned)strlen(header->isa), policy = (unsigned)strlen(header->policy);
    unsigned size = 4 + isa + policy;
    put_bytes(&out, TRACE_MAGIC, TRACE_MAGIC_SIZE);
    put_byte(&out, TRACE_VERSION);
    put_byte(&out, 0);
    put_byte(&out, size & 0xff);
    put_byte(&out, size >> 8);
    put_byte(&out, header->granule);
    put_byte(&out, header->virtual_addresses);
    put_byte(&out, isa);
    put_bytes(&out, header->isa, isa);
    put_byte(&out, policy);
    put_bytes(&out, header->policy, policy);
    unsigned char crc[4];
    trace_set32(crc, trace_crc32(0, bytes, out.length));
    put_bytes(&out, crc, sizeof crc);
    return trace_put(writer, bytes, out.length);
}

static bool allocate(struct stream *stream, size_t capacity)
{
    stream->bytes = malloc(capacity);
    stream->capacity = capacity;
    return stream->bytes != NULL;
}

static bool allocate_streams(struct trace_binary_writer *binary)
{
    const size_t events = TRACE_BLOCK_EVENTS;
    return allocate(&binary->order, events * 3) && allocate(&binary->fresh, events * INSN_BYTES) &&
           allocate(&binary->mem, events * TRACE_VARINT_MAX) &&
           allocate(&binary->other, events * OTHER_BYTES + TEXTS_MAX) &&
           allocate(&binary->raw, TRACE_RAW_MAX) &&
           allocate(&binary->stored, ZSTD_compressBound(TRACE_RAW_MAX));
}

bool trace_binary_begin(struct pol_trace_writer *writer, const struct pol_trace_header *header)
{
    struct trace_binary_writer *binary = calloc(1, sizeof *binary);
    writer->binary = binary;
    if (!binary || !allocate_streams(binary) || !(binary->zstd = ZSTD_createCCtx()))
        return false;
    binary->limit = FIRST_BLOCK / 2;
    clear_block(binary);
    return put_file_header(writer, header);
}

bool trace_binary_end(struct pol_trace_writer *writer)
{
    struct trace_binary_writer *binary = writer->binary;
    unsigned char end[16];
    if (binary->count && !flush_block(writer))
        return false;
    trace_set32(end, TRACE_END_MARK);
    trace_set32(end + 4, (uint32_t)binary->total);
    trace_set32(end + 8, (uint32_t)(binary->total >> 32));
    trace_set32(end + 12, trace_crc32(0, end, 12));
    return trace_put(writer, end, sizeof end);
}

void trace_binary_free(struct trace_binary_writer *binary)
{
    if (!binary)
        return;
    struct stream *const streams[] = {&binary->order, &binary->fresh, &binary->mem,
                                      &binary->other, &binary->raw,   &binary->stored};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        free(streams[i]->bytes);
    ZSTD_freeCCtx(binary->zstd);
    free(binary);
}
