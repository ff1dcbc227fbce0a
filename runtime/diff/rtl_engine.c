/* The tag unit in a simulator behind the engine interface. */
#include "rtl_engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rtl *rtl_of(struct pol_engine *e)
{
    return (struct rtl *)(void *)e; /* base is its first member */
}

int rtl_fail(char *err, size_t errsize, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (errsize > 0)
        vsnprintf(err, errsize, fmt, args);
    va_end(args);
    return -1;
}

/* ---- Driving the unit ------------------------------------------------------------------------ */

static uint32_t *in_word(struct rtl *r, uint32_t i)
{
    return r->in + 1 + i * r->nslots;
}

static const uint32_t *out_word(const struct rtl *r, uint32_t i)
{
    return r->out + POL_RTL_OUT_WORDS + 4 * r->base.ndeciders + i * r->nslots;
}

static void put_word(struct rtl *r, uint32_t i, const void *word)
{
    memcpy(in_word(r, i), word, r->nslots * sizeof(uint32_t));
}

static void take_word(const struct rtl *r, uint32_t i, void *word)
{
    memset(word, 0, r->base.value_size);
    memcpy(word, out_word(r, i), r->nslots * sizeof(uint32_t));
}

static bool drive(struct rtl *r, uint32_t control)
{
    r->dead = r->dead || !r->ops->drive(r, control);
    return !r->dead;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

enum { EIGHT_WORDS = POL_OPERANDS + 2 };

static void set_inputs(struct rtl *r, const struct pol_inputs *in)
{
    r->in[0] = in->word;
    for (uint32_t i = 0; i < POL_OPERANDS; i++)
        put_word(r, i, in->in[i]);
    put_word(r, POL_OPERANDS, in->old[POL_RES_RD]);
    put_word(r, POL_OPERANDS + 1, in->old[POL_RES_CSR]);
}

/* Keeps the inputs of this granule for the beats that a retiring step consists of. */
static void remember(struct rtl *r)
{
    size_t size = r->in_words * sizeof(uint32_t);
    if (r->nbeats == RTL_MAX_BEATS)
        r->dead = true; /* no access has so many granules */
    else
        memcpy(r->beats + r->nbeats++ * r->in_words, r->in, size);
}

static struct pol_failure failure(const struct rtl *r, uint32_t decider, const uint32_t *fail)
{
    const uint32_t *rules = r->out + POL_RTL_OUT_WORDS;
    bool built_in = fail[1] == POL_CAUSE_NO_RULE || fail[1] == POL_CAUSE_INVALID;
    uint32_t rule = built_in ? POL_NO_RULE : rules[decider];
    return (struct pol_failure){decider, rule, (enum pol_cause)fail[1], fail[2]};
}

/* Does the rule ask for a report and go on? */
static bool rtl_reports(const struct pol_table *t, uint32_t rule)
{
    return !t->rules[rule].allow &&
           t->responses[t->rules[rule].response].action == POL_ACTION_REPORT;
}

static void list_failures(const struct rtl *r, struct pol_answer *answer)
{
    const uint32_t *fails = r->out + POL_RTL_OUT_WORDS + r->base.ndeciders;
    for (uint32_t d = 0; d < r->base.ndeciders; d++) {
        if (fails[3 * d] == POL_ALLOW)
            continue;
        if (answer->nfailures < POL_MAX_FAILURES)
            answer->failures[answer->nfailures] = failure(r, d, fails + 3 * d);
        answer->nfailures++;
    }
}

/* Rules that ask for a report are bits, by decider, then in order. */
static void list_reports(const struct rtl *r, struct pol_answer *answer)
{
    const struct pol_table *t = r->table;
    const uint32_t *bits = r->out + pol_rtl_out_words(r->nslots, t->n_deciders, 0);
    uint32_t at = 0;
    answer->nreports = 0;
    for (uint32_t d = 0; d < t->n_deciders; d++)
        for (uint32_t rule = 0; rule < t->deciders[d].nrules; rule++) {
            if (!rtl_reports(t, t->deciders[d].first_rule + rule))
                continue;
            bool told = bits[at / 32] >> at % 32 & 1u;
            at++;
            if (told && answer->nreports < POL_MAX_REPORTS)
                answer->reports[answer->nreports] = (struct pol_report_rule){d, rule};
            answer->nreports += told;
        }
}

/* The response of a failure. */
static uint32_t response_of(const struct pol_table *t, const struct pol_failure *f)
{
    if (f->cause != POL_CAUSE_RULE || f->decider >= t->n_deciders ||
        f->rule >= t->deciders[f->decider].nrules)
        return t->meta->response;
    return t->rules[t->deciders[f->decider].first_rule + f->rule].response;
}

/* The unit tells the action: the response is that of the first failure which asks for it.  An
 * action that none asks for is no response at all. */
static uint32_t find_response(const struct rtl *r, const struct pol_answer *answer)
{
    const struct pol_table *t = r->table;
    uint32_t action = r->out[POL_RTL_OUT_RESPONSE], most = 0;
    for (uint32_t i = 0; i < answer->nfailures && i < POL_MAX_FAILURES; i++) {
        uint32_t asked = t->responses[response_of(t, answer->failures + i)].action;
        most = asked > most ? asked : most;
    }
    for (uint32_t i = 0; i < answer->nfailures && i < POL_MAX_FAILURES && action == most; i++)
        if (t->responses[response_of(t, answer->failures + i)].action == action)
            return response_of(t, answer->failures + i);
    return POL_NO_RESPONSE;
}

static void no_answer(struct pol_answer *answer)
{
    answer->verdict = POL_FAIL_IMPLICIT;
    answer->written = 0;
    answer->nreports = 0;
    answer->response = 0;
    answer->first = (struct pol_failure){POL_NO_RULE, POL_NO_RULE, POL_CAUSE_INVALID, POL_NO_TAG};
    answer->nfailures = 1;
    answer->failures[0] = answer->first;
}

static void read_answer(const struct rtl *r, struct pol_answer *answer)
{
    const uint32_t *out = r->out;
    bool valid = (out[POL_RTL_OUT_STATE] & 3u) == 3u, allow = out[POL_RTL_OUT_STATE] >> 2 & 1u;
    if (answer->deciding)
        memcpy(answer->deciding, out + POL_RTL_OUT_WORDS,
               r->base.ndeciders * sizeof *answer->deciding);
    /* `allow` and the kind of failure say the same twice */
    if (!valid || allow != (out[POL_RTL_OUT_KIND] == POL_ALLOW) ||
        out[POL_RTL_OUT_KIND] > POL_FAIL_EXPLICIT) {
        no_answer(answer);
        return;
    }
    answer->verdict = (enum pol_verdict)out[POL_RTL_OUT_KIND];
    answer->written = (uint8_t)out[POL_RTL_OUT_WRITTEN];
    answer->nfailures = 0;
    list_reports(r, answer);
    answer->response = out[POL_RTL_OUT_RESPONSE] == 0 ? POL_NO_RESPONSE : 0;
    if (allow)
        return;
    answer->first =
        (struct pol_failure){out[POL_RTL_OUT_DECIDER], out[POL_RTL_OUT_RULE],
                             (enum pol_cause)out[POL_RTL_OUT_CAUSE], out[POL_RTL_OUT_TAG]};
    list_failures(r, answer);
    if (answer->nfailures == 0) { /* no decider is to blame */
        answer->failures[0] = answer->first;
        answer->nfailures = 1;
    }
    answer->response = find_response(r, answer);
}

static void op_evaluate(struct pol_engine *e, const struct pol_inputs *in,
                        void *const out[POL_RESULTS], struct pol_answer *answer)
{
    struct rtl *r = rtl_of(e);
    set_inputs(r, in);
    remember(r);
    for (uint32_t d = 0; answer->deciding && d < e->ndeciders; d++)
        answer->deciding[d] = POL_NO_RULE;
    if (!drive(r, POL_RTL_VALID | POL_RTL_FIRST | POL_RTL_LAST)) {
        no_answer(answer);
        return;
    }
    read_answer(r, answer);
    for (uint32_t res = 0; answer->verdict == POL_ALLOW && res < POL_RESULTS; res++)
        if (out[res])
            take_word(r, res, out[res]);
}

static void op_begin(struct pol_engine *e)
{
    rtl_of(e)->nbeats = 0;
}

static void op_commit(struct pol_engine *e)
{
    struct rtl *r = rtl_of(e);
    for (uint32_t i = 0; i < r->nbeats; i++) {
        uint32_t control = POL_RTL_VALID | POL_RTL_CLOCK;
        control |= i == 0 ? POL_RTL_FIRST : 0u;
        control |= i + 1 == r->nbeats ? (uint32_t)POL_RTL_LAST | POL_RTL_COMMIT : 0u;
        memcpy(r->in, r->beats + i * r->in_words, r->in_words * sizeof(uint32_t));
        drive(r, control);
    }
    r->nbeats = 0;
}

/* ---- Sets ------------------------------------------------------------------------------------ */

static int op_encode(struct pol_engine *e, const uint32_t *lit, void *value)
{
    memset(value, 0, e->value_size);
    return pol_table_encode(rtl_of(e)->table, e->space, lit, value, NULL);
}

static int op_decode(struct pol_engine *e, const void *value, uint32_t *lit)
{
    return pol_table_decode(rtl_of(e)->table, e->space, value, lit);
}

static bool drive_pair(struct rtl *r, const void *a, const void *b)
{
    put_word(r, 0, a);
    put_word(r, 1, b);
    return drive(r, 0);
}

static int op_merge(struct pol_engine *e, const void *a, const void *b, void *out, uint32_t *tag)
{
    struct rtl *r = rtl_of(e);
    if (!drive_pair(r, a, b))
        return -1;
    take_word(r, 4, out);
    *tag = r->out[POL_RTL_OUT_MERGE_TAG];
    return r->out[POL_RTL_OUT_CONFLICT] ? -1 : 0;
}

static void op_drop_missing(struct pol_engine *e, const void *a, const void *b, void *out)
{
    struct rtl *r = rtl_of(e);
    if (drive_pair(r, a, b))
        take_word(r, 5, out);
    else
        memset(out, 0, e->value_size); /* invalid */
}

static void op_replace_domain(struct pol_engine *e, uint32_t domain, const void *a, const void *b,
                              void *out)
{
    const struct pol_prt_domain *d = &rtl_of(e)->table->domains[domain];
    size_t at = d->first_slot * sizeof(uint32_t);
    if (out != a)
        memmove(out, a, e->value_size);
    memmove((char *)out + at, (const char *)b + at, d->nslots * sizeof(uint32_t));
}

static void op_reset(struct pol_engine *e)
{
    struct rtl *r = rtl_of(e);
    r->nbeats = 0;
    drive(r, POL_RTL_RESET | POL_RTL_CLOCK);
}

static void op_destroy(struct pol_engine *e)
{
    struct rtl *r = rtl_of(e);
    r->ops->close(r);
    free(r->in);
    free(r->out);
    free(r->beats);
    free(r);
}

static const struct pol_engine_ops engine_ops[] = {
    {"verilator", op_encode, op_decode, op_begin, op_evaluate, op_commit, op_merge, op_drop_missing,
     op_replace_domain, op_reset, op_destroy},
    {"icarus", op_encode, op_decode, op_begin, op_evaluate, op_commit, op_merge, op_drop_missing,
     op_replace_domain, op_reset, op_destroy}};

bool pol_rtl_ended(struct pol_engine *engine)
{
    bool ours = engine->ops == &engine_ops[0] || engine->ops == &engine_ops[1];
    return ours && rtl_of(engine)->dead;
}

static uint32_t count_reports(const struct pol_table *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n_rules; i++)
        n += rtl_reports(t, i);
    return n;
}

struct rtl *rtl_new(const struct rtl_ops *ops, bool icarus, const struct pol_table *table,
                    const struct pol_space *space)
{
    struct rtl *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->ops = ops;
    r->table = table;
    r->nslots = table->meta->nslots;
    r->in_words = pol_rtl_in_words(r->nslots);
    r->out_words = pol_rtl_out_words(r->nslots, table->n_deciders, count_reports(table));
    r->base.ops = &engine_ops[icarus];
    r->base.space = space;
    r->base.ndeciders = table->n_deciders;
    r->base.ndomains = table->n_domains;
    r->base.value_size = ((size_t)r->nslots * sizeof(uint32_t) + 7) / 8 * 8;
    r->base.value_size += r->base.value_size == 0 ? 8 : 0;
    r->in = calloc(r->in_words, sizeof *r->in);
    r->out = calloc(r->out_words, sizeof *r->out);
    r->beats = calloc((size_t)RTL_MAX_BEATS * r->in_words, sizeof *r->beats);
    if (r->in && r->out && r->beats)
        return r;
    rtl_delete(r);
    return NULL;
}

void rtl_delete(struct rtl *r)
{
    if (r)
        op_destroy(&r->base);
}

struct pol_engine *rtl_start(struct rtl *r)
{
    op_reset(&r->base);
    return &r->base;
}
