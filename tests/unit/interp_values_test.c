/* The source interpreter on hand-built models: tag-set expressions, built-in failures, fresh
 * values, globals. */
#include "tests/unit/interp_fixture.h"

/* ---- Tag-set expressions --------------------------------------------------------------------- */

/* `load(op1 == [C a b], mem == _ -> RD = expr)` of component 0; takes over the fixture. */
static const char *gives(struct fixture *f, struct model_set *expr, const char *operands)
{
    static char text[500];
    struct model_rule *rule = add_rule(f, add_decider(f, false), LOAD);
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    pattern(f, rule, POL_OP_OP1, "[C a b]");
    rule->updates[POL_RES_RD] = expr;
    char *all = arena_printf(&f->arena, "op1={C 1 2} %s", operands);
    start(f);
    snprintf(text, sizeof text, "%s", eval(f, "lw", all));
    finish(f);
    return text;
}

static void test_sets(void)
{
    struct fixture *f;
#define NEW() (f = model_new(two, COUNT(two)))
    CASE("an operand is projected on what the component owns");
    NEW();
    CHECK_STR(gives(f, operand(f, POL_OP_MEM), "mem={A, B 4, S {A}, X, Y 1}"),
              "allow rd {A, B 4, S {A}}");

    CASE("literals");
    NEW();
    CHECK_STR(gives(f, plus(f, only(f, "A"), "C", var(f, 'b'), var(f, 'a')), ""),
              "allow rd {A, C 2 1}");
    NEW();
    CHECK_STR(gives(f, plus(f, only(f, "X"), "B", num(f, 1), NULL), ""), "allow rd {B 1}");

    CASE("modifying goes left to right and replaces arguments");
    NEW();
    CHECK_STR(gives(f, plus(f, changed(f, operand(f, POL_OP_MEM)), "B", num(f, 7), NULL),
                    "mem={A, B 1, X}"),
              "allow rd {A, B 7}");
    NEW();
    CHECK_STR(
        gives(f, minus(f, minus(f, changed(f, operand(f, POL_OP_MEM)), "B"), "C"), "mem={A, B 1}"),
        "allow rd {A}");
    NEW();
    CHECK_STR(gives(f, plus(f, minus(f, only(f, "A"), "A"), "B", num(f, 3), NULL), ""),
              "allow rd {B 3}");
    NEW();
    CHECK_STR(gives(f, minus(f, plus(f, changed(f, NULL), "B", num(f, 3), NULL), "B"), ""),
              "allow rd {}");

    CASE("unions");
    NEW();
    CHECK_STR(gives(f, both(f, operand(f, POL_OP_MEM), "\\/", operand(f, POL_OP_OP2)),
                    "mem={A, B 1} op2={B 1, D 5, X}"),
              "allow rd {A, B 1, D 5}");
    NEW();
    CHECK_STR(gives(f, both(f, operand(f, POL_OP_MEM), "\\/", operand(f, POL_OP_OP2)),
                    "mem={A, B 0, D 1} op2={B 1, D 2}"),
              "explicit 0.0 conflict B; 0.0 conflict B");
    NEW();
    CHECK_STR(gives(f, both(f, operand(f, POL_OP_MEM), "\\/", operand(f, POL_OP_OP2)),
                    "mem={S {A}} op2={S {B 0}}"),
              "explicit 0.0 conflict S; 0.0 conflict S");
    NEW();
    CHECK_STR(gives(f, both(f, operand(f, POL_OP_MEM), "\\/", operand(f, POL_OP_OP2)),
                    "mem={Y 1} op2={Y 2}"),
              "allow rd {}");

    CASE("intersections drop unequal arguments");
    NEW();
    CHECK_STR(gives(f, both(f, operand(f, POL_OP_MEM), "/\\", operand(f, POL_OP_OP2)),
                    "mem={A, B 1, C 1 2, D 3, X} op2={B 2, C 1 2, D 3, X}"),
              "allow rd {C 1 2, D 3}");

    CASE("expressions nest");
    NEW();
    struct model_set *inner = both(f, operand(f, POL_OP_OP2), "/\\", operand(f, POL_OP_OP3));
    struct model_set *outer = both(f, operand(f, POL_OP_MEM), "\\/", inner);
    outer = both(f, outer, "\\/", both(f, only(f, "A"), "\\/", only(f, "A")));
    CHECK_STR(gives(f, outer, "mem={B 1} op2={B 2, D 1} op3={B 3, D 1}"), "allow rd {A, B 1, D 1}");
#undef NEW
}

/* Stores `value` as S's argument in RD, with the variable a bound to op2's S. */
static const char *stores(struct fixture *f, struct model_set *stored, const char *operands)
{
    static char text[500];
    struct model_rule *rule = add_rule(f, add_decider(f, false), LOAD);
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    pattern(f, rule, POL_OP_OP2, "[S a]");
    rule->updates[POL_RES_RD] = plus_set(f, changed(f, NULL), "S", stored);
    start(f);
    snprintf(text, sizeof text, "%s", eval(f, "lw", operands));
    finish(f);
    return text;
}

static void test_nesting(void)
{
    CASE("TagSet arguments are saved and restored");
    struct fixture *f = model_new(two, COUNT(two));
    CHECK_STR(stores(f, operand(f, POL_OP_ENV), "op2={S {}} env={A, C 1 2, D 9, X}"),
              "allow rd {S {A, C 1 2, D 9}}");
    f = model_new(two, COUNT(two));
    CHECK_STR(stores(f, plus(f, changed(f, set_var(f, 'a')), "B", num(f, 1), NULL),
                     "op2={S {A, B 7, X}}"),
              "allow rd {S {A, B 1}}");
    f = model_new(two, COUNT(two));
    struct model_rule *rule = add_rule(f, add_decider(f, false), LOAD);
    pattern(f, rule, POL_OP_MEM, "{S a}");
    rule->updates[POL_RES_ENV] = set_var(f, 'a');
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    start(f);
    CHECK_STR(eval(f, "lw", "env={D 1, X} mem={S {A, C 3 4, Y 1}}"), "allow env {A, C 3 4, X}");
    finish(f);

    CASE("a set with a TagSet argument cannot be stored in one");
    f = model_new(two, COUNT(two));
    CHECK_STR(stores(f, operand(f, POL_OP_ENV), "op2={S {}} env={A, S {}}"),
              "explicit 0.0 nested S; 0.0 nested S");
    f = model_new(two, COUNT(two));
    CHECK_STR(stores(f, both(f, operand(f, POL_OP_ENV), "\\/", operand(f, POL_OP_OP2)),
                     "op2={S {A}} env={A, S {}}"),
              "explicit 0.0 conflict S; 0.0 conflict S"); /* innermost first */

    CASE("the least offending tag is named");
    static const struct declared three[] = {
        {"A", "", 0, false}, {"P", "sw", 0, false}, {"S", "s", 0, false}};
    f = model_new(three, COUNT(three));
    CHECK_STR(stores(f, operand(f, POL_OP_ENV), "op2={S {}} env={A, S {}, P {} 1}"),
              "explicit 0.0 nested P; 0.0 nested P");
}

static void test_ranges(void)
{
    CASE("ranges are checked where a value is stored");
    struct fixture *f = model_new(two, COUNT(two));
    struct model_int *seven = calc(f, calc(f, num(f, 100), '-', num(f, 95)), '+', var(f, 'b'));
    CHECK_STR(gives(f, plus(f, changed(f, NULL), "B", seven, NULL), ""), "allow rd {B 7}");
    f = model_new(two, COUNT(two));
    struct model_int *eight = calc(f, num(f, 6), '+', var(f, 'b'));
    CHECK_STR(gives(f, plus(f, changed(f, NULL), "B", eight, NULL), ""),
              "explicit 0.0 range B; 0.0 range B");
    f = model_new(two, COUNT(two));
    struct model_int *below = calc(f, var(f, 'a'), '-', var(f, 'b'));
    CHECK_STR(gives(f, plus(f, changed(f, NULL), "D", below, NULL), ""),
              "explicit 0.0 range D; 0.0 range D");
    f = model_new(two, COUNT(two));
    CHECK_STR(gives(f, plus(f, changed(f, NULL), "D", num(f, (int64_t)1 << 32), NULL), ""),
              "explicit 0.0 range D; 0.0 range D");
    f = model_new(two, COUNT(two));
    CHECK_STR(gives(f, plus(f, changed(f, NULL), "D", num(f, ((int64_t)1 << 32) - 1), NULL), ""),
              "allow rd {D 4294967295}");
}

static struct model_set *conflict(struct fixture *f, const char *tag)
{
    struct model_set *one = plus(f, changed(f, NULL), tag, num(f, 1), num(f, 1));
    return both(f, one, "\\/", plus(f, changed(f, NULL), tag, num(f, 2), num(f, 2)));
}

static struct model_set *too_large(struct fixture *f, const char *tag)
{
    return plus(f, changed(f, NULL), tag, num(f, 8), num(f, 0));
}

static void test_failure_order(void)
{
    CASE("built-in failures: env, RD, CSR, MEM");
    static const struct {
        const char *mnemonic, *env, *rd, *csr, *mem, *want;
    } cases[] = {
        {"amoadd.w", "B", "C", NULL, "D", "explicit 0.0 conflict B; 0.0 conflict B"},
        {"amoadd.w", NULL, "C", "B", "D", "explicit 0.0 conflict C; 0.0 conflict C"},
        {"amoadd.w", NULL, NULL, "B", "D", "explicit 0.0 conflict D; 0.0 conflict D"},
        {"csrrw", NULL, NULL, "C", "B", "explicit 0.0 conflict C; 0.0 conflict C"},
        {"csrrw", NULL, "B", "C", NULL, "explicit 0.0 conflict B; 0.0 conflict B"},
        {"csrrw", NULL, NULL, NULL, "B", "allow"}, /* not a result of csrrw */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *f = model_new(two, COUNT(two));
        uint32_t group = strcmp(cases[i].mnemonic, "csrrw") == 0 ? CSR : AMO;
        struct model_rule *rule = add_rule(f, add_decider(f, false), group);
        const char *const tags[] = {cases[i].env, cases[i].rd, cases[i].csr, cases[i].mem};
        for (unsigned r = 0; r < POL_RESULTS; r++)
            rule->updates[r] = tags[r] ? conflict(f, tags[r]) : NULL;
        start(f);
        CHECK_STR(eval(f, cases[i].mnemonic, ""), cases[i].want);
        finish(f);
    }

    CASE("left to right, innermost first");
    struct fixture *f = model_new(two, COUNT(two));
    CHECK_STR(gives(f, both(f, conflict(f, "D"), "\\/", conflict(f, "B")), ""),
              "explicit 0.0 conflict D; 0.0 conflict D");
    f = model_new(two, COUNT(two));
    struct model_set *modified = plus(f, changed(f, conflict(f, "D")), "B", num(f, 8), NULL);
    CHECK_STR(gives(f, modified, ""), "explicit 0.0 conflict D; 0.0 conflict D");
    f = model_new(two, COUNT(two));
    modified = plus(f, too_large(f, "C"), "B", num(f, 9), NULL);
    CHECK_STR(gives(f, modified, ""), "explicit 0.0 range C; 0.0 range C");
    f = model_new(two, COUNT(two));
    CHECK_STR(gives(f, both(f, too_large(f, "B"), "/\\", conflict(f, "D")), ""),
              "explicit 0.0 range B; 0.0 range B");
    f = model_new(two, COUNT(two));
    CHECK_STR(gives(f, plus_set(f, changed(f, NULL), "S", too_large(f, "B")), ""),
              "explicit 0.0 range B; 0.0 range B");

    CASE("a built-in failure is explicit and keeps its rule");
    f = model_new(two, COUNT(two));
    uint32_t p = add_decider(f, false), q = add_decider(f, false);
    (void)p;
    add_failing(f, q, STORE);
    add_rule(f, q, LOAD)->updates[POL_RES_RD] = plus(f, changed(f, NULL), "Y", num(f, 8), NULL);
    start(f);
    CHECK_STR(eval(f, "lw", ""), "explicit 1.1 range Y; 0 no-rule, 1.1 range Y");
    CHECK_INT(f->deciding[1], 1);
    finish(f);
}

/* ---- Many tags ------------------------------------------------------------------------------- */

/* T0 .. T99 alternate between two components; every third has an argument. */
static struct fixture *hundred_tags(void)
{
    static struct declared many[100];
    static char names[100][8];
    for (uint32_t t = 0; t < COUNT(many); t++) {
        snprintf(names[t], sizeof names[t], "T%u", t);
        many[t] = (struct declared){names[t], t % 3 ? "" : "i", t % 2, false};
    }
    return model_new(many, COUNT(many));
}

static void test_many_tags(void)
{
    CASE("sets of more than one word of tags");
    struct fixture *f = hundred_tags();
    uint32_t p = add_decider(f, false), q = add_decider(f, false);
    struct model_rule *rule = add_rule(f, p, LOAD);
    pattern(f, rule, POL_OP_OP1, "{T2, T64, T96 a}");
    rule->updates[POL_RES_RD] = plus(f, changed(f, operand(f, POL_OP_MEM)), "T98", NULL, NULL);
    rule = add_rule(f, q, LOAD);
    pattern(f, rule, POL_OP_OP1, "[-T97, T63 3]");
    rule->updates[POL_RES_RD] = both(f, operand(f, POL_OP_MEM), "\\/", operand(f, POL_OP_OP1));
    start(f);
    CHECK_STR(eval(f, "lw", "op1={T2, T63 3, T64, T96 1} mem={T0 1, T31, T32, T66 5, T95}"),
              "allow rd {T0 1, T31, T32, T63 3, T66 5, T95, T98}");
    CHECK_STR(eval(f, "lw", "op1={T2, T63 3, T64, T96 1, T98}"), "implicit 0 no-rule; 0 no-rule");
    CHECK_STR(eval(f, "lw", "op1={T2, T63 3, T96 1}"), "implicit 0 no-rule; 0 no-rule");
    CHECK_STR(eval(f, "lw", "op1={T2, T63 3, T64, T96 1, T97}"), "implicit 1 no-rule; 1 no-rule");
    CHECK_STR(eval(f, "lw", "op1={T2, T63 3, T64, T96 1, T99 1} mem={T63 4, T99 2}"),
              "explicit 1.0 conflict T63; 1.0 conflict T63");
    CHECK_STR(eval(f, "lw", "op1={T2, T63 3, T64, T96 1, T99 1} mem={T63 3, T99 2} rd={T1, T33 1}"),
              "explicit 1.0 conflict T99; 1.0 conflict T99");
    finish(f);
}

/* ---- Fresh values ---------------------------------------------------------------------------- */

static void test_new_wraps(void)
{
    CASE("fresh values advance at commit");
    struct fixture *f = model_new(two, COUNT(two));
    uint32_t p = add_decider(f, false);
    count_new(f, p, TYPE_INT8);
    struct model_rule *rule = add_rule(f, p, LOAD);
    rule->updates[POL_RES_RD] =
        plus(f, changed(f, NULL), "C", fresh(f, TYPE_INT8, 0), fresh(f, TYPE_INT8, 1));
    rule->updates[POL_RES_MEM] = plus(f, changed(f, NULL), "B", fresh(f, TYPE_INT8, 2), NULL);
    add_rule(f, p, STORE)->updates[POL_RES_MEM] =
        plus(f, changed(f, NULL), "B", fresh(f, TYPE_INT8, 0), NULL);
    add_failing(f, p, ALU);
    start(f);
    CHECK_STR(eval(f, "sw", ""), "allow mem {B 0}");
    CHECK_STR(eval(f, "sw", ""), "allow mem {B 0}"); /* another granule: the same value */
    f->engine->ops->begin(f->engine);                /* it trapped */
    CHECK_STR(step(f, "sw", ""), "allow mem {B 0}");
    CHECK_STR(step(f, "sw", ""), "allow mem {B 1}");

    CASE("by the largest use of the step, and around");
    f->engine->ops->begin(f->engine);
    CHECK_STR(eval(f, "lw", ""), "allow rd {C 2 3}"); /* MEM is not written: no use */
    CHECK_STR(eval(f, "sw", ""), "allow mem {B 2}");
    f->engine->ops->commit(f->engine);
    f->engine->ops->commit(f->engine); /* used nothing more */
    CHECK_STR(step(f, "sw", ""), "allow mem {B 4}");
    CHECK_STR(step(f, "lw", ""), "allow rd {C 5 6}");
    CHECK_STR(step(f, "lw", ""), "allow rd {C 7 0}");
    CHECK_STR(step(f, "sw", ""), "allow mem {B 1}");
    f->engine->ops->reset(f->engine);
    CHECK_STR(step(f, "sw", ""), "allow mem {B 0}");
    finish(f);
}

static void test_new_exhausts(void)
{
    CASE("exhausted: a built-in failure, for good");
    static const struct declared tags[] = {{"E", "e", 0, false}, {"F", "ee", 0, false}};
    struct fixture *f = model_new(tags, COUNT(tags));
    uint32_t p = add_decider(f, false);
    count_new(f, p, TYPE_EXHAUST);
    add_rule(f, p, LOAD)->updates[POL_RES_RD] =
        plus(f, changed(f, NULL), "E", fresh(f, TYPE_EXHAUST, 0), NULL);
    add_rule(f, p, ALU)->updates[POL_RES_RD] =
        plus(f, changed(f, NULL), "F", fresh(f, TYPE_EXHAUST, 0), fresh(f, TYPE_EXHAUST, 1));
    start(f);
    CHECK_STR(step(f, "lw", ""), "allow rd {E 0}");
    CHECK_STR(step(f, "lw", ""), "allow rd {E 1}");
    f->engine->ops->begin(f->engine);
    CHECK_STR(eval(f, "add", ""), "explicit 0.1 exhausted; 0.1 exhausted");
    CHECK_STR(step(f, "lw", ""), "allow rd {E 2}"); /* the failed step used nothing */
    for (int i = 0; i < 3; i++)
        CHECK_STR(step(f, "lw", ""), "explicit 0.0 exhausted; 0.0 exhausted");
    f->engine->ops->reset(f->engine);
    CHECK_STR(step(f, "add", ""), "allow rd {F 0 1}");
    finish(f);
}

static void test_new_in_arithmetic(void)
{
    CASE("an exhausted value inside arithmetic");
    static const struct declared tags[] = {{"D", "w", 0, false}, {"W", "w", 0, false}};
    struct fixture *f = model_new(tags, COUNT(tags));
    uint32_t p = add_decider(f, false);
    count_new(f, p, TYPE_EXHAUST);
    struct model_int *left = calc(f, fresh(f, TYPE_EXHAUST, 0), '*', num(f, 10));
    struct model_int *right = calc(f, num(f, 50), '-', fresh(f, TYPE_EXHAUST, 1));
    struct model_set *result = plus(f, changed(f, NULL), "D", left, NULL);
    add_rule(f, p, LOAD)->updates[POL_RES_RD] = plus(f, result, "W", right, NULL);
    start(f);
    CHECK_STR(step(f, "lw", ""), "allow rd {D 0, W 49}");
    f->engine->ops->begin(f->engine);
    CHECK_STR(eval(f, "lw", ""), "explicit 0.0 exhausted; 0.0 exhausted"); /* the second */
    f->engine->ops->reset(f->engine);
    finish(f);
}

static void test_new_separate(void)
{
    CASE("one counter per decider and type");
    static const struct declared tags[] = {
        {"B", "i", 0, false}, {"D", "w", 0, false}, {"Y", "i", 1, false}};
    struct fixture *f = model_new(tags, COUNT(tags));
    uint32_t p = add_decider(f, false), q = add_decider(f, false);
    count_new(f, p, TYPE_INT8);
    count_new(f, p, TYPE_WORD);
    count_new(f, q, TYPE_INT8);
    struct model_set *b = plus(f, changed(f, NULL), "B", fresh(f, TYPE_INT8, 0), NULL);
    add_rule(f, p, LOAD)->updates[POL_RES_RD] = plus(f, b, "D", fresh(f, TYPE_WORD, 0), NULL);
    add_rule(f, p, ALU)->updates[POL_RES_RD] =
        plus(f, changed(f, NULL), "B", fresh(f, TYPE_INT8, 0), NULL);
    struct model_int *plus5 = calc(f, fresh(f, TYPE_INT8, 0), '+', num(f, 5));
    add_rule(f, q, LOAD)->updates[POL_RES_RD] = plus(f, changed(f, NULL), "Y", plus5, NULL);
    add_rule(f, q, MODEL_EVERY_INSTRUCTION);
    start(f);
    CHECK_STR(step(f, "lw", ""), "allow rd {B 0, D 0, Y 5}");
    CHECK_STR(step(f, "add", ""), "allow rd {B 1}");
    CHECK_STR(step(f, "lw", ""), "allow rd {B 2, D 1, Y 6}");
    finish(f);
}

/* ---- Globals --------------------------------------------------------------------------------- */

/* Domains: 0 and 1 the components', 2 and 3 the globals', 4 static. */
static const struct declared worlds[] = {
    {"A", "", 0, false},  {"B", "i", 0, false}, {"X", "", 1, false},     {"G", "", 2, false},
    {"H", "i", 3, false}, {"P", "s", 3, false}, {"Static", "", 4, false}};

/* Globals 0 and 1; components 2 and 3, which write {} to all they may. */
static struct fixture *with_globals(void)
{
    struct fixture *f = model_new(worlds, COUNT(worlds));
    add_decider(f, true);
    add_decider(f, true);
    add_decider(f, false);
    add_decider(f, false);
    for (uint32_t group = LOAD; group <= AMO; group++)
        for (uint32_t r = 0; r < POL_RESULTS && group != ALU; r++)
            (r ? &f->rules[f->model.nrules - 1] : add_rule(f, 2, group))->updates[r] =
                changed(f, NULL);
    add_rule(f, 3, MODEL_EVERY_INSTRUCTION);
    return f;
}

static void test_global_decides(void)
{
    CASE("a global that matches and allows is the whole result");
    struct fixture *f = with_globals();
    struct model_rule *rule = add_rule(f, 0, LOAD);
    pattern(f, rule, POL_OP_OP1, "{A, X, G}"); /* exact over all tags */
    rule->updates[POL_RES_RD] = operand(f, POL_OP_MEM);
    start(f);
    CHECK_STR(eval(f, "lw", "op1={A, X, G} mem={B 1, X, H 2, Static} rd={A, G} env={A, G}"),
              "allow rd {B 1, X, H 2, Static}");
    CHECK_INT(f->deciding[0], 0);
    CHECK_INT(f->deciding[1], POL_NO_RULE);
    CHECK_INT(f->deciding[2], POL_NO_RULE);
    CHECK_STR(eval(f, "lw", "op1={A, X, G, Static} env={A, X, G}"), "allow env {X, G} rd {}");
    CHECK_INT(f->deciding[0], POL_NO_RULE);
    CHECK_INT(f->deciding[2], 0);
    finish(f);

    CASE("explicit failure of a global is final, implicit passes on");
    f = with_globals();
    pattern(f, add_failing(f, 0, LOAD), POL_OP_MEM, "[+A]");
    rule = add_rule(f, 1, LOAD);
    pattern(f, rule, POL_OP_MEM, "[H a]");
    rule->updates[POL_RES_ENV] =
        plus(f, changed(f, NULL), "B", calc(f, var(f, 'a'), '+', num(f, 1)), NULL);
    add_failing(f, 1, STORE);
    start(f);
    CHECK_STR(eval(f, "lw", "mem={A, H 1}"), "explicit 0.0 rule; 0.0 rule");
    CHECK_INT(f->deciding[1], POL_NO_RULE);
    CHECK_STR(eval(f, "lw", "mem={H 1} env={X, G}"), "allow env {B 2}");
    CHECK_STR(eval(f, "lw", "mem={H 7}"), "explicit 1.0 range B; 1.0 range B");
    CHECK_STR(eval(f, "sw", ""), "explicit 1.1 rule; 1.1 rule");
    CHECK_STR(eval(f, "lw", "rd={X}"), "allow env {} rd {X}");
    CHECK_STR(eval(f, "add", ""), "implicit 2 no-rule; 2 no-rule");
    finish(f);
}

static void test_global_tags(void)
{
    CASE("globals' own tags are cleared on destinations and kept on env");
    struct fixture *f = with_globals();
    start(f);
    const char *all =
        "env={A, X, G, H 1} rd={B 1, X, G, Static} csr={A, G} mem={A, H 7, P {A}, Static}";
    CHECK_STR(eval(f, "lw", all), "allow env {X, G, H 1} rd {X, Static}");
    CHECK_STR(eval(f, "sw", all), "allow env {X, G, H 1} mem {Static}");
    CHECK_STR(eval(f, "csrrw", all), "allow env {X, G, H 1} rd {X, Static} csr {}");
    CHECK_STR(eval(f, "amoadd.w", all), "allow env {X, G, H 1} rd {X, Static} mem {Static}");
    finish(f);

    CASE("clearing alone does not count as writing");
    f = model_new(worlds, COUNT(worlds));
    add_decider(f, true);
    add_decider(f, true);
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    start(f);
    CHECK_STR(eval(f, "lw", "env={G} rd={A, G, H 1} mem={G}"), "allow rd* {A}");
    CHECK_STR(eval(f, "lw", "env={G} rd={A, Static}"), "allow");
    finish(f);

    CASE("only globals: fails implicitly unless one matches");
    f = model_new(NULL, 0);
    uint32_t g = add_decider(f, true);
    add_rule(f, g, LOAD);
    start(f);
    CHECK_STR(eval(f, "lw", ""), "allow");
    CHECK_STR(eval(f, "sw", ""), "implicit - no-component; - no-component");
    finish(f);

    CASE("no policy at all");
    f = model_new(NULL, 0);
    start(f);
    CHECK_STR(eval(f, "sw", ""), "implicit - no-component; - no-component");
    finish(f);

    CASE("a global stores everything in a TagSet argument");
    f = with_globals();
    struct model_rule *rule = add_rule(f, 1, LOAD);
    rule->updates[POL_RES_RD] = plus_set(f, changed(f, NULL), "P", operand(f, POL_OP_ENV));
    start(f);
    CHECK_STR(eval(f, "lw", "env={A, B 3, X, G, Static}"), "allow rd {P {A, B 3, X, G, Static}}");
    CHECK_STR(eval(f, "lw", "env={P {}}"), "explicit 1.0 nested P; 1.0 nested P");
    finish(f);
}

int main(void)
{
    test_sets();
    test_nesting();
    test_ranges();
    test_failure_order();
    test_many_tags();
    test_new_wraps();
    test_new_exhausts();
    test_new_in_arithmetic();
    test_new_separate();
    test_global_decides();
    test_global_tags();
    return check_done();
}
