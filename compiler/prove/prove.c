/* Opclass by opclass, with a solver each: every claim asks what it wants to know, and the least
 * counterexample is kept. */
#include "compiler/prove/internal.h"

/* ---- Steps --------------------------------------------------------------------------------- */

struct step *room_step(struct room *room, bool all, bool partial)
{
    if (!room->scene[all]) {
        uint32_t kinds[SCENE_SLOTS];
        scene_kinds(&room->class->form, kinds);
        room->scene[all] = scene_new(room->sat, &room->prover->universe[all], kinds);
    }
    if (!room->step[all][partial]) {
        const struct step_options options = {.partial = partial};
        room->step[all][partial] =
            step_new(room->scene[all], room->prover->logic, &room->class->form, room->class->groups,
                     room->class->ngroups, &options);
    }
    return room->step[all][partial];
}

sat_lit claim_matches(struct step *step, const struct ir_claim *claim)
{
    struct sat *sat = scene_sat(step_scene(step));
    sat_lit holds = SAT_TRUE;
    for (int op = 0; op < POL_OPERANDS; op++)
        holds = sat_and(sat, holds,
                        step_cond(step, (enum pol_operand)op, &claim->cond[op], claim->domain));
    return claim->guard.v == IR_NONE ? holds : sat_and(sat, holds, step_guard(step, claim->guard));
}

/* ---- Questions ----------------------------------------------------------------------------- */

bool room_possible(struct room *room, sat_lit lit)
{
    return sat_ask(room->sat, lit) != SAT_NO;
}

void room_ask(struct room *room, const struct question *question)
{
    struct progress *progress = question->progress;
    struct prove_case at = question->at;
    const struct witness *best = progress->found ? &progress->least.witness : NULL;
    if (question->refutes == SAT_FALSE)
        return;
    enum sat_answer answer = witness_find(step_scene(question->step), question->refutes, best,
                                          room->prover->arena, &at.witness);
    if (answer == SAT_UNKNOWN)
        progress->unknown = true;
    if (answer != SAT_YES)
        return;
    progress->found = true;
    progress->least = at;
}

/* ---- Stores -------------------------------------------------------------------------------- */

/* Pages that hold code have granules of one parcel at most (language: 4.15.1). */
bool store_whole(const struct ir *ir, const struct pol_insn *insn)
{
    unsigned parcel = pol_isa_parcel(&ir->isa);
    return insn->size >= (ir->granule < parcel ? ir->granule : parcel);
}

/* A store across a boundary covers parts of two granules; atomic accesses are aligned. */
bool store_partial(const struct ir *ir, const struct pol_insn *insn)
{
    return insn->access == POL_ACCESS_STORE ? ir->granule > 1 : insn->size < ir->granule;
}

/* ---- One opclass --------------------------------------------------------------------------- */

static bool has_row(const struct room *room, int row)
{
    for (size_t i = 0; i < room->rows.count; i++)
        if (room->rows.items[i] == row)
            return true;
    return false;
}

static void find_rows(struct room *room)
{
    const struct ir *ir = room->prover->ir;
    for (uint32_t i = 0; i < ir->ndecode; i++) {
        int row = pol_isa_decode(&ir->isa, ir->decode[i].match);
        if (ir->decode[i].opclass == room->opclass && !has_row(room, row))
            VEC_PUSH(&room->scratch, &room->rows, row);
    }
}

static void prove_opclass(struct prover *p, uint32_t opclass)
{
    struct room room = {
        .prover = p, .opclass = opclass, .class = &p->ir->opclasses[opclass], .sat = sat_new()};
    arena_init(&room.scratch);
    if (p->options->conflicts)
        sat_limit(room.sat, p->options->conflicts);
    find_rows(&room);
    for (uint32_t i = 0; i < p->ir->nclaims; i++) {
        struct progress *progress = &p->progress[i];
        if (progress->claim->kind == IR_CLAIM_STEP)
            prove_step(&room, progress);
        else if (progress->claim->kind == IR_CLAIM_NEVER)
            prove_never(&room, progress);
        else
            prove_only(&room, progress);
    }
    sat_free(room.sat);
    arena_free(&room.scratch);
}

/* ---- All ----------------------------------------------------------------------------------- */

static bool results_wanted(const struct ir_claim *claim)
{
    return claim->kind == IR_CLAIM_STEP && claim->expect == IR_EXPECT_RESULTS;
}

static struct prove_answer answer_of(const struct progress *progress)
{
    struct prove_answer answer = {.verdict = PROVE_TRUE, .rough = progress->unknown};
    if (progress->found) {
        answer.verdict = PROVE_FALSE;
        answer.refuted = progress->least;
    } else if (progress->unknown) {
        answer.verdict = PROVE_UNDECIDED;
    } else if (!progress->matched) {
        answer.verdict = PROVE_VACUOUS;
        answer.vacuous = progress->claim->kind == IR_CLAIM_ONLY ? PROVE_NO_FLOW
                         : progress->subject                    ? PROVE_NO_INPUT
                                                                : PROVE_NO_INSTRUCTION;
    } else if (results_wanted(progress->claim) && !progress->allowed) {
        answer.verdict = PROVE_VACUOUS;
        answer.vacuous = PROVE_NEVER_ALLOWED;
    }
    return answer;
}

void prove_claims(struct ir *ir, const struct prove_options *options, struct arena *arena,
                  struct prove_answer *answers)
{
    struct arena scratch;
    struct prover p = {.ir = ir, .options = options, .arena = arena};
    if (!ir->nclaims)
        return;
    arena_init(&scratch);
    p.logic = logic_new(&scratch, ir);
    for (int all = 0; all < 2; all++)
        p.universe[all] = universe_of_ir(&scratch, ir, all ? NULL : reach_new(&scratch, ir, false));
    p.progress = ARENA_ARRAY(arena, struct progress, ir->nclaims);
    for (uint32_t i = 0; i < ir->nclaims; i++)
        p.progress[i].claim = &ir->claims[i];
    for (uint32_t o = 1; o < ir->nopclasses; o++)
        prove_opclass(&p, o);
    for (uint32_t i = 0; i < ir->nclaims; i++)
        answers[i] = answer_of(&p.progress[i]);
    arena_free(&scratch);
}

char *prove_line(struct arena *arena, const struct ir *ir, const struct prove_case *at)
{
    return witness_line(arena, ir->space, word_head(arena, ir, at->word),
                        &ir->opclasses[at->opclass].form, &at->witness);
}
