/* Declarations of the main module that nothing uses.  A module without policies is there for others
 * to import; nothing in it counts as unused. */
#include "compiler/sema/internal.h"

static void warn(struct sema *s, enum sema_kind kind, enum diag_code code, const char *what)
{
    const struct sema_table *t = &s->syms[kind];
    for (size_t i = 0; i < t->count && t->items[i].module == 0; i++)
        if (!t->items[i].used)
            diag_warning(s->sink, code, t->items[i].name.span, "%s `%s` is never used", what,
                         t->items[i].name.text);
}

static bool in_space(struct sema *s, const struct ast_init *init)
{
    for (size_t i = 0; i < init->tags.count; i++) {
        const struct ast_name *name = &init->tags.items[i]->name;
        uint32_t tag = sema_lookup(s, SEMA_TAG, 0, name->text, name->id, name->span);
        if (!sema_found(tag) || s->tags[tag].id != SEMA_NONE)
            return true;
    }
    return init->tags.count == 0;
}

static void warn_inits(struct sema *s)
{
    const struct ast_init_list *inits = &s->modules.items[0].ast->inits;
    for (size_t i = 0; i < inits->count; i++)
        if (!in_space(s, inits->items[i]))
            diag_warning(s->sink, DIAG_UNUSED_INIT, inits->items[i]->entity.span,
                         "no tag of this init belongs to the composition");
}

void sema_unused(struct sema *s)
{
    if (s->modules.items[0].ast->policies.count == 0 || s->broken)
        return;
    warn(s, SEMA_TAG, DIAG_UNUSED_TAG, "tag");
    warn(s, SEMA_GROUP, DIAG_UNUSED_GROUP, "group");
    warn(s, SEMA_TYPE, DIAG_UNUSED_TYPE, "type");
    warn(s, SEMA_RELATION, DIAG_UNUSED_RELATION, "relation");
    warn(s, SEMA_PARAM, DIAG_UNUSED_PARAM, "parameter");
    warn(s, SEMA_RESPONSE, DIAG_UNUSED_RESPONSE, "response");
    if (s->model->ndeciders)
        warn_inits(s);
}
