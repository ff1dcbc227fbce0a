/* Claims: `prove:` of the main module, and of imported ones as far as they are about the tags of
 * this composition. */
#include <stdlib.h>
#include "compiler/sema/subject.h"

struct claims {
    VEC_FIELDS(struct model_prove);
};

/* --- whose tags ---------------------------------------------------------------------------- */

/* The module's component in this composition, SEMA_NONE: it has none. */
static uint32_t component_of(const struct sema *s, uint32_t module)
{
    for (uint32_t i = s->model->nglobals; i < s->model->ndeciders; i++)
        if (s->deciders.items[i].module == module)
            return i;
    return SEMA_NONE;
}

static bool has_decider(const struct sema *s, uint32_t module)
{
    for (uint32_t i = 0; i < s->model->ndeciders; i++)
        if (s->deciders.items[i].module == module)
            return true;
    return false;
}

/* --- `may lower Label` --------------------------------------------------------------------- */

struct targets {
    VEC_FIELDS(struct model_target);
};

static bool is_lattice(const struct sema *s, uint32_t tag, uint32_t arg)
{
    return s->types.items[s->tags[tag].arg_types[arg]].is_lattice;
}

static void add_target(struct sema *s, struct targets *targets, uint32_t tag, uint32_t arg)
{
    struct model_target target = {tag, arg};
    VEC_PUSH(s->out, targets, target);
}

/* All arguments that have the lattice, of tags that the composition has. */
static void add_lattice(struct sema *s, const struct ast_claim *ast, uint32_t type,
                        struct targets *targets)
{
    if (!s->types.items[type].is_lattice) {
        diag_error(s->sink, DIAG_WRONG_TYPE, ast->target.span, "type `%s` is no lattice",
                   ast->target.text);
        return;
    }
    for (uint32_t tag = 0; tag < s->syms[SEMA_TAG].count; tag++)
        for (uint32_t k = 0; s->tags[tag].id != SEMA_NONE && k < s->tags[tag].nargs; k++)
            if (s->tags[tag].arg_types[k] == type)
                add_target(s, targets, tag, k);
}

static void add_tag(struct subject *subject, const struct ast_claim *ast, uint32_t tag,
                    struct targets *targets)
{
    struct sema *s = subject->scope.s;
    bool order = ast->change == AST_MAY_LOWER || ast->change == AST_MAY_RAISE;
    sema_mention(&subject->scope, tag, ast->target.span);
    if (!order)
        add_target(s, targets, tag, 0);
    for (uint32_t k = 0; order && k < s->tags[tag].nargs; k++)
        if (is_lattice(s, tag, k))
            add_target(s, targets, tag, k);
    if (targets->count)
        return;
    struct diag *d = diag_error(s->sink, DIAG_WRONG_TYPE, ast->target.span,
                                "tag `%s` has no argument of a lattice", ast->target.text);
    diag_label(d, s->tags[tag].decl->span, "declared here");
}

static void resolve_target(struct subject *subject, const struct ast_claim *ast,
                           struct targets *targets)
{
    struct sema *s = subject->scope.s;
    const struct ast_name *name = &ast->target;
    uint32_t module = subject->scope.module;
    bool order = ast->change == AST_MAY_LOWER || ast->change == AST_MAY_RAISE;
    uint32_t tag = sema_lookup(s, SEMA_TAG, module, name->text, name->id, name->span);
    uint32_t type = SEMA_NONE;
    if (tag == SEMA_NONE && order)
        type = sema_lookup(s, SEMA_TYPE, module, name->text, name->id, name->span);
    if (sema_found(type))
        add_lattice(s, ast, SEMA_TYPE_OF(type), targets);
    else if (sema_found(tag))
        add_tag(subject, ast, tag, targets);
    else if (tag == SEMA_NONE && type == SEMA_NONE)
        (void)sema_find(s, SEMA_TAG, module, name); /* which says that there is none */
}

static enum pol_flow_kind flow_of(const struct ast_name *name)
{
    if (str_eq(name->text, "address"))
        return POL_FLOW_ADDRESS;
    if (str_eq(name->text, "control"))
        return POL_FLOW_CONTROL;
    if (*name->text && !str_eq(name->text, "value"))
        abort(); /* the parser knows these */
    return POL_FLOW_VALUE;
}

/* --- one claim ----------------------------------------------------------------------------- */

static enum model_prove_kind kind_of(enum ast_claim_kind kind)
{
    return kind == AST_CLAIM_STEP    ? MODEL_PROVE_STEP
           : kind == AST_CLAIM_NEVER ? MODEL_PROVE_NEVER
                                     : MODEL_PROVE_ONLY;
}

static enum model_change change_of(enum ast_change change)
{
    switch (change) {
    case AST_MAY_DROP:
    case AST_CHANGES:
        break;
    case AST_MAY_ADD:
        return MODEL_ADD;
    case AST_MAY_LOWER:
        return MODEL_LOWER;
    case AST_MAY_RAISE:
        return MODEL_RAISE;
    }
    return MODEL_DROP;
}

/* Everything but the numbers of tags; false: there is no claim. */
static bool resolve(struct subject *subject, const struct ast_claim *ast, struct model_prove *claim,
                    struct targets *targets)
{
    struct sema_scope *sc = &subject->scope;
    if (ast->kind == AST_CLAIM_ERROR)
        return false;
    if (ast->kind != AST_CLAIM_STEP)
        subject_every(subject);
    else if (!subject_named(subject, &ast->subject))
        return false;
    for (size_t i = 0; i < ast->operands.count; i++)
        sema_pattern(sc, ast->operands.items[i]);
    if (ast->guard)
        claim->guard = sema_guard(sc, ast->guard);
    if (subject->rule.never) {
        claim->guard = ARENA_NEW(sc->arena, struct model_guard);
        claim->guard->kind = MODEL_GUARD_FALSE;
    }
    if (ast->kind == AST_CLAIM_STEP)
        subject_expect(subject, ast->expect, "a claim", &claim->expect);
    if (ast->kind == AST_CLAIM_ONLY) {
        claim->change = change_of(ast->change);
        resolve_target(subject, ast, targets);
        claim->via = flow_of(&ast->via);
    }
    return subject_ok(subject);
}

/* A composition may be stricter than the module alone, so that what is allowed there can fail
 * here; and claims of a module whose policy is not here are about other rules. */
static bool concerns(const struct subject *subject, const struct model_prove *claim)
{
    const struct sema *s = subject->scope.s;
    if (subject->scope.module == 0)
        return true;
    if (claim->kind == MODEL_PROVE_STEP && claim->expect.kind == MODEL_EXPECT_ALLOW)
        return false;
    return has_decider(s, subject->scope.module);
}

static void finish(struct subject *subject, struct model_prove *claim, struct targets *targets)
{
    struct sema *s = subject->scope.s;
    subject_renumber(subject, &claim->expect);
    sema_renumber_guard(s, claim->guard);
    for (size_t i = 0; i < targets->count; i++)
        targets->items[i].tag = s->tags[targets->items[i].tag].id;
    claim->subject = subject->model;
    claim->patterns = subject->scope.patterns.items;
    claim->npatterns = (uint32_t)subject->scope.patterns.count;
    claim->vars = subject->scope.vars.items;
    claim->nvars = (uint32_t)subject->scope.vars.count;
    claim->targets = targets->items;
    claim->ntargets = (uint32_t)targets->count;
}

static void add_claim(struct sema *s, uint32_t module, const struct ast_claim *ast,
                      struct claims *claims)
{
    struct subject subject;
    struct targets targets = {0};
    uint32_t component = component_of(s, module);
    struct model_prove claim = {.title = sema_text(s, ast->title),
                                .module = sema_text(s, s->modules.items[module].name),
                                .kind = kind_of(ast->kind),
                                .all = ast->all,
                                .own = module == 0,
                                .domain = UINT32_MAX,
                                .loc = sema_loc(s, ast->title_span)};
    struct sema_owner owner = {SEMA_NONE, false};
    if (component != SEMA_NONE) {
        claim.domain = s->model->deciders[component].domain;
        owner.module = module;
    }
    subject_begin(&subject, s, module, owner);
    if (!resolve(&subject, ast, &claim, &targets) || !subject_complete(&subject) ||
        !concerns(&subject, &claim) || !s->model->ndeciders)
        return;
    if (ast->kind == AST_CLAIM_ONLY && targets.count == 0)
        return; /* a lattice that no tag of the composition has */
    finish(&subject, &claim, &targets);
    VEC_PUSH(s->out, claims, claim);
}

void sema_claims(struct sema *s)
{
    struct claims claims = {0};
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_claim_list *list = &s->modules.items[m].ast->claims;
        for (size_t i = 0; i < list->count; i++)
            add_claim(s, m, list->items[i], &claims);
    }
    s->model->proves = claims.items;
    s->model->nproves = (uint32_t)claims.count;
}
