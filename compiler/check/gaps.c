/* --gaps: which inputs a component leaves without a rule, in few words.
 *
 * Per class of instructions: an input that no rule matches is generalised, tag by tag, to a
 * condition all of whose inputs are so, until nothing is left.  Classes with the same condition
 * share a note. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/check/internal.h"
#include "lang/support/str.h"

#define MAX_CUBES 1000u /* conditions that are counted for each component */
/* Of each component: questions, each times the rules and tests that it is about. */
#define MAX_WORK 4000000u

/* Something that rules look at: a tag in an operand, or a comparison. */
struct feature {
    uint32_t op, tag; /* op POL_OPERANDS: */
    uint32_t guard;
    sat_lit lit;
};
typedef VEC_OF(struct ir_ref) ref_list;

/* A condition, as the text of a pattern, and the instructions it is about. */
struct cube {
    const char *text;
    bool bare; /* they have no rule at all */
    struct best best;
    bool *in; /* per opclass */
};

struct gaps {
    struct check *c;
    VEC_OF(struct cube) cubes;
    uint32_t more;
    uint64_t work; /* left */
    bool unknown, cut;
    /* of the class at hand: */
    struct class *k;
    VEC_OF(struct feature) features;
    uint8_t *seen; /* op * ntags + tag */
    uint8_t *seen_guard;
};

/* ---- What rules look at ---------------------------------------------------------------------- */

static void add_tag(struct gaps *g, uint32_t op, uint32_t tag)
{
    struct feature f = {.op = op, .tag = tag};
    uint8_t *seen = &g->seen[op * (size_t)g->c->ir->space->ntags + tag];
    if (*seen)
        return;
    *seen = 1;
    f.lit = scene_has(g->k->scene, op, tag);
    if (f.lit != SAT_TRUE && f.lit != SAT_FALSE)
        VEC_PUSH(&g->c->work, &g->features, f);
}

static bool may_occur(const struct gaps *g, uint32_t op, uint32_t tag)
{
    const struct reach_domain *d = &g->c->reach->domains[g->c->universe.domain[tag]];
    uint32_t at = tag - d->first_tag;
    for (uint32_t s = 0; !d->all && s < d->nshapes; s++)
        if ((d->kinds[s] & g->k->kinds[op]) &&
            (d->bits[(size_t)s * d->words + at / 32] >> (at % 32) & 1u))
            return true;
    return d->all;
}

static void add_cond(struct gaps *g, uint32_t op, const struct ir_cond *cond)
{
    const struct ir_decider *d = check_decider(g->c);
    for (uint32_t i = 0; i < cond->nrequired; i++)
        add_tag(g, op, cond->required[i]);
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        add_tag(g, op, cond->forbidden[i]);
    for (uint32_t t = 0; cond->exact && t < g->c->ir->space->ntags; t++)
        if (g->c->universe.domain[t] == d->domain && may_occur(g, op, t))
            add_tag(g, op, t);
}

/* Comparisons, whatever joins them. */
static void add_guard(struct gaps *g, struct ir_guard_id id)
{
    const struct ir_guard *x = &g->c->ir->guards[id.v];
    if (g->seen_guard[id.v])
        return;
    g->seen_guard[id.v] = 1;
    if (x->kind == IR_GUARD_NOT || x->kind == IR_GUARD_AND || x->kind == IR_GUARD_OR) {
        add_guard(g, x->a);
        if (x->kind != IR_GUARD_NOT)
            add_guard(g, x->b);
        return;
    }
    struct feature f = {.op = POL_OPERANDS, .guard = id.v, .lit = step_guard(g->k->step, id)};
    if (f.lit != SAT_TRUE && f.lit != SAT_FALSE)
        VEC_PUSH(&g->c->work, &g->features, f);
}

/* The arguments that a comparison reads. */
static void int_refs(struct gaps *g, struct ir_int_id id, ref_list *refs)
{
    const struct ir_int *x = &g->c->ir->ints[id.v];
    if (x->kind == IR_INT_ARG)
        VEC_PUSH(&g->c->work, refs, x->ref);
    if (x->kind == IR_INT_CONST || x->kind == IR_INT_ARG || x->kind == IR_INT_NEW)
        return;
    int_refs(g, x->a, refs);
    int_refs(g, x->b, refs);
}

static void guard_refs(struct gaps *g, uint32_t guard, ref_list *refs)
{
    const struct ir_guard *x = &g->c->ir->guards[guard];
    if (x->kind == IR_GUARD_SETEQ) {
        VEC_PUSH(&g->c->work, refs, x->r);
        VEC_PUSH(&g->c->work, refs, x->s);
    } else if (x->kind == IR_GUARD_RELATION) {
        for (uint32_t i = 0; i < g->c->ir->relations[x->relation].nargs; i++)
            int_refs(g, x->args[i], refs);
    } else {
        int_refs(g, x->x, refs);
        int_refs(g, x->y, refs);
    }
}

static int by_operand(const void *x, const void *y)
{
    const struct feature *a = x, *b = y;
    if (a->op != b->op)
        return a->op < b->op ? -1 : 1;
    if (a->tag != b->tag)
        return a->tag < b->tag ? -1 : 1;
    return (a->guard > b->guard) - (a->guard < b->guard);
}

static void find_features(struct gaps *g)
{
    struct check *c = g->c;
    uint32_t n;
    const uint32_t *rules = step_rules(check_step(c, g->k), c->decider, &n);
    memset(g->seen, 0, POL_OPERANDS * (size_t)c->ir->space->ntags);
    memset(g->seen_guard, 0, c->ir->nguards);
    g->features.count = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct ir_rule *rule = check_rule(c, rules[i]);
        for (unsigned op = 0; op < POL_OPERANDS; op++)
            if (!rule->cond[op].never)
                add_cond(g, op, &rule->cond[op]);
        if (rule->guard.v != IR_NONE)
            add_guard(g, rule->guard);
    }
    if (g->features.count)
        qsort(g->features.items, g->features.count, sizeof *g->features.items, by_operand);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static const char *const operand_names[] = {"env", "code", "op1", "op2", "op3", "mem"};

static void add_ref(struct gaps *g, struct str_buf *out, const struct ir_ref *ref)
{
    const struct pol_tag_info *t = &g->c->ir->space->tags[ref->tag];
    str_printf(out, "%s of %s", t->name, operand_names[ref->op]);
    if (t->nargs > 1)
        str_printf(out, " (argument %" PRIu32 ")", ref->arg + 1);
}

static void add_int(struct gaps *g, struct str_buf *out, struct ir_int_id id)
{
    static const char *const signs[] = {
        [IR_INT_ADD] = "+", [IR_INT_SUB] = "-",    [IR_INT_MUL] = "*",   [IR_INT_DIV] = "/",
        [IR_INT_MOD] = "%", [IR_INT_JOIN] = "\\/", [IR_INT_MEET] = "/\\"};
    const struct ir_int *x = &g->c->ir->ints[id.v];
    if (x->kind == IR_INT_CONST) {
        str_printf(out, "%" PRId64, x->value);
    } else if (x->kind == IR_INT_ARG) {
        add_ref(g, out, &x->ref);
    } else if (x->kind != IR_INT_NEW) {
        str_add(out, "(");
        add_int(g, out, x->a);
        str_printf(out, " %s ", signs[x->kind]);
        add_int(g, out, x->b);
        str_add(out, ")");
    }
}

static void add_relation(struct gaps *g, struct str_buf *out, const struct ir_guard *x, bool holds)
{
    const struct ir_relation *r = &g->c->ir->relations[x->relation];
    str_printf(out, "%s%s(", holds ? "" : "!", r->name);
    for (uint32_t i = 0; i < r->nargs; i++) {
        str_add(out, i ? ", " : "");
        add_int(g, out, x->args[i]);
    }
    str_add(out, ")");
}

static void add_comparison(struct gaps *g, struct str_buf *out, uint32_t guard, bool holds)
{
    static const char *const is[] = {
        [IR_GUARD_EQ] = "==", [IR_GUARD_NE] = "!=", [IR_GUARD_LT] = "<", [IR_GUARD_LE] = "<="};
    static const char *const is_not[] = {
        [IR_GUARD_EQ] = "!=", [IR_GUARD_NE] = "==", [IR_GUARD_LT] = ">=", [IR_GUARD_LE] = ">"};
    const struct ir_guard *x = &g->c->ir->guards[guard];
    if (x->kind == IR_GUARD_RELATION) {
        add_relation(g, out, x, holds);
    } else if (x->kind == IR_GUARD_SETEQ) {
        add_ref(g, out, &x->r);
        str_add(out, holds ? " == " : " != ");
        add_ref(g, out, &x->s);
    } else {
        add_int(g, out, x->x);
        str_printf(out, " %s ", holds ? is[x->kind] : is_not[x->kind]);
        add_int(g, out, x->y);
    }
}

/* The condition as a pattern; `kept`: literals of the features that are part of it. */
static const char *cube_text(struct gaps *g, const sat_lit *kept)
{
    struct str_buf out;
    uint32_t last = UINT32_MAX;
    str_init(&out);
    for (size_t i = 0; i < g->features.count; i++) {
        const struct feature *f = &g->features.items[i];
        if (kept[i] == SAT_TRUE)
            continue;
        bool first = f->op != last, tag = f->op < POL_OPERANDS;
        if (first && last < POL_OPERANDS)
            str_add(&out, "]");
        if (tag)
            str_printf(&out, "%s%s",
                       !first    ? ", "
                       : out.len ? ", "
                                 : "",
                       first ? operand_names[f->op] : "");
        if (tag)
            str_printf(&out, "%s%c%s", first ? " == [" : "", kept[i] == f->lit ? '+' : '-',
                       g->c->ir->space->tags[f->tag].name);
        else {
            str_add(&out, first ? (out.len ? " | " : "| ") : " && ");
            add_comparison(g, &out, f->guard, kept[i] == f->lit);
        }
        last = f->op;
    }
    if (last < POL_OPERANDS)
        str_add(&out, "]");
    const char *text = arena_strdup(&g->c->work, str_text(&out));
    str_free(&out);
    return text;
}

/* ---- Conditions ------------------------------------------------------------------------------ */

/* A question of the solver, at the expense of how much it is about. */
static enum sat_answer ask(struct gaps *g, const sat_lit *lits, size_t n)
{
    uint32_t nrules;
    step_rules(g->k->step, g->c->decider, &nrules);
    uint64_t cost = n + nrules;
    g->work = g->work > cost ? g->work - cost : 0;
    return sat_solve(g->k->sat, lits, n);
}

/* Drops from an input what its failing does not need; SAT_TRUE stands for what is dropped. */
static void generalise(struct gaps *g, sat_lit covered, sat_lit *lits)
{
    struct sat *sat = g->k->sat;
    size_t n = g->features.count;
    lits[n] = covered;
    if (ask(g, lits, n + 1) != SAT_NO)
        return; /* a limit was met: the input stays as it is */
    for (size_t i = 0; i < n; i++)
        if (!sat_blamed(sat, lits[i]))
            lits[i] = SAT_TRUE;
    for (size_t i = n; i-- > 0 && g->work;) {
        sat_lit lit = lits[i];
        lits[i] = SAT_TRUE;
        if (lit != SAT_TRUE && ask(g, lits, n + 1) != SAT_NO)
            lits[i] = lit;
    }
}

/* In the model: are the tags there whose arguments it reads? */
static bool is_about(struct gaps *g, const struct feature *f)
{
    ref_list refs = {0};
    if (f->op < POL_OPERANDS)
        return true;
    guard_refs(g, f->guard, &refs);
    for (size_t i = 0; i < refs.count; i++)
        if (!sat_value(g->k->sat,
                       scene_has(g->k->scene, (uint32_t)refs.items[i].op, refs.items[i].tag)))
            return false;
    return true;
}

/* The input of the model; comparisons of what is not there say nothing. */
static void take_model(struct gaps *g, sat_lit *lits)
{
    for (size_t i = 0; i < g->features.count; i++) {
        const struct feature *f = &g->features.items[i];
        lits[i] = sat_value(g->k->sat, f->lit) ? f->lit : -f->lit;
        if (!is_about(g, f))
            lits[i] = SAT_TRUE;
    }
}

/* A comparison goes with the tags that it compares. */
static void add_compared(struct gaps *g, sat_lit *lits)
{
    for (size_t i = 0; i < g->features.count; i++) {
        const struct feature *f = &g->features.items[i];
        ref_list refs = {0};
        if (f->op < POL_OPERANDS || lits[i] == SAT_TRUE)
            continue;
        guard_refs(g, f->guard, &refs);
        for (size_t k = 0; k < g->features.count; k++)
            for (size_t r = 0; r < refs.count; r++)
                if (g->features.items[k].op == (uint32_t)refs.items[r].op &&
                    g->features.items[k].tag == refs.items[r].tag)
                    lits[k] = g->features.items[k].lit;
    }
}

static struct cube *find_cube(struct gaps *g, const char *text)
{
    uint32_t nrules;
    step_rules(g->k->step, g->c->decider, &nrules);
    struct cube new = {.text = text, .bare = nrules == 0};
    for (size_t i = 0; i < g->cubes.count; i++)
        if (strcmp(g->cubes.items[i].text, text) == 0 && g->cubes.items[i].bare == new.bare)
            return &g->cubes.items[i];
    new.in = ARENA_ARRAY(&g->c->work, bool, g->c->ir->nopclasses + (size_t)1);
    VEC_PUSH(&g->c->work, &g->cubes, new);
    return &g->cubes.items[g->cubes.count - 1];
}

static void keep_cube(struct gaps *g, const sat_lit *lits, sat_lit open)
{
    struct cube *cube = find_cube(g, cube_text(g, lits));
    sat_lit all = sat_all(g->k->sat, lits, g->features.count);
    for (uint32_t i = 0; i < g->k->n; i++)
        cube->in[g->k->opclasses[i]] = true;
    check_look(g->c, g->k, sat_and(g->k->sat, all, open), &cube->best);
}

/* The conditions of one class: each the literals of its features. */
typedef VEC_OF(sat_lit *) cube_list;

static void find_cubes(struct gaps *g, sat_lit open, cube_list *out)
{
    struct sat *sat = g->k->sat;
    size_t n = g->features.count;
    sat_lit left = open;
    for (;;) {
        enum sat_answer answer = sat_ask(sat, left);
        g->unknown = g->unknown || answer == SAT_UNKNOWN;
        if (answer != SAT_YES)
            return;
        if (g->cubes.count + out->count == MAX_CUBES || !g->work) {
            g->cut = true;
            return;
        }
        sat_lit *lits = ARENA_ARRAY(&g->c->work, sat_lit, n + 1);
        take_model(g, lits);
        generalise(g, -open, lits);
        add_compared(g, lits);
        left = sat_and(sat, left, -sat_all(sat, lits, n));
        VEC_PUSH(&g->c->work, out, lits);
    }
}

/* Leaves out conditions all of whose inputs others cover. */
static void drop_covered(struct gaps *g, cube_list *cubes)
{
    size_t n = g->features.count, left = cubes->count;
    sat_lit *need = ARENA_ARRAY(&g->c->work, sat_lit, cubes->count + 1);
    for (size_t i = 0; i < cubes->count; i++)
        need[i] = -sat_all(g->k->sat, cubes->items[i], n);
    for (size_t i = cubes->count; i-- > 0 && left > 1;) {
        sat_lit lit = need[i];
        need[i] = -lit;
        if (sat_solve(g->k->sat, need, cubes->count) == SAT_NO) {
            need[i] = SAT_TRUE;
            cubes->items[i] = NULL;
            left--;
        } else {
            need[i] = lit;
        }
    }
}

static void class_gaps(struct gaps *g)
{
    sat_lit open = step_uncovered(check_step(g->c, g->k), g->c->decider);
    cube_list cubes = {0};
    find_features(g);
    find_cubes(g, open, &cubes);
    if (!g->cut)
        drop_covered(g, &cubes);
    for (size_t i = 0; i < cubes.count; i++)
        if (cubes.items[i])
            keep_cube(g, cubes.items[i], open);
}

/* ---- Notes ----------------------------------------------------------------------------------- */

static void report_cube(struct gaps *g, const struct cube *cube)
{
    struct check *c = g->c;
    uint32_t *opclasses = ARENA_ARRAY(&c->work, uint32_t, c->ir->nopclasses + (size_t)1), n = 0;
    for (uint32_t i = 0; i < c->ir->nopclasses; i++)
        if (cube->in[i])
            opclasses[n++] = i;
    struct diag *d = diag_report(
        c->sink, DIAG_NOTE, DIAG_GAP, c->model->deciders[c->decider].loc.span,
        "no rule of `%s` %s %s%s%s", check_decider(c)->name, cube->bare ? "is about" : "covers",
        check_names(c, opclasses, n, 12), *cube->text ? " with " : "", cube->text);
    if (cube->best.found)
        check_show(c, d, &cube->best);
}

void check_gaps(struct check *c)
{
    struct gaps g = {.c = c};
    size_t limit = c->options->max_gaps ? c->options->max_gaps : CHECK_GAPS;
    struct lang_span span = c->model->deciders[c->decider].loc.span;
    if (check_decider(c)->is_global)
        return;
    g.work = MAX_WORK;
    g.seen = ARENA_ARRAY(&c->work, uint8_t, POL_OPERANDS * (size_t)c->ir->space->ntags + 1);
    g.seen_guard = ARENA_ARRAY(&c->work, uint8_t, c->ir->nguards + (size_t)1);
    for (uint32_t i = 0; i < c->nclasses && !g.cut; i++) {
        g.k = &c->classes[i];
        class_gaps(&g);
    }
    for (size_t i = 0; i < g.cubes.count && i < limit; i++)
        report_cube(&g, &g.cubes.items[i]);
    if (g.cut)
        diag_report(c->sink, DIAG_NOTE, DIAG_GAP, span,
                    "more conditions under which no rule of `%s` covers an input are not shown",
                    check_decider(c)->name);
    else if (g.cubes.count > limit)
        diag_report(c->sink, DIAG_NOTE, DIAG_GAP, span,
                    "%zu more conditions under which no rule of `%s` covers an input are not shown",
                    g.cubes.count - limit, check_decider(c)->name);
    if (g.unknown)
        diag_warning(c->sink, DIAG_UNDECIDED, span,
                     "whether `%s` leaves further inputs uncovered was not found out within the "
                     "limits of the analysis",
                     check_decider(c)->name);
}
