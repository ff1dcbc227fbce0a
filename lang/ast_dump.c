/* The tree as text, for tests: one node per line, two spaces per level, every member that carries
 * meaning, no spans. */
#include <inttypes.h>

#include "lang/ast.h"

struct dumper {
    struct str_buf *out;
    size_t level;
};

static void line(const struct dumper *d, const char *fmt, ...) LANG_PRINTF(2, 3);

static void line(const struct dumper *d, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    str_add_repeat(d->out, ' ', d->level * 2);
    str_vprintf(d->out, fmt, args);
    str_add_char(d->out, '\n');
    va_end(args);
}

static void dump_string(const struct dumper *d, const char *what, const char *text)
{
    str_add_repeat(d->out, ' ', d->level * 2);
    str_printf(d->out, "%s \"", what);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            str_printf(d->out, "\\x%02x", c);
        else
            str_add_char(d->out, (char)c);
    }
    str_add(d->out, "\"\n");
}

static void dump_field(const struct dumper *d, const struct ast_field *f)
{
    switch (f->kind) {
    case AST_FIELD_NAME:
        line(d, "name %s", f->name.text);
        return;
    case AST_FIELD_ANY:
        line(d, "any");
        return;
    case AST_FIELD_NEW:
        line(d, "new");
        return;
    case AST_FIELD_INT:
        line(d, "int %" PRId64, f->value);
        return;
    case AST_FIELD_ERROR:
        line(d, "error");
        return;
    case AST_FIELD_BINARY: {
        struct dumper in = {d->out, d->level + 1};
        line(d, "%s", ast_arith_name(f->op));
        dump_field(&in, f->left);
        dump_field(&in, f->right);
        return;
    }
    }
}

static void dump_fields(const struct dumper *d, const struct ast_field_list *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        dump_field(d, fields->items[i]);
}

static void dump_tag(const struct dumper *d, const char *sign, const struct ast_tag *tag)
{
    struct dumper in = {d->out, d->level + 1};
    line(d, "%stag %s", sign, tag->name.text);
    dump_fields(&in, &tag->args);
}

static void dump_tags(const struct dumper *d, const struct ast_tag_list *tags)
{
    for (size_t i = 0; i < tags->count; i++)
        dump_tag(d, "", tags->items[i]);
}

static void dump_reqs(const struct dumper *d, const struct ast_req_list *reqs)
{
    static const char *const signs[] = {"", "+ ", "- "};
    for (size_t i = 0; i < reqs->count; i++)
        dump_tag(d, signs[reqs->items[i]->sign], reqs->items[i]->tag);
}

static void dump_pat(const struct dumper *d, const struct ast_pat *pat)
{
    static const char *const kinds[] = {"any", "exact", "reqs", "bind", "error"};
    struct dumper in = {d->out, d->level + 1};
    if (pat->kind == AST_PAT_BIND)
        line(d, "bind %s", pat->name.text);
    else
        line(d, "%s", kinds[pat->kind]);
    dump_tags(&in, &pat->tags);
    dump_reqs(&in, &pat->reqs);
    if (pat->inner)
        dump_pat(&in, pat->inner);
}

static void dump_guard(const struct dumper *d, const struct ast_guard *g)
{
    static const char *const kinds[] = {"true", "false", "not",      "and",
                                        "or",   "",      "relation", "error"};
    struct dumper in = {d->out, d->level + 1};
    if (g->kind == AST_GUARD_COMPARE)
        line(d, "%s", ast_cmp_name(g->cmp));
    else
        line(d, "%s%s%s", kinds[g->kind], g->kind == AST_GUARD_RELATION ? " " : "", g->name.text);
    for (size_t i = 0; i < g->items.count; i++)
        dump_guard(&in, g->items.items[i]);
    if (g->kind == AST_GUARD_COMPARE) {
        dump_field(&in, g->left);
        dump_field(&in, g->right);
    }
    dump_fields(&in, &g->args);
}

static void dump_texp(const struct dumper *d, const struct ast_texp *e)
{
    static const char *const kinds[] = {"set", "name", "modify", "union", "intersect", "error"};
    struct dumper in = {d->out, d->level + 1};
    line(d, "%s%s%s", kinds[e->kind], e->kind == AST_TEXP_NAME ? " " : "", e->name.text);
    dump_tags(&in, &e->tags);
    if (e->left)
        dump_texp(&in, e->left);
    if (e->right)
        dump_texp(&in, e->right);
    dump_reqs(&in, &e->reqs);
}

static void dump_updates(const struct dumper *d, const struct ast_update_list *updates)
{
    struct dumper in = {d->out, d->level + 1};
    for (size_t i = 0; i < updates->count; i++) {
        line(d, "result %s", updates->items[i]->name.text);
        dump_texp(&in, updates->items[i]->value);
    }
}

static void dump_operands(const struct dumper *d, const struct ast_operand_list *operands)
{
    struct dumper in = {d->out, d->level + 1};
    for (size_t i = 0; i < operands->count; i++) {
        line(d, "operand %s", operands->items[i]->name.text);
        dump_pat(&in, operands->items[i]->pat);
    }
}

static void dump_condition(const struct dumper *d, const struct ast_guard *guard)
{
    struct dumper in = {d->out, d->level + 1};
    if (!guard)
        return;
    line(d, "guard");
    dump_guard(&in, guard);
}

static void dump_result(const struct dumper *d, const struct ast_result *r)
{
    struct dumper in = {d->out, d->level + 1};
    switch (r->kind) {
    case AST_RESULT_FAIL:
        dump_string(d, "fail", r->message);
        if (*r->respond.text)
            line(&in, "respond %s", r->respond.text);
        return;
    case AST_RESULT_KEEP:
        line(d, "keep");
        return;
    case AST_RESULT_ERROR:
        line(d, "error");
        return;
    case AST_RESULT_UPDATES:
        break;
    }
    line(d, "%s", r->allow ? "allow" : "updates");
    dump_updates(&in, &r->updates);
}

static void dump_rule(const struct dumper *d, const struct ast_rule *rule)
{
    struct dumper in = {d->out, d->level + 1};
    line(d, "rule %s", rule->group.text);
    dump_operands(&in, &rule->operands);
    dump_condition(&in, rule->guard);
    dump_result(&in, rule->result);
}

static void dump_pexp(const struct dumper *d, const struct ast_pexp *e)
{
    struct dumper in = {d->out, d->level + 1};
    switch (e->kind) {
    case AST_PEXP_RULE:
        dump_rule(d, e->rule);
        return;
    case AST_PEXP_NAME:
        line(d, "name %s", e->name.text);
        return;
    case AST_PEXP_NO_CHECKS:
        line(d, "no-checks");
        return;
    case AST_PEXP_ERROR:
        line(d, "error");
        return;
    case AST_PEXP_CHOICE:
    case AST_PEXP_ALL:
        break;
    }
    line(d, "%s", e->kind == AST_PEXP_ALL ? "all" : "choice");
    for (size_t i = 0; i < e->items.count; i++) {
        if (i)
            line(d, "%s", ast_pop_name(e->items.items[i].op));
        dump_pexp(&in, e->items.items[i].exp);
    }
}

static void dump_type(const struct dumper *d, const struct ast_type *type)
{
    static const char *const kinds[] = {"int", "tagset", "enum", "lattice", "relation", "error"};
    static const char *const overflows[] = {"", " wrap", " exhaust"};
    struct dumper in = {d->out, d->level + 1}, deeper = {d->out, d->level + 2};
    line(d, "type %s %s%s", type->name.text, kinds[type->kind], overflows[type->overflow]);
    if (*type->bound_name.text)
        line(&in, "bound %s", type->bound_name.text);
    else if (type->bounded)
        line(&in, "bound %" PRId64, type->bound);
    for (size_t i = 0; i < type->values.count; i++)
        line(&in, "value %s", type->values.items[i].text);
    for (size_t i = 0; i < type->edges.count; i++)
        line(&in, "%s < %s", type->edges.items[i]->low.text, type->edges.items[i]->high.text);
    for (size_t i = 0; i < type->types.count; i++)
        line(&in, "type %s", type->types.items[i].text);
    for (size_t i = 0; i < type->tuples.count; i++) {
        line(&in, "tuple");
        dump_fields(&deeper, &type->tuples.items[i]->fields);
    }
}

static void dump_tagdecl(const struct dumper *d, const struct ast_tagdecl *decl)
{
    static const char *const merges[] = {"", " merge any", " merge all"};
    struct dumper in = {d->out, d->level + 1};
    line(d, "tag %s%s", decl->name.text, merges[decl->merge]);
    for (size_t i = 0; i < decl->types.count; i++)
        line(&in, "type %s", decl->types.items[i].text);
}

static void dump_params(const struct dumper *d, const char *what, const struct ast_param_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        line(d, "%s %s %s", what, ast_slot_name(list->items[i]->slot), list->items[i]->name.text);
}

static void dump_opspec(const struct dumper *d, const struct ast_opspec *spec)
{
    switch (spec->kind) {
    case AST_OPSPEC_ANY:
        line(d, "any");
        return;
    case AST_OPSPEC_INT:
        line(d, "int %" PRId64, spec->value);
        return;
    case AST_OPSPEC_REG:
        line(d, "reg %" PRId64, spec->value);
        return;
    case AST_OPSPEC_CSR:
        line(d, "csr %s", spec->csr.text);
        return;
    }
}

static void dump_group(const struct dumper *d, const struct ast_group *group)
{
    struct dumper in = {d->out, d->level + 1}, deeper = {d->out, d->level + 2};
    line(d, "group %s", group->name.text);
    dump_params(&in, "in", &group->inputs);
    dump_params(&in, "out", &group->outputs);
    for (size_t i = 0; i < group->insts.count; i++) {
        line(&in, "inst %s", group->insts.items[i]->mnemonic.text);
        for (size_t k = 0; k < group->insts.items[i]->specs.count; k++)
            dump_opspec(&deeper, group->insts.items[i]->specs.items[k]);
    }
}

static void dump_policy(const struct dumper *d, const struct ast_policy *policy)
{
    struct dumper in = {d->out, d->level + 1};
    line(d, "policy %s%s%s", policy->name.text, policy->global ? " global" : "",
         policy->total ? " total" : "");
    dump_pexp(&in, policy->body);
}

static void dump_init(const struct dumper *d, const struct ast_init *init)
{
    struct dumper in = {d->out, d->level + 1};
    line(d, "init %s%s", init->entity.text, init->only ? " only" : "");
    dump_tags(&in, &init->tags);
}

static void dump_setting(const struct dumper *d, const struct ast_setting *setting)
{
    line(d, "param %s %" PRId64, setting->name.text, setting->value);
}

static void dump_import(const struct dumper *d, const struct ast_import *import)
{
    struct dumper in = {d->out, d->level + 1};
    bool instance = *import->alias.text != '\0';
    line(d, "import %s%s%s", import->name.text, instance ? " as " : "", import->alias.text);
    for (size_t i = 0; i < import->settings.count; i++)
        dump_setting(&in, import->settings.items[i]);
}

static void dump_response(const struct dumper *d, const struct ast_response *response)
{
    bool entity = *response->entity.text != '\0';
    line(d, "response %s %s%s%s", response->name.text, response->action.text, entity ? " " : "",
         response->entity.text);
}

static void dump_expect(const struct dumper *d, const struct ast_expect *expect)
{
    struct dumper in = {d->out, d->level + 1};
    static const char *const kinds[] = {"fail", "allow", "updates", "results", "error"};
    bool which = *expect->which.text != '\0';
    if (expect->message)
        dump_string(d, "expect fail", expect->message);
    else
        line(d, "expect %s%s%s", kinds[expect->kind], which ? " " : "", expect->which.text);
    dump_updates(&in, &expect->updates);
    dump_operands(&in, &expect->results);
}

static void dump_test(const struct dumper *d, const struct ast_test *test)
{
    struct dumper in = {d->out, d->level + 1};
    dump_string(d, "test", test->title);
    line(&in, "subject %s", test->subject.text);
    dump_operands(&in, &test->operands);
    dump_expect(&in, test->expect);
}

static void dump_claim(const struct dumper *d, const struct ast_claim *claim)
{
    static const char *const kinds[] = {"step", "never", "only", "error"};
    struct dumper in = {d->out, d->level + 1};
    bool step = claim->kind == AST_CLAIM_STEP, via = *claim->via.text != '\0';
    dump_string(d, "claim", claim->title);
    line(&in, "%s%s%s%s", kinds[claim->kind], claim->all ? " all" : "", step ? " " : "",
         claim->subject.text);
    dump_operands(&in, &claim->operands);
    dump_condition(&in, claim->guard);
    if (claim->expect)
        dump_expect(&in, claim->expect);
    if (claim->kind == AST_CLAIM_ONLY)
        line(&in, "may %s %s%s%s", ast_change_name(claim->change), claim->target.text,
             via ? " via " : "", claim->via.text);
}

static void dump_element(const struct dumper *d, const struct ast_module *m,
                         enum ast_section_kind kind, size_t i)
{
    switch (kind) {
    case AST_SECTION_IMPORT:
        dump_import(d, m->imports.items[i]);
        return;
    case AST_SECTION_OWNS:
        line(d, "owns %s", m->owns.items[i].text);
        return;
    case AST_SECTION_TYPE:
        dump_type(d, m->types.items[i]);
        return;
    case AST_SECTION_METADATA:
        dump_tagdecl(d, m->tags.items[i]);
        return;
    case AST_SECTION_GROUP:
        dump_group(d, m->groups.items[i]);
        return;
    case AST_SECTION_POLICY:
        dump_policy(d, m->policies.items[i]);
        return;
    case AST_SECTION_REQUIRE:
        dump_init(d, m->inits.items[i]);
        return;
    case AST_SECTION_PARAM:
        dump_setting(d, m->params.items[i]);
        return;
    case AST_SECTION_RESPONSE:
        dump_response(d, m->responses.items[i]);
        return;
    case AST_SECTION_TEST:
        dump_test(d, m->tests.items[i]);
        return;
    case AST_SECTION_PROVE:
        dump_claim(d, m->claims.items[i]);
        return;
    }
}

void ast_dump(const struct ast_module *module, struct str_buf *out)
{
    struct dumper top = {out, 0}, section_level = {out, 1}, element_level = {out, 2};
    line(&top, "module %s %s%s", module->name.text, module->dialect == LANG_DPL ? "dpl" : "pol",
         module->broken ? " broken" : "");
    for (size_t i = 0; i < module->sections.count; i++) {
        const struct ast_section *section = &module->sections.items[i];
        line(&section_level, "%s", ast_section_name(section->kind));
        for (size_t k = 0; k < section->count; k++)
            dump_element(&element_level, module, section->kind, section->first + k);
    }
}
