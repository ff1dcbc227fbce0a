/* Tags into the core, through its load port. */
#include "live.h"

#include <stdlib.h>
#include <string.h>

/* ---- The image ------------------------------------------------------------------------------- */

static bool load_set(struct live *live, enum core_kind kind, uint32_t number, uint32_t set)
{
    if (!live_encode(live, pol_image_set(live->image, set)))
        return false;
    core_load(live->core, kind, number, live->packed);
    return true;
}

static bool load_registers(struct live *live)
{
    const struct pol_image *image = live->image;
    bool ok = load_set(live, CORE_PC, 0, image->env) &&
              load_set(live, CORE_SAVED_M, 0, image->env) &&
              load_set(live, CORE_SAVED_S, 0, image->env) &&
              load_set(live, CORE_TRAP, 0, image->ntrap_domains ? image->trap_env : 0);
    for (uint32_t i = 0; i < 32 && ok; i++)
        ok = load_set(live, CORE_X, i, image->x[i]) && load_set(live, CORE_F, i, image->f[i]);
    for (uint32_t i = 0; i < POL_CSRS && ok; i++)
        ok = load_set(live, CORE_CSR, i,
                      image->csr[i] == POL_NO_SET ? image->csr_default : image->csr[i]);
    return ok;
}

static bool load_segment(struct live *live, const struct core_segment *segment)
{
    uint32_t bytes = segment_bytes(live, segment), number = segment->first;
    for (uint64_t at = segment->start; at - segment->start <= segment->end - segment->start;
         at += bytes)
        if (!load_set(live, CORE_MEMORY, number++, pol_image_set_at(live->image, at)))
            return false;
    return true;
}

bool load_image(struct live *live)
{
    if (!load_registers(live))
        return false;
    for (uint32_t i = 0; i < live->nsegments; i++) {
        core_load_segment(live->core, i, &live->segments[i]);
        if (!load_segment(live, &live->segments[i]))
            return false;
    }
    return true;
}

/* ---- Events ---------------------------------------------------------------------------------- */

/* What the machine has at a place now, which the event has changed. */
static bool load_place(struct live *live, const struct pol_place *place, enum core_kind kind,
                       uint32_t number)
{
    if (pol_machine_read(live->machine, 0, place, live->lit) < 0)
        return live_bad("an event leaves no tag set behind");
    if (!live_encode(live, live->lit))
        return false;
    core_load(live->core, kind, number, live->packed);
    return true;
}

static bool load_range(struct live *live, uint64_t start, uint64_t length)
{
    for (uint64_t at = start; at - start < length;) {
        const struct core_segment *segment = segment_of(live, at);
        if (!segment)
            return live_bad("an event tags memory that the image does not: 0x%llx",
                            (unsigned long long)at);
        uint32_t bytes = segment_bytes(live, segment);
        struct pol_place place = {.target = POL_TAG_MEM, .address = at};
        if (!load_place(live, &place, CORE_MEMORY, segment_index(live, segment, at)))
            return false;
        at = (at & ~(uint64_t)(bytes - 1)) + bytes;
    }
    return true;
}

static bool load_csr(struct live *live, const char *name)
{
    int number = pol_csr_find(name);
    uint32_t cell = pol_csr_cell(number >= 0 ? (unsigned)number : (unsigned)strtoul(name, NULL, 0));
    struct pol_place place = {.target = POL_TAG_CSR, .number = cell};
    return load_place(live, &place, CORE_CSR, cell);
}

static bool load_tag(struct live *live, const struct pol_event *event)
{
    struct pol_place place = {.target = event->target, .number = event->word};
    switch (event->target) {
    case POL_TAG_X:
        return load_place(live, &place, CORE_X, event->word & 31);
    case POL_TAG_F:
        return load_place(live, &place, CORE_F, event->word & 31);
    case POL_TAG_CSR:
        return load_csr(live, event->name);
    case POL_TAG_ENV:
        return load_place(live, &place, CORE_PC, 0);
    default:
        return load_range(live, event->start, event->length);
    }
}

bool load_event(struct live *live, const struct pol_event *event)
{
    switch (event->kind) {
    case POL_EVENT_TRAP:
    case POL_EVENT_IRQ:
        core_trap(live->core, event->mode == POL_MODE_S);
        return true;
    case POL_EVENT_EXT:
        return load_range(live, event->start, event->length);
    case POL_EVENT_TAG:
        return load_tag(live, event);
    default:
        return true;
    }
}
