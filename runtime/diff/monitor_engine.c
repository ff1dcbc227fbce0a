/* A compiled reference monitor as an engine: its values are literals padded to 8 bytes. */
#include <dlfcn.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pol/monitor_abi.h>

#include "spawn.h"

struct monitor {
    struct pol_engine engine; /* first: the engine is the monitor */
    void *library;
    const struct pol_monitor_abi *abi;
    void *state;
    size_t literal_size; /* bytes */
};

static int fail(char *err, size_t errsize, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (errsize > 0)
        vsnprintf(err, errsize, fmt, args);
    va_end(args);
    return -1;
}

static struct monitor *monitor_of(struct pol_engine *e)
{
    return (struct monitor *)(void *)e;
}

/* The bytes between a literal and the end of its value are 0, so that values compare. */
static void pad(const struct monitor *m, void *value)
{
    memset((char *)value + m->literal_size, 0, m->engine.value_size - m->literal_size);
}

/* ---- Operations ---------------------------------------------------------------------------- */

static int op_encode(struct pol_engine *e, const uint32_t *lit, void *value)
{
    struct monitor *m = monitor_of(e);
    memcpy(value, lit, m->literal_size);
    pad(m, value);
    return 0;
}

static int op_decode(struct pol_engine *e, const void *value, uint32_t *lit)
{
    memcpy(lit, value, monitor_of(e)->literal_size);
    return 0;
}

static void op_begin(struct pol_engine *e)
{
    struct monitor *m = monitor_of(e);
    m->abi->begin(m->state);
}

static struct pol_failure failure_of(const struct pol_monitor_failure *f)
{
    return (struct pol_failure){f->decider, f->rule, (enum pol_cause)f->cause, f->tag};
}

static void copy_answer(const struct pol_monitor_answer *from, struct pol_answer *to)
{
    to->verdict = (enum pol_verdict)from->verdict;
    to->written = (uint8_t)from->written;
    to->first = failure_of(&from->first);
    to->nfailures = from->nfailures;
    to->response = from->response;
    to->nreports = from->nreports;
    for (uint32_t i = 0; i < from->nreports && i < POL_MAX_REPORTS; i++)
        to->reports[i] = (struct pol_report_rule){from->reports[i].decider, from->reports[i].rule};
    for (uint32_t i = 0; i < from->nfailures && i < POL_MAX_FAILURES; i++)
        to->failures[i] = failure_of(&from->failures[i]);
}

static void op_evaluate(struct pol_engine *e, const struct pol_inputs *in,
                        void *const out[POL_RESULTS], struct pol_answer *answer)
{
    struct monitor *m = monitor_of(e);
    struct pol_monitor_inputs inputs = {.word = in->word};
    struct pol_monitor_answer result;
    memcpy(inputs.in, in->in, sizeof inputs.in);
    memcpy(inputs.old, in->old, sizeof inputs.old);
    result.deciding = answer->deciding;
    m->abi->evaluate(m->state, &inputs, out, &result);
    for (int r = 0; r < POL_RESULTS; r++)
        if (out[r] && result.verdict == POL_ALLOW)
            pad(m, out[r]);
    copy_answer(&result, answer);
}

static void op_commit(struct pol_engine *e)
{
    struct monitor *m = monitor_of(e);
    m->abi->commit(m->state);
}

static int op_merge(struct pol_engine *e, const void *a, const void *b, void *out, uint32_t *tag)
{
    struct monitor *m = monitor_of(e);
    if (!m->abi->merge(a, b, out, tag))
        return -1;
    pad(m, out);
    return 0;
}

static void op_drop_missing(struct pol_engine *e, const void *a, const void *b, void *out)
{
    struct monitor *m = monitor_of(e);
    m->abi->drop_missing(a, b, out);
    pad(m, out);
}

static void op_replace_domain(struct pol_engine *e, uint32_t domain, const void *a, const void *b,
                              void *out)
{
    struct monitor *m = monitor_of(e);
    m->abi->replace_domain(domain, a, b, out);
    pad(m, out);
}

static void op_reset(struct pol_engine *e)
{
    struct monitor *m = monitor_of(e);
    m->abi->reset(m->state);
}

static void op_destroy(struct pol_engine *e)
{
    struct monitor *m = monitor_of(e);
    if (m->library)
        dlclose(m->library);
    free(m->state);
    free(m);
}

static const struct pol_engine_ops monitor_ops = {
    .name = "monitor",
    .encode = op_encode,
    .decode = op_decode,
    .begin = op_begin,
    .evaluate = op_evaluate,
    .commit = op_commit,
    .merge = op_merge,
    .drop_missing = op_drop_missing,
    .replace_domain = op_replace_domain,
    .reset = op_reset,
    .destroy = op_destroy,
};

/* ---- Loading ------------------------------------------------------------------------------- */

static int load(struct monitor *m, const char *so_path, char *err, size_t errsize)
{
    char local[PATH_MAX];
    /* without a slash dlopen() would search the system's libraries */
    snprintf(local, sizeof local, "%s%s", strchr(so_path, '/') ? "" : "./", so_path);
    m->library = dlopen(local, RTLD_NOW | RTLD_LOCAL);
    if (!m->library)
        return fail(err, errsize, "cannot load monitor: %s", dlerror());
    m->abi = dlsym(m->library, "pol_monitor");
    if (!m->abi)
        return fail(err, errsize, "%s: no monitor in it", so_path);
    if (m->abi->version != POL_MONITOR_ABI)
        return fail(err, errsize, "%s: monitor of version %u, this is version %d", so_path,
                    (unsigned)m->abi->version, POL_MONITOR_ABI);
    if (m->abi->ntags != m->engine.space->ntags || m->abi->literal_words != m->engine.space->words)
        return fail(err, errsize, "%s: monitor of another policy", so_path);
    return 0;
}

static int start(struct monitor *m, char *err, size_t errsize)
{
    m->literal_size = (size_t)m->abi->literal_words * sizeof(uint32_t);
    m->engine.value_size = (m->literal_size + 7) / 8 * 8;
    m->engine.ndeciders = m->abi->ndeciders;
    m->engine.ndomains = m->abi->ndomains;
    m->state = calloc(1, m->abi->state_size);
    if (!m->state)
        return fail(err, errsize, "out of memory");
    m->abi->reset(m->state);
    return 0;
}

struct pol_engine *pol_monitor_engine_open(const char *so_path, const struct pol_space *space,
                                           char *err, size_t errsize)
{
    struct monitor *m = calloc(1, sizeof *m);
    if (!m) {
        fail(err, errsize, "out of memory");
        return NULL;
    }
    m->engine.ops = &monitor_ops;
    m->engine.space = space;
    if (load(m, so_path, err, errsize) != 0 || start(m, err, errsize) != 0) {
        op_destroy(&m->engine);
        return NULL;
    }
    return &m->engine;
}

/* ---- Compiling ----------------------------------------------------------------------------- */

static const char *compiler_name(const char *cc)
{
    if (cc && *cc)
        return cc;
    const char *env = getenv("CC");
    return env && *env ? env : "cc";
}

/* Long sources are compiled with less effort: compilers need minutes for ten thousand rules. */
#define LONG_SOURCE (1 << 20)

static const char *default_option(const char *c_path)
{
    struct stat status;
    return stat(c_path, &status) == 0 && status.st_size > LONG_SOURCE ? "-O1" : "-O2";
}

#define MAX_WORDS 16

/* Splits `ccache gcc -m64` at its spaces, in place; the number of words. */
static size_t split_words(char *text, char *words[MAX_WORDS])
{
    char *rest = NULL;
    size_t count = 0;
    for (char *at = strtok_r(text, " ", &rest); at && count < MAX_WORDS;
         at = strtok_r(NULL, " ", &rest))
        words[count++] = at;
    return count;
}

int pol_monitor_build(const char *c_path, const char *so_path, const char *cc, const char *opt,
                      char *err, size_t errsize)
{
    char said[1024] = "", command[512];
    const char *name = compiler_name(cc);
    const char *options[] = {
        "-std=c11", opt ? opt : default_option(c_path), "-fPIC", "-shared", "-o", so_path, c_path,
        NULL};
    char *argv[MAX_WORDS + sizeof options / sizeof options[0]];
    if ((size_t)snprintf(command, sizeof command, "%s", name) >= sizeof command)
        return fail(err, errsize, "the name of the C compiler is too long");
    size_t words = split_words(command, argv);
    if (words == 0)
        return fail(err, errsize, "no C compiler is named");
    /* execve() wants pointers to non-const text, and does not change it */
    memcpy(argv + words, options, sizeof options);
    int status = spawn_tool(argv, said, sizeof said);
    if (status == 0)
        return 0;
    if (status < 0 || status == 127)
        return fail(err, errsize, "cannot run the C compiler `%s`", name);
    return fail(err, errsize, "`%s` failed on %s: %s", name, c_path, said);
}
