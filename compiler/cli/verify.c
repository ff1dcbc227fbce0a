/* policyc verify: a rule table against the policy that it is said to be. */
#include <inttypes.h>
#include <string.h>

#include "compiler/cli/policy.h"
#include "compiler/verify/verify.h"

/* The target that the table was made for, which its digest covers.  A table has the name only. */
static bool find_target(struct compile_options *options, const struct pol_table *table)
{
    char err[256];
    struct target target;
    const char *name = table->strings + table->meta->target;
    if (!*name || options->has_target)
        return true;
    if (!target_builtin_json(name)) {
        cli_error("the table was made for the target %s: its description is needed, as --target",
                  name);
        return false;
    }
    if (target_load(name, &target, err, sizeof err)) {
        cli_error("%s", err);
        return false;
    }
    compile_options_target(options, &target);
    return true;
}

/* Options that the table answers itself. */
static bool adapt(struct compile_options *options, const struct pol_table *table)
{
    char err[128];
    struct pol_isa isa;
    if (!find_target(options, table))
        return false;
    if (pol_isa_parse(table->strings + table->meta->isa, &isa, err, sizeof err) == 0)
        options->isa = isa;
    options->granule = table->meta->granule;
    options->loaded_code = table->meta->loaded_code ? 1 : 0;
    options->last = COMPILE_IR;
    return true;
}

static enum cli_status verify(const struct ir *ir, const struct pol_table *table, const char *path)
{
    char err[1024];
    struct verify_stats stats = {0};
    if (verify_table(ir, table, &stats, err, sizeof err)) {
        printf("%s is the policy: %" PRIu32 " programs, %" PRIu64 " states and rule sets, %" PRIu32
               " actions\n",
               path, stats.programs, stats.pairs, stats.actions);
        return CLI_OK;
    }
    printf("%s is not the policy: %s\n", path, err);
    return CLI_FOUND;
}

enum cli_status cmd_verify(struct cli_args *args)
{
    char err[512];
    const char *path = args->files[0];
    struct compile_options options;
    struct cli_source source;
    struct pol_table *table = pol_table_load(path, err, sizeof err);
    if (!table) {
        cli_error("%s", err);
        return CLI_BAD;
    }
    if (!cli_table_obeys(args, table, path)) {
        pol_table_free(table);
        return CLI_BAD;
    }
    cli_source_init(&source);
    bool ready = cli_source_options(&source, args, &options) && adapt(&options, table);
    enum cli_status status = CLI_BAD;
    if (ready)
        status = cli_source_compile(&source, args, args->files[1], &options);
    if (!status)
        status = verify(source.compiled->ir, table, path);
    cli_source_free(&source);
    pol_table_free(table);
    return status;
}
