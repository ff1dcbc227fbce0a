/* Invariants of expressions and rules. */
#include <inttypes.h>

#include "compiler/ir/verify.h"

/* ---- Pools --------------------------------------------------------------------------------- */

static const char *check_ref(const struct ir *ir, struct ir_ref ref, bool is_set)
{
    if (ref.op >= POL_OPERANDS || ref.tag >= ir->space->ntags)
        return "reference to no operand or no tag";
    const struct pol_tag_info *info = &ir->space->tags[ref.tag];
    if (ref.arg >= info->nargs || info->args[ref.arg].is_set != is_set)
        return ir_broken(ir, "%s has no such argument %" PRIu32, info->name, ref.arg);
    return NULL;
}

static const char *check_int(const struct ir *ir, uint32_t id)
{
    const struct ir_int *node = &ir->ints[id];
    switch (node->kind) {
    case IR_INT_CONST:
        return NULL;
    case IR_INT_ARG:
        return check_ref(ir, node->ref, false);
    case IR_INT_NEW:
        return node->counter < ir->ncounters ? NULL : "no such counter";
    case IR_INT_ADD:
    case IR_INT_SUB:
    case IR_INT_MUL:
    case IR_INT_DIV:
    case IR_INT_MOD:
        break;
    default:
        return "unknown kind";
    }
    if (node->a.v >= id || node->b.v >= id)
        return "does not refer to earlier entries";
    if (node->kind < IR_INT_DIV)
        return NULL;
    const struct ir_int *divisor = &ir->ints[node->b.v];
    return divisor->kind == IR_INT_CONST && divisor->value > 0 ? NULL : "bad divisor";
}

static const char *check_guard(const struct ir *ir, uint32_t id)
{
    const struct ir_guard *node = &ir->guards[id];
    switch (node->kind) {
    case IR_GUARD_TRUE:
    case IR_GUARD_FALSE:
        return NULL;
    case IR_GUARD_NOT:
        return node->a.v < id ? NULL : "does not refer to earlier entries";
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        return node->a.v < id && node->b.v < id ? NULL : "does not refer to earlier entries";
    case IR_GUARD_EQ:
    case IR_GUARD_NE:
    case IR_GUARD_LT:
    case IR_GUARD_LE:
        return node->x.v < ir->nints && node->y.v < ir->nints ? NULL : "no such integer";
    case IR_GUARD_SETEQ:
        TRY(check_ref(ir, node->r, true));
        return check_ref(ir, node->s, true);
    }
    return "unknown kind";
}

static const char *check_mod(const struct ir *ir, uint32_t id, const struct ir_mod *mod)
{
    if (mod->tag >= ir->space->ntags)
        return "no such tag";
    const struct pol_tag_info *info = &ir->space->tags[mod->tag];
    if (mod->remove || info->nargs == 0)
        return NULL;
    if (!mod->args)
        return ir_broken(ir, "%s added without arguments", info->name);
    for (uint32_t a = 0; a < info->nargs; a++)
        if (info->args[a].is_set ? mod->args[a].set.v >= id : mod->args[a].number.v >= ir->nints)
            return ir_broken(ir, "argument %" PRIu32 " of %s", a, info->name);
    return NULL;
}

static const char *check_set(const struct ir *ir, uint32_t id)
{
    const struct ir_set *node = &ir->sets[id];
    switch (node->kind) {
    case IR_SET_EMPTY:
        return NULL;
    case IR_SET_OPERAND:
        return node->op < POL_OPERANDS ? NULL : "no such operand";
    case IR_SET_ARG:
        return check_ref(ir, node->ref, true);
    case IR_SET_MODIFY:
        if (node->a.v >= id)
            return "does not refer to earlier entries";
        for (uint32_t m = 0; m < node->nmods; m++)
            TRY(check_mod(ir, id, &node->mods[m]));
        return NULL;
    case IR_SET_UNION:
    case IR_SET_INTER:
        return node->a.v < id && node->b.v < id ? NULL : "does not refer to earlier entries";
    }
    return "unknown kind";
}

static const char *check_pool(const struct ir *ir, const char *pool, uint32_t count,
                              const char *(*check)(const struct ir *, uint32_t))
{
    for (uint32_t id = 0; id < count; id++) {
        const char *broken = check(ir, id);
        if (broken)
            return ir_broken(ir, "%s %" PRIu32 ": %s", pool, id, broken);
    }
    return NULL;
}

const char *ir_verify_pools(const struct ir *ir)
{
    TRY(check_pool(ir, "integer", ir->nints, check_int));
    TRY(check_pool(ir, "guard", ir->nguards, check_guard));
    return check_pool(ir, "set", ir->nsets, check_set);
}

/* ---- Rules --------------------------------------------------------------------------------- */

/* What the expressions of one rule may read. */
struct reader {
    const struct ir *ir;
    const struct ir_rule *rule;
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
    const struct ir_cond *cond = &r->rule->cond[ref.op];
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

static const char *check_ascending(const struct ir *ir, const uint32_t *tags, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (tags[i] >= ir->space->ntags || (i > 0 && tags[i] <= tags[i - 1]))
            return "tags of a condition are not known and ascending";
    return NULL;
}

static const char *check_cond(const struct ir *ir, const struct ir_cond *cond)
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

static bool never(const struct ir_rule *rule)
{
    for (int op = 0; op < POL_OPERANDS; op++)
        if (rule->cond[op].never)
            return true;
    return false;
}

const char *ir_verify_rule(const struct ir *ir, const struct ir_decider *decider,
                           const struct ir_rule *rule)
{
    TRY(check_texts(rule));
    if (rule->group.v != IR_NONE && rule->group.v >= ir->ngroups)
        return "no such group";
    for (int op = 0; op < POL_OPERANDS; op++)
        TRY(check_cond(ir, &rule->cond[op]));
    struct reader r = {ir, rule, (uint32_t)(decider - ir->deciders), never(rule), true};
    if (rule->guard.v != IR_NONE) {
        if (rule->guard.v >= ir->nguards)
            return "no such guard";
        TRY(read_guard(&r, rule->guard));
    }
    r.in_guard = false;
    for (unsigned result = 0; result < POL_RESULTS; result++) {
        if (rule->result[result].v == IR_NONE)
            continue;
        TRY(check_result(ir, rule, result));
        TRY(read_set(&r, rule->result[result]));
    }
    return NULL;
}
