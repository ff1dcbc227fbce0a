/* The IR: builders, text form, verifier, opclasses, and lowering from source text. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/ir/build.h"
#include "compiler/ir/cube.h"
#include "compiler/lower/lower.h"
#include "compiler/sema/sema.h"
#include "tests/unit/check.h"

/* ---- Fixtures ------------------------------------------------------------------------------ */

static struct pol_isa target(const char *text)
{
    struct pol_isa isa;
    char err[200];
    CHECK_INT(pol_isa_parse(text, &isa, err, sizeof err), 0);
    return isa;
}

/* A source text on its way to IR; everything is freed by done(). */
struct job {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct model *model;
    struct ir *ir;
};

static void write_file(const char *dir, const char *name, const char *text, char path[64])
{
    snprintf(path, 64, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    if (!file)
        return;
    fputs(text, file);
    fclose(file);
}

/* Module m, in a file of that name with the ending `kind`, and if there is one module n beside it.
 */
static struct job compile_two(const char *source, const char *other, const char *kind,
                              const char *isa)
{
    char dir[] = "/tmp/pol-ir-XXXXXX", path[64], other_path[64], name[16], other_name[16];
    struct job job = {.map = lang_source_map_new()};
    job.sink = diag_sink_new(job.map);
    CHECK(mkdtemp(dir) != NULL);
    snprintf(name, sizeof name, "m%s", kind);
    snprintf(other_name, sizeof other_name, "n%s", kind);
    write_file(dir, name, source, path);
    write_file(dir, other_name, other, other_path);
    struct sema_options options = {.isa = target(isa)};
    job.model = sema_load(path, &options, job.map, job.sink);
    unlink(path);
    unlink(other_path);
    rmdir(dir);
    if (job.model)
        job.ir = lower_model(job.model, 8, job.sink);
    CHECK(job.ir != NULL);
    if (!job.ir)
        diag_render_text(job.sink, stdout, false);
    return job;
}

static struct job compile(const char *source, const char *isa)
{
    return compile_two(source, "module n:\n", ".pol", isa);
}

static void done(struct job *job)
{
    ir_free(job->ir);
    if (job->model)
        model_free(job->model);
    diag_sink_free(job->sink);
    lang_source_map_free(job->map);
}

static char *printed(const struct ir *ir)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ir_print(ir, out);
    fclose(out);
    return text;
}

/* The lines of the text form from the one that starts with `from` up to, not with, `to`. */
static char *section(const struct ir *ir, const char *from, const char *to)
{
    char *text = printed(ir);
    char *begin = strstr(text, from);
    char *end = begin ? strstr(begin, to) : NULL;
    if (end)
        *end = '\0';
    memmove(text, begin ? begin : "", begin ? strlen(begin) + 1 : 1);
    return text;
}

static const char source[] =
    "module m:\n"
    "type:\n"
    "    data Col = Int(20)\n"
    "    data Id = Int(4) exhaust\n"
    "    data Saved = TagSet\n"
    "metadata:\n"
    "    A, B, P Col, Q Col Id merge all, S Saved\n"
    "group:\n"
    "    grp loadGrp(RS1:addr, MEM:mem -> RD:res)\n"
    "        lb lw\n"
    "    grp retGrp(RS1:target ->)\n"
    "        jalr x0, x1, 0\n"
    "    grp jumpGrp(RS1:target -> RD:res)\n"
    "        jalr\n"
    "policy:\n"
    "    main = loadGrp(mem == [+(P c), -A], addr == {(P c)} -> res = {P c})\n"
    "         ^ loadGrp(mem == {(Q c 3)} | c + 1 < 7 || !(c == 9)\n"
    "                   -> res = mem[+(Q c * 2 new), -A] \\/ addr /\\ {B})\n"
    "         ^ loadGrp(mem == [+(S s)], addr == [+(S s)] -> res = s[+(S mem)])\n"
    "         ^ retGrp(env == [+A], env == {B} -> env = {})\n"
    "         ^ jumpGrp(code == {A, B} -> fail \"no\\\"\")\n"
    "         ^ __NO_CHECKS\n"
    "require:\n"
    "    init ISA.RISCV.Reg.Env {A, P 7}\n";

/* ---- Text form ----------------------------------------------------------------------------- */

static void test_lowering(void)
{
    struct job job = compile(source, "rv32i");
    if (!job.ir)
        return;
    CASE("a lowered policy holds the invariants");
    const char *broken = ir_verify(job.ir);
    CHECK_STR(broken ? broken : "", "");
    CASE("patterns, variables and constants become conditions and guards");
    char *rules = section(job.ir, "  rule 0", "  rule 3");
    const char *want = "    when op1 +m.P exact\n"
                       "    when mem +m.P -m.A\n"
                       "    guard (eq op1.(m.P).0 mem.(m.P).0)\n"
                       "    allow\n"
                       "    rd = (modify {} +m.P(mem.(m.P).0))\n";
    CHECK(strstr(rules, want) != NULL);
    want = "    when mem +m.Q exact\n"
           "    guard (and (eq mem.(m.Q).1 3) (or (lt (add mem.(m.Q).0 1) 7) "
           "(not (eq mem.(m.Q).0 9))))\n"
           "    allow\n"
           "    rd = (inter (union (modify mem +m.Q((mul mem.(m.Q).0 2) (new 0 0)) -m.A) op1) "
           "(modify {} +m.B))\n";
    CHECK(strstr(rules, want) != NULL);
    want = "    when op1 +m.S\n"
           "    when mem +m.S\n"
           "    guard (seteq op1.(m.S).0 mem.(m.S).0)\n"
           "    allow\n"
           "    rd = (modify mem.(m.S).0 +m.S(mem))\n";
    CHECK(strstr(rules, want) != NULL);
    free(rules);
    CASE("contradictory patterns never match");
    rules = section(job.ir, "  rule 3", "entity");
    CHECK(strstr(rules, "    when env +m.A +m.B exact never\n") != NULL);
    CHECK(strstr(rules, "    when code +m.A +m.B exact\n    fail \"no\\\"\"\n") != NULL);
    CHECK(strstr(rules, "m.main every instruction\n    text \"__NO_CHECKS\"\n    allow\n") != NULL);
    free(rules);
    CASE("the frame of the text form");
    char *text = printed(job.ir);
    CHECK(strncmp(text, "ir 2\nname \"main\"\nstem \"m\"\n", 26) == 0);
    CHECK(strstr(text, "\nisa rv32i\ngranule 8\ndigest ") != NULL);
    CHECK(strstr(text, "\ntag 3 m.Q domain 0 merge all int:20 int:4\n"
                       "tag 4 m.S domain 0 merge any set\n"
                       "domain 0 component m.main decider 0\n"
                       "response 0 default terminate\n"
                       "counter 0 m.Id decider 0 limit 4 exhaust\n") != NULL);
    CHECK(strstr(text, " m.loadGrp\n  operand env env\n  operand code code\n  operand op1 addr\n"
                       "  operand mem mem\n  result rd res\n"
                       "  match 00000003/0000707f lb\n  match 00002003/0000707f lw\n") != NULL);
    CHECK(strstr(text, " env -1 {A, P 7}\n") || strstr(text, "{A, P 7}\n"));
    CHECK(strstr(text, "\nopclass 0 undecodable\n") != NULL);
    free(text);
    done(&job);
}

/* In DPL a component may name tags that it does not own: what it adds of them is dropped. */
static void test_foreign(void)
{
    static const char main_module[] = "module m:\n"
                                      "import:\n    n\n"
                                      "metadata:\n    A\n"
                                      "policy:\n"
                                      "    pa = loadGrp(mem == [+B] -> res = {A, B, (C 3)})\n"
                                      "       ^ loadGrp(mem == {A} -> res = mem[+B])\n"
                                      "    main = pa & pb\n";
    static const char other_module[] =
        "module n:\n"
        "type:\n    data N = Int (20)\n"
        "metadata:\n    B, C N\n"
        "group:\n    grp loadGrp(RS1:addr, MEM:mem -> RD:res)\n        lw *, *, *\n"
        "policy:\n    pb = __NO_CHECKS\n";
    struct job job = compile_two(main_module, other_module, ".dpl", "rv32i");
    CASE("tags of other owners are read, and dropped from results");
    if (job.ir) {
        char *rules = section(job.ir, "  rule 0", "decider 1");
        CHECK(strstr(rules, "    when mem +n.B\n    allow\n    rd = (modify {} +m.A)\n") != NULL);
        CHECK(strstr(rules, "    when mem +m.A exact\n    allow\n    rd = mem\n") != NULL);
        free(rules);
        const char *broken = ir_verify(job.ir);
        CHECK_STR(broken ? broken : "", "");
    }
    done(&job);
}

static const char tables[] =
    "module m:\n"
    "type:\n"
    "    data Label = lattice { low < left, low < right, left < high, right < high }\n"
    "    data Place = enum { a, b, c }\n"
    "    data Big = Int\n"
    "    relation may_go(Place, Place) = { (a, b), (c, a) }\n"
    "metadata:\n"
    "    L Label, P Place, Q Label Big\n"
    "group:\n"
    "    grp loadGrp(RS1:addr, MEM:mem -> RD:res)\n"
    "        lb lw\n"
    "response:\n"
    "    note = report\n"
    "    lock = failsafe entities.lock\n"
    "policy:\n"
    "    main = loadGrp(mem == [+(L x)], addr == [+(L y)] | x <= y -> fail \"le\" respond note)\n"
    "         ^ loadGrp(mem == [+(L x)], addr == [+(L y)] | x < y -> fail \"lt\" respond lock)\n"
    "         ^ loadGrp(mem == [+(L x)], addr == [+(L y)] | x >= y -> fail \"ge\")\n"
    "         ^ loadGrp(mem == [+(L x)], addr == [+(L y)] | x > left && x != y -> fail \"gt\")\n"
    "         ^ loadGrp(mem == [+(P p)] | may_go(p, b) || may_go(c, p) -> res = {(P c)})\n"
    "         ^ loadGrp(mem == [+(L x)], addr == [+(Q y _)] -> res = {(L x \\/ y /\\ left)})\n"
    "require:\n"
    "    init ISA.RISCV.Env {L right, P c}\n";

static void test_tables(void)
{
    static const char *const want[] = {
        "\nvalues 0 low left right high\nvalues 1 a b c\n"
        "lattice 0 m.Label size 4\n  0 below 1 2\n  1 below 3\n  2 below 3\n"
        "tag 0 m.L domain 0 merge any int:4:values:0:lattice:0\n"
        "tag 1 m.P domain 0 merge any int:3:values:1\n"
        "tag 2 m.Q domain 0 merge any int:4:values:0:lattice:0 int:4294967296\n",
        "\nresponse 0 default terminate\nresponse 1 m.note report\n"
        "response 2 m.lock failsafe entities.lock\n"
        "relation 0 m.may_go limits 3 3\n  bits 00000042\n"
        "relation 1 m.at_most-Label limits 4 4\n  bits 00008caf\n",
        "    guard (relation 1 mem.(m.L).0 op1.(m.L).0)\n    fail \"le\" respond 1\n",
        "    guard (and (relation 1 mem.(m.L).0 op1.(m.L).0) (ne mem.(m.L).0 op1.(m.L).0))\n"
        "    fail \"lt\" respond 2\n",
        "    guard (relation 1 op1.(m.L).0 mem.(m.L).0)\n    fail \"ge\"\n",
        "    guard (and (and (relation 1 1 mem.(m.L).0) (ne 1 mem.(m.L).0)) (ne mem.(m.L).0 "
        "op1.(m.L).0))\n    fail \"gt\"\n",
        "    guard (or (relation 0 mem.(m.P).0 1) (relation 0 2 mem.(m.P).0))\n",
        "    rd = (modify {} +m.L((meet 0 (join 0 mem.(m.L).0 op1.(m.Q).0) 1)))\n",
        "{L right, P c}\n",
    };
    CASE("lattices, relations and responses");
    struct job job = compile(tables, "rv32i");
    char *text = job.ir ? printed(job.ir) : NULL;
    for (size_t i = 0; text && i < sizeof want / sizeof want[0]; i++)
        if (!strstr(text, want[i])) {
            printf("# missing: %s\n", want[i]);
            CHECK(false);
        }
    CHECK(job.ir && !ir_verify(job.ir));
    free(text);
    done(&job);
}

static void test_determinism(void)
{
    struct job one = compile(source, "rv64gc"), two = compile(source, "rv64gc");
    CASE("the same source gives the same text");
    if (one.ir && two.ir) {
        char *a = printed(one.ir), *b = printed(two.ir);
        CHECK_STR(a, b);
        free(a);
        free(b);
    }
    done(&one);
    done(&two);
}

/* ---- Opclasses ----------------------------------------------------------------------------- */

static bool in_group(const struct ir_group *group, uint32_t word)
{
    for (uint32_t m = 0; m < group->nmatchers; m++)
        if ((word & group->matchers[m].mask) == group->matchers[m].match)
            return true;
    return false;
}

static uint32_t decode(const struct ir *ir, uint32_t word)
{
    for (uint32_t i = 0; i < ir->ndecode; i++)
        if ((word & ir->decode[i].mask) == ir->decode[i].match)
            return ir->decode[i].opclass;
    return 0;
}

/* Whether the opclass of a word says of it what is true. */
static bool word_is_right(const struct ir *ir, uint32_t word)
{
    const struct ir_opclass *class = &ir->opclasses[decode(ir, word)];
    int row = pol_isa_decode(&ir->isa, word);
    if (row < 0)
        return class == &ir->opclasses[0];
    struct pol_form form = pol_insn_form(pol_insn_at((size_t)row));
    uint32_t n = 0;
    for (uint32_t g = 0; g < ir->ngroups; g++)
        if (in_group(&ir->groups[g], word) && (n == class->ngroups || class->groups[n++] != g))
            return false;
    return n == class->ngroups && memcmp(&form, &class->form, sizeof form) == 0;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

/* Random words, half of them with a valid instruction's fixed bits and few other bits. */
static unsigned wrong_words(const struct ir *ir, unsigned count)
{
    uint64_t state = 1;
    unsigned wrong = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t word = next_random(&state);
        const struct pol_insn *insn = pol_insn_at(next_random(&state) % pol_insn_count());
        if (next_random(&state) % 4)
            word &= next_random(&state) & next_random(&state) & next_random(&state);
        if (next_random(&state) % 8)
            word = (word & ~insn->mask) | insn->match;
        wrong += !word_is_right(ir, word);
    }
    return wrong;
}

static const struct ir_opclass *class_of(const struct ir *ir, uint32_t word)
{
    return &ir->opclasses[decode(ir, word)];
}

static struct ir_matcher matcher(const struct pol_isa *isa, const char *name, uint32_t mask,
                                 uint32_t match)
{
    int row = pol_insn_find(isa, name);
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    return (struct ir_matcher){row, mask | insn->mask, match | insn->match};
}

/* An IR without deciders and tags, for opclasses alone. */
static struct ir *bare(const char *isa, uint32_t ngroups)
{
    struct ir *ir = ir_new();
    ir->isa = target(isa);
    ir->space = pol_space_new(0);
    pol_space_finish(ir->space);
    ir->groups = ARENA_ARRAY(ir->arena, struct ir_group, ngroups);
    ir->ngroups = ngroups;
    for (uint32_t g = 0; g < ngroups; g++) {
        ir->groups[g].name = arena_printf(ir->arena, "g%" PRIu32, g);
        ir->groups[g].matchers = ARENA_ARRAY(ir->arena, struct ir_matcher, 6000);
    }
    return ir;
}

static void add_matcher(struct ir *ir, uint32_t group, struct ir_matcher m)
{
    ir->groups[group].matchers[ir->groups[group].nmatchers++] = m;
}

#define RD(n) ((uint32_t)(n) << 7)
#define RS1(n) ((uint32_t)(n) << 15)
#define IMM(n) ((uint32_t)(n) << 20)
#define ALL_RD RD(31)
#define ALL_RS1 RS1(31)
#define ALL_IMM IMM(0xfff)

static void test_refinements(void)
{
    struct diag_sink *sink = diag_sink_new(NULL);
    struct ir *ir = bare("rv64imafdc_zicsr", 4);
    const struct pol_isa *isa = &ir->isa;
    add_matcher(ir, 0, matcher(isa, "jalr", 0, 0));
    add_matcher(ir, 1, matcher(isa, "jalr", ALL_RD, RD(0)));
    add_matcher(ir, 2, matcher(isa, "jalr", ALL_RS1, RS1(1)));
    add_matcher(ir, 2, matcher(isa, "jalr", ALL_RS1, RS1(5)));
    add_matcher(ir, 3, matcher(isa, "jalr", ALL_IMM | ALL_RS1, RS1(1)));
    add_matcher(ir, 3, matcher(isa, "lw", 0, 0));
    CASE("refinements are closed under intersection");
    CHECK(lower_opclasses(ir, sink));
    const char *broken = ir_verify(ir);
    CHECK_STR(broken ? broken : "", "");
    CHECK_INT(wrong_words(ir, 200000), 0);
    CASE("names and samples of opclasses");
    const struct ir_opclass *plain = class_of(ir, 0x67 | RD(10) | RS1(11));
    CHECK_STR(plain->name, "jalr");
    CHECK_INT(plain->sample, 0x67 | RD(10) | RS1(11));
    CHECK_INT(plain->ngroups, 1);
    const struct ir_opclass *ret = class_of(ir, 0x67 | RD(0) | RS1(1));
    CHECK(strncmp(ret->name, "jalr#", 5) == 0);
    CHECK_INT(ret->sample, 0x67 | RD(0) | RS1(1));
    CHECK_INT(ret->ngroups, 4);
    CHECK_INT(class_of(ir, 0x67 | RD(0) | RS1(5) | IMM(4))->ngroups, 3);
    CASE("instructions that nothing tells apart share an opclass");
    CHECK(class_of(ir, 0x33 | RD(1)) == class_of(ir, 0x40000033 | RS1(3)));
    CHECK_STR(class_of(ir, 0x33)->name, "add");
    CHECK(class_of(ir, 0x3) != class_of(ir, 0x1003)); /* lb, lh: size of the access */
    CHECK_INT(decode(ir, 0), 0);
    CHECK_INT(decode(ir, 0xffffffff), 0);
    ir_free(ir);
    diag_sink_free(sink);
}

static void test_covered(void)
{
    struct diag_sink *sink = diag_sink_new(NULL);
    struct ir *ir = bare("rv32i", 3);
    for (uint32_t r = 0; r < 32; r++)
        add_matcher(ir, 0, matcher(&ir->isa, "jal", ALL_RD, RD(r)));
    add_matcher(ir, 1, matcher(&ir->isa, "addi", ALL_IMM, 0));
    add_matcher(ir, 1, matcher(&ir->isa, "addi", ALL_RD, RD(10)));
    add_matcher(ir, 2, matcher(&ir->isa, "addi", ALL_IMM, 0));
    CASE("an opclass without words is left out");
    CHECK(lower_opclasses(ir, sink));
    CHECK(ir_verify(ir) == NULL);
    CHECK_INT(wrong_words(ir, 100000), 0);
    for (uint32_t c = 1; c < ir->nopclasses; c++)
        if (strncmp(ir->opclasses[c].name, "jal", 3) == 0 && ir->opclasses[c].name[3] != 'r') {
            CHECK_INT(ir->opclasses[c].ngroups, 1);
            CHECK_STR(ir->opclasses[c].name, "jal");
        }
    CASE("a sample avoids what is more specific");
    const struct ir_opclass *addi = class_of(ir, 0x13 | RD(1) | IMM(1));
    CHECK_INT(addi->ngroups, 0);
    CHECK_INT(decode(ir, addi->sample), (long long)(addi - ir->opclasses));
    ir_free(ir);
    diag_sink_free(sink);
}

static void test_limits(void)
{
    struct diag_sink *sink = diag_sink_new(NULL);
    struct ir *ir = bare("rv32i", 2);
    for (uint32_t i = 0; i < 4000; i++)
        add_matcher(ir, 0, matcher(&ir->isa, "addi", ALL_IMM, IMM(i)));
    CASE("thousands of specifications of one instruction");
    CHECK(lower_opclasses(ir, sink));
    CHECK_INT(wrong_words(ir, 2000), 0);
    CHECK_INT(class_of(ir, 0x13 | IMM(3999))->ngroups, 1);
    CHECK_INT(class_of(ir, 0x13 | IMM(4001))->ngroups, 0);
    CASE("too many refinements are an error");
    for (uint32_t r = 0; r < 32; r++)
        add_matcher(ir, 1, matcher(&ir->isa, "addi", ALL_RD, RD(r)));
    CHECK(!lower_opclasses(ir, sink));
    CHECK_INT(diag_error_count(sink), 1);
    ir_free(ir);
    diag_sink_free(sink);
}

static void test_isas(void)
{
    static const char *const isas[] = {"rv32i", "rv32imac_zicsr", "rv64gc", "rv64imafdc_zicsr"};
    CASE("opclasses of every target agree with the decoder");
    for (size_t i = 0; i < sizeof isas / sizeof isas[0]; i++) {
        struct job job = compile(source, isas[i]);
        if (job.ir) {
            CHECK(ir_verify(job.ir) == NULL);
            CHECK_INT(wrong_words(job.ir, 100000), 0);
        }
        done(&job);
    }
}

static void test_cubes(void)
{
    struct cube out[] = {{0x1, 0x1}, {0x3, 0x2}, {0x7, 0x4}};
    uint32_t word = 99;
    CASE("searching cubes");
    CHECK_INT(cube_find((struct cube){0, 0}, out, 3, 0xff, &word), CUBE_FOUND);
    CHECK_INT(word & 7, 0);
    CHECK_INT(cube_find((struct cube){0, 0}, out, 2, 0x4, &word), CUBE_FOUND);
    CHECK_INT(word, 4);
    CHECK_INT(cube_find((struct cube){0x7, 0x4}, out, 3, 0, &word), CUBE_COVERED);
    struct cube halves[] = {{0x80000000, 0}, {0x80000000, 0x80000000}};
    CHECK_INT(cube_find((struct cube){0, 0}, halves, 2, 0, &word), CUBE_COVERED);
    CHECK(cube_within((struct cube){3, 1}, (struct cube){1, 1}));
    CHECK(!cube_within((struct cube){1, 1}, (struct cube){3, 1}));
    CHECK(!cube_meets((struct cube){3, 1}, (struct cube){1, 0}));
}

/* ---- The verifier -------------------------------------------------------------------------- */

/* Each breaks one invariant of the IR of `source`; the verifier has to say so. */
typedef void breaking(struct ir *ir);

static void break_granule(struct ir *ir)
{
    ir->granule = 3;
}
static void break_tag_domain(struct ir *ir)
{
    ir->tags[0].domain = 9;
}
static void break_domain_kind(struct ir *ir)
{
    ir->domains[0].kind = IR_DOMAIN_STATIC;
}
static void break_domain_decider(struct ir *ir)
{
    ir->domains[0].decider = IR_NONE;
}
static void break_counter(struct ir *ir)
{
    ir->counters[0].limit = 0;
}
static void break_counter_decider(struct ir *ir)
{
    ir->counters[0].decider = 7;
}
static void break_matcher(struct ir *ir)
{
    ir->groups[0].matchers[0].mask = 0x7f;
}
static void break_matcher_row(struct ir *ir)
{
    ir->groups[0].matchers[0].insn = -1;
}
static void break_listed(struct ir *ir)
{
    ir->groups[0].listed |= 1u << POL_RES_ENV;
}
static void break_condition_order(struct ir *ir)
{
    uint32_t *required = ir->deciders[0].rules[4].cond[POL_OP_CODE].required;
    required[0] = 1, required[1] = 0;
}
static void break_condition_tag(struct ir *ir)
{
    ir->deciders[0].rules[0].cond[POL_OP_MEM].forbidden[0] = 77;
}
static void break_condition_disjoint(struct ir *ir)
{
    struct ir_cond *cond = &ir->deciders[0].rules[0].cond[POL_OP_MEM];
    cond->forbidden[0] = cond->required[0];
}
static void break_read(struct ir *ir)
{
    ir->deciders[0].rules[0].cond[POL_OP_MEM].nrequired = 0;
}
static void break_group(struct ir *ir)
{
    ir->deciders[0].rules[0].group.v = 55;
}
static void break_guard_id(struct ir *ir)
{
    ir->deciders[0].rules[0].guard.v = ir->nguards;
}
static void break_result_id(struct ir *ir)
{
    ir->deciders[0].rules[0].result[POL_RES_RD].v = ir->nsets;
}
static void break_result_listed(struct ir *ir)
{
    ir->deciders[0].rules[0].result[POL_RES_MEM] = ir->deciders[0].rules[0].result[POL_RES_RD];
}
static void break_fail_result(struct ir *ir)
{
    ir->deciders[0].rules[0].allow = false;
}
static void break_message(struct ir *ir)
{
    ir->deciders[0].rules[0].message = "oh";
}
static void break_text(struct ir *ir)
{
    ir->deciders[0].rules[0].text = NULL;
}
static void break_int_order(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nints; i++)
        if (ir->ints[i].kind == IR_INT_MUL)
            ir->ints[i].a.v = i;
}
static void break_divisor(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nints; i++)
        if (ir->ints[i].kind == IR_INT_MUL) {
            ir->ints[i].kind = IR_INT_DIV;
            ir->ints[ir->ints[i].b.v].value = 0;
        }
}
static void break_argument(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nints; i++)
        if (ir->ints[i].kind == IR_INT_ARG)
            ir->ints[i].ref.arg = 5;
}
static void break_new_in_guard(struct ir *ir)
{
    ir->ints[0] = (struct ir_int){.kind = IR_INT_NEW, .a = IR_NO_INT, .b = IR_NO_INT};
}
static void break_new_counter(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nints; i++)
        if (ir->ints[i].kind == IR_INT_NEW)
            ir->ints[i].counter = 3;
}
static void break_guard_order(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nguards; i++)
        if (ir->guards[i].kind == IR_GUARD_NOT)
            ir->guards[i].a.v = i + 1;
}
static void break_seteq(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nguards; i++)
        if (ir->guards[i].kind == IR_GUARD_SETEQ)
            ir->guards[i].s.tag = 2; /* P: its argument is no set */
}
static void break_set_order(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nsets; i++)
        if (ir->sets[i].kind == IR_SET_UNION)
            ir->sets[i].b.v = i;
}
static void break_addition(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->nsets; i++)
        if (ir->sets[i].kind == IR_SET_MODIFY && ir->sets[i].mods[0].args)
            ir->sets[i].mods[0].args = NULL;
}
static void break_entity(struct ir *ir)
{
    ir->entities[0].tags[0] |= 1u << 20;
}
static void break_entity_range(struct ir *ir)
{
    ir->entities[0].tags[ir->space->tags[2].args[0].offset] = 20;
}
static void break_entity_absent(struct ir *ir)
{
    ir->entities[0].tags[ir->space->tags[3].args[0].offset] = 1;
}
static void break_form(struct ir *ir)
{
    ir->opclasses[1].form.rd ^= 1;
}
static void break_sample(struct ir *ir)
{
    ir->opclasses[1].sample = 0;
}
static void break_class_groups(struct ir *ir)
{
    ir->opclasses[1].ngroups = 0;
}
static void break_decode_hole(struct ir *ir)
{
    ir->ndecode--;
}
static void break_decode_class(struct ir *ir)
{
    ir->decode[0].opclass = ir->nopclasses;
}
static void break_decode_zero(struct ir *ir)
{
    ir->decode[ir->ndecode - 1].opclass = 0;
}
static void break_decode_twice(struct ir *ir)
{
    ir->decode[1] = ir->decode[0];
}

static breaking *const breakings[] = {
    break_granule,       break_tag_domain,      break_domain_kind,   break_domain_decider,
    break_counter,       break_counter_decider, break_matcher,       break_matcher_row,
    break_listed,        break_condition_order, break_condition_tag, break_condition_disjoint,
    break_read,          break_group,           break_guard_id,      break_result_id,
    break_result_listed, break_fail_result,     break_message,       break_text,
    break_int_order,     break_divisor,         break_argument,      break_new_in_guard,
    break_new_counter,   break_guard_order,     break_seteq,         break_set_order,
    break_addition,      break_entity,          break_entity_range,  break_entity_absent,
    break_form,          break_sample,          break_class_groups,  break_decode_hole,
    break_decode_class,  break_decode_zero,     break_decode_twice,
};

static void test_verifier(void)
{
    CASE("the verifier finds every broken invariant");
    for (size_t i = 0; i < sizeof breakings / sizeof breakings[0]; i++) {
        struct job job = compile(source, "rv32i");
        if (job.ir) {
            CHECK(ir_verify(job.ir) == NULL);
            breakings[i](job.ir);
            if (!ir_verify(job.ir)) {
                printf("# breaking %zu was not found\n", i);
                CHECK(false);
            }
        }
        done(&job);
    }
}

int main(void)
{
    test_cubes();
    test_lowering();
    test_foreign();
    test_tables();
    test_determinism();
    test_refinements();
    test_covered();
    test_limits();
    test_isas();
    test_verifier();
    return check_done();
}
