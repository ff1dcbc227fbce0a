/* Deciders and their rules of the text form. */
#include <inttypes.h>

#include "compiler/ir/parse.h"
#include "compiler/ir/text.h"

static bool parse_head(struct parser *p, uint32_t index, struct ir_rule *rule)
{
    if (!parse_expect(p, "rule") || !parse_index(p, index) ||
        !parse_place(p, &rule->file, &rule->line, &rule->column) || !parse_name(p, &rule->policy))
        return false;
    if (parse_accept(p, "every"))
        return parse_expect(p, "instruction") && parse_end(p);
    return parse_expect(p, "group") && parse_u32(p, &rule->group.v) && parse_end(p);
}

static bool parse_text_line(struct parser *p, struct ir_rule *rule)
{
    if (!parse_line(p, 4))
        return parse_fail(p, "expected the text of the rule");
    return parse_expect(p, "text") && parse_string(p, &rule->text) && parse_end(p);
}

static bool parse_verdict(struct parser *p, struct ir_rule *rule)
{
    rule->message = "";
    rule->allow = parse_accept(p, "allow");
    if (rule->allow)
        return parse_end(p);
    if (!parse_expect(p, "fail") || !parse_string(p, &rule->message))
        return false;
    return (!parse_accept(p, "respond") || parse_u32(p, &rule->response)) && parse_end(p);
}

/* The lines after the text, up to the verdict. */
static bool parse_body(struct parser *p, struct ir_rule *rule)
{
    for (;;) {
        uint32_t op;
        if (!parse_line(p, 4))
            return parse_fail(p, "expected more of the rule");
        if (parse_accept(p, "when")) {
            if (!parse_choice(p, ir_text_places, POL_OPERANDS, "an operand", &op) ||
                !parse_cond(p, &rule->cond[op]))
                return false;
        } else if (parse_accept(p, "guard")) {
            p->depth = 0;
            if (!parse_guard(p, &rule->guard) || !parse_end(p))
                return false;
        } else {
            return parse_verdict(p, rule);
        }
    }
}

static bool parse_results(struct parser *p, struct ir_rule *rule)
{
    while (parse_line(p, 4)) {
        uint32_t result;
        p->depth = 0;
        if (!parse_choice(p, ir_text_results, POL_RESULTS, "a result", &result) ||
            !parse_expect(p, "=") || !parse_set(p, &rule->result[result]) || !parse_end(p))
            return false;
    }
    return true;
}

static bool parse_rule(struct parser *p, uint32_t index, struct ir_rule *rule)
{
    *rule = (struct ir_rule){.group = {IR_NONE}, .guard = IR_NO_GUARD};
    for (int r = 0; r < POL_RESULTS; r++)
        rule->result[r] = IR_NO_SET;
    return parse_head(p, index, rule) && parse_text_line(p, rule) && parse_body(p, rule) &&
           parse_results(p, rule);
}

bool parse_decider(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_decider decider = {0};
    if (!parse_index(p, ir->ndeciders))
        return false;
    decider.is_global = parse_accept(p, "global");
    if ((!decider.is_global && !parse_expect(p, "component")) || !parse_name(p, &decider.name) ||
        !parse_expect(p, "domain") || !parse_u32(p, &decider.domain) || !parse_end(p))
        return false;
    while (parse_line(p, 2)) {
        PARSE_ROOM(p, decider.rules, decider.nrules);
        if (!parse_rule(p, decider.nrules, &decider.rules[decider.nrules]))
            return false;
        decider.nrules++;
    }
    PARSE_ROOM(p, ir->deciders, ir->ndeciders);
    ir->deciders[ir->ndeciders++] = decider;
    ir->nglobals += decider.is_global;
    return true;
}
