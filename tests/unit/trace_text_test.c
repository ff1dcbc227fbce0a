/* The syntax of text traces, tag sets and operand lines. */
#include "check.h"
#include "pol/trace.h"
#include "pol/trace_text.h"

#include <stdlib.h>

static FILE *open_bytes(const void *data, size_t size)
{
    FILE *file = tmpfile();
    if (!file || fwrite(data, 1, size, file) != size)
        abort();
    rewind(file);
    return file;
}

/* --- the text form's syntax */

#define HEAD "pol-trace 1\nisa rv64i\n"

/* The error that reading gives, or "" at a proper end; the line in *line. */
static const char *text_error(const char *trace, size_t size, uint64_t *line)
{
    static struct pol_trace_error error;
    struct pol_event event;
    FILE *file = open_bytes(trace, size);
    struct pol_trace_reader *reader = pol_trace_open_stream(file, &error);
    int state = reader ? 1 : -1;
    while (state == 1)
        state = pol_trace_next(reader, &event);
    if (reader)
        error = *pol_trace_error_of(reader);
    pol_trace_close(reader);
    fclose(file);
    *line = error.line;
    return state == 0 ? "" : error.message;
}

static void test_text_errors(void)
{
    static const struct {
        const char *trace, *message;
        uint64_t line;
    } cases[] = {
        {"", "empty: expected `pol-trace 1`", 1},
        {"# only\n", "empty: expected `pol-trace 1`", 2},
        {"hello\n", "not a trace: expected `pol-trace 1`", 1},
        {"pol-trace 2\n", "a version of the trace format that this program does not know", 1},
        {"pol-trace 1\n0x0 0x13\n", "the header needs an ISA of one word", 2},
        {"pol-trace 1\nisa a b\n", "unexpected text at the end of the line", 2},
        {HEAD "isa rv32i\n", "a header line given twice", 3},
        {HEAD "granule 3\n", "the granule is 1, 2, 4 or 8 bytes", 4},
        {HEAD "addresses odd\n", "expected `addresses physical` or `addresses virtual`", 3},
        {HEAD "0x0 0x13\ngranule 8\n", "a line of no known kind", 4},
        {HEAD "0x0 0x13", "the last line lacks its end: truncated?", 3},
        {HEAD "80000000 0x13\n", "expected an address: 0x...", 3},
        {HEAD "0x 0x13\n", "expected an address: 0x...", 3},
        {HEAD "0x10000000000000000 0x13\n", "expected an address: 0x...", 3},
        {HEAD "0x0\n", "expected an instruction word: 0x and up to 8 digits", 3},
        {HEAD "0x0 0x100000013\n", "expected an instruction word: 0x and up to 8 digits", 3},
        {HEAD "0x0 0x14501\n", "a compressed instruction word has 16 bits", 3},
        {HEAD "0x0 0x13 at 0x5\n", "expected `mem ADDR` or the end of the line", 3},
        {HEAD "0x0 0x13 mem\n", "expected an address: 0x...", 3},
        {HEAD "0x0 0x13 mem 0x5 0x6\n", "unexpected text at the end of the line", 3},
        {HEAD "sc ok\n", "`sc` stands after its instruction", 3},
        {HEAD "0x0 0x13\nsc ok\nsc ok\n", "`sc` stands after its instruction", 5},
        {HEAD "0x0 0x13\nsc maybe\n", "expected `sc ok` or `sc fail`", 4},
        {HEAD "trap 2\n", "expected the mode that handles it: m or s", 3},
        {HEAD "trap x m\n", "expected a cause: a number or `unknown`", 3},
        {HEAD "hart 65536\n", "expected a hart: 0 to 65535", 3},
        {HEAD "ext 0x5 {}\n", "expected a memory range: ADDR+LEN", 3},
        {HEAD "ext 0x5+0 {}\n", "empty memory range", 3},
        {HEAD "ext 0xffffffffffffffff+2 {}\n", "memory range passes the end of the address space",
         3},
        {HEAD "tag\n", "`tag` needs a target", 3},
        {HEAD "tag y1 {}\n", "expected x0..x31, f0..f31, csr NAME, mem ADDR+LEN or env", 3},
        {HEAD "tag x32 {}\n", "no such register", 3},
        {HEAD "tag csr\n", "expected a CSR's name or number", 3},
        {HEAD "tag csr {} {}\n", "malformed CSR name", 3},
        {HEAD "tag x1 {A,}\n", "malformed tag set: expected a name (column 11)", 3},
        {HEAD "tag x1\n", "malformed tag set: expected a tag set: `{` (column 7)", 3},
        {HEAD "expect\n", "expected `expect allow` or `expect fail`", 3},
        {HEAD "expect fail badly\n", "expected `implicit`, `explicit` or a message in quotes", 3},
        {HEAD "expect fail \"a\n", "a message without its closing quote", 3},
        {HEAD "expect fail \"\\t\"\n", "a message knows the escapes \\\\, \\\" and \\n", 3},
        {HEAD "expect fail \"a\" b\n", "unexpected text at the end of the line", 3},
    };
    CASE("errors of the text form, with their lines");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t line;
        CHECK_STR(text_error(cases[i].trace, strlen(cases[i].trace), &line), cases[i].message);
        CHECK_INT(line, cases[i].line);
    }
}

static void test_text_bytes(void)
{
    static const char nul[] = HEAD "0x0 0x13 \0\n";
    enum { BIG = 70000 };
    char *big = malloc(BIG + 64);
    uint64_t line;
    CASE("NUL bytes");
    CHECK_STR(text_error(nul, sizeof nul - 1, &line), "a NUL byte in a text trace");
    CASE("long lines");
    size_t head = (size_t)sprintf(big, "%s# ", HEAD);
    memset(big + head, 'x', BIG);
    big[head + BIG] = '\n';
    CHECK_STR(text_error(big, head + BIG + 1, &line), "line too long");
    CHECK_INT(line, 3);
    big[head + 65534] = '\n';
    CHECK_STR(text_error(big, head + 65535, &line), "");
    CASE("a long tag set");
    head = (size_t)sprintf(big, "%stag env {A", HEAD);
    memset(big + head, 'x', 50000);
    strcpy(big + head + 50000, "}\n");
    CHECK_STR(text_error(big, strlen(big), &line), "");
    memset(big + head, 'x', 60001);
    strcpy(big + head + 60001, "}\n");
    CHECK_STR(text_error(big, strlen(big), &line), "tag set too long");
    free(big);
}

/* Binding of trap and sc lines, comments, blanks, carriage returns, batches that end between them.
 */
static void test_text_binding(void)
{
    static const char trace[] = "# a trace\r\npol-trace 1\r\nisa rv64i # which\r\n\n"
                                "\t0x0  0x73 # ecall\r\n# between\n trap 11 m\n"
                                "0x10 0x13\ntrap 1 m\n0x20 0x13\nhart 1\ntrap 2 m\n";
    static const unsigned flags[] = {POL_INSN_TRAPPED, 0, 0, 0, 0, 0};
    struct pol_trace_error error;
    struct pol_event event;
    FILE *file = open_bytes(trace, sizeof trace - 1);
    struct pol_trace_reader *reader = pol_trace_open_stream(file, &error);
    CASE("a trap line belongs to the instruction before it, unless the fetch or another hart "
         "trapped");
    for (size_t i = 0; i < 6; i++) {
        CHECK_INT(pol_trace_next(reader, &event), 1);
        CHECK_INT(event.kind, i % 2 ? POL_EVENT_TRAP : POL_EVENT_INSN);
        if (event.kind == POL_EVENT_INSN)
            CHECK_INT(event.flags, flags[i]);
    }
    CHECK_INT(pol_trace_next(reader, &event), 0);
    pol_trace_close(reader);
    fclose(file);
}

/* --- tag sets and operand lines */

static void test_tagsets(void)
{
    struct pol_tag_item items[16];
    struct pol_text_error error;
    static const char text[] = " {A, heap.Pointer-x 4, (Saved {A, B 0x1f}), Label High} ";
    CASE("tag sets");
    CHECK_INT(pol_tagset_parse(text, strlen(text), items, 16, &error), 11);
    CHECK_INT(items[0].kind, POL_ITEM_SET);
    CHECK_INT(items[0].count, 4);
    CHECK_INT(items[0].next, 11);
    CHECK_INT(items[2].name.length, strlen("heap.Pointer-x"));
    CHECK_INT(items[3].value, 4);
    CHECK_INT(items[4].next, 9);
    CHECK_INT(items[5].count, 2);
    CHECK_INT(items[8].value, 31);
    CHECK_INT(items[10].kind, POL_ITEM_NAME);
    CHECK_INT(pol_tagset_parse(text, strlen(text), items, 2, &error), 11);
    CHECK_INT(pol_tagset_parse("{}", 2, NULL, 0, &error), 1);
}

static void test_tagset_errors(void)
{
    static const struct {
        const char *text;
        long offset;
    } cases[] = {{"", 0},
                 {"A", 0},
                 {"{", 1},
                 {"{A", 2},
                 {"{A,}", 3},
                 {"{A B- }", 4},
                 {"{1}", 1},
                 {"{A} B", 4},
                 {"{(A}", 3},
                 {"{A {B}", 6},
                 {"{A 0x}", 3},
                 {"{A 12z}", 3},
                 {"{A)", 2},
                 {"{A -1}", 3},
                 {"{A.}", 2},
                 {"{A 18446744073709551616}", 3},
                 {"{A {B {C {D {E {F {G {H {I}", 24}};
    struct pol_text_error error;
    CASE("malformed tag sets, with the place");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(pol_tagset_parse(cases[i].text, strlen(cases[i].text), NULL, 0, &error), -1);
        CHECK_INT(error.offset, cases[i].offset);
    }
}

static int operand_line(const char *text, struct pol_operand_line *line,
                        struct pol_text_error *error)
{
    return pol_operand_parse(text, strlen(text), line, error);
}

static void test_operands(void)
{
    struct pol_operand_line line;
    struct pol_text_error error;
    CASE("operand lines");
    CHECK_INT(operand_line("loadGrp code={Ex} mem = {Rd, Cell 4} # why\n", &line, &error), 1);
    CHECK(!line.is_word && line.head.length == 7);
    CHECK_INT(line.count, 2);
    CHECK(memcmp(line.operands[1].tags.at, "{Rd, Cell 4}", line.operands[1].tags.length) == 0);
    CHECK_INT(operand_line("0x00053503 code={}", &line, &error), 1);
    CHECK(line.is_word);
    CHECK_INT(line.word, 0x53503);
    CHECK_INT(operand_line("fadd.s", &line, &error), 1);
    CHECK_INT(operand_line("  # nothing", &line, &error), 0);
    CHECK_INT(operand_line("", &line, &error), 0);
    static const char *const wrong[] = {
        "lw code",
        "lw code={A} code={B}",
        "lw code={A}mem={}",
        "lw ={A}",
        "12 code={}",
        "0x123456789",
        "0x10001 env={}",
        "lw code={A",
        "{A}",
        ("lw a={} b={} c={} d={} e={} f={} g={} h={} i={} j={} k={} "
         "l={} m={} n={} o={} p={} q={}")};
    CASE("malformed operand lines");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_INT(operand_line(wrong[i], &line, &error), -1);
        CHECK(error.message[0] != 0 && error.offset <= strlen(wrong[i]));
    }
}

int main(void)
{
    test_text_errors();
    test_text_bytes();
    test_text_binding();
    test_tagsets();
    test_tagset_errors();
    test_operands();
    return check_done();
}
