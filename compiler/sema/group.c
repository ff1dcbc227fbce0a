/* Groups: parameter lists, and which instruction words belong to them. */
#include <string.h>
#include "compiler/sema/internal.h"

/* --- parameters ---------------------------------------------------------------------------- */

static bool input_operand(enum ast_slot slot, enum pol_operand *operand)
{
    switch (slot) {
    case AST_SLOT_RS1:
        *operand = POL_OP_OP1;
        return true;
    case AST_SLOT_RS2:
    case AST_SLOT_CSR:
        *operand = POL_OP_OP2;
        return true;
    case AST_SLOT_RS3:
        *operand = POL_OP_OP3;
        return true;
    case AST_SLOT_MEM:
        *operand = POL_OP_MEM;
        return true;
    case AST_SLOT_RD:
        break;
    }
    return false;
}

static bool output_result(enum ast_slot slot, enum pol_result *result)
{
    switch (slot) {
    case AST_SLOT_RD:
        *result = POL_RES_RD;
        return true;
    case AST_SLOT_CSR:
        *result = POL_RES_CSR;
        return true;
    case AST_SLOT_MEM:
        *result = POL_RES_MEM;
        return true;
    case AST_SLOT_RS1:
    case AST_SLOT_RS2:
    case AST_SLOT_RS3:
        break;
    }
    return false;
}

struct group_build {
    struct sema *s;
    uint32_t module;
    struct sema_group *group;
    const struct ast_group *ast;
    uint32_t serial; /* of stamps on names */
};

static bool dpl(const struct group_build *b)
{
    return b->s->modules.items[b->module].dpl;
}

/* A name stands once on each side, and is not one of those that always mean something.  True: it
 * does or is, which was reported. */
static bool check_param_name(struct group_build *b, const struct ast_param *p, bool output)
{
    struct sema *s = b->s;
    struct sema_stamp *stamp = &s->var_stamps[p->name.id.v];
    bool reserved = str_eq(p->name.text, "env") || (!output && str_eq(p->name.text, "code"));
    bool again = stamp->serial == b->serial;
    stamp->serial = b->serial;
    if (!reserved && !again)
        return false;
    struct diag *d = diag_report(s->sink, sema_strict(s, b->module), DIAG_DUPLICATE, p->name.span,
                                 reserved ? "`%s` has a meaning of its own in every group"
                                          : "`%s` stands twice in this list",
                                 p->name.text);
    if (!dpl(b))
        diag_hint(d, "give this one another name");
    else if (reserved)
        diag_hint(d, "it keeps that meaning, and this %s is ignored",
                  output ? "result" : "operand");
    else
        diag_hint(d, "the name means the first one; this one is ignored");
    return true;
}

static void report_side(struct group_build *b, const struct ast_param *p, bool output)
{
    diag_report(b->s->sink, sema_strict(b->s, b->module), DIAG_OPERAND_SIDE, p->span,
                output ? "`%s` is no result; it stands left of `->`"
                       : "`%s` is a result; it stands right of `->`",
                ast_slot_name(p->slot));
}

static void report_slot_twice(struct group_build *b, const struct ast_param *p, const char *first,
                              bool output)
{
    struct diag *d =
        diag_report(b->s->sink, sema_strict(b->s, b->module), DIAG_DUPLICATE, p->span,
                    "this list has that %s already, as `%s`", output ? "result" : "operand", first);
    if (!dpl(b))
        diag_hint(d, "remove one of the two");
    else
        diag_hint(d, output ? "this one is dropped" : "both names mean it");
}

static void add_input(struct group_build *b, const struct ast_param *p)
{
    struct sema_param *to = &b->group->inputs[b->group->ninputs++];
    struct model_group *m = &b->group->model;
    to->name = p->name.id;
    if (check_param_name(b, p, false))
        return;
    if (!input_operand(p->slot, &to->operand)) {
        to->missing = true;
        report_side(b, p, false);
        return;
    }
    if (m->reads[to->operand])
        report_slot_twice(b, p, m->operand_name[to->operand], false);
    else
        m->operand_name[to->operand] = sema_text(b->s, p->name.text);
    m->reads[to->operand] = true;
}

static void add_output(struct group_build *b, const struct ast_param *p)
{
    struct sema_param *to = &b->group->outputs[b->group->noutputs++];
    struct model_group *m = &b->group->model;
    to->name = p->name.id;
    if (check_param_name(b, p, true)) {
        to->missing = true;
        return;
    }
    if (!output_result(p->slot, &to->result)) {
        to->missing = true;
        report_side(b, p, true);
        return;
    }
    if (m->result_name[to->result]) {
        report_slot_twice(b, p, m->result_name[to->result], true);
        to->missing = true;
        return;
    }
    m->result_name[to->result] = sema_text(b->s, p->name.text);
    m->results[m->nresults++] = to->result;
}

static void add_params(struct group_build *b)
{
    const struct ast_group *ast = b->ast;
    struct sema_group *g = b->group;
    g->inputs = ARENA_ARRAY(&b->s->tmp, struct sema_param, ast->inputs.count + 1);
    g->outputs = ARENA_ARRAY(&b->s->tmp, struct sema_param, ast->outputs.count + 1);
    g->model.reads[POL_OP_ENV] = g->model.reads[POL_OP_CODE] = true;
    g->model.operand_name[POL_OP_ENV] = "env";
    g->model.operand_name[POL_OP_CODE] = "code";
    g->model.result_name[POL_RES_ENV] = "env";
    b->serial = ++b->s->serial;
    for (size_t i = 0; i < ast->inputs.count; i++)
        add_input(b, ast->inputs.items[i]);
    b->serial = ++b->s->serial;
    for (size_t i = 0; i < ast->outputs.count; i++)
        add_output(b, ast->outputs.items[i]);
}

/* --- instructions -------------------------------------------------------------------------- */

static const char *operand_kind(enum pol_opnd opnd)
{
    switch (opnd) {
    case POL_OPND_RD:
    case POL_OPND_RS1:
    case POL_OPND_RS2:
    case POL_OPND_RS3:
        return "a register";
    case POL_OPND_CSR:
        return "a CSR";
    case POL_OPND_NONE:
    case POL_OPND_IMM_I:
    case POL_OPND_IMM_S:
    case POL_OPND_IMM_B:
    case POL_OPND_IMM_U:
    case POL_OPND_IMM_J:
    case POL_OPND_SHAMT5:
    case POL_OPND_SHAMT6:
    case POL_OPND_UIMM:
    case POL_OPND_PRED:
    case POL_OPND_SUCC:
        break;
    }
    return "an integer";
}

/* What the assembler writes behind the mnemonic. */
static void hint_operands(struct diag *d, const struct pol_insn *insn)
{
    struct str_buf list;
    str_init(&list);
    for (unsigned i = 0; i < insn->opnd_count; i++)
        str_printf(&list, "%s%s", i ? ", " : "", operand_kind((enum pol_opnd)insn->opnds[i]));
    if (list.len)
        diag_hint(d, "behind `%s` stand: %s; `*` is any of them", insn->name, str_text(&list));
    else
        diag_hint(d, "nothing stands behind `%s`", insn->name);
    str_free(&list);
}

static const char *spec_problem(enum pol_constrain_status status)
{
    switch (status) {
    case POL_CONSTRAIN_NO_POSITION:
        return "has fewer operands";
    case POL_CONSTRAIN_KIND:
        return "has an operand of another kind here";
    case POL_CONSTRAIN_RANGE:
        return "cannot encode this operand";
    case POL_CONSTRAIN_OK:
        break;
    }
    return "";
}

static const char *left_out(const struct group_build *b)
{
    return dpl(b) ? "; this line is left out" : "";
}

static bool spec_of(struct group_build *b, const struct ast_opspec *ast, struct pol_opspec *spec)
{
    spec->value = ast->value;
    switch (ast->kind) {
    case AST_OPSPEC_ANY:
        spec->kind = POL_SPEC_ANY;
        return true;
    case AST_OPSPEC_INT:
        spec->kind = POL_SPEC_INT;
        return true;
    case AST_OPSPEC_REG:
        spec->kind = POL_SPEC_REG;
        return true;
    case AST_OPSPEC_CSR:
        break;
    }
    spec->kind = POL_SPEC_CSR;
    spec->value = pol_csr_find(ast->csr.text);
    if (spec->value >= 0)
        return true;
    diag_report(
        b->s->sink, sema_strict(b->s, b->module), DIAG_OPERAND_SPEC, ast->span,
        "unknown operand `%s`: `*`, an integer, x0 .. x31 or the name of a CSR is possible%s",
        ast->csr.text, left_out(b));
    return false;
}

/* False: leave the instruction out. */
static bool constrain(struct group_build *b, const struct ast_inst *ast, struct model_inst *inst)
{
    const struct pol_insn *insn = pol_insn_at((size_t)inst->insn);
    for (size_t i = 0; i < ast->specs.count; i++) {
        struct pol_opspec spec;
        if (!spec_of(b, ast->specs.items[i], &spec))
            return false;
        enum pol_constrain_status status =
            pol_insn_constrain(insn, (unsigned)i, &spec, &inst->mask, &inst->match);
        if (status == POL_CONSTRAIN_OK)
            continue;
        struct diag *d = diag_report(b->s->sink, sema_strict(b->s, b->module), DIAG_OPERAND_SPEC,
                                     ast->specs.items[i]->span, "`%s` %s%s", ast->mnemonic.text,
                                     spec_problem(status), left_out(b));
        hint_operands(d, insn);
        return false;
    }
    return true;
}

static void report_mnemonic(struct group_build *b, const struct ast_inst *ast)
{
    const char *text = ast->mnemonic.text;
    struct diag *d = diag_report(b->s->sink, sema_strict(b->s, b->module), DIAG_UNKNOWN_MNEMONIC,
                                 ast->mnemonic.span, "unknown instruction `%s`%s", text,
                                 dpl(b) ? "; it matches nothing" : "");
    const char *best = pol_insn_suggest(text);
    if (best)
        diag_hint(d, "did you mean `%s`?", best);
}

static void add_inst(struct group_build *b, const struct ast_inst *ast, struct sema_map *seen)
{
    const char *text = ast->mnemonic.text;
    const struct pol_isa *isa = &b->s->model->isa;
    enum pol_name_status status = pol_insn_name_status(isa, text);
    if (status == POL_NAME_UNKNOWN)
        report_mnemonic(b, ast);
    if (status != POL_NAME_PRESENT)
        return;
    struct model_inst inst = {.insn = pol_insn_find(isa, text)};
    const struct pol_insn *insn = pol_insn_at((size_t)inst.insn);
    inst.mask = insn->mask;
    inst.match = insn->match;
    if (!constrain(b, ast, &inst))
        return;
    uint64_t key = (uint64_t)inst.mask << 32 | inst.match;
    if (sema_map_get(seen, key) != SEMA_NONE)
        return;
    sema_map_put(&b->s->tmp, seen, key, 0);
    b->group->model.insts[b->group->model.ninsts++] = inst;
}

/* --- do all instructions have what the lists name? ------------------------------------------ */

static bool has_input(const struct pol_form *form, enum ast_slot slot)
{
    switch (slot) {
    case AST_SLOT_RS1:
        return form->op1 != POL_FILE_NONE;
    case AST_SLOT_RS2:
        return form->op2 != POL_FILE_NONE && form->op2 != POL_FILE_CSR;
    case AST_SLOT_CSR:
        return form->op2 == POL_FILE_CSR;
    case AST_SLOT_RS3:
        return form->op3 != POL_FILE_NONE;
    case AST_SLOT_MEM:
        return form->mem != POL_MEM_NONE;
    case AST_SLOT_RD:
        break;
    }
    return true; /* reported already */
}

static bool has_output(const struct pol_form *form, enum ast_slot slot)
{
    switch (slot) {
    case AST_SLOT_RD:
        return form->rd != POL_FILE_NONE;
    case AST_SLOT_CSR:
        return form->csr != 0;
    case AST_SLOT_MEM:
        return form->mem == POL_MEM_WRITE || form->mem == POL_MEM_READWRITE;
    case AST_SLOT_RS1:
    case AST_SLOT_RS2:
    case AST_SLOT_RS3:
        break;
    }
    return true;
}

#define LACKING_SHOWN 3

static void report_lacking(struct group_build *b, const struct ast_param *p, const char *names,
                           bool output)
{
    const char *slot = ast_slot_name(p->slot);
    struct diag *d =
        diag_report(b->s->sink, sema_strict(b->s, b->module), DIAG_MISSING_OPERAND, p->span,
                    output ? "this group lists the result %s, which is not written by %s"
                           : "this group lists the operand %s, which is missing in %s",
                    slot, names);
    if (!dpl(b))
        diag_hint(d, "move what lacks %s to a group without it", slot);
    else
        diag_hint(d, output ? "there the result is dropped" : "there `%s` is {}", p->name.text);
}

static void check_param(struct group_build *b, const struct ast_param *p, bool output)
{
    const struct model_group *m = &b->group->model;
    struct str_buf names;
    uint32_t lacking = 0;
    int last = -1;
    str_init(&names);
    for (uint32_t i = 0; i < m->ninsts; i++) {
        struct pol_form form = pol_insn_form(pol_insn_at((size_t)m->insts[i].insn));
        if (output ? has_output(&form, p->slot) : has_input(&form, p->slot))
            continue;
        if (m->insts[i].insn == last)
            continue;
        last = m->insts[i].insn;
        if (lacking++ < LACKING_SHOWN)
            str_printf(&names, "%s`%s`", names.len ? ", " : "",
                       pol_insn_at((size_t)m->insts[i].insn)->name);
    }
    if (lacking > LACKING_SHOWN)
        str_printf(&names, " and %u more", lacking - LACKING_SHOWN);
    if (lacking)
        report_lacking(b, p, str_text(&names), output);
    str_free(&names);
}

/* --- groups -------------------------------------------------------------------------------- */

static void resolve_group(struct sema *s, uint32_t module, uint32_t sym,
                          const struct ast_group *ast)
{
    struct sema_group *g = &s->groups[sym];
    struct group_build b = {.s = s, .module = module, .group = g, .ast = ast};
    struct sema_map seen = {0};
    g->decl = ast;
    g->index = SEMA_NONE;
    g->model.name = sema_text(s, ast->name.text);
    g->model.module = sema_text(s, s->modules.items[module].name);
    g->model.loc = sema_loc(s, ast->name.span);
    g->model.insts = ARENA_ARRAY(s->out, struct model_inst, ast->insts.count + 1);
    add_params(&b);
    for (size_t i = 0; i < ast->insts.count; i++)
        add_inst(&b, ast->insts.items[i], &seen);
    for (size_t i = 0; i < ast->inputs.count; i++)
        check_param(&b, ast->inputs.items[i], false);
    for (size_t i = 0; i < ast->outputs.count; i++)
        check_param(&b, ast->outputs.items[i], true);
}

void sema_resolve_groups(struct sema *s)
{
    uint32_t sym = 0;
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_module *ast = s->modules.items[m].ast;
        for (size_t i = 0; i < ast->groups.count; i++)
            resolve_group(s, m, sym++, ast->groups.items[i]);
    }
}
