/* The claim for the decoder: the opclass of a word has the groups and the operand form that the
 * groups' own lists and the instruction set give it. */
#include "compiler/backend/smt2/emit.h"

/* The seven members of a form, 4 bits each; one more bit for words that decode. */
static smt2_term form_term(const struct smt2 *s, const struct pol_form *f)
{
    return smt2_text(s, "#x1%x%x%x%x%x%x%02x", f->op1, f->op2, f->op3, f->mem, f->rd, f->csr,
                     f->size);
}
#define NO_FORM "#x000000000"

static void opclass_function(const struct smt2 *s)
{
    const struct pol_table *t = s->t;
    smt2_put(s, "(define-fun opclass ((w %s)) %s", SMT2_SLOT, SMT2_SLOT);
    for (uint32_t i = 0; i < t->n_decode; i++)
        smt2_put(s, "\n    (ite (= (bvand w %s) %s) %s", smt2_slot(s, t->decode[i].mask),
                 smt2_slot(s, t->decode[i].match), smt2_slot(s, t->decode[i].opclass));
    smt2_put(s, "\n    #x00000000");
    for (uint32_t i = 0; i < t->n_decode; i++)
        smt2_put(s, ")");
    smt2_put(s, ")\n");
}

static struct pol_form form_of(const struct pol_prt_opclass *c)
{
    return (struct pol_form){(uint8_t)c->op1, (uint8_t)c->op2, (uint8_t)c->op3, (uint8_t)c->mem,
                             (uint8_t)c->rd,  (uint8_t)c->csr, (uint8_t)c->size};
}

/* table/form and table/in/G of an opclass. */
static void table_functions(const struct smt2 *s)
{
    const struct pol_table *t = s->t;
    smt2_put(s, "(define-fun table/form ((c %s)) (_ BitVec 36)", SMT2_SLOT);
    for (uint32_t i = 1; i < t->n_opclasses; i++) {
        struct pol_form form = form_of(&t->opclasses[i]);
        smt2_put(s, "\n    (ite (= c %s) %s", smt2_slot(s, i), form_term(s, &form));
    }
    smt2_put(s, " " NO_FORM);
    for (uint32_t i = 1; i < t->n_opclasses; i++)
        smt2_put(s, ")");
    smt2_put(s, ")\n");
    for (uint32_t g = 0; g < s->ir->ngroups; g++) {
        smt2_put(s, "(define-fun table/in/%u ((c %s)) Bool (or false", g, SMT2_SLOT);
        for (uint32_t i = 1; i < t->n_opclasses; i++)
            for (uint32_t k = 0; k < t->opclasses[i].ngroups; k++)
                if (t->class_groups[t->opclasses[i].first_group + k] == g)
                    smt2_put(s, " (= c %s)", smt2_slot(s, i));
        smt2_put(s, "))\n");
    }
}

/* isa/form and group/G of a word. */
static void word_functions(const struct smt2 *s)
{
    uint32_t rows = 0;
    smt2_put(s, "(define-fun isa/form ((w %s)) (_ BitVec 36)", SMT2_SLOT);
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        if (!pol_isa_has(&s->ir->isa, insn))
            continue;
        struct pol_form form = pol_insn_form(insn);
        smt2_put(s, "\n    (ite (= (bvand w %s) %s) %s ; %s", smt2_slot(s, insn->mask),
                 smt2_slot(s, insn->match), form_term(s, &form), insn->name);
        rows++;
    }
    smt2_put(s, "\n    " NO_FORM);
    for (; rows > 0; rows--)
        smt2_put(s, ")");
    smt2_put(s, ")\n");
    for (uint32_t g = 0; g < s->ir->ngroups; g++) {
        const struct ir_group *group = &s->ir->groups[g];
        smt2_put(s, "; ");
        smt2_comment(s, group->name);
        smt2_put(s, "\n(define-fun group/%u ((w %s)) Bool (or false", g, SMT2_SLOT);
        for (uint32_t i = 0; i < group->nmatchers; i++)
            smt2_put(s, "\n    (= (bvand w %s) %s)", smt2_slot(s, group->matchers[i].mask),
                     smt2_slot(s, group->matchers[i].match));
        smt2_put(s, "))\n");
    }
}

void smt2_decode(const struct smt2 *s)
{
    struct smt2_all claim = {0};
    smt2_put(
        s, "\n; ---- Instructions: the table's decoder and opclasses, the groups' lists ----\n\n");
    opclass_function(s);
    table_functions(s);
    word_functions(s);
    smt2_all_add(s, &claim, "(= (table/form (opclass insn)) (isa/form insn))");
    for (uint32_t g = 0; g < s->ir->ngroups; g++)
        smt2_all_add(s, &claim,
                     smt2_text(s, "(= (table/in/%u (opclass insn)) (group/%u insn))", g, g));
    smt2_open(s, "decode");
    smt2_close(s, smt2_all_term(s, &claim));
}
