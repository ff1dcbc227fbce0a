/* The claims of `|`: finds pairs of rules, one from each side, that one input can match.
 *
 * Which pairs are claimed follows from where the rules stand: the outermost item that contains the
 * later rule and not the earlier one is joined by `|`.  Pairs are not enumerated: both sides are
 * divided by what a rule says of the operands (a tag there or not, an exact set, a constant
 * argument), and rules that differ there never meet. */
#include "compiler/sema/overlap.h"

#include <stdlib.h>

#define REPORT_LIMIT 20 /* findings of one decider; then it is enough */
#define SMALL 64        /* pairs that are not worth dividing */

struct side {
    uint32_t *rules; /* positions in the decider */
    uint32_t count;
};

struct finding {
    uint32_t left, right; /* positions, left first */
    const char *witness;  /* NULL: undecided */
    struct lang_span op;
    bool dpl;
};

struct check {
    struct sema *s;
    struct sema_decider *d;
    const struct model_decider *decider;
    struct overlap_rule *rules;      /* by position */
    const struct sema_claim *shared; /* checked now; NULL: the claims that places express */
    struct overlap_word words[OVERLAP_WORDS]; /* of the two groups at hand */
    uint32_t nwords;
    VEC_OF(struct finding) findings;
    uint32_t overlaps, undecided;
};

static bool enough(const struct check *c)
{
    return c->overlaps >= REPORT_LIMIT || c->undecided >= REPORT_LIMIT;
}

/* --- which pairs are claimed -------------------------------------------------------------------
 */

/* The outermost item that contains rule `right` but not rule `left`. */
static const struct sema_node *item_between(const struct sema_decider *d, uint32_t left,
                                            uint32_t right)
{
    const struct sema_node *nodes = d->nodes.items;
    uint32_t at = d->rule_node.items[right];
    for (;;) {
        const struct sema_node *n = &nodes[at];
        if (nodes[n->jump].start > left)
            at = n->jump;
        else if (nodes[n->parent].start > left)
            at = n->parent;
        else
            return n;
    }
}

static void note(struct check *c, uint32_t left, uint32_t right, const char *witness,
                 struct lang_span op, bool dpl)
{
    struct finding f = {left, right, witness, op, dpl};
    VEC_PUSH(&c->s->tmp, &c->findings, f);
    if (witness)
        c->overlaps++;
    else
        c->undecided++;
}

static void try_pair(struct check *c, uint32_t left, uint32_t right)
{
    if (left > right && c->shared) {
        uint32_t swap = left;
        left = right;
        right = swap;
    }
    if (left >= right || enough(c))
        return;
    struct lang_span op = c->shared ? c->shared->op : LANG_NO_SPAN;
    bool dpl = c->shared && c->shared->dpl;
    if (!c->shared) {
        const struct sema_node *n = item_between(c->d, left, right);
        if (!n->exclusive)
            return;
        op = n->op;
        dpl = n->dpl;
    }
    struct overlap_pair pair = {.m = c->s->model,
                                .decider = c->decider,
                                .a = &c->rules[left],
                                .b = &c->rules[right],
                                .words = c->words,
                                .nwords = c->nwords,
                                .arena = &c->s->tmp};
    enum overlap answer = overlap_decide(&pair);
    if (answer != OVERLAP_EXCLUDED)
        note(c, left, right, pair.witness, op, dpl);
}

/* --- dividing ----------------------------------------------------------------------------------
 */

/* What distinguishes rules: the exact own set of an operand, whether a tag is there, or whether one
 * of its arguments is below a threshold. */
enum { BY_SET, BY_TAG, BY_RANGE };
enum { ABSENT, PRESENT };

struct feature {
    int kind;
    enum pol_operand op;
    uint32_t tag, arg;
    uint64_t decided[2]; /* rules of each side that say something */
    uint64_t same;       /* pairs that say the same */
    uint64_t present[2]; /* BY_TAG */
    uint64_t exact_present[2];
    int64_t threshold; /* BY_RANGE */
    uint64_t below[2], above[2];
    VEC_OF(int64_t) starts;
};

struct value_count {
    uint32_t feature;
    uint64_t count[2];
};

struct division {
    struct check *c;
    struct arena arena;
    VEC_OF(struct feature) features;
    VEC_OF(struct value_count) values;
    struct sema_map feature_of, value_of;
    uint64_t exact[2][POL_OPERANDS]; /* rules with an exact pattern */
};

static uint64_t key_of(int kind, int op, uint32_t tag, uint32_t arg)
{
    return (uint64_t)tag << 16 | (uint64_t)arg << 8 | (uint64_t)op << 4 | (uint64_t)kind;
}

static uint32_t feature(struct division *v, int kind, int op, uint32_t tag, uint32_t arg)
{
    uint64_t key = key_of(kind, op, tag, arg);
    uint32_t index = sema_map_get(&v->feature_of, key);
    if (index != SEMA_NONE)
        return index;
    struct feature f = {.kind = kind, .op = (enum pol_operand)op, .tag = tag, .arg = arg};
    index = (uint32_t)v->features.count;
    VEC_PUSH(&v->arena, &v->features, f);
    sema_map_put(&v->arena, &v->feature_of, key, index);
    return index;
}

static void count_value(struct division *v, uint32_t index, uint64_t value, int side)
{
    uint64_t key = sema_mix(sema_mix(index, value), value >> 32) >> 1;
    uint32_t at = sema_map_get(&v->value_of, key);
    if (at == SEMA_NONE) {
        struct value_count n = {.feature = index};
        at = (uint32_t)v->values.count;
        VEC_PUSH(&v->arena, &v->values, n);
        sema_map_put(&v->arena, &v->value_of, key, at);
    }
    v->values.items[at].count[side]++;
    v->features.items[index].decided[side]++;
}

/* Equal sets have equal hashes; unequal ones that collide are merely not told apart. */
static uint64_t own_set(const struct check *c, const struct overlap_cond *cond)
{
    uint64_t hash = 1;
    for (uint32_t i = 0; i < cond->nrequired; i++)
        if (overlap_owns(c->s->model, c->decider, cond->required[i]))
            hash = sema_mix(hash, cond->required[i] + 1);
    return hash;
}

static void count_tags(struct division *v, const struct overlap_cond *cond, int op, int side)
{
    if (cond->exact) {
        v->exact[side][op]++;
        count_value(v, feature(v, BY_SET, op, 0, 0), own_set(v->c, cond), side);
    }
    for (uint32_t i = 0; i < cond->nrequired; i++) {
        uint32_t at = feature(v, BY_TAG, op, cond->required[i], 0);
        v->features.items[at].present[side]++;
        v->features.items[at].exact_present[side] += cond->exact;
    }
    for (uint32_t i = 0; i < cond->nforbidden; i++) {
        uint32_t at = feature(v, BY_TAG, op, cond->forbidden[i], 0);
        v->features.items[at].decided[side] += !cond->exact;
    }
}

static uint32_t range_feature(struct division *v, const struct overlap_range *r)
{
    return feature(v, BY_RANGE, (int)r->op, r->tag, r->arg);
}

static void note_ranges(struct division *v, const struct overlap_rule *rule)
{
    for (uint32_t i = 0; i < rule->nranges; i++) {
        uint32_t at = range_feature(v, &rule->ranges[i]);
        VEC_PUSH(&v->arena, &v->features.items[at].starts, rule->ranges[i].lo);
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The middle of where ranges start, but not their least start. */
static void set_thresholds(struct division *v)
{
    for (size_t i = 0; i < v->features.count; i++) {
        struct feature *f = &v->features.items[i];
        size_t n = f->starts.count, at = n / 2;
        if (n == 0)
            continue;
        qsort(f->starts.items, n, sizeof *f->starts.items, by_size);
        while (at + 1 < n && f->starts.items[at] == f->starts.items[0])
            at++;
        f->threshold = f->starts.items[at];
    }
}

static void count_ranges(struct division *v, const struct side *rules, int side)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct overlap_rule *r = &v->c->rules[rules->rules[i]];
        for (uint32_t k = 0; k < r->nranges; k++) {
            struct feature *f = &v->features.items[range_feature(v, &r->ranges[k])];
            f->below[side] += r->ranges[k].hi < f->threshold;
            f->above[side] += r->ranges[k].lo >= f->threshold;
        }
    }
}

static void count_side(struct division *v, const struct side *rules, int side)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct overlap_rule *r = &v->c->rules[rules->rules[i]];
        for (int op = 0; op < POL_OPERANDS; op++)
            count_tags(v, &r->cond[op], op, side);
        note_ranges(v, r);
    }
}

/* How many pairs the feature tells apart.  A tag counts as absent where an exact pattern of an
 * owner leaves it out. */
static uint64_t told_apart(const struct division *v, const struct feature *f)
{
    if (f->kind == BY_RANGE)
        return f->below[0] * f->above[1] + f->above[0] * f->below[1];
    if (f->kind == BY_SET)
        return f->decided[0] * f->decided[1] - f->same;
    uint64_t absent[2];
    bool own = overlap_owns(v->c->s->model, v->c->decider, f->tag);
    for (int side = 0; side < 2; side++) {
        absent[side] = f->decided[side];
        if (own)
            absent[side] += v->exact[side][f->op] - f->exact_present[side];
    }
    return f->present[0] * absent[1] + f->present[1] * absent[0];
}

/* The feature that tells most pairs apart; false: none is worth it. */
static bool best_feature(struct division *v, const struct side *l, const struct side *r,
                         struct feature *best)
{
    uint64_t most = 0;
    count_side(v, l, 0);
    count_side(v, r, 1);
    set_thresholds(v);
    count_ranges(v, l, 0);
    count_ranges(v, r, 1);
    for (size_t i = 0; i < v->values.count; i++) {
        const struct value_count *n = &v->values.items[i];
        v->features.items[n->feature].same += n->count[0] * n->count[1];
    }
    for (size_t i = 0; i < v->features.count; i++) {
        uint64_t apart = told_apart(v, &v->features.items[i]);
        if (apart > most) {
            most = apart;
            *best = v->features.items[i];
        }
    }
    return most >= (uint64_t)l->count * r->count / 8 && most > 0;
}

static bool has(const uint32_t *list, uint32_t count, uint32_t tag)
{
    uint32_t lo = 0, hi = count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (list[mid] < tag)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < count && list[lo] == tag;
}

/* What a rule says; false: nothing. */
static bool value_of(const struct check *c, const struct feature *f, uint32_t at, uint64_t *value)
{
    const struct overlap_rule *r = &c->rules[at];
    const struct overlap_cond *cond = &r->cond[f->op];
    if (f->kind == BY_SET) {
        *value = own_set(c, cond);
        return cond->exact;
    }
    if (f->kind == BY_TAG) {
        bool present = has(cond->required, cond->nrequired, f->tag);
        *value = present ? PRESENT : ABSENT;
        return present || has(cond->forbidden, cond->nforbidden, f->tag) ||
               (cond->exact && overlap_owns(c->s->model, c->decider, f->tag));
    }
    const struct overlap_range *range = overlap_range(r, f->op, f->tag, f->arg);
    if (!range || (range->lo < f->threshold && range->hi >= f->threshold))
        return false;
    *value = range->lo >= f->threshold;
    return true;
}

struct keyed {
    uint64_t value;
    uint32_t rule;
};

static int by_value(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

/* One side, by value: first the rules that say nothing, then those that do, sorted. */
struct sorted {
    uint32_t *silent;
    uint32_t nsilent;
    struct keyed *keyed;
    uint32_t nkeyed;
};

static struct sorted sort_side(struct division *v, const struct feature *f, const struct side *side)
{
    struct sorted out = {.silent = ARENA_ARRAY(&v->arena, uint32_t, side->count + 1),
                         .keyed = ARENA_ARRAY(&v->arena, struct keyed, side->count + 1)};
    for (uint32_t i = 0; i < side->count; i++) {
        struct keyed k = {0, side->rules[i]};
        if (value_of(v->c, f, k.rule, &k.value))
            out.keyed[out.nkeyed++] = k;
        else
            out.silent[out.nsilent++] = k.rule;
    }
    qsort(out.keyed, out.nkeyed, sizeof *out.keyed, by_value);
    return out;
}

static void cross(struct check *c, const struct side *l, const struct side *r);

/* Rules of one value, besides those that are silent. */
static struct side with_value(struct division *v, const struct sorted *from, uint64_t value,
                              bool silent_too)
{
    struct side out = {0};
    uint32_t lo = 0, hi = from->nkeyed;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (from->keyed[mid].value < value)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (hi < from->nkeyed && from->keyed[hi].value == value)
        hi++;
    out.rules = ARENA_ARRAY(&v->arena, uint32_t, hi - lo + (silent_too ? from->nsilent : 0) + 1);
    for (; lo < hi; lo++)
        out.rules[out.count++] = from->keyed[lo].rule;
    for (uint32_t i = 0; silent_too && i < from->nsilent; i++)
        out.rules[out.count++] = from->silent[i];
    return out;
}

static void divide(struct division *v, const struct feature *f, const struct side *l,
                   const struct side *r)
{
    struct sorted left = sort_side(v, f, l), right = sort_side(v, f, r);
    for (uint32_t i = 0; i < left.nkeyed; i++) {
        struct division scratch = {.c = v->c};
        if (i > 0 && left.keyed[i].value == left.keyed[i - 1].value)
            continue;
        struct side a = with_value(&scratch, &left, left.keyed[i].value, false);
        struct side b = with_value(&scratch, &right, left.keyed[i].value, true);
        cross(v->c, &a, &b);
        arena_free(&scratch.arena);
    }
    struct side silent = {left.silent, left.nsilent};
    cross(v->c, &silent, r);
}

static void cross(struct check *c, const struct side *l, const struct side *r)
{
    struct division v = {.c = c};
    struct feature f;
    if (enough(c) || l->count == 0 || r->count == 0)
        return;
    if ((uint64_t)l->count * r->count > SMALL && best_feature(&v, l, r, &f)) {
        divide(&v, &f, l, r);
    } else {
        for (uint32_t i = 0; i < l->count; i++)
            for (uint32_t k = 0; k < r->count; k++)
                try_pair(c, l->rules[i], r->rules[k]);
    }
    arena_free(&v.arena);
}

/* --- claims of one decider ---------------------------------------------------------------------
 */

/* Rules by group: those of group g are list[start[g] .. start[g + 1] - 1]. */
struct by_group {
    uint32_t *start, *list;
};

static struct by_group sort_by_group(struct check *c, const uint32_t *rules, uint32_t count)
{
    struct arena *tmp = &c->s->tmp;
    uint32_t ngroups = c->s->model->ngroups + 1;
    struct by_group out = {ARENA_ARRAY(tmp, uint32_t, ngroups + 2),
                           ARENA_ARRAY(tmp, uint32_t, count + 1)};
    for (uint32_t i = 0; i < count; i++)
        out.start[c->rules[rules[i]].group + 2]++;
    for (uint32_t g = 1; g < ngroups; g++)
        out.start[g + 1] += out.start[g];
    for (uint32_t i = 0; i < count; i++)
        out.list[out.start[c->rules[rules[i]].group + 1]++] = rules[i];
    return out;
}

/* All pairs of one rule of each list whose groups have a word in common. */
static void check_lists(struct check *c, const struct side *left, const struct side *right,
                        const struct overlap_group *groups)
{
    struct by_group l = sort_by_group(c, left->rules, left->count);
    struct by_group r = sort_by_group(c, right->rules, right->count);
    uint32_t ngroups = c->s->model->ngroups + 1;
    for (uint32_t g = 0; g < ngroups; g++) {
        struct side a = {l.list + l.start[g], l.start[g + 1] - l.start[g]};
        for (uint32_t h = 0; a.count && h < ngroups; h++) {
            struct side b = {r.list + r.start[h], r.start[h + 1] - r.start[h]};
            c->nwords = b.count ? overlap_common(&groups[g], &groups[h], c->words) : 0;
            if (c->nwords)
                cross(c, &a, &b);
        }
    }
}

static struct side list_set(struct check *c, const struct sema_rset *set)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < set->count; i++)
        total += set->ranges[i].hi - set->ranges[i].lo;
    struct side out = {ARENA_ARRAY(&c->s->tmp, uint32_t, total + 1), 0};
    for (uint32_t i = 0; i < set->count; i++)
        for (uint32_t p = set->ranges[i].lo; p < set->ranges[i].hi; p++)
            if (!c->rules[p].never)
                out.rules[out.count++] = p;
    return out;
}

static uint32_t first_deciding(const struct check *c, struct sema_range range)
{
    while (range.lo < range.hi && c->rules[range.lo].never)
        range.lo++;
    return range.lo < range.hi ? range.lo : SEMA_NONE;
}

/* The first rule that stands on both sides and can decide, SEMA_NONE: none. */
static uint32_t on_both_sides(const struct check *c, const struct sema_claim *claim)
{
    uint32_t i = 0, k = 0, found = SEMA_NONE;
    while (found == SEMA_NONE && i < claim->left.count && k < claim->right.count) {
        struct sema_range a = claim->left.ranges[i], b = claim->right.ranges[k];
        struct sema_range both = {a.lo > b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi};
        if (both.lo < both.hi)
            found = first_deciding(c, both);
        if (a.hi <= b.hi)
            i++;
        else
            k++;
    }
    return found;
}

static void check_shared(struct check *c, const struct sema_claim *claim,
                         const struct overlap_group *groups)
{
    uint32_t both = on_both_sides(c, claim);
    if (both != SEMA_NONE) {
        struct sema *s = c->s;
        const struct model_rule *rule = &s->model->rules[c->decider->rules[both]];
        struct diag *d = diag_report(s->sink, claim->dpl ? DIAG_WARNING : DIAG_ERROR, DIAG_OVERLAP,
                                     claim->op, "one rule stands on both sides of `|`");
        diag_label(d, rule->loc.span, "this rule");
        c->overlaps++;
        return;
    }
    struct side left = list_set(c, &claim->left), right = list_set(c, &claim->right);
    c->shared = claim;
    check_lists(c, &left, &right, groups);
    c->shared = NULL;
}

/* Later sides: the rules below some `|`. */
static void check_places(struct check *c, const struct overlap_group *groups)
{
    uint32_t n = c->decider->nrules;
    struct side all = {ARENA_ARRAY(&c->s->tmp, uint32_t, n + 1), 0};
    struct side later = {ARENA_ARRAY(&c->s->tmp, uint32_t, n + 1), 0};
    for (uint32_t i = 0; i < n; i++) {
        if (c->rules[i].never)
            continue;
        all.rules[all.count++] = i;
        if (c->d->nodes.items[c->d->rule_node.items[i]].under)
            later.rules[later.count++] = i;
    }
    check_lists(c, &all, &later, groups);
}

/* --- reports ------------------------------------------------------------------------------------
 */

static int by_place(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->right != y->right)
        return x->right < y->right ? -1 : 1;
    return (x->left > y->left) - (x->left < y->left);
}

static void report(struct check *c, const struct finding *f, bool last)
{
    struct sema *s = c->s;
    const struct model_rule *left = &s->model->rules[c->decider->rules[f->left]];
    const struct model_rule *right = &s->model->rules[c->decider->rules[f->right]];
    struct diag *d;
    if (f->witness)
        d = diag_report(s->sink, f->dpl ? DIAG_WARNING : DIAG_ERROR, DIAG_OVERLAP, right->loc.span,
                        "`%s` matches this rule and the one at %u:%u, which `|` excludes",
                        f->witness, left->loc.line, left->loc.column);
    else
        d = diag_warning(s->sink, DIAG_OVERLAP_UNDECIDED, right->loc.span,
                         "whether one input can match this rule and the one at %u:%u, which `|` "
                         "excludes, is undecided",
                         left->loc.line, left->loc.column);
    if (f->witness)
        diag_witness(d, "%s", f->witness);
    diag_label(d, left->loc.span, "the rule on the left");
    diag_label(d, f->op, "claimed here");
    if (last && enough(c))
        diag_hint(d, "further pairs of rules of this policy are not examined");
    else if (f->witness)
        diag_hint(d, "write `^` if the left rule shall win");
}

static void check_decider(struct sema *s, struct sema_decider *d,
                          const struct model_decider *decider, const struct overlap_group *groups)
{
    struct check c = {.s = s, .d = d, .decider = decider};
    c.rules = ARENA_ARRAY(&s->tmp, struct overlap_rule, decider->nrules + 1);
    for (uint32_t i = 0; i < decider->nrules; i++)
        overlap_describe(s->model, decider, &s->model->rules[decider->rules[i]], &s->tmp,
                         &c.rules[i]);
    check_places(&c, groups);
    for (size_t i = 0; i < d->claims.count && !enough(&c); i++)
        if (d->claims.items[i].shared)
            check_shared(&c, &d->claims.items[i], groups);
    if (c.findings.count)
        qsort(c.findings.items, c.findings.count, sizeof *c.findings.items, by_place);
    for (size_t i = 0; i < c.findings.count; i++)
        report(&c, &c.findings.items[i], i + 1 == c.findings.count);
}

void sema_overlaps(struct sema *s)
{
    const struct overlap_group *groups = overlap_groups(s->model, &s->tmp);
    for (uint32_t i = 0; i < s->model->ndeciders; i++)
        if (s->deciders.items[i].claims.count)
            check_decider(s, &s->deciders.items[i], &s->model->deciders[i], groups);
}
