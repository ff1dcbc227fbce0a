/* Rules: one block each, in order, under the text of the rule. */
#include <string.h>

#include "compiler/backend/reference/emit.h"

static bool guard_is(const struct ir *ir, const struct ir_rule *rule, enum ir_guard_kind kind)
{
    return rule->guard.v != IR_NONE && ir->guards[rule->guard.v].kind == kind;
}

/* Such a rule gets its comment, but no code. */
static bool never_matches(const struct ir *ir, const struct ir_rule *rule)
{
    for (int op = 0; op < POL_OPERANDS; op++)
        if (rule->cond[op].never)
            return true;
    return guard_is(ir, rule, IR_GUARD_FALSE);
}

static bool rule_gives(const struct reference *r, const struct ir_rule *rule, unsigned result)
{
    return rule->allow && rule->result[result].v != IR_NONE && !never_matches(r->ir, rule) &&
           reference_writes(r, rule, result) != WRITES_NONE;
}

bool reference_gives(const struct reference *r, uint32_t decider, unsigned result)
{
    const struct ir_decider *d = &r->ir->deciders[decider];
    for (uint32_t i = 0; i < d->nrules; i++)
        if (rule_gives(r, &d->rules[i], result))
            return true;
    return false;
}

/* ---- Conditions ---------------------------------------------------------------------------- */

/* `{..}`: the tags are there, and the decider owns no others. */
static void emit_exact(const struct reference *r, const struct ir_decider *decider,
                       const struct ir_cond *cond, int op)
{
    uint32_t ntags = r->table->n_tags;
    char *bits = arena_alloc(r->arena, (size_t)ntags + 2);
    memset(bits, '0', ntags ? ntags : 1);
    for (uint32_t i = 0; i < cond->nrequired; i++)
        if (decider->is_global || r->ir->tags[cond->required[i]].domain == decider->domain)
            bits[ntags - 1 - cond->required[i]] = '1';
    if (decider->is_global)
        reference_put(r, " && %s_set[%u:0] == ", reference_operands[op], ntags ? ntags - 1 : 0);
    else
        reference_put(r, " && (%s_set[%u:0] & OWN_%u[%u:0]) == ", reference_operands[op],
                      ntags ? ntags - 1 : 0, decider->domain, ntags ? ntags - 1 : 0);
    reference_put(r, "%u'b%s", ntags ? ntags : 1, bits);
}

static void emit_cond(const struct reference *r, const struct ir_decider *decider,
                      const struct ir_cond *cond, int op)
{
    for (uint32_t i = 0; i < cond->nrequired; i++)
        reference_put(r, " && %s_set[TAG_%s]", reference_operands[op], r->tags[cond->required[i]]);
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        reference_put(r, " && !%s_set[TAG_%s]", reference_operands[op],
                      r->tags[cond->forbidden[i]]);
    if (cond->exact)
        emit_exact(r, decider, cond, op);
}

static void emit_conditions(const struct reference *r, uint32_t d, const struct ir_rule *rule)
{
    reference_put(r, "        if (!decided_%s", r->deciders[d]);
    reference_put(r, " && %s%s", rule->group.v == IR_NONE ? "decodes" : "is_",
                  rule->group.v == IR_NONE ? "" : r->groups[rule->group.v]);
    for (int op = 0; op < POL_OPERANDS; op++)
        emit_cond(r, &r->ir->deciders[d], &rule->cond[op], op);
    if (rule->guard.v != IR_NONE && !guard_is(r->ir, rule, IR_GUARD_TRUE)) {
        reference_put(r, " && ");
        reference_guard(r, rule->guard);
    }
    reference_put(r, ") begin\n");
}

/* ---- Results ------------------------------------------------------------------------------- */

static void emit_result(const struct reference *r, uint32_t d, const struct ir_rule *rule,
                        unsigned result)
{
    static const char *const guards[POL_RESULTS] = {"", "writes_rd", "writes_csr", "writes_mem"};
    struct set_context c = {r, d, result};
    const char *dest =
        arena_printf(r->arena, "give_%s_%s", reference_results[result], r->deciders[d]);
    bool some = reference_writes(r, rule, result) == WRITES_SOME;
    if (some)
        reference_put(r, "            if (%s) begin\n", guards[result]);
    reference_put(r, "            gives_%s[%u] = 1'b1; // %s\n", r->deciders[d], result,
                  reference_results[result]);
    reference_set(&c, rule->result[result], dest, 0);
    reference_put(r, some ? "            end\n" : "");
}

static bool is_report(const struct reference *r, const struct ir_rule *rule)
{
    return !rule->allow && r->ir->responses[rule->response].action == POL_ACTION_REPORT;
}

/* Report rules before rule `index`. */
static uint32_t reports_before(const struct reference *r, const struct ir_decider *decider,
                               uint32_t index)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < index; i++)
        count += is_report(r, &decider->rules[i]);
    return count;
}

uint32_t reference_reports(const struct reference *r, uint32_t d)
{
    return reports_before(r, &r->ir->deciders[d], r->ir->deciders[d].nrules);
}

/* What a rule that fails says; one that asks for a report lets the rules below decide. */
static void emit_failure(const struct reference *r, uint32_t d, uint32_t index)
{
    const struct ir_rule *rule = &r->ir->deciders[d].rules[index];
    const char *name = r->deciders[d];
    if (is_report(r, rule)) {
        reference_put(r, "            reports_%s[%u] = 1'b1;\n", name,
                      reports_before(r, &r->ir->deciders[d], index));
        return;
    }
    reference_put(r,
                  "            decided_%s = 1'b1;\n            rule_%s = %u'd%u;\n"
                  "            refused_%s = 1'b1;\n            response_%s = 2'd%u;\n",
                  name, name, r->hw->rule_bits, index, name, name,
                  (unsigned)r->ir->responses[rule->response].action);
}

static void emit_rule(const struct reference *r, uint32_t d, uint32_t index)
{
    const struct ir_rule *rule = &r->ir->deciders[d].rules[index];
    const char *name = r->deciders[d];
    reference_put(r, "        // Rule %u, ", index);
    reference_comment(r, rule->file);
    reference_put(r, ":%u:%u, ", rule->line, rule->column);
    reference_comment(r, rule->policy);
    reference_put(r, "\n        //     ");
    reference_comment(r, rule->text);
    reference_put(r, "\n");
    if (never_matches(r->ir, rule)) {
        reference_put(r, "        // It can never match.\n");
        return;
    }
    emit_conditions(r, d, rule);
    if (rule->allow)
        reference_put(r, "            decided_%s = 1'b1;\n            rule_%s = %u'd%u;\n", name,
                      name, r->hw->rule_bits, index);
    else
        emit_failure(r, d, index);
    for (unsigned result = 0; result < POL_RESULTS; result++)
        if (rule_gives(r, rule, result))
            emit_result(r, d, rule, result);
    reference_put(r, "        end\n");
}

/* ---- Variables ----------------------------------------------------------------------------- */

/* A variable of the block, and its value at the beginning. */
struct variable {
    const char *name;
    uint32_t width;
    const char *start;
};
struct variables {
    VEC_FIELDS(struct variable);
};

static void variable(const struct reference *r, struct variables *v, const char *prefix,
                     const char *suffix, uint32_t width, const char *start)
{
    struct variable item = {arena_printf(r->arena, "%s_%s", prefix, suffix), width, start};
    VEC_PUSH(r->arena, v, item);
}

static uint32_t depth_of(const struct reference *r, const struct ir_decider *decider)
{
    uint32_t depth = 0;
    for (uint32_t i = 0; i < decider->nrules; i++)
        for (unsigned result = 0; result < POL_RESULTS; result++)
            if (rule_gives(r, &decider->rules[i], result)) {
                uint32_t needs = reference_set_depth(r->ir, decider->rules[i].result[result]);
                depth = needs > depth ? needs : depth;
            }
    return depth;
}

static void list_variables(const struct reference *r, uint32_t d, struct variables *v)
{
    const char *name = r->deciders[d];
    variable(r, v, "decided", name, 1, "1'b0");
    variable(r, v, "rule", name, r->hw->rule_bits, "RULE_NONE");
    variable(r, v, "refused", name, 1, "1'b0");
    variable(r, v, "response", name, 2,
             arena_printf(r->arena, "2'd%u", (unsigned)r->ir->responses[0].action));
    if (reference_reports(r, d))
        variable(r, v, "reports", name, reference_reports(r, d), "0");
    variable(r, v, "gives", name, POL_RESULTS, "4'd0");
    for (unsigned result = 0; result < POL_RESULTS; result++) {
        if (!reference_gives(r, d, result))
            continue;
        const char *which = reference_results[result];
        variable(r, v, arena_printf(r->arena, "give_%s", which), name, r->set_bits, "EMPTY");
        variable(r, v, arena_printf(r->arena, "fault_%s", which), name, r->hw->tag_bits + 4, "0");
    }
    for (uint32_t i = 0; i < depth_of(r, &r->ir->deciders[d]); i++)
        variable(r, v, arena_printf(r->arena, "part%u", i), name, r->set_bits, "EMPTY");
    if (r->has_args)
        variable(r, v, "signed number", name, r->number_bits, "0");
    for (uint32_t c = 0; c < r->ir->ncounters; c++)
        if (r->ir->counters[c].decider == d)
            variable(r, v, "taken", r->counters[c], 8, "8'd0");
}

static bool can_match(const struct reference *r, const struct ir_decider *decider)
{
    for (uint32_t i = 0; i < decider->nrules; i++)
        if (!never_matches(r->ir, &decider->rules[i]))
            return true;
    return false;
}

static const char *bare_name(const struct variable *v)
{
    return strncmp(v->name, "signed ", 7) == 0 ? v->name + 7 : v->name;
}

void reference_decider(const struct reference *r, uint32_t d)
{
    const struct ir_decider *decider = &r->ir->deciders[d];
    struct variables v = {0};
    list_variables(r, d, &v);
    reference_put(r, "\n    // ---- %s ", decider->is_global ? "Global policy" : "Component");
    reference_comment(r, decider->name);
    reference_put(r, " ----\n\n");
    bool fixed = !can_match(r, decider);
    for (size_t i = 0; i < v.count; i++) {
        const char *name = bare_name(&v.items[i]);
        reference_put(r, "    %s %s[%u:0] %s%s%s;\n", fixed ? "wire" : "logic",
                      name == v.items[i].name ? "" : "signed ", v.items[i].width - 1, name,
                      fixed ? " = " : "", fixed ? v.items[i].start : "");
    }
    if (fixed)
        return;
    reference_put(r, "    always @* begin\n");
    for (size_t i = 0; i < v.count; i++)
        reference_put(r, "        %s = %s;\n", bare_name(&v.items[i]), v.items[i].start);
    for (uint32_t i = 0; i < decider->nrules; i++)
        emit_rule(r, d, i);
    reference_put(r, "    end\n");
}
