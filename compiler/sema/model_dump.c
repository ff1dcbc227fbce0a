/* The model as text: one fact per line, indented by level, in the order of the model. */
#include "compiler/sema/sema.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *const operand_names[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
static const char *const result_names[POL_RESULTS] = {"env", "rd", "csr", "mem"};
static const char *const cmp_names[] = {"==", "!=", "<", "<=", ">", ">="};
static const char *const entity_kinds[] = {"env", "trap-env", "int-reg", "fp-reg",  "reg-default",
                                           "csr", "section",  "range",   "derived", "other"};

struct dump {
    const struct model *m;
    const struct model_var *vars; /* of the rule or claim at hand */
    FILE *out;
};

static void tag_name(const struct dump *d, uint32_t tag)
{
    const struct pol_tag_info *t = &d->m->space->tags[tag];
    fprintf(d->out, t->ambiguous ? "%s.%s" : "%.0s%s", t->module, t->name);
}

/* --- expressions --------------------------------------------------------------------------- */

static const char *operator_of(enum model_int_kind kind)
{
    switch (kind) {
    case MODEL_INT_ADD:
        return "+";
    case MODEL_INT_SUB:
        return "-";
    case MODEL_INT_MUL:
        return "*";
    case MODEL_INT_DIV:
        return "/";
    case MODEL_INT_MOD:
        return "%";
    case MODEL_INT_JOIN:
        return "\\/";
    case MODEL_INT_MEET:
        return "/\\";
    case MODEL_INT_CONST:
    case MODEL_INT_VAR:
    case MODEL_INT_NEW:
        break;
    }
    return "?";
}

static void dump_int(const struct dump *d, const struct model_int *e)
{
    switch (e->kind) {
    case MODEL_INT_CONST:
        fprintf(d->out, "%" PRId64, e->value);
        return;
    case MODEL_INT_VAR:
        fprintf(d->out, "%s", d->vars[e->var].name);
        return;
    case MODEL_INT_NEW:
        fprintf(d->out, "new:%s:%u", d->m->types[e->type].name, e->new_index);
        return;
    case MODEL_INT_ADD:
    case MODEL_INT_SUB:
    case MODEL_INT_MUL:
    case MODEL_INT_DIV:
    case MODEL_INT_MOD:
    case MODEL_INT_JOIN:
    case MODEL_INT_MEET:
        break;
    }
    fputc('(', d->out);
    dump_int(d, e->a);
    fprintf(d->out, " %s ", operator_of(e->kind));
    dump_int(d, e->b);
    fputc(')', d->out);
}

static void dump_relation(const struct dump *d, const struct model_guard *g)
{
    const struct model_relation *r = &d->m->relations[g->relation];
    fprintf(d->out, "%s.%s(", r->module, r->name);
    for (uint32_t i = 0; i < r->ntypes; i++) {
        fputs(i ? ", " : "", d->out);
        dump_int(d, g->args[i]);
    }
    fputc(')', d->out);
}

static void dump_guard(const struct dump *d, const struct model_guard *g)
{
    switch (g->kind) {
    case MODEL_GUARD_TRUE:
    case MODEL_GUARD_FALSE:
        fputs(g->kind == MODEL_GUARD_TRUE ? "True" : "False", d->out);
        return;
    case MODEL_GUARD_NOT:
        fputc('!', d->out);
        dump_guard(d, g->a);
        return;
    case MODEL_GUARD_RELATION:
        dump_relation(d, g);
        return;
    case MODEL_GUARD_CMP:
    case MODEL_GUARD_ORDER:
        fputc('(', d->out);
        dump_int(d, g->x);
        fprintf(d->out, " %s ", cmp_names[g->cmp]);
        dump_int(d, g->y);
        fputc(')', d->out);
        return;
    case MODEL_GUARD_SETCMP:
        fprintf(d->out, "(%s %s %s)", d->vars[g->var_x].name, cmp_names[g->cmp],
                d->vars[g->var_y].name);
        return;
    case MODEL_GUARD_AND:
    case MODEL_GUARD_OR:
        break;
    }
    fputc('(', d->out);
    dump_guard(d, g->a);
    fputs(g->kind == MODEL_GUARD_AND ? " && " : " || ", d->out);
    dump_guard(d, g->b);
    fputc(')', d->out);
}

static void dump_set(const struct dump *d, const struct model_set *set);

static void dump_mods(const struct dump *d, const struct model_set *set, bool signs)
{
    for (uint32_t i = 0; i < set->nmods; i++) {
        const struct model_mod *mod = &set->mods[i];
        fprintf(d->out, "%s%s", i ? ", " : "", mod->remove ? "-" : signs ? "+" : "");
        tag_name(d, mod->tag);
        for (uint32_t k = 0; !mod->remove && k < d->m->tags[mod->tag].nargs; k++) {
            fputc(' ', d->out);
            if (mod->args[k].number)
                dump_int(d, mod->args[k].number);
            else
                dump_set(d, mod->args[k].set);
        }
    }
}

static void dump_set(const struct dump *d, const struct model_set *set)
{
    switch (set->kind) {
    case MODEL_SET_OPERAND:
        fputs(operand_names[set->operand], d->out);
        return;
    case MODEL_SET_VAR:
        fputs(d->vars[set->var].name, d->out);
        return;
    case MODEL_SET_LITERAL:
        fputc('{', d->out);
        dump_mods(d, set, false);
        fputc('}', d->out);
        return;
    case MODEL_SET_MODIFY:
        dump_set(d, set->a);
        fputc('[', d->out);
        dump_mods(d, set, true);
        fputc(']', d->out);
        return;
    case MODEL_SET_UNION:
    case MODEL_SET_INTER:
        break;
    }
    fputc('(', d->out);
    dump_set(d, set->a);
    fputs(set->kind == MODEL_SET_UNION ? " \\/ " : " /\\ ", d->out);
    dump_set(d, set->b);
    fputc(')', d->out);
}

/* --- rules --------------------------------------------------------------------------------- */

static void dump_constant(const struct dump *d, uint32_t tag, uint32_t arg, uint64_t value)
{
    const struct model_type *t = &d->m->types[d->m->tags[tag].arg_types[arg]];
    if (t->values)
        fprintf(d->out, " %s", t->values[value]);
    else
        fprintf(d->out, " %" PRIu64, value);
}

static void dump_req(const struct dump *d, const struct model_req *req, bool exact)
{
    fputs(req->forbidden ? "-" : exact ? "" : "+", d->out);
    tag_name(d, req->tag);
    for (uint32_t k = 0; req->args && k < d->m->tags[req->tag].nargs; k++) {
        const struct model_arg *a = &req->args[k];
        if (a->kind == MODEL_ARG_ANY)
            fputs(" _", d->out);
        else if (a->kind == MODEL_ARG_INT)
            dump_constant(d, req->tag, k, a->value);
        else
            fprintf(d->out, " %s", d->vars[a->var].name);
    }
}

static void dump_pattern(const struct dump *d, const char *name, const struct model_pattern *p)
{
    fprintf(d->out, "    %s %c", name, p->exact ? '{' : '[');
    for (uint32_t i = 0; i < p->nreqs; i++) {
        fputs(i ? ", " : "", d->out);
        dump_req(d, &p->reqs[i], p->exact);
    }
    fprintf(d->out, "%c\n", p->exact ? '}' : ']');
}

static void dump_conditions(const struct dump *d, const struct model_pattern *patterns,
                            uint32_t count, const struct model_guard *guard)
{
    for (uint32_t i = 0; i < count; i++)
        dump_pattern(d, operand_names[patterns[i].operand], &patterns[i]);
    if (guard) {
        fputs("    if ", d->out);
        dump_guard(d, guard);
        fputc('\n', d->out);
    }
}

static void dump_vars(const struct dump *d, const struct model_var *vars, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        fprintf(d->out, "    var %s %s\n", vars[i].name, d->m->types[vars[i].type].name);
}

static void dump_rule(struct dump *d, uint32_t index)
{
    const struct model *m = d->m;
    const struct model_rule *r = &m->rules[index];
    d->vars = r->vars;
    fprintf(d->out, "rule %u %s:%u:%u in %s\n    group %s\n", index, r->loc.file, r->loc.line,
            r->loc.column, r->policy,
            r->group == MODEL_EVERY_INSTRUCTION ? "*" : m->groups[r->group].name);
    dump_vars(d, r->vars, r->nvars);
    dump_conditions(d, r->patterns, r->npatterns, r->guard);
    if (!r->allow)
        fprintf(d->out, "    fail \"%s\"%s%s\n", r->message, r->response ? " respond " : "",
                r->response ? m->responses[r->response].name : "");
    for (int k = 0; k < POL_RESULTS; k++) {
        if (!r->updates[k])
            continue;
        fprintf(d->out, "    %s = ", result_names[k]);
        dump_set(d, r->updates[k]);
        fputc('\n', d->out);
    }
    fprintf(d->out, "    text %s\n", r->text);
}

/* --- the rest ------------------------------------------------------------------------------ */

static void dump_positions(const struct dump *d, const uint32_t *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        fprintf(d->out, " %u", list[i]);
}

static void dump_decider(const struct dump *d, uint32_t index)
{
    const struct model_decider *x = &d->m->deciders[index];
    fprintf(d->out, "%s %u %s domain %u%s\n    rules", x->is_global ? "global" : "component", index,
            x->name, x->domain, x->dpl ? " dpl" : "");
    dump_positions(d, x->rules, x->nrules);
    fputc('\n', d->out);
    for (uint32_t i = 0; i < x->nclaims; i++) {
        fprintf(d->out, "    claim %u:%u", x->claims[i].loc.line, x->claims[i].loc.column);
        dump_positions(d, x->claims[i].left, x->claims[i].nleft);
        fputs(" |", d->out);
        dump_positions(d, x->claims[i].right, x->claims[i].nright);
        fputc('\n', d->out);
    }
}

static void dump_group(const struct dump *d, const struct model_group *g)
{
    fprintf(d->out, "group %s.%s (", g->module, g->name);
    for (int i = POL_OP_OP1; i < POL_OPERANDS; i++)
        if (g->reads[i])
            fprintf(d->out, "%s:%s ", operand_names[i], g->operand_name[i]);
    fputs("->", d->out);
    for (uint32_t i = 0; i < g->nresults; i++)
        fprintf(d->out, " %s:%s", result_names[g->results[i]], g->result_name[g->results[i]]);
    fputs(")\n", d->out);
    for (uint32_t i = 0; i < g->ninsts; i++)
        fprintf(d->out, "    %s mask %08" PRIx32 " match %08" PRIx32 "\n",
                pol_insn_at((size_t)g->insts[i].insn)->name, g->insts[i].mask, g->insts[i].match);
}

static void dump_tag(const struct dump *d, uint32_t tag)
{
    const struct pol_tag_info *t = &d->m->space->tags[tag];
    fprintf(d->out, "tag %u %s.%s", tag, t->module, t->name);
    for (uint32_t i = 0; i < t->nargs; i++) {
        const struct model_type *type = &d->m->types[d->m->tags[tag].arg_types[i]];
        fprintf(d->out, " %s", type->name);
    }
    fprintf(d->out, "%s domain %u\n", t->merge_all ? " merge all" : "", d->m->tags[tag].domain);
}

static void dump_literal(const struct dump *d, const uint32_t *literal)
{
    size_t need = pol_lit_format(d->m->space, literal, NULL, 0);
    char *text = malloc(need + 1);
    if (!text)
        pol_fatal_oom();
    (void)pol_lit_format(d->m->space, literal, text, need + 1);
    fputs(text, d->out);
    free(text);
}

static void dump_entity(const struct dump *d, const struct model_entity *e)
{
    fprintf(d->out, "entity %s %s", e->name, entity_kinds[e->kind]);
    if (e->number >= 0)
        fprintf(d->out, " %d", e->number);
    fputs(e->only ? " only " : " ", d->out);
    dump_literal(d, e->tags);
    fputc('\n', d->out);
}

/* --- tests and claims ------------------------------------------------------------------------ */

static void dump_subject(const struct dump *d, const struct model_subject *s)
{
    fprintf(d->out, "    about %s, instructions", s->name ? s->name : "everything");
    for (uint32_t i = 0; i < s->ninsts; i++)
        fprintf(d->out, " %s", pol_insn_at((size_t)s->insts[i].insn)->name);
    fputc('\n', d->out);
}

static void dump_expect(const struct dump *d, const struct model_expect *e)
{
    static const char *const failures[] = {"fail", "fail implicit", "fail explicit"};
    if (e->kind == MODEL_EXPECT_FAIL)
        fprintf(d->out, "    expect %s%s%s%s\n", failures[e->failure], e->message ? " \"" : "",
                e->message ? e->message : "", e->message ? "\"" : "");
    else
        fprintf(d->out, "    expect %s\n", e->kind == MODEL_EXPECT_ALLOW ? "allow" : "results");
    for (uint32_t i = 0; i < e->nresults; i++) {
        fputs("    ", d->out);
        dump_pattern(d, result_names[e->results[i].result], &e->results[i].pattern);
    }
}

static void dump_test(struct dump *d, const struct model_test *t)
{
    fprintf(d->out, "test %s:%u:%u \"%s\"\n", t->loc.file, t->loc.line, t->loc.column, t->title);
    d->vars = NULL;
    dump_subject(d, &t->subject);
    for (int op = 0; op < POL_OPERANDS; op++) {
        bool empty = true;
        for (uint32_t w = 0; w < d->m->space->has_words; w++)
            empty &= t->inputs[op][w] == 0;
        if (empty)
            continue;
        fprintf(d->out, "    %s ", operand_names[op]);
        dump_literal(d, t->inputs[op]);
        fputc('\n', d->out);
    }
    dump_expect(d, &t->expect);
}

static void dump_change(const struct dump *d, const struct model_prove *p)
{
    static const char *const changes[] = {"drop", "add", "lower", "raise"};
    static const char *const flows[] = {"value", "address", "control"};
    fprintf(d->out, "    may %s", changes[p->change]);
    for (uint32_t i = 0; i < p->ntargets; i++) {
        fputc(' ', d->out);
        tag_name(d, p->targets[i].tag);
        if (p->change == MODEL_LOWER || p->change == MODEL_RAISE)
            fprintf(d->out, ":%u", p->targets[i].arg);
    }
    fprintf(d->out, " via %s\n", flows[p->via]);
}

static void dump_prove(struct dump *d, const struct model_prove *p)
{
    static const char *const kinds[] = {"step", "never", "only"};
    fprintf(d->out, "claim %s:%u:%u \"%s\" of %s%s %s%s domain ", p->loc.file, p->loc.line,
            p->loc.column, p->title, p->module, p->own ? " own" : "", kinds[p->kind],
            p->all ? " all" : "");
    if (p->domain == UINT32_MAX)
        fputs("all\n", d->out);
    else
        fprintf(d->out, "%u\n", p->domain);
    d->vars = p->vars;
    dump_vars(d, p->vars, p->nvars);
    if (p->kind == MODEL_PROVE_STEP)
        dump_subject(d, &p->subject);
    dump_conditions(d, p->patterns, p->npatterns, p->guard);
    if (p->kind == MODEL_PROVE_STEP)
        dump_expect(d, &p->expect);
    if (p->kind == MODEL_PROVE_ONLY)
        dump_change(d, p);
}

/* `low < high` for each pair where nothing is between. */
static void dump_order(const struct dump *d, const struct model_type *t)
{
    uint32_t n = (uint32_t)t->limit;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = 0; b < n; b++) {
            bool covers = a != b && t->join[a * n + b] == b;
            for (uint32_t c = 0; covers && c < n; c++)
                covers = c == a || c == b || t->join[a * n + c] != c || t->join[c * n + b] != b;
            if (covers)
                fprintf(d->out, "    %s < %s\n", t->values[a], t->values[b]);
        }
}

static void dump_type(const struct dump *d, const struct model_type *t)
{
    const char *kind = t->is_set ? "set" : t->is_lattice ? "lattice" : t->values ? "enum" : "int";
    fprintf(d->out, "type %s.%s %s %" PRIu64 "%s", t->module, t->name, kind, t->limit,
            t->exhaust ? " exhaust" : "");
    for (uint64_t i = 0; t->values && i < t->limit; i++)
        fprintf(d->out, " %s", t->values[i]);
    fputc('\n', d->out);
    if (t->is_lattice)
        dump_order(d, t);
}

static void dump_relation_tuples(const struct dump *d, const struct model_relation *r)
{
    uint64_t bits = 1;
    fprintf(d->out, "relation %s.%s", r->module, r->name);
    for (uint32_t i = 0; i < r->ntypes; i++) {
        fprintf(d->out, " %s", d->m->types[r->types[i]].name);
        bits *= d->m->types[r->types[i]].limit;
    }
    fputc('\n', d->out);
    for (uint64_t bit = 0; bit < bits; bit++) {
        uint64_t unit = bits, rest = bit;
        if (!((r->bits[bit / 32] >> (bit % 32)) & 1u))
            continue;
        fputs("   ", d->out);
        for (uint32_t i = 0; i < r->ntypes; i++) {
            const struct model_type *t = &d->m->types[r->types[i]];
            unit /= t->limit;
            if (t->values)
                fprintf(d->out, " %s", t->values[rest / unit]);
            else
                fprintf(d->out, " %" PRIu64, rest / unit);
            rest %= unit;
        }
        fputc('\n', d->out);
    }
}

static void dump_responses(const struct dump *d)
{
    static const char *const actions[] = {"report", "terminate", "failsafe", "halt"};
    for (uint32_t i = 0; i < d->m->nresponses; i++) {
        const struct model_response *r = &d->m->responses[i];
        fprintf(d->out, "response %s %s%s%s\n", r->name, actions[r->action], *r->entity ? " " : "",
                r->entity);
    }
}

static void dump_types(const struct dump *d)
{
    const struct model *m = d->m;
    for (uint32_t i = 2; i < m->ntypes; i++)
        dump_type(d, &m->types[i]);
    for (uint32_t i = 0; i < m->nrelations; i++)
        dump_relation_tuples(d, &m->relations[i]);
    dump_responses(d);
    for (uint32_t i = 0; i < m->ncounters; i++)
        fprintf(d->out, "counter %u %s\n", m->counters[i].decider,
                m->types[m->counters[i].type].name);
}

void model_dump(const struct model *m, FILE *out)
{
    struct dump d = {.m = m, .out = out};
    fprintf(out, "model %s of %s\n", m->name, m->stem);
    dump_types(&d);
    for (uint32_t i = 0; i < m->space->ntags; i++)
        dump_tag(&d, i);
    for (uint32_t i = 0; i < m->nentities; i++)
        dump_entity(&d, &m->entities[i]);
    for (uint32_t i = 0; i < m->ngroups; i++)
        dump_group(&d, &m->groups[i]);
    for (uint32_t i = 0; i < m->nrules; i++)
        dump_rule(&d, i);
    for (uint32_t i = 0; i < m->ndeciders; i++)
        dump_decider(&d, i);
    for (uint32_t i = 0; i < m->ntests; i++)
        dump_test(&d, &m->tests[i]);
    for (uint32_t i = 0; i < m->nproves; i++)
        dump_prove(&d, &m->proves[i]);
    fprintf(out, "domains %u%s\n", m->ndomains, m->has_static ? " with static" : "");
}
