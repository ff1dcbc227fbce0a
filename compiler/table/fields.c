/* Field values: symbolic shapes that become maps and bit operations. */
#include <string.h>
#include "compiler/table/emit.h"

static struct plan_field *field_at(const struct emitter *e, uint32_t field)
{
    return &e->p->fields[field];
}

static bool is_dense(const struct emitter *e, uint32_t field)
{
    return field_at(e, field)->kind == POL_FIELD_DENSE;
}

static size_t lut_size(const struct fval *f)
{
    return (size_t)(f->na ? f->na : 1) * (f->nb ? f->nb : 1);
}

static uint32_t *new_lut(struct emitter *e, size_t n)
{
    return ARENA_ARRAY(&e->work, uint32_t, n);
}

struct fval fval_empty(struct emitter *e, uint32_t field)
{
    struct fval f = {.field = field, .bits_known = true, .bits_const = POL_VALID_BIT};
    if (is_dense(e, field)) {
        struct plan_field *pf = field_at(e, field);
        uint32_t *none = new_lut(e, pf->shapes.words);
        f.lut = new_lut(e, 1);
        f.lut[0] = shapes_intern(&pf->shapes, none);
    }
    return f;
}

/* Does the shape satisfy the rule's pattern of this operand? */
static bool pattern_allows(const struct emitter *e, const struct plan_field *pf,
                           const struct ir_cond *cond, const uint32_t *shape)
{
    bool exact = cond->exact && plan_writes(e->p, e->decider, pf->domain);
    uint32_t present = 0, required = 0;
    for (uint32_t i = 0; i < cond->nrequired; i++) {
        uint32_t bit = cond->required[i] - pf->first_tag;
        if (bit < pf->ntags && !plan_bit(shape, bit))
            return false;
        required += bit < pf->ntags;
    }
    for (uint32_t i = 0; i < cond->nforbidden; i++) {
        uint32_t bit = cond->forbidden[i] - pf->first_tag;
        if (bit < pf->ntags && plan_bit(shape, bit))
            return false;
    }
    for (uint32_t i = 0; exact && i < pf->ntags; i++)
        present += plan_bit(shape, i);
    return !exact || present == required;
}

/* Only shared lanes ask which codes there can be. */
static const uint8_t *live_codes(struct emitter *e, const struct plan_field *pf, uint32_t operand)
{
    if (!e->p->shares || !e->rule)
        return NULL;
    uint8_t *live = ARENA_ARRAY(&e->work, uint8_t, pf->ncodes);
    for (uint32_t code = 1; code < pf->ncodes; code++)
        live[code] = pattern_allows(e, pf, &e->rule->cond[operand],
                                    shapes_bits(&pf->shapes, pf->shape_at[code]));
    return live;
}

struct fval fval_slot(struct emitter *e, uint32_t field, uint32_t operand, uint32_t slot)
{
    const struct plan_field *pf = field_at(e, field);
    struct fval f = {.field = field};
    if (!is_dense(e, field)) {
        f.bits = emit_slot(e, operand, slot);
        return f;
    }
    f.a = emit_slot(e, operand, slot);
    f.na = pf->ncodes;
    f.lut = new_lut(e, f.na);
    memcpy(f.lut, pf->shape_at, f.na * sizeof *f.lut);
    f.live_a = slot == pf->slot ? live_codes(e, pf, operand) : NULL;
    return f;
}

/* --- dense ---------------------------------------------------------------------------------------
 */

/* Emits the map of lut values; entries padded to powers of two with `pad`. */
static uint32_t emit_map(struct emitter *e, const struct fval *f, const uint32_t *values,
                         uint32_t pad)
{
    uint32_t rows = pow2_above(f->na), cols = f->nb ? pow2_above(f->nb) : 1, shift = 0;
    if ((uint64_t)rows * cols > TBL_MAX_MAP2) {
        if (e->p->retry_domain == IR_NONE)
            e->p->retry_domain = field_at(e, f->field)->domain;
        return emit_const(e, 0);
    }
    uint32_t *data = new_lut(e, (size_t)rows * cols);
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t j = 0; j < cols; j++)
            data[i * cols + j] = i < f->na && (f->nb == 0 || j < f->nb)
                                     ? values[(size_t)i * (f->nb ? f->nb : 1) + j]
                                     : pad;
    uint32_t at = plan_lut(e->p, POL_SEC_LUT, data, (size_t)rows * cols);
    if (!f->nb)
        return emit_op(e, POL_OPC_MAP1, f->a, at, rows - 1, 0, 0);
    while (1u << shift < cols)
        shift++;
    return emit_op(e, POL_OPC_MAP2, f->a, f->b, at, rows - 1, shift);
}

static bool is_live(const struct fval *f, size_t i)
{
    size_t nb = f->nb ? f->nb : 1;
    return (!f->live_a || f->live_a[i / nb]) && (!f->live_b || f->live_b[i % nb]);
}

/* The same value depending on one compact index: one entry per distinct shape. */
static struct fval materialize(struct emitter *e, const struct fval *f)
{
    size_t n = lut_size(f);
    struct plan_field *pf = field_at(e, f->field);
    uint32_t *index = new_lut(e, (size_t)pf->shapes.count + 1);
    uint32_t *values = new_lut(e, n);
    uint8_t *live = ARENA_ARRAY(&e->work, uint8_t, n);
    struct fval r = {.field = f->field, .lut = new_lut(e, n), .live_a = live};
    for (size_t i = 0; i < n; i++) {
        uint32_t *at = &index[f->lut[i] == SHAPE_INVALID ? pf->shapes.count : f->lut[i]];
        if (*at == 0) {
            r.lut[r.na++] = f->lut[i];
            *at = r.na;
        }
        values[i] = *at - 1;
        live[*at - 1] |= is_live(f, i);
    }
    r.a = emit_map(e, f, values, 0);
    return r;
}

enum combine { UNION, INTER, MERGE, MISSING };

/* The merge-all tags of word w of a shape. */
static uint32_t merge_all_word(const struct emitter *e, const struct plan_field *pf, uint32_t w)
{
    uint32_t all = 0;
    for (uint32_t i = w * 32; i < pf->ntags && i < w * 32 + 32; i++)
        if (e->p->ir->space->tags[pf->first_tag + i].merge_all)
            all |= (uint32_t)1 << (i % 32);
    return all;
}

static uint32_t combine_words(enum combine how, uint32_t all, uint32_t x, uint32_t y)
{
    switch (how) {
    case UNION:
        return x | y;
    case INTER:
        return x & y;
    case MERGE:
        return ((x | y) & ~all) | (x & y & all);
    default:
        return x & (y | ~all);
    }
}

/* What combining many pairs of shapes of one field needs, made once: there may be millions. */
struct combiner {
    struct plan_field *pf;
    enum combine how;
    uint32_t *all, *bits; /* of a shape's words: merge-all tags; scratch */
};

static struct combiner combiner_of(struct emitter *e, uint32_t field, enum combine how)
{
    struct plan_field *pf = field_at(e, field);
    struct combiner c = {pf, how, new_lut(e, pf->shapes.words), new_lut(e, pf->shapes.words)};
    for (uint32_t w = 0; w < pf->shapes.words; w++)
        c.all[w] = merge_all_word(e, pf, w);
    return c;
}

static uint32_t combine_shapes(const struct combiner *c, uint32_t x, uint32_t y)
{
    if (x == SHAPE_INVALID || y == SHAPE_INVALID)
        return SHAPE_INVALID;
    const uint32_t *a = shapes_bits(&c->pf->shapes, x), *b = shapes_bits(&c->pf->shapes, y);
    for (uint32_t w = 0; w < c->pf->shapes.words; w++)
        c->bits[w] = combine_words(c->how, c->all[w], a[w], b[w]);
    return shapes_intern(&c->pf->shapes, c->bits);
}

static bool same_index(const struct fval *x, const struct fval *y)
{
    return x->na == y->na && x->nb == y->nb && x->a == y->a && (x->nb == 0 || x->b == y->b);
}

/* Two values as one that depends on both indices. */
static struct fval pair(struct emitter *e, struct fval x, struct fval y, enum combine how)
{
    if (x.nb)
        x = materialize(e, &x);
    if (y.nb)
        y = materialize(e, &y);
    if ((uint64_t)pow2_above(x.na) * pow2_above(y.na) > TBL_MAX_MAP2) {
        x = materialize(e, &x);
        y = materialize(e, &y);
    }
    struct fval r = {.field = x.field, .a = x.a, .b = y.a, .na = x.na, .nb = y.na};
    r.live_a = x.live_a;
    r.live_b = y.live_a;
    if ((uint64_t)x.na * y.na > TBL_MAX_MAP2) {
        if (e->p->retry_domain == IR_NONE)
            e->p->retry_domain = field_at(e, x.field)->domain;
        return x;
    }
    r.lut = new_lut(e, (size_t)x.na * y.na);
    struct combiner c = combiner_of(e, x.field, how);
    for (uint32_t i = 0; i < x.na; i++)
        for (uint32_t j = 0; j < y.na; j++)
            r.lut[(size_t)i * y.na + j] = combine_shapes(&c, x.lut[i], y.lut[j]);
    return r;
}

static struct fval combine_dense(struct emitter *e, struct fval x, struct fval y, enum combine how)
{
    if (x.na && y.na && !same_index(&x, &y))
        return pair(e, x, y, how);
    struct fval r = x.na ? x : y; /* the index, if any */
    struct combiner c = combiner_of(e, x.field, how);
    r.lut = new_lut(e, lut_size(&r));
    for (size_t i = 0; i < lut_size(&r); i++)
        r.lut[i] = combine_shapes(&c, x.lut[x.na ? i : 0], y.lut[y.na ? i : 0]);
    return r;
}

/* --- bits ----------------------------------------------------------------------------------------
 */

static uint32_t bits_value(struct emitter *e, const struct fval *f)
{
    return f->bits_known ? emit_const(e, f->bits_const) : f->bits;
}

static uint32_t all_mask(const struct emitter *e, const struct plan_field *pf)
{
    return merge_all_word(e, pf, 0);
}

static struct fval known_bits(uint32_t field, uint32_t bits)
{
    struct fval r = {.field = field, .bits_known = true, .bits_const = bits};
    return r;
}

static struct fval bits_of(uint32_t field, uint32_t v)
{
    struct fval r = {.field = field, .bits = v};
    return r;
}

static struct fval combine_bits(struct emitter *e, struct fval x, struct fval y, enum combine how)
{
    const struct plan_field *pf = field_at(e, x.field);
    if (x.bits_known && y.bits_known)
        return known_bits(x.field,
                          combine_words(how, merge_all_word(e, pf, 0), x.bits_const, y.bits_const) |
                              POL_VALID_BIT);
    uint32_t a = bits_value(e, &x), b = bits_value(e, &y), all = all_mask(e, pf);
    if (how == UNION || (how == MERGE && all == 0))
        return bits_of(x.field, emit_op(e, POL_OPC_OR, a, b, 0, 0, 0));
    if (how == INTER)
        return bits_of(x.field, emit_op(e, POL_OPC_AND, a, b, 0, 0, 0));
    if (how == MISSING) {
        uint32_t keep = emit_op(e, POL_OPC_OR, b, emit_const(e, (int64_t)(uint32_t)~all), 0, 0, 0);
        return bits_of(x.field, emit_op(e, POL_OPC_AND, a, keep, 0, 0, 0));
    }
    uint32_t any = emit_op(e, POL_OPC_ANDNOT, emit_op(e, POL_OPC_OR, a, b, 0, 0, 0),
                           emit_const(e, all), 0, 0, 0);
    uint32_t both = emit_op(e, POL_OPC_AND, emit_op(e, POL_OPC_AND, a, b, 0, 0, 0),
                            emit_const(e, all), 0, 0, 0);
    return bits_of(x.field, emit_op(e, POL_OPC_OR, any, both, 0, 0, 0));
}

static struct fval combine(struct emitter *e, struct fval x, struct fval y, enum combine how)
{
    return is_dense(e, x.field) ? combine_dense(e, x, y, how) : combine_bits(e, x, y, how);
}

/* --- both ----------------------------------------------------------------------------------------
 */

struct fval fval_union(struct emitter *e, struct fval x, struct fval y)
{
    return combine(e, x, y, UNION);
}

struct fval fval_inter(struct emitter *e, struct fval x, struct fval y)
{
    return combine(e, x, y, INTER);
}

struct fval fval_merge(struct emitter *e, struct fval x, struct fval y)
{
    return combine(e, x, y, MERGE);
}

struct fval fval_missing(struct emitter *e, struct fval x, struct fval y)
{
    return combine(e, x, y, MISSING);
}

static uint32_t changed_shape(struct emitter *e, uint32_t field, uint32_t shape, uint32_t bit,
                              bool add)
{
    struct plan_field *pf = field_at(e, field);
    if (shape == SHAPE_INVALID || plan_bit(shapes_bits(&pf->shapes, shape), bit) == add)
        return shape;
    uint32_t *bits = new_lut(e, pf->shapes.words);
    memcpy(bits, shapes_bits(&pf->shapes, shape), pf->shapes.words * sizeof *bits);
    bits[bit / 32] ^= (uint32_t)1 << (bit % 32);
    return shapes_intern(&pf->shapes, bits);
}

struct fval fval_change(struct emitter *e, struct fval f, uint32_t tag, bool add)
{
    uint32_t bit = tag - field_at(e, f.field)->first_tag;
    uint32_t mask = (uint32_t)1 << (bit % 32);
    if (is_dense(e, f.field)) {
        uint32_t *lut = new_lut(e, lut_size(&f));
        for (size_t i = 0; i < lut_size(&f); i++)
            lut[i] = changed_shape(e, f.field, f.lut[i], bit, add);
        f.lut = lut;
        return f;
    }
    if (f.bits_known)
        return known_bits(f.field, add ? f.bits_const | mask : f.bits_const & ~mask);
    return bits_of(f.field, emit_op(e, add ? POL_OPC_OR : POL_OPC_ANDNOT, f.bits,
                                    emit_const(e, mask), 0, 0, 0));
}

struct fval fval_drop_when(struct emitter *e, struct fval x, uint32_t tag, uint32_t when)
{
    if (when == V_ZERO)
        return x;
    struct fval without = fval_change(e, x, tag, false);
    if (when == V_ONE)
        return without;
    if (!is_dense(e, x.field)) {
        uint32_t v =
            emit_op(e, POL_OPC_SELECT, when, bits_value(e, &without), bits_value(e, &x), 0, 0);
        return bits_of(x.field, v);
    }
    if (x.na == 0 || x.nb) { /* one index wanted */
        without = x = x.na ? materialize(e, &x) : x;
        without = fval_change(e, x, tag, false);
    }
    uint32_t n = x.na ? x.na : 1;
    struct fval r = {.field = x.field, .na = n, .nb = 2, .b = when};
    r.a = x.na ? x.a : emit_const(e, 0);
    r.live_a = x.live_a;
    r.lut = new_lut(e, (size_t)n * 2);
    for (uint32_t i = 0; i < n; i++) {
        r.lut[i * 2] = x.lut[i];
        r.lut[i * 2 + 1] = without.lut[i];
    }
    return r;
}

static uint32_t code_of(const struct plan_field *pf, uint32_t shape)
{
    return shape == SHAPE_INVALID || shape >= pf->coded ? 0 : pf->code_of[shape];
}

/* Each entry of a dense field's value: 1 if it has one of the tags, 0 also where it does not
 * count; NULL for no values. */
static enum presence look_for_tags(struct emitter *e, const struct fval *f, const uint32_t *tags,
                                   bool coded, uint32_t *values)
{
    const struct plan_field *pf = field_at(e, f->field);
    size_t n = lut_size(f), with = 0, without = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t there = 0;
        if (f->lut[i] == SHAPE_INVALID || !is_live(f, i) || (coded && !code_of(pf, f->lut[i])))
            continue;
        for (uint32_t w = 0; w < pf->shapes.words; w++)
            there |= shapes_bits(&pf->shapes, f->lut[i])[w] & tags[w];
        with += there != 0;
        without += there == 0;
        if (values)
            values[i] = there != 0;
    }
    return with == 0 ? NEVER : without == 0 ? ALWAYS : SOMETIMES;
}

enum presence fval_presence(struct emitter *e, const struct fval *f, const uint32_t *tags,
                            bool coded)
{
    return look_for_tags(e, f, tags, coded, NULL);
}

uint32_t fval_has_any(struct emitter *e, const struct fval *f, const uint32_t *tags, bool coded)
{
    uint32_t *values = new_lut(e, lut_size(f));
    enum presence found = look_for_tags(e, f, tags, coded, values);
    return found == NEVER ? V_ZERO : found == ALWAYS ? V_ONE : emit_map(e, f, values, 0);
}

uint32_t fval_has(struct emitter *e, const struct fval *f, uint32_t tag)
{
    const struct plan_field *pf = field_at(e, f->field);
    uint32_t bit = tag - pf->first_tag;
    if (is_dense(e, f->field)) {
        uint32_t *tags = new_lut(e, pf->shapes.words);
        plan_set_bit(tags, bit);
        return fval_has_any(e, f, tags, false);
    }
    if (f->bits_known)
        return f->bits_const >> bit & 1u ? V_ONE : V_ZERO;
    return emit_op(e, POL_OPC_BIT, f->bits, bit, 0, 0, 0);
}

uint32_t fval_code(struct emitter *e, const struct fval *f, bool *maybe_invalid)
{
    const struct plan_field *pf = field_at(e, f->field);
    *maybe_invalid = false;
    if (!is_dense(e, f->field))
        return bits_value(e, f);
    size_t n = lut_size(f);
    uint32_t *values = new_lut(e, n);
    bool identity = f->na == pf->ncodes && f->nb == 0;
    for (size_t i = 0; i < n; i++) {
        values[i] = code_of(pf, f->lut[i]);
        identity = identity && values[i] == i;
        *maybe_invalid = *maybe_invalid || values[i] == 0;
    }
    if (f->na == 0)
        return emit_const(e, values[0]);
    return identity ? f->a : emit_map(e, f, values, 0);
}

void fval_store(struct emitter *e, const struct fval *f, uint32_t result)
{
    const struct plan_field *pf = field_at(e, f->field);
    bool maybe_invalid;
    if (!is_dense(e, f->field)) {
        if (f->bits_known)
            emit_op(e, POL_OPC_PUT, result, pf->slot, f->bits_const, 0, 0);
        else
            emit_op(e, POL_OPC_STOREB, result, pf->slot, f->bits, 0, 0);
        return;
    }
    if (f->na == 0 && code_of(pf, f->lut[0])) {
        emit_op(e, POL_OPC_PUT, result, pf->slot, code_of(pf, f->lut[0]), 0, 0);
        return;
    }
    uint32_t v = fval_code(e, f, &maybe_invalid);
    emit_op(e, POL_OPC_STOREC, result, pf->slot, v, pf->ncodes, 0);
}
