/* The walk: from the start state and all rules to the actions. */
#include <inttypes.h>
#include <string.h>

#include "compiler/verify/decide.h"

/* --- lists of rules -----------------------------------------------------------------------------
 */

static uint32_t hash_entries(const struct entry *e, uint32_t n)
{
    uint64_t h = n * 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ ((uint64_t)e[i].rule << 32 | e[i].guard)) * 0xC2B2AE3D27D4EB4Fu, h ^= h >> 29;
    return (uint32_t)(h ^ h >> 32);
}

static void grow_lists(struct walk *w)
{
    w->list_size = w->list_size ? w->list_size * 2 : 256;
    w->list_table = ARENA_ARRAY(&w->arena, uint32_t, w->list_size);
    for (uint32_t i = 0; i < w->lists.count; i++) {
        const struct list *l = &w->lists.items[i];
        uint32_t at = hash_entries(w->pool.items + l->first, l->n) & (w->list_size - 1);
        while (w->list_table[at])
            at = (at + 1) & (w->list_size - 1);
        w->list_table[at] = i + 1;
    }
}

uint32_t vf_intern_list(struct walk *w, const struct entry *e, uint32_t n)
{
    if (w->lists.count * 2 >= w->list_size)
        grow_lists(w);
    uint32_t at = hash_entries(e, n) & (w->list_size - 1);
    for (; w->list_table[at]; at = (at + 1) & (w->list_size - 1)) {
        const struct list *l = &w->lists.items[w->list_table[at] - 1];
        if (l->n == n && (n == 0 || memcmp(w->pool.items + l->first, e, n * sizeof *e) == 0))
            return w->list_table[at] - 1;
    }
    struct list l = {w->pool.count, n};
    for (uint32_t i = 0; i < n; i++)
        VEC_PUSH(&w->arena, &w->pool, e[i]);
    VEC_PUSH(&w->arena, &w->lists, l);
    w->list_table[at] = (uint32_t)w->lists.count;
    return (uint32_t)w->lists.count - 1;
}

bool vf_sure(const struct walk *w, const struct entry *e, uint32_t done)
{
    return e->guard == SYM_TRUE && w->open[e->rule].ready <= done;
}

bool vf_ends(const struct walk *w, const struct entry *e, uint32_t done)
{
    return vf_sure(w, e, done) && !w->open[e->rule].reports;
}

static const struct vf_cut *cut_on(const struct walk *w, uint32_t rule, uint32_t op, uint32_t field,
                                   const uint64_t **accept)
{
    const struct open_rule *r = &w->open[rule];
    for (uint32_t i = 0; i < r->nneeds; i++) {
        const struct cut_info *c = &w->d->cuts.items[r->needs[i].cut];
        if (r->needs[i].op != op || c->c.field != field)
            continue;
        *accept = c->accept;
        return &c->c;
    }
    return NULL;
}

/* Can a rule with this condition hold when the test came out so? */
static bool fits_test(const struct vf_cut *c, const struct level *lv, uint32_t outcome)
{
    uint32_t required = c->required[0], asked = c->required[0] | c->forbidden[0];
    if (outcome && c->exact)
        return (required & lv->mask) == lv->value;
    if (outcome)
        return (required & lv->mask & ~lv->value) == 0 && (c->forbidden[0] & lv->value) == 0;
    return !((c->exact || (lv->mask & ~asked) == 0) && (required & lv->mask) == lv->value);
}

/* The list that is left. */
struct filter {
    struct walk *w;
    uint32_t done, n;
};

/* Appends an entry; false when nothing after it matters. */
static bool keep(struct filter *f, struct entry e)
{
    f->w->scratch[f->n++] = e;
    return !vf_ends(f->w, &e, f->done);
}

/* Does some rule of the list ask what the level asks? */
static bool concerns(const struct walk *w, const struct list *l, const struct level *lv)
{
    for (uint32_t i = 0; i < l->n; i++) {
        const uint64_t *accept;
        const struct vf_cut *c =
            cut_on(w, w->pool.items[l->first + i].rule, lv->op, lv->field, &accept);
        if (c && vf_decides(w, lv, c))
            return true;
    }
    return false;
}

static uint32_t after_test(struct walk *w, uint32_t list, uint32_t level, uint32_t outcome)
{
    const struct level *lv = &w->levels[level];
    struct filter f = {w, level + 1, 0};
    const struct list l = w->lists.items[list];
    for (uint32_t i = 0; i < l.n; i++) {
        struct entry e = w->pool.items[l.first + i];
        const uint64_t *accept;
        const struct vf_cut *c = cut_on(w, e.rule, lv->op, lv->field, &accept);
        if ((!c || fits_test(c, lv, outcome)) && !keep(&f, e))
            break;
    }
    return vf_intern_list(w, w->scratch, f.n);
}

static uint32_t after_atom(struct walk *w, uint32_t list, uint32_t level, uint32_t input)
{
    const struct level *lv = &w->levels[level];
    struct filter f = {w, level + 1, 0};
    const struct list l = w->lists.items[list];
    for (uint32_t i = 0; i < l.n; i++) {
        struct entry e = w->pool.items[l.first + i];
        e.guard = sym_restrict(&w->d->sym, e.guard, lv->var, input ^ lv->negated);
        if (e.guard != SYM_FALSE && !keep(&f, e))
            break;
    }
    return vf_intern_list(w, w->scratch, f.n);
}

/* --- pairs --------------------------------------------------------------------------------------
 */

static uint32_t pair_hash(const struct pair *p)
{
    uint64_t h = ((uint64_t)p->state << 32 | p->list) * 0x9E3779B97F4A7C15u;
    h = (h ^ h >> 31 ^ p->known) * 0xC2B2AE3D27D4EB4Fu;
    return (uint32_t)(h ^ h >> 32);
}

static void grow_pairs(struct walk *w)
{
    w->pair_size = w->pair_size ? w->pair_size * 2 : 256;
    w->pair_table = ARENA_ARRAY(&w->arena, struct sym_slot, w->pair_size);
    for (size_t i = w->begin; i < w->pairs.count; i++) {
        uint32_t at = pair_hash(&w->pairs.items[i]) & (w->pair_size - 1);
        while (w->pair_table[at].gen == w->pair_gen)
            at = (at + 1) & (w->pair_size - 1);
        w->pair_table[at] = (struct sym_slot){w->pair_gen, (uint32_t)i};
    }
}

static void add_pair(struct walk *w, struct pair p)
{
    if ((w->pairs.count - w->begin) * 2 >= w->pair_size)
        grow_pairs(w);
    uint32_t at = pair_hash(&p) & (w->pair_size - 1);
    for (; w->pair_table[at].gen == w->pair_gen; at = (at + 1) & (w->pair_size - 1)) {
        const struct pair *o = &w->pairs.items[w->pair_table[at].index];
        if (o->state == p.state && o->list == p.list && o->known == p.known)
            return;
    }
    w->pair_table[at] = (struct sym_slot){w->pair_gen, (uint32_t)w->pairs.count};
    VEC_PUSH(&w->arena, &w->pairs, p);
}

/* --- one level ----------------------------------------------------------------------------------
 */

/* Successors of a list: each once. */
struct distinct {
    struct walk *w;
    size_t first;
    struct sym_slot *table;
    uint32_t size;
};

void vf_add_successor(struct distinct *d, struct successor s)
{
    uint64_t h = ((uint64_t)s.value << 32 | s.list) * 0x9E3779B97F4A7C15u;
    h = (h ^ h >> 31 ^ ((uint64_t)s.before << 32 | s.after)) * 0xC2B2AE3D27D4EB4Fu;
    uint32_t at = (uint32_t)(h >> 32) & (d->size - 1);
    for (; d->table[at].gen; at = (at + 1) & (d->size - 1)) {
        const struct successor *o = &d->w->successors.items[d->table[at].index];
        if (o->value == s.value && o->list == s.list && o->before == s.before &&
            o->after == s.after)
            return;
    }
    d->table[at] = (struct sym_slot){1, (uint32_t)d->w->successors.count};
    VEC_PUSH(&d->w->arena, &d->w->successors, s);
}

/* What becomes of a list, by code.  The cuts of its rules are gathered once. */
static void map_successors(struct walk *w, uint32_t list, uint32_t level, struct distinct *d)
{
    const struct level *lv = &w->levels[level];
    const struct list l = w->lists.items[list];
    struct arena arena;
    arena_init(&arena);
    const uint64_t **accept = ARENA_ARRAY(&arena, const uint64_t *, l.n + 1);
    bool any = false;
    for (uint32_t i = 0; i < l.n; i++)
        any |= cut_on(w, w->pool.items[l.first + i].rule, lv->op, lv->field, &accept[i]) != NULL;
    for (uint32_t k = 0; k < lv->ncodes; k++) {
        uint32_t code = lv->codes[k], index = lv->l->map + (code & lv->l->mask), next = list;
        struct filter f = {w, level + 1, 0};
        for (uint32_t i = 0; (any || k == 0) && i < l.n; i++)
            if ((!accept[i] || vf_in(accept[i], code)) && !keep(&f, w->pool.items[l.first + i]))
                break;
        if (any || k == 0)
            next = vf_intern_list(w, w->scratch, f.n);
        else
            next = w->successors.items[d->first].list;
        VF_COVER(w->v, maps, index);
        vf_add_successor(
            d, (struct successor){.value = w->v->t->maps[index], .list = next, .choice = code});
    }
    arena_free(&arena);
}

static void two_successors(struct walk *w, uint32_t list, uint32_t level, struct distinct *d)
{
    const struct level *lv = &w->levels[level];
    bool unused = lv->kind == LV_TEST && w->p->layout != POL_LAYOUT_TCAM &&
                  !concerns(w, &w->lists.items[list], lv);
    for (uint32_t input = 0; input < 2; input++) {
        uint32_t next = unused                ? list
                        : lv->kind == LV_TEST ? after_test(w, list, level, input)
                                              : after_atom(w, list, level, input);
        vf_add_successor(
            d, (struct successor){.value = input, .list = next, .choice = input, .unused = unused});
    }
}

/* Remembered fields that some rule of the list still asks for. */
static const bool *still_asked(struct walk *w, uint32_t list, uint32_t done)
{
    bool *asked = ARENA_ARRAY(&w->arena, bool, w->nknown);
    const struct list l = w->lists.items[list];
    for (uint32_t i = 0; i < l.n; i++) {
        const struct open_rule *r = &w->open[w->pool.items[l.first + i].rule];
        for (uint32_t k = 0; k < r->nneeds; k++) {
            const struct need *n = &r->needs[k];
            uint32_t at = w->known_at[n->op * w->v->t->n_fields + w->d->cuts.items[n->cut].c.field];
            if (at && n->ready > done)
                asked[at - 1] = true;
        }
    }
    return asked;
}

static const struct list *successors(struct walk *w, uint32_t list, uint32_t level)
{
    if (list >= w->memo_cap) {
        uint32_t cap = list * 2 + 256;
        struct list *memo = ARENA_ARRAY(&w->arena, struct list, cap);
        uint32_t *gen = ARENA_ARRAY(&w->arena, uint32_t, cap);
        if (w->memo_cap) {
            memcpy(memo, w->memo, w->memo_cap * sizeof *memo);
            memcpy(gen, w->memo_gen, w->memo_cap * sizeof *gen);
        }
        w->memo = memo;
        w->memo_gen = gen;
        w->memo_cap = cap;
    }
    if (w->memo_gen[list] == level + 1)
        return &w->memo[list];
    const struct level *lv = &w->levels[level];
    struct arena arena;
    arena_init(&arena);
    struct distinct d = {w, w->successors.count, NULL, 4};
    size_t most = lv->kind == LV_MAP     ? lv->ncodes
                  : lv->kind == LV_VALUE ? w->lanes.items[lv->lane].starts.count
                                         : 2;
    while (d.size < 2 * most)
        d.size *= 2;
    d.table = ARENA_ARRAY(&arena, struct sym_slot, d.size);
    if (lv->kind == LV_MAP)
        map_successors(w, list, level, &d);
    else if (lv->kind == LV_VALUE)
        vf_value_successors(w, list, level, &d);
    else if (lv->kind == LV_FIXED)
        vf_add_successor(&d,
                         (struct successor){.value = lv->input, .list = list, .choice = lv->input});
    else
        two_successors(w, list, level, &d);
    arena_free(&arena);
    for (size_t i = d.first; w->nknown && i < w->successors.count; i++)
        w->successors.items[i].asked = still_asked(w, w->successors.items[i].list, level + 1);
    w->memo_gen[list] = level + 1;
    w->memo[list] = (struct list){d.first, (uint32_t)(w->successors.count - d.first)};
    return &w->memo[list];
}

/* The state after `state` on this input; in the summed part of a dense program, the index.  False
 * when the table has no such cell. */
static bool next_state(struct walk *w, uint32_t level, uint32_t state, uint32_t input,
                       uint32_t *next)
{
    const struct level *lv = &w->levels[level];
    uint64_t cell = (uint64_t)state + input;
    if (w->p->layout == POL_LAYOUT_TCAM)
        return vf_tcam_next(w, level, state, input, next);
    if (level < w->p->nmap) {
        *next = (uint32_t)cell;
        if (level + 1 < w->p->nmap)
            return cell < w->p->dense_size;
        if (cell >= w->p->dense_size)
            return false;
        cell += w->p->dense_base;
    } else {
        if (input >= lv->l->width || state >= lv->l->nstates)
            return false;
        cell = lv->l->base + (uint64_t)state * lv->l->width + input;
    }
    if (cell >= w->v->t->n_cells)
        return false;
    VF_COVER(w->v, cells, cell);
    *next = w->v->t->cells[cell];
    return true;
}

static bool run_level(struct walk *w, uint32_t level)
{
    size_t from = w->begin, end = w->pairs.count;
    w->begin = end;
    w->pair_gen++;
    for (size_t i = from; i < end; i++) {
        const struct pair p = w->pairs.items[i];
        const struct list next = *successors(w, p.list, level);
        for (uint32_t k = 0; k < next.n; k++) {
            const struct successor s = w->successors.items[next.first + k];
            uint32_t known = p.known, state;
            if (!vf_known_after(w, level, p.known, &s, &known))
                continue;
            if (!next_state(w, level, p.state, s.value, &state))
                return vf_fail(w->v, "%s, opclass %s, level %" PRIu32 ": no such cell",
                               w->v->ir->deciders[w->d->decider].name,
                               w->v->ir->opclasses[w->opclass].name, level);
            add_pair(w, (struct pair){state, s.list, known, (uint32_t)i, s.choice});
        }
        if (w->looks > VERIFY_MAX_LOOKS)
            return vf_fail(w->v, "%s, opclass %s: more than %u entries or values to look at",
                           w->v->ir->deciders[w->d->decider].name,
                           w->v->ir->opclasses[w->opclass].name, VERIFY_MAX_LOOKS);
        if (w->pairs.count > VERIFY_MAX_PAIRS)
            return vf_fail(w->v, "%s, opclass %s: more than %u states to look at",
                           w->v->ir->deciders[w->d->decider].name,
                           w->v->ir->opclasses[w->opclass].name, VERIFY_MAX_PAIRS);
    }
    return true;
}

/* --- the end ------------------------------------------------------------------------------------
 */

static void print_interval(struct walk *w, struct str_buf *out, const struct value_lane *lane,
                           uint32_t interval)
{
    uint32_t first = lane->starts.items[interval];
    uint32_t last =
        interval + 1 < lane->starts.count ? lane->starts.items[interval + 1] - 1 : UINT32_MAX;
    str_printf(out, "argument of %s %" PRIu32, vf_lane_tags(w->v, &w->arena, lane->slot), first);
    if (first != last)
        str_printf(out, "..%" PRIu32, last);
}

static void print_path(struct walk *w, struct str_buf *out, uint32_t pair)
{
    uint32_t *choice = ARENA_ARRAY(&w->arena, uint32_t, w->nlevels + 1);
    for (uint32_t k = w->nlevels, at = pair; k-- > 0; at = w->pairs.items[at].parent)
        choice[k] = w->pairs.items[at].choice;
    for (uint32_t k = 0; k < w->nlevels; k++) {
        const struct level *lv = &w->levels[k];
        if (lv->kind == LV_FIXED || (lv->kind == LV_VALUE && lv->before))
            continue;
        if (out->len)
            str_add(out, ", ");
        if (lv->kind == LV_ATOM) {
            str_printf(out, "comparison %" PRIu32 " %s", k,
                       (choice[k] ^ lv->negated) ? "true" : "false");
            continue;
        }
        str_printf(out, "%s ",
                   vf_operand_name(lv->kind == LV_VALUE ? w->lanes.items[lv->lane].op : lv->op));
        if (lv->kind == LV_MAP) {
            vf_print_shape(w->v, out, lv->field, choice[k]);
            continue;
        }
        if (lv->kind == LV_VALUE) {
            print_interval(w, out, &w->lanes.items[lv->lane], choice[k]);
            continue;
        }
        str_add(out, choice[k] ? "with" : "without");
        for (uint32_t b = 0; b < POL_BITS_PER_SLOT; b++)
            if (lv->mask >> b & 1u)
                str_printf(out, " %s%s", lv->value >> b & 1u ? "" : "-",
                           w->v->ir->space->tags[w->v->fields[lv->field].tags[b]].name);
    }
}

static void print_rule(const struct walk *w, struct str_buf *out, uint32_t rule)
{
    if (rule == POL_NONE) {
        str_add(out, "no rule");
        return;
    }
    const struct ir_rule *r = &w->v->ir->deciders[w->d->decider].rules[rule];
    str_printf(out, "rule %" PRIu32 " (%s:%" PRIu32 ":%" PRIu32 ", %s)", rule, r->file, r->line,
               r->column, r->allow ? "allow" : "fail");
}

static bool wrong_action(struct walk *w, uint32_t pair, uint32_t want, bool open,
                         const struct pol_prt_action *a)
{
    static const char *const verdicts[] = {"allow", "implicit failure", "explicit failure"};
    struct str_buf path, rule;
    str_init(&path);
    str_init(&rule);
    print_path(w, &path, pair);
    print_rule(w, &rule, want);
    if (open)
        str_add(&rule, " under a condition that the table does not look at");
    str_add(&rule, ", the table has ");
    print_rule(w, &rule, a->rule);
    vf_fail(w->v, "%s, opclass %s, inputs: %s: the rules want %s, %s",
            w->v->ir->deciders[w->d->decider].name, w->v->ir->opclasses[w->opclass].name,
            path.len ? str_text(&path) : "any", str_text(&rule), verdicts[a->verdict]);
    str_free(&path);
    str_free(&rule);
    return false;
}

/* The reports of an action are not the n rules that hold. */
static bool wrong_reports(struct walk *w, uint32_t pair, uint32_t n, const struct pol_prt_action *a)
{
    uint32_t i = 0;
    struct str_buf path, rule;
    while (i < n && i < a->nreports && w->told[i] == w->v->t->reports[a->first_report + i])
        i++;
    bool lacks = i < n && (i == a->nreports || w->told[i] < w->v->t->reports[a->first_report + i]);
    str_init(&path);
    str_init(&rule);
    print_path(w, &path, pair);
    print_rule(w, &rule, lacks ? w->told[i] : w->v->t->reports[a->first_report + i]);
    vf_fail(w->v, "%s, opclass %s, inputs: %s: the table %s of %s",
            w->v->ir->deciders[w->d->decider].name, w->v->ir->opclasses[w->opclass].name,
            path.len ? str_text(&path) : "any",
            lacks ? "lacks the report" : "has a report that the rules do not want",
            str_text(&rule));
    str_free(&path);
    str_free(&rule);
    return false;
}

static bool same_reports(struct walk *w, uint32_t pair, uint32_t n, const struct pol_prt_action *a)
{
    bool same = a->nreports == n;
    for (uint32_t i = 0; i < a->nreports; i++)
        VF_COVER(w->v, reports, a->first_report + i);
    for (uint32_t i = 0; same && i < n; i++)
        same = w->told[i] == w->v->t->reports[a->first_report + i];
    return same || wrong_reports(w, pair, n, a);
}

/* Conditions on bit fields that no level tests alone, but that the known bits settle: 1 holds,
 * 0 fails, -1 open. */
static int settled(struct walk *w, const struct entry *e, uint32_t known)
{
    const struct open_rule *r = &w->open[e->rule];
    int all = e->guard == SYM_TRUE || e->guard == SYM_UNDEF ? 1 : vf_value_settles(w, e);
    if (vf_sure(w, e, w->nlevels))
        return 1;
    if (all == 0)
        return 0;
    for (uint32_t i = 0; i < r->nneeds; i++) {
        const struct vf_cut *c = &w->d->cuts.items[r->needs[i].cut].c;
        uint32_t at = w->known_at[r->needs[i].op * w->v->t->n_fields + c->field];
        bool open = r->needs[i].ready == POL_NONE;
        if (at) {
            const uint32_t *bits = w->known.items + (size_t)known * 2 * w->nknown + 2 * (at - 1);
            uint32_t tags = (uint32_t)(((uint64_t)1 << w->v->t->fields[c->field].ntags) - 1);
            uint32_t zeros = c->exact ? tags & ~c->required[0] : c->forbidden[0];
            if ((bits[1] & c->required[0]) || (bits[0] & zeros))
                return 0;
            open = open && ((c->required[0] & ~bits[0]) || (zeros & ~bits[1]));
        }
        all = open ? -1 : all;
    }
    return all;
}

/* Entries of a TCAM that match the same key disagree. */
static bool ambiguous(struct walk *w, uint32_t pair)
{
    struct str_buf path;
    str_init(&path);
    print_path(w, &path, pair);
    vf_fail(w->v, "%s, opclass %s, inputs: %s: entries of the table that match disagree",
            w->v->ir->deciders[w->d->decider].name, w->v->ir->opclasses[w->opclass].name,
            path.len ? str_text(&path) : "any");
    str_free(&path);
    return false;
}

/* The action of a last state. */
static bool find_action(struct walk *w, uint32_t pair, uint32_t *action)
{
    const struct pol_table *t = w->v->t;
    uint32_t state = w->pairs.items[pair].state;
    if (w->p->layout == POL_LAYOUT_TCAM && !vf_tcam_state(w, state, &state))
        return ambiguous(w, pair);
    uint64_t at = (uint64_t)w->p->first_action + state;
    bool there = state < w->p->nactions;
    if (w->p->first_tuple != POL_NONE) {
        at = w->p->first_tuple + (uint64_t)state * t->n_deciders + w->d->decider;
        there = there && at < t->n_tuples;
        if (there) {
            VF_COVER(w->v, tuples, at);
            at = t->tuples[at];
        }
    }
    *action = (uint32_t)at;
    return (there && at < t->n_actions) ||
           vf_fail(w->v, "%s, opclass %s: no such action", w->v->ir->deciders[w->d->decider].name,
                   w->v->ir->opclasses[w->opclass].name);
}

static bool check_action(struct walk *w, uint32_t pair)
{
    const struct pair p = w->pairs.items[pair];
    uint32_t index, want = POL_NONE, told = 0;
    if (!find_action(w, pair, &index))
        return false;
    const struct pol_prt_action *a = &w->v->t->actions[index];
    const struct list l = w->lists.items[p.list];
    for (uint32_t i = 0; i < l.n && want == POL_NONE; i++) {
        const struct entry *e = &w->pool.items[l.first + i];
        int holds = settled(w, e, p.known);
        if (holds < 0)
            return wrong_action(w, pair, w->open[e->rule].rule, true, a);
        if (holds && e->guard == SYM_UNDEF)
            return true; /* the argument has no such value */
        if (holds && w->open[e->rule].reports)
            w->told[told++] = w->open[e->rule].rule;
        else if (holds)
            want = w->open[e->rule].rule;
    }
    VF_COVER(w->v, actions, index);
    uint32_t verdict = want == POL_NONE                                      ? POL_FAIL_IMPLICIT
                       : w->v->ir->deciders[w->d->decider].rules[want].allow ? POL_ALLOW
                                                                             : POL_FAIL_EXPLICIT;
    if (a->verdict != verdict || a->rule != want)
        return wrong_action(w, pair, want, false, a);
    if (!same_reports(w, pair, told, a))
        return false;
    struct reached r;
    bool added;
    memset(&r, 0, sizeof r); /* padding is hashed too */
    r.decider = w->d->decider;
    r.rule = want;
    r.action = index;
    r.form = w->form;
    if (verdict != POL_ALLOW)
        return (a->nops == 0 && a->written == 0) ||
               vf_fail(w->v, "%s: an action that fails has operations or results",
                       w->v->ir->deciders[w->d->decider].name);
    (void)vf_keys_add(w->v->reached_set, &r, sizeof r, &added);
    if (added)
        VEC_PUSH(&w->v->arena, &w->v->reached, r);
    return true;
}

static uint32_t first_list(struct walk *w)
{
    struct filter f = {w, 0, 0};
    w->scratch = ARENA_ARRAY(&w->arena, struct entry, w->nopen + 1);
    for (uint32_t i = 0; i < w->nopen; i++) {
        struct entry e = {i, w->d->rules[w->open[i].rule].guard};
        if (e.guard != SYM_FALSE && !keep(&f, e))
            break;
    }
    return vf_intern_list(w, w->scratch, f.n);
}

bool vf_walk(struct walk *w)
{
    w->pair_gen = 1;
    uint32_t list = first_list(w);
    add_pair(w, (struct pair){w->p->layout == POL_LAYOUT_DAG ? w->p->start : 0, list, 0, 0, 0});
    for (uint32_t k = 0; k < w->nlevels; k++)
        if (!run_level(w, k))
            return false;
    w->v->stats->pairs += w->pairs.count;
    for (size_t i = w->begin; i < w->pairs.count; i++)
        if (!check_action(w, (uint32_t)i))
            return false;
    return true;
}
