/* The claim for each opclass: what the table says is what the first matching rule says. */
#include "compiler/backend/smt2/emit.h"

static void assert_kinds(const struct smt2 *s, const char *word, smt2_term kinds)
{
    for (uint32_t d = 0; d < s->t->n_domains; d++)
        smt2_put(s, "(assert %s)\n", smt2_word_ok(s, word, d, kinds));
}

/* Counters that run out stop one beyond their largest value. */
static void counters(const struct smt2 *s)
{
    for (uint32_t c = 0; c < s->ir->ncounters; c++) {
        const struct ir_counter *counter = &s->ir->counters[c];
        smt2_put(s, "(declare-const %s %s)\n(assert (bvule %s %s))\n", s->counters[c], SMT2_NUMBER,
                 s->counters[c], smt2_number(s, (int64_t)(counter->limit - 1 + counter->exhaust)));
    }
}

void smt2_step_words(struct smt2 *s)
{
    smt2_put(s,
             "\n; ---- A step: the operands' words and tags, the old words of RD and CSR ----\n\n");
    for (int op = 0; op < POL_OPERANDS; op++) {
        smt2_declare_word(s, smt2_operands[op], 0, s->t->n_slots);
        s->operands[op] = smt2_word_set(s, smt2_operands[op], 0, s->t->n_domains);
        for (uint32_t d = 0; d < s->t->n_domains; d++)
            (void)smt2_word_ok(s, smt2_operands[op], d, "#x00000000"); /* for its definitions */
    }
    smt2_declare_word(s, "rd", 0, s->t->n_slots);
    smt2_declare_word(s, "csr", 0, s->t->n_slots);
    smt2_put(s, "; What the opclass at hand writes.\n"
                "(declare-const writes/rd Bool)\n(declare-const writes/csr Bool)\n"
                "(declare-const writes/mem Bool)\n(declare-const kinds/rd (_ BitVec 32))\n");
    counters(s);
    smt2_put(s, "(declare-const insn (_ BitVec 32))\n");
}

/* A register operand: x0 has tags of its own. */
static smt2_term register_kinds(const struct smt2 *s, uint32_t file, unsigned field)
{
    if (file == POL_FILE_FP)
        return smt2_slot(s, POL_KIND_FP);
    if (file == POL_FILE_CSR)
        return smt2_slot(s, POL_KIND_CSR);
    return smt2_text(s, "(ite (= ((_ extract %u %u) insn) #b00000) %s %s)", field + 4, field,
                     smt2_slot(s, POL_KIND_X0), smt2_slot(s, POL_KIND_INT));
}

/* An operand that the instruction has is a word of the kinds, else it is {}. */
static void operand(const struct smt2 *s, const char *word, bool has, smt2_term kinds)
{
    if (has)
        assert_kinds(s, word, kinds);
    for (uint32_t slot = 0; !has && slot < s->t->n_slots; slot++)
        smt2_put(s, "(assert (= %s/w%u %s))\n", word, slot, smt2_slot(s, s->t->empty[slot]));
}

static void inputs(const struct smt2 *s, uint32_t opclass)
{
    const struct pol_prt_opclass *c = &s->t->opclasses[opclass];
    bool stores = c->mem == POL_MEM_WRITE || c->mem == POL_MEM_READWRITE;
    smt2_put(s, "(assert (= (opclass insn) %s))\n", smt2_slot(s, opclass));
    operand(s, "env", true, smt2_slot(s, POL_KIND_ENV));
    operand(s, "code", true, smt2_slot(s, POL_KIND_CODE));
    operand(s, "op1", c->op1 != POL_FILE_NONE, register_kinds(s, c->op1, 15));
    operand(s, "op2", c->op2 != POL_FILE_NONE, register_kinds(s, c->op2, 20));
    operand(s, "op3", c->op3 != POL_FILE_NONE, register_kinds(s, c->op3, 27));
    operand(s, "mem", c->mem != POL_MEM_NONE, smt2_slot(s, POL_KIND_MEM));
    smt2_put(s,
             "(assert (= writes/rd %s))\n(assert (= writes/csr %s))\n(assert (= writes/mem %s))\n",
             smt2_bool(c->rd != POL_FILE_NONE), smt2_bool(c->csr != 0), smt2_bool(stores));
    smt2_put(s, "(assert (= kinds/rd %s))\n",
             smt2_slot(s, c->rd == POL_FILE_FP ? POL_KIND_FP : POL_KIND_INT));
}

void smt2_open(const struct smt2 *s, const char *title)
{
    smt2_put(s, "\n(echo \"%s\")\n(push 1)\n", title);
}

void smt2_close(const struct smt2 *s, smt2_term claim)
{
    smt2_put(s, "(assert (not %s)) ; the claim\n(check-sat)\n(pop 1)\n", claim);
}

static void step(const struct smt2 *s, uint32_t opclass)
{
    struct smt2_all claim = {0};
    const char *name = s->t->strings + s->t->opclasses[opclass].name;
    struct smt2_said *said = ARENA_ARRAY(s->arena, struct smt2_said, s->t->n_deciders + (size_t)1);
    smt2_put(s, "\n; ---- Opclass %u, %s ----\n", opclass, name);
    for (uint32_t d = 0; d < s->t->n_deciders; d++) {
        said[d] = smt2_program(s, opclass, d);
        smt2_all_add(s, &claim, said[d].agree);
    }
    smt2_all_add(s, &claim, smt2_agreement(s, opclass));
    smt2_open(s, smt2_text(s, "opclass %s", name));
    inputs(s, opclass);
    for (uint32_t d = 0; d < s->t->n_deciders; d++)
        smt2_assert_answer(s, d, &said[d]);
    smt2_close(s, smt2_all_term(s, &claim));
}

void smt2_steps(const struct smt2 *s)
{
    for (uint32_t c = 1; c < s->t->n_opclasses; c++)
        step(s, c);
}
