/* Engines: the source interpreter, the emitted table, the emitted monitor. */
#include "compiler/cli/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pol/monitor_abi.h>

#include "compiler/backend/monitor/monitor.h"
#include "compiler/cli/hardware.h"
#include "compiler/cli/temporary.h"
#include "compiler/interp/interp.h"
#include "lang/support/arena.h"

static const char *const names[CLI_ENGINE_KINDS] = {"source", "table", "monitor", "verilator",
                                                    "icarus"};

bool cli_engine_kind_find(const char *name, size_t len, enum cli_engine_kind *kind)
{
    for (int i = 0; i < CLI_ENGINE_KINDS; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
            *kind = (enum cli_engine_kind)i;
            return true;
        }
    return false;
}

enum compile_stage cli_engine_stage(enum cli_engine_kind kind)
{
    return kind == CLI_SOURCE || kind == CLI_MONITOR ? COMPILE_IR : COMPILE_TABLE;
}

/* ---- The monitor ----------------------------------------------------------------------------- */

struct monitor_files {
    char dir[256], c[300], h[300], so[300];
};

static bool make_paths(struct monitor_files *m, const char *stem)
{
    if (strlen(stem) > 24 || !cli_temporary_folder(m->dir, sizeof m->dir))
        return false;
    snprintf(m->c, sizeof m->c, "%s/%s_monitor.c", m->dir, stem);
    snprintf(m->h, sizeof m->h, "%s/%s_monitor.h", m->dir, stem);
    snprintf(m->so, sizeof m->so, "%s/monitor.so", m->dir);
    return true;
}

/* Closes both; whether everything reached the files. */
static bool finish(FILE *c, FILE *h, bool ok)
{
    ok = c && !ferror(c) && ok;
    ok = h && !ferror(h) && ok;
    if (c)
        ok = fclose(c) == 0 && ok;
    if (h)
        ok = fclose(h) == 0 && ok;
    return ok;
}

static bool emit(const struct monitor_files *m, const struct ir *ir)
{
    FILE *c = fopen(m->c, "w");
    FILE *h = fopen(m->h, "w");
    bool ok = c && h && monitor_emit(ir, c, h) == 0;
    return finish(c, h, ok);
}

static struct pol_engine *build_monitor(const struct monitor_files *m, const struct ir *ir,
                                        const struct pol_space *space, enum cli_status *status)
{
    char err[2048];
    if (!emit(m, ir)) {
        cli_error("the reference monitor cannot be written to %s: %s", m->dir, strerror(errno));
        *status = CLI_BAD;
        return NULL;
    }
    struct pol_engine *engine = NULL;
    if (pol_monitor_build(m->c, m->so, NULL, NULL, err, sizeof err) == 0)
        engine = pol_monitor_engine_open(m->so, space, err, sizeof err);
    if (!engine) {
        cli_error("%s", err);
        *status = CLI_BAD; /* the C compiler is the user's */
    }
    return engine;
}

/* The stem only names the files; long ones would not fit every file system. */
static struct pol_engine *open_monitor(const struct cli_policy *p, enum cli_status *status)
{
    struct monitor_files files;
    const struct ir *ir = p->compiled->ir;
    struct ir renamed = *ir;
    if (strlen(ir->stem) > 24)
        renamed.stem = "policy";
    if (!make_paths(&files, renamed.stem)) {
        cli_error("no folder for the reference monitor: %s", strerror(errno));
        *status = CLI_BAD;
        return NULL;
    }
    struct pol_engine *engine = build_monitor(&files, &renamed, p->space, status);
    cli_temporary_remove(files.dir);
    return engine;
}

struct pol_engine *cli_engine_open(const struct cli_policy *p, enum cli_engine_kind kind,
                                   enum cli_status *status)
{
    struct pol_engine *engine = NULL;
    if (cli_engine_stage(kind) == COMPILE_IR && !p->compiled) {
        cli_error("a rule table answers only with the engines table, verilator and icarus");
        *status = CLI_BAD;
        return NULL;
    }
    if (kind == CLI_MONITOR)
        return open_monitor(p, status);
    if (kind == CLI_VERILATOR || kind == CLI_ICARUS)
        return hardware_open_engine(p, kind == CLI_ICARUS, status);
    if (kind == CLI_SOURCE)
        engine = interp_engine_new(p->compiled->model);
    else
        engine = pol_table_engine_new(p->table, p->space);
    if (!engine)
        pol_fatal_oom();
    return engine;
}
