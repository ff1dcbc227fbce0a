/* From a command line to a compiled policy: options, the library's place, diagnostics. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/cli/policy.h"
#include "lang/support/arena.h"

#ifndef POLICYC_LIBRARY_DIR
#define POLICYC_LIBRARY_DIR "/usr/local/share/policyc/policies"
#endif

/* ---- The library ----------------------------------------------------------------------------- */

static bool has_library(const char *dir)
{
    char file[PATH_MAX];
    int n = snprintf(file, sizeof file, "%s/riscv.pol", dir);
    return n > 0 && (size_t)n < sizeof file && access(file, R_OK) == 0;
}

/* A library at `place`, seen from the folder of the executable. */
static bool beside_program(const char *place, char *out, size_t size)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0)
        return false;
    path[len] = 0;
    char *slash = strrchr(path, '/');
    if (!slash)
        return false;
    *slash = 0;
    int n = snprintf(out, size, "%s/%s", path, place);
    return n > 0 && (size_t)n < size && has_library(out);
}

/* --library, $POLICYC_LIBRARY, the policies installed with this executable, those of the folder
 * that was built in, those of the source tree for a build that is not installed. */
static const char *find_library(const struct cli_args *args, char *buf, size_t size)
{
    const char *given = cli_value(args, OPT_LIBRARY);
    const char *env = getenv("POLICYC_LIBRARY");
    if (given)
        return given;
    if (env && *env)
        return env;
    if (beside_program("../share/policyc/policies", buf, size))
        return buf;
    if (has_library(POLICYC_LIBRARY_DIR))
        return POLICYC_LIBRARY_DIR;
    return beside_program("../stdlib-policies", buf, size) ? buf : NULL;
}

/* ---- Options --------------------------------------------------------------------------------- */

static const char **include_dirs(const struct cli_args *args, size_t *count)
{
    const char **dirs = lang_xalloc(((size_t)args->ngiven + 1) * sizeof *dirs);
    *count = 0;
    for (int i = 0; i < args->ngiven; i++)
        if (args->given[i].id == OPT_INCLUDE)
            dirs[(*count)++] = args->given[i].value;
    return dirs;
}

/* The text before and behind the first `=` of an option's value; false after a message. */
static bool split_value(struct cli_source *source, const char *option, const char *value,
                        const char **name, const char **rest)
{
    const char *equals = strchr(value, '=');
    if (!equals || equals == value || !equals[1]) {
        cli_error("--%s=%s: NAME=%s is needed", option, value,
                  cli_is(option, "param") ? "VALUE" : "FILE.json");
        return false;
    }
    *name = arena_strndup(&source->arena, value, (size_t)(equals - value));
    *rest = equals + 1;
    return true;
}

static bool parameter_value(const char *text, int64_t *value)
{
    char *end;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    errno = 0;
    long long number = text[0] >= '0' && text[0] <= '9' ? strtoll(text, &end, hex ? 16 : 10) : -1;
    *value = number;
    return number >= 0 && errno == 0 && *end == '\0';
}

static bool set_params(struct cli_source *source, const struct cli_args *args,
                       struct compile_options *options)
{
    struct sema_param_option *params =
        ARENA_ARRAY(&source->arena, struct sema_param_option, (size_t)args->ngiven + 1);
    const char *number;
    for (int i = 0; i < args->ngiven; i++) {
        struct sema_param_option *param = &params[options->param_count];
        if (args->given[i].id != OPT_PARAM)
            continue;
        if (!split_value(source, "param", args->given[i].value, &param->name, &number))
            return false;
        if (!parameter_value(number, &param->value)) {
            cli_error("--param=%s: `%s` is no integer from 0 to 2^63 - 1", args->given[i].value,
                      number);
            return false;
        }
        options->param_count++;
    }
    options->params = params;
    return true;
}

static bool set_relations(struct cli_source *source, const struct cli_args *args,
                          struct compile_options *options)
{
    struct sema_relation_option *relations =
        ARENA_ARRAY(&source->arena, struct sema_relation_option, (size_t)args->ngiven + 1);
    for (int i = 0; i < args->ngiven; i++) {
        struct sema_relation_option *relation = &relations[options->relation_count];
        if (args->given[i].id != OPT_RELATION)
            continue;
        if (!split_value(source, "relation", args->given[i].value, &relation->name,
                         &relation->path))
            return false;
        options->relation_count++;
    }
    options->relations = relations;
    return true;
}

static bool set_isa(const struct cli_args *args, struct compile_options *options)
{
    char err[256];
    const char *isa = cli_value(args, OPT_ISA);
    if (!isa || pol_isa_parse(isa, &options->isa, err, sizeof err) == 0)
        return true;
    cli_error("--isa: %s", err);
    return false;
}

static enum tbl_layout layout_named(const char *name)
{
    return cli_is(name, "dense")  ? TBL_DENSE
           : cli_is(name, "dag")  ? TBL_DAG
           : cli_is(name, "flat") ? TBL_FLAT
           : cli_is(name, "tcam") ? TBL_TCAM
                                  : TBL_AUTO;
}

static bool set_target(struct cli_source *source, const struct cli_args *args,
                       struct compile_options *options)
{
    char err[1024];
    struct target target;
    const char *name = cli_value(args, OPT_TARGET);
    if (!name)
        return true;
    if (target_load(name, &target, err, sizeof err)) {
        cli_error("--target: %s", err);
        return false;
    }
    compile_options_target(options, &target);
    source->unit = (struct sv_options){target.reloadable, target.pipeline};
    return true;
}

/* Options that say what the target says, too, and otherwise. */
static bool agrees(const struct cli_args *args, const struct compile_options *options)
{
    const struct target *target = &options->target;
    if (!options->has_target)
        return true;
    if (options->layout != TBL_AUTO && !target_allows(target, options->layout)) {
        cli_error("--layout=%s contradicts --target=%s, whose layouts do not include it",
                  cli_value(args, OPT_LAYOUT), cli_value(args, OPT_TARGET));
        return false;
    }
    if (options->share_lanes && !target->share_lanes) {
        cli_error("--lanes=shared contradicts --target=%s, which does not share lanes",
                  cli_value(args, OPT_TARGET));
        return false;
    }
    return true;
}

bool cli_source_options(struct cli_source *source, const struct cli_args *args,
                        struct compile_options *options)
{
    const char *loaded = cli_value(args, OPT_LOADED_CODE);
    const char *granule = cli_value(args, OPT_GRANULE);
    const char *lanes = cli_value(args, OPT_LANES);
    compile_options_init(options);
    if (!set_target(source, args, options))
        return false;
    source->dirs = include_dirs(args, &options->include_count);
    options->include_dirs = source->dirs;
    options->library_dir = find_library(args, source->library, sizeof source->library);
    options->policy = cli_value(args, OPT_POLICY);
    if (granule)
        options->granule = (uint32_t)(granule[0] - '0');
    options->layout = layout_named(cli_value(args, OPT_LAYOUT));
    options->fuse = cli_has(args, OPT_FUSE);
    if (lanes)
        options->share_lanes = cli_is(lanes, "shared");
    options->universe_all = cli_has(args, OPT_UNIVERSE);
    options->loaded_code = loaded ? cli_is(loaded, "on") : -1;
    return set_params(source, args, options) && set_relations(source, args, options) &&
           set_isa(args, options) && agrees(args, options);
}

/* ---- Diagnostics ----------------------------------------------------------------------------- */

static bool configure(const struct cli_args *args, struct diag_sink *sink)
{
    for (int i = 0; i < args->ngiven; i++) {
        enum diag_code code;
        if (args->given[i].id != OPT_ALLOW)
            continue;
        if (!diag_code_find(args->given[i].value, &code)) {
            cli_error("--allow: there is no diagnostic `%s`", args->given[i].value);
            return false;
        }
        diag_sink_allow(sink, code);
    }
    diag_sink_warnings_are_errors(sink, cli_has(args, OPT_WERROR));
    return true;
}

bool cli_source_show(const struct cli_source *source, const struct cli_args *args, FILE *out)
{
    const struct diag_sink *sink = source->sink;
    const char *format = cli_value(args, OPT_FORMAT);
    if (cli_is(format, "json"))
        return diag_render_json(sink, out);
    if (cli_is(format, "sarif"))
        return diag_render_sarif(sink, POLICYC_VERSION, out);
    return !diag_count(sink) || diag_render_text(sink, out, cli_colour(out));
}

static enum cli_status judge(enum compile_status status, const struct diag_sink *sink,
                             const char *path, const char *err)
{
    switch (status) {
    case COMPILE_OK:
        return diag_error_count(sink) ? CLI_FOUND : CLI_OK;
    case COMPILE_ERRORS:
        break;
    case COMPILE_LIMIT:
        cli_error("%s: %s", path, err);
        break;
    default:
        cli_error("%s: internal error: %s", path, err);
        return CLI_INTERNAL;
    }
    return CLI_FOUND;
}

void cli_source_init(struct cli_source *source)
{
    memset(source, 0, sizeof *source);
    source->map = lang_source_map_new();
    source->sink = diag_sink_new(source->map);
}

void cli_source_free(struct cli_source *source)
{
    compile_free(source->compiled);
    diag_sink_free(source->sink);
    lang_source_map_free(source->map);
    free(source->dirs);
    arena_free(&source->arena);
}

/* The main file is the user's to name right; what it imports is the policy's. */
static bool readable(const char *path)
{
    struct stat about;
    if (access(path, R_OK) || stat(path, &about))
        return false;
    if (S_ISDIR(about.st_mode))
        errno = EISDIR;
    return !S_ISDIR(about.st_mode);
}

enum cli_status cli_source_read(struct cli_source *source, const struct cli_args *args,
                                const char *path, const struct compile_options *options)
{
    char err[16384] = ""; /* a misfit is explained at length */
    if (!configure(args, source->sink))
        return CLI_BAD;
    if (!readable(path)) {
        cli_error("%s: %s", path, strerror(errno));
        return CLI_BAD;
    }
    enum compile_status status =
        compile_file(path, options, source->map, source->sink, &source->compiled, err, sizeof err);
    return judge(status, source->sink, path, err);
}

enum cli_status cli_source_compile(struct cli_source *source, const struct cli_args *args,
                                   const char *path, const struct compile_options *options)
{
    enum cli_status status = cli_source_read(source, args, path, options);
    if (status != CLI_BAD)
        cli_source_show(source, args, stderr);
    return status;
}
