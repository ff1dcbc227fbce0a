/* Targets: reading descriptions; what a table costs, on tables made by hand; the choice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/target/choose.h"
#include "tests/unit/check.h"

/* ---- Descriptions -----------------------------------------------------------------------------
 */

static int parse(const char *text, struct target *out, char *err, size_t errsize)
{
    memset(err, 0, errsize);
    return target_parse(text, strlen(text), "t.json", out, err, errsize);
}

static void refused(const char *text, const char *message)
{
    struct target target;
    char err[512];
    CHECK_INT(parse(text, &target, err, sizeof err), -1);
    CHECK_STR(err, message);
}

static void test_refusals(void)
{
    CASE("what is no description is refused with its place or its member");
    refused("{\n\"name\" 3}", "t.json:2:8: ':' expected near '3'");
    refused("[]", "t.json: a target description is a JSON object, not a list");
    refused("{}", "t.json: the member `name` is missing");
    refused("{\"name\": 3}", "t.json: `name` is a number; it must be a string");
    refused("{\"name\": \"a b\"}",
            "t.json: `name` must be 1 to 63 letters, digits, dots, underscores or hyphens, a "
            "letter or digit first");
    refused("{\"name\": \"t\", \"ram_bit\": 3}",
            "t.json: there is no member `ram_bit`; did you mean `ram_bits`?");
    refused("{\"name\": \"t\", \"lanes\": 1.5}",
            "t.json: `lanes` is no whole number; it must be a whole number");
    refused("{\"name\": \"t\", \"lanes\": \"1\"}",
            "t.json: `lanes` is a string; it must be a whole number");
    refused("{\"name\": \"t\", \"lanes\": -1}",
            "t.json: `lanes` is -1; it must be from 0 to 1048576");
    refused("{\"name\": \"t\", \"pipeline\": 1}",
            "t.json: `pipeline` is a number; it must be true or false");
    refused("{\"name\": \"t\", \"granule\": 3}", "t.json: `granule` must be 1, 2, 4 or 8");
    refused("{\"name\": \"t\", \"layouts\": []}",
            "t.json: `layouts` is empty; without it, every layout may be used");
    refused("{\"name\": \"t\", \"layouts\": [\"dag\", \"dag\"]}",
            "t.json: `layouts` names dag twice");
    refused("{\"name\": \"t\", \"layouts\": [\"auto\"]}",
            "t.json: `layouts` may hold dense, dag, flat and tcam only");
    refused("{\"name\": \"t\", \"layouts\": [\"tcam\"]}",
            "t.json: `layouts` has tcam, but `tcam_entries` says that there is no TCAM");
    refused("{\"name\": \"t\", \"tcam_bits\": 8}",
            "t.json: `tcam_bits` is given, but `tcam_entries` says that there is no TCAM");
}

static void test_descriptions(void)
{
    struct target a, b;
    char err[512];
    CASE("members that are left out have defaults");
    CHECK_INT(parse("{\"name\": \"t\"}", &a, err, sizeof err), 0);
    CHECK(!a.has_isa && !a.granule && !a.ram_bits && !a.tcam_entries && !a.share_lanes);
    CHECK_INT(a.nlayouts, 3);
    CHECK(!target_allows(&a, TBL_TCAM));
    CHECK_INT(parse("{\"tcam_entries\": 5, \"name\": \"t\"}", &b, err, sizeof err), 0);
    CHECK(target_allows(&b, TBL_TCAM));
    CASE("equal targets have equal texts, different ones have not");
    char *text_a = target_text(&a), *text_b = target_text(&b);
    CHECK(strcmp(text_a, text_b) != 0);
    free(text_b);
    CHECK_INT(
        parse("{ \"layouts\": [\"dense\", \"dag\", \"flat\"],\n \"name\": \"t\", \"lanes\": 0}", &b,
              err, sizeof err),
        0);
    text_b = target_text(&b);
    CHECK_STR(text_a, text_b);
    free(text_a);
    free(text_b);
    CASE("the built-in targets are there, others are not");
    for (size_t i = 0; target_builtin_names[i]; i++) {
        CHECK_INT(target_load(target_builtin_names[i], &a, err, sizeof err), 0);
        CHECK_STR(a.name, target_builtin_names[i]);
        CHECK(a.has_isa && a.ram_bits && a.tag_bits && a.lookups);
    }
    CHECK_INT(target_load("mcv", &a, err, sizeof err), -1);
    CHECK_STR(err, "there is no target `mcv`: it is mcu, fpga, server or a file; did you mean "
                   "`mcu`?");
    CHECK_INT(target_load("no/such.json", &a, err, sizeof err), -1);
    CHECK_STR(err, "no/such.json: No such file or directory");
}

/* ---- A table made by hand ---------------------------------------------------------------------
 */

/* One decider, a field of 4 codes and a lane; opclass 1 is a load, 2 a store, with one program. */
static const char strings[] = "\0dec\0op\0rv32i\0file.pol\0rule one\0load";
enum { S_DEC = 1, S_OP = 5, S_ISA = 8, S_FILE = 14, S_RULE = 23, S_LOAD = 32 };
static const struct pol_prt_meta meta = {.name = S_DEC, .isa = S_ISA, .granule = 4, .nslots = 2};
static const struct pol_prt_slot slots[] = {{POL_SLOT_FIELD, 0, POL_NONE},
                                            {POL_SLOT_LANE, 0, POL_NONE}};
static const struct pol_prt_field fields[] = {
    {.kind = POL_FIELD_DENSE, .ntags = 2, .ncodes = 4, .shape_words = 1}};
static const struct pol_prt_arg args[] = {{.max = 255, .slot = 1, .nslots = 1}};
static const struct pol_prt_tag tags[] = {{.name = S_OP, .module = S_DEC, .nargs = 1},
                                          {.name = S_DEC, .module = S_DEC}};
static const uint32_t field_tags[] = {0, 1};
static const struct pol_prt_domain domains[] = {{.kind = POL_DOMAIN_COMPONENT,
                                                 .name = S_DEC,
                                                 .nfields = 1,
                                                 .nslots = 2,
                                                 .merge_op = 0,
                                                 .nmerge = 3}};
static const struct pol_prt_decider deciders[] = {{.name = S_DEC, .nrules = 2}};
static const struct pol_prt_rule rules[] = {
    {.file = S_FILE, .line = 7, .column = 9, .text = S_RULE},
    {.file = S_FILE, .line = 8, .column = 9, .text = S_RULE}};
static const struct pol_prt_response responses[] = {{.action = POL_ACTION_TERMINATE}};
static const struct pol_prt_opclass opclasses[] = {
    {0},
    {.name = S_LOAD, .op1 = POL_FILE_INT, .mem = POL_MEM_READ},
    {.name = S_OP, .op1 = POL_FILE_INT, .mem = POL_MEM_WRITE}};
static const uint32_t remap[] = {0, 1, 1};
static const struct pol_prt_action actions[] = {{.verdict = POL_FAIL_IMPLICIT, .rule = POL_NONE},
                                                {.verdict = POL_ALLOW, .rule = 0},
                                                {.rule = 1, .first_op = 3, .nops = 4}};
static const struct pol_prt_op ops[] = {
    {.op = POL_OPC_SLOT, .a = 0, .b = 0}, /* merge: one lookup */
    {.op = POL_OPC_SLOT, .a = 1, .b = 0},
    {.op = POL_OPC_MAP2, .a = 0, .b = 1},
    {.op = POL_OPC_SLOT, .a = POL_OP_OP2, .b = 0}, /* action: two lookups, one after the other */
    {.op = POL_OPC_MAP1, .a = 0},
    {.op = POL_OPC_MAP1, .a = 1},
    {.op = POL_OPC_COPY, .a = POL_RES_MEM, .b = 1, .c = POL_OP_ENV, .d = 1}};
/* Codes of CODE: 1 and 2 differ, 3 cannot occur.  Codes of MEM: 1 and 2 are alike, 3 cannot occur.
 * What stands at code 0, which is invalid, does not count. */
static const uint32_t maps[] = {0, 0, 1, POL_MAP_INVALID, 1, 0, 0, POL_MAP_INVALID | 1};

static struct pol_table table_with(const struct pol_prt_program *programs,
                                   const struct pol_prt_level *levels, uint32_t nlevels)
{
    return (struct pol_table){.meta = &meta,
                              .n_meta = 1,
                              .strings = strings,
                              .n_strings = sizeof strings,
                              .slots = slots,
                              .n_slots = 2,
                              .fields = fields,
                              .n_fields = 1,
                              .field_tags = field_tags,
                              .n_field_tags = 2,
                              .args = args,
                              .n_args = 1,
                              .tags = tags,
                              .n_tags = 2,
                              .domains = domains,
                              .n_domains = 1,
                              .deciders = deciders,
                              .n_deciders = 1,
                              .rules = rules,
                              .n_rules = 2,
                              .opclasses = opclasses,
                              .n_opclasses = 3,
                              .remap = remap,
                              .n_remap = 3,
                              .responses = responses,
                              .n_responses = 1,
                              .actions = actions,
                              .n_actions = 3,
                              .ops = ops,
                              .n_ops = 7,
                              .maps = maps,
                              .n_maps = 8,
                              .programs = programs,
                              .n_programs = 2,
                              .levels = levels,
                              .n_levels = nlevels};
}

static struct hw_slot hw_slots[] = {{0, 2}, {2, 8}};
static const struct hw_rom roms[] = {
    {.name = "a", .kind = HW_ROM_CLASS, .decider = 0, .width = 3, .depth = 8},
    {.name = "b", .kind = HW_ROM_CELLS, .decider = 0, .width = 2, .depth = 6},
    {.name = "c", .kind = HW_ROM_TERNARY, .decider = 0, .width = 5, .depth = 2},
    {.name = "d", .kind = HW_ROM_LUT, .decider = POL_NONE, .width = 7, .depth = 10}};
static const struct hw memories = {.word_bits = 10, .slots = hw_slots, .roms = roms, .nroms = 4};

/* A chain: CODE's class, then MEM's. */
static const uint32_t chain_cells[] = {0, 1, 0, 1, 1, 0};
static const struct pol_prt_level chain_levels[] = {
    {POL_LEVEL_MAP, POL_OP_CODE, 0, 0, 3, 4, 0, 0, 0, 2, 1},
    {POL_LEVEL_MAP, POL_OP_MEM, 0, 4, 3, 4, 0, 0, 2, 2, 2}};
static const struct pol_prt_program chain_programs[] = {{.nactions = 1, .first_tuple = POL_NONE},
                                                        {.layout = POL_LAYOUT_DAG,
                                                         .nlevels = 2,
                                                         .first_action = 1,
                                                         .nactions = 2,
                                                         .first_tuple = POL_NONE}};

static void test_chain(void)
{
    struct pol_table table = table_with(chain_programs, chain_levels, 2);
    table.cells = chain_cells;
    table.n_cells = 6;
    struct cost *c = cost_new(&table, &memories);
    const struct cost_program *p = &c->programs[1];
    CASE("rows: cells that no code of the composition selects are counted");
    CHECK_INT(p->rows.cells, 6);
    CHECK_INT(p->rows.cells_unselected, 2); /* the second column of MEM's level */
    CHECK_INT(c->rows.cells, 6);
    CHECK_INT(p->classes[POL_OP_CODE], 2);
    CHECK_INT(p->classes[POL_OP_MEM], 1);
    CASE("lookups: class maps, chain, action, maps of the results; then the merge of a store");
    static const uint32_t reads[] = {2, 1, 1, 1, 1, 1};
    CHECK_INT(p->chain, 2);
    CHECK_INT(p->lookups, 6);
    for (int i = 0; i < 6; i++)
        CHECK_INT(p->reads[i], reads[i]);
    CHECK_INT(c->opclasses[2].merge, 1);
    CHECK_INT(c->opclasses[1].merge, 0);
    CHECK_INT(c->opclasses[1].fetch, 0);
    CHECK_INT(c->lookups_opclass, 2);
    CHECK_INT(c->parts[0].lookups, 6);
    CHECK_INT(c->lookups, 7);
    CHECK_INT(c->reads, 7);
    CHECK_INT(c->reads_at_once, 2);
    CASE("operands: what rules look at, what results need");
    CHECK_INT(c->opclasses[1].looked, 1 << POL_OP_CODE | 1 << POL_OP_MEM);
    CHECK_INT(c->opclasses[1].carried, 1 << POL_OP_OP2 | 1 << POL_OP_ENV);
    CASE("memories: bits and words by kind and by decider");
    CHECK_INT(c->bits, 24 + 12 + 10 + 70);
    CHECK_INT(c->words, 8 + 6 + 2 + 10);
    CHECK_INT(c->tcam_bits, 10);
    CHECK_INT(c->ram_bits, 106);
    CHECK_INT(c->nparts, 2);
    CHECK_INT(c->parts[0].bits, 46);
    CHECK_INT(c->parts[1].bits, 70);
    CASE("tag words: codes and lanes, storage, the naive table");
    CHECK_INT(c->tag_bits, 10);
    CHECK_INT(c->lanes, 1);
    CHECK_INT(c->domains[0].code_bits, 2);
    CHECK_INT(c->domains[0].lane_bits, 8);
    CHECK_INT((int)c->tag_bytes_per_kib, 320);
    /* 3 codes each of env, code, op1 and mem, for both opclasses; a row has the verdict, 2 bits of
     * rule, and the codes of env and mem */
    CHECK(fabs(c->naive_rows_log2 - 4 * log2(3) - 1) < 1e-9);
    CHECK_INT(c->naive_row_bits, 2 + 2 + 2 * 2);
    cost_free(c);
}

static void test_rules(void)
{
    struct pol_table table = table_with(chain_programs, chain_levels, 2);
    struct cost_rule most[4];
    static const uint32_t cells[] = {0, 1, 0, 1, 1, 1};
    table.cells = cells;
    table.n_cells = 6;
    struct cost *c = cost_new(&table, &memories);
    CASE("rules: those of most rows first");
    CHECK_INT(cost_rules(c, most, 4), 2);
    CHECK_INT(most[0].rule, 1);
    CHECK_INT(most[0].rows, 3);
    CHECK_INT(most[1].rule, 0);
    CHECK_INT(cost_rules(c, most, 1), 1);
    CHECK_INT(most[0].rule, 1);
    cost_free(c);
}

/* The same as one product, and as a flat table, in which codes are the address. */
static void test_products(void)
{
    static const uint32_t product_maps[] = {0, 0, 2, POL_MAP_INVALID, 0, 0, 1, POL_MAP_INVALID};
    static const uint32_t cells[] = {0, 1, 1, 0};
    struct pol_prt_level levels[] = {chain_levels[0], chain_levels[1]};
    struct pol_prt_program programs[] = {chain_programs[0], chain_programs[1]};
    programs[1].layout = POL_LAYOUT_DENSE;
    programs[1].nmap = 2;
    programs[1].dense_size = 4;
    struct pol_table table = table_with(programs, levels, 2);
    table.maps = product_maps;
    table.cells = cells;
    table.n_cells = 4;
    CASE("a dense program has one lookup behind its class maps");
    struct cost *c = cost_new(&table, &memories);
    CHECK_INT(c->programs[1].rows.cells, 4);
    CHECK_INT(c->programs[1].rows.cells_unselected, 0);
    CHECK_INT(c->programs[1].chain, 1);
    CHECK_INT(c->programs[1].lookups, 5);
    cost_free(c);
    CASE("a flat program has none before it");
    programs[1].layout = POL_LAYOUT_FLAT;
    c = cost_new(&table, &memories);
    CHECK_INT(c->programs[1].lookups, 4);
    CHECK_INT(c->programs[1].reads[0], 3);
    cost_free(c);
}

/* CODE's class and a test: 2 bits, of which the first two keys say state 0. */
static void test_ternary(void)
{
    static const struct pol_prt_level levels[] = {
        {POL_LEVEL_MAP, POL_OP_CODE, 0, 0, 3, 4, 0, 0, 0, 2, 1},
        {POL_LEVEL_TEST, POL_OP_MEM, 1, 0, 1, 1, 0, 0, 1, 2, 1}};
    static const struct pol_prt_ternary entries[] = {{{0, 0}, {3, 0}, 0}, {{1, 0}, {3, 0}, 0}};
    static const struct pol_prt_program programs[] = {{.nactions = 1, .first_tuple = POL_NONE},
                                                      {.layout = POL_LAYOUT_TCAM,
                                                       .nlevels = 2,
                                                       .dense_size = 2,
                                                       .start = 1,
                                                       .first_action = 1,
                                                       .nactions = 2,
                                                       .first_tuple = POL_NONE}};
    struct pol_table table = table_with(programs, levels, 2);
    table.ternary = entries;
    table.n_ternary = 2;
    struct cost *c = cost_new(&table, &memories);
    CASE("a ternary program: entries, key, and how many entries must be");
    cost_bounds(c);
    CHECK_INT(c->rows.entries, 2);
    CHECK_INT(c->rows.key_bits, 2);
    CHECK_INT(c->rows.entries_lower, 1);
    CHECK_INT((int)c->rows.keys, 4);
    CHECK_INT((int)c->rows.keys_unselected, 0);
    CHECK_INT(c->programs[1].chain, 1);
    cost_free(c);
    CASE("a class that cannot be leaves keys free");
    table.maps = maps + 4; /* one class only */
    c = cost_new(&table, &memories);
    CHECK_INT((int)c->rows.keys_unselected, 2);
    cost_free(c);
}

/* ---- Limits -----------------------------------------------------------------------------------
 */

static void misses(const struct cost *c, struct target target, const char *wanted)
{
    struct str_buf out;
    str_init(&out);
    uint32_t missed = target_misfit(&target, c, &out);
    CHECK_INT(missed, *wanted ? 1 : 0);
    CHECK_STR(str_text(&out), wanted);
    str_free(&out);
}

static void test_limits(void)
{
    struct pol_table table = table_with(chain_programs, chain_levels, 2);
    table.cells = chain_cells;
    table.n_cells = 6;
    struct cost *c = cost_new(&table, &memories);
    CASE("each limit: at it a table fits, beyond it the message says what costs most");
    misses(c,
           (struct target){.tag_bits = 10,
                           .lanes = 1,
                           .ram_bits = 106,
                           .ram_ports = 2,
                           .lookups = 7,
                           .tcam_bits = 1},
           "");
    misses(c, (struct target){.tag_bits = 9},
           "tag_bits: bits of a tag word: 10, the target has 9: 1 too many\n"
           "  8 bits: argument of dec.op\n"
           "  2 bits: 3 sets of dec.op, dec.dec\n");
    misses(c, (struct target){.ram_bits = 100},
           "ram_bits: bits of memories: 106, the target has 100: 6 too many\n"
           "  70 bits: memories that are shared\n"
           "  46 bits: the rules of dec\n"
           "  70 bits: memory d, 10 words of 7\n"
           "  24 bits: memory a, 8 words of 3\n"
           "  12 bits: memory b, 6 words of 2\n"
           "  2 rows: file.pol:7:9: rule one\n"
           "  2 rows: file.pol:8:9: rule one\n");
    misses(c, (struct target){.lookups = 6},
           "lookups: lookups one after the other: 7, the target has 6: 1 too many\n"
           "  op: 0 of the fetch, 6 of the step, 1 of a merge\n"
           "  6 of the step: the rules of dec, with 2 between class maps and action\n");
    misses(c, (struct target){.ram_ports = 1},
           "ram_ports: memories read at the same time: 2, the target has 1: 1 too many\n"
           "  load: up to 2 for the rules of dec\n");
    cost_free(c);
}

/* ---- The choice -------------------------------------------------------------------------------
 */

static enum compile_status compile(const char *target_json, struct compiled **out, char *err,
                                   size_t errsize)
{
    struct compile_options options;
    struct target target;
    compile_options_init(&options);
    options.library_dir = "stdlib-policies";
    if (parse(target_json, &target, err, errsize))
        return COMPILE_INTERNAL;
    compile_options_target(&options, &target);
    struct lang_source_map *map = lang_source_map_new();
    struct diag_sink *sink = diag_sink_new(map);
    enum compile_status status =
        compile_file("stdlib-policies/rwx.pol", &options, map, sink, out, err, errsize);
    diag_sink_free(sink);
    lang_source_map_free(map);
    return status;
}

static void test_choice(void)
{
    struct compiled *a, *b;
    char err[4096];
    CASE("a table that fits carries target, ISA and granule, and its digest covers the target");
    CHECK_INT(
        compile("{\"name\": \"wide\", \"isa\": \"rv32i\", \"granule\": 2}", &a, err, sizeof err),
        COMPILE_OK);
    CHECK_STR(a->table->strings + a->table->meta->target, "wide");
    CHECK_STR(a->table->strings + a->table->meta->isa, "rv32i");
    CHECK_INT(a->table->meta->granule, 2);
    CHECK_INT(
        compile("{\"name\": \"wide\", \"isa\": \"rv32i\", \"granule\": 2, \"pipeline\": true}", &b,
                err, sizeof err),
        COMPILE_OK);
    CHECK(memcmp(a->table->digest, b->table->digest, 32) != 0);
    compile_free(a);
    compile_free(b);
    CASE("layouts that fail for the same reason share a paragraph");
    CHECK_INT(compile("{\"name\": \"none\", \"tag_bits\": 3, \"layouts\": [\"dag\", \"dense\"]}",
                      &a, err, sizeof err),
              COMPILE_LIMIT);
    CHECK(a == NULL);
    CHECK_STR(err, "the table does not fit the target none\n"
                   "  layout dag; dense; dense or dag, program by program:\n"
                   "    tag_bits: bits of a tag word: 4, the target has 3: 1 too many\n"
                   "      4 bits: 8 sets of rwx.Rd, rwx.Wr, rwx.Ex");
}

int main(void)
{
    test_refusals();
    test_descriptions();
    test_chain();
    test_rules();
    test_products();
    test_ternary();
    test_limits();
    test_choice();
    return check_done();
}
