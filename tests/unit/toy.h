/* A small policy written by hand, for tests of machine and comparison: an engine whose values are
 * literals.  Flags make it wrong on purpose, so that tests see that a difference is found.
 *
 * Component 0, "toy.main":
 *     0  everything: code without Ex                      -> no rule (implicit)
 *     0  load, mem == [-Rd]                               -> fail "read violation"
 *     1  load                                             -> rd = mem[-Rd, -Wr]
 *     2  store or sc, mem == [-Wr]                        -> fail "write violation"
 *     3  store or sc                                      -> mem = op2[+Wr, +Rd] (sc: rd = {})
 *     4  add                                              -> rd = op1 \/ op2
 *     5  addi                                             -> rd = op1
 *     6  lui                                              -> rd = {Ptr new}
 *     7  csrrw, csrrs                                     -> rd = csr, csr = op1
 *     8  jal                                              -> env = env[+Call], rd = {}
 *     9  amo                                              -> rd = mem, mem = op2[+Wr, +Rd]
 *    10  anything else                                    -> nothing
 * A load of memory with Env changes env to {Env}: granules may disagree.
 * Component 1, "toy.secret": owns Sec; a load copies it from mem to rd (rule 0), a store from op2
 * to mem (rule 1), anything else leaves everything (rule 2). */
#ifndef TESTS_TOY_H
#define TESTS_TOY_H

#include <pol/engine.h>
#include <pol/isa.h>
#include <pol/report.h>

#include <stdlib.h>
#include <string.h>

/* Tags in order; the last belongs to component 1. */
enum { RD_, WR_, EX_, TAINT, GOOD, PTR, OWN, CALL, TRAP_, ENV_, SAVED, SEC, TOY_TAGS };

enum toy_wrong {
    WRONG_ADD = 1,       /* a union of Ptr 7 with another keeps the first */
    WRONG_MERGE = 2,     /* merge any loses what only one part has */
    WRONG_DROP = 4,      /* later parcels do not matter */
    WRONG_TRAP = 8,      /* traps leave the PC tag */
    WRONG_RULE = 16,     /* addi says that another rule decided */
    WRONG_WRITTEN = 32,  /* addi says that it writes nothing */
    WRONG_NEW = 64,      /* the counter does not advance */
    WRONG_STORE = 128,   /* a store of Ptr n, n > 9, with Taint, is allowed without Wr */
    WRONG_SAVED = 256,   /* addi loses Saved sets that hold Ptr n, n > 3 */
    REFUSE = 512,        /* cannot represent {Taint, Good, ..} */
    WRONG_RETURN = 1024, /* PC tags with Call are not restored */
    /* A conflict of add is said to be: */
    WRONG_CAUSE = 2048,      /* a rule's failure */
    WRONG_TAG = 4096,        /* of another tag */
    WRONG_FAILRULE = 8192,   /* of another rule */
    WRONG_COUNT = 16384,     /* two failures */
    WRONG_MERGE_TAG = 32768, /* a conflict of a merge names another tag */
    WRONG_ENV = 65536,       /* loads do not change env */
    WRONG_RESPONSE = 131072, /* failures ask for toy.note */
    RESPOND = 524288,        /* failures ask for toy.lockdown where memory is Taint */
    TELL = 262144            /* rules 2 and 3 report where memory, or an operand, is Taint */
};

struct toy {
    struct pol_engine engine;
    struct pol_isa isa;
    unsigned wrong;
    uint64_t counter;
    bool used_new;
    unsigned begins, evaluations, commits;
};

static inline struct pol_space *toy_space(void)
{
    static const struct {
        const char *name;
        uint32_t nargs;
        bool all;
    } tags[TOY_TAGS] = {{"Rd", 0, false},    {"Wr", 0, false},    {"Ex", 0, false},
                        {"Taint", 0, false}, {"Good", 0, true},   {"Ptr", 1, false},
                        {"Own", 1, true},    {"Call", 0, false},  {"Trap", 0, false},
                        {"Env", 0, false},   {"Saved", 1, false}, {"Sec", 0, false}};
    struct pol_space *space = pol_space_new(TOY_TAGS);
    for (uint32_t i = 0; i < TOY_TAGS; i++) {
        struct pol_tag_info *tag = space->tags + i;
        tag->name = strdup(tags[i].name);
        tag->module = strdup(i == SEC ? "toy.secret" : "toy");
        tag->nargs = tags[i].nargs;
        tag->merge_all = tags[i].all;
        tag->args[0].limit = (uint64_t)1 << 32;
        tag->args[0].is_set = i == SAVED;
    }
    pol_space_finish(space);
    return space;
}

static inline const struct pol_space *toy_space_of(const struct pol_engine *e)
{
    return e->space;
}

static inline int toy_encode(struct pol_engine *e, const uint32_t *lit, void *value)
{
    struct toy *toy = (struct toy *)e;
    if (toy->wrong & REFUSE && pol_lit_has(lit, TAINT) && pol_lit_has(lit, GOOD))
        return -1;
    memset(value, 0, e->value_size);
    memcpy(value, lit, e->space->words * sizeof *lit);
    return 0;
}

static inline int toy_decode(struct pol_engine *e, const void *value, uint32_t *lit)
{
    memcpy(lit, value, e->space->words * sizeof *lit);
    return 0;
}

static inline void toy_begin(struct pol_engine *e)
{
    struct toy *toy = (struct toy *)e;
    toy->used_new = false;
    toy->begins++;
}

static inline void toy_remove(const struct pol_space *space, uint32_t *lit, uint32_t tag)
{
    const struct pol_tag_info *info = space->tags + tag;
    lit[tag / 32] &= ~((uint32_t)1 << (tag % 32));
    for (uint32_t i = 0; i < info->nargs; i++)
        memset(lit + info->args[i].offset, 0,
               (info->args[i].is_set ? space->flat_words : 1) * sizeof *lit);
}

static inline void toy_copy_tag(const struct pol_space *space, uint32_t *to, const uint32_t *from,
                                uint32_t tag)
{
    const struct pol_tag_info *info = space->tags + tag;
    toy_remove(space, to, tag);
    if (!pol_lit_has(from, tag))
        return;
    pol_lit_set(to, tag);
    for (uint32_t i = 0; i < info->nargs; i++)
        memcpy(to + info->args[i].offset, from + info->args[i].offset,
               (info->args[i].is_set ? space->flat_words : 1) * sizeof *to);
}

static inline bool toy_same_tag(const struct pol_space *space, const uint32_t *a, const uint32_t *b,
                                uint32_t tag)
{
    const struct pol_tag_info *info = space->tags + tag;
    for (uint32_t i = 0; i < info->nargs; i++)
        if (memcmp(a + info->args[i].offset, b + info->args[i].offset,
                   (info->args[i].is_set ? space->flat_words : 1) * sizeof *a))
            return false;
    return true;
}

static inline int toy_merge(struct pol_engine *e, const void *a, const void *b, void *out,
                            uint32_t *tag)
{
    const struct pol_space *space = toy_space_of(e);
    struct toy *toy = (struct toy *)e;
    uint32_t x[64], y[64], z[64] = {0};
    toy_decode(e, a, x);
    toy_decode(e, b, y);
    for (uint32_t t = 0; t < space->ntags; t++) {
        bool in_x = pol_lit_has(x, t), in_y = pol_lit_has(y, t);
        bool same = toy_same_tag(space, x, y, t);
        if (space->tags[t].merge_all ? in_x && in_y && same : in_x || in_y) {
            if (in_x && in_y && !same) {
                *tag = toy->wrong & WRONG_MERGE_TAG ? 0 : t;
                return -1;
            }
            if (toy->wrong & WRONG_MERGE && t == TAINT && !(in_x && in_y))
                continue;
            toy_copy_tag(space, z, in_x ? x : y, t);
        }
    }
    return toy_encode(e, z, out);
}

static inline void toy_drop_missing(struct pol_engine *e, const void *a, const void *b, void *out)
{
    const struct pol_space *space = toy_space_of(e);
    struct toy *toy = (struct toy *)e;
    uint32_t x[64], y[64];
    toy_decode(e, a, x);
    toy_decode(e, b, y);
    for (uint32_t t = 0; t < space->ntags && !(toy->wrong & WRONG_DROP); t++)
        if (space->tags[t].merge_all && !(pol_lit_has(y, t) && toy_same_tag(space, x, y, t)))
            toy_remove(space, x, t);
    toy_encode(e, x, out);
}

static inline void toy_replace_domain(struct pol_engine *e, uint32_t domain, const void *a,
                                      const void *b, void *out)
{
    const struct pol_space *space = toy_space_of(e);
    struct toy *toy = (struct toy *)e;
    uint32_t x[64], y[64];
    toy_decode(e, a, x);
    toy_decode(e, b, y);
    for (uint32_t t = 0; t < space->ntags && !(toy->wrong & WRONG_TRAP); t++)
        if ((t == SEC) == (domain == 1) && !(toy->wrong & WRONG_RETURN && pol_lit_has(y, CALL)))
            toy_copy_tag(space, x, y, t);
    toy_encode(e, x, out);
}

static inline void toy_commit(struct pol_engine *e)
{
    struct toy *toy = (struct toy *)e;
    toy->commits++;
    if (toy->used_new && !(toy->wrong & WRONG_NEW))
        toy->counter++;
    toy->used_new = false;
}

static inline void toy_reset(struct pol_engine *e)
{
    ((struct toy *)e)->counter = 0;
}

static inline void toy_destroy(struct pol_engine *e)
{
    (void)e;
}

static inline void toy_fail(struct pol_answer *answer, uint32_t rule, enum pol_cause cause,
                            uint32_t tag)
{
    struct pol_failure failure = {0, rule, cause, tag};
    answer->verdict = cause == POL_CAUSE_NO_RULE ? POL_FAIL_IMPLICIT : POL_FAIL_EXPLICIT;
    answer->first = answer->failures[0] = failure;
    answer->nfailures = 1;
    answer->response = cause == POL_CAUSE_RULE && rule == 2; /* toy.lockdown */
    if (answer->deciding)
        answer->deciding[0] = cause == POL_CAUSE_NO_RULE ? POL_NO_RULE : rule;
}

struct toy_step {
    uint32_t in[POL_OPERANDS][64], old[POL_RESULTS][64], out[POL_RESULTS][64];
    uint32_t rule;
    uint8_t written;
    bool failed;
};

static inline void toy_set(struct toy_step *step, enum pol_result res, const uint32_t *lit)
{
    memcpy(step->out[res], lit, sizeof step->out[res]);
    step->written |= (uint8_t)(1u << res);
}

static inline void toy_memory(struct toy *toy, const struct pol_insn *insn, struct toy_step *step,
                              struct pol_answer *answer)
{
    const struct pol_space *space = toy->engine.space;
    const uint32_t *mem = step->in[POL_OP_MEM];
    uint32_t set[64] = {0};
    bool load = insn->access == POL_ACCESS_LOAD || insn->access == POL_ACCESS_LR;
    if (load && !pol_lit_has(mem, RD_)) {
        step->failed = true;
        toy_fail(answer, 0, POL_CAUSE_RULE, POL_NO_TAG);
        return;
    }
    uint32_t *op2 = step->in[POL_OP_OP2];
    bool slip = toy->wrong & WRONG_STORE && pol_lit_has(op2, TAINT) && pol_lit_has(op2, PTR) &&
                op2[space->tags[PTR].args[0].offset] > 9;
    if (!load && !pol_lit_has(mem, WR_) && !slip) {
        step->failed = true;
        toy_fail(answer, 2, POL_CAUSE_RULE, POL_NO_TAG);
        return;
    }
    if (load && pol_lit_has(mem, ENV_) && !(toy->wrong & WRONG_ENV)) {
        pol_lit_set(set, ENV_);
        toy_set(step, POL_RES_ENV, set);
    }
    memcpy(set, load || insn->access == POL_ACCESS_AMO ? mem : step->in[POL_OP_OP2], sizeof set);
    if (load) {
        toy_remove(space, set, RD_);
        toy_remove(space, set, WR_);
        step->rule = 1;
        toy_set(step, POL_RES_RD, set);
        return;
    }
    step->rule = insn->access == POL_ACCESS_AMO ? 9 : 3;
    if (insn->access == POL_ACCESS_AMO)
        toy_set(step, POL_RES_RD, set);
    memcpy(set, step->in[POL_OP_OP2], sizeof set);
    pol_lit_set(set, WR_);
    pol_lit_set(set, RD_);
    toy_copy_tag(space, set, mem, SEC); /* not ours */
    toy_set(step, POL_RES_MEM, set);
    if (insn->access == POL_ACCESS_SC) {
        memset(set, 0, sizeof set);
        toy_set(step, POL_RES_RD, set);
    }
}

static inline void toy_union(struct toy *toy, struct toy_step *step, struct pol_answer *answer)
{
    const struct pol_space *space = toy->engine.space;
    uint32_t set[64] = {0};
    const uint32_t *x = step->in[POL_OP_OP1], *y = step->in[POL_OP_OP2];
    step->rule = 4;
    for (uint32_t t = 0; t < SEC; t++) {
        if (pol_lit_has(x, t) && pol_lit_has(y, t) && !toy_same_tag(space, x, y, t)) {
            if (toy->wrong & WRONG_ADD && t == PTR && (x[space->tags[PTR].args[0].offset] == 7)) {
                toy_copy_tag(space, set, x, t);
                continue;
            }
            step->failed = true;
            toy_fail(answer, toy->wrong & WRONG_FAILRULE ? 5 : 4,
                     toy->wrong & WRONG_CAUSE ? POL_CAUSE_RULE : POL_CAUSE_CONFLICT,
                     toy->wrong & WRONG_TAG ? t + 1 : t);
            answer->nfailures += toy->wrong & WRONG_COUNT ? 1 : 0;
            answer->failures[1] = answer->failures[0];
            return;
        }
        toy_copy_tag(space, set, pol_lit_has(x, t) ? x : y, t);
    }
    toy_set(step, POL_RES_RD, set);
}

static inline void toy_addi(struct toy *toy, struct toy_step *step)
{
    const struct pol_space *space = toy->engine.space;
    uint32_t set[64];
    memcpy(set, step->in[POL_OP_OP1], sizeof set);
    step->rule = toy->wrong & WRONG_RULE ? 6 : 5;
    const uint32_t *saved = set + space->tags[SAVED].args[0].offset;
    if (toy->wrong & WRONG_SAVED && pol_lit_has(set, SAVED) && pol_lit_has(saved, PTR) &&
        saved[space->tags[PTR].args[0].flat_offset] > 3)
        toy_remove(space, set, SAVED);
    toy_set(step, POL_RES_RD, set);
    if (toy->wrong & WRONG_WRITTEN)
        step->written = 0;
}

/* Component 0. */
static inline void toy_main(struct toy *toy, const struct pol_insn *insn, uint32_t word,
                            struct toy_step *step, struct pol_answer *answer)
{
    uint32_t set[64] = {0};
    step->rule = 10;
    if (!pol_lit_has(step->in[POL_OP_CODE], EX_)) {
        step->failed = true;
        toy_fail(answer, POL_NO_RULE, POL_CAUSE_NO_RULE, POL_NO_TAG);
        return;
    }
    if (insn->access != POL_ACCESS_NONE)
        toy_memory(toy, insn, step, answer);
    else if (!strcmp(insn->name, "add"))
        toy_union(toy, step, answer);
    else if (!strcmp(insn->name, "addi"))
        toy_addi(toy, step);
    else if (!strcmp(insn->name, "lui")) {
        step->rule = 6;
        pol_lit_set(set, PTR);
        set[toy->engine.space->tags[PTR].args[0].offset] = (uint32_t)toy->counter;
        toy->used_new = true;
        toy_set(step, POL_RES_RD, set);
    } else if (!strcmp(insn->name, "csrrw") || !strcmp(insn->name, "csrrs")) {
        step->rule = 7;
        toy_set(step, POL_RES_RD, step->in[POL_OP_OP2]);
        toy_set(step, POL_RES_CSR, step->in[POL_OP_OP1]);
    } else if (!strcmp(insn->name, "jal")) {
        step->rule = 8;
        toy_set(step, POL_RES_RD, set);
        memcpy(set, step->in[POL_OP_ENV], sizeof set);
        pol_lit_set(set, CALL);
        toy_set(step, POL_RES_ENV, set);
    }
    (void)word;
}

/* Component 1: only Sec. */
static inline uint32_t toy_secret(const struct toy *toy, const struct pol_insn *insn,
                                  struct toy_step *step)
{
    const struct pol_space *space = toy->engine.space;
    for (unsigned res = 0; res < POL_RESULTS; res++)
        toy_copy_tag(space, step->out[res], step->old[res], SEC);
    if (insn->access == POL_ACCESS_LOAD) {
        toy_copy_tag(space, step->out[POL_RES_RD], step->in[POL_OP_MEM], SEC);
        step->written |= 1u << POL_RES_RD;
        return 0;
    }
    if (insn->access == POL_ACCESS_STORE) {
        toy_copy_tag(space, step->out[POL_RES_MEM], step->in[POL_OP_OP2], SEC);
        step->written |= 1u << POL_RES_MEM;
        return 1;
    }
    return 2;
}

static inline void toy_tell(const struct toy *toy, const struct toy_step *step,
                            struct pol_answer *answer)
{
    if (toy->wrong & TELL && pol_lit_has(step->in[POL_OP_MEM], TAINT))
        answer->reports[answer->nreports++] = (struct pol_report_rule){0, 2};
    if (toy->wrong & TELL && pol_lit_has(step->in[POL_OP_OP1], TAINT))
        answer->reports[answer->nreports++] = (struct pol_report_rule){0, 3};
    if (toy->wrong & RESPOND && answer->verdict != POL_ALLOW &&
        pol_lit_has(step->in[POL_OP_MEM], TAINT))
        answer->response = 1;
    if (toy->wrong & WRONG_RESPONSE && answer->verdict != POL_ALLOW)
        answer->response = 2;
}

static inline void toy_evaluate(struct pol_engine *e, const struct pol_inputs *in,
                                void *const out[POL_RESULTS], struct pol_answer *answer)
{
    struct toy *toy = (struct toy *)e;
    struct toy_step *step = calloc(1, sizeof *step);
    int row = pol_isa_decode(&toy->isa, in->word);
    const struct pol_insn *insn = pol_insn_at((size_t)(row < 0 ? 0 : row));
    toy->evaluations++;
    answer->verdict = POL_ALLOW;
    answer->first = (struct pol_failure){POL_NO_RULE, POL_NO_RULE, POL_CAUSE_NONE, POL_NO_TAG};
    answer->nfailures = answer->nreports = 0;
    answer->response = POL_NO_RESPONSE;
    for (unsigned i = 0; i < POL_OPERANDS; i++)
        toy_decode(e, in->in[i], step->in[i]);
    for (unsigned i = 0; i < POL_RESULTS; i++) {
        toy_decode(e, in->old[i], step->old[i]);
        memcpy(step->out[i], step->old[i], sizeof step->out[i]);
    }
    if (row < 0) {
        toy_fail(answer, POL_NO_RULE, POL_CAUSE_NO_RULE, POL_NO_TAG);
        answer->first.cause = answer->failures[0].cause = POL_CAUSE_UNDECODABLE;
        answer->first.decider = answer->failures[0].decider = POL_NO_RULE;
    } else {
        toy_main(toy, insn, in->word, step, answer);
        uint32_t secret = toy_secret(toy, insn, step);
        if (answer->deciding) {
            if (!step->failed)
                answer->deciding[0] = step->rule;
            answer->deciding[1] = secret;
        }
        answer->written = step->written;
        toy_tell(toy, step, answer);
    }
    for (unsigned i = 0; i < POL_RESULTS && answer->verdict == POL_ALLOW; i++)
        if (out[i])
            toy_encode(e, step->out[i], out[i]);
    free(step);
}

static const struct pol_engine_ops toy_ops = {
    "toy",     toy_encode,       toy_decode,         toy_begin, toy_evaluate, toy_commit,
    toy_merge, toy_drop_missing, toy_replace_domain, toy_reset, toy_destroy};
static const struct pol_engine_ops twin_ops = {
    "twin",    toy_encode,       toy_decode,         toy_begin, toy_evaluate, toy_commit,
    toy_merge, toy_drop_missing, toy_replace_domain, toy_reset, toy_destroy};

static inline void toy_init(struct toy *toy, const struct pol_space *space, const char *isa,
                            unsigned wrong)
{
    char err[100];
    memset(toy, 0, sizeof *toy);
    if (pol_isa_parse(isa, &toy->isa, err, sizeof err))
        abort();
    toy->wrong = wrong;
    toy->engine.ops = wrong ? &twin_ops : &toy_ops;
    toy->engine.value_size = (space->words * 4 + 7) / 8 * 8;
    toy->engine.space = space;
    toy->engine.ndeciders = 2;
    toy->engine.ndomains = 2;
}

static const struct pol_debug_rule toy_rules[] = {
    {"toy.pol", 10, 3, "read violation", "loadGrp(mem == [-Rd] -> fail \"read violation\")"},
    {"toy.pol", 11, 3, "", NULL},
    {"toy.pol", 12, 3, "write violation", NULL},
    {"toy.pol", 13, 3, "", NULL},
    {"toy.pol", 14, 3, "", NULL},
    {"toy.pol", 15, 3, "", NULL}};
static const struct pol_debug_response toy_responses[] = {
    {"default", POL_ACTION_TERMINATE, ""},
    {"toy.lockdown", POL_ACTION_FAILSAFE, "entities.lockdown"},
    {"toy.note", POL_ACTION_REPORT, ""}};
static const struct pol_debug_decider toy_deciders[] = {{"toy.main", false, 6, toy_rules},
                                                        {"toy.secret", false, 0, NULL}};
static const struct pol_debug_info toy_debug = {"toy", "abcd", 3, toy_responses, 2, toy_deciders};

#endif
