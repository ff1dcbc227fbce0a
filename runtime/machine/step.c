/* One instruction: evaluate, then commit or discard. */
#include "internal.h"

/* ---- Outcomes -------------------------------------------------------------------------------- */

static void clear_answer(struct pol_answer *answer, enum pol_verdict verdict, enum pol_cause cause)
{
    answer->verdict = verdict;
    answer->first = (struct pol_failure){POL_NO_RULE, POL_NO_RULE, cause, POL_NO_TAG};
    answer->nfailures = 0;
    answer->written = 0;
}

static void clear_deciding(const struct pol_machine *machine, uint32_t *deciding)
{
    if (!deciding)
        return;
    for (uint32_t i = 0; i < machine->engine->ndeciders; i++)
        deciding[i] = POL_NO_RULE;
}

static void clear_outcome(struct pol_machine *machine, struct pol_outcome *outcome)
{
    outcome->evaluated = outcome->committed = outcome->trapped = false;
    outcome->verdict = POL_ALLOW;
    outcome->cause = POL_MACHINE_NONE;
    outcome->tag = POL_NO_TAG;
    outcome->address = 0;
    outcome->word = outcome->granules = outcome->granule = 0;
    outcome->answer.deciding = machine->keep_deciding || machine->hook ? machine->deciding : NULL;
}

/* The machine itself says no, before any decider. */
static void fail_early(struct pol_machine *machine, struct pol_outcome *outcome,
                       enum pol_cause cause, enum pol_machine_cause machine_cause)
{
    outcome->verdict = POL_FAIL_IMPLICIT;
    outcome->cause = machine_cause;
    clear_answer(&outcome->answer, POL_FAIL_IMPLICIT, cause);
    clear_deciding(machine, outcome->answer.deciding);
}

/* Deciders allowed, but what they gave does not fit together. */
static void fail_late(struct pol_outcome *outcome, enum pol_machine_cause cause, uint32_t tag,
                      uint64_t address)
{
    outcome->verdict = POL_FAIL_EXPLICIT;
    outcome->cause = cause;
    outcome->tag = tag;
    outcome->address = address;
}

/* ---- Gathering ------------------------------------------------------------------------------- */

/* The instruction's tags where the word lies on one page that was touched lately, all tagged. */
static inline bool short_code(struct pol_machine *machine, uint64_t pc)
{
    struct pending *pending = &machine->pending;
    uint64_t at = pending->pc = pc & machine->address_mask;
    const struct shadow_page *page = shadow_recent(&machine->shadow, at);
    uint32_t offset = (uint32_t)(at & (POL_PAGE_SIZE - 1)), length = pending->insn->length;
    if (!page || offset + length > POL_PAGE_SIZE)
        return false;
    uint32_t index = offset >> page->shift, last = (offset + length - 1) >> page->shift;
    if (!shadow_tagged(page, index))
        return false;
    const unsigned char *later = shadow_value(&machine->shadow, page, index), *ci = later;
    while (index++ < last) {
        if (!shadow_tagged(page, index))
            return false;
        later += machine->value_size;
        ci = gather_parcel(machine, ci, later);
    }
    pending->inputs.in[POL_OP_CODE] = ci;
    return true;
}

/* The data access where it lies in one granule of such a page. */
static inline bool short_memory(struct pol_machine *machine, uint64_t address)
{
    struct pending *pending = &machine->pending;
    uint64_t at = address & machine->address_mask;
    const struct shadow_page *page = shadow_recent(&machine->shadow, at);
    if (!page)
        return false;
    uint32_t bytes = 1u << page->shift, inside = (uint32_t)at & (bytes - 1);
    uint32_t index = shadow_index(page, at);
    if (inside + pending->insn->size > bytes || !shadow_tagged(page, index))
        return false;
    pending->n = 1;
    pending->old[0] = shadow_value(&machine->shadow, page, index);
    pending->address[0] = at - inside;
    pending->bytes[0] = bytes;
    pending->partial[0] = pending->insn->size < bytes;
    return true;
}

/* ---- Evaluating ------------------------------------------------------------------------------ */

static void gather_registers(struct pending *pending)
{
    const struct icache_entry *insn = pending->insn;
    struct pol_inputs *inputs = &pending->inputs;
    unsigned char *hart = pending->hart;
    inputs->word = insn->word;
    inputs->in[POL_OP_ENV] = hart; /* SLOT_ENV is the first */
    inputs->in[POL_OP_OP1] = hart + insn->op1;
    inputs->in[POL_OP_OP2] = hart + insn->op2;
    inputs->in[POL_OP_OP3] = hart + insn->op3;
    inputs->old[POL_RES_ENV] = hart;
    inputs->old[POL_RES_RD] = hart + insn->rd;
    inputs->old[POL_RES_CSR] = hart + insn->csr;
}

static void ask(struct pol_machine *machine, uint32_t granule, unsigned char *env,
                unsigned char *rd, struct pol_answer *answer)
{
    struct pending *pending = &machine->pending;
    struct pol_engine *engine = machine->engine;
    const struct icache_entry *insn = pending->insn;
    void *const out[POL_RESULTS] = {
        [POL_RES_ENV] = env,
        [POL_RES_RD] = insn->has_rd ? rd : NULL,
        [POL_RES_CSR] = insn->has_csr ? pending->csr : NULL,
        [POL_RES_MEM] = insn->writes_mem ? pending->mem[granule] : NULL,
    };
    engine->ops->evaluate(engine, &pending->inputs, out, answer);
    if (machine->hook)
        machine->hook(machine->hook_user, machine, answer);
}

static void point_to_granule(struct pol_machine *machine, uint32_t granule)
{
    struct pol_inputs *inputs = &machine->pending.inputs;
    const void *value = machine->pending.n ? machine->pending.old[granule]
                                           : hart_slot(machine, machine->pending.hart, SLOT_EMPTY);
    inputs->in[POL_OP_MEM] = inputs->old[POL_RES_MEM] = value;
}

/* `merge any` and `merge all` for what covers only a part of a granule. */
static void merge_partial(struct pol_machine *machine, struct pol_outcome *outcome)
{
    struct pending *pending = &machine->pending;
    struct pol_engine *engine = machine->engine;
    for (uint32_t i = 0; i < pending->n; i++) {
        uint32_t tag = POL_NO_TAG;
        if (!pending->partial[i] || value_equal(machine, pending->mem[i], pending->old[i]))
            continue;
        if (engine->ops->merge(engine, pending->mem[i], pending->old[i], pending->mem[i], &tag)) {
            fail_late(outcome, POL_MACHINE_CONFLICT, tag, pending->address[i]);
            return;
        }
    }
}

static int severity(const struct pol_answer *answer)
{
    return answer->verdict == POL_ALLOW ? 0 : answer->verdict == POL_FAIL_IMPLICIT ? 1 : 2;
}

static void keep_worse(struct pol_machine *machine, struct pol_outcome *outcome, uint32_t granule)
{
    const struct pol_answer *other = &machine->other;
    if (severity(other) <= severity(&outcome->answer))
        return;
    uint32_t n = other->nfailures < POL_MAX_FAILURES ? other->nfailures : POL_MAX_FAILURES;
    outcome->answer.verdict = other->verdict;
    outcome->answer.first = other->first;
    outcome->answer.nfailures = other->nfailures;
    memcpy(outcome->answer.failures, other->failures, n * sizeof *other->failures);
    outcome->answer.written = other->written;
    if (outcome->answer.deciding)
        memcpy(machine->deciding, machine->deciding_other,
               machine->engine->ndeciders * sizeof *machine->deciding);
    outcome->granule = granule;
}

/* The granules after the first, whose answer and results are there already. */
static void ask_the_rest(struct pol_machine *machine, struct pol_outcome *outcome)
{
    struct pending *pending = &machine->pending;
    struct pol_engine *engine = machine->engine;
    uint32_t conflict = 0, tag = POL_NO_TAG;
    bool disagree = false;
    machine->other.deciding = outcome->answer.deciding ? machine->deciding_other : NULL;
    for (uint32_t i = 1; i < pending->n; i++) {
        point_to_granule(machine, i);
        ask(machine, i, machine->scratch_env, machine->scratch_rd, &machine->other);
        keep_worse(machine, outcome, i);
        if (machine->other.verdict != POL_ALLOW || outcome->answer.verdict != POL_ALLOW)
            continue;
        outcome->answer.written |= machine->other.written;
        disagree |= !value_equal(machine, pending->env, machine->scratch_env);
        if (pending->insn->has_rd && !conflict &&
            !value_equal(machine, pending->rd, machine->scratch_rd) &&
            engine->ops->merge(engine, pending->rd, machine->scratch_rd, pending->rd, &tag))
            conflict = i;
    }
    outcome->verdict = outcome->answer.verdict;
    point_to_granule(machine, outcome->granule);
    if (outcome->verdict == POL_ALLOW && disagree)
        fail_late(outcome, POL_MACHINE_DISAGREE, POL_NO_TAG, pending->address[0]);
    else if (outcome->verdict == POL_ALLOW && conflict)
        fail_late(outcome, POL_MACHINE_CONFLICT, tag, pending->address[conflict]);
}

static void decide(struct pol_machine *machine, struct pol_outcome *outcome)
{
    struct pending *pending = &machine->pending;
    struct pol_engine *engine = machine->engine;
    gather_registers(pending);
    point_to_granule(machine, 0);
    engine->ops->begin(engine);
    ask(machine, 0, pending->env, pending->rd, &outcome->answer);
    outcome->verdict = outcome->answer.verdict;
    if (pending->n > 1)
        ask_the_rest(machine, outcome);
    if (outcome->verdict == POL_ALLOW && pending->insn->writes_mem)
        merge_partial(machine, outcome);
}

/* 1: go on and decide; 0: decided here; -1: bad event. */
static int gather(struct pol_machine *machine, const struct pol_event *event,
                  struct pol_outcome *outcome)
{
    struct pending *pending = &machine->pending;
    bool trapped = event->flags & POL_INSN_TRAPPED;
    int found = short_code(machine, event->pc) ? 1 : gather_any_code(machine, &outcome->address);
    pending->n = 0;
    if (found > 0 && pending->insn->mem != POL_MEM_NONE) {
        if (event->flags & POL_INSN_MEM)
            found = short_memory(machine, event->addr)
                        ? 1
                        : gather_any_memory(machine, event->addr & machine->address_mask,
                                            &outcome->address);
        else if (!trapped)
            return machine_bad(machine, "a memory access without its address");
        else
            found = 0;
        if (!found && trapped) { /* the access that faulted */
            clear_answer(&outcome->answer, POL_ALLOW, POL_CAUSE_NONE);
            clear_deciding(machine, outcome->answer.deciding);
            return 0;
        }
    }
    if (!found)
        fail_early(machine, outcome, POL_CAUSE_NONE, POL_MACHINE_UNTAGGED);
    return found;
}

static int evaluate(struct pol_machine *machine, const struct pol_event *event,
                    struct pol_outcome *outcome)
{
    struct pending *pending = &machine->pending;
    clear_outcome(machine, outcome);
    pending->open = pending->allow = pending->fetched = false;
    pending->hart = machine_hart(machine, event->hart);
    if (!pending->hart)
        return -1;
    pending->hart_id = event->hart;
    pending->insn = icache_get(&machine->icache, event->word);
    outcome->evaluated = true;
    outcome->word = pending->insn->word;
    if (pending->insn->status != ICACHE_OK) {
        fail_early(machine, outcome, POL_CAUSE_UNDECODABLE, POL_MACHINE_NONE);
        pending->open = true;
        return 0;
    }
    int found = gather(machine, event, outcome);
    if (found < 0)
        return -1;
    if (found) {
        outcome->address = event->flags & POL_INSN_MEM ? event->addr : 0;
        outcome->granules = pending->n;
        pending->fetched = true;
        decide(machine, outcome);
    }
    pending->open = true;
    pending->allow = found && outcome->verdict == POL_ALLOW;
    return 0;
}

/* ---- Committing ------------------------------------------------------------------------------ */

static void commit(struct pol_machine *machine, struct pol_outcome *outcome, bool sc_ok)
{
    struct pending *pending = &machine->pending;
    const struct icache_entry *insn = pending->insn;
    if (!pending->open || !pending->allow) {
        pending->open = false;
        return;
    }
    pending->open = false;
    machine->engine->ops->commit(machine->engine);
    value_copy(machine, pending->hart, pending->env);
    if (insn->has_rd)
        value_copy(machine, pending->hart + insn->rd_to, pending->rd);
    if (insn->has_csr)
        value_copy(machine, pending->hart + insn->csr_to, pending->csr);
    if (insn->writes_mem && (sc_ok || !insn->may_fail))
        for (uint32_t i = 0; i < pending->n; i++)
            value_copy(machine, pending->old[i], pending->mem[i]);
    if (insn->trap_return)
        machine_trap_return(machine, pending->hart, insn->insn->name[0] == 'm');
    outcome->committed = true;
}

static int finish(struct pol_machine *machine, const struct pol_event *event,
                  struct pol_outcome *outcome)
{
    outcome->trapped = event->flags & POL_INSN_TRAPPED;
    if (machine->pending.insn->may_fail && !outcome->trapped && machine->pending.fetched &&
        !(event->flags & (POL_INSN_SC_OK | POL_INSN_SC_FAIL)))
        return machine_bad(machine, "a store-conditional without its outcome");
    if (outcome->trapped)
        machine->pending.open = false;
    else
        commit(machine, outcome, event->flags & POL_INSN_SC_OK);
    return 0;
}

/* ---- The short way --------------------------------------------------------------------------- */

static inline void commit_plain(struct pol_machine *machine)
{
    struct pending *pending = &machine->pending;
    const struct icache_entry *insn = pending->insn;
    machine->engine->ops->commit(machine->engine);
    value_copy(machine, pending->hart, pending->env);
    if (insn->has_rd)
        value_copy(machine, pending->hart + insn->rd_to, pending->rd);
    if (insn->has_csr)
        value_copy(machine, pending->hart + insn->csr_to, pending->csr);
    if (insn->writes_mem)
        value_copy(machine, pending->old[0], pending->mem[0]);
}

/* Whether a store of a part of a granule needs no merge, or has been merged. */
static inline bool short_merge(struct pol_machine *machine)
{
    struct pending *pending = &machine->pending;
    struct pol_engine *engine = machine->engine;
    uint32_t tag;
    return !pending->partial[0] || value_equal(machine, pending->mem[0], pending->old[0]) ||
           !engine->ops->merge(engine, pending->mem[0], pending->old[0], pending->mem[0], &tag);
}

/* Most steps: an instruction that retires, is allowed and touches at most one granule.  Does all of
 * it; or answers false with nothing changed, and the general way decides again from the start. */
static bool short_step(struct pol_machine *machine, const struct pol_event *event,
                       struct pol_outcome *outcome)
{
    struct pending *pending = &machine->pending;
    struct pol_engine *engine = machine->engine;
    unsigned char *hart = event->hart < machine->nharts ? machine->harts[event->hart] : NULL;
    const struct icache_entry *insn = icache_get(&machine->icache, event->word);
    if (!hart || !insn->plain || machine->hook || event->flags & ~POL_INSN_MEM)
        return false;
    pending->hart = hart;
    pending->hart_id = event->hart;
    pending->insn = insn;
    pending->n = 0;
    if (!short_code(machine, event->pc))
        return false;
    if (insn->mem != POL_MEM_NONE &&
        (!(event->flags & POL_INSN_MEM) || !short_memory(machine, event->addr)))
        return false;
    gather_registers(pending);
    point_to_granule(machine, 0);
    engine->ops->begin(engine);
    engine->ops->evaluate(engine, &pending->inputs, machine->outs[insn->outs], &outcome->answer);
    if (outcome->answer.verdict != POL_ALLOW || (insn->writes_mem && !short_merge(machine)))
        return false;
    commit_plain(machine);
    pending->open = false;
    pending->allow = pending->fetched = true;
    outcome->evaluated = outcome->committed = true;
    outcome->address = event->addr;
    outcome->word = insn->word;
    outcome->granules = pending->n;
    return true;
}

/* ---- The interface --------------------------------------------------------------------------- */

int pol_machine_evaluate(struct pol_machine *machine, const struct pol_event *event,
                         struct pol_outcome *outcome)
{
    return evaluate(machine, event, outcome);
}

void pol_machine_commit(struct pol_machine *machine, struct pol_outcome *outcome, bool sc_ok)
{
    commit(machine, outcome, sc_ok);
}

void pol_machine_discard(struct pol_machine *machine)
{
    machine->pending.open = false;
}

int pol_machine_finish(struct pol_machine *machine, const struct pol_event *event,
                       struct pol_outcome *outcome)
{
    return finish(machine, event, outcome);
}

int pol_machine_step(struct pol_machine *machine, const struct pol_event *event,
                     struct pol_outcome *outcome)
{
    clear_outcome(machine, outcome);
    if (event->kind != POL_EVENT_INSN)
        return machine_event(machine, event);
    if (short_step(machine, event, outcome))
        return 0;
    return evaluate(machine, event, outcome) ? -1 : finish(machine, event, outcome);
}
