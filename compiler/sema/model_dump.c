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
    const struct model_rule *rule;
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
        fprintf(d->out, "%s", d->rule->vars[e->var].name);
        return;
    case MODEL_INT_NEW:
        fprintf(d->out, "new:%s:%u", d->m->types[e->type].name, e->new_index);
        return;
    case MODEL_INT_ADD:
    case MODEL_INT_SUB:
    case MODEL_INT_MUL:
    case MODEL_INT_DIV:
    case MODEL_INT_MOD:
        break;
    }
    fputc('(', d->out);
    dump_int(d, e->a);
    fprintf(d->out, " %s ", operator_of(e->kind));
    dump_int(d, e->b);
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
    case MODEL_GUARD_CMP:
        fputc('(', d->out);
        dump_int(d, g->x);
        fprintf(d->out, " %s ", cmp_names[g->cmp]);
        dump_int(d, g->y);
        fputc(')', d->out);
        return;
    case MODEL_GUARD_SETCMP:
        fprintf(d->out, "(%s %s %s)", d->rule->vars[g->var_x].name, cmp_names[g->cmp],
                d->rule->vars[g->var_y].name);
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
        fputs(d->rule->vars[set->var].name, d->out);
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

static void dump_req(const struct dump *d, const struct model_req *req, bool exact)
{
    fputs(req->forbidden ? "-" : exact ? "" : "+", d->out);
    tag_name(d, req->tag);
    for (uint32_t k = 0; req->args && k < d->m->tags[req->tag].nargs; k++) {
        const struct model_arg *a = &req->args[k];
        if (a->kind == MODEL_ARG_ANY)
            fputs(" _", d->out);
        else if (a->kind == MODEL_ARG_INT)
            fprintf(d->out, " %" PRIu64, a->value);
        else
            fprintf(d->out, " %s", d->rule->vars[a->var].name);
    }
}

static void dump_pattern(const struct dump *d, const struct model_pattern *p)
{
    fprintf(d->out, "    %s %c", operand_names[p->operand], p->exact ? '{' : '[');
    for (uint32_t i = 0; i < p->nreqs; i++) {
        fputs(i ? ", " : "", d->out);
        dump_req(d, &p->reqs[i], p->exact);
    }
    fprintf(d->out, "%c\n", p->exact ? '}' : ']');
}

static void dump_rule(struct dump *d, uint32_t index)
{
    const struct model *m = d->m;
    const struct model_rule *r = &m->rules[index];
    d->rule = r;
    fprintf(d->out, "rule %u %s:%u:%u in %s\n    group %s\n", index, r->loc.file, r->loc.line,
            r->loc.column, r->policy,
            r->group == MODEL_EVERY_INSTRUCTION ? "*" : m->groups[r->group].name);
    for (uint32_t i = 0; i < r->nvars; i++)
        fprintf(d->out, "    var %s %s\n", r->vars[i].name, m->types[r->vars[i].type].name);
    for (uint32_t i = 0; i < r->npatterns; i++)
        dump_pattern(d, &r->patterns[i]);
    if (r->guard) {
        fputs("    if ", d->out);
        dump_guard(d, r->guard);
        fputc('\n', d->out);
    }
    if (!r->allow)
        fprintf(d->out, "    fail \"%s\"\n", r->message);
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

static void dump_entity(const struct dump *d, const struct model_entity *e)
{
    size_t need = pol_lit_format(d->m->space, e->tags, NULL, 0);
    char *text = malloc(need + 1);
    if (!text)
        pol_fatal_oom();
    (void)pol_lit_format(d->m->space, e->tags, text, need + 1);
    fprintf(d->out, "entity %s %s", e->name, entity_kinds[e->kind]);
    if (e->number >= 0)
        fprintf(d->out, " %d", e->number);
    fprintf(d->out, "%s %s\n", e->only ? " only" : "", text);
    free(text);
}

static void dump_types(const struct dump *d)
{
    const struct model *m = d->m;
    for (uint32_t i = 2; i < m->ntypes; i++)
        fprintf(d->out, "type %s.%s %s %" PRIu64 "%s\n", m->types[i].module, m->types[i].name,
                m->types[i].is_set ? "set" : "int", m->types[i].limit,
                m->types[i].exhaust ? " exhaust" : "");
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
    fprintf(out, "domains %u%s\n", m->ndomains, m->has_static ? " with static" : "");
}
