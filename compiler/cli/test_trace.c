/* Traces beside a policy, with expectations, as tests. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <pol/machine.h>

#include "compiler/cli/replay.h"
#include "compiler/cli/test.h"
#include "lang/support/arena.h"

/* ---- Finding them ---------------------------------------------------------------------------- */

struct names {
    VEC_FIELDS(const char *);
};

static bool is_trace_of(const char *name, const char *stem, size_t len)
{
    size_t all = strlen(name), ending = strlen(".trace");
    if (all < len + ending || memcmp(name, stem, len) != 0 ||
        strcmp(name + all - ending, ".trace") != 0)
        return false;
    return all == len + ending || name[len] == '-';
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* False after a message: what cannot be looked for must not count as not there. */
static bool find_traces(struct arena *arena, const char *path, struct names *found)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t len = dot ? (size_t)(dot - base) : strlen(base);
    size_t folder = (size_t)(base - path);
    const char *dir = folder ? arena_strndup(arena, path, folder) : "./";
    DIR *stream = opendir(dir);
    errno = stream ? 0 : errno;
    for (struct dirent *e; stream && (e = readdir(stream)); errno = 0)
        if (is_trace_of(e->d_name, base, len)) {
            const char *name = arena_printf(arena, "%s%s", folder ? dir : "", e->d_name);
            VEC_PUSH(arena, found, name);
        }
    int error = errno;
    if (stream)
        closedir(stream);
    if (error)
        cli_error("%s: %s", dir, strerror(error));
    else if (found->count)
        qsort(found->items, found->count, sizeof *found->items, compare_names);
    return error == 0;
}

/* ---- Replaying ------------------------------------------------------------------------------- */

struct replayed {
    struct test_file *file;
    struct test_entry *entry;
    const char *engine;
};

static const char *expected_text(struct arena *arena, const struct pol_violation *v)
{
    static const char *const words[] = {"allow", "allow", "fail", "fail implicit", "fail explicit"};
    if (!v->mismatch)
        return "allow";
    if (v->expect_text)
        return arena_printf(arena, "fail \"%s\"", v->expect_text);
    return (size_t)v->expect < sizeof words / sizeof *words ? words[v->expect] : "something else";
}

/* The first violation that nothing expected, or expectation that was not met. */
static bool on_violation(void *user, const struct pol_violation *v)
{
    struct replayed *r = user;
    struct arena *arena = &r->file->report->arena;
    const struct cli_policy *policy = &r->file->policy;
    char got[1024], insn[96];
    if (v->expected)
        return true;
    pol_outcome_format(policy->space, &policy->debug, v->outcome, got, sizeof got);
    pol_insn_format(&policy->isa, v->outcome->word, POL_REGS_ABI, insn, sizeof insn);
    r->entry->passed = false;
    r->entry->why = v->mismatch ? "an expectation is not met" : "a violation that nothing expects";
    r->entry->expected = expected_text(arena, v);
    r->entry->got = arena_strdup(arena, got);
    r->entry->engine = r->engine;
    r->entry->input =
        arena_printf(arena, "step %" PRIu64 ", 0x%" PRIx64 ": %s", v->step, v->event->pc, insn);
    if (v->outcome->answer.deciding && v->outcome->cause == POL_MACHINE_NONE)
        r->entry->decided = test_decided(arena, &policy->debug, v->outcome->answer.deciding);
    return true;
}

static enum cli_status replay(struct replayed *r, struct pol_machine *machine,
                              struct pol_trace_reader *reader, const char *trace)
{
    struct pol_replay_counts counts;
    const struct pol_replay_options options = {
        .debug = &r->file->policy.debug, .violation = on_violation, .user = r};
    pol_machine_keep_deciding(machine, true);
    enum pol_replay_status status = pol_replay(machine, reader, &options, &counts);
    if (status == POL_REPLAY_DAMAGED)
        return cli_trace_failed(trace, pol_trace_error_of(reader));
    if (status != POL_REPLAY_BAD)
        return CLI_OK;
    r->entry->passed = false;
    r->entry->why = arena_printf(&r->file->report->arena, "after %" PRIu64 " events: %s",
                                 counts.events, pol_machine_error(machine));
    r->entry->engine = r->engine;
    return CLI_OK;
}

static enum cli_status run_engine(struct replayed *r, struct pol_engine *engine, const char *trace)
{
    char err[512];
    enum cli_status status = CLI_BAD;
    struct pol_image *image = cli_image_open(&r->file->policy, NULL);
    struct pol_trace_reader *reader = image ? cli_trace_open(&r->file->policy, trace) : NULL;
    struct pol_machine *machine = NULL;
    r->engine = engine->ops->name;
    if (reader) {
        machine = pol_machine_new(engine, image, err, sizeof err);
        if (!machine)
            cli_error("%s", err);
    }
    if (machine)
        status = replay(r, machine, reader, trace);
    if (machine)
        pol_machine_free(machine);
    if (reader)
        pol_trace_close(reader);
    if (image)
        pol_image_free(image);
    return status;
}

/* All engines until one fails; the first one's answers count for coverage. */
static enum cli_status run_trace(struct test_file *file, const char *trace)
{
    const char *slash = strrchr(trace, '/');
    struct test_entry entry = {
        .title = arena_printf(&file->report->arena, "trace %s", slash ? slash + 1 : trace),
        .passed = true};
    struct replayed r = {file, &entry, NULL};
    struct coverage *coverage = file->trial.coverage;
    enum cli_status status = CLI_OK;
    for (unsigned e = 0; e < file->trial.nengines && !status && entry.passed; e++) {
        struct pol_engine *engine = file->engines[e];
        struct coverage_watch *watch = coverage && e == 0 ? coverage_watch(coverage, engine) : NULL;
        status = run_engine(&r, engine, trace);
        if (watch)
            coverage_unwatch(watch);
    }
    if (status) {
        entry.passed = false;
        entry.why = "it cannot be run to its end";
    }
    test_report_add(file->report, entry);
    return status;
}

enum cli_status test_traces(struct test_file *file, const char *path)
{
    struct names traces = {0};
    enum cli_status status = find_traces(&file->report->arena, path, &traces) ? CLI_OK : CLI_BAD;
    for (size_t i = 0; i < traces.count && status == CLI_OK; i++)
        status = run_trace(file, traces.items[i]);
    return status;
}
