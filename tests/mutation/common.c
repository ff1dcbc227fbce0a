#include "tests/mutation/common.h"

#include <stdarg.h>

int tap_count, tap_failed;

void tap(bool ok, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    printf("%s %d - ", ok ? "ok" : "not ok", ++tap_count);
    vprintf(fmt, args);
    printf("\n");
    fflush(stdout);
    tap_failed += !ok;
    va_end(args);
}

uint64_t dice_roll(struct dice *dice, uint64_t below)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return below ? dice->state % below : 0;
}

/* --- policies ----------------------------------------------------------------------------------
 */

void policy_open(struct policy *p, const char *path)
{
    struct compile_options options;
    char err[512] = "";
    compile_options_init(&options);
    options.library_dir = "stdlib-policies";
    options.last = COMPILE_IR;
    p->path = path;
    p->map = lang_source_map_new();
    p->sink = diag_sink_new(p->map);
    if (compile_file(path, &options, p->map, p->sink, &p->compiled, err, sizeof err) !=
            COMPILE_OK ||
        !p->compiled->ir) {
        diag_render_text(p->sink, stderr, false);
        fprintf(stderr, "%s: does not compile: %s\n", path, err);
        exit(2);
    }
}

void policy_close(struct policy *p)
{
    compile_free(p->compiled);
    diag_sink_free(p->sink);
    lang_source_map_free(p->map);
}

const struct variant variants[VARIANTS] = {
    {"dag", {.layout = TBL_DAG}},
    {"flat", {.layout = TBL_FLAT}},
    {"dense", {.layout = TBL_DENSE}},
    {"tcam", {.layout = TBL_TCAM}},
    {"fused", {.layout = TBL_DAG, .fuse = true}},
    {"shared lanes", {.layout = TBL_AUTO, .share_lanes = true}}};

unsigned char *policy_bytes(struct ir *ir, const struct tbl_options *options, size_t *size)
{
    const char *why;
    struct tbl *tbl = tbl_build(ir, options, &why);
    if (!tbl)
        return NULL;
    unsigned char *bytes = prt_bytes(tbl, size);
    tbl_free(tbl);
    return bytes;
}

/* --- inputs ------------------------------------------------------------------------------------
 */

enum { SETS = POL_OPERANDS + 1 };

/* Words are read and written in pairs of slots. */
static size_t stride(const struct pol_table *t)
{
    return ((size_t)t->meta->nslots + 1) & ~(size_t)1;
}

static void *grown(void *old, size_t size)
{
    void *p = realloc(old, size);
    if (!p) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    return p;
}

static uint32_t *set_at(const struct inputs *in, size_t i, unsigned set)
{
    return in->sets + (i * SETS + set) * stride(in->table);
}

static void keep_input(struct inputs *in, const struct pol_tuple *tuple)
{
    size_t size = stride(in->table) * sizeof *in->sets;
    if (in->n == in->room) {
        in->room = in->room ? in->room * 2 : 1024;
        in->words = grown(in->words, in->room * sizeof *in->words);
        in->sets = grown(in->sets, in->room * SETS * size);
    }
    in->words[in->n] = tuple->word;
    memset(set_at(in, in->n, 0), 0, SETS * size);
    for (unsigned s = 0; s < SETS; s++)
        if (pol_table_encode(in->table, in->space, tuple->set[s], set_at(in, in->n, s), NULL))
            return;
    in->n++;
}

static void make_pairs(struct inputs *in, struct gen_tuples *tuples, size_t limit)
{
    size_t n = stride(in->table);
    uint64_t state = 0;
    uint32_t *a = grown(NULL, in->space->words * sizeof *a);
    uint32_t *b = grown(NULL, in->space->words * sizeof *b);
    while (in->npairs < limit && gen_pairs_next(tuples, &state, a, b) > 0) {
        in->pairs = grown(in->pairs, (in->npairs + 1) * 2 * n * sizeof *in->pairs);
        uint32_t *at = in->pairs + in->npairs * 2 * n;
        memset(at, 0, 2 * n * sizeof *at);
        if (!pol_table_encode(in->table, in->space, a, at, NULL) &&
            !pol_table_encode(in->table, in->space, b, at + n, NULL) &&
            (pol_table_kinds(in->table, at) & POL_KIND_MEM) &&
            (pol_table_kinds(in->table, at + n) & POL_KIND_MEM))
            in->npairs++;
    }
    free(a);
    free(b);
}

void inputs_make(struct inputs *in, const struct ir *ir, const struct pol_table *table,
                 size_t limit)
{
    struct gen_values values;
    struct pol_tuple tuple;
    memset(in, 0, sizeof *in);
    in->table = table;
    in->space = pol_table_space(table);
    if (!in->space || pol_tuple_init(&tuple, in->space)) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    gen_values_of(ir, &values);
    struct gen_tuples *tuples = gen_tuples_new(table, in->space, &values);
    in->total = gen_tuples_count(tuples, 100000000);
    uint64_t every = in->total / limit + 1;
    every =
        every > 20 ? 20 : every; /* of very many, the first ones: those behind take long to reach */
    for (uint64_t i = 0; in->n < limit && gen_tuples_next(tuples, &tuple) > 0; i++)
        if (i % every == 0)
            keep_input(in, &tuple);
    make_pairs(in, tuples, limit);
    gen_tuples_free(tuples);
    pol_tuple_free(&tuple);
}

void inputs_free(struct inputs *in)
{
    free(in->words);
    free(in->sets);
    free(in->pairs);
    pol_space_free(in->space);
}

/* --- comparing ---------------------------------------------------------------------------------
 */

/* One side: a table with room for what an input needs. */
struct side {
    const struct pol_table *table;
    struct pol_space *space;
    struct pol_eval *eval;
    void *memory;
    uint32_t *words; /* 7 inputs, 4 results */
    uint32_t *lit;
    uint32_t *deciding;
    struct pol_answer answer;
};

static void side_open(struct side *s, const struct pol_table *table)
{
    size_t n = stride(table);
    s->table = table;
    s->space = pol_table_space(table);
    s->eval = grown(NULL, sizeof *s->eval);
    s->memory = grown(NULL, pol_eval_bytes(table));
    s->words = grown(NULL, (SETS + POL_RESULTS) * n * sizeof *s->words);
    memset(s->words, 0, (SETS + POL_RESULTS) * n * sizeof *s->words);
    s->lit = grown(NULL, 4 * (s->space->words + 1) * sizeof *s->lit);
    s->deciding = grown(NULL, (table->n_deciders + 1) * sizeof *s->deciding);
    pol_eval_init(s->eval, table, s->memory);
}

static void side_close(struct side *s)
{
    pol_space_free(s->space);
    free(s->eval);
    free(s->memory);
    free(s->words);
    free(s->lit);
    free(s->deciding);
}

static uint32_t *side_word(const struct side *s, unsigned i)
{
    return s->words + i * stride(s->table);
}

static void side_step(struct side *s, uint32_t opclass, uint64_t counter)
{
    const uint32_t *in[POL_OPERANDS], *old[POL_RESULTS];
    uint32_t *out[POL_RESULTS];
    for (unsigned k = 0; k < POL_OPERANDS; k++)
        in[k] = side_word(s, k);
    old[POL_RES_ENV] = in[POL_OP_ENV];
    old[POL_RES_RD] = side_word(s, POL_OPERANDS);
    old[POL_RES_CSR] = in[POL_OP_OP2];
    old[POL_RES_MEM] = in[POL_OP_MEM];
    for (unsigned r = 0; r < POL_RESULTS; r++)
        out[r] = side_word(s, SETS + r);
    for (uint32_t c = 0; c < s->table->n_counters; c++)
        s->eval->counters[c] = counter ? s->table->counters[c].max : 0;
    pol_eval_begin(s->eval);
    s->answer.deciding = s->deciding;
    pol_eval_step(s->eval, opclass, in, old, out, &s->answer);
}

/* The same sets, decoded by each side's own codec. */
static bool same_sets(struct side *a, struct side *b, unsigned word)
{
    size_t size = a->space->words * sizeof *a->lit;
    if (a->table->meta->nslots == b->table->meta->nslots &&
        a->table->n_shapes == b->table->n_shapes &&
        memcmp(side_word(a, word), side_word(b, word), a->table->meta->nslots * 4) == 0 &&
        memcmp(a->table->shapes, b->table->shapes, a->table->n_shapes * sizeof(uint32_t)) == 0)
        return true;
    return pol_table_decode(a->table, a->space, side_word(a, word), a->lit) == 0 &&
           pol_table_decode(b->table, b->space, side_word(b, word), b->lit) == 0 &&
           memcmp(a->lit, b->lit, size) == 0;
}

static const char *compare_answers(struct side *a, struct side *b, uint32_t opclass)
{
    const struct pol_answer *x = &a->answer, *y = &b->answer;
    if (x->verdict != y->verdict)
        return "verdict";
    if (memcmp(a->deciding, b->deciding, a->table->n_deciders * sizeof *a->deciding))
        return "deciding rule";
    if (x->nfailures != y->nfailures)
        return "number of failures";
    for (uint32_t i = 0; i < x->nfailures && i < POL_MAX_FAILURES; i++)
        if (x->failures[i].decider != y->failures[i].decider ||
            x->failures[i].rule != y->failures[i].rule ||
            x->failures[i].cause != y->failures[i].cause ||
            x->failures[i].tag != y->failures[i].tag)
            return "failure";
    if (x->response != y->response)
        return "response";
    if (x->nreports != y->nreports)
        return "number of reports";
    for (uint32_t i = 0; i < x->nreports && i < POL_MAX_REPORTS; i++)
        if (x->reports[i].decider != y->reports[i].decider ||
            x->reports[i].rule != y->reports[i].rule)
            return "report";
    if (x->verdict != POL_ALLOW || opclass == 0)
        return NULL;
    if (x->written != y->written)
        return "results written";
    for (uint32_t c = 0; c < a->table->n_counters; c++)
        if (a->eval->used[c] != b->eval->used[c])
            return "fresh values";
    const struct pol_prt_opclass *c = &a->table->opclasses[opclass];
    const bool has[POL_RESULTS] = {true, c->rd != 0, c->csr != 0, (c->mem & POL_MEM_WRITE) != 0};
    for (unsigned r = 0; r < POL_RESULTS; r++)
        if (has[r] && !same_sets(a, b, SETS + r))
            return "result";
    return NULL;
}

/* b's own words for a's; false when it has none. */
static bool translate(struct side *a, struct side *b, unsigned word)
{
    return pol_table_decode(a->table, a->space, side_word(a, word), a->lit) == 0 &&
           pol_table_encode(b->table, b->space, a->lit, side_word(b, word), NULL) == 0;
}

static bool same_codec(const struct pol_table *a, const struct pol_table *b)
{
#define EQUAL(member)                                                                              \
    (a->n_##member == b->n_##member &&                                                             \
     memcmp(a->member, b->member, a->n_##member * sizeof *a->member) == 0)
    return EQUAL(tags) && EQUAL(args) && EQUAL(fields) && EQUAL(field_tags) && EQUAL(shapes) &&
           EQUAL(slots);
#undef EQUAL
}

/* How the other table's words come from ours. */
enum codec { SAME, TRANSLATED, TRANSLATED_IF_POSSIBLE };

static const char *refuse(enum codec codec)
{
    return codec == TRANSLATED ? "a set that cannot be encoded" : NULL;
}

static const char *compare_input(const struct inputs *in, struct side *a, struct side *b, size_t i,
                                 enum codec codec)
{
    size_t n = stride(in->table);
    memcpy(a->words, set_at(in, i, 0), SETS * n * sizeof *a->words);
    if (codec == SAME)
        memcpy(b->words, a->words, SETS * n * sizeof *b->words);
    for (unsigned s = 0; codec != SAME && s < SETS; s++)
        if (!translate(a, b, s))
            return refuse(codec);
    uint32_t x = pol_eval_decode(a->table, in->words[i]),
             y = pol_eval_decode(b->table, in->words[i]);
    for (uint64_t counter = 0; counter < 1 + (uint64_t)(a->table->n_counters > 0); counter++) {
        side_step(a, x, counter);
        side_step(b, y, counter);
        const char *what = compare_answers(a, b, x);
        if (what)
            return what;
    }
    return NULL;
}

static const char *compare_pair(const struct inputs *in, struct side *a, struct side *b, size_t i,
                                enum codec codec)
{
    size_t n = stride(in->table);
    memcpy(a->words, in->pairs + i * 2 * n, 2 * n * sizeof *a->words);
    if (codec == SAME)
        memcpy(b->words, a->words, 2 * n * sizeof *b->words);
    for (unsigned s = 0; codec != SAME && s < 2; s++)
        if (!translate(a, b, s))
            return refuse(codec);
    uint32_t tag_a = 0, tag_b = 0;
    int x = pol_eval_merge(a->eval, side_word(a, 0), side_word(a, 1), side_word(a, 2), &tag_a);
    int y = pol_eval_merge(b->eval, side_word(b, 0), side_word(b, 1), side_word(b, 2), &tag_b);
    if (x != y || (x && tag_a != tag_b) || (!x && !same_sets(a, b, 2)))
        return "merge";
    x = pol_eval_drop_missing(a->eval, side_word(a, 0), side_word(a, 1), side_word(a, 2));
    y = pol_eval_drop_missing(b->eval, side_word(b, 0), side_word(b, 1), side_word(b, 2));
    return x != y || (!x && !same_sets(a, b, 2)) ? "fetch" : NULL;
}

/* Groups and form of what words decode to: corners and random members of all entries of both. */
static const char *compare_decoding(const struct pol_table *a, const struct pol_table *b)
{
    struct dice dice = {0x1234567};
    for (uint32_t i = 0; i < a->n_decode + b->n_decode; i++) {
        const struct pol_prt_decode *d =
            i < a->n_decode ? &a->decode[i] : &b->decode[i - a->n_decode];
        for (unsigned k = 0; k < 24; k++) {
            uint32_t free_bits = k == 0   ? 0
                                 : k == 1 ? UINT32_MAX
                                          : (uint32_t)dice_roll(&dice, 0) | (uint32_t)dice.state;
            uint32_t word = d->match | (free_bits & ~d->mask);
            if (pol_eval_decode(a, word) != pol_eval_decode(b, word))
                return "decoding";
        }
    }
    return NULL;
}

const char *inputs_differ(const struct inputs *in, const struct pol_table *other, bool lenient)
{
    struct side a, b;
    const char *what = NULL;
    if (in->table->n_opclasses != other->n_opclasses || in->table->n_deciders != other->n_deciders)
        return "another number of opclasses or deciders";
    enum codec codec = same_codec(in->table, other) ? SAME
                       : lenient                    ? TRANSLATED_IF_POSSIBLE
                                                    : TRANSLATED;
    side_open(&a, in->table);
    side_open(&b, other);
    for (size_t i = 0; i < in->n && !what; i++)
        what = compare_input(in, &a, &b, i, codec);
    for (size_t i = 0; i < in->npairs && !what; i++)
        what = compare_pair(in, &a, &b, i, codec);
    side_close(&a);
    side_close(&b);
    return what ? what : compare_decoding(in->table, other);
}
