/* Tags and `owns:`. */
#include <stdlib.h>
#include "compiler/sema/internal.h"

/* --- tags ---------------------------------------------------------------------------------- */

/* `merge`, where `any` or `all` should follow and the grammar saw the name of a type; n: no. */
static size_t find_merge(struct sema *s, uint32_t module, const struct ast_tagdecl *decl)
{
    const struct ast_name_list *types = &decl->types;
    size_t n = types->count;
    for (size_t i = n > 2 ? n - 2 : 0; i < n; i++) {
        const struct ast_name *name = &types->items[i];
        if (!str_eq(name->text, "merge") ||
            sema_lookup(s, SEMA_TYPE, module, name->text, name->id, name->span) != SEMA_NONE)
            continue;
        diag_error(s->sink, DIAG_SYNTAX, lang_span_join(name->span, types->items[n - 1].span),
                   "`merge` is followed by `any` or `all`");
        return i;
    }
    return n;
}

static void resolve_tag(struct sema *s, uint32_t module, struct sema_tag *tag,
                        const struct ast_tagdecl *decl)
{
    size_t n = find_merge(s, module, decl);
    if (n > POL_MAX_ARGS) {
        diag_error(s->sink, DIAG_TOO_MANY_ARGUMENTS, decl->span,
                   "tag `%s` has %zu arguments; %d are possible", decl->name.text, n, POL_MAX_ARGS);
        n = POL_MAX_ARGS;
    }
    tag->decl = decl;
    tag->owner = SEMA_NONE;
    tag->id = SEMA_NONE;
    tag->nargs = (uint32_t)n;
    tag->arg_types = ARENA_ARRAY(s->out, uint32_t, n + 1);
    for (size_t i = 0; i < n; i++)
        tag->arg_types[i] = sema_find_type(s, module, &decl->types.items[i]);
}

void sema_resolve_tags(struct sema *s)
{
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct sema_module *mod = &s->modules.items[m];
        for (uint32_t i = 0; i < mod->ntags; i++)
            resolve_tag(s, m, &s->tags[mod->first_tag + i], mod->ast->tags.items[i]);
    }
}

/* --- owns ---------------------------------------------------------------------------------- */

static void add_owned(struct sema *s, struct sema_module *mod, uint32_t tag)
{
    if (tag >= mod->first_tag && tag - mod->first_tag < mod->ntags)
        return;
    if (sema_map_get(&mod->owns_set, tag) != SEMA_NONE)
        return;
    sema_map_put(&s->tmp, &mod->owns_set, tag, 0);
    VEC_PUSH(&s->tmp, &mod->owns, tag);
}

static void resolve_own(struct sema *s, uint32_t m, const struct ast_name *name)
{
    struct sema_module *mod = &s->modules.items[m];
    uint32_t other = sema_map_get(&s->module_of, name->id.v);
    if (other != SEMA_NONE && sema_sees(s, m, other)) {
        const struct sema_module *from = &s->modules.items[other];
        for (uint32_t i = 0; i < from->ntags; i++) {
            s->syms[SEMA_TAG].items[from->first_tag + i].used = true;
            add_owned(s, mod, from->first_tag + i);
        }
        return;
    }
    uint32_t tag = sema_find(s, SEMA_TAG, m, name);
    if (sema_found(tag))
        add_owned(s, mod, tag);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

void sema_resolve_owns(struct sema *s)
{
    for (uint32_t m = 0; m < s->modules.count; m++) {
        struct sema_module *mod = &s->modules.items[m];
        for (size_t i = 0; i < mod->ast->owns.count; i++)
            resolve_own(s, m, &mod->ast->owns.items[i]);
        if (mod->owns.count)
            qsort(mod->owns.items, mod->owns.count, sizeof(uint32_t), by_number);
    }
}

bool sema_owns(const struct sema *s, uint32_t module, uint32_t tag)
{
    const struct sema_module *mod = &s->modules.items[module];
    if (tag >= mod->first_tag && tag - mod->first_tag < mod->ntags)
        return true;
    return sema_map_get(&mod->owns_set, tag) != SEMA_NONE;
}
