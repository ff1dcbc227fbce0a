/* The proof of classes of values, and of lanes that tags share: tables that are right, and spoiled
 * ones. */
#include "tests/unit/verify_edit.h"

/* --- classes of values --------------------------------------------------------------------------
 */

/* The constant of an EXPR level that compares a slot with it; false if it is none. */
static bool constant_test(const struct fixture *f, const struct pol_prt_level *l, bool *less,
                          bool *swapped, uint32_t *constant, const struct pol_prt_op **slot)
{
    const struct pol_prt_op *ops = &f->t.ops[l->first_op];
    if (l->kind != POL_LEVEL_EXPR || l->nops != 3)
        return false;
    const struct pol_prt_op *a = &ops[ops[2].a], *b = &ops[ops[2].b];
    *swapped = a->op == POL_OPC_CONST;
    *slot = *swapped ? b : a;
    *constant = *swapped ? a->a : b->a;
    *less = ops[2].op == POL_OPC_LT;
    return (*slot)->op == POL_OPC_SLOT && (a->op == POL_OPC_CONST || b->op == POL_OPC_CONST);
}

/* Makes a level one of classes, with the same inputs 0 and 1. */
static bool to_classes(struct fixture *f, struct pol_prt_level *l)
{
    bool less, swapped;
    uint32_t constant, map = (uint32_t)f->maps.count;
    const struct pol_prt_op *slot;
    if (!constant_test(f, l, &less, &swapped, &constant, &slot))
        return false;
    uint32_t from = less && swapped ? constant + 1 : constant;
    bool two = !less && from > 0;
    if (from > 0 || less)
        VEC_PUSH(&f->arena, &f->maps, from);
    if (!less)
        VEC_PUSH(&f->arena, &f->maps, constant + 1);
    uint32_t n = (uint32_t)f->maps.count - map;
    uint32_t first = less ? !swapped : !two;
    for (uint32_t k = 0; k <= n; k++)
        VEC_PUSH(&f->arena, &f->maps, (k + first) & 1u);
    l->kind = POL_LEVEL_VALUE;
    l->operand = slot->a;
    l->slot = slot->b;
    l->map = map;
    l->value = n;
    return true;
}

static uint32_t all_to_classes(struct fixture *f)
{
    uint32_t n = 0;
    for (size_t i = 0; i < f->levels.count; i++)
        if (f->levels.items[i].kind == POL_LEVEL_EXPR)
            n += to_classes(f, &f->levels.items[i]);
    return n;
}

/* Every bound and every class of the level matters. */
static void spoil_classes(struct fixture *f, struct pol_prt_level *l)
{
    uint32_t *map = &f->maps.items[l->map], n = l->value;
    CASE("another bound is refused with the values");
    for (uint32_t i = 0; i < n; i++) {
        if (map[i] > 1 && (i == 0 || map[i] - 1 > map[i - 1]))
            CHANGED(f, map[i], map[i] - 1, "argument of L", "the rules want");
        if (i + 1 == n || map[i] + 1 < map[i + 1])
            CHANGED(f, map[i], map[i] + 1, "argument of L", "the rules want");
    }
    CHANGED(f, map[n - 1], 0x80000000u, "argument of L", "the rules want");
    CHANGED(f, map[0], map[1], "do not ascend", "");
    CASE("another class is refused with the values");
    for (uint32_t i = n; i <= 2 * n; i++)
        CHANGED(f, map[i], (map[i] + 1) % l->width, "argument of L", "the rules want");
    CHANGED(f, map[n], l->width, "no such cell", "");
    CHANGED(f, l->slot, 0, "what is no argument", "");
}

/* As the builder has them, and with what remains of comparisons made classes of values too. */
static void value_tables(bool all)
{
    struct fixture f;
    CASE(all ? "classes of values are proven"
             : "classes of values beside comparisons of other arguments are proven");
    open_dag(&f, policy_text);
    if (all)
        CHECK(all_to_classes(&f) >= 1);
    is_proven(&f);
    struct pol_prt_level *l = NULL;
    for (size_t i = 0; i < f.levels.count && !l; i++)
        if (f.levels.items[i].kind == POL_LEVEL_VALUE && f.levels.items[i].value >= 4)
            l = &f.levels.items[i];
    if (!l) {
        CHECK(false);
        exit(check_done());
    }
    spoil_classes(&f, l);
    is_proven(&f);
    close_fixture(&f);
}

/* All comparisons of one argument in one level: what no value does has no cell. */
static const char joined_text[] = "module tested:\n"
                                  "type:\n    data Level = Int (20)\n"
                                  "metadata:\n    L Level\n"
                                  "group:\n    grp add(RS1:a -> RD:r)\n        addi\n"
                                  "policy:\n    main =\n"
                                  "          add(a == [+(L x)] | x == 3 -> r = {L 3})\n"
                                  "        ^ add(a == [+(L x)] | x < 6 -> r = {L 6})\n"
                                  "        ^ add(a == [+(L x)] | x == 9 -> fail \"nine\")\n"
                                  "        ^ add(a == [+(L x)] | x <= 5 -> fail \"never\")\n"
                                  "        ^ add(-> r = a)\n"
                                  "require:\n    init SOC.A {L 1}\n";

/* One level with the classes 0: 3, 1: below 6, 2: 9, 3: others. */
static void one_level(struct fixture *f, struct pol_prt_program *p, const uint32_t rule_of[4])
{
    static const uint32_t map[] = {3, 4, 6, 9, 10, 1, 0, 1, 3, 2, 3};
    uint32_t tag = p->first_level; /* the class map; then all comparisons */
    struct pol_prt_level l = f->levels.items[tag], value = {.kind = POL_LEVEL_VALUE, .value = 5};
    uint32_t there = 1;
    for (uint32_t k = 1; k < p->nlevels; k++) {
        const struct pol_prt_level *e = level_of(f, p, k);
        if (e->kind == POL_LEVEL_VALUE)
            value.operand = e->operand, value.slot = e->slot;
        else if (e->kind == POL_LEVEL_EXPR)
            value.operand = f->t.ops[e->first_op].a, value.slot = f->t.ops[e->first_op].b;
    }
    value.map = (uint32_t)f->maps.count;
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
        VEC_PUSH(&f->arena, &f->maps, map[i]);
    for (uint32_t c = 1; c < l.value; c++)
        if (f->t.shapes[f->t.fields[0].first_shape + 2 * c] == 1)
            there = f->maps.items[l.map + c];
    l.width = 2;
    l.nstates = 1;
    l.base = (uint32_t)f->cells.count;
    for (uint32_t i = 0; i < 2; i++)
        VEC_PUSH(&f->arena, &f->cells, i == there);
    value.width = 4;
    value.nstates = 2;
    value.base = (uint32_t)f->cells.count;
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t want = i < 4 ? 4 : rule_of[i - 4], state = 0;
        while (state < p->nactions && f->t.actions[p->first_action + state].rule != want)
            state++;
        VEC_PUSH(&f->arena, &f->cells, state);
    }
    p->first_level = (uint32_t)f->levels.count;
    p->nlevels = 2;
    p->start = 0;
    VEC_PUSH(&f->arena, &f->levels, l);
    VEC_PUSH(&f->arena, &f->levels, value);
}

/* Asks once more whether the argument is 9 or more; where it is 9, it cannot be below.  Returns the
 * cell that is used then. */
static uint32_t ask_again(struct fixture *f, struct pol_prt_program *p, bool expr)
{
    const struct pol_prt_level *first = level_of(f, p, 1);
    struct pol_prt_level again = {
        .kind = POL_LEVEL_VALUE, .value = 1, .width = 2, .nstates = p->nactions};
    struct pol_prt_op ops[3] = {{.op = POL_OPC_SLOT, .a = first->operand, .b = first->slot},
                                {.op = POL_OPC_CONST, .a = 8},
                                {.op = POL_OPC_LT, .a = 1, .b = 0}};
    uint32_t nine = f->cells.items[first->base + 4 + 2];
    again.operand = first->operand;
    again.slot = first->slot;
    again.map = (uint32_t)f->maps.count;
    again.base = (uint32_t)f->cells.count;
    VEC_PUSH(&f->arena, &f->maps, 9);
    VEC_PUSH(&f->arena, &f->maps, 0);
    VEC_PUSH(&f->arena, &f->maps, 1);
    if (expr) {
        again.kind = POL_LEVEL_EXPR;
        again.first_op = (uint32_t)f->ops.count;
        again.nops = 3;
        for (int i = 0; i < 3; i++)
            VEC_PUSH(&f->arena, &f->ops, ops[i]);
    }
    for (uint32_t s = 0; s < p->nactions; s++)
        for (uint32_t i = 0; i < 2; i++)
            VEC_PUSH(&f->arena, &f->cells, s == nine && i == 0 ? (s ? 0 : 1) : s);
    VEC_PUSH(&f->arena, &f->levels, again);
    p->nlevels = 3;
    return again.base + 2 * nine + 1;
}

static void joined_levels(void)
{
    static const uint32_t right[4] = {0, 1, 2, 4}, wrong[4] = {0, 1, 2, 1};
    struct fixture f;
    CASE("comparisons joined in one level are proven");
    open_dag(&f, joined_text);
    uint32_t program = 0;
    while (program < f.programs.count && f.programs.items[program].nlevels < 2)
        program++;
    if (program == f.programs.count) {
        CHECK(false);
        exit(1);
    }
    struct pol_prt_program old = f.programs.items[program];
    one_level(&f, &f.programs.items[program], right);
    is_proven(&f);
    f.programs.items[program] = old;
    one_level(&f, &f.programs.items[program], wrong);
    is_refused(&f, "argument of L", "the rules want rule 4");
    for (int expr = 0; expr < 2; expr++) {
        CASE(expr ? "a comparison after it is of the same value"
                  : "a class of values after it is of the same value");
        f.programs.items[program] = old;
        one_level(&f, &f.programs.items[program], right);
        uint32_t nine = ask_again(&f, &f.programs.items[program], expr != 0);
        is_proven(&f);
        f.cells.items[nine] = f.cells.items[nine] ? 0 : 1;
        is_refused(&f, "argument of L 9", "the rules want rule 2");
        if (!expr)
            continue;
        f.cells.items[nine] = f.cells.items[nine] ? 0 : 2;
        f.ops.items[f.ops.count - 2].a = 9; /* from 10 on */
        is_refused(&f, "argument of L", "the rules want");
    }
    close_fixture(&f);
}

/* --- shared lanes -------------------------------------------------------------------------------
 */

/* A, B and C are never together, and an argument goes from one to another; D is beside A. */
static const char lanes_text[] =
    "module tested:\n"
    "type:\n    data Level = Int (20)\n    data Small = Int (5)\n"
    "metadata:\n    A Level merge all, B Level merge all, C Small merge all, D Level merge all\n"
    "group:\n"
    "    grp add(RS1:a, RS2:b -> RD:r)\n        add\n"
    "    grp sub(RS1:a, RS2:b -> RD:r)\n        sub\n"
    "    grp store(RS1:a, RS2:v, MEM:m -> MEM:m)\n        sw\n"
    "policy:\n    main =\n"
    "          add(a == [+(A x), -D], b == [-A] | x < 6 -> r = {B x})\n"
    "        ^ add(a == [+(B x)] | x == 4 -> r = {C 3})\n"
    "        ^ add(a == [+(B x)] | x <= 17 -> r = {A (x + 2), D x})\n"
    "        ^ add(a == [+(C x)], b == [+(A y)] | y < 9 && x == 4 -> r = {A (y - 1)})\n"
    "        ^ add(a == [+(C x)] | x < 3 -> r = a[-C, +(B 7)])\n"
    "        ^ sub(-> r = a /\\ b)\n"
    "        ^ store(-> m = v)\n"
    "require:\n"
    "    init ISA.RISCV.Reg.Default {}\n"
    "    init ISA.RISCV.Reg.x5 {A 1}\n"
    "    init ISA.RISCV.Reg.x6 {B 2}\n    init ISA.RISCV.Reg.x7 {C 3}\n"
    "    init ISA.RISCV.Reg.x8 {A 3, D 4}\n";

static uint32_t arg_of(const struct fixture *f, const char *tag)
{
    for (uint32_t i = 0; i < f->t.n_tags; i++)
        if (strcmp(f->t.strings + f->t.tags[i].name, tag) == 0)
            return f->t.tags[i].first_arg;
    CHECK(false);
    exit(check_done());
}

/* Every operation that reads, chooses or stores is changed in turn; returns how many changes are
 * refused. */
static uint32_t spoil_operations(struct fixture *f, uint32_t *tried)
{
    uint32_t refused = 0;
    char err[1024];
    for (size_t i = 0; i < f->ops.count; i++) {
        struct pol_prt_op *op = &f->ops.items[i], old = *op;
        if (op->op == POL_OPC_SELECT)
            op->b = op->c, op->c = old.b;
        else if (op->op == POL_OPC_OR)
            op->op = POL_OPC_AND;
        else if (op->op == POL_OPC_STORE)
            op->op = POL_OPC_PUT;
        else
            continue;
        (*tried)++;
        refused += !proven(f, err, sizeof err);
        *op = old;
    }
    return refused;
}

static void shared_lanes(void)
{
    struct tbl_options options = {.layout = TBL_AUTO, .share_lanes = true};
    struct fixture f;
    uint32_t tried = 0;
    CASE("arguments of tags that are never together share a slot");
    if (!open_text(&f, lanes_text) || !build(&f, &options)) {
        CHECK(false);
        exit(check_done());
    }
    start_edit(&f);
    uint32_t a = arg_of(&f, "A"), b = arg_of(&f, "B"), c = arg_of(&f, "C"), d = arg_of(&f, "D");
    CHECK(f.t.args[a].slot == f.t.args[b].slot && f.t.args[a].slot == f.t.args[c].slot);
    is_proven(&f);
    CASE("a slot that tags share which can be together is refused");
    struct pol_prt_arg *args = ARENA_ARRAY(&f.arena, struct pol_prt_arg, f.t.n_args);
    memcpy(args, f.t.args, f.t.n_args * sizeof *args);
    f.t.args = args;
    CHANGED(&f, args[d].slot, args[a].slot, "can be together", "A or B or C or D");
    CASE("a slot that is another's is refused");
    CHANGED(&f, args[b].slot, args[d].slot, "", "is not its lane");
    CHANGED(&f, args[b].slot, f.t.fields[0].slot, "used twice", "");
    struct pol_prt_slot *slots = ARENA_ARRAY(&f.arena, struct pol_prt_slot, f.t.n_slots);
    memcpy(slots, f.t.slots, f.t.n_slots * sizeof *slots);
    f.t.slots = slots;
    CHANGED(&f, slots[args[a].slot].index, b, "is not its lane", "");
    CASE("operations that mix up what shares a slot are refused");
    uint32_t refused = spoil_operations(&f, &tried);
    CHECK(tried > 8);
    CHECK_INT(refused, tried);
    is_proven(&f);
    close_fixture(&f);
}

int main(void)
{
    value_tables(false);
    value_tables(true);
    joined_levels();
    shared_lanes();
    return check_done();
}
