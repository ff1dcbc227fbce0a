/* What a table costs, for a person. */
#include <inttypes.h>
#include "compiler/table/plan.h"

/* Typed access to a finished section. */
#define RECORDS(t, type, kind) ((const type *)(const void *)(t)->sections[POL_SEC_##kind].data)

static uint32_t bits_for(uint64_t values)
{
    uint32_t n = 0;
    while (n < 64 && ((uint64_t)1 << n) < values)
        n++;
    return n;
}

static const char *text(const struct tbl *t, uint32_t offset)
{
    return (const char *)t->sections[POL_SEC_STRINGS].data + offset;
}

/* Bits of a slot in hardware. */
static uint32_t slot_bits(const struct tbl *t, const struct pol_prt_slot *s)
{
    if (s->kind == POL_SLOT_LANE || s->kind == POL_SLOT_NESTED_LANE)
        return bits_for((uint64_t)RECORDS(t, struct pol_prt_arg, ARGS)[s->index].max + 1);
    const struct pol_prt_field *f = &RECORDS(t, struct pol_prt_field, FIELDS)[s->index];
    return f->kind == POL_FIELD_BITS ? f->ntags + 1 : bits_for(f->ncodes);
}

static uint32_t domain_bits(const struct tbl *t, const struct pol_prt_domain *d)
{
    uint32_t n = 0;
    for (uint32_t s = d->first_slot; s < d->first_slot + d->nslots; s++)
        n += slot_bits(t, &RECORDS(t, struct pol_prt_slot, SLOTS)[s]);
    return n;
}

static void print_domain(const struct tbl *t, const struct pol_prt_domain *d, FILE *out)
{
    static const char *const kinds[] = {"component", "global", "static"};
    uint32_t tags = 0, codes = 0;
    const char *how = "dense codes";
    for (uint32_t i = d->first_field; i < d->first_field + d->nfields; i++) {
        const struct pol_prt_field *f = &RECORDS(t, struct pol_prt_field, FIELDS)[i];
        tags += f->ntags;
        codes += f->ncodes ? f->ncodes - 1 : 0;
        if (f->kind == POL_FIELD_BITS)
            how = "one bit per tag";
    }
    fprintf(out, "  %-9s %-28s %4u tags  ", kinds[d->kind], text(t, d->name), tags);
    if (codes)
        fprintf(out, "%4u shapes  ", codes);
    else
        fprintf(out, "   - shapes  ");
    fprintf(out, "%3u bits a word (%s)\n", domain_bits(t, d), how);
}

/* What one decider's programs hold; programs are shared between opclasses. */
struct decider_cost {
    uint32_t programs, levels, longest, dense;
    uint64_t cells;
};

static void add_program(const struct tbl *t, const struct pol_prt_program *p,
                        struct decider_cost *c)
{
    c->programs++;
    c->levels += p->nlevels;
    c->longest = p->nlevels > c->longest ? p->nlevels : c->longest;
    c->dense += p->layout == POL_LAYOUT_DENSE;
    c->cells += p->dense_size;
    for (uint32_t k = p->nmap; k < p->nlevels; k++) {
        const struct pol_prt_level *l =
            &RECORDS(t, struct pol_prt_level, LEVELS)[p->first_level + k];
        c->cells += (uint64_t)l->width * l->nstates;
    }
}

static void print_decider(const struct tbl *t, uint32_t decider, FILE *out)
{
    const struct pol_prt_decider *d = &RECORDS(t, struct pol_prt_decider, DECIDERS)[decider];
    const uint32_t *remap = RECORDS(t, uint32_t, REMAP);
    size_t n = t->sections[POL_SEC_OPCLASSES].count;
    struct decider_cost c = {0};
    uint32_t last = 0; /* programs of a decider are numbered upwards */
    for (size_t i = 0; i < n; i++) {
        uint32_t p = remap[decider * n + i];
        if (i && p <= last)
            continue;
        last = p;
        add_program(t, &RECORDS(t, struct pol_prt_program, PROGRAMS)[p], &c);
    }
    fprintf(out,
            "  %-28s %5u rules  %3u programs (%u dense)  at most %u lookups  %" PRIu64 " cells\n",
            text(t, d->name), d->nrules, c.programs, c.dense, c.longest, c.cells);
}

/* The naive table: one row for every opclass and combination of operand codes, arguments left
 * aside. */
static double naive_bits(const struct tbl *t)
{
    double bits = 0;
    for (size_t i = 0; i < t->sections[POL_SEC_FIELDS].count; i++) {
        const struct pol_prt_field *f = &RECORDS(t, struct pol_prt_field, FIELDS)[i];
        bits += f->kind == POL_FIELD_BITS ? f->ntags : bits_for(f->ncodes);
    }
    return bits * POL_OPERANDS + bits_for(t->sections[POL_SEC_OPCLASSES].count);
}

void tbl_print_stats(const struct tbl *t, FILE *out)
{
    uint32_t bits = 0;
    uint64_t bytes = 0;
    fprintf(out, "tag words\n");
    for (size_t i = 0; i < t->sections[POL_SEC_DOMAINS].count; i++) {
        const struct pol_prt_domain *d = &RECORDS(t, struct pol_prt_domain, DOMAINS)[i];
        print_domain(t, d, out);
        bits += domain_bits(t, d);
    }
    const struct pol_prt_meta *m = RECORDS(t, struct pol_prt_meta, META);
    fprintf(out, "  in all %u bits a word: %.1f bytes of tags per KiB of memory at granule %u\n",
            bits, bits * (1024.0 / m->granule) / 8, m->granule);
    fprintf(out, "rules\n");
    for (uint32_t i = 0; i < t->sections[POL_SEC_DECIDERS].count; i++)
        print_decider(t, i, out);
    for (int k = POL_SEC_REMAP; k <= POL_SEC_LUT; k++)
        bytes += t->sections[k].count * t->sections[k].record_size;
    fprintf(out, "table\n");
    fprintf(out, "  %zu opclasses, %zu decode entries, %zu actions, %zu operations\n",
            t->sections[POL_SEC_OPCLASSES].count, t->sections[POL_SEC_DECODE].count,
            t->sections[POL_SEC_ACTIONS].count, t->sections[POL_SEC_OPS].count);
    fprintf(out,
            "  %" PRIu64 " bytes; one row per opclass and operand codes would be 2^%.0f "
            "rows\n",
            bytes, naive_bits(t));
}
