/* Traces through two machines, of the table and of the source interpreter, which must agree.  The
 * policy is tests/spec/std-heap.pol; all of memory starts as {}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/diff.h>

#include "compiler/compile.h"
#include "compiler/interp/interp.h"
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/tag.h"

enum { EVENTS_MAX = 20000 };

static struct world {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
    struct pol_engine *engines[2];
    struct pol_image *image;
} world;

static void require(int holds, const char *what, const char *more)
{
    if (holds)
        return;
    fprintf(stderr, "replay: %s: %s\n", what, more);
    abort();
}

static void free_world(void)
{
    pol_image_free(world.image);
    for (int i = 0; i < 2; i++)
        world.engines[i]->ops->destroy(world.engines[i]);
    compile_free(world.compiled);
    diag_sink_free(world.sink);
    lang_source_map_free(world.map);
}

static void make_world(void)
{
    struct compile_options options;
    char path[256], library[256], err[512] = "";
    compile_options_init(&options);
    tag_tree_path(path, "tests/spec/std-heap.pol");
    tag_tree_path(library, "stdlib-policies");
    options.library_dir = library;
    world.map = lang_source_map_new();
    world.sink = diag_sink_new(world.map);
    require(compile_file(path, &options, world.map, world.sink, &world.compiled, err, sizeof err) ==
                COMPILE_OK,
            "no policy", err);
    const struct model *model = world.compiled->model;
    world.engines[0] = interp_engine_new(model);
    world.engines[1] = pol_table_engine_new(world.compiled->table, model->space);
    world.image = pol_image_new(model->space, &model->isa, 8);
    require(world.engines[1] && world.image, "no memory", "");
    world.image->default_set = 0;
    require(pol_image_unite(world.image, err, sizeof err) == 0, "image", err);
    atexit(free_world);
}

/* The events of the trace up to a limit or the damage; texts are copied. */
static struct pol_event *read_events(struct pol_trace_reader *reader, size_t *n)
{
    struct pol_event *events = calloc(EVENTS_MAX, sizeof *events), event;
    require(events != NULL, "no memory", "");
    for (*n = 0; *n < EVENTS_MAX && pol_trace_next(reader, &event) > 0; (*n)++) {
        events[*n] = event;
        if (event.text)
            events[*n].text = strdup(event.text);
        if (event.kind == POL_EVENT_TAG && event.target == POL_TAG_CSR)
            events[*n].name = strdup(event.name);
    }
    return events;
}

static void free_events(struct pol_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free((void *)(uintptr_t)events[i].text);
        if (events[i].kind == POL_EVENT_TAG && events[i].target == POL_TAG_CSR)
            free((void *)(uintptr_t)events[i].name);
    }
    free(events);
}

static void run(const struct pol_event *events, size_t n)
{
    char err[200] = "", text[8192] = "";
    struct pol_diff *diff =
        pol_diff_new(world.engines, 2, &world.compiled->model->isa, NULL, err, sizeof err);
    struct pol_diff_counts counts = {0};
    struct pol_difference difference = {0};
    require(diff != NULL, "cannot be compared", err);
    enum pol_diff_status status =
        pol_diff_events(diff, world.image, events, n, &counts, &difference);
    if (status == POL_DIFF_DIFFER)
        pol_difference_format(diff, &difference, text, sizeof text);
    require(status != POL_DIFF_DIFFER, "table and source differ", text);
    require(status != POL_DIFF_BAD || *pol_diff_error(diff), "refused", "without a message");
    pol_difference_free(&difference);
    pol_diff_free(diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!world.compiled)
        make_world();
    struct pol_trace_error error;
    FILE *in = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : fopen("/dev/null", "rb");
    struct pol_trace_reader *reader = in ? pol_trace_open_stream(in, &error) : NULL;
    if (reader) {
        size_t n;
        struct pol_event *events = read_events(reader, &n);
        run(events, n);
        free_events(events, n);
    }
    pol_trace_close(reader);
    if (in)
        fclose(in);
    return 0;
}
