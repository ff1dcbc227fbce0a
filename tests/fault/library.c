/* Each allocation of each function of the runtime library fails once, then from there on: the
 * function says so, and leaves nothing behind.  `library FOLDER`, which holds what run.sh made;
 * prints TAP. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/machine.h>
#include <pol/table.h>
#include <pol/tagger.h>

#include "tests/fault/alloc.h"

/* What calls work on, made while allocation works. */
static struct {
    const char *folder;
    char *bytes; /* of the table */
    size_t size;
    struct pol_table *table;
    struct pol_space *space;
    struct pol_engine *engine;
    struct pol_image *image;
    struct pol_tagger tagger;
} world;

static char err[400];

static const char *path(const char *name)
{
    static char text[2][4096];
    static int turn;
    turn = !turn;
    snprintf(text[turn], sizeof text[turn], "%s/%s", world.folder, name);
    return text[turn];
}

static bool no_message(void)
{
    return !err[0];
}

/* --- the calls: 1 worked, 0 failed with a message if it has one, -1 failed without */

static int said(bool worked)
{
    return worked ? 1 : no_message() ? -1 : 0;
}

static int load_bytes(void)
{
    struct pol_table *table = pol_table_load_bytes(world.bytes, world.size, err, sizeof err);
    pol_table_free(table);
    return said(table != NULL);
}

static int load_file(void)
{
    struct pol_table *table = pol_table_load(path("table.prt"), err, sizeof err);
    pol_table_free(table);
    return said(table != NULL);
}

static int make_space(void)
{
    struct pol_space *space = pol_table_space(world.table);
    pol_space_free(space);
    return space != NULL;
}

static int make_engine(void)
{
    struct pol_engine *engine = pol_table_engine_new(world.table, world.space);
    if (engine)
        engine->ops->destroy(engine);
    return engine != NULL;
}

static int make_tagger(void)
{
    struct pol_tagger tagger;
    if (pol_tagger_of_table(&tagger, world.table, world.space))
        return 0;
    pol_tagger_release(&tagger);
    return 1;
}

static int tag_machine(void)
{
    struct pol_image *image = pol_tag_machine(&world.tagger, err, sizeof err);
    pol_image_free(image);
    return said(image != NULL);
}

static int tag_program(void)
{
    struct pol_image *image =
        pol_tag_program(&world.tagger, path("program.elf"), path("entities.json"), err, sizeof err);
    pol_image_free(image);
    return said(image != NULL);
}

static int load_image(void)
{
    struct pol_image *image = pol_image_load(path("image.json"), world.space, err, sizeof err);
    pol_image_free(image);
    return said(image != NULL);
}

static int save_image(void)
{
    return said(pol_image_save(world.image, path("saved.json"), err, sizeof err) == 0);
}

static int make_machine(void)
{
    struct pol_machine *machine = pol_machine_new(world.engine, world.image, err, sizeof err);
    pol_machine_free(machine);
    return said(machine != NULL);
}

static struct pol_trace_reader *open_trace(const char *name)
{
    struct pol_trace_error error = {0};
    struct pol_trace_reader *reader = pol_trace_open(path(name), &error);
    if (!reader)
        memcpy(err, error.message, sizeof error.message);
    return reader;
}

static int read_trace(const char *name)
{
    struct pol_event event;
    struct pol_trace_reader *reader = open_trace(name);
    int more = reader ? 1 : -1;
    while (more > 0)
        more = pol_trace_next(reader, &event);
    if (reader && more)
        memcpy(err, pol_trace_error_of(reader)->message, 200);
    pol_trace_close(reader);
    return said(more == 0);
}

static int read_binary(void)
{
    return read_trace("program.trace");
}

static int read_text(void)
{
    return read_trace("program.txt");
}

static int replay(void)
{
    struct pol_trace_reader *reader = open_trace("program.trace");
    struct pol_machine *machine =
        reader ? pol_machine_new(world.engine, world.image, err, sizeof err) : NULL;
    struct pol_replay_options options = {0};
    struct pol_replay_counts counts;
    enum pol_replay_status status = POL_REPLAY_BAD;
    if (machine)
        status = pol_replay(machine, reader, &options, &counts);
    if (machine && status != POL_REPLAY_DONE)
        snprintf(err, sizeof err, "%s%s", pol_machine_error(machine),
                 pol_trace_error_of(reader)->message);
    pol_machine_free(machine);
    pol_trace_close(reader);
    return said(status == POL_REPLAY_DONE && counts.unexpected == 0);
}

static int write_trace(enum pol_trace_form form)
{
    struct pol_trace_error error = {0};
    struct pol_trace_header header = {.isa = "rv64imac"};
    struct pol_trace_writer *writer = pol_trace_create(path("out.trace"), form, &header, &error);
    struct pol_event event = {.kind = POL_EVENT_INSN, .word = 0x13};
    bool good = writer != NULL;
    for (int i = 0; writer && i < 1000; i++) {
        event.pc = (uint64_t)i * 4;
        good = pol_trace_write(writer, &event) && good;
    }
    if (writer)
        good = pol_trace_finish(writer, &error) && good;
    memcpy(err, error.message, sizeof error.message);
    return said(good);
}

static int write_binary(void)
{
    return write_trace(POL_TRACE_BINARY);
}

static int write_text(void)
{
    return write_trace(POL_TRACE_TEXT);
}

static int make_tuple(void)
{
    struct pol_tuple tuple;
    struct pol_evaluation evaluation;
    if (pol_tuple_init(&tuple, world.space))
        return 0;
    int bad = pol_evaluation_init(&evaluation, world.engine);
    if (!bad)
        pol_evaluation_free(&evaluation);
    pol_tuple_free(&tuple);
    return !bad;
}

static int parse_set(void)
{
    uint32_t *lit = calloc(world.space->words, sizeof *lit);
    int bad = !lit || pol_lit_parse(world.space, "{Rd}", 4, lit, err, sizeof err);
    free(lit);
    return !bad;
}

/* --- the test */

static int cases, bad_cases;

static void report(bool good, const char *format, ...)
{
    va_list args;
    cases++;
    bad_cases += !good;
    printf("%s %d - ", good ? "ok" : "not ok", cases);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* Runs the call with allocation `at` failing; what is wrong, or NULL. */
static const char *try_one(int (*call)(void), uint64_t at, bool more)
{
    int64_t before = fault_live();
    err[0] = 0;
    fault_arm(at, more);
    int worked = call();
    bool hit = fault_hit();
    fault_arm(0, false);
    if (fault_live() != before)
        return "leaks";
    if (worked < 0)
        return "fails without a message";
    if (!hit && !worked)
        return "fails without a reason";
    return NULL;
}

static void test(const char *name, int (*call)(void))
{
    const char *wrong = NULL;
    int64_t before = fault_live();
    uint64_t at = 0;
    err[0] = 0;
    fault_arm(0, false);
    bool works = call() == 1;
    uint64_t total = fault_count();
    report(works && fault_live() == before, "%s works: %s", name, err);
    for (at = 1; works && !wrong && at <= total; at++) {
        wrong = try_one(call, at, false);
        wrong = wrong ? wrong : try_one(call, at, true);
    }
    report(works && !wrong, "%s, each of %llu allocations failing%s%s", name,
           (unsigned long long)total, wrong ? ": " : "", wrong ? wrong : "");
    if (wrong)
        printf("# allocation %llu\n", (unsigned long long)at - 1);
}

static void read_table(void)
{
    FILE *in = fopen(path("table.prt"), "rb");
    enum { ROOM = 1 << 20 };
    world.bytes = malloc(ROOM);
    if (!in || !world.bytes)
        exit(2);
    world.size = fread(world.bytes, 1, ROOM, in);
    fclose(in);
}

static void make_world(const char *folder)
{
    world.folder = folder;
    read_table();
    world.table = pol_table_load_bytes(world.bytes, world.size, err, sizeof err);
    world.space = world.table ? pol_table_space(world.table) : NULL;
    world.engine = world.space ? pol_table_engine_new(world.table, world.space) : NULL;
    world.image =
        world.engine ? pol_image_load(path("image.json"), world.space, err, sizeof err) : NULL;
    if (!world.image || pol_tagger_of_table(&world.tagger, world.table, world.space)) {
        fprintf(stderr, "%s\n", err);
        exit(2);
    }
}

static void free_world(void)
{
    pol_tagger_release(&world.tagger);
    pol_image_free(world.image);
    world.engine->ops->destroy(world.engine);
    pol_space_free(world.space);
    pol_table_free(world.table);
    free(world.bytes);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    fault_jansson();
    fault_arm(0, false);
    make_world(argv[1]);
    test("pol_table_load_bytes", load_bytes);
    test("pol_table_load", load_file);
    test("pol_table_space", make_space);
    test("pol_table_engine_new", make_engine);
    test("pol_tagger_of_table", make_tagger);
    test("pol_tag_machine", tag_machine);
    test("pol_tag_program", tag_program);
    test("pol_image_load", load_image);
    test("pol_image_save", save_image);
    test("pol_machine_new", make_machine);
    test("pol_trace_open, binary", read_binary);
    test("pol_trace_open, text", read_text);
    test("pol_replay", replay);
    test("pol_trace_create, binary", write_binary);
    test("pol_trace_create, text", write_text);
    test("pol_tuple_init", make_tuple);
    test("pol_lit_parse", parse_set);
    free_world();
    report(fault_live() == 0, "nothing is left at the end: %lld", (long long)fault_live());
    printf("1..%d\n", cases);
    return bad_cases != 0;
}
