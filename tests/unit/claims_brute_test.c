/* Claims of random policies, decided by compiler/prove and by counting all steps. */
#include <pol/kinds.h>

#include "compiler/prove/prove.h"
#include "tests/unit/brute.h"

enum { CLAIMS = 10 };

/* ---- Random claims --------------------------------------------------------------------------- */

static void step_claim(struct str_buf *out, const struct brute_shape *s)
{
    static const char *const fails[] = {"fail",          "fail explicit",
                                        "fail implicit", "fail \"no 1\"",
                                        "allow",         "fail \"conflicting arguments of B\""};
    uint32_t group = chance(BRUTE_GROUPS);
    const char *names[8];
    char text[8][2];
    struct brute_vars vars = {{0}};
    uint32_t n = brute_names(group, names, text);
    const char *results = brute_groups[group].results;
    str_printf(out, "%s(", brute_groups[group].name);
    brute_inputs(out, s, -1, names, n, 4, &vars);
    str_add(out, ") -> ");
    if (!*results || chance(2)) {
        str_add(out, fails[chance(6)]);
        return;
    }
    char r = results[chance((uint32_t)strlen(results))];
    if (chance(5) == 0)
        str_add(out, "env == ");
    else
        str_printf(out, "%c == ", r);
    brute_pattern(out, s, -1, &vars);
}

static void operand_patterns(struct str_buf *out, const struct brute_shape *s, uint32_t often,
                             bool at_least_one)
{
    static const char *const names[] = {"env", "code", "op1", "op2", "mem"};
    struct brute_vars vars = {{0}};
    size_t before = out->len;
    brute_inputs(out, s, -1, names, 5, often, &vars);
    if (at_least_one && (out->len == before || out->data[before] == ' ')) {
        struct brute_vars none = {{0}};
        str_cut(out, before);
        str_printf(out, "%s == ", names[chance(5)]);
        brute_pattern(out, s, -1, &none);
    }
}

static void only_claim(struct str_buf *out, const struct brute_shape *s)
{
    static const char *const changes[] = {"drop", "add", "lower", "raise"};
    static const char *const via[] = {"", "", "", " via address", " via control"};
    const struct brute_tag *tag = &s->tags[chance((uint32_t)s->ntags)];
    str_add(out, "only ");
    operand_patterns(out, s, 2, true);
    str_printf(out, " may %s %s%s", changes[chance(tag->arg == 'l' ? 4 : 2)], tag->name,
               via[chance(5)]);
}

static void claims(struct str_buf *out, const struct brute_shape *s)
{
    for (uint32_t i = 0; i < CLAIMS; i++) {
        if (i % 5 == 0)
            str_add(out, i ? "prove all:\n" : "prove:\n");
        str_printf(out, "    \"c%u\": ", i);
        uint32_t kind = chance(6);
        if (kind < 3) {
            step_claim(out, s);
        } else if (kind == 3) {
            str_add(out, "never ");
            operand_patterns(out, s, 2, true);
        } else {
            only_claim(out, s);
        }
        str_add_char(out, '\n');
    }
}

/* ---- Random policies ------------------------------------------------------------------------- */

static struct brute_shape visible_to(const struct brute_shape *s, int module)
{
    struct brute_shape out = *s;
    out.ntags = 0;
    for (int t = 0; t < s->ntags; t++)
        if (s->tags[t].owner <= module)
            out.tags[out.ntags++] = s->tags[t];
    return out;
}

static void module_text(struct str_buf *out, const struct brute_shape *s, int module)
{
    struct brute_shape seen = visible_to(s, module);
    brute_head(out, module ? "h" : "g", module ? "base\n    g" : "base");
    brute_types(out, s, module);
    str_add(out, "policy:\n");
    brute_policy(out, &seen, module, module ? "hPol" : "gPol", 3 + chance(5));
    brute_init(out, s, module);
}

static void write_two(const struct brute_dir *dir, const struct brute_shape *s, struct str_buf *out)
{
    for (int module = 0; module < 2; module++) {
        struct str_buf text;
        str_init(&text);
        module_text(&text, s, module);
        brute_write(dir, module ? "h.pol" : "g.pol", &text);
        str_free(&text);
    }
    brute_head(out, "m", "base\n    g\n    h");
    str_add(out, "policy:\n    main = gPol & hPol\n");
}

static void write_one(const struct brute_shape *s, struct str_buf *out)
{
    brute_head(out, "m", "base");
    brute_types(out, s, -1);
    str_printf(out, "policy:\n    main = %spol\n", s->global ? "glo & " : "");
    if (s->global)
        brute_policy(out, s, -1, "global glo", 1 + chance(3));
    brute_policy(out, s, -1, "pol", 3 + chance(7));
    brute_init(out, s, -1);
}

static void write_policy(const struct brute_dir *dir, struct str_buf *out)
{
    struct brute_shape s = brute_shape();
    struct str_buf base;
    str_init(&base);
    brute_base(&base);
    brute_write(dir, "base.pol", &base);
    str_free(&base);
    if (s.two)
        write_two(dir, &s, out);
    else
        write_one(&s, out);
    claims(out, &s);
    brute_write(dir, "m.pol", out);
}

/* ---- The meaning of claims, on the model ----------------------------------------------------- */

struct values {
    bool bound[8];
    uint32_t value[8];
};

static bool match_args(const struct subject *s, const struct model_req *req, const uint32_t *lit,
                       struct values *v)
{
    const struct pol_tag_info *info = &s->compiled->model->space->tags[req->tag];
    for (uint32_t k = 0; req->args && k < info->nargs; k++) {
        uint32_t here = lit[info->args[k].offset];
        const struct model_arg *arg = &req->args[k];
        if (arg->kind == MODEL_ARG_INT && arg->value != here)
            return false;
        if (arg->kind != MODEL_ARG_VAR)
            continue;
        if (v->bound[arg->var] && v->value[arg->var] != here)
            return false;
        v->bound[arg->var] = true;
        v->value[arg->var] = here;
    }
    return true;
}

static bool match_pattern(const struct subject *s, const struct model_pattern *p, uint32_t domain,
                          const uint32_t *lit, struct values *v)
{
    const struct model *m = s->compiled->model;
    for (uint32_t t = 0; p->exact && t < m->space->ntags; t++) {
        bool named = false;
        for (uint32_t i = 0; i < p->nreqs; i++)
            named = named || (p->reqs[i].tag == t && !p->reqs[i].forbidden);
        if (!named && pol_lit_has(lit, t) && (domain == UINT32_MAX || m->tags[t].domain == domain))
            return false;
    }
    for (uint32_t i = 0; i < p->nreqs; i++) {
        const struct model_req *req = &p->reqs[i];
        if (pol_lit_has(lit, req->tag) == req->forbidden)
            return false;
        if (!req->forbidden && !match_args(s, req, lit, v))
            return false;
    }
    return true;
}

static int64_t int_value(const struct model_int *x, const struct values *v)
{
    if (x->kind == MODEL_INT_CONST)
        return x->value;
    CHECK(x->kind == MODEL_INT_VAR && v->bound[x->var]);
    return v->value[x->var];
}

static bool guard_holds(const struct model_guard *g, const struct values *v)
{
    switch (g->kind) {
    case MODEL_GUARD_CMP:
    case MODEL_GUARD_ORDER: { /* the lattice is lo < hi, numbered so */
        int64_t x = int_value(g->x, v), y = int_value(g->y, v);
        switch (g->cmp) {
        case MODEL_EQ:
            return x == y;
        case MODEL_NE:
            return x != y;
        case MODEL_LT:
            return x < y;
        case MODEL_LE:
            return x <= y;
        case MODEL_GT:
            return x > y;
        default:
            return x >= y;
        }
    }
    case MODEL_GUARD_AND:
        return guard_holds(g->a, v) && guard_holds(g->b, v);
    case MODEL_GUARD_NOT:
        return !guard_holds(g->a, v);
    default:
        return g->kind == MODEL_GUARD_TRUE;
    }
}

static bool inputs_match(const struct subject *s, const struct model_prove *p,
                         const uint32_t set[SCENE_SLOTS], struct values *v)
{
    memset(v, 0, sizeof *v);
    for (uint32_t i = 0; i < p->npatterns; i++)
        if (!match_pattern(s, &p->patterns[i], p->domain, s->sets[set[p->patterns[i].operand]], v))
            return false;
    return !p->guard || guard_holds(p->guard, v);
}

static bool results_match(const struct subject *s, const struct model_prove *p, struct values v)
{
    for (uint32_t i = 0; i < p->expect.nresults; i++) {
        const struct model_result_pattern *r = &p->expect.results[i];
        if (!match_pattern(s, &r->pattern, p->domain, s->rerun.evaluation.result[r->result], &v))
            return false;
    }
    return true;
}

static bool failure_matches(const struct subject *s, const struct model_expect *expect)
{
    const struct pol_answer *answer = &s->rerun.evaluation.answer;
    char text[256];
    if (!expect->message)
        return expect->failure == POL_ALLOW ? answer->verdict != POL_ALLOW
                                            : answer->verdict == expect->failure;
    pol_failure_message(s->compiled->model->space, &s->rerun.debug, &answer->first, text,
                        sizeof text);
    return answer->verdict == POL_FAIL_EXPLICIT && strcmp(text, expect->message) == 0;
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* What is found about a claim. */
struct found {
    bool subject, matched, allowed;
    uint32_t least; /* tags of the least counterexample; UINT32_MAX: none */
};

static void refuted(struct found *f, const struct subject *s, const uint32_t set[SCENE_SLOTS])
{
    uint32_t n = brute_tags_in(s, set);
    f->least = n < f->least ? n : f->least;
}

/* The store covers its granule of eight bytes (two in pages of code), or a part of it. */
static bool can_cover(const struct pol_insn *insn, bool partial)
{
    if (insn->access != POL_ACCESS_STORE)
        return !partial;
    return partial || insn->size >= 4;
}

static void count_step(struct subject *s, const struct model_prove *p, uint32_t word,
                       const struct pol_insn *insn, const uint32_t set[SCENE_SLOTS],
                       struct found *f)
{
    struct values v;
    bool results = p->expect.kind == MODEL_EXPECT_RESULTS, memory = false;
    for (uint32_t i = 0; i < p->expect.nresults; i++)
        memory = memory || p->expect.results[i].result == POL_RES_MEM;
    if (!inputs_match(s, p, set, &v))
        return;
    f->matched = true;
    bool allowed = brute_step(s, word, set) == POL_ALLOW;
    if (!results) {
        if (p->expect.kind == MODEL_EXPECT_ALLOW ? !allowed : !failure_matches(s, &p->expect))
            refuted(f, s, set);
        return;
    }
    for (int partial = 0; allowed && partial < 1 + memory; partial++) {
        if ((memory && !can_cover(insn, partial)) || (partial && !rerun_merge(&s->rerun)))
            continue;
        f->allowed = true;
        if (!results_match(s, p, v))
            refuted(f, s, set);
    }
}

/* Argument of the tag in a set. */
static uint32_t argument(const struct subject *s, const uint32_t *lit, uint32_t tag)
{
    return lit[s->compiled->model->space->tags[tag].args[0].offset];
}

static uint32_t source_set(const uint32_t set[SCENE_SLOTS], unsigned from)
{
    static const int slots[] = {
        [POL_FROM_PC] = POL_OP_ENV,    [POL_FROM_RS1] = POL_OP_OP1, [POL_FROM_RS2] = POL_OP_OP2,
        [POL_FROM_RS3] = POL_OP_OP3,   [POL_FROM_CSR] = POL_OP_OP2, [POL_FROM_MEM] = POL_OP_MEM,
        [POL_FROM_OLDMEM] = POL_OP_MEM};
    return set[slots[from]];
}

static bool flows(const struct pol_insn *insn, unsigned kind, unsigned from, unsigned to,
                  bool partial)
{
    return (insn->flows[kind] & POL_FLOW(from, to)) && (partial || from != POL_FROM_OLDMEM);
}

static const enum pol_result dest_results[] = {[POL_TO_RD] = POL_RES_RD,
                                               [POL_TO_CSR] = POL_RES_CSR,
                                               [POL_TO_MEM] = POL_RES_MEM,
                                               [POL_TO_ENV] = POL_RES_ENV};

static void count_dest(const struct subject *s, const struct model_prove *p, bool matches,
                       const struct pol_insn *insn, unsigned to, bool partial,
                       const uint32_t set[SCENE_SLOTS], struct found *f)
{
    const uint32_t *out = s->rerun.evaluation.result[dest_results[to]];
    for (uint32_t i = 0; i < p->ntargets; i++) {
        uint32_t tag = p->targets[i].tag;
        bool there = pol_lit_has(out, tag), from_any = false, any = false, bad = false;
        for (unsigned from = 0; from <= POL_FROM_OLDMEM; from++) {
            const uint32_t *in = s->sets[source_set(set, from)];
            bool flow = flows(insn, p->via, from, to, partial), has = pol_lit_has(in, tag);
            any = any || flow;
            from_any =
                from_any || (has && (flow || flows(insn, POL_FLOW_VALUE, from, to, partial)));
            if (!flow || !has || p->change == MODEL_ADD)
                continue;
            f->matched = true;
            if (p->change == MODEL_DROP)
                bad = bad || !there;
            else if (there)
                bad = bad ||
                      (p->change == MODEL_LOWER ? argument(s, out, tag) < argument(s, in, tag)
                                                : argument(s, out, tag) > argument(s, in, tag));
        }
        bool constants = p->via == POL_FLOW_VALUE && to != POL_TO_ENV;
        if (p->change == MODEL_ADD && (any || constants)) {
            f->matched = true;
            bad = there && !from_any;
        }
        if (bad && !matches)
            refuted(f, s, set);
    }
}

static void count_only(struct subject *s, const struct model_prove *p, uint32_t word,
                       const struct pol_insn *insn, const uint32_t set[SCENE_SLOTS],
                       struct found *f)
{
    struct values v;
    struct pol_form form = pol_insn_form(insn);
    bool matches = inputs_match(s, p, set, &v);
    bool has[] = {[POL_TO_RD] = pol_insn_writes_rd(insn, word),
                  [POL_TO_CSR] = pol_insn_writes_csr(insn, word),
                  [POL_TO_MEM] = (form.mem & POL_MEM_WRITE) != 0,
                  [POL_TO_ENV] = true};
    for (unsigned to = 0; to <= POL_TO_ENV; to++)
        for (int partial = 0; has[to] && partial < 1 + (to == POL_TO_MEM); partial++) {
            if ((to == POL_TO_MEM && !can_cover(insn, partial)) ||
                brute_step(s, word, set) != POL_ALLOW || (partial && !rerun_merge(&s->rerun)))
                continue;
            count_dest(s, p, matches, insn, to, partial, set, f);
        }
}

/* Operands that the claim speaks of are there. */
static bool has_operands(const struct model_prove *p, const struct pol_form *form)
{
    for (uint32_t i = 0; i < p->npatterns; i++)
        if (!pol_operand_kinds(form, p->patterns[i].operand))
            return false;
    return true;
}

static void count_word(struct subject *s, const struct model_prove *p, uint32_t word,
                       struct found *f)
{
    const struct pol_insn *insn = pol_insn_at((size_t)pol_isa_decode(&s->compiled->ir->isa, word));
    struct pol_form form = pol_insn_form(insn);
    struct inputs in;
    struct values v;
    if (p->kind == MODEL_PROVE_NEVER && !has_operands(p, &form))
        return;
    f->subject = true;
    inputs_open(&in, s, &form, p->all);
    do {
        if (p->kind == MODEL_PROVE_STEP) {
            count_step(s, p, word, insn, in.set, f);
        } else if (p->kind == MODEL_PROVE_ONLY) {
            count_only(s, p, word, insn, in.set, f);
        } else {
            f->matched = true;
            if (inputs_match(s, p, in.set, &v))
                refuted(f, s, in.set);
        }
    } while (inputs_next(&in));
    inputs_close(&in);
}

/* Words that the policies can tell apart: a plain one of each row, and what the groups single out.
 */
static const uint32_t registers = 13u << 27 | 12u << 20 | 11u << 15 | 10u << 7;

static bool wants_rd(const struct model_prove *p)
{
    for (uint32_t i = 0; i < p->expect.nresults; i++)
        if (p->expect.results[i].result == POL_RES_RD)
            return true;
    return false;
}

/* A word that fits both, if there is one. */
static void count_inst(struct subject *s, const struct model_prove *p,
                       const struct model_inst *inst, const struct ir_decode *entry,
                       struct found *f)
{
    uint32_t mask = inst->mask | entry->mask, match = inst->match | entry->match;
    uint32_t word = (registers & ~mask) | match;
    if ((word & inst->mask) != inst->match || (word & entry->mask) != entry->match)
        return;
    if (!wants_rd(p) || pol_insn_writes_rd(pol_insn_at((size_t)inst->insn), word))
        count_word(s, p, word, f);
}

static void count_claim(struct subject *s, const struct model_prove *p, struct found *f)
{
    const struct ir *ir = s->compiled->ir;
    *f = (struct found){.least = UINT32_MAX};
    for (uint32_t i = 0; p->kind == MODEL_PROVE_STEP && i < p->subject.ninsts; i++)
        for (uint32_t e = 0; e < ir->ndecode; e++)
            count_inst(s, p, &p->subject.insts[i], &ir->decode[e], f);
    for (uint32_t o = 1; p->kind != MODEL_PROVE_STEP && o < ir->nopclasses; o++)
        if (ir->opclasses[o].ngroups || p->kind == MODEL_PROVE_NEVER)
            for (uint32_t i = 0; i < ir->ndecode; i++)
                if (ir->decode[i].opclass == o)
                    count_word(s, p, (registers & ~ir->decode[i].mask) | ir->decode[i].match, f);
}

/* ---- Comparison ------------------------------------------------------------------------------ */

static enum prove_verdict expected(const struct model_prove *p, const struct found *f)
{
    if (f->least != UINT32_MAX)
        return PROVE_FALSE;
    if (!f->matched)
        return PROVE_VACUOUS;
    bool results = p->kind == MODEL_PROVE_STEP && p->expect.kind == MODEL_EXPECT_RESULTS;
    return results && !f->allowed ? PROVE_VACUOUS : PROVE_TRUE;
}

static uint32_t index_of(const struct subject *s, const uint32_t *lit)
{
    size_t size = s->compiled->ir->space->words * sizeof *lit;
    for (uint32_t i = 0; i < s->nsets; i++)
        if (memcmp(s->sets[i], lit, size) == 0)
            return i;
    return UINT32_MAX;
}

/* The counterexample is one, by counting it alone. */
static bool refutes(struct subject *s, const struct model_prove *p, const struct prove_case *at)
{
    struct found f = {.least = UINT32_MAX};
    uint32_t set[SCENE_SLOTS];
    struct values v;
    const struct pol_insn *insn =
        pol_insn_at((size_t)pol_isa_decode(&s->compiled->ir->isa, at->word));
    for (int slot = 0; slot < SCENE_SLOTS; slot++)
        if ((set[slot] = index_of(s, at->witness.set[slot])) == UINT32_MAX)
            return false;
    if (p->kind == MODEL_PROVE_STEP)
        count_step(s, p, at->word, insn, set, &f);
    else if (p->kind == MODEL_PROVE_ONLY)
        count_only(s, p, at->word, insn, set, &f);
    else if (inputs_match(s, p, set, &v))
        refuted(&f, s, set);
    return f.least == at->witness.ntags;
}

static uint32_t tally[4];

static void compare_claim(struct subject *s, uint32_t index, const struct prove_answer *answer,
                          const struct str_buf *text)
{
    const struct model_prove *p = &s->compiled->model->proves[index];
    struct found f;
    count_claim(s, p, &f);
    enum prove_verdict want = expected(p, &f);
    tally[want]++;
    bool same = answer->verdict == want &&
                (want != PROVE_FALSE ||
                 (answer->refuted.witness.ntags == f.least && refutes(s, p, &answer->refuted)));
    if (!same) {
        printf("# claim %s: verdict %d, counted %d; tags %u, counted %u\n", p->title,
               (int)answer->verdict, (int)want,
               answer->verdict == PROVE_FALSE ? answer->refuted.witness.ntags : 0, f.least);
        if (answer->verdict == PROVE_FALSE)
            printf("# %s\n", prove_line(&s->arena, s->compiled->ir, &answer->refuted));
        printf("%s\n", str_text(text));
    }
    CHECK(same);
}

static bool compare_policy(uint64_t seed)
{
    struct brute_dir dir;
    struct str_buf text;
    struct subject s;
    str_init(&text);
    brute_seed(seed);
    brute_dir_make(&dir);
    write_policy(&dir, &text);
    subject_open(&s, &dir);
    bool usable = s.compiled && s.compiled->ir && !diag_error_count(s.sink);
    if (usable) {
        const struct prove_options options = {0};
        uint32_t n = s.compiled->ir->nclaims;
        struct prove_answer *answers = ARENA_ARRAY(&s.arena, struct prove_answer, n + (size_t)1);
        prove_claims(s.compiled->ir, &options, &s.arena, answers);
        for (uint32_t i = 0; i < n; i++)
            compare_claim(&s, i, &answers[i], &text);
    } else if (getenv("BRUTE_SHOW")) {
        diag_render_text(s.sink, stdout, false);
        puts(str_text(&text));
    }
    subject_close(&s);
    brute_dir_remove(&dir);
    str_free(&text);
    return usable;
}

int main(void)
{
    uint32_t wanted = brute_count(30, 300, 3000), done = 0;
    const char *first = getenv("BRUTE_SEED");
    uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
    CASE("claims of random policies are as true as counting says");
    for (uint64_t tries = 0; done < wanted && tries < 20ull * wanted && check_failures < 3;
         tries++, seed++) {
        int before = check_failures;
        done += compare_policy(seed);
        if (check_failures > before)
            printf("# seed %llu\n", (unsigned long long)seed);
    }
    CHECK_INT(done, wanted);
    CASE("all verdicts occur");
    CHECK(tally[PROVE_TRUE] && tally[PROVE_FALSE] && tally[PROVE_VACUOUS]);
    printf("# %u true, %u vacuous, %u false\n", tally[PROVE_TRUE], tally[PROVE_VACUOUS],
           tally[PROVE_FALSE]);
    return check_done();
}
