/* The formatter.
 *
 * Layout: sections separated by a blank line, four spaces per level, one declaration per line; a
 * choice puts each item on a line of its own, with its operator in front. */
#include <inttypes.h>
#include <stdlib.h>

#include "lang/ast.h"

struct printer {
    struct str_buf *out;
    enum lang_dialect dialect;
};

static void add(const struct printer *pr, const char *text)
{
    str_add(pr->out, text);
}

/* --- tags ---------------------------------------------------------------------------------- */

/* How tightly an arithmetic operator binds. */
static int arith_level(enum ast_arith op)
{
    switch (op) {
    case AST_JOIN:
    case AST_MEET:
        return 1;
    case AST_ADD:
    case AST_SUB:
        return 2;
    default:
        return 3;
    }
}

/* `level`: operators that bind less tightly are parenthesised. */
static void print_field(const struct printer *pr, const struct ast_field *f, int level)
{
    switch (f->kind) {
    case AST_FIELD_NAME:
        add(pr, f->name.text);
        return;
    case AST_FIELD_ANY:
        add(pr, "_");
        return;
    case AST_FIELD_NEW:
        add(pr, "new");
        return;
    case AST_FIELD_INT:
        str_printf(pr->out, "%" PRId64, f->value);
        return;
    case AST_FIELD_BINARY: {
        int own = arith_level(f->op);
        add(pr, own < level ? "(" : "");
        print_field(pr, f->left, own);
        str_printf(pr->out, " %s ", ast_arith_name(f->op));
        print_field(pr, f->right, own + 1);
        add(pr, own < level ? ")" : "");
        return;
    }
    case AST_FIELD_ERROR:
        break;
    }
    abort(); /* a broken module */
}

enum { TIGHTEST = 4 }; /* parenthesises every operator */

static void print_tag(const struct printer *pr, const struct ast_tag *tag, bool parens)
{
    parens = parens && tag->args.count;
    add(pr, parens ? "(" : "");
    add(pr, tag->name.text);
    for (size_t i = 0; i < tag->args.count; i++) {
        add(pr, " ");
        print_field(pr, tag->args.items[i], TIGHTEST);
    }
    add(pr, parens ? ")" : "");
}

static void print_tags(const struct printer *pr, const struct ast_tag_list *tags)
{
    add(pr, "{");
    for (size_t i = 0; i < tags->count; i++) {
        add(pr, i ? ", " : "");
        print_tag(pr, tags->items[i], false);
    }
    add(pr, "}");
}

static void print_reqs(const struct printer *pr, const struct ast_req_list *reqs)
{
    static const char *const signs[] = {"", "+", "-"};
    add(pr, "[");
    for (size_t i = 0; i < reqs->count; i++) {
        add(pr, i ? ", " : "");
        add(pr, signs[reqs->items[i]->sign]);
        print_tag(pr, reqs->items[i]->tag, true);
    }
    add(pr, "]");
}

/* --- rules --------------------------------------------------------------------------------- */

static void print_pat(const struct printer *pr, const struct ast_pat *pat)
{
    switch (pat->kind) {
    case AST_PAT_ANY:
        add(pr, "_");
        return;
    case AST_PAT_EXACT:
        print_tags(pr, &pat->tags);
        return;
    case AST_PAT_REQS:
        print_reqs(pr, &pat->reqs);
        return;
    case AST_PAT_BIND:
        str_printf(pr->out, "%s@", pat->name.text);
        print_pat(pr, pat->inner);
        return;
    case AST_PAT_ERROR:
        break;
    }
    abort();
}

static void print_guard(const struct printer *pr, const struct ast_guard *guard, bool nested);

static void print_guards(const struct printer *pr, const struct ast_guard *guard, bool nested)
{
    add(pr, nested ? "(" : "");
    for (size_t i = 0; i < guard->items.count; i++) {
        if (i)
            add(pr, guard->kind == AST_GUARD_OR ? " || " : " && ");
        print_guard(pr, guard->items.items[i], true);
    }
    add(pr, nested ? ")" : "");
}

static void print_comparison(const struct printer *pr, const struct ast_guard *guard)
{
    print_field(pr, guard->left, 0);
    str_printf(pr->out, " %s ", ast_cmp_name(guard->cmp));
    print_field(pr, guard->right, 0);
}

static void print_relation(const struct printer *pr, const struct ast_guard *guard)
{
    str_printf(pr->out, "%s(", guard->name.text);
    for (size_t i = 0; i < guard->args.count; i++) {
        add(pr, i ? ", " : "");
        print_field(pr, guard->args.items[i], 0);
    }
    add(pr, ")");
}

static void print_guard(const struct printer *pr, const struct ast_guard *guard, bool nested)
{
    switch (guard->kind) {
    case AST_GUARD_TRUE:
        add(pr, "True");
        return;
    case AST_GUARD_FALSE:
        add(pr, "False");
        return;
    case AST_GUARD_NOT: {
        bool parens = guard->items.items[0]->kind == AST_GUARD_COMPARE;
        add(pr, parens ? "!(" : "!");
        print_guard(pr, guard->items.items[0], true);
        add(pr, parens ? ")" : "");
        return;
    }
    case AST_GUARD_AND:
    case AST_GUARD_OR:
        print_guards(pr, guard, nested);
        return;
    case AST_GUARD_COMPARE:
        print_comparison(pr, guard);
        return;
    case AST_GUARD_RELATION:
        print_relation(pr, guard);
        return;
    case AST_GUARD_ERROR:
        break;
    }
    abort();
}

/* One left-associative level: a binary expression on the right needs parentheses. */
static void print_texp(const struct printer *pr, const struct ast_texp *e, bool right)
{
    bool parens = right && e->kind != AST_TEXP_SET && e->kind != AST_TEXP_NAME;
    add(pr, parens ? "(" : "");
    switch (e->kind) {
    case AST_TEXP_SET:
        print_tags(pr, &e->tags);
        break;
    case AST_TEXP_NAME:
        add(pr, e->name.text);
        break;
    case AST_TEXP_MODIFY: {
        bool wrap = e->left->kind == AST_TEXP_UNION || e->left->kind == AST_TEXP_INTERSECT;
        print_texp(pr, e->left, wrap); /* not needed, but it says what is meant */
        print_reqs(pr, &e->reqs);
        break;
    }
    case AST_TEXP_UNION:
    case AST_TEXP_INTERSECT:
        print_texp(pr, e->left, false);
        add(pr, e->kind == AST_TEXP_UNION ? " \\/ " : " /\\ ");
        print_texp(pr, e->right, true);
        break;
    case AST_TEXP_ERROR:
        abort();
    }
    add(pr, parens ? ")" : "");
}

static void print_string(const struct printer *pr, const char *text)
{
    str_add_char(pr->out, '"');
    for (; *text; text++) {
        if (pr->dialect == LANG_POL && *text == '\n') {
            add(pr, "\\n");
            continue;
        }
        if (pr->dialect == LANG_POL && (*text == '"' || *text == '\\'))
            str_add_char(pr->out, '\\');
        str_add_char(pr->out, *text);
    }
    str_add_char(pr->out, '"');
}

static void print_result(const struct printer *pr, const struct ast_result *result)
{
    switch (result->kind) {
    case AST_RESULT_FAIL:
        add(pr, "fail ");
        print_string(pr, result->message);
        return;
    case AST_RESULT_KEEP:
        add(pr, "allow keep");
        return;
    case AST_RESULT_UPDATES:
        break;
    case AST_RESULT_ERROR:
        abort();
    }
    if (result->allow)
        add(pr, result->updates.count ? "allow with " : "allow");
    for (size_t i = 0; i < result->updates.count; i++) {
        str_printf(pr->out, "%s%s = ", i ? ", " : "", result->updates.items[i]->name.text);
        print_texp(pr, result->updates.items[i]->value, false);
    }
}

/* `arrow` stands between the conditions and the result. */
static void print_rule(const struct printer *pr, const struct ast_rule *rule, const char *arrow)
{
    str_printf(pr->out, "%s(", rule->group.text);
    for (size_t i = 0; i < rule->operands.count; i++) {
        str_printf(pr->out, "%s%s == ", i ? ", " : "", rule->operands.items[i]->name.text);
        print_pat(pr, rule->operands.items[i]->pat);
    }
    if (rule->guard) {
        add(pr, rule->operands.count ? " | " : "| ");
        print_guard(pr, rule->guard, false);
    }
    add(pr, rule->operands.count || rule->guard ? arrow : "-> ");
    print_result(pr, rule->result);
    add(pr, ")");
}

void ast_print_rule(const struct ast_rule *rule, struct str_buf *out)
{
    struct printer pr = {out, LANG_POL};
    print_rule(&pr, rule, " -> ");
}

/* On one line if it fits, else with the result on a second one. */
static void print_wrapped_rule(const struct printer *pr, const struct ast_rule *rule)
{
    enum { WIDTH = 92 }; /* a line has room for 100, and the rule starts at column 8 */
    size_t start = pr->out->len;
    print_rule(pr, rule, " -> ");
    if (pr->out->len - start <= WIDTH)
        return;
    str_cut(pr->out, start);
    print_rule(pr, rule, "\n            -> ");
}

/* --- policies ------------------------------------------------------------------------------ */

static void print_pexp(const struct printer *pr, const struct ast_pexp *e, bool nested);

/* The outermost chain breaks lines; nested ones are parenthesised and do not. */
static void print_chain(const struct printer *pr, const struct ast_pexp *e, bool nested)
{
    add(pr, nested ? "(" : "\n        ");
    for (size_t i = 0; i < e->items.count; i++) {
        const struct ast_pexp_item *item = &e->items.items[i];
        if (i)
            str_printf(pr->out, "%s%s ", nested ? " " : "\n      ", ast_pop_name(item->op));
        print_pexp(pr, item->exp, true);
    }
    add(pr, nested ? ")" : "");
}

static void print_pexp(const struct printer *pr, const struct ast_pexp *e, bool nested)
{
    switch (e->kind) {
    case AST_PEXP_RULE:
        print_wrapped_rule(pr, e->rule);
        return;
    case AST_PEXP_NAME:
        add(pr, e->name.text);
        return;
    case AST_PEXP_NO_CHECKS:
        add(pr, "__NO_CHECKS");
        return;
    case AST_PEXP_CHOICE:
    case AST_PEXP_ALL:
        print_chain(pr, e, nested);
        return;
    case AST_PEXP_ERROR:
        break;
    }
    abort();
}

static void print_policy(const struct printer *pr, const struct ast_policy *policy)
{
    bool chain = policy->body->kind == AST_PEXP_CHOICE || policy->body->kind == AST_PEXP_ALL;
    str_printf(pr->out, "    %s%s%s =%s", policy->global ? "global " : "",
               policy->total ? "total " : "", policy->name.text, chain ? "" : " ");
    print_pexp(pr, policy->body, false);
    add(pr, "\n");
}

/* --- other declarations -------------------------------------------------------------------- */

static void print_type(const struct printer *pr, const struct ast_type *type)
{
    static const char *const overflows[] = {"", " wrap", " exhaust"};
    if (type->kind == AST_TYPE_ERROR)
        abort();
    str_printf(pr->out, "    data %s = ", type->name.text);
    add(pr, type->kind == AST_TYPE_TAGSET ? "TagSet" : "Int");
    if (type->bounded)
        str_printf(pr->out, "(%" PRId64 ")", type->bound);
    str_printf(pr->out, "%s\n", overflows[type->overflow]);
}

static void print_tagdecl(const struct printer *pr, const struct ast_tagdecl *decl, bool last)
{
    static const char *const merges[] = {"", " merge any", " merge all"};
    str_printf(pr->out, "    %s", decl->name.text);
    for (size_t i = 0; i < decl->types.count; i++)
        str_printf(pr->out, " %s", decl->types.items[i].text);
    str_printf(pr->out, "%s%s\n", merges[decl->merge], last ? "" : ",");
}

static void print_params(const struct printer *pr, const struct ast_param_list *params)
{
    for (size_t i = 0; i < params->count; i++) {
        const struct ast_param *param = params->items[i];
        str_printf(pr->out, "%s%s:%s", i ? ", " : "", ast_slot_name(param->slot), param->name.text);
    }
}

static void print_inst(const struct printer *pr, const struct ast_inst *inst)
{
    str_printf(pr->out, "        %s", inst->mnemonic.text);
    for (size_t i = 0; i < inst->specs.count; i++) {
        const struct ast_opspec *spec = inst->specs.items[i];
        add(pr, i ? ", " : " ");
        if (spec->kind == AST_OPSPEC_ANY)
            add(pr, "*");
        else if (spec->kind == AST_OPSPEC_CSR)
            add(pr, spec->csr.text);
        else
            str_printf(pr->out, "%s%" PRId64, spec->kind == AST_OPSPEC_REG ? "x" : "", spec->value);
    }
    add(pr, "\n");
}

static void print_group(const struct printer *pr, const struct ast_group *group)
{
    str_printf(pr->out, "    grp %s(", group->name.text);
    print_params(pr, &group->inputs);
    add(pr, group->inputs.count ? " ->" : "->");
    add(pr, group->outputs.count ? " " : "");
    print_params(pr, &group->outputs);
    add(pr, ")\n");
    for (size_t i = 0; i < group->insts.count; i++)
        print_inst(pr, group->insts.items[i]);
}

static void print_init(const struct printer *pr, const struct ast_init *init)
{
    str_printf(pr->out, "    init %s %s", init->entity.text, init->only ? "only " : "");
    print_tags(pr, &init->tags);
    add(pr, "\n");
}

static void print_element(const struct printer *pr, const struct ast_module *m,
                          const struct ast_section *section, size_t i)
{
    switch (section->kind) {
    case AST_SECTION_IMPORT:
        str_printf(pr->out, "    %s\n", m->imports.items[i]->name.text);
        return;
    case AST_SECTION_OWNS:
        str_printf(pr->out, "    %s\n", m->owns.items[i].text);
        return;
    case AST_SECTION_TYPE:
        print_type(pr, m->types.items[i]);
        return;
    case AST_SECTION_METADATA:
        print_tagdecl(pr, m->tags.items[i], i + 1 == section->first + section->count);
        return;
    case AST_SECTION_GROUP:
        print_group(pr, m->groups.items[i]);
        return;
    case AST_SECTION_POLICY:
        print_policy(pr, m->policies.items[i]);
        return;
    case AST_SECTION_REQUIRE:
        print_init(pr, m->inits.items[i]);
        return;
    }
    abort();
}

void ast_print(const struct ast_module *module, struct str_buf *out)
{
    static const char *const words[] = {"import", "owns",   "type",   "metadata",
                                        "group",  "policy", "require"};
    struct printer pr = {out, module->dialect};
    str_printf(out, "module %s:\n", module->name.text);
    for (size_t i = 0; i < module->sections.count; i++) {
        const struct ast_section *section = &module->sections.items[i];
        str_printf(out, "\n%s:\n", words[section->kind]);
        for (size_t k = 0; k < section->count; k++)
            print_element(&pr, module, section, section->first + k);
    }
}
