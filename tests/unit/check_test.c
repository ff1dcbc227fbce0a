/* Findings of compiler/check against enumeration: for small policies made at random, all inputs
 * are put to the source interpreter; what it answers says which findings there must be, and with
 * which witnesses.  TIER=quick: a few policies. */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "compiler/check/check.h"
#include "compiler/compile.h"
#include "compiler/interp/interp.h"
#include "compiler/logic/witness.h"
#include "compiler/table/reach.h"
#include "lang/support/str.h"
#include <pol/kinds.h>

enum { MAX_SETS = 64, SLOTS = SCENE_SLOTS };

struct policy {
    uint64_t seed;
    struct str_buf text;
    char dir[64], path[80];
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *c;
    struct arena arena;
    const struct reach *reach;
    bool all;
    uint32_t *sets[MAX_SETS]; /* every tag set, each argument with every value */
    uint32_t nsets;
    size_t findings, witnesses;
};

/* ---- Policies -------------------------------------------------------------------------------- */

static uint32_t draw(struct policy *p, uint32_t n)
{
    p->seed = p->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(p->seed >> 33) % n;
}

static const char *pick(struct policy *p, const char *const *words, uint32_t n)
{
    return words[draw(p, n)];
}
#define PICK(p, ...)                                                                               \
    pick((p), (const char *const[]){__VA_ARGS__},                                                  \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* A pattern; `v` and `w` become bound in it if it says so. */
static const char *pattern(struct policy *p, const char *name, const char *var)
{
    const char *number = draw(p, 2) ? var : PICK(p, "0", "1", "_");
    switch (draw(p, 5)) {
    case 0:
        str_printf(&p->text, "%s == [%s]", name, PICK(p, "+A", "-A", "+B", "-B", "+A, -B"));
        return NULL;
    case 1:
        str_printf(&p->text, "%s == {%s}", name, PICK(p, "", "A", "B", "A, B"));
        return NULL;
    case 2:
        str_printf(&p->text, "%s == [%s]", name,
                   PICK(p, "-P", "+P, -A", "+Q", "+(Q hi)", "-Q, +A"));
        return NULL;
    case 3:
        str_printf(&p->text, "%s == {P %s}", name, number);
        break;
    default:
        str_printf(&p->text, "%s == [+(P %s)%s]", name, number, PICK(p, "", ", -A", ", +B"));
    }
    return strcmp(number, var) == 0 ? var : NULL;
}

static void result(struct policy *p, bool given, const char *target, const char *x, const char *y,
                   const char *v)
{
    if (given && v && draw(p, 3) == 0)
        str_printf(&p->text, " -> %s = {P (%s + 1)} \\/ %s)", target, v, y);
    else if (draw(p, 4) == 0)
        str_printf(&p->text, " -> fail \"no\")");
    else if (!given)
        str_printf(&p->text, " -> allow)");
    else
        switch (draw(p, 6)) {
        case 0:
            str_printf(&p->text, " -> %s = %s \\/ %s)", target, x, y);
            break;
        case 1:
            str_printf(&p->text, " -> %s = %s /\\ %s)", target, x, y);
            break;
        case 2:
            str_printf(&p->text, " -> %s = {P new})", target);
            break;
        case 3:
            str_printf(&p->text, " -> %s = (%s \\/ %s[-A])[+(P 1)])", target, y, x);
            break;
        case 4:
            str_printf(&p->text, " -> %s = {%s})", target,
                       PICK(p, "", "A", "P 1", "A, P 0", "Q lo"));
            break;
        default:
            str_printf(&p->text, " -> %s = %s[%s])", target, x, PICK(p, "+A", "-A", "+(Q hi)"));
        }
}

static void rule(struct policy *p)
{
    static const struct {
        const char *name, *x, *y, *target;
        bool given;
    } groups[] = {{"g", "x", "y", "r", true},
                  {"h", "x", "y", "r", false},
                  {"s", "x", "y", "m", true},
                  {"l", "x", "m", "r", true}};
    uint32_t g = draw(p, 4);
    const char *v = NULL, *w = NULL;
    str_printf(&p->text, "%s(", groups[g].name);
    if (draw(p, 3))
        v = pattern(p, groups[g].x, "v");
    if (draw(p, 3)) {
        str_add(&p->text, p->text.data[p->text.len - 1] == '(' ? "" : ", ");
        w = pattern(p, groups[g].y, "w");
    }
    if (v && w && draw(p, 2))
        str_printf(&p->text, " | v %s w", PICK(p, "==", "!=", "<", ">="));
    else if (v && draw(p, 3) == 0)
        str_printf(&p->text, " | v %s 1", PICK(p, "==", ">", "<="));
    result(p, groups[g].given, groups[g].target, groups[g].x, groups[g].y, v);
}

static void write_policy(struct policy *p)
{
    uint32_t n = 2 + draw(p, 6);
    str_printf(&p->text,
               "module m:\ntype:\n    data I = Int (2)\n    data L = lattice {lo < hi}\n"
               "metadata:\n    A, B, P I, Q L\n"
               "group:\n    grp g(RS1:x, RS2:y -> RD:r)\n        add sub\n"
               "    grp h(RS1:x, RS2:y ->)\n        sub xor\n"
               "    grp s(RS1:x, RS2:y, MEM:m -> MEM:m)\n        sw\n"
               "    grp l(RS1:x, MEM:m -> RD:r)\n        lw\n"
               "policy:\n    %smain =\n",
               draw(p, 2) ? "total " : "");
    for (uint32_t i = 0; i < n; i++) {
        str_printf(&p->text, "        %s ", i ? "^" : " ");
        rule(p);
        str_add(&p->text, "\n");
    }
    str_add(&p->text, "require:\n");
    for (uint32_t i = 0; i < 3; i++)
        str_printf(&p->text, "    init %s {%s}\n",
                   PICK(p, "ISA.RISCV.Reg.x5", "ISA.RISCV.Reg.x6", "SOC.Ram"),
                   PICK(p, "A", "B", "A, B", "P 1", "A, P 1", "Q lo", "B, Q lo"));
}

static bool compile_text(struct policy *p)
{
    char err[1000];
    struct compile_options options;
    strcpy(p->dir, "/tmp/check_test.XXXXXX");
    if (!mkdtemp(p->dir))
        return false;
    snprintf(p->path, sizeof p->path, "%s/m.pol", p->dir);
    FILE *out = fopen(p->path, "w");
    if (!out)
        return false;
    fputs(str_text(&p->text), out);
    fclose(out);
    compile_options_init(&options);
    options.last = COMPILE_IR;
    p->map = lang_source_map_new();
    p->sink = diag_sink_new(p->map);
    return compile_file(p->path, &options, p->map, p->sink, &p->c, err, sizeof err) == COMPILE_OK;
}

static void free_policy(struct policy *p)
{
    unlink(p->path);
    rmdir(p->dir);
    compile_free(p->c);
    diag_sink_free(p->sink);
    lang_source_map_free(p->map);
    arena_free(&p->arena);
    str_free(&p->text);
}

/* ---- Sets ------------------------------------------------------------------------------------ */

static void add_sets(struct policy *p, uint32_t tag, const uint32_t *so_far)
{
    const struct pol_space *space = p->c->ir->space;
    uint32_t *lit = ARENA_ARRAY(&p->arena, uint32_t, space->words + (size_t)2);
    memcpy(lit, so_far, space->words * sizeof *lit);
    if (tag == space->ntags) {
        p->sets[p->nsets++] = lit;
        return;
    }
    add_sets(p, tag + 1, lit);
    pol_lit_set(lit, tag);
    for (uint64_t v = 0; v < (space->tags[tag].nargs ? space->tags[tag].args[0].limit : 1); v++) {
        if (space->tags[tag].nargs)
            lit[space->tags[tag].args[0].offset] = (uint32_t)v;
        add_sets(p, tag + 1, lit);
    }
}

static bool occurs(const struct policy *p, uint32_t kinds, const uint32_t *lit)
{
    for (uint32_t d = 0; d < p->reach->ndomains; d++) {
        const struct reach_domain *r = &p->reach->domains[d];
        bool found = r->all || r->ntags == 0;
        for (uint32_t s = 0; s < r->nshapes && !found; s++)
            found = (r->kinds[s] & kinds) && r->bits[s * r->words] == lit[0];
        if (!found)
            return false;
    }
    return true;
}

static uint32_t size_of(const uint32_t *lit)
{
    uint32_t n = 0;
    for (uint32_t w = lit[0]; w; w &= w - 1)
        n++;
    return n;
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

struct input {
    uint32_t opclass, ntags;
    uint32_t *set[SLOTS];
};

static int compare_sizes(const uint32_t *a, const uint32_t *b)
{
    uint32_t m = size_of(a), n = size_of(b), both = a[0] ^ b[0];
    if (m != n)
        return m < n ? -1 : 1;
    for (uint32_t t = 0; t < 32; t++)
        if (both >> t & 1u)
            return a[0] >> t & 1u ? -1 : 1;
    return 0;
}

/* The order of witnesses. */
static int compare_inputs(const struct policy *p, const struct input *a, const struct input *b)
{
    if (a->ntags != b->ntags)
        return a->ntags < b->ntags ? -1 : 1;
    if (a->opclass != b->opclass)
        return a->opclass < b->opclass ? -1 : 1;
    for (int s = 0; s < SLOTS; s++)
        if (compare_sizes(a->set[s], b->set[s]))
            return compare_sizes(a->set[s], b->set[s]);
    for (int s = 0; s < SLOTS; s++)
        for (uint32_t w = 1; w < p->c->ir->space->words; w++)
            if (a->set[s][w] != b->set[s][w])
                return a->set[s][w] < b->set[s][w] ? -1 : 1;
    return 0;
}

struct least {
    bool found;
    struct input input;
};

static void offer(const struct policy *p, struct least *least, const struct input *input)
{
    if (!least->found || compare_inputs(p, input, &least->input) < 0)
        *least = (struct least){true, *input};
}

static const char *line_of(struct policy *p, const struct input *in)
{
    struct witness w = {.ntags = in->ntags};
    for (int s = 0; s < SLOTS; s++)
        w.set[s] = in->set[s];
    return witness_line(&p->arena, p->c->ir->space, witness_head(&p->arena, p->c->ir, in->opclass),
                        &p->c->ir->opclasses[in->opclass].form, &w);
}

/* What there must be, per rule of the one decider. */
struct expected {
    size_t gaps_from;
    size_t wrong_gaps;
    struct least matches[16], decides[16], conflict[16], stale[16][POL_RESULTS], open;
    bool applies[16];
};

/* ---- Conditions of --gaps -------------------------------------------------------------------- */

static const char *const operand_names[] = {"env", "code", "op1", "op2", "op3", "mem"};

static uint32_t operand_of(const char *name)
{
    for (uint32_t i = 0; i < 6; i++)
        if (strncmp(name, operand_names[i], strlen(operand_names[i])) == 0)
            return i;
    return 6;
}

/* `+P` or `-P` in a set. */
static bool holds_tag(const struct policy *p, const char *text, size_t len, const uint32_t *lit)
{
    long tag = pol_space_find(p->c->ir->space, text + 1, len - 1);
    return tag >= 0 && pol_lit_has(lit, (uint32_t)tag) == (text[0] == '+');
}

/* `op1 == [+A, -B]`, at the start of the text; *end: what follows. */
static bool holds_pattern(const struct policy *p, const char *text, const struct input *in,
                          const char **end)
{
    const uint32_t *lit = in->set[operand_of(text)];
    const char *at = strchr(text, '[') + 1;
    bool all = true;
    while (*at != ']') {
        size_t len = strcspn(at, ",]");
        all = all && holds_tag(p, at, len, lit);
        at += len;
        at += strspn(at, ", ");
    }
    *end = at + 1;
    return all;
}

/* `P of op1`, or a number; false: the tag is not there. */
static bool number_of(const struct policy *p, const char *text, const struct input *in,
                      int64_t *value)
{
    const struct pol_space *space = p->c->ir->space;
    const char *of = strstr(text, " of ");
    if (text[0] >= '0' && text[0] <= '9') {
        *value = text[0] - '0';
        return true;
    }
    uint32_t tag = (uint32_t)pol_space_find(space, text, (size_t)(of - text));
    const uint32_t *lit = in->set[operand_of(of + 4)];
    *value = lit[space->tags[tag].args[0].offset];
    return pol_lit_has(lit, tag);
}

static bool holds_comparison(const struct policy *p, const char *text, const struct input *in)
{
    static const char *const signs[] = {" == ", " != ", " <= ", " >= ", " < ", " > "};
    const size_t len = strcspn(text, "&");
    int64_t x, y;
    for (int i = 0; i < 6; i++) {
        const char *sign = strstr(text, signs[i]);
        if (!sign || sign >= text + len)
            continue;
        if (!number_of(p, text, in, &x) || !number_of(p, sign + strlen(signs[i]), in, &y))
            return false;
        const bool is[] = {x == y, x != y, x <= y, x >= y, x<y, x> y};
        return is[i];
    }
    check_fail(__FILE__, __LINE__, "a comparison that the test can read");
    return false;
}

static bool holds_condition(const struct policy *p, const char *text, const struct input *in)
{
    bool all = true;
    while (*text && *text != '|' && *text != ' ') {
        all = holds_pattern(p, text, in, &text) && all;
        text += strspn(text, ",");
        text += text[0] == ' ' && text[1] != '|';
    }
    const char *guard = strchr(text, '|');
    for (guard = guard ? guard + 2 : NULL; guard; guard = guard ? guard + 3 : NULL) {
        all = holds_comparison(p, guard, in) && all;
        guard = strstr(guard, "&& ");
    }
    return all;
}

/* Does some note cover the input? */
static bool noted(const struct policy *p, size_t from, const struct input *in)
{
    const char *name = pol_insn_at((size_t)p->c->ir->opclasses[in->opclass].insn)->name;
    for (size_t i = from; i < diag_count(p->sink); i++) {
        const struct diag *d = diag_at(p->sink, i);
        const char *list = strstr(d->message, " covers "), *with = strstr(d->message, " with ");
        if (d->code != DIAG_GAP || d->severity != DIAG_NOTE || !list)
            continue;
        const char *condition = with ? with + 6 : ""; /* none: whatever the operands */
        with = with ? with : list + strlen(list);
        for (list += 8; list < with; list += strcspn(list, ",") + 2)
            if (strncmp(list, name, strlen(name)) == 0 && strchr(", ", list[strlen(name)]) &&
                holds_condition(p, condition, in))
                return true;
    }
    return false;
}

/* ---- Enumeration ----------------------------------------------------------------------------- */

struct engines {
    struct pol_engine *whole, *single[16];
    struct model models[16];
    struct model_decider deciders[16];
};

static void make_engines(struct policy *p, struct engines *e)
{
    const struct model_decider *d = &p->c->model->deciders[0];
    e->whole = interp_engine_new(p->c->model);
    for (uint32_t r = 0; r < d->nrules; r++) {
        e->deciders[r] = *d;
        e->deciders[r].rules = &d->rules[r];
        e->deciders[r].nrules = 1;
        e->models[r] = *p->c->model;
        e->models[r].deciders = &e->deciders[r];
        e->single[r] = interp_engine_new(&e->models[r]);
    }
}

static void free_engines(const struct policy *p, struct engines *e)
{
    e->whole->ops->destroy(e->whole);
    for (uint32_t r = 0; r < p->c->model->deciders[0].nrules; r++)
        e->single[r]->ops->destroy(e->single[r]);
}

static uint32_t ask(struct policy *p, struct pol_engine *engine, const struct input *in,
                    struct pol_answer *answer)
{
    static uint32_t out[POL_RESULTS][64];
    static uint32_t deciding[4];
    void *const outs[POL_RESULTS] = {out[0], out[1], out[2], out[3]};
    struct pol_inputs inputs = {.word = p->c->ir->opclasses[in->opclass].sample};
    for (int op = 0; op < POL_OPERANDS; op++)
        inputs.in[op] = in->set[op];
    inputs.old[POL_RES_ENV] = in->set[POL_OP_ENV];
    inputs.old[POL_RES_RD] = in->set[SCENE_OLD_RD];
    inputs.old[POL_RES_CSR] = in->set[POL_OP_OP2];
    inputs.old[POL_RES_MEM] = in->set[POL_OP_MEM];
    *answer = (struct pol_answer){.deciding = deciding};
    engine->ops->begin(engine);
    engine->ops->evaluate(engine, &inputs, outs, answer);
    return deciding[0];
}

/* Old sets of RD that are not {}: which does not matter to the answer. */
static void offer_stale(struct policy *p, struct expected *x, const struct input *in, uint32_t r,
                        const struct pol_form *form)
{
    const struct ir_rule *rule = &p->c->ir->deciders[0].rules[r];
    uint8_t listed = p->c->ir->groups[rule->group.v].listed;
    struct input with = *in;
    if (form->rd == POL_FILE_INT && !(listed >> POL_RES_RD & 1u))
        for (uint32_t i = 0; i < p->nsets; i++) {
            with.set[SCENE_OLD_RD] = p->sets[i];
            with.ntags = in->ntags + size_of(p->sets[i]);
            if (size_of(p->sets[i]) && occurs(p, POL_KIND_INT, p->sets[i]))
                offer(p, &x->stale[r][POL_RES_RD], &with);
        }
    if ((form->mem & POL_MEM_WRITE) && !(listed >> POL_RES_MEM & 1u) &&
        size_of(in->set[POL_OP_MEM]))
        offer(p, &x->stale[r][POL_RES_MEM], in);
}

static void try_input(struct policy *p, struct engines *e, struct expected *x, struct input *in)
{
    const struct ir_decider *d = &p->c->ir->deciders[0];
    const struct pol_form *form = &p->c->ir->opclasses[in->opclass].form;
    struct pol_answer answer;
    in->ntags = 0;
    for (int s = 0; s < SLOTS; s++)
        in->ntags += size_of(in->set[s]);
    uint32_t decides = ask(p, e->whole, in, &answer);
    if (noted(p, x->gaps_from, in) != (decides == POL_NO_RULE) && x->wrong_gaps++ == 0)
        printf("# the conditions of --gaps are wrong for %s\n%s", line_of(p, in),
               str_text(&p->text));
    if (decides == POL_NO_RULE) {
        offer(p, &x->open, in);
    } else {
        offer(p, &x->decides[decides], in);
        if (answer.nfailures && answer.failures[0].cause == POL_CAUSE_CONFLICT)
            offer(p, &x->conflict[decides], in);
        if (d->rules[decides].allow && !answer.nfailures)
            offer_stale(p, x, in, decides, form);
    }
    for (uint32_t r = 0; r < d->nrules; r++)
        if (ask(p, e->single[r], in, &answer) == 0)
            offer(p, &x->matches[r], in);
}

/* Operands that some pattern is about vary, the others are {}. */
static void enumerate(struct policy *p, struct engines *e, struct expected *x, uint32_t opclass)
{
    const struct ir *ir = p->c->ir;
    const struct pol_form *form = &ir->opclasses[opclass].form;
    static const unsigned varied[] = {POL_OP_OP1, POL_OP_OP2, POL_OP_MEM};
    uint32_t kinds[3];
    struct input in = {.opclass = opclass};
    for (int s = 0; s < SLOTS; s++)
        in.set[s] = p->sets[0];
    for (int i = 0; i < 3; i++)
        kinds[i] = pol_operand_kinds(form, varied[i]);
    for (uint32_t a = 0; a < (kinds[0] ? p->nsets : 1); a++) {
        if (kinds[0] && !occurs(p, kinds[0], p->sets[a]))
            continue;
        in.set[varied[0]] = p->sets[a];
        for (uint32_t b = 0; b < (kinds[1] ? p->nsets : 1); b++) {
            if (kinds[1] && !occurs(p, kinds[1], p->sets[b]))
                continue;
            in.set[varied[1]] = p->sets[b];
            for (uint32_t m = 0; m < (kinds[2] ? p->nsets : 1); m++) {
                if (kinds[2] && !occurs(p, kinds[2], p->sets[m]))
                    continue;
                in.set[varied[2]] = p->sets[m];
                try_input(p, e, x, &in);
            }
        }
    }
}

static bool has_group(const struct ir_opclass *c, uint32_t group)
{
    for (uint32_t i = 0; i < c->ngroups; i++)
        if (c->groups[i] == group)
            return true;
    return false;
}

static void find_expected(struct policy *p, struct expected *x)
{
    struct engines e;
    const struct ir *ir = p->c->ir;
    size_t from = x->gaps_from;
    memset(x, 0, sizeof *x);
    x->gaps_from = from;
    make_engines(p, &e);
    for (uint32_t c = 1; c < ir->nopclasses; c++) {
        bool any = false;
        for (uint32_t r = 0; r < ir->deciders[0].nrules; r++)
            if (has_group(&ir->opclasses[c], ir->deciders[0].rules[r].group.v))
                any = x->applies[r] = true;
        if (any) {
            enumerate(p, &e, x, c);
        } else {
            struct input in = {.opclass = c};
            for (int s = 0; s < SLOTS; s++)
                in.set[s] = p->sets[0];
            offer(p, &x->open, &in);
        }
    }
    free_engines(p, &e);
}

/* ---- Comparison ------------------------------------------------------------------------------ */

static const struct diag *find(const struct policy *p, size_t from, enum diag_code code,
                               struct lang_span span, const char *word)
{
    for (size_t i = from; i < diag_count(p->sink); i++) {
        const struct diag *d = diag_at(p->sink, i);
        if (d->code == code && d->severity != DIAG_NOTE && d->span.start == span.start &&
            strstr(d->message, word))
            return d;
    }
    return NULL;
}

static void compare(struct policy *p, size_t from, enum diag_code code, struct lang_span span,
                    const char *word, bool wanted, const struct least *least)
{
    const struct diag *d = find(p, from, code, span, word);
    bool same = (d != NULL) == wanted;
    if (same && wanted && least)
        same = d->witness && strcmp(d->witness, line_of(p, &least->input)) == 0;
    p->findings += wanted;
    p->witnesses += wanted && least;
    if (same)
        return;
    printf("# %s at byte %u (%s%s): got %s %s, want %s %s\n%s", diag_code_name(code), span.start,
           word, p->all ? ", all sets" : "", d ? "it" : "none", d && d->witness ? d->witness : "",
           wanted ? "it" : "none", wanted && least ? line_of(p, &least->input) : "",
           str_text(&p->text));
    check_fail(__FILE__, __LINE__, "a finding is as enumeration says");
}

static void compare_rule(struct policy *p, size_t from, const struct expected *x, uint32_t r)
{
    const struct model *m = p->c->model;
    struct lang_span span = m->rules[m->deciders[0].rules[r]].loc.span;
    bool alive = x->decides[r].found, matches = x->matches[r].found;
    compare(p, from, DIAG_NEVER_MATCHES, span, "", x->applies[r] && !matches, NULL);
    compare(p, from, DIAG_SHADOWED_RULE, span, "", matches && !alive, &x->matches[r]);
    compare(p, from, DIAG_UNION_CONFLICT, span, "", x->conflict[r].found, &x->conflict[r]);
    compare(p, from, DIAG_STALE_RESULT, span, "RD ", x->stale[r][POL_RES_RD].found,
            &x->stale[r][POL_RES_RD]);
    compare(p, from, DIAG_STALE_RESULT, span, "MEM ", x->stale[r][POL_RES_MEM].found,
            &x->stale[r][POL_RES_MEM]);
}

static void run_checks(struct policy *p, bool all)
{
    struct expected x;
    struct check_options options = {.all_shapes = all, .gaps = true, .max_gaps = 1000};
    const struct model_decider *d = &p->c->model->deciders[0];
    size_t from = diag_count(p->sink);
    p->all = all;
    p->reach = reach_new(&p->arena, p->c->ir, all);
    x.gaps_from = from;
    check_policy(p->c->model, p->c->ir, &options, p->sink);
    find_expected(p, &x);
    CHECK_INT(x.wrong_gaps, 0);
    for (uint32_t r = 0; r < d->nrules; r++)
        compare_rule(p, from, &x, r);
    compare(p, from, DIAG_GAP, d->loc.span, "", d->ntotals > 0, &x.open);
    compare(p, from, DIAG_NO_RULE, d->loc.span, "", true, NULL);
    for (size_t i = from; i < diag_count(p->sink); i++)
        if (diag_at(p->sink, i)->code == DIAG_UNDECIDED)
            check_fail(__FILE__, __LINE__, "nothing is undecided");
}

static size_t policies, findings, witnesses;

static void run_policy(uint64_t seed, bool all)
{
    struct policy p = {.seed = seed * 2654435761u + 12345};
    str_init(&p.text);
    write_policy(&p);
    if (compile_text(&p)) {
        const uint32_t *empty = ARENA_ARRAY(&p.arena, uint32_t, p.c->ir->space->words + (size_t)2);
        add_sets(&p, 0, empty);
        run_checks(&p, all);
        policies++;
        findings += p.findings;
        witnesses += p.witnesses;
    }
    free_policy(&p);
}

int main(void)
{
    const char *tier = getenv("TIER");
    uint64_t n = tier && strcmp(tier, "quick") != 0 ? (strcmp(tier, "long") ? 150 : 2000) : 25;
    CASE("findings of policies made at random, over sets that can occur");
    for (uint64_t i = 0; i < n; i++)
        run_policy(i, false);
    CASE("over all sets");
    for (uint64_t i = 0; i < n / 2; i++)
        run_policy(i, true);
    CASE("there was enough to find");
    printf("# %zu policies, %zu findings, %zu witnesses\n", policies, findings, witnesses);
    CHECK(policies > n && findings > 4 * policies && witnesses > policies);
    return check_done();
}
