/* ROM images: every form reads back, banks add up, damage is noticed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/rom/rom.h"
#include "tests/unit/check.h"

enum { MEMORIES = 6 };

struct fake {
    struct pol_prt_meta meta;
    struct pol_table table;
    struct hw_rom roms[MEMORIES];
    struct hw hw;
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state ^ *state >> 29;
}

/* Memories of many shapes, among them ones of a single word and bit, of 64 bits, and of more than
 * 64 KiB. */
static void fake_open(struct fake *f)
{
    static const uint32_t shape[MEMORIES][2] = {{1, 1},  {7, 33},   {64, 20},
                                                {12, 1}, {9, 9000}, {40, 20000}};
    static const char *const names[MEMORIES] = {"a", "b_class", "c", "d", "e_cells", "f"};
    uint64_t state = 1;
    memset(f, 0, sizeof *f);
    f->meta.stem = 1;
    f->table.meta = &f->meta;
    f->table.strings = "\0foo";
    f->hw.table = &f->table;
    f->hw.roms = f->roms;
    f->hw.nroms = MEMORIES;
    for (uint32_t i = 0; i < MEMORIES; i++) {
        uint64_t *data = ARENA_ARRAY(&f->hw.arena, uint64_t, shape[i][1]);
        for (uint32_t k = 0; k < shape[i][1]; k++)
            data[k] = next_random(&state) & (UINT64_MAX >> (64 - shape[i][0]));
        f->roms[i] =
            (struct hw_rom){names[i], HW_ROM_CELLS, POL_NONE, shape[i][0], shape[i][1], data, 0};
    }
}

static struct rom_image whole(const struct hw_rom *rom)
{
    struct rom_image image = {.memory = rom, .width = rom->width, .depth = rom->depth};
    snprintf(image.name, sizeof image.name, "%s", rom->name);
    image.data = lang_xalloc(rom->depth * sizeof *image.data);
    memcpy(image.data, rom->data, rom->depth * sizeof *image.data);
    return image;
}

static bool reads_back(const char *text, enum rom_format format, const struct rom_image *image)
{
    uint64_t *data = lang_xalloc(image->depth * sizeof *data);
    bool same = rom_read(text, format, image, data) &&
                memcmp(data, image->data, image->depth * sizeof *data) == 0;
    free(data);
    return same;
}

static void test_forms(const struct fake *f)
{
    for (enum rom_format format = ROM_MEM; format < ROM_FORMATS; format++)
        for (uint32_t i = 0; i < MEMORIES; i++) {
            struct str_buf text;
            struct rom_image image = whole(&f->roms[i]);
            CASE("a written image reads back");
            str_init(&text);
            rom_write(&text, format, &image);
            CHECK(reads_back(str_text(&text), format, &image));
            str_free(&text);
            free(image.data);
        }
}

/* No change of a digit, and no lost line, goes unnoticed. */
static void test_damage(const struct fake *f)
{
    struct rom_image image = whole(&f->roms[1]);
    for (enum rom_format format = ROM_MEM; format < ROM_FORMATS; format++) {
        struct str_buf text;
        CASE("a changed or cut image is noticed");
        str_init(&text);
        rom_write(&text, format, &image);
        size_t from = text.len - 40;
        for (size_t i = from; i < text.len; i++) {
            char c = text.data[i];
            if (c < '0' || c > '9')
                continue;
            text.data[i] = c == '1' ? '3' : '1';
            CHECK(!reads_back(str_text(&text), format, &image));
            text.data[i] = c;
        }
        str_cut(&text, text.len / 2);
        CHECK(!reads_back(str_text(&text), format, &image));
        str_free(&text);
    }
    free(image.data);
}

struct seen {
    uint32_t files;
    size_t bytes;
    char last[64];
};

static void see(void *user, const char *name, const char *text, size_t size)
{
    struct seen *s = user;
    CHECK(strlen(text) == size);
    s->files++;
    s->bytes += size;
    snprintf(s->last, sizeof s->last, "%s", name);
}

static uint32_t banks(const struct fake *f, struct rom_split split)
{
    struct seen seen = {0};
    rom_emit(&f->hw, ROM_MEM, split, see, &seen);
    return seen.files;
}

static void test_split(const struct fake *f)
{
    struct rom_split split = {0, 0};
    CASE("memories are cut into as many banks as they need");
    CHECK_INT(banks(f, split), MEMORIES);
    /* 1x1, 33x7, 20x64, 1x12, 9000x9, 20000x40 in banks of 512 words of 8 bits */
    CHECK(rom_split_parse("512x8", &split));
    CHECK_INT(banks(f, split), 1 + 1 + 8 + 2 + 18 * 2 + 40 * 5);
    CASE("a size of banks is two numbers");
    static const char *const bad[] = {"",     "512",    "x8",   "0x8",  "512x0",
                                      "512x", "512x8x", "-1x8", "5 x8", "99999999999999999999x8"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!rom_split_parse(bad[i], &split));
}

/* Banks put together again are the memory. */
struct joined {
    const struct hw_rom *rom;
    struct rom_split split;
    uint64_t *data;
};

static void join(void *user, const char *name, const char *text, size_t size)
{
    struct joined *j = user;
    struct rom_image image = {.memory = j->rom};
    unsigned row, column, n = (unsigned)strlen(j->rom->name);
    (void)size;
    if (strncmp(name, j->rom->name, n) != 0 || sscanf(name + n, "_r%u_c%u.mem", &row, &column) != 2)
        return;
    uint32_t from = row * j->split.depth, low = column * j->split.width;
    image.depth = j->rom->depth - from < j->split.depth ? j->rom->depth - from : j->split.depth;
    image.width = j->rom->width - low < j->split.width ? j->rom->width - low : j->split.width;
    uint64_t *data = lang_xalloc(image.depth * sizeof *data);
    CHECK(rom_read(text, ROM_MEM, &image, data));
    for (uint32_t i = 0; i < image.depth; i++)
        j->data[from + i] |= data[i] << low;
    free(data);
}

static void test_join(const struct fake *f)
{
    struct joined j = {&f->roms[5], {300, 7}, NULL};
    CASE("banks put together are the memory");
    j.data = lang_xalloc(j.rom->depth * sizeof *j.data);
    rom_emit(&f->hw, ROM_MEM, j.split, join, &j);
    CHECK(memcmp(j.data, j.rom->data, j.rom->depth * sizeof *j.data) == 0);
    free(j.data);
}

static void test_files(const struct fake *f)
{
    struct seen seen = {0};
    struct rom_split split = {0, 0};
    CASE("C comes as one source and one header");
    rom_emit(&f->hw, ROM_C, split, see, &seen);
    CHECK_INT(seen.files, 2);
    CHECK_STR(seen.last, "foo_rom.h");
    rom_index(&f->hw, split, see, &seen);
    CHECK_STR(seen.last, "index.json");
}

int main(void)
{
    struct fake f;
    fake_open(&f);
    test_forms(&f);
    test_damage(&f);
    test_split(&f);
    test_join(&f);
    test_files(&f);
    arena_free(&f.hw.arena);
    return check_done();
}
