/* The invariants of the IR.  Each check answers NULL, or what is wrong (in the IR's arena). */
#include <inttypes.h>
#include <string.h>

#include "compiler/ir/cube.h"
#include "compiler/ir/verify.h"

const char *ir_broken(const struct ir *ir, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = arena_vprintf(ir->arena, fmt, args);
    va_end(args);
    return text;
}

static const char *check_tags(const struct ir *ir)
{
    if (!ir->space)
        return "no tag space";
    uint32_t previous = 0;
    for (uint32_t t = 0; t < ir->space->ntags; t++) {
        if (ir->tags[t].domain >= ir->ndomains)
            return ir_broken(ir, "tag %" PRIu32 ": no domain %" PRIu32, t, ir->tags[t].domain);
        if (ir->tags[t].domain < previous)
            return ir_broken(ir, "tag %" PRIu32 ": tags are not sorted by domain", t);
        previous = ir->tags[t].domain;
    }
    return NULL;
}

/* The kind that domain d must have: components, globals, then at most one static. */
static enum ir_domain_kind expected_kind(const struct ir *ir, uint32_t d)
{
    if (d < ir->ndeciders - ir->nglobals)
        return IR_DOMAIN_COMPONENT;
    return d < ir->ndeciders ? IR_DOMAIN_GLOBAL : IR_DOMAIN_STATIC;
}

static const char *check_domains(const struct ir *ir)
{
    if (ir->ndomains != ir->ndeciders && ir->ndomains != ir->ndeciders + 1)
        return "number of domains does not fit the deciders";
    for (uint32_t d = 0; d < ir->ndomains; d++) {
        const struct ir_domain *domain = &ir->domains[d];
        if (domain->kind != expected_kind(ir, d) || !domain->name)
            return ir_broken(ir, "domain %" PRIu32 ": wrong kind, or no name", d);
        if (domain->kind == IR_DOMAIN_STATIC) {
            if (domain->decider != IR_NONE)
                return ir_broken(ir, "domain %" PRIu32 ": static with a decider", d);
        } else if (domain->decider >= ir->ndeciders || ir->deciders[domain->decider].domain != d) {
            return ir_broken(ir, "domain %" PRIu32 ": wrong decider", d);
        }
    }
    return NULL;
}

static const char *check_counters(const struct ir *ir)
{
    for (uint32_t c = 0; c < ir->ncounters; c++) {
        const struct ir_counter *counter = &ir->counters[c];
        if (!counter->name || counter->decider >= ir->ndeciders)
            return ir_broken(ir, "counter %" PRIu32 ": no name or no decider", c);
        if (counter->limit == 0 || counter->limit > (uint64_t)1 << 32)
            return ir_broken(ir, "counter %" PRIu32 ": limit out of range", c);
    }
    return NULL;
}

const char *ir_verify_matcher(const struct ir *ir, const char *name, const struct ir_matcher *m)
{
    const struct pol_insn *insn = m->insn < 0 ? NULL : pol_insn_at((size_t)m->insn);
    if (!insn || !pol_isa_has(&ir->isa, insn))
        return ir_broken(ir, "%s: instruction %d is not in the target", name, m->insn);
    if (m->match & ~m->mask)
        return ir_broken(ir, "%s: match outside mask", name);
    if (!cube_within((struct cube){m->mask, m->match}, (struct cube){insn->mask, insn->match}))
        return ir_broken(ir, "%s: matcher is not within %s", name, insn->name);
    return NULL;
}

static const char *check_groups(const struct ir *ir)
{
    for (uint32_t g = 0; g < ir->ngroups; g++) {
        const struct ir_group *group = &ir->groups[g];
        if (!group->name)
            return ir_broken(ir, "group %" PRIu32 ": no name", g);
        if (group->listed >> POL_RESULTS || (group->listed & (1u << POL_RES_ENV)))
            return ir_broken(ir, "group %s: lists what is no result", group->name);
        for (uint32_t m = 0; m < group->nmatchers; m++)
            TRY(ir_verify_matcher(ir, group->name, &group->matchers[m]));
    }
    return NULL;
}

static const char *check_decider(const struct ir *ir, uint32_t d)
{
    const struct ir_decider *decider = &ir->deciders[d];
    if (decider->is_global != (d < ir->nglobals))
        return ir_broken(ir, "decider %" PRIu32 ": globals come first", d);
    if (decider->domain >= ir->ndomains || ir->domains[decider->domain].decider != d)
        return ir_broken(ir, "decider %" PRIu32 ": wrong domain", d);
    if (!decider->name)
        return ir_broken(ir, "decider %" PRIu32 ": no name", d);
    for (uint32_t r = 0; r < decider->nrules; r++) {
        const char *broken = ir_verify_rule(ir, decider, &decider->rules[r]);
        if (broken)
            return ir_broken(ir, "%s, rule %" PRIu32 ": %s", decider->name, r, broken);
    }
    return NULL;
}

static const char *check_deciders(const struct ir *ir)
{
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        TRY(check_decider(ir, d));
    return NULL;
}

/* Words of a flat literal that integer arguments may use, and whether tags are all known. */
static const char *check_presence(const struct ir *ir, const char *entity, const uint32_t *has)
{
    uint32_t rest = ir->space->ntags % 32;
    uint32_t last = ir->space->has_words - 1;
    uint32_t spare = ir->space->ntags == 0 ? UINT32_MAX : rest ? ~(uint32_t)0 << rest : 0;
    if (has[last] & spare)
        return ir_broken(ir, "entity %s: a tag that does not exist", entity);
    return NULL;
}

static const char *check_literal(const struct ir *ir, const char *entity, const uint32_t *lit)
{
    TRY(check_presence(ir, entity, lit));
    for (uint32_t t = 0; t < ir->space->ntags; t++) {
        const struct pol_tag_info *info = &ir->space->tags[t];
        for (uint32_t a = 0; a < info->nargs; a++) {
            const struct pol_tag_arg *arg = &info->args[a];
            uint32_t words = arg->is_set ? ir->space->flat_words : 1;
            for (uint32_t w = 0; !pol_lit_has(lit, t) && w < words; w++)
                if (lit[arg->offset + w])
                    return ir_broken(ir, "entity %s: argument of an absent tag", entity);
            if (!arg->is_set && lit[arg->offset] >= arg->limit)
                return ir_broken(ir, "entity %s: argument out of range", entity);
            if (arg->is_set)
                TRY(check_presence(ir, entity, lit + arg->offset));
        }
    }
    return NULL;
}

static const char *check_entities(const struct ir *ir)
{
    for (uint32_t e = 0; e < ir->nentities; e++) {
        const struct ir_entity *entity = &ir->entities[e];
        if (!entity->name || !entity->tags || entity->kind > IR_ENT_OTHER)
            return ir_broken(ir, "entity %" PRIu32 ": no name or no tags", e);
        TRY(check_literal(ir, entity->name, entity->tags));
    }
    return NULL;
}

const char *ir_verify(const struct ir *ir)
{
    if (ir->granule != 1 && ir->granule != 2 && ir->granule != 4 && ir->granule != 8)
        return "granule is not 1, 2, 4 or 8";
    if (!ir->name || !ir->stem)
        return "no name or no stem";
    if (ir->nglobals > ir->ndeciders)
        return "more globals than deciders";
    TRY(check_tags(ir));
    TRY(check_domains(ir));
    TRY(ir_verify_tables(ir));
    TRY(check_counters(ir));
    TRY(check_groups(ir));
    TRY(ir_verify_pools(ir));
    TRY(check_deciders(ir));
    TRY(check_entities(ir));
    TRY(ir_verify_claims(ir));
    return ir_verify_opclasses(ir);
}
