/* Explanations for people. */
#include <inttypes.h>
#include <string.h>

#include "compiler/explain/explain.h"

static void print_place(const struct explain_rule *rule, FILE *out)
{
    const struct model_loc *loc = &rule->model->loc;
    fprintf(out, "    %s:%" PRIu32 ":%" PRIu32 "  %s\n", loc->file, loc->line, loc->column,
            rule->model->text);
}

/* What the rule asked for, and what there was. */
static void print_conditions(const struct explain_rule *rule, FILE *out)
{
    for (size_t i = 0; i < rule->conditions.count; i++) {
        const struct explain_condition *c = &rule->conditions.items[i];
        fprintf(out, "        %s", c->text);
        if (strcmp(c->text, c->given) != 0)
            fprintf(out, ": %s", c->given);
        fputc('\n', out);
    }
}

/* Of a rule that does not match, what failed says all. */
static void print_rule(const struct explain_rule *rule, FILE *out)
{
    const struct explain_condition *last =
        rule->conditions.count ? &rule->conditions.items[rule->conditions.count - 1] : NULL;
    print_place(rule, out);
    if (rule->role == EXPLAIN_NO_MATCH) {
        fprintf(out, "      does not match: %s, but %s\n", last->text, last->why);
        return;
    }
    fprintf(out, "      %s%s\n",
            rule->role == EXPLAIN_DECIDES ? "decides"
                                          : "matches and is reported; the rules below decide",
            last ? ":" : ": it asks for nothing");
    print_conditions(rule, out);
}

/* ---- Results --------------------------------------------------------------------------------- */

static void print_steps(const struct explain_result *r, FILE *out)
{
    for (size_t i = 0; i < r->steps.count; i++) {
        const struct explain_step *s = &r->steps.items[i];
        if (s->value)
            fprintf(out, "            %s is %s\n", s->text, s->value);
        else
            fprintf(out, "            %s fails: %s\n", s->text, s->why);
    }
}

static void print_result(const struct explain_result *r, FILE *out)
{
    if (!r->text) {
        fprintf(out, "        %s stays as it was: %s\n", r->name, r->value);
        return;
    }
    bool plain = r->value && strcmp(r->value, r->text) == 0;
    fprintf(out, "        %s = %s\n", r->name, r->text);
    if (!plain)
        print_steps(r, out);
}

static void print_results(const struct explain_decider *d, FILE *out)
{
    if (!d->results.count)
        return;
    fputs("      results\n", out);
    for (size_t i = 0; i < d->results.count; i++)
        print_result(&d->results.items[i], out);
}

/* ---- Deciders -------------------------------------------------------------------------------- */

/* Rules after the one that decides. */
static void print_later(const struct explain_decider *d, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < d->rules.count; i++) {
        if (d->rules.items[i].role != EXPLAIN_TOO_LATE)
            continue;
        if (!any)
            fputs("  too late, these would match as well:\n", out);
        any = true;
        print_place(&d->rules.items[i], out);
    }
}

static void print_head(const struct explain_decider *d, FILE *out)
{
    fprintf(out, "\n%s%s ", d->is_global ? "global " : "", d->name);
    if (!d->ran)
        fputs("is not asked: an earlier global has decided\n", out);
    else if (d->verdict == POL_ALLOW)
        fputs("allows\n", out);
    else if (d->verdict == POL_FAIL_EXPLICIT)
        fprintf(out, "fails: \"%s\"\n", d->message);
    else if (d->is_global)
        fputs("passes on: no rule of it matches\n", out);
    else
        fputs("fails implicitly: no rule of it matches\n", out);
}

static void print_decider(const struct explain_decider *d, FILE *out)
{
    print_head(d, out);
    if (!d->ran)
        return;
    for (size_t i = 0; i < d->rules.count; i++) {
        if (d->rules.items[i].role != EXPLAIN_TOO_LATE)
            print_rule(&d->rules.items[i], out);
        if (d->rules.items[i].role == EXPLAIN_DECIDES)
            print_results(d, out);
    }
    print_later(d, out);
    if (!d->rules.count)
        fputs("  no rule is about this instruction\n", out);
    else if (d->nothers)
        fprintf(out, "  %" PRIu32 " %s about other instructions\n", d->nothers,
                d->nothers == 1 ? "rule is" : "rules are");
}

void explain_print(const struct explanation *e, FILE *out)
{
    fprintf(out, "%s    (0x%08" PRIx32 ")\n%s\n", e->insn, e->word, e->answer);
    if (e->undecodable)
        fputs("\nThe target has no such instruction; what does not decode fails implicitly.\n",
              out);
    for (size_t i = 0; i < e->deciders.count; i++)
        print_decider(&e->deciders.items[i], out);
}
