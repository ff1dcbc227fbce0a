/* Guards as expressions, results as statements. */
#include "compiler/backend/reference/emit.h"

#include <inttypes.h>

/* ---- The width of numbers ------------------------------------------------------------------ */

/* Values low .. high; wide: more than is worth telling apart from 64 bits. */
struct range {
    int64_t low, high;
    bool wide;
};
#define NARROW (INT64_C(1) << 40) /* bounds whose sums are exact */

static struct range wide_range(void)
{
    return (struct range){INT64_MIN, INT64_MAX, true};
}

static struct range checked(int64_t low, int64_t high)
{
    if (low < -NARROW || high > NARROW)
        return wide_range();
    return (struct range){low, high, false};
}

static int64_t least(const int64_t v[4])
{
    int64_t low = v[0];
    for (int i = 1; i < 4; i++)
        low = v[i] < low ? v[i] : low;
    return low;
}

static int64_t greatest(const int64_t v[4])
{
    int64_t high = v[0];
    for (int i = 1; i < 4; i++)
        high = v[i] > high ? v[i] : high;
    return high;
}

static bool small(const struct range *a)
{
    return a->low >= -(INT64_C(1) << 31) && a->high <= INT64_C(1) << 32 && !a->wide;
}

static struct range product(const struct range *a, const struct range *b)
{
    if (!small(a) || !small(b) || a->high > INT32_MAX || b->high > INT32_MAX)
        return wide_range();
    int64_t v[4] = {a->low * b->low, a->low * b->high, a->high * b->low, a->high * b->high};
    return checked(least(v), greatest(v));
}

/* Divisors are positive constants: neither result is farther from 0 than the dividend. */
static struct range part(const struct range *a)
{
    return (struct range){a->low < 0 ? a->low : 0, a->high > 0 ? a->high : 0, a->wide};
}

static struct range int_range(const struct ir *ir, const struct range *earlier,
                              const struct ir_int *node)
{
    const struct range *a = &earlier[node->a.v], *b = &earlier[node->b.v];
    switch (node->kind) {
    case IR_INT_CONST:
        return checked(node->value, node->value);
    case IR_INT_ARG:
        return checked(0, (int64_t)ir->space->tags[node->ref.tag].args[node->ref.arg].limit - 1);
    case IR_INT_NEW:
        return checked(0, (int64_t)ir->counters[node->counter].limit - 1);
    case IR_INT_ADD:
        return a->wide || b->wide ? wide_range() : checked(a->low + b->low, a->high + b->high);
    case IR_INT_SUB:
        return a->wide || b->wide ? wide_range() : checked(a->low - b->high, a->high - b->low);
    case IR_INT_MUL:
        return product(a, b);
    case IR_INT_JOIN:
    case IR_INT_MEET:
        return checked(0, (int64_t)ir->lattices[node->lattice].size - 1);
    default:
        return part(a);
    }
}

static uint32_t signed_bits(const struct range *range)
{
    if (range->wide)
        return 64;
    uint32_t above = hw_bits((uint64_t)(range->high < 0 ? 0 : range->high)) + 1;
    uint32_t below = hw_bits((uint64_t)(range->low < 0 ? -(range->low + 1) : 0)) + 1;
    return above > below ? above : below;
}

/* Limits are compared with values, too. */
uint32_t reference_number_bits(const struct ir *ir)
{
    struct arena arena;
    arena_init(&arena);
    struct range *ranges = ARENA_ARRAY(&arena, struct range, (size_t)ir->nints + 1);
    uint32_t bits = 2;
    for (uint32_t i = 0; i < ir->nints; i++) {
        ranges[i] = int_range(ir, ranges, &ir->ints[i]);
        bits = signed_bits(&ranges[i]) > bits ? signed_bits(&ranges[i]) : bits;
    }
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        for (uint32_t k = 0; k < ir->space->tags[t].nargs; k++) {
            const struct pol_tag_arg *arg = &ir->space->tags[t].args[k];
            uint32_t limit = arg->is_set ? 0 : hw_bits(arg->limit) + 1;
            bits = limit > bits ? limit : bits;
        }
    for (uint32_t i = 0; i < ir->nlattices; i++)
        bits = hw_bits(ir->lattices[i].size) + 1 > bits ? hw_bits(ir->lattices[i].size) + 1 : bits;
    arena_free(&arena);
    return bits;
}

/* ---- Integers ------------------------------------------------------------------------------ */

static void emit_const(const struct reference *r, int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value == INT64_MIN)
        reference_put(r, "64'sh8000000000000000");
    else
        reference_put(r, "%s%u'sd%" PRIu64 "%s", value < 0 ? "(-" : "", r->number_bits, magnitude,
                      value < 0 ? ")" : "");
}

static void emit_int(const struct reference *r, struct ir_int_id id)
{
    static const char *const signs[] = {[IR_INT_ADD] = "+",
                                        [IR_INT_SUB] = "-",
                                        [IR_INT_MUL] = "*",
                                        [IR_INT_DIV] = "/",
                                        [IR_INT_MOD] = "%"};
    const struct ir_int *node = &r->ir->ints[id.v];
    switch (node->kind) {
    case IR_INT_CONST:
        emit_const(r, node->value);
        return;
    case IR_INT_ARG:
        reference_put(r, "number(%s_set[ARG_%s_%u +: %u])", reference_operands[node->ref.op],
                      r->tags[node->ref.tag], node->ref.arg,
                      reference_lane(r, node->ref.tag, node->ref.arg)->width);
        return;
    case IR_INT_NEW:
        reference_put(r, "fresh_%s_%u", r->counters[node->counter], node->new_index);
        return;
    case IR_INT_JOIN:
    case IR_INT_MEET:
        reference_put(r, "%s_%s(", node->kind == IR_INT_JOIN ? "join" : "meet",
                      r->lattices[node->lattice]);
        emit_int(r, node->a);
        reference_put(r, ", ");
        emit_int(r, node->b);
        reference_put(r, ")");
        return;
    default:
        reference_put(r, "(");
        emit_int(r, node->a);
        reference_put(r, " %s ", signs[node->kind]);
        emit_int(r, node->b);
        reference_put(r, ")");
    }
}

/* ---- Guards -------------------------------------------------------------------------------- */

static void emit_set_arg(const struct reference *r, struct ir_ref ref)
{
    reference_put(r, "%s_set[ARG_%s_%u +: %u]", reference_operands[ref.op], r->tags[ref.tag],
                  ref.arg, r->flat_bits);
}

static void emit_related(const struct reference *r, const struct ir_guard *node)
{
    reference_put(r, "holds_%s(", r->relations[node->relation]);
    for (uint32_t i = 0; i < r->ir->relations[node->relation].nargs; i++) {
        reference_put(r, i ? ", " : "");
        emit_int(r, node->args[i]);
    }
    reference_put(r, ")");
}

void reference_guard(const struct reference *r, struct ir_guard_id id)
{
    static const char *const signs[] = {
        [IR_GUARD_AND] = " && ", [IR_GUARD_OR] = " || ", [IR_GUARD_EQ] = " == ",
        [IR_GUARD_NE] = " != ",  [IR_GUARD_LT] = " < ",  [IR_GUARD_LE] = " <= "};
    const struct ir_guard *node = &r->ir->guards[id.v];
    switch (node->kind) {
    case IR_GUARD_TRUE:
    case IR_GUARD_FALSE:
        reference_put(r, node->kind == IR_GUARD_TRUE ? "1'b1" : "1'b0");
        return;
    case IR_GUARD_NOT:
        reference_put(r, "(!");
        reference_guard(r, node->a);
        break;
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        reference_put(r, "(");
        reference_guard(r, node->a);
        reference_put(r, "%s", signs[node->kind]);
        reference_guard(r, node->b);
        break;
    case IR_GUARD_RELATION:
        emit_related(r, node);
        return;
    case IR_GUARD_SETEQ:
        reference_put(r, "(");
        emit_set_arg(r, node->r);
        reference_put(r, " == ");
        emit_set_arg(r, node->s);
        break;
    default:
        reference_put(r, "(");
        emit_int(r, node->x);
        reference_put(r, "%s", signs[node->kind]);
        emit_int(r, node->y);
    }
    reference_put(r, ")");
}

/* ---- Depth --------------------------------------------------------------------------------- */

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t mod_depth(const struct ir *ir, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = &ir->space->tags[mod->tag];
    uint32_t depth = 0;
    for (uint32_t a = 0; !mod->remove && a < info->nargs; a++)
        if (info->args[a].is_set)
            depth = larger(depth, 1 + reference_set_depth(ir, mod->args[a].set));
    return depth;
}

uint32_t reference_set_depth(const struct ir *ir, struct ir_set_id id)
{
    const struct ir_set *node = &ir->sets[id.v];
    uint32_t depth = 0;
    switch (node->kind) {
    case IR_SET_EMPTY:
    case IR_SET_OPERAND:
    case IR_SET_ARG:
        return 0;
    case IR_SET_MODIFY:
        for (uint32_t i = 0; i < node->nmods; i++)
            depth = larger(depth, mod_depth(ir, &node->mods[i]));
        return larger(depth, reference_set_depth(ir, node->a));
    default:
        return larger(reference_set_depth(ir, node->a), 1 + reference_set_depth(ir, node->b));
    }
}

/* ---- Tag sets ------------------------------------------------------------------------------ */

#define INDENT "            "

static const char *fault_name(const struct set_context *c)
{
    return arena_printf(c->r->arena, "fault_%s_%s", reference_results[c->result],
                        c->r->deciders[c->decider]);
}

/* The result's first failure, when this is it. */
static void fail(const struct set_context *c, const char *when, const char *tag, const char *cause)
{
    const char *fault = fault_name(c);
    reference_put(c->r, INDENT "if (%s == 0 && (%s)) %s = {%s, CAUSE_%s};\n", fault, when, fault,
                  tag, cause);
}

static bool is_global(const struct set_context *c)
{
    return c->r->ir->deciders[c->decider].is_global;
}

/* Fresh values from left to right: they run out, or are used. */
static void take_fresh(const struct set_context *c, struct ir_int_id id)
{
    const struct reference *r = c->r;
    const struct ir_int *node = &r->ir->ints[id.v];
    if (node->kind >= IR_INT_ADD) {
        take_fresh(c, node->a);
        take_fresh(c, node->b);
    }
    if (node->kind != IR_INT_NEW)
        return;
    const char *name = r->counters[node->counter];
    if (r->ir->counters[node->counter].exhaust)
        fail(c, arena_printf(r->arena, "spent_%s_%u", name, node->new_index), "TAG_NONE",
             "EXHAUSTED");
    reference_put(r, INDENT "if (taken_%s <= %u) taken_%s = %u;\n", name, node->new_index, name,
                  node->new_index + 1);
}

static void add_number(const struct set_context *c, uint32_t tag, uint32_t a, struct ir_int_id id,
                       const char *dest)
{
    const struct reference *r = c->r;
    const char *name = r->deciders[c->decider];
    const struct lane *lane = reference_lane(r, tag, a);
    take_fresh(c, id);
    reference_put(r, INDENT "number_%s = ", name);
    emit_int(r, id);
    reference_put(r, ";\n");
    fail(c,
         arena_printf(r->arena, "number_%s < 0 || number_%s >= %u'sd%" PRIu64, name, name,
                      r->number_bits, r->ir->space->tags[tag].args[a].limit),
         arena_printf(r->arena, "%u'd%u", r->hw->tag_bits, tag), "RANGE");
    reference_put(r, INDENT "%s[ARG_%s_%u +: %u] = number_%s;\n", dest, r->tags[tag], a,
                  lane->width, name);
}

static void add_set(const struct set_context *c, uint32_t tag, uint32_t a, struct ir_set_id id,
                    const char *dest, uint32_t depth)
{
    const struct reference *r = c->r;
    const struct ir *ir = r->ir;
    const char *part = arena_printf(r->arena, "part%u_%s", depth, r->deciders[c->decider]);
    reference_set(c, id, part, depth + 1);
    /* An argument of a component's tag holds what that component owns, whoever stores it. */
    if (ir->domains[ir->tags[tag].domain].kind == IR_DOMAIN_COMPONENT)
        reference_put(r, INDENT "%s = %s & OWN_%u;\n", part, part, ir->tags[tag].domain);
    fail(c, arena_printf(r->arena, "nested(%s) != TAG_NONE", part),
         arena_printf(r->arena, "nested(%s)", part), "NESTED");
    reference_put(r, INDENT "%s[ARG_%s_%u +: %u] = flatten(%s);\n", dest, r->tags[tag], a,
                  r->flat_bits, part);
    fail(c, arena_printf(r->arena, "uncoded_%s_%u(flatten(%s))", r->tags[tag], a, part), "TAG_NONE",
         "INVALID");
}

static void emit_mod(const struct set_context *c, const struct ir_mod *mod, const char *dest,
                     uint32_t depth)
{
    const struct reference *r = c->r;
    const struct pol_tag_info *info = &r->ir->space->tags[mod->tag];
    reference_put(r, INDENT "%s[TAG_%s] = 1'b%d;\n", dest, r->tags[mod->tag], !mod->remove);
    if (mod->remove && info->nargs)
        reference_put(r, INDENT "%s[ARG_%s_0 +: %u] = 0;\n", dest, r->tags[mod->tag],
                      reference_args_bits(r, mod->tag));
    for (uint32_t a = 0; !mod->remove && a < info->nargs; a++)
        if (info->args[a].is_set)
            add_set(c, mod->tag, a, mod->args[a].set, dest, depth);
        else
            add_number(c, mod->tag, a, mod->args[a].number, dest);
}

static void emit_join(const struct set_context *c, const struct ir_set *node, const char *dest,
                      uint32_t depth)
{
    const struct reference *r = c->r;
    const char *part = arena_printf(r->arena, "part%u_%s", depth, r->deciders[c->decider]);
    reference_set(c, node->a, dest, depth);
    reference_set(c, node->b, part, depth + 1);
    if (node->kind == IR_SET_INTER) {
        reference_put(r, INDENT "%s = common(%s, %s);\n", dest, dest, part);
        return;
    }
    const char *clash = arena_printf(r->arena, "clash(%s, %s, ~EMPTY)", dest, part);
    if (r->has_args)
        fail(c, arena_printf(r->arena, "%s != TAG_NONE", clash), clash, "CONFLICT");
    if (r->has_lattices)
        reference_put(r, INDENT "%s = united(%s, %s);\n", dest, dest, part);
    else
        reference_put(r, INDENT "%s = %s | %s;\n", dest, dest, part);
}

/* `dest = VALUE;`, of which a component takes what it owns. */
static void owned(const struct set_context *c, const char *dest, const char *value)
{
    if (is_global(c))
        reference_put(c->r, INDENT "%s = %s;\n", dest, value);
    else
        reference_put(c->r, INDENT "%s = %s & OWN_%u;\n", dest, value,
                      c->r->ir->deciders[c->decider].domain);
}

void reference_set(const struct set_context *c, struct ir_set_id id, const char *dest,
                   uint32_t depth)
{
    const struct reference *r = c->r;
    const struct ir_set *node = &r->ir->sets[id.v];
    switch (node->kind) {
    case IR_SET_EMPTY:
        reference_put(r, INDENT "%s = EMPTY;\n", dest);
        return;
    case IR_SET_OPERAND:
        owned(c, dest, arena_printf(r->arena, "%s_set", reference_operands[node->op]));
        return;
    case IR_SET_ARG:
        owned(c, dest,
              arena_printf(r->arena, "expand(%s_set[ARG_%s_%u +: %u])",
                           reference_operands[node->ref.op], r->tags[node->ref.tag], node->ref.arg,
                           r->flat_bits));
        return;
    case IR_SET_MODIFY:
        reference_set(c, node->a, dest, depth);
        for (uint32_t i = 0; i < node->nmods; i++)
            emit_mod(c, &node->mods[i], dest, depth);
        return;
    default:
        emit_join(c, node, dest, depth);
    }
}
