/* Records that say what the IR says: names, limits, places, texts, entities. */
#include <inttypes.h>
#include <string.h>

#include "compiler/verify/internal.h"

static bool same_text(const struct vf *v, uint32_t offset, const char *want)
{
    return strcmp(v->t->strings + offset, want ? want : "") == 0;
}

#define WANT(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return vf_fail(v, __VA_ARGS__);                                                        \
    } while (0)

static bool has_module(const struct ir *ir, const char *module)
{
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        if (strcmp(ir->space->tags[t].module, module) == 0)
            return true;
    return false;
}

static bool meta(struct vf *v)
{
    const struct pol_prt_meta *m = v->t->meta;
    struct pol_isa isa;
    char why[64];
    WANT(same_text(v, m->name, v->ir->name) && same_text(v, m->stem, v->ir->stem),
         "META: another policy's name");
    WANT(pol_isa_parse(v->t->strings + m->isa, &isa, why, sizeof why) == 0 &&
             pol_isa_equal(&isa, &v->ir->isa),
         "META: another instruction set");
    WANT(m->granule == v->ir->granule, "META: another granule");
    WANT(m->nglobals == v->ir->nglobals, "META: another number of globals");
    WANT(m->response == 0, "META: another response");
    WANT(m->loaded_code == 0 || (m->loaded_code == 1 && has_module(v->ir, "loaded-code")),
         "META: the composition has no loaded-code");
    WANT(m->target < v->t->n_strings && (m->target == 0 || v->t->strings[m->target - 1] == '\0'),
         "META: the target is not a string");
    WANT(memcmp(v->t->digest, v->ir->digest, sizeof v->ir->digest) == 0,
         "the digest is another policy's");
    return true;
}

static bool counts(struct vf *v)
{
    const struct ir *ir = v->ir;
    WANT(v->t->n_tags == ir->space->ntags, "TAGS: another number");
    WANT(v->t->n_domains == ir->ndomains, "DOMAINS: another number");
    WANT(v->t->n_counters == ir->ncounters, "COUNTERS: another number");
    WANT(v->t->n_deciders == ir->ndeciders, "DECIDERS: another number");
    WANT(v->t->n_groups == ir->ngroups, "GROUPS: another number");
    WANT(v->t->n_opclasses == ir->nopclasses, "OPCLASSES: another number");
    WANT(v->t->n_entities == ir->nentities, "ENTITIES: another number");
    WANT(v->t->n_responses == ir->nresponses, "RESPONSES: another number");
    return true;
}

static bool same_values(const struct vf *v, const struct pol_prt_arg *have,
                        const struct pol_tag_arg *want)
{
    if (!want->values || have->values == POL_NONE)
        return !want->values && have->values == POL_NONE;
    for (uint64_t i = 0; i < want->limit; i++)
        if (!same_text(v, v->t->values[have->values + i], want->values[i]))
            return false;
    return true;
}

static bool tag(struct vf *v, uint32_t i)
{
    const struct pol_prt_tag *have = &v->t->tags[i];
    const struct pol_tag_info *want = &v->ir->space->tags[i];
    WANT(same_text(v, have->name, want->name) && same_text(v, have->module, want->module),
         "TAGS: %s has another name", want->name);
    WANT(have->domain == v->ir->tags[i].domain, "TAGS: %s is in another domain", want->name);
    WANT((have->merge_all != 0) == want->merge_all, "TAGS: %s merges otherwise", want->name);
    WANT(have->nargs == want->nargs, "TAGS: %s has other arguments", want->name);
    for (uint32_t k = 0; k < want->nargs; k++) {
        const struct pol_prt_arg *a = &v->t->args[have->first_arg + k];
        WANT((a->is_set != 0) == want->args[k].is_set &&
                 (want->args[k].is_set ? a->max == 0 : a->max == want->args[k].limit - 1),
             "ARGS: argument %" PRIu32 " of %s has another type", k, want->name);
        WANT(same_values(v, a, &want->args[k]),
             "VALUES: argument %" PRIu32 " of %s has values of other names", k, want->name);
    }
    return true;
}

static bool domain(struct vf *v, uint32_t i)
{
    static const uint32_t kinds[] = {[IR_DOMAIN_COMPONENT] = POL_DOMAIN_COMPONENT,
                                     [IR_DOMAIN_GLOBAL] = POL_DOMAIN_GLOBAL,
                                     [IR_DOMAIN_STATIC] = POL_DOMAIN_STATIC};
    const struct pol_prt_domain *have = &v->t->domains[i];
    const struct ir_domain *want = &v->ir->domains[i];
    WANT(have->kind == kinds[want->kind] && same_text(v, have->name, want->name) &&
             have->decider == want->decider && (have->trap_env != 0) == want->trap_env &&
             have->trap_env <= 1,
         "DOMAINS: %s differs", want->name);
    return true;
}

static bool counter(struct vf *v, uint32_t i)
{
    const struct pol_prt_counter *have = &v->t->counters[i];
    const struct ir_counter *want = &v->ir->counters[i];
    WANT(same_text(v, have->name, want->name) && have->decider == want->decider &&
             have->max == want->limit - 1 && (have->exhaust != 0) == want->exhaust,
         "COUNTERS: %s differs", want->name);
    return true;
}

static bool rule(struct vf *v, const struct pol_prt_rule *have, const struct ir_rule *want)
{
    WANT(same_text(v, have->file, want->file) && have->line == want->line &&
             have->column == want->column && same_text(v, have->policy, want->policy) &&
             same_text(v, have->message, want->message) && same_text(v, have->text, want->text) &&
             have->allow == want->allow && have->response == want->response,
         "RULES: %s:%" PRIu32 ":%" PRIu32 " differs", want->file, want->line, want->column);
    return true;
}

static bool decider(struct vf *v, uint32_t i, uint32_t *next_rule)
{
    const struct pol_prt_decider *have = &v->t->deciders[i];
    const struct ir_decider *want = &v->ir->deciders[i];
    WANT(same_text(v, have->name, want->name) && (have->is_global != 0) == want->is_global &&
             have->domain == want->domain && have->nrules == want->nrules &&
             have->first_rule == *next_rule,
         "DECIDERS: %s differs", want->name);
    *next_rule += have->nrules;
    for (uint32_t r = 0; r < want->nrules; r++)
        if (!rule(v, &v->t->rules[have->first_rule + r], &want->rules[r]))
            return false;
    return true;
}

static bool response(struct vf *v, uint32_t i)
{
    const struct pol_prt_response *have = &v->t->responses[i];
    const struct ir_response *want = &v->ir->responses[i];
    WANT(same_text(v, have->name, want->name) && have->action == (uint32_t)want->action &&
             same_text(v, have->entity, want->entity),
         "RESPONSES: %s differs", want->name);
    return true;
}

static bool entity(struct vf *v, uint32_t i)
{
    const struct pol_prt_entity *have = &v->t->entities[i];
    const struct ir_entity *want = &v->ir->entities[i];
    WANT(same_text(v, have->name, want->name) && have->kind == (uint32_t)want->kind &&
             have->number == (uint32_t)want->number && (have->only != 0) == want->only &&
             have->only <= 1,
         "ENTITIES: %s differs", want->name);
    uint64_t words = v->ir->space->words;
    WANT(have->literal <= v->t->n_literals && words <= v->t->n_literals - have->literal &&
             memcmp(v->t->literals + have->literal, want->tags, words * sizeof *want->tags) == 0,
         "LITERALS: %s has other tags", want->name);
    return true;
}

static bool group(struct vf *v, uint32_t i)
{
    const struct pol_prt_group *have = &v->t->groups[i];
    const struct ir_group *want = &v->ir->groups[i];
    bool same = same_text(v, have->name, want->name);
    for (int k = 0; k < POL_OPERANDS; k++)
        same = same && same_text(v, have->operand_name[k], want->operand_name[k]);
    for (int k = 0; k < POL_RESULTS; k++)
        same = same && same_text(v, have->result_name[k], want->result_name[k]);
    WANT(same, "GROUPS: %s differs", want->name);
    return true;
}

static bool opclass(struct vf *v, uint32_t i)
{
    const struct pol_prt_opclass *have = &v->t->opclasses[i];
    const struct ir_opclass *want = &v->ir->opclasses[i];
    const struct pol_form *f = &want->form;
    const struct pol_insn *insn = i ? pol_insn_at((size_t)want->insn) : NULL;
    WANT(same_text(v, have->name, want->name) &&
             same_text(v, have->insn_name, insn ? insn->name : "") &&
             have->sample == want->sample && have->ngroups == want->ngroups,
         "OPCLASSES: %s differs", want->name);
    WANT(have->op1 == f->op1 && have->op2 == f->op2 && have->op3 == f->op3 && have->mem == f->mem &&
             have->rd == f->rd && have->csr == f->csr && have->size == f->size,
         "OPCLASSES: %s has another operand form", want->name);
    for (uint32_t k = 0; k < want->ngroups; k++)
        WANT(v->t->class_groups[have->first_group + k] == want->groups[k],
             "OPCLASSES: %s is in other groups", want->name);
    return true;
}

static bool each(struct vf *v, uint32_t n, bool (*check)(struct vf *, uint32_t))
{
    for (uint32_t i = 0; i < n; i++)
        if (!check(v, i))
            return false;
    return true;
}

bool vf_facts(struct vf *v)
{
    uint32_t next_rule = 0;
    if (!meta(v) || !counts(v) || !each(v, v->t->n_tags, tag) ||
        !each(v, v->t->n_domains, domain) || !each(v, v->t->n_counters, counter))
        return false;
    for (uint32_t i = 0; i < v->t->n_deciders; i++)
        if (!decider(v, i, &next_rule))
            return false;
    WANT(next_rule == v->t->n_rules, "RULES: another number");
    return each(v, v->t->n_responses, response) && each(v, v->t->n_entities, entity) &&
           each(v, v->t->n_groups, group) && each(v, v->t->n_opclasses, opclass);
}
