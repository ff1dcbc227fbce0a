/* Lattices, relations and claims of the text form. */
#include <inttypes.h>

#include "compiler/ir/print.h"
#include "compiler/ir/text.h"

static bool at_most(const struct ir_lattice *lattice, uint32_t a, uint32_t b)
{
    return lattice->join[a * lattice->size + b] == b;
}

/* Whether b is above a and nothing lies between. */
static bool covers(const struct ir_lattice *lattice, uint32_t a, uint32_t b)
{
    if (a == b || !at_most(lattice, a, b))
        return false;
    for (uint32_t c = 0; c < lattice->size; c++)
        if (c != a && c != b && at_most(lattice, a, c) && at_most(lattice, c, b))
            return false;
    return true;
}

/* The order says it all: join and meet follow. */
void ir_put_lattice(const struct ir *ir, FILE *out, uint32_t index)
{
    const struct ir_lattice *lattice = &ir->lattices[index];
    fprintf(out, "lattice %" PRIu32 " ", index);
    ir_put_name(out, lattice->name);
    fprintf(out, " size %" PRIu32 "\n", lattice->size);
    for (uint32_t a = 0; a < lattice->size; a++) {
        bool any = false;
        for (uint32_t b = 0; b < lattice->size; b++)
            if (covers(lattice, a, b)) {
                if (!any)
                    fprintf(out, "  %" PRIu32 " below", a);
                fprintf(out, " %" PRIu32, b);
                any = true;
            }
        fputs(any ? "\n" : "", out);
    }
}

void ir_put_relation(const struct ir *ir, FILE *out, uint32_t index)
{
    const struct ir_relation *relation = &ir->relations[index];
    uint64_t bits = 1;
    fprintf(out, "relation %" PRIu32 " ", index);
    ir_put_name(out, relation->name);
    fputs(" limits", out);
    for (uint32_t i = 0; i < relation->nargs; i++) {
        fprintf(out, " %" PRIu32, relation->limit[i]);
        bits *= relation->limit[i];
    }
    uint64_t words = (bits + 31) / 32;
    for (uint64_t w = 0; w < words; w++)
        fprintf(out, "%s %08" PRIx32, w % 8 ? "" : "\n  bits", relation->bits[w]);
    fputc('\n', out);
}

static void put_expectation(const struct ir *ir, FILE *out, const struct ir_claim *claim)
{
    if (claim->expect == IR_EXPECT_FAIL) {
        fprintf(out, "  expect fail %s", ir_text_verdicts[claim->failure]);
        if (claim->message) {
            fputc(' ', out);
            ir_put_string(out, claim->message);
        }
        fputc('\n', out);
        return;
    }
    fputs(claim->expect == IR_EXPECT_ALLOW ? "  expect allow\n" : "  expect results\n", out);
    for (int r = 0; claim->expect == IR_EXPECT_RESULTS && r < POL_RESULTS; r++)
        if (claim->results & (1u << r)) {
            fprintf(out, "  result %s", ir_text_results[r]);
            ir_put_cond(ir, out, &claim->result[r]);
            fputc('\n', out);
        }
    if (claim->result_guard.v != IR_NONE) {
        fputs("  result-guard ", out);
        ir_put_guard(ir, out, claim->result_guard);
        fputc('\n', out);
    }
}

/* Whether a change is one of an argument's value, not of a tag's presence. */
static bool of_argument(enum ir_change change)
{
    return change == IR_LOWER || change == IR_RAISE;
}

static void put_change(const struct ir *ir, FILE *out, const struct ir_claim *claim)
{
    fprintf(out, "  may %s via %s", ir_text_changes[claim->change], ir_text_flows[claim->via]);
    for (uint32_t i = 0; i < claim->ntargets; i++) {
        fputs(" (", out);
        ir_put_tag(ir, out, claim->targets[i].tag);
        fputc(')', out);
        if (of_argument(claim->change))
            fprintf(out, ".%" PRIu32, claim->targets[i].arg);
    }
    fputc('\n', out);
}

static void put_claim_head(FILE *out, uint32_t index, const struct ir_claim *claim)
{
    fprintf(out, "claim %" PRIu32 " %s ", index, ir_text_claims[claim->kind]);
    ir_put_place(out, claim->file, claim->line, claim->column);
    fputc(' ', out);
    ir_put_name(out, claim->module);
    fputc(' ', out);
    ir_put_string(out, claim->title);
    fputs(claim->all ? " all" : "", out);
    fputs(claim->own ? " own" : "", out);
    if (claim->domain != IR_NONE)
        fprintf(out, " domain %" PRIu32, claim->domain);
    fputc('\n', out);
}

void ir_put_claim(const struct ir *ir, FILE *out, uint32_t index)
{
    const struct ir_claim *claim = &ir->claims[index];
    put_claim_head(out, index, claim);
    ir_put_matchers(out, claim->matchers, claim->nmatchers);
    for (int op = 0; op < POL_OPERANDS; op++)
        if (!ir_cond_is_empty(&claim->cond[op])) {
            fprintf(out, "  when %s", ir_text_places[op]);
            ir_put_cond(ir, out, &claim->cond[op]);
            fputc('\n', out);
        }
    if (claim->guard.v != IR_NONE) {
        fputs("  guard ", out);
        ir_put_guard(ir, out, claim->guard);
        fputc('\n', out);
    }
    if (claim->kind == IR_CLAIM_STEP)
        put_expectation(ir, out, claim);
    if (claim->kind == IR_CLAIM_ONLY)
        put_change(ir, out, claim);
}
