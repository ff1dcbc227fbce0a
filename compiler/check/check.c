/* One decider after the other; what all findings share. */
#include "compiler/check/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/check/internal.h"
#include "lang/support/str.h"

const struct model_rule *check_source(const struct check *c, uint32_t rule)
{
    return &c->model->rules[c->model->deciders[c->decider].rules[rule]];
}

/* ---- Questions ------------------------------------------------------------------------------- */

void check_look(struct check *c, struct class *k, sat_lit question, struct best *best)
{
    struct witness w;
    if (question == SAT_FALSE)
        return;
    enum sat_answer answer =
        witness_find(k->scene, question, best->found ? &best->witness : NULL, &c->work, &w);
    best->unknown = best->unknown || answer == SAT_UNKNOWN;
    if (answer != SAT_YES)
        return;
    best->found = true;
    best->class = k;
    best->witness = w;
}

static void show_counters(struct check *c, struct diag *d, const struct witness *w)
{
    struct str_buf text;
    str_init(&text);
    for (uint32_t i = 0; i < w->ncounters; i++)
        if (w->counters[i])
            str_printf(&text, "%s%" PRIu64 " values of `%s`", text.len ? " and " : "",
                       w->counters[i], c->ir->counters[w->counter_ids[i]].name);
    diag_hint(d, "the witness shows it once %s have been taken", str_text(&text));
    str_free(&text);
}

void check_show(struct check *c, struct diag *d, const struct best *best)
{
    uint32_t opclass = best->class->opclasses[0];
    const struct pol_form *form = &c->ir->opclasses[opclass].form;
    char *head = witness_head(&c->work, c->ir, opclass);
    diag_witness(d, "%s", witness_line(&c->work, c->ir->space, head, form, &best->witness));
    if (best->witness.late)
        show_counters(c, d, &best->witness);
}

void check_undecided(struct check *c, uint32_t rule, const char *what)
{
    diag_warning(c->sink, DIAG_UNDECIDED, check_source(c, rule)->loc.span,
                 "%s was not found out within the limits of the analysis", what);
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Marks the rows of the instruction table that the opclasses have words of. */
static void mark_rows(const struct check *c, const bool *in, uint8_t *rows)
{
    for (uint32_t i = 0; i < c->ir->ndecode; i++) {
        const struct ir_decode *d = &c->ir->decode[i];
        for (size_t row = 0; d->opclass && row < pol_insn_count(); row++) {
            const struct pol_insn *insn = pol_insn_at(row);
            if ((d->mask & insn->mask) == insn->mask && (d->match & insn->mask) == insn->match &&
                pol_isa_has(&c->ir->isa, insn))
                rows[row] |= in[d->opclass] ? 1 : 2;
        }
    }
}

char *check_names(struct check *c, const uint32_t *opclasses, uint32_t n, uint32_t limit)
{
    bool *in = ARENA_ARRAY(&c->work, bool, c->ir->nopclasses + (size_t)1);
    uint8_t *rows = ARENA_ARRAY(&c->work, uint8_t, pol_insn_count());
    uint32_t shown = 0, more = 0;
    struct str_buf text;
    str_init(&text);
    for (uint32_t i = 0; i < n; i++)
        in[opclasses[i]] = true;
    mark_rows(c, in, rows);
    for (size_t row = 0; row < pol_insn_count(); row++) {
        if (!(rows[row] & 1u))
            continue;
        if (shown == limit) {
            more++;
            continue;
        }
        str_printf(&text, "%s%s%s", shown++ ? ", " : "", pol_insn_at(row)->name,
                   rows[row] == 3 ? " (in part)" : "");
    }
    if (more)
        str_printf(&text, " and %" PRIu32 " more", more);
    char *out = arena_strdup(&c->work, str_text(&text));
    str_free(&text);
    return out;
}

/* ---- The run --------------------------------------------------------------------------------- */

static void run_decider(struct check *c, uint32_t decider)
{
    c->decider = decider;
    arena_init(&c->work);
    c->dead = ARENA_ARRAY(&c->work, bool, check_decider(c)->nrules + (size_t)1);
    check_find_classes(c);
    check_rules(c);
    check_results(c);
    check_fresh(c);
    check_no_rule(c);
    check_total(c);
    if (c->options->gaps)
        check_gaps(c);
    check_free_classes(c);
    arena_free(&c->work);
}

void check_policy(const struct model *model, struct ir *ir, const struct check_options *options,
                  struct diag_sink *sink)
{
    struct check c = {.model = model, .ir = ir, .options = options, .sink = sink};
    size_t from = diag_count(sink);
    arena_init(&c.arena);
    c.reach = reach_new(&c.arena, ir, options->all_shapes);
    c.universe = universe_of_ir(&c.arena, ir, c.reach);
    c.logic = logic_new(&c.arena, ir);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        run_decider(&c, d);
    diag_sort(sink, from);
    arena_free(&c.arena);
}
