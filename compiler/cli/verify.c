/* policyc verify: a rule table against the policy that it is said to be. */
#include <inttypes.h>
#include <string.h>

#include "compiler/cli/policy.h"
#include "compiler/verify/verify.h"

/* Options that the table answers itself. */
static void adapt(struct compile_options *options, const struct pol_table *table)
{
    char err[128];
    struct pol_isa isa;
    if (pol_isa_parse(table->strings + table->meta->isa, &isa, err, sizeof err) == 0)
        options->isa = isa;
    options->granule = table->meta->granule;
    options->loaded_code = table->meta->loaded_code ? 1 : 0;
    options->last = COMPILE_IR;
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
    enum cli_status status = cli_source_options(&source, args, &options) ? CLI_OK : CLI_BAD;
    if (!status) {
        adapt(&options, table);
        status = cli_source_compile(&source, args, args->files[1], &options);
    }
    if (!status)
        status = verify(source.compiled->ir, table, path);
    cli_source_free(&source);
    pol_table_free(table);
    return status;
}
