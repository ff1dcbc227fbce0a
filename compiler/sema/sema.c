/* The order of things.  Each step goes on after errors as far as the next can stand it, so that one
 * run reports all that is wrong. */
#include "compiler/sema/sema.h"

#include <stdlib.h>
#include <string.h>
#include "compiler/sema/internal.h"
#include "compiler/sema/sha256.h"

#define LOADED_CODE "loaded-code"

static struct model *new_model(const struct sema_options *options)
{
    struct arena *arena = lang_xalloc(sizeof *arena);
    arena_init(arena);
    struct model *m = ARENA_NEW(arena, struct model);
    m->arena = arena;
    m->isa = options->isa;
    m->responses = ARENA_NEW(arena, struct model_response);
    m->responses[0] =
        (struct model_response){.name = "default", .action = MODEL_TERMINATE, .entity = ""};
    m->nresponses = 1;
    return m;
}

void model_free(struct model *model)
{
    if (!model)
        return;
    struct arena *arena = model->arena;
    if (model->space)
        pol_space_free(model->space);
    arena_free(arena);
    free(arena);
}

static const char *stem_of(struct sema *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? arena_strndup(s->out, base, (size_t)(dot - base))
                              : arena_strdup(s->out, base);
}

static void digest_bytes(struct sha256 *h, const void *bytes, size_t len)
{
    uint8_t size[8];
    for (int k = 0; k < 8; k++)
        size[k] = (uint8_t)((uint64_t)len >> (8 * k));
    sha256_add(h, size, sizeof size);
    sha256_add(h, bytes, len);
}

static void digest_file(const struct sema *s, struct sha256 *h, struct lang_file_id file)
{
    size_t len;
    const char *text = lang_source_text(s->map, file, &len);
    digest_bytes(h, text, len);
}

/* What the command line says instead of the sources. */
static void digest_options(const struct sema *s, struct sha256 *h)
{
    for (size_t i = 0; i < s->options->param_count; i++) {
        const struct sema_param_option *o = &s->options->params[i];
        const char *text = arena_printf(s->out, "--param %s=%lld", o->name, (long long)o->value);
        digest_bytes(h, text, strlen(text));
    }
    for (size_t i = 0; i < s->options->relation_count; i++) {
        const char *text = arena_printf(s->out, "--relation %s", s->options->relations[i].name);
        digest_bytes(h, text, strlen(text));
    }
    for (size_t i = 0; i < s->relation_files.count; i++)
        digest_file(s, h, s->relation_files.items[i]);
}

static void digest_sources(struct sema *s)
{
    struct sha256 h;
    sha256_init(&h);
    for (size_t i = 0; i < s->modules.count; i++)
        digest_file(s, &h, s->modules.items[i].ast->file);
    digest_options(s, &h);
    sha256_end(&h, s->model->digest);
}

static const char *extra_module(const struct sema *s, const char *path)
{
    int mode = s->options->loaded_code;
    if (mode < 0)
        mode = lang_dialect_of(path) == LANG_DPL;
    return mode ? LOADED_CODE : NULL;
}

static void resolve_declarations(struct sema *s)
{
    s->nvar_stamps = intern_count(s->names) + 1;
    s->var_stamps = ARENA_ARRAY(&s->tmp, struct sema_stamp, s->nvar_stamps);
    sema_declare(s);
    sema_resolve_params(s);
    sema_resolve_types(s);
    sema_resolve_relations(s);
    sema_resolve_responses(s);
    sema_resolve_tags(s);
    sema_resolve_owns(s);
    sema_resolve_groups(s);
}

static bool resolve_composition(struct sema *s, uint32_t extra)
{
    if (!sema_resolve_policies(s))
        return false;
    s->composing = true;
    sema_compose(s, extra);
    for (size_t i = 0; i < s->deciders.count; i++)
        sema_flatten(s, &s->deciders.items[i]);
    sema_check_rest(s);
    return true;
}

/* After errors nothing is composed, but the entities are still looked at. */
static void forget_composition(struct sema *s)
{
    s->deciders.count = 0;
    s->model_rules.count = s->model_groups.count = s->model_relations.count = 0;
    for (size_t i = 0; i < s->syms[SEMA_TAG].count; i++) {
        s->tags[i].owner = SEMA_NONE;
        s->tags[i].read = false;
    }
}

/* First those that rules use, then those of claims alone. */
static void make_relations(struct sema *s)
{
    struct model *m = s->model;
    m->nrelations = (uint32_t)s->model_relations.count;
    m->relations = ARENA_ARRAY(s->out, struct model_relation, m->nrelations + 1);
    for (uint32_t i = 0; i < m->nrelations; i++)
        m->relations[i] = s->relations[s->model_relations.items[i]].model;
}

/* True when a model is there. */
static bool run(struct sema *s, const char *path)
{
    uint32_t extra;
    size_t errors = diag_error_count(s->sink);
    if (!sema_load_modules(s, path, extra_module(s, path), &extra) || !sema_order_modules(s))
        return false;
    s->model->stem = stem_of(s, path);
    resolve_declarations(s);
    if (!resolve_composition(s, extra))
        return false;
    if (diag_error_count(s->sink) == errors)
        (void)sema_own_tags(s);
    if (diag_error_count(s->sink) != errors)
        forget_composition(s);
    s->composed = diag_error_count(s->sink) == errors;
    sema_finish(s);
    sema_entities(s);
    sema_tests(s);
    sema_claims(s);
    make_relations(s);
    if (diag_error_count(s->sink) == errors)
        sema_unused(s);
    if (diag_error_count(s->sink) == errors)
        sema_overlaps(s);
    digest_sources(s);
    return diag_error_count(s->sink) == errors;
}

struct model *sema_load(const char *path, const struct sema_options *options,
                        struct lang_source_map *map, struct diag_sink *sink)
{
    struct sema s = {.options = options, .map = map, .sink = sink};
    s.model = new_model(options);
    s.out = s.model->arena;
    s.names = intern_new();
    bool ok = run(&s, path);
    intern_free(s.names);
    arena_free(&s.tmp);
    if (ok)
        return s.model;
    model_free(s.model);
    return NULL;
}
