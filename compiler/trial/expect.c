/* What a test expects, held against an answer. */
#include <stdlib.h>
#include <string.h>

#include "compiler/trial/trial.h"

static const char *const result_names[POL_RESULTS] = {"env", "rd", "csr", "mem"};

/* ---- Patterns of constants ------------------------------------------------------------------- */

static bool argument_holds(const struct model_arg *arg, const struct pol_tag_arg *declared,
                           const uint32_t *lit)
{
    return arg->kind == MODEL_ARG_ANY ||
           (arg->kind == MODEL_ARG_INT && !declared->is_set && lit[declared->offset] == arg->value);
}

static bool requirement_holds(const struct model_req *req, const struct pol_space *space,
                              const uint32_t *lit)
{
    const struct pol_tag_info *tag = &space->tags[req->tag];
    if (pol_lit_has(lit, req->tag) == req->forbidden)
        return false;
    for (uint32_t k = 0; req->args && k < tag->nargs; k++)
        if (!argument_holds(&req->args[k], &tag->args[k], lit))
            return false;
    return true;
}

static bool is_required(const struct model_pattern *pattern, uint32_t tag)
{
    for (uint32_t i = 0; i < pattern->nreqs; i++)
        if (pattern->reqs[i].tag == tag && !pattern->reqs[i].forbidden)
            return true;
    return false;
}

static bool pattern_holds(const struct model_pattern *pattern, const struct pol_space *space,
                          const uint32_t *lit)
{
    for (uint32_t i = 0; i < pattern->nreqs; i++)
        if (!requirement_holds(&pattern->reqs[i], space, lit))
            return false;
    for (uint32_t t = 0; pattern->exact && t < space->ntags; t++)
        if (pol_lit_has(lit, t) && !is_required(pattern, t))
            return false;
    return true;
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void add_tag(struct str_buf *out, const struct pol_space *space, uint32_t tag)
{
    const struct pol_tag_info *info = &space->tags[tag];
    str_printf(out, "%s%s%s", info->ambiguous ? info->module : "", info->ambiguous ? "." : "",
               info->name);
}

static void add_argument(struct str_buf *out, const struct model_arg *arg,
                         const struct pol_tag_arg *declared)
{
    if (arg->kind != MODEL_ARG_INT)
        str_add(out, " _");
    else if (declared->values)
        str_printf(out, " %s", declared->values[arg->value]);
    else
        str_printf(out, " %llu", (unsigned long long)arg->value);
}

static void add_requirement(struct str_buf *out, const struct model_req *req,
                            const struct pol_space *space, bool exact)
{
    const struct pol_tag_info *tag = &space->tags[req->tag];
    bool with = req->args && tag->nargs;
    str_printf(out, "%s%s", exact ? "" : req->forbidden ? "-" : "+", with && !exact ? "(" : "");
    add_tag(out, space, req->tag);
    for (uint32_t k = 0; with && k < tag->nargs; k++)
        add_argument(out, &req->args[k], &tag->args[k]);
    str_add(out, with && !exact ? ")" : "");
}

static void add_pattern(struct str_buf *out, const struct model_result_pattern *result,
                        const struct pol_space *space)
{
    const struct model_pattern *p = &result->pattern;
    str_printf(out, "%s == %s", result_names[result->result], p->exact ? "{" : "[");
    for (uint32_t i = 0; i < p->nreqs; i++) {
        str_add(out, i ? ", " : "");
        add_requirement(out, &p->reqs[i], space, p->exact);
    }
    str_add(out, p->exact ? "}" : "]");
}

void trial_expect_text(const struct model_expect *expect, const struct pol_space *space,
                       struct str_buf *out)
{
    switch (expect->kind) {
    case MODEL_EXPECT_ALLOW:
        str_add(out, "allow");
        return;
    case MODEL_EXPECT_FAIL:
        str_printf(out, "fail%s",
                   expect->message                        ? ""
                   : expect->failure == POL_FAIL_EXPLICIT ? " explicit"
                   : expect->failure == POL_FAIL_IMPLICIT ? " implicit"
                                                          : "");
        if (expect->message)
            str_printf(out, " \"%s\"", expect->message);
        return;
    case MODEL_EXPECT_RESULTS:
        str_add(out, "allow, with ");
        for (uint32_t i = 0; i < expect->nresults; i++) {
            str_add(out, i ? ", " : "");
            add_pattern(out, &expect->results[i], space);
        }
        return;
    }
    abort();
}

/* ---- Answers --------------------------------------------------------------------------------- */

static bool message_is(const char *wanted, const struct pol_space *space,
                       const struct pol_debug_info *debug, const struct pol_failure *failure)
{
    size_t need = pol_failure_message(space, debug, failure, NULL, 0) + 1;
    char *text = lang_xalloc(need);
    pol_failure_message(space, debug, failure, text, need);
    bool same = strcmp(text, wanted) == 0;
    free(text);
    return same;
}

static bool failure_holds(const struct model_expect *expect, const struct pol_space *space,
                          const struct pol_debug_info *debug, const struct pol_answer *answer,
                          struct str_buf *why)
{
    if (answer->verdict == POL_ALLOW)
        str_add(why, "it is allowed");
    else if (expect->failure != POL_ALLOW && answer->verdict != expect->failure)
        str_printf(why, "it fails, but %s",
                   answer->verdict == POL_FAIL_IMPLICIT ? "implicitly: no rule matches"
                                                        : "explicitly");
    else if (expect->message && answer->verdict == POL_FAIL_IMPLICIT)
        str_add(why, "it fails implicitly, without a message");
    else if (expect->message && !message_is(expect->message, space, debug, &answer->first))
        str_add(why, "it fails with another message");
    else
        return true;
    return false;
}

static bool results_hold(const struct model_expect *expect, const struct pol_space *space,
                         const struct pol_evaluation *evaluation, struct str_buf *why)
{
    for (uint32_t i = 0; i < expect->nresults; i++) {
        const struct model_result_pattern *r = &expect->results[i];
        if (pattern_holds(&r->pattern, space, evaluation->result[r->result]))
            continue;
        const uint32_t *lit = evaluation->result[r->result];
        size_t need = pol_lit_format(space, lit, NULL, 0) + 1;
        char *text = lang_xalloc(need);
        pol_lit_format(space, lit, text, need);
        str_printf(why, "%s is %s", result_names[r->result], text);
        free(text);
        return false;
    }
    return true;
}

bool trial_expect_holds(const struct model_expect *expect, const struct pol_space *space,
                        const struct pol_debug_info *debug, const struct pol_evaluation *evaluation,
                        struct str_buf *why)
{
    if (expect->kind == MODEL_EXPECT_FAIL)
        return failure_holds(expect, space, debug, &evaluation->answer, why);
    if (evaluation->answer.verdict != POL_ALLOW) {
        str_add(why, "it fails");
        return false;
    }
    return expect->kind != MODEL_EXPECT_RESULTS || results_hold(expect, space, evaluation, why);
}
