#include "compiler/lower/lower.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/lower/claim.h"
#include "compiler/lower/rule.h"
#include "compiler/lower/table.h"

static void lower_tags(struct lowering *l)
{
    struct ir *ir = l->ir;
    ir->space = ir_copy_space(l->model->space);
    ir->tags = ARENA_ARRAY(ir->arena, struct ir_tag, ir->space->ntags ? ir->space->ntags : 1);
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        ir->tags[t].domain = l->model->tags[t].domain;
    lower_tables(l);
}

/* Traps move the tags of those domains whose module initialises `ISA.RISCV.Trap.Env`, and of those
 * of which another module's init there names a tag. */
static bool in_trap_env(const struct model *model, uint32_t domain)
{
    for (uint32_t e = 0; e < model->nentities; e++)
        for (uint32_t t = 0; t < model->space->ntags; t++)
            if (model->entities[e].kind == MODEL_ENT_TRAP_ENV && model->tags[t].domain == domain &&
                pol_lit_has(model->entities[e].tags, t))
                return true;
    return false;
}

static void lower_domains(struct lowering *l)
{
    const struct model *model = l->model;
    struct ir *ir = l->ir;
    ir->ndomains = model->ndomains;
    ir->domains = ARENA_ARRAY(ir->arena, struct ir_domain, ir->ndomains ? ir->ndomains : 1);
    for (uint32_t d = 0; d < ir->ndomains; d++)
        ir->domains[d] =
            (struct ir_domain){IR_DOMAIN_STATIC, "static", IR_NONE, in_trap_env(model, d)};
    for (uint32_t i = 0; i < model->ndeciders; i++) {
        const struct model_decider *decider = &model->deciders[i];
        struct ir_domain *domain = &ir->domains[decider->domain];
        domain->kind = decider->is_global ? IR_DOMAIN_GLOBAL : IR_DOMAIN_COMPONENT;
        domain->name = arena_strdup(ir->arena, decider->name);
        domain->decider = i;
        domain->trap_env |= decider->trap_env;
    }
}

/* "heap.Color" for a declared type, "heap.main.Int" for a built-in one, after its decider. */
static const char *counter_name(const struct lowering *l, const struct model_counter *counter)
{
    const struct model_type *type = &l->model->types[counter->type];
    const char *scope = type->module ? type->module : l->model->deciders[counter->decider].name;
    return arena_printf(l->ir->arena, "%s.%s", scope, type->name);
}

static void lower_counters(struct lowering *l)
{
    const struct model *model = l->model;
    struct ir *ir = l->ir;
    ir->ncounters = model->ncounters;
    ir->counters = ARENA_ARRAY(ir->arena, struct ir_counter, ir->ncounters ? ir->ncounters : 1);
    for (uint32_t c = 0; c < ir->ncounters; c++) {
        const struct model_type *type = &model->types[model->counters[c].type];
        ir->counters[c] =
            (struct ir_counter){counter_name(l, &model->counters[c]), model->counters[c].decider,
                                type->limit, type->exhaust};
    }
}

static void lower_responses(struct lowering *l)
{
    static const enum pol_action actions[] = {[MODEL_REPORT] = POL_ACTION_REPORT,
                                              [MODEL_TERMINATE] = POL_ACTION_TERMINATE,
                                              [MODEL_FAILSAFE] = POL_ACTION_FAILSAFE,
                                              [MODEL_HALT] = POL_ACTION_HALT};
    struct ir *ir = l->ir;
    ir->nresponses = l->model->nresponses;
    ir->responses = ARENA_ARRAY(ir->arena, struct ir_response, ir->nresponses);
    for (uint32_t i = 0; i < ir->nresponses; i++) {
        const struct model_response *r = &l->model->responses[i];
        ir->responses[i] =
            (struct ir_response){arena_strdup(ir->arena, r->name), actions[r->action],
                                 arena_strdup(ir->arena, r->entity)};
    }
}

static const char *copy_name(struct lowering *l, const char *name)
{
    return name ? arena_strdup(l->ir->arena, name) : NULL;
}

static struct ir_group lower_group(struct lowering *l, const struct model_group *group)
{
    struct arena *arena = l->ir->arena;
    struct ir_group out = {.nmatchers = group->ninsts};
    out.name = group->module && group->module[0]
                   ? arena_printf(arena, "%s.%s", group->module, group->name)
                   : arena_strdup(arena, group->name);
    out.matchers = ARENA_ARRAY(arena, struct ir_matcher, group->ninsts ? group->ninsts : 1);
    for (uint32_t i = 0; i < group->ninsts; i++)
        out.matchers[i] =
            (struct ir_matcher){group->insts[i].insn, group->insts[i].mask, group->insts[i].match};
    for (int op = 0; op < POL_OPERANDS; op++)
        if (group->reads[op])
            out.operand_name[op] = copy_name(l, group->operand_name[op]);
    for (uint32_t r = 0; r < group->nresults; r++) {
        out.listed |= (uint8_t)(1u << group->results[r]);
        out.result_name[group->results[r]] = copy_name(l, group->result_name[group->results[r]]);
    }
    return out;
}

static void lower_groups(struct lowering *l)
{
    struct ir *ir = l->ir;
    ir->ngroups = l->model->ngroups;
    ir->groups = ARENA_ARRAY(ir->arena, struct ir_group, ir->ngroups ? ir->ngroups : 1);
    for (uint32_t g = 0; g < ir->ngroups; g++)
        ir->groups[g] = lower_group(l, &l->model->groups[g]);
}

static struct ir_decider lower_decider(struct lowering *l, uint32_t index)
{
    const struct model_decider *decider = &l->model->deciders[index];
    struct ir_decider out = {.name = arena_strdup(l->ir->arena, decider->name),
                             .is_global = decider->is_global,
                             .domain = decider->domain,
                             .nrules = decider->nrules};
    out.rules = ARENA_ARRAY(l->ir->arena, struct ir_rule, out.nrules ? out.nrules : 1);
    for (uint32_t r = 0; r < out.nrules; r++)
        out.rules[r] = lower_rule(l, index, &l->model->rules[decider->rules[r]]);
    return out;
}

static void lower_deciders(struct lowering *l)
{
    struct ir *ir = l->ir;
    ir->ndeciders = l->model->ndeciders;
    ir->nglobals = l->model->nglobals;
    ir->deciders = ARENA_ARRAY(ir->arena, struct ir_decider, ir->ndeciders ? ir->ndeciders : 1);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        ir->deciders[d] = lower_decider(l, d);
}

static enum ir_entity_kind lower_kind(enum model_entity_kind kind)
{
    static const enum ir_entity_kind kinds[] = {[MODEL_ENT_ENV] = IR_ENT_ENV,
                                                [MODEL_ENT_TRAP_ENV] = IR_ENT_TRAP_ENV,
                                                [MODEL_ENT_INT_REG] = IR_ENT_INT_REG,
                                                [MODEL_ENT_FP_REG] = IR_ENT_FP_REG,
                                                [MODEL_ENT_REG_DEFAULT] = IR_ENT_REG_DEFAULT,
                                                [MODEL_ENT_CSR] = IR_ENT_CSR,
                                                [MODEL_ENT_SECTION] = IR_ENT_SECTION,
                                                [MODEL_ENT_RANGE] = IR_ENT_RANGE,
                                                [MODEL_ENT_DERIVED] = IR_ENT_DERIVED,
                                                [MODEL_ENT_OTHER] = IR_ENT_OTHER};
    return kinds[kind];
}

static void lower_entities(struct lowering *l)
{
    struct ir *ir = l->ir;
    size_t words = ir->space->words;
    ir->nentities = l->model->nentities;
    ir->entities = ARENA_ARRAY(ir->arena, struct ir_entity, ir->nentities ? ir->nentities : 1);
    for (uint32_t e = 0; e < ir->nentities; e++) {
        const struct model_entity *entity = &l->model->entities[e];
        uint32_t *tags = ARENA_ARRAY(ir->arena, uint32_t, words);
        memcpy(tags, entity->tags, words * sizeof *tags);
        ir->entities[e] =
            (struct ir_entity){arena_strdup(ir->arena, entity->name), lower_kind(entity->kind),
                               entity->number, entity->only, tags};
    }
}

struct ir *lower_model(const struct model *model, uint32_t granule, struct diag_sink *sink)
{
    struct lowering l = {.model = model, .ir = ir_new()};
    struct ir *ir = l.ir;
    ir_pools_init(&l.pools, ir);
    ir->name = arena_strdup(ir->arena, model->name);
    ir->stem = arena_strdup(ir->arena, model->stem);
    ir->isa = model->isa;
    ir->granule = granule;
    memcpy(ir->digest, model->digest, sizeof ir->digest);
    lower_tags(&l);
    lower_domains(&l);
    lower_responses(&l);
    lower_counters(&l);
    lower_groups(&l);
    lower_deciders(&l);
    lower_entities(&l);
    lower_claims(&l);
    ir_pools_finish(&l.pools, ir);
    if (!lower_opclasses(ir, sink)) {
        ir_free(ir);
        return NULL;
    }
    return ir;
}
