/* Rules: when one matches, and what the table must answer when it is the first that does. */
#include "compiler/backend/smt2/emit.h"

bool smt2_is_report(const struct smt2 *s, uint32_t decider, uint32_t rule)
{
    const struct ir_rule *r = &s->ir->deciders[decider].rules[rule];
    return !r->allow && s->ir->responses[r->response].action == POL_ACTION_REPORT;
}

void smt2_scope(const struct smt2 *s, uint32_t decider, uint32_t *lo, uint32_t *hi)
{
    const struct ir_decider *d = &s->ir->deciders[decider];
    *lo = d->is_global ? 0 : d->domain;
    *hi = d->is_global ? s->t->n_domains : d->domain + 1;
}

/* ---- When a rule matches ------------------------------------------------------------------- */

static bool requires(const struct ir_cond *cond, uint32_t tag)
{
    for (uint32_t i = 0; i < cond->nrequired; i++)
        if (cond->required[i] == tag)
            return true;
    return false;
}

static smt2_term operand_matches(const struct smt2 *s, const struct ir_decider *decider,
                                 const struct ir_cond *cond, int op)
{
    const struct smt2_set *set = s->operands[op];
    struct smt2_all all = {0};
    if (cond->never)
        return "false";
    for (uint32_t i = 0; i < cond->nrequired; i++)
        smt2_all_add(s, &all, set->has[cond->required[i]]);
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        smt2_all_add(s, &all, smt2_not(s, set->has[cond->forbidden[i]]));
    for (uint32_t tag = 0; cond->exact && tag < s->t->n_tags; tag++)
        if (!requires(cond, tag) &&
            (decider->is_global || s->ir->tags[tag].domain == decider->domain))
            smt2_all_add(s, &all, smt2_not(s, set->has[tag]));
    return smt2_all_term(s, &all);
}

static smt2_term rule_matches(const struct smt2 *s, uint32_t decider, const struct ir_rule *rule)
{
    struct smt2_all all = {0};
    for (int op = 0; op < POL_OPERANDS; op++)
        smt2_all_add(s, &all, operand_matches(s, &s->ir->deciders[decider], &rule->cond[op], op));
    if (rule->guard.v != IR_NONE)
        smt2_all_add(s, &all, smt2_guard(s, rule->guard));
    return smt2_all_term(s, &all);
}

/* ---- What the table says, as constants ------------------------------------------------------- */

void smt2_declare_answer(const struct smt2 *s, uint32_t d)
{
    const struct pol_table *t = s->t;
    const char *name = s->deciders[d];
    uint32_t lo, hi;
    smt2_scope(s, d, &lo, &hi);
    smt2_put(s, "\n; What the table says for %s, in the opclass at hand.\n", name);
    smt2_put(s, "(declare-const fault/%s %s)\n(declare-const rule/%s %s)\n", name, SMT2_FAULT, name,
             SMT2_SLOT);
    for (uint32_t r = 0; r < s->ir->deciders[d].nrules; r++)
        if (smt2_is_report(s, d, r))
            smt2_put(s, "(declare-const report/%s/%u Bool)\n", name, r);
    for (uint32_t c = 0; c < s->ir->ncounters; c++)
        if (s->ir->counters[c].decider == d)
            smt2_put(s, "(declare-const used/%s %s)\n", s->counters[c], SMT2_SLOT);
    for (unsigned result = 0; result < POL_RESULTS; result++) {
        const char *word = smt2_text(s, "%s/%s", smt2_results[result], name);
        smt2_put(s, "(declare-const written/%s Bool)\n", word);
        if (lo < hi)
            smt2_declare_word(s, word, t->domains[lo].first_slot,
                              t->domains[hi - 1].first_slot + t->domains[hi - 1].nslots);
        for (uint32_t slot = 0; slot < t->n_slots; slot++)
            if (smt2_writes_slot(s, d, result, slot))
                smt2_declare_word(s, word, slot, slot + 1);
    }
}

/* ---- What it must say ---------------------------------------------------------------------- */

static smt2_term writes(unsigned result)
{
    static const char *const terms[POL_RESULTS] = {"true", "writes/rd", "writes/csr", "writes/mem"};
    return terms[result];
}

static const char *old_word(unsigned result)
{
    static const char *const words[POL_RESULTS] = {"env", "rd", "csr", "mem"};
    return words[result];
}

/* Slots of a result that are as they were: from `first` to `end`, or those beyond, if written. */
static void unchanged(const struct smt2 *s, uint32_t d, unsigned result, bool own,
                      struct smt2_all *all)
{
    const struct pol_table *t = s->t;
    uint32_t lo, hi, first = 0, end = 0;
    smt2_scope(s, d, &lo, &hi);
    if (lo < hi) {
        first = t->domains[lo].first_slot;
        end = t->domains[hi - 1].first_slot + t->domains[hi - 1].nslots;
    }
    for (uint32_t slot = 0; slot < t->n_slots; slot++) {
        bool inside = slot >= first && slot < end;
        if (inside ? own : smt2_writes_slot(s, d, result, slot))
            smt2_all_add(s, all,
                         smt2_text(s, "(= %s/%s/w%u %s/w%u)", smt2_results[result], s->deciders[d],
                                   slot, old_word(result), slot));
    }
}

/* The result holds the set, in a word that can stand there. */
static void gives(const struct smt2 *s, uint32_t d, unsigned result, const struct smt2_set *set,
                  struct smt2_all *all)
{
    static const char *const kinds[POL_RESULTS] = {"#x00000001", "kinds/rd", "#x00000010",
                                                   "#x00000020"};
    const char *word = smt2_text(s, "%s/%s", smt2_results[result], s->deciders[d]);
    uint32_t lo, hi;
    smt2_scope(s, d, &lo, &hi);
    for (uint32_t domain = lo; domain < hi; domain++)
        smt2_all_add(s, all, smt2_word_ok(s, word, domain, kinds[result]));
    smt2_all_add(s, all, smt2_word_is(s, word, lo, hi, set));
}

/* How many fresh values a rule takes for the results that the instruction has: the most of any. */
static smt2_term taken(const struct smt2 *s, uint32_t counter,
                       const struct smt2_giving giving[POL_RESULTS])
{
    smt2_term term = "#x00000000";
    uint32_t most = 0;
    for (unsigned r = 0; r < POL_RESULTS; r++)
        most = giving[r].taken[counter] > most ? giving[r].taken[counter] : most;
    for (uint32_t n = 1; n <= most; n++) {
        smt2_term some = "false";
        for (unsigned r = 0; r < POL_RESULTS; r++)
            if (giving[r].taken[counter] >= n)
                some = smt2_or(s, some, writes(r));
        term = smt2_ite(s, some, smt2_slot(s, n), term);
    }
    return term;
}

/* Results and failures of a rule that allows. */
struct outcome {
    struct smt2_giving giving[POL_RESULTS];
    struct smt2_set *set[POL_RESULTS]; /* NULL: not given */
    smt2_term fault;
};

static void give_results(const struct smt2 *s, uint32_t d, uint32_t index, struct outcome *o)
{
    const struct ir_rule *rule = &s->ir->deciders[d].rules[index];
    for (unsigned result = 0; result < POL_RESULTS; result++) {
        o->giving[result] = (struct smt2_giving){
            .s = s,
            .decider = d,
            .name = smt2_text(s, "rule/%s/%u/%s", s->deciders[d], index, smt2_results[result]),
            .taken = ARENA_ARRAY(s->arena, uint32_t, (size_t)s->ir->ncounters + 1)};
        o->set[result] = NULL;
        if (rule->result[result].v != IR_NONE)
            o->set[result] = smt2_give(&o->giving[result], rule->result[result]);
    }
    smt2_term fault = smt2_fault(s, POL_CAUSE_NONE, 0), none = fault;
    for (unsigned result = POL_RESULTS; result-- > 0;) {
        smt2_term first = smt2_first_fault(&o->giving[result]);
        if (smt2_is(first, none))
            continue;
        first = smt2_bind(s, smt2_text(s, "%s/fault", o->giving[result].name), SMT2_FAULT, first);
        fault =
            smt2_ite(s, smt2_and(s, writes(result), smt2_text(s, "(distinct %s %s)", first, none)),
                     first, fault);
    }
    o->fault =
        smt2_bind(s, smt2_text(s, "rule/%s/%u/fault", s->deciders[d], index), SMT2_FAULT, fault);
}

static void result_agrees(const struct smt2 *s, uint32_t d, unsigned result,
                          const struct outcome *o, struct smt2_all *all)
{
    const char *written = smt2_text(s, "written/%s/%s", smt2_results[result], s->deciders[d]);
    struct smt2_all given = {0};
    if (o->set[result]) {
        smt2_all_add(s, &given, written);
        gives(s, d, result, o->set[result], &given);
        unchanged(s, d, result, false, &given);
    } else {
        smt2_all_add(s, &given, smt2_not(s, written));
        unchanged(s, d, result, true, &given);
        unchanged(s, d, result, false, &given);
    }
    smt2_all_add(s, all, smt2_implies(s, writes(result), smt2_all_term(s, &given)));
}

static smt2_term allowed_agrees(const struct smt2 *s, uint32_t d, uint32_t index)
{
    struct outcome o;
    struct smt2_all all = {0};
    give_results(s, d, index, &o);
    for (unsigned result = 0; result < POL_RESULTS; result++)
        result_agrees(s, d, result, &o, &all);
    for (uint32_t c = 0; c < s->ir->ncounters; c++)
        if (s->ir->counters[c].decider == d)
            smt2_all_add(s, &all,
                         smt2_text(s, "(= used/%s %s)", s->counters[c], taken(s, c, o.giving)));
    smt2_term results = smt2_bind(s, smt2_text(s, "rule/%s/%u/results", s->deciders[d], index),
                                  SMT2_BOOL, smt2_all_term(s, &all));
    smt2_term none = smt2_fault(s, POL_CAUSE_NONE, 0);
    smt2_term agrees = smt2_text(s, "(= fault/%s %s)", s->deciders[d], o.fault);
    if (smt2_is(o.fault, none))
        return smt2_and(s, agrees, results);
    return smt2_and(s, agrees, smt2_implies(s, smt2_text(s, "(= %s %s)", o.fault, none), results));
}

/* Rule `index`, if it decides; the answer of a failing rule. */
static void define_rule(const struct smt2 *s, uint32_t d, uint32_t index)
{
    const struct ir_rule *rule = &s->ir->deciders[d].rules[index];
    const char *name = s->deciders[d];
    smt2_put(s, "\n; Rule %u, ", index);
    smt2_comment(s, rule->file);
    smt2_put(s, ":%u:%u, ", rule->line, rule->column);
    smt2_comment(s, rule->policy);
    smt2_put(s, "\n;     ");
    smt2_comment(s, rule->text);
    smt2_put(s, "\n");
    smt2_put(s, "(define-fun matches/%s/%u () Bool %s)\n", name, index, rule_matches(s, d, rule));
    if (smt2_is_report(s, d, index))
        return;
    smt2_term agrees = rule->allow ? allowed_agrees(s, d, index)
                                   : smt2_text(s, "(= fault/%s %s)", name,
                                               smt2_fault(s, POL_CAUSE_RULE, POL_NO_TAG));
    smt2_put(s, "(define-fun agrees/%s/%u () Bool (and (= rule/%s %s) %s))\n", name, index, name,
             smt2_slot(s, index), agrees);
}

void smt2_decider(const struct smt2 *s, uint32_t d)
{
    const struct ir_decider *decider = &s->ir->deciders[d];
    smt2_put(s, "\n; ---- %s %s ----\n", decider->is_global ? "Global policy" : "Component",
             s->deciders[d]);
    smt2_declare_answer(s, d);
    for (uint32_t i = 0; i < decider->nrules; i++)
        define_rule(s, d, i);
    smt2_put(s, "\n(define-fun agrees/%s/none () Bool (and (= rule/%s %s) (= fault/%s %s)))\n",
             s->deciders[d], s->deciders[d], smt2_slot(s, POL_NO_RULE), s->deciders[d],
             smt2_fault(s, POL_CAUSE_NO_RULE, POL_NO_TAG));
}

/* ---- An opclass ---------------------------------------------------------------------------- */

static bool applies(const struct smt2 *s, const struct pol_prt_opclass *c, const struct ir_rule *r)
{
    if (r->group.v == IR_NONE)
        return true;
    for (uint32_t i = 0; i < c->ngroups; i++)
        if (s->t->class_groups[c->first_group + i] == r->group.v)
            return true;
    return false;
}

/* Rules of the decider that the opclass has, and whether some of them has decided already, as the
 * definition open/cN/D/N. */
struct chain {
    const struct smt2 *s;
    const char *name; /* "cN/D" */
    smt2_term open;
    unsigned parts;
};

static smt2_term open_now(struct chain *c)
{
    c->open =
        smt2_bind(c->s, smt2_text(c->s, "open/%s/%u", c->name, c->parts++), SMT2_BOOL, c->open);
    return c->open;
}

/* Reports are of the rules that match before one decides; rules of other instructions never do. */
static smt2_term reports_agree(const struct smt2 *s, uint32_t opclass, uint32_t d, struct chain *c)
{
    const struct ir_decider *decider = &s->ir->deciders[d];
    const char *name = s->deciders[d];
    struct smt2_all all = {0}, before = {0};
    c->open = "true";
    for (uint32_t i = 0; i < decider->nrules; i++) {
        bool here = applies(s, &s->t->opclasses[opclass], &decider->rules[i]);
        smt2_term matches = here ? smt2_text(s, "matches/%s/%u", name, i) : "false";
        if (!smt2_is_report(s, d, i)) {
            smt2_all_add(s, &before, smt2_not(s, matches));
            continue;
        }
        if (before.count) {
            c->open = smt2_and(s, c->open, smt2_all_term(s, &before));
            before = (struct smt2_all){0};
        }
        smt2_all_add(
            s, &all,
            smt2_same(s, smt2_text(s, "report/%s/%u", name, i), smt2_and(s, open_now(c), matches)));
    }
    c->open = smt2_and(s, c->open, smt2_all_term(s, &before));
    return smt2_all_term(s, &all);
}

/* The agreement of the first rule that matches. */
static void first_agrees(const struct smt2 *s, uint32_t opclass, uint32_t d, const struct chain *c)
{
    const struct ir_decider *decider = &s->ir->deciders[d];
    const char *name = s->deciders[d];
    uint32_t tried = 0;
    smt2_put(s, "(define-fun first/%s () Bool", c->name);
    for (uint32_t i = 0; i < decider->nrules; i++)
        if (!smt2_is_report(s, d, i) && applies(s, &s->t->opclasses[opclass], &decider->rules[i])) {
            smt2_put(s, "\n    (ite matches/%s/%u agrees/%s/%u", name, i, name, i);
            tried++;
        }
    smt2_put(s, "\n    agrees/%s/none", name);
    while (tried-- > 0)
        smt2_put(s, ")");
    smt2_put(s, ")\n");
}

smt2_term smt2_agreement(const struct smt2 *s, uint32_t opclass)
{
    struct smt2_all all = {0};
    smt2_term runs = "true";
    for (uint32_t d = 0; d < s->ir->ndeciders; d++) {
        struct chain c = {s, smt2_text(s, "c%u/%s", opclass, s->deciders[d]), "true", 0};
        smt2_term reports = reports_agree(s, opclass, d, &c);
        first_agrees(s, opclass, d, &c);
        smt2_term agrees = smt2_and(s, smt2_text(s, "first/%s", c.name), reports);
        smt2_all_add(s, &all, smt2_implies(s, runs, agrees));
        if (s->ir->deciders[d].is_global)
            runs = smt2_and(s, runs, open_now(&c));
    }
    return smt2_all_term(s, &all);
}
