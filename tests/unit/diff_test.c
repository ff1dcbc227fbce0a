/* Lock-step comparison: a toy policy against twins that are wrong on purpose (toy.h). */
#include <pol/diff.h>

#include <unistd.h>

#include "check.h"
#include "toy.h"

enum { CODE = 0x1000, DATA = 0x8000 };

struct pair {
    struct pol_space *space;
    struct toy toy, twin;
    struct pol_diff *diff;
    struct pol_image *image;
    struct pol_diff_counts counts;
    struct pol_difference difference;
    char err[240];
    char text[4000];
};

static uint32_t intern(struct pair *p, const char *text)
{
    uint32_t lit[64];
    CHECK_INT(pol_lit_parse(p->space, text, strlen(text), lit, p->err, sizeof p->err), 0);
    return pol_image_intern(p->image, lit);
}

static void claim(struct pair *p, uint64_t start, const char *set)
{
    struct pol_image_claim c = {start, 0x100, intern(p, set), 0, false};
    CHECK_INT(pol_image_add_claim(p->image, &c), 0);
}

static void start(struct pair *p, unsigned wrong)
{
    struct pol_engine *engines[2];
    memset(p, 0, sizeof *p);
    p->space = toy_space();
    toy_init(&p->toy, p->space, "rv64imac_zicsr", 0);
    toy_init(&p->twin, p->space, "rv64imac_zicsr", wrong);
    engines[0] = &p->toy.engine;
    engines[1] = &p->twin.engine;
    p->diff = pol_diff_new(engines, 2, &p->toy.isa, &toy_debug, p->err, sizeof p->err);
    CHECK(p->diff != NULL);
    p->image = pol_image_new(p->space, &p->toy.isa, 8);
    claim(p, CODE, "{Ex}");
    claim(p, DATA, "{Rd, Wr}");
    p->image->trap_env = intern(p, "{Trap}");
    CHECK_INT(pol_image_add_trap_domain(p->image, 0), 0);
    CHECK_INT(pol_image_add_fine(p->image, CODE, 0x100), 0);
    CHECK_INT(pol_image_unite(p->image, p->err, sizeof p->err), 0);
}

static void stop(struct pair *p)
{
    pol_difference_free(&p->difference);
    pol_diff_free(p->diff);
    pol_image_free(p->image);
    pol_space_free(p->space);
}

static const char *explain(struct pair *p)
{
    pol_difference_format(p->diff, &p->difference, p->text, sizeof p->text);
    return p->text;
}

/* The difference's tuple as an operand line. */
static const char *tuple_line(struct pair *p)
{
    pol_tuple_format(p->space, &p->toy.isa, &p->difference.tuple, p->text, sizeof p->text);
    return p->text;
}

static void set_lit(struct pair *p, uint32_t *lit, const char *text)
{
    CHECK_INT(pol_lit_parse(p->space, text, strlen(text), lit, p->err, sizeof p->err), 0);
}

static enum pol_diff_status one_tuple(struct pair *p, uint32_t word, const char *op1,
                                      const char *op2, const char *mem)
{
    struct pol_tuple tuple;
    CHECK_INT(pol_tuple_init(&tuple, p->space), 0);
    tuple.word = word;
    set_lit(p, tuple.set[POL_OP_ENV], "{Trap}");
    set_lit(p, tuple.set[POL_OP_CODE], "{Ex, Call, Own 9}");
    set_lit(p, tuple.set[POL_OP_OP1], op1);
    set_lit(p, tuple.set[POL_OP_OP2], op2);
    set_lit(p, tuple.set[POL_OP_MEM], mem);
    enum pol_diff_status status = pol_diff_tuple(p->diff, &tuple, &p->counts, &p->difference);
    pol_tuple_free(&tuple);
    return status;
}

/* ---- Tuples ---------------------------------------------------------------------------------- */

static void test_tuple(void)
{
    struct pair p;
    CASE("equal engines agree");
    start(&p, 0);
    CHECK_INT(one_tuple(&p, 0x00b50633, "{Ptr 1}", "{Ptr 2}", "{}"), POL_DIFF_AGREE);
    CHECK_INT(one_tuple(&p, 0x00b50633, "{Ptr 1}", "{Ptr 1}", "{}"), POL_DIFF_AGREE);
    CHECK_INT(p.counts.steps, 2);
    CHECK_INT(p.counts.explicits, 1);
    CHECK_INT(p.counts.allowed, 1);
    CHECK_STR(explain(&p), "no difference\n");
    stop(&p);
    CASE("a wrong verdict is found and shrunk");
    start(&p, WRONG_ADD);
    CHECK_INT(one_tuple(&p, 0x00b50633, "{Taint, Good, Ptr 7}", "{Rd, Ptr 1000}", "{}"),
              POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_VERDICT);
    CHECK(p.difference.reproduced);
    CHECK_STR(tuple_line(&p), "0x00b50633 env={} code={Ex} op1={Ptr 7} op2={Ptr 0}");
    CHECK_STR(explain(&p), "step 0: toy and twin differ in verdict\n"
                           "  0x00b50633 env={} code={Ex} op1={Ptr 7} op2={Ptr 0}  "
                           "# add a2,a0,a1\n"
                           "  toy: fail explicit toy.pol:14:3 \"conflicting arguments of Ptr\"\n"
                           "    decided by toy.main: toy.pol:14:3, toy.secret: rule 2\n"
                           "    1 failed: toy.main at toy.pol:14:3: conflicting arguments of Ptr\n"
                           "  twin: allow env={} rd={Ptr 7} csr=- mem=-\n"
                           "    decided by toy.main: toy.pol:14:3, toy.secret: rule 2\n");
    stop(&p);
    CASE("a condition on two tags and a bound keeps both");
    start(&p, WRONG_STORE);
    CHECK_INT(one_tuple(&p, 0x00b53023, "{Ptr 3}", "{Taint, Good, Ptr 5000, Sec}", "{Ex, Rd}"),
              POL_DIFF_DIFFER);
    CHECK_STR(tuple_line(&p), "0x00b53023 env={} code={Ex} op1={} op2={Taint, Ptr 10} mem={}");
    stop(&p);
    CASE("a wrong set inside a TagSet argument");
    start(&p, WRONG_SAVED);
    CHECK_INT(one_tuple(&p, 0x00050593, "{Saved {Taint, Ptr 77, Own 3}}", "{}", "{}"),
              POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_RESULT);
    CHECK_INT(p.difference.result, POL_RES_RD);
    CHECK_STR(tuple_line(&p), "0x00050593 env={} code={Ex} op1={Saved {Ptr 4}}");
    stop(&p);
    CASE("responses and reports count");
    start(&p, WRONG_RESPONSE);
    CHECK_INT(one_tuple(&p, 0x00b50633, "{Ptr 1}", "{Ptr 2}", "{}"), POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_RESPONSE);
    CHECK(strstr(explain(&p), " respond toy.note\n") != NULL);
    stop(&p);
    start(&p, TELL);
    CHECK_INT(one_tuple(&p, 0x00050593, "{Taint, Good}", "{}", "{}"), POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_REPORTS);
    CHECK_STR(tuple_line(&p), "0x00050593 env={} code={} op1={Taint}");
    CHECK(strstr(explain(&p), "    reports toy.pol:13:3\n") != NULL);
    stop(&p);
    CASE("the deciding rule and what is written count");
    start(&p, WRONG_RULE);
    CHECK_INT(one_tuple(&p, 0x00050593, "{}", "{}", "{}"), POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_DECIDING);
    stop(&p);
    start(&p, WRONG_WRITTEN);
    CHECK_INT(one_tuple(&p, 0x00050593, "{}", "{}", "{}"), POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_WRITTEN);
    stop(&p);
    static const struct {
        unsigned wrong;
        enum pol_diff_aspect aspect;
    } aspects[] = {{WRONG_CAUSE, POL_DIFF_CAUSE},
                   {WRONG_TAG, POL_DIFF_TAG},
                   {WRONG_FAILRULE, POL_DIFF_RULE},
                   {WRONG_COUNT, POL_DIFF_FAILURES}};
    CASE("all that is said of a failure counts");
    for (size_t i = 0; i < sizeof aspects / sizeof *aspects; i++) {
        start(&p, aspects[i].wrong);
        CHECK_INT(one_tuple(&p, 0x00b50633, "{Ptr 1}", "{Ptr 2}", "{}"), POL_DIFF_DIFFER);
        CHECK_INT(p.difference.aspect, aspects[i].aspect);
        stop(&p);
    }
    CASE("what one engine cannot represent is skipped and counted");
    start(&p, REFUSE | WRONG_RULE);
    CHECK_INT(one_tuple(&p, 0x00050593, "{Taint, Good}", "{}", "{}"), POL_DIFF_AGREE);
    CHECK_INT(p.counts.skipped, 1);
    CHECK_INT(p.counts.steps, 0);
    stop(&p);
}

/* ---- Random ---------------------------------------------------------------------------------- */

enum { SHAPES = 12 };

/* Presence words; the toy space has one each. */
static const uint32_t shapes_any[SHAPES] = {
    0,         1u << RD_,   1u << WR_ | 1u << RD_,   1u << TAINT,           1u << GOOD, 1u << PTR,
    1u << OWN, 1u << SAVED, 1u << PTR | 1u << TAINT, 1u << RD_ | 1u << PTR, 1u << CALL, 1u << ENV_};
static const uint32_t shapes_code[2] = {1u << EX_, 1u << EX_ | 1u << GOOD};
static const uint32_t shapes_secret[2] = {0, 1u << SEC};
static const uint32_t shapes_set[3] = {0, 1u << PTR, 1u << TAINT | 1u << PTR};

static const struct pol_gen_part parts[2] = {
    {{[POL_GEN_ENV] = {SHAPES, shapes_any},
      [POL_GEN_CODE] = {2, shapes_code},
      [POL_GEN_INT] = {SHAPES, shapes_any},
      [POL_GEN_CSR] = {SHAPES, shapes_any},
      [POL_GEN_MEM] = {SHAPES, shapes_any},
      [POL_GEN_SET] = {3, shapes_set}}},
    {{[POL_GEN_INT] = {2, shapes_secret}, [POL_GEN_MEM] = {2, shapes_secret}}}};

static const struct pol_gen_opclass opclasses[] = {
    {"add", 0x00b50633, 0x01ff8f80}, {"addi", 0x00050593, 0xffff8f80},
    {"ld", 0x00053583, 0xffff8f80},  {"sd", 0x00b53023, 0xffff8f80},
    {"lui", 0x00001537, 0xffffff80}, {"csrrw", 0x340515f3, 0x000f8f80},
    {"jal", 0x008000ef, 0x00000f80}, {"ecall", 0x00000073, 0}};
static const uint32_t values[] = {0, 7, 9, 10};

static const struct pol_gen_pair pairs[] = {
    {0, 4, 0, NULL}, {0, 5, 1, NULL}, {0, 0, 2, NULL}, {0, 1, 2, NULL}, {0, 2, 3, NULL},
    {0, 3, 3, NULL}, {0, 6, 4, NULL}, {0, 7, 5, NULL}, {0, 8, 6, NULL}, {0, 10, 7, NULL},
    {1, 0, 2, NULL}, {1, 1, 3, NULL}, {1, 2, 0, NULL}};

static const struct pol_gen_space gen_space = {
    8, opclasses, 2, parts, 4, values, sizeof pairs / sizeof *pairs, pairs, NULL};

static void count_missed(void *user, const struct pol_gen_pair *pair)
{
    unsigned *missed = user;
    *missed += pair->rule == 99;
}

static void test_random(void)
{
    static const unsigned wrong[] = {WRONG_ADD,   WRONG_RULE,  WRONG_WRITTEN,
                                     WRONG_STORE, WRONG_SAVED, WRONG_NEW};
    struct pol_diff_random options = {.seed = 1, .steps = 2000, .more = 20000};
    struct pair p;
    CASE("random tuples reach every reachable pair");
    start(&p, 0);
    CHECK_INT(pol_diff_run_random(p.diff, &gen_space, &options, &p.counts, &p.difference),
              POL_DIFF_AGREE);
    CHECK_INT(p.counts.pairs, 13);
    CHECK_INT(p.counts.reached, 13);
    CHECK_INT(p.counts.steps, 2000);
    CHECK(p.counts.allowed > 200 && p.counts.explicits > 200);
    struct pol_diff_counts first = p.counts;
    CHECK_INT(pol_diff_run_random(p.diff, &gen_space, &options, &p.counts, &p.difference),
              POL_DIFF_AGREE);
    CHECK(!memcmp(&first, &p.counts, sizeof first));
    CASE("a pair that is not reached is named; a witness reaches at once");
    struct pol_gen_pair more[2] = {{0, 99, 0, NULL}, {0, 5, 1, NULL}};
    struct pol_gen_space small = gen_space;
    struct pol_tuple witness;
    unsigned missed = 0;
    small.pairs = more;
    small.npairs = 2;
    options =
        (struct pol_diff_random){.seed = 1, .steps = 1, .missed = count_missed, .user = &missed};
    CHECK_INT(pol_tuple_init(&witness, p.space), 0);
    witness.word = 0x00050593;
    pol_lit_set(witness.set[POL_OP_CODE], EX_);
    more[1].witness = &witness;
    CHECK_INT(pol_diff_run_random(p.diff, &small, &options, &p.counts, &p.difference),
              POL_DIFF_AGREE);
    CHECK_INT(missed, 1);
    CHECK_INT(p.counts.reached, 1);
    CHECK_INT(p.counts.steps, 1);
    pol_tuple_free(&witness);
    more[1] = more[0];
    CHECK_INT(pol_diff_run_random(p.diff, &small, &options, &p.counts, &p.difference),
              POL_DIFF_BAD);
    CHECK_STR(pol_diff_error(p.diff), "a pair is listed twice");
    stop(&p);
    CASE("every wrong twin is found by random tuples");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options = (struct pol_diff_random){.seed = 3 + i, .steps = 20000};
        start(&p, wrong[i]);
        CHECK_INT(pol_diff_run_random(p.diff, &gen_space, &options, &p.counts, &p.difference),
                  POL_DIFF_DIFFER);
        CHECK(p.difference.reproduced == (wrong[i] != WRONG_NEW));
        CHECK(strlen(explain(&p)) > 100);
        stop(&p);
    }
    CASE("TagSet arguments hold what set_tags lets them hold");
    static const uint32_t no_pointers[] = {1u << TAINT};
    const uint32_t *set_tags[TOY_TAGS] = {NULL};
    struct pol_gen_space limited = gen_space;
    limited.set_tags = set_tags;
    for (int i = 0; i < 2; i++) {
        set_tags[SAVED] = i ? NULL : no_pointers;
        options = (struct pol_diff_random){.seed = 7, .steps = 20000};
        start(&p, WRONG_SAVED); /* which needs a pointer in a saved set */
        CHECK_INT(pol_diff_run_random(p.diff, &limited, &options, &p.counts, &p.difference),
                  i ? POL_DIFF_DIFFER : POL_DIFF_AGREE);
        stop(&p);
    }
    CASE("sets that one engine lacks are skipped");
    start(&p, REFUSE);
    struct pol_gen_part refused = parts[0];
    static const uint32_t both[] = {1u << TAINT | 1u << GOOD, 0};
    refused.shapes[POL_GEN_ENV] = (struct pol_gen_shapes){2, both};
    refused.shapes[POL_GEN_INT] = (struct pol_gen_shapes){0, NULL}; /* no such results */
    struct pol_gen_space space = gen_space;
    space.parts = &refused;
    space.nparts = 1;
    options = (struct pol_diff_random){.seed = 3, .steps = 1000};
    CHECK_INT(pol_diff_run_random(p.diff, &space, &options, &p.counts, &p.difference),
              POL_DIFF_AGREE);
    CHECK(p.counts.skipped > 300 && p.counts.skipped < 700);
    CHECK_INT(p.counts.skipped + p.counts.steps, 1000);
    stop(&p);
}

/* ---- Exhaustive ------------------------------------------------------------------------------ */

struct counter {
    uint32_t at, n;
    const struct pol_space *space;
};

/* add over Ptr a, Ptr b for all a, b < 16. */
static int next_add(void *user, struct pol_tuple *tuple)
{
    struct counter *counter = user;
    uint32_t offset = counter->space->tags[PTR].args[0].offset;
    if (counter->at == counter->n)
        return 0;
    tuple->word = 0x00b50633;
    pol_lit_set(tuple->set[POL_OP_CODE], EX_);
    pol_lit_set(tuple->set[POL_OP_OP1], PTR);
    pol_lit_set(tuple->set[POL_OP_OP2], PTR);
    tuple->set[POL_OP_OP1][offset] = counter->at / 16;
    tuple->set[POL_OP_OP2][offset] = counter->at % 16;
    counter->at++;
    return 1;
}

static int next_fails(void *user, struct pol_tuple *tuple)
{
    (void)user;
    (void)tuple;
    return -1;
}

static int next_same(void *user, struct pol_tuple *tuple)
{
    (void)user;
    tuple->word = 0x00000013;
    return 1;
}

static bool stop_at_second(void *user, uint64_t steps)
{
    unsigned *calls = user;
    return ++*calls < 2 && steps;
}

static void test_exhaustive(void)
{
    struct pair p;
    struct counter counter = {0};
    struct pol_diff_source source = {256, next_add, &counter};
    CASE("all tuples are run");
    start(&p, 0);
    counter = (struct counter){0, 256, p.space};
    CHECK_INT(pol_diff_exhaustive(p.diff, &source, &p.counts, &p.difference), POL_DIFF_AGREE);
    CHECK_INT(p.counts.steps, 256);
    CHECK_INT(p.counts.allowed, 16);
    CASE("a count that does not hold is an error");
    counter = (struct counter){0, 255, p.space};
    CHECK_INT(pol_diff_exhaustive(p.diff, &source, &p.counts, &p.difference), POL_DIFF_BAD);
    CHECK_STR(pol_diff_error(p.diff), "the enumeration gave fewer than the 256 tuples announced");
    counter = (struct counter){0, 257, p.space};
    CHECK_INT(pol_diff_exhaustive(p.diff, &source, &p.counts, &p.difference), POL_DIFF_BAD);
    CHECK_STR(pol_diff_error(p.diff), "the enumeration gave more than the 256 tuples announced");
    CASE("too many are refused with the count");
    source.count = UINT64_C(123456789012);
    CHECK_INT(pol_diff_exhaustive(p.diff, &source, &p.counts, &p.difference), POL_DIFF_BAD);
    CHECK_STR(pol_diff_error(p.diff),
              "123456789012 tuples are too many to try them all (limit 100000000)");
    source = (struct pol_diff_source){1, next_fails, NULL};
    CHECK_INT(pol_diff_exhaustive(p.diff, &source, &p.counts, &p.difference), POL_DIFF_BAD);
    CASE("progress, and stopping there");
    unsigned calls = 0;
    pol_diff_on_progress(p.diff, stop_at_second, &calls);
    source = (struct pol_diff_source){200000, next_same, NULL};
    CHECK_INT(pol_diff_exhaustive(p.diff, &source, &p.counts, &p.difference), POL_DIFF_BAD);
    CHECK_STR(pol_diff_error(p.diff), "stopped");
    CHECK_INT(calls, 2);
    CHECK_INT(p.counts.steps, 131072);
    pol_diff_on_progress(p.diff, NULL, NULL);
    stop(&p);
    CASE("a difference on the way");
    start(&p, WRONG_ADD);
    source = (struct pol_diff_source){256, next_add, &counter};
    counter = (struct counter){0, 256, p.space};
    CHECK_INT(pol_diff_exhaustive(p.diff, &source, &p.counts, &p.difference), POL_DIFF_DIFFER);
    CHECK_INT(p.difference.step, 7 * 16);
    CHECK_STR(tuple_line(&p), "0x00b50633 env={} code={Ex} op1={Ptr 7} op2={Ptr 0}");
    stop(&p);
}

/* ---- Traces ---------------------------------------------------------------------------------- */

static enum pol_diff_status run_text(struct pair *p, const char *body)
{
    struct pol_trace_error err;
    FILE *file = tmpfile();
    enum pol_diff_status status = POL_DIFF_BAD;
    fputs("pol-trace 1\nisa rv64imac_zicsr\n", file);
    fputs(body, file);
    rewind(file);
    pol_difference_free(&p->difference);
    struct pol_trace_reader *reader = pol_trace_open_stream(file, &err);
    if (reader)
        status = pol_diff_trace(p->diff, p->image, reader, &p->counts, &p->difference);
    pol_trace_close(reader);
    fclose(file);
    return status;
}

/* Writes the reproducing trace, runs it through the same engines and through two right ones. */
static void check_repro(struct pair *p, const char *want)
{
    char path[] = "/tmp/pol-diff-test-XXXXXX";
    static char text[4000];
    struct pol_trace_error err;
    struct pol_difference again;
    struct pol_diff_counts counts;
    int fd = mkstemp(path);
    CHECK(p->difference.reproduced);
    CHECK_INT(
        pol_difference_write_trace(p->diff, p->image, &p->difference, path, p->err, sizeof p->err),
        0);
    text[fd < 0 ? 0 : read(fd, text, sizeof text - 1)] = 0;
    close(fd);
    const char *body = strstr(text, "tag env"); /* after the header */
    CHECK_STR(body ? body : text, want);
    for (int right = 0; right < 2; right++) {
        struct pol_trace_reader *reader = pol_trace_open(path, &err);
        CHECK(reader != NULL);
        p->twin.wrong = right ? 0 : p->twin.wrong;
        CHECK_INT(reader ? pol_diff_trace(p->diff, p->image, reader, &counts, &again)
                         : POL_DIFF_BAD,
                  right ? POL_DIFF_AGREE : POL_DIFF_DIFFER);
        pol_difference_free(&again);
        pol_trace_close(reader);
    }
    unlink(path);
}

static const char busy[] = "tag x10 {Ptr 1, Taint}\ntag x11 {Good, Own 3}\ntag csr mscratch {Sec}\n"
                           "0x1000 0x00001537\n"
                           "0x1004 0x00b50633\n"
                           "0x1008 0x00b53023 mem 0x8000\n"
                           "0x100c 0x00053583 mem 0x8004\n"
                           "0x1010 0x340515f3\n"
                           "ext 0x8010+4 {Rd, Taint}\n"
                           "0x1014 0x00053583 mem 0x8010\n"
                           "0x5000 0x00000013\n"
                           "0x1018 0x00000073\ntrap 8 m\n"
                           "0x101c 0x30200073\n"
                           "hart 1\n0x1020 0x008000ef\nirq 3 s\n0x1024 0x10200073\n";

static void test_agreeing_trace(void)
{
    struct pair p;
    CASE("a trace through equal engines");
    start(&p, 0);
    CHECK_INT(run_text(&p, busy), POL_DIFF_AGREE);
    if (pol_diff_error(p.diff)[0])
        printf("# %s\n", pol_diff_error(p.diff));
    CHECK_INT(p.counts.steps, 11);
    CHECK_INT(p.counts.implicit, 1);
    CHECK_INT(p.counts.allowed, 10);
    CASE("events that cannot be run");
    CHECK_INT(run_text(&p, "0x1000 0x00053583\n"), POL_DIFF_BAD);
    CHECK_STR(pol_diff_error(p.diff), "toy engine: a memory access without its address");
    CHECK_INT(run_text(&p, "tag x1 {Nope}\n"), POL_DIFF_BAD);
    CHECK_INT(run_text(&p, "0x1000 0x00000013\nnonsense\n"), POL_DIFF_BAD);
    stop(&p);
    start(&p, REFUSE);
    CHECK_INT(run_text(&p, "tag x1 {Taint, Good}\n"), POL_DIFF_BAD);
    CHECK_STR(pol_diff_error(p.diff),
              "twin engine: the twin engine cannot represent the set {Taint, Good}");
    stop(&p);
}

static void test_trace_rules(void)
{
    struct pair p;
    CASE("a failed step commits nothing and the run goes on");
    start(&p, WRONG_ADD);
    CHECK_INT(run_text(&p, "tag x10 {Ptr 1}\ntag x11 {Ptr 7}\ntag x12 {Taint, Ptr 7}\n"
                           "0x1000 0x00b50633\n" /* conflict in both */
                           "tag x10 {Good, Ptr 7}\ntag x11 {Ptr 55, Taint}\n"
                           "0x1000 0x00b50633\n0x1004 0x00000013\n"),
              POL_DIFF_DIFFER);
    CHECK_INT(p.difference.step, 1);
    CHECK_INT(p.difference.aspect, POL_DIFF_VERDICT);
    CHECK(strstr(explain(&p), "step 1: toy and twin differ in verdict\n") != NULL);
    CHECK(strstr(explain(&p), "  tag x10 {Ptr 7}\n  tag x11 {Ptr 0}\n") != NULL);
    CHECK(strstr(explain(&p), "# add a2,a0,a1\n  toy: fail explicit toy.pol:14:3") != NULL);
    check_repro(&p, "tag env {}\ntag mem 0x1000+2 {Ex}\ntag mem 0x1002+2 {}\n"
                    "tag x10 {Ptr 7}\ntag x11 {Ptr 0}\ntag x12 {}\n"
                    "0x1000 0x00b50633\n");
    stop(&p);
    CASE("a trapped instruction is compared too");
    start(&p, WRONG_ADD);
    CHECK_INT(run_text(&p, "tag x10 {Ptr 7}\ntag x11 {Ptr 3}\n0x1000 0x00b50633\ntrap 2 m\n"),
              POL_DIFF_DIFFER);
    check_repro(&p, "tag env {}\ntag mem 0x1000+2 {Ex}\ntag mem 0x1002+2 {}\n"
                    "tag x10 {Ptr 7}\ntag x11 {Ptr 0}\ntag x12 {}\n"
                    "0x1000 0x00b50633\ntrap 2 m\n");
    stop(&p);
    CASE("a difference that needs the counters' state is said to");
    start(&p, WRONG_NEW);
    CHECK_INT(run_text(&p, "0x1000 0x00001537\n0x1004 0x00001537\n"), POL_DIFF_DIFFER);
    CHECK_INT(p.difference.step, 1);
    CHECK(!p.difference.reproduced);
    CHECK(strstr(explain(&p), "differ in result rd (not from these inputs alone)\n") != NULL);
    CHECK(strstr(explain(&p), "toy: allow env={} rd={Ptr 1}\n") != NULL);
    CHECK(strstr(explain(&p), "twin: allow env={} rd={Ptr 0}\n") != NULL);
    stop(&p);
}

static void test_trace_state(void)
{
    struct pair p;
    CASE("merges are compared");
    start(&p, WRONG_MERGE);
    CHECK_INT(run_text(&p, "tag x11 {Good, Taint}\n0x1000 0x00b52023 mem 0x8004\n"),
              POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_RESULT);
    CHECK_INT(p.difference.result, POL_RES_MEM);
    check_repro(&p, "tag env {}\ntag mem 0x1000+2 {Ex}\ntag mem 0x1002+2 {}\ntag x10 {}\n"
                    "tag x11 {Taint}\ntag mem 0x8000+8 {Wr}\n"
                    "0x1000 0x00b52023 mem 0x8004\n");
    stop(&p);
    start(&p, WRONG_MERGE_TAG);
    CHECK_INT(run_text(&p, "tag x11 {Ptr 1}\ntag mem 0x8000+8 {Wr, Ptr 2}\n"
                           "0x1000 0x00b52023 mem 0x8004\n"),
              POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_TAG);
    CHECK(p.difference.reproduced);
    stop(&p);
    CASE("and what the machine makes of several granules");
    start(&p, WRONG_ENV);
    CHECK_INT(run_text(&p, "tag mem 0x8000+8 {Rd, Env, Ptr 1}\ntag mem 0x8008+8 {Rd, Ptr 2}\n"
                           "0x1000 0x00053583 mem 0x8004\n"),
              POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_CAUSE);
    CHECK(p.difference.reproduced);
    stop(&p);
    CASE("so are the tags of instructions");
    start(&p, WRONG_DROP);
    CHECK_INT(run_text(&p, "tag mem 0x1000+2 {Ex, Good, Own 3}\ntag mem 0x1002+2 {Ex, Own 4}\n"
                           "0x1000 0x00000013\n"),
              POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_OPERAND);
    CHECK_INT(p.difference.operand, POL_OP_CODE);
    CHECK(strstr(explain(&p), "  twin: code={Own 1}\n") != NULL ||
          strstr(explain(&p), "  twin: code={Good}\n") != NULL ||
          strstr(explain(&p), "  twin: code={Own 0}\n") != NULL);
    CHECK(p.difference.reproduced);
    stop(&p);
    CASE("so are traps");
    start(&p, WRONG_TRAP);
    CHECK_INT(run_text(&p, "tag env {Call}\n0x1000 0x00000073\ntrap 8 m\n"), POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_OPERAND);
    CHECK_INT(p.difference.operand, POL_OP_ENV);
    check_repro(&p, "tag env {}\nirq 8 m\n");
    stop(&p);
    CASE("and returns from traps");
    start(&p, WRONG_RETURN);
    CHECK_INT(run_text(&p, "tag env {Call, Taint}\nirq 7 s\n0x1000 0x10200073\n"), POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_OPERAND);
    CHECK(p.difference.saved != NULL);
    check_repro(&p, "tag env {Call}\nirq 7 s\ntag env {}\ntag mem 0x1000+2 {Ex}\n"
                    "tag mem 0x1002+2 {}\n0x1000 0x10200073\n");
    stop(&p);
    CASE("memory changed from outside is compared when it is read");
    start(&p, WRONG_MERGE);
    CHECK_INT(run_text(&p, "ext 0x8000+4 {Rd, Taint}\n0x1000 0x00053583 mem 0x8000\n"),
              POL_DIFF_DIFFER);
    CHECK_INT(p.difference.aspect, POL_DIFF_OPERAND);
    CHECK_INT(p.difference.operand, POL_OP_MEM);
    CHECK(!p.difference.reproduced);
    stop(&p);
}

static void test_setup(void)
{
    struct pair p;
    struct pol_engine *engines[2];
    CASE("engines that cannot be compared");
    start(&p, 0);
    engines[0] = &p.toy.engine;
    engines[1] = &p.twin.engine;
    CHECK(!pol_diff_new(engines, 1, &p.toy.isa, NULL, p.err, sizeof p.err));
    p.twin.engine.ndeciders = 3;
    CHECK(!pol_diff_new(engines, 2, &p.toy.isa, NULL, p.err, sizeof p.err));
    CHECK_STR(p.err, "the engines have different components");
    struct pol_space *other = toy_space();
    other->tags[0].merge_all = true;
    p.twin.engine.space = other;
    CHECK(!pol_diff_new(engines, 2, &p.toy.isa, NULL, p.err, sizeof p.err));
    CHECK_STR(p.err, "the engines have different tags");
    pol_space_free(other);
    stop(&p);
}

int main(void)
{
    test_tuple();
    test_random();
    test_exhaustive();
    test_agreeing_trace();
    test_trace_rules();
    test_trace_state();
    test_setup();
    return check_done();
}
