/* ROM images: the memories of a rule table in the forms that hardware tools load.
 *
 * Purpose: every memory of struct hw as a file, whole or cut into the banks of a device.  Each
 * image is read back by a reader of its form and compared before it is handed out.
 *
 * Shapes: an image is `depth` words of `width` bits, word 0 first.  A bank holds rows row *
 * split.depth .. and bits column * split.width .. of its memory; the last ones may be smaller.
 * Names: NAME.mem, or NAME_rROW_cCOLUMN.mem where a memory is cut.  docs/formats/rom.md has the
 * forms. Ownership: texts given to the sink live during the call only. Errors: none from the table;
 * an image that does not read back is an internal error and aborts. */
#ifndef COMPILER_BACKEND_ROM_ROM_H
#define COMPILER_BACKEND_ROM_ROM_H

#include "compiler/backend/hw/hw.h"
#include "lang/support/str.h"

enum rom_format {
    ROM_MEM,  /* Verilog $readmemh */
    ROM_MIF,  /* Intel memory initialization file */
    ROM_COE,  /* AMD/Xilinx coefficients */
    ROM_IHEX, /* Intel HEX: words of whole bytes, lowest byte first, at byte addresses */
    ROM_C,    /* one C array a bank, and a list of them all */
    ROM_FORMATS
};

/* The largest bank, 0: no limit. */
struct rom_split {
    uint32_t depth, width;
};

struct rom_image {
    char name[96];
    const struct hw_rom *memory;
    uint32_t row, column;  /* of the bank */
    uint32_t width, depth; /* of the bank */
    uint64_t *data;
};

/* "mem" and so on; NULL beyond. */
const char *rom_format_name(enum rom_format format);
/* Reads "WORDSxBITS"; false when it is something else. */
bool rom_split_parse(const char *text, struct rom_split *split);

/* Images of one form that a split makes. */
#define ROM_MAX_IMAGES 4096u
uint64_t rom_images(const struct hw *hw, struct rom_split split);

typedef void rom_sink(void *user, const char *name, const char *text, size_t size);
/* Gives the sink every image; for ROM_C one file STEM_rom.c and its header instead. */
void rom_emit(const struct hw *hw, enum rom_format format, struct rom_split split, rom_sink *sink,
              void *user);
/* The list of images as `index.json`: image, memory, row, column, width, depth. */
void rom_index(const struct hw *hw, struct rom_split split, rom_sink *sink, void *user);

/* The text of one image; reading it back into `data` (depth words).  False: not what a writer
 * would have written, or of another size. */
void rom_write(struct str_buf *out, enum rom_format format, const struct rom_image *image);
bool rom_read(const char *text, enum rom_format format, const struct rom_image *expected,
              uint64_t *data);

#endif
