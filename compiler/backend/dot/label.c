/* Lookups of a table in words: tags, sets of tags, comparisons. */
#include <inttypes.h>
#include <string.h>

#include "compiler/backend/dot/emit.h"
#include "lang/support/str.h"

static const char *const operands[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};

static const char *tag_name(const struct pol_table *t, uint32_t tag)
{
    return t->strings + t->tags[tag].name;
}

/* The field that lies in a slot, NULL for lanes. */
static const struct pol_prt_field *field_in(const struct pol_table *t, uint32_t slot)
{
    const struct pol_prt_slot *s = &t->slots[slot];
    bool field = s->kind == POL_SLOT_FIELD || s->kind == POL_SLOT_NESTED_FIELD;
    return field ? &t->fields[s->index] : NULL;
}

/* ---- Codes --------------------------------------------------------------------------------- */

static bool code_has(const struct pol_table *t, const struct pol_prt_field *f, uint32_t code,
                     uint32_t bit)
{
    const uint32_t *shape = t->shapes + f->first_shape + (size_t)code * (f->shape_words + 1);
    return shape[bit / 32] >> (bit % 32) & 1u;
}

static uint32_t class_of(const struct pol_table *t, const struct pol_prt_level *l, uint32_t code)
{
    return code <= l->mask ? t->maps[l->map + code] : POL_MAP_INVALID;
}

static bool listed(const uint32_t *inputs, uint32_t n, uint32_t input)
{
    for (uint32_t i = 0; i < n; i++)
        if (inputs[i] == input)
            return true;
    return false;
}

/* By code: whether it can be there, and whether its class is one of the inputs. */
struct codes {
    const struct pol_table *t;
    const struct pol_prt_field *f;
    uint32_t n;
    bool *possible, *inside;
};

static struct codes sort_codes(struct arena *arena, const struct pol_table *t,
                               const struct pol_prt_level *l, const uint32_t *inputs, uint32_t n)
{
    struct codes c = {.t = t, .f = field_in(t, l->slot)};
    c.n = c.f->ncodes < l->value ? c.f->ncodes : l->value;
    c.possible = ARENA_ARRAY(arena, bool, (size_t)c.n + 1);
    c.inside = ARENA_ARRAY(arena, bool, (size_t)c.n + 1);
    for (uint32_t code = 1; code < c.n; code++) {
        uint32_t class = class_of(t, l, code);
        c.possible[code] = !(class & POL_MAP_INVALID);
        c.inside[code] = c.possible[code] && listed(inputs, n, class);
    }
    return c;
}

/* Of the codes inside (or outside), whether all, or none, have a tag. */
static bool all_have(const struct codes *c, uint32_t bit, bool has)
{
    for (uint32_t code = 1; code < c->n; code++)
        if (c->inside[code] && code_has(c->t, c->f, code, bit) != has)
            return false;
    return true;
}

/* Whether a code has the tags of `must` (+1 there, -1 not, 0 either). */
static bool fits(const struct codes *c, uint32_t code, const int *must)
{
    for (uint32_t bit = 0; bit < c->f->ntags; bit++)
        if (must[bit] && code_has(c->t, c->f, code, bit) != (must[bit] > 0))
            return false;
    return true;
}

static bool exact(const struct codes *c, const int *must)
{
    for (uint32_t code = 1; code < c->n; code++)
        if (c->possible[code] && fits(c, code, must) != c->inside[code])
            return false;
    return true;
}

/* "+Rd -Ex": as few requirements as describe the codes, if some do. */
static bool by_tags(const struct codes *c, struct arena *arena, struct str_buf *text)
{
    int *must = ARENA_ARRAY(arena, int, (size_t)c->f->ntags + 1);
    for (uint32_t bit = 0; bit < c->f->ntags; bit++)
        must[bit] = all_have(c, bit, true) ? 1 : all_have(c, bit, false) ? -1 : 0;
    if (!exact(c, must))
        return false;
    for (uint32_t bit = 0; bit < c->f->ntags; bit++) {
        int old = must[bit];
        must[bit] = 0;
        if (!exact(c, must))
            must[bit] = old;
    }
    for (uint32_t bit = 0; bit < c->f->ntags; bit++)
        if (must[bit])
            str_printf(text, "%s%c%s", text->len ? " " : "", must[bit] > 0 ? '+' : '-',
                       tag_name(c->t, c->t->field_tags[c->f->first_tag + bit]));
    if (!text->len)
        str_add(text, "any");
    return true;
}

enum { SETS_SHOWN = 4 };

/* "{Rd}, {Rd, Wr}, 3 more" */
static void by_sets(const struct codes *c, struct str_buf *text)
{
    uint32_t more = 0, shown = 0;
    for (uint32_t code = 1; code < c->n; code++) {
        if (!c->inside[code])
            continue;
        if (shown == SETS_SHOWN) {
            more++;
            continue;
        }
        str_add(text, shown++ ? ", {" : "{");
        const char *sign = "";
        for (uint32_t bit = 0; bit < c->f->ntags; bit++)
            if (code_has(c->t, c->f, code, bit)) {
                str_printf(text, "%s%s", sign,
                           tag_name(c->t, c->t->field_tags[c->f->first_tag + bit]));
                sign = ", ";
            }
        str_add(text, "}");
    }
    if (more)
        str_printf(text, ", %" PRIu32 " more", more);
}

/* ---- Expressions --------------------------------------------------------------------------- */

/* The tag and argument whose lane a slot is; "Cell" or, with several arguments, "Cell.1". */
static void lane_name(const struct pol_table *t, uint32_t slot, struct str_buf *text)
{
    const char *sign = "";
    for (uint32_t tag = 0; tag < t->n_tags; tag++)
        for (uint32_t k = 0; k < t->tags[tag].nargs; k++) {
            const struct pol_prt_arg *a = &t->args[t->tags[tag].first_arg + k];
            if (slot < a->slot || slot >= a->slot + a->nslots)
                continue;
            str_printf(text, "%s%s", sign, tag_name(t, tag));
            if (t->tags[tag].nargs > 1)
                str_printf(text, ".%" PRIu32, k);
            sign = "|";
        }
}

static void slot_name(const struct pol_table *t, uint32_t operand, uint32_t slot,
                      struct str_buf *text)
{
    str_printf(text, "%s ", operands[operand]);
    if (field_in(t, slot))
        str_add(text, "tags");
    else
        lane_name(t, slot, text);
}

static void op_text(const struct pol_table *t, const struct pol_prt_op *ops, uint32_t i,
                    struct str_buf *text);

static void op_binary(const struct pol_table *t, const struct pol_prt_op *ops, uint32_t i,
                      const char *sign, struct str_buf *text)
{
    str_add(text, "(");
    op_text(t, ops, ops[i].a, text);
    str_printf(text, " %s ", sign);
    op_text(t, ops, ops[i].b, text);
    str_add(text, ")");
}

static const char *sign_of(uint32_t op)
{
    switch (op) {
    case POL_OPC_AND:
        return "&";
    case POL_OPC_OR:
        return "|";
    case POL_OPC_ANDNOT:
        return "& ~";
    case POL_OPC_ADD:
        return "+";
    case POL_OPC_SUB:
        return "-";
    case POL_OPC_MUL:
        return "*";
    case POL_OPC_DIV:
        return "/";
    case POL_OPC_MOD:
        return "%";
    case POL_OPC_EQ:
        return "==";
    case POL_OPC_LT:
        return "<";
    default:
        return NULL;
    }
}

static void op_text(const struct pol_table *t, const struct pol_prt_op *ops, uint32_t i,
                    struct str_buf *text)
{
    const struct pol_prt_op *op = &ops[i];
    if (text->len > 300) { /* a picture needs no more */
        str_add(text, "..");
        return;
    }
    if (sign_of(op->op)) {
        op_binary(t, ops, i, sign_of(op->op), text);
        return;
    }
    switch (op->op) {
    case POL_OPC_SLOT:
        slot_name(t, op->a, op->b, text);
        return;
    case POL_OPC_CONST:
        str_printf(text, "%" PRId64, (int64_t)((uint64_t)op->a | (uint64_t)op->b << 32));
        return;
    case POL_OPC_MATRIX:
        str_add(text, "related(");
        op_text(t, ops, op->a, text);
        str_add(text, ", ");
        op_text(t, ops, op->b, text);
        str_add(text, ")");
        return;
    case POL_OPC_EQSLOTS:
        slot_name(t, op->a, op->b, text);
        str_add(text, " == ");
        slot_name(t, op->c, op->d, text);
        return;
    case POL_OPC_BIT:
        op_text(t, ops, op->a, text);
        str_printf(text, "[%" PRIu32 "]", op->b);
        return;
    default:
        str_add(text, "map(");
        op_text(t, ops, op->a, text);
        str_add(text, op->op == POL_OPC_MAP1 ? "" : ", ");
        if (op->op != POL_OPC_MAP1)
            op_text(t, ops, op->b, text);
        str_add(text, ")");
    }
}

/* ---- Levels -------------------------------------------------------------------------------- */

/* "Rd, -Wr" of a bit field's test. */
static void test_text(const struct pol_table *t, const struct pol_prt_level *l,
                      struct str_buf *text)
{
    const struct pol_prt_field *f = field_in(t, l->slot);
    const char *sign = "";
    for (uint32_t bit = 0; f && bit < f->ntags; bit++)
        if (l->mask >> bit & 1u) {
            str_printf(text, "%s%c%s", sign, l->value >> bit & 1u ? '+' : '-',
                       tag_name(t, t->field_tags[f->first_tag + bit]));
            sign = " ";
        }
}

const char *label_level(struct arena *arena, const struct pol_table *t,
                        const struct pol_prt_level *l)
{
    struct str_buf text;
    str_init(&text);
    if (l->kind == POL_LEVEL_EXPR) {
        op_text(t, t->ops + l->first_op, l->nops - 1, &text);
    } else if (l->kind == POL_LEVEL_VALUE) {
        slot_name(t, l->operand, l->slot, &text);
    } else {
        str_printf(&text, "%s", operands[l->operand]);
        if (l->kind == POL_LEVEL_TEST) {
            str_add(&text, " ");
            test_text(t, l, &text);
        }
    }
    char *label = arena_strdup(arena, str_text(&text));
    str_free(&text);
    return label;
}

uint32_t label_possible(const struct pol_table *t, const struct pol_prt_level *l,
                        struct arena *arena, uint32_t **inputs)
{
    uint32_t n = 0, most = l->kind == POL_LEVEL_MAP ? l->value : l->width;
    *inputs = ARENA_ARRAY(arena, uint32_t, (size_t)most + 1);
    if (l->kind != POL_LEVEL_MAP) {
        for (; n < l->width; n++)
            (*inputs)[n] = n;
        return n;
    }
    for (uint32_t code = 1; code < l->value && code <= l->mask; code++) {
        uint32_t class = t->maps[l->map + code];
        if (!(class & POL_MAP_INVALID) && !listed(*inputs, n, class))
            (*inputs)[n++] = class;
    }
    return n;
}

/* "< 3", "3 .. 6", "> 7": the ranges of an argument. */
static void value_text(const struct pol_table *t, const struct pol_prt_level *l,
                       const uint32_t *inputs, uint32_t n, struct str_buf *text)
{
    const uint32_t *bounds = t->maps + l->map, *classes = bounds + l->value;
    for (uint32_t k = 0; k <= l->value; k++) {
        if (!listed(inputs, n, classes[k]) || (k && listed(inputs, n, classes[k - 1])))
            continue;
        uint32_t end = k;
        while (end < l->value && listed(inputs, n, classes[end + 1]))
            end++;
        str_add(text, text->len ? ", " : "");
        if (k == 0 && end == l->value)
            str_add(text, "any");
        else if (k == 0)
            str_printf(text, "< %" PRIu32, bounds[end]);
        else if (end == l->value)
            str_printf(text, ">= %" PRIu32, bounds[k - 1]);
        else if (bounds[end] - bounds[k - 1] == 1)
            str_printf(text, "%" PRIu32, bounds[k - 1]);
        else
            str_printf(text, "%" PRIu32 " .. %" PRIu32, bounds[k - 1], bounds[end] - 1);
    }
}

const char *label_inputs(struct arena *arena, const struct pol_table *t,
                         const struct pol_prt_level *l, const uint32_t *inputs, uint32_t n)
{
    struct str_buf text;
    str_init(&text);
    if (l->kind == POL_LEVEL_MAP) {
        struct codes c = sort_codes(arena, t, l, inputs, n);
        if (!by_tags(&c, arena, &text))
            by_sets(&c, &text);
    } else if (l->kind == POL_LEVEL_VALUE) {
        value_text(t, l, inputs, n, &text);
    } else {
        str_add(&text, n > 1 ? "any" : inputs[0] ? "yes" : "no");
    }
    char *label = arena_strdup(arena, str_text(&text));
    str_free(&text);
    return label;
}
