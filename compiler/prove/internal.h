/* Internal to compiler/prove: one opclass at a time, all claims about it. */
#ifndef COMPILER_PROVE_INTERNAL_H
#define COMPILER_PROVE_INTERNAL_H

#include "compiler/logic/step.h"
#include "compiler/prove/prove.h"
#include "compiler/prove/words.h"

/* What is known of a claim while opclasses are looked at. */
struct progress {
    const struct ir_claim *claim;
    bool found, unknown;
    bool subject; /* an instruction that it is about */
    bool matched; /* an input that matches; `only`: a flow that carries a tag */
    bool allowed; /* results: such an input is allowed */
    struct prove_case least;
    /* NEVER: kinds of places that have been asked about. */
    VEC_OF(struct prove_kinds { uint32_t of[POL_OPERANDS]; })
    asked;
};

struct prover {
    struct ir *ir;
    struct logic *logic;
    struct universe universe[2]; /* [0] what can occur, [1] everything */
    const struct prove_options *options;
    struct arena *arena;
    struct progress *progress; /* ir->nclaims */
};

/* An opclass with its own solver; steps are made when a claim needs them. */
struct room {
    struct prover *prover;
    uint32_t opclass;
    const struct ir_opclass *class;
    struct sat *sat;
    struct scene *scene[2];  /* [all] */
    struct step *step[2][2]; /* [all][partial] */
    VEC_OF(int) rows;        /* ISA rows whose words are in the opclass */
    struct arena scratch;
};

struct step *room_step(struct room *room, bool all, bool partial);

/* A question about a claim: does an input refute it? */
struct question {
    struct progress *progress;
    struct step *step;
    sat_lit refutes;
    struct prove_case at; /* all but the witness */
};
void room_ask(struct room *room, const struct question *question);
/* Whether the literal can hold; a limit met counts as yes. */
bool room_possible(struct room *room, sat_lit lit);

/* Do the inputs match the claim's patterns and guard? */
sat_lit claim_matches(struct step *step, const struct ir_claim *claim);

/* Whether the instruction's store can cover the whole granule, and only a part of it. */
bool store_whole(const struct ir *ir, const struct pol_insn *insn);
bool store_partial(const struct ir *ir, const struct pol_insn *insn);

/* The claims about this opclass, by kind. */
void prove_step(struct room *room, struct progress *progress);
void prove_never(struct room *room, struct progress *progress);
void prove_only(struct room *room, struct progress *progress);

#endif
