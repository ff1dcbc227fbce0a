/* Violation reports: for people, and as JSON (docs/formats/report.md). */
#include <pol/report.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char *const operand_names[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};

static const struct pol_isa *isa_of(const struct pol_violation *violation)
{
    return &pol_machine_image(violation->machine)->isa;
}

static const struct pol_space *space_of(const struct pol_violation *violation)
{
    return pol_machine_image(violation->machine)->space;
}

static const char *verdict_name(enum pol_verdict verdict)
{
    return verdict == POL_ALLOW ? "allow" : verdict == POL_FAIL_IMPLICIT ? "implicit" : "explicit";
}

/* A register, CSR or memory granule. */
static void add_place(struct text *text, const struct pol_place *place)
{
    const char *csr = place->target == POL_TAG_CSR ? pol_csr_name(place->number) : NULL;
    switch (place->target) {
    case POL_TAG_X:
        text_add(text, "%s", pol_reg_name(POL_FILE_INT, place->number, POL_REGS_ABI));
        break;
    case POL_TAG_F:
        text_add(text, "%s", pol_reg_name(POL_FILE_FP, place->number, POL_REGS_ABI));
        break;
    case POL_TAG_CSR:
        if (csr)
            text_add(text, "%s", csr);
        else
            text_add(text, "csr 0x%03" PRIx32, place->number);
        break;
    case POL_TAG_MEM:
        text_add(text, "0x%" PRIx64, place->address);
        break;
    default:
        text_add(text, "pc");
        break;
    }
}

/* What acts; without debug information the default of the default. */
static struct pol_debug_response response_of(const struct pol_report_context *context,
                                             const struct pol_violation *violation)
{
    const struct pol_debug_response *response =
        pol_debug_response_at(context->debug, violation->outcome->answer.response);
    if (violation->report)
        return (struct pol_debug_response){"", POL_ACTION_REPORT, ""};
    return response ? *response : (struct pol_debug_response){"default", POL_ACTION_TERMINATE, ""};
}

/* A rule that asked for a report, as a failure. */
static struct pol_failure failure_of(const struct pol_report_rule *report)
{
    return (struct pol_failure){report->decider, report->rule, POL_CAUSE_RULE, POL_NO_TAG};
}

static const char *symbol_of(const struct pol_report_context *context, uint64_t pc,
                             uint64_t *offset)
{
    *offset = 0;
    return context->symbol ? context->symbol(context->user, pc, offset) : NULL;
}

/* An operand's set as text in malloc'ed memory; NULL: absent, or memory is short. */
static char *operand_text(const struct pol_violation *violation, enum pol_operand op)
{
    const struct pol_space *space = space_of(violation);
    uint32_t *lit = calloc(space->words, sizeof *lit);
    char *text = NULL;
    int found =
        lit ? pol_machine_operand(violation->machine, op, violation->outcome->granule, lit) : 0;
    size_t size = found > 0 ? pol_lit_format(space, lit, NULL, 0) + 1 : sizeof "invalid";
    if (found && (text = malloc(size))) {
        if (found > 0)
            pol_lit_format(space, lit, text, size);
        else
            memcpy(text, "invalid", size);
    }
    free(lit);
    return text;
}

/* ---- For people ------------------------------------------------------------------------------ */

static void add_instruction(struct text *text, const struct pol_report_context *context,
                            const struct pol_violation *violation)
{
    char insn[96];
    uint64_t offset, pc = violation->event->pc;
    const char *symbol = symbol_of(context, pc, &offset);
    pol_insn_format(isa_of(violation), violation->outcome->word, POL_REGS_ABI, insn, sizeof insn);
    text_add(text, "  at 0x%" PRIx64, pc);
    if (symbol)
        text_add(text, " <%s+0x%" PRIx64 ">", symbol, offset);
    text_add(text, ": %s\n", insn);
}

static void add_operands(struct text *text, const struct pol_violation *violation)
{
    for (unsigned op = 0; op < POL_OPERANDS; op++) {
        struct pol_place place;
        char *set = operand_text(violation, (enum pol_operand)op);
        if (!set)
            continue;
        pol_machine_operand_place(violation->machine, (enum pol_operand)op,
                                  violation->outcome->granule, &place);
        text_add(text, "  %-4s = %s  (", operand_names[op], set);
        add_place(text, &place);
        text_add(text, ")\n");
        free(set);
    }
}

static void add_failure(struct text *text, const struct pol_report_context *context,
                        const struct pol_violation *violation, const struct pol_failure *failure)
{
    const struct pol_debug_rule *rule =
        pol_debug_rule_at(context->debug, failure->decider, failure->rule);
    const char *name = pol_debug_decider_name(context->debug, failure->decider);
    char message[512];
    pol_failure_message(space_of(violation), context->debug, failure, message, sizeof message);
    text_add(text, "  by %s:", name ? name : "?");
    if (rule && rule->file)
        text_add(text, " %s:%" PRIu32 ":%" PRIu32 ":", rule->file, rule->line, rule->column);
    text_add(text, " %s\n", failure->rule == POL_NO_RULE ? "no rule matches" : message);
    if (rule && rule->text)
        text_add(text, "     %s\n", rule->text);
}

static void add_failures(struct text *text, const struct pol_report_context *context,
                         const struct pol_violation *violation)
{
    const struct pol_answer *answer = &violation->outcome->answer;
    uint32_t n = answer->nfailures < POL_MAX_FAILURES ? answer->nfailures : POL_MAX_FAILURES;
    if (violation->report) {
        struct pol_failure failure = failure_of(violation->report);
        add_failure(text, context, violation, &failure);
        return;
    }
    if (violation->outcome->cause != POL_MACHINE_NONE)
        return;
    for (uint32_t i = 0; i < n; i++)
        add_failure(text, context, violation, answer->failures + i);
}

/* What the step asks for, unless it is just to stop the thread. */
static void add_response(struct text *text, const struct pol_report_context *context,
                         const struct pol_violation *violation)
{
    struct pol_debug_response response = response_of(context, violation);
    bool fails = violation->report || violation->outcome->verdict != POL_ALLOW;
    if (!fails || (response.action == POL_ACTION_TERMINATE && !response.entity[0]))
        return;
    text_add(text, "  response %s%s%s\n", pol_action_name(response.action),
             response.entity[0] ? " " : "", response.entity);
}

static void add_expectation(struct text *text, const struct pol_violation *violation)
{
    static const char *const names[] = {
        [POL_EXPECT_ALLOW] = "allow",
        [POL_EXPECT_FAIL] = "fail",
        [POL_EXPECT_IMPLICIT] = "fail implicit",
        [POL_EXPECT_EXPLICIT] = "fail explicit",
    };
    if (!violation->mismatch)
        return;
    text_add(text, "  expected: %s", names[violation->expect]);
    if (violation->expect_text) {
        text_add(text, " ");
        text_quote(text, violation->expect_text);
    }
    text_add(text, "\n");
}

size_t pol_violation_format(const struct pol_report_context *context,
                            const struct pol_violation *violation, char *buf, size_t size)
{
    char line[1400];
    struct text text;
    text_init(&text, buf, size);
    if (violation->report)
        snprintf(line, sizeof line, "report");
    else
        pol_outcome_format(space_of(violation), context->debug, violation->outcome, line,
                           sizeof line);
    text_add(&text, "step %" PRIu64 ": %s\n", violation->step, line);
    add_expectation(&text, violation);
    add_instruction(&text, context, violation);
    if (violation->outcome->address)
        text_add(&text, "  address 0x%" PRIx64 "\n", violation->outcome->address);
    add_response(&text, context, violation);
    add_failures(&text, context, violation);
    add_operands(&text, violation);
    return text.length;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *hex_json(uint64_t value)
{
    return json_sprintf("0x%" PRIx64, value);
}

/* A string that may not be UTF-8: what JSON cannot carry becomes `?`. */
static json_t *text_json(const char *string)
{
    json_t *json = json_string(string);
    char *copy = json ? NULL : malloc(strlen(string) + 1);
    if (!copy)
        return json;
    memcpy(copy, string, strlen(string) + 1);
    for (char *at = copy; *at; at++)
        if ((unsigned char)*at > 126)
            *at = '?';
    json = json_string(copy);
    free(copy);
    return json;
}

static json_t *failure_json(const struct pol_report_context *context,
                            const struct pol_violation *violation,
                            const struct pol_failure *failure)
{
    const struct pol_debug_rule *rule =
        pol_debug_rule_at(context->debug, failure->decider, failure->rule);
    const char *name = pol_debug_decider_name(context->debug, failure->decider);
    char message[1024];
    json_t *json = json_object();
    pol_failure_message(space_of(violation), context->debug, failure, message, sizeof message);
    json_object_set_new(json, "component", name ? text_json(name) : json_null());
    json_object_set_new(json, "rule",
                        failure->rule == POL_NO_RULE ? json_null() : json_integer(failure->rule));
    if (rule && rule->file) {
        json_object_set_new(json, "file", text_json(rule->file));
        json_object_set_new(json, "line", json_integer(rule->line));
        json_object_set_new(json, "column", json_integer(rule->column));
    }
    json_object_set_new(json, "message", text_json(message));
    return json;
}

static json_t *failures_json(const struct pol_report_context *context,
                             const struct pol_violation *violation)
{
    const struct pol_answer *answer = &violation->outcome->answer;
    uint32_t n = answer->nfailures < POL_MAX_FAILURES ? answer->nfailures : POL_MAX_FAILURES;
    json_t *list = json_array();
    bool told = violation->report || violation->outcome->cause != POL_MACHINE_NONE;
    for (uint32_t i = 0; i < n && !told; i++)
        json_array_append_new(list, failure_json(context, violation, answer->failures + i));
    return list;
}

static json_t *operands_json(const struct pol_violation *violation)
{
    json_t *object = json_object();
    for (unsigned op = 0; op < POL_OPERANDS; op++) {
        struct pol_place place;
        char where[40];
        struct text text;
        char *set = operand_text(violation, (enum pol_operand)op);
        if (!set)
            continue;
        pol_machine_operand_place(violation->machine, (enum pol_operand)op,
                                  violation->outcome->granule, &place);
        text_init(&text, where, sizeof where);
        add_place(&text, &place);
        json_object_set_new(object, operand_names[op],
                            json_pack("{s:s, s:s}", "place", where, "tags", set));
        free(set);
    }
    return object;
}

static void put_policy(json_t *json, const struct pol_report_context *context)
{
    const struct pol_debug_info *debug = context->debug;
    const char *program = context->program, *policy = debug ? debug->policy : NULL;
    const char *digest = debug ? debug->digest : NULL;
    json_object_set_new(json, "program", program ? text_json(program) : json_null());
    json_object_set_new(json, "policy", policy ? text_json(policy) : json_null());
    json_object_set_new(json, "digest", digest ? text_json(digest) : json_null());
}

static void put_response(json_t *json, const struct pol_report_context *context,
                         const struct pol_violation *violation)
{
    struct pol_debug_response response = response_of(context, violation);
    json_object_set_new(json, "response", json_string(pol_action_name(response.action)));
    if (response.entity[0])
        json_object_set_new(json, "entity", text_json(response.entity));
    if (!violation->report && violation->outcome->answer.response)
        json_object_set_new(json, "respond", text_json(response.name));
}

static void put_failure(json_t *json, const struct pol_report_context *context,
                        const struct pol_violation *violation, const struct pol_failure *failure)
{
    json_t *first = failure_json(context, violation, failure);
    json_object_update(json, first);
    json_decref(first);
}

/* A rule that asked for a report, in place of a verdict. */
static void put_report(json_t *json, const struct pol_report_context *context,
                       const struct pol_violation *violation)
{
    struct pol_failure failure = failure_of(violation->report);
    json_object_set_new(json, "verdict", json_string("report"));
    json_object_set_new(json, "expected", json_false());
    json_object_set_new(json, "mismatch", json_false());
    put_failure(json, context, violation, &failure);
    put_response(json, context, violation);
    json_object_set_new(json, "failures", failures_json(context, violation));
}

static void put_verdict(json_t *json, const struct pol_report_context *context,
                        const struct pol_violation *violation)
{
    const struct pol_outcome *outcome = violation->outcome;
    char message[1024];
    pol_outcome_message(space_of(violation), context->debug, outcome, message, sizeof message);
    json_object_set_new(json, "verdict", json_string(verdict_name(outcome->verdict)));
    json_object_set_new(json, "expected", json_boolean(violation->expected));
    json_object_set_new(json, "mismatch", json_boolean(violation->mismatch));
    if (outcome->cause == POL_MACHINE_NONE && outcome->answer.nfailures)
        put_failure(json, context, violation, &outcome->answer.first);
    json_object_set_new(json, "message", text_json(message));
    if (outcome->verdict != POL_ALLOW)
        put_response(json, context, violation);
    json_object_set_new(json, "failures", failures_json(context, violation));
}

static void put_instruction(json_t *json, const struct pol_report_context *context,
                            const struct pol_violation *violation)
{
    char insn[96];
    uint64_t offset, pc = violation->event->pc;
    const char *symbol = symbol_of(context, pc, &offset);
    pol_insn_format(isa_of(violation), violation->outcome->word, POL_REGS_ABI, insn, sizeof insn);
    json_object_set_new(json, "hart", json_integer(violation->event->hart));
    json_object_set_new(json, "pc", hex_json(pc));
    json_object_set_new(json, "word", hex_json(violation->event->word));
    json_object_set_new(json, "instruction", json_string(insn));
    json_object_set_new(json, "symbol", symbol ? text_json(symbol) : json_null());
    if (symbol)
        json_object_set_new(json, "offset", hex_json(offset));
    if (violation->outcome->address)
        json_object_set_new(json, "address", hex_json(violation->outcome->address));
}

char *pol_violation_json(const struct pol_report_context *context,
                         const struct pol_violation *violation)
{
    json_t *json = json_object();
    if (!json)
        return NULL;
    json_object_set_new(json, "step", json_integer((json_int_t)violation->step));
    put_policy(json, context);
    if (violation->report)
        put_report(json, context, violation);
    else
        put_verdict(json, context, violation);
    put_instruction(json, context, violation);
    json_object_set_new(json, "operands", operands_json(violation));
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}
