/* The reference's own decoder: masks and matches of the instruction set and of the groups. */
#include "compiler/backend/reference/emit.h"

static const struct pol_insn *row_at(const struct reference *r, uint32_t row)
{
    const struct pol_insn *insn = pol_insn_at(row);
    return insn && pol_isa_has(&r->ir->isa, insn) ? insn : NULL;
}

void reference_decode_rows(const struct reference *r)
{
    for (uint32_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = row_at(r, row);
        if (insn)
            reference_put(r, "    wire insn_%s = (insn & 32'h%08x) == 32'h%08x;\n", r->rows[row],
                          insn->mask, insn->match);
    }
}

/* ---- Forms --------------------------------------------------------------------------------- */

typedef bool form_test(const struct pol_form *form);

static bool any_form(const struct pol_form *form)
{
    (void)form;
    return true;
}
static bool has_op1(const struct pol_form *form)
{
    return form->op1 != POL_FILE_NONE;
}
static bool has_op2(const struct pol_form *form)
{
    return form->op2 != POL_FILE_NONE;
}
static bool has_op3(const struct pol_form *form)
{
    return form->op3 != POL_FILE_NONE;
}
static bool has_mem(const struct pol_form *form)
{
    return form->mem != POL_MEM_NONE;
}
static bool int_op1(const struct pol_form *form)
{
    return form->op1 == POL_FILE_INT;
}
static bool int_op2(const struct pol_form *form)
{
    return form->op2 == POL_FILE_INT;
}
static bool int_op3(const struct pol_form *form)
{
    return form->op3 == POL_FILE_INT;
}
static bool csr_op2(const struct pol_form *form)
{
    return form->op2 == POL_FILE_CSR;
}
static bool writes_rd(const struct pol_form *form)
{
    return form->rd != POL_FILE_NONE;
}
static bool writes_csr(const struct pol_form *form)
{
    return form->csr != 0;
}
static bool writes_mem(const struct pol_form *form)
{
    return form->mem == POL_MEM_WRITE || form->mem == POL_MEM_READWRITE;
}

/* wire NAME = the instruction is one whose form passes the test */
static void form_wire(const struct reference *r, const char *name, form_test *test)
{
    uint32_t terms = 0;
    reference_put(r, "    wire %s =", name);
    for (uint32_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = row_at(r, row);
        struct pol_form form = insn ? pol_insn_form(insn) : (struct pol_form){0};
        if (!insn || !test(&form))
            continue;
        reference_put(r, "%s%sinsn_%s", terms ? " ||" : "", terms % 6 ? " " : "\n        ",
                      r->rows[row]);
        terms++;
    }
    reference_put(r, terms ? ";\n" : " 1'b0;\n");
}

void reference_decode_operands(const struct reference *r)
{
    form_wire(r, "decodes", any_form);
    form_wire(r, "has_op1", has_op1);
    form_wire(r, "has_op2", has_op2);
    form_wire(r, "has_op3", has_op3);
    form_wire(r, "has_mem", has_mem);
    form_wire(r, "writes_rd", writes_rd);
    form_wire(r, "writes_csr", writes_csr);
    form_wire(r, "writes_mem", writes_mem);
}

/* What may stand in a register operand: x0 has tags of its own. */
static void kinds_wire(const struct reference *r, const char *op, const char *field)
{
    reference_put(r,
                  "    wire [7:0] kinds_%s = csr_%s ? 8'd%u : !int_%s ? 8'd%u : insn[%s] == 0 ? "
                  "8'd%u : 8'd%u;\n",
                  op, op, POL_KIND_CSR, op, POL_KIND_FP, field, POL_KIND_X0, POL_KIND_INT);
}

void reference_decode_kinds(const struct reference *r)
{
    form_wire(r, "has_op1", has_op1);
    form_wire(r, "has_op2", has_op2);
    form_wire(r, "has_op3", has_op3);
    form_wire(r, "has_mem", has_mem);
    form_wire(r, "int_op1", int_op1);
    form_wire(r, "int_op2", int_op2);
    form_wire(r, "int_op3", int_op3);
    form_wire(r, "csr_op2", csr_op2);
    reference_put(r, "    wire csr_op1 = 1'b0;\n    wire csr_op3 = 1'b0;\n");
    kinds_wire(r, "op1", "19:15");
    kinds_wire(r, "op2", "24:20");
    kinds_wire(r, "op3", "31:27");
}

/* ---- Groups -------------------------------------------------------------------------------- */

/* One that takes all words of its instruction is that instruction. */
static void matcher(const struct reference *r, const struct ir_matcher *m)
{
    const struct pol_insn *insn = pol_insn_at((size_t)m->insn);
    if (m->mask == insn->mask && m->match == insn->match)
        reference_put(r, "insn_%s", r->rows[m->insn]);
    else
        reference_put(r, "(insn & 32'h%08x) == 32'h%08x", m->mask, m->match);
}

static void group_wire(const struct reference *r, uint32_t g)
{
    const struct ir_group *group = &r->ir->groups[g];
    reference_put(r, "    wire is_%s =", r->groups[g]);
    for (uint32_t i = 0; i < group->nmatchers; i++) {
        reference_put(r, "%s%s", i ? " ||" : "", i % 6 ? " " : "\n        ");
        matcher(r, &group->matchers[i]);
    }
    reference_put(r, group->nmatchers ? ";\n" : " 1'b0;\n");
}

static bool group_used(const struct ir *ir, uint32_t g)
{
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        for (uint32_t i = 0; i < ir->deciders[d].nrules; i++)
            if (ir->deciders[d].rules[i].group.v == g)
                return true;
    return false;
}

void reference_decode_groups(const struct reference *r)
{
    for (uint32_t g = 0; g < r->ir->ngroups; g++)
        if (group_used(r->ir, g))
            group_wire(r, g);
}

enum reference_writes reference_writes(const struct reference *r, const struct ir_rule *rule,
                                       unsigned result)
{
    static form_test *const tests[POL_RESULTS] = {any_form, writes_rd, writes_csr, writes_mem};
    if (result == POL_RES_ENV)
        return WRITES_ALL;
    if (rule->group.v == IR_NONE)
        return WRITES_SOME;
    const struct ir_group *group = &r->ir->groups[rule->group.v];
    uint32_t writing = 0;
    for (uint32_t i = 0; i < group->nmatchers; i++) {
        struct pol_form form = pol_insn_form(pol_insn_at((size_t)group->matchers[i].insn));
        writing += tests[result](&form);
    }
    if (writing == group->nmatchers)
        return WRITES_ALL;
    return writing ? WRITES_SOME : WRITES_NONE;
}
