/* Invariants of the expression pools. */
#include <inttypes.h>

#include "compiler/ir/verify.h"

static const char *check_ref(const struct ir *ir, struct ir_ref ref, bool is_set)
{
    if ((unsigned)ref.op >= POL_OPERANDS + POL_RESULTS || ref.tag >= ir->space->ntags)
        return "reference to no operand or no tag";
    const struct pol_tag_info *info = &ir->space->tags[ref.tag];
    if (ref.arg >= info->nargs || info->args[ref.arg].is_set != is_set)
        return ir_broken(ir, "%s has no such argument %" PRIu32, info->name, ref.arg);
    return NULL;
}

/* Whether every value of an integer is one that fits below `limit`; only of those whose values are
 * known without a calculation. */
static bool fits(const struct ir *ir, struct ir_int_id id, uint64_t limit)
{
    const struct ir_int *node = &ir->ints[id.v];
    switch (node->kind) {
    case IR_INT_CONST:
        return node->value >= 0 && (uint64_t)node->value < limit;
    case IR_INT_ARG:
        return ir->space->tags[node->ref.tag].args[node->ref.arg].limit <= limit;
    case IR_INT_JOIN:
    case IR_INT_MEET:
        return ir->lattices[node->lattice].size <= limit;
    default:
        return false;
    }
}

/* A value of a lattice: one of its own arguments, a constant, or what was made of such. */
static bool of_lattice(const struct ir *ir, struct ir_int_id id, uint32_t lattice)
{
    const struct ir_int *node = &ir->ints[id.v];
    if (node->kind == IR_INT_ARG)
        return ir->tags[node->ref.tag].lattice[node->ref.arg] == lattice;
    if (node->kind == IR_INT_JOIN || node->kind == IR_INT_MEET)
        return node->lattice == lattice;
    return fits(ir, id, ir->lattices[lattice].size);
}

static const char *check_bound(const struct ir *ir, const struct ir_int *node)
{
    if (node->lattice >= ir->nlattices)
        return "no such lattice";
    if (!of_lattice(ir, node->a, node->lattice) || !of_lattice(ir, node->b, node->lattice))
        return "a join or meet of what is not of its lattice";
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
    case IR_INT_JOIN:
    case IR_INT_MEET:
        break;
    default:
        return "unknown kind";
    }
    if (node->a.v >= id || node->b.v >= id)
        return "does not refer to earlier entries";
    if (node->kind == IR_INT_JOIN || node->kind == IR_INT_MEET)
        return check_bound(ir, node);
    if (node->kind < IR_INT_DIV)
        return NULL;
    const struct ir_int *divisor = &ir->ints[node->b.v];
    return divisor->kind == IR_INT_CONST && divisor->value > 0 ? NULL : "bad divisor";
}

static const char *check_related(const struct ir *ir, const struct ir_guard *node)
{
    if (node->relation >= ir->nrelations)
        return "no such relation";
    const struct ir_relation *relation = &ir->relations[node->relation];
    if (!node->args)
        return ir_broken(ir, "%s without arguments", relation->name);
    for (uint32_t i = 0; i < relation->nargs; i++)
        if (node->args[i].v >= ir->nints || !fits(ir, node->args[i], relation->limit[i]))
            return ir_broken(ir, "argument %" PRIu32 " of %s does not fit", i, relation->name);
    return NULL;
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
    case IR_GUARD_RELATION:
        return check_related(ir, node);
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
