/* Building and reducing decision diagrams; see dd.h. */
#include <stdlib.h>
#include <string.h>
#include "compiler/analysis/dd.h"
#include "compiler/analysis/pairs.h"

/* A rule that can still decide: its next open condition and what is left of its guard. */
struct entry {
    uint32_t rule, next, guard;
};

/* A node under construction: a list of entries in the pool, or (after expansion) children. */
struct build_node {
    size_t first;
    uint32_t count;
    uint32_t var;
    uint32_t first_child;
};

/* What a path ends with: an outcome and those of the rules that went on, told[first ..]. */
struct ending {
    uint32_t outcome, n;
    size_t first;
};

struct builder {
    struct arena *arena;
    struct arena work; /* freed at the end of the build */
    const struct dd_var *vars;
    uint32_t nvars;
    const struct dd_atom *atoms;
    const struct dd_bdd *bdd;
    const struct dd_rule *rules;
    uint32_t max_nodes;
    bool over; /* a limit is exceeded */
    VEC_OF(struct entry) pool;
    VEC_OF(struct build_node) nodes;
    VEC_OF(uint32_t) children;
    VEC_OF(struct ending) endings;
    VEC_OF(uint32_t) told;     /* of the endings */
    VEC_OF(uint32_t) * by_var; /* nodes to expand, per variable */
    uint32_t *table;           /* open addressing: node + 1 */
    uint32_t table_size;
    uint32_t **first_class_of; /* classes before reduction */
    uint32_t *first_nclasses;
    uint32_t **first_code; /* a code of each class */
    struct entry *scratch;
    uint32_t *told_scratch;
    struct sweep *sweep;
    uint32_t *ending_table; /* open addressing: ending + 1 */
    uint32_t ending_size;
};

static bool is_sure(const struct builder *b, const struct entry *e)
{
    return e->next == b->rules[e->rule].nconds && e->guard == DD_TRUE;
}

/* Does nothing after the entry matter? */
static bool ends_list(const struct builder *b, const struct entry *e)
{
    return is_sure(b, e) && !b->rules[e->rule].goes_on;
}

/* The variable that an entry waits for; UINT32_MAX: none. */
static uint32_t entry_var(const struct builder *b, const struct entry *e)
{
    const struct dd_rule *r = &b->rules[e->rule];
    if (e->next < r->nconds)
        return r->conds[e->next].var;
    return e->guard > DD_TRUE ? b->atoms[b->bdd->nodes[e->guard].var].var : UINT32_MAX;
}

/* What is left of a guard when `var` takes the value. */
static uint32_t guard_after(const struct builder *b, uint32_t guard, uint32_t var, uint32_t value)
{
    while (guard > DD_TRUE) {
        const struct dd_bdd_node *n = &b->bdd->nodes[guard];
        const struct dd_atom *a = &b->atoms[n->var];
        if (a->var != var)
            break;
        guard = value - a->first < a->end - a->first ? n->hi : n->lo;
    }
    return guard;
}

/* --- endings ------------------------------------------------------------------------------------
 */

static uint32_t hash_ending(uint32_t outcome, const uint32_t *told, uint32_t n)
{
    uint64_t h = outcome * 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ told[i]) * 0xC2B2AE3D27D4EB4Fu, h ^= h >> 31;
    return (uint32_t)(h >> 16);
}

static const uint32_t *told_at(const struct builder *b, const struct ending *e)
{
    return b->told.items + e->first;
}

static void grow_endings(struct builder *b)
{
    b->ending_size = b->ending_size ? b->ending_size * 2 : 64;
    b->ending_table = ARENA_ARRAY(&b->work, uint32_t, b->ending_size);
    for (size_t i = 0; i < b->endings.count; i++) {
        const struct ending *e = &b->endings.items[i];
        uint32_t at = hash_ending(e->outcome, told_at(b, e), e->n) & (b->ending_size - 1);
        while (b->ending_table[at])
            at = (at + 1) & (b->ending_size - 1);
        b->ending_table[at] = (uint32_t)i + 1;
    }
}

static uint32_t intern_ending(struct builder *b, uint32_t outcome, const uint32_t *told, uint32_t n)
{
    if (b->endings.count * 2 >= b->ending_size)
        grow_endings(b);
    uint32_t at = hash_ending(outcome, told, n) & (b->ending_size - 1);
    for (; b->ending_table[at]; at = (at + 1) & (b->ending_size - 1)) {
        const struct ending *e = &b->endings.items[b->ending_table[at] - 1];
        if (e->outcome == outcome && e->n == n &&
            (n == 0 || memcmp(told_at(b, e), told, n * sizeof *told) == 0))
            return DD_TERMINAL + b->ending_table[at] - 1;
    }
    struct ending fresh = {outcome, n, b->told.count};
    for (uint32_t i = 0; i < n; i++)
        VEC_PUSH(&b->work, &b->told, told[i]);
    VEC_PUSH(&b->work, &b->endings, fresh);
    b->ending_table[at] = (uint32_t)b->endings.count;
    return DD_TERMINAL + (uint32_t)b->endings.count - 1;
}

/* Of entries that are all sure, of which the last may decide. */
static uint32_t terminal(struct builder *b, const struct entry *e, uint32_t n)
{
    uint32_t outcome = DD_NO_RULE;
    if (n && !b->rules[e[n - 1].rule].goes_on)
        outcome = b->rules[e[--n].rule].outcome;
    for (uint32_t i = 0; i < n; i++)
        b->told_scratch[i] = b->rules[e[i].rule].outcome;
    return intern_ending(b, outcome, b->told_scratch, n);
}

/* --- nodes --------------------------------------------------------------------------------------
 */

static uint32_t hash_entries(const struct entry *e, uint32_t n)
{
    uint64_t h = n * 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < n; i++) {
        h ^= e[i].rule | (uint64_t)e[i].next << 32 | (uint64_t)e[i].guard << 40;
        h *= 0xC2B2AE3D27D4EB4Fu;
        h ^= h >> 31;
    }
    return (uint32_t)(h >> 16);
}

static bool same_entries(const struct entry *a, const struct entry *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (a[i].rule != b[i].rule || a[i].next != b[i].next || a[i].guard != b[i].guard)
            return false;
    return true;
}

static void grow_table(struct builder *b)
{
    b->table_size = b->table_size ? b->table_size * 2 : 1024;
    b->table = ARENA_ARRAY(&b->work, uint32_t, b->table_size);
    for (size_t i = 0; i < b->nodes.count; i++) {
        const struct build_node *n = &b->nodes.items[i];
        uint32_t at = hash_entries(b->pool.items + n->first, n->count) & (b->table_size - 1);
        while (b->table[at])
            at = (at + 1) & (b->table_size - 1);
        b->table[at] = (uint32_t)i + 1;
    }
}

static uint32_t new_node(struct builder *b, const struct entry *e, uint32_t n)
{
    struct build_node node = {b->pool.count, n, UINT32_MAX, 0};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t var = entry_var(b, &e[i]);
        node.var = var < node.var ? var : node.var;
        VEC_PUSH(&b->work, &b->pool, e[i]);
    }
    VEC_PUSH(&b->work, &b->nodes, node);
    uint32_t id = (uint32_t)b->nodes.count - 1;
    VEC_PUSH(&b->work, &b->by_var[node.var], id);
    return id;
}

/* The node (or terminal) for a list of entries in order, dead ones already left out. */
static uint32_t intern(struct builder *b, const struct entry *e, uint32_t n)
{
    uint32_t keep = 0, open = 0;
    while (keep < n && !ends_list(b, &e[keep]))
        open += !is_sure(b, &e[keep++]);
    n = keep < n ? keep + 1 : n;
    if (open == 0)
        return terminal(b, e, n);
    if (b->nodes.count * 2 >= b->table_size)
        grow_table(b);
    uint32_t at = hash_entries(e, n) & (b->table_size - 1);
    for (; b->table[at]; at = (at + 1) & (b->table_size - 1)) {
        const struct build_node *o = &b->nodes.items[b->table[at] - 1];
        if (o->count == n && same_entries(b->pool.items + o->first, e, n))
            return b->table[at] - 1;
    }
    if (b->nodes.count >= b->max_nodes || b->pool.count > 32u * (size_t)b->max_nodes) {
        b->over = true;
        return DD_TERMINAL;
    }
    uint32_t id = new_node(b, e, n);
    b->table[at] = id + 1;
    return id;
}

/* Does test v coming out as `outcome` exclude that test w is true? */
static bool excludes(const struct dd_var *v, uint32_t outcome, const struct dd_var *w)
{
    if (v->group != w->group)
        return false;
    if (outcome) /* they want different bits */
        return ((v->value ^ w->value) & v->mask & w->mask) != 0;
    return (v->mask & ~w->mask) == 0 && (w->value & v->mask) == v->value; /* w includes v */
}

/* Does it exclude that w is false? */
static bool forces(const struct dd_var *v, uint32_t outcome, const struct dd_var *w)
{
    return v->group == w->group && outcome && (w->mask & ~v->mask) == 0 &&
           (v->value & w->mask) == w->value;
}

/* Can the entry's open tests still come out as it needs, now that test `var` has this outcome? */
static bool still_possible(const struct builder *b, const struct entry *e, uint32_t var,
                           uint32_t outcome)
{
    const struct dd_rule *r = &b->rules[e->rule];
    const struct dd_var *v = &b->vars[var];
    for (uint32_t i = e->next; i < r->nconds; i++) {
        const struct dd_var *w = &b->vars[r->conds[i].var];
        if (w->kind == DD_TEST &&
            (r->conds[i].cond ? excludes(v, outcome, w) : forces(v, outcome, w)))
            return false;
    }
    return true;
}

/* What becomes of an entry when `var` takes the value: false when it can no longer hold. */
static bool advance(const struct builder *b, struct entry *e, uint32_t var, uint32_t value)
{
    const struct dd_rule *r = &b->rules[e->rule];
    const struct dd_var *v = &b->vars[var];
    if (e->next < r->nconds && r->conds[e->next].var == var) {
        uint32_t cond = r->conds[e->next].cond;
        e->next++;
        if (v->kind == DD_MAP)
            return v->accept[cond][value];
        return cond == value && still_possible(b, e, var, value);
    }
    if (v->kind == DD_TEST)
        return still_possible(b, e, var, value);
    e->guard = guard_after(b, e->guard, var, value);
    return e->guard != DD_FALSE;
}

static uint32_t child(struct builder *b, uint32_t node, uint32_t value)
{
    const struct build_node *o = &b->nodes.items[node];
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        struct entry e = b->pool.items[o->first + i];
        if (advance(b, &e, o->var, value)) {
            b->scratch[n++] = e;
            if (ends_list(b, &e))
                break;
        }
    }
    return intern(b, b->scratch, n);
}

/* --- VALUE nodes: one sweep over the points -----------------------------------------------------
 *
 * Most rules change their mind at few points, so a point costs what changes there and a list of the
 * rules that are left. */

struct event {
    uint32_t entry, next; /* next: event + 1 at the same point */
};

struct sweep {
    VEC_OF(struct event) events;
    uint32_t *at;    /* point -> event + 1 */
    uint64_t *alive; /* bits over the node's entries */
    uint32_t *guard; /* per entry */
    uint32_t *seen;  /* per BDD node: the walk that met it */
    uint32_t walk;
};

static struct sweep *new_sweep(struct builder *b, uint32_t nrules)
{
    struct sweep *s = ARENA_NEW(&b->work, struct sweep);
    uint32_t most = 0;
    for (uint32_t v = 0; v < b->nvars; v++)
        if (b->vars[v].kind == DD_VALUE && b->vars[v].ncodes > most)
            most = b->vars[v].ncodes;
    if (most == 0)
        return NULL;
    s->at = ARENA_ARRAY(&b->work, uint32_t, (size_t)most + 1);
    s->alive = ARENA_ARRAY(&b->work, uint64_t, nrules / 64 + 1);
    s->guard = ARENA_ARRAY(&b->work, uint32_t, (size_t)nrules + 1);
    s->seen = ARENA_ARRAY(&b->work, uint32_t, b->bdd->count + 1);
    return s;
}

static void add_event(struct builder *b, uint32_t entry, uint32_t point)
{
    struct sweep *s = b->sweep;
    uint32_t last = s->at[point];
    if (last && s->events.items[last - 1].entry == entry)
        return;
    VEC_PUSH(&b->work, &s->events, ((struct event){entry, last}));
    s->at[point] = (uint32_t)s->events.count;
}

/* The points at which the guard's atoms of the variable change. */
static void guard_events(struct builder *b, uint32_t entry, uint32_t guard, uint32_t var)
{
    struct sweep *s = b->sweep;
    const struct dd_bdd_node *n = &b->bdd->nodes[guard];
    if (guard <= DD_TRUE || s->seen[guard] == s->walk || b->atoms[n->var].var != var)
        return;
    s->seen[guard] = s->walk;
    const struct dd_atom *a = &b->atoms[n->var];
    if (a->first > 0)
        add_event(b, entry, a->first);
    if (a->end < b->vars[var].ncodes)
        add_event(b, entry, a->end);
    guard_events(b, entry, n->lo, var);
    guard_events(b, entry, n->hi, var);
}

static void set_entry(struct builder *b, uint32_t node, uint32_t entry, uint32_t point)
{
    const struct build_node *o = &b->nodes.items[node];
    uint32_t guard = guard_after(b, b->pool.items[o->first + entry].guard, o->var, point);
    uint64_t bit = (uint64_t)1 << (entry % 64);
    b->sweep->guard[entry] = guard;
    b->sweep->alive[entry / 64] &= ~bit;
    b->sweep->alive[entry / 64] |= guard != DD_FALSE ? bit : 0;
}

/* The child for the entries that are alive. */
static uint32_t alive_child(struct builder *b, uint32_t node)
{
    const struct build_node *o = &b->nodes.items[node];
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        uint64_t rest = b->sweep->alive[i / 64] >> (i % 64);
        if (rest == 0)
            i |= 63;
        if (!(rest & 1))
            continue;
        b->scratch[n] = b->pool.items[o->first + i];
        b->scratch[n].guard = b->sweep->guard[i];
        if (ends_list(b, &b->scratch[n++]))
            break;
    }
    return intern(b, b->scratch, n);
}

static void expand_value(struct builder *b, uint32_t node)
{
    struct sweep *s = b->sweep;
    const struct build_node o = b->nodes.items[node];
    s->events.count = 0;
    memset(s->at, 0, b->vars[o.var].ncodes * sizeof *s->at);
    for (uint32_t i = 0; i < o.count; i++) {
        s->walk++;
        guard_events(b, i, b->pool.items[o.first + i].guard, o.var);
        set_entry(b, node, i, 0);
    }
    uint32_t child = alive_child(b, node);
    for (uint32_t point = 0; point < b->vars[o.var].ncodes; point++) {
        for (uint32_t e = s->at[point]; e; e = s->events.items[e - 1].next)
            set_entry(b, node, s->events.items[e - 1].entry, point);
        child = s->at[point] ? alive_child(b, node) : child;
        VEC_PUSH(&b->work, &b->children, child);
    }
}

static void expand(struct builder *b, uint32_t node)
{
    uint32_t var = b->nodes.items[node].var;
    bool map = b->vars[var].kind == DD_MAP;
    uint32_t first = (uint32_t)b->children.count;
    if (b->vars[var].kind == DD_VALUE)
        expand_value(b, node);
    for (uint32_t i = 0; b->vars[var].kind != DD_VALUE && i < b->first_nclasses[var]; i++) {
        uint32_t c = child(b, node, map ? b->first_code[var][i] : i);
        VEC_PUSH(&b->work, &b->children, c);
    }
    b->nodes.items[node].first_child = first;
}

/* --- preparation --------------------------------------------------------------------------------
 */

static bool is_possible(const struct dd_var *v, uint32_t code)
{
    return !v->possible || v->possible[code];
}

/* Splits the possible codes of a MAP variable by every condition that the rules use. */
static void first_classes(struct builder *b, uint32_t var)
{
    const struct dd_var *v = &b->vars[var];
    uint32_t *of = ARENA_ARRAY(&b->work, uint32_t, v->ncodes + 1);
    uint32_t *split = ARENA_ARRAY(&b->work, uint32_t, 2 * (size_t)v->ncodes + 2);
    uint32_t n = 1;
    for (uint32_t c = 0; c < v->nconds && n < v->ncodes; c++) {
        memset(split, 0, (2 * (size_t)n) * sizeof *split);
        uint32_t next = 0;
        for (uint32_t code = 0; code < v->ncodes; code++) {
            if (!is_possible(v, code))
                continue;
            uint32_t *s = &split[of[code] * 2 + (v->accept[c][code] != 0)];
            if (*s == 0)
                *s = ++next;
            of[code] = *s - 1;
        }
        n = next ? next : 1;
    }
    b->first_class_of[var] = of;
    b->first_nclasses[var] = n;
    b->first_code[var] = ARENA_ARRAY(&b->work, uint32_t, n);
    for (uint32_t code = v->ncodes; code-- > 0;)
        if (is_possible(v, code))
            b->first_code[var][of[code]] = code;
}

/* The points of a VALUE variable are classes of their own before reduction. */
static void first_points(struct builder *b, uint32_t var)
{
    uint32_t n = b->vars[var].ncodes;
    b->first_nclasses[var] = n;
    b->first_class_of[var] = ARENA_ARRAY(&b->work, uint32_t, n + 1);
    for (uint32_t point = 0; point < n; point++)
        b->first_class_of[var][point] = point;
}

static void prepare(struct builder *b, uint32_t nrules)
{
    b->told_scratch = ARENA_ARRAY(&b->work, uint32_t, (size_t)nrules + 1);
    b->scratch = ARENA_ARRAY(&b->work, struct entry, (size_t)nrules + 1);
    b->by_var = arena_array(&b->work, (size_t)b->nvars + 1, sizeof *b->by_var);
    b->first_class_of = ARENA_ARRAY(&b->work, uint32_t *, b->nvars + 1);
    b->first_nclasses = ARENA_ARRAY(&b->work, uint32_t, b->nvars + 1);
    b->first_code = ARENA_ARRAY(&b->work, uint32_t *, b->nvars + 1);
    for (uint32_t i = 0; i < b->nvars; i++) {
        b->first_nclasses[i] = 2;
        if (b->vars[i].kind == DD_MAP)
            first_classes(b, i);
        else if (b->vars[i].kind == DD_VALUE)
            first_points(b, i);
    }
    b->sweep = new_sweep(b, nrules);
}

static uint32_t build_root(struct builder *b, uint32_t nrules)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < nrules; i++)
        if (b->rules[i].guard != DD_FALSE)
            b->scratch[n++] = (struct entry){i, 0, b->rules[i].guard};
    return intern(b, b->scratch, n);
}

static bool expand_all(struct builder *b)
{
    for (uint32_t v = 0; v < b->nvars; v++)
        for (size_t i = 0; i < b->by_var[v].count; i++) {
            if (b->over || b->children.count > 32u * (size_t)b->max_nodes)
                return false;
            expand(b, b->by_var[v].items[i]);
        }
    return !b->over;
}

/* --- reduction ------------------------------------------------------------------------------- */

struct reducer {
    struct builder *b;
    uint32_t *canonical; /* build node -> node or terminal it stands for */
    uint32_t *table;
    uint32_t table_size;
};

static uint32_t resolve(const struct reducer *r, uint32_t id)
{
    return id >= DD_TERMINAL ? id : r->canonical[id];
}

static uint32_t hash_children(const struct builder *b, const struct build_node *n, uint32_t width)
{
    uint64_t h = n->var * 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < width; i++) {
        h ^= b->children.items[n->first_child + i];
        h *= 0xC2B2AE3D27D4EB4Fu;
        h ^= h >> 31;
    }
    return (uint32_t)(h >> 16);
}

static void reduce_node(struct reducer *r, uint32_t id)
{
    struct builder *b = r->b;
    const struct build_node *n = &b->nodes.items[id];
    uint32_t width = b->first_nclasses[n->var];
    uint32_t *c = b->children.items + n->first_child;
    bool redundant = true;
    for (uint32_t i = 0; i < width; i++) {
        c[i] = resolve(r, c[i]);
        redundant = redundant && c[i] == c[0];
    }
    if (redundant) {
        r->canonical[id] = c[0];
        return;
    }
    uint32_t at = hash_children(b, n, width) & (r->table_size - 1);
    for (; r->table[at]; at = (at + 1) & (r->table_size - 1)) {
        const struct build_node *o = &b->nodes.items[r->table[at] - 1];
        if (o->var == n->var &&
            memcmp(b->children.items + o->first_child, c, width * sizeof *c) == 0) {
            r->canonical[id] = r->table[at] - 1;
            return;
        }
    }
    r->table[at] = id + 1;
    r->canonical[id] = id;
}

static void reduce_all(struct reducer *r)
{
    struct builder *b = r->b;
    r->canonical = ARENA_ARRAY(&b->work, uint32_t, b->nodes.count + 1);
    r->table_size = 16;
    while (r->table_size < b->nodes.count * 2)
        r->table_size *= 2;
    r->table = ARENA_ARRAY(&b->work, uint32_t, r->table_size);
    for (uint32_t v = b->nvars; v-- > 0;)
        for (size_t i = 0; i < b->by_var[v].count; i++)
            reduce_node(r, b->by_var[v].items[i]);
}

/* Marks what the root reaches; by_var goes downwards, so one pass in order does. */
static uint8_t *mark_reached(struct reducer *r, uint32_t root)
{
    struct builder *b = r->b;
    uint8_t *reached = ARENA_ARRAY(&b->work, uint8_t, b->nodes.count + 1);
    if (root < DD_TERMINAL)
        reached[root] = 1;
    for (uint32_t v = 0; v < b->nvars; v++)
        for (size_t i = 0; i < b->by_var[v].count; i++) {
            uint32_t id = b->by_var[v].items[i];
            for (uint32_t k = 0; reached[id] && k < b->first_nclasses[v]; k++) {
                uint32_t c = b->children.items[b->nodes.items[id].first_child + k];
                if (c < DD_TERMINAL)
                    reached[c] = 1;
            }
        }
    return reached;
}

/* Classes whose columns agree in every node of the variable become one: refine from one class. */
static uint32_t merge_columns(struct builder *b, uint32_t var, const uint32_t *ids, uint32_t n,
                              uint32_t *merged)
{
    uint32_t width = b->first_nclasses[var], classes = 1;
    struct pairs pairs;
    pairs_init(&pairs, &b->work, width);
    memset(merged, 0, width * sizeof *merged);
    for (uint32_t i = 0; i < n && classes < width; i++) {
        const uint32_t *c = b->children.items + b->nodes.items[ids[i]].first_child;
        pairs_clear(&pairs);
        for (uint32_t k = 0; k < width; k++)
            merged[k] = pairs_number(&pairs, merged[k], c[k]);
        classes = pairs.count;
    }
    return classes;
}

static void emit_classes(struct builder *b, struct dd *dd, uint32_t var, bool used,
                         const uint32_t *merged)
{
    const struct dd_var *v = &b->vars[var];
    dd->class_of[var] = ARENA_ARRAY(b->arena, uint32_t, v->ncodes + 1);
    for (uint32_t code = 0; code < v->ncodes; code++)
        dd->class_of[var][code] = !is_possible(v, code) ? DD_NO_CLASS
                                  : used                ? merged[b->first_class_of[var][code]]
                                                        : 0;
}

static void emit_node(struct builder *b, struct dd *dd, struct dd_node *out, uint32_t id,
                      const uint32_t *merged, size_t *nchildren, size_t *cap)
{
    const struct build_node *n = &b->nodes.items[id];
    const uint32_t *c = b->children.items + n->first_child;
    uint32_t done = 0;
    *out = (struct dd_node){n->var, (uint32_t)*nchildren};
    for (uint32_t k = 0; k < b->first_nclasses[n->var]; k++)
        if (merged[k] == done) { /* classes are numbered by first occurrence */
            dd->children =
                arena_grow(b->arena, dd->children, *nchildren, cap, sizeof *dd->children);
            dd->children[(*nchildren)++] = c[k];
            done++;
        }
}

static void emit_var(struct builder *b, struct dd *dd, uint32_t var, const uint32_t *ids,
                     uint32_t n, uint32_t *new_id, size_t *nchildren, size_t *cap)
{
    uint32_t width = b->first_nclasses[var];
    uint32_t *merged = ARENA_ARRAY(&b->work, uint32_t, width + 1);
    bool many = b->vars[var].kind == DD_MAP || b->vars[var].kind == DD_VALUE;
    uint32_t classes = many ? merge_columns(b, var, ids, n, merged) : width;
    for (uint32_t k = 0; !many && k < width; k++)
        merged[k] = k;
    dd->nclasses[var] = n ? classes : 1;
    if (many)
        emit_classes(b, dd, var, n > 0, merged);
    for (uint32_t i = 0; i < n; i++)
        emit_node(b, dd, &dd->nodes[new_id[ids[i]]], ids[i], merged, nchildren, cap);
}

static void emit(struct reducer *r, struct dd *dd, uint32_t root)
{
    struct builder *b = r->b;
    uint8_t *reached = mark_reached(r, root);
    uint32_t *new_id = ARENA_ARRAY(&b->work, uint32_t, b->nodes.count + 1);
    uint32_t *ids = ARENA_ARRAY(&b->work, uint32_t, b->nodes.count + 1);
    uint32_t *start = ARENA_ARRAY(&b->work, uint32_t, b->nvars + 1);
    uint32_t total = 0;
    for (uint32_t v = 0; v < b->nvars; v++) {
        start[v] = total;
        for (size_t i = 0; i < b->by_var[v].count; i++) {
            uint32_t id = b->by_var[v].items[i];
            if (reached[id] && r->canonical[id] == id) {
                new_id[id] = total;
                ids[total++] = id;
            }
        }
    }
    start[b->nvars] = total;
    dd->nnodes = total;
    dd->nodes = ARENA_ARRAY(b->arena, struct dd_node, total + 1);
    size_t nchildren = 0, cap = 0;
    for (uint32_t v = 0; v < b->nvars; v++)
        emit_var(b, dd, v, ids + start[v], start[v + 1] - start[v], new_id, &nchildren, &cap);
    for (size_t i = 0; i < nchildren; i++)
        if (dd->children[i] < DD_TERMINAL)
            dd->children[i] = new_id[dd->children[i]];
    dd->root = root < DD_TERMINAL ? new_id[root] : root;
}

static void emit_endings(const struct builder *b, struct dd *dd)
{
    uint32_t *told = ARENA_ARRAY(b->arena, uint32_t, b->told.count + 1);
    if (b->told.count)
        memcpy(told, b->told.items, b->told.count * sizeof *told);
    dd->noutcomes = (uint32_t)b->endings.count;
    dd->outcomes = ARENA_ARRAY(b->arena, uint32_t, dd->noutcomes + 1);
    dd->told = ARENA_ARRAY(b->arena, struct dd_told, dd->noutcomes + 1);
    for (uint32_t i = 0; i < dd->noutcomes; i++) {
        const struct ending *e = &b->endings.items[i];
        dd->outcomes[i] = e->outcome;
        dd->told[i] = (struct dd_told){told + e->first, e->n};
    }
}

static struct dd *finish(struct builder *b, struct dd_var *vars, uint32_t root)
{
    struct dd *dd = ARENA_NEW(b->arena, struct dd);
    struct reducer r = {.b = b};
    reduce_all(&r);
    dd->vars = vars;
    dd->nvars = b->nvars;
    dd->class_of = ARENA_ARRAY(b->arena, uint32_t *, b->nvars + 1);
    dd->nclasses = ARENA_ARRAY(b->arena, uint32_t, b->nvars + 1);
    emit(&r, dd, resolve(&r, root));
    emit_endings(b, dd);
    return dd;
}

struct dd *dd_build(struct arena *arena, struct dd_var *vars, uint32_t nvars,
                    const struct dd_atom *atoms, const struct dd_bdd *bdd,
                    const struct dd_rule *rules, uint32_t nrules, uint32_t max_nodes)
{
    struct builder b = {.arena = arena,
                        .vars = vars,
                        .nvars = nvars,
                        .atoms = atoms,
                        .bdd = bdd,
                        .rules = rules,
                        .max_nodes = max_nodes};
    arena_init(&b.work);
    prepare(&b, nrules);
    uint32_t root = build_root(&b, nrules);
    struct dd *dd = !b.over && expand_all(&b) ? finish(&b, vars, root) : NULL;
    arena_free(&b.work);
    return dd;
}
