/* Guards as C expressions, results as C statements. */
#include <inttypes.h>

#include "compiler/backend/monitor/emit.h"

/* ---- What is read -------------------------------------------------------------------------- */

static unsigned int_reads(const struct ir *ir, struct ir_int_id id)
{
    const struct ir_int *node = &ir->ints[id.v];
    switch (node->kind) {
    case IR_INT_CONST:
    case IR_INT_NEW:
        return 0;
    case IR_INT_ARG:
        return 1u << node->ref.op;
    default:
        return int_reads(ir, node->a) | int_reads(ir, node->b);
    }
}

static unsigned relation_reads(const struct ir *ir, const struct ir_guard *node)
{
    unsigned reads = 0;
    for (uint32_t i = 0; i < ir->relations[node->relation].nargs; i++)
        reads |= int_reads(ir, node->args[i]);
    return reads;
}

unsigned monitor_guard_reads(const struct ir *ir, struct ir_guard_id id)
{
    const struct ir_guard *node = &ir->guards[id.v];
    switch (node->kind) {
    case IR_GUARD_TRUE:
    case IR_GUARD_FALSE:
        return 0;
    case IR_GUARD_NOT:
        return monitor_guard_reads(ir, node->a);
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        return monitor_guard_reads(ir, node->a) | monitor_guard_reads(ir, node->b);
    case IR_GUARD_SETEQ:
        return 1u << node->r.op | 1u << node->s.op;
    case IR_GUARD_RELATION:
        return relation_reads(ir, node);
    default:
        return int_reads(ir, node->x) | int_reads(ir, node->y);
    }
}

static unsigned mod_reads(const struct ir *ir, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = &ir->space->tags[mod->tag];
    unsigned reads = 0;
    for (uint32_t a = 0; !mod->remove && a < info->nargs; a++)
        reads |= info->args[a].is_set ? monitor_set_reads(ir, mod->args[a].set)
                                      : int_reads(ir, mod->args[a].number);
    return reads;
}

unsigned monitor_set_reads(const struct ir *ir, struct ir_set_id id)
{
    const struct ir_set *node = &ir->sets[id.v];
    unsigned reads = 0;
    switch (node->kind) {
    case IR_SET_EMPTY:
        return 0;
    case IR_SET_OPERAND:
        return 1u << node->op;
    case IR_SET_ARG:
        return 1u << node->ref.op;
    case IR_SET_MODIFY:
        for (uint32_t i = 0; i < node->nmods; i++)
            reads |= mod_reads(ir, &node->mods[i]);
        return reads | monitor_set_reads(ir, node->a);
    default:
        return monitor_set_reads(ir, node->a) | monitor_set_reads(ir, node->b);
    }
}

/* ---- Depth --------------------------------------------------------------------------------- */

/* Compilers refuse brackets nested beyond 256 and recurse on long chains.  A bracket weighs 8, a
 * link of a chain `a + b + c` 1; heavier nodes than this become variables. */
#define SPILL_WEIGHT 400u

static bool is_sum(const struct ir_int *node)
{
    return node->kind == IR_INT_ADD || node->kind == IR_INT_SUB;
}

static uint32_t heavier(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void weigh_ints(struct monitor *m, uint32_t *weights)
{
    const struct ir *ir = m->ir;
    for (uint32_t i = 0; i < ir->nints; i++) {
        const struct ir_int *node = &ir->ints[i];
        weights[i] = 0;
        if (node->kind < IR_INT_ADD)
            continue;
        bool chain = is_sum(node) && is_sum(&ir->ints[node->a.v]);
        weights[i] = heavier(weights[node->a.v] + (chain ? 1 : 8), weights[node->b.v] + 8);
        if (weights[i] >= SPILL_WEIGHT) {
            m->spill.ints[i] = 1;
            weights[i] = 0;
        }
    }
}

static uint32_t weigh_relation(const struct ir *ir, const struct ir_guard *node,
                               const uint32_t *ints)
{
    uint32_t weight = 0;
    for (uint32_t i = 0; i < ir->relations[node->relation].nargs; i++)
        weight = heavier(weight, ints[node->args[i].v]);
    return weight + 8;
}

static uint32_t weigh_guard(const struct ir *ir, const struct ir_guard *node, const uint32_t *ints,
                            const uint32_t *guards)
{
    switch (node->kind) {
    case IR_GUARD_TRUE:
    case IR_GUARD_FALSE:
    case IR_GUARD_SETEQ:
        return 0;
    case IR_GUARD_NOT:
        return guards[node->a.v] + 8;
    case IR_GUARD_RELATION:
        return weigh_relation(ir, node, ints);
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        return heavier(guards[node->a.v] + (ir->guards[node->a.v].kind == node->kind ? 1 : 8),
                       guards[node->b.v] + 8);
    default:
        return heavier(ints[node->x.v], ints[node->y.v]) + 8;
    }
}

void monitor_find_spills(struct monitor *m)
{
    const struct ir *ir = m->ir;
    m->spill.ints = ARENA_ARRAY(&m->arena, unsigned char, (size_t)ir->nints + 1);
    m->spill.guards = ARENA_ARRAY(&m->arena, unsigned char, (size_t)ir->nguards + 1);
    m->spill.int_scope = ARENA_ARRAY(&m->arena, uint32_t, (size_t)ir->nints + 1);
    m->spill.guard_scope = ARENA_ARRAY(&m->arena, uint32_t, (size_t)ir->nguards + 1);
    uint32_t *ints = ARENA_ARRAY(&m->arena, uint32_t, (size_t)ir->nints + 1);
    uint32_t *guards = ARENA_ARRAY(&m->arena, uint32_t, (size_t)ir->nguards + 1);
    weigh_ints(m, ints);
    for (uint32_t i = 0; i < ir->nguards; i++) {
        guards[i] = weigh_guard(ir, &ir->guards[i], ints, guards);
        if (guards[i] >= SPILL_WEIGHT) {
            m->spill.guards[i] = 1;
            guards[i] = 0;
        }
    }
}

/* ---- Integers ------------------------------------------------------------------------------ */

static void emit_ref(const struct rule_context *c, struct ir_ref ref)
{
    fprintf(c->m->out, "%s, ARG_%s_%" PRIu32, c->names[ref.op], c->m->tags[ref.tag], ref.arg);
}

static void emit_const(const struct rule_context *c, int64_t value)
{
    if (value == INT64_MIN)
        fputs("(-INT64_C(9223372036854775807) - 1)", c->m->out);
    else if (value < 0)
        fprintf(c->m->out, "(-INT64_C(%" PRId64 "))", -value);
    else
        fprintf(c->m->out, "INT64_C(%" PRId64 ")", value);
}

static void emit_int(const struct rule_context *c, struct ir_int_id id);

static void emit_operation(const struct rule_context *c, const struct ir_int *node)
{
    static const char signs[] = {[IR_INT_ADD] = '+',
                                 [IR_INT_SUB] = '-',
                                 [IR_INT_MUL] = '*',
                                 [IR_INT_DIV] = '/',
                                 [IR_INT_MOD] = '%'};
    const struct ir *ir = c->m->ir;
    struct ir_int_id sides[2] = {node->a, node->b};
    for (int i = 0; i < 2; i++) {
        const struct ir_int *side = &ir->ints[sides[i].v];
        bool bare = side->kind < IR_INT_ADD || c->m->spill.ints[sides[i].v] ||
                    (i == 0 && is_sum(node) && is_sum(side));
        fputs(i ? " " : "", c->m->out);
        if (i)
            fprintf(c->m->out, "%c ", signs[node->kind]);
        fputs(bare ? "" : "(", c->m->out);
        emit_int(c, sides[i]);
        fputs(bare ? "" : ")", c->m->out);
    }
}

/* join_LATTICE(a, b) */
static void emit_bound(const struct rule_context *c, const struct ir_int *node)
{
    bool join = node->kind == IR_INT_JOIN;
    c->m->lattice_used[node->lattice] |= join ? LATTICE_JOIN : LATTICE_MEET;
    fprintf(c->m->out, "%s_%s(", join ? "join" : "meet", c->m->lattices[node->lattice]);
    emit_int(c, node->a);
    fputs(", ", c->m->out);
    emit_int(c, node->b);
    fputc(')', c->m->out);
}

static void emit_int_body(const struct rule_context *c, struct ir_int_id id)
{
    const struct ir_int *node = &c->m->ir->ints[id.v];
    switch (node->kind) {
    case IR_INT_CONST:
        emit_const(c, node->value);
        return;
    case IR_INT_ARG:
        c->m->helper[HELP_ARG] = true;
        fputs("arg(", c->m->out);
        emit_ref(c, node->ref);
        fputc(')', c->m->out);
        return;
    case IR_INT_NEW:
        fprintf(c->m->out, "fresh_%" PRIu32, id.v);
        return;
    case IR_INT_JOIN:
    case IR_INT_MEET:
        emit_bound(c, node);
        return;
    default:
        emit_operation(c, node);
    }
}

static void emit_int(const struct rule_context *c, struct ir_int_id id)
{
    if (c->m->spill.ints[id.v])
        fprintf(c->m->out, "sum_%" PRIu32, id.v);
    else
        emit_int_body(c, id);
}

/* True the first time that a scope declares the variable of a node. */
static bool declare(const struct rule_context *c, uint32_t *scopes, uint32_t id)
{
    if (scopes[id] == c->m->spill.scope)
        return false;
    scopes[id] = c->m->spill.scope;
    return true;
}

static void emit_fresh(const struct rule_context *c, const char *indent, struct ir_int_id id)
{
    const struct ir_int *node = &c->m->ir->ints[id.v];
    c->m->helper[HELP_FRESH] = true;
    fprintf(c->m->out,
            "%sint64_t fresh_%" PRIu32 ";\n"
            "%sif (!fresh(e, d, COUNTER_%s, %" PRIu32 ", &fresh_%" PRIu32 "))\n"
            "%s    return true;\n",
            indent, id.v, indent, c->m->counters[node->counter], node->new_index, id.v, indent);
}

/* Declares what an integer needs before it can be written down: fresh values, left to right, and
 * spilled parts, inner ones first. */
static void int_needs(const struct rule_context *c, const char *indent, struct ir_int_id id)
{
    const struct ir_int *node = &c->m->ir->ints[id.v];
    if (node->kind == IR_INT_NEW && declare(c, c->m->spill.int_scope, id.v))
        emit_fresh(c, indent, id);
    if (node->kind < IR_INT_ADD)
        return;
    int_needs(c, indent, node->a);
    int_needs(c, indent, node->b);
    if (c->m->spill.ints[id.v] && declare(c, c->m->spill.int_scope, id.v)) {
        fprintf(c->m->out, "%sconst int64_t sum_%" PRIu32 " = ", indent, id.v);
        emit_int_body(c, id);
        fputs(";\n", c->m->out);
    }
}

/* ---- Guards -------------------------------------------------------------------------------- */

static void emit_guard_body(const struct rule_context *c, struct ir_guard_id id);

void monitor_guard(const struct rule_context *c, struct ir_guard_id id)
{
    if (c->m->spill.guards[id.v])
        fprintf(c->m->out, "test_%" PRIu32, id.v);
    else
        emit_guard_body(c, id);
}

/* A side of `&&` or `||`: bare where the chain goes on to the left, and around comparisons. */
static void emit_side(const struct rule_context *c, const struct ir_guard *node, bool left)
{
    struct ir_guard_id id = left ? node->a : node->b;
    enum ir_guard_kind kind = c->m->ir->guards[id.v].kind;
    bool join = kind == IR_GUARD_AND || kind == IR_GUARD_OR;
    bool bare = !join || c->m->spill.guards[id.v] || (left && kind == node->kind);
    fputs(bare ? "" : "(", c->m->out);
    monitor_guard(c, id);
    fputs(bare ? "" : ")", c->m->out);
}

static void emit_compare(const struct rule_context *c, const struct ir_guard *node)
{
    static const char *const signs[] = {[IR_GUARD_EQ] = " == ",
                                        [IR_GUARD_NE] = " != ",
                                        [IR_GUARD_LT] = " < ",
                                        [IR_GUARD_LE] = " <= "};
    emit_int(c, node->x);
    fputs(signs[node->kind], c->m->out);
    emit_int(c, node->y);
}

static void emit_related(const struct rule_context *c, const struct ir_guard *node)
{
    c->m->relation_used[node->relation] = true;
    fprintf(c->m->out, "%s(", c->m->relations[node->relation]);
    for (uint32_t i = 0; i < c->m->ir->relations[node->relation].nargs; i++) {
        fputs(i ? ", " : "", c->m->out);
        emit_int(c, node->args[i]);
    }
    fputc(')', c->m->out);
}

static void emit_guard_body(const struct rule_context *c, struct ir_guard_id id)
{
    const struct ir_guard *node = &c->m->ir->guards[id.v];
    FILE *out = c->m->out;
    switch (node->kind) {
    case IR_GUARD_TRUE:
    case IR_GUARD_FALSE:
        fputs(node->kind == IR_GUARD_TRUE ? "true" : "false", out);
        return;
    case IR_GUARD_NOT:
        fputs("!(", out);
        monitor_guard(c, node->a);
        fputc(')', out);
        return;
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        emit_side(c, node, true);
        fputs(node->kind == IR_GUARD_AND ? " && " : " || ", out);
        emit_side(c, node, false);
        return;
    case IR_GUARD_SETEQ:
        c->m->helper[HELP_SAME_SET] = true;
        fputs("same_set(", out);
        emit_ref(c, node->r);
        fputs(", ", out);
        emit_ref(c, node->s);
        fputc(')', out);
        return;
    case IR_GUARD_RELATION:
        emit_related(c, node);
        return;
    default:
        emit_compare(c, node);
    }
}

void monitor_guard_spills(const struct rule_context *c, struct ir_guard_id id)
{
    const struct ir_guard *node = &c->m->ir->guards[id.v];
    switch (node->kind) {
    case IR_GUARD_TRUE:
    case IR_GUARD_FALSE:
    case IR_GUARD_SETEQ:
        return;
    case IR_GUARD_NOT:
        monitor_guard_spills(c, node->a);
        break;
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        monitor_guard_spills(c, node->a);
        monitor_guard_spills(c, node->b);
        break;
    case IR_GUARD_RELATION:
        for (uint32_t i = 0; i < c->m->ir->relations[node->relation].nargs; i++)
            int_needs(c, c->indent, node->args[i]);
        break;
    default:
        int_needs(c, c->indent, node->x);
        int_needs(c, c->indent, node->y);
    }
    if (c->m->spill.guards[id.v] && declare(c, c->m->spill.guard_scope, id.v)) {
        fprintf(c->m->out, "%sconst bool test_%" PRIu32 " = ", c->indent, id.v);
        emit_guard_body(c, id);
        fputs(";\n", c->m->out);
    }
}

/* ---- Tag sets ------------------------------------------------------------------------------ */

static uint32_t mod_depth(const struct ir *ir, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = &ir->space->tags[mod->tag];
    uint32_t depth = 0;
    for (uint32_t a = 0; !mod->remove && a < info->nargs; a++)
        if (info->args[a].is_set)
            depth = heavier(depth, 1 + monitor_set_depth(ir, mod->args[a].set));
    return depth;
}

uint32_t monitor_set_depth(const struct ir *ir, struct ir_set_id id)
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
            depth = heavier(depth, mod_depth(ir, &node->mods[i]));
        return heavier(depth, monitor_set_depth(ir, node->a));
    default:
        return heavier(monitor_set_depth(ir, node->a), 1 + monitor_set_depth(ir, node->b));
    }
}

/* The name of temporary number `depth`. */
static const char *part(const struct rule_context *c, uint32_t depth)
{
    return arena_printf(&c->m->arena, "&part[%" PRIu32 "]", depth);
}

static void emit_number(const struct rule_context *c, uint32_t tag, uint32_t a, struct ir_int_id id,
                        const char *dest)
{
    FILE *out = c->m->out;
    const char *inner = arena_printf(&c->m->arena, "%s    ", c->indent);
    c->m->helper[HELP_NUMBER] = true;
    c->m->spill.scope++;
    fprintf(out, "%s{\n", c->indent);
    int_needs(c, inner, id);
    fprintf(out, "%sif (!number(d, %s, TAG_%s, ARG_%s_%" PRIu32 ", UINT64_C(%" PRIu64 "), ", inner,
            dest, c->m->tags[tag], c->m->tags[tag], a, c->m->ir->space->tags[tag].args[a].limit);
    emit_int(c, id);
    fprintf(out, "))\n%s    return true;\n%s}\n", inner, c->indent);
}

static void emit_stored_set(const struct rule_context *c, uint32_t tag, uint32_t a,
                            struct ir_set_id id, const char *dest, uint32_t depth)
{
    const char *inner = part(c, depth);
    c->m->helper[HELP_STORE_SET] = true;
    monitor_set(c, id, inner, depth + 1);
    /* An argument of a component's tag holds what that component owns, whoever stores it. */
    const struct ir *ir = c->m->ir;
    if (ir->nglobals && ir->domains[ir->tags[tag].domain].kind == IR_DOMAIN_COMPONENT)
        fprintf(
            c->m->out,
            "%sfor (uint32_t w = 0; w < HAS_WORDS; w++)\n%s    (%s)->has[w] &= domain_tags[%" PRIu32
            "][w];\n",
            c->indent, c->indent, inner, ir->tags[tag].domain);
    fprintf(c->m->out, "%sif (!store_set(d, %s, ARG_%s_%" PRIu32 ", %s))\n%s    return true;\n",
            c->indent, dest, c->m->tags[tag], a, inner, c->indent);
}

static void emit_mod(const struct rule_context *c, const struct ir_mod *mod, const char *dest,
                     uint32_t depth)
{
    const struct pol_tag_info *info = &c->m->ir->space->tags[mod->tag];
    c->m->helper[mod->remove ? HELP_DROP : HELP_ADD] = true;
    fprintf(c->m->out, "%s%s(%s, TAG_%s);\n", c->indent, mod->remove ? "drop" : "add", dest,
            c->m->tags[mod->tag]);
    for (uint32_t a = 0; !mod->remove && a < info->nargs; a++)
        if (info->args[a].is_set)
            emit_stored_set(c, mod->tag, a, mod->args[a].set, dest, depth);
        else
            emit_number(c, mod->tag, a, mod->args[a].number, dest);
}

static void emit_join(const struct rule_context *c, const struct ir_set *node, const char *dest,
                      uint32_t depth)
{
    const char *other = part(c, depth);
    monitor_set(c, node->a, dest, depth);
    monitor_set(c, node->b, other, depth + 1);
    if (node->kind == IR_SET_INTER) {
        c->m->helper[HELP_INTERSECT] = true;
        fprintf(c->m->out, "%sintersect(%s, %s);\n", c->indent, dest, other);
        return;
    }
    c->m->helper[HELP_UNITE] = true;
    fprintf(c->m->out, "%sif (!unite(d, %s, %s))\n%s    return true;\n", c->indent, dest, other,
            c->indent);
}

void monitor_set(const struct rule_context *c, struct ir_set_id id, const char *dest,
                 uint32_t depth)
{
    const struct ir_set *node = &c->m->ir->sets[id.v];
    switch (node->kind) {
    case IR_SET_EMPTY:
        c->m->helper[HELP_CLEAR] = true;
        fprintf(c->m->out, "%sclear(%s);\n", c->indent, dest);
        return;
    case IR_SET_OPERAND:
        c->m->helper[HELP_PROJECT] = true;
        fprintf(c->m->out, "%sproject(%s, %s, e->own);\n", c->indent, dest, c->names[node->op]);
        return;
    case IR_SET_ARG:
        c->m->helper[HELP_LOAD_SET] = true;
        fprintf(c->m->out, "%sload_set(%s, ", c->indent, dest);
        emit_ref(c, node->ref);
        fputs(", e->own);\n", c->m->out);
        return;
    case IR_SET_MODIFY:
        monitor_set(c, node->a, dest, depth);
        for (uint32_t i = 0; i < node->nmods; i++)
            emit_mod(c, &node->mods[i], dest, depth);
        return;
    default:
        emit_join(c, node, dest, depth);
    }
}
