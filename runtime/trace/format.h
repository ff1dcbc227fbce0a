/* The binary form's constants and byte-level encoding (docs/formats/trace.md).  Everything is
 * little-endian. */
#ifndef POL_TRACE_FORMAT_H
#define POL_TRACE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#define TRACE_MAGIC "\x89PolTrc\n" /* a non-ASCII byte first: no text trace starts so */
enum {
    TRACE_MAGIC_SIZE = 8,
    TRACE_VERSION = 1,
    TRACE_BLOCK_HEADER = 20, /* mark, events, raw bytes, stored bytes, CRC */
    TRACE_VARINT_MAX = 10
};
#define TRACE_BLOCK_MARK 0x4b4c4250u /* "PBLK" */
#define TRACE_END_MARK 0x444e4550u   /* "PEND" */

/* Symbols of a block's order stream; above them, the number of a run. */
enum { TRACE_ORDER_OTHER, TRACE_ORDER_NEW, TRACE_ORDER_SAME, TRACE_ORDER_RUN };

static inline uint16_t trace_get16(const unsigned char *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t trace_get32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t trace_get64(const unsigned char *at)
{
    return trace_get32(at) | (uint64_t)trace_get32(at + 4) << 32;
}

static inline void trace_set32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

/* Differences of addresses, small in either direction, as small unsigned numbers. */
static inline uint64_t trace_zigzag(uint64_t difference)
{
    return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static inline uint64_t trace_unzigzag(uint64_t value)
{
    return value >> 1 ^ (value & 1 ? UINT64_MAX : 0);
}

/* A stream of bytes being decoded.  Reading past the end yields 0 and sets `bad`. */
struct trace_bytes {
    const unsigned char *at, *end;
    bool bad;
};

static inline uint8_t trace_byte(struct trace_bytes *bytes)
{
    if (bytes->at < bytes->end)
        return *bytes->at++;
    bytes->bad = true;
    return 0;
}

static inline uint64_t trace_varint(struct trace_bytes *bytes)
{
    if (bytes->at < bytes->end && *bytes->at < 0x80)
        return *bytes->at++;
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = trace_byte(bytes);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    bytes->bad = true;
    return 0;
}

/* zlib's CRC-32; start with 0 and chain. */
static inline uint32_t trace_crc32(uint32_t crc, const void *bytes, size_t size)
{
    return (uint32_t)crc32_z(crc, bytes, size);
}

#endif
