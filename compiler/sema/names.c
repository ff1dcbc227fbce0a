/* Symbols: declaring them, and finding what a name means. */
#include <string.h>
#include "compiler/sema/internal.h"

static const char *const kind_names[SEMA_KINDS] = {
    [SEMA_TYPE] = "type",        [SEMA_TAG] = "tag",           [SEMA_GROUP] = "group",
    [SEMA_POLICY] = "policy",    [SEMA_RELATION] = "relation", [SEMA_PARAM] = "parameter",
    [SEMA_RESPONSE] = "response"};

static uint64_t own_key(uint32_t module, struct intern_id id)
{
    return (uint64_t)module << 32 | id.v;
}

/* --- declaring ----------------------------------------------------------------------------- */

static void report_duplicate(struct sema *s, enum sema_kind kind, uint32_t module,
                             const struct ast_name *name, uint32_t first)
{
    enum diag_severity severity = kind == SEMA_TYPE ? sema_strict(s, module) : DIAG_ERROR;
    struct diag *d = diag_report(s->sink, severity, DIAG_DUPLICATE, name->span,
                                 "%s `%s` is declared twice", kind_names[kind], name->text);
    diag_label(d, s->syms[kind].items[first].name.span, "first declared here");
}

/* Every declaration gets a symbol, so that symbols stay parallel to declarations; a repeated one is
 * just never found. */
static void declare(struct sema *s, enum sema_kind kind, uint32_t module, struct ast_name name)
{
    struct sema_table *t = &s->syms[kind];
    uint32_t index = (uint32_t)t->count;
    struct sema_sym sym = {.module = module, .name = name, .next = SEMA_NONE};
    VEC_PUSH(&s->tmp, t, sym);
    if (!*name.text)
        return;
    uint32_t first = sema_map_get(&t->own, own_key(module, name.id));
    if (first != SEMA_NONE) {
        report_duplicate(s, kind, module, &name, first);
        return;
    }
    sema_map_put(&s->tmp, &t->own, own_key(module, name.id), index);
    uint32_t tail = sema_map_get(&t->tails, name.id.v);
    if (tail == SEMA_NONE)
        sema_map_put(&s->tmp, &t->heads, name.id.v, index);
    else
        t->items[tail].next = index;
    sema_map_put(&s->tmp, &t->tails, name.id.v, index);
}

static void declare_module(struct sema *s, uint32_t m)
{
    struct sema_module *mod = &s->modules.items[m];
    const struct ast_module *ast = mod->ast;
    for (size_t i = 0; i < ast->types.count; i++)
        declare(s, ast->types.items[i]->kind == AST_TYPE_RELATION ? SEMA_RELATION : SEMA_TYPE, m,
                ast->types.items[i]->name);
    mod->first_tag = (uint32_t)s->syms[SEMA_TAG].count;
    mod->ntags = (uint32_t)ast->tags.count;
    for (size_t i = 0; i < ast->tags.count; i++)
        declare(s, SEMA_TAG, m, ast->tags.items[i]->name);
    for (size_t i = 0; i < ast->groups.count; i++)
        declare(s, SEMA_GROUP, m, ast->groups.items[i]->name);
    for (size_t i = 0; i < ast->policies.count; i++)
        declare(s, SEMA_POLICY, m, ast->policies.items[i]->name);
    for (size_t i = 0; i < ast->params.count; i++)
        declare(s, SEMA_PARAM, m, ast->params.items[i]->name);
    for (size_t i = 0; i < ast->responses.count; i++)
        declare(s, SEMA_RESPONSE, m, ast->responses.items[i]->name);
}

void sema_declare(struct sema *s)
{
    for (uint32_t m = 0; m < s->modules.count; m++)
        declare_module(s, m);
    s->tags = ARENA_ARRAY(&s->tmp, struct sema_tag, s->syms[SEMA_TAG].count + 1);
    s->groups = ARENA_ARRAY(&s->tmp, struct sema_group, s->syms[SEMA_GROUP].count + 1);
    s->policies = ARENA_ARRAY(&s->tmp, struct sema_policy, s->syms[SEMA_POLICY].count + 1);
    s->relations = ARENA_ARRAY(&s->tmp, struct sema_relation, s->syms[SEMA_RELATION].count + 1);
    s->params = ARENA_ARRAY(&s->tmp, struct sema_setting, s->syms[SEMA_PARAM].count + 1);
    s->responses = ARENA_ARRAY(&s->tmp, struct sema_response, s->syms[SEMA_RESPONSE].count + 1);
    s->tag_stamps = ARENA_ARRAY(&s->tmp, struct sema_stamp, s->syms[SEMA_TAG].count + 1);
}

/* --- finding ------------------------------------------------------------------------------- */

struct query {
    struct sema *s;
    enum sema_kind kind;
    uint32_t module;
    const char *text;
    struct intern_id id;
    struct lang_span span;
    uint32_t split_module; /* named by the qualified form, SEMA_NONE: not qualified */
    bool hidden;           /* which is not imported */
};

static void report_ambiguous(const struct query *q, const uint32_t *found, size_t count)
{
    struct sema *s = q->s;
    const struct sema_table *t = &s->syms[q->kind];
    struct diag *d = diag_error(s->sink, DIAG_AMBIGUOUS_NAME, q->span, "%s `%s` is ambiguous",
                                kind_names[q->kind], q->text);
    for (size_t i = 0; i < count; i++)
        diag_label(d, t->items[found[i]].name.span, "one in `%s`",
                   s->modules.items[t->items[found[i]].module].name);
    const struct sema_sym *first = &t->items[found[0]];
    diag_hint(d, "write `%s.%s` if you mean that one", s->modules.items[first->module].name,
              first->name.text);
}

/* The unqualified reading. */
static uint32_t find_short(const struct query *q)
{
    struct sema *s = q->s;
    const struct sema_table *t = &s->syms[q->kind];
    uint32_t own = sema_map_get(&t->own, own_key(q->module, q->id));
    if (own != SEMA_NONE && !s->modules.items[q->module].dpl)
        return own;
    uint32_t found[DIAG_MAX_LABELS];
    size_t count = 0;
    for (uint32_t i = sema_map_get(&t->heads, q->id.v); i != SEMA_NONE; i = t->items[i].next)
        if (sema_sees(s, q->module, t->items[i].module) && count < DIAG_MAX_LABELS)
            found[count++] = i;
    if (count > 1) {
        report_ambiguous(q, found, count);
        return SEMA_AMBIGUOUS;
    }
    return count ? found[0] : SEMA_NONE;
}

/* The module that the first `len` characters name, SEMA_NONE: none is loaded.  In an instance its
 * module's name means itself. */
static uint32_t module_named(struct sema *s, uint32_t module, const char *text, size_t len)
{
    struct intern_id id = intern_find(s->names, arena_strndup(&s->tmp, text, len));
    if (id.v && intern_same(id, s->modules.items[module].ast->name.id))
        return module;
    return id.v ? sema_map_get(&s->module_of, id.v) : SEMA_NONE;
}

/* The reading as MODULE.NAME, at the longest visible module name. */
static uint32_t find_split(struct query *q)
{
    struct sema *s = q->s;
    for (size_t dot = strlen(q->text); dot-- > 0;) {
        uint32_t m = q->text[dot] == '.' ? module_named(s, q->module, q->text, dot) : SEMA_NONE;
        if (m == SEMA_NONE)
            continue;
        if (sema_sees(s, q->module, m)) {
            struct intern_id id = intern_find(s->names, q->text + dot + 1);
            q->split_module = m;
            q->hidden = false;
            return id.v ? sema_map_get(&s->syms[q->kind].own, own_key(m, id)) : SEMA_NONE;
        }
        if (q->split_module == SEMA_NONE)
            q->split_module = m;
        q->hidden = true;
    }
    return SEMA_NONE;
}

static uint32_t find(struct query *q)
{
    q->split_module = SEMA_NONE;
    uint32_t plain = q->id.v ? find_short(q) : SEMA_NONE;
    if (plain == SEMA_AMBIGUOUS || !strchr(q->text, '.'))
        return plain;
    uint32_t split = find_split(q);
    if (plain != SEMA_NONE && split != SEMA_NONE && plain != split) {
        uint32_t both[2] = {plain, split};
        report_ambiguous(q, both, 2);
        return SEMA_AMBIGUOUS;
    }
    return plain != SEMA_NONE ? plain : split;
}

uint32_t sema_lookup(struct sema *s, enum sema_kind kind, uint32_t module, const char *text,
                     struct intern_id id, struct lang_span span)
{
    struct query q = {.s = s, .kind = kind, .module = module, .text = text, .id = id, .span = span};
    uint32_t sym = find(&q);
    if (sema_found(sym)) {
        s->syms[kind].items[sym].used = true;
        s->modules.items[s->syms[kind].items[sym].module].used = true;
    }
    return sym;
}

/* --- reporting ----------------------------------------------------------------------------- */

static const char *nearest(const struct query *q)
{
    const struct sema_table *t = &q->s->syms[q->kind];
    struct str_near near;
    const char *dot = strrchr(q->text, '.');
    bool split = q->split_module != SEMA_NONE && dot;
    str_near_init(&near, split ? dot + 1 : q->text);
    for (size_t i = 0; i < t->count; i++)
        if (split ? t->items[i].module == q->split_module
                  : sema_sees(q->s, q->module, t->items[i].module))
            str_near_offer(&near, t->items[i].name.text);
    return near.best;
}

bool sema_lossy(const struct sema *s, enum sema_kind kind, uint32_t module)
{
    static const enum ast_section_kind section[SEMA_KINDS] = {
        [SEMA_TYPE] = AST_SECTION_TYPE,         [SEMA_TAG] = AST_SECTION_METADATA,
        [SEMA_GROUP] = AST_SECTION_GROUP,       [SEMA_POLICY] = AST_SECTION_POLICY,
        [SEMA_RELATION] = AST_SECTION_TYPE,     [SEMA_PARAM] = AST_SECTION_PARAM,
        [SEMA_RESPONSE] = AST_SECTION_RESPONSE,
    };
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_module *ast = s->modules.items[m].ast;
        if (sema_sees(s, module, m) &&
            (ast->lossy[AST_SECTION_IMPORT] || ast->lossy[section[kind]]))
            return true;
    }
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* `a.b.Name`, and there is no module `a.b`. */
static void hint_import(const struct query *q, struct diag *d)
{
    const char *dot = strrchr(q->text, '.');
    if (dot)
        diag_hint(d, "no module `%.*s` is imported; add it to `import:` if it has this %s",
                  (int)(dot - q->text), q->text, kind_names[q->kind]);
}

static void report_unknown(const struct query *q)
{
    struct sema *s = q->s;
    /* What begins otherwise was reported as no name at all. */
    if (sema_lossy(s, q->kind, q->module) || !is_letter(*q->text))
        return;
    if (q->hidden) {
        const char *name = s->modules.items[q->split_module].name;
        struct diag *d = diag_error(s->sink, DIAG_NOT_IMPORTED, q->span,
                                    "module `%s` is not imported here", name);
        diag_hint(d, "add `%s` to the imports", name);
        return;
    }
    struct diag *d = diag_error(s->sink, DIAG_UNKNOWN_NAME, q->span, "unknown %s `%s`",
                                kind_names[q->kind], q->text);
    if (diag_limit_reached(s->sink))
        return;
    const char *best = nearest(q);
    if (best)
        diag_hint(d, "did you mean `%s`?", best);
    else if (q->split_module == SEMA_NONE)
        hint_import(q, d);
}

uint32_t sema_find(struct sema *s, enum sema_kind kind, uint32_t module,
                   const struct ast_name *name)
{
    struct query q = {.s = s,
                      .kind = kind,
                      .module = module,
                      .text = name->text,
                      .id = name->id,
                      .span = name->span};
    uint32_t sym = find(&q);
    if (sym == SEMA_NONE)
        report_unknown(&q);
    else if (sym != SEMA_AMBIGUOUS) {
        s->syms[kind].items[sym].used = true;
        s->modules.items[s->syms[kind].items[sym].module].used = true;
    }
    return sym;
}
