/* Lanes that share a slot: who may, what it saves, words and literals, what operations cost. */
#include <stdlib.h>
#include <string.h>
#include "compiler/compile.h"
#include "tests/unit/check.h"

struct fixture {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled;
    const struct pol_table *t;
    struct pol_space *space;
    uint32_t *word, *back, *lit;
};

static int open_fixture(struct fixture *f, const char *path, bool shared)
{
    struct compile_options options;
    char err[256] = "";
    compile_options_init(&options);
    options.library_dir = "stdlib-policies";
    options.share_lanes = shared;
    memset(f, 0, sizeof *f);
    f->map = lang_source_map_new();
    f->sink = diag_sink_new(f->map);
    if (compile_file(path, &options, f->map, f->sink, &f->compiled, err, sizeof err) !=
        COMPILE_OK) {
        printf("# %s: %s\n", path, err);
        diag_render_text(f->sink, stdout, false);
        check_fail(__FILE__, __LINE__, path);
        return -1;
    }
    f->t = f->compiled->table;
    f->space = pol_table_space(f->t);
    f->word = calloc(f->t->n_slots + 1, sizeof *f->word);
    f->back = calloc(f->t->n_slots + 1, sizeof *f->back);
    f->lit = calloc(f->space->words, sizeof *f->lit);
    return 0;
}

static void close_fixture(struct fixture *f)
{
    if (!f->map)
        return;
    free(f->word);
    free(f->back);
    free(f->lit);
    pol_space_free(f->space);
    compile_free(f->compiled);
    diag_sink_free(f->sink);
    lang_source_map_free(f->map);
}

/* --- which lanes share --------------------------------------------------------------------------
 */

static uint32_t tag_of(const struct pol_table *t, uint32_t arg)
{
    uint32_t tag = 0;
    while (arg >= t->tags[tag].first_arg + t->tags[tag].nargs)
        tag++;
    return tag;
}

/* Are both tags in a set that has a code?  Bit fields: always. */
static bool together(const struct fixture *f, uint32_t a, uint32_t b)
{
    uint32_t domain = f->t->tags[a].domain;
    const struct pol_prt_field *field = &f->t->fields[f->t->domains[domain].first_field];
    if (a == b || field->kind != POL_FIELD_DENSE)
        return true;
    for (uint32_t code = 1; code < field->ncodes; code++) {
        uint32_t found = 0;
        const uint32_t *shape =
            f->t->shapes + field->first_shape + (size_t)code * (field->shape_words + 1);
        for (uint32_t i = 0; i < field->ntags; i++) {
            uint32_t tag = f->t->field_tags[field->first_tag + i];
            found += (tag == a || tag == b) && (shape[i / 32] >> (i % 32) & 1u);
        }
        if (found == 2)
            return true;
    }
    return false;
}

static bool is_lane(const struct fixture *f, uint32_t arg)
{
    return !f->t->args[arg].is_set;
}

static uint32_t bits_of(uint64_t max)
{
    uint32_t n = 1;
    while (n < 32 && max >> n)
        n++;
    return n;
}

/* Bits of all integer lanes outside TagSet arguments, as the hardware has them. */
static uint32_t lane_bits(const struct fixture *f)
{
    uint32_t bits = 0;
    for (uint32_t s = 0; s < f->t->n_slots; s++) {
        uint32_t max = 0;
        for (uint32_t a = 0; a < f->t->n_args; a++)
            if (is_lane(f, a) && f->t->args[a].slot == s && f->t->args[a].max > max)
                max = f->t->args[a].max;
        bits += f->t->slots[s].kind == POL_SLOT_LANE ? bits_of(max) : 0;
    }
    return bits;
}

/* Tags of one slot are never together; SLOTS names the first lane. */
static void check_apart(const struct fixture *f)
{
    for (uint32_t a = 0; a < f->t->n_args; a++) {
        uint32_t slot = f->t->args[a].slot;
        if (!is_lane(f, a))
            continue;
        CHECK_INT(f->t->args[a].nslots, 1);
        CHECK_INT(f->t->slots[slot].kind, POL_SLOT_LANE);
        CHECK(f->t->slots[slot].index <= a);
        CHECK_INT(f->t->args[f->t->slots[slot].index].slot, slot);
        for (uint32_t b = 0; b < a; b++)
            if (is_lane(f, b) && f->t->args[b].slot == slot)
                CHECK(!together(f, tag_of(f->t, a), tag_of(f->t, b)));
    }
}

/* Where a lane could have joined a slot whose lanes are all at least as wide, but no tag of it
 * meets the lane's, greedy colouring would have put it there or into another such slot: a lane that
 * is the widest of its slot meets a tag of every slot that begins with a wider one. */
static void check_greedy(const struct fixture *f)
{
    for (uint32_t a = 0; a < f->t->n_args; a++) {
        bool widest = is_lane(f, a);
        for (uint32_t b = 0; widest && b < f->t->n_args; b++)
            if (is_lane(f, b) && f->t->args[b].slot == f->t->args[a].slot)
                widest = f->t->args[b].max <= f->t->args[a].max;
        for (uint32_t s = 0; widest && s < f->t->n_slots; s++) {
            bool wider = false, meets = false;
            for (uint32_t b = 0; b < f->t->n_args; b++)
                if (is_lane(f, b) && f->t->args[b].slot == s && s != f->t->args[a].slot &&
                    f->t->tags[tag_of(f->t, b)].domain == f->t->tags[tag_of(f->t, a)].domain) {
                    wider = wider || f->t->args[b].max > f->t->args[a].max;
                    meets = meets || together(f, tag_of(f->t, a), tag_of(f->t, b));
                }
            CHECK(!wider || meets);
        }
    }
}

struct saving {
    const char *path;
    uint32_t separate, shared; /* bits of lanes in a word */
};

static const struct saving savings[] = {
    {"tests/differential/lanes.pol", 292, 55},  {"tests/differential/laneset.pol", 181, 85},
    {"tests/differential/laneany.pol", 70, 35}, {"tests/differential/merging.pol", 72, 34},
    {"stdlib-policies/heap.pol", 64, 64},       {"tests/differential/bitty.pol", 12, 12},
};

static void check_sharing(void)
{
    for (size_t i = 0; i < sizeof savings / sizeof *savings; i++) {
        struct fixture f;
        CASE(savings[i].path);
        if (open_fixture(&f, savings[i].path, false) == 0)
            CHECK_INT(lane_bits(&f), savings[i].separate);
        close_fixture(&f);
        if (open_fixture(&f, savings[i].path, true) == 0) {
            CHECK_INT(lane_bits(&f), savings[i].shared);
            check_apart(&f);
            check_greedy(&f);
        }
        close_fixture(&f);
    }
}

/* --- operations ---------------------------------------------------------------------------------
 */

static void check_cost(const char *path)
{
    struct fixture separate = {0}, shared = {0};
    CASE("sharing costs the rules no operations");
    if (open_fixture(&separate, path, false) == 0 && open_fixture(&shared, path, true) == 0) {
        CHECK_INT(shared.t->n_actions, separate.t->n_actions);
        for (uint32_t i = 0; i < shared.t->n_actions && i < separate.t->n_actions; i++) {
            CHECK_INT(shared.t->actions[i].rule, separate.t->actions[i].rule);
            CHECK(shared.t->actions[i].nops <= separate.t->actions[i].nops);
        }
    }
    close_fixture(&shared);
    close_fixture(&separate);
}

/* Operations of the rule with this text. */
static uint32_t rule_ops(const struct fixture *f, const char *text)
{
    for (uint32_t i = 0; i < f->t->n_actions; i++) {
        uint32_t rule = f->t->actions[i].rule;
        if (rule != POL_NONE && strcmp(f->t->strings + f->t->rules[rule].text, text) == 0)
            return f->t->actions[i].nops;
    }
    return 0;
}

/* No SELECT: the patterns say which tags are there, or it does not matter. */
static void check_plain_rules(void)
{
    struct fixture f;
    CASE("a pattern that says which tag is there saves asking");
    if (open_fixture(&f, "tests/differential/lanes.pol", true) == 0) {
        CHECK_INT(rule_ops(&f, "sub(-> res = b)"), 1);
        /* a store for the code and for each slot; one constant */
        CHECK_INT(rule_ops(&f, "move(a == {} -> res = {A 4294967295})"), 6);
        /* besides: the code's slot and map, two arguments read */
        CHECK_INT(rule_ops(&f, "xor(b == [+W] -> res = b[-W, -X, -Y, -Z, Mark])"), 8);
        /* the code's slot and map, three other slots read */
        CHECK_INT(rule_ops(&f, "move(a == {X x, Z y} -> res = a[-X])"), 10);
    }
    close_fixture(&f);
    CASE("a union joins slots as they are");
    if (open_fixture(&f, "tests/differential/laneany.pol", true) == 0)
        /* three slots of each read, joined or mapped, stored; and the conflict: 4 */
        CHECK_INT(rule_ops(&f, "add(a == [+(There x)], b == [-Count] -> res = a \\/ b)"), 16);
    close_fixture(&f);
}

/* --- words and literals -------------------------------------------------------------------------
 */

static int parse(struct fixture *f, const char *text)
{
    char err[128];
    return pol_lit_parse(f->space, text, strlen(text), f->lit, err, sizeof err);
}

static void check_round_trip(struct fixture *f, const char *text)
{
    char printed[256];
    CHECK_INT(parse(f, text), 0);
    CHECK_INT(pol_table_encode(f->t, f->space, f->lit, f->word, NULL), 0);
    memset(f->lit, 0xFF, f->space->words * sizeof *f->lit);
    CHECK_INT(pol_table_decode(f->t, f->space, f->word, f->lit), 0);
    pol_lit_format(f->space, f->lit, printed, sizeof printed);
    CHECK_STR(printed, text);
    CHECK_INT(pol_table_encode(f->t, f->space, f->lit, f->back, NULL), 0);
    CHECK(memcmp(f->word, f->back, f->t->n_slots * sizeof *f->word) == 0);
}

/* The word, but for one slot, which the codec must refuse. */
static void check_refused(struct fixture *f, uint32_t slot, uint32_t value)
{
    uint32_t kept = f->word[slot];
    f->word[slot] = value;
    CHECK_INT(pol_table_decode(f->t, f->space, f->word, f->lit), -1);
    f->word[slot] = kept;
}

static uint32_t slot_of(const struct fixture *f, const char *tag, uint32_t k)
{
    long id = pol_space_find(f->space, tag, strlen(tag));
    return f->t->args[f->t->tags[id].first_arg + k].slot;
}

static void check_codec(void)
{
    static const char *const sets[] = {
        "{}",        "{A 4294967295}", "{B 4 7}",          "{C 999 4294967295}", "{P 1 4}",
        "{R 999 4}", "{A 0}",          "{W 999, Y 4 999}", "{X 999, Z 3}"};
    struct fixture f;
    CASE("sets and words with shared lanes are one to one");
    if (open_fixture(&f, "tests/differential/lanes.pol", true) == 0) {
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
            check_round_trip(&f, sets[i]);
        CASE("a set that no code holds is refused");
        uint32_t field = 7;
        CHECK_INT(parse(&f, "{A 1, B 2 3}"), 0);
        CHECK_INT(pol_table_encode(f.t, f.space, f.lit, f.word, &field), -1);
        CHECK_INT(field, 0);
        CASE("words that are no set's are refused");
        check_round_trip(&f, "{}");
        for (uint32_t s = 0; s < f.t->n_slots; s++) /* nobody is there */
            if (f.t->slots[s].kind == POL_SLOT_LANE)
                check_refused(&f, s, 1);
        check_round_trip(&f, "{A 0}"); /* A has one argument */
        for (uint32_t s = 0; s < f.t->n_slots; s++)
            if (f.t->slots[s].kind == POL_SLOT_LANE && s != slot_of(&f, "A", 0))
                check_refused(&f, s, 1);
        check_round_trip(&f, "{B 4 9}"); /* wide enough for others, too large for B's */
        CHECK_INT(slot_of(&f, "B", 0), slot_of(&f, "C", 0));
        check_refused(&f, slot_of(&f, "B", 0), 5);
        check_refused(&f, f.t->fields[0].slot, 0);
    }
    close_fixture(&f);
}

static void check_nested_codec(void)
{
    static const char *const sets[] = {"{}",
                                       "{Saved {} 4}",
                                       "{Saved {Red 255} 0}",
                                       "{Saved {Green 255 6, Left 4294967295} 4294967295}",
                                       "{Blue 6}",
                                       "{Bag {Green 9 0}}",
                                       "{Box 6 {Green 255 6} 255}",
                                       "{Box 0 {} 1, Saved {Blue 5, Middle 1000 70000} 0}"};
    struct fixture f;
    CASE("sets in TagSet arguments share lanes too");
    if (open_fixture(&f, "tests/differential/laneset.pol", true) == 0) {
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
            check_round_trip(&f, sets[i]);
        CASE("words whose TagSet arguments are no set's are refused");
        check_round_trip(&f, "{}");
        for (uint32_t s = 0; s < f.t->n_slots; s++)
            if (f.t->slots[s].kind >= POL_SLOT_NESTED_FIELD)
                check_refused(&f, s, 1);
        check_round_trip(&f, "{Saved {} 4}");
        for (uint32_t s = 0; s < f.t->n_slots; s++)
            if (f.t->slots[s].kind == POL_SLOT_NESTED_FIELD)
                check_refused(&f, s, f.word[s] ? 0 : 1);
            else if (f.t->slots[s].kind == POL_SLOT_NESTED_LANE)
                check_refused(&f, s, 1);
    }
    close_fixture(&f);
}

/* --- steps ---------------------------------------------------------------------------------------
 */

/* An `or` of a word with A and one with B, which no register can have together: whatever the word
 * of one of them says about places, the union has no code and nothing is allowed. */
static void check_unencodable(void)
{
    struct fixture f;
    CASE("a union that has no code fails closed");
    if (open_fixture(&f, "tests/differential/laneany.pol", true) == 0) {
        struct pol_engine *e = pol_table_engine_new(f.t, f.space);
        void *values = calloc(8, e->value_size), *at[8];
        struct pol_answer answer = {0};
        for (size_t i = 0; i < 8; i++) {
            at[i] = (char *)values + i * e->value_size;
            CHECK_INT(parse(&f, i == POL_OP_OP1   ? "{There 5}"
                                : i == POL_OP_OP2 ? "{Here 6 3}"
                                                  : "{}"),
                      0);
            CHECK_INT(e->ops->encode(e, f.lit, at[i]), 0);
        }
        struct pol_eval eval;
        void *memory = malloc(pol_eval_bytes(f.t));
        const uint32_t *in[POL_OPERANDS], *old[POL_RESULTS] = {at[6], at[6], at[6], at[6]};
        uint32_t *out[POL_RESULTS] = {NULL, at[7], NULL, NULL};
        for (size_t i = 0; i < POL_OPERANDS; i++)
            in[i] = at[i];
        pol_eval_init(&eval, f.t, memory);
        pol_eval_step(&eval, pol_eval_decode(f.t, 0x006283b3), in, old, out, &answer);
        CHECK(answer.verdict == POL_FAIL_IMPLICIT);
        CHECK(answer.first.cause == POL_CAUSE_INVALID);
        free(memory);
        free(values);
        e->ops->destroy(e);
    }
    close_fixture(&f);
}

/* --- without sharing -----------------------------------------------------------------------------
 */

/* Where no tags exclude each other, the option changes nothing. */
static void check_same_bytes(const char *path)
{
    struct fixture separate = {0}, shared = {0};
    CASE("a policy whose tags meet has the same table");
    if (open_fixture(&separate, path, false) == 0 && open_fixture(&shared, path, true) == 0) {
        CHECK_INT(shared.compiled->prt_size, separate.compiled->prt_size);
        CHECK(memcmp(shared.compiled->prt, separate.compiled->prt, shared.compiled->prt_size) == 0);
    }
    close_fixture(&shared);
    close_fixture(&separate);
}

int main(void)
{
    check_sharing();
    check_cost("tests/differential/lanes.pol");
    check_cost("tests/differential/laneset.pol");
    check_plain_rules();
    check_codec();
    check_nested_codec();
    check_unencodable();
    check_same_bytes("stdlib-policies/heap.pol");
    check_same_bytes("tests/differential/unions.pol");
    return check_done();
}
