/* Every layout and kind of level: answers of the evaluator against a naive reading of the file, on
 * tables made by hand and at random; and what the validator refuses. */
#include <pol/table.h>

#include "tests/unit/check.h"
#include "tests/unit/table_make.h"

enum { RULES = 4, MAX_LEVELS = 12, TABLES = 400, INPUTS = 120 };

static uint64_t dice = 1;

static uint32_t draw(uint32_t n)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice >> 33) % n;
}

/* ---- Random levels --------------------------------------------------------------------------- */

/* A class map of `classes` multiples of `stride`; some entries are invalid, whether or not the
 * code is. */
static void add_map(struct made *m, struct pol_prt_level *l, uint32_t classes, uint32_t stride)
{
    l->kind = POL_LEVEL_MAP;
    l->operand = draw(POL_OPERANDS);
    l->slot = 0;
    l->mask = draw(4) ? 7 : 3;
    l->value = MADE_CODES;
    l->map = m->n_maps;
    for (uint32_t i = 0; i <= l->mask; i++) {
        bool marked = draw(6) == 0 || (i >= MADE_CODES && draw(4));
        MADE_NUMBER(m, maps, marked ? POL_MAP_INVALID : draw(classes) * stride);
    }
}

static void add_value(struct made *m, struct pol_prt_level *l, uint32_t classes)
{
    uint32_t bound = draw(3);
    l->kind = POL_LEVEL_VALUE;
    l->operand = draw(POL_OPERANDS);
    l->slot = 1 + draw(2);
    l->value = 1 + draw(9);
    l->map = m->n_maps;
    for (uint32_t i = 0; i < l->value; i++, bound += 1 + draw(3))
        MADE_NUMBER(m, maps, bound);
    for (uint32_t i = 0; i <= l->value; i++)
        MADE_NUMBER(m, maps, draw(classes));
}

static void add_test(struct pol_prt_level *l)
{
    l->kind = POL_LEVEL_TEST;
    l->operand = draw(POL_OPERANDS);
    l->slot = 3;
    l->mask = 1;
    l->value = draw(2);
}

static void add_expression(struct made *m, struct pol_prt_level *l)
{
    const struct pol_prt_op list[] = {
        {.op = POL_OPC_SLOT, .a = draw(POL_OPERANDS), .b = 1 + draw(2)},
        {.op = POL_OPC_SLOT, .a = draw(POL_OPERANDS), .b = 1 + draw(2)},
        {.op = POL_OPC_LT, .a = 0, .b = 1}};
    l->kind = POL_LEVEL_EXPR;
    l->first_op = MADE_ADD(m, ops, list, 3);
    l->nops = 3;
}

/* Any kind of level with inputs below *classes, which may become 2. */
static void add_level(struct made *m, struct pol_prt_level *l, uint32_t *classes)
{
    switch (draw(5)) {
    case 0:
    case 1:
        add_map(m, l, *classes, 1);
        return;
    case 2:
        add_value(m, l, *classes);
        return;
    case 3:
        add_test(l);
        break;
    default:
        add_expression(m, l);
        break;
    }
    *classes = 2;
}

/* ---- Random programs ------------------------------------------------------------------------- */

/* A program whose levels are being made. */
struct draft {
    struct pol_prt_program p;
    struct pol_prt_level levels[MAX_LEVELS];
};

/* `n` chain levels, from `states` states to the program's actions. */
static void add_chain(struct made *m, struct draft *d, uint32_t n, uint32_t states)
{
    for (uint32_t i = 0; i < n; i++) {
        struct pol_prt_level *l = &d->levels[d->p.nlevels++];
        uint32_t after = i + 1 < n ? 1 + draw(12) : d->p.nactions;
        l->width = 1 + draw(3);
        add_level(m, l, &l->width);
        l->nstates = states;
        l->base = m->n_cells;
        for (uint32_t k = 0; k < states * l->width; k++)
            MADE_NUMBER(m, cells, draw(after));
        states = after;
    }
}

static void add_dag(struct made *m, struct draft *d)
{
    uint32_t n = draw(draw(4) ? 4 : MAX_LEVELS), states = n ? 1 + draw(3) : d->p.nactions;
    d->p.layout = POL_LAYOUT_DAG;
    d->p.start = draw(states);
    add_chain(m, d, n, states);
}

/* The table of the summed levels, and a chain behind it. */
static void add_cells(struct made *m, struct draft *d, uint32_t size)
{
    uint32_t n = draw(3), states = n ? 1 + draw(4) : d->p.nactions;
    d->p.nlevels = d->p.nmap;
    d->p.dense_base = m->n_cells;
    d->p.dense_size = size;
    for (uint32_t i = 0; i < size; i++)
        MADE_NUMBER(m, cells, draw(states));
    add_chain(m, d, n, states);
}

static void add_dense(struct made *m, struct draft *d)
{
    uint32_t stride = 1;
    d->p.layout = POL_LAYOUT_DENSE;
    d->p.nmap = 1 + draw(draw(4) ? 3 : 6);
    for (uint32_t i = 0; i < d->p.nmap; i++) {
        uint32_t classes = 1 + draw(4);
        add_map(m, &d->levels[i], classes, stride);
        stride *= classes;
    }
    add_cells(m, d, stride);
}

static void add_flat(struct made *m, struct draft *d)
{
    uint32_t shift = 0;
    d->p.layout = POL_LAYOUT_FLAT;
    d->p.nmap = 1 + draw(draw(4) ? 3 : 5); /* the larger ones are looked at alone */
    for (uint32_t i = d->p.nmap; i-- > 0;) {
        struct pol_prt_level *l = &d->levels[i];
        add_map(m, l, 1, 1);
        for (uint32_t code = 0; code <= l->mask; code++)
            if (m->maps[l->map + code] != POL_MAP_INVALID)
                m->maps[l->map + code] = code << shift;
        shift += l->mask == 7 ? 3 : 2;
    }
    add_cells(m, d, (uint32_t)1 << shift);
}

static uint64_t join(const uint32_t *words)
{
    return (uint64_t)words[1] << 32 | words[0];
}

/* Whether an entry says something else than those before it about some key. */
static bool disagrees(const struct made *m, uint32_t first, const struct pol_prt_ternary *e)
{
    for (uint32_t i = first; i < m->n_ternary; i++) {
        const struct pol_prt_ternary *o = &m->ternary[i];
        uint64_t both = join(o->mask) & join(e->mask);
        if (o->state != e->state && !((join(o->value) ^ join(e->value)) & both))
            return true;
    }
    return false;
}

static void add_entries(struct made *m, struct draft *d, uint64_t key)
{
    d->p.dense_base = m->n_ternary;
    for (uint32_t i = draw(12); i > 0; i--) {
        uint64_t mask = 0, value;
        for (uint32_t bit = 0; bit < 64; bit++)
            mask |= (uint64_t)(draw(2) | draw(2)) << bit;
        mask &= key;
        value = mask &
                ((uint64_t)draw(1u << 30) << 40 | (uint64_t)draw(1u << 30) << 20 | draw(1u << 30));
        const struct pol_prt_ternary e = {{(uint32_t)value, (uint32_t)(value >> 32)},
                                          {(uint32_t)mask, (uint32_t)(mask >> 32)},
                                          draw(d->p.nactions)};
        if (!disagrees(m, d->p.dense_base, &e))
            MADE_ADD(m, ternary, &e, 1);
    }
    d->p.dense_size = m->n_ternary - d->p.dense_base;
}

static void add_tcam(struct made *m, struct draft *d)
{
    uint32_t shift = draw(2) ? draw(8) : 28 + draw(8);
    uint64_t key = 0;
    d->p.layout = POL_LAYOUT_TCAM;
    d->p.nlevels = draw(6);
    d->p.start = draw(d->p.nactions);
    for (uint32_t i = 0; i < d->p.nlevels; i++) {
        struct pol_prt_level *l = &d->levels[i];
        l->width = 1 + draw(4);
        add_level(m, l, &l->width);
        l->base = shift;
        uint32_t bits = l->width > 2 ? 2 : l->width - 1;
        key |= (((uint64_t)1 << bits) - 1) << shift;
        shift += bits + draw(2);
    }
    add_entries(m, d, key);
}

static uint32_t add_program(struct made *m, struct draft *d)
{
    d->p.first_level = MADE_ADD(m, levels, d->levels, d->p.nlevels);
    return MADE_ADD(m, programs, &d->p, 1);
}

/* One action per rule and one that no rule gave; the first. */
static uint32_t add_actions(struct made *m, bool slow)
{
    uint32_t first = m->n_actions;
    for (uint32_t rule = 0; rule < RULES; rule++)
        if (rule == 1)
            made_fail(m, rule);
        else
            made_allow(m, rule, slow);
    made_fail(m, POL_NONE);
    return first;
}

static void add_layout(struct made *m, struct draft *d, uint32_t layout)
{
    static void (*const adders[])(struct made *, struct draft *) = {add_dag, add_dense, add_flat,
                                                                    add_tcam};
    d->p.nactions = RULES + 1;
    adders[layout](m, d);
}

/* A program for each decider. */
static struct made random_table(uint32_t layout, uint32_t deciders, bool slow)
{
    struct made m = made_open(deciders, RULES);
    uint32_t programs[16];
    for (uint32_t i = 0; i < deciders; i++) {
        struct draft d = {.p = {.first_tuple = POL_NONE, .first_action = add_actions(&m, slow)}};
        add_layout(&m, &d, layout);
        programs[i] = add_program(&m, &d);
    }
    made_remap(&m, programs);
    return m;
}

/* One for all. */
static struct made random_fused(uint32_t layout, uint32_t deciders, bool slow)
{
    struct made m = made_open(deciders, RULES);
    struct draft d = {.p = {.first_tuple = 0}};
    uint32_t first = add_actions(&m, slow), programs[16];
    add_layout(&m, &d, layout);
    for (uint32_t i = 0; i < d.p.nactions * deciders; i++)
        MADE_NUMBER(&m, tuples, first + draw(RULES + 1));
    for (uint32_t i = 0; i < deciders; i++)
        programs[i] = 0;
    add_program(&m, &d);
    made_remap(&m, programs);
    return m;
}

/* ---- Comparing ------------------------------------------------------------------------------- */

struct tally {
    uint32_t allowed, failed, invalid, refused;
};

struct runner {
    const struct made *m;
    struct pol_eval eval;
    void *memory;
    uint32_t words[POL_OPERANDS + 2 * POL_RESULTS][MADE_SLOTS];
    const uint32_t *in[POL_OPERANDS], *old[POL_RESULTS];
    uint32_t *out[POL_RESULTS];
    uint32_t deciding[16];
};

static void open_runner(struct runner *r, const struct made *m, const struct pol_table *t)
{
    memset(r, 0, sizeof *r);
    r->m = m;
    r->memory = malloc(pol_eval_bytes(t));
    pol_eval_init(&r->eval, t, r->memory);
    for (uint32_t i = 0; i < POL_OPERANDS; i++)
        r->in[i] = r->words[i];
    for (uint32_t i = 0; i < POL_RESULTS; i++) {
        r->old[i] = r->words[POL_OPERANDS + i];
        r->out[i] = r->words[POL_OPERANDS + POL_RESULTS + i];
    }
}

static void draw_words(struct runner *r)
{
    static const uint32_t odd[] = {0, 6, 7, 8, 9, 15, 0x80000001, UINT32_MAX};
    for (uint32_t i = 0; i < POL_OPERANDS + POL_RESULTS; i++) {
        r->words[i][0] = draw(40) ? 1 + draw(MADE_CODES - 1) : odd[draw(8)];
        r->words[i][1] = draw(20) ? draw(20) : UINT32_MAX - draw(2);
        r->words[i][2] = draw(20);
        r->words[i][3] = (draw(60) ? POL_VALID_BIT : 0) | draw(2);
    }
}

/* What the whole step must be, by the naive reading. */
static void check_step(struct runner *r, struct tally *tally)
{
    struct pol_answer answer = {.deciding = r->deciding};
    enum pol_verdict want = POL_ALLOW;
    uint32_t last = 0, invalid = 0;
    pol_eval_begin(&r->eval);
    pol_eval_step(&r->eval, 1, r->in, r->old, r->out, &answer);
    for (uint32_t d = 0; d < r->m->n_deciders; d++) {
        struct naive_answer n = naive_decide(r->m, d, 1, r->in);
        const struct pol_prt_action *a = &r->m->actions[n.action];
        uint32_t verdict = n.invalid ? POL_FAIL_IMPLICIT : a->verdict;
        want = verdict > want ? verdict : want;
        CHECK_INT(r->deciding[d], n.invalid ? POL_NO_RULE : a->rule);
        last = a->rule;
        invalid += n.invalid;
    }
    CHECK_INT(answer.verdict, want);
    if (want == POL_ALLOW)
        CHECK_INT(r->out[POL_RES_RD][1], last);
    if (want == POL_FAIL_IMPLICIT && invalid == r->m->n_deciders)
        CHECK_INT(answer.first.cause, POL_CAUSE_INVALID);
    tally->allowed += want == POL_ALLOW;
    tally->failed += want != POL_ALLOW && !invalid;
    tally->invalid += invalid != 0;
}

static void check_table(struct made m, struct tally *tally)
{
    char why[256] = "";
    struct runner r;
    struct pol_table *t = made_load(&m, why, sizeof why);
    if (!t) {
        printf("# refused: %s\n", why);
        tally->refused++;
    } else {
        open_runner(&r, &m, t);
        for (uint32_t i = 0; i < INPUTS; i++) {
            draw_words(&r);
            check_step(&r, tally);
        }
        free(r.memory);
    }
    pol_table_free(t);
    made_close(&m);
}

static void check_layout(const char *name, uint32_t layout)
{
    struct tally tally = {0, 0, 0, 0};
    CASE(name);
    for (uint32_t i = 0; i < TABLES; i++) {
        uint32_t deciders = i % 8 ? 1 + draw(3) : 12; /* too many to look together */
        check_table(random_table(layout, deciders, i % 3 == 0), &tally);
        check_table(random_fused(layout, deciders, i % 3 == 0), &tally);
    }
    CHECK_INT(tally.refused, 0);
    CHECK(tally.allowed > TABLES && tally.failed > TABLES && tally.invalid > TABLES);
}

/* ---- Programs that look at much ---------------------------------------------------------------
 */

/* Twelve tests that change nothing: the last state is the first one. */
static struct made long_chain(void)
{
    struct made m = made_open(1, RULES);
    struct draft d = {.p = {.start = 2, .nlevels = 12, .nactions = RULES + 1}};
    const uint32_t zero = 0;
    d.p.first_tuple = POL_NONE;
    d.p.first_action = add_actions(&m, false);
    for (uint32_t i = 0; i < 2 * (RULES + 1); i++)
        MADE_NUMBER(&m, cells, i / 2);
    for (uint32_t i = 0; i < 12; i++) {
        add_test(&d.levels[i]);
        d.levels[i].nstates = RULES + 1;
        d.levels[i].width = 2;
    }
    add_program(&m, &d);
    made_remap(&m, &zero);
    return m;
}

/* Five codes side by side, of which all are allowed; only code 0 is marked invalid in the maps, or
 * only those that the field does not have. */
static struct made wide_flat(bool zero_marked)
{
    struct made m = made_open(1, RULES);
    struct draft d = {.p = {.layout = POL_LAYOUT_FLAT, .nlevels = 5, .nmap = 5}};
    const uint32_t zero = 0;
    d.p.nactions = RULES + 1;
    d.p.first_tuple = POL_NONE;
    d.p.first_action = add_actions(&m, false);
    d.p.dense_size = 1u << 15;
    for (uint32_t i = 0; i < d.p.dense_size; i++)
        MADE_NUMBER(&m, cells, 2);
    for (uint32_t i = 0; i < 5; i++) {
        d.levels[i] = (struct pol_prt_level){.operand = POL_OP_CODE + i, .mask = 7};
        d.levels[i].value = MADE_CODES;
        d.levels[i].map = m.n_maps;
        for (uint32_t code = 0; code < 8; code++)
            MADE_NUMBER(&m, maps,
                        (zero_marked ? code == 0 : code >= MADE_CODES) ? POL_MAP_INVALID
                                                                       : code << 3 * (4 - i));
    }
    add_program(&m, &d);
    made_remap(&m, &zero);
    return m;
}

static void check_large(void)
{
    struct tally tally = {0, 0, 0, 0};
    CASE("a long chain starts where it says");
    check_table(long_chain(), &tally);
    CHECK(tally.allowed > 0);
    CASE("codes that no field has are invalid in a large program too");
    for (uint32_t i = 0; i < 20; i++)
        check_table(wide_flat(i % 2), &tally);
    CHECK(tally.invalid > 20);
    CHECK_INT(tally.refused, 0);
}

/* ---- Refusals -------------------------------------------------------------------------------- */

/* Two maps of op1 and op2 over codes 1 to 3 of a field, valid with any layout. */
static struct made two_maps(uint32_t layout)
{
    struct made m = made_open(1, RULES);
    struct pol_prt_program p = {.layout = layout, .nlevels = 2, .first_tuple = POL_NONE};
    const uint32_t zero = 0;
    bool summed = layout == POL_LAYOUT_DENSE || layout == POL_LAYOUT_FLAT;
    struct pol_prt_level l[2] = {{.operand = POL_OP_OP1, .mask = 3, .value = 4},
                                 {.operand = POL_OP_OP2, .mask = 3, .value = 4, .map = 4}};
    for (uint32_t i = 0; i < 8; i++)
        MADE_NUMBER(&m, maps, i % 4 ? i % 4 << (summed && i < 4 ? 2 : 0) : POL_MAP_INVALID);
    p.nactions = RULES + 1;
    p.first_action = add_actions(&m, false);
    p.nmap = summed ? 2 : 0;
    p.dense_size = summed ? 16 : 0;
    for (uint32_t i = 0; i < 16; i++)
        MADE_NUMBER(&m, cells, 0);
    l[0].width = l[1].width = 4;
    l[0].nstates = l[1].nstates = 1;
    l[1].base = layout == POL_LAYOUT_TCAM ? 2 : 0;
    p.first_level = MADE_ADD(&m, levels, l, 2);
    MADE_ADD(&m, programs, &p, 1);
    made_remap(&m, &zero);
    return m;
}

/* With entries: op1 is 1, or op2 is 2. */
static struct made two_entries(void)
{
    struct made m = two_maps(POL_LAYOUT_TCAM);
    const struct pol_prt_ternary e[] = {{{1, 0}, {3, 0}, 2}, {{8, 0}, {12, 0}, 2}};
    m.programs[0].dense_base = MADE_ADD(&m, ternary, e, 2);
    m.programs[0].dense_size = 2;
    return m;
}

/* The first level sorts the argument of slot 1 by the bounds 5 and 9. */
static struct made one_value(void)
{
    struct made m = two_maps(POL_LAYOUT_DAG);
    const uint32_t map[] = {5, 9, 0, 3, 0};
    m.levels[0].kind = POL_LEVEL_VALUE;
    m.levels[0].slot = 1;
    m.levels[0].value = 2;
    m.levels[0].map = MADE_ADD(&m, maps, map, 5);
    return m;
}

/* Two deciders and one program. */
static struct made one_for_all(void)
{
    struct made m = two_maps(POL_LAYOUT_DAG);
    m.programs[0].first_tuple = 0;
    m.programs[0].first_action = 0;
    m.programs[0].nactions = 2;
    const struct pol_prt_decider second = {.first_rule = 0, .nrules = 2};
    MADE_ADD(&m, deciders, &second, 1);
    MADE_NUMBER(&m, remap, 0);
    MADE_NUMBER(&m, remap, 0);
    const uint32_t tuples[] = {3, 0, 4, 1};
    MADE_ADD(&m, tuples, tuples, 4);
    return m;
}

static void expect(struct made m, const char *text)
{
    char why[256] = "";
    struct pol_table *t = made_load(&m, why, sizeof why);
    if (text && !strstr(why, text))
        printf("# got \"%s\", want \"%s\"\n", why, text);
    CHECK(text ? !t && strstr(why, text) : t != NULL);
    pol_table_free(t);
    made_close(&m);
}

/* A table with one change. */
#define REFUSED(make, change, text)                                                                \
    do {                                                                                           \
        struct made m = make;                                                                      \
        change;                                                                                    \
        expect(m, text);                                                                           \
    } while (0)
#define ACCEPTED(make, change) REFUSED(make, change, NULL)

static void refuse_maps(void)
{
    CASE("class maps: invalid entries anywhere, nothing else beyond the width");
    ACCEPTED(two_maps(POL_LAYOUT_DAG), (void)m);
    ACCEPTED(two_maps(POL_LAYOUT_DAG), m.maps[0] = 0);
    ACCEPTED(two_maps(POL_LAYOUT_DAG), m.maps[2] = POL_MAP_INVALID);
    ACCEPTED(two_maps(POL_LAYOUT_DAG), m.maps[1] = m.maps[2] = m.maps[3] = POL_MAP_INVALID);
    REFUSED(two_maps(POL_LAYOUT_DAG), m.maps[2] = POL_MAP_INVALID | 1, "neither a class");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.maps[2] = UINT32_MAX, "neither a class");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.maps[2] = 4, "beyond the table's width");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.levels[0].mask = 2, "class map");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.levels[1].mask = 7, "class map");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.levels[1].kind = 4, "unknown kind");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.cells[3] = RULES + 1, "state out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.levels[1].base = 13, "cells out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.levels[1].nstates = 0, "state out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.programs[0].start = 1, "start state");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.programs[0].nmap = 1, "a chain that sums");
}

static void refuse_programs(void)
{
    CASE("programs: layouts, levels and actions");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.programs[0].layout = 4, "unknown layout");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.programs[0].nlevels = 3, "levels out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.programs[0].first_action = 1, "actions out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.programs[0].nactions = 0, "no action");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.actions[0].rule = RULES, "rule out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.remap[1] = 1, "program out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.meta[0].target = m.n_strings, "string out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.rules[1].response = 1, "unknown response");
}

static void refuse_sums(void)
{
    CASE("dense and flat: the sum stays inside the table");
    ACCEPTED(two_maps(POL_LAYOUT_DENSE), (void)m);
    ACCEPTED(two_maps(POL_LAYOUT_DENSE), m.maps[1] = POL_MAP_INVALID);
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.programs[0].dense_size = 15, "dense index");
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.programs[0].dense_base = 1, "dense index");
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.maps[1] = 13, "dense index");
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.maps[1] = m.maps[5] = POL_MAP_INVALID - 1, "dense index");
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.programs[0].nmap = 0, "without levels");
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.programs[0].nmap = 3, "without levels");
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.levels[0].kind = POL_LEVEL_TEST, "no class map");
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.cells[15] = RULES + 1, "state out of range");
    CASE("flat: the codes are side by side, the last one lowest");
    ACCEPTED(two_maps(POL_LAYOUT_FLAT), (void)m);
    ACCEPTED(two_maps(POL_LAYOUT_FLAT), m.maps[0] = 0);
    ACCEPTED(two_maps(POL_LAYOUT_FLAT), m.maps[3] = POL_MAP_INVALID);
    REFUSED(two_maps(POL_LAYOUT_FLAT), m.maps[1] = 8, "side by side");
    REFUSED(two_maps(POL_LAYOUT_FLAT), m.maps[5] = 0, "side by side");
    REFUSED(two_maps(POL_LAYOUT_FLAT), m.maps[0] = 1, "side by side");
    REFUSED(two_maps(POL_LAYOUT_FLAT), (m.levels[0].map = 4, m.levels[1].map = 0), "side by side");
    REFUSED(two_maps(POL_LAYOUT_FLAT), m.programs[0].dense_size = 15, "dense index");
}

/* The address of a flat program would have more than 31 bits. */
static struct made long_address(void)
{
    struct made m = made_open(1, RULES);
    struct pol_prt_program p = {.layout = POL_LAYOUT_FLAT, .nlevels = 9, .nmap = 9};
    const uint32_t zero = 0;
    for (uint32_t i = 0; i < 16; i++)
        MADE_NUMBER(&m, maps, POL_MAP_INVALID);
    for (uint32_t i = 0; i < 9; i++) {
        const struct pol_prt_level l = {.mask = 15, .value = 16};
        MADE_ADD(&m, levels, &l, 1);
    }
    p.first_tuple = POL_NONE;
    p.dense_size = 1;
    p.nactions = RULES + 1;
    p.first_action = add_actions(&m, false);
    MADE_NUMBER(&m, cells, 0);
    MADE_ADD(&m, programs, &p, 1);
    made_remap(&m, &zero);
    return m;
}

static void refuse_values(void)
{
    CASE("classes of arguments: ascending bounds, inputs below the width");
    ACCEPTED(one_value(), (void)m);
    ACCEPTED(one_value(), m.levels[0].slot = 2);
    REFUSED(one_value(), m.maps[9] = 5, "do not ascend");
    REFUSED(one_value(), m.maps[9] = 4, "do not ascend");
    REFUSED(one_value(), m.maps[10] = 4, "beyond the table's width");
    REFUSED(one_value(), m.maps[12] = 4, "beyond the table's width");
    REFUSED(one_value(), m.maps[11] = POL_MAP_INVALID, "too large");
    REFUSED(one_value(), m.levels[0].value = 0, "bounds out of range");
    REFUSED(one_value(), m.levels[0].value = 3, "bounds out of range");
    REFUSED(one_value(), m.levels[0].value = UINT32_MAX, "too much work");
    REFUSED(one_value(), m.levels[0].slot = 0, "no argument");
    REFUSED(one_value(), m.levels[0].slot = MADE_SLOTS, "operand out of range");
    REFUSED(one_value(), m.levels[0].operand = POL_OPERANDS, "operand out of range");
}

static void refuse_entries(void)
{
    CASE("tcam: inputs side by side in 64 bits, entries within them that agree");
    ACCEPTED(two_entries(), (void)m);
    ACCEPTED(two_entries(),
             (m.levels[1].base = 62, m.ternary[1].value[0] = 1u << 0, m.ternary[1].mask[0] = 1));
    REFUSED(two_entries(), m.levels[1].base = 63, "side by side");
    REFUSED(two_entries(), m.levels[1].base = 64, "side by side");
    REFUSED(two_entries(), m.levels[1].base = UINT32_MAX, "side by side");
    REFUSED(two_entries(), m.levels[1].base = 1, "side by side");
    REFUSED(two_entries(), m.levels[0].width = 5, "side by side");
    REFUSED(two_entries(), m.levels[0].width = 3, "beyond the table's width");
    REFUSED(two_entries(), m.levels[0].width = 0, "beyond the table's width");
    REFUSED(two_entries(), m.ternary[0].state = RULES + 1, "bad entry");
    REFUSED(two_entries(), m.ternary[0].value[0] = 5, "bad entry");
    REFUSED(two_entries(), m.ternary[0].value[1] = 1, "bad entry");
    REFUSED(two_entries(), m.ternary[0].mask[0] = 19, "bad entry");
    REFUSED(two_entries(), m.ternary[0].mask[1] = 1, "bad entry");
    REFUSED(two_entries(), m.ternary[0].state = 1, "disagree");
    REFUSED(two_entries(), m.programs[0].dense_size = 3, "entries out of range");
    REFUSED(two_entries(), m.programs[0].dense_base = UINT32_MAX, "entries out of range");
    REFUSED(two_entries(), m.programs[0].start = RULES + 1, "start state");
    REFUSED(two_entries(), m.programs[0].nmap = 1, "start state");
}

static void refuse_tuples(void)
{
    CASE("a program for all deciders: used by all, with each decider's own rules");
    ACCEPTED(one_for_all(), (void)m);
    REFUSED(one_for_all(), m.tuples[2] = m.n_actions, "action out of range");
    REFUSED(one_for_all(), m.tuples[1] = 2, "rule out of range");
    REFUSED(one_for_all(), m.tuples[3] = 3, "rule out of range");
    REFUSED(one_for_all(), m.programs[0].first_tuple = 1, "tuples out of range");
    REFUSED(one_for_all(), m.programs[0].nactions = 3, "tuples out of range");
    REFUSED(one_for_all(), m.programs[0].first_action = 1, "actions of its own");
    for (uint32_t i = 0; i < 4; i++) {
        struct made m = one_for_all();
        struct pol_prt_program alone = m.programs[0];
        alone.first_tuple = POL_NONE;
        m.remap[i] = MADE_ADD(&m, programs, &alone, 1);
        expect(m, "not used by all");
    }
}

static void refuse_records(void)
{
    const struct pol_prt_counter counter = {.max = 3};
    const struct pol_prt_entity entity = {.literal = 0};
    const uint32_t literal[16] = {0};
    CASE("records that decide nothing");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.levels[0].kind = POL_LEVEL_EXPR, "empty expression");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.levels[0].value = 1, "class map");
    REFUSED(two_maps(POL_LAYOUT_DENSE), m.maps[2] = UINT32_MAX, "neither a class");
    REFUSED(two_maps(POL_LAYOUT_DAG), MADE_NUMBER(&m, remap, 0), "wrong size");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.actions[0].verdict = 3, "bad verdict");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.actions[0].written = 16, "bad verdict");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.actions[0].rule = POL_NONE, "does not fit");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.actions[1].written = 1, "failing one with results");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.ops[0].a = POL_RESULTS, "store out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.deciders[0].is_global = 1, "DECIDERS");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.deciders[0].domain = 1, "DECIDERS");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.deciders[0].first_rule = 1, "DECIDERS");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.deciders[0].name = m.n_strings, "DECIDERS");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.rules[0].file = m.n_strings, "RULES");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.rules[0].policy = m.n_strings, "RULES");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.rules[0].message = m.n_strings, "RULES");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.rules[0].text = m.n_strings, "RULES");
    REFUSED(two_maps(POL_LAYOUT_DAG), m.rules[0].allow = 2, "RULES");
    ACCEPTED(two_maps(POL_LAYOUT_DAG), MADE_ADD(&m, counters, &counter, 1));
    REFUSED(two_maps(POL_LAYOUT_DAG),
            (MADE_ADD(&m, counters, &counter, 1), m.counters[0].decider = 1), "COUNTERS");
    REFUSED(two_maps(POL_LAYOUT_DAG),
            (MADE_ADD(&m, counters, &counter, 1), m.counters[0].exhaust = 2), "COUNTERS");
    REFUSED(two_maps(POL_LAYOUT_DAG),
            (MADE_ADD(&m, counters, &counter, 1), m.counters[0].name = m.n_strings), "COUNTERS");
    REFUSED(two_maps(POL_LAYOUT_DAG),
            (MADE_ADD(&m, entities, &entity, 1), MADE_ADD(&m, literals, literal, 16),
             m.entities[0].name = m.n_strings),
            "ENTITIES: out of range");
    REFUSED(two_maps(POL_LAYOUT_DAG),
            (MADE_ADD(&m, entities, &entity, 1), m.entities[0].literal = 9), "ENTITIES");
}

/* Many entries are compared with each other, many fused actions looked through. */
static void refuse_greed(void)
{
    enum { MANY = 100000 };
    struct made m = two_entries();
    const struct pol_prt_ternary same = {{1, 0}, {3, 0}, 2};
    CASE("tables that ask for too much work");
    for (uint32_t i = 0; i < MANY; i++)
        MADE_ADD(&m, ternary, &same, 1);
    m.programs[0].dense_size = MANY;
    expect(m, "too much work");
    m = one_for_all();
    for (uint32_t i = 0; i < MANY; i++)
        MADE_NUMBER(&m, tuples, 3);
    const struct pol_prt_op op = {.op = POL_OPC_CONST};
    m.meta[0].max_values = 1000;
    m.actions[3].first_op = m.n_ops;
    m.actions[3].nops = 1000;
    for (uint32_t i = 0; i < 1000; i++)
        MADE_ADD(&m, ops, &op, 1);
    m.programs[0].nactions = MANY / 2;
    expect(m, "too much work");
}

static void refuse_version(void)
{
    struct made m = two_maps(POL_LAYOUT_DAG);
    size_t size;
    char why[256] = "";
    unsigned char *bytes = made_pack(&m, &size);
    struct pol_prt_header h;
    CASE("version 1 is refused, with advice");
    memcpy(&h, bytes, sizeof h);
    h.major = 1;
    memcpy(bytes, &h, sizeof h);
    CHECK(!pol_table_load_bytes(bytes, size, why, sizeof why));
    CHECK_STR(why, "rule table version 1.0, this tool reads 2.x: compile the policy again");
    free(bytes);
    made_close(&m);
}

int main(void)
{
    check_layout("chains say what the file says", POL_LAYOUT_DAG);
    check_layout("dense programs say what the file says", POL_LAYOUT_DENSE);
    check_layout("flat programs say what the file says", POL_LAYOUT_FLAT);
    check_layout("ternary programs say what the file says", POL_LAYOUT_TCAM);
    check_large();
    refuse_maps();
    refuse_programs();
    refuse_sums();
    REFUSED(long_address(), (void)m, "address too long");
    refuse_values();
    refuse_entries();
    refuse_tuples();
    refuse_records();
    refuse_greed();
    refuse_version();
    return check_done();
}
