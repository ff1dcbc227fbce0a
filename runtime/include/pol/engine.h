/* Engines: the ways to answer "may this instruction go on, and with which tags?".
 *
 * Purpose: one vtable behind which the emitted table, the compiled monitor and the source
 * interpreter stand, so that one machine (machine.h) can run each of them over the same events and
 * a comparison can hold them side by side.
 *
 * Values: an engine keeps tag sets as opaque blobs of `value_size` bytes (alignment 8), made by its
 * own encode/evaluate/merge.  Equal sets have equal bytes within one engine.
 *
 * The space lists tags by domain, then in declaration order.
 *
 * Steps: begin(), then evaluate() once for every granule that the instruction touches, then
 * commit() when it retires, or nothing when it trapped or failed.  Fresh-value counters (`new`)
 * advance in commit only, by the largest use of any of the step's evaluations.
 *
 * Identity of rules: (decider, rule): deciders are numbered globals first, then components, in the
 * order of the composition; rules by position in the decider's first-match order, from 0.
 *
 * Domains: who may write a tag.  Domain i < number of components is component i's; then one for
 * each global's own tags, in order; the last one, if any, holds tags that nobody owns (static).
 *
 * Threads: an engine is used by one thread at a time.
 */
#ifndef POL_ENGINE_H
#define POL_ENGINE_H

#include <pol/tagset.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pol_operand {
    POL_OP_ENV,
    POL_OP_CODE,
    POL_OP_OP1,
    POL_OP_OP2,
    POL_OP_OP3,
    POL_OP_MEM,
    POL_OPERANDS
};
enum pol_result { POL_RES_ENV, POL_RES_RD, POL_RES_CSR, POL_RES_MEM, POL_RESULTS };

enum pol_verdict { POL_ALLOW, POL_FAIL_IMPLICIT, POL_FAIL_EXPLICIT };

/* Why a decider failed. */
enum pol_cause {
    POL_CAUSE_NONE,         /* it did not fail */
    POL_CAUSE_NO_RULE,      /* implicit: no rule matched */
    POL_CAUSE_UNDECODABLE,  /* implicit: the word is no instruction of the target (no decider) */
    POL_CAUSE_NO_COMPONENT, /* implicit: only globals, none matched (no decider) */
    POL_CAUSE_INVALID,      /* implicit: an operand carried an invalid code (no rule) */
    POL_CAUSE_RULE,         /* explicit: a rule said fail */
    POL_CAUSE_CONFLICT,     /* explicit, built in: union met TAG with unequal arguments */
    POL_CAUSE_RANGE,        /* explicit, built in: value out of range (TAG's argument) */
    POL_CAUSE_EXHAUSTED,    /* explicit, built in: no fresh value left */
    POL_CAUSE_NESTED        /* explicit, built in: TagSet argument would hold TAG */
};

/* What a failure asks for, the mildest first.  The most severe of a step's failures acts. */
enum pol_action {
    POL_ACTION_REPORT,    /* record it; the rules below go on */
    POL_ACTION_TERMINATE, /* stop the offending thread; the entity, if any, goes on */
    POL_ACTION_FAILSAFE,  /* jump to the entity */
    POL_ACTION_HALT       /* stop the whole system */
};

#define POL_NO_RULE UINT32_MAX
#define POL_NO_RESPONSE UINT32_MAX
#define POL_NO_TAG UINT32_MAX

struct pol_failure {
    uint32_t decider; /* POL_NO_RULE where no decider is to blame */
    uint32_t rule;    /* POL_NO_RULE for implicit failures */
    enum pol_cause cause;
    uint32_t tag; /* CONFLICT, RANGE, NESTED: the tag id; else POL_NO_TAG */
};

/* The operands of one step; each points to a value.  Operands that the instruction lacks point to
 * the value of {}.  old[] is what the results would overwrite: old[ENV] = in[ENV] and old[MEM] =
 * in[MEM] hold by construction and are passed all the same. */
struct pol_inputs {
    uint32_t word; /* 32-bit expanded instruction */
    /* NULL, or the engine's note about the word, 0 at first: kept by the caller, for this engine
     * and this word only. */
    uint32_t *note;
    const void *in[POL_OPERANDS];
    const void *old[POL_RESULTS];
    bool in_place; /* out[r] is old[r] for each r; only for engines that allow it */
};

#define POL_MAX_REPORTS 16  /* listed at most; more are counted only */
#define POL_MAX_FAILURES 64 /* reported at most; more failing deciders are counted only */

struct pol_answer {
    enum pol_verdict verdict;
    struct pol_failure first; /* the one that names the answer: leftmost explicit, else leftmost */
    uint32_t nfailures;       /* all deciders that failed, */
    struct pol_failure failures[POL_MAX_FAILURES]; /* in the composition's order */
    /* Of the failures the most severe response (an index into the policy's responses; of equals
     * the first failure's); POL_NO_RESPONSE when the step is allowed. */
    uint32_t response;
    /* Rules with a response of POL_ACTION_REPORT that matched before the deciding one, by decider,
     * then in order; whatever the verdict. */
    uint32_t nreports;
    struct pol_report_rule {
        uint32_t decider, rule;
    } reports[POL_MAX_REPORTS];
    uint8_t written; /* bit (1 << enum pol_result): some decider writes this result */
    /* For coverage and comparison: for each decider the rule that decided, POL_NO_RULE if none
     * matched or it did not run.  The caller's array of ndeciders entries, or NULL. */
    uint32_t *deciding;
};

struct pol_engine;

struct pol_engine_ops {
    const char *name; /* "source", "table", "monitor" */
    /* literal -> value.  0, or -1 when the engine cannot represent the set (unencodable). */
    int (*encode)(struct pol_engine *e, const uint32_t *lit, void *value);
    /* value -> literal (all words written).  0, or -1 when the value is invalid. */
    int (*decode)(struct pol_engine *e, const void *value, uint32_t *lit);
    void (*begin)(struct pol_engine *e);
    /* Answers one granule's step.  On ALLOW, out[r] (each a value, or NULL when the caller does not
     * want it) receives the whole new set, unchanged parts copied from old[r]; it is left
     * unspecified where the instruction has no such result.  On failure out[] is
     * unspecified. */
    void (*evaluate)(struct pol_engine *e, const struct pol_inputs *in,
                     void *const out[POL_RESULTS], struct pol_answer *answer);
    void (*commit)(struct pol_engine *e);
    /* out = merge of two parts' sets, tag by tag as each was declared; arguments of lattices join
     * (`merge any`) or meet (`merge all`).  0, or -1 with *tag set when a `merge any` tag has other
     * arguments that are unequal.  out may alias a or b. */
    int (*merge)(struct pol_engine *e, const void *a, const void *b, void *out, uint32_t *tag);
    /* out = a minus each `merge all` tag that b lacks or has with other arguments, those of
     * lattices met; the rest of b does not matter.  For the later parcels of one instruction.  out
     * may alias a or b. */
    void (*drop_missing)(struct pol_engine *e, const void *a, const void *b, void *out);
    /* out = a with `domain`'s tags taken from b: traps change only the PC tags of the components
     * that initialise ISA.RISCV.Trap.Env.  out may alias a or b. */
    void (*replace_domain)(struct pol_engine *e, uint32_t domain, const void *a, const void *b,
                           void *out);
    void (*reset)(struct pol_engine *e); /* counters back to 0 */
    void (*destroy)(struct pol_engine *e);
};

struct pol_engine {
    const struct pol_engine_ops *ops;
    size_t value_size;             /* bytes, a multiple of 8 */
    const struct pol_space *space; /* borrowed */
    uint32_t ndeciders;
    uint32_t ndomains;
    /* NULL, or whether no fresh value is in use: begin() and commit() then have nothing to do and
     * need not be called. */
    const bool *idle;
    /* evaluate() writes to out[] only when it allows, and out[] may be old[] and operands. */
    bool in_place;
};

#ifdef __cplusplus
}
#endif
#endif
