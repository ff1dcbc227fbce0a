/* Traces: round trips between the forms, damage of every kind, the syntax of both, tag sets,
 * operand lines. */
#include "check.h"
#include "pol/trace.h"
#include "pol/trace_text.h"

#include <dirent.h>
#include <stdlib.h>

/* --- files in memory */

struct bytes {
    unsigned char *data;
    size_t size;
};

static FILE *open_bytes(const void *data, size_t size)
{
    FILE *file = tmpfile();
    if (!file || fwrite(data, 1, size, file) != size)
        abort();
    rewind(file);
    return file;
}

static struct bytes slurp(FILE *file)
{
    struct bytes bytes = {NULL, (size_t)ftell(file)};
    bytes.data = malloc(bytes.size + 1);
    rewind(file);
    if (!bytes.data || fread(bytes.data, 1, bytes.size, file) != bytes.size)
        abort();
    bytes.data[bytes.size] = 0;
    fclose(file);
    return bytes;
}

static struct pol_trace_header make_header(void)
{
    struct pol_trace_header header = {.isa = "rv64imac_zicsr", .granule = 8};
    return header;
}

static struct bytes write_all(enum pol_trace_form form, const struct pol_event *events,
                              size_t count)
{
    struct pol_trace_header header = make_header();
    struct pol_trace_error error;
    FILE *file = tmpfile();
    struct pol_trace_writer *writer = pol_trace_create_stream(file, form, &header, &error);
    bool good = writer != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = pol_trace_write(writer, &events[i]);
    CHECK(good);
    CHECK(pol_trace_finish(writer, &error));
    return slurp(file);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_event(const struct pol_event *a, const struct pol_event *b)
{
    bool csr = a->kind == POL_EVENT_TAG && a->target == POL_TAG_CSR;
    if (a->kind != b->kind || a->flags != b->flags || a->hart != b->hart || a->word != b->word)
        return false;
    if (csr ? !same_text(a->name, b->name) : a->pc != b->pc)
        return false;
    return a->addr == b->addr && same_text(a->text, b->text);
}

/* Read a trace and compare it with the events it should start with.  Returns how many were read,
 * and the final state in *state; -1 if it did not open. */
static long read_against(struct bytes trace, const struct pol_event *events, size_t count,
                         int *state)
{
    struct pol_trace_error error;
    struct pol_event event;
    FILE *file = open_bytes(trace.data, trace.size);
    struct pol_trace_reader *reader = pol_trace_open_stream(file, &error);
    long done = 0;
    *state = -1;
    if (reader) {
        while ((*state = pol_trace_next(reader, &event)) == 1) {
            if ((size_t)done >= count || !same_event(&event, &events[done])) {
                check_fail(__FILE__, __LINE__, "an event that was never written");
                break;
            }
            done++;
        }
        if (*state == -1)
            CHECK(pol_trace_error_of(reader)->message[0] != 0);
        CHECK_INT(pol_trace_next(reader, &event), *state);
    } else {
        CHECK(error.message[0] != 0);
        done = -1;
    }
    pol_trace_close(reader);
    fclose(file);
    return done;
}

/* --- a trace with something of everything */

static struct pol_event insn(uint64_t pc, uint32_t word)
{
    struct pol_event event = {.pc = pc, .word = word, .kind = POL_EVENT_INSN};
    return event;
}

static struct pol_event insn_mem(uint64_t pc, uint32_t word, uint64_t addr, unsigned flags)
{
    struct pol_event event = insn(pc, word);
    event.addr = addr;
    event.flags = (uint8_t)(POL_INSN_MEM | flags);
    return event;
}

static struct pol_event trap(unsigned kind, uint64_t cause, unsigned mode)
{
    struct pol_event event = {.cause = cause, .kind = (uint8_t)kind, .mode = (uint8_t)mode};
    return event;
}

static struct pol_event tag(unsigned target, const char *text)
{
    struct pol_event event = {.text = text, .kind = POL_EVENT_TAG, .target = (uint8_t)target};
    return event;
}

static struct pol_event expect(unsigned kind, const char *text)
{
    struct pol_event event = {.text = text, .kind = POL_EVENT_EXPECT, .expect = (uint8_t)kind};
    return event;
}

enum { SAMPLE = 40, LOOP = 3000 };

/* Fill events[0..SAMPLE); returns how many. */
static size_t make_sample(struct pol_event *events)
{
    size_t n = 0;
    uint64_t base = 0x80000000;
    events[n] = tag(POL_TAG_X, "{Pointer 3, Saved {A, B 1}}");
    events[n++].word = 10;
    events[n] = tag(POL_TAG_F, "{}");
    events[n++].word = 31;
    events[n] = tag(POL_TAG_CSR, "{Secret}");
    events[n++].name = "mscratch";
    events[n] = tag(POL_TAG_MEM, "{RawHeap}");
    events[n].start = UINT64_MAX - 15;
    events[n++].length = 16;
    events[n++] = tag(POL_TAG_ENV, "{}");
    events[n++] = insn(base, 0x00000013);
    events[n++] = insn(base + 4, 0x4501);
    events[n++] = insn_mem(base + 6, 0x1005252f, 0x80001000, 0);
    events[n++] = insn_mem(base + 10, 0x18b5252f, 0x80001000, POL_INSN_SC_OK);
    events[n++] = insn_mem(base + 14, 0x18b5252f, 0, POL_INSN_SC_FAIL);
    events[n++] = expect(POL_EXPECT_FAIL, "a \"quoted\" \\ message\nof # two lines");
    events[n++] = insn_mem(base + 18, 0x00a53023, UINT64_MAX, POL_INSN_TRAPPED);
    events[n++] = trap(POL_EVENT_TRAP, 7, POL_MODE_M);
    events[n++] = insn(base + 0x100, 0x30200073);
    events[n++] = trap(POL_EVENT_IRQ, 7, POL_MODE_S);
    events[n++] = insn(0, 0x0001);
    events[n++] = trap(POL_EVENT_TRAP, 12, POL_MODE_S);
    events[n] = trap(POL_EVENT_TRAP, POL_CAUSE_UNKNOWN, POL_MODE_M);
    n++;
    events[n] = tag(0, "{Dma 4}");
    events[n].kind = POL_EVENT_EXT;
    events[n].start = 0x80002000;
    events[n++].length = 4096;
    events[n++] = expect(POL_EXPECT_ALLOW, NULL);
    events[n++] = expect(POL_EXPECT_FAIL, NULL);
    events[n++] = expect(POL_EXPECT_FAIL, "");
    events[n++] = expect(POL_EXPECT_IMPLICIT, NULL);
    events[n++] = expect(POL_EXPECT_EXPLICIT, NULL);
    events[n] = insn(base + 4, 0x4501);
    events[n++].hart = 65535;
    events[n++] = insn(base + 6, 0xffffffff);
    return n;
}

/* A loop over memory on two harts, with enough events for several blocks. */
static struct pol_event *make_loop(size_t *count)
{
    struct pol_event *events = calloc(LOOP * 4, sizeof *events);
    size_t n = 0;
    for (uint32_t i = 0; events && i < LOOP; i++) {
        uint16_t hart = i % 7 == 0;
        events[n] = insn_mem(0x1000, 0x00053503, 0x20000 + 8 * (uint64_t)i, 0);
        events[n++].hart = hart;
        events[n] = insn(0x1004, 0x0505);
        events[n++].hart = hart;
        events[n] = insn(0x1006, 0xbfed);
        events[n++].hart = hart;
    }
    *count = n;
    return events;
}

/* --- round trips */

static void check_form(enum pol_trace_form form, const struct pol_event *events, size_t count)
{
    struct bytes bytes = write_all(form, events, count);
    int state;
    CHECK_INT(read_against(bytes, events, count, &state), count);
    CHECK_INT(state, 0);
    free(bytes.data);
}

static void test_round_trips(void)
{
    struct pol_event sample[SAMPLE];
    size_t count = make_sample(sample), long_count;
    struct pol_event *loop = make_loop(&long_count);
    CASE("text round trip");
    check_form(POL_TRACE_TEXT, sample, count);
    check_form(POL_TRACE_TEXT, loop, long_count);
    CASE("binary round trip");
    check_form(POL_TRACE_BINARY, sample, count);
    check_form(POL_TRACE_BINARY, loop, long_count);
    check_form(POL_TRACE_BINARY, NULL, 0);
    CASE("a loop costs next to nothing");
    struct bytes bytes = write_all(POL_TRACE_BINARY, loop, long_count);
    CHECK(bytes.size < 2000);
    free(bytes.data);
    free(loop);
}

/* Events chosen by a generator, so that runs, repeats, texts and block ends meet in unplanned ways.
 */
static void test_random(void)
{
    enum { COUNT = 200000 };
    struct pol_event *events = calloc(COUNT, sizeof *events);
    uint32_t seed = 12345;
    size_t n = 0;
    uint64_t pc = 0x80000000;
    CASE("random traces survive both forms");
    while (events && n + 2 < COUNT) {
        seed = seed * 1664525 + 1013904223;
        uint32_t pick = seed >> 16;
        pc = pick % 5 == 0 ? 0x80000000 + pick % 64 * 2 : pc;
        if (pick % 997 == 0) {
            events[n++] = tag(POL_TAG_ENV, "{A 1, B}");
        } else if (pick % 991 == 0) {
            events[n] = insn(pc, 0x73);
            events[n++].flags = POL_INSN_TRAPPED;
            events[n++] = trap(POL_EVENT_TRAP, 11, POL_MODE_M);
        } else if (pick % 3 == 0) {
            events[n++] = insn_mem(pc, 0x00053503, (uint64_t)seed << 20, 0);
        } else {
            events[n++] = insn(pc, pick % 2 ? 0x4501 : 0x13);
        }
        pc += 2 + pick % 2 * 2;
    }
    check_form(POL_TRACE_TEXT, events, n);
    check_form(POL_TRACE_BINARY, events, n);
    free(events);
}

static void test_shards(void)
{
    size_t count, seen = 0;
    struct pol_event *loop = make_loop(&count);
    struct bytes bytes = write_all(POL_TRACE_BINARY, loop, count);
    CASE("shards partition the blocks");
    for (uint32_t index = 0; index < 3; index++) {
        const struct pol_event *events;
        struct pol_trace_error error;
        FILE *file = open_bytes(bytes.data, bytes.size);
        struct pol_trace_reader *reader = pol_trace_open_stream(file, &error);
        CHECK(pol_trace_shard(reader, index, 3));
        CHECK(!pol_trace_shard(reader, 3, 3));
        long batch;
        while ((batch = pol_trace_batch(reader, &events)) > 0)
            seen += (size_t)batch;
        CHECK_INT(batch, 0);
        pol_trace_close(reader);
        fclose(file);
    }
    CHECK_INT(seen, count);
    free(bytes.data);
    free(loop);
}

static void test_header(void)
{
    struct pol_trace_header header = {.isa = "rv32i", .policy = "00ff", .virtual_addresses = true};
    struct pol_trace_error error;
    CASE("headers survive both forms");
    for (int form = POL_TRACE_TEXT; form <= POL_TRACE_BINARY; form++) {
        FILE *file = tmpfile();
        struct pol_trace_writer *writer =
            pol_trace_create_stream(file, (enum pol_trace_form)form, &header, &error);
        CHECK(pol_trace_finish(writer, &error));
        rewind(file);
        struct pol_trace_reader *reader = pol_trace_open_stream(file, &error);
        const struct pol_trace_header *got = pol_trace_header_of(reader);
        CHECK_INT(pol_trace_form_of(reader), form);
        CHECK_STR(got->isa, "rv32i");
        CHECK_STR(got->policy, "00ff");
        CHECK_INT(got->granule, 0);
        CHECK(got->virtual_addresses);
        pol_trace_close(reader);
        fclose(file);
    }
    CASE("a header without an ISA is refused");
    header.isa[0] = 0;
    FILE *file = tmpfile();
    CHECK(!pol_trace_create_stream(file, POL_TRACE_BINARY, &header, &error));
    fclose(file);
}

/* --- damage */

static void test_truncation(void)
{
    struct pol_event sample[SAMPLE];
    size_t count = make_sample(sample);
    int state;
    for (int form = POL_TRACE_TEXT; form <= POL_TRACE_BINARY; form++) {
        struct bytes bytes = write_all((enum pol_trace_form)form, sample, count), part = bytes;
        CASE(form == POL_TRACE_TEXT ? "text cut at every byte" : "binary cut at every byte");
        for (part.size = 0; part.size < bytes.size; part.size++) {
            bool line_end =
                form == POL_TRACE_TEXT && part.size && bytes.data[part.size - 1] == '\n';
            if (line_end)
                continue; /* a shorter, but complete trace: its last events may differ in flags */
            long got = read_against(part, sample, count, &state);
            CHECK_INT(state, -1);
            CHECK(got <= (long)count);
        }
        free(bytes.data);
    }
}

/* A cut between two blocks loses only the end mark; a cut within a block only that block. */
static void test_lost_blocks(void)
{
    size_t count;
    struct pol_event *loop = make_loop(&count);
    struct bytes bytes = write_all(POL_TRACE_BINARY, loop, count), part = bytes;
    long before = -1;
    int state, steps = 0;
    CASE("a damaged tail keeps the blocks before it");
    for (part.size = 8; part.size < bytes.size; part.size++) {
        long got = read_against(part, loop, count, &state);
        CHECK_INT(state, -1);
        CHECK(got >= before);
        steps += got > before;
        before = got;
    }
    CHECK_INT(before, count); /* all but the end mark */
    CHECK(steps >= 4);
    free(bytes.data);
    free(loop);
}

static void test_bit_flips(void)
{
    struct pol_event sample[SAMPLE];
    size_t count = make_sample(sample);
    struct bytes bytes = write_all(POL_TRACE_BINARY, sample, count);
    int state;
    CASE("every flipped bit of a binary trace is noticed");
    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        bytes.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        long got = read_against(bytes, sample, count, &state);
        CHECK_INT(state, -1);
        CHECK(got <= (long)count);
        bytes.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    CASE("bytes after the end are noticed");
    struct bytes longer = {malloc(bytes.size + 1), bytes.size + 1};
    memcpy(longer.data, bytes.data, bytes.size);
    longer.data[bytes.size] = 0;
    CHECK_INT(read_against(longer, sample, count, &state), count);
    CHECK_INT(state, -1);
    free(longer.data);
    free(bytes.data);
}

/* Read without knowing what is there; whatever it is, it must end. */
static void survive(const void *data, size_t size)
{
    struct pol_trace_error error;
    struct pol_event event;
    FILE *file = open_bytes(data, size);
    struct pol_trace_reader *reader = pol_trace_open_stream(file, &error);
    while (reader && pol_trace_next(reader, &event) == 1)
        continue;
    pol_trace_close(reader);
    fclose(file);
}

static void test_text_flips(void)
{
    struct pol_event sample[SAMPLE];
    struct bytes bytes = write_all(POL_TRACE_TEXT, sample, make_sample(sample));
    CASE("no flipped bit of a text trace is fatal");
    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        bytes.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        survive(bytes.data, bytes.size);
        bytes.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    CHECK(bytes.size > 0);
    free(bytes.data);
}

/* --- hostile blocks with a right checksum */

static uint32_t crc32_bitwise(const unsigned char *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size * 8; i++) {
        uint32_t bit = (crc ^ (uint32_t)data[i / 8] >> i % 8) & 1;
        crc = crc >> 1 ^ (bit ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void put32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

/* A zstd frame that holds the payload uncompressed. */
static size_t store_frame(unsigned char *out, const unsigned char *payload, size_t size)
{
    put32(out, 0xfd2fb528);
    out[4] = 0x20; /* single segment, one byte of content size */
    out[5] = (unsigned char)size;
    uint32_t block = 1 | (uint32_t)size << 3;
    for (int i = 0; i < 3; i++)
        out[6 + i] = (unsigned char)(block >> 8 * i);
    memcpy(out + 9, payload, size);
    return size + 9;
}

/* A trace with one block of these claims and this payload, and its end mark. */
static struct bytes forge(uint32_t events, uint32_t raw, const unsigned char *payload, size_t size)
{
    struct bytes empty = write_all(POL_TRACE_BINARY, NULL, 0);
    size_t start = empty.size - 16;
    struct bytes bytes = {malloc(start + 400), start};
    memcpy(bytes.data, empty.data, start);
    unsigned char *block = bytes.data + start, check[400];
    size_t stored = store_frame(block + 20, payload, size);
    put32(block, 0x4b4c4250);
    put32(block + 4, events);
    put32(block + 8, raw);
    put32(block + 12, (uint32_t)stored);
    memcpy(check, block, 16);
    memcpy(check + 16, block + 20, stored);
    put32(block + 16, crc32_bitwise(check, 16 + stored));
    unsigned char *end = block + 20 + stored;
    put32(end, 0x444e4550);
    put32(end + 4, events);
    put32(end + 8, 0);
    put32(end + 12, crc32_bitwise(end, 12));
    bytes.size = start + 20 + stored + 16;
    free(empty.data);
    return bytes;
}

static const char *forged_error(uint32_t events, uint32_t raw, const unsigned char *payload,
                                size_t size)
{
    static struct pol_trace_error error;
    struct pol_event event;
    struct bytes bytes = forge(events, raw, payload, size);
    FILE *file = open_bytes(bytes.data, bytes.size);
    struct pol_trace_reader *reader = pol_trace_open_stream(file, &error);
    int state = 1;
    while (state == 1)
        state = pol_trace_next(reader, &event);
    error = *pol_trace_error_of(reader);
    pol_trace_close(reader);
    fclose(file);
    free(bytes.data);
    return state == 0 ? "read to the end" : error.message;
}

static void test_hostile_blocks(void)
{
    /* order: new; fresh: pc +2, hart 0, 1 instruction, no flags, 0x4501 */
    static const unsigned char good[] = {1, 6, 0, 0, 1, 4, 0, 1, 0, 0x01, 0x45};
    static const struct {
        const char *name;
        uint32_t events;
        unsigned char payload[16];
        unsigned char size;
    } cases[] = {
        {"more events than the streams give", 2, {1, 6, 0, 0, 1, 4, 0, 1, 0, 0x01, 0x45}, 11},
        {"a stream longer than the block", 1, {1, 200, 1, 0, 0, 1, 4}, 7},
        {"a run of none", 1, {1, 3, 0, 0, 1, 4, 0, 0}, 8},
        {"a run longer than the block's events", 1, {1, 4, 0, 0, 1, 4, 0, 0xff, 0x7f}, 9},
        {"a run never described", 1, {1, 0, 0, 0, 3}, 5},
        {"the same run as after no run", 1, {1, 0, 0, 0, 2}, 5},
        {"unknown flags", 1, {1, 6, 0, 0, 1, 4, 0, 1, 0x80, 0x01, 0x45}, 11},
        {"a trapped instruction without its trap", 1, {1, 6, 0, 0, 1, 4, 0, 1, 2, 0x01, 0x45}, 11},
        {"bytes left over", 1, {2, 6, 0, 0, 1, 1, 4, 0, 1, 0, 0x01, 0x45}, 12},
        {"an unknown kind of event", 1, {1, 0, 0, 7, 0, 99, 0, 0, 0, 0, 0, 0}, 12},
        {"an instruction as another event", 1, {1, 0, 0, 7, 0, 1, 0, 0, 0, 0, 0, 0}, 12},
        {"a text past the end", 1, {1, 0, 0, 7, 0, 5, 5, 0, 0, 0, 0, 9}, 12},
        {"an endless number",
         1,
         {1, 11, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
         16},
    };
    CASE("the forged block is accepted when it is right");
    CHECK_STR(forged_error(1, sizeof good, good, sizeof good), "read to the end");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        CHECK_STR(forged_error(cases[i].events, cases[i].size, cases[i].payload, cases[i].size),
                  "malformed block");
    }
    CASE("impossible sizes");
    CHECK_STR(forged_error(0, sizeof good, good, sizeof good), "damaged block: impossible sizes");
    CHECK_STR(forged_error(65537, sizeof good, good, sizeof good),
              "damaged block: impossible sizes");
    CHECK_STR(forged_error(1, UINT32_MAX, good, sizeof good), "damaged block: impossible sizes");
    CHECK_STR(forged_error(1, 1 << 22, good, sizeof good), "damaged block: cannot be decompressed");
}

/* --- what a writer refuses */

static bool accepts(const struct pol_event *events, size_t count)
{
    struct pol_trace_header header = make_header();
    struct pol_trace_error error;
    FILE *file = tmpfile();
    struct pol_trace_writer *writer =
        pol_trace_create_stream(file, POL_TRACE_TEXT, &header, &error);
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = pol_trace_write(writer, &events[i]) && good;
    if (!good)
        CHECK(pol_trace_writer_error(writer)->message[0] != 0);
    bool finished = pol_trace_finish(writer, &error);
    CHECK(good || !finished);
    fclose(file);
    return good && finished;
}

static void test_refusals(void)
{
    struct pol_event events[2] = {insn(0, 0x13), insn(4, 0x13)};
    CASE("a writer refuses what could not be read back");
    CHECK(accepts(events, 2));
    events[0].flags = POL_INSN_TRAPPED;
    CHECK(!accepts(events, 1));
    CHECK(!accepts(events, 2));
    events[1] = trap(POL_EVENT_TRAP, 2, POL_MODE_M);
    CHECK(accepts(events, 2));
    events[1].cause = 12;
    CHECK(!accepts(events, 2));
    events[0].flags = 0;
    CHECK(accepts(events, 2));
    events[1].cause = 2;
    CHECK(!accepts(events, 2));
    events[0] = insn(0, 0x10001);
    CHECK(!accepts(events, 1));
    events[0] = insn(0, 0x13);
    events[0].flags = POL_INSN_SC_OK | POL_INSN_SC_FAIL;
    CHECK(!accepts(events, 1));
    events[0] = tag(POL_TAG_ENV, "{A\n}");
    CHECK(!accepts(events, 1));
    events[0] = tag(POL_TAG_ENV, NULL);
    CHECK(!accepts(events, 1));
    events[0] = tag(POL_TAG_CSR, "{}");
    CHECK(!accepts(events, 1));
    events[0] = expect(POL_EXPECT_ALLOW, "text");
    CHECK(!accepts(events, 1));
}

static void test_full_disk(void)
{
    struct pol_trace_header header = make_header();
    struct pol_trace_error error;
    FILE *full = fopen("/dev/full", "wb");
    if (!full)
        return;
    CASE("a full disk is reported");
    struct pol_event event = insn(0, 0x13);
    struct pol_trace_writer *writer =
        pol_trace_create_stream(full, POL_TRACE_BINARY, &header, &error);
    pol_trace_write(writer, &event);
    CHECK(!pol_trace_finish(writer, &error));
    CHECK(error.message[0] != 0);
    fclose(full);
    CASE("missing files are reported");
    CHECK(!pol_trace_open("/nonexistent/trace", &error));
    CHECK(!pol_trace_create("/nonexistent/trace", POL_TRACE_TEXT, &header, &error));
}

/* --- the checked-in traces and corpora; tests run at the root of the tree */

static uint64_t little_endian(const unsigned char *at, unsigned size)
{
    uint64_t value = 0;
    while (size--)
        value = value << 8 | at[size];
    return value;
}

static struct bytes read_file(const char *path)
{
    struct bytes none = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return none;
    return slurp(file);
}

/* What the ELF file loads at an address, or NULL.  ELF64, checked just enough for files of our own
 * making. */
static const unsigned char *loaded_at(struct bytes elf, uint64_t address, unsigned size)
{
    const unsigned char *header = elf.data + little_endian(elf.data + 32, 8);
    for (uint64_t i = little_endian(elf.data + 56, 2); i > 0; i--, header += 56) {
        uint64_t offset = little_endian(header + 8, 8), start = little_endian(header + 16, 8);
        uint64_t length = little_endian(header + 32, 8);
        if (little_endian(header, 4) == 1 && address >= start && address - start + size <= length)
            return elf.data + offset + (address - start);
    }
    return NULL;
}

struct totals {
    long insns, accesses, traps, interrupts, foreign;
};

static void count_event(struct totals *totals, const struct pol_event *event, struct bytes elf)
{
    totals->traps += event->kind == POL_EVENT_TRAP;
    totals->interrupts += event->kind == POL_EVENT_IRQ;
    if (event->kind != POL_EVENT_INSN)
        return;
    unsigned size = pol_insn_length(event->word);
    const unsigned char *code = loaded_at(elf, event->pc, size);
    totals->insns++;
    totals->accesses += event->flags & POL_INSN_MEM;
    totals->foreign += !code || little_endian(code, size) != event->word;
}

static void test_program(const char *name, struct totals want)
{
    char path[100];
    struct pol_trace_error error;
    const struct pol_event *events;
    struct totals totals = {0};
    CASE(name);
    snprintf(path, sizeof path, "stdlib-policies/programs/%s.elf", name);
    struct bytes elf = read_file(path);
    snprintf(path, sizeof path, "stdlib-policies/programs/%s.trace", name);
    struct pol_trace_reader *reader = pol_trace_open(path, &error);
    CHECK(elf.data && reader);
    long batch = elf.data && reader ? 1 : 0;
    while (batch > 0 && (batch = pol_trace_batch(reader, &events)) > 0)
        for (long i = 0; i < batch; i++)
            count_event(&totals, &events[i], elf);
    CHECK_INT(batch, 0);
    CHECK_INT(totals.insns, want.insns);
    CHECK_INT(totals.accesses, want.accesses);
    CHECK_INT(totals.traps, want.traps);
    CHECK_INT(totals.interrupts, want.interrupts);
    CHECK_INT(totals.foreign, want.foreign);
    pol_trace_close(reader);
    free(elf.data);
}

static void test_programs(void)
{
    test_program("work", (struct totals){1800806, 426291, 20, 1, 0});
    test_program("attack-clean", (struct totals){1814, 598, 0, 0, 0});
    test_program("attack-overflow", (struct totals){1754, 574, 0, 0, 0});
    test_program("attack-use-after-free", (struct totals){1846, 607, 0, 0, 0});
    test_program("attack-execute-data", (struct totals){1821, 600, 0, 0, 0});
    test_program("attack-write-code", (struct totals){1817, 599, 0, 0, 0});
    test_program("attack-tainted-output", (struct totals){1810, 598, 0, 0, 0});
}

static void survive_operands(struct bytes bytes)
{
    struct pol_operand_line line;
    struct pol_tag_item items[8];
    struct pol_text_error error;
    pol_operand_parse((const char *)bytes.data, bytes.size, &line, &error);
    pol_tagset_parse((const char *)bytes.data, bytes.size, items, 8, &error);
}

static int replay_corpus(const char *folder, bool operands)
{
    char path[400];
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        struct bytes bytes = read_file(path);
        CHECK(bytes.data != NULL);
        if (operands)
            survive_operands(bytes);
        else
            survive(bytes.data, bytes.size);
        free(bytes.data);
        count++;
    }
    if (dir)
        closedir(dir);
    return count;
}

int main(void)
{
    test_programs();
    CASE("the fuzz corpora");
    CHECK(replay_corpus("tests/fuzz/trace-read", false) > 0);
    CHECK(replay_corpus("tests/fuzz/trace-operand", true) > 0);
    test_round_trips();
    test_random();
    test_shards();
    test_header();
    test_truncation();
    test_lost_blocks();
    test_bit_flips();
    test_text_flips();
    test_hostile_blocks();
    test_refusals();
    test_full_disk();
    return check_done();
}
