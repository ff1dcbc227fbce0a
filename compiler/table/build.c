/* Building a table: the passes, and the sections that are plain copies of the IR. */
#include <stdlib.h>
#include <string.h>
#include "compiler/table/plan.h"

static void emit_opclasses(struct plan *p)
{
    const struct ir *ir = p->ir;
    for (uint32_t i = 0; i < ir->nopclasses; i++) {
        const struct ir_opclass *c = &ir->opclasses[i];
        const struct pol_form *f = &c->form;
        const char *insn = i ? pol_insn_at((size_t)c->insn)->name : "";
        struct pol_prt_opclass r = {plan_string(p, c->name),
                                    plan_string(p, insn),
                                    c->sample,
                                    f->op1,
                                    f->op2,
                                    f->op3,
                                    f->mem,
                                    f->rd,
                                    f->csr,
                                    f->size,
                                    section_count(p->out, POL_SEC_CLASS_GROUPS),
                                    c->ngroups};
        section_extend(p->out, POL_SEC_CLASS_GROUPS, c->groups, c->ngroups);
        section_push(p->out, POL_SEC_OPCLASSES, &r);
    }
    for (uint32_t i = 0; i < ir->ngroups; i++) {
        struct pol_prt_group g = {.name = plan_string(p, ir->groups[i].name)};
        for (int k = 0; k < POL_OPERANDS; k++)
            g.operand_name[k] = plan_string(p, ir->groups[i].operand_name[k]);
        for (int k = 0; k < POL_RESULTS; k++)
            g.result_name[k] = plan_string(p, ir->groups[i].result_name[k]);
        section_push(p->out, POL_SEC_GROUPS, &g);
    }
    for (uint32_t i = 0; i < ir->ndecode; i++) {
        struct pol_prt_decode d = {ir->decode[i].mask, ir->decode[i].match, ir->decode[i].opclass};
        section_push(p->out, POL_SEC_DECODE, &d);
    }
}

static void emit_deciders(struct plan *p)
{
    for (uint32_t i = 0; i < p->ir->ndeciders; i++) {
        const struct ir_decider *d = &p->ir->deciders[i];
        struct pol_prt_decider r = {plan_string(p, d->name), d->is_global, d->domain,
                                    section_count(p->out, POL_SEC_RULES), d->nrules};
        for (uint32_t k = 0; k < d->nrules; k++) {
            const struct ir_rule *rule = &d->rules[k];
            struct pol_prt_rule rr = {plan_string(p, rule->file),
                                      rule->line,
                                      rule->column,
                                      plan_string(p, rule->policy),
                                      plan_string(p, rule->message),
                                      plan_string(p, rule->text),
                                      rule->allow,
                                      rule->response};
            section_push(p->out, POL_SEC_RULES, &rr);
        }
        section_push(p->out, POL_SEC_DECIDERS, &r);
    }
    for (uint32_t i = 0; i < p->ir->ncounters; i++) {
        const struct ir_counter *c = &p->ir->counters[i];
        struct pol_prt_counter r = {plan_string(p, c->name), c->decider, (uint32_t)(c->limit - 1),
                                    c->exhaust};
        section_push(p->out, POL_SEC_COUNTERS, &r);
    }
}

static void emit_responses(struct plan *p)
{
    for (uint32_t i = 0; i < p->ir->nresponses; i++) {
        const struct ir_response *response = &p->ir->responses[i];
        struct pol_prt_response r = {plan_string(p, response->name), (uint32_t)response->action,
                                     plan_string(p, response->entity)};
        section_push(p->out, POL_SEC_RESPONSES, &r);
    }
}

static void emit_domains(struct plan *p)
{
    for (uint32_t i = 0; i < p->ir->ndomains; i++) {
        const struct ir_domain *d = &p->ir->domains[i];
        const struct plan_domain *pd = &p->domains[i];
        struct pol_prt_domain r = {(uint32_t)d->kind,
                                   plan_string(p, d->name),
                                   d->decider,
                                   pd->first_field,
                                   pd->nfields,
                                   pd->first_slot,
                                   pd->nslots,
                                   d->trap_env,
                                   0,
                                   0,
                                   0,
                                   0};
        plan_merge_ops(p, i, true, &r.merge_op, &r.nmerge);
        plan_merge_ops(p, i, false, &r.drop_op, &r.ndrop);
        section_push(p->out, POL_SEC_DOMAINS, &r);
    }
}

static void emit_entities(struct plan *p)
{
    for (uint32_t i = 0; i < p->ir->nentities; i++) {
        const struct ir_entity *e = &p->ir->entities[i];
        struct pol_prt_entity r = {plan_string(p, e->name), (uint32_t)e->kind, (uint32_t)e->number,
                                   e->only, section_count(p->out, POL_SEC_LITERALS)};
        section_extend(p->out, POL_SEC_LITERALS, e->tags, p->ir->space->words);
        section_push(p->out, POL_SEC_ENTITIES, &r);
    }
}

static void emit_meta(struct plan *p)
{
    char isa[POL_ISA_TEXT];
    pol_isa_format(&p->ir->isa, isa, sizeof isa);
    struct pol_prt_meta m = {plan_string(p, p->ir->name),
                             plan_string(p, p->ir->stem),
                             plan_string(p, isa),
                             p->ir->granule,
                             p->nslots,
                             p->ir->nglobals,
                             p->max_values,
                             p->options->loaded_code,
                             plan_string(p, p->options->target ? p->options->target : ""),
                             0};
    section_push(p->out, POL_SEC_META, &m);
}

/* Tags are contiguous by domain (pol/engine.h). */
static void find_domains(struct plan *p, const bool *bits)
{
    const struct ir *ir = p->ir;
    p->domains = ARENA_ARRAY(p->arena, struct plan_domain, ir->ndomains + 1);
    uint32_t t = 0;
    for (uint32_t d = 0; d < ir->ndomains; d++) {
        p->domains[d].first_tag = t;
        p->domains[d].bits = bits[d];
        while (t < ir->space->ntags && ir->tags[t].domain == d)
            t++;
        p->domains[d].ntags = t - p->domains[d].first_tag;
    }
}

static struct tbl *new_tbl(const struct ir *ir)
{
    struct tbl *t = lang_xalloc(sizeof *t);
    section_init(t);
    memcpy(t->digest, ir->digest, sizeof t->digest);
    return t;
}

/* What a reader would refuse (POL_PRT_MAX_OPS) is a limit of the table, not a broken one. */
static void check_ops(struct plan *p)
{
    const struct tbl_section *s = p->out->sections;
    const struct pol_prt_action *actions = (const void *)s[POL_SEC_ACTIONS].data;
    const struct pol_prt_level *levels = (const void *)s[POL_SEC_LEVELS].data;
    const struct pol_prt_domain *domains = (const void *)s[POL_SEC_DOMAINS].data;
    uint64_t ops = 0;
    for (size_t i = 0; i < s[POL_SEC_ACTIONS].count; i++)
        ops += (uint64_t)actions[i].nops + actions[i].nreports;
    for (size_t i = 0; i < s[POL_SEC_LEVELS].count; i++)
        ops += levels[i].kind == POL_LEVEL_EXPR ? levels[i].nops : 0;
    for (size_t i = 0; i < s[POL_SEC_DOMAINS].count; i++)
        ops += (uint64_t)domains[i].nmerge + domains[i].ndrop;
    if (ops > POL_PRT_MAX_OPS)
        plan_fail(p, "the results and reports of its rules need more than %u operations",
                  POL_PRT_MAX_OPS);
}

static void run_passes(struct plan *p, const bool *bits)
{
    plan_string(p, "");
    find_domains(p, bits);
    plan_layout(p);
    if (!p->error)
        plan_chains(p);
    if (p->error || p->retry_domain != IR_NONE)
        return;
    emit_domains(p);
    emit_opclasses(p);
    emit_responses(p);
    emit_deciders(p);
    emit_entities(p);
    emit_meta(p);
    check_ops(p);
}

struct tbl *tbl_build(struct ir *ir, const struct tbl_options *options, const char **err)
{
    bool *bits = lang_xalloc((ir->ndomains + 1) * sizeof *bits);
    struct tbl *out = NULL;
    *err = NULL;
    for (uint32_t tries = 0; tries <= ir->ndomains && !out && !*err; tries++) {
        struct arena arena;
        arena_init(&arena);
        struct plan p = {.ir = ir,
                         .arena = &arena,
                         .options = options,
                         .out = new_tbl(ir),
                         .retry_domain = IR_NONE};
        run_passes(&p, bits);
        if (p.error)
            *err = p.error;
        else if (p.retry_domain != IR_NONE)
            bits[p.retry_domain] = true; /* a map of two codes is too large: one bit per tag */
        else
            out = p.out;
        if (p.out != out)
            tbl_free(p.out);
        arena_free(&arena);
    }
    free(bits);
    if (!out && !*err)
        *err = "internal: no layout found";
    return out;
}
