/* Tuples: the engines as pure functions, side by side. */
#include "internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum diff_limits { SHRINK_BUDGET = 20000, PROGRESS_STEPS = 65536 };

enum pol_diff_status diff_bad(struct pol_diff *diff, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(diff->error, sizeof diff->error, format, args);
    va_end(args);
    return POL_DIFF_BAD;
}

const char *pol_diff_error(const struct pol_diff *diff)
{
    return diff->error;
}

void pol_diff_on_progress(struct pol_diff *diff, bool (*progress)(void *user, uint64_t steps),
                          void *user)
{
    diff->progress = progress;
    diff->progress_user = user;
}

enum pol_diff_status diff_progress(struct pol_diff *diff, const struct pol_diff_counts *counts)
{
    uint64_t steps = counts->steps + counts->skipped;
    if (!diff->progress || steps % PROGRESS_STEPS || diff->progress(diff->progress_user, steps))
        return POL_DIFF_AGREE;
    return diff_bad(diff, "stopped");
}

void diff_reset(struct pol_diff *diff)
{
    for (uint32_t i = 0; i < diff->n; i++)
        diff->engines[i]->ops->reset(diff->engines[i]);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static bool same_tags(const struct pol_space *a, const struct pol_space *b)
{
    if (a == b)
        return true;
    if (a->ntags != b->ntags || a->words != b->words)
        return false;
    for (uint32_t i = 0; i < a->ntags; i++)
        if (strcmp(a->tags[i].name, b->tags[i].name) || a->tags[i].nargs != b->tags[i].nargs ||
            a->tags[i].merge_all != b->tags[i].merge_all)
            return false;
    return true;
}

static const char *check_engines(struct pol_engine *const engines[], uint32_t n)
{
    if (n < 2 || n > POL_MAX_ENGINES)
        return "two to eight engines can be compared";
    for (uint32_t i = 1; i < n; i++) {
        if (!same_tags(engines[0]->space, engines[i]->space))
            return "the engines have different tags";
        if (engines[i]->ndeciders != engines[0]->ndeciders ||
            engines[i]->ndomains != engines[0]->ndomains)
            return "the engines have different components";
    }
    return NULL;
}

static int allocate(struct pol_diff *diff)
{
    for (uint32_t i = 0; i < diff->n; i++)
        if (pol_evaluation_init(diff->evaluation + i, diff->engines[i]))
            return -1;
    for (uint32_t i = 0; i < 2; i++)
        if (!(diff->lit[i] = calloc(diff->space->words, sizeof *diff->lit[i])))
            return -1;
    return pol_tuple_init(&diff->scratch, diff->space);
}

struct pol_diff *pol_diff_new(struct pol_engine *const engines[], uint32_t n,
                              const struct pol_isa *isa, const struct pol_debug_info *debug,
                              char *err, size_t errsize)
{
    const char *wrong = check_engines(engines, n);
    struct pol_diff *diff = wrong ? NULL : calloc(1, sizeof *diff);
    if (diff) {
        memcpy(diff->engines, engines, n * sizeof *engines);
        diff->n = n;
        diff->isa = *isa;
        diff->debug = debug;
        diff->space = engines[0]->space;
        diff->ndeciders = engines[0]->ndeciders;
    }
    if (!diff || allocate(diff)) {
        snprintf(err, errsize, "%s", wrong ? wrong : "out of memory");
        pol_diff_free(diff);
        return NULL;
    }
    return diff;
}

void pol_diff_free(struct pol_diff *diff)
{
    if (!diff)
        return;
    for (uint32_t i = 0; i < diff->n; i++)
        pol_evaluation_free(diff->evaluation + i);
    free(diff->lit[0]);
    free(diff->lit[1]);
    pol_tuple_free(&diff->scratch);
    free(diff);
}

void pol_difference_free(struct pol_difference *difference)
{
    for (uint32_t i = 0; i < difference->ncells; i++)
        free(difference->cells[i].lit);
    free(difference->cells);
    free(difference->saved);
    pol_tuple_free(&difference->tuple);
    pol_evaluation_free(difference->evaluation);
    pol_evaluation_free(difference->evaluation + 1);
    memset(difference, 0, sizeof *difference);
}

/* ---- One tuple ------------------------------------------------------------------------------- */

/* Engine `other` against engine 0. */
static enum pol_diff_aspect compare(const struct pol_diff *diff, uint32_t other,
                                    enum pol_result *result)
{
    const struct pol_evaluation *a = diff->evaluation, *b = diff->evaluation + other;
    if (diff->status[0] != diff->status[other])
        return POL_DIFF_STATUS;
    enum pol_diff_aspect aspect = diff_answers(&a->answer, &b->answer, diff->ndeciders);
    if (aspect != POL_DIFF_NONE || a->answer.verdict != POL_ALLOW)
        return aspect;
    for (unsigned i = 0; i < POL_RESULTS; i++) {
        *result = (enum pol_result)i;
        if (diff_has_result(&a->form, *result) &&
            !diff_same_set(diff->space, a->result[i], b->result[i]))
            return POL_DIFF_RESULT;
    }
    return POL_DIFF_NONE;
}

enum pol_diff_status diff_one(struct pol_diff *diff, const struct pol_tuple *tuple, bool commit,
                              bool *skipped, struct diff_finding *finding)
{
    bool valid = true;
    *skipped = false;
    for (uint32_t i = 0; i < diff->n; i++) {
        diff->status[i] =
            pol_evaluate_tuple(diff->engines[i], &diff->isa, tuple, false, diff->evaluation + i);
        if (diff->status[i] == POL_EVAL_MEMORY)
            return diff_bad(diff, "out of memory");
        *skipped |= diff->status[i] == POL_EVAL_UNENCODABLE;
        valid &= diff->status[i] == POL_EVAL_OK;
    }
    if (*skipped)
        return POL_DIFF_AGREE;
    memset(finding, 0, sizeof *finding);
    for (uint32_t i = 1; i < diff->n; i++) {
        finding->other = i;
        finding->aspect = compare(diff, i, &finding->result);
        if (finding->aspect != POL_DIFF_NONE)
            return POL_DIFF_DIFFER;
    }
    if (!valid) /* all gave sets that none can decode */
        return diff_bad(diff, "every engine gave an invalid set");
    if (commit && diff->evaluation[0].answer.verdict == POL_ALLOW)
        for (uint32_t i = 0; i < diff->n; i++)
            diff->engines[i]->ops->commit(diff->engines[i]);
    return POL_DIFF_AGREE;
}

/* ---- Shrinking ------------------------------------------------------------------------------- */

struct tuple_shrink {
    struct pol_diff *diff;
    const struct pol_tuple *tuple;
    enum pol_diff_aspect aspect; /* only the same kind of difference counts */
};

/* Does the tuple by itself, from the counters' initial state, show a difference? */
static bool tuple_differs(void *user)
{
    const struct tuple_shrink *state = user;
    struct diff_finding finding;
    bool skipped;
    diff_reset(state->diff);
    return diff_one(state->diff, state->tuple, false, &skipped, &finding) == POL_DIFF_DIFFER &&
           finding.aspect == state->aspect;
}

static void copy_evaluation(const struct pol_diff *diff, struct pol_evaluation *to,
                            const struct pol_evaluation *from)
{
    uint32_t *deciding = to->answer.deciding;
    to->answer = from->answer;
    to->answer.deciding = deciding;
    memcpy(deciding, from->answer.deciding, diff->ndeciders * sizeof *deciding);
    to->form = from->form;
    to->bad = from->bad;
    for (unsigned i = 0; i < POL_RESULTS; i++)
        memcpy(to->result[i], from->result[i], diff->space->words * sizeof *to->result[i]);
}

static void keep_finding(const struct pol_diff *diff, const struct diff_finding *finding,
                         struct pol_difference *difference)
{
    difference->aspect = finding->aspect;
    difference->engine[0] = 0;
    difference->engine[1] = finding->other;
    difference->result = finding->result;
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t engine = difference->engine[i];
        difference->status[i] = diff->status[engine];
        copy_evaluation(diff, difference->evaluation + i, diff->evaluation + engine);
    }
}

static void shrink_tuple(struct pol_diff *diff, struct pol_difference *difference)
{
    struct tuple_shrink state = {diff, &difference->tuple, difference->aspect};
    struct shrink shrink = {diff->space, difference->tuple.set, POL_TUPLE_SETS, tuple_differs,
                            &state,      SHRINK_BUDGET};
    struct diff_finding finding;
    bool skipped;
    difference->reproduced = tuple_differs(&state);
    if (!difference->reproduced)
        return;
    shrink_sets(&shrink);
    diff_reset(diff);
    if (diff_one(diff, &difference->tuple, false, &skipped, &finding) == POL_DIFF_DIFFER)
        keep_finding(diff, &finding, difference);
}

static enum pol_diff_status record(struct pol_diff *diff, const struct pol_tuple *tuple,
                                   const struct diff_finding *finding, uint64_t step,
                                   struct pol_difference *difference)
{
    memset(difference, 0, sizeof *difference);
    if (pol_tuple_init(&difference->tuple, diff->space) ||
        pol_evaluation_init(difference->evaluation, diff->engines[0]) ||
        pol_evaluation_init(difference->evaluation + 1, diff->engines[0])) {
        pol_difference_free(difference);
        return diff_bad(diff, "out of memory");
    }
    difference->is_tuple = true;
    difference->step = step;
    pol_tuple_copy(&difference->tuple, tuple, diff->space);
    keep_finding(diff, finding, difference);
    shrink_tuple(diff, difference);
    describe_evaluations(diff, difference);
    return POL_DIFF_DIFFER;
}

/* ---- Runs ------------------------------------------------------------------------------------ */

enum pol_diff_status diff_counted(struct pol_diff *diff, const struct pol_tuple *tuple, bool commit,
                                  struct pol_diff_counts *counts, struct pol_difference *difference)
{
    struct diff_finding finding;
    bool skipped;
    enum pol_diff_status status = diff_one(diff, tuple, commit, &skipped, &finding);
    if (status == POL_DIFF_DIFFER)
        return record(diff, tuple, &finding, counts->steps, difference);
    if (status == POL_DIFF_BAD)
        return status;
    if (skipped) {
        counts->skipped++;
        return diff_progress(diff, counts);
    }
    counts->steps++;
    switch (diff->evaluation[0].answer.verdict) {
    case POL_ALLOW:
        counts->allowed++;
        break;
    case POL_FAIL_IMPLICIT:
        counts->implicit++;
        break;
    default:
        counts->explicits++;
        break;
    }
    return diff_progress(diff, counts);
}

enum pol_diff_status pol_diff_tuple(struct pol_diff *diff, const struct pol_tuple *tuple,
                                    struct pol_diff_counts *counts,
                                    struct pol_difference *difference)
{
    memset(difference, 0, sizeof *difference);
    diff_reset(diff);
    return diff_counted(diff, tuple, false, counts, difference);
}

enum pol_diff_status pol_diff_exhaustive(struct pol_diff *diff,
                                         const struct pol_diff_source *source,
                                         struct pol_diff_counts *counts,
                                         struct pol_difference *difference)
{
    enum pol_diff_status status = POL_DIFF_AGREE;
    uint64_t n = 0;
    int more = 1;
    memset(counts, 0, sizeof *counts);
    memset(difference, 0, sizeof *difference);
    if (source->count > POL_DIFF_MAX_TUPLES)
        return diff_bad(diff, "%" PRIu64 " tuples are too many to try them all (limit %u)",
                        source->count, POL_DIFF_MAX_TUPLES);
    diff_reset(diff);
    while (status == POL_DIFF_AGREE && (more = source->next(source->user, &diff->scratch)) > 0) {
        if (++n > source->count)
            break;
        status = diff_counted(diff, &diff->scratch, false, counts, difference);
    }
    if (status != POL_DIFF_AGREE)
        return status;
    if (more < 0)
        return diff_bad(diff, "the enumeration failed after %" PRIu64 " tuples", n);
    if (n != source->count)
        return diff_bad(diff, "the enumeration gave %s than the %" PRIu64 " tuples announced",
                        n < source->count ? "fewer" : "more", source->count);
    return POL_DIFF_AGREE;
}
