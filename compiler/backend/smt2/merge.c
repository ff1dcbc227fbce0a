/* The claims for the joining of two granules' tags and for the fetching of a later parcel. */
#include "compiler/backend/smt2/emit.h"

static const char *const parts[POL_OPERANDS] = {"a", "b", "b", "b", "b", "b"};

/* What the lists of a domain do to a and b. */
struct joining {
    const struct smt2 *s;
    uint32_t domain;
    bool merge;
    const char *name; /* "merge/D" */
    const struct smt2_set *a, *b;
};

/* `merge any`: of either, values of lattices joined; `merge all`: of both, if their other arguments
 * are equal, values of lattices met.  A fetch takes the first parcel's tags, and treats `merge all`
 * alike. */
static void merge_tag(struct smt2_giving *g, const struct joining *j, uint32_t tag,
                      struct smt2_set *set)
{
    const struct smt2 *s = j->s;
    smt2_term a = j->a->has[tag], b = j->b->has[tag], both = smt2_and(s, a, b);
    bool all = s->ir->space->tags[tag].merge_all;
    smt2_join_args(s, tag, j->a, j->b, all, set);
    if (j->merge && !all) {
        smt2_fail_when(g, smt2_and(s, both, smt2_not(s, smt2_args_agree(s, tag, j->a, j->b))),
                       POL_CAUSE_CONFLICT, tag);
        set->has[tag] = smt2_or(s, a, b);
        return;
    }
    if (!all)
        for (uint32_t k = 0; k < s->t->tags[tag].nargs; k++)
            set->args[s->t->tags[tag].first_arg + k] = j->a->args[s->t->tags[tag].first_arg + k];
    set->has[tag] = all ? smt2_and(s, both, smt2_args_agree(s, tag, j->a, j->b)) : a;
}

static struct smt2_set *joined(struct smt2_giving *g, const struct joining *j)
{
    const struct smt2 *s = j->s;
    struct smt2_set *set = smt2_empty_set(s);
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++)
        if (s->t->tags[tag].domain == j->domain)
            merge_tag(g, j, tag, set);
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++)
        set->has[tag] = smt2_bind(s, smt2_text(s, "%s/has/%s", j->name, s->tags[tag]), SMT2_BOOL,
                                  set->has[tag]);
    return set;
}

/* Defines what the table's list leaves in the domain's slots. */
static smt2_term run_list(const struct joining *j)
{
    const struct smt2 *s = j->s;
    const struct pol_prt_domain *d = &s->t->domains[j->domain];
    struct smt2_effect e =
        smt2_run(s, smt2_text(s, "%s/list", j->name), j->merge ? d->merge_op : d->drop_op,
                 j->merge ? d->nmerge : d->ndrop, parts);
    for (uint32_t slot = d->first_slot; slot < d->first_slot + d->nslots; slot++)
        smt2_put(s, "(define-fun %s/w%u () %s %s)\n", j->name, slot, SMT2_SLOT,
                 e.store[0][slot] ? e.store[0][slot] : smt2_text(s, "a/w%u", slot));
    return e.fault;
}

static bool stays_inside(const struct joining *j)
{
    const struct pol_table *t = j->s->t;
    const struct pol_prt_domain *d = &t->domains[j->domain];
    uint32_t first = j->merge ? d->merge_op : d->drop_op, n = j->merge ? d->nmerge : d->ndrop;
    for (uint32_t i = 0; i < n; i++) {
        const struct pol_prt_op *op = &t->ops[first + i];
        uint32_t count = op->op == POL_OPC_COPY ? op->d : op->op >= POL_OPC_STORE ? 1 : 0;
        if (count &&
            (op->a != 0 || op->b < d->first_slot || op->b + count > d->first_slot + d->nslots))
            return false;
    }
    return true;
}

static void claim_joining(const struct joining *j)
{
    const struct smt2 *s = j->s;
    struct smt2_giving g = {.s = s, .name = j->name};
    struct smt2_all claim = {0}, good = {0};
    smt2_put(s, "\n; ---- %s, ", j->merge ? "Merging" : "Fetching");
    smt2_comment(s, s->ir->domains[j->domain].name);
    smt2_put(s, " ----\n");
    struct smt2_set *set = joined(&g, j);
    smt2_term fault = run_list(j), none = smt2_fault(s, POL_CAUSE_NONE, 0);
    smt2_term clash =
        smt2_bind(s, smt2_text(s, "%s/clash", j->name), SMT2_FAULT, smt2_first_fault(&g));
    smt2_term uncoded = smt2_bind(s, smt2_text(s, "%s/uncoded", j->name), SMT2_BOOL,
                                  smt2_uncoded(s, j->domain, set));
    smt2_term want =
        smt2_ite(s, smt2_text(s, "(distinct %s %s)", clash, none), clash,
                 smt2_ite(s, uncoded, smt2_fault(s, POL_CAUSE_INVALID, POL_NO_TAG), none));
    smt2_all_add(s, &claim, smt2_text(s, "(= %s %s)", fault, want));
    smt2_all_add(s, &good, smt2_word_ok(s, j->name, j->domain, NULL));
    smt2_all_add(s, &good, smt2_word_is(s, j->name, j->domain, j->domain + 1, set));
    smt2_all_add(s, &claim,
                 smt2_implies(s, smt2_text(s, "(= %s %s)", want, none), smt2_all_term(s, &good)));
    smt2_all_add(s, &claim, smt2_bool(stays_inside(j)));
    smt2_term a = smt2_word_ok(s, "a", j->domain, NULL), b = smt2_word_ok(s, "b", j->domain, NULL);
    smt2_open(s,
              smt2_text(s, "%s %s", j->merge ? "merge" : "fetch", s->ir->domains[j->domain].name));
    smt2_put(s, "(assert %s)\n(assert %s)\n", a, b);
    smt2_close(s, smt2_all_term(s, &claim));
}

void smt2_merges(const struct smt2 *s)
{
    smt2_put(s, "\n; ---- Two words: granules of one access, parcels of one instruction ----\n\n");
    smt2_declare_word(s, "a", 0, s->t->n_slots);
    smt2_declare_word(s, "b", 0, s->t->n_slots);
    for (uint32_t d = 0; d < s->t->n_domains; d++) {
        struct joining j = {s,
                            d,
                            true,
                            smt2_text(s, "merge/%u", d),
                            smt2_word_set(s, "a", d, d + 1),
                            smt2_word_set(s, "b", d, d + 1)};
        claim_joining(&j);
        j.merge = false;
        j.name = smt2_text(s, "fetch/%u", d);
        claim_joining(&j);
    }
}
