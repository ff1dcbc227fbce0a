/* The text form of the IR; docs/formats/ir.md describes it. */
#include "compiler/ir/print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/text.h"

struct printer {
    const struct ir *ir;
    FILE *out;
};

/* ---- Words --------------------------------------------------------------------------------- */

void ir_put_string(FILE *out, const char *s)
{
    fputc('"', out);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static bool is_plain(const char *name)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("\"()\\", *p))
            return false;
    return *name != '\0';
}

void ir_put_name(FILE *out, const char *name)
{
    if (is_plain(name))
        fputs(name, out);
    else
        ir_put_string(out, name);
}

void ir_put_place(FILE *out, const char *file, uint32_t line, uint32_t column)
{
    if (strchr(file, ':'))
        ir_put_string(out, file);
    else
        ir_put_name(out, file);
    fprintf(out, ":%" PRIu32 ":%" PRIu32, line, column);
}

void ir_put_matchers(FILE *out, const struct ir_matcher *matchers, uint32_t count)
{
    for (uint32_t m = 0; m < count; m++) {
        const struct pol_insn *insn = pol_insn_at((size_t)matchers[m].insn);
        fprintf(out, "  match %08" PRIx32 "/%08" PRIx32 " %s\n", matchers[m].match,
                matchers[m].mask, insn ? insn->name : "?");
    }
}

/* ---- What is declared ---------------------------------------------------------------------- */

static void print_header(const struct printer *p)
{
    const struct ir *ir = p->ir;
    char isa[POL_ISA_TEXT];
    pol_isa_format(&ir->isa, isa, sizeof isa);
    fprintf(p->out, "ir %d\nname ", IR_TEXT_VERSION);
    ir_put_string(p->out, ir->name);
    fputs("\nstem ", p->out);
    ir_put_string(p->out, ir->stem);
    fprintf(p->out, "\nisa %s\ngranule %" PRIu32 "\ndigest ", isa, ir->granule);
    for (size_t i = 0; i < sizeof ir->digest; i++)
        fprintf(p->out, "%02x", ir->digest[i]);
    fputc('\n', p->out);
}

/* Lists of values' names, by identity, in the order of their first use. */
struct lists {
    char ***items;
    size_t count;
};

static size_t list_index(const struct lists *lists, char **values)
{
    size_t i = 0;
    while (i < lists->count && lists->items[i] != values)
        i++;
    return i;
}

static void print_list(const struct printer *p, struct lists *lists, const struct pol_tag_arg *arg)
{
    if (!arg->values || list_index(lists, arg->values) < lists->count)
        return;
    fprintf(p->out, "values %zu", lists->count);
    for (uint64_t v = 0; v < arg->limit; v++) {
        fputc(' ', p->out);
        ir_put_name(p->out, arg->values[v]);
    }
    fputc('\n', p->out);
    lists->items = lang_xrealloc(lists->items, (lists->count + 1) * sizeof *lists->items);
    lists->items[lists->count++] = arg->values;
}

static void print_arg(const struct printer *p, const struct lists *lists, uint32_t tag, uint32_t a)
{
    const struct pol_tag_arg *arg = &p->ir->space->tags[tag].args[a];
    if (arg->is_set) {
        fputs(" set", p->out);
        return;
    }
    fprintf(p->out, " int:%" PRIu64, arg->limit);
    if (arg->values)
        fprintf(p->out, ":values:%zu", list_index(lists, arg->values));
    if (p->ir->tags[tag].lattice[a] != IR_NONE)
        fprintf(p->out, ":lattice:%" PRIu32, p->ir->tags[tag].lattice[a]);
}

static void print_tag(const struct printer *p, const struct lists *lists, uint32_t t)
{
    const struct pol_tag_info *info = &p->ir->space->tags[t];
    fprintf(p->out, "tag %" PRIu32 " ", t);
    ir_put_tag(p->ir, p->out, t);
    if (strchr(info->name, '.'))
        fprintf(p->out, " short %s", info->name);
    fprintf(p->out, " domain %" PRIu32 " merge %s", p->ir->tags[t].domain,
            info->merge_all ? "all" : "any");
    for (uint32_t a = 0; a < info->nargs; a++)
        print_arg(p, lists, t, a);
    fputc('\n', p->out);
}

static void print_tags(const struct printer *p)
{
    struct lists lists = {NULL, 0};
    for (uint32_t t = 0; t < p->ir->space->ntags; t++)
        for (uint32_t a = 0; a < p->ir->space->tags[t].nargs; a++)
            print_list(p, &lists, &p->ir->space->tags[t].args[a]);
    for (uint32_t i = 0; i < p->ir->nlattices; i++)
        ir_put_lattice(p->ir, p->out, i);
    for (uint32_t t = 0; t < p->ir->space->ntags; t++)
        print_tag(p, &lists, t);
    free(lists.items);
}

static void print_domains(const struct printer *p)
{
    for (uint32_t d = 0; d < p->ir->ndomains; d++) {
        const struct ir_domain *domain = &p->ir->domains[d];
        fprintf(p->out, "domain %" PRIu32 " %s ", d, ir_text_domains[domain->kind]);
        ir_put_name(p->out, domain->name);
        if (domain->decider != IR_NONE)
            fprintf(p->out, " decider %" PRIu32, domain->decider);
        fputs(domain->trap_env ? " trap-env\n" : "\n", p->out);
    }
}

static void print_responses(const struct printer *p)
{
    for (uint32_t i = 0; i < p->ir->nresponses; i++) {
        const struct ir_response *response = &p->ir->responses[i];
        fprintf(p->out, "response %" PRIu32 " ", i);
        ir_put_name(p->out, response->name);
        fprintf(p->out, " %s", ir_text_actions[response->action]);
        if (response->entity[0]) {
            fputc(' ', p->out);
            ir_put_name(p->out, response->entity);
        }
        fputc('\n', p->out);
    }
}

static void print_counters(const struct printer *p)
{
    for (uint32_t c = 0; c < p->ir->ncounters; c++) {
        const struct ir_counter *counter = &p->ir->counters[c];
        fprintf(p->out, "counter %" PRIu32 " ", c);
        ir_put_name(p->out, counter->name);
        fprintf(p->out, " decider %" PRIu32 " limit %" PRIu64 " %s\n", counter->decider,
                counter->limit, counter->exhaust ? "exhaust" : "wrap");
    }
}

static void print_group(const struct printer *p, uint32_t g)
{
    const struct ir_group *group = &p->ir->groups[g];
    fprintf(p->out, "group %" PRIu32 " ", g);
    ir_put_name(p->out, group->name);
    fputc('\n', p->out);
    for (int op = 0; op < POL_OPERANDS; op++)
        if (group->operand_name[op]) {
            fprintf(p->out, "  operand %s ", ir_text_places[op]);
            ir_put_name(p->out, group->operand_name[op]);
            fputc('\n', p->out);
        }
    for (int r = 0; r < POL_RESULTS; r++)
        if (group->listed & (1u << r)) {
            fprintf(p->out, "  result %s ", ir_text_results[r]);
            ir_put_name(p->out, group->result_name[r] ? group->result_name[r] : ir_text_results[r]);
            fputc('\n', p->out);
        }
    ir_put_matchers(p->out, group->matchers, group->nmatchers);
}

/* ---- Rules --------------------------------------------------------------------------------- */

static void print_outcome(const struct printer *p, const struct ir_rule *rule)
{
    if (rule->allow) {
        fputs("    allow\n", p->out);
    } else {
        fputs("    fail ", p->out);
        ir_put_string(p->out, rule->message);
        if (rule->response != 0)
            fprintf(p->out, " respond %" PRIu32, rule->response);
        fputc('\n', p->out);
    }
    for (int r = 0; r < POL_RESULTS; r++)
        if (rule->result[r].v != IR_NONE) {
            fprintf(p->out, "    %s = ", ir_text_results[r]);
            ir_put_set(p->ir, p->out, rule->result[r]);
            fputc('\n', p->out);
        }
}

static void print_rule(const struct printer *p, uint32_t index, const struct ir_rule *rule)
{
    fprintf(p->out, "  rule %" PRIu32 " ", index);
    ir_put_place(p->out, rule->file, rule->line, rule->column);
    fputc(' ', p->out);
    ir_put_name(p->out, rule->policy);
    if (rule->group.v == IR_NONE)
        fputs(" every instruction\n    text ", p->out);
    else
        fprintf(p->out, " group %" PRIu32 "\n    text ", rule->group.v);
    ir_put_string(p->out, rule->text);
    fputc('\n', p->out);
    for (int op = 0; op < POL_OPERANDS; op++)
        if (!ir_cond_is_empty(&rule->cond[op])) {
            fprintf(p->out, "    when %s", ir_text_places[op]);
            ir_put_cond(p->ir, p->out, &rule->cond[op]);
            fputc('\n', p->out);
        }
    if (rule->guard.v != IR_NONE) {
        fputs("    guard ", p->out);
        ir_put_guard(p->ir, p->out, rule->guard);
        fputc('\n', p->out);
    }
    print_outcome(p, rule);
}

static void print_decider(const struct printer *p, uint32_t index)
{
    const struct ir_decider *decider = &p->ir->deciders[index];
    fprintf(p->out, "decider %" PRIu32 " %s ", index, decider->is_global ? "global" : "component");
    ir_put_name(p->out, decider->name);
    fprintf(p->out, " domain %" PRIu32 "\n", decider->domain);
    for (uint32_t i = 0; i < decider->nrules; i++)
        print_rule(p, i, &decider->rules[i]);
}

/* ---- Entities and instructions ------------------------------------------------------------- */

/* Literals are short and rare here, so they are measured, then printed. */
static void print_entity(const struct printer *p, const struct ir_entity *entity)
{
    fputs("entity ", p->out);
    ir_put_name(p->out, entity->name);
    fprintf(p->out, " %s %d%s ", ir_text_entities[entity->kind], entity->number,
            entity->only ? " only" : "");
    size_t size = pol_lit_format(p->ir->space, entity->tags, NULL, 0) + 1;
    char *text = lang_xalloc(size);
    pol_lit_format(p->ir->space, entity->tags, text, size);
    fprintf(p->out, "%s\n", text);
    free(text);
}

static void print_opclass(const struct printer *p, uint32_t index)
{
    const struct ir_opclass *class = &p->ir->opclasses[index];
    fprintf(p->out, "opclass %" PRIu32 " ", index);
    ir_put_name(p->out, class->name);
    if (index != 0) {
        const struct pol_form *form = &class->form;
        fprintf(p->out, " sample %08" PRIx32 " form %s %s %s mem %s:%u rd %s csr %u groups",
                class->sample, ir_text_files[form->op1], ir_text_files[form->op2],
                ir_text_files[form->op3], ir_text_uses[form->mem], form->size,
                ir_text_files[form->rd], form->csr);
        for (uint32_t g = 0; g < class->ngroups; g++)
            fprintf(p->out, " %" PRIu32, class->groups[g]);
    }
    fputc('\n', p->out);
}

void ir_print(const struct ir *ir, FILE *out)
{
    struct printer p = {ir, out};
    print_header(&p);
    print_tags(&p);
    print_domains(&p);
    print_responses(&p);
    for (uint32_t i = 0; i < ir->nrelations; i++)
        ir_put_relation(ir, out, i);
    print_counters(&p);
    for (uint32_t g = 0; g < ir->ngroups; g++)
        print_group(&p, g);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        print_decider(&p, d);
    for (uint32_t i = 0; i < ir->nclaims; i++)
        ir_put_claim(ir, out, i);
    for (uint32_t e = 0; e < ir->nentities; e++)
        print_entity(&p, &ir->entities[e]);
    for (uint32_t c = 0; c < ir->nopclasses; c++)
        print_opclass(&p, c);
    for (uint32_t i = 0; i < ir->ndecode; i++)
        fprintf(out, "decode %08" PRIx32 "/%08" PRIx32 " %" PRIu32 "\n", ir->decode[i].match,
                ir->decode[i].mask, ir->decode[i].opclass);
}
