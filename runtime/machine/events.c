/* Events that are no instruction: traps, tags set by directives, memory changed from outside. */
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_RANGE = 1 << 26 }; /* bytes that one directive may tag */

/* ---- Traps ----------------------------------------------------------------------------------- */

/* Replaces the tags of the domains that opted in. */
static void replace_env(struct pol_machine *machine, unsigned char *env, const unsigned char *from)
{
    struct pol_engine *engine = machine->engine;
    for (uint32_t i = 0; i < machine->image->ntrap_domains; i++)
        engine->ops->replace_domain(engine, machine->image->trap_domains[i], env, from, env);
}

static int enter_trap(struct pol_machine *machine, const struct pol_event *event)
{
    uint32_t saved = event->mode == POL_MODE_S ? SLOT_SAVED_S : SLOT_SAVED_M;
    unsigned char *hart = machine_hart(machine, event->hart);
    if (!hart)
        return -1;
    if (!machine->image->ntrap_domains)
        return 0;
    value_copy(machine, hart_slot(machine, hart, saved), hart);
    replace_env(machine, hart, machine->trap_env);
    return 0;
}

void machine_trap_return(struct pol_machine *machine, unsigned char *hart, bool to_m)
{
    replace_env(machine, hart, hart_slot(machine, hart, to_m ? SLOT_SAVED_M : SLOT_SAVED_S));
}

/* ---- Directives ------------------------------------------------------------------------------ */

/* machine->scratch = the event's set. */
static int parse_set(struct pol_machine *machine, const struct pol_event *event)
{
    struct pol_engine *engine = machine->engine;
    char message[160];
    if (pol_lit_parse(machine->image->space, event->text, strlen(event->text), machine->lit,
                      message, sizeof message))
        return machine_bad(machine, "tag set %.60s: %s", event->text, message);
    if (engine->ops->encode(engine, machine->lit, machine->scratch))
        return machine_bad(machine, "the %s engine cannot represent the set %.120s",
                           engine->ops->name, event->text);
    return 0;
}

static int csr_of_text(const char *name)
{
    char *end;
    int number = pol_csr_find(name);
    if (number >= 0)
        return number;
    unsigned long value = name[0] >= '0' && name[0] <= '9' ? strtoul(name, &end, 0) : POL_CSRS;
    return value < POL_CSRS && !*end ? (int)value : -1;
}

/* The granule at `at`, tagged or not, its page made if need be. */
static int open_granule(struct pol_machine *machine, uint64_t at, struct shadow_page **page,
                        uint32_t *index)
{
    *page = shadow_find(&machine->shadow, at >> POL_PAGE_SHIFT, true);
    if (!*page)
        return machine_bad(machine, "too much tagged memory");
    (*page)->settled = false;
    *index = shadow_index(*page, at);
    return 0;
}

/* Sets one granule; where only a part of it changes from outside, the rest of its tags stays. */
static int set_granule(struct pol_machine *machine, struct shadow_page *page, uint32_t index,
                       bool merge)
{
    struct pol_engine *engine = machine->engine;
    unsigned char *value = shadow_value(&machine->shadow, page, index);
    uint32_t tag = POL_NO_TAG;
    if (!merge || !shadow_tagged(page, index)) {
        value_copy(machine, value, machine->scratch);
        shadow_mark(page, index);
        return 0;
    }
    if (engine->ops->merge(engine, machine->scratch, value, value, &tag))
        return machine_bad(
            machine, "memory changed from outside: conflicting arguments of %s",
            tag < machine->image->space->ntags ? machine->image->space->tags[tag].name : "a tag");
    return 0;
}

static int set_memory(struct pol_machine *machine, const struct pol_event *event, bool outside)
{
    uint64_t at = event->start, last = event->start + (event->length - 1);
    if (!event->length || last < at || last > machine->address_mask)
        return machine_bad(machine, "a range that is empty or passes the end of the address space");
    if (event->length > MAX_RANGE)
        return machine_bad(machine, "a range of more than %d bytes", MAX_RANGE);
    for (;;) {
        struct shadow_page *page = NULL;
        uint32_t index = 0;
        if (open_granule(machine, at, &page, &index))
            return -1;
        uint64_t first = at & ~(((uint64_t)1 << page->shift) - 1);
        uint64_t end = first | (((uint64_t)1 << page->shift) - 1);
        bool partial = first < event->start || end > last;
        if (set_granule(machine, page, index, outside && partial))
            return -1;
        if (end >= last)
            return 0;
        at = end + 1;
    }
}

static int set_slot(struct pol_machine *machine, const struct pol_event *event, uint32_t slot)
{
    unsigned char *hart = machine_hart(machine, event->hart);
    if (!hart)
        return -1;
    value_copy(machine, hart_slot(machine, hart, slot), machine->scratch);
    return 0;
}

static int set_tags(struct pol_machine *machine, const struct pol_event *event)
{
    int number;
    if (parse_set(machine, event))
        return -1;
    switch (event->target) {
    case POL_TAG_X:
        return set_slot(machine, event, SLOT_X + (event->word & 31u));
    case POL_TAG_F:
        return set_slot(machine, event, SLOT_F + (event->word & 31u));
    case POL_TAG_CSR:
        number = csr_of_text(event->name);
        if (number < 0)
            return machine_bad(machine, "no CSR is named %.60s", event->name);
        return set_slot(machine, event, SLOT_CSR + pol_csr_cell((unsigned)number));
    case POL_TAG_MEM:
        return set_memory(machine, event, false);
    case POL_TAG_ENV:
        return set_slot(machine, event, SLOT_ENV);
    default:
        return machine_bad(machine, "unknown target of a tag directive");
    }
}

int machine_event(struct pol_machine *machine, const struct pol_event *event)
{
    switch (event->kind) {
    case POL_EVENT_TRAP:
    case POL_EVENT_IRQ:
        return enter_trap(machine, event);
    case POL_EVENT_EXT:
        return parse_set(machine, event) ? -1 : set_memory(machine, event, true);
    case POL_EVENT_TAG:
        return set_tags(machine, event);
    case POL_EVENT_EXPECT:
        return 0;
    default:
        return machine_bad(machine, "unknown kind of event");
    }
}
