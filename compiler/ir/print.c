/* The text form of the IR; docs/formats/ir.md describes it. */
#include <inttypes.h>
#include <stdlib.h>

#include "compiler/ir/ir.h"

struct printer {
    const struct ir *ir;
    FILE *out;
};

static const char *const operand_names[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
static const char *const result_names[POL_RESULTS] = {"env", "rd", "csr", "mem"};

static void print_string(FILE *out, const char *s)
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

static void print_tag_name(const struct printer *p, uint32_t tag)
{
    const struct pol_tag_info *info = &p->ir->space->tags[tag];
    fprintf(p->out, "%s.%s", info->module, info->name);
}

static void print_header(const struct printer *p)
{
    const struct ir *ir = p->ir;
    char isa[POL_ISA_TEXT];
    pol_isa_format(&ir->isa, isa, sizeof isa);
    fputs("ir 1\nname ", p->out);
    print_string(p->out, ir->name);
    fputs("\nstem ", p->out);
    print_string(p->out, ir->stem);
    fprintf(p->out, "\nisa %s\ngranule %" PRIu32 "\ndigest ", isa, ir->granule);
    for (size_t i = 0; i < sizeof ir->digest; i++)
        fprintf(p->out, "%02x", ir->digest[i]);
    fputc('\n', p->out);
}

static void print_tag(const struct printer *p, uint32_t t)
{
    const struct pol_tag_info *info = &p->ir->space->tags[t];
    fprintf(p->out, "tag %" PRIu32 " ", t);
    print_tag_name(p, t);
    fprintf(p->out, " domain %" PRIu32 " merge %s", p->ir->tags[t].domain,
            info->merge_all ? "all" : "any");
    for (uint32_t a = 0; a < info->nargs; a++)
        if (info->args[a].is_set)
            fputs(" set", p->out);
        else
            fprintf(p->out, " int:%" PRIu64, info->args[a].limit);
    fputc('\n', p->out);
}

static void print_domains(const struct printer *p)
{
    static const char *const kinds[] = {"component", "global", "static"};
    for (uint32_t d = 0; d < p->ir->ndomains; d++) {
        const struct ir_domain *domain = &p->ir->domains[d];
        fprintf(p->out, "domain %" PRIu32 " %s %s", d, kinds[domain->kind], domain->name);
        if (domain->decider != IR_NONE)
            fprintf(p->out, " decider %" PRIu32, domain->decider);
        fputs(domain->trap_env ? " trap-env\n" : "\n", p->out);
    }
}

static void print_counters(const struct printer *p)
{
    for (uint32_t c = 0; c < p->ir->ncounters; c++) {
        const struct ir_counter *counter = &p->ir->counters[c];
        fprintf(p->out, "counter %" PRIu32 " %s decider %" PRIu32 " limit %" PRIu64 " %s\n", c,
                counter->name, counter->decider, counter->limit,
                counter->exhaust ? "exhaust" : "wrap");
    }
}

static void print_group(const struct printer *p, uint32_t g)
{
    const struct ir_group *group = &p->ir->groups[g];
    fprintf(p->out, "group %" PRIu32 " %s\n", g, group->name);
    for (int op = 0; op < POL_OPERANDS; op++)
        if (group->operand_name[op])
            fprintf(p->out, "  operand %s %s\n", operand_names[op], group->operand_name[op]);
    for (int r = 0; r < POL_RESULTS; r++)
        if (group->listed & (1u << r))
            fprintf(p->out, "  result %s %s\n", result_names[r],
                    group->result_name[r] ? group->result_name[r] : result_names[r]);
    for (uint32_t m = 0; m < group->nmatchers; m++) {
        const struct ir_matcher *matcher = &group->matchers[m];
        const struct pol_insn *insn = pol_insn_at((size_t)matcher->insn);
        fprintf(p->out, "  match %08" PRIx32 "/%08" PRIx32 " %s\n", matcher->match, matcher->mask,
                insn ? insn->name : "?");
    }
}

static void print_ref(const struct printer *p, struct ir_ref ref)
{
    fprintf(p->out, "%s.(", operand_names[ref.op]);
    print_tag_name(p, ref.tag);
    fprintf(p->out, ").%" PRIu32, ref.arg);
}

static void print_int(const struct printer *p, struct ir_int_id id)
{
    static const char *const ops[] = {[IR_INT_ADD] = "add",
                                      [IR_INT_SUB] = "sub",
                                      [IR_INT_MUL] = "mul",
                                      [IR_INT_DIV] = "div",
                                      [IR_INT_MOD] = "mod"};
    const struct ir_int *node = &p->ir->ints[id.v];
    switch (node->kind) {
    case IR_INT_CONST:
        fprintf(p->out, "%" PRId64, node->value);
        return;
    case IR_INT_ARG:
        print_ref(p, node->ref);
        return;
    case IR_INT_NEW:
        fprintf(p->out, "(new %" PRIu32 " %" PRIu32 ")", node->counter, node->new_index);
        return;
    default:
        fprintf(p->out, "(%s ", ops[node->kind]);
        print_int(p, node->a);
        fputc(' ', p->out);
        print_int(p, node->b);
        fputc(')', p->out);
    }
}

static void print_guard(const struct printer *p, struct ir_guard_id id)
{
    static const char *const ops[] = {"true", "false", "not", "and", "or",
                                      "eq",   "ne",    "lt",  "le",  "seteq"};
    const struct ir_guard *node = &p->ir->guards[id.v];
    if (node->kind == IR_GUARD_TRUE || node->kind == IR_GUARD_FALSE) {
        fputs(ops[node->kind], p->out);
        return;
    }
    fprintf(p->out, "(%s ", ops[node->kind]);
    if (node->kind == IR_GUARD_SETEQ) {
        print_ref(p, node->r);
        fputc(' ', p->out);
        print_ref(p, node->s);
    } else if (node->kind >= IR_GUARD_EQ) {
        print_int(p, node->x);
        fputc(' ', p->out);
        print_int(p, node->y);
    } else {
        print_guard(p, node->a);
        if (node->kind != IR_GUARD_NOT) {
            fputc(' ', p->out);
            print_guard(p, node->b);
        }
    }
    fputc(')', p->out);
}

static void print_set(const struct printer *p, struct ir_set_id id);

static void print_mod(const struct printer *p, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = &p->ir->space->tags[mod->tag];
    fputs(mod->remove ? " -" : " +", p->out);
    print_tag_name(p, mod->tag);
    if (mod->remove || info->nargs == 0)
        return;
    for (uint32_t a = 0; a < info->nargs; a++) {
        fputc(a == 0 ? '(' : ' ', p->out);
        if (info->args[a].is_set)
            print_set(p, mod->args[a].set);
        else
            print_int(p, mod->args[a].number);
    }
    fputc(')', p->out);
}

static void print_set(const struct printer *p, struct ir_set_id id)
{
    const struct ir_set *node = &p->ir->sets[id.v];
    switch (node->kind) {
    case IR_SET_OPERAND:
        fputs(operand_names[node->op], p->out);
        return;
    case IR_SET_ARG:
        print_ref(p, node->ref);
        return;
    case IR_SET_EMPTY:
        fputs("{}", p->out);
        return;
    case IR_SET_MODIFY:
        fputs("(modify ", p->out);
        print_set(p, node->a);
        for (uint32_t m = 0; m < node->nmods; m++)
            print_mod(p, &node->mods[m]);
        break;
    case IR_SET_UNION:
    case IR_SET_INTER:
        fputs(node->kind == IR_SET_UNION ? "(union " : "(inter ", p->out);
        print_set(p, node->a);
        fputc(' ', p->out);
        print_set(p, node->b);
        break;
    }
    fputc(')', p->out);
}

static void print_tag_list(const struct printer *p, char sign, const uint32_t *tags, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        fprintf(p->out, " %c", sign);
        print_tag_name(p, tags[i]);
    }
}

static void print_cond(const struct printer *p, int op, const struct ir_cond *cond)
{
    if (!cond->nrequired && !cond->nforbidden && !cond->exact && !cond->never)
        return;
    fprintf(p->out, "    when %s", operand_names[op]);
    print_tag_list(p, '+', cond->required, cond->nrequired);
    print_tag_list(p, '-', cond->forbidden, cond->nforbidden);
    fputs(cond->exact ? " exact" : "", p->out);
    fputs(cond->never ? " never\n" : "\n", p->out);
}

static void print_rule(const struct printer *p, uint32_t index, const struct ir_rule *rule)
{
    fprintf(p->out, "  rule %" PRIu32 " %s:%" PRIu32 ":%" PRIu32 " %s", index, rule->file,
            rule->line, rule->column, rule->policy);
    if (rule->group.v == IR_NONE)
        fputs(" every instruction\n    text ", p->out);
    else
        fprintf(p->out, " group %" PRIu32 "\n    text ", rule->group.v);
    print_string(p->out, rule->text);
    fputc('\n', p->out);
    for (int op = 0; op < POL_OPERANDS; op++)
        print_cond(p, op, &rule->cond[op]);
    if (rule->guard.v != IR_NONE) {
        fputs("    guard ", p->out);
        print_guard(p, rule->guard);
        fputc('\n', p->out);
    }
    fputs(rule->allow ? "    allow\n" : "    fail ", p->out);
    if (!rule->allow) {
        print_string(p->out, rule->message);
        fputc('\n', p->out);
    }
    for (int r = 0; r < POL_RESULTS; r++)
        if (rule->result[r].v != IR_NONE) {
            fprintf(p->out, "    %s = ", result_names[r]);
            print_set(p, rule->result[r]);
            fputc('\n', p->out);
        }
}

static void print_decider(const struct printer *p, uint32_t index)
{
    const struct ir_decider *decider = &p->ir->deciders[index];
    fprintf(p->out, "decider %" PRIu32 " %s %s domain %" PRIu32 "\n", index,
            decider->is_global ? "global" : "component", decider->name, decider->domain);
    for (uint32_t i = 0; i < decider->nrules; i++)
        print_rule(p, i, &decider->rules[i]);
}

/* Literals are short and rare here, so they are measured, then printed. */
static void print_entity(const struct printer *p, const struct ir_entity *entity)
{
    static const char *const kinds[] = {"env", "trap-env", "int-reg", "fp-reg",  "reg-default",
                                        "csr", "section",  "range",   "derived", "other"};
    fprintf(p->out, "entity %s %s %d%s ", entity->name, kinds[entity->kind], entity->number,
            entity->only ? " only" : "");
    size_t size = pol_lit_format(p->ir->space, entity->tags, NULL, 0) + 1;
    char *text = lang_xalloc(size);
    pol_lit_format(p->ir->space, entity->tags, text, size);
    fprintf(p->out, "%s\n", text);
    free(text);
}

static void print_opclass(const struct printer *p, uint32_t index)
{
    static const char *const files[] = {"none", "int", "fp", "csr"};
    static const char *const uses[] = {"none", "read", "write", "readwrite"};
    const struct ir_opclass *class = &p->ir->opclasses[index];
    fprintf(p->out, "opclass %" PRIu32 " %s", index, class->name);
    if (index != 0) {
        const struct pol_form *form = &class->form;
        fprintf(p->out, " sample %08" PRIx32 " form %s %s %s mem %s:%u rd %s csr %u groups",
                class->sample, files[form->op1], files[form->op2], files[form->op3],
                uses[form->mem], form->size, files[form->rd], form->csr);
        for (uint32_t g = 0; g < class->ngroups; g++)
            fprintf(p->out, " %" PRIu32, class->groups[g]);
    }
    fputc('\n', p->out);
}

void ir_print(const struct ir *ir, FILE *out)
{
    struct printer p = {ir, out};
    print_header(&p);
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        print_tag(&p, t);
    print_domains(&p);
    print_counters(&p);
    for (uint32_t g = 0; g < ir->ngroups; g++)
        print_group(&p, g);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        print_decider(&p, d);
    for (uint32_t e = 0; e < ir->nentities; e++)
        print_entity(&p, &ir->entities[e]);
    for (uint32_t c = 0; c < ir->nopclasses; c++)
        print_opclass(&p, c);
    for (uint32_t i = 0; i < ir->ndecode; i++)
        fprintf(out, "decode %08" PRIx32 "/%08" PRIx32 " %" PRIu32 "\n", ir->decode[i].match,
                ir->decode[i].mask, ir->decode[i].opclass);
}
