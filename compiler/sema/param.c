/* Parameters: their defaults, and the values that imports and the command line give them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/internal.h"

static uint32_t own_param(const struct sema *s, uint32_t module, struct intern_id name)
{
    return sema_map_get(&s->syms[SEMA_PARAM].own, (uint64_t)module << 32 | name.v);
}

static void hint_params(const struct sema *s, struct diag *d, uint32_t module, const char *name)
{
    const struct ast_setting_list *list = &s->modules.items[module].ast->params;
    struct str_near near;
    str_near_init(&near, name);
    for (size_t i = 0; i < list->count; i++)
        str_near_offer(&near, list->items[i]->name.text);
    if (near.best)
        diag_hint(d, "did you mean `%s`?", near.best);
    else if (list->count == 0)
        diag_hint(d, "module `%s` has no parameters", s->modules.items[module].name);
}

/* Gives a parameter of `module` a value.  SEMA_NONE after a report. */
static uint32_t set_param(struct sema *s, uint32_t module, const char *name, struct intern_id id,
                          struct lang_span place, struct sema_setting value)
{
    uint32_t sym = id.v ? own_param(s, module, id) : SEMA_NONE;
    if (sym != SEMA_NONE) {
        s->params[sym] = value;
        return sym;
    }
    if (s->modules.items[module].ast->lossy[AST_SECTION_PARAM])
        return SEMA_NONE;
    struct diag *d =
        diag_error(s->sink, DIAG_UNKNOWN_NAME, place, "module `%s` has no parameter `%s`%s",
                   s->modules.items[module].name, name, place.file ? "" : ", which --param sets");
    hint_params(s, d, module, name);
    return SEMA_NONE;
}

/* --- imports ------------------------------------------------------------------------------- */

static void set_by_import(struct sema *s, uint32_t module, const struct ast_import *import)
{
    for (size_t i = 0; i < import->settings.count; i++) {
        const struct ast_setting *set = import->settings.items[i];
        for (size_t k = 0; k < i; k++)
            if (intern_same(import->settings.items[k]->name.id, set->name.id))
                diag_label(diag_error(s->sink, DIAG_DUPLICATE, set->name.span, "`%s` is set twice",
                                      set->name.text),
                           import->settings.items[k]->span, "first set here");
        (void)set_param(s, module, set->name.text, set->name.id, set->name.span,
                        (struct sema_setting){set->value, set->value_span});
    }
}

static void set_by_imports(struct sema *s)
{
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct sema_module *mod = &s->modules.items[m];
        for (size_t i = 0; i < mod->ast->imports.count; i++)
            set_by_import(s, mod->imports[i], mod->ast->imports.items[i]);
    }
}

/* --- the command line ---------------------------------------------------------------------- */

static uint32_t module_named(struct sema *s, const char *name, size_t len)
{
    struct intern_id id = intern_find(s->names, arena_strndup(&s->tmp, name, len));
    return id.v ? sema_map_get(&s->module_of, id.v) : SEMA_NONE;
}

static void report_module(struct sema *s, const char *name, size_t len)
{
    struct str_near near;
    const char *text = arena_strndup(&s->tmp, name, len);
    struct diag *d = diag_error(s->sink, DIAG_UNKNOWN_NAME, LANG_NO_SPAN,
                                "--param: no module `%s` is imported", text);
    str_near_init(&near, text);
    for (size_t i = 0; i < s->modules.count; i++)
        str_near_offer(&near, s->modules.items[i].name);
    if (near.best)
        diag_hint(d, "did you mean `%s`?", near.best);
}

static void set_by_option(struct sema *s, const struct sema_param_option *o)
{
    const char *dot = strrchr(o->name, '.');
    const char *name = dot ? dot + 1 : o->name;
    uint32_t module = dot ? module_named(s, o->name, (size_t)(dot - o->name)) : 0;
    if (module == SEMA_NONE)
        report_module(s, o->name, (size_t)(dot - o->name));
    else
        (void)set_param(s, module, name, intern_find(s->names, name), LANG_NO_SPAN,
                        (struct sema_setting){o->value, LANG_NO_SPAN});
}

void sema_resolve_params(struct sema *s)
{
    uint32_t sym = 0;
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_setting_list *list = &s->modules.items[m].ast->params;
        for (size_t i = 0; i < list->count; i++)
            s->params[sym++] =
                (struct sema_setting){list->items[i]->value, list->items[i]->value_span};
    }
    set_by_imports(s);
    for (size_t i = 0; i < s->options->param_count; i++)
        set_by_option(s, &s->options->params[i]);
}

/* --- names --------------------------------------------------------------------------------- */

uint32_t sema_find_param(struct sema *s, uint32_t module, const struct ast_name *name)
{
    uint32_t own = own_param(s, module, name->id);
    if (own == SEMA_NONE)
        return sema_find(s, SEMA_PARAM, module, name);
    s->syms[SEMA_PARAM].items[own].used = true;
    return own;
}

/* A parameter of another module has to be qualified: otherwise importing a module could turn a
 * variable into a constant. */
bool sema_param(struct sema *s, uint32_t module, const struct ast_name *name, int64_t *value)
{
    uint32_t sym = own_param(s, module, name->id);
    if (sym == SEMA_NONE && strchr(name->text, '.'))
        sym = sema_lookup(s, SEMA_PARAM, module, name->text, name->id, name->span);
    if (!sema_found(sym))
        return false;
    s->syms[SEMA_PARAM].items[sym].used = true;
    *value = s->params[sym].value;
    return true;
}
