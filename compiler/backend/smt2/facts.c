/* The claim for what the table states without looking at tags: limits, owners, verdicts. */
#include <string.h>

#include "compiler/backend/smt2/emit.h"

static void same(const struct smt2 *s, struct smt2_all *all, uint32_t table, uint32_t policy,
                 const char *what)
{
    smt2_all_add(
        s, all,
        smt2_text(s, "; %s\n    (= %s %s)", what, smt2_slot(s, table), smt2_slot(s, policy)));
}

/* Names are no matter for a solver of bit-vectors: whether they are equal is a constant. */
static void same_text(const struct smt2 *s, struct smt2_all *all, uint32_t table,
                      const char *policy)
{
    if (strcmp(s->t->strings + table, policy) != 0)
        smt2_all_add(s, all, "; another name or text\n    (= #b0 #b1)");
}

static void tags(const struct smt2 *s, struct smt2_all *all)
{
    for (uint32_t i = 0; i < s->t->n_tags; i++) {
        const struct pol_prt_tag *have = &s->t->tags[i];
        const struct pol_tag_info *want = &s->ir->space->tags[i];
        same_text(s, all, have->name, want->name);
        same_text(s, all, have->module, want->module);
        same(s, all, have->domain, s->ir->tags[i].domain, "owner of a tag");
        same(s, all, have->merge_all, want->merge_all, "how a tag merges");
        for (uint32_t k = 0; k < want->nargs; k++)
            if (!want->args[k].is_set)
                same(s, all, s->t->args[have->first_arg + k].max,
                     (uint32_t)(want->args[k].limit - 1), "largest argument");
    }
}

static void rules(const struct smt2 *s, struct smt2_all *all)
{
    for (uint32_t d = 0; d < s->t->n_deciders; d++) {
        const struct pol_prt_decider *have = &s->t->deciders[d];
        const struct ir_decider *want = &s->ir->deciders[d];
        same(s, all, have->is_global, want->is_global, "whether a policy is global");
        same(s, all, have->domain, want->domain, "what a policy owns");
        for (uint32_t r = 0; r < want->nrules; r++) {
            const struct pol_prt_rule *rule = &s->t->rules[have->first_rule + r];
            same(s, all, rule->allow, want->rules[r].allow, "verdict of a rule");
            same(s, all, rule->line, want->rules[r].line, "line of a rule");
            same_text(s, all, rule->message, want->rules[r].message);
            if (!want->rules[r].allow)
                same(s, all, rule->response, want->rules[r].response, "response to a failure");
        }
    }
}

static void responses(const struct smt2 *s, struct smt2_all *all)
{
    same(s, all, s->t->n_responses, s->ir->nresponses, "responses");
    same(s, all, s->t->meta->response, 0, "response to other failures");
    for (uint32_t i = 0; i < s->t->n_responses && i < s->ir->nresponses; i++) {
        same(s, all, s->t->responses[i].action, s->ir->responses[i].action, "a response");
        same_text(s, all, s->t->responses[i].entity, s->ir->responses[i].entity);
    }
}

static void counters(const struct smt2 *s, struct smt2_all *all)
{
    for (uint32_t c = 0; c < s->t->n_counters; c++) {
        same(s, all, s->t->counters[c].max, (uint32_t)(s->ir->counters[c].limit - 1),
             "largest fresh value");
        same(s, all, s->t->counters[c].exhaust, s->ir->counters[c].exhaust,
             "whether fresh values run out");
        same(s, all, s->t->counters[c].decider, s->ir->counters[c].decider, "owner of a counter");
    }
}

/* {} is a word, and it has no tags. */
static void empty_word(const struct smt2 *s, struct smt2_all *all)
{
    smt2_put(s, "; The word of {}, which stands for operands that an instruction lacks.\n");
    for (uint32_t slot = 0; slot < s->t->n_slots; slot++)
        smt2_put(s, "(define-fun empty/w%u () %s %s)\n", slot, SMT2_SLOT,
                 smt2_slot(s, s->t->empty[slot]));
    for (uint32_t d = 0; d < s->t->n_domains; d++)
        smt2_all_add(s, all, smt2_word_ok(s, "empty", d, NULL));
    smt2_all_add(s, all, smt2_word_is(s, "empty", 0, s->t->n_domains, smt2_empty_set(s)));
}

void smt2_facts(const struct smt2 *s)
{
    struct smt2_all all = {0};
    same(s, &all, s->t->meta->nglobals, s->ir->nglobals, "global policies");
    same(s, &all, s->t->meta->granule, s->ir->granule, "bytes of a granule");
    tags(s, &all);
    rules(s, &all);
    responses(s, &all);
    counters(s, &all);
    empty_word(s, &all);
    smt2_put(s, "(define-fun facts () Bool %s\n)\n", smt2_all_term(s, &all));
    smt2_open(s, "facts");
    smt2_close(s, "facts");
}
