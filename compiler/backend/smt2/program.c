/* Programs of the table: from the operands' words to the last state, and what its action says. */
#include "compiler/backend/smt2/emit.h"

/* ---- Actions ------------------------------------------------------------------------------- */

static void note_store(struct smt2 *s, uint32_t d, const struct pol_prt_op *op)
{
    uint32_t n = op->op == POL_OPC_COPY ? op->d : op->op >= POL_OPC_STORE ? 1 : 0;
    for (uint32_t i = 0; i < n; i++)
        s->stores[((size_t)d * POL_RESULTS + op->a) * s->t->n_slots + op->b + i] = true;
}

/* The action of decider d in last state `state` of a program. */
static uint32_t action_at(const struct smt2 *s, const struct pol_prt_program *p, uint32_t d,
                          uint32_t state)
{
    if (p->first_tuple == POL_NONE)
        return p->first_action + state;
    return s->t->tuples[p->first_tuple + (size_t)state * s->t->n_deciders + d];
}

static void note_program(struct smt2 *s, uint32_t d, const struct pol_prt_program *p)
{
    for (uint32_t state = 0; state < p->nactions; state++) {
        const struct pol_prt_action *a = &s->t->actions[action_at(s, p, d, state)];
        for (uint32_t i = 0; i < a->nops; i++)
            note_store(s, d, &s->t->ops[a->first_op + i]);
    }
}

static const struct pol_prt_program *program_at(const struct smt2 *s, uint32_t opclass, uint32_t d)
{
    return &s->t->programs[s->t->remap[(size_t)d * s->t->n_opclasses + opclass]];
}

void smt2_actions(struct smt2 *s)
{
    const struct pol_table *t = s->t;
    s->effects = ARENA_ARRAY(s->arena, struct smt2_effect, (size_t)t->n_actions + 1);
    s->stores = ARENA_ARRAY(s->arena, bool, (size_t)t->n_deciders *POL_RESULTS * t->n_slots + 1);
    smt2_put(s, "\n; ---- The table's actions: operations on the operands' words ----\n");
    for (uint32_t a = 0; a < t->n_actions; a++)
        s->effects[a] = smt2_run(s, smt2_text(s, "action/%u", a), t->actions[a].first_op,
                                 t->actions[a].nops, smt2_operands);
    for (uint32_t d = 0; d < t->n_deciders; d++)
        for (uint32_t c = 1; c < t->n_opclasses; c++)
            note_program(s, d, program_at(s, c, d));
}

bool smt2_writes_slot(const struct smt2 *s, uint32_t d, unsigned result, uint32_t slot)
{
    return s->stores[((size_t)d * POL_RESULTS + result) * s->t->n_slots + slot];
}

/* ---- Levels -------------------------------------------------------------------------------- */

/* Looks in progress. */
struct looks {
    const struct smt2 *s;
    const char *name;
    const struct pol_prt_program *p;
    smt2_term *input; /* by level */
    struct smt2_all good;
};

static smt2_term operand_slot(const struct smt2 *s, const struct pol_prt_level *l)
{
    return smt2_text(s, "%s/w%u", smt2_operands[l->operand], l->slot);
}

static smt2_term map_input(struct looks *k, const struct pol_prt_level *l)
{
    const struct smt2 *s = k->s;
    const char *name = smt2_text(s, "map/%u/%u", l->map, l->mask);
    smt2_term slot = operand_slot(s, l);
    if (smt2_once(s, name))
        smt2_function(s, name, false, s->t->maps + l->map, (size_t)l->mask + 1);
    smt2_term class = smt2_text(s, "(%s (bvand %s %s))", name, slot, smt2_slot(s, l->mask));
    smt2_all_add(s, &k->good,
                 smt2_text(s,
                           "(distinct %s #x00000000) (bvult %s %s) (bvule %s %s) (= ((_ extract "
                           "31 31) %s) #b0)",
                           slot, slot, smt2_slot(s, l->value), slot, smt2_slot(s, l->mask), class));
    return smt2_text(s, "(bvand %s #x7fffffff)", class);
}

static smt2_term test_input(struct looks *k, const struct pol_prt_level *l)
{
    const struct smt2 *s = k->s;
    smt2_term slot = operand_slot(s, l);
    smt2_all_add(s, &k->good, smt2_text(s, "(= ((_ extract 31 31) %s) #b1)", slot));
    return smt2_text(s, "(ite (= (bvand %s %s) %s) #x00000001 #x00000000)", slot,
                     smt2_slot(s, l->mask), smt2_slot(s, l->value));
}

/* How many bounds are at most the slot. */
static smt2_term value_input(const struct looks *k, const struct pol_prt_level *l)
{
    const struct smt2 *s = k->s;
    const uint32_t *bounds = s->t->maps + l->map, *classes = bounds + l->value;
    smt2_term slot = operand_slot(s, l), class = smt2_slot(s, classes[0]);
    for (uint32_t i = 0; i < l->value; i++)
        class = smt2_ite(s, smt2_text(s, "(bvuge %s %s)", slot, smt2_slot(s, bounds[i])),
                         smt2_slot(s, classes[i + 1]), class);
    return class;
}

static smt2_term expr_input(const struct looks *k, const struct pol_prt_level *l)
{
    const struct smt2 *s = k->s;
    const char *name = smt2_text(s, "list/%u/%u", l->first_op, l->nops);
    if (smt2_once(s, name)) {
        struct smt2_effect e = smt2_run(s, name, l->first_op, l->nops, smt2_operands);
        smt2_put(s, "(define-fun %s () %s (bvand ((_ extract 31 0) %s) #x00000001))\n", name,
                 SMT2_SLOT, e.last);
    }
    return name;
}

static void look(struct looks *k, uint32_t index)
{
    const struct smt2 *s = k->s;
    const struct pol_prt_level *l = &s->t->levels[k->p->first_level + index];
    smt2_term input;
    if (l->kind == POL_LEVEL_MAP)
        input = map_input(k, l);
    else if (l->kind == POL_LEVEL_TEST)
        input = test_input(k, l);
    else
        input = l->kind == POL_LEVEL_EXPR ? expr_input(k, l) : value_input(k, l);
    k->input[index] = smt2_bind(s, smt2_text(s, "%s/in%u", k->name, index), SMT2_SLOT, input);
}

/* ---- From inputs to a state ---------------------------------------------------------------- */

/* cells/B/W: by state and input side by side. */
static smt2_term next_state(const struct looks *k, uint32_t index, smt2_term state)
{
    const struct smt2 *s = k->s;
    const struct pol_prt_level *l = &s->t->levels[k->p->first_level + index];
    const char *name = smt2_text(s, "cells/%u/%u/%u", l->base, l->width, l->nstates);
    uint32_t bits = smt2_bits(l->width - 1);
    if (smt2_once(s, name)) {
        size_t row = (size_t)1 << bits;
        uint32_t *values = ARENA_ARRAY(s->arena, uint32_t, row * l->nstates);
        for (size_t i = 0; i < row * l->nstates; i++) {
            size_t input = i % row < l->width ? i % row : l->width - 1;
            values[i] = s->t->cells[l->base + i / row * l->width + input];
        }
        smt2_function(s, name, false, values, row * l->nstates);
    }
    return smt2_text(s, "(%s (bvor (bvshl %s %s) %s))", name, state, smt2_slot(s, bits),
                     k->input[index]);
}

/* One lookup at the sum of the first inputs. */
static smt2_term dense_state(const struct looks *k)
{
    const struct smt2 *s = k->s;
    const char *name = smt2_text(s, "dense/%u/%u", k->p->dense_base, k->p->dense_size);
    if (smt2_once(s, name))
        smt2_function(s, name, false, s->t->cells + k->p->dense_base, k->p->dense_size);
    smt2_term sum = "#x00000000";
    for (uint32_t i = 0; i < k->p->nmap; i++)
        sum = i ? smt2_text(s, "(bvadd %s %s)", sum, k->input[i]) : k->input[i];
    return smt2_text(s, "(%s %s)", name, sum);
}

static smt2_term double_word(const struct smt2 *s, const uint32_t word[2])
{
    return smt2_number(s, (int64_t)((uint64_t)word[0] | (uint64_t)word[1] << 32));
}

/* All entries that match give the same state. */
static smt2_term ternary_state(const struct looks *k, smt2_term *agree)
{
    const struct smt2 *s = k->s;
    struct smt2_all all = {0};
    smt2_term key = "#x0000000000000000", state = smt2_slot(s, k->p->start);
    for (uint32_t i = 0; i < k->p->nlevels; i++)
        key = smt2_text(s, "(bvor %s (bvshl (concat #x00000000 %s) %s))", key, k->input[i],
                        smt2_number(s, s->t->levels[k->p->first_level + i].base));
    key = smt2_bind(s, smt2_text(s, "%s/key", k->name), SMT2_NUMBER, key);
    const char *found = smt2_text(s, "%s/state", k->name);
    for (uint32_t i = 0; i < k->p->dense_size; i++) {
        const struct pol_prt_ternary *e = &s->t->ternary[k->p->dense_base + i];
        const char *hit = smt2_text(s, "%s/hit%u", k->name, i);
        smt2_put(s, "(define-fun %s () Bool (= (bvand %s %s) %s))\n", hit, key,
                 double_word(s, e->mask), double_word(s, e->value));
        state = smt2_ite(s, hit, smt2_slot(s, e->state), state);
        smt2_all_add(s, &all,
                     smt2_text(s, "(=> %s (= %s %s))", hit, found, smt2_slot(s, e->state)));
    }
    *agree = smt2_all_term(s, &all);
    return state;
}

static smt2_term last_state(const struct looks *k, smt2_term *agree)
{
    const struct smt2 *s = k->s;
    smt2_term state = smt2_slot(s, k->p->start);
    *agree = "true";
    if (k->p->layout == POL_LAYOUT_TCAM)
        return ternary_state(k, agree);
    if (k->p->nmap)
        state = dense_state(k);
    for (uint32_t i = k->p->nmap; i < k->p->nlevels; i++)
        state =
            smt2_bind(s, smt2_text(s, "%s/to%u", k->name, i), SMT2_SLOT, next_state(k, i, state));
    return state;
}

/* The bits that tell the last states apart. */
static void define_bits(const struct smt2 *s, const char *name, uint32_t nactions)
{
    for (uint32_t b = 0; b < smt2_bits(nactions - 1); b++)
        smt2_put(s, "(define-fun %s/state%u () Bool (= ((_ extract %u %u) %s/state) #b1))\n", name,
                 b, b, b, name);
}

static smt2_term reports_sound(const struct smt2 *s, uint32_t d, const struct smt2_said *said);

struct smt2_said smt2_program(const struct smt2 *s, uint32_t opclass, uint32_t decider)
{
    struct smt2_said said = {.name = smt2_text(s, "c%u/%s", opclass, s->deciders[decider])};
    struct looks k = {.s = s, .name = said.name, .p = program_at(s, opclass, decider)};
    k.input = ARENA_ARRAY(s->arena, smt2_term, (size_t)k.p->nlevels + 1);
    for (uint32_t i = 0; i < k.p->nlevels; i++)
        look(&k, i);
    smt2_term state = last_state(&k, &said.agree);
    smt2_put(s, "(define-fun %s/state () %s %s)\n", said.name, SMT2_SLOT, state);
    define_bits(s, said.name, k.p->nactions);
    said.bad = smt2_not(s, smt2_bind(s, smt2_text(s, "%s/good", said.name), SMT2_BOOL,
                                     k.good.count == 1 ? smt2_text(s, "(and %s)", k.good.items[0])
                                                       : smt2_all_term(s, &k.good)));
    uint32_t *actions = ARENA_ARRAY(s->arena, uint32_t, (size_t)k.p->nactions + 1);
    for (uint32_t i = 0; i < k.p->nactions; i++)
        actions[i] = action_at(s, k.p, decider, i);
    said.actions = actions;
    said.nactions = k.p->nactions;
    said.agree = smt2_and(s, said.agree, reports_sound(s, decider, &said));
    return said;
}

/* ---- What the last state's action says ------------------------------------------------------ */

/* Asserts NAME = the term of the last state's action. */
static void assert_choice(const struct smt2 *s, const struct smt2_said *said, const char *name,
                          const smt2_term *terms)
{
    struct smt2_choice choice = {NULL, terms, said->nactions};
    smt2_put(s, "(assert (= %s ", name);
    smt2_choose(s, &choice, smt2_text(s, "%s/state", said->name));
    smt2_put(s, "))\n");
}

static const struct pol_prt_action *action_of(const struct smt2 *s, const struct smt2_said *said,
                                              uint32_t i)
{
    return &s->t->actions[said->actions[i]];
}

/* A failure of an operation counts where the action allows; one without a code, in any case. */
static smt2_term fault_of(const struct smt2 *s, const struct pol_prt_action *a, smt2_term fault)
{
    smt2_term invalid = smt2_fault(s, POL_CAUSE_INVALID, POL_NO_TAG);
    smt2_term verdict = smt2_fault(
        s, a->verdict == POL_FAIL_EXPLICIT ? POL_CAUSE_RULE : POL_CAUSE_NO_RULE, POL_NO_TAG);
    if (a->verdict == POL_ALLOW)
        return fault;
    if (smt2_is(fault, smt2_fault(s, POL_CAUSE_NONE, 0)))
        return verdict;
    return smt2_text(s, "(ite (= %s %s) %s %s)", fault, invalid, invalid, verdict);
}

static void assert_fault(const struct smt2 *s, uint32_t d, const struct smt2_said *said,
                         smt2_term *terms)
{
    const char *name = s->deciders[d];
    struct smt2_choice choice = {NULL, terms, said->nactions};
    for (uint32_t i = 0; i < said->nactions; i++)
        terms[i] = fault_of(s, action_of(s, said, i), s->effects[said->actions[i]].fault);
    smt2_put(s, "(assert (= fault/%s (ite %s %s ", name, said->bad,
             smt2_fault(s, POL_CAUSE_INVALID, POL_NO_TAG));
    smt2_choose(s, &choice, smt2_text(s, "%s/state", said->name));
    smt2_put(s, ")))\n");
    for (uint32_t i = 0; i < said->nactions; i++)
        terms[i] = smt2_slot(s, action_of(s, said, i)->rule);
    assert_choice(s, said, smt2_text(s, "rule/%s", name), terms);
}

static void assert_result(const struct smt2 *s, uint32_t d, const struct smt2_said *said,
                          unsigned result, smt2_term *terms)
{
    static const char *const olds[POL_RESULTS] = {"env", "rd", "csr", "mem"};
    const char *word = smt2_text(s, "%s/%s", smt2_results[result], s->deciders[d]);
    uint32_t lo, hi;
    smt2_scope(s, d, &lo, &hi);
    for (uint32_t i = 0; i < said->nactions; i++)
        terms[i] = smt2_bool(action_of(s, said, i)->written >> result & 1u);
    assert_choice(s, said, smt2_text(s, "written/%s", word), terms);
    for (uint32_t slot = 0; slot < s->t->n_slots; slot++) {
        bool own = false;
        for (uint32_t domain = lo; domain < hi; domain++)
            own = own || slot - s->t->domains[domain].first_slot < s->t->domains[domain].nslots;
        if (!own && !smt2_writes_slot(s, d, result, slot))
            continue;
        for (uint32_t i = 0; i < said->nactions; i++) {
            smt2_term stored = s->effects[said->actions[i]].store[result][slot];
            terms[i] = stored ? stored : smt2_text(s, "%s/w%u", olds[result], slot);
        }
        assert_choice(s, said, smt2_text(s, "%s/w%u", word, slot), terms);
    }
}

static bool reports(const struct smt2 *s, const struct pol_prt_action *a, uint32_t rule)
{
    for (uint32_t i = 0; i < a->nreports; i++)
        if (s->t->reports[a->first_report + i] == rule)
            return true;
    return false;
}

/* Whether an action reports rules that ask for it, each once, in order. */
static bool reports_well(const struct smt2 *s, uint32_t d, const struct pol_prt_action *a)
{
    for (uint32_t i = 0; i < a->nreports; i++) {
        uint32_t rule = s->t->reports[a->first_report + i];
        if (rule >= s->ir->deciders[d].nrules || !smt2_is_report(s, d, rule) ||
            (i && s->t->reports[a->first_report + i - 1] >= rule))
            return false;
    }
    return true;
}

/* In such states only. */
static smt2_term reports_sound(const struct smt2 *s, uint32_t d, const struct smt2_said *said)
{
    struct smt2_all all = {0};
    for (uint32_t i = 0; i < said->nactions; i++)
        if (!reports_well(s, d, action_of(s, said, i)))
            smt2_all_add(s, &all,
                         smt2_text(s, "(distinct %s/state %s)", said->name, smt2_slot(s, i)));
    return smt2_all_term(s, &all);
}

static void assert_reports(const struct smt2 *s, uint32_t d, const struct smt2_said *said,
                           smt2_term *terms)
{
    for (uint32_t r = 0; r < s->ir->deciders[d].nrules; r++) {
        if (!smt2_is_report(s, d, r))
            continue;
        for (uint32_t i = 0; i < said->nactions; i++)
            terms[i] = smt2_bool(reports(s, action_of(s, said, i), r));
        assert_choice(s, said, smt2_text(s, "report/%s/%u", s->deciders[d], r), terms);
    }
}

void smt2_assert_answer(const struct smt2 *s, uint32_t d, const struct smt2_said *said)
{
    smt2_term *terms = ARENA_ARRAY(s->arena, smt2_term, (size_t)said->nactions + 1);
    assert_fault(s, d, said, terms);
    for (unsigned result = 0; result < POL_RESULTS; result++)
        assert_result(s, d, said, result, terms);
    assert_reports(s, d, said, terms);
    for (uint32_t c = 0; c < s->t->n_counters; c++) {
        if (s->ir->counters[c].decider != d)
            continue;
        for (uint32_t i = 0; i < said->nactions; i++)
            terms[i] = smt2_slot(s, s->effects[said->actions[i]].used[c]);
        assert_choice(s, said, smt2_text(s, "used/%s", s->counters[c]), terms);
    }
}
