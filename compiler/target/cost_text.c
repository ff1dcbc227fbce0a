/* The cost of a table for a person. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/target/cost_internal.h"
#include "compiler/target/cost_names.h"

void cost_size_text(uint64_t bits, char text[48])
{
    double bytes = (double)bits / 8;
    if (bits < 8192)
        snprintf(text, 48, "%" PRIu64 " bits", bits);
    else if (bytes < 1048576)
        snprintf(text, 48, "%" PRIu64 " bits (%.1f KiB)", bits, bytes / 1024);
    else
        snprintf(text, 48, "%" PRIu64 " bits (%.1f MiB)", bits, bytes / 1048576);
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static const char *name(const struct cost *c, uint32_t offset)
{
    return c->table->strings + offset;
}

/* ---- Tag words --------------------------------------------------------------------------------
 */

static void print_domain(const struct cost *c, uint32_t at, FILE *out)
{
    const struct pol_prt_domain *domain = &c->table->domains[at];
    const struct cost_domain *d = &c->domains[at];
    fprintf(out, "  %-9s %-28s %4" PRIu32 " tags  ", cost_domain_kinds[domain->kind],
            name(c, domain->name), d->tags);
    if (d->shapes)
        fprintf(out, "%4" PRIu32 " shapes  ", d->shapes);
    else
        fprintf(out, "   - shapes  ");
    fprintf(out, "%3" PRIu32 " bits a word: %" PRIu32 " of %s", d->code_bits + d->lane_bits,
            d->code_bits, d->bit_fields ? "one bit per tag" : "codes");
    if (d->lanes)
        fprintf(out, ", %" PRIu32 " of %" PRIu32 " lane%s", d->lane_bits, d->lanes,
                d->lanes == 1 ? "" : "s");
    fputc('\n', out);
}

static void print_tags(const struct cost *c, FILE *out)
{
    fprintf(out, "tag words\n");
    for (uint32_t d = 0; d < c->table->n_domains; d++)
        print_domain(c, d, out);
    fprintf(out,
            "  in all %" PRIu32 " bits a word, %" PRIu32
            " lanes: %.1f bytes of tags per KiB of memory at granule %" PRIu32 "\n",
            c->tag_bits, c->lanes, c->tag_bytes_per_kib, c->table->meta->granule);
}

/* ---- Rules ------------------------------------------------------------------------------------
 */

/* `5 dense, 1 dag`. */
static void print_layouts(const struct cost_part *p, FILE *out)
{
    const char *comma = "";
    for (int l = 0; l < COST_LAYOUTS; l++) {
        if (!p->layouts[l])
            continue;
        fprintf(out, "%s%" PRIu32 " %s", comma, p->layouts[l], cost_layouts[l]);
        comma = ", ";
    }
}

static void print_rows(const struct cost_rows *r, FILE *out)
{
    if (r->cells || !r->entries)
        fprintf(out, "  %" PRIu64 " cells, %" PRIu64 " of them never selected", r->cells,
                r->cells_unselected);
    if (r->entries)
        fprintf(out, "  %" PRIu32 " ternary entries of %" PRIu32 "-bit keys", r->entries,
                r->key_bits);
    fputc('\n', out);
}

static void print_classes(const struct cost_part *p, FILE *out)
{
    const char *start = "      classes of codes, at most:";
    for (int op = 0; op < POL_OPERANDS; op++)
        if (p->classes[op]) {
            fprintf(out, "%s %s %" PRIu32, start, cost_operands[op], p->classes[op]);
            start = ",";
        }
    if (*start == ',')
        fputc('\n', out);
}

static void print_rules(const struct cost *c, FILE *out)
{
    fprintf(out, "rules\n");
    for (uint32_t i = 0; i < c->nparts; i++) {
        const struct cost_part *p = &c->parts[i];
        if (p->decider == POL_NONE && !p->programs)
            continue;
        fprintf(out, "  %-28s %5" PRIu32 " rules  %3" PRIu32 " programs", p->name, p->rules,
                p->programs);
        if (p->programs) {
            fputs(" (", out);
            print_layouts(p, out);
            fprintf(out, ")  at most %" PRIu32 " lookups", p->lookups);
            print_rows(&p->rows, out);
        } else {
            fputs(": fused\n", out);
        }
        print_classes(p, out);
    }
}

/* ---- Memories ---------------------------------------------------------------------------------
 */

static void print_share(const char *what, uint64_t bits, const struct cost *c, FILE *out)
{
    char size[48];
    cost_size_text(bits, size);
    fprintf(out, "  %-28s %-24s %5.1f %%\n", what, size, percent(bits, c->bits));
}

static void print_memories(const struct cost *c, FILE *out)
{
    char size[48];
    cost_size_text(c->bits, size);
    fprintf(out, "memories\n");
    for (int kind = 0; kind < COST_ROM_KINDS; kind++)
        if (c->kind_bits[kind])
            print_share(cost_kind_texts[kind], c->kind_bits[kind], c, out);
    fprintf(out, "  together %s in %" PRIu64 " words of %" PRIu32 " memories\n", size, c->words,
            c->hw->nroms);
    fprintf(out, "shares\n");
    for (uint32_t i = 0; i < c->nparts; i++)
        print_share(c->parts[i].name, c->parts[i].bits, c, out);
}

static bool bounds_known(const struct cost *c)
{
    for (uint32_t i = 0; i < c->nprograms; i++)
        if (c->programs[i].opclasses && c->programs[i].rows.entries &&
            !c->programs[i].rows.entries_lower)
            return false;
    return true;
}

static void print_tcam(const struct cost *c, FILE *out)
{
    const struct cost_rows *r = &c->rows;
    if (!r->entries)
        return;
    fprintf(out,
            "TCAM\n  %" PRIu32 " entries of at most %" PRIu32 "-bit keys; at least %" PRIu32
            " are needed, the gap is %" PRIu32 "%s\n",
            r->entries, r->key_bits, r->entries_lower, r->entries - r->entries_lower,
            bounds_known(c) ? "" : " (some programs are too large for a bound)");
    fprintf(out, "  %.0f of %.0f keys cannot occur\n", r->keys_unselected, r->keys);
}

/* ---- Latency and operands ---------------------------------------------------------------------
 */

static void print_latency(const struct cost *c, FILE *out)
{
    const struct cost_opclass *worst = &c->opclasses[c->lookups_opclass];
    if (!c->lookups)
        return;
    fprintf(out, "latency\n");
    fprintf(out,
            "  at most %" PRIu32 " lookups one after the other, for %s: %" PRIu32
            " of the fetch, %" PRIu32 " of the step, %" PRIu32 " of a merge\n",
            c->lookups, name(c, c->table->opclasses[c->lookups_opclass].name), worst->fetch,
            worst->step, worst->merge);
    fprintf(out,
            "  at most %" PRIu32 " reads of memories by an instruction, %" PRIu32
            " at the same time, for %s\n",
            c->reads, c->reads_at_once, name(c, c->table->opclasses[c->reads_opclass].name));
}

/* Whether they print the same; a look hides that the operand is carried, too. */
static bool same_mask(const struct cost_opclass *a, const struct cost_opclass *b)
{
    return a->looked == b->looked && (a->carried | a->looked) == (b->carried | b->looked);
}

/* Opclasses with the masks of the first one, words of a paragraph. */
static void print_group(const struct cost *c, uint32_t first, FILE *out)
{
    int column = 34;
    for (uint32_t o = first; o < c->table->n_opclasses; o++) {
        const char *text = name(c, c->table->opclasses[o].name);
        if (!same_mask(&c->opclasses[first], &c->opclasses[o]))
            continue;
        if (column + 1 + (int)strlen(text) > 100)
            column = fprintf(out, "\n%34s", "") - 1;
        column += fprintf(out, " %s", text);
    }
    fputc('\n', out);
}

static bool seen_before(const struct cost *c, uint32_t opclass)
{
    for (uint32_t o = 1; o < opclass; o++)
        if (same_mask(&c->opclasses[o], &c->opclasses[opclass]))
            return true;
    return false;
}

static void print_operands(const struct cost *c, FILE *out)
{
    fprintf(out, "operands (#: rules look at it, +: results need it, .: neither)\n  ");
    for (int op = 0; op < POL_OPERANDS; op++)
        fprintf(out, "%-5s", cost_operands[op]);
    fputc('\n', out);
    for (uint32_t o = 1; o < c->table->n_opclasses; o++) {
        const struct cost_opclass *oc = &c->opclasses[o];
        if (seen_before(c, o))
            continue;
        fputs("  ", out);
        for (int op = 0; op < POL_OPERANDS; op++)
            fprintf(out, "%-5c", oc->looked >> op & 1 ? '#' : oc->carried >> op & 1 ? '+' : '.');
        fputs("  ", out);
        print_group(c, o, out);
    }
}

/* ---- The whole --------------------------------------------------------------------------------
 */

static void print_table(const struct cost *c, FILE *out)
{
    const struct pol_table *t = c->table;
    fprintf(out, "table\n");
    if (t->meta->target)
        fprintf(out, "  made for the target %s\n", name(c, t->meta->target));
    fprintf(out,
            "  %" PRIu32 " opclasses, %" PRIu32 " decode entries, %" PRIu32 " actions, %" PRIu32
            " operations\n",
            t->n_opclasses, t->n_decode, t->n_actions, t->n_ops);
    fprintf(out,
            "  %" PRIu64 " bytes; one row per opclass and operand codes would be 2^%.0f rows of "
            "%" PRIu32 " bits\n",
            c->file_bytes, c->naive_rows_log2, c->naive_row_bits);
}

void cost_print(const struct cost *cost, FILE *out)
{
    print_tags(cost, out);
    print_rules(cost, out);
    print_memories(cost, out);
    print_tcam(cost, out);
    print_latency(cost, out);
    print_operands(cost, out);
    print_table(cost, out);
}
