/* Answers, outcomes and operand tuples as lines of text. */
#include <pol/report.h>

#include <inttypes.h>
#include <string.h>

#include "text.h"

const struct pol_debug_rule *pol_debug_rule_at(const struct pol_debug_info *info, uint32_t decider,
                                               uint32_t rule)
{
    if (!info || decider >= info->ndeciders || rule >= info->deciders[decider].nrules)
        return NULL;
    return info->deciders[decider].rules + rule;
}

const char *pol_debug_decider_name(const struct pol_debug_info *info, uint32_t decider)
{
    return info && decider < info->ndeciders ? info->deciders[decider].name : NULL;
}

const struct pol_debug_response *pol_debug_response_at(const struct pol_debug_info *info,
                                                       uint32_t response)
{
    return info && response < info->nresponses ? info->responses + response : NULL;
}

const char *pol_action_name(enum pol_action action)
{
    static const char *const names[] = {[POL_ACTION_REPORT] = "report",
                                        [POL_ACTION_TERMINATE] = "terminate",
                                        [POL_ACTION_FAILSAFE] = "failsafe",
                                        [POL_ACTION_HALT] = "halt"};
    return names[action];
}

/* ---- Messages -------------------------------------------------------------------------------- */

static void add_tag_name(struct text *text, const struct pol_space *space, uint32_t tag)
{
    if (tag >= space->ntags)
        text_add(text, "a tag");
    else if (space->tags[tag].ambiguous)
        text_add(text, "%s.%s", space->tags[tag].module, space->tags[tag].name);
    else
        text_add(text, "%s", space->tags[tag].name);
}

static void add_message(struct text *text, const struct pol_space *space,
                        const struct pol_debug_info *info, const struct pol_failure *failure)
{
    const struct pol_debug_rule *rule = pol_debug_rule_at(info, failure->decider, failure->rule);
    switch (failure->cause) {
    case POL_CAUSE_RULE:
        text_add(text, "%s", rule && rule->message ? rule->message : "");
        break;
    case POL_CAUSE_CONFLICT:
        text_add(text, "conflicting arguments of ");
        add_tag_name(text, space, failure->tag);
        break;
    case POL_CAUSE_RANGE:
        text_add(text, "value out of range");
        break;
    case POL_CAUSE_EXHAUSTED:
        text_add(text, "fresh values exhausted");
        break;
    case POL_CAUSE_NESTED:
        text_add(text, "nested TagSet");
        break;
    default:
        break;
    }
}

size_t pol_failure_message(const struct pol_space *space, const struct pol_debug_info *info,
                           const struct pol_failure *failure, char *buf, size_t size)
{
    struct text text;
    text_init(&text, buf, size);
    add_message(&text, space, info, failure);
    return text.length;
}

size_t pol_outcome_message(const struct pol_space *space, const struct pol_debug_info *info,
                           const struct pol_outcome *outcome, char *buf, size_t size)
{
    struct text text;
    text_init(&text, buf, size);
    switch (outcome->cause) {
    case POL_MACHINE_UNTAGGED:
        text_add(&text, "untagged memory");
        break;
    case POL_MACHINE_DISAGREE:
        text_add(&text, "granules disagree");
        break;
    case POL_MACHINE_CONFLICT:
        text_add(&text, "conflicting arguments of ");
        add_tag_name(&text, space, outcome->tag);
        break;
    default:
        if (outcome->verdict != POL_ALLOW)
            add_message(&text, space, info, &outcome->answer.first);
        break;
    }
    return text.length;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void add_place(struct text *text, const struct pol_debug_info *info, uint32_t decider,
                      uint32_t number)
{
    const struct pol_debug_rule *rule = pol_debug_rule_at(info, decider, number);
    if (rule && rule->file)
        text_add(text, " %s:%" PRIu32 ":%" PRIu32, rule->file, rule->line, rule->column);
    else if (number != POL_NO_RULE)
        text_add(text, " %" PRIu32 ".%" PRIu32, decider, number);
}

/* The response, unless it is the default one, and the reports. */
static void add_consequences(struct text *text, const struct pol_debug_info *info,
                             const struct pol_answer *answer)
{
    const struct pol_debug_response *response = pol_debug_response_at(info, answer->response);
    uint32_t n = answer->nreports < POL_MAX_REPORTS ? answer->nreports : POL_MAX_REPORTS;
    if (response && answer->response)
        text_add(text, " respond %s", response->name);
    if (n)
        text_add(text, " reports");
    for (uint32_t i = 0; i < n; i++) {
        text_add(text, "%s", i ? "," : "");
        add_place(text, info, answer->reports[i].decider, answer->reports[i].rule);
    }
    if (answer->nreports > n)
        text_add(text, " and %" PRIu32 " more", answer->nreports - n);
}

static void add_failure(struct text *text, const struct pol_space *space,
                        const struct pol_debug_info *info, enum pol_verdict verdict,
                        const struct pol_failure *failure)
{
    char message[1024];
    if (verdict == POL_FAIL_IMPLICIT) {
        text_add(text, "fail implicit");
        return;
    }
    text_add(text, "fail explicit");
    add_place(text, info, failure->decider, failure->rule);
    text_add(text, " ");
    pol_failure_message(space, info, failure, message, sizeof message);
    text_quote(text, message);
}

size_t pol_answer_format(const struct pol_space *space, const struct pol_debug_info *info,
                         const struct pol_form *form, const struct pol_answer *answer,
                         uint32_t *const result[POL_RESULTS], char *buf, size_t size)
{
    struct text text;
    text_init(&text, buf, size);
    if (answer->verdict != POL_ALLOW) {
        add_failure(&text, space, info, answer->verdict, &answer->first);
        add_consequences(&text, info, answer);
        return text.length;
    }
    const bool shown[POL_RESULTS] = {
        [POL_RES_ENV] = true,
        [POL_RES_RD] = answer->written & (1u << POL_RES_RD),
        [POL_RES_CSR] = form->op2 == POL_FILE_CSR,
        [POL_RES_MEM] = form->mem != POL_MEM_NONE,
    };
    static const char *const names[POL_RESULTS] = {"env", "rd", "csr", "mem"};
    text_add(&text, "allow");
    for (unsigned i = 0; i < POL_RESULTS; i++) {
        text_add(&text, " %s=", names[i]);
        if (shown[i])
            text_set(&text, space, result[i]);
        else
            text_add(&text, "-");
    }
    add_consequences(&text, info, answer);
    return text.length;
}

size_t pol_evaluation_format(const struct pol_space *space, const struct pol_debug_info *info,
                             enum pol_eval_status status, const struct pol_evaluation *evaluation,
                             char *buf, size_t size)
{
    struct text text;
    if (status == POL_EVAL_OK)
        return pol_answer_format(space, info, &evaluation->form, &evaluation->answer,
                                 evaluation->result, buf, size);
    text_init(&text, buf, size);
    text_add(&text, "error %s",
             status == POL_EVAL_UNENCODABLE ? "unencodable"
             : status == POL_EVAL_INVALID   ? "invalid"
                                            : "memory");
    return text.length;
}

size_t pol_outcome_format(const struct pol_space *space, const struct pol_debug_info *info,
                          const struct pol_outcome *outcome, char *buf, size_t size)
{
    struct text text;
    char message[1024];
    text_init(&text, buf, size);
    if (outcome->verdict == POL_ALLOW) {
        text_add(&text, "allow");
    } else if (outcome->cause == POL_MACHINE_NONE) {
        add_failure(&text, space, info, outcome->verdict, &outcome->answer.first);
    } else {
        pol_outcome_message(space, info, outcome, message, sizeof message);
        text_add(&text, "fail %s ",
                 outcome->verdict == POL_FAIL_IMPLICIT ? "implicit" : "explicit");
        text_quote(&text, message);
    }
    add_consequences(&text, info, &outcome->answer);
    return text.length;
}

/* ---- Tuples ---------------------------------------------------------------------------------- */

static bool is_empty(const struct pol_space *space, const uint32_t *lit)
{
    for (uint32_t i = 0; i < space->words; i++)
        if (lit[i])
            return false;
    return true;
}

size_t pol_tuple_format(const struct pol_space *space, const struct pol_isa *isa,
                        const struct pol_tuple *tuple, char *buf, size_t size)
{
    static const char *const names[POL_TUPLE_SETS] = {"env", "code", "op1", "op2",
                                                      "op3", "mem",  "rd"};
    int row = pol_isa_decode(isa, tuple->word);
    struct pol_form form = {0};
    struct text text;
    if (row >= 0)
        form = pol_insn_form(pol_insn_at((size_t)row));
    const bool has[POL_TUPLE_SETS] = {
        [POL_OP_ENV] = true,
        [POL_OP_CODE] = true,
        [POL_OP_OP1] = form.op1 != POL_FILE_NONE,
        [POL_OP_OP2] = form.op2 != POL_FILE_NONE,
        [POL_OP_OP3] = form.op3 != POL_FILE_NONE,
        [POL_OP_MEM] = form.mem != POL_MEM_NONE,
        [POL_TUPLE_RD] = form.rd != POL_FILE_NONE && !is_empty(space, tuple->set[POL_TUPLE_RD]),
    };
    text_init(&text, buf, size);
    text_add(&text, "0x%08" PRIx32, tuple->word);
    for (unsigned i = 0; i < POL_TUPLE_SETS; i++) {
        if (!has[i])
            continue;
        text_add(&text, " %s=", names[i]);
        text_set(&text, space, tuple->set[i]);
    }
    return text.length;
}
