/* Reachable shapes: one least fixpoint per domain over initial sets, rules, merges, traps.
 *
 * All set operations work tag by tag, so a set value is kept as (sure, maybe): every subset of
 * `maybe` may be there besides `sure`.  Maybe-tags come from intersections and `merge all`, which
 * drop a tag when its arguments differ. */
#include <string.h>
#include <pol/kinds.h>
#include "compiler/table/initial.h"
#include "compiler/table/plan.h"
#include "lang/support/str.h"

#define MAX_COMBINATIONS (1u << 24) /* work per domain before it becomes bits */
#define MAX_MAYBE 10u
#define SOURCES 8u
/* Besides POL_KIND_*: results of loads, which merge with each other over granules. */
#define LOADED_INT 256u
#define LOADED_FP 512u

void shapes_init(struct shapes *s, struct arena *arena, uint32_t ntags)
{
    memset(s, 0, sizeof *s);
    s->arena = arena;
    s->ntags = ntags;
    s->words = (ntags + 31) / 32;
    s->words += s->words == 0;
}

const uint32_t *shapes_bits(const struct shapes *s, uint32_t id)
{
    return s->bits.items + (size_t)id * s->words;
}

static uint32_t shape_hash(const uint32_t *bits, uint32_t words)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < words; i++)
        h = (h ^ bits[i]) * 0xBF58476D1CE4E5B9u, h ^= h >> 29;
    return (uint32_t)(h >> 20);
}

static void shapes_rehash(struct shapes *s)
{
    s->table_size = s->table_size ? s->table_size * 2 : 64;
    s->table = ARENA_ARRAY(s->arena, uint32_t, s->table_size);
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t at = shape_hash(shapes_bits(s, i), s->words) & (s->table_size - 1);
        while (s->table[at])
            at = (at + 1) & (s->table_size - 1);
        s->table[at] = i + 1;
    }
}

uint32_t shapes_intern(struct shapes *s, const uint32_t *bits)
{
    if (s->count * 2 >= s->table_size)
        shapes_rehash(s);
    uint32_t at = shape_hash(bits, s->words) & (s->table_size - 1);
    for (; s->table[at]; at = (at + 1) & (s->table_size - 1))
        if (memcmp(shapes_bits(s, s->table[at] - 1), bits, s->words * sizeof *bits) == 0)
            return s->table[at] - 1;
    for (uint32_t i = 0; i < s->words; i++)
        VEC_PUSH(s->arena, &s->bits, bits[i]);
    VEC_PUSH(s->arena, &s->kinds, 0);
    s->table[at] = s->count + 1;
    return s->count++;
}

/* --- the fixpoint ------------------------------------------------------------------------------
 */

/* A set value: which of the domain's tags. */
struct value {
    uint32_t *sure, *maybe;
};

/* Where a value comes from: shapes of some kinds under a condition. */
struct source {
    uint32_t kinds; /* 0: only {} */
    const struct ir_cond *cond;
    bool exact;
    enum pol_operand op; /* operand source; */
    bool nested;         /* or the contents of a TagSet argument, */
    struct ir_ref ref;   /* this one */
};

/* dest kinds receive the value of expr. */
struct edge {
    uint32_t dest;
    struct ir_set_id expr;
    struct source sources[SOURCES];
    uint32_t nsources;
};

struct fix {
    struct plan *p;
    struct ir *ir;
    struct arena work;
    uint32_t domain, first_tag;
    struct shapes *s;
    /* Masks of local tags; with_args: two sets that have the tag may differ in it, lattices'
     * values, of which there is always a join and a meet, apart. */
    uint32_t *with_args, *set_args, *all_tags;
    VEC_OF(struct edge) edges;
    uint32_t *seen, seen_size, nseen; /* signatures: offsets + 1 into sig */
    struct str_buf sig;
    VEC_OF(size_t) sig_at;
    uint64_t work_done;
    uint32_t kept_by_loads; /* kinds of destinations that some load leaves alone */
    bool changed, overflow;
};

static uint32_t *zero_bits(struct fix *f)
{
    return ARENA_ARRAY(&f->work, uint32_t, f->s->words);
}

static void add_shape(struct fix *f, const uint32_t *bits, uint32_t kinds)
{
    uint32_t id = shapes_intern(f->s, bits);
    if (f->s->count > TBL_MAX_SHAPES)
        f->overflow = true;
    if (kinds & ~f->s->kinds.items[id])
        f->changed = true;
    f->s->kinds.items[id] |= kinds;
}

/* Every set between sure and sure + maybe. */
static void add_value(struct fix *f, const struct value *v, uint32_t kinds)
{
    uint32_t at[MAX_MAYBE], n = 0;
    for (uint32_t i = 0; i < f->s->ntags; i++)
        if (plan_bit(v->maybe, i)) {
            if (n == MAX_MAYBE) {
                f->overflow = true;
                return;
            }
            at[n++] = i;
        }
    uint32_t *bits = zero_bits(f);
    for (uint32_t m = 0; m < 1u << n && !f->overflow; m++) {
        memcpy(bits, v->sure, f->s->words * sizeof *bits);
        for (uint32_t i = 0; i < n; i++)
            if (m >> i & 1u)
                plan_set_bit(bits, at[i]);
        add_shape(f, bits, kinds);
    }
}

static struct value new_value(struct fix *f, const uint32_t *sure)
{
    struct value v = {zero_bits(f), zero_bits(f)};
    if (sure)
        memcpy(v.sure, sure, f->s->words * sizeof *sure);
    return v;
}

static void value_union(struct fix *f, struct value *a, const struct value *b)
{
    for (uint32_t i = 0; i < f->s->words; i++) {
        a->sure[i] |= b->sure[i];
        a->maybe[i] = (a->maybe[i] | b->maybe[i]) & ~a->sure[i];
    }
}

static void value_inter(struct fix *f, struct value *a, const struct value *b)
{
    for (uint32_t i = 0; i < f->s->words; i++) {
        uint32_t may = (a->sure[i] | a->maybe[i]) & (b->sure[i] | b->maybe[i]);
        a->sure[i] &= b->sure[i] & ~f->with_args[i];
        a->maybe[i] = may & ~a->sure[i];
    }
}

/* any: union, all: intersection. */
static void value_merge(struct fix *f, struct value *a, const struct value *b)
{
    struct value u = new_value(f, a->sure), n = new_value(f, a->sure);
    memcpy(u.maybe, a->maybe, f->s->words * sizeof *u.maybe);
    memcpy(n.maybe, a->maybe, f->s->words * sizeof *n.maybe);
    value_union(f, &u, b);
    value_inter(f, &n, b);
    for (uint32_t i = 0; i < f->s->words; i++) {
        uint32_t all = f->all_tags[i];
        a->sure[i] = (u.sure[i] & ~all) | (n.sure[i] & all);
        a->maybe[i] = (u.maybe[i] & ~all) | (n.maybe[i] & all);
    }
}

static void value_mods(struct fix *f, struct value *v, const struct ir_set *s)
{
    for (uint32_t i = 0; i < s->nmods; i++) {
        uint32_t t = s->mods[i].tag - f->first_tag;
        if (t >= f->s->ntags)
            continue;
        uint32_t bit = (uint32_t)1 << (t % 32);
        v->maybe[t / 32] &= ~bit;
        v->sure[t / 32] = s->mods[i].remove ? v->sure[t / 32] & ~bit : v->sure[t / 32] | bit;
    }
}

static bool same_ref(const struct ir_ref *a, const struct ir_ref *b)
{
    return a->op == b->op && a->tag == b->tag && a->arg == b->arg;
}

static struct value eval_set(struct fix *f, const struct edge *e, const uint32_t *choice,
                             struct ir_set_id id)
{
    const struct ir_set *s = &f->ir->sets[id.v];
    struct value a, b;
    switch (s->kind) {
    case IR_SET_OPERAND:
    case IR_SET_ARG:
        for (uint32_t i = 0; i < e->nsources; i++) {
            const struct source *src = &e->sources[i];
            if (src->nested == (s->kind == IR_SET_ARG) &&
                (src->nested ? same_ref(&src->ref, &s->ref) : src->op == s->op))
                return new_value(f,
                                 choice[i] == SHAPE_INVALID ? NULL : shapes_bits(f->s, choice[i]));
        }
        return new_value(f, NULL);
    case IR_SET_EMPTY:
        return new_value(f, NULL);
    case IR_SET_MODIFY:
        a = eval_set(f, e, choice, s->a);
        value_mods(f, &a, s);
        return a;
    default:
        a = eval_set(f, e, choice, s->a);
        b = eval_set(f, e, choice, s->b);
        if (s->kind == IR_SET_UNION)
            value_union(f, &a, &b);
        else
            value_inter(f, &a, &b);
        return a;
    }
}

static bool cond_holds(const struct fix *f, const struct source *src, const uint32_t *bits)
{
    uint32_t listed = 0, present = 0;
    if (!src->cond)
        return true;
    for (uint32_t i = 0; i < src->cond->nrequired; i++) {
        uint32_t t = src->cond->required[i] - f->first_tag;
        if (t < f->s->ntags) {
            listed++;
            if (!plan_bit(bits, t))
                return false;
        }
    }
    for (uint32_t i = 0; i < src->cond->nforbidden; i++) {
        uint32_t t = src->cond->forbidden[i] - f->first_tag;
        if (t < f->s->ntags && plan_bit(bits, t))
            return false;
    }
    for (uint32_t i = 0; src->exact && i < f->s->ntags; i++)
        present += plan_bit(bits, i);
    return !src->exact || present == listed;
}

/* Adds what an edge yields for one choice of source shapes. */
static void run_choice(struct fix *f, const struct edge *e, const uint32_t *choice)
{
    struct arena mark = f->work; /* values of one choice are dropped together */
    arena_init(&f->work);
    struct value v = eval_set(f, e, choice, e->expr);
    bool fails = false;
    for (uint32_t i = 0; e->dest == POL_KIND_NESTED && i < f->s->words; i++) {
        fails = fails || (v.sure[i] & f->set_args[i]);
        v.maybe[i] &= ~f->set_args[i];
    }
    if (!fails)
        add_value(f, &v, e->dest);
    arena_free(&f->work);
    f->work = mark;
}

static void run_product(struct fix *f, const struct edge *e, uint32_t *const *lists,
                        const uint32_t *sizes)
{
    uint32_t index[SOURCES] = {0}, choice[SOURCES];
    for (uint32_t i = 0; i < e->nsources; i++)
        if (sizes[i] == 0)
            return;
    for (;;) {
        for (uint32_t i = 0; i < e->nsources; i++)
            choice[i] = lists[i][index[i]];
        run_choice(f, e, choice);
        if (++f->work_done > MAX_COMBINATIONS)
            f->overflow = true;
        uint32_t k = 0;
        while (k < e->nsources && ++index[k] == sizes[k])
            index[k++] = 0;
        if (k == e->nsources || f->overflow)
            return;
    }
}

static void run_edge(struct fix *f, const struct edge *e)
{
    uint32_t *lists[SOURCES], sizes[SOURCES];
    struct arena mark = f->work;
    arena_init(&f->work);
    uint32_t *none = zero_bits(f);
    for (uint32_t i = 0; i < e->nsources; i++) {
        const struct source *src = &e->sources[i];
        lists[i] = ARENA_ARRAY(&f->work, uint32_t, f->s->count + 1);
        sizes[i] = 0;
        if (src->kinds == 0 && cond_holds(f, src, none))
            lists[i][sizes[i]++] = SHAPE_INVALID; /* stands for {} */
        for (uint32_t id = 0; id < f->s->count; id++)
            if ((f->s->kinds.items[id] & src->kinds) && cond_holds(f, src, shapes_bits(f->s, id)))
                lists[i][sizes[i]++] = id;
    }
    run_product(f, e, lists, sizes);
    arena_free(&f->work);
    f->work = mark;
}

/* --- edges from rules --------------------------------------------------------------------------
 */

static void add_source(struct fix *f, struct edge *e, const struct source *src)
{
    for (uint32_t i = 0; i < e->nsources; i++)
        if (e->sources[i].nested == src->nested &&
            (src->nested ? same_ref(&e->sources[i].ref, &src->ref) : e->sources[i].op == src->op))
            return;
    if (e->nsources == SOURCES)
        f->overflow = true;
    else
        e->sources[e->nsources++] = *src;
}

static void find_sources(struct fix *f, struct edge *e, const struct ir_rule *rule, bool exact,
                         const struct pol_form *form, struct ir_set_id id)
{
    const struct ir_set *s = &f->ir->sets[id.v];
    struct source src = {0};
    switch (s->kind) {
    case IR_SET_OPERAND:
        src.op = s->op;
        src.cond = &rule->cond[s->op];
        src.exact = exact && src.cond->exact;
        src.kinds = pol_operand_kinds(form, s->op);
        add_source(f, e, &src);
        return;
    case IR_SET_ARG:
        src.nested = true;
        src.ref = s->ref;
        src.kinds = POL_KIND_NESTED;
        add_source(f, e, &src);
        return;
    case IR_SET_EMPTY:
        return;
    case IR_SET_MODIFY:
        find_sources(f, e, rule, exact, form, s->a);
        return;
    default:
        find_sources(f, e, rule, exact, form, s->a);
        find_sources(f, e, rule, exact, form, s->b);
        return;
    }
}

/* Text that two edges share exactly when they yield the same shapes. */
static void sign_set(struct fix *f, struct ir_set_id id)
{
    const struct ir_set *s = &f->ir->sets[id.v];
    str_printf(&f->sig, "%d", (int)s->kind);
    if (s->kind == IR_SET_OPERAND)
        str_printf(&f->sig, "o%d", (int)s->op);
    if (s->kind == IR_SET_ARG)
        str_printf(&f->sig, "r%d.%u.%u", (int)s->ref.op, s->ref.tag, s->ref.arg);
    if (s->kind == IR_SET_MODIFY || s->kind == IR_SET_UNION || s->kind == IR_SET_INTER)
        sign_set(f, s->a);
    if (s->kind == IR_SET_UNION || s->kind == IR_SET_INTER)
        sign_set(f, s->b);
    for (uint32_t i = 0; s->kind == IR_SET_MODIFY && i < s->nmods; i++)
        if (s->mods[i].tag - f->first_tag < f->s->ntags)
            str_printf(&f->sig, "%c%u", s->mods[i].remove ? '-' : '+', s->mods[i].tag);
    str_add_char(&f->sig, ';');
}

static void sign_edge(struct fix *f, const struct edge *e)
{
    str_printf(&f->sig, "d%u:", e->dest);
    sign_set(f, e->expr);
    for (uint32_t i = 0; i < e->nsources; i++) {
        const struct source *src = &e->sources[i];
        str_printf(&f->sig, "s%u.%d", src->kinds, src->exact);
        for (uint32_t k = 0; src->cond && k < src->cond->nrequired; k++)
            if (src->cond->required[k] - f->first_tag < f->s->ntags)
                str_printf(&f->sig, "+%u", src->cond->required[k]);
        for (uint32_t k = 0; src->cond && k < src->cond->nforbidden; k++)
            if (src->cond->forbidden[k] - f->first_tag < f->s->ntags)
                str_printf(&f->sig, "-%u", src->cond->forbidden[k]);
    }
}

static uint32_t text_hash(const char *s)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 0x100000001B3u;
    return (uint32_t)(h >> 24 ^ h);
}

static void grow_seen(struct fix *f)
{
    f->seen_size = f->seen_size ? f->seen_size * 2 : 256;
    f->seen = ARENA_ARRAY(&f->work, uint32_t, f->seen_size);
    for (uint32_t i = 0; i < f->sig_at.count; i++) {
        uint32_t at = text_hash(f->sig.data + f->sig_at.items[i]) & (f->seen_size - 1);
        while (f->seen[at])
            at = (at + 1) & (f->seen_size - 1);
        f->seen[at] = i + 1;
    }
}

/* Keeps an edge unless an equal one is there. */
static void keep_edge(struct fix *f, const struct edge *e)
{
    size_t start = f->sig.len;
    sign_edge(f, e);
    str_add_len(&f->sig, "", 1);
    if (f->sig_at.count * 2 >= f->seen_size)
        grow_seen(f);
    uint32_t at = text_hash(f->sig.data + start) & (f->seen_size - 1);
    for (; f->seen[at]; at = (at + 1) & (f->seen_size - 1))
        if (strcmp(f->sig.data + f->sig_at.items[f->seen[at] - 1], f->sig.data + start) == 0) {
            f->sig.len = start;
            return;
        }
    f->seen[at] = (uint32_t)f->sig_at.count + 1;
    VEC_PUSH(&f->work, &f->sig_at, start);
    VEC_PUSH(&f->work, &f->edges, *e);
}

static void edge_for(struct fix *f, const struct ir_rule *rule, bool exact,
                     const struct pol_form *form, struct ir_set_id expr, uint32_t dest)
{
    struct edge e = {.dest = dest, .expr = expr};
    find_sources(f, &e, rule, exact, form, expr);
    keep_edge(f, &e);
}

/* TagSet arguments that an expression stores. */
static void nested_edges(struct fix *f, const struct ir_rule *rule, bool exact,
                         const struct pol_form *form, struct ir_set_id id)
{
    const struct ir_set *s = &f->ir->sets[id.v];
    if (s->kind == IR_SET_UNION || s->kind == IR_SET_INTER) {
        nested_edges(f, rule, exact, form, s->a);
        nested_edges(f, rule, exact, form, s->b);
    }
    if (s->kind != IR_SET_MODIFY)
        return;
    nested_edges(f, rule, exact, form, s->a);
    for (uint32_t i = 0; i < s->nmods; i++) {
        const struct pol_tag_info *t = &f->ir->space->tags[s->mods[i].tag];
        for (uint32_t k = 0; !s->mods[i].remove && k < t->nargs; k++)
            if (t->args[k].is_set) {
                edge_for(f, rule, exact, form, s->mods[i].args[k].set, POL_KIND_NESTED);
                nested_edges(f, rule, exact, form, s->mods[i].args[k].set);
            }
    }
}

static void edges_of_form(struct fix *f, const struct ir_rule *rule, bool exact,
                          const struct pol_form *form)
{
    for (int r = 0; r < POL_RESULTS; r++) {
        if (rule->result[r].v == IR_NONE)
            continue;
        uint32_t kind = pol_result_kinds(form, (enum pol_result)r);
        if (r == POL_RES_RD && form->mem)
            kind |= form->rd == POL_FILE_FP ? LOADED_FP : LOADED_INT;
        if (kind)
            edge_for(f, rule, exact, form, rule->result[r], kind);
        nested_edges(f, rule, exact, form, rule->result[r]);
    }
}

/* A load that leaves its destination alone: over several granules the old set merges with what
 * other granules give. */
static void note_kept(struct fix *f, const struct ir_rule *rule, const struct pol_form *form)
{
    if (form->mem && form->rd && rule->result[POL_RES_RD].v == IR_NONE)
        f->kept_by_loads |= form->rd == POL_FILE_FP ? POL_KIND_FP : POL_KIND_INT;
}

/* One edge set per distinct operand form of the rule's group. */
static void edges_of_rule(struct fix *f, const struct ir_decider *d, const struct ir_rule *rule)
{
    bool exact = d->is_global || d->domain == f->domain;
    if (rule->allow && rule->group.v == IR_NONE)
        f->kept_by_loads |= POL_KIND_INT | POL_KIND_FP;
    if (!rule->allow || rule->group.v == IR_NONE)
        return;
    const struct ir_group *g = &f->ir->groups[rule->group.v];
    struct pol_form done[32];
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->nmatchers; i++) {
        struct pol_form form = pol_insn_form(pol_insn_at((size_t)g->matchers[i].insn));
        form.size = 0;
        uint32_t k = 0;
        while (k < n && memcmp(&done[k], &form, sizeof form) != 0)
            k++;
        if (k < n)
            continue;
        if (n < 32)
            done[n++] = form;
        note_kept(f, rule, &form);
        edges_of_form(f, rule, exact, &form);
    }
}

/* --- initial sets ------------------------------------------------------------------------------
 */

static void add_initial_memory(struct fix *f)
{
    struct shapes sets;
    shapes_init(&sets, &f->work, f->s->ntags);
    f->overflow |= !initial_memory(f->ir, f->first_tag, &sets, TBL_MAX_SHAPES);
    for (uint32_t id = 0; id < sets.count && !f->overflow; id++)
        add_shape(f, shapes_bits(&sets, id), POL_KIND_MEM);
}

static void add_initial(struct fix *f)
{
    uint32_t every = POL_KIND_ENV | POL_KIND_INT | POL_KIND_X0 | POL_KIND_FP | POL_KIND_CSR |
                     POL_KIND_MEM | POL_KIND_CODE | POL_KIND_NESTED;
    uint32_t *bits = zero_bits(f);
    add_shape(f, bits, every);
    add_initial_memory(f);
    for (uint32_t i = 0; i < f->ir->nentities && !f->overflow; i++) {
        uint32_t kinds = initial_kinds(&f->ir->entities[i]);
        if (kinds == POL_KIND_MEM)
            continue;
        initial_bits(&f->ir->entities[i], f->first_tag, f->s->ntags, bits);
        add_shape(f, bits, kinds);
    }
}

/* --- memory: merges and fetch ------------------------------------------------------------------
 */

/* All pairs of shapes of `kind` merge, within it and into `into`. */
static void close_merges(struct fix *f, uint32_t kind, uint32_t into)
{
    uint32_t n = f->s->count;
    for (uint32_t a = 0; a < n; a++) {
        if (!(f->s->kinds.items[a] & kind))
            continue;
        for (uint32_t b = 0; b <= a && !f->overflow; b++) { /* itself too: arguments may differ */
            if (!(f->s->kinds.items[b] & kind))
                continue;
            struct arena mark = f->work;
            arena_init(&f->work);
            struct value v = new_value(f, shapes_bits(f->s, a));
            struct value w = new_value(f, shapes_bits(f->s, b));
            value_merge(f, &v, &w);
            add_value(f, &v, kind | into);
            arena_free(&f->work);
            f->work = mark;
            if (++f->work_done > MAX_COMBINATIONS)
                f->overflow = true;
        }
    }
}

/* Instructions of several parcels: the first parcel's set less `merge all` tags. */
static void add_fetched(struct fix *f)
{
    uint32_t n = f->s->count, *lack = zero_bits(f);
    bool parcels = pol_isa_parcel(&f->ir->isa) < 4 || f->ir->granule < 4;
    for (uint32_t b = 0; b < n;
         b++) /* merge-all tags that some memory lacks or may have otherwise */
        for (uint32_t i = 0; (f->s->kinds.items[b] & POL_KIND_MEM) && i < f->s->words; i++)
            lack[i] |= f->all_tags[i] & (~shapes_bits(f->s, b)[i] | f->with_args[i]);
    for (uint32_t a = 0; a < n && !f->overflow; a++) {
        if (!(f->s->kinds.items[a] & POL_KIND_MEM))
            continue;
        struct value v = new_value(f, shapes_bits(f->s, a));
        for (uint32_t i = 0; parcels && i < f->s->words; i++) {
            v.maybe[i] = v.sure[i] & lack[i];
            v.sure[i] &= ~lack[i];
        }
        add_value(f, &v, POL_KIND_CODE);
    }
}

static void add_kept(struct fix *f)
{
    for (uint32_t id = 0; id < f->s->count; id++) {
        uint32_t kept = f->s->kinds.items[id] & f->kept_by_loads;
        uint32_t loaded =
            (kept & POL_KIND_INT ? LOADED_INT : 0) | (kept & POL_KIND_FP ? LOADED_FP : 0);
        f->changed |= (loaded & ~f->s->kinds.items[id]) != 0;
        f->s->kinds.items[id] |= loaded;
    }
}

static void iterate(struct fix *f)
{
    do {
        f->changed = false;
        add_kept(f);
        for (size_t i = 0; i < f->edges.count && !f->overflow; i++)
            run_edge(f, &f->edges.items[i]);
        if (!f->overflow)
            close_merges(f, POL_KIND_MEM, 0);
        if (!f->overflow)
            close_merges(f, LOADED_INT, POL_KIND_INT);
        if (!f->overflow)
            close_merges(f, LOADED_FP, POL_KIND_FP);
        if (!f->overflow)
            add_fetched(f);
    } while (f->changed && !f->overflow);
}

/* --universe=all */
static bool add_universe(struct fix *f)
{
    if (f->s->ntags > TBL_UNIVERSE_TAGS) {
        plan_fail(f->p, "--universe=all: component %s has %u tags, at most %u are possible",
                  f->ir->domains[f->domain].name, f->s->ntags, TBL_UNIVERSE_TAGS);
        return false;
    }
    if (f->s->ntags > 10) /* more than TBL_MAX_SHAPES subsets: one bit per tag holds them all */
        return false;
    uint32_t *bits = zero_bits(f);
    for (uint32_t m = 0; m < 1u << f->s->ntags; m++) {
        bits[0] = m;
        add_shape(f, bits, 0xFFu & ~(uint32_t)POL_KIND_NESTED);
        if (!(m & f->set_args[0]))
            add_shape(f, bits, POL_KIND_NESTED);
    }
    return true;
}

static void masks(struct fix *f)
{
    f->with_args = zero_bits(f);
    f->set_args = zero_bits(f);
    f->all_tags = zero_bits(f);
    for (uint32_t i = 0; i < f->s->ntags; i++) {
        const struct pol_tag_info *t = &f->ir->space->tags[f->first_tag + i];
        for (uint32_t k = 0; k < t->nargs; k++)
            if (plan_lattice(f->p, f->first_tag + i, k) == IR_NONE)
                plan_set_bit(f->with_args, i);
        if (t->has_set_arg)
            plan_set_bit(f->set_args, i);
        if (t->merge_all)
            plan_set_bit(f->all_tags, i);
    }
}

bool plan_shapes(struct plan *p, uint32_t domain, struct shapes *s)
{
    struct fix f = {.p = p, .ir = p->ir, .domain = domain, .s = s};
    f.first_tag = p->domains[domain].first_tag;
    arena_init(&f.work);
    str_init(&f.sig);
    masks(&f);
    bool ok;
    if (p->options->universe_all) {
        ok = add_universe(&f);
    } else {
        add_initial(&f);
        for (uint32_t d = 0; d < p->ir->ndeciders; d++)
            if (plan_writes(p, d, domain))
                for (uint32_t r = 0; r < p->ir->deciders[d].nrules; r++)
                    edges_of_rule(&f, &p->ir->deciders[d], &p->ir->deciders[d].rules[r]);
        iterate(&f);
        ok = !f.overflow;
    }
    for (uint32_t id = 0; id < s->count; id++)
        s->kinds.items[id] &= 0xFFu;
    str_free(&f.sig);
    arena_free(&f.work);
    return ok;
}
