/* The core's tags against the machine's, place by place. */
#include "live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void say_place(const struct pol_place *place)
{
    switch (place->target) {
    case POL_TAG_X:
        fprintf(stderr, "x%" PRIu32, place->number);
        return;
    case POL_TAG_F:
        fprintf(stderr, "f%" PRIu32, place->number);
        return;
    case POL_TAG_CSR:
        fprintf(stderr, "CSR 0x%" PRIx32, place->number);
        return;
    case POL_TAG_MEM:
        fprintf(stderr, "memory at 0x%" PRIx64, place->address);
        return;
    default:
        fputs("the PC", stderr);
    }
}

static bool say_difference(struct live *live, const struct pol_place *place, bool is_set)
{
    char ours[300], theirs[300];
    pol_lit_format(live->space, live->lit, theirs, sizeof theirs);
    if (is_set)
        pol_lit_format(live->space, live->other, ours, sizeof ours);
    else
        snprintf(ours, sizeof ours, "no tag set");
    fputs("replay: the tags of ", stderr);
    say_place(place);
    fprintf(stderr, " are %s in the core and %s in the machine\n", ours, theirs);
    return false;
}

static bool compare(struct live *live, const struct pol_place *place, enum core_kind kind,
                    uint32_t number)
{
    core_read(live->core, kind, number, live->packed);
    if (live->names)
        names_tag(live->names, live->packed);
    bool is_set = live_decode(live, live->packed, live->other);
    /* of registers also 0: the hart has done nothing yet, its tags are still the image's */
    int found = pol_machine_read(live->machine, 0, place, live->lit);
    if (found >= (place->target == POL_TAG_MEM) && is_set &&
        !memcmp(live->lit, live->other, live->space->words * sizeof *live->lit))
        return true;
    return say_difference(live, place, is_set);
}

static bool compare_memory(struct live *live, uint64_t address)
{
    struct pol_place place = {.target = POL_TAG_MEM, .address = address};
    const struct core_segment *segment = segment_of(live, address);
    if (!segment)
        return live_bad("the core has no tags for 0x%" PRIx64, address);
    return compare(live, &place, CORE_MEMORY, segment_index(live, segment, address));
}

bool compare_registers(struct live *live)
{
    struct pol_place place = {.target = POL_TAG_ENV};
    if (!compare(live, &place, CORE_PC, 0))
        return false;
    for (uint32_t i = 0; i < 32; i++) {
        struct pol_place x = {.target = POL_TAG_X, .number = i};
        struct pol_place f = {.target = POL_TAG_F, .number = i};
        if (!compare(live, &x, CORE_X, i) || !compare(live, &f, CORE_F, i))
            return false;
    }
    return true;
}

bool compare_step(struct live *live)
{
    struct pol_place place;
    for (uint32_t g = 0; g < POL_MAX_GRANULES; g++) {
        pol_machine_operand_place(live->machine, POL_OP_MEM, g, &place);
        if (place.target == POL_TAG_MEM && !compare_memory(live, place.address))
            return false;
    }
    pol_machine_operand_place(live->machine, POL_OP_OP2, 0, &place);
    return place.target != POL_TAG_CSR || compare(live, &place, CORE_CSR, place.number);
}

static bool compare_saved(struct live *live, enum pol_trap_mode mode, enum core_kind kind)
{
    core_read(live->core, kind, 0, live->packed);
    if (pol_machine_saved_env(live->machine, 0, mode, live->lit) == 0 ||
        (live_decode(live, live->packed, live->other) &&
         !memcmp(live->lit, live->other, live->space->words * sizeof *live->lit)))
        return true;
    return live_bad("the PC tags saved by a trap differ");
}

bool compare_all(struct live *live)
{
    if (!compare_registers(live))
        return false;
    if (live->image->ntrap_domains && (!compare_saved(live, POL_MODE_M, CORE_SAVED_M) ||
                                       !compare_saved(live, POL_MODE_S, CORE_SAVED_S)))
        return false;
    for (uint32_t i = 0; i < POL_CSRS; i++) {
        struct pol_place place = {.target = POL_TAG_CSR, .number = i};
        if (pol_csr_cell(i) == i && !compare(live, &place, CORE_CSR, i))
            return false;
    }
    for (uint32_t i = 0; i < live->nsegments; i++) {
        const struct core_segment *segment = &live->segments[i];
        uint32_t bytes = segment_bytes(live, segment);
        for (uint64_t at = segment->start; at - segment->start <= segment->end - segment->start;
             at += bytes)
            if (!compare_memory(live, at))
                return false;
    }
    return true;
}
