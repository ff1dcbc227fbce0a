#include "vectors.h"

#include <string.h>

uint32_t draw(struct source *s, uint32_t n)
{
    s->state = s->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return n ? (uint32_t)((s->state >> 33) % n) : 0;
}

uint32_t *new_word(const struct pol_table *t)
{
    uint32_t *w = calloc((size_t)t->n_slots + WORD_ROOM, sizeof *w);
    if (!w)
        abort();
    return w;
}

/* A code that can occur in the kinds of operand; few tries, for there may be none. */
static uint32_t draw_code(struct source *s, const struct pol_prt_field *f, uint32_t kinds)
{
    uint32_t code = 0;
    for (int i = 0; i < 40; i++) {
        code = draw(s, 4) == 0 ? f->empty : 1 + draw(s, f->ncodes - 1);
        const uint32_t *shape = s->t->shapes + f->first_shape + code * (f->shape_words + 1);
        if (shape[f->shape_words] & kinds)
            return code;
    }
    return code;
}

static uint32_t draw_field(struct source *s, const struct pol_prt_field *f, uint32_t kinds)
{
    uint32_t all = f->kind == POL_FIELD_BITS ? ((uint32_t)1 << f->ntags) - 1 : 0;
    if (s->invalid && draw(s, s->invalid) == 0) /* whatever the packed slot can hold */
        return f->kind == POL_FIELD_BITS ? draw(s, UINT32_MAX) & all
                                         : draw(s, (uint32_t)1 << hw_bits(f->ncodes - 1));
    if (f->kind == POL_FIELD_DENSE)
        return draw_code(s, f, draw(s, 50) ? kinds : UINT32_MAX);
    uint32_t tags = draw(s, UINT32_MAX) & all;
    return POL_VALID_BIT | (draw(s, 2) ? tags : tags & draw(s, UINT32_MAX));
}

static uint32_t draw_lane(struct source *s, uint32_t width)
{
    uint32_t all = width >= 32 ? UINT32_MAX : ((uint32_t)1 << width) - 1;
    switch (draw(s, 4)) {
    case 0:
        return draw(s, 4) & all;
    case 1:
        return all - (draw(s, 3) & all);
    case 2:
        return 0;
    default:
        return (draw(s, 1u << 16) << 16 ^ draw(s, 1u << 31)) & all;
    }
}

void draw_word(struct source *s, uint32_t *word, uint32_t kinds)
{
    for (uint32_t i = 0; i < s->t->n_slots; i++) {
        const struct pol_prt_slot *slot = &s->t->slots[i];
        bool field = slot->kind == POL_SLOT_FIELD || slot->kind == POL_SLOT_NESTED_FIELD;
        word[i] = field ? draw_field(s, &s->t->fields[slot->index],
                                     slot->kind == POL_SLOT_FIELD ? kinds : POL_KIND_NESTED)
                        : draw_lane(s, s->hw->slots[i].width);
        if (slot->kind == POL_SLOT_NESTED_FIELD && draw(s, 2))
            word[i] = 0;
    }
}

void copy_some(struct source *s, uint32_t *word, const uint32_t *from)
{
    for (uint32_t i = 0; i < s->t->n_slots; i++)
        if (draw(s, 2))
            word[i] = from[i];
}

static bool is_bits_slot(const struct pol_table *t, uint32_t slot)
{
    const struct pol_prt_slot *s = &t->slots[slot];
    bool field = s->kind == POL_SLOT_FIELD || s->kind == POL_SLOT_NESTED_FIELD;
    return field && t->fields[s->index].kind == POL_FIELD_BITS;
}

void add_word(struct bits *b, const struct hw *hw, const uint32_t *word)
{
    if (hw->table->n_slots == 0)
        bits_add(b, 0, hw->word_bits);
    for (uint32_t i = hw->table->n_slots; i-- > 0;) {
        uint32_t width = hw->slots[i].width;
        if (!is_bits_slot(hw->table, i)) {
            bits_add(b, word[i], width);
            continue;
        }
        bits_add(b, word[i] >> 31, 1);
        bits_add(b, word[i], width - 1);
    }
}

uint32_t operand_kinds(const struct pol_prt_opclass *c, int source)
{
    static const uint32_t of_file[] = {UINT32_MAX, POL_KIND_INT | POL_KIND_X0, POL_KIND_FP,
                                       POL_KIND_CSR};
    switch (source) {
    case POL_OP_ENV:
        return POL_KIND_ENV;
    case POL_OP_CODE:
        return POL_KIND_CODE;
    case POL_OP_OP1:
        return of_file[c->op1 & 3u];
    case POL_OP_OP2:
        return of_file[c->op2 & 3u];
    case POL_OP_OP3:
        return of_file[c->op3 & 3u];
    case POL_OP_MEM:
        return POL_KIND_MEM;
    case HW_OLD_RD:
        return of_file[c->rd & 3u];
    default:
        return POL_KIND_CSR;
    }
}

/* Is there an action that allows, of every component? */
static bool promising(const struct pol_table *t, uint32_t opclass)
{
    for (uint32_t d = t->meta->nglobals; d < t->n_deciders; d++) {
        const struct pol_prt_program *p =
            &t->programs[t->remap[(size_t)d * t->n_opclasses + opclass]];
        bool allows = false;
        for (uint32_t k = 0; k < p->nactions; k++) {
            uint32_t a = p->first_tuple == POL_NONE
                             ? p->first_action + k
                             : t->tuples[p->first_tuple + (size_t)k * t->n_deciders + d];
            allows |= t->actions[a].verdict == POL_ALLOW;
        }
        if (!allows)
            return false;
    }
    return opclass != 0;
}

uint32_t draw_insn(struct source *s)
{
    uint32_t any = draw(s, 1u << 16) << 16 ^ draw(s, 1u << 31);
    if (draw(s, 40) == 0 || s->t->n_decode == 0)
        return any;
    const struct pol_prt_decode *d = &s->t->decode[draw(s, s->t->n_decode)];
    for (int i = 0; i < 20 && draw(s, 8) && !promising(s->t, d->opclass); i++)
        d = &s->t->decode[draw(s, s->t->n_decode)];
    return (any & ~d->mask) | d->match;
}

void copy_word(const struct pol_table *t, uint32_t *to, const uint32_t *from)
{
    memcpy(to, from, t->n_slots * sizeof *to);
}

bool same_word(const struct pol_table *t, const uint32_t *a, const uint32_t *b)
{
    return t->n_slots == 0 || memcmp(a, b, t->n_slots * sizeof *a) == 0;
}

/* The results that a decider's rule writes, as its action says. */
static uint32_t written_by(const struct step *st, uint32_t decider, uint32_t opclass)
{
    const struct pol_table *t = st->s->t;
    const struct pol_prt_program *p =
        &t->programs[t->remap[(size_t)decider * t->n_opclasses + opclass]];
    for (uint32_t k = 0; k < p->nactions; k++) {
        uint32_t a = p->first_tuple == POL_NONE
                         ? p->first_action + k
                         : t->tuples[p->first_tuple + (size_t)k * t->n_deciders + decider];
        if (t->actions[a].rule == st->deciding[decider] && t->actions[a].rule != POL_NONE)
            return t->actions[a].written;
    }
    return 0;
}

/* Did a global decide? */
static bool global_decided(const struct step *st)
{
    for (uint32_t g = 0; g < st->s->t->meta->nglobals; g++)
        if (st->deciding[g] != POL_NO_RULE)
            return true;
    return false;
}

bool step_writes(const struct step *st, uint32_t opclass, uint32_t result, uint32_t domain)
{
    const struct pol_table *t = st->s->t;
    bool global = global_decided(st);
    if (!global && t->meta->nglobals && result != POL_RES_ENV &&
        t->domains[domain].kind == POL_DOMAIN_GLOBAL)
        return true;
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        bool counts = d < t->meta->nglobals ? st->deciding[d] != POL_NO_RULE
                                            : !global && t->deciders[d].domain == domain;
        if (counts && written_by(st, d, opclass) >> result & 1u)
            return true;
    }
    return false;
}

bool has_result(const struct pol_prt_opclass *c, uint32_t result)
{
    return result == POL_RES_ENV || (result == POL_RES_RD && c->rd) ||
           (result == POL_RES_CSR && c->csr) || (result == POL_RES_MEM && c->mem & 2u);
}

void add_none(struct bits *b, uint32_t value, uint32_t width)
{
    if (value == POL_NONE)
        bits_ones(b, width);
    else
        bits_add(b, value, width);
}

void add_fails(struct bits *b, const struct step *st)
{
    const struct hw *hw = st->s->hw;
    for (uint32_t d = at_least_one(st->s->t->n_deciders); d-- > 0;) {
        const struct pol_failure *f = NULL;
        for (uint32_t i = 0; i < st->ans.nfailures && i < POL_MAX_FAILURES; i++)
            if (st->ans.failures[i].decider == d)
                f = &st->ans.failures[i];
        if (!f) {
            bits_add(b, 0, hw->tag_bits + 6);
            continue;
        }
        bool implicit = f->cause == POL_CAUSE_INVALID || f->cause == POL_CAUSE_NO_RULE;
        add_none(b, f->tag, hw->tag_bits);
        bits_add(b, (uint64_t)f->cause, 4);
        bits_add(b, implicit ? POL_FAIL_IMPLICIT : POL_FAIL_EXPLICIT, 2);
    }
}

uint32_t step_response(const struct step *st)
{
    uint32_t response = st->ans.response;
    return response == POL_NO_RESPONSE ? 0 : st->s->t->responses[response].action;
}

/* A rule's bit among those that ask for a report. */
static uint32_t report_bit(const struct hw *hw, const struct pol_report_rule *rule)
{
    const struct pol_prt_decider *d = &hw->table->deciders[rule->decider];
    uint32_t bit = hw->report_first[rule->decider];
    for (uint32_t r = 0; r < rule->rule; r++)
        bit += hw_reports(hw->table, d->first_rule + r);
    return bit;
}

void step_reports(const struct step *st, unsigned char *reports)
{
    for (uint32_t i = 0; i < st->ans.nreports && i < POL_MAX_REPORTS; i++)
        reports[report_bit(st->s->hw, &st->ans.reports[i])] = 1;
}

void add_reports(struct bits *b, const struct hw *hw, const unsigned char *reports)
{
    for (uint32_t i = hw->report_bits; i-- > 0;)
        bits_add(b, reports[i], 1);
}

void add_rules(struct bits *b, const struct step *st)
{
    for (uint32_t d = st->s->t->n_deciders; d-- > 0;)
        add_none(b, st->deciding[d], st->s->hw->rule_bits);
    if (st->s->t->n_deciders == 0)
        bits_ones(b, st->s->hw->rule_bits);
}

static const uint32_t *operand(const struct step *st, const struct pol_prt_opclass *c, int op)
{
    const bool has[POL_OPERANDS] = {true, true, c->op1, c->op2, c->op3, c->mem};
    return has[op] ? st->word[op] : st->empty;
}

void step_evaluate(struct step *st, uint32_t opclass)
{
    static const int old_of[POL_RESULTS] = {POL_OP_ENV, HW_OLD_RD, HW_OLD_CSR, POL_OP_MEM};
    const struct pol_table *t = st->s->t;
    const uint32_t *in[POL_OPERANDS], *old[POL_RESULTS];
    for (int i = 0; i < POL_OPERANDS; i++)
        in[i] = operand(st, &t->opclasses[opclass], i);
    for (int r = 0; r < POL_RESULTS; r++) {
        old[r] = st->word[old_of[r]];
        memcpy(st->out[r], old[r], (t->n_slots + (size_t)WORD_ROOM) * sizeof **st->out);
    }
    st->ans.deciding = st->deciding;
    pol_eval_step(&st->ev, opclass, in, old, st->out, &st->ans);
}

void draw_counters(struct step *st)
{
    const struct pol_table *t = st->s->t;
    for (uint32_t c = 0; c < t->n_counters; c++) {
        uint64_t top = (uint64_t)t->counters[c].max + t->counters[c].exhaust;
        uint64_t near = draw(st->s, 4);
        st->ev.counters[c] = draw(st->s, 2) ? top - (near < top ? near : top) : near % (top + 1);
    }
}

void step_new(struct step *st, struct source *s)
{
    const struct pol_table *t = s->t;
    memset(st, 0, sizeof *st);
    st->s = s;
    st->empty = new_word(t);
    st->deciding = calloc((size_t)t->n_deciders + 1, sizeof *st->deciding);
    void *memory = malloc(pol_eval_bytes(t));
    if (!memory || !st->deciding)
        abort();
    pol_eval_init(&st->ev, t, memory);
    copy_word(t, st->empty, t->empty);
    for (int i = 0; i < HW_SOURCES; i++)
        st->word[i] = new_word(t);
    for (int i = 0; i < POL_RESULTS; i++)
        st->out[i] = new_word(t);
}

void step_free(struct step *st)
{
    for (int i = 0; i < HW_SOURCES; i++)
        free(st->word[i]);
    for (int i = 0; i < POL_RESULTS; i++)
        free(st->out[i]);
    free(st->ev.values); /* the block that the evaluator was given */
    free(st->empty);
    free(st->deciding);
}
