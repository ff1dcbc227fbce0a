/* Lock-step comparison of engines: do table, monitor and source interpreter agree?
 *
 * Purpose: run the same inputs through N engines and compare all that each says: verdict, cause,
 * first and all failures, deciding rules, written results and the sets themselves (as literals). In
 * traces every engine drives its own machine, so encodings, merges and trap transfers are compared
 * too.  A failed step commits nothing and the run goes on; the run stops at the first difference,
 * which is shrunk and can be written as a reproducing trace or operand line.
 *
 * Engines must share one space (same tags in the same order) and have equal numbers of deciders.
 * An operand set that an engine cannot encode is no difference: the tuple is skipped and counted.
 *
 * Determinism: the same seed and inputs give the same run on every machine.
 * Ownership: everything given is borrowed; a difference owns its sets (pol_difference_free).
 * Threads: none shared.
 */
#ifndef POL_DIFF_H
#define POL_DIFF_H

#include <pol/machine.h>
#include <pol/report.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POL_MAX_ENGINES 8
#define POL_DIFF_MAX_TUPLES 100000000u /* exhaustive runs beyond are refused */

enum pol_diff_aspect {
    POL_DIFF_NONE,
    POL_DIFF_VERDICT,
    POL_DIFF_CAUSE,    /* of the first failure, or the machine's */
    POL_DIFF_RULE,     /* decider or rule of the first failure */
    POL_DIFF_TAG,      /* that a built-in failure names */
    POL_DIFF_FAILURES, /* the list of all failures */
    POL_DIFF_RESPONSE, /* what the failures ask for */
    POL_DIFF_REPORTS,  /* which rules asked for a report and went on */
    POL_DIFF_DECIDING, /* which rule decided in some decider */
    POL_DIFF_WRITTEN,  /* which results are written */
    POL_DIFF_RESULT,   /* the set of `result` */
    POL_DIFF_OPERAND,  /* the set of `operand`: parcels, traps or directives gave different tags */
    POL_DIFF_STATUS,   /* one engine could not go on: invalid value, refused set */
};
const char *pol_diff_aspect_name(enum pol_diff_aspect aspect);

/* One cell of tagged state that a reproduction sets, and its set. */
struct pol_diff_cell {
    struct pol_place place;
    uint32_t *lit;
};

struct pol_difference {
    enum pol_diff_aspect aspect; /* NONE: no difference */
    uint32_t engine[2];          /* indices of two that differ */
    enum pol_result result;      /* RESULT */
    enum pol_operand operand;    /* OPERAND */
    uint64_t step;               /* tuples or events before it */
    /* Tuples: the inputs, shrunk, and both answers for them. */
    bool is_tuple;
    struct pol_tuple tuple;
    struct pol_evaluation evaluation[2];
    enum pol_eval_status status[2];
    /* Traces: the event, and the state it starts from, shrunk. */
    struct pol_event event;
    uint32_t ncells, cells_room;
    struct pol_diff_cell *cells;
    uint8_t saved_mode; /* enum pol_trap_mode when the event returns from a trap, else 0; */
    uint32_t *saved;    /* the saved PC tag */
    /* Whether the inputs alone show the difference, from the initial state of counters.  If not, it
     * depends on fresh-value counters or on earlier steps, and is not shrunk. */
    bool reproduced;
    char text[1024]; /* both answers in words, for people */
};
void pol_difference_free(struct pol_difference *difference);

struct pol_diff;
/* NULL with a message: n < 2 or too many, spaces or deciders differ, memory is short. */
struct pol_diff *pol_diff_new(struct pol_engine *const engines[], uint32_t n,
                              const struct pol_isa *isa, const struct pol_debug_info *debug,
                              char *err, size_t errsize);
void pol_diff_free(struct pol_diff *diff);
const char *pol_diff_error(const struct pol_diff *diff); /* why POL_DIFF_BAD */

/* Called about every 65,536 tuples or instructions, of all runs; false stops the run, which is then
 * BAD with the error "stopped".  NULL: none. */
void pol_diff_on_progress(struct pol_diff *diff, bool (*progress)(void *user, uint64_t steps),
                          void *user);

enum pol_diff_status {
    POL_DIFF_AGREE,
    POL_DIFF_DIFFER, /* *difference */
    POL_DIFF_BAD     /* could not run to its end: pol_diff_error */
};

struct pol_diff_counts {
    uint64_t steps;   /* compared tuples or instructions */
    uint64_t skipped; /* tuples that some engine cannot encode */
    uint64_t allowed, implicit, explicits;
    uint64_t pairs, reached; /* random: reachable (rule, opclass) pairs, and those seen */
};

/* ---- Traces -------------------------------------------------------------------------------- */

/* Runs a whole trace through one machine per engine.  An event that every machine refuses, or whose
 * set some engine cannot encode, is BAD.  EXPECT events are ignored. */
enum pol_diff_status pol_diff_trace(struct pol_diff *diff, const struct pol_image *image,
                                    struct pol_trace_reader *reader, struct pol_diff_counts *counts,
                                    struct pol_difference *difference);
/* The same over events in memory. */
enum pol_diff_status pol_diff_events(struct pol_diff *diff, const struct pol_image *image,
                                     const struct pol_event *events, size_t nevents,
                                     struct pol_diff_counts *counts,
                                     struct pol_difference *difference);
/* Writes a text trace that shows the difference when run from the same image. */
int pol_difference_write_trace(const struct pol_diff *diff, const struct pol_image *image,
                               const struct pol_difference *difference, const char *path, char *err,
                               size_t errsize);

/* ---- Tuples -------------------------------------------------------------------------------- */

/* One tuple, from the counters' initial state; shrinks.  Adds to *counts. */
enum pol_diff_status pol_diff_tuple(struct pol_diff *diff, const struct pol_tuple *tuple,
                                    struct pol_diff_counts *counts,
                                    struct pol_difference *difference);

/* Where random sets come from.  Reachable sets are products over *parts* (components, or the fields
 * of one): a part lists, per kind of operand, which of its tags may be present together. */
enum pol_gen_kind {
    POL_GEN_ENV,
    POL_GEN_CODE,
    POL_GEN_INT,
    POL_GEN_X0,
    POL_GEN_FP,
    POL_GEN_CSR,
    POL_GEN_MEM,
    POL_GEN_SET, /* TagSet arguments: tags without TagSet arguments */
    POL_GEN_KINDS
};
struct pol_gen_shapes {
    uint32_t n;               /* 0: only the empty one */
    const uint32_t *presence; /* n times space->has_words */
};
struct pol_gen_part {
    struct pol_gen_shapes shapes[POL_GEN_KINDS];
};
struct pol_gen_opclass {
    const char *name;
    uint32_t sample, free; /* words (sample & ~free) | (anything & free) belong to the opclass */
};
/* A reachable (rule, opclass) pair. */
struct pol_gen_pair {
    uint32_t decider, rule, opclass;
    const struct pol_tuple *witness; /* inputs that reach it, or NULL */
};
struct pol_gen_space {
    uint32_t nopclasses;
    const struct pol_gen_opclass *opclasses;
    uint32_t nparts;
    const struct pol_gen_part *parts;
    uint32_t
        nvalues; /* integers worth trying as arguments: the policy's constants and neighbours */
    const uint32_t *values;
    uint32_t npairs;
    const struct pol_gen_pair *pairs;
    /* By tag: the tags that its TagSet arguments can hold, as presence words (space->has_words);
     * NULL, there or in place of the array: every tag without TagSet arguments. */
    const uint32_t *const *set_tags;
};
struct pol_diff_random {
    uint64_t seed;
    uint64_t steps; /* tuples to run at least, witnesses included */
    uint64_t more;  /* and at most so many more to reach missing pairs */
    /* Called for each pair that was not reached, in order; may be NULL. */
    void (*missed)(void *user, const struct pol_gen_pair *pair);
    void *user;
};
enum pol_diff_status pol_diff_run_random(struct pol_diff *diff, const struct pol_gen_space *space,
                                         const struct pol_diff_random *options,
                                         struct pol_diff_counts *counts,
                                         struct pol_difference *difference);

/* All tuples that the compiler enumerates: per component and opclass every combination of operand
 * classes and every valuation of comparisons. */
struct pol_diff_source {
    uint64_t count; /* how many there will be; saturates at UINT64_MAX */
    /* 1: *tuple is the next; 0: no more; -1: failed.  The tuple is the same object each time, and
     * its contents are as the last call left them. */
    int (*next)(void *user, struct pol_tuple *tuple);
    void *user;
};
/* BAD with the count in the message when it is over POL_DIFF_MAX_TUPLES, or wrong. */
enum pol_diff_status pol_diff_exhaustive(struct pol_diff *diff,
                                         const struct pol_diff_source *source,
                                         struct pol_diff_counts *counts,
                                         struct pol_difference *difference);

/* ---- Text ----------------------------------------------------------------------------------- */

/* A difference for people: step, inputs, both answers, source lines.  Like snprintf. */
size_t pol_difference_format(const struct pol_diff *diff, const struct pol_difference *difference,
                             char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
