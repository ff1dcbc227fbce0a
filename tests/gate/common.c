#include "tests/gate/common.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static enum tbl_layout layout_named(const char *name)
{
    static const char *const names[] = {"auto", "dense", "dag", "flat", "tcam"};
    for (int i = 0; i < 5; i++)
        if (strcmp(names[i], name) == 0)
            return (enum tbl_layout)i;
    fprintf(stderr, "no layout %s\n", name);
    exit(2);
}

struct gate_options gate_options(int argc, char **argv, int count)
{
    struct gate_options o = {0};
    int option;
    compile_options_init(&o.compile);
    o.compile.library_dir = "stdlib-policies";
    while ((option = getopt(argc, argv, "l:asf")) != -1)
        switch (option) {
        case 'l':
            o.compile.layout = layout_named(optarg);
            break;
        case 'a':
            o.compile.universe_all = true;
            break;
        case 's':
            o.compile.share_lanes = true;
            break;
        case 'f':
            o.compile.fuse = true;
            break;
        default:
            exit(2);
        }
    if (argc - optind < count) {
        fprintf(stderr, "%s: too few arguments\n", argv[0]);
        exit(2);
    }
    o.policy = argv[optind];
    o.dir = argv[optind + 1];
    o.rest = argv + optind + 2;
    return o;
}

int gate_open(struct gate_policy *p, const struct gate_options *options)
{
    char err[512] = "";
    p->map = lang_source_map_new();
    p->sink = diag_sink_new(p->map);
    enum compile_status status = compile_file(options->policy, &options->compile, p->map, p->sink,
                                              &p->compiled, err, sizeof err);
    if (status == COMPILE_OK) {
        p->hw = hw_new(p->compiled->table);
        return 0;
    }
    diag_render_text(p->sink, stderr, false);
    fprintf(stderr, "%s: %s\n", options->policy, err);
    diag_sink_free(p->sink);
    lang_source_map_free(p->map);
    if (status == COMPILE_LIMIT)
        exit(3);
    return -1;
}

void gate_close(struct gate_policy *p)
{
    hw_free(p->hw);
    compile_free(p->compiled);
    diag_sink_free(p->sink);
    lang_source_map_free(p->map);
}

FILE *gate_create(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    if (file)
        return file;
    perror(path);
    exit(2);
}

int gate_write_reference(const struct gate_policy *p, const char *dir)
{
    FILE *out = gate_create(dir, "reference.sv");
    int status = reference_emit(p->compiled->ir, p->hw, out);
    return fclose(out) == 0 ? status : -1;
}

uint64_t dice_roll(struct dice *dice, uint64_t below)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return below ? dice->state % below : 0;
}
