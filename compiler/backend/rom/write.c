/* Writers, one for each form. */
#include <inttypes.h>

#include "compiler/backend/rom/rom.h"

static int digits(const struct rom_image *image)
{
    return (int)(image->width + 3) / 4;
}

static void write_mem(struct str_buf *out, const struct rom_image *image)
{
    str_printf(out, "// %s: %" PRIu32 " words of %" PRIu32 " bits\n", image->name, image->depth,
               image->width);
    for (uint32_t i = 0; i < image->depth; i++)
        str_printf(out, "%0*" PRIx64 "\n", digits(image), image->data[i]);
}

static void write_mif(struct str_buf *out, const struct rom_image *image)
{
    str_printf(out,
               "-- %s\nWIDTH=%" PRIu32 ";\nDEPTH=%" PRIu32
               ";\nADDRESS_RADIX=HEX;\nDATA_RADIX=HEX;\nCONTENT BEGIN\n",
               image->name, image->width, image->depth);
    for (uint32_t i = 0; i < image->depth; i++)
        str_printf(out, "  %" PRIx32 " : %0*" PRIx64 ";\n", i, digits(image), image->data[i]);
    str_add(out, "END;\n");
}

static void write_coe(struct str_buf *out, const struct rom_image *image)
{
    str_printf(out, "; %s: %" PRIu32 " words of %" PRIu32 " bits\n", image->name, image->depth,
               image->width);
    str_add(out, "memory_initialization_radix=16;\nmemory_initialization_vector=\n");
    for (uint32_t i = 0; i < image->depth; i++)
        str_printf(out, "%0*" PRIx64 "%s\n", digits(image), image->data[i],
                   i + 1 < image->depth ? "," : ";");
}

/* ---- Intel HEX: Intel, "Hexadecimal Object File Format Specification", revision A, 1988 --------
 */

enum { HEX_DATA = 0, HEX_END = 1, HEX_UPPER = 4, HEX_LINE = 16 };

static void hex_record(struct str_buf *out, uint32_t address, unsigned type, const uint8_t *bytes,
                       uint32_t n)
{
    unsigned sum = n + (address >> 8) + address + type;
    str_printf(out, ":%02" PRIX32 "%04" PRIX32 "%02X", n, address & 0xFFFFu, type);
    for (uint32_t i = 0; i < n; i++) {
        str_printf(out, "%02X", bytes[i]);
        sum += bytes[i];
    }
    str_printf(out, "%02X\n", (0u - sum) & 0xFFu);
}

static void write_ihex(struct str_buf *out, const struct rom_image *image)
{
    uint32_t size = (image->width + 7) / 8, n = 0;
    uint64_t address = 0, end = (uint64_t)size * image->depth;
    uint8_t line[HEX_LINE];
    for (uint64_t at = 0; at < end; at++) {
        line[n++] = (uint8_t)(image->data[at / size] >> (at % size * 8));
        if (n < HEX_LINE && at + 1 < end)
            continue;
        if (address && (address & 0xFFFFu) == 0) {
            uint8_t upper[2] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16)};
            hex_record(out, 0, HEX_UPPER, upper, 2);
        }
        hex_record(out, (uint32_t)address & 0xFFFFu, HEX_DATA, line, n);
        address += n;
        n = 0;
    }
    hex_record(out, 0, HEX_END, NULL, 0);
}

static void write_c(struct str_buf *out, const struct rom_image *image)
{
    const char *type = image->width <= 8    ? "uint8_t"
                       : image->width <= 16 ? "uint16_t"
                       : image->width <= 32 ? "uint32_t"
                                            : "uint64_t";
    str_printf(out, "static const %s %s[%" PRIu32 "] = { /* %" PRIu32 " bits */\n", type,
               image->name, image->depth, image->width);
    for (uint32_t i = 0; i < image->depth; i++)
        str_printf(out, "%s0x%" PRIx64 "%s,%s", i % 8 ? " " : "    ", image->data[i],
                   image->width > 32 ? "u" : "", i % 8 == 7 || i + 1 == image->depth ? "\n" : "");
    str_add(out, "};\n");
}

void rom_write(struct str_buf *out, enum rom_format format, const struct rom_image *image)
{
    static void (*const writers[ROM_FORMATS])(struct str_buf *,
                                              const struct rom_image *) = {[ROM_MEM] = write_mem,
                                                                           [ROM_MIF] = write_mif,
                                                                           [ROM_COE] = write_coe,
                                                                           [ROM_IHEX] = write_ihex,
                                                                           [ROM_C] = write_c};
    writers[format](out, image);
}
