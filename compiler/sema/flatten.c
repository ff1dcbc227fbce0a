/* From a component's expression to its rules in first-match order and the claims of its `|`.
 *
 * Every policy is gone through once, however often it is named: a rule that stands further left
 * decides already.  An explicit stack of frames keeps chains of any length off the C stack.  The
 * result of an expression is the set of its rules; where nothing is met twice it is one range. */
#include <stdlib.h>
#include "compiler/sema/internal.h"

typedef VEC_OF(struct sema_range) range_vec;

struct frame {
    const struct ast_pexp *pexp; /* a choice, or a name */
    uint32_t policy;             /* that contains it */
    uint32_t target;             /* of a name */
    uint32_t node;
    uint32_t start; /* first rule position */
    uint32_t item_start;
    size_t item; /* to begin next */
    range_vec acc;
    bool unsorted;
};

struct flatten {
    struct sema *s;
    struct sema_decider *d;
    VEC_OF(struct frame) frames;
    struct sema_rset result; /* of what ended last */
};

/* --- sets of rules ------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
    const struct sema_range *x = a, *y = b;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

static void merge_ranges(range_vec *v)
{
    size_t n = 0;
    qsort(v->items, v->count, sizeof *v->items, by_start);
    for (size_t i = 0; i < v->count; i++) {
        struct sema_range r = v->items[i];
        if (n && r.lo <= v->items[n - 1].hi)
            v->items[n - 1].hi = r.hi > v->items[n - 1].hi ? r.hi : v->items[n - 1].hi;
        else
            v->items[n++] = r;
    }
    v->count = n;
}

static void add_ranges(struct flatten *f, struct frame *fr, struct sema_rset set)
{
    for (uint32_t i = 0; i < set.count; i++) {
        struct sema_range r = set.ranges[i];
        struct sema_range *last = fr->acc.count ? &fr->acc.items[fr->acc.count - 1] : NULL;
        if (last && last->hi == r.lo) {
            last->hi = r.hi;
            continue;
        }
        fr->unsorted |= last && r.lo < last->hi;
        VEC_PUSH(&f->s->tmp, &fr->acc, r);
    }
}

static struct sema_rset snapshot(struct flatten *f, struct frame *fr)
{
    if (fr->unsorted)
        merge_ranges(&fr->acc);
    fr->unsorted = false;
    struct sema_rset set = {NULL, (uint32_t)fr->acc.count};
    set.ranges = ARENA_ARRAY(&f->s->tmp, struct sema_range, set.count + 1);
    for (uint32_t i = 0; i < set.count; i++)
        set.ranges[i] = fr->acc.items[i];
    return set;
}

static bool is_range(const struct sema_rset *set, uint32_t lo, uint32_t hi)
{
    if (lo == hi)
        return set->count == 0;
    return set->count == 1 && set->ranges[0].lo == lo && set->ranges[0].hi == hi;
}

/* --- rules --------------------------------------------------------------------------------- */

static uint32_t module_of(const struct flatten *f, uint32_t policy)
{
    return f->s->syms[SEMA_POLICY].items[policy].module;
}

static uint32_t use_group(struct sema *s, uint32_t sym)
{
    struct sema_group *g = &s->groups[sym];
    if (g->index == SEMA_NONE) {
        g->index = (uint32_t)s->model_groups.count;
        VEC_PUSH(&s->tmp, &s->model_groups, sym);
    }
    return g->index;
}

/* Adds the rule to the model unless it is there. */
static void use_rule(struct sema *s, uint32_t rule)
{
    struct sema_rule *r = s->rules.items[rule];
    if (r->index == SEMA_NONE) {
        r->index = (uint32_t)s->model_rules.count;
        VEC_PUSH(&s->tmp, &s->model_rules, rule);
        r->model.group = r->group == SEMA_NONE ? MODEL_EVERY_INSTRUCTION : use_group(s, r->group);
    }
}

static void add_rule(struct flatten *f, const struct ast_pexp *pexp, uint32_t policy, uint32_t node)
{
    struct sema *s = f->s;
    uint32_t rule = sema_rule(s, module_of(f, policy), policy, pexp, f->d->owner);
    f->result = (struct sema_rset){0};
    if (s->rules.items[rule]->never)
        return;
    if (s->composing)
        use_rule(s, rule);
    uint32_t at = (uint32_t)f->d->rules.count;
    VEC_PUSH(&s->tmp, &f->d->rules, rule);
    VEC_PUSH(&s->tmp, &f->d->rule_node, node);
    f->result.ranges = ARENA_NEW(&s->tmp, struct sema_range);
    f->result.ranges[0] = (struct sema_range){at, at + 1};
    f->result.count = 1;
}

/* --- going down ---------------------------------------------------------------------------- */

static void push_frame(struct flatten *f, const struct ast_pexp *pexp, uint32_t policy,
                       uint32_t node, uint32_t target)
{
    struct frame fr = {.pexp = pexp, .policy = policy, .target = target, .node = node};
    fr.start = (uint32_t)f->d->rules.count;
    VEC_PUSH(&f->s->tmp, &f->frames, fr);
}

static void report_misplaced(struct flatten *f, const struct ast_pexp *pexp, const char *what)
{
    diag_error(f->s->sink, DIAG_MISPLACED_POLICY, pexp->span,
               "%s cannot stand below `^` or `|`: components are joined by `&` alone", what);
    f->result = (struct sema_rset){0};
}

/* True: the result is there at once. */
static bool begin_name(struct flatten *f, const struct ast_pexp *pexp, uint32_t policy,
                       uint32_t node)
{
    struct sema *s = f->s;
    uint32_t target = sema_find(s, SEMA_POLICY, module_of(f, policy), &pexp->name);
    f->result = (struct sema_rset){0};
    if (!sema_found(target))
        return true;
    struct sema_policy *p = &s->policies[target];
    if (p->decl->global) {
        report_misplaced(f, pexp, "a global policy");
        return true;
    }
    if (p->seen_by == s->flat_serial) {
        f->result = f->d->sets.items[p->memo];
        return true;
    }
    p->seen_by = s->flat_serial;
    p->memo = (uint32_t)f->d->sets.count;
    p->reached = true;
    VEC_PUSH(&s->tmp, &f->d->sets, f->result);
    push_frame(f, pexp, policy, node, target);
    return false;
}

static bool begin(struct flatten *f, const struct ast_pexp *pexp, uint32_t policy, uint32_t node)
{
    switch (pexp->kind) {
    case AST_PEXP_RULE:
    case AST_PEXP_NO_CHECKS:
        add_rule(f, pexp, policy, node);
        return true;
    case AST_PEXP_NAME:
        return begin_name(f, pexp, policy, node);
    case AST_PEXP_CHOICE:
        push_frame(f, pexp, policy, node, SEMA_NONE);
        return false;
    case AST_PEXP_ALL:
        report_misplaced(f, pexp, "`&`");
        return true;
    case AST_PEXP_ERROR:
        break;
    }
    f->result = (struct sema_rset){0};
    return true;
}

/* --- choices ------------------------------------------------------------------------------- */

/* Jump pointers: the way to any ancestor takes logarithmic time. */
static uint32_t jump_of(const struct sema_decider *d, uint32_t parent)
{
    const struct sema_node *n = d->nodes.items;
    uint32_t up = n[parent].jump, far = n[up].jump;
    return n[parent].depth - n[up].depth == n[up].depth - n[far].depth ? far : parent;
}

static uint32_t new_node(struct flatten *f, uint32_t parent, const struct ast_pexp_item *item,
                         bool dpl)
{
    struct sema_decider *d = f->d;
    const struct sema_node *up = &d->nodes.items[parent];
    struct sema_node n = {
        .parent = parent, .depth = up->depth + 1, .dpl = dpl, .op = item->op_span};
    n.start = (uint32_t)d->rules.count;
    n.exclusive = item->op == AST_POP_EXCLUSIVE;
    n.under = n.exclusive || up->under;
    n.jump = jump_of(d, parent);
    VEC_PUSH(&f->s->tmp, &d->nodes, n);
    return (uint32_t)d->nodes.count - 1;
}

static void claim(struct flatten *f, struct frame *fr, const struct ast_pexp_item *item)
{
    struct sema_claim c = {.left = snapshot(f, fr), .right = f->result, .op = item->op_span};
    uint32_t end = (uint32_t)f->d->rules.count;
    c.dpl = f->s->modules.items[module_of(f, fr->policy)].dpl;
    c.shared =
        !is_range(&c.left, fr->start, fr->item_start) || !is_range(&c.right, fr->item_start, end);
    if (c.left.count && c.right.count)
        VEC_PUSH(&f->s->tmp, &f->d->claims, c);
}

static void end_item(struct flatten *f, struct frame *fr)
{
    const struct ast_pexp_item *item = &fr->pexp->items.items[fr->item - 1];
    if (item->op == AST_POP_EXCLUSIVE && fr->item > 1)
        claim(f, fr, item);
    add_ranges(f, fr, f->result);
}

/* Goes on with the topmost frame; true: it ended, and f->result is its result. */
static bool step_choice(struct flatten *f)
{
    for (;;) {
        struct frame *fr = &f->frames.items[f->frames.count - 1];
        if (fr->item > 0)
            end_item(f, fr);
        if (fr->item == fr->pexp->items.count) {
            f->result = snapshot(f, fr);
            return true;
        }
        const struct ast_pexp_item *item = &fr->pexp->items.items[fr->item++];
        bool dpl = f->s->modules.items[module_of(f, fr->policy)].dpl;
        fr->item_start = (uint32_t)f->d->rules.count;
        uint32_t node = new_node(f, fr->node, item, dpl);
        if (!begin(f, item->exp, fr->policy, node))
            return false;
    }
}

static bool step_name(struct flatten *f)
{
    struct frame *fr = &f->frames.items[f->frames.count - 1];
    if (fr->item++ == 0 && !begin(f, f->s->policies[fr->target].decl->body, fr->target, fr->node))
        return false;
    fr = &f->frames.items[f->frames.count - 1];
    uint32_t memo = f->s->policies[fr->target].memo;
    f->d->sets.items[memo] = f->result;
    if (f->s->policies[fr->target].decl->total) {
        struct sema_total total = {fr->target, memo};
        VEC_PUSH(&f->s->tmp, &f->d->totals, total);
    }
    return true;
}

void sema_flatten(struct sema *s, struct sema_decider *d)
{
    struct flatten f = {.s = s, .d = d};
    struct sema_node root = {0};
    s->flat_serial++;
    s->policies[d->policy].reached = true;
    VEC_PUSH(&s->tmp, &d->nodes, root);
    if (begin(&f, d->body, d->policy, 0))
        return;
    while (f.frames.count) {
        const struct frame *fr = &f.frames.items[f.frames.count - 1];
        if (fr->target == SEMA_NONE ? step_choice(&f) : step_name(&f))
            f.frames.count--;
    }
}

/* --- rules outside the composition --------------------------------------------------------- */

static void check_policy(struct sema *s, uint32_t module, uint32_t policy,
                         const struct ast_pexp *pexp)
{
    struct sema_owner anybody = {SEMA_NONE, false};
    if (pexp->kind == AST_PEXP_RULE)
        (void)sema_rule(s, module, policy, pexp, anybody);
    for (size_t i = 0; i < pexp->items.count; i++)
        check_policy(s, module, policy, pexp->items.items[i].exp);
}

/* A policy of the main module that nothing names is checked as a composition of its own. */
static void check_root(struct sema *s, uint32_t policy)
{
    s->deciders.items = NULL;
    s->deciders.count = s->deciders.cap = 0;
    s->decider_of = (struct sema_map){0};
    s->compose_serial++;
    sema_split(s, policy, s->policies[policy].decl->name.span);
    for (size_t i = 0; i < s->deciders.count; i++)
        sema_flatten(s, &s->deciders.items[i]);
}

void sema_check_rest(struct sema *s)
{
    const struct sema_table *t = &s->syms[SEMA_POLICY];
    struct sema_decider *items = s->deciders.items;
    size_t count = s->deciders.count, cap = s->deciders.cap;
    s->composing = false;
    for (uint32_t i = 0; i < t->count && t->items[i].module == 0; i++)
        if (!s->policies[i].reached && !t->items[i].used)
            check_root(s, i);
    for (uint32_t i = 0; i < t->count; i++)
        if (!s->policies[i].reached)
            check_policy(s, t->items[i].module, i, s->policies[i].decl->body);
    s->deciders.items = items;
    s->deciders.count = count;
    s->deciders.cap = cap;
}
