/* The frame of an emitted monitor: header, tables, and the composition around the rules. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/monitor/emit.h"

/* Repeated from pol/monitor_abi.h, because the emitted code includes no header of ours; a unit test
 * compares the two. */
static const char abi_text[] =
    "#ifndef POL_MONITOR_ABI\n"
    "#define POL_MONITOR_ABI 1 /* version */\n"
    "\n"
    "struct pol_monitor_failure {\n"
    "    uint32_t decider, rule, cause, tag; /* 0xffffffff: none */\n"
    "};\n"
    "\n"
    "struct pol_monitor_inputs {\n"
    "    uint32_t word;     /* the instruction, 32 bits */\n"
    "    const void *in[6]; /* env, code, op1, op2, op3, mem */\n"
    "    const void *old[4]; /* what env, rd, csr, mem were before */\n"
    "};\n"
    "\n"
    "struct pol_monitor_answer {\n"
    "    uint32_t verdict; /* 0 allow, 1 implicit failure, 2 explicit failure */\n"
    "    uint32_t written; /* bit r: result r (env, rd, csr, mem) is written by some policy */\n"
    "    struct pol_monitor_failure first; /* the failure that names the answer */\n"
    "    const char *message;              /* of the rule that failed; \"\" if none did */\n"
    "    uint32_t nfailures;               /* all of them, of which are listed: */\n"
    "    struct pol_monitor_failure failures[64];\n"
    "    uint32_t *deciding; /* NULL, or the caller's array: for each decider its deciding rule "
    "*/\n"
    "};\n"
    "\n"
    "struct pol_monitor_abi {\n"
    "    uint32_t version;\n"
    "    uint32_t literal_words, state_size;\n"
    "    uint32_t ntags, ndeciders, ndomains;\n"
    "    uint8_t digest[32]; /* of the policy's sources */\n"
    "    void (*reset)(void *state);\n"
    "    void (*begin)(void *state);\n"
    "    void (*evaluate)(void *state, const struct pol_monitor_inputs *in, void *const out[4],\n"
    "                     struct pol_monitor_answer *answer);\n"
    "    void (*commit)(void *state);\n"
    "    bool (*merge)(const void *a, const void *b, void *out, uint32_t *tag);\n"
    "    void (*drop_missing)(const void *a, const void *b, void *out);\n"
    "    void (*replace_domain)(uint32_t domain, const void *a, const void *b, void *out);\n"
    "};\n"
    "#endif\n";

/* ---- Header -----------------------------------------------------------------------------------
 */

static void emit_title(const struct monitor *m, const char *suffix)
{
    char isa[POL_ISA_TEXT];
    pol_isa_format(&m->ir->isa, isa, sizeof isa);
    fputs("/* ", m->out);
    monitor_comment(m->out, m->ir->stem);
    fprintf(m->out, "%s: the reference monitor of policy ", suffix);
    monitor_comment(m->out, m->ir->name);
    fprintf(m->out, " for %s.\n * Made by policyc from sources with digest ", isa);
    for (size_t i = 0; i < sizeof m->ir->digest; i++)
        fprintf(m->out, "%02x", m->ir->digest[i]);
    fputs(".\n", m->out);
}

static void emit_tag_macros(const struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    fputs("/* Tags, and where their arguments stand in `arg`. */\n", m->out);
    for (uint32_t t = 0; t < space->ntags; t++) {
        fprintf(m->out, "#define TAG_%s %" PRIu32 "u\n", m->tags[t], t);
        for (uint32_t a = 0; a < space->tags[t].nargs; a++)
            fprintf(m->out, "#define ARG_%s_%" PRIu32 " %" PRIu32 "u\n", m->tags[t], a,
                    space->tags[t].args[a].offset - space->has_words);
    }
    fputc('\n', m->out);
}

static void emit_structs(const struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    uint32_t counters = m->ir->ncounters ? m->ir->ncounters : 1;
    fprintf(m->out,
            "/* A tag set: tag t is bit t %% 32 of has[t / 32].  Arguments of absent tags are 0.\n"
            " * Equal sets are equal in all words. */\n"
            "struct %s_tags {\n    uint32_t has[%" PRIu32 "];\n",
            m->id, space->has_words);
    if (m->has_args)
        fprintf(m->out, "    uint32_t arg[%" PRIu32 "];\n", space->words - space->has_words);
    fprintf(m->out,
            "};\n\n"
            "/* Counters of fresh values: the next one, and how many the current step uses. */\n"
            "struct %s_state {\n    uint64_t next[%" PRIu32 "], used[%" PRIu32 "];\n};\n\n",
            m->id, counters, counters);
}

static const char functions_text[] =
    "/* One step: the instruction as a 32-bit word, the tag sets of its operands ({} for operands "
    "that\n"
    " * it lacks), and what its destinations hold so far.  For `env` and `mem` that is the "
    "operand. */\n"
    "struct @_step {\n"
    "    uint32_t insn;\n"
    "    const struct @_tags *env, *code, *op1, *op2, *op3, *mem;\n"
    "    const struct @_tags *old_rd, *old_csr;\n"
    "};\n"
    "\n"
    "/* The new tag sets of the destinations, if the step is allowed. */\n"
    "struct @_results {\n"
    "    struct @_tags env, rd, csr, mem;\n"
    "};\n"
    "\n"
    "/* reset() makes a state valid.  A step is begin(), evaluate() for each granule of memory "
    "that the\n"
    " * instruction touches, and commit() when it takes effect. */\n"
    "void @_reset(struct @_state *state);\n"
    "void @_begin(struct @_state *state);\n"
    "void @_commit(struct @_state *state);\n"
    "/* True if the step is allowed.  `results` and what `step` points to may be the same objects. "
    "*/\n"
    "bool @_evaluate(struct @_state *state, const struct @_step *step, struct @_results *results,\n"
    "    struct pol_monitor_answer *answer);\n"
    "/* Merges two parts of one access; false, with the tag, when arguments conflict. */\n"
    "bool @_merge(const struct @_tags *a, const struct @_tags *b, struct @_tags *out, uint32_t "
    "*tag);\n"
    "/* a without the `merge all` tags that b lacks or has with other arguments. */\n"
    "void @_drop_missing(const struct @_tags *a, const struct @_tags *b, struct @_tags *out);\n"
    "/* a with the tags of one domain taken from b. */\n"
    "void @_replace_domain(uint32_t domain, const struct @_tags *a, const struct @_tags *b,\n"
    "    struct @_tags *out);\n"
    "\n"
    "/* For programs that load monitors; define POL_MONITOR_NO_SYMBOL to link several statically. "
    "*/\n"
    "#ifndef POL_MONITOR_NO_SYMBOL\n"
    "extern const struct pol_monitor_abi pol_monitor;\n"
    "#endif\n"
    "\n"
    "#endif\n";

static void emit_header(struct monitor *m, FILE *h)
{
    m->out = h;
    emit_title(m, "_monitor.h");
    fprintf(h,
            " */\n"
            "#ifndef MONITOR_%s_H\n#define MONITOR_%s_H\n\n"
            "#include <stdbool.h>\n#include <stdint.h>\n\n%s\n",
            m->id, m->id, abi_text);
    emit_tag_macros(m);
    emit_structs(m);
    monitor_template(m, functions_text);
}

/* ---- Tables -----------------------------------------------------------------------------------
 */

typedef bool tag_test(const struct monitor *m, uint32_t tag, uint32_t domain);

static bool in_domain(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    return m->ir->tags[tag].domain == domain;
}

static bool of_globals(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)domain;
    return m->ir->domains[m->ir->tags[tag].domain].kind == IR_DOMAIN_GLOBAL;
}

static bool any_tag(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)m, (void)tag, (void)domain;
    return true;
}

static bool merges_all(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)domain;
    return m->ir->space->tags[tag].merge_all;
}

static bool takes_args(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)domain;
    return m->ir->space->tags[tag].nargs > 0;
}

static bool takes_sets(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)domain;
    return m->ir->space->tags[tag].has_set_arg;
}

/* The words of a mask, `{..}`. */
static void emit_mask(const struct monitor *m, tag_test *test, uint32_t domain)
{
    const struct pol_space *space = m->ir->space;
    fputc('{', m->out);
    for (uint32_t w = 0; w < space->has_words; w++) {
        uint32_t word = 0;
        for (uint32_t t = w * 32; t < space->ntags && t < (w + 1) * 32; t++)
            if (test(m, t, domain))
                word |= (uint32_t)1 << (t % 32);
        fprintf(m->out, "%s0x%" PRIx32 "u", w ? ", " : "", word);
    }
    fputc('}', m->out);
}

static void emit_named_mask(const struct monitor *m, const char *comment, const char *name,
                            tag_test *test)
{
    fprintf(m->out, "/* %s */\nstatic const uint32_t %s[HAS_WORDS] = ", comment, name);
    emit_mask(m, test, 0);
    fputs(";\n", m->out);
}

static void emit_domains(const struct monitor *m)
{
    uint32_t count = m->ir->ndomains ? m->ir->ndomains : 1;
    fprintf(m->out,
            "/* Who may write which tags, by domain. */\n"
            "static const uint32_t domain_tags[%" PRIu32 "][HAS_WORDS] = {\n",
            count);
    for (uint32_t d = 0; d < count; d++) {
        fputs("    ", m->out);
        emit_mask(m, in_domain, d);
        fputs(", /* ", m->out);
        monitor_comment(m->out, d < m->ir->ndomains ? m->ir->domains[d].name : "none");
        fputs(" */\n", m->out);
    }
    fputs("};\n", m->out);
}

static void emit_counters(const struct monitor *m)
{
    const struct ir *ir = m->ir;
    if (ir->ncounters == 0)
        return;
    for (uint32_t c = 0; c < ir->ncounters; c++)
        fprintf(m->out, "#define COUNTER_%s %" PRIu32 "u\n", m->counters[c], c);
    fprintf(m->out,
            "/* Fresh values are 0 .. limit-1; then they start again, or are exhausted. */\n"
            "static const struct {\n    uint64_t limit;\n    bool exhaust;\n"
            "} counters[%" PRIu32 "] = {\n",
            ir->ncounters);
    for (uint32_t c = 0; c < ir->ncounters; c++)
        fprintf(m->out, "    {UINT64_C(%" PRIu64 "), %s},\n", ir->counters[c].limit,
                ir->counters[c].exhaust ? "true" : "false");
    fputs("};\n", m->out);
}

static void emit_sizes(const struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    fprintf(m->out, "#define TAGS %" PRIu32 "u\n#define HAS_WORDS %" PRIu32 "u\n", space->ntags,
            space->has_words);
    if (m->has_args)
        fprintf(m->out, "#define ARG_WORDS %" PRIu32 "u\n", space->words - space->has_words);
    if (m->has_sets)
        fprintf(m->out, "#define FLAT_WORDS %" PRIu32 "u\n", space->flat_words);
}

static void emit_tables(const struct monitor *m)
{
    emit_sizes(m);
    emit_domains(m);
    if (m->ir->nglobals) {
        emit_named_mask(m, "Global policies write all tags.", "all_tags", any_tag);
        emit_named_mask(m, "The global policies' own tags.", "global_tags", of_globals);
    }
    emit_named_mask(m, "Tags declared `merge all`.", "merge_all", merges_all);
    if (m->has_args)
        emit_named_mask(m, "Tags that have arguments.", "with_args", takes_args);
    if (m->helper[HELP_STORE_SET])
        emit_named_mask(m, "Tags that have TagSet arguments.", "with_sets", takes_sets);
    emit_counters(m);
    fputc('\n', m->out);
}

/* ---- Fixed text -------------------------------------------------------------------------------
 */

static const char types_text[] =
    "#define NONE 0xffffffffu\n"
    "\n"
    "/* Verdicts and causes of failure. */\n"
    "#define ALLOW 0u\n"
    "#define FAIL_IMPLICIT 1u\n"
    "#define FAIL_EXPLICIT 2u\n"
    "#define CAUSE_NONE 0u\n"
    "#define CAUSE_NO_RULE 1u\n"
    "#define CAUSE_UNDECODABLE 2u\n"
    "#define CAUSE_NO_COMPONENT 3u\n"
    "#define CAUSE_RULE 5u\n"
    "#define CAUSE_CONFLICT 6u\n"
    "#define CAUSE_RANGE 7u\n"
    "#define CAUSE_EXHAUSTED 8u\n"
    "#define CAUSE_NESTED 9u\n"
    "\n"
    "/* Results. */\n"
    "#define RES_ENV 0u\n"
    "#define RES_RD 1u\n"
    "#define RES_CSR 2u\n"
    "#define RES_MEM 3u\n"
    "#define RESULTS 4u\n"
    "\n"
    "/* What is being evaluated: the step, and for the policy at work the tags it owns and how "
    "many of\n"
    " * them stand on each operand that a `{..}` pattern looks at. */\n"
    "struct eval {\n"
    "    struct @_state *state;\n"
    "    const struct @_step *in;\n"
    "    uint32_t effects;\n"
    "    const uint32_t *own;\n"
    "    uint32_t own_env, own_code, own_op1, own_op2, own_op3, own_mem;\n"
    "};\n"
    "\n"
    "/* What a policy decides: its rule, why it fails if it does, and the results that it gives. "
    "*/\n"
    "struct decision {\n"
    "    uint32_t rule, cause, tag;\n"
    "    const char *message;\n"
    "    uint32_t given; /* bit r: result r */\n"
    "    struct @_tags set[RESULTS];\n"
    "};\n"
    "\n";

static const char composition_text[] =
    "/* ---- The composition ---- */\n"
    "\n"
    "static void start_answer(struct pol_monitor_answer *answer)\n"
    "{\n"
    "    answer->verdict = ALLOW;\n"
    "    answer->written = 0;\n"
    "    answer->nfailures = 0;\n"
    "    answer->message = \"\";\n"
    "    answer->first.decider = answer->first.rule = answer->first.tag = NONE;\n"
    "    answer->first.cause = CAUSE_NONE;\n"
    "%d     for (uint32_t i = 0; answer->deciding && i < DECIDERS; i++)\n"
    "%d         answer->deciding[i] = NONE;\n"
    "}\n"
    "\n"
    "/* Explicit failures beat implicit ones, then the leftmost names the answer. */\n"
    "static void add_failure(struct pol_monitor_answer *answer, uint32_t decider, uint32_t rule,\n"
    "                        uint32_t cause, uint32_t tag, const char *message)\n"
    "{\n"
    "    struct pol_monitor_failure failure = {decider, rule, cause, tag};\n"
    "    uint32_t verdict = cause >= CAUSE_RULE ? FAIL_EXPLICIT : FAIL_IMPLICIT;\n"
    "    if (verdict > answer->verdict) {\n"
    "        answer->verdict = verdict;\n"
    "        answer->first = failure;\n"
    "        answer->message = message;\n"
    "    }\n"
    "    if (answer->nfailures < 64)\n"
    "        answer->failures[answer->nfailures] = failure;\n"
    "    answer->nfailures++;\n"
    "}\n"
    "\n";

static const char run_text[] =
    "/* Evaluates one policy; whether a rule matched. */\n"
    "static bool run(struct eval *e, uint32_t decider, struct decision *d,\n"
    "                struct pol_monitor_answer *answer)\n"
    "{\n"
    "    d->rule = d->tag = NONE;\n"
    "    d->cause = CAUSE_NONE;\n"
    "    d->message = \"\";\n"
    "    d->given = 0;\n"
    "    e->own = deciders[decider].own;\n"
    "    if (!deciders[decider].decide(e, d))\n"
    "        return false;\n"
    "    if (answer->deciding)\n"
    "        answer->deciding[decider] = d->rule;\n"
    "    if (d->cause != CAUSE_NONE)\n"
    "        add_failure(answer, decider, d->rule, d->cause, d->tag, d->message);\n"
    "    return true;\n"
    "}\n"
    "\n"
    "/* Puts what a policy gives into the results: it replaces the tags that the policy owns. */\n"
    "static void apply(const struct eval *e, const struct decision *d, struct @_results *results,\n"
    "                  struct pol_monitor_answer *answer)\n"
    "{\n"
    "    struct @_tags *to[RESULTS];\n"
    "    if (d->cause != CAUSE_NONE)\n"
    "        return;\n"
    "    to[RES_ENV] = &results->env;\n"
    "    to[RES_RD] = &results->rd;\n"
    "    to[RES_CSR] = &results->csr;\n"
    "    to[RES_MEM] = &results->mem;\n"
    "    for (uint32_t r = 0; r < RESULTS; r++)\n"
    "        if (d->given & (1u << r))\n"
    "            replace(to[r], &d->set[r], e->own);\n"
    "    answer->written |= d->given;\n"
    "}\n"
    "\n";

static const char globals_text[] =
    "/* Global policies come first: one that matches has the last word. */\n"
    "static bool run_globals(struct eval *e, struct decision *d, struct @_results *results,\n"
    "                        struct pol_monitor_answer *answer)\n"
    "{\n"
    "    for (uint32_t i = 0; i < GLOBALS; i++)\n"
    "        if (run(e, i, d, answer)) {\n"
    "            apply(e, d, results, answer);\n"
    "            return true;\n"
    "        }\n"
    "    return false;\n"
    "}\n"
    "\n"
    "/* When none matches, their own tags vanish from what the instruction writes, save `env`. */\n"
    "static void forget_globals(const struct eval *e, struct @_results *results)\n"
    "{\n"
    "    if (e->effects & WRITES_RD)\n"
    "        forget(&results->rd, global_tags);\n"
    "    if (e->effects & WRITES_CSR)\n"
    "        forget(&results->csr, global_tags);\n"
    "    if (e->effects & WRITES_MEM)\n"
    "        forget(&results->mem, global_tags);\n"
    "}\n"
    "\n";

static const char components_text[] =
    "/* All components see the same inputs, and all must allow. */\n"
    "static void run_components(struct eval *e, struct decision *d, struct @_results *results,\n"
    "                           struct pol_monitor_answer *answer)\n"
    "{\n"
    "    for (uint32_t i = GLOBALS; i < DECIDERS; i++)\n"
    "        if (run(e, i, d, answer))\n"
    "            apply(e, d, results, answer);\n"
    "        else\n"
    "            add_failure(answer, i, NONE, CAUSE_NO_RULE, NONE, \"\");\n"
    "}\n"
    "\n";

static const char evaluate_text[] =
    "bool @_evaluate(struct @_state *state, const struct @_step *step, struct @_results *results,\n"
    "    struct pol_monitor_answer *answer)\n"
    "{\n"
    "    struct eval e = {state, step, effects(step->insn), 0, 0, 0, 0, 0, 0, 0};\n"
    "    struct @_results next;\n"
    "    start_answer(answer);\n"
    "    if (!(e.effects & DECODES)) {\n"
    "        add_failure(answer, NONE, NONE, CAUSE_UNDECODABLE, NONE, \"\");\n"
    "        return false;\n"
    "    }\n"
    "    next.env = *step->env;\n"
    "    next.rd = *step->old_rd;\n"
    "    next.csr = *step->old_csr;\n"
    "    next.mem = *step->mem;\n";

static const char finish_text[] = "    if (answer->verdict != ALLOW) {\n"
                                  "        answer->written = 0;\n"
                                  "        return false;\n"
                                  "    }\n"
                                  "    *results = next;\n"
                                  "    return true;\n"
                                  "}\n"
                                  "\n";

static const char merge_text[] =
    "/* ---- Other operations on sets ---- */\n"
    "\n"
    "bool @_merge(const struct @_tags *a, const struct @_tags *b, struct @_tags *out, uint32_t "
    "*tag)\n"
    "{\n"
    "    struct @_tags sum = *a;\n"
    "    for (uint32_t w = 0; w < HAS_WORDS; w++) {\n"
    "        uint32_t both = a->has[w] & b->has[w];\n"
    "        uint32_t keep = ((a->has[w] | b->has[w]) & ~merge_all[w]) | (both & merge_all[w]);\n"
    "%a         for (uint32_t rest = both & with_args[w]; rest; rest &= rest - 1) {\n"
    "%a             uint32_t bit = rest & (0u - rest);\n"
    "%a             if (same_args(a, b, w * 32 + lowest(rest)))\n"
    "%a                 continue;\n"
    "%a             if (!(merge_all[w] & bit)) {\n"
    "%a                 *tag = w * 32 + lowest(rest);\n"
    "%a                 return false;\n"
    "%a             }\n"
    "%a             keep &= ~bit;\n"
    "%a         }\n"
    "%a         for (uint32_t rest = keep & ~a->has[w] & with_args[w]; rest; rest &= rest - 1)\n"
    "%a             copy_args(&sum, b, w * 32 + lowest(rest));\n"
    "%a         for (uint32_t rest = a->has[w] & ~keep & with_args[w]; rest; rest &= rest - 1)\n"
    "%a             zero_args(&sum, w * 32 + lowest(rest));\n"
    "        sum.has[w] = keep;\n"
    "    }\n"
    "%A     (void)tag; /* without arguments nothing can conflict */\n"
    "    *out = sum;\n"
    "    return true;\n"
    "}\n"
    "\n"
    "void @_drop_missing(const struct @_tags *a, const struct @_tags *b, struct @_tags *out)\n"
    "{\n"
    "    struct @_tags rest_of_a = *a;\n"
    "    for (uint32_t w = 0; w < HAS_WORDS; w++) {\n"
    "        uint32_t lost = a->has[w] & ~b->has[w] & merge_all[w];\n"
    "%a         for (uint32_t rest = a->has[w] & b->has[w] & merge_all[w] & with_args[w]; rest;\n"
    "%a              rest &= rest - 1)\n"
    "%a             if (!same_args(a, b, w * 32 + lowest(rest)))\n"
    "%a                 lost |= rest & (0u - rest);\n"
    "%a         for (uint32_t rest = lost & with_args[w]; rest; rest &= rest - 1)\n"
    "%a             zero_args(&rest_of_a, w * 32 + lowest(rest));\n"
    "        rest_of_a.has[w] &= ~lost;\n"
    "    }\n"
    "    *out = rest_of_a;\n"
    "}\n"
    "\n"
    "void @_replace_domain(uint32_t domain, const struct @_tags *a, const struct @_tags *b,\n"
    "    struct @_tags *out)\n"
    "{\n"
    "    struct @_tags sum = *a;\n"
    "    replace(&sum, b, domain_tags[domain]);\n"
    "    *out = sum;\n"
    "}\n"
    "\n";

static const char abi_functions_text[] =
    "/* ---- For programs that load the monitor ---- */\n"
    "\n"
    "#ifndef POL_MONITOR_NO_SYMBOL\n"
    "static void abi_reset(void *state)\n"
    "{\n"
    "    @_reset(state);\n"
    "}\n"
    "\n"
    "static void abi_begin(void *state)\n"
    "{\n"
    "    @_begin(state);\n"
    "}\n"
    "\n"
    "static void abi_commit(void *state)\n"
    "{\n"
    "    @_commit(state);\n"
    "}\n"
    "\n"
    "static void abi_evaluate(void *state, const struct pol_monitor_inputs *in, void *const "
    "out[4],\n"
    "                         struct pol_monitor_answer *answer)\n"
    "{\n"
    "    struct @_results results;\n"
    "    struct @_step step;\n"
    "    step.insn = in->word;\n"
    "    step.env = in->in[0];\n"
    "    step.code = in->in[1];\n"
    "    step.op1 = in->in[2];\n"
    "    step.op2 = in->in[3];\n"
    "    step.op3 = in->in[4];\n"
    "    step.mem = in->in[5];\n"
    "    step.old_rd = in->old[RES_RD];\n"
    "    step.old_csr = in->old[RES_CSR];\n"
    "    if (!@_evaluate(state, &step, &results, answer))\n"
    "        return;\n"
    "    if (out[RES_ENV])\n"
    "        *(struct @_tags *)out[RES_ENV] = results.env;\n"
    "    if (out[RES_RD])\n"
    "        *(struct @_tags *)out[RES_RD] = results.rd;\n"
    "    if (out[RES_CSR])\n"
    "        *(struct @_tags *)out[RES_CSR] = results.csr;\n"
    "    if (out[RES_MEM])\n"
    "        *(struct @_tags *)out[RES_MEM] = results.mem;\n"
    "}\n"
    "\n"
    "static bool abi_merge(const void *a, const void *b, void *out, uint32_t *tag)\n"
    "{\n"
    "    return @_merge(a, b, out, tag);\n"
    "}\n"
    "\n"
    "static void abi_drop_missing(const void *a, const void *b, void *out)\n"
    "{\n"
    "    @_drop_missing(a, b, out);\n"
    "}\n"
    "\n"
    "static void abi_replace_domain(uint32_t domain, const void *a, const void *b, void *out)\n"
    "{\n"
    "    @_replace_domain(domain, a, b, out);\n"
    "}\n"
    "\n"
    "const struct pol_monitor_abi pol_monitor = {\n"
    "    POL_MONITOR_ABI,\n"
    "    sizeof(struct @_tags) / sizeof(uint32_t),\n"
    "    sizeof(struct @_state),\n"
    "    TAGS,\n"
    "    DECIDERS,\n"
    "    DOMAINS,\n"
    "    {";

/* ---- Composition ------------------------------------------------------------------------------
 */

static void emit_decider_table(const struct monitor *m)
{
    const struct ir *ir = m->ir;
    fputs("static const struct {\n"
          "    bool (*decide)(struct eval *e, struct decision *d);\n"
          "    const uint32_t *own;\n"
          "} deciders[DECIDERS] = {\n",
          m->out);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        if (ir->deciders[d].is_global)
            fprintf(m->out, "    {decide_%s, all_tags},\n", m->deciders[d]);
        else
            fprintf(m->out, "    {decide_%s, domain_tags[%" PRIu32 "]},\n", m->deciders[d],
                    ir->deciders[d].domain);
    fputs("};\n\n", m->out);
}

static void emit_evaluate(const struct monitor *m)
{
    const struct ir *ir = m->ir;
    bool components = ir->ndeciders > ir->nglobals;
    const char *indent = ir->nglobals ? "        " : "    ";
    monitor_template(m, evaluate_text);
    if (ir->ndeciders)
        fputs("    struct decision d;\n", m->out);
    if (ir->nglobals)
        fputs("    if (!run_globals(&e, &d, &next, answer)) {\n"
              "        forget_globals(&e, &next);\n",
              m->out);
    if (components)
        fprintf(m->out, "%srun_components(&e, &d, &next, answer);\n", indent);
    else
        fprintf(m->out, "%sadd_failure(answer, NONE, NONE, CAUSE_NO_COMPONENT, NONE, \"\");\n",
                indent);
    fputs(ir->nglobals ? "    }\n" : "", m->out);
    monitor_template(m, finish_text);
}

static void emit_composition(const struct monitor *m)
{
    const struct ir *ir = m->ir;
    fprintf(m->out, "#define GLOBALS %" PRIu32 "u\n#define DECIDERS %" PRIu32 "u\n\n", ir->nglobals,
            ir->ndeciders);
    if (ir->ndeciders)
        emit_decider_table(m);
    monitor_template(m, composition_text);
    if (ir->ndeciders)
        monitor_template(m, run_text);
    if (ir->nglobals)
        monitor_template(m, globals_text);
    if (ir->ndeciders > ir->nglobals)
        monitor_template(m, components_text);
    emit_evaluate(m);
}

static void emit_state_functions(const struct monitor *m)
{
    uint32_t count = m->ir->ncounters ? m->ir->ncounters : 1;
    fprintf(m->out,
            "/* ---- Fresh values ---- */\n\n"
            "void %s_reset(struct %s_state *state)\n{\n"
            "    for (uint32_t i = 0; i < %" PRIu32 "; i++)\n"
            "        state->next[i] = state->used[i] = 0;\n}\n\n"
            "void %s_begin(struct %s_state *state)\n{\n"
            "    for (uint32_t i = 0; i < %" PRIu32 "; i++)\n"
            "        state->used[i] = 0;\n}\n\n"
            "void %s_commit(struct %s_state *state)\n{\n",
            m->id, m->id, count, m->id, m->id, count, m->id, m->id);
    if (m->ir->ncounters)
        fprintf(m->out,
                "    for (uint32_t i = 0; i < %" PRIu32 "; i++) {\n"
                "        state->next[i] += state->used[i];\n"
                "        if (!counters[i].exhaust)\n"
                "            state->next[i] %%= counters[i].limit;\n"
                "    }\n",
                count);
    fprintf(m->out, "    %s_begin(state);\n}\n\n", m->id);
}

static void emit_abi(const struct monitor *m)
{
    fprintf(m->out, "#define DOMAINS %" PRIu32 "u\n\n", m->ir->ndomains);
    monitor_template(m, abi_functions_text);
    for (size_t i = 0; i < sizeof m->ir->digest; i++)
        fprintf(m->out, "%s0x%02x", i == 0 ? "" : i % 16 ? ", " : ",\n     ", m->ir->digest[i]);
    fputs("},\n"
          "    abi_reset,\n    abi_begin,\n    abi_evaluate,\n    abi_commit,\n"
          "    abi_merge,\n    abi_drop_missing,\n    abi_replace_domain,\n};\n#endif\n",
          m->out);
}

/* ---- The file ---------------------------------------------------------------------------------
 */

/* What every monitor uses, whatever its rules. */
static void require_basics(struct monitor *m)
{
    m->helper[HELP_REPLACE] = true;
    m->helper[HELP_FORGET] = m->ir->nglobals > 0;
    if (m->has_args) {
        m->helper[HELP_SAME_ARGS] = true;
        m->helper[HELP_COPY_ARGS] = true;
        m->helper[HELP_ZERO_ARGS] = true;
        m->helper[HELP_LOWEST] = true;
    }
}

/* The rules come first, because they determine what has to stand before them. */
static char *rules_text(struct monitor *m)
{
    char *text = NULL;
    size_t size = 0;
    m->out = open_memstream(&text, &size);
    if (!m->out)
        pol_fatal_oom();
    for (uint32_t d = 0; d < m->ir->ndeciders; d++)
        monitor_decider(m, d);
    if (fclose(m->out) != 0)
        pol_fatal_oom();
    return text;
}

static void emit_code(struct monitor *m, FILE *c)
{
    char *rules = rules_text(m);
    m->out = c;
    emit_title(m, "_monitor.c");
    fputs(" *\n"
          " * Every rule is one block below, under its own text, in the order in which rules are "
          "tried:\n"
          " * the first that matches decides.  Rules of one group in a row share the test for the "
          "group.\n"
          " */\n",
          c);
    fprintf(c, "#include \"%s_monitor.h\"\n\n", m->ir->stem);
    emit_tables(m);
    monitor_template(m, types_text);
    monitor_support(m);
    monitor_decode(m);
    fputs(rules, c);
    free(rules);
    emit_composition(m);
    emit_state_functions(m);
    monitor_template(m, merge_text);
    emit_abi(m);
}

static void examine_space(struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    for (uint32_t t = 0; t < space->ntags; t++)
        for (uint32_t a = 0; a < space->tags[t].nargs; a++) {
            m->has_args = true;
            if (space->tags[t].args[a].is_set)
                m->has_sets = true;
            else if (space->tags[t].args[a].flat_offset != POL_NO_OFFSET)
                m->has_flat = true;
        }
}

int monitor_emit(const struct ir *ir, FILE *c, FILE *h)
{
    struct monitor m = {.ir = ir};
    arena_init(&m.arena);
    m.group_used = ARENA_ARRAY(&m.arena, bool, (size_t)ir->ngroups + 1);
    examine_space(&m);
    monitor_names(&m);
    monitor_find_spills(&m);
    require_basics(&m);
    emit_code(&m, c);
    emit_header(&m, h);
    arena_free(&m.arena);
    return fflush(c) != 0 || fflush(h) != 0 || ferror(c) || ferror(h) ? -1 : 0;
}
