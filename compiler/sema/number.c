/* Who owns which tag, and the model's final numbers: domains, tag ids, counters, claims. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/sema/internal.h"

/* --- ownership ----------------------------------------------------------------------------- */

/* False: reported; one report for a pair of deciders is enough. */
static bool take(struct sema *s, uint32_t decider, uint32_t tag)
{
    struct sema_tag *t = &s->tags[tag];
    if (t->owner == SEMA_NONE || t->owner == decider) {
        t->owner = decider;
        return true;
    }
    const struct sema_decider *first = &s->deciders.items[t->owner];
    const struct sema_decider *second = &s->deciders.items[decider];
    struct diag *d =
        diag_error(s->sink, DIAG_TWO_OWNERS, second->span, "tag `%s` is owned by `%s` and by `%s`",
                   sema_qualified(s, SEMA_TAG, tag), first->model.name, second->model.name);
    diag_label(d, first->span, "the first owner");
    diag_label(d, s->syms[SEMA_TAG].items[tag].name.span, "the tag");
    if (first->module == second->module)
        diag_hint(d,
                  "join the two with `^` inside one policy, or move one and its tags to a module "
                  "of its own");
    else
        diag_hint(d, "leave the tag out of `owns:`, or leave one of the two components out");
    return false;
}

static void take_all(struct sema *s, uint32_t decider)
{
    const struct sema_module *m = &s->modules.items[s->deciders.items[decider].module];
    for (uint32_t i = 0; i < m->ntags; i++)
        if (!take(s, decider, m->first_tag + i))
            return;
    for (size_t i = 0; i < m->owns.count; i++)
        if (!take(s, decider, m->owns.items[i]))
            return;
}

static void check_unowned(struct sema *s, uint32_t tag)
{
    const struct sema_tag *t = &s->tags[tag];
    bool strict = t->read_pol.file != 0;
    struct diag *d = diag_report(s->sink, strict ? DIAG_ERROR : DIAG_WARNING, DIAG_UNOWNED_TAG,
                                 strict ? t->read_pol : t->read_dpl,
                                 "no component of this composition owns tag `%s`",
                                 sema_qualified(s, SEMA_TAG, tag));
    diag_label(d, s->syms[SEMA_TAG].items[tag].name.span, "declared here");
    if (strict)
        diag_hint(d, "compose a policy of module `%s` with `&`, or list the tag in `owns:`",
                  s->modules.items[s->syms[SEMA_TAG].items[tag].module].name);
    else
        diag_hint(d, "it stays as `init` gives it");
}

bool sema_own_tags(struct sema *s)
{
    size_t errors = diag_error_count(s->sink);
    for (uint32_t i = 0; i < s->deciders.count; i++)
        take_all(s, i);
    for (uint32_t tag = 0; errors == diag_error_count(s->sink) && tag < s->syms[SEMA_TAG].count;
         tag++)
        if (s->tags[tag].read && s->tags[tag].owner == SEMA_NONE)
            check_unowned(s, tag);
    return errors == diag_error_count(s->sink);
}

/* --- deciders and domains ------------------------------------------------------------------ */

/* Globals first. */
static void order_deciders(struct sema *s)
{
    size_t n = s->deciders.count;
    struct sema_decider *sorted = ARENA_ARRAY(&s->tmp, struct sema_decider, n + 1);
    uint32_t *to = ARENA_ARRAY(&s->tmp, uint32_t, n + 1);
    uint32_t k = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < n; i++) {
            if (s->deciders.items[i].model.is_global != (pass == 0))
                continue;
            to[i] = k;
            sorted[k++] = s->deciders.items[i];
        }
        if (pass == 0)
            s->model->nglobals = k;
    }
    s->deciders.items = sorted;
    for (uint32_t tag = 0; tag < s->syms[SEMA_TAG].count; tag++)
        if (s->tags[tag].owner != SEMA_NONE)
            s->tags[tag].owner = to[s->tags[tag].owner];
}

static uint32_t domain_of(const struct model *m, uint32_t decider)
{
    uint32_t components = m->ndeciders - m->nglobals;
    return decider < m->nglobals ? components + decider : decider - m->nglobals;
}

/* --- tags ---------------------------------------------------------------------------------- */

struct tag_list {
    VEC_FIELDS(uint32_t);
};

static void collect_tags(struct sema *s, struct tag_list *list)
{
    const struct model *m = s->model;
    for (uint32_t domain = 0; domain < m->ndeciders; domain++) {
        uint32_t components = m->ndeciders - m->nglobals;
        uint32_t decider = domain < components ? domain + m->nglobals : domain - components;
        const struct sema_module *mod = &s->modules.items[s->deciders.items[decider].module];
        for (uint32_t i = 0; i < mod->ntags; i++)
            VEC_PUSH(&s->tmp, list, mod->first_tag + i);
        for (size_t i = 0; i < mod->owns.count; i++)
            VEC_PUSH(&s->tmp, list, mod->owns.items[i]);
    }
    for (uint32_t tag = 0; tag < s->syms[SEMA_TAG].count; tag++)
        if (s->tags[tag].read && s->tags[tag].owner == SEMA_NONE)
            VEC_PUSH(&s->tmp, list, tag);
}

/* The names of a type's values, once for the whole space. */
static char **names_of(struct sema *s, char ***by_type, uint32_t type)
{
    const struct model_type *t = &s->types.items[type];
    if (t->values && !by_type[type]) {
        by_type[type] = pol_space_values(s->model->space, t->values, (size_t)t->limit);
        if (!by_type[type])
            pol_fatal_oom();
    }
    return by_type[type];
}

static void describe_tag(struct sema *s, uint32_t id, uint32_t tag, char ***by_type)
{
    struct model *m = s->model;
    struct sema_tag *t = &s->tags[tag];
    const struct sema_sym *sym = &s->syms[SEMA_TAG].items[tag];
    struct pol_tag_info *info = &m->space->tags[id];
    t->id = id;
    info->name = lang_xstrdup(sym->name.text);
    info->module = lang_xstrdup(s->modules.items[sym->module].name);
    info->nargs = t->nargs;
    info->merge_all = t->decl->merge == AST_MERGE_ALL;
    for (uint32_t i = 0; i < t->nargs; i++) {
        info->args[i].is_set = s->types.items[t->arg_types[i]].is_set;
        info->args[i].limit = s->types.items[t->arg_types[i]].limit;
        info->args[i].values = names_of(s, by_type, t->arg_types[i]);
    }
    struct model_tag *out = &m->tags[id];
    out->nargs = t->nargs;
    out->arg_types = t->arg_types;
    out->loc = sema_loc(s, sym->name.span);
    out->domain = t->owner == SEMA_NONE ? m->ndeciders : domain_of(m, t->owner);
    m->has_static |= t->owner == SEMA_NONE;
}

static void make_space(struct sema *s)
{
    struct model *m = s->model;
    struct tag_list list = {0};
    collect_tags(s, &list);
    m->space = pol_space_new((uint32_t)list.count);
    if (!m->space)
        pol_fatal_oom();
    m->tags = ARENA_ARRAY(s->out, struct model_tag, list.count + 1);
    char ***by_type = ARENA_ARRAY(&s->tmp, char **, s->types.count);
    for (uint32_t i = 0; i < list.count; i++)
        describe_tag(s, i, list.items[i], by_type);
    errno = 0;
    bool finished = pol_space_finish(m->space) == 0;
    if (!finished && errno == ENOMEM)
        pol_fatal_oom();
    if (!finished)
        diag_error(s->sink, DIAG_TOO_MANY_ARGUMENTS, LANG_NO_SPAN,
                   "the composition has too many tags and arguments");
    m->ndomains = m->ndeciders + m->has_static;
}

/* --- from symbols to ids ------------------------------------------------------------------- */

struct fresh_types {
    struct sema *s;
    uint32_t decider;
    uint32_t *seen; /* by type: last decider + 1 that has a counter */
    VEC_OF(struct model_counter) counters;
};

static void renumber_set(struct sema *s, struct model_set *set)
{
    if (!set)
        return;
    renumber_set(s, set->a);
    renumber_set(s, set->b);
    for (uint32_t i = 0; i < set->nmods; i++) {
        struct model_mod *mod = &set->mods[i];
        uint32_t nargs = mod->remove ? 0 : s->tags[mod->tag].nargs;
        for (uint32_t k = 0; k < nargs; k++)
            renumber_set(s, mod->args[k].set);
        mod->tag = s->tags[mod->tag].id;
    }
}

/* A removal of a tag that is not in the space (a global's, of a tag nobody owns) says nothing. */
static void drop_absent(struct sema *s, struct model_set *set)
{
    uint32_t n = 0;
    if (!set)
        return;
    drop_absent(s, set->a);
    drop_absent(s, set->b);
    for (uint32_t i = 0; i < set->nmods; i++)
        if (s->tags[set->mods[i].tag].id != SEMA_NONE)
            set->mods[n++] = set->mods[i];
    set->nmods = n;
}

void sema_renumber_patterns(struct sema *s, struct model_pattern *patterns, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < patterns[i].nreqs; k++)
            patterns[i].reqs[k].tag = s->tags[patterns[i].reqs[k].tag].id;
}

void sema_renumber_guard(struct sema *s, struct model_guard *guard)
{
    if (!guard)
        return;
    if (guard->kind == MODEL_GUARD_RELATION)
        guard->relation = sema_use_relation(s, guard->relation);
    sema_renumber_guard(s, guard->a);
    sema_renumber_guard(s, guard->b);
}

static void renumber_rule(struct sema *s, struct model_rule *r)
{
    sema_renumber_patterns(s, r->patterns, r->npatterns);
    sema_renumber_guard(s, r->guard);
    for (int k = 0; k < POL_RESULTS; k++) {
        drop_absent(s, r->updates[k]);
        renumber_set(s, r->updates[k]);
    }
}

/* --- comparing TagSet arguments ------------------------------------------------------------ */

struct holders {
    struct sema *s;
    const struct model_rule *rule;
    uint32_t *tag; /* by variable: the symbol whose argument it is, SEMA_NONE: none yet */
};

static bool holds_everything(const struct sema *s, uint32_t tag)
{
    uint32_t owner = s->tags[tag].owner;
    return owner == SEMA_NONE || s->deciders.items[owner].model.is_global;
}

/* What a component's tag holds is encoded over that component's tags, so it compares with its like
 * only; what no component owns holds everything. */
static void check_comparable(const struct holders *h, uint32_t a, uint32_t b)
{
    struct sema *s = h->s;
    if (a == SEMA_NONE || b == SEMA_NONE || s->tags[a].owner == s->tags[b].owner ||
        (holds_everything(s, a) && holds_everything(s, b)))
        return;
    struct diag *d = diag_error(
        s->sink, DIAG_NOT_SUPPORTED, h->rule->loc.span,
        "this rule compares TagSet arguments of `%s` and `%s`, which different components own",
        sema_qualified(s, SEMA_TAG, a), sema_qualified(s, SEMA_TAG, b));
    diag_hint(d, "compare the arguments of one component's tags only");
}

static void check_guard(const struct holders *h, const struct model_guard *g)
{
    if (!g)
        return;
    if (g->kind == MODEL_GUARD_SETCMP)
        check_comparable(h, h->tag[g->var_x], h->tag[g->var_y]);
    check_guard(h, g->a);
    check_guard(h, g->b);
}

static void check_req(struct holders *h, const struct model_req *req)
{
    for (uint32_t i = 0; req->args && i < h->s->tags[req->tag].nargs; i++) {
        const struct model_arg *arg = &req->args[i];
        if (arg->kind != MODEL_ARG_VAR || !h->s->types.items[h->rule->vars[arg->var].type].is_set)
            continue;
        check_comparable(h, h->tag[arg->var], req->tag);
        if (h->tag[arg->var] == SEMA_NONE)
            h->tag[arg->var] = req->tag;
    }
}

/* Before the tags in it are renumbered. */
static void check_comparisons(struct sema *s, const struct model_rule *rule)
{
    struct holders h = {.s = s, .rule = rule};
    h.tag = ARENA_ARRAY(&s->tmp, uint32_t, rule->nvars + 1);
    for (uint32_t i = 0; i < rule->nvars; i++)
        h.tag[i] = SEMA_NONE;
    for (uint32_t i = 0; i < rule->npatterns; i++)
        for (uint32_t k = 0; k < rule->patterns[i].nreqs; k++)
            check_req(&h, &rule->patterns[i].reqs[k]);
    check_guard(&h, rule->guard);
}

static void move_rules(struct sema *s)
{
    struct model *m = s->model;
    m->nrules = (uint32_t)s->model_rules.count;
    m->rules = ARENA_ARRAY(s->out, struct model_rule, m->nrules + 1);
    for (uint32_t i = 0; i < m->nrules; i++) {
        m->rules[i] = s->rules.items[s->model_rules.items[i]]->model;
        check_comparisons(s, &m->rules[i]);
        renumber_rule(s, &m->rules[i]);
    }
    m->ngroups = (uint32_t)s->model_groups.count;
    m->groups = ARENA_ARRAY(s->out, struct model_group, m->ngroups + 1);
    for (uint32_t i = 0; i < m->ngroups; i++)
        m->groups[i] = s->groups[s->model_groups.items[i]].model;
}

/* --- counters ------------------------------------------------------------------------------ */

static void count_number(struct fresh_types *f, const struct model_int *e)
{
    if (!e)
        return;
    if (e->kind == MODEL_INT_NEW && f->seen[e->type] != f->decider + 1) {
        struct model_counter c = {f->decider, e->type};
        f->seen[e->type] = f->decider + 1;
        VEC_PUSH(f->s->out, &f->counters, c);
    }
    count_number(f, e->a);
    count_number(f, e->b);
}

static void count_set(struct fresh_types *f, const struct model_set *set)
{
    if (!set)
        return;
    count_set(f, set->a);
    count_set(f, set->b);
    for (uint32_t i = 0; i < set->nmods; i++) {
        uint32_t nargs = set->mods[i].remove ? 0 : f->s->model->tags[set->mods[i].tag].nargs;
        for (uint32_t k = 0; k < nargs; k++) {
            count_number(f, set->mods[i].args[k].number);
            count_set(f, set->mods[i].args[k].set);
        }
    }
}

static void make_counters(struct sema *s)
{
    struct model *m = s->model;
    struct fresh_types f = {.s = s};
    f.seen = ARENA_ARRAY(&s->tmp, uint32_t, s->types.count);
    for (f.decider = 0; f.decider < m->ndeciders; f.decider++) {
        const struct model_decider *d = &m->deciders[f.decider];
        for (uint32_t i = 0; i < d->nrules; i++)
            for (int r = 0; r < POL_RESULTS; r++)
                count_set(&f, m->rules[d->rules[i]].updates[r]);
    }
    m->counters = f.counters.items;
    m->ncounters = (uint32_t)f.counters.count;
}

/* --- claims -------------------------------------------------------------------------------- */

/* Sides that are one range share the array `positions` of 0, 1, 2, ... */
static uint32_t *side(struct sema *s, const struct sema_rset *set, uint32_t *positions,
                      uint32_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < set->count; i++)
        *count += set->ranges[i].hi - set->ranges[i].lo;
    if (set->count == 1)
        return positions + set->ranges[0].lo;
    uint32_t *out = ARENA_ARRAY(s->out, uint32_t, *count + 1), n = 0;
    for (uint32_t i = 0; i < set->count; i++)
        for (uint32_t p = set->ranges[i].lo; p < set->ranges[i].hi; p++)
            out[n++] = p;
    return out;
}

static void make_claims(struct sema *s, struct sema_decider *d)
{
    struct model_decider *m = &d->model;
    if (!d->claims.count)
        return;
    uint32_t *positions = ARENA_ARRAY(s->out, uint32_t, m->nrules + 1);
    for (uint32_t i = 0; i < m->nrules; i++)
        positions[i] = i;
    m->nclaims = (uint32_t)d->claims.count;
    m->claims = ARENA_ARRAY(s->out, struct model_claim, m->nclaims);
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct model_claim *c = &m->claims[i];
        c->left = side(s, &d->claims.items[i].left, positions, &c->nleft);
        c->right = side(s, &d->claims.items[i].right, positions, &c->nright);
        c->loc = sema_loc(s, d->claims.items[i].op);
    }
}

static void make_totals(struct sema *s, struct sema_decider *d)
{
    struct model_decider *m = &d->model;
    struct sema_range every = {0, m->nrules};
    const struct sema_rset all = {&every, m->nrules ? 1 : 0};
    uint32_t *positions = ARENA_ARRAY(s->out, uint32_t, m->nrules + 1);
    for (uint32_t i = 0; i < m->nrules; i++)
        positions[i] = i;
    m->ntotals = (uint32_t)d->totals.count;
    m->totals = ARENA_ARRAY(s->out, struct model_total, d->totals.count + 1);
    for (uint32_t i = 0; i < m->ntotals; i++) {
        const struct sema_total *from = &d->totals.items[i];
        struct model_total *t = &m->totals[i];
        t->name = sema_qualified(s, SEMA_POLICY, from->policy);
        t->rules = side(s, from->memo == SEMA_NONE ? &all : &d->sets.items[from->memo], positions,
                        &t->nrules);
        t->loc = sema_loc(s, s->policies[from->policy].decl->name.span);
    }
}

static void make_deciders(struct sema *s)
{
    struct model *m = s->model;
    m->deciders = ARENA_ARRAY(s->out, struct model_decider, m->ndeciders + 1);
    for (uint32_t i = 0; i < m->ndeciders; i++) {
        struct sema_decider *d = &s->deciders.items[i];
        d->model.domain = domain_of(m, i);
        d->model.nrules = (uint32_t)d->rules.count;
        d->model.rules = ARENA_ARRAY(s->out, uint32_t, d->rules.count + 1);
        for (size_t k = 0; k < d->rules.count; k++)
            d->model.rules[k] = s->rules.items[d->rules.items[k]]->index;
        make_claims(s, d);
        make_totals(s, d);
        m->deciders[i] = d->model;
    }
}

void sema_finish(struct sema *s)
{
    struct model *m = s->model;
    m->ndeciders = (uint32_t)s->deciders.count;
    order_deciders(s);
    make_space(s);
    m->types = s->types.items;
    m->ntypes = (uint32_t)s->types.count;
    move_rules(s);
    sema_make_responses(s);
    make_deciders(s);
    make_counters(s);
}
