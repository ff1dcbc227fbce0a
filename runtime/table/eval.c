/* The evaluator of rule tables: freestanding, no allocation, no recursion.  Lookups do not branch
 * on tags; a step that is not simply allowed is decided again in full. Every index it uses was
 * bounded by pol_table_validate; operand values are masked or compared. */
#include "runtime/table/plan.h"

struct run {
    const struct pol_table *t;
    struct pol_eval *ev;
    const void *const *in; /* words of the operands */
    uint32_t *const *out;  /* never NULL: what nobody wants goes to the sink */
    uint32_t cause, tag;   /* the first failure */
    uint32_t *base[PLAN_BASES];
};

enum { DECODED = 4096 }; /* a power of two */

/* Slots from one word to the next. */
static size_t stride(const struct pol_table *t)
{
    return ((size_t)t->meta->nslots + 1) / 2 * 2;
}

size_t pol_eval_bytes(const struct pol_table *t)
{
    return sizeof(int64_t) * ((size_t)t->meta->max_values + 1) +
           (sizeof(uint64_t) + sizeof(uint64_t)) * ((size_t)t->n_counters + 1) +
           sizeof(uint32_t) * (1 + 2 * POL_RESULTS) * (stride(t) + 2) +
           sizeof(struct pol_decoded) * DECODED;
}

void pol_eval_init(struct pol_eval *ev, const struct pol_table *t, void *memory)
{
    ev->table = t;
    ev->values = memory;
    ev->counters = (uint64_t *)(void *)(ev->values + t->meta->max_values + 1);
    ev->used = (uint32_t *)(void *)(ev->counters + t->n_counters + 1);
    ev->sink = ev->used + 2 * ((size_t)t->n_counters + 1);
    ev->results = ev->sink + stride(t) + 2;
    ev->decoded = (struct pol_decoded *)(void *)(ev->results + 2 * POL_RESULTS * (stride(t) + 2));
    uint32_t none = pol_eval_decode(t, 0);
    for (uint32_t i = 0; i < DECODED; i++)
        ev->decoded[i] = (struct pol_decoded){0, none};
    for (uint32_t i = 0; i < t->n_counters; i++)
        ev->counters[i] = 0;
    pol_eval_begin(ev);
}

void pol_eval_begin(struct pol_eval *ev)
{
    ev->idle = true;
    for (uint32_t i = 0; i < ev->table->n_counters; i++)
        ev->used[i] = 0;
}

/* Counters of kind wrap stay within 0..max; spent ones stop at max + 1. */
void pol_eval_commit(struct pol_eval *ev)
{
    const struct pol_table *t = ev->table;
    for (uint32_t i = 0; i < t->n_counters; i++) {
        if (ev->used[i] == 0)
            continue;
        uint64_t size = (uint64_t)t->counters[i].max + 1;
        uint64_t next = ev->counters[i] + ev->used[i];
        ev->counters[i] = t->counters[i].exhaust ? (next > size ? size : next) : next % size;
        ev->used[i] = 0;
    }
    ev->idle = true;
}

uint32_t pol_eval_decode(const struct pol_table *t, uint32_t word)
{
    for (uint32_t i = 0; i < t->n_decode; i++)
        if ((word & t->decode[i].mask) == t->decode[i].match)
            return t->decode[i].opclass;
    return 0;
}

static void fail_once(struct run *r, int64_t when, uint32_t cause, uint32_t tag)
{
    bool first = when != 0 && r->cause == POL_CAUSE_NONE;
    r->cause = first ? cause : r->cause;
    r->tag = first ? tag : r->tag;
}

static int64_t fresh(struct run *r, uint32_t counter, uint32_t index)
{
    uint64_t size = (uint64_t)r->t->counters[counter].max + 1;
    uint32_t *used = &r->ev->used[counter];
    *used = index + 1 > *used ? index + 1 : *used;
    r->ev->idle = false;
    return (int64_t)((r->ev->counters[counter] + index) % size);
}

static int64_t spent(const struct run *r, uint32_t counter, uint32_t index)
{
    const struct pol_prt_counter *c = &r->t->counters[counter];
    return c->exhaust && r->ev->counters[counter] + index > c->max;
}

static bool equal_slots(const uint32_t *a, const uint32_t *b, uint32_t n)
{
    uint32_t differ = 0;
    for (uint32_t i = 0; i < n; i++)
        differ |= a[i] ^ b[i];
    return differ == 0;
}

static inline const uint32_t *operand(const void *const *in, uint32_t which)
{
    return in[which];
}

static void copy_slots(const struct run *r, const struct pol_prt_op *op)
{
    for (uint32_t i = 0; i < op->d; i++)
        r->out[op->a][op->b + i] = operand(r->in, op->c)[op->b + i];
}

static void store(struct run *r, const struct pol_prt_op *op, uint32_t value)
{
    r->out[op->a][op->b] = value;
}

static int64_t arith(uint32_t opcode, int64_t a, int64_t b)
{
    switch (opcode) {
    case POL_OPC_ADD:
        return (int64_t)((uint64_t)a + (uint64_t)b);
    case POL_OPC_SUB:
        return (int64_t)((uint64_t)a - (uint64_t)b);
    case POL_OPC_MUL:
        return (int64_t)((uint64_t)a * (uint64_t)b);
    case POL_OPC_DIV:
        return b <= 0 ? 0 : a / b;
    default:
        return b <= 0 ? 0 : a % b;
    }
}

static inline uint32_t matrix_bit(const uint32_t *words, uint32_t index)
{
    return words[index / 32] >> (index % 32) & 1u;
}

/* Runs a list of the file's operations, in 64 bits; returns the last value. */
static int64_t run_wide(struct run *r, uint32_t first, uint32_t n)
{
    const struct pol_prt_op *ops = r->t->ops + first;
    const uint32_t *lut = r->t->lut;
    int64_t *v = r->ev->values;
    int64_t x = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct pol_prt_op *op = &ops[i];
        x = 0;
        switch (op->op) {
        case POL_OPC_SLOT:
            x = operand(r->in, op->a)[op->b];
            break;
        case POL_OPC_CONST:
            x = (int64_t)((uint64_t)op->a | (uint64_t)op->b << 32);
            break;
        case POL_OPC_MAP1:
            x = lut[op->b + ((uint32_t)v[op->a] & op->c)];
            break;
        case POL_OPC_MAP2:
            x = lut[op->c + (((uint32_t)v[op->a] & op->d) << op->e |
                             ((uint32_t)v[op->b] & ((1u << op->e) - 1)))];
            break;
        case POL_OPC_MATRIX:
            x = matrix_bit(lut + op->c, ((uint32_t)v[op->a] & op->d) << op->e |
                                            ((uint32_t)v[op->b] & ((1u << op->e) - 1)));
            break;
        case POL_OPC_AND:
            x = v[op->a] & v[op->b];
            break;
        case POL_OPC_OR:
            x = v[op->a] | v[op->b];
            break;
        case POL_OPC_ANDNOT:
            x = v[op->a] & ~v[op->b];
            break;
        case POL_OPC_BIT:
            x = (int64_t)((uint64_t)v[op->a] >> op->b & 1);
            break;
        case POL_OPC_ADD:
        case POL_OPC_SUB:
        case POL_OPC_MUL:
        case POL_OPC_DIV:
        case POL_OPC_MOD:
            x = arith(op->op, v[op->a], v[op->b]);
            break;
        case POL_OPC_EQ:
            x = v[op->a] == v[op->b];
            break;
        case POL_OPC_LT:
            x = v[op->a] < v[op->b];
            break;
        case POL_OPC_SELECT:
            x = v[op->a] ? v[op->b] : v[op->c];
            break;
        case POL_OPC_EQSLOTS:
            x = equal_slots(operand(r->in, op->a) + op->b, operand(r->in, op->c) + op->d, op->e);
            break;
        case POL_OPC_NEW:
            x = fresh(r, op->a, op->b);
            break;
        case POL_OPC_SPENT:
            x = spent(r, op->a, op->b);
            break;
        case POL_OPC_FAIL:
            fail_once(r, v[op->a], op->b, op->c);
            break;
        case POL_OPC_STORE:
            store(r, op, (uint32_t)v[op->c]);
            break;
        case POL_OPC_STOREC:
            fail_once(r, (uint32_t)v[op->c] - 1u >= op->d - 1u, POL_CAUSE_INVALID, POL_NO_TAG);
            store(r, op, (uint32_t)v[op->c]);
            break;
        case POL_OPC_STOREB:
            fail_once(r, !((uint32_t)v[op->c] & POL_VALID_BIT), POL_CAUSE_INVALID, POL_NO_TAG);
            store(r, op, (uint32_t)v[op->c]);
            break;
        case POL_OPC_COPY:
            copy_slots(r, op);
            break;
        case POL_OPC_PUT:
            store(r, op, op->c);
            break;
        default:
            break;
        }
        v[i] = x;
    }
    return x;
}

/* One folded operation's value. */
static inline uint32_t plan_value(struct run *r, const struct plan_op *op)
{
    const uint32_t *a = r->base[op->abase] + op->a;
    const uint32_t *b = r->base[op->bbase] + op->b;
    switch (op->code) {
    case PLAN_MOV:
        return *a;
    case PLAN_MAP1:
        return r->t->lut[op->lut + (*a & op->mask)];
    case PLAN_MAP2:
        return r->t->lut[op->lut + ((*a & op->mask) << op->shift | (*b & ((1u << op->shift) - 1)))];
    case PLAN_MATRIX:
        return matrix_bit(r->t->lut + op->lut,
                          (*a & op->mask) << op->shift | (*b & ((1u << op->shift) - 1)));
    case PLAN_AND:
        return *a & *b;
    case PLAN_OR:
        return *a | *b;
    case PLAN_ANDNOT:
        return *a & ~*b;
    case PLAN_BIT:
        return (uint32_t)((uint64_t)*a >> op->shift & 1);
    case PLAN_EQ:
        return *a == *b;
    case PLAN_LT:
        return *a < *b;
    case PLAN_SELECT:
        return *a ? *b : r->base[op->cbase][op->c];
    case PLAN_EQSLOTS:
        return equal_slots(a, b, op->lut);
    case PLAN_NEW:
        return (uint32_t)fresh(r, op->a, op->b);
    case PLAN_SPENT:
        return (uint32_t)spent(r, op->a, op->b);
    default:
        return 0;
    }
}

/* Runs a list; returns its last value. */
static uint32_t run_list(struct run *r, const struct plan_list *list)
{
    if (list->wide)
        return (uint32_t)run_wide(r, list->first, list->n);
    const struct plan_op *op = list->ops;
    uint32_t x = 0;
    for (const struct plan_op *end = op + list->n; op < end; op++) {
        if (op->code == PLAN_FAIL) {
            fail_once(r, r->base[op->abase][op->a], op->b, op->c);
            continue;
        }
        uint32_t *to = r->base[op->dbase] + op->d;
        if (op->code == PLAN_COPY) {
            for (uint32_t i = 0; i < op->lut; i++)
                to[i] = r->base[op->abase][op->a + i];
            continue;
        }
        *to = x = plan_value(r, op);
        if (op->range)
            fail_once(r, x - op->lo >= op->range, POL_CAUSE_INVALID, POL_NO_TAG);
    }
    return x;
}

/* How many of n bounds, at least one, are at most x.  The number of steps depends on n alone. */
static inline uint32_t count_bounds(const uint32_t *bounds, uint32_t n, uint32_t x)
{
    const uint32_t *at = bounds;
    while (n > 1) {
        uint32_t half = n / 2;
        at += at[half - 1] <= x ? half : 0;
        n -= half;
    }
    return (uint32_t)(at - bounds) + (*at <= x);
}

/* The class of a code; *bad collects invalid ones, whose class is 0. */
static inline uint32_t class_of(const struct plan_level *l, uint32_t code, uint32_t *bad)
{
    uint32_t class = l->map[code & l->mask];
    *bad |= (code - 1u >= l->value) | class >> 31;
    return class & ~POL_MAP_INVALID;
}

/* The input of a level that is no list; *bad collects invalid codes. */
static inline uint32_t look(const void *const *in, const struct plan_level *l, uint32_t *bad)
{
    uint32_t x = operand(in, l->operand)[l->slot];
    switch (l->kind) {
    case POL_LEVEL_MAP:
        return class_of(l, x, bad);
    case POL_LEVEL_TEST:
        *bad |= !(x & POL_VALID_BIT);
        return (x & l->mask) == l->value;
    case POL_LEVEL_VALUE:
        return l->map[l->value + count_bounds(l->map, l->value, x)];
    case PLAN_LEVEL_EQ:
        return x == operand(in, l->other)[l->value];
    default:
        return x < operand(in, l->other)[l->value];
    }
}

/* The input of one level; *bad collects invalid codes. */
static inline uint32_t level_input(struct run *r, const struct plan_level *l, uint32_t *bad)
{
    if (l->kind == POL_LEVEL_EXPR)
        return run_list(r, &l->expr) & 1;
    return look(r->in, l, bad);
}

/* All inputs side by side. */
static uint32_t decide_tcam(struct run *r, const struct plan_program *p, uint32_t *bad)
{
    uint64_t key = 0;
    for (const struct plan_level *l = p->levels, *end = l + p->nlevels; l < end; l++)
        key |= (uint64_t)level_input(r, l, bad) << l->shift;
    return plan_match(p, key);
}

/* The chain of lookups: one state to the next.  The number of steps is the program's. */
static inline const struct plan_action *decide(struct run *r, const struct plan_program *p,
                                               uint32_t *bad)
{
    const struct plan_level *l = p->levels, *end = l + p->nlevels;
    uint32_t state = p->start, wrong = 0;
    if (p->nmap) {
        uint32_t index = 0;
        for (const struct plan_level *m = l + p->nmap; l < m; l++)
            index += class_of(l, r->base[l->operand][l->slot], &wrong);
        state = p->dense[index];
    }
    if (p->tcam) {
        state = decide_tcam(r, p, &wrong);
        l = end;
    }
    for (; l < end; l++)
        state = l->cells[state * l->width + level_input(r, l, &wrong)];
    *bad = wrong;
    return plan_action_at(p, state);
}

/* Why a decider that did not simply allow failed; ALLOW when it did allow after all. */
static enum pol_verdict explain(const struct run *r, uint32_t decider, const struct plan_action *a,
                                uint32_t bad, struct pol_failure *f)
{
    f->decider = decider;
    f->rule = a->rule;
    f->tag = POL_NO_TAG;
    if (bad || r->cause == POL_CAUSE_INVALID) {
        f->rule = POL_NO_RULE;
        f->cause = POL_CAUSE_INVALID;
        return POL_FAIL_IMPLICIT;
    }
    if (a->verdict != POL_ALLOW) {
        f->cause = a->verdict == POL_FAIL_EXPLICIT ? POL_CAUSE_RULE : POL_CAUSE_NO_RULE;
        return (enum pol_verdict)a->verdict;
    }
    f->cause = (enum pol_cause)r->cause;
    f->tag = r->tag;
    return r->cause == POL_CAUSE_NONE ? POL_ALLOW : POL_FAIL_EXPLICIT;
}

/* Runs one decider: its action, with its results done if it allows.  *bad: an invalid operand. */
static inline const struct plan_action *run_decider(struct run *r, const struct plan_program *p,
                                                    uint32_t *bad)
{
    r->cause = POL_CAUSE_NONE;
    const struct plan_action *a = decide(r, p, bad);
    if (a->ops.n && !*bad)
        run_list(r, &a->ops);
    return a;
}

/* What a failure asks for: an index into RESPONSES. */
static uint32_t response_of(const struct pol_table *t, const struct pol_failure *f)
{
    if (f->cause != POL_CAUSE_RULE)
        return t->meta->response;
    return t->rules[t->deciders[f->decider].first_rule + f->rule].response;
}

static void note_failure(const struct pol_table *t, struct pol_answer *ans, enum pol_verdict v,
                         const struct pol_failure *f)
{
    uint32_t response = response_of(t, f);
    if (v > ans->verdict) {
        ans->verdict = v;
        ans->first = *f;
    }
    if (ans->response == POL_NO_RESPONSE ||
        t->responses[response].action > t->responses[ans->response].action)
        ans->response = response;
    if (ans->nfailures < POL_MAX_FAILURES)
        ans->failures[ans->nfailures] = *f;
    ans->nfailures++;
}

/* The rules that matched, asked for a report and let others decide. */
static void note_reports(const struct pol_table *t, struct pol_answer *ans, uint32_t decider,
                         const struct plan_action *a)
{
    for (uint32_t i = 0; i < a->nreports; i++, ans->nreports++)
        if (ans->nreports < POL_MAX_REPORTS)
            ans->reports[ans->nreports] =
                (struct pol_report_rule){decider, t->reports[a->first_report + i]};
}

/* Slots that move together. */
struct pair {
    uint32_t slot[2];
};
struct quad {
    uint32_t slot[4];
};

/* Words are whole pairs of slots in memory. */
static inline void copy_word(const struct pol_table *t, const void *from, void *to)
{
    const struct pair *a = from, *end = a + t->plan->npairs;
    struct pair *b = to;
    for (; end - a > 1; a += 2, b += 2)
        *(struct quad *)(void *)b = *(const struct quad *)(const void *)a;
    if (a < end)
        *b = *a;
}

/* Slot by slot: a wide load from slots that were just written one by one makes the processor wait.
 */
static inline void move_slots(const uint32_t *from, uint32_t *to, uint32_t n)
{
    for (; n > 3; n -= 4, from += 4, to += 4) {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
        to[3] = from[3];
    }
    for (; n; n--)
        *to++ = *from++;
}

static void start_run(struct run *r, struct pol_eval *ev, const void *const *in,
                      uint32_t *const *out)
{
    const struct pol_plan *plan = ev->table->plan;
    r->t = ev->table;
    r->ev = ev;
    r->in = in;
    r->out = out;
    r->cause = POL_CAUSE_NONE;
    r->tag = POL_NO_TAG;
    for (int i = 0; i < POL_OPERANDS; i++) /* only read through these bases */
        r->base[PLAN_IN + i] = (uint32_t *)(uintptr_t)in[i];
    r->base[PLAN_VALUES] = (uint32_t *)(void *)ev->values;
    r->base[PLAN_CONSTS] = plan->consts ? plan->consts : ev->sink;
    for (int i = 0; i < POL_RESULTS; i++)
        r->base[PLAN_OUT + i] = out[i];
}

/* No global decided: their own tags leave every destination that the instruction writes. */
static void clear_globals(struct run *r, uint32_t has)
{
    const struct pol_table *t = r->t;
    for (uint32_t d = 0; d < t->n_domains; d++) {
        const struct pol_prt_domain *dom = &t->domains[d];
        if (dom->kind != POL_DOMAIN_GLOBAL)
            continue;
        for (uint32_t res = POL_RES_RD; res < POL_RESULTS; res++)
            for (uint32_t s = 0; (has >> res & 1u) && s < dom->nslots; s++)
                r->out[res][dom->first_slot + s] = t->empty[dom->first_slot + s];
    }
}

static void fail_whole(const struct pol_table *t, struct pol_answer *ans, enum pol_cause cause)
{
    struct pol_failure f = {POL_NO_RULE, POL_NO_RULE, cause, POL_NO_TAG};
    note_failure(t, ans, POL_FAIL_IMPLICIT, &f);
}

/* Globals in order.  True when one of them settled the step. */
static bool run_globals(struct run *r, uint32_t opclass, uint32_t has, struct pol_answer *ans)
{
    for (uint32_t g = 0; g < r->t->meta->nglobals; g++) {
        struct pol_failure f;
        uint32_t bad;
        const struct plan_program *p = &r->t->plan->programs[opclass * r->t->n_deciders + g];
        const struct plan_action *a = run_decider(r, p, &bad);
        enum pol_verdict v = explain(r, g, a, bad, &f);
        if (f.cause != POL_CAUSE_INVALID)
            note_reports(r->t, ans, g, a);
        if (ans->deciding)
            ans->deciding[g] = f.rule;
        if (v == POL_FAIL_IMPLICIT && f.cause == POL_CAUSE_NO_RULE)
            continue;
        ans->written = v == POL_ALLOW ? (uint8_t)(a->written & has) : 0;
        if (v != POL_ALLOW)
            note_failure(r->t, ans, v, &f);
        return true;
    }
    return false;
}

static void run_components(struct run *r, uint32_t opclass, uint32_t has, struct pol_answer *ans)
{
    uint32_t all = 0, n = r->t->n_deciders;
    const struct plan_program *p = &r->t->plan->programs[opclass * n];
    for (uint32_t d = r->t->meta->nglobals; d < n; d++) {
        struct pol_failure f;
        uint32_t bad;
        const struct plan_action *a = run_decider(r, p + d, &bad);
        bool invalid = bad || r->cause == POL_CAUSE_INVALID;
        all |= a->written;
        if (a->nreports && !invalid)
            note_reports(r->t, ans, d, a);
        if (ans->deciding)
            ans->deciding[d] = invalid ? POL_NO_RULE : a->rule;
        if (bad || a->verdict != POL_ALLOW || r->cause != POL_CAUSE_NONE)
            note_failure(r->t, ans, explain(r, d, a, bad, &f), &f);
    }
    ans->written = ans->verdict == POL_ALLOW ? (uint8_t)(all & has) : 0;
}

/* ---- Results --------------------------------------------------------------------------------- */

/* Results are made aside, from the old words: first for the long way, then for pol_eval_aside. */
static uint32_t *open_result(const struct pol_eval *ev, const struct pol_inputs *in, uint32_t i)
{
    uint32_t *word = ev->results + i * stride(ev->table);
    copy_word(ev->table, in->old[i % POL_RESULTS], word);
    return word;
}

/* The long way: every decider, whatever it says. */
static void answer_fully(struct pol_eval *ev, uint32_t opclass, const struct pol_inputs *in,
                         void *const out[POL_RESULTS], struct pol_answer *ans)
{
    const struct pol_table *t = ev->table;
    uint32_t has = t->plan->classes[opclass].has;
    uint32_t *to[POL_RESULTS] = {ev->sink, ev->sink, ev->sink, ev->sink};
    struct run r;
    for (uint32_t res = 0; res < POL_RESULTS; res++)
        if (has >> res & 1u)
            to[res] = open_result(ev, in, res);
    start_run(&r, ev, in->in, to);
    if (!run_globals(&r, opclass, has, ans)) {
        if (t->meta->nglobals == t->n_deciders)
            fail_whole(t, ans, POL_CAUSE_NO_COMPONENT);
        run_components(&r, opclass, has, ans);
        if (t->meta->nglobals)
            clear_globals(&r, has);
    }
    for (uint32_t res = 0; ans->verdict == POL_ALLOW && res < POL_RESULTS; res++)
        if ((has >> res & 1u) && out[res])
            copy_word(t, to[res], out[res]);
}

/* ---- The short way --------------------------------------------------------------------------- */

/* Does the moves of an action; false when one came to an invalid code, which it does not write. */
static inline bool run_moves(const void *const *in, void *const *out, const struct plan_short *a)
{
    for (const struct plan_move *m = a->moves, *end = a->moves_end; m < end; m++) {
        uint32_t *to = (uint32_t *)out[m->out] + m->d;
        if (m->code <= PLAN_MOVE_PUT) {
            move_slots(m->code == PLAN_MOVE_PUT ? m->data : operand(in, m->in) + m->a, to, m->n);
            continue;
        }
        uint32_t index = operand(in, m->in)[m->a] & m->mask;
        if (m->code == PLAN_MOVE_MAP2)
            index = index << m->shift | (operand(in, m->in2)[m->b] & m->low);
        if (m->range && m->data[index] - m->lo >= m->range)
            return false;
        *to = m->data[index];
    }
    return true;
}

/* Tests and chain of a look, from a state: as look_once(). */
static const struct plan_short *follow(const void *const *in, const struct plan_look *k,
                                       uint32_t state)
{
    uint32_t bad = 0;
    for (const struct plan_level *l = k->tests; l < k->tests_end; l++)
        state += look(in, l, &bad) * l->width;
    if (k->dense)
        state = k->dense[state];
    for (const struct plan_level *l = k->chain; l < k->chain_end; l++)
        state = l->cells[state * l->width + look(in, l, &bad)];
    return k->actions[state].plain && !bad ? k->actions + state : NULL;
}

/* The action of a look; NULL when a code is invalid or the action is not plain.  Classes add up to
 * less than POL_MAP_INVALID, so an invalid code shows in the sum. */
static inline const struct plan_short *look_once(const void *const *in, const struct plan_look *k)
{
    uint64_t sum = k->start;
    uint32_t beyond = 0;
    for (const struct plan_map *m = k->maps, *end = k->maps_end; m < end; m++) {
        uint32_t x = operand(in, m->operand)[m->slot], index = x & m->mask;
        beyond |= x ^ index;
        sum += m->map[index];
    }
    if (beyond | (uint32_t)(sum >> 31))
        return NULL;
    if (k->more)
        return follow(in, k, (uint32_t)sum);
    const struct plan_short *a = k->actions + k->dense[sum];
    return a->plain ? a : NULL;
}

static void note_rules(const struct pol_table *t, const struct plan_short *a, uint32_t *deciding)
{
    for (uint32_t i = 0; i < t->n_deciders; i++)
        deciding[i] = a->rules[i];
}

static void answer_at_length(struct pol_eval *ev, uint32_t opclass, const struct pol_inputs *in,
                             void *const out[POL_RESULTS], struct pol_answer *ans)
{
    ans->verdict = POL_ALLOW;
    ans->nfailures = ans->nreports = 0;
    ans->response = POL_NO_RESPONSE;
    ans->written = 0;
    for (uint32_t d = 0; ans->deciding && d < ev->table->n_deciders; d++)
        ans->deciding[d] = POL_NO_RULE;
    if (opclass == 0)
        fail_whole(ev->table, ans, POL_CAUSE_UNDECODABLE);
    else
        answer_fully(ev, opclass, in, out, ans);
}

static uint32_t decode_cached(struct pol_eval *ev, const struct pol_inputs *in)
{
    uint32_t word = in->word;
    struct pol_decoded *d = &ev->decoded[(word ^ word >> 12 ^ word >> 20) & (DECODED - 1)];
    if (d->word != word)
        *d = (struct pol_decoded){word, pol_eval_decode(ev->table, word)};
    if (in->note)
        *in->note = d->opclass;
    return d->opclass;
}

void pol_eval_answer(struct pol_eval *ev, const struct pol_inputs *in, void *const out[POL_RESULTS],
                     struct pol_answer *ans)
{
    uint32_t opclass = in->note && *in->note ? *in->note : decode_cached(ev, in);
    const struct plan_class *c = &ev->table->plan->classes[opclass];
    const struct plan_short *a = c->usable ? look_once(in->in, &c->look) : NULL;
    if (!a || !run_moves(in->in, out, a)) {
        answer_at_length(ev, opclass, in, out, ans);
        return;
    }
    ans->verdict = POL_ALLOW;
    ans->nfailures = ans->nreports = 0;
    ans->response = POL_NO_RESPONSE;
    ans->written = a->written & c->has;
    if (ans->deciding)
        note_rules(ev->table, a, ans->deciding);
}

void pol_eval_aside(struct pol_eval *ev, const struct pol_inputs *in, void *const out[POL_RESULTS],
                    struct pol_answer *ans)
{
    struct pol_inputs inputs = *in;
    void *words[POL_RESULTS];
    for (uint32_t res = 0; res < POL_RESULTS; res++)
        inputs.old[res] = words[res] = open_result(ev, in, POL_RESULTS + res);
    pol_eval_answer(ev, &inputs, words, ans);
    for (uint32_t res = 0; ans->verdict == POL_ALLOW && res < POL_RESULTS; res++)
        if (out[res])
            copy_word(ev->table, words[res], out[res]);
}

void pol_eval_step(struct pol_eval *ev, uint32_t opclass, const uint32_t *const in[POL_OPERANDS],
                   const uint32_t *const old[POL_RESULTS], uint32_t *const out[POL_RESULTS],
                   struct pol_answer *ans)
{
    struct pol_inputs inputs = {.note = &opclass};
    void *to[POL_RESULTS];
    for (int i = 0; i < POL_OPERANDS; i++)
        inputs.in[i] = in[i];
    for (int i = 0; i < POL_RESULTS; i++) {
        inputs.old[i] = old[i];
        to[i] = out[i];
    }
    if (opclass == 0)
        answer_at_length(ev, 0, &inputs, to, ans);
    else
        pol_eval_aside(ev, &inputs, to, ans);
}

/* Merge and drop programs read operands 0 and 1 and store to result 0. */
static int run_pairwise(struct pol_eval *ev, const uint32_t *a, const uint32_t *b, uint32_t *out,
                        bool merge, uint32_t *tag)
{
    const struct pol_table *t = ev->table;
    const void *in[POL_OPERANDS] = {a, b, b, b, b, b};
    uint32_t *to[POL_RESULTS] = {out, ev->sink, ev->sink, ev->sink};
    struct run r;
    start_run(&r, ev, in, to);
    for (uint32_t d = 0; d < t->n_domains; d++)
        run_list(&r, merge ? &t->plan->merge[d] : &t->plan->drop[d]);
    *tag = r.tag;
    return r.cause == POL_CAUSE_NONE ? 0 : -1;
}

int pol_eval_merge(struct pol_eval *ev, const uint32_t *a, const uint32_t *b, uint32_t *out,
                   uint32_t *tag)
{
    return run_pairwise(ev, a, b, out, true, tag);
}

int pol_eval_drop_missing(struct pol_eval *ev, const uint32_t *a, const uint32_t *b, uint32_t *out)
{
    uint32_t tag;
    return run_pairwise(ev, a, b, out, false, &tag);
}
