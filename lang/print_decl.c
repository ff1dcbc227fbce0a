/* The formatter: declarations. */
#include <inttypes.h>
#include <stdlib.h>

#include "lang/printer.h"

static void print_settings(struct printer *pr, const struct ast_setting_list *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        print_separator(pr, i);
        print_name(pr, settings->items[i]->name);
        print_word(pr, " = ");
        print_int(pr, settings->items[i]->value_span, settings->items[i]->value);
    }
}

static void print_import(struct printer *pr, const struct ast_import *import)
{
    print_name(pr, import->name);
    if (!*import->alias.text)
        return;
    print_word(pr, " as ");
    print_name(pr, import->alias);
    if (!import->settings.count)
        return;
    print_word(pr, " (");
    layout_open(pr->out, 4, true);
    print_settings(pr, &import->settings);
    layout_close(pr->out);
    print_closer(pr, import->span.end, ")");
}

/* --- types --------------------------------------------------------------------------------- */

static void print_names(struct printer *pr, const struct ast_name_list *names)
{
    for (size_t i = 0; i < names->count; i++) {
        print_separator(pr, i);
        print_name(pr, names->items[i]);
    }
}

static void print_edges(struct printer *pr, const struct ast_edge_list *edges)
{
    for (size_t i = 0; i < edges->count; i++) {
        print_separator(pr, i);
        print_name(pr, edges->items[i]->low);
        print_word(pr, " < ");
        print_name(pr, edges->items[i]->high);
    }
}

static void print_tuples(struct printer *pr, const struct ast_tuple_list *tuples)
{
    for (size_t i = 0; i < tuples->count; i++) {
        const struct ast_field_list *fields = &tuples->items[i]->fields;
        print_separator(pr, i);
        print_at(pr, tuples->items[i]->span.start, "(");
        for (size_t k = 0; k < fields->count; k++) {
            print_word(pr, k ? ", " : "");
            print_field(pr, fields->items[k]);
        }
        print_word(pr, ")");
    }
}

static void print_integers(struct printer *pr, const struct ast_type *type)
{
    static const char *const overflows[] = {"", " wrap", " exhaust"};
    print_word(pr, type->bounded ? "Int(" : "Int");
    if (*type->bound_name.text)
        print_name(pr, type->bound_name);
    else if (type->bounded)
        print_int(pr, type->bound_span, type->bound);
    print_word(pr, type->bounded ? ")" : "");
    print_word(pr, overflows[type->overflow]);
}

/* In braces that stand on lines of their own if the items do not fit on the line. */
static void print_braces(struct printer *pr, const char *open, const struct ast_type *type)
{
    layout_open(pr->out, 0, false);
    print_word(pr, open);
    layout_break(pr->out, 0, 4);
    layout_open(pr->out, 4, type->kind != AST_TYPE_LATTICE);
    print_names(pr, &type->values);
    print_edges(pr, &type->edges);
    print_tuples(pr, &type->tuples);
    layout_close(pr->out);
    layout_break(pr->out, 0, 0);
    print_at(pr, type->span.end - 1, "}");
    layout_close(pr->out);
}

static void print_type(struct printer *pr, const struct ast_type *type)
{
    print_at(pr, type->span.start, type->kind == AST_TYPE_RELATION ? "relation " : "data ");
    print_name(pr, type->name);
    print_word(pr, type->kind == AST_TYPE_RELATION ? "(" : " = ");
    switch (type->kind) {
    case AST_TYPE_INT:
        print_integers(pr, type);
        return;
    case AST_TYPE_TAGSET:
        print_word(pr, "TagSet");
        return;
    case AST_TYPE_ENUM:
        print_braces(pr, "enum {", type);
        return;
    case AST_TYPE_LATTICE:
        print_braces(pr, "lattice {", type);
        return;
    case AST_TYPE_RELATION:
        layout_open(pr->out, 4, true);
        print_names(pr, &type->types);
        layout_close(pr->out);
        print_word(pr, ") = ");
        print_braces(pr, "{", type);
        return;
    case AST_TYPE_ERROR:
        break;
    }
    abort();
}

static void print_tagdecl(struct printer *pr, const struct ast_tagdecl *decl, bool last)
{
    static const char *const merges[] = {"", " merge any", " merge all"};
    print_name(pr, decl->name);
    for (size_t i = 0; i < decl->types.count; i++) {
        print_word(pr, " ");
        print_name(pr, decl->types.items[i]);
    }
    print_word(pr, merges[decl->merge]);
    print_word(pr, last ? "" : ",");
}

/* --- groups -------------------------------------------------------------------------------- */

static void print_params(struct printer *pr, const struct ast_param_list *params)
{
    for (size_t i = 0; i < params->count; i++) {
        print_separator(pr, i);
        print_at(pr, params->items[i]->span.start, ast_slot_name(params->items[i]->slot));
        print_word(pr, ":");
        print_name(pr, params->items[i]->name);
    }
}

static void print_opspec(struct printer *pr, const struct ast_opspec *spec)
{
    switch (spec->kind) {
    case AST_OPSPEC_ANY:
        print_at(pr, spec->span.start, "*");
        return;
    case AST_OPSPEC_INT:
        print_int(pr, spec->span, spec->value);
        return;
    case AST_OPSPEC_REG:
        print_at(pr, spec->span.start, arena_printf(&pr->out->arena, "x%" PRId64, spec->value));
        return;
    case AST_OPSPEC_CSR:
        print_name(pr, spec->csr);
        return;
    }
}

static void print_inst(struct printer *pr, const struct ast_inst *inst)
{
    print_name(pr, inst->mnemonic);
    for (size_t i = 0; i < inst->specs.count; i++) {
        print_word(pr, i ? ", " : " ");
        print_opspec(pr, inst->specs.items[i]);
    }
}

static bool on_one_line(const struct printer *pr, const struct ast_inst *a,
                        const struct ast_inst *b)
{
    for (uint32_t at = a->span.end; pr->text && at < b->span.start; at++) {
        if (pr->text[at] == '\n')
            return false;
    }
    return pr->text != NULL;
}

static bool are_plain(const struct ast_group *group, size_t i)
{
    return !group->insts.items[i - 1]->specs.count && !group->insts.items[i]->specs.count;
}

/* Did somebody put mnemonics side by side?  Then all that take no operands are. */
static bool shares_lines(const struct printer *pr, const struct ast_group *group)
{
    for (size_t i = 1; i < group->insts.count; i++) {
        if (are_plain(group, i) &&
            on_one_line(pr, group->insts.items[i - 1], group->insts.items[i]))
            return true;
    }
    return false;
}

static void print_insts(struct printer *pr, const struct ast_group *group)
{
    bool shares = shares_lines(pr, group);
    layout_open(pr->out, 4, true);
    for (size_t i = 0; i < group->insts.count; i++) {
        if (i && shares && are_plain(group, i))
            layout_break(pr->out, 1, 0);
        else
            layout_line(pr->out, 0, i ? LAYOUT_KEEP : LAYOUT_FIRST);
        print_inst(pr, group->insts.items[i]);
    }
    layout_close(pr->out);
}

static void print_group(struct printer *pr, const struct ast_group *group)
{
    print_at(pr, group->span.start, "grp ");
    print_name(pr, group->name);
    print_word(pr, "(");
    layout_open(pr->out, 8, true);
    print_params(pr, &group->inputs);
    if (group->inputs.count)
        layout_break(pr->out, 1, 0);
    print_word(pr, group->outputs.count ? "-> " : "->");
    print_params(pr, &group->outputs);
    layout_close(pr->out);
    print_word(pr, ")");
    print_insts(pr, group);
}

/* --- policies, entities, responses --------------------------------------------------------- */

static void print_policy(struct printer *pr, const struct ast_policy *policy)
{
    if (policy->global || policy->total)
        print_at(pr, policy->span.start, policy->global ? "global " : "total ");
    if (policy->global && policy->total)
        print_word(pr, "total ");
    print_name(pr, policy->name);
    print_word(pr, " =");
    print_body(pr, policy->body);
}

static void print_init(struct printer *pr, const struct ast_init *init)
{
    print_at(pr, init->span.start, "init ");
    print_name(pr, init->entity);
    layout_cell(pr->out, 1);
    print_word(pr, init->only ? "only " : "");
    print_tags(pr, &init->tags, init->span.end);
}

static void print_parameter(struct printer *pr, const struct ast_setting *param)
{
    print_name(pr, param->name);
    layout_cell(pr->out, 1);
    print_word(pr, "= ");
    print_int(pr, param->value_span, param->value);
}

static void print_response(struct printer *pr, const struct ast_response *response)
{
    print_name(pr, response->name);
    layout_cell(pr->out, 1);
    print_word(pr, "= ");
    print_name(pr, response->action);
    if (!*response->entity.text)
        return;
    print_word(pr, " ");
    print_name(pr, response->entity);
}

/* --- tests and claims ---------------------------------------------------------------------- */

static void print_expect(struct printer *pr, const struct ast_expect *expect)
{
    switch (expect->kind) {
    case AST_EXPECT_FAIL:
        print_at(pr, expect->span.start, expect->message || *expect->which.text ? "fail " : "fail");
        if (*expect->which.text)
            print_name(pr, expect->which);
        if (expect->message)
            print_string(pr, expect->message_span.start, expect->message);
        return;
    case AST_EXPECT_ALLOW:
        print_at(pr, expect->span.start, "allow");
        return;
    case AST_EXPECT_UPDATES:
        print_updates(pr, &expect->updates);
        return;
    case AST_EXPECT_RESULTS:
        print_operands(pr, &expect->results, NULL);
        return;
    case AST_EXPECT_ERROR:
        break;
    }
    abort();
}

/* SUBJECT(OPERANDS [| GUARD]) -> EXPECT */
static void print_step(struct printer *pr, struct ast_name subject,
                       const struct ast_operand_list *operands, const struct ast_guard *guard,
                       const struct ast_expect *expect)
{
    print_name(pr, subject);
    print_word(pr, "(");
    layout_open(pr->out, 4, true);
    print_operands(pr, operands, guard);
    layout_close(pr->out);
    print_word(pr, ")");
    layout_cell_break(pr->out, 1);
    print_word(pr, "-> ");
    layout_open(pr->out, 4, true);
    print_expect(pr, expect);
    layout_close(pr->out);
}

/* "TITLE": and the start of the body, which has a line of its own if not all fits on one. */
static void open_item(struct printer *pr, const char *title, struct lang_span span)
{
    print_comments(pr, span.start);
    layout_open(pr->out, 4, false);
    print_string(pr, span.start, title);
    print_word(pr, ":");
    layout_cell_break(pr->out, 1);
    layout_open(pr->out, 4, false);
}

static void close_item(struct printer *pr)
{
    layout_close(pr->out);
    layout_close(pr->out);
}

static void print_test(struct printer *pr, const struct ast_test *test)
{
    open_item(pr, test->title, test->title_span);
    print_step(pr, test->subject, &test->operands, NULL, test->expect);
    close_item(pr);
}

static void print_may(struct printer *pr, const struct ast_claim *claim)
{
    layout_break(pr->out, 1, 0);
    print_word(pr, "may ");
    print_word(pr, ast_change_name(claim->change));
    print_word(pr, " ");
    print_name(pr, claim->target);
    if (!*claim->via.text)
        return;
    print_word(pr, " via ");
    print_name(pr, claim->via);
}

static void print_condition(struct printer *pr, const char *word, const struct ast_claim *claim)
{
    print_word(pr, word);
    layout_open(pr->out, 4, true);
    print_operands(pr, &claim->operands, claim->guard);
    layout_close(pr->out);
}

static void print_claim(struct printer *pr, const struct ast_claim *claim)
{
    open_item(pr, claim->title, claim->title_span);
    switch (claim->kind) {
    case AST_CLAIM_STEP:
        print_step(pr, claim->subject, &claim->operands, claim->guard, claim->expect);
        break;
    case AST_CLAIM_NEVER:
        print_condition(pr, "never ", claim);
        break;
    case AST_CLAIM_ONLY:
        print_condition(pr, "only ", claim);
        print_may(pr, claim);
        break;
    case AST_CLAIM_ERROR:
        abort();
    }
    close_item(pr);
}

/* --- all ----------------------------------------------------------------------------------- */

void print_element(struct printer *pr, const struct ast_module *m,
                   const struct ast_section *section, size_t i)
{
    switch (section->kind) {
    case AST_SECTION_IMPORT:
        print_import(pr, m->imports.items[i]);
        return;
    case AST_SECTION_OWNS:
        print_name(pr, m->owns.items[i]);
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
    case AST_SECTION_PARAM:
        print_parameter(pr, m->params.items[i]);
        return;
    case AST_SECTION_RESPONSE:
        print_response(pr, m->responses.items[i]);
        return;
    case AST_SECTION_TEST:
        print_test(pr, m->tests.items[i]);
        return;
    case AST_SECTION_PROVE:
        print_claim(pr, m->claims.items[i]);
        return;
    }
    abort();
}
