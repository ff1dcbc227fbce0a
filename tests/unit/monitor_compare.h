/* The monitor against the source interpreter, over random steps and pairs of sets.
 *
 * Included once per test program, after monitor_fixture.h's job. */
#ifndef TESTS_MONITOR_COMPARE_H
#define TESTS_MONITOR_COMPARE_H
#include <stdlib.h>
#include <string.h>

#include "compiler/interp/interp.h"
#include "tests/unit/monitor_fixture.h"

static inline uint32_t next_random(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % below);
}

static inline void random_flat(const struct pol_space *space, uint64_t *state, uint32_t *flat)
{
    for (uint32_t t = 0; t < space->ntags; t++) {
        if (space->tags[t].has_set_arg || next_random(state, 3))
            continue;
        pol_lit_set(flat, t);
        for (uint32_t a = 0; a < space->tags[t].nargs; a++)
            flat[space->tags[t].args[a].flat_offset] = next_random(state, 3);
    }
}

static inline void random_literal(const struct pol_space *space, uint64_t *state, uint32_t *lit)
{
    uint32_t density = 2 + next_random(state, 4);
    memset(lit, 0, space->words * sizeof *lit);
    for (uint32_t t = 0; t < space->ntags; t++) {
        if (next_random(state, density))
            continue;
        pol_lit_set(lit, t);
        for (uint32_t a = 0; a < space->tags[t].nargs; a++)
            if (space->tags[t].args[a].is_set)
                random_flat(space, state, lit + space->tags[t].args[a].offset);
            else
                lit[space->tags[t].args[a].offset] = next_random(state, 4);
    }
}

static inline bool same_response(const struct pol_answer *a, const struct pol_answer *b)
{
    uint32_t listed = a->nreports < POL_MAX_REPORTS ? a->nreports : POL_MAX_REPORTS;
    return a->response == b->response && a->nreports == b->nreports &&
           memcmp(a->reports, b->reports, listed * sizeof a->reports[0]) == 0;
}

/* Both engines, two sets: the same merge, and the same rest of the first? */
static inline bool agree_on_pair(struct job *job, struct pol_engine *other, const void *a,
                                 const void *b)
{
    char mine[512], theirs[512];
    uint32_t tag = POL_NO_TAG, other_tag = POL_NO_TAG;
    int status = job->engine->ops->merge(job->engine, a, b, mine, &tag);
    if (other->ops->merge(other, a, b, theirs, &other_tag) != status || tag != other_tag)
        return false;
    if (status == 0 && memcmp(mine, theirs, other->value_size) != 0)
        return false;
    job->engine->ops->drop_missing(job->engine, a, b, mine);
    other->ops->drop_missing(other, a, b, theirs);
    return memcmp(mine, theirs, other->value_size) == 0;
}

/* Both engines, one step: the same answer and the same sets? */
static inline bool agree(struct job *job, struct pol_engine *other, const struct pol_inputs *in)
{
    void *mine[POL_RESULTS], *theirs[POL_RESULTS];
    char room[POL_RESULTS][512];
    uint32_t deciding[8];
    struct pol_answer answer = {.deciding = deciding};
    bool same = job->engine->value_size == other->value_size && other->value_size <= sizeof room[0];
    for (int r = 0; r < POL_RESULTS; r++) {
        mine[r] = job->out[r];
        theirs[r] = room[r];
    }
    job->answer.deciding = job->deciding;
    job->engine->ops->begin(job->engine);
    other->ops->begin(other);
    job->engine->ops->evaluate(job->engine, in, mine, &job->answer);
    other->ops->evaluate(other, in, theirs, &answer);
    same = same && answer.verdict == job->answer.verdict && answer.written == job->answer.written &&
           answer.nfailures == job->answer.nfailures &&
           memcmp(&answer.first, &job->answer.first, sizeof answer.first) == 0 &&
           memcmp(deciding, job->deciding, other->ndeciders * sizeof *deciding) == 0 &&
           same_response(&answer, &job->answer);
    for (int r = 0; same && answer.verdict == POL_ALLOW && r < POL_RESULTS; r++)
        same = memcmp(mine[r], theirs[r], other->value_size) == 0;
    job->engine->ops->commit(job->engine);
    other->ops->commit(other);
    return same;
}

static inline void compare_random(struct job *job, unsigned steps)
{
    static const uint32_t words[] = {ADD, LW, SW, CSRRW, RET, ADDI, AMOADD, 0x5a583, 0};
    struct pol_engine *other = interp_engine_new(job->model);
    uint64_t state = 7;
    unsigned differ = 0, verdicts[3] = {0};
    uint32_t *lit = calloc(job->ir->space->words, sizeof *lit);
    for (unsigned i = 0; i < steps; i++) {
        struct pol_inputs in = {.word = words[next_random(&state, 9)]};
        for (int op = 0; op < POL_OPERANDS + 2; op++) {
            random_literal(job->ir->space, &state, lit);
            job->engine->ops->encode(job->engine, lit, job->in[op]);
            if (op > 0 && next_random(&state, 3) == 0)
                memcpy(job->in[op], job->in[op - 1], other->value_size);
        }
        memcpy(in.in, job->in, sizeof in.in);
        in.old[POL_RES_ENV] = in.in[POL_OP_ENV];
        in.old[POL_RES_RD] = job->in[POL_OPERANDS];
        in.old[POL_RES_CSR] = job->in[POL_OPERANDS + 1];
        in.old[POL_RES_MEM] = in.in[POL_OP_MEM];
        differ += !agree(job, other, &in);
        differ += !agree_on_pair(job, other, in.in[POL_OP_OP1], in.in[POL_OP_OP2]);
        verdicts[job->answer.verdict]++;
    }
    CHECK_INT(differ, 0);
    CHECK(verdicts[POL_ALLOW] > steps / 20 && verdicts[POL_FAIL_EXPLICIT] > steps / 100);
    other->ops->destroy(other);
    free(lit);
}

#endif
