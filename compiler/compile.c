/* The passes, one after the other; compile.h has them on one page. */
#include "compiler/compile.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/backend/prt/prt.h"
#include "compiler/lower/lower.h"
#include "compiler/prove/report.h"
#include "compiler/sema/sema.h"
#include "compiler/sema/sha256.h"
#include "compiler/target/choose.h"
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

void compile_options_target(struct compile_options *options, const struct target *target)
{
    options->target = *target;
    options->has_target = true;
    if (target->has_isa)
        options->isa = target->isa;
    if (target->granule)
        options->granule = target->granule;
    options->share_lanes = target->share_lanes;
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
                                .library = o->library,
                                .params = o->params,
                                .param_count = o->param_count,
                                .relations = o->relations,
                                .relation_count = o->relation_count};
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

/* A digest that is the sources' own becomes that of sources and target. */
static void digest_target(struct ir *ir, const struct target *target)
{
    struct sha256 h;
    char *text = target_text(target);
    sha256_init(&h);
    sha256_add(&h, ir->digest, sizeof ir->digest);
    sha256_add(&h, text, strlen(text));
    sha256_end(&h, ir->digest);
    free(text);
}

static enum compile_status make_ir(struct job *job)
{
    const struct compile_options *o = job->options;
    uint32_t granule = o->granule ? o->granule : o->isa.xlen / 8u;
    struct ir *ir = job->c->ir = lower_model(job->c->model, granule, job->sink);
    if (!ir)
        return COMPILE_ERRORS;
    if (o->has_target)
        digest_target(ir, &o->target);
    const char *broken = ir_verify(ir);
    return broken ? give_up(job, COMPILE_INTERNAL, "the lowered policy is inconsistent", broken)
                  : COMPILE_OK;
}

static enum compile_status decide_claims(struct job *job)
{
    const struct prove_options options = {0};
    size_t errors = diag_error_count(job->sink);
    if (!job->options->claims)
        return COMPILE_OK;
    prove_check(job->c->model, job->c->ir, &options, job->sink);
    return diag_error_count(job->sink) > errors ? COMPILE_ERRORS : COMPILE_OK;
}

static struct tbl_options table_options(const struct job *job)
{
    const struct compile_options *o = job->options;
    return (struct tbl_options){.layout = o->layout,
                                .universe_all = o->universe_all,
                                .fuse = o->fuse,
                                .share_lanes = o->share_lanes,
                                .loaded_code = job->c->loaded_code,
                                .target = o->has_target ? o->target.name : NULL};
}

static enum compile_status choose(struct job *job)
{
    struct compiled *c = job->c;
    struct tbl_options options = table_options(job);
    struct chosen chosen;
    struct str_buf why;
    enum compile_status status = COMPILE_OK;
    str_init(&why);
    enum choice choice = choose_table(c->ir, &job->options->target, &options, &chosen, &why);
    if (choice != CHOSEN)
        status = give_up(job, choice == CHOSEN_MISFIT ? COMPILE_LIMIT : COMPILE_INTERNAL, "",
                         str_text(&why));
    c->tbl = chosen.tbl;
    c->prt = chosen.prt;
    c->prt_size = chosen.prt_size;
    c->table = chosen.table;
    str_free(&why);
    return status;
}

static enum compile_status make_table(struct job *job)
{
    struct compiled *c = job->c;
    const char *why = NULL;
    struct tbl_options options = table_options(job);
    if (job->options->has_target)
        return choose(job);
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
    if (!c->table)
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
    if (!status)
        status = decide_claims(job);
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
