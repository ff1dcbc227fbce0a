/* Rules: one block each, in order, under the text of the rule. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/monitor/emit.h"

/* Rules per C function: compilers take more than linear time for long ones. */
#define RULES_PER_FUNCTION 200u

static const char *const operands[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};

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

static unsigned operand_reads(const struct monitor *m, const struct ir_rule *rule)
{
    unsigned reads = 0;
    if (never_matches(m->ir, rule))
        return 0;
    for (int op = 0; op < POL_OPERANDS; op++)
        if (rule->cond[op].nrequired || rule->cond[op].nforbidden)
            reads |= 1u << op;
    if (rule->guard.v != IR_NONE)
        reads |= monitor_guard_reads(m->ir, rule->guard);
    for (unsigned r = 0; r < POL_RESULTS; r++)
        if (rule->result[r].v != IR_NONE && monitor_writes(m, rule, r) != WRITES_NONE)
            reads |= monitor_set_reads(m->ir, rule->result[r]);
    return reads;
}

/* ---- Conditions ---------------------------------------------------------------------------- */

/* Starts the next term of a conjunction. */
static FILE *term(const struct rule_context *c, unsigned *terms)
{
    fputs((*terms)++ ? " && " : "", c->m->out);
    return c->m->out;
}

/* `{..}`: the tags are there, and the decider owns no others. */
static void emit_exact(const struct rule_context *c, const struct ir_decider *decider, int op,
                       unsigned *terms)
{
    const struct ir_cond *cond = &c->rule->cond[op];
    uint32_t own = 0;
    for (uint32_t i = 0; i < cond->nrequired; i++)
        own += decider->is_global || c->m->ir->tags[cond->required[i]].domain == decider->domain;
    fprintf(term(c, terms), "e->own_%s == %" PRIu32, operands[op], own);
}

static void emit_cond(const struct rule_context *c, const struct ir_decider *decider, int op,
                      unsigned *terms)
{
    const struct ir_cond *cond = &c->rule->cond[op];
    if (cond->nrequired || cond->nforbidden)
        c->m->helper[HELP_HAS] = true;
    for (uint32_t i = 0; i < cond->nrequired; i++)
        fprintf(term(c, terms), "has(%s, TAG_%s)", c->names[op], c->m->tags[cond->required[i]]);
    for (uint32_t i = 0; i < cond->nforbidden; i++)
        fprintf(term(c, terms), "!has(%s, TAG_%s)", c->names[op], c->m->tags[cond->forbidden[i]]);
    if (cond->exact)
        emit_exact(c, decider, op, terms);
}

/* Opens the rule's block: `if (conditions) {`, or `{`. */
static void emit_conditions(const struct rule_context *c, const struct ir_decider *decider)
{
    unsigned terms = 0;
    bool guarded = c->rule->guard.v != IR_NONE && !guard_is(c->m->ir, c->rule, IR_GUARD_TRUE);
    bool empty = !guarded;
    for (int op = 0; op < POL_OPERANDS; op++)
        empty = empty && !c->rule->cond[op].nrequired && !c->rule->cond[op].nforbidden &&
                !c->rule->cond[op].exact;
    fputs(c->indent, c->m->out);
    if (empty) {
        fputs("{\n", c->m->out);
        return;
    }
    fputs("if (", c->m->out);
    for (int op = 0; op < POL_OPERANDS; op++)
        emit_cond(c, decider, op, &terms);
    if (guarded) {
        bool either = guard_is(c->m->ir, c->rule, IR_GUARD_OR) && terms > 0;
        fputs(either ? "(" : "", term(c, &terms));
        monitor_guard(c, c->rule->guard);
        fputs(either ? ")" : "", c->m->out);
    }
    fputs(") {\n", c->m->out);
}

/* ---- Results ------------------------------------------------------------------------------- */

static void emit_result(const struct rule_context *c, unsigned r)
{
    static const char *const results[POL_RESULTS] = {"ENV", "RD", "CSR", "MEM"};
    enum monitor_writes writes = monitor_writes(c->m, c->rule, r);
    struct rule_context inner = *c;
    FILE *out = c->m->out;
    if (writes == WRITES_NONE)
        return;
    fprintf(out, writes == WRITES_SOME ? "%sif (e->effects & WRITES_%s) {\n" : "%s{ /* %s */\n",
            c->indent, results[r]);
    inner.indent = arena_printf(&c->m->arena, "%s    ", c->indent);
    c->m->helper[HELP_GIVES] = true;
    fprintf(out, "%sstruct %s_tags *const new_set = gives(d, RES_%s);\n", inner.indent, c->m->id,
            results[r]);
    uint32_t depth = monitor_set_depth(c->m->ir, c->rule->result[r]);
    if (depth)
        fprintf(out, "%sstruct %s_tags part[%" PRIu32 "];\n", inner.indent, c->m->id, depth);
    monitor_set(&inner, c->rule->result[r], "new_set", 0);
    fprintf(out, "%s}\n", c->indent);
}

static void emit_failure(const struct rule_context *c, uint32_t index)
{
    FILE *out = c->m->out;
    if (c->m->ir->responses[c->rule->response].action == POL_ACTION_REPORT) {
        c->m->helper[HELP_REPORT] = true;
        fprintf(out, "%sreport(e, %" PRIu32 "); /* ", c->indent, index);
        monitor_comment(out, c->rule->message);
        fputs(" */\n", out);
        return;
    }
    c->m->helper[HELP_REFUSE] = true;
    if (c->rule->response != 0)
        fprintf(out, "%sd->response = RESPONSE_%s;\n", c->indent,
                c->m->responses[c->rule->response]);
    fprintf(out, "%sreturn refuse(d, %" PRIu32 ", ", c->indent, index);
    monitor_string(out, c->rule->message);
    fputs(");\n", out);
}

static void emit_outcome(const struct rule_context *c, uint32_t index)
{
    FILE *out = c->m->out;
    struct rule_context inner = *c;
    inner.indent = arena_printf(&c->m->arena, "%s    ", c->indent);
    if (!c->rule->allow) {
        emit_failure(&inner, index);
        return;
    }
    fprintf(out, "%sd->rule = %" PRIu32 ";\n", inner.indent, index);
    for (unsigned r = 0; r < POL_RESULTS; r++)
        if (c->rule->result[r].v != IR_NONE)
            emit_result(&inner, r);
    fprintf(out, "%sreturn true;\n", inner.indent);
}

/* ---- One rule ------------------------------------------------------------------------------ */

static void emit_rule_comment(const struct rule_context *c, uint32_t index)
{
    FILE *out = c->m->out;
    fprintf(out, "%s/* Rule %" PRIu32 ", ", c->indent, index);
    monitor_comment(out, c->rule->file);
    fprintf(out, ":%" PRIu32 ":%" PRIu32 ", ", c->rule->line, c->rule->column);
    monitor_comment(out, c->rule->policy);
    fprintf(out, "\n%s *     ", c->indent);
    monitor_comment(out, c->rule->text);
    fprintf(out, never_matches(c->m->ir, c->rule) ? "\n%s * It can never match. */\n" : " */\n",
            c->indent);
}

static void emit_rule(struct rule_context *c, const struct ir_decider *decider, uint32_t index)
{
    emit_rule_comment(c, index);
    if (never_matches(c->m->ir, c->rule))
        return;
    c->m->spill.scope++;
    if (c->rule->guard.v != IR_NONE)
        monitor_guard_spills(c, c->rule->guard);
    emit_conditions(c, decider);
    emit_outcome(c, index);
    fprintf(c->m->out, "%s}\n", c->indent);
}

/* ---- Runs of rules of one group ------------------------------------------------------------ */

/* A run: rules begin .. end-1, all of one group, so that the group is tested once. */
struct run {
    const struct ir_decider *decider;
    uint32_t begin, end;
    bool any;       /* some rule can match */
    unsigned reads; /* operands, a bit each */
};

static struct run find_run(const struct monitor *m, const struct ir_decider *decider,
                           uint32_t begin, uint32_t limit)
{
    struct run run = {decider, begin, begin, false, 0};
    while (run.end < limit && decider->rules[run.end].group.v == decider->rules[begin].group.v) {
        const struct ir_rule *rule = &decider->rules[run.end++];
        run.any = run.any || !never_matches(m->ir, rule);
        run.reads |= operand_reads(m, rule);
    }
    return run;
}

static void open_run(struct monitor *m, const struct run *run, const struct rule_context *c)
{
    uint32_t group = run->decider->rules[run->begin].group.v;
    if (group == IR_NONE) {
        fputs("    { /* every instruction */\n", m->out);
    } else {
        m->group_used[group] = true;
        fprintf(m->out, "    if (is_%s(e->in->insn)) {\n", m->groups[group]);
    }
    for (int op = 0; op < POL_OPERANDS; op++)
        if (run->reads & (1u << op))
            fprintf(m->out, "        const struct %s_tags *const %s = e->in->%s;\n", m->id,
                    c->names[op], operands[op]);
    if (run->reads)
        fputc('\n', m->out);
}

static void emit_run(struct monitor *m, const struct run *run)
{
    struct rule_context c = {.m = m, .indent = run->any ? "        " : "    "};
    monitor_operand_names(m, &run->decider->rules[run->begin], c.names);
    if (run->any)
        open_run(m, run, &c);
    for (uint32_t r = run->begin; r < run->end; r++) {
        c.rule = &run->decider->rules[r];
        emit_rule(&c, run->decider, r);
    }
    fputs(run->any ? "    }\n" : "", m->out);
}

/* ---- Deciders ------------------------------------------------------------------------------ */

static void emit_function(struct monitor *m, uint32_t d, uint32_t begin, uint32_t end)
{
    const struct ir_decider *decider = &m->ir->deciders[d];
    fprintf(m->out,
            "static bool %s_rules_%" PRIu32 "(struct eval *e, struct decision *d)\n{\n"
            "    (void)e, (void)d; /* some rules need neither */\n",
            m->deciders[d], begin / RULES_PER_FUNCTION + 1);
    while (begin < end) {
        struct run run = find_run(m, decider, begin, end);
        emit_run(m, &run);
        begin = run.end;
    }
    fputs("    return false;\n}\n\n", m->out);
}

static uint32_t next_function(const struct ir_decider *decider, uint32_t begin)
{
    uint32_t left = decider->nrules - begin;
    return begin + (left < RULES_PER_FUNCTION ? left : RULES_PER_FUNCTION);
}

/* How many of its own tags stand on the operands that `{..}` patterns look at. */
static void emit_own_counts(struct monitor *m, const struct ir_decider *decider)
{
    unsigned exact = 0;
    for (uint32_t r = 0; r < decider->nrules; r++)
        for (int op = 0; op < POL_OPERANDS; op++)
            if (decider->rules[r].cond[op].exact && !never_matches(m->ir, &decider->rules[r]))
                exact |= 1u << op;
    for (int op = 0; op < POL_OPERANDS; op++)
        if (exact & (1u << op)) {
            m->helper[HELP_COUNT_OWN] = true;
            fprintf(m->out, "    e->own_%s = count_own(e->in->%s, e->own);\n", operands[op],
                    operands[op]);
        }
}

void monitor_decider(struct monitor *m, uint32_t d)
{
    const struct ir_decider *decider = &m->ir->deciders[d];
    fprintf(m->out, "/* ---- %s ", decider->is_global ? "Global policy" : "Component");
    monitor_comment(m->out, decider->name);
    fputs(" ---- */\n\n", m->out);
    for (uint32_t begin = 0; begin < decider->nrules; begin = next_function(decider, begin))
        emit_function(m, d, begin, next_function(decider, begin));
    fprintf(m->out,
            "/* Whether a rule matched; what it said is in *d. */\n"
            "static bool decide_%s(struct eval *e, struct decision *d)\n{\n",
            m->deciders[d]);
    emit_own_counts(m, decider);
    if (decider->nrules == 0)
        fputs("    (void)e, (void)d;\n    return false", m->out);
    for (uint32_t begin = 0; begin < decider->nrules; begin = next_function(decider, begin))
        fprintf(m->out, "%s%s_rules_%" PRIu32 "(e, d)", begin ? " ||\n           " : "    return ",
                m->deciders[d], begin / RULES_PER_FUNCTION + 1);
    fputs(";\n}\n\n", m->out);
}
