/* The table engine with results that take the place of the old sets: the same answers as with
 * results aside, and nothing is touched unless it allows. */
#include <stdlib.h>
#include <string.h>
#include "compiler/compile.h"
#include "tests/unit/check.h"

enum { WORDS = POL_OPERANDS + POL_RESULTS, ROUNDS = 400 };

struct bench {
    const struct pol_table *table;
    struct pol_engine *engine;
    uint32_t *words, *before, *aside; /* WORDS values each */
    uint32_t *deciding[2];
    size_t slots; /* of a value */
    uint32_t random;
    uint32_t allowed, failed;
};

static uint32_t draw(struct bench *b, uint32_t below)
{
    b->random = b->random * 1664525u + 1013904223u;
    return (b->random >> 8) % below;
}

static void *value(const struct bench *b, uint32_t *words, size_t i)
{
    return words + i * b->slots;
}

/* Mostly valid codes, small arguments. */
static void fill_words(struct bench *b)
{
    const struct pol_table *t = b->table;
    for (size_t w = 0; w < WORDS; w++) {
        uint32_t *word = value(b, b->words, w);
        for (uint32_t s = 0; s < t->meta->nslots; s++)
            word[s] = draw(b, 3);
        for (uint32_t i = 0; i < t->n_fields; i++) {
            const struct pol_prt_field *f = &t->fields[i];
            uint32_t bits = draw(b, 1u << 20) | (draw(b, 200) ? POL_VALID_BIT : 0);
            uint32_t code = draw(b, 200) ? 1 + draw(b, f->ncodes ? f->ncodes - 1 : 1) : 0;
            word[f->slot] = f->kind == POL_FIELD_DENSE ? code : bits;
        }
    }
}

/* Operands and old sets; now and then a destination is a source too. */
static void point(struct bench *b, const struct pol_prt_opclass *c, struct pol_inputs *in)
{
    *in = (struct pol_inputs){.word = c->sample};
    for (size_t i = 0; i < POL_OPERANDS; i++)
        in->in[i] = value(b, b->words, i);
    in->old[POL_RES_ENV] = in->in[POL_OP_ENV];
    in->old[POL_RES_RD] = value(b, b->words, draw(b, 2) ? POL_OP_OP1 + draw(b, 2) : POL_OPERANDS);
    in->old[POL_RES_CSR] = c->csr ? in->in[POL_OP_OP2] : value(b, b->words, POL_OPERANDS + 1);
    in->old[POL_RES_MEM] = in->in[POL_OP_MEM];
    if (c->csr && in->old[POL_RES_RD] == in->old[POL_RES_CSR])
        in->old[POL_RES_RD] = in->in[POL_OP_OP1];
}

static void answer(struct bench *b, const struct pol_inputs *in, void *const out[POL_RESULTS],
                   uint32_t *deciding, struct pol_answer *a)
{
    *a = (struct pol_answer){.deciding = deciding};
    b->engine->ops->reset(b->engine);
    b->engine->ops->begin(b->engine);
    b->engine->ops->evaluate(b->engine, in, out, a);
}

static bool same_failure(const struct pol_failure *a, const struct pol_failure *b)
{
    return a->decider == b->decider && a->rule == b->rule && a->cause == b->cause &&
           a->tag == b->tag;
}

static bool same_answer(const struct bench *b, const struct pol_answer *p,
                        const struct pol_answer *q)
{
    bool same = p->verdict == q->verdict && p->nfailures == q->nfailures &&
                p->written == q->written && (!p->nfailures || same_failure(&p->first, &q->first));
    for (uint32_t i = 0; i < b->engine->ndeciders; i++)
        same = same && b->deciding[0][i] == b->deciding[1][i];
    return same;
}

static bool has(const struct pol_prt_opclass *c, size_t result)
{
    return result == POL_RES_RD    ? c->rd != 0
           : result == POL_RES_CSR ? c->csr != 0
           : result == POL_RES_MEM ? (c->mem & 2) != 0
                                   : true;
}

/* One step both ways; whether they agree. */
static bool agree(struct bench *b, const struct pol_prt_opclass *c)
{
    struct pol_inputs in;
    struct pol_answer aside, there;
    void *out[POL_RESULTS], *place[POL_RESULTS];
    size_t size = b->slots * sizeof *b->words;
    fill_words(b);
    point(b, c, &in);
    memcpy(b->before, b->words, WORDS * size);
    for (size_t r = 0; r < POL_RESULTS; r++) {
        out[r] = value(b, b->aside, r);
        place[r] = value(b, b->words, (size_t)((const uint32_t *)in.old[r] - b->words) / b->slots);
    }
    answer(b, &in, out, b->deciding[0], &aside);
    bool same = !memcmp(b->before, b->words, WORDS * size);
    in.in_place = true;
    answer(b, &in, place, b->deciding[1], &there);
    same = same && same_answer(b, &aside, &there);
    bool allow = aside.verdict == POL_ALLOW;
    for (size_t r = 0; r < POL_RESULTS && allow; r++)
        same = same && (!has(c, r) || !memcmp(out[r], place[r], size));
    b->allowed += allow;
    b->failed += !allow;
    return same && (allow || !memcmp(b->before, b->words, WORDS * size));
}

static void check_policy(const char *path)
{
    struct compile_options options;
    struct compiled *compiled = NULL;
    char err[256] = "";
    struct lang_source_map *map = lang_source_map_new();
    struct diag_sink *sink = diag_sink_new(map);
    compile_options_init(&options);
    options.library_dir = "stdlib-policies";
    options.last = COMPILE_TABLE;
    CASE(path);
    CHECK_INT(compile_file(path, &options, map, sink, &compiled, err, sizeof err), COMPILE_OK);
    if (compiled) {
        struct bench b = {.table = compiled->table, .random = 1};
        struct pol_space *space = pol_table_space(b.table);
        uint32_t disagree = 0;
        b.engine = pol_table_engine_new(b.table, space);
        b.slots = b.engine->value_size / sizeof *b.words;
        b.words = calloc(WORDS * b.slots, sizeof *b.words);
        b.before = calloc(WORDS * b.slots, sizeof *b.words);
        b.aside = calloc(WORDS * b.slots, sizeof *b.words);
        for (int i = 0; i < 2; i++)
            b.deciding[i] = calloc(b.engine->ndeciders + 1, sizeof *b.deciding[i]);
        for (uint32_t c = 1; c < b.table->n_opclasses; c++)
            for (int i = 0; i < ROUNDS; i++)
                disagree += !agree(&b, &b.table->opclasses[c]);
        CHECK(b.engine->in_place);
        CHECK_INT(disagree, 0);
        CHECK(b.allowed > 0 && b.failed > 0);
        for (int i = 0; i < 2; i++)
            free(b.deciding[i]);
        free(b.words);
        free(b.before);
        free(b.aside);
        b.engine->ops->destroy(b.engine);
        pol_space_free(space);
        compile_free(compiled);
    }
    diag_sink_free(sink);
    lang_source_map_free(map);
}

int main(void)
{
    check_policy("stdlib-policies/rwx.pol");
    check_policy("stdlib-policies/heap.pol");
    check_policy("stdlib-policies/taint.pol");
    check_policy("stdlib-policies/main.pol");
    check_policy("stdlib-policies/stack.pol");
    check_policy("stdlib-policies/cfi.pol");
    check_policy("tests/differential/bitty.pol");
    check_policy("tests/differential/arguments.pol");
    return check_done();
}
