/* step_vectors TABLE.prt N SEED OUT: inputs of pol_step and what the evaluator answers, a line each
 * in OUT.hex; the widths that step_tb.sv needs in OUT.svh. */
#include "vectors.h"

static void add_enables(struct bits *b, const struct step *st, uint32_t opclass)
{
    const struct pol_table *t = st->s->t;
    for (uint32_t r = 0; r < POL_RESULTS; r++) {
        if (t->n_domains == 0)
            bits_add(b, 0, 1);
        for (uint32_t d = t->n_domains; d-- > 0;)
            bits_add(b,
                     st->ans.verdict == POL_ALLOW && has_result(&t->opclasses[opclass], r) &&
                         step_writes(st, opclass, r, d),
                     1);
    }
}

static void add_answer(struct bits *b, const struct step *st, uint32_t opclass)
{
    const struct pol_table *t = st->s->t;
    const struct hw *hw = st->s->hw;
    bool allow = st->ans.verdict == POL_ALLOW;
    const struct pol_failure none = {POL_NO_RULE, POL_NO_RULE, POL_CAUSE_NONE, POL_NO_TAG};
    const struct pol_failure *f = allow ? &none : &st->ans.first;
    bits_add(b, (uint64_t)st->ans.verdict, 2);
    bits_add(b, (uint64_t)f->cause, 4);
    add_none(b, f->decider, hw->decider_bits);
    add_none(b, f->rule, hw->rule_bits);
    add_none(b, f->tag, hw->tag_bits);
    bits_add(b, step_response(st), 2);
    add_rules(b, st);
    unsigned char *reports = calloc(hw->report_bits, 1);
    if (!reports)
        abort();
    step_reports(st, reports);
    add_reports(b, hw, reports);
    free(reports);
    bits_add(b, st->ans.written, 4);
    for (uint32_t r = 0; r < POL_RESULTS; r++)
        add_word(b, hw, st->out[r]);
    add_enables(b, st, opclass);
    for (uint32_t c = t->n_counters; c-- > 0;)
        bits_add(b, allow ? st->ev.used[c] : 0, hw->model->used_bits);
    if (t->n_counters == 0)
        bits_add(b, 0, hw->model->used_bits);
    add_fails(b, st);
}

static void add_counters(struct bits *b, const struct step *st)
{
    const struct hw *hw = st->s->hw;
    for (uint32_t c = hw->table->n_counters; c-- > 0;)
        bits_add(b, st->ev.counters[c], hw->counter_width[c]);
    if (hw->table->n_counters == 0)
        bits_add(b, 0, hw->counter_bits);
}

static size_t one_vector(struct step *st, FILE *out, size_t *inputs)
{
    const struct pol_table *t = st->s->t;
    struct bits b = {0};
    uint32_t insn = draw_insn(st->s), opclass = pol_eval_decode(t, insn);
    st->s->invalid = draw(st->s, 4) ? 0 : 12;
    bits_add(&b, insn, 32);
    for (int i = 0; i < HW_SOURCES; i++) {
        draw_word(st->s, st->word[i], operand_kinds(&t->opclasses[opclass], i));
        if (i && draw(st->s, 2))
            copy_some(st->s, st->word[i], st->word[draw(st->s, (uint32_t)i)]);
        add_word(&b, st->s->hw, st->word[i]);
    }
    draw_counters(st);
    add_counters(&b, st);
    *inputs = b.n;
    pol_eval_begin(&st->ev);
    step_evaluate(st, opclass);
    st->allowed += st->ans.verdict == POL_ALLOW;
    add_answer(&b, st, opclass);
    bits_print(&b, out);
    size_t all = b.n;
    free(b.bit);
    return all;
}

static int run(struct step *st, uint32_t n, const char *path)
{
    char name[4200];
    size_t inputs = 0, all = 0;
    snprintf(name, sizeof name, "%s.hex", path);
    FILE *out = fopen(name, "w");
    for (uint32_t i = 0; out && i < n; i++)
        all = one_vector(st, out, &inputs);
    if (!out || fclose(out))
        return 1;
    snprintf(name, sizeof name, "%s.svh", path);
    out = fopen(name, "w");
    if (!out)
        return 1;
    const struct hw *hw = st->s->hw;
    fprintf(out,
            "// allowed: %u of %u\n"
            "localparam W = %u, CB = %u, DB = %u, RB = %u, TB = %u, D = %u, DOMAINS = %u, UB = %u, "
            "PB = %u;\n"
            "localparam N = %u, INPUTS = %zu, OUTPUTS = %zu, COUNTERS = %u;\n",
            st->allowed, n, hw->word_bits, hw->counter_bits, hw->decider_bits, hw->rule_bits,
            hw->tag_bits, at_least_one(hw->table->n_deciders), at_least_one(hw->table->n_domains),
            at_least_one(hw->table->n_counters) * hw->model->used_bits, hw->report_bits, n, inputs,
            all - inputs, hw->table->n_counters);
    return fclose(out) != 0;
}

int main(int argc, char **argv)
{
    char err[512];
    struct pol_table *t = argc == 5 ? pol_table_load(argv[1], err, sizeof err) : NULL;
    if (!t) {
        fprintf(stderr, "%s\n", argc == 5 ? err : "usage: step_vectors TABLE.prt N SEED OUT");
        return 2;
    }
    struct hw *hw = hw_new(t);
    struct source s = {t, hw, strtoull(argv[3], NULL, 10) * 2 + 1, 0};
    struct step st;
    step_new(&st, &s);
    int status = run(&st, (uint32_t)strtoul(argv[2], NULL, 10), argv[4]);
    step_free(&st);
    hw_free(hw);
    pol_table_free(t);
    return status;
}
