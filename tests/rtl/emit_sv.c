/* emit_sv TABLE.prt DIR [reloadable]: the hardware of a table, its memories as DIR/NAME.mem too,
 * and in DIR/load.hex what to write through the port of a reloadable one. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "compiler/backend/sv/sv.h"

static int write_file(const char *dir, const char *name, const char *text, size_t size)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(text, 1, size, f) != size || fclose(f)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    return 0;
}

static int write_memory(const char *dir, const struct hw_rom *rom)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s.mem", dir, rom->name);
    FILE *f = fopen(path, "wb");
    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    for (uint32_t i = 0; i < rom->depth; i++)
        fprintf(f, "%" PRIx64 "\n", rom->data[i]);
    return fclose(f);
}

/* {address, word}, 64 bits each. */
static int write_loads(const char *dir, const struct hw *hw)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/load.hex", dir);
    FILE *f = fopen(path, "wb");
    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    for (uint32_t i = 0; i < hw->nroms; i++)
        for (uint32_t k = 0; k < hw->roms[i].depth; k++)
            fprintf(f, "%016" PRIx64 "%016" PRIx64 "\n", hw->roms[i].load_base + k,
                    hw->roms[i].data[k]);
    return fclose(f);
}

int main(int argc, char **argv)
{
    char err[512];
    struct pol_table *table = argc > 2 ? pol_table_load(argv[1], err, sizeof err) : NULL;
    if (!table) {
        fprintf(stderr, "%s\n", argc > 2 ? err : "usage: emit_sv TABLE.prt DIR [reloadable]");
        return 2;
    }
    struct sv_options options = {.reloadable = argc > 3};
    struct hw *hw = hw_new(table);
    struct sv *sv = sv_emit(hw, &options);
    int status = 0;
    mkdir(argv[2], 0777);
    for (uint32_t i = 0; i < sv->nfiles; i++)
        status |= write_file(argv[2], sv->files[i].name, sv->files[i].text, sv->files[i].size);
    for (uint32_t i = 0; i < hw->nroms; i++)
        status |= write_memory(argv[2], &hw->roms[i]);
    status |= write_loads(argv[2], hw);
    sv_free(sv);
    hw_free(hw);
    pol_table_free(table);
    return status != 0;
}
