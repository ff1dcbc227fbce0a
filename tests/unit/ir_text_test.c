/* The text form of the IR: what is printed is read back, and what is wrong is refused at its line.
 */
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/ir.h"
#include "compiler/lower/lower.h"
#include "compiler/sema/sema.h"
#include "lang/support/str.h"
#include "tests/unit/check.h"

#define EVERYTHING "tests/golden/ir/labels.ir" /* has every construct */

static char *slurp(const char *path, size_t *size)
{
    char *text = NULL;
    FILE *file = fopen(path, "r"), *out = open_memstream(&text, size);
    for (int c; file && (c = getc(file)) != EOF;)
        putc(c, out);
    CHECK(file != NULL);
    if (file)
        fclose(file);
    fclose(out);
    return text;
}

static char *printed(const struct ir *ir, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    ir_print(ir, out);
    fclose(out);
    return text;
}

/* Whether a text is read, and printed as it was. */
static bool returns(const char *name, const char *text, size_t size)
{
    char err[300] = "";
    size_t again_size = 0;
    struct ir *ir = ir_parse(text, size, err, sizeof err);
    char *again = ir ? printed(ir, &again_size) : NULL;
    bool same = again && again_size == size && memcmp(text, again, size) == 0;
    if (!same)
        printf("# %s: %s\n", name, ir ? "prints otherwise" : err);
    free(again);
    ir_free(ir);
    return same;
}

/* ---- Round trips --------------------------------------------------------------------------- */

static void test_golden(void)
{
    glob_t files;
    CASE("files in the text form are read and printed the same");
    CHECK_INT(glob("tests/golden/ir/*.ir", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        size_t size;
        char *text = slurp(files.gl_pathv[i], &size);
        CHECK(returns(files.gl_pathv[i], text, size));
        free(text);
    }
    globfree(&files);
}

/* Whether a policy compiles; if so its text must return. */
static bool policy_returns(const char *path)
{
    struct lang_source_map *map = lang_source_map_new();
    struct diag_sink *sink = diag_sink_new(map);
    struct sema_options options = {.library_dir = "stdlib-policies"};
    char err[200];
    CHECK_INT(pol_isa_parse("rv64imafdc_zicsr_zifencei", &options.isa, err, sizeof err), 0);
    struct model *model = sema_load(path, &options, map, sink);
    struct ir *ir = model ? lower_model(model, 8, sink) : NULL;
    if (model)
        model_free(model);
    if (ir) {
        size_t size;
        char *text = printed(ir, &size);
        CHECK(returns(path, text, size));
        free(text);
    }
    bool compiles = ir != NULL;
    ir_free(ir);
    diag_sink_free(sink);
    lang_source_map_free(map);
    return compiles;
}

static void test_policies(void)
{
    static const char *const patterns[] = {"stdlib-policies/*.pol", "tests/differential/*.pol",
                                           "tests/spec/*.pol", "tests/spec/*.dpl"};
    unsigned compiled = 0;
    CASE("what any policy of the tree becomes is read back");
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        glob_t files;
        CHECK_INT(glob(patterns[i], 0, NULL, &files), 0);
        for (size_t f = 0; f < files.gl_pathc; f++)
            compiled += policy_returns(files.gl_pathv[f]);
        globfree(&files);
    }
    CHECK(compiled > 100);
}

/* ---- Edited texts -------------------------------------------------------------------------- */

/* The text with the first `from` replaced; the line where that begins in *line. */
static char *edited(const char *text, const char *from, const char *to, unsigned *line)
{
    const char *at = strstr(text, from);
    struct str_buf out;
    str_init(&out);
    if (!at) {
        printf("# no `%s` in the text\n", from);
        CHECK(false);
        at = text;
    }
    *line = 1;
    for (const char *p = text; p < at; p++)
        *line += *p == '\n';
    str_add_len(&out, text, (size_t)(at - text));
    str_add(&out, to);
    str_add(&out, at + strlen(from));
    return out.data;
}

struct edit {
    const char *from, *to;
    const char *message; /* a part of it */
};

/* Refused while reading: the message names the line. */
static const struct edit bad_lines[] = {
    {"ir 2\n", "ir 1\n", "version 1, this is version 2"},
    {"isa rv32i", "isa rv31i", "rv31i"},
    {"digest 23", "digest x3", "hexadecimal"},
    {"granule 4\n", "granule 04\n", "expected a number"},
    {"granule 4\n", "granule 99999999999\n", "too large"},
    {"granule 4\n", "granule 4 4\n", "more than expected"},
    {"values 1 ", "values 2 ", "expected number 1 here"},
    {"size 4\n", "size 0\n", "without values"},
    {"size 4\n", "size 1025\n", "too large"},
    {"  1 below 3\n", "  1 below 4\n", "no value 4"},
    {"tag 1 ", "tag 2 ", "expected number 1 here"},
    {"tag 6 comp.Odd", "tag 6 Odd", "not a qualified name"},
    {"tag 6 comp.Odd", "tag 6 comp.Odd short Even", "not a qualified name"},
    {"int:3:values:1", "int:3:values:0", "no such list of 3 values"},
    {"int:3:values:1", "int:3:values:2", "no such list of 3 values"},
    {"int:16\n", "int:0\n", "without values"},
    {"int:16\n", "int:16 int\n", "expected `:`"},
    {"int:16\n", "number\n", "expected `set` or `int:N`"},
    {"domain 0 component", "domain 0 part", "a kind of domain"},
    {"log report", "log forget", "an action"},
    {"limits 16\n", "limits 99999999\n", "too large"},
    {"limits 3 3\n", "limits 3 0\n", "empty or too large"},
    {"limits 3 3\n", "limits 4096 4097\n", "empty or too large"},
    {"limits 3 3\n", "limits 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n", "too many arguments"},
    {"bits 000000a3", "bits 000000A3", "hexadecimal"},
    {"bits 000000a3", "bits 000000a3 00000000", "more than expected"},
    {"limit 8 wrap", "limit 8 stop", "expected `wrap`"},
    {"operand op1 addr", "operand op4 addr", "an operand"},
    {"match 00000003/0000707f lb", "match 00000003/0000707f la", "no instruction `la`"},
    {"match 00000003/0000707f lb", "match 00001003/0000707f lb", "no instruction `lb`"},
    {"labels.pol:10:5", "labels.pol", "FILE:LINE:COLUMN"},
    {"when mem +flow.Mark\n", "when mem +flow.Mork\n", "unknown tag `flow.Mork`"},
    {"(eq mem.(flow.Mark).0 3)", "(eq mem.(flow.Mark).1 3)", "Mark has no argument 1"},
    {"(eq mem.(flow.Mark).0 3)", "(eq ram.(flow.Mark).0 3)", "no such operand: `ram.`"},
    {"(eq mem.(flow.Mark).0 3)", "(is mem.(flow.Mark).0 3)", "a condition"},
    {"(eq mem.(flow.Mark).0 3)", "(eq mem.(flow.Mark).0 03)", "not a number: `03`"},
    {"(eq mem.(flow.Mark).0 3)", "(eq mem.(flow.Mark).0 99999999999999999999)", "not a number"},
    {"(eq mem.(flow.Mark).0 3)", "(eq mem.(flow.Mark).0)", "expected an expression"},
    {"(eq mem.(flow.Mark).0 3)", "(eq mem.(flow.Mark).0 3", "expected `)`"},
    {"(eq mem.(flow.Mark).0 3)", "(eq mem 3)", "OPERAND.(TAG).ARGUMENT"},
    {"(relation 2 mem", "(relation 3 mem", "no relation 3"},
    {"fail \"even\"", "fail even", "expected `\"`"},
    {"fail \"even\"", "fail \"even", "expected `\"`"},
    {"fail \"even\"", "fail \"\\x00even\"", "a bad character"},
    {"fail \"even\"", "fail \"\\even\"", "a bad character"},
    {"fail \"even\"", "refuse \"even\"", "expected `fail`"},
    {"    rd = mem\n", "    rd = mem.\n", "expected `(`"},
    {"    rd = mem\n", "    rd = (mixed mem)\n", "an operation on tag sets"},
    {"    rd = mem\n", "    lr = mem\n", "a result"},
    {"    rd = mem\n", "   rd = mem\n", "wrong indentation"},
    {"(join 0 op2", "(both 0 op2", "an operation on integers"},
    {"claim 1 step", "claim 1 stop", "a kind of claim"},
    {"expect fail explicit", "expect fail loudly", "any, implicit or explicit"},
    {"may lower via", "may change via", "a change"},
    {"via address", "via force", "a kind of flow"},
    {"int-reg 10 only {", "int-reg 10 ever {", "column 1"},
    {"int-reg 10 only {Mark secret", "int-reg 10 only {Mark 4", "column"},
    {"env -1 {In app}", "env -1", "expected a tag set"},
    {"form int none none mem read:1", "form int none none mem read:2", "expected `read:1`"},
    {"sample 00058503", "sample 00000000", "no instruction of the target"},
    {"opclass 1 lb", "\nopclass 1 lb", "a line that has no place here"},
    {"opclass 0 undecodable\n", "tag 7 comp.Late domain 1 merge any\n", "no place here"},
};

/* Holds no invariant: found when all has been read. */
static const struct edit bad_wholes[] = {
    {"granule 4\n", "granule 3\n", "granule is not"},
    {"response 0 default terminate", "response 0 default report", "cannot be reported"},
    {"response 0 default terminate\nresponse 1 log report\nresponse 2 labels.lockdown failsafe "
     "entities.lockdown\nresponse 3 labels.stop halt\n",
     "", "no response"},
    {"fail \"even\" respond 1", "fail \"even\" respond 4", "no such response"},
    {"int:16\n", "int:16:lattice:0\n", "of no such lattice"},
    {"int:16\n", "int:16:lattice:1\n", "of no such lattice"},
    {"bits 000000a3", "bits 000002a3", "bits beyond its tuples"},
    {"limits 16\n", "limits 15\n", "argument 0 of comp.even does not fit"},
    {"(relation 0 2 op1", "(relation 0 3 op1", "argument 0 of comp.may_call does not fit"},
    {"(relation 0 2 op1", "(relation 0 -1 op1", "argument 0 of comp.may_call does not fit"},
    {"(relation 0 2 op1", "(relation 0 (add 1 1) op1", "argument 0 of comp.may_call does not fit"},
    {"(join 0 op2.(flow.Pair).0", "(join 1 op2.(flow.Pair).0", "no such lattice"},
    {"(join 0 op2.(flow.Pair).0", "(join 0 op2.(flow.Pair).1", "not of its lattice"},
    {"(meet 0 op2.(flow.Pair).0 1)", "(meet 0 op2.(flow.Pair).0 4)", "not of its lattice"},
    {"(meet 0 op2.(flow.Pair).0 1)", "(meet 0 op2.(flow.Pair).0 (sub 2 1))", "not of its lattice"},
    {"(relation 1 mem.(flow.Mark).0", "(relation 1 op3.(flow.Mark).0", "no pattern requires"},
    {"(eq mem.(flow.Mark).0 3)", "(eq new-rd.(flow.Mark).0 3)", "reads a new tag"},
    {"(eq mem.(flow.Mark).0 3)", "(eq mem.(flow.Pair).0 3)", "no pattern requires"},
    {"all own\n  match 00002003/0000707f lw\n  when op1 +flow.Mark exact",
     "all own\n  match 00002003/0000707f lw\n  when op1 +flow.Plain exact", "claim 1: reads"},
    {"(eq new-rd.(flow.Mark).0 mem", "(eq new-csr.(flow.Mark).0 mem", "claim 2: reads"},
    {"\"never both\" own\n", "\"never both\" own domain 2\n", "claim 3: no such domain"},
    {"\"never both\" own\n", "\"never both\" own\n  match 00002003/0000707f lw\n",
     "claim 3: instructions"},
    {"\"never both\" own\n", "\"never both\" own\n  result rd +flow.Mark\n", "claim 3: results"},
    {"\"never both\" own\n", "\"never both\" own\n  may drop via value (flow.Mark)\n",
     "claim 3: tags that may change"},
    {"(flow.Both).1", "(flow.Plain).0", "claim 4: lowers or raises"},
    {"(flow.Both).1", "(flow.Both).2", "claim 4: lowers or raises"},
    {"  when mem +flow.Mark +flow.Plain\n", "  when mem +flow.Plain +flow.Mark\n", "claim 3: tags"},
    {"domain 1 component labels.comp decider 1", "domain 1 global labels.comp decider 1", "kind"},
};

static void refuse(const char *text, const struct edit *edit, bool at_line)
{
    char err[300] = "", where[20];
    unsigned line;
    char *other = edited(text, edit->from, edit->to, &line);
    struct ir *ir = ir_parse(other, strlen(other), err, sizeof err);
    snprintf(where, sizeof where, "%u: ", line);
    if (ir || !strstr(err, edit->message) || (at_line && !str_starts(err, where))) {
        printf("# `%s` for `%s`: %s, not %s..%s\n", edit->to, edit->from, ir ? "fine" : err,
               at_line ? where : "", edit->message);
        CHECK(false);
    }
    ir_free(ir);
    free(other);
}

static void test_refused(void)
{
    size_t size;
    char *text = slurp(EVERYTHING, &size);
    CASE("a bad line is refused with its number");
    for (size_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++)
        refuse(text, &bad_lines[i], true);
    CASE("a text that breaks an invariant is refused");
    for (size_t i = 0; i < sizeof bad_wholes / sizeof bad_wholes[0]; i++)
        refuse(text, &bad_wholes[i], false);
    free(text);
}

static void test_orders(void)
{
    static const struct edit bad[] = {
        {"  0 below 1 2\n", "  0 below 1 2\n  3 below 0\n", "goes in a circle"},
        {"  1 below 3\n", "", "lack a join or a meet"},
        {"  0 below 1 2\n", "  0 below 1\n", "lack a join or a meet"},
    };
    size_t size;
    char *text = slurp(EVERYTHING, &size);
    CASE("an order that is no lattice is refused");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(text, &bad[i], false);
    free(text);
}

static void test_truncated(void)
{
    size_t size;
    char *text = slurp(EVERYTHING, &size);
    CASE("a text that ends too early is refused, or a shorter one");
    for (size_t n = 0; n < size; n += 3) {
        char err[300] = "";
        struct ir *ir = ir_parse(text, n, err, sizeof err);
        CHECK(!ir || text[n - 1] == '\n');
        CHECK(ir || strstr(err, ": "));
        ir_free(ir);
    }
    free(text);
}

static void test_names(void)
{
    static const struct edit edits[] = {
        {"labels.pol:10:5 labels.flow", "\"a file:1\":10:5 \"the flow\"", NULL},
        {"labels.pol:10:5 labels.flow", "\"\":10:5 \"\"", NULL},
        {"response 1 log report", "response 1 \"l o g\" report \"a \\\"b\\\"\\x07\"", NULL},
        {"tag 6 comp.Odd domain", "tag 6 comp.Odd.x short Odd.x domain", NULL},
        {"values 1 kernel driver", "values 1 \"(kernel)\" driver", NULL},
    };
    size_t size;
    char *text = slurp(EVERYTHING, &size);
    CASE("names that are no plain words");
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        unsigned line;
        char *other = edited(text, edits[i].from, edits[i].to, &line);
        for (char *at; (at = strstr(other, "+comp.Odd\n")) && i == 3;) {
            char *more = edited(other, "+comp.Odd\n", "+comp.Odd.x\n", &line);
            free(other);
            other = more;
        }
        CHECK(returns(edits[i].to, other, strlen(other)));
        free(other);
    }
    free(text);
}

/* ---- Depth --------------------------------------------------------------------------------- */

static char *nested(const char *text, unsigned depth)
{
    struct str_buf guard;
    unsigned line;
    str_init(&guard);
    str_add(&guard, "guard ");
    for (unsigned i = 0; i < depth; i++)
        str_add(&guard, "(not ");
    str_add(&guard, "true");
    str_add_repeat(&guard, ')', depth);
    char *deep = edited(text, "guard (eq mem.(flow.Mark).0 3)", guard.data, &line);
    str_free(&guard);
    return deep;
}

static void test_depth(void)
{
    size_t size;
    char err[300] = "";
    char *text = slurp(EVERYTHING, &size);
    CASE("expressions of any depth that is read are printed");
    char *deep = nested(text, 8000);
    CHECK(returns("8000 brackets", deep, strlen(deep)));
    free(deep);
    CASE("deeper ones are refused");
    deep = nested(text, 8001);
    CHECK(ir_parse(deep, strlen(deep), err, sizeof err) == NULL);
    CHECK(strstr(err, "nested too deeply") != NULL);
    free(deep);
    deep = nested(text, 1000000);
    CHECK(ir_parse(deep, strlen(deep), err, sizeof err) == NULL);
    free(deep);
    free(text);
}

/* ---- Lattices against their definition ------------------------------------------------------- */

#define MOST 8u

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

struct order {
    uint32_t size;
    bool at_most[MOST][MOST];
};

/* Random edges from lower to higher numbers under a random renumbering, closed. */
static struct order random_order(uint64_t *state)
{
    struct order o = {.size = 1 + next_random(state) % MOST};
    uint32_t number[MOST];
    for (uint32_t i = 0; i < o.size; i++) {
        uint32_t j = next_random(state) % (i + 1);
        number[i] = number[j];
        number[j] = i;
    }
    for (uint32_t a = 0; a < o.size; a++)
        for (uint32_t b = a; b < o.size; b++)
            o.at_most[number[a]][number[b]] =
                a == b || ((a == 0 || b + 1 == o.size) && next_random(state) % 16) ||
                next_random(state) % 4 == 0;
    for (uint32_t k = 0; k < o.size; k++)
        for (uint32_t a = 0; a < o.size; a++)
            for (uint32_t b = 0; b < o.size; b++)
                o.at_most[a][b] |= o.at_most[a][k] && o.at_most[k][b];
    return o;
}

/* Whether c is the least upper bound of a and b, or with `down` the greatest lower one. */
static bool is_bound(const struct order *o, uint32_t a, uint32_t b, uint32_t c, bool down)
{
    for (uint32_t d = 0; d < o->size; d++) {
        bool above_both =
            down ? o->at_most[d][a] && o->at_most[d][b] : o->at_most[a][d] && o->at_most[b][d];
        bool beyond = down ? o->at_most[d][c] : o->at_most[c][d];
        if (above_both != beyond)
            return false;
    }
    return true;
}

static bool has_bounds(const struct order *o, bool down)
{
    for (uint32_t a = 0; a < o->size; a++)
        for (uint32_t b = 0; b < o->size; b++) {
            uint32_t c = 0;
            while (c < o->size && !is_bound(o, a, b, c, down))
                c++;
            if (c == o->size)
                return false;
        }
    return true;
}

/* An IR of nothing but a lattice: whether it is read, and its tables are right. */
static bool read_order(const struct order *o, const char *rest)
{
    char err[300] = "";
    struct str_buf text;
    str_init(&text);
    str_printf(&text, "ir 2\nname \"\"\nstem \"\"\nisa rv32i_zicsr\ngranule 4\ndigest %064d\n", 0);
    str_printf(&text, "lattice 0 m.L size %" PRIu32 "\n", o->size);
    for (uint32_t a = 0; a < o->size; a++)
        for (uint32_t b = 0; b < o->size; b++)
            if (a != b && o->at_most[a][b])
                str_printf(&text, "  %" PRIu32 " below %" PRIu32 "\n", a, b);
    str_printf(&text, "response 0 default terminate\n%s", rest);
    struct ir *ir = ir_parse(text.data, text.len, err, sizeof err);
    const struct ir_lattice *l = ir ? ir->lattices : NULL;
    for (uint32_t i = 0; l && i < o->size * o->size; i++) {
        CHECK(is_bound(o, i / o->size, i % o->size, l->join[i], false));
        CHECK(is_bound(o, i / o->size, i % o->size, l->meet[i], true));
    }
    if (ir) {
        size_t size;
        char *again = printed(ir, &size);
        CHECK(returns("a lattice", again, size));
        free(again);
    } else {
        CHECK(strstr(err, "lack a join or a meet") != NULL);
    }
    str_free(&text);
    ir_free(ir);
    return l != NULL;
}

static void test_lattices(void)
{
    size_t size;
    char *text = slurp(EVERYTHING, &size);
    char *rest = strstr(text, "opclass 0");
    uint64_t state = 1;
    unsigned read = 0, refused = 0;
    CASE("joins and meets are the bounds of the order; an order without is refused");
    /* opclasses belong to groups, of which there are none here */
    for (char *at = rest; (at = strstr(at, " groups")); at++)
        for (char *p = at + 7; *p != '\n'; p++)
            *p = ' ';
    for (int i = 0; i < 400; i++) {
        struct order o = random_order(&state);
        bool lattice = has_bounds(&o, false) && has_bounds(&o, true);
        CHECK(read_order(&o, rest) == lattice);
        read += lattice;
        refused += !lattice;
    }
    CHECK(read > 50 && refused > 50);
    free(text);
}

int main(void)
{
    test_golden();
    test_policies();
    test_refused();
    test_orders();
    test_truncated();
    test_names();
    test_depth();
    test_lattices();
    return check_done();
}
