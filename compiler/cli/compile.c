/* policyc compile, policyc targets. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/json/manifest.h"
#include "compiler/backend/monitor/monitor.h"
#include "compiler/backend/reference/reference.h"
#include "compiler/backend/smt2/smt2.h"
#include "compiler/cli/hardware.h"
#include "compiler/cli/output.h"
#include "compiler/cli/policy.h"
#include "compiler/cli/table_json.h"
#include "compiler/target/cost.h"
#include "lang/support/str.h"

/* EMIT_ROM << enum rom_format; what is in EMIT_HARDWARE comes from the table's bytes alone. */
enum {
    EMIT_PRT = 1,
    EMIT_MONITOR = 2,
    EMIT_JSON = 4,
    EMIT_IR = 8,
    EMIT_REFERENCE = 16,
    EMIT_SV = 32,
    EMIT_SMT2 = 64,
    EMIT_ROM = 128
};
#define EMIT_ROMS (((1u << ROM_FORMATS) - 1) * EMIT_ROM)
#define EMIT_HARDWARE (EMIT_SV | EMIT_ROMS)
#define EMIT_NAMES "prt, monitor, json, ir, reference, smt2, sv, mem, mif, coe, ihex, c"

static const struct {
    const char *name;
    unsigned bit;
} emits[] = {{"prt", EMIT_PRT}, {"monitor", EMIT_MONITOR},     {"json", EMIT_JSON}, {"ir", EMIT_IR},
             {"sv", EMIT_SV},   {"reference", EMIT_REFERENCE}, {"smt2", EMIT_SMT2}};

static unsigned find_emit(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof emits / sizeof *emits; i++)
        if (strlen(emits[i].name) == len && memcmp(emits[i].name, name, len) == 0)
            return emits[i].bit;
    for (unsigned i = 0; i < ROM_FORMATS; i++) {
        const char *form = rom_format_name((enum rom_format)i);
        if (strlen(form) == len && memcmp(form, name, len) == 0)
            return (unsigned)EMIT_ROM << i;
    }
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
            cli_error("--emit: `%.*s` is none of " EMIT_NAMES, (int)len, item);
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

/* What --emit, --split and --memories ask for. */
struct emission {
    unsigned set;
    struct rom_split split;
    struct sv_options unit;
};

/* A table was given and nothing that can be made from it; or wanted() has complained. */
static bool not_again(const struct cli_args *args, bool table)
{
    if (table)
        cli_error(
            "%s is a rule table already; --emit=sv, ROM images and --stats can be made from it",
            args->files[0]);
    return false;
}

static bool read_emission(const struct cli_args *args, struct emission *e)
{
    const char *split = cli_value(args, OPT_SPLIT);
    bool costs_only = cli_is_table(args->files[0]) && !cli_has(args, OPT_EMIT);
    *e = (struct emission){.set = costs_only ? 0 : wanted(args)};
    if (!e->set && !(costs_only && cli_has(args, OPT_STATS)))
        return not_again(args, costs_only);
    if (cli_has(args, OPT_MEMORIES) && !(e->set & EMIT_SV)) {
        cli_error("--memories is about the SystemVerilog, and --emit does not name sv");
        return false;
    }
    if (!split)
        return true;
    if (!(e->set & EMIT_ROMS))
        cli_error("--split cuts ROM images, and --emit names none");
    else if (rom_split_parse(split, &e->split))
        return true;
    else
        cli_error("--split: `%s` is not WORDSxBITS, for example 512x8", split);
    return false;
}

/* False after a message. */
static bool fill_hardware(struct output *output, const struct emission *e,
                          const struct pol_table *table)
{
    const char *stem = table->strings + table->meta->stem;
    if (!(e->set & EMIT_HARDWARE))
        return true;
    struct hw *hw = hw_new(table);
    uint64_t images = rom_images(hw, e->split);
    bool few = !(e->set & EMIT_ROMS) || !e->split.depth || images <= ROM_MAX_IMAGES;
    if (few && (e->set & EMIT_SV))
        hardware_add_sv(output, stem, hw, e->unit);
    if (few)
        hardware_add_roms(output, stem, hw, (e->set & EMIT_ROMS) / EMIT_ROM, e->split);
    else
        cli_error("--split cuts the memories into %" PRIu64 " banks, at most %u are possible",
                  images, ROM_MAX_IMAGES);
    hw_free(hw);
    return few;
}

static bool fill_reference(struct output *output, const struct compiled *c)
{
    struct hw *hw = hw_new(c->table);
    bool ok = reference_emit(c->ir, hw, output_open(output, c->ir->stem, REFERENCE_SUFFIX)) == 0;
    hw_free(hw);
    return ok;
}

/* The table was made from these rules, so that nothing but memory can be missing. */
static bool fill_smt2(struct output *output, const struct compiled *c)
{
    char err[128];
    FILE *out = output_open(output, c->ir->stem, SMT2_SUFFIX);
    return smt2_emit(c->ir, c->table, out, err, sizeof err) == 0;
}

static bool fill(struct output *output, const struct emission *e, const struct compiled *c)
{
    const struct ir *ir = c->ir;
    bool ok = true;
    if (e->set & EMIT_PRT)
        output_add(output, ir->stem, ".prt", c->prt, c->prt_size);
    if (e->set & EMIT_MONITOR)
        ok = fill_monitor(output, ir) && ok;
    if (e->set & EMIT_JSON)
        ok = fill_manifest(output, c) && ok;
    if (e->set & EMIT_REFERENCE)
        ok = fill_reference(output, c) && ok;
    if (e->set & EMIT_SMT2)
        ok = fill_smt2(output, c) && ok;
    if (e->set & EMIT_IR)
        ir_print(ir, output_open(output, ir->stem, ".ir"));
    return ok;
}

/* `c` is NULL where there is a table alone. */
static enum cli_status write_results(const struct cli_args *args, const struct emission *e,
                                     const struct compiled *c, const struct pol_table *table)
{
    const char *dir = cli_value(args, OPT_OUTPUT);
    struct output output;
    enum cli_status status = CLI_OK;
    output_init(&output, dir ? dir : ".");
    if (!fill_hardware(&output, e, table)) {
        status = CLI_BAD;
    } else if (c && !fill(&output, e, c)) {
        cli_error("the results do not fit into memory");
        status = CLI_INTERNAL;
    } else if (!output_write(&output)) {
        status = CLI_BAD;
    }
    output_free(&output);
    return status;
}

static enum cli_status print_json(json_t *json)
{
    int failed = !json || json_dumpf(json, stdout, JSON_INDENT(2));
    json_decref(json);
    putchar('\n');
    if (failed)
        cli_error("standard output: cannot be written");
    return failed ? CLI_BAD : CLI_OK;
}

static enum cli_status print_stats(const struct cli_args *args, const struct pol_table *table)
{
    enum cli_status status = CLI_OK;
    struct hw *hw = hw_new(table);
    struct cost *cost = cost_new(table, hw);
    cost_bounds(cost);
    if (cli_is(cli_value(args, OPT_STATS), "json"))
        status = print_json(cost_json(cost));
    else
        cost_print(cost, stdout);
    cost_free(cost);
    hw_free(hw);
    return status;
}

enum cli_status cmd_compile(struct cli_args *args)
{
    struct cli_policy policy;
    struct emission e;
    const char *path = args->files[0];
    if (!read_emission(args, &e))
        return CLI_BAD;
    if (cli_is_table(path) && (e.set & ~EMIT_HARDWARE))
        return not_again(args, true) ? CLI_OK : CLI_BAD;
    enum cli_status status = cli_policy_load(&policy, args, path, COMPILE_TABLE);
    e.unit = policy.source.unit;
    if (cli_has(args, OPT_MEMORIES))
        e.unit.reloadable = cli_is(cli_value(args, OPT_MEMORIES), "ram");
    if (!status && e.set)
        status = write_results(args, &e, policy.compiled, policy.table);
    if (!status && cli_has(args, OPT_STATS))
        status = print_stats(args, policy.table);
    cli_policy_free(&policy);
    return status;
}

static const char *nearest_target(const char *name)
{
    size_t n = 0;
    while (target_builtin_names[n])
        n++;
    return str_nearest(name, target_builtin_names, n);
}

/* The texts are whole JSON documents, each with a newline at its end. */
enum cli_status cmd_targets(struct cli_args *args)
{
    const char *wanted = args->nfiles ? args->files[0] : NULL;
    if (wanted && !target_builtin_json(wanted)) {
        cli_error("there is no built-in target `%s`", wanted);
        cli_suggest(wanted, nearest_target(wanted));
        return CLI_BAD;
    }
    if (wanted) {
        fputs(target_builtin_json(wanted), stdout);
        return CLI_OK;
    }
    for (size_t i = 0; target_builtin_names[i]; i++) {
        const char *text = target_builtin_json(target_builtin_names[i]);
        printf("%s%.*s", i ? ",\n" : "[\n", (int)(strlen(text) - 1), text);
    }
    fputs("\n]\n", stdout);
    return CLI_OK;
}
