/* Two rules: compares their demands on tags, states what they demand of argument values, and
 * writes down the input that matches both. */
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/overlap.h"

bool overlap_owns(const struct model *m, const struct model_decider *d, uint32_t tag)
{
    return d->is_global || m->tags[tag].domain == d->domain;
}

/* --- describing one rule ------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t sort_unique(uint32_t *list, uint32_t count)
{
    uint32_t n = 0;
    qsort(list, count, sizeof *list, by_number);
    for (uint32_t i = 0; i < count; i++)
        if (n == 0 || list[n - 1] != list[i])
            list[n++] = list[i];
    return n;
}

static bool contains(const uint32_t *list, uint32_t count, uint32_t tag)
{
    return count && bsearch(&tag, list, count, sizeof *list, by_number);
}

static void gather(const struct model_rule *rule, enum pol_operand op, struct arena *arena,
                   struct overlap_cond *out)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < rule->npatterns; i++)
        total += rule->patterns[i].operand == op ? rule->patterns[i].nreqs : 0;
    out->required = ARENA_ARRAY(arena, uint32_t, total + 1);
    out->forbidden = ARENA_ARRAY(arena, uint32_t, total + 1);
    for (uint32_t i = 0; i < rule->npatterns; i++) {
        const struct model_pattern *p = &rule->patterns[i];
        if (p->operand != op)
            continue;
        out->exact |= p->exact;
        for (uint32_t k = 0; k < p->nreqs; k++)
            if (p->reqs[k].forbidden)
                out->forbidden[out->nforbidden++] = p->reqs[k].tag;
            else
                out->required[out->nrequired++] = p->reqs[k].tag;
    }
    out->nrequired = sort_unique(out->required, out->nrequired);
    out->nforbidden = sort_unique(out->forbidden, out->nforbidden);
}

/* An exact pattern that lacks a tag which another pattern on that operand requires. */
static bool exact_misses(const struct model *m, const struct model_decider *d,
                         const struct model_rule *rule, enum pol_operand op,
                         const struct overlap_cond *c, struct arena *arena)
{
    for (uint32_t i = 0; i < rule->npatterns; i++) {
        const struct model_pattern *p = &rule->patterns[i];
        if (p->operand != op || !p->exact)
            continue;
        uint32_t *tags = ARENA_ARRAY(arena, uint32_t, p->nreqs + 1), n = 0;
        for (uint32_t k = 0; k < p->nreqs; k++)
            tags[n++] = p->reqs[k].tag;
        n = sort_unique(tags, n);
        for (uint32_t k = 0; k < c->nrequired; k++)
            if (overlap_owns(m, d, c->required[k]) && !contains(tags, n, c->required[k]))
                return true;
    }
    return false;
}

void overlap_describe(const struct model *m, const struct model_decider *d,
                      const struct model_rule *rule, struct arena *arena, struct overlap_rule *out)
{
    *out = (struct overlap_rule){.rule = rule, .group = rule->group};
    out->never = model_is_report(m, rule);
    if (rule->group == MODEL_EVERY_INSTRUCTION)
        out->group = m->ngroups;
    for (int op = 0; op < POL_OPERANDS; op++) {
        struct overlap_cond *c = &out->cond[op];
        gather(rule, (enum pol_operand)op, arena, c);
        for (uint32_t i = 0; i < c->nforbidden; i++)
            out->never |= contains(c->required, c->nrequired, c->forbidden[i]);
        out->never |= exact_misses(m, d, rule, (enum pol_operand)op, c, arena);
    }
    overlap_ranges(m, out, arena);
}

/* --- tags of two rules --------------------------------------------------------------------- */

static bool disjoint(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb)
{
    uint32_t i = 0, k = 0;
    while (i < na && k < nb) {
        if (a[i] == b[k])
            return false;
        if (a[i] < b[k])
            i++;
        else
            k++;
    }
    return true;
}

/* Whether an exact condition leaves room for what the other one requires. */
static bool admits(const struct model *m, const struct model_decider *d,
                   const struct overlap_cond *exact, const struct overlap_cond *other)
{
    for (uint32_t i = 0; i < other->nrequired; i++)
        if (overlap_owns(m, d, other->required[i]) &&
            !contains(exact->required, exact->nrequired, other->required[i]))
            return false;
    return true;
}

bool overlap_tags(const struct model *m, const struct model_decider *d,
                  const struct overlap_rule *a, const struct overlap_rule *b, unsigned exists)
{
    for (int op = 0; op < POL_OPERANDS; op++) {
        const struct overlap_cond *x = &a->cond[op], *y = &b->cond[op];
        if (!((exists >> op) & 1u) && x->nrequired + y->nrequired)
            return false;
        if (!disjoint(x->required, x->nrequired, y->forbidden, y->nforbidden) ||
            !disjoint(y->required, y->nrequired, x->forbidden, x->nforbidden))
            return false;
        if ((x->exact && !admits(m, d, x, y)) || (y->exact && !admits(m, d, y, x)))
            return false;
    }
    return true;
}

/* --- values of two rules ------------------------------------------------------------------- */

struct place {
    enum pol_operand op;
    uint32_t tag, arg, node;
};

struct build {
    struct overlap_pair *pair;
    struct overlap_values v;
    VEC_OF(struct place) places;
    bool excluded;
};

static uint32_t new_node(struct build *b, uint32_t type, uint32_t domain)
{
    const struct model_type *t = &b->pair->m->types[type];
    struct overlap_node n = {.parent = (uint32_t)b->v.nodes.count, .is_set = t->is_set};
    n.hi = t->is_set ? 0 : (int64_t)t->limit - 1;
    n.domain = domain;
    VEC_PUSH(&b->v.arena, &b->v.nodes, n);
    return n.parent;
}

static uint32_t place_node(struct build *b, enum pol_operand op, uint32_t tag, uint32_t arg)
{
    for (size_t i = 0; i < b->places.count; i++) {
        const struct place *p = &b->places.items[i];
        if (p->op == op && p->tag == tag && p->arg == arg)
            return p->node;
    }
    const struct model_tag *t = &b->pair->m->tags[tag];
    struct place p = {op, tag, arg, new_node(b, t->arg_types[arg], t->domain)};
    VEC_PUSH(&b->v.arena, &b->places, p);
    return p.node;
}

static void narrow(struct build *b, struct overlap_node *n, int64_t lo, int64_t hi)
{
    n->lo = lo > n->lo ? lo : n->lo;
    n->hi = hi < n->hi ? hi : n->hi;
    b->excluded |= n->lo > n->hi;
}

/* A rule's variable has no domain of its own: it takes the first one that it meets. */
static void unite(struct build *b, uint32_t var, uint32_t at)
{
    var = overlap_root(&b->v, var);
    at = overlap_root(&b->v, at);
    if (var == at)
        return;
    struct overlap_node *to = &b->v.nodes.items[at], *from = &b->v.nodes.items[var];
    from->parent = at;
    narrow(b, to, from->lo, from->hi);
    if (from->domain != SEMA_NONE && from->domain != to->domain)
        to->domain = SEMA_AMBIGUOUS;
}

static void add_args(struct build *b, const struct model_pattern *p, const struct model_req *req,
                     uint32_t first_var)
{
    for (uint32_t i = 0; req->args && i < b->pair->m->tags[req->tag].nargs; i++) {
        const struct model_arg *a = &req->args[i];
        if (a->kind == MODEL_ARG_ANY)
            continue;
        uint32_t node = place_node(b, p->operand, req->tag, i);
        if (a->kind == MODEL_ARG_VAR)
            unite(b, first_var + a->var, node);
        else
            narrow(b, &b->v.nodes.items[overlap_root(&b->v, node)], (int64_t)a->value,
                   (int64_t)a->value);
    }
}

static void add_rule(struct build *b, const struct model_rule *rule)
{
    uint32_t first_var = (uint32_t)b->v.nodes.count;
    for (uint32_t i = 0; i < rule->nvars; i++)
        (void)new_node(b, rule->vars[i].type, SEMA_NONE);
    for (uint32_t i = 0; i < rule->npatterns; i++)
        for (uint32_t k = 0; k < rule->patterns[i].nreqs; k++)
            add_args(b, &rule->patterns[i], &rule->patterns[i].reqs[k], first_var);
    if (rule->guard)
        b->v.formulas[b->v.nformulas++] = (struct overlap_formula){rule->guard, first_var};
}

/* --- the witness --------------------------------------------------------------------------- */

static void put_set(struct build *b, const struct place *p, uint32_t *lit, uint32_t number)
{
    const struct pol_tag_arg *arg = &b->pair->m->space->tags[p->tag].args[p->arg];
    uint32_t domain = b->pair->m->tags[p->tag].domain, tag;
    for (uint32_t i = 0; i < 32 && number >> i; i++)
        if (((number >> i) & 1u) && overlap_flat_tag(b->pair->m, domain, i, &tag))
            pol_lit_set(lit + arg->offset, tag);
}

static void put_values(struct build *b, enum pol_operand op, uint32_t *lit)
{
    for (size_t i = 0; i < b->places.count; i++) {
        const struct place *p = &b->places.items[i];
        const struct overlap_node *n = &b->v.nodes.items[overlap_root(&b->v, p->node)];
        if (p->op != op)
            continue;
        if (n->is_set)
            put_set(b, p, lit, n->number);
        else
            lit[b->pair->m->space->tags[p->tag].args[p->arg].offset] = (uint32_t)n->value;
    }
}

static void write_operand(struct build *b, enum pol_operand op, struct str_buf *out)
{
    static const char *const names[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
    const struct pol_space *space = b->pair->m->space;
    const struct overlap_cond *x = &b->pair->a->cond[op], *y = &b->pair->b->cond[op];
    if (x->nrequired + y->nrequired == 0)
        return;
    uint32_t *lit = ARENA_ARRAY(&b->v.arena, uint32_t, space->words);
    for (uint32_t i = 0; i < x->nrequired; i++)
        pol_lit_set(lit, x->required[i]);
    for (uint32_t i = 0; i < y->nrequired; i++)
        pol_lit_set(lit, y->required[i]);
    put_values(b, op, lit);
    size_t need = pol_lit_format(space, lit, NULL, 0) + 1;
    char *text = ARENA_ARRAY(&b->v.arena, char, need);
    (void)pol_lit_format(space, lit, text, need);
    str_printf(out, " %s=%s", names[op], text);
}

static void write_witness(struct build *b, int insn)
{
    struct str_buf out;
    str_init(&out);
    str_add(&out, pol_insn_at((size_t)insn)->name);
    for (int op = 0; op < POL_OPERANDS; op++)
        write_operand(b, (enum pol_operand)op, &out);
    b->pair->witness = arena_strdup(b->pair->arena, str_text(&out));
    str_free(&out);
}

/* --- the decision -------------------------------------------------------------------------- */

static enum overlap decide_values(struct overlap_pair *pair, int insn)
{
    struct build b = {.pair = pair, .v.m = pair->m};
    add_rule(&b, pair->a->rule);
    add_rule(&b, pair->b->rule);
    enum overlap answer = b.excluded ? OVERLAP_EXCLUDED : overlap_solve(&b.v);
    if (answer == OVERLAP_FOUND)
        write_witness(&b, insn);
    arena_free(&b.v.arena);
    return answer;
}

enum overlap overlap_decide(struct overlap_pair *pair)
{
    if (pair->a->never || pair->b->never || !overlap_ranges_meet(pair->a, pair->b))
        return OVERLAP_EXCLUDED;
    for (uint32_t i = 0; i < pair->nwords; i++)
        if (overlap_tags(pair->m, pair->decider, pair->a, pair->b, pair->words[i].exists))
            return decide_values(pair, pair->words[i].insn);
    return OVERLAP_EXCLUDED;
}
