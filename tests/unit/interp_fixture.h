/* Hand-built models and steps on them, in short notation, for the tests of the source interpreter.
 *
 * A fixture is a model under construction, then an engine for it: model_new(), add_decider(),
 * add_rule(), pattern() and the expression helpers; start(); eval() or step(); finish().
 * Everything but the tag space is in the fixture's arena. */
#ifndef TESTS_INTERP_FIXTURE_H
#define TESTS_INTERP_FIXTURE_H
#include "compiler/interp/interp.h"

#include <stdlib.h>
#include <string.h>
#include "tests/unit/check.h"

/* ---- Building models ------------------------------------------------------------------------- */

enum { MAX_RULES = 40, MAX_DECIDERS = 80, MAX_GROUPS = 8, MAX_TYPES = 6, MAX_PARTS = 8 };

#define MAX_RESPONSES 8

struct fixture {
    struct arena arena;
    struct model model;
    struct model_type types[MAX_TYPES];
    struct model_group groups[MAX_GROUPS];
    struct model_rule rules[MAX_RULES];
    struct model_decider deciders[MAX_DECIDERS];
    struct model_counter counters[MAX_TYPES];
    struct pol_engine *engine;
    uint32_t deciding[MAX_DECIDERS];
    char text[4000];
};

static inline char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *result = malloc(size);
    if (!result)
        abort();
    return memcpy(result, text, size);
}

/* Argument types by letter; also their index in model->types. */
static const struct {
    char letter;
    uint64_t limit;
    bool is_set, exhaust;
} type_table[] = {{'s', 0, true, false},
                  {'w', (uint64_t)1 << 32, false, false},
                  {'i', 8, false, false},
                  {'e', 3, false, true}};
enum { TYPE_SET, TYPE_WORD, TYPE_INT8, TYPE_EXHAUST, NTYPES };

static inline uint32_t type_of(char letter)
{
    for (uint32_t i = 0; i < NTYPES; i++)
        if (type_table[i].letter == letter)
            return i;
    abort();
}

struct declared {
    const char *name, *args;
    uint32_t domain;
    bool merge_all;
};

static inline void declare_tag(struct fixture *f, uint32_t t, const struct declared *declared)
{
    struct pol_tag_info *info = &f->model.space->tags[t];
    struct model_tag *tag = &f->model.tags[t];
    info->name = copy(declared->name);
    info->module = copy("m");
    info->merge_all = declared->merge_all;
    info->nargs = tag->nargs = (uint32_t)strlen(declared->args);
    tag->domain = declared->domain;
    tag->arg_types = ARENA_ARRAY(&f->arena, uint32_t, MAX_PARTS);
    for (uint32_t k = 0; k < info->nargs; k++) {
        tag->arg_types[k] = type_of(declared->args[k]);
        info->args[k].is_set = type_table[tag->arg_types[k]].is_set;
        info->args[k].limit = type_table[tag->arg_types[k]].limit;
    }
}

static inline void add_group(struct fixture *f, const char *name, const char *mnemonics);

/* A model without deciders, with the groups that the tests use. */
static inline struct fixture *model_new(const struct declared *tags, uint32_t ntags)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    arena_init(&f->arena);
    struct model *m = &f->model;
    char err[80];
    *m = (struct model){.arena = &f->arena, .types = f->types, .ntypes = NTYPES};
    m->responses = ARENA_ARRAY(&f->arena, struct model_response, MAX_RESPONSES);
    m->responses[0] = (struct model_response){"default", MODEL_TERMINATE, "", {.file = ""}};
    m->nresponses = 1;
    m->groups = f->groups;
    m->rules = f->rules;
    m->deciders = f->deciders;
    m->counters = f->counters;
    CHECK_INT(pol_isa_parse("rv64imafdc_zicsr_zifencei", &m->isa, err, sizeof err), 0);
    for (uint32_t i = 0; i < NTYPES; i++)
        f->types[i] = (struct model_type){.name = "T",
                                          .is_set = type_table[i].is_set,
                                          .limit = type_table[i].limit,
                                          .exhaust = type_table[i].exhaust};
    m->space = pol_space_new(ntags);
    m->tags = ARENA_ARRAY(&f->arena, struct model_tag, ntags + 1);
    for (uint32_t t = 0; t < ntags; t++)
        declare_tag(f, t, &tags[t]);
    CHECK_INT(pol_space_finish(m->space), 0);
    add_group(f, "load", "lw ld lb");
    add_group(f, "store", "sw sd");
    add_group(f, "alu", "add addi");
    add_group(f, "csr", "csrrw");
    add_group(f, "amo", "amoadd.w");
    return f;
}

static inline void add_inst(struct fixture *f, uint32_t group, const char *mnemonic, uint32_t mask,
                            uint32_t match)
{
    struct model_group *g = &f->groups[group];
    int row = pol_insn_find(&f->model.isa, mnemonic);
    CHECK(row >= 0);
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    g->insts[g->ninsts++] = (struct model_inst){row, insn->mask | mask, insn->match | match};
}

enum { LOAD, STORE, ALU, CSR, AMO };
static inline void add_group(struct fixture *f, const char *name, const char *mnemonics)
{
    uint32_t group = f->model.ngroups++;
    f->groups[group] =
        (struct model_group){.name = name, .insts = ARENA_ARRAY(&f->arena, struct model_inst, 8)};
    char *list = arena_strdup(&f->arena, mnemonics);
    for (char *next = list; *next; next = list) {
        list += strcspn(list, " ");
        if (*list)
            *list++ = '\0';
        add_inst(f, group, next, 0, 0);
    }
}

/* Deciders: globals first.  Domains as in engine.h. */
static inline uint32_t add_decider(struct fixture *f, bool is_global)
{
    uint32_t d = f->model.ndeciders++;
    f->deciders[d] = (struct model_decider){.name = "p", .is_global = is_global};
    f->deciders[d].rules = ARENA_ARRAY(&f->arena, uint32_t, MAX_RULES);
    f->model.nglobals += is_global;
    uint32_t components = f->model.ndeciders - f->model.nglobals;
    for (uint32_t i = 0; i <= d; i++)
        f->deciders[i].domain = i < f->model.nglobals ? components + i : i - f->model.nglobals;
    f->model.ndomains = f->model.ndeciders;
    return d;
}

/* An allowing rule at the end of a decider, without patterns or results. */
static inline struct model_rule *add_rule(struct fixture *f, uint32_t decider, uint32_t group)
{
    uint32_t id = f->model.nrules++;
    struct model_decider *d = &f->deciders[decider];
    d->rules[d->nrules++] = id;
    f->rules[id] = (struct model_rule){.group = group, .allow = true, .message = ""};
    f->rules[id].patterns = ARENA_ARRAY(&f->arena, struct model_pattern, MAX_PARTS);
    f->rules[id].vars = ARENA_ARRAY(&f->arena, struct model_var, MAX_PARTS);
    f->rules[id].nvars = MAX_PARTS; /* a, b, c, .. */
    return &f->rules[id];
}

static inline struct model_rule *add_failing(struct fixture *f, uint32_t decider, uint32_t group)
{
    struct model_rule *rule = add_rule(f, decider, group);
    rule->allow = false;
    rule->message = "no";
    return rule;
}

static inline uint32_t tag_id(const struct fixture *f, const char *name)
{
    long tag = pol_space_find(f->model.space, name, strlen(name));
    if (tag < 0)
        abort();
    return (uint32_t)tag;
}

/* `_`, an integer, or a variable a .. h. */
static inline struct model_arg read_arg(const char *text)
{
    if (*text == '_')
        return (struct model_arg){.kind = MODEL_ARG_ANY};
    if (*text >= 'a' && *text <= 'h')
        return (struct model_arg){.kind = MODEL_ARG_VAR, .var = (uint32_t)(*text - 'a')};
    return (struct model_arg){.kind = MODEL_ARG_INT, .value = strtoull(text, NULL, 10)};
}

/* `+T a 7 _`; no arguments: none are given. */
static inline struct model_req read_req(struct fixture *f, char *text)
{
    struct model_req req = {.forbidden = *text == '-'};
    char *name = text + strspn(text, "+-"), *rest = name + strcspn(name, " ");
    uint32_t nargs = 0;
    if (*rest)
        *rest++ = '\0';
    req.tag = tag_id(f, name);
    if (*rest)
        req.args = ARENA_ARRAY(&f->arena, struct model_arg, MAX_PARTS);
    for (char *arg = rest; *arg; arg += strcspn(arg, " "), arg += strspn(arg, " "))
        req.args[nargs++] = read_arg(arg);
    return req;
}

/* A pattern in the language's notation: `{A, B 1}` or `[+A, -B]`. */
static inline void pattern(struct fixture *f, struct model_rule *rule, enum pol_operand operand,
                           const char *source)
{
    struct model_pattern *p = &rule->patterns[rule->npatterns++];
    char *text = arena_strdup(&f->arena, source + 1);
    *p = (struct model_pattern){.operand = operand, .exact = source[0] == '{'};
    p->reqs = ARENA_ARRAY(&f->arena, struct model_req, MAX_PARTS);
    text[strlen(text) - 1] = '\0';
    for (char *next = text; *next; next = text) {
        text += strcspn(text, ",");
        if (*text) {
            *text = '\0';
            text += 2;
        }
        p->reqs[p->nreqs++] = read_req(f, next);
    }
}

/* ---- Expressions ----------------------------------------------------------------------------- */

static inline struct model_int *integer(struct fixture *f, struct model_int x)
{
    struct model_int *result = ARENA_NEW(&f->arena, struct model_int);
    *result = x;
    return result;
}

static inline struct model_int *num(struct fixture *f, int64_t value)
{
    return integer(f, (struct model_int){.kind = MODEL_INT_CONST, .value = value});
}

static inline struct model_int *var(struct fixture *f, char name)
{
    return integer(f, (struct model_int){.kind = MODEL_INT_VAR, .var = (uint32_t)(name - 'a')});
}

static inline struct model_int *fresh(struct fixture *f, uint32_t type, uint32_t index)
{
    return integer(f, (struct model_int){.kind = MODEL_INT_NEW, .type = type, .new_index = index});
}

static inline struct model_int *calc(struct fixture *f, struct model_int *a, char op,
                                     struct model_int *b)
{
    static const char ops[] = "+-*/%";
    enum model_int_kind kind = (enum model_int_kind)(MODEL_INT_ADD + (strchr(ops, op) - ops));
    return integer(f, (struct model_int){.kind = kind, .a = a, .b = b});
}

static inline struct model_set *set(struct fixture *f, struct model_set s)
{
    struct model_set *result = ARENA_NEW(&f->arena, struct model_set);
    *result = s;
    return result;
}

static inline struct model_set *operand(struct fixture *f, enum pol_operand op)
{
    return set(f, (struct model_set){.kind = MODEL_SET_OPERAND, .operand = op});
}

static inline struct model_set *set_var(struct fixture *f, char name)
{
    return set(f, (struct model_set){.kind = MODEL_SET_VAR, .var = (uint32_t)(name - 'a')});
}

static inline struct model_set *both(struct fixture *f, struct model_set *a, const char *op,
                                     struct model_set *b)
{
    enum model_set_kind kind = strcmp(op, "\\/") == 0 ? MODEL_SET_UNION : MODEL_SET_INTER;
    return set(f, (struct model_set){.kind = kind, .a = a, .b = b});
}

/* a[], to be filled by plus() and minus(); a NULL: a literal. */
static inline struct model_set *changed(struct fixture *f, struct model_set *a)
{
    return set(f, (struct model_set){.kind = a ? MODEL_SET_MODIFY : MODEL_SET_LITERAL,
                                     .a = a,
                                     .mods = ARENA_ARRAY(&f->arena, struct model_mod, MAX_PARTS)});
}

static inline struct model_set *minus(struct fixture *f, struct model_set *s, const char *tag)
{
    s->mods[s->nmods++] = (struct model_mod){.tag = tag_id(f, tag), .remove = true};
    return s;
}

/* Adds a tag with up to two integer arguments. */
static inline struct model_set *plus(struct fixture *f, struct model_set *s, const char *tag,
                                     struct model_int *x, struct model_int *y)
{
    struct model_mod *mod = &s->mods[s->nmods++];
    *mod = (struct model_mod){.tag = tag_id(f, tag)};
    mod->args = ARENA_ARRAY(&f->arena, struct model_value, MAX_PARTS);
    mod->args[0].number = x;
    mod->args[1].number = y;
    return s;
}

static inline struct model_set *plus_set(struct fixture *f, struct model_set *s, const char *tag,
                                         struct model_set *value)
{
    plus(f, s, tag, NULL, NULL)->mods[s->nmods - 1].args[0].set = value;
    return s;
}

static inline struct model_set *only(struct fixture *f, const char *tag)
{
    return plus(f, changed(f, NULL), tag, NULL, NULL);
}

static inline struct model_guard *guard(struct fixture *f, struct model_guard g)
{
    struct model_guard *result = ARENA_NEW(&f->arena, struct model_guard);
    *result = g;
    return result;
}

static inline struct model_guard *cmp(struct fixture *f, struct model_int *x, enum model_cmp op,
                                      struct model_int *y)
{
    return guard(f, (struct model_guard){.kind = MODEL_GUARD_CMP, .cmp = op, .x = x, .y = y});
}

static inline void count_new(struct fixture *f, uint32_t decider, uint32_t type)
{
    f->counters[f->model.ncounters++] = (struct model_counter){decider, type};
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* A domain that no decider writes is static. */
static inline void start(struct fixture *f)
{
    for (uint32_t t = 0; t < f->model.space->ntags; t++)
        if (f->model.tags[t].domain >= f->model.ndomains)
            f->model.ndomains = f->model.tags[t].domain + 1;
    f->engine = interp_engine_new(&f->model);
    f->engine->ops->begin(f->engine);
}

static inline void finish(struct fixture *f)
{
    f->engine->ops->destroy(f->engine);
    pol_space_free(f->model.space);
    arena_free(&f->arena);
    free(f);
}

static inline void *value(struct fixture *f, const char *text)
{
    char err[120];
    uint32_t *lit = ARENA_ARRAY(&f->arena, uint32_t, f->model.space->words);
    void *result = arena_alloc(&f->arena, f->engine->value_size);
    if (pol_lit_parse(f->model.space, text, strlen(text), lit, err, sizeof err) != 0) {
        printf("# %s: %s\n", text, err);
        check_fail(__FILE__, __LINE__, "a tag set");
    }
    CHECK_INT(f->engine->ops->encode(f->engine, lit, result), 0);
    return result;
}

static inline const char *show(struct fixture *f, const void *val)
{
    static char text[500];
    uint32_t *lit = ARENA_ARRAY(&f->arena, uint32_t, f->model.space->words);
    CHECK_INT(f->engine->ops->decode(f->engine, val, lit), 0);
    pol_lit_format(f->model.space, lit, text, sizeof text);
    return text;
}

static inline uint32_t word_of(const struct fixture *f, const char *mnemonic)
{
    return pol_insn_at((size_t)pol_insn_find(&f->model.isa, mnemonic))->match;
}

static inline void append(struct fixture *f, const char *a, const char *b)
{
    size_t len = strlen(f->text);
    snprintf(f->text + len, sizeof f->text - len, "%s%s", a, b);
}

static const char *const result_names[POL_RESULTS] = {"env", "rd", "csr", "mem"};

static inline void append_failure(struct fixture *f, const struct pol_failure *failure)
{
    static const char *const causes[] = {"none",      "no-rule", "undecodable", "no-component",
                                         "invalid",   "rule",    "conflict",    "range",
                                         "exhausted", "nested"};
    if (failure->decider == POL_NO_RULE)
        append(f, "-", "");
    else
        append(f, "", arena_printf(&f->arena, "%u", failure->decider));
    if (failure->rule != POL_NO_RULE)
        append(f, ".", arena_printf(&f->arena, "%u", failure->rule));
    append(f, " ", causes[failure->cause]);
    if (failure->tag != POL_NO_TAG)
        append(f, " ", f->model.space->tags[failure->tag].name);
}

/* `explicit FIRST; ALL, ..` */
static inline void append_failures(struct fixture *f, const struct pol_answer *answer)
{
    append(f, answer->verdict == POL_FAIL_EXPLICIT ? "explicit " : "implicit ", "");
    append_failure(f, &answer->first);
    for (uint32_t i = 0; i < answer->nfailures && i < POL_MAX_FAILURES; i++) {
        append(f, i ? ", " : "; ", "");
        append_failure(f, &answer->failures[i]);
    }
}

/* `allow env {A}`: the results that are written; one that changes all the same has a star. */
static inline void append_results(struct fixture *f, const struct pol_answer *answer,
                                  const struct pol_inputs *in, void *const out[POL_RESULTS])
{
    append(f, "allow", "");
    for (unsigned r = 0; r < POL_RESULTS; r++) {
        bool written = answer->written & (1u << r);
        if (!written && memcmp(out[r], in->old[r], f->engine->value_size) == 0)
            continue;
        append(f, " ", result_names[r]);
        append(f, written ? " " : "* ", show(f, out[r]));
    }
}

/* One operand of `env={A} op1={B 1} rd={}`; rd and csr are the old destinations. */
static inline const char *read_operand(struct fixture *f, struct pol_inputs *in, const char *text)
{
    static const char *const names[] = {"env=", "code=", "op1=", "op2=", "op3=", "mem="};
    const char *from = strchr(text, '=') + 1, *to = from;
    int depth = 0;
    do
        depth += (*to == '{') - (*to == '}');
    while (*to++ && depth);
    void *v = value(f, arena_strndup(&f->arena, from, (size_t)(to - from)));
    for (unsigned i = 0; i < POL_OPERANDS; i++)
        if (strncmp(text, names[i], strlen(names[i])) == 0)
            in->in[i] = v;
    for (unsigned r = 0; r < POL_RESULTS; r++)
        if (strncmp(text, result_names[r], strlen(result_names[r])) == 0)
            in->old[r] = v;
    return to + strspn(to, " ");
}

static inline const char *eval_word(struct fixture *f, uint32_t word, const char *operands)
{
    struct pol_inputs in = {.word = word};
    struct pol_answer answer = {.deciding = f->deciding};
    void *out[POL_RESULTS];
    for (unsigned i = 0; i < POL_OPERANDS; i++)
        in.in[i] = value(f, "{}");
    for (unsigned r = 0; r < POL_RESULTS; r++) {
        in.old[r] = value(f, "{}");
        out[r] = value(f, "{}");
    }
    while (*operands)
        operands = read_operand(f, &in, operands);
    f->engine->ops->evaluate(f->engine, &in, out, &answer);
    f->text[0] = '\0';
    if (answer.verdict == POL_ALLOW)
        append_results(f, &answer, &in, out);
    else
        append_failures(f, &answer);
    CHECK(answer.verdict != POL_ALLOW || answer.nfailures == 0);
    return f->text;
}

static inline const char *eval(struct fixture *f, const char *mnemonic, const char *operands)
{
    return eval_word(f, word_of(f, mnemonic), operands);
}

/* A whole step that retires. */
static inline const char *step(struct fixture *f, const char *mnemonic, const char *operands)
{
    f->engine->ops->begin(f->engine);
    const char *text = eval(f, mnemonic, operands);
    f->engine->ops->commit(f->engine);
    return text;
}

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/* Two components: 0 owns A .. S, 1 owns X, Y. */
static const struct declared two[] = {
    {"A", "", 0, false},  {"B", "i", 0, false}, {"C", "ii", 0, false}, {"D", "w", 0, false},
    {"S", "s", 0, false}, {"X", "", 1, false},  {"Y", "i", 1, false}};

#endif
