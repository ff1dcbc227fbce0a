/* Choosing the composition and splitting it into globals and components. */
#include <ctype.h>
#include <string.h>
#include "compiler/sema/internal.h"

/* --- splitting at & ------------------------------------------------------------------------- */

struct part {
    const struct ast_pexp *pexp;
    uint32_t policy; /* that contains it */
    bool global;
    struct lang_span span;
    uint32_t total; /* symbol + 1 of a policy that it is all or a component of, declared total; 0 */
};

struct split {
    struct sema *s;
    VEC_OF(struct part) todo; /* last first */
};

static uint32_t module_of(const struct sema *s, uint32_t policy)
{
    return s->syms[SEMA_POLICY].items[policy].module;
}

static void report_twice(struct sema *s, const struct part *part)
{
    const struct sema_module *m = &s->modules.items[module_of(s, part->policy)];
    if (m->ntags + m->owns.count)
        diag_error(s->sink, DIAG_TWO_OWNERS, part->span,
                   "policy `%s` stands in the composition twice: two components would own the "
                   "tags of module `%s`; name it once",
                   s->syms[SEMA_POLICY].items[part->policy].name.text, m->name);
}

static void add_decider(struct sema *s, const struct part *part)
{
    uint64_t key = (uint64_t)(uintptr_t)part->pexp;
    if (sema_map_get(&s->decider_of, key) != SEMA_NONE) {
        report_twice(s, part);
        return;
    }
    sema_map_put(&s->tmp, &s->decider_of, key, (uint32_t)s->deciders.count);
    struct sema_decider d = {.body = part->pexp, .policy = part->policy, .span = part->span};
    d.module = module_of(s, part->policy);
    d.owner.global = part->global;
    d.owner.module = part->global ? SEMA_NONE : d.module;
    d.model.name = sema_qualified(s, SEMA_POLICY, part->policy);
    d.model.is_global = part->global;
    d.model.dpl = s->modules.items[d.module].dpl;
    d.model.loc = sema_loc(s, s->policies[part->policy].decl->name.span);
    if (part->total) {
        struct sema_total total = {part->total - 1, SEMA_NONE};
        VEC_PUSH(&s->tmp, &d.totals, total);
    }
    VEC_PUSH(&s->tmp, &s->deciders, d);
}

static void push_items(struct split *sp, const struct part *part)
{
    if (part->global)
        diag_error(sp->s->sink, DIAG_MISPLACED_POLICY, part->pexp->span,
                   "a global policy cannot be composed with `&` inside");
    for (size_t i = part->pexp->items.count; i-- > 0;) {
        const struct ast_pexp *item = part->pexp->items.items[i].exp;
        struct part next = {item, part->policy, part->global, item->span, part->total};
        VEC_PUSH(&sp->s->tmp, &sp->todo, next);
    }
}

/* A name: on to the policy's body, at most twice for each policy. */
static void push_body(struct split *sp, uint32_t policy, bool global, struct lang_span span,
                      uint32_t total)
{
    struct sema *s = sp->s;
    struct sema_policy *p = &s->policies[policy];
    if (p->composed_serial != s->compose_serial)
        p->composed = 0;
    p->composed_serial = s->compose_serial;
    if (p->composed == 2)
        return;
    p->composed++;
    p->reached = true;
    struct part next = {p->decl->body, policy, global || p->decl->global, span, total};
    if (!total && p->decl->total)
        next.total = policy + 1;
    VEC_PUSH(&s->tmp, &sp->todo, next);
}

static void split_part(struct split *sp, const struct part *part)
{
    uint32_t policy;
    switch (part->pexp->kind) {
    case AST_PEXP_NAME:
        policy = sema_find(sp->s, SEMA_POLICY, module_of(sp->s, part->policy), &part->pexp->name);
        if (sema_found(policy))
            push_body(sp, policy, part->global, part->pexp->span, part->total);
        return;
    case AST_PEXP_ALL:
        push_items(sp, part);
        return;
    case AST_PEXP_RULE:
    case AST_PEXP_NO_CHECKS:
    case AST_PEXP_CHOICE:
        add_decider(sp->s, part);
        return;
    case AST_PEXP_ERROR:
        break;
    }
}

void sema_split(struct sema *s, uint32_t policy, struct lang_span span)
{
    struct split sp = {.s = s};
    push_body(&sp, policy, false, span, 0);
    while (sp.todo.count) {
        struct part part = sp.todo.items[--sp.todo.count];
        split_part(&sp, &part);
    }
}

/* --- choosing ------------------------------------------------------------------------------ */

struct choice {
    struct sema *s;
    VEC_OF(uint32_t) policies;
    const char *name;
};

static void choose(struct choice *c, const char *text, size_t len)
{
    while (len && isspace((unsigned char)*text))
        text++, len--;
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    struct intern_id id = intern_len(c->s->names, text, len);
    struct ast_name name = {intern_text(c->s->names, id), id, LANG_NO_SPAN};
    uint32_t sym = sema_find(c->s, SEMA_POLICY, 0, &name);
    if (sema_found(sym))
        VEC_PUSH(&c->s->tmp, &c->policies, sym);
}

static void choose_list(struct choice *c, const char *list)
{
    c->name = sema_text(c->s, list);
    for (const char *p = list;;) {
        size_t len = strcspn(p, ",");
        choose(c, p, len);
        if (!p[len])
            break;
        p += len + 1;
    }
}

static void report_candidates(struct choice *c, const uint32_t *found, size_t count)
{
    struct sema *s = c->s;
    struct str_buf names;
    if (sema_lossy(s, SEMA_POLICY, 0) || (!count && s->modules.items[0].ast->broken))
        return;
    str_init(&names);
    for (size_t i = 0; i < count && i < 10; i++)
        str_printf(&names, "%s`%s`", i ? ", " : "", s->syms[SEMA_POLICY].items[found[i]].name.text);
    if (count > 10)
        str_printf(&names, " and %zu more", count - 10);
    struct diag *d = diag_error(s->sink, DIAG_NO_POLICY, s->modules.items[0].ast->name.span,
                                count ? "module `%s` has several policies and no `main`"
                                      : "module `%s` has no policy",
                                s->modules.items[0].name);
    if (count)
        diag_hint(d, "choose with --policy NAME: %s", str_text(&names));
    str_free(&names);
}

/* `main`, or the only policy that no other one names. */
static void choose_default(struct choice *c)
{
    struct sema *s = c->s;
    const struct sema_table *t = &s->syms[SEMA_POLICY];
    VEC_OF(uint32_t) found = {0};
    for (uint32_t i = 0; i < t->count && t->items[i].module == 0; i++) {
        if (str_eq(t->items[i].name.text, "main")) {
            found.count = 0;
            VEC_PUSH(&s->tmp, &found, i);
            break;
        }
        if (!t->items[i].used)
            VEC_PUSH(&s->tmp, &found, i);
    }
    if (found.count == 1) {
        VEC_PUSH(&s->tmp, &c->policies, found.items[0]);
        c->name = sema_text(s, t->items[found.items[0]].name.text);
    } else if (!s->options->library) {
        report_candidates(c, found.items, found.count);
    }
}

static void add_loaded_code(struct sema *s, uint32_t module)
{
    struct intern_id id = intern_str(s->names, "loadedCode");
    uint32_t sym = sema_map_get(&s->syms[SEMA_POLICY].own, (uint64_t)module << 32 | id.v);
    if (sym == SEMA_NONE)
        diag_error(s->sink, DIAG_UNKNOWN_NAME, s->modules.items[module].ast->name.span,
                   "module `%s` has no policy `loadedCode`", s->modules.items[module].name);
    else if (s->policies[sym].composed_serial != s->compose_serial)
        sema_split(s, sym, s->policies[sym].decl->name.span);
}

static bool has_component(const struct sema *s)
{
    for (size_t i = 0; i < s->deciders.count; i++)
        if (!s->deciders.items[i].model.is_global)
            return true;
    return false;
}

/* Globals alone fail implicitly where none matches; loaded-code beside them would be the ordinary
 * component that turns that into allow, so it is composed only where there is another one. */
void sema_compose(struct sema *s, uint32_t extra)
{
    struct choice c = {.s = s, .name = "none"};
    s->compose_serial++;
    if (s->options->policy)
        choose_list(&c, s->options->policy);
    else
        choose_default(&c);
    s->model->name = c.name;
    for (size_t i = 0; i < c.policies.count; i++)
        sema_split(s, c.policies.items[i], s->policies[c.policies.items[i]].decl->name.span);
    if (extra != SEMA_NONE && has_component(s))
        add_loaded_code(s, extra);
}
