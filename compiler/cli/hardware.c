/* Files and engines of the hardware backends. */
#include "compiler/cli/hardware.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <pol/rtl.h>

#include "compiler/backend/harness/harness.h"
#include "compiler/cli/temporary.h"

/* ---- Results of compile ---------------------------------------------------------------------- */

void hardware_add_sv(struct output *output, const char *stem, const struct hw *hw,
                     struct sv_options options)
{
    struct sv *sv = sv_emit(hw, &options);
    for (uint32_t i = 0; i < sv->nfiles; i++) {
        const struct sv_file *file = &sv->files[i];
        fwrite(file->text, 1, file->size, output_open_in(output, stem, "_sv", file->name));
    }
    sv_free(sv);
}

struct rom_output {
    struct output *output;
    const char *stem;
};

static void add_image(void *user, const char *name, const char *text, size_t size)
{
    const struct rom_output *r = user;
    fwrite(text, 1, size, output_open_in(r->output, r->stem, "_rom", name));
}

void hardware_add_roms(struct output *output, const char *stem, const struct hw *hw,
                       unsigned formats, struct rom_split split)
{
    struct rom_output r = {output, stem};
    for (enum rom_format format = ROM_MEM; format < ROM_FORMATS; format++)
        if (formats >> format & 1u)
            rom_emit(hw, format, split, add_image, &r);
    if (formats)
        rom_index(hw, split, add_image, &r);
}

/* ---- Engines --------------------------------------------------------------------------------- */

static bool put_file(const char *dir, const char *name, const char *text, size_t size)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    bool ok = fwrite(text, 1, size, file) == size;
    return fclose(file) == 0 && ok;
}

static bool put_harness(const char *dir, const struct hw *hw, const char *name,
                        void (*write)(const struct hw *, struct str_buf *))
{
    struct str_buf text;
    str_init(&text);
    write(hw, &text);
    bool ok = put_file(dir, name, str_text(&text), text.len);
    str_free(&text);
    return ok;
}

/* The tools run in the folder. */
static bool put_list(const char *dir, const struct sv *sv, bool icarus)
{
    struct str_buf text;
    str_init(&text);
    for (uint32_t i = 0; i < sv->nfiles; i++)
        if (strstr(sv->files[i].name, ".sv"))
            str_printf(&text, "%s\n", sv->files[i].name);
    str_add(&text, "pol_harness.sv\n");
    if (icarus)
        str_add(&text, "pol_harness_pipe.sv\n");
    bool ok = put_file(dir, "harness.f", str_text(&text), text.len);
    str_free(&text);
    return ok;
}

static bool write_unit(const char *dir, const struct pol_table *table, bool icarus)
{
    struct hw *hw = hw_new(table);
    struct sv *sv = sv_emit(hw, NULL);
    bool ok = put_harness(dir, hw, "pol_harness.sv", harness_sv) &&
              put_harness(dir, hw, "pol_harness_pipe.sv", harness_pipe) &&
              put_harness(dir, hw, "pol_harness.cpp", harness_cpp) && put_list(dir, sv, icarus);
    for (uint32_t i = 0; ok && i < sv->nfiles; i++)
        ok = put_file(dir, sv->files[i].name, sv->files[i].text, sv->files[i].size);
    sv_free(sv);
    hw_free(hw);
    return ok;
}

static struct pol_engine *build(const char *dir, const struct cli_policy *policy, bool icarus)
{
    char err[4096];
    struct pol_engine *engine = NULL;
    int built = icarus ? pol_rtl_build_icarus(dir, err, sizeof err)
                       : pol_rtl_build_verilator(dir, err, sizeof err);
    if (built == 0)
        engine = (icarus ? pol_rtl_open_icarus : pol_rtl_open_verilator)(
            dir, policy->table, policy->space, err, sizeof err);
    if (!engine)
        cli_error("%s", err);
    return engine;
}

struct pol_engine *hardware_open_engine(const struct cli_policy *policy, bool icarus,
                                        enum cli_status *status)
{
    char dir[4096];
    struct pol_engine *engine = NULL;
    *status = CLI_BAD; /* tools and disk are the user's */
    if (!cli_temporary_folder(dir, sizeof dir)) {
        cli_error("no folder for the simulated unit: %s", strerror(errno));
        return NULL;
    }
    if (write_unit(dir, policy->table, icarus))
        engine = build(dir, policy, icarus);
    else
        cli_error("the unit cannot be written to %s: %s", dir, strerror(errno));
    cli_temporary_remove(dir);
    if (engine)
        *status = CLI_OK;
    return engine;
}
