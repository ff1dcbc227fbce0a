/* Readers: what a tool that loads an image would make of it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/rom/rom.h"

struct scan {
    const char *at;
    const struct rom_image *expected;
    uint64_t *data;
    uint32_t n; /* words read */
};

static bool store(struct scan *s, uint64_t value)
{
    uint32_t width = s->expected->width;
    if (s->n >= s->expected->depth || (width < 64 && value >> width))
        return false;
    s->data[s->n++] = value;
    return true;
}

static void skip_space(struct scan *s)
{
    while (isspace((unsigned char)*s->at))
        s->at++;
}

/* Goes past the first occurrence of `text`. */
static bool find(struct scan *s, const char *text)
{
    const char *found = strstr(s->at, text);
    if (found)
        s->at = found + strlen(text);
    return found;
}

static bool hex(struct scan *s, uint64_t *value)
{
    char *end;
    skip_space(s);
    if (!isxdigit((unsigned char)*s->at))
        return false;
    *value = strtoull(s->at, &end, 16);
    s->at = end;
    return true;
}

static bool expect(struct scan *s, char c)
{
    skip_space(s);
    return *s->at++ == c;
}

static bool read_mem(struct scan *s)
{
    uint64_t value;
    if (!find(s, "\n"))
        return false;
    while (hex(s, &value))
        if (!store(s, value))
            return false;
    return *s->at == 0;
}

/* `NAME=number;` */
static bool property(struct scan *s, const char *name, uint32_t want)
{
    char *end;
    if (!find(s, name))
        return false;
    bool same = strtoul(s->at, &end, 10) == want;
    s->at = end;
    return same && expect(s, ';');
}

static bool read_mif(struct scan *s)
{
    uint64_t address, value;
    if (!property(s, "WIDTH=", s->expected->width) || !property(s, "DEPTH=", s->expected->depth) ||
        !find(s, "ADDRESS_RADIX=HEX;") || !find(s, "DATA_RADIX=HEX;") || !find(s, "CONTENT BEGIN"))
        return false;
    for (skip_space(s); strncmp(s->at, "END;", 4) != 0; skip_space(s))
        if (!hex(s, &address) || address != s->n || !expect(s, ':') || !hex(s, &value) ||
            !expect(s, ';') || !store(s, value))
            return false;
    return true;
}

static bool read_coe(struct scan *s)
{
    uint64_t value;
    if (!find(s, "memory_initialization_radix=16;") || !find(s, "memory_initialization_vector="))
        return false;
    do
        if (!hex(s, &value) || !store(s, value))
            return false;
    while (expect(s, ','));
    return s->at[-1] == ';';
}

/* ---- Intel HEX ------------------------------------------------------------------------------- */

struct record {
    uint8_t bytes[260]; /* length, address, type, data, checksum */
    uint32_t n;
};

static int nibble(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_record(struct scan *s, struct record *r)
{
    uint8_t sum = 0;
    if (!expect(s, ':'))
        return false;
    for (r->n = 0; *s->at && *s->at != '\n'; s->at += 2) {
        int high = nibble(s->at[0]), low = high < 0 ? -1 : nibble(s->at[1]);
        if (low < 0 || r->n == sizeof r->bytes)
            return false;
        r->bytes[r->n] = (uint8_t)(high * 16 + low);
        sum = (uint8_t)(sum + r->bytes[r->n++]);
    }
    return r->n >= 5 && r->bytes[0] == r->n - 5 && sum == 0;
}

static bool hex_byte(struct scan *s, uint64_t at, uint8_t byte)
{
    uint32_t size = (s->expected->width + 7) / 8;
    if (at / size >= s->expected->depth)
        return false;
    if (at % size == 0)
        s->data[s->n++] = 0;
    s->data[at / size] |= (uint64_t)byte << (at % size * 8);
    return true;
}

static bool read_ihex(struct scan *s)
{
    struct record r;
    uint64_t upper = 0, next = 0;
    while (read_record(s, &r)) {
        uint64_t address = upper | (uint64_t)r.bytes[1] << 8 | r.bytes[2];
        if (r.bytes[3] == 1)
            return next == (uint64_t)((s->expected->width + 7) / 8) * s->expected->depth;
        if (r.bytes[3] == 4 && r.bytes[0] == 2) {
            upper = (uint64_t)r.bytes[4] << 24 | (uint64_t)r.bytes[5] << 16;
            continue;
        }
        if (r.bytes[3] != 0 || address != next)
            return false;
        for (uint32_t i = 0; i < r.bytes[0]; i++)
            if (!hex_byte(s, next++, r.bytes[4 + i]))
                return false;
    }
    return false;
}

static bool read_c(struct scan *s)
{
    uint64_t value;
    if (!find(s, s->expected->name) || !find(s, "{") || !find(s, "\n"))
        return false;
    for (skip_space(s); *s->at != '}'; skip_space(s)) {
        if (!hex(s, &value)) /* 0x is read, too */
            return false;
        s->at += *s->at == 'u';
        if (!expect(s, ',') || !store(s, value))
            return false;
    }
    return true;
}

bool rom_read(const char *text, enum rom_format format, const struct rom_image *expected,
              uint64_t *data)
{
    static bool (*const readers[ROM_FORMATS])(struct scan *) = {[ROM_MEM] = read_mem,
                                                                [ROM_MIF] = read_mif,
                                                                [ROM_COE] = read_coe,
                                                                [ROM_IHEX] = read_ihex,
                                                                [ROM_C] = read_c};
    struct scan s = {text, expected, data, 0};
    return readers[format](&s) && s.n == expected->depth;
}
