/* Writing foo.prt: header, directory, sections, each section at a multiple of 8 bytes. */
#include "compiler/backend/prt/prt.h"

#include <string.h>
#include <pol/table.h>

#include "lang/support/arena.h"

enum { SECTIONS = POL_SEC_COUNT - 1 };

static void put16(unsigned char *at, uint16_t value)
{
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
}

static void put32(unsigned char *at, uint32_t value)
{
    put16(at, (uint16_t)value);
    put16(at + 2, (uint16_t)(value >> 16));
}

static void put64(unsigned char *at, uint64_t value)
{
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)(value >> 32));
}

static size_t aligned(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static size_t section_bytes(const struct tbl_section *section)
{
    return section->count * section->record_size;
}

static size_t file_bytes(const struct tbl *tbl)
{
    size_t size = sizeof(struct pol_prt_header) + SECTIONS * sizeof(struct pol_prt_section);
    for (int kind = 1; kind < POL_SEC_COUNT; kind++)
        size = aligned(size) + section_bytes(&tbl->sections[kind]);
    return aligned(size);
}

/* The records are arrays of 32-bit words in the host's order; strings are bytes. */
static void put_records(unsigned char *at, const struct tbl_section *section)
{
    size_t size = section_bytes(section);
    if (section->record_size == 1) {
        if (size)
            memcpy(at, section->data, size);
        return;
    }
    for (size_t i = 0; i < size; i += 4) {
        uint32_t word;
        memcpy(&word, section->data + i, sizeof word);
        put32(at + i, word);
    }
}

static void put_sections(unsigned char *bytes, const struct tbl *tbl)
{
    unsigned char *entry = bytes + sizeof(struct pol_prt_header);
    size_t offset =
        aligned(sizeof(struct pol_prt_header) + SECTIONS * sizeof(struct pol_prt_section));
    for (uint32_t kind = 1; kind < POL_SEC_COUNT; kind++) {
        const struct tbl_section *section = &tbl->sections[kind];
        put32(entry, kind);
        put32(entry + 4, section->record_size);
        put64(entry + 8, offset);
        put64(entry + 16, section->count);
        put_records(bytes + offset, section);
        entry += sizeof(struct pol_prt_section);
        offset = aligned(offset + section_bytes(section));
    }
}

static void put_header(unsigned char *bytes, size_t size, const struct tbl *tbl)
{
    memcpy(bytes, POL_PRT_MAGIC, 8);
    put16(bytes + 8, POL_PRT_MAJOR);
    put16(bytes + 10, POL_PRT_MINOR);
    put32(bytes + 12, (uint32_t)sizeof(struct pol_prt_header));
    put64(bytes + 16, size);
    put32(bytes + 28, SECTIONS);
    memcpy(bytes + 32, tbl->digest, sizeof tbl->digest);
    put32(bytes + 24, pol_table_checksum(bytes, size));
}

unsigned char *prt_bytes(const struct tbl *tbl, size_t *size)
{
    *size = file_bytes(tbl);
    unsigned char *bytes = lang_xalloc(*size);
    put_sections(bytes, tbl);
    put_header(bytes, *size, tbl);
    return bytes;
}
