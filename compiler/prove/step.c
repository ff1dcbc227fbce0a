/* Claims about steps (`-> fail`, `-> allow`, `-> res == ..`) and `never`. */
#include <string.h>

#include <pol/report.h>

#include "compiler/prove/internal.h"

/* ---- Words --------------------------------------------------------------------------------- */

/* Whether a row will do; NULL: any. */
typedef bool row_function(const struct ir *ir, const struct pol_insn *insn);

/* A word of the opclass that the claim is about.  What it says of a result is about instructions
 * that write it: none whose destination is x0, no CSR instruction that leaves its CSR alone. */
static enum cube_search subject_word(const struct room *room, const struct ir_claim *claim,
                                     row_function *fits, uint32_t *word)
{
    const struct ir *ir = room->prover->ir;
    enum cube_search result = CUBE_COVERED;
    for (uint32_t m = 0; m < claim->nmatchers; m++) {
        if (fits && !fits(ir, pol_insn_at((size_t)claim->matchers[m].insn)))
            continue;
        const struct word_want want = {
            .insn = claim->matchers[m].insn,
            .in = {claim->matchers[m].mask, claim->matchers[m].match},
            .writes_rd = claim->results >> POL_RES_RD & 1u,
            .writes_csr = claim->results >> POL_RES_CSR & 1u,
        };
        enum cube_search found = word_find(ir, room->opclass, &want, word);
        if (found == CUBE_FOUND)
            return found;
        if (found == CUBE_GAVE_UP)
            result = found;
    }
    return result;
}

/* ---- What is expected ---------------------------------------------------------------------- */

/* The message of a built-in failure of a rule. */
static bool says_built_in(const struct ir *ir, uint32_t decider, uint32_t rule,
                          const struct step_failure *failure, const char *message)
{
    char text[1024];
    const struct pol_failure said = {decider, rule, failure->cause, failure->tag};
    size_t n = pol_failure_message(ir->space, NULL, &said, text, sizeof text);
    return n < sizeof text && strcmp(text, message) == 0;
}

/* The rule decides, and its results fail with that message: the first failure counts. */
static sat_lit fails_built_in(struct step *step, uint32_t decider, uint32_t rule,
                              const char *message)
{
    struct sat *sat = scene_sat(step_scene(step));
    uint32_t n;
    const struct step_failure *failures = step_failures(step, decider, rule, &n);
    sat_lit none = SAT_TRUE, holds = SAT_FALSE;
    for (uint32_t i = 0; i < n; i++) {
        if (says_built_in(step_ir(step), decider, rule, &failures[i], message))
            holds = sat_or(sat, holds, sat_and(sat, none, failures[i].when));
        none = sat_and(sat, none, -failures[i].when);
    }
    return holds;
}

static sat_lit decider_fails_with(struct step *step, uint32_t decider, const char *message)
{
    struct sat *sat = scene_sat(step_scene(step));
    const struct ir_rule *rules = step_ir(step)->deciders[decider].rules;
    sat_lit holds = SAT_FALSE;
    uint32_t n;
    const uint32_t *applicable = step_rules(step, decider, &n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t r = applicable[i];
        sat_lit says = SAT_FALSE;
        if (step_is_report(step, decider, r))
            continue;
        if (rules[r].allow)
            says = fails_built_in(step, decider, r, message);
        else if (strcmp(rules[r].message, message) == 0)
            says = SAT_TRUE;
        if (says != SAT_FALSE)
            holds = sat_or(sat, holds, sat_and(sat, says, step_decides(step, decider, r)));
    }
    return holds;
}

/* The answer is an explicit failure with that message. */
static sat_lit fails_with(struct step *step, const char *message)
{
    struct sat *sat = scene_sat(step_scene(step));
    sat_lit holds = SAT_FALSE;
    for (uint32_t d = 0; d < step_ir(step)->ndeciders; d++) {
        sat_lit says = decider_fails_with(step, d, message);
        if (says != SAT_FALSE)
            holds = sat_or(sat, holds, sat_and(sat, says, step_names(step, d)));
    }
    return sat_and(sat, holds, step_says(step, POL_FAIL_EXPLICIT));
}

/* In a composition another component may speak first: of an imported claim it counts that the step
 * fails, and that it does so explicitly. */
static sat_lit expected_failure(struct step *step, const struct ir_claim *claim)
{
    if (!claim->own && (claim->message || claim->failure == POL_FAIL_EXPLICIT))
        return step_says(step, POL_FAIL_EXPLICIT);
    if (!claim->own)
        return -step_says(step, POL_ALLOW);
    if (claim->message)
        return fails_with(step, claim->message);
    return claim->failure == POL_ALLOW ? -step_says(step, POL_ALLOW)
                                       : step_says(step, claim->failure);
}

/* The new tags are as the claim says. */
static sat_lit expected_results(struct step *step, const struct ir_claim *claim)
{
    struct sat *sat = scene_sat(step_scene(step));
    sat_lit holds = SAT_TRUE;
    for (int r = 0; r < POL_RESULTS; r++)
        if (claim->results >> r & 1u)
            holds = sat_and(
                sat, holds,
                step_result_cond(step, (enum pol_result)r, &claim->result[r], claim->domain));
    return claim->result_guard.v == IR_NONE
               ? holds
               : sat_and(sat, holds, step_guard(step, claim->result_guard));
}

/* ---- The claim ----------------------------------------------------------------------------- */

static void ask(struct room *room, struct progress *progress, struct step *step, sat_lit refutes,
                uint32_t word, bool partial)
{
    const struct question question = {.progress = progress,
                                      .step = step,
                                      .refutes = refutes,
                                      .at = {.opclass = room->opclass,
                                             .word = word,
                                             .partial = partial,
                                             .source = PROVE_NO_SOURCE,
                                             .tag = IR_NONE}};
    room_ask(room, &question);
}

static bool has_results(struct step *step, const struct ir_claim *claim)
{
    for (int r = 0; r < POL_RESULTS; r++)
        if ((claim->results >> r & 1u) && !step_has_result(step, (enum pol_result)r))
            return false;
    return true;
}

static void ask_results(struct room *room, struct progress *progress, uint32_t word, bool partial)
{
    const struct ir_claim *claim = progress->claim;
    struct step *step = room_step(room, claim->all, partial);
    sat_lit holds = sat_and(room->sat, claim_matches(step, claim), step_says(step, POL_ALLOW));
    if (partial)
        holds = sat_and(room->sat, holds, -step_merge_conflict(step));
    ask(room, progress, step, sat_and(room->sat, holds, -expected_results(step, claim)), word,
        partial);
    progress->allowed = progress->allowed || room_possible(room, holds);
}

/* What a store leaves in memory depends on whether it covers the granule, which some of the
 * opclass's instructions can and others cannot. */
static void prove_memory(struct room *room, struct progress *progress, bool partial)
{
    uint32_t word;
    enum cube_search found =
        subject_word(room, progress->claim, partial ? store_partial : store_whole, &word);
    if (found == CUBE_GAVE_UP)
        progress->unknown = true;
    if (found == CUBE_FOUND)
        ask_results(room, progress, word, partial);
}

static void prove_results(struct room *room, struct progress *progress, uint32_t word)
{
    if (progress->claim->results >> POL_RES_MEM & 1u) {
        prove_memory(room, progress, false);
        prove_memory(room, progress, true);
    } else {
        ask_results(room, progress, word, false);
    }
}

void prove_step(struct room *room, struct progress *progress)
{
    const struct ir_claim *claim = progress->claim;
    uint32_t word;
    enum cube_search found = subject_word(room, claim, NULL, &word);
    if (found == CUBE_GAVE_UP)
        progress->unknown = true;
    if (found != CUBE_FOUND)
        return;
    struct step *step = room_step(room, claim->all, false);
    sat_lit matches = claim_matches(step, claim);
    if (!has_results(step, claim))
        return;
    progress->subject = true;
    progress->matched = progress->matched || room_possible(room, matches);
    if (claim->expect == IR_EXPECT_RESULTS) {
        prove_results(room, progress, word);
        return;
    }
    sat_lit expected = claim->expect == IR_EXPECT_ALLOW ? step_says(step, POL_ALLOW)
                                                        : expected_failure(step, claim);
    ask(room, progress, step, sat_and(room->sat, matches, -expected), word, false);
}

/* ---- never --------------------------------------------------------------------------------- */

static bool says_something(const struct ir_cond *cond)
{
    return cond->nrequired || cond->nforbidden || cond->exact || cond->never;
}

/* The places that the claim's operands can be for this opclass; false: it lacks one. */
static bool never_kinds(const struct room *room, const struct ir_claim *claim,
                        struct prove_kinds *kinds)
{
    uint32_t all[SCENE_SLOTS];
    memset(kinds, 0, sizeof *kinds);
    scene_kinds(&room->class->form, all);
    for (int op = 0; op < POL_OPERANDS; op++) {
        if (says_something(&claim->cond[op]) && !all[op])
            return false;
        kinds->of[op] = says_something(&claim->cond[op]) ? all[op] : 0;
    }
    return true;
}

static bool asked_before(const struct progress *progress, const struct prove_kinds *kinds)
{
    for (size_t i = 0; i < progress->asked.count; i++)
        if (memcmp(&progress->asked.items[i], kinds, sizeof *kinds) == 0)
            return true;
    return false;
}

void prove_never(struct room *room, struct progress *progress)
{
    const struct ir_claim *claim = progress->claim;
    const struct word_want any = {.insn = -1};
    struct prove_kinds kinds;
    uint32_t word;
    if (!never_kinds(room, claim, &kinds) || asked_before(progress, &kinds))
        return;
    if (word_find(room->prover->ir, room->opclass, &any, &word) != CUBE_FOUND) {
        progress->unknown = true; /* every opclass has words */
        return;
    }
    struct step *step = room_step(room, claim->all, false);
    VEC_PUSH(room->prover->arena, &progress->asked, kinds);
    progress->subject = progress->matched = true;
    ask(room, progress, step, claim_matches(step, claim), word, false);
}
