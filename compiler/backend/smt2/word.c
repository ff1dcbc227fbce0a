/* Tag words: fields, lanes, and the sets that they stand for.  Read from the bytes alone. */
#include "compiler/backend/smt2/emit.h"

#include <string.h>

/* ---- Fields -------------------------------------------------------------------------------- */

static const uint32_t *shape_at(const struct smt2 *s, const struct pol_prt_field *f, uint32_t code)
{
    return s->t->shapes + f->first_shape + (size_t)code * (f->shape_words + 1);
}

/* tag/T: whether a field's slot has the tag.  Code 0 has none. */
static void tag_function(const struct smt2 *s, uint32_t tag)
{
    const struct pol_prt_field *f = &s->t->fields[s->field_of[tag]];
    uint32_t bit = s->bit_of[tag];
    if (f->kind == POL_FIELD_BITS) {
        smt2_put(s, "(define-fun tag/%s ((w %s)) Bool (= ((_ extract %u %u) w) #b1))\n",
                 s->tags[tag], SMT2_SLOT, bit, bit);
        return;
    }
    uint32_t *has = ARENA_ARRAY(s->arena, uint32_t, (size_t)f->ncodes + 1);
    for (uint32_t code = 1; code < f->ncodes; code++)
        has[code] = shape_at(s, f, code)[bit / 32] >> (bit % 32) & 1u;
    has[0] = 0;
    smt2_function(s, smt2_text(s, "tag/%s", s->tags[tag]), true, has, f->ncodes);
}

/* kinds/F: where the code can stand; field/F: whether it is valid. */
static void field_functions(const struct smt2 *s, uint32_t field)
{
    const struct pol_prt_field *f = &s->t->fields[field];
    smt2_put(s, "(define-fun field/%u ((w %s)) Bool ", field, SMT2_SLOT);
    if (f->kind == POL_FIELD_BITS) {
        uint32_t tags = f->ntags < 32 ? ((uint32_t)1 << f->ntags) - 1 : UINT32_MAX;
        smt2_put(s, "(= (bvand w %s) %s))\n", smt2_slot(s, ~tags), smt2_slot(s, POL_VALID_BIT));
        return;
    }
    smt2_put(s, "(and (not (= w #x00000000)) (bvult w %s)))\n", smt2_slot(s, f->ncodes));
    uint32_t *kinds = ARENA_ARRAY(s->arena, uint32_t, (size_t)f->ncodes + 1);
    for (uint32_t code = 1; code < f->ncodes; code++)
        kinds[code] = shape_at(s, f, code)[f->shape_words];
    smt2_function(s, smt2_text(s, "kinds/%u", field), false, kinds, f->ncodes);
}

/* ---- Lanes --------------------------------------------------------------------------------- */

bool smt2_is_flat(const struct smt2 *s, uint32_t arg)
{
    return !s->t->args[arg].is_set && !s->ir->space->tags[s->tag_of[arg]].has_set_arg;
}

/* Where TagSet argument `region` has argument `arg`: in a slot of its own, or in that of an
 * argument that shares a lane with it outside. */
static uint32_t nested_lane(const struct smt2 *s, uint32_t region, uint32_t arg)
{
    const struct pol_table *t = s->t;
    uint32_t shared = POL_NONE, end = t->args[region].slot + t->args[region].nslots;
    for (uint32_t slot = t->args[region].slot; slot < end; slot++) {
        const struct pol_prt_slot *d = &t->slots[slot];
        if (d->kind != POL_SLOT_NESTED_LANE)
            continue;
        if (d->index == arg)
            return slot;
        if (t->args[d->index].slot == t->args[arg].slot)
            shared = slot;
    }
    return shared;
}

/* Where it has the field of a tag. */
static uint32_t nested_field(const struct smt2 *s, uint32_t region, uint32_t tag)
{
    const struct pol_table *t = s->t;
    uint32_t end = t->args[region].slot + t->args[region].nslots;
    for (uint32_t slot = t->args[region].slot; slot < end; slot++)
        if (t->slots[slot].kind == POL_SLOT_NESTED_FIELD &&
            t->slots[slot].index == s->field_of[tag])
            return slot;
    return POL_NONE;
}

/* ---- Words that stand for sets ------------------------------------------------------------- */

static smt2_term has_tag(const struct smt2 *s, uint32_t tag, const char *word, uint32_t slot)
{
    return smt2_text(s, "(tag/%s %sw%u)", s->tags[tag], word, slot);
}

/* Whether a tag is there, inside the TagSet argument `region`, or in the word itself. */
static smt2_term there(const struct smt2 *s, uint32_t region, uint32_t tag, const char *word)
{
    if (region == POL_NONE)
        return has_tag(s, tag, word, s->t->fields[s->field_of[tag]].slot);
    uint32_t slot = nested_field(s, region, tag);
    if (slot == POL_NONE)
        return "false";
    return smt2_and(s, there(s, POL_NONE, s->tag_of[region], word), has_tag(s, tag, word, slot));
}

/* In range where the tag of one of its arguments is there, else 0. */
static smt2_term lane_ok(const struct smt2 *s, const char *word, uint32_t slot)
{
    const struct pol_table *t = s->t;
    uint32_t region = t->slots[slot].kind == POL_SLOT_LANE ? POL_NONE : t->slots[slot].set_arg;
    smt2_term ok = smt2_text(s, "(= %sw%u #x00000000)", word, slot);
    for (uint32_t a = t->n_args; a-- > 0;) {
        bool in = region == POL_NONE ? !t->args[a].is_set && t->args[a].slot == slot
                                     : smt2_is_flat(s, a) && nested_lane(s, region, a) == slot;
        if (in)
            ok = smt2_ite(
                s, there(s, region, s->tag_of[a], word),
                smt2_text(s, "(bvule %sw%u %s)", word, slot, smt2_slot(s, t->args[a].max)), ok);
    }
    return ok;
}

/* 0 where there is no TagSet argument; tags with such arguments are never inside. */
static smt2_term nested_field_ok(const struct smt2 *s, const char *word, uint32_t slot)
{
    const struct pol_prt_slot *d = &s->t->slots[slot];
    const struct pol_prt_field *f = &s->t->fields[d->index];
    smt2_term ok = smt2_text(s, "(field/%u %sw%u)", d->index, word, slot);
    if (f->kind == POL_FIELD_DENSE)
        ok = smt2_and(
            s, ok,
            smt2_text(s, "(= ((_ extract 7 7) (kinds/%u %sw%u)) #b1)", d->index, word, slot));
    for (uint32_t i = 0; i < f->ntags; i++) {
        uint32_t tag = s->t->field_tags[f->first_tag + i];
        if (s->ir->space->tags[tag].has_set_arg)
            ok = smt2_and(s, ok, smt2_not(s, has_tag(s, tag, word, slot)));
    }
    return smt2_ite(s, there(s, POL_NONE, s->tag_of[d->set_arg], word), ok,
                    smt2_text(s, "(= %sw%u #x00000000)", word, slot));
}

static smt2_term slot_ok(const struct smt2 *s, const char *word, uint32_t slot)
{
    switch (s->t->slots[slot].kind) {
    case POL_SLOT_FIELD:
        return smt2_text(s, "(field/%u %sw%u)", s->t->slots[slot].index, word, slot);
    case POL_SLOT_NESTED_FIELD:
        return nested_field_ok(s, word, slot);
    default:
        return lane_ok(s, word, slot);
    }
}

/* NAME/set/D: whether the slots of a domain stand for some set.  These are terms over the word's
 * own slots, not functions: solvers are slow to expand functions that call functions. */
static const char *define_set(const struct smt2 *s, const char *name, uint32_t domain)
{
    const struct pol_prt_domain *d = &s->t->domains[domain];
    const char *word = smt2_text(s, "%s/", name), *set = smt2_text(s, "%s/set/%u", name, domain);
    struct smt2_all all = {0};
    if (!smt2_once(s, set))
        return set;
    for (uint32_t slot = d->first_slot; slot < d->first_slot + d->nslots; slot++)
        smt2_all_add(s, &all, slot_ok(s, word, slot));
    smt2_put(s, "(define-fun %s () Bool %s)\n", set, smt2_all_term(s, &all));
    return set;
}

/* NAME/kinds/D: where all of the domain's codes can stand.  NULL: everywhere. */
static const char *define_kinds(const struct smt2 *s, const char *name, uint32_t domain)
{
    const struct pol_prt_domain *d = &s->t->domains[domain];
    const char *kinds = smt2_text(s, "%s/kinds/%u", name, domain);
    smt2_term all = NULL;
    for (uint32_t f = d->first_field; f < d->first_field + d->nfields; f++) {
        if (s->t->fields[f].kind != POL_FIELD_DENSE)
            continue;
        smt2_term own = smt2_text(s, "(kinds/%u %s/w%u)", f, name, s->t->fields[f].slot);
        all = all ? smt2_text(s, "(bvand %s %s)", all, own) : own;
    }
    if (all && smt2_once(s, kinds))
        smt2_put(s, "(define-fun %s () %s %s)\n", kinds, SMT2_SLOT, all);
    return all ? kinds : NULL;
}

smt2_term smt2_word_ok(const struct smt2 *s, const char *name, uint32_t domain, smt2_term kind)
{
    const char *set = define_set(s, name, domain);
    const char *kinds = kind ? define_kinds(s, name, domain) : NULL;
    if (!kinds)
        return set;
    return smt2_text(s, "(and %s (distinct (bvand %s %s) #x00000000))", set, kinds, kind);
}

void smt2_word_functions(const struct smt2 *s)
{
    smt2_put(s,
             "\n; ---- Tag words: which tags a slot has, and which words stand for sets ----\n\n");
    for (uint32_t f = 0; f < s->t->n_fields; f++)
        field_functions(s, f);
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++)
        tag_function(s, tag);
}

void smt2_declare_word(const struct smt2 *s, const char *name, uint32_t first, uint32_t end)
{
    for (uint32_t slot = first; slot < end; slot++)
        if (smt2_once(s, smt2_text(s, "%s/w%u", name, slot)))
            smt2_put(s, "(declare-const %s/w%u %s)\n", name, slot, SMT2_SLOT);
}

/* ---- Sets ---------------------------------------------------------------------------------- */

struct smt2_set *smt2_empty_set(const struct smt2 *s)
{
    struct smt2_set *set = ARENA_NEW(s->arena, struct smt2_set);
    set->has = ARENA_ARRAY(s->arena, smt2_term, (size_t)s->t->n_tags + 1);
    set->args = ARENA_ARRAY(s->arena, struct smt2_arg, (size_t)s->t->n_args + 1);
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++)
        set->has[tag] = "false";
    for (uint32_t a = 0; a < s->t->n_args; a++)
        set->args[a] = (struct smt2_arg){"#x0000000000000000", NULL};
    return set;
}

static smt2_term define_once(const struct smt2 *s, const char *name, const char *sort,
                             smt2_term term)
{
    if (smt2_is(term, "false"))
        return term;
    if (smt2_once(s, name))
        smt2_put(s, "(define-fun %s () %s %s)\n", name, sort, term);
    return name;
}

/* A slot as a number. */
static smt2_term lane_number(const struct smt2 *s, const char *name, const char *word,
                             uint32_t slot)
{
    if (slot == POL_NONE)
        return "#x0000000000000000";
    return define_once(s, name, SMT2_NUMBER,
                       smt2_text(s, "(concat #x00000000 %s/w%u)", word, slot));
}

/* What TagSet argument `region` of a word holds. */
static struct smt2_set *nested_set(const struct smt2 *s, const char *name, uint32_t region)
{
    const struct pol_table *t = s->t;
    struct smt2_set *set = smt2_empty_set(s);
    const char *prefix =
        smt2_text(s, "%s/%s/%u", name, s->tags[s->tag_of[region]], s->arg_of[region]);
    const char *word = smt2_text(s, "%s/", name);
    for (uint32_t tag = 0; tag < t->n_tags; tag++)
        if (!s->ir->space->tags[tag].has_set_arg)
            set->has[tag] = define_once(s, smt2_text(s, "%s/%s", prefix, s->tags[tag]), SMT2_BOOL,
                                        there(s, region, tag, word));
    for (uint32_t a = 0; a < t->n_args; a++)
        if (smt2_is_flat(s, a) && !smt2_is(set->has[s->tag_of[a]], "false"))
            set->args[a].number = lane_number(
                s, smt2_text(s, "%s/%s/%u", prefix, s->tags[s->tag_of[a]], s->arg_of[a]), name,
                nested_lane(s, region, a));
    return set;
}

struct smt2_set *smt2_word_set(const struct smt2 *s, const char *name, uint32_t lo, uint32_t hi)
{
    const struct pol_table *t = s->t;
    struct smt2_set *set = smt2_empty_set(s);
    const char *word = smt2_text(s, "%s/", name);
    for (uint32_t tag = 0; tag < t->n_tags; tag++)
        if (t->tags[tag].domain >= lo && t->tags[tag].domain < hi)
            set->has[tag] = define_once(s, smt2_text(s, "%s/%s", name, s->tags[tag]), SMT2_BOOL,
                                        there(s, POL_NONE, tag, word));
    for (uint32_t a = 0; a < t->n_args; a++) {
        uint32_t tag = s->tag_of[a], domain = t->tags[tag].domain;
        if (domain < lo || domain >= hi)
            continue;
        if (t->args[a].is_set)
            set->args[a].set = nested_set(s, name, a);
        else
            set->args[a].number =
                lane_number(s, smt2_text(s, "%s/%s/%u", name, s->tags[tag], s->arg_of[a]), name,
                            t->args[a].slot);
    }
    return set;
}

smt2_term smt2_same_flat(const struct smt2 *s, const struct smt2_set *a, const struct smt2_set *b)
{
    struct smt2_all all = {0};
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++) {
        smt2_all_add(s, &all, smt2_same(s, a->has[tag], b->has[tag]));
        for (uint32_t k = 0; k < s->t->tags[tag].nargs; k++) {
            uint32_t arg = s->t->tags[tag].first_arg + k;
            if (smt2_is_flat(s, arg))
                smt2_all_add(s, &all,
                             smt2_implies(s, a->has[tag],
                                          smt2_same(s, a->args[arg].number, b->args[arg].number)));
        }
    }
    return smt2_all_term(s, &all);
}

/* The arguments of a tag of which both sets have it. */
static smt2_term same_args(const struct smt2 *s, uint32_t tag, const struct smt2_set *a,
                           const struct smt2_set *b)
{
    struct smt2_all all = {0};
    for (uint32_t k = 0; k < s->t->tags[tag].nargs; k++) {
        uint32_t arg = s->t->tags[tag].first_arg + k;
        if (s->t->args[arg].is_set)
            smt2_all_add(s, &all,
                         a->args[arg].set && b->args[arg].set
                             ? smt2_same_flat(s, a->args[arg].set, b->args[arg].set)
                             : "true");
        else
            smt2_all_add(s, &all, smt2_same(s, a->args[arg].number, b->args[arg].number));
    }
    return smt2_all_term(s, &all);
}

smt2_term smt2_word_is(const struct smt2 *s, const char *name, uint32_t lo, uint32_t hi,
                       const struct smt2_set *set)
{
    struct smt2_set *have = smt2_word_set(s, name, lo, hi);
    struct smt2_all all = {0};
    for (uint32_t tag = 0; tag < s->t->n_tags; tag++) {
        if (s->t->tags[tag].domain < lo || s->t->tags[tag].domain >= hi)
            continue;
        smt2_all_add(s, &all, smt2_same(s, have->has[tag], set->has[tag]));
        if (!smt2_is(set->has[tag], "false"))
            smt2_all_add(s, &all, smt2_implies(s, set->has[tag], same_args(s, tag, have, set)));
    }
    return smt2_all_term(s, &all);
}

/* ---- Sets without a code ------------------------------------------------------------------- */

struct trie {
    const struct smt2 *s;
    const struct pol_prt_field *f;
    const struct smt2_set *set;
};

/* Whether the set's tags from `bit` on are those of one of the codes. */
static smt2_term coded(const struct trie *t, uint32_t bit, const uint32_t *codes, uint32_t ncodes)
{
    const struct smt2 *s = t->s;
    if (ncodes == 0 || bit == t->f->ntags)
        return smt2_bool(ncodes > 0);
    uint32_t *with = ARENA_ARRAY(s->arena, uint32_t, ncodes), nwith = 0;
    uint32_t *without = ARENA_ARRAY(s->arena, uint32_t, ncodes), nwithout = 0;
    for (uint32_t i = 0; i < ncodes; i++)
        if (shape_at(s, t->f, codes[i])[bit / 32] >> (bit % 32) & 1u)
            with[nwith++] = codes[i];
        else
            without[nwithout++] = codes[i];
    smt2_term has = t->set->has[s->t->field_tags[t->f->first_tag + bit]];
    return smt2_ite(s, has, coded(t, bit + 1, with, nwith), coded(t, bit + 1, without, nwithout));
}

smt2_term smt2_uncoded(const struct smt2 *s, uint32_t domain, const struct smt2_set *set)
{
    const struct pol_prt_domain *d = &s->t->domains[domain];
    smt2_term all = "true";
    for (uint32_t f = d->first_field; f < d->first_field + d->nfields; f++) {
        struct trie trie = {s, &s->t->fields[f], set};
        if (trie.f->kind == POL_FIELD_BITS)
            continue;
        uint32_t *codes = ARENA_ARRAY(s->arena, uint32_t, (size_t)trie.f->ncodes + 1), n = 0;
        for (uint32_t code = 1; code < trie.f->ncodes; code++)
            codes[n++] = code;
        all = smt2_and(s, all, coded(&trie, 0, codes, n));
    }
    return smt2_not(s, all);
}
