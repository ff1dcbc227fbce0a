/* Names of what stands in the waveform: one line each,
 *     tag HEX SET        insn HEX OPERANDS TEXT        rule DECIDER RULE TEXT
 * OPERANDS are the numbers of the sources that an instruction has, or -. */
#include "live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct names {
    struct live *live;
    uint32_t *tags, *insns;
    size_t ntags, ninsns, tag_room, insn_room;
    uint32_t *lit;
};

struct names *names_new(struct live *live)
{
    struct names *names = calloc(1, sizeof *names);
    if (!names)
        return NULL;
    names->live = live;
    names->lit = calloc(live->space->words, sizeof *names->lit);
    if (!names->lit) {
        free(names);
        return NULL;
    }
    return names;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    free(names->tags);
    free(names->insns);
    free(names->lit);
    free(names);
}

/* Adds a record unless it is there. */
static void add(uint32_t **list, size_t *n, size_t *room, const uint32_t *record, size_t words)
{
    for (size_t i = *n; i-- > 0;)
        if (!memcmp(*list + i * words, record, words * sizeof *record))
            return;
    if (*n == *room) {
        *room = *room ? 2 * *room : 64;
        *list = realloc(*list, *room * words * sizeof **list);
        if (!*list)
            abort();
    }
    memcpy(*list + (*n)++ * words, record, words * sizeof *record);
}

void names_tag(struct names *names, const uint32_t *packed)
{
    add(&names->tags, &names->ntags, &names->tag_room, packed, names->live->layout->words);
}

void names_insn(struct names *names, uint32_t word)
{
    add(&names->insns, &names->ninsns, &names->insn_room, &word, 1);
}

static void write_tag(const struct names *names, const uint32_t *packed, FILE *out)
{
    struct live *live = names->live;
    char text[400];
    if (!live_decode(live, packed, names->lit))
        return;
    pol_lit_format(live->space, names->lit, text, sizeof text);
    fputs("tag ", out);
    for (uint32_t i = live->layout->words; i-- > 0;)
        fprintf(out, "%08" PRIx32, packed[i]);
    fprintf(out, " %s\n", text);
}

static void write_insn(const struct names *names, uint32_t word, FILE *out)
{
    const struct pol_isa *isa = &names->live->isa;
    char text[100];
    int row = pol_isa_decode(isa, word);
    struct pol_form form = {0};
    if (row >= 0)
        form = pol_insn_form(pol_insn_at((size_t)row));
    pol_insn_format(isa, word, POL_REGS_ABI, text, sizeof text);
    fprintf(out, "insn %08" PRIx32 " %s%s%s%s %s\n", word, form.op1 ? "1" : "", form.op2 ? "2" : "",
            form.op3 ? "3" : "", form.op1 || form.op2 || form.op3 ? "" : "-", text);
}

static void write_rules(const struct names *names, FILE *out)
{
    const struct pol_debug_info *debug = &names->live->debug;
    for (uint32_t d = 0; d < debug->ndeciders; d++)
        for (uint32_t r = 0; r < debug->deciders[d].nrules; r++) {
            const struct pol_debug_rule *rule = &debug->deciders[d].rules[r];
            fprintf(out, "rule %" PRIu32 " %" PRIu32 " %s:%" PRIu32 " %s\n", d, r, rule->file,
                    rule->line, rule->message);
        }
}

bool names_write(const struct names *names, const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return live_bad("%s cannot be written", path);
    for (size_t i = 0; i < names->ntags; i++)
        write_tag(names, names->tags + i * names->live->layout->words, out);
    for (size_t i = 0; i < names->ninsns; i++)
        write_insn(names, names->insns[i], out);
    write_rules(names, out);
    return !fclose(out) || live_bad("%s cannot be written", path);
}
