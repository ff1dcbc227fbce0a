/* Which policies a policy names, and that none contains itself. */
#include "compiler/sema/internal.h"

struct refs {
    struct sema *s;
    uint32_t module;
    VEC_OF(struct sema_ref) list;
};

static void collect(struct refs *r, const struct ast_pexp *pexp)
{
    if (pexp->kind == AST_PEXP_NAME) {
        struct sema_ref ref = {sema_find(r->s, SEMA_POLICY, r->module, &pexp->name), pexp->span};
        if (sema_found(ref.policy))
            VEC_PUSH(&r->s->tmp, &r->list, ref);
    }
    for (size_t i = 0; i < pexp->items.count; i++)
        collect(r, pexp->items.items[i].exp);
}

static void resolve_refs(struct sema *s)
{
    uint32_t sym = 0;
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_module *ast = s->modules.items[m].ast;
        for (size_t i = 0; i < ast->policies.count; i++) {
            struct refs refs = {.s = s, .module = m};
            struct sema_policy *p = &s->policies[sym++];
            p->decl = ast->policies.items[i];
            collect(&refs, p->decl->body);
            p->refs = refs.list.items;
            p->nrefs = (uint32_t)refs.list.count;
            p->parent = SEMA_NONE;
        }
    }
}

enum { WHITE, GREY, BLACK };

static void report_cycle(struct sema *s, uint32_t from, const struct sema_ref *ref)
{
    VEC_OF(uint32_t) path = {0};
    for (uint32_t p = from; p != ref->policy; p = s->policies[p].parent)
        VEC_PUSH(&s->tmp, &path, p);
    const struct sema_sym *syms = s->syms[SEMA_POLICY].items;
    const char *first = syms[ref->policy].name.text;
    struct str_buf text;
    str_init(&text);
    str_add(&text, first);
    for (size_t i = path.count; i-- > 0;)
        str_printf(&text, " -> %s", syms[path.items[i]].name.text);
    struct diag *d =
        diag_error(s->sink, DIAG_RECURSIVE_POLICY, ref->span,
                   "policy `%s` contains itself: %s -> %s", first, str_text(&text), first);
    diag_label(d, syms[ref->policy].name.span, "declared here");
    str_free(&text);
}

static uint32_t step(struct sema *s, uint32_t p, bool *ok)
{
    struct sema_policy *policy = &s->policies[p];
    if (policy->next_ref == policy->nrefs) {
        policy->colour = BLACK;
        return policy->parent;
    }
    const struct sema_ref *ref = &policy->refs[policy->next_ref++];
    struct sema_policy *to = &s->policies[ref->policy];
    if (to->colour == GREY) {
        report_cycle(s, p, ref);
        *ok = false;
    } else if (to->colour == WHITE) {
        to->colour = GREY;
        to->parent = p;
        return ref->policy;
    }
    return p;
}

bool sema_resolve_policies(struct sema *s)
{
    bool ok = true;
    resolve_refs(s);
    for (uint32_t root = 0; root < s->syms[SEMA_POLICY].count; root++) {
        if (s->policies[root].colour != WHITE)
            continue;
        s->policies[root].colour = GREY;
        for (uint32_t p = root; p != SEMA_NONE;)
            p = step(s, p, &ok);
    }
    return ok;
}
