/* Banks, files, and the comparison of what was written with what was meant. */
#include "compiler/backend/rom/rom.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct emission {
    const struct hw *hw;
    enum rom_format format;
    struct rom_split split;
    rom_sink *sink;
    void *user;
    struct arena arena;
    VEC_OF(struct rom_image) images;
};

const char *rom_format_name(enum rom_format format)
{
    static const char *const names[ROM_FORMATS] = {"mem", "mif", "coe", "ihex", "c"};
    return format < ROM_FORMATS ? names[format] : NULL;
}

bool rom_split_parse(const char *text, struct rom_split *split)
{
    char end;
    if (text[0] < '1' || text[0] > '9' || strspn(text, "0123456789x") != strlen(text) ||
        strlen(text) > 16 || strstr(text, "x0") ||
        sscanf(text, "%" SCNu32 "x%" SCNu32 "%c", &split->depth, &split->width, &end) != 2)
        return false;
    return split->depth && split->width;
}

/* ---- Banks ----------------------------------------------------------------------------------- */

static void add_bank(struct emission *e, const struct hw_rom *rom, uint32_t row, uint32_t column,
                     bool cut)
{
    uint32_t from = row * e->split.depth, low = column * e->split.width;
    struct rom_image image = {.memory = rom, .row = row, .column = column};
    image.depth = cut && rom->depth - from > e->split.depth ? e->split.depth : rom->depth - from;
    image.width = cut && rom->width - low > e->split.width ? e->split.width : rom->width - low;
    int n = cut ? snprintf(image.name, sizeof image.name, "%s_r%" PRIu32 "_c%" PRIu32, rom->name,
                           row, column)
                : snprintf(image.name, sizeof image.name, "%s", rom->name);
    if (n < 0 || (size_t)n >= sizeof image.name)
        abort(); /* names of memories are short */
    image.data = ARENA_ARRAY(&e->arena, uint64_t, image.depth);
    for (uint32_t i = 0; i < image.depth; i++)
        image.data[i] = rom->data[from + i] >> low & (UINT64_MAX >> (64 - image.width));
    VEC_PUSH(&e->arena, &e->images, image);
}

static bool is_cut(const struct hw_rom *rom, struct rom_split split)
{
    return split.depth && (rom->depth > split.depth || rom->width > split.width);
}

uint64_t rom_images(const struct hw *hw, struct rom_split split)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < hw->nroms; i++) {
        const struct hw_rom *rom = &hw->roms[i];
        bool cut = is_cut(rom, split);
        n += cut ? ((rom->depth - 1) / split.depth + UINT64_C(1)) *
                       ((rom->width - 1) / split.width + UINT64_C(1))
                 : 1;
    }
    return n;
}

static void cut_memory(struct emission *e, const struct hw_rom *rom)
{
    bool cut = is_cut(rom, e->split);
    uint32_t rows = cut ? (rom->depth - 1) / e->split.depth + 1 : 1;
    uint32_t columns = cut ? (rom->width - 1) / e->split.width + 1 : 1;
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 0; column < columns; column++)
            add_bank(e, rom, row, column, cut);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void check(const struct emission *e, const struct rom_image *image, const char *text)
{
    uint64_t *data = lang_xalloc((size_t)image->depth * sizeof *data);
    if (!rom_read(text, e->format, image, data) ||
        memcmp(data, image->data, (size_t)image->depth * sizeof *data) != 0) {
        fprintf(stderr, "internal error: the image of %s does not read back\n", image->name);
        abort();
    }
    free(data);
}

static void emit_images(struct emission *e)
{
    struct str_buf text;
    char name[128];
    str_init(&text);
    for (size_t i = 0; i < e->images.count; i++) {
        const struct rom_image *image = &e->images.items[i];
        str_clear(&text);
        rom_write(&text, e->format, image);
        check(e, image, str_text(&text));
        snprintf(name, sizeof name, "%s.%s", image->name,
                 e->format == ROM_IHEX ? "hex" : rom_format_name(e->format));
        e->sink(e->user, name, str_text(&text), text.len);
    }
    str_free(&text);
}

/* The stem as a part of C names. */
static const char *identifier(struct emission *e, const char *stem)
{
    char *id = arena_strdup(&e->arena, stem);
    for (char *c = id; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return id;
}

static void emit_c_arrays(struct emission *e, struct str_buf *text)
{
    struct str_buf one;
    str_init(&one);
    for (size_t i = 0; i < e->images.count; i++) {
        str_clear(&one);
        rom_write(&one, ROM_C, &e->images.items[i]);
        check(e, &e->images.items[i], str_text(&one));
        str_add_len(text, one.data, one.len);
    }
    str_free(&one);
}

static void emit_c_source(struct emission *e, const char *stem)
{
    struct str_buf text;
    char name[512];
    const char *id = identifier(e, stem);
    str_init(&text);
    str_printf(&text, "/* Memories of a rule table. */\n#include \"%s_rom.h\"\n\n", stem);
    emit_c_arrays(e, &text);
    str_printf(&text, "\nconst struct pol_rom %s_roms[%zu] = {\n", id, e->images.count);
    for (size_t i = 0; i < e->images.count; i++) {
        const struct rom_image *image = &e->images.items[i];
        str_printf(&text,
                   "    {\"%s\", \"%s\", %" PRIu64 "u, %" PRIu32 ", %" PRIu32 ", %" PRIu32
                   ", %" PRIu32 ", sizeof %s[0], %s},\n",
                   image->name, image->memory->name, image->memory->load_base, image->row,
                   image->column, image->width, image->depth, image->name, image->name);
    }
    str_add(&text, "};\n");
    snprintf(name, sizeof name, "%s_rom.c", stem);
    e->sink(e->user, name, str_text(&text), text.len);
    str_free(&text);
}

static void emit_c_header(struct emission *e, const char *stem)
{
    struct str_buf text;
    char name[512];
    const char *id = identifier(e, stem);
    str_init(&text);
    str_printf(
        &text,
        "/* Memories of a rule table, as hardware holds them. */\n"
        "#ifndef POL_ROM_%s\n#define POL_ROM_%s\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
        "#ifndef POL_ROM\n#define POL_ROM\n"
        "struct pol_rom {\n"
        "    const char *name, *memory;\n"
        "    uint64_t address;      /* of the memory's first word in a reloadable unit */\n"
        "    uint32_t row, column;  /* of the bank in its memory */\n"
        "    uint32_t width, depth; /* bits of a word, words */\n"
        "    size_t word_size;      /* bytes of an element of `data` */\n"
        "    const void *data;\n"
        "};\n#endif\n"
        "extern const struct pol_rom %s_roms[%zu];\n\n#endif\n",
        id, id, id, e->images.count);
    snprintf(name, sizeof name, "%s_rom.h", stem);
    e->sink(e->user, name, str_text(&text), text.len);
    str_free(&text);
}

static void emit_index(struct emission *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < e->images.count; i++) {
        const struct rom_image *image = &e->images.items[i];
        json_t *item =
            json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "image", image->name, "memory",
                      image->memory->name, "row", (int)image->row, "column", (int)image->column,
                      "width", (int)image->width, "depth", (int)image->depth);
        if (!item || json_array_append_new(list, item))
            pol_fatal_oom();
    }
    char *text = json_dumps(list, JSON_INDENT(2));
    if (!text)
        pol_fatal_oom();
    e->sink(e->user, "index.json", text, strlen(text));
    free(text);
    json_decref(list);
}

static void open_emission(struct emission *e)
{
    for (uint32_t i = 0; i < e->hw->nroms; i++)
        cut_memory(e, &e->hw->roms[i]);
}

void rom_emit(const struct hw *hw, enum rom_format format, struct rom_split split, rom_sink *sink,
              void *user)
{
    struct emission e = {.hw = hw, .format = format, .split = split, .sink = sink, .user = user};
    const char *stem = hw->table->strings + hw->table->meta->stem;
    open_emission(&e);
    if (format == ROM_C) {
        emit_c_source(&e, stem);
        emit_c_header(&e, stem);
    } else {
        emit_images(&e);
    }
    arena_free(&e.arena);
}

void rom_index(const struct hw *hw, struct rom_split split, rom_sink *sink, void *user)
{
    struct emission e = {.hw = hw, .split = split, .sink = sink, .user = user};
    open_emission(&e);
    emit_index(&e);
    arena_free(&e.arena);
}
