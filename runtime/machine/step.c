/* One instruction: evaluate, then commit or discard. */
#include <pol/report.h>

#include "internal.h"

/* ---- Outcomes -------------------------------------------------------------------------------- */

/* Of the machine's own failures, as of built-in ones. */
enum { DEFAULT_RESPONSE = 0 };

static void clear_answer(struct pol_answer *answer, enum pol_verdict verdict, enum pol_cause cause)
{
    answer->verdict = verdict;
    answer->first = (struct pol_failure){POL_NO_RULE, POL_NO_RULE, cause, POL_NO_TAG};
    answer->nfailures = answer->nreports = 0;
    answer->response = verdict == POL_ALLOW ? POL_NO_RESPONSE : DEFAULT_RESPONSE;
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
    outcome->answer.response = POL_NO_RESPONSE;
    outcome->answer.nreports = 0;
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
    outcome->answer.response = DEFAULT_RESPONSE;
    outcome->cause = cause;
    outcome->tag = tag;
    outcome->address = address;
}

/* ---- Gathering ------------------------------------------------------------------------------- */

/* The rest of short_code where the word's granules may differ or be untagged. */
static bool short_parcels(struct pol_machine *machine, const struct shadow_page *page,
                          uint32_t index, uint32_t last)
{
    if (!shadow_tagged(page, index))
        return false;
    const unsigned char *later = shadow_value(&machine->shadow, page, index), *ci = later;
    while (index++ < last) {
        if (!shadow_tagged(page, index))
            return false;
        later += machine->value_size;
        ci = gather_parcel(machine, ci, later);
    }
    machine->pending.inputs.in[POL_OP_CODE] = ci;
    return true;
}

/* The instruction's tags where the word lies on one page that was touched lately, all tagged. */
static inline bool short_code(struct pol_machine *machine, uint64_t pc)
{
    struct pending *pending = &machine->pending;
    uint64_t at = pending->pc = pc & machine->address_mask;
    struct shadow_page *page = machine->code_page;
    uint32_t offset = (uint32_t)(at & (POL_PAGE_SIZE - 1));
    uint32_t end = offset + pending->insn->length - 1;
    if (!page || page->number != at >> POL_PAGE_SHIFT)
        page = machine->code_page = shadow_recent(&machine->shadow, at);
    if (!page || end >= POL_PAGE_SIZE)
        return false;
    uint32_t index = offset >> page->shift, last = end >> page->shift;
    if (!page->settled || page->differs[index / 64] >> (index % 64) & 1u || last - index > 1)
        return short_parcels(machine, page, index, last);
    pending->inputs.in[POL_OP_CODE] = shadow_value(&machine->shadow, page, index);
    return true;
}

/* The data access where it lies in one granule of such a page. */
static inline bool short_memory(struct pol_machine *machine, uint64_t address)
{
    struct pending *pending = &machine->pending;
    uint64_t at = address & machine->address_mask;
    struct shadow_page *page = shadow_recent(&machine->shadow, at);
    if (!page)
        return false;
    uint32_t bytes = 1u << page->shift, inside = (uint32_t)at & (bytes - 1);
    uint32_t index = shadow_index(page, at);
    if (inside + pending->insn->size > bytes || !shadow_tagged(page, index))
        return false;
    pending->n = 1;
    pending->page[0] = page;
    pending->old[0] = shadow_value(&machine->shadow, page, index);
    pending->address[0] = at - inside;
    pending->bytes[0] = bytes;
    pending->partial[0] = pending->insn->size < bytes;
    return true;
}

/* ---- Evaluating ------------------------------------------------------------------------------ */

static inline void gather_registers(struct pending *pending)
{
    const struct icache_entry *insn = pending->insn;
    struct pol_inputs *inputs = &pending->inputs;
    unsigned char *hart = pending->hart;
    inputs->word = insn->word;
    inputs->note = &pending->insn->note;
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
    const void *value = machine->pending.n ? machine->pending.old[granule] : machine->empty;
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

/* Each rule is told of once, however many granules it saw. */
static void add_reports(struct pol_answer *to, const struct pol_answer *from)
{
    for (uint32_t i = 0; i < from->nreports && i < POL_MAX_REPORTS; i++) {
        const struct pol_report_rule *rule = &from->reports[i];
        uint32_t k = 0, n = to->nreports < POL_MAX_REPORTS ? to->nreports : POL_MAX_REPORTS;
        while (k < n &&
               (to->reports[k].decider != rule->decider || to->reports[k].rule != rule->rule))
            k++;
        if (k < n)
            continue;
        if (n < POL_MAX_REPORTS)
            to->reports[n] = *rule;
        to->nreports++;
    }
}

static bool acts_before(const struct pol_machine *machine, uint32_t response, uint32_t other)
{
    const struct pol_debug_response *x = pol_debug_response_at(machine->debug, response);
    const struct pol_debug_response *y = pol_debug_response_at(machine->debug, other);
    return other == POL_NO_RESPONSE || (x && y && x->action > y->action);
}

/* The most severe response of all granules that fail acts, whichever failure is told of. */
static void keep_response(struct pol_machine *machine, struct pol_outcome *outcome, uint32_t before)
{
    uint32_t other = machine->other.response;
    if (other != POL_NO_RESPONSE && acts_before(machine, other, outcome->answer.response))
        outcome->answer.response = other;
    if (before != POL_NO_RESPONSE && acts_before(machine, before, outcome->answer.response))
        outcome->answer.response = before;
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
    outcome->answer.response = other->response;
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
        uint32_t response = outcome->answer.response;
        add_reports(&outcome->answer, &machine->other);
        keep_worse(machine, outcome, i);
        keep_response(machine, outcome, response);
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

static inline void begin(struct pol_machine *machine)
{
    if (!*machine->idle)
        machine->engine->ops->begin(machine->engine);
}

static void decide(struct pol_machine *machine, struct pol_outcome *outcome)
{
    struct pending *pending = &machine->pending;
    gather_registers(pending);
    point_to_granule(machine, 0);
    pending->inputs.in_place = pending->in_place = false;
    begin(machine);
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
    pending->pc = event->pc & machine->address_mask;
    int found = gather_any_code(machine, &outcome->address);
    pending->n = 0;
    if (found > 0 && pending->insn->mem != POL_MEM_NONE) {
        if (event->flags & POL_INSN_MEM)
            found =
                gather_any_memory(machine, event->addr & machine->address_mask, &outcome->address);
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

static inline void commit_engine(struct pol_machine *machine)
{
    if (!*machine->idle)
        machine->engine->ops->commit(machine->engine);
}

static void commit(struct pol_machine *machine, struct pol_outcome *outcome, bool sc_ok)
{
    struct pending *pending = &machine->pending;
    const struct icache_entry *insn = pending->insn;
    if (!pending->open || !pending->allow) {
        pending->open = false;
        return;
    }
    pending->open = false;
    commit_engine(machine);
    value_copy(machine, pending->hart, pending->env);
    if (insn->has_rd)
        value_copy(machine, pending->hart + insn->rd_to, pending->rd);
    if (insn->has_csr)
        value_copy(machine, pending->hart + insn->csr_to, pending->csr);
    if (insn->writes_mem && (sc_ok || !insn->may_fail))
        for (uint32_t i = 0; i < pending->n; i++) {
            pending->page[i]->settled = false;
            value_copy(machine, pending->old[i], pending->mem[i]);
        }
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

/* Whether a store of a part of a granule needs no merge, or has been merged. */
static bool short_merge(struct pol_machine *machine)
{
    struct pending *pending = &machine->pending;
    struct pol_engine *engine = machine->engine;
    uint32_t tag;
    return !pending->partial[0] || value_equal(machine, pending->mem[0], pending->old[0]) ||
           !engine->ops->merge(engine, pending->mem[0], pending->old[0], pending->mem[0], &tag);
}

/* Evaluates into the buffers and copies from there. */
static bool decide_aside(struct pol_machine *machine, struct pol_answer *answer)
{
    struct pending *pending = &machine->pending;
    const struct icache_entry *insn = pending->insn;
    void *const *outs = machine->outs[insn->results >> 1];
    pending->in_place = pending->inputs.in_place = false;
    machine->engine->ops->evaluate(machine->engine, &pending->inputs, outs, answer);
    if (answer->verdict != POL_ALLOW || answer->nreports ||
        (insn->writes_mem && !short_merge(machine)))
        return false;
    for (uint32_t res = 0; res < POL_RESULTS; res++)
        if (insn->results >> res & 1u)
            value_copy(machine, pending->out[res], outs[res]);
    return true;
}

static inline bool ask_in_place(struct pol_machine *machine, struct pol_answer *answer)
{
    struct pending *pending = &machine->pending;
    struct pol_engine *engine = machine->engine;
    pending->in_place = pending->inputs.in_place = true;
    engine->ops->evaluate(engine, &pending->inputs, pending->out, answer);
    return answer->verdict == POL_ALLOW;
}

/* A destination register that is not written: the result replaces a copy of its set. */
static bool decide_to_sink(struct pol_machine *machine, struct pol_answer *answer)
{
    struct pending *pending = &machine->pending;
    const void *old = pending->inputs.old[POL_RES_RD];
    value_copy(machine, pending->out[POL_RES_RD], old);
    pending->inputs.old[POL_RES_RD] = pending->out[POL_RES_RD];
    bool allowed = ask_in_place(machine, answer);
    pending->inputs.old[POL_RES_RD] = old;
    return allowed;
}

/* A store of a part of a granule: its result replaces a copy of the old set, then both merge. */
static bool decide_partial(struct pol_machine *machine, struct pol_answer *answer)
{
    struct pending *pending = &machine->pending;
    value_copy(machine, pending->env, pending->hart);
    value_copy(machine, pending->mem[0], pending->old[0]);
    pending->inputs.old[POL_RES_MEM] = pending->out[POL_RES_MEM] = pending->mem[0];
    bool allowed = ask_in_place(machine, answer);
    pending->inputs.old[POL_RES_MEM] = pending->out[POL_RES_MEM] = pending->old[0];
    if (allowed && short_merge(machine)) {
        value_copy(machine, pending->old[0], pending->mem[0]);
        return true;
    }
    if (allowed)
        value_copy(machine, pending->hart, pending->env);
    return false;
}

/* Evaluates, with the results where they belong if it allows. */
static inline bool decide_shortly(struct pol_machine *machine, struct pol_answer *answer)
{
    const struct icache_entry *insn = machine->pending.insn;
    if (!insn->in_place)
        return decide_aside(machine, answer);
    if (insn->writes_mem && machine->pending.partial[0])
        return insn->mem == POL_MEM_WRITE ? decide_partial(machine, answer)
                                          : decide_aside(machine, answer);
    return insn->to_sink ? decide_to_sink(machine, answer) : ask_in_place(machine, answer);
}

/* Most steps: an instruction that retires, is allowed without a report and touches at most one
 * granule.  Does all of
 * it but the outcome; or answers false with nothing changed, and the general way decides again from
 * the start. */
static inline bool short_step(struct pol_machine *machine, const struct pol_event *event,
                              struct pol_answer *answer)
{
    struct pending *pending = &machine->pending;
    unsigned char *hart = pending->hart;
    struct icache_entry *insn = icache_get(&machine->icache, event->word);
    if (!insn->plain || event->flags & ~POL_INSN_MEM)
        return false;
    pending->insn = insn;
    if (!short_code(machine, event->pc))
        return false;
    pending->n = 0;
    pending->inputs.in[POL_OP_MEM] = pending->inputs.old[POL_RES_MEM] = machine->empty;
    if (insn->mem != POL_MEM_NONE) {
        if (!(event->flags & POL_INSN_MEM) || !short_memory(machine, event->addr))
            return false;
        point_to_granule(machine, 0);
        pending->out[POL_RES_MEM] = pending->old[0];
        pending->page[0]->settled &= !insn->writes_mem;
    }
    gather_registers(pending);
    pending->out[POL_RES_RD] = hart + insn->rd_to;
    pending->out[POL_RES_CSR] = hart + insn->csr_to;
    begin(machine);
    if (!decide_shortly(machine, answer))
        return false;
    commit_engine(machine);
    return true;
}

/* After short steps, the last of them this event. */
static void describe_short(struct pol_machine *machine, const struct pol_event *event,
                           struct pol_outcome *outcome)
{
    struct pending *pending = &machine->pending;
    pending->open = false;
    pending->allow = pending->fetched = true;
    outcome->evaluated = outcome->committed = true;
    outcome->address = event->addr;
    outcome->word = pending->insn->word;
    outcome->granules = pending->n;
}

/* Makes short steps go to a hart; false if it has done nothing yet. */
static bool choose_hart(struct pol_machine *machine, uint16_t id)
{
    struct pending *pending = &machine->pending;
    unsigned char *hart = id < machine->nharts ? machine->harts[id] : NULL;
    pending->hart = hart;
    pending->hart_id = id;
    pending->out[POL_RES_ENV] = hart;
    return hart;
}

size_t machine_run(struct pol_machine *machine, const struct pol_event *events, size_t n,
                   struct pol_outcome *outcome)
{
    size_t i = 0;
    if (machine->hook || events->kind != POL_EVENT_INSN || !choose_hart(machine, events->hart))
        return 0;
    clear_outcome(machine, outcome);
    machine->pending.out[POL_RES_MEM] = hart_slot(machine, machine->pending.hart, SLOT_SINK);
    for (; i < n && events[i].kind == POL_EVENT_INSN; i++) {
        if (events[i].hart != machine->pending.hart_id)
            break;
        if (!short_step(machine, &events[i], &outcome->answer))
            break;
    }
    if (i)
        describe_short(machine, &events[i - 1], outcome);
    return i;
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
    if (machine_run(machine, event, 1, outcome))
        return 0;
    if (event->kind != POL_EVENT_INSN) {
        clear_outcome(machine, outcome);
        return machine_event(machine, event);
    }
    return evaluate(machine, event, outcome) ? -1 : finish(machine, event, outcome);
}
