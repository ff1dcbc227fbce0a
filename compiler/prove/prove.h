/* Claims: is what `prove:` says true of every step that the composition can take?
 *
 * Purpose: decides the claims of an IR exactly: over all instructions they are about, all tag sets
 * whose shapes can occur there (`prove all`: all tag sets) and all values of arguments and
 * counters, globals included.  docs/language.md, section 5.3, says what claims mean. Ownership: the
 * caller's arena; the IR is borrowed. Errors: a question that meets a limit makes its claim
 * UNDECIDED unless a counterexample is found elsewhere; nothing is ever taken for true. */
#ifndef COMPILER_PROVE_PROVE_H
#define COMPILER_PROVE_PROVE_H

#include "compiler/ir/ir.h"
#include "compiler/logic/witness.h"

enum prove_verdict { PROVE_TRUE, PROVE_VACUOUS, PROVE_UNDECIDED, PROVE_FALSE };

/* Why a claim says nothing. */
enum prove_vacuous {
    PROVE_NO_INSTRUCTION, /* the target has none that it is about */
    PROVE_NO_INPUT,       /* no input matches */
    PROVE_NEVER_ALLOWED,  /* results: every input that matches fails */
    PROVE_NO_FLOW         /* `only`: no flow of the kind carries the tags */
};

#define PROVE_NO_SOURCE UINT32_MAX

/* A step that refutes a claim. */
struct prove_case {
    uint32_t opclass;
    uint32_t word;
    bool partial; /* the store covers only a part of its granule */
    /* ONLY: the flow, the destination (enum pol_result) and the tag; ADD has no source. */
    uint32_t source; /* enum pol_flow_source or PROVE_NO_SOURCE */
    uint32_t dest;
    uint32_t tag; /* id, or IR_NONE */
    struct witness witness;
};

struct prove_answer {
    enum prove_verdict verdict;
    enum prove_vacuous vacuous;
    struct prove_case refuted; /* FALSE: the least one, unless `rough` */
    bool rough;                /* a limit was met, there may be a smaller one */
};

struct prove_options {
    int conflicts; /* limit of each question; 0: the solver's default */
};

/* Decides all claims of the IR: answers has ir->nclaims entries. */
void prove_claims(struct ir *ir, const struct prove_options *options, struct arena *arena,
                  struct prove_answer *answers);

/* The step of a case as a line for `policyc eval`. */
char *prove_line(struct arena *arena, const struct ir *ir, const struct prove_case *at);

#endif
