/* Names of targets: rv64imafdc_zicsr_zifencei. */
#include "pol/isa.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What each extension is called and, at least, brings along. */
static const struct extension {
    const char *name;
    uint32_t exts;  /* switched on by the name */
    uint32_t needs; /* what it is a part of, which must be named too; 0 if nothing */
} extensions[] = {
    {"i", POL_EXT_I, 0},
    {"m", POL_EXT_M, 0},
    {"a", POL_EXT_A, 0},
    {"f", POL_EXT_F | POL_EXT_ZICSR, 0},
    {"d", POL_EXT_D | POL_EXT_F | POL_EXT_ZICSR, 0},
    {"c", POL_EXT_C, 0},
    {"g",
     POL_EXT_I | POL_EXT_M | POL_EXT_A | POL_EXT_F | POL_EXT_D | POL_EXT_ZICSR | POL_EXT_ZIFENCEI,
     0},
    {"zicsr", POL_EXT_ZICSR, 0},
    {"zifencei", POL_EXT_ZIFENCEI, 0},
    {"zicntr", 0, POL_EXT_ZICSR}, /* counters: CSRs, no instructions */
    {"zihpm", 0, POL_EXT_ZICSR},
    {"zmmul", 0, POL_EXT_M},
    {"zaamo", 0, POL_EXT_A},
    {"zalrsc", 0, POL_EXT_A},
    {"zca", 0, POL_EXT_C},
    {"zcf", 0, POL_EXT_C},
    {"zcd", 0, POL_EXT_C},
};

static const struct extension *find_extension(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
        if (strlen(extensions[i].name) == length && !strncmp(extensions[i].name, name, length))
            return &extensions[i];
    return NULL;
}

/* The length of a version number such as `2p1` at the text's start, 0 if there is none. */
static size_t version_length(const char *text)
{
    size_t major = strspn(text, "0123456789");
    if (!major || text[major] != 'p')
        return major;
    size_t minor = strspn(text + major + 1, "0123456789");
    return minor ? major + 1 + minor : major;
}

/* The length of the next extension's name: one letter, or letters from a `z`, `s` or `x` on. */
static size_t name_length(const char *text)
{
    if (!strchr("zsx", text[0]))
        return 1;
    size_t length = 0;
    while (islower((unsigned char)text[length]))
        length++;
    return length;
}

static int fail(char *err, size_t errsize, const char *what, const char *name, size_t length)
{
    if (errsize)
        snprintf(err, errsize, "%s '%.*s'", what, (int)(length > 40 ? 40 : length), name);
    return -1;
}

/* Collects extensions after `rv32` or `rv64`. */
static int parse_extensions(const char *text, uint32_t *exts, uint32_t *needs, char *err,
                            size_t errsize)
{
    while (*text) {
        if (*text == '_' && text[1] != '_' && text[1] != '\0')
            text++;
        if (!islower((unsigned char)*text))
            return fail(err, errsize, "expected an extension at", text, strlen(text));
        size_t length = name_length(text);
        const struct extension *extension = find_extension(text, length);
        if (!extension)
            return fail(err, errsize, "unsupported ISA extension", text, length);
        *exts |= extension->exts;
        *needs |= extension->needs;
        text += length;
        text += version_length(text);
    }
    return 0;
}

int pol_isa_parse(const char *text, struct pol_isa *out, char *err, size_t errsize)
{
    unsigned xlen = !strncmp(text, "rv32", 4) ? 32 : !strncmp(text, "rv64", 4) ? 64 : 0;
    if (!xlen)
        return fail(err, errsize, "expected rv32... or rv64..., not", text, strlen(text));
    const char *base = text + 4;
    if (*base != 'i' && *base != 'g')
        return fail(err, errsize, "expected base 'i' or 'g' first in", text, strlen(text));
    uint32_t exts = 0, needs = 0;
    if (parse_extensions(base, &exts, &needs, err, errsize))
        return -1;
    if (needs & ~exts)
        return fail(err, errsize, "an extension lacks the one that it is a part of in", text,
                    strlen(text));
    out->xlen = (uint8_t)xlen;
    out->exts = exts;
    if (errsize)
        err[0] = '\0';
    return 0;
}

int pol_isa_format(const struct pol_isa *isa, char *buf, size_t size)
{
    uint32_t exts = isa->exts;
    return snprintf(buf, size, "rv%u%s%s%s%s%s%s%s%s", isa->xlen, exts & POL_EXT_I ? "i" : "",
                    exts & POL_EXT_M ? "m" : "", exts & POL_EXT_A ? "a" : "",
                    exts & POL_EXT_F ? "f" : "", exts & POL_EXT_D ? "d" : "",
                    exts & POL_EXT_C ? "c" : "", exts & POL_EXT_ZICSR ? "_zicsr" : "",
                    exts & POL_EXT_ZIFENCEI ? "_zifencei" : "");
}

bool pol_isa_equal(const struct pol_isa *a, const struct pol_isa *b)
{
    return a->xlen == b->xlen && a->exts == b->exts;
}

unsigned pol_isa_parcel(const struct pol_isa *isa)
{
    return isa->exts & POL_EXT_C ? 2 : 4;
}
