/* Where the core keeps the tags of memory: the image's ranges as few segments as possible. */
#include "live.h"

uint32_t segment_bytes(const struct live *live, const struct core_segment *segment)
{
    uint32_t parcel = pol_isa_parcel(&live->isa), granule = live->table->meta->granule;
    return segment->fine && parcel < granule ? parcel : granule;
}

const struct core_segment *segment_of(const struct live *live, uint64_t address)
{
    for (uint32_t i = 0; i < live->nsegments; i++)
        if (address >= live->segments[i].start && address <= live->segments[i].end)
            return &live->segments[i];
    return NULL;
}

uint32_t segment_index(const struct live *live, const struct core_segment *segment,
                       uint64_t address)
{
    return segment->first + (uint32_t)((address - segment->start) / segment_bytes(live, segment));
}

static bool is_fine(const struct live *live, uint64_t address)
{
    return pol_image_granule_at(live->image, address) < live->table->meta->granule;
}

/* A piece with granules of one size: makes the last segment longer if it can. */
static bool add_piece(struct live *live, uint64_t start, uint64_t end, bool fine)
{
    struct core_segment *last = live->segments + live->nsegments - 1;
    if (!live->nsegments || last->fine != fine || last->end + 1 != start) {
        if (live->nsegments == core_segments(live->core) || live->nsegments == LIVE_SEGMENTS)
            return live_bad("more than %u segments of tagged memory", live->nsegments);
        *++last = (struct core_segment){start, end, live->ngranules, fine};
        live->nsegments++;
    }
    last->end = end;
    uint64_t granules = (end - last->start + 1) / segment_bytes(live, last);
    if (granules > core_depth(live->core) - last->first)
        return live_bad("more than %u granules of tagged memory", core_depth(live->core));
    live->ngranules = last->first + (uint32_t)granules;
    return true;
}

/* Page by page, because pages differ in their granules. */
static bool add_range(struct live *live, const struct pol_image_range *range)
{
    uint64_t at = range->start, last = range->start + (range->length - 1);
    for (;;) {
        uint64_t page_end = at | (POL_PAGE_SIZE - 1), end = page_end < last ? page_end : last;
        if (!add_piece(live, at, end, is_fine(live, at)))
            return false;
        if (end == last)
            return true;
        at = end + 1;
    }
}

bool segments_make(struct live *live)
{
    for (size_t i = 0; i < live->image->nranges; i++)
        if (!add_range(live, &live->image->ranges[i]))
            return false;
    return true;
}
