/* What the parts of the comparison share.  Private to runtime/diff. */
#ifndef POL_DIFF_INTERNAL_H
#define POL_DIFF_INTERNAL_H

#include <pol/diff.h>

struct pol_diff {
    struct pol_engine *engines[POL_MAX_ENGINES];
    uint32_t n;
    struct pol_isa isa;
    const struct pol_space *space;
    const struct pol_debug_info *debug;
    uint32_t ndeciders;
    struct pol_evaluation evaluation[POL_MAX_ENGINES]; /* tuples: the last answers */
    enum pol_eval_status status[POL_MAX_ENGINES];
    struct pol_tuple scratch;
    uint32_t *lit[2]; /* literals to compare */
    bool (*progress)(void *user, uint64_t steps);
    void *progress_user;
    char error[240];
};

/* Sets the error; returns POL_DIFF_BAD. */
enum pol_diff_status diff_bad(struct pol_diff *diff, const char *format, ...);

/* A difference between engines 0 and `other`. */
struct diff_finding {
    enum pol_diff_aspect aspect;
    uint32_t other;
    enum pol_result result;
    enum pol_operand operand;
};

/* Tells of progress now and then.  AGREE, or BAD when the run is to stop. */
enum pol_diff_status diff_progress(struct pol_diff *diff, const struct pol_diff_counts *counts);

/* compare.c */
enum pol_diff_aspect diff_answers(const struct pol_answer *a, const struct pol_answer *b,
                                  uint32_t ndeciders);
bool diff_same_set(const struct pol_space *space, const uint32_t *a, const uint32_t *b);
/* Whether the form has a result that is to be compared. */
bool diff_has_result(const struct pol_form *form, enum pol_result result);

/* tuple.c: one tuple through all engines as their counters stand.  AGREE; DIFFER with *finding;
 * BAD. *skipped: some engine cannot encode it, nothing was compared. */
enum pol_diff_status diff_one(struct pol_diff *diff, const struct pol_tuple *tuple, bool commit,
                              bool *skipped, struct diff_finding *finding);
/* Counts, and on a difference fills *difference, shrunk. */
enum pol_diff_status diff_counted(struct pol_diff *diff, const struct pol_tuple *tuple, bool commit,
                                  struct pol_diff_counts *counts,
                                  struct pol_difference *difference);
void diff_reset(struct pol_diff *diff);

/* shrink.c: makes literals smaller, one change at a time, while differs() holds. */
struct shrink {
    const struct pol_space *space;
    uint32_t **lits;
    size_t n;
    bool (*differs)(void *user);
    void *user;
    uint32_t budget; /* calls of differs */
};
void shrink_sets(struct shrink *shrink);

/* describe.c: fills difference->text. */
void describe_evaluations(const struct pol_diff *diff, struct pol_difference *difference);
void describe_outcomes(const struct pol_diff *diff, struct pol_difference *difference,
                       const struct pol_machine *const machines[2],
                       const struct pol_outcome *const outcomes[2]);

/* repro.c: the state before an event, as cells. */
int repro_capture(struct pol_difference *difference, const struct pol_machine *machine,
                  const struct pol_event *event);
/* The events that set the state and then do the event; malloc'ed, with their texts; NULL when
 * memory is short. */
struct repro_events {
    struct pol_event *events;
    size_t n;
    char **texts;
    size_t ntexts;
};
int repro_build(const struct pol_diff *diff, const struct pol_difference *difference,
                struct repro_events *out);
void repro_free(struct repro_events *events);

#endif
