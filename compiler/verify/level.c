/* What the levels of a program look at, and when a rule's conditions are settled by them. */
#include <string.h>

#include "compiler/verify/decide.h"

static bool wrong_level(struct walk *w, uint32_t k, const char *why)
{
    return vf_fail(w->v, "%s, opclass %s, level %u: %s", w->v->ir->deciders[w->d->decider].name,
                   w->v->ir->opclasses[w->opclass].name, k, why);
}

/* --- kinds of levels ----------------------------------------------------------------------------
 */

/* Codes that can stand in the operand have a class; all others are invalid. */
static bool check_map(struct walk *w, uint32_t k, const uint64_t *possible)
{
    struct level *lv = &w->levels[k];
    const uint32_t *map = w->v->t->maps + lv->l->map;
    for (uint32_t c = 0; c <= lv->l->mask || c < lv->l->value; c++) {
        bool can = c && c < lv->l->value && vf_in(possible, c);
        bool invalid = c > lv->l->mask || map[c] == POL_MAP_INVALID;
        if (c <= lv->l->mask)
            VF_COVER(w->v, maps, lv->l->map + c);
        if (can != invalid)
            continue;
        struct str_buf set;
        str_init(&set);
        vf_print_shape(w->v, &set, lv->field, c);
        (void)wrong_level(
            w, k,
            arena_printf(&w->arena, "%s %s %s", vf_operand_name(lv->op), str_text(&set),
                         can ? "is taken for invalid" : "cannot occur, but is taken for valid"));
        str_free(&set);
        return false;
    }
    return true;
}

static bool prepare_map(struct walk *w, uint32_t k)
{
    struct level *lv = &w->levels[k];
    const struct pol_prt_slot *s = &w->v->t->slots[lv->l->slot];
    if (s->kind != POL_SLOT_FIELD || !vf_dense(w->v, s->index))
        return wrong_level(w, k, "maps what is no code");
    const struct pol_prt_field *f = &w->v->t->fields[s->index];
    if (lv->l->value != f->ncodes)
        return wrong_level(w, k, "takes another number of codes for valid");
    lv->kind = LV_MAP;
    lv->field = s->index;
    lv->codes = ARENA_ARRAY(&w->arena, uint32_t, f->ncodes);
    uint64_t *set = vf_codes(w->v, &w->arena, s->index, w->form.kinds[lv->op]);
    for (uint32_t c = 1; c < f->ncodes; c++)
        if (vf_in(set, c))
            lv->codes[lv->ncodes++] = c;
    return check_map(w, k, set);
}

/* A class of values: of an argument's lane. */
static bool prepare_value(struct walk *w, uint32_t k)
{
    struct level *lv = &w->levels[k];
    const struct pol_prt_level *l = lv->l;
    const char *odd = NULL;
    if (w->v->t->slots[l->slot].kind != POL_SLOT_LANE)
        return wrong_level(w, k, "has classes of what is no argument");
    for (uint32_t i = 1; i < l->value; i++)
        if (w->v->t->maps[l->map + i - 1] >= w->v->t->maps[l->map + i])
            return wrong_level(w, k, "has bounds that do not ascend");
    struct value_lane lane = {l->operand,
                              l->slot,
                              vf_raw_lane(w->v, &w->d->sym, l->operand, l->slot, &odd),
                              {0},
                              POL_NONE};
    lv->kind = LV_VALUE;
    lv->known = POL_NONE;
    while (lv->lane < w->lanes.count && w->lanes.items[lv->lane].leaf != lane.leaf)
        lv->lane++;
    if (lv->lane == w->lanes.count)
        VEC_PUSH(&w->arena, &w->lanes, lane);
    return true;
}

/* The bits of a bit field; of a comparison, its one. */
static uint32_t field_mask(const struct walk *w, uint32_t field)
{
    return (uint32_t)(((uint64_t)1 << w->v->t->fields[field].ntags) - 1);
}

static bool prepare_test(struct walk *w, uint32_t k)
{
    struct level *lv = &w->levels[k];
    const struct pol_prt_slot *s = &w->v->t->slots[lv->l->slot];
    if (s->kind != POL_SLOT_FIELD || vf_dense(w->v, s->index))
        return wrong_level(w, k, "tests what is no bit field");
    uint32_t bits = field_mask(w, s->index), constant = ~bits, fixed = POL_VALID_BIT;
    lv->field = s->index;
    lv->mask = lv->l->mask & bits;
    lv->value = lv->l->value & bits;
    bool possible = (lv->l->value & ~lv->l->mask) == 0 &&
                    (lv->l->mask & constant & fixed) == (lv->l->value & constant);
    lv->kind = LV_TEST;
    if (!possible || lv->mask == 0) {
        lv->kind = LV_FIXED;
        lv->input = possible;
    } else if (w->form.kinds[lv->op] == 0) {
        lv->kind = LV_FIXED; /* {} has no bit */
        lv->input = lv->value == 0;
    }
    return true;
}

static bool prepare_expr(struct walk *w, uint32_t k)
{
    struct level *lv = &w->levels[k];
    struct sym *s = &w->d->sym;
    const char *odd = NULL;
    int64_t value;
    uint32_t x = vf_expression(w->v, s, lv->l->first_op, lv->l->nops, &odd);
    if (odd)
        return wrong_level(w, k, odd);
    if (sym_is_const(s, x, &value)) {
        lv->kind = LV_FIXED;
        lv->input = (uint32_t)(value & 1);
        return true;
    }
    if (sym_is_leaf(x) || s->nodes[x].n != 2 || !(s->nodes[x].var & SYM_ATOM))
        return wrong_level(w, k, "is no comparison");
    lv->kind = LV_ATOM;
    lv->var = s->nodes[x].var;
    lv->mask = 1; /* seen as a bit, where several levels ask the same */
    uint32_t when_true = sym_child(s, x, lv->var, 1), when_false = sym_child(s, x, lv->var, 0);
    lv->negated = when_true == SYM_FALSE;
    if ((when_true != SYM_TRUE || when_false != SYM_FALSE) &&
        (when_true != SYM_FALSE || when_false != SYM_TRUE))
        return wrong_level(w, k, "is more than one comparison");
    return true;
}

/* --- known bits ---------------------------------------------------------------------------------
 */

static bool single(uint32_t bits)
{
    return (bits & (bits - 1)) == 0;
}

/* Comparisons that several levels make. */
static void find_repeated(struct walk *w)
{
    uint32_t *first = ARENA_ARRAY(&w->arena, uint32_t, w->d->sym.nterms);
    for (uint32_t k = 0; k < w->nlevels; k++) {
        struct level *lv = &w->levels[k];
        if (lv->kind != LV_ATOM)
            continue;
        uint32_t *at = &first[lv->var & ~SYM_ATOM];
        if (*at && w->levels[*at - 1].known == POL_NONE)
            w->levels[*at - 1].known = w->nknown++;
        if (*at)
            lv->known = w->levels[*at - 1].known;
        *at = *at ? *at : k + 1;
        lv->value = !lv->negated;
    }
}

/* The key of a TCAM has all outcomes of tests, and its entries may count on those of one field to
 * fit together.  So tests of several bits that came out false are remembered, until a bit says why.
 */
static void find_denials(struct walk *w)
{
    uint32_t nfields = w->v->t->n_fields;
    uint32_t *index = ARENA_ARRAY(&w->arena, uint32_t, (size_t)POL_OPERANDS * nfields + 1);
    uint32_t *count = ARENA_ARRAY(&w->arena, uint32_t, (size_t)POL_OPERANDS * nfields + 1);
    for (uint32_t k = 0; k < w->nlevels; k++) {
        struct level *lv = &w->levels[k];
        uint32_t at = lv->op * nfields + lv->field;
        lv->denied = lv->denial = POL_NONE;
        if (w->p->layout != POL_LAYOUT_TCAM || lv->kind != LV_TEST || lv->known == POL_NONE)
            continue;
        index[at] = index[at] ? index[at] : ++w->nknown;
        lv->denied = index[at] - 1;
        if (!single(lv->mask) && count[at] < 64)
            lv->denial = count[at]++;
    }
}

/* Fields whose tests depend on each other, because one test looks at several bits at once. */
static void find_known(struct walk *w)
{
    uint32_t nfields = w->v->t->n_fields;
    w->known_at = ARENA_ARRAY(&w->arena, uint32_t, (size_t)POL_OPERANDS * nfields + 1);
    for (uint32_t k = 0; k < w->nlevels; k++) {
        struct level *lv = &w->levels[k];
        uint32_t *at = &w->known_at[lv->op * nfields + lv->field];
        if (lv->kind == LV_TEST && !single(lv->mask) && !*at)
            *at = ++w->nknown;
    }
    for (uint32_t k = 0; k < w->nlevels; k++) {
        struct level *lv = &w->levels[k];
        lv->known = POL_NONE;
        if (lv->kind == LV_TEST && w->known_at[lv->op * nfields + lv->field])
            lv->known = w->known_at[lv->op * nfields + lv->field] - 1;
    }
    find_denials(w);
    vf_values_join(w);
    find_repeated(w);
    w->known_asked = ARENA_ARRAY(&w->arena, bool, w->nknown + 1);
    w->known_kept = ARENA_ARRAY(&w->arena, bool, w->nknown + 1);
    w->known_scratch = ARENA_ARRAY(&w->arena, uint32_t, 2 * (size_t)w->nknown + 1);
    for (uint32_t k = 0; k < w->nlevels; k++)
        if (w->levels[k].kind == LV_ATOM && w->levels[k].known != POL_NONE)
            w->known_kept[w->levels[k].known] = true;
    for (uint32_t i = 0; i < w->lanes.count; i++)
        if (w->lanes.items[i].known != POL_NONE)
            w->known_kept[w->lanes.items[i].known] = true;
    for (uint32_t i = 0; i < w->nknown; i++) /* entries may look at what no rule asks there */
        w->known_kept[i] = w->known_kept[i] || w->p->layout == POL_LAYOUT_TCAM;
}

static uint32_t known_hash(const uint32_t *bits, uint32_t n)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ bits[i]) * 0xC2B2AE3D27D4EB4Fu, h ^= h >> 29;
    return (uint32_t)(h ^ h >> 32);
}

uint32_t vf_known_intern(struct walk *w, const uint32_t *bits)
{
    uint32_t n = 2 * w->nknown;
    if (n == 0)
        return 0;
    if (w->known_count * 2 >= w->known_size) {
        w->known_size = w->known_size ? w->known_size * 2 : 64;
        w->known_table = ARENA_ARRAY(&w->arena, uint32_t, w->known_size);
        for (uint32_t id = 0; id < w->known_count; id++) {
            uint32_t at = known_hash(w->known.items + (size_t)id * n, n) & (w->known_size - 1);
            while (w->known_table[at])
                at = (at + 1) & (w->known_size - 1);
            w->known_table[at] = id + 1;
        }
    }
    uint32_t at = known_hash(bits, n) & (w->known_size - 1);
    for (; w->known_table[at]; at = (at + 1) & (w->known_size - 1)) {
        const uint32_t *have = w->known.items + (size_t)(w->known_table[at] - 1) * n;
        if (memcmp(have, bits, n * sizeof *bits) == 0)
            return w->known_table[at] - 1;
    }
    for (uint32_t i = 0; i < n; i++)
        VEC_PUSH(&w->arena, &w->known, bits[i]);
    w->known_table[at] = ++w->known_count;
    return w->known_count - 1;
}

static uint32_t contradicted(const struct level *lv, uint32_t ones, uint32_t zeros)
{
    return ((ones & ~lv->value) | (zeros & lv->value)) & lv->mask;
}

/* Can a later level say more about these bits? */
static bool told_later(const struct walk *w, uint32_t level, uint32_t mask)
{
    for (uint32_t k = level + 1; k < w->nlevels; k++)
        if (w->levels[k].known == w->levels[level].known && (w->levels[k].mask & mask))
            return true;
    return false;
}

/* Goes through the tests that came out false; false: the bits say that one is true.  `mask`: bits
 * of those that are still to be explained. */
static bool keep_denials(const struct walk *w, uint32_t level, uint32_t outcome, uint32_t *bits,
                         uint32_t *mask)
{
    const struct level *lv = &w->levels[level];
    uint32_t ones = bits[2 * lv->known], zeros = bits[2 * lv->known + 1];
    uint32_t *denied = &bits[2 * lv->denied];
    if (!outcome && lv->denial != POL_NONE)
        denied[lv->denial / 32] |= (uint32_t)1 << lv->denial % 32;
    for (uint32_t k = 0; k <= level; k++) {
        const struct level *t = &w->levels[k];
        if (t->denied != lv->denied || t->denial == POL_NONE || !vf_bit(denied, t->denial))
            continue;
        uint32_t open = t->mask & ~(ones | zeros);
        bool explained = contradicted(t, ones, zeros) != 0;
        if (!explained && !open)
            return false;
        if (explained || !told_later(w, level, open))
            denied[t->denial / 32] &= ~((uint32_t)1 << t->denial % 32);
        else
            *mask |= t->mask;
    }
    return true;
}

/* Keeps of the known bits those of `keep` and what later tests can depend on. */
static void forget_bits(const struct walk *w, uint32_t level, uint32_t index, uint32_t keep,
                        uint32_t *ones, uint32_t *zeros)
{
    uint32_t all = 0;
    for (uint32_t k = 0; k < w->nlevels; k++) {
        const struct level *lv = &w->levels[k];
        if (lv->known != index)
            continue;
        all = lv->kind == LV_ATOM ? lv->mask : field_mask(w, lv->field);
        if (k <= level)
            continue;
        uint32_t wrong = contradicted(lv, *ones, *zeros);
        keep |= wrong ? wrong & (~wrong + 1) : lv->mask;
    }
    if ((*ones | *zeros) == all && w->known_asked[index])
        return;
    *ones &= keep;
    *zeros &= keep;
}

/* What was remembered of a lane, and what will be. */
static bool same_value(uint32_t *known, const struct successor *s)
{
    if (s->before && *known != s->before)
        return false;
    *known = s->after;
    return true;
}

bool vf_known_after(struct walk *w, uint32_t level, uint32_t known, const struct successor *s,
                    uint32_t *next)
{
    const struct level *lv = &w->levels[level];
    *next = known;
    if (w->nknown == 0)
        return true;
    uint32_t *bits = w->known_scratch, keep = 0;
    memcpy(bits, w->known.items + (size_t)known * 2 * w->nknown, 2 * w->nknown * sizeof *bits);
    if (lv->kind == LV_VALUE && lv->known != POL_NONE) {
        if (!same_value(&bits[2 * lv->known], s))
            return false;
    } else if (lv->known != POL_NONE && !s->unused) {
        uint32_t *ones = &bits[2 * lv->known], *zeros = ones + 1, outcome = s->choice;
        uint32_t wrong = contradicted(lv, *ones, *zeros);
        if (outcome ? wrong != 0 : wrong == 0 && ((*ones | *zeros) & lv->mask) == lv->mask)
            return false;
        uint32_t value = outcome ? lv->value : lv->value ^ lv->mask;
        if (outcome || single(lv->mask)) {
            *ones |= value & lv->mask;
            *zeros |= ~value & lv->mask;
        }
        if (lv->kind == LV_TEST && lv->denied != POL_NONE &&
            !keep_denials(w, level, outcome, bits, &keep))
            return false;
    }
    for (uint32_t i = 0; i < w->nknown; i++) {
        if (!s->asked[i] && !w->known_kept[i])
            bits[2 * i] = bits[2 * i + 1] = 0;
        else if (lv->known == i && lv->kind != LV_VALUE)
            forget_bits(w, level, i, keep, &bits[2 * i], &bits[2 * i + 1]);
    }
    *next = vf_known_intern(w, bits);
    return true;
}

bool vf_decides(const struct walk *w, const struct level *lv, const struct vf_cut *c)
{
    if (c->exact)
        return lv->mask == field_mask(w, lv->field) && lv->value == c->required[0];
    return single(lv->mask) && (lv->mask & (c->required[0] | c->forbidden[0]));
}

/* --- addresses ----------------------------------------------------------------------------------
 */

/* The maps of a flat program put the codes side by side. */
static bool check_address(struct walk *w)
{
    uint64_t size = 1;
    for (uint32_t k = w->p->nmap; k-- > 0;) {
        const struct level *lv = &w->levels[k];
        if (lv->kind != LV_MAP)
            return wrong_level(w, k, "is no code of a flat address");
        for (uint32_t i = 0; i < lv->ncodes; i++)
            if (w->v->t->maps[lv->l->map + lv->codes[i]] != lv->codes[i] * size)
                return wrong_level(w, k, "does not put the code into the address");
        size *= (uint64_t)lv->l->mask + 1;
        if (size > w->p->dense_size)
            return wrong_level(w, k, "has an address beyond the table");
    }
    return size == w->p->dense_size ||
           vf_fail(w->v, "%s, opclass %s: the table is not as large as its address",
                   w->v->ir->deciders[w->d->decider].name, w->v->ir->opclasses[w->opclass].name);
}

/* --- all levels ---------------------------------------------------------------------------------
 */

bool vf_levels_prepare(struct walk *w)
{
    bool sums = w->p->layout == POL_LAYOUT_DENSE || w->p->layout == POL_LAYOUT_FLAT;
    if (w->p->layout > POL_LAYOUT_TCAM || w->p->nmap > w->p->nlevels || sums != (w->p->nmap > 0))
        return vf_fail(w->v, "%s, opclass %s: no such layout",
                       w->v->ir->deciders[w->d->decider].name,
                       w->v->ir->opclasses[w->opclass].name);
    w->nlevels = w->p->nlevels;
    w->levels = ARENA_ARRAY(&w->arena, struct level, w->nlevels + 1);
    for (uint32_t k = 0; k < w->nlevels; k++) {
        struct level *lv = &w->levels[k];
        lv->l = &w->v->t->levels[w->p->first_level + k];
        lv->op = lv->l->kind == POL_LEVEL_EXPR ? 0 : lv->l->operand;
        bool ok = lv->l->kind == POL_LEVEL_MAP     ? prepare_map(w, k)
                  : lv->l->kind == POL_LEVEL_TEST  ? prepare_test(w, k)
                  : lv->l->kind == POL_LEVEL_VALUE ? prepare_value(w, k)
                                                   : prepare_expr(w, k);
        if (!ok)
            return false;
    }
    find_known(w);
    uint32_t *none = ARENA_ARRAY(&w->arena, uint32_t, 2 * (size_t)w->nknown + 1);
    (void)vf_known_intern(w, none);
    if (w->p->layout == POL_LAYOUT_FLAT)
        return check_address(w);
    return w->p->layout != POL_LAYOUT_TCAM || vf_tcam_prepare(w);
}

/* Levels after which a condition on a bit field is settled: the bits of `[..]` one by one, `{..}`
 * at once. */
static uint32_t bits_ready(const struct walk *w, uint32_t op, const struct vf_cut *c)
{
    uint32_t open = c->exact ? 1 : c->required[0] | c->forbidden[0];
    for (uint32_t k = 0; k < w->nlevels; k++) {
        const struct level *lv = &w->levels[k];
        if (lv->kind != LV_TEST || lv->op != op || lv->field != c->field)
            continue;
        if (vf_decides(w, lv, c))
            open = c->exact ? 0 : open & ~lv->mask;
        if (open == 0)
            return k + 1;
    }
    return POL_NONE;
}

static uint32_t code_ready(const struct walk *w, uint32_t op, uint32_t field)
{
    for (uint32_t k = 0; k < w->nlevels; k++)
        if (w->levels[k].kind == LV_MAP && w->levels[k].op == op && w->levels[k].field == field)
            return k + 1;
    return POL_NONE;
}

/* A condition on bits that no level settles: what is known of them may settle it in the end. */
static void ask_known(struct walk *w, uint32_t op, uint32_t field)
{
    uint32_t at = w->known_at[op * w->v->t->n_fields + field];
    if (at)
        w->known_asked[at - 1] = true;
}

void vf_levels_ready(struct walk *w, struct open_rule *rule)
{
    rule->ready = 0;
    for (uint32_t i = 0; i < rule->nneeds; i++) {
        const struct vf_cut *c = &w->d->cuts.items[rule->needs[i].cut].c;
        uint32_t op = rule->needs[i].op;
        uint32_t ready =
            vf_dense(w->v, c->field) ? code_ready(w, op, c->field) : bits_ready(w, op, c);
        rule->needs[i].ready = ready;
        rule->ready = ready > rule->ready ? ready : rule->ready;
        if (ready == POL_NONE)
            ask_known(w, op, c->field);
    }
}
