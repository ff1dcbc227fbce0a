/* table_vectors TABLE.prt N SEED GRANULES OUT: N random steps of pol_rule_table as beats, a line
 * each in OUT.hex, and in OUT.svh the widths that table_tb.sv needs.
 *
 * The answers are put together here from the evaluator's answers for single granules, as
 * docs/language.md 4.15 says, by code that shares nothing with the machine or the hardware. */
#include "vectors.h"

#include <inttypes.h>
#include <string.h>

enum { MOST_GRANULES = 16, MOST_LANES = 8 };

/* Causes that no decider gives. */
enum { DISAGREE = 10, CONFLICT = 11 };

struct access {
    uint32_t insn, opclass;
    bool is_c, fine, stores;
    uint32_t n;                   /* granules, at least 1 */
    uint32_t mask[MOST_GRANULES]; /* bytes; 0: there is no access */
    bool part[MOST_GRANULES];
    uint32_t *mem[MOST_GRANULES]; /* old tags */
    uint32_t lead;                /* lanes of the first beat that are not used */
};

struct unit {
    struct step st;
    uint32_t lanes;
    struct access a;
    uint32_t *ci, *ci2;
    /* the answer */
    uint32_t *env, *rd, *csr, *merged, *after[MOST_GRANULES];
    uint32_t cause, tag, decider, rule, response, written;
    enum pol_verdict verdict;
    struct bits rules, fails;
    unsigned char *reports;
    unsigned char *we[POL_RESULTS], *mem_we[MOST_GRANULES]; /* per domain */
    uint32_t *used;
    size_t inputs, all;
};

static const struct pol_table *table_of(const struct unit *u)
{
    return u->st.s->t;
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static void draw_access(struct unit *u)
{
    struct source *s = u->st.s;
    struct access *a = &u->a;
    const struct pol_prt_opclass *c = &s->t->opclasses[a->opclass];
    uint32_t bytes = s->t->meta->granule;
    a->fine = draw(s, 4) == 0;
    a->stores = c->mem & 2u;
    a->n = 1;
    a->lead = 0;
    a->mask[0] = 0;
    a->part[0] = false;
    if (!c->mem || c->size == 0)
        return;
    bytes = a->fine && bytes > 2 ? 2 : bytes;
    uint32_t at = draw(s, bytes), left = c->size;
    a->lead = draw(s, 3) ? 0 : draw(s, u->lanes);
    for (a->n = 0; left; a->n++) {
        uint32_t here = bytes - at < left ? bytes - at : left;
        a->mask[a->n] = (((uint32_t)1 << here) - 1) << at;
        a->part[a->n] = here < bytes;
        left -= here;
        at = 0;
    }
}

static void draw_inputs(struct unit *u)
{
    struct source *s = u->st.s;
    do {
        u->a.insn = draw_insn(s);
        u->a.opclass = pol_eval_decode(s->t, u->a.insn);
    } while (draw(s, 3) && !s->t->opclasses[u->a.opclass].mem);
    s->invalid = draw(s, 4) ? 0 : 12;
    const struct pol_prt_opclass *c = &s->t->opclasses[u->a.opclass];
    draw_access(u);
    for (int i = 0; i < HW_SOURCES; i++) {
        draw_word(s, u->st.word[i], operand_kinds(c, i));
        if (i && draw(s, 2))
            copy_some(s, u->st.word[i], u->st.word[draw(s, (uint32_t)i)]);
    }
    u->a.is_c = draw(s, 3) == 0;
    draw_word(s, u->ci, POL_KIND_CODE);
    draw_word(s, u->ci2, POL_KIND_CODE);
    if (draw(s, 3))
        copy_word(s->t, u->ci2, u->ci);
    else if (draw(s, 2))
        copy_some(s, u->ci2, u->ci);
    for (uint32_t i = 0; i < u->a.n; i++) {
        draw_word(s, u->a.mem[i], POL_KIND_MEM);
        if (i && draw(s, 2))
            copy_word(s->t, u->a.mem[i], u->a.mem[i - 1]);
        else if (draw(s, 2))
            copy_some(s, u->a.mem[i], i ? u->a.mem[i - 1] : u->st.word[POL_OP_OP2]);
    }
}

/* The instruction's tags of its parcels. */
static void fetch(struct unit *u)
{
    const struct pol_table *t = table_of(u);
    uint32_t *code = u->st.word[POL_OP_CODE];
    bool all = false;
    for (uint32_t i = 0; i < t->n_tags; i++)
        all |= t->tags[i].merge_all != 0;
    copy_word(t, code, u->ci);
    if (all && !u->a.is_c && !same_word(t, u->ci, u->ci2) &&
        pol_eval_drop_missing(&u->st.ev, u->ci, u->ci2, code))
        memset(code, 0, t->n_slots * sizeof *code);
}

/* ---- The answer ------------------------------------------------------------------------------ */

static void note_answer(struct unit *u)
{
    const struct pol_answer *ans = &u->st.ans;
    bool allow = ans->verdict == POL_ALLOW;
    u->verdict = ans->verdict;
    u->cause = allow ? POL_CAUSE_NONE : (uint32_t)ans->first.cause;
    u->decider = allow ? POL_NONE : ans->first.decider;
    u->rule = allow ? POL_NONE : ans->first.rule;
    u->tag = allow ? POL_NONE : ans->first.tag;
    u->rules.n = u->fails.n = 0;
    add_rules(&u->rules, &u->st);
    add_fails(&u->fails, &u->st);
}

static void late(struct unit *u, uint32_t cause, uint32_t tag)
{
    if (u->verdict != POL_ALLOW)
        return;
    u->verdict = POL_FAIL_EXPLICIT;
    u->cause = cause;
    u->tag = tag;
    u->response = table_of(u)->responses[table_of(u)->meta->response].action;
}

/* The destination register's tags of one more granule. */
static void join_register(struct unit *u, bool *clash, uint32_t *tag)
{
    const struct pol_table *t = table_of(u);
    const uint32_t *mine = u->st.out[POL_RES_RD];
    if (*clash || same_word(t, u->rd, mine))
        return;
    *clash = pol_eval_merge(&u->st.ev, u->rd, mine, u->merged, tag) != 0;
    copy_word(t, u->rd, u->merged);
}

static void note_writes(struct unit *u, uint32_t granule)
{
    const struct pol_table *t = table_of(u);
    bool allow = u->st.ans.verdict == POL_ALLOW;
    for (uint32_t r = 0; r < POL_RESULTS; r++)
        for (uint32_t d = 0; d < t->n_domains; d++) {
            unsigned char *we = r == POL_RES_MEM ? &u->mem_we[granule][d] : &u->we[r][d];
            if (granule == 0 || r == POL_RES_MEM)
                *we = 0;
            *we |= allow && has_result(&t->opclasses[u->a.opclass], r) &&
                   step_writes(&u->st, u->a.opclass, r, d);
        }
    for (uint32_t c = 0; c < t->n_counters; c++)
        u->used[c] = u->st.ev.used[c]; /* the evaluator keeps the largest */
}

static void answer_granules(struct unit *u)
{
    const struct pol_table *t = table_of(u);
    bool differ = false, clash = false;
    uint32_t tag = POL_NONE;
    u->written = u->response = 0;
    memset(u->reports, 0, u->st.s->hw->report_bits);
    pol_eval_begin(&u->st.ev);
    for (uint32_t i = 0; i < u->a.n; i++) {
        copy_word(t, u->st.word[POL_OP_MEM], u->a.mem[i]);
        step_evaluate(&u->st, u->a.opclass);
        if (i == 0 || u->st.ans.verdict > u->verdict)
            note_answer(u);
        if (step_response(&u->st) > u->response)
            u->response = step_response(&u->st);
        step_reports(&u->st, u->reports);
        u->written |= u->st.ans.written;
        copy_word(t, u->after[i], u->st.out[POL_RES_MEM]);
        note_writes(u, i);
        if (i == 0) {
            copy_word(t, u->env, u->st.out[POL_RES_ENV]);
            copy_word(t, u->rd, u->st.out[POL_RES_RD]);
            copy_word(t, u->csr, u->st.out[POL_RES_CSR]);
            continue;
        }
        differ |= !same_word(t, u->env, u->st.out[POL_RES_ENV]);
        if (u->verdict == POL_ALLOW)
            join_register(u, &clash, &tag);
    }
    if (differ)
        late(u, DISAGREE, POL_NONE);
    if (clash)
        late(u, CONFLICT, tag);
}

static void merge_stores(struct unit *u)
{
    const struct pol_table *t = table_of(u);
    for (uint32_t i = 0; i < u->a.n; i++) {
        uint32_t tag = POL_NONE;
        if (!u->a.part[i] || same_word(t, u->after[i], u->a.mem[i]))
            continue;
        if (pol_eval_merge(&u->st.ev, u->after[i], u->a.mem[i], u->merged, &tag))
            late(u, CONFLICT, tag);
        copy_word(t, u->after[i], u->merged);
    }
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* Number of the granule in a lane of a beat; POL_NONE: the lane is not used. */
static uint32_t granule_in(const struct unit *u, uint32_t beat, uint32_t lane)
{
    uint32_t at = beat * u->lanes + lane;
    return at < u->a.lead || at - u->a.lead >= u->a.n ? POL_NONE : at - u->a.lead;
}

static void add_inputs(struct bits *b, struct unit *u, uint32_t beat, uint32_t beats)
{
    const struct hw *hw = u->st.s->hw;
    bits_add(b, beat == 0, 1);
    bits_add(b, beat + 1 == beats, 1);
    bits_add(b, u->a.insn, 32);
    bits_add(b, u->a.is_c, 1);
    add_word(b, hw, u->st.word[POL_OP_ENV]);
    add_word(b, hw, u->ci);
    add_word(b, hw, u->ci2);
    for (int i = POL_OP_OP1; i <= POL_OP_OP3; i++)
        add_word(b, hw, u->st.word[i]);
    add_word(b, hw, u->st.word[HW_OLD_RD]);
    add_word(b, hw, u->st.word[HW_OLD_CSR]);
    for (uint32_t lane = u->lanes; lane-- > 0;) {
        uint32_t g = granule_in(u, beat, lane);
        add_word(b, hw, g == POL_NONE ? u->ci2 : u->a.mem[g]);
    }
    for (uint32_t lane = u->lanes; lane-- > 0;) {
        uint32_t g = granule_in(u, beat, lane);
        uint32_t mask = g == POL_NONE ? 0 : u->a.mask[g];
        if (u->a.fine && mask) /* bytes beyond the parcel do not count */
            mask |= draw(u->st.s, 256) & ~3u;
        bits_add(b, mask, hw->table->meta->granule);
    }
    bits_add(b, u->a.fine, 1);
}

static void add_domains(struct bits *b, const struct unit *u, const unsigned char *we, bool on)
{
    uint32_t n = at_least_one(table_of(u)->n_domains);
    for (uint32_t d = n; d-- > 0;)
        bits_add(b, on && d < table_of(u)->n_domains && we[d], 1);
}

static void add_outputs(struct bits *b, const struct unit *u, uint32_t beat)
{
    const struct hw *hw = u->st.s->hw;
    bool allow = u->verdict == POL_ALLOW;
    bits_add(b, allow, 1);
    bits_add(b, (uint64_t)u->verdict, 2);
    bits_add(b, u->cause, 4);
    add_none(b, u->decider, hw->decider_bits);
    add_none(b, u->rule, hw->rule_bits);
    add_none(b, u->tag, hw->tag_bits);
    bits_add(b, u->response, 2);
    bits_add_all(b, &u->rules);
    add_reports(b, hw, u->reports);
    bits_add(b, allow ? u->written : 0, 4);
    bits_add_all(b, &u->fails);
    add_domains(b, u, u->we[POL_RES_ENV], allow);
    add_domains(b, u, u->we[POL_RES_RD], allow);
    add_domains(b, u, u->we[POL_RES_CSR], allow);
    for (uint32_t lane = u->lanes; lane-- > 0;) {
        uint32_t g = granule_in(u, beat, lane);
        add_domains(b, u, u->mem_we[g == POL_NONE ? 0 : g], allow && g != POL_NONE);
    }
    add_word(b, hw, u->env);
    add_word(b, hw, u->rd);
    add_word(b, hw, u->csr);
    for (uint32_t lane = u->lanes; lane-- > 0;) {
        uint32_t g = granule_in(u, beat, lane);
        add_word(b, hw, g == POL_NONE ? u->ci : u->after[g]);
    }
}

/* Lines of one step; commits it or not. */
static void one_step(struct unit *u, FILE *out, uint32_t *lines)
{
    struct source *s = u->st.s;
    draw_inputs(u);
    fetch(u);
    answer_granules(u);
    merge_stores(u);
    uint32_t beats = (u->a.lead + u->a.n + u->lanes - 1) / u->lanes;
    bool allow = u->verdict == POL_ALLOW, commit = draw(s, 4) != 0;
    for (uint32_t beat = 0; beat < beats; beat++) {
        struct bits b = {0};
        add_inputs(&b, u, beat, beats);
        bits_add(&b, draw(s, 4) ? 0 : draw(s, 4), 2); /* cycles before it */
        u->inputs = b.n;
        bits_add(&b, draw(s, 2) ? 0 : draw(s, 4), 2); /* cycles until the commit */
        bits_add(&b, commit, 1);
        bits_add(&b, allow, 1); /* do words count? and which lanes? */
        for (uint32_t lane = u->lanes; lane-- > 0;)
            bits_add(&b, granule_in(u, beat, lane) != POL_NONE, 1);
        add_outputs(&b, u, beat);
        bits_print(&b, out);
        u->all = b.n;
        free(b.bit);
        ++*lines;
    }
    u->st.allowed += allow;
    if (commit && allow)
        pol_eval_commit(&u->st.ev);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void unit_new(struct unit *u, struct source *s, uint32_t lanes)
{
    memset(u, 0, sizeof *u);
    step_new(&u->st, s);
    u->lanes = lanes;
    u->ci = new_word(s->t);
    u->ci2 = new_word(s->t);
    u->env = new_word(s->t);
    u->rd = new_word(s->t);
    u->csr = new_word(s->t);
    u->merged = new_word(s->t);
    u->used = calloc((size_t)s->t->n_counters + 1, sizeof *u->used);
    u->reports = calloc(s->hw->report_bits, 1);
    for (int i = 0; i < MOST_GRANULES; i++) {
        u->a.mem[i] = new_word(s->t);
        u->after[i] = new_word(s->t);
        u->mem_we[i] = calloc((size_t)s->t->n_domains + 1, 1);
    }
    for (int r = 0; r < POL_RESULTS; r++)
        u->we[r] = calloc((size_t)s->t->n_domains + 1, 1);
}

static void unit_free(struct unit *u)
{
    step_free(&u->st);
    free(u->ci);
    free(u->ci2);
    free(u->env);
    free(u->rd);
    free(u->csr);
    free(u->merged);
    free(u->used);
    free(u->reports);
    for (int i = 0; i < MOST_GRANULES; i++) {
        free(u->a.mem[i]);
        free(u->after[i]);
        free(u->mem_we[i]);
    }
    for (int r = 0; r < POL_RESULTS; r++)
        free(u->we[r]);
    free(u->rules.bit);
    free(u->fails.bit);
}

static int run(struct unit *u, uint32_t n, const char *path)
{
    char name[4200];
    uint32_t lines = 0;
    const struct hw *hw = u->st.s->hw;
    snprintf(name, sizeof name, "%s.hex", path);
    FILE *out = fopen(name, "w");
    for (uint32_t i = 0; out && i < n; i++)
        one_step(u, out, &lines);
    if (!out || fclose(out))
        return 1;
    snprintf(name, sizeof name, "%s.svh", path);
    out = fopen(name, "w");
    if (!out)
        return 1;
    uint64_t words = 0;
    for (uint32_t i = 0; i < hw->nroms; i++)
        words += hw->roms[i].depth;
    fprintf(out, "localparam LOADS = %" PRIu64 ", LOAD_BITS = %u;\n", words, hw->load_bits);
    fprintf(
        out,
        "// allowed: %u of %u steps\n"
        "localparam W = %u, DB = %u, RB = %u, TB = %u, D = %u, DOMAINS = %u, BYTES = %u, PB = %u;\n"
        "localparam G = %u, N = %u, INPUTS = %zu, OUTPUTS = %zu, COUNTERS = %u;\n",
        u->st.allowed, n, hw->word_bits, hw->decider_bits, hw->rule_bits, hw->tag_bits,
        at_least_one(hw->table->n_deciders), at_least_one(hw->table->n_domains),
        hw->table->meta->granule, hw->report_bits, u->lanes, lines, u->inputs, u->all - u->inputs,
        hw->table->n_counters);
    return fclose(out) != 0;
}

int main(int argc, char **argv)
{
    char err[512];
    struct pol_table *t = argc == 6 ? pol_table_load(argv[1], err, sizeof err) : NULL;
    uint32_t lanes = argc == 6 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
    if (!t || lanes < 1 || lanes > MOST_LANES) {
        fprintf(stderr, "%s\n",
                argc == 6 && !t ? err : "usage: table_vectors TABLE.prt N SEED GRANULES OUT");
        return 2;
    }
    struct hw *hw = hw_new(t);
    struct source s = {t, hw, strtoull(argv[3], NULL, 10) * 2 + 1, 0};
    struct unit u;
    unit_new(&u, &s, lanes);
    int status = run(&u, (uint32_t)strtoul(argv[2], NULL, 10), argv[5]);
    unit_free(&u);
    hw_free(hw);
    pol_table_free(t);
    return status;
}
