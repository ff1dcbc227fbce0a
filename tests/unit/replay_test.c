/* Replays with expectations, violation reports, and the policy as a function of operand tuples. */
#include <pol/report.h>

#include <unistd.h>

#include "bench.h"

/* ---- Replay ---------------------------------------------------------------------------------- */

static struct pol_trace_reader *read_text(FILE **file, const char *body)
{
    struct pol_trace_error err;
    *file = tmpfile();
    fputs("pol-trace 1\nisa rv64imac_zicsr\n", *file);
    fputs(body, *file);
    rewind(*file);
    struct pol_trace_reader *reader = pol_trace_open_stream(*file, &err);
    if (!reader)
        printf("# %s\n", err.message);
    return reader;
}

struct seen {
    unsigned n;
    char line[200];
    char json[2000];
    char text[2000];
};

static bool on_violation(void *user, const struct pol_violation *violation)
{
    struct seen *seen = user;
    const struct pol_report_context context = {.debug = &toy_debug, .program = "prog.elf"};
    const struct pol_image *image = pol_machine_image(violation->machine);
    seen->n++;
    pol_outcome_format(image->space, &toy_debug, violation->outcome, seen->line, sizeof seen->line);
    pol_violation_format(&context, violation, seen->text, sizeof seen->text);
    char *json = pol_violation_json(&context, violation);
    snprintf(seen->json, sizeof seen->json, "%s", json ? json : "");
    free(json);
    return true;
}

static enum pol_replay_status replay(struct bench *b, const char *body, bool go_on,
                                     struct pol_replay_counts *counts, struct seen *seen)
{
    struct pol_replay_options options = {
        .debug = &toy_debug, .go_on = go_on, .violation = on_violation, .user = seen};
    FILE *file;
    struct pol_trace_reader *reader = read_text(&file, body);
    enum pol_replay_status status = POL_REPLAY_BAD;
    memset(seen, 0, sizeof *seen);
    pol_machine_reset(b->machine);
    if (reader)
        status = pol_replay(b->machine, reader, &options, counts);
    pol_trace_close(reader);
    fclose(file);
    return status;
}

static void test_replay(void)
{
    static struct seen seen;
    struct pol_replay_counts counts;
    struct bench b;
    start(&b);
    build(&b);
    CASE("expectations that are met are no findings");
    CHECK_INT(replay(&b,
                     "tag x10 {Ptr 1}\ntag x11 {Ptr 2}\n"
                     "expect fail \"conflicting arguments of Ptr\"\n0x1000 0x00b50633\n"
                     "expect fail\n0x1000 0x00b50633\n"
                     "expect allow\n0x1000 0x00000013\n"
                     "expect fail implicit\n0x5000 0x00000013\n"
                     "expect fail explicit\n0x1000 0x00b50633\n0x1004 0x00000013\n",
                     false, &counts, &seen),
              POL_REPLAY_DONE);
    CHECK_INT(counts.instructions, 6);
    CHECK_INT(counts.expected, 5);
    CHECK_INT(counts.unexpected, 0);
    CHECK_INT(counts.allowed, 2);
    CHECK_INT(counts.implicit, 1);
    CHECK_INT(counts.explicits, 3);
    CHECK_INT(seen.n, 4);
    CASE("the first unexpected violation stops");
    const char *two = "0x5000 0x00000013\n0x5004 0x00000013\n0x1000 0x00000013\n";
    CHECK_INT(replay(&b, two, false, &counts, &seen), POL_REPLAY_VIOLATION);
    CHECK_INT(counts.instructions, 1);
    CHECK_STR(seen.line, "fail implicit \"untagged memory\"");
    CHECK_INT(replay(&b, two, true, &counts, &seen), POL_REPLAY_DONE);
    CHECK_INT(counts.unexpected, 2);
    CHECK_INT(counts.instructions, 3);
    CASE("mismatches");
    CHECK_INT(replay(&b, "expect fail\n0x1000 0x00000013\n", false, &counts, &seen),
              POL_REPLAY_VIOLATION);
    CHECK(strstr(seen.text, "expected: fail\n") != NULL);
    CHECK_INT(replay(&b, "expect fail \"other\"\n0x5000 0x00000013\n", false, &counts, &seen),
              POL_REPLAY_VIOLATION);
    CHECK_INT(replay(&b, "expect fail explicit\n0x5000 0x00000013\n", false, &counts, &seen),
              POL_REPLAY_VIOLATION);
    CHECK_INT(replay(&b, "expect allow\n0x5000 0x00000013\n", false, &counts, &seen),
              POL_REPLAY_VIOLATION);
    CASE("several expectations must all hold");
    CHECK_INT(
        replay(&b, "expect fail\nexpect fail implicit\n0x5000 0x00000013\n", false, &counts, &seen),
        POL_REPLAY_DONE);
    CHECK_INT(counts.expected, 1);
    CHECK_INT(replay(&b,
                     "expect fail\nexpect fail explicit\nexpect fail implicit\n"
                     "0x5000 0x00000013\n",
                     false, &counts, &seen),
              POL_REPLAY_VIOLATION);
    CHECK(strstr(seen.text, "expected: fail explicit\n") != NULL);
    CASE("an expectation needs an instruction");
    CHECK_INT(replay(&b, "expect allow\n", false, &counts, &seen), POL_REPLAY_BAD);
    CASE("bad events and damage end it");
    CHECK_INT(replay(&b, "0x1000 0x00000013\n0x1004 0x00053583\n", false, &counts, &seen),
              POL_REPLAY_BAD);
    CHECK_STR(pol_machine_error(b.machine), "a memory access without its address");
    CHECK_INT(replay(&b, "0x1000 0x00000013\nnonsense\n", false, &counts, &seen),
              POL_REPLAY_DAMAGED);
    CHECK_INT(counts.instructions, 1);
    CASE("traps and harts in a trace");
    CHECK_INT(replay(&b,
                     "0x1000 0x00000073\ntrap 8 m\n0x1000 0x30200073\nhart 2\n"
                     "0x1000 0x00000013\nirq 7 m\n",
                     false, &counts, &seen),
              POL_REPLAY_DONE);
    CHECK_INT(counts.traps, 2);
    CHECK_INT(counts.trapped, 1);
    stop(&b);
}

static void test_reports(void)
{
    static struct seen seen;
    struct pol_replay_counts counts;
    struct bench b;
    start(&b);
    build(&b);
    replay(&b, "tag mem 0x8000+8 {Taint}\n0x1000 0x00053583 mem 0x8000\n", false, &counts, &seen);
    CASE("a report for people");
    CHECK_STR(seen.text, "step 0: fail explicit toy.pol:10:3 \"read violation\"\n"
                         "  at 0x1000: ld a1,0(a0)\n"
                         "  address 0x8000\n"
                         "  by toy.main: toy.pol:10:3: read violation\n"
                         "     loadGrp(mem == [-Rd] -> fail \"read violation\")\n"
                         "  env  = {}  (pc)\n"
                         "  code = {Ex}  (0x1000)\n"
                         "  op1  = {}  (a0)\n"
                         "  mem  = {Taint}  (0x8000)\n");
    CASE("a report as JSON");
    CHECK_STR(seen.json,
              "{\"step\":0,\"program\":\"prog.elf\",\"policy\":\"toy\",\"digest\":\"abcd\","
              "\"verdict\":\"explicit\",\"expected\":false,\"mismatch\":false,"
              "\"component\":\"toy.main\",\"rule\":0,\"file\":\"toy.pol\",\"line\":10,"
              "\"column\":3,\"message\":\"read violation\",\"response\":\"terminate\","
              "\"failures\":[{\"component\":\"toy.main\",\"rule\":0,\"file\":\"toy.pol\","
              "\"line\":10,\"column\":3,\"message\":\"read violation\"}],\"hart\":0,"
              "\"pc\":\"0x1000\",\"word\":\"0x53583\",\"instruction\":\"ld a1,0(a0)\","
              "\"symbol\":null,\"address\":\"0x8000\",\"operands\":{"
              "\"env\":{\"place\":\"pc\",\"tags\":\"{}\"},"
              "\"code\":{\"place\":\"0x1000\",\"tags\":\"{Ex}\"},"
              "\"op1\":{\"place\":\"a0\",\"tags\":\"{}\"},"
              "\"mem\":{\"place\":\"0x8000\",\"tags\":\"{Taint}\"}}}");
    CASE("a rule's response");
    replay(&b, "tag mem 0x8000+8 {Rd}\n0x1000 0x00b53023 mem 0x8000\n", false, &counts, &seen);
    CHECK(strstr(seen.json, "\"response\":\"failsafe\",\"entity\":\"entities.lockdown\","
                            "\"respond\":\"toy.lockdown\"") != NULL);
    CHECK(strstr(seen.text, "\"write violation\" respond toy.lockdown\n") != NULL);
    CHECK(strstr(seen.text, "  response failsafe entities.lockdown\n") != NULL);
    stop(&b);
}

static void test_unchecked(void)
{
    struct bench b;
    struct pol_replay_counts counts;
    uint64_t sum[2] = {0, 0};
    FILE *file;
    start(&b);
    CASE("the walk without tags reads everything");
    for (int i = 0; i < 2; i++) {
        struct pol_trace_reader *reader = read_text(
            &file,
            i ? "0x1000 0x00000013\n0x1004 0x0001\ntag x1 {}\n0x1006 0x00053583 mem 0x8008\n"
              : "0x1000 0x00000013\n0x1004 0x0001\ntag x1 {}\n0x1006 0x00053583 mem 0x8000\n");
        CHECK_INT(pol_replay_unchecked(&b.toy.isa, reader, &counts, &sum[i]), POL_REPLAY_DONE);
        CHECK_INT(counts.instructions, 3);
        CHECK_INT(counts.events, 4);
        pol_trace_close(reader);
        fclose(file);
    }
    CHECK(sum[0] != sum[1]);
    stop(&b);
}

static void test_telling(void)
{
    static struct seen seen;
    struct pol_replay_counts counts;
    struct bench b;
    start_with(&b, "rv64imac_zicsr", 8, TELL);
    build(&b);
    CASE("reports neither stop a run nor count as failures");
    CHECK_INT(replay(&b,
                     "tag x10 {Taint}\n0x1000 0x00050593\n0x1004 0x00000013\n"
                     "expect allow\n0x1000 0x00050593\n",
                     false, &counts, &seen),
              POL_REPLAY_DONE);
    CHECK_INT(counts.instructions, 3);
    CHECK_INT(counts.allowed, 3);
    CHECK_INT(counts.reports, 2);
    CHECK_INT(counts.unexpected, 0);
    CHECK_INT(seen.n, 2);
    CHECK(!strncmp(seen.text, "step 2: report\n", 15));
    CHECK(strstr(seen.text, "  response report\n") != NULL);
    CHECK(strstr(seen.json, "\"verdict\":\"report\"") != NULL);
    CHECK(strstr(seen.json, "\"response\":\"report\"") != NULL);
    CHECK(strstr(seen.json, "\"rule\":3") != NULL);
    stop(&b);
}

/* ---- Tuples ---------------------------------------------------------------------------------- */

static const char *eval(struct bench *b, struct pol_tuple *tuple, uint32_t word, bool commit)
{
    struct pol_evaluation evaluation;
    tuple->word = word;
    CHECK_INT(pol_evaluation_init(&evaluation, &b->toy.engine), 0);
    enum pol_eval_status status =
        pol_evaluate_tuple(&b->toy.engine, &b->toy.isa, tuple, commit, &evaluation);
    pol_evaluation_format(b->space, &toy_debug, status, &evaluation, b->text, sizeof b->text);
    pol_evaluation_free(&evaluation);
    return b->text;
}

static void test_tuples(void)
{
    struct bench b;
    struct pol_tuple tuple;
    char line[300];
    start_with(&b, "rv64imac_zicsr", 8, REFUSE);
    CHECK_INT(pol_tuple_init(&tuple, b.space), 0);
    pol_lit_set(tuple.set[POL_OP_CODE], EX_);
    CASE("answers of the policy as a function");
    CHECK_STR(eval(&b, &tuple, ADDI_A1_A0, false), "allow env={} rd={} csr=- mem=-");
    CHECK_STR(eval(&b, &tuple, NOP, false), "allow env={} rd={} csr=- mem=-");
    CHECK_STR(eval(&b, &tuple, ECALL, false), "allow env={} rd=- csr=- mem=-");
    CHECK_STR(eval(&b, &tuple, CSRRS_A1_MSCRATCH_X0, false), "allow env={} rd={} csr={} mem=-");
    CHECK_STR(eval(&b, &tuple, LD_A1_A0, false), "fail explicit toy.pol:10:3 \"read violation\"");
    pol_lit_set(tuple.set[POL_OP_MEM], RD_);
    CHECK_STR(eval(&b, &tuple, LD_A1_A0, false), "allow env={} rd={} csr=- mem={Rd}");
    pol_lit_set(tuple.set[POL_TUPLE_RD], SEC);
    CHECK_STR(eval(&b, &tuple, ADDI_A1_A0, false), "allow env={} rd={Sec} csr=- mem=-");
    CHECK_STR(eval(&b, &tuple, 0xffffffff, false), "fail implicit");
    CASE("counters advance on request");
    CHECK_STR(eval(&b, &tuple, LUI_A0, true), "allow env={} rd={Ptr 0, Sec} csr=- mem=-");
    CHECK_STR(eval(&b, &tuple, LUI_A0, false), "allow env={} rd={Ptr 1, Sec} csr=- mem=-");
    CHECK_STR(eval(&b, &tuple, LUI_A0, false), "allow env={} rd={Ptr 1, Sec} csr=- mem=-");
    CASE("tuples as lines");
    tuple.word = LD_A1_A0;
    size_t n = pol_tuple_format(b.space, &b.toy.isa, &tuple, line, sizeof line);
    CHECK_STR(line, "0x00053583 env={} code={Ex} op1={} mem={Rd} rd={Sec}");
    CHECK_INT(n, strlen(line));
    CHECK_INT(pol_tuple_format(b.space, &b.toy.isa, &tuple, line, 12), n);
    CHECK_STR(line, "0x00053583 ");
    CASE("what an engine cannot represent");
    pol_lit_set(tuple.set[POL_OP_OP1], TAINT);
    pol_lit_set(tuple.set[POL_OP_OP1], GOOD);
    CHECK_STR(eval(&b, &tuple, ADDI_A1_A0, false), "error unencodable");
    CHECK_STR(eval(&b, &tuple, LUI_A0, false), "allow env={} rd={Ptr 1, Sec} csr=- mem=-");
    pol_tuple_free(&tuple);
    stop(&b);
}

static void test_messages(void)
{
    struct bench b;
    char line[200];
    struct pol_failure failure = {0, 3, POL_CAUSE_RANGE, PTR};
    start(&b);
    CASE("messages of built-in failures");
    pol_failure_message(b.space, &toy_debug, &failure, line, sizeof line);
    CHECK_STR(line, "value out of range");
    failure.cause = POL_CAUSE_EXHAUSTED;
    pol_failure_message(b.space, &toy_debug, &failure, line, sizeof line);
    CHECK_STR(line, "fresh values exhausted");
    failure.cause = POL_CAUSE_NESTED;
    pol_failure_message(b.space, &toy_debug, &failure, line, sizeof line);
    CHECK_STR(line, "nested TagSet");
    failure.cause = POL_CAUSE_RULE;
    failure.rule = 2;
    pol_failure_message(b.space, &toy_debug, &failure, line, sizeof line);
    CHECK_STR(line, "write violation");
    CHECK_INT(pol_failure_message(b.space, NULL, &failure, line, sizeof line), 0);
    CASE("tags of one name are qualified");
    failure = (struct pol_failure){0, 3, POL_CAUSE_CONFLICT, PTR};
    free(b.space->tags[OWN].name);
    b.space->tags[OWN].name = strdup("Ptr");
    CHECK_INT(pol_space_finish(b.space), 0);
    pol_failure_message(b.space, &toy_debug, &failure, line, sizeof line);
    CHECK_STR(line, "conflicting arguments of toy.Ptr");
    CASE("messages are quoted");
    static const struct pol_debug_rule rule = {"a.pol", 1, 2, "a \"b\"\n\\c", NULL};
    static const struct pol_debug_decider decider = {"d", false, 1, &rule};
    static const struct pol_debug_info info = {"p", NULL, 0, NULL, 1, &decider};
    struct pol_outcome outcome = {
        .verdict = POL_FAIL_EXPLICIT,
        .answer = {.verdict = POL_FAIL_EXPLICIT, .first = {0, 0, POL_CAUSE_RULE, POL_NO_TAG}}};
    pol_outcome_format(b.space, &info, &outcome, line, sizeof line);
    CHECK_STR(line, "fail explicit a.pol:1:2 \"a \\\"b\\\"\\n\\\\c\"");
    stop(&b);
}

int main(void)
{
    test_replay();
    test_unchecked();
    test_reports();
    test_telling();
    test_tuples();
    test_messages();
    return check_done();
}
