/* Fixtures of monitor_test.c: a policy from its source to a loaded monitor, and steps as text.
 *
 * Included once per test program; functions are static inline so that none need be used. */
#ifndef TESTS_MONITOR_FIXTURE_H
#define TESTS_MONITOR_FIXTURE_H
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pol/monitor_abi.h>

#include "compiler/backend/monitor/monitor.h"
#include "compiler/lower/lower.h"
#include "compiler/sema/sema.h"
#include "tests/unit/check.h"

/* ---- Fixtures ------------------------------------------------------------------------------ */

/* A policy from its sources to a loaded monitor; freed by done(). */
struct job {
    char dir[32];
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct model *model;
    struct ir *ir;
    struct pol_engine *engine;
    char *out[POL_RESULTS]; /* values of the last step */
    char *in[POL_OPERANDS + 2];
    struct pol_answer answer;
    uint32_t deciding[8];
};

static inline char *path_in(const struct job *job, const char *name, char *buf, size_t size)
{
    snprintf(buf, size, "%s/%s", job->dir, name);
    return buf;
}

static inline void write_source(const struct job *job, const char *name, const char *text)
{
    char path[128];
    FILE *file = fopen(path_in(job, name, path, sizeof path), "w");
    CHECK(file != NULL);
    if (!file)
        return;
    fputs(text, file);
    fclose(file);
}

static const char groups[] = "module g:\n"
                             "group:\n"
                             "    grp loadGrp(RS1:addr, MEM:mem -> RD:res)\n"
                             "        lb lh lw\n"
                             "    grp storeGrp(RS1:addr, RS2:val, MEM:mem -> MEM:mem)\n"
                             "        sb sh sw\n"
                             "    grp aluGrp(RS1:op1, RS2:op2 -> RD:res)\n"
                             "        add sub\n"
                             "    grp csrGrp(RS1:op1, CSR:csr -> RD:res, CSR:csr)\n"
                             "        csrrw csrrs\n"
                             "    grp retGrp(RS1:target ->)\n"
                             "        jalr x0, x1, 0\n"
                             "    grp amoGrp(RS1:addr, RS2:val, MEM:mem -> RD:res, MEM:mem)\n"
                             "        amoadd.w\n";

static inline struct job start(const char *source)
{
    struct job job = {.dir = "/tmp/pol-mon-XXXXXX", .map = lang_source_map_new()};
    char path[128], err[200];
    job.sink = diag_sink_new(job.map);
    CHECK(mkdtemp(job.dir) != NULL);
    write_source(&job, "g.pol", groups);
    write_source(&job, "m.pol", source);
    struct sema_options options = {0};
    CHECK_INT(pol_isa_parse("rv32ima_zicsr", &options.isa, err, sizeof err), 0);
    job.model = sema_load(path_in(&job, "m.pol", path, sizeof path), &options, job.map, job.sink);
    if (job.model)
        job.ir = lower_model(job.model, 4, job.sink);
    if (!job.ir)
        diag_render_text(job.sink, stdout, false);
    CHECK(job.ir != NULL);
    return job;
}

static inline bool emit(const struct job *job, const struct ir *ir)
{
    char c_path[128], h_path[128];
    FILE *c = fopen(path_in(job, "m_monitor.c", c_path, sizeof c_path), "w");
    FILE *h = fopen(path_in(job, "m_monitor.h", h_path, sizeof h_path), "w");
    CHECK(c && h);
    if (!c || !h)
        return false;
    int status = monitor_emit(ir, c, h);
    fclose(c);
    fclose(h);
    CHECK_INT(status, 0);
    return status == 0;
}

/* Emits, compiles and loads; the operands and results get room. */
static inline bool load(struct job *job, struct ir *ir)
{
    char c_path[128], so_path[128], err[2000];
    if (!ir || !emit(job, ir))
        return false;
    path_in(job, "m_monitor.c", c_path, sizeof c_path);
    path_in(job, "m.so", so_path, sizeof so_path);
    if (pol_monitor_build(c_path, so_path, NULL, "-O0", err, sizeof err) == 0)
        job->engine = pol_monitor_engine_open(so_path, ir->space, err, sizeof err);
    if (!job->engine)
        printf("# %s\n", err);
    CHECK(job->engine != NULL);
    for (int i = 0; job->engine && i < POL_OPERANDS + 2; i++)
        job->in[i] = calloc(1, job->engine->value_size);
    for (int i = 0; job->engine && i < POL_RESULTS; i++)
        job->out[i] = calloc(1, job->engine->value_size);
    return job->engine != NULL;
}

static inline struct job run(const char *source)
{
    struct job job = start(source);
    load(&job, job.ir);
    return job;
}

static inline void done(struct job *job)
{
    static const char *const names[] = {"g.pol", "m.pol", "m_monitor.c", "m_monitor.h",
                                        "m.so",  "m.o",   "extra.c"};
    char path[128];
    if (job->engine)
        job->engine->ops->destroy(job->engine);
    for (int i = 0; i < POL_OPERANDS + 2; i++)
        free(job->in[i]);
    for (int i = 0; i < POL_RESULTS; i++)
        free(job->out[i]);
    ir_free(job->ir);
    if (job->model)
        model_free(job->model);
    diag_sink_free(job->sink);
    lang_source_map_free(job->map);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(path_in(job, names[i], path, sizeof path));
    rmdir(job->dir);
}

/* ---- Steps --------------------------------------------------------------------------------- */

#define ADD 0x00c58533u   /* add x10, x11, x12 */
#define LW 0x0005a503u    /* lw x10, 0(x11) */
#define SW 0x00c5a023u    /* sw x12, 0(x11) */
#define CSRRW 0x34059573u /* csrrw x10, mscratch, x11 */
#define RET 0x00008067u   /* jalr x0, x1, 0 */
#define ADDI 0x00058513u  /* addi x10, x11, 0 */
#define AMOADD 0x00c5a52fu

/* Names of what a step reads: the operands, then what RD and the CSR hold. */
static const char *const inputs[] = {"env", "code", "op1", "op2", "op3", "mem", "rd", "csr"};

static inline void set_input(struct job *job, int input, const char *text, size_t len)
{
    char err[200] = "";
    uint32_t *lit = calloc(job->ir->space->words, sizeof *lit);
    int status = pol_lit_parse(job->ir->space, text, len, lit, err, sizeof err);
    if (status != 0)
        printf("# %.*s: %s\n", (int)len, text, err);
    CHECK_INT(status, 0);
    job->engine->ops->encode(job->engine, lit, job->in[input]);
    free(lit);
}

/* "op1={A} mem={B 1}": everything else is {}. */
static inline void set_inputs(struct job *job, const char *text)
{
    for (int i = 0; i < POL_OPERANDS + 2; i++)
        set_input(job, i, "{}", 2);
    while (*text) {
        const char *equal = strchr(text, '=');
        const char *end = equal;
        int depth = 0;
        do
            depth += *++end == '{' ? 1 : *end == '}' ? -1 : 0;
        while (depth);
        for (int i = 0; i < POL_OPERANDS + 2; i++)
            if (strncmp(text, inputs[i], (size_t)(equal - text)) == 0 &&
                strlen(inputs[i]) == (size_t)(equal - text))
                set_input(job, i, equal + 1, (size_t)(end - equal));
        text = end + 1 + (end[1] == ' ');
    }
}

static inline void evaluate(struct job *job, uint32_t word, const char *text)
{
    void *out[POL_RESULTS];
    struct pol_inputs in = {.word = word};
    set_inputs(job, text);
    for (int op = 0; op < POL_OPERANDS; op++)
        in.in[op] = job->in[op];
    in.old[POL_RES_ENV] = job->in[POL_OP_ENV];
    in.old[POL_RES_RD] = job->in[POL_OPERANDS];
    in.old[POL_RES_CSR] = job->in[POL_OPERANDS + 1];
    in.old[POL_RES_MEM] = job->in[POL_OP_MEM];
    memcpy(out, job->out, sizeof out);
    job->answer.deciding = job->deciding;
    job->engine->ops->begin(job->engine);
    job->engine->ops->evaluate(job->engine, &in, out, &job->answer);
}

static inline void add_result(struct job *job, int result, char *buf, size_t size)
{
    static const char *const names[POL_RESULTS] = {"env", "rd", "csr", "mem"};
    uint32_t *lit = calloc(job->ir->space->words, sizeof *lit);
    size_t len = strlen(buf);
    CHECK_INT(job->engine->ops->decode(job->engine, job->out[result], lit), 0);
    len += (size_t)snprintf(buf + len, size - len, "%s%s%s=", len ? " " : "", names[result],
                            job->answer.written & (1u << result) ? "*" : "");
    pol_lit_format(job->ir->space, lit, buf + len, size - len);
    free(lit);
}

/* What a step answers, as text: "rd*={A}" for each result that is written or not {}; or
 * "explicit DECIDER/RULE CAUSE TAG". */
static inline const char *step(struct job *job, uint32_t word, const char *text)
{
    static char buf[1000];
    static const char *const verdicts[] = {"allow", "implicit", "explicit"};
    static const char zero[4096];
    if (!job->engine)
        return "no monitor";
    evaluate(job, word, text);
    buf[0] = '\0';
    const struct pol_answer *a = &job->answer;
    if (a->verdict != POL_ALLOW) {
        snprintf(buf, sizeof buf, "%s %d/%d cause %d tag %d of %u", verdicts[a->verdict],
                 (int)a->first.decider, (int)a->first.rule, (int)a->first.cause, (int)a->first.tag,
                 (unsigned)a->nfailures);
        return buf;
    }
    for (int r = 0; r < POL_RESULTS; r++)
        if ((a->written & (1u << r)) || memcmp(job->out[r], zero, job->engine->value_size) != 0)
            add_result(job, r, buf, sizeof buf);
    return buf;
}

static inline const char *commit(struct job *job, uint32_t word, const char *text)
{
    const char *answer = step(job, word, text);
    if (job->engine)
        job->engine->ops->commit(job->engine);
    return answer;
}

#endif
