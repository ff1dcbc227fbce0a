/* Invariants of conditions and rules. */
#include <inttypes.h>

#include "compiler/ir/verify.h"

/* ---- What is read -------------------------------------------------------------------------- */

/* What the expressions of one rule or claim may read. */
struct reader {
    const struct ir *ir;
    const struct ir_cond *cond;   /* by operand */
    const struct ir_cond *result; /* by result; NULL: new tags may not be read */
    uint32_t decider;
    bool any_tag; /* a rule that can never match may read anything */
    bool in_guard;
};

static bool listed(const uint32_t *tags, uint32_t count, uint32_t tag)
{
    for (uint32_t i = 0; i < count; i++)
        if (tags[i] == tag)
            return true;
    return false;
}

static const char *read_ref(const struct reader *r, struct ir_ref ref)
{
    if (ref.op >= POL_OPERANDS && !r->result)
        return "reads a new tag";
    const struct ir_cond *cond =
        ref.op < POL_OPERANDS ? &r->cond[ref.op] : &r->result[ref.op - POL_OPERANDS];
    if (r->any_tag || listed(cond->required, cond->nrequired, ref.tag))
        return NULL;
    return ir_broken(r->ir, "reads an argument of %s, which no pattern requires",
                     r->ir->space->tags[ref.tag].name);
}

static const char *read_int(const struct reader *r, struct ir_int_id id)
{
    const struct ir_int *node = &r->ir->ints[id.v];
    switch (node->kind) {
    case IR_INT_CONST:
        return NULL;
    case IR_INT_ARG:
        return read_ref(r, node->ref);
    case IR_INT_NEW:
        if (r->in_guard)
            return "`new` in a guard";
        return r->ir->counters[node->counter].decider == r->decider ? NULL : "another's counter";
    default:
        TRY(read_int(r, node->a));
        return read_int(r, node->b);
    }
}

static const char *read_guard(const struct reader *r, struct ir_guard_id id)
{
    const struct ir_guard *node = &r->ir->guards[id.v];
    switch (node->kind) {
    case IR_GUARD_TRUE:
    case IR_GUARD_FALSE:
        return NULL;
    case IR_GUARD_NOT:
        return read_guard(r, node->a);
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        TRY(read_guard(r, node->a));
        return read_guard(r, node->b);
    case IR_GUARD_SETEQ:
        TRY(read_ref(r, node->r));
        return read_ref(r, node->s);
    case IR_GUARD_RELATION:
        for (uint32_t i = 0; i < r->ir->relations[node->relation].nargs; i++)
            TRY(read_int(r, node->args[i]));
        return NULL;
    default:
        TRY(read_int(r, node->x));
        return read_int(r, node->y);
    }
}

static const char *read_set(const struct reader *r, struct ir_set_id id);

static const char *read_mod(const struct reader *r, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = &r->ir->space->tags[mod->tag];
    for (uint32_t a = 0; !mod->remove && a < info->nargs; a++)
        TRY(info->args[a].is_set ? read_set(r, mod->args[a].set)
                                 : read_int(r, mod->args[a].number));
    return NULL;
}

static const char *read_set(const struct reader *r, struct ir_set_id id)
{
    const struct ir_set *node = &r->ir->sets[id.v];
    switch (node->kind) {
    case IR_SET_OPERAND:
    case IR_SET_EMPTY:
        return NULL;
    case IR_SET_ARG:
        return read_ref(r, node->ref);
    case IR_SET_MODIFY:
        TRY(read_set(r, node->a));
        for (uint32_t m = 0; m < node->nmods; m++)
            TRY(read_mod(r, &node->mods[m]));
        return NULL;
    default:
        TRY(read_set(r, node->a));
        return read_set(r, node->b);
    }
}

/* ---- Rules --------------------------------------------------------------------------------- */

static const char *check_ascending(const struct ir *ir, const uint32_t *tags, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (tags[i] >= ir->space->ntags || (i > 0 && tags[i] <= tags[i - 1]))
            return "tags of a condition are not known and ascending";
    return NULL;
}

const char *ir_verify_cond(const struct ir *ir, const struct ir_cond *cond)
{
    TRY(check_ascending(ir, cond->required, cond->nrequired));
    TRY(check_ascending(ir, cond->forbidden, cond->nforbidden));
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        if (listed(cond->required, cond->nrequired, cond->forbidden[i]))
            return "a tag both required and forbidden";
    return NULL;
}

static const char *check_result(const struct ir *ir, const struct ir_rule *rule, unsigned result)
{
    if (rule->result[result].v >= ir->nsets)
        return "no such set";
    if (!rule->allow)
        return "a failing rule has results";
    if (rule->group.v == IR_NONE)
        return "a result without a group";
    if (result != POL_RES_ENV && !(ir->groups[rule->group.v].listed & (1u << result)))
        return "a result that the group does not list";
    return NULL;
}

static const char *check_texts(const struct ir_rule *rule)
{
    if (!rule->message || !rule->file || !rule->policy || !rule->text)
        return "a text is missing";
    return rule->allow && rule->message[0] ? "an allowing rule has a message" : NULL;
}

static bool never(const struct ir_cond *conds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (conds[i].never)
            return true;
    return false;
}

const char *ir_verify_reads(const struct ir *ir, const struct ir_cond *cond,
                            const struct ir_cond *result, struct ir_guard_id guard)
{
    bool any = never(cond, POL_OPERANDS) || (result && never(result, POL_RESULTS));
    struct reader r = {ir, cond, result, IR_NONE, any, true};
    if (guard.v == IR_NONE)
        return NULL;
    return guard.v < ir->nguards ? read_guard(&r, guard) : "no such guard";
}

static const char *check_response(const struct ir *ir, const struct ir_rule *rule)
{
    if (rule->response >= ir->nresponses)
        return "no such response";
    return rule->allow && rule->response != 0 ? "an allowing rule has a response" : NULL;
}

const char *ir_verify_rule(const struct ir *ir, const struct ir_decider *decider,
                           const struct ir_rule *rule)
{
    TRY(check_texts(rule));
    if (rule->group.v != IR_NONE && rule->group.v >= ir->ngroups)
        return "no such group";
    for (int op = 0; op < POL_OPERANDS; op++)
        TRY(ir_verify_cond(ir, &rule->cond[op]));
    TRY(check_response(ir, rule));
    TRY(ir_verify_reads(ir, rule->cond, NULL, rule->guard));
    bool any = never(rule->cond, POL_OPERANDS);
    struct reader r = {ir, rule->cond, NULL, (uint32_t)(decider - ir->deciders), any, false};
    for (unsigned result = 0; result < POL_RESULTS; result++) {
        if (rule->result[result].v == IR_NONE)
            continue;
        TRY(check_result(ir, rule, result));
        TRY(read_set(&r, rule->result[result]));
    }
    return NULL;
}
