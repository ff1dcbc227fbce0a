/* The source interpreter on hand-built models: which rule decides, what is written where, and the
 * engine around it.  interp_values_test.c has the expressions. */
#include "tests/unit/interp_fixture.h"

/* ---- Patterns -------------------------------------------------------------------------------- */

/* A model with one component and one rule `load(op1 == PATTERN, ..)`. */
static struct fixture *one_rule(const char *op1, const char *mem)
{
    struct fixture *f = model_new(two, COUNT(two));
    struct model_rule *rule = add_rule(f, add_decider(f, false), LOAD);
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    if (op1)
        pattern(f, rule, POL_OP_OP1, op1);
    if (mem)
        pattern(f, rule, POL_OP_MEM, mem);
    start(f);
    return f;
}

static bool matches(const char *op1, const char *mem, const char *operands)
{
    struct fixture *f = one_rule(op1, mem);
    bool result = strcmp(eval(f, "lw", operands), "allow") == 0;
    CHECK_INT(f->deciding[0], result ? 0 : POL_NO_RULE);
    CHECK_STR(f->text, result ? "allow" : "implicit 0 no-rule; 0 no-rule");
    finish(f);
    return result;
}

static void test_patterns(void)
{
    CASE("exact patterns see what the component owns");
    CHECK(matches("{A}", NULL, "op1={A}"));
    CHECK(matches("{A}", NULL, "op1={A, X, Y 3}"));
    CHECK(!matches("{A}", NULL, "op1={A, B 1}"));
    CHECK(!matches("{A}", NULL, "op1={}"));
    CHECK(matches("{}", NULL, "op1={X}"));
    CHECK(!matches("{}", NULL, "op1={B 1}"));
    CHECK(matches("{B 1, A}", NULL, "op1={A, B 1}"));
    CHECK(!matches("{A, X}", NULL, "op1={A, X}")); /* foreign: never */

    CASE("requirements");
    CHECK(matches("[+A]", NULL, "op1={A, B 1}"));
    CHECK(matches("[A]", NULL, "op1={A}"));
    CHECK(!matches("[+A]", NULL, "op1={B 1}"));
    CHECK(matches("[-A]", NULL, "op1={B 1}"));
    CHECK(!matches("[-A]", NULL, "op1={A, B 1}"));
    CHECK(matches("[+A, -B]", NULL, "op1={A}"));
    CHECK(!matches("[+A, -B]", NULL, "op1={A, B 2}"));
    CHECK(matches("[]", NULL, "op1={A}"));
    CHECK(matches("[+X, -Y]", NULL, "op1={A, X}")); /* foreign tags may be read */
    CHECK(!matches("[+X, -Y]", NULL, "op1={X, Y 1}"));

    CASE("several patterns, also of one operand");
    CHECK(matches("[+A]", "{}", "op1={A}"));
    CHECK(!matches("[+A]", "{}", "op1={A} mem={A}"));
    CHECK(matches(NULL, NULL, "op1={A}"));
}

static void test_arguments(void)
{
    CASE("arguments: constants, anything, left out");
    CHECK(matches("{B 3}", NULL, "op1={B 3}"));
    CHECK(!matches("{B 3}", NULL, "op1={B 4}"));
    CHECK(matches("{C _ 2}", NULL, "op1={C 7 2}"));
    CHECK(!matches("{C _ 2}", NULL, "op1={C 2 7}"));
    CHECK(matches("{C}", NULL, "op1={C 5 6}"));
    CHECK(matches("[D 4294967295]", NULL, "op1={D 4294967295}"));

    CASE("a variable twice demands equality");
    CHECK(matches("{C a a}", NULL, "op1={C 4 4}"));
    CHECK(!matches("{C a a}", NULL, "op1={C 4 5}"));
    CHECK(matches("[B a]", "[B a]", "op1={B 0} mem={B 0}"));
    CHECK(!matches("[B a]", "[B a]", "op1={B 0} mem={B 1}"));
    CHECK(matches("[B a]", "[B b]", "op1={B 0} mem={B 1}"));
    CHECK(matches("[B a]", "[Y a]", "op1={B 5} mem={Y 5}"));

    CASE("TagSet variables compare as sets");
    CHECK(matches("{S a}", "{S a}", "op1={S {A, B 1}} mem={S {B 1, A}}"));
    CHECK(!matches("{S a}", "{S a}", "op1={S {A, B 1}} mem={S {B 2, A}}"));
    CHECK(!matches("{S a}", "{S a}", "op1={S {A}} mem={S {}}"));
    CHECK(matches("{S a}", "{S b}", "op1={S {A}} mem={S {}}"));
    CHECK(matches("{S _}", NULL, "op1={S {A}}"));
}

/* ---- Guards ---------------------------------------------------------------------------------- */

/* Whether a rule with `op1 == {C a b}` and that guard matches; takes over the fixture. */
static bool holds(struct fixture *f, struct model_guard *g, const char *op1)
{
    struct model_rule *rule = add_rule(f, add_decider(f, false), LOAD);
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    pattern(f, rule, POL_OP_OP1, "{C a b}");
    rule->guard = g;
    start(f);
    bool result = strcmp(eval(f, "lw", op1), "allow") == 0;
    finish(f);
    return result;
}

static bool holds_cmp(enum model_cmp op, const char *op1)
{
    struct fixture *f = model_new(two, COUNT(two));
    return holds(f, cmp(f, var(f, 'a'), op, var(f, 'b')), op1);
}

static bool holds_kind(enum model_guard_kind kind, bool a, bool b)
{
    struct fixture *f = model_new(two, COUNT(two));
    struct model_guard *t = guard(f, (struct model_guard){.kind = MODEL_GUARD_TRUE});
    struct model_guard *n = guard(f, (struct model_guard){.kind = MODEL_GUARD_FALSE});
    return holds(f, guard(f, (struct model_guard){kind, .a = a ? t : n, .b = b ? t : n}),
                 "op1={C 0 0}");
}

/* Whether a OP b comes to `want` for C 7 2. */
static bool calculates(char op, int64_t want)
{
    struct fixture *f = model_new(two, COUNT(two));
    struct model_int *x = calc(f, var(f, 'a'), op, var(f, 'b'));
    return holds(f, cmp(f, x, MODEL_EQ, num(f, want)), "op1={C 7 2}");
}

static bool sets_compare(enum model_cmp op, const char *operands)
{
    struct fixture *f = model_new(two, COUNT(two));
    struct model_rule *rule = add_rule(f, add_decider(f, false), LOAD);
    pattern(f, rule, POL_OP_OP1, "[S a]");
    pattern(f, rule, POL_OP_MEM, "[S b]");
    rule->guard = guard(
        f, (struct model_guard){.kind = MODEL_GUARD_SETCMP, .cmp = op, .var_x = 0, .var_y = 1});
    start(f);
    bool result = strcmp(eval(f, "lw", operands), "allow") == 0;
    finish(f);
    return result;
}

static void test_guards(void)
{
    CASE("comparisons");
    static const char *const cases[] = {"op1={C 1 2}", "op1={C 2 2}", "op1={C 3 2}"};
    static const char *const want[] = {"010", "101", "100", "110", "001", "011"};
    for (unsigned op = MODEL_EQ; op <= MODEL_GE; op++)
        for (unsigned i = 0; i < 3; i++)
            CHECK_INT(holds_cmp((enum model_cmp)op, cases[i]), want[op][i] == '1');

    CASE("connectives");
    for (unsigned i = 0; i < 4; i++) {
        bool a = i & 1, b = i & 2;
        CHECK_INT(holds_kind(MODEL_GUARD_NOT, a, b), !a);
        CHECK_INT(holds_kind(MODEL_GUARD_AND, a, b), a && b);
        CHECK_INT(holds_kind(MODEL_GUARD_OR, a, b), a || b);
    }
    CHECK(holds_kind(MODEL_GUARD_TRUE, false, false));
    CHECK(!holds_kind(MODEL_GUARD_FALSE, true, true));

    CASE("arithmetic");
    CHECK(calculates('+', 9));
    CHECK(calculates('-', 5));
    CHECK(calculates('*', 14));
    CHECK(calculates('/', 3));
    CHECK(calculates('%', 1));
    CHECK(!calculates('%', 0));

    CASE("TagSet comparisons");
    CHECK(sets_compare(MODEL_EQ, "op1={S {A}} mem={S {A}}"));
    CHECK(!sets_compare(MODEL_EQ, "op1={S {A}} mem={S {B 0}}"));
    CHECK(sets_compare(MODEL_NE, "op1={S {A}} mem={S {}}"));
    CHECK(!sets_compare(MODEL_NE, "op1={S {B 3}} mem={S {B 3}}"));
}

/* ---- Rules and groups ------------------------------------------------------------------------ */

static void test_order(void)
{
    CASE("the first matching rule decides");
    struct fixture *f = model_new(two, COUNT(two));
    uint32_t d = add_decider(f, false);
    struct model_rule *rule = add_failing(f, d, STORE);
    pattern(f, add_failing(f, d, LOAD), POL_OP_MEM, "[+A]");
    rule = add_rule(f, d, LOAD);
    pattern(f, rule, POL_OP_MEM, "[B a]");
    rule->updates[POL_RES_RD] = plus(f, changed(f, NULL), "D", var(f, 'a'), NULL);
    add_rule(f, d, LOAD)->updates[POL_RES_RD] = changed(f, NULL);
    start(f);
    CHECK_STR(eval(f, "lw", "mem={A, B 1}"), "explicit 0.1 rule; 0.1 rule");
    CHECK_INT(f->deciding[0], 1);
    CHECK_STR(eval(f, "ld", "mem={B 6}"), "allow rd {D 6}");
    CHECK_INT(f->deciding[0], 2);
    CHECK_STR(eval(f, "lb", "mem={C 1 1}"), "allow rd {}");
    CHECK_INT(f->deciding[0], 3);
    CHECK_STR(eval(f, "sw", ""), "explicit 0.0 rule; 0.0 rule");
    CHECK_STR(eval(f, "add", ""), "implicit 0 no-rule; 0 no-rule");
    CHECK_INT(f->deciding[0], POL_NO_RULE);
    finish(f);
}

static void test_words(void)
{
    CASE("operand specs refine a group");
    struct fixture *f = model_new(two, COUNT(two));
    uint32_t d = add_decider(f, false), group = f->model.ngroups;
    add_group(f, "ret", "");
    add_inst(f, group, "jalr", 31u << 7 | 31u << 15, 0u << 7 | 1u << 15); /* jalr x0, *, x1 */
    add_inst(f, group, "jal", 0, 0);
    add_rule(f, d, group)->updates[POL_RES_ENV] = only(f, "A");
    add_rule(f, d, LOAD);
    start(f);
    uint32_t jalr = word_of(f, "jalr");
    CHECK_STR(eval_word(f, jalr | 1u << 15, ""), "allow env {A}");
    CHECK_STR(eval_word(f, jalr | 1u << 15 | 77u << 20, ""), "allow env {A}");
    CHECK_STR(eval_word(f, jalr | 1u << 7 | 1u << 15, ""), "implicit 0 no-rule; 0 no-rule");
    CHECK_STR(eval_word(f, jalr | 2u << 15, ""), "implicit 0 no-rule; 0 no-rule");
    CHECK_STR(eval(f, "jal", ""), "allow env {A}");

    CASE("words that do not decode");
    CHECK_STR(eval_word(f, 0, ""), "implicit - undecodable; - undecodable");
    CHECK_STR(eval_word(f, UINT32_MAX, ""), "implicit - undecodable; - undecodable");
    CHECK_INT(f->deciding[0], POL_NO_RULE);

    CASE("what is remembered of a word is not taken for another");
    unsigned wrong = 0;
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 4096; i++) {
            uint32_t rs1 = i % 32;
            wrong += strcmp(eval_word(f, jalr | rs1 << 15 | i << 20, ""),
                            rs1 == 1 ? "allow env {A}" : "implicit 0 no-rule; 0 no-rule") != 0;
            if (i % 16 == 0)
                wrong += strncmp(eval_word(f, i << 7, ""), "implicit - und", 14) != 0;
        }
    CHECK_INT(wrong, 0);
    finish(f);

    CASE("__NO_CHECKS allows every instruction and writes nothing");
    f = model_new(two, COUNT(two));
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    start(f);
    CHECK_STR(eval(f, "lw", "env={A} mem={A} rd={B 1}"), "allow");
    CHECK_STR(eval(f, "ecall", "env={A}"), "allow");
    CHECK_STR(eval_word(f, 0, ""), "implicit - undecodable; - undecodable");
    finish(f);
}

/* ---- Results --------------------------------------------------------------------------------- */

/* One rule for every group, giving each result a tag. */
static struct fixture *writes_all(void)
{
    struct fixture *f = model_new(two, COUNT(two));
    uint32_t d = add_decider(f, false);
    for (uint32_t group = LOAD; group <= AMO; group++) {
        struct model_rule *rule = add_rule(f, d, group);
        for (uint32_t r = 0; r < POL_RESULTS; r++)
            rule->updates[r] = plus(f, changed(f, NULL), "D", num(f, r), NULL);
    }
    add_rule(f, add_decider(f, false), MODEL_EVERY_INSTRUCTION);
    start(f);
    return f;
}

static void test_destinations(void)
{
    CASE("results that the instruction does not write are dropped");
    struct fixture *f = writes_all();
    CHECK_STR(eval(f, "lw", "mem={A}"), "allow env {D 0} rd {D 1}");
    CHECK_STR(eval(f, "sw", "rd={A}"), "allow env {D 0} mem {D 3}");
    CHECK_STR(eval(f, "add", ""), "allow env {D 0} rd {D 1}");
    CHECK_STR(eval(f, "csrrw", ""), "allow env {D 0} rd {D 1} csr {D 2}");
    CHECK_STR(eval(f, "amoadd.w", ""), "allow env {D 0} rd {D 1} mem {D 3}");

    CASE("a component changes only its own tags");
    CHECK_STR(eval(f, "lw", "env={A, X} rd={B 1, Y 2}"), "allow env {D 0, X} rd {D 1, Y 2}");
    CHECK_STR(eval(f, "sw", "mem={A, X, Y 7} rd={A}"), "allow env {D 0} mem {D 3, X, Y 7}");
    finish(f);
}

static void test_parallel(void)
{
    CASE("components see the same inputs and write their own tags");
    struct fixture *f = model_new(two, COUNT(two));
    uint32_t p = add_decider(f, false), q = add_decider(f, false);
    struct model_rule *rule = add_rule(f, p, LOAD);
    rule->updates[POL_RES_RD] = operand(f, POL_OP_MEM);
    rule->updates[POL_RES_ENV] = changed(f, NULL);
    rule = add_rule(f, q, LOAD);
    pattern(f, rule, POL_OP_ENV, "[+A]"); /* as before the step */
    rule->updates[POL_RES_RD] = operand(f, POL_OP_OP1);
    pattern(f, add_failing(f, p, STORE), POL_OP_MEM, "[+A]");
    pattern(f, add_rule(f, q, STORE), POL_OP_MEM, "[-X]");
    pattern(f, add_failing(f, q, STORE), POL_OP_MEM, "[+Y]");
    start(f);
    CHECK_STR(eval(f, "lw", "env={A} mem={B 2, X} op1={A, Y 3}"), "allow env {} rd {B 2, Y 3}");
    CHECK_INT(f->deciding[0], 0);
    CHECK_INT(f->deciding[1], 0);

    CASE("explicit beats implicit beats allow; all failures are listed");
    CHECK_STR(eval(f, "sw", "mem={A}"), "explicit 0.1 rule; 0.1 rule");
    CHECK_STR(eval(f, "sw", "mem={X}"), "implicit 0 no-rule; 0 no-rule, 1 no-rule");
    CHECK_STR(eval(f, "sw", "mem={X, Y 1}"), "explicit 1.2 rule; 0 no-rule, 1.2 rule");
    CHECK_STR(eval(f, "sw", "mem={A, X}"), "explicit 0.1 rule; 0.1 rule, 1 no-rule");
    CHECK_STR(eval(f, "sw", "mem={A, X, Y 1}"), "explicit 0.1 rule; 0.1 rule, 1.2 rule");
    CHECK_INT(f->deciding[1], 2);
    CHECK_STR(eval(f, "sw", ""), "implicit 0 no-rule; 0 no-rule");
    finish(f);

    CASE("a result that one component leaves alone keeps its tags there");
    f = model_new(two, COUNT(two));
    p = add_decider(f, false);
    q = add_decider(f, false);
    add_rule(f, p, LOAD)->updates[POL_RES_RD] = changed(f, NULL);
    add_rule(f, q, LOAD);
    start(f);
    CHECK_STR(eval(f, "lw", "rd={A, B 1, X, Y 1}"), "allow rd {X, Y 1}");
    finish(f);
}

static void test_many_failures(void)
{
    CASE("more failures than an answer lists");
    struct fixture *f = model_new(NULL, 0);
    for (int i = 0; i < 70; i++)
        add_decider(f, false);
    add_failing(f, 67, LOAD);
    add_failing(f, 68, LOAD);
    start(f);
    struct pol_inputs in = {.word = word_of(f, "lw")};
    struct pol_answer answer = {.deciding = NULL};
    void *out[POL_RESULTS] = {NULL};
    for (unsigned i = 0; i < POL_OPERANDS; i++)
        in.in[i] = value(f, "{}");
    f->engine->ops->evaluate(f->engine, &in, out, &answer);
    CHECK_INT(answer.verdict, POL_FAIL_EXPLICIT);
    CHECK_INT(answer.nfailures, 70);
    CHECK_INT(answer.first.decider, 67);
    CHECK_INT(answer.first.cause, POL_CAUSE_RULE);
    CHECK_INT(answer.failures[POL_MAX_FAILURES - 1].decider, POL_MAX_FAILURES - 1);
    CHECK_INT(answer.written, 0);
    finish(f);
}

/* ---- Engine ---------------------------------------------------------------------------------- */

static const struct declared granules[] = {{"A", "", 0, false},  {"B", "i", 0, false},
                                           {"C", "ii", 0, true}, {"L", "", 0, true},
                                           {"T", "s", 1, true},  {"X", "w", 1, false}};

/* Merges into a third value, into a, and into b: all the same. */
static const char *merged(struct fixture *f, const char *a, const char *b)
{
    static char text[500];
    void *values[3] = {value(f, a), value(f, b), value(f, "{}")};
    const struct pol_engine_ops *ops = f->engine->ops;
    for (int where = 2; where >= 0; where--) {
        void *x = value(f, a), *y = value(f, b), *out[3] = {x, y, values[2]};
        uint32_t tag = POL_NO_TAG;
        if (ops->merge(f->engine, x, y, out[where], &tag) != 0)
            return f->model.space->tags[tag].name;
        snprintf(text, sizeof text, "%s", show(f, out[where]));
        CHECK(memcmp(out[where], values[2], f->engine->value_size) == 0);
    }
    return text;
}

static const char *dropped(struct fixture *f, const char *a, const char *b)
{
    static char text[500];
    void *x = value(f, a), *y = value(f, b), *out = value(f, "{X 1}");
    const struct pol_engine_ops *ops = f->engine->ops;
    ops->drop_missing(f->engine, x, y, out);
    snprintf(text, sizeof text, "%s", show(f, out));
    ops->drop_missing(f->engine, value(f, a), y, y);
    CHECK(memcmp(y, out, f->engine->value_size) == 0);
    ops->drop_missing(f->engine, x, value(f, b), x);
    CHECK(memcmp(x, out, f->engine->value_size) == 0);
    return text;
}

static const char *replaced(struct fixture *f, uint32_t domain, const char *a, const char *b)
{
    static char text[500];
    void *x = value(f, a), *y = value(f, b), *out = value(f, "{X 1}");
    const struct pol_engine_ops *ops = f->engine->ops;
    ops->replace_domain(f->engine, domain, x, y, out);
    snprintf(text, sizeof text, "%s", show(f, out));
    ops->replace_domain(f->engine, domain, value(f, a), y, y);
    CHECK(memcmp(y, out, f->engine->value_size) == 0);
    ops->replace_domain(f->engine, domain, x, value(f, b), x);
    CHECK(memcmp(x, out, f->engine->value_size) == 0);
    return text;
}

static void test_merging(void)
{
    struct fixture *f = model_new(granules, COUNT(granules));
    add_decider(f, false);
    add_decider(f, false);
    start(f);
    CASE("merge any: present if any part has it");
    CHECK_STR(merged(f, "{A}", "{B 1}"), "{A, B 1}");
    CHECK_STR(merged(f, "{A, B 1}", "{A, B 1}"), "{A, B 1}");
    CHECK_STR(merged(f, "{}", "{X 3}"), "{X 3}");
    CHECK_STR(merged(f, "{A, B 1, X 1}", "{B 2, X 2}"), "B");
    CHECK_STR(merged(f, "{X 0}", "{X 2}"), "X");

    CASE("merge all: present if all parts have it alike");
    CHECK_STR(merged(f, "{C 1 2, L}", "{C 1 2}"), "{C 1 2}");
    CHECK_STR(merged(f, "{C 1 2, L}", "{C 1 3, L}"), "{L}");
    CHECK_STR(merged(f, "{T {A}}", "{T {A}}"), "{T {A}}");
    CHECK_STR(merged(f, "{T {A}}", "{T {}, A}"), "{A}");
    CHECK_STR(merged(f, "{}", "{L, C 0 0}"), "{}");

    CASE("later parcels only take away");
    CHECK_STR(dropped(f, "{A, B 1, C 1 2, L}", "{C 1 2, X 9, B 4}"), "{A, B 1, C 1 2}");
    CHECK_STR(dropped(f, "{C 1 2, L}", "{C 1 1, L}"), "{L}");
    CHECK_STR(dropped(f, "{A}", "{L}"), "{A}");

    CASE("replacing one domain");
    CHECK_STR(replaced(f, 0, "{A, B 1, X 1}", "{B 2, L, X 2}"), "{B 2, L, X 1}");
    CHECK_STR(replaced(f, 1, "{A, T {A}, X 1}", "{B 2, X 2}"), "{A, X 2}");
    finish(f);
}

static void test_values(void)
{
    CASE("the engine describes itself");
    struct fixture *f = model_new(granules, COUNT(granules));
    add_decider(f, true);
    add_decider(f, false);
    add_decider(f, false);
    start(f);
    CHECK_STR(f->engine->ops->name, "source");
    CHECK_INT(f->engine->ndeciders, 3);
    CHECK_INT(f->engine->ndomains, 3);
    CHECK(f->engine->space == f->model.space);
    CHECK_INT(f->engine->value_size % 8, 0);
    f->engine->ops->destroy(NULL); /* nothing to do */
    CHECK(f->engine->value_size >= f->model.space->words * sizeof(uint32_t));

    CASE("equal sets have equal bytes, padding included");
    size_t size = f->engine->value_size;
    void *a = value(f, "{A, C 1 2}"), *b = arena_alloc(&f->arena, size);
    uint32_t tag;
    memset(b, 0xff, size);
    CHECK_INT(f->engine->ops->merge(f->engine, a, a, b, &tag), 0);
    CHECK(memcmp(a, b, size) == 0);
    CHECK_STR(show(f, b), "{A, C 1 2}");
    uint32_t *lit = ARENA_ARRAY(&f->arena, uint32_t, f->model.space->words);
    memset(b, 0xff, size);
    CHECK_INT(f->engine->ops->decode(f->engine, a, lit), 0);
    CHECK_INT(f->engine->ops->encode(f->engine, lit, b), 0);
    CHECK(memcmp(a, b, size) == 0);
    finish(f);
}

static void test_unwanted(void)
{
    CASE("results may be unwanted, or written over their inputs");
    struct fixture *f = writes_all();
    struct pol_inputs in = {.word = word_of(f, "lw")};
    struct pol_answer answer = {.deciding = NULL};
    for (unsigned i = 0; i < POL_OPERANDS; i++)
        in.in[i] = value(f, "{A}");
    void *env = value(f, "{A, X}"), *rd = value(f, "{Y 1}");
    void *out[POL_RESULTS] = {env, rd, NULL, NULL};
    in.in[POL_OP_ENV] = in.old[POL_RES_ENV] = env;
    in.old[POL_RES_RD] = rd;
    f->engine->ops->evaluate(f->engine, &in, out, &answer);
    CHECK_INT(answer.verdict, POL_ALLOW);
    CHECK_INT(answer.first.cause, POL_CAUSE_NONE);
    CHECK_INT(answer.written, 1 << POL_RES_ENV | 1 << POL_RES_RD);
    CHECK_STR(show(f, env), "{D 0, X}");
    CHECK_STR(show(f, rd), "{D 1, Y 1}");
    finish(f);
}

int main(void)
{
    test_patterns();
    test_arguments();
    test_guards();
    test_order();
    test_words();
    test_destinations();
    test_parallel();
    test_many_failures();
    test_merging();
    test_values();
    test_unwanted();
    return check_done();
}
