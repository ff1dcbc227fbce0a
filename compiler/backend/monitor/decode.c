/* The monitor's own decoder: lists of mask and match, sorted so that a switch can test them. */
#include <inttypes.h>
#include <stdlib.h>

#include "compiler/backend/monitor/emit.h"

/* A line of a decoder: words with (word & mask) == match are `insn`. */
struct line {
    uint32_t mask, match;
    unsigned effects;
    const char *insn;
};

static int by_line(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    if (a->mask != b->mask)
        return a->mask < b->mask ? -1 : 1;
    if (a->effects != b->effects)
        return a->effects < b->effects ? -1 : 1;
    return a->match < b->match ? -1 : a->match > b->match;
}

/* Sorts, drops repetitions; the new count. */
static size_t tidy(struct line *lines, size_t count)
{
    if (count == 0)
        return 0;
    qsort(lines, count, sizeof *lines, by_line);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++)
        if (by_line(&lines[i], &lines[kept - 1]) != 0)
            lines[kept++] = lines[i];
    return kept;
}

/* ---- Groups -------------------------------------------------------------------------------- */

static struct line *group_lines(struct monitor *m, const struct ir_group *group, size_t *count)
{
    struct line *lines = ARENA_ARRAY(&m->arena, struct line, (size_t)group->nmatchers + 1);
    for (uint32_t i = 0; i < group->nmatchers; i++) {
        const struct ir_matcher *matcher = &group->matchers[i];
        lines[i] = (struct line){matcher->mask, matcher->match, 0,
                                 pol_insn_at((size_t)matcher->insn)->name};
    }
    *count = tidy(lines, group->nmatchers);
    return lines;
}

static void emit_group(struct monitor *m, uint32_t g)
{
    size_t count;
    const struct line *lines = group_lines(m, &m->ir->groups[g], &count);
    fputs("/* Group ", m->out);
    monitor_comment(m->out, m->ir->groups[g].name);
    fprintf(m->out, " */\nstatic bool is_%s(uint32_t insn)\n{\n", m->groups[g]);
    if (count == 0)
        fputs("    (void)insn; /* the target has none of its instructions */\n", m->out);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || lines[i].mask != lines[i - 1].mask)
            fprintf(m->out, "    switch (insn & 0x%08" PRIx32 "u) {\n", lines[i].mask);
        fprintf(m->out, "    case 0x%08" PRIx32 "u: /* %s */\n", lines[i].match, lines[i].insn);
        if (i + 1 == count || lines[i + 1].mask != lines[i].mask)
            fputs("        return true;\n    default:\n        break;\n    }\n", m->out);
    }
    fputs("    return false;\n}\n\n", m->out);
}

/* ---- The instruction set ------------------------------------------------------------------- */

#define DECODES 1u

static unsigned effect(unsigned result)
{
    return 1u << result;
}

static unsigned row_effects(const struct pol_insn *insn)
{
    struct pol_form form = pol_insn_form(insn);
    unsigned effects = DECODES;
    if (form.rd != POL_FILE_NONE)
        effects |= effect(POL_RES_RD);
    if (form.csr)
        effects |= effect(POL_RES_CSR);
    if (form.mem == POL_MEM_WRITE || form.mem == POL_MEM_READWRITE)
        effects |= effect(POL_RES_MEM);
    return effects;
}

static struct line *isa_lines(struct monitor *m, size_t *count)
{
    struct line *lines = ARENA_ARRAY(&m->arena, struct line, pol_insn_count() + 1);
    size_t n = 0;
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        if (pol_isa_has(&m->ir->isa, insn))
            lines[n++] = (struct line){insn->mask, insn->match, row_effects(insn), insn->name};
    }
    *count = tidy(lines, n);
    return lines;
}

static void emit_effects(const struct monitor *m, unsigned effects)
{
    fputs("        return DECODES", m->out);
    if (effects & effect(POL_RES_RD))
        fputs(" | WRITES_RD", m->out);
    if (effects & effect(POL_RES_CSR))
        fputs(" | WRITES_CSR", m->out);
    if (effects & effect(POL_RES_MEM))
        fputs(" | WRITES_MEM", m->out);
    fputs(";\n", m->out);
}

static void emit_isa(struct monitor *m)
{
    size_t count;
    const struct line *lines = isa_lines(m, &count);
    fputs(
        "/* Whether the target has the instruction, and what it writes; 0: it does not decode. */\n"
        "static uint32_t effects(uint32_t insn)\n{\n",
        m->out);
    for (size_t i = 0; i < count; i++) {
        bool first = i == 0 || lines[i].mask != lines[i - 1].mask;
        bool last = i + 1 == count || lines[i + 1].mask != lines[i].mask;
        if (first)
            fprintf(m->out, "    switch (insn & 0x%08" PRIx32 "u) {\n", lines[i].mask);
        fprintf(m->out, "    case 0x%08" PRIx32 "u: /* %s */\n", lines[i].match, lines[i].insn);
        if (last || lines[i + 1].effects != lines[i].effects)
            emit_effects(m, lines[i].effects);
        if (last)
            fputs("    default:\n        break;\n    }\n", m->out);
    }
    fputs("    return 0;\n}\n\n", m->out);
}

void monitor_decode(struct monitor *m)
{
    fputs("/* ---- Instructions "
          "-------------------------------------------------------------------------- */\n\n"
          "#define DECODES 1u\n"
          "#define WRITES_RD 2u\n"
          "#define WRITES_CSR 4u\n"
          "#define WRITES_MEM 8u\n\n",
          m->out);
    emit_isa(m);
    for (uint32_t g = 0; g < m->ir->ngroups; g++)
        if (m->group_used[g])
            emit_group(m, g);
}

enum monitor_writes monitor_writes(const struct monitor *m, const struct ir_rule *rule,
                                   unsigned result)
{
    if (result == POL_RES_ENV)
        return WRITES_ALL;
    if (rule->group.v == IR_NONE)
        return WRITES_SOME;
    const struct ir_group *group = &m->ir->groups[rule->group.v];
    uint32_t writing = 0;
    for (uint32_t i = 0; i < group->nmatchers; i++)
        if (row_effects(pol_insn_at((size_t)group->matchers[i].insn)) & effect(result))
            writing++;
    if (writing == group->nmatchers)
        return WRITES_ALL;
    return writing ? WRITES_SOME : WRITES_NONE;
}
