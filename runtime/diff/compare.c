/* What it means for two answers to agree. */
#include "internal.h"

#include <string.h>

const char *pol_diff_aspect_name(enum pol_diff_aspect aspect)
{
    static const char *const names[] = {
        [POL_DIFF_NONE] = "none",
        [POL_DIFF_VERDICT] = "verdict",
        [POL_DIFF_CAUSE] = "cause",
        [POL_DIFF_RULE] = "failing rule",
        [POL_DIFF_TAG] = "tag at fault",
        [POL_DIFF_FAILURES] = "list of failures",
        [POL_DIFF_RESPONSE] = "response",
        [POL_DIFF_REPORTS] = "reports",
        [POL_DIFF_DECIDING] = "deciding rule",
        [POL_DIFF_WRITTEN] = "written results",
        [POL_DIFF_RESULT] = "result",
        [POL_DIFF_OPERAND] = "operand",
        [POL_DIFF_STATUS] = "ability to go on",
    };
    return names[aspect];
}

static bool same_failure(const struct pol_failure *a, const struct pol_failure *b)
{
    return a->decider == b->decider && a->rule == b->rule && a->cause == b->cause &&
           a->tag == b->tag;
}

static bool same_failures(const struct pol_answer *a, const struct pol_answer *b)
{
    uint32_t n = a->nfailures < POL_MAX_FAILURES ? a->nfailures : POL_MAX_FAILURES;
    if (a->nfailures != b->nfailures)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!same_failure(a->failures + i, b->failures + i))
            return false;
    return true;
}

/* What a failing answer says of its failures; an allowing one has none. */
static enum pol_diff_aspect diff_failures(const struct pol_answer *a, const struct pol_answer *b)
{
    if (a->first.cause != b->first.cause)
        return POL_DIFF_CAUSE;
    if (a->first.decider != b->first.decider || a->first.rule != b->first.rule)
        return POL_DIFF_RULE;
    if (a->first.tag != b->first.tag)
        return POL_DIFF_TAG;
    return same_failures(a, b) ? POL_DIFF_NONE : POL_DIFF_FAILURES;
}

static bool same_reports(const struct pol_answer *a, const struct pol_answer *b)
{
    uint32_t n = a->nreports < POL_MAX_REPORTS ? a->nreports : POL_MAX_REPORTS;
    if (a->nreports != b->nreports)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (a->reports[i].decider != b->reports[i].decider ||
            a->reports[i].rule != b->reports[i].rule)
            return false;
    return true;
}

enum pol_diff_aspect diff_answers(const struct pol_answer *a, const struct pol_answer *b,
                                  uint32_t ndeciders)
{
    enum pol_diff_aspect aspect = POL_DIFF_NONE;
    if (a->verdict != b->verdict)
        return POL_DIFF_VERDICT;
    if (a->verdict != POL_ALLOW)
        aspect = diff_failures(a, b);
    if (aspect != POL_DIFF_NONE)
        return aspect;
    if (a->response != b->response)
        return POL_DIFF_RESPONSE;
    if (!same_reports(a, b))
        return POL_DIFF_REPORTS;
    if (a->deciding && b->deciding &&
        memcmp(a->deciding, b->deciding, ndeciders * sizeof(uint32_t)))
        return POL_DIFF_DECIDING;
    if (a->verdict == POL_ALLOW && a->written != b->written)
        return POL_DIFF_WRITTEN;
    return POL_DIFF_NONE;
}

bool diff_same_set(const struct pol_space *space, const uint32_t *a, const uint32_t *b)
{
    return !memcmp(a, b, space->words * sizeof *a);
}

bool diff_has_result(const struct pol_form *form, enum pol_result result)
{
    switch (result) {
    case POL_RES_ENV:
        return true;
    case POL_RES_RD:
        return form->rd != POL_FILE_NONE;
    case POL_RES_CSR:
        return form->csr;
    case POL_RES_MEM:
        return form->mem == POL_MEM_WRITE || form->mem == POL_MEM_READWRITE;
    default:
        return false;
    }
}
