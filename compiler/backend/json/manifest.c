#include "compiler/backend/json/manifest.h"

#include <stdlib.h>
#include <string.h>

static const char *const operands[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
static const char *const results[POL_RESULTS] = {"env", "rd", "csr", "mem"};
static const char *const files[] = {"none", "int", "fp", "csr"};

/* ---- JSON without failures: running out of memory ends the compiler ------------------------ */

static json_t *sure(json_t *value)
{
    if (!value)
        pol_fatal_oom();
    return value;
}

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, sure(value)) != 0)
        pol_fatal_oom();
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, sure(value)) != 0)
        pol_fatal_oom();
}

/* Sources may hold any bytes; JSON holds UTF-8.  What is none is taken as Latin-1. */
static json_t *text(const char *s)
{
    json_t *value = json_string(s);
    if (value)
        return value;
    char *utf8 = lang_xalloc(strlen(s) * 2 + 1), *out = utf8;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c >= 0x80)
            *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    value = json_string(utf8);
    free(utf8);
    return sure(value);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* ---- Parts --------------------------------------------------------------------------------- */

/* The names of an argument's values. */
static json_t *value_names(const struct pol_tag_arg *arg)
{
    json_t *list = sure(json_array());
    for (uint64_t v = 0; v < arg->limit; v++)
        append(list, text(arg->values[v]));
    return list;
}

static json_t *tag_args(const struct ir *ir, uint32_t tag)
{
    const struct pol_tag_info *info = &ir->space->tags[tag];
    json_t *list = sure(json_array());
    for (uint32_t a = 0; a < info->nargs; a++) {
        json_t *arg = sure(json_object());
        uint32_t lattice = ir->tags[tag].lattice[a];
        set(arg, "type", text(info->args[a].is_set ? "TagSet" : "Int"));
        if (!info->args[a].is_set)
            set(arg, "limit", number(info->args[a].limit));
        if (info->args[a].values)
            set(arg, "values", value_names(&info->args[a]));
        if (lattice < ir->nlattices)
            set(arg, "lattice", text(ir->lattices[lattice].name));
        append(list, arg);
    }
    return list;
}

static json_t *tags(const struct ir *ir)
{
    json_t *list = sure(json_array());
    for (uint32_t t = 0; t < ir->space->ntags; t++) {
        const struct pol_tag_info *info = &ir->space->tags[t];
        json_t *tag = sure(json_object());
        set(tag, "id", number(t));
        set(tag, "name", text(info->name));
        set(tag, "module", text(info->module));
        set(tag, "args", tag_args(ir, t));
        set(tag, "merge", text(info->merge_all ? "all" : "any"));
        set(tag, "domain", number(ir->tags[t].domain));
        append(list, tag);
    }
    return list;
}

static json_t *domains(const struct ir *ir)
{
    static const char *const kinds[] = {"component", "global", "static"};
    json_t *list = sure(json_array());
    for (uint32_t d = 0; d < ir->ndomains; d++) {
        const struct ir_domain *domain = &ir->domains[d];
        json_t *item = sure(json_object());
        set(item, "id", number(d));
        set(item, "kind", text(kinds[domain->kind]));
        set(item, "name", text(domain->name));
        set(item, "decider", domain->decider == IR_NONE ? json_null() : number(domain->decider));
        set(item, "trapEnv", json_boolean(domain->trap_env));
        append(list, item);
    }
    return list;
}

static json_t *counters(const struct ir *ir)
{
    json_t *list = sure(json_array());
    for (uint32_t c = 0; c < ir->ncounters; c++) {
        json_t *item = sure(json_object());
        set(item, "id", number(c));
        set(item, "name", text(ir->counters[c].name));
        set(item, "decider", number(ir->counters[c].decider));
        set(item, "limit", number(ir->counters[c].limit));
        set(item, "onEnd", text(ir->counters[c].exhaust ? "exhaust" : "wrap"));
        append(list, item);
    }
    return list;
}

static json_t *responses(const struct ir *ir)
{
    static const char *const actions[] = {[POL_ACTION_REPORT] = "report",
                                          [POL_ACTION_TERMINATE] = "terminate",
                                          [POL_ACTION_FAILSAFE] = "failsafe",
                                          [POL_ACTION_HALT] = "halt"};
    json_t *list = sure(json_array());
    for (uint32_t i = 0; i < ir->nresponses; i++) {
        const struct ir_response *response = &ir->responses[i];
        json_t *item = sure(json_object());
        set(item, "id", number(i));
        set(item, "name", text(response->name));
        set(item, "action", text(actions[response->action]));
        set(item, "entity", response->entity[0] ? text(response->entity) : json_null());
        append(list, item);
    }
    return list;
}

static uint64_t count_tuples(const struct ir_relation *r)
{
    uint64_t all = 1, n = 0;
    for (uint32_t i = 0; i < r->nargs; i++)
        all *= r->limit[i];
    for (uint64_t i = 0; i < all; i++)
        n += r->bits[i / 32] >> (i % 32) & 1u;
    return n;
}

static json_t *relations(const struct ir *ir)
{
    json_t *list = sure(json_array());
    for (uint32_t i = 0; i < ir->nrelations; i++) {
        const struct ir_relation *r = &ir->relations[i];
        json_t *item = sure(json_object()), *limits = sure(json_array());
        for (uint32_t k = 0; k < r->nargs; k++)
            append(limits, number(r->limit[k]));
        set(item, "id", number(i));
        set(item, "name", text(r->name));
        set(item, "limits", limits);
        set(item, "tuples", number(count_tuples(r)));
        append(list, item);
    }
    return list;
}

static json_t *form(const struct pol_form *form)
{
    static const char *const uses[] = {"none", "read", "write", "readwrite"};
    json_t *object = sure(json_object());
    set(object, "op1", text(files[form->op1]));
    set(object, "op2", text(files[form->op2]));
    set(object, "op3", text(files[form->op3]));
    set(object, "mem", text(uses[form->mem]));
    set(object, "size", number(form->size));
    set(object, "rd", text(files[form->rd]));
    set(object, "csr", json_boolean(form->csr));
    return object;
}

static json_t *group_names(const struct ir *ir, const struct ir_opclass *class)
{
    json_t *list = sure(json_array());
    for (uint32_t g = 0; g < class->ngroups; g++)
        append(list, text(ir->groups[class->groups[g]].name));
    return list;
}

/* A word as tools print it. */
static json_t *word(uint32_t value)
{
    char hex[16];
    snprintf(hex, sizeof hex, "0x%08lx", (unsigned long)value);
    return text(hex);
}

static json_t *opclasses(const struct ir *ir)
{
    json_t *list = sure(json_array());
    for (uint32_t c = 1; c < ir->nopclasses; c++) {
        json_t *item = sure(json_object());
        set(item, "id", number(c));
        set(item, "name", text(ir->opclasses[c].name));
        set(item, "sample", word(ir->opclasses[c].sample));
        set(item, "groups", group_names(ir, &ir->opclasses[c]));
        set(item, "form", form(&ir->opclasses[c].form));
        append(list, item);
    }
    return list;
}

static json_t *groups(const struct ir *ir)
{
    json_t *list = sure(json_array());
    for (uint32_t g = 0; g < ir->ngroups; g++) {
        const struct ir_group *group = &ir->groups[g];
        json_t *item = sure(json_object()), *reads = sure(json_object());
        json_t *writes = sure(json_object());
        for (int op = 0; op < POL_OPERANDS; op++)
            if (group->operand_name[op])
                set(reads, operands[op], text(group->operand_name[op]));
        for (int r = 0; r < POL_RESULTS; r++)
            if (group->listed & (1u << r))
                set(writes, results[r],
                    text(group->result_name[r] ? group->result_name[r] : results[r]));
        set(item, "id", number(g));
        set(item, "name", text(group->name));
        set(item, "operands", reads);
        set(item, "results", writes);
        append(list, item);
    }
    return list;
}

static json_t *rule(const struct ir *ir, uint32_t id, const struct ir_rule *rule)
{
    json_t *item = sure(json_object());
    set(item, "id", number(id));
    set(item, "policy", text(rule->policy));
    set(item, "group",
        rule->group.v == IR_NONE ? json_null() : text(ir->groups[rule->group.v].name));
    set(item, "file", text(rule->file));
    set(item, "line", number(rule->line));
    set(item, "column", number(rule->column));
    set(item, "text", text(rule->text));
    set(item, "verdict", text(rule->allow ? "allow" : "fail"));
    set(item, "message", rule->allow ? json_null() : text(rule->message));
    set(item, "response", rule->allow ? json_null() : text(ir->responses[rule->response].name));
    return item;
}

static json_t *deciders(const struct ir *ir)
{
    json_t *list = sure(json_array());
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        const struct ir_decider *decider = &ir->deciders[d];
        json_t *item = sure(json_object()), *rules = sure(json_array());
        for (uint32_t r = 0; r < decider->nrules; r++)
            append(rules, rule(ir, r, &decider->rules[r]));
        set(item, "id", number(d));
        set(item, "name", text(decider->name));
        set(item, "kind", text(decider->is_global ? "global" : "component"));
        set(item, "domain", number(decider->domain));
        set(item, "rules", rules);
        append(list, item);
    }
    return list;
}

static json_t *set_text(const struct ir *ir, const uint32_t *lit)
{
    size_t size = pol_lit_format(ir->space, lit, NULL, 0) + 1;
    char *buf = lang_xalloc(size);
    pol_lit_format(ir->space, lit, buf, size);
    json_t *value = text(buf);
    free(buf);
    return value;
}

static json_t *entities(const struct ir *ir)
{
    static const char *const kinds[] = {"env", "trapEnv", "intReg", "fpReg",   "regDefault",
                                        "csr", "section", "range",  "derived", "other"};
    json_t *list = sure(json_array());
    for (uint32_t e = 0; e < ir->nentities; e++) {
        const struct ir_entity *entity = &ir->entities[e];
        json_t *item = sure(json_object());
        set(item, "name", text(entity->name));
        set(item, "kind", text(kinds[entity->kind]));
        set(item, "number", json_integer(entity->number));
        set(item, "only", json_boolean(entity->only));
        set(item, "tags", set_text(ir, entity->tags));
        append(list, item);
    }
    return list;
}

static json_t *digest(const struct ir *ir)
{
    char hex[sizeof ir->digest * 2 + 1];
    for (size_t i = 0; i < sizeof ir->digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", ir->digest[i]);
    return text(hex);
}

/* ---- The whole ----------------------------------------------------------------------------- */

static json_t *manifest(const struct ir *ir, json_t *table)
{
    json_t *root = sure(json_object());
    char isa[POL_ISA_TEXT];
    pol_isa_format(&ir->isa, isa, sizeof isa);
    set(root, "format", text("pol-manifest"));
    set(root, "version", number(1));
    set(root, "name", text(ir->name));
    set(root, "stem", text(ir->stem));
    set(root, "isa", text(isa));
    set(root, "granule", number(ir->granule));
    set(root, "digest", digest(ir));
    set(root, "tags", tags(ir));
    set(root, "domains", domains(ir));
    set(root, "counters", counters(ir));
    set(root, "responses", responses(ir));
    set(root, "relations", relations(ir));
    set(root, "groups", groups(ir));
    set(root, "opclasses", opclasses(ir));
    set(root, "deciders", deciders(ir));
    set(root, "entities", entities(ir));
    set(root, "table", table ? json_incref(table) : json_null());
    return root;
}

int manifest_emit(const struct ir *ir, json_t *table, FILE *out)
{
    json_t *root = manifest(ir, table);
    int status = json_dumpf(root, out, JSON_INDENT(2) | JSON_SORT_KEYS);
    json_decref(root);
    return status != 0 || fputc('\n', out) == EOF || fflush(out) != 0 || ferror(out) ? -1 : 0;
}
