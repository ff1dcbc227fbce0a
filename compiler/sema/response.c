/* Responses: what failures ask for. */
#include <string.h>
#include "compiler/sema/internal.h"

static const char *const action_names[] = {[MODEL_REPORT] = "report",
                                           [MODEL_TERMINATE] = "terminate",
                                           [MODEL_FAILSAFE] = "failsafe",
                                           [MODEL_HALT] = "halt"};
#define ACTIONS (sizeof action_names / sizeof *action_names)

static bool action_of(struct sema *s, const struct ast_name *name, enum model_action *action)
{
    for (size_t i = 0; i < ACTIONS; i++) {
        *action = (enum model_action)i;
        if (str_eq(name->text, action_names[i]))
            return true;
    }
    struct diag *d = diag_error(s->sink, DIAG_UNKNOWN_NAME, name->span,
                                "no response is called `%s`", name->text);
    const char *best = str_nearest(name->text, action_names, ACTIONS);
    if (best)
        diag_hint(d, "did you mean `%s`?", best);
    else
        diag_hint(d, "there are `report`, `terminate`, `failsafe` and `halt`");
    *action = MODEL_TERMINATE;
    return false;
}

/* The entity is code or memory that the entity map knows; nothing has to initialise it. */
static void check_entity(struct sema *s, const struct ast_response *ast, enum model_action action)
{
    bool given = *ast->entity.text != '\0';
    if (action == MODEL_FAILSAFE && !given) {
        struct diag *d = diag_error(s->sink, DIAG_BAD_RESPONSE, ast->span,
                                    "`failsafe` needs the entity that it jumps to");
        diag_hint(d, "write `%s = failsafe ENTITY`", ast->name.text);
    } else if ((action == MODEL_REPORT || action == MODEL_HALT) && given) {
        diag_error(s->sink, DIAG_BAD_RESPONSE, ast->entity.span, "`%s` takes no entity",
                   action_names[action]);
    } else if (given && str_starts(ast->entity.text, "ISA.")) {
        diag_error(s->sink, DIAG_BAD_RESPONSE, ast->entity.span,
                   "`%s` is no code, so that nothing can go on there", ast->entity.text);
    }
}

static bool is_default(const struct ast_response *ast)
{
    return str_eq(ast->name.text, "default");
}

static void resolve_response(struct sema *s, uint32_t module, uint32_t sym,
                             const struct ast_response *ast)
{
    struct sema_response *r = &s->responses[sym];
    struct model_response *m = &r->model;
    r->index = SEMA_NONE;
    m->name = is_default(ast) ? "default" : sema_qualified(s, SEMA_RESPONSE, sym);
    m->entity = sema_text(s, ast->entity.text);
    m->loc = sema_loc(s, ast->name.span);
    if (action_of(s, &ast->action, &m->action))
        check_entity(s, ast, m->action);
    if (!is_default(ast))
        return;
    if (m->action == MODEL_REPORT) {
        struct diag *d = diag_error(s->sink, DIAG_BAD_RESPONSE, ast->action.span,
                                    "`default` cannot be `report`");
        diag_hint(d, "where no rule matches, no rule below can say how to go on");
    }
    s->syms[SEMA_RESPONSE].items[sym].used = true;
    if (module == 0)
        s->model->responses[0] = *m;
}

void sema_resolve_responses(struct sema *s)
{
    uint32_t sym = 0;
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_response_list *list = &s->modules.items[m].ast->responses;
        for (size_t i = 0; i < list->count; i++)
            resolve_response(s, m, sym++, list->items[i]);
    }
}

uint32_t sema_find_response(struct sema *s, uint32_t module, const struct ast_name *name)
{
    if (!*name->text || str_eq(name->text, "default"))
        return 0;
    uint32_t sym = sema_find(s, SEMA_RESPONSE, module, name);
    return sema_found(sym) ? sym + 1 : 0;
}

void sema_make_responses(struct sema *s)
{
    struct model *m = s->model;
    struct model_response first = m->responses[0];
    uint32_t n = 1;
    for (uint32_t i = 0; i < m->nrules; i++)
        if (m->rules[i].response)
            s->responses[m->rules[i].response - 1].index = 0;
    m->responses = ARENA_ARRAY(s->out, struct model_response, s->syms[SEMA_RESPONSE].count + 1);
    m->responses[0] = first;
    for (size_t i = 0; i < s->syms[SEMA_RESPONSE].count; i++) {
        struct sema_response *r = &s->responses[i];
        if (r->index == SEMA_NONE)
            continue;
        r->index = n;
        m->responses[n++] = r->model;
    }
    m->nresponses = n;
    for (uint32_t i = 0; i < m->nrules; i++)
        if (m->rules[i].response)
            m->rules[i].response = s->responses[m->rules[i].response - 1].index;
}
