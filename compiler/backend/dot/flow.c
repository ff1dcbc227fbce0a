/* The flow of tags: where they come from, and which rules move them from where to where. */
#include <inttypes.h>
#include <string.h>

#include "compiler/backend/dot/emit.h"

/* Where a tag can be. */
enum place { IN_ENV, IN_REGISTERS, IN_CSRS, IN_MEMORY, PLACES };
static const char *const place_names[] = {"PC", "registers", "CSRs", "memory"};

struct flow {
    const struct ir *ir;
    struct graph *g;
    bool folded;     /* places are not told apart */
    uint32_t *nodes; /* [tag * PLACES + place] */
    uint32_t decider;
    const struct ir_rule *rule;
    const char *label;
    bool is_csr; /* operand 2 of the rule's instructions is a CSR */
};

static uint32_t tag_node(struct flow *f, uint32_t tag, enum place place)
{
    uint32_t *node = &f->nodes[(size_t)tag * PLACES + (f->folded ? 0 : (uint32_t)place)];
    const struct pol_tag_info *info = &f->ir->space->tags[tag];
    const char *name = info->ambiguous
                           ? arena_printf(&f->g->arena, "%s.%s", info->module, info->name)
                           : info->name;
    if (*node == POL_NONE)
        *node = graph_node(
            f->g, GRAPH_TAG,
            f->folded ? name : arena_printf(&f->g->arena, "%s\n%s", name, place_names[place]));
    return *node;
}

static enum place operand_place(const struct flow *f, enum pol_operand op)
{
    switch (op) {
    case POL_OP_ENV:
        return IN_ENV;
    case POL_OP_CODE:
    case POL_OP_MEM:
        return IN_MEMORY;
    case POL_OP_OP2:
        return f->is_csr ? IN_CSRS : IN_REGISTERS;
    default:
        return IN_REGISTERS;
    }
}

static enum place result_place(unsigned result)
{
    static const enum place places[POL_RESULTS] = {IN_ENV, IN_REGISTERS, IN_CSRS, IN_MEMORY};
    return places[result];
}

/* ---- What a rule moves --------------------------------------------------------------------- */

static bool listed(const uint32_t *tags, uint32_t n, uint32_t tag)
{
    for (uint32_t i = 0; i < n; i++)
        if (tags[i] == tag)
            return true;
    return false;
}

static bool owns(const struct flow *f, uint32_t tag)
{
    const struct ir_decider *d = &f->ir->deciders[f->decider];
    return d->is_global || f->ir->tags[tag].domain == d->domain;
}

/* Whether the rule lets the tag be on the operand. */
static bool can_have(const struct flow *f, enum pol_operand op, uint32_t tag)
{
    const struct ir_cond *cond = &f->rule->cond[op];
    if (listed(cond->required, cond->nrequired, tag))
        return true;
    return !listed(cond->forbidden, cond->nforbidden, tag) && !(cond->exact && owns(f, tag));
}

/* Where a tag of a set can come from. */
struct origin {
    uint32_t tag; /* POL_NONE: the rule adds it */
    enum place place;
};

/* Origins of a set's tags, by tag. */
struct contents {
    struct origins {
        VEC_FIELDS(struct origin);
    } * of; /* by tag */
};

static struct contents no_contents(struct flow *f)
{
    return (struct contents){
        ARENA_ARRAY(&f->g->arena, struct origins, (size_t)f->ir->space->ntags + 1)};
}

static void add_origin(struct flow *f, struct contents *c, uint32_t tag, struct origin origin)
{
    VEC_PUSH(&f->g->arena, &c->of[tag], origin);
}

static void number_origins(struct flow *f, struct contents *c, uint32_t tag, struct ir_int_id id)
{
    const struct ir_int *node = &f->ir->ints[id.v];
    if (node->kind == IR_INT_ARG)
        add_origin(f, c, tag, (struct origin){node->ref.tag, operand_place(f, node->ref.op)});
    if (node->kind >= IR_INT_ADD) {
        number_origins(f, c, tag, node->a);
        number_origins(f, c, tag, node->b);
    }
}

static struct contents set_contents(struct flow *f, struct ir_set_id id);

static void modify(struct flow *f, struct contents *c, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = &f->ir->space->tags[mod->tag];
    c->of[mod->tag] = (struct origins){0};
    if (mod->remove)
        return;
    for (uint32_t k = 0; k < info->nargs; k++) {
        if (!info->args[k].is_set) {
            number_origins(f, c, mod->tag, mod->args[k].number);
            continue;
        }
        struct contents inner = set_contents(f, mod->args[k].set);
        for (uint32_t t = 0; t < f->ir->space->ntags; t++)
            for (size_t i = 0; i < inner.of[t].count; i++)
                add_origin(f, c, mod->tag, inner.of[t].items[i]);
    }
    if (c->of[mod->tag].count == 0)
        add_origin(f, c, mod->tag, (struct origin){POL_NONE, IN_ENV});
}

static void add_all(struct flow *f, struct contents *to, const struct contents *from)
{
    for (uint32_t t = 0; t < f->ir->space->ntags; t++)
        for (size_t i = 0; i < from->of[t].count; i++)
            add_origin(f, to, t, from->of[t].items[i]);
}

/* What a set has only if both have it. */
static struct contents in_both(struct flow *f, const struct contents *a, const struct contents *b)
{
    struct contents c = no_contents(f);
    for (uint32_t t = 0; t < f->ir->space->ntags; t++)
        for (size_t i = 0; b->of[t].count && i < a->of[t].count; i++)
            add_origin(f, &c, t, a->of[t].items[i]);
    for (uint32_t t = 0; t < f->ir->space->ntags; t++)
        for (size_t i = 0; a->of[t].count && i < b->of[t].count; i++)
            add_origin(f, &c, t, b->of[t].items[i]);
    return c;
}

static struct contents set_contents(struct flow *f, struct ir_set_id id)
{
    const struct ir_set *node = &f->ir->sets[id.v];
    struct contents c = no_contents(f), b;
    switch (node->kind) {
    case IR_SET_EMPTY:
        return c;
    case IR_SET_OPERAND:
        for (uint32_t t = 0; t < f->ir->space->ntags; t++)
            if (owns(f, t) && can_have(f, node->op, t))
                add_origin(f, &c, t, (struct origin){t, operand_place(f, node->op)});
        return c;
    case IR_SET_ARG: /* what the argument held came with its tag */
        for (uint32_t t = 0; t < f->ir->space->ntags; t++)
            if (owns(f, t) && !f->ir->space->tags[t].has_set_arg)
                add_origin(f, &c, t,
                           (struct origin){node->ref.tag, operand_place(f, node->ref.op)});
        return c;
    case IR_SET_MODIFY:
        c = set_contents(f, node->a);
        for (uint32_t i = 0; i < node->nmods; i++)
            modify(f, &c, &node->mods[i]);
        return c;
    case IR_SET_UNION:
        c = set_contents(f, node->a);
        b = set_contents(f, node->b);
        add_all(f, &c, &b);
        return c;
    default:
        c = set_contents(f, node->a);
        b = set_contents(f, node->b);
        return in_both(f, &c, &b);
    }
}

static void draw_result(struct flow *f, unsigned result)
{
    struct contents c = set_contents(f, f->rule->result[result]);
    uint32_t adder = POL_NONE;
    for (uint32_t t = 0; t < f->ir->space->ntags; t++)
        for (size_t i = 0; i < c.of[t].count; i++) {
            struct origin from = c.of[t].items[i];
            uint32_t to = tag_node(f, t, result_place(result));
            if (from.tag != POL_NONE) {
                graph_edge(f->g, tag_node(f, from.tag, from.place), to, f->label);
                continue;
            }
            if (adder == POL_NONE)
                adder = graph_node(f->g, GRAPH_SOURCE, f->label);
            graph_edge(f->g, adder, to, "adds");
        }
}

/* ---- Which rules --------------------------------------------------------------------------- */

static bool wanted_rule(const struct flow *f, const struct graph_options *o)
{
    const struct ir *ir = f->ir;
    const char *of = o->of;
    if (!of)
        return true;
    if (f->rule->group.v == IR_NONE)
        return false;
    const struct ir_group *group = &ir->groups[f->rule->group.v];
    if (graph_is_name(group->name, of))
        return true;
    for (uint32_t i = 0; i < group->nmatchers; i++)
        if (strcmp(pol_insn_at((size_t)group->matchers[i].insn)->name, of) == 0)
            return true;
    return false;
}

static bool reads_csr(const struct ir *ir, const struct ir_rule *rule)
{
    if (rule->group.v == IR_NONE || ir->groups[rule->group.v].nmatchers == 0)
        return false;
    const struct ir_matcher *m = &ir->groups[rule->group.v].matchers[0];
    return pol_insn_form(pol_insn_at((size_t)m->insn)).op2 == POL_FILE_CSR;
}

static void draw_rule(struct flow *f)
{
    const char *group =
        f->rule->group.v == IR_NONE ? "every instruction" : f->ir->groups[f->rule->group.v].name;
    const char *dot = strrchr(group, '.');
    f->label = arena_printf(&f->g->arena, "%s:%" PRIu32 " %s", f->rule->file, f->rule->line,
                            dot ? dot + 1 : group);
    f->is_csr = reads_csr(f->ir, f->rule);
    for (unsigned r = 0; r < POL_RESULTS; r++)
        if (f->rule->result[r].v != IR_NONE)
            draw_result(f, r);
}

static enum place entity_place(const struct ir_entity *e)
{
    switch (e->kind) {
    case IR_ENT_ENV:
    case IR_ENT_TRAP_ENV:
        return IN_ENV;
    case IR_ENT_INT_REG:
    case IR_ENT_FP_REG:
    case IR_ENT_REG_DEFAULT:
        return IN_REGISTERS;
    case IR_ENT_CSR:
        return IN_CSRS;
    default:
        return IN_MEMORY;
    }
}

/* Entities give tags of the policies that are drawn. */
static void draw_entity(struct flow *f, const struct ir_entity *e, const struct graph_options *o)
{
    uint32_t node = POL_NONE;
    for (uint32_t t = 0; t < f->ir->space->ntags; t++) {
        const struct ir_domain *domain = &f->ir->domains[f->ir->tags[t].domain];
        if (!pol_lit_has(e->tags, t) ||
            (o->component && !graph_is_name(domain->name, o->component)))
            continue;
        if (node == POL_NONE)
            node = graph_node(f->g, GRAPH_SOURCE, e->name);
        graph_edge(f->g, node, tag_node(f, t, entity_place(e)), "");
    }
}

/* Nodes that an entity or a rule that adds a tag leads to. */
static bool *reached(struct graph *g)
{
    bool *seen = ARENA_ARRAY(&g->arena, bool, g->nodes.count + 1), grown = true;
    for (size_t i = 0; i < g->nodes.count; i++)
        seen[i] = g->nodes.items[i].shape == GRAPH_SOURCE;
    while (grown) {
        grown = false;
        for (size_t i = 0; i < g->edges.count; i++) {
            const struct graph_edge *e = &g->edges.items[i];
            grown = grown || (seen[e->from] && !seen[e->to]);
            seen[e->to] = seen[e->to] || seen[e->from];
        }
    }
    return seen;
}

/* The graph without tags that are never where a rule would take them from.  Frees the other. */
static struct graph *without_unreached(struct graph *g)
{
    struct graph *small = graph_new(g->title);
    bool *seen = reached(g);
    uint32_t *to = ARENA_ARRAY(&g->arena, uint32_t, g->nodes.count + 1);
    for (size_t i = 0; i < g->nodes.count; i++)
        if (seen[i])
            to[i] = graph_node(small, g->nodes.items[i].shape, g->nodes.items[i].label);
    for (size_t i = 0; i < g->edges.count; i++) {
        const struct graph_edge *e = &g->edges.items[i];
        if (!seen[e->from])
            continue;
        graph_edge(small, to[e->from], to[e->to], "");
        for (size_t k = 0; k < e->labels.count; k++)
            graph_edge(small, to[e->from], to[e->to], e->labels.items[k]);
    }
    graph_free(g);
    return small;
}

static struct graph *draw_all(const struct ir *ir, const struct graph_options *o, bool folded)
{
    struct flow f = {.ir = ir, .g = graph_new(ir->name), .folded = folded};
    size_t n = (size_t)ir->space->ntags * PLACES;
    f.nodes = ARENA_ARRAY(&f.g->arena, uint32_t, n + 1);
    for (size_t i = 0; i < n; i++)
        f.nodes[i] = POL_NONE;
    for (uint32_t i = 0; i < ir->nentities; i++)
        draw_entity(&f, &ir->entities[i], o);
    for (f.decider = 0; f.decider < ir->ndeciders; f.decider++) {
        const struct ir_decider *d = &ir->deciders[f.decider];
        for (uint32_t r = 0; r < d->nrules; r++) {
            f.rule = &d->rules[r];
            if (f.rule->allow && (!o->component || graph_is_name(d->name, o->component)) &&
                wanted_rule(&f, o))
                draw_rule(&f);
        }
    }
    return without_unreached(f.g);
}

struct graph *graph_flow(const struct ir *ir, const struct graph_options *options, char *err,
                         size_t errsize)
{
    struct graph *g = draw_all(ir, options, options->fold == GRAPH_FOLD_ALWAYS);
    if (g->nodes.count == 0) {
        graph_free(g);
        snprintf(err, errsize, "no tag is moved by what was asked for");
        return NULL;
    }
    if (options->fold != GRAPH_FOLD_AUTO || g->nodes.count <= GRAPH_FOLD_NODES)
        return g;
    graph_free(g);
    return draw_all(ir, options, true);
}
