/* Two effects: what the rules want, and what the table does.
 *
 * Failures are compared pairwise in order, under the assumption that none before counts; results
 * under the assumption that nothing fails.  Assumptions are made only where they are needed: first
 * those about the same tag, then all. */
#include <inttypes.h>
#include <string.h>

#include "compiler/verify/internal.h"

/* --- a counterexample ---------------------------------------------------------------------------
 */

struct choice {
    uint32_t var, value;
};

struct example {
    struct compare *c;
    struct str_buf text;
    VEC_OF(struct choice) choices;
};

/* One input for which the boolean is true. */
static void find_input(struct example *x, uint32_t ref)
{
    const struct sym *s = x->c->sc->s;
    while (!sym_is_leaf(ref)) {
        const struct sym_node *n = &s->nodes[ref];
        uint32_t i = 0;
        while (i < n->n && sym_never(s->children[n->first + i]))
            i++;
        struct choice choice = {n->var, i < n->n ? i : 0};
        VEC_PUSH(x->c->sc->arena, &x->choices, choice);
        ref = s->children[n->first + choice.value];
    }
}

static uint32_t value_there(const struct example *x, uint32_t ref)
{
    const struct sym *s = x->c->sc->s;
    while (!sym_is_leaf(ref)) {
        const struct sym_node *n = &s->nodes[ref];
        uint32_t value = POL_NONE;
        for (size_t i = 0; i < x->choices.count; i++)
            if (x->choices.items[i].var == n->var)
                value = x->choices.items[i].value;
        for (uint32_t i = 0; value == POL_NONE && i < n->n; i++)
            if (s->children[n->first + i] != SYM_UNDEF)
                value = i;
        ref = s->children[n->first + (value == POL_NONE ? 0 : value)];
    }
    return ref;
}

static void print_atom(struct example *x, const struct sym_term *t, bool value)
{
    const char *kind = t->kind == SYM_LT        ? "less"
                       : t->kind == SYM_SPENT   ? "used up"
                       : t->kind == SYM_RELATED ? "related"
                                                : "equal";
    str_printf(&x->text, "arguments %s%s", value ? "" : "not ", kind);
}

static void print_choice(struct example *x, const struct choice *choice)
{
    struct vf *v = x->c->sc->v;
    str_add(&x->text, x->text.len ? ", " : "");
    if (choice->var & SYM_ATOM) {
        print_atom(x, &x->c->sc->s->terms[choice->var & ~SYM_ATOM], choice->value != 0);
        return;
    }
    uint32_t slot = choice->var / 256, bit = choice->var / 8 % 32;
    const struct pol_prt_slot *d = &v->t->slots[slot];
    str_printf(&x->text, "%s%s ", vf_operand_name(choice->var % 8),
               d->kind == POL_SLOT_FIELD ? "" : " (argument)");
    if (vf_dense(v, d->index))
        vf_print_shape(v, &x->text, d->index, choice->value);
    else
        str_printf(&x->text, "%s %s", choice->value ? "with" : "without",
                   v->ir->space->tags[v->fields[d->index].tags[bit]].name);
}

static void print_term(struct example *x, uint32_t leaf)
{
    int64_t value;
    const struct sym *s = x->c->sc->s;
    if (leaf == SYM_UNDEF)
        str_add(&x->text, "anything");
    else if (sym_is_const(s, leaf, &value))
        str_printf(&x->text, "%" PRId64, value);
    else if (s->terms[leaf & ~SYM_LEAF].kind == SYM_LANE)
        str_printf(&x->text, "slot %" PRIu32 " of %s", s->terms[leaf & ~SYM_LEAF].b,
                   vf_operand_name(s->terms[leaf & ~SYM_LEAF].a));
    else
        str_printf(&x->text, "%s value",
                   s->terms[leaf & ~SYM_LEAF].kind == SYM_FRESH ? "a fresh" : "a computed");
}

static void print_value(struct example *x, const struct vf_value *value, uint32_t slot)
{
    struct vf *v = x->c->sc->v;
    const struct pol_prt_slot *d = &v->t->slots[slot];
    int64_t code;
    bool field = d->kind == POL_SLOT_FIELD || d->kind == POL_SLOT_NESTED_FIELD;
    if (value->wide) {
        uint32_t bits = 0;
        for (uint32_t b = 0; b < 32; b++)
            bits |= (uint32_t)(value_there(x, value->bit[b]) == SYM_TRUE) << b;
        str_printf(&x->text, "bits %08" PRIx32, bits);
        return;
    }
    uint32_t leaf = value_there(x, value->x);
    if (field && vf_dense(v, d->index) && sym_is_const(x->c->sc->s, leaf, &code) && code >= 0)
        vf_print_shape(v, &x->text, d->index, (uint32_t)code);
    else
        print_term(x, leaf);
}

static bool complain(struct compare *c, uint32_t bad, uint32_t slot, const struct vf_value *want,
                     const struct vf_value *have, const char *what)
{
    struct example x = {.c = c};
    struct str_buf inputs;
    if (c->sc->s->over)
        return vf_fail(c->sc->v, "%s: too large to prove", c->where);
    str_init(&x.text);
    str_init(&inputs);
    find_input(&x, bad);
    for (size_t i = 0; i < x.choices.count; i++)
        print_choice(&x, &x.choices.items[i]);
    str_add(&inputs, x.text.len ? str_text(&x.text) : "any");
    str_clear(&x.text);
    if (want) {
        str_add(&x.text, ": the rule wants ");
        print_value(&x, want, slot);
    }
    if (have) {
        str_add(&x.text, ", the table has ");
        print_value(&x, have, slot);
    }
    vf_fail(c->sc->v, "%s, inputs: %s: %s%s", c->where, str_text(&inputs), what, str_text(&x.text));
    str_free(&x.text);
    str_free(&inputs);
    return false;
}

/* --- assumptions --------------------------------------------------------------------------------
 */

/* Inputs on which none of the first n wanted failures (about `tag`, or all) happens. */
static uint32_t none_fails(struct compare *c, size_t n, uint32_t tag, bool all)
{
    struct sym *s = c->sc->s;
    uint32_t assume = SYM_TRUE;
    for (size_t i = 0; i < n; i++) {
        const struct failure *f = &c->want->failures.items[i];
        if (all || f->tag == tag)
            assume = sym_and(s, assume, sym_not(s, f->cond));
    }
    return assume;
}

/* Does `bad` happen only where it does not matter?  If not, leaves in *bad where it matters. */
static bool harmless(struct compare *c, size_t n, uint32_t tag, uint32_t *bad)
{
    struct sym *s = c->sc->s;
    if (sym_never(*bad))
        return !s->over;
    *bad = sym_and(s, *bad, sym_not(s, c->excused));
    if (!sym_never(*bad))
        *bad = sym_and(s, *bad, none_fails(c, n, tag, false));
    if (!sym_never(*bad))
        *bad = sym_and(s, *bad, none_fails(c, n, tag, true));
    return sym_never(*bad) && !s->over;
}

/* --- failures -----------------------------------------------------------------------------------
 */

/* Joins neighbours of one cause and tag. */
static size_t join(struct sym *s, struct failure *f, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept && f[kept - 1].cause == f[i].cause && f[kept - 1].tag == f[i].tag)
            f[kept - 1].cond = sym_or(s, f[kept - 1].cond, f[i].cond);
        else
            f[kept++] = f[i];
    }
    return kept;
}

static const char *failure_text(struct compare *c, const struct failure *f)
{
    static const char *const causes[] = {[POL_CAUSE_INVALID] = "invalid code",
                                         [POL_CAUSE_CONFLICT] = "conflicting arguments",
                                         [POL_CAUSE_RANGE] = "value out of range",
                                         [POL_CAUSE_EXHAUSTED] = "fresh values exhausted",
                                         [POL_CAUSE_NESTED] = "nested TagSet"};
    const char *cause = f->cause <= POL_CAUSE_NESTED ? causes[f->cause] : NULL;
    return arena_printf(c->sc->arena, "%s%s%s", cause ? cause : "failure",
                        f->tag == POL_NO_TAG ? "" : " of ",
                        f->tag == POL_NO_TAG ? "" : c->sc->v->ir->space->tags[f->tag].name);
}

static bool same_failures(struct compare *c)
{
    struct sym *s = c->sc->s;
    const struct failure *want = c->want->failures.items, *have = c->have->failures.items;
    size_t nwant = c->want->failures.count, nhave = c->have->failures.count, i = 0, k = 0;
    while (i < nwant || k < nhave) {
        bool pair =
            i < nwant && k < nhave && want[i].cause == have[k].cause && want[i].tag == have[k].tag;
        uint32_t bad;
        if (pair) {
            bad = sym_ite(s, want[i].cond, sym_not(s, have[k].cond), have[k].cond);
            if (harmless(c, i, want[i].tag, &bad)) {
                i++, k++;
                continue;
            }
            return complain(c, bad, 0, NULL, NULL,
                            arena_printf(c->sc->arena, "rule and table disagree on the failure %s",
                                         failure_text(c, &want[i])));
        }
        /* One side has a failure that the other lacks: it must never count. */
        if (k < nhave) {
            bad = have[k].cond;
            if (harmless(c, i, have[k].tag, &bad)) {
                k++;
                continue;
            }
        }
        if (i < nwant) {
            uint32_t lost = want[i].cond;
            if (harmless(c, i, want[i].tag, &lost)) {
                i++;
                continue;
            }
            return complain(c, lost, 0, NULL, NULL,
                            arena_printf(c->sc->arena, "the table lacks the failure %s",
                                         failure_text(c, &want[i])));
        }
        return complain(
            c, bad, 0, NULL, NULL,
            arena_printf(c->sc->arena, "the table has the failure %s", failure_text(c, &have[k])));
    }
    return true;
}

/* Stores of invalid codes fail closed; they must not happen. */
static bool no_invalid_stores(struct compare *c)
{
    for (size_t i = 0; i < c->have->stores.count; i++) {
        const struct failure *f = &c->have->stores.items[i];
        uint32_t bad = sym_uncut(c->sc->s, f->cond);
        if (!harmless(c, c->want->failures.count, POL_NO_TAG, &bad))
            return complain(
                c, bad, f->tag, NULL, NULL,
                arena_printf(c->sc->arena, "%s: the set has no code", vf_result_name(f->cause)));
    }
    return true;
}

/* --- places ------------------------------------------------------------------------------------
 */

struct kind_context {
    const struct vf *v;
    const struct enc_field *e;
    uint32_t kind;
};

static int64_t lacks_kind(void *context, int64_t shape, int64_t unused)
{
    const struct kind_context *c = context;
    (void)unused;
    if (c->kind == POL_KIND_NESTED && shape == 0)
        return 0; /* the tag with the argument is absent */
    if (shape <= 0 || shape >= c->e->f->ncodes)
        return 1;
    uint32_t kinds =
        c->v->t->shapes[c->e->f->first_shape + (size_t)shape * (c->e->words + 1) + c->e->words];
    return !(kinds & c->kind);
}

/* Where the slot's set cannot be there.  An opaque word of a TagSet argument came from one. */
static uint32_t misplaced(struct compare *c, uint32_t slot, const struct vf_value *value,
                          uint32_t kind)
{
    struct vf *v = c->sc->v;
    const struct pol_prt_slot *d = &v->t->slots[slot];
    if ((d->kind != POL_SLOT_FIELD && d->kind != POL_SLOT_NESTED_FIELD) || !vf_dense(v, d->index))
        return SYM_FALSE;
    struct kind_context context = {v, &v->fields[d->index],
                                   d->kind == POL_SLOT_FIELD ? kind : POL_KIND_NESTED};
    struct sym_fn fn = {lacks_kind, &context, false};
    uint32_t bad = value->wide ? SYM_TRUE : sym_apply1(c->sc->s, &fn, value->x);
    return fn.bad && d->kind == POL_SLOT_FIELD ? SYM_TRUE : bad;
}

/* Sets in TagSet arguments have codes that may stand there. */
static bool regions_fit(struct compare *c)
{
    for (size_t i = 0; i < c->want->regions.count; i++) {
        const struct failure *f = &c->want->regions.items[i];
        struct vf_value value = vf_value_of(f->cond);
        uint32_t bad = misplaced(c, f->tag, &value, POL_KIND_NESTED);
        if (!harmless(c, c->want->failures.count, POL_NO_TAG, &bad))
            return complain(c, bad, f->tag, &value, NULL,
                            "a set in a TagSet argument has no code there");
    }
    return true;
}

/* --- results ------------------------------------------------------------------------------------
 */

/* The tag that a slot's failures are about. */
static uint32_t tag_of_slot(const struct vf *v, uint32_t slot)
{
    const struct pol_prt_slot *d = &v->t->slots[slot];
    if (d->kind == POL_SLOT_LANE)
        return v->tag_of_arg[d->index];
    return d->kind == POL_SLOT_FIELD ? POL_NO_TAG : v->tag_of_arg[d->set_arg];
}

static const char *slot_text(struct compare *c, uint32_t result, uint32_t slot)
{
    const struct vf *v = c->sc->v;
    uint32_t tag = tag_of_slot(v, slot);
    const char *name = tag == POL_NO_TAG ? "" : v->ir->space->tags[tag].name;
    if (v->t->slots[slot].kind == POL_SLOT_LANE)
        name = vf_lane_tags(v, c->sc->arena, slot);
    return arena_printf(c->sc->arena, "%s, %s%s", vf_result_name(result),
                        tag == POL_NO_TAG ? "tags" : "argument of ", name);
}

/* A shape without the tags that are told apart; 0 for what is no code. */
struct rest_context {
    struct vf *v;
    struct enc_field *e;
    const struct vf_value *want;
    struct arena *arena;
};

static int64_t rest_of_shape(void *context, int64_t shape, int64_t unused)
{
    struct rest_context *c = context;
    (void)unused;
    if (shape <= 0 || shape >= c->e->nshapes)
        return 0;
    uint32_t *bits = ARENA_ARRAY(c->arena, uint32_t, c->e->words);
    memcpy(bits, vf_shape_bits(c->e, (uint32_t)shape), c->e->words * sizeof *bits);
    for (uint32_t i = 0; i < c->want->napart; i++) {
        uint32_t bit = c->v->bit_of[c->want->apart[i].tag];
        bits[bit / 32] &= ~((uint32_t)1 << bit % 32);
    }
    return vf_shape(c->v, c->e, bits);
}

/* Tag by tag: those apart, and the rest at once. */
static bool same_shape(struct compare *c, uint32_t result, uint32_t slot,
                       const struct vf_value *want, const struct vf_value *have)
{
    struct scene *sc = c->sc;
    struct sym *s = sc->s;
    struct enc_field *e = &sc->v->fields[sc->v->t->slots[slot].index];
    struct rest_context context = {sc->v, e, want, sc->arena};
    struct sym_fn fn = {rest_of_shape, &context, false};
    size_t all = c->want->failures.count;
    uint32_t tag = tag_of_slot(sc->v, slot);
    struct vf_value rest = vf_value_of(sym_apply1(s, &fn, have->x));
    uint32_t wanted = sym_apply1(s, &fn, want->x);
    uint32_t bad = sym_uncut(s, sym_not(s, sym_binary(s, SYM_EQ, wanted, rest.x)));
    if (fn.bad)
        return complain(c, SYM_TRUE, slot, want, have, slot_text(c, result, slot));
    if (!harmless(c, all, tag, &bad))
        return complain(c, bad, slot, want, have, slot_text(c, result, slot));
    for (uint32_t i = 0; i < want->napart; i++) {
        uint32_t there = sym_uncut(s, vf_value_has(sc, have, want->apart[i].tag));
        bad = sym_ite(s, there, sym_not(s, want->apart[i].has), want->apart[i].has);
        if (!harmless(c, all, want->apart[i].tag, &bad))
            return complain(c, bad, slot, NULL, NULL,
                            arena_printf(sc->arena, "%s: %s is there or not against the rule",
                                         slot_text(c, result, slot),
                                         sc->v->ir->space->tags[want->apart[i].tag].name));
    }
    return true;
}

static bool same_value(struct compare *c, uint32_t result, uint32_t slot,
                       const struct vf_value *want, const struct vf_value *have)
{
    struct sym *s = c->sc->s;
    struct vf_value plain = *have;
    if (!plain.wide)
        plain.x = sym_uncut(s, plain.x);
    uint32_t bad = sym_not(s, vf_value_equal(c->sc, want, &plain));
    return harmless(c, c->want->failures.count, tag_of_slot(c->sc->v, slot), &bad) ||
           complain(c, bad, slot, want, &plain, slot_text(c, result, slot));
}

static bool same_slot(struct compare *c, uint32_t result, uint32_t slot)
{
    struct vf *v = c->sc->v;
    size_t at = (size_t)result * v->t->n_slots + slot;
    const struct vf_value *want = c->want->out[at], *have = c->have->out[at];
    const struct pol_prt_slot *d = &v->t->slots[slot];
    if (!have)
        return complain(c, SYM_TRUE, slot, want, NULL,
                        arena_printf(c->sc->arena, "%s: not written", slot_text(c, result, slot)));
    bool field = d->kind == POL_SLOT_FIELD || d->kind == POL_SLOT_NESTED_FIELD;
    if (want->napart && (!field || !vf_dense(v, d->index) || have->wide))
        return complain(c, SYM_TRUE, slot, want, have, slot_text(c, result, slot));
    if (want->napart ? !same_shape(c, result, slot, want, have)
                     : !same_value(c, result, slot, want, have))
        return false;
    uint32_t bad = misplaced(c, slot, have, c->dest[result]);
    if (!sym_never(bad))
        bad = sym_uncut(c->sc->s, bad);
    return harmless(c, c->want->failures.count, tag_of_slot(v, slot), &bad) ||
           complain(c, bad, slot, NULL, have,
                    arena_printf(c->sc->arena, "%s: the set has no code there",
                                 slot_text(c, result, slot)));
}

/* Marks the codes that the value can be. */
static void mark_codes(const struct sym *s, uint32_t ref, uint32_t ncodes, uint64_t *codes,
                       uint8_t *seen)
{
    int64_t code;
    if (sym_is_const(s, ref, &code) && code > 0 && code < ncodes)
        vf_put(codes, (uint32_t)code);
    if (sym_is_leaf(ref) || seen[ref])
        return;
    seen[ref] = 1;
    for (uint32_t i = 0; i < s->nodes[ref].n; i++)
        mark_codes(s, s->children[s->nodes[ref].first + i], ncodes, codes, seen);
}

static void note_codes(struct compare *c, uint32_t result, uint32_t slot)
{
    struct vf *v = c->sc->v;
    const struct pol_prt_slot *d = &v->t->slots[slot];
    if (d->kind != POL_SLOT_FIELD || !vf_dense(v, d->index) || !c->yields[result])
        return;
    const struct vf_value *have = c->have->out[(size_t)result * v->t->n_slots + slot];
    uint32_t value = have->x;
    uint8_t *seen = ARENA_ARRAY(c->sc->arena, uint8_t, c->sc->s->nnodes + 1);
    mark_codes(c->sc->s, value, v->t->fields[d->index].ncodes, c->yields[result][d->index], seen);
}

static bool untouched(struct compare *c, uint32_t result, uint32_t first, uint32_t end)
{
    const struct vf *v = c->sc->v;
    for (uint32_t s = first; s < end; s++)
        if (c->have->out[(size_t)result * v->t->n_slots + s])
            return complain(c, SYM_TRUE, s, NULL, NULL,
                            arena_printf(c->sc->arena, "%s: the table writes what it must not",
                                         slot_text(c, result, s)));
    return true;
}

static bool same_result(struct compare *c, uint32_t result)
{
    uint32_t nslots = c->sc->v->t->n_slots;
    if (!c->dest[result])
        return true; /* no such result: writes go nowhere */
    if (!(c->given >> result & 1u))
        return untouched(c, result, 0, nslots);
    if (!untouched(c, result, 0, c->first_slot) || !untouched(c, result, c->end_slot, nslots))
        return false;
    for (uint32_t s = c->first_slot; s < c->end_slot; s++) {
        if (!same_slot(c, result, s))
            return false;
        note_codes(c, result, s);
    }
    return true;
}

/* Inputs on which the table fails closed. */
static void excuse_invalid(struct compare *c)
{
    struct sym *s = c->sc->s;
    for (size_t i = 0; i < c->have->stores.count; i++)
        c->excused = sym_or(s, c->excused, sym_uncut(s, c->have->stores.items[i].cond));
}

bool vf_compare(struct compare *c)
{
    struct sym *s = c->sc->s;
    struct effect want = *c->want, have = *c->have;
    if (want.odd || have.odd)
        return vf_fail(c->sc->v, "%s: %s", c->where, want.odd ? want.odd : have.odd);
    want.failures.count = join(s, want.failures.items, want.failures.count);
    have.failures.count = join(s, have.failures.items, have.failures.count);
    c->want = &want;
    c->have = &have;
    c->excused = SYM_FALSE;
    if (c->lenient)
        excuse_invalid(c);
    bool ok = same_failures(c) && no_invalid_stores(c) && regions_fit(c);
    for (uint32_t r = 0; ok && r < POL_RESULTS; r++)
        ok = same_result(c, r);
    for (uint32_t i = 0; ok && i < c->sc->v->t->n_counters; i++)
        if (want.used[i] != have.used[i])
            ok = vf_fail(c->sc->v, "%s: takes %" PRIu32 " fresh values of %s instead of %" PRIu32,
                         c->where, have.used[i], c->sc->v->ir->counters[i].name, want.used[i]);
    if (s->over)
        return vf_fail(c->sc->v, "%s: too large to prove", c->where);
    return ok;
}
