/* The source interpreter on policies from text: enums, lattices, relations, responses, reports. */
#include "compiler/interp/interp.h"
#include "tests/unit/sema_run.h"

#include <string.h>

struct asked {
    struct run run;
    struct pol_engine *engine;
    struct pol_answer answer;
    uint32_t deciding[8];
    char text[2000];
};

static void load_policy(struct asked *a, const char *text)
{
    *a = (struct asked){.run = run_start()};
    load_source(&a->run, "m.pol", text);
    CHECK(a->run.model != NULL);
    if (!a->run.model) {
        diag_render_text(a->run.sink, stdout, false);
        exit(1);
    }
    a->engine = interp_engine_new(a->run.model);
}

static void end_policy(struct asked *a)
{
    a->engine->ops->destroy(a->engine);
    run_end(&a->run);
}

static void *value(struct asked *a, const char *text)
{
    char err[200];
    uint32_t *lit = ARENA_ARRAY(a->run.model->arena, uint32_t, a->engine->space->words);
    void *out = arena_alloc(a->run.model->arena, a->engine->value_size);
    CHECK_INT(pol_lit_parse(a->engine->space, text, strlen(text), lit, err, sizeof err), 0);
    CHECK_INT(a->engine->ops->encode(a->engine, lit, out), 0);
    return out;
}

static const char *show(struct asked *a, const void *set)
{
    uint32_t *lit = ARENA_ARRAY(a->run.model->arena, uint32_t, a->engine->space->words);
    CHECK_INT(a->engine->ops->decode(a->engine, set, lit), 0);
    (void)pol_lit_format(a->engine->space, lit, a->text, sizeof a->text);
    return a->text;
}

/* The new RD of `lw`, or "fail"; op1, mem and code as given. */
static const char *load_word(struct asked *a, const char *op1, const char *mem, const char *code)
{
    void *none = value(a, "{}"), *out[POL_RESULTS];
    int row = pol_insn_find(&a->run.options.isa, "lw");
    struct pol_inputs in = {.word = pol_insn_at((size_t)row)->match | 5u << 7 | 6u << 15};
    for (int op = 0; op < POL_OPERANDS; op++)
        in.in[op] = none;
    for (int r = 0; r < POL_RESULTS; r++) {
        in.old[r] = none;
        out[r] = arena_alloc(a->run.model->arena, a->engine->value_size);
    }
    in.in[POL_OP_OP1] = value(a, op1);
    in.in[POL_OP_MEM] = in.old[POL_RES_MEM] = value(a, mem);
    in.in[POL_OP_CODE] = value(a, code);
    a->answer.deciding = a->deciding;
    a->engine->ops->begin(a->engine);
    a->engine->ops->evaluate(a->engine, &in, out, &a->answer);
    a->engine->ops->commit(a->engine);
    return a->answer.verdict == POL_ALLOW ? show(a, out[POL_RES_RD]) : "fail";
}

#define DIAMOND                                                                                    \
    "module m:\nimport: mini\ntype:\n"                                                             \
    " data Level = lattice { public < left, public < right, left < secret, right < secret }\n"     \
    " data Colour = enum { red, green, blue }\n data Small = Int (4)\n"                            \
    " data Tags = TagSet\n"                                                                        \
    " relation may(Colour, Level) = { (red, public), (green, secret), (green, left) }\n"           \
    "metadata:\n L Level, C Colour, Two Small Level, All Level merge all,\n"                       \
    " Both Level Level merge all, Num Small, Hold Tags, A\n"

/* ---- Guards ---------------------------------------------------------------------------------- */

/* Whether `mem == [+(L a)], addr == [+(L b)] | GUARD` matches each pair of values: a string of 16
 * digits, a before b, in the order public left right secret. */
static const char *matches(const char *guard)
{
    static const char *const names[] = {"public", "left", "right", "secret"};
    static char text[32];
    struct asked a;
    struct str_buf source;
    str_init(&source);
    str_printf(&source,
               DIAMOND "policy:\n main = loadGrp(mem == [+(L a)], addr == [+(L b)] | %s -> "
                       "res = {A}) ^ loadGrp(-> res = {C red, Two 1 left, All left, Both left "
                       "left, Num 0, Hold mem})\n",
               guard);
    load_policy(&a, str_text(&source));
    for (int i = 0; i < 16; i++) {
        char x[32], y[32];
        snprintf(x, sizeof x, "{L %s}", names[i / 4]);
        snprintf(y, sizeof y, "{L %s}", names[i % 4]);
        text[i] = strcmp(load_word(&a, y, x, "{}"), "{A}") == 0 ? '1' : '0';
    }
    text[16] = '\0';
    end_policy(&a);
    str_free(&source);
    return text;
}

static void test_order(void)
{
    CASE("the order of a lattice is partial");
    CHECK_STR(matches("a <= b"), "1111010100110001");
    CHECK_STR(matches("b >= a"), "1111010100110001");
    CHECK_STR(matches("a < b"), "0111000100010000");
    CHECK_STR(matches("a > b"), "0000100010001110");
    CHECK_STR(matches("a >= b"), "1000110010101111");
    CHECK_STR(matches("!(a <= b)"), "0000101011001110");
    CHECK_STR(matches("!(a <= b) && !(b <= a)"), "0000001001000000");
    CHECK_STR(matches("a == b"), "1000010000100001");
    CHECK_STR(matches("a != left"), "1111000011111111");
    CHECK_STR(matches("left < b && a == right"), "0000000000010000");
    CASE("joins and meets in guards");
    CHECK_STR(matches("a \\/ b == secret"), "0001001101011111");
    CHECK_STR(matches("a /\\ b == public"), "1111101011001000");
    CHECK_STR(matches("a \\/ left <= b"), "0101010100010001");
    CHECK_STR(matches("(left \\/ right) /\\ a == b"), "1000010000100001");
    CASE("relations");
    CHECK_STR(matches("may(red, a)"), "1111000000000000");
    CHECK_STR(matches("may(green, a \\/ b)"), "0101111101011111");
    CHECK_STR(matches("may(blue, a) || may(red, b)"), "1000100010001000");
}

/* ---- Sets ------------------------------------------------------------------------------------ */

static void test_sets(void)
{
    struct asked a;
    CASE("unions join what a lattice orders, and conflict in other arguments");
    load_policy(&a, DIAMOND "policy:\n main = loadGrp(code == [+A] -> res = mem /\\ addr)"
                            " ^ loadGrp(-> res = mem \\/ addr)\nrequire:\n"
                            " init m.x {A, Two 1 left, All left, Both left left, L left, C red, "
                            "Num 0}\n init m.y {L secret}\n");
    CHECK_STR(load_word(&a, "{L left}", "{L right}", "{}"), "{L secret}");
    CHECK_STR(load_word(&a, "{L left}", "{L public, C red}", "{}"), "{L left, C red}");
    CHECK_STR(load_word(&a, "{L left}", "{}", "{}"), "{L left}");
    CHECK_STR(load_word(&a, "{Two 3 left}", "{Two 3 right}", "{}"), "{Two 3 secret}");
    CHECK_STR(load_word(&a, "{C red}", "{C red}", "{}"), "{C red}");
    CHECK_STR(load_word(&a, "{Both left right}", "{Both right public}", "{}"),
              "{Both secret right}");
    CHECK_STR(load_word(&a, "{Two 3 left}", "{L left, Two 2 left}", "{}"), "fail");
    CHECK_INT(a.answer.first.cause, POL_CAUSE_CONFLICT);
    CHECK_STR(a.engine->space->tags[a.answer.first.tag].name, "Two");
    CHECK_STR(load_word(&a, "{C red}", "{C blue}", "{}"), "fail");
    CHECK_STR(a.engine->space->tags[a.answer.first.tag].name, "C");
    CASE("intersections meet them, and drop what differs otherwise");
    CHECK_STR(load_word(&a, "{L left, C red}", "{L right, C red}", "{A}"), "{L public, C red}");
    CHECK_STR(load_word(&a, "{L left, C red}", "{L secret, C blue}", "{A}"), "{L left}");
    CHECK_STR(load_word(&a, "{Two 1 left, A}", "{Two 1 right}", "{A}"), "{Two 1 public}");
    CHECK_STR(load_word(&a, "{Two 1 left, A}", "{Two 2 left, A}", "{A}"), "{A}");
    CASE("a tag set in a tag is equal or not");
    CHECK_STR(load_word(&a, "{Hold {L left}}", "{Hold {L left}}", "{}"), "{Hold {L left}}");
    CHECK_STR(load_word(&a, "{Hold {L left}}", "{Hold {L right}}", "{}"), "fail");
    end_policy(&a);
}

/* ---- Merges ---------------------------------------------------------------------------------- */

static const char *merged(struct asked *a, const char *x, const char *y)
{
    uint32_t tag = 0;
    void *out = value(a, x);
    if (a->engine->ops->merge(a->engine, out, value(a, y), out, &tag))
        return a->engine->space->tags[tag].name;
    return show(a, out);
}

static const char *dropped(struct asked *a, const char *x, const char *y)
{
    void *out = value(a, x);
    a->engine->ops->drop_missing(a->engine, out, value(a, y), out);
    return show(a, out);
}

static void test_merges(void)
{
    struct asked a;
    load_policy(&a, DIAMOND "policy:\n main = loadGrp(-> res = mem \\/ addr)\nrequire:\n"
                            " init m.x {A, Two 1 left, All left, Both left left, L left, C red, "
                            "Num 0}\n");
    CASE("`merge any` joins");
    CHECK_STR(merged(&a, "{L left}", "{L right, A}"), "{L secret, A}");
    CHECK_STR(merged(&a, "{}", "{L right}"), "{L right}");
    CHECK_STR(merged(&a, "{Two 1 left}", "{Two 1 public}"), "{Two 1 left}");
    CHECK_STR(merged(&a, "{L left, Two 1 left}", "{L left, Two 2 left}"), "Two");
    CHECK_STR(merged(&a, "{C red}", "{C green}"), "C");
    CASE("`merge all` meets");
    CHECK_STR(merged(&a, "{All left}", "{All right}"), "{All public}");
    CHECK_STR(merged(&a, "{All left}", "{}"), "{}");
    CHECK_STR(merged(&a, "{}", "{All left}"), "{}");
    CHECK_STR(merged(&a, "{Both left secret}", "{Both secret right}"), "{Both left right}");
    CASE("later parcels lower what they lack");
    CHECK_STR(dropped(&a, "{All left, L left}", "{All right, L right}"), "{L left, All public}");
    CHECK_STR(dropped(&a, "{All left, A}", "{A}"), "{A}");
    end_policy(&a);
}

/* ---- Responses ------------------------------------------------------------------------------- */

static const char *response(const struct asked *a)
{
    if (a->answer.response == POL_NO_RESPONSE)
        return "none";
    return a->run.model->responses[a->answer.response].name;
}

#define RESPONSES                                                                                  \
    "response:\n default = terminate m.handler\n log = report\n also = report\n"                   \
    " stop = halt\n safe = failsafe m.safe\n mild = terminate\n"

static void test_reports(void)
{
    struct asked a;
    CASE("a rule that reports lets the rules below decide");
    load_policy(&a, "module m:\nimport: mini\nmetadata:\n A, B, C, D\npolicy:\n"
                    " main = loadGrp(mem == [+A] -> fail \"a\" respond log)"
                    " ^ loadGrp(mem == [+B] -> fail \"b\" respond stop)"
                    " ^ loadGrp(mem == [+C] -> fail \"c\" respond also)"
                    " ^ loadGrp(mem == [-D] -> res = mem)\n" RESPONSES
                    "require:\n init m.x {A, B, C, D}\n");
    CHECK_STR(load_word(&a, "{}", "{}", "{}"), "{}");
    CHECK_INT(a.answer.nreports, 0);
    CHECK_STR(response(&a), "none");
    CHECK_STR(load_word(&a, "{}", "{A, C}", "{}"), "{A, C}");
    CHECK_INT(a.answer.nreports, 2);
    CHECK_INT(a.answer.reports[0].rule, 0);
    CHECK_INT(a.answer.reports[1].rule, 2);
    CHECK_INT(a.answer.nfailures, 0);
    CHECK_INT(a.deciding[0], 3);
    CHECK_STR(load_word(&a, "{}", "{A, B, C}", "{}"), "fail");
    CHECK_INT(a.answer.verdict, POL_FAIL_EXPLICIT);
    CHECK_INT(a.answer.nreports, 1);
    CHECK_STR(response(&a), "m.stop");
    CASE("where no rule is left, the step fails implicitly, by default");
    CHECK_STR(load_word(&a, "{}", "{C, D}", "{}"), "fail");
    CHECK_INT(a.answer.verdict, POL_FAIL_IMPLICIT);
    CHECK_INT(a.answer.nreports, 1);
    CHECK_INT(a.deciding[0], POL_NO_RULE);
    CHECK_STR(response(&a), "default");
    end_policy(&a);
}

static void test_globals(void)
{
    struct asked a;
    CASE("a global that only reports passes on to the next decider");
    load_policy(&a,
                "module m:\nimport: mini\n sev\n glo\nmetadata:\n B, C\npolicy:\n"
                " main = first & second & sevPol\n"
                " global second = loadGrp(mem == [+B] -> fail \"b\" respond also)"
                " ^ loadGrp(mem == [+C] -> res = {C})\n" RESPONSES "require:\n init m.x {B, C}\n");
    CHECK_STR(load_word(&a, "{}", "{A, B, C}", "{}"), "{C}");
    CHECK_INT(a.answer.nreports, 2);
    CHECK_INT(a.answer.reports[0].decider, 0);
    CHECK_INT(a.answer.reports[1].decider, 1);
    CHECK_INT(a.deciding[0], POL_NO_RULE);
    CHECK_INT(a.deciding[1], 1);
    CHECK_STR(load_word(&a, "{}", "{A, B}", "{}"), "{}");
    CHECK_INT(a.answer.nreports, 2);
    CHECK_INT(a.deciding[2], 3);
    CHECK_STR(load_word(&a, "{}", "{A, Z}", "{}"), "fail");
    CHECK_INT(a.answer.nreports, 1);
    CHECK_STR(response(&a), "default");
    end_policy(&a);
}

static void test_severity(void)
{
    struct asked a;
    CASE("the most severe response acts; of equals the first");
    load_policy(&a,
                "module m:\nimport: mini\n sev\nmetadata:\n A, B\npolicy:\n main = one & sevPol\n"
                " one = loadGrp(mem == [+A] -> fail \"a\" respond safe)"
                " ^ loadGrp(mem == [+B] -> fail \"b\") ^ loadGrp(-> res = mem)\n" RESPONSES
                "require:\n init m.x {A, B}\n");
    CHECK_STR(load_word(&a, "{}", "{A}", "{}"), "fail");
    CHECK_STR(response(&a), "m.safe");
    CHECK_STR(load_word(&a, "{}", "{A, X}", "{}"), "fail");
    CHECK_INT(a.answer.nfailures, 2);
    CHECK_STR(response(&a), "sev.off");
    CHECK_STR(load_word(&a, "{}", "{A, Y}", "{}"), "fail");
    CHECK_STR(response(&a), "m.safe");
    CHECK_STR(load_word(&a, "{}", "{B, Y}", "{}"), "fail");
    CHECK_STR(response(&a), "sev.jump");
    CHECK_STR(load_word(&a, "{}", "{B}", "{}"), "fail");
    CHECK_STR(response(&a), "default");
    CHECK_STR(load_word(&a, "{}", "{Z, A}", "{}"), "fail");
    CHECK_INT(a.answer.verdict, POL_FAIL_EXPLICIT);
    CHECK_STR(response(&a), "m.safe");
    CHECK_STR(load_word(&a, "{}", "{B, W}", "{}"), "fail");
    CHECK_STR(response(&a), "default");
    end_policy(&a);
}

static void test_many_reports(void)
{
    struct asked a;
    struct str_buf source;
    CASE("reports beyond the limit are counted");
    str_init(&source);
    str_add(&source, "module m:\nimport: mini\nmetadata:\n A\npolicy:\n main = ");
    for (int i = 0; i < 40; i++)
        str_add(&source, "loadGrp(mem == [+A] -> fail \"a\" respond log) ^ ");
    str_add(&source, "loadGrp(-> res = mem)\nresponse:\n log = report\n"
                     "require:\n init m.x {A}\n");
    load_policy(&a, str_text(&source));
    CHECK_STR(load_word(&a, "{}", "{A}", "{}"), "{A}");
    CHECK_INT(a.answer.nreports, 40);
    CHECK_INT(a.answer.reports[POL_MAX_REPORTS - 1].rule, POL_MAX_REPORTS - 1);
    end_policy(&a);
    str_free(&source);
}

int main(void)
{
    if (!mkdtemp(scratch))
        return 1;
    write_source("sev.pol", "module sev:\nimport: mini\nmetadata:\n X, Y, Z, W\npolicy:\n"
                            " sevPol = loadGrp(mem == [+X] -> fail \"x\" respond off)"
                            " ^ loadGrp(mem == [+Y] -> fail \"y\" respond jump)"
                            " ^ loadGrp(mem == [+W] -> fail \"w\" respond soft)"
                            " ^ loadGrp(mem == [-Z] -> res = mem)\n"
                            "response:\n default = halt\n off = halt\n jump = failsafe sev.safe\n"
                            " soft = terminate\nrequire:\n init sev.x {X, Y, Z, W}\n");
    write_source("glo.pol", "module glo:\nimport: mini\nmetadata:\n A\npolicy:\n"
                            " global first = loadGrp(mem == [+A] -> fail \"a\" respond log)\n"
                            "response:\n log = report\nrequire:\n init glo.x {A}\n");
    test_order();
    test_sets();
    test_merges();
    test_reports();
    test_globals();
    test_severity();
    test_many_reports();
    CHECK_INT(remove(scratch_file("sev.pol")), 0);
    CHECK_INT(remove(scratch_file("glo.pol")), 0);
    CHECK_INT(rmdir(scratch), 0);
    return check_done();
}
