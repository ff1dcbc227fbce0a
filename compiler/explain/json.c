/* Explanations for programs. */
#include <inttypes.h>
#include <string.h>

#include "compiler/explain/explain.h"
#include "lang/support/arena.h"
#include "lang/support/str.h"

/* Short memory ends the process: half an object would be a lie. */
static json_t *need(json_t *value)
{
    if (!value)
        pol_fatal_oom();
    return value;
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, need(value)))
        pol_fatal_oom();
}

/* Text that JSON can hold, whatever bytes a policy has; NULL becomes null. */
static json_t *text(const char *s)
{
    struct str_buf clean;
    if (!s)
        return json_null();
    str_init(&clean);
    str_add_clean(&clean, s, strlen(s), 1);
    json_t *value = need(json_string(str_text(&clean)));
    str_free(&clean);
    return value;
}

static json_t *condition(const struct explain_condition *c)
{
    return need(json_pack("{s:o, s:o, s:b, s:o}", "text", text(c->text), "given", text(c->given),
                          "holds", (int)c->holds, "why", text(c->why)));
}

static json_t *rule(const struct explain_rule *r)
{
    static const char *const roles[] = {[EXPLAIN_NO_MATCH] = "no match",
                                        [EXPLAIN_REPORTS] = "reports",
                                        [EXPLAIN_DECIDES] = "decides",
                                        [EXPLAIN_TOO_LATE] = "too late"};
    const struct model_loc *loc = &r->model->loc;
    json_t *conditions = need(json_array());
    for (size_t i = 0; i < r->conditions.count; i++)
        append(conditions, condition(&r->conditions.items[i]));
    return need(json_pack("{s:I, s:s, s:o, s:I, s:I, s:o, s:o, s:o}", "rule", (json_int_t)r->rule,
                          "role", roles[r->role], "file", text(loc->file), "line",
                          (json_int_t)loc->line, "column", (json_int_t)loc->column, "policy",
                          text(r->model->policy), "text", text(r->model->text), "conditions",
                          conditions));
}

static json_t *result(const struct explain_result *r)
{
    static const char *const names[POL_RESULTS] = {"env", "rd", "csr", "mem"};
    json_t *steps = need(json_array());
    for (size_t i = 0; i < r->steps.count; i++) {
        const struct explain_step *s = &r->steps.items[i];
        append(steps, json_pack("{s:o, s:o, s:o}", "text", text(s->text), "value", text(s->value),
                                "why", text(s->why)));
    }
    return need(json_pack("{s:s, s:o, s:o, s:o, s:o}", "result", names[r->result], "name",
                          text(r->name), "text", text(r->text), "value", text(r->value), "steps",
                          steps));
}

static const char *verdict_name(const struct explain_decider *d)
{
    if (!d->ran)
        return "not asked";
    if (d->verdict == POL_ALLOW)
        return "allow";
    if (d->verdict == POL_FAIL_EXPLICIT)
        return "fail explicit";
    return d->is_global ? "pass" : "fail implicit";
}

static json_t *decider(const struct explain_decider *d)
{
    json_t *rules = need(json_array()), *results = need(json_array());
    for (size_t i = 0; i < d->rules.count; i++)
        append(rules, rule(&d->rules.items[i]));
    for (size_t i = 0; i < d->results.count; i++)
        append(results, result(&d->results.items[i]));
    return need(json_pack("{s:o, s:b, s:s, s:o, s:o, s:I, s:o}", "name", text(d->name), "global",
                          (int)d->is_global, "verdict", verdict_name(d), "message",
                          text(d->message), "rules", rules, "otherRules", (json_int_t)d->nothers,
                          "results", results));
}

json_t *explain_json(const struct explanation *e)
{
    json_t *deciders = need(json_array());
    const char *blamed = NULL;
    for (size_t i = 0; i < e->deciders.count; i++) {
        append(deciders, decider(&e->deciders.items[i]));
        if (i == e->blamed)
            blamed = e->deciders.items[i].name;
    }
    char word[16];
    snprintf(word, sizeof word, "0x%08" PRIx32, e->word);
    return need(json_pack("{s:s, s:o, s:o, s:o, s:o}", "word", word, "instruction", text(e->insn),
                          "answer", text(e->answer), "blamed", text(blamed), "deciders", deciders));
}
