/* Claims `only P may drop|add|lower|raise T`: flows of the ISA table, from source to destination.
 */
#include <stdlib.h>

#include "compiler/prove/internal.h"

#define SOURCES 7

/* The slot that holds the tags of a flow's source. */
static uint32_t source_slot(enum pol_flow_source source)
{
    switch (source) {
    case POL_FROM_PC:
        return POL_OP_ENV;
    case POL_FROM_RS1:
        return POL_OP_OP1;
    case POL_FROM_RS2:
    case POL_FROM_CSR:
        return POL_OP_OP2;
    case POL_FROM_RS3:
        return POL_OP_OP3;
    case POL_FROM_MEM:
    case POL_FROM_OLDMEM:
        return POL_OP_MEM;
    }
    abort();
}

static enum pol_flow_dest dest_of(enum pol_result result)
{
    switch (result) {
    case POL_RES_ENV:
        return POL_TO_ENV;
    case POL_RES_RD:
        return POL_TO_RD;
    case POL_RES_CSR:
        return POL_TO_CSR;
    default:
        return POL_TO_MEM;
    }
}

/* Bit (1 << source) for each flow of that kind into the result. */
static uint32_t sources_of(const struct pol_insn *insn, enum pol_flow_kind kind,
                           enum pol_result result, bool partial)
{
    uint32_t sources = 0;
    for (unsigned s = 0; s < SOURCES; s++)
        if (insn->flows[kind] & POL_FLOW(s, dest_of(result)))
            sources |= 1u << s;
    return partial ? sources : sources & ~(1u << POL_FROM_OLDMEM);
}

/* A destination of one opclass, with what flows into it. */
struct flow {
    struct room *room;
    struct progress *progress;
    struct step *step;
    struct prove_case at;
    uint32_t sources; /* of the claim's kind */
    uint32_t origins; /* those and the values': what a tag can have come from */
    sat_lit allowed;
    sat_lit unlike; /* allowed, and the inputs do not match the claim's */
};

static void ask(const struct flow *f, uint32_t source, uint32_t tag, sat_lit change)
{
    struct question question = {.progress = f->progress,
                                .step = f->step,
                                .refutes = sat_and(f->room->sat, f->unlike, change),
                                .at = f->at};
    question.at.source = source;
    question.at.tag = tag;
    room_ask(f->room, &question);
}

static void note_carried(const struct flow *f, sat_lit carried)
{
    if (!f->progress->matched)
        f->progress->matched = room_possible(f->room, sat_and(f->room->sat, f->allowed, carried));
}

/* --- the changes ----------------------------------------------------------------------------- */

/* The argument falls, or rises, from source to destination. */
static sat_lit moved(const struct flow *f, const struct ir_target *target, struct tag_value from,
                     struct tag_value to)
{
    uint32_t lattice = step_ir(f->step)->tags[target->tag].lattice[target->arg];
    struct bits a = from.args[target->arg].number, b = to.args[target->arg].number;
    bool lower = f->progress->claim->change == IR_LOWER;
    sat_lit fine =
        lower ? step_lattice_le(f->step, lattice, a, b) : step_lattice_le(f->step, lattice, b, a);
    return sat_and(f->room->sat, to.has, -fine);
}

/* Along each flow: the source has the tag, and the destination has lost it or has another. */
static void ask_along(const struct flow *f, const struct ir_target *target)
{
    struct tag_value to = step_result(f->step, (enum pol_result)f->at.dest, target->tag);
    for (uint32_t s = 0; s < SOURCES; s++) {
        if (!(f->sources >> s & 1u))
            continue;
        struct tag_value from =
            step_operand(f->step, source_slot((enum pol_flow_source)s), target->tag);
        sat_lit change =
            f->progress->claim->change == IR_DROP ? -to.has : moved(f, target, from, to);
        ask(f, s, target->tag, sat_and(f->room->sat, from.has, change));
        note_carried(f, from.has);
    }
}

/* The destination has the tag, and nothing that it can have come from has. */
static void ask_added(const struct flow *f, const struct ir_target *target)
{
    sat_lit has = step_has(f->step, (enum pol_result)f->at.dest, target->tag);
    sat_lit added = has;
    for (uint32_t s = 0; s < SOURCES; s++)
        if (f->origins >> s & 1u)
            added = sat_and(
                f->room->sat, added,
                -step_operand(f->step, source_slot((enum pol_flow_source)s), target->tag).has);
    ask(f, PROVE_NO_SOURCE, target->tag, added);
    note_carried(f, SAT_TRUE); /* that nothing ever has the tag is no reason to complain */
}

static void ask_flow(const struct flow *f)
{
    const struct ir_claim *claim = f->progress->claim;
    for (uint32_t i = 0; i < claim->ntargets; i++)
        if (claim->change == IR_ADD)
            ask_added(f, &claim->targets[i]);
        else
            ask_along(f, &claim->targets[i]);
}

/* --- destinations ---------------------------------------------------------------------------- */

/* A constant is data too: a tag can be added to what no value flows into. */
static bool comes_from_nothing(const struct ir_claim *claim, enum pol_result dest)
{
    return claim->change == IR_ADD && claim->via == POL_FLOW_VALUE && dest != POL_RES_ENV;
}

/* One destination of words of one row. */
static void ask_dest(struct room *room, struct progress *progress, uint32_t word,
                     const struct pol_insn *insn, enum pol_result dest, bool partial)
{
    const struct ir_claim *claim = progress->claim;
    struct flow f = {.room = room, .progress = progress};
    f.step = room_step(room, claim->all, partial);
    f.at = (struct prove_case){.opclass = room->opclass,
                               .word = word,
                               .partial = partial,
                               .source = PROVE_NO_SOURCE,
                               .dest = dest};
    f.sources = sources_of(insn, claim->via, dest, partial);
    f.origins = f.sources | sources_of(insn, POL_FLOW_VALUE, dest, partial);
    if (!f.sources && !comes_from_nothing(claim, dest))
        return;
    f.allowed = step_says(f.step, POL_ALLOW);
    if (partial)
        f.allowed = sat_and(room->sat, f.allowed, -step_merge_conflict(f.step));
    f.unlike = sat_and(room->sat, f.allowed, -claim_matches(f.step, claim));
    progress->subject = true;
    ask_flow(&f);
}

/* Whether the rows differ in nothing that a claim asks about. */
static bool same_flows(const struct ir *ir, const struct pol_insn *a, const struct pol_insn *b,
                       enum pol_result dest)
{
    for (int kind = 0; kind < 3; kind++)
        if (sources_of(a, (enum pol_flow_kind)kind, dest, true) !=
            sources_of(b, (enum pol_flow_kind)kind, dest, true))
            return false;
    return store_whole(ir, a) == store_whole(ir, b) && store_partial(ir, a) == store_partial(ir, b);
}

/* False: no word of the row writes the destination. */
static bool prove_row(struct room *room, struct progress *progress, int row, enum pol_result dest)
{
    const struct ir *ir = room->prover->ir;
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    const struct word_want want = {
        .insn = row, .writes_rd = dest == POL_RES_RD, .writes_csr = dest == POL_RES_CSR};
    uint32_t word;
    enum cube_search found = word_find(ir, room->opclass, &want, &word);
    if (found == CUBE_GAVE_UP)
        progress->unknown = true;
    if (found != CUBE_FOUND)
        return false;
    if (dest != POL_RES_MEM || store_whole(ir, insn))
        ask_dest(room, progress, word, insn, dest, false);
    if (dest == POL_RES_MEM && store_partial(ir, insn))
        ask_dest(room, progress, word, insn, dest, true);
    return true;
}

/* Each distinct set of flows once. */
static void prove_dest(struct room *room, struct progress *progress, enum pol_result dest)
{
    VEC_OF(const struct pol_insn *) done = {0};
    for (size_t i = 0; i < room->rows.count; i++) {
        const struct pol_insn *insn = pol_insn_at((size_t)room->rows.items[i]);
        size_t k = 0;
        while (k < done.count && !same_flows(room->prover->ir, insn, done.items[k], dest))
            k++;
        if (k == done.count && prove_row(room, progress, room->rows.items[i], dest))
            VEC_PUSH(&room->scratch, &done, insn);
    }
}

void prove_only(struct room *room, struct progress *progress)
{
    struct step *step = room_step(room, progress->claim->all, false);
    for (int r = 0; r < POL_RESULTS; r++)
        if (step_has_result(step, (enum pol_result)r))
            prove_dest(room, progress, (enum pol_result)r);
}
