/* The file: its heading and its parts. */
#include "compiler/backend/smt2/smt2.h"

#include "compiler/backend/smt2/emit.h"

/* Domains have the slots and the fields one after the other. */
static bool well_divided(const struct pol_table *t)
{
    uint32_t slot = 0, field = 0;
    for (uint32_t d = 0; d < t->n_domains; d++) {
        const struct pol_prt_domain *dom = &t->domains[d];
        if (dom->first_slot != slot || dom->first_field != field)
            return false;
        slot += dom->nslots;
        field += dom->nfields;
    }
    return slot == t->n_slots && field == t->n_fields;
}

/* Whether the table and the IR have the same tags, policies and rules to compare. */
static const char *misfit(const struct ir *ir, const struct pol_table *t)
{
    if (t->n_tags != ir->space->ntags || t->n_domains != ir->ndomains)
        return "the table has other tags";
    if (!well_divided(t))
        return "the slots of the table do not belong to its policies one after the other";
    if (t->n_deciders != ir->ndeciders || t->n_counters != ir->ncounters)
        return "the table composes other policies";
    if (t->n_groups != ir->ngroups)
        return "the table knows other groups of instructions";
    for (uint32_t tag = 0; tag < t->n_tags; tag++) {
        if (t->tags[tag].nargs != ir->space->tags[tag].nargs)
            return "a tag of the table has other arguments";
        for (uint32_t k = 0; k < t->tags[tag].nargs; k++)
            if ((t->args[t->tags[tag].first_arg + k].is_set != 0) !=
                ir->space->tags[tag].args[k].is_set)
                return "a tag of the table has other arguments";
    }
    for (uint32_t d = 0; d < t->n_deciders; d++)
        if (t->deciders[d].nrules != ir->deciders[d].nrules)
            return "a policy of the table has other rules";
    return NULL;
}

static void heading(const struct smt2 *s)
{
    char isa[POL_ISA_TEXT];
    pol_isa_format(&s->ir->isa, isa, sizeof isa);
    smt2_put(s, "; The claim that a rule table says what policy ");
    smt2_comment(s, s->ir->name);
    smt2_put(s, " says, for %s.\n; Made by policyc from sources with digest ", isa);
    for (size_t i = 0; i < sizeof s->ir->digest; i++)
        smt2_put(s, "%02x", s->ir->digest[i]);
    smt2_put(s,
             ".\n;\n"
             "; Each query asks for an input that can occur and on which the two differ: `unsat` "
             "to all means that\n; there is none.  docs/formats/smt2.md explains the names.\n"
             "(set-logic QF_BV)\n");
}

static void free_smt2(struct smt2 *s)
{
    intern_free(s->done);
    arena_free(s->arena);
}

int smt2_emit(const struct ir *ir, const struct pol_table *table, FILE *out, char *err,
              size_t errsize)
{
    const char *wrong = misfit(ir, table);
    if (wrong) {
        snprintf(err, errsize, "%s", wrong);
        return -1;
    }
    struct arena arena;
    arena_init(&arena);
    struct smt2 s = {.ir = ir, .t = table, .out = out, .arena = &arena, .done = intern_new()};
    smt2_names(&s);
    heading(&s);
    smt2_word_functions(&s);
    smt2_step_words(&s);
    smt2_facts(&s);
    smt2_decode(&s);
    smt2_actions(&s);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        smt2_decider(&s, d);
    smt2_steps(&s);
    smt2_merges(&s);
    smt2_put(&s, "(exit)\n");
    free_smt2(&s);
    if (fflush(out) == 0 && !ferror(out))
        return 0;
    snprintf(err, errsize, "the text cannot be written");
    return -1;
}
