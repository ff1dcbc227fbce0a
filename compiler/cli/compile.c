/* policyc compile, policyc check. */
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/json/manifest.h"
#include "compiler/backend/monitor/monitor.h"
#include "compiler/cli/output.h"
#include "compiler/cli/policy.h"
#include "compiler/cli/table_json.h"
#include "lang/support/str.h"

enum { EMIT_PRT = 1, EMIT_MONITOR = 2, EMIT_JSON = 4, EMIT_IR = 8 };

static const struct {
    const char *name;
    unsigned bit;
} emits[] = {{"prt", EMIT_PRT}, {"monitor", EMIT_MONITOR}, {"json", EMIT_JSON}, {"ir", EMIT_IR}};

static unsigned find_emit(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof emits / sizeof *emits; i++)
        if (strlen(emits[i].name) == len && memcmp(emits[i].name, name, len) == 0)
            return emits[i].bit;
    return 0;
}

/* The set that --emit names; 0 after a message. */
static unsigned wanted(const struct cli_args *args)
{
    const char *list = cli_value(args, OPT_EMIT);
    const char *item;
    size_t len;
    unsigned set = 0;
    if (!list)
        return EMIT_PRT | EMIT_MONITOR | EMIT_JSON;
    while (cli_list_next(&list, &item, &len)) {
        unsigned bit = find_emit(item, len);
        if (!bit) {
            cli_error("--emit: `%.*s` is none of prt, monitor, json, ir", (int)len, item);
            return 0;
        }
        set |= bit;
    }
    return set;
}

static bool fill_monitor(struct output *output, const struct ir *ir)
{
    FILE *c = output_open(output, ir->stem, "_monitor.c");
    FILE *h = output_open(output, ir->stem, "_monitor.h");
    return monitor_emit(ir, c, h) == 0;
}

static bool fill_manifest(struct output *output, const struct compiled *c)
{
    json_t *table = table_json(c->table, c->prt_size);
    FILE *out = output_open(output, c->ir->stem, ".json");
    bool ok = table && manifest_emit(c->ir, table, out) == 0;
    json_decref(table);
    return ok;
}

static bool fill(struct output *output, unsigned set, const struct compiled *c)
{
    const struct ir *ir = c->ir;
    bool ok = true;
    if (set & EMIT_PRT)
        output_add(output, ir->stem, ".prt", c->prt, c->prt_size);
    if (set & EMIT_MONITOR)
        ok = fill_monitor(output, ir) && ok;
    if (set & EMIT_JSON)
        ok = fill_manifest(output, c) && ok;
    if (set & EMIT_IR)
        ir_print(ir, output_open(output, ir->stem, ".ir"));
    return ok;
}

static enum cli_status write_results(const struct cli_args *args, unsigned set,
                                     const struct compiled *c)
{
    const char *dir = cli_value(args, OPT_OUTPUT);
    struct output output;
    enum cli_status status = CLI_OK;
    output_init(&output, dir ? dir : ".");
    if (!fill(&output, set, c)) {
        cli_error("the results do not fit into memory");
        status = CLI_INTERNAL;
    } else if (!output_write(&output)) {
        status = CLI_BAD;
    }
    output_free(&output);
    return status;
}

enum cli_status cmd_compile(struct cli_args *args)
{
    struct cli_policy policy;
    unsigned set = wanted(args);
    if (!set)
        return CLI_BAD;
    if (cli_is_table(args->files[0])) {
        cli_error("%s is a rule table already", args->files[0]);
        return CLI_BAD;
    }
    enum cli_status status = cli_policy_load(&policy, args, args->files[0], COMPILE_TABLE);
    if (!status)
        status = write_results(args, set, policy.compiled);
    if (!status && cli_has(args, OPT_STATS))
        tbl_print_stats(policy.compiled->tbl, stdout);
    cli_policy_free(&policy);
    return status;
}

enum cli_status cmd_check(struct cli_args *args)
{
    struct compile_options options;
    struct cli_source source;
    enum cli_status status = CLI_BAD;
    cli_source_init(&source);
    if (cli_source_options(&source, args, &options)) {
        options.library = !options.policy;
        options.last = COMPILE_IR;
        status = cli_source_compile(&source, args, args->files[0], &options);
    }
    cli_source_free(&source);
    return status;
}
