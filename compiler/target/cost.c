/* The cost of a whole table: programs, deciders, opclasses, tag words. */
#include "compiler/target/cost.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/target/cost_internal.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* ---- Memories ---------------------------------------------------------------------------------
 */

static void count_memories(struct cost *c)
{
    for (uint32_t i = 0; i < c->hw->nroms; i++) {
        const struct hw_rom *rom = &c->hw->roms[i];
        uint64_t bits = (uint64_t)rom->width * rom->depth;
        c->words += rom->depth;
        c->bits += bits;
        c->kind_bits[rom->kind] += bits;
        c->parts[rom->decider == POL_NONE ? c->table->n_deciders : rom->decider].bits += bits;
    }
    c->tcam_bits = c->kind_bits[HW_ROM_TERNARY];
    c->ram_bits = c->bits - c->tcam_bits;
}

/* ---- Programs and parts -----------------------------------------------------------------------
 */

static void add_rows(struct cost_rows *sum, const struct cost_rows *rows)
{
    sum->cells += rows->cells;
    sum->cells_unselected += rows->cells_unselected;
    sum->entries += rows->entries;
    sum->key_bits = larger(sum->key_bits, rows->key_bits);
    sum->keys += rows->keys;
    sum->keys_unselected += rows->keys_unselected;
}

/* Which decider's opclasses use a program; those of fused ones belong to all. */
static void find_owners(struct cost *c)
{
    const struct pol_table *t = c->table;
    for (uint32_t d = 0; d < t->n_deciders; d++)
        for (uint32_t o = 1; o < t->n_opclasses; o++) {
            uint32_t at = t->remap[(size_t)d * t->n_opclasses + o];
            bool fused = t->programs[at].first_tuple != POL_NONE;
            c->programs[at].opclasses += !fused || d == 0;
            c->programs[at].decider = fused ? POL_NONE : d;
        }
}

static void count_program(struct cost *c, const struct cost_program *p)
{
    uint32_t at = p->decider == POL_NONE ? c->table->n_deciders : p->decider;
    struct cost_part *part = &c->parts[at];
    if (!p->opclasses)
        return; /* the program of what does not decode */
    part->programs++;
    part->layouts[c->table->programs[p->program].layout]++;
    part->lookups = larger(part->lookups, p->lookups);
    for (uint32_t op = 0; op < POL_OPERANDS; op++)
        part->classes[op] = larger(part->classes[op], p->classes[op]);
    add_rows(&part->rows, &p->rows);
    add_rows(&c->rows, &p->rows);
}

static void count_programs(struct cost *c)
{
    c->nprograms = c->table->n_programs;
    c->programs = ARENA_ARRAY(&c->arena, struct cost_program, c->nprograms + (size_t)1);
    for (uint32_t i = 0; i < c->nprograms; i++)
        cost_program(c, i);
    find_owners(c);
    for (uint32_t i = 0; i < c->nprograms; i++)
        count_program(c, &c->programs[i]);
}

static void name_parts(struct cost *c)
{
    const struct pol_table *t = c->table;
    c->parts = ARENA_ARRAY(&c->arena, struct cost_part, t->n_deciders + (size_t)1);
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        c->parts[d].name = t->strings + t->deciders[d].name;
        c->parts[d].decider = d;
        c->parts[d].rules = t->deciders[d].nrules;
    }
    c->parts[t->n_deciders].name = "shared";
    c->parts[t->n_deciders].decider = POL_NONE;
}

/* The shared part is shown only if there is something in it. */
static void end_parts(struct cost *c)
{
    const struct cost_part *shared = &c->parts[c->table->n_deciders];
    c->nparts = c->table->n_deciders + (shared->bits || shared->programs);
}

/* ---- Opclasses --------------------------------------------------------------------------------
 */

/* Worst domain: they are merged side by side. */
static uint32_t merge_lookups(struct cost *c, bool merge)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < c->table->n_domains; i++) {
        const struct pol_prt_domain *d = &c->table->domains[i];
        struct cost_ops ops =
            merge ? cost_ops(c, d->merge_op, d->nmerge) : cost_ops(c, d->drop_op, d->ndrop);
        most = larger(most, ops.depth);
    }
    return most;
}

/* Adds a program that runs beside those in `at_once`. */
static void run_beside(struct cost *c, struct cost_opclass *out, uint32_t program, uint32_t decider,
                       uint32_t *at_once)
{
    const struct cost_program *p = &c->programs[program];
    out->looked |= p->looked;
    out->carried |= p->carried;
    if (p->lookups > out->step) {
        out->step = p->lookups;
        out->worst = decider;
    }
    for (uint32_t i = 0; i < p->lookups; i++) {
        out->reads += p->reads[i];
        at_once[i] += p->reads[i];
    }
}

static void run_opclass(struct cost *c, uint32_t opclass, uint32_t *at_once)
{
    const struct pol_table *t = c->table;
    struct cost_opclass *out = &c->opclasses[opclass];
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        uint32_t program = t->remap[(size_t)d * t->n_opclasses + opclass];
        if (d == 0 || t->programs[program].first_tuple == POL_NONE)
            run_beside(c, out, program, d, at_once);
    }
    for (uint32_t i = 0; i < out->step; i++)
        out->reads_at_once = larger(out->reads_at_once, at_once[i]);
    memset(at_once, 0, out->step * sizeof *at_once);
}

static bool writes_memory(const struct pol_prt_opclass *opclass)
{
    return opclass->mem == POL_MEM_WRITE || opclass->mem == POL_MEM_READWRITE;
}

static void worst_cases(struct cost *c)
{
    for (uint32_t o = 1; o < c->table->n_opclasses; o++) {
        const struct cost_opclass *oc = &c->opclasses[o];
        if (oc->fetch + oc->step + oc->merge > c->lookups) {
            c->lookups = oc->fetch + oc->step + oc->merge;
            c->lookups_opclass = o;
        }
        if (oc->reads_at_once > c->reads_at_once) {
            c->reads_at_once = oc->reads_at_once;
            c->reads_opclass = o;
        }
        c->reads = larger(c->reads, oc->reads);
    }
}

static void count_opclasses(struct cost *c)
{
    uint32_t most = 0, fetch = merge_lookups(c, false), merge = merge_lookups(c, true);
    for (uint32_t i = 0; i < c->nprograms; i++)
        most = larger(most, c->programs[i].lookups);
    uint32_t *at_once = ARENA_ARRAY(&c->arena, uint32_t, most + (size_t)1);
    c->opclasses = ARENA_ARRAY(&c->arena, struct cost_opclass, c->table->n_opclasses + (size_t)1);
    for (uint32_t o = 1; o < c->table->n_opclasses; o++) {
        run_opclass(c, o, at_once);
        c->opclasses[o].fetch = fetch;
        c->opclasses[o].merge = writes_memory(&c->table->opclasses[o]) ? merge : 0;
    }
    worst_cases(c);
}

/* ---- Tags -------------------------------------------------------------------------------------
 */

static bool is_lane(const struct pol_prt_slot *slot)
{
    return slot->kind == POL_SLOT_LANE || slot->kind == POL_SLOT_NESTED_LANE;
}

static void count_domain(struct cost *c, uint32_t at)
{
    const struct pol_table *t = c->table;
    const struct pol_prt_domain *d = &t->domains[at];
    struct cost_domain *out = &c->domains[at];
    for (uint32_t i = d->first_field; i < d->first_field + d->nfields; i++) {
        const struct pol_prt_field *f = &t->fields[i];
        out->tags += f->ntags;
        out->shapes += f->ncodes ? f->ncodes - 1 : 0;
        out->bit_fields |= f->kind == POL_FIELD_BITS;
    }
    for (uint32_t s = d->first_slot; s < d->first_slot + d->nslots; s++) {
        bool lane = is_lane(&t->slots[s]);
        out->lanes += lane;
        *(lane ? &out->lane_bits : &out->code_bits) += c->hw->slots[s].width;
    }
    c->lanes += out->lanes;
}

static void count_tags(struct cost *c)
{
    c->domains = ARENA_ARRAY(&c->arena, struct cost_domain, c->table->n_domains + (size_t)1);
    for (uint32_t d = 0; d < c->table->n_domains; d++)
        count_domain(c, d);
    c->tag_bits = c->hw->word_bits;
    c->tag_bytes_per_kib = c->tag_bits * (1024.0 / c->table->meta->granule) / 8;
}

/* ---- The naive table --------------------------------------------------------------------------
 */

/* log2 of the sets that a word can hold by its codes alone. */
static double word_log2(const struct pol_table *t)
{
    double bits = 0;
    for (uint32_t i = 0; i < t->n_fields; i++) {
        const struct pol_prt_field *f = &t->fields[i];
        bits += f->kind == POL_FIELD_BITS ? f->ntags : log2(f->ncodes > 2 ? f->ncodes - 1 : 1);
    }
    return bits;
}

static uint32_t inputs_of(const struct pol_prt_opclass *o)
{
    return 2u + (o->op1 != POL_FILE_NONE) + (o->op2 != POL_FILE_NONE) + (o->op3 != POL_FILE_NONE) +
           (o->mem != POL_MEM_NONE);
}

static uint32_t results_of(const struct pol_prt_opclass *o)
{
    return 1u + (o->rd != POL_FILE_NONE) + (o->csr != 0) + writes_memory(o);
}

/* A row says the verdict, the rule and the codes of all results. */
static void count_naive(struct cost *c)
{
    const struct pol_table *t = c->table;
    double word = word_log2(t), rows = 0;
    uint32_t most = 0, results = 0, codes = 0;
    for (uint32_t o = 1; o < t->n_opclasses; o++)
        most = larger(most, inputs_of(&t->opclasses[o]));
    for (uint32_t o = 1; o < t->n_opclasses; o++) {
        /* relative to the widest opclass, since the number itself can be beyond a double */
        rows += exp2(((double)inputs_of(&t->opclasses[o]) - most) * word);
        results = larger(results, results_of(&t->opclasses[o]));
    }
    for (uint32_t d = 0; d < t->n_domains; d++)
        codes += c->domains[d].code_bits;
    c->naive_row_bits = 2 + results * codes;
    for (uint32_t d = 0; d < t->n_deciders; d++)
        c->naive_row_bits += hw_bits(t->deciders[d].nrules);
    c->naive_rows_log2 = rows > 0 ? most * word + log2(rows) : 0;
    c->naive_bits_log2 = c->naive_rows_log2 + log2(c->naive_row_bits);
}

/* ---- The whole --------------------------------------------------------------------------------
 */

/* What the evaluator reads of the file. */
static void count_bytes(struct cost *c)
{
    const struct pol_table *t = c->table;
    const struct {
        uint32_t kind;
        uint64_t bytes;
    } sections[] = {
#define X(kind, member, type) {POL_SEC_##kind, (uint64_t)t->n_##member * sizeof(type)},
        POL_PRT_SECTIONS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (sections[i].kind >= POL_SEC_REMAP && sections[i].kind <= POL_SEC_LUT)
            c->file_bytes += sections[i].bytes;
}

struct cost *cost_new(const struct pol_table *table, const struct hw *hw)
{
    struct cost *c = lang_xalloc(sizeof *c);
    arena_init(&c->arena);
    c->table = table;
    c->hw = hw;
    name_parts(c);
    count_programs(c);
    count_memories(c);
    end_parts(c);
    count_opclasses(c);
    count_tags(c);
    count_naive(c);
    count_bytes(c);
    return c;
}

void cost_free(struct cost *cost)
{
    if (!cost)
        return;
    arena_free(&cost->arena);
    free(cost);
}

/* ---- Rules ------------------------------------------------------------------------------------
 */

/* Rows per rule of each decider, its last element for rows that no rule decides. */
struct tally {
    const struct cost *cost;
    uint64_t **rows;
};

static void credit(struct tally *y, const struct pol_prt_program *p, uint32_t state)
{
    const struct pol_table *t = y->cost->table;
    uint32_t decider = y->cost->programs[p - t->programs].decider;
    bool fused = p->first_tuple != POL_NONE;
    for (uint32_t d = fused ? 0 : decider; d < (fused ? t->n_deciders : decider + 1); d++) {
        uint32_t rule = t->actions[cost_action(t, p, d, state)].rule;
        y->rows[d][rule == POL_NONE ? t->deciders[d].nrules : rule]++;
    }
}

/* The rows of the lookup that ends the chain. */
static void credit_program(struct tally *y, const struct pol_prt_program *p)
{
    const struct pol_table *t = y->cost->table;
    if (p->layout == POL_LAYOUT_TCAM) {
        for (uint32_t i = 0; i < p->dense_size; i++)
            credit(y, p, t->ternary[p->dense_base + i].state);
        return;
    }
    uint32_t base = p->dense_base, rows = p->dense_size;
    if (p->nlevels > p->nmap) {
        const struct pol_prt_level *last = &t->levels[p->first_level + p->nlevels - 1];
        base = last->base;
        rows = last->width * last->nstates;
    }
    for (uint32_t i = 0; i < rows; i++)
        credit(y, p, t->cells[base + i]);
}

/* Keeps the `room` largest, the first of equals first. */
static uint32_t insert_rule(struct cost_rule *out, uint32_t n, uint32_t room, struct cost_rule rule)
{
    uint32_t at = n;
    while (at > 0 && out[at - 1].rows < rule.rows)
        at--;
    if (at == room)
        return n;
    n = n < room ? n + 1 : n;
    memmove(out + at + 1, out + at, (n - 1 - at) * sizeof *out);
    out[at] = rule;
    return n;
}

uint32_t cost_rules(const struct cost *cost, struct cost_rule *out, uint32_t room)
{
    const struct pol_table *t = cost->table;
    struct tally y = {cost, lang_xalloc((t->n_deciders + (size_t)1) * sizeof *y.rows)};
    uint32_t n = 0;
    for (uint32_t d = 0; d < t->n_deciders; d++)
        y.rows[d] = lang_xalloc((t->deciders[d].nrules + (size_t)1) * sizeof **y.rows);
    for (uint32_t i = 0; i < cost->nprograms; i++)
        if (cost->programs[i].opclasses)
            credit_program(&y, &t->programs[i]);
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        for (uint32_t r = 0; r <= t->deciders[d].nrules && room; r++)
            if (y.rows[d][r])
                n = insert_rule(
                    out, n, room,
                    (struct cost_rule){d, r == t->deciders[d].nrules ? POL_NONE : r, y.rows[d][r]});
        free(y.rows[d]);
    }
    free(y.rows);
    return n;
}
