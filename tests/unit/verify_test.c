/* The proof that a table is its policy: it holds for all policies here, and a changed table or rule
 * is refused with the place and the inputs.  tests/mutation does the same at length. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/prt/prt.h"
#include "compiler/compile.h"
#include "compiler/ir/build.h"
#include "compiler/verify/verify.h"
#include "tests/unit/check.h"

struct fixture {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
    struct tbl *tbl;
    struct pol_table *table;
};

/* Front end only: the table is made here, so that the compiler's own check is not in the way. */
static bool open_policy(struct fixture *f, const char *path)
{
    struct compile_options options;
    char err[512];
    memset(f, 0, sizeof *f);
    compile_options_init(&options);
    options.library_dir = "stdlib-policies";
    options.last = COMPILE_IR;
    f->map = lang_source_map_new();
    f->sink = diag_sink_new(f->map);
    return compile_file(path, &options, f->map, f->sink, &f->compiled, err, sizeof err) ==
               COMPILE_OK &&
           f->compiled->ir;
}

static void drop_table(struct fixture *f)
{
    pol_table_free(f->table);
    tbl_free(f->tbl);
    f->table = NULL;
    f->tbl = NULL;
}

static bool build_table(struct fixture *f, const struct tbl_options *options)
{
    const char *why;
    char err[512];
    size_t size;
    drop_table(f);
    f->tbl = tbl_build(f->compiled->ir, options, &why);
    if (!f->tbl)
        return false;
    unsigned char *bytes = prt_bytes(f->tbl, &size);
    f->table = pol_table_load_bytes(bytes, size, err, sizeof err);
    if (!f->table)
        printf("# %s\n", err);
    free(bytes);
    return f->table != NULL;
}

static bool make_table(struct fixture *f, enum tbl_layout layout)
{
    struct tbl_options options = {.layout = layout};
    return build_table(f, &options);
}

static void close_policy(struct fixture *f)
{
    drop_table(f);
    compile_free(f->compiled);
    diag_sink_free(f->sink);
    lang_source_map_free(f->map);
}

static bool proven(const struct fixture *f, char *err, size_t size)
{
    return verify_table(f->compiled->ir, f->table, NULL, err, size);
}

/* --- everything holds --------------------------------------------------------------------------
 */

struct variant {
    const char *name;
    struct tbl_options options;
};
static const struct variant variants[] = {
    {"dag", {.layout = TBL_DAG}},
    {"dense", {.layout = TBL_DENSE}},
    {"flat", {.layout = TBL_FLAT}},
    {"tcam", {.layout = TBL_TCAM}},
    {"all sets", {.layout = TBL_AUTO, .universe_all = true}},
    {"shared lanes", {.layout = TBL_AUTO, .share_lanes = true}},
    {"tcam, shared lanes", {.layout = TBL_TCAM, .share_lanes = true}},
    {"fused dag", {.layout = TBL_DAG, .fuse = true}},
    {"fused dense, shared lanes", {.layout = TBL_DENSE, .fuse = true, .share_lanes = true}},
    {"fused flat", {.layout = TBL_FLAT, .fuse = true}},
    {"fused tcam", {.layout = TBL_TCAM, .fuse = true}}};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

/* Tables of each kind that were proven; a layout may be refused. */
static uint32_t proven_tables[VARIANTS];

/* Minimising the entries of a fused TCAM takes very long where there are thousands. */
static bool too_long(const char *path, unsigned variant)
{
    return variant == VARIANTS - 1 &&
           (strstr(path, "main.pol") || strstr(path, "globals") || strstr(path, "ztwo"));
}

/* The number of tables of the policy that were proven; -1 when one was not.  One of `every`
 * variants is tried, for other policies others. */
static int prove_policy(const char *path, unsigned every)
{
    struct fixture f;
    char err[2048];
    int n = 0;
    unsigned turn = 0;
    for (const char *c = path; *c; c++)
        turn = turn * 31 + (unsigned char)*c;
    if (open_policy(&f, path))
        for (unsigned k = 0; k < VARIANTS && n >= 0; k++) {
            if ((k + turn) % every || too_long(path, k) || !build_table(&f, &variants[k].options))
                continue;
            n++;
            proven_tables[k]++;
            if (!proven(&f, err, sizeof err)) {
                printf("# %s, %s: %s\n", path, variants[k].name, err);
                n = -1;
            }
        }
    close_policy(&f);
    return n;
}

static void prove_folder(const char *folder, unsigned every, int at_least)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int tables = 0;
    CHECK(dir != NULL);
    while (dir && (entry = readdir(dir))) {
        char path[512];
        size_t n = strlen(entry->d_name);
        if (n < 4 ||
            (strcmp(entry->d_name + n - 4, ".pol") && strcmp(entry->d_name + n - 4, ".dpl")))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        int proved = prove_policy(path, every);
        CHECK(proved >= 0);
        tables += proved > 0 ? proved : 0;
    }
    if (dir)
        closedir(dir);
    CHECK(tables >= at_least);
}

static void everything_holds(void)
{
    CASE("the shipped policies are proven");
    prove_folder("stdlib-policies", 1, 7 * VARIANTS - 7);
    CASE("the policies of the specification are proven");
    prove_folder("tests/spec", 7, 100);
    CASE("the policies of the comparison are proven");
    prove_folder("tests/differential", 4, 5 * VARIANTS);
    CASE("the policies of the mutants are proven");
    prove_folder("tests/mutation", 1, 3 * VARIANTS - 2);
    CASE("tables of every layout are among them");
    for (int k = 0; k < VARIANTS; k++) {
        CHECK(proven_tables[k] >= 15);
        if (proven_tables[k] < 15)
            printf("# %s: %u\n", variants[k].name, (unsigned)proven_tables[k]);
    }
}

/* --- a changed table is refused ----------------------------------------------------------------
 */

/* The proof fails and says each of the texts. */
static void refused(const struct fixture *f, const char *a, const char *b)
{
    char err[2048] = "";
    CHECK(!proven(f, err, sizeof err));
    bool said = strstr(err, a) && strstr(err, b);
    if (!said)
        printf("# \"%s\" lacks \"%s\" or \"%s\"\n", err, a, b);
    CHECK(said);
}

/* Sections of a loaded table are read-only for others; these tests change them and change back. */
#define CHANGED(f, place, value, a, b)                                                             \
    do {                                                                                           \
        uint32_t *at_ = (uint32_t *)(uintptr_t) & (place);                                         \
        uint32_t old_ = *at_;                                                                      \
        *at_ = (value);                                                                            \
        refused((f), (a), (b));                                                                    \
        *at_ = old_;                                                                               \
    } while (0)

static uint32_t find_action(const struct pol_table *t, uint32_t verdict)
{
    for (uint32_t i = 0; i < t->n_actions; i++)
        if (t->actions[i].verdict == verdict)
            return i;
    return 0;
}

static uint32_t find_op(const struct pol_table *t, uint32_t opcode)
{
    for (uint32_t i = 0; i < t->n_ops; i++)
        if (t->ops[i].op == opcode)
            return i;
    return 0;
}

static void facts(const struct fixture *f)
{
    const struct pol_table *t = f->table;
    CASE("records that differ from the policy are refused");
    CHANGED(f, t->tags[0].merge_all, !t->tags[0].merge_all, "TAGS", "Pointer");
    CHANGED(f, t->args[0].max, 7, "ARGS", "Pointer");
    CHANGED(f, t->counters[0].exhaust, 0, "COUNTERS", "heap.Color");
    CHANGED(f, t->rules[3].line, 1, "RULES", "heap.pol");
    CHANGED(f, t->rules[3].response, 1, "RULES", "heap.pol");
    CHANGED(f, t->meta->target, 3, "META", "target");
    CHANGED(f, t->entities[t->n_entities - 1].literal, 0, "LITERALS", "heap.Clear");
    CHANGED(f, t->domains[0].trap_env, 1, "DOMAINS", "heap");
    CHANGED(f, t->opclasses[3].rd, 3 - t->opclasses[3].rd, "OPCLASSES", "form");
    CHANGED(f, t->meta->granule, 4, "META", "granule");
}

static void decoding(const struct fixture *f)
{
    const struct pol_table *t = f->table;
    const struct pol_prt_decode *d = &t->decode[t->n_decode / 2];
    CASE("words that decode otherwise are refused");
    CHANGED(f, d->opclass, 0, "DECODE", "opclass undecodable");
    CHANGED(f, d->opclass, d->opclass == 1 ? 2 : 1, "DECODE", "word");
    uint32_t zero = d->mask & ~d->match;
    CHANGED(f, d->mask, d->mask & ~(zero & (~zero + 1)), "DECODE", "word");
    CHANGED(f, d->mask, d->mask | 1u << 7, "DECODE", "instruction of the target");
}

static void encoding(const struct fixture *f)
{
    const struct pol_table *t = f->table;
    uint32_t last = t->fields[0].first_shape + (t->fields[0].ncodes - 1) * 2;
    CASE("an encoding that is not one to one, or too small, is refused");
    CHANGED(f, t->shapes[last], t->shapes[last - 2], "codes", "are the same set");
    CHANGED(f, t->shapes[last + 1], 0, "", "code");
    CHANGED(f, t->fields[0].empty, 2, "empty code", "");
    CHANGED(f, t->slots[0].index, 1, "slot 0", "");
}

static void decisions(const struct fixture *f)
{
    const struct pol_table *t = f->table;
    uint32_t allow = find_action(t, POL_ALLOW), fail = find_action(t, POL_FAIL_EXPLICIT);
    CASE("another decision is refused with rule and inputs");
    CHANGED(f, t->actions[fail].verdict, POL_ALLOW, "the rules want rule", "opclass");
    CHANGED(f, t->actions[allow].rule, t->actions[allow].rule + 1, "the table has rule", "inputs");
    CASE("a cell, a map, a comparison");
    uint32_t cells = 0, maps = 0;
    struct verify_stats stats = {0};
    struct verify_coverage seen = {.cells = calloc(t->n_cells + 1, 1),
                                   .maps = calloc(t->n_maps + 1, 1)};
    char err[2048];
    stats.coverage = &seen;
    CHECK(verify_table(f->compiled->ir, t, &stats, err, sizeof err));
    for (uint32_t i = 0; i < t->n_cells; i++)
        cells += seen.cells[i];
    for (uint32_t i = 0; i < t->n_maps; i++)
        maps += seen.maps[i];
    CHECK(cells > 100 && maps > 10 && stats.programs > 10 && stats.actions > 20);
    for (uint32_t i = 0, tried = 0; i < t->n_cells && tried < 50; i++) {
        uint32_t *cell = (uint32_t *)(uintptr_t)&t->cells[i], old = *cell;
        if (!seen.cells[i] || old == 0)
            continue;
        tried++;
        *cell = 0; /* in range everywhere */
        CHECK(!proven(f, err, sizeof err));
        *cell = old;
    }
    free(seen.cells);
    free(seen.maps);
    uint32_t eq = find_op(t, POL_OPC_EQ);
    CHANGED(f, t->ops[eq].op, POL_OPC_LT, "heap.heapPol", "comparison");
}

static void results(const struct fixture *f)
{
    const struct pol_table *t = f->table;
    uint32_t put = find_op(t, POL_OPC_PUT), copy = find_op(t, POL_OPC_COPY);
    uint32_t fresh = find_op(t, POL_OPC_NEW), fails = find_op(t, POL_OPC_FAIL);
    CASE("another result is refused with the slot");
    CHANGED(f, t->ops[put].c, 2, "the rule wants", "the table has");
    CHANGED(f, t->ops[copy].c, POL_OP_ENV, "the rule wants", "rule");
    CHANGED(f, t->ops[fresh].b, 1, "rule", "");
    CHANGED(f, t->ops[fails].b, POL_CAUSE_RANGE, "failure", "");
    CASE("another merge is refused");
    CHANGED(f, t->domains[0].nmerge, t->domains[0].nmerge - 1, "merging", "not written");
    CHANGED(f, t->domains[0].ndrop, 0, "fetching", "not written");
    CHANGED(f, t->domains[0].merge_op, t->domains[0].drop_op, "domain heap", "");
}

static void changes_are_refused(enum tbl_layout layout)
{
    struct fixture f;
    char err[2048];
    CHECK(open_policy(&f, "stdlib-policies/heap.pol"));
    CHECK(make_table(&f, layout));
    facts(&f);
    decoding(&f);
    encoding(&f);
    decisions(&f);
    results(&f);
    CASE("changed back, it is proven again");
    CHECK(proven(&f, err, sizeof err));
    close_policy(&f);
}

/* --- a changed rule is refused -----------------------------------------------------------------
 */

static void rules_are_compared(void)
{
    struct fixture f;
    char err[2048];
    CASE("rules in another order, weaker, or with another result are refused");
    CHECK(open_policy(&f, "stdlib-policies/rwx.pol"));
    CHECK(make_table(&f, TBL_AUTO));
    struct ir_rule *rules = f.compiled->ir->deciders[0].rules, old = rules[0];
    rules[0].cond[POL_OP_CODE].never = true;
    refused(&f, "rwx.rwxPol", "the rules want");
    rules[0] = old;
    rules[0].cond[POL_OP_CODE].nforbidden = 0;
    refused(&f, "the rules want rule 0", "code {Ex}");
    rules[0] = old;
    old = rules[3];
    rules[3].result[POL_RES_RD] = IR_NO_SET;
    refused(&f, "rule 3", "RD");
    rules[3] = old;
    CHECK(proven(&f, err, sizeof err));
    close_policy(&f);
}

int main(void)
{
    everything_holds();
    changes_are_refused(TBL_DAG);
    changes_are_refused(TBL_DENSE);
    rules_are_compared();
    return check_done();
}
