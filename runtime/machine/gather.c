/* Gathering operands from memory: the instruction's own tags, and the granules of its data access.
 */
#include "internal.h"

#include <inttypes.h>

/* The granule of an address: 1 with its page and value, 0 untagged, -1 out of memory. */
static int find_granule(struct pol_machine *machine, uint64_t address, struct shadow_page **in,
                        unsigned char **value, uint64_t *start, uint32_t *bytes)
{
    struct shadow_page *page = *in = shadow_page(&machine->shadow, address);
    *start = address;
    if (!page)
        return machine->shadow.exhausted ? machine_bad(machine, "too much tagged memory") : 0;
    uint32_t index = shadow_index(page, address);
    *bytes = 1u << page->shift;
    *start = address & ~(uint64_t)(*bytes - 1);
    *value = shadow_value(&machine->shadow, page, index);
    return shadow_tagged(page, index);
}

/* ---- The instruction's tags -------------------------------------------------------------------
 */

static uint32_t memo_index(const unsigned char *first, const unsigned char *later)
{
    uint64_t a, b;
    memcpy(&a, first, sizeof a);
    memcpy(&b, later, sizeof b);
    return (uint32_t)(((a * 31 + b) * 0x9e3779b97f4a7c15u) >> 58);
}

/* Code repeats the same few pairs of sets, so the engine is asked once for each. */
const unsigned char *gather_missing(struct pol_machine *machine, const unsigned char *first,
                                    const unsigned char *later)
{
    struct pol_engine *engine = machine->engine;
    uint32_t at = memo_index(first, later);
    unsigned char *memo = machine->memo + 3 * at * machine->value_size;
    unsigned char *result = memo + 2 * machine->value_size;
    _Static_assert(MEMO_ENTRIES == 1 << (64 - 58), "memo_index takes the upper bits");
    if (!machine->memo_used[at] || !value_equal(machine, memo, first) ||
        !value_equal(machine, memo + machine->value_size, later)) {
        machine->memo_used[at] = true;
        value_copy(machine, memo, first);
        value_copy(machine, memo + machine->value_size, later);
        engine->ops->drop_missing(engine, memo, memo + machine->value_size, result);
    }
    value_copy(machine, machine->ci, result);
    return machine->ci;
}

int gather_any_code(struct pol_machine *machine, uint64_t *address)
{
    struct pending *pending = &machine->pending;
    uint64_t at = pending->pc;
    uint32_t left = pending->insn->length;
    const unsigned char *ci = NULL;
    for (;;) {
        struct shadow_page *page;
        unsigned char *value;
        uint32_t bytes;
        int found = find_granule(machine, at, &page, &value, address, &bytes);
        if (found <= 0)
            return found;
        ci = ci ? gather_parcel(machine, ci, value) : value;
        uint32_t covered = bytes - (uint32_t)(at - *address);
        if (covered >= left)
            break;
        left -= covered;
        at = (at + covered) & machine->address_mask;
    }
    pending->inputs.in[POL_OP_CODE] = ci;
    return 1;
}

/* ---- The data access --------------------------------------------------------------------------
 */

int gather_any_memory(struct pol_machine *machine, uint64_t at, uint64_t *address)
{
    struct pending *pending = &machine->pending;
    uint32_t left = pending->insn->size, n = 0;
    do {
        uint32_t bytes;
        int found = find_granule(machine, at, &pending->page[n], &pending->old[n],
                                 &pending->address[n], &bytes);
        if (found <= 0) {
            *address = pending->address[n];
            return found;
        }
        uint32_t covered = bytes - (uint32_t)(at - pending->address[n]);
        covered = covered < left ? covered : left;
        pending->bytes[n] = bytes;
        pending->partial[n] = covered < bytes;
        left -= covered;
        at = (at + covered) & machine->address_mask;
        n++;
    } while (left);
    pending->n = n;
    return 1;
}
