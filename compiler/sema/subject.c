/* What tests and claims share: subjects, constant tag sets, expectations. */
#include "compiler/sema/subject.h"

#include <stdlib.h>

void subject_begin(struct subject *subject, struct sema *s, uint32_t module,
                   struct sema_owner owner)
{
    *subject = (struct subject){.errors = diag_error_count(s->sink)};
    struct sema_scope *sc = &subject->scope;
    sc->s = s;
    sc->module = module;
    sc->owner = owner;
    sc->rule = &subject->rule;
    sc->arena = s->out;
    sc->serial = ++s->serial;
    sc->mentions = &subject->mentions;
    sc->group = &subject->any;
}

/* --- operands of a mnemonic and of every instruction ---------------------------------------- */

static void add_input(struct subject *subject, const char *name, enum pol_operand operand)
{
    struct sema_group *g = &subject->any;
    g->inputs[g->ninputs++] =
        (struct sema_param){.name = intern_str(subject->scope.s->names, name), .operand = operand};
}

static void add_output(struct subject *subject, const char *name, enum pol_result result)
{
    struct sema_group *g = &subject->any;
    g->outputs[g->noutputs++] =
        (struct sema_param){.name = intern_str(subject->scope.s->names, name), .result = result};
}

static void add_names(struct subject *subject, const struct pol_form *form)
{
    struct arena *tmp = &subject->scope.s->tmp;
    subject->any.inputs = ARENA_ARRAY(tmp, struct sema_param, POL_OPERANDS);
    subject->any.outputs = ARENA_ARRAY(tmp, struct sema_param, POL_RESULTS);
    if (!form || form->op1 != POL_FILE_NONE)
        add_input(subject, "op1", POL_OP_OP1);
    if (!form || form->op2 != POL_FILE_NONE)
        add_input(subject, "op2", POL_OP_OP2);
    if (!form || form->op3 != POL_FILE_NONE)
        add_input(subject, "op3", POL_OP_OP3);
    if (!form || form->mem != POL_MEM_NONE)
        add_input(subject, "mem", POL_OP_MEM);
    if (form && form->rd != POL_FILE_NONE)
        add_output(subject, "rd", POL_RES_RD);
    if (form && form->csr)
        add_output(subject, "csr", POL_RES_CSR);
    if (form && (form->mem == POL_MEM_WRITE || form->mem == POL_MEM_READWRITE))
        add_output(subject, "mem", POL_RES_MEM);
}

void subject_every(struct subject *subject)
{
    subject->any.model.name = "an instruction";
    add_names(subject, NULL);
}

static void report_subject(struct sema *s, uint32_t module, const struct ast_name *name)
{
    if (sema_lossy(s, SEMA_GROUP, module))
        return;
    struct diag *d = diag_error(s->sink, DIAG_UNKNOWN_NAME, name->span,
                                "no group and no instruction is called `%s`", name->text);
    struct str_near near;
    str_near_init(&near, name->text);
    for (size_t i = 0; i < s->syms[SEMA_GROUP].count; i++)
        if (sema_sees(s, module, s->syms[SEMA_GROUP].items[i].module))
            str_near_offer(&near, s->syms[SEMA_GROUP].items[i].name.text);
    const char *best = near.best ? near.best : pol_insn_suggest(name->text);
    if (best)
        diag_hint(d, "did you mean `%s`?", best);
}

/* A mnemonic that the target lacks names no instruction, but its operands are known. */
static bool mnemonic(struct subject *subject, const struct ast_name *name)
{
    struct sema *s = subject->scope.s;
    enum pol_name_status status = pol_insn_name_status(&s->model->isa, name->text);
    int row = pol_insn_find(&s->model->isa, name->text);
    int any = row < 0 ? pol_insn_find(NULL, name->text) : row;
    if (status == POL_NAME_UNKNOWN) {
        report_subject(s, subject->scope.module, name);
        return false;
    }
    subject->any.model.name = arena_printf(s->out, "`%s`", name->text);
    struct pol_form form = {0};
    if (any >= 0)
        form = pol_insn_form(pol_insn_at((size_t)any));
    add_names(subject, any >= 0 ? &form : NULL);
    if (row < 0)
        return true;
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    subject->model.insts = ARENA_NEW(s->out, struct model_inst);
    subject->model.insts[0] = (struct model_inst){row, insn->mask, insn->match};
    subject->model.ninsts = 1;
    return true;
}

bool subject_named(struct subject *subject, const struct ast_name *name)
{
    struct sema *s = subject->scope.s;
    uint32_t sym =
        sema_lookup(s, SEMA_GROUP, subject->scope.module, name->text, name->id, name->span);
    subject->model.name = sema_text(s, name->text);
    if (sym == SEMA_AMBIGUOUS)
        return false;
    if (sym == SEMA_NONE)
        return mnemonic(subject, name);
    subject->scope.group = &s->groups[sym];
    subject->model.insts = s->groups[sym].model.insts;
    subject->model.ninsts = s->groups[sym].model.ninsts;
    return true;
}

/* --- constant sets ------------------------------------------------------------------------- */

static bool constant_args(struct subject *subject, const struct ast_tag *ast, const char *what,
                          struct model_req *req)
{
    struct sema *s = subject->scope.s;
    const struct sema_tag *t = &s->tags[req->tag];
    bool ok = true;
    if (ast->args.count != t->nargs) {
        bool missing = ast->args.count < t->nargs;
        struct diag *d =
            diag_error(s->sink, missing ? DIAG_MISSING_ARGUMENT : DIAG_WRONG_ARITY, ast->span,
                       "tag `%s` has %u argument%s, not %zu", ast->name.text, t->nargs,
                       t->nargs == 1 ? "" : "s", ast->args.count);
        diag_label(d, t->decl->span, "declared here");
        return false;
    }
    req->args = t->nargs ? ARENA_ARRAY(s->out, struct model_arg, t->nargs) : NULL;
    for (uint32_t i = 0; i < t->nargs; i++) {
        req->args[i].kind = MODEL_ARG_INT;
        ok &= sema_constant(s, subject->scope.module, ast->args.items[i], t->arg_types[i], what,
                            &req->args[i].value);
    }
    return ok;
}

static void report_foreign(struct subject *subject, const struct ast_tag *ast, uint32_t tag)
{
    struct sema *s = subject->scope.s;
    struct diag *d = diag_error(
        s->sink, DIAG_FOREIGN_TAG, ast->name.span,
        "`{..}` lists exactly the tags of the component of `%s`, and `%s` is not one of them",
        s->modules.items[subject->scope.owner.module].name, ast->name.text);
    diag_label(d, s->syms[SEMA_TAG].items[tag].name.span, "declared here");
    diag_hint(d, "use `== [..]` to speak of tags of others");
}

/* Whether the tag is new to the set. */
static bool check_again(struct subject *subject, const struct ast_tag *ast, uint32_t tag,
                        uint32_t serial)
{
    struct sema *s = subject->scope.s;
    struct sema_stamp *stamp = &s->tag_stamps[tag];
    bool again = stamp->serial == serial;
    if (again)
        diag_error(s->sink, DIAG_REPEATED_TAG, ast->span, "`%s` stands twice in this set",
                   ast->name.text);
    stamp->serial = serial;
    return !again;
}

bool subject_constants(struct subject *subject, const struct ast_tag_list *tags, const char *what,
                       struct model_pattern *pattern)
{
    struct sema *s = subject->scope.s;
    uint32_t serial = ++s->serial;
    bool ok = true;
    pattern->exact = true;
    pattern->reqs = ARENA_ARRAY(s->out, struct model_req, tags->count + 1);
    for (size_t i = 0; i < tags->count; i++) {
        const struct ast_tag *ast = tags->items[i];
        struct model_req req = {.tag = sema_find(s, SEMA_TAG, subject->scope.module, &ast->name)};
        if (!sema_found(req.tag)) {
            ok = false;
            continue;
        }
        if (sema_foreign(&subject->scope, req.tag))
            report_foreign(subject, ast, req.tag);
        sema_mention(&subject->scope, req.tag, ast->name.span);
        ok &= check_again(subject, ast, req.tag, serial);
        ok &= constant_args(subject, ast, what, &req);
        pattern->reqs[pattern->nreqs++] = req;
    }
    return ok;
}

/* --- expectations -------------------------------------------------------------------------- */

static void unknown_result(struct subject *subject, const struct ast_name *name)
{
    const struct sema_group *g = subject->scope.group;
    struct sema *s = subject->scope.s;
    struct diag *d =
        diag_error(s->sink, DIAG_UNKNOWN_NAME, name->span,
                   g->decl ? "group `%s` lists no result `%s`" : "%s has no result `%s`",
                   g->model.name, name->text);
    struct str_near near;
    str_near_init(&near, name->text);
    for (uint32_t i = 0; i < g->noutputs; i++)
        str_near_offer(&near, intern_text(s->names, g->outputs[i].name));
    str_near_offer(&near, "env");
    if (g->decl)
        diag_label(d, g->decl->name.span, "declared here");
    if (near.best)
        diag_hint(d, "did you mean `%s`?", near.best);
}

static bool result_of(struct subject *subject, const struct ast_name *name, enum pol_result *result)
{
    const struct sema_group *g = subject->scope.group;
    *result = POL_RES_ENV;
    if (str_eq(name->text, "env"))
        return true;
    for (uint32_t i = 0; i < g->noutputs; i++) {
        *result = g->outputs[i].result;
        if (intern_same(g->outputs[i].name, name->id) && !g->outputs[i].missing)
            return true;
    }
    unknown_result(subject, name);
    return false;
}

struct results {
    VEC_FIELDS(struct model_result_pattern);
};

static void add_pattern(struct subject *subject, const struct ast_operand *ast,
                        struct results *results)
{
    struct sema_scope *sc = &subject->scope;
    struct model_result_pattern r = {0};
    if (!result_of(subject, &ast->name, &r.result))
        return;
    size_t count = sc->patterns.count;
    sc->rule->never = false;
    sema_result_pattern(sc, ast->pat);
    if (sc->rule->never)
        diag_error(sc->s->sink, DIAG_BAD_EXPECTATION, ast->pat->span, "no tag set is like this");
    for (size_t i = count; i < sc->patterns.count; i++) {
        r.pattern = sc->patterns.items[i];
        VEC_PUSH(sc->arena, results, r);
    }
    sc->patterns.count = count;
}

static void add_update(struct subject *subject, const struct ast_update *ast, const char *what,
                       struct results *results)
{
    struct diag_sink *sink = subject->scope.s->sink;
    struct model_result_pattern r = {0};
    if (!result_of(subject, &ast->name, &r.result))
        return;
    if (ast->value->kind != AST_TEXP_SET) {
        if (ast->value->kind != AST_TEXP_ERROR)
            diag_hint(diag_error(sink, DIAG_BAD_EXPECTATION, ast->value->span,
                                 "%s gives a whole result as `{..}`", what),
                      "write `== [..]` for requirements");
        return;
    }
    for (size_t i = 0; i < results->count; i++)
        if (results->items[i].result == r.result)
            diag_error(sink, DIAG_REPEATED_UPDATE, ast->span, "`%s` is given twice",
                       ast->name.text);
    if (subject_constants(subject, &ast->value->tags, what, &r.pattern))
        VEC_PUSH(subject->scope.arena, results, r);
}

static void expect_failure(struct subject *subject, const struct ast_expect *ast,
                           struct model_expect *out)
{
    out->kind = MODEL_EXPECT_FAIL;
    out->failure = POL_ALLOW;
    if (ast->message) {
        out->message = arena_strdup(subject->scope.arena, ast->message);
        out->failure = POL_FAIL_EXPLICIT;
    }
    if (str_eq(ast->which.text, "explicit"))
        out->failure = POL_FAIL_EXPLICIT;
    else if (str_eq(ast->which.text, "implicit"))
        out->failure = POL_FAIL_IMPLICIT;
    else if (*ast->which.text)
        abort(); /* the parser knows both */
}

void subject_expect(struct subject *subject, const struct ast_expect *ast, const char *what,
                    struct model_expect *out)
{
    struct results results = {0};
    switch (ast->kind) {
    case AST_EXPECT_FAIL:
        expect_failure(subject, ast, out);
        return;
    case AST_EXPECT_ALLOW:
        out->kind = MODEL_EXPECT_ALLOW;
        return;
    case AST_EXPECT_UPDATES:
    case AST_EXPECT_RESULTS:
        out->kind = MODEL_EXPECT_RESULTS;
        break;
    case AST_EXPECT_ERROR:
        return;
    }
    for (size_t i = 0; i < ast->updates.count; i++)
        add_update(subject, ast->updates.items[i], what, &results);
    for (size_t i = 0; i < ast->results.count; i++)
        add_pattern(subject, ast->results.items[i], &results);
    out->results = results.items;
    out->nresults = (uint32_t)results.count;
}

/* --- the end ------------------------------------------------------------------------------- */

bool subject_ok(const struct subject *subject)
{
    return diag_error_count(subject->scope.s->sink) == subject->errors;
}

bool subject_complete(struct subject *subject)
{
    struct sema *s = subject->scope.s;
    for (size_t i = 0; i < subject->mentions.count; i++) {
        const struct sema_mention *m = &subject->mentions.items[i];
        if (s->tags[m->tag].id != SEMA_NONE)
            continue;
        if (subject->scope.module == 0 && s->model->ndeciders && s->composed) {
            struct diag *d = diag_error(s->sink, DIAG_UNOWNED_TAG, m->span,
                                        "no component of this composition owns tag `%s`",
                                        sema_qualified(s, SEMA_TAG, m->tag));
            diag_label(d, s->syms[SEMA_TAG].items[m->tag].name.span, "declared here");
        }
        return false;
    }
    return true;
}

void subject_renumber(struct subject *subject, struct model_expect *expect)
{
    struct sema *s = subject->scope.s;
    sema_renumber_patterns(s, subject->scope.patterns.items,
                           (uint32_t)subject->scope.patterns.count);
    for (uint32_t i = 0; i < expect->nresults; i++)
        sema_renumber_patterns(s, &expect->results[i].pattern, 1);
}
