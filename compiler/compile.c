/* The passes, one after the other; compile.h has them on one page. */
#include "compiler/compile.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/backend/prt/prt.h"
#include "compiler/lower/lower.h"
#include "compiler/sema/sema.h"
#include "compiler/verify/verify.h"

struct job {
    const char *path;
    const struct compile_options *options;
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *c;
    char *err;
    size_t errsize;
};

void compile_options_init(struct compile_options *options)
{
    char err[128];
    *options =
        (struct compile_options){.layout = TBL_AUTO, .loaded_code = -1, .last = COMPILE_TABLE};
    if (pol_isa_parse(COMPILE_DEFAULT_ISA, &options->isa, err, sizeof err))
        abort(); /* the constant is wrong */
}

bool compile_is_dpl(const char *path)
{
    size_t len = strlen(path);
    return len >= 4 && strcmp(path + len - 4, ".dpl") == 0;
}

static enum compile_status give_up(struct job *job, enum compile_status status, const char *what,
                                   const char *why)
{
    snprintf(job->err, job->errsize, "%s%s%s", what, *what ? ": " : "", why);
    return status;
}

static enum compile_status make_model(struct job *job)
{
    const struct compile_options *o = job->options;
    struct sema_options sema = {.include_dirs = o->include_dirs,
                                .include_count = o->include_count,
                                .library_dir = o->library_dir,
                                .policy = o->policy,
                                .isa = o->isa,
                                .loaded_code = o->loaded_code,
                                .library = o->library};
    job->c->model = sema_load(job->path, &sema, job->map, job->sink);
    return job->c->model ? COMPILE_OK : COMPILE_ERRORS;
}

/* Asked for, and there: a composition without an ordinary component gets none. */
static bool has_loaded_code(const struct job *job)
{
    const struct pol_space *space = job->c->model->space;
    int asked = job->options->loaded_code;
    if (asked == 0 || (asked < 0 && !compile_is_dpl(job->path)))
        return false;
    for (uint32_t t = 0; t < space->ntags; t++)
        if (strcmp(space->tags[t].module, "loaded-code") == 0)
            return true;
    return false;
}

static enum compile_status make_ir(struct job *job)
{
    const struct compile_options *o = job->options;
    uint32_t granule = o->granule ? o->granule : o->isa.xlen / 8u;
    struct ir *ir = job->c->ir = lower_model(job->c->model, granule, job->sink);
    if (!ir)
        return COMPILE_ERRORS;
    const char *broken = ir_verify(ir);
    return broken ? give_up(job, COMPILE_INTERNAL, "the lowered policy is inconsistent", broken)
                  : COMPILE_OK;
}

static enum compile_status make_table(struct job *job)
{
    struct compiled *c = job->c;
    const char *why = NULL;
    struct tbl_options options = {.layout = job->options->layout,
                                  .universe_all = job->options->universe_all,
                                  .fuse = job->options->fuse,
                                  .share_lanes = job->options->share_lanes,
                                  .loaded_code = c->loaded_code};
    c->tbl = tbl_build(c->ir, &options, &why);
    if (!c->tbl)
        return give_up(job, COMPILE_LIMIT, "", why ? why : "the table cannot be built");
    c->prt = prt_bytes(c->tbl, &c->prt_size);
    return COMPILE_OK;
}

/* What counts is what the runtime will read, so the check starts from the bytes. */
static enum compile_status check_bytes(struct job *job)
{
    struct compiled *c = job->c;
    char why[256];
    c->table = pol_table_load_bytes(c->prt, c->prt_size, why, sizeof why);
    if (!c->table)
        return give_up(job, COMPILE_INTERNAL, "the emitted table is refused", why);
    char differs[400];
    if (!verify_table(c->ir, c->table, NULL, differs, sizeof differs))
        return give_up(job, COMPILE_INTERNAL, "the emitted table is not proven", differs);
    return COMPILE_OK;
}

static enum compile_status run_passes(struct job *job)
{
    enum compile_status status = make_model(job);
    if (!status)
        job->c->loaded_code = has_loaded_code(job);
    if (status || job->options->last == COMPILE_MODEL || job->c->model->ndeciders == 0)
        return status;
    status = make_ir(job);
    if (status || job->options->last == COMPILE_IR)
        return status;
    status = make_table(job);
    return status ? status : check_bytes(job);
}

enum compile_status compile_file(const char *path, const struct compile_options *options,
                                 struct lang_source_map *map, struct diag_sink *sink,
                                 struct compiled **out, char *err, size_t errsize)
{
    struct compiled *c = lang_xalloc(sizeof *c);
    struct job job = {path, options, map, sink, c, err, errsize};
    c->loaded_code = options->loaded_code > 0 || (options->loaded_code < 0 && compile_is_dpl(path));
    enum compile_status status = run_passes(&job);
    if (status) {
        compile_free(c);
        c = NULL;
    }
    *out = c;
    return status;
}

void compile_free(struct compiled *c)
{
    if (!c)
        return;
    pol_table_free(c->table);
    free(c->prt);
    tbl_free(c->tbl);
    ir_free(c->ir);
    if (c->model)
        model_free(c->model);
    free(c);
}
