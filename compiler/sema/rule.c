/* Rules: group, patterns, guard and results of one rule, as one owner sees it. */
#include <string.h>
#include "compiler/sema/internal.h"

const struct sema_var *sema_bound(const struct sema_scope *sc, struct intern_id name)
{
    const struct sema_stamp *stamp = &sc->s->var_stamps[name.v];
    return stamp->serial == sc->serial ? &sc->bound.items[stamp->value] : NULL;
}

bool sema_input(const struct sema_scope *sc, const struct ast_name *name, struct sema_param *param)
{
    *param = (struct sema_param){.name = name->id};
    if (str_eq(name->text, "env") || str_eq(name->text, "code")) {
        param->operand = *name->text == 'e' ? POL_OP_ENV : POL_OP_CODE;
        return true;
    }
    for (uint32_t i = 0; i < sc->group->ninputs; i++) {
        if (!intern_same(sc->group->inputs[i].name, name->id))
            continue;
        *param = sc->group->inputs[i];
        return true;
    }
    return false;
}

bool sema_foreign(const struct sema_scope *sc, uint32_t tag)
{
    return sc->owner.module != SEMA_NONE && !sema_owns(sc->s, sc->owner.module, tag);
}

void sema_mention(struct sema_scope *sc, uint32_t tag, struct lang_span span)
{
    struct sema_tag *t = &sc->s->tags[tag];
    struct sema_mention mention = {tag, span};
    if (sc->mentions)
        VEC_PUSH(&sc->s->tmp, sc->mentions, mention);
    if (!sc->s->composing)
        return;
    struct lang_span *first = sc->s->modules.items[sc->module].dpl ? &t->read_dpl : &t->read_pol;
    if (!t->read || !first->file)
        *first = span;
    t->read = true;
}

/* Values' names of the type that is wanted; parameters where integers are. */
static void offer_constants(const struct sema_scope *sc, struct str_near *near, uint32_t type)
{
    const struct model_type *t = type == SEMA_NONE ? NULL : &sc->s->types.items[type];
    const struct ast_setting_list *params = &sc->s->modules.items[sc->module].ast->params;
    for (uint64_t i = 0; t && sema_has_names(t) && i < t->limit; i++)
        str_near_offer(near, t->values[i]);
    for (size_t i = 0; (!t || !sema_has_names(t)) && i < params->count; i++)
        str_near_offer(near, params->items[i]->name.text);
}

void sema_unknown_variable(struct sema_scope *sc, const struct ast_name *name, uint32_t type)
{
    struct sema *s = sc->s;
    if (sc->unsure || (s->broken && sema_lossy(s, SEMA_TYPE, sc->module)))
        return;
    struct diag *d = diag_error(s->sink, DIAG_UNKNOWN_NAME, name->span,
                                "nothing in this rule binds `%s`", name->text);
    struct str_near near;
    str_near_init(&near, name->text);
    for (size_t i = 0; i < sc->bound.count; i++)
        str_near_offer(&near, sc->bound.items[i].name.text);
    for (uint32_t i = 0; i < sc->group->ninputs; i++)
        str_near_offer(&near, intern_text(s->names, sc->group->inputs[i].name));
    str_near_offer(&near, "env");
    str_near_offer(&near, "code");
    offer_constants(sc, &near, type);
    for (uint32_t i = 0; i < sc->group->noutputs; i++)
        if (intern_same(sc->group->outputs[i].name, name->id))
            diag_label(d, name->span, "a result: only its new tags can be given");
    const char *hyphen = strchr(name->text, '-');
    if (near.best)
        diag_hint(d, "did you mean `%s`?", near.best);
    else if (hyphen)
        diag_hint(d, "did you mean `%.*s - %s`?", (int)(hyphen - name->text), name->text,
                  hyphen + 1);
}

/* --- results ------------------------------------------------------------------------------- */

struct updates {
    const struct ast_update *of[POL_RESULTS];
};

static void unknown_result(struct sema_scope *sc, const struct ast_name *name)
{
    struct sema *s = sc->s;
    struct diag *d =
        diag_error(s->sink, DIAG_UNKNOWN_NAME, name->span, "group `%s` lists no result `%s`",
                   sc->group->model.name, name->text);
    struct str_near near;
    str_near_init(&near, name->text);
    for (uint32_t i = 0; i < sc->group->noutputs; i++)
        str_near_offer(&near, intern_text(s->names, sc->group->outputs[i].name));
    str_near_offer(&near, "env");
    diag_label(d, sc->group->decl->name.span, "declared here");
    if (near.best)
        diag_hint(d, "did you mean `%s`?", near.best);
}

static void add_update(struct sema_scope *sc, const struct ast_update *u, struct updates *updates)
{
    enum pol_result result = POL_RES_ENV;
    if (!str_eq(u->name.text, "env")) {
        uint32_t i = 0;
        while (i < sc->group->noutputs && !intern_same(sc->group->outputs[i].name, u->name.id))
            i++;
        if (i == sc->group->noutputs) {
            unknown_result(sc, &u->name);
            return;
        }
        if (sc->group->outputs[i].missing)
            return;
        result = sc->group->outputs[i].result;
    }
    if (updates->of[result]) {
        struct diag *d =
            diag_report(sc->s->sink, sema_strict(sc->s, sc->module), DIAG_REPEATED_UPDATE, u->span,
                        "`%s` is given twice", u->name.text);
        diag_label(d, updates->of[result]->span, "first given here");
        diag_hint(d, sc->s->modules.items[sc->module].dpl ? "the last one counts"
                                                          : "remove one of the two");
    }
    updates->of[result] = u;
}

static void check_complete(struct sema_scope *sc, const struct ast_result *ast,
                           const struct updates *updates)
{
    const struct model_group *g = &sc->group->model;
    struct str_buf missing;
    str_init(&missing);
    for (uint32_t i = 0; i < g->nresults; i++)
        if (!updates->of[g->results[i]])
            str_printf(&missing, "%s`%s`", missing.len ? ", " : "", g->result_name[g->results[i]]);
    if (missing.len) {
        struct diag *d = diag_error(sc->s->sink, DIAG_MISSING_RESULT, ast->span,
                                    "the rule does not give %s, which group `%s` lists",
                                    str_text(&missing), g->name);
        if (!sc->s->modules.items[sc->module].dpl)
            diag_hint(d, "`allow keep` leaves every result as it was");
    }
    str_free(&missing);
}

static void resolve_updates(struct sema_scope *sc, const struct ast_result *ast)
{
    struct model_rule *rule = &sc->rule->model;
    const struct model_group *g = &sc->group->model;
    struct updates updates = {0};
    for (size_t i = 0; i < ast->updates.count; i++)
        add_update(sc, ast->updates.items[i], &updates);
    check_complete(sc, ast, &updates);
    if (updates.of[POL_RES_ENV])
        rule->updates[POL_RES_ENV] = sema_set(sc, updates.of[POL_RES_ENV]->value);
    for (uint32_t i = 0; i < g->nresults; i++) {
        enum pol_result r = g->results[i];
        if (updates.of[r])
            rule->updates[r] = sema_set(sc, updates.of[r]->value);
    }
}

static void resolve_result(struct sema_scope *sc, const struct ast_result *ast)
{
    struct model_rule *rule = &sc->rule->model;
    rule->allow = ast->kind != AST_RESULT_FAIL;
    rule->message = "";
    if (ast->kind == AST_RESULT_FAIL) {
        rule->message = arena_strdup(sc->arena, ast->message);
        rule->response = sema_find_response(sc->s, sc->module, &ast->respond);
    } else if (ast->kind == AST_RESULT_UPDATES) {
        resolve_updates(sc, ast);
    }
}

/* --- one rule ------------------------------------------------------------------------------ */

/* The rule as the formatter writes it, on one line. */
static const char *one_line(struct sema_scope *sc, const struct ast_rule *ast)
{
    struct str_buf text;
    bool quoted = false, space = false;
    str_init(&text);
    ast_print_rule(ast, &text);
    char *out = arena_strdup(sc->arena, str_text(&text)), *to = out;
    for (const char *p = out; *p; p++) {
        if (!quoted && (*p == ' ' || *p == '\n' || *p == '\t')) {
            space = to != out;
            continue;
        }
        if (space)
            *to++ = ' ';
        space = false;
        if (quoted && *p == '\\' && p[1])
            *to++ = *p++;
        else if (*p == '"')
            quoted = !quoted;
        *to++ = *p;
    }
    *to = '\0';
    str_free(&text);
    return out;
}

static void fill(struct sema_scope *sc)
{
    struct model_rule *rule = &sc->rule->model;
    rule->patterns = sc->patterns.items;
    rule->npatterns = (uint32_t)sc->patterns.count;
    rule->vars = sc->vars.items;
    rule->nvars = (uint32_t)sc->vars.count;
}

static void resolve_rule(struct sema_scope *sc, const struct ast_rule *ast)
{
    struct sema *s = sc->s;
    struct model_rule *rule = &sc->rule->model;
    rule->loc = sema_loc(s, ast->group.span);
    /* Error nodes do not print; with errors there is no model that would show the text. */
    rule->text = diag_error_count(s->sink) ? "" : one_line(sc, ast);
    uint32_t group = sema_find(s, SEMA_GROUP, sc->module, &ast->group);
    if (!sema_found(group))
        return;
    sc->group = &s->groups[group];
    sc->rule->group = group;
    for (size_t i = 0; i < ast->operands.count; i++)
        sema_pattern(sc, ast->operands.items[i]);
    if (ast->guard)
        rule->guard = sema_guard(sc, ast->guard);
    resolve_result(sc, ast->result);
    fill(sc);
}

static uint32_t new_rule(struct sema *s, uint32_t module, uint32_t policy,
                         const struct ast_pexp *pexp, struct sema_owner owner)
{
    struct sema_rule *r = ARENA_NEW(&s->tmp, struct sema_rule);
    struct sema_scope sc = {.s = s, .module = module, .owner = owner, .rule = r};
    sc.arena = s->composing ? s->out : &s->tmp;
    sc.serial = ++s->serial;
    r->owner = owner;
    r->group = r->index = r->next = SEMA_NONE;
    r->model.policy = sema_qualified(s, SEMA_POLICY, policy);
    r->model.message = "";
    if (pexp->kind == AST_PEXP_RULE) {
        resolve_rule(&sc, pexp->rule);
    } else {
        r->model.allow = true;
        r->model.text = "__NO_CHECKS";
        r->model.loc = sema_loc(s, pexp->span);
    }
    VEC_PUSH(&s->tmp, &s->rules, r);
    return (uint32_t)s->rules.count - 1;
}

uint32_t sema_rule(struct sema *s, uint32_t module, uint32_t policy, const struct ast_pexp *pexp,
                   struct sema_owner owner)
{
    uint64_t key = (uint64_t)(uintptr_t)pexp;
    uint32_t first = sema_map_get(&s->rule_of, key);
    for (uint32_t i = first; i != SEMA_NONE; i = s->rules.items[i]->next) {
        const struct sema_owner *o = &s->rules.items[i]->owner;
        if (o->module == owner.module && o->global == owner.global)
            return i;
    }
    uint32_t index = new_rule(s, module, policy, pexp, owner);
    s->rules.items[index]->next = first;
    sema_map_put(&s->tmp, &s->rule_of, key, index);
    return index;
}
