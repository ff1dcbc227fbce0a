/* The tag machine: what a tagged processor does with tags, over any engine (engine.h).
 *
 * Purpose: one implementation of operand gathering, granules, effect conditions, traps and commits,
 * so that the emitted table, the monitor and the source interpreter are run and compared over the
 * same events (trace.h) from the same tag image (image.h).
 *
 * State: per hart a PC tag and one tag value for each integer register, FP register and CSR storage
 * cell; shared: sparse shadow memory, one value per granule.
 *
 * A step has two phases.  pol_machine_evaluate answers for one instruction and changes nothing;
 * then pol_machine_commit writes its tags, or pol_machine_discard drops them (it trapped).  A
 * violation commits nothing.  pol_machine_step does both for an event of a trace.
 *
 * A trapped instruction is evaluated and then discarded.  If its data access has no address or
 * touches untagged memory it is taken to be the access that faulted, and passes.
 *
 * Ownership: the machine borrows engine and image (and the engine's space), which outlive it.
 * Errors: a violation is an outcome; a *bad event* (an access without its address, an unknown tag,
 * too much tagged memory, ...) is status -1 with pol_machine_error.  The run is then over: the
 * machine can be looked at and reset, no more. Threads: one machine, and its engine, per thread.
 */
#ifndef POL_MACHINE_H
#define POL_MACHINE_H

#include <pol/engine.h>
#include <pol/image.h>
#include <pol/isa.h>
#include <pol/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Outcomes ------------------------------------------------------------------------------ */

/* Violations that no decider answers for. */
enum pol_machine_cause {
    POL_MACHINE_NONE,     /* the engine's answer says all */
    POL_MACHINE_UNTAGGED, /* implicit: fetch or data access touches untagged memory: `address` */
    POL_MACHINE_DISAGREE, /* explicit: the granules of one access give different PC tags */
    POL_MACHINE_CONFLICT /* explicit: granules to merge give `tag` different arguments: `address` */
};

#define POL_MAX_GRANULES 8 /* of one access */

struct pol_outcome {
    bool evaluated; /* an instruction was evaluated; else the event only moved state */
    bool committed; /* its tags have been written */
    bool trapped;   /* the event says that it trapped, so it was not committed */
    enum pol_verdict verdict;
    enum pol_machine_cause cause;
    uint32_t tag;      /* CONFLICT; else POL_NO_TAG */
    uint64_t address;  /* UNTAGGED, CONFLICT: the granule's; else of the data access, or 0 */
    uint32_t word;     /* expanded; the raw word where it does not decode */
    uint32_t granules; /* memory granules that the access touches */
    uint32_t granule;  /* the one that `answer` is about: the first explicit failure, else the first
                          implicit one, else the first */
    struct pol_answer answer; /* `deciding`: the machine's array of ndeciders entries, or NULL (see
                                 pol_machine_keep_deciding) */
};

/* ---- The machine --------------------------------------------------------------------------- */

struct pol_machine;

/* A machine in the image's state; resets the engine's counters.  NULL with a message: memory is
 * short, the image is not valid or not of this space, or the engine cannot encode one of its sets
 * (named with its place). */
struct pol_machine *pol_machine_new(struct pol_engine *engine, const struct pol_image *image,
                                    char *err, size_t errsize);
void pol_machine_free(struct pol_machine *machine);
/* Back to the image's state. */
void pol_machine_reset(struct pol_machine *machine);
/* Bounds of what a trace may make the machine allocate (defaults: 1024 harts, 2^18 pages). */
void pol_machine_limits(struct pol_machine *machine, uint32_t harts, uint32_t pages);

/* One event of a trace.  0, or -1 when the event is bad.  EXPECT events are ignored (pol_replay).
 */
int pol_machine_step(struct pol_machine *machine, const struct pol_event *event,
                     struct pol_outcome *outcome);
/* Why the last call returned -1. */
const char *pol_machine_error(const struct pol_machine *machine);

/* The two phases, for those who execute the program themselves.  evaluate takes an INSN event whose
 * SC flags do not count yet; exactly one commit or discard must follow, and commit only when the
 * verdict is to be followed (after a violation it writes nothing).  sc_ok: a store-conditional
 * stored. */
int pol_machine_evaluate(struct pol_machine *machine, const struct pol_event *event,
                         struct pol_outcome *outcome);
void pol_machine_commit(struct pol_machine *machine, struct pol_outcome *outcome, bool sc_ok);
void pol_machine_discard(struct pol_machine *machine);
/* Commits or discards, as the event's flags say: the second half of pol_machine_step.  -1: a
 * store-conditional without its outcome. */
int pol_machine_finish(struct pol_machine *machine, const struct pol_event *event,
                       struct pol_outcome *outcome);

/* Whether answers say which rule decided in each decider (default: no; it costs time).  A hook
 * below turns it on. */
void pol_machine_keep_deciding(struct pol_machine *machine, bool keep);
struct pol_debug_info; /* report.h */
/* Says what responses ask for, so that of several granules that fail the most severe one acts; NULL
 * (the default): that of the granule whose failure is told.  Borrowed; pol_replay sets its own. */
void pol_machine_debug(struct pol_machine *machine, const struct pol_debug_info *debug);
/* Called after each evaluation of a granule, before anything is committed: coverage. */
typedef void pol_machine_hook(void *user, const struct pol_machine *machine,
                              const struct pol_answer *answer);
void pol_machine_on_answer(struct pol_machine *machine, pol_machine_hook *hook, void *user);

/* ---- Looking at it -------------------------------------------------------------------------- */

/* Literals of the last evaluated instruction's operands, for granule g of its access.  1; 0: the
 * instruction has no such operand (lit becomes {}); -1: the value is invalid (lit becomes {}).
 * After a commit, of operands that it overwrote the new sets. */
int pol_machine_operand(const struct pol_machine *machine, enum pol_operand op, uint32_t g,
                        uint32_t *lit);
/* What a result would overwrite (old) or become, merges included; same returns.  Pending results
 * are there if the verdict was to allow, and stay readable until the next step. */
int pol_machine_old(const struct pol_machine *machine, enum pol_result res, uint32_t g,
                    uint32_t *lit);
int pol_machine_result(const struct pol_machine *machine, enum pol_result res, uint32_t g,
                       uint32_t *lit);
/* Where the last evaluated instruction's operands and results live, to say so in reports and to set
 * them again in a reproducing trace. */
struct pol_place {
    uint8_t target;           /* enum pol_tag_target, 0: it has none */
    uint32_t number;          /* register or CSR cell */
    uint64_t address, length; /* of the granule */
};
void pol_machine_operand_place(const struct pol_machine *machine, enum pol_operand op, uint32_t g,
                               struct pol_place *place);
void pol_machine_result_place(const struct pol_machine *machine, enum pol_result res, uint32_t g,
                              struct pol_place *place);
/* Granules that hold the instruction's own word, 1 to 4, and the i-th of them. */
uint32_t pol_machine_code_granules(const struct pol_machine *machine);
void pol_machine_code_place(const struct pol_machine *machine, uint32_t i, struct pol_place *place);

/* The set at a place, of one hart, now.  1; 0: untagged memory, or a hart that has done nothing
 * (the image's state); -1: invalid. */
int pol_machine_read(const struct pol_machine *machine, uint16_t hart,
                     const struct pol_place *place, uint32_t *lit);
/* The PC tag saved by the last trap into that mode; same returns, 0: none yet. */
int pol_machine_saved_env(const struct pol_machine *machine, uint16_t hart, enum pol_trap_mode mode,
                          uint32_t *lit);
/* The PC tag of a hart, set: for a `failsafe` response, which enters its code with its entity's
 * tags. -1: the engine cannot encode it. */
int pol_machine_set_env(struct pol_machine *machine, uint16_t hart, const uint32_t *lit);

const struct pol_image *pol_machine_image(const struct pol_machine *machine);
struct pol_engine *pol_machine_engine(const struct pol_machine *machine);

/* ---- Replay --------------------------------------------------------------------------------- */

/* One violation, one broken expectation, or one rule that asked for a report and went on, of a
 * replay. */
struct pol_violation {
    uint64_t step;                 /* instructions before it */
    const struct pol_event *event; /* the instruction */
    const struct pol_outcome *outcome;
    const struct pol_machine *machine;    /* for pol_machine_operand and so on */
    const struct pol_report_rule *report; /* NULL, or the rule: its step is not over yet */
    bool expected;                        /* an expectation named it, and was met */
    bool mismatch;                        /* an expectation was not met: */
    enum pol_expect_kind expect;          /* what was expected (first unmet), 0 if nothing was */
    const char *expect_text;              /* its message or NULL */
};

struct pol_replay_options {
    const struct pol_debug_info *debug; /* messages of rules, for expectations; may be NULL */
    bool go_on;                         /* after an unexpected violation; else stop there */
    /* Called for each violation, mismatch and report; false stops.  May be NULL. */
    bool (*violation)(void *user, const struct pol_violation *violation);
    /* Called about every 65,536 events; false stops.  May be NULL. */
    bool (*progress)(void *user, const struct pol_trace_reader *reader, uint64_t step);
    void *user;
};

struct pol_replay_counts {
    uint64_t events, instructions, allowed, implicit, explicits;
    uint64_t trapped;    /* instructions that did not retire */
    uint64_t traps;      /* traps and interrupts */
    uint64_t expected;   /* instructions that met all that was expected of them */
    uint64_t unexpected; /* violations without an expectation, and mismatches */
    uint64_t reports;    /* rules that asked for a report and went on */
};

enum pol_replay_status {
    POL_REPLAY_DONE,      /* the whole trace; see counts->unexpected */
    POL_REPLAY_VIOLATION, /* stopped at the first unexpected violation or mismatch */
    POL_REPLAY_STOPPED,   /* a callback said so */
    POL_REPLAY_DAMAGED,   /* the trace: pol_trace_error_of; everything before has been replayed */
    POL_REPLAY_BAD /* an event: pol_machine_error; or an expectation without its instruction */
};

/* Runs a trace through a machine.  *counts is set in every case. */
enum pol_replay_status pol_replay(struct pol_machine *machine, struct pol_trace_reader *reader,
                                  const struct pol_replay_options *options,
                                  struct pol_replay_counts *counts);

/* The same walk without tags, to measure what checking costs: reads every event and decodes every
 * instruction through the same cache.  Returns a checksum that depends on all of them. */
enum pol_replay_status pol_replay_unchecked(const struct pol_isa *isa,
                                            struct pol_trace_reader *reader,
                                            struct pol_replay_counts *counts, uint64_t *checksum);

/* ---- The policy as a pure function ------------------------------------------------------------
 */

#define POL_TUPLE_RD POL_OPERANDS /* index of the old destination register's set */
#define POL_TUPLE_SETS (POL_OPERANDS + 1)

/* One instruction with its operands as literals.  old[ENV], old[CSR], old[MEM] are the operands. */
struct pol_tuple {
    uint32_t word;                 /* 32 bits, expanded */
    uint32_t *set[POL_TUPLE_SETS]; /* by enum pol_operand, then POL_TUPLE_RD */
};
/* All sets {}; -1 when memory is short. */
int pol_tuple_init(struct pol_tuple *tuple, const struct pol_space *space);
void pol_tuple_free(struct pol_tuple *tuple);
void pol_tuple_copy(struct pol_tuple *to, const struct pol_tuple *from,
                    const struct pol_space *space);

enum pol_eval_status {
    POL_EVAL_OK,
    POL_EVAL_UNENCODABLE, /* the engine refuses the set `bad` */
    POL_EVAL_INVALID,     /* a result does not decode: an engine's inconsistency */
    POL_EVAL_MEMORY
};
struct pol_evaluation {
    struct pol_answer answer;      /* deciding: ndeciders entries */
    struct pol_form form;          /* of the word; all zero if it does not decode */
    uint32_t *result[POL_RESULTS]; /* literals, valid when allowed */
    uint32_t bad;                  /* UNENCODABLE: index of the set in the tuple */
};
int pol_evaluation_init(struct pol_evaluation *evaluation, const struct pol_engine *engine);
void pol_evaluation_free(struct pol_evaluation *evaluation);
/* begin, evaluate, and commit if `commit` and allowed. */
enum pol_eval_status pol_evaluate_tuple(struct pol_engine *engine, const struct pol_isa *isa,
                                        const struct pol_tuple *tuple, bool commit,
                                        struct pol_evaluation *evaluation);

#ifdef __cplusplus
}
#endif
#endif
