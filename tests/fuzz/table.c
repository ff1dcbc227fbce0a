/* Rule tables.  The checksum is made right first, so that mutations reach the validator; a table
 * that it accepts must be safe to run with any operand words, and to print. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/isa.h>
#include <pol/table.h>
#include <pol/tagger.h>

#include "tests/fuzz/lib/fuzz.h"

enum { STEPS = 64 };

struct bench {
    const struct pol_table *table;
    struct pol_space *space;
    struct pol_eval eval;
    void *memory;
    uint32_t *words[POL_OPERANDS + 2 * POL_RESULTS];
    uint32_t *literal;
    uint64_t rng;
};

static void mend(uint8_t *data, size_t size)
{
    struct pol_prt_header h;
    if (size < sizeof h)
        return;
    memcpy(&h, data, sizeof h);
    memcpy(h.magic, POL_PRT_MAGIC, sizeof h.magic);
    h.major = POL_PRT_MAJOR;
    h.header_size = sizeof h;
    h.file_size = size;
    memcpy(data, &h, sizeof h);
    h.crc32 = pol_table_checksum(data, size);
    memcpy(data, &h, sizeof h);
}

static uint32_t draw(struct bench *b)
{
    b->rng = b->rng * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(b->rng >> 33);
}

/* Mostly codes that mean something, sometimes anything. */
static void fill_word(struct bench *b, uint32_t *word)
{
    for (uint32_t s = 0; s < b->table->meta->nslots; s++) {
        uint32_t how = draw(b) % 4, any = draw(b);
        word[s] = how == 0   ? b->table->empty[s]
                  : how == 1 ? any % 8
                  : how == 2 ? any | POL_VALID_BIT
                             : any * 2654435761u;
    }
}

static void step(struct bench *b)
{
    const uint32_t *in[POL_OPERANDS], *old[POL_RESULTS];
    uint32_t *out[POL_RESULTS];
    for (uint32_t i = 0; i < POL_OPERANDS + POL_RESULTS; i++)
        fill_word(b, b->words[i]);
    for (uint32_t i = 0; i < POL_OPERANDS; i++)
        in[i] = b->words[i];
    for (uint32_t i = 0; i < POL_RESULTS; i++) {
        old[i] = b->words[POL_OPERANDS + i];
        out[i] = draw(b) % 4 ? b->words[POL_OPERANDS + POL_RESULTS + i] : NULL;
    }
    struct pol_answer answer = {.deciding = NULL};
    pol_eval_begin(&b->eval);
    pol_eval_step(&b->eval, draw(b) % b->table->n_opclasses, in, old, out, &answer);
    pol_eval_commit(&b->eval);
    if (answer.verdict != POL_ALLOW && answer.nfailures == 0)
        abort();
}

static void pairwise(struct bench *b)
{
    uint32_t tag;
    for (uint32_t i = 0; i < 2; i++)
        fill_word(b, b->words[i]);
    (void)pol_eval_merge(&b->eval, b->words[0], b->words[1], b->words[2], &tag);
    (void)pol_eval_drop_missing(&b->eval, b->words[0], b->words[1], b->words[2]);
}

static void codec(struct bench *b)
{
    char text[256];
    uint32_t field;
    fill_word(b, b->words[0]);
    (void)pol_table_kinds(b->table, b->words[0]);
    (void)pol_table_decode(b->table, b->space, b->words[0], b->literal);
    pol_lit_format(b->space, b->literal, text, sizeof text);
    (void)pol_table_encode(b->table, b->space, b->literal, b->words[1], &field);
}

static uint64_t sum_string(const struct pol_table *t, uint32_t offset)
{
    return strlen(t->strings + offset);
}

/* Every string a report may follow. */
static uint64_t read_strings(const struct pol_table *t)
{
    uint64_t sum = sum_string(t, t->meta->isa) + sum_string(t, t->meta->name);
    for (uint32_t i = 0; i < t->n_rules; i++)
        sum += sum_string(t, t->rules[i].file) + sum_string(t, t->rules[i].message);
    for (uint32_t i = 0; i < t->n_opclasses; i++)
        sum += sum_string(t, t->opclasses[i].name) + sum_string(t, t->opclasses[i].insn_name);
    return sum;
}

/* Initial sets, as the tagger takes them. */
static void read_entities(struct bench *b)
{
    char text[64];
    struct pol_tagger tagger;
    if (pol_tagger_of_table(&tagger, b->table, b->space))
        return;
    for (size_t i = 0; i < tagger.nentities && i < STEPS; i++)
        pol_lit_format(b->space, tagger.entities[i].tags, text, sizeof text);
    pol_tagger_release(&tagger);
}

static void exercise(struct bench *b)
{
    for (uint32_t i = 0; i < STEPS; i++) {
        (void)pol_eval_decode(b->table, draw(b));
        step(b);
        pairwise(b);
        if (i < 8)
            codec(b);
    }
    read_entities(b);
}

static bool bench_init(struct bench *b, const struct pol_table *table)
{
    *b = (struct bench){.table = table, .rng = 1};
    b->space = pol_table_space(table);
    b->memory = malloc(pol_eval_bytes(table));
    b->literal = b->space ? calloc(b->space->words, sizeof *b->literal) : NULL;
    bool good = b->memory && b->literal;
    for (size_t i = 0; i < sizeof b->words / sizeof *b->words; i++) {
        b->words[i] = calloc((size_t)table->meta->nslots + 1, sizeof *b->words[i]);
        good = good && b->words[i];
    }
    if (good)
        pol_eval_init(&b->eval, table, b->memory);
    return good;
}

static void bench_free(struct bench *b)
{
    for (size_t i = 0; i < sizeof b->words / sizeof *b->words; i++)
        free(b->words[i]);
    free(b->literal);
    free(b->memory);
    pol_space_free(b->space);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *mended = malloc(size + 1);
    char err[256];
    if (!mended)
        return 0;
    memcpy(mended, data, size);
    mend(mended, size);
    struct pol_table *table = pol_table_load_bytes(mended, size, err, sizeof err);
    free(mended);
    if (table && read_strings(table) < UINT64_MAX) {
        struct bench b;
        if (bench_init(&b, table))
            exercise(&b);
        bench_free(&b);
    }
    pol_table_free(table);
    return 0;
}
