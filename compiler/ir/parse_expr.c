/* Expressions and conditions of the text form. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/parse.h"
#include "compiler/ir/text.h"

/* ---- Tags and what is read of them --------------------------------------------------------- */

bool parse_tag(struct parser *p, uint32_t *tag)
{
    const char *name;
    if (!parse_word(p, &name))
        return false;
    long found = pol_space_find(p->ir->space, name, strlen(name));
    if (found < 0)
        return parse_fail(p, "%s tag `%s`", found == -1 ? "unknown" : "ambiguous", name);
    *tag = (uint32_t)found;
    return true;
}

/* The rest of `PLACE.(TAG).ARG`, from the bracket on. */
static bool finish_ref(struct parser *p, uint32_t place, struct ir_ref *ref)
{
    ref->op = (enum pol_operand)place;
    if (!parse_expect_char(p, '(') || !parse_tag(p, &ref->tag) || !parse_expect_char(p, ')') ||
        !parse_expect_char(p, '.') || !parse_u32(p, &ref->arg))
        return false;
    return ref->arg < p->ir->space->tags[ref->tag].nargs ||
           parse_fail(p, "%s has no argument %" PRIu32, p->ir->space->tags[ref->tag].name,
                      ref->arg);
}

/* A place; `more` says whether a dot and a bracket follow. */
static bool parse_where(struct parser *p, uint32_t *place, bool *more)
{
    const char *word;
    if (!parse_word(p, &word))
        return false;
    size_t length = strlen(word);
    *more = word[length - 1] == '.';
    length -= *more;
    for (*place = 0; *place < IR_PLACES; ++*place)
        if (strlen(ir_text_places[*place]) == length &&
            memcmp(ir_text_places[*place], word, length) == 0)
            return true;
    return parse_fail(p, "no such operand: `%s`", word);
}

static bool parse_ref(struct parser *p, struct ir_ref *ref)
{
    uint32_t place;
    bool more;
    if (!parse_where(p, &place, &more))
        return false;
    if (!more)
        return parse_fail(p, "expected OPERAND.(TAG).ARGUMENT");
    return finish_ref(p, place, ref);
}

/* An opening bracket and the word behind it; closed by leave(). */
static bool enter(struct parser *p, const char *const *words, uint32_t count, const char *what,
                  uint32_t *index)
{
    if (++p->depth > IR_PARSE_DEPTH)
        return parse_fail(p, "an expression that is nested too deeply");
    return parse_expect_char(p, '(') && parse_choice(p, words, count, what, index);
}

static bool leave(struct parser *p)
{
    p->depth--;
    return parse_expect_char(p, ')');
}

static bool peek(struct parser *p, char *c)
{
    if (parse_at_end(p) || *p->at == ')')
        return parse_fail(p, "expected an expression");
    *c = *p->at;
    return true;
}

/* ---- Integers ------------------------------------------------------------------------------ */

static bool parse_int(struct parser *p, struct ir_int_id *id);

static bool parse_const(struct parser *p, struct ir_int_id *id)
{
    const char *word;
    char *end;
    if (!parse_word(p, &word))
        return false;
    errno = 0;
    long long value = strtoll(word, &end, 10);
    char again[32];
    snprintf(again, sizeof again, "%lld", value);
    if (errno || *end || strcmp(again, word) != 0)
        return parse_fail(p, "not a number: `%s`", word);
    *id = ir_int_const(&p->pools, value);
    return true;
}

static bool parse_new(struct parser *p, struct ir_int_id *id)
{
    uint32_t counter, index;
    if (!parse_u32(p, &counter) || !parse_u32(p, &index))
        return false;
    *id = ir_int_new(&p->pools, counter, index);
    return true;
}

static bool parse_operation(struct parser *p, enum ir_int_kind kind, struct ir_int_id *id)
{
    bool bounds = kind == IR_INT_JOIN || kind == IR_INT_MEET;
    uint32_t lattice = 0;
    struct ir_int_id a, b;
    if ((bounds && !parse_u32(p, &lattice)) || !parse_int(p, &a) || !parse_int(p, &b))
        return false;
    *id = bounds ? ir_int_bound(&p->pools, kind, lattice, a, b) : ir_int_op(&p->pools, kind, a, b);
    return true;
}

static bool parse_int(struct parser *p, struct ir_int_id *id)
{
    static const char *const words[] = {"add", "sub", "mul", "div", "mod", "join", "meet", "new"};
    char c = 0;
    uint32_t op;
    struct ir_ref ref;
    if (!peek(p, &c))
        return false;
    if (c == '-' || (c >= '0' && c <= '9'))
        return parse_const(p, id);
    if (c != '(') {
        if (!parse_ref(p, &ref))
            return false;
        *id = ir_int_arg(&p->pools, ref);
        return true;
    }
    if (!enter(p, words, IR_TEXT_INT_OPS + 1, "an operation on integers", &op))
        return false;
    if (op == IR_TEXT_INT_OPS)
        return parse_new(p, id) && leave(p);
    return parse_operation(p, (enum ir_int_kind)(IR_INT_ADD + op), id) && leave(p);
}

/* ---- Guards -------------------------------------------------------------------------------- */

static bool parse_seteq(struct parser *p, struct ir_guard_id *id)
{
    struct ir_ref r, s;
    if (!parse_ref(p, &r) || !parse_ref(p, &s))
        return false;
    *id = ir_guard_seteq(&p->pools, r, s);
    return true;
}

static bool parse_related(struct parser *p, struct ir_guard_id *id)
{
    uint32_t relation;
    if (!parse_u32(p, &relation))
        return false;
    if (relation >= p->ir->nrelations)
        return parse_fail(p, "no relation %" PRIu32, relation);
    uint32_t nargs = p->ir->relations[relation].nargs;
    struct ir_int_id *args = ARENA_ARRAY(p->ir->arena, struct ir_int_id, nargs);
    for (uint32_t i = 0; i < nargs; i++)
        if (!parse_int(p, &args[i]))
            return false;
    *id = ir_guard_relation(&p->pools, relation, args);
    return true;
}

static bool parse_compare(struct parser *p, enum ir_guard_kind kind, struct ir_guard_id *id)
{
    struct ir_int_id x, y;
    if (!parse_int(p, &x) || !parse_int(p, &y))
        return false;
    *id = ir_guard_compare(&p->pools, kind, x, y);
    return true;
}

static bool parse_junction(struct parser *p, enum ir_guard_kind kind, struct ir_guard_id *id)
{
    struct ir_guard_id a, b;
    if (!parse_guard(p, &a))
        return false;
    if (kind == IR_GUARD_NOT) {
        *id = ir_guard_not(&p->pools, a);
        return true;
    }
    if (!parse_guard(p, &b))
        return false;
    *id = ir_guard_join(&p->pools, kind, a, b);
    return true;
}

static bool parse_guard_body(struct parser *p, enum ir_guard_kind kind, struct ir_guard_id *id)
{
    switch (kind) {
    case IR_GUARD_NOT:
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        return parse_junction(p, kind, id);
    case IR_GUARD_SETEQ:
        return parse_seteq(p, id);
    case IR_GUARD_RELATION:
        return parse_related(p, id);
    default:
        return parse_compare(p, kind, id);
    }
}

bool parse_guard(struct parser *p, struct ir_guard_id *id)
{
    uint32_t op;
    for (op = IR_GUARD_TRUE; op <= IR_GUARD_FALSE; op++)
        if (parse_accept(p, ir_text_guards[op])) {
            *id = ir_guard_const(&p->pools, op == IR_GUARD_TRUE);
            return true;
        }
    if (!enter(p, ir_text_guards + IR_GUARD_NOT, IR_TEXT_GUARDS - IR_GUARD_NOT, "a condition", &op))
        return false;
    return parse_guard_body(p, (enum ir_guard_kind)(IR_GUARD_NOT + op), id) && leave(p);
}

/* ---- Tag sets ------------------------------------------------------------------------------ */

static bool parse_args(struct parser *p, struct ir_mod *mod)
{
    const struct pol_tag_info *info = &p->ir->space->tags[mod->tag];
    if (info->nargs == 0)
        return true;
    mod->args = ARENA_ARRAY(p->ir->arena, struct ir_value, info->nargs);
    if (!parse_expect_char(p, '('))
        return false;
    for (uint32_t a = 0; a < info->nargs; a++) {
        mod->args[a] = (struct ir_value){IR_NO_INT, IR_NO_SET};
        if (!(info->args[a].is_set ? parse_set(p, &mod->args[a].set)
                                   : parse_int(p, &mod->args[a].number)))
            return false;
    }
    return parse_expect_char(p, ')');
}

static bool parse_modify(struct parser *p, struct ir_set_id *id)
{
    VEC_OF(struct ir_mod) mods = {NULL, 0, 0};
    struct ir_set_id base;
    if (!parse_set(p, &base))
        return false;
    while (!parse_at_end(p) && (*p->at == '+' || *p->at == '-')) {
        struct ir_mod mod = {.remove = *p->at++ == '-'};
        if (!parse_tag(p, &mod.tag) || (!mod.remove && !parse_args(p, &mod)))
            return false;
        VEC_PUSH(p->ir->arena, &mods, mod);
    }
    *id = ir_set_modify(&p->pools, base, mods.items, (uint32_t)mods.count);
    return true;
}

static bool parse_merged(struct parser *p, enum ir_set_kind kind, struct ir_set_id *id)
{
    struct ir_set_id a, b;
    if (!parse_set(p, &a) || !parse_set(p, &b))
        return false;
    *id = ir_set_join(&p->pools, kind, a, b);
    return true;
}

static bool parse_leaf(struct parser *p, struct ir_set_id *id)
{
    uint32_t place;
    bool more;
    if (parse_accept(p, "{}")) {
        *id = ir_set_empty(&p->pools);
        return true;
    }
    if (!parse_where(p, &place, &more))
        return false;
    if (!more) {
        *id = ir_set_operand(&p->pools, (enum pol_operand)place);
        return true;
    }
    struct ir_ref ref;
    if (!finish_ref(p, place, &ref))
        return false;
    *id = ir_set_arg(&p->pools, ref);
    return true;
}

bool parse_set(struct parser *p, struct ir_set_id *id)
{
    static const char *const words[] = {"modify", "union", "inter"};
    char c = 0;
    uint32_t op;
    if (!peek(p, &c))
        return false;
    if (c != '(')
        return parse_leaf(p, id);
    if (!enter(p, words, 3, "an operation on tag sets", &op))
        return false;
    if (op == 0)
        return parse_modify(p, id) && leave(p);
    return parse_merged(p, op == 1 ? IR_SET_UNION : IR_SET_INTER, id) && leave(p);
}

/* ---- Conditions ---------------------------------------------------------------------------- */

bool parse_cond(struct parser *p, struct ir_cond *cond)
{
    struct arena *arena = p->ir->arena;
    VEC_OF(uint32_t) required = {NULL, 0, 0}, forbidden = {NULL, 0, 0};
    while (!parse_at_end(p) && (*p->at == '+' || *p->at == '-')) {
        bool absent = *p->at++ == '-';
        uint32_t tag;
        if (!parse_tag(p, &tag))
            return false;
        if (absent)
            VEC_PUSH(arena, &forbidden, tag);
        else
            VEC_PUSH(arena, &required, tag);
    }
    *cond = (struct ir_cond){
        required.items, forbidden.items, (uint32_t)required.count, (uint32_t)forbidden.count, false,
        false};
    cond->exact = parse_accept(p, "exact");
    cond->never = parse_accept(p, "never");
    return parse_end(p);
}
