/* Layouts and classes of rule tables: random small policies, every input that operands can be.
 *
 * The programs are run here by the words of pol/table_format.h alone, against the rules of the IR;
 * and classes are counted by brute force: two codes of an operand (two values of an argument) are
 * one class exactly when no other inputs tell them apart. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "compiler/compile.h"
#include "lang/support/str.h"
#include "tests/unit/check.h"

#define MOST_DIGITS 24u
#define MOST_VALUES 40u
#define MOST_INPUTS 100000u
#define LIMIT 8 /* values of an argument */

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}

/* --- policies -----------------------------------------------------------------------------------
 */

static const char *const tags[] = {"A", "B", "C", "D", "E"}; /* B, E have an argument */

static bool has_argument(uint32_t tag)
{
    return tag == 1 || tag == 4;
}

/* `[+A, +(B x), -C]` or `{A}`; variables are named after operand and tag. */
static void add_pattern(struct str_buf *out, const char *operand, uint32_t first, uint32_t end,
                        char vars[][16], uint32_t *nvars)
{
    bool exact = draw(4) == 0;
    const char *comma = "";
    str_printf(out, "%s == %c", operand, exact ? '{' : '[');
    for (uint32_t t = exact ? first : 0; t < end; t++) {
        if (draw(3) > 0)
            continue;
        bool required = exact || draw(3) > 0;
        str_printf(out, "%s%s", comma, exact ? "" : required ? "+" : "-");
        comma = ", ";
        if (!has_argument(t) || !required) {
            str_add(out, tags[t]);
        } else if (draw(3) == 0) {
            str_printf(out, "(%s %u)", tags[t], draw(LIMIT));
        } else {
            snprintf(vars[*nvars], sizeof vars[0], "%s%s", operand, tags[t]);
            str_printf(out, "(%s %s)", tags[t], vars[(*nvars)++]);
        }
    }
    str_add_char(out, exact ? '}' : ']');
}

static void add_guard(struct str_buf *out, char vars[][16], uint32_t nvars, uint32_t depth,
                      bool pairs)
{
    static const char *const compare[] = {"==", "!=", "<", "<=", ">", ">="};
    if (depth && draw(2)) {
        str_add(out, draw(4) ? "(" : "!(");
        add_guard(out, vars, nvars, depth - 1, pairs);
        str_add(out, draw(2) ? " && " : " || ");
        add_guard(out, vars, nvars, depth - 1, pairs);
        str_add(out, ")");
    } else if (pairs && draw(3) == 0) {
        str_printf(out, "%s %s %s", vars[draw(nvars)], compare[draw(6)], vars[draw(nvars)]);
    } else if (draw(4) == 0) {
        str_printf(out, "%u %s %s", draw(LIMIT + 1), compare[draw(6)], vars[draw(nvars)]);
    } else {
        str_printf(out, "%s %s %u", vars[draw(nvars)], compare[draw(6)], draw(LIMIT + 1));
    }
}

static void add_rule(struct str_buf *out, uint32_t first, uint32_t end, bool pairs)
{
    static const char *const groups[] = {"g", "l", "s"};
    static const char *const operands[][4] = {
        {"a", "b", "code", "env"}, {"a", "m", "code", "env"}, {"a", "v", "m", "code"}};
    static const char *const results[] = {"c", "c", "o"};
    char vars[MOST_DIGITS][16];
    uint32_t group = draw(3), nvars = 0, patterns = 0;
    str_printf(out, "%s(", groups[group]);
    for (uint32_t i = 0; i < 4 && patterns < 2; i++)
        if (draw(2)) {
            str_add(out, patterns++ ? ", " : "");
            add_pattern(out, operands[group][i], first, end, vars, &nvars);
        }
    if (nvars && draw(4)) {
        str_add(out, " | ");
        add_guard(out, vars, nvars, 2, pairs);
    }
    uint32_t tag = first + draw(end - first);
    str_printf(out, " -> %s = {%s%s})", results[group], tags[tag], has_argument(tag) ? " 1" : "");
}

static void add_policy(struct str_buf *out, const char *name, uint32_t first, uint32_t end,
                       bool pairs)
{
    str_printf(out, "    %s = ", name);
    for (uint32_t i = 0, n = 2 + draw(5); i < n; i++) {
        str_add(out, i ? "\n        ^ " : "");
        add_rule(out, first, end, pairs);
    }
    str_add_char(out, '\n');
}

static void add_entity(struct str_buf *out, const char *entity)
{
    const char *comma = "";
    str_printf(out, "    init %s {", entity);
    for (uint32_t t = 0; t < 5; t++)
        if (draw(3) == 0) {
            str_printf(out, "%s%s%s", comma, tags[t], has_argument(t) ? " 2" : "");
            comma = ", ";
        }
    str_add(out, "}\n");
}

/* Modules q, with tags of its own, r, which reads those of q, too, and m, which composes them. */
struct sources {
    struct str_buf q, r, m;
};

static void make_policy(struct sources *out, bool pairs)
{
    static const char *const entities[] = {
        "ISA.RISCV.Env",    "ISA.RISCV.Reg.x5", "ISA.RISCV.Reg.x6",          "ISA.RISCV.Reg.x7",
        "soc.first.memory", "soc.more.memory",  "elf.Section.SHF_EXECINSTR", "soc.last.memory"};
    str_add(&out->q, "module q:\ntype: data I = Int (8)\nmetadata: A, B I, C\ngroup:\n"
                     "    grp g(RS1:a, RS2:b -> RD:c) add sub\n"
                     "    grp l(RS1:a, MEM:m -> RD:c) lw\n"
                     "    grp s(RS1:a, RS2:v, MEM:m -> MEM:o) sw\npolicy:\n");
    add_policy(&out->q, "q", 0, 3, pairs);
    str_add(&out->r, "module r:\nimport: q\nmetadata: D, E I\npolicy:\n");
    add_policy(&out->r, "r", 3, 5, pairs);
    str_add(&out->m, "module m:\nimport: q r\npolicy:\n    p = q & r\nrequire:\n");
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        add_entity(&out->m, entities[i]);
}

struct fixture {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
};

static bool write_file(const char *folder, const char *name, const struct str_buf *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s.pol", folder, name);
    FILE *file = fopen(path, "w");
    return file && fputs(str_text(text), file) >= 0 && fclose(file) == 0;
}

static void remove_files(const char *folder)
{
    static const char *const names[] = {"q", "r", "m"};
    char path[64];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s.pol", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static bool open_policy(struct fixture *f, const struct sources *s)
{
    struct compile_options options;
    char err[256] = "", folder[] = "/tmp/classes_test_XXXXXX", path[64];
    compile_options_init(&options);
    options.loaded_code = 0;
    options.last = COMPILE_IR;
    f->map = lang_source_map_new();
    f->sink = diag_sink_new(f->map);
    f->compiled = NULL;
    bool ok = mkdtemp(folder) && write_file(folder, "q", &s->q) && write_file(folder, "r", &s->r) &&
              write_file(folder, "m", &s->m);
    snprintf(path, sizeof path, "%s/m.pol", folder);
    ok = ok &&
         compile_file(path, &options, f->map, f->sink, &f->compiled, err, sizeof err) == COMPILE_OK;
    if (!ok) {
        printf("# %s\n", err);
        diag_render_text(f->sink, stdout, false);
    }
    remove_files(folder);
    return ok;
}

static void close_policy(struct fixture *f)
{
    compile_free(f->compiled);
    diag_sink_free(f->sink);
    lang_source_map_free(f->map);
}

/* --- inputs -------------------------------------------------------------------------------------
 */

#define RECORDS(t, type, kind) ((const type *)(const void *)(t)->sections[POL_SEC_##kind].data)
#define COUNT(t, kind) ((uint32_t)(t)->sections[POL_SEC_##kind].count)

/* One thing that varies: a dense field or a lane of an operand, and the values of its slot. */
struct digit {
    bool lane;
    uint32_t operand, slot, n;
    uint32_t value[MOST_VALUES];
    uint64_t sign[MOST_VALUES]; /* of the outcomes of all inputs with this value */
};

struct inputs {
    const struct ir *ir;
    const struct tbl *t;
    uint32_t opclass, decider;
    struct digit digits[MOST_DIGITS];
    uint32_t ndigits;
    uint32_t *slots[POL_OPERANDS];
};

static uint32_t kinds_of(const struct inputs *in, uint32_t op)
{
    const struct pol_form *f = &in->ir->opclasses[in->opclass].form;
    uint32_t file = op == POL_OP_OP1 ? f->op1 : op == POL_OP_OP2 ? f->op2 : f->op3;
    if (op == POL_OP_ENV)
        return POL_KIND_ENV;
    if (op == POL_OP_CODE)
        return POL_KIND_CODE;
    if (op == POL_OP_MEM)
        return f->mem ? POL_KIND_MEM : 0;
    return file == POL_FILE_INT   ? POL_KIND_INT | POL_KIND_X0
           : file == POL_FILE_FP  ? POL_KIND_FP
           : file == POL_FILE_CSR ? POL_KIND_CSR
                                  : 0;
}

static const uint32_t *shape_of(const struct tbl *t, const struct pol_prt_field *f, uint32_t code)
{
    return RECORDS(t, uint32_t, SHAPES) + f->first_shape + (size_t)code * (f->shape_words + 1);
}

static bool can_be(const struct inputs *in, const struct pol_prt_field *f, uint32_t op,
                   uint32_t code)
{
    if (code == 0 || code >= f->ncodes)
        return false;
    if (kinds_of(in, op) == 0)
        return code == f->empty;
    return (shape_of(in->t, f, code)[f->shape_words] & kinds_of(in, op)) != 0;
}

static const struct pol_prt_field *field_of(const struct tbl *t, uint32_t tag, uint32_t *bit)
{
    for (uint32_t i = 0; i < COUNT(t, FIELDS); i++) {
        const struct pol_prt_field *f = &RECORDS(t, struct pol_prt_field, FIELDS)[i];
        for (*bit = 0; *bit < f->ntags; ++*bit)
            if (RECORDS(t, uint32_t, FIELD_TAGS)[f->first_tag + *bit] == tag)
                return f;
    }
    return NULL;
}

static void add_digit(struct inputs *in, const struct digit *d)
{
    for (uint32_t i = 0; i < in->ndigits; i++)
        if (in->digits[i].operand == d->operand && in->digits[i].slot == d->slot)
            return;
    CHECK(in->ndigits < MOST_DIGITS);
    in->digits[in->ndigits++] = *d;
}

static void add_field(struct inputs *in, uint32_t op, const struct pol_prt_field *f)
{
    struct digit d = {.operand = op, .slot = f->slot};
    for (uint32_t code = 0; code < f->ncodes && d.n < MOST_VALUES; code++)
        if (can_be(in, f, op, code))
            d.value[d.n++] = code;
    CHECK(d.n > 0);
    add_digit(in, &d);
}

static void add_lane(struct inputs *in, const struct ir_int *x)
{
    struct digit d = {.lane = true, .operand = (uint32_t)x->ref.op, .n = LIMIT};
    if (x->kind != IR_INT_ARG)
        return;
    const struct pol_prt_tag *tag = &RECORDS(in->t, struct pol_prt_tag, TAGS)[x->ref.tag];
    d.slot = RECORDS(in->t, struct pol_prt_arg, ARGS)[tag->first_arg + x->ref.arg].slot;
    for (uint32_t v = 0; v < LIMIT; v++)
        d.value[v] = v;
    add_digit(in, &d);
}

static void add_guard_lanes(struct inputs *in, struct ir_guard_id id)
{
    const struct ir_guard *g = &in->ir->guards[id.v];
    if (g->kind == IR_GUARD_NOT || g->kind == IR_GUARD_AND || g->kind == IR_GUARD_OR) {
        add_guard_lanes(in, g->a);
        if (g->kind != IR_GUARD_NOT)
            add_guard_lanes(in, g->b);
    } else if (g->kind >= IR_GUARD_EQ && g->kind <= IR_GUARD_LE) {
        add_lane(in, &in->ir->ints[g->x.v]);
        add_lane(in, &in->ir->ints[g->y.v]);
    }
}

static bool applies(const struct inputs *in, const struct ir_rule *r)
{
    const struct ir_opclass *c = &in->ir->opclasses[in->opclass];
    for (uint32_t i = 0; i < c->ngroups; i++)
        if (c->groups[i] == r->group.v)
            return true;
    return false;
}

/* All that the rules of the decider look at. */
static void find_digits(struct inputs *in)
{
    const struct ir_decider *d = &in->ir->deciders[in->decider];
    uint32_t bit;
    for (uint32_t k = 0; k < d->nrules; k++) {
        const struct ir_rule *r = &d->rules[k];
        if (!applies(in, r))
            continue;
        for (uint32_t op = 0; op < POL_OPERANDS; op++) {
            const struct ir_cond *c = &r->cond[op];
            for (uint32_t i = 0; i < c->nrequired + c->nforbidden; i++)
                add_field(
                    in, op,
                    field_of(in->t,
                             i < c->nrequired ? c->required[i] : c->forbidden[i - c->nrequired],
                             &bit));
            for (uint32_t t = 0; c->exact && t < in->ir->space->ntags; t++)
                if (in->ir->tags[t].domain == d->domain)
                    add_field(in, op, field_of(in->t, t, &bit));
        }
        if (r->guard.v != IR_NONE)
            add_guard_lanes(in, r->guard);
    }
}

/* --- what the rules want ------------------------------------------------------------------------
 */

static bool has_tag(const struct inputs *in, uint32_t op, uint32_t tag)
{
    uint32_t bit;
    const struct pol_prt_field *f = field_of(in->t, tag, &bit);
    return shape_of(in->t, f, in->slots[op][f->slot])[bit / 32] >> (bit % 32) & 1u;
}

static bool cond_holds(const struct inputs *in, uint32_t op, const struct ir_cond *c)
{
    bool ok = !c->never;
    for (uint32_t i = 0; i < c->nrequired; i++)
        ok = ok && has_tag(in, op, c->required[i]);
    for (uint32_t i = 0; i < c->nforbidden; i++)
        ok = ok && !has_tag(in, op, c->forbidden[i]);
    for (uint32_t t = 0; c->exact && t < in->ir->space->ntags; t++) {
        bool required = false;
        for (uint32_t i = 0; i < c->nrequired; i++)
            required = required || c->required[i] == t;
        if (in->ir->tags[t].domain == in->ir->deciders[in->decider].domain)
            ok = ok && (required || !has_tag(in, op, t));
    }
    return ok;
}

static int64_t number(const struct inputs *in, struct ir_int_id id)
{
    const struct ir_int *x = &in->ir->ints[id.v];
    if (x->kind == IR_INT_CONST)
        return x->value;
    const struct pol_prt_tag *tag = &RECORDS(in->t, struct pol_prt_tag, TAGS)[x->ref.tag];
    const struct pol_prt_arg *arg = &RECORDS(in->t, struct pol_prt_arg, ARGS)[tag->first_arg];
    return in->slots[x->ref.op][arg[x->ref.arg].slot];
}

static bool guard_holds(const struct inputs *in, struct ir_guard_id id)
{
    const struct ir_guard *g = &in->ir->guards[id.v];
    switch (g->kind) {
    case IR_GUARD_TRUE:
        return true;
    case IR_GUARD_NOT:
        return !guard_holds(in, g->a);
    case IR_GUARD_AND:
        return guard_holds(in, g->a) && guard_holds(in, g->b);
    case IR_GUARD_OR:
        return guard_holds(in, g->a) || guard_holds(in, g->b);
    case IR_GUARD_EQ:
        return number(in, g->x) == number(in, g->y);
    case IR_GUARD_NE:
        return number(in, g->x) != number(in, g->y);
    case IR_GUARD_LT:
        return number(in, g->x) < number(in, g->y);
    case IR_GUARD_LE:
        return number(in, g->x) <= number(in, g->y);
    default:
        return false;
    }
}

static uint32_t wanted_rule(const struct inputs *in)
{
    const struct ir_decider *d = &in->ir->deciders[in->decider];
    for (uint32_t k = 0; k < d->nrules; k++) {
        const struct ir_rule *r = &d->rules[k];
        bool ok = applies(in, r);
        for (uint32_t op = 0; ok && op < POL_OPERANDS; op++)
            ok = cond_holds(in, op, &r->cond[op]);
        if (ok && (r->guard.v == IR_NONE || guard_holds(in, r->guard)))
            return k;
    }
    return POL_NONE;
}

/* --- what the table does ------------------------------------------------------------------------
 */

static const struct pol_prt_program *program_of(const struct inputs *in)
{
    uint32_t at = in->decider * in->ir->nopclasses + in->opclass;
    return &RECORDS(in->t, struct pol_prt_program, PROGRAMS)[RECORDS(in->t, uint32_t, REMAP)[at]];
}

static int64_t compared(const struct inputs *in, const struct pol_prt_level *l)
{
    const struct pol_prt_op *ops = RECORDS(in->t, struct pol_prt_op, OPS) + l->first_op;
    int64_t v[8] = {0};
    CHECK(l->nops > 0 && l->nops <= 8);
    for (uint32_t i = 0; i < l->nops && i < 8; i++)
        v[i] = ops[i].op == POL_OPC_SLOT    ? in->slots[ops[i].a][ops[i].b]
               : ops[i].op == POL_OPC_CONST ? (int64_t)(ops[i].a | (uint64_t)ops[i].b << 32)
               : ops[i].op == POL_OPC_EQ    ? v[ops[i].a] == v[ops[i].b]
                                            : v[ops[i].a] < v[ops[i].b];
    return v[l->nops - 1];
}

static uint32_t input_of(const struct inputs *in, const struct pol_prt_level *l)
{
    const uint32_t *map = RECORDS(in->t, uint32_t, MAPS) + l->map;
    if (l->kind == POL_LEVEL_EXPR)
        return (uint32_t)compared(in, l);
    uint32_t slot = in->slots[l->operand][l->slot], k = 0;
    switch (l->kind) {
    case POL_LEVEL_MAP:
        CHECK(slot <= l->mask && map[slot] != POL_MAP_INVALID);
        return map[slot & l->mask];
    case POL_LEVEL_VALUE:
        while (k < l->value && map[k] <= slot)
            k++;
        return map[l->value + k];
    default:
        return (slot & l->mask) == l->value;
    }
}

static const struct pol_prt_action *action_of(const struct inputs *in)
{
    const struct pol_prt_program *p = program_of(in);
    const struct pol_prt_level *l = RECORDS(in->t, struct pol_prt_level, LEVELS) + p->first_level;
    const uint32_t *cells = RECORDS(in->t, uint32_t, CELLS);
    uint32_t state = p->start, address = 0;
    for (uint32_t k = 0; k < p->nmap; k++)
        address += input_of(in, &l[k]);
    CHECK(p->nmap == 0 || address < p->dense_size);
    if (p->nmap)
        state = cells[p->dense_base + address];
    for (uint32_t k = p->nmap; k < p->nlevels; k++) {
        uint32_t input = input_of(in, &l[k]);
        CHECK(input < l[k].width && state < l[k].nstates);
        state = cells[l[k].base + state * l[k].width + input];
    }
    CHECK(state < p->nactions);
    uint32_t action = p->first_action + state, ndeciders = in->ir->ndeciders;
    if (p->first_tuple != POL_NONE)
        action = RECORDS(in->t, uint32_t, TUPLES)[p->first_tuple + state * ndeciders + in->decider];
    return &RECORDS(in->t, struct pol_prt_action, ACTIONS)[action];
}

/* --- checks -------------------------------------------------------------------------------------
 */

struct tally {
    uint64_t inputs;
    uint32_t wrong, classes, values, vanished, layouts[4];
};

static bool next_input(struct inputs *in, uint32_t *at)
{
    for (uint32_t i = 0; i < in->ndigits; i++) {
        struct digit *d = &in->digits[i];
        at[i] = (at[i] + 1) % d->n;
        in->slots[d->operand][d->slot] = d->value[at[i]];
        if (at[i])
            return true;
    }
    return false;
}

/* What no digit says is some code that can be there: other deciders may look at it. */
static void first_input(struct inputs *in, uint32_t *at)
{
    memset(at, 0, MOST_DIGITS * sizeof *at);
    for (uint32_t i = 0; i < COUNT(in->t, FIELDS); i++)
        for (uint32_t op = 0; op < POL_OPERANDS; op++) {
            const struct pol_prt_field *f = &RECORDS(in->t, struct pol_prt_field, FIELDS)[i];
            uint32_t code = 0;
            while (code < f->ncodes && !can_be(in, f, op, code))
                code++;
            in->slots[op][f->slot] = code;
        }
    for (uint32_t i = 0; i < in->ndigits; i++)
        in->slots[in->digits[i].operand][in->digits[i].slot] = in->digits[i].value[0];
}

static void check_input(const struct inputs *in, uint32_t want, struct tally *tally)
{
    const struct pol_prt_action *a = action_of(in);
    uint32_t verdict = want == POL_NONE ? POL_FAIL_IMPLICIT : POL_ALLOW;
    tally->wrong += a->rule != want || a->verdict != verdict;
    tally->inputs++;
}

/* A map says which codes the operand can be, all of them. */
static void check_maps(const struct inputs *in, struct tally *tally)
{
    const struct pol_prt_program *p = program_of(in);
    for (uint32_t k = 0; k < p->nlevels; k++) {
        const struct pol_prt_level *l =
            &RECORDS(in->t, struct pol_prt_level, LEVELS)[p->first_level + k];
        if (l->kind != POL_LEVEL_MAP)
            continue;
        const struct pol_prt_slot *slot = &RECORDS(in->t, struct pol_prt_slot, SLOTS)[l->slot];
        const struct pol_prt_field *f = &RECORDS(in->t, struct pol_prt_field, FIELDS)[slot->index];
        for (uint32_t code = 0; code <= l->mask; code++) {
            uint32_t class = RECORDS(in->t, uint32_t, MAPS)[l->map + code];
            tally->wrong += (class == POL_MAP_INVALID) == can_be(in, f, l->operand, code);
        }
    }
}

/* Different values in a level's input, over what the digit can be; 1 if no level looks at it. */
static uint32_t classes_had(const struct inputs *in, const struct digit *d)
{
    const struct pol_prt_program *p = program_of(in);
    uint32_t n = 1, levels = 0;
    for (uint32_t k = 0; k < p->nlevels; k++) {
        const struct pol_prt_level *l =
            &RECORDS(in->t, struct pol_prt_level, LEVELS)[p->first_level + k];
        const struct pol_prt_op *ops = RECORDS(in->t, struct pol_prt_op, OPS);
        uint32_t operand = l->operand, slot = l->slot;
        for (uint32_t i = 0; l->kind == POL_LEVEL_EXPR && i < l->nops; i++)
            if (ops[l->first_op + i].op == POL_OPC_SLOT) {
                operand = ops[l->first_op + i].a;
                slot = ops[l->first_op + i].b;
            }
        if (operand != d->operand || slot != d->slot)
            continue;
        levels++;
        n = l->width;
    }
    CHECK(levels <= 1);
    return n;
}

static uint32_t classes_wanted(const struct digit *d)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        uint32_t k = 0;
        while (k < i && d->sign[k] != d->sign[i])
            k++;
        n += k == i;
    }
    return n;
}

static void check_counts(const struct inputs *in, struct tally *tally)
{
    for (uint32_t i = 0; i < in->ndigits; i++) {
        uint32_t had = classes_had(in, &in->digits[i]);
        uint32_t wanted = classes_wanted(&in->digits[i]);
        tally->wrong += had != wanted;
        tally->classes += !in->digits[i].lane && had > 1;
        tally->values += in->digits[i].lane && had > 1;
        tally->vanished += had == 1;
    }
}

static void check_opclass(struct inputs *in, bool count, struct tally *tally)
{
    uint32_t at[MOST_DIGITS];
    uint64_t all = 1;
    in->ndigits = 0;
    find_digits(in);
    for (uint32_t i = 0; i < in->ndigits; i++)
        all *= in->digits[i].n;
    check_maps(in, tally);
    if (all > MOST_INPUTS)
        return;
    first_input(in, at);
    do {
        uint32_t want = wanted_rule(in);
        check_input(in, want, tally);
        for (uint32_t i = 0; count && i < in->ndigits; i++) {
            uint64_t *sign = &in->digits[i].sign[at[i]];
            *sign = (*sign ^ (want + 7)) * 0x9E3779B97F4A7C15u;
            *sign ^= *sign >> 29;
        }
    } while (next_input(in, at));
    if (count)
        check_counts(in, tally);
}

static bool is_interesting(const struct ir_opclass *c)
{
    return strcmp(c->name, "add") == 0 || strcmp(c->name, "lw") == 0 || strcmp(c->name, "sw") == 0;
}

static void check_table(const struct ir *ir, const struct tbl *t, bool count, struct tally *tally)
{
    struct inputs in = {.ir = ir, .t = t};
    size_t nslots = COUNT(t, SLOTS) + 1;
    uint32_t *slots = calloc(nslots * POL_OPERANDS, sizeof *slots);
    for (uint32_t op = 0; op < POL_OPERANDS; op++)
        in.slots[op] = slots + op * nslots;
    for (in.opclass = 1; in.opclass < ir->nopclasses; in.opclass++)
        for (in.decider = 0; in.decider < ir->ndeciders; in.decider++)
            if (is_interesting(&ir->opclasses[in.opclass])) {
                tally->layouts[program_of(&in)->layout]++;
                check_opclass(&in, count, tally);
            }
    free(slots);
}

static void check_policy(bool pairs, struct tally *tally)
{
    static const enum tbl_layout layouts[] = {TBL_AUTO, TBL_DAG, TBL_DENSE, TBL_FLAT};
    struct fixture f;
    struct sources text;
    str_init(&text.q);
    str_init(&text.r);
    str_init(&text.m);
    make_policy(&text, pairs);
    uint32_t before = tally->wrong;
    if (!open_policy(&f, &text))
        tally->wrong++;
    for (uint32_t i = 0; f.compiled && i < 8; i++) {
        struct tbl_options options = {.layout = layouts[i % 4], .fuse = i >= 4};
        const char *err;
        struct tbl *t = tbl_build(f.compiled->ir, &options, &err);
        CHECK(t != NULL);
        if (t) /* flat programs look up codes; fused ones have the classes of all deciders */
            check_table(f.compiled->ir, t, !pairs && i < 3, tally);
        tbl_free(t);
    }
    if (tally->wrong != before)
        printf("# wrong:\n%s%s%s", str_text(&text.q), str_text(&text.r), str_text(&text.m));
    close_policy(&f);
    str_free(&text.q);
    str_free(&text.r);
    str_free(&text.m);
}

/* --- sizes --------------------------------------------------------------------------------------
 */

static struct tbl *build(struct fixture *f, struct sources *s, const struct tbl_options *options,
                         const char **err)
{
    struct tbl *t = NULL;
    *err = "";
    if (open_policy(f, s))
        t = tbl_build(f->compiled->ir, options, err);
    return t;
}

static void open_sources(struct sources *s, const char *metadata)
{
    str_init(&s->q);
    str_init(&s->r);
    str_init(&s->m);
    str_printf(&s->q,
               "module q:\ntype: data I = Int\nmetadata: %s\ngroup:\n"
               "    grp s(RS1:a, RS2:v, MEM:m -> MEM:o) sw\npolicy:\n    q = ",
               metadata);
    str_add(&s->r, "module r:\n");
    str_add(&s->m, "module m:\nimport: q r\npolicy: p = q\n");
}

static void close_sources(struct sources *s)
{
    str_free(&s->q);
    str_free(&s->r);
    str_free(&s->m);
}

static void check_constants(uint32_t n)
{
    struct tbl_options options = {.layout = TBL_AUTO};
    struct sources s;
    struct fixture f;
    const char *err;
    open_sources(&s, "A, B I");
    for (uint32_t i = 0; i < n; i++)
        str_printf(&s.q, "s(a == [B %u] -> o = {B %u})\n        ^ ", i * 3, i);
    str_add(&s.q, "s(-> o = {A})\nrequire: init ISA.RISCV.Reg.x5 {B 1}\n");
    struct tbl *t = build(&f, &s, &options, &err);
    CHECK(t != NULL);
    CHECK_INT(t ? COUNT(t, LEVELS) : 0, 2);         /* is B there, and which */
    CHECK(t && COUNT(t, CELLS) <= 2 * (n + 1) + 2); /* n rules or none, for both states */
    CHECK(t && COUNT(t, MAPS) <= 2 * (2 * n + 2) + 16);
    tbl_free(t);
    close_policy(&f);
    close_sources(&s);
}

static void check_too_big(const struct tbl_options *options, const char *message)
{
    struct sources s;
    struct fixture f;
    const char *err;
    open_sources(&s, "A, B, C, D, E, F, G, H");
    for (uint32_t i = 0; i < 8; i++)
        str_printf(&s.q, "s(a == [%c], v == [%c], m == [%c] -> o = {A})\n        ^ ", 'A' + i,
                   'A' + i * 3 % 8, 'A' + i * 5 % 8);
    str_add(&s.q, "s(-> o = {A})\nrequire: init ISA.RISCV.Reg.x5 {A}\n");
    struct tbl *t = build(&f, &s, options, &err);
    CHECK(t == NULL);
    CHECK_STR(err, message);
    tbl_free(t);
    close_policy(&f);
    close_sources(&s);
}

int main(void)
{
    struct tally tally = {0};
    CASE("every layout does what the rules say, with the fewest classes");
    seed = 88172645463325252u;
    for (uint32_t i = 0; i < 30; i++)
        check_policy(false, &tally);
    CHECK_INT(tally.wrong, 0);
    CHECK(tally.classes > 100);
    CHECK(tally.values > 20);
    CHECK(tally.vanished > 20);
    CASE("and where arguments are compared with each other");
    for (uint32_t i = 0; i < 15; i++)
        check_policy(true, &tally);
    CHECK_INT(tally.wrong, 0);
    CHECK(tally.layouts[POL_LAYOUT_DAG] > 0);
    CHECK(tally.layouts[POL_LAYOUT_DENSE] > 0);
    CHECK(tally.layouts[POL_LAYOUT_FLAT] > 0);
    CASE("rules that differ in a constant need a cell each");
    check_constants(2000);
    CASE("a forced layout that is too big is refused with what it needs");
    check_too_big(&(struct tbl_options){.layout = TBL_FLAT, .universe_all = true},
                  "flat layout: the rules of q.q need 134217728 cells (memory: 512 codes, first "
                  "operand: 512 codes, second operand: 512 codes), at most 4194304 are possible");
    check_too_big(
        &(struct tbl_options){.layout = TBL_DENSE, .universe_all = true},
        "dense layout: the rules of q.q need 16777216 cells (memory: 256 classes, first operand: "
        "256 classes, second operand: 256 classes), at most 4194304 are possible");
    check_too_big(
        &(struct tbl_options){.layout = TBL_FLAT, .universe_all = true, .fuse = true},
        "flat layout: the rules of all deciders need 134217728 cells (memory: 512 codes, first "
        "operand: 512 codes, second operand: 512 codes), at most 4194304 are possible");
    printf("# %llu inputs, %u classed operands, %u values, %u not looked at\n",
           (unsigned long long)tally.inputs, tally.classes, tally.values, tally.vanished);
    return check_done();
}
