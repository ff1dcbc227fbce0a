/* policyc check. */
#include "compiler/check/check.h"
#include "compiler/cli/policy.h"
#include "compiler/prove/report.h"

/* What can be said of the rules once a policy is without errors. */
static void analyse(const struct cli_source *source, const struct cli_args *args, int limit)
{
    const struct compiled *c = source->compiled;
    const struct prove_options limits = {.conflicts = limit};
    const struct check_options options = {.all_shapes = cli_has(args, OPT_ALL_SHAPES),
                                          .gaps = cli_has(args, OPT_GAPS),
                                          .conflicts = limit};
    if (!c || !c->ir)
        return;
    check_policy(c->model, c->ir, &options, source->sink);
    prove_check(c->model, c->ir, &limits, source->sink);
}

static enum cli_status check_file(struct cli_source *source, const struct cli_args *args,
                                  const char *path, const struct compile_options *options,
                                  int limit)
{
    enum cli_status status = cli_source_read(source, args, path, options);
    if (!status)
        analyse(source, args, limit);
    compile_free(source->compiled);
    source->compiled = NULL;
    return status;
}

static enum cli_status worse(enum cli_status a, enum cli_status b)
{
    return a > b ? a : b;
}

/* One list of findings for all files. */
static enum cli_status check_files(struct cli_source *source, const struct cli_args *args,
                                   struct compile_options *options, int limit)
{
    enum cli_status status = CLI_OK;
    bool text = !cli_has(args, OPT_FORMAT) || cli_is(cli_value(args, OPT_FORMAT), "text");
    options->library = !options->policy;
    options->last = COMPILE_IR;
    for (int i = 0; i < args->nfiles; i++)
        status = worse(status, check_file(source, args, args->files[i], options, limit));
    if (diag_error_count(source->sink) ||
        (cli_has(args, OPT_STRICT) && diag_warning_count(source->sink)))
        status = worse(status, CLI_FOUND);
    if (!cli_source_show(source, args, text ? stderr : stdout))
        status = worse(status, CLI_BAD);
    return status;
}

static bool read_limit(const struct cli_args *args, int *limit)
{
    uint64_t given = 0;
    if (!cli_has(args, OPT_LIMIT))
        return true;
    if (!cli_number(args, OPT_LIMIT, &given))
        return false;
    if (given == 0 || given > INT32_MAX)
        cli_error("--limit: a number from 1 to %d is needed", (int)INT32_MAX);
    else
        *limit = (int)given;
    return *limit != 0;
}

enum cli_status cmd_check(struct cli_args *args)
{
    struct compile_options options;
    struct cli_source source;
    enum cli_status status = CLI_BAD;
    int limit = 0; /* the solver's */
    cli_source_init(&source);
    if (read_limit(args, &limit) && cli_source_options(&source, args, &options))
        status = check_files(&source, args, &options, limit);
    cli_source_free(&source);
    return status;
}
