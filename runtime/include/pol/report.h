/* Reports: what a person or another program is told about answers and violations.
 *
 * Purpose: the texts of `policyc eval` and `trace check`, and the JSON object of a violation
 * (docs/formats/report.md: stable field names).
 *
 * Names of deciders and rules come through struct pol_debug_info, which the loader of a table and
 * the compiler fill from what they have; whatever is missing is left out or given by number.
 *
 * Ownership: debug info is borrowed; callers give buffers.  Formatting functions answer like
 * snprintf: the length needed.  Threads: pure functions.
 */
#ifndef POL_REPORT_H
#define POL_REPORT_H

#include <pol/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pol_debug_rule {
    const char *file;      /* base name, e.g. "rwx.pol"; NULL: not known */
    uint32_t line, column; /* of the rule's first character, from 1 */
    const char *message;   /* of an explicit failure, "" otherwise */
    const char *text;      /* the source on one line, or NULL */
};

struct pol_debug_response {
    const char *name; /* after `respond`, qualified; "default" */
    enum pol_action action;
    const char *entity; /* "" for none */
};

struct pol_debug_decider {
    const char *name; /* qualified */
    bool is_global;
    uint32_t nrules;
    const struct pol_debug_rule *rules; /* by rule id */
};

struct pol_debug_info {
    const char *policy; /* name of the composition */
    const char *digest; /* hexadecimal, or NULL */
    uint32_t nresponses;
    const struct pol_debug_response *responses; /* as answers number them; the first is the default
                                                   one */
    uint32_t ndeciders;
    const struct pol_debug_decider *deciders;
};

/* NULL where there is none.  `info` may be NULL. */
const struct pol_debug_rule *pol_debug_rule_at(const struct pol_debug_info *info, uint32_t decider,
                                               uint32_t rule);
const char *pol_debug_decider_name(const struct pol_debug_info *info, uint32_t decider);
const struct pol_debug_response *pol_debug_response_at(const struct pol_debug_info *info,
                                                       uint32_t response);
/* "report", "terminate", "failsafe", "halt". */
const char *pol_action_name(enum pol_action action);

/* The message of a failure: its rule's, or the built-in one (`conflicting arguments of TAG`, `value
 * out of range`, `fresh values exhausted`, `nested TagSet`); "" for implicit ones. */
size_t pol_failure_message(const struct pol_space *space, const struct pol_debug_info *info,
                           const struct pol_failure *failure, char *buf, size_t size);
/* The same of a whole outcome, machine-level causes included (`untagged memory`, `granules
 * disagree`, `conflicting arguments of TAG`). */
size_t pol_outcome_message(const struct pol_space *space, const struct pol_debug_info *info,
                           const struct pol_outcome *outcome, char *buf, size_t size);

/* The answer lines of `policyc eval` and operand traces:
 *     allow env={} rd={} csr=- mem={Rd}
 *     fail explicit rwx.pol:31:9 "write violation"
 *     fail explicit rwx.pol:31:9 "write violation" respond main.lockdown
 *     fail implicit
 *     allow env={} rd={} csr=- mem={Rd} reports rwx.pol:12:5, rwx.pol:14:5
 * respond: the response that acts, if it is not the default one.  reports: rules that matched,
 * asked for a report and went on; also after failures. rd=-: no decider writes it; csr=-, mem=-:
 * the instruction does not touch it; else the whole set, for memory that is only read the
 * operand's.  result[]: literals, looked at when allowed. */
size_t pol_answer_format(const struct pol_space *space, const struct pol_debug_info *info,
                         const struct pol_form *form, const struct pol_answer *answer,
                         uint32_t *const result[POL_RESULTS], char *buf, size_t size);
/* The same of an evaluation; `error unencodable` where the engine refuses an operand. */
size_t pol_evaluation_format(const struct pol_space *space, const struct pol_debug_info *info,
                             enum pol_eval_status status, const struct pol_evaluation *evaluation,
                             char *buf, size_t size);
/* The last line of an outcome: `allow`, or as above, with the machine-level causes in quotes: `fail
 * implicit "untagged memory"`. */
size_t pol_outcome_format(const struct pol_space *space, const struct pol_debug_info *info,
                          const struct pol_outcome *outcome, char *buf, size_t size);
/* A tuple as a line of an operand trace: `0x00052283 env={} code={Ex} mem={Rd}`: the operands that
 * the instruction has, and `rd=` where the old set is not {}. */
size_t pol_tuple_format(const struct pol_space *space, const struct pol_isa *isa,
                        const struct pol_tuple *tuple, char *buf, size_t size);

/* Which program, for the reports of one run; all may be NULL. */
struct pol_report_context {
    const struct pol_debug_info *debug;
    const char *program;
    /* Symbol of a code address: the name, and *offset from its start; NULL: none. */
    const char *(*symbol)(void *user, uint64_t pc, uint64_t *offset);
    void *user;
};

/* A violation for people, several lines, each ended by a newline. */
size_t pol_violation_format(const struct pol_report_context *context,
                            const struct pol_violation *violation, char *buf, size_t size);
/* The same as one JSON object on one line without a newline, in malloc'ed memory; NULL when memory
 * is short. */
char *pol_violation_json(const struct pol_report_context *context,
                         const struct pol_violation *violation);

#ifdef __cplusplus
}
#endif
#endif
