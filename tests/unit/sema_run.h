/* What the tests of sema share: a run over one file, and sources made on the spot. */
#ifndef TESTS_SEMA_RUN_H
#define TESTS_SEMA_RUN_H

#include "compiler/sema/sema.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lang/support/str.h"

#define GOLDEN "tests/golden/sema"
#define MODULES GOLDEN "/modules"

static const char *const include_dirs[] = {MODULES};

struct run {
    struct sema_options options;
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct model *model;
};

static inline struct run run_start(void)
{
    char err[100];
    struct run r = {.options = {.include_dirs = include_dirs, .include_count = 1}};
    r.options.library_dir = MODULES;
    r.options.loaded_code = -1;
    r.map = lang_source_map_new();
    r.sink = diag_sink_new(r.map);
    CHECK_INT(pol_isa_parse("rv64imafdc_zicsr_zifencei", &r.options.isa, err, sizeof err), 0);
    return r;
}

static inline void run_load(struct run *r, const char *path)
{
    r->model = sema_load(path, &r->options, r->map, r->sink);
    CHECK((r->model == NULL) == (diag_error_count(r->sink) > 0));
}

static inline void run_end(struct run *r)
{
    model_free(r->model);
    diag_sink_free(r->sink);
    lang_source_map_free(r->map);
}

static inline char *read_all(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct str_buf text;
    char buf[4096];
    size_t n;
    str_init(&text);
    if (!f)
        return NULL;
    while ((n = fread(buf, 1, sizeof buf, f)) > 0)
        str_add_len(&text, buf, n);
    fclose(f);
    char *out = lang_xstrdup(str_text(&text));
    str_free(&text);
    return out;
}

static inline void write_all(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    if (!f)
        return;
    CHECK(fputs(text, f) >= 0);
    CHECK_INT(fclose(f), 0);
}

static char scratch[] = "/tmp/sema_test_XXXXXX";

static inline const char *scratch_file(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    return path;
}

static inline void write_source(const char *name, const char *text)
{
    write_all(scratch_file(name), text);
}

/* Loads NAME of the scratch directory and removes it. */
static inline void load_source(struct run *r, const char *name, const char *text)
{
    write_source(name, text);
    run_load(r, scratch_file(name));
    CHECK_INT(remove(scratch_file(name)), 0);
}

static inline size_t count_code(const struct run *r, enum diag_code code)
{
    size_t n = 0;
    for (size_t i = 0; i < diag_count(r->sink); i++)
        n += diag_at(r->sink, i)->code == code;
    return n;
}

static struct str_buf shaped;

static inline void start_shape(const char *sections)
{
    str_clear(&shaped);
    str_printf(&shaped, "module m:\nimport:\n mini\n%s", sections);
}

/* Loads what was built within a generous time; the model is in *r. */
static inline void load_shape(struct run *r, double seconds)
{
    clock_t start = clock();
    *r = run_start();
    load_source(r, "m.pol", str_text(&shaped));
    CHECK((double)(clock() - start) / CLOCKS_PER_SEC < seconds);
}

#endif
